//! What may the application do, and what became of it?

use core::fmt;

use super::config::Config;
use super::failure::{Cause, Failure, Refusal};
use super::partitions::{PartitionFlag, Partitions};
use super::request::{Coordinator, RequestKind, Wait};
use super::state::State;
use crate::error_code::ErrorCode;
use crate::ids::{Identity, Timestamp};

/// The dialogue of one transactional producer with its coordinators, in fixed memory.
///
/// `M` is one [`PartitionFlag`] a partition the application writes to, by the caller's index: an
/// array, a slice, a `Vec` or a box. It numbers no batches: it says who writes
/// ([`Self::identity`]), what may be sent ([`Self::may_send`]) and what must be failed
/// ([`Self::poll_batches`]), and learns which batches failed ([`Self::handle_batch_failed`]).
#[derive(Clone, Debug)]
pub struct TransactionManager<M> {
    pub(super) partitions: Partitions<M>,
    pub(super) config: Config,
    pub(super) identity: Option<Identity>,
    pub(super) state: State,
    pub(super) failure: Option<Failure>,
    pub(super) call: Option<PendingCall>,
    pub(super) in_flight: Option<InFlight>,
    pub(super) completion: Option<Completion>,
    pub(super) offsets: Option<Offsets>,
    /// Of the requests that add something to the transaction: which was asked for first.
    pub(super) offsets_first: bool,
    pub(super) transaction_coordinator: Lookup,
    pub(super) group_coordinator: (u32, Lookup),
    /// When InitProducerId or EndTxn may be sent: only one of the two is wanted at a time.
    pub(super) wait: Wait,
    pub(super) add_wait: Wait,
    pub(super) unknown_since: Option<Timestamp>,
    /// The coordinator has confirmed that something was added to the transaction.
    pub(super) started: bool,
    /// An addition may have reached the coordinator without an answer.
    pub(super) in_doubt: bool,
    /// The identity may not be used in another transaction.
    pub(super) bump_required: bool,
    /// The InitProducerId that is asked for is one that raises the epoch.
    pub(super) bumping: bool,
    pub(super) can_bump: bool,
    pub(super) transaction_v2: bool,
    pub(super) features: Features,
}

/// A call whose result the application must take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    /// [`TransactionManager::init`].
    Init,
    /// [`TransactionManager::commit`].
    Commit,
    /// [`TransactionManager::abort`].
    Abort,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Init => "init",
            Self::Commit => "commit",
            Self::Abort => "abort",
        })
    }
}

