//! Which id and epoch does this producer get?
//!
//! Three machines, from the controller to the transactional id (KIP-98, KIP-360, KIP-890):
//! [`BlockAllocator`] gives brokers blocks of producer ids, [`IdGenerator`] hands a broker's out,
//! and [`TransactionMetadata`] is what a transaction coordinator knows of one transactional id.
//! They own no strings, no sets and no log: the caller keeps the metadata under its own key, the
//! partitions of the running transaction beside it, and writes the records.
//!
//! A change of a transactional id has two phases. A request gives a [`Transit`]; its record is
//! written; then [`TransactionMetadata::appended`] applies it and says what to answer, or
//! [`TransactionMetadata::append_failed`] takes it back. In between every other change is refused.
//!
//! ```
//! use fencepost::broker::TransactionVersion;
//! use fencepost::coordinator::{
//!     AddPartitions, Applied, EndStep, EndTransaction, Expected, IdGenerator, InitProducerId,
//!     Release, TransactionMetadata, TransactionState,
//! };
//! use fencepost::ids::Timestamp;
//! use fencepost::wire::MarkerKind;
//! # use fencepost::coordinator::{Refusal, Transit};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let write_to_the_log = |_: &Transit| ();
//! let now = Timestamp::from_millis(1_700_000_000_000);
//!
//! // The broker asks the controller for producer ids before it can hand one out.
//! let mut ids = IdGenerator::new();
//! assert!(ids.generate(now).is_err() && ids.poll_request());
//! ids.handle_sent(); // … here AllocateProducerIds goes to the controller, and comes back
//! ids.handle_block(1, 4000, 1000, now)?;
//!
//! // InitProducerId of a transactional id that nobody knew.
//! let request = InitProducerId::new(60_000, 900_000, Expected::parse(-1, -1)?)?;
//! let mut txn = TransactionMetadata::new(ids.generate(now)?, 0, Release::Kafka4_4, now);
//! let mut next_id = || ids.generate(now).map_err(|waiting| waiting.error_code());
//! let version = TransactionVersion::V2;
//! let transit = txn.init_producer_id(&request, version, &mut next_id, now)?;
//! write_to_the_log(&transit);
//! let Applied::Initialized(producer) = txn.appended(transit, now)? else { panic!() };
//! assert_eq!(producer.to_string(), "producer 4000 epoch 0");
//!
//! // The producer writes to a partition; the set of partitions is the caller's.
//! let mut partitions = vec![("orders", 0)];
//! let (producer_id, producer_epoch) = (producer.id.get(), producer.epoch.get());
//! let add = AddPartitions { producer_id, producer_epoch, version };
//! let transit = txn.add_partitions(&add, false, now)?.expect("one is new");
//! write_to_the_log(&transit);
//! assert_eq!(txn.appended(transit, now)?, Applied::PartitionsAdded);
//!
//! // It commits. It is answered when the verdict is written; the epoch is the next one.
//! let end = EndTransaction { producer_id, producer_epoch, verdict: MarkerKind::Commit, version };
//! let EndStep::Write(transit) = txn.end_transaction(&end, &mut next_id, now)? else { panic!() };
//! write_to_the_log(&transit);
//! let Applied::Ending(ending) = txn.appended(transit, now)? else { panic!() };
//! assert_eq!(ending.answer?.map(|next| next.epoch.get()), Some(1));
//!
//! // Then every partition gets its marker, and the transaction is over.
//! assert_eq!((ending.marker.producer_id, ending.marker.producer_epoch), (4000, 1));
//! partitions.clear();
//! let transit = ending.completion.when_none_left(partitions.len()).expect("none is left");
//! write_to_the_log(&transit);
//! assert_eq!(txn.appended(transit, now)?, Applied::Completed);
//! assert_eq!(txn.state(), TransactionState::CompleteCommit);
//!
//! // Whoever still has the old epoch is fenced.
//! let refused = txn.add_partitions(&add, false, now).unwrap_err();
//! assert_eq!(refused.error_code().name(), Some("PRODUCER_FENCED"));
//! assert_eq!(
//!     refused.to_string(),
//!     "epoch 0 is fenced: the current one is 1 (coordinator spec 6, 7, 8)"
//! );
//! # Ok(())
//! # }
//! ```
//!
//! Rules are cited as "coordinator spec 6"; `docs/spec/coordinator.md` of the repository says what
//! reading and running Kafka 4.4.0 corrects in that text. Where we deviate, the item's page says
//! so.

mod blocks;
mod end;
mod expiry;
mod generator;
mod init;
mod markers;
mod metadata;
mod partitions;
mod placement;
mod refusal;
mod requests;
mod state;
mod transit;

pub use blocks::{Allocation, BLOCK_LEN, BlockAllocator, BlockRefusal, IdBlock, NextProducerId};
pub use end::{EndStep, EndTransaction};
pub use generator::{BACKOFF_MS, IdGenerator, UnusableBlock, WaitingForBlock};
pub use init::{Expected, InitProducerId};
pub use markers::{Completion, Destination, Ending, Marker, MarkerStep};
pub use metadata::{Release, TransactionMetadata, TransactionRecord, is_epoch_exhausted};
pub use partitions::AddPartitions;
pub use placement::{coordinator_partition, java_string_hash, partition_of_hash};
pub use refusal::{Fault, Refusal, Resource};
pub use requests::{
    Api, Ownership, PartitionAccess, add_partitions_version, append_error, end_txn_version,
    transactional_id,
};
pub use state::TransactionState;
pub use transit::{Applied, Failed, Transit};
