//! How does a producer send nothing that its journal does not hold?
//!
//! The producer is inside, and its sendings come out only against a [`Permit`] whose records are
//! durable.

use super::compact::Piece;
use super::kept::Misfit;
use super::record::{BatchRecord, Record, SplitRecord};
use super::refused::Refused;
use super::state::{Journal, Pen};
use super::track::{Held, Track};
use super::value::{Cursor, TopicPartition, Word};
use crate::ids::{Sequence, Timestamp};
use crate::producer::{
    Answer, Attempt, BatchId, NewBatch, Producer, Refusal, RestoredBatch, RestoredPartition, Slot,
    Standing, Unexpected,
};

/// A sending that waits for its records to be durable. Dropped, it counts as one that got no
/// answer.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "the batch counts as sent: write, sync, and claim it"]
pub struct Permit {
    attempt: Attempt,
    mark: u64,
    len: usize,
}

impl Permit {
    /// Bytes at the beginning of the buffer that must be appended to the journal: none if it holds
    /// everything already.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Nothing is to be written.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The batch.
    #[must_use]
    pub const fn batch(&self) -> BatchId {
        self.attempt.batch
    }

    /// The partition's slot.
    #[must_use]
    pub const fn partition(&self) -> u32 {
        self.attempt.partition
    }

    /// Which sending of the batch it is, from 1 on.
    #[must_use]
    pub const fn number(&self) -> u32 {
        self.attempt.number
    }
}

/// Why a permit gives no sending.
#[derive(Debug, PartialEq, Eq)]
pub enum Unclaimed {
    /// Its records are not confirmed yet ([`Journaled::synced`]). Try again with it.
    NotYet(Permit),
    /// The write was lost, or the connection, or the batch has ended. Nothing must be sent: the
    /// producer knows.
    Void,
}

/// A batch to be journaled.
#[derive(Clone, Copy, Debug)]
pub struct Payload<'b> {
    /// What is sent, or what it is built from: any bytes that are the same at each sending, but for
    /// the stamp.
    pub bytes: &'b [u8],
    /// Where in its source it ends.
    pub cursor: Cursor,
}

/// A batch in two.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'b> {
    /// How many of its records the first part has.
    pub first_records: i32,
    /// The first part; the second keeps the whole's cursor.
    pub first: Payload<'b>,
    /// The second part's bytes.
    pub second: &'b [u8],
}

/// What the journal knew of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Nothing.
    New,
    /// It was used before: what is undecided is resolved first.
    Restored {
        /// Up to where its source is written.
        cursor: Cursor,
        /// How many batches are undecided: [`super::Kept::batches`] lists them, with their names.
        undecided: usize,
    },
    /// The slot was another topic's, or a topic's that was deleted since. What was undecided there
    /// is possibly written, and nothing is known of this one.
    Recreated {
        /// How many batches were undecided.
        possibly_written: usize,
    },
}

/// A [`Producer`] and its [`Journal`]: the rules J2 and J6 kept by construction.
#[derive(Clone, Debug)]
pub struct Journaled<S, T, const PLACES: usize = 8> {
    pub(super) producer: Producer<S, PLACES>,
    pub(super) journal: Journal<T, PLACES>,
}

