//! The producer, alone or with its journal: what is the same to both.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use fencepost::ids::Timestamp;
use fencepost::journal::{Cursor, Journaled, Parts, Payload, Permit, Refused, Track, Unclaimed};
use fencepost::producer::{
    Answer, Attempt, BatchId, Described, Ended, NewBatch, Notice, Producer, Slot, TimestampType,
    Unexpected,
};

use crate::disk::Disk;
use crate::piece::Piece;

type Bare = Producer<Vec<Slot>>;

/// A producer with its journal, and the medium under it.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) both: Journaled<Vec<Slot>, Vec<Track>>,
    pub(crate) disk: Rc<RefCell<Disk>>,
    pub(crate) permits: Vec<Permit>,
    /// Records that are to be written.
    pub(crate) unwritten: VecDeque<Vec<u8>>,
    /// Written, and not synced.
    pub(crate) dirty: bool,
    /// The journal had no room for something: it is to be written anew.
    pub(crate) full: bool,
    buffer: Vec<u8>,
}

/// Whether a sending comes out at once, later, or not.
#[derive(Debug)]
pub(crate) enum Sent {
    Now(Attempt),
    /// When its record is durable; the batch's name.
    Later(BatchId),
    No,
}

#[derive(Debug)]
pub(crate) enum Core {
    Bare(Bare),
    Kept(Box<Kept>),
}

/// A batch's bytes, which are all that a journal keeps of its records.
pub(crate) fn bytes_of(piece: Piece) -> Vec<u8> {
    let source = u64::try_from(piece.source).unwrap_or(u64::MAX);
    let mut bytes = source.to_be_bytes().to_vec();
    bytes.extend(piece.first.to_be_bytes());
    bytes.extend(piece.records.to_be_bytes());
    if piece.each > 1 {
        bytes.extend(piece.each.to_be_bytes());
    }
    bytes
}

/// The piece of these bytes.
pub(crate) fn piece_of(bytes: &[u8]) -> Option<Piece> {
    let (source, rest) = bytes.split_first_chunk()?;
    let (first, rest) = rest.split_first_chunk()?;
    let (records, each) = rest.split_first_chunk()?;
    Some(Piece {
        source: usize::try_from(u64::from_be_bytes(*source)).ok()?,
        first: i64::from_be_bytes(*first),
        records: i32::from_be_bytes(*records),
        each: each.try_into().map_or(1, i32::from_be_bytes),
    })
}

/// Which source, and where in it a piece ends.
pub(crate) fn cursor_of(piece: Piece) -> Cursor {
    let end = Piece { first: piece.end(), ..piece };
    Cursor::new(&bytes_of(end)[..16]).expect("it is short")
}

/// The last record before a cursor.
pub(crate) fn last_before(cursor: Cursor) -> Option<Piece> {
    let (source, end) = cursor.as_bytes().split_first_chunk()?;
    Some(Piece {
        source: usize::try_from(u64::from_be_bytes(*source)).ok()?,
        first: i64::from_be_bytes(end.try_into().ok()?) - 1,
        records: 1,
        each: 1,
    })
}

impl Kept {
    pub(crate) fn new(both: Journaled<Vec<Slot>, Vec<Track>>, disk: Rc<RefCell<Disk>>) -> Self {
        let (permits, unwritten) = (Vec::new(), VecDeque::new());
        Self { both, disk, permits, unwritten, dirty: false, full: false, buffer: vec![0; 2_048] }
    }

    fn write(&mut self, len: usize) {
        if len > 0 {
            self.unwritten.push_back(self.buffer[..len].to_vec());
        }
    }

    fn permitted(&mut self, permit: Permit) -> Sent {
        self.write(permit.len());
        self.claim(permit)
    }

    /// It never hurts to ask.
    pub(crate) fn claim(&mut self, permit: Permit) -> Sent {
        match self.both.claim(permit) {
            Ok(attempt) => Sent::Now(attempt),
            Err(Unclaimed::NotYet(permit)) => {
                let batch = permit.batch();
                self.permits.push(permit);
                Sent::Later(batch)
            }
            Err(Unclaimed::Void) => Sent::No,
        }
    }

    /// The undecided batches of a partition as the journal has them, and their timestamps.
    pub(crate) fn undecided(&self, slot: u32) -> Vec<(Piece, i64)> {
        let disk = self.disk.borrow();
        let known = self.both.journal().kept(slot).expect("a slot");
        let read = |at, len| disk.read(at, len).and_then(piece_of);
        let of = |batch: &fencepost::journal::KeptBatch| {
            let piece = read(batch.at, batch.len).expect("the journal says where it is");
            assert_eq!(Some(piece.end() - 1), last_before(batch.cursor).map(|last| last.first));
            (piece, batch.max_timestamp.as_millis())
        };
        known.batches().map(of).collect()
    }

    /// Puts a verdict on its way into the journal. `false`: the journal is full.
    pub(crate) fn trim(&mut self, slot: u32) -> bool {
        match self.both.trim(slot, &mut self.buffer) {
            Ok(len) => {
                self.write(len);
                // Also if it wrote nothing: what was written before is to be synced.
                self.dirty = true;
                true
            }
            Err(Refused::JournalFull) => {
                self.full = true;
                false
            }
            Err(refused) => panic!("no verdict can be kept: {refused}"),
        }
    }

    /// The journal written anew.
    pub(crate) fn new_journal(&mut self) -> Option<Vec<u8>> {
        self.both.compact().ok()?;
        let disk = Rc::clone(&self.disk);
        let disk = disk.borrow();
        let mut new = Vec::new();
        while let Some(piece) = self.both.next_piece() {
            let bytes = match piece {
                fencepost::journal::Piece::Record => &[][..],
                fencepost::journal::Piece::Batch { at, len } => {
                    disk.read(at, len).expect("the journal says where it is")
                }
            };
            let len = self.both.rewrite(bytes, &mut self.buffer).expect("it has room");
            new.extend_from_slice(&self.buffer[..len]);
        }
        Some(new)
    }
}

