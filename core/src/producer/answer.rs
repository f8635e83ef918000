//! What can come back for a batch or a question, and what does it prove?

use crate::error_code::ErrorCode;

/// What became of one sending of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The broker answered.
    Response(Response),
    /// No answer came in `request.timeout.ms`; the connection stays.
    TimedOut,
    /// The connection was lost before the answer. [`super::Producer::handle_disconnect`] says it of
    /// all batches of a partition at once.
    Disconnected,
    /// The client knows that no byte of the request left: it is as if this sending had not been.
    NotSent,
}

/// A partition's part of a produce response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Response {
    /// The code: any number.
    pub code: ErrorCode,
    /// The offset of the batch's first record, -1 if unknown.
    pub base_offset: i64,
    /// -1, but for topics of `LogAppendTime`, and for duplicates.
    pub log_append_time: i64,
    /// Where the log begins, -1 if unknown (before version 5).
    pub log_start_offset: i64,
}

impl Response {
    /// An acknowledgement, on a topic of `CreateTime`. Say where the log begins, if the broker does
    /// ([`Response::log_start`]).
    #[must_use]
    pub const fn ok(base_offset: i64) -> Self {
        Self { code: ErrorCode::NONE, base_offset, log_append_time: -1, log_start_offset: -1 }
    }

    /// The same with where the log begins. Brokers tell it from produce version 5 on; hand it on
    /// whenever they do. Without it an acknowledgement over another connection than the anchor's
    /// decides its own batch only, and older ones end as *possibly written*: the broker might have
    /// forgotten the producer. Where nobody can be asked, little can be decided at all.
    #[must_use]
    pub const fn log_start(self, log_start_offset: i64) -> Self {
        Self { log_start_offset, ..self }
    }

    /// A refusal that brings nothing but its code.
    #[must_use]
    pub const fn error(code: ErrorCode) -> Self {
        Self { code, base_offset: -1, log_append_time: -1, log_start_offset: -1 }
    }
}

/// What a partition's leader says of our producer id (DescribeProducers, KIP-664).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Described {
    /// The id is listed.
    Listed {
        /// `producer_epoch`, as wide as in the protocol.
        epoch: i32,
        /// `last_sequence`, -1 if no batch of this epoch is known.
        last_sequence: i32,
    },
    /// The answer has no such id.
    NotListed {
        /// Where the partition's log begins, if the caller knows (a produce response, ListOffsets).
        log_start_offset: Option<i64>,
    },
    /// This broker or this user can't ask (before 2.8, or no READ on the topic): the partition's
    /// leader is never asked again.
    Unsupported,
    /// No answer, or a retriable error.
    Failed,
}

/// What a produce response's code says of the batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// On the log.
    Written,
    /// On the leader's log, by a broker too old to say where (46).
    Duplicate,
    /// Refused before the append, because of its sequence: 45, and 59 from the same check of older
    /// releases.
    OutOfOrder,
    /// Refused before the append: a higher epoch was seen.
    Fenced,
    /// Refused before the append: too large.
    TooLarge,
    /// Refused before the append; the same request may do later.
    TryAgain,
    /// Refused before the append, for good.
    Refused,
    /// May have been appended; may be sent again. `true`: the leader may have moved.
    Unknown(bool),
    /// May have been appended; not to be sent again.
    UnknownForGood,
    /// May have been appended; the producer can't go on.
    Fatal,
}

/// Codes are in the order of resolve spec V1: only those named there prove that nothing was
/// appended. 59 stands with 45: releases that have it answer it from the same check.
pub(super) const fn meaning(code: ErrorCode) -> Meaning {
    use ErrorCode as C;
    match code {
        C::NONE => Meaning::Written,
        C::DUPLICATE_SEQUENCE_NUMBER => Meaning::Duplicate,
        C::OUT_OF_ORDER_SEQUENCE_NUMBER | C::UNKNOWN_PRODUCER_ID => Meaning::OutOfOrder,
        C::INVALID_PRODUCER_EPOCH => Meaning::Fenced,
        C::MESSAGE_TOO_LARGE | C::RECORD_LIST_TOO_LARGE => Meaning::TooLarge,
        C::CORRUPT_MESSAGE | C::NOT_ENOUGH_REPLICAS => Meaning::TryAgain,
        C::TOPIC_AUTHORIZATION_FAILED | C::INVALID_TIMESTAMP | C::INVALID_RECORD => {
            Meaning::Refused
        }
        C::PRODUCER_FENCED
        | C::CLUSTER_AUTHORIZATION_FAILED
        | C::TRANSACTIONAL_ID_AUTHORIZATION_FAILED
        | C::UNSUPPORTED_VERSION
        | C::INVALID_PRODUCER_ID_MAPPING => Meaning::Fatal,
        code if code.is_retriable() => Meaning::Unknown(asks_for_metadata(code)),
        _ => Meaning::UnknownForGood,
    }
}

/// The retriable codes after which the reference client refreshes its metadata (producer spec 1):
/// the leader may be another one now.
const fn asks_for_metadata(code: ErrorCode) -> bool {
    use ErrorCode as C;
    matches!(
        code,
        C::UNKNOWN_TOPIC_OR_PARTITION
            | C::LEADER_NOT_AVAILABLE
            | C::NOT_LEADER_OR_FOLLOWER
            | C::REPLICA_NOT_AVAILABLE
            | C::NETWORK_EXCEPTION
            | C::KAFKA_STORAGE_ERROR
            | C::LISTENER_NOT_FOUND
            | C::FENCED_LEADER_EPOCH
            | C::PREFERRED_LEADER_NOT_AVAILABLE
            | C::ELIGIBLE_LEADERS_NOT_AVAILABLE
            | C::UNKNOWN_TOPIC_ID
            | C::INCONSISTENT_TOPIC_ID
    )
}
