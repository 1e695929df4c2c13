//! Strongly connected components (Tarjan), without recursion.
//!
//! In: the targets of each node. Out: the number of each node's component; a component's number is
//! larger than those of all components that it leads to.

/// The components of a graph.
pub(super) fn components<'a, T>(nodes: usize, targets: impl Fn(usize) -> T) -> Vec<usize>
where
    T: Iterator<Item = usize> + 'a,
{
    const NEW: usize = usize::MAX;
    let mut order = vec![NEW; nodes];
    let mut low = vec![NEW; nodes];
    let mut component = vec![NEW; nodes];
    let (mut visited, mut components) = (0, 0);
    let mut waiting = Vec::new();
    for root in 0..nodes {
        if order[root] != NEW {
            continue;
        }
        let mut path: Vec<(usize, T)> = Vec::new();
        let mut enter = Some(root);
        loop {
            if let Some(node) = enter.take() {
                order[node] = visited;
                low[node] = visited;
                visited += 1;
                waiting.push(node);
                path.push((node, targets(node)));
            }
            let Some((node, rest)) = path.last_mut() else {
                break;
            };
            let node = *node;
            match rest.next() {
                Some(target) if order[target] == NEW => enter = Some(target),
                Some(target) => {
                    if component[target] == NEW {
                        low[node] = low[node].min(order[target]);
                    }
                }
                None => {
                    path.pop();
                    if let Some((parent, _)) = path.last() {
                        low[*parent] = low[*parent].min(low[node]);
                    }
                    if low[node] == order[node] {
                        while let Some(member) = waiting.pop() {
                            component[member] = components;
                            if member == node {
                                break;
                            }
                        }
                        components += 1;
                    }
                }
            }
        }
    }
    component
}

#[cfg(test)]
mod tests {
    use super::components;

    #[test]
    fn a_cycle_is_one_component_and_targets_come_first() {
        let graph = [vec![1], vec![2, 3], vec![1], vec![], vec![0, 4]];
        let found = components(graph.len(), |node| graph[node].clone().into_iter());
        assert_eq!(found[1], found[2]);
        assert!(found[3] < found[1] && found[1] < found[0] && found[0] < found[4]);
    }
}
