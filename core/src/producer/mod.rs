//! Which numbers does this batch carry, and what now, after this answer?

mod answer;
mod batch;
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
pub use machine::Producer;
pub use next::Next;
pub use refusal::{Refusal, Unexpected};
pub use restore::{RestoredBatch, RestoredPartition};
pub use settings::{Kind, MAX_UNDECIDED, Settings, TimestampType};
pub use slot::Slot;
pub use verdict::{Cause, Ended, Fatal, Notice, Verdict};
