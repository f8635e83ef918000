//! What can be wrong in a log, and how is it said?

use core::fmt;

/// How much a [`Finding`] weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Kafka's rules allow it; it helps to understand what happened.
    Note,
    /// A leader that remembered the producer would not have written this, or something is on the
    /// log twice.
    Fault,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Note => "note",
            Self::Fault => "fault",
        })
    }
}

/// What went wrong at one place of a log. Raw numbers: a log may hold any.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Finding {
    /// The base offset of the batch; of an open transaction, its first offset.
    pub offset: i64,
    /// Whose batch it is.
    pub producer_id: i64,
    /// The batch's epoch; of an open transaction, the producer's last.
    pub producer_epoch: i16,
    /// What it is.
    pub kind: FindingKind,
    /// Offsets are missing from the log between the producer's last batch and this one, or before
    /// its first: compaction, or the log's start, may have taken what is missed (R70).
    pub offsets_missing: bool,
}

/// The kinds of [`Finding`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FindingKind {
    /// Sequences are missing before this batch (R71).
    Gap {
        /// The sequence that comes next.
        expected: i32,
        /// The batch's first one.
        got: i32,
        /// How many sequences lie between, at least 1.
        missing: i32,
    },
    /// The batch is on the log already (R72).
    Duplicate {
        /// Where its first copy begins.
        first_offset: i64,
    },
    /// The batch begins with a sequence that was written before the five remembered batches, or
    /// inside them (R72).
    Rewound {
        /// The sequence that comes next.
        expected: i32,
        /// The batch's first one.
        got: i32,
    },
    /// A writer of a lower epoch was not fenced (R73).
    EpochLowered {
        /// The epoch last seen.
        current: i16,
    },
    /// A new epoch does not begin at sequence 0 (R74).
    NewEpochNotAtZero {
        /// The epoch before.
        current: i16,
        /// The batch's first sequence.
        got: i32,
    },
    /// A producer without transactions began anew under a higher epoch (R74).
    EpochRaised {
        /// The epoch before.
        current: i16,
    },
    /// The producer's first batch here does not begin at sequence 0 (R75).
    FirstSequenceNotZero {
        /// The batch's first sequence.
        got: i32,
    },
    /// The producer began again at sequence 0 in the same epoch (R75).
    StateLost {
        /// The sequence that comes next.
        expected: i32,
    },
    /// The producer had been silent for longer than a broker remembers it; comes with the fault
    /// that this explains (R75).
    CameBack {
        /// Milliseconds since its last write.
        silent_ms: i64,
    },
    /// A marker ends a transaction that has no data here (R76).
    MarkerWithoutTransaction,
    /// The log ends inside a transaction (R77).
    TransactionLeftOpen {
        /// Milliseconds between the producer's last write and the newest timestamp of the log.
        silent_ms: i64,
        /// Whether that is longer than any transaction may take: it hangs.
        late: bool,
    },
    /// A marker of a coordinator that a newer one had replaced (R78).
    CoordinatorEpochLowered {
        /// The coordinator epoch last seen.
        current: i32,
        /// The marker's.
        got: i32,
    },
    /// A batch outside any transaction, inside the producer's open one (R79).
    NonTransactionalInTransaction {
        /// Where the transaction begins.
        first_offset: i64,
    },
    /// One of the first five batches of a new epoch holds what one of the last five before it
    /// holds: the client took for lost what was written (R81).
    WrittenTwice {
        /// Where its first copy begins.
        first_offset: i64,
        /// The first copy's epoch.
        first_epoch: i16,
    },
    /// The leader changed before the producer began anew; comes with the finding that this may
    /// explain (R82).
    WindowNarrowed {
        /// The leader epoch of the producer's batch before.
        current: i32,
        /// The batch's.
        got: i32,
    },
    /// Two runs of sequences of one epoch go on in turns, over sequences that were written before
    /// (R83).
    IdentityUsedTwice {
        /// Where the first run goes on.
        first: i32,
        /// Where the second run went on.
        second: i32,
    },
}

impl FindingKind {
    /// The kind's name for machines, lower case with underscores; it does not change.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Gap { .. } => "gap",
            Self::Duplicate { .. } => "duplicate",
            Self::Rewound { .. } => "rewound",
            Self::EpochLowered { .. } => "epoch_lowered",
            Self::NewEpochNotAtZero { .. } => "new_epoch_not_at_zero",
            Self::EpochRaised { .. } => "epoch_raised",
            Self::FirstSequenceNotZero { .. } => "first_sequence_not_zero",
            Self::StateLost { .. } => "state_lost",
            Self::CameBack { .. } => "came_back",
            Self::MarkerWithoutTransaction => "marker_without_transaction",
            Self::TransactionLeftOpen { .. } => "transaction_left_open",
            Self::CoordinatorEpochLowered { .. } => "coordinator_epoch_lowered",
            Self::NonTransactionalInTransaction { .. } => "non_transactional_in_transaction",
            Self::WrittenTwice { .. } => "written_twice",
            Self::WindowNarrowed { .. } => "window_narrowed",
            Self::IdentityUsedTwice { .. } => "identity_used_twice",
        }
    }

    /// The rule of `docs/rules.md` that names it.
    #[must_use]
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::Gap { .. } => "R71",
            Self::Duplicate { .. } | Self::Rewound { .. } => "R72",
            Self::EpochLowered { .. } => "R73",
            Self::NewEpochNotAtZero { .. } | Self::EpochRaised { .. } => "R74",
            Self::FirstSequenceNotZero { .. } | Self::StateLost { .. } | Self::CameBack { .. } => {
                "R75"
            }
            Self::MarkerWithoutTransaction => "R76",
            Self::TransactionLeftOpen { .. } => "R77",
            Self::CoordinatorEpochLowered { .. } => "R78",
            Self::NonTransactionalInTransaction { .. } => "R79",
            Self::WrittenTwice { .. } => "R81",
            Self::WindowNarrowed { .. } => "R82",
            Self::IdentityUsedTwice { .. } => "R83",
        }
    }
}

