//! One syntax error in words.
//!
//! In: a place where the grammar stopped and the tokens that it could have gone on with. Out: a
//! diagnostic that says what was expected and found there, with a help where a common mistake can be
//! recognised or the form of the step or item can be shown.

use std::collections::BTreeSet;
use std::ops::Range;

use super::scan::span;
use super::{keyword_error, recover};
use crate::ast::{Ident, KEYWORDS};
use crate::diag::Diagnostic;
use crate::diag::codes::E0101;
use crate::source::FileId;

/// How the steps and items are written, by their first words.
const FORMS: &[(&str, &str)] = &[
    ("import", "import \"common.aura\";"),
    ("use", "use crate::types::Hash;"),
    ("type", "type Hash = [u8; 32];"),
    ("capability", "capability name(field: Type);"),
    ("message", "message Name { field: Type }"),
    ("protocol", "protocol Name { roles: A, B; .. }"),
    ("choreography", "choreography Name { roles: A, B; .. }"),
    ("choice", "choice A { label: { .. } other: { .. } }"),
    (
        "loop",
        "loop (count: 5) { .. }` or `loop (decides: A) { .. }",
    ),
    ("rec", "rec X { .. continue X; }"),
    ("continue", "continue X;"),
    ("par", "par { { .. } { .. } }"),
    ("call", "call Other(A, B as Y);"),
    ("timeout", "timeout (2s) at B { .. } else { .. }"),
    ("local", "local A: function(argument) -> result: Type;"),
    ("in", "in group name { .. }"),
    ("bridge", "bridge from one to other { .. }"),
    ("for", "for i in Q { .. }"),
];

/// One place where the grammar stopped.
pub(super) struct Failure<'t> {
    pub(super) id: FileId,
    pub(super) text: &'t str,
    /// Where the longest attempt stopped.
    pub(super) at: usize,
    /// The tokens that it could have gone on with.
    pub(super) tokens: BTreeSet<String>,
}

impl Failure<'_> {
    /// What to tell about it.
    pub(super) fn diagnostic(&self) -> Diagnostic {
        if let Some(diagnostic) = self.keyword_as_sender() {
            return diagnostic;
        }
        let found = self.found();
        let expected = listed(&self.expected());
        let message = format!("expected {expected}, found {}", self.described(&found));
        if self.lacks_semicolon() {
            let end = self.previous_end();
            return Diagnostic::new(E0101, span(self.id, end..end), message)
                .help("end the line before it with `;`");
        }
        let diagnostic = Diagnostic::new(E0101, span(self.id, found.clone()), message);
        match self.hint(&found) {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        }
    }

    /// `loop -> A: X;` is about the name, not about the loop that it is not.
    fn keyword_as_sender(&self) -> Option<Diagnostic> {
        let before = self.previous_word();
        let arrow = self.text[self.at..].starts_with("->");
        let name = Ident {
            text: self.text[before.clone()].to_owned(),
            span: span(self.id, before),
        };
        keyword_error(&name).filter(|_| arrow)
    }

    fn hint(&self, found: &Range<usize>) -> Option<String> {
        let has = |token: &str| self.tokens.contains(token);
        let token = &self.text[found.clone()];
        let part = recover::around(self.text, self.at);
        let head = first_word(&self.text[part.start..]);
        let form = FORMS.iter().find(|(word, _)| *word == head);
        Some(match token {
            "→" | "⟶" | "⇒" => "an arrow is written `->`".to_owned(),
            "“" | "”" | "„" | "‘" | "’" | "'" => "strings stand between `\"`".to_owned(),
            _ if token.contains(|c: char| is_word(c) && !c.is_ascii()) => {
                "names are made of the letters a to z and A to Z, digits and `_`".to_owned()
            }
            "=" if has(":") => "write `:` here".to_owned(),
            ":" if has("=") => "write `=` here".to_owned(),
            ";" if has("choice") || has("import") => "remove this `;`".to_owned(),
            "(" if has(":") && head == "loop" => "remove this `(`".to_owned(),
            _ if has(":") && !has(";") => "a `:` is missing here".to_owned(),
            _ if has("roles") => "a protocol begins with its roles: `roles: A, B;`".to_owned(),
            _ if has("protocol") && has("choreography") && !has("import") => {
                "attributes stand before the first item, or directly before a protocol".to_owned()
            }
            _ if has("else") => {
                "behind a timeout's block stands `else { .. }`, also when it is empty: `else {}`"
                    .to_owned()
            }
            _ if has("=") && token == "]" => "give it a value: `key = value`".to_owned(),
            _ if has("(") && &self.text[self.previous_word()] == "when" => {
                "a guard stands in parentheses: `when (price < 3)`".to_owned()
            }
            _ if let Some((_, form)) = form => format!("it is written `{form}`"),
            _ if let Some((word, _)) = FORMS.iter().find(|(word, _)| is_near(word, head)) => {
                format!("did you mean `{word}`?")
            }
            _ if has("->") && !has(":") => "a message is `Sender -> Receiver: Label;`".to_owned(),
            _ if has("import") => "outside of a protocol stand `import`, `use`, `type`, \
                                   `capability`, `message`, `protocol` and `choreography`"
                .to_owned(),
            _ => return None,
        })
    }

    /// The token at the place of the failure.
    fn found(&self) -> Range<usize> {
        let rest = &self.text[self.at..];
        let word = first_word(rest).len();
        // A letter outside of ASCII ends a name for the grammar, not for a reader.
        if word > 0 && rest.starts_with(|first: char| !first.is_ascii()) {
            let start = self.text[..self.at].trim_end_matches(is_word).len();
            return start..self.at + word;
        }
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

    /// The word directly before the failure, blanks aside; empty where there is none.
    fn previous_word(&self) -> Range<usize> {
        let end = self.text[..self.at].trim_end().len();
        self.text[..end].trim_end_matches(is_word).len()..end
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
            let blank = token.trim().is_empty()
                || matches!(token, "/" | "//" | "/*")
                || token == "\u{FEFF}";
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

    /// Whether a semicolon is missing rather than something else: one could stand here, and the next
    /// token starts on a later line or closes the block.
    pub(super) fn lacks_semicolon(&self) -> bool {
        if !self.tokens.contains(";") {
            return false;
        }
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
}

fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn first_word(text: &str) -> &str {
    &text[..text.find(|c| !is_word(c)).unwrap_or(text.len())]
}

/// Whether one word is the other with a letter or two left out, put in or changed.
fn is_near(one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    if one.len().abs_diff(other.len()) > 2 || other.len() < 3 {
        return false;
    }
    // The last row of the table of edit distances.
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let changed = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[other.len()] <= 2 && row[other.len()] * 2 < one.len()
}
