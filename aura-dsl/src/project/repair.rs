//! Repairs that were tried: one more message by a decider makes the verdict `Implementable`.
//!
//! In: a refused protocol and the role that cannot tell. Out: the first hint that works, after
//! SEMANTICS 7: for each decider, a message to the role at the start, then at the end, of each
//! branch. Nothing untried is ever suggested.

use super::work::Work;
use crate::automaton::{automaton, step_span};
use crate::global::{
    Block, Label, LabelId, Members, Party, Payload, Protocol, Send, SendId, Step, Terms,
};
use crate::source::Span;
use crate::verdict::{Counterexample, Hint, Verdict};

/// How many changes are tried.
const ATTEMPTS: usize = 48;
/// Protocols with more sends than this are not repaired: each attempt decides them anew.
const SENDS: usize = 400;

/// Where a message is put.
struct Spot {
    /// Numbers of the steps and blocks on the way to a block.
    path: Vec<(usize, usize)>,
    /// Directly behind this step of the block; otherwise at its start or end.
    behind: Option<usize>,
    /// The branch that it tells of.
    branch: String,
}

/// A decider with the places where it could tell.
struct Decider {
    party: Party,
    what: &'static str,
    spots: Vec<Spot>,
    /// Only the first spot is tried alone as well (a timeout's body).
    body_first: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Start,
    Last,
}

pub(super) fn hint(protocol: &Protocol, counterexample: &Counterexample) -> Option<Hint> {
    if protocol.sends.len() > SENDS {
        return None;
    }
    let told = told(protocol, &counterexample.role)?;
    let mut deciders = Vec::new();
    collect(&protocol.body, &mut Vec::new(), &mut deciders);
    let mut attempts = 0;
    let work = Work::for_repairs();
    for decider in &deciders {
        let same = decider.party.role == told.role;
        if same || matches!(decider.party.members, Members::All | Members::Any(_)) {
            continue;
        }
        let all: Vec<&Spot> = decider.spots.iter().collect();
        let mut choices = Vec::new();
        if decider.body_first {
            choices.push(all[..1].to_vec());
        }
        choices.push(all);
        for spots in choices {
            for end in [End::Start, End::Last] {
                attempts += 1;
                if attempts > ATTEMPTS || work.is_spent() {
                    return None;
                }
                if let Some(hint) = attempt(protocol, decider, &told, &spots, end, &work) {
                    return Some(hint);
                }
            }
        }
    }
    None
}

/// The role that cannot tell, as a receiver: a whole family where it is a member.
fn told(protocol: &Protocol, name: &str) -> Option<Party> {
    let base = name.split('[').next().unwrap_or(name);
    let index = protocol.roles.iter().position(|role| {
        let known = role.part.as_ref().map_or(&role.name, |part| &part.family);
        known == base
    })?;
    let role = &protocol.roles[index];
    Some(Party {
        role: crate::global::RoleId::of(index),
        members: if role.family.is_some() {
            Members::All
        } else {
            Members::Single
        },
        span: role.span,
    })
}

fn attempt(
    protocol: &Protocol,
    decider: &Decider,
    told: &Party,
    spots: &[&Spot],
    end: End,
    work: &Work,
) -> Option<Hint> {
    let mut changed = protocol.clone();
    let mut insertions = Vec::new();
    let mut labels = Vec::new();
    for spot in spots {
        let label = fresh_label(&mut changed, &spot.branch);
        let name = changed.labels[label.index()].name.clone();
        let send = add_send(&mut changed, &decider.party, told, label);
        let mut body = std::mem::take(&mut changed.body);
        let at = insert(protocol, &mut body, spot, Step::Send(send), end)?;
        changed.body = body;
        let text = format!(
            " {} -> {}: {name};",
            printed(protocol, &decider.party),
            printed(protocol, told)
        );
        insertions.push((at, text));
        labels.push((spot.branch.clone(), name));
    }
    let automata = automaton(&changed).ok()?;
    let projection = super::decide(&changed, &automata, work).ok()?;
    if projection.decision.verdict != Verdict::Implementable {
        return None;
    }
    let place = match end {
        End::Start => "at the start",
        End::Last => "at the end",
    };
    let branches: Vec<String> = labels
        .iter()
        .map(|(branch, label)| format!("`{branch}` (`{label}`)"))
        .collect();
    let (who, whom) = (printed(protocol, &decider.party), printed(protocol, told));
    Some(Hint {
        text: format!(
            "let `{who}` tell `{whom}` what it decided, {place} of each {}: {}",
            decider.what,
            branches.join(", ")
        ),
        insertions,
    })
}

fn printed(protocol: &Protocol, party: &Party) -> String {
    let role = &protocol.roles[party.role.index()];
    let name = role.part.as_ref().map_or(&role.name, |part| &part.family);
    match &party.members {
        Members::Single => name.clone(),
        Members::All | Members::Any(_) => match &role.part {
            Some(_) => role.name.clone(),
            None => format!("{name}[*]"),
        },
        Members::Constant(index) => format!("{name}[{index}]"),
        Members::Index(id) => {
            let index = protocol
                .loops
                .get(id.index())
                .and_then(|info| info.index.clone());
            format!("{name}[{}]", index.unwrap_or_default())
        }
    }
}

