//! What is the state of core and its log, as the line that Kafka's side prints?

use std::fmt::Write;

use fencepost::broker::Slot;
use fencepost::ids::Timestamp;
use fencepost::snapshot::v1;

use crate::producers::Core;
use crate::world::World;

/// Kafka's slack for late transactions, beside the configured limit.
const SLACK_MS: i64 = 300_000;

fn offset(offset: Option<i64>) -> String {
    offset.map_or("-".into(), |offset| offset.to_string())
}

fn list(numbers: impl IntoIterator<Item = i64>) -> String {
    numbers.into_iter().map(|number| format!("{number};")).collect()
}

/// Number and sum of a snapshot's entries, whose order means nothing; or that it is damaged.
fn contents(bytes: &[u8]) -> String {
    let entries = bytes.get(v1::HEADER_LEN..).unwrap_or_default().chunks(v1::ENTRY_LEN);
    let count = bytes.get(6..v1::HEADER_LEN).and_then(|count| count.try_into().ok());
    let count = count.map_or(-1, i32::from_be_bytes);
    if usize::try_from(count).ok().and_then(v1::encoded_len) != Some(bytes.len()) {
        return "damaged".into();
    }
    let hash = |entry: &[u8]| {
        let step = |hash: u64, &byte: &u8| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        entry.iter().fold(0xcbf2_9ce4_8422_2325, step)
    };
    let sum = entries.map(hash).fold(0_u64, u64::wrapping_add);
    format!("{count},{sum:x}")
}

/// When the oldest open transaction was last written to. Core says only whether it is late by now,
/// so this asks for every now.
fn oldest(partition: &Core, max_transaction_ms: u32) -> Option<i64> {
    let late = |now| partition.has_late_transaction(Timestamp::from_millis(now));
    let (mut not, mut is) = (0, 1_i64 << 62);
    if !late(is) {
        return None;
    }
    while not + 1 < is {
        let middle = not + (is - not) / 2;
        if late(middle) { is = middle } else { not = middle }
    }
    Some(not - i64::from(max_transaction_ms) - SLACK_MS)
}

impl World {
    /// What can be told without files.
    pub(crate) fn brief_state(&self, out: &mut String) {
        let (log, partition) = (&self.log, &self.producers.partition);
        let _ = write!(
            out,
            "end={} start={} hw={} lso={} unstable={} undecided={} map={} due={} empty={} \
             oldest={}",
            log.end,
            log.start,
            log.high_watermark,
            self.last_stable(),
            offset(partition.first_unstable_offset()),
            offset(partition.first_undecided_offset()),
            partition.map_end_offset(),
            i32::from(partition.snapshot_due().is_some()),
            i32::from(partition.is_empty()),
            offset(oldest(partition, self.setup.max_transaction_ms)),
        );
        self.producer_states(out);
        out.push_str(" ongoing=");
        for txn in partition.ongoing_transactions() {
            let _ = write!(out, "{}:{};", txn.first_offset, txn.producer_id);
        }
        out.push_str(" ended=");
        for txn in partition.unreplicated_transactions().iter().rev() {
            let _ = write!(out, "{}:{}:{};", txn.first_offset, txn.producer_id, txn.last_offset);
        }
        self.verifications(out);
        let _ = write!(out, " snaps={}", list(self.producers.registered()));
        let _ = write!(out, " segments={}", list(log.bases()));
    }

    fn producer_states(&self, out: &mut String) {
        let mut known: Vec<&Slot> = self.producers.partition.producers().collect();
        known.sort_unstable_by_key(|slot| slot.producer_id());
        out.push_str(" producers=");
        for slot in known {
            let _ = write!(
                out,
                "{}:{}:{}:{}:{}",
                slot.producer_id(),
                slot.producer_epoch(),
                slot.coordinator_epoch(),
                slot.last_timestamp(),
                offset(slot.current_txn_first_offset()),
            );
            for batch in slot.window().iter() {
                let (sequence, delta) = (batch.last_sequence, batch.offset_delta);
                let (last, timestamp) = (batch.last_offset, batch.timestamp);
                let _ = write!(out, "/{sequence},{delta},{last},{timestamp}");
            }
            out.push(';');
        }
    }

    fn verifications(&self, out: &mut String) {
        let mut entries: Vec<_> = self.producers.partition.verifications().collect();
        entries.sort_unstable_by_key(|entry| entry.producer_id());
        out.push_str(" guards=");
        for entry in entries {
            let _ = write!(
                out,
                "{}:{}:{}:{}:{}:{};",
                entry.producer_id(),
                self.labels.label(entry.guard()),
                entry.timestamp(),
                entry.lowest_sequence(),
                entry.producer_epoch(),
                i32::from(entry.supports_epoch_bump()),
            );
        }
    }

    /// What is in files.
    pub(crate) fn state_on_disk(&self, out: &mut String) {
        out.push_str(" files=");
        for (offset, bytes) in self.producers.files().borrow().iter() {
            let _ = write!(out, "{offset}:{};", contents(bytes));
        }
        out.push_str(" aborted=");
        for aborted in self.log.segments.iter().flat_map(|segment| segment.aborted()) {
            let _ = write!(
                out,
                "{},{},{},{};",
                aborted.producer_id,
                aborted.first_offset,
                aborted.last_offset,
                aborted.last_stable_offset
            );
        }
    }
}
