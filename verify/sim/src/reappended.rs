//! Which late copies did a broker take for a producer's first batch, because it had forgotten the
//! producer with the log that retention took away?
//!
//! It names their numbers then, though later ones were acknowledged. Nobody who hears that can tell
//! it from a log that was cut (resolve spec, stories 12 and 13), unless he has also heard that the
//! log begins behind all that was acknowledged.

use std::collections::BTreeMap;

use fencepost::ids::raw;
use fencepost::producer::{Described, Notice};

use crate::piece::{Entry, Numbers};
use crate::world::{Request, World};

/// A copy that stands on a log whose original is deleted.
#[derive(Clone, Copy, Debug)]
struct Copy {
    lineage: usize,
    partition: usize,
    numbers: Numbers,
    last_sequence: i32,
    /// The number of its append.
    append: u64,
}

/// What is known of such copies, and of who could know of them.
#[derive(Debug, Default)]
pub(crate) struct Reappended {
    copies: Vec<Copy>,
    /// Where the log begins, as a process has heard of a partition.
    starts: BTreeMap<(usize, usize), i64>,
}

/// What a producer's process warned of, and how many appends there had been.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Warned {
    pub(crate) lineage: usize,
    pub(crate) actor: usize,
    pub(crate) notice: Notice,
    pub(crate) appends: u64,
}

fn last_of(numbers: Numbers, records: i32) -> i32 {
    raw::increment(numbers.base, records - 1)
}

impl World<'_> {
    /// Whether a request is a late copy of what is deleted, and its broker does not know its
    /// producer any more.
    pub(crate) fn comes_again(&self, request: &Request) -> bool {
        let numbers = request.sending.numbers;
        let topic = &self.topics[request.sending.partition];
        let replica = &topic.replicas[request.broker];
        let deleted = |entry: &Entry| entry.numbers == numbers && entry.end() <= replica.start;
        request.orphan
            && topic.committed.iter().any(deleted)
            && matches!(replica.describe(numbers.id), Described::NotListed { .. })
    }

    /// It was taken, as the newest append.
    pub(crate) fn note_again(&mut self, request: &Request) {
        let sending = &request.sending;
        self.reappended.copies.push(Copy {
            lineage: self.actors[request.actor].lineage,
            partition: sending.partition,
            numbers: sending.numbers,
            last_sequence: last_of(sending.numbers, sending.piece.numbers()),
            append: self.next_append,
        });
    }

    pub(crate) fn note_start(&mut self, actor: usize, partition: usize, described: Described) {
        if let Described::NotListed { log_start_offset: Some(start) } = described {
            let heard = self.reappended.starts.entry((actor, partition)).or_default();
            *heard = start.max(*heard);
        }
    }

    /// Whether a process that names lost records was told of such a copy, and could not know it.
    pub(crate) fn was_misled(&self, warned: &Warned, acknowledged: i32, found: i32) -> bool {
        self.reappended.copies.iter().any(|copy| {
            let topic = &self.topics[copy.partition];
            let is_last = |entry: &&Entry| {
                let Numbers { id, epoch, .. } = entry.numbers;
                (id, epoch) == (copy.numbers.id, copy.numbers.epoch)
                    && last_of(entry.numbers, entry.piece.numbers()) == acknowledged
            };
            let start = self.reappended.starts.get(&(warned.actor, copy.partition));
            let kept = |entry: &Entry| start.is_none_or(|start| *start < entry.end());
            copy.lineage == warned.lineage
                && copy.last_sequence == found
                && copy.append <= warned.appends
                && topic.committed.iter().find(is_last).is_some_and(kept)
        })
    }
}
