//! Which numbers does this batch carry, and what now?

use super::answer::{Answer, Described};
use super::batch::{Attempt, Batch, BatchId, NewBatch, State};
use super::next::Next;
use super::refusal::{Refusal, Unexpected};
use super::settings::{Kind, Settings, TimestampType};
use super::slot::{MAX_SPAN, Mode, NO_OFFSET, Slot, ahead, check_records};
use super::verdict::{Cause, Ended, Fatal, Notice};
use crate::ids::{Identity, Timestamp};

/// What all partitions of a producer have in common.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    pub(super) settings: Settings,
    pub(super) identity: Option<Identity>,
    pub(super) fatal: Option<Fatal>,
    /// The transaction has a gap, or a batch that failed.
    pub(super) must_abort: bool,
    /// A producer id is needed: there is none yet, or a partition has used up its epochs.
    pub(super) wants_identity: bool,
}

impl Shared {
    /// The first reason stays.
    pub(super) fn fail(&mut self, fatal: Fatal) {
        self.fatal = self.fatal.or(Some(fatal));
    }
}

/// A producer's numbers: under which id, epoch and sequence each batch goes out, and what became of
/// it. The slots are the caller's: an array, a slice, a `Vec`; a partition is the number of its
/// slot.
#[derive(Clone, Debug)]
pub struct Producer<S, const PLACES: usize = 8> {
    slots: S,
    shared: Shared,
}

