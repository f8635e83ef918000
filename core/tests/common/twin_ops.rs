//! What may happen to a log: mostly what a well-behaved client does, and anything else.
//!
//! An operation says what it wants relative to the state it meets ("the next sequence", "a
//! repeat"), so that most appends are plausible whatever came before.

use fencepost::broker::{Origin, Profile, TransactionVersion};
use fencepost_model::{Batch, sequence};
use proptest::prelude::*;

use super::twin::{Append, KafkaBroke, Twin};

#[derive(Clone, Debug)]
pub(crate) enum Op {
    Append(WantedAppend),
    Verify { pid: i64, epoch: Epoch, sequence: Sequence, tv2: bool },
    SetVerification(bool),
    HighWatermark { back: i64 },
    Tick(i64),
    Expire { most: u32 },
    ExpireSome { most: u32 },
    Snapshot,
    Damage { place: usize, bit: u8 },
    Reload { start: i64, back: i64 },
    LogStart { back: i64 },
    TruncateFully { at: Option<i64> },
    MapEnd { ahead: i64 },
    Grow { by: usize },
    GrowStep(u32),
}

#[derive(Clone, Debug)]
pub(crate) struct WantedAppend {
    origin: Origin,
    raw: bool,
    version: TransactionVersion,
    guard: WantedGuard,
    jump: i64,
    through_ticket: bool,
    batches: Vec<Wanted>,
    /// Only the last batch's: a log gives rising offsets inside an append.
    odd_records: Option<i32>,
}

#[derive(Clone, Debug)]
enum WantedGuard {
    Sentinel,
    /// The one that the first batch's producer was given.
    Right,
    /// One of those given before.
    Earlier(usize),
    Made(u64),
}

#[derive(Clone, Debug)]
enum Wanted {
    Data { pid: i64, epoch: Epoch, sequence: Sequence, records: i32, ts: Time, txn: Option<bool> },
    Marker { pid: i64, epoch: Epoch, coordinator_epoch: i32, ts: Time, aborted: bool },
    EmptyControl { pid: i64, epoch: Epoch },
}

#[derive(Clone, Debug)]
pub(crate) enum Epoch {
    Current,
    Above,
    Below,
    Is(i16),
}

#[derive(Clone, Debug)]
pub(crate) enum Sequence {
    Next,
    /// One of the remembered batches again; its number of records too.
    Repeat(usize),
    Zero,
    Near(i32),
    Is(i32),
}

#[derive(Clone, Debug)]
enum Time {
    Now(i64),
    Is(i64),
}

fn pid() -> impl Strategy<Value = i64> {
    prop_oneof![
        20 => 0..5_i64,
        1 => prop_oneof![Just(-1), Just(-2), Just(i64::MAX), Just(i64::MIN), any::<i64>()],
    ]
}

fn epoch() -> impl Strategy<Value = Epoch> {
    let odd = prop_oneof![-2..4_i16, i16::MAX - 1..=i16::MAX, any::<i16>()];
    prop_oneof![
        16 => Just(Epoch::Current),
        3 => Just(Epoch::Above),
        2 => Just(Epoch::Below),
        1 => odd.prop_map(Epoch::Is),
    ]
}

fn sequence() -> impl Strategy<Value = Sequence> {
    let odd = prop_oneof![-3..8_i32, i32::MAX - 8..=i32::MAX, any::<i32>()];
    prop_oneof![
        16 => Just(Sequence::Next),
        5 => (0..5_usize).prop_map(Sequence::Repeat),
        3 => Just(Sequence::Zero),
        2 => (-6..7_i32).prop_map(Sequence::Near),
        3 => odd.prop_map(Sequence::Is),
    ]
}

fn time() -> impl Strategy<Value = Time> {
    let odd = prop_oneof![Just(-1), Just(0), any::<i64>()];
    prop_oneof![12 => (-50..50_i64).prop_map(Time::Now), 1 => odd.prop_map(Time::Is)]
}

