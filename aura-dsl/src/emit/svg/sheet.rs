//! Layers of boxes: in which order they stand, and where.
//!
//! In: boxes in layers, joined to boxes of the layers next to theirs. Out: a [`Place`] for each.
//! What holds: boxes of a layer keep their distance; of the orders that were tried the one with the
//! fewest crossings is kept.

/// Between two boxes of a layer.
const BESIDE: i32 = 22;
/// Between two layers, at least and at most; the further ways run aside, the more.
const BETWEEN: (i32, i32) = (18, 64);
/// How often orders and places are looked at again, downwards and upwards in turn.
const ORDERS: usize = 12;
const PLACES: usize = 24;

/// Where a box lies: its centre and its size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) w: i32,
    pub(super) h: i32,
}

impl Place {
    pub(super) fn top(self) -> i32 {
        self.y - self.h / 2
    }

    pub(super) fn bottom(self) -> i32 {
        self.top() + self.h
    }
}

/// Layers of things with a size, joined to things of the layers above and below.
#[derive(Default)]
pub(super) struct Sheet {
    pub(super) size: Vec<(i32, i32)>,
    above: Vec<Vec<usize>>,
    below: Vec<Vec<usize>>,
    layers: Vec<Vec<usize>>,
    pub(super) placed: Vec<Place>,
}

impl Sheet {
    pub(super) fn add(&mut self, layer: usize, size: (i32, i32)) -> usize {
        let at = self.size.len();
        self.size.push(size);
        self.above.push(Vec::new());
        self.below.push(Vec::new());
        if self.layers.len() <= layer {
            self.layers.resize_with(layer + 1, Vec::new);
        }
        self.layers[layer].push(at);
        at
    }

    pub(super) fn join(&mut self, above: usize, below: usize) {
        self.below[above].push(below);
        self.above[below].push(above);
    }

    /// Puts each layer in order, and keeps the orders with the fewest crossings.
    pub(super) fn order(&mut self) {
        let mut best = (self.crossings(), self.layers.clone());
        for round in 0..ORDERS {
            let down = round % 2 == 0;
            let mut position = self.positions();
            let count = self.layers.len();
            for step in 0..count {
                let layer = if down { step } else { count - 1 - step };
                let joined = if down { &self.above } else { &self.below };
                let mut keyed: Vec<(usize, usize, usize)> = self.layers[layer]
                    .iter()
                    .enumerate()
                    .map(|(now, at)| {
                        (
                            mean(&joined[*at], &position).unwrap_or(now * 1024),
                            now,
                            *at,
                        )
                    })
                    .collect();
                keyed.sort_unstable();
                self.layers[layer] = keyed.into_iter().map(|(_, _, at)| at).collect();
                for (now, at) in self.layers[layer].iter().enumerate() {
                    position[*at] = now;
                }
            }
            let crossings = self.crossings();
            if crossings < best.0 {
                best = (crossings, self.layers.clone());
            }
        }
        self.layers = best.1;
    }

    fn positions(&self) -> Vec<usize> {
        let mut position = vec![0; self.size.len()];
        for layer in &self.layers {
            for (now, at) in layer.iter().enumerate() {
                position[*at] = now;
            }
        }
        position
    }

    /// How many pairs of ways cross between neighbouring layers.
    fn crossings(&self) -> usize {
        let position = self.positions();
        let mut count = 0;
        for layer in &self.layers {
            let mut ends: Vec<(usize, usize)> = layer
                .iter()
                .flat_map(|at| {
                    self.below[*at]
                        .iter()
                        .map(|to| (position[*at], position[*to]))
                })
                .collect();
            ends.sort_unstable();
            count += inversions(ends.into_iter().map(|(_, to)| to).collect());
        }
        count
    }

    /// Gives everything its place, and says how large the whole is.
    pub(super) fn place(&mut self) -> (i32, i32) {
        let mut x = vec![0i64; self.size.len()];
        for layer in &self.layers {
            let wanted = vec![(0, 1); layer.len()];
            self.spread(layer, &wanted, &mut x);
        }
        for round in 0..PLACES {
            // The last one goes down: what follows another stands below it.
            let down = round % 2 == 1;
            let count = self.layers.len();
            for step in 0..count {
                let layer = &self.layers[if down { step } else { count - 1 - step }];
                let joined = if down { &self.above } else { &self.below };
                let wanted: Vec<_> = layer
                    .iter()
                    .map(|at| self.wanted(*at, &joined[*at], &x))
                    .collect();
                self.spread(layer, &wanted, &mut x);
            }
        }
        let left = |at: usize| x[at] - i64::from(self.size[at].0) / 2;
        let least = (0..self.size.len()).map(left).min().unwrap_or(0);
        let mut width = 0;
        self.placed = vec![Place::default(); self.size.len()];
        for (at, (w, h)) in self.size.iter().enumerate() {
            let x = i32::try_from(x[at] - least).unwrap_or(i32::MAX / 2);
            self.placed[at] = Place {
                x,
                y: 0,
                w: *w,
                h: *h,
            };
            width = width.max(x + w / 2 + 1);
        }
        (width, self.stack())
    }

