//! Logs that a real broker wrote, read as Kafka's own reader reads them, and written again.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use fencepost::ids::{Epoch, Identity, ProducerId, Sequence, Stamp};
use fencepost::wire::{
    BatchBuilder, BatchOptions, BatchView, ControlBatch, MarkerBatch, MarkerKind, RecordErrorKind,
    RecordHeader, RecordToWrite, Segment, restamp, write_end_txn_marker,
};

fn fixtures(set: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../verify/fixtures").join(set)
}

/// One row of `batches.tsv`: what Kafka's reader says, by column.
type Row = HashMap<String, String>;

fn rows(set: &str) -> Vec<Row> {
    let table = fs::read_to_string(fixtures(set).join("batches.tsv")).unwrap();
    let mut lines = table.lines();
    let names: Vec<&str> = lines.next().unwrap().split('\t').collect();
    let row = |line: &str| {
        let cells = line.split('\t').map(String::from);
        names.iter().map(|name| String::from(*name)).zip(cells).collect()
    };
    lines.map(row).collect()
}

/// The same facts as we read them.
fn facts(file: &str, position: usize, view: &BatchView<&[u8]>) -> Row {
    let header = view.header();
    let attributes = header.attributes;
    let marker = match ControlBatch::read(view) {
        Ok(ControlBatch::EndTxn(marker)) => Some(marker),
        _ => None,
    };
    let kind = marker.map(|marker| match marker.kind {
        MarkerKind::Commit => "COMMIT",
        MarkerKind::Abort => "ABORT",
    });
    let codecs = ["none", "gzip", "snappy", "lz4", "zstd"];
    let times = ["CreateTime", "LogAppendTime"];
    let horizon = attributes.has_delete_horizon().then_some(header.base_timestamp.to_string());
    let epoch = marker.map(|marker| marker.coordinator_epoch.to_string());
    [
        ("file", file.to_string()),
        ("position", position.to_string()),
        ("size", view.size_in_bytes().to_string()),
        ("base_offset", header.base_offset.to_string()),
        ("last_offset", header.last_offset().to_string()),
        ("records", header.records_count.to_string()),
        ("base_sequence", header.base_sequence.to_string()),
        ("last_sequence", header.last_sequence().to_string()),
        ("producer_id", header.producer_id.to_string()),
        ("producer_epoch", header.producer_epoch.to_string()),
        ("leader_epoch", header.partition_leader_epoch.to_string()),
        ("transactional", attributes.is_transactional().to_string()),
        ("control", attributes.is_control().to_string()),
        ("compression", codecs[usize::try_from(attributes.codec()).unwrap()].to_string()),
        ("timestamp_type", times[usize::from(attributes.is_log_append_time())].to_string()),
        ("max_timestamp", header.max_timestamp.to_string()),
        ("delete_horizon", horizon.unwrap_or_default()),
        ("crc", header.crc.to_string()),
        ("valid", view.verify_crc().is_ok().to_string()),
        ("marker", kind.unwrap_or_default().to_string()),
        ("coordinator_epoch", epoch.unwrap_or_default()),
    ]
    .map(|(name, value)| (name.to_string(), value))
    .into()
}

/// Every batch of every log in a set, with its file and position.
fn for_each_batch(set: &str, mut visit: impl FnMut(&str, usize, &BatchView<&[u8]>)) {
    let mut files: Vec<String> = rows(set).iter().map(|row| row["file"].clone()).collect();
    files.dedup();
    for file in files {
        let log = fs::read(fixtures(set).join(&file)).unwrap();
        for item in Segment::verified(&log) {
            let (position, view) = item.unwrap_or_else(|finding| panic!("{file}: {finding}"));
            visit(&file, position, &view);
        }
    }
}

#[test]
fn r6_every_batch_of_kafkas_logs_reads_as_kafka_reads_it() {
    for set in ["data", "data-tv1"] {
        let mut read = Vec::new();
        for_each_batch(set, |file, position, view| read.push(facts(file, position, view)));
        let want = rows(set);
        assert!(want.len() >= 100, "{set} has {} rows", want.len());
        for (ours, kafkas) in read.iter().zip(&want) {
            assert_eq!(ours, kafkas, "{set}");
        }
        assert_eq!(read.len(), want.len(), "{set}");
    }
}

