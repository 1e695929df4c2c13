//! A set of facts in the order of their ids, as a hash trie: two sets are compared by the digests of
//! their parts, so that a merge looks only where they differ.
//!
//! A part is a leaf of at most [`FEW`] facts, or sixteen parts by the next four bits of the id. Its shape
//! is that of the set alone, however it came about, so equal sets have equal digests. Digests are
//! computed when they are asked for, and kept until a part changes. Parts are shared by copies of a set
//! until one of them changes, so a copy costs nothing.

use std::sync::{Arc, OnceLock};

use crate::fact::{FactId, Leaf};

/// The most facts of a leaf.
const FEW: usize = 32;

/// Room that a full leaf gets: leaves are many, and what they keep free adds up.
const ROOM: usize = 4;

type Digest = [u8; 32];

#[derive(Clone, Debug, Default)]
pub(crate) struct Trie(Arc<Part>);

#[derive(Clone, Debug, Default)]
struct Part {
    node: Node,
    len: usize,
    digest: OnceLock<Digest>,
}

#[derive(Clone, Debug)]
enum Node {
    Leaf(Vec<Leaf>),
    Branch(Box<[Trie; 16]>),
}

impl Default for Node {
    fn default() -> Self {
        Self::Leaf(Vec::new())
    }
}

impl Trie {
    /// The set of these facts, which are in the order of their ids, each once.
    pub(crate) fn of_sorted(leaves: Vec<Leaf>) -> Self {
        debug_assert!(leaves.is_sorted_by(|left, right| left.id < right.id));
        let len = leaves.len();
        built(&mut leaves.into_iter(), len, 0)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len
    }

    /// The digest of the ids, the same for the same set.
    pub(crate) fn digest(&self) -> Digest {
        *self.0.digest.get_or_init(|| {
            let mut hasher = blake3::Hasher::new_derive_key("aura 2026 journal trie v1");
            match &self.0.node {
                Node::Leaf(leaves) => {
                    hasher.update(&[0]);
                    for leaf in leaves {
                        hasher.update(&leaf.id.0);
                    }
                }
                Node::Branch(parts) => {
                    hasher.update(&[1]);
                    for part in parts.iter() {
                        hasher.update(&part.digest());
                    }
                }
            }
            *hasher.finalize().as_bytes()
        })
    }

    pub(crate) fn contains(&self, id: FactId) -> bool {
        self.contains_below(id, 0)
    }

    fn contains_below(&self, id: FactId, mut depth: usize) -> bool {
        let mut trie = self;
        loop {
            match &trie.0.node {
                Node::Branch(parts) => trie = &parts[nibble(id, depth)],
                Node::Leaf(leaves) => return leaves.binary_search_by_key(&id, |it| it.id).is_ok(),
            }
            depth += 1;
        }
    }

    /// Whether the fact is new.
    pub(crate) fn insert(&mut self, leaf: Leaf) -> bool {
        // Looking first, so that a fact that is known does not part two copies.
        !self.contains(leaf.id) && self.put(leaf, 0)
    }

    fn put(&mut self, leaf: Leaf, depth: usize) -> bool {
        let part = Arc::make_mut(&mut self.0);
        let is_new = match &mut part.node {
            Node::Branch(parts) => parts[nibble(leaf.id, depth)].put(leaf, depth + 1),
            Node::Leaf(leaves) => match leaves.binary_search_by_key(&leaf.id, |it| it.id) {
                Ok(_) => false,
                Err(at) => {
                    if leaves.len() == leaves.capacity() {
                        leaves.reserve_exact(ROOM);
                    }
                    leaves.insert(at, leaf);
                    if leaves.len() > FEW {
                        let (len, leaves) = (leaves.len(), std::mem::take(leaves));
                        part.node = split(&mut leaves.into_iter(), len, depth);
                    }
                    true
                }
            },
        };
        if is_new {
            part.len += 1;
            part.digest = OnceLock::new();
        }
        is_new
    }

    /// Takes in what `other` has and this has not, as `wanted` allows. Parts with equal digests are not
    /// entered; how many nodes were is the answer's second half, the first how many facts were new.
    pub(crate) fn merge(
        &mut self,
        other: &Self,
        wanted: &mut dyn FnMut(&Leaf) -> Option<Leaf>,
    ) -> (usize, usize) {
        self.join(other, 0, wanted)
    }

