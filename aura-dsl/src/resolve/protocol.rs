//! One protocol: the state that its resolution carries, and how it begins and ends.
//!
//! In: a declared protocol. Out: a [`Protocol`] with every call inlined. The walk over the steps is
//! spread over the sibling modules, each of which adds what it is about to [`Resolver`].

use std::collections::{BTreeMap, HashMap};

use super::contexts::Contexts;
use super::declare::Declared;
use super::roles::{Binding, SizeTable};
use super::splits;
use crate::diag::Report;
use crate::global::{
    CapabilityId, ContextId, LabelId, LocalId, LoopId, Members, Protocol, RecId, RoleId, Size,
};
use crate::source::{Sources, Span};

/// As many steps may come into being by inlining calls and unrolling ranges, in one compilation.
const COPY_LIMIT: u32 = 100_000;

/// How many copied steps are still allowed.
pub(super) struct Budget {
    /// The number of steps left.
    pub(super) steps: u32,
    /// How many callees may still be looked through for ranges.
    pub(super) visits: u32,
    /// Whether running out was reported.
    pub(super) reported: bool,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            steps: COPY_LIMIT,
            visits: COPY_LIMIT,
            reported: false,
        }
    }
}

/// What all protocols of a compilation share.
pub(super) struct Stage<'a, 's> {
    /// The declarations of all files.
    pub(super) declared: &'a Declared<'a>,
    /// The texts, for the offsets inside of annotation strings.
    pub(super) sources: &'s Sources,
    /// Where findings go.
    pub(super) report: &'s mut Report,
    /// How much may still be copied.
    pub(super) budget: &'s mut Budget,
    /// Which declared capabilities some send demands.
    pub(super) demanded: &'s mut Vec<bool>,
}

/// A protocol's body with what its names stand for: the protocol itself, or an inlined call.
pub(super) struct Frame<'a> {
    /// Its position among the declared protocols.
    pub(super) protocol: usize,
    /// What its role names stand for.
    pub(super) roles: HashMap<&'a str, Binding>,
    /// What the size symbols of its families stand for.
    pub(super) sizes: HashMap<&'a str, Size>,
    /// Its roles' bindings in order: a call with equal arguments is the same call.
    pub(super) arguments: Vec<Binding>,
    /// The context of its first steps, and the one that a bridge around the call leaves.
    pub(super) around: (Option<ContextId>, Option<ContextId>),
    /// Whether the call stands last in everything up to the caller's end.
    pub(super) tail: bool,
    /// The recursion that calls from inside go back to, once there is one.
    pub(super) rec: Option<RecId>,
    /// How many scopes there were when the frame was entered: those are not visible in it.
    pub(super) scopes: usize,
}

/// What surrounds a step by name.
pub(super) enum Scope<'a> {
    /// A `rec`.
    Rec(&'a str, RecId),
    /// An index variable: of which role, and which member it stands for.
    Index(&'a str, RoleId, Members, Span),
    /// Something that `continue` may not leave, and how messages call it.
    Barrier(&'static str, Span),
}

/// What surrounds a step otherwise.
#[derive(Clone, Copy)]
pub(super) struct Here {
    /// Whether the frame's body ends with the step.
    pub(super) tail: bool,
    /// The context, and where it was entered.
    pub(super) context: Option<(ContextId, Span)>,
    /// The context that the surrounding bridge leaves.
    pub(super) bridge: Option<ContextId>,
}

/// The state of a protocol's resolution.
pub(super) struct Resolver<'a, 's> {
    pub(super) stage: Stage<'a, 's>,
    /// What has been found so far.
    pub(super) out: Protocol,
    pub(super) sizes: SizeTable,
    pub(super) contexts: Contexts<'a>,
    pub(super) label_index: HashMap<&'a str, LabelId>,
    /// The positions of fields by name, for labels whose fields were asked for.
    pub(super) field_index: HashMap<LabelId, HashMap<String, usize>>,
    pub(super) capability_index: HashMap<String, CapabilityId>,
    /// The last local step with a result of that name, for each role.
    pub(super) results: HashMap<(RoleId, &'a str), LocalId>,
    /// The protocol and the calls that are being inlined, outermost first.
    pub(super) frames: Vec<Frame<'a>>,
    /// The calls' places, outermost first.
    pub(super) calls: Vec<Span>,
    pub(super) scopes: Vec<Scope<'a>>,
    pub(super) recs: u32,
    pub(super) pars: u32,
    /// The ranges and split families whose copies the step stands in, outermost first.
    pub(super) copying: Vec<Span>,
    /// Inside of how many blocks the step stands, those of the callers included.
    pub(super) depth: u32,
    /// Receipts that forward a label which stands further down: from which send on, and the name.
    pub(super) receipts: Vec<(usize, &'a str, Span)>,
}

/// Resolves the declared protocol at `index`.
pub(super) fn resolve(index: usize, stage: Stage<'_, '_>) -> Protocol {
    let declaration = &stage.declared.protocols[index];
    let protocol = declaration.protocol;
    let out = Protocol {
        name: protocol.name.text.clone(),
        span: protocol.name.span,
        file: declaration.file,
        namespace: declaration.settings.namespace.clone().unwrap_or_default(),
        version: declaration.settings.version.clone(),
        roles: Vec::new(),
        sizes: Vec::new(),
        given: BTreeMap::new(),
        labels: Vec::new(),
        sends: Vec::new(),
        contexts: Vec::new(),
        capabilities: Vec::new(),
        locals: Vec::new(),
        loops: Vec::new(),
        timers: Vec::new(),
        body: crate::global::Block::default(),
    };
    let mut resolver = Resolver {
        stage,
        out,
        sizes: SizeTable::default(),
        contexts: Contexts::default(),
        label_index: HashMap::new(),
        field_index: HashMap::new(),
        capability_index: HashMap::new(),
        results: HashMap::new(),
        frames: Vec::new(),
        calls: Vec::new(),
        scopes: Vec::new(),
        recs: 0,
        pars: 0,
        copying: Vec::new(),
        depth: 0,
        receipts: Vec::new(),
    };
    let families = resolver.declare_sizes(protocol);
    let splits = splits::find(index, &families, &mut resolver);
    let here = Here {
        tail: true,
        context: None,
        bridge: None,
    };
    let around = resolver.around(protocol, here);
    let (roles, arguments) = resolver.declare_roles(protocol, &families, &splits);
    resolver.frames.push(Frame {
        protocol: index,
        roles,
        sizes: HashMap::new(),
        arguments,
        around,
        tail: true,
        rec: None,
        scopes: 0,
    });
    resolver.out.body = resolver.frame_body(here);
    resolver.finish_contexts();
    resolver.finish_receipts();
    resolver.out.sizes = resolver.sizes.symbols;
    resolver.out
}

impl<'a> Resolver<'a, '_> {
    /// The protocol or call whose steps are being resolved.
    pub(super) fn frame(&self) -> &Frame<'a> {
        self.frames
            .last()
            .expect("the protocol's own frame stays until the end")
    }

    /// The loop that is numbered next.
    pub(super) fn next_loop(&mut self, index: Option<String>, span: Span) -> LoopId {
        let id = LoopId::of(self.out.loops.len());
        self.out.loops.push(crate::global::LoopInfo { index, span });
        id
    }
}
