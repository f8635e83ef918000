//! How does the device reach the flash, the modem, the meter and the clock? Over one serial port.

use core::cell::RefCell;

use crate::request::MAX_BODY;

/// The first UART of the LM3S6965: a PL011, which needs no setting up in qemu.
struct Uart {
    data: *mut u32,
    flags: *const u32,
}

impl Uart {
    const NOTHING_CAME: u32 = 1 << 4;
    const NO_ROOM: u32 = 1 << 5;

    const fn first() -> Self {
        Self { data: 0x4000_c000 as *mut u32, flags: 0x4000_c018 as *const u32 }
    }

    fn wait_while(&self, flag: u32) {
        // SAFETY: a register of this chip, which reading does not change.
        while unsafe { self.flags.read_volatile() } & flag != 0 {}
    }

    fn send(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.wait_while(Self::NO_ROOM);
            // SAFETY: a register of this chip; only this program writes to it.
            unsafe { self.data.write_volatile(u32::from(*byte)) };
        }
    }

    fn receive(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            self.wait_while(Self::NOTHING_CAME);
            // SAFETY: a register of this chip; only this program reads from it.
            let read = unsafe { self.data.read_volatile() };
            [*byte, ..] = read.to_le_bytes();
        }
    }
}

/// The board. Its drivers share it.
pub(crate) struct Board {
    uart: RefCell<Uart>,
}

impl Board {
    /// To be called once.
    pub(crate) const fn new() -> Self {
        Self { uart: RefCell::new(Uart::first()) }
    }

    /// Asks for something. Gives what of `answer` was filled.
    ///
    /// # Panics
    /// If a request or an answer is longer than its buffer: the board and the device differ.
    pub(crate) fn ask<'a>(&self, kind: u8, body: &[&[u8]], answer: &'a mut [u8]) -> &'a mut [u8] {
        let mut uart = self.uart.borrow_mut();
        let len: usize = body.iter().map(|part| part.len()).sum();
        assert!(len <= MAX_BODY, "a request of {len} bytes");
        uart.send(&[kind]);
        uart.send(&(len as u16).to_be_bytes());
        for part in body {
            uart.send(part);
        }
        let mut len = [0; 2];
        uart.receive(&mut len);
        let answer = &mut answer[..usize::from(u16::from_be_bytes(len))];
        uart.receive(answer);
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
