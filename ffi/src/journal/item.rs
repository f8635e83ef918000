//! What the next bytes of a journal are, as C says it.

use core::ffi::c_char;
use core::fmt::Write;
use core::ptr::null;

use fencepost::ids::{Identity, Sequence, Timestamp};
use fencepost::journal::{BatchRecord, Read, Reader, Record, Settled, SplitRecord, Tail};
use fencepost::producer::RestoredPartition;

use super::open::fencepost_journal_tail;
use super::value::{fencepost_cursor, fencepost_place, fencepost_topic_partition, outcome_of};
use crate::error::Sentence;

/// What the next bytes of a journal are: fencepost_journal_item.kind. 1 to 9 are the kinds of
/// records, by their numbers in the journal.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum fencepost_journal_item_kind {
    /// The window is too short: give one of `wanted` bytes that begins at `next_offset`, or what
    /// there is.
    FENCEPOST_JOURNAL_ITEM_MORE = 0,
    /// Who holds the journal from here on. `generation`, `place`.
    FENCEPOST_JOURNAL_ITEM_HOLDER = 1,
    /// The producer's id and the epoch that partitions begin with. `producer_id`,
    /// `producer_epoch`.
    FENCEPOST_JOURNAL_ITEM_IDENTITY = 2,
    /// A partition as it is, its batches aside. `slot`, `of`, the state, `cursor`.
    FENCEPOST_JOURNAL_ITEM_PARTITION = 3,
    /// A batch that is about to be sent for the first time, or that was carried over when the
    /// journal was written anew. `slot`, `producer_id`, `producer_epoch`, `carried`,
    /// `base_sequence`, `records`, `max_timestamp`, `first_sent_ms`, `cursor`, `bytes`.
    FENCEPOST_JOURNAL_ITEM_BATCH = 4,
    /// A batch in two. `slot`, `producer_id`, `producer_epoch`, `base_sequence` of the whole; of
    /// the first part `records`, `cursor` and `bytes`; of the second `second`.
    FENCEPOST_JOURNAL_ITEM_SPLIT = 5,
    /// Batches of this epoch that have ended. `slot`, the state, the verdicts.
    FENCEPOST_JOURNAL_ITEM_VERDICTS = 6,
    /// A new epoch: what is left is numbered from 0. `slot`, the state in it, and the verdicts of
    /// the epoch that it ends.
    FENCEPOST_JOURNAL_ITEM_BUMP = 7,
    /// All that was known when the journal was written anew stands before this. A journal without
    /// one does not count.
    FENCEPOST_JOURNAL_ITEM_COMPLETE = 8,
    /// A batch that did not end as written, carried over when the journal was written anew. `slot`,
    /// `verdict`, `cursor`.
    FENCEPOST_JOURNAL_ITEM_UNWRITTEN = 9,
    /// The beginning of the journal. `turn`, `cluster_id`, `cluster_id_len`.
    FENCEPOST_JOURNAL_ITEM_HEADER = 10,
    /// The end. `tail`; `offset` is behind the last good record; `sentence` says why a tail is
    /// torn.
    FENCEPOST_JOURNAL_ITEM_END = 11,
}
use fencepost_journal_item_kind::*;

