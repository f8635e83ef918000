//! How does a journal live in a file? (feature `std`)
//!
//! One folder holds `NAME`, its lock `NAME.lock`, and, while it is written anew, `NAME.new`. Every
//! step is one call of a [`Disk`], so that a test can stop between any two of them.
//!
//! # A send loop that comes back
//! The transport is yours, as in the [producer's](crate::producer). Here a batch is one line of a
//! source, its cursor the number of the line behind it.
//!
//! ```
//! # use std::{collections::HashMap, error::Error, path::Path};
//! # use fencepost::ids::{Epoch, Identity, ProducerId, Stamp, Timestamp};
//! # use fencepost::journal::store::{Opened, Options};
//! # use fencepost::journal::*;
//! # use fencepost::producer::*;
//! # const ORDERS: TopicPartition = TopicPartition { topic_id: [7; 16], partition: 0 };
//! # #[derive(Default)]
//! # struct Wire { log: Vec<(Stamp, Vec<u8>)>, now: i64, dies_in: usize }
//! # impl Wire {
//! #     fn now(&mut self) -> Timestamp { self.now += 10; Timestamp::from_millis(self.now) }
//! #     fn init_producer_id(&mut self) -> Identity {
//! #         Identity { id: ProducerId::new(7).unwrap(), epoch: Epoch::ZERO }
//! #     }
//! #     fn produce(&mut self, attempt: Attempt, bytes: &[u8]) -> Result<Answer, &'static str> {
//! #         let offset = self.log.iter().position(|(stamp, _)| *stamp == attempt.stamp);
//! #         if offset.is_none() { self.log.push((attempt.stamp, bytes.to_vec())); }
//! #         self.dies_in = self.dies_in.checked_sub(1).ok_or("the power goes")?;
//! #         let offset = offset.unwrap_or(self.log.len() - 1);
//! #         Ok(Answer::Response(Response::ok(offset as i64).log_start(0)))
//! #     }
//! #     fn describe_producers(&mut self, _: ProducerId) -> Described {
//! #         let (stamp, _) = self.log.last().unwrap();
//! #         let epoch = stamp.identity.epoch.get().into();
//! #         Described::Listed { epoch, last_sequence: stamp.base_sequence.get() }
//! #     }
//! #     fn wait_until(&mut self, when: Timestamp) { self.now = when.as_millis(); }
//! # }
//! # fn line_of(cursor: Cursor) -> usize {
//! #     usize::from_be_bytes(cursor.as_bytes().try_into().unwrap_or_default())
//! # }
//! fn run(path: &Path, source: &[&[u8]], wire: &mut Wire) -> Result<(), Box<dyn Error>> {
//!     let cluster = ClusterId::new(b"MkU3OEVBNTcwNTJENDM2Qk").unwrap();
//!     let options = Options { slots: 1, cluster, capacity: 1 << 20, adopt: false };
//!     let Opened { mut store, journal, .. } = Opened::open(path, options)?;
//!     let producer = Producer::<_>::new(vec![Slot::EMPTY; 1], Settings::new(Kind::Idempotent));
//!     let mut producing = Journaled::new(producer, journal)?;
//!     if producing.journal().is_empty() {
//!         store.compact(&mut producing)?; // begins the file
//!     }
//!     // The source goes on behind what is written, and behind what is undecided.
//!     let (mut line, mut bytes_of) = (0, HashMap::<BatchId, Vec<u8>>::new());
//!     if let Bound::Restored { cursor, .. } = producing.bind(0, ORDERS, wire.now())? {
//!         line = line_of(cursor);
//!         for kept in producing.journal().kept(0).unwrap().batches() {
//!             line = line_of(kept.cursor);
//!             bytes_of.insert(kept.name.unwrap(), store.bytes_at(kept.at, kept.len)?);
//!         }
//!     }
//!
//!     let mut buffer = vec![0; Journal::<Vec<Track>>::overhead() + 1024];
//!     loop {
//!         let now = wire.now();
//!         // There is none yet, or a partition has used up its epochs.
//!         if producing.producer().poll_identity() {
//!             producing.handle_identity(wire.init_producer_id())?;
//!         }
//!         while let Some(ended) = store.take_verdict(&mut producing, 0, now)? {
//!             println!("batch {}: {}", ended.batch.get(), ended.verdict);
//!             bytes_of.remove(&ended.batch);
//!         }
//!         if producing.journal().should_compact() {
//!             store.compact(&mut producing)?;
//!         }
//!         let new = NewBatch { records: 1, max_timestamp: now, created: now };
//!         let permit = match producing.producer().poll(0, now) {
//!             Next::Send(_) => producing.resend(0, now, &mut buffer)?,
//!             Next::Describe { id, .. } => {
//!                 producing.describe(0)?;
//!                 producing.handle_described(0, wire.describe_producers(id), now)?;
//!                 continue;
//!             }
//!             Next::Timeout => {
//!                 producing.handle_timeout(0, now);
//!                 continue;
//!             }
//!             Next::Split(batch) => {
//!                 producing.give_up(0, batch, now)?;
//!                 continue;
//!             }
//!             // Journaled's, not the producer's: what was recovered is decided first.
//!             Next::Idle if line < source.len() && producing.may_assign(0, &new, now).is_ok() => {
//!                 let cursor = Cursor::new(&(line + 1).to_be_bytes()).unwrap();
//!                 let payload = Payload { bytes: source[line], cursor };
//!                 let permit = match producing.assign(0, new, payload, now, &mut buffer) {
//!                     Err(Refused::Producer(Refusal::NoIdentity)) => continue, // it asks for one
//!                     permit => permit?,
//!                 };
//!                 bytes_of.insert(permit.batch(), source[line].to_vec());
//!                 line += 1;
//!                 permit
//!             }
//!             Next::Idle => match producing.producer().poll_timeout(0) {
//!                 Some(when) => {
//!                     wire.wait_until(when);
//!                     continue;
//!                 }
//!                 None => match producing.producer().fatal() {
//!                     Some(why) => return Err(why.to_string().into()),
//!                     None => return Ok(()),
//!                 },
//!             },
//!         };
//!         // Nothing goes out before this is durable. Several permits may share one: Store::stage.
//!         let batch = permit.batch();
//!         store.commit(&mut producing, &buffer[..permit.len()], now)?;
//!         if let Ok(attempt) = producing.claim(permit) {
//!             let answer = wire.produce(attempt, &bytes_of[&batch])?;
//!             producing.handle_response(attempt, answer, now)?;
//!         }
//!     }
//! }
//! # let folder = std::env::temp_dir().join(format!("fencepost-doc-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder)?;
//! # let path = folder.join("orders.journal");
//! let source: [&[u8]; 4] = [b"one", b"two", b"three", b"four"];
//! # let mut wire = Wire { dies_in: 2, now: 1_700_000_000_000, ..Wire::default() };
//! // The third line is written, and the power goes before its answer comes.
//! assert!(run(&path, &source, &mut wire).is_err());
//! # wire.dies_in = 9;
//! run(&path, &source, &mut wire)?;
//! assert!(wire.log.iter().map(|(_, bytes)| &bytes[..]).eq(source), "each line once");
//! # std::fs::remove_dir_all(&folder)?;
//! # Ok::<(), Box<dyn Error>>(())
//! ```

