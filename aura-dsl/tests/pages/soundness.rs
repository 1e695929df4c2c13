//! Pages in a browser: they say nothing wrong to the console, fit the window, can be read and
//! reached by everybody, and show texts of whoever means harm as texts.

use serde_json::Value;
use thirtyfour::Key;

use super::browser::{Tab, in_browser};
use super::{here, hostile, printed, protocols};

pub(crate) const CHECKS: &str = include_str!("checks.js");

/// Windows: wide and narrow, light and dark.
const LOOKS: [(u32, &str); 3] = [(1280, "light"), (380, "light"), (380, "dark")];

/// Texts that are refused, each for another reason or in another shape.
pub(crate) const REFUSED: [&str; 6] = [
    "tests/corpus/verdict-fail/fork-without-knowing.aura",
    "tests/corpus/verdict-fail/third-role-uninformed.aura",
    "tests/corpus/verdict-fail/timeout-success-is-silent.aura",
    "tests/corpus/verdict-fail/constant-index-makes-too-many-members.aura",
    "tests/corpus/check-fail/branches-with-one-label.aura",
    "tests/corpus/syntax-fail",
];

async fn sound(tab: &Tab, name: &str, page: &str) {
    for (width, scheme) in LOOKS {
        tab.look(width, scheme).await;
        tab.open("page.html", page).await;
        let complaints = tab.complaints().await;
        assert!(complaints.is_empty(), "{name}: {complaints:?}");
        let broken = tab.run(CHECKS).await;
        let broken = broken.as_array().unwrap();
        assert!(
            broken.is_empty(),
            "{name} at {width}, {scheme}: {broken:#?}"
        );
    }
}

#[test]
fn every_page_is_for_everybody() {
    in_browser("every_page_is_for_everybody", async |tab| {
        for path in protocols() {
            let path = path.to_str().unwrap();
            sound(tab, path, &printed(&["audit", "--format", "html", path])).await;
        }
        for path in REFUSED {
            sound(tab, path, &printed(&["audit", "--format", "html", path])).await;
        }
        let all = here().join("../protocols");
        let all = printed(&["project", "--format", "html", all.to_str().unwrap()]);
        sound(tab, "all protocols", &all).await;
    });
}

#[test]
fn a_page_is_read_by_keyboard() {
    let path = "../protocols/snapshot_gc/snapshot_gc.aura";
    let page = printed(&["audit", "--format", "html", path]);
    in_browser("a_page_is_read_by_keyboard", async |tab| {
        tab.look(1280, "light").await;
        tab.open("page.html", &page).await;
        tab.press(Key::Tab).await;
        let focused = "return document.activeElement.className;";
        assert_eq!(tab.run(focused).await, "skip");
        let left = "return document.activeElement.getBoundingClientRect().left >= 0;";
        assert_eq!(tab.run(left).await, true, "the way to skip is seen");
        tab.press(Key::Enter).await;
        let reached = "return document.activeElement.id;";
        assert_eq!(tab.run(reached).await, "main");
    });
}

#[test]
fn strings_of_whoever_means_harm_are_texts() {
    in_browser("strings_of_whoever_means_harm_are_texts", async |tab| {
        tab.look(380, "dark").await;
        for case in hostile::cases() {
            let page = case.page();
            tab.open("page.html", &page).await;
            let complaints = tab.complaints().await;
            assert!(complaints.is_empty(), "{}: {complaints:?}", case.name);
            let wide = "const { scrollWidth, clientWidth } = document.documentElement;
                return scrollWidth > clientWidth;";
            assert_eq!(tab.run(wide).await, false, "{}", case.name);
            let broke_out = tab
                .run(
                    "const allowed = new Set(['SCRIPT', 'STYLE', 'META', 'TITLE']);
                     return [...document.querySelectorAll('*')].filter((element) =>
                         ['IMG', 'IFRAME', 'OBJECT', 'EMBED', 'LINK', 'BASE', 'AUDIO', 'VIDEO']
                             .includes(element.tagName)
                         || [...element.attributes].some(({ name }) => name.startsWith('on'))
                         || (element.tagName === 'SCRIPT' && element.closest('svg'))
                     ).map((element) => element.outerHTML.slice(0, 80))
                     .concat(typeof window.hit === 'undefined' ? [] : ['it ran']);",
                )
                .await;
            assert_eq!(broke_out, Value::Array(Vec::new()), "{}", case.name);
            let shown = tab.run("return document.body.textContent;").await;
            for string in &case.shown {
                assert!(
                    shown.as_str().unwrap().contains(string.as_str()),
                    "{}: {string}",
                    case.name
                );
            }
        }
    });
}
