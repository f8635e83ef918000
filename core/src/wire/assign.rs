//! Which offsets does a valid batch get, and what does the leader write into it?

use core::{error, fmt};

use super::frame::BatchError;
use super::header::{Attributes, BatchHeader};
use super::stamp::seal;
use super::validate::{TimestampRule, Validation};
use super::view::check;

/// What the leader makes of a valid batch (R17).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Assigned {
    /// The base offset: the last offset minus the batch's last offset delta, whatever that is.
    pub base_offset: i64,
    /// The last offset: that of the last record read.
    pub last_offset: i64,
    /// Records counted: those read, or those declared if they could not be read.
    pub records: i32,
    /// The max timestamp that the header gets: the records' largest, at least -1, or the append
    /// time. `None` if it stays as sent, because the records could not be read.
    pub max_timestamp: Option<i64>,
    /// Whether the header says append time from now on.
    pub is_append_time: bool,
    /// Whether the broker must write the batch anew; its offset delta is then its number of records
    /// less one.
    pub is_rebuilt: bool,
    /// Whether every record was read and checked.
    pub records_read: bool,
}

/// (e): the last offset follows from the number of records, the base offset from the last one
/// (R17).
pub(super) fn assign_offsets(
    header: &BatchHeader,
    validation: &Validation<'_>,
    records: i32,
    records_max: Option<i64>,
    is_rebuilt: bool,
) -> Assigned {
    let last_offset = validation.next_offset.wrapping_add(i64::from(records)).wrapping_sub(1);
    let mut assigned = *header;
    if is_rebuilt {
        assigned.last_offset_delta = records.wrapping_sub(1);
    }
    assigned.set_last_offset(last_offset);
    let (max_timestamp, is_append_time) = match validation.timestamps {
        TimestampRule::LogAppendTime { now } => (Some(now), true),
        TimestampRule::CreateTime { .. } => (records_max, false),
    };
    Assigned {
        base_offset: assigned.base_offset,
        last_offset,
        records,
        max_timestamp,
        is_append_time,
        is_rebuilt,
        records_read: records_max.is_some(),
    }
}

/// Why what was assigned could not be written into the batch; it is untouched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AssignError {
    /// The bytes are not exactly one batch.
    Batch(BatchError),
    /// The batch must be built anew, with another codec.
    Rebuilt,
}

impl fmt::Display for AssignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Batch(error) => error.fmt(f),
            Self::Rebuilt => f.write_str("the batch must be rebuilt with the topic's codec"),
        }
    }
}

impl error::Error for AssignError {}

impl Assigned {
    /// The offset after the last record, wrapping: the partition's next one.
    #[must_use]
    pub const fn next_offset(&self) -> i64 {
        self.last_offset.wrapping_add(1)
    }

    /// Writes base offset, leader epoch and max timestamp into the validated batch, as the leader
    /// does (R17).
    ///
    /// Only if the max timestamp or its type changes are the attributes rewritten (bits 7 to 15 are
    /// lost then) and is the CRC computed anew, O(n); else the CRC stays, O(1). Verify it before:
    /// computing it heals what was damaged.
    ///
    /// # Errors
    /// [`AssignError`]; the batch is then untouched.
    pub fn write(&self, batch: &mut [u8], partition_leader_epoch: i32) -> Result<(), AssignError> {
        check(batch).map_err(AssignError::Batch)?;
        if self.is_rebuilt {
            return Err(AssignError::Rebuilt);
        }
        let mut header = BatchHeader::parse(batch).map_err(AssignError::Batch)?;
        header.base_offset = self.base_offset;
        header.partition_leader_epoch = partition_leader_epoch;
        let was = (header.attributes.is_log_append_time(), header.max_timestamp);
        let is = (self.is_append_time, self.max_timestamp.unwrap_or(header.max_timestamp));
        if was != is {
            let kept = header.attributes.0 & Attributes::USED & !Attributes::LOG_APPEND_TIME;
            let time = if self.is_append_time { Attributes::LOG_APPEND_TIME } else { 0 };
            header.attributes = Attributes(kept | time);
            header.max_timestamp = is.1;
        }
        if let Some(slot) = batch.first_chunk_mut() {
            header.write(slot);
        }
        if was != is {
            seal(batch).map_err(AssignError::Batch)?;
        }
        Ok(())
    }
}
