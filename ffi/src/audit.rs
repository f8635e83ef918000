//! What went wrong in this log?

use core::ffi::{c_char, c_void};

use fencepost::audit::{
    Audit, AuditFull, Finding, FindingKind, Settings, Severity, Trail, Writers,
};
use fencepost::broker::{IndexLine, OpenTransaction, Slot, VerificationEntry};

use crate::batch::{fencepost_batch, flag};
use crate::boundary::handle::extent_of;
use crate::boundary::memory::{self, Parts};
use crate::boundary::{
    Carver, Extent, Head, In, Out, OutSlice, Versioned, apart, call, handle, on_mut, options,
};
use crate::error::{Facts, Tell, Teller, fencepost_error};
use crate::partition::admission::fencepost_completed;
use crate::partition::config::{Plan, fencepost_partition_config};
use crate::partition::handle::Arrays;
use crate::partition::look::fencepost_producer_description;
use crate::shapes::{list, look};
use crate::status::fencepost_status::{self, *};

/// What an audit goes by. 0 is every default; the default of a size is none.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_audit_config {
    /// sizeof(fencepost_audit_config).
    pub struct_size: u32,
    /// How many producers there is memory for.
    pub producers: u32,
    /// How many transactions: one more than producers is always enough.
    pub transactions: u32,
    /// For how many producers it is remembered what they wrote last, which findings of batches
    /// written twice need: as many as producers, or twice as many where their ids are scattered.
    pub trails: u32,
    /// Where the log is taken up: 0, or the offset of the first batch that is observed.
    pub from_offset: i64,
    /// A random number, which keys the index of producers.
    pub seed: u64,
    /// producer.id.expiration.ms of the brokers that wrote the log; 0 for 86400000.
    pub expiration_ms: u32,
    /// transaction.max.timeout.ms of those brokers; 0 for 900000.
    pub max_transaction_ms: u32,
    /// 1 for a log that a coordinator wrote for its clients (__consumer_offsets).
    pub coordinator: u32,
    /// A fencepost_profile.
    pub profile: u32,
}

// SAFETY: it is `repr(C)`, begins with its size, and has integers only.
unsafe impl Versioned for fencepost_audit_config {
    const FIRST: usize = 32;
}

/// What an audit is made by.
#[derive(Clone, Copy)]
pub struct AuditPlan {
    partition: Plan,
    settings: Settings,
    trails: u32,
}

impl fencepost_audit_config {
    fn plan(&self) -> Result<AuditPlan, fencepost_status> {
        let config = fencepost_partition_config {
            struct_size: 0,
            producers: self.producers,
            transactions: self.transactions,
            guards: 0,
            undecided: 0,
            profile: self.profile,
            seed: self.seed,
            expiration_ms: self.expiration_ms,
            max_transaction_ms: self.max_transaction_ms,
            full: 0,
            expire_by: 0,
            unknown_producer: 0,
            without_verification: 1,
            guard_first: 0,
            reserved: 0,
        };
        let or = |given: u32, default: u32| if given == 0 { default } else { given };
        let writers = if flag(self.coordinator)? { Writers::Coordinator } else { Writers::Clients };
        let settings = Settings {
            writers,
            expiration_ms: or(self.expiration_ms, 86_400_000),
            max_transaction_ms: or(self.max_transaction_ms, 900_000),
            from_offset: self.from_offset,
        };
        Ok(AuditPlan { partition: config.plan()?, settings, trails: self.trails })
    }
}

type Array<T> = &'static mut [T];

type Core = Audit<
    Array<Slot>,
    Array<IndexLine>,
    Array<OpenTransaction>,
    Array<VerificationEntry>,
    (),
    Array<Trail>,
>;

/// Watches the batches of one partition go by.
///
/// Made by fencepost_audit_new or fencepost_audit_init. One thread at a time may call functions
/// that take it without const; those that take it as const may run side by side with each other.
pub struct fencepost_audit {
    head: Head,
    core: Core,
}
handle::opaque!(fencepost_audit, 0x6670_6175_6469_0001_u64);

impl Parts for fencepost_audit {
    type Plan = AuditPlan;
    type Arrays = (Arrays, Array<Trail>);

    fn lay_out(plan: AuditPlan, carver: &mut Carver) -> Option<Self::Arrays> {
        let partition = Arrays::lay_out(&plan.partition, carver)?;
        Some((partition, carver.array(usize::try_from(plan.trails).ok()?, Trail::EMPTY)?))
    }

