//! What is given up on, and what stays unknown after it? Producer spec 12.

use super::batch::BatchHandle;
use super::{Client, TIMED_OUT};

impl Client {
    /// Fails what has reached its delivery timeout: queued batches first, then those on the wire.
    /// What was drained in the same turn is failed and sent nevertheless. Nothing expires in a turn
    /// that ended before the batches: without a producer id, or for good.
    pub fn expire(&mut self, now: i64) {
        if !self.producing {
            return;
        }
        let on_wire = self.due_on_wire(now);
        for handle in self.due_in_queues(now).into_iter().chain(on_wire) {
            self.fail(handle, TIMED_OUT, false);
            let batch = &self.batches[handle.0];
            if batch.retry {
                // Only a batch that was put back before leaves a mark: one that is lost on its
                // first attempt does not, though its sequence is used.
                let after = batch.last_sequence().wrapping_add(1);
                let mark = &mut self.lanes[batch.partition].unresolved;
                *mark = Some(mark.map_or(after, |other| other.max(after)));
            }
        }
    }

    /// The next moment after `now` at which time alone changes something: a backoff or a delivery
    /// timeout is over. `None`: never.
    #[must_use]
    pub fn poll_timeout(&self, now: i64) -> Option<i64> {
        let deadline = |handle: &BatchHandle| {
            self.batches[handle.0].created.saturating_add(self.settings.delivery_timeout_ms)
        };
        let of_lanes = self.lanes.iter().flat_map(|lane| {
            let retry = lane
                .queue
                .front()
                .map(|first| self.batches[first.0].backoff_end(self.settings.retry_backoff_ms));
            let fronts = [lane.queue.front(), lane.on_wire.first()];
            fronts.into_iter().flatten().map(deadline).chain(retry)
        });
        of_lanes.filter(|at| *at > now).min()
    }

    fn due_on_wire(&mut self, now: i64) -> Vec<BatchHandle> {
        let mut all = Vec::new();
        for lane in &mut self.lanes {
            let due = |handle: &&BatchHandle| {
                self.batches[handle.0].is_due(self.settings.delivery_timeout_ms, now)
            };
            let many = lane.on_wire.iter().take_while(due).count();
            all.extend(lane.on_wire.drain(..many));
        }
        all
    }

    fn due_in_queues(&mut self, now: i64) -> Vec<BatchHandle> {
        let mut all = Vec::new();
        for lane in &mut self.lanes {
            let due = |handle: &&BatchHandle| {
                self.batches[handle.0].is_due(self.settings.delivery_timeout_ms, now)
            };
            let many = lane.queue.iter().take_while(due).count();
            all.extend(lane.queue.drain(..many));
        }
        all
    }

    /// Where a lost batch left a mark and nothing is left in flight: was a later one acknowledged?
    /// Then the lost one is held to be written; else the numbers start anew.
    pub(super) fn resolve(&mut self) {
        for partition in 0..self.lanes.len() {
            let lane = &mut self.lanes[partition];
            if lane.unresolved.is_none() || !lane.tracked.is_empty() {
                continue;
            }
            lane.unresolved = None;
            if !lane.is_next(lane.next) {
                self.request_bump(partition);
            }
        }
    }
}
