//! Complete projection: verdicts, counterexamples and local types.
//!
//! In: a checked protocol and its automata. Out: a [`Projection`]: what was decided and how, and,
//! for every protocol in the class, the machines of all participants. For a refused protocol they
//! are the candidates that fail: if any implementation existed, they would be one. The recipe is
//! `docs/guide/src/verdicts.md`; one condition each in `validity`, counterexamples in `runs`, repairs in
//! `repair`, the way from the encoding back to symbolic machines in `fold`.

pub(crate) mod available;
mod fold;
mod members;
mod method;
mod repair;
mod runs;
mod shortcuts;
mod subsets;
mod validity;
mod work;

use std::collections::BTreeSet;

use crate::automaton::alphabet::ProcessId;
use crate::automaton::{Automata, Automaton};
use crate::diag::{Diagnostic, Report, codes};
use crate::global::Protocol;
use crate::local::Locals;
use crate::source::Span;
use crate::verdict::{Counterexample, Decision, Verdict};
use subsets::View;
use validity::{Ambiguity, Checks, Failure};
use work::Work;

/// What projection found.
#[derive(Clone, Debug)]
pub struct Projection {
    /// The verdict.
    pub decision: Decision,
    /// The machines; none where the protocol lies outside the class.
    pub locals: Option<Locals>,
}

/// Decides a protocol and projects it.
pub fn project(protocol: &Protocol, automata: &Automata) -> Result<Projection, Report> {
    let mut projection = decide(protocol, automata, &Work::for_verdict())?;
    let refused = !matches!(
        projection.decision.verdict,
        Verdict::Implementable | Verdict::OutsideClass
    );
    if let Some(counterexample) = &mut projection.decision.counterexample
        && refused
    {
        counterexample.hint = repair::hint(protocol, counterexample);
    }
    Ok(projection)
}

/// Decides without looking for a repair.
fn decide(protocol: &Protocol, automata: &Automata, work: &Work) -> Result<Projection, Report> {
    let mut found = Found::default();
    for automaton in &automata.instances {
        if let Some(reason) = outside_class(protocol, automaton) {
            found.outside.get_or_insert(reason);
            continue;
        }
        examine(protocol, automaton, work, &mut found);
    }
    if !found.ambiguities.is_empty() {
        return Err(ambiguous(&found.ambiguities));
    }
    let locals = match (&found.outside, automata.instances.first()) {
        (None, Some(automaton)) => members::members(protocol, automaton, &found.views)
            .map_err(|reason| {
                // A refused protocol need not have machines; an accepted one does.
                if found.worst.is_none() {
                    found.outside = Some((protocol.span, reason));
                }
            })
            .ok(),
        _ => None,
    };
    let verdict = match &found.outside {
        Some(_) => Verdict::OutsideClass,
        None => found
            .worst
            .as_ref()
            .map_or(Verdict::Implementable, |worst| worst.0),
    };
    let counterexample = match (&found.outside, found.worst) {
        (Some((span, reason)), _) => Some(Counterexample {
            role: protocol.name.clone(),
            reason: reason.clone(),
            runs: vec![crate::verdict::Run {
                title: String::new(),
                events: vec![crate::verdict::Event {
                    from: protocol.name.clone(),
                    to: None,
                    label: reason.clone(),
                    span: *span,
                    faulty: true,
                }],
            }],
            hint: None,
        }),
        (None, worst) => worst.map(|(_, counterexample)| counterexample),
    };
    Ok(Projection {
        decision: Decision {
            verdict,
            method: method::method(protocol, automata, verdict),
            properties: method::properties(&found.failed, verdict),
            counterexample,
        },
        locals,
    })
}

#[derive(Default)]
struct Found {
    outside: Option<(Span, String)>,
    ambiguities: BTreeSet<Ambiguity>,
    worst: Option<(Verdict, Counterexample)>,
    failed: BTreeSet<&'static str>,
    /// The views of the first instance, by process.
    views: Vec<View>,
}

/// Why an automaton lies outside the class: single senders, ends without exits.
fn outside_class(protocol: &Protocol, automaton: &Automaton) -> Option<(Span, String)> {
    let (graph, alphabet) = (&automaton.graph, &automaton.alphabet);
    let name = |process: ProcessId| {
        let role = alphabet.processes[process.index()].role;
        protocol.roles[role.index()].name.clone()
    };
    for state in graph.states() {
        let leaving = graph.leaving(state);
        let Some(first) = leaving.first() else {
            continue;
        };
        let sender = alphabet.signature(first.signature).from;
        if graph.is_end(state) {
            let reason = format!("a run may end where `{}` may also go on", name(sender));
            return Some((first.span, reason));
        }
        let other = leaving
            .iter()
            .find(|edge| alphabet.signature(edge.signature).from != sender);
        if let Some(edge) = other {
            let other = name(alphabet.signature(edge.signature).from);
            let reason = format!(
                "both `{}` and `{other}` decide what happens here",
                name(sender)
            );
            return Some((edge.span, reason));
        }
    }
    None
}

