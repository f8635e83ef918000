//! Admissions for an instruction counter to watch: `admits append|duplicate COUNT`. What
//! `benches/c/admits.c` does from C, batch for batch.
//!
//! Everything up to the admissions is the same whatever the count, so the difference of two runs'
//! counts is what the admissions took.

use std::hint::black_box;
use std::process::ExitCode;

use fencepost::broker::{
    Admission, Batch, Config, Context, IndexLine, OpenTransaction, Partition, Slot, Storage,
    VerificationEntry, index_lines,
};
use fencepost::ids::Timestamp;
use fencepost::window::WINDOW_BATCHES;
use fencepost::wire::{Attributes, BatchHeader};

const PRODUCERS: usize = 1_000;
const RECORDS: i32 = 10;
const NOW: i64 = 1_700_000_000_000;

/// The type that the C interface has, with memory of its own.
type Known = Partition<Vec<Slot>, Vec<IndexLine>, Vec<OpenTransaction>, Vec<VerificationEntry>>;

/// The `nth` batch of a producer, both from 0.
fn batch(producer: usize, nth: usize) -> Batch {
    let number = |n: usize| i32::try_from(n).expect("there are a thousand producers");
    Batch::data(BatchHeader {
        base_offset: 0,
        batch_length: 1_000,
        partition_leader_epoch: 0,
        crc: 0,
        attributes: Attributes(0),
        last_offset_delta: RECORDS - 1,
        base_timestamp: NOW,
        max_timestamp: NOW,
        producer_id: 4_000 + i64::from(number(producer)),
        producer_epoch: 0,
        base_sequence: RECORDS * number(nth),
        records_count: RECORDS,
    })
}

/// A partition that remembers five batches of each producer.
fn known(context: &Context) -> Option<Known> {
    let storage = Storage {
        slots: vec![Slot::EMPTY; PRODUCERS],
        index: vec![IndexLine::EMPTY; index_lines(PRODUCERS)],
        transactions: vec![],
        guards: vec![],
    };
    let mut partition = Known::new(storage, Config::kafka_4_2().seed(7));
    let mut end = 0;
    for nth in 0..WINDOW_BATCHES {
        for producer in 0..PRODUCERS {
            let admitted = partition.admit(&batch(producer, nth), context);
            let Ok(Admission::Append(ticket)) = admitted else { return None };
            partition.record(ticket, end).ok()?;
            end += i64::from(RECORDS);
        }
    }
    Some(partition)
}

/// Whether each of the batches gets the verdict that is wanted. What else the answer says is
/// written to memory, as a caller who goes on with it would have it.
fn admit(partition: &Known, batches: &[Batch], context: &Context, appends: bool) -> bool {
    for batch in batches {
        // What it reads of the partition is read at each call, as a broker's calls do.
        match black_box(partition).admit(batch, context) {
            Ok(Admission::Append(ticket)) if appends => {
                black_box(&ticket);
            }
            Ok(Admission::Duplicate(seen)) if !appends => {
                black_box(&seen);
            }
            _ => return false,
        }
    }
    true
}

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let appends = match args.next().as_deref() {
        Some("append") => true,
        Some("duplicate") => false,
        _ => return usage(),
    };
    let Some(count) = args.next().and_then(|count| count.parse::<usize>().ok()) else {
        return usage();
    };
    let context = Context::client(Timestamp::from_millis(NOW));
    let Some(partition) = known(&context) else { return ExitCode::FAILURE };
    let mut batches = vec![];
    for n in 0..20_000 {
        let nth = if appends { WINDOW_BATCHES } else { n % WINDOW_BATCHES };
        batches.push(batch(n * 617 % PRODUCERS, nth));
    }
    let Some(batches) = batches.get(..count) else { return usage() };
    let done = admit(&partition, batches, &context, appends);
    if done { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn usage() -> ExitCode {
    eprintln!("usage: admits append|duplicate COUNT, of at most 20000");
    ExitCode::from(2)
}
