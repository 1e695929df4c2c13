//! Every complete run of a small protocol at concrete sizes, one by one.
//!
//! This is the judge of the bounds: it knows nothing of polynomials, outcomes or weights. A run is
//! the list of its messages between members, with markers where choices and timers open and close,
//! from which the guarded segment of a timeout is read off run by run.

use std::collections::BTreeMap;
use std::rc::Rc;

use aura_dsl::global::{
    Block, LoopId, Members, Party, Protocol, RecId, RoleId, SendId, Size, SizeId, Step, Timeout,
};

/// More runs than this are not enumerated: the case is skipped and counted.
const LIMIT: usize = 3_000;
/// Longer lists of messages neither.
const LONGEST: usize = 400;

/// A member of a role; single roles have member 0.
pub type Place = (RoleId, u64);

#[derive(Clone, Debug)]
pub struct Message {
    pub send: SendId,
    pub from: Place,
    pub to: Place,
    /// Whether a quorum gets through without it.
    pub spare: bool,
}

#[derive(Clone, Debug)]
enum Item {
    Message(Message),
    /// A choice of a single role opens: its branches as they could have gone.
    Fork(Party, Rc<Vec<Vec<Item>>>),
    /// A timeout of a single role opens: what comes in any case, and how it could have gone on.
    Timer(Party, Rc<Vec<Item>>, Rc<Vec<Vec<Item>>>),
    /// The end of a branch, or any other construct.
    Stop,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum End {
    Through,
    Continue(RecId),
}

type Run = (Vec<Item>, End);

pub struct World<'a> {
    pub protocol: &'a Protocol,
    pub sizes: BTreeMap<SizeId, u64>,
    /// How often a loop is gone round again at most.
    pub rounds: u64,
}

/// The messages of every complete run, or `None` where there are too many.
pub fn runs(world: &World<'_>) -> Option<Vec<Vec<Message>>> {
    let runs = world.block(&world.protocol.body, &BTreeMap::new())?;
    let ended = runs.into_iter().filter(|(_, end)| *end == End::Through);
    Some(ended.map(|(items, _)| messages(items)).collect())
}

fn messages(items: Vec<Item>) -> Vec<Message> {
    items
        .into_iter()
        .filter_map(|item| match item {
            Item::Message(message) => Some(message),
            _ => None,
        })
        .collect()
}

type Env = BTreeMap<LoopId, u64>;

