//! Where do batches lie? A log in memory: segments of headers, their aborted transactions, and the
//! three offsets that bound it.

use fencepost::broker::{AbortedTransaction, Batch, TXN_INDEX_ENTRY_LEN, TxnIndex};

/// A stored batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stored {
    pub(crate) batch: Batch,
    pub(crate) size: i64,
}

/// A segment of a log.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    pub(crate) base: i64,
    pub(crate) batches: Vec<Stored>,
    /// The `.txnindex` file.
    pub(crate) aborted: Vec<u8>,
}

impl Segment {
    pub(crate) const fn new(base: i64) -> Self {
        Self { base, batches: Vec::new(), aborted: Vec::new() }
    }

    pub(crate) fn size(&self) -> i64 {
        self.batches.iter().map(|stored| stored.size).sum()
    }

    /// The offset after the last batch.
    pub(crate) fn next_offset(&self) -> i64 {
        self.batches.last().map_or(self.base, |last| last.batch.header.next_offset())
    }

    /// The first batch that ends at or after this offset.
    pub(crate) fn position(&self, offset: i64) -> Option<usize> {
        self.batches.iter().position(|stored| stored.batch.header.last_offset() >= offset)
    }

    /// The batches to replay between two offsets, the first whole and the second not at all.
    pub(crate) fn range(&self, from: i64, until: Option<i64>) -> Vec<Batch> {
        let Some(from) = self.position(from) else { return Vec::new() };
        let all = self.batches.len();
        let until = until.map_or(all, |until| self.position(until).unwrap_or(all));
        let batches = self.batches.get(from..until).unwrap_or_default();
        batches.iter().map(|stored| stored.batch).collect()
    }

    /// Cuts batches and index; whether anything was cut off the index.
    pub(crate) fn truncate(&mut self, offset: i64) -> bool {
        if let Some(position) = self.position(offset) {
            self.batches.truncate(position);
        }
        let cut = TxnIndex::new(&self.aborted).truncate_to(offset).expect("it was written here");
        if let Some((bytes, _)) = cut {
            self.aborted.truncate(bytes);
        }
        cut.is_some()
    }

    pub(crate) fn aborted(&self) -> impl Iterator<Item = AbortedTransaction> {
        debug_assert!(self.aborted.len().is_multiple_of(TXN_INDEX_ENTRY_LEN));
        TxnIndex::new(&self.aborted).map(|entry| entry.expect("it was written here"))
    }
}

/// A log: at least one segment, ascending.
#[derive(Clone, Debug)]
pub(crate) struct Log {
    pub(crate) segments: Vec<Segment>,
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) high_watermark: i64,
    /// As of the last append, high watermark or log start (broker spec 7.9).
    pub(crate) first_unstable: Option<i64>,
    /// Whether that is what core would say now: not after a truncation, and not where Kafka makes a
    /// place in a file of it.
    pub(crate) is_as_core_says: bool,
}

impl Log {
    pub(crate) fn new() -> Self {
        Self {
            segments: vec![Segment::new(0)],
            start: 0,
            end: 0,
            high_watermark: 0,
            first_unstable: None,
            is_as_core_says: true,
        }
    }

    pub(crate) fn active(&mut self) -> &mut Segment {
        self.segments.last_mut().expect("a log has a segment")
    }

    pub(crate) fn bases(&self) -> Vec<i64> {
        self.segments.iter().map(|segment| segment.base).collect()
    }

    pub(crate) fn batches(&self) -> usize {
        self.segments.iter().map(|segment| segment.batches.len()).sum()
    }

    pub(crate) fn last_stable(&self) -> i64 {
        self.first_unstable
            .filter(|&offset| offset < self.high_watermark)
            .unwrap_or(self.high_watermark)
    }

    /// The base of the batch that a read from this offset begins with, if there is one. If the log
    /// start lies inside a transaction that is the last stable offset, and the log's end is if
    /// there is none; Kafka 3.9 takes the offset itself instead of the base.
    pub(crate) fn read_position(&self, offset: i64) -> Option<i64> {
        if offset >= self.end {
            return None;
        }
        let floor = self.segments.iter().rposition(|segment| segment.base <= offset)?;
        self.segments[floor..].iter().find_map(|segment| {
            segment.position(offset).map(|at| segment.batches[at].batch.header.base_offset)
        })
    }
}
