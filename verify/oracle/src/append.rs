//! May these batches be appended? Core's answer, reached as a log reaches it (broker spec 2.5,
//! 7.1).

use std::collections::BTreeSet;
use std::fmt::Write;

use fencepost::broker::{
    Admission, Batch, BatchKind, CompletedTransaction, Context, Origin, Profile, Reason, Slot,
    TransactionVersion,
};
use fencepost::error_code::ErrorCode;
use fencepost::ids::raw;
use fencepost::window::{BatchMetadata, WINDOW_BATCHES};
use fencepost::wire::{
    BatchHeader, BatchView, TimestampRule, ValidatedOrigin, Validation, validate,
};

use crate::batch::BatchSpec;
use crate::log::Stored;
use crate::op::Leader;
use crate::rule::Rule;
use crate::world::{World, refused};

/// The transaction version's number as core names it.
const fn transaction_version(version: u8) -> TransactionVersion {
    match version {
        0 => TransactionVersion::V0,
        1 => TransactionVersion::V1,
        _ => TransactionVersion::V2,
    }
}

/// What was known of a batch's producer before its append.
struct Before {
    slot: Option<Slot>,
    is_verified: bool,
}

/// What became of one batch.
enum Outcome {
    Recorded(Vec<CompletedTransaction>),
    Duplicate(BatchMetadata),
    Refused(Reason),
}

fn hex(bytes: &[u8], out: &mut String) {
    for byte in bytes {
        let digit = |n: u8| char::from_digit(u32::from(n), 16).unwrap_or('0');
        out.push(digit(byte >> 4));
        out.push(digit(byte & 15));
    }
}

fn stored(bytes: &[u8]) -> Stored {
    let view = BatchView::new_checked(bytes).expect("it was just built");
    let batch = Batch::read(&view).expect("its marker was just built");
    Stored { batch, size: i64::try_from(bytes.len()).unwrap_or(i64::MAX) }
}

impl World {
    /// On the leader, which validates and gives offsets, unless it is a metadata log's.
    pub(crate) fn append_leader(
        &mut self,
        origin: Leader,
        guard: u32,
        version: u8,
        batches: &[BatchSpec],
        request: &mut String,
    ) -> String {
        let _ = write!(request, "leader {} {guard} {version} ", origin.name());
        let mut context = Context::new(
            match origin {
                Leader::Client => Origin::Client,
                Leader::Coordinator => Origin::Coordinator,
                Leader::Raft => Origin::RaftLeader,
            },
            self.clock(),
        );
        context.guard = self.labels.guard(guard);
        context.transaction_version = transaction_version(version);
        let validated = match origin {
            Leader::Client => ValidatedOrigin::Client,
            Leader::Coordinator => ValidatedOrigin::Coordinator,
            Leader::Raft => {
                let stored = self.place(batches, request);
                if stored.iter().any(|s| s.1.batch.header.partition_leader_epoch != 0) {
                    return refused(ErrorCode::INVALID_RECORD);
                }
                return self.append_placed(&context, &stored);
            }
        };
        let [batch] = batches else { unreachable!("a request holds one batch for a partition") };
        let mut bytes = batch.encode(0);
        hex(&bytes, request);
        match self.validate(validated, &mut bytes) {
            Ok(last_offset) => self.append_one(&context, batch, &stored(&bytes), last_offset),
            Err(code) => {
                self.counts.hit(Rule::Validator);
                refused(code)
            }
        }
    }

    /// What a leader checks before it asks for the producer, and writes into the batch.
    fn validate(&self, origin: ValidatedOrigin, bytes: &mut [u8]) -> Result<i64, ErrorCode> {
        let view = BatchView::new_checked(&*bytes).map_err(|error| error.error_code())?;
        if origin == ValidatedOrigin::Client && view.header().base_offset != 0 {
            return Err(ErrorCode::INVALID_RECORD);
        }
        view.verify_crc().map_err(|error| error.error_code())?;
        let mut validation = Validation::new(origin, self.log.end);
        if self.setup.append_time {
            validation.timestamps = TimestampRule::LogAppendTime { now: self.now };
        }
        let assigned = validate(bytes, &validation).map_err(|error| error.error_code())?;
        assigned.write(bytes, 0).expect("it was validated");
        Ok(assigned.last_offset)
    }