impl World<'_> {
    pub fn size(&self, size: &Size) -> u64 {
        match size {
            Size::Number(number) => *number,
            Size::Symbol(id) => self.sizes[id],
            Size::Difference(a, b) => self.size(a).saturating_sub(self.size(b)),
        }
    }

    pub fn members(&self, role: RoleId) -> u64 {
        let family = self.protocol.roles[role.index()].family.as_ref();
        family.map_or(1, |size| self.size(size))
    }

    fn places(&self, party: &Party, env: &Env) -> Vec<Place> {
        let role = party.role;
        match &party.members {
            Members::Single => vec![(role, 0)],
            Members::All | Members::Any(_) => (0..self.members(role)).map(|i| (role, i)).collect(),
            Members::Constant(index) => vec![(role, *index)],
            Members::Index(id) => vec![(role, env[id])],
        }
    }

    fn message(&self, id: SendId, env: &Env, only: Option<u64>) -> Vec<Item> {
        let send = &self.protocol.sends[id.index()];
        let needed = match &send.from.members {
            Members::Any(quorum) => self.size(quorum),
            _ => u64::MAX,
        };
        let mut found = Vec::new();
        for from in self.places(&send.from, env) {
            if only.is_some_and(|only| only != from.1) {
                continue;
            }
            for to in self.places(&send.to, env) {
                if from != to {
                    let spare = from.1 >= needed;
                    found.push(Item::Message(Message {
                        send: id,
                        from,
                        to,
                        spare,
                    }));
                }
            }
        }
        found
    }

    fn block(&self, block: &Block, env: &Env) -> Option<Vec<Run>> {
        self.steps(&block.steps, env)
    }

    fn steps(&self, steps: &[Step], env: &Env) -> Option<Vec<Run>> {
        let mut runs = vec![(Vec::new(), End::Through)];
        for step in steps {
            let next = self.step(step, env)?;
            runs = sequence(runs, &next)?;
        }
        Some(runs)
    }

    fn step(&self, step: &Step, env: &Env) -> Option<Vec<Run>> {
        match step {
            Step::Send(id) => Some(vec![(self.message(*id, env, None), End::Through)]),
            Step::Local(_) => Some(vec![(vec![Item::Stop], End::Through)]),
            Step::Continue(id, _) => Some(vec![(vec![Item::Stop], End::Continue(*id))]),
            Step::Choice(choice) => match &choice.decider.members {
                Members::All | Members::Any(_) => self.family_choice(choice, env),
                _ => {
                    let mut branches = Vec::new();
                    for branch in &choice.branches {
                        branches.extend(self.block(&branch.body, env)?);
                    }
                    let items = branches.iter().map(|(items, _)| items.clone()).collect();
                    let fork = Item::Fork(choice.decider.clone(), Rc::new(items));
                    Some(wrap(&[fork], branches))
                }
            },
            Step::Counted(counted) => {
                let mut runs = vec![(vec![Item::Stop], End::Through)];
                for _ in 0..self.size(&counted.count) {
                    let body = self.block(&counted.body, env)?;
                    runs = sequence(runs, &body)?;
                }
                Some(runs)
            }
            Step::For(each) => {
                let mut runs = vec![(vec![Item::Stop], End::Through)];
                for index in 0..self.members(each.family) {
                    let mut env = env.clone();
                    env.insert(each.id, index);
                    let body = self.block(&each.body, &env)?;
                    runs = sequence(runs, &body)?;
                }
                Some(runs)
            }
            Step::Decided(decided) => {
                let body = self.block(&decided.body, env)?;
                self.again(&body, &End::Through, vec![(vec![Item::Stop], End::Through)])
            }
            Step::Rec(rec) => {
                let body = self.block(&rec.body, env)?;
                let back = End::Continue(rec.id);
                let exits = body
                    .iter()
                    .filter(|(_, end)| *end != back)
                    .cloned()
                    .collect();
                self.again(&body, &back, exits)
            }
            Step::Par(par) => {
                // Interleaving changes no sum: one branch after the other stands for all orders.
                let mut runs = vec![(vec![Item::Stop], End::Through)];
                for branch in &par.branches {
                    runs = sequence(runs, &self.block(branch, env)?)?;
                }
                Some(runs)
            }
            Step::Timeout(timeout) => self.timeout(timeout, env),
        }
    }

    /// Up to `rounds` rounds of those runs of `body` that go back, then one of `exits`; a run of
    /// the body that leaves further out does so after the rounds too.
    fn again(&self, body: &[Run], back: &End, exits: Vec<Run>) -> Option<Vec<Run>> {
        let round: Vec<Run> = body
            .iter()
            .filter(|(_, end)| end == back)
            .map(|(items, _)| (items.clone(), End::Through))
            .collect();
        let mut exits = exits;
        if *back == End::Through {
            exits.extend(body.iter().filter(|(_, end)| end != back).cloned());
        }
        let mut so_far = vec![(vec![Item::Stop], End::Through)];
        let mut runs = Vec::new();
        for _ in 0..=self.rounds {
            runs.extend(sequence(so_far.clone(), &exits)?);
            so_far = sequence(so_far, &round)?;
            if runs.len() > LIMIT {
                return None;
            }
        }
        Some(runs)
    }

    /// Every member takes one of the branches for itself.
    fn family_choice(&self, choice: &aura_dsl::global::Choice, env: &Env) -> Option<Vec<Run>> {
        let needed = match &choice.decider.members {
            Members::Any(quorum) => self.size(quorum),
            _ => u64::MAX,
        };
        let mut runs = vec![(vec![Item::Stop], End::Through)];
        for member in 0..self.members(choice.decider.role) {
            let mut options = Vec::new();
            for branch in &choice.branches {
                let [Step::Send(id)] = branch.body.steps.as_slice() else {
                    panic!("a family's branch is one gather");
                };
                let mut items = self.message(*id, env, Some(member));
                for item in &mut items {
                    if let Item::Message(message) = item {
                        message.spare = member >= needed;
                    }
                }
                options.push((items, End::Through));
            }
            runs = sequence(runs, &options)?;
        }
        Some(runs)
    }

    fn timeout(&self, timeout: &Timeout, env: &Env) -> Option<Vec<Run>> {
        let decider = &timeout.decider;
        let late = self.block(&timeout.otherwise, env)?;
        let body = self.block(&timeout.body, env)?;
        let mut runs = Vec::new();
        for (items, end) in body {
            let segment = segment(&items, decider);
            for (rest, end) in &late {
                let mut given_up = items[..segment].to_vec();
                given_up.extend(rest.iter().cloned());
                runs.push((given_up, end.clone()));
            }
            runs.push((items, end));
            if runs.len() > LIMIT {
                return None;
            }
        }
        // Seen from a timer around this one: the simple segment, then one of the continuations.
        let common = segment(&runs[0].0, decider);
        let before = Rc::new(runs[0].0[..common].to_vec());
        let after = Rc::new(
            runs.iter()
                .map(|(items, _)| items[common.min(items.len())..].to_vec())
                .collect(),
        );
        let timer = Item::Timer(decider.clone(), before, after);
        Some(wrap(&[timer], runs))
    }
}

