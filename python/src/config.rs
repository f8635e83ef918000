//! The core's `config` room: what a release of Kafka's Java client makes of settings. The frozen
//! values that Python sees are made of these in `pysrc/fencepost/config.py`.

use fencepost::config::{
    Brokers, ClientId, ClientRelease, Cluster, ConfigError, Conflicts, Idempotence, Later, Moment,
    OffBy, OnBy, Outcome, ProducerSettings, Promise, Resolved, Rule, Setting, Value, Warning,
    guarantee, later, problems, resolve,
};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyInt, PyString};

/// A value that keeps its text, so that the core can borrow it.
enum Given {
    Null,
    Text(String),
    Bool(bool),
    Int(i32),
    Long(i64),
    Other,
}

impl Given {
    fn of(value: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(if value.is_none() {
            Self::Null
        } else if value.is_instance_of::<PyBool>() {
            Self::Bool(value.extract()?)
        } else if value.is_instance_of::<PyString>() {
            Self::Text(value.extract()?)
        } else if value.is_instance_of::<PyInt>() {
            let long = value.extract::<i64>().map_or(Self::Other, Self::Long);
            value.extract::<i32>().map_or(long, Self::Int)
        } else {
            Self::Other
        })
    }

    fn value(&self) -> Value<'_> {
        match self {
            Self::Null => Value::Null,
            Self::Text(text) => Value::Text(text),
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(value) => Value::Int(*value),
            Self::Long(value) => Value::Long(*value),
            Self::Other => Value::Other,
        }
    }
}

type Pairs<'py> = Vec<(String, Bound<'py, PyAny>)>;
type Version = (u16, u16, u16);
/// `retries`, `acks`, requests in flight.
type Conflicting = (bool, Option<String>, Option<i32>);
/// Setting, rule, bound, why idempotence is off and what conflicts, sentence.
type Problem = (String, String, Option<i64>, Option<String>, Conflicting, String);
/// Kind, moment, outcome, error code, sentence.
type Refused = (String, String, String, Option<i16>, String);

/// Calls with the settings as the core takes them, without the keys that it does not know.
fn with<T>(
    pairs: &Pairs<'_>,
    version: Version,
    call: impl FnOnce(&ProducerSettings<'_>, ClientRelease) -> PyResult<T>,
) -> PyResult<T> {
    let (major, minor, patch) = version;
    let release = ClientRelease::of(major, minor, patch).ok_or_else(|| {
        PyValueError::new_err(format!(
            "a client of {major}.{minor} is older than 0.11 and has no idempotence"
        ))
    })?;
    let mut given = Vec::with_capacity(pairs.len());
    for (key, value) in pairs {
        if let Some(setting) = Setting::of(key) {
            given.push((setting, Given::of(value)?));
        }
    }
    let mut settings = ProducerSettings::new();
    for (setting, value) in &given {
        settings.put(*setting, Some(value.value()));
    }
    call(&settings, release)
}

/// Every setting's name, in the order in which Kafka looks at them.
#[pyfunction]
pub(crate) fn config_settings() -> Vec<String> {
    Setting::ALL.iter().map(ToString::to_string).collect()
}

/// Everything for which the client refuses these settings: setting, rule, bound, why idempotence is
/// off and what conflicts, and the sentence.
#[pyfunction]
pub(crate) fn config_problems(settings: Pairs<'_>, version: Version) -> PyResult<Vec<Problem>> {
    with(&settings, version, |settings, release| {
        Ok(problems(settings, release).map(|problem| told(&problem)).collect())
    })
}

fn told(problem: &ConfigError<'_>) -> Problem {
    let (rule, bound, off) = match problem.rule {
        Rule::Boolean => ("boolean", None, None),
        Rule::Int => ("int", None, None),
        Rule::Long => ("long", None, None),
        Rule::Text => ("text", None, None),
        Rule::NotNull => ("not-null", None, None),
        Rule::NullCrashes => ("null-crashes", None, None),
        Rule::AtLeast { least } => ("at-least", Some(least), None),
        Rule::OneOf { .. } => ("one-of", None, None),
        Rule::NotEmpty => ("not-empty", None, None),
        Rule::Retries => ("retries", None, None),
        Rule::AcksAll => ("acks-all", None, None),
        Rule::InFlight { most, asked: true } => ("in-flight", Some(most.into()), None),
        Rule::InFlight { most, asked: false } => ("in-flight-unasked", Some(most.into()), None),
        Rule::Idempotence { off } => ("idempotence", None, Some(off)),
        Rule::Delivery { least } => ("delivery", Some(least.into()), None),
        Rule::NoTimeout => ("no-timeout", None, None),
        _ => ("other", None, None),
    };
    let conflicts = match off {
        Some(OffBy::Conflicts(conflicts)) => conflicts,
        _ => Conflicts::default(),
    };
    (
        problem.setting.to_string(),
        rule.to_owned(),
        bound,
        off.map(|off| off_by(off).to_owned()),
        conflicting(&conflicts),
        problem.to_string(),
    )
}

const fn off_by(off: OffBy) -> &'static str {
    match off {
        OffBy::Request => "request",
        OffBy::Default => "default",
        OffBy::Conflicts(_) => "conflicts",
    }
}

