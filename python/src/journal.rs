//! How does a Python producer come back as itself after a crash? Its journal is a file.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use fencepost::ids;
use fencepost::journal::store::{Opened, Options, Store};
use fencepost::journal::{
    self, ClusterId, Cursor, KeptBatch, Parts, Payload, Refused, Tail, TopicPartition, Track,
    Unclaimed,
};
use fencepost::producer as core;
use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use pyo3::types::{PyDict, PyTuple};

use crate::answers::{Answered, Attempt, Next, Timing, Verdict, refused, unexpected};
use crate::bytes::BytesLike;
use crate::ids::Identity;
use crate::journal_errors::{failed, has_no_place};
use crate::partition::millis;
use crate::raise::{exception, wrong};
use crate::value::value;
use crate::verbs::producing;

/// The most partitions of one journal: some 100 MiB.
const MOST: usize = 1 << 15;

value! {
    /// What a journal knew of a partition: `kind` is `new`, `restored` (its source is written up to
    /// `cursor`, and so many batches are undecided) or `recreated` (the slot was another topic's,
    /// whose undecided batches are possibly written).
    BoundPartition, {
        kind: String,
        cursor: Vec<u8>,
        undecided: usize,
    }
}

impl BoundPartition {
    fn of(bound: journal::Bound) -> Self {
        let (kind, cursor, undecided) = match bound {
            journal::Bound::New => ("new", Cursor::NONE, 0),
            journal::Bound::Restored { cursor, undecided } => ("restored", cursor, undecided),
            journal::Bound::Recreated { possibly_written } => {
                ("recreated", Cursor::NONE, possibly_written)
            }
        };
        Self { kind: kind.to_owned(), cursor: cursor.as_bytes().to_vec(), undecided }
    }
}

value! {
    /// A batch that a journal holds and whose outcome is not known. `size` is that of its bytes,
    /// which `JournaledProducer.read_batch` reads.
    JournaledBatch, {
        batch: Option<u64>,
        base_sequence: i32,
        records: i32,
        max_timestamp: i64,
        first_sent: i64,
        cursor: Vec<u8>,
        size: u32,
    }
}

impl JournaledBatch {
    fn of(kept: &KeptBatch) -> Self {
        Self {
            batch: kept.name.map(core::BatchId::get),
            base_sequence: kept.base_sequence.get(),
            records: kept.records,
            max_timestamp: kept.max_timestamp.as_millis(),
            first_sent: kept.first_sent.as_millis(),
            cursor: kept.cursor.as_bytes().to_vec(),
            size: kept.len,
        }
    }
}

value! {
    /// A batch that ended as `not_written` or `possibly_written`, and where in the source it ends.
    Unwritten, {
        outcome: String,
        cursor: Vec<u8>,
    }
}

impl Unwritten {
    fn of(unwritten: &journal::Unwritten) -> Self {
        let outcome = match unwritten.word {
            journal::Word::Written => "written",
            journal::Word::NotWritten => "not_written",
            journal::Word::PossiblyWritten => "possibly_written",
        };
        Self { outcome: outcome.to_owned(), cursor: unwritten.cursor.as_bytes().to_vec() }
    }
}

/// A sending that waits for its records to be durable: `JournaledProducer.commit`, then `claim`.
/// Dropped, it counts as one that got no answer.
#[pyclass(frozen, module = "fencepost")]
pub(crate) struct Permit {
    held: Mutex<Option<journal::Permit>>,
    /// Whose it is.
    owner: u64,
    #[pyo3(get)]
    batch: u64,
    #[pyo3(get)]
    partition: u32,
}

type Slots = Vec<core::Slot<8>>;
type Tracks = Vec<Track<8>>;
type Journaled = journal::Journaled<Slots, Tracks, 8>;

/// A journal in use.
struct Open {
    store: Store,
    producing: Journaled,
}

impl Open {
    /// Lets the producer write records of at most so many bytes beside its own.
    fn stage<R>(
        &mut self,
        extra: usize,
        write: impl FnOnce(&mut Journaled, &mut [u8]) -> Result<(R, usize), Refused>,
    ) -> Result<R, Refused> {
        self.store.stage(&mut self.producing, extra, write).map(|(given, _)| given)
    }
}

/// A producer whose numbers and undecided batches outlive a crash, in a file. What it sends is in
/// the journal first: `assign`, `commit`, `claim`, send. A verdict *not written* is told only when
/// that is durable.
///
/// One process holds a journal at a time. Closing gives it back; what was not committed was not
/// sent. Not for transactional producers, whose epoch is their coordinator's.
#[pyclass(frozen, module = "fencepost")]
pub(crate) struct JournaledProducer {
    open: Mutex<Option<Open>>,
    id: u64,
    #[pyo3(get)]
    path: PathBuf,
    /// There was no journal: it begins.
    #[pyo3(get)]
    created: bool,
    /// A record that was not written to its end was cut off: the crash came while it was written.
    #[pyo3(get)]
    torn: bool,
}