/// Which batches are to be failed now, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailBatches {
    /// All of them: the producer is done for.
    All(Failure),
    /// Those that were never numbered. Numbered ones go on until they are answered.
    NeverNumbered(Failure),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct PendingCall {
    pub(super) call: Call,
    pub(super) outcome: Option<Result<(), Failure>>,
    /// EndTxn was confirmed: what happens to the next epoch does not undo it.
    pub(super) ended: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct InFlight {
    pub(super) kind: RequestKind,
    pub(super) correlation_id: i32,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Completion {
    pub(super) commit: bool,
    pub(super) transaction_v2: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Offsets {
    pub(super) group: u32,
    pub(super) phase: Phase,
    pub(super) wait: Wait,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// AddOffsets is to be sent, or sent again.
    Add {
        sent: bool,
    },
    /// TxnOffsetCommit is to be sent.
    Commit,
    Done,
    Failed(Failure),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Lookup {
    pub(super) known: bool,
    pub(super) wait: Wait,
}

impl Lookup {
    pub(super) const UNKNOWN: Self = Self { known: false, wait: Wait::NONE };
    pub(super) const KNOWN: Self = Self { known: true, wait: Wait::NONE };
}

/// What brokers told of the feature `transaction.version`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Features {
    pub(super) finalized_epoch: i64,
    pub(super) transaction_version: i16,
}

/// The commands of the application.
impl<M: AsRef<[PartitionFlag]> + AsMut<[PartitionFlag]>> TransactionManager<M> {
    /// A producer that has not asked for an identity. Wipes the flags: O(partitions).
    pub fn new(flags: M, config: Config) -> Self {
        Self {
            partitions: Partitions::new(flags),
            config,
            identity: None,
            state: State::Uninitialized,
            failure: None,
            call: None,
            in_flight: None,
            completion: None,
            offsets: None,
            offsets_first: false,
            transaction_coordinator: Lookup::UNKNOWN,
            group_coordinator: (0, Lookup::UNKNOWN),
            wait: Wait::NONE,
            add_wait: Wait::NONE,
            unknown_since: None,
            started: false,
            in_doubt: false,
            bump_required: false,
            bumping: false,
            can_bump: false,
            transaction_v2: false,
            features: Features { finalized_epoch: -1, transaction_version: 0 },
        }
    }

    /// Asks for an identity, which fences every older producer of the transactional id (producer
    /// spec 6.2). O(1).
    ///
    /// # Errors
    /// [`Refusal::Failed`], [`Refusal::Unacknowledged`], or [`Refusal::State`] unless
    /// uninitialized. While its own result is unacknowledged, calling it again is no error.
    pub fn init(&mut self) -> Result<(), Refusal> {
        self.check_no_error()?;
        if self.is_repeated(Call::Init)? {
            return Ok(());
        }
        self.check_state(State::Uninitialized)?;
        self.enter(State::Initializing);
        self.bumping = false;
        self.begin_call(Call::Init);
        Ok(())
    }

    /// Begins a transaction. Nothing is sent: a transaction begins with what is added to it. O(1).
    ///
    /// # Errors
    /// [`Refusal::Unacknowledged`], [`Refusal::Failed`], or [`Refusal::State`] unless ready.
    pub fn begin(&mut self) -> Result<(), Refusal> {
        self.check_acknowledged()?;
        self.check_no_error()?;
        self.check_state(State::Ready)?;
        self.enter(State::InTransaction);
        Ok(())
    }

    /// Adds a partition to the transaction; to be called for each record, before its batch may be
    /// sent. Does nothing for one that is known already. O(1).
    ///
    /// With transaction version 2 the broker adds it when the batch arrives (Produce version 12),
    /// so no request goes out.
    ///
    /// # Errors
    /// [`Refusal::Failed`], [`Refusal::Unacknowledged`], [`Refusal::State`] outside a transaction,
    /// [`Refusal::UnknownPartition`].
    pub fn add_partition(&mut self, partition: u32) -> Result<(), Refusal> {
        self.check_no_error()?;
        self.check_acknowledged()?;
        self.check_state(State::InTransaction)?;
        if !self.partitions.has(partition) {
            return Err(Refusal::UnknownPartition { partition });
        }
        if self.transaction_v2 {
            self.partitions.add(partition);
            self.started = true;
        } else {
            let queued = self.partitions_queued();
            self.partitions.list(partition);
            if !queued && self.partitions_queued() {
                self.offsets_first = self.offsets_queued();
            }
        }
        Ok(())
    }

    /// Sends a consumer group's offsets as part of the transaction. The offsets stay with the
    /// caller; the manager keeps the handle of one group at a time. Do not call it without
    /// offsets: an empty transaction would be ended at the coordinator. O(1).
    ///
    /// # Errors
    /// [`Refusal::Unacknowledged`], [`Refusal::Failed`], [`Refusal::State`] outside a transaction,
    /// [`Refusal::OffsetsPending`] until the earlier group's are committed or have failed.
    pub fn send_offsets(&mut self, group: u32) -> Result<(), Refusal> {
        self.check_acknowledged()?;
        self.check_no_error()?;
        self.check_state(State::InTransaction)?;
        if let Some(Offsets { group, phase: Phase::Add { .. } | Phase::Commit, .. }) = self.offsets
        {
            return Err(Refusal::OffsetsPending { group });
        }
        let phase = if self.transaction_v2 {
            self.started = true;
            Phase::Commit
        } else {
            Phase::Add { sent: false }
        };
        if self.group_coordinator.0 != group {
            self.group_coordinator = (group, Lookup::UNKNOWN);
        }
        self.offsets = Some(Offsets { group, phase, wait: Wait::NONE });
        Ok(())
    }

    /// Commits the transaction: EndTxn goes out once all its batches are complete. O(1).
    ///
    /// # Errors
    /// [`Refusal::Unacknowledged`], [`Refusal::Failed`], or [`Refusal::State`] outside a
    /// transaction. While its own result is unacknowledged, calling it again is no error.
    pub fn commit(&mut self) -> Result<(), Refusal> {
        if self.is_repeated(Call::Commit)? {
            return Ok(());
        }
        self.check_no_error()?;
        self.check_state(State::InTransaction)?;
        self.enter(State::Committing);
        self.begin_call(Call::Commit);
        self.complete(true);
        Ok(())
    }

    /// Aborts the transaction, which is also the way out of an abortable error. Fail the batches
    /// that [`Self::poll_batches`] names; EndTxn goes out once the others are answered.
    /// O(partitions).
    ///
    /// Partitions and offsets not yet sent are dropped; what may have reached the coordinator is
    /// settled first. A producer that never got an identity is uninitialized again.
    ///
    /// # Errors
    /// [`Refusal::Unacknowledged`], [`Refusal::Failed`] after a fatal error, [`Refusal::State`]
    /// without a transaction. While its own result is unacknowledged, calling it again is no error.
    pub fn abort(&mut self) -> Result<(), Refusal> {
        if self.is_repeated(Call::Abort)? {
            return Ok(());
        }
        if self.state != State::AbortableError {
            self.check_no_error()?;
            self.check_state(State::InTransaction)?;
        }
        self.begin_call(Call::Abort);
        if self.identity.is_none() {
            self.enter(State::Uninitialized);
            self.finish_call(Ok(()));
            return Ok(());
        }
        self.enter(State::Aborting);
        self.partitions.drop_unsent();
        let is_asked = |offsets: &Offsets| offsets.phase == Phase::Add { sent: true };
        if !self.offsets.as_ref().is_some_and(is_asked) {
            self.fail_offsets(Failure::new(Cause::Aborted, ErrorCode::OPERATION_NOT_ATTEMPTED));
        }
        self.complete(false);
        Ok(())
    }

    /// Gives the producer up, for a reason of the caller's, such as SASL_AUTHENTICATION_FAILED: a
    /// fatal error. O(partitions).
    pub fn fail(&mut self, code: ErrorCode) {
        let _ = self.fatal(Failure::new(Cause::GivenUp, code));
    }

    /// The result of `init`, `commit` or `abort`, once there is one. O(1).
    #[must_use]
    pub fn poll_result(&self) -> Option<(Call, Result<(), Failure>)> {
        let PendingCall { call, outcome, .. } = self.call?;
        outcome.map(|outcome| (call, outcome))
    }

    /// Takes the result of `init`, `commit` or `abort`: the application has seen it, and may make
    /// another call. O(1).
    ///
    /// A call that the application stopped waiting for keeps its result until it is called again
    /// and this is (KAFKA-13412).
    pub fn acknowledge(&mut self) -> Option<(Call, Result<(), Failure>)> {
        let result = self.poll_result()?;
        self.call = None;
        Some(result)
    }

    /// What became of the last `send_offsets`: its group, and the result once there is one. The
    /// offsets count only if the transaction is committed. O(1).
    #[must_use]
    pub fn poll_offsets(&self) -> Option<(u32, Result<(), Failure>)> {
        match self.offsets? {
            Offsets { group, phase: Phase::Done, .. } => Some((group, Ok(()))),
            Offsets { group, phase: Phase::Failed(failure), .. } => Some((group, Err(failure))),
            _ => None,
        }
    }
}

/// What the numbering of batches needs to know.
impl<M: AsRef<[PartitionFlag]> + AsMut<[PartitionFlag]>> TransactionManager<M> {
    /// The state.
    #[must_use]
    pub const fn state(&self) -> State {
        self.state
    }

    /// Why the state is an error; `None` in any other.
    #[must_use]
    pub const fn failure(&self) -> Option<Failure> {
        self.failure
    }

    /// Who writes. Whenever it changes, sequences begin at 0 in every partition, and all batches of
    /// the one before are complete.
    #[must_use]
    pub const fn identity(&self) -> Option<Identity> {
        self.identity
    }

    /// The call whose result was not acknowledged yet.
    #[must_use]
    pub fn unacknowledged(&self) -> Option<Call> {
        self.call.map(|pending| pending.call)
    }

    /// Which request is in flight.
    #[must_use]
    pub fn in_flight(&self) -> Option<RequestKind> {
        self.in_flight.map(|in_flight| in_flight.kind)
    }

    /// Whether transaction version 2 is in use (KIP-890, part 2).
    #[must_use]
    pub const fn transaction_v2(&self) -> bool {
        self.transaction_v2
    }

    /// How many partitions there is memory for.
    #[must_use]
    pub fn capacity(&self) -> u32 {
        self.partitions.capacity()
    }

    /// Whether a batch that carries a number may be sent to the partition, for the first time or
    /// again (producer spec 9.2). O(1).
    #[must_use]
    pub fn may_send(&self, partition: u32) -> bool {
        self.state.is_ongoing() && self.partitions.is_added(partition)
    }

    /// Whether another batch of the partition may be numbered: as [`Self::may_send`], and nothing
    /// has failed. O(1).
    #[must_use]
    pub fn may_number(&self, partition: u32) -> bool {
        matches!(self.state, State::InTransaction | State::Committing)
            && self.partitions.is_added(partition)
    }

    /// Which batches are to be failed now (producer spec 5.2, 5.6). O(1).
    ///
    /// May change with every command and every answer; asking again gives the same answer.
    #[must_use]
    pub fn poll_batches(&self) -> Option<FailBatches> {
        match (self.state, self.failure) {
            (State::FatalError, Some(failure)) => Some(FailBatches::All(failure)),
            (State::AbortableError, Some(failure)) => Some(FailBatches::NeverNumbered(failure)),
            (State::Aborting, _) => Some(FailBatches::NeverNumbered(Failure::new(
                Cause::Aborted,
                ErrorCode::OPERATION_NOT_ATTEMPTED,
            ))),
            _ => None,
        }
    }
}

/// Shared by commands and answers.
impl<M: AsRef<[PartitionFlag]> + AsMut<[PartitionFlag]>> TransactionManager<M> {
    fn check_no_error(&self) -> Result<(), Refusal> {
        match self.failure {
            Some(failure) if self.state.has_error() => Err(Refusal::Failed(failure)),
            _ => Ok(()),
        }
    }

    fn check_acknowledged(&self) -> Result<(), Refusal> {
        self.call.map_or(Ok(()), |pending| Err(Refusal::Unacknowledged(pending.call)))
    }

    fn check_state(&self, wanted: State) -> Result<(), Refusal> {
        if self.state == wanted { Ok(()) } else { Err(Refusal::State(self.state)) }
    }

    fn is_repeated(&self, call: Call) -> Result<bool, Refusal> {
        match self.call {
            None => Ok(false),
            Some(pending) if pending.call == call => Ok(true),
            Some(pending) => Err(Refusal::Unacknowledged(pending.call)),
        }
    }

    fn begin_call(&mut self, call: Call) {
        self.call = Some(PendingCall { call, outcome: None, ended: false });
    }

    pub(super) fn finish_call(&mut self, outcome: Result<(), Failure>) {
        if let Some(PendingCall { call, outcome: slot @ None, ended }) = &mut self.call {
            // A transaction that the coordinator has committed is not to be written again.
            *slot = Some(if *ended && *call == Call::Commit { Ok(()) } else { outcome });
        }
    }

    fn complete(&mut self, commit: bool) {
        let transaction_v2 = self.transaction_v2;
        self.completion = Some(Completion { commit, transaction_v2 });
        // The first transaction of version 2 begins with an epoch of its own.
        self.use_features();
        self.bump_required |= self.transaction_v2 && !transaction_v2;
    }

    pub(super) fn use_features(&mut self) {
        self.transaction_v2 = self.features.transaction_version >= 2;
    }

    /// The step to another state. One that the table of states does not have leaves all as it is.
    pub(super) fn enter(&mut self, target: State) -> bool {
        let allowed = self.state.may_become(target);
        if allowed {
            self.state = target;
            self.failure = None;
        }
        allowed
    }

    pub(super) fn partitions_queued(&self) -> bool {
        self.partitions.any_waiting() && self.in_flight() != Some(RequestKind::AddPartitions)
    }

    pub(super) fn offsets_queued(&self) -> bool {
        let waiting =
            matches!(self.offsets, Some(Offsets { phase: Phase::Add { .. } | Phase::Commit, .. }));
        let kind = self.in_flight();
        waiting && !matches!(kind, Some(RequestKind::AddOffsets | RequestKind::TxnOffsetCommit))
    }

    pub(super) fn fail_offsets(&mut self, failure: Failure) {
        if let Some(Offsets { phase: phase @ (Phase::Add { .. } | Phase::Commit), .. }) =
            &mut self.offsets
        {
            *phase = Phase::Failed(failure);
        }
    }

    pub(super) fn lookup_of(&self, whose: Coordinator) -> Lookup {
        match whose {
            Coordinator::Transaction => self.transaction_coordinator,
            Coordinator::Group(group) if group == self.group_coordinator.0 => {
                self.group_coordinator.1
            }
            Coordinator::Group(_) => Lookup::UNKNOWN,
        }
    }

    pub(super) fn set_lookup(&mut self, whose: Coordinator, lookup: Lookup) {
        match whose {
            Coordinator::Transaction => self.transaction_coordinator = lookup,
            Coordinator::Group(group) if group == self.group_coordinator.0 => {
                self.group_coordinator.1 = lookup;
            }
            Coordinator::Group(_) => {}
        }
    }
}
