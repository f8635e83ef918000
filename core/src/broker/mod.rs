//! May this batch be appended to this partition?
//!
//! A [`Partition`] is what a broker knows of the producers that write to one log: for each the last
//! epoch, the five newest batches and the open transaction. It decides as Kafka's `UnifiedLog` and
//! `ProducerStateManager` do, of a named release ([`Profile`]), and it keeps to the memory it was
//! given ([`Storage`]).
//!
//! ```
//! use fencepost::broker::{
//!     Admission, Batch, Config, Context, IndexLine, Partition, Slot, Storage, index_lines,
//! };
//! use fencepost::ids::Timestamp;
//! # use fencepost::wire::BatchHeader;
//! # let header = |sequence| BatchHeader {
//! #     base_offset: 0, batch_length: 49, partition_leader_epoch: 0, crc: 0,
//! #     attributes: Default::default(), last_offset_delta: 0, base_timestamp: 0,
//! #     max_timestamp: 0, producer_id: 7, producer_epoch: 0, base_sequence: sequence,
//! #     records_count: 1,
//! # };
//! let storage = Storage {
//!     slots: [Slot::EMPTY; 64],
//!     index: [IndexLine::EMPTY; index_lines(64)],
//!     transactions: [],
//!     guards: [],
//! };
//! let mut partition: Partition<_, _> = Partition::new(storage, Config::kafka_4_2().seed(0x5eed));
//! let context = Context::client(Timestamp::from_millis(1_700_000_000_000));
//!
//! let batch = Batch::data(header(0));
//! let Ok(Admission::Append(ticket)) = partition.admit(&batch, &context) else { panic!() };
//! let base_offset = 0; // … here the batch is written to the log
//! partition.record(ticket, base_offset)?;
//!
//! // The acknowledgement was lost, and the producer sends the batch again.
//! let Ok(Admission::Duplicate(seen)) = partition.admit(&batch, &context) else { panic!() };
//! assert_eq!(seen.first_offset(), 0);
//!
//! // Then it skips one.
//! let refused = partition.admit(&Batch::data(header(2)), &context).unwrap_err();
//! assert_eq!(refused.error_code().name(), Some("OUT_OF_ORDER_SEQUENCE_NUMBER"));
//! assert_eq!(
//!     refused.to_string(),
//!     "producer 7 epoch 0: sequence 2 is out of order: 1 comes next (R25; remembered 0..0 at 0)"
//! );
//! # Ok::<(), fencepost::broker::Stale>(())
//! ```

mod admission;
mod ages;
mod append;
mod batch;
mod carried;
mod check;
mod compaction;
mod config;
mod eviction;
mod growth;
mod guards;
mod index;
mod lifecycle;
mod partition;
mod produce;
mod recency;
mod rejection;
mod slot;
mod table;
mod transactions;
mod txn_index;
mod undecided;

pub use admission::{Admission, Stale, Ticket};
pub use append::{Append, PendingProducer, PendingTransaction, Pushed, Scratch};
pub use batch::{Batch, BatchKind, Context, NewProducers, Origin, TransactionVersion};
pub use carried::{ForeignTicket, TICKET_WORDS};
pub use config::{Config, ExpireBy, FullPolicy, Profile, UnknownProducer};
pub use guards::{Guard, Verification, VerificationEntry};
pub use index::{IndexLine, PRODUCERS_PER_LINE, index_lines};
pub use lifecycle::{ReloadFull, Swept};
pub use partition::{LogRange, Partition, ProducerDescription, Storage};
pub use produce::{ProduceError, TransactionalRequest, check_produce, unverified_answer};
pub use rejection::{Ended, Reason, Rejection, ScratchPart};
pub use slot::{ProducerFacts, Slot};
pub use table::Memory;
pub use transactions::{CompletedTransaction, OpenTransaction};
pub use txn_index::{
    AbortedTransaction, TXN_INDEX_ENTRY_LEN, TxnIndex, TxnIndexError, check_txn_index_append,
};
pub(crate) use undecided::{Foretold, Intent, Promised};
