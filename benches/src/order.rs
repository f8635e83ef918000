//! Which producers does a round draw, and which numbers do they have?

use crate::Operation;
use fencepost::broker::Batch;
use fencepost::wire::{Attributes, BatchHeader};

/// Records of each batch.
pub const RECORDS: i32 = 10;

/// The first producer id; the ids are consecutive, as a coordinator gives them.
pub const FIRST_ID: i64 = 4_000;

/// Splitmix64: small, and the same on every machine.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The draws of one operation's round.
    #[must_use]
    pub const fn of(operation: Operation, round: u64) -> Self {
        Self(Self::seed(operation, round))
    }

    /// What those draws begin with.
    #[must_use]
    pub const fn seed(operation: Operation, round: u64) -> u64 {
        // As a seed any number does, so the cast's value means nothing.
        round.wrapping_mul(0xA24B_AED4_963E_E407) ^ ((operation as u64) << 56)
    }

    /// 64 random bits.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    /// A number below `bound`, which is below 2^32.
    pub const fn below(&mut self, bound: usize) -> usize {
        (((self.next() >> 32) * bound as u64) >> 32) as usize
    }
}

/// A bijection of the 64-bit numbers that looks random.
#[must_use]
pub const fn mix(n: u64) -> u64 {
    let n = (n ^ (n >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    n ^ (n >> 31)
}

/// The id of the `n`th producer.
#[must_use]
pub fn id(n: usize) -> i64 {
    FIRST_ID + i64::try_from(n).expect("a count of producers")
}

/// A batch of ten records without a transaction.
#[must_use]
pub const fn batch(producer_id: i64, base_sequence: i32, max_timestamp: i64) -> Batch {
    Batch::data(BatchHeader {
        base_offset: 0,
        batch_length: 1_000,
        partition_leader_epoch: 0,
        crc: 0,
        attributes: Attributes(0),
        last_offset_delta: RECORDS - 1,
        base_timestamp: max_timestamp,
        max_timestamp,
        producer_id,
        producer_epoch: 0,
        base_sequence,
        records_count: RECORDS,
    })
}
