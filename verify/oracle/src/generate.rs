//! Which operation comes next? Mostly what producers, replicas and coordinators do; often enough
//! what they must not.

use fencepost::broker::Slot;
use fencepost::ids::raw;

use crate::batch::{BatchSpec, Data, Flaw, Kind};
use crate::op::{Fate, Leader, Op, Setup};
use crate::random::Random;
use crate::world::World;

/// Operations on one log before the next begins.
const LOG_LIFE: u64 = 4_000;
/// More batches than this, and the log is cut.
const MOST_BATCHES: usize = 150;
/// Where the clock begins.
const EPOCH_MS: i64 = 1_700_000_000_000;

/// Chance, and what it must remember.
pub(crate) struct Generator {
    random: Random,
    next_label: u32,
    restart_every: u64,
    restart_at: u64,
    done: u64,
    /// What a verification is followed by.
    queued: Option<Op>,
}

impl Generator {
    /// One restart in each `restart_every` operations, at a random place.
    pub(crate) fn new(seed: u64, restart_every: u64) -> Self {
        let random = Random::new(seed);
        let restart_every = restart_every.max(1);
        Self { random, next_label: 1, restart_every, restart_at: 0, done: 0, queued: None }
    }

    pub(crate) fn next(&mut self, world: &World) -> Op {
        let (age, stretch) = (self.done % LOG_LIFE, self.done % self.restart_every);
        self.done += 1;
        if stretch == 0 {
            let most = i64::try_from(self.restart_every).unwrap_or(i64::MAX);
            self.restart_at = u64::try_from(self.random.below(most)).unwrap_or(0);
        }
        if age == 0 || world.is_dead {
            self.queued = None;
            return self.new_log();
        }
        if stretch == self.restart_at {
            return self.reopen(world);
        }
        if world.log.batches() > MOST_BATCHES {
            return self.shorten();
        }
        if let Some(op) = self.queued.take() {
            return op;
        }
        match self.random.below(1_000) {
            0..440 => self.client(world),
            440..560 => self.coordinator(world),
            560..690 => self.follower(world),
            690..720 => self.raft(world),
            720..800 => self.verify(world),
            800..805 => Op::SetVerification(self.random.percent(70)),
            805..860 => {
                let back = if self.random.percent(40) { 0 } else { self.random.below(30) - 1 };
                Op::HighWatermark { back }
            }
            860..900 => self.clock(world),
            900..915 => Op::Expire,
            915..945 => self.truncate(),
            945..952 => self.truncate_fully(),
            952..972 => Op::Roll,
            972..980 => Op::Retain,
            980..988 => Op::LogStart { back: self.random.below(20) - 1 },
            988..994 => Op::Collect {
                from_back: self.random.below(100) - 2,
                to_back: self.random.below(40) - 5,
            },
            _ => Op::TakeSnapshot,
        }
    }

    fn new_log(&mut self) -> Op {
        let random = &mut self.random;
        Op::New(Setup {
            expiration_ms: u32::try_from(random.pick(&[1, 3_000, 20_000, 86_400_000])).unwrap_or(1),
            max_transaction_ms: u32::try_from(random.pick(&[1, 1_000, 60_000])).unwrap_or(1),
            verification: random.percent(60),
            retention_bytes: random.pick(&[-1, 0, 3_000, 8_000]),
            append_time: random.percent(15),
            now: EPOCH_MS,
        })
    }

    fn reopen(&mut self, world: &World) -> Op {
        let random = &mut self.random;
        let recovery_back =
            if random.percent(50) { world.log.end } else { random.below(world.log.end + 1) };
        Op::Reopen {
            clean: random.percent(50),
            recovery_back,
            start_back: match random.below(20) {
                0..15 => 0,
                15..19 => random.below(10),
                // What was checkpointed is newer than what reached the disk.
                _ => -random.below(world.log.end - world.log.start + 9),
            },
            snapshots: match random.below(10) {
                0..6 => Fate::Kept,
                6..8 => Fate::Lost,
                _ => Fate::Damaged,
            },
        }
    }

    fn shorten(&mut self) -> Op {
        match self.random.below(6) {
            0 => Op::Truncate { back: 1 << 40 },
            1 => self.truncate_fully(),
            2 => Op::Truncate { back: self.random.below(400) },
            3 => Op::Roll,
            4 => Op::HighWatermark { back: 0 },
            _ => {
                self.queued = Some(Op::Retain);
                Op::LogStart { back: self.random.below(30) }
            }
        }
    }

    fn clock(&mut self, world: &World) -> Op {
        let step = match self.random.below(40) {
            0 => 400_000,
            1 => -2_000,
            2..6 => 10_000,
            _ => self.random.below(1_500),
        };
        Op::Clock(world.now + step)
    }

    fn truncate(&mut self) -> Op {
        let back = match self.random.below(10) {
            0 => -1,
            1 => self.random.below(200),
            2..5 => self.random.below(40),
            _ => self.random.below(8),
        };
        Op::Truncate { back }
    }

