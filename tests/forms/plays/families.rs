//! Broadcasts, quorums, votes, rounds with late answers, exchanges.

use aura_runtime::session::Session;

use crate::forms::cast::{Part, Seen, Step, play, sent};
pub(crate) use crate::forms::{exchanges::mix, families::poll, late_answers::again, votes::vote};

play!(poll::Poll, [3, 2], [poll::A, poll::Q]);

impl Part for poll::A {
    async fn step(session: &mut Session<Self>, seen: &Seen) -> Step {
        match session.resume().await {
            poll::a::At::ToAsk(state) => sent(state.ask(7).await),
            poll::a::At::AwaitAnswer(state) => {
                let (answers, _) = state.answer().await?;
                seen.hear(format!("{} answers", answers.len()));
                Ok(true)
            }
            poll::a::At::ToTotal(state) => sent(state.total(9).await),
            poll::a::At::End(_) => Ok(false),
        }
    }
}

impl Part for poll::Q {
    async fn step(session: &mut Session<Self>, seen: &Seen) -> Step {
        match session.resume().await {
            poll::q::At::AwaitAsk(state) => {
                seen.hear(format!("asked {}", state.ask().await?.0));
                Ok(true)
            }
            poll::q::At::ToAnswer(state) => sent(state.answer(1).await),
            poll::q::At::AwaitTotal(state) => {
                seen.hear(format!("total {}", state.total().await?.0));
                Ok(true)
            }
            poll::q::At::End(_) => Ok(false),
        }
    }
}

play!(vote::Vote, [3, 2], [vote::A, vote::Q]);

impl Part for vote::A {
    async fn step(session: &mut Session<Self>, seen: &Seen) -> Step {
        match session.resume().await {
            vote::a::At::ToAsk(state) => sent(state.ask().await),
            vote::a::At::AwaitForOrAgainst(state) => {
                let (votes, _) = state.for_or_against().await?;
                seen.hear(format!("{} votes", votes.len()));
                Ok(true)
            }
            vote::a::At::ToResult(state) => sent(state.result(true).await),
            vote::a::At::End(_) => Ok(false),
        }
    }
}

impl Part for vote::Q {
    async fn step(session: &mut Session<Self>, seen: &Seen) -> Step {
        let index = session.member().index();
        match session.resume().await {
            vote::q::At::AwaitAsk(state) => {
                let _ = state.ask().await?;
                seen.hear("asked");
                Ok(true)
            }
            vote::q::At::ToForOrAgainst(state) if index == 0 => sent(state.for_(5).await),
            vote::q::At::ToForOrAgainst(state) => sent(state.against().await),
            vote::q::At::AwaitResult(state) => {
                seen.hear(format!("result {}", state.result().await?.0));
                Ok(true)
            }
            vote::q::At::End(_) => Ok(false),
        }
    }
}

play!(again::Again, [3, 1], [again::A, again::Q]);

impl Part for again::A {
    async fn step(session: &mut Session<Self>, seen: &Seen) -> Step {
        match session.resume().await {
            again::a::At::ToAskOrStop(state) if seen.count() < 3 => {
                sent(state.ask(u32::try_from(seen.count()).unwrap()).await)
            }
            again::a::At::ToAskOrStop(state) => sent(state.stop().await),
            again::a::At::AwaitAnswer(state) => {
                let (answers, _) = state.answer().await?;
                seen.hear(format!("{:?}", answers.values().collect::<Vec<_>>()));
                Ok(true)
            }
            again::a::At::End(_) => Ok(false),
        }
    }
}

impl Part for again::Q {
    async fn step(session: &mut Session<Self>, seen: &Seen) -> Step {
        match session.resume().await {
            again::q::At::AwaitAskOrStop(state) => {
                match state.receive().await? {
                    again::q::AskOrStop::Ask(round, _) => seen.hear(format!("round {round}")),
                    again::q::AskOrStop::Stop(_) => seen.hear("stop"),
                }
                Ok(true)
            }
            // The answer is the round's number, which tells a late answer from one in time.
            again::q::At::ToAnswer(state) => {
                sent(state.answer(u32::try_from(seen.count() - 1).unwrap()).await)
            }
            again::q::At::End(_) => Ok(false),
        }
    }
}

play!(mix::Mix, [3], [mix::A, mix::Q]);

impl Part for mix::A {
    async fn step(session: &mut Session<Self>, seen: &Seen) -> Step {
        match session.resume().await {
            mix::a::At::ToGo(state) => sent(state.go().await),
            mix::a::At::AwaitSum(state) => {
                let (sums, _) = state.sum().await?;
                seen.hear(format!("{:?}", sums.values().collect::<Vec<_>>()));
                Ok(true)
            }
            mix::a::At::End(_) => Ok(false),
        }
    }
}

impl Part for mix::Q {
    async fn step(session: &mut Session<Self>, seen: &Seen) -> Step {
        let index = session.member().index();
        match session.resume().await {
            mix::q::At::AwaitGo(state) => {
                let _ = state.go().await?;
                seen.hear("go");
                Ok(true)
            }
            mix::q::At::ToShare(state) => sent(state.share(1 << index).await),
            mix::q::At::AwaitShare(state) => {
                let (shares, _) = state.share().await?;
                seen.hear(format!("{:?}", shares.values().collect::<Vec<_>>()));
                Ok(true)
            }
            mix::q::At::ToSum(state) => sent(state.sum(index).await),
            mix::q::At::End(_) => Ok(false),
        }
    }
}