    fn append_one(
        &mut self,
        context: &Context,
        spec: &BatchSpec,
        stored: &Stored,
        last_offset: i64,
    ) -> String {
        let header = stored.batch.header;
        let before = self.before(&header);
        let first_offset = self.log.end;
        let outcome = if self.turn.is_multiple_of(2) {
            self.admit_and_record(context, &stored.batch)
        } else {
            self.push_and_commit(context, &stored.batch)
        };
        match outcome {
            Outcome::Recorded(done) => {
                self.note_taken(context, &stored.batch, &before, spec.is_control());
                self.written(&[*stored], last_offset, &done);
                let time = if self.setup.append_time { self.now } else { -1 };
                format!("ok {first_offset} {last_offset} {time}")
            }
            Outcome::Duplicate(seen) => {
                self.counts.hit(Rule::Duplicate);
                format!("dup {} {} {}", seen.first_offset(), seen.last_offset, seen.timestamp)
            }
            Outcome::Refused(reason) => {
                self.counts.refused(&reason);
                refused(reason.error_code())
            }
        }
    }

    fn before(&self, header: &BatchHeader) -> Before {
        let partition = &self.producers.partition;
        Before {
            slot: partition.producer(header.producer_id).copied(),
            is_verified: partition.verification(header.producer_id).is_some(),
        }
    }

    fn admit_and_record(&mut self, context: &Context, batch: &Batch) -> Outcome {
        let partition = &mut self.producers.partition;
        match partition.admit(batch, context) {
            Ok(Admission::Append(ticket)) => {
                let recorded = partition.record(ticket, batch.header.base_offset);
                let completed = recorded.expect("nothing came between");
                Outcome::Recorded(completed.into_iter().collect())
            }
            Ok(Admission::Duplicate(seen)) => Outcome::Duplicate(seen),
            Err(rejection) => Outcome::Refused(rejection.reason),
        }
    }

    fn push_and_commit(&mut self, context: &Context, batch: &Batch) -> Outcome {
        // A duplicate ends an append; whether it is one is asked first.
        if let Ok(Admission::Duplicate(seen)) = self.producers.partition.admit(batch, context) {
            return Outcome::Duplicate(seen);
        }
        let (now, given) = (self.clock(), *context);
        let batches = std::slice::from_ref(batch);
        match self.producers.append(context.origin, now, batches, |_| given) {
            Ok(done) => Outcome::Recorded(done),
            Err(refused) => Outcome::Refused(refused.rejection.reason),
        }
    }

    /// On a replica: offsets as given, and nothing from a leader epoch above its own on
    /// (KAFKA-18723).
    pub(crate) fn append_follower(
        &mut self,
        leader_epoch: i32,
        batches: &[BatchSpec],
        request: &mut String,
    ) -> String {
        let _ = write!(request, "follower {leader_epoch} ");
        let mut placed = self.place(batches, request);
        let above =
            placed.iter().position(|s| s.1.batch.header.partition_leader_epoch > leader_epoch);
        if let Some(above) = above {
            self.counts.hit(Rule::SkippedLeaderEpoch);
            placed.truncate(above);
        }
        if placed.is_empty() {
            return "ok -1 -1 -1".into();
        }
        self.append_placed(&Context::replication(self.clock()), &placed)
    }

    /// The batches at their offsets, and their bytes into the request.
    fn place(&self, batches: &[BatchSpec], request: &mut String) -> Vec<(BatchSpec, Stored)> {
        let mut next = self.log.end;
        let place = |spec: &BatchSpec| {
            let bytes = spec.encode(next + spec.gap);
            hex(&bytes, request);
            let stored = stored(&bytes);
            next = stored.batch.header.next_offset();
            (*spec, stored)
        };
        batches.iter().map(place).collect()
    }

    fn append_placed(&mut self, context: &Context, placed: &[(BatchSpec, Stored)]) -> String {
        let headers: Vec<_> = placed.iter().map(|(_, stored)| stored.batch.header).collect();
        let (first, last) = match headers.as_slice() {
            [first, .., last] => (first.base_offset, last.last_offset()),
            [one] => (one.base_offset, one.last_offset()),
            [] => unreachable!("an append holds a batch"),
        };
        let rises = headers.windows(2).all(|two| two[0].last_offset() < two[1].last_offset());
        if !rises || first < self.log.end {
            return refused(ErrorCode::UNKNOWN_SERVER_ERROR);
        }
        let stored: Vec<Stored> = placed.iter().map(|&(_, stored)| stored).collect();
        let batches: Vec<Batch> = stored.iter().map(|stored| stored.batch).collect();
        let guards: Vec<u32> = self.would_clear(&batches);
        let before: Vec<Before> = headers.iter().map(|header| self.before(header)).collect();
        let (now, given) = (self.clock(), *context);
        self.counts.hit_if(batches.len() > 1, Rule::Several);
        match self.producers.append(context.origin, now, &batches, |_| given) {
            Ok(done) => {
                for ((batch, before), (spec, _)) in batches.iter().zip(&before).zip(placed) {
                    self.note_taken(context, batch, before, spec.is_control());
                }
                self.written(&stored, last, &done);
                format!("ok {first} {last} -1")
            }
            Err(stopped) => {
                self.counts.refused(&stopped.rejection.reason);
                self.counts.hit_if(batches.len() > 1, Rule::SeveralRefused);
                let mut answer = refused(stopped.rejection.error_code());
                self.mask(&guards[..stopped.taken], &mut answer);
                answer
            }
        }
    }

