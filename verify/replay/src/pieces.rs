//! Which batches are in a file, of which no more is in memory than a few of them?

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use fencepost::wire::{BatchError, BatchView, Finding, FindingKind, Segment};

use crate::{ReplayError, Witness, files};

/// Bytes read at once: what stays in a core's cache until it was looked at, beside the producers.
const CHUNK: usize = 128 << 10;

/// The bytes of a file that are in memory: an eighth of a mebibyte, or twice a batch that is
/// larger.
#[derive(Debug)]
pub struct Window {
    buffer: Vec<u8>,
    filled: usize,
}

impl Default for Window {
    fn default() -> Self {
        Self { buffer: vec![0; CHUNK], filled: 0 }
    }
}

impl Window {
    /// What is in it.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.buffer.get(..self.filled).unwrap_or_default()
    }

    /// Reads on, at least until there are so many bytes. Grows with what really comes, whatever a
    /// damaged length says. `false` if the file ends before.
    ///
    /// # Errors
    /// What the system says.
    pub fn fill(&mut self, file: &mut impl Read, wanted: usize) -> io::Result<bool> {
        loop {
            if self.filled == self.buffer.len() {
                self.buffer.resize(self.filled * 2, 0);
            }
            match file.read(self.buffer.get_mut(self.filled..).unwrap_or_default()) {
                Ok(0) => return Ok(false),
                Ok(more) => self.filled += more,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
            if self.filled >= wanted {
                return Ok(true);
            }
        }
    }

    /// Lets go of so many bytes, the first ones.
    pub fn drop_front(&mut self, len: usize) {
        let len = len.min(self.filled);
        self.buffer.copy_within(len..self.filled, 0);
        self.filled -= len;
    }

    /// Lets go of all.
    pub const fn clear(&mut self) {
        self.filled = 0;
    }
}

/// A batch, or what is wrong where one is to begin.
pub(crate) type Found<'a> = Result<BatchView<&'a [u8]>, FindingKind>;

/// How a walk ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Walked {
    /// At the file's end, or where nothing says how it goes on.
    Through,
    /// It was told to.
    Ended,
}

/// A file of batches, and where it is read to. It ends where it did when it was opened.
#[derive(Debug)]
pub(crate) struct Pieces {
    path: PathBuf,
    file: File,
    before: Metadata,
    window: Window,
    /// Where in the file the window begins.
    base: u64,
}

impl Pieces {
    pub(crate) fn open(path: &Path) -> Result<Self, ReplayError> {
        let opened = File::open(path).and_then(|file| Ok((file.metadata()?, file)));
        let (before, file) = opened.map_err(ReplayError::io(path))?;
        Ok(Self { path: path.to_path_buf(), file, before, window: Window::default(), base: 0 })
    }

    /// Bytes of the file.
    pub(crate) fn len(&self) -> u64 {
        self.before.len()
    }

