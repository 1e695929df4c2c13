//! A family without its brackets.

aura_macros::aura_choreography! {
    #[namespace = "wrong"]
    protocol Wrong {
        roles: A, Q[m];
        A -> Q: Ask;
    }
}

fn main() {}
