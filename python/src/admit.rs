//! What is a broker's machine asked about a batch, and what is it told beside it?

use fencepost::broker::{self, Context, NewProducers, Origin, TransactionVersion};
use fencepost::wire;
use pyo3::prelude::*;
#[cfg(feature = "inspect")]
use pyo3::{PyTypeInfo, inspect::PyStaticExpr, type_hint_union};

use crate::partition::millis;
use crate::raise::wrong;
use crate::room;
use crate::wire::{Batch, BatchHeader, EndTxnMarker, marker_error};

/// A batch to be judged: a whole one, whose marker is read, or a header.
pub(crate) enum Judged<'a, 'py> {
    Batch(Borrowed<'a, 'py, Batch>),
    Header(Borrowed<'a, 'py, BatchHeader>),
}

/// By hand: what is derived makes an exception for each kind that it is not, in half a microsecond.
impl<'a, 'py> FromPyObject<'a, 'py> for Judged<'a, 'py> {
    type Error = PyErr;

    #[cfg(feature = "inspect")]
    const INPUT_TYPE: PyStaticExpr = type_hint_union!(Batch::TYPE_HINT, BatchHeader::TYPE_HINT);

    #[inline]
    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(header) = object.cast::<BatchHeader>() {
            return Ok(Self::Header(header));
        }
        Ok(Self::Batch(object.cast::<Batch>()?))
    }
}

impl Judged<'_, '_> {
    /// A client's batch is data whatever it holds: a marker from a client would end a transaction.
    pub(crate) fn read(
        &self,
        marker: Option<&EndTxnMarker>,
        origin: Origin,
    ) -> PyResult<broker::Batch> {
        if let (Self::Batch(batch), None) = (self, marker) {
            if origin != Origin::Client {
                return broker::Batch::read(&batch.get().view(batch.py())?).map_err(marker_error);
            }
        }
        Ok(self.with_header(|header| match marker {
            Some(marker) => broker::Batch::end_transaction(*header, marker.to_core()),
            None => broker::Batch::data(*header),
        }))
    }

    /// The header where it lies: what was just written must not be copied in other widths, which
    /// waits until the stores have left the core.
    #[inline(always)]
    pub(crate) fn with_header<R>(&self, work: impl FnOnce(&wire::BatchHeader) -> R) -> R {
        match self {
            Self::Batch(batch) => work(&batch.get().header),
            Self::Header(header) => work(&header.get().to_core()),
        }
    }
}

/// The same, kept for later.
pub(crate) enum Kept<'py> {
    Batch(Bound<'py, Batch>),
    Header(Bound<'py, BatchHeader>),
}

impl<'py> FromPyObject<'_, 'py> for Kept<'py> {
    type Error = PyErr;

    #[cfg(feature = "inspect")]
    const INPUT_TYPE: PyStaticExpr = Judged::INPUT_TYPE;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        Ok(match object.extract::<Judged<'_, 'py>>()? {
            Judged::Batch(batch) => Self::Batch(batch.to_owned()),
            Judged::Header(header) => Self::Header(header.to_owned()),
        })
    }
}

impl<'py> Kept<'py> {
    pub(crate) fn judged(&self) -> Judged<'_, 'py> {
        match self {
            Self::Batch(batch) => Judged::Batch(batch.as_borrowed()),
            Self::Header(header) => Judged::Header(header.as_borrowed()),
        }
    }
}

/// What a broker knows of a write beside its batches.
pub(crate) fn context(origin: &str, now: i64, guard: u64, version: u8) -> PyResult<Context> {
    let mut context = Context::new(room::origin(origin)?, millis(now));
    context.guard = broker::Guard::from_bits(guard);
    context.transaction_version = transaction_version(version)?;
    Ok(context)
}

pub(crate) fn transaction_version(version: u8) -> PyResult<TransactionVersion> {
    match version {
        0 => Ok(TransactionVersion::V0),
        1 => Ok(TransactionVersion::V1),
        2 => Ok(TransactionVersion::V2),
        _ => Err(wrong(format!("transaction_version is 0, 1 or 2, not {version}"))),
    }
}

/// The same, and what it knows of the producer.
pub(crate) fn of_producer(context: Context, new_producers: bool, never_written: bool) -> Context {
    let new_producers = if new_producers { NewProducers::Allowed } else { NewProducers::Refused };
    Context { new_producers, never_written, ..context }
}

/// Where a leader wrote a batch: no offset is negative, and behind it there is room for those of
/// its records.
pub(crate) fn base_offset(offset: i64) -> PyResult<i64> {
    const LAST: i64 = i64::MAX - (1 << 31);
    if (0..=LAST).contains(&offset) {
        Ok(offset)
    } else {
        Err(wrong(format!("base_offset is from 0 to {LAST}, not {offset}")))
    }
}

/// The method `admit` of a class whose `judge` decides, and `usual` on what nearly every call is: a
/// client's records, of which nothing is said but the time.
macro_rules! admitting {
    ($(#[$doc:meta])* $class:ty => $admitted:ident $(, usual $usual:path)?) => {
        #[pyo3::pymethods]
        impl $class {
            $(#[$doc])*
            #[pyo3(signature = (batch, *, now, origin = "client", marker = None, guard = 0,
                                transaction_version = 0, new_producers = true,
                                never_written = false))]
            #[expect(clippy::too_many_arguments, reason = "what a broker knows beside the batch")]
            fn admit<'py>(
                this: &pyo3::Bound<'py, Self>,
                batch: $crate::admit::Judged<'_, '_>,
                now: i64,
                origin: &str,
                marker: Option<&$crate::wire::EndTxnMarker>,
                guard: u64,
                transaction_version: u8,
                new_producers: bool,
                never_written: bool,
            ) -> Result<$admitted<'py>, $crate::raise::Raised> {
                $(
                    let is_plain = guard == 0 && transaction_version == 0 && marker.is_none();
                    if is_plain && new_producers && !never_written && origin == "client" {
                        if let Some(admitted) = $usual(this, &batch, now) {
                            return admitted;
                        }
                    }
                )?
                let context = $crate::admit::context(origin, now, guard, transaction_version)?;
                let context = $crate::admit::of_producer(context, new_producers, never_written);
                Self::judge(this, &batch.read(marker, context.origin)?, &context)
            }
        }
    };
}
pub(crate) use admitting;
