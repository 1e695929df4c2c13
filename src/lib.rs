//! The package at the workspace's root: it owns `examples/` and `tests/` and exports nothing.
//! The compiler is `aura-dsl`, the runtime `aura-runtime`, the macros `aura-macros`.
