//! Where does a journal stand: what is written, what is durable, and what goes next?

use heapless::Vec;

use super::compact::Rewrite;
use super::frame::{BufferTooSmall, Chain, FRAME_LEN, HEAD_LEN, MAX_HEADER_LEN, after};
use super::kept::{Kept, Misfit};
use super::record::{Record, Settled};
use super::refused::Refused;
use super::track::Track;
use super::value::{ClusterId, Cursor, MAX_CURSOR_LEN, Outcome, Outcomes, TopicPartition, Word};
use crate::ids::{Identity, Sequence};
use crate::producer::{BatchId, Producer, RestoredPartition, Slot, Standing};

/// What of the journal as a whole can be written and not durable yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shared {
    /// Where the next record goes; `None` before the journal was begun.
    pub(super) chain: Option<Chain>,
    pub(super) identity: Option<Identity>,
    /// A record names the present holder.
    pub(super) holder_told: bool,
}

/// A journal's state, in the caller's memory: an array, a slice or a `Vec` of one [`Track`] a
/// partition, in the order of the producer's slots.
///
/// It begins with nothing ([`Journal::new`]) or with what was read ([`super::Recovery`]), and goes
/// on together with a producer ([`super::Journaled`]).
#[derive(Clone, Debug)]
pub struct Journal<T, const PLACES: usize = 8> {
    pub(super) tracks: T,
    pub(super) cluster: ClusterId,
    pub(super) turn: u64,
    pub(super) generation: u64,
    pub(super) place: [u8; 16],
    pub(super) capacity: u64,
    pub(super) staged: Shared,
    pub(super) durable: Shared,
    /// Counted up with every record, and never back.
    pub(super) staged_mark: u64,
    pub(super) durable_mark: u64,
    /// What a failed write left may still be there.
    pub(super) loose_end: bool,
    pub(super) rewrite: Option<Rewrite>,
}

/// Bytes of the longest record that is not a batch's or a split's, and has no verdicts.
const LONGEST: usize = FRAME_LEN + 70 + 2 * MAX_CURSOR_LEN;

