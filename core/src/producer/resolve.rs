//! What does the leader's last sequence say of the batches that nobody knows of?
//!
//! The answer alone is never a verdict: any replica that holds the log gives it, even a stale one.
//! It only says which batch to send again, unchanged, and that batch's acknowledgement decides
//! (resolve spec V2).

use super::answer::Described;
use super::batch::{Batch, BatchId};
use super::machine::Shared;
use super::refusal::Unexpected;
use super::settings::later;
use super::slot::{Doubt, HALF_CIRCLE, Mode, Slot, ahead};
use super::verdict::{Cause, Fatal, Notice};
use crate::ids::{Sequence, Timestamp};

/// Where the leader's last sequence lies, seen from ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// It ends this undecided batch.
    Ends(BatchId),
    /// It is the last acknowledged one, or between that and the undecided.
    Before,
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
                shared.settings.describe = false;
                self.nobody_to_ask(shared, now);
            }
            Described::NotListed { log_start_offset } => {
                if let Some(start) = log_start_offset {
                    self.log_start = self.log_start.max(start);
                }
                if self.cannot_be_known(log_start_offset) && self.oldest_may_go(shared, now) {
                    self.send_only(self.oldest());
                } else if doubt == Doubt::NotListed {
                    self.lose(Cause::StateLost, Notice::StateLost);
                } else {
                    self.ask(shared, pause, Doubt::NotListed);
                }
            }
            Described::Listed { epoch, last_sequence } => {
                let ours = self.identity.map_or(0, |identity| i32::from(identity.epoch.get()));
                if epoch > ours {
                    shared.fail(Fatal::Fenced);
                } else if epoch < ours {
                    self.nothing_of_this_epoch();
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

    /// The oldest was refused, and what the leader says gives no other reason to send it again than
    /// that it may be on the log. If it can't be, other numbers are the way out of a refusal that
    /// would come again.
    fn nothing_of_this_epoch(&mut self) {
        if self.undecided().all(|batch| !batch.ambiguous) {
            self.number_anew();
        } else {
            self.send_only(self.oldest());
        }
    }

    /// What is still on the wire is waited for; then all are renumbered at once.
    fn number_anew(&mut self) {
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
            Place::Before => self.nothing_of_this_epoch(),
            Place::Foreign => self.conflict(shared, found),
            Place::BeforeAcked if doubt == Doubt::AckedLost(found) => {
                let acknowledged = self.last_acked.unwrap_or(Sequence::ZERO);
                self.lose(Cause::AckedLost, Notice::AckedLost { acknowledged, found });
            }
            Place::BeforeAcked => self.ask(shared, pause, Doubt::AckedLost(found)),
        }
    }

    /// By equality and by distance on the circle, so right at the wrap.
    fn place(&self, found: i32) -> Place {
        let Some(found) = Sequence::new(found) else {
            return if self.last_acked.is_none() { Place::Before } else { Place::BeforeAcked };
        };
        if self.last_acked == Some(found) {
            return Place::Before;
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
            Place::Before
        } else if self.last_acked.is_none() || distance < HALF_CIRCLE {
            Place::Foreign
        } else {
            Place::BeforeAcked
        }
    }
}
