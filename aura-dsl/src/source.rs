//! Source texts and places in them.
//!
//! In: the texts that the edges hand over, one [`FileId`] each. Out: [`Span`]s that every later
//! stage carries, and line and column for a reader. Left out on purpose: reading files, which is
//! the business of whoever implements [`Loader`].

use std::fmt;
use std::sync::Arc;

/// A source text of one compilation, in the order in which it was added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A half-open range of bytes in one source text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The text that the range lies in.
    pub file: FileId,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last byte.
    pub end: u32,
}

impl Span {
    /// The first `length` bytes of it, where they are a word that the span begins with.
    #[must_use]
    pub fn first(self, length: u32) -> Span {
        Span {
            end: self.end.min(self.start.saturating_add(length)),
            ..self
        }
    }

    /// The smallest span that covers `self` and `other`, which lie in the same file.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        Span {
            file: self.file,
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }
}

/// A line and a column for a reader, both counted from 1; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// One source text with the path under which people know it.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// The path as diagnostics print it.
    pub path: String,
    /// The whole text.
    pub text: Arc<str>,
    line_starts: Vec<u32>,
}

impl SourceFile {
    fn new(path: String, text: Arc<str>) -> Self {
        let breaks = text.bytes().zip(1u32..).filter(|(byte, _)| *byte == b'\n');
        let line_starts = std::iter::once(0)
            .chain(breaks.map(|(_, next)| next))
            .collect();
        Self {
            path,
            text,
            line_starts,
        }
    }

    /// The line and column of a byte offset; an offset behind the end is the end.
    pub fn position(&self, offset: u32) -> Position {
        let mut offset = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self
            .line_starts
            .partition_point(|start| *start as usize <= offset);
        let start = self.line_starts[line - 1] as usize;
        let column = self.text[start..offset].chars().count() + 1;
        Position {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX),
        }
    }

    /// The text of a line, counted from 1, without its end; nothing for a line that is not there.
    pub fn line(&self, line: u32) -> &str {
        let start = self.line_start(line) as usize;
        let end = self.line_start(line.saturating_add(1)) as usize;
        self.text[start..end].trim_end_matches(['\n', '\r'])
    }

    /// The offset of a line's first byte; of a line behind the last one, the end of the text.
    pub fn line_start(&self, line: u32) -> u32 {
        let index = (line as usize).saturating_sub(1);
        let end = || u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        self.line_starts.get(index).copied().unwrap_or_else(end)
    }
}

/// All source texts of one compilation.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<SourceFile>,
}

impl Sources {
    /// Adds a text and returns its id.
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<Arc<str>>) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        self.files.push(SourceFile::new(path.into(), text.into()));
        id
    }

    /// The file of an id that this collection gave out.
    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.0 as usize]
    }

    /// Every file with its id, in the order of adding.
    pub fn files(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        (0u32..).map(FileId).zip(&self.files)
    }

    /// The text that a span covers.
    pub fn text(&self, span: Span) -> &str {
        let text = &self.file(span.file).text;
        text.get(span.start as usize..span.end as usize)
            .unwrap_or_default()
    }

    /// Where a span begins.
    pub fn start(&self, span: Span) -> Position {
        self.file(span.file).position(span.start)
    }

    /// Where a span ends: the position behind its last character.
    pub fn end(&self, span: Span) -> Position {
        self.file(span.file).position(span.end)
    }
}

/// A text that a [`Loader`] found.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The path as diagnostics print it.
    pub path: String,
    /// A key that is equal exactly for equal files, so that one file imported twice is one file.
    pub key: String,
    /// The whole text.
    pub text: String,
}

/// Why an import could not be loaded. None of them tells whether a file outside the root exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadError {
    /// The path is absolute, climbs with `..` above the root, or leaves it through a link.
    Outside,
    /// There is no such file below the root.
    Missing,
    /// There is something, but not a readable regular UTF-8 file; the text says what.
    Unreadable(String),
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadError::Outside => f.write_str("the path leaves the project's root"),
            LoadError::Missing => f.write_str("there is no such file"),
            LoadError::Unreadable(why) => f.write_str(why),
        }
    }
}

/// Reads imported files. The command line and the macros implement it; the core never reads.
pub trait Loader {
    /// Loads `path` as written in an `import` of the file whose key is `importer`.
    fn load(&self, importer: &str, path: &str) -> Result<Loaded, LoadError>;
}

/// A loader for texts that import nothing: every import is missing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoImports;

impl Loader for NoImports {
    fn load(&self, _importer: &str, _path: &str) -> Result<Loaded, LoadError> {
        Err(LoadError::Missing)
    }
}