impl<T, const PLACES: usize> Journal<T, PLACES>
where
    T: AsRef<[Track<PLACES>]> + AsMut<[Track<PLACES>]>,
{
    /// A journal of which nothing was written yet: [`super::Journaled::compact`] writes it. It
    /// takes at most `capacity` bytes of storage.
    pub fn new(tracks: T, cluster: ClusterId, capacity: u64) -> Self {
        let nothing = Shared { chain: None, identity: None, holder_told: false };
        Self {
            tracks,
            cluster,
            turn: 0,
            generation: 1,
            place: [0; 16],
            capacity,
            staged: nothing,
            durable: nothing,
            staged_mark: 0,
            durable_mark: 0,
            loose_end: false,
            rewrite: None,
        }
    }

    /// Says who holds the journal from now on, and where: the next record tells it. To be said
    /// after every recovery (J1).
    pub fn hold(&mut self, place: [u8; 16]) {
        self.generation = self.generation.saturating_add(1);
        self.place = place;
        self.staged.holder_told = false;
        self.durable.holder_told = false;
    }

    /// How often the journal was opened.
    #[must_use]
    pub const fn generation(&self) -> u64 {
        self.generation
    }

    /// Where the newest holder opened it.
    #[must_use]
    pub const fn place(&self) -> [u8; 16] {
        self.place
    }

    /// How often it was written anew.
    #[must_use]
    pub const fn turn(&self) -> u64 {
        self.turn
    }

    /// The identity that partitions begin with, as far as the journal knows.
    #[must_use]
    pub const fn identity(&self) -> Option<Identity> {
        self.staged.identity
    }

    /// Where the next record goes: as many bytes are in use.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.staged.chain.map_or(0, |chain| chain.offset)
    }

    /// Nothing was written yet.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.staged.chain.is_none()
    }

    /// Where the storage is known to be good up to: after a failed write, what is behind must go.
    #[must_use]
    pub fn durable_len(&self) -> u64 {
        self.durable.chain.map_or(0, |chain| chain.offset)
    }

    /// What the journal knows of a partition.
    #[must_use]
    pub fn kept(&self, slot: u32) -> Option<&Kept<PLACES>> {
        Some(&self.track(slot)?.staged)
    }

    /// About how many bytes the journal takes when it is written anew. O(slots).
    #[must_use]
    pub fn live_len(&self) -> u64 {
        let used = self.tracks.as_ref().iter().filter(|track| track.staged.state.is_some());
        let bytes = used.fold(after(0, MAX_HEADER_LEN), |sum, track| {
            let sum = after(sum, LONGEST);
            let unwritten = u64::try_from(track.staged.unwritten.len()).unwrap_or(u64::MAX);
            let lost = after(0, LONGEST).saturating_mul(unwritten);
            let (sum, batches) = (sum.saturating_add(lost), track.staged.batches());
            batches.fold(sum, |sum, b| after(sum, LONGEST).saturating_add(u64::from(b.len)))
        });
        after(bytes, 3 * LONGEST)
    }

    /// Whether it is time to write the journal anew: half of it is used, and half of that is no
    /// longer needed. O(slots).
    #[must_use]
    pub fn should_compact(&self) -> bool {
        let used = self.len();
        used > self.capacity / 2 && self.live_len() <= used / 2
    }

    /// Bytes that a buffer for the records of one call must have, beside a batch's own.
    #[must_use]
    pub const fn overhead() -> usize {
        // Holder, identity, bump, partition, and the batch or split itself.
        let verdicts = PLACES.saturating_mul(Outcome::LEN);
        LONGEST.saturating_mul(5).saturating_add(verdicts)
    }

    pub(super) fn track(&self, slot: u32) -> Option<&Track<PLACES>> {
        self.tracks.as_ref().get(usize::try_from(slot).ok()?)
    }

    pub(super) fn track_mut(&mut self, slot: u32) -> Option<&mut Track<PLACES>> {
        self.tracks.as_mut().get_mut(usize::try_from(slot).ok()?)
    }

    /// Whether `bytes` more may be written now, for a bound slot, into this buffer.
    pub(super) fn ready(&self, slot: u32, out: &[u8], bytes: usize) -> Result<(), Refused> {
        let wanted = Self::overhead().saturating_add(bytes);
        match self.has_room(slot, bytes) {
            Ok(()) | Err(Refused::JournalFull) if out.len() < wanted => {
                Err(Refused::Buffer { wanted })
            }
            room => room,
        }
    }

    /// Whether `bytes` more may be written now, for a bound slot.
    pub(super) fn has_room(&self, slot: u32, bytes: usize) -> Result<(), Refused> {
        let (Some(chain), None) = (self.staged.chain, self.rewrite) else {
            return Err(Refused::Compacting);
        };
        if self.loose_end {
            return Err(Refused::Unsynced);
        }
        let track = self.track(slot).ok_or(Refused::Misfit(Misfit::NoSuchSlot(slot)))?;
        if track.bound.is_none() {
            return Err(Refused::NotBound);
        }
        let wanted = Self::overhead().saturating_add(bytes);
        if after(chain.offset, wanted) > self.capacity {
            return Err(Refused::JournalFull);
        }
        Ok(())
    }

    /// Writes a record and takes what it says.
    pub(super) fn write(
        &mut self,
        slot: u32,
        record: &Record<'_>,
        out: &mut Pen<'_>,
    ) -> Result<(), Refused> {
        let mut chain = self.staged.chain.ok_or(Refused::Compacting)?;
        let body_at = after(chain.offset, HEAD_LEN);
        let len = chain.encode(record, out.rest()).map_err(Refused::from)?;
        let mark = self.staged_mark.saturating_add(1);
        let track = self.track_mut(slot).ok_or(Refused::NotBound)?;
        track.staged.apply(record, body_at).map_err(Refused::Misfit)?;
        track.mark = mark;
        out.advance(len);
        self.staged.chain = Some(chain);
        self.staged_mark = mark;
        Ok(())
    }

    /// Brings the journal to where the producer is, but for batches that it does not hold: who
    /// holds it, the identity, and for one slot the verdicts and the epoch.
    pub(super) fn catch_up<S>(
        &mut self,
        slot: u32,
        producer: &Producer<S, PLACES>,
        out: &mut Pen<'_>,
    ) -> Result<(), Refused>
    where
        S: AsRef<[Slot<PLACES>]> + AsMut<[Slot<PLACES>]>,
    {
        if !self.staged.holder_told {
            let holder = Record::Holder { generation: self.generation, place: self.place };
            self.write(slot, &holder, out)?;
            self.staged.holder_told = true;
        }
        if let Some(identity) = producer.identity().filter(|id| Some(*id) != self.staged.identity) {
            self.write(slot, &Record::Identity(identity), out)?;
            self.staged.identity = Some(identity);
        }
        let Some(live) = producer.kept(slot) else { return Ok(()) };
        let track = self.track_mut(slot).ok_or(Refused::NotBound)?;
        for Standing { batch, verdict, .. } in producer.batches(slot) {
            if let Some(verdict) = verdict {
                track.note(batch, Word::from(verdict));
            }
        }
        let of = track.bound.ok_or(Refused::NotBound)?;
        if let Some(own) = track.staged.state {
            self.settle(slot, live, own, out)?;
        }
        let kept = &self.track(slot).ok_or(Refused::NotBound)?.staged;
        if kept.of != Some(of) || kept.state.is_none() {
            let record = partition(slot, of, live, kept);
            self.write(slot, &record, out)?;
        }
        Ok(())
    }

    /// Verdicts, and the epoch.
    fn settle(
        &mut self,
        slot: u32,
        live: RestoredPartition,
        own: RestoredPartition,
        out: &mut Pen<'_>,
    ) -> Result<(), Refused> {
        let kept = &self.track(slot).ok_or(Refused::NotBound)?.staged;
        let bumped = live.identity != own.identity;
        let mut ended = Vec::<[u8; Outcome::LEN], PLACES, u8>::new();
        for batch in kept.batches.iter().filter(|batch| bumped || kept.is_told(batch)) {
            let Some(word) = batch.ended else { continue };
            let outcome = Outcome { base_sequence: batch.base_sequence, word };
            ended.push(outcome.to_bytes()).map_err(|_| Refused::Misfit(Misfit::Full))?;
        }
        let outcomes = Outcomes(ended.as_flattened());
        if bumped {
            let state = RestoredPartition { next_sequence: kept.renumbered(), ..live };
            return self.write(slot, &Record::Bump(Settled { slot, state, outcomes }), out);
        }
        let state = RestoredPartition { next_sequence: own.next_sequence, ..live };
        if ended.is_empty() && state.first_use_offset == own.first_use_offset {
            return Ok(());
        }
        self.write(slot, &Record::Verdicts(Settled { slot, state, outcomes }), out)
    }

    /// The newest batch of a slot gets its producer's name.
    pub(super) fn name_newest(&mut self, slot: u32, base: Sequence, name: BatchId) {
        let Some(track) = self.track_mut(slot) else { return };
        let batches = &mut track.staged.batches;
        if let Some(batch) = batches.iter_mut().find(|batch| batch.base_sequence == base) {
            batch.name = Some(name);
        }
    }

    /// All records of the partition are durable, and what was lost is gone.
    pub(super) const fn is_quiet(&self, track: &Track<PLACES>) -> bool {
        !self.loose_end && track.mark <= self.durable_mark
    }

    /// All that was written is durable.
    pub(super) fn confirm(&mut self) {
        let confirmed = self.durable_mark;
        for track in self.tracks.as_mut().iter_mut().filter(|track| track.mark > confirmed) {
            track.durable = track.staged.clone();
            track.splits.clear();
        }
        self.durable = self.staged;
        self.durable_mark = self.staged_mark;
        self.loose_end = false;
    }

    /// What was written since the last confirmation is gone.
    pub(super) fn revert(&mut self) {
        let confirmed = self.durable_mark;
        for track in self.tracks.as_mut().iter_mut().filter(|track| track.mark > confirmed) {
            track.staged = track.durable.clone();
        }
        self.loose_end |= self.staged.chain != self.durable.chain;
        self.staged = self.durable;
        // Marks are not used twice: a sending that waits for a lost one waits for ever.
    }
}

