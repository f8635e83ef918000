//! Has this transaction taken too long, and has this transactional id been idle too long?

use super::metadata::{Release, TransactionMetadata, TransactionRecord};
use super::refusal::Refusal;
use super::state::TransactionState::{Dead, Ongoing};
use super::transit::{Purpose, Transit};
use crate::broker::TransactionVersion;
use crate::error_code::ErrorCode;
use crate::ids::{ProducerId, Timestamp};

impl TransactionMetadata {
    /// Whether the running transaction is over its timeout: strictly, and not while a transition
    /// is pending (coordinator spec 10). Ask every
    /// `transaction.abort.timed.out.transaction.cleanup.interval.ms`, 10 s if not said.
    ///
    /// Kafka 4.4 never times out a timeout of 2147483647 ms, its mark of transactions that an
    /// outside coordinator ends (KIP-939).
    #[must_use]
    pub fn is_timed_out(&self, now: Timestamp) -> bool {
        let deadline = self.start.as_millis().wrapping_add(i64::from(self.timeout_ms));
        let is_endless = self.release == Release::Kafka4_4 && self.timeout_ms == i32::MAX;
        self.state == Ongoing && self.pending.is_none() && !is_endless && deadline < now.as_millis()
    }

    /// Aborts the transaction and fences its producer, if it is over its timeout; `None` if not
    /// (KAFKA-6119). `server` and `new_id` are as in
    /// [`init_producer_id`](Self::init_producer_id).
    ///
    /// # Errors
    /// `new_id`'s error, or an internal one: ask again at the next round.
    pub fn abort_if_timed_out(
        &mut self,
        server: TransactionVersion,
        new_id: impl FnOnce() -> Result<ProducerId, ErrorCode>,
        now: Timestamp,
    ) -> Result<Option<Transit>, Refusal> {
        if !self.is_timed_out(now) {
            return Ok(None);
        }
        self.abort_from_server(Purpose::Nobody, server, new_id, now).map(Some)
    }

    /// Whether the transactional id has been idle for `expiration_ms`
    /// (`transactional.id.expiration.ms`, 7 days if not said), inclusively (coordinator spec 10).
    /// Ask every `transaction.remove.expired.transaction.cleanup.interval.ms`, 1 h if not said.
    #[must_use]
    pub fn is_expired(&self, expiration_ms: i32, now: Timestamp) -> bool {
        let latest = now.as_millis().wrapping_sub(i64::from(expiration_ms));
        self.state.may_expire() && self.pending.is_none() && self.last_update.as_millis() <= latest
    }

    /// Prepares the tombstone of an idle transactional id; `None` if it is not idle. Without an
    /// epoch yet it can go too (KAFKA-14880).
    ///
    /// Forgetting forgets the producer id: the next InitProducerId gets a new one.
    ///
    /// # Errors
    /// Internal: the loaded record names a negative producer id.
    pub fn expire(
        &mut self,
        expiration_ms: i32,
        now: Timestamp,
    ) -> Result<Option<Transit>, Refusal> {
        if !self.is_expired(expiration_ms, now) {
            return Ok(None);
        }
        let target = TransactionRecord { state: Dead, ..self.record() };
        self.prepare(target, self.last_epoch, Purpose::Nobody).map(Some)
    }
}