fn wanted_data() -> impl Strategy<Value = Wanted> {
    // Mostly what the producer's open transaction asks for.
    let txn = prop_oneof![8 => Just(None), 1 => Just(Some(true)), 1 => Just(Some(false))];
    (pid(), epoch(), sequence(), 1..6_i32, time(), txn).prop_map(
        |(pid, epoch, sequence, records, ts, txn)| Wanted::Data {
            pid,
            epoch,
            sequence,
            records,
            ts,
            txn,
        },
    )
}

fn wanted_control() -> impl Strategy<Value = Wanted> {
    let coordinator_epoch = prop_oneof![8 => 0..3_i32, 1 => any::<i32>()];
    let marker = (pid(), epoch(), coordinator_epoch, time(), any::<bool>()).prop_map(
        |(pid, epoch, coordinator_epoch, ts, aborted)| Wanted::Marker {
            pid,
            epoch,
            coordinator_epoch,
            ts,
            aborted,
        },
    );
    let emptied = (pid(), epoch()).prop_map(|(pid, epoch)| Wanted::EmptyControl { pid, epoch });
    prop_oneof![8 => marker, 1 => emptied]
}

fn version() -> impl Strategy<Value = TransactionVersion> {
    use TransactionVersion::{V0, V1, V2};
    prop_oneof![Just(V0), Just(V1), Just(V2)]
}

fn guard() -> impl Strategy<Value = WantedGuard> {
    prop_oneof![
        6 => Just(WantedGuard::Right),
        2 => Just(WantedGuard::Sentinel),
        1 => any::<usize>().prop_map(WantedGuard::Earlier),
        1 => any::<u64>().prop_map(WantedGuard::Made),
    ]
}

fn append() -> impl Strategy<Value = Op> {
    let many = |data: u32, control: u32| {
        let batch = prop_oneof![data => wanted_data(), control => wanted_control()];
        let more = prop_oneof![3 => Just(1..2_usize), 1 => Just(2..7), 1 => Just(0..1)];
        more.prop_flat_map(move |len| prop::collection::vec(batch.clone(), len))
    };
    let wanted = prop_oneof![
        12 => (Just(Origin::Client), many(10, 1).boxed()),
        5 => (Just(Origin::Coordinator), many(1, 6).boxed()),
        4 => (Just(Origin::Replication), many(3, 1).boxed()),
        1 => (Just(Origin::RaftLeader), many(3, 1).boxed()),
    ];
    let odd_records = prop_oneof![
        30 => Just(None),
        1 => prop_oneof![Just(0), Just(i32::MIN), Just(i32::MAX), any::<i32>()].prop_map(Some),
    ];
    let raw = prop_oneof![9 => Just(false), 1 => Just(true)];
    let jump = prop_oneof![9 => Just(0), 1 => 1..9_i64];
    (wanted, raw, version(), guard(), jump, any::<bool>(), odd_records).prop_map(
        |((origin, batches), raw, version, guard, jump, through_ticket, odd_records)| {
            Op::Append(WantedAppend {
                origin,
                raw,
                version,
                guard,
                jump,
                through_ticket,
                batches,
                odd_records,
            })
        },
    )
}

pub(crate) fn op() -> impl Strategy<Value = Op> {
    let verify = (pid(), epoch(), sequence(), any::<bool>());
    let verify =
        verify.prop_map(|(pid, epoch, sequence, tv2)| Op::Verify { pid, epoch, sequence, tv2 });
    let time = prop_oneof![8 => 0..400_i64, 1 => 300_000..400_000_i64];
    let full = prop_oneof![Just(None), prop_oneof![any::<i64>(), Just(0)].prop_map(Some)];
    prop_oneof![
        60 => append(),
        12 => verify,
        1 => any::<bool>().prop_map(Op::SetVerification),
        5 => (0..5_i64).prop_map(|back| Op::HighWatermark { back }),
        5 => time.prop_map(Op::Tick),
        2 => (1..6_u32).prop_map(|most| Op::Expire { most }),
        2 => (0..6_u32).prop_map(|most| Op::ExpireSome { most }),
        3 => Just(Op::Snapshot),
        1 => (any::<usize>(), 0..8_u8).prop_map(|(place, bit)| Op::Damage { place, bit }),
        3 => (0..4_i64, 0..10_i64).prop_map(|(start, back)| Op::Reload { start, back }),
        1 => (-3..10_i64).prop_map(|back| Op::LogStart { back }),
        1 => full.prop_map(|at| Op::TruncateFully { at }),
        1 => (0..9_i64).prop_map(|ahead| Op::MapEnd { ahead }),
        3 => (1..9_usize).prop_map(|by| Op::Grow { by }),
        3 => (0..4_u32).prop_map(Op::GrowStep),
    ]
}

