//! How things are called in every output: participants, sizes, labels, terms.
//!
//! In: a protocol and ids into its tables. Out: short strings in the notation of the language, so
//! that what a report says can be found in the text. All outputs share these, which is why text,
//! JSON and diagrams never differ in a name.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::ast::ContextKind;
use crate::global::{
    Block, CapabilityId, ContextId, Fact, LabelId, LoopId, Members, Observer, Payload,
    PayloadField, Protocol, RecId, Receipt, RoleId, SendId, Size, Step, Terms,
};
use crate::local::{Member, Owner, Peer, WireLabel};

/// Names of one protocol's parts.
pub(crate) struct Names<'a> {
    pub(crate) protocol: &'a Protocol,
    /// The families that `for` loops go through, by loop.
    families: Vec<Option<RoleId>>,
    /// The names of `rec`s.
    recs: BTreeMap<RecId, &'a str>,
}

impl<'a> Names<'a> {
    pub(crate) fn new(protocol: &'a Protocol) -> Self {
        let mut families = vec![None; protocol.loops.len()];
        let mut recs = BTreeMap::new();
        let mut blocks = vec![&protocol.body];
        while let Some(block) = blocks.pop() {
            for step in &block.steps {
                match step {
                    Step::For(each) => families[each.id.index()] = Some(each.family),
                    Step::Rec(rec) => {
                        recs.insert(rec.id, rec.name.as_str());
                    }
                    _ => {}
                }
                blocks.extend(children(step));
            }
        }
        Self {
            protocol,
            families,
            recs,
        }
    }

    pub(crate) fn rec(&self, rec: RecId) -> &'a str {
        self.recs.get(&rec).copied().unwrap_or("_")
    }

    pub(crate) fn role(&self, role: RoleId) -> &'a str {
        &self.protocol.roles[role.index()].name
    }

    pub(crate) fn size(&self, size: &Size) -> String {
        match size {
            Size::Number(number) => number.to_string(),
            Size::Symbol(symbol) => self.protocol.sizes[symbol.index()].name.clone(),
            Size::Difference(whole, part) => {
                format!("{} - {}", self.size(whole), self.size(part))
            }
        }
    }

    /// A role with a selection of its members: `P`, `Q[*]`, `Q[any t]`, `Q[i]`. A part of a family
    /// bears its range in its name, which already says "all of them".
    pub(crate) fn party(&self, role: RoleId, members: &Members) -> String {
        let name = self.role(role);
        let part = self.protocol.roles[role.index()].part.as_ref();
        let family = part.map_or(name, |part| part.family.as_str());
        match members {
            Members::Single => name.to_owned(),
            Members::All if part.is_some() => name.to_owned(),
            Members::All => format!("{name}[*]"),
            Members::Any(need) => format!("{name}[any {}]", self.size(need)),
            Members::Constant(index) => format!("{family}[{index}]"),
            Members::Index(round) => format!("{family}[{}]", self.index(*round)),
        }
    }

    pub(crate) fn peer(&self, peer: &Peer) -> String {
        self.party(peer.role, &peer.members)
    }

    /// The name of a loop's counter: the index of a `for`, else `round`.
    pub(crate) fn index(&self, round: LoopId) -> &'a str {
        let info = &self.protocol.loops[round.index()];
        info.index.as_deref().unwrap_or("round")
    }

    /// How a loop that goes round `limit` times opens: `for i in Q`, `loop n`.
    pub(crate) fn round(&self, round: LoopId, limit: &Size) -> String {
        let index = &self.protocol.loops[round.index()].index;
        match (index, self.families[round.index()]) {
            (Some(index), Some(family)) => format!("for {index} in {}", self.role(family)),
            (Some(index), None) => format!("for {index} in 0..{}", self.size(limit)),
            (None, _) => format!("loop {}", self.size(limit)),
        }
    }

    /// Whose machine it is: `P`, `Q[0]`, `Q[i]`, `Q[i in 0..t]`.
    pub(crate) fn member(&self, role: RoleId, member: Member) -> String {
        let declared = &self.protocol.roles[role.index()];
        let family = declared.part.as_ref().map(|part| part.family.as_str());
        match (member, family) {
            (Member::Single, _) => declared.name.clone(),
            (Member::Constant(index), family) => {
                format!("{}[{index}]", family.unwrap_or(&declared.name))
            }
            (Member::General, None) => format!("{}[i]", declared.name),
            (Member::General, Some(family)) => {
                let range = declared.name.strip_prefix(family).unwrap_or_default();
                let range = range.trim_start_matches('[').trim_end_matches(']');
                format!("{family}[i in {range}]")
            }
        }
    }

    /// A member with the branches that its thread runs in: `A, par 1 branch 2`.
    pub(crate) fn owner(&self, owner: &Owner) -> String {
        let mut name = self.member(owner.role, owner.member);
        for (par, branch) in &owner.thread {
            let _ = write!(name, ", par {} branch {}", par.index() + 1, branch + 1);
        }
        name
    }

    pub(crate) fn label(&self, label: LabelId) -> &'a str {
        &self.protocol.labels[label.index()].name
    }

    /// A label as it travels: `accept.Reply`.
    pub(crate) fn wire(&self, wire: &WireLabel) -> String {
        let label = self.label(wire.label);
        match &wire.branch {
            Some(branch) => format!("{branch}.{label}"),
            None => label.to_owned(),
        }
    }

    /// What a label carries: empty, `(Hash, u64)` or `{ root: Hash }`.
    pub(crate) fn payload(&self, label: LabelId) -> String {
        match &self.protocol.labels[label.index()].payload {
            Payload::Unit => String::new(),
            Payload::Types(types) => {
                let types: Vec<_> = types.iter().map(payload_type).collect();
                format!("({})", types.join(", "))
            }
            Payload::Fields(fields) => format!("{{ {} }}", self::fields(fields)),
        }
    }

    pub(crate) fn terms(&self, send: SendId) -> &'a Terms {
        &self.protocol.sends[send.index()].terms
    }

    /// The demanded capability with its arguments: `need_query(terms)`.
    pub(crate) fn capability(&self, terms: &Terms) -> Option<String> {
        let (capability, arguments) = terms.capability.as_ref()?;
        Some(self.demand(*capability, arguments))
    }

    pub(crate) fn demand(&self, capability: CapabilityId, arguments: &[String]) -> String {
        let name = &self.protocol.capabilities[capability.index()].name;
        match arguments {
            [] => name.clone(),
            arguments => format!("{name}({})", arguments.join(", ")),
        }
    }

    pub(crate) fn receipt(&self, receipt: Receipt) -> &'a str {
        match receipt {
            Receipt::Root => "root",
            Receipt::Forward(label) => self.label(label),
        }
    }

    /// A context: `group gid`, or `group` for the anonymous one.
    pub(crate) fn context(&self, context: ContextId) -> String {
        let context = &self.protocol.contexts[context.index()];
        let kind = context_kind(context.kind);
        match &context.name {
            Some(name) => format!("{kind} {name}"),
            None => kind.to_owned(),
        }
    }
}

