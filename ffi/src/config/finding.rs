//! What is to be said of a configuration?

use core::ffi::c_char;
use core::fmt::{Display, Write};

use fencepost::config::{
    Brokers, Cluster, ConfigError, Later, Moment, Outcome, Reason, Resolved, Rule, Warning,
    guarantee, later, problems, record_too_large, resolve,
};

use super::settings::{Given, fencepost_client_version, fencepost_config_entry, number};
use crate::batch::flag;
use crate::boundary::{Extent, Out, OutSlice, Versioned, apart, call, options};
use crate::error::Sentence;
use crate::status::fencepost_status::{self, *};

/// What brokers contribute. 0 is every default, and NULL all of them.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_cluster {
    /// sizeof(fencepost_cluster).
    pub struct_size: u32,
    /// Which releases the brokers are of: a fencepost_brokers.
    pub brokers: u32,
    /// 1 if the producer's principal does not have the ACL IDEMPOTENT_WRITE on the cluster.
    pub without_idempotent_write: u32,
    /// transaction.max.timeout.ms of the brokers; 0 for 900000.
    pub transaction_max_timeout_ms: i32,
    /// message.max.bytes of the brokers, or max.message.bytes of the topic; 0 for 1048588.
    pub message_max_bytes: i32,
    /// min.insync.replicas of the topic; 0 for 1.
    pub min_insync_replicas: i32,
    /// How many replicas of the partition are in sync now; 0 for 3.
    pub in_sync_replicas: i32,
    /// 0.
    pub reserved: u32,
    /// The bytes of the largest record that will be sent, those of a batch of its own, header
    /// included; 0 if nobody asks.
    pub largest_record: i64,
}

// SAFETY: it is `repr(C)`, begins with its size, and has integers only.
unsafe impl Versioned for fencepost_cluster {
    const FIRST: usize = size_of::<Self>();
}

/// Releases of brokers that treat idempotent producers alike.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum fencepost_brokers {
    /// Since 2.8 the right to write to any topic is enough.
    FENCEPOST_BROKERS_SINCE_2_8 = 0,
    /// 0.11 to 2.7: IDEMPOTENT_WRITE on the cluster is needed.
    FENCEPOST_BROKERS_BEFORE_2_8 = 1,
    /// Before 0.11: there are no producer ids.
    FENCEPOST_BROKERS_BEFORE_0_11 = 2,
}

impl fencepost_cluster {
    fn read(&self) -> Result<Cluster, fencepost_status> {
        let default = Cluster::default();
        let brokers = match self.brokers {
            0 => Brokers::Since2_8,
            1 => Brokers::Before2_8,
            2 => Brokers::Before0_11,
            _ => return Err(FENCEPOST_VALUE),
        };
        if self.reserved != 0 {
            return Err(FENCEPOST_VALUE);
        }
        let or = |given: i32, default: i32| if given == 0 { default } else { given };
        Ok(Cluster {
            brokers,
            idempotent_write: !flag(self.without_idempotent_write)?,
            transaction_max_timeout_ms: or(
                self.transaction_max_timeout_ms,
                default.transaction_max_timeout_ms,
            ),
            message_max_bytes: or(self.message_max_bytes, default.message_max_bytes),
            min_insync_replicas: or(self.min_insync_replicas, default.min_insync_replicas),
            in_sync_replicas: or(self.in_sync_replicas, default.in_sync_replicas),
        })
    }
}

