//! Who was the first to send some numbers, and heard that they are on the log already?
//!
//! Only somebody else under the same identity can have written them (V5): whoever hears it must
//! stop. What a process found in its journal may have been sent before, and says nothing.

use std::collections::BTreeSet;

use fencepost::error_code::ErrorCode;
use fencepost::producer::{Answer, Response};

use crate::piece::{Numbers, Sending};
use crate::world::World;

/// What is known of first sendings.
#[derive(Debug, Default)]
pub(crate) struct Firsts {
    /// Which process sent which numbers on a partition of a topic.
    sent: BTreeSet<(usize, usize, u32, Numbers)>,
    /// First sendings, by process and token.
    tokens: BTreeSet<(usize, u64)>,
    /// A process that took a stranger's batch for its own, and the partition.
    pub(crate) fooled: Option<(usize, usize)>,
}

impl World<'_> {
    pub(crate) fn note_first(&mut self, actor: usize, sending: &Sending) {
        let Sending { partition, topic, numbers, token, piece, .. } = *sending;
        let own = piece.first >= self.actors[actor].begins_at[partition];
        if self.firsts.sent.insert((actor, partition, topic, numbers)) && own {
            self.firsts.tokens.insert((actor, token));
        }
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
