//! What the compiler writes: one backend a file, all of them from data to text.
//!
//! In: a protocol with its verdict and machines. Out: text for people, JSON for tools, DOT and
//! Mermaid for pictures, tables that a runtime loads. What holds: the same input gives the same
//! bytes, every string of a user is escaped for its format, and nothing recurses along a machine.
//! Left out on purpose: writing files, which is the command line's business.

pub(crate) mod action;
pub mod audit;
pub mod chart;
pub mod dot;
mod facts;
mod flow;
mod global;
pub mod html;
pub mod json;
mod local;
pub mod machine;
pub mod mermaid;
pub(crate) mod name;
pub mod nuscr;
#[cfg(feature = "generate")]
pub mod package;
mod resilience;
pub mod rust;
pub mod svg;
pub(crate) mod table;
pub mod text;

use crate::global::Protocol;
use crate::local::{Locals, Machine};
use crate::source::Sources;
use crate::verdict::Decision;
use name::Names;

/// A protocol with what was found out about it.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The texts that the protocol stands in.
    pub sources: &'a Sources,
    /// The protocol.
    pub protocol: &'a Protocol,
    /// The verdict.
    pub decision: &'a Decision,
    /// The machines, where the verdict allows them.
    pub locals: Option<&'a Locals>,
}

impl<'a> Subject<'a> {
    /// The machines of a role or of all roles, by position, without threads: these are shown where
    /// they are forked. A role may be named as declared (`Q`), as a part (`Q[0..t]`) or as the
    /// machine's title (`Q[i]`).
    fn machines(self, names: &Names, role: Option<&str>) -> Vec<(usize, &'a Machine)> {
        let all = self.locals.map_or(&[][..], |locals| &locals.machines);
        let chosen = |machine: &Machine| {
            let owner = &machine.owner;
            let part = self.protocol.roles[owner.role.index()].part.as_ref();
            role.is_none_or(|role| {
                role == names.role(owner.role)
                    || role == names.member(owner.role, owner.member)
                    || part.is_some_and(|part| role == part.family)
            })
        };
        all.iter()
            .enumerate()
            .filter(|(_, machine)| machine.owner.thread.is_empty() && chosen(machine))
            .collect()
    }

    /// A machine with its threads behind it.
    fn with_threads(self, machine: usize) -> impl Iterator<Item = (usize, &'a Machine)> {
        let all = self.locals.map_or(&[][..], |locals| &locals.machines);
        let threads = all[machine + 1..].iter();
        let threads = threads.take_while(|thread| !thread.owner.thread.is_empty());
        std::iter::once(&all[machine]).chain(threads).enumerate()
    }
}

/// Whether the protocol has a role of that name, in one of the forms that select machines.
pub fn has_role(protocol: &Protocol, role: &str) -> bool {
    let family = role.split('[').next().unwrap_or(role);
    protocol.roles.iter().any(|declared| {
        let part = declared.part.as_ref().map(|part| part.family.as_str());
        declared.name == role || declared.name == family || part == Some(family)
    })
}
