//! Protocols that stand near a rule of the projection, as templates.
//!
//! In: what the generator may draw from. Out: steps in which one rule makes the difference: what
//! overtakes what behind a quorum, an exchange or a timer, gathers that look alike, rounds whose
//! end somebody cannot see. What holds: roles, labels, order, what stands in the way and what
//! follows are drawn, so that both sides of each rule come up; random steps alone hardly ever get
//! as near.

use super::draft::Item;
use super::segments::{Pen, Scope};

/// Draws steps near a rule.
type Shape = fn(&mut Pen, &Scope) -> Vec<Item>;

/// What needs single roles only.
const SINGLE: [Shape; 3] = [Pen::overtaking, Pen::overtaking, Pen::silent_counts];

/// What needs a family; the rules that only some of its drafts touch stand here twice.
const MANY: [Shape; 8] = [
    Pen::overtaking,
    Pen::overtaken_members,
    Pen::overtaken_members,
    Pen::overtaken_members,
    Pen::gathers_alike,
    Pen::gathers_alike,
    Pen::silent_members,
    Pen::silent_counts,
];

impl Pen {
    /// Steps near a rule, sometimes within a choice that everybody hears of.
    pub fn shape(&mut self, scope: &Scope) -> Vec<Item> {
        let kinds: &[Shape] = if scope.family { &MANY } else { &SINGLE };
        let kind = *self.dice.pick(kinds);
        let steps = kind(self, scope);
        if !self.dice.percent(15) {
            return steps;
        }
        self.used.insert("choice");
        let decider = *self.dice.pick(&scope.singles);
        let mut near = self.told(decider, scope, false);
        near.extend(steps);
        let far = self.told(decider, scope, false);
        vec![Self::choice_of(decider, [("near", near), ("far", far)])]
    }

    fn choice_of<const N: usize>(decider: &str, arms: [(&str, Vec<Item>); N]) -> Item {
        let arms = arms.into_iter();
        let arms = arms.map(|(label, body)| (format!("{label}: {{"), body));
        Item {
            head: format!("choice {decider} {{"),
            arms: arms.collect(),
            foot: "}",
        }
    }

    fn timeout_at(decider: &str, body: Vec<Item>, otherwise: Vec<Item>) -> Item {
        Item {
            head: format!("timeout (1s) at {decider}"),
            arms: vec![("{".to_owned(), body), ("else {".to_owned(), otherwise)],
            foot: "",
        }
    }

    /// Three single roles in random order.
    fn trio(&mut self, scope: &Scope) -> [&'static str; 3] {
        let mut singles = scope.singles.clone();
        self.dice.shuffle(&mut singles);
        [singles[0], singles[1], singles[2]]
    }

    /// One of two branches, in which a role awaits `early` first in one run and something else in
    /// the other, and what stands between the two there.
    fn two_orders(
        &mut self,
        (decider, other, victim): (&str, &str, &str),
        early: &str,
        between: Vec<Item>,
    ) -> Vec<Item> {
        self.used.insert("choice");
        let mut late = vec![self.send(decider, other), self.send(decider, victim)];
        if self.dice.percent(50) {
            late.reverse();
        }
        late.extend(between);
        let mut soon = vec![
            self.send(decider, other),
            Self::send_as(other, victim, early),
            self.send(decider, victim),
        ];
        if self.dice.percent(30) {
            soon.push(self.send(victim, decider));
        }
        let mut arms = [("late", late), ("soon", soon)];
        if self.dice.percent(50) {
            arms.swap(0, 1);
        }
        vec![Self::choice_of(decider, arms)]
    }

    /// One message may come before another one from somebody else: nothing stands between them,
    /// an older message in the same channel, an answer, an answer by way of others, or a timer.
    fn overtaking(&mut self, scope: &Scope) -> Vec<Item> {
        let [decider, other, victim] = self.trio(scope);
        let early = self.fresh();
        let last = Self::send_as(other, victim, &early);
        let between = match self.dice.below(6) {
            0 => vec![last],
            1 | 2 => vec![self.send(other, victim), last],
            3 => vec![self.send(victim, other), last],
            4 => {
                let relay = scope
                    .singles
                    .iter()
                    .find(|one| **one != decider && **one != other && **one != victim);
                let relay = relay.copied().unwrap_or(decider);
                vec![self.send(victim, relay), self.send(relay, other), last]
            }
            _ => self.timed((other, victim), last),
        };
        self.two_orders((decider, other, victim), &early, between)
    }

    /// A message by the owner of a timer that need not have heard its receiver.
    fn timed(&mut self, (owner, peer): (&str, &str), last: Item) -> Vec<Item> {
        self.used.insert("timeout");
        let in_time = vec![self.send(peer, owner), self.send(owner, peer)];
        let mut late = vec![last];
        if self.dice.percent(30) {
            late.push(self.send(owner, peer));
        }
        vec![Self::timeout_at(owner, in_time, late)]
    }

