//! What limits does a producer go by, how large is it, and how does it begin and end?

use core::ffi::c_void;

use fencepost::producer::{Kind, MAX_UNDECIDED, Settings};

use super::fencepost_producer;
use crate::batch::flag;
use crate::boundary::{Out, Versioned, apart, call, memory, options};
use crate::status::fencepost_status::{self, *};

/// The limits a producer goes by, with Kafka's defaults: 0 means the default everywhere, and -1
/// none at all. Times are milliseconds.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_producer_settings {
    /// sizeof(fencepost_producer_settings).
    pub struct_size: u32,
    /// How many partitions there is memory for.
    pub partitions: u32,
    /// 1 for a transactional producer.
    pub transactional: u32,
    /// How many undecided batches a partition may have: 1 to 5; 0 for 5.
    pub max_in_flight: u32,
    /// retries: how often a batch is sent again at most; 0 for 2147483647, -1 for never.
    pub retries: i32,
    /// 1 if the brokers can't be asked (DescribeProducers needs Kafka 2.8 and READ on the topic).
    pub without_describe: u32,
    /// delivery.timeout.ms: from a batch's creation to its verdict; 0 for 120000.
    pub delivery_timeout_ms: i64,
    /// retry.backoff.ms, doubled at each sending; 0 for 100. Without jitter: who wants it sends
    /// later.
    pub retry_backoff_ms: i64,
    /// retry.backoff.max.ms; 0 for 1000.
    pub retry_backoff_max_ms: i64,
    /// The brokers' producer.id.expiration.ms, or less; 0 for 86400000.
    pub id_expiration_ms: i64,
    /// How long a request can be under way before a broker handles it; 0 for 120000.
    pub request_lifetime_ms: i64,
    /// By how much the clocks of brokers and of this producer differ at most; 0 for 60000.
    pub clock_skew_ms: i64,
    /// 1 for a producer with a journal, not transactional: it does nothing until the journal is
    /// open (fencepost_journal_open, fencepost_journal_begin or fencepost_journal_hold).
    pub journaled: u32,
    /// 0.
    pub reserved: u32,
}

// SAFETY: it is `repr(C)`, begins with its size, and has integers only.
unsafe impl Versioned for fencepost_producer_settings {
    const FIRST: usize = 24;
}

/// What a producer is made by.
#[derive(Clone, Copy)]
pub struct Plan {
    pub(crate) partitions: u32,
    pub(crate) settings: Settings,
    pub(crate) journaled: bool,
}

/// -1 for none, 0 for the default.
fn or(given: i64, default: i64) -> Result<i64, fencepost_status> {
    match given {
        0 => Ok(default),
        -1 => Ok(0),
        ..-1 => Err(FENCEPOST_VALUE),
        _ => Ok(given),
    }
}

impl fencepost_producer_settings {
    pub(crate) fn plan(&self) -> Result<Plan, fencepost_status> {
        let (transactional, journaled) = (flag(self.transactional)?, flag(self.journaled)?);
        if self.reserved != 0 || (transactional && journaled) {
            return Err(FENCEPOST_VALUE);
        }
        let kind = if transactional { Kind::Transactional } else { Kind::Idempotent };
        let in_flight = usize::try_from(self.max_in_flight).map_err(|_| FENCEPOST_VALUE)?;
        let in_flight = match in_flight {
            0 => MAX_UNDECIDED,
            1..=MAX_UNDECIDED => in_flight,
            _ => return Err(FENCEPOST_VALUE),
        };
        let retries = or(self.retries.into(), i64::from(i32::MAX))?;
        let first = or(self.retry_backoff_ms, 100)?;
        let settings = Settings::new(kind)
            .max_in_flight(in_flight)
            .retries(u32::try_from(retries).map_err(|_| FENCEPOST_VALUE)?)
            .delivery_timeout_ms(or(self.delivery_timeout_ms, 120_000)?)
            .retry_backoff_ms(first, or(self.retry_backoff_max_ms, 1_000)?)
            .producer_id_expiration_ms(or(self.id_expiration_ms, 86_400_000)?)
            .request_lifetime_ms(or(self.request_lifetime_ms, 120_000)?)
            .clock_skew_ms(or(self.clock_skew_ms, 60_000)?);
        let settings =
            if flag(self.without_describe)? { settings.without_describe() } else { settings };
        Ok(Plan { partitions: self.partitions, settings, journaled })
    }
}

/// How many bytes fencepost_producer_init needs for these settings: about 760 a partition, 2900
/// more if it is journaled, and less than 900 for itself.
///
/// FENCEPOST_PRODUCER_SIZE and FENCEPOST_JOURNALED_PRODUCER_SIZE are the same as constants, rounded
/// up. Any thread, any time.
///
/// Errors: FENCEPOST_VALUE; FENCEPOST_LENGTH if no memory could hold it.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_producer_size(
    settings: *const fencepost_producer_settings,
    size: *mut usize,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let ((settings, extent), size) = unsafe { (options(settings)?, Out::new(size)?) };
        apart([size.extent()], [extent])?;
        size.write(memory::size::<fencepost_producer>(settings.plan()?)?);
        Ok(())
    })
}

/// Makes a producer without an id in memory of the caller, aligned to FENCEPOST_ALIGN and of at
/// least what fencepost_producer_size says, which must not be touched or moved until
/// fencepost_producer_fini. The handle is at its beginning. O(partitions).
///
/// Errors: FENCEPOST_VALUE, FENCEPOST_MISALIGNED, FENCEPOST_BUFFER_TOO_SMALL, FENCEPOST_LENGTH.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_producer_init(
    memory: *mut c_void,
    memory_size: usize,
    settings: *const fencepost_producer_settings,
    producer: *mut *mut fencepost_producer,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let (settings, extent) = unsafe { options(settings) }?;
        let plan = settings.plan()?;
        // SAFETY: the same.
        unsafe { memory::init(memory.cast(), memory_size, plan, [extent], producer) }
    })
}

/// Ends a producer made by fencepost_producer_init: its memory is the caller's again.
///
/// Errors: FENCEPOST_HANDLE, also for one made by fencepost_producer_new, which is left alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_producer_fini(
    producer: *mut fencepost_producer,
) -> fencepost_status {
    // SAFETY: the header says what a handle must be.
    call(|| unsafe { memory::fini(producer) })
}

/// Makes a producer without an id on the heap. The caller owns it and gives it back with
/// fencepost_producer_free. O(partitions).
///
/// Errors: FENCEPOST_VALUE, FENCEPOST_LENGTH, FENCEPOST_MEMORY.
#[cfg(feature = "std")]
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_producer_new(
    settings: *const fencepost_producer_settings,
    producer: *mut *mut fencepost_producer,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let (settings, extent) = unsafe { options(settings) }?;
        let plan = settings.plan()?;
        // SAFETY: the same.
        unsafe { memory::new(plan, [extent], producer) }
    })
}

/// Frees a producer made by fencepost_producer_new. NULL is left alone.
#[cfg(feature = "std")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_producer_free(producer: *mut fencepost_producer) {
    // SAFETY: the header says what a handle must be.
    call(|| unsafe {
        memory::free(producer);
        Ok(())
    });
}
