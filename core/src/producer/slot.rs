//! What does a producer know of one partition?

use heapless::Vec;

use super::batch::{Batch, BatchId, State};
use super::refusal::Refusal;
use super::settings::{MAX_UNDECIDED, Settings, TimestampType, later};
use super::verdict::{Cause, Notice, Verdict};
use crate::ids::{Epoch, Identity, Sequence, Timestamp};

/// The absence of an offset.
pub(super) const NO_OFFSET: i64 = -1;

/// Half of the circle of sequences: what is nearer than this ahead is *after*.
pub(super) const HALF_CIRCLE: i32 = 1 << 30;

/// What is undecided must be nearer than half of the circle.
pub(super) const MAX_SPAN: i32 = HALF_CIRCLE - 1;

/// A batch of so many records can be told from what is before and behind it.
pub(super) const fn check_records(records: i32) -> Result<(), Refusal> {
    if 0 < records && records <= MAX_SPAN { Ok(()) } else { Err(Refusal::RecordCount(records)) }
}

/// How far `to` is ahead of `from` on the circle: `0 ..= 2147483647`.
pub(super) const fn ahead(from: Sequence, to: Sequence) -> i32 {
    to.get().wrapping_sub(from.get()) & i32::MAX
}

/// Whether `a` is after `b`, nearer than half of the circle.
pub(super) const fn is_after(a: Sequence, b: Sequence) -> bool {
    let distance = ahead(b, a);
    distance != 0 && distance < HALF_CIRCLE
}

/// How a partition's batches are being sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// In order.
    Steady,
    /// Nothing is sent until the leader says what it knows of us, asked not before a time.
    Asking { from: Timestamp, asked: bool, doubt: Doubt },
    /// Only this batch is sent: its acknowledgement decides it and all older ones.
    Only(BatchId),
    /// As `Only`, where nobody can be asked: a refusal leads to the next older one (V3).
    Walking(BatchId),
}

/// What the leader said once and must say a second time, after a refresh of the metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    None,
    NotListed,
    AckedLost(i32),
    Gap,
}

/// One partition of a producer: its epoch, its numbers and its undecided batches, in the caller's
/// memory. `PLACES` bounds the batches without a verdict, and those whose verdict was not taken;
/// what is above five serves splits.
#[derive(Clone, Debug)]
pub struct Slot<const PLACES: usize = 8> {
    /// In the order of their sequences. Ended ones stay until their verdict is taken.
    pub(super) batches: Vec<Batch, PLACES, u8>,
    /// Under whom the sequences count. The epoch is this partition's own (S6).
    pub(super) identity: Option<Identity>,
    pub(super) next: Sequence,
    /// The highest epoch of the id that anything went out under here.
    pub(super) sent: Option<Epoch>,
    /// The last sequence acknowledged under `identity`.
    pub(super) last_acked: Option<Sequence>,
    /// The last sequence of the newest batch that ended otherwise than as written, unless a later
    /// one was acknowledged since.
    pub(super) hole: Option<Sequence>,
    pub(super) last_acked_offset: i64,
    /// No batch of this producer id stands before this offset; none known if negative.
    pub(super) first_use_offset: i64,
    /// Where the log begins, as far as was heard; unknown if negative.
    pub(super) log_start: i64,
    /// The timestamp of the newest acknowledged batch, by which brokers remember the id (S2).
    pub(super) newest_acked: Option<Timestamp>,
    /// The oldest timestamp of what ended as possibly written behind the acknowledged ones: the
    /// broker may remember the id by it.
    pub(super) lost_timestamp: Option<Timestamp>,
    /// Until when a sending without an answer may still come to a broker.
    pub(super) copies_until: Option<Timestamp>,
    pub(super) next_batch: u64,
    /// Of the newest eight batches, the newest in the lowest bit: it ended while its newest sending
    /// had no answer, and none before that can have put it on the log.
    pub(super) unheard: u8,
    /// Counted up whenever the connection or the leader changes.
    pub(super) connection: u32,
    pub(super) mode: Mode,
    pub(super) notice: Option<Notice>,
    pub(super) timestamp_type: TimestampType,
    /// A batch was acknowledged on this connection, to this leader, in this epoch (S1).
    pub(super) anchored: bool,
    /// This producer id got an acknowledgement here.
    pub(super) acked_ever: bool,
    /// This partition's leader can't be asked.
    pub(super) cannot_ask: bool,
    /// The epochs of the id are used up; the batches wait for a new id.
    pub(super) exhausted: bool,
}

impl<const PLACES: usize> Slot<PLACES> {
    /// A partition that was never written to.
    pub const EMPTY: Self = Self {
        batches: Vec::new(),
        identity: None,
        next: Sequence::ZERO,
        sent: None,
        last_acked: None,
        hole: None,
        last_acked_offset: NO_OFFSET,
        first_use_offset: NO_OFFSET,
        log_start: NO_OFFSET,
        newest_acked: None,
        lost_timestamp: None,
        copies_until: None,
        next_batch: 0,
        unheard: 0,
        connection: 0,
        mode: Mode::Steady,
        notice: None,
        timestamp_type: TimestampType::Unknown,
        anchored: false,
        acked_ever: false,
        cannot_ask: false,
        exhausted: false,
    };

    pub(super) fn undecided(&self) -> impl DoubleEndedIterator<Item = &Batch> {
        self.batches.iter().filter(|batch| batch.undecided())
    }

    pub(super) fn undecided_mut(&mut self) -> impl Iterator<Item = &mut Batch> {
        self.batches.iter_mut().filter(|batch| batch.undecided())
    }

