//! A local step gives what a condition reads; a branch whose condition is false hands everything back.

use crate::pass::stage::{Stage, run};
use aura_runtime::session::{LocalError, Session, SessionError, Unsent};

aura_macros::aura_choreography! {
    #[namespace = "local_steps"]
    protocol Loan {
        roles: A, B;
        A[guard_capability = "ask"] -> B: Ask(u64);
        local B: limit(Ask) -> limit: u64;
        choice B {
            yes when (limit > 0): { B[guard_capability = "lend"] -> A: Yes(u64); }
            no: { B[guard_capability = "lend"] -> A: No; }
        }
    }
}
use loan::{A, B, BLocal, Loan, a::YesOrNo};

struct Bank;

impl BLocal for Bank {
    async fn limit(&mut self, ask: &u64) -> Result<u64, LocalError> {
        ask.checked_sub(1)
            .map(|most| most.min(100))
            .ok_or_else(|| LocalError::new("nothing was asked for"))
    }
}

async fn ask(mut session: Session<A>, much: u64) -> Result<Option<u64>, SessionError> {
    Ok(match session.start()?.ask(much).await?.receive().await? {
        YesOrNo::Yes(given, _) => Some(given),
        YesOrNo::No(_) => None,
    })
}

async fn lend(mut session: Session<B>) -> Result<&'static str, SessionError> {
    let (_, state) = session.start()?.ask().await?;
    let (limit, state) = match state.limit(&mut Bank).await {
        Ok(done) => done,
        Err(unsent) => {
            let refused = unsent.refused()?;
            assert_eq!(refused.message.to_string(), "nothing was asked for");
            return Ok("failed");
        }
    };
    match state.yes(limit).await {
        Ok(_) => Ok("lent"),
        Err(Unsent::Refused(closed)) => {
            assert_eq!(closed.message, limit);
            closed.state.no().await?;
            Ok("refused")
        }
        Err(Unsent::Fatal(error)) => Err(*error),
    }
}

pub(crate) fn main() {
    for (asked, given, outcome) in [(7, Some(6), "lent"), (1, None, "refused")] {
        run(async {
            let mut stage = Stage::<Loan>::open().await;
            let (a, b) = (stage.join::<A>(), stage.join::<B>());
            let (got, lent) = tokio::join!(ask(a, asked), lend(b));
            assert_eq!((got.unwrap(), lent.unwrap()), (given, outcome));
        });
    }
    run(async {
        let mut stage = Stage::<Loan>::open().await;
        let (a, b) = (stage.join::<A>(), stage.join::<B>());
        let (got, lent) = tokio::join!(ask(a, 0), lend(b));
        assert!(got.is_err(), "the bank has left");
        assert_eq!(lent.unwrap(), "failed");
    });
}
