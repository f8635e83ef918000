//! Produce requests before the log (R69), and what a cleaner keeps (R80).

use fencepost::broker::{
    Admission, Batch, Config, Context, IndexLine, Partition, ProduceError, Slot, Storage,
    TransactionVersion, TransactionalRequest, check_produce, index_lines, unverified_answer,
};
use fencepost::error_code::ErrorCode;
use fencepost::ids::{Epoch, Identity, ProducerId, Sequence, Stamp, Timestamp};
use fencepost::wire::{
    Attributes, BatchBuilder, BatchHeader, BatchOptions, EndTxnMarker, MarkerKind, RecordToWrite,
    seal,
};

fn batch(codec: i16) -> Vec<u8> {
    let mut buffer = [0; 256];
    let mut builder = BatchBuilder::new(&mut buffer, BatchOptions::default()).unwrap();
    let record = RecordToWrite { timestamp: 5, key: None, value: Some(b"v"), headers: &[] };
    builder.push(&record).unwrap();
    let identity = Identity { id: ProducerId::new(7).unwrap(), epoch: Epoch::ZERO };
    let stamp = Stamp { identity, base_sequence: Sequence::ZERO };
    let mut bytes = builder.finish(Some(stamp)).unwrap().to_vec();
    bytes[22] |= u8::try_from(codec).unwrap();
    seal(&mut bytes).unwrap();
    bytes
}

#[test]
fn r69_a_produce_request_holds_exactly_one_batch_of_format_2_for_a_partition() {
    let good = batch(0);
    assert_eq!(check_produce(9, &good).unwrap().header().producer_id, 7);

    assert_eq!(check_produce(9, &[]).unwrap_err(), ProduceError::NoBatch);
    let torn = check_produce(9, &good[..good.len() - 1]).unwrap_err();
    assert_eq!(torn, ProduceError::NoBatch, "Kafka's iterator sees nothing");

    let two = [good.clone(), good.clone()].concat();
    let second = check_produce(9, &two).unwrap_err();
    assert_eq!(second, ProduceError::SecondBatch { position: good.len() });
    assert_eq!(second.error_code(), ErrorCode::INVALID_RECORD);
    let torn_second = &two[..two.len() - 1];
    assert!(check_produce(9, torn_second).is_ok(), "a torn second one is not seen");

    let mut old = good.clone();
    old[16] = 1;
    let old = check_produce(9, &old).unwrap_err();
    assert_eq!(old, ProduceError::OldFormat { magic: 1 });
    assert_eq!(old.error_code(), ErrorCode::INVALID_RECORD);

    let mut garbage = good;
    garbage[16] = 9;
    let garbage = check_produce(9, &garbage).unwrap_err();
    assert_eq!(garbage.error_code(), ErrorCode::CORRUPT_MESSAGE);
}

#[test]
fn r69_zstd_needs_produce_version_7() {
    let zstd = batch(4);
    let refused = check_produce(6, &zstd).unwrap_err();
    assert_eq!(refused, ProduceError::ZstdTooEarly { version: 6 });
    assert_eq!(refused.error_code(), ErrorCode::UNSUPPORTED_COMPRESSION_TYPE);
    assert!(check_produce(7, &zstd).is_ok());
    assert!(check_produce(6, &batch(1)).is_ok(), "gzip is as old as the format");
}

fn header(producer_id: i64, epoch: i16, attributes: i16) -> BatchHeader {
    let bytes = batch(0);
    BatchHeader {
        producer_id,
        producer_epoch: epoch,
        attributes: Attributes(attributes),
        ..BatchHeader::parse(&bytes).unwrap()
    }
}

#[test]
fn r69_the_transactional_batches_of_a_request_are_of_one_producer() {
    let txn = Attributes::TRANSACTIONAL;
    let mut request = TransactionalRequest::default();
    for header in [header(1, 0, txn), header(2, 0, 0), header(-1, -1, txn), header(1, 0, txn)] {
        request.note(&header);
        assert_eq!(request.check(), Ok(()), "plain batches and ones without producer don't count");
    }
    let mut other_epoch = request;
    other_epoch.note(&header(1, 1, txn));
    request.note(&header(3, 0, txn));
    request.note(&header(3, 0, txn));
    for mixed in [request, other_epoch] {
        assert_eq!(mixed.check(), Err(ErrorCode::INVALID_PRODUCER_ID_MAPPING));
    }
}

