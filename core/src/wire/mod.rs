//! What is in a record batch v2: view, build, stamp, restamp, CRC-32C.

mod header;

pub use header::{Attributes, BatchHeader};
