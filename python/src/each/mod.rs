//! Many batches, one call: the same as a call for each, without the cost of so many.
//!
//! Each goes on until one is refused, and says which: what came before it holds, and comes with the
//! exception; what comes behind it was not looked at.

mod broker;
mod producer;

pub(crate) use broker::{Appended, Batches, append};
