//! What does a partition folder hold, and is it what Kafka says it is?
//!
//! [`Folder`] lists the files, [`Replay`] takes the segments through the core as Kafka's own replay
//! does (broker spec 7.5: origin REPLICATION, one append a segment) and through an audit, batch by
//! batch; [`examine`] does that for a whole folder, and compares with each `.snapshot` and
//! `.txnindex` file on the way.
//!
//! A [`Witness`] sees each batch go by: a [`Notebook`] writes down where each finding is and what
//! each producer did.
//!
//! Reading stops where Kafka's recovery would cut the log: at the first batch that is torn, has a
//! wrong CRC, or is no batch.

mod compare;
mod damage;
mod error;
mod files;
mod folder;
mod index;
mod memory;
mod pieces;
mod replay;
mod report;
mod timeline;
mod witness;

pub use compare::{Comparison, Difference, Entry, Gone, Lost};
pub use damage::{Damage, DamageKind};
pub use error::ReplayError;
pub use folder::{Folder, discover, folders_below};
pub use index::{IndexCheck, IndexDifference};
pub use memory::Producers;
pub use pieces::Window;
pub use replay::{Aborted, Options, Replay, Seen};
pub use report::{Report, SnapshotCheck, examine, examine_before};
pub use timeline::{Run, RunKind, Timeline};
pub use witness::{Followed, Notebook, Place, Witness};
