//! Any bytes give values or errors that name a place inside them; what is written reads back.

mod wire_support;

use fencepost::wire::{
    Attributes, BatchBuilder, BatchError, BatchHeader, BatchOptions, BatchView, BuildError,
    ControlBatch, EndTxnMarker, Frame, MarkerBatch, MarkerKind, RecordHeader, RecordToWrite,
    Records, Segment, TimestampRule, ValidatedOrigin, Validation, crc32c, crc32c_append, frame,
    record_len, restamp, seal, stamp, validate, write_end_txn_marker,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use wire_support::{stamp_of, two_records};

/// Numbers near the ends, where arithmetic wraps, as often as any others.
fn edgy_i32() -> impl Strategy<Value = i32> {
    prop_oneof![any::<i32>(), -3..=3, Just(i32::MIN), Just(i32::MAX)]
}

fn edgy_i64() -> impl Strategy<Value = i64> {
    prop_oneof![any::<i64>(), -3i64..=3, Just(i64::MIN), Just(i64::MAX)]
}

prop_compose! {
    fn headers()(
        (base_offset, base_timestamp, max_timestamp) in (edgy_i64(), edgy_i64(), edgy_i64()),
        (batch_length, partition_leader_epoch) in (edgy_i32(), any::<i32>()),
        (crc, attributes) in (any::<u32>(), any::<i16>()),
        (last_offset_delta, base_sequence, records_count) in (edgy_i32(), edgy_i32(), edgy_i32()),
        (producer_id, producer_epoch) in (edgy_i64(), any::<i16>()),
    ) -> BatchHeader {
        BatchHeader {
            base_offset,
            batch_length,
            partition_leader_epoch,
            crc,
            attributes: Attributes(attributes),
            last_offset_delta,
            base_timestamp,
            max_timestamp,
            producer_id,
            producer_epoch,
            base_sequence,
            records_count,
        }
    }
}

/// Bytes that get past framing: any header of the right length, and anything behind it.
fn framed() -> impl Strategy<Value = Vec<u8>> {
    (headers(), vec(any::<u8>(), 0..120), 0i16..2, -1i32..5).prop_map(|(header, body, codec, n)| {
        let mut batch = vec![0; 61];
        batch.extend(&body);
        let header = BatchHeader {
            batch_length: i32::try_from(batch.len() - 12).unwrap(),
            // Mostly plain, and mostly few records, or no record is ever read.
            attributes: Attributes(header.attributes.0 & !7 | codec),
            records_count: if header.crc % 4 == 0 { header.records_count } else { n },
            ..header
        };
        header.write(batch.first_chunk_mut().unwrap());
        batch
    })
}

/// Kafka's own bytes with a few of them changed: the damage that comes closest to being read.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    vec((0usize..80, any::<u8>()), 0..4).prop_map(|changes| {
        let mut batch = two_records();
        for (at, byte) in changes {
            batch[at] = byte;
        }
        batch
    })
}

fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![vec(any::<u8>(), 0..200), framed(), damaged()]
}

type OwnedHeader = (Vec<u8>, Option<Vec<u8>>);
type OwnedRecord = (i64, Option<Vec<u8>>, Option<Vec<u8>>, Vec<OwnedHeader>);

fn records() -> impl Strategy<Value = Vec<OwnedRecord>> {
    let blob = || vec(any::<u8>(), 0..200);
    let header = (blob(), option::of(blob()));
    vec((edgy_i64(), option::of(blob()), option::of(blob()), vec(header, 0..4)), 1..6)
}

fn borrowed(headers: &[OwnedHeader]) -> Vec<RecordHeader<'_>> {
    headers.iter().map(|(key, value)| RecordHeader { key, value: value.as_deref() }).collect()
}

