//! What a network must do.
//!
//! In: two sides of one network, and who they are. Out: the first property that does not hold. A
//! connection is a pair of byte streams: in order, without loss or repetition, each ending on its
//! own, and neither taking more than it can pass on. Left out on purpose: how a peer proves who it
//! is, which is different for each network and tested with it.

use std::{future::Future, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::timeout,
};

use crate::{
    effects::network::NetworkEffects,
    identity::AuthorityId,
    transport::{Connection, Side, Stream},
};

/// How long one property may take, unless a caller knows better.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// How much a writer may get rid of while nobody reads.
const MOST_BUFFERED: usize = 64 << 20;

/// A property that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{property}: {found}")]
pub struct Failure {
    /// Which.
    pub property: &'static str,
    /// What was seen instead.
    pub found: String,
}

/// One side of a network, and who it is.
#[derive(Debug)]
pub struct Place<N> {
    /// The side.
    pub network: N,
    /// Who.
    pub authority: AuthorityId,
}

type Found = Result<(), String>;

/// Runs every property on connections that `near` dials and `far` accepts.
///
/// ```
/// use aura_runtime::{conformance::transport::{Place, check}, identity::Identity, transport::memory::Hub};
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// let hub = Hub::new();
/// let place = |seed| {
///     let authority = Identity::from_seed([seed; 32]).id();
///     Place { network: hub.seat(authority), authority }
/// };
/// check(&place(1), &place(2)).await
/// # }).unwrap();
/// ```
pub async fn check<N: NetworkEffects, M: NetworkEffects>(
    near: &Place<N>,
    far: &Place<M>,
) -> Result<(), Failure> {
    check_within(PATIENCE, near, far).await
}

/// As [`check`], with another bound on the time that one property may take.
pub async fn check_within<N: NetworkEffects, M: NetworkEffects>(
    patience: Duration,
    near: &Place<N>,
    far: &Place<M>,
) -> Result<(), Failure> {
    let connected = || connect(near, far);
    property(patience, "both ends know who is there", async {
        let (dialled, accepted) = connected().await?;
        same(dialled.peer, far.authority)?;
        same(accepted.peer, near.authority)?;
        same(
            (dialled.side, accepted.side),
            (Side::Dialled, Side::Accepted),
        )
    })
    .await?;
    property(
        patience,
        "bytes arrive as they were written, both ways at once",
        async {
            let (near, far) = connected().await?;
            both_ways(near, far).await
        },
    )
    .await?;
    property(patience, "many small writes arrive in order", async {
        let (near, far) = connected().await?;
        many(near.stream, far.stream).await
    })
    .await?;
    property(patience, "a frame of the greatest size arrives", async {
        let (mut near, mut far) = connected().await?;
        let sent = pattern(8 << 20, 5);
        let (wrote, read) = tokio::join!(
            write(&mut near.stream, &sent),
            take(&mut far.stream, sent.len())
        );
        wrote?;
        if read? == sent {
            Ok(())
        } else {
            Err("other bytes".to_owned())
        }
    })
    .await?;
    property(patience, "each direction ends on its own", async {
        let (near, far) = connected().await?;
        half_close(near.stream, far.stream).await
    })
    .await?;
    property(patience, "a peer that is gone is noticed", async {
        let (near, far) = connected().await?;
        drop(far);
        gone(near.stream).await
    })
    .await?;
    property(patience, "a writer waits for its reader", async {
        let (near, far) = connected().await?;
        back_pressure(near.stream, far.stream).await
    })
    .await?;
    property(patience, "connections do not mix", async {
        let mut pairs = Vec::new();
        for _ in 0..8 {
            pairs.push(connected().await?);
        }
        apart(pairs).await
    })
    .await?;
    property(
        patience,
        "nobody is reached under a name that is unknown",
        async {
            match near.network.dial(AuthorityId([0xee; 32])).await {
                Ok(connection) => Err(format!("{connection:?}")),
                Err(_) => Ok(()),
            }
        },
    )
    .await
}

async fn property(
    patience: Duration,
    property: &'static str,
    holds: impl Future<Output = Found>,
) -> Result<(), Failure> {
    let found = match timeout(patience, holds).await {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(found)) => found,
        Err(_) => format!("not done after {patience:?}"),
    };
    Err(Failure { property, found })
}

async fn connect<N: NetworkEffects, M: NetworkEffects>(
    near: &Place<N>,
    far: &Place<M>,
) -> Result<(Connection, Connection), String> {
    let (dialled, accepted) = tokio::join!(near.network.dial(far.authority), far.network.accept());
    let said = |error| format!("no connection: {error}");
    Ok((dialled.map_err(said)?, accepted.map_err(said)?))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "callers compare what they have just made"
)]
fn same<T: PartialEq + std::fmt::Debug>(found: T, expected: T) -> Found {
    if found == expected {
        Ok(())
    } else {
        Err(format!("{found:?} where {expected:?} was expected"))
    }
}

