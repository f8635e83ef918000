//! Holds `fencepost`'s broker room against Apache Kafka's own classes.
//!
//! Both sides get the same random operations: appends of every origin, markers of every transaction
//! version, verifications, truncations, restarts, retention. After each they must have given the
//! same answer and be in the same state. The Java side is described in `README.md`.

mod append;
mod batch;
mod generate;
pub mod java;
mod kafka;
mod log;
mod op;
mod producers;
pub mod random;
mod reshape;
mod rule;
mod run;
mod shrink;
mod state;
mod vector;
mod world;

pub use java::KafkaError;
pub use kafka::Kafka;
pub use op::Release;
pub use rule::Counts;
pub use run::{Difference, Outcome, Plan, run};
