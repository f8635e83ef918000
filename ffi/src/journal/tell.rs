//! What a journal refuses, told to C.

use fencepost::journal::{Misfit, RecoverError, Refused};

use crate::error::{Facts, Tell};
use crate::status::fencepost_status::{self, *};

const fn of_misfit(misfit: &Misfit) -> fencepost_status {
    match misfit {
        Misfit::NoSuchSlot(_) => FENCEPOST_PRODUCER_NO_PARTITION,
        _ => FENCEPOST_JOURNAL_MISFIT,
    }
}

fn saturating(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Tell for Refused {
    fn facts(&self) -> Facts {
        let status = match self {
            Self::Producer(refusal) => return refusal.facts(),
            Self::Buffer { wanted } => {
                let wanted = i64::try_from(*wanted).unwrap_or(i64::MAX);
                return Facts::of(FENCEPOST_JOURNAL_BUFFER, -1).numbers(wanted, 0);
            }
            Self::JournalFull => FENCEPOST_JOURNAL_FULL,
            Self::Compacting => FENCEPOST_JOURNAL_REWRITING,
            Self::Unsynced => FENCEPOST_JOURNAL_UNSYNCED,
            Self::NotBound => FENCEPOST_JOURNAL_NOT_BOUND,
            Self::Bound => FENCEPOST_JOURNAL_BOUND,
            Self::Misfit(misfit) => of_misfit(misfit),
            _ => FENCEPOST_REFUSED,
        };
        Facts::of(status, -1)
    }
}

impl Tell for RecoverError {
    fn facts(&self) -> Facts {
        match self {
            Self::Damage(damage) => {
                let next = damage.next.map_or(0, saturating);
                Facts::of(FENCEPOST_JOURNAL_DAMAGE, -1).at(damage.offset).numbers(next, 0)
            }
            Self::OtherCluster { .. } => Facts::of(FENCEPOST_JOURNAL_OTHER_CLUSTER, -1),
            Self::Misfit { offset, misfit } => Facts::of(of_misfit(misfit), -1).at(*offset),
            Self::Empty => Facts::of(FENCEPOST_JOURNAL_EMPTY, -1),
            Self::Incomplete { offset } => Facts::of(FENCEPOST_JOURNAL_INCOMPLETE, -1).at(*offset),
            _ => Facts::of(FENCEPOST_REFUSED, -1),
        }
    }
}

#[cfg(feature = "std")]
impl Tell for fencepost::journal::store::StoreError {
    fn facts(&self) -> Facts {
        use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        match self {
            Self::Io { offset, source, .. } => {
                let full = matches!(source.kind(), StorageFull | QuotaExceeded | FileTooLarge);
                let status = if full { FENCEPOST_JOURNAL_DISK_FULL } else { FENCEPOST_JOURNAL_IO };
                let number = source.raw_os_error().unwrap_or(0);
                Facts::of(status, -1).at(*offset).numbers(0, number.into())
            }
            Self::Held { .. } => Facts::of(FENCEPOST_JOURNAL_HELD, -1),
            Self::Recover { error, .. } => error.facts(),
            Self::Moved { .. } => Facts::of(FENCEPOST_JOURNAL_MOVED, -1),
            Self::Poisoned { source, .. } => {
                let number = source.as_ref().and_then(std::io::Error::raw_os_error).unwrap_or(0);
                Facts::of(FENCEPOST_JOURNAL_POISONED, -1).numbers(0, number.into())
            }
            Self::Refused(refused) => refused.facts(),
            _ => Facts::of(FENCEPOST_REFUSED, -1),
        }
    }
}
