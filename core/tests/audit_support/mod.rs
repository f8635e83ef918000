//! What the tests of audits share: memory, and a plain header.

use fencepost::broker::{
    Config, IndexLine, OpenTransaction, Partition, Slot, Storage, index_lines,
};
use fencepost::wire::{Attributes, BatchHeader};

pub(crate) type Memory = Partition<Vec<Slot>, Vec<IndexLine>, Vec<OpenTransaction>>;

pub(crate) fn partition(producers: usize) -> Memory {
    let storage = Storage {
        slots: vec![Slot::EMPTY; producers],
        index: vec![IndexLine::EMPTY; index_lines(producers)],
        transactions: vec![OpenTransaction::EMPTY; producers + 1],
        guards: [],
    };
    Partition::new(storage, Config::kafka_4_2().verification(false).seed(1))
}

pub(crate) fn header(id: i64, epoch: i16, sequence: i32, records: i32) -> BatchHeader {
    BatchHeader {
        base_offset: 0,
        batch_length: 49,
        partition_leader_epoch: 0,
        crc: 0,
        attributes: Attributes(0),
        last_offset_delta: records - 1,
        base_timestamp: 1_000,
        max_timestamp: 1_000,
        producer_id: id,
        producer_epoch: epoch,
        base_sequence: sequence,
        records_count: records,
    }
}
