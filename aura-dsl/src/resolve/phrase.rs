//! The small language inside of annotation strings: `name`, `name(field, field)`, lists of those.
//!
//! In: the text of a string. Out: its words with their offsets, so that a diagnostic stands on the
//! word and not on the string.

/// A word with its place in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word<'t> {
    /// The word.
    pub(super) text: &'t str,
    /// Offset of its first byte.
    pub(super) start: usize,
}

/// `name` or `name(field, field)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Phrase<'t> {
    /// The name.
    pub(super) name: Word<'t>,
    /// What stands in the parentheses.
    pub(super) fields: Vec<Word<'t>>,
}

/// What was expected, and the offset and length of what stands there instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unexpected {
    /// What was expected.
    pub(super) expected: &'static str,
    /// Where.
    pub(super) start: usize,
    /// How long.
    pub(super) len: usize,
}

/// Reads `phrase (, phrase)*`. With `colons`, names may be `a:b:c`.
pub(super) fn phrases(text: &str, colons: bool) -> Result<Vec<Phrase<'_>>, Unexpected> {
    let mut reader = Reader { text, at: 0 };
    let mut list = Vec::new();
    loop {
        let name = reader.word("a name", colons)?;
        let mut fields = Vec::new();
        if reader.take('(') {
            loop {
                fields.push(reader.word("a field's name", false)?);
                if !reader.take(',') {
                    break;
                }
            }
            if !reader.take(')') {
                return Err(reader.unexpected("`,` or `)`"));
            }
        }
        list.push(Phrase { name, fields });
        if !reader.take(',') {
            break;
        }
    }
    if reader.rest().is_empty() {
        Ok(list)
    } else {
        Err(reader.unexpected("`,` or the end"))
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    /// What is left, without the blanks before it.
    fn rest(&mut self) -> &'t str {
        let rest = self.text[self.at..].trim_start();
        self.at = self.text.len() - rest.len();
        rest
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.rest().starts_with(wanted);
        self.at += usize::from(found);
        found
    }

    fn word(&mut self, expected: &'static str, colons: bool) -> Result<Word<'t>, Unexpected> {
        let rest = self.rest();
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || (colons && c == ':');
        let len = rest.find(|c| !fits(c)).unwrap_or(rest.len());
        let text = &rest[..len];
        if !text.split(':').all(is_ident) {
            return Err(self.unexpected(expected));
        }
        let start = self.at;
        self.at += len;
        Ok(Word { text, start })
    }

    fn unexpected(&mut self, expected: &'static str) -> Unexpected {
        let rest = self.rest();
        let word = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':'))
            .unwrap_or(rest.len());
        let first = rest.chars().next().map_or(0, char::len_utf8);
        Unexpected {
            expected,
            start: self.at,
            len: word.max(first),
        }
    }
}

/// A number with its noun, for messages: `no argument`, `1 argument`, `2 arguments`.
pub(super) fn counted(number: usize, noun: &str) -> String {
    match number {
        0 => format!("no {noun}"),
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}

/// Names for a message: the first few of them.
pub(super) fn listed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    const SHOWN: usize = 8;
    let mut list = String::new();
    for (at, name) in names.enumerate() {
        if at == SHOWN {
            list.push_str(", ..");
            break;
        }
        let comma = if at == 0 { "" } else { ", " };
        list.push_str(comma);
        list.push('`');
        list.push_str(name);
        list.push('`');
    }
    list
}

/// Whether a text is a name as the language knows them.
pub(super) fn is_ident(text: &str) -> bool {
    let mut chars = text.chars();
    chars
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::phrases;

    #[test]
    fn words_know_their_offsets() {
        let list = phrases(" a, need:b( x,yy )", true).expect("two phrases");
        let starts: Vec<usize> = list.iter().map(|phrase| phrase.name.start).collect();
        assert_eq!(starts, [1, 4]);
        assert_eq!(list[1].fields[1].text, "yy");
        assert_eq!(list[1].fields[1].start, 14);
    }

    #[test]
    fn errors_stand_on_the_offending_word() {
        let error = phrases("a b", false).expect_err("no comma");
        assert_eq!(
            (error.expected, error.start, error.len),
            ("`,` or the end", 2, 1)
        );
        let error = phrases("a(é)", false).expect_err("no name");
        assert_eq!(
            (error.expected, error.start, error.len),
            ("a field's name", 2, 2)
        );
        assert!(phrases("a:b", false).is_err());
        assert!(phrases("", false).is_err());
        assert!(phrases("a::b", true).is_err());
    }
}
