//! Text to syntax tree.
//!
//! In: one text. Out: an [`ast::File`](File) with exact spans and all comments, or every syntax
//! error that can be told apart. Three steps: `scan` refuses what no grammar should see, the pest
//! grammar decides the shape, `items`, `steps` and `terms` build the tree and check names, numbers
//! and strings. What is left out on purpose: whether names are known, which is `resolve`'s business.
//!
//! Recursion follows the nesting of the text, at most `scan::MAX_DEPTH` levels: the caller brings a
//! stack that is deep enough.

mod failure;
mod grammar;
mod items;
mod recover;
mod scan;
mod steps;
mod syntax_error;
mod terms;

use pest::Parser;
use pest::iterators::{Pair, Pairs};

use self::grammar::{Grammar, Rule};
use crate::ast::{File, Ident, KEYWORDS};
use crate::diag::codes::{E0101, E0103};
use crate::diag::{Diagnostic, Report};
use crate::source::{FileId, Span};

pub(crate) use self::scan::{MAX_BYTES, MAX_DEPTH, characters, span};

/// Parses one text.
pub fn parse(id: FileId, text: &str) -> Result<File, Report> {
    let layout = scan::scan(id, text)?;
    let Ok(pairs) = Grammar::parse(Rule::file, text) else {
        return Err(syntax_error::report(id, text));
    };
    let (mut file, report) = build(id, text.len(), pairs);
    if report.has_errors() {
        return Err(report);
    }
    file.comments = layout.comments;
    file.blank_lines = layout.blank_lines;
    Ok(file)
}

/// The tree of a text that matched, without its comments, and what the grammar could not check.
fn build(id: FileId, length: usize, mut pairs: Pairs<'_, Rule>) -> (File, Report) {
    let mut builder = Builder {
        id,
        report: Report::default(),
    };
    let mut file = File {
        id,
        attributes: Vec::new(),
        items: Vec::new(),
        comments: Vec::new(),
        blank_lines: Vec::new(),
        span: scan::span(id, 0..length),
    };
    if let Some(pair) = pairs.next() {
        builder.file(pair, &mut file);
    }
    builder.report.sort();
    (file, builder.report)
}

fn keyword_error(name: &Ident) -> Option<Diagnostic> {
    KEYWORDS.contains(&name.text.as_str()).then(|| {
        let message = format!("`{}` is a keyword and cannot be a name", name.text);
        Diagnostic::new(E0103, name.span, message)
            .help(format!("write another name, for instance `{}_`", name.text))
    })
}

/// Turns pairs into the tree. Its functions return `None` where they have reported an error, or where
/// the parts of a pair are not those that the grammar promises. No node is lost without an error: a
/// protocol with a step less would get a verdict of its own.
struct Builder {
    id: FileId,
    report: Report,
}

impl Builder {
    fn span(&self, pair: &Pair<'_, Rule>) -> Span {
        let span = pair.as_span();
        scan::span(self.id, span.start()..span.end())
    }

    fn error(&mut self, diagnostic: Diagnostic) {
        self.report.push(diagnostic);
    }

    /// Builds a node of each part.
    fn all<'t, T>(
        &mut self,
        parts: impl Iterator<Item = Pair<'t, Rule>>,
        one: impl Fn(&mut Self, Pair<'t, Rule>) -> Option<T>,
    ) -> Vec<T> {
        let mut nodes = Vec::new();
        for part in parts {
            let place = self.span(&part);
            match one(self, part) {
                Some(node) => nodes.push(node),
                None if self.report.has_errors() => {}
                None => self.error(
                    Diagnostic::new(E0101, place, "this cannot be put into a tree")
                        .help("this is a defect of the compiler: please report it with the text"),
                ),
            }
        }
        nodes
    }

    /// A word that must not be a keyword.
    fn name(&mut self, pair: &Pair<'_, Rule>) -> Ident {
        let ident = self.word(pair);
        self.check_name(&ident);
        ident
    }

    /// A word that may be a keyword.
    fn word(&self, pair: &Pair<'_, Rule>) -> Ident {
        Ident {
            text: pair.as_str().to_owned(),
            span: self.span(pair),
        }
    }
}

/// The parts of a pair without its keywords.
struct Inner<'t>(Pairs<'t, Rule>);

impl<'t> Inner<'t> {
    fn of(pair: Pair<'t, Rule>) -> Self {
        Self(pair.into_inner())
    }

    /// The next part if it is of this rule.
    fn part(&mut self, rule: Rule) -> Option<Pair<'t, Rule>> {
        while let Some(pair) = self.0.peek() {
            if pair.as_rule() == rule {
                return self.0.next();
            }
            if !is_keyword(pair.as_rule()) {
                return None;
            }
            self.0.next();
        }
        None
    }

    /// The next parts that are of this rule.
    fn while_part(&mut self, rule: Rule) -> Vec<Pair<'t, Rule>> {
        std::iter::from_fn(|| self.part(rule)).collect()
    }
}

impl<'t> Iterator for Inner<'t> {
    type Item = Pair<'t, Rule>;

    fn next(&mut self) -> Option<Pair<'t, Rule>> {
        self.0.find(|pair| !is_keyword(pair.as_rule()))
    }
}

/// Words that only mark the way; those that carry meaning (`choreography`, kinds of contexts) stay.
fn is_keyword(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::keyword
            | Rule::kw_import
            | Rule::kw_use
            | Rule::kw_type
            | Rule::kw_capability
            | Rule::kw_message
            | Rule::kw_roles
            | Rule::kw_in
            | Rule::kw_choice
            | Rule::kw_when
            | Rule::kw_continue
            | Rule::kw_loop
            | Rule::kw_rec
            | Rule::kw_par
            | Rule::kw_call
            | Rule::kw_as
            | Rule::kw_timeout
            | Rule::kw_else
            | Rule::kw_local
            | Rule::kw_bridge
            | Rule::kw_for
            | Rule::kw_at
            | Rule::kw_any
            | Rule::kw_count
            | Rule::kw_decides
            | Rule::kw_from
            | Rule::kw_to
    )
}
