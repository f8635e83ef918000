//! How does a journal in storage of the caller begin, and how is it read back?

use fencepost::journal::{
    ClusterId, Journal, Journaled, RecoverError, Recovery, Summary, Tail, newer_of,
};

use super::machine::{Open, Reading, Tracks};
use super::value::fencepost_place;
use crate::batch::flag;
use crate::boundary::{Extent, In, InBytes, Out, Versioned, call, on_mut, options};
use crate::error::fencepost_error;
use crate::producer::fencepost_producer;
use crate::producer::machine::Machine;
use crate::shapes::{answer, look, nothing};
use crate::status::fencepost_status::{self, *};

/// What a journal is.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_journal_options {
    /// sizeof(fencepost_journal_options).
    pub struct_size: u32,
    /// Of fencepost_journal_open: 1 to take a journal that was copied or restored
    /// (FENCEPOST_JOURNAL_MOVED). The caller knows then that the original is not in use, and was
    /// not since.
    pub adopt: u32,
    /// The cluster whose numbers it holds, as metadata answers give its id: 1 to 64 bytes.
    pub cluster_id: *const u8,
    /// How many bytes.
    pub cluster_id_len: usize,
    /// How many bytes of storage the journal may take; in a file, while it is written anew, twice
    /// as many. 0 for 67108864 in a file; in storage of the caller it must be said.
    pub capacity: u64,
    /// Of fencepost_journal_recover: the longest record that is believed, without its 13 bytes of
    /// frame; the window must be able to hold one. 0 for any.
    pub max_body: u32,
    /// 0.
    pub reserved: u32,
}

// SAFETY: it is `repr(C)`, begins with its size, and has integers and a pointer only.
unsafe impl Versioned for fencepost_journal_options {
    const FIRST: usize = size_of::<Self>();
}

impl fencepost_journal_options {
    /// # Safety
    /// If pointer and length say nothing against it, the id can be read.
    pub(crate) unsafe fn cluster(&self) -> Result<(ClusterId, Extent), fencepost_status> {
        if self.reserved != 0 {
            return Err(FENCEPOST_VALUE);
        }
        // SAFETY: the caller promises the same.
        let id = unsafe { InBytes::new(self.cluster_id, self.cluster_id_len) }?;
        Ok((ClusterId::new(id.get()).ok_or(FENCEPOST_VALUE)?, id.extent()))
    }

    /// # Safety
    /// As of [`Self::cluster`].
    unsafe fn stored(&self) -> Result<(ClusterId, u64), fencepost_status> {
        // SAFETY: the caller promises the same.
        let (cluster, _) = unsafe { self.cluster() }?;
        if self.capacity == 0 || flag(self.adopt)? {
            return Err(FENCEPOST_VALUE);
        }
        Ok((cluster, self.capacity))
    }
}

/// How a journal ends: fencepost_journal_summary.tail.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum fencepost_journal_tail {
    /// With a record.
    FENCEPOST_JOURNAL_TAIL_CLEAN = 0,
    /// With a record, and erased memory (0xff) behind it: appending may go on.
    FENCEPOST_JOURNAL_TAIL_ERASED = 1,
    /// With a record that was not written to its end: the crash came while it was written. It
    /// counts for nothing.
    FENCEPOST_JOURNAL_TAIL_TORN = 2,
}

impl fencepost_journal_tail {
    pub(super) const fn of(tail: &Tail) -> Self {
        match tail {
            Tail::Clean => Self::FENCEPOST_JOURNAL_TAIL_CLEAN,
            Tail::Erased => Self::FENCEPOST_JOURNAL_TAIL_ERASED,
            Tail::Torn(_) => Self::FENCEPOST_JOURNAL_TAIL_TORN,
        }
    }
}

/// What was read of a journal. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_journal_summary {
    /// How often the journal was written anew: of two complete ones the higher is the newer.
    pub turn: u64,
    /// How often it was opened, as far as it says.
    pub generation: u64,
    /// Up to where it is good, in bytes from its beginning.
    pub end: u64,
    /// Where its holder held it, as it says.
    pub place: fencepost_place,
    /// A fencepost_journal_tail.
    pub tail: u32,
    /// Of fencepost_journal_open: there was none, and it begins.
    pub created: bool,
    /// 0.
    pub reserved: [u8; 3],
}

