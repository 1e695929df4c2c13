//! Every typed form of a local type, run: in one process, and over nodes and the endpoint.
//!
//! A form is a choreography in a block and what its parties do with the states that it gives them.
//! The parties' part is written once and played on both stages, so that neither knows more than the
//! other.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]
#![allow(
    clippy::duplicate_mod,
    reason = "the examples are modules here, and each has the examples' stage"
)]
#![allow(deprecated, reason = "what is tested here is not who may say it")]

mod forms {
    pub(crate) mod cast;
    mod cut;
    mod exchanges;
    mod families;
    mod hooks;
    mod late_answers;
    mod loss;
    mod neighbours;
    mod plays;
    mod receipts;
    mod rounds;
    mod secure;
    pub(crate) mod stage;
    mod tap;
    mod threads;
    mod timeouts;
    mod votes;
}
