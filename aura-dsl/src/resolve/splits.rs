//! Finds the families that ranges split, before any step is resolved.
//!
//! In: a protocol and, through its calls, whatever it inlines. Out: for each of its families the
//! size symbol at which a range `Q[0..t]` splits it. What holds: a family is split at one point
//! only; a second, different point is an error. Whatever else is wrong is reported later, by the
//! walk that resolves the steps.

use std::collections::{HashMap, HashSet};

use super::calls;
use super::declare::Declared;
use super::protocol::Resolver;
use crate::ast::{self, Block, Endpoint, FamilySize, Selector, Step};
use crate::diag::{Diagnostic, codes};
use crate::global::{Size, SizeId};
use crate::source::Span;

/// The split point of each split family, by the position of its declaration.
pub(super) type Splits = HashMap<usize, SizeId>;

/// Finds the splits of the protocol at `index`, whose families have the sizes `families`.
pub(super) fn find(
    index: usize,
    families: &[Option<Size>],
    resolver: &mut Resolver<'_, '_>,
) -> Splits {
    let declared = resolver.stage.declared;
    let mut survey = Survey {
        declared,
        resolver,
        whole: families,
        splits: HashMap::new(),
        seen: HashSet::new(),
        queue: Vec::new(),
    };
    let roles = &declared.protocols[index].protocol.roles;
    let own = roles
        .iter()
        .enumerate()
        .filter(|(at, _)| families[*at].is_some());
    let view = View {
        families: own.map(|(at, role)| (&*role.name.text, at)).collect(),
        sizes: HashMap::new(),
    };
    survey.queue.push((index, view));
    while let Some((protocol, view)) = survey.queue.pop() {
        survey.block(&declared.protocols[protocol].protocol.body, &view);
    }
    survey
        .splits
        .into_iter()
        .map(|(at, (size, _))| (at, size))
        .collect()
}

/// What the names of an inlined protocol mean for the families of the outermost one.
struct View<'a> {
    families: HashMap<&'a str, usize>,
    sizes: HashMap<&'a str, Size>,
}

struct Survey<'a, 'r, 's> {
    declared: &'a Declared<'a>,
    resolver: &'r mut Resolver<'a, 's>,
    whole: &'r [Option<Size>],
    splits: HashMap<usize, (SizeId, Span)>,
    seen: HashSet<(usize, Vec<(&'a str, usize)>)>,
    queue: Vec<(usize, View<'a>)>,
}

impl<'a> Survey<'a, '_, '_> {
    fn block(&mut self, block: &'a Block, view: &View<'a>) {
        for step in &block.steps {
            self.step(step, view);
        }
    }

    fn step(&mut self, step: &'a Step, view: &View<'a>) {
        match step {
            Step::Message(message) => {
                self.endpoint(&message.from, view);
                self.endpoint(&message.to, view);
            }
            Step::Choice(choice) => {
                self.endpoint(&choice.decider, view);
                choice
                    .branches
                    .iter()
                    .for_each(|branch| self.block(&branch.body, view));
            }
            Step::Loop(step) => self.block(&step.body, view),
            Step::Rec(step) => self.block(&step.body, view),
            Step::Continue(..) => {}
            Step::Par(blocks, _) => blocks.iter().for_each(|block| self.block(block, view)),
            Step::Call(call) => self.call(call, view),
            Step::Timeout(step) => {
                self.block(&step.body, view);
                self.block(&step.otherwise, view);
            }
            Step::Local(local) => self.endpoint(&local.at, view),
            Step::In(_, block, _) => self.block(block, view),
            Step::Bridge(step) => self.block(&step.body, view),
            Step::For(step) => {
                self.endpoint(&step.family, view);
                self.block(&step.body, view);
            }
        }
    }

    fn endpoint(&mut self, endpoint: &'a Endpoint, view: &View<'a>) {
        let Some(Selector::Range(from, to, span)) = &endpoint.selector else {
            return;
        };
        let Some(&family) = view.families.get(&*endpoint.role.text) else {
            return;
        };
        // `Q[0..t]` names its split point behind the dots, `Q[t..m]` before them.
        let ((ast::Size::Number(0, _), ast::Size::Symbol(point)) | (ast::Size::Symbol(point), _)) =
            (from, to)
        else {
            return;
        };
        let mapped = view.sizes.get(&*point.text);
        let size = match mapped {
            Some(Size::Symbol(id)) => *id,
            Some(_) => return,
            None => self.resolver.sizes.intern(&point.text, point.span, 0),
        };
        if Some(&Size::Symbol(size)) == self.whole[family].as_ref() {
            return;
        }
        match self.splits.get(&family) {
            Some((first, _)) if *first == size => {}
            Some((_, first)) => {
                let message = format!("the family `{}` is split twice", endpoint.role.text);
                self.resolver.stage.report.push(
                    Diagnostic::new(codes::E0219, *span, message)
                        .label(*first, "split here first")
                        .help("use one split point for a family throughout the protocol"),
                );
            }
            None => {
                self.splits.insert(family, (size, *span));
            }
        }
    }

    fn call(&mut self, call: &'a ast::Call, view: &View<'a>) {
        for arg in &call.args {
            self.endpoint(&arg.actual, view);
        }
        let Some(&index) = self.declared.protocol_index.get(&*call.protocol.text) else {
            return;
        };
        let callee = self.declared.protocols[index].protocol;
        let mut inner = View {
            families: HashMap::new(),
            sizes: HashMap::new(),
        };
        let mut key = Vec::new();
        for (formal, arg) in calls::pairs(callee, call) {
            let whole = matches!(arg.actual.selector, None | Some(Selector::All(_)));
            let family = view.families.get(&*arg.actual.role.text);
            let (Some(&family), true) = (family, whole) else {
                continue;
            };
            inner.families.insert(&formal.name.text, family);
            key.push((&*formal.name.text, family));
            if let (Some(FamilySize::Of(ast::Size::Symbol(symbol))), Some(size)) =
                (&formal.size, &self.whole[family])
            {
                inner.sizes.insert(&symbol.text, size.clone());
            }
        }
        key.sort_unstable();
        // A compilation that runs out of visits runs out of copies too, which is reported.
        let visits = &mut self.resolver.stage.budget.visits;
        let cost = 1 + u32::try_from(call.args.len()).unwrap_or(u32::MAX - 1);
        if !key.is_empty() && *visits >= cost && self.seen.insert((index, key)) {
            *visits -= cost;
            self.queue.push((index, inner));
        }
    }
}
