//! A role that nobody declares, and the one that is meant.

aura_macros::aura_choreography! {
    #[namespace = "wrong"]
    protocol Wrong {
        roles: Alice, Bob;
        Alice -> Bbo: Ask;
    }
}

fn main() {}
