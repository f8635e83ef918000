//! What does a journal cost a producer, when nothing waits for the disk?

use std::fs;
use std::io;
use std::path::PathBuf;

use crate::kafka::memory_folder;
use fencepost::ids::{Epoch, Identity, ProducerId, Timestamp};
use fencepost::journal::store::{Disk, Folder, Opened, Options, Store};
use fencepost::journal::{
    ClusterId, Cursor, Journal, Journaled, Payload, Recovery, Refused, TopicPartition, Track,
};
use fencepost::producer::{
    Answer, Attempt, Kind, NewBatch, Producer, Response, Settings, Slot, Verdict,
};

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
const BATCH: NewBatch = NewBatch { records: 1, max_timestamp: NOW, created: NOW };

type Slots = Vec<Slot>;
type Tracks = Vec<Track>;
type Both = Journaled<Slots, Tracks>;

fn producer(partitions: usize) -> Producer<Slots> {
    Producer::new(vec![Slot::EMPTY; partitions], Settings::new(Kind::Idempotent))
}

fn identity() -> Identity {
    Identity { id: ProducerId::new(7).expect("a positive number"), epoch: Epoch::ZERO }
}

fn cluster() -> ClusterId {
    ClusterId::new(b"fencepost-benches").expect("a short name")
}

fn is_written(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Written { base_offset: Some(_) })
}

/// A producer without a journal.
pub struct Alone {
    producer: Producer<Slots>,
    offset: i64,
}

impl Alone {
    /// Of one partition.
    #[must_use]
    pub fn new() -> Self {
        let mut producer = producer(1);
        producer.handle_identity(identity()).expect("there is none yet");
        Self { producer, offset: 0 }
    }

    /// Numbers a batch, and takes its acknowledgement and verdict.
    pub fn batch(&mut self) {
        let attempt = self.producer.assign(0, BATCH, NOW).expect("it may be numbered");
        let answer = Answer::Response(Response::ok(self.offset));
        self.offset += 1;
        self.producer.handle_response(attempt, answer, NOW).expect("it was sent");
        let ended = self.producer.take_verdict(0).expect("it is acknowledged");
        assert!(is_written(ended.verdict));
    }
}

impl Default for Alone {
    fn default() -> Self {
        Self::new()
    }
}

/// A folder whose syncs do nothing.
#[derive(Debug)]
pub struct Unsynced(Folder);

impl Disk for Unsynced {
    fn read(&mut self) -> io::Result<Option<Vec<u8>>> {
        self.0.read()
    }
    fn read_at(&mut self, at: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.0.read_at(at, buffer)
    }
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.append(bytes)
    }
    fn cut(&mut self, len: u64) -> io::Result<()> {
        self.0.cut(len)
    }
    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
    fn create_new(&mut self) -> io::Result<()> {
        self.0.create_new()
    }
    fn append_new(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.append_new(bytes)
    }
    fn sync_new(&mut self) -> io::Result<()> {
        Ok(())
    }
    fn replace(&mut self) -> io::Result<()> {
        self.0.replace()
    }
    fn sync_folder(&mut self) -> io::Result<()> {
        Ok(())
    }
    fn remove_new(&mut self) -> io::Result<()> {
        self.0.remove_new()
    }
}

/// A journal's file in memory, removed with its folder at the end.
struct Home(PathBuf);

impl Home {
    fn new() -> Self {
        let name = format!("fencepost-{}-journal", std::process::id());
        let mut folder = memory_folder().join(name);
        while folder.exists() {
            folder.as_mut_os_string().push("-");
        }
        fs::create_dir(&folder).expect("a folder in memory");
        Self(folder)
    }

