//! What is in a record batch?

pub mod build;
pub mod log;
pub mod stamp;
pub mod tell;
pub mod view;
