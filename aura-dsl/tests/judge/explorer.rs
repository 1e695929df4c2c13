//! Explicit-state exploration of all runs of the machines.
//!
//! In: a troupe and the monitor of its protocol. Out: what goes wrong in some run, each kind with
//! the first run that shows it. What holds: an actor whose next steps nobody can change or add to
//! goes alone (a persistent set), unless all that it leads to has been seen to the end, in which
//! case everybody goes; so of runs that differ in the order of independent steps at least one is
//! followed. Channels grow until the answer is stable.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::hash::{BuildHasherDefault, DefaultHasher};

use super::cast::{Actor, Event, Wire};
use super::config::{Config, Rest, Stage};
use super::endless::final_sets;
use super::monitor::{Monitor, Next};
use super::moves::{Choices, Move};
use super::troupe::Troupe;

/// The most frames that a channel holds.
pub const MOST_FRAMES: usize = 6;

/// What can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// An actor does what no global run allows at this point.
    Fidelity,
    /// An actor waits, and every channel that it waits for begins with another frame.
    Unexpected,
    /// Nobody can go on, and somebody waits who may not rest.
    Deadlock,
    /// All is over, and a frame is left that nobody owes to nobody.
    Orphan,
    /// Others go on for ever, and a frame is never taken.
    Lost,
    /// All is over, but the global run is not.
    Short,
    /// Something of the protocol never happens.
    Missing,
    /// All is over, and somebody who may rest waits for more.
    MayWait,
    /// Somebody who may not rest is never served any more while others go on.
    Starvation,
}

impl Fault {
    /// Whether the machines do not implement the protocol, whatever waiting is thought of.
    pub fn is_hard(self) -> bool {
        !matches!(self, Fault::MayWait | Fault::Starvation)
    }
}

/// What an exploration found.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// Each fault with a run that shows it.
    pub faults: BTreeMap<Fault, Vec<(Actor, Event)>>,
    /// How many configurations were looked at.
    pub configs: usize,
    /// Whether there were more than the limit.
    pub too_large: bool,
    /// Whether a channel was full somewhere.
    pub full: bool,
}

impl Findings {
    /// The kinds of faults.
    pub fn kinds(&self) -> BTreeSet<Fault> {
        self.faults.keys().copied().collect()
    }
}

/// How to explore.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// The most configurations to look at.
    pub limit: usize,
    /// Whether to leave out orders of independent steps.
    pub reduce: bool,
    /// Whether the first hard fault is enough.
    pub first: bool,
    /// How many frames a channel holds at first.
    pub capacity: usize,
}

/// Messages that come before all others, in order: who may send, who may receive, what.
pub type Script = Vec<(BTreeSet<Actor>, BTreeSet<Actor>, BTreeSet<Wire>)>;

/// Explores the runs in which messages are sent as a script says, and after it freely. Gives the
/// faults that come up once the script has been followed.
pub fn replay(troupe: &Troupe, monitor: &mut Monitor, effort: Effort, script: &Script) -> Findings {
    const CAPACITY: usize = 4;
    explore_at(troupe, Some(monitor), effort, CAPACITY, script)
}

/// Explores with channels that grow from `effort.capacity` until nothing was in anybody's way, or
/// until the answer stays the same twice, to at most [`MOST_FRAMES`].
/// Without a monitor, as where the machines are of no one protocol, every step is allowed.
pub fn explore(troupe: &Troupe, mut monitor: Option<&mut Monitor>, effort: Effort) -> Findings {
    /// So many capacities have to agree.
    const AGREEING: usize = 3;
    let mut last = Findings::default();
    let mut agreeing = 0;
    for capacity in effort.capacity..=MOST_FRAMES {
        let (watched, script) = (monitor.as_deref_mut(), Script::new());
        let findings = explore_at(troupe, watched, effort, capacity, &script);
        let agrees = findings.kinds() == last.kinds();
        agreeing = if agrees { agreeing + 1 } else { 1 };
        let hard = findings.faults.keys().any(|fault| fault.is_hard());
        let over = !findings.full || findings.too_large || hard;
        last = findings;
        if over || agreeing == AGREEING {
            break;
        }
    }
    last
}

type Numbers = HashMap<Config, u32, BuildHasherDefault<DefaultHasher>>;

struct Exploration<'a> {
    stage: Stage<'a>,
    monitor: Option<&'a mut Monitor>,
    effort: Effort,
    script: &'a Script,
    configs: Vec<Config>,
    numbers: Numbers,
    /// How each configuration was reached first.
    origins: Vec<(u32, Option<(Actor, Event)>)>,
    /// Which actors lead to which configurations.
    edges: Vec<Vec<(Actor, u32)>>,
    closed: Vec<bool>,
    /// Which actors are waiting where they may not rest, as bits.
    waiting: Vec<u64>,
    /// Which actors have a full channel in their way, as bits.
    blocked: Vec<u64>,
    events: BTreeSet<(Actor, Event)>,
    findings: Findings,
}

