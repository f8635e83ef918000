//! Which batches are in a segment: walked through at the core's speed, in memory or from a file.

use std::fs::File;
use std::hint::black_box;
use std::io::{self, Seek};

use fencepost::broker::Batch as CoreBatch;
use fencepost::wire::{self, BatchError, BatchView, Finding, FindingKind, Segment};
use fencepost_replay::Window;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::bytes::{Source, os_error};
use crate::raise::Facts;
use crate::value::value;
use crate::wire::BatchHeader;

value! {
    /// What is wrong at a place of a segment: the byte where the batch concerned begins, the kind
    /// (`truncated` is a torn tail), why, and whether reading goes on behind it.
    Damage, {
        position: u64,
        kind: String,
        why: String,
        skipped: bool,
    }

    /// The place and why, as a sentence.
    #[getter]
    fn message(&self) -> String {
        format!("batch at {}: {}", self.position, self.why)
    }
}

impl Damage {
    fn of(position: u64, finding: &Finding) -> Self {
        let Facts { kind, .. } = Facts::of(&finding.kind);
        let why = match finding.kind {
            FindingKind::Batch(error) => error.to_string(),
            FindingKind::Crc(error) => error.to_string(),
            _ => finding.to_string(),
        };
        Self { position, kind, why, skipped: finding.is_skipped() }
    }

    pub(crate) fn marker(position: u64, error: &fencepost::wire::MarkerError) -> Self {
        Self { position, kind: "marker".to_owned(), why: error.to_string(), skipped: false }
    }
}

/// Whether to go on.
pub(crate) enum Step<E> {
    On,
    /// Not now: the next walk goes on behind this batch.
    Pause,
    Stop,
    Failed(E),
}

/// What ended a walk early.
pub(crate) enum Stopped<E> {
    Io(io::Error),
    Failed(E),
}

/// How to walk: whether CRCs are checked, and whether it goes on behind one that is wrong.
#[derive(Clone, Copy)]
pub(crate) struct Walk {
    pub(crate) verify: bool,
    pub(crate) past_crc: bool,
}

/// How far a walk came in one stretch of memory.
enum Came {
    /// To the end, or to where it has to stop.
    Over,
    /// So far, and no further now.
    Paused { done: usize },
    /// To a batch that wants so many bytes.
    Short { done: usize, wanted: usize },
}

/// Batches of one size that are looked for at once.
const AHEAD: usize = 8;
/// From this size on the next header is in none of the lines that a core has asked for by itself.
const FAR: usize = 512;

/// The sizes of the batches that a walk has come by.
#[derive(Default)]
struct Pace {
    size: usize,
    /// So many more of it were asked for.
    asked: usize,
}

impl Pace {
    /// Steps over a batch. Where one is as long as the one before it the next ones are likely to be
    /// too, and their headers are asked for together: one after the other each waits for memory
    /// that is far. What is read there counts for nothing.
    #[inline(always)]
    fn step(&mut self, bytes: &[u8], end: usize, size: usize) {
        if size != self.size || size < FAR {
            *self = Self { size, asked: 0 };
        } else if self.asked > 0 {
            self.asked -= 1;
        } else {
            self.asked = AHEAD - 1;
            Self::ask(bytes, end, size);
        }
    }

    #[inline(never)]
    fn ask(bytes: &[u8], end: usize, size: usize) {
        let mut read = 0;
        for start in (end..).step_by(size).take(AHEAD) {
            // It may lie in two lines.
            for at in [start, start + wire::BatchHeader::LEN - 1] {
                read |= bytes.get(at).copied().unwrap_or_default();
            }
        }
        black_box(read);
    }
}

/// Walks over one stretch of memory.
fn stretch<E>(
    bytes: &[u8],
    base: u64,
    (walk, is_last): (Walk, bool),
    each: &mut impl FnMut(u64, &BatchView<&[u8]>) -> Step<E>,
    damage: &mut Vec<Damage>,
) -> Result<Came, E> {
    let mut segment = if walk.verify { Segment::verified(bytes) } else { Segment::headers(bytes) };
    let (mut done, mut pace) = (0, Pace::default());
    while let Some(item) = segment.next() {
        match item {
            Ok((at, view)) => {
                let end = at + view.size_in_bytes();
                if !walk.verify {
                    // Else each byte is read in order, which a core sees.
                    pace.step(bytes, end, view.size_in_bytes());
                }
                match each(base + at as u64, &view) {
                    Step::On => {}
                    Step::Pause => return Ok(Came::Paused { done: end }),
                    Step::Stop => return Ok(Came::Over),
                    Step::Failed(error) => return Err(error),
                }
                done = end;
            }
            Err(Finding {
                kind: FindingKind::Batch(BatchError::Truncated { wanted, .. }), ..
            }) if !is_last => {
                return Ok(Came::Short { done, wanted });
            }
            Err(finding) => {
                damage.push(Damage::of(base + finding.position as u64, &finding));
                let is_crc = matches!(finding.kind, FindingKind::Crc(_));
                if !finding.is_skipped() || is_crc && !walk.past_crc {
                    return Ok(Came::Over);
                }
                done = segment.position();
            }
        }
    }
    Ok(if is_last { Came::Over } else { Came::Short { done, wanted: 0 } })
}