/// The keyword of a kind of context.
pub(crate) fn context_kind(kind: ContextKind) -> &'static str {
    match kind {
        ContextKind::Relationship => "relationship",
        ContextKind::Group => "group",
        ContextKind::Derived => "derived",
    }
}

/// A fact with the fields that it keeps: `snapshot_committed(root)`.
pub(crate) fn fact(fact: &Fact) -> String {
    if fact.fields.is_empty() {
        fact.name.clone()
    } else {
        format!("{}({})", fact.name, fact.fields.join(", "))
    }
}

/// The name of a class of observers.
pub(crate) fn observer(observer: Observer) -> &'static str {
    match observer {
        Observer::External => "external",
        Observer::Neighbor => "neighbor",
        Observer::Group => "group",
    }
}

/// Millionths as a decimal without trailing zeros: 100000 is `0.1`.
pub(crate) fn millionths(value: u64) -> String {
    let (whole, rest) = (value / 1_000_000, value % 1_000_000);
    if rest == 0 {
        return whole.to_string();
    }
    let digits = format!("{rest:06}");
    format!("{whole}.{}", digits.trim_end_matches('0'))
}

/// The blocks directly inside a step, in the order of the text.
pub(crate) fn children(step: &Step) -> Vec<&Block> {
    match step {
        Step::Send(_) | Step::Continue(..) | Step::Local(_) => Vec::new(),
        Step::Choice(choice) => choice.branches.iter().map(|branch| &branch.body).collect(),
        Step::Counted(counted) => vec![&counted.body],
        Step::Decided(decided) => vec![&decided.body],
        Step::For(each) => vec![&each.body],
        Step::Rec(rec) => vec![&rec.body],
        Step::Par(par) => par.branches.iter().collect(),
        Step::Timeout(timeout) => vec![&timeout.body, &timeout.otherwise],
    }
}

/// A payload type as written: `Vec<[u8; 32]>`.
pub(crate) fn payload_type(ty: &crate::ast::Type) -> String {
    use crate::ast::TypeKind;
    match &ty.kind {
        TypeKind::Path { segments, args } => {
            let path: Vec<_> = segments
                .iter()
                .map(|segment| segment.text.as_str())
                .collect();
            let path = path.join("::");
            if args.is_empty() {
                return path;
            }
            let args: Vec<_> = args.iter().map(payload_type).collect();
            format!("{path}<{}>", args.join(", "))
        }
        TypeKind::Array(of, length) => format!("[{}; {length}]", payload_type(of)),
        TypeKind::Tuple(of) => {
            let types: Vec<_> = of.iter().map(payload_type).collect();
            let comma = if of.len() == 1 { "," } else { "" };
            format!("({}{comma})", types.join(", "))
        }
    }
}

fn fields(fields: &[PayloadField]) -> String {
    let fields: Vec<_> = fields
        .iter()
        .map(|field| format!("{}: {}", field.name, payload_type(&field.ty)))
        .collect();
    fields.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn millionths_are_decimals_without_trailing_zeros() {
        assert_eq!(millionths(100_000), "0.1");
        assert_eq!(millionths(1_500_001), "1.500001");
        assert_eq!(millionths(2_000_000), "2");
    }
}
