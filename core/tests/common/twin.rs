//! A partition and the naive model side by side: every answer and the whole state must be equal.

use std::collections::BTreeMap;

use fencepost::broker::{
    Admission, Batch as CoreBatch, CompletedTransaction, Config, Context, Guard, LogRange,
    OpenTransaction, Origin, Profile, Pushed, Rejection, Slot, TransactionVersion, Verification,
};
use fencepost::snapshot::{files, v1};
use fencepost::window::BatchMetadata;
use fencepost::wire::MarkerKind;
use fencepost_model as model;
use model::Batch;

use super::{Core, Memory, at, data, emptied, marker, partition, scratch, slots, txn, with};

/// More than any run opens or verifies at once, so that nothing merges or is refused for room.
const PLACES: usize = 512;

pub(crate) const EXPIRATION_MS: u32 = 1_000;
pub(crate) const MAX_TRANSACTION_MS: u32 = 200;
const LATE_MS: i64 = 300_200;

pub(crate) struct Twin {
    pub(crate) core: Core,
    pub(crate) model: model::Partition,
    scratch: Memory,
    /// Core's snapshot files; the model keeps its own.
    files: BTreeMap<i64, Vec<u8>>,
    /// The same guards, as core's bits and as the model's token.
    pub(crate) guards: Vec<(u64, u64)>,
    pub(crate) end: i64,
    pub(crate) start: i64,
    pub(crate) high_watermark: i64,
    pub(crate) now: i64,
    /// How often each outcome came, so that a test can see that it tried them.
    pub(crate) tally: BTreeMap<&'static str, u32>,
}

/// An append, said to both.
#[derive(Clone, Debug)]
pub(crate) struct Append {
    pub(crate) base_offset: i64,
    pub(crate) origin: Origin,
    pub(crate) raw: bool,
    pub(crate) version: TransactionVersion,
    /// Core's bits and the model's token.
    pub(crate) guard: (u64, u64),
    pub(crate) batches: Vec<Batch>,
    /// One batch goes through `admit` and `record`, or through an append of one.
    pub(crate) through_ticket: bool,
}

#[derive(Debug, PartialEq)]
enum Outcome {
    Appended(Vec<(model::CompletedTxn, i64)>),
    Duplicate(model::WindowBatch),
    Refused(i16),
}

/// Kafka itself has stopped with an internal error behind its write: there is nothing to compare
/// any more.
#[derive(Debug)]
pub(crate) struct KafkaBroke;

impl Twin {
    pub(crate) fn new(profile: Profile, verification: bool) -> Self {
        let config = Config::new(profile)
            .expiration_ms(EXPIRATION_MS)
            .max_transaction_ms(MAX_TRANSACTION_MS)
            .verification(verification);
        let model = model::Partition::new(model::Config {
            expiration_ms: i64::from(EXPIRATION_MS),
            max_transaction_ms: i64::from(MAX_TRANSACTION_MS),
            verification,
            profile: match profile {
                Profile::Kafka3_9 => model::Profile::V3_9_2,
                Profile::Kafka4_0 => model::Profile::V4_0,
                Profile::Kafka4_1 => model::Profile::V4_1,
                Profile::Kafka4_2 => model::Profile::V4_2,
            },
            clear_when_recorded: true,
        });
        Self {
            core: partition(1, PLACES, PLACES, config),
            model,
            scratch: scratch(64, 64),
            files: BTreeMap::new(),
            guards: Vec::new(),
            end: 0,
            start: 0,
            high_watermark: 0,
            now: 1_000,
            tally: BTreeMap::new(),
        }
    }