/// Bytes to be walked over, as often as wanted.
pub(crate) enum Walker<'a> {
    Memory(&'a [u8]),
    File(Reader),
}

/// A file and where it is read to. No more of it is in memory than twice a batch, or an eighth of a
/// megabyte.
pub(crate) struct Reader {
    file: File,
    window: Window,
    /// Where in the file the window begins.
    base: u64,
}

impl Reader {
    pub(crate) fn new(file: File) -> Self {
        Self { file, window: Window::default(), base: 0 }
    }

    /// Where in the file the next batch begins.
    pub(crate) const fn position(&self) -> u64 {
        self.base
    }

    /// At the file's start again, unless that is still in memory.
    fn rewind(&mut self) -> io::Result<()> {
        if self.base > 0 {
            self.file.rewind()?;
            self.window.clear();
            self.base = 0;
        }
        Ok(())
    }

    /// Goes on from where the last walk has paused. `true` if it came to its end.
    pub(crate) fn walk_on<E>(
        &mut self,
        walk: Walk,
        each: &mut impl FnMut(u64, &BatchView<&[u8]>) -> Step<E>,
        damage: &mut Vec<Damage>,
    ) -> Result<bool, Stopped<E>> {
        let Self { file, window, base } = self;
        let (mut missing, mut is_there) = (0, !window.bytes().is_empty());
        loop {
            let is_last = !is_there && !window.fill(file, missing).map_err(Stopped::Io)?;
            is_there = false;
            let came = stretch(window.bytes(), *base, (walk, is_last), each, damage);
            let (done, wanted) = match came.map_err(Stopped::Failed)? {
                Came::Over => return Ok(true),
                Came::Paused { done } => (done, None),
                Came::Short { done, wanted } => (done, Some(wanted)),
            };
            window.drop_front(done);
            *base += done as u64;
            let Some(wanted) = wanted else { return Ok(false) };
            missing = wanted;
        }
    }
}

impl Walker<'_> {
    /// Calls `each` with every whole batch and its position. Gives what is wrong in the bytes.
    pub(crate) fn walk<E>(
        &mut self,
        walk: Walk,
        mut each: impl FnMut(u64, &BatchView<&[u8]>) -> Step<E>,
    ) -> Result<Vec<Damage>, Stopped<E>> {
        let mut damage = Vec::new();
        match self {
            Self::Memory(bytes) => {
                stretch(bytes, 0, (walk, true), &mut each, &mut damage).map_err(Stopped::Failed)?;
            }
            Self::File(reader) => {
                reader.rewind().map_err(Stopped::Io)?;
                reader.walk_on(walk, &mut each, &mut damage)?;
            }
        }
        Ok(damage)
    }
}

impl Source {
    /// What walks over it, without the interpreter's lock if that is wanted.
    pub(crate) fn walker<'a>(&'a self, py: Python<'a>) -> PyResult<Walker<'a>> {
        Ok(match self {
            Self::Memory(bytes) => Walker::Memory(bytes.as_bytes(py)),
            Self::Path(path) => {
                let file = File::open(path).map_err(|e| os_error(path, &e))?;
                Walker::File(Reader::new(file))
            }
        })
    }

    /// The exception for what stopped a walk over it.
    pub(crate) fn stopped<E: Into<PyErr>>(&self, stopped: Stopped<E>) -> PyErr {
        match (stopped, self) {
            (Stopped::Failed(error), _) => error.into(),
            (Stopped::Io(error), Self::Path(path)) => os_error(path, &error),
            (Stopped::Io(error), Self::Memory(_)) => error.into(),
        }
    }

    /// Walks over the batches without the interpreter's lock.
    pub(crate) fn walk<E: Send + Into<PyErr>>(
        &self,
        py: Python<'_>,
        walk: Walk,
        each: impl FnMut(u64, &BatchView<&[u8]>) -> Step<E> + Send,
    ) -> PyResult<Vec<Damage>> {
        let mut walker = self.walker(py)?;
        py.detach(|| walker.walk(walk, each)).map_err(|stopped| self.stopped(stopped))
    }
}

/// A batch as the broker's rooms take it, or the damage of a marker that can't be read.
#[inline(always)]
pub(crate) fn read(position: u64, view: &BatchView<&[u8]>) -> Result<CoreBatch, Damage> {
    if view.header().attributes.is_control() {
        read_control(position, view)
    } else {
        Ok(CoreBatch::data(*view.header()))
    }
}

#[inline(never)]
fn read_control(position: u64, view: &BatchView<&[u8]>) -> Result<CoreBatch, Damage> {
    CoreBatch::read(view).map_err(|error| Damage::marker(position, &error))
}

type Headers = (Vec<(u64, BatchHeader)>, Vec<Damage>);

/// The positions and headers of a segment's batches, and what is wrong in it.
///
/// `source` is a path or any bytes-like object. Every CRC is checked unless `verify` is false.
#[pyfunction]
#[pyo3(signature = (source, *, verify = true))]
pub(crate) fn read_headers(py: Python<'_>, source: Source, verify: bool) -> PyResult<Headers> {
    let mut headers = Vec::new();
    let damage = source.walk(py, Walk { verify, past_crc: true }, |position, view| {
        headers.push((position, BatchHeader::of(view.header())));
        Step::<PyErr>::On
    })?;
    Ok((headers, damage))
}
