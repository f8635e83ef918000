//! Which bytes does a batch of an operation have? Core's wire room writes them.

use fencepost::wire::{
    Attributes, BatchBuilder, BatchHeader, BatchOptions, END_TXN_MARKER_LEN, EndTxnMarker,
    MarkerBatch, MarkerKind, RecordToWrite, seal, write_end_txn_marker,
};

/// A batch as an operation names it: everything but its offset, which depends on the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BatchSpec {
    pub(crate) producer_id: i64,
    pub(crate) epoch: i16,
    /// Offsets left out before it, where offsets are given; negative is behind the log's end.
    pub(crate) gap: i64,
    pub(crate) leader_epoch: i32,
    pub(crate) kind: Kind,
}

/// What a batch holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Data(Data),
    Marker {
        aborted: bool,
        coordinator_epoch: i32,
        timestamp: i64,
    },
    /// What compaction leaves of a marker's batch.
    EmptyControl,
}

/// A data batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Data {
    pub(crate) base_sequence: i32,
    /// 0 is what compaction leaves.
    pub(crate) records: i32,
    pub(crate) last_offset_delta: i32,
    pub(crate) transactional: bool,
    pub(crate) timestamp: i64,
    pub(crate) flaw: Flaw,
}

/// What is wrong with a data batch on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    None,
    /// It claims another number of records.
    Count(i32),
    /// A client names an offset.
    BaseOffset,
    /// The checksum is not that of the bytes.
    Crc,
    /// A client sends a control batch.
    Control,
}

impl BatchSpec {
    pub(crate) const fn is_control(&self) -> bool {
        !matches!(self.kind, Kind::Data(_))
    }

    pub(crate) const fn is_transactional(&self) -> bool {
        match self.kind {
            Kind::Data(data) => data.transactional,
            _ => true,
        }
    }

    /// The batch's bytes at this base offset.
    pub(crate) fn encode(&self, base_offset: i64) -> Vec<u8> {
        match self.kind {
            Kind::Data(data) => self.encode_data(&data, base_offset),
            Kind::Marker { aborted, coordinator_epoch, timestamp } => {
                let mut bytes = vec![0; END_TXN_MARKER_LEN];
                let batch = MarkerBatch {
                    base_offset,
                    partition_leader_epoch: self.leader_epoch,
                    producer_id: self.producer_id,
                    producer_epoch: self.epoch,
                };
                let kind = if aborted { MarkerKind::Abort } else { MarkerKind::Commit };
                let marker = EndTxnMarker { kind, coordinator_epoch, timestamp };
                write_end_txn_marker(&mut bytes, &batch, &marker).expect("78 bytes are enough");
                bytes
            }
            Kind::EmptyControl => {
                let control = Attributes::TRANSACTIONAL | Attributes::CONTROL;
                let header = BatchHeader {
                    attributes: Attributes(control),
                    last_offset_delta: 0,
                    max_timestamp: -1,
                    base_sequence: -1,
                    ..self.header(base_offset)
                };
                sealed(&header, vec![0; BatchHeader::LEN])
            }
        }
    }

    fn encode_data(&self, data: &Data, base_offset: i64) -> Vec<u8> {
        let (mut bytes, built) = records(data);
        let mut attributes = if data.transactional { Attributes::TRANSACTIONAL } else { 0 };
        if data.flaw == Flaw::Control {
            attributes |= Attributes::CONTROL;
        }
        let header = BatchHeader {
            batch_length: built.map_or(49, |header| header.batch_length),
            attributes: Attributes(attributes),
            last_offset_delta: data.last_offset_delta,
            base_timestamp: built.map_or(-1, |header| header.base_timestamp),
            max_timestamp: data.timestamp,
            base_sequence: data.base_sequence,
            records_count: match data.flaw {
                Flaw::Count(count) => count,
                _ => data.records,
            },
            ..self.header(if data.flaw == Flaw::BaseOffset { 7 } else { base_offset })
        };
        bytes = sealed(&header, bytes);
        if data.flaw == Flaw::Crc {
            bytes[17] ^= 1;
        }
        bytes
    }

    fn header(&self, base_offset: i64) -> BatchHeader {
        BatchHeader {
            base_offset,
            batch_length: 49,
            partition_leader_epoch: self.leader_epoch,
            crc: 0,
            attributes: Attributes(0),
            last_offset_delta: 0,
            base_timestamp: -1,
            max_timestamp: -1,
            producer_id: self.producer_id,
            producer_epoch: self.epoch,
            base_sequence: -1,
            records_count: 0,
        }
    }
}

/// Room for the records, and the header of what was built if there are any.
fn records(data: &Data) -> (Vec<u8>, Option<BatchHeader>) {
    if data.records < 1 {
        return (vec![0; BatchHeader::LEN], None);
    }
    let count = usize::try_from(data.records).unwrap_or(1);
    let mut bytes = vec![0; BatchHeader::LEN + 12 * count];
    let mut builder =
        BatchBuilder::new(&mut bytes, BatchOptions::default()).expect("there is room");
    for _ in 0..count {
        let record = RecordToWrite {
            timestamp: data.timestamp,
            value: Some(b"v"),
            ..RecordToWrite::default()
        };
        builder.push(&record).expect("there is room");
    }
    let size = builder.finish(None).expect("there is a record").len();
    bytes.truncate(size);
    let header = BatchHeader::parse(&bytes).expect("it was just built");
    (bytes, Some(header))
}

fn sealed(header: &BatchHeader, mut bytes: Vec<u8>) -> Vec<u8> {
    header.write(bytes.first_chunk_mut().expect("there is room for the header"));
    seal(&mut bytes).expect("it is one batch");
    bytes
}
