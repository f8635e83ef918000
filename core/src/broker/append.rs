//! May these several batches be appended as one, and what changes when they are?
//!
//! One at a time gives another state than Kafka's: it prepares one update a producer against what
//! was committed before the append, and applies all of them at the end (R37, R38).

use super::admission::{Change, Placed, apply, duplicate_of};
use super::batch::{Batch, BatchKind, Context, Origin};
use super::check::Updated;
use super::guards::VerificationEntry;
use super::index::{Hasher, IndexLine};
use super::partition::{Partition, refuse};
use super::rejection::{Ended, Reason, Rejection, ScratchPart};
use super::slot::{NO_SLOT, Slot};
use super::table::{Entry, Memory, Table};
use super::transactions::{CompletedTransaction, OpenTransaction};
use crate::ids::Timestamp;
use crate::window::{BatchMetadata, Tag};
use crate::wire::BatchHeader;

/// A producer's update in an append. The caller owns the memory of these; the append fills it.
#[derive(Clone, Copy, Debug)]
pub struct PendingProducer<T = ()> {
    updated: Slot<T>,
    /// The staged transaction that is open, if the append itself opened one.
    open: u32,
    clears_guard: bool,
}

impl<T: Tag> PendingProducer<T> {
    /// An unused entry, to fill arrays with.
    pub const EMPTY: Self = Self { updated: Slot::EMPTY, open: NO_SLOT, clears_guard: false };
}

impl<T: Tag> Entry for PendingProducer<T> {
    fn producer_id(&self) -> i64 {
        self.updated.producer_id()
    }
}

/// A transaction that an append opens or completes. The caller owns the memory of these; the append
/// fills it.
#[derive(Clone, Copy, Debug)]
pub struct PendingTransaction {
    producer_id: i64,
    first_offset: i64,
    last_offset: i64,
    opened_here: bool,
    is_open: bool,
    aborted: bool,
    /// The next transaction in order of completion.
    next_completed: u32,
}

impl PendingTransaction {
    /// An unused entry, to fill arrays with.
    pub const EMPTY: Self = Self {
        producer_id: -1,
        first_offset: 0,
        last_offset: 0,
        opened_here: false,
        is_open: false,
        aborted: false,
        next_completed: NO_SLOT,
    };
}

/// The caller's memory for appends of several batches; used again for each.
///
/// As many producers as one append may touch, and as many transactions as it may open or complete.
#[derive(Clone, Debug)]
pub struct Scratch<P, I, X, T = ()> {
    producers: Table<P, I, PendingProducer<T>>,
    transactions: X,
    staged: u32,
}

impl<P, I, X, T> Scratch<P, I, X, T>
where
    P: Memory<PendingProducer<T>>,
    I: Memory<IndexLine>,
    X: Memory<PendingTransaction>,
    T: Tag,
{
    /// Scratch memory: producers, [`super::index_lines`] for them, and transactions (may be empty).
    pub fn new(producers: P, index: I, transactions: X) -> Self {
        Self { producers: Table::new(producers, index, Hasher::new(0)), transactions, staged: 0 }
    }

    fn transaction(&mut self, number: u32) -> Option<&mut PendingTransaction> {
        self.transactions.as_mut().get_mut(usize::try_from(number).ok()?)
    }

    fn staged(&self) -> &[PendingTransaction] {
        let staged = usize::try_from(self.staged).unwrap_or(usize::MAX);
        self.transactions.as_ref().get(..staged).unwrap_or(&[])
    }

    fn stage(&mut self, transaction: PendingTransaction) -> Result<u32, Reason> {
        let number = self.staged;
        let capacity = u32::try_from(self.transactions.as_ref().len()).unwrap_or(u32::MAX);
        let cell = self
            .transaction(number)
            .ok_or(Reason::ScratchFull { part: ScratchPart::Transactions, capacity })?;
        *cell = transaction;
        self.staged = number.wrapping_add(1);
        Ok(number)
    }
}

/// An append under way. Push every batch, write, then commit; dropped before that it leaves no
/// trace.
///
/// Offsets are the batches' own: a leader assigns base offsets before it pushes, as Kafka does.
#[must_use = "an append that was written must be committed"]
#[derive(Debug)]
pub struct Append<'p, S, I, X, G, P, J, Y, T> {
    partition: &'p mut Partition<S, I, X, G, T>,
    scratch: &'p mut Scratch<P, J, Y, T>,
    origin: Origin,
    now: Timestamp,
    map_end: i64,
    new_producers: u32,
    /// Open transactions once the append is committed, beside the ones committed before.
    opened: u32,
    closed: u32,
    first_completed: u32,
    last_completed: u32,
    ended: bool,
}

