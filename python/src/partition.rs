//! What a broker knows of the producers that write to one log.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use fencepost::broker::{self, Admission, Context};
use fencepost::ids::Timestamp;
use fencepost::window::{self, Tag};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use pyo3::types::{PyDict, PyTuple};

use crate::admit::{self, Judged, Kept, admitting};
use crate::bytes::Source;
use crate::each::{Appended, Batches};
use crate::home::Home;
use crate::raise::{self, Raised, error, rejection, wrong};
use crate::replay::Replayed;
use crate::room::{self, Options, Room};
use crate::snapshot;
use crate::turn::{detached, shared, with};
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
// It never changes: that it was used is seen from the partition, which has changed by that.
#[pyclass(frozen, module = "fencepost")]
pub(crate) struct Ticket {
    home: Home,
    /// Of one batch. Atomic, so that each is written into the object by itself.
    words: [AtomicU64; broker::TICKET_WORDS],
    append: Option<Box<HeldAppend>>,
}

struct HeldAppend {
    batches: Vec<(broker::Batch, Context)>,
    version: u64,
}

/// Made where it is decided: as a value it would be moved about.
#[derive(IntoPyObject)]
pub(crate) enum Admitted<'py> {
    Ticket(Bound<'py, Ticket>),
    Duplicate(Bound<'py, Duplicate>),
}

impl<'py> Admitted<'py> {
    #[inline(always)]
    fn batch(
        py: Python<'py>,
        home: Home,
        words: &[u64; broker::TICKET_WORDS],
    ) -> Result<Self, Raised> {
        let ticket = Bound::new(py, Ticket { home, words: Default::default(), append: None })?;
        for (place, word) in ticket.get().words.iter().zip(words) {
            place.store(*word, Ordering::Relaxed);
        }
        Ok(Self::Ticket(ticket))
    }

    fn append(py: Python<'py>, home: Home, append: HeldAppend) -> Result<Self, Raised> {
        let append = Some(Box::new(append));
        Ok(Self::Ticket(Bound::new(py, Ticket { home, words: Default::default(), append })?))
    }

    #[inline(always)]
    fn duplicate(py: Python<'py>, seen: &window::BatchMetadata) -> Result<Self, Raised> {
        Ok(Self::Duplicate(Bound::new(py, Duplicate::of(seen))?))
    }
}

/// What a broker knows of the producers of one log, and the rules by which that changes.
#[pyclass(module = "fencepost")]
pub(crate) struct Partition {
    room: Mutex<Room>,
}

shared!(Partition, room: Room);

impl Partition {
    pub(crate) const fn of(room: Room) -> Self {
        Self { room: Mutex::new(room) }
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
    Partition => Admitted, usual Partition::admit_records
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
        this: &Bound<'_, Self>,
        ticket: &Ticket,
        base_offset: i64,
    ) -> Result<Option<CompletedTransaction>, Raised> {
        let base_offset = admit::base_offset(base_offset)?;
        if ticket.append.is_some() {
            return Err(wrong("this ticket is of an append of several: commit it").into());
        }
        let recorded = with(this, |room| {
            if ticket.home != room.home {
                return None;
            }
            let words = ticket.words.each_ref().map(|word| word.load(Ordering::Relaxed));
            let taken = room.partition.ticket_from_words(&words).ok()?;
            let completed = room.partition.record(taken, base_offset).ok()?;
            room.changed();
            Some(completed)
        });
        let completed = recorded.ok_or_else(|| stale(this.py()))?;
        Ok(completed.as_ref().map(CompletedTransaction::of))
    }

    /// Decides on the batches of one append, whose base offsets are set, and changes nothing: a
    /// `Ticket` to commit when they are written, or the `Duplicate` because of which none may be.
    #[pyo3(signature = (batches, *, now, origin = "replication", guard = 0,
                        transaction_version = 0))]
    fn admit_append<'py>(
        this: &Bound<'py, Self>,
        batches: Vec<Kept<'_>>,
        now: i64,
        origin: &str,
        guard: u64,
        transaction_version: u8,
    ) -> Result<Admitted<'py>, Raised> {
        let context = admit::context(origin, now, guard, transaction_version)?;
        let read = |batch: &Kept<'_>| Ok((batch.judged().read(None, context.origin)?, context));
        let batches = batches.iter().map(read).collect::<PyResult<Vec<_>>>()?;
        let (home, version, decided) = with(this, |room| {
            room.make_room_for(&batches)?;
            let decided = room.append(&batches, context.origin, context.now, false);
            PyResult::Ok((room.home, room.version, decided))
        })?;
        match decided {
            Ok(room::Appended::Duplicate(seen)) => Admitted::duplicate(this.py(), &seen),
            Ok(room::Appended::All(_)) => {
                Admitted::append(this.py(), home, HeldAppend { batches, version })
            }
            Err(refused) => Err(rejection(this.py(), &refused).into()),
        }
    }

    /// The batches of an append were written as they were admitted. Gives the transactions that
    /// they ended, in order. Raises `StaleTicketError` as `record` does.
    fn commit(this: &Bound<'_, Self>, ticket: &Ticket) -> PyResult<Many<CompletedTransaction>> {
        let Some(append) = &ticket.append else {
            return Err(wrong("this ticket is of one batch: record it"));
        };
        let HeldAppend { batches, version } = &**append;
        let first = batches.first().map(|(_, context)| *context);
        let context = first.unwrap_or_else(|| Context::replication(millis(0)));
        let committed = with(this, |room| {
            if room.version != *version || ticket.home != room.home {
                return None;
            }
            let committed = room.append(batches, context.origin, context.now, true);
            if matches!(committed, Ok(room::Appended::All(_))) {
                room.changed();
            }
            Some(committed)
        });
        match committed {
            Some(Ok(room::Appended::All(completed))) => {
                Ok(Many::of(completed.iter().map(CompletedTransaction::of).collect()))
            }
            None | Some(Ok(room::Appended::Duplicate(_))) => Err(stale(this.py())),
            Some(Err(refused)) => Err(rejection(this.py(), &refused)),
        }
    }

    /// Takes in the batches of a segment as one append, as a broker does after a restart and a
    /// follower always. `source` is a path or any bytes-like object. Every CRC is checked unless
    /// `verify` is false; it ends at the first damage, which it tells. Batches below the map end
    /// are passed over.
    #[pyo3(signature = (source, *, now = None, verify = true))]
    fn replay(
        this: &Bound<'_, Self>,
        source: Source,
        now: Option<i64>,
        verify: bool,
    ) -> PyResult<Replayed> {
        crate::replay::replay(this, &source, now, verify)
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
        this: &Bound<'_, Self>,
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
        crate::each::append(this, &batches, &context, base_offset)
    }

    /// How many producers are known.
    fn __len__(this: &Bound<'_, Self>) -> usize {
        room::to_usize(with(this, |room| room.partition.len()))
    }

    /// Whether a producer is known.
    fn __contains__(this: &Bound<'_, Self>, producer_id: i64) -> bool {
        with(this, |room| room.partition.producer(producer_id).is_some())
    }

    /// Whether no producer is known and no transaction waits to be replicated, as `LogShape` asks.
    #[getter]
    fn is_empty(this: &Bound<'_, Self>) -> bool {
        with(this, |room| room.partition.is_empty())
    }

    /// How many producers there is room for now.
    #[getter]
    fn capacity(this: &Bound<'_, Self>) -> u32 {
        with(this, |room| room.partition.capacity())
    }

    /// What is known of a producer.
    fn producer(this: &Bound<'_, Self>, producer_id: i64) -> Option<ProducerState> {
        with(this, |room| room.partition.producer(producer_id).map(ProducerState::of))
    }

    /// What is known of every producer, in no particular order.
    fn producers(this: &Bound<'_, Self>) -> Vec<ProducerState> {
        with(this, |room| room.partition.producers().map(ProducerState::of).collect())
    }

    /// The offset up to which, exclusive, the state reflects the log.
    #[getter]
    fn map_end_offset(this: &Bound<'_, Self>) -> i64 {
        with(this, |room| room.partition.map_end_offset())
    }

    /// The state reflects the log up to here, exclusive.
    fn set_map_end_offset(this: &Bound<'_, Self>, offset: i64) {
        Self::change(this, |room| room.partition.set_map_end_offset(offset));
    }

    /// The open transactions, in order of first offset.
    fn ongoing_transactions(this: &Bound<'_, Self>) -> Vec<OpenTransaction> {
        with(this, |room| room.partition.ongoing_transactions().iter().map(open).collect())
    }

    /// The transactions whose marker is not yet below the high watermark, newest first.
    fn unreplicated_transactions(this: &Bound<'_, Self>) -> Vec<OpenTransaction> {
        with(this, |room| room.partition.unreplicated_transactions().iter().map(open).collect())
    }

    /// The first offset of the oldest open or unreplicated transaction.
    #[getter]
    fn first_unstable_offset(this: &Bound<'_, Self>) -> Option<i64> {
        with(this, |room| room.partition.first_unstable_offset())
    }

    /// The first offset of the oldest open transaction.
    #[getter]
    fn first_undecided_offset(this: &Bound<'_, Self>) -> Option<i64> {
        with(this, |room| room.partition.first_undecided_offset())
    }

    /// How far a consumer with isolation level read_committed may read.
    #[pyo3(signature = (*, log_start, high_watermark))]
    fn last_stable_offset(this: &Bound<'_, Self>, log_start: i64, high_watermark: i64) -> i64 {
        let range = broker::LogRange { start: log_start, high_watermark };
        with(this, |room| room.partition.last_stable_offset(range))
    }

    /// Whether the oldest open transaction has been silent for longer than any may.
    #[pyo3(signature = (*, now))]
    fn has_late_transaction(this: &Bound<'_, Self>, now: i64) -> bool {
        with(this, |room| room.partition.has_late_transaction(millis(now)))
    }

    /// Whether a transactional write of this producer and epoch joins an open transaction.
    #[pyo3(signature = (*, producer_id, producer_epoch))]
    fn has_open_transaction(this: &Bound<'_, Self>, producer_id: i64, producer_epoch: i16) -> bool {
        with(this, |room| room.partition.has_open_transaction(producer_id, producer_epoch))
    }

    /// Begins to verify a transactional producer with its coordinator: the guard its write must
    /// bring, 0 if nothing is to be verified.
    #[pyo3(signature = (*, producer_id, producer_epoch, base_sequence, supports_epoch_bump, now))]
    fn start_verification(
        this: &Bound<'_, Self>,
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
        let started = with(this, |room| room.start_verification(&wanted, millis(now)));
        started.map(broker::Guard::to_bits).map_err(|refused| rejection(this.py(), &refused))
    }

    /// The verification of a producer that is under way.
    fn verification(this: &Bound<'_, Self>, producer_id: i64) -> Option<PendingVerification> {
        with(this, |room| {
            let entry = room.partition.verification(producer_id)?;
            Some(PendingVerification {
                producer_id,
                producer_epoch: entry.producer_epoch(),
                lowest_sequence: entry.lowest_sequence(),
            })
        })
    }

    /// Whether transactional writes must be verified from now on.
    fn set_verification(this: &Bound<'_, Self>, enabled: bool) {
        Self::change(this, |room| room.partition.set_verification(enabled));
    }

    /// Producers expire after so many milliseconds from now on.
    fn set_expiration_ms(this: &Bound<'_, Self>, millis: u32) {
        Self::change(this, |room| room.set_expiration_ms(millis));
    }

    /// Transactions whose marker is below the high watermark are stable.
    fn handle_high_watermark(this: &Bound<'_, Self>, high_watermark: i64) {
        Self::change(this, |room| room.partition.handle_high_watermark(high_watermark));
    }

    /// The log's start has moved up; `latest_snapshot` is the highest offset with a snapshot file.
    #[pyo3(signature = (log_start, *, latest_snapshot = None))]
    fn handle_log_start(this: &Bound<'_, Self>, log_start: i64, latest_snapshot: Option<i64>) {
        Self::change(this, |room| room.partition.handle_log_start(log_start, latest_snapshot));
    }

    /// The log was emptied and begins again here.
    fn truncate_fully(this: &Bound<'_, Self>, start_at: i64) {
        Self::change(this, |room| room.partition.truncate_fully(start_at));
    }

    /// Forgets every producer that has expired, and every verification. Gives how many producers.
    #[pyo3(signature = (*, now))]
    fn expire(this: &Bound<'_, Self>, now: i64) -> u32 {
        detached(this, |room| {
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
    fn snapshot_due(this: &Bound<'_, Self>) -> Option<i64> {
        with(this, |room| room.partition.snapshot_due())
    }

    /// A snapshot was written for this offset.
    fn snapshot_taken(this: &Bound<'_, Self>, offset: i64) {
        Self::change(this, |room| room.partition.snapshot_taken(offset));
    }

    /// The state as a snapshot file: Kafka's own format `v1`, which keeps one batch a producer, or
    /// `full`, which keeps all five.
    #[pyo3(signature = (format = "v1"))]
    fn snapshot<'py>(this: &Bound<'py, Self>, format: &str) -> PyResult<Bound<'py, PyBytes>> {
        let format = snapshot::Format::named(format)?;
        let bytes = detached(this, |room| snapshot::write(&room.partition, format))?;
        Ok(PyBytes::new(this.py(), &bytes))
    }

    /// Replaces the state by that of a snapshot of either format, taken at this offset, without the
    /// producers that have expired by `now`. Gives how many were loaded. Nothing is changed unless
    /// all of the snapshot is good and there is room.
    #[pyo3(signature = (source, *, offset, now))]
    fn load_snapshot(
        this: &Bound<'_, Self>,
        source: Source,
        offset: i64,
        now: i64,
    ) -> PyResult<u32> {
        let slots = source.read(this.py(), snapshot::read_slots)?;
        let (_, slots) = slots.map_err(|e| snapshot::failed(&e))?;
        let full = |e: broker::ReloadFull| error("CapacityError", &e, None);
        detached(this, |room| room.load(&slots, offset, millis(now)))?.map_err(full)
    }

    /// There is no good snapshot: forgets all, and replay begins where the log does.
    fn reload_without_snapshot(this: &Bound<'_, Self>, log_start: i64) {
        Self::change(this, |room| {
            room.partition.begin_reload();
            room.partition.finish_reload_without_snapshot(log_start);
        })
    }

    /// Whether a log that ends here needs the state to be loaded and replayed anew.
    fn needs_reload(this: &Bound<'_, Self>, log_end: i64) -> bool {
        with(this, |room| room.partition.needs_reload(log_end))
    }

    /// Whether a cleaner must keep this batch: it is the last one of its producer.
    fn must_keep(this: &Bound<'_, Self>, header: &BatchHeader) -> bool {
        with(this, |room| room.partition.must_keep(&header.to_core()))
    }
}

