//! Fills the objects of an audit: names for ids, places for steps, terms for polynomials.
//!
//! In: an audit with its [`Subject`] and symbols. Out: the rows, in the audit's own order.

use super::{
    AmountOf, Audit, Authority, Bound, Bridge, ContextRow, Costs, Crossing, Endless, FactBranch,
    FactRow, Factor, Grant, Leakage, MessageRow, RangeOf, ReceiptRow, Row, Symbol, Term,
};
use crate::audit::{
    self, Account, Amount, Coverage, FactStep, Facts, Polynomial, Range, Rounds, SymbolKind,
    Symbols, Unit,
};
use crate::emit::audit::whole;
use crate::emit::json::report::Place;
use crate::emit::name::{Names, fact, observer};
use crate::emit::{Subject, resilience};
use crate::global::SendId;

/// What every part of an audit is shown with.
pub(super) struct View<'a> {
    pub(super) subject: Subject<'a>,
    pub(super) names: &'a Names<'a>,
    pub(super) symbols: &'a Symbols,
}

impl View<'_> {
    pub(super) fn audit(&self, audit: &audit::Audit) -> Audit {
        let contexts = &audit.contexts;
        Audit {
            symbols: self
                .symbols
                .iter()
                .map(|(_, symbol)| self::symbol(symbol, self.symbols))
                .collect(),
            authority: self.authority(&audit.authority),
            cost: self.costs(&audit.cost),
            leakage: audit
                .leakage
                .iter()
                .map(|leak| Leakage {
                    observer: observer(leak.observer),
                    costs: self.costs(&leak.account),
                })
                .collect(),
            facts: self.facts(&audit.facts),
            receipts: audit
                .receipts
                .iter()
                .map(|link| self.receipt(link))
                .collect(),
            contexts: contexts
                .contexts
                .iter()
                .map(|context| ContextRow {
                    context: self.names.context(context.context),
                    roles: context
                        .roles
                        .iter()
                        .map(|role| whole(self.names, *role))
                        .collect(),
                    sends: self.places(&context.sends),
                })
                .collect(),
            bridges: contexts
                .bridges
                .iter()
                .map(|bridge| Bridge {
                    from: self.names.context(bridge.from),
                    to: self.names.context(bridge.to),
                    roles: bridge
                        .roles
                        .iter()
                        .map(|role| whole(self.names, *role))
                        .collect(),
                    sends: self.places(&bridge.sends),
                })
                .collect(),
            resilience: audit
                .resilience
                .as_ref()
                .map(|found| resilience::rows(self.subject, self.names, found)),
        }
    }

    fn place(&self, send: SendId) -> Place {
        let span = self.subject.protocol.sends[send.index()].span;
        Place::new(self.subject.sources, span)
    }

    fn places(&self, sends: &[SendId]) -> Vec<Place> {
        sends.iter().map(|send| self.place(*send)).collect()
    }

    fn authority(&self, authority: &audit::Authority) -> Authority {
        let names = self.names;
        let crossing = |(from, to): &(_, _)| Crossing {
            from: names.context(*from),
            to: names.context(*to),
        };
        let grant = |grant: &audit::Grant| Grant {
            role: whole(names, grant.role),
            capability: grant
                .capability
                .map(|id| names.demand(id, &grant.arguments)),
            message: names.label(grant.label).into(),
            to: grant.peers.iter().map(|peer| whole(names, *peer)).collect(),
            bridges: grant.bridges.iter().map(crossing).collect(),
            sends: self.places(&grant.sends),
        };
        let message = |message: &audit::Guarded| MessageRow {
            message: names.label(message.label).into(),
            guarded_paths: match message.coverage() {
                Coverage::Every => "every",
                Coverage::Some => "some",
                Coverage::None => "none",
            },
            uniform: message.uniform,
            guarded: self.places(&message.guarded),
            free: self.places(&message.free),
        };
        let capabilities = &self.subject.protocol.capabilities;
        Authority {
            grants: authority.grants.iter().map(grant).collect(),
            messages: authority.messages.iter().map(message).collect(),
            unused: authority
                .unused
                .iter()
                .map(|id| capabilities[id.index()].name.clone())
                .collect(),
        }
    }

    fn costs(&self, account: &Account) -> Costs {
        let unit = account.measure.unit();
        let row = |row: &audit::Row| Row {
            role: whole(self.names, row.role),
            peer: row.peer.map(|peer| whole(self.names, peer)),
            amount: self.amount(&row.amount, unit),
            per_member: row
                .per_member
                .as_ref()
                .map(|amount| self.amount(amount, unit)),
        };
        Costs {
            run: self.amount(&account.run, unit),
            roles: account.roles.iter().map(row).collect(),
            pairs: account.pairs.iter().map(row).collect(),
        }
    }

    fn amount(&self, amount: &Amount, unit: Unit) -> AmountOf {
        let complete = amount
            .complete
            .as_ref()
            .map(|range| self.range(range, unit));
        let (best, worst, needed) = match complete {
            Some(range) => (Some(range.best), Some(range.worst), Some(range.needed)),
            None => (None, None, None),
        };
        let endless = |rounds: &audit::PerRound| Endless {
            recursion: rounds.name.clone(),
            before: self.range(&rounds.before, unit),
            round: self.range(&rounds.round, unit),
        };
        AmountOf {
            best,
            worst,
            needed,
            endless: amount.endless.iter().map(endless).collect(),
        }
    }

    fn range(&self, range: &Range, unit: Unit) -> RangeOf {
        RangeOf {
            best: self.bound(&range.best, range.best_text(self.symbols, unit)),
            worst: self.bound(&range.worst, range.worst_text(self.symbols, unit)),
            needed: self.bound(&range.needed, range.needed_text(self.symbols, unit)),
        }
    }

    fn bound(&self, bound: &audit::Bound, text: String) -> Bound {
        Bound {
            text,
            exact: bound.exact,
            terms: self.terms(&bound.value),
        }
    }

    fn terms(&self, value: &Polynomial) -> Vec<Term> {
        let factor = |&(var, power): &(_, u32)| Factor {
            symbol: self
                .symbols
                .get(var)
                .map_or("?", |symbol| &symbol.name)
                .into(),
            power,
        };
        let term = |(powers, coefficient): &(Vec<_>, _)| Term {
            coefficient: ToString::to_string(coefficient),
            factors: powers.iter().map(factor).collect(),
        };
        value.terms().iter().map(term).collect()
    }

    fn facts(&self, facts: &Facts) -> Vec<FactRow> {
        facts.iter().map(|step| self.fact(step)).collect()
    }

    fn fact(&self, step: &FactStep) -> FactRow {
        let branch = |label: &str, facts: &Facts| FactBranch {
            label: Some(label.to_owned()),
            facts: self.facts(facts),
        };
        let names = self.names;
        match step {
            FactStep::Left(left) => FactRow::Facts {
                role: whole(names, left.role),
                facts: left.facts.iter().map(fact).collect(),
                merged: left.merged,
                place: self.place(left.send),
            },
            FactStep::Choice { decider, branches } => FactRow::Choice {
                decider: names.party(decider.role, &decider.members),
                branches: branches
                    .iter()
                    .map(|(label, facts)| FactBranch {
                        label: label.clone(),
                        facts: self.facts(facts),
                    })
                    .collect(),
            },
            FactStep::Rounds(rounds, facts) => FactRow::Loop {
                rounds: match rounds {
                    Rounds::Counted(count) => names.size(count),
                    Rounds::Decided(role) => format!("decides: {}", whole(names, *role)),
                    Rounds::For(role) => format!("for each of {}", whole(names, *role)),
                    Rounds::Rec(_, name) => format!("rec {name}"),
                },
                facts: self.facts(facts),
            },
            FactStep::Par(_, branches) => FactRow::Par {
                branches: (1..)
                    .zip(branches)
                    .map(|(at, facts): (usize, _)| branch(&at.to_string(), facts))
                    .collect(),
            },
            FactStep::Timeout {
                timer,
                decider,
                in_time,
                late,
            } => FactRow::Timeout {
                lasting: names.protocol.timers[timer.index()].clone(),
                decider: whole(names, *decider),
                branches: vec![branch("in time", in_time), branch("late", late)],
            },
            FactStep::Continue(rec) => FactRow::Continue {
                recursion: names.rec(*rec).into(),
            },
        }
    }

    fn receipt(&self, link: &audit::ReceiptLink) -> ReceiptRow {
        let send = &self.subject.protocol.sends[link.send.index()];
        ReceiptRow {
            message: self.names.label(send.label).into(),
            from: self.names.party(send.from.role, &send.from.members),
            receipt: self.names.receipt(link.receipt).into(),
            arrived_by: self.places(&link.arrived_by),
            place: self.place(link.send),
        }
    }
}

fn symbol(symbol: &audit::Symbol, symbols: &Symbols) -> Symbol {
    Symbol {
        name: symbol.name.clone(),
        kind: match symbol.kind {
            SymbolKind::Size(_) => "size",
            SymbolKind::Rest(..) => "rest",
            SymbolKind::Rounds(_) => "rounds",
            SymbolKind::Sum(_) => "sum",
        },
        at_least: symbol.at_least,
        value: match &symbol.kind {
            SymbolKind::Sum(sum) => Some(sum.display(symbols, Unit::One)),
            _ => None,
        },
    }
}
