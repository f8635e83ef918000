//! Batches as bytes: a segment, and batches of several sizes to be stamped.

use fencepost::ids::{Epoch, Identity, ProducerId, Sequence, Stamp};
use fencepost::wire::{BatchBuilder, BatchHeader, BatchOptions, RecordToWrite, Segment};

/// The numbers of a batch, different for each `n`.
#[must_use]
pub fn stamp(n: u16) -> Stamp {
    let id = ProducerId::new(4_000 + i64::from(n)).expect("not negative");
    let base_sequence = Sequence::new(i32::from(n)).expect("not negative");
    Stamp { identity: Identity { id, epoch: Epoch::ZERO }, base_sequence }
}

/// A sealed batch of as many records of 100 bytes as make at least `size` bytes.
#[must_use]
pub fn batch(n: u16, size: usize) -> Vec<u8> {
    let value = [0x5A; 100];
    let mut buffer = vec![0; size + 400];
    let mut builder = BatchBuilder::new(&mut buffer, BatchOptions::default()).expect("room");
    while builder.size_in_bytes() < size {
        let record = RecordToWrite { value: Some(&value), ..RecordToWrite::default() };
        builder.push(&record).expect("room");
    }
    builder.finish(Some(stamp(n))).expect("records").to_vec()
}

/// A log segment of so many batches of about 1 KiB.
#[must_use]
pub fn segment(batches: u16) -> Vec<u8> {
    (0..batches).flat_map(|n| batch(n, 1_024)).collect()
}

/// Where the batches of a segment begin.
#[must_use]
pub fn positions(segment: &[u8]) -> Vec<usize> {
    Segment::headers(segment).map(|batch| batch.expect("a good batch").0).collect()
}

/// Reads the header at each position; the sum of their sequences.
#[must_use]
pub fn parse(segment: &[u8], positions: &[usize]) -> i64 {
    let headers = positions.iter().map(|&at| BatchHeader::parse(&segment[at..]));
    headers.map(|header| i64::from(header.expect("a good batch").base_sequence)).sum()
}

/// Walks a segment and reads each header, with the CRC or without; the sum of their sequences.
#[must_use]
pub fn walk(segment: Segment<'_>) -> i64 {
    segment.map(|batch| i64::from(batch.expect("a good batch").1.header().base_sequence)).sum()
}