impl Finding {
    /// A fault, or a note. A gap is a note where offsets are missing too: compaction takes batches
    /// (R70).
    #[must_use]
    pub const fn severity(&self) -> Severity {
        match self.kind {
            FindingKind::Gap { .. } | FindingKind::NewEpochNotAtZero { .. }
                if self.offsets_missing =>
            {
                Severity::Note
            }
            FindingKind::Gap { .. }
            | FindingKind::Duplicate { .. }
            | FindingKind::Rewound { .. }
            | FindingKind::EpochLowered { .. }
            | FindingKind::NewEpochNotAtZero { .. }
            | FindingKind::StateLost { .. }
            | FindingKind::TransactionLeftOpen { late: true, .. }
            | FindingKind::CoordinatorEpochLowered { .. }
            | FindingKind::NonTransactionalInTransaction { .. }
            | FindingKind::WrittenTwice { .. }
            | FindingKind::IdentityUsedTwice { .. } => Severity::Fault,
            FindingKind::EpochRaised { .. }
            | FindingKind::FirstSequenceNotZero { .. }
            | FindingKind::CameBack { .. }
            | FindingKind::MarkerWithoutTransaction
            | FindingKind::WindowNarrowed { .. }
            | FindingKind::TransactionLeftOpen { late: false, .. } => Severity::Note,
        }
    }
}

impl fmt::Display for FindingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Gap { expected, got, missing } => {
                let what = if missing == 1 { "sequence is" } else { "sequences are" };
                write!(
                    f,
                    "{missing} {what} missing: {expected} comes next, the batch begins at {got}"
                )
            }
            Self::Duplicate { first_offset } => write!(
                f,
                "the batch is written twice: its first copy begins at offset {first_offset}"
            ),
            Self::Rewound { expected, got } => write!(
                f,
                "sequence {got} was written before: {expected} comes next, so this is a second copy"
            ),
            Self::EpochLowered { current } => write!(
                f,
                "a fenced writer got through: epoch {current} had been seen, which fences this one"
            ),
            Self::NewEpochNotAtZero { current, got } => write!(
                f,
                "a new epoch begins at sequence 0, this one begins at {got} (the epoch before is \
                 {current})"
            ),
            Self::EpochRaised { current } => write!(
                f,
                "the producer began anew after epoch {current}: what it held to be lost may \
                 follow a second time"
            ),
            Self::FirstSequenceNotZero { got } => write!(
                f,
                "the producer's first batch here begins at sequence {got}: what came before is \
                 not on this log"
            ),
            Self::StateLost { expected } => write!(
                f,
                "the producer began again at sequence 0 in the same epoch, where {expected} \
                 comes next: its leader had forgotten it"
            ),
            Self::CameBack { silent_ms } => write!(
                f,
                "the producer had been silent for {silent_ms} ms, longer than a broker remembers it"
            ),
            _ => self.fmt_of_transaction(f),
        }
    }
}

impl FindingKind {
    fn fmt_of_transaction(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MarkerWithoutTransaction => {
                f.write_str("the marker ends a transaction that has no data here")
            }
            Self::TransactionLeftOpen { silent_ms, late: false } => write!(
                f,
                "the log ends inside this transaction; its producer's last write is {silent_ms} \
                 ms older than the log's newest"
            ),
            Self::TransactionLeftOpen { silent_ms, late: true } => write!(
                f,
                "the transaction hangs: nothing from its producer for {silent_ms} ms, and \
                 READ_COMMITTED consumers stop here"
            ),
            Self::CoordinatorEpochLowered { current, got } => write!(
                f,
                "the marker is of coordinator epoch {got}, after one of epoch {current}: a \
                 replaced coordinator got through"
            ),
            Self::NonTransactionalInTransaction { first_offset } => write!(
                f,
                "a batch that is not transactional, inside the producer's transaction open since \
                 offset {first_offset}: Kafka can't replay this log"
            ),
            _ => self.fmt_of_trail(f),
        }
    }

    fn fmt_of_trail(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrittenTwice { first_offset, first_epoch } => write!(
                f,
                "the producer began anew after epoch {first_epoch} and wrote the batch at offset \
                 {first_offset} again, as clients do that take OUT_OF_ORDER_SEQUENCE_NUMBER for \
                 not written (a broker that restarts remembers one batch)"
            ),
            Self::WindowNarrowed { current, got } => write!(
                f,
                "the leader changed since the producer's last batch (leader epoch {current} \
                 before, {got} now): one that had restarted remembers one batch, not five"
            ),
            Self::IdentityUsedTwice { first, second } => write!(
                f,
                "sequences go on in turns from {first} and, a second time, from {second}: two \
                 writers use one id and epoch, and a leader takes one's batches for the other's"
            ),
            // What has to do with sequences, epochs and transactions is said above.
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { offset, producer_id, producer_epoch, kind, offsets_missing } = self;
        write!(f, "offset {offset}: producer {producer_id} epoch {producer_epoch}: {kind}")?;
        if *offsets_missing {
            f.write_str("; offsets are missing from the log before it")?;
        }
        write!(f, " ({})", kind.rule())
    }
}
