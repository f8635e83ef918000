//! What does Kafka's idempotent producer do, as it stands? The rules of `Sender`,
//! `TransactionManager` and `RecordAccumulator` of Kafka 4.4.0 as plain code, defects included
//! (producer spec 5 to 12). Time is an argument; there is no network and no thread.
//!
//! Left out: splitting, linger, request and buffer sizes, compression, transactions, and a look-up
//! of a coordinator after code 15 or 16 to a request for a producer id.

mod batch;
mod drain;
mod expire;
mod judge;
mod lane;
mod show;

use std::collections::BTreeSet;

pub use batch::{BatchHandle, Identity, Outcome, Reason};
pub use judge::Unhandled;
pub use lane::advance;
pub use show::sends_line;

use batch::Batch;
use lane::Lane;

pub(super) const TIMED_OUT: i16 = 7;
const NETWORK_EXCEPTION: i16 = 13;

/// The settings that the rules look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `retries`.
    pub retries: u32,
    /// `delivery.timeout.ms`.
    pub delivery_timeout_ms: i64,
    /// `retry.backoff.ms`, and `retry.backoff.max.ms` is the same: so it has no jitter.
    pub retry_backoff_ms: i64,
    /// `max.in.flight.requests.per.connection` is 1.
    pub one_in_flight: bool,
    /// Not the reference's: all partitions are numbered anew when one needs it, as librdkafka does
    /// (librdkafka#4953).
    pub shared_epoch: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            retries: i32::MAX.unsigned_abs(),
            delivery_timeout_ms: i64::from(i32::MAX),
            retry_backoff_ms: 0,
            one_in_flight: false,
            shared_epoch: false,
        }
    }
}

/// A batch that goes out, with the numbers it carries this time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Send {
    /// To whom.
    pub node: usize,
    /// Of which partition.
    pub partition: usize,
    /// Which batch.
    pub handle: BatchHandle,
    /// Producer id and epoch.
    pub identity: Identity,
    /// The sequence of its first record; -1 never.
    pub base_sequence: i32,
    /// How many records.
    pub records: i32,
}

/// Where the producer as a whole stands (producer spec 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It has no producer id and has not asked.
    Uninitialized,
    /// It has asked for a producer id.
    Initializing,
    /// It may produce.
    Ready,
    /// The request for a producer id was refused.
    Abortable(Reason),
    /// For good.
    Fatal(Reason),
}

/// A request for a producer id, as far as the reference has come with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asking {
    No,
    /// It is to be sent; a second time after a wait.
    Waiting {
        retry: bool,
    },
    OnWire,
}

/// The reference refused a change of its own state, and is broken from then on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IllegalState;

/// Kafka's idempotent producer without the rest of the client.
#[derive(Clone, Debug)]
pub struct Client {
    settings: Settings,
    state: State,
    identity: Identity,
    bump_required: bool,
    rewrite: BTreeSet<usize>,
    lanes: Vec<Lane>,
    batches: Vec<Batch>,
    /// Which node leads which partitions, in the order of visiting them.
    nodes: Vec<Vec<usize>>,
    down: BTreeSet<usize>,
    /// The place in its list at which each node was left.
    visited: Vec<usize>,
    asking: Asking,
    asked: Option<i64>,
    /// Whether the last turn came as far as the batches.
    producing: bool,
    told: Vec<(BatchHandle, Outcome)>,
}

impl Client {
    /// A producer that has nothing; each node leads the partitions that it lists.
    #[must_use]
    pub fn new(settings: Settings, nodes: Vec<Vec<usize>>) -> Self {
        let partitions = nodes.iter().flatten().max().map_or(0, |last| last + 1);
        Self {
            settings,
            state: State::Uninitialized,
            identity: Identity::NONE,
            bump_required: false,
            rewrite: BTreeSet::new(),
            lanes: vec![Lane::new(); partitions],
            batches: Vec::new(),
            visited: vec![0; nodes.len()],
            nodes,
            down: BTreeSet::new(),
            asking: Asking::No,
            asked: None,
            producing: false,
            told: Vec::new(),
        }
    }

    /// Appends a batch; the reference does so even when [`Client::refusal`] says why not.
    pub fn append(&mut self, partition: usize, records: i32, now: i64) -> BatchHandle {
        let handle = BatchHandle(self.batches.len());
        self.batches.push(Batch::new(partition, records, now));
        self.lanes[partition].queue.push_back(handle);
        handle
    }

    /// Where it stands.
    #[must_use]
    pub const fn state(&self) -> State {
        self.state
    }

    /// The producer id and epoch for new batches.
    #[must_use]
    pub const fn identity(&self) -> Identity {
        self.identity
    }

    /// One turn up to the sends (producer spec 5, steps 1 to 7); [`Client::expire`] is the next
    /// step, and comes before the sends go out.
    ///
    /// # Errors
    /// [`IllegalState`]; nothing is sent then.
    pub fn drain(&mut self, now: i64) -> Result<Vec<Send>, IllegalState> {
        self.producing = false;
        self.resolve();
        match self.state {
            State::Fatal(reason) => {
                self.abort(reason, false);
                return Ok(Vec::new());
            }
            State::Abortable(reason @ Reason::Code(31 | 53)) => {
                self.abort(reason, false);
                self.state = State::Uninitialized;
                return Ok(Vec::new());
            }
            _ => {}
        }
        if self.bump_required {
            self.bump()?;
        }
        if !self.identity.is_valid() && self.state != State::Initializing {
            self.initialize()?;
        }
        // Nothing is produced while a request for a producer id is out.
        match self.asking {
            Asking::OnWire => return Ok(Vec::new()),
            Asking::Waiting { retry } => {
                self.asking = Asking::OnWire;
                self.asked = Some(if retry { self.settings.retry_backoff_ms } else { 0 });
                return Ok(Vec::new());
            }
            Asking::No => {}
        }
        if let State::Abortable(reason) = self.state {
            self.abort(reason, true);
        }
        self.producing = true;
        Ok(self.drain_all(now))
    }