impl<S, const PLACES: usize> Producer<S, PLACES>
where
    S: AsRef<[Slot<PLACES>]> + AsMut<[Slot<PLACES>]>,
{
    /// A producer without an id. Slots that were used before go on as they are: give
    /// [`Slot::EMPTY`] ones.
    pub fn new(slots: S, settings: Settings) -> Self {
        let shared = Shared {
            settings,
            identity: None,
            fatal: None,
            must_abort: false,
            wants_identity: true,
        };
        Self { slots, shared }
    }

    /// Whether a producer id must be asked for (InitProducerId): there is none yet, or a partition
    /// has used up the epochs of the present one. For a transactional producer its coordinator's
    /// dialogue says it: [`super::transactions`]. O(1).
    #[must_use]
    pub fn poll_identity(&self) -> bool {
        self.shared.wants_identity && self.shared.fatal.is_none()
    }

    /// The identity that partitions begin with.
    #[must_use]
    pub fn identity(&self) -> Option<Identity> {
        self.shared.identity
    }

    /// Takes the id and epoch that a coordinator gave. Idempotent: a partition moves to it when it
    /// has used up its epochs, or when nothing of it is undecided; so no batch that may be on the
    /// log changes its identity (law 2). Transactional: the transaction is over, and every
    /// partition begins at 0. O(slots).
    ///
    /// # Errors
    /// [`Unexpected::NotAsked`] if an idempotent producer has not asked. [`Unexpected::Nonsense`]
    /// if its id is the one that is used up, or if a transactional producer's epoch goes back, or
    /// stays although numbers were lost in it. [`Unexpected::Undecided`] if a transactional
    /// producer has a batch without a verdict: the transaction can't be over. [`Unexpected::Fatal`]
    /// if the producer can't go on. Nothing has changed.
    pub fn handle_identity(&mut self, identity: Identity) -> Result<(), Unexpected> {
        let transactional = self.shared.settings.kind == Kind::Transactional;
        if self.shared.fatal.is_some() {
            return Err(Unexpected::Fatal);
        }
        if let Some(old) = self.shared.identity {
            let same_id = old.id == identity.id;
            if transactional {
                let slots = self.slots.as_ref();
                let hole = slots.iter().any(|slot| slot.hole.is_some());
                if same_id && (identity.epoch < old.epoch || (identity == old && hole)) {
                    return Err(Unexpected::Nonsense);
                }
                if slots.iter().any(|slot| slot.oldest().is_some()) {
                    return Err(Unexpected::Undecided);
                }
            } else if !self.poll_identity() {
                return Err(Unexpected::NotAsked);
            } else if same_id {
                return Err(Unexpected::Nonsense);
            }
        }
        self.shared.identity = Some(identity);
        self.shared.wants_identity = false;
        self.shared.must_abort = false;
        for slot in self.slots.as_mut() {
            if slot.exhausted || (transactional && slot.hole.is_some()) {
                slot.count_from_zero(identity);
            }
        }
        Ok(())
    }

    /// The oldest batch of a partition that has no verdict.
    #[must_use]
    pub fn oldest_undecided(&self, partition: u32) -> Option<BatchId> {
        self.slot(partition)?.oldest()
    }

    /// The producer can't get an identity, or has lost it: nothing is sent any more. Batches that
    /// wait get their verdict at once, those on the wire with their answer or at their deadline.
    /// O(slots).
    pub fn handle_fatal(&mut self, fatal: Fatal, now: Timestamp) {
        self.shared.fail(fatal);
        self.spread(now);
    }

    /// Why the producer can't go on, if it can't.
    #[must_use]
    pub fn fatal(&self) -> Option<Fatal> {
        self.shared.fatal
    }

    /// Whether the running transaction can only be aborted: a batch of it failed. Cleared by the
    /// next identity ([`Producer::handle_identity`]).
    #[must_use]
    pub fn must_abort(&self) -> bool {
        self.shared.must_abort
    }

    /// How many partitions there are.
    #[must_use]
    pub fn partitions(&self) -> u32 {
        u32::try_from(self.slots.as_ref().len()).unwrap_or(u32::MAX)
    }

    /// What to do for a partition now. O(places).
    #[must_use]
    pub fn poll(&self, partition: u32, now: Timestamp) -> Next {
        self.slot(partition).map_or(Next::Idle, |slot| slot.next(&self.shared.settings, now))
    }

    /// The next partition after `after`, round and round, that has something to do: no partition
    /// can starve another. O(slots): a caller with many of them asks [`Producer::poll`] for those
    /// that it has touched, or whose [`Producer::poll_timeout`] is over.
    #[must_use]
    pub fn poll_any(&self, after: Option<u32>, now: Timestamp) -> Option<(u32, Next)> {
        let count = self.partitions();
        let first = after.map_or(0, |after| after.wrapping_add(1));
        let round = (first..count).chain(0..first.min(count));
        let mut polled = round.map(|partition| (partition, self.poll(partition, now)));
        polled.find(|(_, next)| *next != Next::Idle)
    }

    /// When [`Producer::poll`] will have something for this partition, if nothing comes from
    /// outside. `None`: never.
    #[must_use]
    pub fn poll_timeout(&self, partition: u32) -> Option<Timestamp> {
        self.slot(partition)?.wake(&self.shared.settings)
    }

    /// How many batches of a partition are sent and not answered.
    #[must_use]
    pub fn on_wire(&self, partition: u32) -> usize {
        let sent = |batch: &&Batch| batch.state == State::OnWire;
        self.slot(partition).map_or(0, |slot| slot.undecided().filter(sent).count())
    }

    /// The next verdict of a partition, in the order of its sequences. It makes room for another
    /// batch.
    pub fn take_verdict(&mut self, partition: u32) -> Option<Ended> {
        self.take_verdict_if(partition, |_| true)
    }

    /// The next verdict that may be told.
    pub(crate) fn take_verdict_if(
        &mut self,
        partition: u32,
        may_be_told: impl Fn(&Ended) -> bool,
    ) -> Option<Ended> {
        let slot = self.slot_mut(partition)?;
        let ended = |batch: &Batch| Some(Ended { batch: batch.id, verdict: batch.verdict()? });
        let ended = slot.batches.iter().filter_map(ended).find(may_be_told)?;
        slot.batches.retain(|batch| batch.id != ended.batch);
        Some(ended)
    }

    /// What an operator must hear of this partition, once.
    pub fn take_notice(&mut self, partition: u32) -> Option<Notice> {
        self.slot_mut(partition)?.notice.take()
    }

    /// Gives a batch its numbers and takes it as sent: stamp it with [`Attempt::stamp`] and send
    /// it, now. Numbers are given once; later sendings are [`Producer::resend`]'s. O(places).
    ///
    /// # Errors
    /// A [`Refusal`]: nothing has changed.
    pub fn assign(
        &mut self,
        partition: u32,
        batch: NewBatch,
        now: Timestamp,
    ) -> Result<Attempt, Refusal> {
        let attempt = self.prepare(partition, batch, now)?;
        self.note_sent(&attempt);
        Ok(attempt)
    }

    /// As [`Producer::assign`], of a batch that goes out later, or not at all.
    pub(crate) fn prepare(
        &mut self,
        partition: u32,
        batch: NewBatch,
        now: Timestamp,
    ) -> Result<Attempt, Refusal> {
        self.may_assign(partition, &batch, now)?;
        let (slot, shared) = self.both(partition).ok_or(Refusal::NoSuchPartition)?;
        let identity = shared.identity.ok_or(Refusal::NoIdentity)?;
        if slot.oldest().is_none() {
            if slot.is_stale(shared) {
                slot.count_from_zero(identity);
            }
            // After a pause the broker may have forgotten us (S1, S2).
            slot.anchored &= slot.is_known(&shared.settings, now);
        }
        let batch = Batch {
            id: slot.new_id(),
            created: batch.created,
            max_timestamp: batch.max_timestamp,
            first_sent: now,
            base: slot.next,
            records: batch.records,
            attempts: 1,
            connection: slot.connection,
            ambiguous: false,
            anchored: slot.anchored,
            fresh: false,
            state: State::OnWire,
        };
        slot.next = batch.end();
        slot.batches.push(batch).map_err(|_| Refusal::Full)?;
        slot.attempt(partition, batch.id, shared, now)
    }

    /// Whether [`Producer::assign`] would number this batch now.
    ///
    /// # Errors
    /// The [`Refusal`] that it would answer.
    pub fn may_assign(
        &self,
        partition: u32,
        batch: &NewBatch,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let slot = self.slot(partition).ok_or(Refusal::NoSuchPartition)?;
        let Shared { settings, identity, fatal, must_abort, .. } = &self.shared;
        if let Some(fatal) = fatal {
            return Err(Refusal::Fatal(*fatal));
        }
        check_records(batch.records)?;
        if settings.deadline(batch.created) <= now {
            return Err(Refusal::DeliveryTimeout);
        }
        if identity.is_none() {
            return Err(Refusal::NoIdentity);
        }
        if *must_abort {
            return Err(Refusal::MustAbort);
        }
        slot.may_assign(&self.shared, batch, now)
    }

    /// Takes the partition's next waiting batch ([`Next::Send`]) as sent: send its bytes again,
    /// now, under [`Attempt::stamp`], which differs from the last one only if the batch was
    /// numbered anew.
    ///
    /// # Errors
    /// [`Refusal::NothingToSend`]; nothing has changed.
    pub fn resend(&mut self, partition: u32, now: Timestamp) -> Result<Attempt, Refusal> {
        let attempt = self.prepare_again(partition, now)?;
        self.note_sent(&attempt);
        Ok(attempt)
    }

    /// As [`Producer::resend`], of a batch that goes out later, or not at all.
    pub(crate) fn prepare_again(
        &mut self,
        partition: u32,
        now: Timestamp,
    ) -> Result<Attempt, Refusal> {
        let (slot, shared) = self.both(partition).ok_or(Refusal::NoSuchPartition)?;
        let Next::Send(id) = slot.next(&shared.settings, now) else {
            return Err(Refusal::NothingToSend);
        };
        let (connection, anchored) = (slot.connection, slot.anchored);
        let batch = slot.find_mut(id).ok_or(Refusal::UnknownBatch)?;
        batch.attempts = batch.attempts.saturating_add(1);
        batch.connection = connection;
        batch.anchored = anchored;
        batch.fresh = false;
        batch.state = State::OnWire;
        slot.attempt(partition, id, shared, now)
    }

    /// It goes out now.
    pub(crate) fn note_sent(&mut self, attempt: &Attempt) {
        if let Some(slot) = self.slot_mut(attempt.partition) {
            slot.sent = Some(attempt.stamp.identity.epoch);
        }
    }

    /// Splits a batch that is too large ([`Next::Split`], MESSAGE_TOO_LARGE): the first
    /// `first_records` keep its name, the others become a batch of their own behind it. The numbers
    /// stay. Only a batch of which nothing can be on the log is split (resolve spec S4). The bytes
    /// of both are the caller's to build. May be repeated.
    ///
    /// # Errors
    /// [`Refusal::CannotSplit`], [`Refusal::RecordCount`] unless both parts have records,
    /// [`Refusal::Full`] if the slot has no place: then give the batch up, or come again.
    pub fn split(
        &mut self,
        partition: u32,
        batch: BatchId,
        first_records: i32,
    ) -> Result<BatchId, Refusal> {
        let slot = self.slot_mut(partition).ok_or(Refusal::NoSuchPartition)?;
        let whole = *slot.find(batch).filter(|b| b.undecided()).ok_or(Refusal::UnknownBatch)?;
        if !whole.proven_absent() {
            return Err(Refusal::CannotSplit);
        }
        let rest = whole.records.saturating_sub(first_records);
        let base = whole.base.advance(first_records);
        let (true, true, Some(base)) = (first_records > 0, rest > 0, base) else {
            return Err(Refusal::RecordCount(first_records));
        };
        if slot.batches.is_full() {
            return Err(Refusal::Full);
        }
        let begun = State::Waiting(Timestamp::from_millis(i64::MIN));
        let mut carried = Batch { id: slot.new_id(), base, records: rest, state: begun, ..whole };
        let id = carried.id;
        let mut behind = false;
        for other in &mut slot.batches {
            if behind {
                core::mem::swap(other, &mut carried);
            } else if other.id == batch {
                other.records = first_records;
                other.state = begun;
                behind = true;
            }
        }
        slot.batches.push(carried).map_err(|_| Refusal::Full)?;
        Ok(id)
    }

    /// Ends a batch by the caller's wish: *not written* if that is proven, else *possibly written*.
    ///
    /// # Errors
    /// [`Refusal::UnknownBatch`]; nothing has changed.
    pub fn give_up(
        &mut self,
        partition: u32,
        batch: BatchId,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let (slot, shared) = self.both(partition).ok_or(Refusal::NoSuchPartition)?;
        if !slot.is_undecided(batch) {
            return Err(Refusal::UnknownBatch);
        }
        slot.end(batch, Cause::GivenUp);
        slot.settle(shared, now);
        Ok(())
    }

    /// Takes the answer to a sending. Verdicts that follow wait in [`Producer::take_verdict`].
    /// Give it every answer, also one to a batch whose verdict was taken:
    /// INVALID_PRODUCER_EPOCH is about the producer and not about the batch, and fences it
    /// whichever sending of its highest epoch it answers (S5); and that a first sending was
    /// a duplicate shows somebody else under this identity (V5). O(places), O(slots) if it is
    /// fatal.
    ///
    /// # Errors
    /// [`Unexpected`] for an answer to nothing that was sent, or a second one: nothing has changed.
    pub fn handle_response(
        &mut self,
        attempt: Attempt,
        answer: Answer,
        now: Timestamp,
    ) -> Result<(), Unexpected> {
        let (slot, shared) = self.both(attempt.partition).ok_or(Unexpected::NoSuchPartition)?;
        slot.respond(attempt, answer, shared, now)?;
        self.spread(now);
        Ok(())
    }

    /// The question of [`Next::Describe`] is being asked. If no answer comes, that must be said too
    /// ([`Described::Failed`]).
    ///
    /// # Errors
    /// [`Refusal::NothingToSend`] if there is nothing to ask.
    pub fn describe(&mut self, partition: u32) -> Result<(), Refusal> {
        let slot = self.slot_mut(partition).ok_or(Refusal::NoSuchPartition)?;
        match &mut slot.mode {
            Mode::Asking { asked, .. } if !*asked => {
                *asked = true;
                Ok(())
            }
            _ => Err(Refusal::NothingToSend),
        }
    }

    /// Takes the leader's answer to [`Next::Describe`].
    ///
    /// # Errors
    /// [`Unexpected`] if nothing was asked, or the answer can't be: nothing has changed.
    pub fn handle_described(
        &mut self,
        partition: u32,
        described: Described,
        now: Timestamp,
    ) -> Result<(), Unexpected> {
        let (slot, shared) = self.both(partition).ok_or(Unexpected::NoSuchPartition)?;
        slot.resolve(described, shared, now)?;
        self.spread(now);
        Ok(())
    }

    /// A time is over ([`Next::Timeout`]): batches that reached their delivery timeout end, and
    /// those that must not be sent again.
    pub fn handle_timeout(&mut self, partition: u32, now: Timestamp) {
        if let Some((slot, shared)) = self.both(partition) {
            slot.expire(shared, now);
        }
    }

    /// The connection to the partition's leader is gone, with what was on the wire.
    pub fn handle_disconnect(&mut self, partition: u32, now: Timestamp) {
        if let Some((slot, shared)) = self.both(partition) {
            slot.disconnect(shared, now);
        }
    }

    /// The partition has another leader, or another leader epoch. What is on the wire may still be
    /// answered by the old one.
    pub fn handle_leader_change(&mut self, partition: u32, now: Timestamp) {
        if let Some((slot, shared)) = self.both(partition) {
            slot.change_leader(shared, now);
        }
    }

    /// What the caller knows of the topic. Without it the producer takes the worse of both.
    pub fn set_timestamp_type(&mut self, partition: u32, timestamp_type: TimestampType) {
        if let Some(slot) = self.slot_mut(partition) {
            slot.timestamp_type = timestamp_type;
        }
    }

    /// An offset before which nothing of this producer can stand: the log's end when the partition
    /// was first used. It makes one more case decidable (V2, first row).
    pub fn set_first_use_offset(&mut self, partition: u32, offset: i64) {
        if let Some(slot) = self.slot_mut(partition) {
            slot.first_use_offset = offset.max(NO_OFFSET);
        }
    }

    pub(super) fn slot(&self, partition: u32) -> Option<&Slot<PLACES>> {
        self.slots.as_ref().get(usize::try_from(partition).ok()?)
    }

    pub(super) fn slot_mut(&mut self, partition: u32) -> Option<&mut Slot<PLACES>> {
        self.slots.as_mut().get_mut(usize::try_from(partition).ok()?)
    }

    pub(super) fn both(&mut self, partition: u32) -> Option<(&mut Slot<PLACES>, &mut Shared)> {
        let slot = self.slots.as_mut().get_mut(usize::try_from(partition).ok()?)?;
        Some((slot, &mut self.shared))
    }

    /// What is fatal for one partition is so for all.
    fn spread(&mut self, now: Timestamp) {
        if self.shared.fatal.is_some() {
            for slot in self.slots.as_mut() {
                slot.settle(&mut self.shared, now);
            }
        }
    }
}