    pub(super) fn find(&self, id: BatchId) -> Option<&Batch> {
        self.batches.iter().find(|batch| batch.id == id)
    }

    pub(super) fn find_mut(&mut self, id: BatchId) -> Option<&mut Batch> {
        self.batches.iter_mut().find(|batch| batch.id == id)
    }

    pub(super) fn oldest(&self) -> Option<BatchId> {
        self.undecided().next().map(|batch| batch.id)
    }

    pub(super) fn is_undecided(&self, id: BatchId) -> bool {
        self.find(id).is_some_and(Batch::undecided)
    }

    /// How many batches may be undecided here.
    pub(super) fn limit(settings: &Settings) -> usize {
        settings.max_in_flight.min(PLACES).min(MAX_UNDECIDED)
    }

    pub(super) fn new_id(&mut self) -> BatchId {
        let id = BatchId(self.next_batch);
        self.next_batch = self.next_batch.wrapping_add(1);
        self.unheard <<= 1;
        id
    }

    /// The batch's bit in [`Slot::unheard`], or none if it is too old.
    pub(super) fn bit(&self, id: BatchId) -> u8 {
        let newer = self.next_batch.wrapping_sub(id.0).wrapping_sub(1);
        u32::try_from(newer).ok().and_then(|newer| 1_u8.checked_shl(newer)).unwrap_or(0)
    }

    /// The time of a batch by which a broker remembers the producer, if it was written.
    pub(super) fn remembered_by(&self, batch: &Batch) -> Timestamp {
        match self.timestamp_type {
            TimestampType::CreateTime => batch.max_timestamp,
            TimestampType::LogAppendTime => batch.first_sent,
            TimestampType::Unknown => batch.max_timestamp.min(batch.first_sent),
        }
    }

    /// The first moment at which a batch must not be sent again (S2). A broker forgets a producer
    /// by the time of the batch that it appended last, which, if this one was appended, is this one
    /// or one that was sent behind it.
    pub(super) fn resend_until(&self, settings: &Settings, batch: &Batch) -> Timestamp {
        let from = self.undecided().skip_while(|other| other.id != batch.id);
        let behind = from.filter(|other| !other.fresh).map(|other| self.remembered_by(other));
        let last = behind.chain(self.lost_timestamp).fold(self.remembered_by(batch), Ord::min);
        settings.guard_ends(last)
    }

    /// Until when the broker surely knows the producer, whichever batch it appended last. `None`:
    /// there is nothing by which it would.
    pub(super) fn known_until(&self, settings: &Settings) -> Option<Timestamp> {
        let sent = self.undecided().filter(|batch| !batch.fresh);
        let times = sent.map(|batch| self.remembered_by(batch)).chain(self.lost_timestamp);
        times.chain(self.newest_acked).min().map(|last| settings.guard_ends(last))
    }

    pub(super) fn is_known(&self, settings: &Settings, now: Timestamp) -> bool {
        self.known_until(settings).is_some_and(|end| now < end)
    }

    /// The connection or the leader is another one: the anchor is lost (S1).
    pub(super) fn lose_anchor(&mut self) {
        self.connection = self.connection.wrapping_add(1);
        self.anchored = false;
    }

    /// A sending got no answer: it may come to a broker for as long as a request lives.
    pub(super) fn loosen(&mut self, settings: &Settings, now: Timestamp) {
        let until = later(now, settings.request_lifetime);
        self.copies_until = self.copies_until.max(Some(until));
    }

    /// Remembers a number that may never be filled, unless a newer one is known.
    pub(super) fn open_hole(&mut self, last: Sequence) {
        match self.hole {
            Some(hole) if is_after(hole, last) => {}
            _ => self.hole = Some(last),
        }
    }

    /// Ends a batch otherwise than as written: with the word that its attempts have earned (V1).
    pub(super) fn end(&mut self, id: BatchId, cause: Cause) {
        let Some(batch) = self.find_mut(id) else { return };
        if !batch.undecided() {
            return;
        }
        let (last, absent, copy) = (batch.last(), batch.proven_absent(), *batch);
        let unheard = batch.never_sent_before();
        batch.state = State::Ended(if absent {
            Verdict::NotWritten(cause)
        } else {
            Verdict::PossiblyWritten(cause)
        });
        if unheard {
            self.unheard |= self.bit(id);
        }
        if !absent {
            let time = self.remembered_by(&copy);
            self.lost_timestamp = Some(self.lost_timestamp.map_or(time, |lost| lost.min(time)));
        }
        self.open_hole(last);
    }

    /// Ends every undecided batch that `which` names.
    pub(super) fn end_all(&mut self, cause: Cause, which: impl Fn(&Batch) -> bool) {
        loop {
            let id = self.undecided().find(|batch| which(batch)).map(|batch| batch.id);
            let Some(id) = id else { return };
            self.end(id, cause);
        }
    }

    /// The batch to be sent next, though perhaps not yet: the first that waits, so that all older
    /// ones are on the wire, if the partition's mode lets it go. Without an anchor only the oldest
    /// may (S1), and never more than a broker remembers (S3).
    pub(super) fn head(&self, settings: &Settings) -> Option<&Batch> {
        let only = match self.mode {
            Mode::Asking { .. } => return None,
            Mode::Only(id) | Mode::Walking(id) => return self.find(id).filter(|b| b.waits()),
            Mode::Steady => self.undecided().position(|batch| batch.waits())?,
        };
        if self.exhausted || only >= Self::limit(settings) || (only > 0 && !self.anchored) {
            return None;
        }
        self.undecided().nth(only)
    }
}
