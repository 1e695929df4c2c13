//! What an auditor needs: costs, leakage, authority, facts, contexts.
//!
//! In: a checked protocol. Out: an [`Audit`], plain data with the polynomials that both the text
//! and the JSON print, so that they carry the same numbers. What holds: the order of everything is
//! that of the text or of the declarations; bounds hold for every complete run without crashes
//! (SEMANTICS 6). Left out on purpose: how it looks, which is the business of `emit`.

pub mod account;
pub mod authority;
pub mod bounds;
pub mod facts;
pub mod polynomial;
pub mod range;
pub mod resilience;
pub mod symbols;
mod timeout;
mod weight;

use std::collections::BTreeMap;

use crate::contexts::{self, Contexts};
use crate::global::{Protocol, SizeId};

pub use account::{Account, Amount, Leak, PerRound, Row};
pub use authority::{Authority, Coverage, Grant, Guarded, ReceiptLink};
pub use facts::{FactStep, Facts, Left, Rounds};
pub use polynomial::{Polynomial, Unit};
pub use range::{Bound, Measure, Range};
pub use resilience::{Resilience, resilience};
pub use symbols::{Symbol, SymbolKind, Symbols, Var};

/// The audit of one protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audit {
    /// What the polynomials range over.
    pub symbols: Symbols,
    /// Flow cost: the run, each role, each pair of roles.
    pub cost: Account,
    /// Leakage to each class of observers.
    pub leakage: Vec<Leak>,
    /// Who may send what under which capability.
    pub authority: Authority,
    /// The facts that each branch leaves.
    pub facts: Facts,
    /// The links of all chains of receipts.
    pub receipts: Vec<ReceiptLink>,
    /// The contexts and the bridges between them.
    pub contexts: Contexts,
    /// What a crash and a slow receiver do, where it was asked for: it takes a walk over the
    /// automaton for each participant, which nobody but an auditor waits for.
    pub resilience: Option<Resilience>,
}

impl Audit {
    /// The audit with the given sizes filled in, as far as they are given.
    #[must_use]
    pub fn at(&self, sizes: &BTreeMap<SizeId, u64>) -> Audit {
        let mut audit = self.clone();
        audit.symbols = self.symbols.at(sizes);
        audit.cost.fill_in(sizes, &self.symbols);
        for leak in &mut audit.leakage {
            leak.account.fill_in(sizes, &self.symbols);
        }
        audit
    }
}

/// Audits a protocol.
pub fn audit(protocol: &Protocol) -> Audit {
    let mut symbols = Symbols::of(protocol);
    let bounds = bounds::bounds(protocol, &mut symbols);
    Audit {
        cost: account::account(protocol, &bounds, Measure::Cost, &symbols),
        leakage: account::leakage(protocol, &bounds, &symbols),
        authority: authority::authority(protocol),
        facts: facts::facts(protocol),
        receipts: authority::receipts(protocol),
        contexts: contexts::tables(protocol),
        resilience: None,
        symbols,
    }
}
