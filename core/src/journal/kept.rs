//! What does a journal know of a partition, and what does a record change?
//!
//! One function, [`Kept::apply`], makes the state from the records, for the writer as for the
//! reader: so what comes back after a crash is what was there, by construction.

use core::fmt;

use heapless::Vec;

use super::record::{BatchRecord, Record, Settled, SplitRecord};
use super::value::{Cursor, Outcomes, TopicPartition, Unwritten, Word};
use crate::ids::{Identity, Sequence, Timestamp};
use crate::producer::{BatchId, MAX_UNDECIDED, RestoredPartition};

/// A batch that a journal holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptBatch {
    /// Its first sequence.
    pub base_sequence: Sequence,
    /// How many records it holds.
    pub records: i32,
    /// The largest timestamp of its records.
    pub max_timestamp: Timestamp,
    /// When it was sent first, by the wall clock.
    pub first_sent: Timestamp,
    /// Where in its source it ends.
    pub cursor: Cursor,
    /// Where its bytes are, from the journal's beginning.
    pub at: u64,
    /// How many they are.
    pub len: u32,
    /// What the producer calls it; `None` until the partition is bound.
    pub name: Option<BatchId>,
    /// It has ended, and no record says so yet.
    pub(super) ended: Option<Word>,
}

impl KeptBatch {
    fn end(&self) -> Sequence {
        self.base_sequence.advance(self.records).unwrap_or(self.base_sequence)
    }
}

/// A record that does not fit those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Misfit {
    /// There is no track for this slot.
    NoSuchSlot(u32),
    /// Nothing was said of this slot's partition before.
    NoPartition(u32),
    /// The slot counts under another identity, or the next one does not follow.
    Identity(Identity),
    /// A sequence that is not the next one, or a count that does not come out.
    Sequence(Sequence),
    /// No undecided batch begins with this sequence.
    NoBatch(Sequence),
    /// More batches than a track has places.
    Full,
    /// A part of a batch must have records, and leave some.
    Parts(i32),
}

/// A partition as its journal knows it.
#[derive(Clone, Debug)]
pub struct Kept<const PLACES: usize = 8> {
    pub(super) of: Option<TopicPartition>,
    pub(super) state: Option<RestoredPartition>,
    pub(super) cursor: Cursor,
    pub(super) unwritten: Vec<Unwritten, PLACES, u8>,
    pub(super) batches: Vec<KeptBatch, PLACES, u8>,
}

impl<const PLACES: usize> Kept<PLACES> {
    /// Nothing is known.
    pub(super) const EMPTY: Self = Self {
        of: None,
        state: None,
        cursor: Cursor::NONE,
        unwritten: Vec::new(),
        batches: Vec::new(),
    };

    /// Which partition it is, if that was said.
    #[must_use]
    pub const fn of(&self) -> Option<TopicPartition> {
        self.of
    }

    /// Its numbers, if it was used.
    #[must_use]
    pub const fn state(&self) -> Option<RestoredPartition> {
        self.state
    }

    /// Up to where its source is written: the cursor of the newest batch that ended as written
    /// (J4).
    #[must_use]
    pub const fn cursor(&self) -> Cursor {
        self.cursor
    }

    /// The batches that ended otherwise than as written, the newest last: each until one with the
    /// same cursor was written, and at most as many as a slot has places. After a crash some of
    /// them may not have been told yet; those that wait for [`super::Journaled::take_verdict`] are
    /// always among them.
    #[must_use]
    pub fn unwritten(&self) -> &[Unwritten] {
        &self.unwritten
    }

    /// The undecided batches, oldest first.
    pub fn batches(&self) -> impl Iterator<Item = &KeptBatch> {
        self.batches.iter().filter(|batch| batch.ended.is_none())
    }

