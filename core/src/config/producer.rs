//! How does fencepost's producer run under these settings?

use super::resolve::Resolved;
use crate::producer::transactions::Config;
use crate::producer::{Kind, MAX_UNDECIDED, Settings};

impl Resolved<'_> {
    /// The limits of a producer that follows these settings: what is checked is what runs. What
    /// Kafka's client can't be told (how long brokers remember a producer, how long a request
    /// lives, how far clocks differ) is as in [`Settings::new`], except that a request lives as
    /// long as `request.timeout.ms` and the time that a connection takes. Before 2.1 there is no
    /// deadline: `i64::MAX`.
    ///
    /// `None` if idempotence is off: then there is nothing to number.
    #[must_use]
    pub fn producer(&self) -> Option<Settings> {
        if !self.idempotence.is_on() {
            return None;
        }
        let transactional = self.transactional.is_some();
        let kind = if transactional { Kind::Transactional } else { Kind::Idempotent };
        let in_flight = usize::try_from(self.max_in_flight).unwrap_or(MAX_UNDECIDED);
        Some(
            Settings::new(kind)
                .delivery_timeout_ms(self.delivery_timeout_ms.map_or(i64::MAX, i64::from))
                .retries(u32::try_from(self.retries).unwrap_or(0))
                .max_in_flight(in_flight)
                .retry_backoff_ms(self.retry_backoff_ms, self.retry_backoff_max_ms)
                .request_lifetime_ms(self.request_lifetime_ms()),
        )
    }

    /// How long a request can be under way before a broker handles it: `request.timeout.ms` and the
    /// time that a connection takes, and no less than in [`Settings::new`]. In milliseconds.
    #[must_use]
    pub fn request_lifetime_ms(&self) -> i64 {
        let timeout = i64::from(self.request_timeout_ms.max(0));
        timeout.saturating_add(CONNECTION_MS).max(REQUEST_MS)
    }

    /// The limits of its transactions; `None` without a transactional id.
    #[must_use]
    pub fn transactions(&self) -> Option<Config> {
        let transactional = self.transactional.as_ref()?;
        let backoff = u32::try_from(self.retry_backoff_ms).unwrap_or(u32::MAX);
        Some(
            Config::new()
                .transaction_timeout_ms(transactional.timeout_ms)
                .retry_backoff_ms(backoff),
        )
    }
}

/// What setting up a connection may take (`socket.connection.setup.timeout.max.ms`).
const CONNECTION_MS: i64 = 30_000;
/// As in [`Settings::new`].
const REQUEST_MS: i64 = 120_000;
