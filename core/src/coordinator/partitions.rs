//! May these partitions join the transaction, and are they in it?

use super::metadata::{Release, TransactionMetadata, TransactionRecord};
use super::refusal::Refusal;
use super::state::TransactionState::Ongoing;
use super::transit::{Purpose, Transit};
use crate::broker::TransactionVersion;
use crate::ids::Timestamp;

/// AddPartitionsToTxn, or AddOffsetsToTxn for the group's partition of `__consumer_offsets`, of one
/// transactional id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddPartitions {
    /// The client's producer id; any number.
    pub producer_id: i64,
    /// The client's epoch; any number.
    pub producer_epoch: i16,
    /// What the request's version speaks: [`super::add_partitions_version`].
    pub version: TransactionVersion,
}

impl TransactionMetadata {
    /// Adds partitions to the running transaction, or begins one (coordinator spec 7).
    ///
    /// `all_contained`: whether all of them are in the caller's set already. `Ok(None)`: so they
    /// are, answer NONE. When the transition is applied, add them to the set; in its record
    /// goes the union.
    ///
    /// # Errors
    /// Another producer id (49) or epoch (90); a transition pending or markers outstanding (51).
    pub fn add_partitions(
        &mut self,
        request: &AddPartitions,
        all_contained: bool,
        now: Timestamp,
    ) -> Result<Option<Transit>, Refusal> {
        // Looked at first since KAFKA-18660: a client whose id is just being switched is not told
        // that it is fenced.
        if self.release == Release::Kafka4_4 {
            self.check_not_pending()?;
        }
        self.check_producer(request.producer_id, request.producer_epoch)?;
        self.check_not_pending()?;
        if self.state.is_ending() {
            return Err(Refusal::Ending { state: self.state });
        }
        if self.state == Ongoing && all_contained {
            return Ok(None);
        }
        let target = TransactionRecord {
            start: if self.state == Ongoing { self.start } else { now },
            client_version: match self.release {
                Release::Trunk2024_10 => TransactionVersion::V0,
                Release::Kafka4_4 => request.version,
            },
            ..self.towards(Ongoing, now)
        };
        self.prepare(target, self.last_epoch, Purpose::Request).map(Some)
    }

    /// Whether a partition is in the producer's running transaction: a broker asks before it
    /// appends (KIP-890). `contained` is what the caller's set says.
    ///
    /// A pending transition is no obstacle (KAFKA-14904).
    ///
    /// # Errors
    /// Another producer id (49) or epoch (90); markers outstanding (51); not contained (120).
    pub fn verify_partition(
        &self,
        producer_id: i64,
        producer_epoch: i16,
        contained: bool,
    ) -> Result<(), Refusal> {
        self.check_producer(producer_id, producer_epoch)?;
        if self.state.is_ending() {
            return Err(Refusal::Ending { state: self.state });
        }
        if contained { Ok(()) } else { Err(Refusal::NotInTransaction) }
    }

    pub(super) fn check_producer(&self, id: i64, epoch: i16) -> Result<(), Refusal> {
        if id != self.producer_id {
            return Err(Refusal::OtherProducer { current: self.producer_id, got: id });
        }
        if epoch != self.epoch {
            return Err(Refusal::Fenced { current: self.epoch, got: epoch });
        }
        Ok(())
    }
}
