//! Resolves names: from the syntax trees of a text and its imports to global protocols.
//!
//! In: a parsed text and a loader for what it imports. Out: a [`Program`] with ids in place of
//! names, calls inlined, contexts pushed onto sends, families split where ranges need it. What
//! holds: every id indexes its table; all errors of the stage were collected before it fails, each
//! at the token that causes it, in the file that contains it. All files share one space of names,
//! so a name means the same everywhere. Left out on purpose: rules about the shape of a protocol,
//! which `check` decides on the tree that comes out.

mod annotations;
mod arguments;
mod attributes;
mod calls;
mod contexts;
mod declare;
mod imports;
mod labels;
mod locals;
mod members;
mod messages;
mod nearest;
mod parties;
mod phrase;
mod protocol;
mod roles;
mod rounds;
mod splits;
mod steps;
mod type_circles;
mod types;
mod unused;

use crate::ast;
use crate::diag::Report;
use crate::global::Program;
use crate::source::{Loader, Sources};

pub(crate) use types::{alike, plain_name};

/// Resolves `root`, whose text is in `sources` and whose key for the loader is `key`. Imported
/// texts are loaded, added to `sources` and parsed here.
///
/// # Errors
///
/// All errors of the stage, those of parsing the imports included, together with its warnings.
pub fn resolve(
    root: &ast::File,
    sources: &mut Sources,
    key: &str,
    loader: &dyn Loader,
) -> Result<Program, Report> {
    let mut report = Report::default();
    let imported = imports::load(root, sources, key, loader, &mut report);
    let files: Vec<&ast::File> = imported.iter().chain([root]).collect();
    let mut declared = declare::declare(&files, root.id, &mut report);
    types::check_declarations(&mut declared, &mut report);

    let mut demanded = vec![false; declared.capabilities.len()];
    let mut budget = protocol::Budget::default();
    let mut protocols = Vec::new();
    let mut imported_protocols = Vec::new();
    for index in 0..declared.protocols.len() {
        let stage = protocol::Stage {
            declared: &declared,
            sources,
            report: &mut report,
            budget: &mut budget,
            demanded: &mut demanded,
        };
        let resolved = protocol::resolve(index, stage);
        if declared.protocols[index].file == root.id {
            protocols.push(resolved);
        } else {
            imported_protocols.push(resolved);
        }
    }
    unused::capabilities(&declared, &demanded, &mut report);
    let all = protocols.iter().chain(&imported_protocols);
    unused::types(&declared, all, &mut report);

    report.sort();
    if report.has_errors() {
        return Err(report);
    }
    Ok(Program {
        protocols,
        imported: imported_protocols,
        types: declared.types.decls,
        warnings: report,
    })
}
