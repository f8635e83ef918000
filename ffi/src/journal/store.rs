//! A journal in a file.

use core::ffi::c_char;
use std::path::Path;

use fencepost::ids::Timestamp;
use fencepost::journal::Journaled;
use fencepost::journal::store::{Folder, Opened, Options, Store, StoreError};
use fencepost::producer::BatchId;

use super::machine::Open;
use super::open::{fencepost_journal_options, fencepost_journal_summary};
use crate::batch::flag;
use crate::boundary::handle::extent_of;
use crate::boundary::{InBytes, Out, OutBytes, apart, on_mut, options};
use crate::error::{Teller, fencepost_error};
use crate::producer::fencepost_producer;
use crate::producer::machine::{Journaling, Machine};
use crate::producer::verdict::{fencepost_ended, say};
use crate::shapes::{answer, command, fill, nothing};
use crate::status::fencepost_status::{self, *};

/// Why a file was not opened.
enum NotOpened {
    /// The producer is not one whose journal is to be opened.
    Status(fencepost_status),
    Store(StoreError),
}

impl From<fencepost_status> for NotOpened {
    fn from(status: fencepost_status) -> Self {
        Self::Status(status)
    }
}

impl From<StoreError> for NotOpened {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl fencepost_producer {
    /// Opens a journal and its file, or begins one.
    fn open_file(
        &mut self,
        path: &Path,
        options: Options,
    ) -> Result<fencepost_journal_summary, NotOpened> {
        let opened = Opened::open_in(self.tracks()?, Folder::new(path), path, options)?;
        let (mut store, tail, created) = (opened.store, opened.tail, opened.created);
        // A producer that just begins has no identity, which is all that could be refused.
        let producing = Journaled::new(self.slots()?, opened.journal);
        let mut producing = producing.map_err(|_| FENCEPOST_STATE)?;
        if producing.journal().is_empty() {
            store.compact(&mut producing)?;
        }
        let end = store.len();
        let summary = fencepost_journal_summary::of(producing.journal(), end, tail, created);
        let file = Some(store);
        self.machine = Machine::Open(Open { producing, file });
        Ok(summary)
    }

    /// The open journal and its file.
    fn filed_mut(&mut self) -> Result<(&mut Journaling, &mut Store), fencepost_status> {
        let open = self.open_mut()?;
        Ok((&mut open.producing, open.file.as_mut().ok_or(FENCEPOST_STATE)?))
    }
}

#[cfg(unix)]
fn path_of(bytes: &[u8]) -> Result<&Path, fencepost_status> {
    use std::os::unix::ffi::OsStrExt;
    Ok(Path::new(std::ffi::OsStr::from_bytes(bytes)))
}

#[cfg(not(unix))]
fn path_of(bytes: &[u8]) -> Result<&Path, fencepost_status> {
    core::str::from_utf8(bytes).map(Path::new).map_err(|_| FENCEPOST_TEXT)
}

/// Opens a journal in a file, or begins one: takes its lock, reads it and cuts a torn tail off. The
/// producer comes back under its old id, if the journal knows one. Bind its partitions next
/// (fencepost_journal_bind). File and lock are held until the producer ends
/// (fencepost_producer_free, fencepost_producer_fini). O(bytes).
///
/// `path` has `path_len` bytes, without NUL, and ends with the file's name. Beside NAME there are
/// NAME.lock, which stays, and NAME.new while the journal is written anew. `summary` is told what
/// was found.
///
/// Errors, after which it can be tried again: FENCEPOST_JOURNAL_HELD, FENCEPOST_JOURNAL_MOVED,
/// FENCEPOST_JOURNAL_DAMAGE, FENCEPOST_JOURNAL_OTHER_CLUSTER, FENCEPOST_JOURNAL_MISFIT,
/// FENCEPOST_JOURNAL_INCOMPLETE, FENCEPOST_JOURNAL_EMPTY if there is a file without bytes,
/// FENCEPOST_PRODUCER_NO_PARTITION if the journal has more partitions,
/// FENCEPOST_JOURNAL_IO, FENCEPOST_JOURNAL_DISK_FULL, FENCEPOST_JOURNAL_POISONED.
/// FENCEPOST_STATE if the producer is not journaled, or its journal is open. FENCEPOST_VALUE;
/// FENCEPOST_TEXT where paths are UTF-8.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_journal_open(
    producer: *mut fencepost_producer,
    path: *const c_char,
    path_len: usize,
    options: *const fencepost_journal_options,
    summary: *mut fencepost_journal_summary,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        let inputs = || {
            let path = InBytes::new(path.cast::<u8>(), path_len)?;
            let (options, options_at) = self::options(options)?;
            let (cluster, cluster_at) = options.cluster()?;
            let at = [path.extent(), options_at, cluster_at];
            let path = path_of(path.get())?;
            if path.file_name().is_none() || options.max_body != 0 {
                return Err(FENCEPOST_VALUE);
            }
            let capacity = if options.capacity == 0 { 67_108_864 } else { options.capacity };
            let adopt = flag(options.adopt)?;
            Ok(((path, Options { slots: 0, cluster, capacity, adopt }), at))
        };
        answer(producer, inputs, summary, error, |producer, (path, options), teller| {
            producer.open_file(path, options).map_err(|why| match why {
                NotOpened::Status(status) => status,
                NotOpened::Store(error) => teller.tell(&error),
            })
        })
    }
}

