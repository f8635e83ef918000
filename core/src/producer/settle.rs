//! When does a partition begin to count anew, and under which epoch?
//!
//! A number that was never filled, or that nobody knows of, makes the broker refuse all that comes
//! after it. The cure is another epoch, which only batches that are proven not to be on the log may
//! move to, and only when no older one is undecided (law 2, resolve spec S6).

use super::batch::{Batch, State};
use super::machine::Shared;
use super::settings::Kind;
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
        if shared.settings.kind == Kind::Transactional {
            self.end_all(Cause::Aborted, |_| true);
            self.mode = Mode::Steady;
            return;
        }
        let Some(Identity { id, epoch }) = self.identity.filter(|_| !self.exhausted) else {
            return;
        };
        // Another partition's need may have brought a new id already.
        let other = shared.identity.filter(|identity| identity.id != id);
        match epoch.next().map(|epoch| Identity { id, epoch }).or(other) {
            Some(identity) => self.count_from_zero(identity),
            None => {
                // Batches wait for the new id; unnumbered ones never go out (design.md 5).
                self.exhausted = true;
                self.mode = Mode::Steady;
                shared.wants_identity = true;
            }
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
            self.sent = None;
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
                |batch: &&Batch| batch.in_doubt() && self.resend_until(&settings, batch) <= now;
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

    /// The log begins behind all that was acknowledged, as was heard: it may have been emptied, and
    /// that what was acknowledged is gone says nothing of an election.
    pub(super) const fn deleted_the_last(&self) -> bool {
        self.last_acked_offset > NO_OFFSET && self.log_start > self.last_acked_offset
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

    /// The connection is lost, with the answers to what was on the wire.
    pub(super) fn disconnect(&mut self, shared: &mut Shared, now: Timestamp) {
        self.lose_anchor();
        loop {
            let sent = self.undecided().find(|batch| batch.state == State::OnWire).copied();
            let Some(sent) = sent else { break };
            self.unanswered(&sent, ErrorCode::NETWORK_EXCEPTION, shared, now);
        }
        self.ask_anew(now);
        self.settle(shared, now);
    }

    /// The leader is another one. What is on the wire may still be answered by the old one.
    pub(super) fn change_leader(&mut self, shared: &mut Shared, now: Timestamp) {
        self.lose_anchor();
        for batch in self.undecided_mut() {
            if let State::Waiting(from) = &mut batch.state {
                // A new leader need not be spared (producer spec 9.1).
                *from = now;
            }
        }
        self.ask_anew(now);
        self.settle(shared, now);
    }

    /// A question that is under way will not be answered, or by the wrong one.
    fn ask_anew(&mut self, now: Timestamp) {
        if let Mode::Asking { from, asked: asked @ true, .. } = &mut self.mode {
            (*from, *asked) = (now, false);
        }
    }
}
