//! A role that sends to itself.

aura_macros::aura_choreography! {
    #[namespace = "wrong"]
    protocol Wrong {
        roles: A, B;
        A -> B: Ask;
        A -> A: Note;
    }
}

fn main() {}