    pub(crate) fn append(&mut self, append: &Append) -> Result<(), KafkaBroke> {
        self.make_room(append.batches.len());
        // What the index refuses after a jump back is Kafka's internal error, and no question to
        // the partition.
        self.model.index.last_offset = None;
        let before = self.core.map_end_offset();
        let want = match self.model.append(&model::Append {
            base_offset: append.base_offset,
            origin: model_origin(append.origin),
            raw: append.raw,
            guard: append.guard.1,
            transaction_version: version_number(append.version),
            batches: &append.batches,
        }) {
            model::Answer::Refused(model::Refusal::Internal(_)) => return Err(KafkaBroke),
            model::Answer::Refused(refusal) => Outcome::Refused(refusal.code()),
            model::Answer::Duplicate(seen) => Outcome::Duplicate(seen),
            model::Answer::Appended { completed, .. } => Outcome::Appended(completed),
        };
        let mut context = Context::new(append.origin, at(self.now));
        context.class_level = append.raw;
        context.transaction_version = append.version;
        context.guard = Guard::from_bits(append.guard.0);
        let mut next = append.base_offset;
        let batches = append.batches.iter().map(|batch| {
            let batch = with(core_batch(batch), |h| h.base_offset = next);
            next = batch.header.next_offset();
            batch
        });
        let batches: Vec<CoreBatch> = batches.collect();
        let have = match batches.as_slice() {
            [one] => self.append_one(one, &context, append),
            all => self.append_all(all, &context),
        };
        assert_eq!(have, want, "{append:?}");
        self.count(&have);
        if matches!(have, Outcome::Appended(_)) {
            // A log writes no offset twice, so no two transactions begin at the same one: the next
            // batch comes behind this one's base, even if its offset delta is negative.
            let base = batches.last().map_or(append.base_offset, |last| last.header.base_offset);
            self.end = self.core.map_end_offset().max(base.wrapping_add(1));
        } else {
            assert_eq!(self.core.map_end_offset(), before);
        }
        Ok(())
    }

    fn count(&mut self, outcome: &Outcome) {
        let name = match outcome {
            Outcome::Appended(done) if done.is_empty() => "appended",
            Outcome::Appended(_) => "completed",
            Outcome::Duplicate(_) => "duplicate",
            Outcome::Refused(45) => "out of order",
            Outcome::Refused(47) => "stale epoch",
            Outcome::Refused(48) => "transaction state",
            Outcome::Refused(52) => "coordinator fenced",
            Outcome::Refused(code) => panic!("no rule gives {code}"),
        };
        *self.tally.entry(name).or_default() += 1;
    }

    fn append_one(&mut self, batch: &CoreBatch, context: &Context, append: &Append) -> Outcome {
        let admitted = self.core.admit(batch, context);
        if !append.through_ticket {
            let pushed = self.append_all(std::slice::from_ref(batch), context);
            let same = match (&admitted, &pushed) {
                (Ok(Admission::Append(_)), Outcome::Appended(_)) => true,
                (Ok(Admission::Duplicate(seen)), Outcome::Duplicate(same)) => {
                    remembered(seen) == *same
                }
                (Err(rejection), Outcome::Refused(code)) => rejection.error_code().get() == *code,
                _ => false,
            };
            assert!(same, "a ticket says {admitted:?}, an append {pushed:?}");
            return pushed;
        }
        match admitted {
            Ok(Admission::Append(ticket)) => {
                let done = self.core.record(ticket, append.base_offset).expect("it is good");
                Outcome::Appended(done.iter().map(completed).collect())
            }
            Ok(Admission::Duplicate(seen)) => Outcome::Duplicate(remembered(&seen)),
            Err(rejection) => refused(&rejection),
        }
    }

    fn append_all(&mut self, batches: &[CoreBatch], context: &Context) -> Outcome {
        let mut append = self.core.append(&mut self.scratch, context.origin, context.now);
        for (n, batch) in batches.iter().enumerate() {
            // Every second one by its header, if that is all there is to it.
            if n % 2 == 1 && append.push_records(&batch.header, ()) {
                continue;
            }
            match append.push(batch, context) {
                Ok(Pushed::Added) => {}
                Ok(Pushed::Duplicate(seen)) => return Outcome::Duplicate(remembered(&seen)),
                Ok(Pushed::Ended) => unreachable!("the loop ends with the append"),
                Err(rejection) => return refused(&rejection),
            }
        }
        let mut done = Vec::new();
        append.commit(|txn| done.push(completed(&txn))).expect("no push had failed");
        Outcome::Appended(done)
    }

    /// Room for so many more producers; a growth under way is not hurried.
    fn make_room(&mut self, more: usize) {
        let needed = self.core.len() as usize + more;
        while needed > self.core.capacity() as usize && !self.grow(needed) {
            drop(self.core.grow_step(1));
        }
    }

