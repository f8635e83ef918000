//! Memory that a partition may move into.

use core::ffi::c_void;

use super::config::Plan;
use super::handle::Arrays;
use crate::boundary::handle::peek;
use crate::boundary::memory::{self, Parts};
use crate::boundary::{Carver, Head, Out, Versioned, apart, call, handle, options};
use crate::status::fencepost_status::{self, *};

/// How much a storage holds. 0 is none.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_storage_config {
    /// sizeof(fencepost_storage_config).
    pub struct_size: u32,
    /// How many producers there is memory for.
    pub producers: u32,
    /// How many open and unreplicated transactions.
    pub transactions: u32,
    /// How many verifications of transactional writes.
    pub guards: u32,
    /// How many batches may be undecided in the pipeline.
    pub undecided: u32,
    /// 0.
    pub reserved: u32,
}

// SAFETY: it is `repr(C)`, begins with its size, and has integers only.
unsafe impl Versioned for fencepost_storage_config {
    const FIRST: usize = size_of::<Self>();
}

/// What a storage is made by.
#[derive(Clone, Copy)]
pub struct StoragePlan {
    producers: u32,
    transactions: u32,
    guards: u32,
    undecided: u32,
}

impl fencepost_storage_config {
    fn plan(&self) -> Result<StoragePlan, fencepost_status> {
        if self.reserved != 0 {
            return Err(FENCEPOST_VALUE);
        }
        let Self { producers, transactions, guards, undecided, .. } = *self;
        Ok(StoragePlan { producers, transactions, guards, undecided })
    }
}

/// Memory that a partition may move into when it needs more: fencepost_partition_grow.
///
/// Made by fencepost_storage_new or fencepost_storage_init, by any thread, since it takes as long
/// as its memory is large. From fencepost_partition_grow on it belongs to that partition, until
/// fencepost_partition_grow_step gives it back or the partition ends.
pub struct fencepost_storage {
    head: Head,
    /// Nothing while a partition lies in it, or did when it ended.
    pub(super) arrays: Option<Arrays>,
    pub(super) is_in_use: bool,
}
handle::opaque!(fencepost_storage, 0x6670_7374_6f72_0001_u64);

impl Parts for fencepost_storage {
    type Plan = StoragePlan;
    type Arrays = Arrays;

    fn lay_out(plan: StoragePlan, carver: &mut Carver) -> Option<Arrays> {
        let StoragePlan { producers, transactions, guards, undecided } = plan;
        Arrays::of(producers, transactions, guards, undecided, carver)
    }

    fn make(_: StoragePlan, head: Head, arrays: Arrays) -> Self {
        Self { head, arrays: Some(arrays), is_in_use: false }
    }
}

/// How many bytes fencepost_storage_init needs for a configuration: as fencepost_partition_size,
/// less what a partition takes for itself. Any thread, any time.
///
/// Errors: FENCEPOST_VALUE; FENCEPOST_LENGTH if no memory could hold it.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_storage_size(
    config: *const fencepost_storage_config,
    size: *mut usize,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let ((config, extent), size) = unsafe { (options(config)?, Out::new(size)?) };
        apart([size.extent()], [extent])?;
        size.write(memory::size::<fencepost_storage>(config.plan()?)?);
        Ok(())
    })
}

/// Makes a storage in memory of the caller, aligned to FENCEPOST_ALIGN and of at least what
/// fencepost_storage_size says, which must not be touched or moved until fencepost_storage_fini.
/// O(memory).
///
/// Errors: FENCEPOST_VALUE, FENCEPOST_MISALIGNED, FENCEPOST_BUFFER_TOO_SMALL, FENCEPOST_LENGTH.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_storage_init(
    memory: *mut c_void,
    memory_size: usize,
    config: *const fencepost_storage_config,
    storage: *mut *mut fencepost_storage,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let (config, extent) = unsafe { options(config) }?;
        let plan = config.plan()?;
        // SAFETY: the same.
        unsafe { memory::init(memory.cast(), memory_size, plan, [extent], storage) }
    })
}

/// Ends what fencepost_storage_init made: its memory is the caller's again.
///
/// Errors: FENCEPOST_STATE while a partition lies in it; FENCEPOST_HANDLE, also for what
/// fencepost_storage_new made, which is left alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_storage_fini(
    storage: *mut fencepost_storage,
) -> fencepost_status {
    // SAFETY: the header says what a handle must be.
    call(|| unsafe {
        if peek(storage.cast_const())?.is_in_use {
            return Err(FENCEPOST_STATE);
        }
        memory::fini(storage)
    })
}

/// Makes a storage on the heap. The caller owns it and gives it back with fencepost_storage_free.
/// O(memory).
///
/// Errors: FENCEPOST_VALUE, FENCEPOST_LENGTH, FENCEPOST_MEMORY.
#[cfg(feature = "std")]
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_storage_new(
    config: *const fencepost_storage_config,
    storage: *mut *mut fencepost_storage,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let (config, extent) = unsafe { options(config) }?;
        let plan = config.plan()?;
        // SAFETY: the same.
        unsafe { memory::new(plan, [extent], storage) }
    })
}

/// Frees what fencepost_storage_new made. NULL, and one in which a partition lies, is left alone.
#[cfg(feature = "std")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_storage_free(storage: *mut fencepost_storage) {
    // SAFETY: the header says what a handle must be.
    call(|| unsafe {
        if !peek(storage.cast_const())?.is_in_use {
            memory::free(storage);
        }
        Ok(())
    });
}

impl Plan {
    /// Whether a storage holds more of everything; what there is none of may stay so.
    pub(super) fn is_below(&self, arrays: &Arrays) -> bool {
        let [producers, transactions, guards, undecided] = arrays.lens();
        let more = |now: u32, then: usize| then > usize::try_from(now).unwrap_or(usize::MAX);
        let grows = |now, then| more(now, then) || (now == 0 && then == 0);
        more(self.producers, producers)
            && grows(self.transactions, transactions)
            && grows(self.guards, guards)
            && grows(self.undecided, undecided)
    }
}
