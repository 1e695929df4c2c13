//! The shared budget against a model of its own, through every interleaving of a small world and
//! through random walks of a larger one.
//!
//! The model is arrays and sums, written from DECISIONS 3 and not from the implementation. Each step
//! drives both; what can be observed must agree, and what crossed the wire must stay within what the
//! rulings allow. States that differ by the names of interchangeable replicas are visited once.

use std::collections::{BTreeMap, HashSet};

use aura_runtime::{
    budget::shared::{ReplicaId, SharedBudget},
    lattice::Join as _,
};

const MOST: usize = 4;

/// What one replica knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Known {
    epoch: u8,
    limit: u8,
    spent: [u8; MOST],
    /// `given[from][to]`.
    given: [[u8; MOST]; MOST],
}

/// How large a world is, and what may still happen in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Left {
    transfers: u8,
    cuts: u8,
    epochs: u8,
}

/// The rules of a world.
struct Rules {
    replicas: usize,
    limit: u8,
    cut: u8,
    allotted: [u8; MOST],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct World {
    known: [Known; MOST],
    /// By epoch: what crossed the wire.
    wire: [u8; 4],
    left: Left,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Spend(usize, u8),
    Transfer(usize, usize, u8),
    Cut(usize),
    Advance(usize),
    Merge { into: usize, from: usize },
}

impl Known {
    fn total(&self) -> u8 {
        self.spent.iter().sum()
    }

    fn held(&self, rules: &Rules, replica: usize) -> u8 {
        let received: u8 = self.given.iter().map(|row| row[replica]).sum();
        let gone = self.spent[replica] + self.given[replica].iter().sum::<u8>();
        (rules.allotted[replica] + received).saturating_sub(gone)
    }

    fn headroom(&self, rules: &Rules, replica: usize) -> u8 {
        self.held(rules, replica)
            .min(self.limit.saturating_sub(self.total()))
    }

