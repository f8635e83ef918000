//! The reference client's rules, defects included, as a client of the same world.

use std::collections::BTreeMap;

use fencepost::producer::{Answer, Described, Fatal, Notice};
use fencepost_reference::rules::{BatchHandle, Client as Rules, Identity, Outcome, Send, Settings};

use crate::client::{Client, Want};
use crate::piece::{Numbers, Piece, Sending, Word};

/// Kafka's own producer, as `verify/reference` has it in Rust.
#[derive(Debug)]
pub struct Reference {
    rules: Rules,
    brokers: usize,
    leaders: Vec<usize>,
    topics: Vec<u32>,
    pieces: BTreeMap<BatchHandle, (usize, Piece, i64)>,
    /// On the wire: partition and batch.
    tokens: BTreeMap<u64, (usize, BatchHandle)>,
    ready: Vec<Send>,
    told: Vec<(Piece, Word)>,
    open: usize,
    queued: Vec<usize>,
    wants_metadata: bool,
    next_token: u64,
    drained: bool,
    wake_at: i64,
}

impl Reference {
    /// A producer that has nothing; all partitions are led by the first broker.
    #[must_use]
    pub fn new(leaders: &[usize], brokers: usize, settings: Settings, topics: &[u32]) -> Self {
        let nodes = nodes(leaders, brokers);
        Self {
            rules: Rules::new(settings, nodes),
            brokers,
            leaders: leaders.to_vec(),
            topics: topics.to_vec(),
            pieces: BTreeMap::new(),
            tokens: BTreeMap::new(),
            ready: Vec::new(),
            told: Vec::new(),
            open: 0,
            queued: vec![0; leaders.len()],
            wants_metadata: false,
            next_token: 0,
            drained: false,
            wake_at: i64::MAX,
        }
    }

    fn take_outcomes(&mut self) {
        for (handle, outcome) in self.rules.outcomes() {
            let (partition, piece, _) = self.pieces[&handle];
            let word = match outcome {
                Outcome::Acked(offset) => Word::Written((offset >= 0).then_some(offset)),
                Outcome::Failed(_) => Word::Failed,
            };
            self.open -= 1;
            self.queued[partition] -= 1;
            self.told.push((piece, word));
        }
    }

    fn sending(&mut self, send: Send) -> Sending {
        let token = self.next_token;
        self.next_token += 1;
        self.tokens.insert(token, (send.partition, send.handle));
        let (_, piece, timestamp) = self.pieces[&send.handle];
        let Identity { id, epoch } = send.identity;
        Sending {
            token,
            partition: send.partition,
            topic: self.topics[send.partition],
            numbers: Numbers { id, epoch, base: send.base_sequence },
            piece,
            timestamp,
        }
    }
}

fn nodes(leaders: &[usize], brokers: usize) -> Vec<Vec<usize>> {
    let of = |broker| (0..leaders.len()).filter(|p| leaders[*p] == broker).collect();
    (0..brokers).map(of).collect()
}

/// The rules leave splitting out: a batch that is too large is told so by another refusal.
const MESSAGE_TOO_LARGE: i16 = 10;
const NOT_ENOUGH_REPLICAS: i16 = 19;

impl Client for Reference {
    fn offer(&mut self, partition: usize, piece: Piece, timestamp: i64, now: i64) -> bool {
        if self.queued[partition] >= 8 {
            return false;
        }
        let handle = self.rules.append(partition, piece.numbers(), now);
        self.pieces.insert(handle, (partition, piece, timestamp));
        self.queued[partition] += 1;
        self.open += 1;
        self.drained = false;
        true
    }

    fn next(&mut self, now: i64) -> Option<Want> {
        if let Some((piece, word)) = self.told.pop() {
            return Some(Want::Tell(piece, word));
        }
        if std::mem::take(&mut self.wants_metadata) {
            return Some(Want::Metadata);
        }
        if self.ready.is_empty() && (!self.drained || now >= self.wake_at) {
            self.ready = self.rules.drain(now).unwrap_or_default();
            self.rules.expire(now);
            self.drained = self.ready.is_empty();
            self.ready.reverse();
            self.take_outcomes();
            self.wake_at = self.rules.poll_timeout(now).unwrap_or(i64::MAX);
            if self.rules.take_identity_request().is_some() {
                return Some(Want::Identity);
            }
        }
        let Some(send) = self.ready.pop() else {
            return self.told.pop().map(|(piece, word)| Want::Tell(piece, word));
        };
        Some(Want::Send(self.sending(send)))
    }

    fn synced(&mut self, _: i64) {}

    fn answered(&mut self, token: u64, answer: Answer, now: i64) {
        let Some((partition, handle)) = self.tokens.remove(&token) else { return };
        self.drained = false;
        let _ = match answer {
            Answer::Response(response) => {
                let code = response.code.get();
                self.wants_metadata |= [3, 6, 56, 100].contains(&code);
                let code = if code == MESSAGE_TOO_LARGE { NOT_ENOUGH_REPLICAS } else { code };
                let (offset, start) = (response.base_offset, response.log_start_offset);
                self.rules.answer(partition, handle, code, offset, start, now)
            }
            _ => {
                self.wants_metadata = true;
                self.rules.disconnect(partition, handle, now)
            }
        };
        self.take_outcomes();
    }

    fn disconnected(&mut self, _: &[usize], tokens: &[u64], now: i64) {
        for token in tokens {
            self.answered(*token, Answer::Disconnected, now);
        }
        self.wants_metadata = true;
    }

    fn leader_changed(&mut self, partition: usize, leader: usize, epoch: i32, _: i64) {
        self.leaders[partition] = leader;
        self.rules.move_leader(partition, epoch, nodes(&self.leaders, self.brokers));
        self.drained = false;
    }

    fn topic_changed(&mut self, partition: usize, topic: u32, _: i64) {
        self.topics[partition] = topic;
        self.drained = false;
    }

    fn described(&mut self, _: usize, _: Described, _: i64) {}

    fn identified(&mut self, id: i64, epoch: i16, _: i64) {
        let _ = self.rules.set_identity(id, epoch);
        self.drained = false;
    }

    fn first_use(&mut self, _: usize, _: i64) {}

    fn wake(&self, now: i64) -> Option<i64> {
        let later = (self.wake_at < i64::MAX).then_some(self.wake_at);
        if self.drained { later } else { Some(now) }
    }

    fn has_kept_all(&self) -> bool {
        true
    }

    fn notices(&mut self) -> Vec<Notice> {
        Vec::new()
    }

    fn fatal(&self) -> Option<Fatal> {
        match self.rules.state() {
            fencepost_reference::rules::State::Fatal(_) => {
                Some(Fatal::Refused(fencepost::error_code::ErrorCode::UNKNOWN_SERVER_ERROR))
            }
            _ => None,
        }
    }

    fn must_prepare(&self) -> bool {
        false
    }

    fn undecided(&self) -> usize {
        self.open
    }

    fn is_idle(&self) -> bool {
        self.open == 0
    }
}
