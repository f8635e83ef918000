//! What do the settings promise, and why?

use core::fmt;

use super::resolve::{Idempotence, OffBy, Resolved};
use super::value::Acks;

/// The most reasons that a guarantee can have.
pub const MAX_REASONS: usize = 4;

/// What holds for a record that the producer reports as written, and for the retries before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guarantee {
    /// The promise.
    pub promise: Promise,
    /// Why it is this one, and what it leaves out. Each at most once.
    pub reasons: heapless::Vec<Reason, MAX_REASONS, u8>,
}

/// How often and in which order the records of a partition are on the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Promise {
    /// Exactly once, in order, all of a transaction or nothing, across the sessions of one
    /// transactional id.
    ExactlyOnceAcrossSessions,
    /// Exactly once and in order, for each partition, while the producer lives.
    ExactlyOncePerSession,
    /// At least once: a retry may repeat records, but none overtakes another.
    AtLeastOnceInOrder,
    /// At least once, and a retry may come after records that were sent later.
    AtLeastOnce,
    /// At most once: nothing is repeated, and what fails is lost.
    AtMostOnce,
}

/// Why a promise is what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// Idempotence is on: brokers know a batch that they have seen.
    Sequenced,
    /// A transactional id fences the sessions before.
    Fenced,
    /// Without a transactional id a new session has a new producer id, and what it sends again is
    /// written again.
    NewSessionUnknown,
    /// A batch whose deadline passes is reported as failed, and may be on the log (producer spec
    /// 10).
    DeadlineDecidesNothing,
    /// Idempotence is off.
    NotIdempotent(OffBy),
    /// A batch whose acknowledgement was lost is sent and written again.
    RetriesDuplicate {
        /// How often at most.
        retries: i32,
    },
    /// More than one request may be under way, so a batch that is sent again comes after later
    /// ones.
    RetriesReorder {
        /// How many requests.
        in_flight: i32,
    },
    /// One request is under way at a time, so nothing overtakes a retry.
    OneInFlight,
    /// `retries` is 0: nothing is sent again.
    NoRetries,
    /// `acks` is 0: the broker does not answer, so a loss goes unnoticed and nothing that arrived
    /// is sent again.
    NoAnswer,
    /// `acks` is 1: an acknowledged record is lost if the leader fails before a follower has it.
    LeaderAlone,
}

/// What these settings promise (config spec 3, 5 and 12).
#[must_use]
pub fn guarantee(resolved: &Resolved<'_>) -> Guarantee {
    let (promise, reasons) = match resolved.idempotence {
        Idempotence::On(_) => on(resolved),
        Idempotence::Off(off) => without(resolved, off),
    };
    let mut guarantee = Guarantee { promise, reasons: heapless::Vec::new() };
    for reason in reasons.into_iter().flatten() {
        // There are no more in the array than fit.
        let _ = guarantee.reasons.push(reason);
    }
    guarantee
}

type Reasons = [Option<Reason>; MAX_REASONS];

fn on(resolved: &Resolved<'_>) -> (Promise, Reasons) {
    let deadline = resolved.delivery_timeout_ms.map(|_| Reason::DeadlineDecidesNothing);
    let sequenced = Some(Reason::Sequenced);
    match resolved.transactional {
        // What passes its deadline makes the transaction abort.
        Some(_) => {
            (Promise::ExactlyOnceAcrossSessions, [sequenced, Some(Reason::Fenced), None, None])
        }
        None => (
            Promise::ExactlyOncePerSession,
            [sequenced, Some(Reason::NewSessionUnknown), deadline, None],
        ),
    }
}

fn without(resolved: &Resolved<'_>, off: OffBy) -> (Promise, Reasons) {
    let why = Some(Reason::NotIdempotent(off));
    let &Resolved { acks, retries, max_in_flight: in_flight, .. } = resolved;
    let leader = (acks == Acks::One).then_some(Reason::LeaderAlone);
    if acks == Acks::Zero {
        return (Promise::AtMostOnce, [why, Some(Reason::NoAnswer), None, None]);
    }
    if retries == 0 {
        return (Promise::AtMostOnce, [why, Some(Reason::NoRetries), leader, None]);
    }
    let duplicates = Some(Reason::RetriesDuplicate { retries });
    if resolved.mutes_partitions() {
        let order = Some(Reason::OneInFlight);
        return (Promise::AtLeastOnceInOrder, [why, duplicates, order, leader]);
    }
    let order = Some(Reason::RetriesReorder { in_flight });
    (Promise::AtLeastOnce, [why, duplicates, order, leader])
}

impl fmt::Display for Guarantee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.promise.fmt(f)?;
        for (n, reason) in self.reasons.iter().enumerate() {
            write!(f, "{}{reason}", if n == 0 { ": " } else { "; " })?;
        }
        Ok(())
    }
}

impl fmt::Display for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ExactlyOnceAcrossSessions => {
                "exactly once and in order, in transactions, across sessions"
            }
            Self::ExactlyOncePerSession => "exactly once and in order, per partition and session",
            Self::AtLeastOnceInOrder => "at least once, in order but for repetitions",
            Self::AtLeastOnce => "at least once, in any order",
            Self::AtMostOnce => "at most once",
        })
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sequenced => f.write_str("brokers know a batch that they have seen"),
            Self::Fenced => f.write_str("the transactional id fences the sessions before"),
            Self::NewSessionUnknown => {
                f.write_str("a new session is unknown, and what it sends again is written again")
            }
            Self::DeadlineDecidesNothing => {
                f.write_str("a batch whose deadline passes may be on the log or not")
            }
            Self::NotIdempotent(off) => write!(f, "idempotence is off because {off}"),
            Self::RetriesDuplicate { retries: 1 } => {
                f.write_str("a retry may write a batch a second time")
            }
            Self::RetriesDuplicate { retries } => {
                write!(f, "up to {retries} retries may each write a batch again")
            }
            Self::RetriesReorder { in_flight } => write!(
                f,
                "with {in_flight} requests in flight a retry may come after later batches"
            ),
            Self::OneInFlight => f.write_str("with one request in flight no retry is overtaken"),
            Self::NoRetries => f.write_str("without retries what fails is lost"),
            Self::NoAnswer => f.write_str("with acks=0 a loss goes unnoticed"),
            Self::LeaderAlone => f.write_str(
                "with acks=1 an acknowledged record is lost if the leader fails before it is \
                 copied",
            ),
        }
    }
}
