//! A fact that keeps a field which the payload does not have.

aura_macros::aura_choreography! {
    #[namespace = "wrong"]
    protocol Wrong {
        roles: A, B;
        A[journal_facts = "asked(id)"] -> B: Ask { key: u64 };
    }
}

fn main() {}
