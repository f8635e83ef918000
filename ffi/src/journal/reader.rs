//! Which records does a journal hold? For tools that look into one.

use core::ffi::c_void;

use fencepost::journal::{Reader, RecoverError};

use super::item::{fencepost_journal_item, fencepost_journal_verdict, verdicts_of};
use crate::batch::flag;
use crate::boundary::handle::apart_from;
use crate::boundary::memory::{self, Parts};
use crate::boundary::{Carver, Extent, Head, InBytes, Out, OutSlice, apart, call, handle, on_mut};
use crate::error::{Teller, fencepost_error};
use crate::status::fencepost_status::{self, *};

/// Reads a journal record by record, in a file or anywhere else, for a tool that shows or checks
/// one. It needs no producer, takes no lock and changes nothing: a producer comes back by
/// fencepost_journal_open or fencepost_journal_recover.
///
/// Made by fencepost_journal_reader_new or fencepost_journal_reader_init. One thread at a time.
pub struct fencepost_journal_reader {
    head: Head,
    core: Reader,
}
handle::opaque!(fencepost_journal_reader, 0x6670_6a72_6561_0001_u64);

impl Parts for fencepost_journal_reader {
    /// The longest body that is believed.
    type Plan = u32;
    type Arrays = ();

    fn lay_out(_: u32, _: &mut Carver) -> Option<()> {
        Some(())
    }

    fn make(max_body: u32, head: Head, _: ()) -> Self {
        let max_body = if max_body == 0 { u32::MAX } else { max_body };
        Self { head, core: Reader::new(max_body) }
    }
}

/// How many bytes fencepost_journal_reader_init needs. Any thread, any time.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_journal_reader_size(size: *mut usize) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let size = unsafe { Out::new(size) }?;
        size.write(memory::size::<fencepost_journal_reader>(0)?);
        Ok(())
    })
}

/// Makes a reader in memory of the caller, aligned to FENCEPOST_ALIGN and of at least what
/// fencepost_journal_reader_size says, which must not be touched or moved until
/// fencepost_journal_reader_fini. `max_body` is as of fencepost_journal_reader_new. O(1).
///
/// Errors: FENCEPOST_MISALIGNED, FENCEPOST_BUFFER_TOO_SMALL, FENCEPOST_LENGTH.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_journal_reader_init(
    memory: *mut c_void,
    memory_size: usize,
    max_body: u32,
    reader: *mut *mut fencepost_journal_reader,
) -> fencepost_status {
    // SAFETY: pointers are good for what they are named for: the header asks for it.
    call(|| unsafe {
        memory::init(memory.cast(), memory_size, max_body, [Extent::NOTHING], reader)
    })
}

/// Ends a reader made by fencepost_journal_reader_init: its memory is the caller's again.
///
/// Errors: FENCEPOST_HANDLE, also for one made by fencepost_journal_reader_new, which is left
/// alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_journal_reader_fini(
    reader: *mut fencepost_journal_reader,
) -> fencepost_status {
    // SAFETY: the header says what a handle must be.
    call(|| unsafe { memory::fini(reader) })
}

/// Makes a reader on the heap, at the beginning of a journal. The caller owns it and gives it back
/// with fencepost_journal_reader_free. `max_body` is the longest record that is believed, without
/// its 13 bytes of frame: a window must be able to hold one. 0 for any. O(1).
///
/// Errors: FENCEPOST_MEMORY.
#[cfg(feature = "std")]
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_journal_reader_new(
    max_body: u32,
    reader: *mut *mut fencepost_journal_reader,
) -> fencepost_status {
    // SAFETY: pointers are good for what they are named for: the header asks for it.
    call(|| unsafe { memory::new(max_body, [Extent::NOTHING], reader) })
}

/// Frees a reader made by fencepost_journal_reader_new. NULL is left alone.
#[cfg(feature = "std")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_journal_reader_free(reader: *mut fencepost_journal_reader) {
    // SAFETY: the header says what a handle must be.
    call(|| unsafe {
        memory::free(reader);
        Ok(())
    });
}

/// What stands at the beginning of a window of the journal's bytes, and goes on behind it. The
/// first window begins at the journal's first byte, each later one at item.next_offset of the call
/// before. `last` is 1 if no bytes follow the window, else 0. `item` says what it is; the pointers
/// in it point into the window. `verdicts` is told those of a record that has some, oldest batch
/// first: it has room for window_len / 5 at most, or is NULL if nobody asks. O(bytes); a search
/// behind what may be a torn tail reads on to the end, and hashes at most 128 MiB.
///
/// Errors: FENCEPOST_JOURNAL_DAMAGE, error.position: the byte, error.expected: where a good record
/// stands behind it, 0 if none is known. FENCEPOST_BUFFER_TOO_SMALL if the record has more verdicts
/// than there is room for; FENCEPOST_VALUE. The reader stays where it is then.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_journal_reader_read(
    reader: *mut fencepost_journal_reader,
    window: *const u8,
    window_len: usize,
    last: u32,
    item: *mut fencepost_journal_item,
    verdicts: *mut fencepost_journal_verdict,
    verdicts_len: usize,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        on_mut(reader, |reader| {
            let (window, out) = (InBytes::new(window, window_len)?, Out::new(item)?);
            let (mut told, teller) = (OutSlice::new(verdicts, verdicts_len)?, Teller::new(error)?);
            let written = [out.extent(), told.extent(), teller.extent(), teller.text()];
            apart(written, [window.extent()])?;
            apart_from(written, reader)?;
            let last = flag(last)?;
            let mut ahead = reader.core.clone();
            let read = ahead.read(window.get(), last);
            let read = read.map_err(|damage| teller.tell(&RecoverError::Damage(damage)))?;
            let item = fencepost_journal_item::of(&read, &ahead);
            if told.len() != 0 {
                if told.len() < item.verdicts_count as usize {
                    return Err(FENCEPOST_BUFFER_TOO_SMALL);
                }
                for (n, verdict) in verdicts_of(&read).enumerate() {
                    told.write(n, verdict)?;
                }
            }
            reader.core = ahead;
            out.write(item);
            Ok(())
        })
    }
}
