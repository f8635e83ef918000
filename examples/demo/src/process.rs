//! What does a producer's process keep when it crashes? Nothing, or its journal.

use std::io;
use std::path::Path;

use fencepost::ids::{Epoch, Identity, ProducerId, Timestamp};
use fencepost::journal::store::{Opened, Options, Store};
use fencepost::journal::{
    Bound, ClusterId, Cursor, Journal, Journaled, Payload, TopicPartition, Track,
};
use fencepost::producer::{
    Answer, Attempt, BatchId, Described, Ended, Kind, NewBatch, Producer, Settings, Slot,
};

use crate::broker::wrong;

type Slots = Vec<Slot>;
type Tracks = Vec<Track>;

/// Bytes that the journal may have.
const CAPACITY: u64 = 1 << 20;
/// The one partition.
const ORDERS: TopicPartition = TopicPartition { topic_id: [7; 16], partition: 0 };

/// An order under way, as a process finds it when it starts.
pub(crate) struct Undecided {
    pub(crate) batch: BatchId,
    pub(crate) order: u32,
    pub(crate) bytes: Vec<u8>,
}

/// A producer as its application has it: dropped, only what is on the disk is left.
pub(crate) trait Process: Sized {
    /// Starts it. `fresh` is the identity that a cluster would give it if it asks for one.
    fn start(folder: &Path, fresh: i64, now: Timestamp) -> io::Result<Self>;

    /// The order behind which its source goes on, if that is known, and what is undecided.
    fn found(&mut self) -> io::Result<(Option<u32>, Vec<Undecided>)>;

    /// The producer, to ask it.
    fn producer(&self) -> &Producer<Slots>;

    /// Numbers a new batch of one order; what comes back may be sent.
    fn assign(&mut self, order: u32, bytes: &[u8], now: Timestamp) -> io::Result<Attempt>;

    /// Takes the next waiting batch as sent.
    fn resend(&mut self, now: Timestamp) -> io::Result<Attempt>;

    fn respond(&mut self, attempt: Attempt, answer: Answer, now: Timestamp) -> io::Result<()>;

    fn disconnected(&mut self, now: Timestamp);

    fn asked(&mut self) -> io::Result<()>;

    fn described(&mut self, answer: Described, now: Timestamp) -> io::Result<()>;

    fn timeout(&mut self, now: Timestamp);

    fn take_verdict(&mut self) -> Option<Ended>;
}

/// A producer that has its numbers in memory alone.
pub(crate) struct Forgetful(Producer<Slots>);

/// A producer with its journal in a file.
pub(crate) struct Keeping {
    store: Store,
    both: Journaled<Slots, Tracks>,
    undecided: usize,
    buffer: Vec<u8>,
}

fn producer() -> Producer<Slots> {
    Producer::new(vec![Slot::EMPTY], Settings::new(Kind::Idempotent))
}

fn identity(id: i64) -> io::Result<Identity> {
    let id = ProducerId::new(id).ok_or_else(|| wrong("a producer id is not negative"))?;
    Ok(Identity { id, epoch: Epoch::ZERO })
}

/// One order, just made.
const fn one(now: Timestamp) -> NewBatch {
    NewBatch { records: 1, max_timestamp: now, created: now }
}

impl Process for Forgetful {
    fn start(_: &Path, fresh: i64, _: Timestamp) -> io::Result<Self> {
        let mut producer = producer();
        producer.handle_identity(identity(fresh)?).map_err(wrong)?;
        Ok(Self(producer))
    }

    fn found(&mut self) -> io::Result<(Option<u32>, Vec<Undecided>)> {
        Ok((None, Vec::new()))
    }

    fn producer(&self) -> &Producer<Slots> {
        &self.0
    }

    fn assign(&mut self, _: u32, _: &[u8], now: Timestamp) -> io::Result<Attempt> {
        self.0.assign(0, one(now), now).map_err(wrong)
    }

    fn resend(&mut self, now: Timestamp) -> io::Result<Attempt> {
        self.0.resend(0, now).map_err(wrong)
    }

    fn respond(&mut self, attempt: Attempt, answer: Answer, now: Timestamp) -> io::Result<()> {
        self.0.handle_response(attempt, answer, now).map_err(wrong)
    }

    fn disconnected(&mut self, now: Timestamp) {
        self.0.handle_disconnect(0, now);
    }

    fn asked(&mut self) -> io::Result<()> {
        self.0.describe(0).map_err(wrong)
    }

