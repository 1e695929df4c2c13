//! What went wrong where the grammar did not match.
//!
//! In: a text that `scan` let through and the grammar refused. Out: a report with one diagnostic at
//! the token where the longest attempt stopped, which names what could stand there in words and
//! recognises common mistakes. pest collects what was expected only when asked, by a switch of the
//! whole process; texts that parse never pay for it.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use pest::Parser;
use pest::error::InputLocation;

use super::KEYWORDS;
use super::grammar::{Grammar, Rule};
use super::scan::span;
use crate::diag::codes::{E0101, E0108};
use crate::diag::{Diagnostic, Report};
use crate::source::FileId;

/// Serialises the users of pest's switch. Another thread that parses meanwhile is only slower.
static DETAIL: Mutex<()> = Mutex::new(());

/// The report on a text that the grammar refuses.
pub(super) fn report(id: FileId, text: &str) -> Report {
    let outcome = {
        let _guard = DETAIL.lock().unwrap_or_else(PoisonError::into_inner);
        pest::set_error_detail(true);
        let outcome = Grammar::parse(Rule::file, text);
        pest::set_error_detail(false);
        outcome
    };
    let Err(error) = outcome else {
        return Report::default();
    };
    let Some(attempts) = error.parse_attempts() else {
        // Only a missing stack ends without attempts.
        let at = match error.location {
            InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
        };
        return Diagnostic::new(
            E0108,
            span(id, at..at),
            "the text nests too deeply to be read",
        )
        .into();
    };
    let at = attempts.max_position;
    let tokens: BTreeSet<String> = attempts
        .expected_tokens()
        .iter()
        .map(ToString::to_string)
        .collect();
    Failure {
        id,
        text,
        at,
        tokens,
    }
    .diagnostic()
    .into()
}

struct Failure<'t> {
    id: FileId,
    text: &'t str,
    at: usize,
    tokens: BTreeSet<String>,
}

impl Failure<'_> {
    fn diagnostic(&self) -> Diagnostic {
        let found = self.found();
        let expected = self.expected();
        let message = format!(
            "expected {}, found {}",
            listed(&expected),
            self.described(&found)
        );
        if self.tokens.contains(";") && self.ends_a_line() {
            let end = self.previous_end();
            return Diagnostic::new(E0101, span(self.id, end..end), message.clone())
                .help("end the line before it with `;`");
        }
        let diagnostic = Diagnostic::new(E0101, span(self.id, found.clone()), message);
        match self.hint(&self.text[found]) {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        }
    }

    /// The token at the place of the failure.
    fn found(&self) -> Range<usize> {
        let rest = &self.text[self.at..];
        let word = rest
            .find(|c: char| !(c.is_alphanumeric() || c == '_'))
            .unwrap_or(rest.len());
        let length = if word > 0 {
            word
        } else if ["->", "::", "..", "&&", "||", "=="]
            .iter()
            .any(|two| rest.starts_with(two))
        {
            2
        } else {
            rest.chars().next().map_or(0, char::len_utf8)
        };
        self.at..self.at + length
    }

    fn described(&self, found: &Range<usize>) -> String {
        let token = &self.text[found.clone()];
        if token.is_empty() {
            "the end of the text".to_owned()
        } else if KEYWORDS.contains(&token) {
            format!("the keyword `{token}`")
        } else {
            let shown: String = token
                .chars()
                .take(40)
                .flat_map(char::escape_debug)
                .collect();
            format!("`{shown}`")
        }
    }

    /// What could stand here, in words.
    fn expected(&self) -> Vec<String> {
        let has = |token: &str| self.tokens.contains(token);
        let continues =
            self.text[..self.at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        let mut words = Vec::new();
        if has("choice") && has("par") {
            words.push("a step".to_owned());
        } else if has("import") && has("type") {
            words.push("an item such as `protocol` or `message`".to_owned());
        } else if has("a..z") && !continues {
            words.push("a name".to_owned());
        }
        if has("0..9") && !has("a..z") && !continues {
            words.push("a number".to_owned());
        }
        let steps = [
            "choice", "loop", "rec", "continue", "par", "call", "timeout", "local", "in", "bridge",
            "for",
        ];
        let items = [
            "import",
            "use",
            "type",
            "capability",
            "message",
            "protocol",
            "choreography",
        ];
        for token in &self.tokens {
            let token = token.as_str();
            let blank =
                token.trim().is_empty() || token == "//" || token == "/*" || token == "\u{FEFF}";
            let range = matches!(token, "a..z" | "A..Z" | "0..9" | "_" | "BUILTIN_RULE");
            let folded = (has("choice") && steps.contains(&token))
                || (has("import") && (items.contains(&token)));
            if !(blank || range || folded) {
                words.push(if token == "\"" {
                    "a string".to_owned()
                } else {
                    format!("`{token}`")
                });
            }
        }
        if words.is_empty() {
            words.push("the end of the text".to_owned());
        }
        words
    }

    /// Whether a token ends before the failure and the next one starts on a later line or is a
    /// closing brace: then a semicolon is missing rather than something else.
    fn ends_a_line(&self) -> bool {
        let between = &self.text[self.previous_end()..self.at];
        between.contains('\n')
            || self.text[self.at..].starts_with('}')
            || self.at == self.text.len()
    }

    /// The end of the last token before the failure, without blanks and comments.
    fn previous_end(&self) -> usize {
        let mut end = self.text[..self.at].trim_end().len();
        loop {
            let line = self.text[..end].rfind('\n').map_or(0, |at| at + 1);
            let before = match self.text[line..end].find("//") {
                Some(comment) if !self.text[line..line + comment].contains('"') => line + comment,
                _ if self.text[..end].ends_with("*/") => {
                    self.text[..end].rfind("/*").unwrap_or(line)
                }
                _ => return end,
            };
            end = self.text[..before].trim_end().len();
        }
    }

    fn hint(&self, found: &str) -> Option<String> {
        let has = |token: &str| self.tokens.contains(token);
        Some(match found {
            "=" if has(":") => "write `:` here".to_owned(),
            ":" if has("=") => "write `=` here".to_owned(),
            ";" => "remove this `;`".to_owned(),
            _ if has(":") && !has(";") => "a `:` is missing here".to_owned(),
            _ if has("->") && !has(":") => "a message is `Sender -> Receiver: Label;`".to_owned(),
            _ if has("import") => "items are `import`, `use`, `type`, `capability`, `message`, `protocol` and `choreography`".to_owned(),
            _ => return None,
        })
    }
}

fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}
