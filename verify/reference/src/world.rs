//! What is on the log in the end? A broker that does what it is told, in front of fencepost's own
//! [`Partition`], and whoever produces to it.

use fencepost::broker::{
    Admission, Batch, Config, Context, IndexLine, Partition, Slot, Storage, index_lines,
};
use fencepost::ids::Timestamp;
use fencepost::snapshot::v1;
use fencepost::wire::BatchHeader;

use crate::rules::Identity;

const PRODUCERS: usize = 64;
/// A wall clock to begin with: producers expire by it.
const START_MS: i64 = 1_700_000_000_000;

type Producers = Partition<Vec<Slot>, Vec<IndexLine>>;

/// A batch on its way to the broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Producer id and epoch; an id of -1 is no idempotence.
    pub identity: Identity,
    /// The sequence of its first record.
    pub base_sequence: i32,
    /// How many records.
    pub records: i32,
    /// What is in it: the same number is the same content, whatever it carries.
    pub payload: u64,
}

/// The answer to a produce request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The error code, 0 for success.
    pub code: i16,
    /// The offset of the first record, or -1.
    pub base_offset: i64,
    /// -1 for an append to a topic with create time; a duplicate names the time of the first.
    pub log_append_time: i64,
    /// Where the log begins.
    pub log_start: i64,
}

/// A batch on the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Logged {
    /// The offset of its first record.
    pub base_offset: i64,
    /// What it carried.
    pub sent: Sent,
}

/// One partition's leader, with its log in memory.
#[derive(Debug)]
pub struct ScriptedBroker {
    producers: Producers,
    log: Vec<Logged>,
    end: i64,
    now: i64,
    start: i64,
}

impl Default for ScriptedBroker {
    fn default() -> Self {
        Self { producers: empty(), log: Vec::new(), end: 0, now: START_MS, start: 0 }
    }
}

fn empty() -> Producers {
    let storage = Storage {
        slots: vec![Slot::EMPTY; PRODUCERS],
        index: vec![IndexLine::EMPTY; index_lines(PRODUCERS)],
        transactions: [],
        guards: [],
    };
    Partition::new(storage, Config::kafka_4_2())
}

impl ScriptedBroker {
    /// Appends it, or says why not; a duplicate is answered with the offset it has.
    ///
    /// # Panics
    /// If the partition's own ticket is stale: nothing comes between.
    pub fn produce(&mut self, sent: &Sent) -> Answer {
        let refused =
            |code| Answer { code, base_offset: -1, log_append_time: -1, log_start: self.start };
        if sent.identity.is_valid() {
            let batch = Batch::data(self.header(sent));
            let context = Context::client(Timestamp::from_millis(self.now));
            match self.producers.admit(&batch, &context) {
                Err(rejection) => return refused(rejection.error_code().get()),
                Ok(Admission::Duplicate(seen)) => {
                    return Answer {
                        base_offset: seen.first_offset(),
                        log_append_time: seen.timestamp,
                        ..refused(0)
                    };
                }
                Ok(Admission::Append(ticket)) => {
                    self.producers.record(ticket, self.end).expect("nothing came between");
                }
            }
        }
        let base_offset = self.end;
        self.log.push(Logged { base_offset, sent: *sent });
        self.end += i64::from(sent.records);
        self.producers.set_map_end_offset(self.end);
        Answer { code: 0, base_offset, log_append_time: -1, log_start: self.start }
    }

    /// Stops and starts: of each producer only what Kafka's snapshot (version 1) holds is known,
    /// which is one batch.
    ///
    /// # Panics
    /// If the snapshot can't be read again.
    pub fn restart(&mut self) {
        let producers = self.producers.producers();
        let len = v1::encoded_len(producers.clone().count()).expect("a few producers");
        let mut snapshot = vec![0; len];
        v1::encode(producers, &mut snapshot).expect("it was made as long");
        self.producers = empty();
        self.producers.begin_reload();
        for producer in v1::decode(&snapshot).expect("it was just written") {
            let now = Timestamp::from_millis(self.now);
            self.producers.load(&producer.into(), now).expect("there was room for it");
        }
        self.producers.finish_reload(self.end);
    }

