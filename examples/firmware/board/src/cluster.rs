//! What does the broker make of what the device sends, and is it what it should have sent?
//!
//! A partition of fencepost decides, as a broker's would, and what it admits is a log. The log is
//! judged as it grows: the readings of the meter, each once, in order, all under one producer id.

use std::fmt;

use fencepost::broker::{
    Admission, Batch, Config, Context, IndexLine, OpenTransaction, Partition, Slot, Storage,
    VerificationEntry, index_lines,
};
use fencepost::error_code::ErrorCode;
use fencepost::ids::Timestamp;
use fencepost::producer::Response;
use fencepost::snapshot::v1;
use fencepost::wire::{BatchHeader, BatchView, ValidatedOrigin, Validation, validate};

use crate::meter;

const PRODUCERS: usize = 16;
const LEADER_EPOCH: i32 = 0;

type Window = Partition<Vec<Slot>, Vec<IndexLine>, [OpenTransaction; 0], [VerificationEntry; 0]>;

/// A broker with one partition, and what the device has written there.
#[derive(Debug)]
pub struct Cluster {
    window: Window,
    next_offset: i64,
    next_id: i64,
    /// The producer of all records: the first one's.
    identity: Option<(i64, i16)>,
    /// What was counted.
    pub seen: Seen,
}

/// What a run has seen, so that it can be told from one that saw nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    /// Batches appended.
    pub batches: u32,
    /// Batches that the broker knew, and answered with their first offset.
    pub duplicates: u32,
    /// Batches that it refused, because of their sequence.
    pub out_of_order: u32,
    /// Times it was restarted, and forgot all but the last batch.
    pub restarts: u32,
}

/// The log is not what it must be.
#[derive(Debug, PartialEq, Eq)]
pub enum Violation {
    /// A reading stands there again.
    Duplicate(u32),
    /// Readings are missing before this one.
    Lost {
        /// The reading that was due.
        due: u32,
        /// The one that came.
        got: u32,
    },
    /// A reading has another value or time than the meter gave it.
    Changed(u32),
    /// The device came back as somebody else.
    Identity {
        /// Producer id and epoch before.
        before: (i64, i16),
        /// And now.
        now: (i64, i16),
    },
    /// The broker refused for good what the device sent.
    Refused(String),
    /// It is no batch that a broker takes.
    Invalid(String),
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duplicate(reading) => write!(f, "DUPLICATE: reading {reading} is there twice"),
            Self::Lost { due, got } => {
                write!(f, "LOST OR OUT OF ORDER: reading {got} came where {due} was due")
            }
            Self::Changed(reading) => write!(f, "CHANGED: reading {reading} is not as it was"),
            Self::Identity { before, now } => write!(
                f,
                "ANOTHER IDENTITY: producer {} epoch {} after producer {} epoch {}",
                now.0, now.1, before.0, before.1
            ),
            Self::Refused(why) => write!(f, "REFUSED: {why}"),
            Self::Invalid(why) => write!(f, "NOT A BATCH: {why}"),
        }
    }
}

impl std::error::Error for Violation {}

fn invalid(why: impl fmt::Display) -> Violation {
    Violation::Invalid(why.to_string())
}

fn window() -> Window {
    let storage = Storage {
        slots: vec![Slot::EMPTY; PRODUCERS],
        index: vec![IndexLine::EMPTY; index_lines(PRODUCERS)],
        transactions: [],
        guards: [],
    };
    Partition::new(storage, Config::kafka_4_2().seed(1))
}

impl Default for Cluster {
    fn default() -> Self {
        let (window, seen) = (window(), Seen::default());
        Self { window, next_offset: 0, next_id: 4000, identity: None, seen }
    }
}

impl Cluster {
    /// Readings on the log.
    #[must_use]
    pub fn readings(&self) -> u32 {
        u32::try_from(self.next_offset).unwrap_or(u32::MAX)
    }

