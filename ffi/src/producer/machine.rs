//! What is behind a producer's handle: a producer, or one with its journal?

use fencepost::journal::{Journaled, Track};
use fencepost::producer::{Producer, Slot};

use crate::journal::{Open, Reading};

/// The core's producer with the handle's memory.
pub(crate) type Core = Producer<&'static mut [Slot]>;
/// The same with a journal.
pub(crate) type Journaling = Journaled<&'static mut [Slot], &'static mut [Track]>;

pub(crate) enum Machine {
    /// Without a journal.
    Plain(Core),
    /// Its journal is not open yet, or could not be opened.
    Closed(Reading),
    /// With its journal.
    Open(Open),
}

/// What both kinds of producer do under the same name.
macro_rules! either {
    ($producer:expr, $it:ident => $call:expr) => {
        match &mut $producer.machine {
            $crate::producer::machine::Machine::Plain($it) => $call,
            $crate::producer::machine::Machine::Open(open) => {
                let $it = &mut open.producing;
                $call
            }
            $crate::producer::machine::Machine::Closed(_) => {
                return Err($crate::status::fencepost_status::FENCEPOST_STATE);
            }
        }
    };
}
pub(crate) use either;
