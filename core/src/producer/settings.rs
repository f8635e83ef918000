//! By what limits does a producer go?

use crate::ids::Timestamp;

/// How many undecided batches a partition may have: as many as a broker remembers (resolve spec
/// S3).
pub const MAX_UNDECIDED: usize = 5;

/// Whether the producer has a transactional id. It is part of the settings and never changes: who
/// may raise the epoch depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// No transactional id: the producer raises the epoch itself, of one partition at a time.
    Idempotent,
    /// The coordinator raises the epoch, of all partitions; a gap means that the transaction must
    /// be aborted.
    Transactional,
}

/// Whose clock a topic's timestamps are of (`message.timestamp.type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum TimestampType {
    /// Not known: where it matters, the worse of both.
    #[default]
    Unknown,
    /// The records bring theirs.
    CreateTime,
    /// The broker writes the time of the append.
    LogAppendTime,
}

/// The limits a producer goes by. Times are milliseconds; a negative one counts as 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    pub(super) kind: Kind,
    pub(super) delivery_timeout: i64,
    pub(super) retries: u32,
    pub(super) max_in_flight: usize,
    pub(super) backoff: i64,
    pub(super) backoff_max: i64,
    pub(super) id_expiration: i64,
    pub(super) request_lifetime: i64,
    pub(super) clock_skew: i64,
    pub(super) describe: bool,
}

impl Settings {
    /// Kafka's defaults: 120 s for delivery, retries without end, five in flight, backoff from 100
    /// ms to 1 s, ids forgotten after a day; two minutes for a request to be alive, one for clocks
    /// to differ.
    #[must_use]
    pub const fn new(kind: Kind) -> Self {
        Self {
            kind,
            delivery_timeout: 120_000,
            retries: 0x7fff_ffff,
            max_in_flight: MAX_UNDECIDED,
            backoff: 100,
            backoff_max: 1_000,
            id_expiration: 86_400_000,
            request_lifetime: 120_000,
            clock_skew: 60_000,
            describe: true,
        }
    }

    /// `delivery.timeout.ms`: from a batch's creation to its verdict.
    #[must_use]
    pub const fn delivery_timeout_ms(mut self, millis: i64) -> Self {
        self.delivery_timeout = millis;
        self
    }

    /// `retries`: how often a batch is sent again at most.
    #[must_use]
    pub const fn retries(mut self, retries: u32) -> Self {
        self.retries = retries;
        self
    }

    /// How many undecided batches a partition may have: `1 ..= 5`, others are moved to the nearer
    /// bound. The slots' number of places bounds it too.
    #[must_use]
    pub const fn max_in_flight(mut self, batches: usize) -> Self {
        self.max_in_flight = if batches == 0 {
            1
        } else if batches > MAX_UNDECIDED {
            MAX_UNDECIDED
        } else {
            batches
        };
        self
    }

    /// `retry.backoff.ms` and `retry.backoff.max.ms`: doubled at each sending. Without jitter:
    /// randomness is the caller's, who may always send later.
    #[must_use]
    pub const fn retry_backoff_ms(mut self, first: i64, max: i64) -> Self {
        self.backoff = first;
        self.backoff_max = max;
        self
    }

    /// The brokers' `producer.id.expiration.ms`. What is given must not be above theirs.
    #[must_use]
    pub const fn producer_id_expiration_ms(mut self, millis: i64) -> Self {
        self.id_expiration = millis;
        self
    }

    /// How long a request can be under way before a broker handles it, at most: connection set-up,
    /// request timeout, queues.
    #[must_use]
    pub const fn request_lifetime_ms(mut self, millis: i64) -> Self {
        self.request_lifetime = millis;
        self
    }

    /// By how much the clocks of brokers and of this producer differ, at most.
    #[must_use]
    pub const fn clock_skew_ms(mut self, millis: i64) -> Self {
        self.clock_skew = millis;
        self
    }

    /// The brokers can't be asked (DescribeProducers needs 2.8 and READ on the topic). Then the
    /// producer finds out by sending (V3), for which it must hear where the log begins
    /// ([`super::Response::log_start_offset`]).
    #[must_use]
    pub const fn without_describe(mut self) -> Self {
        self.describe = false;
        self
    }

    /// How long to wait after the `attempts`-th sending, from 1 on.
    pub(super) fn backoff_after(&self, attempts: u32) -> i64 {
        let max = self.backoff_max.max(0);
        let mut wait = self.backoff.clamp(0, max);
        for _ in 1..attempts.min(63) {
            wait = wait.saturating_mul(2).min(max);
        }
        wait
    }

    /// When `delivery.timeout.ms` is over for a batch.
    pub(super) fn deadline(&self, created: Timestamp) -> Timestamp {
        later(created, self.delivery_timeout)
    }

    /// The first moment at which the broker may have forgotten the producer, as a request that is
    /// sent now meets it, if it remembers it by a batch of this time (S2).
    pub(super) fn guard_ends(&self, remembered_by: Timestamp) -> Timestamp {
        let expires = remembered_by.as_millis().saturating_add(self.id_expiration.max(0));
        let margin = self.request_lifetime.max(0).saturating_add(self.clock_skew.max(0));
        Timestamp::from_millis(expires.saturating_sub(margin))
    }
}

/// `millis` later; a negative number of them counts as none, and the end of time is the last
/// moment.
pub(super) fn later(from: Timestamp, millis: i64) -> Timestamp {
    Timestamp::from_millis(from.as_millis().saturating_add(millis.max(0)))
}
