//! A partition's refusals, told to C.

use fencepost::broker::{Reason, Rejection, ReloadFull};
use fencepost::window::BatchMetadata;

use crate::error::{Facts, Tell};
use crate::status::fencepost_status::*;

/// The status of a reason, with expected and got.
fn of_reason(reason: &Reason) -> (crate::status::fencepost_status, i64, i64) {
    match *reason {
        Reason::StaleEpoch { current, got } => (FENCEPOST_STALE_EPOCH, current.into(), got.into()),
        Reason::OutOfOrder { expected, got } => {
            (FENCEPOST_OUT_OF_ORDER, expected.into(), got.into())
        }
        Reason::NewEpochNotAtZero { got, .. } => (FENCEPOST_NEW_EPOCH_NOT_AT_ZERO, 0, got.into()),
        Reason::AboveVerified { lowest, got } => {
            (FENCEPOST_ABOVE_VERIFIED, lowest.into(), got.into())
        }
        Reason::UnknownNotAtZero { got } => (FENCEPOST_UNKNOWN_NOT_AT_ZERO, 0, got.into()),
        Reason::NeverWrittenNotAtZero { got } => {
            (FENCEPOST_NEVER_WRITTEN_NOT_AT_ZERO, 0, got.into())
        }
        Reason::NotVerified => (FENCEPOST_NOT_VERIFIED, 0, 0),
        Reason::InsideTransaction { first_offset } => {
            (FENCEPOST_INSIDE_TRANSACTION, first_offset, 0)
        }
        Reason::CoordinatorFenced { current, got } => {
            (FENCEPOST_COORDINATOR_FENCED, current.into(), got.into())
        }
        Reason::MarkerEpochNotAbove { current, got } => {
            (FENCEPOST_MARKER_EPOCH_NOT_ABOVE, current.into(), got.into())
        }
        Reason::SequenceReused { first_offset } => (FENCEPOST_SEQUENCE_REUSED, first_offset, 0),
        Reason::NewProducerRefused => (FENCEPOST_NEW_PRODUCER_REFUSED, 0, 0),
        Reason::ProducersFull { capacity } => (FENCEPOST_PRODUCERS_FULL, capacity.into(), 0),
        Reason::TransactionsFull { capacity } => (FENCEPOST_TRANSACTIONS_FULL, capacity.into(), 0),
        Reason::GuardsFull { capacity } => (FENCEPOST_GUARDS_FULL, capacity.into(), 0),
        Reason::ReplicaFull { capacity } => (FENCEPOST_REPLICA_FULL, capacity.into(), 0),
        Reason::ScratchFull { capacity, .. } => (FENCEPOST_SCRATCH_FULL, capacity.into(), 0),
        // The core may come to know more reasons; a test holds that none of today's is here.
        _ => (FENCEPOST_REFUSED, 0, 0),
    }
}

impl Tell for Rejection {
    fn facts(&self) -> Facts {
        let (status, expected, got) = of_reason(&self.reason);
        Facts::of(status, self.error_code().get())
            .numbers(expected, got)
            .of_producer(self.producer_id, self.producer_epoch)
    }

    fn window(&self) -> &[BatchMetadata] {
        &self.window
    }
}

impl Tell for ReloadFull {
    fn facts(&self) -> Facts {
        Facts::of(FENCEPOST_RELOAD_FULL, -1)
            .numbers(self.capacity.into(), 0)
            .of_producer(self.producer_id, -1)
    }
}

impl Tell for fencepost::pipeline::Refusal {
    fn facts(&self) -> Facts {
        let code = self.error_code().get();
        match self {
            Self::Rejected(rejection) => rejection.facts(),
            Self::Unresolved { producer_id, which } => Facts::of(FENCEPOST_UNRESOLVED, code)
                .numbers(which.to_bits().cast_signed(), 0)
                .of_producer(*producer_id, -1),
            Self::ProducerBusy { producer_id } => {
                Facts::of(FENCEPOST_PRODUCER_BUSY, code).of_producer(*producer_id, -1)
            }
            Self::PoolFull { capacity } => Facts::of(FENCEPOST_POOL_FULL, code)
                .numbers(i64::try_from(*capacity).unwrap_or(i64::MAX), 0),
            Self::VerificationWaits { producer_id } => {
                Facts::of(FENCEPOST_VERIFICATION_WAITS, code).of_producer(*producer_id, -1)
            }
            _ => Facts::of(FENCEPOST_REFUSED, code),
        }
    }

    fn window(&self) -> &[BatchMetadata] {
        match self {
            Self::Rejected(rejection) => &rejection.window,
            _ => &[],
        }
    }
}