impl<const PLACES: usize> Slot<PLACES> {
    /// The partition counts under an identity that the producer has no more.
    fn is_stale(&self, shared: &Shared) -> bool {
        match (shared.settings.kind, self.identity, shared.identity) {
            (_, Some(own), Some(now)) if own.id != now.id => true,
            // The epoch of an idempotent producer is the partition's own (S6).
            (Kind::Transactional, Some(own), Some(now)) => own.epoch != now.epoch,
            (_, None, Some(_)) => true,
            _ => false,
        }
    }

    fn may_assign(&self, shared: &Shared, new: &NewBatch, now: Timestamp) -> Result<(), Refusal> {
        let undecided = self.undecided().count();
        if self.exhausted {
            return Err(Refusal::NoIdentity);
        }
        if undecided > 0 && self.is_stale(shared) {
            return Err(Refusal::Unsettled);
        }
        if self.mode != Mode::Steady || self.hole.is_some() {
            return Err(Refusal::Unsettled);
        }
        // What is before and what is behind can be told apart on half of the circle only.
        let first = self.undecided().next().map_or(self.next, |oldest| oldest.base);
        let span = ahead(first, self.next).checked_add(new.records);
        let too_many = span.is_none_or(|span| span > MAX_SPAN);
        if too_many || undecided >= Self::limit(&shared.settings) {
            return Err(Refusal::InFlight);
        }
        if self.undecided().any(Batch::waits) {
            return Err(Refusal::RetriesFirst);
        }
        if undecided > 0 && !(self.anchored && self.is_known(&shared.settings, now)) {
            return Err(Refusal::NotAnchored);
        }
        if self.batches.is_full() {
            return Err(Refusal::Full);
        }
        // A broker may forget us as soon as it has appended old records, and then take a late copy
        // of what it has for new.
        let forgotten = shared.settings.guard_ends(new.max_timestamp) <= now;
        let by_append = self.timestamp_type == TimestampType::LogAppendTime;
        if forgotten && !by_append && self.copies_until.is_some_and(|until| now < until) {
            return Err(Refusal::OldRecords);
        }
        Ok(())
    }

    fn attempt(
        &self,
        partition: u32,
        id: BatchId,
        shared: &Shared,
        now: Timestamp,
    ) -> Result<Attempt, Refusal> {
        let identity = self.identity.ok_or(Refusal::NoIdentity)?;
        let batch = self.find(id).ok_or(Refusal::UnknownBatch)?;
        Ok(Attempt {
            partition,
            batch: id,
            number: batch.attempts,
            stamp: batch.stamp(identity),
            unguarded: self.resend_until(&shared.settings, batch) <= now,
        })
    }
}
