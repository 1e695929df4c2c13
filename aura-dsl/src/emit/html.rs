//! Audits as a page.
//!
//! In: [`Unit`]s: texts with what was found out about them. Out: one page of HTML that needs
//! nothing else: verdicts, charts, machines, authority, costs and leakage that follow the sizes
//! which the reader fills in, facts, contexts, crashes, and the text itself. What holds: every
//! string of a user is escaped where it is written (`html/write.rs`), and the page's own policy lets
//! nothing run or load but the script and the style that stand here, by their hashes; without the
//! script the page says all that the text says. Each row comes from the table of the text, so page,
//! text and JSON cannot differ.

mod amounts;
mod article;
mod roles;
mod source;
mod write;

use std::collections::BTreeMap;

use super::Subject;
use crate::audit::Audit;
use crate::diag::Report;
use crate::diag::render::render;
use crate::escape::markup;
use crate::source::Sources;
use source::Lines;
use write::Writer;

/// The look of the page and of the pictures in it.
pub const STYLE: &str = concat!(
    include_str!("svg/picture.css"),
    include_str!("html/page.css")
);

/// What recomputes the tables.
pub const SCRIPT: &str = include_str!("html/page.js");

/// What the page may do: nothing but these two. The hashes are SHA-256 of the texts in base 64; a
/// test computes them again.
pub const POLICY: &str = "default-src 'none'; \
    style-src 'sha256-jixP332gLwLswg8b1ycuF33MvlFOg+8PHbQIV67jGB8='; \
    script-src 'sha256-PIcnptNRo16AcvyvywFDHzLxB0QEG3CtYQyW/E7UqeU='; \
    base-uri 'none'; form-action 'none'";

/// A text with what was found out about it.
#[derive(Clone, Copy, Debug)]
pub struct Unit<'a> {
    /// The text's name for readers.
    pub path: &'a str,
    /// The text and its imports.
    pub sources: &'a Sources,
    /// Errors and warnings.
    pub report: &'a Report,
    /// The names of its protocols, with their audits where no error is in the way.
    pub protocols: &'a [(String, Option<(Subject<'a>, Audit)>)],
    /// The role whose machines are shown, instead of all.
    pub role: Option<&'a str>,
    /// Sizes that are filled in at first, by name.
    pub sizes: &'a BTreeMap<String, u64>,
}

/// A page that grows by texts.
#[derive(Debug, Default)]
pub struct Page {
    body: Writer,
    /// What the page contains: the anchor and name of each protocol, with those of its sections.
    contents: Vec<Entry>,
    units: usize,
}

/// A line of the contents.
#[derive(Debug)]
struct Entry {
    /// Whether it is a protocol.
    protocol: bool,
    anchor: String,
    name: String,
    sections: Vec<(String, &'static str)>,
}

impl Page {
    /// Adds all protocols of a text, what was found in it, and the text.
    pub fn add(&mut self, unit: &Unit<'_>) {
        let prefix = format!("u{}", self.units);
        self.units += 1;
        let lines = Lines::new(unit, &prefix);
        for (at, (name, found)) in unit.protocols.iter().enumerate() {
            let anchor = format!("{prefix}p{at}");
            let sections = match found {
                Some((subject, audit)) => {
                    let view = article::View::new(*subject, audit, unit, &lines, &anchor);
                    view.write(&mut self.body)
                }
                None => article::failed(&mut self.body, name, &anchor),
            };
            self.contents.push(Entry {
                protocol: true,
                anchor,
                name: name.clone(),
                sections,
            });
        }
        self.findings(unit, &prefix);
        lines.write(&mut self.body, unit);
        self.contents.push(Entry {
            protocol: false,
            anchor: format!("{prefix}-source"),
            name: format!("The text, {}", short(unit.path)),
            sections: Vec::new(),
        });
    }

    fn findings(&mut self, unit: &Unit<'_>, prefix: &str) {
        let findings = render(unit.sources, unit.report, false);
        if findings.is_empty() {
            return;
        }
        let anchor = format!("{prefix}-findings");
        let name = format!("Findings in {}", unit.path);
        let body = &mut self.body;
        body.open_section(2, &anchor, &name);
        body.listing(&name, &findings);
        body.close("section");
        self.contents.push(Entry {
            protocol: false,
            anchor,
            name: format!("Findings, {}", short(unit.path)),
            sections: Vec::new(),
        });
    }

    /// The page.
    pub fn finish(self) -> String {
        let protocols = self.contents.iter().filter(|entry| entry.protocol);
        let names: Vec<&str> = protocols.map(|entry| entry.name.as_str()).collect();
        let title = match names[..] {
            [] => "Audit".to_owned(),
            [_, _, _, _, ..] => format!("Audit of {} protocols", names.len()),
            _ => format!("Audit of {}", names.join(", ")),
        };
        let title = markup(&title);
        let mut contents = Writer::default();
        for entry in &self.contents {
            contents.entry(&entry.anchor, &entry.name, &entry.sections);
        }
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
             <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
             <a class=\"skip\" href=\"#main\">Skip to the audit</a>\n\
             <header>\n<h1>{title}</h1>\n</header>\n\
             <nav aria-label=\"Contents\">\n<ul>\n{}</ul>\n</nav>\n\
             <main id=\"main\" tabindex=\"-1\">\n{}</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n",
            contents.out, self.body.out
        )
    }
}

/// The name of a file without its folders.
fn short(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
