//! The leader's validation, row by row as Kafka's `LogValidator` answers.

mod wire_support;

use fencepost::wire::{
    AssignError, Assigned, Attributes, BatchBuilder, BatchHeader, BatchOptions, BatchView,
    RecordErrorKind, RecordToWrite, TimestampRule, ValidateError, ValidatedOrigin, Validation,
    Violation, seal, validate,
};
use wire_support::{stamp_of, with};

const INVALID_RECORD: i16 = 87;
const UNKNOWN_SERVER_ERROR: i16 = -1;

/// Two records, producer 1, epoch 0, sequence 0, offset 0.
fn two_records() -> Vec<u8> {
    let mut buffer = [0; 200];
    let mut builder = BatchBuilder::new(&mut buffer, BatchOptions::default()).unwrap();
    for (timestamp, value) in [(1000, b"a"), (1001, b"b")] {
        let record = RecordToWrite { timestamp, key: Some(b"k"), value: Some(value), headers: &[] };
        builder.push(&record).unwrap();
    }
    builder.finish(Some(stamp_of(1, 0, 0))).unwrap().to_vec()
}

fn changed(change: impl FnOnce(&mut BatchHeader)) -> Vec<u8> {
    with(&two_records(), change)
}

/// Base offset, last offset and last sequence that the log then holds, or the code.
type Answer = Result<(i64, i64, i32), i16>;

fn answer_of(batches: &[u8], validation: &Validation<'_>) -> Answer {
    let assigned = validate(batches, validation).map_err(|error| {
        assert!(error.position <= batches.len(), "{error}");
        assert!(!error.to_string().is_empty());
        error.error_code().get()
    })?;
    let mut batch = batches.to_vec();
    match assigned.write(&mut batch, 7) {
        Err(AssignError::Rebuilt) => return Ok((assigned.base_offset, assigned.last_offset, 0)),
        written => written.unwrap(),
    }
    let view = BatchView::new_checked(&batch[..]).unwrap();
    view.verify_crc().unwrap();
    let header = view.header();
    assert_eq!(header.partition_leader_epoch, 7);
    assert_eq!(
        (header.base_offset, header.last_offset()),
        (assigned.base_offset, assigned.last_offset)
    );
    Ok((header.base_offset, header.last_offset(), header.last_sequence()))
}

#[track_caller]
fn row(what: &str, batches: &[u8], client: Answer, coordinator: Answer) {
    let client_answer = answer_of(batches, &Validation::new(ValidatedOrigin::Client, 500));
    assert_eq!(client_answer, client, "client, {what}");
    let validation = Validation::new(ValidatedOrigin::Coordinator, 500);
    assert_eq!(answer_of(batches, &validation), coordinator, "coordinator, {what}");
}

const REFUSED: Answer = Err(INVALID_RECORD);

#[test]
fn r14_counts_and_offset_deltas_bind_a_client_and_the_records_bind_everyone() {
    row("none", &two_records(), Ok((500, 501, 1)), Ok((500, 501, 1)));
    let count = |count| changed(|header| header.records_count = count);
    row("count 0", &count(0), REFUSED, Ok((498, 499, 1)));
    row("count -1", &count(-1), REFUSED, REFUSED);
    row("count 1", &count(1), REFUSED, REFUSED);
    row("count 3", &count(3), REFUSED, REFUSED);
    let delta = |delta| changed(|header| header.last_offset_delta = delta);
    row("lastOffsetDelta 5", &delta(5), REFUSED, Ok((496, 501, 5)));
    row("lastOffsetDelta -1", &delta(-1), REFUSED, Ok((502, 501, i32::MAX)));
    let both = changed(|header| {
        header.last_offset_delta = 5;
        header.records_count = 6;
    });
    row("lastOffsetDelta 5 and count 6", &both, REFUSED, REFUSED);
}

