//! How are big-endian fields taken from bytes and put into them, without a way to run over the end?

use core::mem;

/// Takes the first `N` bytes off `bytes`, or nothing.
pub(super) fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = bytes.split_first_chunk::<N>()?;
    *bytes = tail;
    Some(*head)
}

/// Reads forward and knows its position, which starts where the caller says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    position: usize,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(bytes: &'a [u8], position: usize) -> Self {
        Self { rest: bytes, position }
    }

    /// The position of the next byte.
    pub(super) const fn position(&self) -> usize {
        self.position
    }

    /// Bytes not yet read.
    pub(super) const fn remaining(&self) -> &'a [u8] {
        self.rest
    }

    /// The next `len` bytes.
    pub(super) fn bytes(&mut self, len: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.rest.split_at_checked(len)?;
        self.rest = tail;
        self.position = self.position.saturating_add(len);
        Some(head)
    }

    /// The next byte.
    pub(super) fn byte(&mut self) -> Option<u8> {
        let (head, tail) = self.rest.split_first()?;
        self.rest = tail;
        self.position = self.position.saturating_add(1);
        Some(*head)
    }
}

/// Writes forward into the caller's buffer. `None`: the bytes do not fit, and the writer is spent.
#[derive(Debug)]
pub(super) struct Writer<'b> {
    rest: &'b mut [u8],
}

impl<'b> Writer<'b> {
    pub(super) const fn new(buffer: &'b mut [u8]) -> Self {
        Self { rest: buffer }
    }

    /// Writes a fixed-width field.
    pub(super) fn field<const N: usize>(&mut self, value: [u8; N]) -> Option<()> {
        let (head, tail) = mem::take(&mut self.rest).split_first_chunk_mut::<N>()?;
        *head = value;
        self.rest = tail;
        Some(())
    }

    /// Writes a slice.
    pub(super) fn bytes(&mut self, value: &[u8]) -> Option<()> {
        let (head, tail) = mem::take(&mut self.rest).split_at_mut_checked(value.len())?;
        for (slot, byte) in head.iter_mut().zip(value) {
            *slot = *byte;
        }
        self.rest = tail;
        Some(())
    }
}
