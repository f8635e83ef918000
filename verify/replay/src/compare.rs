//! Is what the log says of its producers what Kafka's snapshot says of them?

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::ops::ControlFlow;

use fencepost::broker::{BatchKind, Slot};

use crate::pieces::Pieces;
use crate::replay::to_batch;
use crate::{Folder, Producers, ReplayError};

/// What a snapshot keeps of a producer (broker spec 6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Entry {
    /// The producer id.
    pub producer_id: i64,
    /// The epoch last seen.
    pub producer_epoch: i16,
    /// The newest batch's last sequence, -1 if none is remembered.
    pub last_sequence: i32,
    /// Its last offset, -1 likewise.
    pub last_offset: i64,
    /// Its last offset minus its first, 0 likewise.
    pub offset_delta: i32,
    /// The timestamp of the last batch or marker, in milliseconds.
    pub timestamp: i64,
    /// The epoch of the coordinator whose marker came last, -1 if none.
    pub coordinator_epoch: i32,
    /// Where the open transaction begins.
    pub current_txn_first_offset: Option<i64>,
}

impl From<&Slot> for Entry {
    fn from(slot: &Slot) -> Self {
        let newest = slot.window().newest();
        Self {
            producer_id: slot.producer_id(),
            producer_epoch: slot.producer_epoch(),
            last_sequence: slot.last_sequence(),
            last_offset: newest.map_or(-1, |batch| batch.last_offset),
            offset_delta: newest.map_or(0, |batch| batch.offset_delta),
            timestamp: slot.last_timestamp(),
            coordinator_epoch: slot.coordinator_epoch(),
            current_txn_first_offset: slot.current_txn_first_offset(),
        }
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { producer_epoch, last_sequence, last_offset, offset_delta, timestamp, .. } = self;
        write!(
            f,
            "epoch {producer_epoch}, last sequence {last_sequence} at offset {last_offset} \
             (delta {offset_delta}), timestamp {timestamp}, coordinator epoch {}",
            self.coordinator_epoch
        )?;
        match self.current_txn_first_offset {
            Some(first) => write!(f, ", in a transaction since offset {first}"),
            None => f.write_str(", in no transaction"),
        }
    }
}

/// A producer of whom log and snapshot say different things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The producer id.
    pub producer_id: i64,
    /// As Kafka's snapshot has it.
    pub kafka: Option<Entry>,
    /// As the log gives it.
    pub log: Option<Entry>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "producer {}: Kafka has ", self.producer_id)?;
        match &self.kafka {
            Some(entry) => write!(f, "[{entry}]")?,
            None => f.write_str("nothing")?,
        }
        f.write_str(", the log gives ")?;
        match &self.log {
            Some(entry) => write!(f, "[{entry}]"),
            None => f.write_str("nothing"),
        }
    }
}

/// Why a producer's entry can't be derived from a log that offsets are missing from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The batch that ends at the entry's last offset.
    LastBatch,
    /// The marker that its coordinator epoch comes from.
    Marker,
    /// The batch or marker that its timestamp comes from.
    LastWrite,
    /// The batch that its open transaction begins with.
    TransactionStart,
}

/// A producer whose entry can't be derived from what is left of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone {
    /// The producer id.
    pub producer_id: i64,
    /// What of it is no longer there.
    pub lost: Lost,
}

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.lost {
            Lost::LastBatch => "its last batch is",
            Lost::Marker => "its last marker is",
            Lost::LastWrite => "what it wrote last is",
            Lost::TransactionStart => "the beginning of its open transaction is",
        };
        write!(f, "producer {}: {what} no longer on the log", self.producer_id)
    }
}

/// A snapshot held against the log below its offset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Entries of the snapshot.
    pub entries: usize,
    /// Of these, equal in every field.
    pub equal: usize,
    /// Producers of whom both could know, and say different things.
    pub differences: Vec<Difference>,
    /// Producers that only Kafka can know: compaction or the log's start took what the entry says.
    pub gone: Vec<Gone>,
    /// Producers on the log that Kafka had let expire before it wrote the snapshot.
    pub expired: Vec<i64>,
}

/// What one look at a log below an offset shows of some producers.
#[derive(Debug, Default)]
struct Evidence {
    first_offsets: HashSet<i64>,
    last_offsets: HashSet<i64>,
    coordinator_epochs: HashSet<i32>,
    writes: HashSet<(i16, i64)>,
}

impl Evidence {
    fn lost(&self, entry: &Entry) -> Option<Lost> {
        let has_batch = entry.last_offset < 0 || self.last_offsets.contains(&entry.last_offset);
        let has_marker = entry.coordinator_epoch < 0
            || self.coordinator_epochs.contains(&entry.coordinator_epoch);
        let first = entry.current_txn_first_offset;
        match () {
            () if !has_batch => Some(Lost::LastBatch),
            () if !has_marker => Some(Lost::Marker),
            () if !self.writes.contains(&(entry.producer_epoch, entry.timestamp)) => {
                Some(Lost::LastWrite)
            }
            () if first.is_some_and(|first| !self.first_offsets.contains(&first)) => {
                Some(Lost::TransactionStart)
            }
            () => None,
        }
    }
}

