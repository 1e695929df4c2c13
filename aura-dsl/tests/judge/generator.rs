//! Random protocols, as texts.
//!
//! In: a seed and the verdict that is wished for. Out: a draft that mostly has it: decisions are
//! told to everybody concerned, unless a flaw is put in on purpose or by chance. What holds: the
//! same seed gives the same text. The compiler's verdict decides what a draft is, not the wish.

use std::collections::BTreeSet;

use aura_dsl::verdict::Verdict;

use super::dice::Dice;
use super::draft::{Draft, Item};
use super::segments::{Pen, Scope};
use super::unlabelled::MARK;

/// Names of the constructs, for the count of how often each is drawn.
pub const CONSTRUCTS: [&str; 21] = [
    "message",
    "broadcast",
    "gather",
    "quorum",
    "exchange",
    "index",
    "for",
    "range",
    "choice",
    "when",
    "family choice",
    "count",
    "decides",
    "rec",
    "par",
    "call",
    "timeout",
    "local",
    "in",
    "bridge",
    "unlabelled",
];

/// So many drafts in a hundred stand near a rule.
const SHAPES: usize = 20;

/// So many of a hundred drafts with choices have branches without labels.
const UNLABELLED: usize = 30;

/// A draft with the constructs in it.
pub struct Drawn {
    /// The protocol.
    pub draft: Draft,
    /// The constructs in it.
    pub constructs: BTreeSet<&'static str>,
}

/// Draws a protocol that probably has a verdict.
pub fn draw(seed: u64, wish: Verdict) -> Drawn {
    let mut dice = Dice::new(seed);
    let singles = ["A", "B", "C", "D"][..3 + dice.below(2)].to_vec();
    let family = dice.percent(70);
    let split = dice.percent(34);
    let flaws = if wish == Verdict::NotImplementable {
        12
    } else {
        1
    };
    let mut pen = Pen::new(dice, split, flaws);
    let everybody = Scope {
        singles: singles.clone(),
        family,
    };
    let mut body = Vec::new();
    if pen.dice.percent(SHAPES) {
        if pen.dice.percent(50) {
            body.extend(pen.segment(&everybody, 1));
        }
        body.extend(pen.shape(&everybody));
        if pen.dice.percent(30) {
            body.extend(pen.segment(&everybody, 1));
        }
    } else {
        for _ in 0..2 + pen.dice.below(2) {
            body.extend(pen.segment(&everybody, 2));
        }
    }
    let context = pen.dice.percent(40);
    if context {
        pen.used.insert("in");
        if pen.dice.percent(50) {
            pen.used.insert("bridge");
            let last = pen.segment(&everybody, 1);
            body.push(Item::block(
                "bridge from group gid to relationship rid",
                last,
            ));
        }
    }
    match wish {
        Verdict::MayWait => body.extend(pen.silent_end(&everybody)),
        Verdict::Starvation => body.extend(pen.endless(&everybody, true)),
        Verdict::NotImplementable => {
            for _ in 0..=pen.dice.below(2) {
                pen.spoil(&mut body);
            }
        }
        _ if pen.dice.percent(12) => body.extend(pen.endless(&everybody, false)),
        _ => {}
    }
    let mut roles = singles.join(", ");
    if family {
        let size = ["m", "m", "m", "*", "2"][pen.dice.below(5)];
        roles = format!("{roles}, Q[{size}]");
    }
    if split {
        roles += ", W[k]";
    }
    let context = if context { " in group gid;" } else { "" };
    let mut front = String::new();
    if pen.used.contains("choice") && pen.dice.percent(UNLABELLED) {
        pen.used.insert("unlabelled");
        front += MARK;
    }
    front += "#[namespace = \"drawn\"]\n";
    if pen.calls {
        front += "protocol Sub { roles: X, Y; X -> Y: Call1; Y -> X: Call2; }\n";
    }
    Drawn {
        draft: Draft {
            front,
            roles: format!("roles: {roles};{context}"),
            body,
        },
        constructs: pen.used,
    }
}

impl Pen {
    /// A choice at the end that somebody hears of on one side only.
    fn silent_end(&mut self, scope: &Scope) -> Vec<Item> {
        self.used.insert("choice");
        let mut singles = scope.singles.clone();
        self.dice.shuffle(&mut singles);
        let (decider, told, silent) = (singles[0], singles[1], singles[2]);
        let mut left = vec![self.send(decider, told)];
        let right = vec![self.send(decider, told)];
        let late = *self.dice.pick(&[decider, told]);
        left.push(self.send(late, silent));
        vec![Item {
            head: format!("choice {decider} {{"),
            arms: vec![("some: {".to_owned(), left), ("none: {".to_owned(), right)],
            foot: "}",
        }]
    }

    /// Something without an end; `starving`: which somebody waits for in vain.
    fn endless(&mut self, scope: &Scope, starving: bool) -> Vec<Item> {
        self.used.insert("rec");
        let mut singles = scope.singles.clone();
        self.dice.shuffle(&mut singles);
        let (decider, told, waits) = (singles[0], singles[1], singles[2]);
        let name = self.name("X");
        let mut round = vec![self.send(decider, told)];
        if self.dice.percent(60) {
            round.push(self.send(told, decider));
        }
        round.push(Item::line(format!("continue {name};")));
        let endless = Item::block(format!("rec {name}"), round);
        if !starving {
            return vec![endless];
        }
        self.used.insert("choice");
        let served = match self.dice.below(3) {
            0 => vec![self.send(decider, told), self.send(told, waits)],
            1 => vec![
                self.send(decider, told),
                self.send(decider, waits),
                self.send(waits, told),
            ],
            _ => vec![self.send(decider, told), self.send(decider, waits)],
        };
        vec![Item {
            head: format!("choice {decider} {{"),
            arms: vec![
                (
                    "live: {".to_owned(),
                    vec![self.send(decider, told), endless],
                ),
                ("leave: {".to_owned(), served),
            ],
            foot: "}",
        }]
    }

    /// Puts a flaw somewhere: a line too few, too many, or out of order.
    fn spoil(&mut self, items: &mut Vec<Item>) {
        if items.is_empty() {
            return;
        }
        let index = self.dice.below(items.len());
        if !items[index].arms.is_empty() && self.dice.percent(85) {
            let arm = self.dice.below(items[index].arms.len());
            return self.spoil(&mut items[index].arms[arm].1);
        }
        match self.dice.below(4) {
            0 | 1 => {
                items.remove(index);
            }
            2 => {
                let other = self.dice.below(items.len());
                items.swap(index, other);
            }
            _ => {
                let (from, to) = *self
                    .dice
                    .pick(&[("A", "B"), ("B", "C"), ("C", "A"), ("A", "C")]);
                let line = self.send(from, to);
                items.insert(index, line);
            }
        }
    }
}
