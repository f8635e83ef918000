//! What does a client make of its settings, and what is left of exactly once?

use core::ffi::c_char;

use fencepost::config::{
    ClientId, ConfigError, Idempotence, OffBy, OnBy, Promise, Resolved, Rule, guarantee, resolve,
};

use super::settings::{Given, fencepost_client_version, fencepost_config_entry};
use crate::boundary::{Out, apart, call};
use crate::error::{Facts, Tell, Teller, fencepost_error};
use crate::status::fencepost_status::{self, *};
use crate::wire::tell::wide;

/// How often and in which order the records of a partition are on the log:
/// fencepost_resolved.promise, from the strongest down.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum fencepost_promise {
    /// Exactly once, in order, all of a transaction or nothing, across the sessions of one
    /// transactional id.
    FENCEPOST_PROMISE_EXACTLY_ONCE_ACROSS_SESSIONS = 0,
    /// Exactly once and in order, for each partition, while the producer lives.
    FENCEPOST_PROMISE_EXACTLY_ONCE_PER_SESSION = 1,
    /// At least once: a retry may repeat records, but none overtakes another.
    FENCEPOST_PROMISE_AT_LEAST_ONCE_IN_ORDER = 2,
    /// At least once, and a retry may come after records that were sent later.
    FENCEPOST_PROMISE_AT_LEAST_ONCE = 3,
    /// At most once: nothing is repeated, and what fails is lost.
    FENCEPOST_PROMISE_AT_MOST_ONCE = 4,
}

/// Whether idempotence is on, and why: fencepost_resolved.idempotence.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum fencepost_idempotence {
    /// On: enable.idempotence=true is written out, so that conflicts are errors.
    FENCEPOST_IDEMPOTENCE_ON_BY_REQUEST = 0,
    /// On: the release turns it on; a conflict would drop it.
    FENCEPOST_IDEMPOTENCE_ON_BY_DEFAULT = 1,
    /// On: there is a transactional.id and no switch, before 3.0.1.
    FENCEPOST_IDEMPOTENCE_ON_BY_TRANSACTIONAL_ID = 2,
    /// Off: enable.idempotence=false is written out.
    FENCEPOST_IDEMPOTENCE_OFF_BY_REQUEST = 3,
    /// Off: the release does not turn it on, before 3.0.1.
    FENCEPOST_IDEMPOTENCE_OFF_BY_DEFAULT = 4,
    /// Off: it would be on, and other settings dropped it without an error (KAFKA-13673).
    FENCEPOST_IDEMPOTENCE_OFF_BY_CONFLICT = 5,
}

/// Where the client's id comes from: fencepost_resolved.client_id_from.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum fencepost_client_id_from {
    /// "producer-" and a number that counts the process's producers from 1.
    FENCEPOST_CLIENT_ID_COUNTED = 0,
    /// As given.
    FENCEPOST_CLIENT_ID_GIVEN = 1,
    /// "producer-" and the transactional id.
    FENCEPOST_CLIENT_ID_OF_TRANSACTIONAL_ID = 2,
}

/// What a client makes of its settings. Times are milliseconds, sizes bytes. Frozen: it never
/// grows.
///
/// A fencepost_producer that is to run as checked takes from it transactional, max_in_flight,
/// retries, delivery_timeout_ms, retry_backoff_ms, retry_backoff_max_ms and request_lifetime_ms,
/// where what is 0 here is -1 there; a fencepost_transaction_manager transaction_timeout_ms and
/// retry_backoff_ms.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_resolved {
    /// A fencepost_promise: what is left of exactly once.
    pub promise: u32,
    /// A fencepost_idempotence.
    pub idempotence: u32,
    /// Whether produce requests carry a producer id, an epoch and sequences.
    pub is_idempotent: bool,
    /// Whether there is a transactional id.
    pub is_transactional: bool,
    /// Whether transactions never expire (KIP-939).
    pub two_phase_commit: bool,
    /// 0.
    pub reserved: u8,
    /// acks: -1 (all), 0 or 1.
    pub acks: i16,
    /// 0.
    pub reserved2: u16,
    /// How often a batch is sent again.
    pub retries: i32,
    /// Requests without an answer, at least 1.
    pub max_in_flight: i32,
    /// The deadline of a record, raised if it has to be; -1 before 2.1, where there is none.
    pub delivery_timeout_ms: i32,
    /// How long a batch waits for records.
    pub linger_ms: i32,
    /// How long an answer may take.
    pub request_timeout_ms: i32,
    /// transaction.timeout.ms, any number; 0 without a transactional id.
    pub transaction_timeout_ms: i32,
    /// The wait before the first retry.
    pub retry_backoff_ms: i64,
    /// The longest wait.
    pub retry_backoff_max_ms: i64,
    /// How long a send may block.
    pub max_block_ms: i64,
    /// Bytes for batches that wait.
    pub buffer_memory: i64,
    /// How long a request can be under way before a broker handles it, as this library's producer
    /// takes it: request.timeout.ms and the time that a connection takes, at least 120000.
    pub request_lifetime_ms: i64,
    /// Bytes of a batch, at least 1.
    pub batch_size: i32,
    /// Bytes of a request.
    pub max_request_size: i32,
    /// The transactional id, trimmed: a part of the entry's value, not ended by a NUL. NULL without
    /// one.
    pub transactional_id: *const c_char,
    /// Its bytes.
    pub transactional_id_len: usize,
    /// What the client's id is made of, trimmed: a part of an entry's value, not ended by a NUL.
    /// NULL with FENCEPOST_CLIENT_ID_COUNTED.
    pub client_id: *const c_char,
    /// Its bytes.
    pub client_id_len: usize,
    /// A fencepost_client_id_from.
    pub client_id_from: u32,
    /// 0.
    pub reserved3: [u32; 3],
}

