//! A producer driven line by line, so that a test reads as the story it tells.
#![allow(dead_code, unreachable_pub, reason = "every test uses a part of it")]

use fencepost::error_code::ErrorCode;
use fencepost::ids::{Epoch, Identity, ProducerId, Sequence, Timestamp};
use fencepost::producer::{
    Answer, Attempt, BatchId, Described, Kind, NewBatch, Next, Producer, Refusal, Response,
    RestoredPartition, Settings, Slot, Unexpected, Verdict,
};

pub const P: u32 = 0;
pub const Q: u32 = 1;

pub fn identity(id: i64, epoch: i16) -> Identity {
    Identity { id: ProducerId::new(id).unwrap(), epoch: Epoch::new(epoch).unwrap() }
}

pub struct Script {
    pub producer: Producer<Vec<Slot>>,
    pub now: i64,
}

/// Base sequence, and epoch.
pub fn numbers(attempt: Attempt) -> (i32, i16) {
    (attempt.stamp.base_sequence.get(), attempt.stamp.identity.epoch.get())
}

impl Script {
    /// A producer without an id.
    pub fn fresh(settings: Settings) -> Self {
        let producer = Producer::new(vec![Slot::EMPTY; 2], settings);
        Self { producer, now: 1_700_000_000_000 }
    }

    pub fn with(settings: Settings, id: i64, epoch: i16) -> Self {
        let mut script = Self::fresh(settings);
        script.producer.handle_identity(identity(id, epoch)).unwrap();
        script
    }

    pub fn idem(id: i64, epoch: i16) -> Self {
        Self::with(Settings::new(Kind::Idempotent), id, epoch)
    }

    pub fn txn(id: i64, epoch: i16) -> Self {
        Self::with(Settings::new(Kind::Transactional), id, epoch)
    }

    /// The partition goes on at this sequence, with nothing undecided, and is anchored by one
    /// batch of a record.
    pub fn at_sequence(id: i64, epoch: i16, next: i32) -> Self {
        let mut script = Self::idem(id, epoch);
        let before = fencepost::ids::raw::decrement(next, 1);
        let restored = RestoredPartition {
            identity: identity(id, epoch),
            next_sequence: Sequence::new(before).unwrap(),
            last_acked: Sequence::new(fencepost::ids::raw::decrement(before, 1)),
            last_acked_offset: Some(9),
            first_use_offset: Some(0),
            newest_acked: Some(script.time()),
            acked_ever: true,
        };
        script.producer.restore(P, &restored).unwrap();
        script.anchor(P);
        script
    }

    pub fn time(&self) -> Timestamp {
        Timestamp::from_millis(self.now)
    }

    pub fn later(&mut self, millis: i64) {
        self.now += millis;
    }

    pub fn new_batch(&self, records: i32) -> NewBatch {
        NewBatch { records, max_timestamp: self.time(), created: self.time() }
    }

    pub fn send(&mut self, partition: u32, records: i32) -> Attempt {
        let batch = self.new_batch(records);
        self.producer.assign(partition, batch, self.time()).expect("it may be numbered")
    }

    pub fn refused(&mut self, partition: u32) -> Refusal {
        let batch = self.new_batch(1);
        self.producer.assign(partition, batch, self.time()).expect_err("it may not be numbered")
    }

    /// One batch of one record, acknowledged: several may be in flight from here on (S1).
    pub fn anchor(&mut self, partition: u32) -> i32 {
        let attempt = self.send(partition, 1);
        self.ok(attempt, 0);
        self.producer.take_verdict(partition).expect("it is acknowledged");
        numbers(attempt).0
    }

    pub fn answer(&mut self, attempt: Attempt, answer: Answer) -> Result<(), Unexpected> {
        self.producer.handle_response(attempt, answer, self.time())
    }

    pub fn ok(&mut self, attempt: Attempt, offset: i64) {
        self.answer(attempt, Answer::Response(Response::ok(offset))).expect("it was sent");
    }

    pub fn error(&mut self, attempt: Attempt, code: ErrorCode) {
        self.answer(attempt, Answer::Response(Response::error(code))).expect("it was sent");
    }

    pub fn next(&self, partition: u32) -> Next {
        self.producer.poll(partition, self.time())
    }

    /// The batch that is due to be sent again, after its pause.
    pub fn again(&mut self, partition: u32) -> Attempt {
        if let Some(wake) = self.producer.poll_timeout(partition) {
            self.now = self.now.max(wake.as_millis());
        }
        self.producer.resend(partition, self.time()).expect("a batch waits")
    }

    pub fn nothing_to_send(&mut self, partition: u32) {
        let refused = self.producer.resend(partition, self.time());
        assert_eq!(refused, Err(Refusal::NothingToSend));
    }

    /// The leader is to be asked for the partition's own id.
    pub fn asks(&self, partition: u32, after_refresh: bool) {
        match self.next(partition) {
            Next::Describe { refresh, .. } => assert_eq!(refresh, after_refresh),
            other => panic!("{other:?}"),
        }
    }

    /// The question is asked and answered.
    pub fn described(&mut self, partition: u32, described: Described) {
        if let Some(wake) = self.producer.poll_timeout(partition) {
            self.now = self.now.max(wake.as_millis());
        }
        assert!(
            matches!(self.next(partition), Next::Describe { .. }),
            "{:?}",
            self.next(partition)
        );
        self.producer.describe(partition).unwrap();
        self.producer.handle_described(partition, described, self.time()).unwrap();
    }

    pub fn listed(&mut self, partition: u32, epoch: i32, last_sequence: i32) {
        self.described(partition, Described::Listed { epoch, last_sequence });
    }

    pub fn expire(&mut self, partition: u32) {
        assert_eq!(self.next(partition), Next::Timeout);
        self.producer.handle_timeout(partition, self.time());
    }

    pub fn verdicts(&mut self, partition: u32) -> Vec<(BatchId, Verdict)> {
        let mut verdicts = Vec::new();
        while let Some(ended) = self.producer.take_verdict(partition) {
            verdicts.push((ended.batch, ended.verdict));
        }
        verdicts
    }

    /// The one verdict there is.
    pub fn verdict(&mut self, attempt: Attempt) -> Verdict {
        let verdicts = self.verdicts(attempt.partition);
        assert_eq!(verdicts.len(), 1, "{verdicts:?}");
        assert_eq!(verdicts[0].0, attempt.batch);
        verdicts[0].1
    }
}

pub const fn written(offset: i64) -> Verdict {
    Verdict::Written { base_offset: Some(offset) }
}
