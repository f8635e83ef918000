//! Holds what fencepost says of Kafka's idempotent producer against Kafka's own classes.
//!
//! `java/` drives `Sender`, `TransactionManager` and `RecordAccumulator` of Kafka 4.4.0 over a dead
//! wire and a still clock, one line a step. [`rules`] is what they do, in Rust, defects included.
//! Both obey the same scripts; see `README.md`.

mod hold;
mod lines;
pub mod ours;
pub mod rules;
mod script;
pub mod subjects;
pub mod vectors;
pub mod world;

use std::path::Path;

pub use fencepost_oracle::java::KafkaError;
use fencepost_oracle::java::{Java, Side};

pub use hold::{Difference, Disturb, Held, Plan, hold};
pub use lines::{Lines, NotCovered};

/// Kafka's own classes, in a process that serves many scripts.
///
/// # Errors
/// [`KafkaError`], if Java or Maven are missing or the build fails.
pub fn kafka() -> Result<Java, KafkaError> {
    Java::start(&Side {
        module: &Path::new(env!("CARGO_MANIFEST_DIR")).join("java"),
        sources: &[],
        main: "org.apache.kafka.clients.producer.internals.Driver",
        arguments: &[],
    })
}

/// The same; `None` if it can't be had here and need not: `CI=true` makes that an error.
///
/// # Errors
/// [`KafkaError`]; a missing program only with `CI=true`.
pub fn kafka_or_skip(what: &str) -> Result<Option<Java>, KafkaError> {
    match kafka() {
        Ok(java) => Ok(Some(java)),
        Err(KafkaError::Missing(program)) if std::env::var("CI").as_deref() != Ok("true") => {
            println!("SKIPPED: {what} is not held against Kafka: no {program}");
            Ok(None)
        }
        Err(why) => Err(why),
    }
}
