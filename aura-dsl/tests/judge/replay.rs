//! The compiler's counterexamples, played.
//!
//! In: a refused protocol with the runs that the compiler prints. Out: whether the machines can
//! play one of these runs, message by message, and then get into the trouble that the verdict
//! speaks of.

use aura_dsl::global::{Size, SizeId};

use super::cast::{Cast, Sizes};
use super::elaborate::elaborate;
use super::explorer::{Effort, Script, replay};
use super::monitor::Monitor;
use super::troupe::assemble;
use super::verdict::{Case, shows};

/// Whether some run of the counterexample leads to the fault of the verdict, at the sizes at which
/// the compiler decides: two or three members, or four where a constant asks for them, one answer
/// for a quorum, two rounds.
pub fn replays(case: &Case, effort: Effort) -> bool {
    let parts: Vec<&Size> = case
        .protocol
        .roles
        .iter()
        .filter_map(|role| role.part.as_ref().map(|part| &part.offset))
        .collect();
    let is_split = |id: usize| {
        parts
            .iter()
            .any(|part| **part == Size::Symbol(SizeId::of(id)))
    };
    let is_whole = |id: usize| {
        case.protocol.roles.iter().any(|role| match &role.family {
            Some(Size::Difference(whole, _)) => **whole == Size::Symbol(SizeId::of(id)),
            _ => false,
        })
    };
    let is_family = |id: usize| {
        let mut families = case.protocol.roles.iter();
        families.any(|role| role.family == Some(Size::Symbol(SizeId::of(id))))
    };
    let bounded = |id: usize| !case.protocol.sizes[id].at_most.is_empty();
    [(2, 2), (3, 2), (3, 0), (2, 0), (4, 2)]
        .into_iter()
        .any(|(members, part)| {
            let symbols = 0..case.protocol.sizes.len();
            let values = symbols.map(|id| match () {
                () if is_split(id) => part,
                () if is_whole(id) => part + 2,
                () if is_family(id) => members,
                () if bounded(id) => 1,
                () => 2,
            });
            replays_at(case, Sizes(values.collect()), effort)
        })
}

fn replays_at(refused: &Case, sizes: Sizes, effort: Effort) -> bool {
    let mut cast = Cast::new(&refused.protocol, sizes);
    let (Some(locals), Some(shown)) = (&refused.locals, &refused.decision.counterexample) else {
        return false;
    };
    let Ok((tree, root)) = elaborate(&mut cast) else {
        return false;
    };
    let Ok(troupe) = assemble(&mut cast, locals) else {
        return false;
    };
    let mut monitor = Monitor::new(tree, root);
    shown.runs.iter().any(|run| {
        let script: Script = run
            .events
            .iter()
            .filter_map(|event| {
                let to = event.to.as_ref()?;
                let label = cast.spelled(&event.label);
                Some((cast.called(&event.from), cast.called(to), label))
            })
            .collect();
        let findings = replay(&troupe, &mut monitor, effort, &script);
        let mut faults = findings.faults.keys();
        faults.any(|fault| shows(refused.decision.verdict, *fault))
    })
}
