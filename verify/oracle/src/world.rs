//! What does core answer to an operation, and what is to be asked of Kafka?

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::rc::Rc;

use fencepost::broker::{CompletedTransaction, Guard, LogRange, Profile, TxnIndex, Verification};
use fencepost::error_code::ErrorCode;
use fencepost::ids::Timestamp;

use crate::log::Log;
use crate::op::{Op, Setup};
use crate::producers::Producers;
use crate::rule::{Counts, Rule};

/// How often an append's answer comes with what is on the disk.
const DISK_EVERY: u64 = 16;

/// Guards are other tokens on each side; both give them the label of the request they came from.
#[derive(Debug, Default)]
pub(crate) struct Labels {
    labels: HashMap<Guard, u32>,
    guards: HashMap<u32, Guard>,
}

impl Labels {
    pub(crate) fn label(&self, guard: Guard) -> u32 {
        self.labels.get(&guard).copied().unwrap_or(0)
    }

    pub(crate) fn guard(&self, label: u32) -> Guard {
        self.guards.get(&label).copied().unwrap_or(Guard::SENTINEL)
    }

    fn is_known(&self, guard: Guard) -> bool {
        self.labels.contains_key(&guard)
    }

    fn add(&mut self, label: u32, guard: Guard) {
        self.labels.insert(guard, label);
        self.guards.insert(label, guard);
    }
}

/// What an operation comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// The line for Kafka's side.
    pub(crate) request: String,
    /// Core's answer and state; only the answer if the log is of no use after it.
    pub(crate) expected: String,
}

/// Core, its log, and what was met so far.
pub(crate) struct World {
    pub(crate) profile: Profile,
    pub(crate) setup: Setup,
    pub(crate) producers: Producers,
    pub(crate) log: Log,
    pub(crate) labels: Labels,
    pub(crate) now: i64,
    pub(crate) counts: Counts,
    /// How many appends failed after Kafka had cleared a verification.
    pub(crate) masked: u64,
    /// The log could not be replayed: only a new one is of use.
    pub(crate) is_dead: bool,
    /// Operations done.
    pub(crate) turn: u64,
    /// What the last append completed.
    pub(crate) completed: Vec<CompletedTransaction>,
}

impl World {
    pub(crate) fn new(profile: Profile) -> Self {
        let setup = Setup {
            expiration_ms: 1,
            max_transaction_ms: 1,
            verification: false,
            retention_bytes: -1,
            append_time: false,
            now: 0,
        };
        Self {
            profile,
            setup,
            producers: Producers::open(profile, &setup, 0, Rc::new(RefCell::new(BTreeMap::new()))),
            log: Log::new(),
            labels: Labels::default(),
            now: 0,
            counts: Counts::default(),
            masked: 0,
            is_dead: true,
            turn: 0,
            completed: Vec::new(),
        }
    }

    pub(crate) const fn clock(&self) -> Timestamp {
        Timestamp::from_millis(self.now)
    }

    /// Does it. `None` if there is no log to do it to.
    pub(crate) fn apply(&mut self, op: &Op) -> Option<Step> {
        if self.is_dead && !matches!(op, Op::New(_)) {
            return None;
        }
        self.turn += 1;
        self.completed.clear();
        let wants_disk = !op.is_append() || self.turn.is_multiple_of(DISK_EVERY);
        let mut request = String::from(if wants_disk { "+" } else { "" });
        let mut expected = self.answer(op, &mut request);
        if !self.is_dead {
            expected.push_str(" | ");
            self.brief_state(&mut expected);
            if wants_disk {
                self.state_on_disk(&mut expected);
            }
            self.counts.hit_if(self.last_stable() < self.log.high_watermark, Rule::Unstable);
            let late = self.producers.partition.has_late_transaction(self.clock());
            self.counts.hit_if(late, Rule::Late);
        }
        Some(Step { request, expected })
    }

    fn answer(&mut self, op: &Op, request: &mut String) -> String {
        match op {
            Op::New(setup) => self.start_anew(setup, request),
            Op::Leader { origin, guard, version, batches } => {
                return self.append_leader(*origin, *guard, *version, batches, request);
            }
            Op::Follower { leader_epoch, batches } => {
                return self.append_follower(*leader_epoch, batches, request);
            }
            Op::Verify { label, producer_id, sequence, epoch, supports_epoch_bump } => {
                let wanted = Verification {
                    producer_id: *producer_id,
                    producer_epoch: *epoch,
                    base_sequence: *sequence,
                    // Transaction version 2 came with 4.0.
                    supports_epoch_bump: *supports_epoch_bump && self.profile >= Profile::Kafka4_0,
                };
                return self.verify(*label, &wanted, request);
            }
            Op::Clock(now) => {
                let _ = write!(request, "clock {now}");
                self.now = *now;
            }
            Op::SetVerification(enabled) => {
                let _ = write!(request, "verification {}", i32::from(*enabled));
                self.setup.verification = *enabled;
                self.producers.partition.set_verification(*enabled);
            }
            Op::HighWatermark { back } => {
                let to = self.log.end - back;
                let _ = write!(request, "hw {to}");
                self.set_high_watermark(to);
            }
            Op::Expire => {
                request.push_str("expire");
                self.expire();
            }
            Op::TakeSnapshot => {
                request.push_str("snapshot");
                self.producers.take_snapshot(&mut self.counts);
            }
            Op::Collect { from_back, to_back } => {
                let (from, to) = (self.log.end - from_back, self.log.end - to_back);
                let _ = write!(request, "collect {from} {to}");
                return self.collect(from, to);
            }
            Op::LogStart { .. }
            | Op::Truncate { .. }
            | Op::TruncateFully { .. }
            | Op::Roll
            | Op::Retain
            | Op::Reopen { .. } => {
                return match self.reshape(op, request) {
                    Ok(()) => "done".into(),
                    Err(code) => refused(code),
                };
            }
        }
        "done".into()
    }

