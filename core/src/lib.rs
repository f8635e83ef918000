//! Idempotent producing, as pure state machines: the part of Kafka that keeps a lost
//! acknowledgement from becoming a duplicate. No std, no allocation, no clock, no I/O, no panic.
//!
//! Every Kafka producer with idempotence on has an id and an epoch, and numbers its batches; the
//! broker remembers each producer's last five, answers a repeated one with its first offset, and
//! refuses gaps and zombies. This crate is both ends of that bookkeeping, in the memory you give
//! it: [`broker::Partition`] and [`producer::Producer`]. Their modules' pages have examples.
//!
//! | you write | begin with |
//! |---|---|
//! | a broker or log server | [`broker`], and [`wire::validate`] for what clients send |
//! | its restart and its replicas | [`snapshot`], [`broker::Partition::append`] |
//! | one whose writes take long | [`pipeline`] |
//! | a tool that reads logs | [`wire::Segment`], [`audit`] |
//! | a client | [`producer`], [`producer::transactions`], [`config`] |
//! | one that comes back after a crash | [`journal`] |
//! | its batches | [`wire::BatchBuilder`], [`wire::stamp`] |
//! | what gives producers their ids | [`coordinator`] |
//!
//! Rules are cited as (R25): `docs/rules.md` of the repository lists them with their sources. Of
//! which release they are is chosen by [`broker::Profile`].
//!
//! Feature `std`, off by default, computes CRC-32C with the processor's instruction, compares the
//! tags of an index line at once on x86-64, and has the journal's file.
#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unwrap_used
    )
)]

#[cfg(feature = "std")]
extern crate std;

pub mod audit;
pub mod broker;
pub mod config;
pub mod coordinator;
pub mod error_code;
pub mod ids;
pub mod journal;
pub mod pipeline;
pub mod producer;
pub mod snapshot;
pub mod window;
pub mod wire;

mod lanes;
mod prefetch;
