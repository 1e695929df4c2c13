//! Local steps, conditions of branches, facts that ride with a message, and the audit log.

use aura_macros::aura_choreography;
use aura_runtime::{
    guard::Refusal,
    session::{Answers, LocalError, SessionError, Unsent},
    store::Record,
};
use futures::future::try_join_all;

use super::stage::Stage;

aura_choreography! {
    #[namespace = "forms"]
    type Money = u64;
    message Offer { price: Money, kind: String, firm: bool }
    protocol Market {
        roles: A, Q[m];
        A -> Q[*]: Ask(u64);
        local Q[*]: think(Ask) -> price: Money;
        Q[*] -> A: Offer;
        local A: choose(Offer) -> limit: Money;
        choice A {
            buy when (limit > 0 && !(limit >= 100)): { A -> Q[*]: Bought(u64); }
            leave: { A -> Q[*]: Left; }
        }
    }
}

use market::{A, ALocal, Market, Q, QLocal, q::BoughtOrLeft};

/// The cheapest, if anything is.
struct Buyer;

impl ALocal for Buyer {
    async fn choose(&mut self, offer: &Answers<Q, Offer>) -> Result<u64, LocalError> {
        let cheapest = offer.values().map(|offer| offer.price).min();
        cheapest.ok_or_else(|| "nobody offers".into())
    }
}

/// Fails once.
struct Seller(u64, bool);

impl QLocal for Seller {
    async fn think(&mut self, ask: &u64) -> Result<u64, LocalError> {
        if std::mem::take(&mut self.1) {
            return Err(LocalError::new("not yet"));
        }
        Ok(self.0 + ask)
    }
}

#[tokio::test]
async fn steps_read_what_was_received_and_conditions_their_results() {
    for (base, bought) in [(40, true), (200, false)] {
        let troupe = Stage::<Market>::new(&[2]).await;
        let mut room = troupe.room();
        let mut a = room.join::<A>(&troupe.ledgers[0]).unwrap();
        let mut members: Vec<_> = (1..3)
            .map(|at| room.join::<Q>(&troupe.ledgers[at]).unwrap())
            .collect();
        let buys = async {
            let (_, state) = a.start()?.ask(2).await?.offer().await?;
            let (limit, state) = state.choose(&mut Buyer).await?;
            match state.bought(limit).await {
                Ok(_) => Ok(true),
                Err(Unsent::Refused(refused)) => {
                    assert_eq!(refused.reason, Refusal::BranchClosed { branch: "buy" });
                    assert_eq!(refused.message, limit);
                    refused.state.left().await?;
                    Ok(false)
                }
                Err(fatal) => Err(SessionError::from(fatal)),
            }
        };
        let sells = members.iter_mut().map(|session| async {
            let index = u64::from(session.member().index());
            let mut hooks = Seller(base + index, true);
            let (_, state) = session.start()?.ask().await?;
            let Err(Unsent::Refused(refused)) = state.think(&mut hooks).await else {
                panic!("the first attempt fails");
            };
            assert_eq!(refused.message, LocalError::new("not yet"));
            let (price, state) = refused.state.think(&mut hooks).await?;
            let offer = Offer {
                price,
                kind: "new".into(),
                firm: true,
            };
            Ok::<_, SessionError>(match state.offer(offer).await?.receive().await? {
                BoughtOrLeft::Bought(price, _) => Some(price),
                BoughtOrLeft::Left(_) => None,
            })
        });
        let (did, prices) = futures::try_join!(buys, try_join_all(sells)).unwrap();
        assert_eq!(did, bought);
        assert_eq!(prices, [bought.then_some(42); 2]);
    }
}

pub(crate) mod fields {
    use super::*;

    aura_choreography! {
        #[namespace = "forms"]
        message Ask { price: u64, kind: String, urgent: bool }
        protocol Fields {
            roles: A, B;
            A -> B: Ask;
            choice B {
                cheap when (price <= 10 && !(kind == "none") || Ask.urgent == true): { B -> A: Buy; }
                free when (price == 0): { B -> A: Take; }
                dear: { B -> A: Leave; }
            }
        }
    }
    use self::fields::{A, B, Fields};

