//! The protocol that the failing cases about families break: a motion, and a vote that need not come.

aura_macros::aura_choreography! {
    #[namespace = "council"]

    message Motion { text: String }

    protocol Council {
        roles: Chair, Voter[n], Clerk[k];

        Chair[guard_capability = "preside"] -> Voter[*]: Motion;
        timeout (2s) at Chair {
            Voter[any t][guard_capability = "vote"] -> Chair: Vote(bool);
            Chair[guard_capability = "preside"] -> Voter[*]: Passed(u64);
        } else {
            Chair[guard_capability = "preside"] -> Voter[*]: Failed;
        }
        Clerk[*][guard_capability = "vote"] -> Chair: Minutes(String);
    }
}
