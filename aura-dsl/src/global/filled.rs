//! A protocol at sizes that were given: numbers in place of symbols.
//!
//! In: a protocol and values of some of its symbols. Out: the same protocol with these filled in,
//! wherever a size stands. What holds: ids stay what they are, and nothing is filled in that a
//! session could not be created with.

use std::collections::BTreeMap;

use super::{Block, Members, Protocol, Size, SizeId, Step};

/// A size that a protocol cannot have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongSize {
    /// The symbol's name.
    pub name: String,
    /// The smallest and the largest value that would do.
    pub bounds: (u64, Option<u64>),
}

impl Protocol {
    /// The values of this protocol's symbols among all that were given.
    ///
    /// # Errors
    ///
    /// Those that are too small, or too large for another one.
    pub fn sizes_among(
        &self,
        given: &BTreeMap<String, u64>,
    ) -> Result<BTreeMap<SizeId, u64>, Vec<WrongSize>> {
        let sizes: BTreeMap<SizeId, u64> = (0..)
            .map(SizeId::of)
            .zip(&self.sizes)
            .filter_map(|(id, symbol)| Some((id, *given.get(&symbol.name)?)))
            .collect();
        let wrong: Vec<WrongSize> = sizes
            .iter()
            .filter_map(|(id, value)| {
                let symbol = &self.sizes[id.index()];
                let most = symbol.at_most.iter().filter_map(|most| most.at(&sizes));
                let bounds = (symbol.at_least, most.min());
                let fits = bounds.0 <= *value && bounds.1.is_none_or(|most| *value <= most);
                (!fits).then(|| WrongSize {
                    name: symbol.name.clone(),
                    bounds,
                })
            })
            .collect();
        if wrong.is_empty() {
            Ok(sizes)
        } else {
            Err(wrong)
        }
    }

    /// The protocol with these sizes filled in, as [`Protocol::sizes_among`] has found them.
    #[must_use]
    pub fn filled(&self, sizes: &BTreeMap<SizeId, u64>) -> Protocol {
        let mut protocol = self.clone();
        protocol.given.clone_from(sizes);
        for (id, value) in sizes {
            let symbol = &mut protocol.sizes[id.index()];
            symbol.at_least = *value;
            symbol.at_most = vec![Size::Number(*value)];
        }
        for symbol in &mut protocol.sizes {
            symbol.at_most.iter_mut().for_each(|most| most.fill(sizes));
        }
        for role in &mut protocol.roles {
            role.family.iter_mut().for_each(|size| size.fill(sizes));
            if let Some(part) = &mut role.part {
                part.offset.fill(sizes);
            }
        }
        for at in 0..protocol.roles.len() {
            if let Some(name) = part_name(&protocol, at) {
                protocol.roles[at].name = name;
            }
        }
        for send in &mut protocol.sends {
            send.from.members.fill(sizes);
            send.to.members.fill(sizes);
        }
        for local in &mut protocol.locals {
            local.at.members.fill(sizes);
        }
        fill_block(&mut protocol.body, sizes);
        protocol
    }
}

/// The name of a part whose end became a number: `Q[0..3]`, `Q[3..]`.
fn part_name(protocol: &Protocol, at: usize) -> Option<String> {
    let role = &protocol.roles[at];
    let part = role.part.as_ref()?;
    let family = &part.family;
    let low = role.name.contains("[0..");
    match (role.family.as_ref()?, &part.offset) {
        (Size::Number(end), _) if low => Some(format!("{family}[0..{end}]")),
        (_, Size::Number(start)) if !low => Some(format!("{family}[{start}..]")),
        _ => None,
    }
}

fn fill_block(block: &mut Block, sizes: &BTreeMap<SizeId, u64>) {
    for step in &mut block.steps {
        match step {
            Step::Choice(choice) => {
                choice.decider.members.fill(sizes);
                for branch in &mut choice.branches {
                    fill_block(&mut branch.body, sizes);
                }
            }
            Step::Counted(counted) => {
                counted.count.fill(sizes);
                fill_block(&mut counted.body, sizes);
            }
            Step::Decided(decided) => fill_block(&mut decided.body, sizes),
            Step::For(each) => fill_block(&mut each.body, sizes),
            Step::Rec(rec) => fill_block(&mut rec.body, sizes),
            Step::Par(par) => {
                for branch in &mut par.branches {
                    fill_block(branch, sizes);
                }
            }
            Step::Timeout(timeout) => {
                fill_block(&mut timeout.body, sizes);
                fill_block(&mut timeout.otherwise, sizes);
            }
            Step::Send(_) | Step::Continue(..) | Step::Local(_) => {}
        }
    }
}

impl Members {
    fn fill(&mut self, sizes: &BTreeMap<SizeId, u64>) {
        if let Members::Any(quorum) = self {
            quorum.fill(sizes);
        }
    }
}

impl Size {
    fn fill(&mut self, sizes: &BTreeMap<SizeId, u64>) {
        if let Some(value) = self.at(sizes) {
            *self = Size::Number(value);
        } else if let Size::Difference(whole, part) = self {
            whole.fill(sizes);
            part.fill(sizes);
        }
    }
}
