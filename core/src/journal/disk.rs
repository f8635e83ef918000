//! Which steps does a journal's file need, and how are they made durable? (feature `std`)

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::vec::Vec;

use super::store::file;

/// The journal, or the one that is to take its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    Journal,
    New,
}

/// What a [`Store`](super::store::Store) does, step by step. A step that fails may have been done
/// in part.
pub trait Disk {
    /// All of the journal; `None` if there is none.
    ///
    /// # Errors
    /// Whatever the system says, as for every step.
    fn read(&mut self) -> io::Result<Option<Vec<u8>>>;
    /// The journal's bytes from `at` on, as many as the buffer takes.
    ///
    /// # Errors
    /// Also if there are fewer.
    fn read_at(&mut self, at: u64, buffer: &mut [u8]) -> io::Result<()>;
    /// Adds bytes at the journal's end.
    ///
    /// # Errors
    /// The system's.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Cuts the journal to this length.
    ///
    /// # Errors
    /// The system's.
    fn cut(&mut self, len: u64) -> io::Result<()>;
    /// The journal's bytes outlive a power cut.
    ///
    /// # Errors
    /// The system's.
    fn sync(&mut self) -> io::Result<()>;
    /// Begins the new journal, empty.
    ///
    /// # Errors
    /// The system's.
    fn create_new(&mut self) -> io::Result<()>;
    /// Adds bytes at the new journal's end.
    ///
    /// # Errors
    /// The system's.
    fn append_new(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// The new journal's bytes outlive a power cut.
    ///
    /// # Errors
    /// The system's.
    fn sync_new(&mut self) -> io::Result<()>;
    /// The new journal takes the journal's name, at once.
    ///
    /// # Errors
    /// The system's.
    fn replace(&mut self) -> io::Result<()>;
    /// The folder's names outlive a power cut.
    ///
    /// # Errors
    /// The system's.
    fn sync_folder(&mut self) -> io::Result<()>;
    /// Removes a new journal that never took the name, if there is one.
    ///
    /// # Errors
    /// The system's.
    fn remove_new(&mut self) -> io::Result<()>;
}

/// A journal in a folder of the file system.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    journal: Option<File>,
    new: Option<File>,
}

impl Folder {
    /// For the journal of this name: where it is is found out here, and stays. Nothing is opened
    /// yet.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        // What can't be found is told by the lock, which is asked for first.
        let path = real_path(path).unwrap_or_else(|_| path.into());
        Self { path, journal: None, new: None }
    }

    fn journal(&mut self) -> io::Result<&mut File> {
        open(&mut self.journal)
    }
}

fn open(file: &mut Option<File>) -> io::Result<&mut File> {
    file.as_mut().ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "it was not begun"))
}

/// As many as Linux follows.
const MAX_LINKS: u32 = 40;

/// Where a journal's file is, whatever becomes of links and of the working directory: the files
/// beside it are named by it for as long as it is open. A link is followed, because a new journal
/// would take the link's name, and leave the old one where the link led to. It may lead to what is
/// not there yet.
pub(super) fn real_path(path: &Path) -> io::Result<PathBuf> {
    let wrong = |why| io::Error::new(io::ErrorKind::InvalidInput, why);
    let folder_of = |path: &Path| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        folder.unwrap_or(Path::new(".")).to_path_buf()
    };
    let mut last = path.to_path_buf();
    for links in 0.. {
        // What is no link, or is not there yet, can't be read as one.
        let Ok(to) = fs::read_link(&last) else { break };
        if links == MAX_LINKS {
            return Err(wrong("the link leads through too many others"));
        }
        last = folder_of(&last).join(to);
    }
    let name = last.file_name().ok_or_else(|| wrong("the path ends with no file's name"))?;
    let real = fs::canonicalize(folder_of(&last))?.join(name);
    // The next opening of NAME would remove NAME.new, and NAME.lock is its lock.
    if real.extension().is_some_and(|end| end == "new" || end == "lock") {
        return Err(wrong("a journal can't be named .new or .lock: those are another one's parts"));
    }
    Ok(real)
}

/// Not [`OpenOptions::append`]: after a cut, bytes must go where the file ends.
fn write_at_end(file: &mut File, bytes: &[u8]) -> io::Result<()> {
    file.seek(SeekFrom::End(0))?;
    file.write_all(bytes)
}

impl Disk for Folder {
    fn read(&mut self) -> io::Result<Option<Vec<u8>>> {
        let path = file(&self.path, Name::Journal);
        let mut journal = match OpenOptions::new().read(true).write(true).open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut bytes = Vec::new();
        journal.read_to_end(&mut bytes)?;
        self.journal = Some(journal);
        Ok(Some(bytes))
    }

    fn read_at(&mut self, at: u64, buffer: &mut [u8]) -> io::Result<()> {
        let journal = self.journal()?;
        journal.seek(SeekFrom::Start(at))?;
        journal.read_exact(buffer)
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        write_at_end(self.journal()?, bytes)
    }

    fn cut(&mut self, len: u64) -> io::Result<()> {
        self.journal()?.set_len(len)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.journal()?.sync_data()
    }

    fn create_new(&mut self) -> io::Result<()> {
        let path = file(&self.path, Name::New);
        let mut options = OpenOptions::new();
        self.new = Some(options.read(true).write(true).create(true).truncate(true).open(path)?);
        Ok(())
    }

    fn append_new(&mut self, bytes: &[u8]) -> io::Result<()> {
        write_at_end(open(&mut self.new)?, bytes)
    }

    fn sync_new(&mut self) -> io::Result<()> {
        open(&mut self.new)?.sync_all()
    }

    fn replace(&mut self) -> io::Result<()> {
        // Some systems don't rename over a file that is open.
        self.journal = None;
        fs::rename(file(&self.path, Name::New), file(&self.path, Name::Journal))?;
        self.journal = self.new.take();
        Ok(())
    }

    #[cfg(unix)]
    fn sync_folder(&mut self) -> io::Result<()> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }

    /// A folder can't be synced here: the rename is as durable as the system makes it.
    #[cfg(not(unix))]
    fn sync_folder(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn remove_new(&mut self) -> io::Result<()> {
        self.new = None;
        match fs::remove_file(file(&self.path, Name::New)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}
