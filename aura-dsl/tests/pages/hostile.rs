//! Names and strings that try to be something else than text.
//!
//! Every place of a text that takes a string or a name gets each of them: the file's name, a
//! comment, a line of the audit log, a condition, and what stands where it is no protocol at all.
//! Where the language refuses a string, the page shows the refusal with the string in it.

use std::fs;

use super::run;

/// Each ends an element, an attribute, a comment or a script, and sets `hit` if it is heard.
const STRINGS: &[&str] = &[
    "<script>window.hit=1</script>",
    "</script><script>window.hit=1</script>",
    "</title></desc></svg><img src=x onerror=window.hit=1>",
    "</pre></style><svg onload=window.hit=1>",
    "' onmouseover='window.hit=1' x='",
    "\u{22} autofocus onfocus=window.hit=1 x=\u{22}",
    "--><img src=x onerror=window.hit=1><!--",
    "]]><script>window.hit=1</script>",
    "&lt;img src=x onerror=window.hit=1&gt;",
    "&#60;script&#62;window.hit=1&#60;/script&#62;",
    "javascript:window.hit=1",
    "${window.hit=1}`+window.hit+`",
    "\u{202e}txet\u{202c}\u{200b}\u{feff}\u{2028}\u{2029}",
    "\u{e0041}\u{e0042}<b>",
    "﷽﷽﷽﷽世界🏴‍☠️e\u{301}\u{301}\u{301}",
];

/// A text with a string in every place.
pub(crate) struct Case {
    pub(crate) name: String,
    file: String,
    text: String,
    /// What the page must show, as text.
    pub(crate) shown: Vec<String>,
}

impl Case {
    /// The page about the text.
    pub(crate) fn page(&self) -> String {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(&self.file), &self.text).unwrap();
        let file = format!("./{}", self.file);
        let ran = run(folder.path(), &["audit", "--format", "html", &file]);
        String::from_utf8(ran.stdout).unwrap()
    }
}

/// As a reader sees it: what would act on the page is spelled out.
fn seen(string: &str) -> String {
    aura_dsl::escape::visible(string).into_owned()
}

/// In quotes of the language.
fn quoted(string: &str) -> String {
    string.replace('\\', "\\\\").replace('"', "\\\"")
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (at, string) in STRINGS.iter().enumerate() {
        let name = string.replace('/', "\u{2215}");
        let case = |what: &str, file: String, text: String, shown: Vec<String>| Case {
            name: format!("{what} {at}"),
            file,
            text,
            shown,
        };
        let quoted = quoted(string);
        let whole = format!(
            "// {string}\n#[namespace = \"t\"]\n#[version = \"1\"]\n\nmessage Ask {{ name: String }}\n\n\
             protocol Whole {{\n    roles: A, B[n], C;\n\n    A[guard_capability = \"ask\", \
             audit_log = \"{quoted}\"] -> B[*]: Ask;\n    A -> C: Ask;\n    choice C {{\n        \
             odd when (name == \"{quoted}\"): {{\n            C -> A: Yes;\n            \
             C -> B[*]: Yes;\n        }}\n        even: {{\n            C -> A: No;\n            \
             C -> B[*]: No;\n        }}\n    }}\n}}\n"
        );
        cases.push(case(
            "whole",
            format!("{name}.aura"),
            whole.clone(),
            vec![seen(string).trim().to_owned()],
        ));
        let broken = whole.replace("C -> A: No", "C -> A: Yes");
        cases.push(case("broken", "x.aura".into(), broken, Vec::new()));
        for (what, text) in [
            (
                "namespace",
                whole.replace("\"t\"", &format!("\"{quoted}\"")),
            ),
            ("version", whole.replace("\"1\"", &format!("\"{quoted}\""))),
            ("protocol", whole.replace("Whole", string)),
            (
                "role",
                whole.replace("roles: A", &format!("roles: {string}")),
            ),
        ] {
            cases.push(case(what, "x.aura".into(), text, Vec::new()));
        }
    }
    cases
}
