//! Which members of a family a selector names: constants, quorums and ranges against its size.

use super::parties::size_span;
use super::protocol::Resolver;
use crate::ast::{self, Endpoint};
use crate::diag::codes;
use crate::global::{Members, RoleId, Size};
use crate::source::Span;

/// A range of constants may name as many members.
const RANGE_LIMIT: u64 = 1_000;

impl<'a> Resolver<'a, '_> {
    /// Whether a constant is an index of the family; notes that it is used.
    pub(super) fn constant(
        &mut self,
        role: RoleId,
        number: u64,
        span: Span,
        endpoint: &Endpoint,
    ) -> bool {
        let size = self.family_size(role);
        match size {
            Size::Number(size) if number >= size => {
                let name = &endpoint.role.text;
                let message =
                    format!("`{name}` has {size} members, so there is no `{name}[{number}]`");
                let help = format!("indices of `{name}` run from 0 to {}", size - 1);
                self.refuse(codes::E0213, span, message, help);
                return false;
            }
            Size::Difference(..) => {
                let message = "a constant cannot name a member of the later part of a split family";
                let help = "use `for` over the part";
                self.refuse(codes::E0219, span, message.to_owned(), help.to_owned());
                return false;
            }
            _ => self.sizes.raise(&size, number.saturating_add(1)),
        }
        self.out.roles[role.index()].constants.insert(number);
        true
    }

    /// A quorum, which its family must be able to fill.
    pub(super) fn quorum(
        &mut self,
        quorum: &'a ast::Size,
        family: &Size,
        endpoint: &Endpoint,
    ) -> Option<Size> {
        let span = size_span(quorum);
        let size = self.size(quorum, 1)?;
        let name = &endpoint.role.text;
        let wrong = match (&size, family) {
            (Size::Number(0), _) => Some("a quorum has at least one member".to_owned()),
            (Size::Number(t), Size::Number(m)) if t > m => Some(format!(
                "`{name}` has {m} members, so no {t} of them can answer"
            )),
            _ => None,
        };
        if let Some(message) = wrong {
            let help = format!("a quorum of `{name}` is at least 1 and at most its size");
            self.refuse(codes::E0214, span, message, help);
            return None;
        }
        self.sizes.limit(&size, family);
        if let Size::Number(t) = size {
            self.sizes.raise(family, t);
        }
        Some(size)
    }

    /// `Q[a..b]` of a family that no range splits: constants, or the whole family.
    pub(super) fn range(
        &mut self,
        role: RoleId,
        from: &'a ast::Size,
        to: &'a ast::Size,
        span: Span,
        endpoint: &Endpoint,
    ) -> Vec<(RoleId, Members)> {
        let (ast::Size::Number(first, _), ast::Size::Number(end, end_span)) = (from, to) else {
            let (from, to) = (self.size(from, 0), self.size(to, 0));
            if from == Some(Size::Number(0)) && to == Some(self.family_size(role)) {
                return vec![(role, Members::All)];
            }
            let message = "a range runs from 0 to a symbol, or between constants".to_owned();
            let help = format!("write `{}[0..t]` or constants", endpoint.role.text);
            return self.refuse(codes::E0218, span, message, help);
        };
        if first >= end || end - first > RANGE_LIMIT {
            let message = if first >= end {
                "this range names nobody".to_owned()
            } else {
                format!("this range names more than {RANGE_LIMIT} members")
            };
            let help = "a range `[a..b]` runs from a up to, without, b".to_owned();
            return self.refuse(codes::E0218, span, message, help);
        }
        if !self.constant(role, end - 1, *end_span, endpoint) {
            return Vec::new();
        }
        self.out.roles[role.index()].constants.extend(*first..*end);
        (*first..*end)
            .map(|at| (role, Members::Constant(at)))
            .collect()
    }

    /// How many members a family has; a single role has one.
    pub(super) fn family_size(&self, role: RoleId) -> Size {
        let family = &self.out.roles[role.index()].family;
        family.clone().unwrap_or(Size::Number(1))
    }
}
