//! A device comes into an account: invited, proven, voted in; or not.
//!
//! The invitee signs with the key that is to be added, each device votes with its own.

use std::time::Duration;

use aura_runtime::{
    effects::crypto::{CryptoEffects, KeyedCrypto},
    session::{Answers, LocalError, Session, SessionError},
};
use futures::future::{join_all, try_join_all};
use tokio::time::sleep;

use super::stage::Stage;
use crate::device_invitation::{
    Accept, AddRequest, Added, Approve, Candidate, Closed, Decline, Invitation, NotAdded, Vote,
    Welcome,
    device_invitation::{
        Device, DeviceInvitation, DeviceLocal, Invitee, InviteeLocal, Inviter, InviterLocal,
        device, invitee, inviter,
    },
    prove, proven,
};

const CID: [u8; 32] = [4; 32];
const ACCOUNT: [u8; 32] = [5; 32];
const EPOCH: u64 = 10;
const NEEDED: usize = 2;

/// The keys: of the invitee, and of the account's devices by their numbers.
fn invitee_key() -> KeyedCrypto {
    KeyedCrypto::from_seed([6; 32])
}

fn device_key(number: u32) -> KeyedCrypto {
    KeyedCrypto::from_seed([u8::try_from(number).unwrap() + 10; 32])
}

fn candidate() -> Candidate {
    Candidate {
        account: ACCOUNT,
        cid: CID,
        device: invitee_key().public(),
        epoch: EPOCH,
    }
}

/// Who has what is not theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cheat {
    Nobody,
    /// The invitee does not hold the key, and the inviter does not look.
    Possession,
    /// The inviter votes in the name of a device that has not.
    Votes,
}

/// What the local steps know: who verifies, and the keys of the account.
struct Account {
    crypto: KeyedCrypto,
    keys: Vec<[u8; 32]>,
    careless: bool,
}

impl Account {
    fn new(crypto: KeyedCrypto) -> Self {
        let keys = (0..3).map(|number| device_key(number).public()).collect();
        Self {
            crypto,
            keys,
            careless: false,
        }
    }
}

impl InviterLocal for Account {
    async fn check_possession(&mut self, accept: &Accept) -> Result<(), LocalError> {
        let proven = proven(&self.crypto, &CID, &accept.device, &accept.possession);
        if proven || self.careless {
            Ok(())
        } else {
            Err("the device does not hold its key".into())
        }
    }

    async fn count(&mut self, answers: &Answers<Device, Approve>) -> Result<Vec<Vote>, LocalError> {
        let numbered = answers.iter().map(|(device, answer)| {
            let number = u16::try_from(device.index()).map_err(LocalError::new)?;
            Ok((number, answer.vote))
        });
        let votes: Vec<_> = numbered.collect::<Result<_, LocalError>>()?;
        if candidate().votes(&self.crypto, &self.keys, &votes) < NEEDED {
            return Err("too few votes".into());
        }
        Ok(votes)
    }
}

impl InviteeLocal for Account {
    async fn open_state(&mut self, _: &Welcome) -> Result<(), LocalError> {
        Ok(())
    }
}

impl DeviceLocal for Account {
    async fn verify(&mut self, request: &AddRequest) -> Result<bool, LocalError> {
        let AddRequest { cid, device, .. } = request;
        Ok(proven(&self.crypto, cid, device, &request.possession))
    }

    async fn verify_votes(&mut self, added: &Added) -> Result<(), LocalError> {
        let candidate = Candidate {
            account: added.account,
            cid: added.cid,
            device: added.device,
            epoch: added.epoch,
        };
        if candidate.votes(&self.crypto, &self.keys, &added.votes) < NEEDED {
            return Err("too few votes".into());
        }
        Ok(())
    }
}

