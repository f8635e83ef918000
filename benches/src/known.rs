//! Operations on producers that are known, none of which makes or forgets one.

use std::hint::black_box;
use std::time::Duration;

use crate::order::{RECORDS, Random, batch, id};
use crate::{Bed, Load, Operation, timed};
use fencepost::broker::{
    Admission, Batch, Config, Context, IndexLine, Partition, Slot, Storage, Swept,
};
use fencepost::ids::{Timestamp, raw};
use fencepost::window::WINDOW_BATCHES;

/// A partition on `Vec`s.
pub type Boxed = Partition<Vec<Slot>, Vec<IndexLine>>;

/// The broker's clock, and the timestamp of every batch. Milliseconds.
pub const NOW: i64 = 1_700_000_000_000;

/// An empty partition for so many producers, with an index for `indexed` of them.
#[must_use]
pub fn empty(slots: usize, indexed: usize, load: Load, config: Config) -> Boxed {
    Partition::new(
        Storage {
            slots: vec![Slot::EMPTY; slots],
            index: vec![IndexLine::EMPTY; load.lines(indexed)],
            transactions: [],
            guards: [],
        },
        config.seed(0x5EED),
    )
}

/// Batches that are at hand together where their memory is asked for first.
pub const AT_HAND: usize = 16;

/// A partition whose every producer has five batches remembered.
pub struct Known {
    partition: Boxed,
    /// Each producer's next sequence.
    next: Vec<i32>,
    batches: Vec<Batch>,
    end: i64,
}

impl Known {
    /// As many producers as there are slots.
    #[must_use]
    pub fn new(producers: usize, load: Load) -> Self {
        let mut bed = Self {
            partition: empty(producers, producers, load, Config::kafka_4_2()),
            next: vec![0; producers],
            batches: Vec::new(),
            end: 0,
        };
        let everyone: Vec<usize> = (0..producers).collect();
        for _ in 0..WINDOW_BATCHES {
            bed.prepare_next(&everyone);
            assert_eq!(bed.run(Operation::AdmitRecord, producers), Some(producers));
        }
        assert_eq!(bed.partition.len() as usize, producers);
        bed
    }

    /// The partition, as it is.
    #[must_use]
    pub const fn partition(&self) -> &Boxed {
        &self.partition
    }

    /// Draws producers and makes the batches that [`Known::run`] then gives to the partition.
    pub fn prepare(&mut self, operation: Operation, round: u64, count: usize) {
        let mut random = Random::of(operation, round);
        let picks: Vec<usize> = (0..count).map(|_| random.below(self.next.len())).collect();
        let again = |next: i32, n: usize| raw::decrement(next, RECORDS * (1 + n as i32));
        match operation {
            Operation::AdmitRecord
            | Operation::AdmitRecordPrefetched
            | Operation::AdmitRecordSerial => self.prepare_next(&picks),
            Operation::Duplicate | Operation::DuplicatePrefetched | Operation::DuplicateSerial => {
                self.prepare_each(&picks, |next| again(next, random.below(WINDOW_BATCHES)));
            }
            Operation::Refusal => self.prepare_each(&picks, |next| raw::increment(next, RECORDS)),
            Operation::Miss => {
                self.prepare_each(&picks, |next| next);
                let known = i64::try_from(self.next.len()).expect("a count of producers");
                for batch in &mut self.batches {
                    batch.header.producer_id += known;
                }
            }
            _ => self.prepare_each(&picks, |next| next),
        }
    }

    fn prepare_each(&mut self, picks: &[usize], mut sequence: impl FnMut(i32) -> i32) {
        let next = &self.next;
        self.batches.clear();
        self.batches.extend(picks.iter().map(|&n| batch(id(n), sequence(next[n]), NOW)));
    }

    fn prepare_next(&mut self, picks: &[usize]) {
        self.batches.clear();
        for &n in picks {
            self.batches.push(batch(id(n), self.next[n], NOW));
            self.next[n] = raw::increment(self.next[n], RECORDS);
        }
    }

    /// Does the operation on each of the first `count` prepared batches, and says how many gave
    /// what it is named after; `None` if this bed does not do it.
    pub fn run(&mut self, operation: Operation, count: usize) -> Option<usize> {
        let batches = std::mem::take(&mut self.batches);
        let done = self.run_each(operation, batches.get(..count)?);
        self.batches = batches;
        done
    }

