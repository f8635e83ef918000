//! What does one broker hold of a partition: its log, what it knows of the producers, and what is
//! being written?

use std::collections::VecDeque;

use fencepost::broker::{
    self, Batch, Config, Context, IndexLine, Origin, Partition, PendingProducer,
    PendingTransaction, Pushed, Scratch, Slot, Storage, index_lines,
};
use fencepost::ids::Timestamp;
use fencepost::pipeline::{Admission, Pipeline, Ticket, Undecided};
use fencepost::producer::Described;
use fencepost::snapshot::v1;
use fencepost::wire::BatchHeader;

use crate::piece::{Entry, Numbers};

/// More than ever write to a partition in one run.
const PRODUCERS: usize = 48;

type Producers = Partition<Vec<Slot>, Vec<IndexLine>>;
type Slow = Pipeline<Vec<Undecided>, Vec<Slot>, Vec<IndexLine>>;
type Room = Scratch<Vec<PendingProducer>, Vec<IndexLine>, [PendingTransaction; 0]>;

/// Who leads, as far as a broker has heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Belief {
    /// The leader's number.
    pub leader: usize,
    /// The leader epoch.
    pub epoch: i32,
    /// Who is in the in-sync set.
    pub in_sync: Vec<bool>,
}

/// What the log has to say to a produce request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Appended here.
    Appended(i64),
    /// It is on the log, from this offset on, appended at this time.
    Duplicate(i64, i64),
    /// It is being written: the time that it was stamped with.
    Begun(Ticket, i64),
    /// It was sent again while it is being written.
    Pending(Ticket, i64),
    /// Refused with a code.
    Refused(i16),
}

/// A batch that is being written.
#[derive(Clone, Copy, Debug)]
struct Write {
    ticket: Ticket,
    entry: Entry,
    /// It is written, and waits for those that were begun before it.
    done: bool,
}

/// What became of writes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// On the log: under which offset.
    pub recorded: Vec<(Ticket, i64)>,
    /// Not on the log.
    pub abandoned: Vec<Ticket>,
}

/// One broker's replica of a partition.
#[derive(Debug)]
pub struct Replica {
    /// The log, oldest first.
    pub log: Vec<Entry>,
    /// Where it begins.
    pub start: i64,
    /// Where it ends.
    pub end: i64,
    /// The high watermark, as far as was heard.
    pub high_watermark: i64,
    /// Who leads.
    pub belief: Belief,
    /// As a leader: how far each replica has fetched.
    pub fetched: Vec<i64>,
    /// The leader is another one since the last fetch: what differs must go.
    pub must_truncate: bool,
    known: Slow,
    /// In the order in which they were begun.
    writes: VecDeque<Write>,
    room: Room,
    snapshots: Vec<(i64, Vec<u8>)>,
}

impl Replica {
    /// An empty log; the snapshot files hold what Kafka's version 1 does: one batch a producer. Its
    /// broker may write as many batches at a time as `pool`.
    #[must_use]
    pub fn new(belief: Belief, expiration_ms: u32, pool: usize) -> Self {
        let storage = Storage {
            slots: vec![Slot::EMPTY; PRODUCERS],
            index: vec![IndexLine::EMPTY; index_lines(PRODUCERS)],
            transactions: [],
            guards: [],
        };
        let brokers = belief.in_sync.len();
        let config = Config::kafka_4_2().expiration_ms(expiration_ms);
        Self {
            log: Vec::new(),
            start: 0,
            end: 0,
            high_watermark: 0,
            belief,
            fetched: vec![0; brokers],
            must_truncate: false,
            known: Pipeline::new(Partition::new(storage, config), vec![Undecided::EMPTY; pool]),
            writes: VecDeque::new(),
            room: Scratch::new(
                vec![PendingProducer::EMPTY; PRODUCERS],
                vec![IndexLine::EMPTY; index_lines(PRODUCERS)],
                [],
            ),
            snapshots: Vec::new(),
        }
    }

    /// The partition, of which nothing is being written.
    fn partition(&mut self) -> &mut Producers {
        self.known.partition_mut().expect("nothing is being written")
    }

    /// A client's batch, for a broker that writes at once. `entry.timestamp` is the records' own,
    /// `stamped` the one to write.
    ///
    /// # Panics
    /// If the partition's own ticket is stale: nothing comes between.
    pub fn produce(&mut self, entry: Entry, stamped: i64, clock: i64) -> Verdict {
        let entry = Entry { offset: self.end, timestamp: stamped, ..entry };
        let context = Context::client(Timestamp::from_millis(clock));
        let known = self.partition();
        match known.admit(&Batch::data(header(&entry)), &context) {
            Err(rejection) => Verdict::Refused(rejection.error_code().get()),
            Ok(broker::Admission::Duplicate(seen)) => {
                Verdict::Duplicate(seen.first_offset(), seen.timestamp)
            }
            Ok(broker::Admission::Append(ticket)) => {
                known.record(ticket, entry.offset).expect("nothing came between");
                self.push(entry);
                Verdict::Appended(entry.offset)
            }
        }
    }

