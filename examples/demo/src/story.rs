//! What becomes of a write whose acknowledgement is lost?
//!
//! A producer writes an order, the broker appends it, the answer never arrives, and the producer
//! does what it must: it sends the same bytes again. Once to a broker that tracks producers, once
//! to one that does not.

use std::fmt;
use std::io::{self, Write};

use fencepost::broker::{
    Admission, Batch, Config, Context, IndexLine, Partition, Slot, Storage, index_lines,
};
use fencepost::ids::{Epoch, Identity, ProducerId, Sequence, Stamp, Timestamp};
use fencepost::wire::{
    BatchBuilder, BatchHeader, BatchOptions, BatchView, RecordToWrite, Segment, stamp,
};

use crate::paint::Paint;

/// A producer's milliseconds; any number does.
const NOW: i64 = 1_700_000_000_000;
/// More than either batch takes.
const BUFFER: usize = 256;

/// What the broker answers a write with.
struct Answer {
    base_offset: i64,
    is_duplicate: bool,
}

/// A log in memory, and beside it, in one of the two brokers, what fencepost remembers.
struct Broker {
    log: Vec<u8>,
    next_offset: i64,
    tracking: Option<Partition<[Slot; 8], [IndexLine; index_lines(8)]>>,
}

impl Broker {
    fn new(with_tracking: bool) -> Self {
        let storage = Storage {
            slots: [Slot::EMPTY; 8],
            index: [IndexLine::EMPTY; index_lines(8)],
            transactions: [],
            guards: [],
        };
        let partition = Partition::new(storage, Config::kafka_4_2().seed(NOW.cast_unsigned()));
        Self { log: Vec::new(), next_offset: 0, tracking: with_tracking.then_some(partition) }
    }

    fn produce(&mut self, bytes: &[u8]) -> io::Result<Answer> {
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
}

/// A batch of these values, stamped with producer 1000, epoch 0 and a sequence.
fn batch(values: &[&str], base_sequence: i32) -> io::Result<Vec<u8>> {
    let mut buffer = [0; BUFFER];
    let mut builder = BatchBuilder::new(&mut buffer, BatchOptions::default()).map_err(wrong)?;
    for value in values {
        let value = Some(value.as_bytes());
        let record = RecordToWrite { timestamp: NOW, value, ..RecordToWrite::default() };
        builder.push(&record).map_err(wrong)?;
    }
    let mut bytes = builder.finish(None).map_err(wrong)?.to_vec();
    let id = ProducerId::new(1000).ok_or_else(|| wrong("a producer id is not negative"))?;
    let base_sequence =
        Sequence::new(base_sequence).ok_or_else(|| wrong("a sequence is not negative"))?;
    let identity = Identity { id, epoch: Epoch::ZERO };
    stamp(&mut bytes, Stamp { identity, base_sequence }).map_err(wrong)?;
    Ok(bytes)
}

/// The story's own numbers are right, so this is not seen; if it is, it says what it is.
fn wrong(error: impl fmt::Display) -> io::Error {
    io::Error::other(error.to_string())
}

/// The story, told twice.
pub(crate) fn write(out: &mut impl Write, paint: Paint) -> io::Result<()> {
    writeln!(out, "\n{}", paint.title("A write whose acknowledgement is lost"))?;
    for with_tracking in [false, true] {
        tell(out, paint, with_tracking)?;
    }
    Ok(())
}

fn tell(out: &mut impl Write, paint: Paint, with_tracking: bool) -> io::Result<()> {
    let mut broker = Broker::new(with_tracking);
    let title = if with_tracking { "with tracking" } else { "without tracking" };
    writeln!(out, "\n  {}", paint.title(title))?;

    let order = batch(&["order 17: 2 fence posts"], 0)?;
    let next = batch(&["order 18: 1 gate"], 1)?;
    let steps = [
        ("writes order 17", &order, "the answer is lost"),
        ("sends order 17 again", &order, ""),
        ("writes order 18", &next, ""),
    ];
    for (what, bytes, fate) in steps {
        let Answer { base_offset, is_duplicate } = broker.produce(bytes)?;
        let answer = match is_duplicate {
            true => format!("already there, at offset {base_offset}"),
            false => format!("appended at offset {base_offset}"),
        };
        match fate {
            "" => writeln!(out, "    producer {what:<21} ──▶ {answer}")?,
            fate => {
                writeln!(out, "    producer {what:<21} ──✗ {answer}; {}", paint.note(fate))?;
            }
        }
    }

    writeln!(out, "    the log:")?;
    let mut orders = Vec::new();
    for (_, view) in Segment::verified(&broker.log).flatten() {
        let header = *view.header();
        for record in view.iter().map_err(wrong)? {
            let record = record.map_err(wrong)?;
            let value = String::from_utf8_lossy(record.value.unwrap_or_default()).into_owned();
            let is_copy = orders.contains(&value);
            let (offset, sequence) = (record.offset, header.base_sequence);
            write!(out, "      offset {offset}  sequence {sequence}  {value}")?;
            let mark = if is_copy { "  written twice" } else { "" };
            writeln!(out, "{}", paint.bad(mark))?;
            orders.push(value);
        }
    }
    let copies = orders.iter().filter(|value| value.starts_with("order 17")).count();
    let sum = format!("order 17 is on the log {copies} time{}", if copies == 1 { "" } else { "s" });
    let sum = if copies == 1 { paint.good(sum) } else { paint.bad(sum) };
    writeln!(out, "      {sum}")
}
