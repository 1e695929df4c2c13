//! What things are called in generated Rust, and which number they have in the tables.
//!
//! Methods are labels in `snake_case`, modules roles in `snake_case`, types `CamelCase`; keywords
//! take a `_`. Where two labels of one state have the same name, their branches tell them apart.

mod places;
mod states;

use std::collections::{BTreeSet, HashMap, HashSet};

use proc_macro2::{Ident, Span, TokenStream};
use quote::format_ident;

pub(super) use self::states::goal;
use super::Gap;
use super::guards::Conditions;
use super::kept::Kept;
use crate::check::generated_names::{camel_case, snake_case};
use crate::emit::name::Names;
use crate::global::{LabelId, ParId, Payload, Protocol, RoleId, SendId, TypeDecl, TypeDeclKind};
use crate::local::{Action, Machine, Member, Owner, State, WireLabel};
use crate::source;

/// Names that the protocol's module has besides those of roles and labels.
const TAKEN: &[&str] = &["Message", "PROTOCOL", "label", "payload"];

/// A thread, by the branches that it runs in.
type Thread = Vec<(ParId, usize)>;

/// One protocol with the numbers that its tables give to wire labels and messages, and the names of
/// its parts.
pub(super) struct Catalogue<'a> {
    pub(super) names: Names<'a>,
    pub(super) protocol: &'a Protocol,
    pub(super) machines: &'a [Machine],
    pub(super) labels: Vec<&'a WireLabel>,
    pub(super) messages: Vec<(SendId, usize)>,
    /// Pairs of threads that share a queue; the first is that of the roles themselves.
    pub(super) queues: Vec<(Thread, Thread)>,
    /// Answers that may be abstained from: label, sender and receiver.
    pub(super) abstained: HashSet<(&'a WireLabel, RoleId, RoleId)>,
    pub(super) kept: Kept,
    pub(super) conditions: Conditions<'a>,
    label_numbers: HashMap<&'a WireLabel, usize>,
    message_numbers: HashMap<(SendId, usize), usize>,
    declared: &'a [TypeDecl],
    roles: Vec<Ident>,
    modules: Vec<Ident>,
    families: Vec<Ident>,
    places: Places<'a>,
}

/// Where rustc should show what comes from a place of the source.
pub(super) type Places<'a> = &'a dyn Fn(source::Span) -> Span;

impl<'a> Catalogue<'a> {
    pub(super) fn new(
        protocol: &'a Protocol,
        machines: &'a [Machine],
        declared: &'a [TypeDecl],
        places: Places<'a>,
        gaps: &mut Vec<Gap>,
    ) -> Self {
        let mut kept = Kept::new(protocol, machines);
        let conditions = Conditions::new(protocol, &mut kept, gaps);
        let mut catalogue = Self {
            names: Names::new(protocol),
            protocol,
            machines,
            labels: Vec::new(),
            messages: Vec::new(),
            queues: Vec::new(),
            abstained: HashSet::new(),
            kept,
            conditions,
            label_numbers: HashMap::new(),
            message_numbers: HashMap::new(),
            declared,
            roles: Vec::new(),
            modules: Vec::new(),
            families: Vec::new(),
            places,
        };
        let mut queues = BTreeSet::from([(Thread::new(), Thread::new())]);
        for machine in machines {
            for state in &machine.states {
                catalogue.register(machine, state, &mut queues);
            }
        }
        catalogue.queues = queues.into_iter().collect();
        catalogue.name();
        catalogue
    }