fn conflicting(conflicts: &Conflicts) -> Conflicting {
    (conflicts.retries, conflicts.acks.map(|acks| acks.to_string()), conflicts.in_flight)
}

/// What settings that start come to.
#[pyclass(frozen, get_all, module = "fencepost._fencepost")]
pub(crate) struct ConfigResolved {
    idempotent: bool,
    by: String,
    conflicts: Conflicting,
    transactional_id: Option<String>,
    transaction_timeout_ms: Option<i32>,
    two_phase_commit: bool,
    acks: String,
    retries: i32,
    max_in_flight: i32,
    delivery_timeout_ms: Option<i32>,
    linger_ms: i32,
    request_timeout_ms: i32,
    retry_backoff_ms: i64,
    retry_backoff_max_ms: i64,
    max_block_ms: i64,
    batch_size: i32,
    buffer_memory: i64,
    max_request_size: i32,
    client_id: Option<String>,
    /// Kind, numbers, sentence.
    warnings: Vec<(String, Vec<i64>, String)>,
    promise: String,
    promise_text: String,
    reasons: Vec<String>,
}

/// What settings come to that have no problem; `None` if they have.
#[pyfunction]
pub(crate) fn config_resolve(
    settings: Pairs<'_>,
    version: Version,
) -> PyResult<Option<ConfigResolved>> {
    with(&settings, version, |settings, release| {
        Ok(resolve(settings, release).ok().map(|resolved| shown(&resolved)))
    })
}

fn shown(resolved: &Resolved<'_>) -> ConfigResolved {
    let (by, conflicts) = match resolved.idempotence {
        Idempotence::On(OnBy::Request) => ("request", Conflicts::default()),
        Idempotence::On(OnBy::Default) => ("default", Conflicts::default()),
        Idempotence::On(OnBy::TransactionalId) => ("transactional-id", Conflicts::default()),
        Idempotence::Off(off @ OffBy::Conflicts(conflicts)) => (off_by(off), conflicts),
        Idempotence::Off(off) => (off_by(off), Conflicts::default()),
    };
    let promise = guarantee(resolved);
    ConfigResolved {
        idempotent: resolved.idempotence.is_on(),
        by: by.to_owned(),
        conflicts: conflicting(&conflicts),
        transactional_id: resolved.transactional.map(|one| one.id.to_owned()),
        transaction_timeout_ms: resolved.transactional.map(|one| one.timeout_ms),
        two_phase_commit: resolved.transactional.is_some_and(|one| one.two_phase_commit),
        acks: resolved.acks.to_string(),
        retries: resolved.retries,
        max_in_flight: resolved.max_in_flight,
        delivery_timeout_ms: resolved.delivery_timeout_ms,
        linger_ms: resolved.linger_ms,
        request_timeout_ms: resolved.request_timeout_ms,
        retry_backoff_ms: resolved.retry_backoff_ms,
        retry_backoff_max_ms: resolved.retry_backoff_max_ms,
        max_block_ms: resolved.max_block_ms,
        batch_size: resolved.batch_size,
        buffer_memory: resolved.buffer_memory,
        max_request_size: resolved.max_request_size,
        client_id: match resolved.client_id {
            ClientId::Given(id) => Some(id.to_owned()),
            ClientId::OfTransactionalId(id) => Some(format!("producer-{id}")),
            ClientId::Counted => None,
        },
        warnings: resolved.warnings.iter().map(warned).collect(),
        promise: promised(promise.promise).to_owned(),
        promise_text: promise.promise.to_string(),
        reasons: promise.reasons.iter().map(ToString::to_string).collect(),
    }
}

