//! Which numbers does this batch carry, and what now, after this answer?

use std::sync::Mutex;

use fencepost::ids;
use fencepost::producer as core;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::answers::{Answered, Attempt, Next, Timing, Verdict, refused, unexpected};
use crate::ids::Identity;
use crate::partition::millis;
use crate::raise::wrong;
use crate::turn::{self, shared};
use crate::value::value;
use crate::verbs::producing;

/// The most partitions of one producer: some 100 MiB.
const MOST: usize = 1 << 17;

value! {
    /// A partition's numbers, as they are kept over a crash: the identity of its epoch, the next
    /// sequence, and what was acknowledged last (sequence, offset and largest timestamp). Nothing
    /// of this producer stands before `first_use_offset`.
    KeptPartition, check |this| this.to_core().map(|_| ()), {
        identity: Identity,
        next_sequence: i32,
        last_acked: Option<i32>,
        last_acked_offset: Option<i64>,
        first_use_offset: Option<i64>,
        newest_acked: Option<i64>,
        acked_ever: bool,
    }
}

impl KeptPartition {
    fn of(kept: core::RestoredPartition) -> Self {
        Self {
            identity: Identity::of(kept.identity),
            next_sequence: kept.next_sequence.get(),
            last_acked: kept.last_acked.map(ids::Sequence::get),
            last_acked_offset: kept.last_acked_offset,
            first_use_offset: kept.first_use_offset,
            newest_acked: kept.newest_acked.map(ids::Timestamp::as_millis),
            acked_ever: kept.acked_ever,
        }
    }

    fn to_core(&self) -> PyResult<core::RestoredPartition> {
        Ok(core::RestoredPartition {
            identity: self.identity.to_core()?,
            next_sequence: sequence(self.next_sequence)?,
            last_acked: self.last_acked.map(sequence).transpose()?,
            last_acked_offset: self.last_acked_offset,
            first_use_offset: self.first_use_offset,
            newest_acked: self.newest_acked.map(millis),
            acked_ever: self.acked_ever,
        })
    }
}

fn sequence(number: i32) -> PyResult<ids::Sequence> {
    ids::Sequence::new(number).ok_or_else(|| wrong(format!("sequence {number} is negative")))
}

pub(crate) type Core = core::Producer<Vec<core::Slot<8>>, 8>;

/// A producer's numbers: under which id, epoch and sequence each batch goes out, and what became of
/// it. A partition is a number from 0 on.
#[pyclass(module = "fencepost")]
pub(crate) struct Producer {
    core: Mutex<Core>,
}

shared!(Producer, core: Core);

impl Producer {
    #[expect(clippy::unnecessary_wraps, reason = "a journal's producer can be closed")]
    #[inline]
    pub(crate) fn with<R>(
        this: &Bound<'_, Self>,
        work: impl FnOnce(&mut Core) -> R,
    ) -> PyResult<R> {
        Ok(turn::with(this, work))
    }
}

/// As a journal's producer is asked for the one inside.
trait Inner {
    fn producer(&self) -> &Self;
}

impl Inner for Core {
    fn producer(&self) -> &Self {
        self
    }
}

