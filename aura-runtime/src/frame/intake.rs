//! Frames out of a stream's bytes.
//!
//! In: bytes, as many as a read has given. Out: whole frames, as slices of what was read, so that a
//! read that brings many frames costs one call and no allocation. A frame that is longer than the
//! buffer gets a place of its own, after its header's length was compared with the cap, and the rest
//! of it is read straight into that place. Left out on purpose: reading.

use super::{FrameFault, HEADER, Header};

/// Bytes that have come, and where the next frame begins among them.
#[derive(Debug)]
pub(crate) struct Intake {
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    cap: u32,
}

/// What stands next among the bytes that have come.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Arrived<'a> {
    /// A whole frame.
    Frame(Header, &'a [u8]),
    /// A frame that is longer than the buffer, and its payload as far as it has come. Whoever takes
    /// it reads the rest, and no more than that.
    Long(Header, Vec<u8>),
    /// No whole frame.
    Part,
}

impl Intake {
    /// A buffer of so many bytes, for frames whose payload is at most `cap`.
    pub(crate) fn new(bytes: usize, cap: u32) -> Self {
        Self {
            buffer: vec![0; bytes.max(HEADER)],
            start: 0,
            end: 0,
            cap,
        }
    }

    /// Where the next bytes go; never empty once [`Self::next`] has said that there is no frame.
    pub(crate) fn space(&mut self) -> &mut [u8] {
        if self.start == self.end || self.end > self.buffer.len() / 2 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        &mut self.buffer[self.end..]
    }

    /// So many bytes have come into [`Self::space`].
    pub(crate) fn filled(&mut self, count: usize) {
        self.end = self.buffer.len().min(self.end + count);
    }

    /// The next frame. After an error nothing more can be told apart.
    pub(crate) fn next(&mut self) -> Result<Arrived<'_>, FrameFault> {
        let come = &self.buffer[self.start..self.end];
        let Some((header, payload)) = come.split_first_chunk::<HEADER>() else {
            return Ok(Arrived::Part);
        };
        let header = Header::read(header, self.cap)?;
        let length = header.length as usize;
        if payload.len() >= length {
            let at = self.start + HEADER;
            self.start = at + length;
            return Ok(Arrived::Frame(header, &self.buffer[at..self.start]));
        }
        if HEADER + length <= self.buffer.len() {
            return Ok(Arrived::Part);
        }
        let mut long = Vec::with_capacity(length);
        long.extend_from_slice(payload);
        self.start = self.end;
        Ok(Arrived::Long(header, long))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use proptest::prelude::*;

    use super::*;
    use crate::frame::Kind;

    const CAP: u32 = 300;

    fn frame(number: u32, payload: &[u8]) -> Vec<u8> {
        let header = Header {
            length: u32::try_from(payload.len()).unwrap(),
            sequence: number,
            ..Header::bare(Kind::Data)
        };
        [&header.write()[..], payload].concat()
    }

    proptest! {
        /// However a stream is cut, the same frames come out of it.
        #[test]
        fn a_stream_gives_its_frames_however_it_is_cut(
            payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..20),
            cuts in prop::collection::vec(1usize..120, 1..40),
        ) {
            let mut stream = Vec::new();
            for (number, payload) in (0u32..).zip(&payloads) {
                stream.extend(frame(number, payload));
            }
            let mut intake = Intake::new(100, CAP);
            let mut found = Vec::new();
            let mut cuts = cuts.iter().cycle();
            let mut rest = &stream[..];
            while !rest.is_empty() {
                let space = intake.space();
                let count = rest.len().min(space.len()).min(*cuts.next().unwrap());
                prop_assert!(count > 0, "there is always room");
                space[..count].copy_from_slice(&rest[..count]);
                rest = &rest[count..];
                intake.filled(count);
                loop {
                    match intake.next().unwrap() {
                        Arrived::Part => break,
                        Arrived::Frame(header, payload) => {
                            found.push((header.sequence, payload.to_vec()));
                        }
                        Arrived::Long(header, mut payload) => {
                            let missing = header.length as usize - payload.len();
                            payload.extend_from_slice(&rest[..missing]);
                            rest = &rest[missing..];
                            found.push((header.sequence, payload));
                        }
                    }
                }
            }
            let sent: Vec<_> = (0u32..).zip(payloads).collect();
            prop_assert_eq!(found, sent);
        }
    }

    #[test]
    fn a_length_beyond_the_cap_is_refused_before_there_is_room_for_it() {
        let mut intake = Intake::new(100, CAP);
        let header = Header {
            length: CAP + 1,
            ..Header::bare(Kind::Data)
        };
        intake.space()[..HEADER].copy_from_slice(&header.write());
        intake.filled(HEADER);
        let (length, cap) = (CAP + 1, CAP);
        assert_eq!(intake.next(), Err(FrameFault::Oversized { length, cap }));
    }
}
