//! What should be known of settings that start?

use core::fmt;

use super::reading::Reading;
use super::resolve::{Conflicts, Idempotence, OffBy, Resolved};
use super::setting::Setting;

/// The most warnings that settings can have.
pub const MAX_WARNINGS: usize = 6;

/// The warnings of some settings, each at most once.
pub type Warnings = heapless::Vec<Warning, MAX_WARNINGS, u8>;

/// What settings that start do against what they seem to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// Idempotence would be on, and these settings dropped it. The client writes a line to its log
    /// (KAFKA-13673).
    IdempotenceDropped(Conflicts),
    /// Idempotence is off because this release does not turn it on (KAFKA-13598 for 3.0.0 and
    /// 3.1.0).
    IdempotenceNotDefault,
    /// The deadline was not set and had to be raised; the client writes a line to its log (config
    /// spec 4).
    DeliveryRaised {
        /// The default, in milliseconds.
        from: i32,
        /// What is in effect.
        to: i32,
    },
    /// `retry.backoff.ms` is above `retry.backoff.max.ms`, so that every wait is the latter (config
    /// spec 2).
    BackoffConstant {
        /// Every wait, in milliseconds.
        max_ms: i64,
    },
    /// Idempotence is on and retries are few: a batch may fail long before its deadline.
    RetriesBounded {
        /// How many.
        retries: i32,
    },
    /// `transaction.timeout.ms` is set and there is no transactional id: it does nothing.
    TransactionTimeoutUnused,
    /// The coordinator may abort a transaction while its batches are still sent again. Only if one
    /// of the two is set.
    DeliveryOutlivesTransaction {
        /// The deadline in effect, in milliseconds.
        delivery_ms: i32,
        /// The transaction's.
        transaction_ms: i32,
    },
}

impl Warning {
    pub(super) fn all(reading: &Reading<'_>, resolved: &Resolved<'_>) -> Warnings {
        let idempotence = match resolved.idempotence {
            Idempotence::Off(OffBy::Conflicts(conflicts)) => {
                Some(Self::IdempotenceDropped(conflicts))
            }
            Idempotence::Off(OffBy::Default) => Some(Self::IdempotenceNotDefault),
            _ => None,
        };
        let timeout_set = reading.is_set(Setting::TransactionTimeoutMs);
        let found: [_; MAX_WARNINGS] = [
            idempotence,
            delivery_raised(reading),
            backoff(resolved),
            (resolved.idempotence.is_on() && resolved.retries < i32::MAX)
                .then_some(Self::RetriesBounded { retries: resolved.retries }),
            (timeout_set && resolved.transactional.is_none())
                .then_some(Self::TransactionTimeoutUnused),
            outlives(resolved)
                .filter(|_| timeout_set || reading.is_set(Setting::DeliveryTimeoutMs)),
        ];
        let mut warnings = Warnings::new();
        for warning in found.into_iter().flatten() {
            // There are no more in the array than fit.
            let _ = warnings.push(warning);
        }
        warnings
    }
}

fn delivery_raised(reading: &Reading<'_>) -> Option<Warning> {
    let to = reading.delivery_too_short()?;
    let from = reading.int(Setting::DeliveryTimeoutMs)?;
    Some(Warning::DeliveryRaised { from, to })
}

fn backoff(resolved: &Resolved<'_>) -> Option<Warning> {
    let max_ms = resolved.retry_backoff_max_ms;
    (resolved.retry_backoff_ms > max_ms).then_some(Warning::BackoffConstant { max_ms })
}

fn outlives(resolved: &Resolved<'_>) -> Option<Warning> {
    let delivery_ms = resolved.delivery_timeout_ms?;
    let transaction_ms = resolved.transactional?.timeout_ms;
    (delivery_ms > transaction_ms)
        .then_some(Warning::DeliveryOutlivesTransaction { delivery_ms, transaction_ms })
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IdempotenceDropped(conflicts) => {
                write!(f, "idempotence is dropped without an error because {conflicts}")
            }
            Self::IdempotenceNotDefault => f.write_str(
                "idempotence is off: this release does not turn it on unless enable.idempotence \
                 is true",
            ),
            Self::DeliveryRaised { from, to } => write!(
                f,
                "delivery.timeout.ms is raised from {from} to {to}, to cover linger.ms and \
                 request.timeout.ms"
            ),
            Self::BackoffConstant { max_ms } => write!(
                f,
                "retry.backoff.ms is above retry.backoff.max.ms, so every retry waits {max_ms} ms"
            ),
            Self::RetriesBounded { retries } => write!(
                f,
                "a batch fails after {retries} retries, perhaps long before its deadline; bound \
                 delivery.timeout.ms instead"
            ),
            Self::TransactionTimeoutUnused => {
                f.write_str("transaction.timeout.ms does nothing without a transactional.id")
            }
            Self::DeliveryOutlivesTransaction { delivery_ms, transaction_ms } => write!(
                f,
                "batches are sent again for up to {delivery_ms} ms, and their transaction may be \
                 aborted after {transaction_ms} ms"
            ),
        }
    }
}
