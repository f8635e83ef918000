//! What small values does a journal keep?

use core::fmt;

use super::bytes::copy;
use crate::ids::Sequence;
use crate::producer::Verdict;

/// Bytes a cursor may have at most.
pub const MAX_CURSOR_LEN: usize = 32;
/// Bytes a cluster id may have at most. Kafka's have 22.
pub const MAX_CLUSTER_ID_LEN: usize = 64;

/// Where in its source a batch ends, in the caller's own words: at most 32 bytes, none for no
/// cursor (resolve spec J4).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cursor {
    len: u8,
    bytes: [u8; MAX_CURSOR_LEN],
}

impl Cursor {
    /// No cursor.
    pub const NONE: Self = Self { len: 0, bytes: [0; MAX_CURSOR_LEN] };

    /// `None` for more than 32 bytes.
    #[must_use]
    pub fn new(text: &[u8]) -> Option<Self> {
        let mut cursor = Self { len: u8::try_from(text.len()).ok()?, ..Self::NONE };
        copy(cursor.bytes.get_mut(..text.len())?, text);
        Some(cursor)
    }

    /// The caller's bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        self.len == 0
    }
}

impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cursor(\"{}\")", self.as_bytes().escape_ascii())
    }
}

/// The cluster a journal belongs to, 1 to 64 bytes: its numbers mean nothing to another one
/// (resolve spec J3).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClusterId {
    len: u8,
    bytes: [u8; MAX_CLUSTER_ID_LEN],
}

impl ClusterId {
    /// `None` for no bytes, and for more than 64.
    #[must_use]
    pub fn new(id: &[u8]) -> Option<Self> {
        let mut cluster = Self { len: u8::try_from(id.len()).ok()?, bytes: [0; _] };
        copy(cluster.bytes.get_mut(..id.len())?, id);
        (!id.is_empty()).then_some(cluster)
    }

    /// The bytes of the id.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }
}

impl fmt::Debug for ClusterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClusterId(\"{}\")", self.as_bytes().escape_ascii())
    }
}

impl fmt::Display for ClusterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_bytes().escape_ascii().fmt(f)
    }
}

/// Which partition of which topic. The id, not the name: a topic that was deleted and created again
/// is another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TopicPartition {
    /// The topic's id, as metadata answers give it.
    pub topic_id: [u8; 16],
    /// The partition's number.
    pub partition: i32,
}

/// How a batch ended, without the why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Word {
    /// On the log.
    Written,
    /// Not on the log.
    NotWritten,
    /// Nobody knows.
    PossiblyWritten,
}

impl Word {
    pub(super) const fn number(self) -> u8 {
        match self {
            Self::Written => 0,
            Self::NotWritten => 1,
            Self::PossiblyWritten => 2,
        }
    }

    pub(super) const fn from_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Written),
            1 => Some(Self::NotWritten),
            2 => Some(Self::PossiblyWritten),
            _ => None,
        }
    }
}

impl From<Verdict> for Word {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Written { .. } => Self::Written,
            Verdict::NotWritten(_) => Self::NotWritten,
            Verdict::PossiblyWritten(_) => Self::PossiblyWritten,
        }
    }
}

/// A batch that did not end as written, and where in the source it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unwritten {
    /// [`Word::NotWritten`] or [`Word::PossiblyWritten`].
    pub word: Word,
    /// The batch's cursor.
    pub cursor: Cursor,
}

/// One batch's verdict as a record tells it: the batch is named by its first sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The batch's first sequence in the epoch of the record.
    pub base_sequence: Sequence,
    /// How it ended.
    pub word: Word,
}

impl Outcome {
    /// Bytes it takes.
    pub(super) const LEN: usize = 5;

    pub(super) const fn to_bytes(self) -> [u8; Self::LEN] {
        let [a, b, c, d] = self.base_sequence.get().to_be_bytes();
        [self.word.number(), a, b, c, d]
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (word, sequence) = bytes.split_first()?;
        let sequence = i32::from_be_bytes(*sequence.first_chunk()?);
        Some(Self { base_sequence: Sequence::new(sequence)?, word: Word::from_number(*word)? })
    }
}

/// Verdicts in a record, oldest batch first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcomes<'b>(pub(super) &'b [u8]);

impl<'b> Outcomes<'b> {
    /// `None` if some bytes are no verdict.
    pub(super) fn parse(bytes: &'b [u8]) -> Option<Self> {
        let whole = bytes.len().checked_rem(Outcome::LEN) == Some(0);
        let good = whole && bytes.chunks(Outcome::LEN).all(|b| Outcome::from_bytes(b).is_some());
        good.then_some(Self(bytes))
    }

    /// Each of them.
    pub fn iter(self) -> impl Iterator<Item = Outcome> + 'b {
        self.0.chunks(Outcome::LEN).filter_map(Outcome::from_bytes)
    }
}
