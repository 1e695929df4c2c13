//! A duration without a unit.

aura_macros::aura_choreography! {
    #[namespace = "wrong"]
    protocol Wrong {
        roles: A, B;
        timeout (2) at B { A -> B: Ask; } else { }
    }
}

fn main() {}
