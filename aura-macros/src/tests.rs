//! The macros against the corpus of the compiler: what the command line finds, they find, at the
//! same place, and what it accepts becomes the same Rust.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};

use aura_dsl::compile::{Compilation, compile};
use aura_dsl::emit::rust::rust;
use aura_dsl::load::Files;
use proc_macro2::{Group, Span, TokenStream, TokenTree};

use crate::{block, file};

/// What rustc would be told: the text, and the line and column it stands at.
type Told = (usize, usize, String);

/// A line from 1 and a column from 0.
type Place = (usize, usize);

fn corpus() -> Vec<PathBuf> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../aura-dsl/tests/corpus");
    let folders = fs::read_dir(corpus).unwrap();
    let files = folders.flat_map(|folder| fs::read_dir(folder.unwrap().path()).unwrap());
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "aura"));
    files.sort();
    files
}

fn compiled(text: &str, folder: &Path) -> Compilation {
    let loader = Files::of_text("<block>", folder, None).unwrap();
    compile("<block>", loader.key(), text, &loader)
}

/// The messages and places of what a macro gave: `compile_error! { ".." }` and `note = ".."`.
fn told(tokens: TokenStream) -> Vec<Told> {
    let mut found = Vec::new();
    let mut last: Option<(String, Span)> = None;
    let mut open = vec![tokens.into_iter()];
    while let Some(stream) = open.last_mut() {
        match stream.next() {
            None => {
                open.pop();
            }
            Some(TokenTree::Group(group)) => {
                let called = last.take().filter(|(word, _)| word == "compile_error");
                if let (Some((_, span)), Some(text)) = (called, only_string(&group)) {
                    found.push((span.start().line, span.start().column, text));
                } else {
                    open.push(group.stream().into_iter());
                }
            }
            Some(TokenTree::Ident(word)) => last = Some((word.to_string(), word.span())),
            Some(_) => {}
        }
    }
    found
}

fn only_string(group: &Group) -> Option<String> {
    let literal = syn::parse2::<syn::LitStr>(group.stream()).ok()?;
    Some(literal.value())
}

/// What the command line finds in a text: code and message at the token that stands there, or at
/// the last one before.
fn expected(compilation: &Compilation, tokens: &TokenStream) -> Vec<Told> {
    let mut places = Vec::new();
    flatten(tokens.clone(), &mut places);
    let errors = compilation.report.errors();
    let errors = errors.filter(|found| found.span.file == compilation.root);
    let errors = errors.filter_map(|found| {
        let place = compilation.sources.start(found.span);
        let place = (place.line as usize, place.column as usize - 1);
        let token = places.iter().rfind(|(begins, _)| *begins <= place);
        let (begins, ends) = token.copied().unwrap_or(((1, 0), (1, 0)));
        // What stands in a comment never reaches a macro; rustc has a lint of its own for it.
        let in_a_comment = found.code.name() == "E0102" && ends <= place;
        let text = format!("{}: {}", found.code.name(), found.message);
        (!in_a_comment).then_some((begins.0, begins.1, text))
    });
    errors.collect()
}

/// Where each token begins and ends.
fn flatten(tokens: TokenStream, places: &mut Vec<(Place, Place)>) {
    let push = |span: Span, places: &mut Vec<_>| {
        let (start, end) = (span.start(), span.end());
        places.push(((start.line, start.column), (end.line, end.column)));
    };
    for tree in tokens {
        match tree {
            TokenTree::Group(group) => {
                push(group.span_open(), places);
                flatten(group.stream(), places);
                push(group.span_close(), places);
            }
            tree => push(tree.span(), places),
        }
    }
}

/// The texts of the corpus that are also tokens of Rust, which excludes little but what the
/// syntax forbids.
fn blocks() -> impl Iterator<Item = (PathBuf, String, TokenStream)> {
    corpus().into_iter().filter_map(|path| {
        let text = fs::read_to_string(&path).ok()?;
        let tokens = text.parse().ok()?;
        Some((path, text, tokens))
    })
}

