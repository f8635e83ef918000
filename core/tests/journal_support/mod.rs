//! An application with a journal in memory, a broker's log, and crashes between them.
#![allow(dead_code, unreachable_pub, reason = "every test uses a part of it")]

use std::collections::BTreeMap;

use fencepost::ids::{Epoch, Identity, ProducerId, Timestamp};
use fencepost::journal::{
    ClusterId, Cursor, Journal, Journaled, Payload, Permit, Piece, RecoverError, Recovery, Refused,
    Summary, TopicPartition, Track, Unclaimed,
};
use fencepost::producer::{
    Answer, Attempt, BatchId, Kind, NewBatch, Next, Producer, Settings, Slot, Verdict,
};

use crate::producer_world::Log;

pub const CAPACITY: u64 = 1 << 20;
pub type Both = Journaled<Vec<Slot>, Vec<Track>>;
pub type Memory = Journal<Vec<Track>>;

pub fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

pub fn cluster() -> ClusterId {
    ClusterId::new(b"MkU3OEVBNTcwNTJENDM2Qk").unwrap()
}

pub fn topic(slot: u32) -> TopicPartition {
    TopicPartition { topic_id: [7; 16], partition: slot as i32 }
}

pub fn identity(id: i64, epoch: i16) -> Identity {
    Identity { id: ProducerId::new(id).unwrap(), epoch: Epoch::new(epoch).unwrap() }
}

pub fn tracks(slots: usize) -> Vec<Track> {
    vec![Track::EMPTY; slots]
}

pub fn recover(slots: usize, bytes: &[u8]) -> Result<(Memory, Summary), RecoverError> {
    Recovery::all(tracks(slots), cluster(), CAPACITY, bytes)
}

pub fn producer(slots: usize) -> Producer<Vec<Slot>> {
    Producer::new(vec![Slot::EMPTY; slots], Settings::new(Kind::Idempotent))
}

/// The cursor behind the `n`-th item of a source.
pub fn cursor(n: u64) -> Cursor {
    Cursor::new(&n.to_be_bytes()).unwrap()
}

pub fn item(cursor: Cursor) -> Option<u64> {
    Some(u64::from_be_bytes(cursor.as_bytes().try_into().ok()?))
}

/// Writes the journal anew; gives its bytes.
pub fn rewrite(both: &mut Both, old: &[u8]) -> Vec<u8> {
    both.compact().expect("nothing is unsynced");
    let mut new = Vec::new();
    let mut buffer = vec![0; 4096];
    while let Some(piece) = both.next_piece() {
        let bytes = match piece {
            Piece::Record => &[][..],
            Piece::Batch { at, len } => &old[at as usize..][..len as usize],
        };
        let len = both.rewrite(bytes, &mut buffer).expect("room enough");
        new.extend_from_slice(&buffer[..len]);
    }
    both.replaced().expect("it is complete");
    new
}

/// An application that sends items 0, 1, 2, … of a source, one a batch, to one partition each.
pub struct App {
    pub both: Both,
    /// The storage: what was synced.
    pub disk: Vec<u8>,
    pub now: i64,
    pub buffer: Vec<u8>,
    pub verdicts: Vec<(u32, u64, Verdict)>,
    /// Of each batch that has no verdict.
    pub items: BTreeMap<(u32, BatchId), (i32, u64)>,
}

impl App {
    pub fn new(slots: usize) -> Self {
        let journal = Journal::new(tracks(slots), cluster(), CAPACITY);
        let both = Journaled::new(producer(slots), journal).unwrap();
        let mut app = Self::with(both, Vec::new(), 1_700_000_000_000);
        app.disk = rewrite(&mut app.both, &[]);
        app.both.handle_identity(identity(7, 0)).unwrap();
        app.bind(slots);
        app
    }

    fn with(both: Both, disk: Vec<u8>, now: i64) -> Self {
        let (verdicts, items) = (Vec::new(), BTreeMap::new());
        Self { both, disk, now, buffer: vec![0; 8192], verdicts, items }
    }

