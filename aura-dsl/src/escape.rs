//! Text that is safe to show: nothing in it moves the cursor, hides or turns round what stands near.
//!
//! In: strings that a user wrote. Out: the same strings with every control, bidi and invisible
//! character spelled out as `\u{202e}`, or quoted for a format. Left out on purpose: JSON, whose
//! writer escapes by itself and is told about the same characters by [`is_hidden`].

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a terminal or an editor would act on the character instead of showing it.
///
/// The set is the controls of Unicode (`Cc`), its bidirectional controls (UAX #9), the characters
/// of no width, the separators of lines and paragraphs, and the tags.
pub fn is_hidden(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// The text with every hidden character spelled out; line feeds too, so that one line stays one.
pub fn visible(text: &str) -> Cow<'_, str> {
    // Nearly every text is plain, which its bytes tell without a look at characters.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Cow::Borrowed(text);
    }
    replace(text, is_hidden, |out, char| {
        let _ = write!(out, "\\u{{{:x}}}", u32::from(char));
    })
}

/// A quoted string of DOT. Backslashes are doubled first, so that no escape of DOT's own arises.
pub fn dot(text: &str) -> String {
    let body = visible(text);
    let body = replace(
        &body,
        |char| matches!(char, '"' | '\\'),
        |out, char| {
            out.extend(['\\', char]);
        },
    );
    format!("\"{body}\"")
}

/// A text in HTML, SVG or XML, in an element as in a quoted attribute.
pub fn markup(text: &str) -> String {
    let body = visible(text);
    let escaped = replace(
        &body,
        |char| matches!(char, '&' | '<' | '>' | '"' | '\''),
        |out, char| {
            let _ = write!(out, "&#{};", u32::from(char));
        },
    );
    escaped.into_owned()
}

/// A text in a Mermaid diagram: everything that Mermaid or HTML could read as syntax becomes an
/// entity (`#59;`), which Mermaid itself resolves.
pub fn mermaid(text: &str) -> String {
    let body = visible(text);
    let plain = |char: char| {
        char.is_alphanumeric()
            || matches!(
                char,
                ' ' | '_' | '.' | ',' | '(' | ')' | '[' | ']' | '!' | '?' | '*' | '-'
            )
    };
    let escaped = replace(
        &body,
        |char| !plain(char),
        |out, char| {
            let _ = write!(out, "#{};", u32::from(char));
        },
    );
    // This word alone closes a block of Mermaid wherever it stands.
    let word = |word: &str| {
        if word == "end" {
            "#101;nd".to_owned()
        } else {
            word.to_owned()
        }
    };
    let words: Vec<_> = escaped.split(' ').map(word).collect();
    words.join(" ")
}

fn replace(
    text: &str,
    matches: impl Fn(char) -> bool,
    write: impl Fn(&mut String, char),
) -> Cow<'_, str> {
    if !text.contains(&matches) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for char in text.chars() {
        if matches(char) {
            write(&mut out, char);
        } else {
            out.push(char);
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_spelled_out() {
        assert_eq!(
            visible("a\u{202e}b\0\n\u{9b}"),
            "a\\u{202e}b\\u{0}\\u{a}\\u{9b}"
        );
        assert!(matches!(visible("grüße, 世界"), Cow::Borrowed(_)));
    }

    #[test]
    fn quotes_do_not_end_a_string_of_dot() {
        assert_eq!(dot(r#"a"]; b\"#), r#""a\"]; b\\""#);
    }

    #[test]
    fn markup_sees_no_syntax() {
        assert_eq!(
            markup("</title>&\"'\u{202e}\0"),
            "&#60;/title&#62;&#38;&#34;&#39;\\u{202e}\\u{0}"
        );
    }

    #[test]
    fn mermaid_sees_no_syntax() {
        assert_eq!(mermaid("a;b<c>#\"%"), "a#59;b#60;c#62;#35;#34;#37;");
        assert_eq!(mermaid("the end"), "the #101;nd");
    }
}
