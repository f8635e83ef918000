//! What do brokers refuse of settings that start?

use core::fmt;

use super::resolve::Resolved;
use super::value::Acks;
use crate::error_code::ErrorCode;

/// What the brokers' side contributes: their settings and the state of a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// Which releases the brokers are of.
    pub brokers: Brokers,
    /// Whether the producer's principal has the ACL `IDEMPOTENT_WRITE` on the cluster, or there are
    /// no ACLs.
    pub idempotent_write: bool,
    /// `transaction.max.timeout.ms` of the brokers.
    pub transaction_max_timeout_ms: i32,
    /// `message.max.bytes` of the brokers, or `max.message.bytes` of the topic.
    pub message_max_bytes: i32,
    /// `min.insync.replicas` of the topic.
    pub min_insync_replicas: i32,
    /// How many replicas of the partition are in sync now.
    pub in_sync_replicas: i32,
}

/// Releases of brokers that treat idempotent producers alike (config spec 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Brokers {
    /// Before 0.11: there are no producer ids.
    Before0_11,
    /// 0.11 to 2.7: `IDEMPOTENT_WRITE` on the cluster is needed.
    Before2_8,
    /// Since 2.8 the right to write to any topic is enough (KIP-679).
    Since2_8,
}

impl Default for Cluster {
    /// Brokers since 2.8 with Kafka's defaults, three replicas in sync, and no ACL.
    fn default() -> Self {
        Self {
            brokers: Brokers::Since2_8,
            idempotent_write: true,
            transaction_max_timeout_ms: 900_000,
            message_max_bytes: 1_048_588,
            min_insync_replicas: 1,
            in_sync_replicas: 3,
        }
    }
}

/// What is refused, or means less than it says, only once the producer runs (config spec 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Later {
    /// The brokers know no producer ids (config spec 5).
    NoProducerIds,
    /// The brokers want the ACL `IDEMPOTENT_WRITE`, which the principal does not have (config spec
    /// 5).
    NotAuthorized,
    /// The coordinator refuses the transaction timeout.
    TransactionTimeout {
        /// The producer's, in milliseconds.
        timeout_ms: i32,
        /// The largest that the coordinator takes; the smallest is 1.
        max_ms: i32,
    },
    /// A record is larger than a request or than the memory for batches.
    RecordTooLarge {
        /// Its bytes.
        bytes: i64,
        /// The smaller bound that it exceeds.
        most: i64,
    },
    /// The producer may build a batch that the broker does not take.
    BatchTooLarge {
        /// `max.request.size`.
        bytes: i32,
        /// What the broker takes.
        most: i32,
    },
    /// With `acks=all`, fewer replicas are in sync than the topic asks for.
    NotEnoughReplicas {
        /// How many there are.
        in_sync: i32,
        /// How many there have to be.
        least: i32,
    },
    /// `acks=all` means all that are in sync, which with `min.insync.replicas` 1 may be the leader
    /// alone. Never an error: this is about durability, not idempotence.
    LeaderMaySuffice,
}

/// When it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Moment {
    /// At the first InitProducerId: before anything is sent.
    FirstInitProducerId,
    /// In `send`, before the record leaves the client.
    Send,
    /// When the leader answers a produce request.
    Produce,
    /// Nothing tells.
    Never,
}

/// What comes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The producer can only be closed.
    Fatal,
    /// The record fails; the producer goes on.
    RecordFails,
    /// The record fails, and the transaction can only be aborted (producer spec 14).
    TransactionAborts,
    /// The batch is split and sent in parts (producer spec 13).
    Split,
    /// The batch is sent again until its deadline.
    RetriedUntilDeadline,
    /// Nothing is refused.
    Accepted,
}

impl Later {
    /// When it shows.
    #[must_use]
    pub const fn moment(&self) -> Moment {
        match self {
            Self::NoProducerIds | Self::NotAuthorized | Self::TransactionTimeout { .. } => {
                Moment::FirstInitProducerId
            }
            Self::RecordTooLarge { .. } => Moment::Send,
            Self::BatchTooLarge { .. } | Self::NotEnoughReplicas { .. } => Moment::Produce,
            Self::LeaderMaySuffice => Moment::Never,
        }
    }