/// Appends what was journaled to the file, and makes it durable: then the permits can be claimed.
///
/// Errors: FENCEPOST_JOURNAL_IO and FENCEPOST_JOURNAL_DISK_FULL (error.got: errno): what was
/// written is cut off again, and that is durable; what it was for is not sent, new batches of it
/// end as not written, and cost their partition an epoch. Take their verdicts before new ones are
/// numbered. FENCEPOST_JOURNAL_POISONED: it is not known what the file holds; end the producer,
/// make another one and open the journal again. FENCEPOST_STATE if the journal is not in a file.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_journal_commit(
    producer: *mut fencepost_producer,
    now_ms: i64,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        command(producer, nothing, error, |producer, (), teller| {
            let (producing, file) = producer.filed_mut()?;
            let written = file.flush(producing, Timestamp::from_millis(now_ms));
            written.map_err(|error| teller.tell(&error))
        })
    }
}

/// As fencepost_producer_take_verdict, for a journal in a file: what must be durable before *not
/// written* is told is committed first, with what else waits for that.
///
/// Errors: FENCEPOST_NOT_FOUND if there is none now, FENCEPOST_PRODUCER_NO_PARTITION,
/// FENCEPOST_STATE if the journal is not in a file; those of fencepost_journal_commit, after which
/// the verdict waits.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_journal_take_verdict(
    producer: *mut fencepost_producer,
    partition: u32,
    now_ms: i64,
    ended: *mut fencepost_ended,
    sentence: *mut c_char,
    sentence_size: usize,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        on_mut(producer, |producer| {
            let (out, text) = (Out::new(ended)?, OutBytes::new(sentence.cast(), sentence_size)?);
            let teller = Teller::new(error)?;
            let written = [out.extent(), text.extent(), teller.extent(), teller.text()];
            apart(written, [extent_of(producer)])?;
            let now = Timestamp::from_millis(now_ms);
            producer.open()?;
            producer.check(partition)?;
            let (producing, file) = producer.filed_mut()?;
            let ended = file.take_verdict(producing, partition, now);
            let ended = ended.map_err(|error| teller.tell(&error))?.ok_or(FENCEPOST_NOT_FOUND)?;
            say(text, &ended.verdict);
            out.write(fencepost_ended::of(ended));
            Ok(())
        })
    }
}

/// Reads the bytes of an undecided batch (fencepost_journal_undecided), as they were journaled, to
/// the beginning of the buffer. `len` is told how many. O(bytes).
///
/// Errors: FENCEPOST_NOT_FOUND if it is none, FENCEPOST_BUFFER_TOO_SMALL,
/// FENCEPOST_PRODUCER_NO_PARTITION, FENCEPOST_JOURNAL_IO, FENCEPOST_STATE if the journal is not in
/// a file.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_journal_read(
    producer: *mut fencepost_producer,
    partition: u32,
    batch: u64,
    buffer: *mut u8,
    buffer_size: usize,
    len: *mut usize,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        let to = (buffer, buffer_size);
        fill(producer, nothing, to, len, error, |producer, (), buffer, teller| {
            producer.check(partition)?;
            let (producing, file) = producer.filed_mut()?;
            let name = BatchId::from_number(batch);
            let kept = producing.journal().kept(partition).ok_or(FENCEPOST_NOT_FOUND)?;
            let mut batches = kept.batches().filter(|kept| kept.name == Some(name));
            let kept = *batches.next().ok_or(FENCEPOST_NOT_FOUND)?;
            if u64::from(kept.len) > u64::try_from(buffer.len()).unwrap_or(u64::MAX) {
                return Err(FENCEPOST_BUFFER_TOO_SMALL);
            }
            let bytes = file.bytes_at(kept.at, kept.len).map_err(|error| teller.tell(&error))?;
            for (to, from) in buffer.into_slice().iter_mut().zip(&bytes) {
                *to = *from;
            }
            Ok(bytes.len())
        })
    }
}
