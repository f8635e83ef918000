//! New producers come as old ones expire: as many are known after each as before.

use std::time::Duration;

use crate::known::{Boxed, NOW, empty};
use crate::order::{RECORDS, batch, id};
use crate::{Bed, Load, Operation, timed};
use fencepost::broker::{Admission, Batch, Config, Context};
use fencepost::ids::Timestamp;

/// A partition whose producers were recorded one a millisecond, and expire one a millisecond.
pub struct Turnover {
    partition: Boxed,
    producers: u32,
    batches: Vec<Batch>,
    /// How many producers have ever come.
    come: usize,
    end: i64,
}

impl Turnover {
    /// Room for one producer more than are known between operations.
    #[must_use]
    pub fn new(producers: usize, load: Load) -> Self {
        let known = u32::try_from(producers).expect("a count of producers");
        let config = Config::kafka_4_2().expiration_ms(known);
        let mut bed = Self {
            partition: empty(producers + 1, producers, load, config),
            producers: known,
            batches: Vec::new(),
            come: 0,
            end: 0,
        };
        bed.prepare(producers);
        assert_eq!(bed.run(), producers);
        bed
    }

    fn prepare(&mut self, count: usize) {
        let first = self.come;
        self.come += count;
        self.batches.clear();
        let new = |n: usize| batch(id(n), 0, NOW + i64::try_from(n).expect("milliseconds"));
        self.batches.extend((first..self.come).map(new));
    }

    fn run(&mut self) -> usize {
        let mut recorded = 0;
        for batch in &self.batches {
            let now = Timestamp::from_millis(batch.header.max_timestamp);
            let admitted = self.partition.admit(batch, &Context::client(now));
            if let Ok(Admission::Append(ticket)) = admitted {
                recorded +=
                    usize::from(matches!(self.partition.record(ticket, self.end), Ok(None)));
                self.end += i64::from(RECORDS);
            }
            // Two looks: the cursor is at the oldest, and the new one moves into its slot. At the
            // end of a sweep one more turn finds none.
            while self.partition.len() > self.producers {
                self.partition.expire(now, 2);
            }
        }
        recorded
    }
}

impl Bed for Turnover {
    fn round(&mut self, operation: Operation, _: u64, count: usize) -> Option<Duration> {
        if operation != Operation::NewProducer {
            return None;
        }
        self.prepare(count);
        let (recorded, spent) = timed(|| self.run());
        assert_eq!(recorded, count, "every producer is new and has room");
        assert_eq!(self.partition.len(), self.producers, "one came and one went each time");
        Some(spent)
    }
}
