//! Kafka's snapshot file of a partition whose windows are full.

use std::fs;
use std::hint::black_box;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::kafka::memory_folder;
use crate::known::{Boxed, Known, NOW, empty};
use crate::{Bed, Load, Operation, timed};
use fencepost::broker::Config;
use fencepost::ids::Timestamp;
use fencepost::snapshot::v1;

/// A partition, its file, and the memory to load it into.
pub struct Snapshots {
    known: Known,
    file: Vec<u8>,
    loaded: Boxed,
    path: PathBuf,
    piece: Vec<u8>,
}

/// Bytes written at a time.
const PIECE: usize = 256 << 10;

impl Snapshots {
    /// A file of so many producers.
    #[must_use]
    pub fn new(producers: usize) -> Self {
        let known = Known::new(producers, Load::Stated);
        let mut file = vec![0; v1::encoded_len(producers).expect("a file's length")];
        let written = v1::encode(known.partition().producers(), &mut file);
        assert_eq!(written, Ok(file.len()));
        let loaded = empty(producers, producers, Load::Stated, Config::kafka_4_2());
        let name = format!("fencepost-{}-{producers}.snapshot", std::process::id());
        let (path, piece) = (memory_folder().join(name), vec![0; PIECE]);
        Self { known, file, loaded, path, piece }
    }

    fn write(&mut self) {
        let written = v1::encode(self.known.partition().producers(), &mut self.file);
        assert_eq!(written, Ok(self.file.len()));
    }

    /// Into a file that was not there, as Kafka does.
    fn write_file(&mut self) -> Duration {
        fs::remove_file(&self.path).ok();
        let path = self.path.clone();
        self.write_to(&path)
    }

    fn write_to(&mut self, path: &Path) -> Duration {
        let (written, spent) = timed(|| self.write_pieces(path));
        written.expect("a file");
        spent
    }

    /// In pieces that stay in a core's cache until the system has copied them. The header, whose
    /// checksum is known at the end, comes with the first piece if that is the last.
    fn write_pieces(&mut self, path: &Path) -> io::Result<()> {
        let mut file = fs::File::create(path)?;
        let mut encoder = v1::encoder(self.known.partition().producers());
        let piece = &mut self.piece;
        let mut begin = v1::HEADER_LEN;
        piece[..begin].fill(0);
        loop {
            let written = encoder.fill(&mut piece[begin..]).expect("room for an entry");
            let ends = begin + written + v1::ENTRY_LEN <= piece.len();
            if ends && begin > 0 {
                piece[..begin].copy_from_slice(&encoder.header());
                return file.write_all(&piece[..begin + written]);
            }
            file.write_all(&piece[..begin + written])?;
            if ends {
                file.seek(SeekFrom::Start(0))?;
                return file.write_all(&encoder.header());
            }
            begin = 0;
        }
    }

    fn read_file(&mut self, load: bool) -> Duration {
        if !self.path.exists() {
            self.write_file();
        }
        let loaded = &mut self.loaded;
        let now = Timestamp::from_millis(NOW);
        let (count, spent) = if load {
            timed(|| {
                loaded.begin_reload();
                let count = read_pieces(&self.path, &mut self.piece, |entries| {
                    loaded.load_all(entries, now).expect("room for all")
                });
                loaded.finish_reload(0);
                count
            })
        } else {
            timed(|| {
                read_pieces(&self.path, &mut self.piece, |entries| {
                    entries.map(|entry| u32::from(black_box(&entry).newest.is_some())).sum()
                })
            })
        };
        assert_eq!(count.expect("written by the same code"), self.loaded.capacity());
        spent
    }

    fn read(&mut self) {
        self.loaded.begin_reload();
        let now = Timestamp::from_millis(NOW);
        let producers = v1::decode(&self.file).expect("written by the same code");
        let loaded = self.loaded.load_all(producers, now);
        self.loaded.finish_reload(0);
        assert_eq!(loaded, Ok(self.known.partition().len()));
        assert_eq!(self.loaded.len(), self.known.partition().len());
    }
}

