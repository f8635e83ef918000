//! Who looks on while a log is replayed, and where in its files is what they see?

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::ControlFlow;

use fencepost::audit::Finding;
use fencepost::broker::{Batch, BatchKind};

use crate::{Folder, Run, Timeline};

/// Where in a folder's segments a batch begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The segment, by its number in [`Folder::segments`].
    pub segment: usize,
    /// The batch's first byte, counted from the first byte of the segment.
    pub position: u64,
}

impl Place {
    /// The segment's file name, as the folder has it.
    #[must_use]
    pub fn file(&self, folder: &Folder) -> String {
        let path = folder.segments.get(self.segment).map(|(_, path)| path);
        let name = path.and_then(|path| path.file_name());
        name.map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    }
}

/// Is shown each batch as the audit takes it in, in order of the log.
pub trait Witness {
    /// One batch, the bytes it takes, and what the audit said of it. `Break` ends the replay with
    /// [`crate::ReplayError::Stopped`].
    fn see(
        &mut self,
        place: Place,
        size: usize,
        batch: &Batch,
        findings: &[Finding],
    ) -> ControlFlow<()>;

    /// Asked now and then while no batch is shown: while a file is read, and while what was seen
    /// is applied. `Break` ends the replay too.
    fn goes_on(&mut self) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// Looks away.
impl Witness for () {
    fn see(&mut self, _: Place, _: usize, _: &Batch, _: &[Finding]) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// Whose runs a [`Notebook`] is to keep.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Followed {
    /// No producer's.
    #[default]
    None,
    /// Every producer's.
    All,
    /// These producers'.
    Only(BTreeSet<i64>),
}

impl Followed {
    fn has(&self, producer_id: i64) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::Only(ids) => ids.contains(&producer_id),
        }
    }
}

/// Writes down where each finding is, and what each producer did.
#[derive(Clone, Debug, Default)]
pub struct Notebook {
    followed: Followed,
    /// One for each finding of the audit, in its order.
    places: Vec<Place>,
    /// Where each producer's open transaction begins.
    open: HashMap<i64, (i64, Place)>,
    timeline: Timeline,
}

impl Notebook {
    /// Keeps at most this many runs; batches after them are counted only.
    #[must_use]
    pub fn new(followed: Followed, most_runs: usize) -> Self {
        Self { followed, timeline: Timeline::new(most_runs), ..Self::default() }
    }

    /// A report's findings, each with the place of its batch; of a transaction left open, of the
    /// first batch. `None` for a batch that is older than the log.
    pub fn located<'a>(
        &'a self,
        findings: &'a [Finding],
    ) -> impl Iterator<Item = (Finding, Option<Place>)> {
        findings.iter().enumerate().map(|(n, finding)| {
            let open = self.open.get(&finding.producer_id);
            let open = open.filter(|(first, _)| *first == finding.offset).map(|(_, at)| *at);
            (*finding, self.places.get(n).copied().or(open))
        })
    }

    /// What the followed producers did, each in order of the log.
    #[must_use]
    pub fn runs(&self) -> &BTreeMap<i64, Vec<Run>> {
        self.timeline.runs()
    }

    /// Batches that were counted only.
    #[must_use]
    pub const fn batches_left_out(&self) -> u64 {
        self.timeline.left_out()
    }

    fn follow_transaction(&mut self, place: Place, batch: &Batch) {
        let header = &batch.header;
        match batch.kind {
            BatchKind::Data if header.attributes.is_transactional() => {
                self.open.entry(header.producer_id).or_insert((header.base_offset, place));
            }
            BatchKind::Data => {}
            _ => {
                self.open.remove(&header.producer_id);
            }
        }
    }
}

impl Witness for Notebook {
    fn see(
        &mut self,
        place: Place,
        _: usize,
        batch: &Batch,
        findings: &[Finding],
    ) -> ControlFlow<()> {
        self.places.extend(findings.iter().map(|_| place));
        if batch.header.has_producer_id() {
            self.follow_transaction(place, batch);
            if self.followed.has(batch.header.producer_id) {
                self.timeline.add(place, batch, !findings.is_empty());
            }
        }
        ControlFlow::Continue(())
    }
}
