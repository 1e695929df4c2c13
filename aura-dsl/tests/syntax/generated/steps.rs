//! Random steps.

use aura_dsl::ast::{
    Annotation, Block, Branch, Bridge, Call, CallArg, Choice, Duration, For, Local, Loop,
    LoopBound, Message, Payload, Rec, Step, TimeUnit, Timeout,
};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;

use super::terms::{NOWHERE, context, endpoint, expression, fields, kind, name, size, ty, value};

pub(super) fn message() -> BoxedStrategy<Step> {
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

pub(super) fn simple_step() -> BoxedStrategy<Step> {
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

pub(super) fn step() -> BoxedStrategy<Step> {
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
