//! Values, types, sizes, durations and guards.

use super::Printer;
use crate::ast::{
    BinaryOp, Duration, Expr, ExprKind, Ident, Size, TimeUnit, Type, TypeKind, Value, ValueKind,
};

impl Printer<'_> {
    pub(super) fn word(&mut self, ident: &Ident) {
        self.comments_inside(ident.span.start);
        self.text(&ident.text);
    }

    pub(super) fn path(&mut self, segments: &[Ident]) {
        for (index, segment) in segments.iter().enumerate() {
            if index > 0 {
                self.text("::");
            }
            self.word(segment);
        }
    }

    pub(super) fn value(&mut self, value: &Value) {
        self.comments_inside(value.span.start);
        match &value.kind {
            ValueKind::Text(text) => self.string(text),
            ValueKind::Integer(number) => self.text(&number.to_string()),
            ValueKind::Decimal(text) | ValueKind::Name(text) => self.text(text),
            ValueKind::Bool(value) => self.text(if *value { "true" } else { "false" }),
            ValueKind::Map(entries) => {
                self.text("(");
                self.separated(entries, |printer, (key, value)| {
                    printer.word(key);
                    printer.text(": ");
                    printer.value(value);
                });
                self.text(")");
            }
        }
    }

    /// A string with its escapes.
    pub(super) fn string(&mut self, text: &str) {
        self.text("\"");
        for character in text.chars() {
            match character {
                '"' => self.text("\\\""),
                '\\' => self.text("\\\\"),
                '\n' => self.text("\\n"),
                '\t' => self.text("\\t"),
                _ => self.out.push(character),
            }
        }
        self.text("\"");
    }

    pub(super) fn type_term(&mut self, ty: &Type) {
        match &ty.kind {
            TypeKind::Path { segments, args } => {
                self.path(segments);
                if !args.is_empty() {
                    self.text("<");
                    self.separated(args, Self::type_term);
                    self.text(">");
                }
            }
            TypeKind::Array(element, length) => {
                self.text("[");
                self.type_term(element);
                self.text("; ");
                self.text(&length.to_string());
                self.text("]");
            }
            TypeKind::Tuple(types) => {
                self.text("(");
                self.separated(types, Self::type_term);
                self.text(")");
            }
        }
    }

    pub(super) fn size(&mut self, size: &Size) {
        match size {
            Size::Number(number, _) => self.text(&number.to_string()),
            Size::Symbol(symbol) => self.word(symbol),
        }
    }

    pub(super) fn duration(&mut self, duration: Duration) {
        self.text(&duration.value.to_string());
        self.text(match duration.unit {
            TimeUnit::Microseconds => "us",
            TimeUnit::Milliseconds => "ms",
            TimeUnit::Seconds => "s",
            TimeUnit::Minutes => "min",
            TimeUnit::Hours => "h",
        });
    }

    pub(super) fn expression(&mut self, expression: &Expr) {
        match &expression.kind {
            ExprKind::Name(path) => {
                for (index, segment) in path.iter().enumerate() {
                    if index > 0 {
                        self.text(".");
                    }
                    self.word(segment);
                }
            }
            ExprKind::Integer(number) => {
                self.comments_inside(expression.span.start);
                self.text(&number.to_string());
            }
            ExprKind::Text(text) => {
                self.comments_inside(expression.span.start);
                self.string(text);
            }
            ExprKind::Bool(value) => {
                self.comments_inside(expression.span.start);
                self.text(if *value { "true" } else { "false" });
            }
            ExprKind::Not(inner) => {
                self.text("!");
                self.operand(inner, matches!(inner.kind, ExprKind::Binary(..)));
            }
            ExprKind::Binary(op, left, right) => {
                let level = level(*op);
                // Operators of one level group to the left; comparisons do not chain at all.
                let chains = level < COMPARISONS;
                let left_wraps =
                    binds(left).is_some_and(|inner| inner < level || (inner == level && !chains));
                self.operand(left, left_wraps);
                self.text(operator(*op));
                self.operand(right, binds(right).is_some_and(|inner| inner <= level));
            }
        }
    }

    fn operand(&mut self, expression: &Expr, wrapped: bool) {
        if wrapped {
            self.text("(");
        }
        self.expression(expression);
        if wrapped {
            self.text(")");
        }
    }
}

fn binds(expression: &Expr) -> Option<u8> {
    match &expression.kind {
        ExprKind::Binary(op, ..) => Some(level(*op)),
        _ => None,
    }
}

fn level(op: BinaryOp) -> u8 {
    match op {
        BinaryOp::Or => 0,
        BinaryOp::And => 1,
        _ => COMPARISONS,
    }
}

/// How strongly comparisons bind: strongest.
const COMPARISONS: u8 = 2;

fn operator(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Or => " || ",
        BinaryOp::And => " && ",
        BinaryOp::Equal => " == ",
        BinaryOp::NotEqual => " != ",
        BinaryOp::Less => " < ",
        BinaryOp::LessEqual => " <= ",
        BinaryOp::Greater => " > ",
        BinaryOp::GreaterEqual => " >= ",
    }
}
