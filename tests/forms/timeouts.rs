//! Timers on virtual time: what comes late is absorbed, who will not answer says so, and the decider
//! gives up at once when nothing can come any more.

use std::time::Duration;

use aura_macros::aura_choreography;
use aura_runtime::session::{Session, SessionError};
use futures::future::try_join_all;
use tokio::time::{Instant, sleep};

use super::stage::Stage;

aura_choreography! {
    #[namespace = "forms"]
    protocol Round {
        roles: P, Q[m];
        P -> Q[*]: Propose(u32);
        timeout (2s) at P {
            Q[any t][guard_capability = "approve", flow_cost = 7, journal_facts = "approved"] -> P: Approve(u32);
            P -> Q[*]: Commit(u32);
        } else {
            P -> Q[*]: Abort;
        }
    }
}

use round::{P, Q, Round, p::ApproveOrLate, q::CommitOrAbort};

/// The sum that was committed, or none.
async fn propose(session: &mut Session<P>) -> Result<Option<u32>, SessionError> {
    match session.start()?.propose(1).await?.approve().await? {
        ApproveOrLate::Approve(answers, state) => {
            let sum = answers.values().sum();
            state.commit(sum).await?;
            Ok(Some(sum))
        }
        ApproveOrLate::Late(state) => {
            state.abort().await?;
            Ok(None)
        }
    }
}

/// Answers after a while, or abstains.
async fn answer(
    session: &mut Session<Q>,
    (after, answers): (u64, bool),
) -> Result<Option<u32>, SessionError> {
    let (_, state) = session.start()?.propose().await?;
    sleep(Duration::from_millis(after)).await;
    let state = if answers {
        state.approve(10).await?
    } else {
        state.abstain().await?
    };
    match state.receive().await? {
        CommitOrAbort::Commit(sum, _) => Ok(Some(sum)),
        CommitOrAbort::Abort(_) => Ok(None),
    }
}

/// What came of it at the proposer and at each member, and how long it took in milliseconds.
async fn play(
    stage: &Stage<Round>,
    members: &[(u64, bool)],
    remote: bool,
) -> (Vec<Option<u32>>, u64) {
    let began = Instant::now();
    let count = u32::try_from(members.len()).unwrap();
    let (mut p, mut others);
    if remote {
        let accepted: Vec<_> = (1..=members.len())
            .map(|seat| stage.accept::<Q>(seat))
            .collect();
        (p, others) = futures::join!(stage.open::<P>(), futures::future::join_all(accepted));
    } else {
        let mut room = stage.room();
        p = room.join(&stage.ledgers[0]).unwrap();
        others = (0..count)
            .map(|at| {
                room.join_member(at, &stage.ledgers[1 + at as usize])
                    .unwrap()
            })
            .collect();
    }
    let all = others
        .iter_mut()
        .zip(members)
        .map(|(q, plan)| answer(q, *plan));
    let (sum, mut results) = futures::try_join!(propose(&mut p), try_join_all(all)).unwrap();
    results.insert(0, sum);
    let took = began.elapsed().as_millis();
    (results, u64::try_from(took).unwrap())
}

#[tokio::test(start_paused = true)]
async fn answers_in_time_commit() {
    let troupe = Stage::<Round>::new(&[3, 2]).await;
    let plan = [(100, true), (900, true), (1999, true)];
    let (results, _) = play(&troupe, &plan, false).await;
    assert_eq!(results, [Some(20); 4]);
    assert_eq!(
        troupe.spent(3, 0),
        7,
        "the third was late for the quorum, and charged"
    );
}

#[tokio::test(start_paused = true)]
async fn too_few_in_time_abort_and_late_answers_are_absorbed() {
    let troupe = Stage::<Round>::new(&[3, 2]).await;
    let plan = [(100, true), (2100, true), (5000, true)];
    let (results, took) = play(&troupe, &plan, false).await;
    assert_eq!(results, [None; 4]);
    assert_eq!(took, 5000);
    assert_eq!([1, 2, 3].map(|seat| troupe.spent(seat, 0)), [7; 3]);
}