use core::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::vec;
use std::vec::Vec;

use super::compact::Piece;
use super::disk::Name;
pub use super::disk::{Disk, Folder};
use super::frame::{MAX_HEADER_LEN, after};
use super::journaled::Journaled;
use super::lock::{Held, Stamp};
pub use super::opened::{Opened, Options};
use super::refused::{RecoverError, Refused};
use super::state::Journal;
use super::track::Track;
use crate::ids::Timestamp;
use crate::producer::{Ended, Slot};

/// What went wrong with a journal's file.
#[derive(Debug)]
#[non_exhaustive]
pub enum StoreError {
    /// A step failed.
    Io {
        /// The file.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// At which byte.
        offset: u64,
        /// Why it failed.
        source: io::Error,
    },
    /// Another process holds the journal (J1).
    Held {
        /// The lock's file.
        path: PathBuf,
    },
    /// What is in the file can't be gone on with.
    Recover {
        /// The file.
        path: PathBuf,
        /// Why, and where.
        error: RecoverError,
    },
    /// It was copied or restored: the lock beside it is not the one it was used with, or is of
    /// another time. If the original may be in use, or was used since, its numbers must not be used
    /// a second time (J1). [`Options::adopt`] goes on.
    Moved {
        /// The file.
        path: PathBuf,
        /// What shows it.
        how: &'static str,
    },
    /// A write failed and could not be undone, so it is not known what the file holds: open it
    /// again.
    Poisoned {
        /// The file.
        path: PathBuf,
        /// What failed; `None` if that was told before.
        source: Option<io::Error>,
    },
    /// The journal can't be written anew now, or not all was given that is to be written.
    Refused(Refused),
}

