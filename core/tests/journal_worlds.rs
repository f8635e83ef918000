//! Worlds in which brokers restart, answers are lost, disks fail and producers crash: an
//! application that goes on from its journal has every item of its source on the log once (resolve
//! spec J1 to J6).

mod journal_support;
mod producer_world;

use std::collections::BTreeMap;

use fencepost::error_code::ErrorCode;
use fencepost::ids::Timestamp;
use fencepost::journal::{Cursor, Journaled, Kept, Payload, Permit, Refused, Unclaimed, Unwritten};
use fencepost::producer::{
    Answer, Attempt, BatchId, NewBatch, Next, Response, RestoredPartition, Verdict,
};
use journal_support::{Both, at, cursor, identity, item, producer, recover, rewrite, topic};
use producer_world::{Log, Random};

/// What is known of a partition, to be compared.
#[derive(Clone, Debug, PartialEq)]
struct Known {
    state: Option<RestoredPartition>,
    cursor: Cursor,
    unwritten: Vec<Unwritten>,
    /// Sequence, records, cursor and time.
    batches: Vec<(i32, i32, Cursor, Timestamp)>,
}

impl Known {
    fn of(kept: &Kept) -> Self {
        let batches = kept.batches().map(|batch| {
            (batch.base_sequence.get(), batch.records, batch.cursor, batch.first_sent)
        });
        Self {
            state: kept.state(),
            cursor: kept.cursor(),
            unwritten: kept.unwritten().to_vec(),
            batches: batches.collect(),
        }
    }
}

struct World {
    random: Random,
    both: Both,
    logs: Vec<Log>,
    now: i64,
    disk: Vec<u8>,
    /// Written and not synced.
    unsynced: Vec<u8>,
    /// Was to be cut off after a failed write, and may still be there.
    loose: Vec<u8>,
    /// Lengths of the disk at which it was synced, and what was known then.
    synced: Vec<(usize, Vec<Known>)>,
    permits: Vec<Permit>,
    sent: Vec<Attempt>,
    /// Records and item of each batch, by partition and name.
    items: BTreeMap<(u32, BatchId), (i32, u64)>,
    /// The next item of each partition's source.
    next: Vec<u64>,
    /// Items that ended otherwise than as written.
    failed: Vec<(u32, u64, Verdict)>,
    written: Vec<(u32, u64)>,
    /// Items of which the journal told that they ended otherwise.
    unwritten: Vec<(u32, u64)>,
    crashes: usize,
    story: Vec<String>,
}

const SLOTS: usize = 2;

impl World {
    fn new(seed: u64) -> Self {
        let journal = fencepost::journal::Journal::new(
            journal_support::tracks(SLOTS),
            journal_support::cluster(),
            1 << 20,
        );
        let mut both = Journaled::new(producer(SLOTS), journal).unwrap();
        let disk = rewrite(&mut both, &[]);
        both.handle_identity(identity(7, 0)).unwrap();
        let mut world = Self {
            random: Random::new(seed),
            both,
            logs: (0..SLOTS).map(|_| Log::new()).collect(),
            now: 1_700_000_000_000,
            disk,
            unsynced: Vec::new(),
            loose: Vec::new(),
            synced: Vec::new(),
            permits: Vec::new(),
            sent: Vec::new(),
            items: BTreeMap::new(),
            next: vec![0; SLOTS],
            failed: Vec::new(),
            written: Vec::new(),
            unwritten: Vec::new(),
            crashes: 0,
            story: Vec::new(),
        };
        world.bind();
        world.remember();
        world
    }

    fn time(&self) -> Timestamp {
        at(self.now)
    }

    fn tell(&mut self, line: String) {
        self.story.push(line);
    }

    fn known(&self) -> Vec<Known> {
        (0..SLOTS as u32).map(|p| Known::of(self.both.journal().kept(p).unwrap())).collect()
    }

    fn remember(&mut self) {
        self.synced.push((self.disk.len(), self.known()));
    }

    /// Tells the partitions, and finds out where the sources go on.
    fn bind(&mut self) {
        for p in 0..SLOTS as u32 {
            self.both.bind(p, topic(p), at(self.now)).expect("it fits");
            let kept = self.both.journal().kept(p).unwrap();
            // What was told to have failed is not read from the source again.
            let told = kept.unwritten().iter().filter_map(|unwritten| item(unwritten.cursor));
            let mut last = item(kept.cursor()).max(told.clone().max());
            self.unwritten.extend(told.map(|n| (p, n)));
            for batch in kept.batches() {
                let bytes = &self.disk[batch.at as usize..][..batch.len as usize];
                let n = u64::from_be_bytes(bytes.try_into().unwrap());
                assert_eq!(item(batch.cursor), Some(n));
                self.items.insert((p, batch.name.unwrap()), (batch.records, n));
                last = last.max(Some(n));
            }
            self.next[p as usize] = last.map_or(0, |last| last + 1);
        }
    }

