//! `project --format svg`: protocols, a run that goes wrong, and machines of every kind.

use super::printed;

/// What stands between the elements, and whether elements close as they open.
fn texts(svg: &str) -> Vec<String> {
    let mut open: Vec<&str> = Vec::new();
    let mut texts = Vec::new();
    let mut rest = svg;
    while let Some(at) = rest.find('<') {
        texts.push(rest[..at].trim().to_owned());
        let end = rest.find('>').unwrap();
        let tag = &rest[at + 1..end];
        rest = &rest[end + 1..];
        if let Some(closed) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closed), "{svg}");
        } else if !tag.ends_with('/') {
            open.push(tag.split([' ', '\n']).next().unwrap());
        }
    }
    assert!(open.is_empty(), "{open:?}");
    texts.retain(|text| !text.is_empty());
    texts
}

#[test]
fn pictures_are_as_they_were() {
    for (name, args) in [
        ("search", &["../protocols/search/search.aura"][..]),
        (
            "snapshot_gc",
            &["../protocols/snapshot_gc/snapshot_gc.aura"],
        ),
        (
            "refused",
            &["tests/corpus/verdict-fail/fork-without-knowing.aura"],
        ),
        (
            "every_construct",
            &["tests/corpus/pass/par-inside-of-a-counted-loop.aura"],
        ),
    ] {
        let args = [&["project", "--format", "svg"], args].concat();
        insta::assert_snapshot!(name, printed(&args));
    }
}

#[test]
fn every_picture_of_the_corpus_is_well_formed() {
    for folder in [
        "tests/corpus/pass",
        "tests/corpus/verdict-fail",
        "../protocols",
    ] {
        let svg = printed(&["project", "--format", "svg", folder]);
        let texts = texts(&svg);
        assert!(texts.len() > 100, "{folder}: {}", texts.len());
        assert!(
            !svg.contains("<script") && !svg.contains("href"),
            "{folder}"
        );
    }
}

#[test]
fn one_role_is_its_machine_alone() {
    let args = ["project", "--format", "svg", "--role", "P"];
    let svg = printed(&[&args[..], &["../protocols/snapshot_gc/snapshot_gc.aura"]].concat());
    let titles = svg.matches("<text class=\"title\"").count();
    assert_eq!(titles, 1);
    assert!(svg.contains("P, state by state"));
}
