//! Which rules of which release, and which bounds?

/// Whose broker is reproduced. Rules that changed between releases are named here, never chosen
/// silently (law 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Profile {
    /// Kafka 3.9, as 3.9.2 is; for 3.9.0 see [`Config::guard_first`].
    Kafka3_9,
    /// Kafka 4.0: an open transaction counts only in its own epoch, and a marker leaves alone the
    /// verification of the next transaction of a client with transaction version 2.
    Kafka4_0,
    /// Kafka 4.1: first sequences of transaction version 2, and stale epochs at verification.
    Kafka4_1,
    /// Kafka 4.2 to 4.4: markers of transaction version 2 need a higher epoch.
    Kafka4_2,
}

/// What happens to a client's new producer when every slot is taken (R60).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FullPolicy {
    /// It is refused.
    Refuse,
    /// The producer recorded least recently, and without an open transaction, is forgotten.
    ///
    /// Costs a relinking of two neighbours at each record.
    EvictLeastRecent,
    /// An expired producer is forgotten, if there is one among the next 64 of the sweep; otherwise
    /// refused.
    EvictExpired,
}

/// What a producer's age is counted from (R43).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExpireBy {
    /// The largest timestamp of its last batch, as Kafka does: on a create-time topic the client's
    /// clock.
    RecordTimestamp,
    /// The time of the append. A batch with old timestamps then does not make its producer expire
    /// at once.
    ///
    /// The entry's last timestamp is then the append's time, in snapshots and in DescribeProducers
    /// too.
    AppendTime,
}

/// Which first sequence a producer may begin with that the partition does not know (R27, R30).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnknownProducer {
    /// Any, since KIP-360 (Kafka 2.5 to 4.4).
    AnySequence,
    /// Only 0 while the partition has never held a record, else any (KAFKA-15591, announced for
    /// Kafka 4.5).
    ZeroIfNeverWritten,
}

/// How a partition decides. Begin with a profile and change what differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    pub(super) seed: u64,
    pub(super) rules: Rules,
}

/// What a partition keeps of its configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rules {
    pub(super) expiration_ms: u32,
    pub(super) max_transaction_ms: u32,
    pub(super) profile: Profile,
    pub(super) full: FullPolicy,
    pub(super) expire_by: ExpireBy,
    pub(super) unknown: UnknownProducer,
    pub(super) verification: bool,
    pub(super) guard_first: bool,
}

impl Config {
    /// A release's rules with Kafka's defaults: producers expire after a day, transactions may take
    /// 15 minutes, verification on, a full table refuses.
    #[must_use]
    pub const fn new(profile: Profile) -> Self {
        Self {
            seed: 0,
            rules: Rules {
                expiration_ms: 86_400_000,
                max_transaction_ms: 900_000,
                profile,
                full: FullPolicy::Refuse,
                expire_by: ExpireBy::RecordTimestamp,
                unknown: UnknownProducer::AnySequence,
                verification: true,
                guard_first: false,
            },
        }
    }

    /// [`Profile::Kafka4_2`], which Kafka 4.4.0 still follows.
    #[must_use]
    pub const fn kafka_4_2() -> Self {
        Self::new(Profile::Kafka4_2)
    }

    /// A random number. Clients choose producer ids, so the index must be keyed by something they
    /// can't know; it also tells the tickets of one partition from another's.
    #[must_use]
    pub const fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// `producer.id.expiration.ms`, at least 1.
    #[must_use]
    pub const fn expiration_ms(self, millis: u32) -> Self {
        self.with(Rules { expiration_ms: millis, ..self.rules })
    }

    /// `transaction.max.timeout.ms`: when a transaction is late (R42).
    #[must_use]
    pub const fn max_transaction_ms(self, millis: u32) -> Self {
        self.with(Rules { max_transaction_ms: millis, ..self.rules })
    }

    /// `transaction.partition.verification.enable` (KIP-890).
    #[must_use]
    pub const fn verification(self, enabled: bool) -> Self {
        self.with(Rules { verification: enabled, ..self.rules })
    }

    /// Whether the guard of a transactional write is looked at before its epoch, so that a fenced
    /// producer learns that it was not verified (48) and not that it is fenced (47).
    ///
    /// KAFKA-19690 turned that round, late in three branches: 3.9.2, 4.0.2 and 4.1.2 look at the
    /// epoch first, and so do all profiles. This is for the releases of these branches before the
    /// fix, such as 3.9.0 (R45).
    #[must_use]
    pub const fn guard_first(self, first: bool) -> Self {
        self.with(Rules { guard_first: first, ..self.rules })
    }

    /// What happens when every slot is taken.
    #[must_use]
    pub const fn full(self, policy: FullPolicy) -> Self {
        self.with(Rules { full: policy, ..self.rules })
    }

    /// What a producer's age is counted from.
    #[must_use]
    pub const fn expire_by(self, clock: ExpireBy) -> Self {
        self.with(Rules { expire_by: clock, ..self.rules })
    }

    /// Which first sequence an unknown producer may begin with.
    #[must_use]
    pub const fn unknown_producer(self, policy: UnknownProducer) -> Self {
        self.with(Rules { unknown: policy, ..self.rules })
    }

    const fn with(self, rules: Rules) -> Self {
        Self { rules, ..self }
    }
}
