//! A transactional id and its transitions.

use core::ffi::{c_char, c_void};
use core::num::NonZeroU32;

use fencepost::coordinator::{
    AddPartitions, Api, Applied, Completion, Destination, EndStep, EndTransaction, Ending,
    Expected, Failed, InitProducerId, MarkerStep, PartitionAccess, Refusal, Release,
    TransactionMetadata, TransactionRecord, TransactionState, Transit, add_partitions_version,
    append_error, coordinator_partition, end_txn_version,
};
use fencepost::error_code::ErrorCode;
use fencepost::ids::{Identity, ProducerId, Timestamp};

use super::ids::fencepost_id_generator;
use crate::batch::{flag, kind_of, marker_kind, transaction_version};
use crate::boundary::handle::{exclusive, extent_of};
use crate::boundary::memory::{self, Parts};
use crate::boundary::{
    Carver, Head, In, InBytes, Out, Versioned, apart, call, handle, on, on_mut, options,
};
use crate::error::{Facts, Tell, Teller, fencepost_error};
use crate::shapes::{answer, look, nothing};
use crate::status::fencepost_status::{self, *};

/// The state of a transactional id: Kafka's numbers.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum fencepost_transaction_state {
    /// No transaction yet, or none any more.
    FENCEPOST_TRANSACTION_STATE_EMPTY = 0,
    /// Partitions have been added.
    FENCEPOST_TRANSACTION_STATE_ONGOING = 1,
    /// It commits: markers are being written.
    FENCEPOST_TRANSACTION_STATE_PREPARE_COMMIT = 2,
    /// It aborts: markers are being written.
    FENCEPOST_TRANSACTION_STATE_PREPARE_ABORT = 3,
    /// It has committed.
    FENCEPOST_TRANSACTION_STATE_COMPLETE_COMMIT = 4,
    /// It has aborted.
    FENCEPOST_TRANSACTION_STATE_COMPLETE_ABORT = 5,
    /// The transactional id is being forgotten.
    FENCEPOST_TRANSACTION_STATE_DEAD = 6,
    /// The epoch is being raised, to abort.
    FENCEPOST_TRANSACTION_STATE_PREPARE_EPOCH_FENCE = 7,
}

/// What the transaction log holds of a transactional id, beside its partitions. Frozen: it never
/// grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_transaction_record {
    /// The producer id.
    pub producer_id: i64,
    /// The producer id before this transition; the same unless it was rotated.
    pub previous_producer_id: i64,
    /// The producer id to switch to when the markers are written, or -1.
    pub next_producer_id: i64,
    /// When the transaction's first partition was added, or -1; milliseconds since 1970.
    pub start_ms: i64,
    /// When the record was made; milliseconds since 1970.
    pub last_update_ms: i64,
    /// The transaction timeout.
    pub timeout_ms: i32,
    /// A fencepost_transaction_state.
    pub state: u32,
    /// The client's transaction version at this transition: 0, 1 or 2.
    pub client_version: u32,
    /// The epoch.
    pub producer_epoch: i16,
    /// 0.
    pub reserved: u16,
}

impl fencepost_transaction_record {
    const NONE: Self = Self {
        producer_id: -1,
        previous_producer_id: -1,
        next_producer_id: -1,
        start_ms: -1,
        last_update_ms: -1,
        timeout_ms: -1,
        state: 0,
        client_version: 0,
        producer_epoch: -1,
        reserved: 0,
    };

    fn of(record: &TransactionRecord) -> Self {
        Self {
            producer_id: record.producer_id,
            previous_producer_id: record.previous_producer_id,
            next_producer_id: record.next_producer_id,
            start_ms: record.start.as_millis(),
            last_update_ms: record.last_update.as_millis(),
            timeout_ms: record.timeout_ms,
            state: record.state.id().into(),
            client_version: version_number(record.client_version),
            producer_epoch: record.producer_epoch,
            reserved: 0,
        }
    }

    fn read(&self) -> Result<TransactionRecord, fencepost_status> {
        let state = u8::try_from(self.state).ok().and_then(TransactionState::from_id);
        if self.reserved != 0 {
            return Err(FENCEPOST_VALUE);
        }
        Ok(TransactionRecord {
            producer_id: self.producer_id,
            previous_producer_id: self.previous_producer_id,
            next_producer_id: self.next_producer_id,
            producer_epoch: self.producer_epoch,
            timeout_ms: self.timeout_ms,
            state: state.ok_or(FENCEPOST_VALUE)?,
            start: Timestamp::from_millis(self.start_ms),
            last_update: Timestamp::from_millis(self.last_update_ms),
            client_version: transaction_version(self.client_version)?,
        })
    }
}

