//! A continuation of nothing.

aura_macros::aura_choreography! {
    #[namespace = "wrong"]
    protocol Wrong {
        roles: A, B;
        A -> B: Ask;
        continue Again;
    }
}

fn main() {}
