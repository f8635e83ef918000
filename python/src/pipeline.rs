//! May this batch be written on top of those that are still being written?

use std::sync::{Mutex, PoisonError};

use fencepost::broker::{
    self, Context, Guard, IndexLine, OpenTransaction, Slot, VerificationEntry,
};
use fencepost::pipeline::{self as core, Admission, RecordError, Refusal, Undecided};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple};

use crate::admit::{self, admitting};
use crate::growth::{Grows, Growth};
use crate::home::Home;
use crate::partition::{CompletedTransaction, Duplicate, Partition, ProducerState, millis};
use crate::raise::{Facts, Raised, exception, rejection, set_code, stale, wrong};
use crate::room::{self, Options, Room, filled, to_usize};
use crate::snapshot;
use crate::turn::{detached, shared, with};
use crate::value::value;

/// The most undecided batches that may be asked for: some 70 MiB.
const MOST: usize = 1 << 20;
/// Where a pool that grows begins.
const SMALL: usize = 16;

value! {
    /// The batch of this ticket, sent again while that is undecided: answer what becomes of that
    /// one.
    Pending, {
        ticket: u64,
    }
}

value! {
    /// A batch that was begun and not settled: its ticket, whose it is (`None` for a batch without
    /// a producer), and whether its write ended without an answer.
    UndecidedBatch, {
        ticket: u64,
        producer_id: Option<i64>,
        unknown: bool,
    }
}

impl UndecidedBatch {
    fn of(undecided: &Undecided) -> Self {
        Self {
            ticket: undecided.ticket().to_bits(),
            producer_id: undecided.producer_id(),
            unknown: undecided.is_unknown(),
        }
    }
}

/// The right to begin one write. Good once, until the pipeline's next change; dropping it leaves no
/// trace.
#[pyclass(frozen, module = "fencepost")]
pub(crate) struct WritePermit {
    home: Home,
    held: Mutex<Option<core::Permit>>,
}

#[derive(IntoPyObject)]
pub(crate) enum Admitted<'py> {
    Append(Bound<'py, WritePermit>),
    Duplicate(Bound<'py, Duplicate>),
    Pending(Bound<'py, Pending>),
}

pub(crate) type Core = core::Pipeline<
    Vec<Undecided>,
    Vec<Slot>,
    Vec<IndexLine>,
    Vec<OpenTransaction>,
    Vec<VerificationEntry>,
>;

type Abandoned = Result<(), core::NotUndecided>;

impl Grows for Core {
    fn partition(&self) -> &room::Core {
        self.partition()
    }

    fn begin_growth(&mut self, slots: Vec<Slot>, index: Vec<IndexLine>) -> bool {
        self.grow(slots, index).is_ok()
    }

    fn go_on_growing(&mut self) -> bool {
        self.grow_step(u32::MAX).is_some()
    }

    fn grow_transactions(&mut self, transactions: Vec<OpenTransaction>) -> bool {
        self.grow_transactions(transactions).is_ok()
    }

    fn grow_guards(&mut self, guards: Vec<VerificationEntry>) -> bool {
        self.grow_guards(guards).is_ok()
    }
}

/// A pipeline and its memory.
pub(crate) struct Line {
    /// Whose permits are good here.
    home: Home,
    core: Core,
    options: Options,
    growth: Growth,
    /// Whether there may be any number of undecided batches.
    is_open: bool,
}

impl Line {
    /// To be called after each change: there is room for one more batch, if there may be. Without
    /// memory for that the change holds nevertheless; the next batch is refused.
    fn changed(&mut self) {
        let (len, capacity) = (self.core.len(), self.core.capacity());
        if self.is_open && len == capacity && capacity < MOST {
            let bigger = filled(Undecided::EMPTY, (capacity * 2).min(MOST));
            bigger.ok().and_then(|bigger| self.core.grow_pool(bigger).ok());
        }
        self.growth.make_room(&mut self.core, len + 1, len + 1).ok();
    }
}

/// A partition whose writes take long: batches are decided on as if those that are still being
/// written were on the log.
///
/// It begins with a copy of a partition, restored and replayed; neither knows of the other
/// afterwards. Whatever is begun has to be settled: `record`, `abandon`, `abandon_from` or
/// `abandon_all`.
#[pyclass(module = "fencepost")]
pub(crate) struct Pipeline {
    line: Mutex<Line>,
}

shared!(Pipeline, line: Line);

impl Pipeline {
    fn judge<'py>(
        this: &Bound<'py, Self>,
        batch: &broker::Batch,
        context: &Context,
    ) -> Result<Admitted<'py>, Raised> {
        let py = this.py();
        match with(this, |line| (line.home, line.core.admit(batch, context))) {
            (home, Ok(Admission::Append(permit))) => {
                let permit = WritePermit { home, held: Mutex::new(Some(permit)) };
                Ok(Admitted::Append(Bound::new(py, permit)?))
            }
            (_, Ok(Admission::Duplicate(seen))) => {
                Ok(Admitted::Duplicate(Bound::new(py, Duplicate::of(&seen))?))
            }
            (_, Ok(Admission::Pending(ticket))) => {
                Ok(Admitted::Pending(Bound::new(py, Pending { ticket: ticket.to_bits() })?))
            }
            (_, Err(refusal)) => Err(refused(py, &refusal).into()),
        }
    }

    /// Settles batches; gives the tickets of those that are abandoned, oldest first.
    fn abandoning(
        this: &Bound<'_, Self>,
        abandon: impl FnOnce(&mut Core, &mut dyn FnMut(core::Ticket)) -> Abandoned,
    ) -> PyResult<Vec<u64>> {
        let mut gone = Vec::new();
        let done = with(this, |line| {
            abandon(&mut line.core, &mut |ticket| gone.push(ticket.to_bits()))?;
            line.changed();
            Ok(())
        });
        done.map_err(|why: core::NotUndecided| stale(this.py(), &why.to_string()))?;
        Ok(gone)
    }
}