#[tokio::test(start_paused = true)]
async fn an_abstention_costs_what_the_answer_does_and_leaves_no_fact() {
    let troupe = Stage::<Round>::new(&[3, 2]).await;
    // Without the capability a member can abstain, and not answer.
    troupe.ledgers[2].revoke(troupe.context(), "approve");
    let plan = [(10, true), (20, false), (30, true)];
    let (results, took) = play(&troupe, &plan, false).await;
    assert_eq!((results, took), (vec![Some(20); 4], 30));
    assert_eq!([1, 2, 3].map(|seat| troupe.spent(seat, 0)), [7; 3]);
    let facts = [1, 2, 3].map(|seat| troupe.ledgers[seat].facts().len());
    assert_eq!(facts, [1, 0, 1]);
}

#[tokio::test(start_paused = true)]
async fn a_quorum_that_is_impossible_is_given_up_at_once() {
    let troupe = Stage::<Round>::new(&[3, 2]).await;
    let plan = [(10, false), (20, false), (1900, true)];
    let (results, took) = play(&troupe, &plan, false).await;
    assert_eq!(results, [None; 4]);
    assert_eq!(
        took, 1900,
        "the third still answers; the proposer had decided at 20"
    );
}

#[tokio::test(start_paused = true)]
async fn the_same_over_nodes() {
    let mut troupe = Stage::<Round>::new(&[3, 2]).await;
    troupe.connect();
    let plans = [
        [(100, true), (900, true), (1999, true)],
        [(100, true), (2100, true), (5000, true)],
        [(10, true), (20, false), (30, true)],
        [(10, false), (20, false), (1900, true)],
    ];
    let expected = [Some(20), None, Some(20), None];
    for (plan, expected) in plans.iter().zip(expected) {
        troupe.renew();
        let (results, _) = play(&troupe, plan, true).await;
        assert_eq!(results, [expected; 4], "{plan:?}");
    }
}

mod said_again {
    use super::*;

    aura_choreography! {
        #[namespace = "forms"]
        protocol Twice {
            roles: A, B;
            timeout (1s) at B {
                A -> B: Reading(u32);
                B -> A: Thanks;
            } else {
                B -> A: Again;
            }
            A -> B: Reading(u32);
        }
    }

    use twice::{A, B, Twice, a::ThanksOrAgain, b::ReadingOrLate};

    async fn reads(session: &mut Session<A>) -> Result<(), SessionError> {
        sleep(Duration::from_secs(2)).await;
        let state = session.start()?.reading(1).await?;
        let state = match state.receive().await? {
            ThanksOrAgain::Thanks(state) | ThanksOrAgain::Again(state) => state,
        };
        state.reading(2).await?;
        Ok(())
    }

    async fn hears(session: &mut Session<B>) -> Result<u32, SessionError> {
        let state = match session.start()?.reading().await? {
            ReadingOrLate::Reading(_, state) => state.thanks().await?,
            ReadingOrLate::Late(state) => state.again().await?,
        };
        Ok(state.reading().await?.0)
    }

