//! What happens to one append, from the first batch to the committed state? (broker spec 5.6, 7.1,
//! 7.2, 7.9)

use crate::append_info::{AppendInfo, CompletedTxn, DataBatch, Marker};
use crate::entry::WindowBatch;
use crate::manager::{Config, Manager};
use crate::profile::{Origin, Profile, Refusal};
use crate::sequence::last_sequence;
use crate::snapshot_dir::{self, Directory};
use crate::txn_index::{AbortedTxn, TxnIndex};

/// One batch of an append; its offsets follow from the append's base offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Batch {
    /// Records.
    Data {
        /// The producer; at or below -1 the batch has none and is skipped.
        producer_id: i64,
        /// The producer's epoch.
        epoch: i16,
        /// The first sequence; -1 if the batch has none.
        base_sequence: i32,
        /// The number of records, at least 1; the last offset delta is one less.
        records: i32,
        /// The batch's max timestamp.
        max_timestamp: i64,
        /// The transactional bit.
        transactional: bool,
    },
    /// An end-transaction marker.
    Marker {
        /// The transaction's producer.
        producer_id: i64,
        /// The marker's producer epoch.
        epoch: i16,
        /// The epoch of the coordinator that sent it.
        coordinator_epoch: i32,
        /// The marker record's timestamp.
        timestamp: i64,
        /// Whether it aborts.
        aborted: bool,
    },
    /// A transactional control batch that compaction has emptied.
    EmptyControl {
        /// The transaction's producer.
        producer_id: i64,
        /// The batch's producer epoch.
        epoch: i16,
    },
}

impl Batch {
    fn producer_id(&self) -> i64 {
        match self {
            Self::Data { producer_id, .. }
            | Self::Marker { producer_id, .. }
            | Self::EmptyControl { producer_id, .. } => *producer_id,
        }
    }

    fn epoch(&self) -> i16 {
        match self {
            Self::Data { epoch, .. }
            | Self::Marker { epoch, .. }
            | Self::EmptyControl { epoch, .. } => *epoch,
        }
    }

    fn is_transactional(&self) -> bool {
        !matches!(self, Self::Data { transactional: false, .. })
    }

    fn is_control(&self) -> bool {
        !matches!(self, Self::Data { .. })
    }

    fn last_offset_delta(&self) -> i32 {
        match self {
            Self::Data { records, .. } => records.wrapping_sub(1),
            Self::Marker { .. } | Self::EmptyControl { .. } => 0,
        }
    }

    /// First and last sequence as the header gives them; control batches carry none.
    fn sequences(&self) -> (i32, i32) {
        match self {
            Self::Data { base_sequence, .. } => {
                (*base_sequence, last_sequence(*base_sequence, self.last_offset_delta()))
            }
            Self::Marker { .. } | Self::EmptyControl { .. } => (-1, -1),
        }
    }
}

/// One call of the log's append.
#[derive(Clone, Copy, Debug)]
pub struct Append<'a> {
    /// The offset of the first batch.
    pub base_offset: i64,
    /// Who appends.
    pub origin: Origin,
    /// Class level: neither duplicate lookup nor guard check.
    pub raw: bool,
    /// The request's verification guard; 0 is the sentinel.
    pub guard: u64,
    /// The transaction version of markers; -1 is unknown.
    pub transaction_version: i16,
    /// The batches in order.
    pub batches: &'a [Batch],
}

/// The outcome of an append.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Written; the completed transactions come with the last stable offset of each.
    Appended {
        /// The append's first offset.
        first_offset: i64,
        /// The append's last offset.
        last_offset: i64,
        /// The transactions ended, in log order.
        completed: Vec<(CompletedTxn, i64)>,
    },
    /// Nothing was written: this remembered batch answers for the whole append.
    Duplicate(WindowBatch),
    /// Nothing was written.
    Refused(Refusal),
}

/// What section 4 has made of an append before anything is written.
struct Analysis {
    infos: Vec<AppendInfo>,
    completed: Vec<CompletedTxn>,
    cleared: Vec<i64>,
    last_offset: i64,
}

