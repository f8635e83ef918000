//! What do the settings come to: is idempotence on, off, dropped, or refused?

use super::error::{ConfigError, Rule};
use super::reading::Reading;
use super::release::ClientRelease;
use super::setting::Setting;
use super::settings::ProducerSettings;
use super::value::Acks;
use super::warning::{Warning, Warnings};

/// What a client of a release makes of the settings, or the error it reports (config spec 1 to 5).
///
/// # Errors
///
/// The first of [`problems`]: the client does not start.
pub fn resolve<'a>(
    settings: &ProducerSettings<'a>,
    release: ClientRelease,
) -> Result<Resolved<'a>, ConfigError<'a>> {
    match problems(settings, release).next() {
        Some(error) => Err(error),
        None => Ok(resolved(&Reading::new(settings, release))),
    }
}

/// Everything for which the client refuses these settings, in the order in which it would report
/// them if the ones before were mended; none if it starts. At most one a setting and one a rule
/// between settings, so 27.
///
/// A value that can't be read takes no part in the rules between settings, but its key counts as
/// set.
pub fn problems<'a>(
    settings: &ProducerSettings<'a>,
    release: ClientRelease,
) -> impl Iterator<Item = ConfigError<'a>> {
    let reading = Reading::new(settings, release);
    let values = Setting::ALL.iter().filter_map(move |setting| reading.unreadable(*setting));
    let between = release.checks().iter().filter_map(move |check| check.fails(&reading));
    values.chain(between)
}

/// What the settings come to. Times are in milliseconds, sizes in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Resolved<'a> {
    /// Whose rules these are.
    pub release: ClientRelease,
    /// Whether produce requests carry a producer id, and why.
    pub idempotence: Idempotence,
    /// The transactional producer, if `transactional.id` names one.
    pub transactional: Option<Transactional<'a>>,
    /// Whose acknowledgement counts. Idempotence raises it to `all` if it is not set, before 3.0.
    pub acks: Acks,
    /// How often a batch is sent again, `0 ..= 2147483647`. Idempotence raises it to the largest
    /// if it is not set, before 2.1.
    pub retries: i32,
    /// Requests without an answer, at least 1. Idempotence lowers it to 1 if it is not set, in
    /// 0.11.
    pub max_in_flight: i32,
    /// The deadline of a record, raised if it has to be; `None` before 2.1, where there is none.
    pub delivery_timeout_ms: Option<i32>,
    /// How long a batch waits for records, capped at 2147483647 as the client does.
    pub linger_ms: i32,
    /// How long an answer may take.
    pub request_timeout_ms: i32,
    /// The wait before the first retry.
    pub retry_backoff_ms: i64,
    /// The longest wait; the same as the first before 3.7, where it does not grow.
    pub retry_backoff_max_ms: i64,
    /// How long `send` may block.
    pub max_block_ms: i64,
    /// Bytes of a batch, at least 1.
    pub batch_size: i32,
    /// Bytes for batches that wait.
    pub buffer_memory: i64,
    /// Bytes of a request.
    pub max_request_size: i32,
    /// Where the client's id comes from.
    pub client_id: ClientId<'a>,
    /// What started and yet should be known.
    pub warnings: Warnings,
}

impl Resolved<'_> {
    /// Whether a partition has at most one batch under way, so that no retry overtakes another
    /// batch: with one request in flight, idempotent or not (config spec 3).
    #[must_use]
    pub const fn mutes_partitions(&self) -> bool {
        self.max_in_flight == 1
    }
}

/// Whether idempotence is on, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idempotence {
    /// Produce requests carry a producer id, an epoch and sequences.
    On(OnBy),
    /// They carry none.
    Off(OffBy),
}

impl Idempotence {
    /// Whether it is on.
    #[must_use]
    pub const fn is_on(self) -> bool {
        matches!(self, Self::On(_))
    }
}

/// Why idempotence is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnBy {
    /// `enable.idempotence=true` is written out: conflicts are errors.
    Request,
    /// The release turns it on: a conflict would drop it.
    Default,
    /// The key `transactional.id` is there and the switch is not, before 3.0.1: conflicts are
    /// errors.
    TransactionalId,
}

/// Why idempotence is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OffBy {
    /// `enable.idempotence=false` is written out.
    Request,
    /// The release does not turn it on, before 3.0.1.
    Default,
    /// It would be on, and these settings dropped it without an error (KAFKA-13673).
    Conflicts(Conflicts),
}

/// The settings that can't be had together with idempotence (config spec 3). At least one if it is
/// in an [`OffBy`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Conflicts {
    /// `retries` is 0.
    pub retries: bool,
    /// `acks`, if it is not `all`.
    pub acks: Option<Acks>,
    /// Requests in flight, if more than idempotence allows.
    pub in_flight: Option<i32>,
}

impl Conflicts {
    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        !self.retries && self.acks.is_none() && self.in_flight.is_none()
    }

    /// The settings in conflict, in the order in which Kafka looks at them.
    pub fn settings(&self) -> impl Iterator<Item = Setting> + use<> {
        let retries = self.retries.then_some(Setting::Retries);
        let acks = self.acks.map(|_| Setting::Acks);
        let in_flight = self.in_flight.map(|_| Setting::MaxInFlight);
        retries.into_iter().chain(acks).chain(in_flight)
    }
}