    fn start_anew(&mut self, setup: &Setup, request: &mut String) {
        let _ = write!(
            request,
            "new {} {} {} {} {} {}",
            setup.expiration_ms,
            setup.max_transaction_ms,
            i32::from(setup.verification),
            setup.retention_bytes,
            i32::from(setup.append_time),
            setup.now
        );
        self.setup = *setup;
        self.now = setup.now;
        self.log = Log::new();
        self.labels = Labels::default();
        self.is_dead = false;
        let files = Rc::new(RefCell::new(BTreeMap::new()));
        self.producers = Producers::open(self.profile, setup, self.turn, files);
    }

    fn verify(&mut self, label: u32, wanted: &Verification, request: &mut String) -> String {
        let _ = write!(
            request,
            "verify {label} {} {} {} {}",
            wanted.producer_id,
            wanted.base_sequence,
            wanted.producer_epoch,
            i32::from(wanted.supports_epoch_bump)
        );
        let now = self.clock();
        match self.producers.partition.start_verification(wanted, now) {
            Ok(Guard::SENTINEL) => {
                self.counts.hit(Rule::GuardNotNeeded);
                "guard 0".into()
            }
            Ok(guard) => {
                if self.labels.is_known(guard) {
                    self.counts.hit(Rule::GuardSame);
                } else {
                    self.counts.hit(Rule::GuardNew);
                    self.labels.add(label, guard);
                }
                format!("guard {}", self.labels.label(guard))
            }
            Err(rejection) => {
                self.counts.hit(Rule::VerifyFenced);
                refused(rejection.error_code())
            }
        }
    }

    fn expire(&mut self) {
        let now = self.clock();
        let partition = &mut self.producers.partition;
        let guards = partition.verifications().count();
        loop {
            let swept = partition.expire(now, 7);
            for _ in 0..swept.forgotten {
                self.counts.hit(Rule::Expired);
            }
            if swept.finished {
                break;
            }
        }
        self.counts.hit_if(partition.verifications().count() < guards, Rule::GuardExpired);
    }

    /// The high watermark, kept inside the log (broker spec 7.9).
    pub(crate) fn set_high_watermark(&mut self, to: i64) {
        let to = if to < self.log.start { self.log.start } else { to.min(self.log.end) };
        self.log.high_watermark = to;
        let partition = &mut self.producers.partition;
        let before = partition.unreplicated_transactions().len();
        partition.handle_high_watermark(to);
        let stable = partition.unreplicated_transactions().len() < before;
        self.counts.hit_if(stable, Rule::Replicated);
        self.refresh_first_unstable();
    }

    /// Kafka keeps the first unstable offset, and looks at it anew only here. Below the log start
    /// it becomes the log start, and from 4.0 on the place in the file where that is read.
    pub(crate) fn refresh_first_unstable(&mut self) {
        let first = self.producers.partition.first_unstable_offset();
        self.log.is_as_core_says = first.is_none_or(|first| first >= self.log.start);
        self.log.first_unstable = first.map(|first| {
            if first >= self.log.start {
                first
            } else {
                let found = self.log.read_position(self.log.start);
                let is_exact = self.profile == Profile::Kafka3_9;
                found.map_or(self.log.end, |base| if is_exact { self.log.start } else { base })
            }
        });
    }

    /// The last stable offset: core's, but where Kafka keeps another one.
    pub(crate) fn last_stable(&self) -> i64 {
        let Log { start, high_watermark, is_as_core_says, .. } = self.log;
        if is_as_core_says {
            self.producers.partition.last_stable_offset(LogRange { start, high_watermark })
        } else {
            self.log.last_stable()
        }
    }

    /// What a reader is told of aborted transactions, from the segment that holds `from` on. Kafka
    /// asks each segment from the log's start.
    fn collect(&mut self, from: i64, to: i64) -> String {
        let mut answer = String::from("aborted ");
        let holds = self.log.bases().iter().rposition(|&base| base <= from);
        for segment in holds.map_or(&[][..], |holds| &self.log.segments[holds..]) {
            let index = TxnIndex::new(&segment.aborted);
            let is_complete = index.collect_aborted(self.log.start, to, |aborted| {
                let _ = write!(
                    answer,
                    "{},{},{},{};",
                    aborted.producer_id,
                    aborted.first_offset,
                    aborted.last_offset,
                    aborted.last_stable_offset
                );
            });
            if is_complete.expect("it was written here") {
                break;
            }
        }
        self.counts.hit_if(answer.ends_with(';'), Rule::Collected);
        answer
    }

    /// What a marker ended goes to the index of the segment it is in.
    pub(crate) fn index(&mut self, completed: &[CompletedTransaction]) {
        self.completed.extend_from_slice(completed);
        for aborted in completed.iter().filter_map(CompletedTransaction::index_entry) {
            self.log.active().aborted.extend_from_slice(&aborted.encode());
            self.counts.hit(Rule::Aborted);
        }
    }
}

pub(crate) fn refused(code: ErrorCode) -> String {
    format!("err {}", code.get())
}
