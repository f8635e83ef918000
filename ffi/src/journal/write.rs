//! What is written before a batch may be sent, and when may it be?

use fencepost::ids::Timestamp;
use fencepost::journal::{self, Journal, Parts, Payload, Permit, Refused, Unclaimed};
use fencepost::producer::BatchId;

use super::machine::{Open, Tracks};
use super::value::{fencepost_cursor, fencepost_topic_partition};
use crate::boundary::handle::extent_of;
use crate::boundary::{Extent, In, InBytes, Out, OutBytes, Versioned, apart, on_mut, options};
use crate::error::{Teller, fencepost_error};
use crate::producer::fencepost_producer;
use crate::producer::machine::Journaling;
use crate::producer::send::{fencepost_attempt, fencepost_new_batch};
use crate::shapes::{answer, fill, look, nothing};
use crate::status::fencepost_status::{self, *};

/// What a journal knew of a partition: fencepost_bound.kind.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum fencepost_bound_kind {
    /// Nothing.
    FENCEPOST_BOUND_NEW = 0,
    /// It was used before: what is undecided is resolved first, by fencepost_producer_poll as any.
    FENCEPOST_BOUND_RESTORED = 1,
    /// The number was another topic's, or a topic's that was deleted since: what was undecided
    /// there is possibly written, and nothing is known of this one.
    FENCEPOST_BOUND_RECREATED = 2,
}

/// What a journal knew of a partition. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_bound {
    /// A fencepost_bound_kind.
    pub kind: u32,
    /// How many batches are undecided, which fencepost_journal_undecided lists; of
    /// FENCEPOST_BOUND_RECREATED how many were.
    pub undecided: u32,
    /// Of FENCEPOST_BOUND_RESTORED up to where its source is written: go on behind this and behind
    /// all undecided batches.
    pub cursor: fencepost_cursor,
    /// 0.
    pub reserved: u32,
}

impl fencepost_bound {
    fn of(bound: &journal::Bound) -> Self {
        use fencepost_bound_kind::*;
        let none = journal::Cursor::NONE;
        let (kind, undecided, cursor) = match *bound {
            journal::Bound::New => (FENCEPOST_BOUND_NEW, 0, none),
            journal::Bound::Restored { cursor, undecided } => {
                (FENCEPOST_BOUND_RESTORED, undecided, cursor)
            }
            journal::Bound::Recreated { possibly_written } => {
                (FENCEPOST_BOUND_RECREATED, possibly_written, none)
            }
        };
        Self {
            kind: kind as u32,
            undecided: u32::try_from(undecided).unwrap_or(u32::MAX),
            cursor: fencepost_cursor::of(cursor),
            reserved: 0,
        }
    }
}

/// Says which partition of which topic a number is, once, before it is used, in every run. What the
/// journal knows of it is put back. Nothing is written. O(partitions).
///
/// Errors: FENCEPOST_JOURNAL_BOUND if that was said before, or the partition has another number;
/// FENCEPOST_JOURNAL_MISFIT and FENCEPOST_PRODUCER_UNSETTLED if what was read of it does not fit
/// together; FENCEPOST_PRODUCER_NO_PARTITION; FENCEPOST_STATE; FENCEPOST_VALUE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_journal_bind(
    producer: *mut fencepost_producer,
    partition: u32,
    of: *const fencepost_topic_partition,
    now_ms: i64,
    bound: *mut fencepost_bound,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        let of = || {
            let of = In::new(of)?;
            Ok((of.get().read()?, [of.extent()]))
        };
        answer(producer, of, bound, error, |producer, of, teller| {
            let now = Timestamp::from_millis(now_ms);
            let bound = producer.open_mut()?.producing.bind(partition, of, now);
            Ok(fencepost_bound::of(&bound.map_err(|refused| teller.tell(&refused))?))
        })
    }
}

/// What a journal keeps of a batch beside its numbers.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_payload {
    /// sizeof(fencepost_payload).
    pub struct_size: u32,
    /// 0.
    pub reserved: u32,
    /// What is sent, or what it is built from: any bytes that are the same at each sending, but for
    /// the stamp.
    pub bytes: *const u8,
    /// How many bytes.
    pub bytes_len: usize,
    /// Where in its source the batch ends. A batch that is sent anew behind later ones must not
    /// take the cursor back: give it none, or the later one's.
    pub cursor: fencepost_cursor,
    /// 0.
    pub more_reserved: u32,
}

