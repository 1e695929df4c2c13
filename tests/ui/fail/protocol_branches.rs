//! Two branches with one label.

aura_macros::aura_choreography! {
    #[namespace = "wrong"]
    protocol Wrong {
        roles: A, B;
        choice A {
            yes: { A -> B: Yes; }
            yes: { A -> B: No; }
        }
    }
}

fn main() {}
