//! The numbers of many batches, and their verdicts, at once: a request has one batch of each of
//! many partitions.

use fencepost::producer as core;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
#[cfg(feature = "inspect")]
use pyo3::{inspect::PyStaticExpr, type_hint_identifier, type_hint_subscript, type_hint_union};

use crate::answers::{Attempt, Verdict, refused};
use crate::partition::millis;
use crate::producer::Producer;
use crate::raise::at_index;
use crate::value::Many;

/// `(partition, records, max_timestamp)`, and perhaps when it was created.
struct Row {
    partition: u32,
    records: i32,
    max_timestamp: i64,
    created: Option<i64>,
}

impl<'py> FromPyObject<'_, 'py> for Row {
    type Error = PyErr;

    #[cfg(feature = "inspect")]
    const INPUT_TYPE: PyStaticExpr = type_hint_union!(
        type_hint_subscript!(
            type_hint_identifier!("builtins", "tuple"),
            u32::INPUT_TYPE,
            i32::INPUT_TYPE,
            i64::INPUT_TYPE
        ),
        type_hint_subscript!(
            type_hint_identifier!("builtins", "tuple"),
            u32::INPUT_TYPE,
            i32::INPUT_TYPE,
            i64::INPUT_TYPE,
            Option::<i64>::INPUT_TYPE
        )
    );

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let wrong = || {
            let what = "a batch is a tuple of partition, records, max_timestamp, perhaps created";
            PyTypeError::new_err(what)
        };
        let row = object.cast::<PyTuple>().map_err(|_| wrong())?;
        let len = row.len();
        if len != 3 && len != 4 {
            return Err(wrong());
        }
        Ok(Self {
            partition: row.get_borrowed_item(0)?.extract()?,
            records: row.get_borrowed_item(1)?.extract()?,
            max_timestamp: row.get_borrowed_item(2)?.extract()?,
            created: if len == 4 { row.get_borrowed_item(3)?.extract()? } else { None },
        })
    }
}

#[pymethods]
impl Producer {
    /// Gives batches their numbers in their order and takes each as sent, now, as `assign` does.
    /// Each is a tuple of partition, records and largest timestamp, and perhaps of when it was
    /// created.
    ///
    /// The first that may not be sent now ends it: `RefusedError` with `index`, which one it is,
    /// and `done`, the attempts of those before it, which are taken as sent.
    #[pyo3(signature = (batches, *, now))]
    fn assign_each(this: &Bound<'_, Self>, batches: Many<Row>, now: i64) -> PyResult<Vec<Attempt>> {
        let mut done = Vec::with_capacity(batches.items().len());
        let stopped = Self::with(this, |producer| {
            for row in batches.items() {
                let created = millis(row.created.unwrap_or(now));
                let max_timestamp = millis(row.max_timestamp);
                let batch = core::NewBatch { records: row.records, max_timestamp, created };
                match producer.assign(row.partition, batch, millis(now)) {
                    Ok(attempt) => done.push(Attempt::of(attempt)),
                    Err(refusal) => return Some(refusal),
                }
            }
            None
        })?;
        let Some(refusal) = stopped else { return Ok(done) };
        let raised = at_index(this.py(), refused(refusal), done.len());
        raised.value(this.py()).setattr("done", done)?;
        Err(raised)
    }

    /// Every verdict there is, of these partitions or of all, each with its partition: those of one
    /// partition in the order of its sequences.
    #[pyo3(signature = (partitions = None))]
    fn take_verdicts(
        this: &Bound<'_, Self>,
        partitions: Option<Many<u32>>,
    ) -> PyResult<Vec<(u32, Verdict)>> {
        Self::with(this, |producer| {
            let mut taken = Vec::new();
            let all = 0..producer.partitions();
            let mut take = |partition| {
                while let Some(ended) = producer.take_verdict(partition) {
                    taken.push((partition, Verdict::of(ended)));
                }
            };
            match &partitions {
                Some(chosen) => chosen.items().iter().for_each(|partition| take(*partition)),
                None => all.for_each(take),
            }
            taken
        })
    }
}
