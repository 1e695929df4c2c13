//! The comparison: what the compiler says of a text, and what exploring its machines shows.
//!
//! In: a text. Out: whether both agree. What holds: an implementable protocol shows no fault at
//! any size that is tried, a refused one shows the fault of its verdict at one of them. A refusal
//! by a rule that is stricter than necessary on purpose need not show one, and is counted apart.

use aura_dsl::diag::Report;
use aura_dsl::global::{Block, Protocol, Size, Step, TypeDecl};
use aura_dsl::local::Locals;
use aura_dsl::source::{NoImports, Sources};
use aura_dsl::verdict::{Decision, Verdict};
use aura_dsl::{automaton, check, parse, project, resolve};

use super::cast::{Cast, Sizes, Unfit, blocks};
use super::elaborate::elaborate;
use super::explorer::{Effort, Fault, Findings, MOST_FRAMES, explore};
use super::monitor::Monitor;
use super::troupe::assemble;
use super::unlabelled;

/// A protocol that the compiler decided.
pub struct Case {
    /// The protocol.
    pub protocol: Protocol,
    /// The verdict.
    pub decision: Decision,
    /// The machines.
    pub locals: Option<Locals>,
    /// The payload types that the text declares.
    pub types: Vec<TypeDecl>,
    /// The text.
    pub sources: Sources,
}

/// Runs the compiler's stages. The error is the code of the first one.
pub fn compile(text: &str) -> Result<Case, String> {
    let mut sources = Sources::default();
    let id = sources.add("drawn.aura", text);
    let code = |report: Report| {
        let first = report.errors().next();
        first.map_or(String::new(), |error| {
            format!("{}: {}", error.code, error.message)
        })
    };
    let mut file = parse::parse(id, text).map_err(code)?;
    if text.starts_with(unlabelled::MARK) {
        unlabelled::take_labels(&mut file);
    }
    let program = resolve::resolve(&file, &mut sources, "drawn.aura", &NoImports).map_err(code)?;
    let checked = check::check(program).map_err(code)?;
    let protocol = checked.protocols().last().ok_or("no protocol")?;
    let automata = automaton::automaton(protocol).map_err(code)?;
    let projection = project::project(protocol, &automata).map_err(code)?;
    Ok(Case {
        protocol: protocol.clone(),
        decision: projection.decision,
        locals: projection.locals,
        types: checked.program().types.clone(),
        sources,
    })
}

/// What came of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Both say the same.
    Agreed,
    /// Refused by a rule that is stricter than necessary, and no fault was found.
    Conservative,
    /// Not looked at.
    Unfit(Unfit),
    /// They differ: what the judge says.
    Differs(String),
}

/// What came of a comparison, and how much work it was.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// What came of it.
    pub outcome: Outcome,
    /// Configurations that were looked at.
    pub configs: usize,
}

/// Compares.
pub fn compare(case: &Case, effort: Effort) -> Comparison {
    let mut configs = 0;
    let mut outcome = weigh(case, effort, &mut configs);
    if matches!(&outcome, Outcome::Differs(_)) && case.decision.verdict == Verdict::NotImplementable
    {
        // An overtaking message may need more room than a stable answer suggests.
        let roomy = Effort {
            capacity: MOST_FRAMES,
            ..effort
        };
        outcome = weigh(case, roomy, &mut configs);
    }
    Comparison { outcome, configs }
}

fn weigh(case: &Case, effort: Effort, configs: &mut usize) -> Outcome {
    let wanted = case.decision.verdict;
    let Some(locals) = &case.locals else {
        return Outcome::Unfit(Unfit::Unknown("no machines"));
    };
    let mut shown = false;
    let mut too_large = false;
    for sizes in sizes(&case.protocol) {
        let findings = match play(&case.protocol, locals, &sizes, effort) {
            Ok((findings, run)) => {
                *configs += findings.configs;
                if let Some(difference) = contradicts(wanted, &findings) {
                    return Outcome::Differs(format!(
                        "at {}: {difference:?}: {run}",
                        at(case, &sizes)
                    ));
                }
                findings
            }
            Err(unfit) => return Outcome::Unfit(unfit),
        };
        too_large |= findings.too_large;
        shown |= findings.faults.keys().any(|fault| shows(wanted, *fault));
        if shown && wanted == Verdict::NotImplementable {
            return Outcome::Agreed;
        }
    }
    match wanted {
        _ if too_large => Outcome::Unfit(Unfit::TooLarge),
        Verdict::Implementable => Outcome::Agreed,
        Verdict::OutsideClass => Outcome::Unfit(Unfit::Unknown("outside the class")),
        _ if shown => Outcome::Agreed,
        _ if is_conservative(case) => Outcome::Conservative,
        _ => Outcome::Differs(format!("nothing shows that it is {}", wanted.name())),
    }
}

