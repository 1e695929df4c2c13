//! The symbols that the audit's polynomials range over.
//!
//! In: a protocol. Out: one [`Var`] for each size symbol, for the rest of a split family, and for
//! the rounds of each loop that runs for as long as its decider likes. What holds: the order is
//! that of the text, no two symbols share a printed name, and every symbol knows a lower bound.
//! The rest `m - t` is a symbol of its own, so that products of rests need no expansion.

use std::collections::BTreeMap;

use crate::audit::polynomial::Polynomial;
use crate::global::{Block, LoopId, Members, Party, Protocol, RecId, Size, SizeId, Step};
use crate::source::Span;

/// A symbol, by its position in [`Symbols`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Var(u32);

impl Var {
    /// Its position among all symbols of the protocol.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What is known of a symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// As printed: `m`, `(m - t)`, `#X`.
    pub name: String,
    /// The smallest value.
    pub at_least: u64,
    /// What the symbol stands for.
    pub kind: SymbolKind,
}

/// What a symbol stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SymbolKind {
    /// A size that is bound when a session is created.
    Size(SizeId),
    /// What a split leaves: the first size without the second.
    Rest(Size, Size),
    /// How often a loop is gone round again.
    Rounds(Span),
    /// A sum that is too long to be carried through loops around it.
    Sum(Polynomial),
}

/// The symbols of a protocol.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Symbols {
    known: Vec<Symbol>,
    by_size: BTreeMap<Size, Var>,
    by_loop: BTreeMap<LoopId, Var>,
    by_rec: BTreeMap<RecId, Var>,
    by_sum: BTreeMap<Polynomial, Var>,
    sums: Vec<Sum>,
    names: BTreeMap<String, u32>,
}

/// A known sum: `whole = part + rest` with `rest` at least 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) whole: Var,
    pub(crate) part: Var,
    pub(crate) rest: Var,
}

impl Symbols {
    /// Collects the symbols of a protocol.
    pub fn of(protocol: &Protocol) -> Self {
        let mut symbols = Self::default();
        for (index, size) in protocol.sizes.iter().enumerate() {
            let id = SizeId::of(index);
            let var = symbols.push(&size.name, size.at_least, SymbolKind::Size(id));
            symbols.by_size.insert(Size::Symbol(id), var);
        }
        for (index, size) in protocol.sizes.iter().enumerate() {
            let part = Size::Symbol(SizeId::of(index));
            for whole in &size.at_most {
                if matches!(whole, Size::Symbol(_)) {
                    symbols.size(&Size::Difference(
                        Box::new(whole.clone()),
                        Box::new(part.clone()),
                    ));
                }
            }
        }
        for role in &protocol.roles {
            role.family.iter().for_each(|size| symbols.size(size));
        }
        for send in &protocol.sends {
            symbols.party(&send.from);
            symbols.party(&send.to);
        }
        symbols.block(&protocol.body);
        symbols
    }

    fn push(&mut self, name: &str, at_least: u64, kind: SymbolKind) -> Var {
        let uses = self.names.entry(name.to_owned()).or_insert(0);
        *uses = uses.saturating_add(1);
        let name = match *uses {
            1 => name.to_owned(),
            later => format!("{name}.{later}"),
        };
        let var = Var(u32::try_from(self.known.len()).unwrap_or(u32::MAX));
        self.known.push(Symbol {
            name,
            at_least,
            kind,
        });
        var
    }

    /// A symbol that stands for a polynomial. Loops nested in loops multiply long sums by more and
    /// more rounds; as a symbol the sum is written once, which keeps the time linear.
    pub(crate) fn abbreviate(&mut self, sum: Polynomial) -> Var {
        if let Some(var) = self.by_sum.get(&sum) {
            return *var;
        }
        let name = format!("sum{}", self.by_sum.len() + 1);
        let var = self.push(&name, 0, SymbolKind::Sum(sum.clone()));
        self.by_sum.insert(sum, var);
        var
    }

    /// The symbols with the given sizes filled in where one stands for a sum.
    #[must_use]
    pub(crate) fn at(&self, sizes: &BTreeMap<SizeId, u64>) -> Symbols {
        let mut symbols = self.clone();
        for symbol in &mut symbols.known {
            if let SymbolKind::Sum(sum) = &mut symbol.kind {
                *sum = sum.at(sizes, self);
            }
        }
        symbols
    }

    fn size(&mut self, size: &Size) {
        let Size::Difference(whole, part) = size else {
            return;
        };
        self.size(whole);
        self.size(part);
        if self.by_size.contains_key(size) || constant(size).is_some() {
            return;
        }
        let name = format!("({})", self.size_name(size));
        let kind = SymbolKind::Rest((**whole).clone(), (**part).clone());
        let rest = self.push(&name, 0, kind);
        self.by_size.insert(size.clone(), rest);
        if let (Some(&whole), Some(&part)) = (self.by_size.get(whole), self.by_size.get(part)) {
            // A part has no larger lower bound than its whole, or the bounds are not checked yet.
            if self.at_least(part) <= self.at_least(whole) {
                self.sums.push(Sum { whole, part, rest });
            }
        }
    }