    fn join(
        &mut self,
        other: &Self,
        depth: usize,
        wanted: &mut dyn FnMut(&Leaf) -> Option<Leaf>,
    ) -> (usize, usize) {
        if other.len() == 0 || Arc::ptr_eq(&self.0, &other.0) || self.digest() == other.digest() {
            return (0, 0);
        }
        if let (Node::Branch(_), Node::Branch(theirs)) = (&self.0.node, &other.0.node) {
            let part = Arc::make_mut(&mut self.0);
            let Node::Branch(mine) = &mut part.node else {
                return (0, 0);
            };
            let (mut new, mut entered) = (0, 1);
            for (mine, theirs) in mine.iter_mut().zip(theirs.iter()) {
                let (n, e) = mine.join(theirs, depth + 1, wanted);
                (new, entered) = (new + n, entered + e);
            }
            if new > 0 {
                part.len += new;
                part.digest = OnceLock::new();
            }
            return (new, entered);
        }
        let mut new = 0;
        for leaf in other.iter() {
            if !self.contains_below(leaf.id, depth)
                && let Some(leaf) = wanted(leaf)
            {
                new += usize::from(self.put(leaf, depth));
            }
        }
        (new, 1)
    }

    /// Keeps the facts for which `keep` holds. Parts of which none goes are not touched.
    pub(crate) fn retain(&mut self, keep: &mut dyn FnMut(&Leaf) -> bool) {
        let mut left: Vec<bool> = Vec::new();
        match &self.0.node {
            Node::Leaf(leaves) => {
                left.extend(leaves.iter().map(&mut *keep));
                if left.iter().all(|keeps| *keeps) {
                    return;
                }
                let part = Arc::make_mut(&mut self.0);
                if let Node::Leaf(leaves) = &mut part.node {
                    let mut left = left.into_iter();
                    leaves.retain(|_| left.next().unwrap_or(true));
                    part.len = leaves.len();
                }
                part.digest = OnceLock::new();
            }
            Node::Branch(parts) => {
                let mut kept = parts.clone();
                let mut len = 0;
                for part in kept.iter_mut() {
                    part.retain(keep);
                    len += part.len();
                }
                if len == self.len() {
                    return;
                }
                let node = if len <= FEW {
                    Node::Leaf(kept.iter().flat_map(Self::iter).cloned().collect())
                } else {
                    Node::Branch(kept)
                };
                self.0 = Arc::new(Part {
                    node,
                    len,
                    digest: OnceLock::new(),
                });
            }
        }
    }

    /// Every fact, in the order of the ids.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Leaf> {
        let mut open = vec![self];
        let mut leaves = [].iter();
        std::iter::from_fn(move || {
            loop {
                if let Some(leaf) = leaves.next() {
                    return Some(leaf);
                }
                match &open.pop()?.0.node {
                    Node::Leaf(found) => leaves = found.iter(),
                    Node::Branch(parts) => open.extend(parts.iter().rev()),
                }
            }
        })
    }
}

fn nibble(id: FactId, depth: usize) -> usize {
    // 64 levels: two different ids part before the last.
    let byte = id.0[depth / 2];
    usize::from(if depth.is_multiple_of(2) {
        byte >> 4
    } else {
        byte & 15
    })
}

/// The trie of the next `len` leaves, which are in order and agree in the bits above.
fn built(leaves: &mut std::vec::IntoIter<Leaf>, len: usize, depth: usize) -> Trie {
    let node = if len > FEW {
        split(leaves, len, depth)
    } else {
        let mut few = Vec::with_capacity(len);
        few.extend(leaves.take(len));
        Node::Leaf(few)
    };
    Trie(Arc::new(Part {
        node,
        len,
        digest: OnceLock::new(),
    }))
}

fn split(leaves: &mut std::vec::IntoIter<Leaf>, len: usize, depth: usize) -> Node {
    let next = &leaves.as_slice()[..len];
    let mut counts = [0; 16];
    for leaf in next {
        counts[nibble(leaf.id, depth)] += 1;
    }
    Node::Branch(Box::new(
        counts.map(|count| built(leaves, count, depth + 1)),
    ))
}
