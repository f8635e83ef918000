//! When does a partition begin to count anew, and under which epoch?
//!
//! A number that was never filled, or that nobody knows of, makes the broker refuse all that comes
//! after it. The cure is another epoch, which only batches that are proven not to be on the log may
//! move to, and only when no older one is undecided (law 2, resolve spec S6).

use super::batch::{Batch, State};
use super::machine::Shared;
use super::settings::{Kind, later};
use super::slot::{Doubt, Mode, NO_OFFSET, Slot};
use super::verdict::{Cause, Fatal, Notice};
use crate::error_code::ErrorCode;
use crate::ids::{Identity, Sequence, Timestamp};

impl<const PLACES: usize> Slot<PLACES> {
    /// Brings the partition to rest after a change: every change ends with this.
    pub(super) fn settle(&mut self, shared: &mut Shared, now: Timestamp) {
        if let Some(fatal) = shared.fatal {
            // What is on the wire may still be acknowledged.
            self.end_all(Cause::Fatal(fatal), |batch| batch.state != State::OnWire);
            self.mode = Mode::Steady;
            return;
        }
        if self.oldest().is_none() {
            self.mode = Mode::Steady;
        }
        // A batch of the transaction ended otherwise than as written.
        let transactional = shared.settings.kind == Kind::Transactional;
        shared.must_abort |= transactional && self.hole.is_some();
        if let Mode::Only(id) | Mode::Walking(id) = self.mode {
            if !self.is_undecided(id) {
                self.ask(shared, now, Doubt::None);
            }
        }
        if self.hole.is_some() && self.undecided().all(Batch::proven_absent) {
            self.start_over(shared);
        }
    }

    /// Every undecided batch is proven not to be on the log, and the numbers have a gap.
    fn start_over(&mut self, shared: &mut Shared) {
        match (shared.settings.kind, self.identity) {
            (_, None) => {}
            (Kind::Transactional, _) => {
                self.end_all(Cause::Aborted, |_| true);
                self.mode = Mode::Steady;
            }
            (Kind::Idempotent, Some(_)) if self.exhausted => {}
            (Kind::Idempotent, Some(Identity { id, epoch })) => match epoch.next() {
                Some(epoch) => self.count_from_zero(Identity { id, epoch }),
                // Another partition's need has brought a new id already.
                None if shared.identity.is_some_and(|identity| identity.id != id) => {
                    shared.identity.into_iter().for_each(|identity| self.count_from_zero(identity));
                }
                None => {
                    // Batches wait for the new id; unnumbered ones never go out (design.md 5).
                    self.exhausted = true;
                    self.mode = Mode::Steady;
                    shared.wants_identity = true;
                }
            },
        }
    }

    /// Begins to count under another identity, with the batches that are left.
    pub(super) fn count_from_zero(&mut self, identity: Identity) {
        if self.identity.is_some_and(|old| old.id != identity.id) {
            self.acked_ever = false;
            if self.last_acked_offset > NO_OFFSET {
                self.first_use_offset = self.last_acked_offset.saturating_add(1);
            }
            // What the old id wrote says nothing of what a broker knows of the new one.
            self.last_acked_offset = NO_OFFSET;
            self.newest_acked = None;
        }
        let mut next = Sequence::ZERO;
        for batch in self.undecided_mut() {
            batch.base = next;
            batch.fresh = true;
            next = batch.end();
        }
        self.next = next;
        self.identity = Some(identity);
        self.last_acked = None;
        self.hole = None;
        self.lost_timestamp = None;
        self.mode = Mode::Steady;
        self.anchored = false;
        self.exhausted = false;
    }

