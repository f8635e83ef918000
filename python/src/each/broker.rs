//! What if many batches were each admitted, and recorded before the next?

use fencepost::broker::{self, Admission, Context, Origin, Rejection};
use fencepost::wire::{FindingKind, Segment};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyMemoryView, PyTuple};
#[cfg(feature = "inspect")]
use pyo3::{inspect::PyStaticExpr, type_hint_identifier, type_hint_subscript, type_hint_union};

use crate::admit::{self, Kept};
use crate::bytes::BytesLike;
use crate::partition::{CompletedTransaction, Partition};
use crate::raise::{at_index, error, rejection};
use crate::room::Room;
use crate::turn::detached;
use crate::value::{Many, value};
use crate::wire::{batch_error, marker_error};

value! {
    /// What became of batches that were admitted and recorded one after the other. `first_offsets`
    /// has one offset for each: where it was recorded, or of a duplicate where its first copy is.
    /// `duplicates` are the numbers of those, from 0 on; `completed` the transactions that were
    /// ended; `next_offset` is behind the last one that was recorded.
    Appended, {
        first_offsets: Many<i64>,
        duplicates: Many<usize>,
        completed: Many<CompletedTransaction>,
        next_offset: i64,
    }
}

/// Batches as Python has them: objects, or bytes of one behind the other.
pub(crate) enum Batches<'py> {
    Objects(Vec<Kept<'py>>),
    Bytes(BytesLike<'py>),
}

impl<'py> FromPyObject<'_, 'py> for Batches<'py> {
    type Error = PyErr;

    #[cfg(feature = "inspect")]
    const INPUT_TYPE: PyStaticExpr = type_hint_union!(
        type_hint_identifier!("_typeshed", "ReadableBuffer"),
        type_hint_subscript!(
            type_hint_identifier!("collections.abc", "Iterable"),
            <Kept<'_> as FromPyObject<'_, '_>>::INPUT_TYPE
        )
    );

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let is_list = object.is_instance_of::<PyList>() || object.is_instance_of::<PyTuple>();
        let is_bytes =
            || object.is_exact_instance_of::<PyBytes>() || PyMemoryView::from(&object).is_ok();
        if !is_list && is_bytes() {
            return object.extract().map(Self::Bytes);
        }
        let objects = object.try_iter()?.map(|one| one?.extract::<Kept<'py>>());
        objects.collect::<PyResult<_>>().map(Self::Objects)
    }
}

/// Batches as the core takes them, and where they begin if they come out of bytes.
pub(crate) struct Read {
    batches: Vec<broker::Batch>,
    positions: Vec<usize>,
}

impl Batches<'_> {
    /// All of them, or what is wrong with the first that is none.
    pub(crate) fn read(&self, origin: Origin, verify: bool) -> PyResult<Read> {
        match self {
            Self::Objects(objects) => {
                let batches = objects.iter().map(|one| one.judged().read(None, origin));
                Ok(Read { batches: batches.collect::<PyResult<_>>()?, positions: Vec::new() })
            }
            Self::Bytes(bytes) => walk(bytes, origin, verify),
        }
    }
}

fn walk(bytes: &BytesLike<'_>, origin: Origin, verify: bool) -> PyResult<Read> {
    let (py, bytes) = (bytes.0.py(), bytes.as_bytes());
    let segment = if verify { Segment::verified(bytes) } else { Segment::headers(bytes) };
    let mut read = Read { batches: Vec::new(), positions: Vec::new() };
    for found in segment {
        let (position, batch) = match found {
            // A client's batch is data, whatever it holds.
            Ok((position, view)) if origin == Origin::Client => {
                (position, Ok(broker::Batch::data(*view.header())))
            }
            Ok((position, view)) => (position, broker::Batch::read(&view).map_err(marker_error)),
            Err(finding) => (
                finding.position,
                Err(match finding.kind {
                    FindingKind::Batch(why) => batch_error(why),
                    FindingKind::Crc(why) => {
                        error("CrcMismatchError", &why, Some(why.error_code()))
                    }
                    // The enum may come to have more.
                    _ => error("BatchError", &finding, Some(finding.error_code())),
                }),
            ),
        };
        match batch {
            Ok(batch) => {
                read.batches.push(batch);
                read.positions.push(position);
            }
            Err(raised) => {
                raised.value(py).setattr("position", position)?;
                return Err(raised);
            }
        }
    }
    Ok(read)
}

/// How far it came, and what stands in the way of the next.
struct Taken {
    done: Appended,
    stopped: Option<Stopped>,
}

enum Stopped {
    Refused(Box<Rejection>),
    /// There is no such base offset.
    Beyond(PyErr),
}

pub(crate) fn append(
    partition: &Bound<'_, Partition>,
    read: &Read,
    context: &Context,
    base_offset: Option<i64>,
) -> PyResult<Appended> {
    base_offset.map(admit::base_offset).transpose()?;
    let py = partition.py();
    let taken = detached(partition, |room| take(room, &read.batches, *context, base_offset));
    let Taken { done, stopped } = taken;
    let raised = match stopped {
        None => return Ok(done),
        Some(Stopped::Refused(refused)) => rejection(py, &refused),
        Some(Stopped::Beyond(wrong)) => wrong,
    };
    let index = done.first_offsets.items().len();
    let raised = at_index(py, raised, index);
    let value = raised.value(py);
    if let Some(position) = read.positions.get(index) {
        value.setattr("position", position)?;
    }
    value.setattr("done", done)?;
    Err(raised)
}

/// Batches whose producers' memory is asked for together.
const AHEAD: usize = 16;
/// So many producers a core's nearer caches hold: some megabytes.
const CACHED: u32 = 1 << 14;

/// As a caller would who admits one, records it, and goes on to the next.
fn take(
    room: &mut Room,
    batches: &[broker::Batch],
    mut context: Context,
    base_offset: Option<i64>,
) -> Taken {
    let mut first_offsets = Vec::with_capacity(batches.len());
    let (mut duplicates, mut completed) = (Vec::new(), Vec::new());
    let mut next_offset = base_offset.unwrap_or_else(|| room.partition.map_end_offset());
    let mut stopped = None;
    let asks_ahead = room.partition.len() > CACHED;
    for (number, batch) in batches.iter().enumerate() {
        if asks_ahead && number % AHEAD == 0 {
            let next = batches[number..].iter().take(AHEAD);
            room.partition.prefetch(next.map(|batch| batch.header.producer_id));
        }
        let at = base_offset.map_or(batch.header.base_offset, |_| next_offset);
        let admitted = room.partition.admit(batch, &context);
        let ticket = match admitted {
            Ok(Admission::Append(ticket)) => ticket,
            Ok(Admission::Duplicate(seen)) => {
                first_offsets.push(seen.first_offset());
                duplicates.push(number);
                continue;
            }
            Err(refused) => {
                stopped = Some(Stopped::Refused(Box::new(refused)));
                break;
            }
        };
        if let Err(wrong) = admit::base_offset(at) {
            stopped = Some(Stopped::Beyond(wrong));
            break;
        }
        // It was admitted on what is there now.
        if let Ok(ended) = room.partition.record(ticket, at) {
            completed.extend(ended.as_ref().map(CompletedTransaction::of));
        }
        room.changed();
        context.never_written = false;
        first_offsets.push(at);
        next_offset = room.partition.map_end_offset();
    }
    let done = Appended {
        first_offsets: Many::of(first_offsets),
        duplicates: Many::of(duplicates),
        completed: Many::of(completed),
        next_offset,
    };
    Taken { done, stopped }
}
