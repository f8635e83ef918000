//! What goes between the manager, the application and who sends for it?

use fencepost::producer::transactions as core;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::ids::Identity;
use crate::raise::{variant, wrong};
use crate::value::value;

value! {
    /// Why the transaction or the producer can't go on. `cause` is `answer` (of the `request`),
    /// `group_metadata`, `unknown_partition`, `batch`, `cannot_bump`, `identity` (in the answer to
    /// the `request`), `aborted` or `given_up`. `code` is what it failed with, `error_code` what
    /// stands for it to the user.
    Failure, in "fencepost.transactions", {
        cause: String,
        request: Option<String>,
        code: i16,
        error_code: i16,
        message: String,
    }
}

impl Failure {
    pub(super) fn of(failure: core::Failure) -> Self {
        let request = match failure.cause {
            core::Cause::Answer(kind) | core::Cause::Identity(kind) => Some(kind_name(kind)),
            _ => None,
        };
        Self {
            cause: variant(&failure.cause),
            request,
            code: failure.code.get(),
            error_code: failure.error_code().get(),
            message: failure.to_string(),
        }
    }
}

pub(super) fn kind_name(kind: core::RequestKind) -> String {
    variant(&kind)
}

value! {
    /// What is to be sent next. `kind` is `find_coordinator` (of the consumer `group`, or else of
    /// the transactional id), `init_producer_id` (with the identity to be raised, -1 and -1 for
    /// `None`), `add_partitions` (mark it as sent, then encode `partitions_to_add`), `add_offsets`,
    /// `txn_offset_commit`, `end_txn`, or `skip_end_txn`, for which nothing goes out: marking it as
    /// sent ends the transaction. `group` is the caller's handle. With `transaction_v2`
    /// TxnOffsetCommit and EndTxn go out in version 5, without it at most in version 4.
    Request, in "fencepost.transactions", check |this| this.to_core().map(|_| ()), {
        kind: String,
        identity: Option<Identity>,
        group: Option<u32>,
        commit: Option<bool>,
        transaction_v2: Option<bool>,
        transaction_timeout_ms: Option<i32>,
    }

    /// Who is asked: the `transaction` coordinator or the `group`'s; `None`: any broker, or nobody.
    #[getter]
    fn coordinator(&self) -> Option<&'static str> {
        match self.kind.as_str() {
            "find_coordinator" | "skip_end_txn" => None,
            "txn_offset_commit" => Some("group"),
            _ => Some("transaction"),
        }
    }
}

impl Request {
    pub(super) fn of(request: core::Request) -> Self {
        let plain = Self {
            kind: variant(&request),
            identity: None,
            group: None,
            commit: None,
            transaction_v2: None,
            transaction_timeout_ms: None,
        };
        let of = |identity| Some(Identity::of(identity));
        match request {
            core::Request::FindCoordinator(core::Coordinator::Group(group)) => {
                Self { group: Some(group), ..plain }
            }
            core::Request::FindCoordinator(core::Coordinator::Transaction)
            | core::Request::SkipEndTxn => plain,
            core::Request::InitProducerId(init) => Self {
                identity: init.identity.map(Identity::of),
                transaction_timeout_ms: Some(init.transaction_timeout_ms),
                ..plain
            },
            core::Request::AddPartitions { identity } => Self { identity: of(identity), ..plain },
            core::Request::AddOffsets { identity, group } => {
                Self { identity: of(identity), group: Some(group), ..plain }
            }
            core::Request::TxnOffsetCommit { identity, group, transaction_v2 } => Self {
                identity: of(identity),
                group: Some(group),
                transaction_v2: Some(transaction_v2),
                ..plain
            },
            core::Request::EndTxn { identity, commit, transaction_v2 } => Self {
                identity: of(identity),
                commit: Some(commit),
                transaction_v2: Some(transaction_v2),
                ..plain
            },
        }
    }

