//! What is to be done for a partition now, and when must it be looked at again?

use super::batch::{Batch, BatchId, State};
use super::settings::Settings;
use super::slot::{Doubt, Mode, Slot};
use crate::ids::{ProducerId, Timestamp};

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
        /// The id to look for: the partition's, which need not be the producer's newest one.
        id: ProducerId,
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
            let id = self.identity.map(|identity| identity.id).filter(|_| from <= now);
            return id.map_or(Next::Idle, |id| Next::Describe { id, refresh });
        }
        match self.head(settings) {
            Some(Batch { id, state: State::TooLarge, .. }) => Next::Split(*id),
            Some(Batch { id, state: State::Waiting(from), .. }) if *from <= now => Next::Send(*id),
            _ => Next::Idle,
        }
    }

    /// When [`Slot::expire`] will have something to do.
    pub(super) fn due(&self, settings: &Settings) -> Option<Timestamp> {
        let deadlines = self.undecided().map(|batch| settings.deadline(batch.created));
        // What is proven not to be on the log needs no guard: sent again, it can't be there twice.
        let doubtful = self.undecided().filter(|batch| batch.in_doubt());
        let guard = doubtful.map(|batch| self.resend_until(settings, batch));
        deadlines.chain(guard).chain(self.anchor_ends(settings)).min()
    }

    /// When the anchor ends by itself, if it matters: the broker may have forgotten us by then.
    fn anchor_ends(&self, settings: &Settings) -> Option<Timestamp> {
        let matters = self.anchored && self.undecided().skip(1).any(Batch::waits);
        self.known_until(settings).filter(|_| matters)
    }

    /// When there will be something to do, if nothing comes from outside. `None`: never.
    pub(super) fn wake(&self, settings: &Settings) -> Option<Timestamp> {
        let ask = match self.mode {
            Mode::Asking { from, asked: false, .. } => Some(from),
            _ => None,
        };
        let send = self.head(settings).map(|batch| match batch.state {
            State::Waiting(from) => from,
            _ => Timestamp::from_millis(i64::MIN),
        });
        self.due(settings).into_iter().chain(ask).chain(send).min()
    }
}
