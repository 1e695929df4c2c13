//! Diagnostics as people read them, in the style of rustc.
//!
//! In: the sources and what was found in them. Out: text, with colours by choice. What holds: no
//! control or bidi character of a text or message reaches the terminal, it is spelled out; the
//! column that is named is the one in the text, also where the line shown had to be cut; a
//! diagnostic costs what its lines cost, however large the text is.

use std::collections::BTreeMap;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};

use super::{Diagnostic, Report, Severity};
use crate::escape::{is_hidden, visible};
use crate::source::{FileId, SourceFile, Sources, Span};

/// Spans that are further apart than this many lines are shown apart.
const APART: u32 = 12;
/// A span of more lines than this is shown by its beginning.
const TALLEST: u32 = 12;
/// Characters that are shown of a long line, before and behind where the span begins.
const BEFORE: usize = 60;
const BEHIND: usize = 120;

/// All findings of a report, in their order, with a blank line behind each.
pub fn render(sources: &Sources, report: &Report, color: bool) -> String {
    let mut out = String::new();
    for diagnostic in report.iter() {
        out += &diagnostic_text(sources, diagnostic, color);
        out.push_str("\n\n");
    }
    out
}

fn diagnostic_text(sources: &Sources, diagnostic: &Diagnostic, color: bool) -> String {
    let level = match diagnostic.code.severity() {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let message = visible(&diagnostic.message).into_owned();
    let title = level.primary_title(message).id(diagnostic.code.name());
    let mut group = Group::with_title(title);
    for excerpt in excerpts(sources, diagnostic) {
        for element in excerpt.elements() {
            group = group.element(element);
        }
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(visible(help).into_owned()));
    }
    let renderer = if color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    renderer.render(&[group])
}

/// A place to mark, cut to the lines that are shown.
struct Mark<'a> {
    range: Range<u32>,
    lines: Range<u32>,
    /// What is written at the place; the main place has its message above.
    label: Option<&'a str>,
    main: bool,
}

/// Neighbouring lines of one file with their marks.
struct Excerpt<'a> {
    file: &'a SourceFile,
    lines: Range<u32>,
    marks: Vec<Mark<'a>>,
}

/// The excerpts of a diagnostic: the one with the main place first, the others by place.
fn excerpts<'a>(sources: &'a Sources, diagnostic: &'a Diagnostic) -> Vec<Excerpt<'a>> {
    let labels = diagnostic
        .labels
        .iter()
        .map(|label| (label.span, Some(label.message.as_str())));
    let mut by_file: BTreeMap<FileId, Vec<Mark<'a>>> = BTreeMap::new();
    for (at, (span, label)) in std::iter::once((diagnostic.span, None))
        .chain(labels)
        .enumerate()
    {
        let mark = mark(sources.file(span.file), span, label, at == 0);
        by_file.entry(span.file).or_default().push(mark);
    }
    let mut excerpts: Vec<Excerpt<'a>> = Vec::new();
    for (id, mut marks) in by_file {
        let file = sources.file(id);
        marks.sort_by_key(|mark| (mark.lines.start, mark.lines.end, !mark.main));
        for mark in marks {
            match excerpts.last_mut() {
                Some(last)
                    if std::ptr::eq(last.file, file)
                        && mark.lines.start <= last.lines.end.saturating_add(APART) =>
                {
                    last.lines.end = last.lines.end.max(mark.lines.end);
                    last.marks.push(mark);
                }
                _ => excerpts.push(Excerpt {
                    file,
                    lines: mark.lines.clone(),
                    marks: vec![mark],
                }),
            }
        }
    }
    excerpts.sort_by_key(|excerpt| !excerpt.marks.iter().any(|mark| mark.main));
    excerpts
}

fn mark<'a>(file: &SourceFile, span: Span, label: Option<&'a str>, main: bool) -> Mark<'a> {
    let first = file.position(span.start).line;
    let last = file.position(span.end.max(span.start)).line;
    let tall = last - first >= TALLEST;
    let last = if tall { first } else { last };
    let end = if tall { u32::MAX } else { span.end };
    Mark {
        range: span.start..end.max(span.start),
        lines: first..last + 1,
        label,
        main,
    }
}