fn version_number(version: fencepost::broker::TransactionVersion) -> u32 {
    use fencepost::broker::TransactionVersion::{V0, V1, V2};
    match version {
        V0 => 0,
        V1 => 1,
        V2 => 2,
    }
}

/// A new transactional id. 0 is every default.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_transaction_config {
    /// sizeof(fencepost_transaction_config).
    pub struct_size: u32,
    /// The coordinator's epoch.
    pub coordinator_epoch: i32,
    /// Its producer id, of fencepost_id_generator_generate.
    pub producer_id: i64,
    /// The broker's clock, milliseconds since 1970.
    pub now_ms: i64,
    /// 1 for the rules of Kafka's trunk of October 2024, before 4.0; 0 for Kafka 4.4.
    pub before_4_0: u32,
    /// 0.
    pub reserved: u32,
}

// SAFETY: it is `repr(C)`, begins with its size, and has integers only.
unsafe impl Versioned for fencepost_transaction_config {
    const FIRST: usize = 24;
}

/// What a transactional id is made by.
#[derive(Clone, Copy)]
pub struct TransactionPlan {
    id: ProducerId,
    coordinator_epoch: i32,
    release: Release,
    now: Timestamp,
}

impl fencepost_transaction_config {
    fn plan(&self) -> Result<TransactionPlan, fencepost_status> {
        if self.reserved != 0 {
            return Err(FENCEPOST_VALUE);
        }
        Ok(TransactionPlan {
            id: ProducerId::new(self.producer_id).ok_or(FENCEPOST_VALUE)?,
            coordinator_epoch: self.coordinator_epoch,
            release: [Release::Kafka4_4, Release::Trunk2024_10]
                [usize::from(flag(self.before_4_0)?)],
            now: Timestamp::from_millis(self.now_ms),
        })
    }
}

/// What a coordinator knows of one transactional id. Its partitions are the caller's to keep.
///
/// Every change has two phases: a request prepares a transition, whose record the caller writes to
/// its log; then fencepost_transaction_appended applies it, or fencepost_transaction_append_failed
/// takes it back. Until then every other change is refused with CONCURRENT_TRANSACTIONS (51).
///
/// Made by fencepost_transaction_new or fencepost_transaction_init. One thread at a time may call
/// functions that take it without const; those that take it as const may run side by side.
pub struct fencepost_transaction {
    head: Head,
    core: TransactionMetadata,
    release: Release,
    /// The transition that is being written.
    transit: Option<Transit>,
    /// What follows when every marker is written.
    completion: Option<Completion>,
}
handle::opaque!(fencepost_transaction, 0x6670_7478_6e21_0001_u64);

impl Parts for fencepost_transaction {
    type Plan = TransactionPlan;
    type Arrays = ();

    fn lay_out(_: TransactionPlan, _: &mut Carver) -> Option<()> {
        Some(())
    }

    fn make(plan: TransactionPlan, head: Head, (): ()) -> Self {
        let TransactionPlan { id, coordinator_epoch, release, now } = plan;
        let core = TransactionMetadata::new(id, coordinator_epoch, release, now);
        Self { head, core, release, transit: None, completion: None }
    }
}

/// How many bytes fencepost_transaction_init needs: less than 400. Any thread, any time.
///
/// Errors: FENCEPOST_VALUE; FENCEPOST_LENGTH if no memory could hold it.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_size(
    config: *const fencepost_transaction_config,
    size: *mut usize,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let ((config, extent), size) = unsafe { (options(config)?, Out::new(size)?) };
        apart([size.extent()], [extent])?;
        size.write(memory::size::<fencepost_transaction>(config.plan()?)?);
        Ok(())
    })
}

/// Makes a transactional id that nobody has used. In memory of the caller, aligned to
/// FENCEPOST_ALIGN and of at least what fencepost_transaction_size says, which must not be touched
/// or moved until fencepost_transaction_fini. O(memory).
///
/// Errors: FENCEPOST_VALUE, FENCEPOST_MISALIGNED, FENCEPOST_BUFFER_TOO_SMALL, FENCEPOST_LENGTH.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_init(
    memory: *mut c_void,
    memory_size: usize,
    config: *const fencepost_transaction_config,
    transaction: *mut *mut fencepost_transaction,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let (config, extent) = unsafe { options(config) }?;
        let plan = config.plan()?;
        // SAFETY: the same.
        unsafe { memory::init(memory.cast(), memory_size, plan, [extent], transaction) }
    })
}

/// Ends what fencepost_transaction_init made: its memory is the caller's again.
///
/// Errors: FENCEPOST_HANDLE, also for what fencepost_transaction_new made, which is left alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_fini(
    transaction: *mut fencepost_transaction,
) -> fencepost_status {
    // SAFETY: the header says what a handle must be.
    call(|| unsafe { memory::fini(transaction) })
}