fn fresh_label(protocol: &mut Protocol, branch: &str) -> LabelId {
    let mut base = String::from("Told");
    let mut capital = true;
    for letter in branch.chars() {
        if letter == '_' {
            capital = true;
        } else if std::mem::take(&mut capital) {
            base.extend(letter.to_uppercase());
        } else {
            base.push(letter);
        }
    }
    let taken = |name: &str| protocol.labels.iter().any(|label| label.name == name);
    let mut name = base.clone();
    let mut number = 2;
    while taken(&name) {
        name = format!("{base}{number}");
        number += 1;
    }
    protocol.labels.push(Label {
        name,
        payload: Payload::Unit,
        span: protocol.span,
    });
    LabelId::of(protocol.labels.len() - 1)
}

fn add_send(protocol: &mut Protocol, from: &Party, to: &Party, label: LabelId) -> SendId {
    let context = protocol
        .sends
        .first()
        .map_or(crate::global::ContextId::of(0), |send| send.terms.context);
    protocol.sends.push(Send {
        from: from.clone(),
        to: to.clone(),
        label,
        label_span: protocol.span,
        terms: Terms {
            context,
            bridge_from: None,
            capability: None,
            cost: 1,
            facts: Vec::new(),
            merge: false,
            leak: Vec::new(),
            receipt: None,
            audit_log: None,
            spans: crate::global::TermSpans::default(),
        },
        span: protocol.span,
        calls: Vec::new(),
    });
    SendId::of(protocol.sends.len() - 1)
}

/// Puts a step at a spot; the place in the text, or `None` where nothing can stand there.
fn insert(
    protocol: &Protocol,
    body: &mut Block,
    spot: &Spot,
    step: Step,
    end: End,
) -> Option<Span> {
    let mut block = body;
    for (position, number) in &spot.path {
        let step = block.steps.get_mut(*position)?;
        block = blocks(step).into_iter().nth(*number)?;
    }
    let empty = |file, at| Span {
        file,
        start: at,
        end: at,
    };
    if let Some(position) = spot.behind {
        let span = step_span(protocol, block.steps.get(position)?);
        block.steps.insert(position + 1, step);
        return Some(empty(span.file, span.end));
    }
    let braces = block.braces?;
    match end {
        End::Start => {
            block.steps.insert(0, step);
            Some(empty(braces.file, braces.start + 1))
        }
        // Nothing comes behind a `continue`, so the end is in front of it.
        End::Last => match block.steps.pop() {
            Some(last @ Step::Continue(_, span)) => {
                block.steps.extend([step, last]);
                Some(empty(span.file, span.start))
            }
            last => {
                block.steps.extend(last);
                block.steps.push(step);
                Some(empty(braces.file, braces.end.saturating_sub(1)))
            }
        },
    }
}

/// The blocks of a step, in order.
fn blocks(step: &mut Step) -> Vec<&mut Block> {
    match step {
        Step::Choice(choice) => choice
            .branches
            .iter_mut()
            .map(|branch| &mut branch.body)
            .collect(),
        Step::Counted(counted) => vec![&mut counted.body],
        Step::Decided(decided) => vec![&mut decided.body],
        Step::For(each) => vec![&mut each.body],
        Step::Rec(rec) => vec![&mut rec.body],
        Step::Par(par) => par.branches.iter_mut().collect(),
        Step::Timeout(timeout) => vec![&mut timeout.body, &mut timeout.otherwise],
        Step::Send(_) | Step::Continue(..) | Step::Local(_) => Vec::new(),
    }
}

fn collect(block: &Block, path: &mut Vec<(usize, usize)>, found: &mut Vec<Decider>) {
    for (position, step) in block.steps.iter().enumerate() {
        let spot = |path: &[(usize, usize)], number: usize, branch: &str| Spot {
            path: [path, &[(position, number)]].concat(),
            behind: None,
            branch: branch.to_owned(),
        };
        match step {
            Step::Choice(choice) => found.push(Decider {
                party: choice.decider.clone(),
                what: "branch",
                spots: choice
                    .branches
                    .iter()
                    .enumerate()
                    .map(|(number, branch)| {
                        let label = branch.label.clone();
                        let label = label.unwrap_or_else(|| format!("branch{}", number + 1));
                        spot(path, number, &label)
                    })
                    .collect(),
                body_first: false,
            }),
            Step::Timeout(timeout) => found.push(Decider {
                party: timeout.decider.clone(),
                what: "branch",
                spots: vec![spot(path, 0, "in_time"), spot(path, 1, "late")],
                body_first: true,
            }),
            Step::Decided(decided) => found.push(Decider {
                party: decided.decider.clone(),
                what: "branch",
                spots: vec![
                    spot(path, 0, "again"),
                    Spot {
                        path: path.clone(),
                        behind: Some(position),
                        branch: "done".to_owned(),
                    },
                ],
                body_first: false,
            }),
            _ => {}
        }
        let inner: Vec<&Block> = match step {
            Step::Choice(choice) => choice.branches.iter().map(|branch| &branch.body).collect(),
            Step::Counted(counted) => vec![&counted.body],
            Step::Decided(decided) => vec![&decided.body],
            Step::For(each) => vec![&each.body],
            Step::Rec(rec) => vec![&rec.body],
            Step::Par(par) => par.branches.iter().collect(),
            Step::Timeout(timeout) => vec![&timeout.body, &timeout.otherwise],
            Step::Send(_) | Step::Continue(..) | Step::Local(_) => Vec::new(),
        };
        for (number, inner) in inner.into_iter().enumerate() {
            path.push((position, number));
            collect(inner, path, found);
            path.pop();
        }
    }
}
