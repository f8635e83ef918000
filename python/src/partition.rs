//! What a broker knows of the producers that write to one log.

use std::sync::{Mutex, MutexGuard, PoisonError};

use fencepost::broker::{self, Admission, Context};
use fencepost::ids::Timestamp;
use fencepost::window::{self, Tag};
use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use pyo3::types::PyBytes;
use pyo3::types::{PyDict, PyTuple};

use crate::admit::{self, Judged, admitting};
use crate::bytes::Source;
use crate::each::{Appended, Batches};
use crate::home::Home;
use crate::raise::{self, error, rejection, wrong};
use crate::replay::Replayed;
use crate::room::{self, Options, Room};
use crate::snapshot;
use crate::txn_index::AbortedTransaction;
use crate::value::{Many, value};
use crate::wire::BatchHeader;

value! {
    /// One remembered batch. Sequences are -1 where there is none, timestamps are milliseconds;
    /// `tag` is what a snapshot's writer kept of the batch's content, if it did.
    BatchMetadata, {
        last_sequence: i32,
        offset_delta: i32,
        last_offset: i64,
        timestamp: i64,
        tag: Option<u32>,
    }

    /// Sequence of the first record.
    #[getter]
    fn first_sequence(&self) -> i32 {
        self.to_core().first_sequence()
    }

    /// Offset of the first record.
    #[getter]
    fn first_offset(&self) -> i64 {
        self.to_core().first_offset()
    }
}

impl BatchMetadata {
    pub(crate) fn of(batch: &window::BatchMetadata) -> Self {
        let window::BatchMetadata { last_sequence, offset_delta, last_offset, timestamp } = *batch;
        Self { last_sequence, offset_delta, last_offset, timestamp, tag: None }
    }

    pub(crate) const fn to_core(&self) -> window::BatchMetadata {
        window::BatchMetadata {
            last_sequence: self.last_sequence,
            offset_delta: self.offset_delta,
            last_offset: self.last_offset,
            timestamp: self.timestamp,
        }
    }
}

value! {
    /// The batch is on the log already: answer the producer with its first offset.
    Duplicate, {
        first_offset: i64,
        batch: BatchMetadata,
    }
}

impl Duplicate {
    pub(crate) fn of(batch: &window::BatchMetadata) -> Self {
        Self { first_offset: batch.first_offset(), batch: BatchMetadata::of(batch) }
    }
}

value! {
    /// A transaction that a marker ended. `last_offset` is the marker's; `last_stable_offset` is
    /// that of just before it.
    CompletedTransaction, {
        producer_id: i64,
        first_offset: i64,
        last_offset: i64,
        aborted: bool,
        last_stable_offset: i64,
    }

    /// Its entry in the segment's transaction index; a committed one has none.
    #[getter]
    fn index_entry(&self) -> Option<AbortedTransaction> {
        self.to_core().index_entry().as_ref().map(AbortedTransaction::of)
    }
}

impl CompletedTransaction {
    const fn to_core(&self) -> broker::CompletedTransaction {
        broker::CompletedTransaction {
            producer_id: self.producer_id,
            first_offset: self.first_offset,
            last_offset: self.last_offset,
            aborted: self.aborted,
            last_stable_offset: self.last_stable_offset,
        }
    }

    pub(crate) const fn of(txn: &broker::CompletedTransaction) -> Self {
        Self {
            producer_id: txn.producer_id,
            first_offset: txn.first_offset,
            last_offset: txn.last_offset,
            aborted: txn.aborted,
            last_stable_offset: txn.last_stable_offset,
        }
    }
}

value! {
    /// A transaction that is open, or ended and not yet replicated.
    OpenTransaction, {
        producer_id: i64,
        first_offset: i64,
    }
}

value! {
    /// A producer that is being verified with its coordinator: the lowest sequence it has asked
    /// for, and its epoch.
    PendingVerification, {
        producer_id: i64,
        producer_epoch: i16,
        lowest_sequence: i32,
    }
}