    fn described(&mut self, answer: Described, now: Timestamp) -> io::Result<()> {
        self.0.handle_described(0, answer, now).map_err(wrong)
    }

    fn timeout(&mut self, now: Timestamp) {
        self.0.handle_timeout(0, now);
    }

    fn take_verdict(&mut self) -> Option<Ended> {
        self.0.take_verdict(0)
    }
}

impl Process for Keeping {
    fn start(folder: &Path, fresh: i64, now: Timestamp) -> io::Result<Self> {
        let cluster = ClusterId::new(b"fencepost-demo").ok_or_else(|| wrong("no cluster id"))?;
        let options = Options { slots: 1, cluster, capacity: CAPACITY, adopt: false };
        let opened = Opened::open(&folder.join("orders.journal"), options).map_err(wrong)?;
        let mut store = opened.store;
        let mut both = Journaled::new(producer(), opened.journal).map_err(wrong)?;
        if both.journal().is_empty() {
            store.compact(&mut both).map_err(wrong)?;
        }
        if both.producer().poll_identity() {
            both.handle_identity(identity(fresh)?).map_err(wrong)?;
        }
        let undecided = match both.bind(0, ORDERS, now).map_err(wrong)? {
            Bound::Restored { undecided, .. } => undecided,
            Bound::New | Bound::Recreated { .. } => 0,
        };
        Ok(Self { store, both, undecided, buffer: Vec::new() })
    }

    fn found(&mut self) -> io::Result<(Option<u32>, Vec<Undecided>)> {
        let kept = self.both.journal().kept(0).ok_or_else(|| wrong("the slot is not bound"))?;
        let mut last = order(kept.cursor());
        let batches: Vec<_> = kept.batches().copied().collect();
        let mut undecided = Vec::new();
        for kept in batches {
            let batch = kept.name.ok_or_else(|| wrong("the slot is not bound"))?;
            let order = order(kept.cursor).ok_or_else(|| wrong("a batch without its order"))?;
            let bytes = self.store.bytes_at(kept.at, kept.len).map_err(wrong)?;
            last = Some(order);
            undecided.push(Undecided { batch, order, bytes });
        }
        if undecided.len() != self.undecided {
            return Err(wrong("the journal does not list what it holds"));
        }
        Ok((last, undecided))
    }

    fn producer(&self) -> &Producer<Slots> {
        self.both.producer()
    }

    fn assign(&mut self, order: u32, bytes: &[u8], now: Timestamp) -> io::Result<Attempt> {
        self.buffer.resize(Journal::<Tracks>::overhead() + bytes.len(), 0);
        let cursor = Cursor::new(&order.to_be_bytes()).ok_or_else(|| wrong("a long cursor"))?;
        let payload = Payload { bytes, cursor };
        let permit = self.both.assign(0, one(now), payload, now, &mut self.buffer);
        self.sending(permit.map_err(wrong)?, now)
    }

    fn resend(&mut self, now: Timestamp) -> io::Result<Attempt> {
        self.buffer.resize(Journal::<Tracks>::overhead(), 0);
        let permit = self.both.resend(0, now, &mut self.buffer).map_err(wrong)?;
        self.sending(permit, now)
    }

    fn respond(&mut self, attempt: Attempt, answer: Answer, now: Timestamp) -> io::Result<()> {
        self.both.handle_response(attempt, answer, now).map_err(wrong)
    }

    fn disconnected(&mut self, now: Timestamp) {
        self.both.handle_disconnect(0, now);
    }

    fn asked(&mut self) -> io::Result<()> {
        self.both.describe(0).map_err(wrong)
    }

    fn described(&mut self, answer: Described, now: Timestamp) -> io::Result<()> {
        self.both.handle_described(0, answer, now).map_err(wrong)
    }

    fn timeout(&mut self, now: Timestamp) {
        self.both.handle_timeout(0, now);
    }

    fn take_verdict(&mut self) -> Option<Ended> {
        self.both.take_verdict(0)
    }
}

impl Keeping {
    /// Its records are written and synced before the sending comes out.
    fn sending(
        &mut self,
        permit: fencepost::journal::Permit,
        now: Timestamp,
    ) -> io::Result<Attempt> {
        let records = self.buffer.get(..permit.len()).unwrap_or_default();
        self.store.commit(&mut self.both, records, now).map_err(wrong)?;
        self.both.claim(permit).map_err(|_| wrong("what is durable can be sent"))
    }
}

/// The order that a cursor names.
fn order(cursor: Cursor) -> Option<u32> {
    cursor.as_bytes().try_into().ok().map(u32::from_be_bytes)
}
