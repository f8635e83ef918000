//! A whole segment, taken in as one append, at the core's speed.

use std::collections::HashSet;

use fencepost::broker::{Context, Origin, Pushed, Reason, Rejection};
use fencepost::ids::Timestamp;
use pyo3::exceptions::PyMemoryError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::bytes::Source;
use crate::partition::{CompletedTransaction, Partition, millis};
use crate::raise::rejection;
use crate::room::Room;
use crate::segment::{Damage, Step, Stopped, Walk, Walker, read};
use crate::turn::detached;
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

/// A pass over so many bytes is cheap: where one lacks room before that, it is begun again with
/// eight times as much. Later the segment is counted first, which is a pass of its own.
const EARLY: u64 = 1 << 20;

/// Why an append of a segment came to nothing, and at which batch.
struct Ended {
    position: u64,
    why: Why,
}

enum Why {
    Refused(Box<Rejection>),
    /// There is no room, and there could be: it adds so many producers up to here.
    Short {
        new: u32,
    },
}

impl From<Ended> for PyErr {
    fn from(Ended { position, why }: Ended) -> Self {
        let Why::Refused(refused) = why else {
            // It was counted, and there was room then.
            let why = format!("batch at {position}: the segment changes while it is read");
            return PyMemoryError::new_err(why);
        };
        Python::attach(|py| {
            let raised = rejection(py, &refused);
            let placed = raised.value(py).setattr("position", position);
            placed.map_or_else(|failed| failed, |()| raised)
        })
    }
}

/// What ends a replay, while the partition is held: an exception of a class that asks the same
/// partition would wait for ever, so it is made afterwards.
enum Halt {
    Stopped(Stopped<Ended>),
    /// There is no memory.
    Raised(PyErr),
}

impl From<Stopped<Ended>> for Halt {
    fn from(stopped: Stopped<Ended>) -> Self {
        Self::Stopped(stopped)
    }
}

impl From<PyErr> for Halt {
    fn from(raised: PyErr) -> Self {
        Self::Raised(raised)
    }
}

pub(crate) fn replay(
    partition: &Bound<'_, Partition>,
    source: &Source,
    now: Option<i64>,
    verify: bool,
) -> PyResult<Replayed> {
    let mut walker = source.walker(partition.py())?;
    let walk = Walk { verify, past_crc: false };
    // One lock for all of it: nobody sees half an append.
    detached(partition, |room| take_in(&mut walker, walk, room, now)).map_err(|halt| match halt {
        Halt::Stopped(stopped) => source.stopped(stopped),
        Halt::Raised(raised) => raised,
    })
}

fn take_in(
    walker: &mut Walker<'_>,
    walk: Walk,
    room: &mut Room,
    now: Option<i64>,
) -> Result<Replayed, Halt> {
    let now = match now {
        Some(now) => now,
        None if room.asks_the_time() => count(walker, walk, room)?.newest,
        // Nothing depends on it.
        None => 0,
    };
    let mut is_counted = false;
    let replayed = loop {
        match append(walker, walk, room, millis(now)) {
            Err(Stopped::Failed(Ended { position, why: Why::Short { new } })) if !is_counted => {
                if position < EARLY {
                    room.widen_far(new)?;
                    continue;
                }
                let seen = count(walker, walk, room)?;
                room.make_room(seen.new + 1, seen.transactional + 1)?;
                room.widen_to(seen.producers.len().max(seen.transactional) + 1)?;
                is_counted = true;
            }
            other => break other?,
        }
    };
    room.changed();
    Ok(replayed)
}

/// What a segment holds beyond what the partition has taken in.
#[derive(Default)]
struct Seen {
    producers: HashSet<i64>,
    new: usize,
    transactional: usize,
    newest: i64,
}

/// How many producers and transactions there may be, and the newest timestamp.
fn count(walker: &mut Walker<'_>, walk: Walk, room: &Room) -> Result<Seen, Stopped<Ended>> {
    let from = room.partition.map_end_offset();
    let mut seen = Seen { newest: -1, ..Seen::default() };
    walker.walk(walk, |position, view| {
        let header = view.header();
        if header.next_offset() > from {
            if read(position, view).is_err() {
                return Step::Stop;
            }
            seen.newest = seen.newest.max(header.max_timestamp);
            if header.has_producer_id() {
                seen.producers.insert(header.producer_id);
                seen.transactional += usize::from(header.attributes.is_transactional());
            }
        }
        Step::On
    })?;
    let is_new = |id: &&i64| room.partition.producer(**id).is_none();
    seen.new = seen.producers.iter().filter(is_new).count();
    Ok(seen)
}

/// One append of what is good. Nothing is changed if one is refused.
fn append(
    walker: &mut Walker<'_>,
    walk: Walk,
    room: &mut Room,
    now: Timestamp,
) -> Result<Replayed, Stopped<Ended>> {
    let from = room.partition.map_end_offset();
    let context = Context::replication(now);
    let grows = room.grows();
    // Beyond this, what is on the log pushes other producers out.
    let free = if grows { room.free() } else { u32::MAX };
    let (partition, scratch) = room.parts();
    let mut append = partition.append(scratch, Origin::Replication, now);
    let (mut batches, mut bytes, mut bad_marker) = (0, 0, None);
    let mut damage = walker.walk(walk, |position, view| {
        if view.header().next_offset() <= from {
            return Step::On;
        }
        if append.push_records(view.header(), ()) {
            batches += 1;
            bytes += view.size_in_bytes() as u64;
            return Step::On;
        }
        let batch = match read(position, view) {
            Ok(batch) => batch,
            Err(damage) => {
                bad_marker = Some(damage);
                return Step::Stop;
            }
        };
        let pushed = append.push(&batch, &context);
        let new = append.new_producers();
        let why = match pushed {
            Ok(Pushed::Added) if new <= free => {
                batches += 1;
                bytes += view.size_in_bytes() as u64;
                return Step::On;
            }
            Ok(Pushed::Added) => Why::Short { new },
            // Replication finds no duplicates.
            Ok(Pushed::Duplicate(_) | Pushed::Ended) => return Step::Stop,
            Err(refused) => match refused.reason {
                Reason::ScratchFull { .. } => Why::Short { new },
                Reason::ReplicaFull { .. } | Reason::TransactionsFull { .. } if grows => {
                    Why::Short { new }
                }
                _ => Why::Refused(Box::new(refused)),
            },
        };
        Step::Failed(Ended { position, why })
    })?;
    damage.extend(bad_marker);
    let mut completed = Vec::new();
    // Nothing has ended the append, or we would not be here.
    append.commit(|txn| completed.push(CompletedTransaction::of(&txn))).ok();
    let end_offset = room.partition.map_end_offset();
    Ok(Replayed {
        batches,
        bytes,
        end_offset,
        completed: Many::of(completed),
        damage: Many::of(damage),
    })
}