fn explore_at(
    troupe: &Troupe,
    monitor: Option<&mut Monitor>,
    effort: Effort,
    capacity: usize,
    script: &Script,
) -> Findings {
    let mut exploration = Exploration {
        stage: Stage::new(troupe, capacity),
        monitor,
        effort,
        script,
        configs: Vec::new(),
        numbers: Numbers::default(),
        origins: Vec::new(),
        edges: Vec::new(),
        closed: Vec::new(),
        waiting: Vec::new(),
        blocked: Vec::new(),
        events: BTreeSet::new(),
        findings: Findings::default(),
    };
    exploration.run();
    exploration.findings
}

impl Exploration<'_> {
    fn run(&mut self) {
        let start = self.stage.start();
        self.number(start, (0, None));
        let mut open = VecDeque::from([0_u32]);
        while let Some(at) = open.pop_front() {
            let known = self.configs.len();
            self.expand(at);
            self.closed[at as usize] = true;
            open.extend((known..self.configs.len()).map(|new| new as u32));
            self.findings.configs = self.configs.len();
            let hard = self.findings.faults.keys().any(|fault| fault.is_hard());
            if hard && self.effort.first {
                return;
            }
            self.findings.too_large |= self.configs.len() > self.effort.limit;
            if self.findings.too_large {
                return;
            }
        }
        let hard = self.findings.faults.keys().any(|fault| fault.is_hard());
        if !hard && !self.findings.full {
            let events = self.monitor.as_deref().map(Monitor::events);
            let missing = events.and_then(|all| all.difference(&self.events).next());
            if let Some(missing) = missing {
                self.findings.faults.insert(Fault::Missing, vec![*missing]);
            }
        }
        self.judge_endless();
    }

    fn number(&mut self, config: Config, origin: (u32, Option<(Actor, Event)>)) -> u32 {
        if let Some(number) = self.numbers.get(&config) {
            return *number;
        }
        let number = self.configs.len() as u32;
        self.numbers.insert(config.clone(), number);
        self.configs.push(config);
        self.origins.push(origin);
        self.edges.push(Vec::new());
        self.closed.push(false);
        self.waiting.push(0);
        self.blocked.push(0);
        number
    }

    /// Looks at a configuration and takes its steps, those of one actor where that is enough.
    fn expand(&mut self, at: u32) {
        let config = self.configs[at as usize].clone();
        let actors = self.stage.troupe.machines.len() as Actor;
        let mut mobile = Vec::new();
        let mut full = false;
        for actor in 0..actors {
            let choices = self.stage.choices(&config, actor);
            full |= choices.full;
            self.blocked[at as usize] |= u64::from(choices.full) << actor;
            if choices.unexpected {
                self.report(Fault::Unexpected, at, None);
            }
            if choices.moves.is_empty() && !choices.full {
                if self.stage.rests(&config, actor) == Rest::Stuck {
                    self.waiting[at as usize] |= 1 << actor;
                }
            } else if !choices.moves.is_empty() {
                let alone = !choices.full && !choices.awaits;
                mobile.push((actor, choices, alone));
            }
        }
        self.findings.full |= full;
        if mobile.is_empty() {
            if !full {
                self.judge_end(at, &config);
            }
            return;
        }
        if self.effort.reduce {
            // What a script still says depends on everybody's sends.
            let scripted = Stage::cue(&config) < self.script.len();
            let goes_alone = |(_, choices, alone): &&(Actor, Choices, bool)| {
                let mut moves = choices.moves.iter();
                *alone && !(scripted && moves.any(|step| matches!(step, Move::Send(_))))
            };
            // Receives first: they empty the channels.
            let mut alone: Vec<_> = mobile.iter().filter(goes_alone).collect();
            alone.sort_by_key(|(actor, choices, _)| (!choices.receives, *actor));
            for (actor, choices, _) in alone {
                let targets = self.follow(at, &config, *actor, &choices.moves);
                if targets.iter().any(|target| !self.closed[*target as usize])
                    && !targets.contains(&at)
                {
                    return;
                }
            }
        }
        for (actor, choices, _) in mobile {
            self.follow(at, &config, actor, &choices.moves);
        }
    }

    /// Takes an actor's steps; gives the configurations behind those that are allowed.
    fn follow(&mut self, at: u32, config: &Config, actor: Actor, moves: &[Move]) -> Vec<u32> {
        let state = Stage::monitor(config);
        let mut targets = Vec::new();
        for step in moves {
            let (mut next, event) = self.stage.after(config, actor, *step);
            if let Some(event) = event {
                if !self.is_on_cue(&mut next, actor, event) {
                    continue;
                }
                let monitor = self.monitor.as_deref_mut();
                match monitor.map_or(Next::State(state), |it| it.step(state, actor, event)) {
                    Next::State(state) => Stage::set_monitor(&mut next, state),
                    Next::Never => {
                        self.report(Fault::Fidelity, at, Some((actor, event)));
                        continue;
                    }
                    Next::TooFar => {
                        self.findings.too_large = true;
                        continue;
                    }
                }
                self.events.insert((actor, event));
            }
            let origin = (at, event.map(|event| (actor, event)));
            let target = self.number(next, origin);
            if !self.edges[at as usize].contains(&(actor, target)) {
                self.edges[at as usize].push((actor, target));
            }
            targets.push(target);
        }
        targets
    }

    /// Whether a script allows an event now; it says nothing of what an actor does alone.
    fn is_on_cue(&self, next: &mut Config, actor: Actor, event: Event) -> bool {
        let (Event::Send(to, wire), Some((senders, receivers, wires))) =
            (event, self.script.get(Stage::cue(next)))
        else {
            return true;
        };
        Stage::follow_cue(next);
        senders.contains(&actor) && receivers.contains(&to) && wires.contains(&wire)
    }

    fn judge_end(&mut self, at: u32, config: &Config) {
        let actors = 0..self.stage.troupe.machines.len() as Actor;
        let rests: Vec<Rest> = actors
            .map(|actor| self.stage.rests(config, actor))
            .collect();
        if rests
            .iter()
            .any(|rest| matches!(rest, Rest::Stuck | Rest::Joining))
        {
            self.report(Fault::Deadlock, at, None);
            return;
        }
        let channels = 0..self.stage.troupe.channels.len();
        if channels
            .into_iter()
            .any(|channel| !self.stage.frames(config, channel).is_empty())
        {
            self.report(Fault::Orphan, at, None);
            return;
        }
        let monitor = self.monitor.as_deref_mut();
        if monitor.is_some_and(|monitor| !monitor.may_end(Stage::monitor(config))) {
            self.report(Fault::Short, at, None);
            return;
        }
        if rests.contains(&Rest::Waiting) {
            self.report(Fault::MayWait, at, None);
        }
    }

    fn report(&mut self, fault: Fault, at: u32, last: Option<(Actor, Event)>) {
        let cue = Stage::cue(&self.configs[at as usize]);
        // A fault that a send shows comes with the script's last line at the earliest.
        let early = cue + usize::from(last.is_some()) < self.script.len();
        if early || self.findings.faults.contains_key(&fault) {
            return;
        }
        let mut run: Vec<_> = last.into_iter().collect();
        let mut at = at;
        while at != 0 {
            let (before, step) = self.origins[at as usize];
            run.extend(step);
            at = before;
        }
        run.reverse();
        self.findings.faults.insert(fault, run);
    }

    /// Looks for somebody who waits and is never served again, and for a frame that is never
    /// taken, while others go on for ever.
    fn judge_endless(&mut self) {
        if self.findings.full && self.findings.faults.keys().any(|fault| fault.is_hard()) {
            return;
        }
        for set in final_sets(&self.edges) {
            let edges = set.iter().flat_map(|at| &self.edges[*at as usize]);
            let moving = edges.fold(0, |moving, (who, _)| moving | 1_u64 << who);
            // A sender whom a full channel stops for ever might have gone on: who knows.
            let stopped = set
                .iter()
                .any(|at| self.blocked[*at as usize] & !moving != 0);
            if !stopped && let Some(at) = self.lost(&set) {
                self.report(Fault::Lost, at, None);
            }
            let starves = |at: &&u32| self.waiting[**at as usize] & !moving != 0;
            if let Some(at) = set.iter().find(starves) {
                self.report(Fault::Starvation, *at, None);
            }
        }
    }

    /// A configuration of a set that no run leaves, with a frame in it that is never taken.
    fn lost(&self, set: &[u32]) -> Option<u32> {
        let first = *set.first()?;
        let frames = |at: u32, channel| {
            let config = &self.configs[at as usize];
            self.stage.frames(config, channel).len()
        };
        let is_lost = |channel: &usize| {
            frames(first, *channel) > 0
                && set.iter().all(|at| {
                    let mut edges = self.edges[*at as usize].iter();
                    edges.all(|(_, to)| frames(*to, *channel) >= frames(*at, *channel))
                })
        };
        let mut channels = 0..self.stage.troupe.channels.len();
        channels.any(|channel| is_lost(&channel)).then_some(first)
    }
}