    fn run_each(&mut self, operation: Operation, batches: &[Batch]) -> Option<usize> {
        let (partition, context) = (&self.partition, context());
        Some(match operation {
            Operation::AdmitRecord => self.admit_and_record(batches),
            Operation::AdmitRecordPrefetched => batches
                .chunks(AT_HAND)
                .map(|some| self.prefetched(some).admit_and_record(some))
                .sum(),
            Operation::AdmitRecordSerial => self.admit_and_record_serially(batches),
            Operation::Duplicate => self.find_duplicates(batches),
            Operation::DuplicatePrefetched => batches
                .chunks(AT_HAND)
                .map(|some| self.prefetched(some).find_duplicates(some))
                .sum(),
            Operation::DuplicateSerial => self.find_duplicates_serially(batches),
            Operation::Refusal => {
                let refused = |batch: &Batch| match partition.admit(batch, &context) {
                    Err(refused) => usize::from(refused.window.len() == WINDOW_BATCHES),
                    Ok(_) => 0,
                };
                batches.iter().map(refused).sum()
            }
            Operation::Hit => {
                let found = |b: &&Batch| partition.producer(b.header.producer_id).is_some();
                batches.iter().filter(found).count()
            }
            Operation::Miss => {
                let missed = |b: &&Batch| partition.producer(b.header.producer_id).is_none();
                batches.iter().filter(missed).count()
            }
            _ => return None,
        })
    }

    fn prefetched(&mut self, batches: &[Batch]) -> &mut Self {
        self.partition.prefetch(batches.iter().map(|batch| batch.header.producer_id));
        self
    }

    fn find_duplicates(&self, batches: &[Batch]) -> usize {
        let context = context();
        let seen = |batch: &Batch| match self.partition.admit(batch, &context) {
            Ok(Admission::Duplicate(seen)) => usize::from(seen.timestamp == NOW),
            _ => 0,
        };
        batches.iter().map(seen).sum()
    }

    fn admit_and_record(&mut self, batches: &[Batch]) -> usize {
        let (context, mut done) = (context(), 0);
        for batch in batches {
            if let Ok(Admission::Append(ticket)) = self.partition.admit(batch, &context) {
                done += usize::from(matches!(self.partition.record(ticket, self.end), Ok(None)));
                self.end += i64::from(RECORDS);
            }
        }
        done
    }

    fn admit_and_record_serially(&mut self, batches: &[Batch]) -> usize {
        let (context, mut done, mut carry) = (context(), 0, 0);
        // Read where the optimizer can't see that it is 0: what it is combined with counts as
        // needed.
        let zero = black_box(0_usize);
        for at in 0..batches.len() {
            let batch = &batches[at + carry];
            if let Ok(Admission::Append(ticket)) = self.partition.admit(batch, &context) {
                done += usize::from(matches!(self.partition.record(ticket, self.end), Ok(None)));
                self.end += i64::from(RECORDS);
            }
            let recorded = self.partition.producer(batch.header.producer_id);
            // Not a field that was just written: the core would take that from the store.
            carry = recorded.map_or(0, |slot| slot.coordinator_epoch() as usize) & zero;
        }
        done
    }

    fn find_duplicates_serially(&self, batches: &[Batch]) -> usize {
        let (context, mut done, mut carry) = (context(), 0, 0);
        let zero = black_box(0_usize);
        for at in 0..batches.len() {
            let answer = self.partition.admit(&batches[at + carry], &context);
            if let Ok(Admission::Duplicate(seen)) = answer {
                done += 1;
                carry = (seen.timestamp ^ seen.last_offset) as usize & zero;
            }
        }
        done
    }

    fn sweep(&mut self) -> Swept {
        self.partition.expire(Timestamp::from_millis(NOW + 1), u32::MAX)
    }
}

fn context() -> Context {
    Context::client(Timestamp::from_millis(NOW))
}

impl Bed for Known {
    fn round(&mut self, operation: Operation, round: u64, count: usize) -> Option<Duration> {
        if operation == Operation::Sweep {
            // A round is whole sweeps; the caller's count is scaled to them.
            let (swept, spent) = timed(|| self.sweep());
            assert_eq!(swept, Swept { forgotten: 0, finished: true });
            return Some(spent * u32::try_from(count).ok()? / self.partition.len());
        }
        self.prepare(operation, round, count);
        let (done, spent) = timed(|| self.run(operation, count));
        assert_eq!(done?, count, "{operation}: every answer is the wanted one");
        Some(spent)
    }
}