#[test]
fn r69_what_the_coordinator_says_becomes_an_error_that_the_client_understands() {
    let table = [
        (ErrorCode::INVALID_TXN_STATE, 10, ErrorCode::INVALID_TXN_STATE),
        (ErrorCode::CONCURRENT_TRANSACTIONS, 11, ErrorCode::NOT_ENOUGH_REPLICAS),
        (ErrorCode::CONCURRENT_TRANSACTIONS, 12, ErrorCode::CONCURRENT_TRANSACTIONS),
        (ErrorCode::NETWORK_EXCEPTION, 12, ErrorCode::NOT_ENOUGH_REPLICAS),
        (ErrorCode::COORDINATOR_LOAD_IN_PROGRESS, 12, ErrorCode::NOT_ENOUGH_REPLICAS),
        (ErrorCode::COORDINATOR_NOT_AVAILABLE, 12, ErrorCode::NOT_ENOUGH_REPLICAS),
        (ErrorCode::NOT_COORDINATOR, 12, ErrorCode::NOT_ENOUGH_REPLICAS),
        (ErrorCode::PRODUCER_FENCED, 12, ErrorCode::INVALID_PRODUCER_EPOCH),
        (ErrorCode::TRANSACTION_ABORTABLE, 11, ErrorCode::TRANSACTION_ABORTABLE),
        (ErrorCode::TRANSACTION_ABORTABLE, 10, ErrorCode::INVALID_TXN_STATE),
        (ErrorCode::CLUSTER_AUTHORIZATION_FAILED, 12, ErrorCode::INVALID_TXN_STATE),
    ];
    for (coordinator, version, want) in table {
        assert_eq!(unverified_answer(coordinator, version), want, "{coordinator} v{version}");
    }
}

#[test]
fn r80_a_cleaner_keeps_the_newest_data_batch_or_the_markers_of_a_producer_without_one() {
    let storage = Storage {
        slots: [Slot::EMPTY; 8],
        index: [IndexLine::EMPTY; index_lines(8)],
        transactions: [],
        guards: [],
    };
    let mut partition: Partition<_, _> = Partition::new(storage, Config::kafka_4_2());
    let now = Timestamp::from_millis(0);
    let mut write = |batch: Batch, context: Context| {
        let Ok(Admission::Append(ticket)) = partition.admit(&batch, &context) else {
            panic!("{batch:?} is refused")
        };
        partition.record(ticket, batch.header.base_offset).unwrap();
    };
    let at = |base_offset, sequence, header: BatchHeader| BatchHeader {
        base_offset,
        base_sequence: sequence,
        ..header
    };
    let (first, second) = (at(0, 0, header(1, 0, 0)), at(1, 1, header(1, 0, 0)));
    let marker_bits = Attributes::TRANSACTIONAL | Attributes::CONTROL;
    let (old_marker, marker) =
        (at(2, -1, header(2, 4, marker_bits)), at(3, -1, header(2, 5, marker_bits)));
    write(Batch::data(first), Context::client(now));
    write(Batch::data(second), Context::client(now));
    let end = EndTxnMarker { kind: MarkerKind::Commit, coordinator_epoch: 0, timestamp: 0 };
    let coordinator = Context::coordinator(now, TransactionVersion::V0);
    write(Batch::end_transaction(old_marker, end), coordinator);
    write(Batch::end_transaction(marker, end), coordinator);

    assert!(!partition.must_keep(&first));
    assert!(partition.must_keep(&second), "its last sequence is the producer's");
    assert!(!partition.must_keep(&old_marker));
    assert!(partition.must_keep(&marker), "its epoch is the producer's");
    let data = at(3, 0, header(2, 5, Attributes::TRANSACTIONAL));
    assert!(!partition.must_keep(&data), "only control batches are kept for the epoch");
    assert!(!partition.must_keep(&header(3, 0, 0)), "nobody asks for an expired producer");
}
