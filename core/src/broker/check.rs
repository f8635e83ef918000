//! May this batch follow what the producer has written? Kafka's `ProducerAppendInfo`, as pure
//! functions.
//!
//! Nothing here knows of storage: a decision is made from what was committed before the append,
//! what the append has made of the producer so far, and the batch.

use super::batch::{Context, Origin, TransactionVersion};
use super::config::{Profile, Rules, UnknownProducer};
use super::guards::VerificationEntry;
use super::rejection::Reason;
use super::slot::Slot;
use crate::ids::{NO_PRODUCER_EPOCH, NO_SEQUENCE, raw};
use crate::window::Tag;
use crate::wire::{BatchHeader, EndTxnMarker};

/// What was committed before the append.
#[derive(Clone, Copy, Debug)]
pub(super) struct Committed {
    known: bool,
    epoch: i16,
    /// The newest batch's last sequence, if the window holds one.
    last_sequence: Option<i32>,
    transaction: Option<i64>,
}

impl Committed {
    #[inline(always)]
    pub(super) fn of<T: Tag>(slot: Option<&Slot<T>>) -> Self {
        match slot {
            Some(slot) => Self {
                known: true,
                epoch: slot.producer_epoch(),
                last_sequence: slot.window().last_sequence(),
                transaction: slot.current_txn_first_offset(),
            },
            None => Self {
                known: false,
                epoch: NO_PRODUCER_EPOCH,
                last_sequence: None,
                transaction: None,
            },
        }
    }

    /// Whether a transactional write of this epoch joins an open transaction (R45).
    ///
    /// Kafka 3.9 ignores the epoch; since KAFKA-18575 a transaction is open only for the epoch that
    /// opened it.
    pub(super) fn is_in_transaction(&self, rules: &Rules, epoch: i16) -> bool {
        let same_epoch = rules.profile < Profile::Kafka4_0 || self.epoch == epoch;
        self.transaction.is_some() && same_epoch
    }

    /// A known producer's lower epoch is fenced (R24, R47). An unknown one has no epoch to be
    /// below.
    pub(super) fn check_epoch(&self, got: i16) -> Result<(), Reason> {
        let current = self.epoch;
        if self.known && got < current { Err(Reason::StaleEpoch { current, got }) } else { Ok(()) }
    }
}

/// What the append has made of the producer so far. Its window holds only the append's own batches.
#[derive(Clone, Copy, Debug)]
pub(super) struct Updated {
    pub(super) epoch: i16,
    pub(super) coordinator_epoch: i32,
    pub(super) last_sequence: Option<i32>,
    pub(super) transaction: Option<i64>,
}

impl Updated {
    /// At the append's first batch of a producer.
    #[inline(always)]
    pub(super) fn begin<T: Tag>(slot: Option<&Slot<T>>) -> Self {
        let (epoch, coordinator_epoch, transaction) = match slot {
            Some(s) => (s.producer_epoch(), s.coordinator_epoch(), s.current_txn_first_offset()),
            None => (NO_PRODUCER_EPOCH, -1, None),
        };
        Self { epoch, coordinator_epoch, last_sequence: None, transaction }
    }

    /// After some of its batches.
    pub(super) fn of<T: Tag>(slot: &Slot<T>) -> Self {
        Self { last_sequence: slot.window().last_sequence(), ..Self::begin(Some(slot)) }
    }
}

/// A transactional write needs an open transaction of its epoch, or the guard of a verification
/// (R45).
///
/// The epoch is checked first since KAFKA-19690, so that a client that was fenced learns that, and
/// recovers.
#[inline(always)]
pub(super) fn check_verified<T: Tag>(
    rules: &Rules,
    context: &Context<T>,
    committed: &Committed,
    entry: Option<&VerificationEntry>,
    header: &BatchHeader,
    is_control: bool,
) -> Result<(), Reason> {
    let verified_origin = matches!(context.origin, Origin::Client | Origin::Coordinator);
    let outside = verified_origin
        && header.attributes.is_transactional()
        && !committed.is_in_transaction(rules, header.producer_epoch);
    if !outside {
        return Ok(());
    }
    if !rules.guard_first {
        committed.check_epoch(header.producer_epoch)?;
    }
    let proved = entry.is_some_and(|entry| entry.is_proved_by(context.guard));
    if rules.verification && !is_control && !proved {
        return Err(Reason::NotVerified);
    }
    Ok(())
}

