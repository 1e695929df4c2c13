//! Elements of a page.
//!
//! In: texts of users and tables. Out: HTML. What holds: whatever is no literal of the compiler is
//! escaped here; tables have captions and scopes; what may be wider than the page scrolls by itself,
//! and can be reached and scrolled by keyboard.

use std::fmt::Write as _;

use crate::emit::table::Table;
use crate::escape::markup;

/// Columns whose cells are sentences; all others hold names and notation.
const PROSE: &[&str] = &["property", "holds", "decided by", "kind", "log"];

/// So many signs of a cell are never parted: seven columns of them fit on a sheet of paper.
const SHORT: usize = 12;

/// A part of a page.
#[derive(Debug, Default)]
pub(super) struct Writer {
    pub(super) out: String,
}

impl Writer {
    /// An element of a literal, with a text in it.
    pub(super) fn element(&mut self, tag: &'static str, class: &'static str, text: &str) {
        let class = match class {
            "" => String::new(),
            class => format!(" class=\"{class}\""),
        };
        let _ = writeln!(self.out, "<{tag}{class}>{}</{tag}>", markup(text));
    }

    /// A paragraph, in which what stands between backticks is code.
    pub(super) fn sentence(&mut self, class: &'static str, text: &str) {
        let _ = write!(self.out, "<p class=\"{class}\">");
        self.words(text);
        self.out += "</p>\n";
    }

    /// Words, of which those between backticks are code.
    pub(super) fn words(&mut self, text: &str) {
        // Without a partner the last backtick is a sign like any other.
        let pairs = text.matches('`').count() / 2;
        for (at, piece) in text.splitn(2 * pairs + 1, '`').enumerate() {
            if at % 2 == 1 {
                let _ = write!(self.out, "<code>{}</code>", markup(piece));
            } else {
                self.text(piece);
            }
        }
    }

    /// Names and notation in a cell: what is short stays on its line, what is longer may be parted.
    pub(super) fn code(&mut self, cell: &str) {
        let short = cell.chars().count() <= SHORT;
        let class = if short { " class=\"short\"" } else { "" };
        let _ = write!(self.out, "<code{class}>{}</code>", breakable(cell));
    }

    pub(super) fn text(&mut self, text: &str) {
        self.out += &markup(text);
    }

    /// What is HTML already.
    pub(super) fn raw(&mut self, html: &str) {
        self.out += html;
    }

    pub(super) fn close(&mut self, tag: &'static str) {
        let _ = writeln!(self.out, "</{tag}>");
    }

    /// A section that is named by its heading. The anchor is the compiler's own.
    pub(super) fn open_section(&mut self, level: u8, anchor: &str, heading: &str) {
        let _ = writeln!(
            self.out,
            "<section id=\"{anchor}\" aria-labelledby=\"{anchor}-h\">\n\
             <h{level} id=\"{anchor}-h\">{}</h{level}>",
            markup(heading)
        );
    }

    /// A box that scrolls where its contents are wider.
    pub(super) fn open_scroll(&mut self, name: &str) {
        let _ = writeln!(
            self.out,
            "<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"{}\">",
            markup(name)
        );
    }

    /// Lines as they are.
    pub(super) fn listing(&mut self, name: &str, text: &str) {
        self.open_scroll(name);
        self.out += "<pre>";
        for line in text.lines() {
            self.text(line);
            self.out.push('\n');
        }
        self.out += "</pre>\n</div>\n";
    }

    /// Lines that are shown when they are asked for.
    pub(super) fn aside(&mut self, summary: &str, name: &str, text: &str) {
        let _ = writeln!(
            self.out,
            "<details>\n<summary>{}</summary>",
            markup(summary)
        );
        self.listing(name, text);
        self.close("details");
    }

    /// Items that lie in each other by their depths.
    pub(super) fn tree(&mut self, items: &[(usize, String)]) {
        let mut open = 0;
        for (depth, text) in items {
            // A depth that was left out would be a list without an item around it.
            let depth = (*depth + 1).min(open + 1);
            if depth > open {
                self.out += "<ul>\n";
                open += 1;
            } else {
                self.out += "</li>\n";
                for _ in depth..open {
                    self.out += "</ul>\n</li>\n";
                }
                open = depth;
            }
            let _ = write!(self.out, "<li>{}", markup(text));
        }
        for _ in 0..open {
            self.out += "</li>\n</ul>\n";
        }
    }

    /// A table; the cells of the columns `linked` are lists of lines, which `line` finds. Nothing
    /// where there is no row.
    pub(super) fn table(
        &mut self,
        caption: &str,
        table: &Table,
        linked: &[&str],
        line: impl Fn(&str) -> Option<String>,
    ) {
        let columns = table.columns();
        let rows = columns.first().map_or(0, |(_, cells)| cells.len());
        if rows == 0 {
            return;
        }
        self.open_table(caption);
        self.out += "<tr>";
        for (head, _) in &columns {
            let _ = write!(self.out, "<th scope=\"col\">{head}</th>");
        }
        self.out += "</tr>\n</thead>\n<tbody>\n";
        for row in 0..rows {
            self.out += "<tr>";
            for (at, (head, cells)) in columns.iter().enumerate() {
                let cell = cells[row];
                let tag = if at == 0 && !cell.is_empty() {
                    "th"
                } else {
                    "td"
                };
                self.out += if tag == "th" {
                    "<th scope=\"row\">"
                } else {
                    "<td>"
                };
                if *head == "holds" && cell == "no" {
                    self.out += "<strong class=\"bad\">no</strong>";
                } else if linked.contains(head) {
                    self.links(cell, &line);
                } else if PROSE.contains(head) || cell.is_empty() {
                    self.text(cell);
                } else {
                    self.code(cell);
                }
                let _ = write!(self.out, "</{tag}>");
            }
            self.out += "</tr>\n";
        }
        self.close_table();
    }

    /// A table up to its heading.
    pub(super) fn open_table(&mut self, caption: &str) {
        self.open_scroll(caption);
        let _ = writeln!(
            self.out,
            "<table>\n<caption>{}</caption>\n<thead>",
            markup(caption)
        );
    }

    pub(super) fn close_table(&mut self) {
        self.out += "</tbody>\n</table>\n</div>\n";
    }

    fn links(&mut self, cell: &str, line: impl Fn(&str) -> Option<String>) {
        for (at, piece) in cell.split(", ").enumerate() {
            if at > 0 {
                self.out += ", ";
            }
            match line(piece) {
                Some(anchor) => {
                    let _ = write!(self.out, "<a href=\"#{anchor}\">{}</a>", markup(piece));
                }
                None => self.text(piece),
            }
        }
    }

    /// A line of the contents, with the sections below it.
    pub(super) fn entry(&mut self, anchor: &str, name: &str, sections: &[(String, &'static str)]) {
        let _ = write!(self.out, "<li><a href=\"#{anchor}\">{}</a>", markup(name));
        if !sections.is_empty() {
            self.out += "\n<ul>\n";
            for (anchor, name) in sections {
                let _ = writeln!(self.out, "<li><a href=\"#{anchor}\">{name}</a></li>");
            }
            self.out += "</ul>\n";
        }
        self.out += "</li>\n";
    }
}

/// What stands in a cell, escaped, with a chance to break the line at each joint of a name: a narrow
/// column then parts `Signer[*]!Open` and `need_sign(cid)` there, and not within a word.
fn breakable(text: &str) -> String {
    let parts = text.split_inclusive(['!', '?']);
    let parts: Vec<_> = parts
        .map(|part| markup(part).replace('(', "<wbr>("))
        .collect();
    parts.join("<wbr>")
}