/// What a finding is about: fencepost_config_finding.kind. Below 100 the client does not start;
/// from 100 on it is why the promise is what it is, from 200 on what should be known, from 300 on
/// what brokers refuse once it runs.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum fencepost_config_finding_kind {
    /// It must be true or false.
    FENCEPOST_CONFIG_FINDING_BOOLEAN = 1,
    /// It must be a whole number of 32 bits.
    FENCEPOST_CONFIG_FINDING_INT = 2,
    /// It must be a whole number of 64 bits.
    FENCEPOST_CONFIG_FINDING_LONG = 3,
    /// It must be text.
    FENCEPOST_CONFIG_FINDING_TEXT = 4,
    /// It must not be null.
    FENCEPOST_CONFIG_FINDING_NOT_NULL = 5,
    /// Nothing checks this null, and the client fails with a null pointer.
    FENCEPOST_CONFIG_FINDING_NULL_CRASHES = 6,
    /// It is below its bound. a: the bound.
    FENCEPOST_CONFIG_FINDING_AT_LEAST = 7,
    /// It is none of the words it may be.
    FENCEPOST_CONFIG_FINDING_ONE_OF = 8,
    /// It must not be empty.
    FENCEPOST_CONFIG_FINDING_NOT_EMPTY = 9,
    /// Idempotence needs at least one retry.
    FENCEPOST_CONFIG_FINDING_RETRIES = 10,
    /// Idempotence needs acks=all.
    FENCEPOST_CONFIG_FINDING_ACKS_ALL = 11,
    /// Idempotence bounds the requests in flight. a: the bound; b: 1 if idempotence was asked for.
    FENCEPOST_CONFIG_FINDING_IN_FLIGHT = 12,
    /// Transactions need idempotence, and it is off.
    FENCEPOST_CONFIG_FINDING_IDEMPOTENCE = 13,
    /// The deadline must cover linger.ms and request.timeout.ms. a: the least.
    FENCEPOST_CONFIG_FINDING_DELIVERY = 14,
    /// Transactions under two-phase commit have no timeout.
    FENCEPOST_CONFIG_FINDING_NO_TIMEOUT = 15,
    /// Another reason not to start, of a newer core.
    FENCEPOST_CONFIG_FINDING_OTHER_PROBLEM = 99,
    /// Idempotence is on: brokers know a batch that they have seen.
    FENCEPOST_CONFIG_FINDING_SEQUENCED = 100,
    /// A transactional id fences the sessions before.
    FENCEPOST_CONFIG_FINDING_FENCED = 101,
    /// A new session is unknown, and what it sends again is written again.
    FENCEPOST_CONFIG_FINDING_NEW_SESSION_UNKNOWN = 102,
    /// A batch whose deadline passes may be on the log or not.
    FENCEPOST_CONFIG_FINDING_DEADLINE_DECIDES_NOTHING = 103,
    /// Idempotence is off.
    FENCEPOST_CONFIG_FINDING_NOT_IDEMPOTENT = 104,
    /// A retry may write a batch again. a: how often at most.
    FENCEPOST_CONFIG_FINDING_RETRIES_DUPLICATE = 105,
    /// A retry may come after later batches. a: the requests in flight.
    FENCEPOST_CONFIG_FINDING_RETRIES_REORDER = 106,
    /// One request is under way at a time, so nothing overtakes a retry.
    FENCEPOST_CONFIG_FINDING_ONE_IN_FLIGHT = 107,
    /// Nothing is sent again.
    FENCEPOST_CONFIG_FINDING_NO_RETRIES = 108,
    /// The broker does not answer, so a loss goes unnoticed.
    FENCEPOST_CONFIG_FINDING_NO_ANSWER = 109,
    /// An acknowledged record is lost if the leader fails before a follower has it.
    FENCEPOST_CONFIG_FINDING_LEADER_ALONE = 110,
    /// Another reason, of a newer core.
    FENCEPOST_CONFIG_FINDING_OTHER_REASON = 199,
    /// Idempotence would be on, and these settings dropped it without an error.
    FENCEPOST_CONFIG_FINDING_IDEMPOTENCE_DROPPED = 200,
    /// Idempotence is off because this release does not turn it on.
    FENCEPOST_CONFIG_FINDING_IDEMPOTENCE_NOT_DEFAULT = 201,
    /// The deadline was not set and had to be raised. a: from, b: to.
    FENCEPOST_CONFIG_FINDING_DELIVERY_RAISED = 202,
    /// retry.backoff.ms is above retry.backoff.max.ms. a: every wait.
    FENCEPOST_CONFIG_FINDING_BACKOFF_CONSTANT = 203,
    /// A batch may fail long before its deadline. a: the retries.
    FENCEPOST_CONFIG_FINDING_RETRIES_BOUNDED = 204,
    /// transaction.timeout.ms does nothing without a transactional.id.
    FENCEPOST_CONFIG_FINDING_TRANSACTION_TIMEOUT_UNUSED = 205,
    /// A transaction may be aborted while its batches are still sent again. a: the deadline, b: the
    /// transaction's timeout.
    FENCEPOST_CONFIG_FINDING_DELIVERY_OUTLIVES_TRANSACTION = 206,
    /// Another warning, of a newer core.
    FENCEPOST_CONFIG_FINDING_OTHER_WARNING = 299,
    /// The brokers know no producer ids.
    FENCEPOST_CONFIG_FINDING_NO_PRODUCER_IDS = 300,
    /// The brokers want the ACL IDEMPOTENT_WRITE.
    FENCEPOST_CONFIG_FINDING_NOT_AUTHORIZED = 301,
    /// The coordinator refuses the transaction timeout. a: it, b: the largest it takes.
    FENCEPOST_CONFIG_FINDING_TRANSACTION_TIMEOUT = 302,
    /// A record is larger than a request, or than the memory. a: its bytes, b: the bound.
    FENCEPOST_CONFIG_FINDING_RECORD_TOO_LARGE = 303,
    /// A batch may be larger than the broker takes. a: max.request.size, b: the bound.
    FENCEPOST_CONFIG_FINDING_BATCH_TOO_LARGE = 304,
    /// Fewer replicas are in sync than the topic asks for. a: how many, b: how many it asks for.
    FENCEPOST_CONFIG_FINDING_NOT_ENOUGH_REPLICAS = 305,
    /// With min.insync.replicas 1, acks=all may mean the leader alone.
    FENCEPOST_CONFIG_FINDING_LEADER_MAY_SUFFICE = 306,
    /// Something else that brokers refuse, of a newer core.
    FENCEPOST_CONFIG_FINDING_OTHER_LATER = 399,
}
use fencepost_config_finding_kind::*;