    /// For each batch the label of the verification that Kafka clears while it validates it, or 0.
    fn would_clear(&self, batches: &[Batch]) -> Vec<u32> {
        let partition = &self.producers.partition;
        let clears = |batch: &Batch| {
            let header = &batch.header;
            let entry = partition.verification(header.producer_id)?;
            let is_next = self.profile >= Profile::Kafka4_0
                && entry.supports_epoch_bump()
                && header.attributes.is_control()
                && header.producer_epoch == entry.producer_epoch();
            let tracked = header.has_producer_id() && header.attributes.is_transactional();
            (tracked && !is_next).then(|| self.labels.label(entry.guard()))
        };
        batches.iter().map(|batch| clears(batch).unwrap_or(0)).collect()
    }

    /// The one deviation of law 1, by name: core leaves a verification alone until the append is
    /// recorded. Kafka's side puts back what it cleared, and says so.
    fn mask(&mut self, guards: &[u32], answer: &mut String) {
        let cleared: BTreeSet<u32> = guards.iter().copied().filter(|&label| label != 0).collect();
        if cleared.is_empty() {
            return;
        }
        self.masked += 1;
        answer.push_str(" cleared");
        for label in cleared {
            let _ = write!(answer, " {label}");
        }
    }

    /// The log's part of a successful append.
    fn written(&mut self, stored: &[Stored], last_offset: i64, done: &[CompletedTransaction]) {
        self.log.active().batches.extend_from_slice(stored);
        self.log.end = last_offset + 1;
        if self.log.high_watermark >= self.log.end {
            self.set_high_watermark(self.log.end);
        }
        self.index(done);
        self.refresh_first_unstable();
    }

    /// Which rules let a batch in. `before` is what was known of its producer.
    fn note_taken(&mut self, context: &Context, batch: &Batch, before: &Before, is_control: bool) {
        let header = &batch.header;
        let counts = &mut self.counts;
        if !header.has_producer_id() {
            counts.hit(Rule::Untracked);
            return;
        }
        let (had_entry, before) = (before.is_verified, before.slot.as_ref());
        let open = before.and_then(Slot::current_txn_first_offset);
        let epoch = before.map_or(-1, Slot::producer_epoch);
        let lower = header.producer_epoch < epoch;
        counts.hit_if(lower && context.origin == Origin::Replication, Rule::LowerEpoch);
        match batch.kind {
            BatchKind::EmptyControl => counts.hit(Rule::EmptyControl),
            BatchKind::EndTransaction(_) => {
                counts.hit(if open.is_some() { Rule::Completes } else { Rule::NothingToComplete });
                let newest = context.transaction_version == TransactionVersion::V2
                    && context.origin != Origin::Replication;
                let equal = newest && header.producer_epoch == epoch && before.is_some();
                counts.hit_if(equal && open.is_none(), Rule::MarkerEqual);
                counts.hit_if(equal && open.is_some(), Rule::MarkerAtLastEpoch);
                counts.hit_if(newest && header.producer_epoch > epoch, Rule::MarkerAbove);
            }
            BatchKind::Data => {
                let opened = header.attributes.is_transactional() && open.is_none();
                counts.hit_if(opened, Rule::Opened);
                let full = before.is_some_and(|slot| slot.window().len() == WINDOW_BATCHES);
                counts.hit_if(full && header.producer_epoch == epoch, Rule::FullWindow);
                if context.origin == Origin::Client {
                    let sequence = header.base_sequence;
                    counts.hit_if(before.is_none() && sequence != 0, Rule::UnknownProducer);
                    let raised = before.is_some() && header.producer_epoch > epoch && epoch != -1;
                    counts.hit_if(raised, Rule::NewEpoch);
                    let last = before.and_then(|slot| slot.window().last_sequence());
                    let wraps = header.producer_epoch == epoch
                        && (last == Some(i32::MAX)
                            || sequence > raw::last_sequence(sequence, header.last_offset_delta));
                    counts.hit_if(wraps && sequence >= 0, Rule::Wrap);
                    let guarded = opened && context.guard != fencepost::broker::Guard::SENTINEL;
                    counts.hit_if(guarded && self.setup.verification, Rule::GuardTaken);
                }
            }
        }
        let has_entry = self.producers.partition.verification(header.producer_id).is_some();
        counts.hit_if(has_entry && is_control, Rule::GuardKept);
        counts.hit_if(had_entry && !has_entry, Rule::GuardUsed);
    }
}
