//! Records drawn from a seed, and what they add up to.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    budget::{Budget, LeakagePolicy, shared::SharedBudget},
    fact::Fact,
    identity::{AuthorityId, ContextId, DeviceId, Identity, SessionId},
    journal::{Cut, Namespace},
    lattice::Join as _,
    machine::{Observer, ProtocolHash},
    receipt::{Chain, Mark, Receipt, Window},
    store::{Compacted, Holdings, Record, SentRecord},
};

/// Numbers from a seed (xorshift64), and which epochs have begun: a ledger sends in no other.
pub(super) struct Dice {
    state: u64,
    epochs: BTreeMap<(ContextId, AuthorityId), u64>,
}

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            epochs: BTreeMap::new(),
        }
    }

    /// An epoch that has begun towards a peer, the last one or one before it.
    fn begun(&mut self, context: ContextId, peer: AuthorityId) -> u64 {
        let last = self.epochs.get(&(context, peer)).copied().unwrap_or(0);
        last.saturating_sub(self.below(3) / 2)
    }

    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state % end
    }

    fn byte(&mut self, end: u8) -> u8 {
        self.below(u64::from(end)).to_le_bytes()[0]
    }
}

pub(super) fn place(at: u8) -> (ContextId, AuthorityId) {
    (ContextId([at; 32]), AuthorityId([at.wrapping_add(100); 32]))
}

pub(super) fn send(
    context: ContextId,
    peer: AuthorityId,
    epoch: u64,
    cost: u64,
    step: u64,
) -> SentRecord {
    let fact = fact(context, step);
    SentRecord {
        context,
        peer,
        epoch,
        cost,
        leak: [0, cost, step % 3],
        session: SessionId([3; 16]),
        step,
        label: "Label",
        facts: vec![(fact.id(), fact)],
        log: step.is_multiple_of(2).then_some("a line"),
    }
}

fn fact(context: ContextId, step: u64) -> Fact {
    Fact {
        namespace: "n".into(),
        name: "happened".into(),
        protocol: ProtocolHash([1; 32]),
        context,
        session: SessionId([3; 16]),
        step,
        role: 0,
        author: AuthorityId([5; 32]),
        peer: AuthorityId([6; 32]),
        fields: vec![("x".into(), step.to_le_bytes().to_vec())],
    }
}

fn chain(context: ContextId, epoch: u64, nonce: u64) -> Chain {
    let signer = Identity::from_seed([8; 32]);
    let receipt = Receipt {
        context,
        source: signer.id(),
        device: DEVICES[usize::from(nonce.is_multiple_of(2))],
        destination: AuthorityId([1; 32]),
        epoch,
        cost: 1,
        nonce,
        previous: None,
    };
    Chain::root(receipt, &signer).expect("the signer is the source")
}

/// The devices of an authority; the store is the first one's.
const DEVICES: [DeviceId; 2] = [DeviceId([1; 32]), DeviceId([2; 32])];

/// A batch of up to six records.
pub(super) fn records(dice: &mut Dice) -> Vec<Record> {
    (0..=dice.below(6)).map(|_| record(dice)).collect()
}

fn charge(dice: &mut Dice, context: ContextId) -> SentRecord {
    let peer = place(dice.byte(3)).1;
    let epoch = dice.begun(context, peer);
    send(context, peer, epoch, dice.below(100), dice.below(1000))
}