    fn make(plan: AuditPlan, head: Head, (arrays, trails): Self::Arrays) -> Self {
        let (partition, _) = arrays.partition(&plan.partition);
        Self { head, core: Audit::new(partition, plan.settings).with_trails(trails) }
    }
}

/// How many bytes fencepost_audit_init needs for a configuration: about 200 a producer and 300 a
/// trail. Any thread, any time.
///
/// Errors: FENCEPOST_VALUE; FENCEPOST_LENGTH if no memory could hold it.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_audit_size(
    config: *const fencepost_audit_config,
    size: *mut usize,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let ((config, extent), size) = unsafe { (options(config)?, Out::new(size)?) };
        apart([size.extent()], [extent])?;
        size.write(memory::size::<fencepost_audit>(config.plan()?)?);
        Ok(())
    })
}

/// Makes an audit that has seen nothing. In memory of the caller, aligned to FENCEPOST_ALIGN and of
/// at least what fencepost_audit_size says, which must not be touched or moved until
/// fencepost_audit_fini. O(memory).
///
/// Errors: FENCEPOST_VALUE, FENCEPOST_MISALIGNED, FENCEPOST_BUFFER_TOO_SMALL, FENCEPOST_LENGTH.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_audit_init(
    memory: *mut c_void,
    memory_size: usize,
    config: *const fencepost_audit_config,
    audit: *mut *mut fencepost_audit,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let (config, extent) = unsafe { options(config) }?;
        let plan = config.plan()?;
        // SAFETY: the same.
        unsafe { memory::init(memory.cast(), memory_size, plan, [extent], audit) }
    })
}

/// Ends what fencepost_audit_init made: its memory is the caller's again.
///
/// Errors: FENCEPOST_HANDLE, also for what fencepost_audit_new made, which is left alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_audit_fini(audit: *mut fencepost_audit) -> fencepost_status {
    // SAFETY: the header says what a handle must be.
    call(|| unsafe { memory::fini(audit) })
}

/// Makes an audit that has seen nothing. On the heap: the caller owns it and gives it back with
/// fencepost_audit_free. O(memory).
///
/// Errors: FENCEPOST_VALUE, FENCEPOST_LENGTH, FENCEPOST_MEMORY.
#[cfg(feature = "std")]
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_audit_new(
    config: *const fencepost_audit_config,
    audit: *mut *mut fencepost_audit,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let (config, extent) = unsafe { options(config) }?;
        let plan = config.plan()?;
        // SAFETY: the same.
        unsafe { memory::new(plan, [extent], audit) }
    })
}

/// Frees what fencepost_audit_new made. NULL is left alone.
#[cfg(feature = "std")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_audit_free(audit: *mut fencepost_audit) {
    // SAFETY: the header says what a handle must be.
    call(|| unsafe {
        memory::free(audit);
        Ok(())
    });
}

/// What a finding is about: fencepost_finding.kind.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum fencepost_finding_kind {
    /// Sequences are missing. a: expected, b: got, c: how many.
    FENCEPOST_FINDING_GAP = 1,
    /// A batch stands there again. a: the first offset of the first time.
    FENCEPOST_FINDING_DUPLICATE = 2,
    /// Sequences go back. a: expected, b: got.
    FENCEPOST_FINDING_REWOUND = 3,
    /// The epoch goes back. a: the epoch before.
    FENCEPOST_FINDING_EPOCH_LOWERED = 4,
    /// A new epoch does not begin at 0. a: the epoch before, b: got.
    FENCEPOST_FINDING_NEW_EPOCH_NOT_AT_ZERO = 5,
    /// The epoch goes up. a: the epoch before.
    FENCEPOST_FINDING_EPOCH_RAISED = 6,
    /// A producer's first sequence is not 0. a: got.
    FENCEPOST_FINDING_FIRST_SEQUENCE_NOT_ZERO = 7,
    /// The leader had forgotten the producer. a: expected.
    FENCEPOST_FINDING_STATE_LOST = 8,
    /// A producer comes back that may have been forgotten. a: milliseconds of silence.
    FENCEPOST_FINDING_CAME_BACK = 9,
    /// A marker ends nothing.
    FENCEPOST_FINDING_MARKER_WITHOUT_TRANSACTION = 10,
    /// A transaction was left open. a: milliseconds of silence, b: 1 if it is late.
    FENCEPOST_FINDING_TRANSACTION_LEFT_OPEN = 11,
    /// The coordinator's epoch goes back. a: before, b: got.
    FENCEPOST_FINDING_COORDINATOR_EPOCH_LOWERED = 12,
    /// A write without the transactional bit in a transaction. a: its first offset.
    FENCEPOST_FINDING_NON_TRANSACTIONAL_IN_TRANSACTION = 13,
    /// A batch stands there again under a new epoch. a: the first offset, b: the epoch of the first
    /// time.
    FENCEPOST_FINDING_WRITTEN_TWICE = 14,
    /// A leader knew less than the whole window. a: current, b: got.
    FENCEPOST_FINDING_WINDOW_NARROWED = 15,
    /// Two write under one identity. a: the first's sequence, b: the second's.
    FENCEPOST_FINDING_IDENTITY_USED_TWICE = 16,
    /// Another one, of a newer core.
    FENCEPOST_FINDING_OTHER = 17,
}
use fencepost_finding_kind::*;

