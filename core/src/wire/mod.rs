//! What is in a record batch v2: view, build, stamp, restamp, CRC-32C.
//!
//! # Reading
//!
//! [`frame()`] says from 17 bytes how long the next batch is, for those who hold only part of a
//! file. [`Segment`] walks the batches of a log segment in memory. [`BatchView::new_checked`]
//! checks that some bytes are exactly one batch; once it has said yes, these cannot fail:
//! [`header`](BatchView::header), [`records`](BatchView::records),
//! [`size_in_bytes`](BatchView::size_in_bytes), [`as_bytes`](BatchView::as_bytes). What is **not**
//! known then, and answers with an error value: whether the CRC is right
//! ([`verify_crc`](BatchView::verify_crc)), whether the records can be read
//! ([`iter`](BatchView::iter), then each [`Record`]), and whether a control batch is a
//! transaction's end ([`ControlBatch::read`]). A [`Record`] that was given is whole: its
//! [`Headers`] were read once. Header fields hold any value.
//!
//! # Writing
//!
//! [`BatchBuilder`] writes records into the caller's buffer, [`write_end_txn_marker`] a marker.
//! [`stamp()`] numbers and seals a batch, [`restamp`] renumbers a sealed one without reading its
//! records ([`crc_with_header`] says what the CRC becomes, from headers alone), [`seal`] computes
//! the CRC of bytes written by hand (a hostile header for a test, a compressed block). The three
//! that write leave the bytes alone if they are not exactly one batch.
//!
//! # Deciding
//!
//! [`validate()`] is what a leader checks of a produce request's records before the producer's
//! state is asked, and [`Assigned::write`] what it writes into the batch.
//!
//! No function here panics, allocates, or loops longer than its bytes. Every error names the byte,
//! what was there, what was wanted, and the code Kafka answers with. Compressed records are not
//! decompressed here: the caller may hand them in.

mod assign;
mod build;
mod bytes;
mod crc;
mod frame;
mod header;
mod marker;
mod record;
mod segment;
mod stamp;
mod validate;
mod varint;
mod view;

pub use assign::{AssignError, Assigned};
pub use build::{
    BatchBuilder, BatchOptions, BuildError, END_TXN_MARKER_LEN, MarkerBatch, RecordToWrite,
    record_len, write_end_txn_marker,
};
pub use crc::{crc32c, crc32c_append};
pub use frame::{BatchError, FRAME_LEN, Frame, frame};
pub use header::{Attributes, BatchHeader};
pub use marker::{ControlBatch, ControlType, EndTxnMarker, MarkerError, MarkerKind};
pub use record::{Headers, Record, RecordError, RecordErrorKind, RecordHeader, Records};
pub use segment::{Finding, FindingKind, Segment};
pub use stamp::{crc_with_header, restamp, seal, stamp};
pub use validate::{
    TimestampRule, ValidateError, ValidatedOrigin, Validation, Violation, validate,
};
pub use view::{BatchView, CrcMismatch};
