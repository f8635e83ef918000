//! fencepost's producer, as a client that follows its contract.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use fencepost::error_code::ErrorCode;
use fencepost::ids::{Epoch, Identity, ProducerId, Timestamp};
use fencepost::journal::{Bound, Journaled, TopicPartition, Word as Kind};
use fencepost::producer::{
    Answer, Attempt, BatchId, Described, Fatal, NewBatch, Next, Notice, Producer, Settings, Slot,
    TimestampType, Verdict,
};

use crate::client::{Client, Want};
use crate::core::{Core, Kept, Sent, last_before};
use crate::disk::Disk;
use crate::piece::{Numbers, Piece, Sending, Word};

/// A batch without a verdict.
#[derive(Clone, Copy, Debug)]
struct Open {
    piece: Piece,
    timestamp: i64,
}

/// Where the work on the journal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Chore {
    None,
    /// The disk is syncing.
    Syncing,
    /// What was lost is cut off, and that is not durable yet.
    Cut,
    /// A new journal is written, and not in its place.
    Rewritten,
    /// It is in its place, and the producer does not know it.
    Replaced,
}

/// [`Producer`], alone or in its journal, with the bytes and tokens that are its caller's.
#[derive(Debug)]
pub struct Ours {
    core: Core,
    open: BTreeMap<(usize, BatchId), Open>,
    attempts: BTreeMap<u64, Attempt>,
    wants: VecDeque<Want>,
    notices: Vec<Notice>,
    topics: Vec<u32>,
    /// Another epoch begins before anything new is taken.
    recovering: Vec<bool>,
    used: Vec<bool>,
    asked_identity: bool,
    next_token: u64,
    chore: Chore,
    /// A journal that was full, or a disk: nothing new until then.
    rests_until: i64,
}

/// A number and its time, as fencepost's types have it.
fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn slot(partition: usize) -> u32 {
    u32::try_from(partition).expect("few partitions")
}

/// The id of an incarnation of a topic.
fn topic_partition(topic: u32, partition: usize) -> TopicPartition {
    let mut topic_id = [7; 16];
    topic_id[..4].copy_from_slice(&topic.to_be_bytes());
    TopicPartition { topic_id, partition: i32::try_from(partition).unwrap_or(0) }
}

/// What the journal says of one partition's source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resumed {
    /// Records that were read: all up to the last of them were (J4).
    pub read: Vec<Piece>,
    /// The topic is another one: its source begins anew.
    pub recreated: bool,
}

impl Ours {
    /// A producer without a journal.
    #[must_use]
    pub fn new(topics: &[u32], settings: Settings, told_type: TimestampType) -> Self {
        Self::with(Core::Bare(bare(topics, settings)), topics, told_type)
    }

    fn with(mut core: Core, topics: &[u32], told_type: TimestampType) -> Self {
        let partitions = topics.len();
        for partition in 0..partitions {
            core.set_timestamp_type(slot(partition), told_type);
        }
        Self {
            core,
            open: BTreeMap::new(),
            attempts: BTreeMap::new(),
            wants: VecDeque::new(),
            notices: Vec::new(),
            topics: topics.to_vec(),
            recovering: vec![false; partitions],
            used: vec![false; partitions],
            asked_identity: false,
            next_token: 0,
            chore: Chore::None,
            rests_until: 0,
        }
    }

    /// Begins from its journal, or begins one: `topics` are those that are there now.
    ///
    /// # Panics
    /// If the journal can't be read, or the producer refuses what it gave itself.
    #[must_use]
    pub fn recover(
        disk: Rc<RefCell<Disk>>,
        topics: &[u32],
        settings: Settings,
        told_type: TimestampType,
        now: i64,
    ) -> (Self, Vec<Resumed>) {
        let read = disk.borrow_mut().recover(topics.len());
        let read = read.expect("what a crash leaves can be read");
        let fresh = || disk.borrow().begin(topics.len());
        let mut journal = read.map_or_else(fresh, |(journal, _)| journal);
        journal.hold([1; 16]);
        let both = Journaled::new(bare(topics, settings), journal).expect("a new one asks");
        let kept = Kept::new(both, disk);
        let mut this = Self::with(Core::Kept(Box::new(kept)), topics, told_type);
        let resumed = (0..topics.len()).map(|partition| this.bind(partition, now)).collect();
        (this, resumed)
    }

