//! May this one batch be appended, and what changes when it is?
//!
//! ```text
//! admit(&self) ─▶ Append(ticket) ─▶ the caller writes ─▶ record(ticket, base offset)
//!             ├▶ Duplicate(batch)    answer the first offset
//!             └▶ Err(rejection)      answer the error
//! ```

use super::batch::{Batch, BatchKind, Context, NewProducers, Origin, Parts};
use super::check::{Committed, Updated, check_data, check_marker, check_verified};
use super::guards::VerificationEntry;
use super::index::IndexLine;
use super::partition::{Partition, refuse};
use super::rejection::{Reason, Rejection};
use super::slot::{NO_SLOT, Slot};
use super::table::{Look, Memory};
use super::transactions::{CompletedTransaction, OpenTransaction};
use crate::ids::Timestamp;
use crate::window::{BatchMetadata, Tag};
use crate::wire::{BatchHeader, EndTxnMarker, MarkerKind};

/// What becomes of a batch that is not refused.
#[derive(Debug, PartialEq)]
#[must_use]
pub enum Admission<T = ()> {
    /// Write it, then [`Partition::record`] the ticket.
    Append(Ticket<T>),
    /// It is on the log already: answer where (R23). Its timestamp is the answer's log-append time,
    /// whatever the topic's timestamp type is.
    Duplicate(BatchMetadata),
}

/// The right to record one batch. Good until the partition's next change; dropping it leaves no
/// trace.
#[derive(Debug, PartialEq)]
#[must_use = "a batch that was written must be recorded"]
pub struct Ticket<T = ()> {
    pub(super) version: u64,
    pub(super) producer_id: i64,
    /// Where the producer was when the batch was admitted.
    pub(super) slot: u32,
    pub(super) now: Timestamp,
    pub(super) last_offset_delta: i32,
    pub(super) producer_epoch: i16,
    pub(super) origin: Origin,
    pub(super) transactional: bool,
    pub(super) change: Change<T>,
}

/// A ticket that is no longer good. Nothing was changed.
///
/// The batch is on the log and the partition does not know it. Take it in as replay would: admit it
/// again with [`Origin::Replication`] and the offset it got, and record that.
#[derive(Debug, PartialEq)]
pub struct Stale<T = ()>(pub Ticket<T>);

impl<T> core::fmt::Display for Stale<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(
            f,
            "the partition has changed since the batch of producer {} was admitted",
            self.0.producer_id
        )
    }
}

impl<T: core::fmt::Debug> core::error::Error for Stale<T> {}

/// What recording a batch changes in its producer's state.
///
/// Flat, so that each field is read as wide as it was written: the parts of an enum with fields are
/// copied in other widths, and then a record waits until the stores of the one before it have left
/// the core.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Change<T> {
    pub(super) kind: ChangeKind,
    /// Of data its last sequence, of a marker the coordinator's epoch.
    pub(super) number: i32,
    pub(super) timestamp: i64,
    /// Where the transaction begins that a marker commits or aborts.
    pub(super) first_offset: i64,
    pub(super) tag: T,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChangeKind {
    /// The batch has no producer: only the map end moves (R48).
    Untracked,
    /// Nothing, but the producer is known from now on (R36).
    EmptyControl,
    Data,
    OpeningData,
    /// No transaction was open.
    Marker,
    Commit,
    Abort,
}

impl ChangeKind {
    /// What it is carried as.
    pub(super) const fn number(self) -> u8 {
        match self {
            Self::Untracked => 0,
            Self::EmptyControl => 1,
            Self::Data => 2,
            Self::OpeningData => 3,
            Self::Marker => 4,
            Self::Commit => 5,
            Self::Abort => 6,
        }
    }
}

impl<T: Tag> Change<T> {
    pub(super) const UNTRACKED: Self = Self {
        kind: ChangeKind::Untracked,
        number: 0,
        timestamp: 0,
        first_offset: 0,
        tag: T::UNKNOWN,
    };

