//! What things are called in nuScr: names that are words there get a `_`, types get a declaration.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::ast::Type;
use crate::emit::name::payload_type;

/// Words that begin something in Scribble or nuScr.
const WORDS: &[&str] = &[
    "and",
    "as",
    "at",
    "aux",
    "by",
    "calls",
    "catches",
    "choice",
    "connect",
    "continue",
    "data",
    "disconnect",
    "do",
    "explicit",
    "from",
    "global",
    "import",
    "instantiates",
    "interruptible",
    "local",
    "module",
    "nested",
    "new",
    "or",
    "par",
    "protocol",
    "rec",
    "reliable",
    "role",
    "safe",
    "self",
    "sig",
    "spawn",
    "throws",
    "to",
    "type",
    "typedef",
    "with",
    "wrap",
];

/// A name as nuScr takes it.
pub(super) fn word(name: &str) -> String {
    if WORDS.contains(&name) {
        format!("{name}_")
    } else {
        name.to_owned()
    }
}

/// A namespace as a module's name: words with dots between them.
pub(super) fn module(namespace: &str) -> String {
    let parts = namespace.split('.').map(|part| {
        let kept = part
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' });
        let kept: String = kept.collect();
        if kept.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            word(&kept)
        } else {
            format!("_{kept}")
        }
    });
    parts.collect::<Vec<_>>().join(".")
}

/// The types that payloads have used, by what they are here.
#[derive(Default)]
pub(super) struct Called {
    by_type: BTreeMap<String, String>,
    taken: BTreeSet<String>,
}

impl Called {
    /// What a type is called; one that is not built in is declared.
    pub(super) fn ty(&mut self, ty: &Type) -> String {
        let here = payload_type(ty);
        match here.as_str() {
            "i64" => return "int".to_owned(),
            "String" => return "string".to_owned(),
            "bool" => return "bool".to_owned(),
            "()" => return "unit".to_owned(),
            _ => {}
        }
        if let Some(known) = self.by_type.get(&here) {
            return known.clone();
        }
        let kept = here
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' });
        let kept: String = kept.collect();
        let mut name = kept.trim_matches('_').to_owned();
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            name.insert(0, 'T');
        }
        let reserved = |name: &str| {
            WORDS.contains(&name) || matches!(name, "int" | "string" | "bool" | "unit")
        };
        while reserved(&name) || self.taken.contains(&name) {
            name.push('_');
        }
        self.taken.insert(name.clone());
        self.by_type.insert(here, name.clone());
        name
    }

    /// The declarations, in the order of the types.
    pub(super) fn types(&self) -> String {
        let mut out = String::new();
        for (here, name) in &self.by_type {
            let _ = writeln!(out, "type <aura> \"{here}\" from \"aura\" as {name};");
        }
        out
    }
}