fn record(dice: &mut Dice) -> Record {
    let (context, peer) = place(dice.byte(3));
    let (epoch, number) = (dice.below(4), dice.below(100));
    match dice.below(14) {
        0 => {
            let last = dice.epochs.entry((context, peer)).or_default();
            *last = (*last).max(epoch);
            Record::Budget {
                context,
                peer,
                epoch,
                limit: number,
            }
        }
        1 => Record::Leakage {
            context,
            observer: Observer::ALL[usize::from(dice.byte(3))],
            policy: match number % 3 {
                0 => LeakagePolicy::Inherited,
                1 => LeakagePolicy::Deny,
                _ => LeakagePolicy::Explicit(number),
            },
        },
        11 => Record::LeakageDefault {
            observer: Observer::ALL[usize::from(dice.byte(3))],
            limit: number,
        },
        2 | 3 => Record::Send(Box::new(charge(dice, context))),
        4 => Record::Broadcast((0..=dice.below(3)).map(|_| charge(dice, context)).collect()),
        5 => {
            let fact = fact(context, number);
            Record::Facts(vec![(fact.id(), fact)])
        }
        6 => Record::Issued {
            context,
            epoch,
            nonce: number,
        },
        7 => Record::Accepted {
            marks: vec![Mark {
                context,
                source: peer,
                device: [DeviceId::ONLY, DEVICES[0], DEVICES[1]][usize::from(dice.byte(3))],
                epoch,
                window: Window {
                    highest: number,
                    below: u128::from(number) << 100,
                },
            }],
            chain: chain(context, epoch, number + 1),
        },
        8 => {
            let last = dice.epochs.entry((context, peer)).or_default();
            *last = (*last).max(epoch);
            let [one, two] = DEVICES;
            let mut budget = SharedBudget::open(epoch, 100, BTreeMap::from([(one, 60), (two, 40)]));
            // What cannot be spent in epoch 0 is not spent.
            let _ = budget.spend(two, number / 3);
            let _ = budget.transfer(two, one, number % 7);
            Record::Shared {
                context,
                peer,
                budget,
            }
        }
        9 => Record::Cut {
            namespace: Namespace::Context(context),
            compacted: Compacted {
                cut: Cut::below(AuthorityId([5; 32]), SessionId([3; 16]), number),
                state: (number > 9).then(|| vec![dice.byte(9)]),
            },
            gone: vec![],
        },
        10 => Record::Transfer {
            context,
            peer,
            epoch: dice.begun(context, peer),
            from: DEVICES[0],
            to: DEVICES[1],
            amount: number % 3,
        },
        12 => Record::Device(DEVICES[0]),
        _ if number < 50 => Record::Epoch { context, epoch },
        _ => Record::Revoked(vec![dice.byte(4)]),
    }
}

/// What devices have told each other, and handed on.
fn share(
    shared: &mut BTreeMap<(ContextId, AuthorityId), SharedBudget>,
    budgets: &mut BTreeMap<(ContextId, AuthorityId), Budget>,
    record: &Record,
) {
    match record {
        Record::Shared {
            context,
            peer,
            budget,
        } => {
            let known = shared.entry((*context, *peer)).or_default();
            known.join(budget);
            let own = budgets.entry((*context, *peer)).or_default();
            own.declare(known.epoch(), known.limit());
        }
        Record::Transfer {
            context,
            peer,
            epoch,
            from,
            to,
            amount,
        } => {
            if let Some(known) = shared.get_mut(&(*context, *peer))
                && known.epoch() == *epoch
                && *epoch > 0
            {
                known.hand_on(*from, *to, *amount);
            }
        }
        _ => {}
    }
}

