//! Small values that a journal keeps, as C has them.

use fencepost::journal::{self, Cursor, TopicPartition, Unwritten, Word};

use crate::producer::verdict::fencepost_outcome;
use crate::status::fencepost_status::{self, *};

/// Where in its source a batch ends, in the caller's own words: an offset, a line, a key. Frozen:
/// it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_cursor {
    /// How many bytes: at most 32, 0 for no cursor.
    pub len: u32,
    /// The bytes; those behind len are ignored, and written as 0.
    pub bytes: [u8; 32],
}

const _: () = assert!(journal::MAX_CURSOR_LEN == 32);

impl fencepost_cursor {
    pub(crate) fn read(&self) -> Result<Cursor, fencepost_status> {
        let len = usize::try_from(self.len).map_err(|_| FENCEPOST_VALUE)?;
        self.bytes.get(..len).and_then(Cursor::new).ok_or(FENCEPOST_VALUE)
    }

    pub(crate) fn of(cursor: Cursor) -> Self {
        let from = cursor.as_bytes();
        let mut bytes = [0; 32];
        for (to, from) in bytes.iter_mut().zip(from) {
            *to = *from;
        }
        Self { len: u32::try_from(from.len()).unwrap_or(0), bytes }
    }
}

/// Which partition of which topic. The id, not the name: a topic that was deleted and created again
/// is another one. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_topic_partition {
    /// The topic's id, as metadata answers give it.
    pub topic_id: [u8; 16],
    /// The partition's number in its topic.
    pub partition: i32,
    /// 0.
    pub reserved: u32,
}

impl fencepost_topic_partition {
    pub(crate) fn read(&self) -> Result<TopicPartition, fencepost_status> {
        if self.reserved != 0 || self.partition < 0 {
            return Err(FENCEPOST_VALUE);
        }
        Ok(TopicPartition { topic_id: self.topic_id, partition: self.partition })
    }

    pub(super) const fn of(one: &TopicPartition) -> Self {
        Self { topic_id: one.topic_id, partition: one.partition, reserved: 0 }
    }
}

/// Where a journal is held: what a copy of it can't bring along, such as the number of a chip;
/// zeros if nothing is known. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_place {
    /// Any bytes.
    pub bytes: [u8; 16],
}

/// A batch that did not end as written. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_unwritten {
    /// FENCEPOST_OUTCOME_NOT_WRITTEN or FENCEPOST_OUTCOME_POSSIBLY_WRITTEN.
    pub verdict: u32,
    /// Where in its source it ends.
    pub cursor: fencepost_cursor,
}

impl fencepost_unwritten {
    pub(crate) fn of(unwritten: &Unwritten) -> Self {
        let verdict = outcome_of(unwritten.word) as u32;
        Self { verdict, cursor: fencepost_cursor::of(unwritten.cursor) }
    }
}

pub(super) const fn outcome_of(word: Word) -> fencepost_outcome {
    match word {
        Word::Written => fencepost_outcome::FENCEPOST_OUTCOME_WRITTEN,
        Word::NotWritten => fencepost_outcome::FENCEPOST_OUTCOME_NOT_WRITTEN,
        Word::PossiblyWritten => fencepost_outcome::FENCEPOST_OUTCOME_POSSIBLY_WRITTEN,
    }
}