    fn bind(&mut self, slots: usize) {
        for slot in 0..slots as u32 {
            self.both.bind(slot, topic(slot), at(self.now)).expect("it fits");
            let kept = self.both.journal().kept(slot).unwrap();
            for batch in kept.batches() {
                let bytes = &self.disk[batch.at as usize..][..batch.len as usize];
                let payload = u64::from_be_bytes(bytes.try_into().unwrap());
                self.items.insert((slot, batch.name.unwrap()), (batch.records, payload));
            }
        }
    }

    /// The process dies, and another one comes up with what was synced.
    pub fn crash(&mut self) {
        let slots = self.both.producer().partitions() as usize;
        let (mut journal, _) = recover(slots, &self.disk).expect("it was written well");
        journal.hold([9; 16]);
        let both = Journaled::new(producer(slots), journal).unwrap();
        *self = Self::with(both, std::mem::take(&mut self.disk), self.now);
        self.bind(slots);
    }

    pub fn time(&self) -> Timestamp {
        at(self.now)
    }

    /// What the storage gets.
    pub fn sync(&mut self, len: usize) {
        self.disk.extend_from_slice(&self.buffer[..len]);
        self.both.synced();
    }

    pub fn try_assign(&mut self, slot: u32, records: i32, n: u64) -> Result<Permit, Refused> {
        let now = self.time();
        let batch = NewBatch { records, max_timestamp: now, created: now };
        let bytes = n.to_be_bytes();
        let payload = Payload { bytes: &bytes, cursor: cursor(n) };
        let permit = self.both.assign(slot, batch, payload, now, &mut self.buffer)?;
        self.items.insert((slot, permit.batch()), (records, n));
        Ok(permit)
    }

    /// Numbers, writes, syncs, and claims.
    pub fn send(&mut self, slot: u32, n: u64) -> Attempt {
        let permit = self.try_assign(slot, 1, n).expect("it may be");
        self.sync(permit.len());
        self.both.claim(permit).expect("it is durable")
    }

    pub fn again(&mut self, slot: u32) -> Option<Attempt> {
        let permit = self.both.resend(slot, at(self.now), &mut self.buffer).ok()?;
        self.sync(permit.len());
        match self.both.claim(permit) {
            Ok(attempt) => Some(attempt),
            Err(Unclaimed::Void) => None,
            Err(other) => panic!("{other:?}"),
        }
    }

    /// To the log; the answer comes back or is lost.
    pub fn deliver(&mut self, log: &mut Log, attempt: Attempt, arrives: bool) {
        let (records, payload) = self.items[&(attempt.partition, attempt.batch)];
        let answer = log.produce(attempt.stamp, records, payload, self.now);
        let answer = if arrives { Answer::Response(answer) } else { Answer::TimedOut };
        let now = self.time();
        self.both.handle_response(attempt, answer, now).expect("it was sent");
    }

    pub fn take_verdicts(&mut self) {
        for slot in 0..self.both.producer().partitions() {
            if self.both.needs_trim(slot) {
                let len = self.both.trim(slot, &mut self.buffer).expect("it has room");
                self.sync(len);
            }
            while let Some(ended) = self.both.take_verdict(slot) {
                let (_, item) = self.items.remove(&(slot, ended.batch)).expect("it is ours");
                self.verdicts.push((slot, item, ended.verdict));
            }
        }
    }

    /// Does what the producer asks for until it asks for nothing, with a calm wire.
    pub fn settle(&mut self, slot: u32, log: &mut Log) {
        for _ in 0..1_000 {
            match self.both.producer().poll(slot, self.time()) {
                Next::Send(_) => {
                    if let Some(attempt) = self.again(slot) {
                        self.deliver(log, attempt, true);
                    }
                }
                Next::Describe { .. } => {
                    self.both.describe(slot).unwrap();
                    let id = self.both.producer().kept(slot).unwrap().identity.id.get();
                    let now = self.time();
                    self.both.handle_described(slot, log.describe(id), now).unwrap();
                }
                Next::Timeout => {
                    let now = self.time();
                    self.both.handle_timeout(slot, now);
                }
                Next::Split(_) => panic!("nothing is too large"),
                Next::Idle => {
                    self.take_verdicts();
                    if self.both.producer().oldest_undecided(slot).is_none() {
                        return;
                    }
                    let wake = self.both.producer().poll_timeout(slot).expect("it waits");
                    self.now = self.now.max(wake.as_millis());
                }
            }
        }
        panic!("it does not come to rest");
    }
}
