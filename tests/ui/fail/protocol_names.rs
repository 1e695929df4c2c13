//! Two labels that are one method.

aura_macros::aura_choreography! {
    #[namespace = "wrong"]
    protocol Wrong {
        roles: A, B;
        choice A {
            one: { A -> B: AskMe; }
            two: { A -> B: Ask_me; }
        }
    }
}

fn main() {}
