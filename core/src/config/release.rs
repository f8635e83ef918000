//! Whose rules: which release of the Java client?

use super::resolve::Check;
use super::setting::Setting;

/// A range of releases of Kafka's Java client that resolve a configuration alike (config spec 5).
///
/// They are ordered by age. What differs is named at each; what a later one does not take back
/// stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClientRelease {
    /// 0.11: idempotence is off by default and allows 1 request in flight; `acks` is `1` and
    /// `retries` 0 unless idempotence is asked for.
    Kafka0_11,
    /// 1.0 to 2.0: idempotence allows 5 requests in flight.
    Kafka1_0,
    /// 2.1.0 to 2.2.0: `retries` is 2147483647, and `delivery.timeout.ms` bounds them (KIP-91); its
    /// check adds in 32 bits, and wraps.
    Kafka2_1,
    /// 2.2.1 to 2.3: `linger.ms` has 64 bits, and the check saturates.
    Kafka2_2,
    /// 2.4: a client without an id is named after its transactional id.
    Kafka2_4,
    /// 2.5 to 2.8: conflicts of `retries` and `acks` are found before the deadline is checked.
    Kafka2_5,
    /// 3.0.0 and 3.1.0: idempotence is documented as the default and is off (KAFKA-13598);
    /// `acks=all` is in effect.
    Kafka3_0,
    /// 3.0.1, 3.1.1 and 3.2 to 3.6: idempotence is on by default, and a conflict drops it silently
    /// (KAFKA-13673).
    Kafka3_0_1,
    /// 3.7 to 3.9: `retry.backoff.max.ms` exists (KIP-580).
    Kafka3_7,
    /// 4.0: more than 5 requests in flight are refused, not a reason to drop idempotence;
    /// `linger.ms` is 5 (KIP-1030).
    Kafka4_0,
    /// 4.1 to 4.4: `transaction.two.phase.commit.enable` exists (KIP-939).
    Kafka4_1,
}

impl ClientRelease {
    /// Every range, oldest first.
    pub const ALL: [Self; 11] = [
        Self::Kafka0_11,
        Self::Kafka1_0,
        Self::Kafka2_1,
        Self::Kafka2_2,
        Self::Kafka2_4,
        Self::Kafka2_5,
        Self::Kafka3_0,
        Self::Kafka3_0_1,
        Self::Kafka3_7,
        Self::Kafka4_0,
        Self::Kafka4_1,
    ];

    /// The range that a version is in; a version after 4.4 counts as 4.4, and one before 0.11 has
    /// no idempotence and is `None`.
    ///
    /// In 0.11.0.3 the patch is 0.
    #[must_use]
    pub const fn of(major: u16, minor: u16, patch: u16) -> Option<Self> {
        Some(match (major, minor, patch) {
            (0, 0..=10, _) => return None,
            (0, _, _) => Self::Kafka0_11,
            (1, _, _) | (2, 0, _) => Self::Kafka1_0,
            (2, 1, _) | (2, 2, 0) => Self::Kafka2_1,
            (2, 2 | 3, _) => Self::Kafka2_2,
            (2, 4, _) => Self::Kafka2_4,
            (2, _, _) => Self::Kafka2_5,
            (3, 0 | 1, 0) => Self::Kafka3_0,
            (3, 0..=6, _) => Self::Kafka3_0_1,
            (3, _, _) => Self::Kafka3_7,
            (4, 0, _) => Self::Kafka4_0,
            _ => Self::Kafka4_1,
        })
    }

    /// Whether idempotence is on when nothing is said of it.
    #[must_use]
    pub const fn idempotent_by_default(self) -> bool {
        self.is_from(Self::Kafka3_0_1)
    }

    /// Whether too many requests in flight drop an idempotence nobody asked for, instead of being
    /// refused.
    pub(super) const fn in_flight_drops_idempotence(self) -> bool {
        self.idempotent_by_default() && !self.is_from(Self::Kafka4_0)
    }

    /// How many requests in flight idempotence allows: 1 in 0.11, else 5.
    #[must_use]
    pub const fn most_in_flight(self) -> i32 {
        if self.is_from(Self::Kafka1_0) { 5 } else { 1 }
    }

    /// Whether this is `first` or a later one.
    #[must_use]
    pub const fn is_from(self, first: Self) -> bool {
        self.age() >= first.age()
    }

    /// 0 for the oldest; `PartialOrd` is not `const`.
    const fn age(self) -> u8 {
        match self {
            Self::Kafka0_11 => 0,
            Self::Kafka1_0 => 1,
            Self::Kafka2_1 => 2,
            Self::Kafka2_2 => 3,
            Self::Kafka2_4 => 4,
            Self::Kafka2_5 => 5,
            Self::Kafka3_0 => 6,
            Self::Kafka3_0_1 => 7,
            Self::Kafka3_7 => 8,
            Self::Kafka4_0 => 9,
            Self::Kafka4_1 => 10,
        }
    }

    /// What is checked once every value has been read, in the order in which it is reported: in
    /// `ProducerConfig` first, then in `KafkaProducer`.
    pub(super) const fn checks(self) -> &'static [Check] {
        use Check::{
            Acks, Delivery, Idempotence, InFlight, NotNull, NotNullIfIdempotent, Retries, TwoPhase,
        };
        match self {
            Self::Kafka0_11 | Self::Kafka1_0 => &[
                NotNull(Setting::ClientId),
                NotNull(Setting::EnableIdempotence),
                Idempotence,
                NotNullIfIdempotent(Setting::TransactionTimeoutMs),
                Retries,
                InFlight,
                Acks,
            ],
            Self::Kafka2_1 | Self::Kafka2_2 | Self::Kafka2_4 => &[
                NotNull(Setting::ClientId),
                NotNull(Setting::EnableIdempotence),
                Idempotence,
                NotNullIfIdempotent(Setting::TransactionTimeoutMs),
                Delivery,
                InFlight,
                Retries,
                Acks,
            ],
            Self::Kafka2_5 | Self::Kafka3_0 => &[
                NotNull(Setting::EnableIdempotence),
                Idempotence,
                Retries,
                Acks,
                NotNull(Setting::ClientId),
                Delivery,
                NotNullIfIdempotent(Setting::TransactionTimeoutMs),
                InFlight,
            ],
            Self::Kafka3_0_1 | Self::Kafka3_7 | Self::Kafka4_0 | Self::Kafka4_1 => &[
                NotNull(Setting::EnableIdempotence),
                Retries,
                Acks,
                InFlight,
                Idempotence,
                NotNull(Setting::TwoPhaseCommitEnable),
                TwoPhase,
                NotNull(Setting::ClientId),
                Delivery,
                NotNullIfIdempotent(Setting::TransactionTimeoutMs),
            ],
        }
    }
}
