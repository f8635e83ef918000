//! What would a slow, plain broker decide?
//!
//! A model of one partition's idempotent-producer state: `ProducerStateManager` and the append path
//! of `UnifiedLog`, read from the broker spec (sections 1 and 3 to 8.5) and from nothing else. It
//! shares no code and no author's habits with `fencepost`: maps and vectors, clones, no clever
//! representation. Where the two disagree, one of them has misread the spec.
//!
//! Every field is public, so that a test can compare whole states, not only answers.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod append_info;
mod entry;
mod manager;
mod partition;
mod profile;
pub mod sequence;
mod snapshot_dir;
pub mod snapshot_file;
mod txn_index;

pub use append_info::{AppendInfo, CompletedTxn};
pub use entry::{ProducerEntry, WINDOW_SIZE, WindowBatch};
pub use manager::{Config, Manager, UnreplicatedTxn, VerificationEntry};
pub use partition::{Answer, Append, Batch, Partition};
pub use profile::{Origin, Profile, Refusal};
pub use snapshot_dir::{Directory, snapshot_file_name};
pub use txn_index::{AbortedTxn, Collected, TxnIndex};