/// Makes a transactional id that nobody has used. On the heap: the caller owns it and gives it back
/// with fencepost_transaction_free. O(memory).
///
/// Errors: FENCEPOST_VALUE, FENCEPOST_LENGTH, FENCEPOST_MEMORY.
#[cfg(feature = "std")]
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_new(
    config: *const fencepost_transaction_config,
    transaction: *mut *mut fencepost_transaction,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let (config, extent) = unsafe { options(config) }?;
        let plan = config.plan()?;
        // SAFETY: the same.
        unsafe { memory::new(plan, [extent], transaction) }
    })
}

/// Frees what fencepost_transaction_new made. NULL is left alone.
#[cfg(feature = "std")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_free(transaction: *mut fencepost_transaction) {
    // SAFETY: the header says what a handle must be.
    call(|| unsafe {
        memory::free(transaction);
        Ok(())
    });
}

impl Tell for Refusal {
    fn facts(&self) -> Facts {
        let facts = Facts::of(FENCEPOST_COORDINATOR, self.error_code().get());
        match *self {
            Self::CoordinatorChanged { current, got } => facts.numbers(current.into(), got.into()),
            Self::OtherProducer { current, got } | Self::FencedProducer { current, got } => {
                facts.numbers(current, got)
            }
            Self::Fenced { current, got } => facts.numbers(current.into(), got.into()),
            Self::TimeoutOutOfRange { timeout_ms, max_timeout_ms } => {
                facts.numbers(max_timeout_ms.into(), timeout_ms.into())
            }
            _ => facts,
        }
    }
}

/// Tells a coordinator's refusal.
pub(super) fn refused(teller: Teller, refusal: &Refusal) -> fencepost_status {
    teller.tell(refusal)
}

/// What is to be done with a request: fencepost_transition.kind.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum fencepost_transition_kind {
    /// Nothing is to be written: answer code, with the identity.
    FENCEPOST_TRANSITION_ANSWER = 0,
    /// Write the record under the transactional id's key, with acks -1, then say what came of it.
    FENCEPOST_TRANSITION_WRITE = 1,
    /// The same with a tombstone: the key without a value.
    FENCEPOST_TRANSITION_WRITE_TOMBSTONE = 2,
}

/// What is to be done with a request. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_transition {
    /// A fencepost_transition_kind.
    pub kind: u32,
    /// Of FENCEPOST_TRANSITION_ANSWER the Kafka code.
    pub code: i16,
    /// Of FENCEPOST_TRANSITION_ANSWER the epoch, -1 for none.
    pub producer_epoch: i16,
    /// Of FENCEPOST_TRANSITION_ANSWER the producer id, -1 for none.
    pub producer_id: i64,
    /// Of FENCEPOST_TRANSITION_WRITE what to write. With it go the transaction's partitions: those
    /// added, those there were in the Prepare states, none in the others.
    pub record: fencepost_transaction_record,
}

fn parts(identity: Option<Identity>) -> (i64, i16) {
    identity.map_or((-1, -1), |identity| (identity.id.get(), identity.epoch.get()))
}

impl fencepost_transition {
    fn answer(identity: Option<Identity>) -> Self {
        let (producer_id, producer_epoch) = parts(identity);
        let kind = fencepost_transition_kind::FENCEPOST_TRANSITION_ANSWER as u32;
        let record = fencepost_transaction_record::NONE;
        Self { kind, code: 0, producer_epoch, producer_id, record }
    }
}

impl fencepost_transaction {
    /// Keeps the transition until it is known what came of its write.
    fn prepare(&mut self, transit: Transit) -> fencepost_transition {
        use fencepost_transition_kind::*;
        let (kind, record) = match transit.log_value() {
            Some(record) => (FENCEPOST_TRANSITION_WRITE, fencepost_transaction_record::of(&record)),
            None => (FENCEPOST_TRANSITION_WRITE_TOMBSTONE, fencepost_transaction_record::NONE),
        };
        self.transit = Some(transit);
        fencepost_transition { kind: kind as u32, record, ..fencepost_transition::answer(None) }
    }
}

/// Replaces what is known by what the transaction log holds: a coordinator has loaded its
/// partition. Then fencepost_transaction_resume. O(1).
///
/// Errors: FENCEPOST_VALUE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_load(
    transaction: *mut fencepost_transaction,
    record: *const fencepost_transaction_record,
    coordinator_epoch: i32,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        on_mut(transaction, |transaction| {
            let record = In::new(record)?.get().read()?;
            let release = transaction.release;
            transaction.core = TransactionMetadata::load(record, coordinator_epoch, release);
            (transaction.transit, transaction.completion) = (None, None);
            Ok(())
        })
    }
}