    /// Calls `each` with every batch from a byte of the file on, or with what is wrong there, its
    /// place, and the place behind it. A finding that nothing says how to step over is the last.
    /// The witness is asked before each piece.
    pub(crate) fn walk<W: Witness + ?Sized>(
        &mut self,
        from: u64,
        verify: bool,
        witness: &mut W,
        mut each: impl FnMut(&mut W, u64, Found<'_>, u64) -> ControlFlow<()>,
    ) -> Result<Walked, ReplayError> {
        self.go_to(from).map_err(ReplayError::io(&self.path))?;
        let mut is_last = false;
        loop {
            if witness.goes_on().is_break() {
                return Err(ReplayError::Stopped);
            }
            let bytes = self.window.bytes();
            let mut segment =
                if verify { Segment::verified(bytes) } else { Segment::headers(bytes) };
            let (mut done, mut wanted) = (0, 0);
            while let Some(item) = segment.next() {
                let (at, read) = match item {
                    Ok((at, view)) => (at, Ok(view)),
                    Err(Finding {
                        kind: FindingKind::Batch(BatchError::Truncated { wanted: size, .. }),
                        ..
                    }) if !is_last => {
                        wanted = size;
                        break;
                    }
                    Err(finding) => (finding.position, Err(finding)),
                };
                done = segment.position();
                let goes_on = read.as_ref().map_or_else(Finding::is_skipped, |_| true);
                let (at, behind) = (self.base + at as u64, self.base + done as u64);
                if each(witness, at, read.map_err(|finding| finding.kind), behind).is_break() {
                    return Ok(Walked::Ended);
                }
                if !goes_on {
                    return Ok(Walked::Through);
                }
            }
            if is_last {
                return Ok(Walked::Through);
            }
            is_last = !self.read_on(done, wanted).map_err(ReplayError::io(&self.path))?;
        }
    }

    /// What is at this byte is the first in memory; where it is not there, it is read next.
    fn go_to(&mut self, position: u64) -> io::Result<()> {
        let ahead = position.checked_sub(self.base).and_then(|ahead| usize::try_from(ahead).ok());
        match ahead.filter(|ahead| *ahead <= self.window.filled) {
            Some(ahead) => self.window.drop_front(ahead),
            None => {
                self.window.clear();
                self.file.seek(SeekFrom::Start(position))?;
            }
        }
        self.base = position;
        Ok(())
    }

    /// Lets go of the first bytes in memory, and reads on until so many are there. `false` if the
    /// file ends before.
    fn read_on(&mut self, done: usize, wanted: usize) -> io::Result<bool> {
        self.window.drop_front(done);
        self.base += done as u64;
        let left = self.len().saturating_sub(self.base + self.window.filled as u64);
        self.window.fill(&mut self.file.by_ref().take(left), wanted)
    }

    /// Whether the file has bytes from this one on, and all are zero.
    pub(crate) fn is_zeros(&mut self, position: u64) -> Result<bool, ReplayError> {
        self.go_to(position).map_err(ReplayError::io(&self.path))?;
        let mut seen = false;
        loop {
            let bytes = self.window.bytes();
            if bytes.iter().any(|byte| *byte != 0) {
                return Ok(false);
            }
            seen |= !bytes.is_empty();
            let done = bytes.len();
            if !self.read_on(done, 0).map_err(ReplayError::io(&self.path))? {
                return Ok(seen);
            }
        }
    }

    /// It is not the file any more that it was.
    pub(crate) fn changed(&self) -> ReplayError {
        ReplayError::Changed { path: self.path.clone() }
    }

    /// # Errors
    /// [`ReplayError::Changed`] if it is not as it was when it was opened.
    pub(crate) fn is_unchanged(&self) -> Result<(), ReplayError> {
        files::is_unchanged(&self.path, &self.before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file that goes away with the test.
    struct Temp(PathBuf);

    impl Temp {
        fn of(test: &str, bytes: &[u8]) -> Self {
            let name = format!("fencepost-pieces-{test}-{}", std::process::id());
            let path = std::env::temp_dir().join(name);
            std::fs::write(&path, bytes).unwrap();
            Self(path)
        }

        /// Read in pieces of at least so many bytes.
        fn pieces(&self, size: usize) -> Pieces {
            let window = Window { buffer: vec![0; size], filled: 0 };
            Pieces { window, ..Pieces::open(&self.0).unwrap() }
        }
    }

    impl Drop for Temp {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.0);
        }
    }

    fn log() -> Vec<u8> {
        let fixture = "../fixtures/data/txn-0/00000000000000000000.log";
        std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(fixture)).unwrap()
    }

    type Item = (u64, Result<usize, FindingKind>, u64);

    fn at_once(bytes: &[u8], from: usize, verify: bool) -> Vec<Item> {
        let rest = &bytes[from..];
        let mut segment = if verify { Segment::verified(rest) } else { Segment::headers(rest) };
        let mut items = Vec::new();
        while let Some(item) = segment.next() {
            let (at, read) = match item {
                Ok((at, batch)) => (at, Ok(batch.size_in_bytes())),
                Err(finding) => (finding.position, Err(finding.kind)),
            };
            items.push(((from + at) as u64, read, (from + segment.position()) as u64));
        }
        items
    }

