//! Which numbers does this batch carry, and what now, after this answer?
//!
//! A [`Producer`] gives each batch its id, epoch and sequence once, and from then on knows what may
//! be on the log. A lost answer does not become a duplicate, and a failure does not become a guess:
//! each batch ends as *written*, *not written* or *possibly written* ([`Verdict`]), and the words
//! are earned. It sends nothing itself: `handle_*` takes what came from outside, [`Producer::poll`]
//! says what to do next, and the other verbs do it.
//!
//! What makes it another producer than Kafka's own is told in `docs/deviations.md`: above all, that
//! OUT_OF_ORDER_SEQUENCE_NUMBER is not taken for "not written" (a broker that was restarted knows
//! one batch of a producer, not five), but the leader is asked, and answered by sending again the
//! one batch that it still knows.
//!
//! # A send loop
//! The transport is yours: `produce` stamps a batch's bytes ([`Attempt::stamp`],
//! [`crate::wire::stamp`]), sends them and waits for the answer. A client with several batches in
//! flight does the same with answers that come later; it also says when a connection is lost
//! ([`Producer::handle_disconnect`]) or a leader changes. One that lives long looks at
//! [`Producer::poll_identity`] in its loop: an id has 32768 epochs.
//!
//! ```
//! # use fencepost::error_code::ErrorCode;
//! # use fencepost::ids::{Epoch, Identity, ProducerId, Timestamp};
//! # use fencepost::producer::*;
//! # struct Wire { answers: std::vec::IntoIter<Answer>, sent: Vec<i32>, now: i64 }
//! # impl Wire {
//! #     fn now(&mut self) -> Timestamp { self.now += 10; Timestamp::from_millis(self.now) }
//! #     fn init_producer_id(&mut self) -> Identity {
//! #         Identity { id: ProducerId::new(7).unwrap(), epoch: Epoch::ZERO }
//! #     }
//! #     fn produce(&mut self, attempt: Attempt, _bytes: &[u8]) -> Answer {
//! #         self.sent.push(attempt.stamp.base_sequence.get());
//! #         self.answers.next().unwrap_or(Answer::Response(Response::ok(0)))
//! #     }
//! #     fn describe_producers(&mut self, _: ProducerId) -> Described {
//! #         Described::Listed { epoch: 0, last_sequence: 1 }
//! #     }
//! #     fn wait_until(&mut self, when: Timestamp) { self.now = when.as_millis(); }
//! # }
//! # let lost = [Answer::Response(Response::ok(0)), Answer::TimedOut,
//! #     Answer::Response(Response::error(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER))];
//! # let mut wire = Wire { answers: lost.to_vec().into_iter(), sent: vec![], now: 1_000 };
//! # let mut source = vec![vec![1u8], vec![2u8]].into_iter();
//! # let mut written = 0;
//! const PARTITION: u32 = 0;
//! let mut producer = Producer::<_>::new([Slot::EMPTY; 1], Settings::new(Kind::Idempotent));
//! producer.handle_identity(wire.init_producer_id())?;
//! // The bytes of the batches that have no verdict.
//! let mut bytes_of = std::collections::HashMap::<BatchId, Vec<u8>>::new();
//! let mut next_batch = source.next();
//! while next_batch.is_some() || producer.oldest_undecided(PARTITION).is_some() {
//!     let now = wire.now();
//!     match producer.poll(PARTITION, now) {
//!         Next::Send(batch) => {
//!             let attempt = producer.resend(PARTITION, now)?;
//!             let answer = wire.produce(attempt, &bytes_of[&batch]);
//!             producer.handle_response(attempt, answer, now)?;
//!         }
//!         Next::Describe { id, .. } => {
//!             producer.describe(PARTITION)?;
//!             producer.handle_described(PARTITION, wire.describe_producers(id), now)?;
//!         }
//!         Next::Timeout => producer.handle_timeout(PARTITION, now),
//!         Next::Split(batch) => producer.give_up(PARTITION, batch, now)?,
//!         Next::Idle => {
//!             let batch = NewBatch { records: 1, max_timestamp: now, created: now };
//!             if next_batch.is_some() && producer.may_assign(PARTITION, &batch, now).is_ok() {
//!                 let attempt = producer.assign(PARTITION, batch, now)?;
//!                 bytes_of.insert(attempt.batch, next_batch.take().expect("it is some"));
//!                 let answer = wire.produce(attempt, &bytes_of[&attempt.batch]);
//!                 producer.handle_response(attempt, answer, now)?;
//!                 next_batch = source.next();
//!             } else if let Some(why) = producer.fatal() {
//!                 return Err(why.to_string().into()); // what is left has its verdict
//!             } else if let Some(when) = producer.poll_timeout(PARTITION) {
//!                 wire.wait_until(when);
//!             }
//!         }
//!     }
//!     while let Some(ended) = producer.take_verdict(PARTITION) {
//!         println!("batch {}: {}", ended.batch.get(), ended.verdict);
//!         bytes_of.remove(&ended.batch);
//! #       written += usize::from(matches!(ended.verdict, Verdict::Written { .. }));
//!     }
//! }
//! # assert_eq!((written, wire.sent), (2, vec![0, 1, 1, 1]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Bounds
//! All memory is the caller's: one [`Slot`] a partition, 184 bytes and 72 for each of its places.
//! Every call is O(places), except those that say otherwise. Partitions don't share anything but
//! the producer id, so none can block another; each has its own epoch (resolve spec S6).

mod answer;
mod batch;
mod journaled;
mod machine;
mod next;
mod refusal;
mod resolve;
mod respond;
mod restore;
mod settings;
mod settle;
mod slot;
pub mod transactions;
mod verdict;

pub use answer::{Answer, Described, Response};
pub use batch::{Attempt, BatchId, NewBatch};
pub use journaled::Standing;
pub use machine::Producer;
pub use next::Next;
pub use refusal::{Refusal, Unexpected};
pub use restore::{RestoredBatch, RestoredPartition};
pub use settings::{Kind, MAX_UNDECIDED, Settings, TimestampType};
pub use slot::Slot;
pub use verdict::{Cause, Ended, Fatal, Notice, Verdict};
