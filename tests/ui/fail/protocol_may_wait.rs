//! A role may wait for ever.

aura_macros::aura_choreography! {
    #[namespace = "wrong"]
    protocol Wrong {
        roles: A, B, C;
        choice A {
            yes: { A -> B: Yes; B -> C: Go; }
            no: { A -> B: No; }
        }
    }
}

fn main() {}
