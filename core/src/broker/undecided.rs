//! What would the partition decide if batches that are still being written were on the log?
//!
//! [`crate::pipeline`] keeps those batches; here is what it asks of a partition.

use super::admission::{Change, Placed, apply, duplicate_of};
use super::batch::{Batch, BatchKind, Context, Origin};
use super::check::{Committed, Updated};
use super::config::Profile;
use super::guards::{Guard, Verification, VerificationEntry};
use super::index::IndexLine;
use super::partition::{Partition, refuse};
use super::rejection::{Reason, Rejection};
use super::slot::Slot;
use super::table::Memory;
use super::transactions::{CompletedTransaction, OpenTransaction};
use crate::ids::{NO_PRODUCER_ID, Timestamp};
use crate::window::{BatchMetadata, Tag};

/// Stands for the base offset of a batch that has none yet.
const NO_OFFSET: i64 = -1;

/// What an admitted batch will change, without where it will stand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Intent<T> {
    producer_id: i64,
    now: Timestamp,
    change: Change<T>,
    /// The verification that it uses up.
    uses: Guard,
    last_offset_delta: i32,
    producer_epoch: i16,
    is_data: bool,
    /// The partition did not know the producer, and nothing of it was undecided.
    is_first: bool,
}

/// A producer as it would be with its undecided batches recorded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Foreseen<T> {
    slot: Slot<T>,
    /// So many of the remembered batches are undecided, the newest ones, or all if it is more: a
    /// batch of another epoch has cleared the window of those before it (R20).
    undecided: usize,
    /// The undecided batches use up the verification that is there.
    uses_verification: bool,
}

/// What undecided batches need once they are recorded, and nobody else may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Promised {
    pub(crate) slots: u32,
    pub(crate) transactions: u32,
}

/// What becomes of a batch that the partition does not refuse.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Foretold<T> {
    Append(Intent<T>),
    Duplicate(BatchMetadata),
    /// It repeats an undecided batch; so many batches of records after it are undecided.
    Pending(usize),
}

impl<T: Tag> Intent<T> {
    /// An unused one.
    pub(crate) const EMPTY: Self = Self {
        producer_id: NO_PRODUCER_ID,
        now: Timestamp::from_millis(0),
        change: Change::UNTRACKED,
        uses: Guard::SENTINEL,
        last_offset_delta: 0,
        producer_epoch: 0,
        is_data: false,
        is_first: false,
    };

    /// The producer, `None` if the batch has none.
    pub(crate) fn producer(&self) -> Option<i64> {
        (self.producer_id > NO_PRODUCER_ID).then_some(self.producer_id)
    }

    /// Whether it holds records.
    pub(crate) fn is_data(&self) -> bool {
        self.is_data
    }

    /// Whether it will need a slot of its own.
    pub(crate) fn takes_slot(&self) -> bool {
        self.is_first
    }

    /// Whether it will need a transaction's place.
    pub(crate) fn opens(&self) -> bool {
        self.change.opens()
    }

    /// Makes of the producer's state what the batch does at this offset. Gives what was changed:
    /// where the transaction begins that it ends is only known now.
    fn apply_to(
        &self,
        slot: &mut Slot<T>,
        base_offset: i64,
        append_time: Option<i64>,
    ) -> Change<T> {
        let first_offset = slot.current_txn_first_offset();
        let change = first_offset.map_or(self.change, |first| self.change.of_transaction(first));
        let placed = Placed {
            base_offset,
            last_offset_delta: self.last_offset_delta,
            epoch: self.producer_epoch,
            append_time,
        };
        apply(slot, &change, &placed);
        change
    }
}

