//! Who was the first to send some numbers, and heard that they are on the log already?
//!
//! Only somebody else under the same identity can have written them (V5): whoever hears it must
//! stop. What a process inherits in a journal is not its first sending.

use std::collections::{BTreeMap, BTreeSet};

use fencepost::error_code::ErrorCode;
use fencepost::producer::{Answer, Response};

use crate::piece::{Numbers, Sending};
use crate::world::World;

/// What is known of first sendings.
#[derive(Debug, Default)]
pub(crate) struct Firsts {
    /// Which process sent these numbers when, on a partition of a topic.
    sent: BTreeMap<(usize, u32, Numbers), Vec<(usize, i64)>>,
    /// First sendings, by process and token.
    tokens: BTreeSet<(usize, u64)>,
    /// A process that took a stranger's batch for its own, and the partition.
    pub(crate) fooled: Option<(usize, usize)>,
}

impl World<'_> {
    pub(crate) fn note_first(&mut self, actor: usize, sending: &Sending) {
        let Sending { partition, topic, numbers, token, .. } = *sending;
        let senders = self.firsts.sent.entry((partition, topic, numbers)).or_default();
        let (lineage, born) = (self.actors[actor].lineage, self.actors[actor].born);
        let inherited = |by: usize, when: i64| self.actors[by].lineage == lineage && when <= born;
        if !senders.iter().any(|(by, when)| *by == actor || inherited(*by, *when)) {
            self.firsts.tokens.insert((actor, token));
        }
        senders.push((actor, self.now));
    }

    /// Whether this answer, the one to a sending, tells of a stranger. Only where the producer
    /// knows that the topic's batches have their records' time does a duplicate look otherwise.
    pub(crate) fn tells_of_a_stranger(&self, actor: usize, token: u64, answer: Answer) -> bool {
        let Answer::Response(Response { code, log_append_time, .. }) = answer else { return false };
        let shape = &self.plan.shape;
        let shows = shape.tells_type && !shape.log_append_time && log_append_time != -1;
        code == ErrorCode::NONE && shows && self.firsts.tokens.contains(&(actor, token))
    }
}