#[test]
fn r14_control_bit_and_sequences_bind_a_client_only() {
    let control = Attributes(Attributes::CONTROL);
    let accepted = Ok((500, 501, 1));
    let batch = changed(|header| header.attributes = control);
    row("control bit", &batch, REFUSED, accepted);
    let sequence = |sequence| changed(|header| header.base_sequence = sequence);
    row("baseSequence -1", &sequence(-1), REFUSED, Ok((500, 501, -1)));
    row("baseSequence -5", &sequence(-5), REFUSED, Ok((500, 501, -4)));
    let batch = changed(|header| {
        header.attributes = control;
        header.records_count = 0;
    });
    row("control bit and count 0", &batch, REFUSED, Ok((498, 499, 1)));
    let first = validate(&batch, &Validation::new(ValidatedOrigin::Client, 500)).unwrap_err();
    let count_first = ValidateError { position: 57, violation: Violation::RecordsCount { got: 0 } };
    assert_eq!(first, count_first);
}

#[test]
fn r14_a_client_learns_the_first_rule_it_broke_and_its_field() {
    let control = Attributes(Attributes::CONTROL);
    // Each breaks the rules after it too, so the order is seen.
    let broken = |delta, count, attributes| {
        let batch = changed(|header| {
            header.last_offset_delta = delta;
            header.records_count = count;
            header.attributes = attributes;
            header.base_sequence = -3;
        });
        let error = validate(&batch, &Validation::new(ValidatedOrigin::Client, 500)).unwrap_err();
        (error.position, error.violation)
    };
    assert_eq!(broken(-1, 0, control), (23, Violation::OffsetSpan { got: 0 }));
    assert_eq!(broken(i32::MIN, 2, control), (23, Violation::OffsetSpan { got: -2_147_483_647 }));
    assert_eq!(broken(1, 0, control), (57, Violation::RecordsCount { got: 0 }));
    let mismatch = Violation::CountMismatch { offsets: 2_147_483_648, records: 2 };
    assert_eq!(broken(i32::MAX, 2, control), (57, mismatch));
    assert_eq!(broken(1, 2, control), (21, Violation::Control));
    assert_eq!(broken(1, 2, Attributes(0)), (53, Violation::BaseSequence { got: -3 }));
}

#[test]
fn r14_what_the_validator_does_not_look_at_is_accepted() {
    let both = |what, batch: Vec<u8>, answer| row(what, &batch, answer, answer);
    let producer = |id, epoch, sequence| {
        changed(|header| {
            header.producer_id = id;
            header.producer_epoch = epoch;
            header.base_sequence = sequence;
        })
    };
    both("baseSequence -1, pid -1, epoch -1", producer(-1, -1, -1), Ok((500, 501, -1)));
    both("baseSequence 9, pid -1", producer(-1, 0, 9), Ok((500, 501, 10)));
    both("pid -2, baseSequence -7", producer(-2, 0, -7), Ok((500, 501, -6)));
    both("epoch -1", producer(1, -1, 0), Ok((500, 501, 1)));
    both("epoch -9", producer(1, -9, 0), Ok((500, 501, 1)));
    let transactional = changed(|header| {
        header.attributes = Attributes(Attributes::TRANSACTIONAL);
        header.producer_id = -1;
    });
    both("transactional, pid -1", transactional, Ok((500, 501, 1)));
    both("baseOffset 33", changed(|header| header.base_offset = 33), Ok((500, 501, 1)));
    both("baseSequence 2147483647", producer(1, 0, i32::MAX), Ok((500, 501, 0)));
}

#[test]
fn r17_unused_bits_are_kept_unless_the_timestamp_is_rewritten() {
    let attributes_after = |batch: &[u8]| {
        let validation = Validation::new(ValidatedOrigin::Client, 500);
        let mut batch = batch.to_vec();
        validate(&batch, &validation).unwrap().write(&mut batch, 0).unwrap();
        *BatchView::new_checked(&batch[..]).unwrap().header()
    };
    let unused = changed(|header| header.attributes = Attributes(0x7f80));
    row("attributes 0x7f80", &unused, Ok((500, 501, 1)), Ok((500, 501, 1)));
    assert_eq!(attributes_after(&unused).attributes, Attributes(0x7f80));
    let late = with(&unused, |header| header.max_timestamp = 999_999);
    row("maxTimestamp 999999", &late, Ok((500, 501, 1)), Ok((500, 501, 1)));
    let header = attributes_after(&late);
    assert_eq!((header.max_timestamp, header.attributes), (1001, Attributes(0)));
}

