//! Which numbers does this batch carry, and what is to be done next?

use fencepost::ids::{Epoch, Identity, ProducerId, Timestamp};
use fencepost::producer::{Attempt, BatchId, NewBatch, Next};

use super::fencepost_producer;
use super::machine::either;
use crate::boundary::handle::extent_of;
use crate::boundary::{Out, Versioned, apart, on, on_mut, options};
use crate::error::{Teller, fencepost_error};
use crate::ids::{fencepost_identity, fencepost_stamp};
use crate::shapes::{answer, command, look, nothing};
use crate::status::fencepost_status::{self, *};

/// A batch that is about to be numbered.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_new_batch {
    /// sizeof(fencepost_new_batch).
    pub struct_size: u32,
    /// How many records it holds: 1 to 1073741823.
    pub records: i32,
    /// The largest timestamp of its records, in milliseconds since 1970.
    pub max_timestamp: i64,
    /// Since when the delivery timeout counts: when the batch was begun; milliseconds since 1970.
    pub created_ms: i64,
}

// SAFETY: it is `repr(C)`, begins with its size, and has integers only.
unsafe impl Versioned for fencepost_new_batch {
    const FIRST: usize = size_of::<Self>();
}

impl fencepost_new_batch {
    pub(crate) fn read(&self) -> NewBatch {
        NewBatch {
            records: self.records,
            max_timestamp: Timestamp::from_millis(self.max_timestamp),
            created: Timestamp::from_millis(self.created_ms),
        }
    }
}

/// One sending of a batch: plain data that the caller keeps until the answer and gives back with
/// it. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_attempt {
    /// The batch's name, unique in its partition: counted from 0 in the order of numbering.
    pub batch: u64,
    /// What the header must say: fencepost_batch_stamp. The bytes are the same on every sending
    /// with the same stamp.
    pub stamp: fencepost_stamp,
    /// The partition.
    pub partition: u32,
    /// Which sending of it, from 1 on.
    pub number: u32,
    /// 1 if a lost answer to this sending will end as possibly written: the broker may forget the
    /// producer before the batch can be sent again.
    pub unguarded: u32,
    /// 0.
    pub reserved: [u32; 5],
}

impl fencepost_attempt {
    pub(crate) fn of(attempt: &Attempt) -> Self {
        Self {
            batch: attempt.batch.get(),
            stamp: fencepost_stamp::of(attempt.stamp),
            partition: attempt.partition,
            number: attempt.number,
            unguarded: attempt.unguarded.into(),
            reserved: [0; 5],
        }
    }

    pub(crate) fn read(&self) -> Result<Attempt, fencepost_status> {
        if self.reserved != [0; 5] {
            return Err(FENCEPOST_VALUE);
        }
        Ok(Attempt {
            partition: self.partition,
            batch: BatchId::from_number(self.batch),
            number: self.number,
            stamp: self.stamp.read()?,
            unguarded: crate::batch::flag(self.unguarded)?,
        })
    }
}

/// What a partition needs from its caller: fencepost_next.kind.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum fencepost_next_kind {
    /// Nothing now. New batches may be numbered, if fencepost_producer_assign lets them.
    FENCEPOST_NEXT_IDLE = 0,
    /// A time is over: fencepost_producer_handle_timeout.
    FENCEPOST_NEXT_TIMEOUT = 1,
    /// The batch is to be sent, again or under new numbers: fencepost_producer_resend.
    FENCEPOST_NEXT_SEND = 2,
    /// The batch is too large: fencepost_producer_split, or fencepost_producer_give_up.
    FENCEPOST_NEXT_SPLIT = 3,
    /// Ask the partition's leader for the producer id (DescribeProducers):
    /// fencepost_producer_describe.
    FENCEPOST_NEXT_DESCRIBE = 4,
}

