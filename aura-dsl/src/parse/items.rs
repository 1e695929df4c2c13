//! The tree of a file and its items.
//!
//! In: pairs of the grammar. Out: [`File::attributes`] and [`File::items`]. Attributes before the
//! first item are the file's, wherever the grammar hung them; later ones are their protocol's.

use pest::iterators::Pair;

use super::{Builder, Inner, Rule};
use crate::ast::{
    Attribute, Block, Capability, Context, ContextKind, FamilySize, Field, File, Import, Item,
    MessageDecl, Protocol, RoleDecl, TypeAlias, Use,
};

impl Builder {
    pub(super) fn file(&mut self, pair: Pair<'_, Rule>, file: &mut File) {
        let mut parts = Inner::of(pair);
        let attributes = parts.while_part(Rule::attribute);
        file.attributes = self.all(attributes.into_iter(), Self::attribute);
        let items = parts.filter(|part| part.as_rule() != Rule::EOI);
        file.items = self.all(items, Self::item);
    }

    fn item(&mut self, pair: Pair<'_, Rule>) -> Option<Item> {
        let span = self.span(&pair);
        let rule = pair.as_rule();
        let mut parts = Inner::of(pair);
        Some(match rule {
            Rule::import_item => {
                let path = parts.next()?;
                Item::Import(Import {
                    path: self.string(&path),
                    path_span: self.span(&path),
                    span,
                })
            }
            Rule::use_item => {
                let mut path: Vec<_> = parts.by_ref().map(|part| self.word(&part)).collect();
                self.check_name(path.last()?);
                path.shrink_to_fit();
                Item::Use(Use { path, span })
            }
            Rule::type_item => Item::Type(TypeAlias {
                name: self.name(&parts.next()?),
                ty: self.type_term(parts.next()?)?,
                span,
            }),
            Rule::capability_item => Item::Capability(Capability {
                name: self.name(&parts.next()?),
                params: self.fields(parts),
                span,
            }),
            Rule::message_item => {
                let name = self.name(&parts.next()?);
                let fields = parts.next();
                Item::Message(MessageDecl {
                    name,
                    fields: fields.map_or_else(Vec::new, |part| self.fields(Inner::of(part))),
                    span,
                })
            }
            _ => Item::Protocol(self.protocol(parts, span)?),
        })
    }

    fn attribute(&mut self, pair: Pair<'_, Rule>) -> Option<Attribute> {
        let span = self.span(&pair);
        let mut parts = Inner::of(pair);
        Some(Attribute {
            key: self.word(&parts.next()?),
            value: self.value(parts.next()?)?,
            span,
        })
    }

    fn protocol(&mut self, mut parts: Inner<'_>, whole: crate::source::Span) -> Option<Protocol> {
        let attributes = parts.while_part(Rule::attribute);
        let attributes = self.all(attributes.into_iter(), Self::attribute);
        let keyword = parts.next()?;
        let start = self.span(&keyword).start;
        let name = self.name(&parts.next()?);
        let open = self.span(&parts.next()?);
        let roles = self.all(Inner::of(parts.part(Rule::roles)?), Self::role);
        let context = match parts.part(Rule::whole_context) {
            Some(part) => Some(self.context(Inner::of(part).next()?)?),
            None => None,
        };
        let steps = self.steps(parts);
        Some(Protocol {
            attributes,
            choreography: keyword.as_rule() == Rule::choreography,
            name,
            roles,
            context,
            body: Block {
                steps,
                span: crate::source::Span {
                    end: whole.end,
                    ..open
                },
            },
            span: crate::source::Span { start, ..whole },
        })
    }

    fn role(&mut self, pair: Pair<'_, Rule>) -> Option<RoleDecl> {
        let span = self.span(&pair);
        let mut parts = Inner::of(pair);
        let name = self.name(&parts.next()?);
        let Some(part) = parts.next() else {
            return Some(RoleDecl {
                span: name.span,
                name,
                size: None,
            });
        };
        let size = if part.as_rule() == Rule::any_size {
            FamilySize::Any(self.span(&part))
        } else {
            FamilySize::Of(self.size(&part))
        };
        let size = Some(size);
        Some(RoleDecl { name, size, span })
    }

    pub(super) fn context(&mut self, pair: Pair<'_, Rule>) -> Option<Context> {
        let span = self.span(&pair);
        let mut parts = Inner::of(pair);
        let kind = context_kind(parts.next()?.as_rule())?;
        let name = self.name(&parts.next()?);
        Some(Context { kind, name, span })
    }

    pub(super) fn fields(&mut self, parts: Inner<'_>) -> Vec<Field> {
        self.all(parts, Self::field)
    }

    fn field(&mut self, pair: Pair<'_, Rule>) -> Option<Field> {
        let mut parts = Inner::of(pair);
        Some(Field {
            name: self.name(&parts.next()?),
            ty: self.type_term(parts.next()?)?,
        })
    }
}

pub(super) fn context_kind(rule: Rule) -> Option<ContextKind> {
    match rule {
        Rule::context_relationship => Some(ContextKind::Relationship),
        Rule::context_group => Some(ContextKind::Group),
        Rule::context_derived => Some(ContextKind::Derived),
        _ => None,
    }
}
