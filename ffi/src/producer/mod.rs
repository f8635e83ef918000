//! A client's numbers: under which id, epoch and sequence each batch goes out, and what then.

pub mod handle;
pub(crate) mod machine;
pub mod restore;
pub mod send;
pub mod settings;
pub mod tell;
pub mod transactions;
pub mod verdict;
pub mod wire;

pub use handle::fencepost_producer;
