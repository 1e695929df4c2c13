//! An annotation that does not exist, and the one that is meant.

aura_macros::aura_choreography! {
    #[namespace = "wrong"]
    protocol Wrong {
        roles: A, B;
        A[flow_cots = 5] -> B: Ask;
    }
}

fn main() {}
