//! `aura_choreography!` and `aura_protocol!`: a thin skin over `aura-dsl`.
