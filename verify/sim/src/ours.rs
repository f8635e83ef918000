//! fencepost's producer, as a client that follows its contract.

use std::collections::{BTreeMap, VecDeque};

use fencepost::error_code::ErrorCode;
use fencepost::ids::{Epoch, Identity, ProducerId, Sequence, Timestamp};
use fencepost::producer::{
    Answer, Attempt, BatchId, Described, Fatal, NewBatch, Next, Notice, Producer, RestoredBatch,
    RestoredPartition, Settings, Slot, TimestampType, Verdict,
};

use crate::client::{Client, Want};
use crate::journal::{Journal, Kept, Record, Recovered};
use crate::piece::{Numbers, Piece, Sending, Word};

/// A batch without a verdict.
#[derive(Clone, Copy, Debug)]
struct Open {
    piece: Piece,
    timestamp: i64,
    first_sent: i64,
    /// The numbers that it was kept under.
    kept: Option<Numbers>,
}

/// [`Producer`] with the bytes, tokens and journal records that are its caller's.
#[derive(Debug)]
pub struct Ours {
    producer: Producer<Vec<Slot>>,
    open: BTreeMap<(usize, BatchId), Open>,
    attempts: BTreeMap<u64, Attempt>,
    wants: VecDeque<Want>,
    notices: Vec<Notice>,
    topics: Vec<u32>,
    /// The epoch that the journal holds for each partition.
    epochs: Vec<Option<i16>>,
    /// What came back from the journal is being resolved; nothing new is taken before the bump.
    recovering: Vec<bool>,
    used: Vec<bool>,
    asked_identity: bool,
    next_token: u64,
}

/// A number and its time, as fencepost's types have it.
fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn slot(partition: usize) -> u32 {
    u32::try_from(partition).expect("few partitions")
}

impl Ours {
    /// A producer that never was.
    #[must_use]
    pub fn new(topics: &[u32], settings: Settings, told_type: TimestampType) -> Self {
        let partitions = topics.len();
        let slots = vec![Slot::EMPTY; partitions];
        let mut producer = Producer::new(slots, settings);
        for partition in 0..partitions {
            producer.set_timestamp_type(slot(partition), told_type);
        }
        Self {
            producer,
            open: BTreeMap::new(),
            attempts: BTreeMap::new(),
            wants: VecDeque::new(),
            notices: Vec::new(),
            topics: topics.to_vec(),
            epochs: vec![None; partitions],
            recovering: vec![false; partitions],
            used: vec![false; partitions],
            asked_identity: false,
            next_token: 0,
        }
    }

    /// Comes back from its journal (J6): `topics` are those that are there now.
    ///
    /// # Panics
    /// If the producer refuses what it gave itself.
    #[must_use]
    pub fn recover(
        journal: &dyn Journal,
        topics: &[u32],
        settings: Settings,
        told_type: TimestampType,
        now: i64,
    ) -> Self {
        let mut this = Self::new(topics, settings, told_type);
        let Some(id) = journal.identity() else { return this };
        let identity = Identity { id: producer_id(id), epoch: Epoch::ZERO };
        this.producer.handle_identity(identity).expect("a new one asks");
        this.asked_identity = true;
        for (partition, found) in journal.recover(topics.len()).into_iter().enumerate() {
            let lost_topic = found.topic != topics[partition];
            this.restore(partition, &found, lost_topic, now);
            for piece in found.unsent {
                this.wants.push_back(Want::Tell(piece, Word::NotWritten));
            }
        }
        this
    }

    fn restore(&mut self, partition: usize, found: &Recovered, lost_topic: bool, now: i64) {
        let Some(next) = found.next else { return };
        let kept = RestoredPartition {
            identity: Identity { id: producer_id(next.id), epoch: epoch(next.epoch) },
            next_sequence: sequence(next.base),
            last_acked: found.last_acked.map(sequence),
            last_acked_offset: found.acked_offset,
            first_use_offset: found.first_use,
            newest_acked: found.newest_acked.map(at),
            acked_ever: found.acked_ever,
        };
        // Of a topic that was created again nothing is known but the epoch (J3).
        let kept = if lost_topic {
            RestoredPartition {
                last_acked_offset: None,
                first_use_offset: None,
                acked_ever: false,
                ..kept
            }
        } else {
            kept
        };
        self.producer.restore(slot(partition), &kept).expect("a slot that is empty");
        self.epochs[partition] = Some(next.epoch);
        self.recovering[partition] = true;
        self.used[partition] = true;
        for batch in &found.undecided {
            if lost_topic {
                self.wants.push_back(Want::Tell(batch.piece, Word::Possibly(None)));
                continue;
            }
            let restored = RestoredBatch {
                base_sequence: sequence(batch.numbers.base),
                records: batch.piece.records,
                max_timestamp: at(batch.timestamp),
                created: at(now),
                first_sent: at(batch.first_sent),
            };
            let id = self.producer.restore_batch(slot(partition), restored, at(now));
            let open = Open {
                piece: batch.piece,
                timestamp: batch.timestamp,
                first_sent: batch.first_sent,
                kept: Some(batch.numbers),
            };
            self.open.insert((partition, id.expect("what it sent itself")), open);
        }
    }

