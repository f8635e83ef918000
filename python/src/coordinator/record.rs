//! What is written of a transactional id, and what comes of it?

use fencepost::broker::TransactionVersion;
use fencepost::coordinator as core;
use fencepost::ids::Identity as CoreIdentity;
use fencepost::wire::MarkerKind;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::{refused, release, state};
use crate::admit::transaction_version;
use crate::ids::Identity;
use crate::partition::millis;
use crate::value::value;

pub(super) const fn version_number(version: TransactionVersion) -> u8 {
    match version {
        TransactionVersion::V0 => 0,
        TransactionVersion::V1 => 1,
        TransactionVersion::V2 => 2,
    }
}

value! {
    /// What the transaction log holds of a transactional id, beside its partitions. Numbers that
    /// are not there are -1; `state` is one of `STATES`; times are milliseconds.
    TransactionRecord, in "fencepost.coordinator", check |this| this.to_core().map(|_| ()), {
        producer_id: i64,
        previous_producer_id: i64,
        next_producer_id: i64,
        producer_epoch: i16,
        timeout_ms: i32,
        state: String,
        start: i64,
        last_update: i64,
        client_version: u8,
    }

    /// What is left of it when it is read back, if it was written while `server_version` was the
    /// cluster's transaction version.
    #[pyo3(signature = (*, server_version, release = "4.4"))]
    fn stored(&self, server_version: u8, release: &str) -> PyResult<Self> {
        let server = transaction_version(server_version)?;
        Ok(Self::of(&self.to_core()?.stored(server, self::release(release)?)))
    }
}

impl TransactionRecord {
    pub(super) fn of(record: &core::TransactionRecord) -> Self {
        Self {
            producer_id: record.producer_id,
            previous_producer_id: record.previous_producer_id,
            next_producer_id: record.next_producer_id,
            producer_epoch: record.producer_epoch,
            timeout_ms: record.timeout_ms,
            state: record.state.name().to_owned(),
            start: record.start.as_millis(),
            last_update: record.last_update.as_millis(),
            client_version: version_number(record.client_version),
        }
    }

    pub(super) fn to_core(&self) -> PyResult<core::TransactionRecord> {
        Ok(core::TransactionRecord {
            producer_id: self.producer_id,
            previous_producer_id: self.previous_producer_id,
            next_producer_id: self.next_producer_id,
            producer_epoch: self.producer_epoch,
            timeout_ms: self.timeout_ms,
            state: state(&self.state)?,
            start: millis(self.start),
            last_update: millis(self.last_update),
            client_version: transaction_version(self.client_version)?,
        })
    }
}

value! {
    /// What WriteTxnMarkers says of a transaction. `version` is the client's transaction version.
    TransactionMarker, in "fencepost.coordinator", {
        producer_id: i64,
        producer_epoch: i16,
        coordinator_epoch: i32,
        commit: bool,
        version: u8,
    }
}

value! {
    /// What an applied transition means. `kind` is `initialized` or `partitions_added` (answer),
    /// `ending` (answer now, then write the marker to each of the transaction's partitions, and
    /// ask `completion` after each change of what is left of them, also at once), `completed`
    /// (forget the partitions) or `removed` (forget the transactional id). The answer is
    /// `error_code` with `identity`, -1 and -1 for `None`; after a load or a timeout nobody waits
    /// for it.
    Applied, in "fencepost.coordinator", {
        kind: String,
        error_code: i16,
        identity: Option<Identity>,
        marker: Option<TransactionMarker>,
    }
}

impl Applied {
    fn plain(kind: &str, identity: Option<CoreIdentity>) -> Self {
        let identity = identity.map(Identity::of);
        Self { kind: kind.to_owned(), error_code: 0, identity, marker: None }
    }

    pub(super) fn ending(
        answer: Result<Option<CoreIdentity>, core::Refusal>,
        marker: core::Marker,
    ) -> Self {
        let (error_code, identity) = match answer {
            Ok(identity) => (0, identity),
            Err(refusal) => (refusal.error_code().get(), None),
        };
        let marker = TransactionMarker {
            producer_id: marker.producer_id,
            producer_epoch: marker.producer_epoch,
            coordinator_epoch: marker.coordinator_epoch,
            commit: marker.kind == MarkerKind::Commit,
            version: version_number(marker.version),
        };
        Self { error_code, marker: Some(marker), ..Self::plain("ending", identity) }
    }

    /// And the completion to keep, of a transaction that ends.
    pub(super) fn of(applied: core::Applied) -> (Self, Option<core::Completion>) {
        let plain = match applied {
            core::Applied::Initialized(identity) => Self::plain("initialized", Some(identity)),
            core::Applied::PartitionsAdded => Self::plain("partitions_added", None),
            core::Applied::Ending(core::Ending { answer, marker, completion }) => {
                return (Self::ending(answer, marker), Some(completion));
            }
            core::Applied::Completed => Self::plain("completed", None),
            core::Applied::Removed => Self::plain("removed", None),
        };
        (plain, None)
    }
}

value! {
    /// What a failed append means. `kind` is `answer` (nothing changed: answer the code), `retry`
    /// (all markers are written: append the same transition again, later), `stop` (another broker,
    /// or a later load, completes the transaction) or `fatal` (the completion can't be written;
    /// `resume` begins the markers again).
    AppendFailed, in "fencepost.coordinator", {
        kind: String,
        error_code: i16,
    }
}

value! {
    /// The transaction has ended so already: answer NONE with this identity, -1 and -1 for `None`.
    AlreadyEnded, in "fencepost.coordinator", {
        identity: Option<Identity>,
    }
}

/// An expectation of -1 and -1 is none.
pub(super) fn expected(producer_id: i64, producer_epoch: i16) -> PyResult<Option<core::Expected>> {
    core::Expected::parse(producer_id, producer_epoch).map_err(refused)
}