/// Everything that reads records, over all of them.
fn read_all(view: &BatchView<&[u8]>) {
    let size = view.size_in_bytes();
    match view.iter() {
        Err(error) => assert!(error.position < size, "{error}"),
        Ok(records) => {
            let mut last = 60;
            for record in records {
                match record {
                    Ok(record) => {
                        assert!(record.position > last && record.position < size);
                        last = record.position;
                        let declared = usize::try_from(record.headers.left()).unwrap();
                        assert_eq!(record.headers.count(), declared);
                    }
                    Err(error) => assert!(error.position <= size, "{error}"),
                }
            }
        }
    }
    if let Err(error) = ControlBatch::read(view) {
        assert!(!error.to_string().is_empty());
    }
}

proptest! {
    #[test]
    fn r6_any_bytes_are_framed_or_refused_at_a_byte_inside_them(bytes in any_bytes()) {
        match frame(&bytes) {
            Ok(Frame::Batch { size }) => prop_assert!(size >= 61),
            Ok(Frame::Legacy { magic, size }) => prop_assert!(magic < 2 && size >= 26),
            Ok(Frame::Incomplete { missing }) => prop_assert_eq!(bytes.len() + missing, 17),
            Err(error) => prop_assert!(error.position() < bytes.len()),
        }
        match BatchView::new_checked(&bytes[..]) {
            Ok(view) => read_all(&view),
            Err(error) => prop_assert!(error.position() <= bytes.len()),
        }
    }

    #[test]
    fn r6_a_segment_covers_its_bytes_in_order(parts in vec(any_bytes(), 0..4)) {
        let bytes = parts.concat();
        let mut end = 0;
        let mut segment = Segment::verified(&bytes);
        while let Some(item) = segment.next() {
            match item {
                Ok((position, view)) => {
                    prop_assert_eq!(position, end);
                    end += view.size_in_bytes();
                    read_all(&view);
                }
                Err(finding) => {
                    prop_assert_eq!(finding.position, end);
                    prop_assert!(finding.byte() <= bytes.len(), "{}", finding);
                    prop_assert_eq!(finding.is_skipped(), segment.position() > end);
                    end = segment.position();
                }
            }
        }
        prop_assert!(segment.next().is_none());
        let headers = Segment::headers(&bytes).count();
        prop_assert_eq!(headers, Segment::verified(&bytes).count());
    }

    #[test]
    fn r9_any_block_in_place_of_a_compressed_one_gives_records_or_a_place_inside_it(
        header in headers(),
        block in vec(any::<u8>(), 0..60),
    ) {
        match Records::of_decompressed(&header, &block) {
            Err(error) => prop_assert_eq!(error.position, 0),
            Ok(records) => for error in records.filter_map(Result::err) {
                prop_assert!(error.position <= block.len());
            },
        }
    }

    #[test]
    fn r14_any_bytes_are_validated_or_refused_at_a_byte_inside_them(
        parts in vec(any_bytes(), 0..3),
        block in option::of(vec(any::<u8>(), 0..60)),
        is_client in any::<bool>(),
        next_offset in edgy_i64(),
        topic_codec in option::of(0i16..5),
        is_compacted in any::<bool>(),
        (now, before_max, after_max) in (edgy_i64(), edgy_i64(), edgy_i64()),
        is_append_time in any::<bool>(),
    ) {
        let batches = parts.concat();
        let validation = Validation {
            origin: if is_client { ValidatedOrigin::Client } else { ValidatedOrigin::Coordinator },
            next_offset,
            topic_codec,
            is_compacted,
            timestamps: if is_append_time {
                TimestampRule::LogAppendTime { now }
            } else {
                TimestampRule::CreateTime { now, before_max, after_max }
            },
            decompressed: block.as_deref(),
        };
        match validate(&batches, &validation) {
            Err(error) => prop_assert!(error.position <= batches.len(), "{}", error),
            Ok(assigned) if assigned.is_rebuilt => {}
            Ok(assigned) => {
                let Ok(Frame::Batch { size }) = frame(&batches) else { panic!("not a batch") };
                let mut batch = batches[..size].to_vec();
                seal(&mut batch).unwrap();
                assigned.write(&mut batch, 1).unwrap();
                let view = BatchView::new_checked(&batch[..]).unwrap();
                view.verify_crc().unwrap();
                prop_assert_eq!(view.header().last_offset(), assigned.last_offset);
                let count = i64::from(assigned.records);
                prop_assert_eq!(assigned.next_offset(), next_offset.wrapping_add(count));
            }
        }
    }

    #[test]
    fn any_header_reads_back(header in headers()) {
        let mut bytes = [0; 61];
        header.write(&mut bytes);
        prop_assert_eq!(BatchHeader::parse(&bytes), Ok(header));
        let short = BatchError::Truncated { wanted: 61, got: 60 };
        prop_assert_eq!(BatchHeader::parse(&bytes[..60]), Err(short));
    }

    #[test]
    fn what_the_builder_writes_reads_back_and_has_the_size_it_said(
        wanted in records(),
        base_timestamp in option::of(edgy_i64()),
        base_offset in edgy_i64(),
        base_sequence in prop_oneof![0i32..=i32::MAX, Just(0), Just(i32::MAX)],
        slack in 0usize..3,
    ) {
        let options = BatchOptions { base_timestamp, base_offset, ..BatchOptions::default() };
        let base = base_timestamp.unwrap_or(wanted[0].0);
        let mut size = 61;
        for (index, (timestamp, key, value, headers)) in wanted.iter().enumerate() {
            let (key, value) = (key.as_deref(), value.as_deref());
            let headers = borrowed(headers);
            let record = RecordToWrite { timestamp: *timestamp, key, value, headers: &headers };
            let delta = timestamp.wrapping_sub(base);
            size += record_len(i32::try_from(index).unwrap(), delta, &record).unwrap();
        }
        let mut buffer = vec![0xa5; size + slack];
        let mut builder = BatchBuilder::new(&mut buffer, options).unwrap();
        for (timestamp, key, value, headers) in &wanted {
            let (key, value) = (key.as_deref(), value.as_deref());
            let headers = borrowed(headers);
            let record = RecordToWrite { timestamp: *timestamp, key, value, headers: &headers };
            builder.push(&record).unwrap();
        }
        let batch = builder.finish(Some(stamp_of(7, 8, base_sequence))).unwrap();
        prop_assert_eq!(batch.len(), size);
        let view = BatchView::new_checked(&*batch).unwrap();
        view.verify_crc().unwrap();
        let newest = wanted.iter().map(|record| record.0).max().unwrap().max(-1);
        prop_assert_eq!(view.header().max_timestamp, newest);
        let mut read = 0;
        for (record, (timestamp, key, value, headers)) in view.iter().unwrap().zip(&wanted) {
            let record = record.unwrap();
            prop_assert_eq!(record.timestamp, *timestamp);
            prop_assert_eq!((record.key, record.value), (key.as_deref(), value.as_deref()));
            prop_assert_eq!(record.headers.collect::<Vec<_>>(), borrowed(headers));
            prop_assert_eq!(record.offset, base_offset.wrapping_add(read));
            let sequence = (i64::from(base_sequence) + read) % (1 << 31);
            prop_assert_eq!(i64::from(record.sequence), sequence);
            read += 1;
        }
        prop_assert_eq!(usize::try_from(read).unwrap(), wanted.len());
    }

    #[test]
    fn a_record_that_does_not_fit_leaves_the_batch_as_it_was(
        wanted in records(),
        room in 61usize..400,
    ) {
        let mut buffer = vec![0; room];
        let mut builder = BatchBuilder::new(&mut buffer, BatchOptions::default()).unwrap();
        let mut pushed = Vec::new();
        for (timestamp, key, value, _) in &wanted {
            let (key, value) = (key.as_deref(), value.as_deref());
            let record = RecordToWrite { timestamp: *timestamp, key, value, headers: &[] };
            let needed = builder.size_in_bytes() + builder.next_record_len(&record).unwrap();
            let result = builder.push(&record);
            prop_assert_eq!(result.is_ok(), needed <= room);
            if result.is_ok() {
                pushed.push((*timestamp, value));
            }
        }
        if pushed.is_empty() {
            prop_assert_eq!(builder.finish(None).unwrap_err(), BuildError::Empty);
            return Ok(());
        }
        let batch = builder.finish(None).unwrap();
        let view = BatchView::new_checked(&*batch).unwrap();
        let read: Vec<_> = view.iter().unwrap().map(Result::unwrap).collect();
        let read: Vec<_> = read.iter().map(|record| (record.timestamp, record.value)).collect();
        prop_assert_eq!(read, pushed);
    }

    #[test]
    fn r12_any_marker_reads_back(
        is_commit in any::<bool>(),
        (coordinator_epoch, timestamp) in (any::<i32>(), edgy_i64()),
        (base_offset, producer_id, producer_epoch) in (edgy_i64(), edgy_i64(), any::<i16>()),
    ) {
        let kind = if is_commit { MarkerKind::Commit } else { MarkerKind::Abort };
        let marker = EndTxnMarker { kind, coordinator_epoch, timestamp };
        let partition_leader_epoch = coordinator_epoch;
        let at = MarkerBatch { base_offset, partition_leader_epoch, producer_id, producer_epoch };
        let mut buffer = [0; 78];
        let batch = write_end_txn_marker(&mut buffer, &at, &marker).unwrap();
        let view = BatchView::new_checked(&*batch).unwrap();
        view.verify_crc().unwrap();
        prop_assert_eq!(ControlBatch::read(&view), Ok(ControlBatch::EndTxn(marker)));
        prop_assert_eq!(view.header().last_offset(), base_offset);
    }

    #[test]
    fn r7_a_crc_may_be_computed_in_parts(bytes in vec(any::<u8>(), 0..300), at in 0usize..300) {
        let (head, tail) = bytes.split_at(at.min(bytes.len()));
        prop_assert_eq!(crc32c_append(crc32c(head), tail), crc32c(&bytes));
    }

    #[test]
    fn r19_restamping_keeps_what_was_wrong_with_the_crc(
        batch in prop_oneof![framed(), damaged()],
        (id, epoch, sequence) in (0i64..=i64::MAX, 0i16..=i16::MAX, 0i32..=i32::MAX),
    ) {
        let mut batch = batch;
        let difference = |batch: &[u8]| {
            let stored = BatchHeader::parse(batch).unwrap().crc;
            stored ^ crc32c(&batch[21..])
        };
        if let Err(error) = BatchView::new_checked(&batch[..]) {
            let untouched = batch.clone();
            prop_assert_eq!(restamp(&mut batch, stamp_of(id, epoch, sequence)), Err(error));
            prop_assert_eq!(batch, untouched);
            return Ok(());
        }
        let before = difference(&batch);
        restamp(&mut batch, stamp_of(id, epoch, sequence)).unwrap();
        prop_assert_eq!(difference(&batch), before);
    }
}

