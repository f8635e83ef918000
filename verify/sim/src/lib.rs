//! Producers and brokers in virtual time, behind a wire that loses, delays and doubles; and a judge
//! of what was told of every record. See `docs/simulation.md`.
//!
//! A seed draws a [`Plan`]: the world's measures, and which faults happen when. [`run()`] lets it
//! happen, with fencepost's producer or with the reference client's rules ([`Who`]), in front of
//! fencepost's own broker rooms. The same plan is the same run.

pub mod client;
mod cluster;
mod core;
pub mod crashes;
pub mod disk;
pub mod doubles;
pub mod edges;
mod faults;
mod firsts;
pub mod judge;
mod lives;
pub mod named;
pub mod ours;
pub mod piece;
pub mod plan;
mod reappended;
pub mod reference;
pub mod regressions;
pub mod replica;
mod run;
pub mod topic;
mod wire;
mod world;
mod writes;

pub use crashes::CRASHES;
pub use doubles::DOUBLES;
pub use edges::EDGES;
pub use judge::Violation;
pub use named::{NAMED, Named, families, named};
pub use plan::{Fault, Plan, Shape};
pub use regressions::REGRESSIONS;
pub use run::{Outcome, Tally, keep_panics, run, shorten};
pub use world::{Who, World};
