//! Any call with any numbers in any order: an error value and an unharmed state, or a lawful step;
//! never a panic, never a number used twice, never more in flight than a broker remembers.

mod producer_world;

use std::collections::HashMap;

use fencepost::error_code::ErrorCode;
use fencepost::ids::{Epoch, Identity, ProducerId, Sequence, Stamp, Timestamp};
use fencepost::producer::{
    Answer, Attempt, BatchId, Described, Fatal, Kind, MAX_UNDECIDED, NewBatch, Next, Producer,
    Response, RestoredBatch, RestoredPartition, Settings, Slot, TimestampType,
};
use producer_world::Random;

const PARTITIONS: u32 = 2;

struct Hostile {
    random: Random,
    producer: Producer<Vec<Slot<6>>, 6>,
    attempts: Vec<Attempt>,
    /// The first batch that was sent under some numbers.
    used: HashMap<(u32, Stamp), BatchId>,
    now: i64,
    next_id: i64,
}

impl Hostile {
    fn number(&mut self) -> i64 {
        let extremes = [0, 1, -1, -2, i64::MAX, i64::MIN, 1 << 31, (1 << 31) - 1, 32_767];
        match self.random.below(3) {
            0 => extremes[self.random.below(extremes.len() as u64) as usize],
            1 => self.random.below(20) as i64,
            _ => self.random.below(u64::MAX) as i64,
        }
    }

    fn time(&mut self) -> Timestamp {
        Timestamp::from_millis(if self.random.one_in(8) { self.number() } else { self.now })
    }

    fn sequence(&mut self) -> Sequence {
        Sequence::new(self.number() as i32 & i32::MAX).unwrap()
    }

    /// The present id with any epoch, or one that was never given: that ids are not given twice is
    /// the coordinator's part.
    fn identity(&mut self) -> Identity {
        let epochs = [0, 1, 2, 32_766, 32_767];
        let epoch = Epoch::new(epochs[self.random.below(5) as usize]).unwrap();
        let present = self.producer.identity().map(|identity| identity.id);
        let id = present.filter(|_| self.random.one_in(2)).unwrap_or_else(|| {
            self.next_id += 1;
            ProducerId::new(self.next_id).unwrap()
        });
        Identity { id, epoch }
    }

    fn partition(&mut self) -> u32 {
        if self.random.one_in(20) { self.number() as u32 } else { self.random.below(2) as u32 }
    }

    fn attempt(&mut self) -> Attempt {
        if self.attempts.is_empty() || self.random.one_in(10) {
            let stamp = Stamp { identity: self.identity(), base_sequence: self.sequence() };
            let mut attempt = Attempt {
                partition: self.partition(),
                batch: BatchId::from_number(self.random.below(10)),
                number: self.number() as u32,
                stamp,
                unguarded: false,
            };
            if self.random.one_in(2) {
                if let Some(known) = self.attempts.last() {
                    attempt.stamp = known.stamp;
                    attempt.batch = known.batch;
                }
            }
            return attempt;
        }
        let newest = self.random.below(6).min(self.attempts.len() as u64 - 1) as usize;
        self.attempts[self.attempts.len() - 1 - newest]
    }

    fn answer(&mut self) -> Answer {
        let codes = [0, 0, 0, 45, 45, 46, 59, 6, 7, 10, 19, 87, 29, 2, -1, 3, 51];
        let rare = [47, 90, 49, 31, 1234];
        match self.random.below(12) {
            0 => Answer::TimedOut,
            1 => Answer::Disconnected,
            2 => Answer::NotSent,
            _ => Answer::Response(Response {
                code: ErrorCode::new(if self.random.one_in(200) {
                    rare[self.random.below(5) as usize]
                } else {
                    codes[self.random.below(17) as usize]
                }),
                base_offset: self.number(),
                log_append_time: if self.random.one_in(100) { self.number() } else { -1 },
                log_start_offset: self.number(),
            }),
        }
    }

    fn described(&mut self) -> Described {
        match self.random.below(8) {
            0 => Described::NotListed { log_start_offset: None },
            1 => Described::NotListed { log_start_offset: Some(self.number()) },
            2 if self.random.one_in(50) => Described::Unsupported,
            3 => Described::Failed,
            4 if self.random.one_in(20) => Described::Listed {
                epoch: self.number() as i32,
                last_sequence: self.number() as i32,
            },
            _ => {
                let last = self.attempts.last();
                let known = last.map_or((0, -1), |attempt| {
                    let stamp = attempt.stamp;
                    (i32::from(stamp.identity.epoch.get()), stamp.base_sequence.get())
                });
                Described::Listed { epoch: known.0, last_sequence: known.1 }
            }
        }
    }

    fn sent(&mut self, attempt: Attempt) {
        let first = *self.used.entry((attempt.partition, attempt.stamp)).or_insert(attempt.batch);
        assert_eq!(first, attempt.batch, "{:?} is used twice", attempt.stamp);
        self.attempts.push(attempt);
    }

