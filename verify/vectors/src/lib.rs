//! Does an implementation decide as Kafka's broker does?
//!
//! Vectors in the format of broker spec 9.1 ([`mod@format`]), a [`Subject`] that anything can
//! implement, the [`runner`] that holds one against the other, and the long run of 9.5
//! ([`digest`]). Which subjects there are stands in [`subjects`].
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod cli;
mod core_subject;
pub mod digest;
pub mod errors;
mod fields;
pub mod format;
mod model_subject;
pub mod runner;
mod steps;
pub mod subject;
pub mod subjects;
mod wants;

pub use subject::{Config, Profile, Subject};
