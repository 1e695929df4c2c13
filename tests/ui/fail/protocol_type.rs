//! A payload type that nobody declares.

aura_macros::aura_choreography! {
    #[namespace = "wrong"]
    protocol Wrong {
        roles: A, B;
        A -> B: Ask(Question);
    }
}

fn main() {}
