//! Random trees: what is printed is read back as the same tree.

mod steps;
mod terms;

use aura_dsl::ast::{
    Attribute, Block, Capability, FamilySize, File, Ident, Import, Item, MessageDecl, Protocol,
    RoleDecl, TypeAlias, Use,
};
use aura_dsl::print::print;
use aura_dsl::source::FileId;
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::test_runner::{TestError, TestRunner};

use self::steps::step;
use self::terms::{NOWHERE, context, fields, name, size, text, ty, value};
use crate::layout::{reprinted, shape};
use crate::{deep, parsed};

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