async fn invites(
    session: &mut Session<Inviter>,
    cheat: Cheat,
) -> Result<&'static str, SessionError> {
    let mut hooks = Account::new(KeyedCrypto::from_seed([7; 32]));
    hooks.careless = cheat == Cheat::Possession;
    let Candidate { account, cid, .. } = candidate();
    let invitation = Invitation {
        cid,
        account,
        envelope: vec![],
        expires_epoch: 9,
    };
    let state = session.start()?.invitation(invitation).await?;
    let (how, closing) = match state.receive().await? {
        inviter::AcceptOrDeclineOrLate::Decline(_, state) => ("declined", state),
        inviter::AcceptOrDeclineOrLate::Late(state) => ("expired", state),
        inviter::AcceptOrDeclineOrLate::Accept(accept, state) => {
            let state = state.check_possession(&mut hooks).await?;
            let device = accept.device;
            let request = AddRequest {
                account,
                cid,
                device,
                possession: accept.possession,
                epoch: EPOCH,
            };
            match state.add_request(request).await?.approve().await? {
                inviter::ApproveOrLate::Late(state) => ("outvoted", state),
                inviter::ApproveOrLate::Approve(_, state) => {
                    let (mut votes, state) = state.count(&mut hooks).await?;
                    if cheat == Cheat::Votes {
                        votes[1] = (2, votes[0].1);
                    }
                    let added = Added {
                        account,
                        cid,
                        device,
                        epoch: EPOCH,
                        votes,
                    };
                    let welcome = Welcome {
                        cid,
                        account,
                        epoch: EPOCH,
                        sealed_state: vec![],
                    };
                    state.added(added).await?.welcome(welcome).await?;
                    return Ok("added");
                }
            }
        }
    };
    let closed = Closed {
        cid,
        account,
        reason: how.into(),
    };
    let state = closing.not_added(NotAdded { account, cid }).await?;
    state.closed(closed).await?;
    Ok(how)
}

/// Accepts or declines, after so many hours; whether a welcome came.
async fn answers(
    session: &mut Session<Invitee>,
    accepts: bool,
    hours: u64,
    holds: &KeyedCrypto,
) -> Result<bool, SessionError> {
    let (invitation, state) = session.start()?.invitation().await?;
    let cid = invitation.cid;
    sleep(Duration::from_hours(hours)).await;
    if !accepts {
        let reason = String::new();
        state
            .decline(Decline { cid, reason })
            .await?
            .closed()
            .await?;
        return Ok(false);
    }
    let accept = Accept {
        cid,
        device: invitee_key().public(),
        possession: prove(holds, &cid),
    };
    match state.accept(accept).await?.receive().await? {
        invitee::WelcomeOrClosed::Welcome(_, state) => {
            let mut hooks = Account::new(invitee_key());
            state.open_state(&mut hooks).await?;
            Ok(true)
        }
        invitee::WelcomeOrClosed::Closed(..) => Ok(false),
    }
}

/// Votes, if it is willing and the request is genuine; whether it takes the device for added.
async fn votes(session: &mut Session<Device>, willing: u32) -> Result<bool, SessionError> {
    let index = session.member().index();
    let mut hooks = Account::new(device_key(index));
    let (request, state) = match session.start()?.receive().await? {
        device::AddRequestOrNotAdded::AddRequest(request, state) => (request, state),
        device::AddRequestOrNotAdded::NotAdded(..) => return Ok(false),
    };
    let (genuine, state) = state.verify(&mut hooks).await?;
    let AddRequest {
        account,
        cid,
        device,
        epoch,
        ..
    } = request;
    let state = if genuine && index < willing {
        let candidate = Candidate {
            account,
            cid,
            device,
            epoch,
        };
        let approve = Approve {
            account,
            device,
            vote: candidate.vote(&hooks.crypto),
        };
        state.approve(approve).await?
    } else {
        state.abstain().await?
    };
    match state.receive().await? {
        device::AddedOrNotAdded::Added(_, state) => {
            match state.verify_votes(&mut hooks).await {
                Ok(_) => Ok(true),
                // A step that refuses leaves the device where it was: nothing is added.
                Err(unsent) => {
                    let refused = unsent.refused()?;
                    assert_eq!(refused.message, LocalError::from("too few votes"));
                    Ok(false)
                }
            }
        }
        device::AddedOrNotAdded::NotAdded(..) => Ok(false),
    }
}