impl JournaledProducer {
    fn lock(&self, py: Python<'_>) -> MutexGuard<'_, Option<Open>> {
        self.open.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner)
    }

    fn opened<R>(&self, py: Python<'_>, work: impl FnOnce(&mut Open) -> R) -> PyResult<R> {
        self.lock(py).as_mut().map(work).ok_or_else(closed)
    }

    fn with<R>(this: &Bound<'_, Self>, work: impl FnOnce(&mut Journaled) -> R) -> PyResult<R> {
        this.get().producing(this.py(), work)
    }

    fn producing<R>(&self, py: Python<'_>, work: impl FnOnce(&mut Journaled) -> R) -> PyResult<R> {
        self.opened(py, |open| work(&mut open.producing))
    }

    /// What may wait for the disk: without the interpreter's lock.
    fn slow<R: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut Open) -> Result<R, journal::store::StoreError> + Send,
    ) -> PyResult<R> {
        let done = py.detach(|| {
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            open.as_mut().map(work)
        });
        done.ok_or_else(closed)?.map_err(failed)
    }

    fn permit(&self, given: Result<journal::Permit, Refused>) -> PyResult<Permit> {
        let given = given.map_err(refused)?;
        let (batch, partition) = (given.batch().get(), given.partition());
        Ok(Permit { held: Mutex::new(Some(given)), owner: self.id, batch, partition })
    }
}

fn closed() -> PyErr {
    wrong("the journal is closed")
}

fn cursor(bytes: Option<&BytesLike<'_>>) -> PyResult<Cursor> {
    let bytes = bytes.map(BytesLike::as_bytes).unwrap_or_default();
    let too_long = || wrong(format!("a cursor has at most 32 bytes, not {}", bytes.len()));
    Cursor::new(bytes).ok_or_else(too_long)
}

/// Opens or begins a journal, and gives its producer what it knows.
fn open(path: &Path, options: Options, settings: core::Settings) -> PyResult<(Open, bool, bool)> {
    let opened = Opened::<_, 8>::open(path, options).map_err(failed)?;
    let (created, torn) = (opened.created, matches!(opened.tail, Tail::Torn(_)));
    let producer = core::Producer::new(vec![core::Slot::EMPTY; options.slots], settings);
    let mut store = opened.store;
    let mut producing = Journaled::new(producer, opened.journal).map_err(unexpected)?;
    if producing.journal().is_empty() {
        store.compact(&mut producing).map_err(failed)?;
    }
    Ok((Open { store, producing }, created, torn))
}