impl fencepost_journal_summary {
    pub(crate) fn of<T>(journal: &Journal<T>, end: u64, tail: Tail, created: bool) -> Self
    where
        T: AsRef<[fencepost::journal::Track]> + AsMut<[fencepost::journal::Track]>,
    {
        Self {
            turn: journal.turn(),
            generation: journal.generation(),
            end,
            place: fencepost_place { bytes: journal.place() },
            tail: fencepost_journal_tail::of(&tail) as u32,
            created,
            reserved: [0; 3],
        }
    }
}

impl fencepost_producer {
    /// The producer begins, with what its journal knows.
    fn begin(&mut self, journal: Journal<Tracks>) -> Result<(), fencepost_status> {
        let core = self.slots()?;
        // A producer that just begins has no identity, which is all that could be refused.
        let producing = Journaled::new(core, journal).map_err(|_| FENCEPOST_STATE)?;
        self.machine = Machine::Open(Open::new(producing));
        Ok(())
    }
}

/// Begins a journal in storage of the caller where there was none: nothing is written yet, write it
/// by fencepost_journal_compact. O(partitions).
///
/// Errors: FENCEPOST_STATE if the producer is not journaled or its journal is open;
/// FENCEPOST_VALUE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_journal_begin(
    producer: *mut fencepost_producer,
    options: *const fencepost_journal_options,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        on_mut(producer, |producer| {
            let (options, _) = self::options(options)?;
            let (cluster, capacity) = options.stored()?;
            let tracks = producer.tracks()?;
            producer.begin(Journal::new(tracks, cluster, capacity))
        })
    }
}

/// Begins to read a journal in storage of the caller; what was being read is forgotten. Then
/// fencepost_journal_push until nothing more is wanted, fencepost_journal_finish and
/// fencepost_journal_hold. O(partitions).
///
/// Errors: FENCEPOST_STATE if the producer is not journaled or its journal is open;
/// FENCEPOST_VALUE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_journal_recover(
    producer: *mut fencepost_producer,
    options: *const fencepost_journal_options,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        on_mut(producer, |producer| {
            let (options, _) = self::options(options)?;
            let (cluster, capacity) = options.stored()?;
            let max_body = if options.max_body == 0 { u32::MAX } else { options.max_body };
            let recovery = Recovery::new(producer.tracks()?, cluster, capacity, max_body);
            *producer.reading()? = Reading::Began(recovery);
            Ok(())
        })
    }
}

/// Where the next window of fencepost_journal_push must begin, in bytes from the journal's
/// beginning. O(1). May run side by side with other calls that take the producer as const.
///
/// Errors: FENCEPOST_STATE if no journal is being read.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_journal_offset(
    producer: *const fencepost_producer,
    offset: *mut u64,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        look(producer, offset, |producer| {
            let Machine::Closed(Reading::Began(recovery)) = &producer.machine else {
                return Err(FENCEPOST_STATE);
            };
            Ok(recovery.offset())
        })
    }
}

/// Takes all whole records at the beginning of a window, whose first byte is the one at
/// fencepost_journal_offset. `last` is 1 if no bytes follow it, else 0. `wanted` is told how many
/// bytes the next window must have, if there are as many: 0 at the end. O(bytes).
///
/// Errors, after which the journal is no longer being read: FENCEPOST_JOURNAL_DAMAGE,
/// FENCEPOST_JOURNAL_OTHER_CLUSTER, FENCEPOST_JOURNAL_MISFIT, FENCEPOST_PRODUCER_NO_PARTITION if it
/// has more partitions. FENCEPOST_STATE if no journal is being read; FENCEPOST_VALUE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_journal_push(
    producer: *mut fencepost_producer,
    window: *const u8,
    window_len: usize,
    last: u32,
    wanted: *mut usize,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        let window = || {
            let window = InBytes::new(window, window_len)?;
            Ok(((window.get(), flag(last)?), [window.extent()]))
        };
        answer(producer, window, wanted, error, |producer, (window, last), teller| {
            let reading = producer.reading()?;
            let Reading::Began(recovery) = reading else { return Err(FENCEPOST_STATE) };
            recovery.push(window, last).map_err(|error| {
                *reading = Reading::Nothing;
                teller.tell(&error)
            })
        })
    }
}

