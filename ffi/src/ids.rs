//! Kafka's codes and sequence arithmetic.

use core::ffi::c_char;

use fencepost::error_code::ErrorCode;
use fencepost::ids::{Epoch, Identity, ProducerId, Sequence, Stamp, raw};

use crate::boundary::{InBytes, Out, apart, call};
use crate::status::fencepost_status::{self, *};

/// A producer id and epoch. Units: none. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_identity {
    /// The producer id, at least 0.
    pub producer_id: i64,
    /// Its epoch, at least 0.
    pub producer_epoch: i16,
    /// 0.
    pub reserved: [u16; 3],
}

/// What goes into the header of a batch. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_stamp {
    /// The producer id, at least 0.
    pub producer_id: i64,
    /// The sequence of the first record, at least 0.
    pub base_sequence: i32,
    /// The epoch, at least 0.
    pub producer_epoch: i16,
    /// 0.
    pub reserved: u16,
}

impl fencepost_identity {
    pub(crate) fn of(identity: Identity) -> Self {
        Self {
            producer_id: identity.id.get(),
            producer_epoch: identity.epoch.get(),
            reserved: [0; 3],
        }
    }
}

impl fencepost_stamp {
    pub(crate) fn of(stamp: Stamp) -> Self {
        Self {
            producer_id: stamp.identity.id.get(),
            base_sequence: stamp.base_sequence.get(),
            producer_epoch: stamp.identity.epoch.get(),
            reserved: 0,
        }
    }

    pub(crate) fn read(self) -> Result<Stamp, fencepost_status> {
        let base_sequence = Sequence::new(self.base_sequence).ok_or(FENCEPOST_VALUE)?;
        if self.reserved != 0 {
            return Err(FENCEPOST_VALUE);
        }
        Ok(Stamp { identity: identity(self.producer_id, self.producer_epoch)?, base_sequence })
    }
}

fn identity(id: i64, epoch: i16) -> Result<Identity, fencepost_status> {
    match (ProducerId::new(id), Epoch::new(epoch)) {
        (Some(id), Some(epoch)) => Ok(Identity { id, epoch }),
        _ => Err(FENCEPOST_VALUE),
    }
}

/// Longer than the longest name, with its NUL.
const NAME: usize = 48;

/// The names with their NULs, which Rust's strings don't have.
static NAMES: [[u8; NAME]; ErrorCode::ALL.len()] = {
    let mut names = [[0; NAME]; ErrorCode::ALL.len()];
    let mut n = 0;
    while n < names.len() {
        if let Some(name) = ErrorCode::ALL[n].name() {
            let bytes = name.as_bytes();
            let mut at = 0;
            // A longer one than there is room for does not compile.
            while at < bytes.len() {
                names[n][at] = bytes[at];
                at += 1;
            }
            assert!(bytes.len() < NAME);
        }
        n += 1;
    }
    names
};

/// Kafka's name of an error code, such as "OUT_OF_ORDER_SEQUENCE_NUMBER"; NULL if Kafka 4.4 has no
/// such code.
///
/// Static text, never to be freed. Any thread, any time.
#[unsafe(no_mangle)]
pub extern "C" fn fencepost_error_code_name(code: i16) -> *const c_char {
    let place = ErrorCode::ALL.iter().position(|known| known.get() == code);
    let name = place.and_then(|place| NAMES.get(place));
    name.map_or(core::ptr::null(), |name| name.as_ptr().cast())
}

/// Whether Kafka 4.4 calls an error code retriable; false for codes it does not have.
///
/// That a request may be sent again does not say that its batch was not written. Any thread, any
/// time.
#[unsafe(no_mangle)]
pub extern "C" fn fencepost_error_code_is_retriable(code: i16) -> bool {
    ErrorCode::new(code).is_retriable()
}

/// The code of one of Kafka's names, given as `name_len` bytes without NUL.
///
/// Errors: FENCEPOST_NOT_FOUND if there is no such name. Any thread, any time.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_error_code_from_name(
    name: *const c_char,
    name_len: usize,
    code: *mut i16,
) -> fencepost_status {
    call(|| {
        // SAFETY: the header asks for it: pointers are good for what they are named for.
        let (name, code) = unsafe { (InBytes::new(name.cast::<u8>(), name_len)?, Out::new(code)?) };
        apart([code.extent()], [name.extent()])?;
        let name = core::str::from_utf8(name.get()).map_err(|_| FENCEPOST_NOT_FOUND)?;
        code.write(ErrorCode::from_name(name).ok_or(FENCEPOST_NOT_FOUND)?.get());
        Ok(())
    })
}

/// The sequence `by` records after `sequence`: after 2147483647 comes 0. Kafka's function, for any
/// numbers. Any thread, any time.
#[unsafe(no_mangle)]
pub extern "C" fn fencepost_sequence_increment(sequence: i32, by: i32) -> i32 {
    raw::increment(sequence, by)
}

/// The sequence `by` records before `sequence`: before 0 comes 2147483647. Kafka's function, for
/// any numbers. Any thread, any time.
#[unsafe(no_mangle)]
pub extern "C" fn fencepost_sequence_decrement(sequence: i32, by: i32) -> i32 {
    raw::decrement(sequence, by)
}

/// Whether a batch that begins at `next` comes directly after one that ends at `last`. Kafka's
/// function, for any numbers. Any thread, any time.
#[unsafe(no_mangle)]
pub extern "C" fn fencepost_sequence_follows(last: i32, next: i32) -> bool {
    raw::in_sequence(last, next)
}

/// The last sequence of a batch; -1 if its first one is -1, which means none. Kafka's function, for
/// any numbers. Any thread, any time.
#[unsafe(no_mangle)]
pub extern "C" fn fencepost_sequence_last(base_sequence: i32, last_offset_delta: i32) -> i32 {
    raw::last_sequence(base_sequence, last_offset_delta)
}
