//! What came from C, and may it be touched?
//!
//! An exported function first checks every pointer into one of the types of [`pointer`] (nothing is
//! read through them yet), then that what it writes lies apart from all else ([`apart`]), and only
//! then makes references. Handles are checked by [`handle`], panics are caught by [`guard`].

pub(crate) mod guard;
pub(crate) mod handle;
pub(crate) mod memory;
pub(crate) mod pointer;
pub(crate) mod sized;

pub(crate) use guard::{call, on, on_mut, plainly};
pub(crate) use handle::{Head, Opaque};
pub(crate) use memory::{Carver, Lent};
pub(crate) use pointer::{Extent, In, InBytes, InSlice, Out, OutBytes, OutSlice, apart, are_plain};
pub(crate) use sized::{Versioned, options};