fn parts(text: Option<&str>) -> (*const c_char, usize) {
    text.map_or((core::ptr::null(), 0), |text| (text.as_ptr().cast(), text.len()))
}

impl fencepost_resolved {
    fn of(resolved: &Resolved<'_>) -> Self {
        use fencepost_client_id_from::*;
        use fencepost_idempotence::*;
        use fencepost_promise::*;
        let promise = match guarantee(resolved).promise {
            Promise::ExactlyOnceAcrossSessions => FENCEPOST_PROMISE_EXACTLY_ONCE_ACROSS_SESSIONS,
            Promise::ExactlyOncePerSession => FENCEPOST_PROMISE_EXACTLY_ONCE_PER_SESSION,
            Promise::AtLeastOnceInOrder => FENCEPOST_PROMISE_AT_LEAST_ONCE_IN_ORDER,
            Promise::AtLeastOnce => FENCEPOST_PROMISE_AT_LEAST_ONCE,
            Promise::AtMostOnce => FENCEPOST_PROMISE_AT_MOST_ONCE,
        };
        let idempotence = match resolved.idempotence {
            Idempotence::On(OnBy::Request) => FENCEPOST_IDEMPOTENCE_ON_BY_REQUEST,
            Idempotence::On(OnBy::Default) => FENCEPOST_IDEMPOTENCE_ON_BY_DEFAULT,
            Idempotence::On(OnBy::TransactionalId) => FENCEPOST_IDEMPOTENCE_ON_BY_TRANSACTIONAL_ID,
            Idempotence::Off(OffBy::Request) => FENCEPOST_IDEMPOTENCE_OFF_BY_REQUEST,
            Idempotence::Off(OffBy::Default) => FENCEPOST_IDEMPOTENCE_OFF_BY_DEFAULT,
            Idempotence::Off(OffBy::Conflicts(_)) => FENCEPOST_IDEMPOTENCE_OFF_BY_CONFLICT,
        };
        let (from, client_id) = match resolved.client_id {
            ClientId::Counted => (FENCEPOST_CLIENT_ID_COUNTED, None),
            ClientId::Given(id) => (FENCEPOST_CLIENT_ID_GIVEN, Some(id)),
            ClientId::OfTransactionalId(id) => (FENCEPOST_CLIENT_ID_OF_TRANSACTIONAL_ID, Some(id)),
        };
        let transactional = resolved.transactional;
        let (transactional_id, transactional_id_len) = parts(transactional.map(|it| it.id));
        let (client_id, client_id_len) = parts(client_id);
        Self {
            promise: promise as u32,
            idempotence: idempotence as u32,
            is_idempotent: resolved.idempotence.is_on(),
            is_transactional: transactional.is_some(),
            two_phase_commit: transactional.is_some_and(|it| it.two_phase_commit),
            reserved: 0,
            acks: resolved.acks.get(),
            reserved2: 0,
            retries: resolved.retries,
            max_in_flight: resolved.max_in_flight,
            delivery_timeout_ms: resolved.delivery_timeout_ms.unwrap_or(-1),
            linger_ms: resolved.linger_ms,
            request_timeout_ms: resolved.request_timeout_ms,
            transaction_timeout_ms: transactional.map_or(0, |it| it.timeout_ms),
            retry_backoff_ms: resolved.retry_backoff_ms,
            retry_backoff_max_ms: resolved.retry_backoff_max_ms,
            max_block_ms: resolved.max_block_ms,
            buffer_memory: resolved.buffer_memory,
            request_lifetime_ms: resolved.request_lifetime_ms(),
            batch_size: resolved.batch_size,
            max_request_size: resolved.max_request_size,
            transactional_id,
            transactional_id_len,
            client_id,
            client_id_len,
            client_id_from: from as u32,
            reserved3: [0; 3],
        }
    }
}

impl Tell for ConfigError<'_> {
    fn facts(&self) -> Facts {
        let facts = Facts::of(FENCEPOST_CONFIG, -1);
        match self.rule {
            Rule::AtLeast { least } => facts.numbers(least, 0),
            Rule::InFlight { most, .. } => facts.numbers(most.into(), 0),
            Rule::Delivery { least } => facts.numbers(least.into(), 0),
            _ => facts,
        }
    }
}

/// What the client of a release makes of a configuration, and what is left of exactly once. The
/// texts in it are parts of the entries' values, and good as long as these are. Nothing is
/// allocated. O(entries). Any thread, any time.
///
/// Errors: FENCEPOST_CONFIG if the client does not start with it, the first reason that it would
/// report (fencepost_config_findings lists all): error.position is the entry, or entries_len for a
/// setting that was not given; error.expected is the bound, where the rule is one.
/// FENCEPOST_TEXT; FENCEPOST_VALUE for a release before 0.11, which has no idempotence.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_config_resolve(
    entries: *const fencepost_config_entry,
    entries_len: usize,
    version: *const fencepost_client_version,
    resolved: *mut fencepost_resolved,
    error: *mut fencepost_error,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let (given, out, teller) = unsafe {
            let given = Given::read(entries, entries_len, version)?;
            (given, Out::new(resolved)?, Teller::new(error)?)
        };
        let written = [out.extent(), teller.extent(), teller.text()];
        apart(written, [])?;
        given.apart(written)?;
        let found = resolve(&given.settings, given.release);
        let found =
            found.map_err(|error| teller.tell_at(&error, wide(given.place_of(error.setting))))?;
        out.write(fencepost_resolved::of(&found));
        Ok(())
    })
}
