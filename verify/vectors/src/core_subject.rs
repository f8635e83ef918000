//! How does fencepost's core answer the vectors?
//!
//! Memory begins as small as it can be and grows one slot a call, so that the vectors and the long
//! runs also hold growth against Kafka; appends of one batch take turns between `admit`/`record`
//! and `append`/`push`/`commit`.

use std::collections::BTreeSet;

use fencepost::broker::{
    AbortedTransaction, Admission, Batch as CoreBatch, CompletedTransaction, Config as CoreConfig,
    Context, Guard as CoreGuard, IndexLine, LogRange, OpenTransaction, Origin as CoreOrigin,
    Partition, PendingProducer, PendingTransaction, Profile as CoreProfile, Pushed, Rejection,
    Scratch, Slot, Storage, TransactionVersion, TxnIndex, Verification, VerificationEntry,
    check_txn_index_append, index_lines,
};
use fencepost::error_code::ErrorCode;
use fencepost::ids::{Timestamp, raw};
use fencepost::snapshot::{files, v1};
use fencepost::wire::{Attributes, BatchHeader, EndTxnMarker, MarkerKind};

use crate::subject::{
    Aborted, Answer, Append, Batch, Collected, Completed, Config, Directory, Entry, Guard, Origin,
    Profile, Remembered, Subject, Verify,
};

type Core = Partition<Vec<Slot>, Vec<IndexLine>, Vec<OpenTransaction>, Vec<VerificationEntry>>;
type Memory = Scratch<Vec<PendingProducer>, Vec<IndexLine>, Vec<PendingTransaction>>;

/// More than any vector opens or verifies at once.
const PLACES: usize = 64;

/// A partition of `fencepost`.
pub(crate) struct CoreSubject {
    config: Config,
    partition: Core,
    scratch: Memory,
    directory: Directory,
    /// The snapshots the broker knows of; files that appear later are found by listing.
    registered: BTreeSet<i64>,
    index: Vec<u8>,
    index_last: Option<i64>,
    turn: bool,
}

fn slots(producers: usize) -> (Vec<Slot>, Vec<IndexLine>) {
    (vec![Slot::EMPTY; producers], vec![IndexLine::EMPTY; index_lines(producers)])
}

fn partition(config: &Config) -> Core {
    let profile = match config.profile {
        Profile::V3_9 | Profile::V3_9_2 => CoreProfile::Kafka3_9,
        Profile::V4_0 => CoreProfile::Kafka4_0,
        Profile::V4_1 => CoreProfile::Kafka4_1,
        Profile::V4_2 => CoreProfile::Kafka4_2,
    };
    let (slots, index) = slots(1);
    let storage = Storage {
        slots,
        index,
        transactions: vec![OpenTransaction::EMPTY; PLACES],
        guards: vec![VerificationEntry::EMPTY; PLACES],
    };
    let millis = |ms: i64| u32::try_from(ms).expect("the format takes 31 bits");
    let config = CoreConfig::new(profile)
        .seed(0x5eed)
        .expiration_ms(millis(config.exp_ms))
        .max_transaction_ms(millis(config.max_txn_ms))
        .verification(config.verify)
        .guard_first(config.profile == Profile::V3_9);
    Partition::new(storage, config)
}

impl CoreSubject {
    pub(crate) fn new(config: &Config) -> Self {
        let scratch = Scratch::new(
            vec![PendingProducer::EMPTY; PLACES],
            vec![IndexLine::EMPTY; index_lines(PLACES)],
            vec![PendingTransaction::EMPTY; PLACES],
        );
        Self {
            config: *config,
            partition: partition(config),
            scratch,
            directory: Directory::new(),
            registered: BTreeSet::new(),
            index: Vec::new(),
            index_last: None,
            turn: false,
        }
    }

    /// Room for so many more producers, one slot moved a call.
    fn make_room(&mut self, more: usize) {
        let needed = self.partition.len() as usize + more;
        while needed > self.partition.capacity() as usize {
            let (slots, index) = slots(needed.max(2 * self.partition.capacity() as usize));
            if let Err((slots, index)) = self.partition.grow(slots, index) {
                while self.partition.grow_step(1).is_none() {}
                self.partition.grow(slots, index).expect("the growth before has ended");
            }
        }
        drop(self.partition.grow_step(1));
    }

    fn registered(&self) -> Vec<i64> {
        self.registered.iter().copied().collect()
    }

    fn delete(&mut self, offset: i64) {
        self.registered.remove(&offset);
        self.directory.remove(files::name(offset).as_str());
    }

