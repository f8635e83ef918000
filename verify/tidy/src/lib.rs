//! What do the tests of the repository's own rules need to see of it?
//!
//! Every scan says how many things it must at least have seen, so that none passes by looking at
//! nothing.

mod rust;
mod tree;

pub use rust::{Function, Test, functions, outside_tests, tests};
pub use tree::{File, files, read, root};

/// The README's Rust, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
pub struct Readme;
