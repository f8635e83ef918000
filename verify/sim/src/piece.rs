//! What is sent, under which numbers, and what is told of it?

use fencepost::producer::Cause;

/// Some records of a source, in its order: what one batch holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Piece {
    /// Whose: the judge's number of a source.
    pub source: usize,
    /// Its first record.
    pub first: i64,
    /// How many records, at least 1.
    pub records: i32,
    /// How many sequences and offsets each of them takes: many where sequences are to wrap.
    pub each: i32,
}

impl Piece {
    /// How many records its batch says that it holds.
    #[must_use]
    pub const fn numbers(&self) -> i32 {
        self.records * self.each
    }

    /// The record after its last one.
    #[must_use]
    pub fn end(&self) -> i64 {
        self.first + i64::from(self.records)
    }
}

/// Producer id, epoch and first sequence, as a header carries them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Numbers {
    /// The producer id.
    pub id: i64,
    /// The producer epoch.
    pub epoch: i16,
    /// The sequence of the first record.
    pub base: i32,
}

/// A batch on its way to a leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sending {
    /// Names this sending among all of its client.
    pub token: u64,
    /// The partition.
    pub partition: usize,
    /// The topic that the client means: a topic that was created again is another.
    pub topic: u32,
    /// Producer id, epoch and sequence.
    pub numbers: Numbers,
    /// What is in it.
    pub piece: Piece,
    /// The largest timestamp of its records, by the client's clock, in ms.
    pub timestamp: i64,
}

/// What a client told its user of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// It is on the log; the offset of its first record if that is known.
    Written(Option<i64>),
    /// It is not on the log, and won't be.
    NotWritten,
    /// It may be on the log.
    Possibly(Option<Cause>),
    /// It failed, and the client does not say whether it is on the log.
    Failed,
}

/// A batch on a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Every append is another one: two logs are compared by it.
    pub append: u64,
    /// The offset of the first record.
    pub offset: i64,
    /// The largest timestamp, by which a broker remembers its producer, in ms.
    pub timestamp: i64,
    /// Producer id, epoch and sequence.
    pub numbers: Numbers,
    /// What is in it.
    pub piece: Piece,
}

impl Entry {
    /// The offset after its last record.
    #[must_use]
    pub fn end(&self) -> i64 {
        self.offset + i64::from(self.piece.numbers())
    }
}
