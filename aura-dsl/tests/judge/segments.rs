//! The constructs, drawn one by one.
//!
//! In: who takes part and how deep blocks may still nest. Out: the steps of one construct, in which
//! everybody concerned mostly hears of each decision.

use std::collections::BTreeSet;

use super::dice::Dice;
use super::draft::Item;

/// Draws a construct.
type Kind = fn(&mut Pen, &Scope, usize) -> Vec<Item>;

/// What can stand at every depth.
const FLAT: [Kind; 3] = [Pen::messages, Pen::local, Pen::call];

/// What needs a family; what is rare elsewhere stands here twice.
const MANY: [Kind; 12] = [
    Pen::round_trip,
    Pen::round_trip,
    Pen::quorum,
    Pen::exchange,
    Pen::exchange,
    Pen::each,
    Pen::each,
    Pen::ballot,
    Pen::ballot,
    Pen::index,
    Pen::index,
    Pen::deadline_of_many,
];

/// What has blocks.
const DEEP: [Kind; 9] = [
    Pen::choice,
    Pen::counted,
    Pen::counted,
    Pen::decided,
    Pen::recursion,
    Pen::par,
    Pen::par,
    Pen::deadline,
    Pen::choice,
];

/// Who takes part in some steps.
#[derive(Clone)]
pub struct Scope {
    pub singles: Vec<&'static str>,
    pub family: bool,
}

/// What stands while a protocol is drawn.
pub struct Pen {
    pub dice: Dice,
    pub used: BTreeSet<&'static str>,
    /// Whether `Sub` is called.
    pub calls: bool,
    /// Whether `W` exists, which is split.
    pub split: bool,
    /// How many times in a hundred somebody is not told of a decision.
    pub flaws: usize,
    labels: usize,
    names: usize,
}

impl Pen {
    /// A pen that has drawn nothing.
    pub fn new(dice: Dice, split: bool, flaws: usize) -> Self {
        Self {
            dice,
            used: BTreeSet::new(),
            calls: false,
            split,
            flaws,
            labels: 0,
            names: 0,
        }
    }

    fn label(&mut self) -> String {
        if self.labels > 2 && self.dice.percent(6) {
            return format!("M{}", self.dice.below(self.labels) + 1);
        }
        self.fresh()
    }

    /// A label that was not used.
    pub fn fresh(&mut self) -> String {
        self.labels += 1;
        format!("M{}", self.labels)
    }

    /// A send of a fresh label, or now and then of one that was used.
    pub fn send(&mut self, from: &str, to: &str) -> Item {
        let label = self.label();
        Self::send_as(from, to, &label)
    }

    /// The terms of a send hang on its label, for a label has one set of them in any one state.
    pub fn send_as(from: &str, to: &str, label: &str) -> Item {
        let terms = match label.bytes().map(usize::from).sum::<usize>() % 5 {
            0 => "[flow_cost = 7]",
            1 => "[guard_capability = \"need_it\", flow_cost = 20]",
            _ => "",
        };
        Item::line(format!("{from}{terms} -> {to}: {label};"))
    }

