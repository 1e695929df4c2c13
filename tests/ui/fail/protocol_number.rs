//! A number that is too large.

aura_macros::aura_choreography! {
    #[namespace = "wrong"]
    protocol Wrong {
        roles: A, B;
        A[flow_cost = 99999999999999999999] -> B: Ask;
    }
}

fn main() {}