    fn lacks(&self, field: &str) -> PyErr {
        wrong(format!("a request of kind {:?} needs {field}", self.kind))
    }

    pub(super) fn to_core(&self) -> PyResult<core::Request> {
        let identity = || {
            let identity = self.identity.as_ref().ok_or_else(|| self.lacks("identity"))?;
            identity.to_core()
        };
        let group = || self.group.ok_or_else(|| self.lacks("group"));
        let commit = || self.commit.ok_or_else(|| self.lacks("commit"));
        let is_v2 = || self.transaction_v2.ok_or_else(|| self.lacks("transaction_v2"));
        Ok(match self.kind.as_str() {
            "find_coordinator" => core::Request::FindCoordinator(match self.group {
                Some(group) => core::Coordinator::Group(group),
                None => core::Coordinator::Transaction,
            }),
            "init_producer_id" => core::Request::InitProducerId(core::InitProducerId {
                identity: self.identity.as_ref().map(Identity::to_core).transpose()?,
                transaction_timeout_ms: self
                    .transaction_timeout_ms
                    .ok_or_else(|| self.lacks("transaction_timeout_ms"))?,
            }),
            "add_partitions" => core::Request::AddPartitions { identity: identity()? },
            "add_offsets" => core::Request::AddOffsets { identity: identity()?, group: group()? },
            "txn_offset_commit" => core::Request::TxnOffsetCommit {
                identity: identity()?,
                group: group()?,
                transaction_v2: is_v2()?,
            },
            "end_txn" => core::Request::EndTxn {
                identity: identity()?,
                commit: commit()?,
                transaction_v2: is_v2()?,
            },
            "skip_end_txn" => core::Request::SkipEndTxn,
            other => return Err(wrong(format!("there is no request of kind {other:?}"))),
        })
    }
}

value! {
    /// What something from outside led to. `kind` is `done` (poll for what comes next), `identity`
    /// (it is this one from now on: sequences begin at 0 in every partition), `find_coordinator`
    /// or `retry` (the request is sent again), `uninitialized` (`init` may be called again),
    /// `abortable`, `fatal` or `ignored`.
    Step, in "fencepost.transactions", {
        kind: String,
        identity: Option<Identity>,
        failure: Option<Failure>,
    }
}

impl Step {
    pub(super) fn of(step: core::Step) -> Self {
        let plain = Self { kind: variant(&step), identity: None, failure: None };
        match step {
            core::Step::Identity(identity) => {
                Self { identity: Some(Identity::of(identity)), ..plain }
            }
            core::Step::Uninitialized(failure)
            | core::Step::Abortable(failure)
            | core::Step::Fatal(failure) => Self { failure: Some(Failure::of(failure)), ..plain },
            _ => plain,
        }
    }
}

value! {
    /// What became of a `call`: `init`, `commit` or `abort`. Without a failure it succeeded.
    CallResult, in "fencepost.transactions", {
        call: String,
        failure: Option<Failure>,
    }
}

impl CallResult {
    pub(super) fn of((call, outcome): (core::Call, Result<(), core::Failure>)) -> Self {
        Self { call: call.to_string(), failure: outcome.err().map(Failure::of) }
    }
}

value! {
    /// What became of a group's offsets. Without a failure they are in the transaction, and count
    /// if that is committed.
    OffsetsResult, in "fencepost.transactions", {
        group: u32,
        failure: Option<Failure>,
    }
}

value! {
    /// Which batches are to be failed now, and why: `all`, or those that were `never_numbered`.
    FailBatches, in "fencepost.transactions", {
        which: String,
        failure: Failure,
    }
}

impl FailBatches {
    pub(super) fn of(batches: core::FailBatches) -> Self {
        let (core::FailBatches::All(failure) | core::FailBatches::NeverNumbered(failure)) = batches;
        Self { which: variant(&batches), failure: Failure::of(failure) }
    }
}