value! {
    /// What is known of one producer. `batches` are the remembered ones, oldest first; epochs are
    /// -1 where none was seen; `last_timestamp` is in milliseconds.
    ProducerState, {
        producer_id: i64,
        producer_epoch: i16,
        coordinator_epoch: i32,
        last_timestamp: i64,
        current_txn_first_offset: Option<i64>,
        batches: Many<BatchMetadata>,
    }

    /// The newest batch's last sequence, -1 if none is remembered.
    #[getter]
    fn last_sequence(&self) -> i32 {
        self.batches.items().last().map_or(-1, |batch| batch.last_sequence)
    }

    /// The newest batch's last offset, -1 if none is remembered.
    #[getter]
    fn last_offset(&self) -> i64 {
        self.batches.items().last().map_or(-1, |batch| batch.last_offset)
    }
}

impl ProducerState {
    pub(crate) fn of<T: Tag>(slot: &broker::Slot<T>) -> Self {
        let window = slot.window();
        let batches = window.iter().enumerate().map(|(n, batch)| {
            let tag = window.tag(n).map(T::to_bits).filter(|bits| *bits != T::UNKNOWN.to_bits());
            BatchMetadata { tag, ..BatchMetadata::of(&batch) }
        });
        Self {
            producer_id: slot.producer_id(),
            producer_epoch: slot.producer_epoch(),
            coordinator_epoch: slot.coordinator_epoch(),
            last_timestamp: slot.last_timestamp(),
            current_txn_first_offset: slot.current_txn_first_offset(),
            batches: Many::of(batches.collect()),
        }
    }
}

/// The right to record a batch, or the batches of one append, once they are written. Good for one
/// use, until the partition's next change; dropping it leaves no trace.
#[pyclass(frozen, module = "fencepost")]
pub(crate) struct Ticket {
    home: Home,
    held: Mutex<Option<Held>>,
}

enum Held {
    One(broker::Ticket),
    /// In a box, so that the ticket of one batch stays small.
    Append(Box<HeldAppend>),
}

struct HeldAppend {
    batches: Vec<(broker::Batch, Context)>,
    version: u64,
}

impl Ticket {
    const fn new(home: Home, held: Held) -> Self {
        Self { home, held: Mutex::new(Some(held)) }
    }
}

#[derive(IntoPyObject)]
pub(crate) enum Admitted {
    Ticket(Ticket),
    Duplicate(Duplicate),
}

/// What a broker knows of the producers of one log, and the rules by which that changes.
#[pyclass(frozen, module = "fencepost")]
pub(crate) struct Partition {
    room: Mutex<Room>,
}

impl Partition {
    pub(crate) const fn of(room: Room) -> Self {
        Self { room: Mutex::new(room) }
    }

    pub(crate) fn lock(&self, py: Python<'_>) -> MutexGuard<'_, Room> {
        self.room.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner)
    }

