//! What can a record say, and in which bytes?

use super::bytes::{In, Out};
use super::value::{Cursor, Outcomes, TopicPartition, Unwritten, Word};
use crate::ids::{Epoch, Identity, ProducerId, Sequence, Timestamp};
use crate::producer::RestoredPartition;

/// A batch that is about to be sent for the first time, or that a compaction carries over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchRecord<'b> {
    /// The partition's slot.
    pub slot: u32,
    /// Under whom it was numbered.
    pub identity: Identity,
    /// Carried over by a compaction: the partition's next sequence is not moved by it.
    pub carried: bool,
    /// Its first sequence.
    pub base_sequence: Sequence,
    /// How many records it holds, at least 1.
    pub records: i32,
    /// The largest timestamp of its records.
    pub max_timestamp: Timestamp,
    /// When it was sent first, by the wall clock.
    pub first_sent: Timestamp,
    /// Where in its source it ends.
    pub cursor: Cursor,
    /// What is sent.
    pub bytes: &'b [u8],
}

/// A batch in two: the first part keeps the sequence, the second part the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SplitRecord<'b> {
    /// The partition's slot.
    pub slot: u32,
    /// Under whom it is numbered.
    pub identity: Identity,
    /// The first sequence of the whole.
    pub base_sequence: Sequence,
    /// Records of the first part.
    pub first_records: i32,
    /// Where in the source the first part ends.
    pub first_cursor: Cursor,
    /// What is sent for the first part.
    pub first: &'b [u8],
    /// What is sent for the second part.
    pub second: &'b [u8],
}

/// What a partition has come to: verdicts, and the state with which it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled<'b> {
    /// The partition's slot.
    pub slot: u32,
    /// As it goes on.
    pub state: RestoredPartition,
    /// The batches that have ended, by their sequences before this record.
    pub outcomes: Outcomes<'b>,
}

