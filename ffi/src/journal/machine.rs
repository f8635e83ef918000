//! An open journal, and one that is being read.

use fencepost::journal::{Journal, Recovery, Refused, Track};

use crate::boundary::OutBytes;
use crate::error::Teller;
use crate::producer::machine::Journaling;
use crate::status::fencepost_status;

pub(crate) type Tracks = &'static mut [Track];

/// How far the reading of a journal has come.
#[expect(clippy::large_enum_variant, reason = "there is one, in the handle's own block")]
pub(crate) enum Reading {
    /// It was not begun, or it ended with an error.
    Nothing,
    /// It goes on.
    Began(Recovery<Tracks>),
    /// It is read: only its holder is missing.
    Read(Journal<Tracks>),
}

/// A producer with its journal, and the file if it has one.
pub(crate) struct Open {
    pub(crate) producing: Journaling,
    #[cfg(feature = "std")]
    pub(crate) file: Option<fencepost::journal::store::Store>,
}

impl Open {
    /// In storage of the caller.
    pub(crate) fn new(producing: Journaling) -> Self {
        Self {
            producing,
            #[cfg(feature = "std")]
            file: None,
        }
    }

    pub(crate) fn is_in_file(&self) -> bool {
        #[cfg(feature = "std")]
        return self.file.is_some();
        #[cfg(not(feature = "std"))]
        return false;
    }

    /// Lets the producer write records of at most `bytes` beside its own: to the caller's buffer,
    /// or to what waits for the file.
    pub(crate) fn stage<R>(
        &mut self,
        bytes: usize,
        buffer: OutBytes<'_>,
        teller: Teller,
        write: impl FnOnce(&mut Journaling, &mut [u8]) -> Result<(R, usize), Refused>,
    ) -> Result<(R, usize), fencepost_status> {
        let refused = |refused: Refused| teller.tell(&refused);
        #[cfg(feature = "std")]
        if let Some(file) = &mut self.file {
            if buffer.len() != 0 {
                return Err(fencepost_status::FENCEPOST_VALUE);
            }
            return file.stage(&mut self.producing, bytes, write).map_err(refused);
        }
        let _only_for_files = bytes;
        write(&mut self.producing, buffer.into_slice()).map_err(refused)
    }
}
