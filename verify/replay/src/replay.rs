//! What is known of the producers at each offset of a log?

use std::collections::{BTreeMap, HashSet};
use std::fs;

use fencepost::audit::{Audit, Finding, Settings, Trail, Writers};
use fencepost::broker::{
    AbortedTransaction, Batch, IndexLine, Origin, PendingProducer, PendingTransaction, Pushed,
    Rejection, Scratch, Slot, VerificationEntry, index_lines,
};
use fencepost::ids::Timestamp;
use fencepost::snapshot::v1;
use fencepost::wire::{BatchView, ControlBatch, MarkerError, Segment};

use crate::memory::{self, Producers};
use crate::{Damage, DamageKind, Folder, Place, ReplayError, Witness, files};

type Watch = Audit<
    Vec<Slot>,
    Vec<IndexLine>,
    Vec<fencepost::broker::OpenTransaction>,
    [VerificationEntry; 0],
    (),
    Vec<Trail>,
>;

/// What a replay goes by: the brokers' configuration, where it is not Kafka's default.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// `producer.id.expiration.ms`.
    pub expiration_ms: u32,
    /// `transaction.max.timeout.ms`.
    pub max_transaction_ms: u32,
    /// A broker may be writing the log: files may grow while they are read, and the end may be part
    /// of a batch, which is then no damage.
    pub live: bool,
}

impl Default for Options {
    fn default() -> Self {
        let Settings { expiration_ms, max_transaction_ms, .. } = Settings::default();
        Self { expiration_ms, max_transaction_ms, live: false }
    }
}

/// What of a producer was seen on the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Data batches.
    pub batches: u64,
    /// Offsets in them: records, before compaction.
    pub records: u64,
    /// Markers.
    pub markers: u64,
}

/// An aborted transaction, and the segment that its marker lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aborted {
    /// The segment's base offset.
    pub segment: i64,
    /// The index entry, with the last stable offset as the live broker had it.
    pub entry: AbortedTransaction,
}

/// A replay of one folder, from its start forward.
#[derive(Debug)]
pub struct Replay<'f> {
    folder: &'f Folder,
    live: bool,
    producers: Producers,
    audit: Watch,
    from_snapshot: Option<i64>,
    bytes: Vec<u8>,
    segment: usize,
    position: usize,
    is_loaded: bool,
    end: i64,
    offsets_missing: bool,
    newest_timestamp: i64,
    findings: Vec<Finding>,
    damage: Vec<Damage>,
    stopped: bool,
    refused: bool,
    aborted: Vec<Aborted>,
    seen: BTreeMap<i64, Seen>,
    batches: u64,
    bytes_read: u64,
}

/// Batches that are applied before a witness is asked whether to go on.
const BETWEEN: usize = 1 << 16;

/// What one pass over a part of a segment learned.
struct Part {
    end: usize,
    producers: HashSet<i64>,
    markers: usize,
}

impl<'f> Replay<'f> {
    /// Begins at the folder's first segment. Where batches before it were deleted (its base offset
    /// is above 0) and a snapshot of that offset is there, the state begins with that (broker spec
    /// 7.5): Kafka knows producers whose batches are gone.
    ///
    /// # Errors
    /// A snapshot file that can't be read. A corrupt one is passed over, as Kafka does.
    pub fn new(folder: &'f Folder, options: Options) -> Result<Self, ReplayError> {
        let start = folder.start();
        let mut replay = Self::at(folder, options, start)?;
        let first = folder.snapshots.iter().find(|(offset, _)| start > 0 && *offset == start);
        if let Some((offset, path)) = first {
            let file = fs::read(path).map_err(ReplayError::io(path))?;
            if let Ok(entries) = v1::decode(&file) {
                let slots: Vec<Slot> = entries.map(Slot::from).collect();
                replay.begin_with(&slots, *offset, options)?;
            }
        }
        Ok(replay)
    }

    /// Begins with the state of this snapshot, at its offset: what Kafka does after a restart.
    ///
    /// # Errors
    /// More producers than can be numbered.
    pub fn from_snapshot(
        folder: &'f Folder,
        options: Options,
        slots: &[Slot],
        offset: i64,
    ) -> Result<Self, ReplayError> {
        let mut replay = Self::at(folder, options, offset)?;
        replay.begin_with(slots, offset, options)?;
        // The segment that holds the offset is the last one that begins at or below it.
        let at = folder.segments.iter().rposition(|(base, _)| *base <= offset);
        replay.segment = at.unwrap_or(0);
        replay.skip_below(offset)?;
        Ok(replay)
    }