    /// What an admitted batch changes, of a producer with or without an open transaction.
    #[inline(always)]
    pub(super) fn of(
        batch: Parts<'_>,
        context: &Context<T>,
        opens: bool,
        transaction: Option<i64>,
    ) -> Self {
        match batch.kind {
            BatchKind::Data => Self::data(batch.header, opens, context.tag),
            BatchKind::EmptyControl => Self { kind: ChangeKind::EmptyControl, ..Self::UNTRACKED },
            BatchKind::EndTransaction(marker) => Self::marker(marker, transaction),
        }
    }

    #[inline(always)]
    pub(super) fn data(header: &BatchHeader, opens: bool, tag: T) -> Self {
        Self {
            kind: if opens { ChangeKind::OpeningData } else { ChangeKind::Data },
            number: header.last_sequence(),
            timestamp: header.max_timestamp,
            first_offset: 0,
            tag,
        }
    }

    #[inline(always)]
    fn marker(marker: &EndTxnMarker, open: Option<i64>) -> Self {
        Self {
            kind: match (open, marker.kind) {
                (None, _) => ChangeKind::Marker,
                (Some(_), MarkerKind::Commit) => ChangeKind::Commit,
                (Some(_), MarkerKind::Abort) => ChangeKind::Abort,
            },
            number: marker.coordinator_epoch,
            timestamp: marker.timestamp,
            first_offset: open.unwrap_or(0),
            tag: T::UNKNOWN,
        }
    }

    /// The same of a transaction whose first offset was not known when the batch was admitted.
    pub(super) fn of_transaction(self, first_offset: i64) -> Self {
        Self { first_offset, ..self }
    }

    /// Whether the batch opens a transaction at its base offset.
    pub(super) fn opens(&self) -> bool {
        self.kind == ChangeKind::OpeningData
    }

    /// Where the transaction begins that the batch completes, and whether it aborts it.
    pub(super) fn completes(&self) -> Option<(i64, bool)> {
        match self.kind {
            ChangeKind::Commit => Some((self.first_offset, false)),
            ChangeKind::Abort => Some((self.first_offset, true)),
            _ => None,
        }
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
    /// Decides on one batch, and changes nothing: the whole of a partition's produce request in
    /// Kafka. O(1), plus the search for a victim when every slot is taken and the policy evicts.
    ///
    /// # Errors
    /// The [`Rejection`] says what was expected, what came, and which rule decided.
    #[inline(always)]
    pub fn admit(&self, batch: &Batch, context: &Context<T>) -> Result<Admission<T>, Rejection> {
        let header = &batch.header;
        self.judge(batch.parts(context), context, |slot, reason| {
            refuse(header.producer_id, header.producer_epoch, slot, reason)
        })
    }

    /// The same of a client's records without a guard, for whoever asks later, if at all, why they
    /// are refused: `None` then, and nothing is put together about it. O(1), plus the search for a
    /// victim.
    #[inline(always)]
    pub fn admit_records(&self, header: &BatchHeader, now: &Timestamp) -> Option<Admission<T>> {
        let batch = Parts { header, kind: &BatchKind::Data, now };
        // Where it is needed the clock is read through the reference, so here it is any.
        self.judge(batch, &Context::client(Timestamp::from_millis(0)), |_, _| ()).ok()
    }

    /// What becomes of a batch, with what a refusal is told as.
    #[inline(always)]
    fn judge<E>(
        &self,
        batch: Parts<'_>,
        context: &Context<T>,
        told: impl Fn(Option<&Slot<T>>, Reason) -> E,
    ) -> Result<Admission<T>, E> {
        let header = batch.header;
        if !header.has_producer_id() {
            return Ok(Admission::Append(self.ticket(batch, context, None, Change::UNTRACKED)));
        }
        let (number, slot) = 'known: {
            // Whoever is found at once is not asked a second time whether it was found.
            match self.producers.look(header.producer_id) {
                Look::Found(number, slot) => break 'known (number, slot),
                Look::Absent => {}
                Look::Further(hash) => {
                    if let Some(found) = self.producers.search(header.producer_id, hash) {
                        break 'known found;
                    }
                }
            }
            // By value, so that the caller's context need not lie in memory for it.
            let context_now = Context { now: *batch.now, ..*context };
            return match self.decide_unknown(header, batch.kind, context_now) {
                Ok(opens) => {
                    let change = Change::of(batch, context, opens, None);
                    Ok(Admission::Append(self.ticket(batch, context, None, change)))
                }
                Err(reason) => Err(told(None, reason)),
            };
        };
        slot.touch();
        match duplicate_of(batch, context, Some(slot)) {
            Ok(None) => {}
            Ok(Some(seen)) => return Ok(Admission::Duplicate(seen)),
            Err(reason) => return Err(told(Some(slot), reason)),
        }
        let updated = Updated::begin(Some(slot));
        let mut decided = self.decide(batch, context, Some(slot), &updated, false);
        if decided == Ok(true) {
            if let Err(reason) = self.check_transaction_room() {
                decided = Err(reason);
            }
        }
        match decided {
            Ok(opens) => {
                let change = Change::of(batch, context, opens, updated.transaction);
                Ok(Admission::Append(self.ticket(batch, context, Some(number), change)))
            }
            Err(reason) => Err(told(Some(slot), reason)),
        }
    }

