//! Who may send what under which capability.
//!
//! In: a protocol. Out: the rows of the authority matrix, and for each label whether every path to
//! it passes a guard. Here is what that means. A guard stands at a send itself and is evaluated
//! there, on every path that leads to it; no path can enter a send behind its guard. So a label is
//! protected exactly if each step that sends it has a capability. A label that is guarded at one
//! step and free at another is the case to look for: whoever is refused at the first can be driven
//! to the second. Rows name the steps, and the label's [`Coverage`] says which case it is.

use std::collections::{BTreeMap, BTreeSet};

use crate::global::{CapabilityId, ContextId, LabelId, Protocol, Receipt, RoleId, Send, SendId};

/// The authority matrix of a protocol.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Authority {
    /// Role x capability x message, in the order of the roles and then of the text.
    pub grants: Vec<Grant>,
    /// Every label that is sent, in order.
    pub messages: Vec<Guarded>,
    /// Declared capabilities that no step demands, in order.
    pub unused: Vec<CapabilityId>,
}

/// A role that sends a message under a capability.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Who sends.
    pub role: RoleId,
    /// Under which capability; `None` where no guard protects the step.
    pub capability: Option<CapabilityId>,
    /// The payload fields that are the capability's arguments.
    pub arguments: Vec<String>,
    /// What is sent.
    pub label: LabelId,
    /// To whom.
    pub peers: BTreeSet<RoleId>,
    /// The steps, in the order of the text.
    pub sends: Vec<SendId>,
    /// The bridges that the steps stand in, from and to which context.
    pub bridges: BTreeSet<(ContextId, ContextId)>,
}

/// How far a label is protected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guarded {
    /// The label.
    pub label: LabelId,
    /// The steps with a guard, in the order of the text.
    pub guarded: Vec<SendId>,
    /// The steps without one.
    pub free: Vec<SendId>,
    /// Whether all steps demand one and the same capability with the same arguments.
    pub uniform: bool,
}

/// Whether every path to a message passes a guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Coverage {
    /// Every path does.
    Every,
    /// Some steps that send the message have no guard.
    Some,
    /// No step has one.
    None,
}

impl Guarded {
    /// Whether every path to the message passes a guard.
    pub fn coverage(&self) -> Coverage {
        match (self.guarded.is_empty(), self.free.is_empty()) {
            (_, true) => Coverage::Every,
            (false, false) => Coverage::Some,
            (true, false) => Coverage::None,
        }
    }
}

/// The authority matrix.
pub(crate) fn authority(protocol: &Protocol) -> Authority {
    type Key<'a> = (RoleId, LabelId, Option<(CapabilityId, &'a [String])>);
    let mut grants: BTreeMap<Key<'_>, Grant> = BTreeMap::new();
    let mut messages: BTreeMap<LabelId, Guarded> = BTreeMap::new();
    for (index, send) in protocol.sends.iter().enumerate() {
        let id = SendId::of(index);
        let capability = demanded(send);
        let grant = grants
            .entry((send.from.role, send.label, capability))
            .or_insert_with(|| Grant {
                role: send.from.role,
                capability: capability.map(|(capability, _)| capability),
                arguments: capability.map_or_else(Vec::new, |(_, arguments)| arguments.to_vec()),
                label: send.label,
                peers: BTreeSet::new(),
                sends: Vec::new(),
                bridges: BTreeSet::new(),
            });
        grant.peers.insert(send.to.role);
        grant.sends.push(id);
        let bridge = send.terms.bridge_from;
        grant
            .bridges
            .extend(bridge.map(|from| (from, send.terms.context)));

        let message = messages.entry(send.label).or_insert_with(|| Guarded {
            label: send.label,
            guarded: Vec::new(),
            free: Vec::new(),
            uniform: true,
        });
        if capability.is_some() {
            message.guarded.push(id);
        } else {
            message.free.push(id);
        }
        let first = message.guarded.first().or(message.free.first());
        let first = first.and_then(|first| protocol.sends.get(first.index()));
        message.uniform &= first.is_some_and(|first| demanded(first) == capability);
    }
    let mut grants: Vec<Grant> = grants.into_values().collect();
    grants.sort_by_key(|grant| (grant.role, grant.sends.first().copied()));
    Authority {
        unused: unused(protocol, &grants),
        grants,
        messages: messages.into_values().collect(),
    }
}

fn demanded(send: &Send) -> Option<(CapabilityId, &[String])> {
    let capability = send.terms.capability.as_ref();
    capability.map(|(capability, arguments)| (*capability, arguments.as_slice()))
}

fn unused(protocol: &Protocol, grants: &[Grant]) -> Vec<CapabilityId> {
    let demanded: BTreeSet<CapabilityId> =
        grants.iter().filter_map(|grant| grant.capability).collect();
    (0..protocol.capabilities.len())
        .map(CapabilityId::of)
        .filter(|capability| !demanded.contains(capability))
        .collect()
}

/// A link of a chain of receipts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptLink {
    /// The step whose message carries the receipt.
    pub send: SendId,
    /// Where its receipt comes from.
    pub receipt: Receipt,
    /// For a forwarded receipt: the steps by which it may have arrived at the sender, with a
    /// receipt of their own. Where this is empty, no run can send the message.
    pub arrived_by: Vec<SendId>,
}

/// The links of all chains of receipts, in the order of the text.
pub(crate) fn receipts(protocol: &Protocol) -> Vec<ReceiptLink> {
    let sends = || (0..).map(SendId::of).zip(&protocol.sends);
    let mut arriving: BTreeMap<(LabelId, RoleId), Vec<SendId>> = BTreeMap::new();
    for (id, send) in sends().filter(|(_, send)| send.terms.receipt.is_some()) {
        arriving
            .entry((send.label, send.to.role))
            .or_default()
            .push(id);
    }
    sends()
        .filter_map(|(id, send)| {
            let receipt = send.terms.receipt?;
            let arrived_by = match receipt {
                Receipt::Root => None,
                Receipt::Forward(label) => arriving.get(&(label, send.from.role)).cloned(),
            };
            Some(ReceiptLink {
                send: id,
                receipt,
                arrived_by: arrived_by.unwrap_or_default(),
            })
        })
        .collect()
}
