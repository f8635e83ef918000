//! Inserting into a table that fills up to its capacity, so that the index is at its load.

use std::time::Duration;

use crate::known::{Boxed, NOW, empty};
use crate::order::{Random, id};
use crate::{Bed, Load, Operation, timed};
use fencepost::broker::{Config, ProducerFacts, Slot};
use fencepost::ids::Timestamp;

/// A day: what a producer that is to stay is younger by.
const DAY: i64 = 86_400_000;

/// A partition in which the last sixteenth of its slots is filled again and again.
pub struct Filling {
    partition: Boxed,
    kept: u32,
    fresh: Vec<Slot>,
    next_id: usize,
}

impl Filling {
    /// As many producers as there are slots, once it is full.
    #[must_use]
    pub fn new(producers: usize, load: Load) -> Self {
        let mut partition = empty(producers, producers, load, Config::kafka_4_2());
        let fresh = (producers / 16).max(1);
        let kept = producers - fresh;
        for n in 0..kept {
            let loaded = partition.load(&slot(id(n), NOW + DAY), Timestamp::from_millis(NOW));
            assert_eq!(loaded, Ok(true));
        }
        Self {
            partition,
            kept: u32::try_from(kept).expect("a count of producers"),
            fresh: vec![Slot::EMPTY; fresh],
            next_id: producers,
        }
    }

    fn fill(&mut self, count: usize) -> Duration {
        // Ids are never drawn twice, and are as far apart as other rounds' are.
        let mut random = Random::of(Operation::Insert, self.next_id as u64);
        for cell in &mut self.fresh {
            self.next_id += 1 + random.below(8);
            *cell = slot(id(self.next_id), NOW);
        }
        let now = Timestamp::from_millis(NOW);
        let fresh = &self.fresh[..count];
        let partition = &mut self.partition;
        let (loaded, spent) =
            timed(|| fresh.iter().filter(|slot| partition.load(slot, now) == Ok(true)).count());
        assert_eq!(loaded, count, "every producer is new and has room");
        let swept = partition.expire(Timestamp::from_millis(NOW + DAY), u32::MAX);
        assert!(swept.finished && partition.len() == self.kept, "only the new ones are gone");
        spent
    }
}

fn slot(producer_id: i64, last_timestamp: i64) -> Slot {
    Slot::restored(&ProducerFacts {
        producer_id,
        producer_epoch: 0,
        coordinator_epoch: -1,
        last_timestamp,
        current_txn_first_offset: None,
    })
}

impl Bed for Filling {
    fn round(&mut self, operation: Operation, _: u64, count: usize) -> Option<Duration> {
        if operation != Operation::Insert {
            return None;
        }
        let (mut left, mut spent) = (count, Duration::ZERO);
        while left > 0 {
            let now = left.min(self.fresh.len());
            spent += self.fill(now);
            left -= now;
        }
        Some(spent)
    }
}
