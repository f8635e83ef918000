//! The handle, and where its memory is.

use fencepost::producer::{Producer, Slot};

use super::settings::Plan;
use crate::boundary::memory::Parts;
use crate::boundary::{Carver, Head, handle};
use crate::status::fencepost_status::{self, *};

/// The core's type with the handle's memory.
pub(crate) type Core = Producer<&'static mut [Slot]>;

/// A client's numbers: under which id, epoch and sequence each batch of each of its partitions goes
/// out, and what follows from each answer.
///
/// Made by fencepost_producer_new or fencepost_producer_init. One thread at a time may call
/// functions that take it without const; those that take it as const may run side by side with each
/// other. A partition is a number from 0 to partitions - 1; which topic's it is, the caller knows.
pub struct fencepost_producer {
    head: Head,
    pub(crate) core: Core,
}
handle::opaque!(fencepost_producer, 0x6670_7072_6f64_0001_u64);

impl fencepost_producer {
    /// A partition that there is, for the calls of the core that look past one that is not.
    pub(crate) fn check(&self, partition: u32) -> Result<(), fencepost_status> {
        if partition < self.core.partitions() {
            Ok(())
        } else {
            Err(FENCEPOST_PRODUCER_NO_PARTITION)
        }
    }
}

impl Parts for fencepost_producer {
    type Plan = Plan;
    type Arrays = &'static mut [Slot];

    fn lay_out(plan: Plan, carver: &mut Carver) -> Option<Self::Arrays> {
        carver.array(usize::try_from(plan.partitions).ok()?, Slot::EMPTY)
    }

    fn make(plan: Plan, head: Head, slots: Self::Arrays) -> Self {
        Self { head, core: Producer::new(slots, plan.settings) }
    }
}
