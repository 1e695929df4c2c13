//! Every hint of the corpus is applied to its text, and the text is then implementable.

#![allow(clippy::disallowed_methods, reason = "edge: reads the corpus")]

use std::path::{Path, PathBuf};

use aura_dsl::compile::{Compilation, compile};
use aura_dsl::source::{FileId, NoImports};
use aura_dsl::verdict::{Hint, Verdict};

fn refused() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/verdict-fail");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the corpus is there")
        .map(|entry| entry.expect("the corpus can be read").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "aura"))
        .collect();
    paths.sort();
    paths
}

fn compiled(path: &Path, text: &str) -> Compilation {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    let name = name.expect("a file of the corpus has a name");
    compile(&name, &name, text, &NoImports)
}

fn hints(compilation: &Compilation) -> Vec<(usize, Hint)> {
    compilation
        .protocols
        .iter()
        .enumerate()
        .filter_map(|(index, protocol)| {
            let shown = protocol.as_ref()?.decision.counterexample.as_ref()?;
            Some((index, shown.hint.clone()?))
        })
        .collect()
}

fn apply(text: &str, hint: &Hint) -> String {
    let mut insertions = hint.insertions.clone();
    insertions.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
    let mut text = text.to_owned();
    for (span, step) in insertions {
        assert_eq!(span.file, FileId(0), "hints change the text itself");
        text.insert_str(span.start as usize, &step);
    }
    text
}

#[test]
fn every_hint_of_the_corpus_repairs_its_protocol() {
    let mut applied = 0;
    for path in refused() {
        let text = std::fs::read_to_string(&path).expect("a corpus file can be read");
        for (index, hint) in hints(&compiled(&path, &text)) {
            let repaired = apply(&text, &hint);
            let compilation = compiled(&path, &repaired);
            let verdict = compilation
                .protocols
                .get(index)
                .and_then(|protocol| protocol.as_ref().map(|protocol| protocol.decision.verdict));
            assert_eq!(
                verdict,
                Some(Verdict::Implementable),
                "{}: {}\n{repaired}\n{:?}",
                path.display(),
                hint.text,
                compilation.report,
            );
            applied += 1;
        }
    }
    assert!(applied >= 10, "only {applied} hints in the corpus");
}
