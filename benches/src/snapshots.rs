//! Kafka's snapshot file of a partition whose windows are full.

use std::fs;
use std::hint::black_box;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::kafka::memory_folder;
use crate::known::{Boxed, Known, NOW, empty};
use crate::{Bed, Load, Operation, timed};
use fencepost::broker::Config;
use fencepost::ids::Timestamp;
use fencepost::snapshot::v1;

/// A partition, its file, and the memory to load it into.
pub struct Snapshots {
    known: Known,
    file: Vec<u8>,
    loaded: Boxed,
    path: PathBuf,
    piece: Vec<u8>,
}

/// Bytes written at a time.
const PIECE: usize = 128 << 10;

impl Snapshots {
    /// A file of so many producers.
    #[must_use]
    pub fn new(producers: usize) -> Self {
        let known = Known::new(producers, Load::Stated);
        let mut file = vec![0; v1::encoded_len(producers).expect("a file's length")];
        let written = v1::encode(known.partition().producers(), &mut file);
        assert_eq!(written, Ok(file.len()));
        let loaded = empty(producers, producers, Load::Stated, Config::kafka_4_2());
        let name = format!("fencepost-{}-{producers}.snapshot", std::process::id());
        let (path, piece) = (memory_folder().join(name), vec![0; PIECE]);
        Self { known, file, loaded, path, piece }
    }

    fn write(&mut self) {
        let written = v1::encode(self.known.partition().producers(), &mut self.file);
        assert_eq!(written, Ok(self.file.len()));
    }

    /// Into a file that was not there, as Kafka does.
    fn write_file(&mut self) -> Duration {
        fs::remove_file(&self.path).ok();
        let (written, spent) = timed(|| self.write_pieces());
        written.expect("a file");
        spent
    }

    /// In pieces that stay in a core's cache until the system has copied them. The header, whose
    /// checksum is known at the end, comes with the first piece if that is the last.
    fn write_pieces(&mut self) -> io::Result<()> {
        let mut file = fs::File::create(&self.path)?;
        let mut encoder = v1::encoder(self.known.partition().producers());
        let piece = &mut self.piece;
        let mut begin = v1::HEADER_LEN;
        piece[..begin].fill(0);
        loop {
            let written = encoder.fill(&mut piece[begin..]).expect("room for an entry");
            let ends = begin + written + v1::ENTRY_LEN <= piece.len();
            if ends && begin > 0 {
                piece[..begin].copy_from_slice(&encoder.header());
                return file.write_all(&piece[..begin + written]);
            }
            file.write_all(&piece[..begin + written])?;
            if ends {
                file.seek(SeekFrom::Start(0))?;
                return file.write_all(&encoder.header());
            }
            begin = 0;
        }
    }

    fn read_file(&mut self, load: bool) -> Duration {
        if !self.path.exists() {
            self.write_file();
        }
        let ((), spent) = timed(|| {
            read_into(&self.path, &mut self.file);
            if load {
                self.read();
            } else {
                let entries = v1::decode::<()>(&self.file).expect("written by the same code");
                let mut count = 0;
                for entry in entries {
                    black_box(&entry);
                    count += 1;
                }
                assert_eq!(count, self.known.partition().len());
            }
        });
        spent
    }

    fn read(&mut self) {
        self.loaded.begin_reload();
        let now = Timestamp::from_millis(NOW);
        let producers = v1::decode(&self.file).expect("written by the same code");
        let loaded = self.loaded.load_all(producers, now);
        self.loaded.finish_reload(0);
        assert_eq!(loaded, Ok(self.known.partition().len()));
        assert_eq!(self.loaded.len(), self.known.partition().len());
    }
}

/// Into memory that is there already: a heap that is as warm as the JVM's.
fn read_into(path: &Path, file: &mut [u8]) {
    fs::File::open(path).and_then(|mut open| open.read_exact(file)).expect("a file");
}

/// The bytes of a snapshot written and read, and nothing else: what the system takes.
pub struct Bytes {
    file: Vec<u8>,
    path: PathBuf,
}

impl Bytes {
    /// As many as a snapshot of so many producers has.
    #[must_use]
    pub fn new(producers: usize) -> Self {
        let name = format!("fencepost-{}-{producers}.bytes", std::process::id());
        let file = vec![0x5A; v1::encoded_len(producers).expect("a file's length")];
        Self { file, path: memory_folder().join(name) }
    }

    fn write(&self) -> Duration {
        fs::remove_file(&self.path).ok();
        timed(|| fs::write(&self.path, &self.file).expect("a file")).1
    }
}

impl Bed for Bytes {
    fn round(&mut self, operation: Operation, _: u64, count: usize) -> Option<Duration> {
        let spent = match operation {
            Operation::FileWrite => self.write(),
            Operation::FileRead | Operation::FileLoad => {
                if !self.path.exists() {
                    self.write();
                }
                timed(|| read_into(&self.path, &mut self.file)).1
            }
            _ => return None,
        };
        let producers = self.file.len() / v1::ENTRY_LEN;
        Some(spent * u32::try_from(count).ok()? / u32::try_from(producers).ok()?)
    }
}

impl Drop for Bytes {
    fn drop(&mut self) {
        fs::remove_file(&self.path).ok();
    }
}

impl Bed for Snapshots {
    fn round(&mut self, operation: Operation, _: u64, count: usize) -> Option<Duration> {
        let spent = match operation {
            Operation::SnapshotWrite => timed(|| self.write()).1,
            Operation::SnapshotRead => timed(|| self.read()).1,
            Operation::FileWrite => self.write_file(),
            Operation::FileRead => self.read_file(false),
            Operation::FileLoad => self.read_file(true),
            _ => return None,
        };
        // A round is one whole file; the caller's count is scaled to it.
        Some(spent * u32::try_from(count).ok()? / self.loaded.capacity())
    }
}

impl Drop for Snapshots {
    fn drop(&mut self) {
        fs::remove_file(&self.path).ok();
    }
}
