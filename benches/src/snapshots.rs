//! Kafka's snapshot file of a partition whose windows are full.

use std::time::Duration;

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
}

impl Snapshots {
    /// A file of so many producers.
    #[must_use]
    pub fn new(producers: usize) -> Self {
        let known = Known::new(producers, Load::Stated);
        let mut file = vec![0; v1::encoded_len(producers).expect("a file's length")];
        let written = v1::encode(known.partition().producers(), &mut file);
        assert_eq!(written, Ok(file.len()));
        Self { known, file, loaded: empty(producers, producers, Load::Stated, Config::kafka_4_2()) }
    }

    fn write(&mut self) {
        let written = v1::encode(self.known.partition().producers(), &mut self.file);
        assert_eq!(written, Ok(self.file.len()));
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
        let ((), spent) = match operation {
            Operation::SnapshotWrite => timed(|| self.write()),
            Operation::SnapshotRead => timed(|| self.read()),
            _ => return None,
        };
        // A round is one whole file; the caller's count is scaled to it.
        Some(spent * u32::try_from(count).ok()? / self.loaded.capacity())
    }
}