/// What these records add up to.
pub(super) fn expected(records: &[Record]) -> Holdings {
    let mut budgets: BTreeMap<_, Budget> = BTreeMap::new();
    let mut leakage: BTreeMap<(ContextId, usize), (LeakagePolicy, u64)> = BTreeMap::new();
    let mut leakage_defaults = [0; Observer::COUNT];
    let mut issued = BTreeMap::new();
    let mut accepted = BTreeMap::new();
    let mut shared: BTreeMap<_, SharedBudget> = BTreeMap::new();
    let mut epochs: BTreeMap<_, u64> = BTreeMap::new();
    let mut revoked = BTreeSet::new();
    let mut cuts: BTreeMap<Namespace, Compacted> = BTreeMap::new();
    let mut device = None;
    let mut charge = |budgets: &mut BTreeMap<_, Budget>, sent: &SentRecord| {
        let known = budgets.entry((sent.context, sent.peer)).or_default();
        if known.epoch == sent.epoch {
            known.spent += sent.cost;
        }
        for (at, leak) in sent.leak.into_iter().enumerate() {
            leakage.entry((sent.context, at)).or_default().1 += leak;
        }
    };
    let mut limits = BTreeMap::new();
    for record in records {
        match record {
            Record::Budget {
                context,
                peer,
                epoch,
                limit,
            } => {
                let known = budgets.entry((*context, *peer)).or_default();
                known.declare(*epoch, *limit);
                if let Some(known) = shared.get_mut(&(*context, *peer)) {
                    known.cut(*epoch, *limit);
                }
            }
            Record::Leakage {
                context,
                observer,
                policy,
            } => drop(limits.insert((*context, *observer as usize), *policy)),
            Record::LeakageDefault { observer, limit } => {
                leakage_defaults[*observer as usize] = *limit;
            }
            Record::Send(sent) => charge(&mut budgets, sent),
            Record::Broadcast(copies) => copies.iter().for_each(|sent| charge(&mut budgets, sent)),
            Record::Facts(_) | Record::All(_) => {}
            Record::Issued {
                context,
                epoch,
                nonce,
            } => {
                let known: &mut (u64, u64) = issued.entry(*context).or_default();
                *known = (*known).max((*epoch, *nonce));
            }
            Record::Accepted { marks, .. } => {
                for mark in marks {
                    accepted.insert((mark.context, mark.source, mark.device), *mark);
                }
            }
            Record::Shared { .. } | Record::Transfer { .. } => {
                share(&mut shared, &mut budgets, record);
            }
            Record::Device(known) => device = Some(*known),
            Record::Epoch { context, epoch } => {
                let known = epochs.entry(*context).or_default();
                *known = (*known).max(*epoch);
            }
            Record::Revoked(id) => {
                revoked.insert(id.clone());
            }
            Record::Cut {
                namespace,
                compacted,
                ..
            } => {
                let known = cuts.entry(*namespace).or_default();
                known.cut.join(&compacted.cut);
                known.state = compacted.state.clone().or(known.state.take());
            }
        }
    }
    for (at, limit) in limits {
        leakage.entry(at).or_default().0 = limit;
    }
    let mut holdings = Holdings {
        budgets: budgets.into_iter().map(|((c, p), b)| (c, p, b)).collect(),
        leakage: leakage
            .into_iter()
            .map(|((c, at), (policy, spent))| (c, Observer::ALL[at], policy, spent))
            .collect(),
        leakage_defaults,
        issued: issued.into_iter().map(|(c, (e, n))| (c, e, n)).collect(),
        accepted: accepted.into_values().collect(),
        shared: shared.into_iter().map(|((c, p), b)| (c, p, b)).collect(),
        device,
        epochs: epochs.into_iter().collect(),
        revoked: revoked.into_iter().collect(),
        cuts: cuts.into_iter().collect(),
    };
    sort(&mut holdings);
    holdings
}

/// Rows in one order, without those that say nothing.
pub(super) fn sort(holdings: &mut Holdings) {
    holdings.budgets.retain(|row| row.2 != Budget::default());
    holdings
        .leakage
        .retain(|row| (row.2, row.3) != (LeakagePolicy::Inherited, 0));
    holdings
        .shared
        .retain(|row| row.2 != SharedBudget::default());
    holdings.epochs.retain(|row| row.1 > 0);
    holdings.budgets.sort_by_key(|row| (row.0, row.1));
    holdings.leakage.sort_by_key(|row| (row.0, row.1 as u8));
    holdings.issued.sort_unstable();
    holdings
        .accepted
        .sort_by_key(|mark| (mark.context, mark.source, mark.device));
    holdings.shared.sort_by_key(|row| (row.0, row.1));
    holdings.epochs.sort_unstable();
    holdings.revoked.sort_unstable();
    holdings.cuts.sort_by_key(|row| row.0);
}
