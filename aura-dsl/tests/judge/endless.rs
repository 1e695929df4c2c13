//! Runs without an end: who is never served in them, and which frame is never taken.
//!
//! In: the configurations that were found, and what leads from one to another. Out: the sets of
//! configurations that a run cannot leave any more, those at which it stops left out. What holds:
//! every run comes into one of them or stops; what does not happen inside of it never happens.

use super::cast::Actor;

/// The strongly connected sets that nothing leaves, as ascending numbers (Tarjan 1972).
pub fn final_sets(edges: &[Vec<(Actor, u32)>]) -> Vec<Vec<u32>> {
    const NEW: u32 = u32::MAX;
    let mut order = vec![NEW; edges.len()];
    let mut lowest = vec![0_u32; edges.len()];
    let mut placed = vec![false; edges.len()];
    let mut path: Vec<u32> = Vec::new();
    let mut found = Vec::new();
    let mut count = 0;
    for start in 0..edges.len() as u32 {
        if order[start as usize] != NEW {
            continue;
        }
        let mut calls: Vec<(u32, usize)> = vec![(start, 0)];
        while let Some((at, next)) = calls.pop() {
            let here = at as usize;
            if next == 0 {
                order[here] = count;
                lowest[here] = count;
                count += 1;
                path.push(at);
            } else {
                let child = edges[here][next - 1].1 as usize;
                if !placed[child] {
                    lowest[here] = lowest[here].min(lowest[child]);
                }
            }
            if let Some((_, to)) = edges[here].get(next) {
                calls.push((at, next + 1));
                if order[*to as usize] == NEW {
                    calls.push((*to, 0));
                }
                continue;
            }
            if lowest[here] < order[here] {
                continue;
            }
            let first = path.iter().rposition(|member| *member == at);
            let mut set = path.split_off(first.expect("it is on the path"));
            for member in &set {
                placed[*member as usize] = true;
            }
            set.sort_unstable();
            let inside = |to: u32| set.binary_search(&to).is_ok();
            let mut all = set.iter().flat_map(|member| &edges[*member as usize]);
            if !edges[here].is_empty() && all.all(|(_, to)| inside(*to)) {
                found.push(set);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::final_sets;

    #[test]
    fn final_sets_are_left_by_nothing_and_do_not_stop() {
        let to = |targets: &[u32]| targets.iter().map(|to| (0, *to)).collect::<Vec<_>>();
        let edges = [
            to(&[1, 3]),
            to(&[2]),
            to(&[1]),
            to(&[4, 6]),
            to(&[3, 5]),
            to(&[5]),
            to(&[]),
        ];
        let mut sets = final_sets(&edges);
        sets.sort();
        assert_eq!(sets, [vec![1, 2], vec![5]]);
    }
}
