//! A partition's log behind a wire that loses, delays and refuses, and a broker that restarts: what
//! a producer is held against. The broker is the crate's own [`Partition`].
#![allow(dead_code, unreachable_pub, reason = "every test uses a part of it")]

use std::collections::BTreeMap;

use fencepost::broker::{Admission, Batch, Config, Context, IndexLine, Partition, Slot as Known};
use fencepost::broker::{Storage, index_lines};
use fencepost::error_code::ErrorCode;
use fencepost::ids::{Stamp, Timestamp};
use fencepost::producer::{
    Answer, Attempt, BatchId, Described, Fatal, NewBatch, Next, Notice, Producer, Response,
    Settings, Slot, Verdict,
};
use fencepost::snapshot::v1;
use fencepost::wire::BatchHeader;

/// A small random generator: the same numbers for the same seed, on every machine.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }

    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

/// What is on the log, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Logged {
    pub offset: i64,
    pub stamp: Stamp,
    pub records: i32,
    pub payload: u64,
}

type Producers = Partition<Vec<Known>, Vec<IndexLine>>;

/// One partition of a broker: as Kafka's, it knows five batches a producer, and after a restart
/// one.
pub struct Log {
    producers: Producers,
    pub batches: Vec<Logged>,
    pub end: i64,
}

impl Log {
    pub fn new() -> Self {
        Self { producers: known_producers(), batches: Vec::new(), end: 0 }
    }

    /// The append of a client's batch, and its answer.
    pub fn produce(&mut self, stamp: Stamp, records: i32, payload: u64, now: i64) -> Response {
        let header = BatchHeader {
            base_offset: 0,
            batch_length: 49,
            partition_leader_epoch: 0,
            crc: 0,
            attributes: Default::default(),
            last_offset_delta: records - 1,
            base_timestamp: now,
            max_timestamp: now,
            producer_id: stamp.identity.id.get(),
            producer_epoch: stamp.identity.epoch.get(),
            base_sequence: stamp.base_sequence.get(),
            records_count: records,
        };
        let context = Context::client(Timestamp::from_millis(now));
        match self.producers.admit(&Batch::data(header), &context) {
            Ok(Admission::Append(ticket)) => {
                let offset = self.end;
                self.producers.record(ticket, offset).expect("a fresh ticket");
                self.end += i64::from(records);
                self.batches.push(Logged { offset, stamp, records, payload });
                Response::ok(offset).log_start(0)
            }
            Ok(Admission::Duplicate(seen)) => {
                Response { log_append_time: now, ..Response::ok(seen.first_offset()).log_start(0) }
            }
            Err(refused) => Response::error(refused.error_code()),
        }
    }

    /// Stops and starts again: Kafka's snapshot holds one batch a producer (lessons 66).
    pub fn restart(&mut self) {
        let known: Vec<Known> = self.producers.producers().cloned().collect();
        let mut file = vec![0; v1::encoded_len(known.len()).expect("few producers")];
        v1::encode(known.iter(), &mut file).expect("room enough");
        self.producers = known_producers();
        self.producers.begin_reload();
        for producer in v1::decode(&file).expect("what was written") {
            self.producers.load(&producer.into(), Timestamp::from_millis(0)).expect("room enough");
        }
        self.producers.finish_reload(self.end);
    }

    /// DescribeProducers.
    pub fn describe(&self, id: i64) -> Described {
        match self.producers.producer(id).map(Known::describe) {
            Some(known) => Described::Listed {
                epoch: known.producer_epoch,
                last_sequence: known.last_sequence,
            },
            None => Described::NotListed { log_start_offset: Some(0) },
        }
    }

    /// Forgets a producer, as after its expiration.
    pub fn forget_all(&mut self) {
        self.producers = known_producers();
    }

    pub fn count(&self, payload: u64) -> usize {
        self.batches.iter().filter(|batch| batch.payload == payload).count()
    }
}

fn known_producers() -> Producers {
    let storage = Storage {
        slots: vec![Known::EMPTY; 16],
        index: vec![IndexLine::EMPTY; index_lines(16)],
        transactions: [],
        guards: [],
    };
    Partition::new(storage, Config::kafka_4_2())
}

