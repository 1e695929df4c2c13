//! A local step reads what its role has on every path that leads to it. (DECISIONS 30.)

use super::knowledge::{self, At, Item};
use super::walk;
use crate::diag::{Diagnostic, Report, codes};
use crate::global::{Local, LocalArg, Protocol};
use crate::source::Span;

/// Reports arguments that are not there on some path.
pub(super) fn check(protocol: &Protocol, report: &mut Report) {
    if protocol.locals.iter().all(|local| local.args.is_empty()) {
        return;
    }
    knowledge::each(protocol, &mut |known, at| {
        let At::Local(local) = at else { return };
        for (arg, span) in &local.args {
            let have = match arg {
                LocalArg::Received(label) => {
                    let received = [Item::Received(*label), Item::Gathered(*label)];
                    received.into_iter().any(|item| known.has(&local.at, item))
                }
                LocalArg::Result(_) => {
                    name(protocol, arg).is_some_and(|name| known.has(&local.at, Item::Result(name)))
                }
            };
            if !have {
                report.push(absent(protocol, local, arg, *span));
            }
        }
    });
}

/// What a local step's argument is called.
pub(super) fn name<'p>(protocol: &'p Protocol, arg: &LocalArg) -> Option<&'p str> {
    match arg {
        LocalArg::Received(label) => Some(&protocol.labels[label.index()].name),
        LocalArg::Result(id) => {
            let result = protocol.locals[id.index()].result.as_ref();
            result.map(|(name, _)| &**name)
        }
    }
}

fn absent(protocol: &Protocol, local: &Local, arg: &LocalArg, span: Span) -> Diagnostic {
    let name = name(protocol, arg).unwrap_or_default();
    let role = walk::name(protocol, &local.at);
    let message = format!("`{role}` does not have `{name}` on every path to this step");
    Diagnostic::new(codes::E0314, span, message)
        .help("a local step reads labels that its role received, and results of its earlier steps")
}