/// What a comparison may excuse, and by what.
pub(crate) struct Excuses {
    /// Offsets are missing from the log, so producers may be gone.
    pub(crate) offsets_missing: bool,
    /// Producers silent since before this time, in milliseconds, may have expired.
    pub(crate) expired_before: Option<i64>,
}

/// Compares a snapshot's producers with those of the log below its offset, as sets.
pub(crate) fn compare(
    folder: &Folder,
    offset: i64,
    kafka: &[Slot],
    log: &Producers,
    excuses: &Excuses,
) -> Result<Comparison, ReplayError> {
    // A second entry of one producer takes the first one's place, as in Kafka's map.
    let kafka: BTreeMap<i64, Entry> =
        kafka.iter().map(|slot| (slot.producer_id(), Entry::from(slot))).collect();
    let log: BTreeMap<i64, Entry> =
        log.producers().map(|slot| (slot.producer_id(), Entry::from(slot))).collect();
    let mut comparison = Comparison { entries: kafka.len(), ..Comparison::default() };
    let ids: HashSet<i64> = kafka.keys().chain(log.keys()).copied().collect();
    let mut ids: Vec<i64> = ids.into_iter().collect();
    ids.sort_unstable();
    for producer_id in ids {
        let (kafka, log) = (kafka.get(&producer_id).copied(), log.get(&producer_id).copied());
        let expired = |entry: Entry| {
            excuses.expired_before.is_some_and(|before| entry.timestamp <= before)
                && entry.current_txn_first_offset.is_none()
        };
        match (kafka, log) {
            (Some(a), Some(b)) if a == b => comparison.equal += 1,
            (None, Some(entry)) if expired(entry) => comparison.expired.push(producer_id),
            _ => comparison.differences.push(Difference { producer_id, kafka, log }),
        }
    }
    if excuses.offsets_missing && !comparison.differences.is_empty() {
        excuse_gone(folder, offset, &mut comparison)?;
    }
    Ok(comparison)
}

/// Moves the differences of producers whose entry the log can't give to `gone`.
fn excuse_gone(
    folder: &Folder,
    offset: i64,
    comparison: &mut Comparison,
) -> Result<(), ReplayError> {
    let wanted: HashSet<i64> = comparison.differences.iter().map(|d| d.producer_id).collect();
    let evidence = gather(folder, offset, &wanted)?;
    let none = Evidence::default();
    comparison.differences.retain(|difference| {
        let Some(kafka) = &difference.kafka else { return true };
        // A log that lost something is behind the snapshot, never ahead of it.
        if difference.log.is_some_and(|log| log.last_offset > kafka.last_offset) {
            return true;
        }
        let seen = evidence.get(&difference.producer_id).unwrap_or(&none);
        let lost = seen.lost(kafka);
        let producer_id = difference.producer_id;
        comparison.gone.extend(lost.map(|lost| Gone { producer_id, lost }));
        lost.is_none()
    });
    Ok(())
}

fn gather(
    folder: &Folder,
    offset: i64,
    wanted: &HashSet<i64>,
) -> Result<HashMap<i64, Evidence>, ReplayError> {
    let mut all: HashMap<i64, Evidence> = HashMap::new();
    for (_, path) in folder.segments.iter().filter(|(base, _)| *base < offset) {
        let mut pieces = Pieces::open(path)?;
        pieces.walk(0, false, &mut (), |(), _, batch, _| {
            let Ok(batch) = batch else { return ControlFlow::Continue(()) };
            let header = *batch.header();
            if header.base_offset >= offset || !wanted.contains(&header.producer_id) {
                return ControlFlow::Continue(());
            }
            let Ok(read) = to_batch(&batch) else { return ControlFlow::Continue(()) };
            let seen = all.entry(header.producer_id).or_default();
            match read.kind {
                BatchKind::Data => {
                    seen.first_offsets.insert(header.base_offset);
                    seen.last_offsets.insert(header.last_offset());
                    seen.writes.insert((header.producer_epoch, header.max_timestamp));
                }
                BatchKind::EndTransaction(marker) => {
                    seen.coordinator_epochs.insert(marker.coordinator_epoch);
                    seen.writes.insert((header.producer_epoch, marker.timestamp));
                }
                // Compaction took the marker and left its batch: it says nothing any more (G11).
                BatchKind::EmptyControl => {}
            }
            ControlFlow::Continue(())
        })?;
    }
    Ok(all)
}
