//! A threshold of signers attests an operation, or nobody does and everybody knows.
//!
//! The signatures are FROST's (RFC 9591, Ed25519): what the observers get verifies under the group's
//! key as any Ed25519 signature does.

use aura_runtime::session::{Answers, LocalError, Session, SessionError};
use frost_ed25519::{Signature, keys::PublicKeyPackage};
use futures::future::{join_all, try_join_all};

use super::{
    signing::{Commitment, Group, Signer as Signing, combine},
    stage::Stage,
};
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

/// The coordinator holds no share: the group's public keys are enough to aggregate.
struct Collects {
    keys: PublicKeyPackage,
    signers: Vec<Commitment>,
}

impl CoordinatorLocal for Collects {
    async fn fix_signers(
        &mut self,
        commitments: &Answers<Signer, NonceCommitment>,
    ) -> Result<Vec<Commitment>, LocalError> {
        let answers = commitments.values();
        self.signers = answers.map(|answer| answer.commitment.clone()).collect();
        Ok(self.signers.clone())
    }

    async fn aggregate(
        &mut self,
        shares: &Answers<Signer, SignatureShare>,
    ) -> Result<[u8; 64], LocalError> {
        let shares = shares.iter();
        let shares = shares.map(|(member, answer)| (member.index(), &answer.share[..]));
        combine(&self.keys, &OPERATION, &self.signers, shares)
    }
}

impl SignerLocal for Signing {
    async fn inspect(&mut self, open: &Open) -> Result<bool, LocalError> {
        Ok(open.operation == OPERATION)
    }

    async fn sign(&mut self, fixed: &SigningPackage) -> Result<Vec<u8>, LocalError> {
        let share = self.share(&fixed.operation, &fixed.signers)?;
        Ok(share.unwrap_or_default())
    }
}

fn aborted(missing: Vec<u16>) -> Aborted {
    Aborted {
        ceremony: ID,
        operation: OPERATION,
        missing,
    }
}

async fn coordinates(
    session: &mut Session<Coordinator>,
    keys: PublicKeyPackage,
) -> Result<bool, SessionError> {
    let mut hooks = Collects {
        keys,
        signers: Vec::new(),
    };
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
            let (signers, state) = state.fix_signers(&mut hooks).await?;
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
                    let (signature, state) = state.aggregate(&mut hooks).await?;
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
    mut hooks: Signing,
    willing: bool,
    fails: Option<u16>,
) -> Result<bool, SessionError> {
    let number = hooks.number;
    let (ceremony, operation) = (ID, OPERATION);
    let (_, state) = session.start()?.open().await?;
    let (acceptable, state) = state.inspect(&mut hooks).await?;
    let state = if willing && acceptable {
        let commitment = hooks.commits().unwrap();
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
    let (share, state) = state.sign(&mut hooks).await?;
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

/// Whether the signature that an observer is shown is the group's, over the operation.
async fn observes(
    session: &mut Session<Observer>,
    keys: &PublicKeyPackage,
) -> Result<bool, SessionError> {
    let observer::AttestedOrAborted::Attested(shown, _) = session.start()?.receive().await? else {
        return Ok(false);
    };
    let signature = Signature::deserialize(&shown.signature).unwrap();
    let verified = keys.verifying_key().verify(&OPERATION, &signature);
    verified.unwrap();
    assert!(keys.verifying_key().verify(&ID, &signature).is_err());
    Ok(true)
}

#[tokio::test(start_paused = true)]
async fn threshold_ceremony() {
    let group = Group::new(4, 3);
    let keys = &group.keys;
    // Three of four sign; too few commit; one that the package fixed does not sign.
    for (willing, fails, attested) in [(3, None, true), (2, None, false), (3, Some(1), false)] {
        let sizes = [4, 2, 3];
        let mut troupe = Stage::<ThresholdCeremony>::new(&sizes).await;
        troupe.connect();
        let signers: Vec<_> = (1..5).map(|seat| troupe.accept::<Signer>(seat)).collect();
        let observers: Vec<_> = (5..7).map(|seat| troupe.accept::<Observer>(seat)).collect();
        let (mut coordinator, mut signers, mut observers) = futures::join!(
            troupe.open::<Coordinator>(),
            join_all(signers),
            join_all(observers),
        );
        let signing = signers.iter_mut().zip(group.signers());
        let signing = signing.map(|(session, signer)| {
            let willing = session.member().index() < willing;
            signs(session, signer, willing, fails)
        });
        let observing = observers.iter_mut().map(|session| observes(session, keys));
        let (did, signed, observed) = futures::try_join!(
            coordinates(&mut coordinator, keys.clone()),
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
