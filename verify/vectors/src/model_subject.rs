//! How does the naive model answer the vectors?

use fencepost_model::{
    AbortedTxn, Answer as ModelAnswer, Append as ModelAppend, Batch as ModelBatch, CompletedTxn,
    Config as ModelConfig, Origin as ModelOrigin, Partition, Profile as ModelProfile, Refusal,
    sequence,
};

use crate::subject::{
    Aborted, Answer, Append, Batch, Collected, Completed, Config, Directory, Entry, Guard, Origin,
    Profile, Remembered, Subject, Verify,
};

/// A partition of `fencepost-model`.
pub(crate) struct ModelSubject {
    partition: Partition,
}

impl ModelSubject {
    pub(crate) fn new(config: &Config) -> Self {
        let partition = Partition::new(ModelConfig {
            expiration_ms: config.exp_ms,
            max_transaction_ms: config.max_txn_ms,
            verification: config.verify,
            profile: match config.profile {
                Profile::V3_9 => ModelProfile::V3_9,
                Profile::V3_9_2 => ModelProfile::V3_9_2,
                Profile::V4_0 => ModelProfile::V4_0,
                Profile::V4_1 => ModelProfile::V4_1,
                Profile::V4_2 => ModelProfile::V4_2,
            },
            clear_when_recorded: false,
        });
        Self { partition }
    }
}

fn batch(batch: &Batch) -> ModelBatch {
    match *batch {
        Batch::Data { pid, epoch, seq, n, ts, txn } => ModelBatch::Data {
            producer_id: pid,
            epoch,
            base_sequence: seq,
            records: n,
            max_timestamp: ts,
            transactional: txn,
        },
        Batch::Marker { pid, epoch, abort, cep, ts } => ModelBatch::Marker {
            producer_id: pid,
            epoch,
            coordinator_epoch: cep,
            timestamp: ts,
            aborted: abort,
        },
        Batch::Empty { pid, epoch } => ModelBatch::EmptyControl { producer_id: pid, epoch },
    }
}

fn origin(origin: Origin) -> ModelOrigin {
    match origin {
        Origin::Client => ModelOrigin::Client,
        Origin::Coordinator => ModelOrigin::Coordinator,
        Origin::Replication => ModelOrigin::Replication,
        Origin::RaftLeader => ModelOrigin::RaftLeader,
    }
}

fn transaction(completed: &Completed) -> CompletedTxn {
    CompletedTxn {
        producer_id: completed.pid,
        first_offset: completed.first,
        last_offset: completed.last,
        aborted: completed.abort,
    }
}

fn completed(transaction: &CompletedTxn) -> Completed {
    Completed {
        pid: transaction.producer_id,
        first: transaction.first_offset,
        last: transaction.last_offset,
        abort: transaction.aborted,
    }
}

/// For the calls whose only failures are files that no vector can make (names come from offsets).
fn never_fails(outcome: Result<(), Refusal>) {
    outcome.expect("the directory holds only files that are named by an offset");
}

impl Subject for ModelSubject {
    fn append(&mut self, append: &Append<'_>) -> Answer {
        let batches: Vec<ModelBatch> = append.batches.iter().map(batch).collect();
        let answer = self.partition.append(&ModelAppend {
            base_offset: append.base,
            origin: origin(append.origin),
            raw: append.raw,
            guard: match append.guard {
                Guard::Sentinel => 0,
                Guard::Token(token) => token,
            },
            transaction_version: append.tv,
            batches: &batches,
        });
        match answer {
            ModelAnswer::Appended { first_offset, last_offset, completed: transactions } => {
                Answer::Appended {
                    first: first_offset,
                    last: last_offset,
                    done: transactions.iter().map(|(txn, lso)| (completed(txn), *lso)).collect(),
                }
            }
            ModelAnswer::Duplicate(remembered) => Answer::Duplicate {
                first: remembered.first_offset(),
                last: remembered.last_offset,
                ts: remembered.timestamp,
            },
            ModelAnswer::Refused(refusal) => Answer::Refused(refusal.code()),
        }
    }

    fn verify(&mut self, start: &Verify) -> Result<Guard, i16> {
        let started =
            self.partition.verify(start.pid, start.seq, start.epoch, start.tv2, start.now);
        match started {
            Ok(0) => Ok(Guard::Sentinel),
            Ok(token) => Ok(Guard::Token(token)),
            Err(refusal) => Err(refusal.code()),
        }
    }

    fn set_verification(&mut self, enabled: bool) {
        self.partition.manager.config.verification = enabled;
    }

    fn high_watermark(&mut self, to: i64) {
        self.partition.manager.on_high_watermark_updated(to);
    }

    fn expire(&mut self, now: i64) {
        self.partition.manager.remove_expired(now);
    }

    fn log_start(&mut self, to: i64) {
        self.partition.manager.on_log_start_offset_incremented(to);
    }