macro_rules! each {
    ($this:expr, $producer:ident => $do:expr) => {
        match $this {
            Core::Bare($producer) => $do,
            Core::Kept(kept) => {
                let $producer = &mut kept.both;
                $do
            }
        }
    };
}

impl Core {
    pub(crate) const fn producer(&self) -> &Bare {
        match self {
            Self::Bare(producer) => producer,
            Self::Kept(kept) => kept.both.producer(),
        }
    }

    pub(crate) const fn kept(&mut self) -> Option<&mut Kept> {
        match self {
            Self::Bare(_) => None,
            Self::Kept(kept) => Some(kept),
        }
    }

    /// Numbers a batch, if it may be now.
    pub(crate) fn assign(
        &mut self,
        partition: u32,
        batch: NewBatch,
        piece: Piece,
        now: Timestamp,
    ) -> Option<Sent> {
        match self {
            Self::Bare(producer) => Some(Sent::Now(producer.assign(partition, batch, now).ok()?)),
            Self::Kept(kept) => {
                let bytes = bytes_of(piece);
                let payload = Payload { bytes: &bytes, cursor: cursor_of(piece) };
                let Kept { both, buffer, full, .. } = &mut **kept;
                let permit = both.assign(partition, batch, payload, now, buffer);
                *full |= permit == Err(Refused::JournalFull);
                Some(kept.permitted(permit.ok()?))
            }
        }
    }

    pub(crate) fn resend(&mut self, partition: u32, now: Timestamp) -> Option<Sent> {
        match self {
            Self::Bare(producer) => {
                Some(Sent::Now(producer.resend(partition, now).expect("it polled")))
            }
            Self::Kept(kept) => {
                let Kept { both, buffer, .. } = &mut **kept;
                match both.resend(partition, now, buffer) {
                    Ok(permit) => Some(kept.permitted(permit)),
                    Err(Refused::JournalFull) => {
                        kept.full = true;
                        None
                    }
                    Err(Refused::Unsynced | Refused::Compacting) => None,
                    Err(refused) => panic!("it polled: {refused}"),
                }
            }
        }
    }

    /// Splits a batch into these parts, and gives the second one's name.
    pub(crate) fn split(
        &mut self,
        partition: u32,
        batch: BatchId,
        parts: [Piece; 2],
        now: Timestamp,
    ) -> Option<BatchId> {
        let [first, second] = parts;
        match self {
            Self::Bare(producer) => producer.split(partition, batch, first.numbers()).ok(),
            Self::Kept(kept) => {
                let (first_bytes, second) = (bytes_of(first), bytes_of(second));
                let payload = Payload { bytes: &first_bytes, cursor: cursor_of(first) };
                let parts =
                    Parts { first_records: first.numbers(), first: payload, second: &second };
                let Kept { both, buffer, .. } = &mut **kept;
                let (rest, len) = both.split(partition, batch, parts, now, buffer).ok()?;
                kept.write(len);
                Some(rest)
            }
        }
    }

    pub(crate) fn take_verdict(&mut self, partition: u32) -> Option<Ended> {
        each!(self, producer => producer.take_verdict(partition))
    }

    pub(crate) fn take_notice(&mut self, partition: u32) -> Option<Notice> {
        each!(self, producer => producer.take_notice(partition))
    }

    pub(crate) fn handle_response(&mut self, attempt: Attempt, answer: Answer, now: Timestamp) {
        // An answer that nobody waits for any more is refused, and that is right.
        let _ = each!(self, producer => producer.handle_response(attempt, answer, now));
    }

    pub(crate) fn describe(&mut self, partition: u32) {
        let asks = match self {
            Self::Bare(producer) => producer.describe(partition).is_ok(),
            Self::Kept(kept) => kept.both.describe(partition).is_ok(),
        };
        assert!(asks, "it polled");
    }

    pub(crate) fn handle_described(&mut self, partition: u32, told: Described, now: Timestamp) {
        // A question that was begun anew has an answer of its own.
        let _ = each!(self, producer => producer.handle_described(partition, told, now));
    }

    pub(crate) fn handle_timeout(&mut self, partition: u32, now: Timestamp) {
        each!(self, producer => producer.handle_timeout(partition, now));
    }

    pub(crate) fn handle_disconnect(&mut self, partition: u32, now: Timestamp) {
        each!(self, producer => producer.handle_disconnect(partition, now));
    }

    pub(crate) fn handle_leader_change(&mut self, partition: u32, now: Timestamp) {
        each!(self, producer => producer.handle_leader_change(partition, now));
    }

    pub(crate) fn handle_identity(&mut self, identity: fencepost::ids::Identity) {
        let taken = each!(self, producer => producer.handle_identity(identity));
        // It may have come to its end since it asked.
        assert!(matches!(taken, Ok(()) | Err(Unexpected::Fatal)), "it was asked for: {taken:?}");
    }

    pub(crate) fn set_first_use_offset(&mut self, partition: u32, offset: i64) {
        each!(self, producer => producer.set_first_use_offset(partition, offset));
    }

    pub(crate) fn set_timestamp_type(&mut self, partition: u32, told: TimestampType) {
        each!(self, producer => producer.set_timestamp_type(partition, told));
    }

    pub(crate) fn give_up(&mut self, partition: u32, batch: BatchId, now: Timestamp) {
        // A journal that has no place for both parts of a batch has given them up already.
        let _gone = each!(self, producer => producer.give_up(partition, batch, now).is_ok());
    }
}
