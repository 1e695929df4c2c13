//! Attributes: `#[namespace = ".."]`, `#[version = ".."]`, `#[default_flow_cost = N]`.
//!
//! In: the attributes of a file or protocol. Out: [`Settings`], where a protocol's own attributes
//! go before its file's. A namespace belongs to one attribute: two files or protocols that claim
//! the same one would mix their facts.

use std::collections::HashMap;

use super::nearest;
use crate::ast::{Attribute, Ident, Value, ValueKind};
use crate::diag::{Diagnostic, Report, codes};
use crate::source::Span;

const KEYS: [&str; 3] = ["namespace", "version", "default_flow_cost"];
const DEFAULT_VERSION: &str = "0.1.0";
const DEFAULT_COST: u64 = 100;
/// Longer namespaces are refused: they are repeated in every fact.
const NAMESPACE_LIMIT: usize = 64;

/// What the attributes of a protocol say.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    /// The namespace, where one was given.
    pub(super) namespace: Option<String>,
    /// The version, 0.1.0 by default.
    pub(super) version: String,
    /// What a message without `flow_cost` costs, 100 by default.
    pub(super) cost: u64,
}

/// Reads a list of attributes on top of `defaults`. `namespaces` knows all claimed so far.
pub(super) fn read(
    attributes: &[Attribute],
    defaults: Option<&Settings>,
    namespaces: &mut HashMap<String, Span>,
    report: &mut Report,
) -> Settings {
    let mut settings = defaults.cloned().unwrap_or_else(|| Settings {
        namespace: None,
        version: DEFAULT_VERSION.to_owned(),
        cost: DEFAULT_COST,
    });
    let mut seen: HashMap<&str, Span> = HashMap::new();
    for attribute in attributes {
        let key = &*attribute.key.text;
        if !KEYS.contains(&key) {
            let message = format!("there is no attribute `{key}`");
            let diagnostic = Diagnostic::new(codes::E0412, attribute.key.span, message);
            nearest::report(report, diagnostic, key, KEYS, known_keys());
            continue;
        }
        if let Some(first) = seen.insert(key, attribute.key.span) {
            let message = format!("the attribute `{key}` is given twice");
            report.push(
                Diagnostic::new(codes::E0413, attribute.key.span, message)
                    .label(first, "given here first")
                    .help("remove one of the two"),
            );
            continue;
        }
        match key {
            "namespace" => {
                if let Some(text) = namespace(&attribute.value, namespaces, report) {
                    settings.namespace = Some(text);
                }
            }
            "version" => settings.version = version(&attribute.value, report),
            _ => settings.cost = cost(&attribute.value, key, report),
        }
    }
    settings
}

/// Reports a protocol without a namespace.
pub(super) fn require_namespace(settings: &Settings, name: &Ident, report: &mut Report) {
    if settings.namespace.is_none() {
        let message = format!("the protocol `{}` has no namespace", name.text);
        report.push(
            Diagnostic::new(codes::E0414, name.span, message)
                .help("write `#[namespace = \"..\"]` at the top of the file"),
        );
    }
}

fn namespace(
    value: &Value,
    namespaces: &mut HashMap<String, Span>,
    report: &mut Report,
) -> Option<String> {
    let text = text(value, "namespace", report)?;
    let fits = |c: char| c.is_ascii_alphanumeric() || "_-.:/".contains(c);
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic());
    if !starts || !text.chars().all(fits) || text.len() > NAMESPACE_LIMIT {
        report.push(
            Diagnostic::new(codes::E0416, value.span, "this is not a namespace").help(format!(
                "a namespace starts with a letter, has letters, digits and `_-.:/` only, and at \
                 most {NAMESPACE_LIMIT} of them"
            )),
        );
        return Some(String::new());
    }
    if let Some(first) = namespaces.insert(text.to_owned(), value.span) {
        let message = format!("the namespace `{text}` is claimed twice");
        report.push(
            Diagnostic::new(codes::E0415, value.span, message)
                .label(first, "claimed here first")
                .help("give each file or protocol a namespace of its own"),
        );
    }
    Some(text.to_owned())
}

fn version(value: &Value, report: &mut Report) -> String {
    let Some(text) = text(value, "version", report) else {
        return DEFAULT_VERSION.to_owned();
    };
    let parts: Vec<&str> = text.split('.').collect();
    let number =
        |part: &&str| part.bytes().all(|b| b.is_ascii_digit()) && part.parse::<u32>().is_ok();
    if parts.len() > 3 || !parts.iter().all(number) {
        report.push(
            Diagnostic::new(codes::E0416, value.span, "this is not a version")
                .help("a version is one to three numbers with points between them, like \"1.0\""),
        );
    }
    text.to_owned()
}

fn cost(value: &Value, key: &str, report: &mut Report) -> u64 {
    match value.kind {
        ValueKind::Integer(0) => {
            let message = "no message is free: a default cost of 0 is not allowed";
            report.push(
                Diagnostic::new(codes::E0404, value.span, message)
                    .help("write a cost of at least 1"),
            );
            DEFAULT_COST
        }
        ValueKind::Integer(cost) => cost,
        _ => {
            report.push(wrong_kind(value, key, "a whole number"));
            DEFAULT_COST
        }
    }
}

fn text<'v>(value: &'v Value, key: &str, report: &mut Report) -> Option<&'v str> {
    if let ValueKind::Text(text) = &value.kind {
        return Some(text);
    }
    report.push(wrong_kind(value, key, "a text in quotes"));
    None
}

/// The error for a value of the wrong kind.
pub(super) fn wrong_kind(value: &Value, key: &str, wanted: &str) -> Diagnostic {
    let found = match value.kind {
        ValueKind::Text(_) => "a text",
        ValueKind::Integer(_) => "a whole number",
        ValueKind::Decimal(_) => "a decimal number",
        ValueKind::Bool(_) => "a truth value",
        ValueKind::Name(_) => "a name",
        ValueKind::Map(_) => "a list of pairs",
    };
    let message = format!("`{key}` wants {wanted}, and this is {found}");
    Diagnostic::new(codes::E0403, value.span, message).help(match key {
        "flow_cost" | "default_flow_cost" => format!("for instance `{key} = 50`"),
        "leak" => "for instance `leak = (neighbor: 0.1)`".to_owned(),
        "receipt" => "write `receipt = root`, or the label that arrived with a receipt".to_owned(),
        "journal_merge" => "write `journal_merge = true` or leave it out".to_owned(),
        _ => format!("for instance `{key} = \"..\"`"),
    })
}

fn known_keys() -> String {
    format!("the attributes are `{}`", KEYS.join("`, `"))
}