    /// Puts the layers below each other; the height of all.
    fn stack(&mut self) -> i32 {
        let mut y = 0;
        let mut between = 0;
        for layer in self.layers.iter().filter(|layer| !layer.is_empty()) {
            let tallest = layer.iter().map(|at| self.size[*at].1).max().unwrap_or(0);
            y += between + tallest / 2;
            for at in layer {
                self.placed[*at].y = y;
            }
            y += tallest - tallest / 2;
            let aside = layer.iter().flat_map(|at| {
                let x = self.placed[*at].x;
                self.below[*at].iter().map(move |to| (x, *to))
            });
            let aside = aside.map(|(x, to)| (x - self.placed[to].x).abs()).max();
            between = (BETWEEN.0 + aside.unwrap_or(0) / 8).min(BETWEEN.1);
        }
        y
    }

    /// Where it would stand best, amid what it is joined to on one side, and how much that matters.
    fn wanted(&self, at: usize, joined: &[usize], x: &[i64]) -> (i64, i64) {
        let sum: i64 = joined.iter().map(|other| x[*other]).sum();
        let passes = |at: usize| self.size[at].1 == 0;
        match joined {
            [] => (x[at], 1),
            // A bend in a long way is seen more than a box that is not quite centred.
            [other] if passes(at) && passes(*other) => (sum, 64),
            [other] if self.above[at].len() + self.below[*other].len() == 2 => (sum, 8),
            _ => (sum / i64::try_from(joined.len()).unwrap_or(1), 1),
        }
    }

    /// The places nearest to the wanted ones, by least squares, that keep order and distance: what
    /// overlaps is moved as one block.
    fn spread(&self, layer: &[usize], wanted: &[(i64, i64)], x: &mut [i64]) {
        // A block: how many there are, their weight, and the weighted sum of where each of them
        // would like the first one to be.
        let mut blocks: Vec<(usize, i64, i64)> = Vec::new();
        let mut offset = Vec::with_capacity(layer.len());
        let mut distance = 0i64;
        for (position, at) in layer.iter().enumerate() {
            if let Some(before) = position.checked_sub(1).map(|before| layer[before]) {
                let widths = self.size[before].0 + self.size[*at].0;
                distance += i64::from(widths / 2 + BESIDE);
            }
            offset.push(distance);
            let (place, weight) = wanted[position];
            blocks.push((1, weight, (place - distance) * weight));
            while let [.., (n, weight, sum), (more, other, total)] = blocks[..] {
                if sum * other < total * weight {
                    break;
                }
                blocks.pop();
                let last = blocks.len() - 1;
                blocks[last] = (n + more, weight + other, sum + total);
            }
        }
        let starts = blocks
            .iter()
            .flat_map(|(n, weight, sum)| std::iter::repeat_n(sum.div_euclid(*weight), *n));
        for ((at, offset), start) in layer.iter().zip(offset).zip(starts) {
            x[*at] = start + offset;
        }
    }
}

/// The mean position of what something is joined to, in fractions of 1024.
fn mean(joined: &[usize], position: &[usize]) -> Option<usize> {
    if joined.is_empty() {
        return None;
    }
    let sum: usize = joined.iter().map(|other| position[*other]).sum();
    Some(sum * 1024 / joined.len())
}

/// How many pairs stand in the wrong order, by merging.
fn inversions(mut values: Vec<usize>) -> usize {
    let mut count = 0;
    let mut width = 1;
    let mut merged = Vec::with_capacity(values.len());
    while width < values.len() {
        merged.clear();
        for run in values.chunks(2 * width) {
            let (mut left, mut right) = run.split_at(width.min(run.len()));
            while let ([a, ..], [b, ..]) = (left, right) {
                if a <= b {
                    merged.push(*a);
                    left = &left[1..];
                } else {
                    merged.push(*b);
                    right = &right[1..];
                    count += left.len();
                }
            }
            merged.extend(left.iter().chain(right));
        }
        std::mem::swap(&mut values, &mut merged);
        width *= 2;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inversions_are_crossings() {
        assert_eq!(inversions(vec![3, 1, 2, 0]), 5);
        assert_eq!(inversions((0..9).collect()), 0);
    }
}