/// What became of a pushed batch.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub enum Pushed {
    /// It is part of the append.
    Added,
    /// It is on the log already. The append has ended: nothing of it is to be written (R37).
    Duplicate(BatchMetadata),
    /// The append had ended before: the batch was not looked at.
    Ended,
}

impl<S, I, X, G, T> Partition<S, I, X, G, T>
where
    S: Memory<Slot<T>>,
    I: Memory<IndexLine>,
    X: Memory<OpenTransaction>,
    G: Memory<VerificationEntry>,
    T: Tag,
{
    /// Begins an append of several batches: replication, replay, or a leader's. Wipes the scratch
    /// index: O(lines).
    pub fn append<'p, P, J, Y>(
        &'p mut self,
        scratch: &'p mut Scratch<P, J, Y, T>,
        origin: Origin,
        now: Timestamp,
    ) -> Append<'p, S, I, X, G, P, J, Y, T>
    where
        P: Memory<PendingProducer<T>>,
        J: Memory<IndexLine>,
        Y: Memory<PendingTransaction>,
    {
        scratch.producers.reset(*self.producers.hasher());
        scratch.staged = 0;
        Append {
            map_end: self.map_end,
            partition: self,
            scratch,
            origin,
            now,
            new_producers: 0,
            opened: 0,
            closed: 0,
            first_completed: NO_SLOT,
            last_completed: NO_SLOT,
            ended: false,
        }
    }
}