enum Stop {
    Duplicate(WindowBatch),
    Refused(Refusal),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// One partition: the manager, its directory, one transaction index.
#[derive(Clone, Debug)]
pub struct Partition {
    /// The producer state.
    pub manager: Manager,
    /// The snapshot files.
    pub directory: Directory,
    /// The transaction index of the one segment.
    pub index: TxnIndex,
    /// The token of the next guard; not reset by [`Partition::reopen`], as Kafka counts per
    /// process.
    pub next_guard: u64,
}

impl Partition {
    /// An empty partition.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            manager: Manager::new(config),
            directory: Directory::new(),
            index: TxnIndex::default(),
            next_guard: 1,
        }
    }

    /// A new manager on the same directory; memory is lost, files are listed but not loaded (5.1).
    pub fn reopen(&mut self) -> Result<(), Refusal> {
        self.manager = Manager::new(self.manager.config);
        self.manager.snapshots = snapshot_dir::list(&self.directory)?;
        Ok(())
    }

    /// Starts a verification on the leader and returns the guard's token, 0 for the sentinel (5.6,
    /// 8.5).
    pub fn verify(
        &mut self,
        producer_id: i64,
        sequence: i32,
        epoch: i16,
        supports_epoch_bump: bool,
        now: i64,
    ) -> Result<u64, Refusal> {
        let manager = &mut self.manager;
        if manager.config.profile >= Profile::V4_1 && manager.is_fenced(producer_id, epoch) {
            return Err(Refusal::InvalidProducerEpoch);
        }
        if manager.has_open_transaction(producer_id, epoch) {
            return Ok(0);
        }
        let fresh = self.next_guard;
        let guard = manager.start_verification(
            producer_id,
            sequence,
            epoch,
            supports_epoch_bump,
            now,
            fresh,
        );
        if guard == fresh {
            self.next_guard = self.next_guard.wrapping_add(1);
        }
        Ok(guard)
    }

    /// Appends and commits, or leaves everything but verification entries as it was (7.1).
    ///
    /// The one partial state is Kafka's own: if the transaction index or `complete` refuses after
    /// the write, the producers are committed, but the map end stays.
    pub fn append(&mut self, append: &Append<'_>) -> Answer {
        let analysis = match self.analyze(append) {
            Ok(analysis) => analysis,
            Err(Stop::Duplicate(batch)) => return Answer::Duplicate(batch),
            Err(Stop::Refused(refusal)) => return Answer::Refused(refusal),
        };
        if append.batches.is_empty() {
            let last_offset = analysis.last_offset;
            let first_offset = append.base_offset;
            return Answer::Appended { first_offset, last_offset, completed: Vec::new() };
        }
        for producer_id in &analysis.cleared {
            self.manager.verification.remove(producer_id);
        }
        for info in analysis.infos {
            self.manager.commit(info);
        }
        let mut completed = Vec::new();
        for transaction in analysis.completed {
            match self.complete(&transaction) {
                Ok(last_stable) => completed.push((transaction, last_stable)),
                Err(refusal) => return Answer::Refused(refusal),
            }
        }
        self.manager.map_end = analysis.last_offset.wrapping_add(1);
        Answer::Appended {
            first_offset: append.base_offset,
            last_offset: analysis.last_offset,
            completed,
        }
    }

    /// Step 4 of 7.1 for one transaction; returns the last stable offset.
    fn complete(&mut self, transaction: &CompletedTxn) -> Result<i64, Refusal> {
        let last_stable_offset = self.manager.last_stable_offset(transaction);
        if transaction.aborted {
            self.index.append(AbortedTxn {
                producer_id: transaction.producer_id,
                first_offset: transaction.first_offset,
                last_offset: transaction.last_offset,
                last_stable_offset,
            })?;
        }
        self.manager.complete(transaction)?;
        Ok(last_stable_offset)
    }

    fn analyze(&mut self, append: &Append<'_>) -> Result<Analysis, Stop> {
        let mut analysis = Analysis {
            infos: Vec::new(),
            completed: Vec::new(),
            cleared: Vec::new(),
            last_offset: append.base_offset.wrapping_sub(1),
        };
        for batch in append.batches {
            let first_offset = analysis.last_offset.wrapping_add(1);
            analysis.last_offset = first_offset.wrapping_add(i64::from(batch.last_offset_delta()));
            let producer_id = batch.producer_id();
            if producer_id <= -1 {
                continue;
            }
            if !append.raw {
                self.check_before_state(append, batch, &analysis.cleared)?;
            }
            let info = self.info_of(&mut analysis.infos, producer_id, append.origin);
            let completed = apply(info, append, batch, first_offset, analysis.last_offset)?;
            analysis.completed.extend(completed);
            if batch.is_transactional() && !self.verifies_next(batch) {
                if self.manager.config.clear_when_recorded {
                    analysis.cleared.push(producer_id);
                } else {
                    self.manager.verification.remove(&producer_id);
                }
            }
        }
        Ok(analysis)
    }

    /// Since 4.0: the marker leaves alone a verification of the next transaction, which a TV2
    /// client begins in the epoch that the marker raises (broker spec 5.6, 8.5).
    fn verifies_next(&self, marker: &Batch) -> bool {
        let entry = self.manager.verification.get(&marker.producer_id());
        self.manager.config.profile >= Profile::V4_0
            && marker.is_control()
            && entry.is_some_and(|entry| entry.supports_epoch_bump && entry.epoch == marker.epoch())
    }

    fn info_of<'a>(
        &self,
        infos: &'a mut Vec<AppendInfo>,
        producer_id: i64,
        origin: Origin,
    ) -> &'a mut AppendInfo {
        let known = infos.iter().position(|info| info.current.producer_id == producer_id);
        let at = known.unwrap_or_else(|| {
            infos.push(self.manager.prepare(producer_id, origin));
            infos.len() - 1
        });
        &mut infos[at]
    }

    /// The duplicate lookup (3.3) and the guard check (5.6, 8.5) of one batch, against the
    /// committed state.
    fn check_before_state(
        &self,
        append: &Append<'_>,
        batch: &Batch,
        cleared: &[i64],
    ) -> Result<(), Stop> {
        let (producer_id, epoch) = (batch.producer_id(), batch.epoch());
        if append.origin == Origin::Client {
            let (first, last) = batch.sequences();
            let entry = self.manager.producers.get(&producer_id);
            let found = entry.and_then(|entry| entry.find_duplicate(epoch, first, last));
            if let Some(remembered) = found {
                return Err(Stop::Duplicate(remembered));
            }
        }
        let guarded = matches!(append.origin, Origin::Client | Origin::Coordinator)
            && batch.is_transactional()
            && !self.manager.has_open_transaction(producer_id, epoch);
        if !guarded {
            return Ok(());
        }
        let config = &self.manager.config;
        if config.profile >= Profile::V3_9_2 && self.manager.is_fenced(producer_id, epoch) {
            return Err(Refusal::InvalidProducerEpoch.into());
        }
        if config.verification && !batch.is_control() {
            let verified = self.manager.verification.get(&producer_id).is_some_and(|entry| {
                !cleared.contains(&producer_id) && append.guard != 0 && entry.guard == append.guard
            });
            if !verified {
                return Err(Refusal::InvalidTxnState.into());
            }
        }
        Ok(())
    }

    /// The last stable offset of 7.9, from the two offsets that the log keeps.
    ///
    /// Kafka keeps the first unstable offset and refreshes it whenever one of its sources moves;
    /// computed anew it differs only after an append that failed behind its write.
    #[must_use]
    pub fn last_stable(&self, high_watermark: i64, log_start: i64) -> i64 {
        let unstable = self.manager.first_unstable_offset().map(|offset| offset.max(log_start));
        unstable.filter(|offset| *offset < high_watermark).unwrap_or(high_watermark)
    }
}

fn apply(
    info: &mut AppendInfo,
    append: &Append<'_>,
    batch: &Batch,
    first_offset: i64,
    last_offset: i64,
) -> Result<Option<CompletedTxn>, Refusal> {
    match *batch {
        Batch::Data { epoch, max_timestamp, transactional, .. } => {
            let (first_sequence, last_sequence) = batch.sequences();
            info.append_data(&DataBatch {
                epoch,
                first_sequence,
                last_sequence,
                max_timestamp,
                first_offset,
                last_offset,
                transactional,
            })?;
            Ok(None)
        }
        Batch::Marker { epoch, coordinator_epoch, timestamp, aborted, .. } => {
            info.append_marker(&Marker {
                epoch,
                coordinator_epoch,
                aborted,
                offset: first_offset,
                timestamp,
                transaction_version: append.transaction_version,
            })
        }
        Batch::EmptyControl { .. } => Ok(None),
    }
}
