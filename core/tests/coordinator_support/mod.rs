//! A coordinator of one transactional id, for tests: it writes every record at once, and keeps the
//! partitions and the completion that the core leaves to its caller.

#![allow(dead_code)] // Each test file uses a part.

use std::collections::BTreeSet;

use fencepost::broker::TransactionVersion;
use fencepost::coordinator::{
    AddPartitions, Applied, Completion, EndStep, EndTransaction, Ending, Expected, InitProducerId,
    Marker, Refusal, Release, TransactionMetadata, TransactionRecord, TransactionState, Transit,
};
use fencepost::error_code::ErrorCode;
use fencepost::ids::{Identity, ProducerId, Timestamp};
use fencepost::wire::MarkerKind;

pub(crate) const BOTH: [Release; 2] = [Release::Trunk2024_10, Release::Kafka4_4];
pub(crate) const TRUNK: Release = Release::Trunk2024_10;
pub(crate) const NEW: Release = Release::Kafka4_4;
pub(crate) const V0: TransactionVersion = TransactionVersion::V0;
pub(crate) const V2: TransactionVersion = TransactionVersion::V2;
pub(crate) const COMMIT: MarkerKind = MarkerKind::Commit;
pub(crate) const ABORT: MarkerKind = MarkerKind::Abort;
/// The producer id that tests begin with, and the first that the generator gives.
pub(crate) const P: i64 = 7;
pub(crate) const Q: i64 = 100;
pub(crate) const TIMEOUT: i32 = 1000;

pub(crate) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

pub(crate) fn code(refusal: Refusal) -> i16 {
    refusal.error_code().get()
}

/// A transactional id and what its caller keeps.
pub(crate) struct Txn {
    pub(crate) meta: TransactionMetadata,
    pub(crate) partitions: BTreeSet<u32>,
    pub(crate) completion: Option<Completion>,
    pub(crate) markers: Vec<Marker>,
    pub(crate) next_id: i64,
    /// What the source of new ids answers, if it fails.
    pub(crate) no_id: Option<ErrorCode>,
    pub(crate) server: TransactionVersion,
    pub(crate) now: i64,
}

pub(crate) fn record(pid: i64, epoch: i16, state: TransactionState) -> TransactionRecord {
    let is_begun = state != TransactionState::Empty;
    TransactionRecord {
        producer_id: pid,
        previous_producer_id: pid,
        next_producer_id: -1,
        producer_epoch: epoch,
        timeout_ms: TIMEOUT,
        state,
        start: at(if is_begun { 0 } else { -1 }),
        last_update: at(0),
        client_version: V0,
    }
}

impl Txn {
    pub(crate) fn of(meta: TransactionMetadata) -> Self {
        Self {
            meta,
            partitions: BTreeSet::new(),
            completion: None,
            markers: Vec::new(),
            next_id: Q,
            no_id: None,
            server: V0,
            now: 0,
        }
    }

    /// An id that nobody knew; its InitProducerId is still to come.
    pub(crate) fn unknown(release: Release) -> Self {
        let id = ProducerId::new(P).expect("is positive");
        Self::of(TransactionMetadata::new(id, 3, release, at(0)))
    }

    pub(crate) fn loaded(release: Release, record: TransactionRecord) -> Self {
        Self::of(TransactionMetadata::load(record, 3, release))
    }

    /// `(P, epoch, -1, state)`.
    pub(crate) fn in_state(release: Release, epoch: i16, state: TransactionState) -> Self {
        Self::loaded(release, record(P, epoch, state))
    }

    /// `(P, epoch, -1, state)`, written by a client of transaction version 2.
    pub(crate) fn in_state_v2(release: Release, epoch: i16, state: TransactionState) -> Self {
        let record = TransactionRecord { client_version: V2, ..record(P, epoch, state) };
        Self::loaded(release, record)
    }

    /// `(P, epoch, epoch - 1, Empty)`: a client bumped its epoch.
    pub(crate) fn bumped_to(release: Release, epoch: i16) -> Self {
        let mut txn = Self::in_state(release, epoch - 1, TransactionState::Empty);
        assert_eq!(txn.init(Some((P, epoch - 1))), Ok((P, epoch)));
        txn
    }

    pub(crate) fn server(mut self, server: TransactionVersion) -> Self {
        self.server = server;
        self
    }

