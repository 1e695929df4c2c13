//! Partition refinement: the coarsest bisimulation of a labelled graph.
//!
//! In: for each state its outgoing `(letter, target)` pairs and a kind; states of different kinds
//! are never merged. Out: for each state the number of its class. The algorithm is Valmari's
//! ("Fast brief practical DFA minimization", IPL 2012), which takes O(m log m) for m edges and
//! needs no completion of partial functions. What must hold: no state has two edges of one letter;
//! without that, processing the smaller half of a split block would not be enough.

/// Numbers of the classes, by state.
pub fn classes(rows: &[Vec<(u32, u32)>], kinds: &[u32]) -> Vec<u32> {
    let mut edges: Vec<(u32, u32, u32)> = Vec::new();
    for (source, row) in (0u32..).zip(rows) {
        edges.extend(
            row.iter()
                .map(|(letter, target)| (source, *letter, *target)),
        );
    }
    let entering = Entering::new(rows.len(), &edges);

    let mut blocks = Partition::by_key(rows.len(), |state| kinds[state]);
    // A cord is a set of edges with one letter that lead into one block.
    let mut cords = Partition::by_key(edges.len(), |edge| edges[edge].1);
    // States of one kind may still differ in which letters they have: the first round of splitting
    // by every cord takes care of it, so block 0 is treated like any other.
    let mut next_block = 0;
    let mut next_cord = 0;
    while next_cord < cords.count() || next_block < blocks.count() {
        while next_cord < cords.count() {
            for position in cords.range(next_cord) {
                let edge = cords.element(position);
                blocks.mark(edges[edge].0 as usize);
            }
            blocks.split();
            next_cord += 1;
        }
        if next_block < blocks.count() {
            for position in blocks.range(next_block) {
                for edge in entering.of(blocks.element(position)) {
                    cords.mark(*edge as usize);
                }
            }
            cords.split();
            next_block += 1;
        }
    }
    (0..rows.len())
        .map(|state| blocks.block_of(state))
        .collect()
}

struct Entering {
    starts: Vec<u32>,
    edges: Vec<u32>,
}

impl Entering {
    fn new(states: usize, edges: &[(u32, u32, u32)]) -> Self {
        let mut starts = vec![0u32; states + 1];
        for (_, _, target) in edges {
            starts[*target as usize + 1] += 1;
        }
        for state in 0..states {
            starts[state + 1] += starts[state];
        }
        let mut next = starts.clone();
        let mut sorted = vec![0; edges.len()];
        for (number, (_, _, target)) in (0u32..).zip(edges) {
            let slot = &mut next[*target as usize];
            sorted[*slot as usize] = number;
            *slot += 1;
        }
        Self {
            starts,
            edges: sorted,
        }
    }

    fn of(&self, state: usize) -> &[u32] {
        &self.edges[self.starts[state] as usize..self.starts[state + 1] as usize]
    }
}

/// A refinable partition: elements of one block lie side by side, marked ones first.
struct Partition {
    elements: Vec<u32>,
    location: Vec<u32>,
    block: Vec<u32>,
    first: Vec<u32>,
    end: Vec<u32>,
    marked: Vec<u32>,
    touched: Vec<u32>,
}

impl Partition {
    fn by_key(count: usize, key: impl Fn(usize) -> u32) -> Self {
        let mut elements: Vec<u32> = (0u32..).take(count).collect();
        elements.sort_by_key(|element| key(*element as usize));
        let mut partition = Self {
            location: vec![0; count],
            block: vec![0; count],
            first: Vec::new(),
            end: Vec::new(),
            marked: Vec::new(),
            touched: Vec::new(),
            elements,
        };
        for position in 0..count {
            let element = partition.elements[position] as usize;
            let opens =
                position == 0 || key(partition.elements[position - 1] as usize) != key(element);
            let place = u32::try_from(position).unwrap_or(u32::MAX);
            if opens {
                partition.first.push(place);
                partition.end.push(place);
                partition.marked.push(0);
            }
            let block = partition.first.len() - 1;
            partition.end[block] = place + 1;
            partition.location[element] = place;
            partition.block[element] = u32::try_from(block).unwrap_or(u32::MAX);
        }
        partition
    }

    fn count(&self) -> usize {
        self.first.len()
    }

    fn range(&self, block: usize) -> std::ops::Range<usize> {
        self.first[block] as usize..self.end[block] as usize
    }

    fn element(&self, position: usize) -> usize {
        self.elements[position] as usize
    }

    fn block_of(&self, element: usize) -> u32 {
        self.block[element]
    }

    fn mark(&mut self, element: usize) {
        let block = self.block[element] as usize;
        let from = self.location[element];
        let to = self.first[block] + self.marked[block];
        if from < to {
            return;
        }
        let other = self.elements[to as usize];
        self.elements.swap(from as usize, to as usize);
        self.location[other as usize] = from;
        self.location[element] = to;
        if self.marked[block] == 0 {
            self.touched.push(self.block[element]);
        }
        self.marked[block] += 1;
    }

    /// Splits each touched block into its marked and its unmarked elements; the smaller half gets
    /// the new number, which is what bounds the whole to O(m log m).
    fn split(&mut self) {
        for block in std::mem::take(&mut self.touched) {
            let block = block as usize;
            let marked = std::mem::take(&mut self.marked[block]);
            let middle = self.first[block] + marked;
            if middle == self.end[block] {
                continue;
            }
            let (first, end) = if marked <= self.end[block] - middle {
                let first = self.first[block];
                self.first[block] = middle;
                (first, middle)
            } else {
                let end = self.end[block];
                self.end[block] = middle;
                (middle, end)
            };
            let number = u32::try_from(self.first.len()).unwrap_or(u32::MAX);
            self.first.push(first);
            self.end.push(end);
            self.marked.push(0);
            for position in first..end {
                let element = self.elements[position as usize];
                self.block[element as usize] = number;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::classes;

    #[test]
    fn states_that_differ_only_in_a_missing_letter_are_kept_apart() {
        // 0 -a-> 2, 1 -b-> 2: same kind, different letters.
        let found = classes(&[vec![(0, 2)], vec![(1, 2)], vec![]], &[0, 0, 1]);
        assert_ne!(found[0], found[1]);
    }

    #[test]
    fn equal_futures_are_merged_through_a_cycle() {
        // Two copies of a loop a, b.
        let rows = [vec![(0, 1)], vec![(1, 2)], vec![(0, 3)], vec![(1, 0)]];
        let found = classes(&rows, &[0; 4]);
        assert_eq!(found[0], found[2]);
        assert_eq!(found[1], found[3]);
        assert_ne!(found[0], found[1]);
    }
}
