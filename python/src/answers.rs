//! What goes between a producer and who sends for it?

use std::fmt::{Debug, Display};

use fencepost::error_code::ErrorCode;
use fencepost::journal::Refused;
use fencepost::producer as core;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::ids::Stamp;
use crate::raise::{error, wrong};
use crate::text::{Sentence, Word};
use crate::value::value;

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
    pub(crate) const fn of(attempt: core::Attempt) -> Self {
        Self {
            partition: attempt.partition,
            batch: attempt.batch.get(),
            number: attempt.number,
            stamp: Stamp::of(attempt.stamp),
            unguarded: attempt.unguarded,
        }
    }

    pub(crate) fn to_core(&self) -> PyResult<core::Attempt> {
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
        kind: Word,
        batch: Option<u64>,
        producer_id: Option<i64>,
        refresh: bool,
    }
}

impl Next {
    pub(crate) fn of(next: core::Next) -> Self {
        let kind =
            |kind| Self { kind: Word::Known(kind), batch: None, producer_id: None, refresh: false };
        match next {
            core::Next::Idle => kind("idle"),
            core::Next::Timeout => kind("timeout"),
            core::Next::Send(id) => Self { batch: Some(id.get()), ..kind("send") },
            core::Next::Split(id) => Self { batch: Some(id.get()), ..kind("split") },
            core::Next::Describe { id, refresh } => {
                Self { producer_id: Some(id.get()), refresh, ..kind("describe") }
            }
        }
    }
}

value! {
    /// How a batch ended: `outcome` is `written`, `not_written` or `possibly_written`. `error_code`
    /// is what a client shows its user, 0 if it is written; `message` says why.
    Verdict, {
        batch: u64,
        outcome: Word,
        base_offset: Option<i64>,
        error_code: i16,
        message: Sentence,
    }
}

impl Verdict {
    pub(crate) fn of(ended: core::Ended) -> Self {
        let (outcome, base_offset, code) = match ended.verdict {
            core::Verdict::Written { base_offset } => ("written", base_offset, ErrorCode::NONE),
            core::Verdict::NotWritten(cause) => ("not_written", None, cause.error_code()),
            core::Verdict::PossiblyWritten(cause) => ("possibly_written", None, cause.error_code()),
        };
        Self {
            batch: ended.batch.get(),
            outcome: Word::Known(outcome),
            base_offset,
            error_code: code.get(),
            message: Sentence::Verdict(ended.verdict),
        }
    }
}

/// A response, or why there is none.
#[derive(FromPyObject)]
pub(crate) enum Answered {
    Response(Response),
    Without(String),
}

impl Answered {
    pub(crate) fn to_core(&self) -> PyResult<core::Answer> {
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

/// When a producer tries again, and when it gives up.
#[derive(Clone, Copy)]
pub(crate) struct Timing {
    pub(crate) delivery_timeout_ms: i64,
    pub(crate) retries: u32,
    pub(crate) max_in_flight: usize,
    pub(crate) retry_backoff_ms: i64,
    pub(crate) retry_backoff_max_ms: i64,
    pub(crate) producer_id_expiration_ms: i64,
    pub(crate) can_describe: bool,
}

impl Timing {
    /// The core's settings, for so many partitions of at most these.
    pub(crate) fn check(
        self,
        partitions: usize,
        most: usize,
        kind: core::Kind,
    ) -> PyResult<core::Settings> {
        let in_flight = 1..=core::MAX_UNDECIDED;
        if !(1..=most).contains(&partitions) || !in_flight.contains(&self.max_in_flight) {
            let why = format!("partitions is from 1 to {most}, max_in_flight from 1 to 5");
            return Err(wrong(why));
        }
        let settings = core::Settings::new(kind)
            .delivery_timeout_ms(self.delivery_timeout_ms)
            .retries(self.retries)
            .max_in_flight(self.max_in_flight)
            .retry_backoff_ms(self.retry_backoff_ms, self.retry_backoff_max_ms)
            .producer_id_expiration_ms(self.producer_id_expiration_ms);
        Ok(if self.can_describe { settings } else { settings.without_describe() })
    }
}

/// What a producer or its journal does not do now.
pub(crate) fn refused(why: impl Into<Refused>) -> PyErr {
    match why.into() {
        Refused::Producer(why) => error("RefusedError", &why, None),
        why => error("RefusedError", &why, None),
    }
}

/// An answer to nothing.
pub(crate) fn unexpected(why: impl Debug + Display) -> PyErr {
    error("UnexpectedAnswerError", &why, None)
}