    fn truncate_fully(&mut self) -> Op {
        let random = &mut self.random;
        let start_back = if random.percent(50) { None } else { Some(random.below(10)) };
        Op::TruncateFully { ahead: random.below(40) - 20, start_back }
    }

    fn producer_id(&mut self) -> i64 {
        match self.random.below(100) {
            0 => -1,
            1 => -2,
            2 => i64::MAX,
            3 => i64::MIN,
            4..7 => 0x1_0000_0007,
            _ => self.random.below(6),
        }
    }

    fn timestamp(&mut self, world: &World) -> i64 {
        let random = &mut self.random;
        match random.below(100) {
            0 => -1,
            1 => 0,
            2 => world.now + 90_000_000,
            3 => world.now - 100_000_000,
            4 => -5,
            5 => 1,
            6 => random.pick(&[i64::MAX, i64::MIN, i64::MAX - 1]),
            _ => world.now - random.below(4_000),
        }
    }

    fn epoch(&mut self, known: Option<&Slot>) -> i16 {
        let current = known.map_or(0, Slot::producer_epoch);
        match self.random.below(100) {
            0..8 => current.saturating_add(1),
            8..13 => current.saturating_sub(1),
            13 => -1,
            14 => -9,
            15 => 32_767,
            16 => 32_766,
            17..20 => 0,
            _ => current.max(0),
        }
    }

    /// First sequence and records: what comes next, what was there, or neither.
    fn sequence(&mut self, known: Option<&Slot>) -> (i32, i32) {
        let random = &mut self.random;
        let records = 1 + random.small(4);
        let window = known.map(Slot::window).filter(|window| !window.is_empty());
        let next =
            window.map_or(0, |window| raw::increment(window.last_sequence().unwrap_or(-1), 1));
        let remembered = window.and_then(|window| {
            let n = random.below(i64::try_from(window.len()).unwrap_or(1));
            window.get(usize::try_from(n).unwrap_or(0))
        });
        match (random.below(100), remembered) {
            (0..14, Some(batch)) if (0..20).contains(&batch.offset_delta) => {
                (batch.first_sequence(), batch.offset_delta + 1)
            }
            (14..17, Some(batch)) => (batch.first_sequence(), records),
            (17..22, _) => (0, records),
            (22..25, _) => (random.small(8), records),
            (25..27, _) => (next.wrapping_add(1), records),
            (27..35, None) => (2_147_483_640 + random.small(8), records),
            (35, _) => (2_147_483_640 + random.small(8), records),
            (36, _) => (-1 - random.small(9), records),
            _ => (next, records),
        }
    }

    fn data(&mut self, world: &World, producer_id: i64) -> BatchSpec {
        let known = world.producers.partition.producer(producer_id);
        let epoch = self.epoch(known);
        let (base_sequence, records) = self.sequence(known);
        let open = known.is_some_and(|slot| slot.current_txn_first_offset().is_some());
        let transactional = self.random.percent(if open { 88 } else { 35 });
        BatchSpec {
            producer_id,
            epoch,
            gap: 0,
            leader_epoch: 0,
            kind: Kind::Data(Data {
                base_sequence,
                records,
                last_offset_delta: records - 1,
                transactional,
                timestamp: self.timestamp(world),
                flaw: Flaw::None,
            }),
        }
    }

    /// A producer with an open transaction, most of the time.
    fn ending(&mut self, world: &World) -> i64 {
        let open = world.producers.partition.ongoing_transactions();
        if open.is_empty() || self.random.percent(20) {
            return self.producer_id();
        }
        let n = self.random.below(i64::try_from(open.len()).unwrap_or(1));
        open[usize::try_from(n).unwrap_or(0)].producer_id
    }

    fn marker(&mut self, world: &World) -> BatchSpec {
        let producer_id = self.ending(world);
        let known = world.producers.partition.producer(producer_id);
        let coordinator = known.map_or(0, Slot::coordinator_epoch);
        let current = known.map_or(0, Slot::producer_epoch);
        let epoch = match self.random.below(10) {
            0..4 => current.max(0),
            4..8 => current.saturating_add(1).max(0),
            _ => self.epoch(known),
        };
        let coordinator_epoch = match self.random.below(20) {
            0 => coordinator.wrapping_sub(1),
            1 => coordinator.wrapping_add(1),
            2 => -1,
            3 => self.random.pick(&[i32::MIN, 7, i32::MAX / 2]),
            _ => coordinator.max(0),
        };
        let timestamp = self.timestamp(world);
        let aborted = self.random.percent(50);
        let kind = Kind::Marker { aborted, coordinator_epoch, timestamp };
        BatchSpec { producer_id, epoch, gap: 0, leader_epoch: 0, kind }
    }

    /// The guard of its verification, another one, or none.
    fn guard(&mut self, world: &World, producer_id: i64) -> u32 {
        let entry = world.producers.partition.verification(producer_id);
        match (self.random.below(10), entry) {
            (0..8, Some(entry)) => world.labels.label(entry.guard()),
            (8, _) => self.random.small(1_000).unsigned_abs() % self.next_label,
            _ => 0,
        }
    }

