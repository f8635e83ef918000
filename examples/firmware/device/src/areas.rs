//! How does a journal live in NOR flash? In one of two areas; written anew, it moves to the other.
//!
//! An area is a whole number of erase blocks. In front stands a seal, which says that what follows
//! is the journal that counts:
//!
//! ```text
//!   ff ff ff ff ff ff ff ff   erased, or being written: does not count
//!   SEAL                      counts
//!   00 00 00 00 00 00 00 00   does not count any more, may be erased
//! ```
//!
//! The seal is programmed when the journal behind it is complete, and cleared before the area is
//! erased. So a header that the power loss tore, or an area that is half erased, is never looked
//! at: only a sealed area is read, and whatever is wrong there is damage.

use embedded_storage::nor_flash::MultiwriteNorFlash;
use fencepost::journal::{
    ClusterId, FRAME_LEN, Journal, Journaled, Piece, RecoverError, Recovery, Summary, Tail, Track,
    newer_of,
};
use fencepost::producer::Slot;

use crate::trouble::Trouble;

/// The journaled producer of this device: one partition.
pub(crate) type Producing = Journaled<[Slot; 1], [Track; 1]>;

const SEAL: [u8; 8] = *b"sealed\xa5\x5a";
/// Bytes that are programmed at once, at most.
const PAGE: usize = 256;

/// Two areas that take turns: the first and the second half of a flash.
pub(crate) struct Areas<F> {
    flash: F,
    /// Which of them counts.
    active: u32,
}

/// What the flash holds at the start.
pub(crate) struct Opened {
    pub(crate) journal: Journal<[Track; 1]>,
    /// It must be written anew before anything is appended: there is none yet, or power was lost
    /// while it was written, and programmed bytes can't be cut off.
    pub(crate) write_anew: bool,
}

impl<F: MultiwriteNorFlash> Areas<F> {
    pub(crate) const fn new(flash: F) -> Self {
        const {
            assert!(SEAL.len() % F::WRITE_SIZE == 0 && PAGE % F::WRITE_SIZE == 0);
            assert!(F::READ_SIZE == 1, "records are read where they are");
        }
        Self { flash, active: 0 }
    }

    fn area_len(&self) -> u32 {
        let half = self.flash.capacity() / 2;
        (half - half % F::ERASE_SIZE) as u32
    }

    /// Where an area's journal begins.
    fn base(&self, area: u32) -> u32 {
        area * self.area_len() + SEAL.len() as u32
    }

    /// Bytes that a journal may have.
    fn capacity(&self) -> u32 {
        self.area_len() - SEAL.len() as u32
    }

    /// Reads what the flash holds. `window` must hold the longest record.
    pub(crate) fn open(
        &mut self,
        cluster: ClusterId,
        window: &mut [u8],
    ) -> Result<Opened, Trouble> {
        let found = [self.recover(0, cluster, window)?, self.recover(1, cluster, window)?];
        let [first, second] = &found;
        let summary = |read: &Read| read.as_ref().map(|(_, summary)| *summary).map_err(|e| *e);
        self.active = match newer_of(summary(first), summary(second)) {
            Ok(0) => 0,
            Ok(_) => 1,
            Err(RecoverError::Empty) => {
                let journal = Journal::new([Track::EMPTY], cluster, self.capacity().into());
                return Ok(Opened { journal, write_anew: true });
            }
            Err(error) => return Err(error.into()),
        };
        let [first, second] = found;
        let (journal, summary) = if self.active == 0 { first? } else { second? };
        // The power was lost between sealing the one and clearing the other: they say the same now,
        // and must not go on to say different things.
        self.unseal(1 - self.active)?;
        Ok(Opened { journal, write_anew: matches!(summary.tail, Tail::Torn(_)) })
    }

