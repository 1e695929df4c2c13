//! Global protocols of Scribble (`.scr`) and nuScr (`.nuscr`).
//!
//! In: one module. Out: [`Imported`], its protocols as an [`ast::File`](File) with what was noticed. `choice at A {..} or {..}` becomes
//! a choice without labels, since Scribble sends nothing for a choice; `do` becomes `call`. Payload
//! types are `i64`, `String` and `bool` where that is what they are, else declared types of bytes:
//! a verdict does not depend on what they hold. The namespace is the module's name. Names that are
//! keywords of `.aura` get a `_`. Auxiliary and nested protocols become protocols, and so does what
//! `calls` them. Refinements and annotations, on which no verdict depends, become comments, each with a
//! warning (W0908). What has no counterpart with the same meaning is an error at its token (E0110).

mod aside;
mod lexer;
mod nested;
mod payload;
mod protocol;

use std::collections::{BTreeMap, BTreeSet};

use self::lexer::{Kind, Token};
use crate::ast::{Attribute, Comment, File, Ident, Item, KEYWORDS, Protocol, Value, ValueKind};
use crate::diag::codes::{E0101, E0109, E0110};
use crate::diag::{Diagnostic, Report};
use crate::parse::span;
use crate::source::{FileId, Span};

/// A text that was imported.
#[derive(Clone, Debug)]
pub struct Imported {
    /// Its protocols.
    pub file: File,
    /// What has become a comment.
    pub warnings: Report,
}

impl Imported {
    /// Gives it another namespace; of `name` is taken what a namespace may consist of.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        for attribute in &mut self.file.attributes {
            if attribute.key.text == "namespace" {
                attribute.value.kind = ValueKind::Text(namespace(name, &self.file.items));
            }
        }
        self
    }
}

/// Imports one text. `name` stands in for a module's name where the text does not give one.
///
/// # Errors
///
/// What is no text of these languages, and what of them has no counterpart.
pub fn import(id: FileId, text: &str, name: &str) -> Result<Imported, Report> {
    let lexed = lexer::lex(id, text)?;
    let start = span(id, 0..0);
    let mut reader = Reader {
        text,
        tokens: &lexed.tokens,
        at: 0,
        depth: 0,
        end: span(id, text.len()..text.len()),
        start,
        types: BTreeMap::new(),
        aside: Vec::new(),
        warnings: Report::default(),
        scopes: vec![BTreeMap::new()],
        taken: BTreeSet::new(),
        nested: Vec::new(),
    };
    let module = reader.header()?;
    let items = reader.items()?;
    let (namespace, place) = match module {
        Some((module, place)) => (module, place),
        None => (namespace(name, &items), start),
    };
    let attribute = Attribute {
        key: ident("namespace", place),
        value: Value {
            kind: ValueKind::Text(namespace),
            span: place,
        },
        span: place,
    };
    let mut all = reader.opaque_types();
    all.extend(items);
    let mut comments = lexed.comments;
    comments.append(&mut reader.aside);
    comments.sort_by_key(|comment| comment.span.start);
    let file = File {
        id,
        attributes: vec![attribute],
        items: all,
        comments,
        blank_lines: lexed.blank_lines,
        span: span(id, 0..text.len()),
    };
    Ok(Imported {
        file,
        warnings: reader.warnings,
    })
}

/// A namespace from a file's name, or from the first protocol's.
fn namespace(name: &str, items: &[Item]) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let kept: String = name.chars().filter(|c| fits(*c)).collect();
    let kept = kept.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
    if !kept.is_empty() {
        return kept.to_owned();
    }
    let first = items.iter().find_map(|item| match item {
        Item::Protocol(protocol) => Some(protocol.name.text.clone()),
        _ => None,
    });
    first.unwrap_or_else(|| "imported".to_owned())
}

fn ident(text: &str, span: Span) -> Ident {
    Ident {
        text: text.to_owned(),
        span,
    }
}

type Parsed<T> = Result<T, Report>;

/// Reads tokens from front to back.
struct Reader<'t> {
    text: &'t str,
    tokens: &'t [Token],
    at: usize,
    /// How many blocks are open.
    depth: usize,
    end: Span,
    start: Span,
    /// What the payload types are called here, by their names in the text.
    types: BTreeMap<String, payload::Known>,
    /// What becomes a comment.
    aside: Vec<Comment>,
    warnings: Report,
    /// What protocols are called here, by their names in the text, innermost scope last.
    scopes: Vec<BTreeMap<String, String>>,
    /// What protocols are called here, in and out of scope.
    taken: BTreeSet<String>,
    /// Nested protocols that were read, for the items of the file.
    nested: Vec<Protocol>,
}

impl<'t> Reader<'t> {
    /// `module a.b.C;`, if it is there: the name and its place.
    fn header(&mut self) -> Parsed<Option<(String, Span)>> {
        if !self.takes("module") {
            return Ok(None);
        }
        let name = self.module_name()?;
        self.expect(";")?;
        Ok(Some(name))
    }

