//! What can't be journaled now, and what can't be read?

use core::fmt;

use super::kept::Misfit;
use super::reader::Damage;
use super::value::ClusterId;
use crate::producer::Refusal;

/// Why nothing is to be written now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refused {
    /// The producer does not do it. Nothing has changed.
    Producer(Refusal),
    /// The buffer must have this many bytes. Nothing has changed.
    Buffer {
        /// Bytes it must have.
        wanted: usize,
    },
    /// The journal has no room: write it anew, or wait for verdicts. Nothing has changed.
    JournalFull,
    /// The journal was never written, or is being written anew: [`super::Journaled::compact`].
    Compacting,
    /// Something is written and not confirmed ([`super::Journaled::synced`],
    /// [`super::Journaled::lost`]), or what was lost is not known to be gone for good.
    Unsynced,
    /// Nobody said which partition this slot is: [`super::Journaled::bind`].
    NotBound,
    /// The slot is in use, or the partition has another one, now or in the journal: each can be
    /// bound once.
    Bound,
    /// What was read of this slot does not fit together.
    Misfit(Misfit),
}

/// Why a journal can't be gone on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecoverError {
    /// It can't be read.
    Damage(Damage),
    /// It is another cluster's: there its producer id is a stranger's (resolve spec J3).
    OtherCluster {
        /// Whose it is.
        journal: ClusterId,
    },
    /// A record is whole, and does not fit what stands before it.
    Misfit {
        /// Where it begins.
        offset: u64,
        /// What does not fit.
        misfit: Misfit,
    },
    /// There is nothing: no journal was written here.
    Empty,
    /// It ends before all that was known was written anew: the one that it was to replace counts.
    Incomplete {
        /// Where it ends.
        offset: u64,
    },
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Producer(refusal) => refusal.fmt(f),
            Self::Buffer { wanted } => write!(f, "the buffer must have {wanted} bytes"),
            Self::JournalFull => f.write_str("the journal has no room"),
            Self::Compacting => f.write_str("the journal is being written anew"),
            Self::Unsynced => f.write_str("something is written and not confirmed"),
            Self::NotBound => f.write_str("the slot is not bound to a partition"),
            Self::Bound => f.write_str("the slot or the partition is bound already"),
            Self::Misfit(misfit) => misfit.fmt(f),
        }
    }
}

impl fmt::Display for RecoverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damage(damage) => damage.fmt(f),
            Self::OtherCluster { journal } => {
                write!(f, "the journal is that of cluster {journal}")
            }
            Self::Misfit { offset, misfit } => write!(f, "record at byte {offset}: {misfit}"),
            Self::Empty => f.write_str("there is no journal"),
            Self::Incomplete { offset } => {
                write!(f, "the journal ends at byte {offset}, before it was complete")
            }
        }
    }
}

impl core::error::Error for Refused {}
impl core::error::Error for RecoverError {}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self::Producer(refusal)
    }
}