    fn file(&self) -> PathBuf {
        self.0.join("bench.journal")
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

/// A producer with its journal in a file that is never synced.
pub struct Writing {
    store: Store<Unsynced>,
    both: Both,
    payload: Vec<u8>,
    buffer: Vec<u8>,
    /// The batch's number: its cursor.
    number: u64,
    compactions: u64,
    /// Given back last.
    home: Home,
}

impl Writing {
    /// Of so many partitions, with batches of `len` bytes and a file of at most `capacity`.
    #[must_use]
    pub fn new(partitions: usize, len: usize, capacity: u64) -> Self {
        let home = Home::new();
        let options = Options { slots: partitions, cluster: cluster(), capacity, adopt: false };
        let disk = Unsynced(Folder::new(&home.file()));
        let opened = Opened::open_on(disk, &home.file(), options).expect("a new journal");
        let mut store = opened.store;
        let mut both = Journaled::new(producer(partitions), opened.journal).expect("a new one");
        store.compact(&mut both).expect("it begins");
        both.handle_identity(identity()).expect("there is none yet");
        for slot in 0..both.producer().partitions() {
            let partition = i32::try_from(slot).expect("a few partitions");
            let of = TopicPartition { topic_id: [7; 16], partition };
            both.bind(slot, of, NOW).expect("a new slot");
        }
        let buffer = vec![0; Journal::<Tracks>::overhead() + len];
        let payload = vec![0x5A; len];
        Self { store, both, payload, buffer, number: 0, compactions: 0, home }
    }

    /// Numbers the next batch and writes its record, in front of which the verdict of the batch
    /// before stands. `None`: the journal is full.
    fn send(&mut self) -> Option<Attempt> {
        let cursor = Cursor::new(&self.number.to_be_bytes()).expect("eight bytes");
        let payload = Payload { bytes: &self.payload, cursor };
        let partitions = u64::from(self.both.producer().partitions());
        let slot = (self.number % partitions) as u32;
        let permit = match self.both.assign(slot, BATCH, payload, NOW, &mut self.buffer) {
            Ok(permit) => permit,
            Err(Refused::JournalFull) => return None,
            Err(refused) => panic!("{refused}"),
        };
        let records = &self.buffer[..permit.len()];
        self.store.commit(&mut self.both, records, NOW).expect("there is room");
        self.number += 1;
        Some(self.both.claim(permit).expect("it is written"))
    }

    fn acknowledge(&mut self, attempt: Attempt) {
        let offset = i64::try_from(self.number).expect("not that many");
        let answer = Answer::Response(Response::ok(offset));
        self.both.handle_response(attempt, answer, NOW).expect("it was sent");
        let ended = self.both.take_verdict(attempt.partition).expect("it is acknowledged");
        assert!(is_written(ended.verdict));
    }

    /// A batch from its numbers to its verdict; the journal is written anew when it says so.
    pub fn batch(&mut self) {
        if self.both.journal().should_compact() {
            self.store.compact(&mut self.both).expect("there is room");
            self.compactions += 1;
        }
        let attempt = self.send().expect("it was written anew in time");
        self.acknowledge(attempt);
    }

    /// How often the journal was written anew.
    #[must_use]
    pub const fn compactions(&self) -> u64 {
        self.compactions
    }

    /// Writes until nothing more goes in, the last batches unanswered.
    #[must_use]
    pub fn fill(mut self) -> Full {
        while let Some(attempt) = self.send() {
            self.acknowledge(attempt);
        }
        let (partitions, batches) = (self.both.producer().partitions() as usize, self.number);
        let (file, capacity) = (self.home.file(), self.store.len());
        Full { partitions, batches, capacity, file, _home: self.home }
    }
}

/// A journal that nothing more goes into.
pub struct Full {
    partitions: usize,
    batches: u64,
    capacity: u64,
    file: PathBuf,
    _home: Home,
}

impl Full {
    /// Bytes in the file.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.capacity
    }

    /// It holds at least a header.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.capacity == 0
    }

    /// Batches that were written to it.
    #[must_use]
    pub const fn batches(&self) -> u64 {
        self.batches
    }

    /// From the file to a journal that can be gone on with.
    #[must_use]
    pub fn recover(&self) -> Journal<Tracks> {
        let bytes = Folder::new(&self.file).read().expect("it was written").expect("it is there");
        let tracks = vec![Track::EMPTY; self.partitions];
        let read = Recovery::all(tracks, cluster(), self.capacity, &bytes);
        let (journal, summary) = read.expect("nothing of it is damaged");
        assert_eq!(summary.end, self.capacity);
        journal
    }
}