    /// Begins to grow; `false` if a growth is under way.
    pub(crate) fn grow(&mut self, to: usize) -> bool {
        let (slots, index) = slots(to.max(self.core.capacity() as usize + 1));
        self.core.grow(slots, index).is_ok()
    }

    pub(crate) fn verify(&mut self, pid: i64, epoch: i16, sequence: i32, tv2: bool) {
        let want = self.model.verify(pid, sequence, epoch, tv2, self.now);
        let wanted = Verification {
            producer_id: pid,
            producer_epoch: epoch,
            base_sequence: sequence,
            supports_epoch_bump: tv2,
        };
        let have = self.core.start_verification(&wanted, at(self.now));
        match (have, want) {
            (Ok(Guard::SENTINEL), Ok(0)) => {}
            (Ok(guard), Ok(token)) => {
                let pair = (guard.to_bits(), token);
                let seen = self.guards.iter().find(|g| g.0 == pair.0 || g.1 == pair.1);
                assert_eq!(*seen.unwrap_or(&pair), pair, "one guard has two names");
                assert!(pair.0 != 0 && pair.1 != 0);
                self.guards.push(pair);
            }
            (Err(rejection), Err(refusal)) => {
                assert_eq!(rejection.error_code().get(), refusal.code());
            }
            (have, want) => panic!("a verification gives {have:?}, the model says {want:?}"),
        }
    }

    pub(crate) fn set_verification(&mut self, enabled: bool) {
        self.core.set_verification(enabled);
        self.model.manager.config.verification = enabled;
    }

    pub(crate) fn raise_high_watermark(&mut self, to: i64) {
        self.high_watermark = to;
        self.core.handle_high_watermark(to);
        self.model.manager.on_high_watermark_updated(to);
    }

    /// A sweep to its end, in steps.
    pub(crate) fn expire(&mut self, most: u32) {
        // One that was begun before looks only at the rest.
        while !self.core.expire(at(self.now), most).finished {}
        while !self.core.expire(at(self.now), most).finished {
            self.core.grow_step(1);
        }
        self.model.manager.remove_expired(self.now);
    }

    /// One step: whoever goes must have expired.
    pub(crate) fn expire_some(&mut self, most: u32) {
        let before = self.core.len();
        let swept = self.core.expire(at(self.now), most);
        assert!(swept.forgotten <= most);
        assert_eq!(before - self.core.len(), swept.forgotten);
        let (core, now) = (&self.core, self.now);
        let limit = i64::from(EXPIRATION_MS);
        self.model.manager.producers.retain(|pid, entry| {
            let stays = core.producer(*pid).is_some();
            assert!(stays || entry.is_expired(now, limit), "{entry:?} went at {now}");
            stays
        });
        self.model.manager.verification.retain(|pid, entry| {
            let stays = core.verification(*pid).is_some();
            assert!(stays || now.wrapping_sub(entry.timestamp) >= limit, "{entry:?} went");
            stays
        });
    }

    pub(crate) fn take_snapshot(&mut self) {
        let want = self.model.manager.take_snapshot(&mut self.model.directory);
        let have = self.core.snapshot_due();
        assert_eq!(have, want, "R49");
        let Some(offset) = have else { return };
        let producers = self.core.producers();
        let mut file = vec![0; v1::encoded_len(producers.clone().count()).unwrap()];
        assert_eq!(v1::encode(producers, &mut file).unwrap(), file.len());
        // The order of entries is nobody's promise.
        let sorted = |file: &[u8]| {
            let mut entries = model::snapshot_file::decode(file).unwrap();
            entries.sort_by_key(|entry| entry.producer_id);
            entries
        };
        let name = model::snapshot_file_name(offset);
        assert_eq!(files::name(offset).as_str(), name);
        assert_eq!(sorted(&file), sorted(&self.model.directory[&name]));
        self.files.insert(offset, file);
        self.core.snapshot_taken(offset);
    }

