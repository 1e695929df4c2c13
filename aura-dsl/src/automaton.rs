//! The global automaton: every run of a protocol, as edges between states.
//!
//! In: a checked protocol. Out: one [`Automaton`] for each instance of its sizes, free of epsilon
//! edges, deterministic and minimal; beside it the automata of single rounds, by which projection
//! decides whether everybody knows when a round is over (DELIM). What holds: every edge carries
//! the marks of SEMANTICS 0, and every step of the text labels an edge that can be reached, in
//! every round that stands for it, or the stage has failed.

pub mod alphabet;
mod build;
pub mod graph;
pub mod instance;
mod minimise;

pub use build::step_span;
pub use minimise::classes;

use std::collections::BTreeSet;

use crate::diag::{Diagnostic, Report, codes};
use crate::global::{Block, LoopId, Protocol, RoleId, Size, Step};
use crate::source::Span;
use alphabet::Alphabet;
use build::Builder;
use graph::Graph;
use instance::Instance;

/// More participants than this are refused: a constant index makes that many members.
const LIMIT: usize = 1 << 14;

/// Every run of a protocol at one size of its families.
#[derive(Clone, Debug)]
pub struct Automaton {
    /// The size.
    pub instance: Instance,
    /// What the edges refer to.
    pub alphabet: Alphabet,
    /// States and edges.
    pub graph: Graph,
    /// The rounds of counted loops and `for` loops.
    pub rounds: Vec<Round>,
}

/// One round of a loop on its own.
#[derive(Clone, Debug)]
pub struct Round {
    /// The loop.
    pub counter: LoopId,
    /// Where it stands.
    pub span: Span,
    /// The family whose member of the round need not know when it is over.
    pub family: Option<RoleId>,
    /// What the edges refer to.
    pub alphabet: Alphabet,
    /// States and edges.
    pub graph: Graph,
}

/// All automata of a protocol, with the warnings that came up.
#[derive(Clone, Debug)]
pub struct Automata {
    /// One for each instance.
    pub instances: Vec<Automaton>,
    /// What was noticed.
    pub warnings: Report,
}

/// Builds the automata of a protocol.
pub fn automaton(protocol: &Protocol) -> Result<Automata, Report> {
    let instances = instance::instances(protocol);
    if instance::largest(&instances) > LIMIT {
        return Err(too_many_members(protocol).into());
    }
    let mut report = Report::default();
    let mut automata = Vec::new();
    for instance in instances {
        let mut builder = Builder::new(protocol, &instance);
        let initial = builder.protocol();
        // An empty part of a family takes its loops with it, so only full instances are asked
        // which steps can be reached.
        if automata.is_empty() && instance.is_full() && !builder.report.has_errors() {
            unreachable_steps(protocol, &mut builder, initial);
        }
        let (alphabet, draft, found) = builder.alphabet();
        report.extend(found);
        if report.has_errors() {
            break;
        }
        let graph = draft.finish(initial);
        let rounds = rounds(protocol, &instance);
        automata.push(Automaton {
            instance,
            alphabet,
            graph,
            rounds,
        });
    }
    report.sort();
    if report.has_errors() {
        return Err(report);
    }
    Ok(Automata {
        instances: automata,
        warnings: report,
    })
}

fn too_many_members(protocol: &Protocol) -> Diagnostic {
    let widest = protocol
        .roles
        .iter()
        .max_by_key(|role| role.constants.last().copied());
    let span = widest.map_or(protocol.span, |role| role.span);
    Diagnostic::new(
        codes::E0510,
        span,
        format!("a constant index makes more than {LIMIT} members of this family"),
    )
    .help("name members with a high index through a `for`, or make them a family of their own")
}

/// Reports steps that no run reaches, in any of the rounds that stand for them.
fn unreachable_steps(protocol: &Protocol, builder: &mut Builder<'_>, initial: graph::StateId) {
    let reached = builder.draft.reachable(initial);
    let mut seen = BTreeSet::new();
    for ((span, scope), entries) in &builder.origins {
        if entries.iter().any(|entry| reached[*entry as usize]) || !seen.insert(*span) {
            continue;
        }
        let again = *scope != alphabet::ROOT
            && builder
                .origins
                .iter()
                .filter(|((other, _), _)| other == span)
                .any(|(_, entries)| entries.iter().any(|entry| reached[*entry as usize]));
        let message = if again {
            "no run reaches this step in a second round"
        } else {
            "no run reaches this step"
        };
        let name = &protocol.name;
        builder
            .report
            .push(Diagnostic::new(codes::E0501, *span, message).help(format!(
                "something before it in `{name}` never ends: give it an exit, or remove the step"
            )));
    }
}

/// Builds each loop's round alone.
fn rounds(protocol: &Protocol, instance: &Instance) -> Vec<Round> {
    let mut loops = Vec::new();
    collect(&protocol.body, &mut loops);
    loops
        .into_iter()
        .filter_map(|step| {
            let (counter, span, body, family) = match step {
                Step::Counted(counted) if counted.count != Size::Number(1) => {
                    (counted.id, counted.span, &counted.body, None)
                }
                Step::For(each) if instance.members(each.family).unwrap_or(1) > 1 => {
                    (each.id, each.span, &each.body, Some(each.family))
                }
                _ => return None,
            };
            let mut builder = Builder::new(protocol, instance);
            let initial = builder.round(body, family.map(|_| counter));
            let (alphabet, draft, _) = builder.alphabet();
            Some(Round {
                counter,
                span,
                family,
                alphabet,
                graph: draft.finish(initial),
            })
        })
        .collect()
}

/// The counted loops and `for` loops of a block, outer ones first.
fn collect<'a>(block: &'a Block, found: &mut Vec<&'a Step>) {
    for step in &block.steps {
        match step {
            Step::Counted(counted) => {
                found.push(step);
                collect(&counted.body, found);
            }
            Step::For(each) => {
                found.push(step);
                collect(&each.body, found);
            }
            Step::Choice(choice) => {
                for branch in &choice.branches {
                    collect(&branch.body, found);
                }
            }
            Step::Par(par) => {
                for branch in &par.branches {
                    collect(branch, found);
                }
            }
            Step::Timeout(timeout) => {
                collect(&timeout.body, found);
                collect(&timeout.otherwise, found);
            }
            Step::Decided(decided) => collect(&decided.body, found),
            Step::Rec(rec) => collect(&rec.body, found),
            Step::Send(_) | Step::Continue(..) | Step::Local(_) => {}
        }
    }
}