/// Ends the reading, and says what was read. After FENCEPOST_JOURNAL_TAIL_TORN, cut the storage off
/// at summary.end before anything is appended; where that can't be done, as on flash, write the
/// journal anew. O(partitions).
///
/// Errors, after which the journal is no longer being read: FENCEPOST_JOURNAL_EMPTY if there was
/// none, FENCEPOST_JOURNAL_INCOMPLETE if it was never written to its end: the one that it was to
/// replace counts. FENCEPOST_STATE if no journal is being read.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_journal_finish(
    producer: *mut fencepost_producer,
    summary: *mut fencepost_journal_summary,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        answer(producer, nothing, summary, error, |producer, (), teller| {
            let reading = producer.reading()?;
            if !matches!(reading, Reading::Began(_)) {
                return Err(FENCEPOST_STATE);
            }
            let Reading::Began(recovery) = core::mem::replace(reading, Reading::Nothing) else {
                return Err(FENCEPOST_STATE);
            };
            let (journal, read) = recovery.finish().map_err(|error| teller.tell(&error))?;
            let summary = fencepost_journal_summary::of(&journal, read.end, read.tail, false);
            *producer.reading()? = Reading::Read(journal);
            Ok(summary)
        })
    }
}

/// Opens the journal that was read, in the name of this holder: the producer comes back under its
/// old id, if the journal knows one. Bind its partitions next (fencepost_journal_bind). `place` may
/// be NULL. The journal has no lock of its own in storage of the caller: two holders at a time must
/// be kept out by other means. O(partitions).
///
/// Errors: FENCEPOST_STATE if no journal was read.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_journal_hold(
    producer: *mut fencepost_producer,
    place: *const fencepost_place,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        on_mut(producer, |producer| {
            let place = In::optional(place)?.map_or([0; 16], |place| place.get().bytes);
            let reading = producer.reading()?;
            if !matches!(reading, Reading::Read(_)) {
                return Err(FENCEPOST_STATE);
            }
            let Reading::Read(mut journal) = core::mem::replace(reading, Reading::Nothing) else {
                return Err(FENCEPOST_STATE);
            };
            journal.hold(place);
            producer.begin(journal)
        })
    }
}

/// A journal as `newer_of` wants it: what its reading came to.
fn came_to(status: u32, turn: u64) -> Result<Result<Summary, RecoverError>, fencepost_status> {
    const OK: u32 = FENCEPOST_OK as u32;
    const EMPTY: u32 = FENCEPOST_JOURNAL_EMPTY as u32;
    const INCOMPLETE: u32 = FENCEPOST_JOURNAL_INCOMPLETE as u32;
    match status {
        OK => Ok(Ok(Summary { turn, end: 0, tail: Tail::Clean })),
        EMPTY => Ok(Err(RecoverError::Empty)),
        INCOMPLETE => Ok(Err(RecoverError::Incomplete { offset: 0 })),
        _ => {
            let known = [
                FENCEPOST_JOURNAL_DAMAGE,
                FENCEPOST_JOURNAL_OTHER_CLUSTER,
                FENCEPOST_JOURNAL_MISFIT,
                FENCEPOST_PRODUCER_NO_PARTITION,
            ];
            let worse = known.into_iter().find(|known| *known as u32 == status);
            Err(worse.unwrap_or(FENCEPOST_VALUE))
        }
    }
}

/// Which of two places of storage holds the journal that counts: the complete one, of two the
/// newer. Of each it is given what fencepost_journal_push or fencepost_journal_finish answered, and
/// summary.turn if that was FENCEPOST_OK. `which` is told 0 or 1. O(1). Any thread, any time.
///
/// Errors: FENCEPOST_JOURNAL_EMPTY if neither holds one; what was answered of a place that can't be
/// read, since its damage may hide the newer one; FENCEPOST_VALUE for another status.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_journal_newer(
    first_status: u32,
    first_turn: u64,
    second_status: u32,
    second_turn: u64,
    which: *mut u32,
) -> fencepost_status {
    call(|| {
        // SAFETY: the header asks for it: pointers are good for what they are named for.
        let out = unsafe { Out::new(which) }?;
        let first = came_to(first_status, first_turn)?;
        let newer = newer_of(first, came_to(second_status, second_turn)?);
        let newer = newer.map_err(|_| FENCEPOST_JOURNAL_EMPTY)?;
        out.write(u32::try_from(newer).unwrap_or(0));
        Ok(())
    })
}