    /// Whether a batch of a producer that is not known opens a transaction, and there is room for
    /// both. By itself, so that the way of a known one asks nowhere whether it is.
    #[inline(never)]
    fn decide_unknown(
        &self,
        header: &BatchHeader,
        kind: &BatchKind,
        context: Context<T>,
    ) -> Result<bool, Reason> {
        let batch = Parts { header, kind, now: &context.now };
        let opens = self.decide(batch, &context, None, &Updated::begin(None::<&Slot<T>>), false)?;
        self.check_new_producer(&context, 1, &|_| false)?;
        if opens {
            self.check_transaction_room()?;
        }
        Ok(opens)
    }

    #[inline(always)]
    fn ticket(
        &self,
        batch: Parts<'_>,
        context: &Context<T>,
        slot: Option<u32>,
        change: Change<T>,
    ) -> Ticket<T> {
        let header = batch.header;
        Ticket {
            version: self.version,
            producer_id: header.producer_id,
            slot: slot.unwrap_or(NO_SLOT),
            now: *batch.now,
            last_offset_delta: header.last_offset_delta,
            producer_epoch: header.producer_epoch,
            origin: context.origin,
            transactional: header.attributes.is_transactional(),
            change,
        }
    }

    /// Applies an admitted batch that was written at this base offset (a marker's offset is its
    /// base offset), and moves the map end behind it. Gives the transaction that it completed.
    /// O(1), plus the search for a victim; where it ends a transaction O(open and unreplicated ones
    /// that began after it).
    ///
    /// # Errors
    /// [`Stale`] if the partition has changed since, or is another one (R67). Nothing is changed
    /// then.
    #[inline(always)]
    pub fn record(
        &mut self,
        ticket: Ticket<T>,
        base_offset: i64,
    ) -> Result<Option<CompletedTransaction>, Stale<T>> {
        if ticket.version != self.version {
            return Err(Stale(ticket));
        }
        self.changed();
        let Ticket { producer_id, now, last_offset_delta, change, .. } = ticket;
        let last_offset = base_offset.wrapping_add(i64::from(last_offset_delta));
        self.map_end = last_offset.wrapping_add(1);
        if change.kind == ChangeKind::Untracked {
            return Ok(None);
        }
        let is_control = !matches!(change.kind, ChangeKind::Data | ChangeKind::OpeningData);
        if ticket.transactional
            && self.ends_verification(producer_id, ticket.producer_epoch, is_control)
        {
            // Law 1: Kafka clears the entry while it validates, even if the append then fails
            // (R46).
            let hasher = *self.producers.hasher();
            self.guards.remove(&hasher, producer_id);
        }
        let placed = Placed {
            base_offset,
            last_offset_delta,
            epoch: ticket.producer_epoch,
            append_time: self.append_time(now),
        };
        // It still is where it was; a copy of the partition may have put it elsewhere.
        let known = self.producers.get_mut(ticket.slot);
        if let Some(slot) = known.filter(|slot| slot.producer_id() == producer_id) {
            apply(slot, &change, &placed);
            self.ages.note(slot.last_timestamp(), slot.is_in_transaction());
            self.touch(ticket.slot);
        } else {
            // Copies for this way alone: what is lent to a call lies in memory on every way.
            let elsewhere = (producer_id, ticket.origin, now);
            let (change, placed) = (Change { ..change }, Placed { ..placed });
            if !self.record_elsewhere(elsewhere, &change, &placed) {
                return Ok(None);
            }
        }
        if change.opens() {
            self.transactions.open(base_offset, producer_id);
        }
        let completed = change
            .completes()
            .map(|(first, aborted)| self.complete(producer_id, first, base_offset, aborted));
        self.update_oldest();
        Ok(completed)
    }