/// What the next bytes of a journal are. Members that the kind does not name are 0, -1 where -1 is
/// none, or NULL. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_journal_item {
    /// A fencepost_journal_item_kind.
    pub kind: u32,
    /// Which of the producer's partitions it is of.
    pub slot: u32,
    /// Where it begins, in bytes from the journal's beginning.
    pub offset: u64,
    /// Where the next window must begin.
    pub next_offset: u64,
    /// How many bytes the next window must have, if there are as many.
    pub wanted: usize,
    /// How often the journal was written anew: of two complete ones the higher is the newer.
    pub turn: u64,
    /// How often the journal was opened.
    pub generation: u64,
    /// Where it is held, as its holder said.
    pub place: fencepost_place,
    /// Which partition of which topic it is.
    pub of: fencepost_topic_partition,
    /// The producer id, -1 if none is named.
    pub producer_id: i64,
    /// Its epoch, -1 if none is named.
    pub producer_epoch: i16,
    /// Whether the batch was carried over, so that the partition's next sequence is not moved.
    pub carried: bool,
    /// State: whether this producer id was acknowledged on the partition at all.
    pub acked_ever: bool,
    /// The first sequence, -1 if none is named.
    pub base_sequence: i32,
    /// How many records.
    pub records: i32,
    /// State: the sequence that the next new batch gets, -1 if there is no state.
    pub next_sequence: i32,
    /// State: the last sequence acknowledged in the epoch, -1 if none was.
    pub last_acked: i32,
    /// State: whether newest_acked is known.
    pub has_newest_acked: bool,
    /// 0.
    pub reserved: [u8; 3],
    /// State: the last offset acknowledged, -1 if none is known.
    pub last_acked_offset: i64,
    /// State: an offset before which nothing of this producer stands, -1 if none is known.
    pub first_use_offset: i64,
    /// State: the largest timestamp of the newest acknowledged batch; milliseconds since 1970.
    pub newest_acked: i64,
    /// The largest timestamp of its records, in milliseconds since 1970.
    pub max_timestamp: i64,
    /// When it was sent first, by the wall clock; milliseconds since 1970.
    pub first_sent_ms: i64,
    /// What is sent: in the window, and good as long as that is.
    pub bytes: *const u8,
    /// How many bytes.
    pub bytes_len: usize,
    /// What is sent for the second part: in the window.
    pub second: *const u8,
    /// How many bytes.
    pub second_len: usize,
    /// Where in its source the batch ends, or up to where the partition's source is written.
    pub cursor: fencepost_cursor,
    /// How many bytes the cluster's id has, 1 to 64.
    pub cluster_id_len: u32,
    /// The cluster's id.
    pub cluster_id: [u8; 64],
    /// A fencepost_outcome.
    pub verdict: u32,
    /// How many verdicts the record has.
    pub verdicts_count: u32,
    /// A fencepost_journal_tail.
    pub tail: u32,
    /// In English, ended by a NUL.
    pub sentence: [c_char; 68],
}

/// A batch's verdict, as a record of a journal tells it. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_journal_verdict {
    /// The batch's first sequence, in the epoch that the record ends or goes on with.
    pub base_sequence: i32,
    /// A fencepost_outcome.
    pub verdict: u32,
}

impl fencepost_journal_item {
    const EMPTY: Self = Self {
        kind: 0,
        slot: 0,
        offset: 0,
        next_offset: 0,
        wanted: 0,
        turn: 0,
        generation: 0,
        place: fencepost_place { bytes: [0; 16] },
        of: fencepost_topic_partition { topic_id: [0; 16], partition: 0, reserved: 0 },
        producer_id: -1,
        producer_epoch: -1,
        carried: false,
        acked_ever: false,
        base_sequence: -1,
        records: 0,
        next_sequence: -1,
        last_acked: -1,
        has_newest_acked: false,
        reserved: [0; 3],
        last_acked_offset: -1,
        first_use_offset: -1,
        newest_acked: 0,
        max_timestamp: 0,
        first_sent_ms: 0,
        bytes: null(),
        bytes_len: 0,
        second: null(),
        second_len: 0,
        cursor: fencepost_cursor { len: 0, bytes: [0; 32] },
        cluster_id_len: 0,
        cluster_id: [0; 64],
        verdict: 0,
        verdicts_count: 0,
        tail: 0,
        sentence: [0; 68],
    };

    /// What a reader has read, and where that has left it.
    pub(super) fn of(read: &Read<'_>, reader: &Reader) -> Self {
        let mut item = Self { next_offset: reader.offset(), ..Self::EMPTY };
        match read {
            Read::Header(header) => {
                item.kind = FENCEPOST_JOURNAL_ITEM_HEADER as u32;
                item.turn = header.turn;
                let id = header.cluster.as_bytes();
                item.cluster_id_len = id.len() as u32;
                for (to, from) in item.cluster_id.iter_mut().zip(id) {
                    *to = *from;
                }
            }
            Read::Record { offset, record } => {
                item.offset = *offset;
                item.record(record);
            }
            Read::More(wanted) => {
                item.kind = FENCEPOST_JOURNAL_ITEM_MORE as u32;
                item.offset = item.next_offset;
                item.wanted = *wanted;
            }
            Read::End(tail) => {
                item.kind = FENCEPOST_JOURNAL_ITEM_END as u32;
                item.offset = reader.end();
                item.tail(tail);
            }
        }
        item
    }

    fn tail(&mut self, tail: &Tail) {
        self.tail = fencepost_journal_tail::of(tail) as u32;
        if let Tail::Torn(reason) = tail {
            let mut bytes = [0_u8; 68];
            let mut sentence = Sentence::new(&mut bytes);
            // Writing to it never fails.
            let _ = write!(sentence, "{reason}");
            sentence.finish();
            self.sentence = bytes.map(|byte| byte as c_char);
        }
    }