pub(crate) fn profile() -> impl Strategy<Value = Profile> {
    use Profile::{Kafka3_9, Kafka4_0, Kafka4_1, Kafka4_2};
    prop_oneof![Just(Kafka3_9), Just(Kafka4_0), Just(Kafka4_1), Just(Kafka4_2)]
}

/// What an append's earlier batches have made of a producer's numbers.
type Ahead = std::collections::BTreeMap<i64, (i16, i32, bool)>;

impl Twin {
    pub(crate) fn apply(&mut self, op: &Op) -> Result<(), KafkaBroke> {
        match op {
            Op::Append(wanted) => {
                let append = self.resolve(wanted);
                self.append(&append)?;
            }
            Op::Verify { pid, epoch, sequence, tv2 } => {
                let ahead = Ahead::new();
                let epoch = self.epoch(&ahead, *pid, epoch);
                let (sequence, _) = self.sequence(&ahead, *pid, sequence);
                self.verify(*pid, epoch, sequence, *tv2);
            }
            Op::SetVerification(enabled) => self.set_verification(*enabled),
            Op::HighWatermark { back } => {
                self.raise_high_watermark(self.end.wrapping_sub(*back).max(0));
            }
            Op::Tick(by) => self.now += by,
            Op::Expire { most } => self.expire(*most),
            Op::ExpireSome { most } => self.expire_some(*most),
            Op::Snapshot => self.take_snapshot(),
            Op::Damage { place, bit } => self.damage(*place, *bit),
            Op::Reload { start, back } => {
                self.truncate_and_reload(*start, self.end.wrapping_sub(*back).max(0));
            }
            Op::LogStart { back } => self.raise_log_start(self.end.wrapping_sub(*back).max(0)),
            Op::TruncateFully { at } => self.truncate_fully(at.unwrap_or(self.end)),
            Op::MapEnd { ahead } => self.set_map_end(self.end.wrapping_add(*ahead)),
            Op::Grow { by } => {
                let _under_way = self.grow(self.core.capacity() as usize + by);
            }
            Op::GrowStep(most) => drop(self.core.grow_step(*most)),
        }
        Ok(())
    }

    fn resolve(&self, wanted: &WantedAppend) -> Append {
        let mut ahead = Ahead::new();
        let mut batches: Vec<Batch> =
            wanted.batches.iter().map(|batch| self.batch(&mut ahead, batch)).collect();
        let first = batches.first().map_or(-1, producer_of);
        if let (Some(odd), Some(Batch::Data { records, .. })) =
            (wanted.odd_records, batches.last_mut())
        {
            *records = odd;
        }
        let guard = match wanted.guard {
            WantedGuard::Sentinel => (0, 0),
            WantedGuard::Right => {
                let entry = self.model.manager.verification.get(&first);
                let pair = entry.and_then(|e| self.guards.iter().find(|pair| pair.1 == e.guard));
                pair.copied().unwrap_or_default()
            }
            WantedGuard::Earlier(n) => {
                let all = self.guards.len().max(1);
                self.guards.get(n % all).copied().unwrap_or_default()
            }
            WantedGuard::Made(bits) => (bits, u64::MAX),
        };
        Append {
            base_offset: self.end.wrapping_add(wanted.jump),
            origin: wanted.origin,
            raw: wanted.raw,
            version: wanted.version,
            guard,
            batches,
            through_ticket: wanted.through_ticket,
        }
    }

