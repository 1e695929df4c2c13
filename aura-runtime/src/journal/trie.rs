//! A set of facts in the order of their ids, as a hash trie: two sets are compared by the digests of
//! their parts, so that a merge looks only where they differ.
//!
//! A node is a leaf of at most [`FEW`] facts, or sixteen parts by the next four bits of the id. Its shape
//! is that of the set alone, however it came about, so equal sets have equal digests. Digests are
//! computed when they are asked for, and kept until a part changes.

use std::{cell::Cell, mem};

use crate::fact::{FactId, Leaf};

/// The most facts of a leaf.
const FEW: usize = 32;

type Digest = [u8; 32];

#[derive(Clone, Debug)]
pub(super) struct Trie {
    node: Node,
    len: usize,
    digest: Cell<Option<Digest>>,
}

#[derive(Clone, Debug)]
enum Node {
    Leaf(Vec<Leaf>),
    Branch(Box<[Trie; 16]>),
}

impl Default for Trie {
    fn default() -> Self {
        Self {
            node: Node::Leaf(Vec::new()),
            len: 0,
            digest: Cell::new(None),
        }
    }
}

impl Trie {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The digest of the ids, the same for the same set.
    pub(super) fn digest(&self) -> Digest {
        if let Some(digest) = self.digest.get() {
            return digest;
        }
        let mut hasher = blake3::Hasher::new_derive_key("aura 2026 journal trie v1");
        match &self.node {
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
        let digest = *hasher.finalize().as_bytes();
        self.digest.set(Some(digest));
        digest
    }

    pub(super) fn contains(&self, id: FactId) -> bool {
        let (mut trie, mut depth) = (self, 0);
        loop {
            match &trie.node {
                Node::Branch(parts) => trie = &parts[nibble(id, depth)],
                Node::Leaf(leaves) => return leaves.binary_search_by_key(&id, |it| it.id).is_ok(),
            }
            depth += 1;
        }
    }

    /// Whether the fact is new.
    pub(super) fn insert(&mut self, leaf: Leaf) -> bool {
        self.put(leaf, 0)
    }

    fn put(&mut self, leaf: Leaf, depth: usize) -> bool {
        let is_new = match &mut self.node {
            Node::Branch(parts) => parts[nibble(leaf.id, depth)].put(leaf, depth + 1),
            Node::Leaf(leaves) => match leaves.binary_search_by_key(&leaf.id, |it| it.id) {
                Ok(_) => false,
                Err(at) => {
                    leaves.insert(at, leaf);
                    if leaves.len() > FEW {
                        self.node = split(mem::take(leaves), depth);
                    }
                    true
                }
            },
        };
        if is_new {
            self.len += 1;
            self.digest.set(None);
        }
        is_new
    }

    /// Takes in what `other` has and this has not, as `wanted` allows. Parts with equal digests are not
    /// entered; how many nodes were is the answer's second half, the first how many facts were new.
    pub(super) fn merge(
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
        if other.len == 0 || self.digest() == other.digest() {
            return (0, 0);
        }
        let (mut new, mut entered) = (0, 1);
        match (&mut self.node, &other.node) {
            (Node::Branch(mine), Node::Branch(theirs)) => {
                for (mine, theirs) in mine.iter_mut().zip(theirs.iter()) {
                    let (n, e) = mine.join(theirs, depth + 1, wanted);
                    (new, entered) = (new + n, entered + e);
                }
                self.len += new;
            }
            _ => {
                for leaf in other.iter() {
                    if !self.contains_below(leaf.id, depth)
                        && let Some(leaf) = wanted(leaf)
                    {
                        new += usize::from(self.put(leaf, depth));
                    }
                }
            }
        }
        if new > 0 {
            self.digest.set(None);
        }
        (new, entered)
    }

    fn contains_below(&self, id: FactId, depth: usize) -> bool {
        match &self.node {
            Node::Branch(parts) => parts[nibble(id, depth)].contains_below(id, depth + 1),
            Node::Leaf(leaves) => leaves.binary_search_by_key(&id, |leaf| leaf.id).is_ok(),
        }
    }

    /// Keeps the facts for which `keep` holds.
    pub(super) fn retain(&mut self, keep: &mut dyn FnMut(&Leaf) -> bool) {
        let before = self.len;
        match &mut self.node {
            Node::Leaf(leaves) => {
                leaves.retain(keep);
                self.len = leaves.len();
            }
            Node::Branch(parts) => {
                self.len = 0;
                for part in parts.iter_mut() {
                    part.retain(keep);
                    self.len += part.len;
                }
                if self.len <= FEW {
                    self.node = Node::Leaf(self.iter().cloned().collect());
                }
            }
        }
        if self.len < before {
            self.digest.set(None);
        }
    }

    /// Every fact, in the order of the ids.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Leaf> {
        let mut open = vec![self];
        let mut leaves = [].iter();
        std::iter::from_fn(move || {
            loop {
                if let Some(leaf) = leaves.next() {
                    return Some(leaf);
                }
                match &open.pop()?.node {
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

fn split(leaves: Vec<Leaf>, depth: usize) -> Node {
    let mut parts: [Trie; 16] = Default::default();
    for leaf in leaves {
        parts[nibble(leaf.id, depth)].put(leaf, depth + 1);
    }
    Node::Branch(Box::new(parts))
}