    fn at(folder: &'f Folder, options: Options, start: i64) -> Result<Self, ReplayError> {
        Ok(Self {
            folder,
            live: options.live,
            producers: memory::producers(16),
            audit: watch(memory::producers(16), settings(folder, options, 0)),
            from_snapshot: None,
            bytes: Vec::new(),
            segment: 0,
            position: 0,
            is_loaded: false,
            end: start,
            offsets_missing: start > 0,
            newest_timestamp: -1,
            findings: Vec::new(),
            damage: Vec::new(),
            stopped: false,
            refused: false,
            aborted: Vec::new(),
            seen: BTreeMap::new(),
            batches: 0,
            bytes_read: 0,
        })
    }

    fn begin_with(
        &mut self,
        slots: &[Slot],
        offset: i64,
        options: Options,
    ) -> Result<(), ReplayError> {
        let too_many = |_| ReplayError::TooManyProducers { path: self.folder.path.clone() };
        let mut loaded = memory::producers(slots.len().max(16));
        loaded.begin_reload();
        for slot in slots {
            memory::load(&mut loaded, slot).map_err(too_many)?;
        }
        loaded.finish_reload(offset);
        self.audit = watch(loaded.clone(), settings(self.folder, options, offset));
        self.producers = loaded;
        self.from_snapshot = Some(offset);
        self.offsets_missing = false;
        self.end = offset;
        Ok(())
    }

    /// Replays every batch that begins below this offset. Offsets already passed stay passed.
    ///
    /// # Errors
    /// A segment that the system can't read. What is wrong inside one is [`Replay::damage`].
    pub fn advance_to(&mut self, offset: i64) -> Result<(), ReplayError> {
        self.advance_before(offset, &mut ())
    }

    /// The same, before a witness.
    ///
    /// # Errors
    /// The same, and [`ReplayError::Stopped`] by the witness: the replay is then of no further use.
    pub fn advance_before(
        &mut self,
        offset: i64,
        witness: &mut dyn Witness,
    ) -> Result<(), ReplayError> {
        while !self.stopped && self.segment < self.folder.segments.len() {
            if self.folder.segments.get(self.segment).is_none_or(|(base, _)| *base >= offset) {
                break;
            }
            self.load_segment(witness)?;
            let part = self.watch(offset, witness)?;
            self.apply(part, witness)?;
            if self.position < self.bytes.len() || self.stopped {
                break;
            }
            (self.segment, self.position, self.is_loaded) = (self.segment + 1, 0, false);
        }
        Ok(())
    }

    /// The state of the producers, as Kafka's replay has it.
    #[must_use]
    pub const fn producers(&self) -> &Producers {
        &self.producers
    }

    /// The state as a leader that forgets nothing has it, batch by batch.
    #[must_use]
    pub const fn audited(&self) -> &Producers {
        self.audit.partition()
    }

    /// The offset of the snapshot that the replay began with.
    #[must_use]
    pub const fn began_with(&self) -> Option<i64> {
        self.from_snapshot
    }

    /// The offset after the last batch replayed.
    #[must_use]
    pub const fn end(&self) -> i64 {
        self.end
    }

    /// Whether offsets below this one, or all records of a batch, are missing from the log as
    /// compaction or retention leave it. What lies behind damage is not missing but unread, and
    /// what lies above the last segment's end never was compacted.
    #[must_use]
    pub fn offsets_missing_below(&self, offset: i64) -> bool {
        let short = self.end < offset;
        let goes_on = self.folder.segments.iter().any(|(base, _)| *base >= offset);
        if short { goes_on && !self.stopped } else { self.offsets_missing }
    }

    /// The newest timestamp so far, in milliseconds; -1 if there is none.
    #[must_use]
    pub const fn newest_timestamp(&self) -> i64 {
        self.newest_timestamp
    }

    /// What the audit found so far, in order of offsets.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The transactions that are open here.
    pub fn left_open(&self) -> impl Iterator<Item = Finding> {
        self.audit.left_open()
    }

    /// What could not be read or replayed.
    #[must_use]
    pub fn damage(&self) -> &[Damage] {
        &self.damage
    }

    /// The aborted transactions so far, in order of their markers.
    #[must_use]
    pub fn aborted(&self) -> &[Aborted] {
        &self.aborted
    }

    /// What was seen of each producer.
    #[must_use]
    pub const fn seen(&self) -> &BTreeMap<i64, Seen> {
        &self.seen
    }

    /// Batches read, those without a producer too.
    #[must_use]
    pub const fn batches(&self) -> u64 {
        self.batches
    }

