//! Why does the client refuse to start?

use core::fmt;

use super::resolve::{Conflicts, OffBy};
use super::setting::Setting;
use super::value::Value;

/// A configuration that the client refuses: which setting, its value, and the rule it breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConfigError<'a> {
    /// The setting that the client's own error is about. What else takes part stands in the rule.
    pub setting: Setting,
    /// Its value as it was given; the default if it is not set.
    pub value: Value<'a>,
    /// The rule that decided.
    pub rule: Rule,
}

/// What a setting must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// `true` or `false` (config spec 1).
    Boolean,
    /// A number of 32 bits (config spec 1).
    Int,
    /// A number of 64 bits (config spec 1).
    Long,
    /// Text: a number's object is none (config spec 1).
    Text,
    /// Not null (config spec 1).
    NotNull,
    /// Not null either, but nothing checks it: the client fails with a null pointer (config spec
    /// 1). So it is with `enable.idempotence`, `client.id`, and `transaction.timeout.ms` under
    /// idempotence.
    NullCrashes,
    /// A number at or above a bound (config spec 2).
    AtLeast {
        /// The bound.
        least: i64,
    },
    /// One of some words, letter by letter (config spec 2).
    OneOf {
        /// The words.
        words: &'static [&'static str],
    },
    /// Not empty once trimmed (config spec 2).
    NotEmpty,
    /// Idempotence needs retries (config spec 3, E-RETRIES).
    Retries,
    /// Idempotence needs `acks=all` (config spec 3, E-ACKS).
    AcksAll,
    /// Idempotence bounds the requests in flight (config spec 3, E-INFLIGHT).
    InFlight {
        /// The bound: 5, and 1 in 0.11.
        most: i32,
        /// Whether idempotence was asked for, by its switch or (before 3.0.1) by a transactional
        /// id. If not, it is on by default, from 4.0 on (E-INFLIGHT4), and
        /// `enable.idempotence=false` is a way out too.
        asked: bool,
    },
    /// Transactions need idempotence, and it is off (config spec 3, E-TXN). Kafka's own error does
    /// not say why it is off.
    Idempotence {
        /// Why it is off.
        off: OffBy,
    },
    /// The deadline covers `linger.ms` and `request.timeout.ms` (config spec 4). The client reports
    /// this one inside a "failed to construct".
    Delivery {
        /// The least deadline that passes, in milliseconds.
        least: i32,
    },
    /// Transactions under two-phase commit never expire, so they have no timeout (config spec 3,
    /// KIP-939).
    NoTimeout,
}

impl fmt::Display for ConfigError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { setting, value, rule } = self;
        write!(f, "{setting} is {value}: {rule}")
    }
}

impl core::error::Error for ConfigError<'_> {}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Boolean => f.write_str("it must be true or false"),
            Self::Int => f.write_str("it must be a whole number of 32 bits"),
            Self::Long => f.write_str("it must be a whole number of 64 bits"),
            Self::Text => f.write_str("it must be text"),
            Self::NotNull => f.write_str("it must not be null"),
            Self::NullCrashes => {
                f.write_str("nothing checks this null, and the client fails with a null pointer")
            }
            Self::AtLeast { least } => write!(f, "it must be at least {least}"),
            Self::OneOf { words } => {
                f.write_str("it must be one of ")?;
                for (n, word) in words.iter().enumerate() {
                    write!(f, "{}{word}", if n == 0 { "" } else { ", " })?;
                }
                Ok(())
            }
            Self::NotEmpty => f.write_str("it must not be empty"),
            Self::Retries => f.write_str("idempotence needs at least one retry"),
            Self::AcksAll => f.write_str("idempotence needs acks=all"),
            Self::InFlight { most, asked } => {
                write!(f, "idempotence allows at most {most}")?;
                if asked {
                    Ok(())
                } else {
                    f.write_str(", and is on unless enable.idempotence is false")
                }
            }
            Self::Idempotence { off } => {
                write!(f, "transactions need idempotence, which is off because {off}")
            }
            Self::Delivery { least } => write!(
                f,
                "it must be at least linger.ms and request.timeout.ms together, which is {least}"
            ),
            Self::NoTimeout => f.write_str(
                "it must not be set with transaction.two.phase.commit.enable, under which \
                 transactions do not expire",
            ),
        }
    }
}

impl fmt::Display for OffBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request => f.write_str("enable.idempotence is false"),
            Self::Default => f.write_str("this release does not turn it on by itself"),
            Self::Conflicts(conflicts) => conflicts.fmt(f),
        }
    }
}

impl fmt::Display for Conflicts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut before = "";
        if self.retries {
            f.write_str("retries is 0")?;
            before = " and ";
        }
        if let Some(acks) = self.acks {
            write!(f, "{before}acks is {acks}")?;
            before = " and ";
        }
        if let Some(requests) = self.in_flight {
            write!(f, "{before}{} is {requests}", Setting::MaxInFlight)?;
        }
        Ok(())
    }
}