fn refused(py: Python<'_>, refusal: &Refusal) -> PyErr {
    let which = match refusal {
        Refusal::Rejected(refused) => return rejection(py, refused),
        Refusal::Unresolved { which, .. } => Some(which.to_bits()),
        _ => None,
    };
    let facts = Facts::of(refusal);
    exception(py, "UndecidedError", &refusal.to_string(), |made| {
        made.setattr("kind", facts.kind)?;
        made.setattr("ticket", which)?;
        set_code(made, Some(refusal.error_code()))?;
        facts.fields.into_iter().try_for_each(|(name, value)| made.setattr(name, value))
    })
}

fn unrecorded(py: Python<'_>, why: &RecordError) -> PyErr {
    match why {
        RecordError::NotUndecided(why) => stale(py, &why.to_string()),
        RecordError::NotNext { ticket, next } => {
            exception(py, "NotNextError", &why.to_string(), |made| {
                made.setattr("kind", "not_next")?;
                made.setattr("ticket", ticket.to_bits())?;
                made.setattr("next", next.to_bits())
            })
        }
    }
}

admitting! {
    /// Decides on a batch as `Partition.admit` would if all undecided batches of its producer had
    /// been recorded, and changes nothing: a `WritePermit`, a `Duplicate`, or a `Pending`. Raises
    /// `RejectedError`; `UndecidedError` if only the undecided batches are in its way.
    Pipeline => Admitted
}

#[pymethods]
impl Pipeline {
    /// `undecided` is how many batches may be undecided at a time; any number, if not said.
    #[new]
    #[pyo3(signature = (partition, *, undecided = None))]
    fn new(partition: &Bound<'_, Partition>, undecided: Option<usize>) -> PyResult<Self> {
        let capacity = undecided.unwrap_or(SMALL);
        if !(1..=MOST).contains(&capacity) {
            return Err(wrong(format!("undecided is from 1 to {MOST}, not {capacity}")));
        }
        let pool = filled(Undecided::EMPTY, capacity)?;
        let (partition, options, growth) = detached(partition, |room| room.copy());
        let core = core::Pipeline::new(partition, pool);
        let is_open = undecided.is_none();
        let mut line = Line { home: Home::new(), core, options, growth, is_open };
        line.changed();
        Ok(Self { line: Mutex::new(line) })
    }

