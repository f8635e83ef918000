//! Batches that Kafka's classes wrote, and ways to change them.

#![allow(dead_code, reason = "every test uses a part of it")]

use fencepost::ids::{Epoch, Identity, ProducerId, Sequence, Stamp};
use fencepost::wire::{BatchHeader, seal};

pub(crate) fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| u8::try_from(c.to_digit(16).unwrap()).unwrap())
        .collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// Two records, producer 1000 epoch 3, sequences 2147483647 and 0.
pub(crate) fn two_records() -> Vec<u8> {
    bytes(
        "0000000000000000 00000044 ffffffff 02 85588916 0000 00000001
         0000018bcfe56800 0000018bcfe56801 00000000000003e8 0003 7fffffff 00000002
         12 00 00 00 02 6b 04 7631 00 10 00 02 02 01 04 7632 00",
    )
}

/// ABORT at offset 77.
pub(crate) fn abort() -> Vec<u8> {
    bytes(
        "000000000000004d 00000042 00000004 02 a1c3998e 0030 00000000
         0000018bcfe569f4 0000018bcfe569f4 00000000000003e8 0003 ffffffff 00000001
         20 00 00 00 08 00000000 0c 0000 0000000c 00",
    )
}

/// What compaction leaves of offsets 90 to 92.
pub(crate) fn emptied() -> Vec<u8> {
    bytes(
        "000000000000005a 00000031 00000004 02 83acbe2d 0010 00000002
         ffffffffffffffff 0000018bcfe56abc 00000000000003e8 0003 00000006 00000000",
    )
}

pub(crate) fn stamp_of(id: i64, epoch: i16, sequence: i32) -> Stamp {
    Stamp {
        identity: Identity { id: ProducerId::new(id).unwrap(), epoch: Epoch::new(epoch).unwrap() },
        base_sequence: Sequence::new(sequence).unwrap(),
    }
}

/// Writes another header over a batch and seals it.
pub(crate) fn with(batch: &[u8], change: impl FnOnce(&mut BatchHeader)) -> Vec<u8> {
    let mut out = batch.to_vec();
    let mut header = BatchHeader::parse(&out).unwrap();
    change(&mut header);
    header.write(out.first_chunk_mut().unwrap());
    let _crc = seal(&mut out);
    out
}