    /// Damages the newest snapshot, in the same place of both.
    pub(crate) fn damage(&mut self, place: usize, bit: u8) {
        let Some((offset, file)) = self.files.iter_mut().next_back() else { return };
        let place = place % file.len();
        file[place] ^= 1 << bit;
        let name = model::snapshot_file_name(*offset);
        self.model.directory.get_mut(&name).unwrap()[place] ^= 1 << bit;
    }

    fn offsets(&self) -> Vec<i64> {
        self.files.keys().copied().collect()
    }

    pub(crate) fn truncate_and_reload(&mut self, start: i64, end: i64) {
        let (directory, now) = (&mut self.model.directory, self.now);
        self.model.manager.truncate_and_reload(directory, start, end, now).expect("files exist");
        for offset in files::outside_log(&self.offsets(), start, end) {
            self.files.remove(&offset);
        }
        if self.core.needs_reload(end) {
            self.load_latest(start);
        } else {
            self.core.handle_log_start(start, files::latest(&self.offsets()));
        }
        self.end = self.core.map_end_offset();
        self.start = start;
    }

    fn load_latest(&mut self, start: i64) {
        while let Some(offset) = files::latest(&self.offsets()) {
            self.core.begin_reload();
            let bytes = self.files[&offset].clone();
            if let Ok(producers) = v1::decode(&bytes) {
                for producer in producers {
                    self.make_room(1);
                    self.core.load(&producer.into(), at(self.now)).expect("there is room");
                }
                self.core.finish_reload(offset);
                return;
            }
            self.files.remove(&offset);
        }
        self.core.finish_reload_without_snapshot(start);
    }

    pub(crate) fn raise_log_start(&mut self, to: i64) {
        self.start = to;
        self.core.handle_log_start(to, files::latest(&self.offsets()));
        self.model.manager.on_log_start_offset_incremented(to);
        self.end = self.end.max(self.core.map_end_offset());
    }

    pub(crate) fn truncate_fully(&mut self, to: i64) {
        self.files.clear();
        self.core.truncate_fully(to);
        self.model.manager.truncate_fully_and_start_at(&mut self.model.directory, to);
        self.end = to;
    }

    pub(crate) fn set_map_end(&mut self, to: i64) {
        self.core.set_map_end_offset(to);
        self.model.manager.map_end = to;
        self.end = to;
    }

    /// The whole state, of both.
    pub(crate) fn assert_same(&self) {
        let (core, model) = (&self.core, &self.model.manager);
        let have: BTreeMap<i64, model::ProducerEntry> =
            core.producers().map(|slot| (slot.producer_id(), entry(slot))).collect();
        assert_eq!(have, model.producers);
        assert_eq!(core.len() as usize, model.producers.len(), "each is there once");
        for pid in (-2..8).chain(model.producers.keys().copied()) {
            let have = core.producer(pid).map(entry);
            assert_eq!(have.as_ref(), model.producers.get(&pid), "producer {pid}");
            let open = |epoch| {
                (core.has_open_transaction(pid, epoch), model.has_open_transaction(pid, epoch))
            };
            for (have, want) in [-1, 0, 1, i16::MAX].map(open) {
                assert_eq!(have, want, "R45, producer {pid}");
            }
        }
        let ongoing: Vec<(i64, i64)> =
            core.ongoing_transactions().iter().map(|t| (t.first_offset, t.producer_id)).collect();
        assert_eq!(ongoing, model.ongoing.iter().map(|(o, p)| (*o, *p)).collect::<Vec<_>>());
        // Whose an ended transaction was decides nothing any more.
        let ended = |t: &OpenTransaction| (t.first_offset, t.last_offset);
        let unreplicated: Vec<_> =
            core.unreplicated_transactions().iter().rev().map(ended).collect();
        let want = model.unreplicated.iter().map(|(first, txn)| (*first, txn.last_offset));
        assert_eq!(unreplicated, want.collect::<Vec<_>>());
        self.assert_same_guards();
        assert_eq!(core.map_end_offset(), model.map_end);
        assert_eq!(core.is_empty(), model.is_empty());
        assert_eq!(core.snapshot_due().is_some(), model.map_end > model.last_snap);
        assert_eq!(core.first_unstable_offset(), model.first_unstable_offset());
        assert_eq!(core.first_undecided_offset(), model.first_undecided_offset());
        for high_watermark in [self.high_watermark, self.end, 0, i64::MAX] {
            for start in [self.start, 0, self.end] {
                let have = core.last_stable_offset(LogRange { start, high_watermark });
                assert_eq!(have, self.model.last_stable(high_watermark, start));
            }
        }
        let edge = model.oldest_txn_last_timestamp.wrapping_add(LATE_MS);
        for now in [self.now, edge, edge.wrapping_add(1), edge.wrapping_sub(1), i64::MAX] {
            assert_eq!(core.has_late_transaction(at(now)), model.has_late_transaction(now));
        }
    }

