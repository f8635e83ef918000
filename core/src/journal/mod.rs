//! How does a producer come back as itself after a crash?
//!
//! A producer that starts again under a new id writes again whatever it does not know to be
//! written. One that kept its id, its numbers and its undecided batches asks the leader, sends the
//! same bytes under the same numbers, and goes on behind them (resolve spec J1 to J6).
//!
//! [`Journaled`] is a [`Producer`] with its [`Journal`]: a batch, a split and a new epoch become
//! records in a buffer of the caller's, and the sending comes out only when the caller has said
//! that they are durable. [`Recovery`] reads them back. Storage is the caller's: any memory that is
//! appended to; with feature `std` the module `store` is a file. The bytes are told in
//! `docs/journal.md`, with what is promised and what is not.
//!
//! ```
//! # use fencepost::ids::{Epoch, Identity, ProducerId, Timestamp};
//! # use fencepost::journal::*;
//! # use fencepost::producer::{Kind, NewBatch, Producer, Settings, Slot};
//! # let now = Timestamp::from_millis(1_700_000_000_000);
//! # let cluster = ClusterId::new(b"MkU3OEVBNTcwNTJENDM2Qk").unwrap();
//! # let orders = TopicPartition { topic_id: [7; 16], partition: 0 };
//! # let producer = || Producer::<_>::new([Slot::EMPTY; 1], Settings::new(Kind::Idempotent));
//! let mut disk: Vec<u8> = Vec::new(); // what outlives a crash
//! let mut buffer = [0; 1024];
//!
//! // The first time: an empty journal is written as any is written anew.
//! let journal = Journal::new([Track::EMPTY; 1], cluster, 1 << 20);
//! let mut producing = Journaled::new(producer(), journal)?;
//! producing.compact()?;
//! while producing.next_piece().is_some() {
//!     let len = producing.rewrite(&[], &mut buffer)?;
//!     disk.extend_from_slice(&buffer[..len]); // and a sync at the end
//! }
//! producing.replaced()?;
//! producing.handle_identity(Identity { id: ProducerId::new(7).unwrap(), epoch: Epoch::ZERO })?;
//! assert_eq!(producing.bind(0, orders, now)?, Bound::New);
//!
//! // A batch: its record is durable before the sending comes out.
//! let batch = NewBatch { records: 1, max_timestamp: now, created: now };
//! let payload = Payload { bytes: b"a record batch", cursor: Cursor::new(b"line 1").unwrap() };
//! let permit = producing.assign(0, batch, payload, now, &mut buffer)?;
//! disk.extend_from_slice(&buffer[..permit.len()]); // and a sync
//! producing.synced();
//! let attempt = producing.claim(permit).expect("it is durable");
//! // Stamp the bytes with `attempt.stamp`, send them; and the power goes.
//!
//! let (mut journal, _) = Recovery::all([Track::EMPTY; 1], cluster, 1 << 20, &disk)?;
//! journal.hold([0; 16]);
//! let mut producing = Journaled::new(producer(), journal)?;
//! let bound = producing.bind(0, orders, now)?;
//! assert_eq!(bound, Bound::Restored { cursor: Cursor::NONE, undecided: 1 });
//! let kept = producing.journal().kept(0).unwrap().batches().next().unwrap();
//! assert_eq!(&disk[kept.at as usize..][..kept.len as usize], b"a record batch");
//! assert_eq!(kept.base_sequence, attempt.stamp.base_sequence);
//! // The producer now asks the leader, sends the batch again, and begins its next epoch.
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! For idempotent producers: the epoch of a transactional one is its coordinator's.
//!
//! # Bounds
//! A [`Track`] a partition: 2,888 bytes with eight places, 672 with one. A call writes at most
//! [`Journal::overhead`] bytes beside a batch's own. Every call is O(places), except those that say
//! otherwise.

mod bytes;
mod compact;
#[cfg(feature = "std")]
mod disk;
mod frame;
mod journaled;
mod kept;
#[cfg(feature = "std")]
mod lock;
#[cfg(feature = "std")]
mod opened;
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

#[cfg(doc)]
use crate::producer::Producer;
