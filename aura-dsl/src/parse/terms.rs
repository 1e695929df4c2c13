//! Values, types, sizes, durations and guards.
//!
//! In: pairs of the grammar. Out: leaves of the tree. Here numbers get their range, durations
//! their unit, strings their escapes, and guards their precedence.

use std::iter::Peekable;
use std::vec::IntoIter;

use pest::iterators::Pair;

use super::scan;
use super::{Builder, Inner, Rule, keyword_error};
use crate::ast::{
    BinaryOp, Duration, Expr, ExprKind, Ident, Size, TimeUnit, Type, TypeKind, Value, ValueKind,
};
use crate::diag::Diagnostic;
use crate::diag::codes::{E0101, E0105, E0106, E0107, E0108};
use crate::escape::is_hidden;
use crate::source::Span;

/// The largest guard, in operands and `!`: its tree may be as deep as it is long.
const MAX_GUARD: usize = 512;

const ESCAPES: &str =
    "write `\\\"`, `\\\\`, `\\n`, `\\t` or `\\u{..}` with the number of a visible character";

impl Builder {
    pub(super) fn value(&mut self, pair: Pair<'_, Rule>) -> Option<Value> {
        let span = self.span(&pair);
        let kind = match pair.as_rule() {
            Rule::string => ValueKind::Text(self.string(&pair)),
            Rule::integer => ValueKind::Integer(self.integer(&pair)),
            Rule::decimal => ValueKind::Decimal(pair.as_str().to_owned()),
            Rule::map => {
                let mut entries = Vec::new();
                for part in Inner::of(pair) {
                    let mut parts = Inner::of(part);
                    let key = self.word(&parts.next()?);
                    entries.push((key, self.value(parts.next()?)?));
                }
                ValueKind::Map(entries)
            }
            _ => match pair.as_str() {
                "true" => ValueKind::Bool(true),
                "false" => ValueKind::Bool(false),
                _ => ValueKind::Name(self.name(&pair).text),
            },
        };
        Some(Value { kind, span })
    }

    pub(super) fn type_term(&mut self, pair: Pair<'_, Rule>) -> Option<Type> {
        let span = self.span(&pair);
        let rule = pair.as_rule();
        let mut parts = Inner::of(pair);
        let kind = match rule {
            Rule::array_type => {
                let element = self.type_term(parts.next()?)?;
                TypeKind::Array(Box::new(element), self.integer(&parts.next()?))
            }
            Rule::tuple_type => TypeKind::Tuple(self.all(parts, Self::type_term)),
            _ => {
                let mut segments = Vec::new();
                while let Some(part) = parts.part(Rule::word) {
                    segments.push(self.word(&part));
                }
                let (first, last) = (segments.first()?.span, segments.last()?);
                self.check_name(last);
                let bare = first.to(last.span);
                let args = self.all(parts, Self::type_term);
                // A pair whose last part is missing ends behind the blanks before it.
                let span = if args.is_empty() { bare } else { span };
                let kind = TypeKind::Path { segments, args };
                return Some(Type { kind, span });
            }
        };
        Some(Type { kind, span })
    }

    pub(super) fn size(&mut self, pair: &Pair<'_, Rule>) -> Size {
        if pair.as_rule() == Rule::integer {
            Size::Number(self.integer(pair), self.span(pair))
        } else {
            Size::Symbol(self.name(pair))
        }
    }

    pub(super) fn integer(&mut self, pair: &Pair<'_, Rule>) -> u64 {
        self.number(pair.as_str(), self.span(pair))
    }

    fn number(&mut self, digits: &str, span: Span) -> u64 {
        digits.parse().unwrap_or_else(|_| {
            self.error(
                Diagnostic::new(E0106, span, "this number is too large")
                    .help(format!("the largest number is {}", u64::MAX)),
            );
            0
        })
    }

    pub(super) fn duration(&mut self, pair: &Pair<'_, Rule>) -> Option<Duration> {
        let span = self.span(pair);
        let text = pair.as_str();
        let (digits, unit) = text.split_at(
            text.find(|c: char| !c.is_ascii_digit())
                .unwrap_or(text.len()),
        );
        let value = self.number(digits, span);
        let unit = match unit {
            "us" => TimeUnit::Microseconds,
            "ms" => TimeUnit::Milliseconds,
            "s" => TimeUnit::Seconds,
            "min" => TimeUnit::Minutes,
            "h" => TimeUnit::Hours,
            _ => {
                let message = if unit.is_empty() {
                    format!("the duration `{text}` has no unit")
                } else {
                    format!("`{unit}` is not a unit of time")
                };
                self.error(Diagnostic::new(E0107, span, message).help(format!(
                    "write `{digits}us`, `{digits}ms`, `{digits}s`, `{digits}min` or `{digits}h`"
                )));
                return None;
            }
        };
        Some(Duration { value, unit, span })
    }