    /// A fresh name.
    pub fn name(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}{}", self.names)
    }

    fn pair(&mut self, scope: &Scope) -> (&'static str, &'static str) {
        let from = *self.dice.pick(&scope.singles);
        let others: Vec<_> = scope
            .singles
            .iter()
            .copied()
            .filter(|one| *one != from)
            .collect();
        (from, *self.dice.pick(&others))
    }

    /// The steps of one random construct.
    pub fn segment(&mut self, scope: &Scope, depth: usize) -> Vec<Item> {
        if scope.singles.len() < 2 {
            return Vec::new();
        }
        let mut kinds = FLAT.to_vec();
        if scope.family {
            kinds.extend(MANY);
        }
        if depth > 0 {
            kinds.extend(DEEP);
        }
        if self.split {
            kinds.extend([Pen::range as Kind; 4]);
        }
        let kind = *self.dice.pick(&kinds);
        kind(self, scope, depth)
    }

    fn messages(&mut self, scope: &Scope, _: usize) -> Vec<Item> {
        self.used.insert("message");
        (0..=self.dice.below(2))
            .map(|_| {
                let (from, to) = self.pair(scope);
                self.send(from, to)
            })
            .collect()
    }

    fn local(&mut self, scope: &Scope, _: usize) -> Vec<Item> {
        self.used.insert("local");
        let (from, to) = self.pair(scope);
        let (before, after) = (self.send(from, to), self.send(to, from));
        let hook = self.name("step");
        vec![before, Item::line(format!("local {to}: {hook};")), after]
    }

    fn call(&mut self, scope: &Scope, _: usize) -> Vec<Item> {
        self.used.insert("call");
        self.calls = true;
        let (from, to) = self.pair(scope);
        vec![Item::line(format!("call Sub({from}, {to});"))]
    }

    fn round_trip(&mut self, scope: &Scope, _: usize) -> Vec<Item> {
        self.used.extend(["broadcast", "gather"]);
        let hub = *self.dice.pick(&scope.singles);
        vec![self.send(hub, "Q[*]"), self.send("Q[*]", hub)]
    }

    fn quorum(&mut self, scope: &Scope, _: usize) -> Vec<Item> {
        self.used.extend(["broadcast", "quorum"]);
        let hub = *self.dice.pick(&scope.singles);
        let mut items = vec![self.send(hub, "Q[*]"), self.send("Q[any t]", hub)];
        if self.dice.percent(50) {
            items.push(self.send(hub, "Q[*]"));
        }
        items
    }

    fn exchange(&mut self, scope: &Scope, _: usize) -> Vec<Item> {
        self.used.insert("exchange");
        let hub = *self.dice.pick(&scope.singles);
        let mut items = vec![self.send("Q[*]", "Q[*]")];
        if self.dice.percent(50) {
            items.insert(0, self.send(hub, "Q[*]"));
        }
        if self.dice.percent(50) {
            items.push(self.send("Q[*]", hub));
        }
        items
    }

    fn each(&mut self, scope: &Scope, _: usize) -> Vec<Item> {
        self.used.insert("for");
        let (hub, other) = self.pair(scope);
        let index = self.name("i");
        let member = format!("Q[{index}]");
        let mut body = vec![self.send(hub, &member)];
        match self.dice.below(5) {
            0 => body.push(self.send(&member, hub)),
            3 => {
                let report = self.send(&member, other);
                let (more, less) = (self.send(hub, &member), self.send(hub, &member));
                let mut arms = vec![("more: {".to_owned(), vec![more, report])];
                arms.push(("less: {".to_owned(), vec![less]));
                if self.dice.percent(60) {
                    let told = [self.send(&member, other), self.send(hub, other)];
                    let late = told[self.dice.below(2)].clone();
                    arms[1].1.push(late);
                }
                body = vec![Item {
                    head: format!("choice {hub} {{"),
                    arms,
                    foot: "}",
                }];
            }
            1 => body.extend([self.send(&member, other), self.send(other, hub)]),
            2 => {
                let (yes, no) = (self.send(&member, hub), self.send(&member, hub));
                body.push(Item {
                    head: format!("choice {member} {{"),
                    arms: vec![
                        ("yes: {".to_owned(), vec![yes]),
                        ("no: {".to_owned(), vec![no]),
                    ],
                    foot: "}",
                });
            }
            _ => {}
        }
        vec![Item::block(format!("for {index} in Q"), body)]
    }

    fn ballot(&mut self, scope: &Scope, _: usize) -> Vec<Item> {
        self.used.insert("family choice");
        let hub = *self.dice.pick(&scope.singles);
        let ask = self.send(hub, "Q[*]");
        let (yes, no) = (self.send("Q[*]", hub), self.send("Q[*]", hub));
        let who = *self.dice.pick(&["Q[*]", "Q[any t]"]);
        vec![
            ask,
            Item {
                head: format!("choice {who} {{"),
                arms: vec![
                    ("yes: {".to_owned(), vec![yes]),
                    ("no: {".to_owned(), vec![no]),
                ],
                foot: "}",
            },
        ]
    }

    fn index(&mut self, scope: &Scope, _: usize) -> Vec<Item> {
        self.used.insert("index");
        let hub = *self.dice.pick(&scope.singles);
        let mut items = vec![self.send(hub, "Q[0]"), self.send("Q[0]", hub)];
        if self.dice.percent(40) {
            items.remove(self.dice.below(2));
        }
        items
    }

    fn range(&mut self, scope: &Scope, _: usize) -> Vec<Item> {
        self.used.insert("range");
        let hub = *self.dice.pick(&scope.singles);
        let mut items = vec![self.send(hub, "W[0..s]"), self.send("W[0..s]", hub)];
        if self.dice.percent(40) {
            items.push(self.send(hub, "W[s..k]"));
        }
        items
    }

    /// Everybody whose next steps hang on a decision hears of it, in the same order each time.
    pub fn told(&mut self, decider: &str, who: &Scope, chain: bool) -> Vec<Item> {
        let mut items = Vec::new();
        let mut from = decider;
        for single in &who.singles {
            if *single == decider {
                continue;
            }
            if self.dice.percent(self.flaws) {
                continue;
            }
            items.push(self.send(from, single));
            if chain {
                from = single;
            }
        }
        if who.family && !self.dice.percent(self.flaws) {
            items.push(self.send(from, "Q[*]"));
        }
        items
    }

    /// A decider with those who take part, in random order.
    fn company(&mut self, scope: &Scope) -> (&'static str, Scope) {
        let mut singles = scope.singles.clone();
        self.dice.shuffle(&mut singles);
        singles.truncate(2 + self.dice.below(2));
        let family = scope.family && self.dice.percent(60);
        (singles[0], Scope { singles, family })
    }

    fn choice(&mut self, scope: &Scope, depth: usize) -> Vec<Item> {
        self.used.insert("choice");
        let (decider, company) = self.company(scope);
        let chain = self.dice.percent(30);
        let count = 2 + usize::from(self.dice.percent(20));
        let mut arms = Vec::new();
        for index in 0..count {
            let mut body = self.told(decider, &company, chain);
            if self.dice.percent(55) {
                body.extend(self.segment(&company, depth - 1));
            }
            let guard = if index == 0 && self.dice.percent(40) {
                self.used.insert("when");
                " when (1 < 2)"
            } else {
                ""
            };
            arms.push((format!("l{index}{guard}: {{"), body));
        }
        vec![Item {
            head: format!("choice {decider} {{"),
            arms,
            foot: "}",
        }]
    }

    fn counted(&mut self, scope: &Scope, depth: usize) -> Vec<Item> {
        self.used.insert("count");
        let mut body = self.messages(scope, 0);
        if self.dice.percent(40) {
            body.extend(self.segment(scope, depth - 1));
        }
        let count = *self.dice.pick(&["2", "3", "n", "n"]);
        vec![Item::block(format!("loop (count: {count})"), body)]
    }

    fn decided(&mut self, scope: &Scope, depth: usize) -> Vec<Item> {
        self.used.insert("decides");
        let (decider, company) = self.company(scope);
        let mut body = self.told(decider, &company, false);
        if self.dice.percent(50) {
            body.extend(self.segment(&company, depth - 1));
        }
        let mut items = vec![Item::block(format!("loop (decides: {decider})"), body)];
        items.extend(self.told(decider, &company, false));
        items
    }

    fn recursion(&mut self, scope: &Scope, depth: usize) -> Vec<Item> {
        self.used.insert("rec");
        let (decider, company) = self.company(scope);
        let name = self.name("X");
        let mut more = self.told(decider, &company, false);
        if self.dice.percent(50) {
            more.extend(self.segment(&company, depth - 1));
        }
        more.push(Item::line(format!("continue {name};")));
        let stop = self.told(decider, &company, false);
        let choice = Item {
            head: format!("choice {decider} {{"),
            arms: vec![("more: {".to_owned(), more), ("stop: {".to_owned(), stop)],
            foot: "}",
        };
        vec![Item::block(format!("rec {name}"), vec![choice])]
    }

    fn par(&mut self, scope: &Scope, depth: usize) -> Vec<Item> {
        self.used.insert("par");
        let mut singles = scope.singles.clone();
        self.dice.shuffle(&mut singles);
        let shared = usize::from(self.dice.percent(70));
        let left = Scope {
            singles: singles[..2].to_vec(),
            family: false,
        };
        let right = Scope {
            singles: singles[2 - shared..].to_vec(),
            family: scope.family && self.dice.percent(40),
        };
        let mut arms = Vec::new();
        for side in [left, right] {
            if side.singles.len() < 2 {
                continue;
            }
            let mut body = self.messages(&side, 0);
            if self.dice.percent(35) {
                body.extend(self.segment(&side, depth - 1));
            }
            arms.push(("{".to_owned(), body));
        }
        if arms.len() < 2 {
            return self.messages(scope, 0);
        }
        vec![Item {
            head: "par {".to_owned(),
            arms,
            foot: "}",
        }]
    }

    fn deadline(&mut self, scope: &Scope, depth: usize) -> Vec<Item> {
        self.used.insert("timeout");
        let (decider, company) = self.company(scope);
        let peer = company.singles[1];
        let mut body = Vec::new();
        if self.dice.percent(30) {
            body.push(self.send(decider, peer));
        }
        body.push(self.send(peer, decider));
        if self.dice.percent(20) {
            body.push(self.send(peer, decider));
        }
        let mut otherwise = Vec::new();
        if !self.dice.percent(15) {
            body.extend(self.told(decider, &company, false));
            otherwise.extend(self.told(decider, &company, false));
            if self.dice.percent(25) {
                body.extend(self.segment(&company, depth - 1));
            }
            if self.dice.percent(25) {
                otherwise.extend(self.segment(&company, depth - 1));
            }
        }
        vec![Item {
            head: format!("timeout (1s) at {decider}"),
            arms: vec![("{".to_owned(), body), ("else {".to_owned(), otherwise)],
            foot: "",
        }]
    }

    fn deadline_of_many(&mut self, scope: &Scope, _: usize) -> Vec<Item> {
        self.used.extend(["timeout", "quorum", "broadcast"]);
        let hub = *self.dice.pick(&scope.singles);
        let answers = *self.dice.pick(&["Q[any t]", "Q[any t]", "Q[*]"]);
        let ask = self.send(hub, "Q[*]");
        let body = vec![self.send(answers, hub), self.send(hub, "Q[*]")];
        let otherwise = vec![self.send(hub, "Q[*]")];
        vec![
            ask,
            Item {
                head: format!("timeout (1s) at {hub}"),
                arms: vec![("{".to_owned(), body), ("else {".to_owned(), otherwise)],
                foot: "",
            },
        ]
    }
}
