//! How is a partition's state put on disk and read back?

use fencepost::broker::{ReloadFull, Slot};
use fencepost::ids::Timestamp;
use fencepost::snapshot::{SnapshotError, full, v1};

use super::{fencepost_partition, offset};
use crate::boundary::handle::apart_from;
use crate::boundary::{InBytes, Out, OutBytes, apart, on, on_mut};
use crate::error::{Facts, Tell, Teller, fencepost_error};
use crate::status::fencepost_status::{self, *};

/// A format of snapshots.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum fencepost_snapshot_format {
    /// Kafka's .snapshot, version 1: one batch a producer, so dedup is narrower after a restart.
    FENCEPOST_SNAPSHOT_FORMAT_V1 = 1,
    /// fencepost's own, which keeps the whole window.
    FENCEPOST_SNAPSHOT_FORMAT_FULL = 2,
}

enum Format {
    V1,
    Full,
}

fn format(number: u32) -> Result<Format, fencepost_status> {
    match number {
        1 => Ok(Format::V1),
        2 => Ok(Format::Full),
        _ => Err(FENCEPOST_VALUE),
    }
}

impl Tell for SnapshotError {
    fn facts(&self) -> Facts {
        let facts = Facts::of(FENCEPOST_SNAPSHOT, -1);
        match *self {
            Self::HeaderCutShort { got, .. } => facts.at(got),
            Self::BadCount { got, .. } => facts.numbers(0, got.into()),
            Self::UnknownVersion { got } => facts.numbers(1, got.into()),
            Self::EntryCutShort { position, .. }
            | Self::BadEntry { position, .. }
            | Self::TrailingBytes { position } => facts.at(position),
            Self::CrcMismatch { stored, computed } => facts.numbers(stored.into(), computed.into()),
            _ => facts,
        }
    }
}

/// How many bytes a snapshot of the partition takes now. O(producers). May run side by side with
/// other calls that take the partition as const.
///
/// Errors: FENCEPOST_VALUE for what is no fencepost_snapshot_format.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_partition_snapshot_len(
    partition: *const fencepost_partition,
    snapshot_format: u32,
    len: *mut usize,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        on(partition, |partition| {
            let out = Out::new(len)?;
            apart_from([out.extent()], partition)?;
            out.write(encoded_len(partition, &format(snapshot_format)?)?);
            Ok(())
        })
    }
}

fn encoded_len(
    partition: &fencepost_partition,
    format: &Format,
) -> Result<usize, fencepost_status> {
    let producers = partition.core().producers();
    match format {
        Format::V1 => v1::encoded_len(producers.count()).ok_or(FENCEPOST_LENGTH),
        Format::Full => Ok(full::encoded_len(producers)),
    }
}

/// Writes a snapshot of the partition; `written` is told how many bytes it takes. It is one for
/// fencepost_partition_look's map_end_offset: put that into the file's name, make the file durable,
/// then call fencepost_partition_snapshot_taken. What is undecided in the pipeline is not in it.
/// O(producers). May run side by side with other calls that take the partition as const.
///
/// Errors: FENCEPOST_VALUE for what is no fencepost_snapshot_format; FENCEPOST_BUFFER_TOO_SMALL.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_partition_snapshot(
    partition: *const fencepost_partition,
    snapshot_format: u32,
    buffer: *mut u8,
    buffer_size: usize,
    written: *mut usize,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        on(partition, |partition| {
            let (buffer, written) = (OutBytes::new(buffer, buffer_size)?, Out::new(written)?);
            apart_from([buffer.extent(), written.extent()], partition)?;
            let format = format(snapshot_format)?;
            if buffer.len() < encoded_len(partition, &format)? {
                return Err(FENCEPOST_BUFFER_TOO_SMALL);
            }
            let (producers, bytes) = (partition.core().producers(), buffer.into_slice());
            let len = match format {
                Format::V1 => v1::encode(producers, bytes),
                Format::Full => full::encode(producers, bytes),
            };
            written.write(len.map_err(|_| FENCEPOST_BUFFER_TOO_SMALL)?);
            Ok(())
        })
    }
}

/// Takes a snapshot's producers in place of those the partition knows, except expired ones; replay
/// goes on from `offset`, which the snapshot's file was named for. `loaded` is told how many
/// producers were taken; NULL if nobody asks. All or nothing: after an error the partition is as
/// before. O(bytes + producers).
///
/// Errors: FENCEPOST_SNAPSHOT, FENCEPOST_RELOAD_FULL, FENCEPOST_UNDECIDED; FENCEPOST_VALUE for what
/// is no fencepost_snapshot_format, and for an offset below 0.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_partition_restore(
    partition: *mut fencepost_partition,
    snapshot_format: u32,
    bytes: *const u8,
    bytes_len: usize,
    offset: i64,
    now_ms: i64,
    loaded: *mut u32,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        on_mut(partition, |partition| {
            let (bytes, teller) = (InBytes::new(bytes, bytes_len)?, Teller::new(error)?);
            let out = if loaded.is_null() { None } else { Some(Out::new(loaded)?) };
            let told = out.map_or(crate::boundary::Extent::NOTHING, |out| out.extent());
            let told = [told, teller.extent(), teller.text()];
            apart(told, [bytes.extent()])?;
            apart_from(told, partition)?;
            let (offset, now) = (offset::offset(offset)?, Timestamp::from_millis(now_ms));
            let tell = |error: SnapshotError| teller.tell(&error);
            let loaded = match format(snapshot_format)? {
                Format::V1 => {
                    let entries = v1::decode(bytes.get()).map_err(tell)?;
                    restore(partition, entries, offset, now, teller)
                }
                Format::Full => {
                    let entries = full::decode(bytes.get()).map_err(tell)?;
                    restore(partition, entries, offset, now, teller)
                }
            }?;
            if let Some(out) = out {
                out.write(loaded);
            }
            Ok(())
        })
    }
}

fn restore(
    partition: &mut fencepost_partition,
    entries: impl Iterator<Item: Into<Slot>> + Clone,
    offset: i64,
    now: Timestamp,
    teller: Teller,
) -> Result<u32, fencepost_status> {
    let plan = partition.plan;
    let core = partition.core_mut()?;
    // Whether all fit is seen before anything is forgotten: a load that stops half-way can't be
    // taken back.
    let (mut producers, mut open) = (0, 0);
    for entry in entries.clone() {
        let slot: Slot = entry.into();
        let in_transaction = slot.current_txn_first_offset().is_some();
        let age = now.as_millis().wrapping_sub(slot.last_timestamp());
        if in_transaction || age < i64::from(plan.expiration_ms) {
            producers += 1;
            open += u32::from(in_transaction);
            let capacity = core.capacity();
            if producers > capacity || open > plan.transactions {
                let capacity = if producers > capacity { capacity } else { plan.transactions };
                return Err(teller.tell(&ReloadFull { capacity, producer_id: slot.producer_id() }));
            }
        }
    }
    core.begin_reload();
    let loaded = core.load_all(entries, now).map_err(|full| teller.tell(&full))?;
    core.finish_reload(offset);
    Ok(loaded)
}
