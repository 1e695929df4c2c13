//! Who takes part in which context, and over which bridges.
//!
//! In: a protocol. Out: its [`Contexts`], whether or not they keep the rules.

use std::collections::{BTreeMap, BTreeSet};

use super::{Bridge, Contexts, InContext};
use crate::global::{ContextId, Protocol, SendId};

/// Who takes part in which context.
pub(crate) fn tables(protocol: &Protocol) -> Contexts {
    let mut contexts: BTreeMap<ContextId, InContext> = BTreeMap::new();
    let mut bridges: BTreeMap<(ContextId, ContextId), Bridge> = BTreeMap::new();
    for (index, send) in protocol.sends.iter().enumerate() {
        let (id, to) = (SendId::of(index), send.terms.context);
        let context = contexts.entry(to).or_insert_with(|| InContext {
            context: to,
            sends: Vec::new(),
            roles: BTreeSet::new(),
            tainted: BTreeMap::new(),
        });
        context.sends.push(id);
        context.roles.extend([send.from.role, send.to.role]);
        context.tainted.entry(send.to.role).or_insert(id);
        if let Some(from) = send.terms.bridge_from {
            let bridge = bridges.entry((from, to)).or_insert_with(|| Bridge {
                from,
                to,
                sends: Vec::new(),
                roles: BTreeSet::new(),
            });
            bridge.sends.push(id);
            bridge.roles.insert(send.from.role);
        }
    }
    Contexts {
        contexts: contexts.into_values().collect(),
        bridges: bridges.into_values().collect(),
    }
}
