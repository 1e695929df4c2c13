//! Guarded sessions over TLS against a bare echo over TLS, both on loopback, measured in one run.
//!
//! In: `--rounds N`, `--only SIZE`. Out: a line for each size, fields separated by tabs: size, round
//! trips a second of the bare echo, of the sessions, and the median of the rounds' ratios. The bare
//! echo is what one would write by hand: tokio-rustls, frames with a length of four bytes, reads and
//! writes through buffers of 64 KiB that are flushed once no whole frame waits to be read. Both keep
//! [`IN_FLIGHT`] messages on their way over one connection, and give each side a thread.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        mpsc::{Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

use aura_peers::{
    scenario::{Failure, expect, on_a_runtime},
    systems::aura::tls,
};
use rcgen::generate_simple_self_signed;
use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    pki_types::{PrivateKeyDer, ServerName},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, BufWriter, split},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// Messages on their way at once.
const IN_FLIGHT: u64 = 32;

/// Bytes of a message, and how many go to and fro in a round.
const SIZES: [(usize, u64); 3] = [(64, 64_000), (1_024, 64_000), (65_536, 6_400)];

/// Bytes that a reader or a writer holds.
const BUFFER: usize = 64 << 10;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let (mut rounds, mut only) = (5, None);
    while let Some(argument) = arguments.next() {
        let value = arguments.next().ok_or("an option without its value")?;
        match argument.as_str() {
            "--rounds" => rounds = value.parse()?,
            "--only" => only = Some(value.parse::<usize>()?),
            unknown => return Err(format!("there is no option {unknown}").into()),
        }
    }
    for (size, count) in SIZES {
        if only.is_some_and(|only| only != size) {
            continue;
        }
        let (mut bare, mut guarded, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for round in 0..=rounds {
            let mut pair = [0.0; 2];
            // The order turns with each round.
            for at in [round % 2, (round + 1) % 2] {
                let took = if at == 0 {
                    echo(size, count)?
                } else {
                    tls::run(IN_FLIGHT, count / IN_FLIGHT, size)?
                };
                pair[at] = per_second(count, took);
            }
            // The first round warms everything up.
            if round > 0 {
                bare.push(pair[0]);
                guarded.push(pair[1]);
                ratios.push(pair[1] / pair[0]);
            }
        }
        println!(
            "{size}\t{:.0}\t{:.0}\t{:.2}",
            median(&mut bare),
            median(&mut guarded),
            median(&mut ratios)
        );
    }
    Ok(())
}

fn echo(size: usize, count: u64) -> Result<Duration, Failure> {
    let key = generate_simple_self_signed(vec!["echo".into()])?;
    let private = PrivateKeyDer::Pkcs8(key.signing_key.serialize_der().into());
    let mut roots = RootCertStore::empty();
    roots.add(key.cert.der().clone())?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = &[&rustls::version::TLS13];
    let client = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(versions)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let server = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)?
        .with_no_client_auth()
        .with_single_cert(vec![key.cert.der().clone()], private)?;
    let (tell, hear) = channel();
    let serving = thread::spawn(move || on_a_runtime(serve(server, tell)));
    let took = on_a_runtime(ask(client, hear.recv()?, size, count));
    serving.join().map_err(|_| "the server panicked")??;
    took
}

async fn serve(config: ServerConfig, tell: Sender<SocketAddr>) -> Result<(), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    tell.send(listener.local_addr()?)?;
    let (stream, _) = listener.accept().await?;
    stream.set_nodelay(true)?;
    let stream = TlsAcceptor::from(Arc::new(config)).accept(stream).await?;
    let (reader, writer) = split(stream);
    let (mut reader, mut writer) = buffered(reader, writer);
    while let Some(body) = read(&mut reader).await? {
        write(&mut writer, &body).await?;
        if !waits(&reader) {
            writer.flush().await?;
        }
    }
    Ok(())
}

async fn ask(
    config: ClientConfig,
    address: SocketAddr,
    size: usize,
    count: u64,
) -> Result<Duration, Failure> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let stream = TlsConnector::from(Arc::new(config))
        .connect(ServerName::try_from("echo")?, stream)
        .await?;
    let (reader, writer) = split(stream);
    let (mut reader, mut writer) = buffered(reader, writer);
    let body = vec![7; size];
    let began = Instant::now();
    // With large bodies both ends would wait for the other one to read, if one future did both.
    let room = Semaphore::new(usize::try_from(IN_FLIGHT)?);
    let asking = async {
        for _ in 0..count {
            if room.available_permits() == 0 {
                writer.flush().await?;
            }
            room.acquire().await?.forget();
            write(&mut writer, &body.clone()).await?;
        }
        writer.flush().await?;
        Ok::<_, Failure>(())
    };
    let hearing = async {
        for _ in 0..count {
            let answer = read(&mut reader).await?.ok_or("the echo ended")?;
            expect(answer.len(), size)?;
            room.add_permits(1);
        }
        Ok::<_, Failure>(())
    };
    futures::try_join!(asking, hearing)?;
    let took = began.elapsed();
    writer.shutdown().await?;
    Ok(took)
}

fn buffered<R: AsyncRead, W: AsyncWrite>(reader: R, writer: W) -> (BufReader<R>, BufWriter<W>) {
    (
        BufReader::with_capacity(BUFFER, reader),
        BufWriter::with_capacity(BUFFER, writer),
    )
}

/// The next frame; none at the end.
async fn read(from: &mut BufReader<impl AsyncRead + Unpin>) -> Result<Option<Vec<u8>>, Failure> {
    let mut length = [0; 4];
    match from.read_exact(&mut length).await {
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    let mut body = vec![0; usize::try_from(u32::from_le_bytes(length))?];
    from.read_exact(&mut body).await?;
    Ok(Some(body))
}

async fn write(to: &mut BufWriter<impl AsyncWrite + Unpin>, body: &[u8]) -> Result<(), Failure> {
    to.write_all(&u32::try_from(body.len())?.to_le_bytes())
        .await?;
    to.write_all(body).await?;
    Ok(())
}

/// Whether a whole frame can be read without waiting.
fn waits(reader: &BufReader<impl AsyncRead>) -> bool {
    let Some((length, rest)) = reader.buffer().split_first_chunk::<4>() else {
        return false;
    };
    rest.len() >= u32::from_le_bytes(*length) as usize
}

fn median(figures: &mut [f64]) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

#[expect(clippy::cast_precision_loss, reason = "round trips, far below 2^52")]
fn per_second(count: u64, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}
