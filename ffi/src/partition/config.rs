//! How does a partition decide, how large is it, and how does it begin and end?

use core::ffi::c_void;

use fencepost::broker::{Config, ExpireBy, FullPolicy, Profile, UnknownProducer};

use super::fencepost_partition;
use crate::batch::flag;
use crate::boundary::{Out, Versioned, apart, call, memory, options};
use crate::status::fencepost_status::{self, *};

/// Whose broker is reproduced: fencepost_partition_config.profile. Rules that changed between
/// releases are named here.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum fencepost_profile {
    /// Kafka 4.2 to 4.4. With FENCEPOST_PROFILE_DEFAULT the newest one that the library knows.
    FENCEPOST_PROFILE_DEFAULT = 0,
    /// Kafka 3.9, as 3.9.2 is; for 3.9.0 see fencepost_partition_config.guard_first.
    FENCEPOST_PROFILE_KAFKA_3_9 = 1,
    /// Kafka 4.0: an open transaction counts only in its own epoch, and a marker leaves alone the
    /// verification of the next transaction of a client with transaction version 2.
    FENCEPOST_PROFILE_KAFKA_4_0 = 2,
    /// Kafka 4.1: first sequences of transaction version 2, and stale epochs at verification.
    FENCEPOST_PROFILE_KAFKA_4_1 = 3,
    /// Kafka 4.2 to 4.4: markers of transaction version 2 need a higher epoch.
    FENCEPOST_PROFILE_KAFKA_4_2 = 4,
}

/// What happens to a client's new producer when every slot is taken:
/// fencepost_partition_config.full.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum fencepost_full_policy {
    /// It is refused.
    FENCEPOST_FULL_REFUSE = 0,
    /// The producer recorded least recently, and without an open transaction, is forgotten.
    FENCEPOST_FULL_EVICT_LEAST_RECENT = 1,
    /// An expired producer is forgotten, if there is one among the next 64 of the sweep; otherwise
    /// it is refused.
    FENCEPOST_FULL_EVICT_EXPIRED = 2,
}

/// What a producer's age is counted from: fencepost_partition_config.expire_by.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum fencepost_expire_by {
    /// The largest timestamp of its last batch, as Kafka does.
    FENCEPOST_EXPIRE_BY_RECORD_TIMESTAMP = 0,
    /// The time of the append.
    FENCEPOST_EXPIRE_BY_APPEND_TIME = 1,
}

/// Which first sequence a producer may begin with that the partition does not know:
/// fencepost_partition_config.unknown_producer.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum fencepost_unknown_producer {
    /// Any, as Kafka 2.5 to 4.4.
    FENCEPOST_UNKNOWN_PRODUCER_ANY_SEQUENCE = 0,
    /// Only 0 while the partition has never held a record, else any (KAFKA-15591).
    FENCEPOST_UNKNOWN_PRODUCER_ZERO_IF_NEVER_WRITTEN = 1,
}

/// How a partition decides, and how much it holds. 0 means the default everywhere; the default of a
/// size is none.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_partition_config {
    /// sizeof(fencepost_partition_config).
    pub struct_size: u32,
    /// How many producers there is memory for.
    pub producers: u32,
    /// How many open and unreplicated transactions there is memory for.
    pub transactions: u32,
    /// How many verifications of transactional writes there is memory for.
    pub guards: u32,
    /// How many batches may be undecided in the pipeline at once, all producers together.
    pub undecided: u32,
    /// A fencepost_profile.
    pub profile: u32,
    /// A random number. Clients choose producer ids, so the index must be keyed by something they
    /// can't know; it also tells the tickets of one partition from another's. 0 is a number like
    /// any other: with the same one in two partitions, each takes the other's tickets.
    pub seed: u64,
    /// producer.id.expiration.ms; 0 for Kafka's default, 86400000.
    pub expiration_ms: u32,
    /// transaction.max.timeout.ms; 0 for Kafka's default, 900000.
    pub max_transaction_ms: u32,
    /// A fencepost_full_policy.
    pub full: u32,
    /// A fencepost_expire_by.
    pub expire_by: u32,
    /// A fencepost_unknown_producer.
    pub unknown_producer: u32,
    /// 1 to take transactional writes without verification (KIP-890).
    pub without_verification: u32,
    /// 1 to look at the guard of a transactional write before its epoch, as the releases before the
    /// fix of KAFKA-19690 do, such as 3.9.0.
    pub guard_first: u32,
    /// 0.
    pub reserved: u32,
}

// SAFETY: it is `repr(C)`, begins with its size, and has integers only.
unsafe impl Versioned for fencepost_partition_config {
    const FIRST: usize = 32;
}