/// A producer of one partition and all that it sent.
pub struct Sender {
    pub producer: Producer<Vec<Slot>>,
    /// Records and payload of each batch without a verdict.
    pub payloads: BTreeMap<(u32, BatchId), (i32, u64)>,
    pub verdicts: BTreeMap<u64, Verdict>,
    pub notices: Vec<Notice>,
    pub next_payload: u64,
}

impl Sender {
    pub fn new(partitions: usize, settings: Settings) -> Self {
        Self {
            producer: Producer::new(vec![Slot::EMPTY; partitions], settings),
            payloads: BTreeMap::new(),
            verdicts: BTreeMap::new(),
            notices: Vec::new(),
            next_payload: 0,
        }
    }

    /// Numbers a new batch, if it may be.
    pub fn assign(&mut self, partition: u32, records: i32, now: i64) -> Option<Attempt> {
        let now = Timestamp::from_millis(now);
        let batch = NewBatch { records, max_timestamp: now, created: now };
        let attempt = self.producer.assign(partition, batch, now).ok()?;
        self.payloads.insert((partition, attempt.batch), (records, self.next_payload));
        self.next_payload += 16;
        Some(attempt)
    }

    pub fn payload(&self, attempt: Attempt) -> Option<(i32, u64)> {
        self.payloads.get(&(attempt.partition, attempt.batch)).copied()
    }

    /// Splits a batch in two. Payloads are numbered with room between them, so that those of parts
    /// are in order too.
    pub fn split(&mut self, partition: u32, batch: BatchId, now: i64) {
        let (records, payload) = self.payloads[&(partition, batch)];
        let first = records / 2;
        let Ok(rest) = self.producer.split(partition, batch, first) else {
            let now = Timestamp::from_millis(now);
            self.producer.give_up(partition, batch, now).expect("it is undecided");
            return;
        };
        self.payloads.insert((partition, batch), (first, payload));
        self.payloads.insert((partition, rest), (records - first, payload + first as u64));
    }

    pub fn take_verdicts(&mut self) {
        for partition in 0..self.producer.partitions() {
            while let Some(ended) = self.producer.take_verdict(partition) {
                let (_, payload) = self.payloads.remove(&(partition, ended.batch)).unwrap();
                assert!(self.verdicts.insert(payload, ended.verdict).is_none(), "two verdicts");
            }
            self.notices.extend(self.producer.take_notice(partition));
        }
    }
}

/// A request that is under way, or lies in a broker's queue.
#[derive(Clone, Copy, Debug)]
struct Request {
    attempt: Attempt,
    records: i32,
    payload: u64,
    arrives: i64,
    /// The connection it went over; an answer needs the same one.
    connection: u64,
}

/// How bad the world is: one in so many; 0 is never.
#[derive(Clone, Copy, Debug)]
pub struct Weather {
    pub lost_answer: u64,
    pub disconnect: u64,
    pub restart: u64,
    pub refused_before: u64,
    pub failed_after: u64,
    pub describe_fails: u64,
}

impl Weather {
    pub const CALM: Self = Self {
        lost_answer: 0,
        disconnect: 0,
        restart: 0,
        refused_before: 0,
        failed_after: 0,
        describe_fails: 0,
    };
}

fn strikes(random: &mut Random, one_in: u64) -> bool {
    one_in > 0 && random.one_in(one_in)
}

/// A producer, its partitions' logs, and the wire between them, in virtual time.
pub struct World {
    pub random: Random,
    pub now: i64,
    pub sender: Sender,
    pub logs: Vec<Log>,
    requests: Vec<Vec<Request>>,
    connections: Vec<u64>,
    pub weather: Weather,
    pub story: Vec<String>,
    pub next_id: i64,
    aborting_since: Option<i64>,
    /// How long the producer took at most from a failure to the end of its transaction.
    pub longest_abort: i64,
}

impl World {
    pub fn new(seed: u64, partitions: usize, settings: Settings, weather: Weather) -> Self {
        Self {
            random: Random::new(seed),
            now: 1_700_000_000_000,
            sender: Sender::new(partitions, settings),
            logs: (0..partitions).map(|_| Log::new()).collect(),
            requests: vec![Vec::new(); partitions],
            connections: vec![0; partitions],
            weather,
            story: Vec::new(),
            next_id: 7,
            aborting_since: None,
            longest_abort: 0,
        }
    }

