//! How does a journaled producer hear of the world? As a producer does.

use super::journaled::Journaled;
use super::refused::Refused;
use super::track::Track;
use super::value::Word;
use crate::ids::{Identity, Timestamp};
#[cfg(doc)]
use crate::producer::Producer;
use crate::producer::{
    Answer, Attempt, BatchId, Described, Ended, Fatal, Notice, Slot, Standing, TimestampType,
    Unexpected, Verdict,
};

impl<S, T, const PLACES: usize> Journaled<S, T, PLACES>
where
    S: AsRef<[Slot<PLACES>]> + AsMut<[Slot<PLACES>]>,
    T: AsRef<[Track<PLACES>]> + AsMut<[Track<PLACES>]>,
{
    /// As [`Producer::take_verdict`], but *not written* only once a record of it is durable: who
    /// hears it may send the records anew, and no crash must bring the batch back then. Until that
    /// the verdict waits ([`Journaled::needs_trim`]), and those of later batches go before it. The
    /// others are told at once, and by the next record of the partition: a crash that forgets one
    /// of them only has the batch resolved again.
    pub fn take_verdict(&mut self, partition: u32) -> Option<Ended> {
        let may_be_told = |s: &Standing| s.verdict.is_some() && !self.waits(partition, s);
        let told = self.producer.batches(partition).find(may_be_told)?.batch;
        let ended = self.producer.take_verdict_if(partition, |ended| ended.batch == told)?;
        if let Some(track) = self.journal.track_mut(partition) {
            track.note(ended.batch, Word::from(ended.verdict));
        }
        Some(ended)
    }

    /// Whether a verdict *not written* of this partition waits for its record: the next one of the
    /// partition, [`Journaled::trim`]'s if there is no other, and [`Journaled::synced`]. Writing
    /// the journal anew does as well ([`Journaled::compact`]).
    #[must_use]
    pub fn needs_trim(&self, partition: u32) -> bool {
        self.producer.batches(partition).any(|standing| self.waits(partition, &standing))
    }

    /// Its verdict waits for a record: a crash could bring the batch back.
    fn waits(&self, partition: u32, standing: &Standing) -> bool {
        let absent = matches!(standing.verdict, Some(Verdict::NotWritten(_)));
        let track = self.journal.track(partition).filter(|_| absent);
        track.is_some_and(|track| !self.journal.is_quiet(track) || track.comes_back(standing.batch))
    }

    /// As [`Producer::handle_identity`]: the next record tells it.
    ///
    /// # Errors
    /// As there.
    pub fn handle_identity(&mut self, identity: Identity) -> Result<(), Unexpected> {
        self.producer.handle_identity(identity)
    }

    /// As [`Producer::handle_response`].
    ///
    /// # Errors
    /// As there; [`Unexpected::NeverSent`] for a sending that nobody claimed.
    pub fn handle_response(
        &mut self,
        attempt: Attempt,
        answer: Answer,
        now: Timestamp,
    ) -> Result<(), Unexpected> {
        let track = self.journal.track(attempt.partition);
        if track.is_some_and(|track| track.holds(&attempt)) {
            return Err(Unexpected::NeverSent);
        }
        self.producer.handle_response(attempt, answer, now)
    }

    /// As [`Producer::describe`].
    ///
    /// # Errors
    /// As there.
    pub fn describe(&mut self, partition: u32) -> Result<(), Refused> {
        Ok(self.producer.describe(partition)?)
    }

    /// As [`Producer::handle_described`].
    ///
    /// # Errors
    /// As there.
    pub fn handle_described(
        &mut self,
        partition: u32,
        described: Described,
        now: Timestamp,
    ) -> Result<(), Unexpected> {
        self.producer.handle_described(partition, described, now)
    }

    /// As [`Producer::handle_timeout`].
    pub fn handle_timeout(&mut self, partition: u32, now: Timestamp) {
        self.producer.handle_timeout(partition, now);
    }

    /// As [`Producer::handle_disconnect`]. Sendings that were not claimed yet are not sent.
    pub fn handle_disconnect(&mut self, partition: u32, now: Timestamp) {
        self.release(partition, now);
        self.producer.handle_disconnect(partition, now);
    }

    /// As [`Producer::handle_leader_change`].
    pub fn handle_leader_change(&mut self, partition: u32, now: Timestamp) {
        self.producer.handle_leader_change(partition, now);
    }

    /// As [`Producer::handle_fatal`].
    pub fn handle_fatal(&mut self, fatal: Fatal, now: Timestamp) {
        self.producer.handle_fatal(fatal, now);
    }

    /// As [`Producer::give_up`].
    ///
    /// # Errors
    /// As there.
    pub fn give_up(
        &mut self,
        partition: u32,
        batch: BatchId,
        now: Timestamp,
    ) -> Result<(), Refused> {
        Ok(self.producer.give_up(partition, batch, now)?)
    }

    /// As [`Producer::take_notice`].
    pub fn take_notice(&mut self, partition: u32) -> Option<Notice> {
        self.producer.take_notice(partition)
    }

    /// As [`Producer::set_timestamp_type`]: it is not journaled.
    pub fn set_timestamp_type(&mut self, partition: u32, timestamp_type: TimestampType) {
        self.producer.set_timestamp_type(partition, timestamp_type);
    }

    /// As [`Producer::set_first_use_offset`]: the next record of the partition tells it.
    pub fn set_first_use_offset(&mut self, partition: u32, offset: i64) {
        self.producer.set_first_use_offset(partition, offset);
    }
}
