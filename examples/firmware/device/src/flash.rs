//! The driver of the flash chip.

use core::fmt;

use embedded_storage::nor_flash::{
    ErrorType, MultiwriteNorFlash, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash,
    check_erase, check_read, check_write,
};

use crate::board::Board;
use crate::request::{
    CAPACITY, DONE, ERASE, ERASE_SIZE, MAX_BODY, NOT_ALIGNED, NOT_ERASED, OUT_OF_BOUNDS, PROGRAM,
    READ, WRITE_SIZE,
};

/// The flash chip on the board.
pub(crate) struct Flash<'b> {
    board: &'b Board,
}

/// What the chip or its driver would not do.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FlashError {
    Usage(NorFlashErrorKind),
    /// A bit that is 0 was to become 1.
    NotErased,
    /// The chip gave an answer that it does not have.
    Unknown(u8),
}

impl<'b> Flash<'b> {
    pub(crate) const fn new(board: &'b Board) -> Self {
        Self { board }
    }

    fn command(&self, kind: u8, body: &[&[u8]]) -> Result<(), FlashError> {
        let mut word = [0xff];
        self.board.ask(kind, body, &mut word);
        match word {
            [DONE] => Ok(()),
            [NOT_ALIGNED] => Err(FlashError::Usage(NorFlashErrorKind::NotAligned)),
            [OUT_OF_BOUNDS] => Err(FlashError::Usage(NorFlashErrorKind::OutOfBounds)),
            [NOT_ERASED] => Err(FlashError::NotErased),
            [other] => Err(FlashError::Unknown(other)),
        }
    }
}

impl ErrorType for Flash<'_> {
    type Error = FlashError;
}

impl ReadNorFlash for Flash<'_> {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), FlashError> {
        check_read(self, offset, bytes.len()).map_err(FlashError::Usage)?;
        let mut at = offset;
        for piece in bytes.chunks_mut(MAX_BODY) {
            let len = piece.len() as u16;
            self.board.ask(READ, &[&at.to_be_bytes(), &len.to_be_bytes()], piece);
            at += u32::from(len);
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        CAPACITY
    }
}

impl NorFlash for Flash<'_> {
    const WRITE_SIZE: usize = WRITE_SIZE;
    const ERASE_SIZE: usize = ERASE_SIZE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), FlashError> {
        check_erase(self, from, to).map_err(FlashError::Usage)?;
        self.command(ERASE, &[&from.to_be_bytes(), &to.to_be_bytes()])
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), FlashError> {
        check_write(self, offset, bytes.len()).map_err(FlashError::Usage)?;
        self.command(PROGRAM, &[&offset.to_be_bytes(), bytes])
    }
}

/// A word may be programmed again, as long as its bits only go from 1 to 0.
impl MultiwriteNorFlash for Flash<'_> {}

impl NorFlashError for FlashError {
    fn kind(&self) -> NorFlashErrorKind {
        match self {
            Self::Usage(kind) => *kind,
            Self::NotErased | Self::Unknown(_) => NorFlashErrorKind::Other,
        }
    }
}

impl fmt::Display for FlashError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(kind) => write!(f, "flash: {kind}"),
            Self::NotErased => f.write_str("flash: a bit that is 0 was to become 1"),
            Self::Unknown(word) => write!(f, "flash: the chip says {word}"),
        }
    }
}
