//! Local types in the notation of session types.
//!
//! In: the machines of a protocol. Out: for each one a structured text: `Q[*]!SnapProposal` sends,
//! `Q[any t]?SnapApprove` receives, `⊕{ .. }` is the owner's choice and `&{ .. }` another's, `rec
//! S3:` names a state that is come back to with `continue S3`, `S7:` one that several ways lead to
//! with `-> S7`. A way that simply goes on to what stands next says nothing. What holds: every
//! state is written once, so the text is as long as the machine; nothing recurses.

use std::collections::{BTreeMap, BTreeSet};

use super::action::notation;
use super::flow::{Flow, counts, ends, flow, receives, same_timer};
use super::name::Names;
use crate::escape::visible;
use crate::global::LoopId;
use crate::local::{Action, Locals, Machine, Running, StateIndex, Thread, Transition};

/// Indentation stops growing here: nobody counts further, and the text stays linear in the machine.
const DEEPEST: usize = 60;

/// The local type of a machine that is not a thread, its threads written inside of their forks.
pub(crate) fn local_type(names: &Names, locals: &Locals, machine: usize) -> String {
    // A name is written only where something refers to it, which may be further down.
    let mut unnamed = Writer::new(names, locals, None);
    unnamed.run(machine);
    let referred = std::mem::take(&mut unnamed.referred);
    let mut writer = Writer::new(names, locals, Some(referred));
    writer.run(machine);
    writer.out
}

/// Position of a flow in [`Writer::flows`].
type Frame = usize;

/// What the reader finds behind the place that is being written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    /// Nothing that one could go on to.
    Nothing,
    /// A state.
    State(StateIndex),
    /// The brace that ends a round.
    Round(LoopId),
}

/// Where something is written.
#[derive(Clone, Copy)]
struct Place<'a> {
    frame: Frame,
    depth: usize,
    next: Next,
    timer: Option<&'a Running>,
}

