//! The layout of local types on machines built by hand.

use super::local_type;
use crate::emit::name::Names;
use crate::global::{Label, LabelId, LoopId, LoopInfo, Members, Payload, Protocol, Role, RoleId};
use crate::global::{SendId, Size, TimerId};
use crate::local::{
    Action, Locals, Machine, Member, Owner, Peer, Running, State, Thread, Transition, Turn,
    WireLabel,
};
use crate::source::{FileId, Span};

const SPAN: Span = Span {
    file: FileId(0),
    start: 0,
    end: 0,
};

/// Roles `P` and `Q`, labels `A` to `F`, one timer, one `for` and one loop.
fn protocol() -> Protocol {
    let role = |name: &str| Role {
        name: name.into(),
        span: SPAN,
        family: None,
        part: None,
        constants: std::collections::BTreeSet::new(),
    };
    let label = |name: char| Label {
        name: name.into(),
        payload: Payload::Unit,
        span: SPAN,
    };
    let info = |index: Option<&str>| LoopInfo {
        index: index.map(Into::into),
        span: SPAN,
    };
    Protocol {
        name: "Sample".into(),
        span: SPAN,
        file: FileId(0),
        namespace: "sample".into(),
        version: "0.1.0".into(),
        roles: vec![role("P"), role("Q")],
        given: std::collections::BTreeMap::new(),
        sizes: Vec::new(),
        labels: ('A'..='F').map(label).collect(),
        sends: Vec::new(),
        contexts: Vec::new(),
        capabilities: Vec::new(),
        locals: Vec::new(),
        loops: vec![info(Some("i")), info(None)],
        timers: vec!["2s".into()],
        body: crate::global::Block::default(),
    }
}

/// `!A` sends A to Q, `?A` receives it, `x` decides x.
fn action(text: &str) -> Action {
    let wire = |label: &str| WireLabel {
        branch: None,
        label: LabelId(u32::from(label.as_bytes()[0] - b'A')),
    };
    let peer = Peer {
        role: RoleId(1),
        members: Members::Single,
        thread: Vec::new(),
    };
    match text.split_at(1) {
        ("!", label) => Action::Send {
            to: peer,
            label: wire(label),
            send: SendId(0),
        },
        ("?", label) => Action::Receive {
            from: peer,
            label: wire(label),
            send: SendId(0),
        },
        _ => Action::Decide {
            label: text.into(),
            span: SPAN,
        },
    }
}

fn state(steps: &[(&str, usize)]) -> State {
    State {
        transitions: steps
            .iter()
            .map(|(text, to)| Transition {
                action: action(text),
                to: *to,
            })
            .collect(),
        ..State::default()
    }
}

fn end() -> State {
    State {
        accepting: true,
        ..State::default()
    }
}

fn turn(counter: u32, again: usize, done: usize) -> State {
    State {
        turn: Some(Turn {
            counter: LoopId(counter),
            limit: Size::Number(3),
            again,
            done,
        }),
        ..State::default()
    }
}

fn locals(machines: Vec<Vec<State>>) -> Locals {
    let owner = |thread: usize| Owner {
        role: RoleId(0),
        member: Member::Single,
        thread: (thread > 0)
            .then(|| (crate::global::ParId(0), thread - 1))
            .into_iter()
            .collect(),
    };
    Locals {
        machines: machines
            .into_iter()
            .enumerate()
            .map(|(thread, states)| Machine {
                owner: owner(thread),
                states,
            })
            .collect(),
    }
}

fn print(states: Vec<State>) -> String {
    local_type(&Names::new(&protocol()), &locals(vec![states]), 0)
}

#[test]
fn a_join_is_written_once_behind_the_choice() {
    let text = print(vec![
        state(&[("!A", 1), ("!B", 2), ("!C", 3)]),
        state(&[("?D", 2)]),
        state(&[("?E", 3)]),
        end(),
    ]);
    let expected = "\
⊕{
    Q!A
        Q?D
    Q!B
    Q!C
        end
}
Q?E
end
";
    assert_eq!(text, expected);
}