// SAFETY: it is `repr(C)`, begins with its size, and has integers and a pointer only.
unsafe impl Versioned for fencepost_payload {
    const FIRST: usize = size_of::<Self>();
}

impl fencepost_payload {
    /// # Safety
    /// If pointer and length say nothing against it, the bytes can be read for the whole call.
    unsafe fn read<'a>(&self) -> Result<(Payload<'a>, Extent), fencepost_status> {
        if self.reserved != 0 || self.more_reserved != 0 {
            return Err(FENCEPOST_VALUE);
        }
        // SAFETY: the caller promises the same.
        let bytes = unsafe { InBytes::new(self.bytes, self.bytes_len) }?;
        Ok((Payload { bytes: bytes.get(), cursor: self.cursor.read()? }, bytes.extent()))
    }
}

/// A sending that waits for its records to be durable: plain data. Forgotten, it counts as one that
/// got no answer. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_permit {
    /// The batch's name.
    pub batch: u64,
    /// How many bytes at the beginning of the buffer must be appended to the journal: 0 if it holds
    /// everything already. In a file: how many wait for fencepost_journal_commit.
    pub len: usize,
    /// The partition.
    pub partition: u32,
    /// Which sending of it, from 1 on.
    pub number: u32,
    /// 0.
    pub reserved: [u64; 2],
}

impl fencepost_permit {
    fn of(permit: &Permit) -> Self {
        Self {
            batch: permit.batch().get(),
            len: permit.len(),
            partition: permit.partition(),
            number: permit.number(),
            reserved: [0; 2],
        }
    }
}

impl Open {
    /// Lets the producer write what must be durable before a sending, and gives the permit for it.
    fn permit(
        &mut self,
        bytes: usize,
        buffer: OutBytes<'_>,
        teller: Teller,
        write: impl FnOnce(&mut Journaling, &mut [u8]) -> Result<Permit, Refused>,
    ) -> Result<fencepost_permit, fencepost_status> {
        let (permit, _) = self.stage(bytes, buffer, teller, |journaled, to| {
            let permit = write(journaled, to)?;
            let len = permit.len();
            Ok((permit, len))
        })?;
        Ok(fencepost_permit::of(&permit))
    }
}

/// How many bytes a buffer for the records of one call must have beside a batch's own: less than
/// FENCEPOST_JOURNAL_OVERHEAD. Any thread, any time.
#[unsafe(no_mangle)]
pub extern "C" fn fencepost_journal_overhead() -> usize {
    OVERHEAD
}

/// Also enough for a header.
pub(crate) const OVERHEAD: usize = Journal::<Tracks>::overhead();
const _: () = assert!(OVERHEAD <= 1024 && OVERHEAD >= journal::MAX_HEADER_LEN);

/// Gives a batch its numbers, and says what must be durable before it may be sent: append the first
/// permit.len bytes of the buffer to the journal, sync, say so (fencepost_journal_synced), and
/// fencepost_journal_claim the sending. In a file, where the buffer is NULL and 0: commit
/// (fencepost_journal_commit) and claim. Several may be written before one sync. A partition that
/// was read back begins its next epoch here. O(1), and a copy of the bytes.
///
/// Errors: those of fencepost_producer_assign; FENCEPOST_JOURNAL_BUFFER, in a file if there is no
/// memory for the records; FENCEPOST_JOURNAL_FULL, FENCEPOST_JOURNAL_NOT_BOUND,
/// FENCEPOST_JOURNAL_UNSYNCED after fencepost_journal_lost, FENCEPOST_JOURNAL_REWRITING;
/// FENCEPOST_STATE if no journal is open; FENCEPOST_VALUE. Nothing is to be written then.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_journal_assign(
    producer: *mut fencepost_producer,
    partition: u32,
    batch: *const fencepost_new_batch,
    payload: *const fencepost_payload,
    now_ms: i64,
    buffer: *mut u8,
    buffer_size: usize,
    permit: *mut fencepost_permit,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        let batch = || {
            let ((batch, batch_at), (payload, payload_at)) = (options(batch)?, options(payload)?);
            let (payload, bytes_at) = payload.read()?;
            Ok(((batch.read(), payload), [batch_at, payload_at, bytes_at]))
        };
        let to = (buffer, buffer_size);
        fill(producer, batch, to, permit, error, |producer, (batch, payload), buffer, teller| {
            let (now, bytes) = (Timestamp::from_millis(now_ms), payload.bytes.len());
            producer.open_mut()?.permit(bytes, buffer, teller, |journaled, to| {
                journaled.assign(partition, batch, payload, now, to)
            })
        })
    }
}

