//! A budget runs out, its next epoch begins, and the same state goes on with the same message.
//!
//! A send that the guard chain refuses changes nothing: no charge, no fact, no frame. The caller gets
//! the state and the message back, and may try again when something has changed.

use std::error::Error;

use aura_macros::aura_choreography;
use aura_runtime::{
    endpoint::Limits,
    session::{Room, Session, SessionError, Unsent},
};
use news::{News, Reader, Writer, reader::ItemOrEnd};

mod stage;

aura_choreography! {
    #[namespace = "examples"]
    protocol News {
        roles: Writer, Reader;
        loop (decides: Writer) {
            Writer[guard_capability = "publish", flow_cost = 40] -> Reader: Item(String);
        }
        Writer[guard_capability = "publish", flow_cost = 10] -> Reader: End;
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let roster = stage::roster::<News>(&[])?;
    let (context, reader) = (roster.contexts[0], stage::authority(1));
    let ledger = stage::ledger::<News>(&roster, 100).await?;
    let other = stage::ledger::<News>(&roster, 100).await?;
    let mut room = Room::new(roster, Limits::default())?;
    let mut writing: Session<Writer> = room.join(&ledger)?;
    let mut reading: Session<Reader> = room.join(&other)?;

    let write = async {
        let mut state = writing.start()?;
        let mut epoch = 1;
        for item in ["one", "two", "three", "four"] {
            let mut message = item.to_owned();
            state = loop {
                match state.item(message).await {
                    Ok(next) => break next,
                    Err(Unsent::Refused(refused)) => {
                        println!("writer: {}", refused.reason);
                        epoch += 1;
                        // Somebody with the authority to do so declares the next epoch.
                        let declared = ledger.declare_budget(context, reader, epoch, 100).await;
                        declared.map_err(|error| SessionError::Journal {
                            cause: error.to_string(),
                        })?;
                        (state, message) = (refused.state, refused.message);
                    }
                    Err(Unsent::Fatal(error)) => return Err(*error),
                }
            };
        }
        state.end().await?;
        Ok(epoch)
    };
    let read = async {
        let (mut state, mut items) = (reading.start()?, Vec::new());
        loop {
            match state.receive().await? {
                ItemOrEnd::Item(item, next) => {
                    items.push(item);
                    state = next;
                }
                ItemOrEnd::End(_) => return Ok::<_, SessionError>(items),
            }
        }
    };
    let (epoch, items) = futures::try_join!(write, read)?;
    println!("reader: {}", items.join(", "));
    let budget = ledger.budget(context, reader);
    println!(
        "writer: epoch {epoch}, spent {} of {}",
        budget.spent, budget.limit
    );
    Ok(())
}