/// Puts markers around each run.
fn wrap(open: &[Item], runs: Vec<Run>) -> Vec<Run> {
    runs.into_iter()
        .map(|(items, end)| {
            let items = open.iter().cloned().chain(items).chain([Item::Stop]);
            (items.collect(), end)
        })
        .collect()
}

fn sequence(first: Vec<Run>, second: &[Run]) -> Option<Vec<Run>> {
    let mut runs = Vec::new();
    for (items, end) in first {
        if end != End::Through {
            runs.push((items, end));
            continue;
        }
        for (more, end) in second {
            let items: Vec<Item> = items.iter().chain(more).cloned().collect();
            if items.len() > LONGEST || runs.len() > LIMIT {
                return None;
            }
            runs.push((items, end.clone()));
        }
    }
    Some(runs)
}

/// How many items of a run come before the decider decides: its own first sends, and what others
/// send up to its last receive before anything else happens.
fn segment(items: &[Item], decider: &Party) -> usize {
    let sent = |item: &&Item| matches!(item, Item::Message(m) if m.from.0 == decider.role);
    let hoisted = items.iter().take_while(sent).count();
    let mut end = hoisted;
    for (position, item) in items.iter().enumerate().skip(hoisted) {
        match item {
            Item::Message(message) if message.from.0 == decider.role => break,
            Item::Message(message) if message.to.0 == decider.role => end = position + 1,
            Item::Message(_) => {}
            open if moves(open, decider) => {}
            // Behind the segment of an inner timer stands the end of what was decided there.
            _ => break,
        }
    }
    end
}

/// Whether every way in which a construct can go on brings the decider something first.
fn moves(open: &Item, decider: &Party) -> bool {
    match open {
        Item::Fork(other, branches) => {
            other.role != decider.role && branches.iter().all(|run| starts(run, decider))
        }
        Item::Timer(other, before, after) => {
            let sends = |item: &Item| matches!(item, Item::Message(m) if m.from.0 == decider.role);
            other.role != decider.role
                && !before.iter().any(sends)
                && after.iter().all(|run| starts(run, decider))
        }
        Item::Message(_) | Item::Stop => false,
    }
}

fn starts(items: &[Item], decider: &Party) -> bool {
    for item in items {
        match item {
            Item::Message(message) if message.from.0 == decider.role => return false,
            Item::Message(message) if message.to.0 == decider.role => return true,
            Item::Message(_) => {}
            open => return moves(open, decider),
        }
    }
    false
}
