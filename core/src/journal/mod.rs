//! How does a producer come back as itself after a crash?

mod bytes;
mod compact;
#[cfg(feature = "std")]
mod disk;
mod frame;
mod journaled;
mod kept;
#[cfg(feature = "std")]
mod lock;
mod reader;
mod record;
mod recover;
mod refused;
mod state;
#[cfg(feature = "std")]
pub mod store;
mod track;
mod value;
mod verbs;

pub use compact::Piece;
pub use frame::{BufferTooSmall, FRAME_LEN, Header, MAX_HEADER_LEN, VERSION, Writer};
pub use journaled::{Bound, Journaled, Parts, Payload, Permit, Unclaimed};
pub use kept::{Kept, KeptBatch, Misfit};
pub use reader::{Damage, Read, Reader, Reason, Tail};
pub use record::{BatchRecord, Record, Settled, SplitRecord};
pub use recover::{Recovery, Summary, newer_of};
pub use refused::{RecoverError, Refused};
pub use state::Journal;
pub use track::Track;
pub use value::{
    ClusterId, Cursor, MAX_CLUSTER_ID_LEN, MAX_CURSOR_LEN, Outcome, Outcomes, TopicPartition,
    Unwritten, Word,
};
