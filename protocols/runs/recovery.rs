//! Guardian recovery: granted, and disputed.

use std::time::Duration;

use aura_runtime::session::{Answers, LocalError, Session, SessionError, Unsent};
use futures::future::try_join_all;
use tokio::time::sleep;

use super::stage::Stage;
use crate::guardian_recovery::{
    Approval, ApprovalRequest, Completed, Consent, ConsentGiven, Dispute, DisputeNotice, Granted,
    Incomplete, KeyShare, RecoveryRequest, Refused, Release, WindowClosed,
    guardian_recovery::{
        Coordinator, CoordinatorLocal, Device, DeviceLocal, Guardian, GuardianLocal,
        GuardianRecovery, Owner, coordinator, device, guardian, owner,
    },
};

const ACCOUNT: [u8; 32] = [1; 32];
const DEVICE: [u8; 32] = [2; 32];

/// How long the cooldown still is, and what the owner says: objects, agrees, nothing.
#[derive(Clone, Copy)]
struct Story {
    cooldown: u64,
    owner: Option<bool>,
}

impl CoordinatorLocal for Story {
    async fn cooldown(&mut self, _: &RecoveryRequest) -> Result<u64, LocalError> {
        Ok(self.cooldown)
    }
}

impl GuardianLocal for Story {
    async fn verify_out_of_band(&mut self, _: &ApprovalRequest) -> Result<bool, LocalError> {
        Ok(true)
    }
}

impl DeviceLocal for Story {
    async fn reconstruct(&mut self, _: &Answers<Guardian, KeyShare>) -> Result<(), LocalError> {
        Ok(())
    }
}

fn refused() -> Refused {
    Refused {
        account: ACCOUNT,
        reason: "no".into(),
        retry_after: 1,
    }
}

async fn coordinates(
    session: &mut Session<Coordinator>,
    mut story: Story,
) -> Result<(), SessionError> {
    let (_, state) = session.start()?.recovery_request().await?;
    let (_, state) = state.cooldown(&mut story).await?;
    // Cooling comes first where it is open.
    let state = match state.refused(refused()).await {
        Ok(state) => {
            state.refused(refused()).await?.refused(refused()).await?;
            return Ok(());
        }
        Err(Unsent::Refused(closed)) => closed.state,
        Err(Unsent::Fatal(error)) => return Err(*error),
    };
    let request = ApprovalRequest {
        account: ACCOUNT,
        device: DEVICE,
        justification: String::new(),
    };
    let refusing = match state.approval_request(request).await?.approval().await? {
        coordinator::ApprovalOrLate::Late(state) => state,
        coordinator::ApprovalOrLate::Approval(answers, state) => {
            let notice = DisputeNotice {
                account: ACCOUNT,
                device: DEVICE,
                approvals: answers.len() as u64,
            };
            let granting = match state.dispute_notice(notice).await?.receive().await? {
                coordinator::DisputeOrConsentOrLate::Dispute(_, state) => Err(state),
                coordinator::DisputeOrConsentOrLate::Consent(_, state) => {
                    let given = ConsentGiven {
                        account: ACCOUNT,
                        device: DEVICE,
                    };
                    Ok(state.consent_given(given).await?)
                }
                coordinator::DisputeOrConsentOrLate::Late(state) => {
                    let closed = WindowClosed {
                        account: ACCOUNT,
                        device: DEVICE,
                    };
                    Ok(state.window_closed(closed).await?)
                }
            };
            match granting {
                Ok(state) => {
                    let granted = Granted {
                        account: ACCOUNT,
                        device: DEVICE,
                    };
                    let release = Release {
                        account: ACCOUNT,
                        device: DEVICE,
                    };
                    state.granted(granted).await?.release(release).await?;
                    return Ok(());
                }
                Err(state) => state,
            }
        }
    };
    let state = refusing.refused(refused()).await?;
    state.refused(refused()).await?.refused(refused()).await?;
    Ok(())
}

