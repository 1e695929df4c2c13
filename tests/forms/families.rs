//! Broadcasts, gathers and quorums.

use aura_macros::aura_choreography;
use aura_runtime::{
    guard::Refusal,
    session::{Session, SessionError, Unsent},
    store::Record,
};
use futures::{FutureExt, future::try_join_all};

use super::stage::Stage;

aura_choreography! {
    #[namespace = "forms"]
    protocol Poll {
        roles: A, Q[m];
        A[guard_capability = "may_ask", flow_cost = 10, journal_facts = "asked"] -> Q[*]: Ask(u32);
        Q[any t][flow_cost = 5] -> A: Answer(u32);
        A[flow_cost = 1] -> Q[*]: Total(u32);
    }
}

use poll::{A, Poll, Q};

/// Asks, adds up what came, and tells.
async fn chair(session: &mut Session<A>) -> Result<Vec<u32>, SessionError> {
    let (answers, state) = session.start()?.ask(7).await?.answer().await?;
    let heard: Vec<u32> = answers.members().map(|member| member.index()).collect();
    let sum = answers.values().sum();
    state.total(sum).await?;
    Ok(heard)
}

async fn member(session: &mut Session<Q>) -> Result<u32, SessionError> {
    let index = session.member().index();
    let (question, state) = session.start()?.ask().await?;
    let (total, _) = state.answer(question + index).await?.total().await?;
    Ok(total)
}

#[tokio::test]
async fn a_poll_of_all_in_one_process() {
    let troupe = Stage::<Poll>::new(&[3, 3]).await;
    let mut room = troupe.room();
    let mut a = room.join(&troupe.ledgers[0]).unwrap();
    let mut members: Vec<_> = (0..3)
        .map(|at| {
            room.join_member(at, &troupe.ledgers[1 + at as usize])
                .unwrap()
        })
        .collect();
    let (heard, totals) =
        futures::try_join!(chair(&mut a), try_join_all(members.iter_mut().map(member))).unwrap();
    assert_eq!(heard, [0, 1, 2]);
    assert_eq!(totals, [24, 24, 24]);
    for seat in 1..4 {
        assert_eq!((troupe.spent(0, seat), troupe.spent(seat, 0)), (11, 5));
    }
    assert_eq!(troupe.ledgers[0].facts().len(), 3, "one for each copy");
}

#[tokio::test]
async fn a_poll_of_all_over_nodes() {
    let mut troupe = Stage::<Poll>::new(&[3, 3]).await;
    troupe.connect();
    let accepted: Vec<_> = (1..4).map(|seat| troupe.accept::<Q>(seat)).collect();
    let (mut a, mut members) =
        futures::join!(troupe.open::<A>(), futures::future::join_all(accepted));
    let (heard, totals) =
        futures::try_join!(chair(&mut a), try_join_all(members.iter_mut().map(member))).unwrap();
    assert_eq!((heard, totals), (vec![0, 1, 2], vec![24, 24, 24]));
    assert_eq!((troupe.spent(0, 2), troupe.spent(2, 0)), (11, 5));
}

#[tokio::test]
async fn a_quorum_goes_on_without_the_others_in_any_order() {
    let troupe = Stage::<Poll>::new(&[4, 2]).await;
    let mut room = troupe.room();
    let mut a = room.join::<A>(&troupe.ledgers[0]).unwrap();
    let mut late = room.join_member::<Q>(0, &troupe.ledgers[1]).unwrap();
    let mut fast: Vec<_> = [3, 1]
        .map(|at| {
            room.join_member(at, &troupe.ledgers[1 + at as usize])
                .unwrap()
        })
        .into();
    // Member 2 never joins. Members 3 and 1 are enough; member 0 answers after that.
    let (heard, totals) =
        futures::try_join!(chair(&mut a), try_join_all(fast.iter_mut().map(member))).unwrap();
    assert_eq!(heard, [1, 3]);
    assert_eq!(totals, [18, 18]);
    assert_eq!(
        member(&mut late).await.unwrap(),
        18,
        "a late answer is a send"
    );
    assert_eq!(troupe.spent(1, 0), 5, "and charged");
}

#[tokio::test]
async fn a_quorum_that_cannot_be_filled_says_who_is_gone() {
    let troupe = Stage::<Poll>::new(&[2, 2]).await;
    let mut room = troupe.room();
    let mut a = room.join::<A>(&troupe.ledgers[0]).unwrap();
    let mut here = room.join_member::<Q>(0, &troupe.ledgers[1]).unwrap();
    drop(room);
    let state = a.start().unwrap().ask(1).await.unwrap();
    let (question, waiting) = here.start().unwrap().ask().await.unwrap();
    let _ = waiting.answer(question).await.unwrap();
    let error = state.answer().await.unwrap_err();
    assert_eq!(error, SessionError::PeerLost { role: "Q" });
    assert_eq!(troupe.spent(0, 2), 0, "nothing was sent to whom is gone");
}

