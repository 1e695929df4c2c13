//! What things are called in generated Rust, and which number they have in the tables.
//!
//! Methods are labels in `snake_case`, modules roles in `snake_case`, types `CamelCase`; keywords
//! take a `_`. Where two labels of one state have the same name, their branches tell them apart.

use std::collections::{BTreeMap, HashMap};

use proc_macro2::{Ident, Span};
use quote::format_ident;

use crate::check::generated_names::{camel_case, snake_case};
use crate::emit::name::Names;
use crate::global::{Protocol, RoleId, SendId, TypeDecl, TypeDeclKind};
use crate::local::{Action, Locals, Machine, State, WireLabel};

/// The most labels that a state's name joins.
const JOINED: usize = 3;

/// One protocol with the numbers that its tables give to wire labels and messages.
pub(super) struct Catalogue<'a> {
    pub(super) names: Names<'a>,
    pub(super) protocol: &'a Protocol,
    pub(super) locals: &'a Locals,
    pub(super) labels: Vec<&'a WireLabel>,
    pub(super) messages: Vec<(SendId, usize)>,
    label_numbers: HashMap<&'a WireLabel, usize>,
    message_numbers: HashMap<(SendId, usize), usize>,
    declared: &'a [TypeDecl],
}

impl<'a> Catalogue<'a> {
    pub(super) fn new(
        protocol: &'a Protocol,
        locals: &'a Locals,
        declared: &'a [TypeDecl],
    ) -> Self {
        let mut catalogue = Self {
            names: Names::new(protocol),
            protocol,
            locals,
            labels: Vec::new(),
            messages: Vec::new(),
            label_numbers: HashMap::new(),
            message_numbers: HashMap::new(),
            declared,
        };
        let states = locals.machines.iter().flat_map(|machine| &machine.states);
        for transition in states.flat_map(|state| &state.transitions) {
            if let Action::Send { label, send, .. } | Action::Receive { label, send, .. } =
                &transition.action
            {
                catalogue.add(label, *send);
            }
        }
        catalogue
    }

    fn add(&mut self, label: &'a WireLabel, send: SendId) {
        let labels = &mut self.labels;
        let number = *self.label_numbers.entry(label).or_insert_with(|| {
            labels.push(label);
            labels.len() - 1
        });
        let messages = &mut self.messages;
        self.message_numbers
            .entry((send, number))
            .or_insert_with(|| {
                messages.push((send, number));
                messages.len() - 1
            });
    }

    pub(super) fn message_number(&self, send: SendId, label: &WireLabel) -> usize {
        self.message_numbers[&(send, self.label_numbers[label])]
    }

    /// Whether a label's payload is a `message` that the text declares.
    pub(super) fn is_declared(&self, name: &str) -> bool {
        let found = self.declared.iter().find(|decl| decl.name == name);
        found.is_some_and(|decl| matches!(decl.kind, TypeDeclKind::Message(_)))
    }

    /// The type and variant of a wire label: `AcceptReply`.
    pub(super) fn label(&self, label: &WireLabel) -> Ident {
        let name = camel_case(self.names.label(label.label));
        let name = match &label.branch {
            Some(branch) => format!("{}{name}", camel_case(branch)),
            None => name,
        };
        ident(&name)
    }

    pub(super) fn role(&self, role: RoleId) -> Ident {
        let name = camel_case(self.names.role(role));
        if name == "Message" || name == self.protocol.name {
            return format_ident!("{name}Role");
        }
        ident(&name)
    }

    pub(super) fn role_module(&self, role: RoleId) -> Ident {
        let name = snake_case(self.names.role(role));
        if name == "label" || name == "payload" {
            return format_ident!("{name}_role");
        }
        ident(&name)
    }

    /// The short name of each transition of a state: the label, with the branch where two labels
    /// would be equal; for a decision the branch.
    pub(super) fn steps(&self, state: &State) -> Vec<String> {
        let plain = |action: &Action| match action {
            Action::Send { label, .. } | Action::Receive { label, .. } => {
                self.names.label(label.label).to_owned()
            }
            Action::Decide { label, .. } => label.clone(),
            _ => String::new(),
        };
        let actions = || {
            state
                .transitions
                .iter()
                .map(|transition| &transition.action)
        };
        let mut uses: BTreeMap<String, usize> = BTreeMap::new();
        for action in actions() {
            *uses.entry(snake_case(&plain(action))).or_default() += 1;
        }
        actions()
            .map(|action| match action {
                Action::Send { label, .. } | Action::Receive { label, .. }
                    if uses[&snake_case(&plain(action))] > 1 =>
                {
                    self.label(label).to_string()
                }
                _ => plain(action),
            })
            .collect()
    }

    /// The names of a machine's states, each different.
    pub(super) fn states(&self, machine: &Machine) -> Vec<Ident> {
        let mut used: HashMap<String, usize> = HashMap::new();
        let states = machine.states.iter().map(|state| {
            let name = self.state(state);
            let count = used.entry(name.clone()).or_default();
            *count += 1;
            if *count == 1 {
                ident(&name)
            } else {
                format_ident!("{name}{count}")
            }
        });
        states.collect()
    }

    fn state(&self, state: &State) -> String {
        let Some(first) = state.transitions.first() else {
            return "End".to_owned();
        };
        let kind = match first.action {
            Action::Receive { .. } => "Await",
            _ => "To",
        };
        format!("{kind}{}", self.joined(state))
    }

    /// The labels of a state, joined: `AcceptOrReject`.
    pub(super) fn joined(&self, state: &State) -> String {
        let steps: Vec<_> = self
            .steps(state)
            .iter()
            .map(|step| camel_case(step))
            .collect();
        match steps.len() {
            0..=JOINED => steps.join("Or"),
            more => format!("{}OrOneOf{}More", steps[0], more - 1),
        }
    }
}

/// A module's name.
pub(super) fn module(name: &str) -> Ident {
    ident(&snake_case(name))
}

/// A method's name.
pub(super) fn method(name: &str) -> Ident {
    ident(&snake_case(name))
}

/// A name as it stands in the text.
pub(super) fn verbatim(name: &str) -> Ident {
    ident(name)
}

/// A segment of a path of Rust, which may begin at a crate or module.
pub(super) fn segment_of_path(name: &str) -> Ident {
    match name {
        "crate" | "self" | "super" => Ident::new(name, Span::call_site()),
        _ => ident(name),
    }
}

/// Words that cannot be the name of anything, in any edition.
const KEYWORDS: &[&str] = &[
    "_", "Self", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue",
    "crate", "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if",
    "impl", "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub",
    "ref", "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

fn ident(name: &str) -> Ident {
    if KEYWORDS.contains(&name) {
        return format_ident!("{name}_");
    }
    Ident::new(name, Span::call_site())
}
