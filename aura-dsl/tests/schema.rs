//! Every JSON that the compiler writes is valid against its published schema, and says what the
//! text says.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "edge: a test that runs the binary on files"
)]

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// What the command prints about the whole corpus and all protocols of the repository.
fn printed(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_aura-dsl"))
        .args(args)
        .args(["aura-dsl/tests/corpus", "protocols"])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap())
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

fn json(args: &[&str]) -> Value {
    serde_json::from_str(&printed(args)).unwrap()
}

fn schema(name: &str) -> jsonschema::Validator {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .join("docs/schema")
        .join(format!("{name}.schema.json"));
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert!(jsonschema::meta::is_valid(&schema));
    jsonschema::validator_for(&schema).unwrap()
}

fn assert_valid(name: &str, args: &[&str]) {
    let value = json(args);
    let errors: Vec<String> = schema(name)
        .iter_errors(&value)
        .take(5)
        .map(|error| format!("{}: {error:.300}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

#[test]
fn check_fits_its_schema() {
    assert_valid("check", &["check", "--format", "json"]);
}

#[test]
fn project_fits_its_schema() {
    assert_valid("project", &["project", "--format", "json"]);
}

#[test]
fn audit_fits_its_schema() {
    assert_valid("audit", &["audit", "--format", "json"]);
}

#[test]
fn machine_fits_its_schema() {
    assert_valid("machine", &["project", "--format", "machine"]);
}

#[test]
fn schemas_refuse_what_does_not_fit() {
    let mut value = json(&["check", "--format", "json"]);
    value["files"][0]["verdict"] = "perhaps".into();
    assert!(!schema("check").is_valid(&value));
}

/// The protocols of all files, in order.
fn protocols(value: &Value) -> Vec<&Value> {
    let files = value["files"].as_array().unwrap().iter();
    files
        .flat_map(|file| file["protocols"].as_array().unwrap())
        .collect()
}

/// A range as the text puts it.
fn in_words(amount: &Value) -> String {
    let text = |key: &str| amount[key]["text"].as_str().unwrap();
    let (best, worst, needed) = (text("best"), text("worst"), text("needed"));
    if amount["needed"]["terms"] != amount["best"]["terms"] {
        format!("{needed} needed, {worst} at most")
    } else if amount["best"] == amount["worst"] {
        worst.to_owned()
    } else {
        format!("{best} at least, {worst} at most")
    }
}

/// The rows of a table of the text, cells apart, in order: `cost`, `leakage to group`.
fn rows(audit: &str, table: &str) -> Vec<Vec<String>> {
    let mut lines = audit.lines().skip_while(|line| *line != table).skip(2);
    let rows = lines.by_ref().take_while(|line| line.starts_with("  "));
    rows.map(|row| {
        row.split("  ")
            .map(str::trim)
            .filter(|cell| !cell.is_empty())
    })
    .map(|cells| cells.map(str::to_owned).collect())
    .collect()
}

fn assert_same_numbers(audit: &str, table: &str, account: &Value) {
    let mut expected = Vec::new();
    let run = std::iter::once((vec!["run".to_owned()], &account["run"]));
    let list = |key: &str| account[key].as_array().unwrap().iter();
    let parties = list("roles").chain(list("pairs")).map(|row| {
        let parties = [&row["role"], &row["peer"]]
            .into_iter()
            .filter_map(Value::as_str);
        (parties.map(str::to_owned).collect(), row)
    });
    for (mut cells, amount) in run.chain(parties) {
        // A run without an end has one row before and one for each round; their numbers are of
        // the same kind.
        if amount["best"].is_null() {
            return;
        }
        let endless = amount["endless"].as_array().unwrap().len();
        cells.push(in_words(amount));
        if !amount["per_member"].is_null() {
            cells.push(in_words(&amount["per_member"]));
        }
        expected.push(cells);
        if endless > 0 {
            return;
        }
    }
    assert_eq!(rows(audit, table), expected, "{table} of\n{audit}");
}

/// Every fact of the text stands in the JSON, in order, and the reverse.
fn assert_same_facts(audit: &str, facts: &Value) {
    fn collect(facts: &Value, found: &mut Vec<String>) {
        for step in facts.as_array().unwrap() {
            if step["kind"] == "facts" {
                let names = step["facts"].as_array().unwrap().iter();
                let names: Vec<&str> = names.filter_map(Value::as_str).collect();
                let merged = if step["merged"] == true {
                    ", merged by the receiver"
                } else {
                    ""
                };
                let (role, line) = (step["role"].as_str().unwrap(), &step["line"]);
                found.push(format!(
                    "{role}: {}  (line {line}{merged})",
                    names.join(", ")
                ));
            }
            for branch in step["branches"].as_array().into_iter().flatten() {
                collect(&branch["facts"], found);
            }
            if step["facts"].is_array() && step["kind"] != "facts" {
                collect(&step["facts"], found);
            }
        }
    }
    let mut expected = Vec::new();
    collect(facts, &mut expected);
    let lines = audit.lines().skip_while(|line| *line != "facts").skip(1);
    let lines = lines.take_while(|line| line.starts_with("  "));
    let written: Vec<&str> = lines
        .filter(|line| line.contains("  (line "))
        .map(str::trim)
        .collect();
    assert_eq!(written, expected, "facts of\n{audit}");
}

/// Who waits for whom after a crash, and how many messages wait for a slow receiver.
fn assert_same_resilience(audit: &str, resilience: &Value) {
    if resilience["too_large"] == true {
        return;
    }
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut crashes = Vec::new();
    for crash in resilience["crashes"].as_array().unwrap() {
        let waits = crash["waits"].as_array().unwrap();
        assert_eq!(crash["tolerated"] == true, waits.is_empty());
        if waits.is_empty() {
            crashes.push(vec![text(&crash["who"]), "nobody".into()]);
        }
        for (at, wait) in waits.iter().enumerate() {
            let mut row = if at == 0 {
                vec![text(&crash["who"])]
            } else {
                Vec::new()
            };
            row.push(text(&wait["who"]));
            if let Some(message) = wait["message"].as_str() {
                row.extend([message.to_owned(), wait["place"]["line"].to_string()]);
            }
            crashes.push(row);
        }
    }
    let mut written = rows(audit, "crashes");
    written.retain(|row| !row.iter().any(|cell| cell.contains("aura-dsl explain")));
    assert_eq!(written, crashes, "crashes of\n{audit}");

    let mut written = rows(audit, "buffers while the receiver is slow");
    written.retain(|row| !row.iter().any(|cell| cell.contains("aura-dsl explain")));
    let buffers = resilience["buffers"].as_array().unwrap();
    assert_eq!(written.len(), buffers.len(), "buffers of\n{audit}");
    for (row, buffer) in written.iter().zip(buffers) {
        assert_eq!(row[..2], [text(&buffer["from"]), text(&buffer["to"])]);
        let most = buffer["most"].as_u64();
        let most = most.map_or("unbounded".to_owned(), |most| most.to_string());
        let shown = row[2].split([' ', ':']).next();
        assert_eq!(shown, Some(most.as_str()), "buffers of\n{audit}");
    }
}

#[test]
fn text_and_json_carry_the_same_numbers() {
    let value = json(&["audit", "--format", "json"]);
    let text = printed(&["audit"]);
    let mut compared = 0;
    let audited: Vec<&Value> = protocols(&value)
        .into_iter()
        .filter(|protocol| !protocol["audit"].is_null())
        .collect();
    let head = |protocol: &Value| {
        let name = |key: &str| protocol[key].as_str().unwrap().to_owned();
        format!(
            "{}  ({} {})\n",
            name("name"),
            name("namespace"),
            name("version")
        )
    };
    let mut rest = text.as_str();
    for (position, protocol) in audited.iter().enumerate() {
        let at = rest.find(&head(protocol)).unwrap();
        rest = &rest[at..];
        let following = audited.get(position + 1);
        let end = following.map_or(rest.len(), |next| 1 + rest[1..].find(&head(next)).unwrap());
        let (audit, found) = (&rest[..end], &protocol["audit"]);
        assert_same_numbers(audit, "cost", &found["cost"]);
        for leak in found["leakage"].as_array().unwrap() {
            let table = format!("leakage to {}", leak["observer"].as_str().unwrap());
            if audit.contains(&format!("\n{table}\n")) {
                assert_same_numbers(audit, &table, leak);
            }
        }
        assert_same_facts(audit, &found["facts"]);
        assert_same_resilience(audit, &found["resilience"]);
        rest = &rest[end..];
        compared += 1;
    }
    assert!(compared > 20, "only {compared}");
}

#[test]
fn verdicts_of_text_and_json_agree() {
    let text = printed(&["check"]);
    let value = json(&["check", "--format", "json"]);
    let mut lines = text.lines();
    for protocol in protocols(&value) {
        if protocol["verdict"] == "error" {
            continue;
        }
        let field = |key: &str| protocol[key].as_str().unwrap();
        let head = format!("{}: {}  (", field("name"), field("verdict"));
        assert!(lines.any(|line| line.starts_with(&head)), "{head}");
    }
}