/// A journal's file, held by this process.
#[derive(Debug)]
pub struct Store<D = Folder> {
    disk: D,
    path: PathBuf,
    pub(super) held: Held,
    pub(super) len: u64,
    poisoned: bool,
    /// Records that are to be written next.
    waiting: Vec<u8>,
}

impl<D: Disk> Store<D> {
    /// Nothing was read yet.
    pub(super) fn new(disk: D, path: &Path, held: Held) -> Self {
        Self { disk, path: path.into(), held, len: 0, poisoned: false, waiting: Vec::new() }
    }

    /// Bytes in the file.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.len
    }

    /// Nothing was written yet.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The disk under it.
    pub const fn disk(&mut self) -> &mut D {
        &mut self.disk
    }

    /// Appends records and makes them durable. If that fails they are cut off again.
    ///
    /// # Errors
    /// [`StoreError::Io`]: the file is as it was, and [`Journaled::lost`] is to be called.
    /// [`StoreError::Poisoned`] if that is not sure: don't call it, and open the journal again.
    pub fn append(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.is_good()?;
        if bytes.is_empty() {
            return Ok(());
        }
        let len = self.len;
        if let Err(failed) = self.step("appending", len, |disk| disk.append(bytes)) {
            // A cut that is not durable could come back with half a record, or a whole one.
            let cut = self.step("cutting off", len, |disk| disk.cut(len));
            let undone = cut.and_then(|()| self.step("syncing", len, Disk::sync));
            return Err(undone.map_or_else(|error| self.poison(error), |()| failed));
        }
        // After a failed sync nobody knows what is on the disk: some systems forget the failure.
        let synced = self.step("syncing", len, Disk::sync);
        synced.map_err(|error| self.poison(error))?;
        self.len = after(len, bytes.len());
        Ok(())
    }

    /// Appends what was journaled and says so to the producer; or that it was lost. `bytes` are all
    /// that was written since the last time: of several permits one behind the other, also of those
    /// that were dropped.
    ///
    /// # Errors
    /// As [`Store::append`]; the producer has been told already. [`Refused::Unsynced`] if they are
    /// not all, or more: behind a gap nothing would be read back. Nothing has changed; if they
    /// can't be had any more, [`Journaled::lost`] and [`Journaled::synced`] give them up.
    pub fn commit<S, T, const PLACES: usize>(
        &mut self,
        journaled: &mut Journaled<S, T, PLACES>,
        bytes: &[u8],
        now: Timestamp,
    ) -> Result<(), StoreError>
    where
        S: AsRef<[Slot<PLACES>]> + AsMut<[Slot<PLACES>]>,
        T: AsRef<[Track<PLACES>]> + AsMut<[Track<PLACES>]>,
    {
        self.are_all(journaled, bytes.len())?;
        match self.append(bytes) {
            Ok(()) => {
                journaled.synced();
                self.tell_lock(journaled);
                Ok(())
            }
            Err(error) => {
                if !self.poisoned {
                    journaled.lost(now);
                    // The cut is durable.
                    journaled.synced();
                }
                Err(error)
            }
        }
    }

    /// Lets a producer write records of at most `bytes` bytes beside its own, and keeps them until
    /// [`Store::flush`], so that several permits need one sync. `write` gives how many it wrote.
    ///
    /// # Errors
    /// Those of `write`; [`Refused::Buffer`] if there is no memory for as many bytes.
    pub fn stage<S, T, R, const PLACES: usize>(
        &mut self,
        journaled: &mut Journaled<S, T, PLACES>,
        bytes: usize,
        write: impl FnOnce(&mut Journaled<S, T, PLACES>, &mut [u8]) -> Result<(R, usize), Refused>,
    ) -> Result<(R, usize), Refused>
    where
        S: AsRef<[Slot<PLACES>]> + AsMut<[Slot<PLACES>]>,
        T: AsRef<[Track<PLACES>]> + AsMut<[Track<PLACES>]>,
    {
        self.forget_lost(journaled);
        let start = self.waiting.len();
        let wanted = bytes.saturating_add(Journal::<T, PLACES>::overhead());
        let reserved = self.waiting.try_reserve(wanted);
        reserved.map_err(|_| Refused::Buffer { wanted })?;
        self.waiting.resize(start.saturating_add(wanted), 0);
        let written = write(journaled, self.waiting.get_mut(start..).unwrap_or_default());
        let len = written.as_ref().map_or(0, |(_, len)| *len);
        self.waiting.truncate(start.saturating_add(len));
        written
    }

    /// As [`Store::commit`], of all that was staged.
    ///
    /// # Errors
    /// As [`Store::commit`].
    pub fn flush<S, T, const PLACES: usize>(
        &mut self,
        journaled: &mut Journaled<S, T, PLACES>,
        now: Timestamp,
    ) -> Result<(), StoreError>
    where
        S: AsRef<[Slot<PLACES>]> + AsMut<[Slot<PLACES>]>,
        T: AsRef<[Track<PLACES>]> + AsMut<[Track<PLACES>]>,
    {
        self.forget_lost(journaled);
        let mut waiting = core::mem::take(&mut self.waiting);
        let written = self.commit(journaled, &waiting, now);
        if !matches!(written, Err(StoreError::Refused(_))) {
            waiting.clear();
        }
        self.waiting = waiting;
        written
    }

    /// What waits was given up by [`Journaled::lost`].
    fn forget_lost<S, T, const PLACES: usize>(&mut self, journaled: &Journaled<S, T, PLACES>)
    where
        S: AsRef<[Slot<PLACES>]> + AsMut<[Slot<PLACES>]>,
        T: AsRef<[Track<PLACES>]> + AsMut<[Track<PLACES>]>,
    {
        if after(self.len, self.waiting.len()) > journaled.journal().len() {
            self.waiting.clear();
        }
    }

    /// As [`Journaled::take_verdict`]; what must be durable before *not written* is told is written
    /// first.
    ///
    /// # Errors
    /// As [`Store::commit`] and, if the journal is full, [`Store::compact`]: the verdict waits.
    /// What was staged is flushed. [`Refused::Unsynced`] if the records of another permit were not
    /// committed yet.
    pub fn take_verdict<S, T, const PLACES: usize>(
        &mut self,
        journaled: &mut Journaled<S, T, PLACES>,
        partition: u32,
        now: Timestamp,
    ) -> Result<Option<Ended>, StoreError>
    where
        S: AsRef<[Slot<PLACES>]> + AsMut<[Slot<PLACES>]>,
        T: AsRef<[Track<PLACES>]> + AsMut<[Track<PLACES>]>,
    {
        let ended = journaled.take_verdict(partition);
        if ended.is_some() || !journaled.needs_trim(partition) {
            return Ok(ended);
        }
        if !self.waiting.is_empty() {
            self.flush(journaled, now)?;
        }
        self.are_all(journaled, 0)?;
        let mut buffer = vec![0; Journal::<T, PLACES>::overhead()];
        match journaled.trim(partition, &mut buffer) {
            Ok(len) => self.commit(journaled, buffer.get(..len).unwrap_or_default(), now)?,
            Err(Refused::JournalFull) => self.compact(journaled)?,
            Err(refused) => return Err(StoreError::Refused(refused)),
        }
        Ok(journaled.take_verdict(partition))
    }

    /// Writes the journal anew: begins it, or keeps it short ([`Journal::should_compact`]).
    ///
    /// # Errors
    /// [`StoreError`]: the old one goes on, but for [`StoreError::Poisoned`].
    pub fn compact<S, T, const PLACES: usize>(
        &mut self,
        journaled: &mut Journaled<S, T, PLACES>,
    ) -> Result<(), StoreError>
    where
        S: AsRef<[Slot<PLACES>]> + AsMut<[Slot<PLACES>]>,
        T: AsRef<[Track<PLACES>]> + AsMut<[Track<PLACES>]>,
    {
        self.is_good()?;
        if !self.held.is_told() {
            // A lock that says nothing is not this journal's: so it says so before there is one.
            self.held.tell(Stamp { generation: 0 })?;
        }
        journaled.compact().map_err(StoreError::Refused)?;
        let written = self.write_new(journaled);
        let Ok(len) = written else {
            journaled.keep_old();
            // Left behind, it is removed at the next opening.
            let _removed = self.disk.remove_new();
            return written.map(|_| ());
        };
        // From here on it may be the new one that counts.
        let replaced = self.step("replacing the old journal", 0, Disk::replace);
        let durable = replaced.and_then(|()| self.step("syncing", 0, Disk::sync_folder));
        durable.map_err(|error| self.poison(error))?;
        self.len = len;
        journaled.replaced().map_err(StoreError::Refused)?;
        self.tell_lock(journaled);
        Ok(())
    }

    /// The new journal's length.
    fn write_new<S, T, const PLACES: usize>(
        &mut self,
        journaled: &mut Journaled<S, T, PLACES>,
    ) -> Result<u64, StoreError>
    where
        S: AsRef<[Slot<PLACES>]> + AsMut<[Slot<PLACES>]>,
        T: AsRef<[Track<PLACES>]> + AsMut<[Track<PLACES>]>,
    {
        let (mut len, mut bytes) = (0, Vec::new());
        let mut buffer = Vec::new();
        self.step("creating", 0, Disk::create_new)?;
        while let Some(piece) = journaled.next_piece() {
            bytes.clear();
            if let Piece::Batch { at, len } = piece {
                bytes.resize(usize::try_from(len).unwrap_or(usize::MAX), 0);
                self.step("reading a batch", at, |disk| disk.read_at(at, &mut bytes))?;
            }
            let overhead = Journal::<T, PLACES>::overhead().max(MAX_HEADER_LEN);
            buffer.resize(overhead.saturating_add(bytes.len()), 0);
            let n = journaled.rewrite(&bytes, &mut buffer).map_err(StoreError::Refused)?;
            let piece = buffer.get(..n).unwrap_or_default();
            self.step("writing anew", len, |disk| disk.append_new(piece))?;
            len = after(len, n);
        }
        self.step("syncing", len, Disk::sync_new)?;
        Ok(len)
    }

    /// A batch's bytes, as [`super::KeptBatch`] says where they are: in the file, or in what was
    /// staged behind it.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn bytes_at(&mut self, at: u64, len: u32) -> Result<Vec<u8>, StoreError> {
        let staged = at.checked_sub(self.len).and_then(|ahead| usize::try_from(ahead).ok());
        if let Some(staged) = staged.and_then(|from| self.waiting.get(from..)) {
            let bytes = usize::try_from(len).ok().and_then(|len| staged.get(..len));
            if let Some(bytes) = bytes {
                return Ok(bytes.to_vec());
            }
        }
        let mut bytes = vec![0; usize::try_from(len).unwrap_or(usize::MAX)];
        self.step("reading a batch", at, |disk| disk.read_at(at, &mut bytes))?;
        Ok(bytes)
    }

    /// The lock tells the generation once the journal does. If that fails it is told at the next
    /// opening: the lock may be one behind.
    fn tell_lock<S, T, const PLACES: usize>(&mut self, journaled: &Journaled<S, T, PLACES>)
    where
        S: AsRef<[Slot<PLACES>]> + AsMut<[Slot<PLACES>]>,
        T: AsRef<[Track<PLACES>]> + AsMut<[Track<PLACES>]>,
    {
        let journal = journaled.journal();
        if journal.durable.holder_told {
            let _next_time = self.held.tell(Stamp { generation: journal.generation() });
        }
    }

    /// With so many bytes more, nothing of the journal is missing in the file. Of a poisoned one
    /// that is not asked: whatever waits, it must be opened again.
    fn are_all<S, T, const PLACES: usize>(
        &self,
        journaled: &Journaled<S, T, PLACES>,
        more: usize,
    ) -> Result<(), StoreError>
    where
        S: AsRef<[Slot<PLACES>]> + AsMut<[Slot<PLACES>]>,
        T: AsRef<[Track<PLACES>]> + AsMut<[Track<PLACES>]>,
    {
        self.is_good()?;
        if after(self.len, more) == journaled.journal().len() {
            Ok(())
        } else {
            Err(StoreError::Refused(Refused::Unsynced))
        }
    }

    fn is_good(&self) -> Result<(), StoreError> {
        if self.poisoned {
            return Err(StoreError::Poisoned { path: self.path.clone(), source: None });
        }
        Ok(())
    }

    /// It is not known any more what the file holds.
    fn poison(&mut self, error: StoreError) -> StoreError {
        self.poisoned = true;
        let source = match error {
            StoreError::Io { source, .. } => Some(source),
            _ => None,
        };
        StoreError::Poisoned { path: self.path.clone(), source }
    }

    pub(super) fn moved(&self, how: &'static str) -> StoreError {
        StoreError::Moved { path: self.path.clone(), how }
    }

    pub(super) fn step<R>(
        &mut self,
        doing: &'static str,
        offset: u64,
        step: impl FnOnce(&mut D) -> io::Result<R>,
    ) -> Result<R, StoreError> {
        step(&mut self.disk).map_err(|source| StoreError::Io {
            path: self.path.clone(),
            doing,
            offset,
            source,
        })
    }
}

/// `NAME` with something behind it.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(suffix);
    path.with_file_name(name)
}

/// The files of a journal.
pub(super) fn file(path: &Path, name: Name) -> PathBuf {
    match name {
        Name::Journal => path.into(),
        Name::New => beside(path, ".new"),
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { path, doing, offset, source } => {
                write!(f, "{}: {doing} at byte {offset}: {source}", path.display())
            }
            Self::Held { path } => {
                write!(f, "{}: another process holds the journal", path.display())
            }
            Self::Recover { path, error } => write!(f, "{}: {error}", path.display()),
            Self::Moved { path, how } => write!(f, "{}: {how}", path.display()),
            Self::Poisoned { path, source } => {
                write!(f, "{}: what it holds is not known; open it again", path.display())?;
                source.as_ref().map_or(Ok(()), |source| write!(f, ": {source}"))
            }
            Self::Refused(refused) => refused.fmt(f),
        }
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } | Self::Poisoned { source: Some(source), .. } => Some(source),
            Self::Recover { error, .. } => Some(error),
            Self::Refused(refused) => Some(refused),
            _ => None,
        }
    }
}