    /// The text of a string, its escapes resolved.
    pub(super) fn string(&mut self, pair: &Pair<'_, Rule>) -> String {
        let raw = pair.as_str();
        let body = raw.get(1..raw.len() - 1).unwrap_or_default();
        if !body.contains('\\') {
            return body.to_owned();
        }
        let start = pair.as_span().start() + 1;
        let mut text = String::with_capacity(body.len());
        let mut rest = body;
        while let Some(at) = rest.find('\\') {
            text.push_str(&rest[..at]);
            let escape = &rest[at..];
            let (character, length) = unescape(escape);
            if let Some(character) = character {
                text.push(character);
            } else {
                let from = start + body.len() - rest.len() + at;
                let span = scan::span(self.id, from..from + length);
                let message = "this is not an escape that strings know";
                self.error(Diagnostic::new(E0105, span, message).help(ESCAPES));
            }
            rest = &escape[length..];
        }
        text.push_str(rest);
        text
    }

    pub(super) fn expression(&mut self, pair: Pair<'_, Rule>) -> Option<Expr> {
        let span = self.span(&pair);
        let tokens: Vec<_> = Inner::of(pair).collect();
        if tokens.len() > MAX_GUARD {
            let message = format!("this guard has more than {MAX_GUARD} operands and operators");
            self.error(
                Diagnostic::new(E0108, span, message)
                    .help("compute it in a `local` step and guard with the result"),
            );
            return None;
        }
        self.binary(&mut tokens.into_iter().peekable(), 0)
    }

    /// Precedence climbing: takes operators that bind at least as strongly as `level`.
    fn binary(&mut self, tokens: &mut Tokens<'_>, level: u8) -> Option<Expr> {
        let mut left = self.unary(tokens)?;
        let mut compared = false;
        while let Some(next) = tokens.peek() {
            let (op, binds) = operator(next.as_str())?;
            if binds < level {
                break;
            }
            if compared && binds == COMPARISON {
                self.error(
                    Diagnostic::new(E0101, self.span(next), "comparisons cannot be chained")
                        .help("join two comparisons with `&&`"),
                );
            }
            compared = binds == COMPARISON;
            tokens.next();
            let right = self.binary(tokens, binds + 1)?;
            let span = left.span.to(right.span);
            left = Expr {
                kind: ExprKind::Binary(op, Box::new(left), Box::new(right)),
                span,
            };
        }
        Some(left)
    }

    fn unary(&mut self, tokens: &mut Tokens<'_>) -> Option<Expr> {
        let pair = tokens.next()?;
        let span = self.span(&pair);
        let kind = match pair.as_rule() {
            Rule::not => {
                let inner = self.unary(tokens)?;
                return Some(Expr {
                    span: span.to(inner.span),
                    kind: ExprKind::Not(Box::new(inner)),
                });
            }
            Rule::expression => return self.expression(pair),
            Rule::string => ExprKind::Text(self.string(&pair)),
            Rule::integer => ExprKind::Integer(self.integer(&pair)),
            _ => return self.name_path(pair),
        };
        Some(Expr { kind, span })
    }

    /// `price`, `Label.price`, `true`.
    fn name_path(&mut self, pair: Pair<'_, Rule>) -> Option<Expr> {
        let path: Vec<Ident> = Inner::of(pair).map(|part| self.word(&part)).collect();
        let span = path.first()?.span.to(path.last()?.span);
        let kind = match path.as_slice() {
            [one] if one.text == "true" => ExprKind::Bool(true),
            [one] if one.text == "false" => ExprKind::Bool(false),
            _ => {
                for name in &path {
                    self.check_name(name);
                }
                ExprKind::Name(path)
            }
        };
        Some(Expr { kind, span })
    }

    /// Reports a name that is a keyword.
    pub(super) fn check_name(&mut self, name: &Ident) {
        if let Some(diagnostic) = keyword_error(name) {
            self.error(diagnostic);
        }
    }
}

type Tokens<'t> = Peekable<IntoIter<Pair<'t, Rule>>>;

/// How strongly comparisons bind: strongest.
const COMPARISON: u8 = 2;

fn operator(text: &str) -> Option<(BinaryOp, u8)> {
    Some(match text {
        "||" => (BinaryOp::Or, 0),
        "&&" => (BinaryOp::And, 1),
        "==" => (BinaryOp::Equal, COMPARISON),
        "!=" => (BinaryOp::NotEqual, COMPARISON),
        "<" => (BinaryOp::Less, COMPARISON),
        "<=" => (BinaryOp::LessEqual, COMPARISON),
        ">" => (BinaryOp::Greater, COMPARISON),
        ">=" => (BinaryOp::GreaterEqual, COMPARISON),
        _ => return None,
    })
}

/// The character of the escape that `text` starts with, if it is one, and how long it is.
fn unescape(text: &str) -> (Option<char>, usize) {
    let after = text.chars().nth(1);
    let short = 1 + after.map_or(0, char::len_utf8);
    match after {
        Some('n') => (Some('\n'), short),
        Some('t') => (Some('\t'), short),
        Some(same @ ('"' | '\\')) => (Some(same), short),
        Some('u') => {
            let Some(digits) = text[2..].strip_prefix('{') else {
                return (None, short);
            };
            let Some(length) = digits.find('}') else {
                return (None, short);
            };
            let hex = digits[..length]
                .bytes()
                .all(|byte| byte.is_ascii_hexdigit());
            let number = u32::from_str_radix(&digits[..length], 16).ok();
            let character = number.filter(|_| hex).and_then(char::from_u32);
            (character.filter(|c| !is_hidden(*c)), short + 1 + length + 1)
        }
        _ => (None, short),
    }
}