/// Reads a file in pieces that stay in a core's cache, and gives the sum of what `each` says of a
/// piece's entries. Nothing counts before the checksum at the end was found good.
fn read_pieces(
    path: &Path,
    piece: &mut [u8],
    mut each: impl FnMut(v1::Entries<'_>) -> u32,
) -> io::Result<u32> {
    let mut file = fs::File::open(path)?;
    let file_len = file.metadata()?.len();
    // One that is longer by now is not asked for more: Kafka writes a snapshot once.
    let mut left = file_len;
    let (mut decoder, mut kept, mut sum) = (None::<v1::Decoder>, 0, 0);
    loop {
        let read = file.read(&mut piece[kept..])?;
        let mut bytes = &piece[..kept + read];
        let decoder = match &mut decoder {
            Some(decoder) => decoder,
            none => {
                let (header, rest) = bytes.split_at(v1::HEADER_LEN.min(bytes.len()));
                bytes = rest;
                none.insert(v1::Decoder::new(header, file_len).map_err(io::Error::other)?)
            }
        };
        let (entries, used) = decoder.entries(bytes).map_err(io::Error::other)?;
        sum += each(entries);
        let rest = bytes.len() - used;
        let end = kept + read;
        piece.copy_within(end - rest..end, 0);
        kept = rest;
        left = left.saturating_sub(read as u64);
        if read == 0 || left == 0 {
            let mut decoder = decoder.clone();
            decoder.tail(&piece[..kept]).map_err(io::Error::other)?;
            return decoder.finish().map(|()| sum).map_err(io::Error::other);
        }
    }
}

/// The bytes of a snapshot written and read, and nothing else: what the system takes.
pub struct Bytes {
    file: Vec<u8>,
    path: PathBuf,
    piece: Vec<u8>,
}

impl Bytes {
    /// As many as a snapshot of so many producers has.
    #[must_use]
    pub fn new(producers: usize) -> Self {
        let name = format!("fencepost-{}-{producers}.bytes", std::process::id());
        let file = vec![0x5A; v1::encoded_len(producers).expect("a file's length")];
        Self { file, path: memory_folder().join(name), piece: vec![0; PIECE] }
    }

    fn write(&self) -> Duration {
        fs::remove_file(&self.path).ok();
        timed(|| fs::write(&self.path, &self.file).expect("a file")).1
    }

    fn read(&mut self) {
        let mut file = fs::File::open(&self.path).expect("a file");
        while file.read(&mut self.piece).expect("a file that can be read") > 0 {}
    }
}

impl Bed for Bytes {
    fn round(&mut self, operation: Operation, _: u64, count: usize) -> Option<Duration> {
        let spent = match operation {
            Operation::FileWrite => self.write(),
            Operation::FileRead | Operation::FileLoad => {
                if !self.path.exists() {
                    self.write();
                }
                timed(|| self.read()).1
            }
            _ => return None,
        };
        let producers = self.file.len() / v1::ENTRY_LEN;
        Some(spent * u32::try_from(count).ok()? / u32::try_from(producers).ok()?)
    }
}

impl Drop for Bytes {
    fn drop(&mut self) {
        fs::remove_file(&self.path).ok();
    }
}

impl Bed for Snapshots {
    fn round(&mut self, operation: Operation, _: u64, count: usize) -> Option<Duration> {
        let spent = match operation {
            Operation::SnapshotWrite => timed(|| self.write()).1,
            Operation::SnapshotRead => timed(|| self.read()).1,
            Operation::FileWrite => self.write_file(),
            Operation::NowhereWrite => self.write_to(Path::new("/dev/null")),
            Operation::FileRead => self.read_file(false),
            Operation::FileLoad => self.read_file(true),
            _ => return None,
        };
        // A round is one whole file; the caller's count is scaled to it.
        Some(spent * u32::try_from(count).ok()? / self.loaded.capacity())
    }
}

impl Drop for Snapshots {
    fn drop(&mut self) {
        fs::remove_file(&self.path).ok();
    }
}