/// Takes the partition's next waiting batch (FENCEPOST_NEXT_SEND) as sent. Usually the journal
/// holds it, and permit.len is 0; a new epoch is told first. As fencepost_journal_assign. O(1).
///
/// Errors: those of fencepost_producer_resend, and of fencepost_journal_assign. Nothing is to be
/// written then.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_journal_resend(
    producer: *mut fencepost_producer,
    partition: u32,
    now_ms: i64,
    buffer: *mut u8,
    buffer_size: usize,
    permit: *mut fencepost_permit,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        let to = (buffer, buffer_size);
        fill(producer, nothing, to, permit, error, |producer, (), buffer, teller| {
            let now = Timestamp::from_millis(now_ms);
            producer
                .open_mut()?
                .permit(0, buffer, teller, |journaled, to| journaled.resend(partition, now, to))
        })
    }
}

/// Splits a batch that is too large (FENCEPOST_NEXT_SPLIT), as fencepost_producer_split: the
/// journal gets the bytes of both parts. `first` is the payload of the first `first_records`
/// records; the second part keeps the whole's cursor. `second_batch` is told its name, `len` how
/// many bytes at the beginning of the buffer must be appended to the journal. Both are sent by
/// fencepost_journal_resend. O(1), and a copy of the bytes.
///
/// Errors: those of fencepost_producer_split, and of fencepost_journal_assign. Nothing is to be
/// written then; after FENCEPOST_JOURNAL_MISFIT both parts end as not written.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_journal_split(
    producer: *mut fencepost_producer,
    partition: u32,
    batch: u64,
    first_records: i32,
    first: *const fencepost_payload,
    second: *const u8,
    second_len: usize,
    now_ms: i64,
    buffer: *mut u8,
    buffer_size: usize,
    second_batch: *mut u64,
    len: *mut usize,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        on_mut(producer, |producer| {
            let ((first, first_at), second) = (options(first)?, InBytes::new(second, second_len)?);
            let (buffer, name) = (OutBytes::new(buffer, buffer_size)?, Out::new(second_batch)?);
            let (len, teller) = (Out::new(len)?, Teller::new(error)?);
            let (first, bytes_at) = first.read()?;
            let (error, text) = (teller.extent(), teller.text());
            let written = [buffer.extent(), name.extent(), len.extent(), error, text];
            apart(written, [first_at, bytes_at, second.extent(), extent_of(producer)])?;
            let (batch, now) = (BatchId::from_number(batch), Timestamp::from_millis(now_ms));
            let parts = Parts { first_records, first, second: second.get() };
            let bytes = first.bytes.len().saturating_add(second.get().len());
            let open = producer.open_mut()?;
            let (rest, written) = open.stage(bytes, buffer, teller, |journaled, to| {
                journaled.split(partition, batch, parts, now, to)
            })?;
            name.write(rest.get());
            len.write(written);
            Ok(())
        })
    }
}

/// Writes what the producer knows of a partition and the journal does not, such as the verdicts
/// that were taken: `len` is told how many bytes at the beginning of the buffer must be appended.
/// The partition's next batch does the same; without one, this lets a verdict *not written* be told
/// (fencepost_journal_needs_trim). In a file the buffer is NULL and 0. O(1).
///
/// Errors: FENCEPOST_JOURNAL_BUFFER, FENCEPOST_JOURNAL_FULL, FENCEPOST_JOURNAL_NOT_BOUND,
/// FENCEPOST_JOURNAL_UNSYNCED, FENCEPOST_JOURNAL_REWRITING, FENCEPOST_PRODUCER_NO_PARTITION,
/// FENCEPOST_STATE, FENCEPOST_VALUE. Nothing is to be written then.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_journal_trim(
    producer: *mut fencepost_producer,
    partition: u32,
    buffer: *mut u8,
    buffer_size: usize,
    len: *mut usize,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        let to = (buffer, buffer_size);
        fill(producer, nothing, to, len, error, |producer, (), buffer, teller| {
            let trimmed = producer
                .open_mut()?
                .stage(0, buffer, teller, |journaled, to| Ok(((), journaled.trim(partition, to)?)));
            trimmed.map(|((), len)| len)
        })
    }
}