/// What a partition needs from its caller. Each is done by one call, after which the answer is
/// another. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_next {
    /// A fencepost_next_kind.
    pub kind: u32,
    /// The partition.
    pub partition: u32,
    /// Of FENCEPOST_NEXT_SEND and FENCEPOST_NEXT_SPLIT the batch.
    pub batch: u64,
    /// Of FENCEPOST_NEXT_DESCRIBE the producer id to look for.
    pub producer_id: i64,
    /// Of FENCEPOST_NEXT_DESCRIBE whether the metadata is to be refreshed before: the last answer
    /// may have come from a leader of yesterday.
    pub refresh: bool,
    /// 0.
    pub reserved: [u8; 7],
}

impl fencepost_next {
    pub(crate) fn of(partition: u32, next: Next) -> Self {
        let (kind, batch, id, refresh) = match next {
            Next::Idle => (fencepost_next_kind::FENCEPOST_NEXT_IDLE, 0, -1, false),
            Next::Timeout => (fencepost_next_kind::FENCEPOST_NEXT_TIMEOUT, 0, -1, false),
            Next::Send(batch) => (fencepost_next_kind::FENCEPOST_NEXT_SEND, batch.get(), -1, false),
            Next::Split(batch) => {
                (fencepost_next_kind::FENCEPOST_NEXT_SPLIT, batch.get(), -1, false)
            }
            Next::Describe { id, refresh } => {
                (fencepost_next_kind::FENCEPOST_NEXT_DESCRIBE, 0, id.get(), refresh)
            }
        };
        let (kind, reserved) = (kind as u32, [0; 7]);
        Self { kind, partition, batch, producer_id: id, refresh, reserved }
    }
}

/// Whether a producer id must be asked for (InitProducerId). O(1). May run side by side with other
/// calls that take the producer as const.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_producer_poll_identity(
    producer: *const fencepost_producer,
    wanted: *mut bool,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe { look(producer, wanted, |producer| Ok(producer.core()?.poll_identity())) }
}

/// The identity that partitions begin with. O(1). May run side by side with other calls that take
/// the producer as const.
///
/// Errors: FENCEPOST_NOT_FOUND if there is none.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_producer_identity(
    producer: *const fencepost_producer,
    identity: *mut fencepost_identity,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        look(producer, identity, |producer| {
            let identity = producer.core()?.identity().ok_or(FENCEPOST_NOT_FOUND)?;
            Ok(fencepost_identity::of(identity))
        })
    }
}

/// Takes the id and epoch that a coordinator gave. Idempotent: a partition moves to it when it has
/// used up its epochs, or when nothing of it is undecided. Transactional: the transaction is over,
/// and every partition begins at 0. O(partitions).
///
/// Errors: FENCEPOST_PRODUCER_NOT_ASKED, FENCEPOST_PRODUCER_NONSENSE, FENCEPOST_PRODUCER_UNDECIDED,
/// FENCEPOST_PRODUCER_FATAL, FENCEPOST_VALUE for a negative number.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_producer_handle_identity(
    producer: *mut fencepost_producer,
    producer_id: i64,
    producer_epoch: i16,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        command(producer, nothing, error, |producer, (), teller| {
            let id = ProducerId::new(producer_id).ok_or(FENCEPOST_VALUE)?;
            let epoch = Epoch::new(producer_epoch).ok_or(FENCEPOST_VALUE)?;
            let taken = either!(producer, it => it.handle_identity(Identity { id, epoch }));
            taken.map_err(|unexpected| teller.tell(&unexpected))
        })
    }
}

/// What to do for a partition now. O(1). May run side by side with other calls that take the
/// producer as const.
///
/// Errors: FENCEPOST_PRODUCER_NO_PARTITION.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_producer_poll(
    producer: *const fencepost_producer,
    partition: u32,
    now_ms: i64,
    next: *mut fencepost_next,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        look(producer, next, |producer| {
            producer.check(partition)?;
            let next = producer.core()?.poll(partition, Timestamp::from_millis(now_ms));
            Ok(fencepost_next::of(partition, next))
        })
    }
}

