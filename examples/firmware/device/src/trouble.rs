//! What can the device not go on with?

use core::fmt;

use embedded_storage::nor_flash::{NorFlashError, NorFlashErrorKind};
use fencepost::journal::{RecoverError, Refused};
use fencepost::producer::{Fatal, Unexpected, Verdict};
use fencepost::wire::{BatchError, BuildError};

/// Why the device begins anew.
#[derive(Debug)]
pub(crate) enum Trouble {
    Flash(NorFlashErrorKind),
    /// What was programmed reads otherwise: the flash is worn out here.
    ReadBack {
        address: u32,
    },
    Recover(RecoverError),
    /// The longest record does not fit the buffer it is read into.
    LongRecord(usize),
    Journal(Refused),
    Unexpected(Unexpected),
    Build(BuildError),
    Batch(BatchError),
    /// The name of the cluster is no name.
    NoCluster,
    /// The flash says of a batch that it is there, and it is not.
    NoSuchBatch,
    TooManyInFlight,
    Fatal(Fatal),
    /// A batch ended otherwise than as written. With a deadline that never comes it takes a broker
    /// that refuses it for good, or one that has forgotten the producer.
    NotWritten(Verdict),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flash(kind) => write!(f, "flash: {kind}"),
            Self::ReadBack { address } => write!(f, "flash: byte {address:#x} is not as written"),
            Self::Recover(error) => write!(f, "journal: {error}"),
            Self::LongRecord(len) => write!(f, "journal: a record of {len} bytes"),
            Self::Journal(refused) => write!(f, "journal: {refused}"),
            Self::Unexpected(unexpected) => write!(f, "producer: {unexpected}"),
            Self::Build(error) => write!(f, "batch: {error}"),
            Self::Batch(error) => write!(f, "batch: {error}"),
            Self::NoCluster => f.write_str("journal: no cluster"),
            Self::NoSuchBatch => f.write_str("journal: a batch is gone"),
            Self::TooManyInFlight => f.write_str("producer: more than five in flight"),
            Self::Fatal(fatal) => write!(f, "producer: {fatal}"),
            Self::NotWritten(verdict) => write!(f, "readings were lost: {verdict}"),
        }
    }
}

impl Trouble {
    pub(crate) fn flash(error: impl NorFlashError) -> Self {
        Self::Flash(error.kind())
    }
}

macro_rules! from {
    ($($error:ty => $variant:ident,)*) => {$(
        impl From<$error> for Trouble {
            fn from(error: $error) -> Self {
                Self::$variant(error)
            }
        }
    )*};
}

from! {
    RecoverError => Recover,
    Refused => Journal,
    Unexpected => Unexpected,
    BuildError => Build,
    BatchError => Batch,
}