    async fn open(price: u64, kind: &str, urgent: bool) -> (bool, bool) {
        let troupe = Stage::<Fields>::new(&[]).await;
        let mut open = [false; 2];
        for (branch, is_open) in open.iter_mut().enumerate() {
            let mut room = troupe.room();
            let mut alice = room.join::<A>(&troupe.ledgers[0]).unwrap();
            let mut bob = room.join::<B>(&troupe.ledgers[1]).unwrap();
            let ask = Ask {
                price,
                kind: kind.into(),
                urgent,
            };
            let _ = alice.start().unwrap().ask(ask).await.unwrap();
            let (_, state) = bob.start().unwrap().ask().await.unwrap();
            *is_open = match branch {
                0 => state.buy().await.is_ok(),
                _ => state.take().await.is_ok(),
            };
        }
        (open[0], open[1])
    }

    #[tokio::test]
    async fn a_condition_reads_fields() {
        assert_eq!(open(10, "some", false).await, (true, false));
        assert_eq!(open(11, "some", false).await, (false, false));
        assert_eq!(open(0, "none", false).await, (false, true));
        assert_eq!(open(99, "none", true).await, (true, false));
    }
}

pub(crate) mod riding {
    use super::*;

    aura_choreography! {
        #[namespace = "forms"]
        message Cut { root: [u8; 32], signature: [u8; 64] }
        protocol Riding {
            roles: A, Q[m];
            A[
                journal_facts = "cut(root, signature)", journal_merge = true, audit_log = "a cut"
            ] -> Q[*]: Cut;
        }
    }
    use self::riding::{A, Q, Riding};

    fn cut() -> Cut {
        Cut {
            root: [1; 32],
            signature: [2; 64],
        }
    }

    #[tokio::test]
    async fn facts_are_joined_before_the_message_is_delivered() {
        for remote in [false, true] {
            let (mut troupe, stores) = Stage::<Riding>::journaled(&[2]).await;
            let (mut a, mut members);
            if remote {
                troupe.connect();
                let accepted: Vec<_> = (1..3).map(|seat| troupe.accept::<Q>(seat)).collect();
                (a, members) =
                    futures::join!(troupe.open::<A>(), futures::future::join_all(accepted));
            } else {
                let mut room = troupe.room();
                a = room.join::<A>(&troupe.ledgers[0]).unwrap();
                members = (1..3)
                    .map(|at| room.join::<Q>(&troupe.ledgers[at]).unwrap())
                    .collect();
            }
            let sends = async {
                a.start()?
                    .cut(cut())
                    .await
                    .map(drop)
                    .map_err(SessionError::from)
            };
            let takes = members.iter_mut().map(|session| async {
                let (heard, _) = session.start()?.cut().await?;
                assert_eq!(heard, cut());
                Ok::<_, SessionError>(())
            });
            futures::try_join!(sends, try_join_all(takes)).unwrap();
            let Some(Record::Broadcast(copies)) = stores[0].records().last().cloned() else {
                panic!("a broadcast");
            };
            for (copy, store) in copies.iter().zip(&stores[1..]) {
                assert_eq!(copy.log, Some("a cut"));
                let joined = store.records().last().cloned();
                assert_eq!(joined, Some(Record::Facts(copy.facts.clone())), "{remote}");
                assert_eq!(copy.facts[0].1.fields.len(), 2);
            }
        }
    }

    #[tokio::test]
    async fn a_journal_that_does_not_take_the_facts_keeps_the_message_back() {
        let (troupe, stores) = Stage::<Riding>::journaled(&[1]).await;
        let mut room = troupe.room();
        let mut a = room.join::<A>(&troupe.ledgers[0]).unwrap();
        let mut q = room.join::<Q>(&troupe.ledgers[1]).unwrap();
        a.start().unwrap().cut(cut()).await.unwrap();
        stores[1].fail_with(Some("disk full"));
        let error = q.start().unwrap().cut().await.unwrap_err();
        assert!(matches!(error, SessionError::Journal { .. }));
        stores[1].fail_with(None);
        let (heard, _) = q.start().unwrap().cut().await.unwrap();
        assert_eq!(heard, cut());
    }
}
