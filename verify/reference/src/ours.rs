//! Fencepost's own producer in front of the scripted broker.

use std::collections::{BTreeMap, VecDeque};

use fencepost::error_code::ErrorCode;
use fencepost::ids::{Epoch, ProducerId, Timestamp};
use fencepost::producer::{
    self, Attempt, BatchId, Described, Kind, NewBatch, Next, Producer, Response, Slot, Verdict,
};

use crate::rules::Identity;
use crate::world::{Answer, Sent, Subject, Told};

/// [`Producer`] with one partition.
#[derive(Debug)]
pub struct Ours {
    producer: Producer<[Slot; 1]>,
    now: i64,
    queue: VecDeque<u64>,
    payloads: BTreeMap<BatchId, u64>,
    /// The newest sending of each payload.
    attempts: BTreeMap<u64, Attempt>,
}

impl Ours {
    /// A producer that has its identity.
    ///
    /// # Panics
    /// If the identity's numbers are negative.
    #[must_use]
    pub fn new(settings: producer::Settings, identity: Identity) -> Self {
        let mut producer = Producer::new([Slot::EMPTY], settings);
        let id = ProducerId::new(identity.id).expect("an id");
        let epoch = Epoch::new(identity.epoch).expect("an epoch");
        let taken = producer.handle_identity(fencepost::ids::Identity { id, epoch });
        taken.expect("there is none yet");
        let now = 1_700_000_000_000;
        let (payloads, attempts) = (BTreeMap::new(), BTreeMap::new());
        Self { producer, now, queue: VecDeque::new(), payloads, attempts }
    }

    /// As the reference's defaults.
    #[must_use]
    pub fn idempotent(identity: Identity) -> Self {
        Self::new(producer::Settings::new(Kind::Idempotent), identity)
    }

    const fn time(&self) -> Timestamp {
        Timestamp::from_millis(self.now)
    }

    /// The next batch to send: again, or for the first time.
    fn send(&mut self) -> Option<Attempt> {
        let now = self.time();
        match self.producer.poll(0, now) {
            Next::Send(_) => self.producer.resend(0, now).ok(),
            Next::Timeout => {
                self.producer.handle_timeout(0, now);
                self.send()
            }
            Next::Idle => {
                let payload = *self.queue.front()?;
                let batch = NewBatch { records: 1, max_timestamp: now, created: now };
                let attempt = self.producer.assign(0, batch, now).ok()?;
                self.queue.pop_front();
                self.payloads.insert(attempt.batch, payload);
                Some(attempt)
            }
            _ => None,
        }
    }

    fn take(&mut self, sent: &Sent, answer: producer::Answer) {
        let attempt = self.attempts[&sent.payload];
        let taken = self.producer.handle_response(attempt, answer, self.time());
        // A lost connection may come after the acknowledgement of a later batch (V4).
        debug_assert!(taken.is_ok() || answer == producer::Answer::Disconnected, "{taken:?}");
    }
}

impl Subject for Ours {
    fn append(&mut self, payload: u64) {
        self.queue.push_back(payload);
    }

    fn turn(&mut self) -> Vec<Sent> {
        let mut sends = Vec::new();
        loop {
            if let Some(attempt) = self.send() {
                let payload = self.payloads[&attempt.batch];
                self.attempts.insert(payload, attempt);
                let stamp = attempt.stamp;
                let (id, epoch) = (stamp.identity.id.get(), stamp.identity.epoch.get());
                sends.push(Sent {
                    identity: Identity { id, epoch },
                    base_sequence: stamp.base_sequence.get(),
                    records: 1,
                    payload,
                });
                continue;
            }
            // With nothing under way, nothing but time changes anything.
            let wake = self.producer.poll_timeout(0).map(Timestamp::as_millis);
            let idle = sends.is_empty() && self.producer.on_wire(0) == 0;
            match wake.filter(|wake| idle && *wake > self.now) {
                Some(wake) => self.now = wake,
                None => return sends,
            }
        }
    }

    fn answer(&mut self, sent: &Sent, answer: &Answer) {
        self.take(
            sent,
            producer::Answer::Response(Response {
                code: ErrorCode::new(answer.code),
                base_offset: answer.base_offset,
                log_append_time: answer.log_append_time,
                log_start_offset: answer.log_start,
            }),
        );
    }

    fn lose(&mut self, sent: &Sent) {
        self.take(sent, producer::Answer::Disconnected);
    }

    fn asks(&mut self) -> Option<i64> {
        let Next::Describe { id, .. } = self.producer.poll(0, self.time()) else { return None };
        let asked = self.producer.describe(0).is_ok();
        asked.then_some(id.get())
    }

    fn described(&mut self, known: Option<(i16, i32)>) {
        let described = match known {
            Some((epoch, last_sequence)) => {
                Described::Listed { epoch: i32::from(epoch), last_sequence }
            }
            None => Described::NotListed { log_start_offset: None },
        };
        let taken = self.producer.handle_described(0, described, self.time());
        debug_assert!(taken.is_ok(), "{taken:?}");
    }

    fn pass(&mut self, ms: i64) {
        self.now += ms;
    }

    fn outcomes(&mut self) -> Vec<(u64, Told)> {
        let mut told = Vec::new();
        while let Some(ended) = self.producer.take_verdict(0) {
            let word = match ended.verdict {
                Verdict::Written { base_offset } => Told::Written(base_offset),
                Verdict::NotWritten(_) => Told::Failed,
                Verdict::PossiblyWritten(_) => Told::PossiblyWritten,
            };
            told.extend(self.payloads.remove(&ended.batch).map(|payload| (payload, word)));
        }
        told
    }
}
