//! Which part of a text to leave out after a syntax error, to find the next one.
//!
//! In: a text whose brackets are balanced and the place where the grammar stopped. Out: the step or
//! item around that place. What holds: the part has balanced brackets, so that what is left still
//! has. Left out on purpose: any guess at what was meant.

use std::ops::Range;

/// The text with `part` blanked out; offsets stay as they are.
pub(super) fn without(text: &str, part: &Range<usize>) -> String {
    let blank = |character: char| {
        let width = if character == '\n' { "\n" } else { " " };
        std::iter::repeat_n(width, character.len_utf8())
    };
    let mut rest = String::with_capacity(text.len());
    rest.push_str(&text[..part.start]);
    rest.extend(text[part.clone()].chars().flat_map(blank));
    rest.push_str(&text[part.end..]);
    rest
}

/// The step or item around `at`.
pub(super) fn around(text: &str, at: usize) -> Range<usize> {
    let mut start = None;
    let mut outer = Vec::new();
    let mut brackets = 0u32;
    let mut found: Option<(usize, usize)> = None;
    let mut tokens = Tokens { text, at: 0 }.peekable();
    while let Some(token) = tokens.next() {
        if found.is_none() && token.start >= at {
            found = Some((start.unwrap_or(token.start), outer.len()));
        }
        let kind = text.as_bytes()[token.start];
        if let Some((from, depth)) = found
            && outer.len() == depth
            && (kind == b'}' || (kind == b';' && brackets == 0))
        {
            return from..if kind == b';' { token.end } else { token.start };
        }
        match kind {
            b'{' => {
                outer.push((start.unwrap_or(token.start), brackets));
                (start, brackets) = (None, 0);
                continue;
            }
            b'}' => {
                let (from, before) = outer.pop().unwrap_or((token.start, 0));
                brackets = before;
                let next = tokens.peek().map(|next| &text[next.clone()]);
                let goes_on = matches!(next, Some("else" | ";"));
                start = goes_on.then_some(from);
                if let Some((from, depth)) = found
                    && outer.len() == depth
                    && !goes_on
                {
                    return from..token.end;
                }
                continue;
            }
            b';' if brackets == 0 => start = None,
            b'(' | b'[' => brackets += 1,
            b')' | b']' => {
                brackets = brackets.saturating_sub(1);
                // An attribute ends with its bracket; what follows is the item.
                if brackets == 0 && start.is_some_and(|from| text[from..].starts_with('#')) {
                    if let Some((from, _)) = found {
                        return from..token.end;
                    }
                    start = None;
                    continue;
                }
            }
            _ => {}
        }
        if !(kind == b';' && brackets == 0) {
            start = start.or(Some(token.start));
        }
    }
    found.map_or(at, |(from, _)| from).min(at)..text.len()
}

/// The words, strings and single characters of a text, without blanks and comments.
struct Tokens<'t> {
    text: &'t str,
    at: usize,
}

impl Iterator for Tokens<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        loop {
            let rest = &self.text[self.at..];
            let blanks = rest.len() - rest.trim_start().len();
            self.at += blanks;
            let rest = &rest[blanks..];
            let comment = if rest.starts_with("//") {
                rest.find('\n')
            } else if rest.starts_with("/*") {
                rest.find("*/").map(|end| end + 2)
            } else {
                break;
            };
            self.at += comment.unwrap_or(rest.len());
        }
        let start = self.at;
        let rest = &self.text[start..];
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let first = rest.chars().next()?;
        let length = if is_word(first) {
            rest.find(|c| !is_word(c)).unwrap_or(rest.len())
        } else if first == '"' {
            string_length(rest)
        } else {
            first.len_utf8()
        };
        self.at += length;
        Some(start..self.at)
    }
}

fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}
