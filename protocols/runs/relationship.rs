//! Two authorities agree to a relationship, decline, or let a proposal lapse.

use std::time::Duration;

use aura_runtime::session::{LocalError, Session, SessionError};
use tokio::time::sleep;

use super::stage::Stage;
use crate::relationship_formation::{
    Consent, Decline, Formed, Lapsed, Propose,
    relationship_formation::{
        Initiator, InitiatorLocal, RelationshipFormation, Responder, ResponderLocal,
        initiator::ConsentOrDeclineOrLate, responder::FormedOrLapsed,
    },
};

const PAIR: [u8; 32] = [4; 32];
const KEY: [u8; 32] = [6; 32];

struct Handshake;

impl InitiatorLocal for Handshake {
    async fn verify_consent(&mut self, consent: &Consent) -> Result<[u8; 32], LocalError> {
        Ok(consent.proof)
    }
}

impl ResponderLocal for Handshake {
    async fn agree_secret(&mut self, propose: &Propose) -> Result<[u8; 32], LocalError> {
        Ok(propose.key)
    }

    async fn verify_formed(&mut self, _: &Formed) -> Result<(), LocalError> {
        Ok(())
    }
}

async fn proposes(session: &mut Session<Initiator>) -> Result<bool, SessionError> {
    let pair = PAIR;
    let propose = Propose {
        pair,
        key: KEY,
        trust: 3,
        introduction: String::new(),
    };
    let lapsing = match session.start()?.propose(propose).await?.receive().await? {
        ConsentOrDeclineOrLate::Consent(consent, state) => {
            let (proof, state) = state.verify_consent(&mut Handshake).await?;
            let formed = Formed {
                pair,
                initiator_trust: 3,
                responder_trust: consent.trust,
                proof,
            };
            state.formed(formed).await?;
            return Ok(true);
        }
        ConsentOrDeclineOrLate::Decline(_, state) | ConsentOrDeclineOrLate::Late(state) => state,
    };
    lapsing.lapsed(Lapsed { pair }).await?;
    Ok(false)
}

async fn consents(
    session: &mut Session<Responder>,
    consents: bool,
    hours: u64,
) -> Result<bool, SessionError> {
    let pair = PAIR;
    let (_, state) = session.start()?.propose().await?;
    let (proof, state) = state.agree_secret(&mut Handshake).await?;
    sleep(Duration::from_hours(hours)).await;
    if !consents {
        let reason = String::new();
        state
            .decline(Decline { pair, reason })
            .await?
            .lapsed()
            .await?;
        return Ok(false);
    }
    let consent = Consent {
        pair,
        key: KEY,
        trust: 2,
        proof,
    };
    match state.consent(consent).await?.receive().await? {
        FormedOrLapsed::Formed(_, state) => {
            state.verify_formed(&mut Handshake).await?;
            Ok(true)
        }
        FormedOrLapsed::Lapsed(..) => Ok(false),
    }
}

#[tokio::test(start_paused = true)]
async fn relationship_formation() {
    for (willing, hours, formed) in [(true, 1, true), (false, 1, false), (true, 49, false)] {
        let troupe = Stage::<RelationshipFormation>::new(&[]).await;
        let mut room = troupe.room();
        let mut initiator = room.join(&troupe.ledgers[0]).unwrap();
        let mut responder = room.join(&troupe.ledgers[1]).unwrap();
        let did = futures::try_join!(
            proposes(&mut initiator),
            consents(&mut responder, willing, hours)
        );
        assert_eq!(did.unwrap(), (formed, formed));
        // Both journals hold the record, or neither does.
        for ledger in &troupe.ledgers {
            let facts = ledger.facts();
            let records = facts
                .iter()
                .filter(|fact| fact.name == "relationship_formed");
            assert_eq!(records.count(), usize::from(formed));
        }
        // An observer cannot tell declining from consenting by what they cost.
        assert_eq!(troupe.spent(1, 0), 50);
    }
}