#[test]
fn r15_there_is_exactly_one_batch() {
    let two = [two_records(), two_records()].concat();
    row("two batches", &two, REFUSED, REFUSED);
    row("no batch", &[], REFUSED, REFUSED);
    let at = two_records().len();
    let error = validate(&two, &Validation::new(ValidatedOrigin::Client, 500)).unwrap_err();
    assert_eq!(error, ValidateError { position: at, violation: Violation::SecondBatch });
    // A torn batch is none: ignored behind a whole one.
    row("torn first", &two[..at - 1], REFUSED, REFUSED);
    let torn_second = &two[..2 * at - 1];
    let validation = Validation::new(ValidatedOrigin::Client, 500);
    assert_eq!(validate(torn_second, &validation).map(|a| a.last_offset), Ok(501));
    let garbage = [two_records(), vec![0; 12]].concat();
    assert_eq!(validate(&garbage, &validation).unwrap_err().error_code().get(), 2);
    assert_eq!(validate(&garbage, &validation).unwrap_err().position, at + 8);
}

/// As a topic of codec gzip answers.
fn on_gzip(origin: ValidatedOrigin, batch: &[u8]) -> Result<Assigned, ValidateError> {
    validate(batch, &Validation { topic_codec: Some(1), ..Validation::new(origin, 500) })
}

#[test]
fn r18_a_batch_that_is_rebuilt_meets_the_builders_rules() {
    let client = |batch: &[u8]| on_gzip(ValidatedOrigin::Client, batch);
    let plain = client(&two_records()).unwrap();
    assert!(plain.is_rebuilt && plain.records_read);
    assert_eq!((plain.base_offset, plain.last_offset), (500, 501));
    let refused = |batch: Vec<u8>, origin, position, violation| {
        let error = on_gzip(origin, &batch).unwrap_err();
        assert_eq!(error, ValidateError { position, violation });
        assert_eq!(error.error_code().get(), UNKNOWN_SERVER_ERROR);
    };
    let from_client = ValidatedOrigin::Client;
    let epoch = |epoch| changed(|header| header.producer_epoch = epoch);
    refused(epoch(-1), from_client, 51, Violation::RebuildEpoch);
    assert!(client(&epoch(-9)).is_ok());
    let transactional = changed(|header| {
        header.attributes = Attributes(Attributes::TRANSACTIONAL);
        header.producer_id = -1;
    });
    refused(transactional, from_client, 43, Violation::RebuildProducerId);
    let odd = changed(|header| {
        header.producer_id = -2;
        header.base_sequence = -7;
    });
    refused(odd, from_client, 53, Violation::RebuildSequence { got: -7 });
    let early = changed(|header| header.base_timestamp = -1002);
    let no_time = changed(|header| header.base_timestamp = -1);
    assert!(client(&no_time).unwrap().is_rebuilt);
    let violation = Violation::RebuildTimestamp { index: 0, timestamp: -1002 };
    refused(early, from_client, 61, violation);
    // Coordinators write without sequences: kept as they are that is fine.
    let no_sequence = changed(|header| header.base_sequence = -1);
    let violation = Violation::RebuildSequence { got: -1 };
    refused(no_sequence, ValidatedOrigin::Coordinator, 53, violation);
}

