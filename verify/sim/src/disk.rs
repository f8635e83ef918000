//! What of a client's journal survives its crash?
//!
//! A medium with two areas, like flash or a file that is written anew beside the old one. What was
//! appended and not synced may be there after a crash, up to any byte of it. It can be full, and a
//! sync can fail.

use fencepost::journal::{
    ClusterId, Journal, RecoverError, Recovery, Summary, Tail, Track, newer_of,
};
use fencepost_oracle::random::Random;

/// A journal's state over the simulator's partitions.
pub type State = Journal<Vec<Track>>;

/// Bytes of a journal's header, with [`cluster`]'s name.
const HEADER: usize = 29;

/// A write that was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failed;

/// The durable memory of one producer.
#[derive(Clone, Debug)]
pub struct Disk {
    /// The journal as the process sees it.
    bytes: Vec<u8>,
    /// How much of it is durable.
    durable: usize,
    /// Was cut off behind what is durable, and may be back after a crash.
    loose: Vec<u8>,
    /// The journal that is to take the old one's place, as far as it is written.
    new: Vec<u8>,
    capacity: u64,
    /// No byte more until then, by the world's clock.
    full_until: i64,
    /// So many syncs fail.
    failing: u32,
}

/// The cluster that the simulator's brokers are.
///
/// # Panics
/// Never.
#[must_use]
pub fn cluster() -> ClusterId {
    ClusterId::new(b"simulated").expect("it is short")
}

impl Disk {
    /// An empty one.
    #[must_use]
    pub const fn new(capacity: u64) -> Self {
        Self {
            bytes: Vec::new(),
            durable: 0,
            loose: Vec::new(),
            new: Vec::new(),
            capacity,
            full_until: 0,
            failing: 0,
        }
    }

    /// No byte more fits until then.
    pub const fn fill(&mut self, until: i64) {
        self.full_until = until;
    }

    /// So many syncs fail from now on.
    pub const fn fail(&mut self, times: u32) {
        self.failing = times;
    }

    /// Appends to the journal. Not durable yet.
    ///
    /// # Errors
    /// [`Failed`]: a part of it may be there.
    pub fn append(&mut self, bytes: &[u8], now: i64) -> Result<(), Failed> {
        let fits = if now < self.full_until { bytes.len() / 2 } else { bytes.len() };
        self.bytes.extend_from_slice(&bytes[..fits]);
        if fits < bytes.len() {
            return Err(Failed);
        }
        Ok(())
    }

    /// Makes the journal durable.
    ///
    /// # Errors
    /// [`Failed`]: nobody knows what is durable.
    pub const fn sync(&mut self) -> Result<(), Failed> {
        if self.failing > 0 {
            self.failing -= 1;
            return Err(Failed);
        }
        self.durable = self.bytes.len();
        Ok(())
    }

    /// Cuts off what is not durable. It may come back until [`Disk::sync_cut`].
    pub fn cut(&mut self) {
        self.loose = self.bytes.split_off(self.durable);
    }

    /// What was cut off is gone for good.
    pub fn sync_cut(&mut self) {
        self.loose.clear();
    }

    /// Writes a new journal beside the old one. Not durable yet.
    ///
    /// # Errors
    /// [`Failed`].
    pub fn write_new(&mut self, bytes: Vec<u8>, now: i64) -> Result<(), Failed> {
        if now < self.full_until {
            return Err(Failed);
        }
        self.new = bytes;
        Ok(())
    }

    /// The new journal is durable, and takes the old one's place.
    pub fn replace(&mut self) {
        self.bytes = std::mem::take(&mut self.new);
        self.durable = self.bytes.len();
        self.loose.clear();
    }

    /// A batch's bytes.
    #[must_use]
    pub fn read(&self, at: u64, len: u32) -> Option<&[u8]> {
        self.bytes.get(usize::try_from(at).ok()?..)?.get(..usize::try_from(len).ok()?)
    }

    /// The process dies: of what was not durable, some is there.
    pub fn crash(&mut self, random: &mut Random) {
        let part = |random: &mut Random, len: usize| {
            let most = i64::try_from(len).unwrap_or(0);
            usize::try_from(random.below(most + 1)).unwrap_or(0)
        };
        let mut behind = self.bytes.split_off(self.durable);
        if behind.is_empty() {
            behind = std::mem::take(&mut self.loose);
        }
        behind.truncate(part(random, behind.len()));
        self.bytes.extend(behind);
        self.durable = self.bytes.len();
        self.loose.clear();
        // Complete or not: it was not said to count. A header in halves would be damage.
        if random.percent(50) {
            let there = part(random, self.new.len());
            self.new.truncate(if there < HEADER { 0 } else { there });
        }
    }

    /// Reads the journal as a process that begins does. Of two journals the newer complete one
    /// counts. `None` if there is none.
    ///
    /// # Errors
    /// [`RecoverError`], which no crash may lead to.
    pub fn recover(&mut self, slots: usize) -> Result<Option<(State, Summary)>, RecoverError> {
        self.recover_for(cluster(), slots)
    }

    /// Whether a process of another cluster does not get the journal, because it is one.
    #[must_use]
    pub fn refuses_strangers(&self, slots: usize) -> bool {
        let stranger = ClusterId::new(b"another").expect("it is short");
        let own = self.clone().recover(slots).is_ok_and(|found| found.is_some());
        match self.clone().recover_for(stranger, slots) {
            Ok(None) => !own,
            Err(RecoverError::OtherCluster { journal }) => journal == cluster(),
            Ok(Some(_)) | Err(_) => false,
        }
    }

    fn recover_for(
        &mut self,
        cluster: ClusterId,
        slots: usize,
    ) -> Result<Option<(State, Summary)>, RecoverError> {
        let read = |bytes: &[u8]| {
            let tracks = vec![Track::EMPTY; slots];
            Recovery::all(tracks, cluster, self.capacity, bytes)
        };
        let (old, new) = (read(&self.bytes), read(&self.new));
        let told = |read: &Result<(State, Summary), RecoverError>| match read {
            Ok((_, summary)) => Ok(*summary),
            Err(error) => Err(*error),
        };
        let (journal, summary) = match newer_of(told(&old), told(&new)) {
            Err(RecoverError::Empty | RecoverError::Incomplete { .. }) => {
                *self = Self { failing: self.failing, ..Self::new(self.capacity) };
                return Ok(None);
            }
            Err(other) => return Err(other),
            Ok(0) => old?,
            Ok(_) => {
                self.bytes = std::mem::take(&mut self.new);
                new?
            }
        };
        self.new.clear();
        if summary.tail != Tail::Clean {
            self.bytes.truncate(usize::try_from(summary.end).unwrap_or(usize::MAX));
        }
        self.durable = self.bytes.len();
        Ok(Some((journal, summary)))
    }

    /// An empty journal's state.
    #[must_use]
    pub fn begin(&self, slots: usize) -> State {
        Journal::new(vec![Track::EMPTY; slots], cluster(), self.capacity)
    }
}
