//! How does the partition's memory grow with what a log holds?

use fencepost::broker::{
    Config, IndexLine, OpenTransaction, Partition, ReloadFull, Slot, Storage, VerificationEntry,
    index_lines,
};
use fencepost::ids::Timestamp;

/// A partition on the heap.
pub type Producers =
    Partition<Vec<Slot>, Vec<IndexLine>, Vec<OpenTransaction>, [VerificationEntry; 0]>;

/// A partition with room for this many producers, and an open transaction of each.
pub(crate) fn producers(capacity: usize) -> Producers {
    let storage = Storage {
        slots: vec![Slot::EMPTY; capacity],
        index: vec![IndexLine::EMPTY; index_lines(capacity)],
        transactions: vec![OpenTransaction::EMPTY; capacity.saturating_add(1)],
        guards: [],
    };
    // Replay has no rival who could choose producer ids, so any key does.
    Partition::new(storage, Config::kafka_4_2().seed(0x66_65_6e_63_65))
}

/// Makes room for `more` producers: moves into at least twice the memory where there is too little.
/// Transactions grow along, which `Partition::grow` by itself does not do.
pub(crate) fn make_room(partition: &mut Producers, more: usize) -> Result<(), ReloadFull> {
    let wanted = to_usize(partition.len()).saturating_add(more);
    if wanted <= to_usize(partition.capacity()) {
        return Ok(());
    }
    let mut bigger = producers(wanted.max(16).next_power_of_two());
    bigger.begin_reload();
    for slot in partition.producers() {
        load(&mut bigger, slot)?;
    }
    bigger.finish_reload(partition.map_end_offset());
    *partition = bigger;
    Ok(())
}

/// Loads a producer whatever its age: at the time of its last write none has expired.
pub(crate) fn load(partition: &mut Producers, slot: &Slot) -> Result<(), ReloadFull> {
    partition.load(slot, Timestamp::from_millis(slot.last_timestamp())).map(|_loaded| ())
}

pub(crate) fn to_usize(n: u32) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}