/// When it shows: fencepost_config_finding.moment.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum fencepost_config_moment {
    /// When the client is made.
    FENCEPOST_CONFIG_MOMENT_START = 0,
    /// At the first InitProducerId: before anything is sent.
    FENCEPOST_CONFIG_MOMENT_FIRST_INIT_PRODUCER_ID = 1,
    /// In a send, before the record leaves the client.
    FENCEPOST_CONFIG_MOMENT_SEND = 2,
    /// When the leader answers a produce request.
    FENCEPOST_CONFIG_MOMENT_PRODUCE = 3,
    /// Nothing tells.
    FENCEPOST_CONFIG_MOMENT_NEVER = 4,
}

/// What comes of it: fencepost_config_finding.outcome.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum fencepost_config_outcome {
    /// Nothing is refused.
    FENCEPOST_CONFIG_OUTCOME_ACCEPTED = 0,
    /// The client does not start.
    FENCEPOST_CONFIG_OUTCOME_REFUSED = 1,
    /// The producer can only be closed.
    FENCEPOST_CONFIG_OUTCOME_FATAL = 2,
    /// The record fails; the producer goes on.
    FENCEPOST_CONFIG_OUTCOME_RECORD_FAILS = 3,
    /// The record fails, and the transaction can only be aborted.
    FENCEPOST_CONFIG_OUTCOME_TRANSACTION_ABORTS = 4,
    /// The batch is split and sent in parts.
    FENCEPOST_CONFIG_OUTCOME_SPLIT = 5,
    /// The batch is sent again until its deadline.
    FENCEPOST_CONFIG_OUTCOME_RETRIED_UNTIL_DEADLINE = 6,
}

/// Something to be said of a configuration. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_config_finding {
    /// A fencepost_config_finding_kind.
    pub kind: u32,
    /// A fencepost_config_moment.
    pub moment: u32,
    /// A fencepost_config_outcome.
    pub outcome: u32,
    /// Below 100 the setting that the client's error is about, a fencepost_setting; else
    /// 4294967295.
    pub setting: u32,
    /// Below 100 the entry that gave its value, entries_len if none did; else 0.
    pub position: u64,
    /// The first number that the kind names; 0 if it names none.
    pub a: i64,
    /// The second.
    pub b: i64,
    /// The Kafka code with which brokers say it; 0 if none does.
    pub kafka_code: i16,
    /// 0.
    pub reserved: [u16; 3],
    /// In English, ended by a NUL, cut off where there is no room.
    pub sentence: [c_char; 256],
}