    fn send(&mut self, attempt: Attempt, now: i64) {
        let partition = attempt.partition as usize;
        let Identity { id, epoch } = attempt.stamp.identity;
        let base = attempt.stamp.base_sequence.get();
        let numbers = Numbers { id: id.get(), epoch: epoch.get(), base };
        let open = self.open[&(partition, attempt.batch)];
        if self.epochs[partition].is_some_and(|known| known != numbers.epoch) {
            let of = |((p, _), open): (&(usize, BatchId), &Open)| {
                (*p == partition && open.kept.is_some()).then_some(open.piece)
            };
            let unsent = self.open.iter().filter_map(of).collect();
            self.wants.push_back(Want::Keep(Record::Bump(partition, numbers.epoch, unsent)));
        }
        self.epochs[partition] = Some(numbers.epoch);
        if open.kept != Some(numbers) {
            self.wants.push_back(Want::Keep(Record::Batch(Kept {
                partition,
                topic: self.topics[partition],
                numbers,
                piece: open.piece,
                timestamp: open.timestamp,
                first_sent: open.first_sent.min(now),
            })));
            let open = self.open.get_mut(&(partition, attempt.batch)).expect("it is there");
            open.kept = Some(numbers);
        }
        let token = self.next_token;
        self.next_token += 1;
        self.attempts.insert(token, attempt);
        self.wants.push_back(Want::Send(Sending {
            token,
            partition,
            topic: self.topics[partition],
            numbers,
            piece: open.piece,
            timestamp: open.timestamp,
        }));
    }

    fn split(&mut self, partition: u32, batch: BatchId, now: i64) {
        let key = (partition as usize, batch);
        let whole = self.open[&key];
        let records = whole.piece.records / 2;
        let Ok(rest) = self.producer.split(partition, batch, records) else {
            self.producer.give_up(partition, batch, at(now)).expect("it is undecided");
            return;
        };
        let first = whole.piece.first;
        self.wants.push_back(Want::Keep(Record::Split(key.0, first, records)));
        let behind = Piece {
            first: first + i64::from(records),
            records: whole.piece.records - records,
            ..whole.piece
        };
        let kept = whole.kept.map(|numbers| Numbers {
            base: fencepost::ids::raw::increment(numbers.base, records),
            ..numbers
        });
        self.open.insert((key.0, rest), Open { piece: behind, kept, ..whole });
        let open = self.open.get_mut(&key).expect("it is there");
        open.piece.records = records;
    }

    fn take_verdicts(&mut self) {
        for partition in 0..self.topics.len() {
            while let Some(ended) = self.producer.take_verdict(slot(partition)) {
                let key = (partition, ended.batch);
                let Some(open) = self.open.remove(&key) else { continue };
                let word = match ended.verdict {
                    Verdict::Written { base_offset } => Word::Written(base_offset),
                    Verdict::NotWritten(_) => Word::NotWritten,
                    Verdict::PossiblyWritten(cause) => Word::Possibly(Some(cause)),
                };
                let record = Record::Verdict(partition, open.piece.first, word);
                self.wants.push_back(Want::Keep(record));
                self.wants.push_back(Want::Tell(open.piece, word));
            }
            self.notices.extend(self.producer.take_notice(slot(partition)));
        }
    }

    fn begin_again(&mut self, now: i64) {
        for partition in 0..self.topics.len() {
            let decided = self.producer.oldest_undecided(slot(partition)).is_none();
            if self.recovering[partition] && decided {
                self.recovering[partition] = self.producer.bump(slot(partition), at(now)).is_err();
            }
        }
    }
}

fn producer_id(id: i64) -> ProducerId {
    ProducerId::new(id).expect("ids count from 0")
}

fn epoch(epoch: i16) -> Epoch {
    Epoch::new(epoch).expect("epochs count from 0")
}

fn sequence(sequence: i32) -> Sequence {
    Sequence::new(sequence).expect("sequences count from 0")
}