    fn register(
        &mut self,
        machine: &'a Machine,
        state: &'a State,
        queues: &mut BTreeSet<(Thread, Thread)>,
    ) {
        let owner = &machine.owner;
        for transition in &state.transitions {
            match &transition.action {
                Action::Send {
                    label,
                    send,
                    to: peer,
                }
                | Action::Broadcast {
                    label,
                    send,
                    to: peer,
                }
                | Action::Receive {
                    label,
                    send,
                    from: peer,
                } => {
                    self.add(label, *send);
                    queues.insert(pair(&owner.thread, &peer.thread));
                }
                Action::Gather { answers, from, .. } => {
                    for (label, send) in answers {
                        self.add(label, *send);
                        if state.timer.is_some() {
                            self.abstained.insert((label, from.role, owner.role));
                        }
                    }
                    queues.insert(pair(&owner.thread, &from.thread));
                }
                Action::Exchange { .. }
                | Action::Decide { .. }
                | Action::Local(_)
                | Action::Arm { .. }
                | Action::Fork { .. } => {}
            }
        }
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

    /// Names every machine's type and module, and every role's family.
    fn name(&mut self) {
        let mut types: HashSet<String> = TAKEN.iter().map(|name| (*name).to_owned()).collect();
        types.insert(self.protocol.name.clone());
        let mut modules: HashSet<String> = TAKEN.iter().map(|name| (*name).to_owned()).collect();
        let mut families: Vec<Option<Ident>> = vec![None; self.protocol.roles.len()];
        let mut threads: HashMap<(RoleId, Member), usize> = HashMap::new();
        for machine in self.machines {
            let owner = &machine.owner;
            let thread = (!owner.thread.is_empty()).then(|| {
                let count = threads.entry((owner.role, owner.member)).or_default();
                *count += 1;
                *count
            });
            let name = self.owner(owner, thread);
            let ty = ident(&unique(&mut types, camel_case(&name), "Role"));
            let module = ident(&unique(&mut modules, snake_case(&name), "_role"));
            if thread.is_none() && !matches!(owner.member, Member::Constant(_)) {
                families[owner.role.index()] = Some(ty.clone());
            }
            self.roles.push(ty);
            self.modules.push(module);
        }
        // A family all of whose members are named has no general one; its name marks it.
        self.families = families
            .into_iter()
            .enumerate()
            .map(|(role, family)| {
                family.unwrap_or_else(|| {
                    let name = self.plain(RoleId::of(role));
                    ident(&unique(&mut types, camel_case(&name), "Family"))
                })
            })
            .collect();
    }

    fn owner(&self, owner: &Owner, thread: Option<usize>) -> String {
        let mut name = self.plain(owner.role);
        if let Member::Constant(index) = owner.member {
            name.push_str(&index.to_string());
        }
        if let Some(number) = thread {
            name.push_str("_Thread");
            name.push_str(&number.to_string());
        }
        name
    }

    /// A role's name in letters: `Q[0..t]` is `Q_0_to_t`, `Q[t..]` is `Q_from_t`.
    fn plain(&self, role: RoleId) -> String {
        let row = &self.protocol.roles[role.index()];
        let Some(part) = &row.part else {
            return row.name.clone();
        };
        let range = row.name.strip_prefix(&*part.family).unwrap_or_default();
        let range = range.trim_matches(['[', ']']);
        let letters =
            |text: &str| -> String { text.chars().filter(|c| c.is_alphanumeric()).collect() };
        match range.split_once("..") {
            Some((from, "")) => format!("{}_from_{}", part.family, letters(from)),
            Some((from, to)) => format!("{}_{}_to_{}", part.family, letters(from), letters(to)),
            None => letters(&row.name),
        }
    }

    pub(super) fn message_number(&self, send: SendId, label: &WireLabel) -> usize {
        self.message_numbers[&(send, self.label_numbers[label])]
    }

    pub(super) fn declared(&self) -> &'a [TypeDecl] {
        self.declared
    }

    /// The queue between two threads; frames carry it.
    pub(super) fn queue(&self, own: &Thread, other: &Thread) -> usize {
        let pair = pair(own, other);
        let found = self.queues.iter().position(|queue| *queue == pair);
        found.unwrap_or_default()
    }

    /// Whether a label's payload is a `message` that the text declares.
    pub(super) fn is_declared(&self, name: &str) -> bool {
        let found = self.declared.iter().find(|decl| decl.name == name);
        found.is_some_and(|decl| matches!(decl.kind, TypeDeclKind::Message(_)))
    }

    pub(super) fn is_unit(&self, label: LabelId) -> bool {
        matches!(self.protocol.labels[label.index()].payload, Payload::Unit)
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

    /// The type of a machine, by its number.
    pub(super) fn role(&self, machine: usize) -> &Ident {
        &self.roles[machine]
    }

    /// The module of a machine's states.
    pub(super) fn module(&self, machine: usize) -> &Ident {
        &self.modules[machine]
    }

    /// The type of a role, or of a family's members.
    pub(super) fn family(&self, role: RoleId) -> &Ident {
        &self.families[role.index()]
    }

    /// Roles without a machine whose type is that of the role.
    pub(super) fn markers(&self) -> Vec<&Ident> {
        let families = self.families.iter();
        families
            .filter(|family| !self.roles.contains(family))
            .collect()
    }

    /// The trait of a role's local steps.
    pub(super) fn hooks(&self, role: RoleId) -> Ident {
        format_ident!("{}Local", self.families[role.index()])
    }
}

/// Two threads, whichever comes first.
fn pair(one: &Thread, other: &Thread) -> (Thread, Thread) {
    let (first, second) = if one <= other {
        (one, other)
    } else {
        (other, one)
    };
    (first.clone(), second.clone())
}

/// A name that nothing else has.
fn unique(used: &mut HashSet<String>, name: String, suffix: &str) -> String {
    let mut name = name;
    while !used.insert(name.clone()) {
        name.push_str(suffix);
    }
    name
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

/// A name, where rustc should show it.
pub(super) fn shown(name: &Ident, place: Span) -> Ident {
    Ident::new(&name.to_string(), place)
}

/// A type, where rustc should show it.
pub(super) fn shown_all(tokens: &TokenStream, place: Span) -> TokenStream {
    let tokens = tokens.clone().into_iter().map(|mut token| {
        token.set_span(place);
        token
    });
    tokens.collect()
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