    /// The producer id of the log's records, and the epoch of the last.
    #[must_use]
    pub fn identity(&self) -> Option<(i64, i16)> {
        self.identity
    }

    /// A producer id that nobody has.
    pub fn init_producer_id(&mut self) -> (i64, i16) {
        self.next_id += 1;
        (self.next_id, 0)
    }

    /// The broker's answer to a batch.
    ///
    /// # Errors
    /// What the log may not have, or a broker does not take.
    pub fn produce(&mut self, batch: &mut [u8], now: i64) -> Result<Response, Violation> {
        let rule = Validation::new(ValidatedOrigin::Client, self.next_offset);
        let assigned = validate(batch, &rule).map_err(invalid)?;
        let view = BatchView::new_checked(&*batch).map_err(invalid)?;
        let context = Context::client(Timestamp::from_millis(now));
        let admitted = self.window.admit(&Batch::data(*view.header()), &context);
        let ticket = match admitted {
            Ok(Admission::Append(ticket)) => ticket,
            Ok(Admission::Duplicate(known)) => {
                self.seen.duplicates += 1;
                return Ok(Response::ok(known.first_offset()).log_start(0));
            }
            Err(refused) if refused.error_code() == ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER => {
                self.seen.out_of_order += 1;
                return Ok(Response::error(refused.error_code()).log_start(0));
            }
            Err(refused) => return Err(Violation::Refused(refused.to_string())),
        };
        self.judge(&view)?;
        assigned.write(batch, LEADER_EPOCH).map_err(invalid)?;
        let base_offset = assigned.base_offset;
        self.window.record(ticket, base_offset).map_err(invalid)?;
        self.next_offset = assigned.next_offset();
        self.seen.batches += 1;
        Ok(Response::ok(base_offset).log_start(0))
    }

    /// What the broker knows of a producer: epoch and last sequence.
    #[must_use]
    pub fn describe(&self, id: i64) -> Option<(i32, i32)> {
        let known = self.window.producer(id)?.describe();
        Some((known.producer_epoch, known.last_sequence))
    }

    /// The broker stops and starts. Its snapshot keeps one batch a producer, as Kafka's does.
    ///
    /// # Panics
    /// If its own snapshot can't be read back.
    pub fn restart(&mut self, now: i64) {
        let mut file = vec![0; v1::encoded_len(PRODUCERS).expect("a few fit")];
        let len = v1::encode(self.window.producers(), &mut file).expect("it is large enough");
        let mut window = window();
        window.begin_reload();
        for producer in v1::decode(&file[..len]).expect("it was just written") {
            window
                .load(&producer.into(), Timestamp::from_millis(now))
                .expect("as many fit as before");
        }
        window.finish_reload(self.next_offset);
        self.window = window;
        self.seen.restarts += 1;
    }

    fn judge(&mut self, view: &BatchView<&[u8]>) -> Result<(), Violation> {
        let BatchHeader { producer_id, producer_epoch, .. } = *view.header();
        let now = (producer_id, producer_epoch);
        let before = *self.identity.get_or_insert(now);
        if before.0 != now.0 || before.1 > now.1 {
            return Err(Violation::Identity { before, now });
        }
        self.identity = Some(now);
        for (due, record) in (self.readings()..).zip(view.iter().map_err(invalid)?) {
            let record = record.map_err(invalid)?;
            let value = record.value.and_then(<[u8]>::first_chunk::<8>);
            let [a, b, c, d, e, f, g, h] =
                *value.ok_or_else(|| invalid("a record of no reading"))?;
            let got = u32::from_be_bytes([a, b, c, d]);
            if got < due {
                return Err(Violation::Duplicate(got));
            }
            if got > due {
                return Err(Violation::Lost { due, got });
            }
            let value = i32::from_be_bytes([e, f, g, h]);
            if value != meter::value(got) || record.timestamp != meter::taken(got) {
                return Err(Violation::Changed(got));
            }
        }
        Ok(())
    }
}
