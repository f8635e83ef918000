//! Idempotent producing, as pure state machines.
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

pub mod audit;
pub mod broker;
pub mod error_code;
pub mod ids;
pub mod snapshot;
pub mod window;
pub mod wire;
