//! A message for nothing.

aura_macros::aura_choreography! {
    #[namespace = "wrong"]
    protocol Wrong {
        roles: A, B;
        A[flow_cost = 0] -> B: Ask;
    }
}

fn main() {}