/// Work that is left, last first.
enum Task<'a> {
    Line(usize, String),
    /// A state, with its name where it needs one.
    State(StateIndex, Place<'a>),
    /// What can happen in a state.
    Body(StateIndex, Place<'a>),
    /// A way into a state.
    Way {
        to: StateIndex,
        back: bool,
        place: Place<'a>,
    },
    Thread(&'a Thread, usize),
}

struct Writer<'a> {
    names: &'a Names<'a>,
    locals: &'a Locals,
    /// The machine and entry of each text that is being written, with its layout.
    flows: Vec<(usize, Flow)>,
    /// Threads that were written already.
    written: BTreeMap<(usize, StateIndex), Frame>,
    root: usize,
    /// The states that get a name; `None` while that is being found out and nothing is written.
    labelled: Option<BTreeSet<(Frame, StateIndex)>>,
    referred: BTreeSet<(Frame, StateIndex)>,
    tasks: Vec<Task<'a>>,
    out: String,
}

impl<'a> Writer<'a> {
    fn new(
        names: &'a Names<'a>,
        locals: &'a Locals,
        labelled: Option<BTreeSet<(Frame, StateIndex)>>,
    ) -> Self {
        Self {
            names,
            locals,
            flows: Vec::new(),
            written: BTreeMap::new(),
            root: 0,
            labelled,
            referred: BTreeSet::new(),
            tasks: Vec::new(),
            out: String::new(),
        }
    }

    fn run(&mut self, machine: usize) {
        self.root = machine;
        self.enter(machine, 0, 0);
        while let Some(task) = self.tasks.pop() {
            match task {
                Task::Line(depth, line) => self.line(depth, &line),
                Task::State(state, place) => self.state(state, place),
                Task::Body(state, place) => self.body(state, place),
                Task::Way { to, back, place } => self.way(to, back, place),
                Task::Thread(thread, depth) => self.thread(thread, depth),
            }
        }
    }

    fn enter(&mut self, machine: usize, entry: StateIndex, depth: usize) {
        let Some(owned) = self.locals.machines.get(machine) else {
            return;
        };
        if owned.states.get(entry).is_none() {
            return;
        }
        let frame = self.flows.len();
        self.flows.push((machine, flow(owned, entry)));
        self.written.insert((machine, entry), frame);
        let place = Place {
            frame,
            depth,
            next: Next::Nothing,
            timer: None,
        };
        self.tasks.push(Task::State(entry, place));
    }

    fn machine(&self, frame: Frame) -> &'a Machine {
        &self.locals.machines[self.flows[frame].0]
    }

    fn line(&mut self, depth: usize, line: &str) {
        if self.labelled.is_none() {
            return;
        }
        for _ in 0..depth.min(DEEPEST) {
            self.out.push_str("    ");
        }
        self.out.push_str(&visible(line));
        self.out.push('\n');
    }

    fn notation(&self, machine: &Machine, action: &Action) -> String {
        match self.labelled {
            Some(_) => notation(self.names, &machine.owner, action),
            None => String::new(),
        }
    }

    /// `S3`, and `T2.S3` inside of the second thread of the machine.
    fn state_name(&self, frame: Frame, state: StateIndex) -> String {
        match self.flows[frame].0.saturating_sub(self.root) {
            0 => format!("S{state}"),
            thread => format!("T{thread}.S{state}"),
        }
    }

    fn state(&mut self, state: StateIndex, place: Place<'a>) {
        let (_, flow) = &self.flows[place.frame];
        let rounds = flow.rounds[state].clone();
        let behind: Vec<_> = flow.followers[state].clone();
        let labelled = self.labelled.as_ref();
        if labelled.is_some_and(|states| states.contains(&(place.frame, state))) {
            let name = self.state_name(place.frame, state);
            let rec = if self.flows[place.frame].1.header[state] {
                "rec "
            } else {
                ""
            };
            self.line(place.depth, &format!("{rec}{name}:"));
        }
        // What is behind the outermost loop comes last, so it is planned first.
        let mut tasks = Vec::new();
        let mut place = place;
        for round in rounds.iter().rev() {
            tasks.push(if behind.contains(&round.done) {
                Task::State(round.done, place)
            } else {
                Task::Way {
                    to: round.done,
                    back: false,
                    place,
                }
            });
            tasks.push(Task::Line(place.depth, "}".into()));
            if let Some(turn) = &self.machine(place.frame).states[round.turn].turn {
                let opening = self.names.round(round.counter, &turn.limit);
                self.line(place.depth, &format!("{opening} {{"));
            }
            place.depth += 1;
            place.next = Next::Round(round.counter);
        }
        self.tasks.append(&mut tasks);
        let is_done = |state: &StateIndex| rounds.iter().any(|round| round.done == *state);
        let behind: Vec<_> = behind.into_iter().filter(|state| !is_done(state)).collect();
        self.guarded(state, &behind, place);
    }

    /// Opens a timeout where the state is the first that its timer covers.
    fn guarded(&mut self, state: StateIndex, behind: &[StateIndex], place: Place<'a>) {
        let machine = self.machine(place.frame);
        let timer = machine.states[state].timer.as_ref();
        let Some(running) = timer.filter(|_| !same_timer(timer, place.timer)) else {
            self.sequence(Task::Body, state, behind, place);
            return;
        };
        let covered = |state: &StateIndex| same_timer(machine.states[*state].timer.as_ref(), timer);
        let (inside, outside): (Vec<_>, Vec<_>) = behind.iter().partition(|state| covered(state));
        let next = self.plan(&outside, place);
        let place = Place { next, ..place };
        let inner = Place {
            depth: place.depth + 1,
            timer,
            ..place
        };
        let lasting = &self.names.protocol.timers[running.timer.index()];
        self.line(place.depth, &format!("timeout {lasting} {{"));
        self.tasks.push(Task::Line(place.depth, "}".into()));
        let late = Place {
            timer: place.timer,
            ..inner
        };
        // Whoever gives up may begin again where all began.
        let position = &self.flows[place.frame].1.position;
        let back = position[running.late] <= position[state];
        self.tasks.push(Task::Way {
            to: running.late,
            back,
            place: late,
        });
        self.tasks.push(Task::Line(place.depth, "} else {".into()));
        self.sequence(Task::Body, state, &inside, inner);
    }

    /// Writes a state and behind it those where the ways out of it meet.
    fn sequence(
        &mut self,
        first: impl Fn(StateIndex, Place<'a>) -> Task<'a>,
        state: StateIndex,
        behind: &[StateIndex],
        place: Place<'a>,
    ) {
        let next = self.plan(behind, place);
        self.tasks.push(first(state, Place { next, ..place }));
    }

    /// Plans states one behind the other; yields what stands before them goes on to.
    fn plan(&mut self, states: &[StateIndex], place: Place<'a>) -> Next {
        let mut next = place.next;
        for state in states.iter().rev() {
            self.tasks
                .push(Task::State(*state, Place { next, ..place }));
            next = Next::State(*state);
        }
        next
    }

    fn body(&mut self, index: StateIndex, place: Place<'a>) {
        let machine = self.machine(place.frame);
        let state = &machine.states[index];
        if let Some(turn) = &state.turn {
            let rounds = &self.flows[place.frame].1.rounds[turn.again];
            if !counts(rounds, turn) {
                let name = self.names.index(turn.counter);
                let limit = self.names.size(&turn.limit);
                let again = self.refer(place.frame, turn.again);
                let done = self.refer(place.frame, turn.done);
                let line = format!("if {name} + 1 < {limit} -> {again} else -> {done}");
                self.line(place.depth, &line);
            } else if place.next != Next::Round(turn.counter) {
                let name = self.names.index(turn.counter);
                self.line(place.depth, &format!("next {name}"));
            }
            return;
        }
        if state.accepting && !state.transitions.is_empty() {
            self.line(place.depth, "may end here");
        }
        match state.transitions.as_slice() {
            [] => self.line(place.depth, if state.accepting { "end" } else { "stuck" }),
            [only] => {
                let mut tasks = self.step(only, place);
                tasks.push(self.after(index, only, place));
                self.tasks.extend(tasks.into_iter().rev());
            }
            several => {
                let sign = if receives(state) { "&{" } else { "⊕{" };
                self.line(place.depth, sign);
                self.tasks.push(Task::Line(place.depth, "}".into()));
                for transition in several.iter().rev() {
                    let inner = Place {
                        depth: place.depth + 2,
                        ..place
                    };
                    self.tasks.push(self.after(index, transition, inner));
                    let line = self.notation(machine, &transition.action);
                    self.tasks.push(Task::Line(place.depth + 1, line));
                }
            }
        }
    }

    /// The lines of a transition that is not one of several.
    fn step(&self, transition: &'a Transition, place: Place<'a>) -> Vec<Task<'a>> {
        let machine = self.machine(place.frame);
        match &transition.action {
            Action::Arm { timer } => {
                let begun = machine.states[transition.to].timer.as_ref();
                let shown = begun.is_some_and(|running| running.timer == *timer)
                    && self.flows[place.frame].1.inline[transition.to];
                let line = self.notation(machine, &transition.action);
                (!shown)
                    .then_some(Task::Line(place.depth, line))
                    .into_iter()
                    .collect()
            }
            Action::Fork { threads, .. } => {
                let mut tasks = vec![Task::Line(place.depth, "fork {".into())];
                for (position, thread) in threads.iter().enumerate() {
                    if position > 0 {
                        tasks.push(Task::Line(place.depth, "} {".into()));
                    }
                    tasks.push(Task::Thread(thread, place.depth + 1));
                }
                tasks.push(Task::Line(place.depth, "}".into()));
                tasks
            }
            action => {
                let line = self.notation(machine, action);
                vec![Task::Line(place.depth, line)]
            }
        }
    }

    fn thread(&mut self, thread: &'a Thread, depth: usize) {
        match self.written.get(&(thread.machine, thread.entry)) {
            Some(&frame) => {
                let name = self.refer(frame, thread.entry);
                self.line(depth, &format!("-> {name}"));
            }
            None => self.enter(thread.machine, thread.entry, depth),
        }
    }

    fn after(&self, from: StateIndex, transition: &Transition, place: Place<'a>) -> Task<'a> {
        let position = &self.flows[place.frame].1.position;
        Task::Way {
            to: transition.to,
            back: position[transition.to] <= position[from],
            place,
        }
    }

    fn way(&mut self, to: StateIndex, back: bool, place: Place<'a>) {
        let state = &self.machine(place.frame).states[to];
        let (_, flow) = &self.flows[place.frame];
        let next = place.next == Next::State(to);
        if place.timer.is_some() && !same_timer(state.timer.as_ref(), place.timer) {
            if !next && !ends(state) {
                self.line(place.depth, "stop timer");
            }
            // From here on the states are no longer covered.
            let place = Place {
                timer: None,
                ..place
            };
            return self.way(to, back, place);
        }
        if ends(state) {
            self.line(place.depth, "end");
        } else if flow.inline[to] && !back {
            self.tasks.push(Task::State(to, place));
        } else if !next {
            let name = self.refer(place.frame, to);
            let word = if back { "continue" } else { "->" };
            self.line(place.depth, &format!("{word} {name}"));
        }
    }

    fn refer(&mut self, frame: Frame, state: StateIndex) -> String {
        self.referred.insert((frame, state));
        self.state_name(frame, state)
    }
}

#[cfg(test)]
mod tests;
