//! Random protocols as trees.
//!
//! Proptest draws a [`Shape`], which has no ids and no names, so that it shrinks well; `plant`
//! turns shapes into steps. Every recursion has an exit, and what follows a guarded segment
//! starts with a send by the timer's decider, so that the segment ends where it seems to.

use aura_dsl::global::{LoopId, Members, Party, Protocol, RecId, Size, Step};
use proptest::prelude::*;

use crate::tree::{A, B, C, M, N, Q, R, T, Tree, all, one, party};

#[derive(Clone, Debug)]
pub enum Shape {
    Send(u8, u64),
    Choice(Vec<Vec<Shape>>),
    FamilyChoice(bool, Vec<u64>),
    Counted(u8, Vec<Shape>),
    Decided(Vec<Shape>),
    For(bool, Vec<Shape>),
    Rec {
        before: Vec<Shape>,
        again: Vec<Shape>,
        exit: Vec<Shape>,
        outwards: Option<(u8, Vec<Shape>)>,
    },
    Par(Vec<Vec<Shape>>),
    Timeout {
        hoisted: u8,
        segment: Segment,
        rest: Vec<Shape>,
        late: Vec<Shape>,
    },
}

#[derive(Clone, Debug)]
pub enum Segment {
    Plain(Vec<u8>, u64),
    Choice(Vec<(u64, Vec<Shape>)>),
    Timer(u64, Vec<Shape>, Vec<Shape>),
}

pub fn shapes() -> impl Strategy<Value = Vec<Shape>> {
    let leaf = prop_oneof![
        6 => (0u8..12, 1u64..20).prop_map(|(kind, cost)| Shape::Send(kind, cost)),
        1 => (any::<bool>(), prop::collection::vec(1u64..20, 2..4))
            .prop_map(|(quorum, costs)| Shape::FamilyChoice(quorum, costs)),
    ];
    let shape = leaf.prop_recursive(4, 16, 3, |inner| {
        let block = || prop::collection::vec(inner.clone(), 0..3);
        let segment = prop_oneof![
            (prop::collection::vec(0u8..4, 1..4), 1u64..20)
                .prop_map(|(kinds, cost)| Segment::Plain(kinds, cost)),
            prop::collection::vec((1u64..20, block()), 2..3).prop_map(Segment::Choice),
            (1u64..20, block(), block())
                .prop_map(|(cost, rest, late)| Segment::Timer(cost, rest, late)),
        ];
        let outwards = prop::option::of((any::<u8>(), block()));
        prop_oneof![
            3 => prop::collection::vec(block(), 2..4).prop_map(Shape::Choice),
            1 => (any::<u8>(), block()).prop_map(|(size, body)| Shape::Counted(size, body)),
            1 => block().prop_map(Shape::Decided),
            2 => (any::<bool>(), block()).prop_map(|(q, body)| Shape::For(q, body)),
            1 => (block(), block(), block(), outwards).prop_map(
                |(before, again, exit, outwards)| Shape::Rec { before, again, exit, outwards }
            ),
            1 => prop::collection::vec(block(), 2..3).prop_map(Shape::Par),
            2 => (0u8..2, segment, block(), block()).prop_map(
                |(hoisted, segment, rest, late)| Shape::Timeout { hoisted, segment, rest, late }
            ),
        ]
    });
    prop::collection::vec(shape, 1..4)
}

/// What the place of a shape decides.
#[derive(Clone, Default)]
struct Place {
    q: Option<LoopId>,
    r: Option<LoopId>,
    recs: Vec<RecId>,
}

impl Place {
    fn q(&self) -> Option<Party> {
        self.q.map(|id| party(Q, Members::Index(id)))
    }

    fn r(&self) -> Option<Party> {
        self.r.map(|id| party(R, Members::Index(id)))
    }

    /// Inside something that no `continue` leaves.
    fn closed(&self) -> Place {
        Place {
            recs: Vec::new(),
            ..self.clone()
        }
    }
}

pub fn plant(shapes: &[Shape]) -> Protocol {
    let mut tree = Tree::default();
    let body = steps(&mut tree, shapes, &Place::default());
    tree.finish(body)
}

fn steps(tree: &mut Tree, shapes: &[Shape], place: &Place) -> Vec<Step> {
    shapes
        .iter()
        .map(|shape| step(tree, shape, place))
        .collect()
}

fn send(tree: &mut Tree, kind: u8, cost: u64, place: &Place) -> Step {
    let q = place.q();
    let r = place.r();
    let q_all = || q.clone().unwrap_or(all(Q));
    let r_all = || r.clone().unwrap_or(all(R));
    let (from, to) = match kind {
        0 => (one(A), one(B)),
        1 => (one(B), one(A)),
        2 => (one(C), one(B)),
        3 => (one(A), one(C)),
        4 => (one(A), q_all()),
        5 => (q_all(), one(B)),
        6 => (
            q.clone().unwrap_or(party(Q, Members::Any(Size::Symbol(T)))),
            one(A),
        ),
        7 if q.is_none() => (all(Q), all(Q)),
        8 => (r_all(), one(A)),
        9 if q.is_none() => (party(Q, Members::Constant(0)), one(C)),
        10 => (q_all(), r_all()),
        11 => (one(B), r_all()),
        _ => (one(B), one(C)),
    };
    tree.send(from, to, cost)
}