impl fencepost_config_finding {
    fn new((kind, a, b): Said, why: &dyn Display) -> Self {
        let mut bytes = [0_u8; 256];
        let mut sentence = Sentence::new(&mut bytes);
        // Writing to it never fails.
        let _ = write!(sentence, "{why}");
        sentence.finish();
        Self {
            kind: kind as u32,
            moment: fencepost_config_moment::FENCEPOST_CONFIG_MOMENT_START as u32,
            outcome: fencepost_config_outcome::FENCEPOST_CONFIG_OUTCOME_ACCEPTED as u32,
            setting: u32::MAX,
            position: 0,
            a,
            b,
            kafka_code: 0,
            reserved: [0; 3],
            sentence: bytes.map(|byte| byte as c_char),
        }
    }

    fn problem(error: &ConfigError<'_>, given: &Given<'_>) -> Self {
        Self {
            outcome: fencepost_config_outcome::FENCEPOST_CONFIG_OUTCOME_REFUSED as u32,
            setting: number(error.setting),
            position: crate::wire::tell::wide(given.place_of(error.setting)),
            ..Self::new(rule(&error.rule), error)
        }
    }

    fn later(one: &Later, resolved: &Resolved<'_>) -> Self {
        use fencepost_config_moment::*;
        use fencepost_config_outcome::*;
        let moment = match one.moment() {
            Moment::FirstInitProducerId => FENCEPOST_CONFIG_MOMENT_FIRST_INIT_PRODUCER_ID,
            Moment::Send => FENCEPOST_CONFIG_MOMENT_SEND,
            Moment::Produce => FENCEPOST_CONFIG_MOMENT_PRODUCE,
            Moment::Never => FENCEPOST_CONFIG_MOMENT_NEVER,
        };
        let outcome = match one.outcome(resolved) {
            Outcome::Fatal => FENCEPOST_CONFIG_OUTCOME_FATAL,
            Outcome::RecordFails => FENCEPOST_CONFIG_OUTCOME_RECORD_FAILS,
            Outcome::TransactionAborts => FENCEPOST_CONFIG_OUTCOME_TRANSACTION_ABORTS,
            Outcome::Split => FENCEPOST_CONFIG_OUTCOME_SPLIT,
            Outcome::RetriedUntilDeadline => FENCEPOST_CONFIG_OUTCOME_RETRIED_UNTIL_DEADLINE,
            Outcome::Accepted => FENCEPOST_CONFIG_OUTCOME_ACCEPTED,
        };
        Self {
            moment: moment as u32,
            outcome: outcome as u32,
            kafka_code: one.error_code().map_or(0, |code| code.get()),
            ..Self::new(refusal(one), one)
        }
    }
}

/// A kind, and the numbers that it names.
type Said = (fencepost_config_finding_kind, i64, i64);

fn rule(rule: &Rule) -> Said {
    match *rule {
        Rule::Boolean => (FENCEPOST_CONFIG_FINDING_BOOLEAN, 0, 0),
        Rule::Int => (FENCEPOST_CONFIG_FINDING_INT, 0, 0),
        Rule::Long => (FENCEPOST_CONFIG_FINDING_LONG, 0, 0),
        Rule::Text => (FENCEPOST_CONFIG_FINDING_TEXT, 0, 0),
        Rule::NotNull => (FENCEPOST_CONFIG_FINDING_NOT_NULL, 0, 0),
        Rule::NullCrashes => (FENCEPOST_CONFIG_FINDING_NULL_CRASHES, 0, 0),
        Rule::AtLeast { least } => (FENCEPOST_CONFIG_FINDING_AT_LEAST, least, 0),
        Rule::OneOf { .. } => (FENCEPOST_CONFIG_FINDING_ONE_OF, 0, 0),
        Rule::NotEmpty => (FENCEPOST_CONFIG_FINDING_NOT_EMPTY, 0, 0),
        Rule::Retries => (FENCEPOST_CONFIG_FINDING_RETRIES, 0, 0),
        Rule::AcksAll => (FENCEPOST_CONFIG_FINDING_ACKS_ALL, 0, 0),
        Rule::InFlight { most, asked } => {
            (FENCEPOST_CONFIG_FINDING_IN_FLIGHT, most.into(), asked.into())
        }
        Rule::Idempotence { .. } => (FENCEPOST_CONFIG_FINDING_IDEMPOTENCE, 0, 0),
        Rule::Delivery { least } => (FENCEPOST_CONFIG_FINDING_DELIVERY, least.into(), 0),
        Rule::NoTimeout => (FENCEPOST_CONFIG_FINDING_NO_TIMEOUT, 0, 0),
        _ => (FENCEPOST_CONFIG_FINDING_OTHER_PROBLEM, 0, 0),
    }
}

