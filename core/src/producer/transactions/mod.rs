//! What does a transactional producer ask its coordinators, and what may it send meanwhile?
//!
//! [`TransactionManager`] is the dialogue of Kafka's transactional client as a state machine: the
//! states and calls of a transaction, what is to be sent to which coordinator in which order, and
//! what each answer means, for transaction versions 1 and 2 (KIP-98, KIP-360, KIP-890). It does as
//! Kafka's client 4.4.0 does, except where that stalls, breaks off or uses an identity twice
//! (`docs/deviations.md`).
//!
//! Commands come from the application, `handle_*` takes what came from outside, `poll_*` says what
//! to do next and changes nothing. A call that fails changes nothing. Strings, nodes, offsets and
//! batches are the caller's: the manager has neither memory of its own nor a clock.
//!
//! ```
//! use fencepost::error_code::ErrorCode;
//! use fencepost::ids::{Epoch, Identity, ProducerId, Timestamp};
//! use fencepost::producer::transactions::{
//!     Config, IdentityAnswer, PartitionFlag, Request, TransactionManager,
//! };
//!
//! let now = Timestamp::from_millis(0);
//! let mut manager = TransactionManager::new([PartitionFlag::NONE; 2], Config::new());
//! let mut asked = Vec::new();
//! // Sends what is asked for. Here all coordinators answer at once, and without error.
//! let mut dialogue = |manager: &mut TransactionManager<_>, incomplete_batches: bool| {
//!     while let Some(request) = manager.poll_request(incomplete_batches, now) {
//!         asked.push(request);
//!         let id = asked.len() as i32;
//!         manager.mark_sent(request, id).unwrap();
//!         let _step = match request {
//!             Request::FindCoordinator(_) => {
//!                 manager.handle_find_coordinator(id, ErrorCode::NONE, now)
//!             }
//!             Request::InitProducerId(_) => {
//!                 let identity = Identity { id: ProducerId::new(7).unwrap(), epoch: Epoch::ZERO };
//!                 manager.handle_init_producer_id(id, IdentityAnswer::of(identity), now)
//!             }
//!             Request::AddPartitions { .. } => {
//!                 let to_add = manager.partitions_to_add();
//!                 let results: Vec<_> = to_add.map(|p| (p, ErrorCode::NONE)).collect();
//!                 manager.handle_add_partitions(id, results, now)
//!             }
//!             _ => manager.handle_end_txn(id, IdentityAnswer::code(ErrorCode::NONE), now),
//!         };
//!     }
//! };
//!
//! manager.init()?;
//! dialogue(&mut manager, false);
//! assert!(manager.acknowledge().is_some_and(|(_, result)| result.is_ok()));
//!
//! manager.begin()?;
//! for partition in [0, 1] { manager.add_partition(partition)?; } // … a record for each
//! dialogue(&mut manager, true);
//! assert!(manager.may_number(0) && manager.may_number(1)); // the batches may go
//!
//! manager.commit()?;
//! dialogue(&mut manager, true);
//! assert!(manager.poll_result().is_none()); // … until the batches are complete
//! dialogue(&mut manager, false);
//! assert!(manager.acknowledge().is_some_and(|(_, result)| result.is_ok()));
//! assert_eq!(asked.len(), 4);
//! # Ok::<(), fencepost::producer::transactions::Refusal>(())
//! ```
//!
//! Not here: two-phase commit (KIP-939, Kafka 4.1 and later), and several groups' offsets at once.

mod answer;
mod config;
mod effect;
mod failure;
mod handle;
mod manager;
mod partitions;
mod poll;
mod request;
mod state;

pub use answer::{IdentityAnswer, IdentityStep, Mode, identity_answer};
pub use config::Config;
pub use failure::{Cause, Failure, Refusal, Unexpected};
pub use handle::{FailedBatch, Step};
pub use manager::{Call, FailBatches, TransactionManager};
pub use partitions::PartitionFlag;
pub use request::{Coordinator, InitProducerId, Request, RequestKind};
pub use state::State;