impl Partition {
    /// A client's records, of which nothing is said but the time; `None` if they are refused.
    #[inline(always)]
    fn admit_records<'py>(
        this: &Bound<'py, Self>,
        batch: &Judged<'_, '_>,
        now: i64,
    ) -> Option<Result<Admitted<'py>, Raised>> {
        // Written where they are read: as an answer of the closures they would be moved.
        let (mut home, mut words, mut seen) = (None, [0; broker::TICKET_WORDS], None);
        with(this, |room| {
            let partition = &room.partition;
            batch.with_header(|header| match partition.admit_records(header, &millis(now)) {
                Some(Admission::Append(ticket)) => {
                    home = Some(room.home);
                    words = partition.ticket_to_words(&ticket);
                }
                Some(Admission::Duplicate(batch)) => seen = Some(batch),
                None => {}
            });
        });
        if let Some(home) = home {
            return Some(Admitted::batch(this.py(), home, &words));
        }
        seen.map(|seen| Admitted::duplicate(this.py(), &seen))
    }

    #[inline(never)]
    fn judge<'py>(
        this: &Bound<'py, Self>,
        batch: &broker::Batch,
        context: &Context,
    ) -> Result<Admitted<'py>, Raised> {
        let decided = with(this, |room| {
            let decided = room.partition.admit(batch, context)?;
            Ok(match decided {
                Admission::Append(ticket) => {
                    Ok((room.home, room.partition.ticket_to_words(&ticket)))
                }
                Admission::Duplicate(seen) => Err(seen),
            })
        });
        match decided {
            Ok(Ok((home, words))) => Admitted::batch(this.py(), home, &words),
            Ok(Err(seen)) => Admitted::duplicate(this.py(), &seen),
            Err(refused) => Err(rejection(this.py(), &refused).into()),
        }
    }

    fn change(this: &Bound<'_, Self>, change: impl FnOnce(&mut Room)) {
        with(this, |room| {
            change(room);
            room.changed();
        });
    }
}

fn open(txn: &broker::OpenTransaction) -> OpenTransaction {
    OpenTransaction { producer_id: txn.producer_id, first_offset: txn.first_offset }
}