/// A transactional producer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transactional<'a> {
    /// Its id, trimmed, not empty.
    pub id: &'a str,
    /// `transaction.timeout.ms`: any number; brokers refuse some of them.
    pub timeout_ms: i32,
    /// Whether transactions never expire (KIP-939).
    pub two_phase_commit: bool,
}

/// Where the client's id comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientId<'a> {
    /// As given and trimmed; since 2.5 perhaps empty.
    Given(&'a str),
    /// `producer-` and this transactional id, trimmed (but in 2.4 as given).
    OfTransactionalId(&'a str),
    /// `producer-` and a number that counts the process's producers from 1.
    Counted,
}

/// A rule between settings, as one of the places in which a release looks at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Check {
    NotNull(Setting),
    NotNullIfIdempotent(Setting),
    Retries,
    Acks,
    InFlight,
    Idempotence,
    Delivery,
    TwoPhase,
}

impl Check {
    fn fails<'a>(self, reading: &Reading<'a>) -> Option<ConfigError<'a>> {
        let (setting, rule) = self.broken(reading)?;
        Some(ConfigError { setting, value: reading.given_or_default(setting), rule })
    }

    fn broken(self, reading: &Reading<'_>) -> Option<(Setting, Rule)> {
        let idempotence = reading.idempotence();
        let is_on = idempotence.is_some_and(Idempotence::is_on);
        let conflicts = reading.conflicts();
        match self {
            Self::NotNull(setting) => {
                reading.is_null(setting).then_some((setting, Rule::NullCrashes))
            }
            Self::NotNullIfIdempotent(setting) => {
                (is_on && reading.is_null(setting)).then_some((setting, Rule::NullCrashes))
            }
            Self::Retries => {
                (is_on && conflicts.retries).then_some((Setting::Retries, Rule::Retries))
            }
            Self::Acks => {
                (is_on && conflicts.acks.is_some()).then_some((Setting::Acks, Rule::AcksAll))
            }
            Self::InFlight => {
                conflicts.in_flight?;
                let asked = match idempotence? {
                    Idempotence::On(OnBy::Default) => false,
                    Idempotence::On(_) => true,
                    // Refused even so, unless the conflict is what dropped it.
                    Idempotence::Off(OffBy::Conflicts(dropped)) if dropped.in_flight.is_none() => {
                        false
                    }
                    Idempotence::Off(_) => return None,
                };
                let most = reading.release.most_in_flight();
                Some((Setting::MaxInFlight, Rule::InFlight { most, asked }))
            }
            Self::Idempotence => match idempotence? {
                Idempotence::Off(off) if reading.is_set(Setting::TransactionalId) => {
                    Some((Setting::TransactionalId, Rule::Idempotence { off }))
                }
                _ => None,
            },
            Self::Delivery => {
                let least = reading.delivery_too_short()?;
                reading
                    .is_set(Setting::DeliveryTimeoutMs)
                    .then_some((Setting::DeliveryTimeoutMs, Rule::Delivery { least }))
            }
            Self::TwoPhase => {
                let asked = reading.boolean(Setting::TwoPhaseCommitEnable) == Some(true);
                (asked && reading.is_set(Setting::TransactionTimeoutMs))
                    .then_some((Setting::TransactionTimeoutMs, Rule::NoTimeout))
            }
        }
    }
}

/// Only for settings without a problem, so that every value has been read.
fn resolved<'a>(reading: &Reading<'a>) -> Resolved<'a> {
    let int = |setting| reading.int(setting).unwrap_or_default();
    let long = |setting| reading.long(setting).unwrap_or_default();
    let release = reading.release;
    let idempotence = reading.idempotence().unwrap_or(Idempotence::Off(OffBy::Default));
    let adapts = |setting| idempotence.is_on() && !reading.is_set(setting);
    let id = reading.text(Setting::TransactionalId);
    let transactional = id.map(|id| Transactional {
        id,
        timeout_ms: int(Setting::TransactionTimeoutMs),
        two_phase_commit: reading.boolean(Setting::TwoPhaseCommitEnable) == Some(true),
    });
    let retry_backoff_ms = long(Setting::RetryBackoffMs);
    let mut resolved = Resolved {
        release,
        idempotence,
        transactional,
        acks: match reading.acks() {
            Some(acks) if !adapts(Setting::Acks) => acks,
            _ => Acks::All,
        },
        retries: if adapts(Setting::Retries) { i32::MAX } else { int(Setting::Retries) },
        max_in_flight: if adapts(Setting::MaxInFlight) {
            release.most_in_flight()
        } else {
            int(Setting::MaxInFlight)
        },
        delivery_timeout_ms: reading
            .delivery_too_short()
            .or_else(|| reading.int(Setting::DeliveryTimeoutMs)),
        linger_ms: reading.linger_ms().unwrap_or_default(),
        request_timeout_ms: int(Setting::RequestTimeoutMs),
        retry_backoff_ms,
        retry_backoff_max_ms: reading.long(Setting::RetryBackoffMaxMs).unwrap_or(retry_backoff_ms),
        max_block_ms: long(Setting::MaxBlockMs),
        batch_size: int(Setting::BatchSize).max(1),
        buffer_memory: long(Setting::BufferMemory),
        max_request_size: int(Setting::MaxRequestSize),
        client_id: reading.client_id(),
        warnings: Warnings::new(),
    };
    resolved.warnings = Warning::all(reading, &resolved);
    resolved
}
