//! What does the world ask of a client, whoever it is?

use fencepost::producer::{Answer, Described, Fatal, Notice};

use crate::piece::{Piece, Sending, Word};

/// Something that a client wants done now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Want {
    /// Nothing of the world, but a step at which the process may die.
    Step,
    /// Make the journal durable, and say so ([`Client::synced`]).
    Sync,
    /// The process ends and begins again.
    Restart,
    /// Send this.
    Send(Sending),
    /// Ask the partition's leader for this producer id; refresh the metadata before.
    Describe(usize, i64, bool),
    /// Get a producer id.
    Identity,
    /// Look for the leaders.
    Metadata,
    /// Tell the application what became of this.
    Tell(Piece, Word),
}

/// A producer behind the simulated wire. Times are by its own clock, in ms.
pub trait Client: std::fmt::Debug {
    /// A batch of the application: `false` if it can't be taken now.
    fn offer(&mut self, partition: usize, piece: Piece, timestamp: i64, now: i64) -> bool;
    /// The next thing that is to be done, if any.
    fn next(&mut self, now: i64) -> Option<Want>;
    /// The disk is done with syncing.
    fn synced(&mut self, now: i64);
    /// What became of a sending.
    fn answered(&mut self, token: u64, answer: Answer, now: i64);
    /// The connection to the leader of these partitions is lost, with these sendings.
    fn disconnected(&mut self, partitions: &[usize], tokens: &[u64], now: i64);
    /// The partition is led by another broker, or under another epoch.
    fn leader_changed(&mut self, partition: usize, leader: usize, epoch: i32, now: i64);
    /// The topic was deleted and created again.
    fn topic_changed(&mut self, partition: usize, topic: u32, now: i64);
    /// What the leader says of the producer id.
    fn described(&mut self, partition: usize, described: Described, now: i64);
    /// The producer id that was asked for, and its first epoch.
    fn identified(&mut self, id: i64, epoch: i16, now: i64);
    /// The log's end, at the first use of a partition.
    fn first_use(&mut self, partition: usize, offset: i64);
    /// When it has to be looked at again, if nothing comes from outside.
    fn wake(&self, now: i64) -> Option<i64>;
    /// Whether all that it has sent, or will without being asked anew, is in its journal.
    fn has_kept_all(&self) -> bool;
    /// What an operator had to hear.
    fn notices(&mut self) -> Vec<Notice>;
    /// Why it can't go on.
    fn fatal(&self) -> Option<Fatal>;
    /// Whether it has something to do first: it may find out when it is offered a batch.
    fn must_prepare(&self) -> bool;
    /// How many batches that it took have no verdict.
    fn undecided(&self) -> usize;
    /// Whether everything it took has a verdict, and was told.
    fn is_idle(&self) -> bool;
}