    fn bind(&mut self, partition: usize, now: i64) -> Resumed {
        let of = topic_partition(self.topics[partition], partition);
        let kept = self.core.kept().expect("it has a journal");
        let before: Vec<(Piece, i64)> = kept.undecided(slot(partition));
        let bound = kept.both.bind(slot(partition), of, at(now)).expect("what it wrote itself");
        let known = kept.both.journal().kept(slot(partition)).expect("a slot");
        let failed: Vec<(Piece, Kind)> = (known.unwritten().iter())
            .filter_map(|unwritten| Some((last_before(unwritten.cursor)?, unwritten.word)))
            .collect();
        let names: Vec<BatchId> = known.batches().filter_map(|batch| batch.name).collect();
        let ended = failed.iter().map(|(piece, _)| *piece).chain(last_before(known.cursor()));
        let read: Vec<Piece> = ended.chain(before.iter().map(|(piece, _)| *piece)).collect();
        self.used[partition] = bound != Bound::New;
        if let Bound::Recreated { possibly_written } = bound {
            assert_eq!(possibly_written, before.len());
            for (piece, _) in before {
                self.wants.push_back(Want::Tell(piece, Word::Possibly(None)));
            }
            return Resumed { read: Vec::new(), recreated: true };
        }
        // A crash may have kept it from being told.
        for (piece, _) in failed.into_iter().filter(|(_, word)| *word == Kind::NotWritten) {
            self.wants.push_back(Want::Tell(piece, Word::NotWritten));
        }
        for ((piece, timestamp), batch) in before.into_iter().zip(names) {
            self.open.insert((partition, batch), Open { piece, timestamp });
        }
        Resumed { read, recreated: false }
    }

    fn sent(&mut self, sent: Sent) {
        let Sent::Now(attempt) = sent else { return };
        let partition = attempt.partition as usize;
        let Identity { id, epoch } = attempt.stamp.identity;
        let base = attempt.stamp.base_sequence.get();
        let numbers = Numbers { id: id.get(), epoch: epoch.get(), base };
        let open = self.open[&(partition, attempt.batch)];
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
        let whole = self.open[&key].piece;
        let first = Piece { records: whole.records / 2, ..whole };
        let second = Piece { first: first.end(), records: whole.records - first.records, ..whole };
        let Some(rest) = self.core.split(partition, batch, [first, second], at(now)) else {
            self.core.give_up(partition, batch, at(now));
            return;
        };
        let open = self.open.get_mut(&key).expect("it is there");
        open.piece = first;
        let behind = Open { piece: second, ..*open };
        self.open.insert((key.0, rest), behind);
    }

    fn take_verdicts(&mut self) {
        for partition in 0..self.topics.len() {
            while let Some(ended) = self.core.take_verdict(slot(partition)) {
                let key = (partition, ended.batch);
                let Some(open) = self.open.remove(&key) else { continue };
                let word = match ended.verdict {
                    Verdict::Written { base_offset } => Word::Written(base_offset),
                    Verdict::NotWritten(_) => Word::NotWritten,
                    Verdict::PossiblyWritten(cause) => Word::Possibly(Some(cause)),
                };
                self.wants.push_back(Want::Tell(open.piece, word));
            }
            self.notices.extend(self.core.take_notice(slot(partition)));
        }
    }

    /// Of a topic that is gone nothing is known: without a journal the caller begins the next
    /// epoch.
    fn begin_again(&mut self, now: i64) {
        let Core::Bare(producer) = &mut self.core else { return };
        for partition in 0..self.topics.len() {
            let decided = producer.oldest_undecided(slot(partition)).is_none();
            if self.recovering[partition] && decided {
                self.recovering[partition] = producer.bump(slot(partition), at(now)).is_err();
            }
        }
    }