/// What a partition is made by.
#[derive(Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) config: Config,
    pub(crate) producers: u32,
    pub(crate) transactions: u32,
    pub(crate) guards: u32,
    pub(crate) undecided: u32,
    pub(crate) expiration_ms: u32,
}

impl fencepost_partition_config {
    pub(crate) fn plan(&self) -> Result<Plan, fencepost_status> {
        let profile = match self.profile {
            0 | 4 => Profile::Kafka4_2,
            1 => Profile::Kafka3_9,
            2 => Profile::Kafka4_0,
            3 => Profile::Kafka4_1,
            _ => return Err(FENCEPOST_VALUE),
        };
        let full = match self.full {
            0 => FullPolicy::Refuse,
            1 => FullPolicy::EvictLeastRecent,
            2 => FullPolicy::EvictExpired,
            _ => return Err(FENCEPOST_VALUE),
        };
        let (expire_by, unknown) = (flag(self.expire_by)?, flag(self.unknown_producer)?);
        if self.reserved != 0 {
            return Err(FENCEPOST_VALUE);
        }
        let or = |given: u32, default: u32| if given == 0 { default } else { given };
        let expiration_ms = or(self.expiration_ms, 86_400_000);
        let config = Config::new(profile)
            .seed(self.seed)
            .expiration_ms(expiration_ms)
            .max_transaction_ms(or(self.max_transaction_ms, 900_000))
            .full(full)
            .expire_by([ExpireBy::RecordTimestamp, ExpireBy::AppendTime][usize::from(expire_by)])
            .unknown_producer(
                [UnknownProducer::AnySequence, UnknownProducer::ZeroIfNeverWritten]
                    [usize::from(unknown)],
            )
            .verification(!flag(self.without_verification)?)
            .guard_first(flag(self.guard_first)?);
        Ok(Plan {
            config,
            producers: self.producers,
            transactions: self.transactions,
            guards: self.guards,
            undecided: self.undecided,
            expiration_ms,
        })
    }
}

/// How many bytes fencepost_partition_init needs for a configuration: about 170 a producer, 24 a
/// transaction, 32 a guard, 72 an undecided batch, and less than 600 for itself.
///
/// FENCEPOST_PARTITION_SIZE is the same as a constant, rounded up. Any thread, any time.
///
/// Errors: FENCEPOST_VALUE; FENCEPOST_LENGTH if no memory could hold it.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_partition_size(
    config: *const fencepost_partition_config,
    size: *mut usize,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let ((config, extent), size) = unsafe { (options(config)?, Out::new(size)?) };
        apart([size.extent()], [extent])?;
        size.write(memory::size::<fencepost_partition>(config.plan()?)?);
        Ok(())
    })
}

/// Makes a partition in memory of the caller: of which nothing is known, log end 0.
///
/// The memory is aligned to FENCEPOST_ALIGN, memory_size is at least what fencepost_partition_size
/// says, and it must not be touched or moved until fencepost_partition_fini. The handle is at its
/// beginning. O(memory).
///
/// Errors: FENCEPOST_VALUE, FENCEPOST_MISALIGNED, FENCEPOST_BUFFER_TOO_SMALL, FENCEPOST_LENGTH.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_partition_init(
    memory: *mut c_void,
    memory_size: usize,
    config: *const fencepost_partition_config,
    partition: *mut *mut fencepost_partition,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let (config, extent) = unsafe { options(config) }?;
        let plan = config.plan()?;
        // SAFETY: the same.
        unsafe { memory::init(memory.cast(), memory_size, plan, [extent], partition) }
    })
}

/// Ends a partition made by fencepost_partition_init: its memory is the caller's again.
///
/// Errors: FENCEPOST_HANDLE, also for one made by fencepost_partition_new, which is left alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_partition_fini(
    partition: *mut fencepost_partition,
) -> fencepost_status {
    // SAFETY: the header says what a handle must be.
    call(|| unsafe { memory::fini(partition) })
}

/// Makes a partition on the heap, of which nothing is known, log end 0. The caller owns it and
/// gives it back with fencepost_partition_free. O(memory).
///
/// Errors: FENCEPOST_VALUE, FENCEPOST_LENGTH, FENCEPOST_MEMORY.
#[cfg(feature = "std")]
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_partition_new(
    config: *const fencepost_partition_config,
    partition: *mut *mut fencepost_partition,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let (config, extent) = unsafe { options(config) }?;
        let plan = config.plan()?;
        // SAFETY: the same.
        unsafe { memory::new(plan, [extent], partition) }
    })
}

/// Frees a partition made by fencepost_partition_new. NULL is left alone.
#[cfg(feature = "std")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_partition_free(partition: *mut fencepost_partition) {
    // SAFETY: the header says what a handle must be.
    call(|| unsafe {
        memory::free(partition);
        Ok(())
    });
}