    fn walked(pieces: &mut Pieces, from: u64, verify: bool) -> Vec<Item> {
        let mut items = Vec::new();
        let ended = pieces.walk(from, verify, &mut (), |(), at, read, behind| {
            items.push((at, read.map(|batch| batch.size_in_bytes()), behind));
            ControlFlow::Continue(())
        });
        assert_eq!(ended.unwrap(), Walked::Through);
        items
    }

    /// Whole, torn, with a changed byte, with a batch of an old format, and with what is none.
    fn logs() -> Vec<Vec<u8>> {
        let whole = log();
        let second = Segment::headers(&whole).nth(1).unwrap().unwrap().0;
        let with = |at: usize, byte: u8| {
            let mut log = whole.clone();
            log[at] = byte;
            log
        };
        let torn = whole[..whole.len() - 3].to_vec();
        let huge = with(second + 8, 0x7f);
        vec![torn, with(second + 70, 0xaa), with(second + 16, 1), with(second + 16, 9), huge, whole]
    }

    #[test]
    fn a_file_gives_in_pieces_of_any_size_what_it_gives_at_once() {
        for (n, bytes) in logs().into_iter().enumerate() {
            let file = Temp::of(&format!("any-{n}"), &bytes);
            for size in (1..200).chain([bytes.len() - 1, bytes.len(), bytes.len() + 1]) {
                for verify in [false, true] {
                    let all = at_once(&bytes, 0, verify);
                    let mut pieces = file.pieces(size);
                    assert_eq!(walked(&mut pieces, 0, verify), all, "log {n}, pieces of {size}");
                    // From any batch on, backwards, so that what is in memory is no help.
                    for (at, _, _) in all.iter().rev().step_by(7) {
                        let rest = at_once(&bytes, usize::try_from(*at).unwrap(), verify);
                        assert_eq!(walked(&mut pieces, *at, verify), rest, "log {n} from {at}");
                    }
                }
            }
        }
    }

    #[test]
    fn no_more_is_in_memory_than_twice_a_batch_whatever_a_damaged_length_says() {
        let bytes = log();
        let largest = at_once(&bytes, 0, false).into_iter().map(|(_, size, _)| size.unwrap()).max();
        let file = Temp::of("memory", &bytes);
        let mut pieces = file.pieces(64);
        walked(&mut pieces, 0, true);
        assert!(pieces.window.buffer.len() <= largest.unwrap().max(64) * 2);
        let [.., huge, _] = &logs()[..] else { unreachable!() };
        let file = Temp::of("huge", huge);
        let mut pieces = file.pieces(64);
        walked(&mut pieces, 0, true);
        assert!(pieces.window.buffer.len() <= huge.len() * 2);
    }

    #[test]
    fn zeros_are_told_from_any_byte_on_and_no_bytes_are_none() {
        for last in [0, 1] {
            let mut bytes = vec![1; 40];
            bytes.resize(100, 0);
            bytes.push(last);
            let file = Temp::of(&format!("zeros-{last}"), &bytes);
            for size in [1, 7, 64, 1000] {
                let mut pieces = file.pieces(size);
                for from in (0..=bytes.len()).rev() {
                    let zeros = pieces.is_zeros(from as u64).unwrap();
                    let wanted = last == 0 && (40..bytes.len()).contains(&from);
                    assert_eq!(zeros, wanted, "from {from}, pieces of {size}");
                }
            }
        }
    }

    #[test]
    fn a_file_that_grows_ends_where_it_did_and_is_changed() {
        let bytes = log();
        let first = at_once(&bytes, 0, true)[0];
        let file = Temp::of("grows", &bytes[..usize::try_from(first.2).unwrap()]);
        let mut pieces = file.pieces(64);
        assert!(pieces.is_unchanged().is_ok());
        std::fs::write(&file.0, &bytes).unwrap();
        assert_eq!(walked(&mut pieces, 0, true), [first]);
        assert!(matches!(pieces.is_unchanged(), Err(ReplayError::Changed { .. })));
    }
}