    fn time(&self) -> Timestamp {
        Timestamp::from_millis(self.now)
    }

    fn tell(&mut self, line: String) {
        self.story.push(format!("{:>6} {line}", self.now - 1_700_000_000_000));
    }

    fn send(&mut self, attempt: Attempt) {
        let p = attempt.partition as usize;
        let (records, payload) = self.sender.payload(attempt).expect("of a batch of ours");
        let delay = 1 + self.random.below(20) as i64;
        // One connection keeps its order.
        let behind = self.requests[p].iter().filter(|r| r.connection == self.connections[p]);
        let arrives = behind.map(|r| r.arrives).max().unwrap_or(0).max(self.now + delay);
        let connection = self.connections[p];
        self.tell(format!(
            "p{p} send payload {payload} x{records} {} seq {} (attempt {})",
            attempt.stamp.identity, attempt.stamp.base_sequence, attempt.number
        ));
        self.requests[p].push(Request { attempt, records, payload, arrives, connection });
    }

    /// A batch of the application, if the producer takes it.
    pub fn offer(&mut self, partition: u32) -> bool {
        let records = 1 + self.random.below(4) as i32;
        match self.sender.assign(partition, records, self.now) {
            Some(attempt) => {
                self.send(attempt);
                true
            }
            None => false,
        }
    }

    /// Does what the producer asks for.
    pub fn serve(&mut self) {
        for _ in 0..200 {
            if self.sender.producer.poll_identity() {
                let id = fencepost::ids::ProducerId::new(self.next_id).unwrap();
                let epoch = fencepost::ids::Epoch::ZERO;
                self.next_id += 1;
                let identity = fencepost::ids::Identity { id, epoch };
                self.sender.producer.handle_identity(identity).expect("it was asked for");
            }
            self.next_transaction();
            let Some((p, next)) = self.sender.producer.poll_any(None, self.time()) else { return };
            match next {
                Next::Idle => unreachable!(),
                Next::Timeout => self.sender.producer.handle_timeout(p, self.time()),
                Next::Send(_) => {
                    let attempt = self.sender.producer.resend(p, self.time()).expect("it polled");
                    self.send(attempt);
                }
                Next::Split(batch) => self.sender.split(p, batch, self.now),
                Next::Describe { id, .. } => {
                    self.sender.producer.describe(p).expect("it polled");
                    let id = id.get();
                    let fails = self.weather.describe_fails;
                    let described = if strikes(&mut self.random, fails) {
                        Described::Failed
                    } else {
                        self.logs[p as usize].describe(id)
                    };
                    self.tell(format!("p{p} described {described:?}"));
                    self.sender.producer.handle_described(p, described, self.time()).unwrap();
                }
            }
        }
        panic!("the producer wants the same again and again:\n{}", self.story.join("\n"));
    }

    /// A transaction that must be aborted is over when all of it is decided, and the next one has
    /// another epoch.
    fn next_transaction(&mut self) {
        let producer = &mut self.sender.producer;
        if !producer.must_abort() {
            return;
        }
        let since = *self.aborting_since.get_or_insert(self.now);
        let mut partitions = 0..producer.partitions();
        if partitions.all(|p| producer.oldest_undecided(p).is_none()) {
            self.longest_abort = self.longest_abort.max(self.now - since);
            self.aborting_since = None;
            let identity = producer.identity().expect("it has one");
            let epoch = identity.epoch.next().expect("few transactions");
            let next = fencepost::ids::Identity { epoch, ..identity };
            producer.handle_identity(next).expect("the transaction is over");
            self.tell(format!("the next transaction: {next}"));
        }
    }

