//! What a device with NOR flash lives through: its board, its broker, and the power that fails.
//!
//! The device runs in an emulator and knows nothing of this. All that it asks goes over one wire,
//! so this end says at which of its operations the power is lost, and how much of a flash command
//! was done by then. One seed says everything.

pub mod chip;
pub mod cluster;
pub mod emulator;
pub mod life;
pub mod meter;
#[path = "../../request.rs"]
pub mod request;