#[test]
fn a_block_is_told_what_the_command_line_finds_and_where() {
    let (mut texts, mut findings) = (0, 0);
    for (path, text, tokens) in blocks() {
        let folder = path.parent().unwrap();
        let first_line = |(line, column, text): Told| {
            let text = text.lines().next().unwrap_or_default().to_owned();
            (line, column, text)
        };
        let expected = expected(&compiled(&text, folder), &tokens).into_iter();
        let expected: Vec<_> = expected.map(first_line).collect();
        let told = told(block::expand(tokens, folder)).into_iter();
        let told = told.filter(|(.., text)| text.starts_with('E'));
        let told: Vec<_> = told.map(first_line).collect();
        assert_eq!(told, expected, "{}", path.display());
        texts += 1;
        findings += told.len();
    }
    assert!(texts > 200 && findings > 150, "{findings} in {texts}");
}

#[test]
fn a_block_becomes_what_its_text_becomes() {
    let mut modules = 0;
    for (path, text, tokens) in blocks() {
        let folder = path.parent().unwrap();
        let compilation = compiled(&text, folder);
        let Ok(rust) = rust(&compilation) else {
            continue;
        };
        if compilation.report.has_errors() || rust.is_empty() {
            continue;
        }
        let expanded = block::expand(tokens, folder).to_string();
        assert!(expanded.ends_with(&rust.to_string()), "{}", path.display());
        modules += 1;
    }
    assert!(modules > 10, "{modules}");
}

/// The tokens of a tool that gives all of them one place.
fn nowhere(input: TokenStream) -> TokenStream {
    let trees = input.into_iter().map(|tree| match tree {
        TokenTree::Group(group) => {
            TokenTree::Group(Group::new(group.delimiter(), nowhere(group.stream())))
        }
        mut tree => {
            tree.set_span(Span::call_site());
            tree
        }
    });
    trees.collect()
}

#[test]
fn a_block_without_places_means_the_same() {
    let mut texts = 0;
    for (path, text, tokens) in blocks() {
        let folder = path.parent().unwrap();
        let compilation = compiled(&text, folder);
        let expected = expected(&compilation, &tokens);
        let expanded = block::expand(nowhere(tokens), folder);
        let code = |text: &str| text.split(':').next().unwrap_or_default().to_owned();
        let told = told(expanded.clone()).into_iter();
        let told: Vec<_> = told.map(|(.., text)| code(&text)).collect();
        let told: Vec<_> = told
            .into_iter()
            .filter(|code| code.starts_with('E'))
            .collect();
        let expected: Vec<_> = expected.iter().map(|(.., text)| code(text)).collect();
        // After a mistake of syntax the parser goes on at the next line, and here all is one line.
        let same = if path.to_string_lossy().contains("syntax-fail") {
            told.first() == expected.first()
        } else {
            told == expected
        };
        assert!(same, "{}: {told:?} for {expected:?}", path.display());
        if let (false, Ok(rust)) = (compilation.report.has_errors(), rust(&compilation)) {
            assert!(
                expanded.to_string().ends_with(&rust.to_string()),
                "{}",
                path.display()
            );
        }
        texts += 1;
    }
    assert!(texts > 200, "{texts}");
}

#[test]
fn several_errors_come_at_once_with_labels_and_help() {
    let text = "#[namespace = \"x\"]\nprotocol P {\n    roles: Alice, Bob;\n    Alice -> Bbo: Ask;\n    \
                Alice[flow_cots = 5] -> Bob: Tell;\n}";
    let found = told(block::expand(text.parse().unwrap(), Path::new("")));
    let places: Vec<_> = found
        .iter()
        .map(|(line, column, _)| (*line, *column))
        .collect();
    assert_eq!(places, [(4, 13), (5, 10)], "{found:?}");
    assert!(found[0].2.contains("\nhelp: "), "{found:?}");
    assert!(found[1].2.contains("flow_cost"), "{found:?}");
}

