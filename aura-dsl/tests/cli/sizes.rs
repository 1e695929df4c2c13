//! `--sizes`: what is decided and shown at sizes that were given.

use super::Folder;

const QUORUM: &str = "#[namespace = \"t\"]\nprotocol Quorum {\n    roles: A, Q[m], W[k];\n    \
    A -> Q[*]: Ask;\n    Q[any t] -> A: Answer;\n    loop (count: n) {\n        A -> W[*]: Tick;\n    }\n}\n";
const SPLIT: &str = "#[namespace = \"t2\"]\nprotocol Split {\n    roles: A, Q[m];\n    \
    A -> Q[0..t]: Go;\n    A -> Q[t..m]: Stay;\n    Q[0..t] -> A: Done;\n}\n";

#[test]
fn a_verdict_names_the_sizes_that_it_was_decided_for() {
    let folder = Folder::new(&[("q.aura", QUORUM)]);
    let whole = folder.run(&["check", "--sizes", "m=5,t=3,k=2,n=4", "q.aura"]);
    assert_eq!(whole.code, 0, "{}", whole.err);
    let method = "\n  complete projection with automata, decided for m=5, k=2, t=3, n=4\n";
    assert!(whole.out.contains(method), "{}", whole.out);
    let some = folder.run(&["check", "--sizes", "m=5", "q.aura"]);
    let method = "decided for m=5, for every k (at k=2, quorums at 1; cutoff argued";
    assert!(some.out.contains(method), "{}", some.out);
    let large = folder.run(&["check", "--sizes", "m=5000000,t=3,k=1,n=1", "q.aura"]);
    let method = "t=3, n=1 (at |Q|=2, quorums at 1; cutoff argued";
    assert!(large.out.contains(method), "{}", large.out);
}

#[test]
fn local_types_are_shown_at_their_sizes() {
    let folder = Folder::new(&[("q.aura", QUORUM), ("s.aura", SPLIT)]);
    let ran = folder.run(&["project", "--sizes", "m=5,t=3,n=4", "q.aura"]);
    for wanted in ["Q[any 3] -> A: Answer", "Q[any 3]?Answer", "loop 4 {"] {
        assert!(ran.out.contains(wanted), "{wanted}:\n{}", ran.out);
    }
    assert!(!ran.out.contains("any t"), "{}", ran.out);
    let ran = folder.run(&["project", "--sizes", "m=5,t=3", "s.aura"]);
    for wanted in ["A -> Q[0..3]: Go", "A -> Q[3..]: Stay"] {
        assert!(ran.out.contains(wanted), "{wanted}:\n{}", ran.out);
    }
    for empty in ["m=2,t=0", "m=2,t=2"] {
        let ran = folder.run(&["project", "--sizes", empty, "s.aura"]);
        assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    }
    let format = [
        "project", "--format", "machine", "--sizes", "m=5,t=3", "s.aura",
    ];
    let tables = folder.run(&format);
    let sizes = &tables.json()["protocols"][0]["sizes"];
    assert_eq!(sizes[0]["at_least"], 5);
}

#[test]
fn a_size_that_does_not_fit_is_shown_in_its_flag() {
    let folder = Folder::new(&[("q.aura", QUORUM)]);
    for command in ["check", "project", "audit"] {
        let ran = folder.run(&[command, "--sizes", "m=5,t=6,x=1", "q.aura"]);
        assert_eq!((ran.code, &*ran.out), (2, ""), "{command}");
        let place = "error: `t` is from 1 to 5 in `Quorum`\n  --sizes m=5,t=6,x=1\n              ^^^\n\
            error: no protocol here has a size `x`\n  --sizes m=5,t=6,x=1\n                  ^^^\n";
        assert!(ran.err.ends_with(place), "{command}:\n{}", ran.err);
    }
    let ran = folder.run(&["check", "--sizes", "m=0", "q.aura"]);
    assert!(
        ran.err
            .starts_with("error: `m` is at least 1 in `Quorum`\n")
    );
    let ran = folder.run(&["check", "--sizes", "m=5,m=6", "q.aura"]);
    let twice = "error: `m` is given twice\n  --sizes m=5,m=6\n              ^^^\n";
    assert!(ran.err.ends_with(twice), "{}", ran.err);
    assert_eq!(ran.code, 2);
}

/// The cutoff says that two members decide for all numbers of them; here the numbers are decided.
#[test]
fn what_is_implementable_for_every_size_is_so_at_each() {
    let pass = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/pass");
    let folder = Folder::new(&[]);
    for sizes in ["m=2", "m=3", "m=5,t=3", "m=9,t=9"] {
        let ran = folder.run(&["check", "--format", "json", "--sizes", sizes, pass]);
        let all = ran.json();
        let files = all["files"].as_array().unwrap().iter();
        let verdicts = files.flat_map(|file| file["protocols"].as_array().unwrap());
        let filled = verdicts.filter(|protocol| {
            assert_eq!(protocol["verdict"], "implementable", "{sizes}: {protocol}");
            let method = protocol["method"].as_str().unwrap();
            method.contains("decided for")
        });
        assert!(filled.count() > 8, "{sizes}");
    }
}