/// Looks at every participant of one automaton.
fn examine(protocol: &Protocol, automaton: &Automaton, work: &Work, found: &mut Found) {
    let (graph, alphabet) = (&automaton.graph, &automaton.alphabet);
    let mut checks = Checks::new(protocol, alphabet, graph, work);
    let mut field = subsets::Field::new(alphabet, graph);
    let first = found.views.is_empty();
    let mut all: Vec<(Failure, ProcessId)> = Vec::new();
    for index in 0..alphabet.processes.len() {
        let process = ProcessId(u32::try_from(index).unwrap_or(u32::MAX));
        checks.next_process();
        let mut failures = Vec::new();
        let mut ambiguities = Vec::new();
        let view = subsets::view(&mut field, process, work, |region| {
            checks.region(process, region, &mut failures);
            checks.ambiguities(process, region, &mut ambiguities);
        });
        found.ambiguities.extend(ambiguities);
        failures.sort();
        failures.dedup();
        all.extend(failures.into_iter().map(|failure| (failure, process)));
        match view {
            Some(view) if first => found.views.push(view.minimise(alphabet)),
            Some(_) => {}
            None => {
                let name = runs::name(protocol, &checks, process);
                let reason = format!("the local type of `{name}` has too many states");
                found.outside.get_or_insert((protocol.span, reason));
                return;
            }
        }
    }
    if work.is_spent() {
        let reason = "deciding it takes more work than the compiler allows itself".to_owned();
        found.outside.get_or_insert((protocol.span, reason));
        return;
    }
    for (failure, _) in &all {
        found.failed.insert(method::failed_property(*failure));
    }
    if all.iter().any(|(failure, _)| *failure == Failure::TooLarge) {
        let reason = "the search for messages that arrive early grew too large".to_owned();
        found.outside.get_or_insert((protocol.span, reason));
        return;
    }
    worst_failure(protocol, &mut checks, all, found);
    examine_rounds(protocol, automaton, work, found);
}

/// Keeps the shortest counterexample of the first verdict.
fn worst_failure(
    protocol: &Protocol,
    checks: &mut Checks<'_>,
    mut all: Vec<(Failure, ProcessId)>,
    found: &mut Found,
) {
    /// Looking at a few is enough to print a short one.
    const CANDIDATES: usize = 4;
    all.sort_by_key(|(failure, process)| (failure.verdict(), *failure, *process));
    let Some(verdict) = all.first().map(|(failure, _)| failure.verdict()) else {
        return;
    };
    if found.worst.as_ref().is_some_and(|worst| worst.0 <= verdict) {
        return;
    }
    let mut seen = BTreeSet::new();
    let candidates: Vec<(Failure, ProcessId)> = all
        .into_iter()
        .filter(|(failure, process)| {
            failure.verdict() == verdict
                && seen.insert((method::failed_property(*failure), *process))
        })
        .take(CANDIDATES)
        .collect();
    let best = candidates
        .iter()
        .filter_map(|(failure, process)| {
            checks.next_process();
            runs::counterexample(protocol, checks, *process, *failure)
        })
        .min_by_key(length);
    let shown = best.or_else(|| {
        let (failure, process) = candidates.first()?;
        Some(runs::without_runs(protocol, checks, *process, *failure))
    });
    found.worst = shown.map(|shown| (verdict, shown));
}

fn length(counterexample: &Counterexample) -> usize {
    counterexample.runs.iter().map(|run| run.events.len()).sum()
}

/// Whether every participant of a round knows when it is over (DELIM).
fn examine_rounds(protocol: &Protocol, automaton: &Automaton, work: &Work, found: &mut Found) {
    if matches!(&found.worst, Some((Verdict::NotImplementable, _))) {
        return;
    }
    for (number, round) in automaton.rounds.iter().enumerate() {
        let (graph, alphabet) = (&round.graph, &round.alphabet);
        let mut checks = Checks::new(protocol, alphabet, graph, work);
        let mut field = subsets::Field::new(alphabet, graph);
        for (index, process) in alphabet.processes.iter().enumerate() {
            if round.family == Some(process.role) && process.member == Some(0) {
                continue;
            }
            let id = ProcessId(u32::try_from(index).unwrap_or(u32::MAX));
            let mut failure = None;
            let complete = subsets::view(&mut field, id, work, |region| {
                if let (true, Some(group)) = (region.end, region.groups.first()) {
                    failure.get_or_insert(Failure::Round(number, group.action));
                }
            });
            if complete.is_none() {
                found
                    .outside
                    .get_or_insert((round.span, "a round has too many states".to_owned()));
                return;
            }
            if let Some(failure) = failure {
                found.failed.insert(method::ROUNDS);
                let shown = runs::counterexample(protocol, &mut checks, id, failure)
                    .unwrap_or_else(|| runs::without_runs(protocol, &checks, id, failure));
                found.worst = Some((Verdict::NotImplementable, shown));
                return;
            }
        }
    }
}

fn ambiguous(found: &BTreeSet<Ambiguity>) -> Report {
    let mut report = Report::default();
    for ambiguity in found {
        report.push(match ambiguity {
            Ambiguity::Terms(first, second) => Diagnostic::new(
                codes::E0505,
                *second,
                "the sender cannot tell which of two sets of annotations holds",
            )
            .label(*first, "the same message with other annotations")
            .help("rename one of the labels, or give both sends the same annotations"),
            Ambiguity::Gather(first, second) => Diagnostic::new(
                codes::E0504,
                *second,
                "the receiver cannot tell which of two gathers this answers",
            )
            .label(*first, "the other one")
            .help("rename one of the labels"),
        });
    }
    report.sort();
    report
}
