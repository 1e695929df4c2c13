//! Random trees: what is printed is read back as the same tree.

use aura_dsl::ast::{
    Annotation, Attribute, BinaryOp, Block, Branch, Bridge, Call, CallArg, Capability, Choice,
    Context, ContextKind, Duration, Endpoint, Expr, ExprKind, FamilySize, Field, File, For, Ident,
    Import, Item, KEYWORDS, Local, Loop, LoopBound, Message, MessageDecl, Payload, Protocol, Rec,
    RoleDecl, Selector, Size, Step, TimeUnit, Timeout, Type, TypeAlias, TypeKind, Use, Value,
    ValueKind,
};
use aura_dsl::escape::is_hidden;
use aura_dsl::print::print;
use aura_dsl::source::{FileId, Span};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::test_runner::{TestError, TestRunner};

use crate::layout::{reprinted, shape};
use crate::{deep, parsed};

const NOWHERE: Span = Span {
    file: FileId(0),
    start: 0,
    end: 0,
};

fn name() -> BoxedStrategy<Ident> {
    let word = prop_oneof![
        4 => "[A-Z][a-z0-9_]{0,5}",
        2 => "[a-z_][a-z0-9_]{0,5}",
        // Words that have a meaning in some places only.
        1 => "at|any|from|to|count|decides|s|ms",
    ];
    let is_free = |text: &String| !KEYWORDS.contains(&text.as_str());
    word.prop_filter("a name is no keyword", is_free)
        .prop_map(|text| Ident {
            text,
            span: NOWHERE,
        })
        .boxed()
}

fn text() -> BoxedStrategy<String> {
    "\\PC{0,8}|[\n\t\"\\\\/*{}]{0,4}"
        .prop_map(|text: String| {
            text.chars()
                .filter(|c| matches!(c, '\n' | '\t') || !is_hidden(*c))
                .collect()
        })
        .boxed()
}

fn decimal() -> BoxedStrategy<String> {
    "[0-9]{1,3}\\.[0-9]{1,6}".boxed()
}

fn value() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        text().prop_map(ValueKind::Text),
        any::<u64>().prop_map(ValueKind::Integer),
        decimal().prop_map(ValueKind::Decimal),
        any::<bool>().prop_map(ValueKind::Bool),
        name().prop_map(|name| ValueKind::Name(name.text)),
    ];
    let in_place = |kind| Value {
        kind,
        span: NOWHERE,
    };
    leaf.prop_map(in_place)
        .prop_recursive(2, 8, 3, move |inner| {
            vec((name(), inner), 0..3).prop_map(move |map| in_place(ValueKind::Map(map)))
        })
        .boxed()
}

fn ty() -> BoxedStrategy<Type> {
    let in_place = |kind| Type {
        kind,
        span: NOWHERE,
    };
    let path = |segments, args| TypeKind::Path { segments, args };
    let leaf = vec(name(), 1..3).prop_map(move |segments| in_place(path(segments, Vec::new())));
    leaf.prop_recursive(3, 8, 3, move |inner| {
        prop_oneof![
            (vec(name(), 1..3), vec(inner.clone(), 1..3))
                .prop_map(move |(segments, args)| in_place(path(segments, args))),
            (inner.clone(), any::<u64>()).prop_map(move |(element, length)| in_place(
                TypeKind::Array(Box::new(element), length)
            )),
            vec(inner, 0..3).prop_map(move |types| in_place(TypeKind::Tuple(types))),
        ]
    })
    .boxed()
}

fn fields(count: std::ops::Range<usize>) -> BoxedStrategy<Vec<Field>> {
    vec(
        (name(), ty()).prop_map(|(name, ty)| Field { name, ty }),
        count,
    )
    .boxed()
}

fn size() -> BoxedStrategy<Size> {
    prop_oneof![
        any::<u64>().prop_map(|number| Size::Number(number, NOWHERE)),
        name().prop_map(Size::Symbol),
    ]
    .boxed()
}

fn endpoint() -> BoxedStrategy<Endpoint> {
    let selector = prop_oneof![
        Just(Selector::All(NOWHERE)),
        size().prop_map(|size| Selector::AnyOf(size, NOWHERE)),
        size().prop_map(|size| Selector::Index(size, NOWHERE)),
        (size(), size()).prop_map(|(from, to)| Selector::Range(from, to, NOWHERE)),
    ];
    (name(), of(selector))
        .prop_map(|(role, selector)| Endpoint {
            role,
            selector,
            span: NOWHERE,
        })
        .boxed()
}