    fn items(&mut self) -> Parsed<Vec<Item>> {
        let mut items = Vec::new();
        while let Some(token) = self.peek() {
            match self.word(token) {
                "type" | "typedef" | "data" => items.extend(self.type_declaration()?),
                "sig" => self.signature_declaration()?,
                "global" | "protocol" | "aux" | "nested" => {
                    let protocol = self.protocol()?;
                    items.push(Item::Protocol(protocol));
                    items.extend(self.nested.drain(..).map(Item::Protocol));
                }
                "explicit" | "local" | "import" => {
                    return Err(unsupported(token, &format!("`{}`", self.word(token))));
                }
                _ => return Err(self.unexpected("`global protocol` or `type`")),
            }
        }
        if items.iter().any(|item| matches!(item, Item::Protocol(_))) {
            return Ok(items);
        }
        let message = "there is no protocol in this text";
        Err(Diagnostic::new(E0109, self.end, message)
            .help("a protocol is `global protocol Name(role A, role B) { Hello() from A to B; }`")
            .into())
    }

    /// `a.b.C`.
    fn module_name(&mut self) -> Parsed<(String, Span)> {
        let first = self.any_word("a module's name")?;
        let (mut name, mut place) = (self.word(first).to_owned(), first.span);
        while self.takes(".") {
            let next = self.any_word("a module's name")?;
            name.push('.');
            name.push_str(self.word(next));
            place = place.to(next.span);
        }
        Ok((name, place))
    }

    fn peek(&self) -> Option<&'t Token> {
        self.tokens.get(self.at)
    }

    /// The text of a token.
    fn word(&self, token: &Token) -> &'t str {
        self.text
            .get(token.span.start as usize..token.span.end as usize)
            .unwrap_or_default()
    }

    /// Whether the next token is this one.
    fn is(&self, text: &str) -> bool {
        self.peek()
            .is_some_and(|token| token.kind != Kind::Text && self.word(token) == text)
    }

    /// Takes the next token if it is this one.
    fn takes(&mut self, text: &str) -> bool {
        let found = self.is(text);
        self.at += usize::from(found);
        found
    }

    /// Takes the next token, which must be this one, and gives its place.
    fn expect(&mut self, text: &str) -> Parsed<Span> {
        if !self.is(text) {
            return Err(self.unexpected(&format!("`{text}`")));
        }
        self.at += 1;
        Ok(self.last())
    }

    /// The place of the token that was taken last.
    fn last(&self) -> Span {
        self.tokens[..self.at]
            .last()
            .map_or(self.start, |token| token.span)
    }

    fn any_word(&mut self, what: &str) -> Parsed<&'t Token> {
        match self.peek() {
            Some(token) if token.kind == Kind::Word => {
                self.at += 1;
                Ok(token)
            }
            _ => Err(self.unexpected(what)),
        }
    }

    /// A name; one that is a keyword of `.aura` gets a `_`.
    fn name(&mut self, what: &str) -> Parsed<Ident> {
        let token = self.any_word(what)?;
        let mut name = ident(self.word(token), token.span);
        if KEYWORDS.contains(&name.text.as_str()) {
            name.text.push('_');
        }
        Ok(name)
    }

    /// `one, two, three` up to `close`, which is taken too.
    fn list<T>(
        &mut self,
        close: &str,
        mut one: impl FnMut(&mut Self) -> Parsed<T>,
    ) -> Parsed<Vec<T>> {
        let mut all = Vec::new();
        while !self.takes(close) {
            if !all.is_empty() {
                if !self.is(",") {
                    return Err(self.unexpected(&format!("`,` or `{close}`")));
                }
                self.at += 1;
            }
            all.push(one(self)?);
        }
        Ok(all)
    }

    fn unexpected(&self, expected: &str) -> Report {
        let (place, found) = match self.peek() {
            Some(token) => {
                let shown: String = self.word(token).chars().take(40).collect();
                (token.span, format!("`{}`", shown.escape_debug()))
            }
            None => (self.end, "the end of the text".to_owned()),
        };
        Diagnostic::new(E0101, place, format!("expected {expected}, found {found}")).into()
    }
}

/// What has no counterpart, at the token that begins it.
fn unsupported(token: &Token, what: &str) -> Report {
    let help = match what {
        "`explicit`" | "`connect`" | "a connection" | "`disconnect`" => {
            "here every channel is there from the start, and a role that may have no part in a run is \
             told so by a message: leave connections out, or write the protocol in `.aura`"
        }
        "a role that joins while the protocol runs" => {
            "here all roles are there from the start: make it a role of the protocols that lead here"
        }
        _ => "write the protocol in `.aura`, or leave it out: `aura-dsl explain E0110`",
    };
    Diagnostic::new(E0110, token.span, format!("{what} cannot be translated"))
        .help(help)
        .into()
}