    fn batch(&self, ahead: &mut Ahead, wanted: &Wanted) -> Batch {
        match wanted {
            Wanted::Data { pid, epoch, sequence, records, ts, txn } => {
                let epoch = self.epoch(ahead, *pid, epoch);
                let (base_sequence, repeated) = self.sequence(ahead, *pid, sequence);
                let records = repeated.unwrap_or(*records);
                let open = self.is_open(ahead, *pid);
                // One in four begins a transaction.
                let transactional = txn.unwrap_or(open || (records & 3 == 3));
                let last = sequence::last_sequence(base_sequence, records.wrapping_sub(1));
                ahead.insert(*pid, (epoch, sequence::increment(last, 1), open || transactional));
                Batch::Data {
                    producer_id: *pid,
                    epoch,
                    base_sequence,
                    records,
                    max_timestamp: self.time(ts),
                    transactional,
                }
            }
            Wanted::Marker { pid, epoch, coordinator_epoch, ts, aborted } => {
                let producer_id = *pid;
                let epoch = self.epoch(ahead, producer_id, epoch);
                let (next, _) = self.sequence(ahead, producer_id, &Sequence::Next);
                ahead.insert(producer_id, (epoch, next, false));
                let (coordinator_epoch, aborted) = (*coordinator_epoch, *aborted);
                let timestamp = self.time(ts);
                Batch::Marker { producer_id, epoch, coordinator_epoch, timestamp, aborted }
            }
            Wanted::EmptyControl { pid, epoch } => {
                Batch::EmptyControl { producer_id: *pid, epoch: self.epoch(ahead, *pid, epoch) }
            }
        }
    }

    fn time(&self, time: &Time) -> i64 {
        match *time {
            Time::Now(by) => self.now + by,
            Time::Is(time) => time,
        }
    }

    fn is_open(&self, ahead: &Ahead, pid: i64) -> bool {
        let entry = self.model.manager.producers.get(&pid);
        let committed = entry.is_some_and(|e| e.current_txn_first_offset.is_some());
        ahead.get(&pid).map_or(committed, |a| a.2)
    }

    fn epoch(&self, ahead: &Ahead, pid: i64, epoch: &Epoch) -> i16 {
        let entry = self.model.manager.producers.get(&pid);
        let committed = entry.map_or(0, |e| e.producer_epoch);
        let current = ahead.get(&pid).map_or(committed, |a| a.0);
        match *epoch {
            Epoch::Current => current,
            Epoch::Above => current.saturating_add(1),
            Epoch::Below => current.saturating_sub(1),
            Epoch::Is(epoch) => epoch,
        }
    }

    fn sequence(&self, ahead: &Ahead, pid: i64, wanted: &Sequence) -> (i32, Option<i32>) {
        let entry = self.model.manager.producers.get(&pid);
        let committed = entry.map_or(-1, fencepost_model::ProducerEntry::last_sequence);
        let next = ahead.get(&pid).map_or(sequence::increment(committed, 1), |a| a.1);
        match *wanted {
            Sequence::Next => (next, None),
            Sequence::Zero => (0, None),
            Sequence::Near(by) => (next.wrapping_add(by), None),
            Sequence::Is(sequence) => (sequence, None),
            Sequence::Repeat(n) => {
                let window = entry.map_or(&[][..], |entry| &entry.window);
                let seen = window.get(n % window.len().max(1));
                seen.map_or((next, None), |batch| {
                    (batch.first_sequence(), Some(batch.offset_delta.wrapping_add(1)))
                })
            }
        }
    }
}

fn producer_of(batch: &Batch) -> i64 {
    match *batch {
        Batch::Data { producer_id, .. }
        | Batch::Marker { producer_id, .. }
        | Batch::EmptyControl { producer_id, .. } => producer_id,
    }
}