    /// One call. Whether it was refused.
    fn step(&mut self) -> bool {
        self.now += self.random.below(200) as i64;
        let (partition, now) = (self.partition(), self.time());
        match self.random.below(24) {
            0..=5 => {
                let many = self.number() as i32;
                // Numbers come again after 2^31 records; here they must not.
                let records = if many.unsigned_abs() < 1 << 30 { many.min(4) } else { 1 };
                let batch = NewBatch { records, max_timestamp: self.time(), created: now };
                let may = self.producer.may_assign(partition, &batch, now);
                let assigned = self.producer.assign(partition, batch, now);
                assert_eq!(may.err(), assigned.err(), "may_assign says what assign does");
                assigned.map(|attempt| self.sent(attempt)).is_err()
            }
            6..=8 => {
                let again = self.producer.resend(partition, now);
                again.map(|attempt| self.sent(attempt)).is_err()
            }
            9..=14 => {
                let (attempt, answer) = (self.attempt(), self.answer());
                self.producer.handle_response(attempt, answer, now).is_err()
            }
            15 => self.producer.describe(partition).is_err(),
            16 => {
                let described = self.described();
                self.producer.handle_described(partition, described, now).is_err()
            }
            17 => {
                let identity = self.identity();
                self.producer.handle_identity(identity).is_err()
            }
            18 => {
                let batch = self.attempt().batch;
                let at = if self.random.one_in(3) { self.number() as i32 } else { 1 };
                self.producer.split(partition, batch, at).is_err()
            }
            19 => {
                let batch = self.attempt().batch;
                self.random.one_in(10) && self.producer.give_up(partition, batch, now).is_err()
            }
            20 => {
                self.producer.handle_timeout(partition, now);
                false
            }
            21 if self.random.one_in(2) => {
                self.producer.handle_disconnect(partition, now);
                false
            }
            21 => {
                self.producer.handle_leader_change(partition, now);
                false
            }
            22 => self.rarely(partition, now),
            _ => {
                let _ =
                    (self.producer.take_verdict(partition), self.producer.take_notice(partition));
                false
            }
        }
    }

    fn rarely(&mut self, partition: u32, now: Timestamp) -> bool {
        match self.random.below(40) {
            0 => {
                self.producer.handle_fatal(Fatal::Fenced, now);
                false
            }
            1..=6 => self.producer.bump(partition, now).is_err(),
            7 => {
                self.next_id += 1;
                let id = ProducerId::new(self.next_id).unwrap();
                let restored = RestoredPartition {
                    identity: Identity { id, epoch: self.identity().epoch },
                    next_sequence: self.sequence(),
                    last_acked: Some(self.sequence()),
                    last_acked_offset: Some(self.number()),
                    first_use_offset: Some(self.number()),
                    newest_acked: Some(now),
                    acked_ever: true,
                };
                self.producer.restore(partition, &restored).is_err()
            }
            8 => {
                let batch = RestoredBatch {
                    base_sequence: self.sequence(),
                    records: self.number() as i32,
                    max_timestamp: now,
                    created: now,
                    first_sent: now,
                };
                self.producer.restore_batch(partition, batch, now).is_err()
            }
            9 => {
                self.producer.set_timestamp_type(partition, TimestampType::CreateTime);
                false
            }
            10 => {
                let offset = self.number();
                self.producer.set_first_use_offset(partition, offset);
                false
            }
            _ => false,
        }
    }

    fn check(&self) {
        for partition in 0..PARTITIONS {
            assert!(self.producer.on_wire(partition) <= MAX_UNDECIDED);
            // Whatever is asked for can be done: no livelock.
            let now = Timestamp::from_millis(self.now);
            let mut copy = self.producer.clone();
            let next = copy.poll(partition, now);
            match next {
                Next::Idle => continue,
                Next::Timeout => copy.handle_timeout(partition, now),
                Next::Send(_) => drop(copy.resend(partition, now).expect("it polled")),
                Next::Split(batch) => copy.give_up(partition, batch, now).expect("it polled"),
                Next::Describe { .. } => copy.describe(partition).expect("it polled"),
            }
            assert_ne!(
                format!("{copy:?}"),
                format!("{:?}", self.producer),
                "{next:?} does nothing"
            );
        }
    }
}

fn run(seed: u64, kind: Kind, steps: usize) {
    let settings = Settings::new(kind).delivery_timeout_ms(3_000).retries(20);
    let mut hostile = Hostile {
        random: Random::new(seed),
        producer: Producer::new(vec![Slot::EMPTY; PARTITIONS as usize], settings),
        attempts: Vec::new(),
        used: HashMap::new(),
        now: 1_700_000_000_000,
        next_id: 0,
    };
    for _ in 0..steps {
        let before = format!("{:?}", hostile.producer);
        if hostile.step() {
            assert_eq!(format!("{:?}", hostile.producer), before, "a refusal changed something");
        }
        hostile.check();
    }
}

#[test]
fn any_calls_in_any_order_leave_an_idempotent_producer_lawful() {
    (0..100).for_each(|seed| run(seed, Kind::Idempotent, 300));
}

#[test]
fn any_calls_in_any_order_leave_a_transactional_producer_lawful() {
    (0..100).for_each(|seed| run(seed, Kind::Transactional, 300));
}

/// What the caller gives is all there is.
#[test]
fn memory_is_fixed_for_a_partition_and_for_a_batch() {
    let slot = size_of::<Slot<8>>();
    let batch = (slot - size_of::<Slot<1>>()) / 7;
    assert_eq!((slot, batch), (760, 72), "bytes a partition with eight places, and a place");
    assert_eq!(size_of::<Slot<1>>(), 256);
    assert_eq!(size_of::<Producer<[Slot<1>; 0], 1>>(), 96, "what partitions share");
}
