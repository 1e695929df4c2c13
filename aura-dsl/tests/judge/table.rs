//! The judge on protocols that are known.
//!
//! Here the machines are the compiler's, and what exploring them shows was worked out by hand: a
//! judge that found nothing, or found faults everywhere, would not pass.

use aura_dsl::verdict::Verdict;

use super::campaign::EFFORT;
use super::explorer::{Effort, Fault};
use super::verdict::{Outcome, compare, compile, play, sizes};

/// What exploring shows over all sizes, as one word.
fn shown(body: &str) -> &'static str {
    let text = format!("#[namespace = \"table\"]\nprotocol Known {{ {body} }}");
    let case = match compile(&text) {
        Ok(case) => case,
        Err(code) => panic!("{code}: {body}"),
    };
    let locals = case.locals.as_ref().expect("its machines fold");
    let mut worst = None;
    for sizes in sizes(&case.protocol) {
        for reduce in [true, false] {
            let effort = Effort {
                limit: 200_000,
                reduce,
                first: false,
                capacity: 2,
            };
            let (findings, _) = play(&case.protocol, locals, &sizes, effort).expect("it is known");
            assert!(!findings.too_large, "{body}");
            let fault = findings.faults.keys().next().copied();
            worst = match (worst, fault) {
                (Some(known), Some(new)) if new < known => Some(new),
                (None, new) => new,
                (known, _) => known,
            };
        }
    }
    match worst {
        None => "ok",
        Some(Fault::MayWait) => "waits",
        Some(Fault::Starvation) => "starves",
        Some(_) => "wrong",
    }
}

/// What exploring shows, and the protocol.
const KNOWN: &[(&str, &str)] = &[
    (
        "ok",
        "roles: P, Q[m]; P->Q[*]:Prop; timeout(1s) at P {Q[any t]->P:Ap; P->Q[*]:Com;} else {P->Q[*]:Ab;}",
    ),
    (
        "waits",
        "roles: A, B; timeout(1s) at B {A->B:M;} else {B->A:Gave;}",
    ),
    (
        "ok",
        "roles: A, B; timeout(1s) at B {A->B:M; B->A:Got;} else {B->A:Gave;}",
    ),
    (
        "ok",
        "roles: A, B; timeout(1s) at B {A->B:M;} else {} A->B:N;",
    ),
    (
        "wrong",
        "roles: A, B; timeout(1s) at B {A->B:M; A->B:N;} else {A->B:O;}",
    ),
    (
        "ok",
        "roles: A, B; rec X {timeout(1s) at B {A->B:H; B->A:Ack; continue X;} else {B->A:Stop;}}",
    ),
    (
        "ok",
        "roles: A, B, C; timeout(9s) at B {timeout(1s) at C {A->C:X; C->B:Y;} else {C->B:N;} B->A:Ok; B->C:Ok;} else {B->A:Ab; B->C:Ab;}",
    ),
    (
        "wrong",
        "roles: B, C, X; choice C {l:{C->B:L; C->X:S; timeout(1s) at B {X->B:M; B->X:Ok;} else {B->X:Ab;}} r:{C->B:R; B->X:Ab; C->X:S2; X->C:Z;}}",
    ),
    (
        "ok",
        "roles: A, B, C; timeout(1s) at B {A->B:M; B->A:Ok; B->C:Ok;} else {B->A:Ab; B->C:Ab; A->C:Log;}",
    ),
    (
        "wrong",
        "roles: A, B, Q[m]; choice B {l:{B->A:L1; B->Q[*]:L; Q[any t]->A:Ok; A->Q[*]:Fin;} r:{B->A:R; A->Q[*]:Fin; B->Q[*]:K; Q[*]->B:Done;}}",
    ),
    (
        "ok",
        "roles: A, B, Q[m]; choice B {l:{B->A:L1; B->Q[*]:L; Q[*]->A:Ok; A->Q[*]:Fin;} r:{B->A:R; A->Q[*]:Fin; B->Q[*]:K; Q[*]->B:Done;}}",
    ),
    (
        "ok",
        "roles: A, Q[m]; loop(decides:A) {A->Q[*]:Ask; Q[any t]->A:Ans;} A->Q[*]:Stop;",
    ),
    (
        "ok",
        "roles: A, Q[m]; A->Q[*]:Ask; choice Q[any t] {y:{Q[*]->A:Y;} n:{Q[*]->A:N;}} A->Q[*]:C;",
    ),
    (
        "wrong",
        "roles: A, P, Q[m]; for i in Q {choice A {l:{A->Q[i]:X; Q[i]->P:Y;} r:{A->Q[i]:Z;}}}",
    ),
    ("ok", "roles: A, Q[m]; A->Q[*]:Go; Q[*]->Q[*]:S; Q[*]->A:D;"),
    (
        "ok",
        "roles: A, B, C; par {{A->B:X; B->A:Y;} {A->C:Z; C->A:W;}} A->B:End;",
    ),
    (
        "ok",
        "roles: A, B, C; loop(decides:A) {A->B:M; B->C:M;} A->B:End; B->C:End;",
    ),
    (
        "waits",
        "roles: A, B, C; loop(decides:A) {A->B:M; B->C:M;} A->B:End;",
    ),
    (
        "wrong",
        "roles: A, B, C; choice A {x:{A->B:M; local C: f;} y:{A->B:N;}}",
    ),
    (
        "wrong",
        "roles: A, B, C; choice A {x:{A->B:M; B->C:T;} y:{A->B:M;}} C->A:R;",
    ),
    (
        "starves",
        "roles: A, B, C; choice A {x:{rec X {A->B:M; continue X;}} y:{A->B:N; A->C:T;}}",
    ),
    (
        "ok",
        "roles: A, B, C; par {{timeout(1s) at C {A->C:M;} else {}} {B->C:N;}} rec X {C->B:L; continue X;}",
    ),
    (
        "wrong",
        "roles: A, B, C, Q[m]; for i in Q {choice B {l:{B->Q[i]:M; Q[i]->C:N;} r:{}}} rec X {A->B:L; continue X;}",
    ),
    (
        "ok",
        "roles: B, C, W[k]; rec X {choice C {more:{C->W[s..k]:M; continue X;} stop:{C->W[s..k]:N; C->B:L;}}}",
    ),
    (
        "wrong",
        "roles: B, C, W[k]; choice B {l:{B->C:L; B->W[s..k]:M;} r:{B->C:R;}} C->W[s..k]:N;",
    ),
];

#[test]
fn known_protocols_show_what_was_worked_out_by_hand() {
    for (expected, body) in KNOWN {
        assert_eq!(shown(body), *expected, "{body}");
    }
}

#[test]
fn an_overtaking_message_gets_the_room_that_it_needs() {
    let text = "#[namespace = \"table\"] protocol Known { roles: A, B, C; choice A { \
                more: { A->C:M1; A->C:M2; A->C:M3; A->C:M4; } stop: { } } A->B:M5; B->C:M6; }";
    let case = compile(text).expect("it compiles");
    assert_eq!(case.decision.verdict, Verdict::NotImplementable);
    assert_eq!(compare(&case, EFFORT).outcome, Outcome::Agreed);
}
