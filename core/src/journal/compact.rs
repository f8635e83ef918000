//! How is a journal written anew, with what still matters and nothing else?
//!
//! Piece by piece into another place: a second file, a second area of flash. The old one counts
//! until the new one is complete and durable.

use super::frame::{Chain, HEAD_LEN, Header, Writer, after};
use super::kept::{Kept, KeptBatch};
use super::record::{BatchRecord, Record};
use super::refused::Refused;
use super::state::{Journal, partition};
use super::track::Track;
use crate::producer::RestoredPartition;

/// What a journal that is written anew needs next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Nothing: the bytes of [`super::Journaled::rewrite`] are to be none.
    Record,
    /// A batch's bytes, as the old journal has them.
    Batch {
        /// Where, from the old journal's beginning.
        at: u64,
        /// How many.
        len: u32,
    },
}

/// The next piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Header,
    Holder,
    Identity,
    Partition(u32),
    Unwritten(u32, usize),
    Batch(u32, usize),
    Complete,
    Done,
}

/// A journal that is being written anew.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rewrite {
    chain: Option<Chain>,
    step: Step,
}

fn told<const PLACES: usize>(kept: &Kept<PLACES>) -> Option<KeptBatch> {
    kept.batches.iter().find(|batch| kept.is_told(batch)).copied()
}

