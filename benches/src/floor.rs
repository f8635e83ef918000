//! The floor: the memory accesses of an operation, and nothing else.
//!
//! One load from an array of the index's size, one from every cache line of a slot that the real
//! call reads, and for a record the stores of a 24-byte entry and of a timestamp. Positions and
//! headers are made beforehand. No hash, no probing, no decision: no table that keeps as much can
//! be faster on this machine.

use std::hint::black_box;
use std::time::Duration;

use crate::order::{RECORDS, Random, batch, id, mix};
use crate::{Bed, Load, Operation, timed};
use fencepost::broker::{Batch, IndexLine, Slot};

/// Words of eight bytes in a slot.
const WORDS: usize = size_of::<Slot>() / 8;
/// Where the stored entry and the timestamp lie: in one cache line, which is the least a record can
/// dirty.
const ENTRY: usize = 10;
const TIMESTAMP: usize = 8;
/// One word of each of the three cache lines a slot lies in, wherever it begins. Their values stay
/// 0.
const LINES: [usize; 3] = [0, 9, 19];

#[derive(Clone, Copy)]
#[repr(C, align(32))]
struct Cells([u64; WORDS]);

#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([u64; 8]);

const _: () = assert!(size_of::<Cells>() == size_of::<Slot>());
const _: () = assert!(align_of::<Cells>() == align_of::<Slot>());
const _: () = assert!(size_of::<Line>() == size_of::<IndexLine>());

struct Access {
    line: usize,
    slot: usize,
    batch: Batch,
}

/// The arrays of a table of the stated load.
pub struct Floor {
    lines: Vec<Line>,
    slots: Vec<Cells>,
    accesses: Vec<Access>,
}

impl Floor {
    /// As many bytes as the table of so many producers.
    #[must_use]
    pub fn new(producers: usize) -> Self {
        // Written to, so that the pages are there: zeroed memory may be one page again and again.
        let mut slots = vec![Cells([1; WORDS]); producers];
        let mut lines = vec![Line([1; 8]); Load::Stated.lines(producers)];
        slots.fill(Cells([0; WORDS]));
        lines.fill(Line([0; 8]));
        Self { lines, slots, accesses: Vec::new() }
    }

    fn prepare(&mut self, operation: Operation, round: u64, count: usize) {
        let mut random = Random::of(operation, round);
        let (producers, lines) = (self.slots.len(), self.lines.len() as u64);
        self.accesses.clear();
        self.accesses.extend((0..count).map(|_| {
            let slot = random.below(producers);
            let line = ((mix(slot as u64) >> 32) * lines) >> 32;
            Access { line: line as usize, slot, batch: batch(id(slot), 0, 0) }
        }));
    }

    fn load(slot: &Cells) -> u64 {
        LINES.iter().fold(0, |sum, &word| sum | slot.0[word])
    }

    fn store(slot: &mut Cells, batch: &Batch, end: u64) {
        let header = &batch.header;
        slot.0[ENTRY] = u64::from(header.base_sequence.cast_unsigned()) | (RECORDS as u64) << 32;
        slot.0[ENTRY + 1] = end;
        slot.0[ENTRY + 2] = header.max_timestamp.cast_unsigned();
        slot.0[TIMESTAMP] = header.max_timestamp.cast_unsigned();
    }

    fn run(&mut self, operation: Operation) -> Option<u64> {
        let Self { lines, slots, accesses } = self;
        let mut carry = 0;
        match operation {
            Operation::AdmitRecord | Operation::AdmitRecordPrefetched => {
                for (end, access) in (0..).zip(accesses) {
                    let slot = &mut slots[access.slot];
                    carry |= lines[access.line].0[0] | Self::load(slot);
                    Self::store(slot, &access.batch, end);
                }
            }
            Operation::AdmitRecordSerial => {
                for (end, access) in (0..).zip(accesses) {
                    let line = &lines[access.line + carry as usize];
                    let slot = &mut slots[access.slot + line.0[0] as usize];
                    carry = Self::load(slot);
                    Self::store(slot, &access.batch, end);
                }
            }
            Operation::Duplicate | Operation::DuplicatePrefetched => {
                for access in accesses {
                    let sequence = u64::from(access.batch.header.base_sequence.cast_unsigned());
                    carry |= lines[access.line].0[0] | Self::load(&slots[access.slot]) | sequence;
                }
            }
            Operation::DuplicateSerial => {
                for access in accesses {
                    let sequence = u64::from(access.batch.header.base_sequence.cast_unsigned());
                    let line = &lines[access.line + carry as usize];
                    carry = Self::load(&slots[access.slot + line.0[0] as usize]) | sequence;
                }
            }
            _ => return None,
        }
        Some(carry)
    }
}

impl Bed for Floor {
    fn round(&mut self, operation: Operation, round: u64, count: usize) -> Option<Duration> {
        self.prepare(operation, round, count);
        let (carry, spent) = timed(|| black_box(self.run(operation)));
        assert_eq!(carry?, 0, "what serial addresses are added to is 0");
        Some(spent)
    }
}