#[test]
fn r18_a_plain_control_batch_is_kept_on_a_compressing_topic() {
    let control = changed(|header| {
        header.attributes = Attributes(Attributes::CONTROL);
        header.base_sequence = -1;
    });
    let kept = on_gzip(ValidatedOrigin::Coordinator, &control).unwrap();
    assert!(!kept.is_rebuilt);
    let renumbered = with(&control, |header| {
        header.base_offset = 3;
        header.base_sequence = 0;
    });
    assert!(on_gzip(ValidatedOrigin::Coordinator, &renumbered).unwrap().is_rebuilt);
}

#[test]
fn r18_no_record_to_rebuild_is_an_error_on_append_time_only() {
    let empty = changed(|header| header.records_count = 0);
    let on_create_time = on_gzip(ValidatedOrigin::Coordinator, &empty).unwrap();
    assert_eq!((on_create_time.records, on_create_time.next_offset()), (0, 500));
    let validation = Validation {
        topic_codec: Some(1),
        timestamps: TimestampRule::LogAppendTime { now: 5 },
        ..Validation::new(ValidatedOrigin::Coordinator, 500)
    };
    let error = validate(&empty, &validation).unwrap_err();
    assert_eq!((error.violation, error.error_code().get()), (Violation::RebuildEmpty, -1));
}

/// A batch that says gzip; the block is whatever the caller decompresses it to.
fn gzip() -> Vec<u8> {
    changed(|header| header.attributes = Attributes(1))
}

#[test]
fn r14_header_rules_hold_for_compressed_batches_and_their_records_are_checked_if_given() {
    let block = &two_records()[61..];
    let client = Validation::new(ValidatedOrigin::Client, 500);
    let unread = validate(&gzip(), &client).unwrap();
    assert!(!unread.records_read && unread.max_timestamp.is_none());
    assert_eq!((unread.base_offset, unread.last_offset), (500, 501));
    let given = Validation { decompressed: Some(block), ..client };
    let read = validate(&gzip(), &given).unwrap();
    assert!(read.records_read && !read.is_rebuilt);
    assert_eq!(read.max_timestamp, Some(1001));
    let torn = Validation { decompressed: Some(&block[..5]), ..client };
    let error = validate(&gzip(), &torn).unwrap_err();
    assert_eq!((error.position, error.error_code().get()), (61, INVALID_RECORD));
    let batch = with(&gzip(), |header| header.last_offset_delta = 5);
    row("gzip batch, lastOffsetDelta 5", &batch, REFUSED, Ok((496, 501, 5)));
}

#[test]
fn r18_compressed_records_that_are_not_numbered_from_zero_cannot_be_rebuilt() {
    let block = &two_records()[61..];
    let batch = with(&gzip(), |header| header.base_offset = 33);
    let validation =
        Validation { decompressed: Some(block), ..Validation::new(ValidatedOrigin::Client, 500) };
    let error = validate(&batch, &validation).unwrap_err();
    assert_eq!(error.violation, Violation::RebuildSkimmed);
    assert_eq!(error.error_code().get(), UNKNOWN_SERVER_ERROR);
    // With another codec Kafka reads the records in full, and numbers them anew.
    let zstd = Validation { topic_codec: Some(4), ..validation };
    assert!(validate(&batch, &zstd).unwrap().is_rebuilt);
    // So does a compressed control batch: only a plain one is kept whatever the topic's codec.
    let control = with(&batch, |header| {
        header.base_offset = 0;
        header.attributes = Attributes(Attributes::CONTROL | 1);
    });
    let zstd = Validation { origin: ValidatedOrigin::Coordinator, ..zstd };
    assert!(validate(&control, &zstd).unwrap().is_rebuilt);
    assert!(!validate(&control, &Validation { topic_codec: None, ..zstd }).unwrap().is_rebuilt);
}

#[test]
fn codecs_that_do_not_exist_fail_before_anything_else() {
    for codec in 5..=7 {
        let batch = changed(|header| header.attributes = Attributes(codec));
        let two = [batch.clone(), batch].concat();
        let error = validate(&two, &Validation::new(ValidatedOrigin::Client, 500)).unwrap_err();
        assert_eq!(error.violation, Violation::Codec { got: codec });
        assert_eq!((error.position, error.error_code().get()), (21, UNKNOWN_SERVER_ERROR));
    }
}