/// What a coordinator knows of a transactional id. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_transaction_info {
    /// What a record of it would say now.
    pub record: fencepost_transaction_record,
    /// The state that a pending transition leads to, -1 if none is pending.
    pub pending: i32,
    /// The coordinator's epoch.
    pub coordinator_epoch: i32,
    /// The epoch before the last bump, -1 if it is not known.
    pub last_producer_epoch: i16,
    /// Whether the epoch was raised for an abort whose record could not be written.
    pub has_failed_fence: bool,
    /// 0.
    pub reserved: [u8; 5],
}

/// What a coordinator knows of a transactional id. O(1). May run side by side with other calls that
/// take it as const.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_look(
    transaction: *const fencepost_transaction,
    info: *mut fencepost_transaction_info,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        look(transaction, info, |transaction| {
            let core = &transaction.core;
            Ok(fencepost_transaction_info {
                record: fencepost_transaction_record::of(&core.record()),
                pending: core.pending().map_or(-1, |state| state.id().into()),
                coordinator_epoch: core.coordinator_epoch(),
                last_producer_epoch: core.last_producer_epoch(),
                has_failed_fence: core.has_failed_fence(),
                reserved: [0; 5],
            })
        })
    }
}

/// An InitProducerId with a transactional id. 0 is every default.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_init_request {
    /// sizeof(fencepost_init_request).
    pub struct_size: u32,
    /// The request's transaction timeout.
    pub timeout_ms: i32,
    /// The client's producer id, -1 for none.
    pub producer_id: i64,
    /// The broker's transaction.max.timeout.ms; 0 for 900000.
    pub max_timeout_ms: i32,
    /// The client's epoch, -1 for none.
    pub producer_epoch: i16,
    /// 0.
    pub reserved: u16,
    /// The cluster's transaction version: 0, 1 or 2.
    pub server_version: u32,
    /// 0.
    pub reserved2: u32,
}

// SAFETY: it is `repr(C)`, begins with its size, and has integers only.
unsafe impl Versioned for fencepost_init_request {
    const FIRST: usize = 24;
}

/// InitProducerId: a new epoch, or the abort of what an earlier instance left. O(1).
///
/// Errors: FENCEPOST_COORDINATOR; the client is answered error.kafka_code. FENCEPOST_VALUE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_init_producer_id(
    transaction: *mut fencepost_transaction,
    id_generator: *mut fencepost_id_generator,
    request: *const fencepost_init_request,
    now_ms: i64,
    transition: *mut fencepost_transition,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        let inputs = || {
            let (ids, (request, request_at)) = (exclusive(id_generator)?, options(request)?);
            let read = [request_at, extent_of(ids)];
            Ok(((ids, request), read))
        };
        answer(transaction, inputs, transition, error, |transaction, (ids, request), teller| {
            if request.reserved != 0 || request.reserved2 != 0 {
                return Err(FENCEPOST_VALUE);
            }
            let server = transaction_version(request.server_version)?;
            let tell = |refusal: Refusal| refused(teller, &refusal);
            let expected = Expected::parse(request.producer_id, request.producer_epoch);
            let most = if request.max_timeout_ms == 0 { 900_000 } else { request.max_timeout_ms };
            let asked = InitProducerId::new(request.timeout_ms, most, expected.map_err(tell)?)
                .map_err(tell)?;
            let now = Timestamp::from_millis(now_ms);
            let new_id = || ids.core.generate(now).map_err(|waiting| waiting.error_code());
            let transit = transaction.core.init_producer_id(&asked, server, new_id, now);
            Ok(transaction.prepare(transit.map_err(tell)?))
        })
    }
}

/// AddPartitionsToTxn or AddOffsetsToTxn: all_contained is 1 if the transaction holds all of the
/// partitions already, version the client's transaction version. O(1).
///
/// Errors: FENCEPOST_COORDINATOR; the client is answered error.kafka_code. FENCEPOST_VALUE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_add_partitions(
    transaction: *mut fencepost_transaction,
    producer_id: i64,
    producer_epoch: i16,
    version: u32,
    all_contained: u32,
    now_ms: i64,
    transition: *mut fencepost_transition,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        answer(transaction, nothing, transition, error, |transaction, (), teller| {
            let version = transaction_version(version)?;
            let request = AddPartitions { producer_id, producer_epoch, version };
            let (all, now) = (flag(all_contained)?, Timestamp::from_millis(now_ms));
            let added = transaction.core.add_partitions(&request, all, now);
            let added = added.map_err(|refusal| refused(teller, &refusal))?;
            Ok(match added {
                Some(transit) => transaction.prepare(transit),
                None => fencepost_transition::answer(None),
            })
        })
    }
}

