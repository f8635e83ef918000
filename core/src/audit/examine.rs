//! What does one batch say, held against what its producer wrote before it?

use super::finding::{Finding, FindingKind};
use super::trail::HALF_CIRCLE;
use super::{Findings, Settings, Writers};
use crate::broker::{Batch, BatchKind, Slot};
use crate::ids::{NO_PRODUCER_EPOCH, raw};
use crate::window::Tag;
use crate::wire::{Attributes, BatchHeader, EndTxnMarker};

/// Findings on a batch, and the batch as it counts for what follows; `None` if it does not count.
pub(super) struct Examined {
    pub(super) findings: Findings,
    pub(super) counts: Option<Batch>,
}

pub(super) fn examine<T: Tag>(
    slot: Option<&Slot<T>>,
    batch: &Batch,
    settings: &Settings,
    offsets_missing: bool,
) -> Examined {
    // An emptied control batch makes a blank entry, which knows no more than none (G11).
    let known = slot.filter(|slot| slot.producer_epoch() != NO_PRODUCER_EPOCH);
    let mut counts = *batch;
    let kinds = match batch.kind {
        BatchKind::EmptyControl => [None, None],
        BatchKind::EndTransaction(marker) => {
            let (kinds, header, marker) = examine_marker(known, batch.header, marker);
            counts = Batch::end_transaction(header, marker);
            kinds
        }
        BatchKind::Data => {
            let sequence = examine_sequence(known, &batch.header, settings);
            let inside = slot.and_then(|slot| inside_transaction(slot, &batch.header));
            if inside.is_some() {
                // Taken as part of the transaction, so that the sequences after it are not missed.
                counts.header.attributes.0 |= Attributes::TRANSACTIONAL;
            }
            [sequence, inside]
        }
    };
    let stale = kinds.iter().flatten().any(|kind| !follows_on(kind, &batch.kind));
    let came_back = known.and_then(|slot| came_back(slot, &batch.header, settings));
    let came_back = came_back.filter(|_| kinds.iter().flatten().any(is_explained_by_forgetting));
    let mut findings = Findings::new();
    for kind in kinds.into_iter().flatten().chain(came_back) {
        let finding = Finding {
            offset: batch.header.base_offset,
            producer_id: batch.header.producer_id,
            producer_epoch: batch.header.producer_epoch,
            kind,
            offsets_missing,
        };
        let fits = findings.push(finding).is_ok();
        debug_assert!(fits, "so far a batch has at most three findings");
    }
    Examined { findings, counts: (!stale).then_some(counts) }
}

/// What a leader that forgets nothing would have refused, or answered as a duplicate, does not
/// count: the batches after it are then judged by what they are, not by the accident (R70).
fn follows_on(kind: &FindingKind, batch: &BatchKind) -> bool {
    match kind {
        FindingKind::Duplicate { .. } | FindingKind::Rewound { .. } => false,
        // A marker ends the transaction whatever its epoch.
        FindingKind::EpochLowered { .. } => *batch != BatchKind::Data,
        _ => true,
    }
}

fn examine_sequence<T: Tag>(
    slot: Option<&Slot<T>>,
    header: &BatchHeader,
    settings: &Settings,
) -> Option<FindingKind> {
    // Coordinators write without sequence, or always with 0 (broker spec 4.4).
    let sequenced = settings.writers == Writers::Clients && header.base_sequence >= 0;
    let got = header.base_sequence;
    let Some(slot) = slot else {
        return (sequenced && got != 0).then_some(FindingKind::FirstSequenceNotZero { got });
    };
    let current = slot.producer_epoch();
    if header.producer_epoch < current {
        return Some(FindingKind::EpochLowered { current }); // R73
    }
    if !sequenced {
        return None;
    }
    if header.producer_epoch > current {
        // R74. A transaction's end may raise the epoch by itself, so only others are named.
        let by_client = !header.attributes.is_transactional();
        return match got {
            0 => by_client.then_some(FindingKind::EpochRaised { current }),
            got => Some(FindingKind::NewEpochNotAtZero { current, got }),
        };
    }
    examine_same_epoch(slot, header)
}

fn examine_same_epoch<T: Tag>(slot: &Slot<T>, header: &BatchHeader) -> Option<FindingKind> {
    let (window, got) = (slot.window(), header.base_sequence);
    let seen = window.find(got, header.last_sequence()).and_then(|n| window.get(n));
    if let Some(seen) = seen {
        return Some(FindingKind::Duplicate { first_offset: seen.first_offset() }); // R72
    }
    // Of a producer known by a marker alone, 0 comes next (broker spec 4.2).
    let expected = window.last_sequence().map_or(0, |last| raw::increment(last, 1));
    let ahead = raw::decrement(got, expected);
    match got {
        _ if got == expected => None,
        _ if ahead < HALF_CIRCLE => Some(FindingKind::Gap { expected, got, missing: ahead }), // R71
        0 => Some(FindingKind::StateLost { expected }),                                       // R75
        _ => Some(FindingKind::Rewound { expected, got }),                                    // R72
    }
}

/// R79: the transactional bit is looked at whoever writes (broker spec 4.1).
fn inside_transaction<T: Tag>(slot: &Slot<T>, header: &BatchHeader) -> Option<FindingKind> {
    let first_offset = slot.current_txn_first_offset()?;
    (!header.attributes.is_transactional())
        .then_some(FindingKind::NonTransactionalInTransaction { first_offset })
}

/// A marker always ends the transaction. Of lower epochs the highest seen is kept, so that one
/// stale marker does not make what follows look new (R73, R78).
fn examine_marker<T: Tag>(
    slot: Option<&Slot<T>>,
    mut header: BatchHeader,
    mut marker: EndTxnMarker,
) -> ([Option<FindingKind>; 2], BatchHeader, EndTxnMarker) {
    let Some(slot) = slot else {
        return ([Some(FindingKind::MarkerWithoutTransaction), None], header, marker);
    };
    let (mut ended, mut replaced) = (None, None);
    let (current, current_coordinator) = (slot.producer_epoch(), slot.coordinator_epoch());
    if header.producer_epoch < current {
        ended = Some(FindingKind::EpochLowered { current });
        header.producer_epoch = current;
    } else if slot.current_txn_first_offset().is_none() {
        ended = Some(FindingKind::MarkerWithoutTransaction); // R76
    }
    if marker.coordinator_epoch < current_coordinator {
        let (current, got) = (current_coordinator, marker.coordinator_epoch);
        replaced = Some(FindingKind::CoordinatorEpochLowered { current, got });
        marker.coordinator_epoch = current;
    }
    ([ended, replaced], header, marker)
}

/// Whether a broker that had forgotten the producer would have taken the batch: any sequence, any
/// epoch (R75; broker spec 4.2, 5.5).
fn is_explained_by_forgetting(kind: &FindingKind) -> bool {
    matches!(
        kind,
        FindingKind::Gap { .. }
            | FindingKind::Duplicate { .. }
            | FindingKind::Rewound { .. }
            | FindingKind::StateLost { .. }
            | FindingKind::EpochLowered { .. }
            | FindingKind::NewEpochNotAtZero { .. }
    )
}

fn came_back<T: Tag>(
    slot: &Slot<T>,
    header: &BatchHeader,
    settings: &Settings,
) -> Option<FindingKind> {
    let silent_ms = header.max_timestamp.wrapping_sub(slot.last_timestamp());
    (silent_ms >= i64::from(settings.expiration_ms)).then_some(FindingKind::CameBack { silent_ms })
}