/// Explores at one size; beside the findings, the worst fault's run as text.
pub fn play(
    protocol: &Protocol,
    locals: &Locals,
    sizes: &Sizes,
    effort: Effort,
) -> Result<(Findings, String), Unfit> {
    let mut cast = Cast::new(protocol, sizes.clone());
    let (tree, root) = elaborate(&mut cast)?;
    let troupe = assemble(&mut cast, locals)?;
    let mut monitor = Monitor::new(tree, root);
    let findings = explore(&troupe, Some(&mut monitor), effort);
    let run = findings
        .faults
        .values()
        .next()
        .map_or(String::new(), |run| {
            let steps = run.iter().map(|(actor, event)| cast.show(*actor, *event));
            steps.collect::<Vec<_>>().join(", ")
        });
    Ok((findings, run))
}

fn at(case: &Case, sizes: &Sizes) -> String {
    let symbols = case.protocol.sizes.iter().zip(&sizes.0);
    let symbols = symbols.map(|(symbol, value)| format!("{}={value}", symbol.name));
    symbols.collect::<Vec<_>>().join(",")
}

/// A fault that the verdict rules out.
fn contradicts(verdict: Verdict, findings: &Findings) -> Option<Fault> {
    let excluded = |fault: &&Fault| match verdict {
        Verdict::Implementable => true,
        Verdict::MayWait => fault.is_hard(),
        Verdict::Starvation => fault.is_hard() || **fault == Fault::MayWait,
        Verdict::NotImplementable | Verdict::OutsideClass => false,
    };
    findings.faults.keys().find(excluded).copied()
}

/// Whether a fault is what a verdict speaks of.
pub fn shows(verdict: Verdict, fault: Fault) -> bool {
    match verdict {
        Verdict::NotImplementable => fault.is_hard(),
        Verdict::MayWait => fault == Fault::MayWait,
        Verdict::Starvation => fault == Fault::Starvation,
        Verdict::Implementable | Verdict::OutsideClass => false,
    }
}

/// Whether only rules that are stricter than necessary speak against a protocol: DELIM where it
/// has rounds, and a role that must know of a `par` before its first step in it.
fn is_conservative(case: &Case) -> bool {
    let Some(shown) = &case.decision.counterexample else {
        return false;
    };
    let hard = ["send validity", "receive validity", "no mixed choice"];
    let mut failed = case.decision.properties.iter();
    let fails_otherwise = failed.any(|property| !property.holds && hard.contains(&property.name));
    let is_round = shown
        .reason
        .ends_with("cannot tell whether a round is over");
    let by_rounds = is_round && !fails_otherwise && has_rounds(&case.protocol.body);
    by_rounds || shown.reason.contains("enter the `par`")
}

/// Whether something is done once for each member or a number of times.
fn has_rounds(block: &Block) -> bool {
    let is_round = |step: &Step| matches!(step, Step::For(_) | Step::Counted(_));
    let mut inner = block.steps.iter().flat_map(blocks);
    block.steps.iter().any(is_round) || inner.any(has_rounds)
}

/// The sizes to try, the most telling first.
pub fn sizes(protocol: &Protocol) -> Vec<Sizes> {
    const MOST: usize = 6;
    let families: Vec<&Size> = protocol
        .roles
        .iter()
        .filter_map(|role| role.family.as_ref())
        .collect();
    let mut all: Vec<(usize, Vec<u64>)> = vec![(0, Vec::new())];
    for (index, symbol) in protocol.sizes.iter().enumerate() {
        let is_family = families
            .iter()
            .any(|size| matches!(size, Size::Symbol(id) if id.index() == index));
        let least = symbol.at_least;
        let values = if is_family {
            [least.max(2), least.max(1), least.max(3)]
        } else {
            [least.max(1), least.max(2), least]
        };
        let mut next = Vec::new();
        for (cost, chosen) in &all {
            for (rank, value) in values.iter().enumerate() {
                if values[..rank].contains(value) {
                    continue;
                }
                let mut chosen = chosen.clone();
                chosen.push(*value);
                next.push((cost + rank, chosen));
            }
        }
        next.sort();
        next.truncate(60);
        all = next;
    }
    all.sort();
    let sizes = all.into_iter().map(|(_, values)| Sizes(values));
    let fits = |sizes: &Sizes| {
        let symbols = protocol.sizes.iter().zip(&sizes.0);
        let below = symbols
            .flat_map(|(symbol, value)| symbol.at_most.iter().map(move |most| (most, value)));
        below
            .into_iter()
            .all(|(most, value)| *value <= sizes.of(most))
    };
    sizes.filter(fits).take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::{compile, sizes};

    #[test]
    fn sizes_give_every_part_of_a_split_family_a_member() {
        let text = "#[namespace = \"t\"] protocol P { roles: C, Q[m], W[k]; \
                    C -> Q[*]: A; C -> W[0..s]: B; C -> W[s..k]: D; }";
        let case = compile(text).expect("it compiles");
        let symbols = case.protocol.sizes.iter().map(|symbol| symbol.name.clone());
        let symbols: Vec<String> = symbols.collect();
        let all = sizes(&case.protocol);
        let both = all.iter().any(|sizes| {
            case.protocol
                .roles
                .iter()
                .all(|role| role.family.as_ref().is_none_or(|size| sizes.of(size) > 0))
        });
        assert!(both, "{symbols:?} {all:?}");
    }
}