/// Whether the transaction holds a partition that a leader asks about (KIP-890): contained is 1 if
/// it does. O(1). May run side by side with other calls that take it as const.
///
/// Errors: FENCEPOST_COORDINATOR; the leader is answered error.kafka_code. FENCEPOST_VALUE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_verify_partition(
    transaction: *const fencepost_transaction,
    producer_id: i64,
    producer_epoch: i16,
    contained: u32,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        on(transaction, |transaction| {
            let teller = Teller::new(error)?;
            apart([teller.extent(), teller.text()], [extent_of(transaction)])?;
            let contained = flag(contained)?;
            let verified =
                transaction.core.verify_partition(producer_id, producer_epoch, contained);
            verified.map_err(|refusal| refused(teller, &refusal))
        })
    }
}

/// EndTxn: verdict is FENCEPOST_BATCH_KIND_COMMIT or FENCEPOST_BATCH_KIND_ABORT, version the
/// client's transaction version. The client is answered when the verdict is on the log, before any
/// marker is written. O(1).
///
/// Errors: FENCEPOST_COORDINATOR; the client is answered error.kafka_code. FENCEPOST_VALUE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_end(
    transaction: *mut fencepost_transaction,
    id_generator: *mut fencepost_id_generator,
    producer_id: i64,
    producer_epoch: i16,
    verdict: u32,
    version: u32,
    now_ms: i64,
    transition: *mut fencepost_transition,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        let inputs = || {
            let ids = exclusive(id_generator)?;
            let read = [extent_of(ids)];
            Ok((ids, read))
        };
        answer(transaction, inputs, transition, error, |transaction, ids, teller| {
            let (verdict, version) = (marker_kind(verdict)?, transaction_version(version)?);
            let request = EndTransaction { producer_id, producer_epoch, verdict, version };
            let now = Timestamp::from_millis(now_ms);
            let new_id = || ids.core.generate(now).map_err(|waiting| waiting.error_code());
            let ended = transaction.core.end_transaction(&request, new_id, now);
            Ok(match ended.map_err(|refusal| refused(teller, &refusal))? {
                EndStep::Write(transit) => transaction.prepare(transit),
                EndStep::Done(identity) => fencepost_transition::answer(identity),
            })
        })
    }
}

/// Aborts the transaction if it has taken longer than its timeout; server_version is the cluster's
/// transaction version. O(1).
///
/// Errors: FENCEPOST_NOT_FOUND if it has not timed out; FENCEPOST_COORDINATOR, FENCEPOST_VALUE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_abort_if_timed_out(
    transaction: *mut fencepost_transaction,
    id_generator: *mut fencepost_id_generator,
    server_version: u32,
    now_ms: i64,
    transition: *mut fencepost_transition,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        let inputs = || {
            let ids = exclusive(id_generator)?;
            let read = [extent_of(ids)];
            Ok((ids, read))
        };
        answer(transaction, inputs, transition, error, |transaction, ids, teller| {
            let (server, now) =
                (transaction_version(server_version)?, Timestamp::from_millis(now_ms));
            let new_id = || ids.core.generate(now).map_err(|waiting| waiting.error_code());
            let aborted = transaction.core.abort_if_timed_out(server, new_id, now);
            let transit = aborted.map_err(|refusal| refused(teller, &refusal))?;
            Ok(transaction.prepare(transit.ok_or(FENCEPOST_NOT_FOUND)?))
        })
    }
}

/// Forgets the transactional id if it was not used for expiration_ms
/// (transactional.id.expiration.ms). O(1).
///
/// Errors: FENCEPOST_NOT_FOUND if it has not expired; FENCEPOST_COORDINATOR.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_expire(
    transaction: *mut fencepost_transaction,
    expiration_ms: i32,
    now_ms: i64,
    transition: *mut fencepost_transition,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        answer(transaction, nothing, transition, error, |transaction, (), teller| {
            let expired = transaction.core.expire(expiration_ms, Timestamp::from_millis(now_ms));
            let transit = expired.map_err(|refusal| refused(teller, &refusal))?;
            Ok(transaction.prepare(transit.ok_or(FENCEPOST_NOT_FOUND)?))
        })
    }
}

