//! The tables of a page follow the sizes that are filled in, as `audit --sizes` prints them.
//!
//! What is compared: every bound of every table, at sizes that fit, at some of the sizes alone, and
//! at sizes that do not fit, where the command line refuses and the page says so.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::browser::{Tab, in_browser};
use super::{files, here, printed, protocols, run};

/// The sizes of all protocols of a text, by name.
async fn sizes(tab: &Tab) -> Vec<String> {
    let labels =
        "return [...document.querySelectorAll('.fields label')].map((l) => l.textContent);";
    let labels = tab.run(labels).await;
    let labels = labels.as_array().unwrap().iter();
    let labels: BTreeSet<_> = labels
        .map(|label| label.as_str().unwrap().to_owned())
        .collect();
    labels.into_iter().collect()
}

/// No size, each alone, all alike, and all in both orders, of which one breaks a quorum.
fn choices(names: &[String]) -> Vec<Vec<(String, String)>> {
    let alike = |value: &str| {
        let all = names.iter().map(|name| (name.clone(), value.to_owned()));
        all.collect::<Vec<_>>()
    };
    let ordered = |up: bool| {
        let values = names.iter().enumerate().map(|(at, name)| {
            let value = if up { at + 2 } else { names.len() - at + 1 };
            (name.clone(), value.to_string())
        });
        values.collect::<Vec<_>>()
    };
    let mut all = vec![Vec::new()];
    if !names.is_empty() {
        all.extend(alike("3").into_iter().map(|one| vec![one]));
        all.extend(["1", "7", "18446744073709551615"].map(alike));
        all.extend([ordered(true), ordered(false)]);
    }
    all
}

/// Fills in the fields of every protocol, as a reader would.
async fn fill(tab: &Tab, choice: &[(String, String)]) {
    let choice: serde_json::Map<_, _> = choice
        .iter()
        .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
        .collect();
    let choice = Value::Object(choice);
    tab.run(&format!(
        "const choice = {choice};
         for (const field of document.querySelectorAll('.fields input')) {{
             field.value = choice[field.labels[0].textContent] ?? '';
             field.dispatchEvent(new Event('input', {{ bubbles: true }}));
         }}"
    ))
    .await;
}

/// What the tables of a protocol show: two texts for each bound.
async fn shown(tab: &Tab, name: &str) -> Vec<String> {
    let cells = format!(
        "const article = [...document.querySelectorAll('article')]
             .find((article) => article.querySelector('h2').textContent === {});
         return [...article.querySelectorAll('td.bound')].map((cell) => cell.textContent);",
        Value::from(name)
    );
    let cells = tab.run(&cells).await;
    let cells = cells.as_array().unwrap().iter();
    cells
        .map(|cell| cell.as_str().unwrap().to_owned())
        .collect()
}

/// The same two texts out of the JSON.
fn bounds(range: &Value, out: &mut Vec<String>) {
    let text = |part: &str| range[part]["text"].as_str().unwrap().to_owned();
    let quorum = range["needed"]["terms"] != range["best"]["terms"];
    out.push(if quorum {
        format!("{} needed", text("needed"))
    } else {
        text("best")
    });
    out.push(text("worst"));
}

fn row(row: &Value, amount: &Value, out: &mut Vec<String>) {
    let member = &row["per_member"];
    if amount["best"].is_object() {
        bounds(amount, out);
        if member["best"].is_object() {
            bounds(member, out);
        }
    }
    for (at, endless) in amount["endless"].as_array().unwrap().iter().enumerate() {
        for part in ["before", "round"] {
            bounds(&endless[part], out);
            if member.is_object() {
                bounds(&member["endless"][at][part], out);
            }
        }
    }
}

fn account(costs: &Value, out: &mut Vec<String>) {
    row(&Value::Null, &costs["run"], out);
    for part in ["roles", "pairs"] {
        for entry in costs[part].as_array().unwrap() {
            row(entry, entry, out);
        }
    }
}

/// All bounds that the command line prints, in the order of the page, which leaves out the classes
/// that learn nothing at any size.
fn expected(protocol: &Value, leaks: &[bool]) -> Vec<String> {
    let mut all = Vec::new();
    account(&protocol["audit"]["cost"], &mut all);
    let classes = protocol["audit"]["leakage"].as_array().unwrap();
    for (class, _) in classes.iter().zip(leaks).filter(|(_, leaks)| **leaks) {
        account(class, &mut all);
    }
    all
}

