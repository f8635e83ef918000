//! What does a transactional producer ask its coordinators, and what may it send meanwhile?

mod manager;
mod values;

pub(crate) use manager::TransactionManager;
pub(crate) use values::{CallResult, FailBatches, Failure, OffsetsResult, Request, Step};
