//! What does core know of a log's producers, and which files does it keep of them?
//!
//! The caller of core that Kafka's `ProducerStateManager` and `rebuildProducerState` are held
//! against: it does what broker spec 5.7 to 5.9 and 7.5 say a log does, and leaves every decision
//! to core.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use fencepost::broker::{
    Batch, CompletedTransaction, Config, Context, IndexLine, OpenTransaction, Origin, Partition,
    PendingProducer, PendingTransaction, Profile, Pushed, Rejection, Scratch, Slot, Storage,
    VerificationEntry, index_lines,
};
use fencepost::ids::Timestamp;
use fencepost::snapshot::rebuild::LogShape;
use fencepost::snapshot::{files, v1};

use crate::log::Segment;
use crate::op::Setup;
use crate::rule::{Counts, Rare, Rule};

pub(crate) type Core =
    Partition<Vec<Slot>, Vec<IndexLine>, Vec<OpenTransaction>, Vec<VerificationEntry>>;
pub(crate) type Memory = Scratch<Vec<PendingProducer>, Vec<IndexLine>, Vec<PendingTransaction>>;

/// The snapshot files of one directory, by offset.
pub(crate) type Files = Rc<RefCell<BTreeMap<i64, Vec<u8>>>>;

/// More than any run brings at once: this holds rules, not memory.
const PLACES: usize = 256;

/// A partition of core with its directory.
pub(crate) struct Producers {
    pub(crate) partition: Core,
    scratch: Memory,
    files: Files,
    /// The snapshots it knows of; a file that appears beside them is found by listing.
    registered: BTreeSet<i64>,
}

impl Producers {
    /// Of a directory: its files are listed, none is loaded. Each is its own, so that guards of one
    /// are not another's: hence the seed.
    pub(crate) fn open(profile: Profile, setup: &Setup, seed: u64, directory: Files) -> Self {
        let storage = Storage {
            slots: vec![Slot::EMPTY; PLACES],
            index: vec![IndexLine::EMPTY; index_lines(PLACES)],
            transactions: vec![OpenTransaction::EMPTY; PLACES],
            guards: vec![VerificationEntry::EMPTY; PLACES],
        };
        let config = Config::new(profile)
            .seed(seed)
            .expiration_ms(setup.expiration_ms)
            .max_transaction_ms(setup.max_transaction_ms)
            .verification(setup.verification);
        let scratch = Scratch::new(
            vec![PendingProducer::EMPTY; PLACES],
            vec![IndexLine::EMPTY; index_lines(PLACES)],
            vec![PendingTransaction::EMPTY; PLACES],
        );
        let registered = directory.borrow().keys().copied().collect();
        Self { partition: Partition::new(storage, config), scratch, files: directory, registered }
    }

    pub(crate) fn registered(&self) -> Vec<i64> {
        self.registered.iter().copied().collect()
    }

    pub(crate) fn on_disk(&self) -> Vec<i64> {
        self.files.borrow().keys().copied().collect()
    }

    pub(crate) fn files(&self) -> Files {
        Rc::clone(&self.files)
    }

    /// Unregisters a snapshot and deletes its file, if there is one.
    pub(crate) fn delete(&mut self, offset: i64) {
        if self.registered.remove(&offset) {
            self.files.borrow_mut().remove(&offset);
        }
    }

    pub(crate) fn take_snapshot(&mut self, counts: &mut Counts) {
        let Some(offset) = self.partition.snapshot_due() else { return };
        let producers = self.partition.producers();
        let len = v1::encoded_len(producers.clone().count()).expect("few producers");
        let mut file = vec![0; len];
        v1::encode(producers, &mut file).expect("as long as was said");
        self.files.borrow_mut().insert(offset, file);
        self.registered.insert(offset);
        self.partition.snapshot_taken(offset);
        counts.hit(Rule::Snapshot);
    }

    pub(crate) fn log_start(&mut self, to: i64) {
        self.partition.handle_log_start(to, files::latest(&self.registered()));
    }

    pub(crate) fn truncate_fully(&mut self, at: i64) {
        for offset in self.registered() {
            self.delete(offset);
        }
        self.partition.truncate_fully(at);
    }

    pub(crate) fn remove_strays(&mut self, bases: &[i64], counts: &mut Counts) {
        let listed = self.on_disk();
        self.registered = listed.iter().copied().collect();
        let mut gone = 0;
        for offset in files::strays(&listed, bases) {
            self.delete(offset);
            gone += 1;
        }
        counts.rare(Rare::Stray, gone);
    }

