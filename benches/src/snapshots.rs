//! Kafka's snapshot file of a partition whose windows are full.

use std::fs;
use std::hint::black_box;
use std::path::PathBuf;
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
}

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
        Self { known, file, loaded, path: memory_folder().join(name) }
    }

    fn write(&mut self) {
        let written = v1::encode(self.known.partition().producers(), &mut self.file);
        assert_eq!(written, Ok(self.file.len()));
    }

    /// Into a file that was not there, as Kafka does.
    fn write_file(&mut self) -> Duration {
        fs::remove_file(&self.path).ok();
        let ((), spent) = timed(|| {
            self.write();
            fs::write(&self.path, &self.file).expect("a file");
        });
        spent
    }

    fn read_file(&mut self, load: bool) -> Duration {
        if !self.path.exists() {
            self.write_file();
        }
        let ((), spent) = timed(|| {
            self.file = fs::read(&self.path).expect("a file");
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
        for producer in v1::decode(&self.file).expect("written by the same code") {
            assert_eq!(self.loaded.load(&producer, now), Ok(true));
        }
        self.loaded.finish_reload(0);
        assert_eq!(self.loaded.len(), self.known.partition().len());
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
