//! Names that generated code derives are different where their sources are. (DECISIONS 25.)
//!
//! Methods are the labels in `snake_case`, modules the roles in `snake_case`, variants the branch
//! labels in `CamelCase`.

use std::collections::HashMap;

use super::walk;
use crate::diag::{Diagnostic, Report, codes};
use crate::global::{Protocol, Step};
use crate::source::Span;

/// Reports labels, roles and branches whose generated names collide.
pub(super) fn check(protocol: &Protocol, report: &mut Report) {
    let labels = protocol.labels.iter();
    let labels = labels.map(|label| (&*label.name, label.span));
    different("methods of the labels", labels, snake_case, report);
    let roles = protocol.roles.iter().filter(|role| role.part.is_none());
    let roles = roles.map(|role| (&*role.name, role.span));
    different("modules of the roles", roles, snake_case, report);
    walk::each(&protocol.body, &mut |step| {
        if let Step::Choice(choice) = step {
            let branches = choice.branches.iter();
            let labels = branches.filter_map(|it| Some((it.label.as_deref()?, it.span)));
            different("variants of the branches", labels, camel_case, report);
        }
    });
}

fn different<'n>(
    what: &str,
    names: impl Iterator<Item = (&'n str, Span)>,
    derive: fn(&str) -> String,
    report: &mut Report,
) {
    let mut first: HashMap<String, (&str, Span)> = HashMap::new();
    for (name, span) in names {
        let derived = derive(name);
        match first.get(&derived) {
            // Equal names are another rule's business.
            Some((other, _)) if *other == name => {}
            Some((other, place)) => {
                let message =
                    format!("the {what} `{other}` and `{name}` would both be `{derived}`");
                report.push(
                    Diagnostic::new(codes::E0315, span, message)
                        .label(*place, "the other one")
                        .help("rename one of the two"),
                );
            }
            None => {
                first.insert(derived, (name, span));
            }
        }
    }
}

/// `SnapProposal` and `HTTPReply` become `snap_proposal` and `http_reply`.
pub(crate) fn snake_case(name: &str) -> String {
    words(name).join("_").to_lowercase()
}

/// `snap_proposal` becomes `SnapProposal`.
pub(crate) fn camel_case(name: &str) -> String {
    let upper = |word: &String| {
        let (first, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
        first.to_uppercase() + &rest.to_lowercase()
    };
    words(name).iter().map(upper).collect()
}

/// A name's words: apart at `_`, and where capital letters begin.
fn words(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (at, &c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| chars[at]);
        let after = chars.get(at + 1);
        let begins = c.is_uppercase()
            && before.is_some_and(|before| {
                !before.is_uppercase() || after.is_some_and(|after| after.is_lowercase())
            });
        if c == '_' || begins {
            words.push(String::new());
        }
        if c != '_' {
            words.last_mut().expect("there is always a word").push(c);
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::{camel_case, snake_case};

    #[test]
    fn words_begin_at_capitals_and_underscores() {
        assert_eq!(snake_case("SnapProposal"), "snap_proposal");
        assert_eq!(snake_case("HTTPReply"), "http_reply");
        assert_eq!(snake_case("L1"), "l1");
        assert_eq!(snake_case("already_snake"), "already_snake");
        assert_eq!(camel_case("already_snake"), "AlreadySnake");
        assert_eq!(camel_case("SnapABC"), "SnapAbc");
    }
}
