//! A grammar of nuScr, stricter than the reader of `import`.
//!
//! In: a text. Out: nothing, or the first token that has no rule here. The rules are those that the papers on
//! nuScr describe, written without a copy of its parser at hand: they hold our exports to a strict text, and
//! do not replace a run of nuScr itself. They stand apart from the reader in `import`, which is more generous. What holds beyond the grammar: a choice's branches
//! begin with messages of the role that decides, with labels that differ; `continue`
//! stands inside of its `rec`, and nothing stands behind it. Left out: what nuScr's projection asks beyond
//! that, such as one receiver for all branches.

use std::collections::BTreeSet;

const WORDS: [&str; 14] = [
    "module", "type", "as", "from", "to", "global", "protocol", "role", "choice", "at", "or",
    "rec", "continue", "do",
];

/// Whether nuScr reads the text.
pub(crate) fn accepts(text: &str) -> Result<(), String> {
    let tokens = tokens(text)?;
    let mut parser = Parser {
        tokens: &tokens,
        at: 0,
        roles: BTreeSet::new(),
        open: Vec::new(),
    };
    parser.module()?;
    match parser.peek() {
        "" => Ok(()),
        _ => Err(parser.unexpected("the end")),
    }
}

fn tokens(text: &str) -> Result<Vec<String>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("(*") {
            let end = rest.find("*)").ok_or("a comment without an end")?;
            assert!(!rest[2..end].contains("(*"), "comments nest in nuScr");
            rest = rest[end + 2..].trim_start();
            continue;
        } else if first == '"' {
            rest[1..].find('"').ok_or("a string without an end")? + 2
        } else if first.is_ascii_alphabetic() || first == '_' {
            let inside = |sign: char| sign.is_ascii_alphanumeric() || sign == '_';
            rest.find(|sign| !inside(sign)).unwrap_or(rest.len())
        } else if "(){}<>,;:".contains(first) {
            1
        } else {
            return Err(format!("no token begins with {first:?}"));
        };
        tokens.push(rest[..length].to_owned());
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

struct Parser<'a> {
    tokens: &'a [String],
    at: usize,
    roles: BTreeSet<&'a str>,
    /// The recursions around.
    open: Vec<&'a str>,
}

/// How a block begins: sender and label, unless it begins with something else.
type Head<'a> = Option<(&'a str, &'a str)>;