async fn asks(session: &mut Session<Device>, mut story: Story) -> Result<bool, SessionError> {
    let request = RecoveryRequest {
        account: ACCOUNT,
        device: DEVICE,
        operation: String::new(),
        justification: String::new(),
        priority: 0,
    };
    let completed = Completed {
        account: ACCOUNT,
        device: DEVICE,
    };
    let incomplete = Incomplete { account: ACCOUNT };
    let state = session.start()?.recovery_request(request).await?;
    match state.receive().await? {
        device::ConsentGivenOrWindowClosedOrRefused::Refused(..) => return Ok(false),
        device::ConsentGivenOrWindowClosedOrRefused::ConsentGiven(_, state) => {
            match state.key_share().await? {
                device::KeyShareOrLate::KeyShare(_, state) => {
                    let state = state.reconstruct(&mut story).await?;
                    state.completed(completed).await?;
                }
                device::KeyShareOrLate::Late(state) => {
                    state.incomplete(incomplete).await?;
                }
            }
        }
        device::ConsentGivenOrWindowClosedOrRefused::WindowClosed(_, state) => {
            match state.key_share().await? {
                device::KeyShareOrLate2::KeyShare(_, state) => {
                    let state = state.reconstruct(&mut story).await?;
                    state.completed(completed).await?;
                }
                device::KeyShareOrLate2::Late(state) => {
                    state.incomplete(incomplete).await?;
                }
            }
        }
    }
    Ok(true)
}

async fn guards(session: &mut Session<Guardian>, mut story: Story) -> Result<bool, SessionError> {
    let state = match session.start()?.receive().await? {
        guardian::ApprovalRequestOrRefused::ApprovalRequest(_, state) => state,
        guardian::ApprovalRequestOrRefused::Refused(..) => return Ok(false),
    };
    let (_, state) = state.verify_out_of_band(&mut story).await?;
    let approval = Approval {
        account: ACCOUNT,
        device: DEVICE,
    };
    let state = match state.approval(approval).await?.receive().await? {
        guardian::RefusedOrRelease::Refused(..) => return Ok(false),
        guardian::RefusedOrRelease::Release(_, state) => state,
    };
    let share = KeyShare {
        account: ACCOUNT,
        share: vec![],
    };
    Ok(matches!(
        state.key_share(share).await?.receive().await?,
        guardian::CompletedOrIncomplete::Completed(..)
    ))
}

async fn owns(session: &mut Session<Owner>, story: Story) -> Result<(), SessionError> {
    let state = match session.start()?.receive().await? {
        owner::DisputeNoticeOrRefused::DisputeNotice(_, state) => state,
        owner::DisputeNoticeOrRefused::Refused(..) => return Ok(()),
    };
    if story.owner.is_none() {
        // Beyond the 48 hours: the answer is late, and a send all the same.
        sleep(Duration::from_hours(49)).await;
    }
    if story.owner == Some(true) {
        let consent = Consent { account: ACCOUNT };
        state.consent(consent).await?.granted().await?;
    } else {
        let dispute = Dispute {
            account: ACCOUNT,
            reason: String::new(),
        };
        let _ = state.dispute(dispute).await?.receive().await?;
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn guardian_recovery() {
    let stories = [
        (5, None, false),
        (0, Some(true), true),
        (0, Some(false), false),
        (0, None, true),
    ];
    for (cooldown, owner, granted) in stories {
        let story = Story { cooldown, owner };
        let troupe = Stage::<GuardianRecovery>::new(&[3, 2]).await;
        let mut room = troupe.room();
        let mut device = room.join(&troupe.ledgers[0]).unwrap();
        let mut coordinator = room.join(&troupe.ledgers[1]).unwrap();
        let mut guardians: Vec<_> = (2..5)
            .map(|seat| room.join::<Guardian>(&troupe.ledgers[seat]).unwrap())
            .collect();
        let mut owning = room.join(&troupe.ledgers[5]).unwrap();
        let all = guardians.iter_mut().map(|session| guards(session, story));
        let (recovered, (), heard, ()) = futures::try_join!(
            asks(&mut device, story),
            coordinates(&mut coordinator, story),
            try_join_all(all),
            owns(&mut owning, story),
        )
        .unwrap();
        assert_eq!((recovered, heard), (granted, vec![granted; 3]));
    }
}
