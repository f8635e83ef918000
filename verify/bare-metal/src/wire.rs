//! Probes of the wire room: any bytes, any numbers.

use core::hint::black_box;

use fencepost::ids::{Epoch, Identity, ProducerId, Sequence, Stamp};
use fencepost::wire::{
    BatchBuilder, BatchHeader, BatchOptions, ControlBatch, EndTxnMarker, MarkerBatch, MarkerKind,
    RecordHeader, RecordToWrite, Segment, TimestampRule, ValidatedOrigin, Validation, frame,
    restamp, seal, stamp, validate, write_end_txn_marker,
};

use crate::any;
use crate::texts::{say, told};

#[inline(never)]
fn read_segment(bytes: &[u8]) {
    told(frame(bytes));
    told(BatchHeader::parse(bytes));
    for batch in Segment::verified(bytes) {
        match batch {
            Ok((position, view)) => {
                black_box(position);
                told(ControlBatch::read(&view));
                let Some(records) = told(view.iter()) else { continue };
                for record in records {
                    let Some(record) = told(record) else { break };
                    black_box(record);
                    for header in record.headers {
                        black_box(header);
                    }
                }
            }
            Err(finding) => {
                black_box((finding.byte(), finding.error_code(), finding.is_skipped()));
                say(finding);
            }
        }
    }
}

#[inline(never)]
fn validate_request(bytes: &mut [u8]) {
    let rule = TimestampRule::CreateTime { now: any(1), before_max: any(2), after_max: any(3) };
    let validation = Validation {
        timestamps: rule,
        is_compacted: any(true),
        ..Validation::new(ValidatedOrigin::Client, any(7))
    };
    match validate(bytes, &validation) {
        Ok(assigned) => {
            told(assigned.write(bytes, any(1)));
        }
        Err(error) => {
            black_box(error.error_code());
            say(error);
        }
    }
}

fn any_stamp() -> Option<Stamp> {
    let identity = Identity { id: ProducerId::new(any(7))?, epoch: Epoch::new(any(3))? };
    Some(Stamp { identity, base_sequence: Sequence::new(any(5))? })
}

#[inline(never)]
fn write_batches(buffer: &mut [u8]) {
    let value = any([1_u8; 40]);
    let headers = [RecordHeader { key: b"k", value: any(value.get(..3)) }];
    let options = BatchOptions { base_offset: any(9), ..BatchOptions::default() };
    if let Ok(mut builder) = BatchBuilder::new(buffer, options) {
        let record = RecordToWrite {
            timestamp: any(1_700_000_000_000),
            key: None,
            value: value.get(..any(17)),
            headers: &headers,
        };
        while told(builder.push(&record)).is_some() {}
        told(builder.finish(any_stamp()));
    }
    let Some(identity) = any_stamp() else { return };
    told(stamp(buffer, identity));
    told(restamp(buffer, identity));
    told(seal(buffer));
    let batch = MarkerBatch {
        base_offset: any(1),
        partition_leader_epoch: any(2),
        producer_id: any(3),
        producer_epoch: any(4),
    };
    let marker =
        EndTxnMarker { kind: any(MarkerKind::Abort), coordinator_epoch: any(5), timestamp: any(6) };
    told(write_end_txn_marker(buffer, &batch, &marker));
}

pub(crate) fn reach() {
    let mut memory = any([0_u8; 512]);
    let Some(bytes) = memory.get_mut(..any(300)) else { return };
    read_segment(bytes);
    validate_request(bytes);
    write_batches(bytes);
}