producing! { JournaledProducer, {
    /// Opens a journal, or begins one. `capacity` is how many bytes the file may have; while it is
    /// written anew there are two. `adopt` takes a journal that was copied or restored: the
    /// original must not be in use, nor have been since. Raises `JournalError`.
    #[new]
    #[pyo3(signature = (path, *, cluster_id, partitions, capacity = 67_108_864, adopt = false,
                        delivery_timeout_ms = 120_000, retries = 2_147_483_647, max_in_flight = 5,
                        retry_backoff_ms = 100, retry_backoff_max_ms = 1_000,
                        producer_id_expiration_ms = 86_400_000, can_describe = true))]
    #[expect(clippy::too_many_arguments, reason = "each is a setting with a name and a default")]
    fn new(
        py: Python<'_>,
        path: PathBuf,
        cluster_id: &str,
        partitions: usize,
        capacity: u64,
        adopt: bool,
        delivery_timeout_ms: i64,
        retries: u32,
        max_in_flight: usize,
        retry_backoff_ms: i64,
        retry_backoff_max_ms: i64,
        producer_id_expiration_ms: i64,
        can_describe: bool,
    ) -> PyResult<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let settings = Timing {
            delivery_timeout_ms,
            retries,
            max_in_flight,
            retry_backoff_ms,
            retry_backoff_max_ms,
            producer_id_expiration_ms,
            can_describe,
        };
        let settings = settings.check(partitions, MOST, core::Kind::Idempotent)?;
        let cluster = ClusterId::new(cluster_id.as_bytes());
        let cluster = cluster.ok_or_else(|| wrong("a cluster id has 1 to 64 bytes"))?;
        let options = Options { slots: partitions, cluster, capacity, adopt };
        let (open, created, torn) = py.detach(|| open(&path, options, settings))?;
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        Ok(Self { open: Mutex::new(Some(open)), id, path, created, torn })
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (*_exc))]
    fn __exit__(&self, py: Python<'_>, _exc: &Bound<'_, PyTuple>) {
        self.close(py);
    }

    /// Gives the file and its lock back. What was assigned and not committed was not sent.
    fn close(&self, py: Python<'_>) {
        drop(self.lock(py).take());
    }

    /// Whether it was closed.
    #[getter]
    fn closed(&self, py: Python<'_>) -> bool {
        self.lock(py).is_none()
    }

    /// How often the journal was opened.
    #[getter]
    fn generation(&self, py: Python<'_>) -> PyResult<u64> {
        self.producing(py, |p| p.journal().generation())
    }

    /// Bytes in the file.
    #[getter]
    fn size(&self, py: Python<'_>) -> PyResult<u64> {
        self.opened(py, |open| open.store.len())
    }

    /// Says which partition a number is, once, before it is used. `topic_id` is the topic's id of
    /// 16 bytes, as metadata gives it: a topic that was deleted and created again is another one.
    #[pyo3(signature = (partition, *, topic_id, topic_partition, now))]
    fn bind(
        &self,
        py: Python<'_>,
        partition: u32,
        topic_id: BytesLike<'_>,
        topic_partition: i32,
        now: i64,
    ) -> PyResult<BoundPartition> {
        let topic_id = topic_id.as_bytes().try_into();
        let topic_id = topic_id.map_err(|_| wrong("a topic id has 16 bytes"))?;
        let of = TopicPartition { topic_id, partition: topic_partition };
        let bound = self.producing(py, |p| p.bind(partition, of, millis(now)))?;
        bound.map(BoundPartition::of).map_err(refused)
    }

    /// Gives a batch its numbers. `data` is what is sent, or what it is built from: the same at
    /// each sending, but for the stamp. `cursor` says where in its source it ends, in at most 32
    /// bytes. Several may be assigned before one `commit`. Raises `RefusedError` if it may not be
    /// sent now.
    #[pyo3(signature = (partition, data, *, records, max_timestamp, now, created = None,
                        cursor = None))]
    #[expect(clippy::too_many_arguments, reason = "what a batch is")]
    fn assign(
        &self,
        py: Python<'_>,
        partition: u32,
        data: BytesLike<'_>,
        records: i32,
        max_timestamp: i64,
        now: i64,
        created: Option<i64>,
        cursor: Option<BytesLike<'_>>,
    ) -> PyResult<Permit> {
        let created = millis(created.unwrap_or(now));
        let batch = core::NewBatch { records, max_timestamp: millis(max_timestamp), created };
        let payload =
            Payload { bytes: data.as_bytes(), cursor: self::cursor(cursor.as_ref())? };
        let given = self.opened(py, |open| {
            open.stage(payload.bytes.len(), |producing, out| {
                let permit = producing.assign(partition, batch, payload, millis(now), out)?;
                let len = permit.len();
                Ok((permit, len))
            })
        })?;
        self.permit(given)
    }

    /// Takes the partition's next waiting batch as sent again, now.
    #[pyo3(signature = (partition, *, now))]
    fn resend(&self, py: Python<'_>, partition: u32, now: i64) -> PyResult<Permit> {
        let given = self.opened(py, |open| {
            open.stage(0, |producing, out| {
                let permit = producing.resend(partition, millis(now), out)?;
                let len = permit.len();
                Ok((permit, len))
            })
        })?;
        self.permit(given)
    }

    /// Splits a batch that is too large into these bytes: the first records keep its name, and the
    /// others its cursor; gives the name of the others. Both are sent by `resend`.
    #[pyo3(signature = (partition, batch, first, second, *, first_records, now,
                        first_cursor = None))]
    #[expect(clippy::too_many_arguments, reason = "what a split is")]
    fn split(
        &self,
        py: Python<'_>,
        partition: u32,
        batch: u64,
        first: BytesLike<'_>,
        second: BytesLike<'_>,
        first_records: i32,
        now: i64,
        first_cursor: Option<BytesLike<'_>>,
    ) -> PyResult<u64> {
        let id = core::BatchId::from_number(batch);
        let (cursor, second) = (cursor(first_cursor.as_ref())?, second.as_bytes());
        let first = Payload { bytes: first.as_bytes(), cursor };
        let parts = Parts { first_records, first, second };
        let rest = self.opened(py, |open| {
            open.stage(first.bytes.len() + second.len(), |producing, out| {
                producing.split(partition, id, parts, millis(now), out)
            })
        })?;
        rest.map(core::BatchId::get).map_err(refused)
    }

    /// Writes what was assigned since, and syncs. If that fails and what it left is cut off, the
    /// batches of it were not sent and end as not written: `JournalIOError`. If it is not known
    /// what the file holds, `JournalPoisonedError`: close, and open it again.
    #[pyo3(signature = (*, now))]
    fn commit(&self, py: Python<'_>, now: i64) -> PyResult<()> {
        self.slow(py, |open| open.store.flush(&mut open.producing, millis(now)))
    }

    /// The sending of a permit: stamp the bytes, send them, and give it back with the answer.
    /// `None`: nothing must be sent, since the write failed, the connection was lost or the batch
    /// has ended. Raises `RefusedError` of kind `not_yet` before `commit`, after which it can be
    /// claimed again.
    fn claim(&self, py: Python<'_>, permit: &Permit) -> PyResult<Option<Attempt>> {
        if permit.owner != self.id {
            return Err(wrong("the permit is another producer's"));
        }
        let not = |kind: &str, why: &str| {
            exception(py, "RefusedError", why, |made| made.setattr("kind", kind))
        };
        let mut held = permit.held.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner);
        let taken = held.take().ok_or_else(|| not("claimed", "the permit was claimed before"))?;
        match self.producing(py, |p| p.claim(taken))? {
            Ok(attempt) => Ok(Some(Attempt::of(attempt))),
            Err(Unclaimed::Void) => Ok(None),
            Err(Unclaimed::NotYet(back)) => {
                *held = Some(back);
                Err(not("not_yet", "the permit's records are not committed yet"))
            }
        }
    }

    /// The next verdict of a partition. What must be durable before *not written* is told is
    /// written first, with what else was not committed.
    #[pyo3(signature = (partition, *, now))]
    fn take_verdict(
        &self,
        py: Python<'_>,
        partition: u32,
        now: i64,
    ) -> PyResult<Option<Verdict>> {
        let ended = self.slow(py, |open| {
            open.store.take_verdict(&mut open.producing, partition, millis(now))
        })?;
        Ok(ended.map(Verdict::of))
    }

    /// Journals the verdicts that were taken of a partition now, and not with its next batch.
    /// Commit after it.
    fn trim(&self, py: Python<'_>, partition: u32) -> PyResult<()> {
        let trimmed = self.opened(py, |open| {
            open.stage(0, |producing, out| Ok(((), producing.trim(partition, out)?)))
        })?;
        trimmed.map_err(refused)
    }

    /// Whether it is time for `compact`: half of the capacity is used, and half of that is no
    /// longer needed.
    #[getter]
    fn should_compact(&self, py: Python<'_>) -> PyResult<bool> {
        self.producing(py, |p| p.journal().should_compact())
    }

    /// Writes the journal anew, without what is no longer needed. Commit before.
    fn compact(&self, py: Python<'_>) -> PyResult<()> {
        self.slow(py, |open| open.store.compact(&mut open.producing))
    }

    /// Up to where a partition's source is written: the cursor of the newest batch that ended so,
    /// as far as the journal tells it (a verdict is told with the partition's next batch, or by
    /// `trim`).
    fn cursor(&self, py: Python<'_>, partition: u32) -> PyResult<Vec<u8>> {
        self.producing(py, |p| {
            let kept = p.journal().kept(partition).ok_or_else(has_no_place)?;
            Ok(kept.cursor().as_bytes().to_vec())
        })?
    }

    /// A partition's undecided batches, oldest first.
    fn undecided(&self, py: Python<'_>, partition: u32) -> PyResult<Vec<JournaledBatch>> {
        self.producing(py, |p| {
            let kept = p.journal().kept(partition).ok_or_else(has_no_place)?;
            Ok(kept.batches().map(JournaledBatch::of).collect())
        })?
    }

    /// A partition's batches that did not end as written, newest last, until one with the same
    /// cursor was; at most eight.
    fn unwritten(&self, py: Python<'_>, partition: u32) -> PyResult<Vec<Unwritten>> {
        self.producing(py, |p| {
            let kept = p.journal().kept(partition).ok_or_else(has_no_place)?;
            Ok(kept.unwritten().iter().map(Unwritten::of).collect())
        })?
    }

    /// The bytes of an undecided batch, as they were assigned. Raises `KeyError` for another one.
    fn read_batch(&self, py: Python<'_>, partition: u32, batch: u64) -> PyResult<Vec<u8>> {
        let id = core::BatchId::from_number(batch);
        let bytes = self.slow(py, |open| {
            let kept = open.producing.journal().kept(partition);
            let found = kept.and_then(|kept| kept.batches().find(|b| b.name == Some(id)).copied());
            found.map(|kept| open.store.bytes_at(kept.at, kept.len)).transpose()
        })?;
        bytes.ok_or_else(|| pyo3::exceptions::PyKeyError::new_err(batch))
    }
} }
