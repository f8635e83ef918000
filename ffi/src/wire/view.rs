//! A batch's header, CRC and kind, out of its bytes.

use fencepost::broker::Batch;
use fencepost::wire::{BatchHeader, BatchView, Frame, crc32c, frame};

use super::tell::wide;
use crate::batch::{fencepost_batch, fencepost_batch_header};
use crate::boundary::{In, InBytes, Out, OutBytes, apart, call};
use crate::error::{Teller, fencepost_error};
use crate::status::fencepost_status::{self, *};

/// What the first bytes of a log or a request say: fencepost_frame.kind.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum fencepost_frame_kind {
    /// A batch of format 2.
    FENCEPOST_FRAME_BATCH = 1,
    /// A message set of format 0 or 1.
    FENCEPOST_FRAME_LEGACY = 2,
    /// Too few bytes to say.
    FENCEPOST_FRAME_INCOMPLETE = 3,
}

/// Where a batch ends. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_frame {
    /// A fencepost_frame_kind.
    pub kind: u32,
    /// The format: 0, 1 or 2; -1 if that can't be said yet.
    pub magic: i32,
    /// Bytes of the whole batch, or how many are missing to say it.
    pub size: u64,
}

/// Where the batch ends that begins here, by its first 17 bytes; its content is not looked at.
/// O(1). Any thread.
///
/// Errors: FENCEPOST_BATCH.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_batch_frame(
    bytes: *const u8,
    bytes_len: usize,
    frame_of: *mut fencepost_frame,
    error: *mut fencepost_error,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let (bytes, out, teller) =
            unsafe { (InBytes::new(bytes, bytes_len)?, Out::new(frame_of)?, Teller::new(error)?) };
        apart([out.extent(), teller.extent(), teller.text()], [bytes.extent()])?;
        let found = frame(bytes.get()).map_err(|error| teller.tell(&error))?;
        let (kind, magic, size) = match found {
            Frame::Batch { size } => (fencepost_frame_kind::FENCEPOST_FRAME_BATCH, 2, size),
            Frame::Legacy { magic, size } => {
                (fencepost_frame_kind::FENCEPOST_FRAME_LEGACY, magic.into(), size)
            }
            Frame::Incomplete { missing } => {
                (fencepost_frame_kind::FENCEPOST_FRAME_INCOMPLETE, -1, missing)
            }
        };
        out.write(fencepost_frame { kind: kind as u32, magic, size: wide(size) });
        Ok(())
    })
}

/// The header of a batch, whose bytes must be one whole batch and no more. Neither the CRC nor the
/// records are looked at. O(1). Any thread.
///
/// Errors: FENCEPOST_BATCH.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_batch_parse(
    bytes: *const u8,
    bytes_len: usize,
    header: *mut fencepost_batch_header,
    error: *mut fencepost_error,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let (bytes, out, teller) =
            unsafe { (InBytes::new(bytes, bytes_len)?, Out::new(header)?, Teller::new(error)?) };
        apart([out.extent(), teller.extent(), teller.text()], [bytes.extent()])?;
        let view = BatchView::new_checked(bytes.get()).map_err(|error| teller.tell(&error))?;
        out.write(fencepost_batch_header::of(view.header()));
        Ok(())
    })
}

/// The header of a batch whose first 61 bytes are here; the rest need not be. O(1). Any thread.
///
/// Errors: FENCEPOST_BATCH.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_batch_header_parse(
    bytes: *const u8,
    bytes_len: usize,
    header: *mut fencepost_batch_header,
    error: *mut fencepost_error,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let (bytes, out, teller) =
            unsafe { (InBytes::new(bytes, bytes_len)?, Out::new(header)?, Teller::new(error)?) };
        apart([out.extent(), teller.extent(), teller.text()], [bytes.extent()])?;
        let parsed = BatchHeader::parse(bytes.get()).map_err(|error| teller.tell(&error))?;
        out.write(fencepost_batch_header::of(&parsed));
        Ok(())
    })
}

/// Writes a header's 61 bytes, as it says, its CRC too. O(1). Any thread.
///
/// Errors: FENCEPOST_BUFFER_TOO_SMALL.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_batch_header_write(
    header: *const fencepost_batch_header,
    bytes: *mut u8,
    bytes_len: usize,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let (header, bytes) = unsafe { (In::new(header)?, OutBytes::new(bytes, bytes_len)?) };
        apart([bytes.extent()], [header.extent()])?;
        let header = *header.get().as_core();
        let first = bytes.into_slice().first_chunk_mut().ok_or(FENCEPOST_BUFFER_TOO_SMALL)?;
        header.write(first);
        Ok(())
    })
}

/// The batch as a partition looks at it, whose bytes must be one whole batch: its header, and of a
/// producer's control batch its marker. A marker counts whoever brings it: run fencepost_validate
/// on a client's request first. O(1). Any thread.
///
/// Errors: FENCEPOST_BATCH; FENCEPOST_MARKER if a control batch's first record is no end of a
/// transaction.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_batch_read(
    bytes: *const u8,
    bytes_len: usize,
    batch: *mut fencepost_batch,
    error: *mut fencepost_error,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let (bytes, out, teller) =
            unsafe { (InBytes::new(bytes, bytes_len)?, Out::new(batch)?, Teller::new(error)?) };
        apart([out.extent(), teller.extent(), teller.text()], [bytes.extent()])?;
        let view = BatchView::new_checked(bytes.get()).map_err(|error| teller.tell(&error))?;
        let batch = Batch::read(&view).map_err(|error| teller.tell(&error))?;
        out.write(fencepost_batch::of(&batch));
        Ok(())
    })
}

/// Whether the CRC of a whole batch is that of its bytes. O(bytes). Any thread.
///
/// Errors: FENCEPOST_BATCH, FENCEPOST_CRC.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_batch_verify_crc(
    bytes: *const u8,
    bytes_len: usize,
    error: *mut fencepost_error,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let (bytes, teller) = unsafe { (InBytes::new(bytes, bytes_len)?, Teller::new(error)?) };
        apart([teller.extent(), teller.text()], [bytes.extent()])?;
        let view = BatchView::new_checked(bytes.get()).map_err(|error| teller.tell(&error))?;
        view.verify_crc().map_err(|error| teller.tell(&error))
    })
}

/// CRC-32C of some bytes. O(bytes). Any thread.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_crc32c(
    bytes: *const u8,
    bytes_len: usize,
    crc: *mut u32,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let (bytes, out) = unsafe { (InBytes::new(bytes, bytes_len)?, Out::new(crc)?) };
        apart([out.extent()], [bytes.extent()])?;
        out.write(crc32c(bytes.get()));
        Ok(())
    })
}
