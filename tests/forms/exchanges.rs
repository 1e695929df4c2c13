//! Exchanges between the members of a family.

use aura_macros::aura_choreography;
use aura_runtime::session::{Answers, Session, SessionError};
use futures::future::try_join_all;

use super::stage::Stage;

type Done = Result<(), SessionError>;

aura_choreography! {
    #[namespace = "forms"]
    protocol Mix {
        roles: A, Q[m];
        A -> Q[*]: Go;
        Q[*] -> Q[*]: Share(u32);
        Q[*] -> A: Sum(u32);
    }
}
use mix::{A, Mix, Q};

async fn start(session: &mut Session<A>) -> Result<Answers<Q, u32>, SessionError> {
    Ok(session.start()?.go().await?.sum().await?.0)
}

async fn mixes(session: &mut Session<Q>) -> Done {
    let index = session.member().index();
    let state = session.start()?.go().await?;
    let (shares, state) = state.share(1 << index).await?.share().await?;
    assert!(shares.members().all(|other| other.index() != index));
    state.sum(shares.values().sum()).await?;
    Ok(())
}

#[tokio::test]
async fn an_exchange_reaches_every_other_member() {
    let mut troupe = Stage::<Mix>::new(&[3]).await;
    let mut room = troupe.room();
    let mut a = room.join(&troupe.ledgers[0]).unwrap();
    let mut members: Vec<_> = (1..4)
        .map(|at| room.join(&troupe.ledgers[at]).unwrap())
        .collect();
    let (sums, _) =
        futures::try_join!(start(&mut a), try_join_all(members.iter_mut().map(mixes))).unwrap();
    let here: Vec<u32> = sums.values().copied().collect();
    assert_eq!(here, [0b110, 0b101, 0b011]);
    troupe.connect();
    let accepted: Vec<_> = (1..4).map(|seat| troupe.accept::<Q>(seat)).collect();
    let (mut a, mut members) =
        futures::join!(troupe.open::<A>(), futures::future::join_all(accepted));
    let (sums, _) =
        futures::try_join!(start(&mut a), try_join_all(members.iter_mut().map(mixes))).unwrap();
    assert_eq!(sums.values().copied().collect::<Vec<u32>>(), here);
}

#[tokio::test]
async fn a_family_of_one_has_nobody_to_exchange_with() {
    let troupe = Stage::<Mix>::new(&[1]).await;
    let mut room = troupe.room();
    let mut a = room.join(&troupe.ledgers[0]).unwrap();
    let mut q = room.join(&troupe.ledgers[1]).unwrap();
    let (sums, ()) = futures::try_join!(start(&mut a), mixes(&mut q)).unwrap();
    assert_eq!(sums.values().sum::<u32>(), 0);
}