/// The next partition after `after` that has something to do, round and round, so that none can
/// starve another; `after` 4294967295 begins at 0. O(partitions): a caller with many of them polls
/// those that it has touched, or whose fencepost_producer_poll_timeout is over. May run side by
/// side with other calls that take the producer as const.
///
/// Errors: FENCEPOST_NOT_FOUND if none has.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_producer_poll_any(
    producer: *const fencepost_producer,
    after: u32,
    now_ms: i64,
    next: *mut fencepost_next,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        look(producer, next, |producer| {
            let after = (after != u32::MAX).then_some(after);
            let found = producer.core()?.poll_any(after, Timestamp::from_millis(now_ms));
            let (partition, next) = found.ok_or(FENCEPOST_NOT_FOUND)?;
            Ok(fencepost_next::of(partition, next))
        })
    }
}

/// When fencepost_producer_poll will have something for this partition, if nothing comes from
/// outside: milliseconds since 1970, possibly past. O(1). May run side by side with other calls
/// that take the producer as const.
///
/// Errors: FENCEPOST_NOT_FOUND if never; FENCEPOST_PRODUCER_NO_PARTITION.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_producer_poll_timeout(
    producer: *const fencepost_producer,
    partition: u32,
    when_ms: *mut i64,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        look(producer, when_ms, |producer| {
            producer.check(partition)?;
            let when = producer.core()?.poll_timeout(partition).ok_or(FENCEPOST_NOT_FOUND)?;
            Ok(when.as_millis())
        })
    }
}

/// How many batches of a partition are sent and not answered, and the name of the oldest one that
/// has no verdict; -1 as `oldest` if every batch has one. O(1). May run side by side with other
/// calls that take the producer as const.
///
/// Errors: FENCEPOST_PRODUCER_NO_PARTITION.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_producer_undecided(
    producer: *const fencepost_producer,
    partition: u32,
    on_wire: *mut u32,
    oldest: *mut i64,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        on(producer, |producer| {
            let (on_wire, oldest) = (Out::new(on_wire)?, Out::new(oldest)?);
            apart([on_wire.extent(), oldest.extent()], [extent_of(producer)])?;
            producer.check(partition)?;
            let core = producer.core()?;
            on_wire.write(u32::try_from(core.on_wire(partition)).unwrap_or(u32::MAX));
            let name = core.oldest_undecided(partition).map(BatchId::get);
            oldest.write(name.and_then(|name| i64::try_from(name).ok()).unwrap_or(-1));
            Ok(())
        })
    }
}

/// Whether fencepost_producer_assign, or fencepost_journal_assign of a journaled producer, would
/// number this batch now: FENCEPOST_OK, or the refusal that it would give. A journaled one is asked
/// as if the buffer were long enough and the batch empty. O(1). May run side by side with other
/// calls that take the producer as const.
///
/// Errors: those of fencepost_producer_assign; of a journaled producer those of
/// fencepost_journal_assign but for FENCEPOST_JOURNAL_BUFFER. That no epoch follows 32767
/// fencepost_journal_assign alone finds out.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_producer_may_assign(
    producer: *const fencepost_producer,
    partition: u32,
    batch: *const fencepost_new_batch,
    now_ms: i64,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        on(producer, |producer| {
            let ((batch, batch_at), teller) = (options(batch)?, Teller::new(error)?);
            apart([teller.extent(), teller.text()], [batch_at, extent_of(producer)])?;
            let (batch, now) = (batch.read(), Timestamp::from_millis(now_ms));
            if let Ok(open) = producer.open() {
                let may = open.producing.may_assign(partition, &batch, now);
                return may.map_err(|refused| teller.tell(&refused));
            }
            let may = producer.core()?.may_assign(partition, &batch, now);
            may.map_err(|refusal| teller.tell(&refusal))
        })
    }
}

