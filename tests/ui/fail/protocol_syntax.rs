//! A semicolon is missing.

aura_macros::aura_choreography! {
    #[namespace = "wrong"]
    protocol Wrong {
        roles: A, B;
        A -> B: Ask
        B -> A: Told;
    }
}

fn main() {}
