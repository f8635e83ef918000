//! What does an answer mean for the batch and for its partition? Producer spec 8.

use super::batch::{BatchHandle, Outcome, Reason};
use super::{Client, State};

/// Codes that are retried by their class alone (producer spec 1).
const RETRIABLE: [i16; 32] = [
    2, 3, 5, 6, 7, 9, 13, 14, 15, 16, 19, 20, 41, 51, 56, 70, 71, 72, 74, 75, 78, 80, 83, 84, 88,
    89, 100, 103, 106, 122, 123, 133,
];
/// Codes after which the producer can do nothing more; 49 is one since 4.0 (KAFKA-18019).
const FATAL: [i16; 5] = [31, 35, 49, 53, 90];
const MESSAGE_TOO_LARGE: i16 = 10;
const OUT_OF_ORDER_SEQUENCE_NUMBER: i16 = 45;
const DUPLICATE_SEQUENCE_NUMBER: i16 = 46;
const UNKNOWN_PRODUCER_ID: i16 = 59;

pub(super) fn is_retriable(code: i16) -> bool {
    RETRIABLE.contains(&code)
}

/// Why an answer was not handled to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unhandled {
    /// The rules leave it out: a batch of several records that is too large is split by bytes.
    NotModelled,
    /// The reference itself trips here, and the batch is neither queued nor failed.
    IllegalState,
}

impl Client {
    /// The answer to a send of the batch: code, base offset and log start offset, -1 for none.
    ///
    /// # Errors
    /// [`Unhandled`]: the batch would be split, or Kafka throws.
    pub fn answer(
        &mut self,
        partition: usize,
        handle: BatchHandle,
        code: i16,
        base_offset: i64,
        log_start: i64,
        now: i64,
    ) -> Result<(), Unhandled> {
        let batch = &self.batches[handle.0];
        if code == MESSAGE_TOO_LARGE && batch.records > 1 && batch.outcome.is_none() {
            return Err(Unhandled::NotModelled);
        }
        if code == 0 {
            self.complete(handle, base_offset);
        } else if self.can_retry(handle, code, log_start, now) {
            self.put_back(handle, now)?;
        } else if code == DUPLICATE_SEQUENCE_NUMBER {
            self.complete(handle, base_offset);
        } else {
            let adjust = self.batches[handle.0].attempts < self.settings.retries;
            self.fail(handle, code, adjust);
        }
        self.lanes[partition].muted = false;
        Ok(())
    }

    fn put_back(&mut self, handle: BatchHandle, now: i64) -> Result<(), Unhandled> {
        let batch = &mut self.batches[handle.0];
        batch.put_back(now);
        let lane = &mut self.lanes[batch.partition];
        if lane.tracked.is_empty() {
            return Err(Unhandled::IllegalState);
        }
        lane.insert(&self.batches, handle);
        lane.leave_wire(handle);
        Ok(())
    }

    /// Whether it is tried again. The manager is asked last, because its answer leaves traces.
    fn can_retry(&mut self, handle: BatchHandle, code: i16, log_start: i64, now: i64) -> bool {
        let batch = &self.batches[handle.0];
        !batch.is_due(self.settings.delivery_timeout_ms, now)
            && batch.attempts < self.settings.retries
            && batch.outcome.is_none()
            && match code {
                UNKNOWN_PRODUCER_ID => self.unknown_producer_id(handle, log_start),
                OUT_OF_ORDER_SEQUENCE_NUMBER => self.out_of_order(handle),
                _ => is_retriable(code),
            }
    }

    /// The broker has no state: always tried again, with new numbers unless the answer tells
    /// nothing of the log or the batch has new numbers already.
    fn unknown_producer_id(&mut self, handle: BatchHandle, log_start: i64) -> bool {
        let batch = &self.batches[handle.0];
        if log_start != -1 && !batch.reset {
            self.request_bump(batch.partition);
        }
        true
    }

    /// Out of order: always tried again. New numbers only if it is the next one after what was
    /// acknowledged, so that no earlier batch can explain it. That the broker may have forgotten
    /// what it wrote is not thought of.
    fn out_of_order(&mut self, handle: BatchHandle) -> bool {
        let batch = &self.batches[handle.0];
        let lane = &self.lanes[batch.partition];
        let bump = match lane.unresolved {
            Some(mark) => mark == batch.base,
            None => !batch.reset && lane.is_next(batch.base),
        };
        if bump {
            self.request_bump(batch.partition);
        }
        true
    }

    /// Success: noted in the partition's numbers even if the batch was failed before.
    fn complete(&mut self, handle: BatchHandle, base_offset: i64) {
        let batch = &self.batches[handle.0];
        let lane = &mut self.lanes[batch.partition];
        lane.acknowledge(batch, base_offset);
        if batch.outcome.is_none() {
            lane.leave_wire(handle);
            self.tell(handle, Outcome::Acked(base_offset));
        }
    }

    /// Failure, unless the batch has an outcome.
    pub(super) fn fail(&mut self, handle: BatchHandle, code: i16, adjust: bool) {
        if self.batches[handle.0].outcome.is_some() {
            return;
        }
        let reason = Reason::Code(code);
        self.tell(handle, Outcome::Failed(reason));
        let batch = &self.batches[handle.0];
        let partition = batch.partition;
        self.lanes[partition].leave_wire(handle);
        self.lanes[partition].untrack(batch);
        if FATAL.contains(&code) {
            self.state = State::Fatal(reason);
        }
        if matches!(self.state, State::Fatal(_)) {
            return;
        }
        if code == OUT_OF_ORDER_SEQUENCE_NUMBER || code == UNKNOWN_PRODUCER_ID || adjust {
            self.request_bump(partition);
        }
    }
}
