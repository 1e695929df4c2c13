//! Counted rounds, a round for each member, and a message that may come from either of two.

use aura_runtime::session::Session;

use crate::forms::cast::{Part, Seen, Step, play, sent};
pub(crate) use crate::forms::rounds::{several_senders::either, tour};

play!(tour::Tour, [2, 2], [tour::A, tour::B, tour::Q]);

impl Part for tour::A {
    async fn step(session: &mut Session<Self>, seen: &Seen) -> Step {
        match session.resume().await {
            tour::a::At::ToStart(state) => sent(state.start().await),
            tour::a::At::ToTask(state) => {
                let member = state.task_peer().unwrap().index();
                sent(state.task(member * 100).await)
            }
            tour::a::At::AwaitPart(state) => {
                seen.hear(format!("part {}", state.part().await?.0));
                Ok(true)
            }
            tour::a::At::ToCopy(state) => {
                sent(state.copy(u32::try_from(seen.count()).unwrap()).await)
            }
            tour::a::At::ToThanks(state) => sent(state.thanks().await),
            tour::a::At::ToEnd(state) => sent(state.end().await),
            tour::a::At::End(_) => Ok(false),
        }
    }
}

impl Part for tour::B {
    async fn step(session: &mut Session<Self>, seen: &Seen) -> Step {
        match session.resume().await {
            tour::b::At::AwaitStart(state) => {
                let _ = state.start().await?;
                seen.hear("start");
                Ok(true)
            }
            tour::b::At::AwaitCopy(state) => {
                seen.hear(format!("copy {}", state.copy().await?.0));
                Ok(true)
            }
            tour::b::At::AwaitEnd(state) => {
                let _ = state.end().await?;
                seen.hear("end");
                Ok(true)
            }
            tour::b::At::End(_) => Ok(false),
        }
    }
}

impl Part for tour::Q {
    async fn step(session: &mut Session<Self>, seen: &Seen) -> Step {
        match session.resume().await {
            tour::q::At::AwaitTask(state) => {
                seen.hear(format!("task {}", state.task().await?.0));
                Ok(true)
            }
            tour::q::At::ToPart(state) => sent(state.part(5).await),
            tour::q::At::AwaitThanks(state) => {
                let _ = state.thanks().await?;
                seen.hear("thanks");
                Ok(true)
            }
            tour::q::At::End(_) => Ok(false),
        }
    }
}

play!(either::Either, [], [either::A, either::B, either::C]);

impl Part for either::A {
    async fn step(session: &mut Session<Self>, _: &Seen) -> Step {
        match session.resume().await {
            either::a::At::ToDirectOrPass(state) => sent(state.pass(2).await),
            either::a::At::ToSkip(state) => sent(state.skip().await),
            either::a::At::End(_) => Ok(false),
        }
    }
}

impl Part for either::B {
    async fn step(session: &mut Session<Self>, seen: &Seen) -> Step {
        match session.resume().await {
            either::b::At::AwaitSkipOrPass(state) => {
                match state.receive().await? {
                    either::b::SkipOrPass::Skip(_) => seen.hear("skip"),
                    either::b::SkipOrPass::Pass(..) => seen.hear("pass"),
                }
                Ok(true)
            }
            either::b::At::ToPassed(state) => sent(state.passed(7).await),
            either::b::At::End(_) => Ok(false),
        }
    }
}

impl Part for either::C {
    async fn step(session: &mut Session<Self>, seen: &Seen) -> Step {
        match session.resume().await {
            either::c::At::AwaitDirectOrPassed(state) => {
                match state.receive().await? {
                    either::c::DirectOrPassed::Direct(..) => seen.hear("direct"),
                    either::c::DirectOrPassed::Passed(..) => seen.hear("passed"),
                }
                Ok(true)
            }
            either::c::At::End(_) => Ok(false),
        }
    }
}
