//! A transactional client's dialogue with its coordinators.

pub mod answer;
pub mod call;
pub mod failure;
pub mod manager;
pub mod request;

pub use manager::fencepost_transaction_manager;
