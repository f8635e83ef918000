//! What is known of a batch that has its numbers and no verdict yet?

use super::verdict::Verdict;
use crate::ids::{Identity, Sequence, Stamp, Timestamp};

/// The name of a numbered batch, unique in its partition for as long as the producer lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BatchId(pub(super) u64);

impl BatchId {
    /// The name with this number, as [`BatchId::get`] gave it.
    #[must_use]
    pub const fn from_number(number: u64) -> Self {
        Self(number)
    }

    /// The number, counted from 0 in the order of numbering.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

/// A batch that is about to be numbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewBatch {
    /// How many records it holds: `1 ..= 1073741823`, less than half of the circle of sequences. It
    /// takes as many of them.
    pub records: i32,
    /// The largest timestamp of its records: by it a broker forgets an id on a topic of
    /// `CreateTime` (resolve spec S2).
    pub max_timestamp: Timestamp,
    /// Since when the delivery timeout counts: when the batch was begun.
    pub created: Timestamp,
}

/// One sending of a batch: plain data that the caller keeps until the answer and gives back with
/// it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Attempt {
    /// The partition's slot.
    pub partition: u32,
    /// The batch.
    pub batch: BatchId,
    /// Which sending of it, from 1 on.
    pub number: u32,
    /// What the header must say. The bytes are the same on every sending with the same stamp.
    pub stamp: Stamp,
    /// A lost answer to this sending will end as *possibly written*: the broker may forget the
    /// producer before the batch can be sent again, because its records are older than
    /// `producer.id.expiration.ms` allows (resolve spec S2).
    pub unguarded: bool,
}

/// Where a batch stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Sent, not answered.
    OnWire,
    /// To be sent, again or under new numbers, not before a time.
    Waiting(Timestamp),
    /// To be split by the caller before it is sent again (resolve spec S4).
    TooLarge,
    /// Decided; the caller has not taken the verdict yet.
    Ended(Verdict),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Batch {
    pub(super) id: BatchId,
    pub(super) created: Timestamp,
    pub(super) max_timestamp: Timestamp,
    /// Of the first sending ever, which a restored batch brings with it.
    pub(super) first_sent: Timestamp,
    pub(super) base: Sequence,
    pub(super) records: i32,
    /// How often it was sent; 0 is never.
    pub(super) attempts: u32,
    /// The connection that the newest sending went over.
    pub(super) connection: u32,
    /// Some sending was not answered by a proof that nothing was appended. Never cleared: what was
    /// unknown once stays so (resolve spec V1).
    pub(super) ambiguous: bool,
    /// The newest sending went out while the partition was anchored: to a leader that knew us.
    pub(super) anchored: bool,
    /// It was not sent under these numbers yet.
    pub(super) fresh: bool,
    pub(super) state: State,
}

impl Batch {
    pub(super) const fn undecided(&self) -> bool {
        !matches!(self.state, State::Ended(_))
    }

    /// The verdict, if there is one.
    pub(super) const fn verdict(&self) -> Option<Verdict> {
        match self.state {
            State::Ended(verdict) => Some(verdict),
            _ => None,
        }
    }

    /// It is to be sent, or to be split and then sent.
    pub(super) const fn waits(&self) -> bool {
        matches!(self.state, State::Waiting(_) | State::TooLarge)
    }

    /// It is to be sent again, and may be on the log.
    pub(super) const fn in_doubt(&self) -> bool {
        self.waits() && self.ambiguous
    }

    /// None of our sendings but the newest can have put it on the log, and that has no answer, also
    /// if it is not waited for any more.
    pub(super) const fn never_sent_before(&self) -> bool {
        let given_up = matches!(self.state, State::Ended(Verdict::PossiblyWritten(_)));
        !self.ambiguous && (given_up || matches!(self.state, State::OnWire))
    }

    /// Every sending was answered, by a code that comes before the append (V1), or there was none.
    pub(super) const fn proven_absent(&self) -> bool {
        !self.ambiguous && !matches!(self.state, State::OnWire | State::Ended(_))
    }

    /// Some sending of it, though not the newest on the wire, may be without an answer still.
    pub(super) const fn owes_an_answer(&self) -> bool {
        let proven = matches!(self.state, State::Ended(Verdict::NotWritten(_)));
        self.ambiguous || (!proven && matches!(self.state, State::Ended(_)))
    }

    /// The sequence of its last record.
    pub(super) const fn last(&self) -> Sequence {
        match self.base.advance(self.records.wrapping_sub(1)) {
            Some(last) => last,
            None => self.base,
        }
    }

    /// The sequence after its last record.
    pub(super) const fn end(&self) -> Sequence {
        match self.base.advance(self.records) {
            Some(end) => end,
            None => self.base,
        }
    }

    pub(super) const fn stamp(&self, identity: Identity) -> Stamp {
        Stamp { identity, base_sequence: self.base }
    }
}