    fn crash(&mut self) {
        self.crashes += 1;
        if self.unsynced.is_empty() {
            self.unsynced = std::mem::take(&mut self.loose);
        }
        // The unsynced bytes may be there, in part.
        let there = self.random.below(self.unsynced.len() as u64 + 1) as usize;
        self.disk.extend_from_slice(&self.unsynced[..there]);
        let (mut journal, summary) = recover(SLOTS, &self.disk).expect("it was written well");
        let now: Vec<Known> =
            (0..SLOTS as u32).map(|p| Known::of(journal.kept(p).unwrap())).collect();
        if let Some((_, then)) = self.synced.iter().find(|(len, _)| *len as u64 == summary.end) {
            for (now, then) in now.iter().zip(then) {
                assert_eq!((now.state, now.cursor), (then.state, then.cursor));
                assert_eq!(now.unwritten, then.unwritten);
                // What had ended and was not told is undecided again.
                assert!(then.batches.iter().all(|batch| now.batches.contains(batch)));
            }
        } else {
            assert!(there > 0, "what was synced is there");
        }
        self.tell(format!("crash, {there} bytes unsynced: {now:?}"));
        self.disk.truncate(summary.end as usize);
        journal.hold([1; 16]);
        self.both = Journaled::new(producer(SLOTS), journal).unwrap();
        if self.both.producer().poll_identity() {
            self.both.handle_identity(identity(7, 0)).unwrap();
        }
        self.unsynced.clear();
        self.loose.clear();
        self.permits.clear();
        self.sent.clear();
        self.items.clear();
        self.synced.clear();
        self.bind();
        self.remember();
    }

    fn sync(&mut self) {
        self.disk.append(&mut self.unsynced);
        self.loose.clear();
        self.both.synced();
        self.remember();
        self.claim_all();
        self.take_verdicts();
    }

