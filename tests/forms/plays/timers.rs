//! Timers: in time, late, nested, and with nothing to do when it is late.

use aura_runtime::session::Session;

use crate::forms::cast::{Part, Seen, Step, play, sent};
pub(crate) use crate::forms::timeouts::{best_effort::best_effort, nested::nested, round};

play!(round::Round, [3, 2], [round::P, round::Q], {
    const TIMED: bool = true;
});

impl Part for round::P {
    async fn step(session: &mut Session<Self>, seen: &Seen) -> Step {
        match session.resume().await {
            round::p::At::ToPropose(state) => sent(state.propose(1).await),
            round::p::At::AwaitApproveOrLate(state) => {
                match state.approve().await? {
                    round::p::ApproveOrLate::Approve(answers, _) => {
                        seen.hear(format!("{} approve", answers.len()));
                    }
                    round::p::ApproveOrLate::Late(_) => seen.hear("late"),
                }
                Ok(true)
            }
            round::p::At::ToCommit(state) => sent(state.commit(2).await),
            round::p::At::ToAbort(state) => sent(state.abort().await),
            round::p::At::End(_) => Ok(false),
        }
    }
}

impl Part for round::Q {
    async fn step(session: &mut Session<Self>, seen: &Seen) -> Step {
        let index = session.member().index();
        match session.resume().await {
            round::q::At::AwaitPropose(state) => {
                let _ = state.propose().await?;
                seen.hear("proposed");
                Ok(true)
            }
            round::q::At::ToApprove(state) if index == 1 => sent(state.abstain().await),
            round::q::At::ToApprove(state) => sent(state.approve(10).await),
            round::q::At::AwaitCommitOrAbort(state) => {
                match state.receive().await? {
                    round::q::CommitOrAbort::Commit(..) => seen.hear("commit"),
                    round::q::CommitOrAbort::Abort(_) => seen.hear("abort"),
                }
                Ok(true)
            }
            round::q::At::End(_) => Ok(false),
        }
    }
}

play!(nested::Nested, [], [nested::A, nested::B, nested::C], {
    const TIMED: bool = true;
});

impl Part for nested::A {
    async fn step(session: &mut Session<Self>, seen: &Seen) -> Step {
        match session.resume().await {
            nested::a::At::ToX(state) => sent(state.x().await),
            nested::a::At::AwaitOkOrAb(state) => {
                match state.receive().await? {
                    nested::a::OkOrAb::Ok(_) => seen.hear("ok"),
                    nested::a::OkOrAb::Ab(_) => seen.hear("ab"),
                }
                Ok(true)
            }
            nested::a::At::End(_) => Ok(false),
        }
    }
}

impl Part for nested::B {
    async fn step(session: &mut Session<Self>, seen: &Seen) -> Step {
        match session.resume().await {
            nested::b::At::AwaitYOrNOrLate(state) => {
                match state.receive().await? {
                    nested::b::YOrNOrLate::Y(_) => seen.hear("y"),
                    nested::b::YOrNOrLate::N(_) => seen.hear("n"),
                    nested::b::YOrNOrLate::Late(_) => seen.hear("late"),
                }
                Ok(true)
            }
            nested::b::At::ToAb(state) => sent(state.ab().await),
            nested::b::At::ToOk(state) => sent(state.ok().await),
            nested::b::At::ToAb2(state) => sent(state.ab().await),
            nested::b::At::ToOk2(state) => sent(state.ok().await),
            nested::b::At::End(_) => Ok(false),
        }
    }
}

impl Part for nested::C {
    async fn step(session: &mut Session<Self>, seen: &Seen) -> Step {
        match session.resume().await {
            nested::c::At::AwaitXOrLate(state) => {
                match state.x().await? {
                    nested::c::XOrLate::X(_) => seen.hear("x"),
                    nested::c::XOrLate::Late(_) => seen.hear("late"),
                }
                Ok(true)
            }
            nested::c::At::ToN(state) => sent(state.n().await),
            nested::c::At::ToY(state) => sent(state.y().await),
            nested::c::At::AwaitOkOrAb(state) => {
                match state.receive().await? {
                    nested::c::OkOrAb::Ok(_) => seen.hear("ok"),
                    nested::c::OkOrAb::Ab(_) => seen.hear("ab"),
                }
                Ok(true)
            }
            nested::c::At::End(_) => Ok(false),
        }
    }
}

play!(
    best_effort::BestEffort,
    [],
    [best_effort::A, best_effort::B],
    {
        const TIMED: bool = true;
    }
);

impl Part for best_effort::A {
    async fn step(session: &mut Session<Self>, _: &Seen) -> Step {
        match session.resume().await {
            best_effort::a::At::ToM(state) => sent(state.m(1).await),
            best_effort::a::At::ToN(state) => sent(state.n(2).await),
            best_effort::a::At::End(_) => Ok(false),
        }
    }
}

impl Part for best_effort::B {
    async fn step(session: &mut Session<Self>, seen: &Seen) -> Step {
        match session.resume().await {
            best_effort::b::At::AwaitMOrLate(state) => {
                match state.m().await? {
                    best_effort::b::MOrLate::M(number, _) => seen.hear(format!("m {number}")),
                    best_effort::b::MOrLate::Late(_) => seen.hear("late"),
                }
                Ok(true)
            }
            best_effort::b::At::AwaitN(state) => {
                seen.hear(format!("n {}", state.n().await?.0));
                Ok(true)
            }
            best_effort::b::At::End(_) => Ok(false),
        }
    }
}
