//! What was asked of the producer that can't be done now, or ever?

use core::fmt;

use super::verdict::Fatal;

/// Why a batch gets no numbers now, or is not sent. Nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The producer can't go on.
    Fatal(Fatal),
    /// There is no slot of this number.
    NoSuchPartition,
    /// A batch has 1 to 1073741823 records.
    RecordCount(i32),
    /// The batch's delivery timeout is over before it was sent: it is not written.
    DeliveryTimeout,
    /// No producer id yet: see [`super::Producer::poll_identity`].
    NoIdentity,
    /// As many batches, or records (1073741823), are undecided as may be.
    InFlight,
    /// No place in the slot: take the verdicts.
    Full,
    /// Until one batch is acknowledged on this connection and leader, only one may be on the wire
    /// (resolve spec S1).
    NotAnchored,
    /// Earlier batches must be sent again first.
    RetriesFirst,
    /// The partition's numbering has a gap that must be settled first, or it is being resolved.
    Unsettled,
    /// Records this old make a broker forget the producer, and a sending without an answer may
    /// still be under way: it would be appended a second time. Wait for the request lifetime.
    OldRecords,
    /// The transaction must be aborted first.
    MustAbort,
    /// No batch waits to be sent now.
    NothingToSend,
    /// No such batch is undecided.
    UnknownBatch,
    /// The batch may be on the log, so it can't be split (resolve spec S4).
    CannotSplit,
}

/// An answer that was not asked for. The state is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unexpected {
    /// There is no slot of this number.
    NoSuchPartition,
    /// No such batch, or its verdict has been taken.
    UnknownBatch,
    /// This sending never was, or is of numbers that the batch has no more.
    NeverSent,
    /// This sending has been answered already.
    AlreadyAnswered,
    /// Nobody asked for this.
    NotAsked,
    /// The producer can't go on ([`super::Producer::fatal`]).
    Fatal,
    /// Batches of the transaction have no verdict yet, so it can't have another identity.
    Undecided,
    /// The answer can't be: a sequence below -1, or an id that was given before.
    Nonsense,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Fatal(fatal) => return fatal.fmt(f),
            Self::RecordCount(n) => return write!(f, "a batch can't have {n} records"),
            Self::NoSuchPartition => "there is no slot of this number",
            Self::DeliveryTimeout => "delivery.timeout.ms is over; the batch was never sent",
            Self::NoIdentity => "there is no producer id yet",
            Self::InFlight => "as many batches are undecided as may be",
            Self::Full => "the slot has no place left: take the verdicts",
            Self::NotAnchored => "one batch must be acknowledged before more may be on the wire",
            Self::RetriesFirst => "earlier batches must be sent again first",
            Self::Unsettled => "a gap in the numbers must be settled first",
            Self::OldRecords => "records this old must wait until no request can be under way",
            Self::MustAbort => "the transaction must be aborted",
            Self::NothingToSend => "no batch waits to be sent",
            Self::UnknownBatch => "no such batch is undecided",
            Self::CannotSplit => "the batch may be on the log, so it can't be split",
        };
        f.write_str(text)
    }
}

impl fmt::Display for Unexpected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSuchPartition => "there is no slot of this number",
            Self::UnknownBatch => "an answer for a batch that is not known",
            Self::NeverSent => "an answer for a sending that never was",
            Self::AlreadyAnswered => "a second answer for the same sending",
            Self::NotAsked => "an answer to a question that was not asked",
            Self::Fatal => "the producer can't go on",
            Self::Undecided => "batches of the transaction have no verdict yet",
            Self::Nonsense => "an answer that can't be",
        })
    }
}

impl core::error::Error for Refusal {}
impl core::error::Error for Unexpected {}