    /// What comes of it, for a producer with these settings.
    #[must_use]
    pub const fn outcome(&self, resolved: &Resolved<'_>) -> Outcome {
        match self {
            Self::NoProducerIds | Self::NotAuthorized | Self::TransactionTimeout { .. } => {
                Outcome::Fatal
            }
            Self::RecordTooLarge { .. } if resolved.transactional.is_some() => {
                Outcome::TransactionAborts
            }
            Self::RecordTooLarge { .. } => Outcome::RecordFails,
            Self::BatchTooLarge { .. } => Outcome::Split,
            Self::NotEnoughReplicas { .. } => Outcome::RetriedUntilDeadline,
            Self::LeaderMaySuffice => Outcome::Accepted,
        }
    }

    /// The broker's code, `None` if no broker says anything.
    #[must_use]
    pub const fn error_code(&self) -> Option<ErrorCode> {
        match self {
            Self::NoProducerIds | Self::RecordTooLarge { .. } | Self::LeaderMaySuffice => None,
            Self::NotAuthorized => Some(ErrorCode::CLUSTER_AUTHORIZATION_FAILED),
            Self::TransactionTimeout { .. } => Some(ErrorCode::INVALID_TRANSACTION_TIMEOUT),
            Self::BatchTooLarge { .. } => Some(ErrorCode::MESSAGE_TOO_LARGE),
            Self::NotEnoughReplicas { .. } => Some(ErrorCode::NOT_ENOUGH_REPLICAS),
        }
    }
}

/// The most that [`later`] can find.
pub const MAX_LATER: usize = 6;

/// What these brokers will refuse of a producer that starts, by the moment at which it shows.
#[must_use]
pub fn later(resolved: &Resolved<'_>, cluster: &Cluster) -> heapless::Vec<Later, MAX_LATER, u8> {
    let idempotent = resolved.idempotence.is_on();
    let all = resolved.acks == Acks::All;
    let found: [_; MAX_LATER] = [
        (idempotent && cluster.brokers < Brokers::Before2_8).then_some(Later::NoProducerIds),
        (idempotent && cluster.brokers == Brokers::Before2_8 && !cluster.idempotent_write)
            .then_some(Later::NotAuthorized),
        transaction_timeout(resolved, cluster),
        (resolved.max_request_size > cluster.message_max_bytes).then_some(Later::BatchTooLarge {
            bytes: resolved.max_request_size,
            most: cluster.message_max_bytes,
        }),
        (all && cluster.min_insync_replicas > cluster.in_sync_replicas).then_some(
            Later::NotEnoughReplicas {
                in_sync: cluster.in_sync_replicas,
                least: cluster.min_insync_replicas,
            },
        ),
        (all && cluster.min_insync_replicas <= 1).then_some(Later::LeaderMaySuffice),
    ];
    let mut later = heapless::Vec::new();
    for one in found.into_iter().flatten() {
        // There are no more in the array than fit.
        let _ = later.push(one);
    }
    later
}

fn transaction_timeout(resolved: &Resolved<'_>, cluster: &Cluster) -> Option<Later> {
    let timeout_ms = resolved.transactional?.timeout_ms;
    let max_ms = cluster.transaction_max_timeout_ms;
    (timeout_ms <= 0 || timeout_ms > max_ms)
        .then_some(Later::TransactionTimeout { timeout_ms, max_ms })
}

/// Whether `send` refuses a record of so many bytes: larger than `max.request.size` or than
/// `buffer.memory`.
///
/// The bytes are those that the record takes in a batch of its own, header included.
#[must_use]
pub fn record_too_large(resolved: &Resolved<'_>, bytes: i64) -> Option<Later> {
    let most = resolved.buffer_memory.min(i64::from(resolved.max_request_size));
    (bytes > most).then_some(Later::RecordTooLarge { bytes, most })
}

impl fmt::Display for Later {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoProducerIds => f.write_str("brokers before 0.11 know no producer ids"),
            Self::NotAuthorized => {
                f.write_str("brokers before 2.8 want the ACL IDEMPOTENT_WRITE on the cluster")
            }
            Self::TransactionTimeout { timeout_ms, max_ms } => write!(
                f,
                "the coordinator takes a transaction.timeout.ms from 1 to {max_ms}, not \
                 {timeout_ms}"
            ),
            Self::RecordTooLarge { bytes, most } => {
                write!(f, "a record of {bytes} bytes does not fit into {most}")
            }
            Self::BatchTooLarge { bytes, most } => write!(
                f,
                "max.request.size allows batches of {bytes} bytes, and the broker takes {most}"
            ),
            Self::NotEnoughReplicas { in_sync, least } => {
                write!(f, "{in_sync} replicas are in sync, and acks=all needs {least}")
            }
            Self::LeaderMaySuffice => {
                f.write_str("with min.insync.replicas 1, acks=all may mean the leader alone")
            }
        }
    }
}