impl Client for Ours {
    fn offer(&mut self, partition: usize, piece: Piece, timestamp: i64, now: i64) -> bool {
        if self.recovering[partition] {
            return false;
        }
        let batch =
            NewBatch { records: piece.records, max_timestamp: at(timestamp), created: at(now) };
        let Ok(attempt) = self.producer.assign(slot(partition), batch, at(now)) else {
            return false;
        };
        self.used[partition] = true;
        let open = Open { piece, timestamp, first_sent: now, kept: None };
        self.open.insert((partition, attempt.batch), open);
        self.send(attempt, now);
        true
    }

    fn next(&mut self, now: i64) -> Option<Want> {
        for _ in 0..1_000 {
            if let Some(want) = self.wants.pop_front() {
                return Some(want);
            }
            self.take_verdicts();
            self.begin_again(now);
            if self.producer.poll_identity() && !self.asked_identity {
                self.asked_identity = true;
                return Some(Want::Identity);
            }
            if !self.wants.is_empty() {
                continue;
            }
            let (partition, next) = self.producer.poll_any(None, at(now))?;
            match next {
                Next::Idle => return None,
                Next::Timeout => self.producer.handle_timeout(partition, at(now)),
                Next::Send(_) => {
                    let attempt = self.producer.resend(partition, at(now)).expect("it polled");
                    self.send(attempt, now);
                }
                Next::Split(batch) => self.split(partition, batch, now),
                Next::Describe { refresh, .. } => {
                    self.producer.describe(partition).expect("it polled");
                    let of = self.producer.identity().map_or(-1, |identity| identity.id.get());
                    return Some(Want::Describe(partition as usize, of, refresh));
                }
            }
        }
        panic!("the producer wants the same again and again: {self:?}");
    }

    fn answered(&mut self, token: u64, answer: Answer, now: i64) {
        let Some(attempt) = self.attempts.get(&token).copied() else { return };
        // An answer that nobody waits for any more is refused, and that is right.
        let _ = self.producer.handle_response(attempt, answer, at(now));
        let moved = match answer {
            Answer::Response(response) => [
                ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
                ErrorCode::NOT_LEADER_OR_FOLLOWER,
                ErrorCode::KAFKA_STORAGE_ERROR,
                ErrorCode::UNKNOWN_TOPIC_ID,
            ]
            .contains(&response.code),
            _ => true,
        };
        if moved {
            self.wants.push_back(Want::Metadata);
        }
    }

    fn disconnected(&mut self, partitions: &[usize], tokens: &[u64], now: i64) {
        for token in tokens {
            self.answered(*token, Answer::Disconnected, now);
        }
        for partition in partitions {
            self.producer.handle_disconnect(slot(*partition), at(now));
        }
        self.wants.push_back(Want::Metadata);
    }

    fn leader_changed(&mut self, partition: usize, _: usize, _: i32, now: i64) {
        self.producer.handle_leader_change(slot(partition), at(now));
    }

    /// Nothing that was undecided will be: the topic that it was for is gone (J3).
    fn topic_changed(&mut self, partition: usize, topic: u32, now: i64) {
        while let Some(batch) = self.producer.oldest_undecided(slot(partition)) {
            self.producer.give_up(slot(partition), batch, at(now)).expect("it is undecided");
            self.take_verdicts();
        }
        self.topics[partition] = topic;
        self.producer.handle_leader_change(slot(partition), at(now));
        self.recovering[partition] = self.used[partition];
    }

    fn described(&mut self, partition: usize, described: Described, now: i64) {
        // A question that was begun anew has an answer of its own.
        let _ = self.producer.handle_described(slot(partition), described, at(now));
    }

    fn identified(&mut self, id: i64, _: i64) {
        self.asked_identity = false;
        self.wants.push_back(Want::Keep(Record::Identity(id)));
        let identity = Identity { id: producer_id(id), epoch: Epoch::ZERO };
        self.producer.handle_identity(identity).expect("it was asked for");
    }

    fn first_use(&mut self, partition: usize, offset: i64) {
        self.producer.set_first_use_offset(slot(partition), offset);
        self.wants.push_back(Want::Keep(Record::FirstUse(partition, offset)));
    }

    fn wake(&self, _: i64) -> Option<i64> {
        let all = 0..self.producer.partitions();
        all.filter_map(|p| self.producer.poll_timeout(p)).map(Timestamp::as_millis).min()
    }

    fn notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    fn fatal(&self) -> Option<Fatal> {
        self.producer.fatal()
    }

    fn is_idle(&self) -> bool {
        self.open.is_empty() && self.wants.is_empty()
    }
}