fn reason(reason: &Reason) -> Said {
    match *reason {
        Reason::Sequenced => (FENCEPOST_CONFIG_FINDING_SEQUENCED, 0, 0),
        Reason::Fenced => (FENCEPOST_CONFIG_FINDING_FENCED, 0, 0),
        Reason::NewSessionUnknown => (FENCEPOST_CONFIG_FINDING_NEW_SESSION_UNKNOWN, 0, 0),
        Reason::DeadlineDecidesNothing => (FENCEPOST_CONFIG_FINDING_DEADLINE_DECIDES_NOTHING, 0, 0),
        Reason::NotIdempotent(_) => (FENCEPOST_CONFIG_FINDING_NOT_IDEMPOTENT, 0, 0),
        Reason::RetriesDuplicate { retries } => {
            (FENCEPOST_CONFIG_FINDING_RETRIES_DUPLICATE, retries.into(), 0)
        }
        Reason::RetriesReorder { in_flight } => {
            (FENCEPOST_CONFIG_FINDING_RETRIES_REORDER, in_flight.into(), 0)
        }
        Reason::OneInFlight => (FENCEPOST_CONFIG_FINDING_ONE_IN_FLIGHT, 0, 0),
        Reason::NoRetries => (FENCEPOST_CONFIG_FINDING_NO_RETRIES, 0, 0),
        Reason::NoAnswer => (FENCEPOST_CONFIG_FINDING_NO_ANSWER, 0, 0),
        Reason::LeaderAlone => (FENCEPOST_CONFIG_FINDING_LEADER_ALONE, 0, 0),
        _ => (FENCEPOST_CONFIG_FINDING_OTHER_REASON, 0, 0),
    }
}

fn warning(warning: &Warning) -> Said {
    match *warning {
        Warning::IdempotenceDropped(_) => (FENCEPOST_CONFIG_FINDING_IDEMPOTENCE_DROPPED, 0, 0),
        Warning::IdempotenceNotDefault => (FENCEPOST_CONFIG_FINDING_IDEMPOTENCE_NOT_DEFAULT, 0, 0),
        Warning::DeliveryRaised { from, to } => {
            (FENCEPOST_CONFIG_FINDING_DELIVERY_RAISED, from.into(), to.into())
        }
        Warning::BackoffConstant { max_ms } => {
            (FENCEPOST_CONFIG_FINDING_BACKOFF_CONSTANT, max_ms, 0)
        }
        Warning::RetriesBounded { retries } => {
            (FENCEPOST_CONFIG_FINDING_RETRIES_BOUNDED, retries.into(), 0)
        }
        Warning::TransactionTimeoutUnused => {
            (FENCEPOST_CONFIG_FINDING_TRANSACTION_TIMEOUT_UNUSED, 0, 0)
        }
        Warning::DeliveryOutlivesTransaction { delivery_ms, transaction_ms } => (
            FENCEPOST_CONFIG_FINDING_DELIVERY_OUTLIVES_TRANSACTION,
            delivery_ms.into(),
            transaction_ms.into(),
        ),
        _ => (FENCEPOST_CONFIG_FINDING_OTHER_WARNING, 0, 0),
    }
}

