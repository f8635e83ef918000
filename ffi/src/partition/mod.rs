//! A partition: what a broker knows of the producers that write to one log.

pub mod admission;
pub mod append;
pub mod config;
pub mod files;
pub mod growth;
pub mod handle;
pub mod lifecycle;
pub mod look;
pub(crate) mod offset;
pub mod pipeline;
pub mod rebuild;
pub mod snapshot;
pub mod storage;
pub mod tell;

pub use handle::fencepost_partition;
