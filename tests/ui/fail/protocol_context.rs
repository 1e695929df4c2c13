//! A context that is crossed without a bridge.

aura_macros::aura_choreography! {
    #[namespace = "wrong"]
    protocol Wrong {
        roles: A, B, C;
        in relationship one { A -> B: Ask; }
        in relationship two { B -> C: Tell; }
    }
}

fn main() {}