    fn recover(
        &mut self,
        area: u32,
        cluster: ClusterId,
        window: &mut [u8],
    ) -> Result<Read, Trouble> {
        if !self.is_sealed(area)? {
            return Ok(Err(RecoverError::Empty));
        }
        let capacity = self.capacity();
        let longest = (window.len() - FRAME_LEN) as u32;
        let mut recovery = Recovery::new([Track::EMPTY], cluster, capacity.into(), longest);
        loop {
            let from = recovery.offset() as u32;
            let len = window.len().min((capacity - from) as usize);
            let window = &mut window[..len];
            self.flash.read(self.base(area) + from, window).map_err(Trouble::flash)?;
            match recovery.push(window, from + len as u32 == capacity) {
                Ok(0) => return Ok(recovery.finish()),
                Ok(wanted) if wanted > len => return Err(Trouble::LongRecord(wanted)),
                Ok(_) => {}
                Err(error) => return Ok(Err(error)),
            }
        }
    }

    /// Programs what the journal wants appended, and says that it is durable.
    pub(crate) fn append(
        &mut self,
        producing: &mut Producing,
        record: &[u8],
    ) -> Result<(), Trouble> {
        let end = producing.journal().durable_len() as u32;
        self.program(self.active, end, record)?;
        producing.synced();
        Ok(())
    }

    /// A batch's bytes.
    pub(crate) fn read(&mut self, at: u64, bytes: &mut [u8]) -> Result<(), Trouble> {
        self.flash.read(self.base(self.active) + at as u32, bytes).map_err(Trouble::flash)
    }

    /// Writes the journal anew into the other area, with what still matters. If it fails, or the
    /// power is lost, the old one counts.
    pub(crate) fn write_anew(
        &mut self,
        producing: &mut Producing,
        batch: &mut [u8],
        record: &mut [u8],
    ) -> Result<(), Trouble> {
        let (old, new) = (self.active, 1 - self.active);
        let from = new * self.area_len();
        self.flash.erase(from, from + self.area_len()).map_err(Trouble::flash)?;
        producing.compact()?;
        let mut end = 0;
        while let Some(piece) = producing.next_piece() {
            let bytes = match piece {
                Piece::Record => &[][..],
                Piece::Batch { at, len } => {
                    let bytes = &mut batch[..len as usize];
                    self.read(at, bytes)?;
                    bytes
                }
            };
            let len = producing.rewrite(bytes, record)?;
            self.program(new, end, &record[..len])?;
            end += len as u32;
        }
        self.program_at(from, &SEAL)?;
        producing.replaced()?;
        self.active = new;
        self.unseal(old)
    }

    fn is_sealed(&mut self, area: u32) -> Result<bool, Trouble> {
        let mut seal = [0; SEAL.len()];
        self.flash.read(area * self.area_len(), &mut seal).map_err(Trouble::flash)?;
        Ok(seal == SEAL)
    }

    fn unseal(&mut self, area: u32) -> Result<(), Trouble> {
        if self.is_sealed(area)? {
            self.program_at(area * self.area_len(), &[0; SEAL.len()])?;
        }
        Ok(())
    }

    fn program(&mut self, area: u32, at: u32, bytes: &[u8]) -> Result<(), Trouble> {
        if at as usize + bytes.len() > self.capacity() as usize {
            return Err(Trouble::Journal(fencepost::journal::Refused::JournalFull));
        }
        self.program_at(self.base(area) + at, bytes)
    }

    /// Programs bytes anywhere, in order, and reads them back. What else is in their first and last
    /// word is programmed as it is.
    fn program_at(&mut self, start: u32, bytes: &[u8]) -> Result<(), Trouble> {
        let (mut address, mut rest) = (start, bytes);
        while !rest.is_empty() {
            let front = address as usize % F::WRITE_SIZE;
            let (now, later) = rest.split_at(rest.len().min(PAGE - front));
            let used = front..front + now.len();
            let mut page = [0; PAGE];
            let page = &mut page[..used.end.next_multiple_of(F::WRITE_SIZE)];
            let word = address - front as u32;
            self.flash.read(word, page).map_err(Trouble::flash)?;
            page[used.clone()].copy_from_slice(now);
            self.flash.write(word, page).map_err(Trouble::flash)?;
            self.flash.read(word, page).map_err(Trouble::flash)?;
            if page[used] != *now {
                return Err(Trouble::ReadBack { address });
            }
            address += now.len() as u32;
            rest = later;
        }
        Ok(())
    }
}

type Read = Result<(Journal<[Track; 1]>, Summary), RecoverError>;
