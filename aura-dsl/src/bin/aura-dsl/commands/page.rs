//! `--format html`: the page of `project` and of `audit`, which is the same page.
//!
//! What holds: `project --sizes` decides these sizes, and the page is about nothing else; `audit
//! --sizes` fills them into the fields of a page that holds for all sizes.

use std::collections::BTreeMap;

use aura_dsl::audit::{Audit, audit, resilience};
use aura_dsl::compile::{Compilation, Compiled};
use aura_dsl::emit::Subject;
use aura_dsl::emit::html::{Page, Unit};
use aura_dsl::emit::json::report;

use super::subjects;
use crate::files::Input;

/// Adds what was compiled of a text. A protocol that `wanted` refuses is left out.
pub(crate) fn add(
    page: &mut Page,
    input: &Input,
    compilation: &Compilation,
    role: Option<&str>,
    sizes: &BTreeMap<String, u64>,
    mut wanted: impl FnMut(&Subject<'_>) -> bool,
) {
    let mut protocols: Vec<(String, Option<(Subject<'_>, Audit)>)> = Vec::new();
    if compilation.program.is_none() {
        let text = &compilation.sources.file(compilation.root).text;
        protocols.extend(report::names(text).into_iter().map(|name| (name, None)));
    }
    let compiled = compilation.protocols.iter().map(Option::as_ref);
    for ((protocol, subject), compiled) in subjects(compilation).zip(compiled) {
        let found = subject.zip(compiled);
        if found.is_some_and(|(subject, _)| !wanted(&subject)) {
            continue;
        }
        let found = found.map(|(subject, compiled)| (subject, whole(&subject, compiled)));
        protocols.push((protocol.name.clone(), found));
    }
    page.add(&Unit {
        path: &input.shown(),
        sources: &compilation.sources,
        report: &compilation.report,
        protocols: &protocols,
        role,
        sizes,
    });
}

/// The audit with what crashes and slow receivers do.
fn whole(subject: &Subject<'_>, compiled: &Compiled) -> Audit {
    let mut audit = audit(subject.protocol);
    audit.resilience = Some(resilience(subject.protocol, &compiled.automata));
    audit
}