#[test]
fn r16_a_timestamp_out_of_range_wins_over_a_missing_key() {
    let mut buffer = [0; 200];
    let mut builder = BatchBuilder::new(&mut buffer, BatchOptions::default()).unwrap();
    for (timestamp, key) in [(100, None), (100, Some(&b"k"[..])), (300, Some(&b"k"[..]))] {
        let record = RecordToWrite { timestamp, key, value: None, headers: &[] };
        builder.push(&record).unwrap();
    }
    let batch = builder.finish(None).unwrap();
    let at = |index: usize| {
        let view = BatchView::new_checked(&*batch).unwrap();
        view.iter().unwrap().nth(index).unwrap().unwrap().position
    };
    let range = |now, before_max, after_max| {
        let timestamps = TimestampRule::CreateTime { now, before_max, after_max };
        let client = Validation::new(ValidatedOrigin::Client, 500);
        Validation { is_compacted: true, timestamps, ..client }
    };
    let no_key = validate(batch, &range(200, 100, 100)).unwrap_err();
    let violation = Violation::Key { first: 0, refused: 1 };
    assert_eq!(no_key, ValidateError { position: at(0), violation });
    assert_eq!(no_key.error_code().get(), INVALID_RECORD);
    let late = validate(batch, &range(200, 100, 99)).unwrap_err();
    let violation = Violation::Timestamp { first: 2, timestamp: 300, refused: 2 };
    assert_eq!(late, ValidateError { position: at(2), violation });
    assert_eq!(late.error_code().get(), 32);
    let early = validate(batch, &range(200, 99, 100)).unwrap_err();
    let violation = Violation::Timestamp { first: 1, timestamp: 100, refused: 2 };
    assert_eq!(early.violation, violation);
}

#[test]
fn r16_an_unreadable_record_wins_over_every_refusal_before_it() {
    let mut batch = two_records();
    let last = batch.len() - 1;
    batch[last] = 7;
    let crc = seal(&mut batch).unwrap();
    assert_ne!(crc, 0);
    let timestamps = TimestampRule::CreateTime { now: 0, before_max: 0, after_max: 0 };
    let client = Validation::new(ValidatedOrigin::Client, 500);
    let error = validate(&batch, &Validation { timestamps, ..client }).unwrap_err();
    assert!(matches!(error.violation, Violation::Record(e)
            if e.index == 1 && e.kind == RecordErrorKind::HeaderCount { got: -4 }));
    assert_eq!((error.position, error.error_code().get()), (last, INVALID_RECORD));
}

#[test]
fn r17_append_time_is_written_and_a_client_may_not_claim_it_there() {
    let client = Validation::new(ValidatedOrigin::Client, 500);
    let timestamps = TimestampRule::LogAppendTime { now: 77 };
    let append_time = Validation { timestamps, ..client };
    let mut batch = two_records();
    let assigned = validate(&batch, &append_time).unwrap();
    assigned.write(&mut batch, 3).unwrap();
    let view = BatchView::new_checked(&batch[..]).unwrap();
    view.verify_crc().unwrap();
    assert!(view.header().attributes.is_log_append_time());
    assert_eq!(view.header().max_timestamp, 77);
    let claimed = changed(|header| header.attributes = Attributes(Attributes::LOG_APPEND_TIME));
    assert_eq!(validate(&claimed, &append_time).unwrap_err().error_code().get(), 32);
    let mut believed = claimed.clone();
    validate(&claimed, &client).unwrap().write(&mut believed, 3).unwrap();
    let header = BatchHeader::parse(&believed).unwrap();
    assert!(!header.attributes.is_log_append_time(), "the topic says whose time it is");
    let unknown_time = with(&claimed, |header| header.max_timestamp = -1);
    assert_eq!(validate(&unknown_time, &client).unwrap_err().error_code().get(), 32);
}
