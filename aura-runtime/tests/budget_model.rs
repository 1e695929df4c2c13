//! The shared budget against a model of its own, through every interleaving of a small world and
//! through random walks of a larger one. The ledgers that charge it are driven by the same model in
//! `src/ledger/walks.rs`.
#![allow(
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "the number of walks comes from the environment"
)]

#[path = "budget_model/model.rs"]
mod model;

use std::collections::BTreeMap;

use aura_runtime::{budget::shared::SharedBudget, identity::DeviceId, lattice::Join as _};

use self::model::{Fleet, Left, Rules, Step, World, explore, walk, walks};

fn replica(at: usize) -> DeviceId {
    DeviceId([u8::try_from(at + 1).expect("few replicas"); 32])
}

fn opened(rules: &Rules, epoch: u8) -> SharedBudget {
    let parts = (0..rules.replicas).map(|at| (replica(at), u64::from(rules.allotted[at])));
    SharedBudget::open(u64::from(epoch), u64::from(rules.limit), parts.collect())
}

/// The lattice alone.
struct Budgets(Vec<SharedBudget>);

impl Fleet for Budgets {
    fn new(rules: &Rules) -> Self {
        Self(vec![opened(rules, 1); rules.replicas])
    }

    fn fork(&self) -> Self {
        Self(self.0.clone())
    }

    fn spend(&mut self, at: usize, cost: u8) -> bool {
        self.0[at].spend(replica(at), u64::from(cost)).is_ok()
    }

    fn transfer(&mut self, from: usize, to: usize, amount: u8) {
        let given = self.0[from].transfer(replica(from), replica(to), u64::from(amount));
        given.expect("it is held");
    }

    fn cut(&mut self, at: usize, limit: u8) {
        let epoch = self.0[at].epoch();
        self.0[at].cut(epoch, u64::from(limit));
    }

    fn advance(&mut self, at: usize, epoch: u8, rules: &Rules) {
        self.0[at].join(&opened(rules, epoch));
    }

    fn merge(&mut self, into: usize, from: usize, _: &Rules) {
        let other = self.0[from].clone();
        assert_eq!(other.overdrawn(), None, "{other:?}");
        self.0[into].join(&other);
    }

    fn look(&self, at: usize, replicas: usize) -> (u64, u64, Vec<(u64, u64)>) {
        let budget = &self.0[at];
        let rows = (0..replicas).map(replica);
        let rows = rows.map(|id| (budget.spent_by(id), budget.held(id)));
        (budget.epoch(), budget.limit(), rows.collect())
    }

    fn converge(&self, _: &Rules) {
        let join = |mut whole: SharedBudget, other: &SharedBudget| {
            whole.join(other);
            whole
        };
        let bottom = SharedBudget::default;
        let whole = self.0.iter().fold(bottom(), join);
        assert_eq!(whole, self.0.iter().rev().fold(bottom(), join));
    }
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
    let worlds = explore::<Budgets>(&rules, left);
    println!("{worlds} worlds");
    assert!(worlds > 1_000);
}

#[test]
fn no_random_walk_overspends() {
    let usual = if cfg!(debug_assertions) { 300 } else { 100_000 };
    walk::<Budgets>(walks(usual), 0x9e37_79b9_7f4a_7c15);
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
