//! Local steps, conditions, and facts that ride with a message.

use aura_runtime::session::{Answers, LocalError, Session, SessionError};

pub(crate) use crate::forms::hooks::{fields::fields, market, riding::riding};
use crate::forms::{
    cast::{Part, Seen, Step, Stop, play, sent},
    hooks::{Offer, fields::Ask, riding::Cut},
};

play!(market::Market, [2], [market::A, market::Q]);

/// Decides after a moment: dropped in between, it is asked again.
struct Slowly;

impl market::ALocal for Slowly {
    async fn choose(&mut self, offer: &Answers<market::Q, Offer>) -> Result<u64, LocalError> {
        tokio::task::yield_now().await;
        let cheapest = offer.values().map(|offer| offer.price).min();
        cheapest.ok_or_else(|| "nobody offers".into())
    }
}

impl market::QLocal for Slowly {
    async fn think(&mut self, ask: &u64) -> Result<u64, LocalError> {
        tokio::task::yield_now().await;
        Ok(40 + ask)
    }
}

impl Part for market::A {
    async fn step(session: &mut Session<Self>, seen: &Seen) -> Step {
        match session.resume().await {
            market::a::At::ToAsk(state) => sent(state.ask(2).await),
            market::a::At::AwaitOffer(state) => {
                let (offers, _) = state.offer().await?;
                let prices: Vec<_> = offers.values().map(|offer| offer.price).collect();
                seen.hear(format!("{prices:?}"));
                Ok(true)
            }
            market::a::At::ToChoose(state) => match state.choose(&mut Slowly).await {
                Ok((limit, _)) => {
                    seen.hear(format!("limit {limit}"));
                    Ok(true)
                }
                Err(unsent) => Err(Stop::Sending(SessionError::from(unsent))),
            },
            market::a::At::ToBoughtOrLeft(state) => sent(state.bought(42).await),
            market::a::At::End(_) => Ok(false),
        }
    }
}

impl Part for market::Q {
    async fn step(session: &mut Session<Self>, seen: &Seen) -> Step {
        match session.resume().await {
            market::q::At::AwaitAsk(state) => {
                seen.hear(format!("ask {}", state.ask().await?.0));
                Ok(true)
            }
            market::q::At::ToThink(state) => match state.think(&mut Slowly).await {
                Ok((price, _)) => {
                    seen.hear(format!("price {price}"));
                    Ok(true)
                }
                Err(unsent) => Err(Stop::Sending(SessionError::from(unsent))),
            },
            market::q::At::ToOffer(state) => {
                let offer = Offer {
                    price: 42,
                    kind: "new".into(),
                    firm: true,
                };
                sent(state.offer(offer).await)
            }
            market::q::At::AwaitBoughtOrLeft(state) => {
                match state.receive().await? {
                    market::q::BoughtOrLeft::Bought(price, _) => {
                        seen.hear(format!("bought {price}"));
                    }
                    market::q::BoughtOrLeft::Left(_) => seen.hear("left"),
                }
                Ok(true)
            }
            market::q::At::End(_) => Ok(false),
        }
    }
}

play!(fields::Fields, [], [fields::A, fields::B]);

impl Part for fields::A {
    async fn step(session: &mut Session<Self>, seen: &Seen) -> Step {
        match session.resume().await {
            fields::a::At::ToAsk(state) => {
                let ask = Ask {
                    price: 3,
                    kind: "some".into(),
                    urgent: false,
                };
                sent(state.ask(ask).await)
            }
            fields::a::At::AwaitBuyOrTakeOrLeave(state) => {
                match state.receive().await? {
                    fields::a::BuyOrTakeOrLeave::Buy(_) => seen.hear("buy"),
                    fields::a::BuyOrTakeOrLeave::Take(_) => seen.hear("take"),
                    fields::a::BuyOrTakeOrLeave::Leave(_) => seen.hear("leave"),
                }
                Ok(true)
            }
            fields::a::At::End(_) => Ok(false),
        }
    }
}

impl Part for fields::B {
    async fn step(session: &mut Session<Self>, seen: &Seen) -> Step {
        match session.resume().await {
            fields::b::At::AwaitAsk(state) => {
                seen.hear(format!("price {}", state.ask().await?.0.price));
                Ok(true)
            }
            fields::b::At::ToBuyOrTakeOrLeave(state) => sent(state.buy().await),
            fields::b::At::End(_) => Ok(false),
        }
    }
}

play!(riding::Riding, [2], [riding::A, riding::Q]);

impl Part for riding::A {
    async fn step(session: &mut Session<Self>, _: &Seen) -> Step {
        match session.resume().await {
            riding::a::At::ToCut(state) => {
                let cut = Cut {
                    root: [1; 32],
                    signature: [2; 64],
                };
                sent(state.cut(cut).await)
            }
            riding::a::At::End(_) => Ok(false),
        }
    }
}

impl Part for riding::Q {
    async fn step(session: &mut Session<Self>, seen: &Seen) -> Step {
        match session.resume().await {
            riding::q::At::AwaitCut(state) => {
                let (cut, _) = state.cut().await?;
                seen.hear(format!("cut {}", cut.root[0]));
                Ok(true)
            }
            riding::q::At::End(_) => Ok(false),
        }
    }
}
