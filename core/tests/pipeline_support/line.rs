//! A pipeline over a log that gives offsets, so that a test reads as the protocol goes.

use fencepost::broker::{
    Batch, CompletedTransaction, Config, Context, Guard, IndexLine, OpenTransaction, Origin, Slot,
    TransactionVersion, Verification, VerificationEntry,
};
use fencepost::pipeline::{Admission, Pipeline, Refusal, Ticket, Undecided};
use fencepost::window::BatchMetadata;

use crate::common::{at, partition};

pub(crate) type Tested = Pipeline<
    Vec<Undecided>,
    Vec<Slot>,
    Vec<IndexLine>,
    Vec<OpenTransaction>,
    Vec<VerificationEntry>,
>;

/// What became of a step.
#[derive(Debug)]
#[must_use]
pub(crate) enum Step {
    Begun(Ticket),
    Duplicate(BatchMetadata),
    Pending(Ticket),
    Refused(Box<Refusal>),
}

impl Step {
    #[track_caller]
    pub(crate) fn begun(self) -> Ticket {
        match self {
            Self::Begun(ticket) => ticket,
            other => panic!("wanted an undecided batch, got {other:?}"),
        }
    }

    #[track_caller]
    pub(crate) fn pending(self) -> Ticket {
        match self {
            Self::Pending(ticket) => ticket,
            other => panic!("wanted a pending batch, got {other:?}"),
        }
    }

    #[track_caller]
    pub(crate) fn duplicate(self, first_offset: i64) {
        match self {
            Self::Duplicate(seen) if seen.first_offset() == first_offset => {}
            other => panic!("wanted a duplicate of {first_offset}, got {other:?}"),
        }
    }

    #[track_caller]
    pub(crate) fn refused(self) -> Refusal {
        match self {
            Self::Refused(refusal) => *refusal,
            other => panic!("wanted a refusal, got {other:?}"),
        }
    }

    /// Refused by a rule of the partition's.
    #[track_caller]
    pub(crate) fn refused_by(self, rule: &str) -> fencepost::broker::Rejection {
        match self.refused() {
            Refusal::Rejected(rejection) if rejection.reason.rule() == rule => rejection,
            other => panic!("wanted a refusal by {rule}, got {other:?}"),
        }
    }
}

pub(crate) struct Line {
    pub(crate) pipeline: Tested,
    pub(crate) end: i64,
    pub(crate) now: i64,
}

impl Line {
    /// Room for so many producers, transactions and undecided batches.
    pub(crate) fn of(producers: usize, transactions: usize, pool: usize, config: Config) -> Self {
        let partition = partition(producers, transactions, 8, config);
        let pipeline = Pipeline::new(partition, vec![Undecided::EMPTY; pool]);
        Self { pipeline, end: 0, now: 1 }
    }

    pub(crate) fn new(config: Config) -> Self {
        Self::of(16, 16, 16, config)
    }

    pub(crate) fn one(&mut self, batch: Batch, context: &Context) -> Step {
        match self.pipeline.admit(&batch, context) {
            Ok(Admission::Append(permit)) => {
                Step::Begun(self.pipeline.begin(permit).expect("nothing came between"))
            }
            Ok(Admission::Duplicate(seen)) => Step::Duplicate(seen),
            Ok(Admission::Pending(ticket)) => Step::Pending(ticket),
            Err(refusal) => Step::Refused(Box::new(refusal)),
        }
    }

    /// A produce request.
    pub(crate) fn send(&mut self, batch: Batch) -> Step {
        self.one(batch, &Context::client(at(self.now)))
    }

    pub(crate) fn send_with(&mut self, guard: Guard, batch: Batch) -> Step {
        self.one(batch, &Context::client(at(self.now)).with_guard(guard))
    }

    pub(crate) fn coordinate(&mut self, batch: Batch) -> Step {
        self.one(batch, &Context::coordinator(at(self.now), TransactionVersion::V0))
    }

    pub(crate) fn replicate(&mut self, batch: Batch) -> Step {
        self.one(batch, &Context::new(Origin::Replication, at(self.now)))
    }

    /// The write of the oldest one has ended well. Offsets go up by ten.
    #[track_caller]
    pub(crate) fn written(&mut self, ticket: Ticket) -> Option<CompletedTransaction> {
        let completed = self.pipeline.record(ticket, self.end).expect("the oldest");
        self.end += 10;
        completed
    }

    /// The write has failed. Gives all that went with it.
    #[track_caller]
    pub(crate) fn failed(&mut self, ticket: Ticket) -> Vec<Ticket> {
        let mut gone = vec![];
        self.pipeline.abandon(ticket, |ticket| gone.push(ticket)).expect("undecided");
        gone
    }

    pub(crate) fn verify(
        &mut self,
        producer_id: i64,
        producer_epoch: i16,
        base_sequence: i32,
    ) -> Result<Guard, Refusal> {
        let supports_epoch_bump = false;
        let wanted =
            Verification { producer_id, producer_epoch, base_sequence, supports_epoch_bump };
        self.pipeline.start_verification(&wanted, at(self.now))
    }

    /// First and last sequence of every remembered batch, oldest first.
    pub(crate) fn window(&self, producer: i64) -> Vec<(i32, i32)> {
        let slot = self.pipeline.partition().producer(producer).expect("known");
        slot.window().iter().map(|b| (b.first_sequence(), b.last_sequence)).collect()
    }
}