const fn promised(promise: Promise) -> &'static str {
    match promise {
        Promise::ExactlyOnceAcrossSessions => "exactly-once-across-sessions",
        Promise::ExactlyOncePerSession => "exactly-once-per-session",
        Promise::AtLeastOnceInOrder => "at-least-once-in-order",
        Promise::AtLeastOnce => "at-least-once",
        Promise::AtMostOnce => "at-most-once",
    }
}

fn warned(warning: &Warning) -> (String, Vec<i64>, String) {
    let (kind, numbers) = match *warning {
        Warning::IdempotenceDropped(_) => ("idempotence-dropped", vec![]),
        Warning::IdempotenceNotDefault => ("idempotence-not-default", vec![]),
        Warning::DeliveryRaised { from, to } => ("delivery-raised", vec![from.into(), to.into()]),
        Warning::BackoffConstant { max_ms } => ("backoff-constant", vec![max_ms]),
        Warning::RetriesBounded { retries } => ("retries-bounded", vec![retries.into()]),
        Warning::TransactionTimeoutUnused => ("transaction-timeout-unused", vec![]),
        Warning::DeliveryOutlivesTransaction { delivery_ms, transaction_ms } => {
            ("delivery-outlives-transaction", vec![delivery_ms.into(), transaction_ms.into()])
        }
        _ => ("other", vec![]),
    };
    (kind.to_owned(), numbers, warning.to_string())
}

/// What brokers refuse of settings that start: kind, moment, outcome, error code, sentence.
///
/// The cluster: age of its brokers (0 before 0.11, 1 before 2.8, 2 since), whether
/// `IDEMPOTENT_WRITE` is granted, `transaction.max.timeout.ms`, `message.max.bytes`,
/// `min.insync.replicas`, replicas in sync.
#[pyfunction]
pub(crate) fn config_later(
    settings: Pairs<'_>,
    version: Version,
    cluster: (u8, bool, i32, i32, i32, i32),
) -> PyResult<Vec<Refused>> {
    let (age, idempotent_write, transaction_max, message_max, min_in_sync, in_sync) = cluster;
    let cluster = Cluster {
        brokers: match age {
            0 => Brokers::Before0_11,
            1 => Brokers::Before2_8,
            _ => Brokers::Since2_8,
        },
        idempotent_write,
        transaction_max_timeout_ms: transaction_max,
        message_max_bytes: message_max,
        min_insync_replicas: min_in_sync,
        in_sync_replicas: in_sync,
    };
    with(&settings, version, |settings, release| {
        let Ok(resolved) = resolve(settings, release) else {
            return Ok(Vec::new());
        };
        Ok(later(&resolved, &cluster).iter().map(|one| refused(one, &resolved)).collect())
    })
}

fn refused(one: &Later, resolved: &Resolved<'_>) -> Refused {
    let kind = match one {
        Later::NoProducerIds => "no-producer-ids",
        Later::NotAuthorized => "not-authorized",
        Later::TransactionTimeout { .. } => "transaction-timeout",
        Later::RecordTooLarge { .. } => "record-too-large",
        Later::BatchTooLarge { .. } => "batch-too-large",
        Later::NotEnoughReplicas { .. } => "not-enough-replicas",
        Later::LeaderMaySuffice => "leader-may-suffice",
        _ => "other",
    };
    let moment = match one.moment() {
        Moment::FirstInitProducerId => "first-init-producer-id",
        Moment::Send => "send",
        Moment::Produce => "produce",
        Moment::Never => "never",
    };
    let outcome = match one.outcome(resolved) {
        Outcome::Fatal => "fatal",
        Outcome::RecordFails => "record-fails",
        Outcome::TransactionAborts => "transaction-aborts",
        Outcome::Split => "split",
        Outcome::RetriedUntilDeadline => "retried-until-deadline",
        Outcome::Accepted => "accepted",
    };
    let code = one.error_code().map(|code| code.get());
    (kind.to_owned(), moment.to_owned(), outcome.to_owned(), code, one.to_string())
}
