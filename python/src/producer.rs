//! Which numbers does this batch carry, and what now, after this answer?

use std::sync::{Mutex, MutexGuard, PoisonError};

use fencepost::error_code::ErrorCode;
use fencepost::ids;
use fencepost::producer as core;
use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use pyo3::types::{PyDict, PyTuple};

use crate::ids::{Identity, Stamp};
use crate::partition::millis;
use crate::raise::{Facts, error, wrong};
use crate::value::value;

/// The most partitions of one producer: some 100 MiB.
const MOST: usize = 1 << 17;

value! {
    /// One sending of a batch: stamp it, send it, and give this back with the answer. `number` is
    /// which sending of it, from 1 on; `unguarded` if a lost answer will end as possibly written.
    Attempt, {
        partition: u32,
        batch: u64,
        number: u32,
        stamp: Stamp,
        unguarded: bool,
    }
}

impl Attempt {
    const fn of(attempt: core::Attempt) -> Self {
        Self {
            partition: attempt.partition,
            batch: attempt.batch.get(),
            number: attempt.number,
            stamp: Stamp::of(attempt.stamp),
            unguarded: attempt.unguarded,
        }
    }

    fn to_core(&self) -> PyResult<core::Attempt> {
        Ok(core::Attempt {
            partition: self.partition,
            batch: core::BatchId::from_number(self.batch),
            number: self.number,
            stamp: self.stamp.to_core()?,
            unguarded: self.unguarded,
        })
    }
}

value! {
    /// A partition's part of a produce response; -1 where the broker did not say.
    Response, {
        code: i16,
        base_offset: i64,
        log_append_time: i64,
        log_start_offset: i64,
    }

    /// An acknowledgement at this offset.
    #[staticmethod]
    #[pyo3(signature = (base_offset, *, log_start_offset = -1))]
    fn ok(base_offset: i64, log_start_offset: i64) -> Self {
        Self { code: 0, base_offset, log_append_time: -1, log_start_offset }
    }

    /// A refusal with this code.
    #[staticmethod]
    #[pyo3(signature = (code, *, log_start_offset = -1))]
    fn error(code: i16, log_start_offset: i64) -> Self {
        Self { code, base_offset: -1, log_append_time: -1, log_start_offset }
    }
}

value! {
    /// What is to be done for a partition now: `kind` is `idle`, `timeout`, `send`, `split` or
    /// `describe`. `send` and `split` name a batch; `describe` names the producer id to ask the
    /// leader for, and whether the metadata must be refreshed before.
    Next, {
        kind: String,
        batch: Option<u64>,
        producer_id: Option<i64>,
        refresh: bool,
    }
}

impl Next {
    fn of(next: core::Next) -> Self {
        let Facts { kind, .. } = Facts::of(&next);
        let plain = Self { kind, batch: None, producer_id: None, refresh: false };
        match next {
            core::Next::Send(id) => Self { kind: "send".into(), batch: Some(id.get()), ..plain },
            core::Next::Split(id) => Self { kind: "split".into(), batch: Some(id.get()), ..plain },
            core::Next::Describe { id, refresh } => {
                Self { kind: "describe".into(), producer_id: Some(id.get()), refresh, ..plain }
            }
            _ => plain,
        }
    }
}

value! {
    /// How a batch ended: `outcome` is `written`, `not_written` or `possibly_written`. `error_code`
    /// is what a client shows its user, 0 if it is written; `message` says why.
    Verdict, {
        batch: u64,
        outcome: String,
        base_offset: Option<i64>,
        error_code: i16,
        message: String,
    }
}

impl Verdict {
    fn of(ended: core::Ended) -> Self {
        let (outcome, base_offset, code) = match ended.verdict {
            core::Verdict::Written { base_offset } => ("written", base_offset, ErrorCode::NONE),
            core::Verdict::NotWritten(cause) => ("not_written", None, cause.error_code()),
            core::Verdict::PossiblyWritten(cause) => ("possibly_written", None, cause.error_code()),
        };
        Self {
            batch: ended.batch.get(),
            outcome: outcome.to_owned(),
            base_offset,
            error_code: code.get(),
            message: ended.verdict.to_string(),
        }
    }
}

/// A response, or why there is none.
#[derive(FromPyObject)]
enum Answered {
    Response(Response),
    Without(String),
}

