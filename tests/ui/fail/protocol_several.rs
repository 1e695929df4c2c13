//! Several mistakes are told at once, each where it stands.

aura_macros::aura_choreography! {
    #[namespace = "wrong"]
    protocol Wrong {
        roles: A, B;
        A[flow_cots = 5] -> B: Ask;
        A -> D: Tell;
        B -> A: Told(Missing);
    }
}

fn main() {}
