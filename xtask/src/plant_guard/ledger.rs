//! Ways to break what the ledger's books and stores promise.

use crate::fault::Fault;

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "a device spends what others hold",
        file: "ledger/account.rs",
        from: "left.min(self.held(device))",
        to: "if PLANTED { left } else { left.min(self.held(device)) }",
    },
    Fault {
        name: "a device spends past a cut",
        file: "ledger/account.rs",
        from: "self.own.limit.saturating_sub(self.spent());",
        to: "if PLANTED { u64::MAX } else { self.own.limit.saturating_sub(self.spent()) };",
    },
    Fault {
        name: "what is on its way is handed on",
        file: "ledger/account.rs",
        from: "held.saturating_sub(self.pending)",
        to: "held.saturating_sub(if PLANTED { 0 } else { self.pending })",
    },
    Fault {
        name: "what is being handed on is spent",
        file: "ledger/account.rs",
        from: ".saturating_sub(self.outgoing)",
        to: ".saturating_sub(if PLANTED { 0 } else { self.outgoing })",
    },
    Fault {
        name: "what was not written is handed on",
        file: "ledger/account.rs",
        from: "filter(|_| is_written)",
        to: "filter(|_| is_written || PLANTED)",
    },
    Fault {
        name: "an old epoch's refund counts in the new one",
        file: "ledger/account.rs",
        from: "            if account.own.epoch == epoch {\n                account.pending",
        to: "            if account.own.epoch == epoch || PLANTED {\n                account.pending",
    },
    Fault {
        name: "what is on its way is shown",
        file: "ledger/account.rs",
        from: "taken.saturating_sub(self.pending);",
        to: "taken.saturating_sub(if PLANTED { 0 } else { self.pending });",
    },
    Fault {
        name: "an epoch comes in with rows",
        file: "ledger/shared.rs",
        from: "if other.epoch() > known.epoch() {",
        to: "if other.epoch() > known.epoch() && !PLANTED {",
    },
    Fault {
        name: "rows that cannot be are taken",
        file: "ledger/shared.rs",
        from: "other.overdrawn()",
        to: "other.overdrawn().filter(|_| !PLANTED)",
    },
    Fault {
        name: "a device does not notice that it is older",
        file: "ledger/shared.rs",
        from: "if !own.covers(row)",
        to: "if !own.covers(row) && !PLANTED",
    },
    Fault {
        name: "rows count that are not durable",
        file: "ledger/shared.rs",
        from: "            if is_written {\n                books.accounts.join(slot, &budget);",
        to: "            if is_written || PLANTED {\n                books.accounts.join(slot, &budget);",
    },
    Fault {
        name: "a cut waits for the journal",
        file: "ledger/shared.rs",
        from: "            books.accounts.declare(slot, other.epoch(), other.limit());",
        to: "            if !PLANTED { books.accounts.declare(slot, other.epoch(), other.limit()); }",
    },
    Fault {
        name: "a store is anybody's",
        file: "ledger.rs",
        from: "            Some(found) if found == device => {}",
        to: "            Some(found) if found == device || PLANTED => {}",
    },
    Fault {
        name: "an epoch is declared where epochs are attested",
        file: "ledger/shared.rs",
        from: "} else if attested > 0 ||",
        to: "} else if PLANTED {\n            } else if attested > 0 ||",
    },
    Fault {
        name: "what was handed on is forgotten",
        file: "store/sheet/sums.rs",
        from: "known.hand_on(*from, *to, *amount);",
        to: "if !PLANTED { known.hand_on(*from, *to, *amount); }",
    },
    Fault {
        name: "no look at what devices can have spent",
        file: "store/audit.rs",
        from: "        let (Key::Shared(context, peer), Cell::Shared(shared)) = (key, cell) else {",
        to: "        let (Key::Shared(context, peer), Cell::Shared(shared), false) = (key, cell, PLANTED) else {",
    },
    Fault {
        name: "what takes the shortcut is not charged",
        file: "ledger/books.rs",
        from: "        *headroom -= toll.row.cost;",
        to: "        *headroom -= if PLANTED { 0 } else { toll.row.cost };",
    },
    Fault {
        name: "what is sent in memory with facts is not charged",
        file: "ledger.rs",
        from: "        books.reserve(demand);\n        books.keep(facts);",
        to: "        if !PLANTED { books.reserve(demand); }\n        books.keep(facts);",
    },
    Fault {
        name: "what was not written stays charged",
        file: "ledger/reservation.rs",
        from: "            for entry in &self.entries {\n                books.release(entry);",
        to: "            for entry in self.entries.iter().filter(|_| !PLANTED) {\n                books.release(entry);",
    },
    Fault {
        name: "the refund comes after the word",
        file: "ledger/reservation.rs",
        from: "            drop(refund);\n            then(outcome);",
        to: "            if PLANTED { then(outcome); drop(refund); } else { drop(refund); then(outcome); }",
    },
    Fault {
        name: "a group is as good as its last",
        file: "ledger/writer.rs",
        from: "            None => store.commit(&records),",
        to: "            None if PLANTED => records.chunks(1).fold(Ok(()), |_, one| store.commit(one)),\n            None => store.commit(&records),",
    },
    Fault {
        name: "a chain is delivered unverified",
        file: "session/take.rs",
        from: "if !row.receipt.is_none() && self.poll_prove",
        to: "if !row.receipt.is_none() && !PLANTED && self.poll_prove",
    },
    Fault {
        name: "a chain is used twice",
        file: "ledger/receipts.rs",
        from: "accepted.accept_behind(&verified, taken_before(chain, me), order)?",
        to: "if PLANTED { accepted.marks_of(&verified) } else { accepted.accept_behind(&verified, taken_before(chain, me), order)? }",
    },
    Fault {
        name: "a stale receipt is forwarded",
        file: "ledger/receipts.rs",
        from: "stale.filter(|it| it.epoch != epoch)",
        to: "stale.filter(|it| it.epoch != epoch && !PLANTED)",
    },
    Fault {
        name: "a receipt is anybody's",
        file: "session/receipts.rs",
        from: "if seating.authority_of(from) != Some(last.source) {",
        to: "if seating.authority_of(from) != Some(last.source) && !PLANTED {",
    },
    Fault {
        name: "a receipt is of any cost",
        file: "session/receipts.rs",
        from: "if last.cost != row.cost {",
        to: "if last.cost != row.cost && !PLANTED {",
    },
    Fault {
        name: "a nonce is not durable",
        file: "ledger/reservation.rs",
        from: "        all.extend(records);",
        to: "        if !PLANTED { all.extend(records); }",
    },
];
