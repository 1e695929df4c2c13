//! Payload types and their declarations.
//!
//! In: `type <java> "java.lang.String" from "rt.jar" as Text;` and the types of messages. Out: type
//! items and references. What holds afterwards: every name that a payload uses is built in or
//! declared.

use std::collections::BTreeSet;

use super::lexer::Kind;
use super::{Parsed, Reader, ident, unsupported};
use crate::ast::{Field, Ident, Item, KEYWORDS, Payload, Type, TypeAlias, TypeKind};
use crate::source::Span;

/// What a payload type is called here.
pub(super) struct Known {
    name: String,
    /// Whether an item must still be made for it.
    undeclared: bool,
}

impl Reader<'_> {
    /// `type <lang> "external" from "file" as Name;`, where `<lang>` and `from` may be missing.
    pub(super) fn type_declaration(&mut self) -> Parsed<Option<Item>> {
        let start = self.peek().map_or(self.end, |token| token.span);
        self.at += 1;
        let (external, name) = self.declaration()?;
        let whole = start.to(self.last());
        let original = self.original(name.span);
        let builtin = builtin(&external).or_else(|| builtin(original));
        if let Some(builtin) = builtin
            && (original == builtin || super::payload::builtin(original).is_some())
        {
            self.know(original.to_owned(), builtin.to_owned(), false);
            return Ok(None);
        }
        let known = self.free_name(&name.text);
        self.know(original.to_owned(), known.clone(), false);
        Ok(Some(Item::Type(TypeAlias {
            name: Ident {
                text: known,
                span: name.span,
            },
            ty: builtin.map_or_else(|| bytes(name.span), |builtin| path(builtin, name.span)),
            span: whole,
        })))
    }

    /// `sig <lang> "external" from "file" as Label;`: a label that has no visible payload.
    pub(super) fn signature_declaration(&mut self) -> Parsed<()> {
        self.at += 1;
        self.declaration().map(|_| ())
    }

    /// The external name and the name of a declaration behind its keyword.
    fn declaration(&mut self) -> Parsed<(String, Ident)> {
        if self.takes("<") {
            while !self.takes(">") {
                if self.peek().is_none() || self.is(";") {
                    return Err(self.unexpected("`>`"));
                }
                self.at += 1;
            }
        }
        let external = self.text_or_nothing();
        if self.takes("from") && self.text_or_nothing().is_none() {
            return Err(self.unexpected("a file's name in quotes"));
        }
        if external.is_some() {
            self.expect("as")?;
        }
        let name = self.name("a type's name")?;
        self.expect(";")?;
        Ok((external.unwrap_or_default(), name))
    }

    fn text_or_nothing(&mut self) -> Option<String> {
        let token = self.peek().filter(|token| token.kind == Kind::Text)?;
        self.at += 1;
        let text = self.word(token);
        Some(text.trim_matches('"').to_owned())
    }

    /// `(int, x: string)` behind a label; nothing is the same as `()`.
    pub(super) fn payload(&mut self) -> Parsed<Payload> {
        if !self.takes("(") {
            return Ok(Payload::Bare);
        }
        let entries = self.list(")", Self::payload_entry)?;
        // A payload of `unit` holds nothing.
        let is_unit = |(_, ty): &(Option<Ident>, Type)| matches!(&ty.kind, TypeKind::Tuple(types) if types.is_empty());
        if entries.iter().all(is_unit) {
            return Ok(Payload::Bare);
        }
        let mut names = BTreeSet::new();
        let distinct = entries.iter().all(|(name, _)| {
            name.as_ref()
                .is_some_and(|name| names.insert(name.text.clone()))
        });
        Ok(if distinct {
            let fields = entries
                .into_iter()
                .filter_map(|(name, ty)| Some(Field { name: name?, ty }));
            Payload::Fields(fields.collect())
        } else {
            let types = entries.into_iter().map(|(_, ty)| ty).collect();
            Payload::Types {
                angle: false,
                types,
            }
        })
    }

    fn payload_entry(&mut self) -> Parsed<(Option<Ident>, Type)> {
        let mut token = self.any_word("a payload's type")?;
        let mut name = None;
        if self.takes(":") {
            let mut text = self.word(token).to_owned();
            if KEYWORDS.contains(&text.as_str()) {
                text.push('_');
            }
            name = Some(ident(&text, token.span));
            token = self.any_word("a payload's type")?;
        }
        if self.is("{") {
            self.set_aside("refinement")?;
        }
        self.annotation()?;
        if let Some(next) = self.peek()
            && matches!(self.word(next), "@" | "<" | "[")
        {
            let what = match self.word(next) {
                "@" => "a delegated session",
                _ => "a type with arguments",
            };
            return Err(unsupported(next, what));
        }
        let ty = self.payload_type(self.word(token), token.span);
        Ok((name, ty))
    }

    fn payload_type(&mut self, original: &str, span: Span) -> Type {
        if let Some(known) = self.types.get(original) {
            return path(&known.name, span);
        }
        if original == "unit" {
            return Type {
                kind: TypeKind::Tuple(Vec::new()),
                span,
            };
        }
        let (name, undeclared) = match builtin(original) {
            Some(builtin) => (builtin.to_owned(), false),
            None => (self.free_name(original), true),
        };
        self.know(original.to_owned(), name.clone(), undeclared);
        path(&name, span)
    }

    /// Items for the types that were used without a declaration, at the start of the text.
    pub(super) fn opaque_types(&self) -> Vec<Item> {
        let undeclared = self.types.values().filter(|known| known.undeclared);
        let item = |known: &Known| {
            Item::Type(TypeAlias {
                name: ident(&known.name, self.start),
                ty: bytes(self.start),
                span: self.start,
            })
        };
        undeclared.map(item).collect()
    }

    fn know(&mut self, original: String, name: String, undeclared: bool) {
        self.types.insert(original, Known { name, undeclared });
    }

    /// A name that no built-in type, keyword or other declared type has.
    fn free_name(&self, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        while RESERVED.contains(&name.as_str())
            || KEYWORDS.contains(&name.as_str())
            || self.types.values().any(|known| known.name == name)
        {
            name.push('_');
        }
        name
    }

    /// The name as it stands in the text.
    fn original(&self, span: Span) -> &str {
        self.text
            .get(span.start as usize..span.end as usize)
            .unwrap_or_default()
    }
}

/// Names that `.aura` types have, or that it refuses.
const RESERVED: &[&str] = &[
    "bool", "char", "u8", "u16", "u32", "u64", "u128", "i8", "i16", "i32", "i64", "i128", "String",
    "Vec", "VecDeque", "Option", "Box", "BTreeSet", "BTreeMap", "Result", "f32", "f64", "usize",
    "isize", "str", "HashMap", "HashSet", "crate", "self", "Self", "super",
];

/// The built-in type that a type of another language is.
fn builtin(name: &str) -> Option<&'static str> {
    Some(match name.rsplit('.').next().unwrap_or(name) {
        "int" | "Int" | "Integer" | "integer" | "long" | "Long" | "number" => "i64",
        "nat" | "Nat" => "u64",
        "string" | "String" | "str" | "Str" => "String",
        "bool" | "Bool" | "boolean" | "Boolean" => "bool",
        _ => return None,
    })
}

fn path(name: &str, span: Span) -> Type {
    Type {
        kind: TypeKind::Path {
            segments: vec![ident(name, span)],
            args: Vec::new(),
        },
        span,
    }
}

fn bytes(span: Span) -> Type {
    Type {
        kind: TypeKind::Path {
            segments: vec![ident("Vec", span)],
            args: vec![path("u8", span)],
        },
        span,
    }
}