    /// `(pid, epoch, last epoch, state)`.
    pub(crate) fn shape(&self) -> (i64, i16, i16, TransactionState) {
        let meta = &self.meta;
        (meta.producer_id(), meta.producer_epoch(), meta.last_producer_epoch(), meta.state())
    }

    pub(crate) fn new_id(
        next: &mut i64,
        no_id: Option<ErrorCode>,
    ) -> Result<ProducerId, ErrorCode> {
        if let Some(code) = no_id {
            return Err(code);
        }
        *next += 1;
        Ok(ProducerId::new(*next - 1).expect("is positive"))
    }

    pub(crate) fn request(expected: Option<(i64, i16)>) -> InitProducerId {
        let (pid, epoch) = expected.unwrap_or((-1, -1));
        let expected = Expected::parse(pid, epoch).expect("both or neither");
        InitProducerId::new(TIMEOUT, 900_000, expected).expect("a fine timeout")
    }

    pub(crate) fn prepare_init(
        &mut self,
        expected: Option<(i64, i16)>,
    ) -> Result<Transit, Refusal> {
        let Self { meta, next_id, no_id, server, now, .. } = self;
        let new_id = || Self::new_id(next_id, *no_id);
        meta.init_producer_id(&Self::request(expected), *server, new_id, at(*now))
    }

    pub(crate) fn init(&mut self, expected: Option<(i64, i16)>) -> Result<(i64, i16), i16> {
        let transit = self.prepare_init(expected).map_err(code)?;
        match self.meta.appended(transit, at(self.now)).map_err(code)? {
            Applied::Initialized(identity) => Ok(pair(identity)),
            Applied::Ending(ending) => Err(self.keep(ending).expect_err("asked again")),
            other => panic!("{other:?}"),
        }
    }

    fn keep(&mut self, ending: Ending) -> Result<Option<(i64, i16)>, i16> {
        self.markers.push(ending.marker);
        self.completion = Some(ending.completion);
        ending.answer.map(|identity| identity.map(pair)).map_err(code)
    }

    /// Adds partitions; NONE is `Ok`.
    pub(crate) fn add(&mut self, pid: i64, epoch: i16, partitions: &[u32]) -> Result<(), i16> {
        let request = AddPartitions { producer_id: pid, producer_epoch: epoch, version: V2 };
        let all = partitions.iter().all(|partition| self.partitions.contains(partition));
        let now = at(self.now);
        if let Some(transit) = self.meta.add_partitions(&request, all, now).map_err(code)? {
            assert_eq!(self.meta.appended(transit, now).map_err(code)?, Applied::PartitionsAdded);
            self.partitions.extend(partitions);
        }
        Ok(())
    }

    pub(crate) fn prepare_end(
        &mut self,
        (pid, epoch): (i64, i16),
        verdict: MarkerKind,
        version: TransactionVersion,
    ) -> Result<EndStep, Refusal> {
        let request = EndTransaction { producer_id: pid, producer_epoch: epoch, verdict, version };
        let Self { meta, next_id, no_id, now, .. } = self;
        meta.end_transaction(&request, || Self::new_id(next_id, *no_id), at(*now))
    }

    pub(crate) fn end(
        &mut self,
        client: (i64, i16),
        verdict: MarkerKind,
        version: TransactionVersion,
    ) -> Result<Option<(i64, i16)>, i16> {
        match self.prepare_end(client, verdict, version).map_err(code)? {
            EndStep::Done(identity) => Ok(identity.map(pair)),
            EndStep::Write(transit) => self.written(transit),
        }
    }

    /// The verdict is on the log.
    pub(crate) fn written(&mut self, transit: Transit) -> Result<Option<(i64, i16)>, i16> {
        match self.meta.appended(transit, at(self.now)).map_err(code)? {
            Applied::Ending(ending) => self.keep(ending),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn abort_if_timed_out(&mut self) -> Result<Option<Transit>, Refusal> {
        let Self { meta, next_id, no_id, server, now, .. } = self;
        meta.abort_if_timed_out(*server, || Self::new_id(next_id, *no_id), at(*now))
    }

    /// All markers are written, and the completion too.
    pub(crate) fn finish(&mut self) {
        self.partitions.clear();
        let completion = self.completion.take().expect("a transaction is ending");
        let transit = completion.when_none_left(0).expect("none is left");
        assert_eq!(self.meta.appended(transit, at(self.now)), Ok(Applied::Completed));
    }
}

pub(crate) fn pair(identity: Identity) -> (i64, i16) {
    (identity.id.get(), identity.epoch.get())
}
