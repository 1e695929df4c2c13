//! Who comes in: devices into an account, authorities into a relationship.

use std::time::Duration;

use aura_runtime::session::{Answers, LocalError, Session, SessionError};
use futures::future::{join_all, try_join_all};
use tokio::time::sleep;

use super::stage::Stage;
use crate::{
    device_invitation::{
        Accept, AddRequest, Added, Approve, Closed, Decline, Invitation, NotAdded, Welcome,
        device_invitation::{
            Device, DeviceInvitation, DeviceLocal, Invitee, InviteeLocal, Inviter, InviterLocal,
            device, invitee, inviter,
        },
    },
    relationship_formation::{
        Consent, Decline as Declined, Formed, Lapsed, Propose,
        relationship_formation::{
            Initiator, InitiatorLocal, RelationshipFormation, Responder, ResponderLocal,
            initiator::ConsentOrDeclineOrLate, responder::FormedOrLapsed,
        },
    },
};

const CID: [u8; 32] = [4; 32];
const ACCOUNT: [u8; 32] = [5; 32];
const KEY: [u8; 32] = [6; 32];

struct Account;

impl InviterLocal for Account {
    async fn check_possession(&mut self, accept: &Accept) -> Result<(), LocalError> {
        assert_eq!(accept.cid, CID);
        Ok(())
    }

    async fn combine(&mut self, _: &Answers<Device, Approve>) -> Result<[u8; 64], LocalError> {
        Ok([1; 64])
    }
}

impl InviteeLocal for Account {
    async fn open_state(&mut self, _: &Welcome) -> Result<(), LocalError> {
        Ok(())
    }
}

impl DeviceLocal for Account {
    async fn verify(&mut self, request: &AddRequest) -> Result<bool, LocalError> {
        Ok(request.device == KEY)
    }
}

async fn invites(session: &mut Session<Inviter>) -> Result<&'static str, SessionError> {
    let invitation = Invitation {
        cid: CID,
        account: ACCOUNT,
        envelope: vec![],
        expires_epoch: 9,
    };
    let (how, closing) = match session
        .start()?
        .invitation(invitation)
        .await?
        .receive()
        .await?
    {
        inviter::AcceptOrDeclineOrLate::Decline(_, state) => ("declined", state),
        inviter::AcceptOrDeclineOrLate::Late(state) => ("expired", state),
        inviter::AcceptOrDeclineOrLate::Accept(accept, state) => {
            let state = state.check_possession(&mut Account).await?;
            let request = AddRequest {
                account: ACCOUNT,
                cid: accept.cid,
                device: accept.device,
                possession: accept.possession,
            };
            match state.add_request(request).await?.approve().await? {
                inviter::ApproveOrLate::Late(state) => ("outvoted", state),
                inviter::ApproveOrLate::Approve(_, state) => {
                    let (signature, state) = state.combine(&mut Account).await?;
                    let added = Added {
                        account: ACCOUNT,
                        device: KEY,
                        epoch: 10,
                        signature,
                    };
                    let welcome = Welcome {
                        cid: CID,
                        account: ACCOUNT,
                        epoch: 10,
                        sealed_state: vec![],
                    };
                    state.added(added).await?.welcome(welcome).await?;
                    return Ok("added");
                }
            }
        }
    };
    let not_added = NotAdded {
        account: ACCOUNT,
        cid: CID,
    };
    let closed = Closed {
        cid: CID,
        account: ACCOUNT,
        reason: how.into(),
    };
    closing.not_added(not_added).await?.closed(closed).await?;
    Ok(how)
}

/// Accepts or declines, after so many hours; whether a welcome came.
async fn answers(
    session: &mut Session<Invitee>,
    accepts: bool,
    hours: u64,
) -> Result<bool, SessionError> {
    let (_, state) = session.start()?.invitation().await?;
    sleep(Duration::from_hours(hours)).await;
    if !accepts {
        let reason = String::new();
        state
            .decline(Decline { cid: CID, reason })
            .await?
            .closed()
            .await?;
        return Ok(false);
    }
    let accept = Accept {
        cid: CID,
        device: KEY,
        possession: [0; 64],
    };
    match state.accept(accept).await?.receive().await? {
        invitee::WelcomeOrClosed::Welcome(_, state) => {
            state.open_state(&mut Account).await?;
            Ok(true)
        }
        invitee::WelcomeOrClosed::Closed(..) => Ok(false),
    }
}

async fn votes(session: &mut Session<Device>, willing: u32) -> Result<bool, SessionError> {
    let index = session.member().index();
    let state = match session.start()?.receive().await? {
        device::AddRequestOrNotAdded::AddRequest(_, state) => state,
        device::AddRequestOrNotAdded::NotAdded(..) => return Ok(false),
    };
    let (genuine, state) = state.verify(&mut Account).await?;
    let state = if genuine && index < willing {
        let approve = Approve {
            account: ACCOUNT,
            device: KEY,
            share: vec![],
        };
        state.approve(approve).await?
    } else {
        state.abstain().await?
    };
    Ok(matches!(
        state.receive().await?,
        device::AddedOrNotAdded::Added(..)
    ))
}

#[tokio::test(start_paused = true)]
async fn device_invitation() {
    let stories = [
        (true, 1, 3, "added"),
        (true, 1, 1, "outvoted"),
        (false, 1, 3, "declined"),
        (true, 25, 3, "expired"),
    ];
    for (accepts, hours, willing, how) in stories {
        let mut troupe = Stage::<DeviceInvitation>::new(&[3, 2]).await;
        troupe.connect();
        let devices: Vec<_> = (2..5).map(|seat| troupe.accept::<Device>(seat)).collect();
        let (mut inviting, mut invited, mut devices) = futures::join!(
            troupe.open::<Inviter>(),
            troupe.accept::<Invitee>(1),
            join_all(devices),
        );
        let all = devices.iter_mut().map(|session| votes(session, willing));
        let (did, welcome, heard) = futures::try_join!(
            invites(&mut inviting),
            answers(&mut invited, accepts, hours),
            try_join_all(all),
        )
        .unwrap();
        let added = how == "added";
        assert_eq!((did, welcome, heard), (how, added, vec![added; 3]));
        let outcome = if added {
            "device_added"
        } else {
            "device_not_added"
        };
        let facts = troupe.ledgers[2].facts();
        assert!(facts.iter().any(|fact| fact.name == outcome), "{how}");
    }
}

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
    let pair = CID;
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
    let pair = CID;
    let (_, state) = session.start()?.propose().await?;
    let (proof, state) = state.agree_secret(&mut Handshake).await?;
    sleep(Duration::from_hours(hours)).await;
    if !consents {
        let reason = String::new();
        state
            .decline(Declined { pair, reason })
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
