//! The invariants of the repository that no compiler checks, as tests.
//!
//! Each rule is a function from the [`Tree`](tidy::tree::Tree) of source texts to its findings. A
//! rule comes with two tests: the repository has no finding, and a planted violation has one, so a
//! rule that has gone blind is noticed. `ARCHITECTURE.md` says what the rules are for.

mod tidy {
    pub(crate) mod codes;
    pub(crate) mod edges;
    pub(crate) mod layout;
    pub(crate) mod licences;
    pub(crate) mod links;
    pub(crate) mod text;
    pub(crate) mod tree;
}