    /// Both carry the same label, over the same queue; only the count of what is owed tells them apart.
    #[tokio::test(start_paused = true)]
    async fn what_comes_late_is_not_taken_for_what_is_said_next() {
        let stage = Stage::<Twice>::new(&[]).await;
        let mut room = stage.room();
        let mut a = room.join::<A>(&stage.ledgers[0]).unwrap();
        let mut b = room.join::<B>(&stage.ledgers[1]).unwrap();
        let ((), heard) = futures::try_join!(reads(&mut a), hears(&mut b)).unwrap();
        assert_eq!(heard, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn nor_is_it_over_nodes() {
        let mut stage = Stage::<Twice>::new(&[]).await;
        stage.connect();
        let accepting = stage.accept::<B>(1);
        let (mut a, mut b) = futures::join!(stage.open::<A>(), accepting);
        let ((), heard) = futures::try_join!(reads(&mut a), hears(&mut b)).unwrap();
        assert_eq!(heard, 2);
    }
}

pub(crate) mod nested {
    use super::*;

    aura_choreography! {
        #[namespace = "forms"]
        protocol Nested {
            roles: A, B, C;
            timeout (9s) at B {
                timeout (1s) at C {
                    A -> C: X;
                    C -> B: Y;
                } else {
                    C -> B: N;
                }
                B -> A: Ok;
                B -> C: Ok;
            } else {
                B -> A: Ab;
                B -> C: Ab;
            }
        }
    }
    use self::nested::{A, B, C, Nested, a, b::YOrNOrLate, c};

    async fn run(first: u64, second: u64) -> (&'static str, bool) {
        let troupe = Stage::<Nested>::new(&[]).await;
        let mut room = troupe.room();
        let mut alice = room.join::<A>(&troupe.ledgers[0]).unwrap();
        let mut bob = room.join::<B>(&troupe.ledgers[1]).unwrap();
        let mut carol = room.join::<C>(&troupe.ledgers[2]).unwrap();
        let asks = async {
            let state = alice.start()?;
            sleep(Duration::from_millis(first)).await;
            Ok::<_, SessionError>(match state.x().await?.receive().await? {
                a::OkOrAb::Ok(_) => true,
                a::OkOrAb::Ab(_) => false,
            })
        };
        let decides = async {
            Ok::<_, SessionError>(match bob.start()?.receive().await? {
                YOrNOrLate::Y(state) => {
                    state.ok().await?.ok().await?;
                    "y"
                }
                YOrNOrLate::N(state) => {
                    state.ok().await?.ok().await?;
                    "n"
                }
                YOrNOrLate::Late(state) => {
                    state.ab().await?.ab().await?;
                    "late"
                }
            })
        };
        let relays = async {
            let state = match carol.start()?.x().await? {
                c::XOrLate::X(state) => {
                    sleep(Duration::from_millis(second)).await;
                    state.y().await?
                }
                c::XOrLate::Late(state) => {
                    sleep(Duration::from_millis(second)).await;
                    state.n().await?
                }
            };
            let _ = state.receive().await?;
            Ok::<_, SessionError>(())
        };
        let (told, outcome, ()) = futures::try_join!(asks, decides, relays).unwrap();
        (outcome, told)
    }

    #[tokio::test(start_paused = true)]
    async fn each_timer_is_its_owners() {
        assert_eq!(run(500, 100).await, ("y", true));
        assert_eq!(run(1500, 100).await, ("n", true));
        assert_eq!(run(1500, 9000).await, ("late", false));
        assert_eq!(run(500, 9000).await, ("late", false));
    }
}

pub(crate) mod best_effort {
    use super::*;

    aura_choreography! {
        #[namespace = "forms"]
        protocol BestEffort {
            roles: A, B;
            timeout (1s) at B { A -> B: M(u32); } else { }
            A -> B: N(u32);
        }
    }
    use self::best_effort::{A, B, BestEffort, b::MOrLate};

    #[tokio::test(start_paused = true)]
    async fn what_was_given_up_is_never_taken_for_what_follows() {
        for (after, in_time) in [(900, true), (1100, false)] {
            let troupe = Stage::<BestEffort>::new(&[]).await;
            let mut room = troupe.room();
            let mut alice = room.join::<A>(&troupe.ledgers[0]).unwrap();
            let mut bob = room.join::<B>(&troupe.ledgers[1]).unwrap();
            let says = async {
                sleep(Duration::from_millis(after)).await;
                alice.start()?.m(1).await?.n(2).await?;
                Ok::<_, SessionError>(())
            };
            let hears = async {
                let (heard, state) = match bob.start()?.m().await? {
                    MOrLate::M(heard, state) => (Some(heard), state),
                    MOrLate::Late(state) => (None, state),
                };
                Ok::<_, SessionError>((heard, state.n().await?.0))
            };
            let ((), both) = futures::try_join!(says, hears).unwrap();
            assert_eq!(both, (in_time.then_some(1), 2));
        }
    }
}
