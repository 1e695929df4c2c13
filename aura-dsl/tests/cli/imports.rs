//! Imports stay below the root, and what is outside of it stays unknown.
#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{Folder, GOOD, Ran};

/// A protocol that imports `path`, in `root/in/main.aura`, and a secret beside the root.
fn importing(path: &str) -> Folder {
    let folder = Folder::new(&[
        ("root/Cargo.toml", ""),
        ("root/in/near.aura", "type Near = u8;\n"),
        ("root/common.aura", "type Common = u8;\n"),
        ("secret.aura", "SECRET\n"),
    ]);
    let head = format!("#[namespace = \"t\"]\nimport \"{path}\";\n");
    folder.write(
        "root/in/main.aura",
        GOOD.replacen("#[namespace = \"t\"]\n", &head, 1),
    );
    folder
}

fn checked(folder: &Folder) -> Ran {
    folder.run(&["check", "root/in/main.aura"])
}

#[test]
fn imports_below_the_root_are_found() {
    for path in [
        "near.aura",
        "./near.aura",
        "../common.aura",
        "../in/../common.aura",
    ] {
        let ran = checked(&importing(path));
        assert_eq!(ran.code, 0, "{path}: {}", ran.err);
    }
    let folder = importing("near.aura");
    folder.write("root/in/near.aura", "type Near = ;\n");
    let ran = checked(&folder);
    assert!(ran.err.contains("--> root/in/near.aura:1:"), "{}", ran.err);
}

#[test]
fn imports_outside_the_root_are_neither_opened_nor_told_of() {
    use std::os::unix::fs::symlink;
    let mut told = Vec::new();
    for exists in [true, false] {
        let name = if exists { "secret" } else { "absent" };
        let outside = importing(&format!("../../{name}.aura"));
        told.push(checked(&outside).err.replace(name, "X"));
        let target = outside.path().join(format!("{name}.aura"));
        let absolute = importing(target.to_str().unwrap());
        let seen = checked(&absolute).err;
        assert!(seen.contains("E0210"), "{seen}");
        for link in [target.as_path(), Path::new(&format!("../../{name}.aura"))] {
            let linked = importing("link.aura");
            symlink(link, linked.path().join("root/in/link.aura")).unwrap();
            told.push(checked(&linked).err);
        }
        let through = importing("out/secret.aura");
        symlink("../..", through.path().join("root/in/out")).unwrap();
        if !exists {
            fs::remove_file(through.path().join("secret.aura")).unwrap();
        }
        told.push(checked(&through).err);
    }
    for seen in &told {
        assert!(seen.contains("E0210") && !seen.contains("SECRET"), "{seen}");
        assert_eq!(seen.matches("error[").count(), 1, "{seen}");
    }
    let (existing, missing) = told.split_at(told.len() / 2);
    assert_eq!(
        existing, missing,
        "the answer tells whether the file exists"
    );
}

#[test]
fn links_inside_of_the_root_are_followed() {
    use std::os::unix::fs::symlink;
    let folder = importing("link.aura");
    symlink("../common.aura", folder.path().join("root/in/link.aura")).unwrap();
    assert_eq!(checked(&folder).code, 0);
    let folder = importing("link.aura");
    symlink("link.aura", folder.path().join("root/in/link.aura")).unwrap();
    assert!(checked(&folder).err.contains("E0209"));
}