fn step(tree: &mut Tree, shape: &Shape, place: &Place) -> Step {
    match shape {
        Shape::Send(kind, cost) => send(tree, *kind, *cost, place),
        Shape::Choice(branches) => {
            let branches = branches.iter().map(|b| steps(tree, b, place)).collect();
            Tree::choice(one(A), branches)
        }
        Shape::FamilyChoice(quorum, costs) => {
            if place.q.is_some() {
                return send(tree, 5, costs[0], place);
            }
            let branches = costs
                .iter()
                .map(|cost| vec![tree.send(all(Q), one(A), *cost)])
                .collect();
            let decider = if *quorum {
                party(Q, Members::Any(Size::Symbol(T)))
            } else {
                all(Q)
            };
            Tree::choice(decider, branches)
        }
        Shape::Counted(size, body) => {
            let body = steps(tree, body, &place.closed());
            let count = match size % 4 {
                0 => Size::Symbol(N),
                1 => Size::Symbol(M),
                other => Size::Number(u64::from(other)),
            };
            tree.counted(count, body)
        }
        Shape::Decided(body) => {
            let body = steps(tree, body, place);
            tree.decided(B, body)
        }
        Shape::For(over_q, body) => each(tree, *over_q, body, place),
        Shape::Rec {
            before,
            again,
            exit,
            outwards,
        } => {
            let id = tree.new_rec();
            let mut inside = place.clone();
            inside.recs.push(id);
            let mut body = steps(tree, before, &inside);
            let mut round = steps(tree, again, &inside);
            round.push(Step::Continue(id, crate::tree::nowhere()));
            let mut branches = vec![round, steps(tree, exit, &inside)];
            if let Some((level, steps_before)) = outwards {
                let target = inside.recs[usize::from(*level) % inside.recs.len()];
                let mut branch = steps(tree, steps_before, &inside);
                branch.push(Step::Continue(target, crate::tree::nowhere()));
                branches.push(branch);
            }
            body.push(Tree::choice(one(C), branches));
            Tree::rec(id, body)
        }
        Shape::Par(branches) => {
            let closed = place.closed();
            let branches = branches.iter().map(|b| steps(tree, b, &closed)).collect();
            tree.par(branches)
        }
        Shape::Timeout {
            hoisted,
            segment,
            rest,
            late,
        } => {
            let mut body = Vec::new();
            for _ in 0..*hoisted {
                body.push(tree.send(one(B), one(A), 3));
            }
            guarded(tree, segment, &mut body, place);
            body.push(tree.send(one(B), one(A), 1));
            body.extend(steps(tree, rest, place));
            let late = steps(tree, late, place);
            tree.timeout(B, body, late)
        }
    }
}

fn each(tree: &mut Tree, over_q: bool, body: &[Shape], place: &Place) -> Step {
    let mut inside = place.closed();
    let taken = if over_q { place.q } else { place.r };
    if taken.is_some() {
        let body = steps(tree, body, place);
        return tree.par(vec![body]);
    }
    let id = tree.new_loop();
    if over_q {
        inside.q = Some(id);
    } else {
        inside.r = Some(id);
    }
    let body = steps(tree, body, &inside);
    Tree::each(id, if over_q { Q } else { R }, body)
}

/// A guarded segment with B as decider.
fn guarded(tree: &mut Tree, segment: &Segment, body: &mut Vec<Step>, place: &Place) {
    match segment {
        Segment::Plain(kinds, cost) => {
            for kind in kinds {
                body.push(match kind {
                    0 => tree.send(one(A), one(B), *cost),
                    1 => tree.send(one(A), one(C), *cost),
                    2 => send(tree, 5, *cost, place),
                    _ => tree.send(one(C), one(B), *cost),
                });
            }
        }
        Segment::Choice(branches) => {
            body.push(tree.send(one(A), one(C), 2));
            let mut planted = Vec::new();
            for (cost, rest) in branches {
                let mut branch = vec![
                    tree.send(one(A), one(C), 1),
                    tree.send(one(A), one(B), *cost),
                    tree.send(one(A), one(C), 5),
                ];
                branch.push(tree.send(one(B), one(A), 1));
                branch.extend(steps(tree, rest, place));
                planted.push(branch);
            }
            body.push(Tree::choice(one(A), planted));
        }
        Segment::Timer(cost, rest, late) => {
            let mut inner = vec![
                tree.send(one(A), one(C), *cost),
                tree.send(one(C), one(B), 2),
                tree.send(one(B), one(C), 1),
            ];
            inner.extend(steps(tree, rest, place));
            let mut otherwise = vec![tree.send(one(C), one(B), *cost + 1)];
            otherwise.push(tree.send(one(B), one(A), 1));
            otherwise.extend(steps(tree, late, place));
            body.push(tree.timeout(C, inner, otherwise));
        }
    }
}
