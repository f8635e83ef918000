//! The C interface of fencepost. What a C programmer needs to know stands in
//! `include/fencepost.h`, which is made of this source; this is how it is built.
//!
//! Every exported function is thin: [`boundary`] checks what came from C (pointers, sizes, handles)
//! and turns panics into a status, the body translates and calls the core. The only `unsafe` blocks
//! that are not in `boundary` are the calls of its functions.
#![cfg_attr(not(feature = "std"), no_std)]
#![expect(non_camel_case_types, reason = "the names are those of C")]
#![expect(clippy::missing_safety_doc, reason = "the header's first comment says it for all")]

#[cfg(feature = "std")]
extern crate std;

pub mod audit;
pub mod batch;
mod boundary;
pub mod config;
pub mod coordinator;
pub mod error;
pub mod ids;
pub mod journal;
mod layout;
pub mod partition;
pub mod producer;
mod shapes;
pub mod status;
pub mod version;
pub mod wire;

#[cfg(all(not(feature = "std"), feature = "panic-handler", not(test)))]
#[panic_handler]
fn panicked(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}

/// Everything that the header declares, for the layouts, which are those of 64 bits.
#[cfg(target_pointer_width = "64")]
mod api {
    pub(crate) use crate::audit::*;
    pub(crate) use crate::batch::*;
    pub(crate) use crate::config::{finding::*, resolve::*, settings::*};
    pub(crate) use crate::coordinator::{ids::*, transaction::*};
    pub(crate) use crate::error::*;
    pub(crate) use crate::ids::*;
    pub(crate) use crate::journal::{item::*, look::*, open::*, rewrite::*, value::*, write::*};
    pub(crate) use crate::partition::{
        admission::*, append::*, config::*, lifecycle::*, look::*, pipeline::*, rebuild::*,
        storage::*,
    };
    pub(crate) use crate::producer::transactions::{
        answer::*, call::*, failure::*, manager::*, request::*,
    };
    pub(crate) use crate::producer::{restore::*, send::*, settings::*, verdict::*, wire::*};
    pub(crate) use crate::wire::{build::*, log::*, view::*};
}