    /// The batch is about to be written: it is undecided from now on, the newest of all. Gives its
    /// ticket. Raises `StaleTicketError` if anything has changed since it was admitted: then admit
    /// it again.
    fn begin(this: &Bound<'_, Self>, permit: &WritePermit) -> PyResult<u64> {
        let again = "the permit was used, or something has changed: admit the batch again";
        let begun = with(this, |line| {
            if permit.home != line.home {
                return Err("the permit is another pipeline's");
            }
            let mut held = permit.held.lock().unwrap_or_else(PoisonError::into_inner);
            let ticket = line.core.begin(held.take().ok_or(again)?).map_err(|_| again)?;
            line.changed();
            Ok(ticket.to_bits())
        });
        begun.map_err(|why| stale(this.py(), why))
    }

    /// The oldest undecided batch is on the log, at this base offset, from 0 to 2^63 - 2^31 - 1.
    /// Gives the transaction that it ended. Raises `NotNextError` while an older one is undecided,
    /// `StaleTicketError` for a ticket that names none.
    #[pyo3(signature = (ticket, *, base_offset))]
    fn record(
        this: &Bound<'_, Self>,
        ticket: u64,
        base_offset: i64,
    ) -> PyResult<Option<CompletedTransaction>> {
        let base_offset = admit::base_offset(base_offset)?;
        let recorded = with(this, |line| {
            let completed = line.core.record(core::Ticket::from_bits(ticket), base_offset)?;
            line.changed();
            Ok(completed)
        });
        let completed = recorded.map_err(|why| unrecorded(this.py(), &why))?;
        Ok(completed.as_ref().map(CompletedTransaction::of))
    }

    /// The batch is not on the log and never will be, and neither will those of its producer that
    /// were begun after it. Gives the tickets of all of them, oldest first: answer their senders
    /// with a retriable error.
    fn abandon(this: &Bound<'_, Self>, ticket: u64) -> PyResult<Vec<u64>> {
        let ticket = core::Ticket::from_bits(ticket);
        Self::abandoning(this, |core, gone| core.abandon(ticket, gone))
    }

    /// The same, and none of those that were begun after it is on the log, whoever's they are.
    fn abandon_from(this: &Bound<'_, Self>, ticket: u64) -> PyResult<Vec<u64>> {
        let ticket = core::Ticket::from_bits(ticket);
        Self::abandoning(this, |core, gone| core.abandon_from(ticket, gone))
    }

    /// None of the undecided batches counts: the broker no longer leads the partition, or is about
    /// to reload it. If any may be on the log, replay that into another partition before deciding
    /// again.
    fn abandon_all(this: &Bound<'_, Self>) -> PyResult<Vec<u64>> {
        Self::abandoning(this, |core, gone| {
            core.abandon_all(gone);
            Ok(())
        })
    }

    /// The write ended without an answer: the batch may be on the log, or come to be. Its retries
    /// stay pending, and no new batch of its producer is admitted, until it is settled.
    fn mark_unknown(this: &Bound<'_, Self>, ticket: u64) -> PyResult<()> {
        let marked = with(this, |line| line.core.mark_unknown(core::Ticket::from_bits(ticket)));
        marked.map_err(|why| stale(this.py(), &why.to_string()))
    }

    /// The undecided batches, oldest first: in the order in which they can be recorded.
    fn undecided(this: &Bound<'_, Self>) -> Vec<UndecidedBatch> {
        with(this, |line| line.core.undecided().map(UndecidedBatch::of).collect())
    }

    /// How many undecided batches there is room for now.
    #[getter]
    fn capacity(this: &Bound<'_, Self>) -> usize {
        with(this, |line| line.core.capacity())
    }

    /// What is recorded, as a partition of its own: a copy, without the undecided batches.
    fn partition(this: &Bound<'_, Self>) -> PyResult<Partition> {
        detached(this, |line| {
            Room::of(line.core.partition().clone(), line.options, line.growth).map(Partition::of)
        })
    }