    fn assert_same_guards(&self) {
        let (core, model) = (&self.core, &self.model.manager);
        let have: BTreeMap<i64, model::VerificationEntry> = core
            .verifications()
            .map(|entry| {
                let bits = entry.guard().to_bits();
                let pair = self.guards.iter().find(|pair| pair.0 == bits);
                let entry_of_model = model::VerificationEntry {
                    timestamp: entry.timestamp(),
                    guard: pair.expect("given out").1,
                    lowest_sequence: entry.lowest_sequence(),
                    epoch: entry.producer_epoch(),
                    supports_epoch_bump: entry.supports_epoch_bump(),
                };
                assert_eq!(core.verification(entry.producer_id()), Some(entry), "it is found");
                (entry.producer_id(), entry_of_model)
            })
            .collect();
        assert_eq!(have, model.verification);
    }
}

pub(crate) fn entry(slot: &Slot) -> model::ProducerEntry {
    model::ProducerEntry {
        producer_id: slot.producer_id(),
        producer_epoch: slot.producer_epoch(),
        coordinator_epoch: slot.coordinator_epoch(),
        last_timestamp: slot.last_timestamp(),
        current_txn_first_offset: slot.current_txn_first_offset(),
        window: slot.window().iter().map(|batch| remembered(&batch)).collect(),
    }
}

fn remembered(batch: &BatchMetadata) -> model::WindowBatch {
    model::WindowBatch {
        last_sequence: batch.last_sequence,
        last_offset: batch.last_offset,
        offset_delta: batch.offset_delta,
        timestamp: batch.timestamp,
    }
}

fn completed(txn: &CompletedTransaction) -> (model::CompletedTxn, i64) {
    let completed = model::CompletedTxn {
        producer_id: txn.producer_id,
        first_offset: txn.first_offset,
        last_offset: txn.last_offset,
        aborted: txn.aborted,
    };
    (completed, txn.last_stable_offset)
}

/// A refusal must also be able to say why (law 5).
fn refused(rejection: &Rejection) -> Outcome {
    let sentence = rejection.to_string();
    assert!(!sentence.contains('\n') && sentence.contains(rejection.reason.rule()), "{sentence}");
    Outcome::Refused(rejection.error_code().get())
}

fn model_origin(origin: Origin) -> model::Origin {
    match origin {
        Origin::Client => model::Origin::Client,
        Origin::Coordinator => model::Origin::Coordinator,
        Origin::Replication => model::Origin::Replication,
        Origin::RaftLeader => model::Origin::RaftLeader,
    }
}

fn version_number(version: TransactionVersion) -> i16 {
    match version {
        TransactionVersion::V0 => 0,
        TransactionVersion::V1 => 1,
        TransactionVersion::V2 => 2,
    }
}

fn core_batch(batch: &Batch) -> CoreBatch {
    match *batch {
        Batch::Data {
            producer_id,
            epoch,
            base_sequence,
            records,
            max_timestamp,
            transactional,
        } => {
            let make = if transactional { txn } else { data };
            let batch = make(producer_id, epoch, base_sequence, records);
            with(batch, |h| h.max_timestamp = max_timestamp)
        }
        Batch::Marker { producer_id, epoch, coordinator_epoch, timestamp, aborted } => {
            let kind = if aborted { MarkerKind::Abort } else { MarkerKind::Commit };
            marker(producer_id, epoch, coordinator_epoch, timestamp, kind)
        }
        Batch::EmptyControl { producer_id, epoch } => emptied(producer_id, epoch),
    }
}
