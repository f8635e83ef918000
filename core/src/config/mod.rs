//! Does this producer configuration keep the guarantee?