impl<S, I, X, G, T> Partition<S, I, X, G, T>
where
    S: Memory<Slot<T>>,
    I: Memory<IndexLine>,
    X: Memory<OpenTransaction>,
    G: Memory<VerificationEntry>,
    T: Tag,
{
    /// The producer with these batches recorded, oldest first; `None` if there are none. Shows the
    /// producer before each of them. O(batches).
    pub(crate) fn foresee<'u>(
        &self,
        producer_id: i64,
        undecided: impl Iterator<Item = &'u Intent<T>>,
        mut before_each: impl FnMut(&Slot<T>),
    ) -> Option<Foreseen<T>>
    where
        T: 'u,
    {
        let mut foreseen: Option<Foreseen<T>> = None;
        let entry = self.verification(producer_id);
        for intent in undecided {
            let ahead = foreseen.get_or_insert_with(|| Foreseen {
                slot: self.producer(producer_id).copied().unwrap_or(Slot::unknown(producer_id)),
                undecided: 0,
                uses_verification: false,
            });
            before_each(&ahead.slot);
            // Nothing is decided by how old it is.
            intent.apply_to(&mut ahead.slot, NO_OFFSET, None);
            ahead.undecided = ahead.undecided.saturating_add(usize::from(intent.is_data));
            ahead.uses_verification |= entry.is_some_and(|entry| entry.is_proved_by(intent.uses));
        }
        foreseen
    }

    /// Decides as [`Partition::admit`] would if the producer were as foreseen, without what is
    /// promised. Nobody with undecided batches, `spared`, makes room.
    pub(crate) fn foretell(
        &self,
        batch: &Batch,
        context: &Context<T>,
        foreseen: Option<&Foreseen<T>>,
        promised: Promised,
        spared: &impl Fn(i64) -> bool,
    ) -> Result<Foretold<T>, Rejection> {
        let header = &batch.header;
        let producer_id = header.producer_id;
        if !header.has_producer_id() {
            return Ok(Foretold::Append(Intent {
                last_offset_delta: header.last_offset_delta,
                ..Intent::EMPTY
            }));
        }
        let slot = foreseen.map(|ahead| &ahead.slot).or_else(|| self.producer(producer_id));
        let refused = |reason| refuse(producer_id, header.producer_epoch, slot, reason);
        if let Some(seen) = duplicate_of(batch.parts(context), context, slot).map_err(refused)? {
            let newer = foreseen.and_then(|ahead| ahead.newer_than(batch));
            return Ok(newer.map_or(Foretold::Duplicate(seen), Foretold::Pending));
        }
        let used = foreseen.is_some_and(|ahead| ahead.uses_verification);
        let entry = self.verification(producer_id).filter(|_| !used);
        let updated = Updated::begin(slot);
        let opens = self
            .decide_with(batch.parts(context), context, slot, &updated, entry, false)
            .map_err(refused)?;
        self.check_promised(batch, context, foreseen.is_some(), promised, spared)
            .and_then(|()| self.check_promised_transactions(opens, promised))
            .map_err(refused)?;
        let is_control = batch.kind != BatchKind::Data;
        let uses = entry.filter(|_| {
            header.attributes.is_transactional()
                && self.ends_verification(producer_id, header.producer_epoch, is_control)
        });
        Ok(Foretold::Append(Intent {
            producer_id,
            now: context.now,
            change: Change::of(batch.parts(context), context, opens, updated.transaction),
            uses: uses.map_or(Guard::SENTINEL, VerificationEntry::guard),
            last_offset_delta: header.last_offset_delta,
            producer_epoch: header.producer_epoch,
            is_data: !is_control,
            is_first: slot.is_none(),
        }))
    }

    /// Whether everyone who is promised a slot would still get one (R60).
    fn check_promised(
        &self,
        batch: &Batch,
        context: &Context<T>,
        is_foreseen: bool,
        promised: Promised,
        spared: &impl Fn(i64) -> bool,
    ) -> Result<(), Reason> {
        let producer_id = batch.header.producer_id;
        if is_foreseen {
            return Ok(());
        }
        if self.producer(producer_id).is_none() {
            return self.check_new_producer(context, promised.slots.saturating_add(1), spared);
        }
        // It could have made room for one that is promised some; from now on it is spared.
        let spared = |id| id == producer_id || spared(id);
        let forced = Context { origin: Origin::Replication, ..*context };
        let capacity = self.capacity();
        self.check_room(&forced, promised.slots, &spared)
            .map_err(|_| Reason::ProducersFull { capacity })
    }

    /// Whether there is a place for what the batch opens, beside those promised (R61).
    fn check_promised_transactions(&self, opens: bool, promised: Promised) -> Result<(), Reason> {
        if !opens || self.transactions.room() > promised.transactions {
            Ok(())
        } else {
            Err(Reason::TransactionsFull { capacity: self.transactions.capacity() })
        }
    }

    /// Records what was admitted, as [`Partition::record`] does, at this base offset. What it needs
    /// was promised, and is taken whatever the policy for a full table says: the batch is on the
    /// log (R60).
    pub(crate) fn settle(
        &mut self,
        intent: &Intent<T>,
        base_offset: i64,
        spared: &impl Fn(i64) -> bool,
    ) -> Option<CompletedTransaction> {
        self.changed();
        let last_offset = base_offset.wrapping_add(i64::from(intent.last_offset_delta));
        self.map_end = last_offset.wrapping_add(1);
        let producer_id = intent.producer()?;
        if self.verification(producer_id).is_some_and(|entry| entry.is_proved_by(intent.uses)) {
            let hasher = *self.producers.hasher();
            self.guards.remove(&hasher, producer_id);
        }
        let append_time = self.append_time(intent.now);
        let number = self.slot_for(producer_id, Origin::Replication, intent.now, spared)?;
        let slot = self.producers.get_mut(number)?;
        let change = intent.apply_to(slot, base_offset, append_time);
        self.ages.note(slot.last_timestamp(), slot.is_in_transaction());
        if change.opens() {
            self.transactions.open(base_offset, producer_id);
        }
        let completed = change.completes().map(|(first_offset, aborted)| {
            let last_stable_offset = self.transactions.last_stable_offset(producer_id, base_offset);
            self.transactions.complete(first_offset, base_offset);
            let last_offset = base_offset;
            CompletedTransaction {
                producer_id,
                first_offset,
                last_offset,
                aborted,
                last_stable_offset,
            }
        });
        self.update_oldest();
        completed
    }

    /// Begins a verification as [`Partition::start_verification`] does if the producer is as
    /// foreseen after the last of these batches. `None` if it would not be begun, or not anew, were
    /// some of them abandoned.
    pub(crate) fn start_foreseen_verification<'u>(
        &mut self,
        wanted: &Verification,
        now: Timestamp,
        undecided: impl Iterator<Item = &'u Intent<T>>,
    ) -> Option<Result<Guard, Rejection>>
    where
        T: 'u,
    {
        let (id, epoch) = (wanted.producer_id, wanted.producer_epoch);
        let checks_epoch = self.rules.profile >= Profile::Kafka4_1;
        let mut hangs = false;
        let foreseen = self.foresee(id, undecided, |slot| {
            let before = Committed::of(Some(slot));
            hangs |= before.is_in_transaction(&self.rules, epoch)
                || checks_epoch && before.check_epoch(epoch).is_err();
        });
        let Some(foreseen) = foreseen else {
            return Some(self.start_verification(wanted, now));
        };
        let committed = Committed::of(Some(&foreseen.slot));
        if checks_epoch {
            if let Err(reason) = committed.check_epoch(epoch) {
                return Some(Err(refuse(id, epoch, Some(&foreseen.slot), reason)));
            }
        }
        if committed.is_in_transaction(&self.rules, epoch) {
            return Some(Ok(Guard::SENTINEL));
        }
        if foreseen.uses_verification || hangs {
            return None;
        }
        let capacity = u32::try_from(self.guards.capacity()).unwrap_or(u32::MAX);
        let hasher = *self.producers.hasher();
        let token = hasher.hash(self.version.cast_signed()).max(1);
        let started = self.guards.start(&hasher, wanted, now.as_millis(), token);
        self.changed();
        let full = Reason::GuardsFull { capacity };
        Some(started.ok_or_else(|| refuse(id, epoch, Some(&foreseen.slot), full)))
    }

    /// The number of the next change. No other change of this partition has it, and none of one
    /// with another key.
    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    /// What was decided on this version no longer holds.
    pub(crate) fn invalidate(&mut self) {
        self.changed();
    }
}

impl<T: Tag> Foreseen<T> {
    /// How many undecided batches of records are newer than the one that this batch repeats, if
    /// that is an undecided one itself.
    fn newer_than(&self, batch: &Batch) -> Option<usize> {
        let window = self.slot.window();
        let at = window.find(batch.header.base_sequence, batch.header.last_sequence())?;
        let newer = window.len().checked_sub(at)?.checked_sub(1)?;
        (newer < self.undecided).then_some(newer)
    }
}