impl<'a> Parser<'a> {
    fn peek(&self) -> &'a str {
        self.tokens.get(self.at).map_or("", String::as_str)
    }

    fn unexpected(&self, wanted: &str) -> String {
        let before = self.tokens[self.at.saturating_sub(5)..self.at].join(" ");
        format!("{wanted} expected behind `{before}`, not `{}`", self.peek())
    }

    fn eat(&mut self, token: &str) -> Result<(), String> {
        if self.peek() != token {
            return Err(self.unexpected(token));
        }
        self.at += 1;
        Ok(())
    }

    fn has(&mut self, token: &str) -> bool {
        self.eat(token).is_ok()
    }

    fn name(&mut self) -> Result<&'a str, String> {
        let name = self.peek();
        let begins = name.starts_with(|sign: char| sign.is_ascii_alphabetic() || sign == '_');
        if !begins || WORDS.contains(&name) {
            return Err(self.unexpected("a name"));
        }
        self.at += 1;
        Ok(name)
    }

    fn role(&mut self) -> Result<&'a str, String> {
        let name = self.name()?;
        if self.roles.contains(name) {
            Ok(name)
        } else {
            Err(format!("nobody is called {name}"))
        }
    }

    fn text(&mut self) -> Result<(), String> {
        if !self.peek().starts_with('"') {
            return Err(self.unexpected("a string"));
        }
        self.at += 1;
        Ok(())
    }

    fn module(&mut self) -> Result<(), String> {
        if self.has("module") {
            self.name()?;
            self.eat(";")?;
        }
        while self.has("type") {
            self.eat("<")?;
            self.name()?;
            self.eat(">")?;
            self.text()?;
            self.eat("from")?;
            self.text()?;
            self.eat("as")?;
            self.name()?;
            self.eat(";")?;
        }
        while self.has("global") {
            self.eat("protocol")?;
            self.name()?;
            self.eat("(")?;
            self.roles.clear();
            loop {
                self.eat("role")?;
                let role = self.name()?;
                if !self.roles.insert(role) {
                    return Err(format!("two roles are called {role}"));
                }
                if !self.has(",") {
                    break;
                }
            }
            self.eat(")")?;
            self.block()?;
        }
        Ok(())
    }

    fn block(&mut self) -> Result<Head<'a>, String> {
        self.eat("{")?;
        let mut head = None;
        let mut first = true;
        while self.peek() != "}" {
            let found = match self.peek() {
                "choice" => self.choice()?,
                "rec" => self.rec()?,
                "continue" => self.go_on()?,
                "do" => self.call()?,
                _ => Some(self.message()?),
            };
            if std::mem::take(&mut first) {
                head = found;
            }
        }
        self.eat("}")?;
        Ok(head)
    }

    fn message(&mut self) -> Result<(&'a str, &'a str), String> {
        let label = self.name()?;
        if self.has("(") && !self.has(")") {
            loop {
                self.name()?;
                if self.has(":") {
                    self.name()?;
                }
                if !self.has(",") {
                    break;
                }
            }
            self.eat(")")?;
        }
        self.eat("from")?;
        let from = self.role()?;
        self.eat("to")?;
        let to = self.role()?;
        self.eat(";")?;
        if from == to {
            return Err(format!("{from} sends to itself"));
        }
        Ok((from, label))
    }

    fn choice(&mut self) -> Result<Head<'a>, String> {
        self.eat("choice")?;
        self.eat("at")?;
        let decider = self.role()?;
        let mut labels = BTreeSet::new();
        loop {
            let Some((from, label)) = self.block()? else {
                return Err(format!("a branch of {decider} begins with no message"));
            };
            if from != decider {
                return Err(format!("a branch of {decider} begins with one of {from}"));
            }
            if !labels.insert(label) {
                return Err(format!("two branches begin with {label}"));
            }
            if !self.has("or") {
                break;
            }
        }
        Ok(None)
    }

    fn rec(&mut self) -> Result<Head<'a>, String> {
        self.eat("rec")?;
        let variable = self.name()?;
        self.open.push(variable);
        let head = self.block()?;
        self.open.pop();
        Ok(head)
    }

    fn go_on(&mut self) -> Result<Head<'a>, String> {
        self.eat("continue")?;
        let variable = self.name()?;
        self.eat(";")?;
        if !self.open.contains(&variable) {
            return Err(format!("{variable} is no recursion around"));
        }
        if self.peek() != "}" {
            return Err(self.unexpected("the end of the block"));
        }
        Ok(None)
    }

    fn call(&mut self) -> Result<Head<'a>, String> {
        self.eat("do")?;
        self.name()?;
        self.eat("(")?;
        self.role()?;
        while self.has(",") {
            self.role()?;
        }
        self.eat(")")?;
        self.eat(";")?;
        Ok(None)
    }
}

#[test]
fn what_nuscr_has_no_rule_for_is_refused() {
    let whole = |body: &str| format!("global protocol P(role A, role B) {{ {body} }}");
    assert_eq!(accepts(&whole("M(int) from A to B;")), Ok(()));
    for body in [
        "M(int) from A to C;",
        "M(int) from A to A;",
        "M[int] from A to B;",
        "rec(int) from A to B;",
        "M(Vec<u8>) from A to B;",
        "continue X;",
        "rec X { continue X; M() from A to B; }",
        "choice at A { M() from A to B; } or { M() from A to B; }",
        "choice at A { M() from B to A; } or { N() from A to B; }",
        "M() from A to B",
    ] {
        assert!(accepts(&whole(body)).is_err(), "{body}");
    }
}
