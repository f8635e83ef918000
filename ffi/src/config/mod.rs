//! Does a client's configuration keep the guarantee?

pub mod finding;
pub mod resolve;
pub mod settings;