#[test]
fn an_error_covers_its_tokens_from_the_first_to_the_last() {
    let text = "#[namespace = \"x\"]\nprotocol P { roles: A, B; A[flow_cost = 0] -> B: Ask; }";
    let compilation = compiled(text, Path::new(""));
    let error = compilation.report.errors().next().unwrap();
    let span = compilation.sources.text(error.span);
    let expanded: Vec<_> = block::expand(text.parse().unwrap(), Path::new(""))
        .into_iter()
        .collect();
    let first = expanded.first().unwrap().span().start().column;
    let last = expanded.last().unwrap().span().end().column;
    let line = text.lines().nth(1).unwrap();
    assert_eq!(&line[first..last], span);
}

#[test]
fn a_warning_stands_on_its_token_and_does_not_end_the_build() {
    let text = "#[namespace = \"x\"]\nprotocol P { roles: A, B; A -> B: Ask; }";
    let expanded = block::expand(text.parse().unwrap(), Path::new("")).to_string();
    assert!(
        expanded.contains("deprecated (note = \"W0906: "),
        "{expanded}"
    );
    assert!(expanded.contains("# [warn (warnings)]"), "{expanded}");
    assert!(expanded.contains("pub mod p {"), "{expanded}");
    assert!(!expanded.contains("compile_error"), "{expanded}");
}

/// A folder with a file that is wrong, in an import.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("p")).unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("p/wrong.aura", "capability c(x: Missing);\n");
    write("p/right.aura", "capability c;\n");
    let protocol = |import: &str| {
        format!(
            "#[namespace = \"x\"]\nimport \"{import}\";\nprotocol P {{\n    roles: A, B;\n    \
             A[guard_capability = \"c\"] -> B: Ask;\n}}\n"
        )
    };
    write("p/a.aura", &protocol("wrong.aura"));
    write("p/b.aura", &protocol("right.aura"));
    folder
}

#[test]
fn a_file_is_told_by_its_place_with_an_excerpt() {
    let folder = folder();
    let found = told(file::expand("\"p/a.aura\"".parse().unwrap(), folder.path()));
    let text = &found[1].2;
    assert!(found[0].2.contains("::: p/wrong.aura:1:12"), "{found:?}");
    assert!(text.starts_with("p/wrong.aura:1:17: E0"), "{text}");
    assert!(text.contains("1 | capability c(x: Missing);"), "{text}");
    assert!(!text.contains(folder.path().to_str().unwrap()), "{text}");
    let text = fs::read_to_string(folder.path().join("p/a.aura")).unwrap();
    let text = text.replace("wrong.aura", "p/wrong.aura");
    let found = told(block::expand(text.parse().unwrap(), folder.path()));
    assert!(found[1].2.contains("wrong.aura:1:17: E0"), "{found:?}");
}

#[test]
fn files_and_their_imports_are_tracked() {
    let folder = folder();
    for name in ["a", "b"] {
        let literal = format!("\"p/{name}.aura\"");
        let expanded = file::expand(literal.parse().unwrap(), folder.path()).to_string();
        let import = if name == "a" { "wrong" } else { "right" };
        for file in [name, import] {
            let path = folder.path().join("p").join(file).with_extension("aura");
            let tracked = format!("include_bytes ! ({:?})", path.to_str().unwrap());
            assert!(expanded.contains(&tracked), "{expanded}");
        }
    }
}

#[test]
fn a_path_that_is_none_is_told_at_the_string() {
    let folder = folder();
    let said = |text: &str| {
        let found = told(file::expand(text.parse().unwrap(), folder.path()));
        let [(_, column, text)] = <[Told; 1]>::try_from(found).unwrap();
        (column, text)
    };
    assert_eq!(said("  \"p/c.aura\"").0, 2);
    assert!(said("\"p/c.aura\"").1.contains("there is no such file"));
    assert!(said("\"p\"").1.contains("it is a folder"));
    assert!(
        said("\"../x.aura\"")
            .1
            .contains("does not lie below the crate's folder")
    );
    assert!(said("a.aura").1.contains("takes one string"));
    assert!(said("").1.contains("takes one string"));
}