impl<S, I, X, G, P, J, Y, T> Append<'_, S, I, X, G, P, J, Y, T>
where
    S: Memory<Slot<T>>,
    I: Memory<IndexLine>,
    X: Memory<OpenTransaction>,
    G: Memory<VerificationEntry>,
    P: Memory<PendingProducer<T>>,
    J: Memory<IndexLine>,
    Y: Memory<PendingTransaction>,
    T: Tag,
{
    /// The context of a batch in this append, to be changed where needed.
    #[must_use]
    pub fn context(&self) -> Context<T> {
        Context::new(self.origin, self.now)
    }

    /// How many producers the commit will add. Beyond the slots that are free, each pushes another
    /// one out, where the origin or the policy allows that. O(1).
    #[must_use]
    pub const fn new_producers(&self) -> u32 {
        self.new_producers
    }

    /// Decides on the next batch, and keeps what it changes for the commit. O(1), plus the search
    /// for victims when every slot is taken. The origin and the time are the append's, whatever the
    /// context says.
    ///
    /// # Errors
    /// A [`Rejection`] ends the append: nothing of it may be written (R37). So does a full scratch.
    #[inline(always)]
    pub fn push(&mut self, batch: &Batch, context: &Context<T>) -> Result<Pushed, Rejection> {
        if batch.kind == BatchKind::Data && self.push_plain(&batch.header, context.tag) {
            return Ok(Pushed::Added);
        }
        self.push_any(batch, context)
    }

    /// The same of what nearly all of a log is: a replica's records, outside of transactions, of a
    /// producer that this append has met. `false` for any other batch, whatever becomes of it: then
    /// nothing has changed, and it is for [`Append::push`]. O(1).
    ///
    /// The header is read where it lies: a copy of what was just parsed waits for the parsing.
    #[inline(always)]
    pub fn push_records(&mut self, header: &BatchHeader, tag: T) -> bool {
        !header.attributes.is_control() && self.push_plain(header, tag)
    }

    #[inline(never)]
    fn push_any(&mut self, batch: &Batch, context: &Context<T>) -> Result<Pushed, Rejection> {
        let context = Context { origin: self.origin, now: self.now, ..*context };
        let header = &batch.header;
        if self.ended {
            return Ok(Pushed::Ended);
        }
        let pushed = if header.has_producer_id() {
            self.push_tracked(batch, &context)
        } else {
            Ok(Pushed::Added)
        };
        match pushed {
            Ok(Pushed::Added) => {
                self.map_end = header.next_offset();
                Ok(Pushed::Added)
            }
            Ok(other) => {
                self.ended = true;
                Ok(other)
            }
            Err(reason) => {
                self.ended = true;
                let slot = self.partition.producer(header.producer_id);
                Err(refuse(header.producer_id, header.producer_epoch, slot, reason))
            }
        }
    }

    /// A replica's records, outside of transactions, of a producer that this append has met: of
    /// these nothing is asked (broker spec 4.4). `false`, and nothing is changed, for any other.
    #[inline(always)]
    fn push_plain(&mut self, header: &BatchHeader, tag: T) -> bool {
        let is_other = self.ended || self.origin != Origin::Replication;
        if is_other || !header.has_producer_id() || header.attributes.is_transactional() {
            return false;
        }
        let append_time = self.partition.append_time(self.now);
        let producers = &mut self.scratch.producers;
        let known = producers.find(header.producer_id).and_then(|n| producers.get_mut(n));
        let Some(PendingProducer { updated, .. }) = known else { return false };
        if updated.is_in_transaction() {
            return false;
        }
        let place = Placed {
            base_offset: header.base_offset,
            last_offset_delta: header.last_offset_delta,
            epoch: header.producer_epoch,
            append_time,
        };
        apply(updated, &Change::data(header, false, tag), &place);
        self.map_end = header.next_offset();
        true
    }

    fn push_tracked(&mut self, batch: &Batch, context: &Context<T>) -> Result<Pushed, Reason> {
        let header = &batch.header;
        let (pending, update) = self.scratch.producers.find_entry(header.producer_id).unzip();
        let committed = match (update, context.origin) {
            // What the append itself has made of the producer is all that is looked at.
            (Some(_), Origin::Replication) => None,
            _ => self.partition.producer(header.producer_id),
        };
        let (updated, used) = match update {
            Some(update) => (Updated::of(&update.updated), update.clears_guard),
            None => (Updated::begin(committed), false),
        };
        if let Some(seen) = duplicate_of(batch.parts(context), context, committed)? {
            return Ok(Pushed::Duplicate(seen));
        }
        let opens =
            self.partition.decide(batch.parts(context), context, committed, &updated, used)?;
        let change = Change::of(batch.parts(context), context, opens, updated.transaction);
        let number = match pending {
            Some(number) => number,
            None => self.begin_producer(header.producer_id, context)?,
        };
        let open =
            self.stage_transaction(header.producer_id, number, header.base_offset, &change)?;
        let append_time = self.partition.append_time(self.now);
        let (id, epoch) = (header.producer_id, header.producer_epoch);
        let is_control = batch.kind != BatchKind::Data;
        let ends = header.attributes.is_transactional()
            && self.partition.ends_verification(id, epoch, is_control);
        if let Some(pending) = self.scratch.producers.get_mut(number) {
            let place = Placed {
                base_offset: header.base_offset,
                last_offset_delta: header.last_offset_delta,
                epoch: header.producer_epoch,
                append_time,
            };
            apply(&mut pending.updated, &change, &place);
            pending.open = open;
            pending.clears_guard |= ends;
        }
        Ok(Pushed::Added)
    }

    /// First sight of a producer in this append: its update begins as what was committed, without
    /// the window.
    fn begin_producer(&mut self, producer_id: i64, context: &Context<T>) -> Result<u32, Reason> {
        let committed = self.partition.producer(producer_id);
        let is_new = committed.is_none();
        let wanted = self.new_producers.saturating_add(u32::from(is_new));
        let scratch = &self.scratch.producers;
        let spared = |id| id == producer_id || scratch.find(id).is_some();
        if is_new {
            self.partition.check_new_producer(context, wanted, &spared)?;
        } else if wanted > 0 {
            // One that could have made room is now spared.
            self.partition.check_room(context, wanted, &spared)?;
        }
        let updated = committed.map_or(Slot::unknown(producer_id), |slot| slot.to_update());
        let capacity = self.scratch.producers.capacity();
        let pending = PendingProducer { updated, open: NO_SLOT, clears_guard: false };
        let number = self.scratch.producers.push(pending);
        let number =
            number.ok_or(Reason::ScratchFull { part: ScratchPart::Producers, capacity })?;
        self.new_producers = wanted;
        Ok(number)
    }

    /// Keeps what the batch opens or completes. Gives the producer's staged open transaction after
    /// it.
    fn stage_transaction(
        &mut self,
        producer_id: i64,
        pending: u32,
        base_offset: i64,
        change: &Change<T>,
    ) -> Result<u32, Reason> {
        let open = self.scratch.producers.get(pending).map_or(NO_SLOT, |pending| pending.open);
        let staged = PendingTransaction {
            producer_id,
            first_offset: base_offset,
            last_offset: base_offset,
            opened_here: true,
            is_open: true,
            ..PendingTransaction::EMPTY
        };
        if change.opens() {
            self.check_transactions()?;
            let number = self.scratch.stage(staged)?;
            self.opened = self.opened.wrapping_add(1);
            return Ok(number);
        }
        match change.completes() {
            Some((first_offset, aborted)) => {
                let number = if open != NO_SLOT {
                    self.opened = self.opened.saturating_sub(1);
                    open
                } else {
                    // Of several that began at one offset one has the entry, and makes room once.
                    let transactions = &self.partition.transactions;
                    let has_entry = transactions.is_ongoing(first_offset, producer_id);
                    self.closed = self.closed.wrapping_add(u32::from(has_entry));
                    self.scratch.stage(PendingTransaction {
                        first_offset,
                        opened_here: false,
                        ..staged
                    })?
                };
                if let Some(cell) = self.scratch.transaction(number) {
                    cell.last_offset = base_offset;
                    cell.aborted = aborted;
                    cell.is_open = false;
                }
                self.link_completed(number);
                Ok(NO_SLOT)
            }
            None => Ok(open),
        }
    }

    /// One more may open: there is a place for every open one, and one more for all that are
    /// unreplicated.
    fn check_transactions(&self) -> Result<(), Reason> {
        let transactions = &self.partition.transactions;
        let open = u32::try_from(transactions.ongoing().len()).unwrap_or(u32::MAX);
        let open = open.saturating_sub(self.closed).saturating_add(self.opened);
        let any_ended = self.first_completed != NO_SLOT || !transactions.unreplicated().is_empty();
        let needed = open.saturating_add(1).saturating_add(u32::from(any_ended));
        let capacity = transactions.capacity();
        if needed <= capacity { Ok(()) } else { Err(Reason::TransactionsFull { capacity }) }
    }

    fn link_completed(&mut self, number: u32) {
        match self.scratch.transaction(self.last_completed) {
            Some(last) => last.next_completed = number,
            None => self.first_completed = number,
        }
        self.last_completed = number;
    }

    /// Applies the append, which was written as pushed. Calls `completed` for each transaction that
    /// a marker ended, in log order, with the last stable offset as it was before (R39).
    /// O(batches), for each marker what [`Partition::record`] says, plus the search for victims.
    ///
    /// # Errors
    /// [`Ended`] if a push had refused or found a duplicate; nothing is changed then.
    pub fn commit(mut self, mut completed: impl FnMut(CompletedTransaction)) -> Result<(), Ended> {
        if self.ended {
            return Err(Ended);
        }
        self.partition.changed();
        self.commit_producers();
        self.commit_transactions(&mut completed);
        self.partition.update_oldest();
        self.partition.map_end = self.map_end;
        Ok(())
    }

    fn commit_producers(&mut self) {
        let Self { partition, scratch, origin, now, .. } = self;
        let spared = |id| scratch.producers.find(id).is_some();
        let hasher = *partition.producers.hasher();
        for pending in scratch.producers.iter() {
            let id = pending.producer_id();
            if pending.clears_guard {
                partition.guards.remove(&hasher, id);
            }
            let Some(number) = partition.slot_for(id, *origin, *now, &spared) else {
                continue;
            };
            if let Some(slot) = partition.producers.get_mut(number) {
                slot.merge(&pending.updated);
                partition.ages.note(slot.last_timestamp(), slot.is_in_transaction());
            }
        }
    }

    fn commit_transactions(&mut self, completed: &mut impl FnMut(CompletedTransaction)) {
        let mut number = self.first_completed;
        // Kafka opens all before it completes the first: what this append opens counts for the
        // offset.
        let mut opened = StillOpen::of(self.scratch.staged());
        while let Some(cell) = self.scratch.transaction(number) {
            let txn = *cell;
            // From here on it is done.
            cell.opened_here = false;
            number = txn.next_completed;
            let other = opened.of_another(self.scratch.staged(), txn.producer_id);
            let transactions = &mut self.partition.transactions;
            let committed = transactions.first_open_of_another(txn.producer_id);
            let after = txn.last_offset.wrapping_add(1);
            let last_stable_offset = match (committed, other) {
                (Some(a), Some(b)) => a.min(b),
                (a, b) => a.or(b).unwrap_or(after),
            };
            if txn.opened_here {
                transactions.end_staged(txn.first_offset, txn.last_offset, txn.producer_id);
            } else {
                transactions.complete(txn.first_offset, txn.last_offset);
            }
            completed(CompletedTransaction {
                producer_id: txn.producer_id,
                first_offset: txn.first_offset,
                last_offset: txn.last_offset,
                aborted: txn.aborted,
                last_stable_offset,
            });
        }
        for txn in self.scratch.staged().iter().filter(|txn| txn.is_open && txn.opened_here) {
            self.partition.transactions.open(txn.first_offset, txn.producer_id);
        }
    }
}