/// Plays it over nodes: what the inviter did, whether a welcome came, what the devices take for added,
/// and whether the journal of the first device says so.
async fn played(
    (accepts, hours, willing): (bool, u64, u32),
    cheat: Cheat,
) -> (&'static str, bool, Vec<bool>, bool) {
    let mut troupe = Stage::<DeviceInvitation>::new(&[3, 2]).await;
    troupe.connect();
    let devices: Vec<_> = (2..5).map(|seat| troupe.accept::<Device>(seat)).collect();
    let (mut inviting, mut invited, mut devices) = futures::join!(
        troupe.open::<Inviter>(),
        troupe.accept::<Invitee>(1),
        join_all(devices),
    );
    let holds = match cheat {
        Cheat::Possession => KeyedCrypto::from_seed([66; 32]),
        _ => invitee_key(),
    };
    let all = devices.iter_mut().map(|session| votes(session, willing));
    let (did, welcome, heard) = futures::try_join!(
        invites(&mut inviting, cheat),
        answers(&mut invited, accepts, hours, &holds),
        try_join_all(all),
    )
    .unwrap();
    let facts = troupe.ledgers[2].facts();
    let has = |name| facts.iter().any(|fact| fact.name == name);
    assert_ne!(has("device_added"), has("device_not_added"));
    (did, welcome, heard, has("device_added"))
}

#[tokio::test(start_paused = true)]
async fn device_invitation() {
    let stories = [
        ((true, 1, 3), "added"),
        ((true, 1, 1), "outvoted"),
        ((false, 1, 3), "declined"),
        ((true, 25, 3), "expired"),
    ];
    for (story, how) in stories {
        let added = how == "added";
        assert_eq!(
            played(story, Cheat::Nobody).await,
            (how, added, vec![added; 3], added)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_forged_proof_of_possession_finds_no_votes() {
    assert_eq!(
        played((true, 1, 3), Cheat::Possession).await,
        ("outvoted", false, vec![false; 3], false)
    );
}

#[tokio::test(start_paused = true)]
async fn a_forged_vote_adds_nothing() {
    // Two of the three votes are one device's: the devices count one, whatever the inviter says.
    let (did, _, heard, _) = played((true, 1, 2), Cheat::Votes).await;
    assert_eq!((did, heard), ("added", vec![false; 3]));
}

#[test]
fn a_vote_is_for_one_candidate_and_counts_once() {
    let keys: Vec<_> = (0..3).map(|number| device_key(number).public()).collect();
    let crypto = invitee_key();
    let votes = |of: &[(u16, u32)], candidate: &Candidate| {
        let votes = of.iter().map(|(number, signer)| {
            let vote = self::candidate().vote(&device_key(*signer));
            (*number, vote)
        });
        candidate.votes(&crypto, &keys, &votes.collect::<Vec<_>>())
    };
    let own = candidate();
    assert_eq!(votes(&[(0, 0), (2, 2)], &own), 2);
    assert_eq!(votes(&[(0, 0), (0, 0)], &own), 1, "twice the same");
    assert_eq!(votes(&[(0, 0), (1, 0)], &own), 1, "under another's number");
    assert_eq!(votes(&[(0, 0), (3, 3)], &own), 1, "of no device");
    let others = [
        Candidate {
            account: [1; 32],
            ..own
        },
        Candidate {
            cid: [1; 32],
            ..own
        },
        Candidate {
            device: [1; 32],
            ..own
        },
        Candidate { epoch: 11, ..own },
    ];
    for other in others {
        assert_eq!(votes(&[(0, 0)], &other), 0, "{other:?}");
    }
    // A proof is for one invitation, by whoever holds the key.
    let proof = prove(&crypto, &CID);
    assert!(proven(&crypto, &CID, &own.device, &proof));
    assert!(!proven(&crypto, &[9; 32], &own.device, &proof));
    assert!(!proven(&crypto, &CID, &keys[0], &proof));
}