    fn client(&mut self, world: &World) -> Op {
        let producer_id = self.producer_id();
        let mut batch = self.data(world, producer_id);
        if let Kind::Data(data) = &mut batch.kind {
            data.flaw = match self.random.below(200) {
                0 => Flaw::Count(self.random.small(9) - 2),
                1 => Flaw::BaseOffset,
                2 => Flaw::Crc,
                3 => Flaw::Control,
                _ => Flaw::None,
            };
            // A rule of the validator's: the claim must differ.
            if data.flaw == Flaw::Count(data.records) {
                data.flaw = Flaw::None;
            }
        }
        let guard = self.guard(world, producer_id);
        let append =
            |guard| Op::Leader { origin: Leader::Client, guard, version: 0, batches: vec![batch] };
        // As a broker does: a transactional write is verified first.
        let asks = guard == 0 && batch.is_transactional() && self.random.percent(60);
        if !asks {
            return append(guard);
        }
        let Kind::Data(data) = batch.kind else { return append(guard) };
        let label = self.label();
        self.queued = Some(append(label));
        self.verification(label, producer_id, data.base_sequence, batch.epoch)
    }

    fn label(&mut self) -> u32 {
        self.next_label += 1;
        self.next_label - 1
    }

    fn verification(&mut self, label: u32, producer_id: i64, sequence: i32, epoch: i16) -> Op {
        let supports_epoch_bump = self.random.percent(60);
        Op::Verify { label, producer_id, sequence, epoch, supports_epoch_bump }
    }

    fn verify(&mut self, world: &World) -> Op {
        let producer_id = self.producer_id();
        let known = world.producers.partition.producer(producer_id);
        let epoch = self.epoch(known);
        let (sequence, _) = self.sequence(known);
        let label = self.label();
        self.verification(label, producer_id, sequence, epoch)
    }

    fn coordinator(&mut self, world: &World) -> Op {
        let version = self.random.pick(&[0, 1, 2, 2]);
        if self.random.percent(80) {
            let batches = vec![self.marker(world)];
            return Op::Leader { origin: Leader::Coordinator, guard: 0, version, batches };
        }
        // What a group's coordinator writes has no sequence, most of the time.
        let producer_id = self.producer_id();
        let mut batch = self.data(world, producer_id);
        if let Kind::Data(data) = &mut batch.kind {
            if self.random.percent(70) {
                data.base_sequence = -1;
            }
        }
        let guard = self.guard(world, producer_id);
        Op::Leader { origin: Leader::Coordinator, guard, version, batches: vec![batch] }
    }

    /// Several batches with offsets, as replication, replay and a metadata log's leader bring them.
    fn several(&mut self, world: &World, most: i64, gaps: bool) -> Vec<BatchSpec> {
        let mut batches = Vec::new();
        for _ in 0..=self.random.below(most) {
            let producer_id = self.producer_id();
            let mut batch = match self.random.below(20) {
                0..13 => self.data(world, producer_id),
                13..18 => self.marker(world),
                18 => BatchSpec { kind: Kind::EmptyControl, ..self.data(world, producer_id) },
                _ => self.compacted(world, producer_id),
            };
            if gaps && self.random.percent(10) {
                // Offsets that overlap inside one append are left out: two transactions may then
                // begin at one offset, and Kafka keeps the one that a hash map has last.
                let behind = batches.is_empty() && self.random.percent(5);
                batch.gap = if behind { -1 } else { self.random.below(6) };
            }
            batches.push(batch);
        }
        // One append may go on with a producer: the next batch follows the one before it.
        if let (true, [first, second, ..]) = (self.random.percent(40), batches.as_mut_slice()) {
            if let (Kind::Data(before), Kind::Data(after)) = (first.kind, &mut second.kind) {
                second.producer_id = first.producer_id;
                second.epoch = first.epoch;
                let last = raw::last_sequence(before.base_sequence, before.last_offset_delta);
                after.base_sequence = raw::increment(last, 1);
                after.transactional = before.transactional;
            }
        }
        batches
    }

    /// What compaction leaves: fewer records than offsets, or none.
    fn compacted(&mut self, world: &World, producer_id: i64) -> BatchSpec {
        let mut batch = self.data(world, producer_id);
        if let Kind::Data(data) = &mut batch.kind {
            data.last_offset_delta = self.random.small(9) + data.records;
            if self.random.percent(50) {
                data.records = 0;
            }
        }
        batch
    }

    fn follower(&mut self, world: &World) -> Op {
        let mut batches = self.several(world, 6, true);
        let leader_epoch = self.random.small(2);
        if self.random.percent(8) {
            let n = self.random.below(i64::try_from(batches.len()).unwrap_or(1));
            batches[usize::try_from(n).unwrap_or(0)].leader_epoch = leader_epoch + 1;
        }
        Op::Follower { leader_epoch, batches }
    }

    fn raft(&mut self, world: &World) -> Op {
        let mut batches = self.several(world, 3, false);
        if self.random.percent(5) {
            batches[0].leader_epoch = 3;
        }
        let version = self.random.pick(&[0, 2]);
        Op::Leader { origin: Leader::Raft, guard: 0, version, batches }
    }
}
