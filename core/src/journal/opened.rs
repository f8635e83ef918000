//! How is a journal's file opened, and is it this place's own? (J1, feature `std`)

use std::path::Path;
use std::vec;
use std::vec::Vec;

use super::disk::{Disk, Folder};
use super::lock::{Held, Stamp};
use super::reader::Tail;
use super::recover::Recovery;
use super::state::Journal;
use super::store::{Store, StoreError};
use super::track::Track;
use super::value::ClusterId;

/// How a journal is opened.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How many partitions it is for.
    pub slots: usize,
    /// Whose producer it is.
    pub cluster: ClusterId,
    /// How many bytes the file may have. While it is written anew there are two.
    pub capacity: u64,
    /// Take a journal that was copied or restored: the caller knows that the original is not in
    /// use, and was not since.
    pub adopt: bool,
}

/// A journal that was opened.
#[derive(Debug)]
pub struct Opened<D = Folder, const PLACES: usize = 8, T = Vec<Track<PLACES>>> {
    /// Its file.
    pub store: Store<D>,
    /// Its state.
    pub journal: Journal<T, PLACES>,
    /// What was cut off its end.
    pub tail: Tail,
    /// There was none: it begins.
    pub created: bool,
}

impl<const PLACES: usize> Opened<Folder, PLACES> {
    /// Opens a journal, or begins one: takes the lock, reads the file, cuts a torn tail off. Where
    /// `path` leads to is found out once: a link is followed, the folder must be there, and the
    /// working directory may be another one afterwards.
    ///
    /// # Errors
    /// [`StoreError`]. [`StoreError::Io`] also for what is no regular file, and for a name that
    /// ends in `.new` or `.lock`.
    pub fn open(path: &Path, options: Options) -> Result<Self, StoreError> {
        Self::open_on(Folder::new(path), path, options)
    }
}

impl<D: Disk, const PLACES: usize> Opened<D, PLACES> {
    /// As [`Opened::open`], on another disk. The lock is a file beside `path` all the same.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open_on(disk: D, path: &Path, options: Options) -> Result<Self, StoreError> {
        Self::open_in(vec![Track::EMPTY; options.slots], disk, path, options)
    }
}

impl<D: Disk, T, const PLACES: usize> Opened<D, PLACES, T>
where
    T: AsRef<[Track<PLACES>]> + AsMut<[Track<PLACES>]>,
{
    /// As [`Opened::open_on`], with the caller's [`Track::EMPTY`] tracks: they say how many
    /// partitions it is for, [`Options::slots`] does not.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open_in(tracks: T, disk: D, path: &Path, options: Options) -> Result<Self, StoreError> {
        let (held, stamp) = Held::take(path)?;
        let mut store = Store::new(disk, path, held);
        store.step("removing what was not finished", 0, |disk| disk.remove_new())?;
        let Some(bytes) = store.step("reading", 0, Disk::read)? else {
            let journal = Journal::new(tracks, options.cluster, options.capacity);
            if stamp.is_some_and(|stamp| stamp.generation > 0) && !options.adopt {
                return Err(store.moved("the journal is gone, its lock is not"));
            }
            return Ok(Self { store, journal, tail: Tail::Clean, created: true });
        };
        let read = Recovery::all(tracks, options.cluster, options.capacity, &bytes);
        let (mut journal, summary) =
            read.map_err(|error| StoreError::Recover { path: path.into(), error })?;
        if let Some(how) = moved(&journal, stamp, store.held.place()).filter(|_| !options.adopt) {
            return Err(store.moved(how));
        }
        store.len = summary.end;
        if summary.tail != Tail::Clean {
            let len = summary.end;
            store.step("cutting a torn tail off", len, |disk| disk.cut(len))?;
            store.step("syncing", len, Disk::sync)?;
        }
        store.held.tell(Stamp { generation: journal.generation() })?;
        journal.hold(store.held.place());
        Ok(Self { store, journal, tail: summary.tail, created: false })
    }
}

/// What shows that the journal and the lock do not belong together.
fn moved<T, const PLACES: usize>(
    journal: &Journal<T, PLACES>,
    stamp: Option<Stamp>,
    place: [u8; 16],
) -> Option<&'static str>
where
    T: AsRef<[Track<PLACES>]> + AsMut<[Track<PLACES>]>,
{
    let Some(stamp) = stamp else { return Some("there is no lock that it was used with") };
    let known = place != [0; 16] && journal.place() != [0; 16];
    // The device's number, which stands in front, is given out anew when the machine starts.
    let inode = |place: [u8; 16]| place.last_chunk::<8>().copied();
    if known && inode(journal.place()) != inode(place) {
        return Some("it was used with another lock: it is a copy");
    }
    if journal.generation() < stamp.generation {
        return Some("it was opened more often than it says: it is an older one, restored");
    }
    // The journal tells of a holder before its lock does.
    (journal.generation() > stamp.generation.saturating_add(1))
        .then_some("it was opened elsewhere since")
}
