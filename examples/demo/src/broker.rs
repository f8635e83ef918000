//! A broker of one partition: a log in memory, and beside it what fencepost remembers.

use std::fmt;
use std::io::{self, Write};

use fencepost::broker::{
    Admission, Batch, Config, Context, IndexLine, Partition, Slot, Storage, index_lines,
};
use fencepost::ids::Timestamp;
use fencepost::wire::{BatchBuilder, BatchHeader, BatchOptions, BatchView, RecordToWrite, Segment};

use crate::paint::Paint;

/// The stories' clock, in milliseconds; any number does.
pub(crate) const NOW: i64 = 1_700_000_000_000;
/// More than a batch of the stories takes.
const BUFFER: usize = 256;

/// What the broker answers a write with.
pub(crate) struct Answer {
    pub(crate) base_offset: i64,
    pub(crate) is_duplicate: bool,
}

pub(crate) struct Broker {
    log: Vec<u8>,
    next_offset: i64,
    tracking: Option<Partition<[Slot; 8], [IndexLine; index_lines(8)]>>,
}

impl Broker {
    pub(crate) fn new(with_tracking: bool) -> Self {
        let storage = Storage {
            slots: [Slot::EMPTY; 8],
            index: [IndexLine::EMPTY; index_lines(8)],
            transactions: [],
            guards: [],
        };
        let partition = Partition::new(storage, Config::kafka_4_2().seed(NOW.cast_unsigned()));
        Self { log: Vec::new(), next_offset: 0, tracking: with_tracking.then_some(partition) }
    }

    /// Checks a batch and appends it, unless it is known.
    pub(crate) fn produce(&mut self, bytes: &[u8]) -> io::Result<Answer> {
        let view = BatchView::new_checked(bytes).map_err(wrong)?;
        view.verify_crc().map_err(wrong)?;
        let header = *view.header();
        let Some(partition) = &mut self.tracking else {
            return Ok(Self::append(&mut self.log, &mut self.next_offset, header, bytes));
        };
        let context = Context::client(Timestamp::from_millis(NOW));
        match partition.admit(&Batch::data(header), &context).map_err(wrong)? {
            Admission::Duplicate(seen) => {
                Ok(Answer { base_offset: seen.first_offset(), is_duplicate: true })
            }
            Admission::Append(ticket) => {
                let answer = Self::append(&mut self.log, &mut self.next_offset, header, bytes);
                partition.record(ticket, answer.base_offset).map_err(wrong)?;
                Ok(answer)
            }
        }
    }

    /// Gives the batch the next offset. That lies outside the CRC, so nothing else changes.
    fn append(
        log: &mut Vec<u8>,
        next_offset: &mut i64,
        header: BatchHeader,
        bytes: &[u8],
    ) -> Answer {
        let base_offset = *next_offset;
        let at = log.len();
        log.extend_from_slice(bytes);
        if let Some(place) = log.get_mut(at..).and_then(<[u8]>::first_chunk_mut::<8>) {
            *place = base_offset.to_be_bytes();
        }
        *next_offset = BatchHeader { base_offset, ..header }.next_offset();
        Answer { base_offset, is_duplicate: false }
    }

    /// DescribeProducers: an id's epoch and last sequence.
    pub(crate) fn describe(&self, producer_id: i64) -> Option<(i16, i32)> {
        let producer = self.tracking.as_ref()?.producer(producer_id)?;
        Some((producer.producer_epoch(), producer.last_sequence()))
    }

    /// Shows the log and what stands on it twice. Gives all values, oldest first.
    pub(crate) fn write_log(&self, out: &mut impl Write, paint: Paint) -> io::Result<Vec<String>> {
        writeln!(out, "    the log:")?;
        let mut values = Vec::new();
        for (_, view) in Segment::verified(&self.log).flatten() {
            let header = *view.header();
            for record in view.iter().map_err(wrong)? {
                let record = record.map_err(wrong)?;
                let value = String::from_utf8_lossy(record.value.unwrap_or_default()).into_owned();
                let (id, epoch) = (header.producer_id, header.producer_epoch);
                let (offset, sequence) = (record.offset, header.base_sequence);
                write!(out, "      offset {offset}  producer {id}  epoch {epoch}  ")?;
                write!(out, "sequence {sequence}  {value}")?;
                let mark = if values.contains(&value) { "  written twice" } else { "" };
                writeln!(out, "{}", paint.bad(mark))?;
                values.push(value);
            }
        }
        Ok(values)
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.is_duplicate {
            true => write!(f, "already there, at offset {}", self.base_offset),
            false => write!(f, "appended at offset {}", self.base_offset),
        }
    }
}

/// A batch of one value, without numbers yet.
pub(crate) fn batch(value: &str) -> io::Result<Vec<u8>> {
    let mut buffer = [0; BUFFER];
    let mut builder = BatchBuilder::new(&mut buffer, BatchOptions::default()).map_err(wrong)?;
    let value = Some(value.as_bytes());
    let record = RecordToWrite { timestamp: NOW, value, ..RecordToWrite::default() };
    builder.push(&record).map_err(wrong)?;
    Ok(builder.finish(None).map_err(wrong)?.to_vec())
}

/// The stories' own numbers are right, so this is not seen; if it is, it says what it is.
pub(crate) fn wrong(error: impl fmt::Display) -> io::Error {
    io::Error::other(error.to_string())
}
