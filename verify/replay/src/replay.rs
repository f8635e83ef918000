//! What is known of the producers at each offset of a log?

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::ops::ControlFlow;

use fencepost::audit::{Audit, Finding, Settings, Trail, Writers};
use fencepost::broker::{
    AbortedTransaction, Batch, IndexLine, Origin, PendingProducer, PendingTransaction, Rejection,
    Scratch, Slot, VerificationEntry, index_lines,
};
use fencepost::ids::Timestamp;
use fencepost::snapshot::v1;
use fencepost::wire::{BatchHeader, BatchView, ControlBatch, MarkerError};

use crate::memory::{self, Producers};
use crate::pieces::{Pieces, Walked};
use crate::{Damage, DamageKind, Folder, Place, ReplayError, Witness};

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
    /// The current segment, once it is open.
    pieces: Option<Pieces>,
    segment: usize,
    position: u64,
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

/// What one pass over a part of a segment learned.
struct Part {
    from: u64,
    end: u64,
    /// It came to the segment's end.
    is_through: bool,
    /// Of all its batches, by which the second pass knows them again.
    digest: u64,
    producers: HashSet<i64>,
    markers: usize,
}

impl Part {
    fn at(from: u64) -> Self {
        let (producers, markers) = (HashSet::new(), 0);
        Self { from, end: from, is_through: false, digest: 0, producers, markers }
    }
}

/// Takes a batch in: its CRC says all that is behind it, and the base offset stands before it.
const fn digest(before: u64, header: &BatchHeader) -> u64 {
    let batch = header.base_offset.cast_unsigned() ^ (header.crc as u64).rotate_left(32);
    (before.rotate_left(5) ^ batch).wrapping_mul(0x9e37_79b9_7f4a_7c15)
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
            pieces: None,
            segment: 0,
            position: 0,
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
            let mut pieces = self.open_segment()?;
            let part = self.watch(&mut pieces, offset, witness)?;
            self.apply(&mut pieces, &part, witness)?;
            if !self.live {
                pieces.is_unchanged()?;
            }
            if self.stopped || !part.is_through {
                self.pieces = Some(pieces);
                break;
            }
            (self.segment, self.position) = (self.segment + 1, 0);
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

    /// The current segment's file, at its start if it was not opened yet.
    fn open_segment(&mut self) -> Result<Pieces, ReplayError> {
        match (self.pieces.take(), self.folder.segments.get(self.segment)) {
            (Some(pieces), _) => Ok(pieces),
            (None, Some((_, path))) => Pieces::open(path),
            (None, None) => Err(ReplayError::NoPartition { path: self.folder.path.clone() }),
        }
    }

    /// Steps over the batches of the current segment that begin below an offset.
    fn skip_below(&mut self, offset: i64) -> Result<(), ReplayError> {
        let mut pieces = self.open_segment()?;
        pieces.walk(0, false, &mut (), |(), _, batch, behind| match batch {
            Ok(batch) if batch.header().next_offset() <= offset => {
                self.position = behind;
                ControlFlow::Continue(())
            }
            _ => ControlFlow::Break(()),
        })?;
        self.pieces = Some(pieces);
        Ok(())
    }

    /// First pass: checks each batch and shows it to the audit, up to an offset or to damage.
    fn watch(
        &mut self,
        pieces: &mut Pieces,
        offset: i64,
        witness: &mut dyn Witness,
    ) -> Result<Part, ReplayError> {
        let mut part = Part::at(self.position);
        let (mut damage, mut outcome) = (None, Ok(()));
        let len = pieces.len();
        let walked = pieces.walk(part.from, true, witness, |witness, position, item, behind| {
            let batch = match item {
                Ok(batch) => batch,
                Err(kind) => {
                    let found = self.damaged(position, DamageKind::Batch(kind), len);
                    if found.is_legacy() {
                        self.damage.push(found);
                        part.end = behind;
                        return ControlFlow::Continue(());
                    }
                    damage = Some(found);
                    return ControlFlow::Break(());
                }
            };
            if batch.header().base_offset >= offset {
                return ControlFlow::Break(());
            }
            let read = match to_batch(&batch) {
                Ok(read) => read,
                Err(error) => {
                    damage = Some(self.damaged(position, DamageKind::Marker(error), len));
                    return ControlFlow::Break(());
                }
            };
            part.end = behind;
            part.digest = digest(part.digest, batch.header());
            if batch.header().has_producer_id() {
                part.producers.insert(batch.header().producer_id);
                part.markers += usize::from(batch.header().attributes.is_control());
            }
            let at = Place { segment: self.segment, position };
            outcome = self.observe(&read, batch.size_in_bytes(), at, witness);
            if outcome.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        outcome?;
        part.is_through = walked == Walked::Through;
        if let Some(mut damage) = damage {
            damage.is_zeros = pieces.is_zeros(damage.position)?;
            self.stop(damage);
        }
        Ok(part)
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
    fn apply(
        &mut self,
        pieces: &mut Pieces,
        part: &Part,
        witness: &mut dyn Witness,
    ) -> Result<(), ReplayError> {
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
        while let Some((position, rejection)) =
            self.append(pieces, &mut scratch, part, end, witness)?
        {
            let kind = DamageKind::Refused(rejection);
            let damage = self.damaged(position, kind, pieces.len());
            self.damage.push(damage);
            self.refused = true;
            end = position;
        }
        self.producers.handle_high_watermark(self.producers.map_end_offset());
        Ok(())
    }

    /// One append of the part's batches before a place. Which batch is refused, if one is: nothing
    /// is appended then.
    fn append(
        &mut self,
        pieces: &mut Pieces,
        scratch: &mut Scratch<Vec<PendingProducer>, Vec<IndexLine>, Vec<PendingTransaction>>,
        part: &Part,
        end: u64,
        witness: &mut dyn Witness,
    ) -> Result<Option<(u64, Box<Rejection>)>, ReplayError> {
        let origin = Origin::Replication;
        let now = Timestamp::from_millis(self.newest_timestamp);
        let mut append = self.producers.append(scratch, origin, now);
        let context = fencepost::broker::Context::replication(now);
        let (mut refused, mut again) = (None, 0);
        pieces.walk(part.from, false, witness, |_, position, batch, _| {
            if position >= part.end {
                return ControlFlow::Break(());
            }
            let Ok(batch) = batch else { return ControlFlow::Continue(()) };
            again = digest(again, batch.header());
            if let (true, None, Ok(batch)) = (position < end, &refused, to_batch(&batch)) {
                // Replication finds no duplicates, so nothing else ends the append.
                if let Err(rejection) = append.push(&batch, &context) {
                    refused = Some((position, Box::new(rejection)));
                }
            }
            ControlFlow::Continue(())
        })?;
        if again != part.digest {
            // Else another log's batches would be refused, or taken in, for those that were seen.
            return Err(pieces.changed());
        }
        if refused.is_none() {
            let _ = append.commit(|_completed| ());
        }
        Ok(refused)
    }

    /// Damage in the current segment, of a file of so many bytes. Not that of zeros.
    fn damaged(&self, position: u64, kind: DamageKind, len: u64) -> Damage {
        let path = self.folder.segments.get(self.segment).map(|(_, path)| path);
        let file = path.and_then(|path| path.file_name());
        Damage {
            file: file.map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
            position,
            kind,
            bytes: len.saturating_sub(position),
            later_segments: self.folder.segments.len().saturating_sub(self.segment + 1),
            is_zeros: false,
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
