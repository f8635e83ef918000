//! An audit finds no fault in what a leader that forgets nothing has accepted, and takes any
//! numbers.

mod audit_support;

use audit_support::{header, partition};
use fencepost::audit::{Audit, MAX_FINDINGS, Settings, Severity, Trail};
use fencepost::broker::{Admission, Batch, BatchKind, Context, TransactionVersion};
use fencepost::ids::Timestamp;
use fencepost::wire::{Attributes, BatchHeader, EndTxnMarker, MarkerKind};
use proptest::prelude::*;

fn batches(id: std::ops::Range<i64>, wild: bool) -> impl Strategy<Value = Batch> {
    let sequence = if wild { any::<i32>().boxed() } else { (0..12).boxed() };
    let epoch = if wild { any::<i16>().boxed() } else { (0..3_i16).boxed() };
    let delta = if wild { any::<i32>().boxed() } else { (0..4).boxed() };
    let offset = if wild { any::<i64>().boxed() } else { Just(0).boxed() };
    (id, epoch, sequence, delta, 0..5_u8, offset, 0..3_i32).prop_map(
        move |(
            producer_id,
            producer_epoch,
            base_sequence,
            delta,
            kind,
            base_offset,
            coordinator,
        )| {
            let transactional = if kind == 0 { 0 } else { Attributes::TRANSACTIONAL };
            let header = BatchHeader {
                base_offset,
                attributes: Attributes(transactional),
                last_offset_delta: delta,
                max_timestamp: base_offset,
                ..header(producer_id, producer_epoch, base_sequence, 1)
            };
            let marker = |kind| EndTxnMarker { kind, coordinator_epoch: coordinator, timestamp: 0 };
            match kind {
                0..=2 => Batch::data(header),
                3 => Batch::end_transaction(header, marker(MarkerKind::Commit)),
                _ if wild => Batch::empty_control(header),
                _ => Batch::end_transaction(header, marker(MarkerKind::Abort)),
            }
        },
    )
}

proptest! {
    #[test]
    fn r70_what_a_leader_accepts_has_no_fault(
        batches in prop::collection::vec(batches(0..4, false), 1..200),
    ) {
        let mut leader = partition(8);
        let audit = Audit::new(partition(8), Settings::default());
        let mut audit = audit.with_trails([Trail::EMPTY; 8]);
        let mut end = 0_i64;
        let now = Timestamp::from_millis(0);
        for mut batch in batches {
            batch.header.base_offset = end;
            let context = match batch.kind {
                BatchKind::Data => Context::client(now),
                _ => Context::coordinator(now, TransactionVersion::V1),
            };
            if batch.kind != BatchKind::Data {
                batch.header.last_offset_delta = 0;
            }
            let Ok(Admission::Append(ticket)) = leader.admit(&batch, &context) else { continue };
            leader.record(ticket, end).unwrap();
            end = batch.header.next_offset();
            let observed = audit.observe(&batch).unwrap();
            for finding in &observed.findings {
                prop_assert_eq!(finding.severity(), Severity::Note, "{}", finding);
            }
        }
        let have: Vec<_> = audit.partition().producers().map(|slot| slot.describe()).collect();
        let want: Vec<_> = leader.producers().map(|slot| slot.describe()).collect();
        prop_assert_eq!(have, want, "the audit knows what the leader knows");
    }

    #[test]
    fn any_numbers_in_any_order_give_sentences_and_no_panic(
        batches in prop::collection::vec(batches(-2..6, true), 1..60),
    ) {
        let audit = Audit::new(partition(4), Settings::default());
        let mut audit = audit.with_trails([Trail::EMPTY; 3]);
        for batch in batches {
            match audit.observe(&batch) {
                Ok(observed) => {
                    prop_assert!(observed.findings.len() <= MAX_FINDINGS);
                    for finding in observed.findings {
                        let rule = format!("({})", finding.kind.rule());
                        prop_assert!(finding.to_string().ends_with(&rule), "{}", finding);
                    }
                }
                Err(full) => prop_assert_eq!(full.capacity, 4),
            }
        }
        prop_assert!(audit.left_open().count() <= 5);
    }
}
