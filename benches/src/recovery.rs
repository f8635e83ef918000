//! A log whose producers are found again by reading it.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::kafka::memory_folder;
use crate::known::{Boxed, empty};
use crate::order::{RECORDS, id};
use crate::{Load, timed};
use fencepost::broker::{Admission, Batch, Config, Context};
use fencepost::ids::{Epoch, Identity, ProducerId, Sequence, Stamp, Timestamp};
use fencepost::wire::{self, BatchBuilder, BatchOptions, RecordToWrite, Segment};

/// Bytes of the log that is measured.
pub const LOG_LEN: usize = 256 << 20;

/// A partition's folder with one segment: batches of ten records and about 1 KiB, of producers that
/// write in turn.
pub struct Log {
    folder: PathBuf,
    producers: usize,
    batches: usize,
}

impl Log {
    /// Writes about so many bytes of it, to memory where the system has such a folder.
    ///
    /// # Errors
    /// What the system says.
    pub fn write(producers: usize, len: usize) -> io::Result<Self> {
        let name = format!("fencepost-log-{}", std::process::id());
        // As Kafka names a partition's folder.
        let folder = memory_folder().join(name).join("log-0");
        fs::create_dir_all(&folder)?;
        let mut batch = template();
        let log = Self { folder, producers, batches: len / batch.len() };
        let mut file = io::BufWriter::new(fs::File::create(log.segment())?);
        for n in 0..log.batches {
            let sequence = i32::try_from(n / producers).expect("few") * RECORDS;
            let stamp = Stamp {
                identity: Identity {
                    id: ProducerId::new(id(n % producers)).expect("not negative"),
                    epoch: Epoch::ZERO,
                },
                base_sequence: Sequence::new(sequence).expect("not negative"),
            };
            wire::restamp(&mut batch, stamp).expect("a batch");
            let base_offset = n as i64 * i64::from(RECORDS);
            // The checksum does not cover it: brokers assign it.
            batch[..8].copy_from_slice(&base_offset.to_be_bytes());
            file.write_all(&batch)?;
        }
        file.flush()?;
        Ok(log)
    }

    fn segment(&self) -> PathBuf {
        self.folder.join("00000000000000000000.log")
    }

    /// Where it is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// How many producers have written to it.
    #[must_use]
    pub const fn producers(&self) -> usize {
        self.producers
    }

    /// How many batches it holds.
    #[must_use]
    pub const fn batches(&self) -> usize {
        self.batches
    }

    /// The offset behind its last record.
    #[must_use]
    pub fn end(&self) -> i64 {
        self.batches as i64 * i64::from(RECORDS)
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        if let Some(parent) = self.folder.parent() {
            fs::remove_dir_all(parent).ok();
        }
    }
}

/// Written now: Kafka forgets producers that have written nothing for a day.
fn template() -> Vec<u8> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
    let timestamp = i64::try_from(since.as_millis()).expect("milliseconds");
    let (mut buffer, value) = (vec![0; 2_048], [0x5A; 90]);
    let mut builder = BatchBuilder::new(&mut buffer, BatchOptions::default()).expect("room");
    for _ in 0..RECORDS {
        let record = RecordToWrite { timestamp, value: Some(&value), ..RecordToWrite::default() };
        builder.push(&record).expect("room");
    }
    let stamp = Stamp {
        identity: Identity {
            id: ProducerId::new(id(0)).expect("not negative"),
            epoch: Epoch::ZERO,
        },
        base_sequence: Sequence::ZERO,
    };
    builder.finish(Some(stamp)).expect("records").to_vec()
}

/// The partition that is made of a log, and the memory it is read into.
pub struct Recovery {
    partition: Boxed,
    piece: Vec<u8>,
}

/// Bytes read at a time: what a core's second cache holds.
const PIECE: usize = 256 << 10;

impl Recovery {
    /// Room for the producers of a log.
    #[must_use]
    pub fn new(log: &Log) -> Self {
        let partition = empty(log.producers, log.producers, Load::Stated, Config::kafka_4_2());
        Self { partition, piece: vec![0; PIECE] }
    }

    /// From the file to a partition that knows its producers. Each batch is taken as Kafka's
    /// recovery takes it: one append of its own, of what the leader accepted.
    ///
    /// # Panics
    /// If a batch is not good, or the partition then does not know what it should.
    pub fn open(&mut self, log: &Log, checked: bool) -> Duration {
        let (read, spent) = timed(|| self.read(&log.segment(), checked));
        assert_eq!(read.expect("a file"), log.batches, "every batch is good");
        assert_eq!(self.partition.map_end_offset(), log.end());
        assert_eq!(self.partition.len() as usize, log.producers);
        spent
    }

    fn read(&mut self, path: &Path, checked: bool) -> io::Result<usize> {
        let mut file = fs::File::open(path)?;
        let (mut kept, mut batches) = (0, 0);
        self.partition.begin_reload();
        loop {
            let filled = kept + read_up_to(&mut file, &mut self.piece[kept..])?;
            let (taken, used) = take(&mut self.partition, &self.piece[..filled], checked);
            batches += taken;
            if used == 0 {
                // Nothing is left, or no batch is.
                return Ok(batches);
            }
            self.piece.copy_within(used..filled, 0);
            kept = filled - used;
        }
    }
}

/// Takes the whole batches of a piece; how many they are, and how many bytes.
fn take(partition: &mut Boxed, piece: &[u8], checked: bool) -> (usize, usize) {
    let batches = if checked { Segment::verified(piece) } else { Segment::headers(piece) };
    let (mut taken, mut used) = (0, 0);
    let context = Context::replication(Timestamp::from_millis(0));
    for item in batches {
        // The last one of a piece is cut: it comes whole in the next.
        let Ok((position, view)) = item else { break };
        let batch = Batch::read(&view).expect("no marker");
        let base_offset = batch.header.base_offset;
        if let Ok(Admission::Append(ticket)) = partition.admit(&batch, &context) {
            taken += usize::from(matches!(partition.record(ticket, base_offset), Ok(None)));
        }
        used = position + view.size_in_bytes();
    }
    (taken, used)
}

fn read_up_to(file: &mut fs::File, mut room: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while !room.is_empty() {
        let read = file.read(room)?;
        if read == 0 {
            break;
        }
        filled += read;
        room = &mut room[read..];
    }
    Ok(filled)
}