producing! { Producer, {
    /// A producer without an id. Times are milliseconds.
    #[new]
    #[pyo3(signature = (*, partitions, transactional = false, delivery_timeout_ms = 120_000,
                        retries = 2_147_483_647, max_in_flight = 5, retry_backoff_ms = 100,
                        retry_backoff_max_ms = 1_000, producer_id_expiration_ms = 86_400_000,
                        can_describe = true))]
    #[expect(clippy::too_many_arguments, reason = "each is a setting with a name and a default")]
    fn new(
        partitions: usize,
        transactional: bool,
        delivery_timeout_ms: i64,
        retries: u32,
        max_in_flight: usize,
        retry_backoff_ms: i64,
        retry_backoff_max_ms: i64,
        producer_id_expiration_ms: i64,
        can_describe: bool,
    ) -> PyResult<Self> {
        let settings = Timing {
            delivery_timeout_ms,
            retries,
            max_in_flight,
            retry_backoff_ms,
            retry_backoff_max_ms,
            producer_id_expiration_ms,
            can_describe,
        };
        let kind = if transactional { core::Kind::Transactional } else { core::Kind::Idempotent };
        let settings = settings.check(partitions, MOST, kind)?;
        let slots = vec![core::Slot::EMPTY; partitions];
        Ok(Self { core: Mutex::new(core::Producer::new(slots, settings)) })
    }

    /// Whether the running transaction can only be aborted.
    #[getter]
    fn must_abort(this: &Bound<'_, Self>) -> PyResult<bool> {
        Self::with(this, |p| p.must_abort())
    }

    /// Gives a batch its numbers and takes it as sent, now. Raises `RefusedError` if it may not be
    /// sent now.
    #[pyo3(signature = (partition, *, records, max_timestamp, now, created = None))]
    fn assign(
        this: &Bound<'_, Self>,
        partition: u32,
        records: i32,
        max_timestamp: i64,
        now: i64,
        created: Option<i64>,
    ) -> PyResult<Attempt> {
        let created = millis(created.unwrap_or(now));
        let batch = core::NewBatch { records, max_timestamp: millis(max_timestamp), created };
        let given = Self::with(this, |p| p.assign(partition, batch, millis(now)))?;
        given.map(Attempt::of).map_err(refused)
    }

    /// Takes the partition's next waiting batch as sent again, now.
    #[pyo3(signature = (partition, *, now))]
    fn resend(this: &Bound<'_, Self>, partition: u32, now: i64) -> PyResult<Attempt> {
        let given = Self::with(this, |p| p.resend(partition, millis(now)))?;
        given.map(Attempt::of).map_err(refused)
    }

    /// The next verdict of a partition, in the order of its sequences.
    fn take_verdict(this: &Bound<'_, Self>, partition: u32) -> PyResult<Option<Verdict>> {
        Self::with(this, |p| p.take_verdict(partition).map(Verdict::of))
    }

    /// Splits a batch that is too large: the first records keep its name; gives that of the others.
    #[pyo3(signature = (partition, batch, *, first_records))]
    fn split(
        this: &Bound<'_, Self>,
        partition: u32,
        batch: u64,
        first_records: i32,
    ) -> PyResult<u64> {
        let id = core::BatchId::from_number(batch);
        let rest = Self::with(this, |p| p.split(partition, id, first_records))?;
        rest.map(core::BatchId::get).map_err(refused)
    }

    /// What must be kept of a partition, so that another process can go on with it: its numbers.
    /// `None` if it was never used. Its undecided batches are the caller's to keep; a
    /// `JournaledProducer` does all of this.
    fn kept(this: &Bound<'_, Self>, partition: u32) -> PyResult<Option<KeptPartition>> {
        Self::with(this, |p| p.kept(partition).map(KeptPartition::of))
    }

    /// Puts a partition back as it was kept, before it is used. The newest identity is given
    /// before, by `handle_identity`; the undecided batches after, oldest first, by
    /// `restore_batch`. When all is decided, `bump`.
    fn restore(this: &Bound<'_, Self>, partition: u32, kept: &KeptPartition) -> PyResult<()> {
        let kept = kept.to_core()?;
        Self::with(this, |p| p.restore(partition, &kept))?.map_err(refused)
    }

    /// Puts a batch back that has no verdict; resolving begins at once. `first_sent` is by the wall
    /// clock; `created` is from when its delivery timeout counts: now, if not said. Gives its name.
    #[pyo3(signature = (partition, *, base_sequence, records, max_timestamp, first_sent, now,
                        created = None))]
    #[expect(clippy::too_many_arguments, reason = "what a batch is")]
    fn restore_batch(
        this: &Bound<'_, Self>,
        partition: u32,
        base_sequence: i32,
        records: i32,
        max_timestamp: i64,
        first_sent: i64,
        now: i64,
        created: Option<i64>,
    ) -> PyResult<u64> {
        let batch = core::RestoredBatch {
            base_sequence: sequence(base_sequence)?,
            records,
            max_timestamp: millis(max_timestamp),
            created: millis(created.unwrap_or(now)),
            first_sent: millis(first_sent),
        };
        let name = Self::with(this, |p| p.restore_batch(partition, batch, millis(now)))?;
        name.map(core::BatchId::get).map_err(refused)
    }

    /// Begins another epoch on a restored partition of which nothing is undecided, so that numbers
    /// that were forgotten are never used twice.
    #[pyo3(signature = (partition, *, now))]
    fn bump(this: &Bound<'_, Self>, partition: u32, now: i64) -> PyResult<()> {
        Self::with(this, |p| p.bump(partition, millis(now)))?.map_err(refused)
    }
} }