/// The next open one of another producer, by first offset as in Kafka's sorted map. Walks once over
/// the transactions that an append opens, while they are completed one by one: one producer may
/// have opened all of them, and each is asked for the next of another.
struct StillOpen {
    /// Every one before this place is complete.
    first: usize,
    /// Every one between the two places is complete, or of the producer of the first.
    other: usize,
    /// Whether they begin at rising offsets, as on any log; hostile offset deltas may go down.
    rising: bool,
}

impl StillOpen {
    fn of(staged: &[PendingTransaction]) -> Self {
        let opened = staged.iter().filter(|txn| txn.opened_here);
        Self { first: 0, other: 0, rising: opened.map(|txn| txn.first_offset).is_sorted() }
    }

    /// The first offset of the oldest one that is not complete and is not this producer's.
    fn of_another(&mut self, staged: &[PendingTransaction], producer_id: i64) -> Option<i64> {
        if !self.rising {
            let open = staged.iter().filter(|txn| txn.opened_here);
            let others = open.filter(|txn| txn.producer_id != producer_id);
            return others.map(|txn| txn.first_offset).min();
        }
        while staged.get(self.first).is_some_and(|txn| !txn.opened_here) {
            self.first = self.first.wrapping_add(1);
        }
        let oldest = staged.get(self.first)?;
        if oldest.producer_id != producer_id {
            return Some(oldest.first_offset);
        }
        self.other = self.other.max(self.first);
        let passed = |txn: &PendingTransaction| !txn.opened_here || txn.producer_id == producer_id;
        while staged.get(self.other).is_some_and(passed) {
            self.other = self.other.wrapping_add(1);
        }
        staged.get(self.other).map(|txn| txn.first_offset)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    /// R39: the next open one of another producer is what a look at all would find, and nothing is
    /// looked at twice.
    #[test]
    fn r39_a_walk_over_what_an_append_opens_finds_what_a_search_does() {
        let mut found = 0;
        for seed in 1..400_u64 {
            let mut random = seed;
            let mut draw = |n: u64| {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(seed);
                (random >> 33) % n
            };
            let mut staged: Vec<PendingTransaction> = (0..draw(30))
                .map(|n| PendingTransaction {
                    producer_id: i64::try_from(draw(3)).unwrap(),
                    first_offset: i64::try_from(n).unwrap(),
                    opened_here: draw(4) != 0,
                    ..PendingTransaction::EMPTY
                })
                .collect();
            let mut walk = StillOpen::of(&staged);
            for _ in 0..staged.len() * 2 {
                let at = usize::try_from(draw(staged.len().try_into().unwrap())).unwrap();
                staged[at].opened_here = false;
                let id = staged[at].producer_id;
                let want = staged.iter().find(|txn| txn.opened_here && txn.producer_id != id);
                let before = (walk.first, walk.other);
                let have = walk.of_another(&staged, id);
                assert_eq!(have, want.map(|txn| txn.first_offset), "seed {seed}");
                assert!(walk.first >= before.0 && walk.other >= before.1, "seed {seed}");
                found += usize::from(have.is_some());
            }
        }
        assert!(found > 1_000, "{found}");
    }

    /// R39: it is the lowest first offset, also where hostile offset deltas go down in an append.
    #[test]
    fn r39_transactions_that_begin_at_falling_offsets_are_looked_at_by_offset() {
        let staged = [(1, 32), (0, 35), (3, -1_115_807_637)].map(|(producer_id, first_offset)| {
            let opened_here = producer_id != 0;
            PendingTransaction {
                producer_id,
                first_offset,
                opened_here,
                ..PendingTransaction::EMPTY
            }
        });
        let mut walk = StillOpen::of(&staged);
        assert_eq!(walk.of_another(&staged, 0), Some(-1_115_807_637));
        assert_eq!(walk.of_another(&staged, 3), Some(32));
    }
}
