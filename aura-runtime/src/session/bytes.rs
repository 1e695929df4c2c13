//! Where a payload's bytes go: a buffer that has room for most of them from the start.

use postcard::ser_flavors::Flavor;

/// Most payloads are no longer than this, and get their buffer at once.
const SHORT: usize = 64;

pub(super) struct Bytes(Vec<u8>);

impl Bytes {
    pub(super) fn new() -> Self {
        Self(Vec::with_capacity(SHORT))
    }
}

impl Flavor for Bytes {
    type Output = Vec<u8>;

    #[inline]
    fn try_extend(&mut self, data: &[u8]) -> postcard::Result<()> {
        self.0.extend_from_slice(data);
        Ok(())
    }

    #[inline]
    fn try_push(&mut self, data: u8) -> postcard::Result<()> {
        self.0.push(data);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<Vec<u8>> {
        Ok(self.0)
    }
}