    /// Works on the room without the interpreter's lock.
    pub(crate) fn detached<R: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut Room) -> R + Send,
    ) -> R {
        py.detach(|| work(&mut self.room.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

pub(crate) fn millis(now: i64) -> Timestamp {
    Timestamp::from_millis(now)
}

fn stale(py: Python<'_>) -> PyErr {
    raise::stale(py, "the ticket was used, or the partition has changed since it was given")
}

admitting! {
    /// Decides on a batch and changes nothing: a `Ticket` to append it, or a `Duplicate`. Raises
    /// `RejectedError`, or what it is more precisely.
    Partition => Admitted
}

#[pymethods]
impl Partition {
    #[new]
    #[pyo3(signature = (*, capacity = None, profile = "4.2", expiration_ms = 86_400_000,
                        max_transaction_ms = 900_000, verification = true, guard_first = false,
                        full = "refuse", expire_by = "record_timestamp",
                        unknown_producer = "any_sequence", seed = None))]
    #[expect(clippy::too_many_arguments, reason = "each is a setting with a name and a default")]
    fn new(
        py: Python<'_>,
        capacity: Option<u32>,
        profile: &str,
        expiration_ms: u32,
        max_transaction_ms: u32,
        verification: bool,
        guard_first: bool,
        full: &str,
        expire_by: &str,
        unknown_producer: &str,
        seed: Option<u64>,
    ) -> PyResult<Self> {
        let seed = seed.map_or_else(|| room::random_seed(py), Ok)?;
        let expire_by = room::expire_by(expire_by)?;
        let config = broker::Config::new(room::profile(profile)?)
            .expiration_ms(expiration_ms)
            .max_transaction_ms(max_transaction_ms)
            .verification(verification)
            .guard_first(guard_first)
            .full(room::full_policy(full)?)
            .expire_by(expire_by)
            .unknown_producer(room::unknown_producer(unknown_producer)?)
            .seed(seed);
        let by_append_time = expire_by == broker::ExpireBy::AppendTime;
        let options = Options { capacity, config, expiration_ms, by_append_time };
        Ok(Self { room: Mutex::new(Room::new(options)?) })
    }

    /// The admitted batch was written at this base offset, from 0 to 2^63 - 2^31 - 1. Gives the
    /// transaction that it ended. Raises `StaleTicketError` if the ticket was used or the partition
    /// has changed: then take the batch, which is on the log, in with origin "replication".
    #[pyo3(signature = (ticket, *, base_offset))]
    fn record(
        &self,
        py: Python<'_>,
        ticket: &Ticket,
        base_offset: i64,
    ) -> PyResult<Option<CompletedTransaction>> {
        let base_offset = admit::base_offset(base_offset)?;
        let mut held = ticket.held.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner);
        let taken = match held.take() {
            Some(Held::One(one)) => one,
            other => {
                let is_append = other.is_some();
                *held = other;
                return Err(if is_append {
                    wrong("this ticket is of an append of several: commit it")
                } else {
                    stale(py)
                });
            }
        };
        let mut room = self.lock(py);
        if ticket.home != room.home {
            return Err(stale(py));
        }
        let completed = room.partition.record(taken, base_offset).map_err(|_| stale(py))?;
        room.changed();
        Ok(completed.as_ref().map(CompletedTransaction::of))
    }

    /// Decides on the batches of one append, whose base offsets are set, and changes nothing: a
    /// `Ticket` to commit when they are written, or the `Duplicate` because of which none may be.
    #[pyo3(signature = (batches, *, now, origin = "replication", guard = 0,
                        transaction_version = 0))]
    fn admit_append(
        &self,
        py: Python<'_>,
        batches: Vec<Judged<'_>>,
        now: i64,
        origin: &str,
        guard: u64,
        transaction_version: u8,
    ) -> PyResult<Admitted> {
        let context = admit::context(origin, now, guard, transaction_version)?;
        let read = |batch: Judged<'_>| Ok((batch.read(None, context.origin)?, context));
        let batches = batches.into_iter().map(read).collect::<PyResult<Vec<_>>>()?;
        let mut room = self.lock(py);
        room.make_room_for(&batches)?;
        match room.append(&batches, context.origin, context.now, false) {
            Ok(room::Appended::Duplicate(seen)) => Ok(Admitted::Duplicate(Duplicate::of(&seen))),
            Ok(room::Appended::All(_)) => {
                let version = room.version;
                let held = Held::Append(Box::new(HeldAppend { batches, version }));
                Ok(Admitted::Ticket(Ticket::new(room.home, held)))
            }
            Err(refused) => Err(rejection(py, &refused)),
        }
    }

    /// The batches of an append were written as they were admitted. Gives the transactions that
    /// they ended, in order. Raises `StaleTicketError` as `record` does.
    fn commit(&self, py: Python<'_>, ticket: &Ticket) -> PyResult<Many<CompletedTransaction>> {
        let mut held = ticket.held.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner);
        let HeldAppend { batches, version } = match held.take() {
            Some(Held::Append(append)) => *append,
            Some(one) => {
                *held = Some(one);
                return Err(wrong("this ticket is of one batch: record it"));
            }
            None => return Err(stale(py)),
        };
        let mut room = self.lock(py);
        if room.version != version || ticket.home != room.home {
            return Err(stale(py));
        }
        let first = batches.first().map(|(_, context)| *context);
        let context = first.unwrap_or_else(|| Context::replication(millis(0)));
        match room.append(&batches, context.origin, context.now, true) {
            Ok(room::Appended::All(completed)) => {
                room.changed();
                Ok(Many::of(completed.iter().map(CompletedTransaction::of).collect()))
            }
            Ok(room::Appended::Duplicate(_)) => Err(stale(py)),
            Err(refused) => Err(rejection(py, &refused)),
        }
    }

    /// Takes in the batches of a segment as one append, as a broker does after a restart and a
    /// follower always. `source` is a path or any bytes-like object. Every CRC is checked unless
    /// `verify` is false; it ends at the first damage, which it tells. Batches below the map end
    /// are passed over.
    #[pyo3(signature = (source, *, now = None, verify = true))]
    fn replay(
        &self,
        py: Python<'_>,
        source: Source,
        now: Option<i64>,
        verify: bool,
    ) -> PyResult<Replayed> {
        crate::replay::replay(self, py, &source, now, verify)
    }

    /// Admits batches one after the other, as `admit` does, and records each before the next is
    /// looked at: for a log whose writes can't fail, or that is written already. `batches` are
    /// headers, batches, or the bytes of batches one behind the other. The first is written at
    /// `base_offset`, each other one behind the last offset of the one before; without it each is
    /// where its header says.
    ///
    /// The first refusal ends it, and is raised with `index`, which batch it is, and `done`, what
    /// became of those before it: these are recorded, the ones behind it were not looked at.
    /// Whatever can't be read as a batch is raised before anything is changed. Of bytes each CRC is
    /// checked, unless `verify` is false.
    #[pyo3(signature = (batches, *, now, base_offset = None, origin = "client", guard = 0,
                        transaction_version = 0, new_producers = true, never_written = false,
                        verify = true))]
    #[expect(clippy::too_many_arguments, reason = "what a broker knows beside the batches")]
    fn append_each(
        &self,
        py: Python<'_>,
        batches: Batches<'_>,
        now: i64,
        base_offset: Option<i64>,
        origin: &str,
        guard: u64,
        transaction_version: u8,
        new_producers: bool,
        never_written: bool,
        verify: bool,
    ) -> PyResult<Appended> {
        let context = admit::context(origin, now, guard, transaction_version)?;
        let context = admit::of_producer(context, new_producers, never_written);
        let batches = batches.read(context.origin, verify)?;
        crate::each::append(self, py, &batches, &context, base_offset)
    }

    /// How many producers are known.
    fn __len__(&self, py: Python<'_>) -> usize {
        room::to_usize(self.lock(py).partition.len())
    }

    /// Whether a producer is known.
    fn __contains__(&self, py: Python<'_>, producer_id: i64) -> bool {
        self.lock(py).partition.producer(producer_id).is_some()
    }

    /// Whether no producer is known and no transaction waits to be replicated, as `LogShape` asks.
    #[getter]
    fn is_empty(&self, py: Python<'_>) -> bool {
        self.lock(py).partition.is_empty()
    }

    /// How many producers there is room for now.
    #[getter]
    fn capacity(&self, py: Python<'_>) -> u32 {
        self.lock(py).partition.capacity()
    }

    /// What is known of a producer.
    fn producer(&self, py: Python<'_>, producer_id: i64) -> Option<ProducerState> {
        self.lock(py).partition.producer(producer_id).map(ProducerState::of)
    }

    /// What is known of every producer, in no particular order.
    fn producers(&self, py: Python<'_>) -> Vec<ProducerState> {
        self.lock(py).partition.producers().map(ProducerState::of).collect()
    }

    /// The offset up to which, exclusive, the state reflects the log.
    #[getter]
    fn map_end_offset(&self, py: Python<'_>) -> i64 {
        self.lock(py).partition.map_end_offset()
    }

    /// The state reflects the log up to here, exclusive.
    fn set_map_end_offset(&self, py: Python<'_>, offset: i64) {
        self.change(py, |room| room.partition.set_map_end_offset(offset));
    }

    /// The open transactions, in order of first offset.
    fn ongoing_transactions(&self, py: Python<'_>) -> Vec<OpenTransaction> {
        self.lock(py).partition.ongoing_transactions().iter().map(open).collect()
    }

    /// The transactions whose marker is not yet below the high watermark, newest first.
    fn unreplicated_transactions(&self, py: Python<'_>) -> Vec<OpenTransaction> {
        self.lock(py).partition.unreplicated_transactions().iter().map(open).collect()
    }

    /// The first offset of the oldest open or unreplicated transaction.
    #[getter]
    fn first_unstable_offset(&self, py: Python<'_>) -> Option<i64> {
        self.lock(py).partition.first_unstable_offset()
    }

    /// The first offset of the oldest open transaction.
    #[getter]
    fn first_undecided_offset(&self, py: Python<'_>) -> Option<i64> {
        self.lock(py).partition.first_undecided_offset()
    }

    /// How far a consumer with isolation level read_committed may read.
    #[pyo3(signature = (*, log_start, high_watermark))]
    fn last_stable_offset(&self, py: Python<'_>, log_start: i64, high_watermark: i64) -> i64 {
        let range = broker::LogRange { start: log_start, high_watermark };
        self.lock(py).partition.last_stable_offset(range)
    }

    /// Whether the oldest open transaction has been silent for longer than any may.
    #[pyo3(signature = (*, now))]
    fn has_late_transaction(&self, py: Python<'_>, now: i64) -> bool {
        self.lock(py).partition.has_late_transaction(millis(now))
    }

    /// Whether a transactional write of this producer and epoch joins an open transaction.
    #[pyo3(signature = (*, producer_id, producer_epoch))]
    fn has_open_transaction(&self, py: Python<'_>, producer_id: i64, producer_epoch: i16) -> bool {
        self.lock(py).partition.has_open_transaction(producer_id, producer_epoch)
    }

    /// Begins to verify a transactional producer with its coordinator: the guard its write must
    /// bring, 0 if nothing is to be verified.
    #[pyo3(signature = (*, producer_id, producer_epoch, base_sequence, supports_epoch_bump, now))]
    fn start_verification(
        &self,
        py: Python<'_>,
        producer_id: i64,
        producer_epoch: i16,
        base_sequence: i32,
        supports_epoch_bump: bool,
        now: i64,
    ) -> PyResult<u64> {
        let wanted = broker::Verification {
            producer_id,
            producer_epoch,
            base_sequence,
            supports_epoch_bump,
        };
        let started = self.lock(py).start_verification(&wanted, millis(now));
        started.map(broker::Guard::to_bits).map_err(|refused| rejection(py, &refused))
    }

    /// The verification of a producer that is under way.
    fn verification(&self, py: Python<'_>, producer_id: i64) -> Option<PendingVerification> {
        let room = self.lock(py);
        let entry = room.partition.verification(producer_id)?;
        let (producer_epoch, lowest_sequence) = (entry.producer_epoch(), entry.lowest_sequence());
        Some(PendingVerification { producer_id, producer_epoch, lowest_sequence })
    }

    /// Whether transactional writes must be verified from now on.
    fn set_verification(&self, py: Python<'_>, enabled: bool) {
        self.change(py, |room| room.partition.set_verification(enabled));
    }

    /// Producers expire after so many milliseconds from now on.
    fn set_expiration_ms(&self, py: Python<'_>, millis: u32) {
        self.change(py, |room| room.set_expiration_ms(millis));
    }

    /// Transactions whose marker is below the high watermark are stable.
    fn handle_high_watermark(&self, py: Python<'_>, high_watermark: i64) {
        self.change(py, |room| room.partition.handle_high_watermark(high_watermark));
    }

    /// The log's start has moved up; `latest_snapshot` is the highest offset with a snapshot file.
    #[pyo3(signature = (log_start, *, latest_snapshot = None))]
    fn handle_log_start(&self, py: Python<'_>, log_start: i64, latest_snapshot: Option<i64>) {
        self.change(py, |room| room.partition.handle_log_start(log_start, latest_snapshot));
    }

    /// The log was emptied and begins again here.
    fn truncate_fully(&self, py: Python<'_>, start_at: i64) {
        self.change(py, |room| room.partition.truncate_fully(start_at));
    }

    /// Forgets every producer that has expired, and every verification. Gives how many producers.
    #[pyo3(signature = (*, now))]
    fn expire(&self, py: Python<'_>, now: i64) -> u32 {
        self.detached(py, |room| {
            let (mut forgotten, mut over) = (0, false);
            while !over {
                let swept = room.partition.expire(millis(now), u32::MAX);
                (forgotten, over) = (forgotten + swept.forgotten, swept.finished);
            }
            room.changed();
            forgotten
        })
    }

    /// The offset a snapshot is to be taken for, if anything was recorded since the last one.
    #[getter]
    fn snapshot_due(&self, py: Python<'_>) -> Option<i64> {
        self.lock(py).partition.snapshot_due()
    }

    /// A snapshot was written for this offset.
    fn snapshot_taken(&self, py: Python<'_>, offset: i64) {
        self.change(py, |room| room.partition.snapshot_taken(offset));
    }

    /// The state as a snapshot file: Kafka's own format `v1`, which keeps one batch a producer, or
    /// `full`, which keeps all five.
    #[pyo3(signature = (format = "v1"))]
    fn snapshot<'py>(&self, py: Python<'py>, format: &str) -> PyResult<Bound<'py, PyBytes>> {
        let format = snapshot::Format::named(format)?;
        let bytes = self.detached(py, |room| snapshot::write(&room.partition, format))?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// Replaces the state by that of a snapshot of either format, taken at this offset, without the
    /// producers that have expired by `now`. Gives how many were loaded. Nothing is changed unless
    /// all of the snapshot is good and there is room.
    #[pyo3(signature = (source, *, offset, now))]
    fn load_snapshot(
        &self,
        py: Python<'_>,
        source: Source,
        offset: i64,
        now: i64,
    ) -> PyResult<u32> {
        let slots = source.read(py, snapshot::read_slots)?;
        let (_, slots) = slots.map_err(|e| snapshot::failed(&e))?;
        let full = |e: broker::ReloadFull| error("CapacityError", &e, None);
        self.detached(py, |room| room.load(&slots, offset, millis(now)))?.map_err(full)
    }

    /// There is no good snapshot: forgets all, and replay begins where the log does.
    fn reload_without_snapshot(&self, py: Python<'_>, log_start: i64) {
        self.change(py, |room| {
            room.partition.begin_reload();
            room.partition.finish_reload_without_snapshot(log_start);
        })
    }

    /// Whether a log that ends here needs the state to be loaded and replayed anew.
    fn needs_reload(&self, py: Python<'_>, log_end: i64) -> bool {
        self.lock(py).partition.needs_reload(log_end)
    }

    /// Whether a cleaner must keep this batch: it is the last one of its producer.
    fn must_keep(&self, py: Python<'_>, header: &BatchHeader) -> bool {
        self.lock(py).partition.must_keep(&header.to_core())
    }
}

impl Partition {
    fn judge(
        &self,
        py: Python<'_>,
        batch: &broker::Batch,
        context: &Context,
    ) -> PyResult<Admitted> {
        let room = self.lock(py);
        match room.partition.admit(batch, context) {
            Ok(Admission::Append(ticket)) => {
                Ok(Admitted::Ticket(Ticket::new(room.home, Held::One(ticket))))
            }
            Ok(Admission::Duplicate(seen)) => Ok(Admitted::Duplicate(Duplicate::of(&seen))),
            Err(refused) => Err(rejection(py, &refused)),
        }
    }

    fn change(&self, py: Python<'_>, change: impl FnOnce(&mut Room)) {
        let mut room = self.lock(py);
        change(&mut room);
        room.changed();
    }
}

fn open(txn: &broker::OpenTransaction) -> OpenTransaction {
    OpenTransaction { producer_id: txn.producer_id, first_offset: txn.first_offset }
}
