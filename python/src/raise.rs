//! How does an error of the core become an exception of Python, with its numbers as fields?
//!
//! The classes are Python's, in `fencepost.errors`; which one it is and what it holds is said here.

use std::fmt::{Debug, Display};

use fencepost::broker::Rejection;
use fencepost::error_code::ErrorCode;
use pyo3::prelude::*;
use pyo3::types::PyModule;

/// An exception behind a pointer, for answers that are given a million times a second: one of
/// Python's is eight words, and all of them are copied with every answer in which there could be
/// one, in other widths than the answer was written in.
pub(crate) struct Raised(Box<PyErr>);

impl From<PyErr> for Raised {
    #[cold]
    fn from(raised: PyErr) -> Self {
        Self(Box::new(raised))
    }
}

impl From<Raised> for PyErr {
    #[cold]
    fn from(raised: Raised) -> Self {
        *raised.0
    }
}

/// A number or a flag of an error or a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, IntoPyObject, FromPyObject)]
pub(crate) enum Scalar {
    Flag(bool),
    Number(i128),
}

/// What a value of an enum says: the variant's name in lower case, and its fields.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) kind: String,
    pub(crate) fields: Vec<(String, Scalar)>,
}

impl Facts {
    /// Read from the derived `Debug`, so that no variant and no field of the core can be forgotten
    /// here: `OutOfOrder { expected: 2, got: 3 }`. Only numbers and flags are kept.
    pub(crate) fn of(error: &impl Debug) -> Self {
        let text = format!("{error:?}");
        let (head, body) = text.split_once('{').unwrap_or((&text, ""));
        let name = head.trim_end_matches([' ', ')']).rsplit('(').next().unwrap_or_default();
        // `RecordCount(5)`: the variant's name, not the number in it.
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic());
        let name = if is_name { name } else { head.split('(').next().unwrap_or_default() };
        let body = body.split('}').next().unwrap_or_default();
        let field = |text: &str| {
            let (name, value) = text.split_once(':')?;
            let value = value.trim();
            let inner = value.strip_prefix("Some(").and_then(|value| value.strip_suffix(')'));
            let value = match inner.unwrap_or(value) {
                "true" => Scalar::Flag(true),
                "false" => Scalar::Flag(false),
                other => Scalar::Number(other.parse().ok()?),
            };
            Some((name.trim().to_owned(), value))
        };
        Self { kind: snake(name), fields: body.split(',').filter_map(field).collect() }
    }
}

/// The name of an enum's variant in lower case, without what is in it.
pub(crate) fn variant(value: &impl Debug) -> String {
    let text = format!("{value:?}");
    snake(text.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default())
}

/// `OutOfOrder` as `out_of_order`.
fn snake(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// An exception of `fencepost.errors` with these attributes; should making it fail, that failure.
pub(crate) fn exception(
    py: Python<'_>,
    class: &str,
    message: &str,
    fill: impl FnOnce(&Bound<'_, PyAny>) -> PyResult<()>,
) -> PyErr {
    let make = || {
        let made = PyModule::import(py, "fencepost.errors")?.getattr(class)?.call1((message,))?;
        fill(&made)?;
        Ok(PyErr::from_value(made))
    };
    make().unwrap_or_else(|error: PyErr| error)
}

/// An error of the core as an exception: `kind`, and a field for each of its numbers.
pub(crate) fn error<E: Debug + Display>(class: &str, error: &E, code: Option<ErrorCode>) -> PyErr {
    let (facts, message) = (Facts::of(error), error.to_string());
    Python::attach(|py| {
        exception(py, class, &message, |made| {
            made.setattr("kind", facts.kind)?;
            set_code(made, code)?;
            facts.fields.into_iter().try_for_each(|(name, value)| made.setattr(name, value))
        })
    })
}

pub(crate) fn set_code(made: &Bound<'_, PyAny>, code: Option<ErrorCode>) -> PyResult<()> {
    let Some(code) = code else { return Ok(()) };
    let class = PyModule::import(made.py(), "fencepost.errors")?.getattr("ErrorCode")?;
    made.setattr("error_code", class.call1((code.get(),))?)
}

/// A refused batch: the class is chosen by the Kafka code.
pub(crate) fn rejection(py: Python<'_>, rejection: &Rejection) -> PyErr {
    let code = rejection.error_code();
    let class = match code {
        ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER => "OutOfOrderSequenceError",
        ErrorCode::INVALID_PRODUCER_EPOCH => "InvalidProducerEpochError",
        ErrorCode::INVALID_TXN_STATE => "InvalidTransactionStateError",
        ErrorCode::TRANSACTION_COORDINATOR_FENCED => "CoordinatorFencedError",
        _ => "RejectedError",
    };
    let facts = Facts::of(&rejection.reason);
    exception(py, class, &rejection.to_string(), |made| {
        made.setattr("kind", facts.kind)?;
        made.setattr("rule", rejection.reason.rule())?;
        made.setattr("producer_id", rejection.producer_id)?;
        made.setattr("producer_epoch", rejection.producer_epoch)?;
        let window = rejection.window.iter().map(crate::partition::BatchMetadata::of).collect();
        made.setattr("window", crate::value::Many::of(window))?;
        set_code(made, Some(code))?;
        facts.fields.into_iter().try_for_each(|(name, value)| made.setattr(name, value))
    })
}

/// The same exception, which says of which of many it is.
pub(crate) fn at_index(py: Python<'_>, raised: PyErr, index: usize) -> PyErr {
    let placed = raised.value(py).setattr("index", index);
    placed.map_or_else(|failed| failed, |()| raised)
}

/// A ticket, permit or transition that is no longer good.
pub(crate) fn stale(py: Python<'_>, why: &str) -> PyErr {
    exception(py, "StaleTicketError", why, |_| Ok(()))
}

/// A `ValueError` with this sentence.
pub(crate) fn wrong(message: impl Into<String>) -> PyErr {
    pyo3::exceptions::PyValueError::new_err(message.into())
}