/// Which classes of observers learn something.
fn leaks(protocol: &Value) -> Vec<bool> {
    let classes = protocol["audit"]["leakage"].as_array().unwrap();
    let learns = |class: &Value| {
        let mut bounds = Vec::new();
        account(class, &mut bounds);
        bounds.iter().any(|bound| bound != "0")
    };
    classes.iter().map(learns).collect()
}

/// The audits of a text at sizes, unless they are refused.
fn audited(path: &str, sizes: &str) -> Option<Vec<Value>> {
    let mut args = vec!["audit", "--format", "json", path];
    if !sizes.is_empty() {
        args.extend(["--sizes", sizes]);
    }
    let ran = run(&here(), &args);
    if ran.status.code() == Some(2) {
        return None;
    }
    let json: Value = serde_json::from_slice(&ran.stdout).unwrap();
    Some(json["files"][0]["protocols"].as_array().unwrap().clone())
}

/// Compares a page with the command line at every choice; how many bounds were compared.
async fn compare(tab: &Tab, path: &Path) -> usize {
    let path = path.to_str().unwrap();
    tab.open("page.html", &printed(&["audit", "--format", "html", path]))
        .await;
    let names = sizes(tab).await;
    let symbolic = audited(path, "").unwrap();
    let mut compared = 0;
    for choice in choices(&names) {
        fill(tab, &choice).await;
        let given: Vec<_> = choice
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let given = given.join(",");
        let said =
            "return [...document.querySelectorAll('.said')].map((s) => s.textContent).join('');";
        let said = tab.run(said).await;
        let said = said.as_str().unwrap();
        let Some(audits) = audited(path, &given) else {
            assert!(!said.is_empty(), "{path} at {given} is not refused");
            continue;
        };
        assert_eq!(said, "", "{path} at {given}");
        for (protocol, symbolic) in audits.iter().zip(&symbolic) {
            if protocol["audit"].is_null() {
                continue;
            }
            let name = protocol["name"].as_str().unwrap();
            let expected = expected(protocol, &leaks(symbolic));
            assert_eq!(
                shown(tab, name).await,
                expected,
                "{path}: {name} at {given}"
            );
            compared += expected.len();
        }
    }
    compared
}

#[test]
fn tables_of_all_protocols_follow_the_sizes() {
    in_browser("tables_of_all_protocols_follow_the_sizes", async |tab| {
        let mut compared = 0;
        for path in protocols() {
            compared += compare(tab, &path).await;
        }
        assert!(compared > 1000, "{compared}");
    });
}

#[test]
fn tables_of_the_corpus_follow_the_sizes() {
    in_browser("tables_of_the_corpus_follow_the_sizes", async |tab| {
        let mut compared = 0;
        for path in files("tests/corpus/pass") {
            compared += compare(tab, &path).await;
        }
        assert!(compared > 1000, "{compared}");
    });
}

#[test]
fn what_is_typed_is_judged_as_it_is_typed() {
    let path = "../protocols/snapshot_gc/snapshot_gc.aura";
    let page = printed(&["audit", "--format", "html", "--sizes", "m=5", path]);
    in_browser("what_is_typed_is_judged_as_it_is_typed", async |tab| {
        tab.open("page.html", &page).await;
        let run = "return document.querySelector('td.bound').textContent;";
        assert_eq!(
            tab.run(run).await,
            "t·20 + 350 needed",
            "--sizes fills a field"
        );
        let second = ".field:nth-of-type(2) input";
        tab.type_into(second, "3").await;
        assert_eq!(tab.run(run).await, "410 needed");
        tab.type_into(second, "6").await;
        let said = "return document.querySelector('.said').textContent;";
        assert_eq!(tab.run(said).await, "t is at most 5");
        let invalid = "return document.querySelectorAll('[aria-invalid]').length;";
        assert_eq!(tab.run(invalid).await, 1);
        tab.type_into(second, "-1").await;
        assert_eq!(tab.run(said).await, "t is not a whole number below 2^64");
        tab.run("document.querySelector('button[type=reset]').click();")
            .await;
        tab.run("return new Promise((done) => setTimeout(done, 50));")
            .await;
        assert_eq!(tab.run(said).await, "");
        assert!(tab.complaints().await.is_empty());
    });
}
