//! Records as strict as Kafka reads them, byte by byte.

mod wire_support;

use fencepost::wire::{
    Attributes, BatchBuilder, BatchOptions, BatchView, RecordErrorKind, RecordHeader, RecordToWrite,
};
use wire_support::{two_records, with};

#[test]
fn r11_records_of_the_worked_batch_with_a_sequence_that_wraps() {
    let batch = two_records();
    let view = BatchView::new_checked(&batch[..]).unwrap();
    assert_eq!(view.size_in_bytes(), 80);
    assert_eq!(view.header().last_sequence(), 0);
    let records: Vec<_> = view.iter().unwrap().map(Result::unwrap).collect();
    assert_eq!(records.len(), 2);
    let first = records[0];
    assert_eq!((first.offset, first.timestamp, first.sequence), (0, 1_700_000_000_000, i32::MAX));
    assert_eq!((first.key, first.value, first.position), (Some(&b"k"[..]), Some(&b"v1"[..]), 61));
    let second = records[1];
    assert_eq!((second.offset, second.timestamp, second.sequence), (1, 1_700_000_000_001, 0));
    assert_eq!((second.key, second.value, second.position), (None, Some(&b"v2"[..]), 71));
}

#[test]
fn r11_with_append_time_every_record_has_the_batchs_max_timestamp() {
    let append_time = Attributes(Attributes::LOG_APPEND_TIME);
    let batch = with(&two_records(), |header| header.attributes = append_time);
    let view = BatchView::new_checked(&batch[..]).unwrap();
    for record in view.iter().unwrap() {
        assert_eq!(record.unwrap().timestamp, 1_700_000_000_001);
    }
}

#[test]
fn r11_offsets_and_timestamps_wrap() {
    let batch = with(&two_records(), |header| {
        header.base_offset = i64::MAX;
        header.base_timestamp = i64::MAX;
    });
    let view = BatchView::new_checked(&batch[..]).unwrap();
    let last = view.iter().unwrap().last().unwrap().unwrap();
    assert_eq!((last.offset, last.timestamp), (i64::MIN, i64::MIN));
}

#[test]
fn r10_the_declared_count_must_be_what_the_bytes_hold() {
    let kind_of = |count: i32| {
        let batch = with(&two_records(), |header| header.records_count = count);
        let view = BatchView::new_checked(&batch[..]).unwrap();
        match view.iter() {
            Err(error) => Some((0, error.index, error.position, error.kind)),
            Ok(records) => records.enumerate().find_map(|(n, record)| {
                record.err().map(|error| (n, error.index, error.position, error.kind))
            }),
        }
    };
    assert_eq!(kind_of(-1), Some((0, 0, 57, RecordErrorKind::Count { got: -1 })));
    assert_eq!(kind_of(0), None);
    assert_eq!(kind_of(1), Some((0, 0, 71, RecordErrorKind::LeftOver { bytes: 9 })));
    assert_eq!(kind_of(2), None);
    assert_eq!(kind_of(3), Some((2, 2, 80, RecordErrorKind::Missing { declared: 3 })));
}

/// What reading a batch with this one record says.
fn read_record(record: &[u8]) -> Option<(usize, RecordErrorKind, i16)> {
    let mut batch = two_records()[..61].to_vec();
    batch.extend(record);
    let length = i32::try_from(batch.len() - 12).unwrap();
    let batch = with(&batch, |header| {
        header.batch_length = length;
        header.records_count = 1;
    });
    let view = BatchView::new_checked(&batch[..]).unwrap();
    let error = view.iter().unwrap().next().unwrap().err()?;
    Some((error.position - 61, error.kind, error.error_code().get()))
}

#[test]
fn r9_every_way_a_record_can_be_wrong_names_its_byte() {
    use RecordErrorKind as Kind;
    // attributes, timestamp delta, offset delta, null key, null value, no headers
    assert_eq!(read_record(&[12, 0, 0, 0, 1, 1, 0]), None);
    type Case<'a> = (&'a [u8], usize, Kind, i16);
    let cases: [Case<'_>; 12] = [
        (&[], 0, Kind::Missing { declared: 1 }, 87),
        (&[14, 0, 0, 0, 1, 1, 0], 0, Kind::Length { got: 7, left: 6 }, 87),
        (&[11, 0, 0, 0, 1, 1, 0], 0, Kind::Length { got: -6, left: 6 }, 87),
        (&[0x80; 6], 0, Kind::LengthTooLong, -1),
        (&[0], 1, Kind::Truncated, 87),
        (&[10, 0, 0, 0, 1, 1, 0], 6, Kind::Truncated, 87),
        (&[14, 0, 0, 0, 1, 1, 0, 0], 7, Kind::Unread { bytes: 1 }, 87),
        (&[20, 0, 0, 128, 128, 128, 128, 128, 1, 1, 0], 3, Kind::VarintTooLong, 87),
        (&[12, 0, 0, 0, 6, 1, 0], 4, Kind::Truncated, 87),
        (&[12, 0, 0, 0, 1, 1, 1], 6, Kind::HeaderCount { got: -1 }, 87),
        (&[12, 0, 0, 0, 1, 1, 2], 7, Kind::Truncated, 87),
        (&[16, 0, 0, 0, 1, 1, 2, 1, 1], 7, Kind::HeaderKey { got: -1 }, 87),
    ];
    for (record, position, kind, code) in cases {
        assert_eq!(read_record(record), Some((position, kind, code)), "{record:02x?}");
    }
}

#[test]
fn r9_compressed_records_are_named_and_not_read() {
    let batch = with(&two_records(), |header| header.attributes = Attributes(4));
    let view = BatchView::new_checked(&batch[..]).unwrap();
    let error = view.iter().unwrap_err();
    assert_eq!(error.kind, RecordErrorKind::Compressed { codec: 4 });
    assert_eq!((error.position, error.error_code().get()), (21, 76));
}

#[test]
fn r9_headers_are_read_in_order_with_null_values_and_empty_keys() {
    let headers = [
        RecordHeader { key: b"a", value: Some(b"1") },
        RecordHeader { key: b"", value: None },
        RecordHeader { key: b"a", value: Some(b"") },
    ];
    let mut buffer = [0; 100];
    let mut builder = BatchBuilder::new(&mut buffer, BatchOptions::default()).unwrap();
    builder.push(&RecordToWrite { headers: &headers, ..RecordToWrite::default() }).unwrap();
    let batch = builder.finish(None).unwrap();
    let view = BatchView::new_checked(&*batch).unwrap();
    let record = view.iter().unwrap().next().unwrap().unwrap();
    assert_eq!(record.headers.left(), 3);
    assert_eq!(record.headers.collect::<Vec<_>>(), headers);
}
