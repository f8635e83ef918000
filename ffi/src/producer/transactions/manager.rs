//! The handle of a dialogue: how large is it, and how does it begin and end?

use core::ffi::c_void;

use fencepost::producer::transactions::{Config, PartitionFlag, TransactionManager};

use crate::boundary::memory::{self, Parts};
use crate::boundary::{Carver, Head, Out, Versioned, apart, call, handle, options};
use crate::status::fencepost_status::{self, *};

/// How long are things to take, and of how many partitions? 0 is every default.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_transaction_manager_config {
    /// sizeof(fencepost_transaction_manager_config).
    pub struct_size: u32,
    /// How many partitions there is memory for.
    pub partitions: u32,
    /// transaction.timeout.ms, after which the coordinator aborts a transaction by itself; 0 for
    /// 60000. Other numbers go to the coordinator as they are.
    pub transaction_timeout_ms: i32,
    /// retry.backoff.ms: how long a request waits before it is sent again; 0 for 100, -1 for not
    /// at all.
    pub retry_backoff_ms: i32,
    /// How long a partition that brokers do not know is asked for again; 0 for 60000, -1 for not
    /// at all.
    pub unknown_partition_ms: i32,
    /// 0.
    pub reserved: u32,
}

// SAFETY: it is `repr(C)`, begins with its size, and has integers only.
unsafe impl Versioned for fencepost_transaction_manager_config {
    const FIRST: usize = size_of::<Self>();
}

/// What a dialogue is made by.
#[derive(Clone, Copy)]
pub struct ManagerPlan {
    partitions: u32,
    config: Config,
}

fn millis(given: i32, default: u32) -> Result<u32, fencepost_status> {
    match given {
        0 => Ok(default),
        -1 => Ok(0),
        _ => u32::try_from(given).map_err(|_| FENCEPOST_VALUE),
    }
}

impl fencepost_transaction_manager_config {
    fn plan(&self) -> Result<ManagerPlan, fencepost_status> {
        if self.reserved != 0 {
            return Err(FENCEPOST_VALUE);
        }
        let timeout = self.transaction_timeout_ms;
        let config = Config::new()
            .transaction_timeout_ms(if timeout == 0 { 60_000 } else { timeout })
            .retry_backoff_ms(millis(self.retry_backoff_ms, 100)?)
            .unknown_partition_ms(millis(self.unknown_partition_ms, 60_000)?);
        Ok(ManagerPlan { partitions: self.partitions, config })
    }
}

/// The core's type with the handle's memory.
pub(super) type Core = TransactionManager<&'static mut [PartitionFlag]>;

/// The dialogue of one transactional producer with its coordinators (KIP-98, KIP-360, KIP-890): in
/// which state it is, what is to be sent to which coordinator next, what each answer means, and
/// which batches may be sent meanwhile. It does as Kafka's client 4.4.0 does, except where that
/// stalls or uses an identity twice (docs/deviations.md).
///
/// Names, nodes, offsets and batches are the caller's. A partition is a number below `partitions`,
/// as of fencepost_producer, which numbers the batches: give it each identity that a step names
/// (fencepost_producer_handle_identity). A consumer group is a number of the caller's.
///
/// The loop: while fencepost_transaction_manager_poll_request gives a request, send it, say so with
/// fencepost_transaction_manager_mark_sent, and give what comes of it to the handle function of its
/// kind. A call's result (fencepost_transaction_manager_poll_result) must be acknowledged before
/// the next call.
///
/// Made by fencepost_transaction_manager_new or fencepost_transaction_manager_init. One thread at a
/// time may call functions that take it without const; those that take it as const may run side by
/// side with each other.
pub struct fencepost_transaction_manager {
    head: Head,
    pub(super) core: Core,
}
handle::opaque!(fencepost_transaction_manager, 0x6670_6469_616c_0001_u64);

impl Parts for fencepost_transaction_manager {
    type Plan = ManagerPlan;
    type Arrays = &'static mut [PartitionFlag];

    fn lay_out(plan: ManagerPlan, carver: &mut Carver) -> Option<Self::Arrays> {
        carver.array(usize::try_from(plan.partitions).ok()?, PartitionFlag::NONE)
    }

    fn make(plan: ManagerPlan, head: Head, flags: Self::Arrays) -> Self {
        Self { head, core: TransactionManager::new(flags, plan.config) }
    }
}

/// How many bytes fencepost_transaction_manager_init needs for a configuration: one a partition,
/// and less than 500 for itself. FENCEPOST_TRANSACTION_MANAGER_SIZE is the same as a constant,
/// rounded up. Any thread, any time.
///
/// Errors: FENCEPOST_VALUE; FENCEPOST_LENGTH if no memory could hold it.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_manager_size(
    config: *const fencepost_transaction_manager_config,
    size: *mut usize,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let ((config, extent), size) = unsafe { (options(config)?, Out::new(size)?) };
        apart([size.extent()], [extent])?;
        size.write(memory::size::<fencepost_transaction_manager>(config.plan()?)?);
        Ok(())
    })
}

/// Makes a dialogue that has not begun: nothing is asked for before
/// fencepost_transaction_manager_init_transactions. In memory of the caller, aligned to
/// FENCEPOST_ALIGN and of at least what fencepost_transaction_manager_size says, which must not be
/// touched or moved until fencepost_transaction_manager_fini. O(partitions).
///
/// Errors: FENCEPOST_VALUE, FENCEPOST_MISALIGNED, FENCEPOST_BUFFER_TOO_SMALL, FENCEPOST_LENGTH.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_manager_init(
    memory: *mut c_void,
    memory_size: usize,
    config: *const fencepost_transaction_manager_config,
    manager: *mut *mut fencepost_transaction_manager,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let (config, extent) = unsafe { options(config) }?;
        let plan = config.plan()?;
        // SAFETY: the same.
        unsafe { memory::init(memory.cast(), memory_size, plan, [extent], manager) }
    })
}

/// Ends what fencepost_transaction_manager_init made: its memory is the caller's again. An open
/// transaction is left to its timeout.
///
/// Errors: FENCEPOST_HANDLE, also for what fencepost_transaction_manager_new made, which is left
/// alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_manager_fini(
    manager: *mut fencepost_transaction_manager,
) -> fencepost_status {
    // SAFETY: the header says what a handle must be.
    call(|| unsafe { memory::fini(manager) })
}

/// Makes a dialogue that has not begun. On the heap: the caller owns it and gives it back with
/// fencepost_transaction_manager_free. O(partitions).
///
/// Errors: FENCEPOST_VALUE, FENCEPOST_LENGTH, FENCEPOST_MEMORY.
#[cfg(feature = "std")]
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_manager_new(
    config: *const fencepost_transaction_manager_config,
    manager: *mut *mut fencepost_transaction_manager,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let (config, extent) = unsafe { options(config) }?;
        let plan = config.plan()?;
        // SAFETY: the same.
        unsafe { memory::new(plan, [extent], manager) }
    })
}

/// Frees what fencepost_transaction_manager_new made. NULL is left alone.
#[cfg(feature = "std")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_manager_free(
    manager: *mut fencepost_transaction_manager,
) {
    // SAFETY: the header says what a handle must be.
    call(|| unsafe {
        memory::free(manager);
        Ok(())
    });
}