/// What an applied transition means: fencepost_applied.kind.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum fencepost_applied_kind {
    /// InitProducerId is answered with the identity.
    FENCEPOST_APPLIED_INITIALIZED = 0,
    /// The partitions are part of the transaction: answer 0.
    FENCEPOST_APPLIED_PARTITIONS_ADDED = 1,
    /// Answer code with the identity now, then write the marker to each of the transaction's
    /// partitions; after each change of what is left of them call
    /// fencepost_transaction_markers_left, also at once.
    FENCEPOST_APPLIED_ENDING = 2,
    /// The transaction is over; forget its partitions.
    FENCEPOST_APPLIED_COMPLETED = 3,
    /// Forget the transactional id.
    FENCEPOST_APPLIED_REMOVED = 4,
    /// The append failed, and nothing changed: answer code.
    FENCEPOST_APPLIED_FAILED = 5,
    /// The append of a completion failed: all markers are written, so append the same again, later.
    FENCEPOST_APPLIED_RETRY = 6,
    /// The append of a completion failed: another broker, or a later load, completes it.
    FENCEPOST_APPLIED_STOP = 7,
    /// The completion can't be written: fencepost_transaction_resume begins the markers again.
    FENCEPOST_APPLIED_FATAL = 8,
}
use fencepost_applied_kind::*;

/// What an applied transition means. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_applied {
    /// A fencepost_applied_kind.
    pub kind: u32,
    /// The Kafka code to answer; 0 for success.
    pub code: i16,
    /// The epoch to answer, -1 for none.
    pub producer_epoch: i16,
    /// The producer id to answer, -1 for none.
    pub producer_id: i64,
    /// Of FENCEPOST_APPLIED_ENDING the marker's producer id; otherwise -1.
    pub marker_producer_id: i64,
    /// The coordinator's epoch in the marker.
    pub marker_coordinator_epoch: i32,
    /// FENCEPOST_BATCH_KIND_COMMIT or FENCEPOST_BATCH_KIND_ABORT.
    pub marker_kind: u32,
    /// The client's transaction version, for WriteTxnMarkers from version 2 on.
    pub marker_version: u32,
    /// The marker's epoch.
    pub marker_producer_epoch: i16,
    /// 0.
    pub reserved: u16,
}

impl fencepost_applied {
    fn new(kind: fencepost_applied_kind, code: i16, identity: Option<Identity>) -> Self {
        let (producer_id, producer_epoch) = parts(identity);
        Self {
            kind: kind as u32,
            code,
            producer_epoch,
            producer_id,
            marker_producer_id: -1,
            marker_coordinator_epoch: -1,
            marker_kind: 0,
            marker_version: 0,
            marker_producer_epoch: -1,
            reserved: 0,
        }
    }
}

impl fencepost_transaction {
    fn ending(&mut self, ending: Ending) -> fencepost_applied {
        let (code, identity) = match &ending.answer {
            Ok(identity) => (0, *identity),
            Err(refusal) => (refusal.error_code().get(), None),
        };
        let marker = ending.marker;
        self.completion = Some(ending.completion);
        fencepost_applied {
            marker_producer_id: marker.producer_id,
            marker_coordinator_epoch: marker.coordinator_epoch,
            marker_kind: kind_of(marker.kind) as u32,
            marker_version: version_number(marker.version),
            marker_producer_epoch: marker.producer_epoch,
            ..fencepost_applied::new(FENCEPOST_APPLIED_ENDING, code, identity)
        }
    }
}

/// After fencepost_transaction_load: the rest of a transaction whose verdict is on the log, as
/// FENCEPOST_APPLIED_ENDING; nobody waits for its answer. O(1).
///
/// Errors: FENCEPOST_NOT_FOUND if there is none to end; FENCEPOST_COORDINATOR.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_resume(
    transaction: *mut fencepost_transaction,
    now_ms: i64,
    applied: *mut fencepost_applied,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        answer(transaction, nothing, applied, error, |transaction, (), teller| {
            let ending = transaction.core.resume(Timestamp::from_millis(now_ms));
            let ending = ending.map_err(|refusal| refused(teller, &refusal))?;
            Ok(transaction.ending(ending.ok_or(FENCEPOST_NOT_FOUND)?))
        })
    }
}

/// The record of the prepared transition is in the log: applies it and says what it means. O(1).
///
/// Errors: FENCEPOST_STATE if none is prepared; FENCEPOST_COORDINATOR if the coordinator changed
/// meanwhile.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_appended(
    transaction: *mut fencepost_transaction,
    now_ms: i64,
    applied: *mut fencepost_applied,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        answer(transaction, nothing, applied, error, |transaction, (), teller| {
            let transit = transaction.transit.take().ok_or(FENCEPOST_STATE)?;
            let applied = transaction.core.appended(transit, Timestamp::from_millis(now_ms));
            Ok(match applied.map_err(|refusal| refused(teller, &refusal))? {
                Applied::Initialized(identity) => {
                    fencepost_applied::new(FENCEPOST_APPLIED_INITIALIZED, 0, Some(identity))
                }
                Applied::PartitionsAdded => {
                    fencepost_applied::new(FENCEPOST_APPLIED_PARTITIONS_ADDED, 0, None)
                }
                Applied::Ending(ending) => transaction.ending(ending),
                Applied::Completed => fencepost_applied::new(FENCEPOST_APPLIED_COMPLETED, 0, None),
                Applied::Removed => fencepost_applied::new(FENCEPOST_APPLIED_REMOVED, 0, None),
            })
        })
    }
}

