//! Which numbers does this batch carry, and what now, after this answer?

pub mod transactions;
