//! `aura-dsl explain`: the rules.

use aura_dsl::diag::codes::{ALL, Code};

use crate::arguments::ExplainArgs;
use crate::terminal::{Outcome, Terminal};

pub(crate) fn run(args: &ExplainArgs, terminal: &mut Terminal) -> Outcome {
    let Some(name) = &args.code else {
        for code in ALL {
            terminal.result(&format!("{}  {}\n", code.name(), code.title()));
        }
        return Outcome::Fine;
    };
    let Some(code) = Code::find(name) else {
        let hint = "`aura-dsl explain` lists all codes";
        terminal.error(&format!("there is no code `{name}`; {hint}"));
        return Outcome::Usage;
    };
    let page = code.page().trim_end();
    terminal.result(&format!("# {}: {}\n\n{page}\n", code.name(), code.title()));
    Outcome::Fine
}
