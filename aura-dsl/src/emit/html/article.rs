//! A protocol on a page: from its verdict to what a crash does.
//!
//! In: a [`Subject`] with its [`Audit`]. Out: an article of sections, and the sections' anchors for
//! the contents. A section without anything to say is left out.

use super::source::Lines;
use super::write::Writer;
use super::{Unit, amounts, roles};
use crate::audit::Audit;
use crate::diag::codes;
use crate::emit::name::Names;
use crate::emit::{Subject, audit as text, facts, global, resilience, svg, text as report};
use crate::verdict::{Counterexample, Verdict};

/// The section of an article in the contents: anchor and name.
pub(super) type Section = (String, &'static str);

/// What every section is written with.
pub(super) struct View<'a> {
    pub(super) subject: Subject<'a>,
    pub(super) names: Names<'a>,
    pub(super) audit: &'a Audit,
    pub(super) unit: &'a Unit<'a>,
    pub(super) lines: &'a Lines<'a>,
    /// The article's anchor, of which all others inside of it are made.
    pub(super) anchor: &'a str,
}

/// A protocol that could not be audited since there are errors.
pub(super) fn failed(out: &mut Writer, name: &str, anchor: &str) -> Vec<Section> {
    open(out, name, anchor);
    out.raw("<p class=\"verdict bad\"><span aria-hidden=\"true\">✗</span> error</p>\n");
    out.element(
        "p",
        "",
        "This protocol has errors; the findings below say which.",
    );
    out.close("article");
    Vec::new()
}

fn open(out: &mut Writer, name: &str, anchor: &str) {
    out.raw(&format!(
        "<article id=\"{anchor}\" aria-labelledby=\"{anchor}-h\">\n<h2 id=\"{anchor}-h\">"
    ));
    out.text(name);
    out.raw("</h2>\n");
}

impl<'a> View<'a> {
    pub(super) fn new(
        subject: Subject<'a>,
        audit: &'a Audit,
        unit: &'a Unit<'a>,
        lines: &'a Lines<'a>,
        anchor: &'a str,
    ) -> Self {
        Self {
            subject,
            names: Names::new(subject.protocol),
            audit,
            unit,
            lines,
            anchor,
        }
    }