fn expression() -> BoxedStrategy<Expr> {
    use BinaryOp::{And, Equal, Greater, GreaterEqual, Less, LessEqual, NotEqual, Or};
    let in_place = |kind| Expr {
        kind,
        span: NOWHERE,
    };
    let leaf = prop_oneof![
        vec(name(), 1..3).prop_map(ExprKind::Name),
        any::<u64>().prop_map(ExprKind::Integer),
        text().prop_map(ExprKind::Text),
        any::<bool>().prop_map(ExprKind::Bool),
    ];
    let ops = [
        Or,
        And,
        Equal,
        NotEqual,
        Less,
        LessEqual,
        Greater,
        GreaterEqual,
    ];
    leaf.prop_map(in_place)
        .prop_recursive(4, 16, 2, move |inner| {
            prop_oneof![
                inner
                    .clone()
                    .prop_map(move |inner| in_place(ExprKind::Not(Box::new(inner)))),
                (proptest::sample::select(ops.to_vec()), inner.clone(), inner).prop_map(
                    move |(op, left, right)| in_place(ExprKind::Binary(
                        op,
                        Box::new(left),
                        Box::new(right)
                    ))
                ),
            ]
        })
        .boxed()
}

fn context() -> BoxedStrategy<Context> {
    (kind(), name())
        .prop_map(|(kind, name)| Context {
            kind,
            name,
            span: NOWHERE,
        })
        .boxed()
}

fn kind() -> BoxedStrategy<ContextKind> {
    use ContextKind::{Derived, Group, Relationship};
    proptest::sample::select(vec![Derived, Group, Relationship]).boxed()
}

fn message() -> BoxedStrategy<Step> {
    let annotation = (name(), value()).prop_map(|(key, value)| Annotation {
        key,
        value,
        span: NOWHERE,
    });
    let payload = prop_oneof![
        3 => Just(Payload::Bare),
        1 => vec(ty(), 0..3).prop_map(|types| Payload::Types { angle: false, types }),
        1 => vec(ty(), 1..3).prop_map(|types| Payload::Types { angle: true, types }),
        1 => fields(0..4).prop_map(Payload::Fields),
    ];
    (
        endpoint(),
        vec(annotation, 0..4),
        endpoint(),
        name(),
        payload,
    )
        .prop_map(|(from, annotations, to, label, payload)| {
            Step::Message(Message {
                from,
                annotations,
                to,
                label,
                payload,
                span: NOWHERE,
            })
        })
        .boxed()
}

fn simple_step() -> BoxedStrategy<Step> {
    let arg = (endpoint(), of(name())).prop_map(|(actual, formal)| CallArg { actual, formal });
    let call = (name(), vec(arg, 0..3)).prop_map(|(protocol, args)| {
        Step::Call(Call {
            protocol,
            args,
            span: NOWHERE,
        })
    });
    let local = (
        endpoint(),
        name(),
        vec(name(), 0..3),
        of((name(), of(ty()))),
    )
        .prop_map(|(at, function, args, result)| {
            Step::Local(Local {
                at,
                function,
                args,
                result,
                span: NOWHERE,
            })
        });
    prop_oneof![
        6 => message(),
        1 => name().prop_map(|variable| Step::Continue(variable, NOWHERE)),
        1 => call,
        1 => local,
    ]
    .boxed()
}

fn step() -> BoxedStrategy<Step> {
    simple_step()
        .prop_recursive(3, 24, 4, |inner| {
            let block = vec(inner, 0..3).prop_map(|steps| Block {
                steps,
                span: NOWHERE,
            });
            let branch =
                (name(), of(expression()), block.clone()).prop_map(|(label, guard, body)| Branch {
                    label: Some(label),
                    guard,
                    body,
                    span: NOWHERE,
                });
            let units = [
                TimeUnit::Microseconds,
                TimeUnit::Milliseconds,
                TimeUnit::Seconds,
                TimeUnit::Minutes,
                TimeUnit::Hours,
            ];
            let duration = (any::<u64>(), proptest::sample::select(units.to_vec())).prop_map(
                |(value, unit)| Duration {
                    value,
                    unit,
                    span: NOWHERE,
                },
            );
            let bound = prop_oneof![
                size().prop_map(LoopBound::Count),
                endpoint().prop_map(LoopBound::Decides)
            ];
            prop_oneof![
                (endpoint(), vec(branch, 0..3)).prop_map(|(decider, branches)| {
                    Step::Choice(Choice {
                        decider,
                        branches,
                        span: NOWHERE,
                    })
                }),
                (bound, block.clone()).prop_map(|(bound, body)| Step::Loop(Loop {
                    bound,
                    body,
                    span: NOWHERE
                })),
                (name(), block.clone()).prop_map(|(variable, body)| Step::Rec(Rec {
                    variable,
                    body,
                    span: NOWHERE
                })),
                vec(block.clone(), 0..3).prop_map(|blocks| Step::Par(blocks, NOWHERE)),
                (duration, endpoint(), block.clone(), block.clone()).prop_map(
                    |(duration, decider, body, otherwise)| {
                        Step::Timeout(Timeout {
                            duration,
                            decider,
                            body,
                            otherwise,
                            span: NOWHERE,
                        })
                    }
                ),
                (context(), block.clone())
                    .prop_map(|(context, body)| Step::In(context, body, NOWHERE)),
                (of(kind()), name(), of(kind()), name(), block.clone()).prop_map(
                    |(from_kind, from, to_kind, to, body)| {
                        let (from, to) = ((from_kind, from), (to_kind, to));
                        Step::Bridge(Bridge {
                            from,
                            to,
                            body,
                            span: NOWHERE,
                        })
                    }
                ),
                (name(), endpoint(), block).prop_map(|(index, family, body)| Step::For(For {
                    index,
                    family,
                    body,
                    span: NOWHERE
                })),
            ]
        })
        .boxed()
}