impl Answered {
    fn to_core(&self) -> PyResult<core::Answer> {
        match self {
            Self::Response(r) => Ok(core::Answer::Response(core::Response {
                code: ErrorCode::new(r.code),
                base_offset: r.base_offset,
                log_append_time: r.log_append_time,
                log_start_offset: r.log_start_offset,
            })),
            Self::Without(why) => match why.as_str() {
                "timed_out" => Ok(core::Answer::TimedOut),
                "disconnected" => Ok(core::Answer::Disconnected),
                "not_sent" => Ok(core::Answer::NotSent),
                _ => Err(wrong(format!(
                    "an answer is a Response, timed_out, disconnected or not_sent, not {why:?}"
                ))),
            },
        }
    }
}

type Core = core::Producer<Vec<core::Slot<8>>, 8>;

/// A producer's numbers: under which id, epoch and sequence each batch goes out, and what became of
/// it. A partition is a number from 0 on.
#[pyclass(frozen, module = "fencepost")]
pub(crate) struct Producer {
    core: Mutex<Core>,
}

fn refused(e: core::Refusal) -> PyErr {
    error("RefusedError", &e, None)
}

fn unexpected(e: core::Unexpected) -> PyErr {
    error("UnexpectedAnswerError", &e, None)
}

impl Producer {
    fn lock(&self, py: Python<'_>) -> MutexGuard<'_, Core> {
        self.core.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl Producer {
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
        if !(1..=MOST).contains(&partitions) || !(1..=core::MAX_UNDECIDED).contains(&max_in_flight)
        {
            let why = format!("partitions is from 1 to {MOST}, max_in_flight from 1 to 5");
            return Err(wrong(why));
        }
        let kind = if transactional { core::Kind::Transactional } else { core::Kind::Idempotent };
        let settings = core::Settings::new(kind)
            .delivery_timeout_ms(delivery_timeout_ms)
            .retries(retries)
            .max_in_flight(max_in_flight)
            .retry_backoff_ms(retry_backoff_ms, retry_backoff_max_ms)
            .producer_id_expiration_ms(producer_id_expiration_ms);
        let settings = if can_describe { settings } else { settings.without_describe() };
        let slots = vec![core::Slot::EMPTY; partitions];
        Ok(Self { core: Mutex::new(core::Producer::new(slots, settings)) })
    }

    /// Whether a producer id must be asked for (InitProducerId).
    fn poll_identity(&self, py: Python<'_>) -> bool {
        self.lock(py).poll_identity()
    }

    /// The identity that partitions begin with.
    #[getter]
    fn identity(&self, py: Python<'_>) -> Option<Identity> {
        self.lock(py).identity().map(Identity::of)
    }

    /// Takes the id and epoch that a coordinator gave.
    fn handle_identity(&self, py: Python<'_>, identity: &Identity) -> PyResult<()> {
        let identity: ids::Identity = identity.to_core()?;
        self.lock(py).handle_identity(identity).map_err(unexpected)
    }

    /// Why the producer can't go on, if it can't.
    #[getter]
    fn fatal(&self, py: Python<'_>) -> Option<String> {
        self.lock(py).fatal().map(|fatal| fatal.to_string())
    }

    /// Whether the running transaction can only be aborted.
    #[getter]
    fn must_abort(&self, py: Python<'_>) -> bool {
        self.lock(py).must_abort()
    }

    /// Gives a batch its numbers and takes it as sent, now. Raises `RefusedError` if it may not be
    /// sent now.
    #[pyo3(signature = (partition, *, records, max_timestamp, now, created = None))]
    fn assign(
        &self,
        py: Python<'_>,
        partition: u32,
        records: i32,
        max_timestamp: i64,
        now: i64,
        created: Option<i64>,
    ) -> PyResult<Attempt> {
        let created = millis(created.unwrap_or(now));
        let batch = core::NewBatch { records, max_timestamp: millis(max_timestamp), created };
        self.lock(py).assign(partition, batch, millis(now)).map(Attempt::of).map_err(refused)
    }

    /// Takes the partition's next waiting batch as sent again, now.
    #[pyo3(signature = (partition, *, now))]
    fn resend(&self, py: Python<'_>, partition: u32, now: i64) -> PyResult<Attempt> {
        self.lock(py).resend(partition, millis(now)).map(Attempt::of).map_err(refused)
    }

    /// Takes the answer to a sending: a `Response`, `"timed_out"`, `"disconnected"`, or
    /// `"not_sent"`.
    #[pyo3(signature = (attempt, answer, *, now))]
    fn handle_response(
        &self,
        py: Python<'_>,
        attempt: &Attempt,
        answer: Answered,
        now: i64,
    ) -> PyResult<()> {
        let (attempt, answer) = (attempt.to_core()?, answer.to_core()?);
        self.lock(py).handle_response(attempt, answer, millis(now)).map_err(unexpected)
    }

    /// What to do for a partition now.
    #[pyo3(signature = (partition, *, now))]
    fn poll(&self, py: Python<'_>, partition: u32, now: i64) -> Next {
        Next::of(self.lock(py).poll(partition, millis(now)))
    }

    /// When `poll` will have something, if nothing comes from outside.
    fn poll_timeout(&self, py: Python<'_>, partition: u32) -> Option<i64> {
        self.lock(py).poll_timeout(partition).map(ids::Timestamp::as_millis)
    }

    /// A time is over.
    #[pyo3(signature = (partition, *, now))]
    fn handle_timeout(&self, py: Python<'_>, partition: u32, now: i64) {
        self.lock(py).handle_timeout(partition, millis(now));
    }

    /// The connection to the partition's leader is gone, with what was on the wire.
    #[pyo3(signature = (partition, *, now))]
    fn handle_disconnect(&self, py: Python<'_>, partition: u32, now: i64) {
        self.lock(py).handle_disconnect(partition, millis(now));
    }

    /// The partition has another leader, or another leader epoch.
    #[pyo3(signature = (partition, *, now))]
    fn handle_leader_change(&self, py: Python<'_>, partition: u32, now: i64) {
        self.lock(py).handle_leader_change(partition, millis(now));
    }

    /// The partition's leader is being asked for our producer id (DescribeProducers).
    fn describe(&self, py: Python<'_>, partition: u32) -> PyResult<()> {
        self.lock(py).describe(partition).map_err(refused)
    }

    /// The leader lists our producer id so.
    #[pyo3(signature = (partition, *, epoch, last_sequence, now))]
    fn handle_listed(
        &self,
        py: Python<'_>,
        partition: u32,
        epoch: i32,
        last_sequence: i32,
        now: i64,
    ) -> PyResult<()> {
        let listed = core::Described::Listed { epoch, last_sequence };
        self.lock(py).handle_described(partition, listed, millis(now)).map_err(unexpected)
    }

    /// The leader does not list our producer id.
    #[pyo3(signature = (partition, *, now, log_start_offset = None))]
    fn handle_not_listed(
        &self,
        py: Python<'_>,
        partition: u32,
        now: i64,
        log_start_offset: Option<i64>,
    ) -> PyResult<()> {
        let described = core::Described::NotListed { log_start_offset };
        self.lock(py).handle_described(partition, described, millis(now)).map_err(unexpected)
    }

    /// No answer came, or a retriable error; `unsupported` if this broker or user can't ever ask.
    #[pyo3(signature = (partition, *, now, unsupported = false))]
    fn handle_describe_failed(
        &self,
        py: Python<'_>,
        partition: u32,
        now: i64,
        unsupported: bool,
    ) -> PyResult<()> {
        let described =
            if unsupported { core::Described::Unsupported } else { core::Described::Failed };
        self.lock(py).handle_described(partition, described, millis(now)).map_err(unexpected)
    }

    /// The next verdict of a partition, in the order of its sequences.
    fn take_verdict(&self, py: Python<'_>, partition: u32) -> Option<Verdict> {
        self.lock(py).take_verdict(partition).map(Verdict::of)
    }

    /// What an operator must hear of this partition, once.
    fn take_notice(&self, py: Python<'_>, partition: u32) -> Option<String> {
        self.lock(py).take_notice(partition).map(|notice| notice.to_string())
    }

    /// Splits a batch that is too large: the first records keep its name; gives that of the others.
    #[pyo3(signature = (partition, batch, *, first_records))]
    fn split(
        &self,
        py: Python<'_>,
        partition: u32,
        batch: u64,
        first_records: i32,
    ) -> PyResult<u64> {
        let id = core::BatchId::from_number(batch);
        let rest = self.lock(py).split(partition, id, first_records).map_err(refused)?;
        Ok(rest.get())
    }

    /// Ends a batch by the caller's wish.
    #[pyo3(signature = (partition, batch, *, now))]
    fn give_up(&self, py: Python<'_>, partition: u32, batch: u64, now: i64) -> PyResult<()> {
        let id = core::BatchId::from_number(batch);
        self.lock(py).give_up(partition, id, millis(now)).map_err(refused)
    }

    /// How many batches of a partition are sent and not answered.
    fn on_wire(&self, py: Python<'_>, partition: u32) -> usize {
        self.lock(py).on_wire(partition)
    }
}