fn refusal(later: &Later) -> Said {
    match *later {
        Later::NoProducerIds => (FENCEPOST_CONFIG_FINDING_NO_PRODUCER_IDS, 0, 0),
        Later::NotAuthorized => (FENCEPOST_CONFIG_FINDING_NOT_AUTHORIZED, 0, 0),
        Later::TransactionTimeout { timeout_ms, max_ms } => {
            (FENCEPOST_CONFIG_FINDING_TRANSACTION_TIMEOUT, timeout_ms.into(), max_ms.into())
        }
        Later::RecordTooLarge { bytes, most } => {
            (FENCEPOST_CONFIG_FINDING_RECORD_TOO_LARGE, bytes, most)
        }
        Later::BatchTooLarge { bytes, most } => {
            (FENCEPOST_CONFIG_FINDING_BATCH_TOO_LARGE, bytes.into(), most.into())
        }
        Later::NotEnoughReplicas { in_sync, least } => {
            (FENCEPOST_CONFIG_FINDING_NOT_ENOUGH_REPLICAS, in_sync.into(), least.into())
        }
        Later::LeaderMaySuffice => (FENCEPOST_CONFIG_FINDING_LEADER_MAY_SUFFICE, 0, 0),
        _ => (FENCEPOST_CONFIG_FINDING_OTHER_LATER, 0, 0),
    }
}

/// Counts what is said, and keeps what was asked for.
struct Told<'a> {
    from: usize,
    seen: usize,
    written: usize,
    array: OutSlice<'a, fencepost_config_finding>,
}

impl Told<'_> {
    fn say(&mut self, finding: fencepost_config_finding) {
        let wanted = self.seen >= self.from && self.written < self.array.len();
        self.seen += 1;
        if wanted && self.array.write(self.written, finding).is_ok() {
            self.written += 1;
        }
    }
}

/// All that is to be said of a configuration, from number `from` on, as many as the array has room
/// for; `count` is told how many were written, 0 at the end. There are at most
/// FENCEPOST_CONFIG_FINDINGS_MAX.
///
/// If the client does not start: everything for which it does not, in the order in which it would
/// report it. If it starts: why its promise is what it is, what should be known, and what the
/// brokers of `cluster` (NULL for Kafka's defaults) refuse once it runs. Nothing is allocated.
/// O(entries x findings). Any thread, any time.
///
/// Errors: FENCEPOST_TEXT; FENCEPOST_VALUE, also for a release before 0.11, which has no
/// idempotence.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_config_findings(
    entries: *const fencepost_config_entry,
    entries_len: usize,
    version: *const fencepost_client_version,
    cluster: *const fencepost_cluster,
    from: usize,
    findings: *mut fencepost_config_finding,
    findings_len: usize,
    count: *mut usize,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let (given, array, count) = unsafe {
            let given = Given::read(entries, entries_len, version)?;
            (given, OutSlice::new(findings, findings_len)?, Out::new(count)?)
        };
        let (mut brokers, mut cluster_at, mut largest) = (Cluster::default(), Extent::NOTHING, 0);
        if !cluster.is_null() {
            // SAFETY: the same.
            let (read, at) = unsafe { options(cluster) }?;
            (brokers, cluster_at, largest) = (read.read()?, at, read.largest_record);
        }
        let written = [array.extent(), count.extent()];
        apart(written, [cluster_at])?;
        given.apart(written)?;
        let mut said = Told { from, seen: 0, written: 0, array };
        for error in problems(&given.settings, given.release) {
            said.say(fencepost_config_finding::problem(&error, &given));
        }
        if let Ok(resolved) = resolve(&given.settings, given.release) {
            for one in &guarantee(&resolved).reasons {
                said.say(fencepost_config_finding::new(reason(one), one));
            }
            for one in &resolved.warnings {
                said.say(fencepost_config_finding::new(warning(one), one));
            }
            let too_large = record_too_large(&resolved, largest).filter(|_| largest > 0);
            for one in later(&resolved, &brokers).iter().chain(&too_large) {
                said.say(fencepost_config_finding::later(one, &resolved));
            }
        }
        count.write(said.written);
        Ok(())
    })
}