    /// Bytes read.
    #[must_use]
    pub const fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    fn load_segment(&mut self, witness: &mut dyn Witness) -> Result<(), ReplayError> {
        if !self.is_loaded {
            if let Some((_, path)) = self.folder.segments.get(self.segment) {
                self.bytes = files::read(path, self.live, &mut || witness.goes_on())?;
            }
            self.is_loaded = true;
        }
        Ok(())
    }

    /// Steps over the batches of the current segment that begin below an offset.
    fn skip_below(&mut self, offset: i64) -> Result<(), ReplayError> {
        self.load_segment(&mut ())?;
        for item in Segment::headers(&self.bytes) {
            match item {
                Ok((_, batch)) if batch.header().next_offset() <= offset => {
                    self.position += batch.size_in_bytes();
                }
                _ => break,
            }
        }
        Ok(())
    }

    /// First pass: checks each batch and shows it to the audit, up to an offset or to damage.
    fn watch(&mut self, offset: i64, witness: &mut dyn Witness) -> Result<Part, ReplayError> {
        let bytes = std::mem::take(&mut self.bytes);
        let from = self.position;
        let mut part = Part { end: from, producers: HashSet::new(), markers: 0 };
        let mut outcome = Ok(());
        let mut segment = Segment::verified(bytes.get(from..).unwrap_or(&[]));
        while let Some(item) = segment.next() {
            let (position, batch) = match item {
                Ok((position, batch)) => (from + position, batch),
                Err(finding) => {
                    let position = from + finding.position;
                    let damage = self.damaged(position, DamageKind::Batch(finding.kind), &bytes);
                    if damage.is_legacy() {
                        self.damage.push(damage);
                        part.end = from + segment.position();
                        continue;
                    }
                    self.stop(damage);
                    part.end = position;
                    break;
                }
            };
            if batch.header().base_offset >= offset {
                break;
            }
            let read = match to_batch(&batch) {
                Ok(read) => read,
                Err(error) => {
                    let damage = self.damaged(position, DamageKind::Marker(error), &bytes);
                    self.stop(damage);
                    part.end = position;
                    break;
                }
            };
            part.end = position + batch.size_in_bytes();
            if batch.header().has_producer_id() {
                part.producers.insert(batch.header().producer_id);
                part.markers += usize::from(batch.header().attributes.is_control());
            }
            let at = Place { segment: self.segment, position: position as u64 };
            outcome = self.observe(&read, batch.size_in_bytes(), at, witness);
            if outcome.is_err() {
                break;
            }
        }
        self.bytes = bytes;
        outcome.map(|()| part)
    }

    fn observe(
        &mut self,
        batch: &Batch,
        size: usize,
        place: Place,
        witness: &mut dyn Witness,
    ) -> Result<(), ReplayError> {
        let header = &batch.header;
        self.batches += 1;
        self.bytes_read += size as u64;
        self.offsets_missing |= header.base_offset > self.end || header.records_count == 0;
        self.end = header.next_offset();
        self.newest_timestamp = self.newest_timestamp.max(header.max_timestamp);
        if header.has_producer_id() {
            let seen = self.seen.entry(header.producer_id).or_default();
            match header.attributes.is_control() {
                true => seen.markers += 1,
                false => {
                    seen.batches += 1;
                    seen.records += u64::from(header.last_offset_delta.max(0).unsigned_abs()) + 1;
                }
            }
        }
        let too_many = || ReplayError::TooManyProducers { path: self.folder.path.clone() };
        memory::make_room(self.audit.partition_mut(), 1).map_err(|_| too_many())?;
        let trails = trails_for(self.audit.partition());
        if trails > self.audit.trails_capacity() {
            self.audit.move_trails(vec![Trail::EMPTY; trails]);
        }
        let observed = self.audit.observe(batch).map_err(|_| too_many())?;
        let seen = witness.see(place, size, batch, &observed.findings);
        if seen.is_break() {
            return Err(ReplayError::Stopped);
        }
        self.findings.extend(observed.findings);
        let segment = self.folder.segments.get(self.segment).map_or(0, |(base, _)| *base);
        let entry = observed.completed.and_then(|txn| txn.index_entry());
        self.aborted.extend(entry.map(|entry| Aborted { segment, entry }));
        Ok(())
    }

