//! A recursion in which nothing happens.

aura_macros::aura_choreography! {
    #[namespace = "wrong"]
    protocol Wrong {
        roles: A, B;
        A -> B: Ask;
        rec Again { continue Again; }
    }
}

fn main() {}
