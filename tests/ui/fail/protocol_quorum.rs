//! A quorum that the family cannot fill.

aura_macros::aura_choreography! {
    #[namespace = "wrong"]
    protocol Wrong {
        roles: A, Q[3];
        A -> Q[*]: Ask;
        Q[any 4] -> A: Told;
    }
}

fn main() {}