    fn list(&self) -> BTreeSet<i64> {
        let offsets = self.directory.keys().filter_map(|name| {
            files::parse_name(name).expect("the directory holds only files named by an offset")
        });
        offsets.collect()
    }

    fn load_latest(&mut self, log_start: i64, now: Timestamp) {
        while let Some(offset) = files::latest(&self.registered()) {
            let file = self.directory.get(files::name(offset).as_str()).cloned();
            self.partition.begin_reload();
            let bytes = file.unwrap_or_default();
            if let Ok(producers) = v1::decode(&bytes) {
                for producer in producers {
                    self.make_room(1);
                    self.partition.load(&producer.into(), now).expect("there is room");
                }
                self.partition.finish_reload(offset);
                return;
            }
            self.delete(offset);
        }
        self.partition.finish_reload_without_snapshot(log_start);
    }

    fn index(&mut self, completed: &CompletedTransaction) {
        if let Some(aborted) = completed.index_entry() {
            self.index_last = Some(aborted.last_offset);
            self.index.extend_from_slice(&aborted.encode());
        }
    }

    /// One batch, as a produce request or a coordinator's write goes.
    fn append_one(&mut self, batch: &CoreBatch, context: &Context, base: i64) -> Answer {
        match self.partition.admit(batch, context) {
            Ok(Admission::Append(ticket)) => {
                let completed = self.partition.record(ticket, base).expect("nothing came between");
                let done: Vec<_> = completed.into_iter().collect();
                self.appended(base, batch.header.last_offset(), &done)
            }
            Ok(Admission::Duplicate(seen)) => duplicate(&seen),
            Err(rejection) => refused(&rejection),
        }
    }

    /// Several batches as one append.
    fn append_all(&mut self, batches: &[CoreBatch], context: &Context, base: i64) -> Answer {
        let mut append = self.partition.append(&mut self.scratch, context.origin, context.now);
        for batch in batches {
            match append.push(batch, context) {
                Ok(Pushed::Added) => {}
                Ok(Pushed::Duplicate(seen)) => return duplicate(&seen),
                Ok(Pushed::Ended) => unreachable!("the loop ends with the append"),
                Err(rejection) => return refused(&rejection),
            }
        }
        let mut done = Vec::new();
        append.commit(|completed| done.push(completed)).expect("no push had failed");
        let last = batches.last().map_or(base, |batch| batch.header.last_offset());
        self.appended(base, last, &done)
    }

    fn appended(&mut self, first: i64, last: i64, done: &[CompletedTransaction]) -> Answer {
        for completed in done {
            self.index(completed);
        }
        let done = done.iter().map(|txn| {
            let completed = Completed {
                pid: txn.producer_id,
                first: txn.first_offset,
                last: txn.last_offset,
                abort: txn.aborted,
            };
            (completed, txn.last_stable_offset)
        });
        Answer::Appended { first, last, done: done.collect() }
    }
}

fn duplicate(seen: &fencepost::window::BatchMetadata) -> Answer {
    Answer::Duplicate { first: seen.first_offset(), last: seen.last_offset, ts: seen.timestamp }
}

fn refused(rejection: &Rejection) -> Answer {
    Answer::Refused(rejection.error_code().get())
}

fn header(pid: i64, epoch: i16, base_offset: i64) -> BatchHeader {
    BatchHeader {
        base_offset,
        batch_length: 49,
        partition_leader_epoch: 0,
        crc: 0,
        attributes: Attributes::default(),
        last_offset_delta: 0,
        base_timestamp: -1,
        max_timestamp: -1,
        producer_id: pid,
        producer_epoch: epoch,
        base_sequence: -1,
        records_count: 1,
    }
}

fn batch(batch: &Batch, base_offset: i64) -> CoreBatch {
    match *batch {
        Batch::Data { pid, epoch, seq, n, ts, txn } => CoreBatch::data(BatchHeader {
            attributes: Attributes(if txn { Attributes::TRANSACTIONAL } else { 0 }),
            last_offset_delta: n - 1,
            max_timestamp: ts,
            base_sequence: seq,
            records_count: n,
            ..header(pid, epoch, base_offset)
        }),
        Batch::Marker { pid, epoch, abort, cep, ts } => CoreBatch::end_transaction(
            control(header(pid, epoch, base_offset)),
            EndTxnMarker {
                kind: if abort { MarkerKind::Abort } else { MarkerKind::Commit },
                coordinator_epoch: cep,
                timestamp: ts,
            },
        ),
        Batch::Empty { pid, epoch } => {
            let header = control(header(pid, epoch, base_offset));
            CoreBatch::empty_control(BatchHeader { records_count: 0, ..header })
        }
    }
}

