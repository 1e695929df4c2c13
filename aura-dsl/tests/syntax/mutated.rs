//! Texts of the corpus with random edits: whatever comes of them is refused inside of the text, or
//! printed and read again.

use aura_dsl::import::scribble;
use aura_dsl::parse::parse;
use aura_dsl::print::print;
use aura_dsl::source::FileId;

use crate::{corpus, deep};

/// What edits put in: tokens that change the meaning of what stands around them.
const PIECES: &[&str] = &[
    "// c\n",
    "/* c */",
    "/* a\nb */",
    "//",
    "/*",
    "*/",
    "\"",
    "\\",
    "\n",
    "\n\n",
    "\r\n",
    " ",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "<",
    ">",
    ";",
    ":",
    ",",
    "->",
    "..",
    "=",
    "==",
    "!",
    "&&",
    "#[a = 1]\n",
    "A -> B: X;",
    "in group g;",
    "when (",
    "any ",
    "at ",
    "else {}",
    "loop ",
    "é",
    "\u{202e}",
    "0",
    "2s",
    "18446744073709551616",
    "choice at A { a() from A to B; } or { b() from A to B; }",
    "(* c *)",
    "rec X { continue X; }",
];

/// Sebastiano Vigna's splitmix64: the same seed, the same edits.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let bound = bound.max(1) as u64;
        usize::try_from((mixed ^ (mixed >> 31)) % bound).unwrap_or(0)
    }

    /// A place between two characters.
    fn place(&mut self, text: &str) -> usize {
        let mut at = self.below(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}

fn edited(text: &str, random: &mut Random) -> String {
    let mut text = text.to_owned();
    for _ in 0..=random.below(4) {
        let (a, b) = (random.place(&text), random.place(&text));
        let (from, to) = (a.min(b), a.max(b));
        match random.below(4) {
            0 => text.insert_str(a, PIECES[random.below(PIECES.len())]),
            1 if to - from < 40 => text.replace_range(from..to, ""),
            2 if to - from < 200 => {
                let copy = text[from..to].to_owned();
                let at = random.place(&text);
                text.insert_str(at, &copy);
            }
            _ => text.insert_str(b, PIECES[random.below(PIECES.len())]),
        }
    }
    text
}

fn holds(text: &str) {
    let read = [
        parse(FileId(0), text),
        scribble::import(FileId(0), text, "m").map(|imported| imported.file),
    ];
    for outcome in read {
        match outcome {
            Ok(file) => {
                let once = print(&file);
                let again = parse(FileId(0), &once);
                let again = again.unwrap_or_else(|report| panic!("{report:?}\n{text}\n{once}"));
                assert_eq!(file.comments.len(), again.comments.len(), "{text}\n{once}");
                assert_eq!(print(&again), once, "{text}");
            }
            Err(report) => {
                assert!(report.has_errors(), "{text}");
                for error in report.iter() {
                    let (start, end) = (error.span.start as usize, error.span.end as usize);
                    assert!(text.get(start..end).is_some(), "{error:?}\n{text}");
                }
            }
        }
    }
}

#[test]
fn edited_texts_are_refused_or_printed_and_read_again() {
    let mut texts = corpus("corpus/pass");
    texts.extend(corpus("syntax"));
    texts.extend(corpus("syntax/import"));
    texts.retain(|(_, text)| text.len() < 8_000);
    deep(move || {
        let mut random = Random(1);
        for _ in 0..1_500 {
            let (_, text) = &texts[random.below(texts.len())];
            holds(&edited(text, &mut random));
        }
    });
}
