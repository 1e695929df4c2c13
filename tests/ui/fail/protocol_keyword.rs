//! A keyword as a name.

aura_macros::aura_choreography! {
    #[namespace = "wrong"]
    protocol Wrong {
        roles: A, choice;
        A -> choice: Ask;
    }
}

fn main() {}