fn control(header: BatchHeader) -> BatchHeader {
    let attributes = Attributes(Attributes::TRANSACTIONAL | Attributes::CONTROL);
    BatchHeader { attributes, ..header }
}

impl Subject for CoreSubject {
    fn append(&mut self, append: &Append<'_>) -> Answer {
        let Some(version) = version(append, self.config.profile) else {
            return Answer::Refused(ErrorCode::UNKNOWN_SERVER_ERROR.get());
        };
        self.make_room(append.batches.len());
        let origin = match append.origin {
            Origin::Client => CoreOrigin::Client,
            Origin::Coordinator => CoreOrigin::Coordinator,
            Origin::Replication => CoreOrigin::Replication,
            Origin::RaftLeader => CoreOrigin::RaftLeader,
        };
        let mut context = Context::new(origin, Timestamp::from_millis(append.now));
        context.class_level = append.raw;
        context.transaction_version = version;
        context.guard = match append.guard {
            Guard::Sentinel => CoreGuard::SENTINEL,
            Guard::Token(token) => CoreGuard::from_bits(token),
        };
        let mut next = append.base;
        let batches: Vec<CoreBatch> = append
            .batches
            .iter()
            .map(|spec| {
                let batch = batch(spec, next);
                next = batch.header.next_offset();
                batch
            })
            .collect();
        self.turn = !self.turn;
        match batches.as_slice() {
            [one] if self.turn => self.append_one(one, &context, append.base),
            all => self.append_all(all, &context, append.base),
        }
    }

    fn verify(&mut self, start: &Verify) -> Result<Guard, i16> {
        let wanted = Verification {
            producer_id: start.pid,
            producer_epoch: start.epoch,
            base_sequence: start.seq,
            supports_epoch_bump: start.tv2,
        };
        match self.partition.start_verification(&wanted, Timestamp::from_millis(start.now)) {
            Ok(CoreGuard::SENTINEL) => Ok(Guard::Sentinel),
            Ok(guard) => Ok(Guard::Token(guard.to_bits())),
            Err(rejection) => Err(rejection.error_code().get()),
        }
    }

    fn set_verification(&mut self, enabled: bool) {
        self.partition.set_verification(enabled);
    }

    fn high_watermark(&mut self, to: i64) {
        self.partition.handle_high_watermark(to);
    }

    fn expire(&mut self, now: i64) {
        while !self.partition.expire(Timestamp::from_millis(now), 2).finished {}
    }

    fn log_start(&mut self, to: i64) {
        self.partition.handle_log_start(to, files::latest(&self.registered()));
    }

    fn truncate_and_reload(&mut self, start: i64, end: i64, now: i64) {
        let registered = self.registered();
        for offset in files::outside_log(&registered, start, end) {
            self.delete(offset);
        }
        if self.partition.needs_reload(end) {
            self.load_latest(start, Timestamp::from_millis(now));
        } else {
            self.log_start(start);
        }
    }

    fn truncate_fully(&mut self, at: i64) {
        for offset in self.registered() {
            self.delete(offset);
        }
        self.partition.truncate_fully(at);
    }

    fn take_snapshot(&mut self) -> Option<i64> {
        let offset = self.partition.snapshot_due()?;
        let producers = self.partition.producers();
        let mut file = vec![0; v1::encoded_len(producers.clone().count())?];
        v1::encode(producers, &mut file).expect("as long as was said");
        self.directory.insert(files::name(offset).to_string(), file);
        self.registered.insert(offset);
        self.partition.snapshot_taken(offset);
        Some(offset)
    }

    fn delete_snapshots_before(&mut self, before: i64) {
        let registered = self.registered();
        for offset in files::before(&registered, before) {
            self.delete(offset);
        }
    }

    fn reload_snapshots(&mut self) {
        self.truncate_fully(0);
        self.registered = self.list();
    }

    fn remove_strays(&mut self, bases: &[i64]) {
        self.registered = self.list();
        let registered = self.registered();
        for offset in files::strays(&registered, bases) {
            self.delete(offset);
        }
    }

    fn reopen(&mut self) {
        self.partition = partition(&self.config);
        self.registered = self.list();
        self.index_last = None;
    }

    fn directory(&mut self) -> &mut Directory {
        &mut self.directory
    }

