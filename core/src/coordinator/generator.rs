//! Which producer id does this broker hand out next?

use core::fmt;

use super::blocks::IdBlock;
use crate::error_code::ErrorCode;
use crate::ids::{ProducerId, Timestamp};

/// How long a refused request for a block is not repeated, in milliseconds.
pub const BACKOFF_MS: i64 = 50;

/// A broker's producer ids: the block in use, and the next one, fetched before it is needed
/// (coordinator spec 2). 64 bytes.
///
/// After each [`generate`](Self::generate) ask [`poll_request`](Self::poll_request): if it says
/// so, send AllocateProducerIds to the controller and say
/// [`handle_sent`](Self::handle_sent); then one of the other `handle_` methods for what came of
/// it.
///
/// Ids are strictly growing: a block that does not lie above the one in use is refused, so no id
/// is handed out twice, whatever the controller answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdGenerator {
    current: IdBlock,
    /// How many ids of the current block are handed out.
    taken: i32,
    next: Option<IdBlock>,
    request: Request,
    backoff_until: Option<Timestamp>,
}

/// Where the request for the next block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Request {
    None,
    Wanted,
    Sent,
}

/// No producer id now: the next block is on its way.
///
/// Kafka fails at once where it once blocked the request's thread (KAFKA-14694).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitingForBlock;

impl WaitingForBlock {
    /// COORDINATOR_LOAD_IN_PROGRESS, because older clients take REQUEST_TIMED_OUT as fatal
    /// (KAFKA-14417).
    #[must_use]
    pub const fn error_code(&self) -> ErrorCode {
        ErrorCode::COORDINATOR_LOAD_IN_PROGRESS
    }
}

impl fmt::Display for WaitingForBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the next block of producer ids is not there yet (coordinator spec 2)")
    }
}

impl core::error::Error for WaitingForBlock {}

/// Why an answer of the controller is not used; it is asked again after [`BACKOFF_MS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnusableBlock {
    /// It does not lie above the block in use: ids would be handed out twice, or negative ones.
    NotAbove {
        /// The last id of the block in use; -1 before the first.
        last: i64,
        /// The first id of the answer.
        got: i64,
    },
    /// It is no range of ids: its length is negative, or it ends above the highest number.
    NoRange {
        /// The first id of the answer.
        first: i64,
        /// Its length.
        len: i32,
    },
}

impl fmt::Display for UnusableBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NotAbove { last, got } => {
                write!(f, "a block at {got} does not lie above {last}")?;
            }
            Self::NoRange { first, len } => write!(f, "{len} ids from {first} are no block")?,
        }
        f.write_str(" (coordinator spec 2)")
    }
}

impl core::error::Error for UnusableBlock {}

impl Default for IdGenerator {
    fn default() -> Self {
        Self::new()
    }
}

impl IdGenerator {
    /// Without a block: the first [`generate`](Self::generate) fails, and asks for one.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            current: IdBlock::EMPTY,
            taken: 0,
            next: None,
            request: Request::None,
            backoff_until: None,
        }
    }

    /// A producer id that was never handed out before.
    ///
    /// Kafka tries up to four blocks in one call, since other threads may empty one between the
    /// swap and the claim. Here nothing comes between, so one swap is all there can be.
    ///
    /// # Errors
    /// The block is used up and the next is not there; nothing was handed out.
    pub fn generate(&mut self, now: Timestamp) -> Result<ProducerId, WaitingForBlock> {
        if let Some(id) = self.claim(now) {
            return Ok(id);
        }
        if let Some(next) = self.next.take() {
            self.current = next;
            self.taken = 0;
            if let Some(id) = self.claim(now) {
                return Ok(id);
            }
        }
        self.want_block(now);
        Err(WaitingForBlock)
    }

    fn claim(&mut self, now: Timestamp) -> Option<ProducerId> {
        if self.taken >= self.current.len {
            return None;
        }
        let (taken, len) = (i64::from(self.taken), i64::from(self.current.len));
        // Nine tenths, rounded down: the 901st id of 1000.
        let is_prefetch = taken == len.wrapping_mul(9).wrapping_div(10);
        let id = ProducerId::new(self.current.first.wrapping_add(taken))?;
        self.taken = self.taken.wrapping_add(1);
        if is_prefetch {
            self.want_block(now);
        }
        Some(id)
    }

    fn want_block(&mut self, now: Timestamp) {
        let backed_off = self.backoff_until.is_none_or(|until| now >= until);
        if self.next.is_none() && self.request == Request::None && backed_off {
            self.request = Request::Wanted;
            self.backoff_until = None;
        }
    }

    /// Whether AllocateProducerIds is to be sent now. May change in any other method.
    #[must_use]
    pub const fn poll_request(&self) -> bool {
        matches!(self.request, Request::Wanted)
    }

    /// AllocateProducerIds was sent. Says nothing if none was wanted.
    pub fn handle_sent(&mut self) {
        if self.poll_request() {
            self.request = Request::Sent;
        }
    }

    /// The controller gave `len` ids from `first`. They are for this broker, `broker_id`.
    ///
    /// # Errors
    /// The answer is not usable; nothing changed but that the next request waits [`BACKOFF_MS`].
    pub fn handle_block(
        &mut self,
        broker_id: i32,
        first: i64,
        len: i32,
        now: Timestamp,
    ) -> Result<(), UnusableBlock> {
        let last = self.current.last();
        let unusable = if first <= last {
            Some(UnusableBlock::NotAbove { last, got: first })
        } else if len < 0 || first > i64::MAX.saturating_sub(i64::from(len)) {
            Some(UnusableBlock::NoRange { first, len })
        } else {
            None
        };
        if let Some(unusable) = unusable {
            self.handle_error(now);
            return Err(unusable);
        }
        self.request = Request::None;
        self.next = Some(IdBlock { broker_id, first, len });
        Ok(())
    }

    /// The controller answered an error, or nothing that can be read: asked again after
    /// [`BACKOFF_MS`].
    pub fn handle_error(&mut self, now: Timestamp) {
        self.request = Request::None;
        self.backoff_until =
            Some(Timestamp::from_millis(now.as_millis().saturating_add(BACKOFF_MS)));
    }

    /// The request timed out: it may be sent again at once.
    pub fn handle_timeout(&mut self) {
        self.request = Request::None;
    }

    /// The block in use; [`IdBlock::EMPTY`] at first.
    #[must_use]
    pub const fn current_block(&self) -> IdBlock {
        self.current
    }

    /// The block that was fetched ahead.
    #[must_use]
    pub const fn next_block(&self) -> Option<IdBlock> {
        self.next
    }
}