impl Excerpt<'_> {
    fn elements(&self) -> Vec<Element<'static>> {
        let shown = self.shown();
        let path = visible(&self.file.path).into_owned();
        let mut snippet = Snippet::source(shown.text).line_start(self.lines.start as usize);
        let mut elements = Vec::new();
        let main = self.marks.iter().find(|mark| mark.main);
        match main.filter(|_| shown.moved) {
            // The renderer counts columns in what it shows, which is not what the text has.
            Some(mark) => {
                let at = self.file.position(mark.range.start);
                let origin = Origin::path(path)
                    .line(at.line as usize)
                    .char_column(at.column as usize);
                elements.push(origin.into());
            }
            None => snippet = snippet.path(path),
        }
        for mark in &self.marks {
            let kind = if mark.main {
                AnnotationKind::Primary
            } else {
                AnnotationKind::Context
            };
            let place = |offset: u32| shown.places.get(&offset).copied().unwrap_or_default();
            let span = place(mark.range.start)..place(mark.range.end).max(place(mark.range.start));
            let label = mark.label.map(|label| visible(label).into_owned());
            snippet = snippet.annotation(kind.span(span).label(label));
        }
        elements.push(snippet.into());
        elements
    }

    /// The lines with hidden characters spelled out and long lines cut.
    fn shown(&self) -> Shown {
        let mut wanted: Vec<u32> = self
            .marks
            .iter()
            .flat_map(|mark| [mark.range.start, mark.range.end])
            .collect();
        wanted.sort_unstable();
        let mut shown = Shown {
            text: String::new(),
            places: BTreeMap::new(),
            moved: false,
        };
        for number in self.lines.clone() {
            let line = self.file.line(number);
            let begins = self.file.line_start(number);
            let mark = self.marks.iter().find(|mark| mark.lines.start == number);
            let from = mark.map_or(0, |mark| mark.range.start.saturating_sub(begins) as usize);
            let window = window(line, from);
            let mut push = |shown: &mut Shown, offset: usize, text: &str| {
                let offset = begins.saturating_add(u32::try_from(offset).unwrap_or(u32::MAX));
                let passed = wanted.partition_point(|place| *place <= offset);
                for place in wanted.drain(..passed) {
                    shown.places.insert(place, shown.text.len());
                }
                shown.text.push_str(text);
            };
            if window.start > 0 {
                push(&mut shown, 0, "…");
                shown.moved = true;
            }
            for (at, char) in line[window.clone()].char_indices() {
                let hidden = is_hidden(char) && char != '\t';
                let mut bytes = [0; 4];
                let char = &*char.encode_utf8(&mut bytes);
                let text = if hidden { visible(char) } else { char.into() };
                shown.moved |= hidden;
                push(&mut shown, window.start + at, &text);
            }
            push(
                &mut shown,
                window.end,
                if window.end < line.len() { "…" } else { "" },
            );
            push(&mut shown, line.len(), "\n");
        }
        for place in wanted {
            shown
                .places
                .insert(place, shown.text.trim_end_matches('\n').len());
        }
        shown
    }
}

/// What is shown of an excerpt.
struct Shown {
    text: String,
    /// Where the ends of the marks came to stand.
    places: BTreeMap<u32, usize>,
    /// Whether columns differ from those of the text.
    moved: bool,
}

/// The part of a line that is shown when the span in it begins at `from`.
fn window(line: &str, from: usize) -> Range<usize> {
    if line.len() <= BEFORE + BEHIND {
        return 0..line.len();
    }
    let mut from = from.min(line.len());
    while !line.is_char_boundary(from) {
        from -= 1;
    }
    let before = line[..from].char_indices().rev().take(BEFORE).last();
    let behind = line[from..].char_indices().nth(BEHIND);
    before.map_or(from, |(at, _)| at)..behind.map_or(line.len(), |(at, _)| from + at)
}

#[cfg(test)]
mod tests;