fn attributes() -> BoxedStrategy<Vec<Attribute>> {
    let attribute = (name(), value()).prop_map(|(key, value)| Attribute {
        key,
        value,
        span: NOWHERE,
    });
    vec(attribute, 0..3).boxed()
}

fn protocol() -> BoxedStrategy<Item> {
    let size = prop_oneof![
        Just(FamilySize::Any(NOWHERE)),
        size().prop_map(FamilySize::Of),
    ];
    let role = (name(), of(size)).prop_map(|(name, size)| RoleDecl {
        name,
        size,
        span: NOWHERE,
    });
    let body = vec(step(), 0..4).prop_map(|steps| Block {
        steps,
        span: NOWHERE,
    });
    (
        attributes(),
        any::<bool>(),
        name(),
        vec(role, 1..4),
        of(context()),
        body,
    )
        .prop_map(|(attributes, choreography, name, roles, context, body)| {
            let span = NOWHERE;
            Item::Protocol(Protocol {
                attributes,
                choreography,
                name,
                roles,
                context,
                body,
                span,
            })
        })
        .boxed()
}

fn item() -> BoxedStrategy<Item> {
    let span = NOWHERE;
    let capability_name = vec(name(), 1..3).prop_map(|parts| Ident {
        text: parts
            .into_iter()
            .map(|part| part.text)
            .collect::<Vec<_>>()
            .join(":"),
        span: NOWHERE,
    });
    prop_oneof![
        text().prop_map(move |path| Item::Import(Import {
            path,
            path_span: span,
            span
        })),
        vec(name(), 2..4).prop_map(move |path| Item::Use(Use { path, span })),
        (name(), ty()).prop_map(move |(name, ty)| Item::Type(TypeAlias { name, ty, span })),
        (capability_name, fields(0..3))
            .prop_map(move |(name, params)| Item::Capability(Capability { name, params, span })),
        (name(), fields(0..4)).prop_map(move |(name, fields)| Item::Message(MessageDecl {
            name,
            fields,
            span
        })),
        protocol(),
    ]
    .boxed()
}

fn file() -> BoxedStrategy<File> {
    (attributes(), vec(item(), 0..3), protocol())
        .prop_map(|(attributes, mut items, last)| {
            items.push(last);
            // Attributes before the first item are the file's.
            if let Some(Item::Protocol(first)) = items.first_mut() {
                first.attributes.clear();
            }
            File {
                id: FileId(0),
                attributes,
                items,
                comments: Vec::new(),
                blank_lines: Vec::new(),
                span: NOWHERE,
            }
        })
        .boxed()
}

#[test]
fn every_tree_is_read_back_as_it_was_printed() {
    deep(|| {
        let config = ProptestConfig {
            cases: 300,
            failure_persistence: None,
            ..ProptestConfig::default()
        };
        let outcome = TestRunner::new(config).run(&file(), |file| {
            let printed = print(&file);
            let again = parsed(&printed)
                .map_err(|report| TestCaseError::fail(format!("{printed}\n{report:?}")))?;
            prop_assert_eq!(shape(&file), shape(&again), "{}", printed);
            prop_assert_eq!(reprinted(&printed), printed);
            Ok(())
        });
        match outcome {
            Ok(()) => {}
            // The reason shows the printed text; the tree itself would bury it.
            Err(TestError::Fail(reason, _) | TestError::Abort(reason)) => panic!("{reason}"),
        }
    });
}
