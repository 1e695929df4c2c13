//! The table of diagnostic codes: one line a rule, one page of `explain/` each.
//!
//! `E01xx` text, `E02xx` names and imports, `E03xx` structure, `E04xx` annotations, `E05xx`
//! implementability, `E06xx` contexts, `W09xx` warnings.

use std::fmt;

/// Whether a finding stops the compilation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The protocol cannot be used.
    Error,
    /// The protocol can be used; somebody should look.
    Warning,
}

/// A rule of the compiler, known to users by its code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code {
    name: &'static str,
    title: &'static str,
    page: &'static str,
}

impl Code {
    /// The code as users see it: `E0301`.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// The rule in a few words.
    pub fn title(self) -> &'static str {
        self.title
    }

    /// The page that `aura-dsl explain` prints, in Markdown.
    pub fn page(self) -> &'static str {
        self.page
    }

    /// Errors start with `E`, warnings with `W`.
    pub fn severity(self) -> Severity {
        if self.name.starts_with('W') {
            Severity::Warning
        } else {
            Severity::Error
        }
    }

    /// Finds a code by its name, in any case of letters.
    pub fn find(name: &str) -> Option<Code> {
        ALL.iter()
            .copied()
            .find(|code| code.name.eq_ignore_ascii_case(name))
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

macro_rules! codes {
    ($($name:ident $title:literal)*) => {
        $(
            #[doc = $title]
            pub const $name: Code = Code {
                name: stringify!($name),
                title: $title,
                page: include_str!(concat!("explain/", stringify!($name), ".md")),
            };
        )*

        /// Every code, in order.
        pub const ALL: &[Code] = &[$($name),*];
    };
}

codes! {
    E0101 "the text does not follow the grammar"
    E0102 "a character that a reader cannot see"
    E0103 "a keyword is used as a name"
    E0104 "a bracket, comment or string is not closed"
    E0105 "an escape in a string is unknown"
    E0106 "a number is too large"
    E0107 "a duration has no unit"
    E0108 "the text is too large or nests too deeply"
    E0109 "the text is empty"
    E0110 "an imported protocol uses what cannot be translated"
    E0501 "a step can never be reached"
    E0502 "a timeout's body brings its decider nothing to wait for"
    E0503 "a timeout's paths bring its decider different numbers of messages"
    E0504 "two gathers cannot be told apart"
    E0505 "one send has two different sets of annotations"
    E0506 "the protocol is outside the class that can be decided"
    E0507 "a role cannot tell which step comes next"
    E0508 "a role may wait for ever"
    E0509 "a role starves"
    E0510 "the protocol is too large when it is unrolled"
    W0901 "a receive after a timeout's guarded segment is not covered by it"
}
