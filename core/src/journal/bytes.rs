//! How are fields put into a buffer and taken out of it, with no way over its end?

use super::value::{Cursor, MAX_CURSOR_LEN};

/// Writes forward. `None`: it does not fit.
#[derive(Debug)]
pub(super) struct Out<'b> {
    rest: &'b mut [u8],
}

impl<'b> Out<'b> {
    pub(super) const fn new(buffer: &'b mut [u8]) -> Self {
        Self { rest: buffer }
    }

    pub(super) fn put(&mut self, bytes: &[u8]) -> Option<()> {
        let (head, tail) = core::mem::take(&mut self.rest).split_at_mut_checked(bytes.len())?;
        copy(head, bytes);
        self.rest = tail;
        Some(())
    }

    /// A length in one byte, and as many bytes.
    pub(super) fn cursor(&mut self, cursor: &Cursor) -> Option<()> {
        let bytes = cursor.as_bytes();
        self.put(&[u8::try_from(bytes.len()).ok()?])?;
        self.put(bytes)
    }
}

/// As many bytes as both have: the optimizer can't see that lengths are equal, and
/// `copy_from_slice` would keep its panic.
pub(super) fn copy(to: &mut [u8], from: &[u8]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
}

/// Reads forward. `None`: it is too short.
#[derive(Clone, Copy, Debug)]
pub(super) struct In<'b>(pub(super) &'b [u8]);

impl<'b> In<'b> {
    pub(super) fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, tail) = self.0.split_first_chunk::<N>()?;
        self.0 = tail;
        Some(*head)
    }

    pub(super) fn bytes(&mut self, len: usize) -> Option<&'b [u8]> {
        let (head, tail) = self.0.split_at_checked(len)?;
        self.0 = tail;
        Some(head)
    }

    pub(super) fn i32(&mut self) -> Option<i32> {
        self.take().map(i32::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_be_bytes)
    }

    pub(super) fn i64(&mut self) -> Option<i64> {
        self.take().map(i64::from_be_bytes)
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_be_bytes)
    }

    pub(super) fn cursor(&mut self) -> Option<Cursor> {
        let [len] = self.take()?;
        let len = usize::from(len);
        if len > MAX_CURSOR_LEN {
            return None;
        }
        Cursor::new(self.bytes(len)?)
    }

    /// Nothing is left.
    pub(super) fn done(&self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}
