//! Kafka's own bytes, built, sealed and restamped.

mod wire_support;

use fencepost::wire::{
    Attributes, BatchBuilder, BatchHeader, BatchOptions, BatchView, BuildError, RecordToWrite,
    record_len, restamp, seal, stamp,
};
use wire_support::{abort, emptied, stamp_of, two_records};

#[test]
fn r7_worked_batches_of_kafka_have_a_right_crc_and_one_flipped_bit_is_seen() {
    for mut batch in [two_records(), abort(), emptied()] {
        BatchView::new_checked(&batch[..]).unwrap().verify_crc().unwrap();
        for byte in 21..batch.len() {
            batch[byte] ^= 0x10;
            let view = BatchView::new_checked(&batch[..]).unwrap();
            let mismatch = view.verify_crc().unwrap_err();
            assert_eq!(mismatch.error_code().get(), 2);
            assert_eq!(mismatch.stored, view.header().crc);
            batch[byte] ^= 0x10;
        }
    }
}

#[test]
fn r7_a_leader_may_rewrite_offset_and_leader_epoch_without_the_crc() {
    let mut batch = two_records();
    let mut header = BatchHeader::parse(&batch).unwrap();
    header.set_last_offset(501);
    header.partition_leader_epoch = 9;
    header.write(batch.first_chunk_mut().unwrap());
    let view = BatchView::new_checked(&batch[..]).unwrap();
    assert_eq!(view.header().base_offset, 500);
    view.verify_crc().unwrap();
}

#[test]
fn the_builder_writes_kafkas_bytes() {
    let mut buffer = [0xee; 80];
    let mut builder = BatchBuilder::new(&mut buffer, BatchOptions::default()).unwrap();
    let first = RecordToWrite {
        timestamp: 1_700_000_000_000,
        key: Some(b"k"),
        value: Some(b"v1"),
        headers: &[],
    };
    let second =
        RecordToWrite { timestamp: 1_700_000_000_001, key: None, value: Some(b"v2"), headers: &[] };
    builder.push(&first).unwrap();
    assert_eq!(builder.next_record_len(&second), Some(9));
    builder.push(&second).unwrap();
    assert_eq!((builder.size_in_bytes(), builder.records_count()), (80, 2));
    assert_eq!(builder.finish(Some(stamp_of(1000, 3, i32::MAX))).unwrap(), two_records());
}

#[test]
fn a_full_buffer_is_an_error_that_names_what_is_needed_and_keeps_what_was_written() {
    let record = RecordToWrite { value: Some(b"four"), ..RecordToWrite::default() };
    let len = record_len(0, 0, &record).unwrap();
    let mut buffer = vec![0; 61 + len + 1];
    let mut builder = BatchBuilder::new(&mut buffer, BatchOptions::default()).unwrap();
    builder.push(&record).unwrap();
    assert_eq!(builder.push(&record), Err(BuildError::Full { needed: 61 + 2 * len }));
    let batch = builder.finish(None).unwrap();
    let view = BatchView::new_checked(&*batch).unwrap();
    view.verify_crc().unwrap();
    assert!(!view.header().has_producer_id());
    assert_eq!(view.iter().unwrap().next().unwrap().unwrap().value, Some(&b"four"[..]));
}

#[test]
fn what_the_builder_cannot_write_is_refused_by_name() {
    let mut buffer = [0; 61];
    let small = BatchBuilder::new(&mut buffer[..60], BatchOptions::default());
    assert_eq!(small.unwrap_err(), BuildError::Full { needed: 61 });
    let gzip = BatchOptions { attributes: Attributes(1), ..BatchOptions::default() };
    let refused = BatchBuilder::new(&mut buffer, gzip).unwrap_err();
    assert_eq!(refused, BuildError::Codec { codec: 1 });
    let empty = BatchBuilder::new(&mut buffer, BatchOptions::default()).unwrap();
    assert_eq!(empty.finish(None).unwrap_err(), BuildError::Empty);
}

#[test]
fn stamping_numbers_and_seals_and_restamping_gives_the_same_bytes() {
    let want = stamp_of(i64::MAX, i16::MAX, 17);
    let mut stamped = two_records();
    stamp(&mut stamped, want).unwrap();
    let view = BatchView::new_checked(&stamped[..]).unwrap();
    let header = *view.header();
    assert_eq!((header.producer_id, header.producer_epoch), (i64::MAX, i16::MAX));
    assert_eq!(header.base_sequence, 17);
    view.verify_crc().unwrap();
    let mut restamped = two_records();
    restamp(&mut restamped, want).unwrap();
    assert_eq!(restamped, stamped);
    restamp(&mut restamped, stamp_of(1000, 3, i32::MAX)).unwrap();
    assert_eq!(restamped, two_records());
}

#[test]
fn r19_restamping_a_damaged_batch_leaves_it_exactly_as_damaged() {
    for at in [17, 21, 43, 57, 79] {
        let mut batch = two_records();
        batch[at] ^= 0x40;
        let before = BatchView::new_checked(&batch[..]).unwrap().verify_crc().unwrap_err();
        restamp(&mut batch, stamp_of(5, 6, 7)).unwrap();
        let after = BatchView::new_checked(&batch[..]).unwrap().verify_crc().unwrap_err();
        let difference = before.stored ^ before.computed;
        assert_eq!(after.stored ^ after.computed, difference, "damaged at {at}");
    }
}

#[test]
fn what_is_not_one_batch_is_not_touched() {
    for cut in [0, 16, 60, 79] {
        let mut torn = two_records()[..cut].to_vec();
        let stamp_5 = stamp_of(5, 6, 7);
        assert!(restamp(&mut torn, stamp_5).is_err());
        assert!(stamp(&mut torn, stamp_5).is_err());
        assert!(seal(&mut torn).is_err());
        assert_eq!(torn, two_records()[..cut]);
    }
}
