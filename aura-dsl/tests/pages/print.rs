//! Pages on paper: the same page as it is printed, on a sheet of A4, whatever the reader's scheme.

use super::browser::in_browser;
use super::legible::generated;
use super::soundness::{CHECKS, REFUSED};
use super::{printed, protocols, run};

const PRINT: &str = include_str!("print.js");

/// The width of a sheet of A4 between the margins that the page sets, in pixels.
const SHEET: u32 = 680;

#[test]
fn printed_pages_are_whole() {
    in_browser("printed_pages_are_whole", async |tab| {
        let mut paths: Vec<_> = protocols()
            .into_iter()
            .map(|path| path.to_str().unwrap().to_owned())
            .collect();
        paths.extend(REFUSED.map(str::to_owned));
        let audited = |path: String| {
            let page = printed(&["audit", "--format", "html", &path]);
            (path, page)
        };
        let mut pages: Vec<_> = paths.into_iter().map(audited).collect();
        // Charts over many sheets, of participants with long names.
        let folder = tempfile::tempdir().unwrap();
        for roles in [2, 4, 7] {
            std::fs::write(folder.path().join("g.aura"), generated(roles, 40, 7)).unwrap();
            let ran = run(folder.path(), &["audit", "--format", "html", "g.aura"]);
            let page = String::from_utf8(ran.stdout).unwrap();
            pages.push((format!("{roles} roles"), page));
        }
        let mut cut = 0;
        for (path, page) in pages {
            tab.look(1280, "dark").await;
            tab.open("page.html", &page).await;
            let shut = "return document.querySelectorAll('details[open]').length;";
            assert_eq!(tab.run(shut).await, 0, "{path}");
            // One size of each protocol is filled in: that one is printed, the others are not.
            tab.run("for (const form of document.forms) form.querySelector('input').value = '3';")
                .await;
            tab.print_as(SHEET, "dark").await;
            tab.run("dispatchEvent(new Event('beforeprint'));").await;
            let looked = tab.run(PRINT).await;
            let found = looked["found"].as_array().unwrap();
            assert!(found.is_empty(), "{path}: {found:#?}");
            let broken = tab.run(CHECKS).await;
            assert_eq!(broken, serde_json::json!([]), "{path}");
            let pictures = "return document.querySelectorAll('svg.picture:not(.piece)').length;";
            let pictures = tab.run(pictures).await.as_u64().unwrap();
            cut += looked["pieces"].as_u64().unwrap() - pictures;
            tab.run("dispatchEvent(new Event('afterprint'));").await;
            assert_eq!(tab.run(shut).await, 0, "{path}: folded again");
        }
        assert!(cut > 8, "only {cut} cuts were looked at");
    });
}

#[test]
fn a_page_becomes_sheets() {
    let path = "../protocols/guardian_recovery/guardian_recovery.aura";
    let page = printed(&["audit", "--format", "html", path]);
    in_browser("a_page_becomes_sheets", async |tab| {
        tab.open("page.html", &page).await;
        let sheets = tab.sheets().await;
        assert!((10..60).contains(&sheets), "{sheets}");
    });
}
