//! The shared budget as a model: arrays and sums, written from DECISIONS 3 and not from the
//! implementation, and the ways through it.
//!
//! Each step drives the model and whatever implements it; what can be observed must agree, and what
//! crossed the wire must stay within what the rulings allow. States that differ by the names of
//! interchangeable replicas are visited once.

use std::collections::HashSet;

pub(crate) const MOST: usize = 4;

/// What one replica knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Known {
    pub(crate) epoch: u8,
    pub(crate) limit: u8,
    pub(crate) spent: [u8; MOST],
    /// `given[from][to]`.
    pub(crate) given: [[u8; MOST]; MOST],
}

/// How large a world is, and what may still happen in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Left {
    pub(crate) transfers: u8,
    pub(crate) cuts: u8,
    pub(crate) epochs: u8,
}

/// The rules of a world.
pub(crate) struct Rules {
    pub(crate) replicas: usize,
    pub(crate) limit: u8,
    pub(crate) cut: u8,
    pub(crate) allotted: [u8; MOST],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct World {
    pub(crate) known: [Known; MOST],
    /// By epoch: what crossed the wire.
    pub(crate) wire: [u8; 4],
    pub(crate) left: Left,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Spend(usize, u8),
    Transfer(usize, usize, u8),
    Cut(usize),
    Advance(usize),
    Merge { into: usize, from: usize },
}

impl Known {
    pub(crate) fn total(&self) -> u8 {
        self.spent.iter().sum()
    }

    pub(crate) fn held(&self, rules: &Rules, replica: usize) -> u8 {
        let received: u8 = self.given.iter().map(|row| row[replica]).sum();
        let gone = self.spent[replica] + self.given[replica].iter().sum::<u8>();
        (rules.allotted[replica] + received).saturating_sub(gone)
    }

    pub(crate) fn headroom(&self, rules: &Rules, replica: usize) -> u8 {
        self.held(rules, replica)
            .min(self.limit.saturating_sub(self.total()))
    }

    pub(crate) fn merge(&mut self, other: &Known) {
        if other.epoch > self.epoch {
            *self = *other;
        } else if other.epoch == self.epoch {
            self.limit = self.limit.min(other.limit);
            for row in 0..MOST {
                self.spent[row] = self.spent[row].max(other.spent[row]);
                for to in 0..MOST {
                    self.given[row][to] = self.given[row][to].max(other.given[row][to]);
                }
            }
        }
    }
}

impl World {
    pub(crate) fn new(rules: &Rules, left: Left) -> Self {
        let fresh = Known {
            epoch: 1,
            limit: rules.limit,
            ..Known::default()
        };
        Self {
            known: [fresh; MOST],
            wire: [0; 4],
            left,
        }
    }

    pub(crate) fn steps(&self, rules: &Rules) -> Vec<Step> {
        let mut steps = Vec::new();
        for at in 0..rules.replicas {
            let known = &self.known[at];
            steps.extend([1, 2].map(|cost| Step::Spend(at, cost)));
            for to in 0..rules.replicas {
                if to == at {
                    continue;
                }
                if self.left.transfers > 0 && known.held(rules, at) > 0 {
                    steps.push(Step::Transfer(at, to, 1));
                    steps.push(Step::Transfer(at, to, known.held(rules, at)));
                }
                steps.push(Step::Merge { into: at, from: to });
            }
            if self.left.cuts > 0 {
                steps.push(Step::Cut(at));
            }
            if self.left.epochs > 0 {
                steps.push(Step::Advance(at));
            }
        }
        steps
    }

    /// The world behind a step; the same world where the step is refused.
    pub(crate) fn after(&self, rules: &Rules, step: Step) -> Self {
        let mut next = *self;
        match step {
            Step::Spend(at, cost) => {
                if cost <= self.known[at].headroom(rules, at) {
                    next.known[at].spent[at] += cost;
                    next.wire[usize::from(self.known[at].epoch)] += cost;
                }
            }
            Step::Transfer(from, to, amount) => {
                if amount <= self.known[from].held(rules, from) {
                    next.known[from].given[from][to] += amount;
                    next.left.transfers -= 1;
                }
            }
            Step::Cut(at) => {
                next.known[at].limit = next.known[at].limit.min(rules.cut);
                next.left.cuts -= 1;
            }
            Step::Advance(at) => {
                let newest = self.known.iter().map(|known| known.epoch).max();
                next.known[at] = Known {
                    epoch: newest.unwrap_or(0) + 1,
                    limit: rules.limit,
                    ..Known::default()
                };
                next.left.epochs -= 1;
            }
            Step::Merge { into, from } => next.known[into].merge(&self.known[from]),
        }
        next
    }

    /// The least of the worlds that differ by the names of replicas with equal parts.
    pub(crate) fn canonical(&self, rules: &Rules, renamings: &[[usize; MOST]]) -> [Known; MOST] {
        let renamed = renamings.iter().map(|names| {
            let mut known = [Known::default(); MOST];
            for at in 0..rules.replicas {
                let (old, new) = (&self.known[at], &mut known[names[at]]);
                (new.epoch, new.limit) = (old.epoch, old.limit);
                for row in 0..rules.replicas {
                    new.spent[names[row]] = old.spent[row];
                    for to in 0..rules.replicas {
                        new.given[names[row]][names[to]] = old.given[row][to];
                    }
                }
            }
            known
        });
        renamed.min().unwrap_or(self.known)
    }
}

/// All ways to rename replicas that were allotted the same.
pub(crate) fn renamings(rules: &Rules) -> Vec<[usize; MOST]> {
    let mut found = Vec::new();
    let mut grow = vec![Vec::new()];
    while let Some(names) = grow.pop() {
        if names.len() == rules.replicas {
            let mut whole = [0, 1, 2, 3];
            whole[..names.len()].copy_from_slice(&names);
            found.push(whole);
            continue;
        }
        for name in 0..rules.replicas {
            let equal = rules.allotted[name] == rules.allotted[names.len()];
            if equal && !names.contains(&name) {
                grow.push([names.as_slice(), &[name]].concat());
            }
        }
    }
    found
}

/// Replicas that implement what the model says.
pub(crate) trait Fleet: Sized {
    /// Replicas at the start of epoch 1.
    fn new(rules: &Rules) -> Self;