    /// Nothing waits any more: a sending is durable, or lost.
    fn claim_all(&mut self) {
        for permit in std::mem::take(&mut self.permits) {
            match self.both.claim(permit) {
                Ok(attempt) => {
                    self.tell(format!("send {attempt:?}"));
                    self.sent.push(attempt);
                }
                Err(Unclaimed::Void) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
    }

    fn fail(&mut self) {
        self.tell("the disk fails".into());
        let lost = std::mem::take(&mut self.unsynced);
        self.both.lost(at(self.now));
        if self.random.one_in(2) {
            // Nothing is written before the cut is durable.
            self.loose.extend(lost);
        } else {
            self.loose.clear();
            self.both.synced();
        }
        self.claim_all();
        self.take_verdicts();
    }

    fn offer(&mut self, p: u32) {
        let now = self.time();
        let n = self.next[p as usize];
        let records = 1 + self.random.below(3) as i32;
        let batch = NewBatch { records, max_timestamp: now, created: now };
        let bytes = n.to_be_bytes();
        let payload = Payload { bytes: &bytes, cursor: cursor(n) };
        let mut out = [0; 2048];
        match self.both.assign(p, batch, payload, now, &mut out) {
            Ok(permit) => {
                self.unsynced.extend_from_slice(&out[..permit.len()]);
                self.items.insert((p, permit.batch()), (records, n));
                self.next[p as usize] += 1;
                // Of a batch that was lost with its record no journal knows: its item comes again.
                self.failed.retain(|(q, m, _)| (*q, *m) != (p, n));
                self.tell(format!("p{p} assign {n} x{records}"));
                self.permits.push(permit);
            }
            Err(Refused::Producer(_) | Refused::Unsynced) => {}
            Err(other) => panic!("{other}"),
        }
    }

    fn serve(&mut self, p: u32) {
        let (now, mut out) = (self.time(), [0; 2048]);
        match self.both.producer().poll(p, now) {
            Next::Send(_) => match self.both.resend(p, now, &mut out) {
                Ok(permit) => {
                    self.unsynced.extend_from_slice(&out[..permit.len()]);
                    self.permits.push(permit);
                }
                Err(Refused::Unsynced) => {}
                Err(other) => panic!("{other}"),
            },
            Next::Describe { .. } => {
                self.both.describe(p).unwrap();
                let described = self.logs[p as usize].describe(7);
                self.tell(format!("p{p} {described:?}"));
                self.both.handle_described(p, described, now).unwrap();
            }
            Next::Timeout => self.both.handle_timeout(p, now),
            Next::Split(batch) => self.both.give_up(p, batch, now).unwrap(),
            Next::Idle => {}
        }
        self.take_verdicts();
    }

    fn take_verdicts(&mut self) {
        for p in 0..SLOTS as u32 {
            while let Some(ended) = self.both.take_verdict(p) {
                let (_, n) = self.items.remove(&(p, ended.batch)).expect("it is ours");
                self.tell(format!("p{p} {n}: {}", ended.verdict));
                match ended.verdict {
                    Verdict::Written { .. } => self.written.push((p, n)),
                    other => self.failed.push((p, n, other)),
                }
            }
        }
    }

    /// A sending arrives; its answer may not.
    fn deliver(&mut self, calm: bool) {
        if self.sent.is_empty() {
            return;
        }
        let attempt = self.sent.remove(0);
        let p = attempt.partition;
        let Some((records, n)) = self.items.get(&(p, attempt.batch)).copied() else { return };
        let refuse = !calm && self.random.one_in(9);
        let answer = if refuse {
            let codes = [19, 2, 6, 87];
            Response::error(ErrorCode::new(codes[self.random.below(4) as usize]))
        } else {
            self.logs[p as usize].produce(attempt.stamp, records, n, self.now)
        };
        let lost = !calm && self.random.one_in(5);
        let answer = if lost { Answer::TimedOut } else { Answer::Response(answer) };
        self.tell(format!("p{p} {n} {answer:?}"));
        let _ended = self.both.handle_response(attempt, answer, at(self.now));
        self.take_verdicts();
    }

    fn step(&mut self) {
        self.now += self.random.below(60) as i64;
        let p = self.random.below(SLOTS as u64) as u32;
        match self.random.below(40) {
            0..9 => self.offer(p),
            9..18 => self.serve(p),
            18..26 => self.sync(),
            26..35 => self.deliver(false),
            35 => {
                self.tell(format!("p{p} broker restarts"));
                self.logs[p as usize].restart();
                self.sent.retain(|attempt| attempt.partition != p);
                self.both.handle_disconnect(p, at(self.now));
                self.take_verdicts();
            }
            36 if self.random.one_in(3) => self.fail(),
            37 if self.random.one_in(3) => self.crash(),
            38 if self.unsynced.is_empty() && self.random.one_in(3) => {
                self.tell("compact".into());
                self.disk = rewrite(&mut self.both, &self.disk);
                self.synced.clear();
                self.loose.clear();
                self.remember();
                self.take_verdicts();
            }
            39 => self.trim(p),
            _ => {}
        }
    }

    fn trim(&mut self, p: u32) {
        let mut out = [0; 2048];
        match self.both.trim(p, &mut out) {
            Ok(len) => self.unsynced.extend_from_slice(&out[..len]),
            Err(Refused::Unsynced) => {}
            Err(other) => panic!("{other}"),
        }
    }

    /// Until nothing is undecided.
    fn calm_down(&mut self) {
        for _ in 0..3_000 {
            for p in 0..SLOTS as u32 {
                self.serve(p);
                if self.both.needs_trim(p) {
                    self.trim(p);
                }
            }
            self.sync();
            while !self.sent.is_empty() {
                self.deliver(true);
            }
            if self.items.is_empty() {
                return;
            }
            self.now += 50;
        }
        panic!("it does not come to rest:\n{}", self.story.join("\n"));
    }

    fn judge(&self) -> Result<(), String> {
        for (p, log) in self.logs.iter().enumerate() {
            if let Some(pair) = log.batches.windows(2).find(|w| w[0].payload >= w[1].payload) {
                return Err(format!("p{p}: twice, or out of order: {pair:?}"));
            }
            for n in 0..self.next[p] {
                let times = log.count(n);
                let told = self.failed.iter().find(|(q, m, _)| (*q as usize, *m) == (p, n));
                let kept = self.unwritten.contains(&(p as u32, n));
                if times == 0 && told.is_none() && !kept {
                    return Err(format!("p{p}: {n} is nowhere, and nobody was told"));
                }
                if let (1.., Some((_, _, told @ Verdict::NotWritten(_)))) = (times, told) {
                    return Err(format!("p{p}: {n} is on the log, told: {told}"));
                }
            }
        }
        for (p, n) in &self.written {
            if self.logs[*p as usize].count(*n) != 1 {
                return Err(format!("p{p}: {n} was called written"));
            }
        }
        Ok(())
    }
}

#[test]
fn an_application_that_goes_on_from_its_journal_writes_every_item_once_and_in_order() {
    let asked = std::env::var("WORLDS").ok();
    let worlds = asked.map_or(2_000, |n| n.parse().expect("WORLDS is a number"));
    let (mut crashes, mut written, mut failed) = (0, 0, 0);
    for seed in 0..worlds {
        let mut world = World::new(seed);
        for _ in 0..400 {
            world.step();
        }
        world.calm_down();
        world.crash();
        world.calm_down();
        if let Err(wrong) = world.judge() {
            panic!("seed {seed}: {wrong}\n{}", world.story.join("\n"));
        }
        assert_eq!(world.both.producer().fatal(), None, "seed {seed}");
        crashes += world.crashes;
        written += world.logs.iter().map(|log| log.batches.len()).sum::<usize>();
        failed += world.failed.len();
    }
    let told = format!("{crashes} crashes, {written} written, {failed} failed");
    assert!(crashes > worlds as usize * 3 && written > 10 * failed && failed > 0, "{told}");
}