    fn truncate_and_reload(&mut self, start: i64, end: i64, now: i64) {
        let partition = &mut self.partition;
        let directory = &mut partition.directory;
        never_fails(partition.manager.truncate_and_reload(directory, start, end, now));
    }

    fn truncate_fully(&mut self, at: i64) {
        let partition = &mut self.partition;
        partition.manager.truncate_fully_and_start_at(&mut partition.directory, at);
    }

    fn take_snapshot(&mut self) -> Option<i64> {
        let partition = &mut self.partition;
        partition.manager.take_snapshot(&mut partition.directory)
    }

    fn delete_snapshots_before(&mut self, before: i64) {
        let partition = &mut self.partition;
        partition.manager.delete_snapshots_before(&mut partition.directory, before);
    }

    fn reload_snapshots(&mut self) {
        let partition = &mut self.partition;
        let directory = &mut partition.directory;
        never_fails(partition.manager.truncate_fully_and_reload_snapshots(directory));
    }

    fn remove_strays(&mut self, bases: &[i64]) {
        let partition = &mut self.partition;
        let directory = &mut partition.directory;
        never_fails(partition.manager.remove_stray_snapshots(directory, bases));
    }

    fn reopen(&mut self) {
        never_fails(self.partition.reopen());
    }

    fn directory(&mut self) -> &mut Directory {
        &mut self.partition.directory
    }

    fn entry(&self, pid: i64) -> Option<Entry> {
        let entry = self.partition.manager.producers.get(&pid)?;
        let window = entry.window.iter().map(|batch| Remembered {
            first_seq: batch.first_sequence(),
            last_seq: batch.last_sequence,
            first: batch.first_offset(),
            last: batch.last_offset,
            ts: batch.timestamp,
        });
        Some(Entry {
            epoch: entry.producer_epoch,
            cep: entry.coordinator_epoch,
            ts: entry.last_timestamp,
            txn: entry.current_txn_first_offset,
            window: window.collect(),
        })
    }

    fn producer_ids(&self) -> Vec<i64> {
        self.partition.manager.producers.keys().copied().collect()
    }

    fn map_end(&self) -> i64 {
        self.partition.manager.map_end
    }

    fn is_empty(&self) -> bool {
        self.partition.manager.is_empty()
    }

    fn first_unstable(&self) -> Option<i64> {
        self.partition.manager.first_unstable_offset()
    }

    fn first_undecided(&self) -> Option<i64> {
        self.partition.manager.first_undecided_offset()
    }

    fn latest_snapshot(&self) -> Option<i64> {
        self.partition.manager.latest_snapshot()
    }

    fn oldest_snapshot(&self) -> Option<i64> {
        self.partition.manager.oldest_snapshot()
    }

    fn verification(&self, pid: i64) -> Option<(i32, i16)> {
        let entry = self.partition.manager.verification.get(&pid)?;
        Some((entry.lowest_sequence, entry.epoch))
    }

    fn late(&self, now: i64) -> bool {
        self.partition.manager.has_late_transaction(now)
    }

    fn last_stable(&self, high_watermark: i64, log_start: i64) -> i64 {
        self.partition.last_stable(high_watermark, log_start)
    }

    fn lso_of(&self, completed: &Completed) -> i64 {
        self.partition.manager.last_stable_offset(&transaction(completed))
    }

    fn complete(&mut self, completed: &Completed) -> Result<(), i16> {
        let outcome = self.partition.manager.complete(&transaction(completed));
        outcome.map_err(Refusal::code)
    }

    fn aborted(&self) -> Vec<Aborted> {
        let entries = self.partition.index.entries.iter();
        entries
            .map(|entry| Aborted {
                pid: entry.producer_id,
                first: entry.first_offset,
                last: entry.last_offset,
                lso: entry.last_stable_offset,
            })
            .collect()
    }

    fn index_append(&mut self, aborted: Aborted) -> Result<(), i16> {
        let entry = AbortedTxn {
            producer_id: aborted.pid,
            first_offset: aborted.first,
            last_offset: aborted.last,
            last_stable_offset: aborted.lso,
        };
        self.partition.index.append(entry).map_err(Refusal::code)
    }

    fn index_truncate(&mut self, to: i64) {
        self.partition.index.truncate_to(to);
    }

    fn collect(&self, from: i64, to: i64) -> Collected {
        let collected = self.partition.index.collect(from, to);
        let txns = collected.transactions.iter().map(|txn| (txn.producer_id, txn.first_offset));
        Collected { txns: txns.collect(), complete: collected.complete }
    }

    fn increment(&self, value: i32, by: i32) -> i32 {
        sequence::increment(value, by)
    }

    fn decrement(&self, value: i32, by: i32) -> i32 {
        sequence::decrement(value, by)
    }
}