    fn truncate_and_reload(&mut self, start: i64, end: i64, now: Timestamp, counts: &mut Counts) {
        let registered = self.registered();
        for offset in files::outside_log(&registered, start, end) {
            self.delete(offset);
        }
        if self.partition.needs_reload(end) {
            self.load_latest(start, now, counts);
        } else {
            self.log_start(start);
        }
    }

    fn load_latest(&mut self, log_start: i64, now: Timestamp, counts: &mut Counts) {
        while let Some(offset) = files::latest(&self.registered()) {
            let bytes = self.files.borrow().get(&offset).cloned().unwrap_or_default();
            self.partition.begin_reload();
            if let Ok(producers) = v1::decode(&bytes) {
                for producer in producers {
                    self.partition.load(&producer.into(), now).expect("there is room");
                }
                self.partition.finish_reload(offset);
                counts.hit(Rule::Loaded);
                return;
            }
            counts.rare(Rare::Corrupt, 1);
            self.delete(offset);
        }
        self.partition.finish_reload_without_snapshot(log_start);
        counts.hit(Rule::NotLoaded);
    }

    /// Kafka's `rebuildProducerState` (broker spec 7.5).
    pub(crate) fn rebuild(
        &mut self,
        segments: &[Segment],
        (log_start, last_offset): (i64, i64),
        was_clean: bool,
        now: Timestamp,
        counts: &mut Counts,
    ) -> Result<(), Rejection> {
        let bases: Vec<i64> = segments.iter().map(|segment| segment.base).collect();
        let shape = LogShape { segment_bases: &bases, log_start, last_offset };
        if shape.skips_files(was_clean, &self.registered()) {
            counts.rare(Rare::NotRead, 1);
            for point in shape.snapshot_points() {
                self.partition.set_map_end_offset(point);
                self.take_snapshot(counts);
            }
            return Ok(());
        }
        let map_end = self.partition.map_end_offset();
        let was_empty = shape.was_empty(self.partition.is_empty(), map_end);
        self.truncate_and_reload(log_start, last_offset, now, counts);
        if was_empty {
            counts.hit(Rule::ReplayLeftOut);
        } else {
            for replay in shape.replay(self.partition.map_end_offset()) {
                self.partition.set_map_end_offset(replay.from);
                if replay.takes_snapshot {
                    self.take_snapshot(counts);
                }
                let segment = segments.iter().find(|segment| segment.base == replay.base_offset);
                let batches = segment.map(|segment| segment.range(replay.from, replay.until));
                self.replay(batches.unwrap_or_default(), now)?;
                counts.hit(Rule::Replayed);
            }
        }
        self.partition.set_map_end_offset(last_offset);
        self.take_snapshot(counts);
        Ok(())
    }

    /// A segment's batches, as one append that does not move the map end.
    fn replay(&mut self, batches: Vec<Batch>, now: Timestamp) -> Result<(), Rejection> {
        let map_end = self.partition.map_end_offset();
        self.append(Origin::Replication, now, &batches, |context| context)?;
        self.partition.set_map_end_offset(map_end);
        Ok(())
    }

    /// Several batches as one append that can't hold a duplicate.
    pub(crate) fn append(
        &mut self,
        origin: Origin,
        now: Timestamp,
        batches: &[Batch],
        context: impl FnOnce(Context) -> Context,
    ) -> Result<Vec<CompletedTransaction>, Refused> {
        let mut append = self.partition.append(&mut self.scratch, origin, now);
        let context = context(append.context());
        for (taken, batch) in batches.iter().enumerate() {
            match append.push(batch, &context) {
                Ok(Pushed::Added) => {}
                Ok(_) => unreachable!("only a client's append holds a duplicate"),
                Err(rejection) => return Err(Refused { taken, rejection }),
            }
        }
        let mut done = Vec::new();
        append.commit(|completed| done.push(completed)).expect("no push had failed");
        Ok(done)
    }
}

/// An append that was refused: how many of its batches had been taken, and why the next was not.
pub(crate) struct Refused {
    pub(crate) taken: usize,
    pub(crate) rejection: Rejection,
}

impl From<Refused> for Rejection {
    fn from(refused: Refused) -> Self {
        refused.rejection
    }
}