    /// What is recorded as a snapshot file, in format `v1` or `full`. It is of the log before the
    /// oldest undecided batch: of `snapshot_due`.
    #[pyo3(signature = (format = "v1"))]
    fn snapshot<'py>(this: &Bound<'py, Self>, format: &str) -> PyResult<Bound<'py, PyBytes>> {
        let format = snapshot::Format::named(format)?;
        let bytes = detached(this, |line| snapshot::write(line.core.partition(), format))?;
        Ok(PyBytes::new(this.py(), &bytes))
    }

    /// The offset a snapshot is to be taken for, if anything was recorded since the last one.
    #[getter]
    fn snapshot_due(this: &Bound<'_, Self>) -> Option<i64> {
        with(this, |line| line.core.partition().snapshot_due())
    }

    /// A snapshot was written for this offset.
    fn snapshot_taken(this: &Bound<'_, Self>, offset: i64) {
        with(this, |line| line.core.snapshot_taken(offset));
    }

    /// What is recorded of a producer.
    fn producer(this: &Bound<'_, Self>, producer_id: i64) -> Option<ProducerState> {
        with(this, |line| line.core.partition().producer(producer_id).map(ProducerState::of))
    }

    /// How many producers are recorded.
    fn __len__(this: &Bound<'_, Self>) -> usize {
        to_usize(with(this, |line| line.core.partition().len()))
    }

    /// Whether a producer is recorded.
    fn __contains__(this: &Bound<'_, Self>, producer_id: i64) -> bool {
        with(this, |line| line.core.partition().producer(producer_id).is_some())
    }

    /// The offset up to which, exclusive, the log is recorded.
    #[getter]
    fn map_end_offset(this: &Bound<'_, Self>) -> i64 {
        with(this, |line| line.core.partition().map_end_offset())
    }

    /// The first offset of the oldest recorded transaction that is open or unreplicated.
    #[getter]
    fn first_unstable_offset(this: &Bound<'_, Self>) -> Option<i64> {
        with(this, |line| line.core.partition().first_unstable_offset())
    }

    /// How far a consumer with isolation level read_committed may read.
    #[pyo3(signature = (*, log_start, high_watermark))]
    fn last_stable_offset(this: &Bound<'_, Self>, log_start: i64, high_watermark: i64) -> i64 {
        let range = broker::LogRange { start: log_start, high_watermark };
        with(this, |line| line.core.partition().last_stable_offset(range))
    }

    /// Begins to verify a transactional producer as if its undecided batches had been recorded:
    /// the guard its write must bring, 0 if nothing is to be verified.
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
        let wanted = (&wanted, millis(now));
        let reason = |refusal: &Refusal| match refusal {
            Refusal::Rejected(refused) => Some(refused.reason),
            _ => None,
        };
        let started = with(this, |Line { core, growth, .. }| {
            growth.verify(core, wanted, Core::start_verification, reason)
        });
        started.map(Guard::to_bits).map_err(|refusal| refused(this.py(), &refusal))
    }

    /// Forgets every producer that has expired and has no undecided batch. Gives how many.
    #[pyo3(signature = (*, now))]
    fn expire(this: &Bound<'_, Self>, now: i64) -> u32 {
        detached(this, |line| {
            let (mut forgotten, mut over) = (0, false);
            while !over {
                let swept = line.core.expire(millis(now), u32::MAX);
                (forgotten, over) = (forgotten + swept.forgotten, swept.finished);
            }
            line.changed();
            forgotten
        })
    }

    /// Transactions whose marker is below the high watermark are stable.
    fn handle_high_watermark(this: &Bound<'_, Self>, high_watermark: i64) {
        with(this, |line| line.core.handle_high_watermark(high_watermark));
    }

    /// The log's start has moved up; `latest_snapshot` is the highest offset with a snapshot file.
    #[pyo3(signature = (log_start, *, latest_snapshot = None))]
    fn handle_log_start(this: &Bound<'_, Self>, log_start: i64, latest_snapshot: Option<i64>) {
        with(this, |line| line.core.handle_log_start(log_start, latest_snapshot));
    }

    /// Whether transactional writes must be verified from now on.
    fn set_verification(this: &Bound<'_, Self>, enabled: bool) {
        with(this, |line| line.core.set_verification(enabled));
    }
}