    /// The next request that arrives, and its answer, if one comes back.
    fn deliver(&mut self, p: usize) {
        let due = self.requests[p].iter().enumerate().filter(|(_, r)| r.arrives <= self.now);
        let Some((at, _)) = due.min_by_key(|(_, r)| r.arrives) else { return };
        let Request { attempt, records, payload, connection, .. } = self.requests[p].remove(at);
        let weather = self.weather;
        let before = [2, 19, 6, 7, 3, 56, 29, 87, 10, -1];
        let answer = if strikes(&mut self.random, weather.refused_before) {
            let code = before[self.random.below(before.len() as u64) as usize];
            Response::error(ErrorCode::new(code))
        } else {
            let answer = self.logs[p].produce(attempt.stamp, records, payload, self.now);
            if answer.code == ErrorCode::NONE && strikes(&mut self.random, weather.failed_after) {
                let after = [6, 7, 20, 3, 56, -1];
                let code = after[self.random.below(after.len() as u64) as usize];
                Response::error(ErrorCode::new(code))
            } else {
                answer
            }
        };
        let arrives = connection == self.connections[p];
        let lost = strikes(&mut self.random, weather.lost_answer);
        self.tell(format!(
            "p{p} payload {payload} {}: {} at {}{}",
            attempt.stamp.base_sequence,
            answer.code,
            answer.base_offset,
            if lost || !arrives { ", answer lost" } else { "" }
        ));
        if !arrives {
            return;
        }
        let answer = if lost { Answer::TimedOut } else { Answer::Response(answer) };
        let _ = self.sender.producer.handle_response(attempt, answer, self.time());
    }

    /// One moment.
    pub fn step(&mut self) {
        self.now += 1 + self.random.below(15) as i64;
        for p in 0..self.logs.len() {
            let weather = self.weather;
            if strikes(&mut self.random, weather.disconnect) {
                self.tell(format!("p{p} disconnect"));
                self.connections[p] += 1;
                // What was on the way may still arrive, late.
                for request in &mut self.requests[p] {
                    request.arrives += self.random.below(400) as i64;
                }
                self.sender.producer.handle_disconnect(p as u32, Timestamp::from_millis(self.now));
            }
            if strikes(&mut self.random, weather.restart) {
                self.tell(format!("p{p} broker restarts"));
                self.connections[p] += 1;
                // Requests that the old process had not handled are gone with it.
                self.requests[p].clear();
                self.logs[p].restart();
                self.sender.producer.handle_disconnect(p as u32, Timestamp::from_millis(self.now));
            }
            self.deliver(p);
        }
        self.serve();
        self.sender.take_verdicts();
    }

    pub fn run(&mut self, batches: usize) {
        let mut offered = 0;
        for _ in 0..batches * 40 {
            let p = self.random.below(self.logs.len() as u64) as u32;
            if offered < batches && self.offer(p) {
                offered += 1;
            }
            self.step();
        }
        self.weather = Weather::CALM;
        for _ in 0..20_000 {
            if self.sender.payloads.is_empty() && self.requests.iter().all(Vec::is_empty) {
                break;
            }
            if self.requests.iter().all(Vec::is_empty) {
                // Nothing will come from outside: on to the next moment that matters.
                let partitions = 0..self.sender.producer.partitions();
                let wakes = partitions.filter_map(|p| self.sender.producer.poll_timeout(p));
                let wake = wakes.min().map_or(self.now, Timestamp::as_millis);
                self.now = self.now.max(wake);
            }
            self.step();
        }
    }

    /// Every word is true, nothing is twice, and the order is the application's.
    pub fn judge(&self) -> Result<(), String> {
        if !self.sender.payloads.is_empty() {
            return Err(format!("no verdict for {:?}", self.sender.payloads));
        }
        for (payload, verdict) in &self.sender.verdicts {
            let times: usize = self.logs.iter().map(|log| log.count(*payload)).sum();
            let right = match verdict {
                Verdict::Written { .. } => times == 1,
                Verdict::NotWritten(_) => times == 0,
                Verdict::PossiblyWritten(_) => times <= 1,
            };
            if !right {
                return Err(format!("payload {payload} is {times} times on the log: {verdict}"));
            }
            if let Verdict::Written { base_offset: Some(offset) } = verdict {
                let there = |log: &Log| {
                    log.batches.iter().any(|b| b.payload == *payload && b.offset == *offset)
                };
                if !self.logs.iter().any(there) {
                    return Err(format!("payload {payload} is not at offset {offset}"));
                }
            }
        }
        for log in &self.logs {
            if let Some(pair) = log.batches.windows(2).find(|w| w[0].payload >= w[1].payload) {
                return Err(format!("out of order: {pair:?}"));
            }
        }
        Ok(())
    }

    pub fn fatal(&self) -> Option<Fatal> {
        self.sender.producer.fatal()
    }
}