    /// Whether a turn ended with a request for a producer id; how long it waited before it, in ms.
    pub const fn take_identity_request(&mut self) -> Option<i64> {
        self.asked.take()
    }

    /// The answer to the request for a producer id.
    ///
    /// # Errors
    /// [`IllegalState`], if something fatal happened meanwhile.
    pub fn identify(&mut self, code: i16, identity: Identity) -> Result<(), IllegalState> {
        self.asking = Asking::No;
        let asked = self.state == State::Initializing;
        match code {
            0 => {
                self.identity = identity;
                self.state = if asked { State::Ready } else { return Err(self.poison()) };
            }
            31 | 53 | 120 => {
                let refused = State::Abortable(Reason::Code(code));
                self.state = if asked { refused } else { return Err(self.poison()) };
            }
            47 | 90 => self.state = State::Fatal(Reason::Code(90)),
            code if judge::is_retriable(code) => self.asking = Asking::Waiting { retry: true },
            _ => self.state = State::Fatal(Reason::Named("KafkaException")),
        }
        Ok(())
    }

    /// The answer to the request for a producer id, when it is one.
    ///
    /// # Errors
    /// As [`Client::identify`].
    pub fn set_identity(&mut self, id: i64, epoch: i16) -> Result<(), IllegalState> {
        self.identify(0, Identity { id, epoch })
    }

    /// The connection is gone, and the batch was on it.
    ///
    /// # Errors
    /// As [`Client::answer`].
    pub fn disconnect(
        &mut self,
        partition: usize,
        handle: BatchHandle,
        now: i64,
    ) -> Result<(), Unhandled> {
        self.answer(partition, handle, NETWORK_EXCEPTION, -1, -1, now)
    }

    /// What became of the batches since the last question.
    pub fn outcomes(&mut self) -> Vec<(BatchHandle, Outcome)> {
        std::mem::take(&mut self.told)
    }

    /// Which error an append gives now, though the batch is taken.
    #[must_use]
    pub fn refusal(&self) -> Option<Reason> {
        match self.state {
            State::Fatal(
                reason @ (Reason::Code(90 | 47) | Reason::Named("IllegalStateException")),
            )
            | State::Abortable(reason @ Reason::Code(90 | 47)) => Some(reason),
            State::Fatal(_) | State::Abortable(_) => Some(Reason::Named("KafkaException")),
            _ => None,
        }
    }

    /// Another node leads the partition now, from the leader epoch on; `order` is each node's list.
    pub fn move_leader(&mut self, partition: usize, epoch: i32, order: Vec<Vec<usize>>) {
        self.lanes[partition].leader_epoch = epoch;
        self.visited.resize(order.len(), 0);
        self.nodes = order;
    }

    /// Whether the node can be reached.
    pub fn turn(&mut self, node: usize, up: bool) {
        if up {
            self.down.remove(&node);
        } else {
            self.down.insert(node);
        }
    }

    /// Asks for new numbers of a partition, from the next turn on.
    pub fn request_bump(&mut self, partition: usize) {
        self.bump_required = true;
        self.rewrite.insert(partition);
    }

    /// Counts on, as if so many records had been numbered: to come near the wrap.
    pub fn skip(&mut self, partition: usize, records: i32) {
        let lane = &mut self.lanes[partition];
        lane.next = advance(lane.next, records);
    }

    /// The next epoch, chosen alone; only the partitions that asked are numbered anew.
    fn bump(&mut self) -> Result<(), IllegalState> {
        if self.identity.epoch == i16::MAX {
            self.identity = Identity::NONE;
            match self.state {
                State::Ready | State::Abortable(_) => self.state = State::Uninitialized,
                _ => return Err(self.poison()),
            }
        } else {
            self.identity.epoch += 1;
        }
        let all = self.settings.shared_epoch.then_some(0..self.lanes.len());
        self.rewrite.extend(all.into_iter().flatten());
        for partition in &self.rewrite {
            let lane = &mut self.lanes[*partition];
            lane.start_at_beginning(&mut self.batches, self.identity)?;
            lane.unresolved = None;
        }
        self.rewrite.clear();
        self.bump_required = false;
        Ok(())
    }

    fn initialize(&mut self) -> Result<(), IllegalState> {
        if self.state != State::Uninitialized {
            return Err(self.poison());
        }
        self.state = State::Initializing;
        self.asking = Asking::Waiting { retry: false };
        Ok(())
    }

    fn poison(&mut self) -> IllegalState {
        self.state = State::Fatal(Reason::Named("IllegalStateException"));
        IllegalState
    }

    /// Fails all that has no outcome, or only what has no sequence; what is tracked stays tracked.
    fn abort(&mut self, reason: Reason, unnumbered: bool) {
        for n in 0..self.batches.len() {
            let (handle, batch) = (BatchHandle(n), &self.batches[n]);
            if batch.outcome.is_some() || (unnumbered && batch.has_sequence()) {
                continue;
            }
            let lane = &mut self.lanes[batch.partition];
            lane.queue.retain(|other| *other != handle);
            lane.leave_wire(handle);
            self.batches[n].aborted = true;
            self.tell(handle, Outcome::Failed(reason));
        }
    }

    fn tell(&mut self, handle: BatchHandle, outcome: Outcome) {
        self.batches[handle.0].outcome = Some(outcome);
        self.told.push((handle, outcome));
    }
}
