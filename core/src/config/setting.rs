//! Which settings are there, of which type, with which default and bound?

use core::fmt;

use super::release::ClientRelease;
use super::value::Value;

/// Rows of `Variant "name" "doc"` in the order of Kafka's definition, which is the order in which
/// bad values are reported (config spec 1).
macro_rules! settings {
    ($($variant:ident $name:literal $doc:literal)*) => {
        /// A producer setting that bears on what is promised or refused (config spec 2).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Setting {
            $(
                #[doc = concat!("`", $name, "`: ", $doc)]
                $variant,
            )*
        }

        impl Setting {
            /// Every setting, in the order of Kafka's definition: of several bad values the first
            /// is reported.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Kafka's name, `acks`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The setting of exactly this name; `None` for one that Kafka does not know, or that
            /// is none of these. Kafka ignores unknown names (config spec 1).
            #[must_use]
            pub fn of(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

settings! {
    BufferMemory "buffer.memory" "bytes for batches that wait, 64 bits."
    Retries "retries" "how often a batch is sent again, 32 bits."
    Acks "acks" "whose acknowledgement counts: `all`, `-1`, `0` or `1`."
    CompressionType "compression.type" "one of five codecs; before 3.6 Kafka looks at it later."
    BatchSize "batch.size" "bytes of a batch, 32 bits; 0 acts as 1."
    LingerMs "linger.ms" "how long a batch waits for records, 64 bits (32 in 2.1.0 to 2.2.0)."
    DeliveryTimeoutMs "delivery.timeout.ms" "the deadline of a record, 32 bits, since 2.1."
    ClientId "client.id" "the client's name in the broker's logs."
    MaxRequestSize "max.request.size" "bytes of a request, 32 bits."
    RetryBackoffMs "retry.backoff.ms" "the wait before the first retry, 64 bits."
    RetryBackoffMaxMs "retry.backoff.max.ms" "the longest wait, 64 bits, since 3.7."
    MaxBlockMs "max.block.ms" "how long `send` may block, 64 bits."
    RequestTimeoutMs "request.timeout.ms" "how long an answer may take, 32 bits."
    MaxInFlight "max.in.flight.requests.per.connection" "requests without an answer, 32 bits."
    EnableIdempotence "enable.idempotence" "the switch."
    TransactionTimeoutMs "transaction.timeout.ms" "when a broker aborts; any 32 bits start."
    TransactionalId "transactional.id" "the name of a transactional producer, not empty."
    TwoPhaseCommitEnable "transaction.two.phase.commit.enable" "no transaction expires; since 4.1."
}

/// What a setting's value must be (config spec 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `true` or `false`.
    Boolean,
    /// 32 bits, at least this if there is a bound.
    Int(Option<i32>),
    /// 64 bits, at least this.
    Long(i64),
    /// Any text, or null.
    Text,
    /// Text that is not empty, or null.
    Name,
    /// One of these words.
    Word(&'static [&'static str]),
}

impl Setting {
    /// Whether the client of this release knows the setting; otherwise it ignores it.
    #[must_use]
    pub const fn exists_in(self, release: ClientRelease) -> bool {
        release.is_from(match self {
            Self::DeliveryTimeoutMs => ClientRelease::Kafka2_1,
            Self::RetryBackoffMaxMs => ClientRelease::Kafka3_7,
            Self::TwoPhaseCommitEnable => ClientRelease::Kafka4_1,
            _ => ClientRelease::Kafka0_11,
        })
    }

    /// What the value must be in this release.
    #[must_use]
    pub const fn kind(self, release: ClientRelease) -> Kind {
        match self {
            Self::EnableIdempotence | Self::TwoPhaseCommitEnable => Kind::Boolean,
            Self::Acks => Kind::Word(&["all", "-1", "0", "1"]),
            Self::CompressionType => Kind::Word(codecs(release)),
            Self::ClientId => Kind::Text,
            Self::TransactionalId => Kind::Name,
            Self::TransactionTimeoutMs => Kind::Int(None),
            Self::MaxInFlight => Kind::Int(Some(1)),
            Self::Retries
            | Self::BatchSize
            | Self::DeliveryTimeoutMs
            | Self::MaxRequestSize
            | Self::RequestTimeoutMs => Kind::Int(Some(0)),
            Self::LingerMs if matches!(release, ClientRelease::Kafka2_1) => Kind::Int(Some(0)),
            Self::LingerMs
            | Self::BufferMemory
            | Self::RetryBackoffMs
            | Self::RetryBackoffMaxMs
            | Self::MaxBlockMs => Kind::Long(0),
        }
    }

    /// The value when nothing is set, as the release defines it (config spec 2).
    ///
    /// What idempotence changes of it stands in [`Resolved`](super::Resolved). The switch itself
    /// is `true` in 3.0.0 and 3.1.0 too, where it is not obeyed.
    #[must_use]
    pub const fn default(self, release: ClientRelease) -> Value<'static> {
        match self {
            Self::BufferMemory => Value::Long(33_554_432),
            Self::Retries if release.is_from(ClientRelease::Kafka2_1) => Value::Int(i32::MAX),
            Self::Retries => Value::Int(0),
            Self::Acks if release.is_from(ClientRelease::Kafka3_0) => Value::Text("all"),
            Self::Acks => Value::Text("1"),
            Self::CompressionType => Value::Text("none"),
            Self::BatchSize => Value::Int(16_384),
            Self::LingerMs if release.is_from(ClientRelease::Kafka4_0) => Value::Int(5),
            Self::LingerMs => Value::Int(0),
            Self::DeliveryTimeoutMs => Value::Int(120_000),
            Self::ClientId => Value::Text(""),
            Self::MaxRequestSize => Value::Int(1_048_576),
            Self::RetryBackoffMs => Value::Long(100),
            Self::RetryBackoffMaxMs => Value::Long(1_000),
            Self::MaxBlockMs => Value::Long(60_000),
            Self::RequestTimeoutMs => Value::Int(30_000),
            Self::MaxInFlight => Value::Int(5),
            Self::EnableIdempotence => Value::Bool(release.is_from(ClientRelease::Kafka3_0)),
            Self::TransactionTimeoutMs => Value::Int(60_000),
            Self::TransactionalId => Value::Null,
            Self::TwoPhaseCommitEnable => Value::Bool(false),
        }
    }
}

/// zstd came with 2.1 (KIP-110).
const fn codecs(release: ClientRelease) -> &'static [&'static str] {
    if release.is_from(ClientRelease::Kafka2_1) {
        &["none", "gzip", "snappy", "lz4", "zstd"]
    } else {
        &["none", "gzip", "snappy", "lz4"]
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
