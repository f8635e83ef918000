//! Control batches: every case of an end-transaction marker.

mod wire_support;

use fencepost::wire::{
    Attributes, BatchBuilder, BatchOptions, BatchView, BuildError, ControlBatch, ControlType,
    END_TXN_MARKER_LEN, EndTxnMarker, MarkerBatch, MarkerError, MarkerKind, RecordErrorKind,
    RecordToWrite, write_end_txn_marker,
};
use wire_support::{abort, emptied, two_records, with};

#[test]
fn r12_the_marker_writer_writes_kafkas_bytes() {
    let mut buffer = [0xee; END_TXN_MARKER_LEN + 3];
    let at = MarkerBatch {
        base_offset: 77,
        partition_leader_epoch: 4,
        producer_id: 1000,
        producer_epoch: 3,
    };
    let marker = EndTxnMarker {
        kind: MarkerKind::Abort,
        coordinator_epoch: 12,
        timestamp: 1_700_000_000_500,
    };
    assert_eq!(write_end_txn_marker(&mut buffer, &at, &marker).unwrap(), abort());
    let full = write_end_txn_marker(&mut buffer[..77], &at, &marker).unwrap_err();
    assert_eq!(full, BuildError::Full { needed: 78 });
}

#[test]
fn r13_a_marker_has_the_batchs_base_offset_and_its_records_timestamp() {
    let batch = with(&abort(), |header| header.max_timestamp = 5);
    let view = BatchView::new_checked(&batch[..]).unwrap();
    let marker = EndTxnMarker {
        kind: MarkerKind::Abort,
        coordinator_epoch: 12,
        timestamp: 1_700_000_000_500,
    };
    assert_eq!(ControlBatch::read(&view), Ok(ControlBatch::EndTxn(marker)));
    assert_eq!(view.header().base_offset, 77);
}

#[test]
fn r12_a_control_batch_without_records_is_empty_and_data_is_no_control_batch() {
    let control = Attributes(Attributes::TRANSACTIONAL | Attributes::CONTROL);
    let batch = with(&emptied(), |header| header.attributes = control);
    let view = BatchView::new_checked(&batch[..]).unwrap();
    assert_eq!(ControlBatch::read(&view), Ok(ControlBatch::Empty));
    // Kafka asks for the count first, so bytes behind it do not matter.
    let batch = with(&abort(), |header| header.records_count = 0);
    let view = BatchView::new_checked(&batch[..]).unwrap();
    assert_eq!(ControlBatch::read(&view), Ok(ControlBatch::Empty));
    let data = two_records();
    let view = BatchView::new_checked(&data[..]).unwrap();
    assert_eq!(ControlBatch::read(&view), Err(MarkerError::NotControl));
}

/// A control batch whose first record has this key and value.
fn control(key: Option<&[u8]>, value: Option<&[u8]>) -> Vec<u8> {
    let mut buffer = [0; 200];
    let attributes = Attributes(Attributes::TRANSACTIONAL | Attributes::CONTROL);
    let options = BatchOptions { attributes, ..BatchOptions::default() };
    let mut builder = BatchBuilder::new(&mut buffer, options).unwrap();
    let record = RecordToWrite { timestamp: 9, key, value, headers: &[] };
    builder.push(&record).unwrap();
    builder.finish(None).unwrap().to_vec()
}

#[test]
fn r12_every_malformed_marker_has_its_own_error_and_kafkas_code() {
    const COMMIT: &[u8] = &[0, 0, 0, 1];
    const VALUE: &[u8] = &[0, 0, 0, 0, 0, 7];
    let committed = ControlBatch::EndTxn(EndTxnMarker {
        kind: MarkerKind::Commit,
        coordinator_epoch: 7,
        timestamp: 9,
    });
    let good: [(&[u8], &[u8]); 4] = [
        (COMMIT, VALUE),
        (&[0, 1, 0, 1], VALUE),
        (&[0, 0, 0, 1, 99], VALUE),
        (COMMIT, &[0, 5, 0, 0, 0, 7, 99]),
    ];
    for (key, value) in good {
        let batch = control(Some(key), Some(value));
        let view = BatchView::new_checked(&batch[..]).unwrap();
        assert_eq!(ControlBatch::read(&view), Ok(committed), "{key:?} {value:?}");
    }
    type Case<'a> = (Option<&'a [u8]>, Option<&'a [u8]>, MarkerError, i16, i16);
    let bad: [Case<'_>; 10] = [
        (Some(&[0, 0, 0]), Some(VALUE), MarkerError::KeyTooShort { got: 3 }, 87, 87),
        (Some(&[255, 255, 0, 1]), Some(VALUE), MarkerError::KeyVersion { got: -1 }, 87, 87),
        (Some(&[0, 0, 0, 2]), Some(VALUE), MarkerError::Type(ControlType::LeaderChange), -1, -1),
        (Some(&[0, 0, 0, 6]), Some(VALUE), MarkerError::Type(ControlType::KraftVoters), -1, -1),
        (Some(&[0, 0, 0, 9]), None, MarkerError::Type(ControlType::Unknown(9)), -1, -1),
        (Some(COMMIT), Some(&VALUE[..5]), MarkerError::ValueTooShort { got: 5 }, -1, 87),
        (Some(COMMIT), Some(&[]), MarkerError::ValueTooShort { got: 0 }, -1, 87),
        (Some(COMMIT), Some(&[255, 255, 0]), MarkerError::ValueVersion { got: -1 }, 87, 87),
        (Some(COMMIT), None, MarkerError::ValueNull, -1, -1),
        (None, Some(VALUE), MarkerError::KeyNull, -1, -1),
    ];
    for (key, value, error, code, code_4_0) in bad {
        let batch = control(key, value);
        let view = BatchView::new_checked(&batch[..]).unwrap();
        assert_eq!(ControlBatch::read(&view), Err(error), "{key:?} {value:?}");
        assert_eq!(
            (error.error_code().get(), error.error_code_until_4_0().get()),
            (code, code_4_0)
        );
        assert!(!error.to_string().is_empty());
    }
}

#[test]
fn r12_only_the_first_record_is_read_and_bytes_left_over_count_behind_the_last() {
    let mut batch = abort();
    batch.extend([0xff; 3]);
    let left_over = with(&batch, |header| header.batch_length += 3);
    let view = BatchView::new_checked(&left_over[..]).unwrap();
    let error = ControlBatch::read(&view).unwrap_err();
    assert!(
        matches!(error, MarkerError::Record(e) if e.kind == RecordErrorKind::LeftOver { bytes: 3 })
    );
    assert_eq!(error.error_code().get(), 87);
    let two_declared = with(&left_over, |header| header.records_count = 2);
    let view = BatchView::new_checked(&two_declared[..]).unwrap();
    assert!(matches!(ControlBatch::read(&view), Ok(ControlBatch::EndTxn(_))));
}
