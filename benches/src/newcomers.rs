//! Producers that come and all go: new ones, and a sweep that forgets everyone.

use std::time::Duration;

use crate::known::{AT_HAND, Boxed, NOW, empty};
use crate::order::{RECORDS, batch, id};
use crate::{Bed, Load, Operation, timed};
use fencepost::broker::{Admission, Batch, Config, Context, Slot, Swept};
use fencepost::ids::Timestamp;
use fencepost::window::{BatchMetadata, WINDOW_BATCHES};

/// Producers expire after a day.
const DAY: i64 = 86_400_000;

/// A partition with room for a sixteenth more than are known.
pub struct Newcomers {
    partition: Boxed,
    known: Vec<Slot>,
    batches: Vec<Batch>,
    come: usize,
    end: i64,
}

impl Newcomers {
    /// So many producers whose windows are full.
    #[must_use]
    pub fn new(producers: usize) -> Self {
        let most = producers + (producers / 16).max(1);
        let mut bed = Self {
            partition: empty(most, most, Load::Stated, Config::kafka_4_2()),
            known: (0..producers).map(full).collect(),
            batches: Vec::new(),
            come: producers,
            end: 0,
        };
        bed.load();
        bed
    }

    fn load(&mut self) {
        let now = Timestamp::from_millis(NOW);
        for slot in &self.known {
            assert_eq!(self.partition.load(slot, now), Ok(true));
        }
        assert_eq!(self.partition.len() as usize, self.known.len());
    }

    fn expire(&mut self, after: i64) -> Swept {
        self.partition.expire(Timestamp::from_millis(NOW + after), u32::MAX)
    }

    fn expire_all(&mut self) -> Duration {
        let (swept, spent) = timed(|| self.expire(2 * DAY));
        assert!(swept.finished && swept.forgotten as usize == self.known.len());
        self.load();
        spent
    }

    /// A sixteenth comes at a time; between, they expire and the clock stands.
    fn admit_new(&mut self, count: usize, prefetched: bool) -> Duration {
        let (mut left, mut spent) = (count, Duration::ZERO);
        while left > 0 {
            let now = left.min((self.known.len() / 16).max(1));
            let first = self.come;
            (self.come, left) = (first + now, left - now);
            self.batches.clear();
            self.batches.extend((first..self.come).map(|n| batch(id(n), 0, NOW - DAY / 2)));
            let (recorded, took) = timed(|| self.record(prefetched));
            assert_eq!(recorded, now, "every producer is new and has room");
            spent += took;
            assert_eq!(self.expire(DAY / 2).forgotten as usize, now, "only the new ones expire");
        }
        spent
    }

    fn record(&mut self, prefetched: bool) -> usize {
        let (context, mut recorded) = (Context::client(Timestamp::from_millis(NOW)), 0);
        for some in self.batches.chunks(AT_HAND) {
            if prefetched {
                self.partition.prefetch(some.iter().map(|batch| batch.header.producer_id));
            }
            for batch in some {
                if let Ok(Admission::Append(ticket)) = self.partition.admit(batch, &context) {
                    recorded +=
                        usize::from(matches!(self.partition.record(ticket, self.end), Ok(None)));
                    self.end += i64::from(RECORDS);
                }
            }
        }
        recorded
    }
}

/// The `n`th producer with five batches.
fn full(n: usize) -> Slot {
    let facts = fencepost::broker::ProducerFacts {
        producer_id: id(n),
        producer_epoch: 0,
        coordinator_epoch: -1,
        last_timestamp: NOW,
        current_txn_first_offset: None,
    };
    let slot = Slot::restored(&facts);
    (1..=WINDOW_BATCHES as i32).fold(slot, |slot, n| {
        let last = n * RECORDS - 1;
        let batch = BatchMetadata {
            last_sequence: last,
            offset_delta: RECORDS - 1,
            last_offset: last.into(),
            timestamp: NOW,
        };
        slot.with_batch(batch, ())
    })
}

impl Bed for Newcomers {
    fn round(&mut self, operation: Operation, _: u64, count: usize) -> Option<Duration> {
        match operation {
            Operation::Newcomer => Some(self.admit_new(count, false)),
            Operation::NewcomerPrefetched => Some(self.admit_new(count, true)),
            // A round is a whole sweep; the caller's count is scaled to it.
            Operation::ExpireAll => {
                Some(self.expire_all() * u32::try_from(count).ok()? / self.known.len() as u32)
            }
            _ => None,
        }
    }
}