    /// The same for a broker whose writes take long: what is admitted is being written, on top of
    /// what is being written already.
    ///
    /// # Panics
    /// If the pipeline's own permit is stale: nothing comes between.
    pub fn begin(&mut self, entry: Entry, stamped: i64, clock: i64) -> Verdict {
        let entry = Entry { offset: self.end, timestamp: stamped, ..entry };
        let context = Context::client(Timestamp::from_millis(clock));
        match self.known.admit(&Batch::data(header(&entry)), &context) {
            Err(refusal) => Verdict::Refused(refusal.error_code().get()),
            Ok(Admission::Duplicate(seen)) => {
                Verdict::Duplicate(seen.first_offset(), seen.timestamp)
            }
            Ok(Admission::Pending(ticket)) => {
                let under_way = self.writes.iter().find(|write| write.ticket == ticket);
                Verdict::Pending(ticket, under_way.expect("it was begun").entry.timestamp)
            }
            Ok(Admission::Append(permit)) => {
                let ticket = self.known.begin(permit).expect("nothing came between");
                self.writes.push_back(Write { ticket, entry, done: false });
                Verdict::Begun(ticket, stamped)
            }
        }
    }

    /// Whether it is not known yet what becomes of a write.
    #[must_use]
    pub fn is_writing(&self, ticket: Ticket) -> bool {
        self.writes.iter().any(|write| write.ticket == ticket)
    }

    /// How many batches are being written.
    #[must_use]
    pub fn writing(&self) -> usize {
        self.writes.len()
    }

    /// A batch is written: it is on the log once all before it are settled.
    pub fn written(&mut self, ticket: Ticket) -> Settled {
        for write in self.writes.iter_mut().filter(|write| write.ticket == ticket) {
            write.done = true;
        }
        self.record_done(Vec::new())
    }

    /// A write failed: neither is what follows it on the log, of its producer or, with `whole`, of
    /// the partition.
    ///
    /// # Panics
    /// If the pipeline does not know it.
    pub fn failed(&mut self, ticket: Ticket, whole: bool) -> Settled {
        let mut abandoned = Vec::new();
        let told = |ticket| abandoned.push(ticket);
        let known = &mut self.known;
        let done =
            if whole { known.abandon_from(ticket, told) } else { known.abandon(ticket, told) };
        done.expect("it is undecided");
        self.record_done(abandoned)
    }

    /// A write ended without an answer.
    ///
    /// # Panics
    /// If the pipeline does not know it.
    pub fn unknown(&mut self, ticket: Ticket) {
        self.known.mark_unknown(ticket).expect("it is undecided");
    }

    fn record_done(&mut self, abandoned: Vec<Ticket>) -> Settled {
        self.writes.retain(|write| !abandoned.contains(&write.ticket));
        let mut recorded = Vec::new();
        while let Some(write) = self.writes.front().copied().filter(|write| write.done) {
            self.writes.pop_front();
            recorded.push((write.ticket, self.end));
            self.known.record(write.ticket, self.end).expect("it is the oldest");
            self.push(Entry { offset: self.end, ..write.entry });
        }
        let left = self.writes.iter().map(|write| write.ticket);
        assert!(self.known.undecided().map(Undecided::ticket).eq(left), "the same are undecided");
        Settled { recorded, abandoned }
    }

    /// The broker leads no more, or ends: the oldest of what is being written land, the others
    /// never will. With `knows` it learns which; else they are on the log, and have to be read from
    /// there ([`Replica::reload`]).
    pub fn end_writes(&mut self, land: usize, knows: bool) -> Settled {
        if knows {
            for write in self.writes.iter_mut().take(land) {
                write.done = true;
            }
        } else {
            let landed: Vec<Entry> = self.writes.drain(..land).map(|write| write.entry).collect();
            for entry in landed {
                self.push(Entry { offset: self.end, ..entry });
            }
        }
        let mut settled = if knows { self.record_done(Vec::new()) } else { Settled::default() };
        self.known.abandon_all(|ticket| settled.abandoned.push(ticket));
        self.writes.clear();
        settled
    }

    /// What the leader has and this one has not.
    pub fn replicate(&mut self, entries: &[Entry], clock: i64) {
        self.replay(entries, clock);
        for entry in entries {
            self.push(*entry);
        }
        let end = self.end;
        self.partition().set_map_end_offset(end);
    }

    fn push(&mut self, entry: Entry) {
        self.end = entry.end();
        self.log.push(entry);
    }