    /// Takes what a record says of this slot; its body is at `body_at`.
    pub(super) fn apply(&mut self, record: &Record<'_>, body_at: u64) -> Result<(), Misfit> {
        let behind = |len: usize| {
            let before = record.body_len().saturating_sub(len);
            super::frame::after(body_at, before)
        };
        match record {
            Record::Partition { of, state, cursor, .. } => {
                if self.state.is_some_and(|own| own.identity != state.identity) {
                    return Err(Misfit::Identity(state.identity));
                }
                self.of = Some(*of);
                self.state = Some(*state);
                self.cursor = *cursor;
                Ok(())
            }
            Record::Unwritten { slot, unwritten } => {
                self.state.ok_or(Misfit::NoPartition(*slot))?;
                self.note_unwritten(*unwritten);
                Ok(())
            }
            Record::Batch(batch) => self.add(batch, behind(batch.bytes.len())),
            Record::Split(split) => {
                let second = behind(split.second.len());
                let first = behind(split.first.len().saturating_add(split.second.len()));
                self.split(split, first, second)
            }
            Record::Verdicts(settled) => self.verdicts(settled),
            Record::Bump(settled) => self.bump(settled),
            Record::Holder { .. } | Record::Identity(_) | Record::Complete => Ok(()),
        }
    }

    fn under(&mut self, slot: u32, identity: Identity) -> Result<&mut RestoredPartition, Misfit> {
        let state = self.state.as_mut().ok_or(Misfit::NoPartition(slot))?;
        if state.identity != identity {
            return Err(Misfit::Identity(identity));
        }
        Ok(state)
    }

    fn add(&mut self, new: &BatchRecord<'_>, at: u64) -> Result<(), Misfit> {
        let state = *self.under(new.slot, new.identity)?;
        let batch = KeptBatch {
            base_sequence: new.base_sequence,
            records: new.records,
            max_timestamp: new.max_timestamp,
            first_sent: new.first_sent,
            cursor: new.cursor,
            at,
            len: u32::try_from(new.bytes.len()).unwrap_or(u32::MAX),
            name: None,
            ended: None,
        };
        if !new.carried {
            if state.next_sequence != new.base_sequence {
                return Err(Misfit::Sequence(new.base_sequence));
            }
            self.acknowledge_before_the_fifth();
        }
        self.batches.push(batch).map_err(|_| Misfit::Full)?;
        if let Some(state) = self.state.as_mut().filter(|_| !new.carried) {
            state.next_sequence = batch.end();
        }
        Ok(())
    }

    /// A new batch is numbered only while fewer than five are undecided, so what is five before it
    /// had been acknowledged, even if nothing says so (J5).
    fn acknowledge_before_the_fifth(&mut self) {
        while self.batches.len() >= MAX_UNDECIDED {
            let Some(oldest) = self.batches.first().copied() else { return };
            let last = oldest.base_sequence.advance(oldest.records.saturating_sub(1));
            if let Some(state) = &mut self.state {
                state.last_acked = last;
                state.acked_ever = true;
            }
            let _there = self.end(oldest.base_sequence, Word::Written);
        }
    }

    fn split(&mut self, split: &SplitRecord<'_>, first: u64, second: u64) -> Result<(), Misfit> {
        self.under(split.slot, split.identity)?;
        if self.batches.is_full() {
            return Err(Misfit::Full);
        }
        let base = split.base_sequence;
        let found = self.batches.iter_mut().find(|batch| batch.base_sequence == base);
        let whole = found.ok_or(Misfit::NoBatch(base))?;
        let rest = whole.records.saturating_sub(split.first_records);
        let (true, true, Some(second_base)) =
            (split.first_records > 0, rest > 0, base.advance(split.first_records))
        else {
            return Err(Misfit::Parts(split.first_records));
        };
        let mut carried = KeptBatch {
            base_sequence: second_base,
            records: rest,
            at: second,
            len: u32::try_from(split.second.len()).unwrap_or(u32::MAX),
            name: None,
            ended: None,
            ..*whole
        };
        whole.records = split.first_records;
        whole.cursor = split.first_cursor;
        whole.at = first;
        whole.len = u32::try_from(split.first.len()).unwrap_or(u32::MAX);
        let behind = self.batches.iter_mut().skip_while(|batch| batch.base_sequence != base);
        for other in behind.skip(1) {
            core::mem::swap(other, &mut carried);
        }
        self.batches.push(carried).map_err(|_| Misfit::Full)
    }