/// Whether a verdict *not written* of this partition waits for a record to be durable:
/// fencepost_producer_take_verdict does not tell it before, since its batch may be sent anew then,
/// and no crash must bring it back. O(1). May run side by side with other calls that take the
/// producer as const.
///
/// Errors: FENCEPOST_PRODUCER_NO_PARTITION, FENCEPOST_STATE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_journal_needs_trim(
    producer: *const fencepost_producer,
    partition: u32,
    needs: *mut bool,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        look(producer, needs, |producer| {
            let open = producer.open()?;
            producer.check(partition)?;
            Ok(open.producing.needs_trim(partition))
        })
    }
}

/// All that was to be appended to the journal is durable; after fencepost_journal_lost, what was
/// lost is gone for good. Not for a file, where fencepost_journal_commit says it. O(partitions).
///
/// Errors: FENCEPOST_STATE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_journal_synced(
    producer: *mut fencepost_producer,
) -> fencepost_status {
    // SAFETY: the header says what a handle must be.
    unsafe {
        on_mut(producer, |producer| {
            producer.stored_mut()?.producing.synced();
            Ok(())
        })
    }
}

/// A write to the journal failed, and what it left is cut off, or will be by writing the journal
/// anew: all that was to be appended since the last fencepost_journal_synced counts as never
/// written. What it was for is not sent: new batches end as not written, which costs their
/// partition an epoch. Hear that before new ones are numbered. It is told after
/// fencepost_journal_synced, when the cut is durable, or fencepost_journal_replaced; until then
/// nothing is journaled (FENCEPOST_JOURNAL_UNSYNCED). If it is not known whether the write was cut
/// off, don't call this, but read the journal again. Not for a file. O(partitions).
///
/// Errors: FENCEPOST_STATE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_journal_lost(
    producer: *mut fencepost_producer,
    now_ms: i64,
) -> fencepost_status {
    // SAFETY: the header says what a handle must be.
    unsafe {
        on_mut(producer, |producer| {
            producer.stored_mut()?.producing.lost(Timestamp::from_millis(now_ms));
            Ok(())
        })
    }
}

/// The sending of a permit, if its records are durable: stamp the batch with attempt.stamp and send
/// it, now. Each permit gives it once. O(1).
///
/// Errors: FENCEPOST_JOURNAL_NOT_YET, after which it can be claimed again. FENCEPOST_JOURNAL_VOID:
/// nothing must be sent, and the producer knows. FENCEPOST_STATE, FENCEPOST_VALUE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_journal_claim(
    producer: *mut fencepost_producer,
    permit: *const fencepost_permit,
    attempt: *mut fencepost_attempt,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        on_mut(producer, |producer| {
            let (permit, out) = (In::new(permit)?, Out::new(attempt)?);
            apart([out.extent()], [permit.extent(), extent_of(producer)])?;
            let fencepost_permit { batch, partition, number, reserved, .. } = *permit.get();
            if reserved != [0; 2] {
                return Err(FENCEPOST_VALUE);
            }
            let journaled = &mut producer.open_mut()?.producing;
            let held = journaled.permit_of(partition, BatchId::from_number(batch));
            let held = held.filter(|held| held.number() == number);
            match journaled.claim(held.ok_or(FENCEPOST_JOURNAL_VOID)?) {
                Ok(attempt) => out.write(fencepost_attempt::of(&attempt)),
                Err(Unclaimed::NotYet(_)) => return Err(FENCEPOST_JOURNAL_NOT_YET),
                Err(Unclaimed::Void) => return Err(FENCEPOST_JOURNAL_VOID),
            }
            Ok(())
        })
    }
}