    fn entry(&self, pid: i64) -> Option<Entry> {
        let slot = self.partition.producer(pid)?;
        let window = slot.window();
        let window = window.iter().map(|batch| Remembered {
            first_seq: batch.first_sequence(),
            last_seq: batch.last_sequence,
            first: batch.first_offset(),
            last: batch.last_offset,
            ts: batch.timestamp,
        });
        Some(Entry {
            epoch: slot.producer_epoch(),
            cep: slot.coordinator_epoch(),
            ts: slot.last_timestamp(),
            txn: slot.current_txn_first_offset(),
            window: window.collect(),
        })
    }

    fn producer_ids(&self) -> Vec<i64> {
        let mut ids: Vec<i64> = self.partition.producers().map(Slot::producer_id).collect();
        ids.sort_unstable();
        ids
    }

    fn map_end(&self) -> i64 {
        self.partition.map_end_offset()
    }

    fn is_empty(&self) -> bool {
        self.partition.is_empty()
    }

    fn first_unstable(&self) -> Option<i64> {
        self.partition.first_unstable_offset()
    }

    fn first_undecided(&self) -> Option<i64> {
        self.partition.first_undecided_offset()
    }

    fn latest_snapshot(&self) -> Option<i64> {
        files::latest(&self.registered())
    }

    fn oldest_snapshot(&self) -> Option<i64> {
        files::oldest(&self.registered())
    }

    fn verification(&self, pid: i64) -> Option<(i32, i16)> {
        let entry = self.partition.verification(pid)?;
        Some((entry.lowest_sequence(), entry.producer_epoch()))
    }

    fn late(&self, now: i64) -> bool {
        self.partition.has_late_transaction(Timestamp::from_millis(now))
    }

    fn last_stable(&self, high_watermark: i64, log_start: i64) -> i64 {
        self.partition.last_stable_offset(LogRange { start: log_start, high_watermark })
    }

    fn lso_of(&self, completed: &Completed) -> i64 {
        self.partition.last_stable_offset_at(completed.pid, completed.last)
    }

    fn complete(&mut self, completed: &Completed) -> Result<(), i16> {
        if self.partition.complete_transaction(completed.first, completed.last) {
            Ok(())
        } else {
            Err(ErrorCode::UNKNOWN_SERVER_ERROR.get())
        }
    }

    fn aborted(&self) -> Vec<Aborted> {
        let entries = TxnIndex::new(&self.index).map(|entry| {
            let entry = entry.expect("only version 0 is written");
            Aborted {
                pid: entry.producer_id,
                first: entry.first_offset,
                last: entry.last_offset,
                lso: entry.last_stable_offset,
            }
        });
        entries.collect()
    }

    fn index_append(&mut self, aborted: Aborted) -> Result<(), i16> {
        let entry = AbortedTransaction {
            producer_id: aborted.pid,
            first_offset: aborted.first,
            last_offset: aborted.last,
            last_stable_offset: aborted.lso,
        };
        check_txn_index_append(self.index_last, &entry)
            .map_err(|_| ErrorCode::UNKNOWN_SERVER_ERROR.get())?;
        self.index_last = Some(entry.last_offset);
        self.index.extend_from_slice(&entry.encode());
        Ok(())
    }

    fn index_truncate(&mut self, to: i64) {
        let cut = TxnIndex::new(&self.index).truncate_to(to);
        if let Some((len, last)) = cut.expect("only version 0 is written") {
            self.index.truncate(len);
            self.index_last = last;
        }
    }

    fn collect(&self, from: i64, to: i64) -> Collected {
        let mut txns = Vec::new();
        let complete = TxnIndex::new(&self.index).collect_aborted(from, to, |aborted| {
            txns.push((aborted.producer_id, aborted.first_offset));
        });
        Collected { txns, complete: complete.expect("only version 0 is written") }
    }

    fn increment(&self, sequence: i32, by: i32) -> i32 {
        raw::increment(sequence, by)
    }

    fn decrement(&self, sequence: i32, by: i32) -> i32 {
        raw::decrement(sequence, by)
    }
}

/// The append's transaction version. Kafka's "unknown" can't be said to the core; from 4.2 on it
/// makes a marker of a leader's an internal error, before that nothing looks at the version.
fn version(append: &Append<'_>, profile: Profile) -> Option<TransactionVersion> {
    let has_marker = append.batches.iter().any(|batch| matches!(batch, Batch::Marker { .. }));
    match append.tv {
        2.. => Some(TransactionVersion::V2),
        1 => Some(TransactionVersion::V1),
        0 => Some(TransactionVersion::V0),
        _ if profile >= Profile::V4_2 && has_marker && append.origin != Origin::Replication => None,
        _ => Some(TransactionVersion::V0),
    }
}
