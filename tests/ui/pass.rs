//! The cases that compile. Each is a module here, so that all of them are built at once, and what it
//! does is run.

#[path = "stage.rs"]
mod stage;

#[path = "pass/block_from_a_macro.rs"]
mod block_from_a_macro;
#[path = "pass/branches_with_equal_labels.rs"]
mod branches_with_equal_labels;
#[path = "pass/call.rs"]
mod call;
#[path = "pass/choice.rs"]
mod choice;
#[path = "pass/comments.rs"]
mod comments;
#[path = "pass/contexts.rs"]
mod contexts;
#[path = "pass/costs_and_facts.rs"]
mod costs_and_facts;
#[path = "pass/debugged.rs"]
mod debugged;
#[path = "pass/decided_loop.rs"]
mod decided_loop;
#[path = "pass/decision_without_a_message.rs"]
mod decision_without_a_message;
#[path = "pass/each_member_in_turn.rs"]
mod each_member_in_turn;
#[path = "pass/file.rs"]
mod file;
#[path = "pass/foreign_types.rs"]
mod foreign_types;
#[path = "pass/gather_from_all.rs"]
mod gather_from_all;
#[path = "pass/hash_of_the_meaning.rs"]
mod hash_of_the_meaning;
#[path = "pass/imports.rs"]
mod imports;
#[path = "pass/local_steps.rs"]
mod local_steps;
#[path = "pass/names_that_are_keywords.rs"]
mod names_that_are_keywords;
#[path = "pass/names_that_meet.rs"]
mod names_that_meet;
#[path = "pass/on_several_threads.rs"]
mod on_several_threads;
#[path = "pass/over_any_protocol.rs"]
mod over_any_protocol;
#[path = "pass/payloads.rs"]
mod payloads;
#[path = "pass/peer_gone.rs"]
mod peer_gone;
#[path = "pass/ping.rs"]
mod ping;
#[path = "pass/question_mark.rs"]
mod question_mark;
#[path = "pass/quorum_with_abstain.rs"]
mod quorum_with_abstain;
#[path = "pass/recursion.rs"]
mod recursion;
#[path = "pass/refused_then_retried.rs"]
mod refused_then_retried;
#[path = "pass/resumed.rs"]
mod resumed;
#[path = "pass/ring.rs"]
mod ring;
#[path = "pass/several_protocols.rs"]
mod several_protocols;
#[path = "pass/state_in_a_struct.rs"]
mod state_in_a_struct;
#[path = "pass/threads.rs"]
mod threads;

/// Every case, by its name.
pub(crate) const ALL: &[(&str, fn())] = &[
    ("block_from_a_macro", block_from_a_macro::main),
    (
        "branches_with_equal_labels",
        branches_with_equal_labels::main,
    ),
    ("call", call::main),
    ("choice", choice::main),
    ("comments", comments::main),
    ("contexts", contexts::main),
    ("costs_and_facts", costs_and_facts::main),
    ("debugged", debugged::main),
    ("decided_loop", decided_loop::main),
    (
        "decision_without_a_message",
        decision_without_a_message::main,
    ),
    ("each_member_in_turn", each_member_in_turn::main),
    ("file", file::main),
    ("foreign_types", foreign_types::main),
    ("gather_from_all", gather_from_all::main),
    ("hash_of_the_meaning", hash_of_the_meaning::main),
    ("imports", imports::main),
    ("local_steps", local_steps::main),
    ("names_that_are_keywords", names_that_are_keywords::main),
    ("names_that_meet", names_that_meet::main),
    ("on_several_threads", on_several_threads::main),
    ("over_any_protocol", over_any_protocol::main),
    ("payloads", payloads::main),
    ("peer_gone", peer_gone::main),
    ("ping", ping::main),
    ("question_mark", question_mark::main),
    ("quorum_with_abstain", quorum_with_abstain::main),
    ("recursion", recursion::main),
    ("refused_then_retried", refused_then_retried::main),
    ("resumed", resumed::main),
    ("ring", ring::main),
    ("several_protocols", several_protocols::main),
    ("state_in_a_struct", state_in_a_struct::main),
    ("threads", threads::main),
];