    /// What DescribeProducers says of a producer id: its epoch and last sequence.
    #[must_use]
    pub fn describe(&self, producer_id: i64) -> Option<(i16, i32)> {
        let producer = self.producers.producer(producer_id)?;
        Some((producer.producer_epoch(), producer.last_sequence()))
    }

    /// Deletes records below the offset; what is known of producers stays (KIP-360).
    pub const fn delete_below(&mut self, offset: i64) {
        self.start = offset;
    }

    /// Lets time pass.
    pub const fn pass(&mut self, ms: i64) {
        self.now += ms;
    }

    /// The log, oldest first.
    #[must_use]
    pub fn log(&self) -> &[Logged] {
        &self.log
    }

    /// What the log holds, in order.
    #[must_use]
    pub fn payloads(&self) -> Vec<u64> {
        self.log.iter().map(|logged| logged.sent.payload).collect()
    }

    fn header(&self, sent: &Sent) -> BatchHeader {
        BatchHeader {
            base_offset: 0,
            batch_length: 49,
            partition_leader_epoch: 0,
            crc: 0,
            attributes: fencepost::wire::Attributes::default(),
            last_offset_delta: sent.records - 1,
            base_timestamp: self.now,
            max_timestamp: self.now,
            producer_id: sent.identity.id,
            producer_epoch: sent.identity.epoch,
            base_sequence: sent.base_sequence,
            records_count: sent.records,
        }
    }
}

/// What a producer told its user of a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// It is on the log; the offset if it is known.
    Written(Option<i64>),
    /// It is not on the log, or the producer does not say.
    Failed,
    /// It may be on the log.
    PossiblyWritten,
}

/// Whoever produces to one partition: the reference, its rules, or fencepost's producer.
pub trait Subject {
    /// Takes a batch of one record.
    fn append(&mut self, payload: u64);

    /// One turn of the loop: what it wants to send.
    fn turn(&mut self) -> Vec<Sent>;

    /// The answer to something it sent.
    fn answer(&mut self, sent: &Sent, answer: &Answer);

    /// The connection is gone, and this was on it without an answer.
    fn lose(&mut self, sent: &Sent);

    /// The producer id that it wants to be described; none, for those that never ask.
    fn asks(&mut self) -> Option<i64> {
        None
    }

    /// The answer to that.
    fn described(&mut self, _: Option<(i16, i32)>) {}

    /// Lets time pass.
    fn pass(&mut self, ms: i64);

    /// What it told since the last question.
    fn outcomes(&mut self) -> Vec<(u64, Told)>;
}

/// Turns until nothing is sent any more, or so many; every send is produced and answered.
pub fn settle(subject: &mut dyn Subject, broker: &mut ScriptedBroker, turns: usize) {
    for _ in 0..turns {
        let sends = subject.turn();
        let asked = subject.asks();
        if sends.is_empty() && asked.is_none() {
            return;
        }
        for sent in sends {
            let answer = broker.produce(&sent);
            subject.answer(&sent, &answer);
        }
        if let Some(producer_id) = asked {
            subject.described(broker.describe(producer_id));
        }
    }
}

/// Five batches are written, the answers are lost, the broker is restarted, and the producer goes
/// on: what it told of each payload in the end.
pub fn answers_lost_then_restart(
    subject: &mut dyn Subject,
    broker: &mut ScriptedBroker,
) -> Vec<(u64, Told)> {
    (1..=5).for_each(|payload| subject.append(payload));
    let mut on_wire = Vec::new();
    for _ in 0..5 {
        on_wire.extend(subject.turn());
    }
    for sent in &on_wire {
        broker.produce(sent);
    }
    broker.restart();
    for sent in &on_wire {
        subject.lose(sent);
    }
    settle(subject, broker, 100);
    subject.outcomes()
}