/// One thing that a journal knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Record<'b> {
    /// Who holds the journal from here on (resolve spec J1).
    Holder {
        /// Counted up at every opening.
        generation: u64,
        /// Where it was opened: what a copy can't bring with it. Zeros: not known.
        place: [u8; 16],
    },
    /// The producer's id, and the epoch that partitions begin with.
    Identity(Identity),
    /// A slot's partition as it is, its batches aside.
    Partition {
        /// The slot.
        slot: u32,
        /// Which partition of which topic it is.
        of: TopicPartition,
        /// Its numbers.
        state: RestoredPartition,
        /// Up to where its source is written.
        cursor: Cursor,
    },
    /// A batch.
    Batch(BatchRecord<'b>),
    /// A batch in two.
    Split(SplitRecord<'b>),
    /// Verdicts within an epoch.
    Verdicts(Settled<'b>),
    /// A new epoch: the verdicts of the one that it ends; what is left is numbered from 0.
    Bump(Settled<'b>),
    /// A batch that ended otherwise than as written, carried over by a compaction.
    Unwritten {
        /// The partition's slot.
        slot: u32,
        /// How it ended, and where in the source.
        unwritten: Unwritten,
    },
    /// All that was known when the journal was written anew stands before this record.
    Complete,
}

const HOLDER: u8 = 1;
const IDENTITY: u8 = 2;
const PARTITION: u8 = 3;
const BATCH: u8 = 4;
const SPLIT: u8 = 5;
const VERDICTS: u8 = 6;
const BUMP: u8 = 7;
const COMPLETE: u8 = 8;
const UNWRITTEN: u8 = 9;

/// The kinds that there are.
pub(super) const KINDS: core::ops::RangeInclusive<u8> = HOLDER..=UNWRITTEN;

const IDENTITY_LEN: usize = 10;
const STATE_LEN: usize = 43;
const HOLDER_LEN: usize = 24;
const PARTITION_LEN: usize = 4 + 20 + STATE_LEN + 1;
const BATCH_LEN: usize = 4 + IDENTITY_LEN + 1 + 4 + 4 + 8 + 8 + 1;
const SPLIT_LEN: usize = 4 + IDENTITY_LEN + 4 + 4 + 1 + 4;
const SETTLED_LEN: usize = 4 + STATE_LEN;
const UNWRITTEN_LEN: usize = 4 + 1 + 1;

const ACKED_EVER: u8 = 1;
const HAS_NEWEST: u8 = 2;

impl Record<'_> {
    pub(super) const fn kind(&self) -> u8 {
        match self {
            Self::Holder { .. } => HOLDER,
            Self::Identity(_) => IDENTITY,
            Self::Partition { .. } => PARTITION,
            Self::Batch(_) => BATCH,
            Self::Split(_) => SPLIT,
            Self::Verdicts(_) => VERDICTS,
            Self::Bump(_) => BUMP,
            Self::Complete => COMPLETE,
            Self::Unwritten { .. } => UNWRITTEN,
        }
    }

    /// Bytes of its body: saturating, so more than memory holds is more than any buffer has.
    pub(super) fn body_len(&self) -> usize {
        let (fixed, more, bytes) = match self {
            Self::Holder { .. } => (HOLDER_LEN, 0, 0),
            Self::Identity(_) => (IDENTITY_LEN, 0, 0),
            Self::Partition { cursor, .. } => (PARTITION_LEN, cursor.as_bytes().len(), 0),
            Self::Unwritten { unwritten, .. } => {
                (UNWRITTEN_LEN, unwritten.cursor.as_bytes().len(), 0)
            }
            Self::Batch(batch) => (BATCH_LEN, batch.cursor.as_bytes().len(), batch.bytes.len()),
            Self::Split(split) => {
                let bytes = split.first.len().saturating_add(split.second.len());
                (SPLIT_LEN, split.first_cursor.as_bytes().len(), bytes)
            }
            Self::Verdicts(settled) | Self::Bump(settled) => {
                (SETTLED_LEN, 0, settled.outcomes.0.len())
            }
            Self::Complete => (0, 0, 0),
        };
        fixed.saturating_add(more).saturating_add(bytes)
    }

    pub(super) fn put(&self, out: &mut Out<'_>) -> Option<()> {
        match self {
            Self::Holder { generation, place } => {
                out.put(&generation.to_be_bytes())?;
                out.put(place)
            }
            Self::Identity(identity) => put_identity(out, *identity),
            Self::Partition { slot, of, state, cursor } => {
                out.put(&slot.to_be_bytes())?;
                out.put(&of.topic_id)?;
                out.put(&of.partition.to_be_bytes())?;
                put_state(out, state)?;
                out.cursor(cursor)
            }
            Self::Unwritten { slot, unwritten: Unwritten { word, cursor } } => {
                out.put(&slot.to_be_bytes())?;
                out.put(&[word.number()])?;
                out.cursor(cursor)
            }
            Self::Batch(batch) => {
                out.put(&batch.slot.to_be_bytes())?;
                put_identity(out, batch.identity)?;
                out.put(&[u8::from(batch.carried)])?;
                out.put(&batch.base_sequence.get().to_be_bytes())?;
                out.put(&batch.records.to_be_bytes())?;
                out.put(&batch.max_timestamp.as_millis().to_be_bytes())?;
                out.put(&batch.first_sent.as_millis().to_be_bytes())?;
                out.cursor(&batch.cursor)?;
                out.put(batch.bytes)
            }
            Self::Split(split) => {
                out.put(&split.slot.to_be_bytes())?;
                put_identity(out, split.identity)?;
                out.put(&split.base_sequence.get().to_be_bytes())?;
                out.put(&split.first_records.to_be_bytes())?;
                out.cursor(&split.first_cursor)?;
                out.put(&u32::try_from(split.first.len()).ok()?.to_be_bytes())?;
                out.put(split.first)?;
                out.put(split.second)
            }
            Self::Verdicts(settled) | Self::Bump(settled) => {
                out.put(&settled.slot.to_be_bytes())?;
                put_state(out, &settled.state)?;
                out.put(settled.outcomes.0)
            }
            Self::Complete => Some(()),
        }
    }
}

impl<'b> Record<'b> {
    /// `None` for a kind that there is not, and for a body that can't be one of its kind.
    pub(super) fn parse(kind: u8, body: &'b [u8]) -> Option<Self> {
        let mut from = In(body);
        let record = match kind {
            HOLDER => Self::Holder { generation: from.u64()?, place: from.take()? },
            IDENTITY => Self::Identity(identity(&mut from)?),
            PARTITION => partition(&mut from)?,
            BATCH => Self::Batch(batch(&mut from)?),
            SPLIT => Self::Split(split(&mut from)?),
            VERDICTS => Self::Verdicts(settled(&mut from)?),
            BUMP => Self::Bump(settled(&mut from)?),
            COMPLETE => Self::Complete,
            UNWRITTEN => unwritten(&mut from)?,
            _ => return None,
        };
        from.done()?;
        Some(record)
    }
}

fn put_identity(out: &mut Out<'_>, identity: Identity) -> Option<()> {
    out.put(&identity.id.get().to_be_bytes())?;
    out.put(&identity.epoch.get().to_be_bytes())
}

fn put_state(out: &mut Out<'_>, state: &RestoredPartition) -> Option<()> {
    let ever = if state.acked_ever { ACKED_EVER } else { 0 };
    let newest = if state.newest_acked.is_some() { HAS_NEWEST } else { 0 };
    put_identity(out, state.identity)?;
    out.put(&state.next_sequence.get().to_be_bytes())?;
    out.put(&state.last_acked.map_or(-1, Sequence::get).to_be_bytes())?;
    out.put(&state.last_acked_offset.unwrap_or(-1).to_be_bytes())?;
    out.put(&state.first_use_offset.unwrap_or(-1).to_be_bytes())?;
    out.put(&[ever | newest])?;
    out.put(&state.newest_acked.map_or(0, Timestamp::as_millis).to_be_bytes())
}

fn identity(from: &mut In<'_>) -> Option<Identity> {
    let id = ProducerId::new(from.i64()?)?;
    Some(Identity { id, epoch: Epoch::new(from.take().map(i16::from_be_bytes)?)? })
}

/// -1 is none; other negative numbers are nothing.
fn optional<N: PartialEq + From<i8> + PartialOrd, T>(
    number: N,
    make: impl FnOnce(N) -> Option<T>,
) -> Option<Option<T>> {
    if number == N::from(-1) {
        Some(None)
    } else if number < N::from(-1) {
        None
    } else {
        make(number).map(Some)
    }
}

fn state(from: &mut In<'_>) -> Option<RestoredPartition> {
    let identity = identity(from)?;
    let next_sequence = Sequence::new(from.i32()?)?;
    let last_acked = optional(from.i32()?, Sequence::new)?;
    let last_acked_offset = optional(from.i64()?, Some)?;
    let first_use_offset = optional(from.i64()?, Some)?;
    let [flags] = from.take()?;
    let newest = from.i64()?;
    let has_newest = flags & HAS_NEWEST != 0;
    // One state has one form.
    if flags > ACKED_EVER | HAS_NEWEST || (!has_newest && newest != 0) {
        return None;
    }
    Some(RestoredPartition {
        identity,
        next_sequence,
        last_acked,
        last_acked_offset,
        first_use_offset,
        newest_acked: has_newest.then_some(Timestamp::from_millis(newest)),
        acked_ever: flags & ACKED_EVER != 0,
    })
}

fn partition<'b>(from: &mut In<'b>) -> Option<Record<'b>> {
    let slot = from.u32()?;
    let of = TopicPartition { topic_id: from.take()?, partition: from.i32()? };
    let state = state(from)?;
    Some(Record::Partition { slot, of, state, cursor: from.cursor()? })
}