    /// Writes the article and names its sections.
    pub(super) fn write(&self, out: &mut Writer) -> Vec<Section> {
        let protocol = self.subject.protocol;
        open(out, &protocol.name, self.anchor);
        let (namespace, version) = (&protocol.namespace, &protocol.version);
        let line = self.subject.sources.start(protocol.span).line;
        let path = &self.subject.sources.file(protocol.file).path;
        out.element(
            "p",
            "where",
            &format!("{namespace} {version}, {path}:{line}"),
        );
        self.verdict(out);
        let mut sections = Vec::new();
        let mut section = |name: &'static str, write: &dyn Fn(&Self, &mut Writer)| {
            let mut inside = Writer::default();
            write(self, &mut inside);
            if !inside.out.is_empty() {
                let anchor = format!("{}s{}", self.anchor, sections.len());
                out.open_section(3, &anchor, name);
                out.raw(&inside.out);
                out.close("section");
                sections.push((anchor, name));
            }
        };
        section("What goes wrong", &Self::counterexample);
        section("How it was decided", &Self::decided);
        section("Messages", &Self::messages);
        section("Authority", &Self::authority);
        section("Cost and leakage", &amounts::write);
        section("Facts", &Self::facts);
        section("Receipts", &Self::receipts);
        section("Contexts", &Self::contexts);
        section("Crashes and slow receivers", &Self::resilience);
        section("Roles", &roles::write);
        out.close("article");
        sections
    }

    /// The anchor of a line that a table names.
    pub(super) fn line(&self, named: &str) -> Option<String> {
        self.lines.anchor(self.subject.protocol.file, named)
    }

    fn verdict(&self, out: &mut Writer) {
        let decision = self.subject.decision;
        let (class, sign) = match decision.verdict {
            Verdict::Implementable => ("good", "✓"),
            Verdict::OutsideClass => ("unknown", "?"),
            _ => ("bad", "✗"),
        };
        let name = decision.verdict.name();
        out.raw(&format!(
            "<p class=\"verdict {class}\"><span aria-hidden=\"true\">{sign}</span> {name}</p>\n"
        ));
        out.element("p", "method", &decision.method);
    }

    fn decided(&self, out: &mut Writer) {
        out.table("Properties", &report::decided(self.subject), &[], |_| None);
    }

    fn counterexample(&self, out: &mut Writer) {
        let Some(found) = &self.subject.decision.counterexample else {
            return;
        };
        out.sentence("reason", &found.reason);
        for (at, picture) in svg::runs(self.subject).iter().enumerate() {
            out.raw("<h4>");
            out.words(&picture.title);
            out.raw("</h4>\n");
            self.picture(out, picture, &format!("run{at}"));
        }
        self.hint(out, found);
    }

    fn hint(&self, out: &mut Writer, found: &Counterexample) {
        let Some(hint) = &found.hint else {
            return;
        };
        out.sentence("hint", &format!("Help: {}", hint.text));
        if hint.insertions.is_empty() {
            return;
        }
        out.raw("<ul>\n");
        for (span, text) in &hint.insertions {
            let file = self.subject.sources.file(span.file);
            let at = file.position(span.start);
            out.raw("<li>");
            out.text(&format!("{}:{}:{}: insert ", file.path, at.line, at.column));
            out.raw("<code>");
            out.text(text.trim());
            out.raw("</code></li>\n");
        }
        out.raw("</ul>\n");
    }

    /// A picture that scrolls where it is wider than the page.
    pub(super) fn picture(&self, out: &mut Writer, picture: &svg::Picture, id: &str) {
        out.open_scroll(&picture.title);
        out.raw(&picture.element(&format!("{}-{id}", self.anchor)));
        out.raw("</div>\n");
    }

    fn messages(&self, out: &mut Writer) {
        self.picture(out, &svg::chart(self.subject, &self.names), "chart");
        let name = format!("{} as text", self.subject.protocol.name);
        out.aside("As text", &name, &global::steps(&self.names, 0));
        out.table("Payloads", &report::carried(&self.names), &[], |_| None);
    }

    fn authority(&self, out: &mut Writer) {
        let grants = text::grants(self.subject, &self.names, self.audit);
        let caption = "Who may send what under which capability";
        out.table(caption, &grants, &["line"], |line| self.line(line));
        let items: Vec<_> = text::coverage(self.subject, &self.names, self.audit)
            .into_iter()
            .map(|sentence| (0, sentence))
            .collect();
        out.tree(&items);
    }

    fn facts(&self, out: &mut Writer) {
        let tree = facts::tree(self.subject, &self.names, &self.audit.facts);
        if !tree.is_empty() {
            out.element("p", "", "The facts of a run are those along its path.");
            out.raw("<div class=\"facts\">\n");
            out.tree(&tree);
            out.raw("</div>\n");
        }
    }

    fn receipts(&self, out: &mut Writer) {
        let chains = text::chains(self.subject, &self.names, self.audit);
        let linked = ["line", "arrived by"];
        out.table("Chains of receipts", &chains, &linked, |line| {
            self.line(line)
        });
    }

    fn contexts(&self, out: &mut Writer) {
        let places = text::places(self.subject, &self.names, self.audit);
        let bridges = text::bridges(self.subject, &self.names, self.audit);
        let line = |line: &str| self.line(line);
        out.table(
            "Who takes part in which context",
            &places,
            &["messages"],
            line,
        );
        out.table("Bridges between contexts", &bridges, &["messages"], line);
    }

    fn resilience(&self, out: &mut Writer) {
        let Some(found) = &self.audit.resilience else {
            return;
        };
        if found.too_large {
            out.element("p", "", &resilience::unknown());
            return;
        }
        let crashes = resilience::crashes(self.subject, &self.names, found);
        let caption = "Whom a crash leaves waiting for ever";
        out.table(caption, &crashes, &["line"], |line| self.line(line));
        let caption = "Messages that lie between two while the receiver is slow";
        let buffers = resilience::buffers(self.subject, found);
        out.table(caption, &buffers, &[], |_| None);
        for code in [codes::W0920, codes::W0921] {
            if let Some(sentence) = resilience::explained(found, code) {
                out.sentence("note", &sentence);
            }
        }
    }
}
