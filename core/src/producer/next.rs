//! What is to be done for a partition now, and when must it be looked at again?

use super::batch::{Batch, BatchId, State};
use super::settings::Settings;
use super::slot::{Doubt, Mode, Slot, is_after};
use crate::ids::Timestamp;

/// What a partition needs from its caller. Each is done by one call, after which the answer is
/// another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing now. New batches may be numbered, if [`super::Producer::assign`] lets them.
    Idle,
    /// A time is over: [`super::Producer::handle_timeout`].
    Timeout,
    /// This batch is to be sent, again or under new numbers: [`super::Producer::resend`].
    Send(BatchId),
    /// This batch is too large and must be split: [`super::Producer::split`], or
    /// [`super::Producer::give_up`].
    Split(BatchId),
    /// Ask the partition's leader for our producer id (DescribeProducers):
    /// [`super::Producer::describe`].
    Describe {
        /// Refresh the metadata before: the last answer may have come from a leader of yesterday.
        refresh: bool,
    },
}

impl<const PLACES: usize> Slot<PLACES> {
    pub(super) fn next(&self, settings: &Settings, now: Timestamp) -> Next {
        if self.due(settings).is_some_and(|due| due <= now) {
            return Next::Timeout;
        }
        if let Mode::Asking { from, asked: false, doubt } = self.mode {
            let refresh = doubt != Doubt::None;
            return if from <= now { Next::Describe { refresh } } else { Next::Idle };
        }
        match self.head() {
            Some(Batch { id, state: State::TooLarge, .. }) => Next::Split(*id),
            Some(Batch { id, state: State::Waiting(from), .. }) if *from <= now => Next::Send(*id),
            _ => Next::Idle,
        }
    }

    /// When [`Slot::expire`] will have something to do.
    pub(super) fn due(&self, settings: &Settings) -> Option<Timestamp> {
        let deadlines = self.undecided().map(|batch| settings.deadline(batch.created));
        let guarded = self.undecided().filter(|batch| self.guarded(batch));
        let guard = guarded.map(|batch| self.resend_until(settings, batch));
        deadlines.chain(guard).min()
    }

    /// Whether a batch, when the guard ends, must be ended, or given other numbers (S2).
    pub(super) fn guarded(&self, batch: &Batch) -> bool {
        let renumbered_soon = self.hole.is_some_and(|hole| !is_after(batch.last(), hole));
        batch.waits() && !batch.fresh && (batch.ambiguous || !renumbered_soon)
    }

    /// When there will be something to do, if nothing comes from outside. `None`: never.
    pub(super) fn wake(&self, settings: &Settings) -> Option<Timestamp> {
        let ask = match self.mode {
            Mode::Asking { from, asked: false, .. } => Some(from),
            _ => None,
        };
        let send = self.head().map(|batch| match batch.state {
            State::Waiting(from) => from,
            _ => Timestamp::from_millis(i64::MIN),
        });
        self.due(settings).into_iter().chain(ask).chain(send).min()
    }
}
