//! A threshold of signers attests an operation, or nobody does and everybody knows.

use aura_runtime::session::{Answers, LocalError, Session, SessionError};
use futures::future::try_join_all;

use super::stage::Stage;
use crate::threshold_ceremony::{
    Aborted, Attested, NonceCommitment, Open, SignatureShare, SigningPackage,
    threshold_ceremony::{
        Coordinator, CoordinatorLocal, Observer, Signer, SignerLocal, ThresholdCeremony,
        coordinator::{NonceCommitmentOrLate, SignatureShareOrLate},
        observer, signer,
    },
};

const ID: [u8; 32] = [1; 32];
const OPERATION: [u8; 32] = [2; 32];

struct Ceremony;

impl CoordinatorLocal for Ceremony {
    async fn fix_signers(
        &mut self,
        commitments: &Answers<Signer, NonceCommitment>,
    ) -> Result<Vec<(u16, Vec<u8>)>, LocalError> {
        Ok(commitments
            .values()
            .map(|answer| answer.commitment.clone())
            .collect())
    }

    async fn aggregate(
        &mut self,
        shares: &Answers<Signer, SignatureShare>,
    ) -> Result<[u8; 64], LocalError> {
        Ok([u8::try_from(shares.len()).unwrap_or(0); 64])
    }
}

impl SignerLocal for Ceremony {
    async fn inspect(&mut self, open: &Open) -> Result<bool, LocalError> {
        Ok(open.operation == OPERATION)
    }

    async fn sign(&mut self, _: &SigningPackage) -> Result<Vec<u8>, LocalError> {
        Ok(vec![1])
    }
}

fn aborted(missing: Vec<u16>) -> Aborted {
    Aborted {
        ceremony: ID,
        operation: OPERATION,
        missing,
    }
}

async fn coordinates(session: &mut Session<Coordinator>) -> Result<bool, SessionError> {
    let (ceremony, operation) = (ID, OPERATION);
    let open = Open {
        ceremony,
        operation,
        body: vec![],
    };
    let aborting = match session
        .start()?
        .open(open)
        .await?
        .nonce_commitment()
        .await?
    {
        NonceCommitmentOrLate::Late(state) => state,
        NonceCommitmentOrLate::NonceCommitment(_, state) => {
            let (signers, state) = state.fix_signers(&mut Ceremony).await?;
            let numbers = signers.iter().map(|(number, _)| *number).collect();
            let package = SigningPackage {
                ceremony,
                operation,
                signers,
            };
            match state
                .signing_package(package)
                .await?
                .signature_share()
                .await?
            {
                SignatureShareOrLate::Late(state) => state,
                SignatureShareOrLate::SignatureShare(_, state) => {
                    let (signature, state) = state.aggregate(&mut Ceremony).await?;
                    let attested = Attested {
                        ceremony,
                        operation,
                        signers: numbers,
                        signature,
                    };
                    let state = state.attested(attested.clone()).await?;
                    state.attested(attested).await?;
                    return Ok(true);
                }
            }
        }
    };
    let state = aborting.aborted(aborted(vec![1])).await?;
    state.aborted(aborted(vec![1])).await?;
    Ok(false)
}

/// Commits if `willing`; a signer of the package then signs unless it is the one that `fails`.
async fn signs(
    session: &mut Session<Signer>,
    willing: bool,
    fails: Option<u16>,
) -> Result<bool, SessionError> {
    let number = u16::try_from(session.member().index()).unwrap_or(0);
    let (ceremony, operation) = (ID, OPERATION);
    let (_, state) = session.start()?.open().await?;
    let (acceptable, state) = state.inspect(&mut Ceremony).await?;
    let state = if willing && acceptable {
        let commitment = (number, vec![7]);
        let commitment = NonceCommitment {
            ceremony,
            operation,
            commitment,
        };
        state.nonce_commitment(commitment).await?
    } else {
        state.abstain().await?
    };
    let (package, state) = match state.receive().await? {
        signer::SigningPackageOrAborted::SigningPackage(package, state) => (package, state),
        signer::SigningPackageOrAborted::Aborted(..) => return Ok(false),
    };
    let (share, state) = state.sign(&mut Ceremony).await?;
    let fixed = package.signers.iter().any(|(signer, _)| *signer == number);
    let state = if fixed && fails != Some(number) {
        let share = SignatureShare {
            ceremony,
            operation,
            share,
        };
        state.signature_share(share).await?
    } else {
        state.abstain().await?
    };
    Ok(matches!(
        state.receive().await?,
        signer::AttestedOrAborted::Attested(..)
    ))
}

#[tokio::test(start_paused = true)]
async fn threshold_ceremony() {
    // Three of four sign; too few commit; one that the package fixed does not sign.
    for (willing, fails, attested) in [(3, None, true), (2, None, false), (3, Some(1), false)] {
        let sizes = [4, 2, 3];
        let troupe = Stage::<ThresholdCeremony>::new(&sizes).await;
        let mut room = troupe.room();
        let mut coordinator = room.join(&troupe.ledgers[0]).unwrap();
        let mut signers: Vec<_> = (1..5)
            .map(|seat| room.join::<Signer>(&troupe.ledgers[seat]).unwrap())
            .collect();
        let mut observers: Vec<_> = (5..7)
            .map(|seat| room.join::<Observer>(&troupe.ledgers[seat]).unwrap())
            .collect();
        let signing = signers.iter_mut().map(|session| {
            let willing = session.member().index() < willing;
            signs(session, willing, fails)
        });
        let observing = observers.iter_mut().map(|session| async {
            Ok(matches!(
                session.start()?.receive().await?,
                observer::AttestedOrAborted::Attested(..)
            ))
        });
        let (did, signed, observed) = futures::try_join!(
            coordinates(&mut coordinator),
            try_join_all(signing),
            try_join_all(observing),
        )
        .unwrap();
        assert_eq!(
            (did, signed, observed),
            (attested, vec![attested; 4], vec![attested; 2])
        );
        let outcome = if attested {
            "operation_attested"
        } else {
            "ceremony_aborted"
        };
        let everywhere = troupe
            .ledgers
            .iter()
            .all(|ledger| ledger.facts().iter().any(|fact| fact.name == outcome));
        assert!(everywhere, "{outcome}");
        // Whoever showed a share has spent its nonces, and no other.
        let spent = (1..5).filter(|seat| {
            let facts = troupe.ledgers[*seat].facts();
            facts.iter().any(|fact| fact.name == "nonce_spent")
        });
        let shares = if attested {
            3
        } else if fails.is_some() {
            2
        } else {
            0
        };
        assert_eq!(spent.count(), shares);
    }
}
