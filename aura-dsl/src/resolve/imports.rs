//! Loads what a text imports, and what that imports in turn.
//!
//! In: the root's syntax tree. Out: the imported syntax trees, each file once, imports before the
//! files that import them. A file that imports itself through others is an error that names the
//! circle. Left out on purpose: which paths are allowed, which the [`Loader`] decides.

use std::collections::HashSet;

use crate::ast::{File, Import, Item};
use crate::diag::{Diagnostic, Report, codes};
use crate::parse;
use crate::source::{LoadError, Loader, Sources};

/// How long a chain of imports may be. Deeper ones are mistakes or attacks.
const CHAIN_LIMIT: usize = 100;

/// Loads all imports of `root`. What cannot be loaded or parsed is reported and left out.
pub(super) fn load(
    root: &File,
    sources: &mut Sources,
    key: &str,
    loader: &dyn Loader,
    report: &mut Report,
) -> Vec<File> {
    let path = sources.file(root.id).path.clone();
    let mut loading = Loading {
        sources,
        loader,
        report,
        seen: HashSet::from([key.to_owned()]),
        chain: Vec::new(),
        files: Vec::new(),
    };
    loading.imports_of(root, key, path);
    loading.files
}

struct Loading<'a> {
    sources: &'a mut Sources,
    loader: &'a dyn Loader,
    report: &'a mut Report,
    /// The keys of all files that were loaded or are being loaded.
    seen: HashSet<String>,
    /// Key and path of the files whose imports are being loaded, outermost first.
    chain: Vec<(String, String)>,
    files: Vec<File>,
}

impl Loading<'_> {
    fn imports_of(&mut self, file: &File, key: &str, path: String) {
        self.chain.push((key.to_owned(), path));
        for item in &file.items {
            if let Item::Import(import) = item {
                self.import(import, key);
            }
        }
        self.chain.pop();
    }

    fn import(&mut self, import: &Import, importer: &str) {
        let loaded = match self.loader.load(importer, &import.path) {
            Ok(loaded) => loaded,
            Err(error) => return self.report.push(failed(import, &error)),
        };
        if let Some(at) = self.chain.iter().position(|(key, _)| *key == loaded.key) {
            let mut circle: Vec<&str> = self.chain[at..].iter().map(|(_, path)| &**path).collect();
            circle.push(&self.chain[at].1);
            let message = format!("this import closes a circle: {}", circle.join(" -> "));
            self.report.push(
                Diagnostic::new(codes::E0211, import.path_span, message)
                    .help("move what both files need into a third one that imports neither"),
            );
            return;
        }
        if !self.seen.insert(loaded.key.clone()) {
            return;
        }
        if self.chain.len() >= CHAIN_LIMIT {
            let message = format!("this chain of imports is longer than {CHAIN_LIMIT} files");
            let diagnostic = Diagnostic::new(codes::E0209, import.path_span, message)
                .help("import the files that are needed directly");
            return self.report.push(diagnostic);
        }
        let id = self.sources.add(loaded.path.clone(), loaded.text.as_str());
        match parse::parse(id, &loaded.text) {
            Ok(file) => {
                self.imports_of(&file, &loaded.key, loaded.path);
                self.files.push(file);
            }
            Err(errors) => self.report.extend(errors),
        }
    }
}

fn failed(import: &Import, error: &LoadError) -> Diagnostic {
    let (code, help) = match error {
        LoadError::Outside => (
            codes::E0210,
            "import files below the root only; `--root` sets another one",
        ),
        LoadError::Missing | LoadError::Unreadable(_) => (
            codes::E0209,
            "paths are relative to the file that imports; check the spelling",
        ),
    };
    let message = format!("this import cannot be loaded: {error}");
    Diagnostic::new(code, import.path_span, message).help(help)
}