#[tokio::test]
async fn a_refused_broadcast_changes_nothing_and_can_be_tried_again() {
    let troupe = Stage::<Poll>::new(&[3, 3]).await;
    let ledger = &troupe.ledgers[0];
    // The last member's budget does not cover its copy.
    ledger
        .declare_budget(troupe.context(), troupe.authority(3), 2, 9)
        .await
        .unwrap();
    let mut room = troupe.room();
    let mut a = room.join::<A>(ledger).unwrap();
    let mut members: Vec<Session<Q>> = (0..3)
        .map(|at| {
            room.join_member(at, &troupe.ledgers[1 + at as usize])
                .unwrap()
        })
        .collect();
    let Err(Unsent::Refused(refused)) = a.start().unwrap().ask(7).await else {
        panic!("a refusal was expected");
    };
    assert!(matches!(
        refused.reason,
        Refusal::InsufficientBudget { asked: 10, available: 9, peer, .. } if peer == troupe.authority(3)
    ));
    assert_eq!([1, 2, 3].map(|seat| troupe.spent(0, seat)), [0, 0, 0]);
    assert!(ledger.facts().is_empty());
    for member in &mut members {
        let waiting = member.start().unwrap().ask();
        assert!(waiting.now_or_never().is_none(), "nothing has come");
    }
    ledger
        .declare_budget(troupe.context(), troupe.authority(3), 3, 100)
        .await
        .unwrap();
    let state = refused.state.ask(refused.message).await.unwrap();
    let rest = async {
        let (answers, state) = state.answer().await?;
        state
            .total(answers.values().sum())
            .await
            .map_err(SessionError::from)
    };
    let (_, totals) =
        futures::try_join!(rest, try_join_all(members.iter_mut().map(member))).unwrap();
    assert_eq!(totals, [24; 3]);
}

#[tokio::test]
async fn a_broadcast_is_one_record_and_nothing_is_delivered_before_it() {
    let (troupe, stores) = Stage::<Poll>::journaled(&[2, 2]).await;
    let mut room = troupe.room();
    let mut a = room.join::<A>(&troupe.ledgers[0]).unwrap();
    let mut q = room.join_member::<Q>(1, &troupe.ledgers[2]).unwrap();
    stores[0].hold(true);
    let mut asking = Box::pin(a.start().unwrap().ask(7));
    assert!((&mut asking).now_or_never().is_none());
    let mut hearing = Box::pin(q.start().unwrap().ask());
    assert!((&mut hearing).now_or_never().is_none(), "sealed");
    stores[0].hold(false);
    let (asked, heard) = futures::join!(asking, hearing);
    let _ = asked.unwrap();
    assert_eq!(heard.unwrap().0, 7);
    let records = stores[0].records();
    let Some(Record::Broadcast(copies)) = records.last() else {
        panic!("one record for the whole broadcast");
    };
    assert_eq!(copies.len(), 2);
}

#[tokio::test]
async fn a_broadcast_that_the_journal_refuses_goes_to_nobody() {
    let (mut troupe, stores) = Stage::<Poll>::journaled(&[2, 2]).await;
    troupe.connect();
    let accepted: Vec<_> = (1..3).map(|seat| troupe.accept::<Q>(seat)).collect();
    let (mut a, mut members) =
        futures::join!(troupe.open::<A>(), futures::future::join_all(accepted));
    stores[0].fail_with(Some("disk full"));
    let Err(Unsent::Refused(refused)) = a.start().unwrap().ask(7).await else {
        panic!("a refusal was expected");
    };
    assert!(matches!(
        refused.reason,
        Refusal::JournalCommitFailed { .. }
    ));
    assert_eq!([1, 2].map(|seat| troupe.spent(0, seat)), [0, 0]);
    stores[0].fail_with(None);
    let rest = async {
        let state = refused.state.ask(8).await?;
        let (answers, state) = state.answer().await?;
        state
            .total(answers.values().sum())
            .await
            .map_err(SessionError::from)
    };
    let (_, totals) =
        futures::try_join!(rest, try_join_all(members.iter_mut().map(member))).unwrap();
    assert_eq!(totals, [17, 17], "8 + 0 and 8 + 1: the 7 was never said");
}

#[tokio::test]
async fn a_gather_that_is_dropped_loses_no_answer() {
    let troupe = Stage::<Poll>::new(&[3, 3]).await;
    let mut room = troupe.room();
    let mut a = room.join::<A>(&troupe.ledgers[0]).unwrap();
    let mut members: Vec<Session<Q>> = (0..3)
        .map(|at| {
            room.join_member(at, &troupe.ledgers[1 + at as usize])
                .unwrap()
        })
        .collect();
    let mut state = a.start().unwrap().ask(1).await.unwrap();
    for member in &mut members {
        // Two of three polls take an answer from its channel, and are dropped.
        assert!(state.answer().now_or_never().is_none());
        let index = member.member().index();
        let (_, waiting) = member.start().unwrap().ask().await.unwrap();
        let _ = waiting.answer(index * 10).await.unwrap();
        let poll::a::At::AwaitAnswer(again) = a.resume().await else {
            panic!("the state has not moved");
        };
        state = again;
    }
    let (answers, _) = state.answer().await.unwrap();
    let answers: Vec<_> = answers
        .into_iter()
        .map(|(who, it)| (who.index(), it))
        .collect();
    assert_eq!(answers, [(0, 0), (1, 10), (2, 20)]);
}
