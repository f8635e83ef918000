//! The handle, and where its memory is.

use fencepost::journal::Track;
use fencepost::producer::{Producer, Settings, Slot};

use super::machine::{Core, Machine};
use super::settings::Plan;
use crate::boundary::memory::Parts;
use crate::boundary::{Carver, Head, Lent, handle};
use crate::journal::{Open, Reading};
use crate::status::fencepost_status::{self, *};

/// A client's numbers: under which id, epoch and sequence each batch of each of its partitions goes
/// out, and what follows from each answer.
///
/// Made by fencepost_producer_new or fencepost_producer_init. One thread at a time may call
/// functions that take it without const; those that take it as const may run side by side with each
/// other. A partition is a number from 0 to partitions - 1; which topic's it is, the caller knows.
pub struct fencepost_producer {
    head: Head,
    pub(crate) machine: Machine,
    settings: Settings,
    slots: Lent<Slot>,
    tracks: Lent<Track>,
}
handle::opaque!(fencepost_producer, 0x6670_7072_6f64_0001_u64);

impl fencepost_producer {
    /// The producer, to ask it.
    pub(crate) fn core(&self) -> Result<&Core, fencepost_status> {
        match &self.machine {
            Machine::Plain(core) => Ok(core),
            Machine::Open(open) => Ok(open.producing.producer()),
            Machine::Closed(_) => Err(FENCEPOST_STATE),
        }
    }

    /// The producer, for what a journaled one does in another way or not at all.
    pub(crate) fn plain_mut(&mut self) -> Result<&mut Core, fencepost_status> {
        match &mut self.machine {
            Machine::Plain(core) => Ok(core),
            Machine::Open(_) | Machine::Closed(_) => Err(FENCEPOST_STATE),
        }
    }

    /// The open journal.
    pub(crate) fn open(&self) -> Result<&Open, fencepost_status> {
        match &self.machine {
            Machine::Open(open) => Ok(open),
            Machine::Plain(_) | Machine::Closed(_) => Err(FENCEPOST_STATE),
        }
    }

    /// The open journal, to write to it.
    pub(crate) fn open_mut(&mut self) -> Result<&mut Open, fencepost_status> {
        match &mut self.machine {
            Machine::Open(open) => Ok(open),
            Machine::Plain(_) | Machine::Closed(_) => Err(FENCEPOST_STATE),
        }
    }

    /// The open journal, if it is in storage of the caller.
    pub(crate) fn stored_mut(&mut self) -> Result<&mut Open, fencepost_status> {
        let open = self.open_mut()?;
        if open.is_in_file() { Err(FENCEPOST_STATE) } else { Ok(open) }
    }

    /// What is being read of a journal that is not open.
    pub(crate) fn reading(&mut self) -> Result<&mut Reading, fencepost_status> {
        match &mut self.machine {
            Machine::Closed(reading) => Ok(reading),
            Machine::Plain(_) | Machine::Open(_) => Err(FENCEPOST_STATE),
        }
    }

    /// Empty memory for a producer whose journal is to be opened.
    pub(crate) fn slots(&mut self) -> Result<Core, fencepost_status> {
        self.reading()?;
        // SAFETY: a producer whose journal is closed has no slots in use.
        let slots = unsafe { self.slots.lend(&Slot::EMPTY) };
        Ok(Producer::new(slots, self.settings))
    }

    /// Empty memory for a journal that is to be read or begun. What was read is forgotten.
    pub(crate) fn tracks(&mut self) -> Result<&'static mut [Track], fencepost_status> {
        *self.reading()? = Reading::Nothing;
        // SAFETY: nobody else has them: what was read is gone, and the journal is closed.
        Ok(unsafe { self.tracks.lend(&Track::EMPTY) })
    }

    /// A partition that there is, for the calls of the core that look past one that is not.
    pub(crate) fn check(&self, partition: u32) -> Result<(), fencepost_status> {
        if partition < self.core()?.partitions() {
            Ok(())
        } else {
            Err(FENCEPOST_PRODUCER_NO_PARTITION)
        }
    }
}

/// A producer's arrays.
pub(crate) struct Arrays {
    slots: &'static mut [Slot],
    tracks: &'static mut [Track],
}

impl Parts for fencepost_producer {
    type Plan = Plan;
    type Arrays = Arrays;

    fn lay_out(plan: Plan, carver: &mut Carver) -> Option<Arrays> {
        let partitions = usize::try_from(plan.partitions).ok()?;
        let slots = carver.array(partitions, Slot::EMPTY)?;
        let tracks = carver.array(if plan.journaled { partitions } else { 0 }, Track::EMPTY)?;
        Some(Arrays { slots, tracks })
    }

    fn make(plan: Plan, head: Head, arrays: Arrays) -> Self {
        let Plan { settings, journaled, .. } = plan;
        let (mut slots, tracks) = (Lent::of(arrays.slots), Lent::of(arrays.tracks));
        let machine = if journaled {
            Machine::Closed(Reading::Nothing)
        } else {
            // SAFETY: nobody had them yet.
            Machine::Plain(Producer::new(unsafe { slots.lend(&Slot::EMPTY) }, settings))
        };
        Self { head, machine, settings, slots, tracks }
    }

    /// The journal's file and its lock.
    fn release(&mut self) {
        self.machine = Machine::Closed(Reading::Nothing);
    }
}
