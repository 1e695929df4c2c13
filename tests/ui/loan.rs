//! The protocol that the failing cases about local steps break: a limit that decides.

aura_macros::aura_choreography! {
    #[namespace = "loan"]

    protocol Loan {
        roles: A, B;
        A[guard_capability = "ask"] -> B: Ask(u64);
        local B: limit(Ask) -> limit: u64;
        choice B {
            yes when (limit > 0): { B[guard_capability = "lend"] -> A: Yes(u64); }
            no: { B[guard_capability = "lend"] -> A: No; }
        }
    }
}