/// The record of the prepared transition could not be written: `code` is what the append answered.
/// O(1).
///
/// Errors: FENCEPOST_STATE if none is prepared; FENCEPOST_COORDINATOR if the coordinator changed
/// meanwhile.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_append_failed(
    transaction: *mut fencepost_transaction,
    code: i16,
    applied: *mut fencepost_applied,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        answer(transaction, nothing, applied, error, |transaction, (), teller| {
            let transit = transaction.transit.take().ok_or(FENCEPOST_STATE)?;
            let failed = transaction.core.append_failed(transit, ErrorCode::new(code));
            let new = fencepost_applied::new;
            Ok(match failed.map_err(|refusal| refused(teller, &refusal))? {
                Failed::Answer(code) => new(FENCEPOST_APPLIED_FAILED, code.get(), None),
                Failed::Retry(transit) => {
                    transaction.transit = Some(transit);
                    new(FENCEPOST_APPLIED_RETRY, 0, None)
                }
                Failed::Stop => new(FENCEPOST_APPLIED_STOP, 0, None),
                Failed::Fatal(code) => new(FENCEPOST_APPLIED_FATAL, code.get(), None),
            })
        })
    }
}

/// How many partitions of the ending transaction are left without their marker: with none, the
/// record of its completion is to be written. O(1).
///
/// Errors: FENCEPOST_NOT_FOUND while partitions are left, FENCEPOST_STATE if no transaction is
/// ending.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_markers_left(
    transaction: *mut fencepost_transaction,
    partitions_left: usize,
    transition: *mut fencepost_transition,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        on_mut(transaction, |transaction| {
            let out = Out::new(transition)?;
            apart([out.extent()], [extent_of(transaction)])?;
            let completion = transaction.completion.take().ok_or(FENCEPOST_STATE)?;
            match completion.when_none_left(partitions_left) {
                Ok(transit) => {
                    out.write(transaction.prepare(transit));
                    Ok(())
                }
                Err(completion) => {
                    transaction.completion = Some(completion);
                    Err(FENCEPOST_NOT_FOUND)
                }
            }
        })
    }
}

/// What becomes of a partition of an ended transaction: what fencepost_marker_step gives.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum fencepost_marker_next {
    /// It has its marker: take it out of the transaction's set.
    FENCEPOST_MARKER_NEXT_REMOVE = 0,
    /// Send the marker again, to whoever leads the partition then.
    FENCEPOST_MARKER_NEXT_RETRY = 1,
    /// Drop all markers of this transaction: a newer coordinator has fenced this one.
    FENCEPOST_MARKER_NEXT_GIVE_UP = 2,
    /// A code that WriteTxnMarkers never answers with; Kafka stops here.
    FENCEPOST_MARKER_NEXT_FATAL = 3,
}

fn marker_next(step: MarkerStep) -> fencepost_marker_next {
    use fencepost_marker_next::*;
    match step {
        MarkerStep::Remove => FENCEPOST_MARKER_NEXT_REMOVE,
        MarkerStep::Retry => FENCEPOST_MARKER_NEXT_RETRY,
        MarkerStep::GiveUp => FENCEPOST_MARKER_NEXT_GIVE_UP,
        MarkerStep::Fatal => FENCEPOST_MARKER_NEXT_FATAL,
    }
}

/// What a partition's answer to WriteTxnMarkers means: a fencepost_marker_next. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn fencepost_marker_step(code: i16) -> u32 {
    marker_next(MarkerStep::from_code(ErrorCode::new(code))) as u32
}

/// What a failed append to the transaction log is answered to clients. Any thread, any time.
#[unsafe(no_mangle)]
pub extern "C" fn fencepost_append_error(code: i16) -> i16 {
    append_error(ErrorCode::new(code)).get()
}

/// A request of the transaction protocol.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum fencepost_api {
    /// InitProducerId.
    FENCEPOST_API_INIT_PRODUCER_ID = 0,
    /// AddPartitionsToTxn.
    FENCEPOST_API_ADD_PARTITIONS_TO_TXN = 1,
    /// AddOffsetsToTxn.
    FENCEPOST_API_ADD_OFFSETS_TO_TXN = 2,
    /// EndTxn.
    FENCEPOST_API_END_TXN = 3,
    /// TxnOffsetCommit.
    FENCEPOST_API_TXN_OFFSET_COMMIT = 4,
    /// Produce.
    FENCEPOST_API_PRODUCE = 5,
}

