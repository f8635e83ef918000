//! A producer's refusals, told to C.

use fencepost::producer::{Refusal, Unexpected};

use crate::error::{Facts, Tell};
use crate::status::fencepost_status::*;

impl Tell for Refusal {
    fn facts(&self) -> Facts {
        let status = match self {
            Self::Fatal(_) => FENCEPOST_PRODUCER_FATAL,
            Self::NoSuchPartition => FENCEPOST_PRODUCER_NO_PARTITION,
            Self::RecordCount(_) => FENCEPOST_PRODUCER_RECORD_COUNT,
            Self::DeliveryTimeout => FENCEPOST_PRODUCER_DELIVERY_TIMEOUT,
            Self::NoIdentity => FENCEPOST_PRODUCER_NO_IDENTITY,
            Self::InFlight => FENCEPOST_PRODUCER_IN_FLIGHT,
            Self::Full => FENCEPOST_PRODUCER_FULL,
            Self::NotAnchored => FENCEPOST_PRODUCER_NOT_ANCHORED,
            Self::RetriesFirst => FENCEPOST_PRODUCER_RETRIES_FIRST,
            Self::Unsettled => FENCEPOST_PRODUCER_UNSETTLED,
            Self::OldRecords => FENCEPOST_PRODUCER_OLD_RECORDS,
            Self::MustAbort => FENCEPOST_PRODUCER_MUST_ABORT,
            Self::NothingToSend => FENCEPOST_PRODUCER_NOTHING_TO_SEND,
            Self::UnknownBatch => FENCEPOST_PRODUCER_UNKNOWN_BATCH,
            Self::CannotSplit => FENCEPOST_PRODUCER_CANNOT_SPLIT,
            _ => FENCEPOST_REFUSED,
        };
        let facts = Facts::of(status, -1);
        match self {
            Self::RecordCount(count) => facts.numbers(0, (*count).into()),
            _ => facts,
        }
    }
}

impl Tell for Unexpected {
    fn facts(&self) -> Facts {
        let status = match self {
            Self::NoSuchPartition => FENCEPOST_PRODUCER_NO_PARTITION,
            Self::UnknownBatch => FENCEPOST_PRODUCER_UNKNOWN_BATCH,
            Self::NeverSent => FENCEPOST_PRODUCER_NEVER_SENT,
            Self::AlreadyAnswered => FENCEPOST_PRODUCER_ALREADY_ANSWERED,
            Self::NotAsked => FENCEPOST_PRODUCER_NOT_ASKED,
            Self::Fatal => FENCEPOST_PRODUCER_FATAL,
            Self::Undecided => FENCEPOST_PRODUCER_UNDECIDED,
            Self::Nonsense => FENCEPOST_PRODUCER_NONSENSE,
            _ => FENCEPOST_REFUSED,
        };
        Facts::of(status, -1)
    }
}