/// Something to be said of a batch. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_finding {
    /// The offset of the batch.
    pub offset: i64,
    /// Whose it is.
    pub producer_id: i64,
    /// The first number that the kind names; 0 if it names none.
    pub a: i64,
    /// The second.
    pub b: i64,
    /// The third.
    pub c: i64,
    /// A fencepost_finding_kind.
    pub kind: u32,
    /// The producer's epoch.
    pub producer_epoch: i16,
    /// Whether it is a fault; otherwise a note.
    pub is_fault: bool,
    /// Whether offsets are missing before it, so that the cause may be missing too.
    pub offsets_missing: bool,
    /// In English, ended by a NUL, cut off where there is no room.
    pub sentence: [c_char; 256],
}

fn numbers(kind: &FindingKind) -> (fencepost_finding_kind, i64, i64, i64) {
    match *kind {
        FindingKind::Gap { expected, got, missing } => {
            (FENCEPOST_FINDING_GAP, expected.into(), got.into(), missing.into())
        }
        FindingKind::Duplicate { first_offset } => {
            (FENCEPOST_FINDING_DUPLICATE, first_offset, 0, 0)
        }
        FindingKind::Rewound { expected, got } => {
            (FENCEPOST_FINDING_REWOUND, expected.into(), got.into(), 0)
        }
        FindingKind::EpochLowered { current } => {
            (FENCEPOST_FINDING_EPOCH_LOWERED, current.into(), 0, 0)
        }
        FindingKind::NewEpochNotAtZero { current, got } => {
            (FENCEPOST_FINDING_NEW_EPOCH_NOT_AT_ZERO, current.into(), got.into(), 0)
        }
        FindingKind::EpochRaised { current } => {
            (FENCEPOST_FINDING_EPOCH_RAISED, current.into(), 0, 0)
        }
        FindingKind::FirstSequenceNotZero { got } => {
            (FENCEPOST_FINDING_FIRST_SEQUENCE_NOT_ZERO, got.into(), 0, 0)
        }
        FindingKind::StateLost { expected } => {
            (FENCEPOST_FINDING_STATE_LOST, expected.into(), 0, 0)
        }
        FindingKind::CameBack { silent_ms } => (FENCEPOST_FINDING_CAME_BACK, silent_ms, 0, 0),
        FindingKind::MarkerWithoutTransaction => {
            (FENCEPOST_FINDING_MARKER_WITHOUT_TRANSACTION, 0, 0, 0)
        }
        FindingKind::TransactionLeftOpen { silent_ms, late } => {
            (FENCEPOST_FINDING_TRANSACTION_LEFT_OPEN, silent_ms, late.into(), 0)
        }
        FindingKind::CoordinatorEpochLowered { current, got } => {
            (FENCEPOST_FINDING_COORDINATOR_EPOCH_LOWERED, current.into(), got.into(), 0)
        }
        FindingKind::NonTransactionalInTransaction { first_offset } => {
            (FENCEPOST_FINDING_NON_TRANSACTIONAL_IN_TRANSACTION, first_offset, 0, 0)
        }
        FindingKind::WrittenTwice { first_offset, first_epoch } => {
            (FENCEPOST_FINDING_WRITTEN_TWICE, first_offset, first_epoch.into(), 0)
        }
        FindingKind::WindowNarrowed { current, got } => {
            (FENCEPOST_FINDING_WINDOW_NARROWED, current.into(), got.into(), 0)
        }
        FindingKind::IdentityUsedTwice { first, second } => {
            (FENCEPOST_FINDING_IDENTITY_USED_TWICE, first.into(), second.into(), 0)
        }
        _ => (FENCEPOST_FINDING_OTHER, 0, 0, 0),
    }
}

