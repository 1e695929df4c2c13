//! An observer class that does not exist.

aura_macros::aura_choreography! {
    #[namespace = "wrong"]
    protocol Wrong {
        roles: A, B;
        A[leak = (neighbour: 0.1)] -> B: Ask;
    }
}

fn main() {}
