//! `cargo xtask NAME`: whatever a developer does by hand more than once.
//!
//! In: a task's name and its arguments. Out: exit code 0, or 1 with what went wrong, or 2 for a
//! task that does not exist. A new task is a file with a public `run` and a line in [`TASKS`].

mod bench_compile;
mod bench_generated;
mod bench_ledger;
mod bench_peers;
mod bless;
mod budget_walks;
mod ci;
mod fault;
mod frames;
mod fuzz;
mod judge;
mod kill9;
mod page;
mod plant_guard;
mod plant_projection;
mod process;

use std::error::Error;
use std::process::ExitCode;

/// How a task ends.
type Outcome = Result<(), Box<dyn Error>>;

struct Task {
    name: &'static str,
    about: &'static str,
    run: fn(&[String]) -> Outcome,
}

const TASKS: &[Task] = &[
    Task {
        name: "bench-compile",
        about: "time `check` and `project` over generated families; [--rounds N] [--only FAMILY] [--dry]",
        run: bench_compile::run,
    },
    Task {
        name: "bench-generated",
        about: "time rustc over generated code and over the same by hand; [--rounds N] [--sizes N,N] [--dry]",
        run: bench_generated::run,
    },
    Task {
        name: "bench-ledger",
        about: "time durable sends, the guard chain and a journal of many facts; [--rounds N] [--facts N] [--from FILE] [--dry]",
        run: bench_ledger::run,
    },
    Task {
        name: "bench-peers",
        about: "time sessions beside other systems; [--rounds N] [--from FOLDER] [--dry]",
        run: bench_peers::run,
    },
    Task {
        name: "bless",
        about: "accept every snapshot and write every audit.txt as the compiler prints them now",
        run: bless::run,
    },
    Task {
        name: "budget-walks",
        about: "walk devices that share a budget beside their model; [--walks N]",
        run: budget_walks::run,
    },
    Task {
        name: "ci",
        about: "run the checks of .ci/run, all or those named; [STEP ..]",
        run: ci::run,
    },
    Task {
        name: "frames",
        about: "send a million bad frames through the endpoint and the reader; [--count N]",
        run: frames::run,
    },
    Task {
        name: "fuzz",
        about: "fuzz the compiler and the endpoint, every target or one; [TARGET] [--seconds N]",
        run: fuzz::run,
    },
    Task {
        name: "judge",
        about: "compare verdicts with explorations of random protocols; [--count N] [--seed N]",
        run: judge::run,
    },
    Task {
        name: "kill9",
        about: "kill a process that sends under load, and see that nothing is lost or free; [--kills N]",
        run: kill9::run,
    },
    Task {
        name: "plant-guard",
        about: "break the guard chain and what stands around it, fault by fault, and see a test find it; [NAME ..]",
        run: plant_guard::run,
    },
    Task {
        name: "plant-projection",
        about: "break the projection on purpose, fault by fault, and see the judge find it; [--count N] [NAME ..]",
        run: plant_projection::run,
    },
];

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_else(|| "help".to_owned());
    let rest: Vec<String> = arguments.collect();
    if matches!(name.as_str(), "help" | "--help" | "-h") {
        print!("{}", help());
        return ExitCode::SUCCESS;
    }
    let Some(task) = TASKS.iter().find(|task| task.name == name) else {
        eprint!("there is no task `{name}`\n\n{}", help());
        return ExitCode::from(2);
    };
    match (task.run)(&rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{name}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn help() -> String {
    let width = TASKS.iter().map(|task| task.name.len()).max().unwrap_or(0);
    let lines = TASKS
        .iter()
        .map(|task| format!("    {:width$}  {}\n", task.name, task.about));
    format!(
        "cargo xtask TASK [ARGUMENTS]\n\n{}",
        lines.collect::<String>()
    )
}
