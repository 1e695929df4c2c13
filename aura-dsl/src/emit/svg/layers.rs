//! Where the states of a machine stand, in layers from top to bottom.
//!
//! In: boxes and the ways between them, each with a label of its own size. Out: a place for each
//! box and label, and the points that each way passes. What holds: a label is a box in a layer like
//! any other, and a way that passes a layer has its place in it too, so nothing lies on anything
//! else; the same graph gives the same picture. Order and places are found in `sheet`. The method is that of Sugiyama, Tagawa and Toda
//! ("Methods for Visual Understanding of Hierarchical System Structures", 1981): layers by longest
//! paths, order by medians, places by least squares under the order.

use std::collections::BTreeSet;

use super::sheet::{Place, Sheet};

/// Boxes with sizes, and ways between them.
#[derive(Debug, Default)]
pub(super) struct Graph {
    pub(super) boxes: Vec<(i32, i32)>,
    /// From, to, and the size of the label. A way from a box to itself is not laid out.
    pub(super) ways: Vec<(usize, usize, (i32, i32))>,
}

/// A way from top to bottom.
#[derive(Debug)]
pub(super) struct Route {
    /// What it passes, both ends included.
    pub(super) through: Vec<Place>,
    /// Which of these is its label.
    pub(super) label: usize,
    /// Whether it is gone from bottom to top.
    pub(super) upwards: bool,
}

/// A graph with a layout.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) boxes: Vec<Place>,
    /// By way; nothing for one from a box to itself.
    pub(super) routes: Vec<Option<Route>>,
    pub(super) width: i32,
    pub(super) height: i32,
}

/// Lays out a graph, unless it would take more than so many places.
pub(super) fn layout(graph: &Graph, most: usize) -> Option<Layout> {
    let rank = ranks(graph);
    let mut sheet = Sheet::default();
    for (at, size) in graph.boxes.iter().enumerate() {
        sheet.add(2 * rank[at], *size);
    }
    let mut chains = Vec::new();
    for (from, to, label) in &graph.ways {
        if from == to {
            chains.push(None);
            continue;
        }
        let upwards = rank[*to] <= rank[*from];
        let (above, below) = if upwards { (*to, *from) } else { (*from, *to) };
        let (first, last) = (2 * rank[above] + 1, 2 * rank[below] - 1);
        if sheet.size.len() + (last - first) > most {
            return None;
        }
        // The label stands where the way begins.
        let labelled = if upwards { last } else { first };
        let mut chain = vec![above];
        for layer in first..=last {
            let size = if layer == labelled { *label } else { (6, 0) };
            chain.push(sheet.add(layer, size));
        }
        chain.push(below);
        for pair in chain.windows(2) {
            sheet.join(pair[0], pair[1]);
        }
        let label = labelled - first + 1;
        chains.push(Some((chain, label, upwards)));
    }
    sheet.order();
    let (width, height) = sheet.place();
    let routes = chains.into_iter().map(|chain| {
        chain.map(|(chain, label, upwards)| Route {
            through: chain.iter().map(|at| sheet.placed[*at]).collect(),
            label,
            upwards,
        })
    });
    Some(Layout {
        routes: routes.collect(),
        boxes: sheet.placed[..graph.boxes.len()].to_vec(),
        width,
        height,
    })
}

/// The layer of each box: the longest path to it, without the ways that lead back.
fn ranks(graph: &Graph) -> Vec<usize> {
    let mut out = vec![Vec::new(); graph.boxes.len()];
    for (from, to, _) in graph.ways.iter().rev() {
        out[*from].push(*to);
    }
    // 0: not seen, 1: on the path, 2: done. A way to a box on the path leads back.
    let mut mark = vec![0u8; graph.boxes.len()];
    let mut back = BTreeSet::new();
    let mut order = Vec::new();
    for root in 0..graph.boxes.len() {
        if mark[root] != 0 {
            continue;
        }
        mark[root] = 1;
        let mut stack = vec![(root, out[root].len())];
        while let Some((at, left)) = stack.last_mut() {
            let at = *at;
            if *left == 0 {
                mark[at] = 2;
                order.push(at);
                stack.pop();
                continue;
            }
            *left -= 1;
            let next = out[at][*left];
            match mark[next] {
                0 => {
                    mark[next] = 1;
                    stack.push((next, out[next].len()));
                }
                1 => {
                    back.insert((at, next));
                }
                _ => {}
            }
        }
    }
    let mut rank = vec![0; graph.boxes.len()];
    for at in order.into_iter().rev() {
        for next in &out[at] {
            if !back.contains(&(at, *next)) {
                rank[*next] = rank[*next].max(rank[at] + 1);
            }
        }
    }
    rank
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overlap(a: Place, b: Place) -> bool {
        let apart = |a: i32, b: i32, sizes: i32| (a - b).abs() * 2 >= sizes;
        !(apart(a.x, b.x, a.w + b.w) || apart(a.y, b.y, a.h + b.h))
    }

    #[test]
    fn nothing_lies_on_anything_else() {
        // A pseudo-random graph with ways forward, back and to itself.
        let mut seed = 7u32;
        let mut next = |below: u32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 16) % below
        };
        for _ in 0..60 {
            let n = next(14) + 2;
            let mut graph = Graph::default();
            for _ in 0..n {
                graph.boxes.push((40, 28));
            }
            for _ in 0..next(24) {
                let (from, to) = (next(n) as usize, next(n) as usize);
                let size = (next(200).cast_signed(), 16);
                graph.ways.push((from, to, size));
            }
            let layout = layout(&graph, 10_000).expect("small");
            let mut all = layout.boxes.clone();
            all.extend(layout.routes.iter().flatten().flat_map(|route| {
                let inner = &route.through[1..route.through.len() - 1];
                inner.to_vec()
            }));
            for (at, a) in all.iter().enumerate() {
                assert!(a.x - a.w / 2 >= 0 && a.x + a.w / 2 <= layout.width);
                assert!(a.top() >= 0 && a.bottom() <= layout.height);
                for b in &all[at + 1..] {
                    assert!(!overlap(*a, *b), "{a:?} and {b:?}");
                }
            }
        }
    }

    #[test]
    fn a_chain_is_straight_and_a_large_graph_is_refused() {
        let chain = |n: usize| Graph {
            boxes: vec![(40, 28); n],
            ways: (1..n).map(|at| (at - 1, at, (100, 16))).collect(),
        };
        let laid = layout(&chain(9), 1000).expect("small");
        assert!(laid.boxes.iter().all(|place| place.x == laid.boxes[0].x));
        assert!(layout(&chain(1000), 1500).is_none());
    }
}
