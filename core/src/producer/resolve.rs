//! What does the leader's last sequence say of the batches that nobody knows of?
//!
//! The answer alone is never a verdict: any replica that holds the log gives it, even a stale one.
//! It only says which batch to send again, unchanged, and that batch's acknowledgement decides
//! (resolve spec V2).

use super::answer::Described;
use super::batch::{Batch, BatchId};
use super::machine::Shared;
use super::refusal::Unexpected;
use super::settings::{Kind, later};
use super::slot::{Doubt, HALF_CIRCLE, Mode, NO_OFFSET, Slot, ahead};
use super::verdict::{Cause, Fatal, Notice};
use crate::error_code::ErrorCode;
use crate::ids::{Sequence, Timestamp};

/// Where the leader's last sequence lies, seen from ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// It ends this undecided batch.
    Ends(BatchId),
    /// It is the last acknowledged one, or between that and the undecided. The next that the broker
    /// will take is this.
    Before(Sequence),
    /// It is older than the last acknowledged one.
    BeforeAcked,
    /// It is nothing of ours.
    Foreign,
}

impl<const PLACES: usize> Slot<PLACES> {
    pub(super) fn resolve(
        &mut self,
        described: Described,
        shared: &mut Shared,
        now: Timestamp,
    ) -> Result<(), Unexpected> {
        let Mode::Asking { asked: true, doubt, .. } = self.mode else {
            return Err(Unexpected::NotAsked);
        };
        let pause = later(now, shared.settings.backoff_after(1));
        match described {
            Described::Listed { last_sequence, .. } if last_sequence < -1 => {
                return Err(Unexpected::Nonsense);
            }
            Described::Failed => self.ask(shared, pause, doubt),
            Described::Unsupported => {
                self.cannot_ask = true;
                self.nobody_to_ask(shared, now);
            }
            Described::NotListed { log_start_offset } => {
                let log_start_offset = log_start_offset.filter(|start| *start >= 0);
                self.log_start = self.log_start.max(log_start_offset.unwrap_or(NO_OFFSET));
                if self.cannot_be_known(log_start_offset) && self.oldest_may_go(shared, now) {
                    self.send_only(self.oldest());
                } else if doubt == Doubt::NotListed {
                    self.notice = Some(Notice::StateLost);
                    self.lose(Cause::StateLost);
                } else {
                    self.ask(shared, pause, Doubt::NotListed);
                }
            }
            Described::Listed { epoch, last_sequence } => {
                let ours = self.identity.map_or(0, |identity| i32::from(identity.epoch.get()));
                if epoch > ours {
                    self.fenced(shared);
                } else if epoch < ours {
                    self.expects(Sequence::ZERO, doubt, shared, pause);
                } else {
                    self.compare(last_sequence, doubt, shared, pause);
                }
            }
        }
        self.settle(shared, now);
        Ok(())
    }

    /// The broker can't know us: this id was never acknowledged here, and nothing that it may have
    /// written has been deleted since.
    fn cannot_be_known(&self, log_start: Option<i64>) -> bool {
        let kept = log_start.is_some_and(|start| start == 0 || start <= self.first_use_offset);
        !self.acked_ever && kept
    }

    fn oldest_may_go(&self, shared: &Shared, now: Timestamp) -> bool {
        let oldest = self.undecided().next();
        oldest.is_some_and(|oldest| now < self.resend_until(&shared.settings, oldest))
    }

    fn nobody_to_ask(&mut self, shared: &Shared, now: Timestamp) {
        if self.undecided().all(|batch| !batch.ambiguous) {
            self.number_anew();
        } else {
            self.ask(shared, now, Doubt::None);
        }
    }

    /// Somebody with a higher epoch has taken over (S5). In a transaction it may be the
    /// coordinator, which aborts what took too long: it says so itself when the transaction ends.
    fn fenced(&mut self, shared: &mut Shared) {
        match shared.settings.kind {
            Kind::Idempotent => shared.fail(Fatal::Fenced),
            Kind::Transactional => {
                self.lose(Cause::Refused(ErrorCode::INVALID_PRODUCER_EPOCH));
            }
        }
    }

    /// The leader has none of the undecided, and would take a batch that begins at `next`.
    fn expects(&mut self, next: Sequence, doubt: Doubt, shared: &Shared, pause: Timestamp) {
        let oldest = self.undecided().next().map(|batch| batch.base);
        if self.undecided().all(|batch| !batch.ambiguous) {
            // Another epoch is the way out of a refusal that would come again.
            self.number_anew();
        } else if oldest == Some(next) {
            self.send_only(self.oldest());
        } else if doubt == Doubt::Gap {
            self.give_way();
        } else {
            // A number before the oldest was never filled. A stale leader would say so too.
            self.ask(shared, pause, Doubt::Gap);
        }
    }

    /// What waits behind a gap will be refused however often it is sent: that it may be on the log
    /// is all that will ever be known of it.
    pub(super) fn give_way(&mut self) {
        self.end_all(Cause::BehindGap, Batch::in_doubt);
        self.mode = Mode::Steady;
    }

    /// What is still on the wire is waited for; then all are renumbered at once.
    pub(super) fn number_anew(&mut self) {
        let last = self.undecided().next().map(Batch::last);
        if let Some(last) = last {
            self.open_hole(last);
        }
        self.mode = Mode::Steady;
    }

    fn send_only(&mut self, batch: Option<BatchId>) {
        self.mode = batch.map_or(Mode::Steady, Mode::Only);
    }

    fn compare(&mut self, found: i32, doubt: Doubt, shared: &mut Shared, pause: Timestamp) {
        match self.place(found) {
            Place::Ends(batch) => self.send_only(Some(batch)),
            Place::Before(next) => self.expects(next, doubt, shared, pause),
            Place::Foreign => self.conflict(shared, found),
            Place::BeforeAcked if doubt == Doubt::AckedLost(found) && self.deleted_the_last() => {
                // A broker that forgot us with the log took a late copy for our first batch.
                self.notice = Some(Notice::StateLost);
                self.lose(Cause::StateLost);
            }
            Place::BeforeAcked if doubt == Doubt::AckedLost(found) => {
                let acknowledged = self.last_acked.unwrap_or(Sequence::ZERO);
                self.notice = Some(Notice::AckedLost { acknowledged, found });
                self.lose(Cause::AckedLost);
            }
            Place::BeforeAcked => self.ask(shared, pause, Doubt::AckedLost(found)),
        }
    }

    /// By equality and by distance on the circle, so right at the wrap.
    fn place(&self, found: i32) -> Place {
        let Some(found) = Sequence::new(found) else {
            let none = self.last_acked.is_none();
            return if none { Place::Before(Sequence::ZERO) } else { Place::BeforeAcked };
        };
        let next = found.advance(1).unwrap_or(Sequence::ZERO);
        if self.last_acked == Some(found) {
            return Place::Before(next);
        }
        if let Some(batch) = self.undecided().find(|batch| batch.last() == found) {
            return Place::Ends(batch.id);
        }
        let inside = |batch: &Batch| ahead(batch.base, found) < batch.records;
        if self.undecided().any(inside) {
            return Place::Foreign;
        }
        // Numbers of batches that have ended lie between, or before if nothing was acknowledged.
        let first = self.last_acked.and_then(|acked| acked.advance(1)).unwrap_or(Sequence::ZERO);
        let (given, distance) = (ahead(first, self.next), ahead(first, found));
        if distance < given {
            Place::Before(next)
        } else if self.last_acked.is_none() || distance < HALF_CIRCLE {
            Place::Foreign
        } else {
            Place::BeforeAcked
        }
    }
}