    /// The journal's part of the work, one step of it: the process may die behind each.
    fn keep(&mut self, now: i64) -> Option<Want> {
        let chore = self.chore;
        let kept = self.core.kept()?;
        match chore {
            Chore::Syncing => return None,
            Chore::Cut => {
                kept.disk.borrow_mut().sync_cut();
                kept.both.synced();
                self.chore = Chore::None;
            }
            Chore::Rewritten => {
                kept.disk.borrow_mut().replace();
                self.chore = Chore::Replaced;
                return Some(Want::Step);
            }
            Chore::Replaced => {
                kept.both.replaced().expect("it is complete");
                self.chore = Chore::None;
                return Some(Want::Step);
            }
            Chore::None => {}
        }
        if kept.both.journal().is_empty() {
            return self.compact(now);
        }
        if let Some(bytes) = kept.unwritten.pop_front() {
            let written = kept.disk.borrow_mut().append(&bytes, now);
            kept.dirty = true;
            if written.is_err() {
                kept.unwritten.clear();
                self.lose(now);
            }
            return Some(Want::Step);
        }
        if kept.dirty {
            self.chore = Chore::Syncing;
            return Some(Want::Sync);
        }
        self.trim_or_compact(now)
    }

    fn trim_or_compact(&mut self, now: i64) -> Option<Want> {
        if now < self.rests_until {
            return None;
        }
        let partitions = self.topics.len();
        let kept = self.core.kept()?;
        let waits = (0..partitions).map(slot).find(|slot| kept.both.needs_trim(*slot));
        let trimmed = waits.map(|slot| kept.trim(slot));
        if kept.full || (trimmed.is_none() && kept.both.journal().should_compact()) {
            return self.compact(now);
        }
        trimmed.map(|_| Want::Step)
    }

    fn compact(&mut self, now: i64) -> Option<Want> {
        if now < self.rests_until {
            return None;
        }
        let kept = self.core.kept()?;
        kept.full = false;
        let new = kept.new_journal()?;
        if kept.disk.borrow_mut().write_new(new, now).is_err() {
            kept.both.keep_old();
            self.rests_until = now + REST;
            return Some(Want::Step);
        }
        self.chore = Chore::Rewritten;
        Some(Want::Step)
    }

    /// The disk is full: what was written since the last sync is cut off.
    fn lose(&mut self, now: i64) {
        let Some(kept) = self.core.kept() else { return };
        kept.disk.borrow_mut().cut();
        kept.both.lost(at(now));
        kept.dirty = false;
        for permit in std::mem::take(&mut kept.permits) {
            assert!(matches!(kept.claim(permit), Sent::No), "what was lost is not sent");
        }
        self.rests_until = now + REST;
        self.chore = Chore::Cut;
    }

    /// Does the next thing that the producer asks for: `None` if there is nothing.
    fn serve(&mut self, now: i64) -> Option<Option<Want>> {
        let (partition, next) = self.core.producer().poll_any(None, at(now))?;
        match next {
            Next::Idle => return None,
            Next::Timeout => self.core.handle_timeout(partition, at(now)),
            Next::Send(_) => match self.core.resend(partition, at(now)) {
                Some(sent) => self.sent(sent),
                None => self.rests_until = now + REST,
            },
            Next::Split(batch) => self.split(partition, batch, now),
            Next::Describe { id, refresh } => {
                self.core.describe(partition);
                return Some(Some(Want::Describe(partition as usize, id.get(), refresh)));
            }
        }
        Some(None)
    }

    fn needs_identity(&self) -> bool {
        self.core.producer().poll_identity() && !self.asked_identity
    }

    fn is_held_up(&self, now: i64) -> bool {
        self.chore == Chore::Syncing || now < self.rests_until
    }
}

/// How long nothing is tried after a write was refused, in ms.
const REST: i64 = 20;

fn bare(topics: &[u32], settings: Settings) -> Producer<Vec<Slot>> {
    Producer::new(vec![Slot::EMPTY; topics.len()], settings)
}

fn producer_id(id: i64) -> ProducerId {
    ProducerId::new(id).expect("ids count from 0")
}

impl Client for Ours {
    fn offer(&mut self, partition: usize, piece: Piece, timestamp: i64, now: i64) -> bool {
        if self.recovering[partition] || self.is_held_up(now) {
            return false;
        }
        let batch =
            NewBatch { records: piece.numbers(), max_timestamp: at(timestamp), created: at(now) };
        let Some(sent) = self.core.assign(slot(partition), batch, piece, at(now)) else {
            return false;
        };
        let name = match &sent {
            Sent::Now(attempt) => attempt.batch,
            Sent::Later(batch) => *batch,
            Sent::No => return false,
        };
        self.used[partition] = true;
        self.open.insert((partition, name), Open { piece, timestamp });
        self.sent(sent);
        true
    }