#[test]
fn a_loop_has_a_name_that_is_come_back_to() {
    let text = print(vec![
        state(&[("!F", 1)]),
        state(&[("again", 2), ("done", 3)]),
        state(&[("!A", 1)]),
        end(),
    ]);
    let expected = "\
Q!F
rec S1:
⊕{
    again
        Q!A
        continue S1
    done
        end
}
";
    assert_eq!(text, expected);
}

#[test]
fn rounds_nest_though_they_begin_at_one_state() {
    let text = print(vec![
        state(&[("!A", 1)]),
        turn(1, 0, 2),
        turn(0, 0, 3),
        state(&[("!B", 4)]),
        end(),
    ]);
    let expected = "\
for i in 0..3 {
    loop 3 {
        Q!A
    }
}
Q!B
end
";
    assert_eq!(text, expected);
}

#[test]
fn a_round_may_end_in_the_middle_of_a_choice() {
    let text = print(vec![
        state(&[("!A", 1), ("!B", 2), ("!C", 2)]),
        turn(1, 0, 3),
        state(&[("!D", 3)]),
        state(&[("!E", 4)]),
        end(),
    ]);
    let expected = "\
loop 3 {
    ⊕{
        Q!A
            next round
        Q!B
        Q!C
    }
    Q!D
    -> S3
}
S3:
Q!E
end
";
    assert_eq!(text, expected);
}

#[test]
fn a_timer_covers_its_segment_and_the_ways_meet_behind_it() {
    let covered = |steps: &[(&str, usize)]| State {
        timer: Some(Running {
            timer: TimerId(0),
            late: 4,
            owed: Vec::new(),
        }),
        ..state(steps)
    };
    let mut first = state(&[]);
    first.transitions.push(Transition {
        action: Action::Arm { timer: TimerId(0) },
        to: 1,
    });
    let text = print(vec![
        first,
        covered(&[("?A", 2), ("?B", 2)]),
        covered(&[("?C", 3)]),
        state(&[("!D", 5)]),
        state(&[("!E", 5)]),
        state(&[("!F", 6)]),
        end(),
    ]);
    let expected = "\
timeout 2s {
    &{
        Q?A
        Q?B
    }
    Q?C
    stop timer
    Q!D
} else {
    Q!E
}
Q!F
end
";
    assert_eq!(text, expected);
}

#[test]
fn threads_stand_inside_of_their_fork() {
    let mut fork = state(&[]);
    let thread = |machine| Thread { machine, entry: 0 };
    fork.transitions.push(Transition {
        action: Action::Fork {
            par: crate::global::ParId(0),
            threads: vec![thread(1), thread(2)],
        },
        to: 1,
    });
    let machines = vec![
        vec![fork, state(&[("!F", 2)]), end()],
        vec![state(&[("!A", 0)])],
        vec![state(&[("!B", 1)]), end()],
    ];
    let text = local_type(&Names::new(&protocol()), &locals(machines), 0);
    let expected = "\
fork {
    rec T1.S0:
    Q!A
    continue T1.S0
} {
    Q!B
    end
}
Q!F
end
";
    assert_eq!(text, expected);
}

#[test]
fn choices_in_sequence_are_linear() {
    let mut states: Vec<State> = (0..64)
        .map(|at| state(&[("!A", at + 1), ("!B", at + 1)]))
        .collect();
    states.push(end());
    assert_eq!(print(states).lines().count(), 64 * 4 + 2);
}

#[test]
fn depth_is_no_matter() {
    let mut states: Vec<State> = (0..5_000)
        .map(|at| state(&[("?A", at + 1), ("?B", 5_000)]))
        .collect();
    states.push(end());
    assert!(print(states).len() < 5_000 * 1_500);
}