impl<S, T, const PLACES: usize> Journaled<S, T, PLACES>
where
    S: AsRef<[Slot<PLACES>]> + AsMut<[Slot<PLACES>]>,
    T: AsRef<[Track<PLACES>]> + AsMut<[Track<PLACES>]>,
{
    /// A new producer, idempotent and without an identity, and its journal: the producer gets the
    /// identity that the journal knows, if it knows one.
    ///
    /// # Errors
    /// [`Unexpected`] if the producer has an identity already.
    pub fn new(
        mut producer: Producer<S, PLACES>,
        journal: Journal<T, PLACES>,
    ) -> Result<Self, Unexpected> {
        if let Some(identity) = journal.identity() {
            producer.handle_identity(identity)?;
        }
        Ok(Self { producer, journal })
    }

    /// The producer, to ask it what to do.
    #[must_use]
    pub const fn producer(&self) -> &Producer<S, PLACES> {
        &self.producer
    }

    /// The journal, to ask it what it knows.
    #[must_use]
    pub const fn journal(&self) -> &Journal<T, PLACES> {
        &self.journal
    }

    /// Says which partition a slot is, once, before it is used. What the journal knows of it is put
    /// back; resolving begins at once. Nothing is written. A partition keeps its slot for as long
    /// as the journal lives. O(slots).
    ///
    /// # Errors
    /// [`Refused::Bound`] if the slot is bound, or the partition is or was another slot's;
    /// [`Refused::Misfit`] or [`Refused::Producer`] if what was read of the slot does not fit
    /// together.
    pub fn bind(
        &mut self,
        slot: u32,
        of: TopicPartition,
        now: Timestamp,
    ) -> Result<Bound, Refused> {
        let Self { producer, journal } = self;
        // Two slots would count one partition's sequences twice: a broker takes the second's
        // batches for duplicates of the first's. So does it if a slot goes on with a partition
        // whose epoch and undecided batches the journal has under another.
        let elsewhere = (0..).zip(journal.tracks.as_ref()).any(|(other, track)| {
            other != slot && (track.bound == Some(of) || track.staged.of == Some(of))
        });
        let track = journal.track_mut(slot).ok_or(Refused::Misfit(Misfit::NoSuchSlot(slot)))?;
        if elsewhere || track.bound.is_some() || producer.kept(slot).is_some() {
            return Err(Refused::Bound);
        }
        let Some((own, state)) = track.staged.of.zip(track.staged.state) else {
            track.bound = Some(of);
            return Ok(Bound::New);
        };
        let undecided = track.staged.batches.len();
        if own != of {
            // Sequences of a topic that is gone: the epoch stays used, the rest is void (J3).
            let nothing = RestoredPartition {
                next_sequence: Sequence::ZERO,
                last_acked: None,
                last_acked_offset: None,
                first_use_offset: None,
                newest_acked: None,
                acked_ever: false,
                ..state
            };
            producer.restore(slot, &nothing)?;
            for kept in [&mut track.durable, &mut track.staged] {
                for batch in &mut kept.batches {
                    batch.ended = Some(Word::PossiblyWritten);
                }
            }
            track.bound = Some(of);
            return Ok(Bound::Recreated { possibly_written: undecided });
        }
        producer.restore(slot, &state)?;
        let cursor = track.staged.cursor;
        let (durable, staged) = (&mut track.durable.batches, &mut track.staged.batches);
        for (batch, twin) in staged.iter_mut().zip(durable) {
            let restored = RestoredBatch {
                base_sequence: batch.base_sequence,
                records: batch.records,
                max_timestamp: batch.max_timestamp,
                created: now,
                first_sent: batch.first_sent,
            };
            batch.name = Some(producer.restore_batch(slot, restored, now)?);
            twin.name = batch.name;
        }
        track.bound = Some(of);
        Ok(Bound::Restored { cursor, undecided })
    }

    /// Numbers a batch. What must be durable before it may be sent stands in `out` then: append
    /// [`Permit::len`] bytes to the journal, sync, say so ([`Journaled::synced`]) and
    /// [`Journaled::claim`] the sending. Several may be written before one sync. `out` needs
    /// [`Journal::overhead`] bytes beside the batch's. A partition that was recovered begins its
    /// next epoch here (J6). O(places).
    ///
    /// # Errors
    /// [`Refused`]: nothing is to be written. [`Refusal::NoIdentity`] also where that epoch would
    /// be behind 32767: then another id is asked for ([`Producer::poll_identity`]).
    pub fn assign(
        &mut self,
        partition: u32,
        batch: NewBatch,
        payload: Payload<'_>,
        now: Timestamp,
        out: &mut [u8],
    ) -> Result<Permit, Refused> {
        self.journal.ready(partition, out, payload.bytes.len())?;
        self.may_number(partition, &batch, now)?;
        let Self { producer, journal } = self;
        if let Some(track) = journal.track_mut(partition).filter(|track| track.recovered) {
            track.recovered = false;
            // If its producer id is used up, the new one begins by itself.
            let own = track.staged.state.map(|state| state.identity);
            let same_id = own.map(|own| own.id) == producer.identity().map(|now| now.id);
            if own.is_some() && same_id && own == producer.kept(partition).map(|live| live.identity)
            {
                producer.bump(partition, now)?;
            }
        }
        let attempt = producer.prepare(partition, batch, now)?;
        let record = Record::Batch(BatchRecord {
            slot: partition,
            identity: attempt.stamp.identity,
            carried: false,
            base_sequence: attempt.stamp.base_sequence,
            records: batch.records,
            max_timestamp: batch.max_timestamp,
            first_sent: now,
            cursor: payload.cursor,
            bytes: payload.bytes,
        });
        let staged = self.stage(partition, Some(&record), out);
        match staged.and_then(|len| self.hold(attempt, len)) {
            Ok(permit) => {
                let base = attempt.stamp.base_sequence;
                self.journal.name_newest(partition, base, attempt.batch);
                Ok(permit)
            }
            Err(refused) => {
                self.unsend(attempt, now);
                let _known = self.producer.give_up(partition, attempt.batch, now);
                Err(refused)
            }
        }
    }

    /// Whether [`Journaled::assign`] would number this batch now, in a buffer that is long enough
    /// and a journal with room for its bytes. [`Producer::may_assign`] does not know that a
    /// recovered partition numbers nothing before all that was undecided is decided (J6).
    /// O(places).
    ///
    /// # Errors
    /// The [`Refused`] that it would answer, but for that of a next epoch behind 32767, which only
    /// [`Journaled::assign`] finds out.
    pub fn may_assign(
        &self,
        partition: u32,
        batch: &NewBatch,
        now: Timestamp,
    ) -> Result<(), Refused> {
        self.journal.has_room(partition, 0)?;
        self.may_number(partition, batch, now)
    }

    fn may_number(&self, partition: u32, batch: &NewBatch, now: Timestamp) -> Result<(), Refused> {
        self.producer.may_assign(partition, batch, now)?;
        let recovered = self.journal.track(partition).is_some_and(|track| track.recovered);
        if recovered && self.producer.oldest_undecided(partition).is_some() {
            return Err(Refused::Producer(Refusal::Unsettled));
        }
        Ok(())
    }

    /// Takes the partition's next waiting batch as sent ([`crate::producer::Next::Send`]). Usually
    /// the journal holds it and nothing is to be written; a new epoch is told first. As
    /// [`Journaled::assign`], without a batch's bytes.
    ///
    /// # Errors
    /// [`Refused`]: nothing is to be written.
    pub fn resend(
        &mut self,
        partition: u32,
        now: Timestamp,
        out: &mut [u8],
    ) -> Result<Permit, Refused> {
        let own = self.journal.kept(partition).and_then(|kept| kept.state);
        let live = self.producer.kept(partition);
        let bumped = live.map(|live| live.identity) != own.map(|own| own.identity);
        if bumped {
            self.journal.ready(partition, out, 0)?;
        } else if self.journal.rewrite.is_some() {
            return Err(Refused::Compacting);
        }
        let attempt = self.producer.prepare_again(partition, now)?;
        let staged = if bumped { self.stage(partition, None, out) } else { Ok(0) };
        let permit = staged.and_then(|len| self.hold(attempt, len));
        if permit.is_err() {
            self.unsend(attempt, now);
        }
        permit
    }

    /// Splits a batch ([`Producer::split`]): the journal gets the bytes of both parts, which are
    /// sent by [`Journaled::resend`]. Gives the second part's name, and how many bytes of `out`
    /// must be appended. O(places).
    ///
    /// # Errors
    /// [`Refused`]: nothing is to be written. For [`Refused::Misfit`] both parts end as not
    /// written.
    pub fn split(
        &mut self,
        partition: u32,
        batch: BatchId,
        parts: Parts<'_>,
        now: Timestamp,
        out: &mut [u8],
    ) -> Result<(BatchId, usize), Refused> {
        let Parts { first_records, first, second } = parts;
        let bytes = first.bytes.len().saturating_add(second.len());
        self.journal.ready(partition, out, bytes)?;
        let whole = self.producer.batches(partition).find(|standing| standing.batch == batch);
        let whole = whole.ok_or(Refused::Producer(Refusal::UnknownBatch))?;
        let live = self.producer.kept(partition).ok_or(Refused::NotBound)?;
        let splits = self.journal.track(partition).map(|track| track.splits.is_full());
        if splits != Some(false) {
            return Err(Refused::Unsynced);
        }
        let rest = self.producer.split(partition, batch, first_records)?;
        if let Some(track) = self.journal.track_mut(partition) {
            let _has_room = track.splits.push((batch, rest));
        }
        let record = Record::Split(SplitRecord {
            slot: partition,
            identity: live.identity,
            base_sequence: whole.base_sequence,
            first_records,
            first_cursor: first.cursor,
            first: first.bytes,
            second,
        });
        let staged = self.stage(partition, Some(&record), out);
        if staged.is_err() {
            // The parts can't be sent without a record, and nothing of them is on the log.
            for part in [batch, rest] {
                let _known = self.producer.give_up(partition, part, now);
            }
        }
        let len = staged?;
        if let Some(base) = whole.base_sequence.advance(first_records) {
            self.journal.name_newest(partition, base, rest);
        }
        Ok((rest, len))
    }

    /// Writes what the producer knows of a partition and the journal does not: its verdicts, and
    /// who holds the journal. Gives how many bytes of `out` must be appended. *Not written* is told
    /// only when this, or another record of the partition, is durable ([`Journaled::needs_trim`]).
    ///
    /// # Errors
    /// [`Refused`]: nothing is to be written.
    pub fn trim(&mut self, partition: u32, out: &mut [u8]) -> Result<usize, Refused> {
        self.journal.ready(partition, out, 0)?;
        self.stage(partition, None, out)
    }

    /// All that was written is durable. After [`Journaled::lost`]: what was lost is gone for good.
    pub fn synced(&mut self) {
        self.journal.confirm();
    }

    /// A write failed, and what it left is cut off, or will be by writing the journal anew: all
    /// that was written since the last [`Journaled::synced`] counts as never written. What was to
    /// be sent by it is *not sent*, and new batches end as not written; that costs their partition
    /// an epoch. No record tells of them, so hear them before new ones are numbered: they are told
    /// when no crash can bring the batches back, which is after [`Journaled::synced`], if the
    /// storage was cut and synced, or [`Journaled::replaced`]. Until then all that needs a record
    /// is [`Refused::Unsynced`]. If it is not known whether the write was cut off, don't call this,
    /// but open the journal again. O(slots).
    pub fn lost(&mut self, now: Timestamp) {
        self.journal.revert();
        let confirmed = self.journal.durable_mark;
        for slot in 0..self.producer.partitions() {
            if self.journal.track(slot).is_none_or(|track| track.mark <= confirmed) {
                continue;
            }
            self.release(slot, now);
            while let Some(batch) = self.unknown(slot) {
                if self.producer.give_up(slot, batch, now).is_err() {
                    break;
                }
            }
            if let Some(track) = self.journal.track_mut(slot) {
                track.mark = confirmed;
            }
        }
    }

    /// An undecided batch that the journal does not hold as it is.
    fn unknown(&self, slot: u32) -> Option<BatchId> {
        let kept = self.journal.kept(slot)?;
        let known = |standing: &Standing| {
            let same = |b: &super::KeptBatch| {
                b.name == Some(standing.batch) && b.records == standing.records
            };
            kept.batches.iter().any(same)
        };
        let mut undecided = self.producer.batches(slot).filter(|b| b.verdict.is_none());
        undecided.find(|standing| !known(standing)).map(|standing| standing.batch)
    }

    /// The sending of a permit, if it is durable: send it now. Once something was fatal nothing is
    /// sent any more, and a batch that was numbered before that ends here.
    ///
    /// # Errors
    /// [`Unclaimed`]: nothing must be sent.
    pub fn claim(&mut self, permit: Permit) -> Result<Attempt, Unclaimed> {
        let attempt = permit.attempt;
        let confirmed = self.journal.durable_mark;
        let Some(track) = self.journal.track_mut(attempt.partition) else {
            return Err(Unclaimed::Void);
        };
        if !track.holds(&attempt) {
            return Err(Unclaimed::Void);
        }
        if permit.mark > confirmed {
            return Err(Unclaimed::NotYet(permit));
        }
        track.release(&attempt);
        if !stands(&self.producer, &attempt) {
            return Err(Unclaimed::Void);
        }
        if self.producer.fatal().is_some() {
            // It was numbered before that, and must not go out after it (S5). No time matters: a
            // batch that waits ends at once.
            self.unsend(attempt, Timestamp::from_millis(i64::MIN));
            return Err(Unclaimed::Void);
        }
        self.producer.note_sent(&attempt);
        Ok(attempt)
    }

    /// The permit of a batch's newest sending once more, if it was not claimed: for a caller who
    /// can keep its name and not the permit. There is nothing left to write for it. O(places).
    #[must_use]
    pub fn permit_of(&self, partition: u32, batch: BatchId) -> Option<Permit> {
        let mut held = self.journal.track(partition)?.held.iter();
        // The newest stands last.
        let Held { attempt, mark } = *held.rfind(|held| held.attempt.batch == batch)?;
        Some(Permit { attempt, mark, len: 0 })
    }

    /// Writes records of a partition; if that fails, none.
    fn stage(
        &mut self,
        slot: u32,
        record: Option<&Record<'_>>,
        out: &mut [u8],
    ) -> Result<usize, Refused> {
        let Self { producer, journal } = self;
        let shared = journal.staged;
        let before = journal.track(slot).ok_or(Refused::NotBound)?.staged.clone();
        let mut pen = Pen::new(out);
        let caught_up = journal.catch_up(slot, producer, &mut pen);
        let written = caught_up.and_then(|()| match record {
            Some(record) => journal.write(slot, record, &mut pen),
            None => Ok(()),
        });
        if let Err(refused) = written {
            journal.staged = shared;
            if let Some(track) = journal.track_mut(slot) {
                track.staged = before;
            }
            return Err(refused);
        }
        Ok(pen.written())
    }

    fn hold(&mut self, attempt: Attempt, len: usize) -> Result<Permit, Refused> {
        let track = self.journal.track_mut(attempt.partition).ok_or(Refused::NotBound)?;
        // Of permits that were dropped, and whose batches have ended since.
        track.held.retain(|held| stands(&self.producer, &held.attempt));
        let held = Held { attempt, mark: track.mark };
        track.held.push(held).map_err(|_| Refused::Misfit(Misfit::Full))?;
        Ok(Permit { attempt, mark: track.mark, len })
    }

    fn unsend(&mut self, attempt: Attempt, now: Timestamp) {
        let _answered = self.producer.handle_response(attempt, Answer::NotSent, now);
    }

    /// Sendings that nobody has claimed were not sent.
    pub(super) fn release(&mut self, slot: u32, now: Timestamp) {
        while let Some(held) = self.journal.track_mut(slot).and_then(|track| track.held.pop()) {
            self.unsend(held.attempt, now);
        }
    }

    /// Begins to write the journal anew: then [`Journaled::next_piece`] and [`Journaled::rewrite`]
    /// until there is none, a sync, and [`Journaled::replaced`]. Nothing else is journaled
    /// meanwhile. O(slots).
    ///
    /// # Errors
    /// [`Refused::Unsynced`].
    pub fn compact(&mut self) -> Result<(), Refused> {
        for slot in 0..self.producer.partitions() {
            let Some(track) = self.journal.track_mut(slot) else { break };
            for standing in self.producer.batches(slot) {
                if let Some(verdict) = standing.verdict {
                    track.note(standing.batch, Word::from(verdict));
                }
            }
        }
        self.journal.begin_rewrite(|slot| self.producer.kept(slot))
    }

    /// What the next piece of the new journal needs. `None`: it is complete.
    #[must_use]
    pub fn next_piece(&self) -> Option<Piece> {
        self.journal.next_piece()
    }

    /// Writes the next piece into `out`: append it to the new journal. `bytes` are a batch's, if
    /// [`Piece::Batch`] asks for them.
    ///
    /// # Errors
    /// [`Refused::Buffer`], also for other bytes than were asked for; [`Refused::JournalFull`].
    pub fn rewrite(&mut self, bytes: &[u8], out: &mut [u8]) -> Result<usize, Refused> {
        self.journal.write_piece(bytes, out)
    }

    /// The new journal is durable, and has taken the old one's place.
    ///
    /// # Errors
    /// [`Refused::Compacting`] if it is not complete.
    pub fn replaced(&mut self) -> Result<(), Refused> {
        self.journal.end_rewrite()
    }

    /// The new journal is given up; the old one goes on.
    pub fn keep_old(&mut self) {
        if self.journal.rewrite.is_some() {
            self.journal.drop_rewrite();
        }
    }
}

/// Whether this is a batch's newest sending, and it was not answered.
fn stands<S, const PLACES: usize>(producer: &Producer<S, PLACES>, attempt: &Attempt) -> bool
where
    S: AsRef<[Slot<PLACES>]> + AsMut<[Slot<PLACES>]>,
{
    let Some(kept) = producer.kept(attempt.partition) else { return false };
    let mut batches = producer.batches(attempt.partition);
    let standing = batches.find(|standing| standing.batch == attempt.batch);
    standing.is_some_and(|standing| {
        let same = standing.stamp(kept.identity) == attempt.stamp;
        same && standing.on_wire && standing.attempts == attempt.number
    })
}