    /// The same to all members: between them stand some of the answers, all of them, an exchange,
    /// or a timer over answers.
    fn overtaken_members(&mut self, scope: &Scope) -> Vec<Item> {
        self.used.insert("broadcast");
        let [decider, other, _] = self.trio(scope);
        let early = self.fresh();
        let last = Self::send_as(other, "Q[*]", &early);
        let mut between = Vec::new();
        let exchanged = self.dice.percent(45);
        if exchanged {
            self.used.insert("exchange");
            between.push(self.send("Q[*]", "Q[*]"));
        }
        match self.dice.below(if exchanged { 5 } else { 4 }) {
            0 | 1 => {
                self.used.insert("quorum");
                between.extend([self.send("Q[any t]", other), last]);
            }
            2 => {
                self.used.insert("gather");
                between.extend([self.send("Q[*]", other), last]);
            }
            3 => {
                self.used.extend(["timeout", "quorum"]);
                let answers = *self.dice.pick(&["Q[any t]", "Q[*]"]);
                let in_time = vec![self.send(answers, other), self.send(other, "Q[*]")];
                between.push(Self::timeout_at(other, in_time, vec![last]));
            }
            _ => {
                self.used.insert("index");
                between.extend([self.send("Q[0]", other), last]);
            }
        }
        self.two_orders((decider, other, "Q[*]"), &early, between)
    }

    /// Two branches in which the same messages are gathered in different ways; the collector hears
    /// of the decision or not.
    fn gathers_alike(&mut self, scope: &Scope) -> Vec<Item> {
        self.used
            .extend(["choice", "broadcast", "quorum", "gather"]);
        let [decider, collector, _] = self.trio(scope);
        let answer = self.fresh();
        let is_told = self.dice.percent(50);
        let ask = self.dice.percent(50).then(|| self.fresh());
        let follows = self.dice.percent(40).then(|| self.fresh());
        let mut arm = |from: &str| {
            let mut steps = Vec::new();
            if is_told {
                steps.push(self.send(decider, collector));
            }
            let ask = ask.clone().unwrap_or_else(|| self.fresh());
            steps.push(Self::send_as(decider, "Q[*]", &ask));
            steps.push(Self::send_as(from, collector, &answer));
            if let Some(label) = &follows {
                steps.push(Self::send_as(collector, "Q[*]", label));
            }
            steps
        };
        let (some, all) = (arm("Q[any t]"), arm("Q[*]"));
        vec![Self::choice_of(decider, [("some", some), ("all", all)])]
    }

    /// Branches of a round, of which perhaps only one tells somebody.
    fn silent_round(&mut self, (hub, member, listener): (&str, &str, &str)) -> Vec<Item> {
        let from = [hub, member][self.dice.below(2)];
        let report = self.send(from, listener);
        let other = self.dice.percent(20).then(|| self.send(from, listener));
        if self.dice.percent(75) {
            self.used.insert("choice");
            let mut told = vec![self.send(hub, member), report];
            if self.dice.percent(45) {
                told.push(self.send(listener, hub));
            }
            let mut silent = vec![self.send(hub, member)];
            silent.extend(other);
            return vec![Self::choice_of(hub, [("told", told), ("silent", silent)])];
        }
        self.used.insert("timeout");
        let in_time = vec![self.send(member, hub), self.send(hub, member), report];
        let mut late = vec![self.send(hub, member)];
        late.extend(other);
        vec![Self::timeout_at(hub, in_time, late)]
    }

    /// What tells a listener that the rounds are over, if anything does.
    fn behind_rounds(&mut self, from: &[&str], listener: &str) -> Vec<Item> {
        if self.dice.percent(30) {
            return Vec::new();
        }
        let from = *self.dice.pick(from);
        let mut steps = vec![self.send(from, listener)];
        if self.dice.percent(30) {
            steps.push(self.send(listener, from));
        }
        steps
    }

    /// A round for each member, whose end somebody may not see.
    fn silent_members(&mut self, scope: &Scope) -> Vec<Item> {
        self.used.insert("for");
        let [hub, listener, third] = self.trio(scope);
        let index = self.name("i");
        let member = format!("Q[{index}]");
        let round = self.silent_round((hub, &member, listener));
        let mut steps = vec![Item::block(format!("for {index} in Q"), round)];
        steps.extend(self.behind_rounds(&[hub, hub, third], listener));
        steps
    }

    /// Rounds of a number, whose end somebody may not see.
    fn silent_counts(&mut self, scope: &Scope) -> Vec<Item> {
        self.used.insert("count");
        let [hub, member, listener] = self.trio(scope);
        let round = self.silent_round((hub, member, listener));
        let count = *self.dice.pick(&["2", "n", "n"]);
        let mut steps = vec![Item::block(format!("loop (count: {count})"), round)];
        steps.extend(self.behind_rounds(&[hub, member], listener));
        steps
    }
}
