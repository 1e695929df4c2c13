//! Seats of one session on nodes of their own, on one node, and everything between: whoever plays them
//! cannot tell.

use aura_macros::aura_choreography;
use aura_runtime::{
    frame::Decline,
    node::OpenError,
    session::{Role, Session, SessionError},
};
use futures::future::{join_all, try_join_all};

use super::stage::Stage;

aura_choreography! {
    #[namespace = "neighbours"]
    protocol Courier {
        roles: A, B, C;
        A -> B: First(u8);
        B -> C: Second(u8);
        C -> A: Third(u8);
    }
    protocol Canvass {
        roles: P, Q[m];
        P -> Q[*]: Ask;
        Q[*] -> P: Tell(u8);
        Q[*] -> Q[*]: Swap(u8);
    }
}
use canvass::{Canvass, P, Q};
use courier::{A, B, C, Courier};

/// Every way to place so many seats, each node named by the first seat that is on it.
fn partitions(seats: usize) -> Vec<Vec<usize>> {
    let mut found = vec![vec![]];
    for seat in 0..seats {
        found = found
            .into_iter()
            .flat_map(|places: Vec<usize>| {
                let mut nodes = places.clone();
                nodes.push(seat);
                nodes.sort_unstable();
                nodes.dedup();
                nodes
                    .into_iter()
                    .map(move |node| [&places[..], &[node]].concat())
            })
            .collect();
    }
    found
}

async fn take<R: Role<Of = Courier>>(
    troupe: &Stage<Courier>,
    places: &[usize],
    seat: usize,
    opener: usize,
) -> Session<R> {
    let node = troupe.node(places[seat]);
    if seat == opener {
        // The offers of the others stand first.
        tokio::task::yield_now().await;
        node.open::<R>(troupe.roster()).await.unwrap()
    } else {
        node.offer::<R>(|_, _| true).accept().await.unwrap()
    }
}

#[tokio::test]
async fn three_roles_meet_wherever_they_are_and_whoever_opens() {
    let all = partitions(3);
    assert_eq!(all.len(), 5);
    for places in &all {
        for opener in 0..3 {
            let troupe = Stage::<Courier>::placed(&[], places).await;
            let (mut a, mut b, mut c) = tokio::join!(
                take::<A>(&troupe, places, 0, opener),
                take::<B>(&troupe, places, 1, opener),
                take::<C>(&troupe, places, 2, opener),
            );
            let first = async {
                let state = a.start()?.first(1).await?;
                Ok::<_, SessionError>(state.third().await?.0)
            };
            let second = async {
                let (said, state) = b.start()?.first().await?;
                state.second(said + 1).await?;
                Ok(())
            };
            let third = async {
                let (said, state) = c.start()?.second().await?;
                state.third(said + 1).await?;
                Ok(())
            };
            let (heard, ..) = futures::try_join!(first, second, third).unwrap();
            assert_eq!(heard, 3, "{places:?}, opened by {opener}");
        }
    }
}

#[tokio::test]
async fn broadcasts_gathers_and_exchanges_reach_members_near_and_far() {
    let all = partitions(4);
    assert_eq!(all.len(), 15);
    for places in &all {
        let troupe = Stage::<Canvass>::placed(&[3], places).await;
        let members = (1..4).map(|node| {
            let count = places[1..].iter().filter(|place| **place == node).count();
            (node, count)
        });
        let own = places[1..].iter().filter(|place| **place == 0).count();
        let accepting = [(0, own)].into_iter().chain(members);
        // One acceptor of a node takes as many seats as it has.
        let accepting = accepting.map(|(node, count)| {
            let mut acceptor = troupe.node(node).offer::<Q>(|_, _| true);
            async move {
                let mut taken: Vec<Session<Q>> = Vec::new();
                for _ in 0..count {
                    taken.push(acceptor.accept().await.unwrap());
                }
                taken
            }
        });
        let accepting: Vec<_> = accepting.collect();
        let (mut asker, members) = tokio::join!(troupe.open::<P>(), join_all(accepting));
        let mut members: Vec<_> = members.into_iter().flatten().collect();
        let asking = async {
            let (told, _) = asker.start()?.ask().await?.tell().await?;
            Ok::<_, SessionError>(told.values().copied().collect::<Vec<u8>>())
        };
        let telling = members.iter_mut().map(|session| async {
            let index = u8::try_from(session.member().index()).unwrap();
            let state = session.start()?.ask().await?.tell(10 + index).await?;
            let (swapped, _) = state.swap(index).await?.swap().await?;
            Ok::<_, SessionError>(swapped.values().map(|said| u32::from(*said)).sum::<u32>())
        });
        let (told, swapped) = futures::try_join!(asking, try_join_all(telling)).unwrap();
        assert_eq!(told, [10, 11, 12], "{places:?}");
        assert_eq!(swapped.iter().sum::<u32>(), 6, "{places:?}");
    }
}

#[tokio::test]
async fn a_seat_of_the_own_node_that_nobody_offers_is_declined() {
    let troupe = Stage::<Courier>::placed(&[], &[0, 1, 0]).await;
    let _b = troupe.node(1).offer::<B>(|_, _| true);
    let opened = troupe.node(0).open::<A>(troupe.roster()).await;
    let by = troupe.node(0).authority();
    let reason = Decline::Protocol;
    assert_eq!(opened.err(), Some(OpenError::Declined { by, reason }));
}

#[tokio::test]
async fn a_policy_is_asked_about_a_neighbour_as_about_a_stranger() {
    let troupe = Stage::<Courier>::placed(&[], &[0, 1, 0]).await;
    let _b = troupe.node(1).offer::<B>(|_, _| true);
    let _c = troupe.node(0).offer::<C>(|_, _| false);
    let opened = troupe.node(0).open::<A>(troupe.roster()).await;
    let by = troupe.node(0).authority();
    let reason = Decline::Policy;
    assert_eq!(opened.err(), Some(OpenError::Declined { by, reason }));
}

#[tokio::test]
async fn a_neighbour_that_does_not_come_is_lost_to_those_who_did() {
    let troupe = Stage::<Courier>::placed(&[], &[0, 0, 1]).await;
    let b = troupe.node(0).offer::<B>(|_, _| true);
    let _c = troupe.node(1).offer::<C>(|_, _| true);
    let mut a = troupe.open::<A>().await;
    drop(b);
    let sent = a.start().unwrap().first(1).await;
    let error = sent.err().map(SessionError::from);
    assert_eq!(error, Some(SessionError::PeerLost { role: "B" }));
}