/// Gives a batch its numbers and takes it as sent: stamp it with attempt.stamp and send it, now.
/// Numbers are given once; later sendings are fencepost_producer_resend's. O(1).
///
/// Errors: FENCEPOST_PRODUCER_FATAL to FENCEPOST_PRODUCER_MUST_ABORT; nothing has changed then.
/// FENCEPOST_STATE for a journaled producer: fencepost_journal_assign.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_producer_assign(
    producer: *mut fencepost_producer,
    partition: u32,
    batch: *const fencepost_new_batch,
    now_ms: i64,
    attempt: *mut fencepost_attempt,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        on_mut(producer, |producer| {
            let ((batch, batch_at), out) = (options(batch)?, Out::new(attempt)?);
            let teller = Teller::new(error)?;
            let read = [batch_at, extent_of(producer)];
            apart([out.extent(), teller.extent(), teller.text()], read)?;
            let now = Timestamp::from_millis(now_ms);
            let attempt = producer.plain_mut()?.assign(partition, batch.read(), now);
            let attempt = attempt.map_err(|refusal| teller.tell(&refusal))?;
            out.write(fencepost_attempt::of(&attempt));
            Ok(())
        })
    }
}

/// Takes the partition's next waiting batch (FENCEPOST_NEXT_SEND) as sent: send its bytes again,
/// now, under attempt.stamp, which differs from the last one only if the batch was numbered anew
/// (fencepost_batch_restamp). O(1).
///
/// Errors: FENCEPOST_PRODUCER_NOTHING_TO_SEND, FENCEPOST_PRODUCER_NO_PARTITION,
/// FENCEPOST_PRODUCER_FATAL; nothing has changed then. FENCEPOST_STATE for a journaled producer:
/// fencepost_journal_resend.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_producer_resend(
    producer: *mut fencepost_producer,
    partition: u32,
    now_ms: i64,
    attempt: *mut fencepost_attempt,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        answer(producer, nothing, attempt, error, |producer, (), teller| {
            let attempt = producer.plain_mut()?.resend(partition, Timestamp::from_millis(now_ms));
            let attempt = attempt.map_err(|refusal| teller.tell(&refusal))?;
            Ok(fencepost_attempt::of(&attempt))
        })
    }
}

/// Splits a batch that is too large (FENCEPOST_NEXT_SPLIT): the first `first_records` keep its
/// name, the others become the batch `second` behind it. The numbers stay, the bytes of both are
/// the caller's to build. Only a batch of which nothing can be on the log is split. O(1).
///
/// Errors: FENCEPOST_PRODUCER_CANNOT_SPLIT, FENCEPOST_PRODUCER_RECORD_COUNT unless both parts have
/// records, FENCEPOST_PRODUCER_FULL, FENCEPOST_PRODUCER_UNKNOWN_BATCH; nothing has changed then.
/// FENCEPOST_STATE for a journaled producer: fencepost_journal_split.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_producer_split(
    producer: *mut fencepost_producer,
    partition: u32,
    batch: u64,
    first_records: i32,
    second: *mut u64,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        answer(producer, nothing, second, error, |producer, (), teller| {
            let batch = BatchId::from_number(batch);
            let second = producer.plain_mut()?.split(partition, batch, first_records);
            Ok(second.map_err(|refusal| teller.tell(&refusal))?.get())
        })
    }
}

/// Ends a batch by the caller's wish: not written if that is proven, else possibly written. O(1).
///
/// Errors: FENCEPOST_PRODUCER_UNKNOWN_BATCH, FENCEPOST_PRODUCER_NO_PARTITION.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_producer_give_up(
    producer: *mut fencepost_producer,
    partition: u32,
    batch: u64,
    now_ms: i64,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        command(producer, nothing, error, |producer, (), teller| {
            let (batch, now) = (BatchId::from_number(batch), Timestamp::from_millis(now_ms));
            either!(producer, it => {
                let ended = it.give_up(partition, batch, now);
                ended.map_err(|refusal| teller.tell(&refusal))
            })
        })
    }
}
