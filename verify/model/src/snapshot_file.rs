//! What is in a `.snapshot` file? (broker spec 6.1 to 6.3)

use crate::entry::{ProducerEntry, WindowBatch};

const VERSION: i16 = 1;
const HEADER_LEN: usize = 10;
const ENTRY_LEN: usize = 46;

/// CRC-32C, bit by bit.
#[must_use]
pub fn crc32c(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0x82F6_3B78 } else { crc >> 1 };
        }
    }
    !crc
}

/// Writes `entries` in the order given; of each window only the newest batch (6.1).
#[must_use]
pub fn encode<'a>(entries: impl IntoIterator<Item = &'a ProducerEntry>) -> Vec<u8> {
    let mut body = Vec::new();
    let mut count: i32 = 0;
    for entry in entries {
        let newest = entry.window.last();
        body.extend(entry.producer_id.to_be_bytes());
        body.extend(entry.producer_epoch.to_be_bytes());
        body.extend(newest.map_or(-1, |batch| batch.last_sequence).to_be_bytes());
        body.extend(newest.map_or(-1, |batch| batch.last_offset).to_be_bytes());
        body.extend(newest.map_or(0, |batch| batch.offset_delta).to_be_bytes());
        body.extend(entry.last_timestamp.to_be_bytes());
        body.extend(entry.coordinator_epoch.to_be_bytes());
        body.extend(entry.current_txn_first_offset.unwrap_or(-1).to_be_bytes());
        count += 1;
    }
    let mut covered = count.to_be_bytes().to_vec();
    covered.extend(body);
    let mut file = VERSION.to_be_bytes().to_vec();
    file.extend(crc32c(&covered).to_be_bytes());
    file.extend(covered);
    file
}

/// Reads a file; an error names the condition of 6.3 that makes it corrupt.
pub fn decode(file: &[u8]) -> Result<Vec<ProducerEntry>, &'static str> {
    let mut reader = Reader(file);
    if i16::from_be_bytes(reader.take().ok_or("no room for the version")?) != VERSION {
        return Err("the version is not 1");
    }
    if file.len() < HEADER_LEN {
        return Err("no room for the header");
    }
    let stored_crc = u32::from_be_bytes(reader.take().ok_or("no room for the crc")?);
    let computed_crc = crc32c(reader.0);
    let count = i32::from_be_bytes(reader.take().ok_or("no room for the count")?);
    let count = usize::try_from(count).map_err(|_| "the count is negative")?;
    if count > reader.0.len() / ENTRY_LEN {
        return Err("the entries are cut short");
    }
    if stored_crc != computed_crc {
        return Err("the crc does not match");
    }
    (0..count).map(|_| reader.entry().ok_or("the entries are cut short")).collect()
}

/// The bytes not yet read.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }

    fn entry(&mut self) -> Option<ProducerEntry> {
        let producer_id = i64::from_be_bytes(self.take()?);
        let producer_epoch = i16::from_be_bytes(self.take()?);
        let last_sequence = i32::from_be_bytes(self.take()?);
        let last_offset = i64::from_be_bytes(self.take()?);
        let offset_delta = i32::from_be_bytes(self.take()?);
        let timestamp = i64::from_be_bytes(self.take()?);
        let coordinator_epoch = i32::from_be_bytes(self.take()?);
        let txn_first_offset = i64::from_be_bytes(self.take()?);
        let newest = WindowBatch { last_sequence, last_offset, offset_delta, timestamp };
        Some(ProducerEntry {
            producer_id,
            producer_epoch,
            coordinator_epoch,
            last_timestamp: timestamp,
            current_txn_first_offset: (txn_first_offset >= 0).then_some(txn_first_offset),
            window: if last_offset >= 0 { vec![newest] } else { Vec::new() },
        })
    }
}
