//! Which block of producer ids does the controller give out next?

use core::fmt;

use crate::error_code::ErrorCode;

/// How many producer ids a block holds.
pub const BLOCK_LEN: i32 = 1000;
/// The highest first id of a block: its last id is then one below the highest number.
const LAST_FIRST: i64 = i64::MAX.wrapping_sub(1000);

/// Producer ids that belong to one broker: `first ..= last`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct IdBlock {
    /// The broker it was given to.
    pub broker_id: i32,
    /// Its first id, `0 ..`.
    pub first: i64,
    /// How many ids, `0 ..`.
    pub len: i32,
}

impl IdBlock {
    /// What there is before the first block.
    pub const EMPTY: Self = Self { broker_id: -1, first: 0, len: 0 };

    /// The last id; one below the first of an empty block.
    #[must_use]
    pub fn last(self) -> i64 {
        self.first.wrapping_add(i64::from(self.len)).wrapping_sub(1)
    }

    /// The id after the last.
    #[must_use]
    pub fn next_first(self) -> i64 {
        self.first.wrapping_add(i64::from(self.len))
    }
}

/// What the controller writes to the metadata log for a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NextProducerId {
    /// The broker the block was given to.
    pub broker_id: i32,
    /// That broker's epoch.
    pub broker_epoch: i64,
    /// The first id of the next block.
    pub next: i64,
}

/// A block, and the record that makes it the broker's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "the block belongs to the broker once the record is on the log and replayed"]
pub struct Allocation {
    /// The ids.
    pub block: IdBlock,
    /// Write it, [`BlockAllocator::replay`] it, then answer.
    pub record: NextProducerId,
}

/// Why there is no block, or why a record can't be replayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BlockRefusal {
    /// The broker is not registered, or under another epoch (coordinator spec 1).
    StaleBrokerEpoch {
        /// The registered epoch, if any.
        registered: Option<i64>,
        /// The request's.
        got: i64,
    },
    /// No whole block is left (coordinator spec 1).
    Exhausted {
        /// Where the next block would begin.
        next: i64,
    },
    /// A record that does not move the ids forward (coordinator spec 1).
    NotAbove {
        /// The first id of the next block.
        next: i64,
        /// The record's.
        got: i64,
    },
}

impl BlockRefusal {
    /// The one Kafka code for it. A record that is not above the last one is the log's fault, and
    /// no answer to a broker: UNKNOWN_SERVER_ERROR(-1).
    #[must_use]
    pub const fn error_code(&self) -> ErrorCode {
        match self {
            Self::StaleBrokerEpoch { .. } => ErrorCode::STALE_BROKER_EPOCH,
            Self::Exhausted { .. } | Self::NotAbove { .. } => ErrorCode::UNKNOWN_SERVER_ERROR,
        }
    }
}

impl fmt::Display for BlockRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::StaleBrokerEpoch { registered: Some(registered), got } => {
                write!(f, "broker epoch {got} is stale: {registered} is registered")?;
            }
            Self::StaleBrokerEpoch { registered: None, got } => {
                write!(f, "broker epoch {got} is stale: the broker is not registered")?;
            }
            Self::Exhausted { next } => {
                write!(f, "no {BLOCK_LEN} producer ids are left from {next}")?;
            }
            Self::NotAbove { next, got } => {
                write!(f, "the next producer id can't be {got}: it is {next} already")?;
            }
        }
        f.write_str(" (coordinator spec 1)")
    }
}

impl core::error::Error for BlockRefusal {}

/// The controller's side: where the next block begins (coordinator spec 1). 16 bytes.
///
/// It is what the metadata log says, so it moves only in [`replay`](Self::replay). Ids of a block
/// whose broker has crashed are lost; nothing remembers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockAllocator {
    next: IdBlock,
}

impl Default for BlockAllocator {
    fn default() -> Self {
        Self::new()
    }
}

impl BlockAllocator {
    /// Before the first record: ids begin at 0.
    #[must_use]
    pub const fn new() -> Self {
        Self { next: IdBlock::EMPTY }
    }

    /// Where the next block begins, and to whom the last one went; [`IdBlock::EMPTY`] at first.
    #[must_use]
    pub const fn next_block(&self) -> IdBlock {
        self.next
    }

    /// The next block for this broker. Nothing moves until its record is replayed: asked twice
    /// before, it gives the same block twice, of which only one record can be replayed.
    ///
    /// # Errors
    /// The broker is not `registered` under this epoch; or fewer than [`BLOCK_LEN`] ids are left.
    pub fn allocate(
        &self,
        broker_id: i32,
        broker_epoch: i64,
        registered: Option<i64>,
    ) -> Result<Allocation, BlockRefusal> {
        if registered != Some(broker_epoch) {
            return Err(BlockRefusal::StaleBrokerEpoch { registered, got: broker_epoch });
        }
        let first = self.next.first;
        if first > LAST_FIRST {
            return Err(BlockRefusal::Exhausted { next: first });
        }
        let block = IdBlock { broker_id, first, len: BLOCK_LEN };
        let record = NextProducerId { broker_id, broker_epoch, next: block.next_first() };
        Ok(Allocation { block, record })
    }

    /// A record of the metadata log. Gaps are fine.
    ///
    /// # Errors
    /// The record's next id is negative, or not above the one known; nothing moves.
    pub fn replay(&mut self, record: NextProducerId) -> Result<(), BlockRefusal> {
        let began = self.next != IdBlock::EMPTY;
        if record.next < 0 || (began && record.next <= self.next.first) {
            return Err(BlockRefusal::NotAbove { next: self.next.first, got: record.next });
        }
        self.next = IdBlock { broker_id: record.broker_id, first: record.next, len: BLOCK_LEN };
        Ok(())
    }
}