    /// The same replicas once more, to go another way from here.
    fn fork(&self) -> Self;

    /// Whether the spending was allowed.
    fn spend(&mut self, at: usize, cost: u8) -> bool;

    /// Hands on what is known to be held.
    fn transfer(&mut self, from: usize, to: usize, amount: u8);

    /// Cuts the limit of the epoch.
    fn cut(&mut self, at: usize, limit: u8);

    /// Begins an epoch.
    fn advance(&mut self, at: usize, epoch: u8, rules: &Rules);

    /// One replica hears of all that another knows.
    fn merge(&mut self, into: usize, from: usize, rules: &Rules);

    /// What a replica knows: epoch, limit, and of each replica what it has spent and what it holds.
    fn look(&self, at: usize, replicas: usize) -> (u64, u64, Vec<(u64, u64)>);

    /// Everybody hears everybody: all know the same.
    fn converge(&self, rules: &Rules);
}

/// Takes the step.
fn drive(rules: &Rules, world: &World, real: &mut impl Fleet, step: Step) {
    match step {
        Step::Spend(at, cost) => {
            let allowed = cost <= world.known[at].headroom(rules, at);
            assert_eq!(real.spend(at, cost), allowed, "{step:?} in {world:?}");
        }
        Step::Transfer(from, to, amount) => real.transfer(from, to, amount),
        Step::Cut(at) => real.cut(at, rules.cut),
        Step::Advance(at) => {
            let newest = world.known.iter().map(|known| known.epoch).max();
            real.advance(at, newest.unwrap_or(0) + 1, rules);
        }
        Step::Merge { into, from } => real.merge(into, from, rules),
    }
}

/// What the rulings demand of every world, and that model and implementation agree.
fn judge(rules: &Rules, before: &World, step: Step, world: &World, real: &impl Fleet) {
    for spent in world.wire {
        assert!(spent <= rules.limit, "{step:?} overspends: {world:?}");
    }
    if let Step::Spend(at, _) = step {
        let known = &before.known[at];
        let blocked = known.total() >= known.limit;
        let sent = world.wire != before.wire;
        assert!(!(blocked && sent), "{step:?} past a cut: {before:?}");
    }
    for at in 0..rules.replicas {
        let known = &world.known[at];
        assert!(
            known.epoch >= before.known[at].epoch,
            "a stale epoch returned: {world:?}"
        );
        let rows = (0..rules.replicas)
            .map(|other| (known.spent[other].into(), known.held(rules, other).into()));
        let expected = (known.epoch.into(), known.limit.into(), rows.collect());
        assert_eq!(
            real.look(at, rules.replicas),
            expected,
            "{at} after {step:?}: {world:?}"
        );
    }
}

/// Every interleaving; how many worlds there are.
pub(crate) fn explore<F: Fleet>(rules: &Rules, left: Left) -> usize {
    let renamings = renamings(rules);
    let world = World::new(rules, left);
    let mut seen = HashSet::from([(world.canonical(rules, &renamings), world.wire, world.left)]);
    let mut open = vec![(world, F::new(rules))];
    while let Some((world, real)) = open.pop() {
        real.converge(rules);
        for step in world.steps(rules) {
            let next = world.after(rules, step);
            let mut driven = real.fork();
            drive(rules, &world, &mut driven, step);
            judge(rules, &world, step, &next, &driven);
            if seen.insert((next.canonical(rules, &renamings), next.wire, next.left)) {
                open.push((next, driven));
            }
        }
    }
    seen.len()
}

/// The world of the random walks: four replicas share a limit of 6.
pub(crate) const WALKED: Rules = Rules {
    replicas: 4,
    limit: 6,
    cut: 3,
    allotted: [3, 1, 1, 1],
};

/// Random walks of 24 steps through [`WALKED`].
pub(crate) fn walk<F: Fleet>(walks: u64, seed: u64) {
    let rules = &WALKED;
    let mut dice = seed | 1;
    for _ in 0..walks {
        let left = Left {
            transfers: 3,
            cuts: 1,
            epochs: 2,
        };
        let mut world = World::new(rules, left);
        let mut real = F::new(rules);
        for _ in 0..24 {
            let steps = world.steps(rules);
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            let step = steps[usize::try_from(dice % steps.len() as u64).expect("small")];
            let next = world.after(rules, step);
            drive(rules, &world, &mut real, step);
            judge(rules, &world, step, &next, &real);
            world = next;
        }
        real.converge(rules);
    }
}

/// How many walks a test makes: `AURA_WALKS`, or as many as an ordinary run has time for.
pub(crate) fn walks(usual: u64) -> u64 {
    let asked = std::env::var("AURA_WALKS").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(usual)
}
