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
    E0111 "a file that cannot be read"
    E0112 "what an export cannot say in the other language"
    E0201 "a role that the protocol does not declare"
    E0202 "a name that is declared twice"
    E0203 "a payload type that nobody declares"
    E0204 "a capability that is not declared"
    E0205 "a call of a protocol that nobody declares"
    E0206 "a call's arguments do not fit the callee's roles"
    E0207 "a protocol calls itself where more would follow"
    E0208 "calls and ranges unfold to too many steps"
    E0209 "an import that cannot be loaded"
    E0210 "an import that leaves the project's root"
    E0211 "files that import each other in a circle"
    E0212 "an index that no `for` over the family binds"
    E0213 "an index beyond the family's size"
    E0214 "a quorum that the family cannot fill"
    E0215 "a quorum that receives"
    E0216 "a single role with brackets"
    E0217 "a family without brackets"
    E0218 "a range that names nobody"
    E0219 "a split family that is named otherwise than split"
    E0220 "a `continue` without its `rec`"
    E0221 "one label with two payloads"
    E0222 "a declared message with another payload"
    E0223 "a local step reads something that nobody wrote"
    E0224 "a type with a wrong number of type arguments"
    E0225 "a type that contains itself"
    E0226 "a context with two kinds, or with none"
    E0227 "a family or loop of size zero"
    E0228 "several participants where one is wanted"
    E0229 "members of a family send to many others"
    E0230 "a duration that does not fit into 64 bits"
    E0301 "a participant that sends to itself"
    E0302 "two branches of a choice with one label"
    E0303 "a choice whose branches are all guarded"
    E0304 "a guard that reads what its decider does not know"
    E0305 "a guard that does not compare like with like"
    E0306 "a step behind a `continue`"
    E0307 "a `continue` that leaves a counted loop, a `for` or a `par`"
    E0308 "a recursion in which nothing happens"
    E0309 "two branches of a `par` that send the same"
    E0310 "two branches of a `par` without an end"
    E0311 "a family inside of a `for` over it"
    E0312 "a family's choice that is not one answer a branch"
    E0313 "a timer of a single member of a family"
    E0314 "a local step reads what its role may not have"
    E0315 "two names that are one in generated code"
    E0316 "one local step with two signatures"
    E0317 "a collection of values that take no bytes"
    E0401 "an annotation that does not exist"
    E0402 "an annotation that is given twice"
    E0403 "a value of the wrong kind"
    E0404 "a cost of zero"
    E0405 "an observer class that does not exist"
    E0406 "a leakage that cannot be kept in millionths"
    E0407 "a capability that is not written as one"
    E0408 "arguments that do not fit a capability's parameters"
    E0409 "journal facts that are not written as such"
    E0410 "a field that the payload does not have"
    E0411 "a receipt that never arrived"
    E0412 "an attribute that does not exist"
    E0413 "an attribute that is given twice"
    E0414 "a protocol without a namespace"
    E0415 "a namespace that is claimed twice"
    E0416 "a namespace or version that is not written as one"
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
    E0601 "a role carries something into another context without a bridge"
    E0602 "a message stands in no context while others stand in one"
    E0603 "a context inside of another one without a bridge"
    W0901 "a receive after a timeout's guarded segment is not covered by it"
    W0902 "a role that takes part in nothing"
    W0903 "a payload type that nothing uses"
    W0904 "a message that no protocol sends"
    W0905 "a capability that no message demands"
    W0906 "a message that no guard protects"
    W0907 "facts are to be merged, and there are none"
    W0908 "what an import keeps as a comment only"
    W0920 "somebody waits for ever if a participant crashes"
    W0921 "a channel may hold any number of messages"
}