fn unwritten<'b>(from: &mut In<'b>) -> Option<Record<'b>> {
    let slot = from.u32()?;
    let [word] = from.take()?;
    let word = Word::from_number(word).filter(|word| *word != Word::Written)?;
    Some(Record::Unwritten { slot, unwritten: Unwritten { word, cursor: from.cursor()? } })
}

fn batch<'b>(from: &mut In<'b>) -> Option<BatchRecord<'b>> {
    let slot = from.u32()?;
    let identity = identity(from)?;
    let carried = match from.take()? {
        [0] => false,
        [1] => true,
        _ => return None,
    };
    Some(BatchRecord {
        slot,
        identity,
        carried,
        base_sequence: Sequence::new(from.i32()?)?,
        records: from.i32().filter(|records| *records > 0)?,
        max_timestamp: Timestamp::from_millis(from.i64()?),
        first_sent: Timestamp::from_millis(from.i64()?),
        cursor: from.cursor()?,
        bytes: core::mem::take(&mut from.0),
    })
}

fn split<'b>(from: &mut In<'b>) -> Option<SplitRecord<'b>> {
    let slot = from.u32()?;
    let identity = identity(from)?;
    let base_sequence = Sequence::new(from.i32()?)?;
    let first_records = from.i32().filter(|records| *records > 0)?;
    let first_cursor = from.cursor()?;
    let first_len = usize::try_from(from.u32()?).ok()?;
    let first = from.bytes(first_len)?;
    let second = core::mem::take(&mut from.0);
    Some(SplitRecord { slot, identity, base_sequence, first_records, first_cursor, first, second })
}

fn settled<'b>(from: &mut In<'b>) -> Option<Settled<'b>> {
    let slot = from.u32()?;
    let state = state(from)?;
    let outcomes = Outcomes::parse(core::mem::take(&mut from.0))?;
    Some(Settled { slot, state, outcomes })
}
