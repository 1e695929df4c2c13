//! `aura-dsl export`: `.aura` to other notations.

use std::path::Path;

use aura_dsl::check::Checked;
use aura_dsl::compile::{Compilation, compile};
use aura_dsl::diag::render::render;
use aura_dsl::emit::nuscr::nuscr;
use aura_dsl::source::NoImports;
use aura_dsl::verdict::Verdict;

use super::sizes::Sizes;
use super::{compile_input, judged};
use crate::arguments::{ExportArgs, ExportFormat};
use crate::files::Input;
use crate::terminal::{Outcome, Terminal};

pub(crate) fn run(args: &ExportArgs, terminal: &mut Terminal) -> Outcome {
    let input = if args.path == Path::new("-") {
        Input::Standard
    } else {
        Input::File(args.path.clone())
    };
    let compilation = match compile_input(&input, args.root.as_deref(), &Sizes::none()) {
        Ok(compilation) => compilation,
        Err(why) => {
            terminal.error(&why);
            return Outcome::Usage;
        }
    };
    terminal.diagnostic(&render(
        &compilation.sources,
        &compilation.report,
        terminal.color(),
    ));
    let outcome = judged(&compilation, None);
    let Some(program) = &compilation.program else {
        return outcome;
    };
    let ExportFormat::Nuscr = args.format;
    let text = match nuscr(Checked::protocols(program)) {
        Ok(text) => text,
        Err(found) => {
            terminal.diagnostic(&render(&compilation.sources, &found, terminal.color()));
            return Outcome::Failed;
        }
    };
    let again = compile("export.nuscr", "export.nuscr", &text, &NoImports);
    if verdicts(&again) != verdicts(&compilation) {
        terminal.error(
            "without the labels of its branches this protocol has another verdict: some role tells \
             branches apart by them; give the first messages of the branches different labels",
        );
        return Outcome::Failed;
    }
    terminal.result(&text);
    outcome
}

fn verdicts(compilation: &Compilation) -> Vec<Option<Verdict>> {
    let all = compilation.protocols.iter();
    all.map(|found| Some(found.as_ref()?.decision.verdict))
        .collect()
}
