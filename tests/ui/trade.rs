//! The protocol that the failing cases break: an offer, and an answer to it.
//!
//! Its code comes from the macro, so a case sees what a user would see.

aura_macros::aura_choreography! {
    #[namespace = "trade"]

    message Offer { price: u64 }
    message Pay { amount: u64 }

    protocol Trade {
        roles: Buyer, Seller;

        Buyer[guard_capability = "trade"] -> Seller: Offer;
        choice Seller {
            agree: {
                Seller[guard_capability = "trade"] -> Buyer: Agree(String);
                Buyer[guard_capability = "trade"] -> Seller: Pay;
                Seller[guard_capability = "trade"] -> Buyer: Receipt;
            }
            decline: {
                Seller[guard_capability = "trade"] -> Buyer: Decline;
            }
        }
    }
}