    fn merge(&mut self, other: &Known) {
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
    fn new(rules: &Rules, left: Left) -> Self {
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

    fn steps(&self, rules: &Rules) -> Vec<Step> {
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
    fn after(&self, rules: &Rules, step: Step) -> Self {
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
    fn canonical(&self, rules: &Rules, renamings: &[[usize; MOST]]) -> [Known; MOST] {
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
fn renamings(rules: &Rules) -> Vec<[usize; MOST]> {
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

fn replica(at: usize) -> ReplicaId {
    ReplicaId(u32::try_from(at).expect("few replicas"))
}

fn opened(rules: &Rules, epoch: u8) -> SharedBudget {
    let parts = (0..rules.replicas).map(|at| (replica(at), u64::from(rules.allotted[at])));
    SharedBudget::open(u64::from(epoch), u64::from(rules.limit), parts.collect())
}

/// Takes the step with the implementation; the replicas' states after it.
fn drive(rules: &Rules, world: &World, real: &[SharedBudget], step: Step) -> Vec<SharedBudget> {
    let mut real = real.to_vec();
    match step {
        Step::Spend(at, cost) => {
            let spent = real[at].spend(replica(at), u64::from(cost));
            let allowed = cost <= world.known[at].headroom(rules, at);
            assert_eq!(spent.is_ok(), allowed, "{step:?} in {world:?}");
        }
        Step::Transfer(from, to, amount) => {
            let given = real[from].transfer(replica(from), replica(to), u64::from(amount));
            assert!(given.is_ok(), "{step:?} in {world:?}");
        }
        Step::Cut(at) => {
            let epoch = real[at].epoch();
            real[at].cut(epoch, u64::from(rules.cut));
        }
        Step::Advance(at) => {
            let newest = world.known.iter().map(|known| known.epoch).max();
            real[at].join(&opened(rules, newest.unwrap_or(0) + 1));
        }
        Step::Merge { into, from } => {
            let other = real[from].clone();
            real[into].join(&other);
        }
    }
    real
}

/// What the rulings demand of every world, and that model and implementation agree.
fn judge(rules: &Rules, before: &World, step: Step, world: &World, real: &[SharedBudget]) {
    for spent in world.wire {
        assert!(spent <= rules.limit, "{step:?} overspends: {world:?}");
    }
    if let Step::Spend(at, _) = step {
        let known = &before.known[at];
        let blocked = known.total() >= known.limit;
        let sent = world.wire != before.wire;
        assert!(!(blocked && sent), "{step:?} past a cut: {before:?}");
    }
    for (at, budget) in real.iter().enumerate() {
        let known = &world.known[at];
        assert!(
            known.epoch >= before.known[at].epoch,
            "a stale epoch returned: {world:?}"
        );
        assert_eq!(budget.epoch(), u64::from(known.epoch));
        assert_eq!(budget.limit(), u64::from(known.limit));
        for other in 0..rules.replicas {
            let id = replica(other);
            assert_eq!(
                budget.spent_by(id),
                u64::from(known.spent[other]),
                "{step:?}: {world:?}"
            );
            assert_eq!(
                budget.held(id),
                u64::from(known.held(rules, other)),
                "{step:?}: {world:?}"
            );
        }
    }
}

/// Everybody hears everybody: all know the same.
fn converge(real: &[SharedBudget]) {
    let mut whole = real[0].clone();
    for other in real {
        whole.join(other);
    }
    let mut backwards = real[real.len() - 1].clone();
    for other in real.iter().rev() {
        backwards.join(other);
    }
    assert_eq!(whole, backwards);
}

#[test]
fn no_interleaving_overspends() {
    let full = !cfg!(debug_assertions);
    let rules = Rules {
        replicas: 3,
        limit: if full { 4 } else { 3 },
        cut: 2,
        allotted: if full { [2, 1, 1, 0] } else { [1, 1, 1, 0] },
    };
    let left = Left {
        transfers: if full { 2 } else { 1 },
        cuts: 1,
        epochs: 1,
    };
    let renamings = renamings(&rules);
    let world = World::new(&rules, left);
    let real = vec![opened(&rules, 1); rules.replicas];
    let mut seen = HashSet::from([(world.canonical(&rules, &renamings), world.wire, world.left)]);
    let mut open = vec![(world, real)];
    while let Some((world, real)) = open.pop() {
        converge(&real);
        for step in world.steps(&rules) {
            let next = world.after(&rules, step);
            let driven = drive(&rules, &world, &real, step);
            judge(&rules, &world, step, &next, &driven);
            if seen.insert((next.canonical(&rules, &renamings), next.wire, next.left)) {
                open.push((next, driven));
            }
        }
    }
    println!("{} worlds", seen.len());
    assert!(seen.len() > 1_000);
}

#[test]
fn no_random_walk_overspends() {
    let rules = Rules {
        replicas: 4,
        limit: 6,
        cut: 3,
        allotted: [3, 1, 1, 1],
    };
    let walks = if cfg!(debug_assertions) {
        300
    } else {
        1_000_000
    };
    let mut dice = 0x9e37_79b9_7f4a_7c15u64;
    for _ in 0..walks {
        let left = Left {
            transfers: 3,
            cuts: 1,
            epochs: 2,
        };
        let mut world = World::new(&rules, left);
        let mut real = vec![opened(&rules, 1); rules.replicas];
        for _ in 0..24 {
            let steps = world.steps(&rules);
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            let step = steps[usize::try_from(dice % steps.len() as u64).expect("small")];
            let next = world.after(&rules, step);
            real = drive(&rules, &world, &real, step);
            judge(&rules, &world, step, &next, &real);
            world = next;
        }
        converge(&real);
    }
}

/// The known way to get it wrong: a single `spent` that merges by max lets every replica spend all.
#[test]
fn the_model_tells_a_budget_that_overspends() {
    let rules = Rules {
        replicas: 2,
        limit: 2,
        cut: 1,
        allotted: [2, 2, 0, 0],
    };
    let left = Left {
        transfers: 0,
        cuts: 0,
        epochs: 0,
    };
    let mut world = World::new(&rules, left);
    for at in 0..2 {
        world = world.after(&rules, Step::Spend(at, 2));
    }
    assert!(
        world.wire[1] > rules.limit,
        "the rule that each holds its own part does the work"
    );
    let real = SharedBudget::open(1, 2, BTreeMap::from([(replica(0), 2), (replica(1), 2)]));
    assert_eq!((real.held(replica(0)), real.held(replica(1))), (2, 0));
}