    /// Ends what has reached its delivery timeout, and what must not be sent again because the
    /// broker may have forgotten the producer (S2).
    pub(super) fn expire(&mut self, shared: &mut Shared, now: Timestamp) {
        let settings = shared.settings;
        let late = |batch: &Batch| settings.deadline(batch.created) <= now;
        self.end_all(Cause::DeliveryTimeout, late);
        loop {
            let over =
                |batch: &&Batch| self.guarded(batch) && self.resend_until(&settings, batch) <= now;
            // The newest first: what it was remembered by counts for the older ones too.
            let batch = self.undecided().rev().find(over).copied();
            let Some(batch) = batch else { break };
            self.end(batch.id, Cause::ProducerIdExpired);
        }
        self.anchored &= self.is_known(&settings, now);
        self.settle(shared, now);
    }

    /// Asks the leader, or, where nobody can be asked, finds out by sending (V2, V3).
    pub(super) fn ask(&mut self, shared: &Shared, from: Timestamp, doubt: Doubt) {
        self.anchored = false;
        self.mode = if self.can_ask(shared) {
            Mode::Asking { from, asked: false, doubt }
        } else {
            self.walk(shared, from)
        };
        if let Mode::Walking(id) = self.mode {
            if let Some(batch) = self.find_mut(id).filter(|batch| batch.waits()) {
                batch.state = State::Waiting(from);
            }
        }
    }

    pub(super) const fn can_ask(&self, shared: &Shared) -> bool {
        shared.settings.describe && !self.cannot_ask
    }

    /// The log holds what was acknowledged last, as far as was heard. A log that begins right
    /// behind it may be empty, and a restart then forgets all producers (failure story 12).
    pub(super) const fn holds_the_last(&self) -> bool {
        self.log_start > NO_OFFSET && self.log_start <= self.last_acked_offset
    }

    /// Where to begin when nobody can be asked: with the newest if the broker surely knows us, else
    /// with the oldest. If nothing had arrived and it did not know us, it would take the newest for
    /// the first, and the older ones were lost.
    fn walk(&self, shared: &Shared, now: Timestamp) -> Mode {
        let kept = self.log_start == 0 || self.holds_the_last();
        let known = self.acked_ever && kept && self.is_known(&shared.settings, now);
        let newest = self.undecided().next_back().filter(|_| known).map(|batch| batch.id);
        newest.or_else(|| self.oldest()).map_or(Mode::Steady, Mode::Walking)
    }

    /// Nothing that is undecided will be decided any more: the caller hears why.
    pub(super) fn lose(&mut self, cause: Cause) {
        let last = self.undecided().next_back().map(Batch::last);
        if let Some(last) = last {
            self.open_hole(last);
        }
        self.end_all(cause, |batch| !batch.proven_absent());
        self.mode = Mode::Steady;
    }

    /// Somebody else writes under our identity.
    pub(super) fn conflict(&mut self, shared: &mut Shared, found: i32) {
        self.notice = Some(Notice::IdentityConflict { found });
        shared.fail(Fatal::IdentityConflict);
    }

    /// The connection or the leader is another one: the anchor is lost (S1).
    pub(super) fn reconnect(&mut self, lost: bool, shared: &mut Shared, now: Timestamp) {
        self.connection = self.connection.wrapping_add(1);
        self.anchored = false;
        let settings = shared.settings;
        if lost && self.undecided().any(|batch| batch.state == State::OnWire) {
            self.loosen(&settings, now);
        }
        for batch in self.undecided_mut() {
            match batch.state {
                State::OnWire if lost => {
                    batch.ambiguous = true;
                    batch.state =
                        State::Waiting(later(now, settings.backoff_after(batch.attempts)));
                }
                // A new leader need not be spared (producer spec 9.1).
                State::Waiting(_) if !lost => batch.state = State::Waiting(now),
                _ => {}
            }
        }
        if lost {
            let spent = |batch: &Batch| batch.waits() && batch.attempts > settings.retries;
            self.end_all(Cause::RetriesExhausted(ErrorCode::NETWORK_EXCEPTION), spent);
        }
        if let Mode::Asking { asked: true, doubt, .. } = self.mode {
            self.mode = Mode::Asking { from: now, asked: false, doubt };
        }
        self.settle(shared, now);
    }
}
