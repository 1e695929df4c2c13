//! Charts and machines as SVG.
//!
//! In: a [`Subject`]. Out: [`Picture`]s: the protocol as a sequence chart, each run of a
//! counterexample with the lines of the text beside it, and each machine; behind one another in one
//! document, or one by one inside of a page. What holds: text is text, in the reader's own
//! monospaced font and measured as its widest, so labels do not overlap; colours follow the reader's
//! scheme; every picture has a title and a description; nothing in a picture runs, loads or links.
//! Nothing recurses, and a machine that is too large to be read as a picture is said to be so.

mod canvas;
mod columns;
mod layers;
mod machine;
mod measure;
mod pieces;
mod rows;
mod sequence;
mod sheet;

use std::fmt::Write as _;

use super::Subject;
use super::name::Names;
use crate::escape::markup;
use measure::{ROW, TITLE};

/// The look of every picture.
const STYLE: &str = include_str!("svg/picture.css");

/// Room around a picture in a document.
const MARGIN: i32 = 24;

/// A drawing of a known size.
#[derive(Clone, Debug)]
pub struct Picture {
    /// What it shows, in a few words.
    pub title: String,
    /// The same in a sentence, for readers who do not see it.
    pub description: String,
    width: i32,
    height: i32,
    /// Where it must not be cut, from top to bottom.
    taken: Vec<(i32, i32)>,
    body: String,
    /// What stands at its top, down to there, and is said again over each piece of it.
    heads: Option<(String, i32)>,
}

impl Picture {
    /// The picture as an element of a page, which brings the [`STYLE`]. `id` is unique in the page.
    /// Where it is higher than a sheet of paper, pieces of it follow that are shown in print alone.
    pub(crate) fn element(&self, id: &str) -> String {
        let (width, height) = (self.width, self.height);
        let size = (width, height);
        let again = self.heads.as_ref().map_or(0, |(_, end)| *end);
        let again = pieces::repeated(size, again);
        let pieces = pieces::pieces(size, &self.taken, again);
        let class = if pieces.is_empty() { "" } else { " tall" };
        // The group has the class again: within a copy nothing is seen of what is around it.
        let mut out = format!(
            "<svg class=\"picture{class}\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\" \
             width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
             preserveAspectRatio=\"xMinYMin\">\n<title id=\"{id}-t\">{}</title>\n<desc id=\"{id}-d\">{}</desc>\n\
             <g class=\"picture\" id=\"{id}-g\">\n{}",
            markup(&self.title),
            markup(&self.description),
            self.body
        );
        if let Some((heads, _)) = &self.heads {
            let _ = writeln!(out, "<g class=\"picture\" id=\"{id}-h\">\n{heads}</g>");
        }
        out.push_str("</g>\n</svg>\n");
        for (top, height) in pieces {
            // What is said again stands over a window on the piece, which cuts off what is around it.
            let above = if top == 0 { 0 } else { again };
            let (wide, whole) = (width + 2, above + height);
            let heads = if above == 0 {
                String::new()
            } else {
                format!("<use href=\"#{id}-h\"/>")
            };
            // One pixel more at each side: lines along an edge are half beyond it.
            let _ = writeln!(
                out,
                "<svg class=\"picture piece\" aria-hidden=\"true\" width=\"{wide}\" height=\"{whole}\" \
                 viewBox=\"-1 0 {wide} {whole}\">{heads}<svg x=\"-1\" y=\"{above}\" width=\"{wide}\" \
                 height=\"{height}\" viewBox=\"-1 {top} {wide} {height}\"><use href=\"#{id}-g\"/></svg></svg>"
            );
        }
        out
    }

    /// What is drawn, in the coordinates of the picture.
    fn drawn(&self) -> String {
        let heads = self.heads.as_ref().map_or("", |(heads, _)| heads);
        format!("{}{heads}", self.body)
    }
}

/// The protocol as a sequence chart, the runs of a counterexample, and the machines of all roles;
/// or the machines of one role alone.
pub fn pictures(subject: Subject<'_>, role: Option<&str>) -> Vec<Picture> {
    let names = Names::new(subject.protocol);
    let mut pictures = Vec::new();
    if role.is_none() {
        pictures.push(chart(subject, &names));
    }
    pictures.extend(runs(subject));
    for (position, _) in subject.machines(&names, role) {
        pictures.extend(machines(subject, &names, position));
    }
    pictures
}

/// The protocol as a sequence chart.
pub(crate) fn chart(subject: Subject<'_>, names: &Names) -> Picture {
    let name = &subject.protocol.name;
    let title = format!("{name}, message by message");
    sequence::draw(&rows::of_protocol(names), title)
}

/// The runs of a counterexample, each event beside its line of the text.
pub(crate) fn runs(subject: Subject<'_>) -> Vec<Picture> {
    let found = subject.decision.counterexample.iter();
    found
        .flat_map(|found| &found.runs)
        .map(|run| sequence::draw(&rows::of_run(subject.sources, run), run.title.clone()))
        .collect()
}

/// A machine with its threads behind it.
pub(crate) fn machines(subject: Subject<'_>, names: &Names, position: usize) -> Vec<Picture> {
    subject
        .with_threads(position)
        .map(|(_, machine)| machine::draw(names, machine))
        .collect()
}

/// Pictures below each other, as one document.
pub fn document(pictures: &[Picture]) -> String {
    let title_width = |picture: &Picture| measure::width(&picture.title, TITLE);
    let widest = pictures.iter().map(|p| p.width.max(title_width(p))).max();
    let width = widest.unwrap_or_default() + 2 * MARGIN;
    let mut body = String::new();
    let mut y = MARGIN;
    for (at, picture) in pictures.iter().enumerate() {
        let heading = markup(&picture.title);
        let _ = write!(
            body,
            "<g role=\"img\" aria-labelledby=\"t{at} d{at}\">\n<title id=\"t{at}\">{heading}</title>\n\
             <desc id=\"d{at}\">{}</desc>\n<text class=\"title\" x=\"{MARGIN}\" y=\"{}\">{heading}</text>\n\
             <g transform=\"translate({MARGIN} {})\">\n{}</g>\n</g>\n",
            markup(&picture.description),
            y + TITLE,
            y + 2 * ROW,
            picture.drawn()
        );
        y += 2 * ROW + picture.height + 2 * MARGIN;
    }
    let height = y;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"picture\" width=\"{width}\" \
         height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n<style>\n{STYLE}</style>\n\
         <rect class=\"ground\" width=\"{width}\" height=\"{height}\"/>\n{body}</svg>\n"
    )
}
