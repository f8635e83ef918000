//! What the benches measure, apart from how they are run.
//!
//! A [`Bed`] is one thing to measure in one state: fencepost's partition of so many producers with
//! such an index ([`known::Known`], [`filling::Filling`], [`turnover::Turnover`]), or the bare
//! memory accesses of the same operation ([`floor::Floor`]), or Kafka's classes in a process of
//! their own ([`kafka::Kafka`]). Each does some of the [`Operation`]s,
//! prepares a round without the clock and times it itself, so a bed may as well live in another
//! process. [`rounds`] runs beds in turns, so that a machine that slows down slows all of them.
//!
//! Every round counts the answers it got and panics if one is not what the operation is named
//! after: a bench of refusals never measures something else.

pub mod filling;
pub mod floor;
pub mod journals;
pub mod kafka;
pub mod known;
pub mod newcomers;
pub mod order;
pub mod plan;
pub mod recovery;
pub mod rounds;
pub mod snapshots;
pub mod turnover;
pub mod wires;

use std::fmt;
use std::time::Duration;

/// What is measured. All are of random producers, drawn anew each round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// The next batch of a known producer: admitted and recorded.
    AdmitRecord,
    /// The same, where the next batch to read depends on what was just recorded.
    AdmitRecordSerial,
    /// One of the five remembered batches again: admitted as a duplicate.
    Duplicate,
    /// The same, where the next batch to read depends on the answer.
    DuplicateSerial,
    /// New batches like those of [`Operation::AdmitRecord`], sixteen at hand at a time whose
    /// producers' memory is asked for first.
    AdmitRecordPrefetched,
    /// Duplicates like those of [`Operation::Duplicate`], in the same way.
    DuplicatePrefetched,
    /// A batch that is out of order: refused.
    Refusal,
    /// A known producer is looked up.
    Hit,
    /// An unknown producer is looked up.
    Miss,
    /// A new producer is loaded into a table that fills up to its capacity.
    Insert,
    /// A new producer's batch is admitted and recorded, and the oldest producer expires.
    NewProducer,
    /// A sweep over every producer that finds none expired; one operation is one producer looked
    /// at.
    Sweep,
    /// A version 1 snapshot is written; one operation is one producer.
    SnapshotWrite,
    /// A version 1 snapshot is checked and loaded into an empty partition; one operation is one
    /// producer.
    SnapshotRead,
    /// A new producer's batch is admitted and recorded.
    Newcomer,
    /// The same, sixteen at hand at a time whose memory is asked for first.
    NewcomerPrefetched,
    /// A sweep over every producer that finds all of them expired; one operation is one producer.
    ExpireAll,
    /// A version 1 snapshot is written to a new file in memory; one operation is one producer.
    FileWrite,
    /// The same into a file that keeps nothing, so that the system copies nothing: what the making
    /// takes.
    NowhereWrite,
    /// A version 1 snapshot is read from its file, checked, and every entry made; one operation is
    /// one producer.
    FileRead,
    /// The same, and every entry loaded into an empty partition.
    FileLoad,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::AdmitRecord => "admit + record",
            Self::AdmitRecordSerial => "admit + record, serial",
            Self::Duplicate => "duplicate look-up",
            Self::DuplicateSerial => "duplicate look-up, serial",
            Self::AdmitRecordPrefetched => "admit + record, prefetched",
            Self::DuplicatePrefetched => "duplicate look-up, prefetched",
            Self::Refusal => "refusal",
            Self::Hit => "index hit",
            Self::Miss => "index miss",
            Self::Insert => "index insert",
            Self::NewProducer => "new producer + expiry of one",
            Self::Sweep => "sweep that finds nothing",
            Self::SnapshotWrite => "snapshot v1 write",
            Self::SnapshotRead => "snapshot v1 read",
            Self::Newcomer => "new producer",
            Self::NewcomerPrefetched => "new producer, prefetched",
            Self::ExpireAll => "sweep that finds all",
            Self::FileWrite => "snapshot file write",
            Self::NowhereWrite => "snapshot write, kept nowhere",
            Self::FileRead => "snapshot file read",
            Self::FileLoad => "snapshot file read + load",
        })
    }
}

/// How many lines the index has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Load {
    /// Seven producers a line of twelve places: what [`fencepost::broker::index_lines`] gives.
    Stated,
    /// Six producers a line.
    Half,
}

impl Load {
    /// How many lines an index of this load has for so many producers.
    #[must_use]
    pub const fn lines(self, producers: usize) -> usize {
        match self {
            Self::Stated => fencepost::broker::index_lines(producers),
            Self::Half => producers.div_ceil(6),
        }
    }
}

/// One thing to measure, in one state.
pub trait Bed {
    /// Does `count` operations and says how long they took; `None` if this bed does not do them.
    /// Rounds with the same number draw the same producers, in every bed of the same size.
    fn round(&mut self, operation: Operation, round: u64, count: usize) -> Option<Duration>;
}

/// Runs and times.
pub fn timed<T>(run: impl FnOnce() -> T) -> (T, Duration) {
    let start = std::time::Instant::now();
    let result = run();
    (result, start.elapsed())
}
