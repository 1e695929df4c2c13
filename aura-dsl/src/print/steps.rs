//! Steps.

use std::collections::BTreeSet;

use super::Printer;
use crate::ast::{
    Annotation, Block, Branch, ContextKind, Endpoint, Ident, KEYWORDS, Local, LoopBound, Message,
    Payload, Selector, Step, Timeout,
};

impl Printer<'_> {
    pub(super) fn step(&mut self, step: &Step) {
        let span = step.span();
        self.line(span.start);
        match step {
            Step::Message(message) => self.message(message),
            Step::Choice(choice) => {
                self.text("choice ");
                self.endpoint(&choice.decider);
                self.text(" ");
                self.open(choice.decider.span.end);
                let mut taken = labels(&choice.branches);
                for branch in &choice.branches {
                    self.branch(branch, &mut taken);
                }
                self.close(span.end);
            }
            Step::Loop(step) => {
                self.text("loop (");
                match &step.bound {
                    LoopBound::Count(size) => {
                        self.text("count: ");
                        self.size(size);
                    }
                    LoopBound::Decides(decider) => {
                        self.text("decides: ");
                        self.endpoint(decider);
                    }
                }
                self.text(") ");
                self.block(&step.body);
            }
            Step::Rec(rec) => {
                self.text("rec ");
                self.word(&rec.variable);
                self.text(" ");
                self.block(&rec.body);
            }
            Step::Continue(variable, _) => {
                self.text("continue ");
                self.word(variable);
                self.text(";");
            }
            Step::Par(blocks, _) => {
                self.text("par ");
                self.open(span.start);
                for block in blocks {
                    self.line(block.span.start);
                    self.block(block);
                    self.end(block.span.end);
                }
                self.close(span.end);
            }
            Step::Call(call) => {
                self.text("call ");
                self.word(&call.protocol);
                self.text("(");
                self.separated(&call.args, |printer, arg| {
                    printer.endpoint(&arg.actual);
                    if let Some(formal) = &arg.formal {
                        printer.text(" as ");
                        printer.word(formal);
                    }
                });
                self.text(");");
            }
            Step::Timeout(timeout) => self.timeout(timeout),
            Step::Local(local) => self.local(local),
            Step::In(context, body, _) => {
                self.context(context);
                self.text(" ");
                self.block(body);
            }
            Step::Bridge(bridge) => {
                self.text("bridge from ");
                self.bridge_end(&bridge.from);
                self.text(" to ");
                self.bridge_end(&bridge.to);
                self.text(" ");
                self.block(&bridge.body);
            }
            Step::For(step) => {
                self.text("for ");
                self.word(&step.index);
                self.text(" in ");
                self.endpoint(&step.family);
                self.text(" ");
                self.block(&step.body);
            }
        }
        self.end(span.end);
    }

    fn block(&mut self, block: &Block) {
        let waiting = self
            .comments
            .first()
            .is_some_and(|comment| comment.span.start < block.span.end);
        if block.steps.is_empty() && !waiting {
            self.text("{}");
            return;
        }
        self.open(block.span.start);
        for step in &block.steps {
            self.step(step);
        }
        self.close(block.span.end);
    }

    /// A message on one line where it fits and no comment needs a line inside its lists.
    fn message(&mut self, message: &Message) {
        let fields = matches!(&message.payload, Payload::Fields(fields) if !fields.is_empty());
        let lists_end = match (fields, message.annotations.is_empty()) {
            (true, _) => message.span.end,
            (false, false) => message.to.span.start,
            (false, true) => 0,
        };
        self.fit(
            lists_end,
            |printer| {
                printer.endpoint(&message.from);
                if !message.annotations.is_empty() {
                    printer.text("[");
                    printer.separated(&message.annotations, Self::annotation);
                    printer.text("]");
                }
                printer.receiver(message);
                if let Payload::Fields(fields) = &message.payload {
                    printer.fields_inline(("{ ", " }"), fields);
                }
            },
            |printer| {
                printer.endpoint(&message.from);
                if !message.annotations.is_empty() {
                    let place = |one: &Annotation| (one.span.start, one.span.end);
                    let (list, end) = (&message.annotations, message.to.span.start);
                    printer.stacked(("[", "]"), list, end, place, Self::annotation);
                }
                printer.receiver(message);
                if let Payload::Fields(fields) = &message.payload {
                    printer.fields(("{ ", " }"), fields, message.span.end);
                }
            },
        );
        self.text(";");
    }

    /// A message from its arrow to its payload, without fields.
    fn receiver(&mut self, message: &Message) {
        self.text(" -> ");
        self.endpoint(&message.to);
        self.text(": ");
        self.word(&message.label);
        match &message.payload {
            Payload::Bare => {}
            Payload::Types { angle, types } => {
                let (open, close) = if *angle { ("<", ">") } else { ("(", ")") };
                self.text(open);
                self.separated(types, Self::type_term);
                self.text(close);
            }
            Payload::Fields(_) => self.text(" "),
        }
    }

    fn annotation(&mut self, annotation: &Annotation) {
        self.word(&annotation.key);
        self.text(" = ");
        self.value(&annotation.value);
    }

    fn branch(&mut self, branch: &Branch, taken: &mut BTreeSet<String>) {
        self.line(branch.span.start);
        if let Some(label) = &branch.label {
            self.word(label);
        } else {
            let label = invented_label(&branch.body, taken);
            self.text(&label);
            taken.insert(label);
        }
        if let Some(guard) = &branch.guard {
            self.text(" when (");
            self.expression(guard);
            self.text(")");
        }
        self.text(": ");
        self.block(&branch.body);
        self.end(branch.span.end);
    }

    fn timeout(&mut self, timeout: &Timeout) {
        self.text("timeout (");
        self.duration(timeout.duration);
        self.text(") at ");
        self.endpoint(&timeout.decider);
        self.text(" ");
        self.block(&timeout.body);
        self.text(" else ");
        self.block(&timeout.otherwise);
    }

    fn local(&mut self, local: &Local) {
        self.text("local ");
        self.endpoint(&local.at);
        self.text(": ");
        self.word(&local.function);
        if !local.args.is_empty() {
            self.text("(");
            self.separated(&local.args, Self::word);
            self.text(")");
        }
        if let Some((result, ty)) = &local.result {
            self.text(" -> ");
            self.word(result);
            if let Some(ty) = ty {
                self.text(": ");
                self.type_term(ty);
            }
        }
        self.text(";");
    }

    fn bridge_end(&mut self, (kind, name): &(Option<ContextKind>, Ident)) {
        if let Some(kind) = kind {
            self.text(kind.keyword());
            self.text(" ");
        }
        self.word(name);
    }

    fn endpoint(&mut self, endpoint: &Endpoint) {
        self.word(&endpoint.role);
        match &endpoint.selector {
            None => return,
            Some(Selector::All(_)) => self.text("[*"),
            Some(Selector::AnyOf(size, _)) => {
                self.text("[any ");
                self.size(size);
            }
            Some(Selector::Index(size, _)) => {
                self.text("[");
                self.size(size);
            }
            Some(Selector::Range(from, to, _)) => {
                self.text("[");
                self.size(from);
                self.text("..");
                self.size(to);
            }
        }
        self.text("]");
    }
}

/// The labels that the branches of a choice have.
fn labels(branches: &[Branch]) -> BTreeSet<String> {
    let labels = branches.iter().filter_map(|branch| branch.label.as_ref());
    labels.map(|label| label.text.clone()).collect()
}

/// A label for a branch that has none, from its first message.
fn invented_label(body: &Block, taken: &BTreeSet<String>) -> String {
    let first = body.steps.iter().find_map(|step| match step {
        Step::Message(message) => Some(message.label.text.to_lowercase()),
        _ => None,
    });
    let stem = first.unwrap_or_else(|| "otherwise".to_owned());
    let stem = if KEYWORDS.contains(&stem.as_str()) {
        format!("{stem}_")
    } else {
        stem
    };
    let numbered = (2..).map(|number| format!("{stem}{number}"));
    std::iter::once(stem.clone())
        .chain(numbered)
        .find(|label| !taken.contains(label))
        .unwrap_or(stem)
}
