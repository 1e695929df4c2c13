//! `--format html`: the same page from `project` and `audit`, as snapshots, and its policy.

use std::fmt::Write as _;

use aura_dsl::emit::html::{POLICY, SCRIPT, STYLE};
use sha2::{Digest, Sha256};

use super::{hostile, printed, protocols};

/// The page without style and script, which stand in files of their own.
fn body(page: &str) -> String {
    let page = page.replace(STYLE, "..").replace(SCRIPT, "..");
    page.replace(POLICY, "..")
}

#[test]
fn pages_are_as_they_were() {
    for (name, path) in [
        ("snapshot_gc", "../protocols/snapshot_gc/snapshot_gc.aura"),
        ("search", "../protocols/search/search.aura"),
        (
            "refused_page",
            "tests/corpus/verdict-fail/third-role-uninformed.aura",
        ),
        (
            "with_errors",
            "tests/corpus/check-fail/branches-with-one-label.aura",
        ),
    ] {
        let page = printed(&["audit", "--format", "html", path]);
        insta::assert_snapshot!(format!("page_{name}"), body(&page));
    }
}

#[test]
fn project_and_audit_write_the_same_page() {
    for path in protocols() {
        let path = path.to_str().unwrap();
        let project = printed(&["project", "--format", "html", path]);
        assert_eq!(project, printed(&["audit", "--format", "html", path]));
    }
}

#[test]
fn a_page_of_sizes_that_are_decided_has_no_fields_for_them() {
    let path = "../protocols/snapshot_gc/snapshot_gc.aura";
    let page = printed(&["project", "--format", "html", "--sizes", "m=5,t=3", path]);
    assert!(!page.contains("<form"), "{page}");
    assert!(page.contains(">410 needed</td>"), "{page}");
}

#[test]
fn the_policy_names_the_style_and_the_script() {
    for (kind, text) in [("style", STYLE), ("script", SCRIPT)] {
        let hash = format!("{kind}-src 'sha256-{}'", base64(&Sha256::digest(text)));
        assert!(POLICY.contains(&hash), "the policy must say {hash}");
    }
}

/// As RFC 4648 writes it.
fn base64(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let mut bits = 0u32;
        for (at, byte) in chunk.iter().enumerate() {
            bits |= u32::from(*byte) << (16 - 8 * at);
        }
        for at in 0..=chunk.len() {
            let sign = (bits >> (18 - 6 * at)) & 63;
            let _ = write!(out, "{}", SIGNS[sign as usize] as char);
        }
        out.extend(std::iter::repeat_n('=', 3 - chunk.len()));
    }
    out
}

#[test]
fn no_string_of_whoever_means_harm_is_markup() {
    for case in hostile::cases() {
        let page = body(&case.page());
        assert_eq!(page.matches("<!--").count(), 0, "{}", case.name);
        assert_eq!(page.matches("<img").count(), 0, "{}", case.name);
        let scripts = page.matches("<script").count();
        let data = page.matches("<script type=\"application/json\"").count();
        assert_eq!(scripts, data + 1, "{}", case.name);
        assert_eq!(page.matches("</script>").count(), scripts, "{}", case.name);
    }
}