/// Bytes that do not repeat within any buffer's size.
fn pattern(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    (0..length).map(next).collect()
}

async fn write(to: &mut (impl AsyncWriteExt + Unpin), bytes: &[u8]) -> Found {
    to.write_all(bytes)
        .await
        .map_err(|error| error.to_string())?;
    to.flush().await.map_err(|error| error.to_string())
}

async fn take(from: &mut (impl AsyncReadExt + Unpin), length: usize) -> Result<Vec<u8>, String> {
    let mut bytes = vec![0; length];
    let read = from.read_exact(&mut bytes).await;
    read.map_err(|error| error.to_string())?;
    Ok(bytes)
}

async fn both_ways(near: Connection, far: Connection) -> Found {
    let (forth, back) = (pattern(1 << 20, 1), pattern(1 << 20, 2));
    let (mut near_in, mut near_out) = tokio::io::split(near.stream);
    let (mut far_in, mut far_out) = tokio::io::split(far.stream);
    let (a, b, c, d) = tokio::join!(
        write(&mut near_out, &forth),
        write(&mut far_out, &back),
        take(&mut near_in, back.len()),
        take(&mut far_in, forth.len()),
    );
    a?;
    b?;
    if c? == back && d? == forth {
        Ok(())
    } else {
        Err("other bytes".to_owned())
    }
}

async fn many(mut near: Box<dyn Stream>, mut far: Box<dyn Stream>) -> Found {
    const COUNT: u32 = 20_000;
    let writing = async {
        for number in 0..COUNT {
            let written = near.write_all(&number.to_le_bytes()).await;
            written.map_err(|error| error.to_string())?;
        }
        near.flush().await.map_err(|error| error.to_string())
    };
    let reading = async {
        for expected in 0..COUNT {
            let mut found = [0; 4];
            let read = far.read_exact(&mut found).await;
            read.map_err(|error| error.to_string())?;
            same(u32::from_le_bytes(found), expected)?;
        }
        Ok(())
    };
    let (wrote, read) = tokio::join!(writing, reading);
    wrote.and(read)
}

async fn half_close(mut near: Box<dyn Stream>, mut far: Box<dyn Stream>) -> Found {
    write(&mut near, b"last words").await?;
    near.shutdown().await.map_err(|error| error.to_string())?;
    let mut heard = Vec::new();
    let ended = far.read_to_end(&mut heard).await;
    ended.map_err(|error| error.to_string())?;
    same(heard.as_slice(), b"last words".as_slice())?;
    // The other direction goes on.
    let answer = pattern(100_000, 3);
    let (wrote, read) = tokio::join!(write(&mut far, &answer), take(&mut near, answer.len()));
    wrote?;
    if read? == answer {
        Ok(())
    } else {
        Err("other bytes after the half close".to_owned())
    }
}

async fn gone(mut near: Box<dyn Stream>) -> Found {
    let mut byte = [0];
    match near.read(&mut byte).await {
        Ok(0) | Err(_) => {}
        Ok(_) => return Err("a byte from nobody".to_owned()),
    }
    let chunk = vec![0; 16 << 10];
    for _ in 0..MOST_BUFFERED / chunk.len() {
        if write(&mut near, &chunk).await.is_err() {
            return Ok(());
        }
    }
    Err("writes to nobody succeed".to_owned())
}

async fn back_pressure(mut near: Box<dyn Stream>, mut far: Box<dyn Stream>) -> Found {
    let chunk = pattern(64 << 10, 4);
    let pause = Duration::from_millis(300);
    let mut whole = 0;
    loop {
        let written = timeout(pause, near.write_all(&chunk)).await;
        match written {
            Err(_) => break,
            Ok(Err(error)) => return Err(error.to_string()),
            Ok(Ok(())) => whole += 1,
        }
        if whole * chunk.len() > MOST_BUFFERED {
            return Err(format!("{MOST_BUFFERED} bytes were taken and nobody reads"));
        }
    }
    // Once somebody reads, everything that was taken arrives.
    let reading = async {
        for _ in 0..whole {
            if take(&mut far, chunk.len()).await? != chunk {
                return Err("other bytes after waiting".to_owned());
            }
        }
        Ok(())
    };
    let (flushed, read) = tokio::join!(near.flush(), reading);
    flushed.map_err(|error| error.to_string()).and(read)
}

async fn apart(pairs: Vec<(Connection, Connection)>) -> Found {
    let mut far = Vec::new();
    for (number, (mut near, accepted)) in (0u8..).zip(pairs) {
        write(&mut near.stream, &[number; 100]).await?;
        far.push((number, near, accepted));
    }
    for (number, _near, mut accepted) in far.into_iter().rev() {
        same(take(&mut accepted.stream, 100).await?, vec![number; 100])?;
    }
    Ok(())
}