    /// A marker at this offset ends the producer's transaction.
    #[inline(never)]
    fn complete(
        &mut self,
        producer_id: i64,
        first_offset: i64,
        last_offset: i64,
        aborted: bool,
    ) -> CompletedTransaction {
        let last_stable_offset = self.transactions.last_stable_offset(producer_id, last_offset);
        self.transactions.complete(first_offset, last_offset);
        CompletedTransaction { producer_id, first_offset, last_offset, aborted, last_stable_offset }
    }

    /// Applies a batch of a producer that is new, or not where the ticket says. `false` if it has
    /// no slot.
    #[inline(never)]
    fn record_elsewhere(
        &mut self,
        (producer_id, origin, now): (i64, Origin, Timestamp),
        change: &Change<T>,
        placed: &Placed,
    ) -> bool {
        let number = self.slot_for(producer_id, origin, now, &|_| false);
        let Some(slot) = number.and_then(|number| self.producers.get_mut(number)) else {
            return false;
        };
        apply(slot, change, placed);
        self.ages.note(slot.last_timestamp(), slot.is_in_transaction());
        true
    }

    /// Whether a batch that is no duplicate ([`duplicate_of`], which comes first) opens a
    /// transaction. Kafka's order: guard, then the rules of the batch's kind (R45). An earlier
    /// batch of the same append may have used the producer's guard up; the lowest sequence is the
    /// one seen at its first batch.
    #[inline(always)]
    pub(super) fn decide(
        &self,
        batch: Parts<'_>,
        context: &Context<T>,
        slot: Option<&Slot<T>>,
        updated: &Updated,
        guard_is_used: bool,
    ) -> Result<bool, Reason> {
        let entry = self.verification(batch.header.producer_id);
        self.decide_with(batch, context, slot, updated, entry, guard_is_used)
    }

    /// The same with the producer's verification, which need not be the one that is there.
    #[inline(always)]
    pub(super) fn decide_with(
        &self,
        batch: Parts<'_>,
        context: &Context<T>,
        slot: Option<&Slot<T>>,
        updated: &Updated,
        entry: Option<&VerificationEntry>,
        guard_is_used: bool,
    ) -> Result<bool, Reason> {
        let Parts { header, kind, .. } = batch;
        let committed = Committed::of(slot);
        if !context.class_level {
            let is_control = *kind != BatchKind::Data;
            let entry = entry.filter(|_| !guard_is_used);
            check_verified(&self.rules, context, &committed, entry, header, is_control)?;
        }
        match kind {
            BatchKind::Data => check_data(&self.rules, context, &committed, updated, entry, header),
            BatchKind::EmptyControl => Ok(false),
            BatchKind::EndTransaction(marker) => {
                check_marker(&self.rules, context, updated, header, marker)?;
                Ok(false)
            }
        }
    }

    /// Whether `wanted` producers that are not known may be added (R60, R63).
    pub(super) fn check_new_producer(
        &self,
        context: &Context<T>,
        wanted: u32,
        spared: &impl Fn(i64) -> bool,
    ) -> Result<(), Reason> {
        let refused = context.new_producers == NewProducers::Refused;
        if refused && context.origin == Origin::Client {
            return Err(Reason::NewProducerRefused);
        }
        self.check_room(context, wanted, spared)
    }

