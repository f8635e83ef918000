//! How long are things to take?

/// The settings of a transactional producer. Begin with Kafka's defaults and change what differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    pub(super) transaction_timeout_ms: i32,
    pub(super) retry_backoff_ms: u32,
    pub(super) unknown_partition_ms: u32,
}

impl Config {
    /// Kafka's defaults: transactions may take a minute, retries wait 100 ms, an unknown partition
    /// is asked for again for a minute.
    #[must_use]
    pub const fn new() -> Self {
        Self { transaction_timeout_ms: 60_000, retry_backoff_ms: 100, unknown_partition_ms: 60_000 }
    }

    /// `transaction.timeout.ms`: after that the coordinator aborts a transaction by itself.
    #[must_use]
    pub const fn transaction_timeout_ms(self, millis: i32) -> Self {
        Self { transaction_timeout_ms: millis, ..self }
    }

    /// `retry.backoff.ms`: how long a request waits before it is sent again. It does not grow, as
    /// in Kafka's client. With 0 a refusing coordinator is asked again at once.
    #[must_use]
    pub const fn retry_backoff_ms(self, millis: u32) -> Self {
        Self { retry_backoff_ms: millis, ..self }
    }

    /// How long AddPartitions is sent again while it is answered with UNKNOWN_TOPIC_OR_PARTITION,
    /// counted from the first such answer; after that the transaction must be aborted. Kafka's
    /// client never gives up.
    #[must_use]
    pub const fn unknown_partition_ms(self, millis: u32) -> Self {
        Self { unknown_partition_ms: millis, ..self }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::new()
    }
}
