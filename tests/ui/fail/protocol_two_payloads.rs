//! One label with two payloads.

aura_macros::aura_choreography! {
    #[namespace = "wrong"]
    protocol Wrong {
        roles: A, B;
        A -> B: Ask(u64);
        B -> A: Ask(String);
    }
}

fn main() {}
