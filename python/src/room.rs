//! The memory of a partition on the heap: bounded, or growing with what it holds.

use std::collections::HashSet;

use fencepost::broker::{
    Batch, CompletedTransaction, Config, Context, ExpireBy, FullPolicy, Guard, IndexLine,
    OpenTransaction, Origin, Partition, PendingProducer, PendingTransaction, Profile, Pushed,
    Reason, Rejection, ReloadFull, Scratch, Slot, Storage, UnknownProducer, Verification,
    VerificationEntry, index_lines,
};
use fencepost::ids::Timestamp;
use fencepost::window::BatchMetadata;
use pyo3::exceptions::PyMemoryError;
use pyo3::prelude::*;

use crate::growth::Growth;
use crate::home::Home;
use crate::raise::wrong;

/// The most producers that may be asked for: some 11 GiB.
const MOST: u32 = 1 << 26;
/// Where a partition that grows begins.
const SMALL: u32 = 16;

pub(crate) type Core =
    Partition<Vec<Slot>, Vec<IndexLine>, Vec<OpenTransaction>, Vec<VerificationEntry>>;
type Heap = Storage<Vec<Slot>, Vec<IndexLine>, Vec<OpenTransaction>, Vec<VerificationEntry>>;
pub(crate) type Memory = Scratch<Vec<PendingProducer>, Vec<IndexLine>, Vec<PendingTransaction>>;

/// How a partition is made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    /// `None` grows.
    pub(crate) capacity: Option<u32>,
    pub(crate) config: Config,
    /// What `config` says, to know before a load how many producers have expired.
    pub(crate) expiration_ms: u32,
    /// Whether `config` says that ages count from the append.
    pub(crate) by_append_time: bool,
}

/// A partition, its memory, and a version that changes with it.
#[derive(Debug)]
pub(crate) struct Room {
    pub(crate) partition: Core,
    pub(crate) version: u64,
    /// Whose tickets are good here.
    pub(crate) home: Home,
    options: Options,
    growth: Growth,
    scratch: Memory,
    scratch_len: usize,
}

/// What became of an append.
pub(crate) enum Appended {
    Duplicate(BatchMetadata),
    All(Vec<CompletedTransaction>),
}

pub(crate) fn filled<T: Clone>(value: T, len: usize) -> PyResult<Vec<T>> {
    let mut all = Vec::new();
    let lacking = |_| PyMemoryError::new_err(format!("no memory for {len} entries"));
    all.try_reserve_exact(len).map_err(lacking)?;
    all.resize(len, value);
    Ok(all)
}

fn storage(capacity: u32, guards: usize) -> PyResult<Heap> {
    let len = to_usize(capacity);
    Ok(Storage {
        slots: filled(Slot::EMPTY, len)?,
        index: filled(IndexLine::EMPTY, index_lines(len))?,
        transactions: filled(OpenTransaction::EMPTY, len + 1)?,
        guards: filled(VerificationEntry::EMPTY, guards)?,
    })
}

fn scratch(len: usize) -> PyResult<Memory> {
    let lines = filled(IndexLine::EMPTY, index_lines(len))?;
    let transactions = filled(PendingTransaction::EMPTY, len)?;
    Ok(Scratch::new(filled(PendingProducer::EMPTY, len)?, lines, transactions))
}

impl Room {
    pub(crate) fn new(options: Options) -> PyResult<Self> {
        let capacity = options.capacity.unwrap_or(SMALL);
        if !(1..=MOST).contains(&capacity) {
            return Err(wrong(format!("capacity is from 1 to {MOST}, not {capacity}")));
        }
        let guards = to_usize(capacity).min(1024) * 5 / 4 + 1;
        let partition = Partition::new(storage(capacity, guards)?, options.config);
        let is_bounded = options.capacity.is_some();
        let growth = Growth { is_bounded, transactions: to_usize(capacity) + 1, guards };
        Self::of(partition, options, growth)
    }

    /// A partition as it is, with scratch memory of its own.
    pub(crate) fn of(partition: Core, options: Options, growth: Growth) -> PyResult<Self> {
        let (scratch, scratch_len) = (scratch(16)?, 16);
        Ok(Self { partition, version: 0, home: Home::new(), options, growth, scratch, scratch_len })
    }

    /// A copy of the partition, how it was made, and how much memory it has.
    pub(crate) fn copy(&self) -> (Core, Options, Growth) {
        (self.partition.clone(), self.options, self.growth)
    }