    /// Whether one more transaction may open (R61).
    #[inline(never)]
    fn check_transaction_room(&self) -> Result<(), Reason> {
        if self.transactions.room() > 0 {
            Ok(())
        } else {
            Err(Reason::TransactionsFull { capacity: self.transactions.capacity() })
        }
    }

    /// The producer's slot, made if it has none; it is the most recent one from now on. There is
    /// room: it was seen when the batch was admitted, and nothing has changed since.
    pub(super) fn slot_for(
        &mut self,
        producer_id: i64,
        origin: Origin,
        now: Timestamp,
        spared: &impl Fn(i64) -> bool,
    ) -> Option<u32> {
        if let Some(number) = self.producers.find(producer_id) {
            self.touch(number);
            return Some(number);
        }
        if self.producers.is_full() {
            let victim = self.victim(origin, now, spared)?;
            self.forget(victim);
        }
        let number = self.producers.push(Slot::unknown(producer_id))?;
        if self.keeps_recency() {
            self.recency.add(&mut self.producers, number);
        }
        Some(number)
    }

    /// A known producer is the most recent one from now on.
    #[inline]
    fn touch(&mut self, number: u32) {
        if self.keeps_recency() {
            self.make_most_recent(number);
        }
    }

    #[inline(never)]
    fn make_most_recent(&mut self, number: u32) {
        self.recency.unlink(&mut self.producers, number);
        self.recency.add(&mut self.producers, number);
    }
}

/// Where a batch stands on the log.
pub(super) struct Placed {
    pub(super) base_offset: i64,
    pub(super) last_offset_delta: i32,
    pub(super) epoch: i16,
    /// What the entry's last timestamp becomes, if not the batch's (R43).
    pub(super) append_time: Option<i64>,
}

/// What a batch makes of its producer's state.
#[inline(always)]
pub(super) fn apply<T: Tag>(slot: &mut Slot<T>, change: &Change<T>, place: &Placed) {
    let timestamp = place.append_time.unwrap_or(change.timestamp);
    match change.kind {
        ChangeKind::Data | ChangeKind::OpeningData => {
            let batch = BatchMetadata {
                last_sequence: change.number,
                offset_delta: place.last_offset_delta,
                last_offset: place.base_offset.wrapping_add(i64::from(place.last_offset_delta)),
                timestamp: change.timestamp,
            };
            slot.set_epoch(place.epoch);
            slot.push(batch, change.tag);
            slot.set_last_timestamp(timestamp);
            if change.opens() {
                slot.set_transaction(Some(place.base_offset));
            }
        }
        // At the same epoch the window stays, so sequences go on after a transaction (R34).
        ChangeKind::Marker | ChangeKind::Commit | ChangeKind::Abort => {
            slot.set_epoch(place.epoch);
            slot.set_coordinator_epoch(change.number);
            slot.set_transaction(None);
            slot.set_last_timestamp(timestamp);
        }
        ChangeKind::Untracked | ChangeKind::EmptyControl => {}
    }
}

/// The remembered batch that a client's batch repeats: what Kafka's log looks for before all else.
#[inline(always)]
pub(super) fn duplicate_of<T: Tag>(
    batch: Parts<'_>,
    context: &Context<T>,
    slot: Option<&Slot<T>>,
) -> Result<Option<BatchMetadata>, Reason> {
    match (context.origin, slot) {
        (Origin::Client, Some(slot)) if !context.class_level => {
            find_duplicate(slot, batch.header, context)
        }
        _ => Ok(None),
    }
}

/// The remembered batch with the same epoch and exactly the same sequences (R23).
#[inline(always)]
fn find_duplicate<T: Tag>(
    slot: &Slot<T>,
    header: &BatchHeader,
    context: &Context<T>,
) -> Result<Option<BatchMetadata>, Reason> {
    if header.producer_epoch != slot.producer_epoch() {
        return Ok(None);
    }
    let found = slot.window().find_batch(header.base_sequence, header.last_offset_delta);
    let Some((seen, tag)) = found else { return Ok(None) };
    // Kafka compares no content (R66).
    if tag.may_equal(context.tag) {
        Ok(Some(seen))
    } else {
        Err(Reason::SequenceReused { first_offset: seen.first_offset() })
    }
}