    fn record(&mut self, record: &Record<'_>) {
        let kind = match record {
            Record::Holder { generation, place } => {
                self.generation = *generation;
                self.place = fencepost_place { bytes: *place };
                FENCEPOST_JOURNAL_ITEM_HOLDER
            }
            Record::Identity(identity) => {
                self.identity(*identity);
                FENCEPOST_JOURNAL_ITEM_IDENTITY
            }
            Record::Partition { slot, of, state, cursor } => {
                self.slot = *slot;
                self.of = fencepost_topic_partition::of(of);
                self.state(state);
                self.cursor = fencepost_cursor::of(*cursor);
                FENCEPOST_JOURNAL_ITEM_PARTITION
            }
            Record::Batch(batch) => {
                self.batch(batch);
                FENCEPOST_JOURNAL_ITEM_BATCH
            }
            Record::Split(split) => {
                self.split(split);
                FENCEPOST_JOURNAL_ITEM_SPLIT
            }
            Record::Verdicts(settled) => {
                self.settled(settled);
                FENCEPOST_JOURNAL_ITEM_VERDICTS
            }
            Record::Bump(settled) => {
                self.settled(settled);
                FENCEPOST_JOURNAL_ITEM_BUMP
            }
            Record::Complete => FENCEPOST_JOURNAL_ITEM_COMPLETE,
            Record::Unwritten { slot, unwritten } => {
                self.slot = *slot;
                self.verdict = outcome_of(unwritten.word) as u32;
                self.cursor = fencepost_cursor::of(unwritten.cursor);
                FENCEPOST_JOURNAL_ITEM_UNWRITTEN
            }
        };
        self.kind = kind as u32;
    }

    const fn identity(&mut self, identity: Identity) {
        self.producer_id = identity.id.get();
        self.producer_epoch = identity.epoch.get();
    }

    fn state(&mut self, state: &RestoredPartition) {
        self.identity(state.identity);
        self.next_sequence = state.next_sequence.get();
        self.last_acked = state.last_acked.map_or(-1, Sequence::get);
        self.last_acked_offset = state.last_acked_offset.unwrap_or(-1);
        self.first_use_offset = state.first_use_offset.unwrap_or(-1);
        self.has_newest_acked = state.newest_acked.is_some();
        self.newest_acked = state.newest_acked.map_or(0, Timestamp::as_millis);
        self.acked_ever = state.acked_ever;
    }

    fn batch(&mut self, batch: &BatchRecord<'_>) {
        self.slot = batch.slot;
        self.identity(batch.identity);
        self.carried = batch.carried;
        self.base_sequence = batch.base_sequence.get();
        self.records = batch.records;
        self.max_timestamp = batch.max_timestamp.as_millis();
        self.first_sent_ms = batch.first_sent.as_millis();
        self.cursor = fencepost_cursor::of(batch.cursor);
        (self.bytes, self.bytes_len) = (batch.bytes.as_ptr(), batch.bytes.len());
    }

    fn split(&mut self, split: &SplitRecord<'_>) {
        self.slot = split.slot;
        self.identity(split.identity);
        self.base_sequence = split.base_sequence.get();
        self.records = split.first_records;
        self.cursor = fencepost_cursor::of(split.first_cursor);
        (self.bytes, self.bytes_len) = (split.first.as_ptr(), split.first.len());
        (self.second, self.second_len) = (split.second.as_ptr(), split.second.len());
    }

    fn settled(&mut self, settled: &Settled<'_>) {
        self.slot = settled.slot;
        self.state(&settled.state);
        // Each takes bytes of a record, whose length is such a number.
        self.verdicts_count = settled.outcomes.iter().count() as u32;
    }
}

/// The verdicts of a record; of anything else none.
pub(super) fn verdicts_of<'b>(
    read: &Read<'b>,
) -> impl Iterator<Item = fencepost_journal_verdict> + use<'b> {
    let settled = match read {
        Read::Record { record: Record::Verdicts(settled) | Record::Bump(settled), .. } => {
            Some(settled.outcomes)
        }
        _ => None,
    };
    settled.into_iter().flat_map(|outcomes| outcomes.iter()).map(|outcome| {
        fencepost_journal_verdict {
            base_sequence: outcome.base_sequence.get(),
            verdict: outcome_of(outcome.word) as u32,
        }
    })
}
