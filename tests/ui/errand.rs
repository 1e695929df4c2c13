//! The protocol that the failing cases about threads break: one role asks two others at once.

aura_macros::aura_choreography! {
    #[namespace = "errand"]

    protocol Errand {
        roles: A, B, C;
        par {
            { A[guard_capability = "ask"] -> B: X(u8); B[guard_capability = "ask"] -> A: Y(u8); }
            { A[guard_capability = "ask"] -> C: Z(u8); C[guard_capability = "ask"] -> A: W(u8); }
        }
        A[guard_capability = "ask"] -> B: Thanks;
    }
}