#[test]
fn what_is_no_text_file_is_one_clear_error() {
    let fifo = |path: &Path| {
        let made = Command::new("mkfifo").arg(path).status().unwrap();
        assert!(made.success());
    };
    let folder = importing("pipe.aura");
    fifo(&folder.path().join("root/in/pipe.aura"));
    let ran = checked(&folder);
    assert!(
        ran.err.contains("E0209") && ran.err.contains("not a regular file"),
        "{}",
        ran.err
    );
    let ran = folder.run(&["check", "root/in/pipe.aura"]);
    assert!(ran.err.contains("not a regular file"), "{}", ran.err);
    assert_eq!(folder.run(&["check", "/dev/zero"]).code, 1);
    let folder = importing("../in");
    assert!(checked(&folder).err.contains("it is a folder"));
    let folder = importing("latin.aura");
    folder.write("root/in/latin.aura", b"// gr\xfc\xdfe\n");
    assert!(checked(&folder).err.contains("not UTF-8"));
    let folder = Folder::new(&[]);
    folder.write("latin.aura", b"// gr\xfc\xdfe\n");
    let ran = folder.run(&["check", "latin.aura"]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!("a_file_that_is_not_utf8", ran.err);
    let ran = folder.run(&["check", "--format", "json", "latin.aura"]);
    assert_eq!(ran.json()["diagnostics"][0]["code"], "E0111");
}

#[test]
fn a_file_outside_the_chosen_root_is_refused() {
    let folder = Folder::new(&[("a/good.aura", GOOD), ("b/x.txt", "")]);
    assert_eq!(folder.run(&["check", "--root", "b", "a/good.aura"]).code, 2);
    assert_eq!(folder.run(&["check", "--root", "a", "a/good.aura"]).code, 0);
    assert_eq!(
        folder
            .run(&["check", "--root", "missing", "a/good.aura"])
            .code,
        2
    );
}

/// What an imported file does wrong is told in that file, called or not, and once.
#[test]
fn rules_of_imported_protocols_are_told_in_their_file() {
    let library = "#[namespace = \"l\"]\nprotocol Lib {\n    roles: X, Y;\n    X -> X: Alone;\n    \
        par { { X -> Y: Same; } { X -> Y: Same; } }\n}\n";
    for call in ["", "call Lib(A, B);"] {
        let main = GOOD.replacen("]\n", "]\nimport \"lib.aura\";\n", 1);
        let main = main.replace("B: M;\n", &format!("B: M;\n    {call}\n"));
        let folder = Folder::new(&[("lib.aura", library), ("main.aura", &main)]);
        let ran = folder.run(&["check", "main.aura"]);
        assert_eq!(ran.code, 1, "{call}: {}", ran.err);
        for (code, place) in [("E0301", "lib.aura:4:10"), ("E0309", "lib.aura:5:39")] {
            let shown = ran.err.matches(&format!("error[{code}]")).count();
            assert_eq!(shown, 1, "{call}: {}", ran.err);
            assert!(
                ran.err.contains(&format!("--> {place}\n")),
                "{call}: {}",
                ran.err
            );
        }
        // Its warnings are for whoever writes it, or calls it.
        let warned = ran.err.contains("warning");
        assert_eq!(warned, !call.is_empty(), "{call}: {}", ran.err);
    }
}

/// Scribble has no capabilities, so nobody could follow the warning; the audit still tells.
#[test]
fn messages_of_scribble_protocols_are_not_warned_of() {
    let text = "global protocol Ping(role A, role B) { Ping() from A to B; }\n";
    let folder = Folder::new(&[("ping.nuscr", text)]);
    let ran = folder.run(&["check", "--deny", "warnings", "ping.nuscr"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    let audit = folder.run(&["audit", "ping.nuscr"]);
    assert!(
        audit.out.contains("unguarded") || audit.out.contains("none"),
        "{}",
        audit.out
    );
}

#[test]
fn a_name_that_is_given_is_the_namespace_of_an_import() {
    let folder = Folder::new(&[
        (
            "ping.scr",
            "module a.Ping;\nglobal protocol Ping(role A, role B) { Ping() from A to B; }\n",
        ),
        (
            "pong.nuscr",
            "global protocol Pong(role A, role B) { Pong() from A to B; }\n",
        ),
    ]);
    for (args, namespace) in [
        (&["import", "ping.scr"][..], "a.Ping"),
        (&["import", "--name", "mine", "ping.scr"], "mine"),
        (&["import", "pong.nuscr"], "pong"),
        (&["import", "--name", "no \"text\"", "pong.nuscr"], "notext"),
    ] {
        let ran = folder.run(args);
        let first = ran.out.lines().next();
        assert_eq!(
            first,
            Some(&*format!("#[namespace = \"{namespace}\"]")),
            "{args:?}"
        );
    }
}
