//! A protocol that nobody declares.

aura_macros::aura_choreography! {
    #[namespace = "wrong"]
    protocol Wrong {
        roles: A, B;
        call Other(A, B);
    }
}

fn main() {}
