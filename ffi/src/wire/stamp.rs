//! Numbering a batch, and numbering it anew.

use fencepost::wire::{BatchError, restamp, seal, stamp};

use crate::boundary::{In, OutBytes, apart, call};
use crate::error::{Teller, fencepost_error};
use crate::ids::fencepost_stamp;
use crate::status::fencepost_status;

/// Does something to a whole batch in place.
///
/// # Safety
/// The header says what the pointers must be.
unsafe fn change(
    bytes: *mut u8,
    bytes_len: usize,
    to: *const fencepost_stamp,
    error: *mut fencepost_error,
    how: impl FnOnce(&mut [u8], fencepost::ids::Stamp) -> Result<(), BatchError>,
) -> Result<(), fencepost_status> {
    // SAFETY: pointers are good for what they are named for: the caller promises it.
    let (bytes, to, teller) =
        unsafe { (OutBytes::new(bytes, bytes_len)?, In::new(to)?, Teller::new(error)?) };
    apart([bytes.extent(), teller.extent(), teller.text()], [to.extent()])?;
    let to = to.get().read()?;
    how(bytes.into_slice(), to).map_err(|error| teller.tell(&error))
}

/// Puts producer id, epoch and base sequence into a whole batch, in place, and computes its CRC
/// from all of it. O(bytes). Any thread.
///
/// Errors: FENCEPOST_BATCH, FENCEPOST_VALUE for a negative number. The bytes are untouched then.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_batch_stamp(
    bytes: *mut u8,
    bytes_len: usize,
    to: *const fencepost_stamp,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what pointers must be.
    call(|| unsafe { change(bytes, bytes_len, to, error, stamp) })
}

/// The same of a batch whose CRC is right already, which is patched and not computed anew: the
/// records are not read. O(log bytes). Any thread.
///
/// Errors: FENCEPOST_BATCH, FENCEPOST_VALUE for a negative number. The bytes are untouched then.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_batch_restamp(
    bytes: *mut u8,
    bytes_len: usize,
    to: *const fencepost_stamp,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what pointers must be.
    call(|| unsafe { change(bytes, bytes_len, to, error, restamp) })
}

/// Computes the CRC of a whole batch and puts it there. O(bytes). Any thread.
///
/// Errors: FENCEPOST_BATCH. The bytes are untouched then.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_batch_seal(
    bytes: *mut u8,
    bytes_len: usize,
    error: *mut fencepost_error,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let (bytes, teller) = unsafe { (OutBytes::new(bytes, bytes_len)?, Teller::new(error)?) };
        apart([bytes.extent(), teller.extent(), teller.text()], [])?;
        seal(bytes.into_slice()).map_err(|error| teller.tell(&error))?;
        Ok(())
    })
}