impl fencepost_finding {
    fn of(finding: &Finding) -> Self {
        let (kind, a, b, c) = numbers(&finding.kind);
        let mut bytes = [0_u8; 256];
        let mut sentence = crate::error::Sentence::new(&mut bytes);
        // Writing to it never fails.
        let _ = core::fmt::Write::write_fmt(&mut sentence, format_args!("{finding}"));
        sentence.finish();
        Self {
            offset: finding.offset,
            producer_id: finding.producer_id,
            a,
            b,
            c,
            kind: kind as u32,
            producer_epoch: finding.producer_epoch,
            is_fault: finding.severity() == Severity::Fault,
            offsets_missing: finding.offsets_missing,
            sentence: bytes.map(|byte| byte as c_char),
        }
    }
}

impl Tell for AuditFull {
    fn facts(&self) -> Facts {
        Facts::of(FENCEPOST_AUDIT_FULL, -1)
            .numbers(self.capacity.into(), 0)
            .of_producer(self.producer_id, -1)
    }
}

/// Takes the next batch of the log. `findings` is told what is to be said of it: room for
/// FENCEPOST_FINDINGS_MAX is always enough, and less is refused; `count` is told how many there
/// are. `completed` is told the transaction that it ended; NULL if nobody asks. O(1), and O(log n)
/// in the bytes of a batch that may be written twice.
///
/// Errors: FENCEPOST_AUDIT_FULL, FENCEPOST_BUFFER_TOO_SMALL, FENCEPOST_VALUE; the batch is not
/// taken then.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_audit_observe(
    audit: *mut fencepost_audit,
    batch: *const fencepost_batch,
    findings: *mut fencepost_finding,
    findings_len: usize,
    count: *mut usize,
    completed: *mut fencepost_completed,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        on_mut(audit, |audit| {
            let (batch, mut all) = (In::new(batch)?, OutSlice::new(findings, findings_len)?);
            let (count, teller) = (Out::new(count)?, Teller::new(error)?);
            let done = Out::optional(completed)?;
            let told = done.map_or(Extent::NOTHING, |out| out.extent());
            let written = [all.extent(), count.extent(), told, teller.extent(), teller.text()];
            apart(written, [batch.extent(), extent_of(audit)])?;
            let batch = batch.get().read()?;
            if all.len() < fencepost::audit::MAX_FINDINGS {
                return Err(FENCEPOST_BUFFER_TOO_SMALL);
            }
            let seen = audit.core.observe(&batch).map_err(|full| teller.tell(&full))?;
            for (n, finding) in seen.findings.iter().enumerate() {
                all.write(n, fencepost_finding::of(finding))?;
            }
            count.write(seen.findings.len());
            if let Some(out) = done {
                out.write(fencepost_completed::of(seen.completed));
            }
            Ok(())
        })
    }
}

/// Transactions that are open at the end of the log, as findings, from number `from` on, as many as
/// the array has room for; `count` is told how many were written, 0 at the end. O(transactions).
/// May run side by side with other calls that take the audit as const.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_audit_left_open(
    audit: *const fencepost_audit,
    from: usize,
    findings: *mut fencepost_finding,
    findings_len: usize,
    count: *mut usize,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        list(audit, from, (findings, findings_len), count, |audit| {
            Ok(audit.core.left_open().map(|finding| fencepost_finding::of(&finding)))
        })
    }
}

/// What the audit knows of one producer. O(1). May run side by side with other calls that take the
/// audit as const.
///
/// Errors: FENCEPOST_NOT_FOUND if it is not known.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_audit_describe(
    audit: *const fencepost_audit,
    producer_id: i64,
    description: *mut fencepost_producer_description,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        look(audit, description, |audit| {
            let slot = audit.core.partition().producer(producer_id).ok_or(FENCEPOST_NOT_FOUND)?;
            Ok(fencepost_producer_description::of(slot))
        })
    }
}
