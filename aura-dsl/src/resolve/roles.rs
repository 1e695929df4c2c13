//! Roles, families and their sizes.
//!
//! In: the declarations of a protocol's roles and the splits that its ranges ask for. Out: the
//! table of roles, the table of size symbols with their bounds, and what each name stands for.

use std::collections::{BTreeSet, HashMap};

use super::protocol::Resolver;
use super::splits::Splits;
use crate::ast::{self, FamilySize};
use crate::diag::{Diagnostic, codes};
use crate::global::{Members, Part, Role, RoleId, Size, SizeId, SizeSymbol};
use crate::source::Span;

/// What the name of a role stands for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Binding {
    /// A single role, or the member of a family that a call handed over.
    Single(RoleId, Members),
    /// A family.
    Family(RoleId),
    /// A family that ranges split in two: its first members, and the others.
    Split {
        /// `Q[0..at]`.
        low: RoleId,
        /// `Q[at..whole]`.
        high: RoleId,
        /// How many the first part has.
        at: SizeId,
        /// How many the family has.
        whole: Size,
    },
}

/// The size symbols of a protocol.
#[derive(Default)]
pub(super) struct SizeTable {
    /// In the order of first use.
    pub(super) symbols: Vec<SizeSymbol>,
    index: HashMap<String, SizeId>,
}

impl SizeTable {
    /// The symbol of that name, which is at least `at_least`.
    pub(super) fn intern(&mut self, name: &str, span: Span, at_least: u64) -> SizeId {
        let id = self.index.get(name).copied().unwrap_or_else(|| {
            let id = SizeId::of(self.symbols.len());
            self.index.insert(name.to_owned(), id);
            self.symbols.push(SizeSymbol {
                name: name.to_owned(),
                span,
                at_least,
                at_most: Vec::new(),
            });
            id
        });
        self.raise(&Size::Symbol(id), at_least);
        id
    }

    /// Notes that a size is at least `bound`; constants and differences are judged elsewhere.
    pub(super) fn raise(&mut self, size: &Size, bound: u64) {
        if let Size::Symbol(id) = size {
            let symbol = &mut self.symbols[id.index()];
            symbol.at_least = symbol.at_least.max(bound);
        }
    }

    /// Notes that `size` is at most `bound`.
    pub(super) fn limit(&mut self, size: &Size, bound: &Size) {
        if let (Size::Symbol(id), true) = (size, size != bound) {
            let limits = &mut self.symbols[id.index()].at_most;
            if !limits.contains(bound) {
                limits.push(bound.clone());
            }
        }
    }
}

impl<'a> Resolver<'a, '_> {
    /// Notes the sizes of a protocol's families, by role.
    pub(super) fn declare_sizes(&mut self, protocol: &'a ast::Protocol) -> Vec<Option<Size>> {
        let size = |role: &'a ast::RoleDecl| match role.size.as_ref()? {
            FamilySize::Of(ast::Size::Number(number, span)) => {
                if *number == 0 {
                    let message = format!("the family `{}` has no members", role.name.text);
                    self.stage.report.push(
                        Diagnostic::new(codes::E0227, *span, message)
                            .help("a family has at least one member"),
                    );
                }
                Some(Size::Number((*number).max(1)))
            }
            FamilySize::Of(ast::Size::Symbol(name)) => {
                Some(Size::Symbol(self.sizes.intern(&name.text, name.span, 1)))
            }
            FamilySize::Any(span) => {
                let name = format!("|{}|", role.name.text);
                Some(Size::Symbol(self.sizes.intern(&name, *span, 1)))
            }
        };
        protocol.roles.iter().map(size).collect()
    }

    /// Fills the table of roles. Returns what each name stands for, by name and in order.
    pub(super) fn declare_roles(
        &mut self,
        protocol: &'a ast::Protocol,
        families: &[Option<Size>],
        splits: &Splits,
    ) -> (HashMap<&'a str, Binding>, Vec<Binding>) {
        let mut names = HashMap::new();
        let mut order = Vec::new();
        for (position, role) in protocol.roles.iter().enumerate() {
            let name = &*role.name.text;
            let binding = match (&families[position], splits.get(&position)) {
                (None, _) => {
                    let id = self.role(name.to_owned(), role, None, None);
                    Binding::Single(id, Members::Single)
                }
                (Some(size), None) => {
                    let id = self.role(name.to_owned(), role, Some(size.clone()), None);
                    Binding::Family(id)
                }
                (Some(whole), Some(at)) => self.split(role, whole, *at),
            };
            order.push(binding.clone());
            names.insert(name, binding);
        }
        (names, order)
    }

    fn split(&mut self, role: &ast::RoleDecl, whole: &Size, at: SizeId) -> Binding {
        let name = &role.name.text;
        let symbol = &self.sizes.symbols[at.index()].name;
        let names = [
            format!("{name}[0..{symbol}]"),
            format!("{name}[{symbol}..]"),
        ];
        let at_size = Size::Symbol(at);
        self.sizes.limit(&at_size, whole);
        let rest = Size::Difference(Box::new(whole.clone()), Box::new(at_size.clone()));
        let part = |offset| Part {
            family: name.clone(),
            offset,
        };
        let [low, high] = names;
        let first = part(Size::Number(0));
        let second = part(at_size.clone());
        Binding::Split {
            low: self.role(low, role, Some(at_size), Some(first)),
            high: self.role(high, role, Some(rest), Some(second)),
            at,
            whole: whole.clone(),
        }
    }

    fn role(
        &mut self,
        name: String,
        decl: &ast::RoleDecl,
        family: Option<Size>,
        part: Option<Part>,
    ) -> RoleId {
        let id = RoleId::of(self.out.roles.len());
        self.out.roles.push(Role {
            name,
            span: decl.name.span,
            family,
            part,
            constants: BTreeSet::new(),
        });
        id
    }

    /// A size as it is written in a step: a number or a symbol, at least `at_least`.
    pub(super) fn size(&mut self, size: &ast::Size, at_least: u64) -> Option<Size> {
        match size {
            ast::Size::Number(number, _) => Some(Size::Number(*number)),
            ast::Size::Symbol(name) => {
                if let Some((_, _, bound)) = self.index(&name.text) {
                    let message = format!("`{}` is an index here, not a size", name.text);
                    self.stage.report.push(
                        Diagnostic::new(codes::E0212, name.span, message)
                            .label(bound, "it runs over a family here")
                            .help("sizes are numbers, or symbols that no `for` binds"),
                    );
                    return None;
                }
                let size = match self.frame().sizes.get(&*name.text) {
                    Some(size) => size.clone(),
                    None => Size::Symbol(self.sizes.intern(&name.text, name.span, at_least)),
                };
                self.sizes.raise(&size, at_least);
                Some(size)
            }
        }
    }

    /// A size as printed.
    pub(super) fn print_size(&self, size: &Size) -> String {
        match size {
            Size::Number(number) => number.to_string(),
            Size::Symbol(id) => self.sizes.symbols[id.index()].name.clone(),
            Size::Difference(a, b) => {
                format!("{} - {}", self.print_size(a), self.print_size(b))
            }
        }
    }
}
