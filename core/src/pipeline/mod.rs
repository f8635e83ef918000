//! May a batch be appended while earlier ones are still being written?
//!
//! A [`crate::broker::Partition`] decides on one batch at a time: admit, write, record. Where a
//! write takes long (object storage, a replicated log) a [`Pipeline`] in front of it keeps what was
//! admitted and is not yet on the log, and decides on the next batch as if those before it were:
//! up to five undecided batches of a producer on top of each other, as many as a client has in
//! flight.
//!
//! ```text
//! admit(&self) ─▶ Append(permit) ─▶ begin ─▶ ticket ─▶ the write ─┬▶ record: it is on the log
//!             ├▶ Duplicate(batch)                                 ├▶ abandon(_from): it is not
//!             ├▶ Pending(ticket)                                  └▶ mark_unknown: not known yet
//!             └▶ Err(refusal)
//! ```
//!
//! ```
//! use fencepost::broker::{
//!     Batch, Config, Context, IndexLine, Partition, Slot, Storage, index_lines,
//! };
//! use fencepost::ids::Timestamp;
//! use fencepost::pipeline::{Admission, Pipeline, Undecided};
//! # use fencepost::wire::BatchHeader;
//! # let header = |sequence| BatchHeader {
//! #     base_offset: 0, batch_length: 49, partition_leader_epoch: 0, crc: 0,
//! #     attributes: Default::default(), last_offset_delta: 0, base_timestamp: 0,
//! #     max_timestamp: 0, producer_id: 7, producer_epoch: 0, base_sequence: sequence,
//! #     records_count: 1,
//! # };
//! # let storage = Storage {
//! #     slots: [Slot::EMPTY; 64],
//! #     index: [IndexLine::EMPTY; index_lines(64)],
//! #     transactions: [],
//! #     guards: [],
//! # };
//! let partition: Partition<_, _> = Partition::new(storage, Config::kafka_4_2().seed(0x5eed));
//! let mut pipeline = Pipeline::new(partition, [Undecided::EMPTY; 16]);
//! let context = Context::client(Timestamp::from_millis(1_700_000_000_000));
//! let (first, second) = (Batch::data(header(0)), Batch::data(header(1)));
//!
//! // Two batches are on their way to the object store, one on top of the other.
//! let Ok(Admission::Append(permit)) = pipeline.admit(&first, &context) else { panic!() };
//! let write_of_first = pipeline.begin(permit)?;
//! let Ok(Admission::Append(permit)) = pipeline.admit(&second, &context) else { panic!() };
//! let write_of_second = pipeline.begin(permit)?;
//!
//! // The connection breaks, and the client sends the second again. It is neither written once more
//! // nor acknowledged: it waits for the write that is under way.
//! assert_eq!(pipeline.admit(&second, &context), Ok(Admission::Pending(write_of_second)));
//!
//! // The first write fails. The second follows what does not exist, so it goes too.
//! let mut failed = vec![];
//! pipeline.abandon(write_of_first, |write| failed.push(write))?;
//! assert_eq!(failed, [write_of_first, write_of_second]);
//!
//! // Nothing of them is left: the client sends both again, and they are admitted anew.
//! for (batch, base_offset) in [(&first, 0), (&second, 1)] {
//!     let Ok(Admission::Append(permit)) = pipeline.admit(batch, &context) else { panic!() };
//!     let write = pipeline.begin(permit)?;
//!     pipeline.record(write, base_offset)?;
//! }
//! let Ok(Admission::Duplicate(seen)) = pipeline.admit(&second, &context) else { panic!() };
//! assert_eq!(seen.first_offset(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What it promises
//! * A verdict changes nothing, and a dropped permit leaves no trace. What was begun has to be
//!   settled: a forgotten ticket blocks every later batch of the partition, and is found in
//!   [`Pipeline::undecided`].
//! * Batches are recorded in the order in which they were begun, since a log's offsets rise; those
//!   without a producer take a place in that order too.
//! * Recording can't fail for want of room: a new producer's slot and a new transaction's place are
//!   kept from the moment a batch is begun, and a producer with undecided batches neither expires
//!   nor is pushed out. Other batches may be refused for the room that is kept. Who makes room for
//!   a new producer is decided when its batch is recorded, so nobody is forgotten for a failed
//!   write; if the sweep has passed the expired one by then ([`crate::broker::FullPolicy`]),
//!   another without an open transaction goes.
//! * What is abandoned has never been: slot, epoch, window, transaction and verification are those
//!   of before. So a refusal whose ground was an undecided batch (its remembered offset is -1) may
//!   turn out to have been too strict, once that batch is abandoned. It is never too lenient.
//!
//! # A write without an answer
//! A batch whose write timed out may be on the log ([`Pipeline::mark_unknown`]). Then its retries
//! stay pending, duplicates of recorded batches are answered as before, and whatever else its
//! producer sends is refused with a retriable code, because every verdict would hang on what is not
//! known. Other producers go on, but no batch that was begun later is recorded before it: a log
//! that has taken one of those tells by its offsets whether the unknown one is in front of it. A
//! reload settles all of them: [`Pipeline::abandon_all`], then load and replay through
//! [`Pipeline::partition_mut`].
//!
//! # Transactions
//! Batches and markers of transactions are decided on as the partition would: a marker may stand on
//! top of undecided batches, and more batches on top of the undecided marker. One thing waits: the
//! verification of a producer's next transaction, until the marker of the one before is recorded
//! ([`Refusal::VerificationWaits`]). A producer has one verification at a time, and the first must
//! still be there if its batches are abandoned. Clients are used to it: the coordinator too tells
//! them to try again until the marker is written (CONCURRENT_TRANSACTIONS).

mod admit;
mod meanwhile;
mod pool;
mod refusal;
mod settle;

pub use admit::{Admission, Permit, Pipeline};
pub use pool::{Ticket, Undecided};
pub use refusal::{NotUndecided, RecordError, Refusal, StalePermit};
