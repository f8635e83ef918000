//! How is a journal in storage of the caller begun, and kept short?

use fencepost::journal::Piece;

use crate::boundary::{InBytes, on_mut};
use crate::error::fencepost_error;
use crate::producer::fencepost_producer;
use crate::shapes::{command, fill, look, nothing};
use crate::status::fencepost_status::{self, *};

/// What the next piece of a journal that is written anew needs: fencepost_piece.kind.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum fencepost_piece_kind {
    /// Nothing.
    FENCEPOST_PIECE_RECORD = 0,
    /// A batch's bytes, as the old journal has them.
    FENCEPOST_PIECE_BATCH = 1,
}

/// What the next piece of a journal that is written anew needs. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_piece {
    /// A fencepost_piece_kind.
    pub kind: u32,
    /// Of FENCEPOST_PIECE_BATCH how many bytes.
    pub len: u32,
    /// Of FENCEPOST_PIECE_BATCH where they are, from the old journal's beginning.
    pub at: u64,
}

/// Writes the journal anew: begins one, or keeps it short. In storage of the caller: then
/// fencepost_journal_next_piece and fencepost_journal_rewrite until there is none, into another
/// place; a sync; and fencepost_journal_replaced. The old one counts until then, and nothing else
/// is journaled. In a file all of that is done, with a rename that is durable: commit before it.
/// O(partitions), in a file O(bytes).
///
/// Errors: FENCEPOST_JOURNAL_UNSYNCED if something is written and not confirmed; FENCEPOST_STATE if
/// no journal is open. In a file also FENCEPOST_JOURNAL_FULL, FENCEPOST_JOURNAL_IO and
/// FENCEPOST_JOURNAL_DISK_FULL, after which the old one goes on, and FENCEPOST_JOURNAL_POISONED.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_journal_compact(
    producer: *mut fencepost_producer,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        command(producer, nothing, error, |producer, (), teller| {
            let open = producer.open_mut()?;
            #[cfg(feature = "std")]
            if let Some(file) = &mut open.file {
                return file.compact(&mut open.producing).map_err(|error| teller.tell(&error));
            }
            open.producing.compact().map_err(|refused| teller.tell(&refused))
        })
    }
}

/// What the next piece of the new journal needs. O(1). May run side by side with other calls that
/// take the producer as const.
///
/// Errors: FENCEPOST_NOT_FOUND if it is complete, or none is being written anew; FENCEPOST_STATE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_journal_next_piece(
    producer: *const fencepost_producer,
    piece: *mut fencepost_piece,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        look(producer, piece, |producer| {
            use fencepost_piece_kind::*;
            let piece = producer.open()?.producing.next_piece().ok_or(FENCEPOST_NOT_FOUND)?;
            let (kind, len, at) = match piece {
                Piece::Record => (FENCEPOST_PIECE_RECORD, 0, 0),
                Piece::Batch { at, len } => (FENCEPOST_PIECE_BATCH, len, at),
            };
            Ok(fencepost_piece { kind: kind as u32, len, at })
        })
    }
}

/// Writes the next piece: append the first `len` bytes of the buffer to the new journal. `bytes`
/// are a batch's, if FENCEPOST_PIECE_BATCH asks for them, else none. The buffer must have as many
/// as fencepost_journal_overhead says, and the batch's. O(1), and a copy of the bytes.
///
/// Errors: FENCEPOST_JOURNAL_BUFFER, also for other bytes than were asked for (error.expected: how
/// many); FENCEPOST_JOURNAL_FULL; FENCEPOST_JOURNAL_REWRITING if none is being written anew;
/// FENCEPOST_STATE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_journal_rewrite(
    producer: *mut fencepost_producer,
    bytes: *const u8,
    bytes_len: usize,
    buffer: *mut u8,
    buffer_size: usize,
    len: *mut usize,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        let bytes = || {
            let bytes = InBytes::new(bytes, bytes_len)?;
            Ok((bytes.get(), [bytes.extent()]))
        };
        let to = (buffer, buffer_size);
        fill(producer, bytes, to, len, error, |producer, bytes, buffer, teller| {
            let producing = &mut producer.stored_mut()?.producing;
            let len = producing.rewrite(bytes, buffer.into_slice());
            len.map_err(|refused| teller.tell(&refused))
        })
    }
}

/// The new journal is durable, and has taken the old one's place. On flash, erase the old one
/// before the next record is written, so that its damage can never hide the newer. O(partitions).
///
/// Errors: FENCEPOST_JOURNAL_REWRITING if it is not complete, FENCEPOST_STATE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_journal_replaced(
    producer: *mut fencepost_producer,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        command(producer, nothing, error, |producer, (), teller| {
            let replaced = producer.stored_mut()?.producing.replaced();
            replaced.map_err(|refused| teller.tell(&refused))
        })
    }
}

/// The new journal is given up, if one was being written: the old one goes on. O(partitions).
///
/// Errors: FENCEPOST_STATE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_journal_keep_old(
    producer: *mut fencepost_producer,
) -> fencepost_status {
    // SAFETY: the header says what a handle must be.
    unsafe {
        on_mut(producer, |producer| {
            producer.stored_mut()?.producing.keep_old();
            Ok(())
        })
    }
}