/// The record of a partition that is as it was kept, with other numbers.
pub(super) fn partition<const PLACES: usize>(
    slot: u32,
    of: TopicPartition,
    live: RestoredPartition,
    kept: &Kept<PLACES>,
) -> Record<'static> {
    let next_sequence = kept.state.map_or(Sequence::ZERO, |state| state.next_sequence);
    let same = kept.of.is_none_or(|own| own == of);
    Record::Partition {
        slot,
        of,
        state: RestoredPartition { next_sequence, ..live },
        // Where another topic was written up to says nothing of this one.
        cursor: if same { kept.cursor } else { Cursor::NONE },
    }
}

/// Writes records one behind the other into a buffer.
#[derive(Debug)]
pub(super) struct Pen<'b> {
    rest: &'b mut [u8],
    written: usize,
}

impl<'b> Pen<'b> {
    pub(super) const fn new(buffer: &'b mut [u8]) -> Self {
        Self { rest: buffer, written: 0 }
    }

    pub(super) const fn rest(&mut self) -> &mut [u8] {
        self.rest
    }

    pub(super) fn advance(&mut self, len: usize) {
        let rest = core::mem::take(&mut self.rest);
        self.rest = rest.get_mut(len..).unwrap_or_default();
        self.written = self.written.saturating_add(len);
    }

    pub(super) const fn written(&self) -> usize {
        self.written
    }
}

impl From<BufferTooSmall> for Refused {
    fn from(small: BufferTooSmall) -> Self {
        Self::Buffer { wanted: small.wanted }
    }
}