    /// Second pass: what was checked goes into the state as one append (R37, R38).
    fn apply(&mut self, part: Part, witness: &mut dyn Witness) -> Result<(), ReplayError> {
        let from = self.position;
        self.position = part.end;
        if self.refused {
            return Ok(());
        }
        let too_many = |_| ReplayError::TooManyProducers { path: self.folder.path.clone() };
        let unknown = |id: &&i64| self.producers.producer(**id).is_none();
        let new = part.producers.iter().filter(unknown).count();
        memory::make_room(&mut self.producers, new).map_err(too_many)?;
        let transactions = part.producers.len() + part.markers;
        let mut scratch = Scratch::new(
            vec![PendingProducer::EMPTY; part.producers.len()],
            vec![IndexLine::EMPTY; index_lines(part.producers.len())],
            vec![PendingTransaction::EMPTY; transactions],
        );
        let mut end = part.end;
        // A batch that is refused ends the append: the ones before it are then taken without it.
        while let Err(stopped) = self.append(&mut scratch, (from, end), witness) {
            let Some((position, rejection)) = stopped else { return Err(ReplayError::Stopped) };
            let damage = self.damaged(position, DamageKind::Refused(rejection), &self.bytes);
            self.damage.push(damage);
            self.refused = true;
            end = position;
        }
        self.producers.handle_high_watermark(self.producers.map_end_offset());
        Ok(())
    }

    /// One append of the batches between two places of the segment. If it does not come to its end,
    /// which batch is refused; none if the witness ends it.
    fn append(
        &mut self,
        scratch: &mut Scratch<Vec<PendingProducer>, Vec<IndexLine>, Vec<PendingTransaction>>,
        (from, end): (usize, usize),
        witness: &mut dyn Witness,
    ) -> Result<(), Option<(usize, Box<Rejection>)>> {
        let origin = Origin::Replication;
        let now = Timestamp::from_millis(self.newest_timestamp);
        let mut append = self.producers.append(scratch, origin, now);
        let context = fencepost::broker::Context::replication(now);
        let bytes = self.bytes.get(from..end).unwrap_or(&[]);
        for (number, (position, batch)) in Segment::headers(bytes).flatten().enumerate() {
            if number % BETWEEN == 0 && witness.goes_on().is_break() {
                return Err(None);
            }
            let Ok(batch) = to_batch(&batch) else { continue };
            match append.push(&batch, &context) {
                Ok(Pushed::Added) => {}
                Ok(Pushed::Duplicate(_) | Pushed::Ended) => break,
                Err(rejection) => return Err(Some((from + position, Box::new(rejection)))),
            }
        }
        // Replication finds no duplicates, so nothing has ended the append.
        let _ = append.commit(|_completed| ());
        Ok(())
    }

    fn damaged(&self, position: usize, kind: DamageKind, bytes: &[u8]) -> Damage {
        let path = self.folder.segments.get(self.segment).map(|(_, path)| path);
        let file = path.and_then(|path| path.file_name());
        let rest = bytes.get(position..).unwrap_or_default();
        Damage {
            file: file.map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
            position: position as u64,
            kind,
            bytes: rest.len() as u64,
            later_segments: self.folder.segments.len().saturating_sub(self.segment + 1),
            is_zeros: !rest.is_empty() && rest.iter().all(|byte| *byte == 0),
        }
    }

    fn stop(&mut self, damage: Damage) {
        if !(self.live && damage.is_growing_tail()) {
            self.damage.push(damage);
        }
        self.stopped = true;
    }
}

fn watch(partition: Producers, settings: Settings) -> Watch {
    let trails = vec![Trail::EMPTY; trails_for(&partition)];
    Audit::new(partition, settings).with_trails(trails)
}

/// Twice as many trails as producers: hardly one then gives way to another.
fn trails_for(partition: &Producers) -> usize {
    memory::to_usize(partition.capacity()).saturating_mul(2)
}

fn settings(folder: &Folder, options: Options, from_offset: i64) -> Settings {
    let writers = if folder.is_coordinators() { Writers::Coordinator } else { Writers::Clients };
    let Options { expiration_ms, max_transaction_ms, .. } = options;
    Settings { writers, expiration_ms, max_transaction_ms, from_offset }
}

/// A batch as the core takes it. Control batches without a producer (a Raft log's) are not read.
pub(crate) fn to_batch(batch: &BatchView<&[u8]>) -> Result<Batch, MarkerError> {
    let header = *batch.header();
    if !header.attributes.is_control() || !header.has_producer_id() {
        return Ok(Batch::data(header));
    }
    Ok(match ControlBatch::read(batch)? {
        ControlBatch::Empty => Batch::empty_control(header),
        ControlBatch::EndTxn(marker) => Batch::end_transaction(header, marker),
    })
}
