//! Scribble and nuScr protocols: what they become, and what is refused.

use aura_dsl::import::scribble;
use aura_dsl::print::print;
use aura_dsl::source::{FileId, Sources};

use crate::layout::{reprinted, shape};
use crate::parsed;

/// The printed protocol, or the errors with their places.
fn imported(text: &str, name: &str) -> String {
    let mut sources = Sources::default();
    sources.add(name, text);
    let tell = |one: &aura_dsl::diag::Diagnostic| {
        let at = sources.start(one.span);
        let token = sources.text(one.span).replace('\n', " ");
        let (code, message) = (one.code, &one.message);
        format!("{code} {}:{} `{token}`: {message}\n", at.line, at.column)
    };
    match scribble::import(FileId(0), text, name) {
        Ok(imported) => {
            let warned = imported.warnings.iter().map(tell);
            let told: Vec<_> = warned.map(|line| format!("// {line}")).collect();
            print(&imported.file) + &told.concat()
        }
        Err(report) => report.iter().map(tell).collect(),
    }
}

#[test]
fn protocols_of_other_languages_become_ours() {
    insta::glob!("import/*.*", |path| {
        let text = std::fs::read_to_string(path).expect("it can be read");
        let name = path.file_stem().and_then(|name| name.to_str());
        let printed = imported(&text, name.expect("it has a name"));
        if printed.starts_with('#') {
            let text = printed.split("// W").next().unwrap_or_default();
            assert_eq!(reprinted(text), text);
        }
        insta::assert_snapshot!(printed);
    });
}

#[test]
fn the_tree_of_an_import_is_what_it_is_printed_as() {
    let text = include_str!("import/adder.scr");
    let file = scribble::import(FileId(0), text, "adder")
        .expect("it is right")
        .file;
    let again = parsed(&print(&file)).expect("it is printed right");
    // Only the labels of the branches are invented by the printer.
    assert_eq!(shape(&file).matches("label: None").count(), 2);
    assert_eq!(shape(&again).matches("label: None").count(), 0);
}
