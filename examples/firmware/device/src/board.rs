//! How does the device reach the flash, the modem, the meter and the clock? Over one wire to the
//! program that runs the emulator.
//!
//! On a board of your own each would have its bus and its driver. The wire is semihosting, which
//! hands over a whole request at once: a serial port in an emulator takes longer over one byte than
//! the device over everything that it does in between.

use core::cell::RefCell;

use cortex_m_semihosting::{nr, syscall};

use crate::request::MAX_BODY;

/// Kind and length of a request.
const HEAD: usize = 3;

/// Both directions of the wire, and what is being sent.
struct Wire {
    to: usize,
    from: usize,
    request: [u8; HEAD + MAX_BODY],
}

impl Wire {
    fn open() -> Self {
        let open = |mode: usize| {
            let name = b":tt\0";
            // SAFETY: the debugger reads the name, which ends with a NUL, and its length.
            unsafe { syscall!(OPEN, name.as_ptr(), mode, name.len() - 1) }
        };
        let request = [0; HEAD + MAX_BODY];
        Self { to: open(nr::open::W_TRUNC), from: open(nr::open::R), request }
    }

    /// # Panics
    /// If nobody is at the other end.
    fn send(&self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            // SAFETY: the debugger reads so many bytes there.
            let left = unsafe { syscall!(WRITE, self.to, bytes.as_ptr(), bytes.len()) };
            assert!(left < bytes.len(), "nobody listens");
            bytes = &bytes[bytes.len() - left..];
        }
    }

    /// # Panics
    /// If nobody is at the other end.
    fn receive(&self, bytes: &mut [u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            // SAFETY: the debugger writes at most so many bytes there.
            let left = unsafe { syscall!(READ, self.from, rest.as_mut_ptr(), rest.len()) };
            assert!(left < rest.len(), "nobody answers");
            let read = rest.len() - left;
            rest = &mut rest[read..];
        }
    }
}

/// The board. Its drivers share it.
pub(crate) struct Board {
    wire: RefCell<Wire>,
}

impl Board {
    /// To be called once.
    pub(crate) fn new() -> Self {
        Self { wire: RefCell::new(Wire::open()) }
    }

    /// Asks for something. Gives what of `answer` was filled.
    ///
    /// # Panics
    /// If a request or an answer is longer than its buffer: the board and the device differ.
    pub(crate) fn ask<'a>(&self, kind: u8, body: &[&[u8]], answer: &'a mut [u8]) -> &'a mut [u8] {
        let mut wire = self.wire.borrow_mut();
        let len: usize = body.iter().map(|part| part.len()).sum();
        assert!(len <= MAX_BODY, "a request of {len} bytes");
        let [high, low] = (len as u16).to_be_bytes();
        let mut end = HEAD;
        wire.request[..HEAD].copy_from_slice(&[kind, high, low]);
        for part in body {
            wire.request[end..end + part.len()].copy_from_slice(part);
            end += part.len();
        }
        wire.send(&wire.request[..end]);
        let mut len = [0; 2];
        wire.receive(&mut len);
        let answer = &mut answer[..usize::from(u16::from_be_bytes(len))];
        wire.receive(answer);
        answer
    }
}

/// Numbers out of an answer.
pub(crate) struct Fields<'a>(pub(crate) &'a [u8]);

impl Fields<'_> {
    /// So many bytes, if there are as many.
    pub(crate) fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }
}
