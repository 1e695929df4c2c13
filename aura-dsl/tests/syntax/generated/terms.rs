//! Random names, values, types, endpoints and guards.

use aura_dsl::ast::{
    BinaryOp, Context, ContextKind, Endpoint, Expr, ExprKind, Field, Ident, KEYWORDS, Selector,
    Size, Type, TypeKind, Value, ValueKind,
};
use aura_dsl::escape::is_hidden;
use aura_dsl::source::{FileId, Span};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;

pub(super) const NOWHERE: Span = Span {
    file: FileId(0),
    start: 0,
    end: 0,
};

pub(super) fn name() -> BoxedStrategy<Ident> {
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

pub(super) fn text() -> BoxedStrategy<String> {
    "\\PC{0,8}|[\n\t\"\\\\/*{}]{0,4}"
        .prop_map(|text: String| {
            text.chars()
                .filter(|c| matches!(c, '\n' | '\t') || !is_hidden(*c))
                .collect()
        })
        .boxed()
}

pub(super) fn decimal() -> BoxedStrategy<String> {
    "[0-9]{1,3}\\.[0-9]{1,6}".boxed()
}

pub(super) fn value() -> BoxedStrategy<Value> {
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

pub(super) fn ty() -> BoxedStrategy<Type> {
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

pub(super) fn fields(count: std::ops::Range<usize>) -> BoxedStrategy<Vec<Field>> {
    vec(
        (name(), ty()).prop_map(|(name, ty)| Field { name, ty }),
        count,
    )
    .boxed()
}

pub(super) fn size() -> BoxedStrategy<Size> {
    prop_oneof![
        any::<u64>().prop_map(|number| Size::Number(number, NOWHERE)),
        name().prop_map(Size::Symbol),
    ]
    .boxed()
}

pub(super) fn endpoint() -> BoxedStrategy<Endpoint> {
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

pub(super) fn expression() -> BoxedStrategy<Expr> {
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

pub(super) fn context() -> BoxedStrategy<Context> {
    (kind(), name())
        .prop_map(|(kind, name)| Context {
            kind,
            name,
            span: NOWHERE,
        })
        .boxed()
}

pub(super) fn kind() -> BoxedStrategy<ContextKind> {
    use ContextKind::{Derived, Group, Relationship};
    proptest::sample::select(vec![Derived, Group, Relationship]).boxed()
}