    fn next(&mut self, now: i64) -> Option<Want> {
        for _ in 0..1_000 {
            if let Some(want) = self.wants.pop_front() {
                return Some(want);
            }
            self.take_verdicts();
            self.begin_again(now);
            if self.needs_identity() {
                self.asked_identity = true;
                return Some(Want::Identity);
            }
            if !self.wants.is_empty() {
                continue;
            }
            if let Some(want) = self.keep(now) {
                return Some(want);
            }
            if self.is_held_up(now) {
                return None;
            }
            if let Some(want) = self.serve(now)? {
                return Some(want);
            }
        }
        panic!("the producer wants the same again and again: {self:?}");
    }

    fn synced(&mut self, now: i64) {
        let Some(kept) = self.core.kept() else { return };
        if kept.disk.borrow_mut().sync().is_err() {
            // What the disk holds is not known: only opening the journal again tells.
            self.wants.push_back(Want::Restart);
            self.rests_until = now + REST;
            return;
        }
        kept.both.synced();
        kept.dirty = false;
        self.chore = Chore::None;
        let permits = std::mem::take(&mut kept.permits);
        for permit in permits {
            let sent = self.core.kept().map_or(Sent::No, |kept| kept.claim(permit));
            self.sent(sent);
        }
    }

    fn answered(&mut self, token: u64, answer: Answer, now: i64) {
        let Some(attempt) = self.attempts.get(&token).copied() else { return };
        self.core.handle_response(attempt, answer, at(now));
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
            self.core.handle_disconnect(slot(*partition), at(now));
        }
        self.wants.push_back(Want::Metadata);
    }

    fn leader_changed(&mut self, partition: usize, _: usize, _: i32, now: i64) {
        self.core.handle_leader_change(slot(partition), at(now));
    }

    /// Nothing that was undecided will be: the topic that it was for is gone (J3). A slot is bound
    /// once, so a producer with a journal opens it again.
    fn topic_changed(&mut self, partition: usize, topic: u32, now: i64) {
        if let (Core::Kept(_), true) = (&self.core, self.used[partition]) {
            self.wants.clear();
            self.wants.push_back(Want::Restart);
            return;
        }
        while let Some(batch) = self.core.producer().oldest_undecided(slot(partition)) {
            self.core.give_up(slot(partition), batch, at(now));
            self.take_verdicts();
        }
        self.topics[partition] = topic;
        self.core.handle_leader_change(slot(partition), at(now));
        self.recovering[partition] = self.used[partition];
    }

    fn described(&mut self, partition: usize, described: Described, now: i64) {
        self.core.handle_described(slot(partition), described, at(now));
    }

    fn identified(&mut self, id: i64, epoch: i16, _: i64) {
        self.asked_identity = false;
        let epoch = Epoch::new(epoch).expect("epochs count from 0");
        self.core.handle_identity(Identity { id: producer_id(id), epoch });
    }

    fn first_use(&mut self, partition: usize, offset: i64) {
        self.core.set_first_use_offset(slot(partition), offset);
    }

    fn wake(&self, now: i64) -> Option<i64> {
        if self.chore == Chore::Syncing {
            return None;
        }
        let producer = self.core.producer();
        let all = (0..producer.partitions()).filter_map(|p| producer.poll_timeout(p));
        let wake = all.map(Timestamp::as_millis).min();
        if now < self.rests_until { Some(self.rests_until) } else { wake }
    }

    fn has_kept_all(&self) -> bool {
        match &self.core {
            Core::Bare(_) => true,
            Core::Kept(kept) => {
                self.chore == Chore::None && !kept.dirty && kept.unwritten.is_empty()
            }
        }
    }

    fn notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    fn fatal(&self) -> Option<Fatal> {
        self.core.producer().fatal()
    }

    fn must_prepare(&self) -> bool {
        let full = matches!(&self.core, Core::Kept(kept) if kept.full);
        full || self.needs_identity()
    }

    fn undecided(&self) -> usize {
        self.open.len()
    }

    fn is_idle(&self) -> bool {
        self.open.is_empty() && self.wants.is_empty()
    }
}