/// Whether a data batch may be appended; if so, whether it opens a transaction (R32).
#[inline(always)]
pub(super) fn check_data<T: Tag>(
    rules: &Rules,
    context: &Context<T>,
    committed: &Committed,
    updated: &Updated,
    entry: Option<&VerificationEntry>,
    header: &BatchHeader,
) -> Result<bool, Reason> {
    if header.producer_epoch < updated.epoch && context.origin != Origin::Replication {
        return Err(Reason::StaleEpoch { current: updated.epoch, got: header.producer_epoch });
    }
    if context.origin == Origin::Client {
        check_sequence(rules, context, committed, updated, entry, header)?;
    }
    match (updated.transaction, header.attributes.is_transactional()) {
        // For every origin: a log that holds such a batch can't be replayed either (R31).
        (Some(first_offset), false) => Err(Reason::InsideTransaction { first_offset }),
        (None, true) => Ok(true),
        _ => Ok(false),
    }
}

/// The first sequence of a client's batch (broker spec 4.2).
#[inline(always)]
fn check_sequence<T: Tag>(
    rules: &Rules,
    context: &Context<T>,
    committed: &Committed,
    updated: &Updated,
    entry: Option<&VerificationEntry>,
    header: &BatchHeader,
) -> Result<(), Reason> {
    let got = header.base_sequence;
    if let Some(entry) = entry {
        // R29, KAFKA-18202: nothing remembered means committed batches, not those of this append.
        let tv2 = rules.profile >= Profile::Kafka4_1 && entry.supports_epoch_bump();
        if tv2 && got != 0 && committed.last_sequence.is_none() {
            return Err(Reason::UnknownNotAtZero { got });
        }
        // R28: a plain comparison, of any epoch, for every write of the producer. Kafka's, wrap or
        // not.
        if got > entry.lowest_sequence() {
            return Err(Reason::AboveVerified { lowest: entry.lowest_sequence(), got });
        }
    }
    if header.producer_epoch != updated.epoch {
        // R26, R27: an unknown producer (epoch -1) may begin anywhere, a new epoch only at 0.
        return if updated.epoch != NO_PRODUCER_EPOCH {
            match got {
                0 => Ok(()),
                _ => Err(Reason::NewEpochNotAtZero { current: updated.epoch, got }),
            }
        } else {
            check_first_ever(rules, context, committed, updated, got)
        };
    }
    // R25. An unknown producer's later batches of one append are not checked at all (D01):
    // `committed` decides.
    if committed.epoch == NO_PRODUCER_EPOCH {
        return check_first_ever(rules, context, committed, updated, got);
    }
    let same_epoch = header.producer_epoch == committed.epoch;
    let before = updated
        .last_sequence
        .or(committed.last_sequence.filter(|_| same_epoch))
        .unwrap_or(NO_SEQUENCE);
    if raw::in_sequence(before, got) {
        Ok(())
    } else {
        Err(Reason::OutOfOrder { expected: raw::increment(before, 1), got })
    }
}

/// KAFKA-15591, off by default (R30).
fn check_first_ever<T: Tag>(
    rules: &Rules,
    context: &Context<T>,
    committed: &Committed,
    updated: &Updated,
    got: i32,
) -> Result<(), Reason> {
    let zero_only = rules.unknown == UnknownProducer::ZeroIfNeverWritten
        && context.never_written
        && !committed.known
        && updated.last_sequence.is_none();
    if zero_only && got != 0 { Err(Reason::NeverWrittenNotAtZero { got }) } else { Ok(()) }
}

/// Whether a marker may be appended.
#[inline(always)]
pub(super) fn check_marker<T: Tag>(
    rules: &Rules,
    context: &Context<T>,
    updated: &Updated,
    header: &BatchHeader,
    marker: &EndTxnMarker,
) -> Result<(), Reason> {
    if context.origin == Origin::Replication {
        // Epochs and coordinator epochs may go down: the leader accepted it (broker spec 4.4).
        return Ok(());
    }
    let (current, got) = (updated.epoch, header.producer_epoch);
    let tv2 =
        rules.profile >= Profile::Kafka4_2 && context.transaction_version >= TransactionVersion::V2;
    if got < current {
        return Err(match tv2 {
            true => Reason::MarkerEpochNotAbove { current, got },
            false => Reason::StaleEpoch { current, got },
        });
    }
    // R35. Equal means a marker sent again (KAFKA-19999) if nothing is open; the last epoch can't
    // be exceeded.
    if tv2 && got == current && updated.transaction.is_some() && got != i16::MAX {
        return Err(Reason::MarkerEpochNotAbove { current, got });
    }
    if updated.coordinator_epoch > marker.coordinator_epoch {
        return Err(Reason::CoordinatorFenced {
            current: updated.coordinator_epoch,
            got: marker.coordinator_epoch,
        });
    }
    Ok(())
}
