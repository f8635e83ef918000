//! What does a journal say after a crash?

use super::frame::{Header, after};
use super::kept::Misfit;
use super::reader::{Read, Reader, Tail};
use super::record::Record;
use super::refused::RecoverError;
use super::state::Journal;
use super::track::Track;
use super::value::ClusterId;

/// What is known of a journal in a place where there may be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// How often the journal was written anew.
    pub turn: u64,
    /// Up to where it is good, in bytes.
    pub end: u64,
    /// How it ends.
    pub tail: Tail,
}

/// Which of two places holds the journal that counts: the complete one, of two the newer. What was
/// read of a place is `Ok` if its [`Recovery::finish`] was. Whatever else than "nothing" or "not
/// complete" is the other's error is an error here too: damage may hide the newer one.
///
/// # Errors
/// The worse place's, or [`RecoverError::Empty`] if none has a journal.
pub fn newer_of(
    first: Result<Summary, RecoverError>,
    second: Result<Summary, RecoverError>,
) -> Result<usize, RecoverError> {
    let nothing = |error| matches!(error, RecoverError::Empty | RecoverError::Incomplete { .. });
    match (first, second) {
        (Ok(first), Ok(second)) => Ok(usize::from(second.turn > first.turn)),
        (Ok(_), Err(error)) if nothing(error) => Ok(0),
        (Err(error), Ok(_)) if nothing(error) => Ok(1),
        (Err(first), Err(second)) if nothing(first) && nothing(second) => Err(RecoverError::Empty),
        (Err(first), second) if nothing(first) => second.map(|_| 1),
        (Err(error), _) | (_, Err(error)) => Err(error),
    }
}

/// Reads a journal in pieces into a [`Journal`].
#[derive(Clone, Debug)]
pub struct Recovery<T, const PLACES: usize = 8> {
    journal: Journal<T, PLACES>,
    reader: Reader,
    header: Option<Header>,
    complete: bool,
    tail: Option<Tail>,
}

impl<T, const PLACES: usize> Recovery<T, PLACES>
where
    T: AsRef<[Track<PLACES>]> + AsMut<[Track<PLACES>]>,
{
    /// Begins with [`Track::EMPTY`] tracks. `max_body`: see [`Reader::new`].
    pub fn new(tracks: T, cluster: ClusterId, capacity: u64, max_body: u32) -> Self {
        Self {
            journal: Journal::new(tracks, cluster, capacity),
            reader: Reader::new(max_body),
            header: None,
            complete: false,
            tail: None,
        }
    }

    /// Where the next window must begin.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.reader.offset()
    }

    /// Takes all whole records at the beginning of `window`, whose first byte is at
    /// [`Recovery::offset`]. `last`: no bytes follow. Gives how many bytes the next window must
    /// have, if there are as many: 0 at the end. O(bytes).
    ///
    /// # Errors
    /// [`RecoverError`]: the journal can't be gone on with.
    pub fn push(&mut self, window: &[u8], last: bool) -> Result<usize, RecoverError> {
        let from = self.reader.offset();
        loop {
            let used = self.reader.offset().saturating_sub(from);
            let rest = usize::try_from(used).ok().and_then(|used| window.get(used..));
            match self.reader.read(rest.unwrap_or_default(), last).map_err(RecoverError::Damage)? {
                Read::Header(header) => self.begin(header)?,
                Read::Record { offset, record } => self
                    .take(offset, &record)
                    .map_err(|misfit| RecoverError::Misfit { offset, misfit })?,
                Read::More(wanted) => return Ok(wanted),
                Read::End(tail) => {
                    self.tail = Some(tail);
                    return Ok(0);
                }
            }
        }
    }

    fn begin(&mut self, header: Header) -> Result<(), RecoverError> {
        if header.cluster != self.journal.cluster {
            return Err(RecoverError::OtherCluster { journal: header.cluster });
        }
        self.journal.turn = header.turn;
        self.header = Some(header);
        Ok(())
    }

    fn take(&mut self, offset: u64, record: &Record<'_>) -> Result<(), Misfit> {
        let journal = &mut self.journal;
        let slot = match record {
            Record::Holder { generation, place } => {
                journal.generation = *generation;
                journal.place = *place;
                return Ok(());
            }
            Record::Identity(identity) => {
                journal.staged.identity = Some(*identity);
                return Ok(());
            }
            Record::Complete => {
                self.complete = true;
                return Ok(());
            }
            Record::Partition { slot, .. } | Record::Unwritten { slot, .. } => *slot,
            Record::Batch(batch) => batch.slot,
            Record::Split(split) => split.slot,
            Record::Verdicts(settled) | Record::Bump(settled) => settled.slot,
        };
        let track = journal.track_mut(slot).ok_or(Misfit::NoSuchSlot(slot))?;
        track.recovered = true;
        track.staged.apply(record, after(offset, super::frame::HEAD_LEN))
    }

    /// The journal as it was, and how it ended. After [`Tail::Torn`] what is behind the end must be
    /// cut off, or the journal written anew, before anything is appended. Then say who holds it:
    /// [`Journal::hold`].
    ///
    /// # Errors
    /// [`RecoverError::Empty`], [`RecoverError::Incomplete`].
    pub fn finish(self) -> Result<(Journal<T, PLACES>, Summary), RecoverError> {
        let Self { mut journal, reader, header, complete, tail } = self;
        let (Some(header), Some(tail)) = (header, tail) else {
            return Err(RecoverError::Empty);
        };
        let end = reader.end();
        if !complete {
            return Err(RecoverError::Incomplete { offset: end });
        }
        journal.staged.chain = reader.chain();
        journal.durable = journal.staged;
        for track in journal.tracks.as_mut() {
            track.durable = track.staged.clone();
        }
        Ok((journal, Summary { turn: header.turn, end, tail }))
    }

    /// Reads a journal that is in memory as a whole.
    ///
    /// # Errors
    /// As [`Recovery::push`] and [`Recovery::finish`].
    pub fn all(
        tracks: T,
        cluster: ClusterId,
        capacity: u64,
        bytes: &[u8],
    ) -> Result<(Journal<T, PLACES>, Summary), RecoverError> {
        let mut recovery = Self::new(tracks, cluster, capacity, u32::MAX);
        recovery.push(bytes, true)?;
        recovery.finish()
    }
}