    fn party(&mut self, party: &Party) {
        if let Members::Any(size) = &party.members {
            self.size(size);
        }
    }

    fn block(&mut self, block: &Block) {
        for step in &block.steps {
            self.step(step);
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Send(_) | Step::Continue(..) | Step::Local(_) => {}
            Step::Choice(choice) => {
                self.party(&choice.decider);
                for branch in &choice.branches {
                    self.block(&branch.body);
                }
            }
            Step::Counted(counted) => {
                self.size(&counted.count);
                self.block(&counted.body);
            }
            Step::Decided(decided) => {
                let name = format!("#loop{}", decided.id.0.saturating_add(1));
                let var = self.push(&name, 0, SymbolKind::Rounds(decided.span));
                self.by_loop.insert(decided.id, var);
                self.block(&decided.body);
            }
            Step::For(each) => self.block(&each.body),
            Step::Rec(rec) => {
                let name = format!("#{}", rec.name);
                let var = self.push(&name, 0, SymbolKind::Rounds(rec.span));
                self.by_rec.insert(rec.id, var);
                self.block(&rec.body);
            }
            Step::Par(par) => par.branches.iter().for_each(|branch| self.block(branch)),
            Step::Timeout(timeout) => {
                self.block(&timeout.body);
                self.block(&timeout.otherwise);
            }
        }
    }

    /// What is known of a symbol.
    pub fn get(&self, var: Var) -> Option<&Symbol> {
        self.known.get(var.0 as usize)
    }

    /// Every symbol, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Var, &Symbol)> {
        (0u32..).map(Var).zip(&self.known)
    }

    /// The symbol of a size that is not a constant.
    pub fn of_size(&self, size: &Size) -> Option<Var> {
        self.by_size.get(size).copied()
    }

    /// The rounds of a loop that a role decides.
    pub fn of_loop(&self, id: LoopId) -> Option<Var> {
        self.by_loop.get(&id).copied()
    }

    /// The rounds of a recursion.
    pub fn of_rec(&self, id: RecId) -> Option<Var> {
        self.by_rec.get(&id).copied()
    }

    /// A size as printed: `5`, `m`, `m - t`.
    pub fn size_name(&self, size: &Size) -> String {
        match size {
            Size::Number(number) => number.to_string(),
            Size::Symbol(_) => self
                .of_size(size)
                .and_then(|var| self.get(var))
                .map_or_else(|| "?".to_owned(), |symbol| symbol.name.clone()),
            Size::Difference(whole, part) => {
                let (whole, part) = (self.size_name(whole), self.size_name(part));
                if part.contains(' ') {
                    format!("{whole} - ({part})")
                } else {
                    format!("{whole} - {part}")
                }
            }
        }
    }

    /// The smallest value of a symbol, 0 for an unknown one.
    pub(crate) fn at_least(&self, var: Var) -> u64 {
        self.get(var).map_or(0, |symbol| symbol.at_least)
    }

    /// Whether a symbol stands for what a split leaves.
    pub(crate) fn is_rest(&self, var: Var) -> bool {
        let symbol = self.get(var);
        symbol.is_some_and(|symbol| matches!(symbol.kind, SymbolKind::Rest(..)))
    }

    /// The sums that are known to hold.
    pub(crate) fn sums(&self) -> &[Sum] {
        &self.sums
    }

    /// The value of a symbol where `sizes` binds what it depends on.
    pub(crate) fn value(&self, var: Var, sizes: &BTreeMap<SizeId, u64>) -> Option<u64> {
        match &self.get(var)?.kind {
            SymbolKind::Size(id) => sizes.get(id).copied(),
            SymbolKind::Rest(whole, part) => {
                Some(bound(whole, sizes)?.saturating_sub(bound(part, sizes)?))
            }
            SymbolKind::Rounds(_) | SymbolKind::Sum(_) => None,
        }
    }
}

/// The value of a size without symbols.
pub(crate) fn constant(size: &Size) -> Option<u64> {
    bound(size, &BTreeMap::new())
}

fn bound(size: &Size, sizes: &BTreeMap<SizeId, u64>) -> Option<u64> {
    match size {
        Size::Number(number) => Some(*number),
        Size::Symbol(id) => sizes.get(id).copied(),
        Size::Difference(whole, part) => {
            Some(bound(whole, sizes)?.saturating_sub(bound(part, sizes)?))
        }
    }
}
