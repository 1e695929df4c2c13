//! The texts of a page, line by line, and how the rest of the page refers to their lines.
//!
//! In: the sources of a text and its imports. Out: listings with an anchor at each line, and the
//! anchor of a line by the words in which tables name it: `46`, or `common.aura:3`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::write::Writer;
use super::{Unit, short};
use crate::escape::markup;
use crate::source::FileId;

/// The lines of a text and its imports.
pub(super) struct Lines<'a> {
    prefix: String,
    /// By file: the name without folders, and how many lines there are.
    files: Vec<(FileId, &'a str, usize)>,
    /// Lines at which something goes wrong.
    faulty: BTreeSet<(FileId, u32)>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(unit: &Unit<'a>, prefix: &str) -> Self {
        let found = unit
            .protocols
            .iter()
            .filter_map(|(_, found)| found.as_ref());
        let examples = found.filter_map(|(subject, _)| subject.decision.counterexample.as_ref());
        let runs = examples.flat_map(|example| &example.runs);
        let events = runs
            .flat_map(|run| &run.events)
            .filter(|event| event.faulty);
        let files = unit
            .sources
            .files()
            .map(|(id, file)| (id, short(&file.path), file.text.lines().count()));
        Self {
            prefix: prefix.to_owned(),
            files: files.collect(),
            faulty: events
                .map(|event| (event.span.file, unit.sources.start(event.span).line))
                .collect(),
        }
    }

    /// The anchor of a line as a table of a protocol in `file` names it.
    pub(super) fn anchor(&self, file: FileId, named: &str) -> Option<String> {
        let (name, line) = match named.rsplit_once(':') {
            Some((name, line)) => (Some(name), line),
            None => (None, named),
        };
        let line: usize = line.parse().ok()?;
        let mut files = self.files.iter();
        let (id, _, count) = files.find(|(id, own, _)| match name {
            Some(name) => *id != file && *own == name,
            None => *id == file,
        })?;
        (1..=*count).contains(&line).then(|| self.at(*id, line))
    }

    fn at(&self, file: FileId, line: usize) -> String {
        format!("{}f{}L{line}", self.prefix, file.0)
    }

    /// The texts themselves.
    pub(super) fn write(&self, out: &mut Writer, unit: &Unit<'_>) {
        let heading = format!("The text, {}", unit.path);
        out.open_section(2, &format!("{}-source", self.prefix), &heading);
        let several = unit.sources.files().count() > 1;
        for (id, file) in unit.sources.files() {
            if several {
                out.element("h3", "path", &file.path);
            }
            if file.text.is_empty() {
                out.element("p", "", "There is nothing in it.");
                continue;
            }
            out.open_scroll(&file.path);
            out.raw("<pre class=\"source\">");
            for (number, line) in (1usize..).zip(file.text.lines()) {
                let faulty = u32::try_from(number).is_ok_and(|at| self.faulty.contains(&(id, at)));
                let class = if faulty { "line fault" } else { "line" };
                let anchor = self.at(id, number);
                let line = markup(&line.trim_end_matches('\r').replace('\t', "    "));
                let mut html = String::new();
                // The end of the line belongs to it: between two it would be a line of its own.
                let _ = write!(
                    html,
                    "<span class=\"{class}\" id=\"{anchor}\"><span class=\"number\">{number:>4}</span>  \
                     {line}\n</span>"
                );
                out.raw(&html);
            }
            out.raw("</pre>\n</div>\n");
        }
        out.close("section");
    }
}