    /// To be called after each change: tickets of appends are stale then, and there is room for one
    /// more producer and transaction if the partition grows. Without memory for that the change
    /// holds nevertheless; the next new producer is refused.
    pub(crate) fn changed(&mut self) {
        self.version = self.version.wrapping_add(1);
        self.make_room(1, 1).ok();
    }

    /// Makes room for so many more producers and transactions, if the partition grows.
    pub(crate) fn make_room(&mut self, producers: usize, transactions: usize) -> PyResult<()> {
        self.growth.make_room(&mut self.partition, producers, transactions)
    }

    pub(crate) fn set_expiration_ms(&mut self, millis: u32) {
        self.partition.set_expiration_ms(millis);
        self.options.expiration_ms = millis;
    }

    /// Whether it grows with what it holds.
    pub(crate) const fn grows(&self) -> bool {
        self.options.capacity.is_none()
    }

    /// How many more producers there is room for.
    pub(crate) fn free(&self) -> u32 {
        self.partition.capacity().saturating_sub(self.partition.len())
    }

    /// Whether a replay's outcome depends on the time: who expires, or what counts as the last
    /// write.
    pub(crate) const fn asks_the_time(&self) -> bool {
        !self.grows() || self.options.by_append_time
    }

    /// Room for an append of eight times as much, which has added so many producers when it lacked
    /// room.
    pub(crate) fn widen_far(&mut self, new: u32) -> PyResult<()> {
        self.make_room(to_usize(new).saturating_mul(8), self.scratch_len * 8)?;
        self.widen_to(self.scratch_len * 8)
    }

    /// Room for what an append of these may bring.
    pub(crate) fn make_room_for(&mut self, batches: &[(Batch, Context)]) -> PyResult<()> {
        if self.options.capacity.is_some() {
            return Ok(());
        }
        let headers = || batches.iter().map(|(batch, _)| &batch.header);
        let is_new = |id: &i64| self.partition.producer(*id).is_none();
        let new: HashSet<i64> =
            headers().map(|h| h.producer_id).filter(|id| *id > -1 && is_new(id)).collect();
        let transactional = headers().filter(|h| h.attributes.is_transactional()).count();
        self.make_room(new.len() + 1, transactional + 1)
    }

    /// Pushes the batches of one append, and commits them if that is wanted.
    pub(crate) fn append(
        &mut self,
        batches: &[(Batch, Context)],
        origin: Origin,
        now: Timestamp,
        commit: bool,
    ) -> Result<Appended, Rejection> {
        loop {
            match self.try_append(batches, origin, now, commit) {
                Err(Rejection { reason: Reason::ScratchFull { .. }, .. })
                    if self.widen().is_ok() => {}
                other => return other,
            }
        }
    }

    /// Twice the scratch memory.
    fn widen(&mut self) -> PyResult<()> {
        self.widen_to(self.scratch_len * 2)
    }

    /// Scratch memory for at least so many producers and transactions.
    pub(crate) fn widen_to(&mut self, wanted: usize) -> PyResult<()> {
        let mut len = self.scratch_len;
        while len < wanted {
            len *= 2;
        }
        if len > self.scratch_len {
            self.scratch = scratch(len)?;
            self.scratch_len = len;
        }
        Ok(())
    }

    fn try_append(
        &mut self,
        batches: &[(Batch, Context)],
        origin: Origin,
        now: Timestamp,
        commit: bool,
    ) -> Result<Appended, Rejection> {
        let mut append = self.partition.append(&mut self.scratch, origin, now);
        for (batch, context) in batches {
            match append.push(batch, context)? {
                Pushed::Added | Pushed::Ended => {}
                Pushed::Duplicate(seen) => return Ok(Appended::Duplicate(seen)),
            }
        }
        let mut completed = Vec::new();
        if commit {
            // No push has ended it, or we would not be here.
            append.commit(|txn| completed.push(txn)).ok();
        }
        Ok(Appended::All(completed))
    }

    /// The partition by itself, and how many transactions it has room for.
    pub(crate) fn into_parts(self) -> (Core, usize) {
        (self.partition, self.growth.transactions)
    }

    /// The partition and the scratch memory, for an append of its own.
    pub(crate) fn parts(&mut self) -> (&mut Core, &mut Memory) {
        (&mut self.partition, &mut self.scratch)
    }