/// A sealed batch of `len` bytes behind the header, none of which need be records.
fn batch_of(len: usize) -> Vec<u8> {
    let mut batch = two_records()[..61].to_vec();
    let bytes = (0u32..).map(|n| n.wrapping_mul(0x9e37_79b1).to_be_bytes()[0]);
    batch.extend(bytes.take(len));
    let length = i32::try_from(batch.len() - 12).unwrap();
    batch[8..12].copy_from_slice(&length.to_be_bytes());
    seal(&mut batch).unwrap();
    batch
}

/// Every length up to where the multiplication begins in either build, then around powers of two.
#[test]
fn r19_restamping_is_a_full_recompute_for_every_length() {
    let powers = (11..=20).flat_map(|k| {
        let near: usize = 1 << k;
        [near - 70, near - 61, near - 4, near - 1, near, near + 1]
    });
    let mut compared = 0;
    for len in (0..=1100).chain(powers) {
        let mut patched = batch_of(len);
        let mut computed = patched.clone();
        let to = stamp_of(0x0123_4567_89ab_cdef, 0x7654, 0x1234_5678);
        restamp(&mut patched, to).unwrap();
        stamp(&mut computed, to).unwrap();
        assert!(patched == computed, "{len} bytes behind the header");
        compared += 1;
    }
    assert_eq!(compared, 1101 + 60);
}
