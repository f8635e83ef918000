//! What does one batch carry, and how often was it tried? Producer spec 2.3.

/// The producer id and epoch that a batch carries, or that a partition counts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    /// The producer id; -1 is none.
    pub id: i64,
    /// The producer epoch; -1 is none.
    pub epoch: i16,
}

impl Identity {
    /// No producer id.
    pub const NONE: Self = Self { id: -1, epoch: -1 };

    /// Whether there is a producer id; the epoch is not looked at.
    #[must_use]
    pub const fn is_valid(self) -> bool {
        self.id > -1
    }
}

/// One batch for its whole life, whatever numbers it carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BatchHandle(pub(super) usize);

impl BatchHandle {
    /// The handle of the batch that was appended as the `n`th, from 1.
    #[must_use]
    pub const fn nth(n: usize) -> Self {
        Self(n.saturating_sub(1))
    }

    /// From 1, in the order of appending.
    #[must_use]
    pub const fn number(self) -> usize {
        self.0 + 1
    }
}

/// Why a batch failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// An error code of the protocol; the delivery timeout is 7.
    Code(i16),
    /// An error of the client that has no code.
    Named(&'static str),
}

/// What the user is told of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is on the log; the offset of its first record, or -1 if the answer named none.
    Acked(i64),
    /// It failed: the reference does not say whether it is on the log.
    Failed(Reason),
}

/// No sequence yet.
pub(super) const NO_SEQUENCE: i32 = -1;

#[derive(Clone, Debug)]
pub(super) struct Batch {
    pub(super) partition: usize,
    pub(super) records: i32,
    pub(super) created: i64,
    pub(super) identity: Identity,
    pub(super) base: i32,
    pub(super) attempts: u32,
    /// It was put back at least once.
    pub(super) retry: bool,
    /// Its numbers were rewritten and it was not drained since.
    pub(super) reset: bool,
    pub(super) outcome: Option<Outcome>,
    /// It was failed from outside: Kafka refuses to rewrite it from then on.
    pub(super) aborted: bool,
    last_attempt: i64,
    last_append: i64,
    leader_epoch: Option<i32>,
    attempts_at_leader_change: u32,
}

impl Batch {
    pub(super) const fn new(partition: usize, records: i32, now: i64) -> Self {
        Self {
            partition,
            records,
            created: now,
            identity: Identity::NONE,
            base: NO_SEQUENCE,
            attempts: 0,
            retry: false,
            reset: false,
            outcome: None,
            aborted: false,
            last_attempt: now,
            last_append: now,
            leader_epoch: None,
            attempts_at_leader_change: 0,
        }
    }

    pub(super) const fn has_sequence(&self) -> bool {
        self.base != NO_SEQUENCE
    }

    /// Plain addition: at the wrap it is not the sequence that the broker sees.
    pub(super) const fn last_sequence(&self) -> i32 {
        self.base.wrapping_add(self.records).wrapping_sub(1)
    }

    pub(super) const fn key(&self) -> (Identity, i32) {
        (self.identity, self.base)
    }

    pub(super) const fn is_due(&self, delivery_timeout_ms: i64, now: i64) -> bool {
        delivery_timeout_ms <= now.wrapping_sub(self.created)
    }

    pub(super) fn rewrite(&mut self, identity: Identity, base: i32) {
        (self.identity, self.base, self.reset) = (identity, base, true);
    }

    pub(super) fn put_back(&mut self, now: i64) {
        self.attempts += 1;
        self.last_attempt = self.last_append.max(now);
        self.last_append = self.last_attempt;
        self.retry = true;
    }

    pub(super) fn see_leader(&mut self, epoch: i32) {
        if self.leader_epoch.is_none_or(|known| known < epoch) {
            self.leader_epoch = Some(epoch);
            self.attempts_at_leader_change = self.attempts;
        }
    }

    /// When its backoff is over; long ago, if it was never put back.
    pub(super) const fn backoff_end(&self, backoff_ms: i64) -> i64 {
        if self.attempts == 0 { i64::MIN } else { self.last_attempt.saturating_add(backoff_ms) }
    }

    pub(super) fn backs_off(&self, backoff_ms: i64, now: i64) -> bool {
        let leader_changed = self.attempts >= 1 && self.attempts == self.attempts_at_leader_change;
        let waited = now.wrapping_sub(self.last_attempt).max(0);
        !leader_changed && self.attempts > 0 && waited < backoff_ms
    }
}