impl<T, const PLACES: usize> Journal<T, PLACES>
where
    T: AsRef<[Track<PLACES>]> + AsMut<[Track<PLACES>]>,
{
    /// `live` is what the producer knows of a slot.
    pub(super) fn begin_rewrite(
        &mut self,
        live: impl Fn(u32) -> Option<RestoredPartition>,
    ) -> Result<(), Refused> {
        if self.staged.chain != self.durable.chain {
            return Err(Refused::Unsynced);
        }
        for (slot, track) in (0..).zip(self.tracks.as_mut()) {
            track.staged = track.durable.clone();
            // What has ended and was not told yet is left out, which tells it: with the numbers
            // that a record of those verdicts would have told.
            while let Some(batch) = told(&track.staged) {
                let (base, Some(word)) = (batch.base_sequence, batch.ended) else { break };
                track.staged.end(base, word).map_err(Refused::Misfit)?;
            }
            let own = track.staged.state.as_mut();
            let told = own.zip(live(slot)).filter(|(own, live)| own.identity == live.identity);
            if let Some((own, live)) = told {
                *own = RestoredPartition { next_sequence: own.next_sequence, ..live };
            }
        }
        self.rewrite = Some(Rewrite { chain: None, step: Step::Header });
        Ok(())
    }

    pub(super) fn next_piece(&self) -> Option<Piece> {
        match self.rewrite?.step {
            Step::Done => None,
            Step::Batch(slot, index) => {
                let batch = self.track(slot)?.staged.batches.get(index)?;
                Some(Piece::Batch { at: batch.at, len: batch.len })
            }
            _ => Some(Piece::Record),
        }
    }

    pub(super) fn write_piece(&mut self, bytes: &[u8], out: &mut [u8]) -> Result<usize, Refused> {
        let Some(rewrite) = self.rewrite else { return Err(Refused::Compacting) };
        let Some(mut chain) = rewrite.chain else { return self.write_header(out) };
        let body_at = after(chain.offset, HEAD_LEN);
        let record = match rewrite.step {
            Step::Holder => Record::Holder { generation: self.generation, place: self.place },
            Step::Identity => match self.staged.identity {
                Some(identity) => Record::Identity(identity),
                None => return Err(Refused::Compacting),
            },
            Step::Partition(slot) => self.partition_record(slot)?,
            Step::Unwritten(slot, index) => self.unwritten_record(slot, index)?,
            Step::Batch(slot, index) => self.batch_record(slot, index, bytes)?,
            Step::Complete => Record::Complete,
            Step::Header | Step::Done => return Err(Refused::Compacting),
        };
        let body = record.body_len();
        let len = chain.encode(&record, out)?;
        if chain.offset > self.capacity {
            return Err(Refused::JournalFull);
        }
        if let Step::Batch(slot, index) = rewrite.step {
            let at = after(body_at, body.saturating_sub(bytes.len()));
            let track = self.track_mut(slot).ok_or(Refused::NotBound)?;
            if let Some(batch) = track.staged.batches.get_mut(index) {
                batch.at = at;
            }
        }
        self.rewrite = Some(Rewrite { chain: Some(chain), step: self.behind(rewrite.step) });
        Ok(len)
    }

    fn write_header(&mut self, out: &mut [u8]) -> Result<usize, Refused> {
        let header = Header { turn: self.turn.saturating_add(1), cluster: self.cluster };
        let (writer, len) = Writer::begin(&header, out)?;
        self.rewrite = Some(Rewrite { chain: Some(writer.chain), step: Step::Holder });
        Ok(len)
    }

    fn partition_record(&self, slot: u32) -> Result<Record<'static>, Refused> {
        let kept = &self.track(slot).ok_or(Refused::NotBound)?.staged;
        let (of, state) = kept.of.zip(kept.state).ok_or(Refused::NotBound)?;
        Ok(partition(slot, of, state, kept))
    }

    fn unwritten_record(&self, slot: u32, index: usize) -> Result<Record<'static>, Refused> {
        let kept = &self.track(slot).ok_or(Refused::NotBound)?.staged;
        let unwritten = *kept.unwritten.get(index).ok_or(Refused::NotBound)?;
        Ok(Record::Unwritten { slot, unwritten })
    }

    fn batch_record<'b>(
        &self,
        slot: u32,
        index: usize,
        bytes: &'b [u8],
    ) -> Result<Record<'b>, Refused> {
        let kept = &self.track(slot).ok_or(Refused::NotBound)?.staged;
        let batch = kept.batches.get(index).ok_or(Refused::NotBound)?;
        if u32::try_from(bytes.len()) != Ok(batch.len) {
            let wanted = usize::try_from(batch.len).unwrap_or(usize::MAX);
            return Err(Refused::Buffer { wanted });
        }
        Ok(Record::Batch(BatchRecord {
            slot,
            identity: kept.state.ok_or(Refused::NotBound)?.identity,
            carried: true,
            base_sequence: batch.base_sequence,
            records: batch.records,
            max_timestamp: batch.max_timestamp,
            first_sent: batch.first_sent,
            cursor: batch.cursor,
            bytes,
        }))
    }

    fn behind(&self, step: Step) -> Step {
        match step {
            Step::Header => Step::Holder,
            Step::Holder if self.staged.identity.is_some() => Step::Identity,
            Step::Holder | Step::Identity => self.used_from(0),
            Step::Partition(slot) => self.unwritten_or_batch(slot, 0),
            Step::Unwritten(slot, index) => self.unwritten_or_batch(slot, index.saturating_add(1)),
            Step::Batch(slot, index) => self.batch_or_next(slot, index.saturating_add(1)),
            Step::Complete | Step::Done => Step::Done,
        }
    }

    fn unwritten_or_batch(&self, slot: u32, index: usize) -> Step {
        let unwritten = self.track(slot).map_or(0, |track| track.staged.unwritten.len());
        if index < unwritten { Step::Unwritten(slot, index) } else { self.batch_or_next(slot, 0) }
    }

    fn batch_or_next(&self, slot: u32, index: usize) -> Step {
        let batches = self.track(slot).map_or(0, |track| track.staged.batches.len());
        if index < batches {
            Step::Batch(slot, index)
        } else {
            self.used_from(slot.wrapping_add(1))
        }
    }

    /// The next slot that was used.
    fn used_from(&self, first: u32) -> Step {
        let count = u32::try_from(self.tracks.as_ref().len()).unwrap_or(u32::MAX);
        let used = |slot: &u32| self.track(*slot).is_some_and(|t| t.staged.state.is_some());
        (first..count).find(used).map_or(Step::Complete, Step::Partition)
    }

    /// The new one is durable, and counts.
    pub(super) fn end_rewrite(&mut self) -> Result<(), Refused> {
        let Some(Rewrite { chain: Some(chain), step: Step::Done }) = self.rewrite else {
            return Err(Refused::Compacting);
        };
        self.rewrite = None;
        self.turn = self.turn.saturating_add(1);
        self.staged.chain = Some(chain);
        self.staged.holder_told = true;
        self.durable = self.staged;
        self.loose_end = false;
        for track in self.tracks.as_mut() {
            track.durable = track.staged.clone();
            track.splits.clear();
        }
        Ok(())
    }

    /// The old one goes on.
    pub(super) fn drop_rewrite(&mut self) {
        self.rewrite = None;
        for track in self.tracks.as_mut() {
            track.staged = track.durable.clone();
        }
    }
}