    /// Begins a verification; a partition that grows has room for each.
    pub(crate) fn start_verification(
        &mut self,
        wanted: &Verification,
        now: Timestamp,
    ) -> Result<Guard, Rejection> {
        self.version = self.version.wrapping_add(1);
        let (start, wanted) = (Core::start_verification, (wanted, now));
        self.growth.verify(&mut self.partition, wanted, start, |refused| Some(refused.reason))
    }

    /// Replaces the state by a snapshot's. Nothing is changed unless all of it has room.
    pub(crate) fn load(
        &mut self,
        slots: &[Slot],
        offset: i64,
        now: Timestamp,
    ) -> PyResult<Result<u32, ReloadFull>> {
        let limit = i64::from(self.options.expiration_ms);
        let age = |slot: &Slot| now.as_millis().wrapping_sub(slot.last_timestamp());
        let stays = |slot: &&Slot| slot.current_txn_first_offset().is_some() || age(slot) < limit;
        let (mut producers, mut transactions) = (HashSet::new(), 0);
        for slot in slots.iter().filter(stays) {
            producers.insert(slot.producer_id());
            transactions += usize::from(slot.current_txn_first_offset().is_some());
            let capacity = self.partition.capacity();
            let is_full =
                producers.len() > to_usize(capacity) || transactions > self.growth.transactions;
            if is_full && self.options.capacity.is_some() {
                return Ok(Err(ReloadFull { capacity, producer_id: slot.producer_id() }));
            }
        }
        self.make_room(producers.len(), transactions)?;
        self.partition.begin_reload();
        let loaded = self.partition.load_all(slots.iter().copied(), now);
        self.partition.finish_reload(offset);
        self.changed();
        Ok(loaded)
    }
}

impl Room {
    /// The same, whatever the producers' age: at the time of its last write none has expired.
    pub(crate) fn load_any_age(&mut self, slots: &[Slot], offset: i64) -> PyResult<()> {
        self.make_room(slots.len(), slots.len())?;
        self.partition.begin_reload();
        for slot in slots {
            let at = Timestamp::from_millis(slot.last_timestamp());
            self.partition.load(slot, at).map_err(|full| wrong(full.to_string()))?;
        }
        self.partition.finish_reload(offset);
        self.changed();
        Ok(())
    }
}

/// What nobody can foresee, from the system.
pub(crate) fn random_seed(py: Python<'_>) -> PyResult<u64> {
    let bytes = PyModule::import(py, "os")?.getattr("urandom")?.call1((8,))?;
    Ok(u64::from_ne_bytes(bytes.extract()?))
}

pub(crate) fn to_usize(n: u32) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

pub(crate) fn one_of<T: Copy>(what: &str, given: &str, all: &[(&str, T)]) -> PyResult<T> {
    let found = all.iter().find(|(name, _)| *name == given);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
        wrong(format!("{what} is one of {}, not {given:?}", names.join(", ")))
    })
}

pub(crate) fn profile(name: &str) -> PyResult<Profile> {
    let all = [
        ("3.9", Profile::Kafka3_9),
        ("4.0", Profile::Kafka4_0),
        ("4.1", Profile::Kafka4_1),
        ("4.2", Profile::Kafka4_2),
    ];
    one_of("profile", name, &all)
}

pub(crate) fn full_policy(name: &str) -> PyResult<FullPolicy> {
    let all = [
        ("refuse", FullPolicy::Refuse),
        ("evict_least_recent", FullPolicy::EvictLeastRecent),
        ("evict_expired", FullPolicy::EvictExpired),
    ];
    one_of("full", name, &all)
}

pub(crate) fn expire_by(name: &str) -> PyResult<ExpireBy> {
    let all =
        [("record_timestamp", ExpireBy::RecordTimestamp), ("append_time", ExpireBy::AppendTime)];
    one_of("expire_by", name, &all)
}

pub(crate) fn unknown_producer(name: &str) -> PyResult<UnknownProducer> {
    let all = [
        ("any_sequence", UnknownProducer::AnySequence),
        ("zero_if_never_written", UnknownProducer::ZeroIfNeverWritten),
    ];
    one_of("unknown_producer", name, &all)
}

pub(crate) fn origin(name: &str) -> PyResult<Origin> {
    // The usual one of every call.
    if name == "client" {
        return Ok(Origin::Client);
    }
    let all = [
        ("client", Origin::Client),
        ("coordinator", Origin::Coordinator),
        ("replication", Origin::Replication),
        ("raft_leader", Origin::RaftLeader),
    ];
    one_of("origin", name, &all)
}