    fn replay(&mut self, entries: &[Entry], clock: i64) {
        let now = Timestamp::from_millis(clock);
        let known = self.known.partition_mut().expect("nothing is being written");
        let mut append = known.append(&mut self.room, Origin::Replication, now);
        for entry in entries {
            let context = append.context();
            let pushed = append.push(&Batch::data(header(entry)), &context);
            assert!(matches!(pushed, Ok(Pushed::Added)), "what a leader took is taken: {pushed:?}");
        }
        append.commit(|_| ()).expect("nothing was refused");
    }

    /// Writes a snapshot of what is known, as when a segment is rolled and at a clean stop.
    pub fn take_snapshot(&mut self) {
        let known = self.known.partition().producers();
        let mut file = vec![0; v1::encoded_len(known.clone().count()).expect("few producers")];
        v1::encode(known, &mut file).expect("it was made as long");
        self.snapshots.retain(|(offset, _)| *offset != self.end);
        self.snapshots.push((self.end, file));
    }

    /// Stops and starts: loads the newest snapshot, and replays what is behind it. Of a producer
    /// that is not behind it, one batch is known then.
    pub fn reload(&mut self, clock: i64) {
        let (start, end) = (self.start, self.end);
        self.snapshots.retain(|(offset, _)| *offset > start && *offset <= end);
        let mut from = start;
        let known = self.known.partition_mut().expect("nothing is being written");
        known.begin_reload();
        if let Some((offset, file)) = self.snapshots.iter().max_by_key(|(offset, _)| *offset) {
            from = *offset;
            for producer in v1::decode(file).expect("what was written") {
                let now = Timestamp::from_millis(clock);
                known.load(&producer.into(), now).expect("as many as before");
            }
            known.finish_reload(from);
        } else {
            known.finish_reload_without_snapshot(start);
        }
        let behind = self.log.partition_point(|entry| entry.offset < from);
        let log = std::mem::take(&mut self.log);
        self.replay(&log[behind..], clock);
        self.log = log;
        self.partition().set_map_end_offset(end);
    }

    /// Takes away what the leader does not have.
    pub fn truncate_to_common(&mut self, leader: &Self, clock: i64) {
        let before = self.end;
        let shared = |entry: &Entry| {
            entry.end() <= leader.start || leader.find(entry.offset).is_some_and(|e| e == entry)
        };
        while self.log.last().is_some_and(|last| !shared(last)) {
            let last = self.log.pop().expect("it has a last");
            self.end = last.offset;
        }
        if self.end < before {
            self.high_watermark = self.high_watermark.min(self.end);
            self.reload(clock);
        }
    }

    /// The batch that begins at this offset.
    #[must_use]
    pub fn find(&self, offset: i64) -> Option<&Entry> {
        let at = self.log.partition_point(|entry| entry.offset < offset);
        self.log.get(at).filter(|entry| entry.offset == offset)
    }

    /// What lies behind this offset.
    #[must_use]
    pub fn behind(&self, offset: i64) -> &[Entry] {
        &self.log[self.log.partition_point(|entry| entry.offset < offset)..]
    }

    /// Deletes what is below this offset; what is known of producers stays.
    pub fn delete_below(&mut self, offset: i64) {
        if offset > self.start {
            self.start = offset;
            self.log.retain(|entry| entry.offset >= offset);
            let newest = self.snapshots.iter().map(|(offset, _)| *offset).max();
            self.known.handle_log_start(offset, newest);
        }
        if self.end < offset {
            self.start_empty(offset);
        }
    }

    /// Nothing is left: the log begins here. What is being written is for nothing.
    pub fn start_empty(&mut self, offset: i64) {
        self.end_writes(0, false);
        self.log.clear();
        self.snapshots.clear();
        (self.start, self.end) = (offset, offset);
        self.high_watermark = offset;
        self.fetched.fill(offset);
        self.partition().truncate_fully(offset);
    }

    /// Forgets producers whose time is over.
    pub fn sweep(&mut self, clock: i64) -> u32 {
        self.known.expire(Timestamp::from_millis(clock), u32::MAX).forgotten
    }

    /// DescribeProducers.
    #[must_use]
    pub fn describe(&self, id: i64) -> Described {
        match self.known.partition().producer(id).map(Slot::describe) {
            Some(known) => Described::Listed {
                epoch: known.producer_epoch,
                last_sequence: known.last_sequence,
            },
            None => Described::NotListed { log_start_offset: Some(self.start) },
        }
    }
}

fn header(entry: &Entry) -> BatchHeader {
    let Numbers { id, epoch, base } = entry.numbers;
    BatchHeader {
        base_offset: entry.offset,
        batch_length: 49,
        partition_leader_epoch: 0,
        crc: 0,
        attributes: fencepost::wire::Attributes::default(),
        last_offset_delta: entry.piece.numbers() - 1,
        base_timestamp: entry.timestamp,
        max_timestamp: entry.timestamp,
        producer_id: id,
        producer_epoch: epoch,
        base_sequence: base,
        records_count: entry.piece.numbers(),
    }
}
