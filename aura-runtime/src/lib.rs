//! Sessions, guard chain, ledger, effects and transports for choreographies compiled by aura-dsl.