    fn verdicts(&mut self, settled: &Settled<'_>) -> Result<(), Misfit> {
        let state = self.under(settled.slot, settled.state.identity)?;
        if state.next_sequence != settled.state.next_sequence {
            return Err(Misfit::Sequence(settled.state.next_sequence));
        }
        self.end_each(settled.outcomes)?;
        self.state = Some(settled.state);
        Ok(())
    }

    fn bump(&mut self, settled: &Settled<'_>) -> Result<(), Misfit> {
        let own = self.state.ok_or(Misfit::NoPartition(settled.slot))?.identity;
        let new = settled.state.identity;
        if own.id == new.id && own.epoch >= new.epoch {
            return Err(Misfit::Identity(new));
        }
        self.end_each(settled.outcomes)?;
        let mut next = Sequence::ZERO;
        for batch in &mut self.batches {
            batch.base_sequence = next;
            next = batch.end();
        }
        if next != settled.state.next_sequence {
            return Err(Misfit::Sequence(settled.state.next_sequence));
        }
        self.state = Some(settled.state);
        Ok(())
    }

    fn end_each(&mut self, outcomes: Outcomes<'_>) -> Result<(), Misfit> {
        outcomes.iter().try_for_each(|outcome| self.end(outcome.base_sequence, outcome.word))
    }

    /// A batch has ended, and a record says so.
    pub(super) fn end(&mut self, base: Sequence, word: Word) -> Result<(), Misfit> {
        let found = self.batches.iter().find(|batch| batch.base_sequence == base);
        let cursor = found.ok_or(Misfit::NoBatch(base))?.cursor;
        self.batches.retain(|batch| batch.base_sequence != base);
        if word != Word::Written {
            self.note_unwritten(Unwritten { word, cursor });
        } else if !cursor.is_none() {
            self.cursor = cursor;
            self.unwritten.retain(|unwritten| unwritten.cursor != cursor);
        }
        Ok(())
    }

    /// The oldest makes room: its verdict was taken, for as many are behind it as there are places
    /// for verdicts.
    fn note_unwritten(&mut self, unwritten: Unwritten) {
        if self.unwritten.is_full() {
            let mut oldest = true;
            self.unwritten.retain(|_| !core::mem::take(&mut oldest));
        }
        let _has_room = self.unwritten.push(unwritten);
    }

    /// Whether the end of this batch may be told within its epoch. What is possibly written stays
    /// while others are undecided and none behind it was written: by its time a broker may forget
    /// the producer, and they must not be sent again after that (S2).
    pub(super) fn is_told(&self, batch: &KeptBatch) -> bool {
        match batch.ended {
            None => false,
            Some(Word::PossiblyWritten) => {
                let from =
                    self.batches.iter().skip_while(|b| b.base_sequence != batch.base_sequence);
                let mut behind = from.map(|batch| batch.ended);
                self.batches().next().is_none() || behind.any(|end| end == Some(Word::Written))
            }
            Some(_) => true,
        }
    }

    pub(super) fn named(&mut self, name: BatchId) -> Option<&mut KeptBatch> {
        self.batches.iter_mut().find(|batch| batch.name == Some(name))
    }

    /// The sequence behind those that have not ended, counted from 0.
    pub(super) fn renumbered(&self) -> Sequence {
        let left = self.batches();
        left.fold(Sequence::ZERO, |next, b| next.advance(b.records).unwrap_or(next))
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchSlot(slot) => write!(f, "there is no track for slot {slot}"),
            Self::NoPartition(slot) => write!(f, "slot {slot} has no partition yet"),
            Self::Identity(identity) => write!(f, "{identity} does not fit the slot's"),
            Self::Sequence(sequence) => write!(f, "sequence {sequence} is not the next one"),
            Self::NoBatch(sequence) => write!(f, "no undecided batch begins with {sequence}"),
            Self::Full => f.write_str("more batches than a track has places"),
            Self::Parts(records) => write!(f, "no batch can be split after {records} records"),
        }
    }
}
