//! A producer's journal: how it comes back as itself after a crash.
//!
//! A journaled producer is one handle: the functions of [`crate::producer`] hold for it too, but
//! for those that would send what is not journaled, which have their own here.

pub mod item;
pub mod look;
mod machine;
pub mod open;
pub mod reader;
pub mod rewrite;
#[cfg(feature = "std")]
pub mod store;
pub mod tell;
pub mod value;
pub mod write;

pub(crate) use machine::{Open, Reading};
