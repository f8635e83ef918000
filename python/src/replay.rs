//! A whole segment, taken in as one append, at the core's speed.

use std::collections::HashSet;

use fencepost::broker::{Batch as CoreBatch, Context, Origin, Pushed, Rejection};
use fencepost::ids::Timestamp;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::bytes::Source;
use crate::partition::{CompletedTransaction, Partition, millis};
use crate::raise::rejection;
use crate::room::Room;
use crate::segment::{Damage, Step, Stopped, Walk, Walker, read};
use crate::value::{Many, value};

value! {
    /// What a replay of one segment came to: batches and bytes taken in, where the log ends, the
    /// transactions that were ended, and what is damaged. Legacy batches are passed over; at any
    /// other damage it ended.
    Replayed, {
        batches: u64,
        bytes: u64,
        end_offset: i64,
        completed: Many<CompletedTransaction>,
        damage: Many<Damage>,
    }
}

/// So many batches are remembered from the first pass (some 40 MiB); a segment of more is read
/// twice.
const REMEMBERED: usize = 1 << 18;

/// What the first pass learned, which checks every batch.
#[derive(Default)]
struct Seen {
    remembered: Vec<(u64, CoreBatch)>,
    producers: HashSet<i64>,
    last: i64,
    transactional: usize,
    batches: u64,
    bytes: u64,
    newest: i64,
    until: u64,
    damage: Vec<Damage>,
}

/// A refused batch and where it is.
struct Refused(u64, Box<Rejection>);

impl From<Refused> for PyErr {
    fn from(Refused(position, refused): Refused) -> Self {
        Python::attach(|py| {
            let raised = rejection(py, &refused);
            let placed = raised.value(py).setattr("position", position);
            placed.map_or_else(|failed| failed, |()| raised)
        })
    }
}

pub(crate) fn replay(
    partition: &Partition,
    py: Python<'_>,
    source: &Source,
    now: Option<i64>,
    verify: bool,
) -> PyResult<Replayed> {
    let from = partition.lock(py).partition.map_end_offset();
    let seen = look(py, source, verify, from)?;
    let now = millis(now.unwrap_or(seen.newest));
    let walker = source.walker(py)?;
    // One lock for all of it: nobody sees half an append.
    let (completed, end_offset) = partition.detached(py, |room| {
        let is_new = |id: &&i64| room.partition.producer(**id).is_none();
        let new = seen.producers.iter().filter(is_new).count();
        room.make_room(new + 1, seen.transactional + 1)?;
        room.widen_to(seen.producers.len().max(seen.transactional) + 1)?;
        let completed = if seen.batches == seen.remembered.len() as u64 {
            apply_remembered(room, &seen.remembered, now).map_err(PyErr::from)
        } else {
            let completed = apply(room, walker, (from, seen.until), now);
            completed.map_err(|stopped| source.stopped(stopped))
        }?;
        room.changed()?;
        Ok::<_, PyErr>((completed, room.partition.map_end_offset()))
    })?;
    Ok(Replayed {
        batches: seen.batches,
        bytes: seen.bytes,
        end_offset,
        completed: Many(completed),
        damage: Many(seen.damage),
    })
}

/// First pass: how many producers and transactions, and how far the bytes are good.
fn look(py: Python<'_>, source: &Source, verify: bool, from: i64) -> PyResult<Seen> {
    let mut seen = Seen { last: -1, newest: -1, ..Seen::default() };
    let mut bad_marker = None;
    let damage = source.walk(py, Walk { verify, past_crc: false }, |position, view| {
        let header = view.header();
        if header.next_offset() > from {
            match read(position, view) {
                Ok(batch) if seen.remembered.len() < REMEMBERED => {
                    seen.remembered.push((position, batch));
                }
                Ok(_) => {}
                Err(damage) => {
                    bad_marker = Some(damage);
                    return Step::<PyErr>::Stop;
                }
            }
            seen.batches += 1;
            seen.bytes += view.size_in_bytes() as u64;
            seen.newest = seen.newest.max(header.max_timestamp);
            if header.has_producer_id() {
                if header.producer_id != seen.last {
                    seen.producers.insert(header.producer_id);
                    seen.last = header.producer_id;
                }
                seen.transactional += usize::from(header.attributes.is_transactional());
            }
        }
        seen.until = position + 1;
        Step::On
    })?;
    seen.damage = damage.into_iter().chain(bad_marker).collect();
    Ok(seen)
}

/// One append of what the first pass found good and remembers.
fn apply_remembered(
    room: &mut Room,
    batches: &[(u64, CoreBatch)],
    now: Timestamp,
) -> Result<Vec<CompletedTransaction>, Refused> {
    let context = Context::replication(now);
    let (partition, scratch) = room.parts();
    let mut append = partition.append(scratch, Origin::Replication, now);
    for (position, batch) in batches {
        let pushed = append.push(batch, &context);
        match pushed.map_err(|refused| Refused(*position, Box::new(refused)))? {
            Pushed::Added => {}
            // Replication finds no duplicates.
            Pushed::Duplicate(_) | Pushed::Ended => break,
        }
    }
    let mut completed = Vec::new();
    append.commit(|txn| completed.push(CompletedTransaction::of(&txn))).ok();
    Ok(completed)
}

/// Second pass: one append of what the first one found good.
fn apply(
    room: &mut Room,
    walker: Walker<'_>,
    (from, until): (i64, u64),
    now: Timestamp,
) -> Result<Vec<CompletedTransaction>, Stopped<Refused>> {
    let context = Context::replication(now);
    let (partition, scratch) = room.parts();
    let mut append = partition.append(scratch, Origin::Replication, now);
    walker.walk(Walk { verify: false, past_crc: false }, |position, view| {
        if position >= until {
            return Step::Stop;
        }
        if view.header().next_offset() <= from {
            return Step::On;
        }
        // The first pass could read it; should the file have changed since, that ends it.
        let Ok(batch) = read(position, view) else { return Step::Stop };
        match append.push(&batch, &context) {
            Ok(Pushed::Added) => Step::On,
            Ok(Pushed::Duplicate(_) | Pushed::Ended) => Step::Stop,
            Err(refused) => Step::Failed(Refused(position, Box::new(refused))),
        }
    })?;
    let mut completed = Vec::new();
    // Replication finds no duplicates, so nothing has ended the append.
    append.commit(|txn| completed.push(CompletedTransaction::of(&txn))).ok();
    Ok(completed)
}