/// The batch written anew from what was read of it; `None` if not all of it can be read.
fn rewritten(view: &BatchView<&[u8]>) -> Option<Vec<u8>> {
    let header = view.header();
    let records = match view.iter() {
        Ok(records) => records.map(Result::unwrap),
        Err(error) => {
            assert!(matches!(error.kind, RecordErrorKind::Compressed { .. }), "{error}");
            return None;
        }
    };
    // Under append time the records' own timestamps are on the log, but nothing reads them; with a
    // delete horizon the cleaner, not a client, wrote the batch.
    let attributes = header.attributes;
    let is_thinned = header.last_offset_delta.checked_add(1) != Some(header.records_count);
    if is_thinned || attributes.is_log_append_time() || attributes.has_delete_horizon() {
        return None;
    }
    let mut buffer = vec![0; view.size_in_bytes()];
    if let Ok(ControlBatch::EndTxn(marker)) = ControlBatch::read(view) {
        let at = MarkerBatch {
            base_offset: header.base_offset,
            partition_leader_epoch: header.partition_leader_epoch,
            producer_id: header.producer_id,
            producer_epoch: header.producer_epoch,
        };
        return Some(write_end_txn_marker(&mut buffer, &at, &marker).unwrap().to_vec());
    }
    let options = BatchOptions {
        attributes: header.attributes,
        base_timestamp: Some(header.base_timestamp),
        partition_leader_epoch: header.partition_leader_epoch,
        base_offset: header.base_offset,
    };
    let stamp = ProducerId::new(header.producer_id).map(|id| Stamp {
        identity: Identity { id, epoch: Epoch::new(header.producer_epoch).unwrap() },
        base_sequence: Sequence::new(header.base_sequence).unwrap(),
    });
    let mut builder = BatchBuilder::new(&mut buffer, options).unwrap();
    for record in records {
        let headers: Vec<RecordHeader<'_>> = record.headers.collect();
        let (timestamp, key, value) = (record.timestamp, record.key, record.value);
        builder.push(&RecordToWrite { timestamp, key, value, headers: &headers }).unwrap();
    }
    Some(builder.finish(stamp).unwrap().to_vec())
}

#[test]
fn what_three_clients_wrote_is_written_again_byte_for_byte() {
    let (mut equal, mut skipped) = (0, 0);
    for_each_batch("data", |file, position, view| match rewritten(view) {
        None => skipped += 1,
        Some(bytes) => {
            assert!(bytes == view.as_bytes(), "{file} at {position}");
            equal += 1;
        }
    });
    assert!(equal >= 500 && skipped >= 10, "{equal} equal, {skipped} skipped");
}

#[test]
fn r19_restamping_kafkas_batches_and_back_gives_their_bytes() {
    let to = Stamp {
        identity: Identity { id: ProducerId::new(1 << 40).unwrap(), epoch: Epoch::MAX },
        base_sequence: Sequence::new(i32::MAX).unwrap(),
    };
    let mut restamped = 0;
    for_each_batch("data", |file, position, view| {
        let header = view.header();
        let (Some(id), Some(epoch), Some(base_sequence)) = (
            ProducerId::new(header.producer_id),
            Epoch::new(header.producer_epoch),
            Sequence::new(header.base_sequence),
        ) else {
            return;
        };
        let mut batch = view.as_bytes().to_vec();
        restamp(&mut batch, to).unwrap();
        let there = BatchView::new_checked(&batch[..]).unwrap();
        assert!(there.verify_crc().is_ok(), "{file} at {position}");
        assert_eq!(there.header().producer_id, 1 << 40);
        restamp(&mut batch, Stamp { identity: Identity { id, epoch }, base_sequence }).unwrap();
        assert!(batch == view.as_bytes(), "{file} at {position}");
        restamped += 1;
    });
    assert!(restamped >= 400, "{restamped}");
}
