//! A choice that two other roles learn of, one by the label and one by the branch that travels with it.

use crate::pass::stage::{Stage, run};
use aura_runtime::session::{Session, SessionError};
use choose::b::YesOrNo;
use choose::{A, B, C};

aura_macros::aura_choreography! {
    #[namespace = "choice"]
    protocol Choose {
        roles: A, B, C;
        choice A {
            yes: { A[guard_capability = "go"] -> B: Yes; A[guard_capability = "go"] -> C: Told(bool); }
            no: { A[guard_capability = "go"] -> B: No(String); A[guard_capability = "go"] -> C: Told(bool); }
        }
    }
}

async fn decide(session: &mut Session<A>, yes: bool) -> Result<(), SessionError> {
    let state = session.start()?;
    if yes {
        drop(state.yes().await?.told(true).await?);
    } else {
        drop(state.no("busy".to_owned()).await?.told(false).await?);
    }
    Ok(())
}

async fn hear(session: &mut Session<B>) -> Result<Option<String>, SessionError> {
    Ok(match session.start()?.receive().await? {
        YesOrNo::Yes(_) => None,
        YesOrNo::No(why, _) => Some(why),
    })
}

pub(crate) fn main() {
    run(async {
        let mut here = Stage::open().await;
        let (mut a, mut b, mut c) = (here.join(), here.join(), here.join::<C>());
        let heard = async { c.start()?.told().await.map(|(told, _end)| told) };
        let ((), why, told) =
            futures::try_join!(decide(&mut a, false), hear(&mut b), heard).unwrap();
        assert_eq!((why.as_deref(), told), (Some("busy"), false));
    });
}
