//! Everything in a journal as JSON lines: one object a row, ids as hexadecimal digits.

use std::io::{self, Write};

use aura_runtime::{
    budget::shared::SharedBudget,
    journal::Namespace,
    store::{Archive, Cell, Content, Digest, Key, StoredCharge},
};
use clap::ValueEnum;
use serde_json::{Value, json};

use crate::Failure;

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub(crate) enum Kind {
    /// Sums: budgets, leakage, nonces, epochs, tokens that were taken back
    Cells,
    /// Charges, in the order of writing
    Charges,
    /// Facts
    Facts,
    /// Chains of receipts
    Receipts,
}

pub(crate) fn dump(
    journal: &mut dyn Archive,
    only: Option<Kind>,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let wanted = |kind| only.is_none_or(|only| only == kind);
    if wanted(Kind::Cells) {
        for (key, value, _) in journal.cells()? {
            line(out, &cell(&key, &value))?;
        }
    }
    if wanted(Kind::Charges) {
        let mut outcome = Ok(());
        journal.charges(&mut |charge, digest| {
            if outcome.is_ok() {
                outcome = line(out, &self::charge(&charge, &digest));
            }
            Ok(())
        })?;
        outcome?;
    }
    if wanted(Kind::Facts) || wanted(Kind::Receipts) {
        let mut outcome = Ok(());
        journal.contents(&mut |id, content| {
            let is_wanted = match content {
                Content::Receipts(_) => wanted(Kind::Receipts),
                Content::Fact(_) | Content::Sealed => wanted(Kind::Facts),
            };
            if is_wanted && outcome.is_ok() {
                outcome = line(out, &self::content(&id, &content));
            }
            Ok(())
        })?;
        outcome?;
    }
    Ok(())
}

pub(crate) fn line(out: &mut dyn Write, value: &Value) -> io::Result<()> {
    writeln!(out, "{value}")
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

pub(crate) fn content(id: &Digest, content: &Content<'_>) -> Value {
    match content {
        Content::Fact(fact) => {
            let fact = fact.fact();
            let fields = fact.fields.iter();
            let fields = fields.map(|(name, value)| (name.to_string(), json!(hex(value))));
            json!({
                "row": "fact", "id": hex(id), "namespace": fact.namespace, "name": fact.name,
                "protocol": hex(&fact.protocol.0), "context": hex(&fact.context.0),
                "session": hex(&fact.session.0), "step": fact.step, "role": fact.role,
                "author": hex(&fact.author.0), "peer": hex(&fact.peer.0),
                "fields": fields.collect::<serde_json::Map<_, _>>(),
            })
        }
        Content::Receipts(chain) => {
            let hops = chain.receipts().iter().map(|signed| {
                let receipt = signed.receipt();
                json!({
                    "context": hex(&receipt.context.0), "source": hex(&receipt.source.0),
                    "device": hex(&receipt.device.0),
                    "destination": hex(&receipt.destination.0), "epoch": receipt.epoch,
                    "cost": receipt.cost, "nonce": receipt.nonce,
                    "previous": receipt.previous.map(|id| hex(&id.0)),
                })
            });
            json!({ "row": "receipts", "id": hex(id), "hops": hops.collect::<Vec<_>>() })
        }
        Content::Sealed => json!({ "row": "fact", "id": hex(id), "sealed": true }),
    }
}

fn charge(charge: &StoredCharge, digest: &Digest) -> Value {
    json!({
        "row": "charge", "session": hex(&charge.session.0), "step": charge.step,
        "label": charge.label, "context": hex(&charge.context.0), "peer": hex(&charge.peer.0),
        "epoch": charge.epoch, "cost": charge.cost, "leak": charge.leak, "line": charge.line,
        "digest": hex(digest),
    })
}

/// A budget of several devices: what each holds as it told, in order.
fn shared(budget: &SharedBudget) -> Value {
    let rows = budget.devices().map(|device| {
        let given = budget.row(device).into_iter().flat_map(|row| &row.given);
        let given = given.map(|(to, amount)| (hex(&to.0), json!(amount)));
        json!({
            "device": hex(&device.0), "allotted": budget.allotted(device),
            "spent": budget.spent_by(device), "held": budget.held(device),
            "given": given.collect::<serde_json::Map<_, _>>(),
        })
    });
    json!({
        "epoch": budget.epoch(), "limit": budget.limit(), "spent": budget.spent(),
        "devices": rows.collect::<Vec<_>>(),
    })
}

fn cell(key: &Key, cell: &Cell) -> Value {
    let mut row = match key {
        Key::Budget(context, peer) | Key::Accepted(context, peer) | Key::Shared(context, peer) => {
            json!({ "context": hex(&context.0), "peer": hex(&peer.0) })
        }
        Key::AcceptedOf(context, peer, device) => json!({
            "context": hex(&context.0), "peer": hex(&peer.0), "device": hex(&device.0),
        }),
        Key::Leakage(context, observer) | Key::LeakagePolicy(context, observer) => {
            json!({ "context": hex(&context.0), "observer": observer })
        }
        Key::Issued(context) | Key::Epoch(context) | Key::Cut(Namespace::Context(context)) => {
            json!({ "context": hex(&context.0) })
        }
        Key::Revoked(id) => json!({ "token": hex(id) }),
        Key::LeakageDefault(observer) => json!({ "observer": observer }),
        Key::Seal | Key::Device => json!({}),
        Key::Cut(Namespace::Authority(author)) => json!({ "author": hex(&author.0) }),
    };
    let value = match cell {
        Cell::Budget(budget) => {
            json!({ "epoch": budget.epoch, "limit": budget.limit, "spent": budget.spent })
        }
        Cell::Leakage(allowance) => json!({ "limit": allowance.limit, "spent": allowance.spent }),
        Cell::Issued { epoch, nonce } => json!({ "epoch": epoch, "nonce": nonce }),
        Cell::Accepted { epoch, window } => json!({ "epoch": epoch, "nonce": window.highest }),
        Cell::Shared(budget) => shared(budget),
        Cell::Epoch(epoch) => json!({ "epoch": epoch }),
        Cell::LeakagePolicy(policy) => json!({ "policy": policy.to_string() }),
        Cell::LeakageDefault(limit) => json!({ "limit": limit }),
        Cell::Device(device) => json!({ "device": hex(&device.0) }),
        Cell::Revoked | Cell::Seal { .. } => json!({}),
        Cell::Cut(compacted) => {
            let marks = compacted.cut.marks().map(|(author, session, below)| {
                json!({ "author": hex(&author.0), "session": hex(&session.0), "below": below })
            });
            json!({ "cut": marks.collect::<Vec<_>>(), "state": compacted.state.as_deref().map(hex) })
        }
    };
    if let (Some(row), Value::Object(value)) = (row.as_object_mut(), value) {
        row.insert("row".to_owned(), json!(key.kind()));
        row.extend(value);
    }
    row
}
