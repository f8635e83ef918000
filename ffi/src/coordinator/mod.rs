//! Which id and epoch does this producer get?

pub mod ids;
pub mod transaction;

pub use ids::fencepost_id_generator;
pub use transaction::fencepost_transaction;
