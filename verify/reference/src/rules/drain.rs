//! Which batches are sent now, and with which numbers? Producer spec 9.

use super::{Client, Send, lane};

impl Client {
    /// The nodes that lead a partition which has something to send.
    fn ready_nodes(&mut self, now: i64) -> Vec<usize> {
        let mut ready = Vec::new();
        for (partition, lane) in self.lanes.iter().enumerate() {
            let Some(first) = lane.queue.front() else { continue };
            let batch = &mut self.batches[first.0];
            batch.see_leader(lane.leader_epoch);
            if lane.muted || batch.backs_off(self.settings.retry_backoff_ms, now) {
                continue;
            }
            let leads = |of: &Vec<usize>| of.contains(&partition);
            if let Some(node) = self.nodes.iter().position(leads) {
                ready.push(node);
            }
        }
        ready.sort_unstable();
        ready.dedup();
        ready.retain(|node| !self.down.contains(node));
        ready
    }

    pub(super) fn drain_all(&mut self, now: i64) -> Vec<Send> {
        let mut sends = Vec::new();
        for node in self.ready_nodes(now) {
            self.drain_node(node, now, &mut sends);
        }
        for send in &sends {
            let lane = &mut self.lanes[send.partition];
            lane.on_wire.push(send.handle);
            lane.muted = self.settings.one_in_flight;
        }
        sends
    }

    /// Visits the node's partitions once, from the one visited last. A partition that may not send
    /// ends the visit: the rest of the node waits with it.
    fn drain_node(&mut self, node: usize, now: i64, sends: &mut Vec<Send>) {
        let partitions = self.nodes[node].clone();
        if partitions.is_empty() {
            return;
        }
        let start = self.visited[node] % partitions.len();
        let mut at = start;
        loop {
            let partition = partitions[at];
            self.visited[node] = at;
            at = (at + 1) % partitions.len();
            match self.drain_partition(node, partition, now) {
                Visit::Nothing => {}
                Visit::Batch(send) => sends.push(send),
                Visit::Stop => return,
            }
            if at == start {
                return;
            }
        }
    }

    fn drain_partition(&mut self, node: usize, partition: usize, now: i64) -> Visit {
        let lane = &mut self.lanes[partition];
        if lane.muted {
            return Visit::Nothing;
        }
        let Some(&handle) = lane.queue.front() else { return Visit::Nothing };
        let batch = &mut self.batches[handle.0];
        batch.see_leader(lane.leader_epoch);
        if batch.backs_off(self.settings.retry_backoff_ms, now) {
            return Visit::Nothing;
        }
        if !self.identity.is_valid() {
            return Visit::Stop;
        }
        let stale = lane.identity != self.identity;
        if batch.has_sequence() {
            // Retries go one at a time: only the lowest that is not decided.
            if lane.first_tracked().is_some_and(|first| first != batch.base) {
                return Visit::Stop;
            }
        } else {
            if (stale && !lane.tracked.is_empty()) || lane.unresolved.is_some() {
                return Visit::Stop;
            }
            if stale && lane.start_at_beginning(&mut self.batches, self.identity).is_err() {
                return Visit::Stop;
            }
            let batch = &mut self.batches[handle.0];
            (batch.identity, batch.base) = (self.identity, lane.next);
            lane.next = lane::advance(lane.next, batch.records);
            lane.tracked.entry(batch.key()).or_insert(handle);
        }
        lane.queue.pop_front();
        let batch = &mut self.batches[handle.0];
        batch.reset = false;
        Visit::Batch(Send {
            node,
            partition,
            handle,
            identity: batch.identity,
            base_sequence: batch.base,
            records: batch.records,
        })
    }
}

enum Visit {
    Nothing,
    Batch(Send),
    Stop,
}