/// The code that a client of this version of a request (a fencepost_api) knows in place of `code`.
///
/// Errors: FENCEPOST_VALUE. Any thread, any time.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_api_downgrade(
    api: u32,
    code: i16,
    version: i16,
    answer: *mut i16,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let out = unsafe { Out::new(answer) }?;
        let api = match api {
            0 => Api::InitProducerId,
            1 => Api::AddPartitionsToTxn,
            2 => Api::AddOffsetsToTxn,
            3 => Api::EndTxn,
            4 => Api::TxnOffsetCommit,
            5 => Api::Produce,
            _ => return Err(FENCEPOST_VALUE),
        };
        out.write(api.downgrade(ErrorCode::new(code), version).get());
        Ok(())
    })
}

/// Where the marker of a partition has to go: of fencepost_marker_before_sending.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum fencepost_destination {
    /// To a leader that is known.
    FENCEPOST_DESTINATION_LEADER = 0,
    /// Nobody leads the partition now.
    FENCEPOST_DESTINATION_NO_LEADER = 1,
    /// The metadata no longer knows the partition.
    FENCEPOST_DESTINATION_DELETED = 2,
}

/// What to do with a partition's marker before anything is sent: a fencepost_marker_next. Any
/// thread, any time.
///
/// Errors: FENCEPOST_NOT_FOUND if it is to be sent; FENCEPOST_VALUE for what is no
/// fencepost_destination.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_marker_before_sending(
    destination: u32,
    next: *mut u32,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let out = unsafe { Out::new(next) }?;
        let destination = match destination {
            0 => Destination::Leader,
            1 => Destination::NoLeader,
            2 => Destination::Deleted,
            _ => return Err(FENCEPOST_VALUE),
        };
        let step = MarkerStep::before_sending(destination).ok_or(FENCEPOST_NOT_FOUND)?;
        out.write(marker_next(step) as u32);
        Ok(())
    })
}

/// What the authorizer and the metadata say of a partition that a client wants to add.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum fencepost_partition_access {
    /// It may be written to.
    FENCEPOST_PARTITION_ACCESS_GRANTED = 0,
    /// The principal may not write to the topic, or the topic is internal.
    FENCEPOST_PARTITION_ACCESS_DENIED = 1,
    /// The metadata does not know it.
    FENCEPOST_PARTITION_ACCESS_UNKNOWN = 2,
}

/// The partition's code in the answer to AddPartitionsToTxn, when any of the request's partitions
/// was not granted (any_failed 1): then nothing is added, and those that were granted get
/// OPERATION_NOT_ATTEMPTED (55). Any thread, any time.
///
/// Errors: FENCEPOST_NOT_FOUND if it is to be added; FENCEPOST_VALUE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_partition_access_code(
    access: u32,
    any_failed: u32,
    code: *mut i16,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let out = unsafe { Out::new(code) }?;
        let access = match access {
            0 => PartitionAccess::Granted,
            1 => PartitionAccess::Denied,
            2 => PartitionAccess::Unknown,
            _ => return Err(FENCEPOST_VALUE),
        };
        let code = access.refusal_code(flag(any_failed)?).ok_or(FENCEPOST_NOT_FOUND)?;
        out.write(code.get());
        Ok(())
    })
}

/// The transaction version that an EndTxn of this version speaks: fencepost_transaction_end's
/// version. Any thread, any time.
#[unsafe(no_mangle)]
pub extern "C" fn fencepost_end_txn_version(request_version: i16) -> u32 {
    version_number(end_txn_version(request_version))
}

/// The transaction version that an AddPartitionsToTxn of this version speaks:
/// fencepost_transaction_add_partitions' version. AddOffsetsToTxn speaks 0. Any thread, any time.
#[unsafe(no_mangle)]
pub extern "C" fn fencepost_add_partitions_version(request_version: i16) -> u32 {
    version_number(add_partitions_version(request_version))
}

/// The partition of __transaction_state that a transactional id, given as `id_len` bytes of UTF-8,
/// belongs to. O(id_len). Any thread, any time.
///
/// Errors: FENCEPOST_TEXT; FENCEPOST_VALUE for no partitions.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_coordinator_partition(
    id: *const c_char,
    id_len: usize,
    partitions: u32,
    partition: *mut u32,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let (id, out) = unsafe { (InBytes::new(id.cast::<u8>(), id_len)?, Out::new(partition)?) };
        apart([out.extent()], [id.extent()])?;
        let id = core::str::from_utf8(id.get()).map_err(|_| FENCEPOST_TEXT)?;
        let partitions = NonZeroU32::new(partitions).ok_or(FENCEPOST_VALUE)?;
        out.write(coordinator_partition(id, partitions));
        Ok(())
    })
}
