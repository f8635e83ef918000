//! How is a partition's producer state put on disk and read back, and which files are kept?
//!
//! * [`v1`]: Kafka's `.snapshot` file, byte for byte. It keeps **one** batch a producer and loses
//!   that batch's own timestamp, so after a reload the window is narrower than before it.
//! * [`full`]: fencepost's own format, which keeps the whole window and its tags.
//! * [`files`]: which files to take, load and delete, as decisions over the caller's listing.
//! * [`rebuild`]: what to load and replay when a log is opened, recovered or truncated.
//!
//! Both formats are written and read as a stream, with no memory but an entry's. Both have their
//! checksum in front: into a file that can be written at a position an [`Encoder`] writes them in
//! one walk over the state; for a pipe there are `header` and `entry`, and the state is walked
//! twice.
//!
//! ```
//! use fencepost::broker::{Config, IndexLine, Partition, Slot, Storage};
//! use fencepost::ids::Timestamp;
//! use fencepost::snapshot::v1;
//! # let (slots, index) = ([Slot::<()>::EMPTY; 8], [IndexLine::EMPTY; 1]);
//! # let memory = || Storage { slots, index, transactions: [], guards: [] };
//! # let now = Timestamp::from_millis(0);
//! # let partition: Partition<_, _> = Partition::new(memory(), Config::kafka_4_2());
//! # let mut restored: Partition<_, _> = Partition::new(memory(), Config::kafka_4_2());
//! // Write: a buffer of the right size, or in pieces: `v1::encoder`.
//! let mut file = vec![0; v1::encoded_len(partition.producers().count()).unwrap()];
//! v1::encode(partition.producers(), &mut file)?;
//!
//! // Read: nothing is loaded unless all of it is good; or in pieces, `v1::Decoder`, and what was
//! // loaded counts only once the last of them was found good.
//! let producers = v1::decode(&file)?;
//! restored.begin_reload();
//! restored.load_all(producers, now)?;
//! restored.finish_reload(partition.map_end_offset());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod files;
pub mod full;
pub mod rebuild;
pub mod v1;

mod decoder;
mod encoder;
mod error;
mod format;

pub use decoder::{Decoder, Entries};
pub use encoder::Encoder;
pub use error::SnapshotError;
