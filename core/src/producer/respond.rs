//! What follows from the answer to a sending?

use super::answer::{Answer, Meaning, Response, meaning};
use super::batch::{Attempt, Batch, BatchId, State};
use super::machine::Shared;
use super::refusal::Unexpected;
use super::settings::{Kind, TimestampType, later};
use super::slot::{Doubt, Mode, Slot, is_after};
use super::verdict::{Cause, Fatal, Verdict};
use crate::error_code::ErrorCode;
use crate::ids::Timestamp;

impl<const PLACES: usize> Slot<PLACES> {
    pub(super) fn respond(
        &mut self,
        attempt: Attempt,
        answer: Answer,
        shared: &mut Shared,
        now: Timestamp,
    ) -> Result<(), Unexpected> {
        let batch = match self.expected(attempt, answer) {
            Ok(batch) => *batch,
            Err(unexpected) => return self.late(attempt, answer, unexpected, shared, now),
        };
        let newest = attempt.number == batch.attempts;
        match answer {
            Answer::Response(response) => {
                self.log_start = self.log_start.max(response.log_start_offset);
                self.read(&batch, response, newest, shared, now);
            }
            Answer::TimedOut => {
                self.unanswered(&batch, ErrorCode::REQUEST_TIMED_OUT, shared, now);
            }
            Answer::Disconnected => {
                self.lose_anchor();
                self.unanswered(&batch, ErrorCode::NETWORK_EXCEPTION, shared, now);
            }
            Answer::NotSent => {
                self.try_again(&batch, ErrorCode::NETWORK_EXCEPTION, false, shared, now);
            }
        }
        self.settle(shared, now);
        Ok(())
    }

    /// The batch of an answer that can be meant for it.
    fn expected(&self, attempt: Attempt, answer: Answer) -> Result<&Batch, Unexpected> {
        let batch = self.find(attempt.batch).ok_or(Unexpected::UnknownBatch)?;
        let stamp = self.identity.map(|identity| batch.stamp(identity));
        let sent = 1 <= attempt.number && attempt.number <= batch.attempts;
        if !sent || stamp != Some(attempt.stamp) || batch.fresh {
            return Err(Unexpected::NeverSent);
        }
        let newest = attempt.number == batch.attempts;
        match batch.state {
            State::OnWire if newest => return Ok(batch),
            State::Ended(Verdict::PossiblyWritten(_)) => {}
            // An earlier sending that was given up may still be acknowledged.
            State::OnWire | State::Waiting(_) if batch.ambiguous => {}
            _ => return Err(Unexpected::AlreadyAnswered),
        }
        match answer {
            Answer::Response(Response { code: ErrorCode::NONE, .. }) => Ok(batch),
            _ => Err(Unexpected::AlreadyAnswered),
        }
    }

    /// An answer that no batch waits for. What is about the producer and not about the batch is
    /// heeded also when the batch is gone: a refusal because of the epoch, whichever sending it
    /// answers (S5), and that its first sending was a duplicate (V5).
    fn late(
        &mut self,
        attempt: Attempt,
        answer: Answer,
        unexpected: Unexpected,
        shared: &mut Shared,
        now: Timestamp,
    ) -> Result<(), Unexpected> {
        let Answer::Response(response) = answer else { return Err(unexpected) };
        let heeded = shared.settings.kind == Kind::Idempotent && shared.fatal.is_none();
        match meaning(response.code) {
            _ if !heeded => return Err(unexpected),
            Meaning::Fenced if self.may_be_refused(attempt) => shared.fail(Fatal::Fenced),
            Meaning::Written if self.is_duplicate(response) && self.was_only_one(attempt) => {
                self.conflict(shared, -1);
            }
            _ => return Err(unexpected),
        }
        self.settle(shared, now);
        Ok(())
    }

    /// Whether this sending may be without an answer still, and a refusal because of its epoch
    /// would be another instance's doing: nothing of ours went out under a higher one.
    fn may_be_refused(&self, attempt: Attempt) -> bool {
        let (of, sent) = (attempt.stamp.identity, attempt.number > 0);
        let highest = self.identity.map(|own| own.id) == Some(of.id) && self.sent == Some(of.epoch);
        // Of a batch that is gone only its name is left.
        let open = match self.find(attempt.batch) {
            Some(batch) => attempt.number <= batch.attempts && batch.owes_an_answer(),
            None => attempt.batch.get() < self.next_batch,
        };
        sent && highest && open
    }

    /// Whether this was the only sending that can have put a batch that has ended on the log, under
    /// the producer id that is still ours. Our own later epochs bring no duplicate.
    fn was_only_one(&self, attempt: Attempt) -> bool {
        let of = attempt.stamp.identity;
        let ours = self.identity.is_some_and(|own| own.id == of.id && of.epoch <= own.epoch);
        ours && attempt.number > 0 && self.unheard & self.bit(attempt.batch) != 0
    }

    /// Where batches bring their records' time, an append has no time of its own to tell.
    fn is_duplicate(&self, response: Response) -> bool {
        self.timestamp_type == TimestampType::CreateTime && response.log_append_time != -1
    }

    fn read(
        &mut self,
        batch: &Batch,
        response: Response,
        newest: bool,
        shared: &mut Shared,
        now: Timestamp,
    ) {
        let code = response.code;
        match meaning(code) {
            Meaning::Written => {
                let duplicate = self.is_duplicate(response);
                if duplicate && batch.never_sent_before() {
                    self.duplicate_of_a_stranger(batch, shared);
                } else {
                    let anchored = batch.anchored && batch.connection == self.connection;
                    // Also a duplicate: a sending of long ago may have landed as the first of all.
                    let known = anchored || self.kept(shared, now);
                    self.written(batch, response.base_offset, known);
                    self.anchored =
                        if newest { batch.connection == self.connection } else { false };
                }
            }
            Meaning::Duplicate if batch.never_sent_before() => {
                self.duplicate_of_a_stranger(batch, shared);
            }
            // On the leader's log, but nobody says that it is on the others' too.
            Meaning::Duplicate => self.end(batch.id, Cause::Refused(code)),
            Meaning::OutOfOrder => self.out_of_order(batch, code, shared, now),
            Meaning::Fenced if shared.settings.kind == Kind::Idempotent => {
                self.put(batch.id, State::Waiting(now));
                shared.fail(Fatal::Fenced);
            }
            Meaning::TooLarge if batch.records > 1 && !batch.ambiguous => {
                self.put(batch.id, State::TooLarge);
            }
            Meaning::Fenced | Meaning::TooLarge | Meaning::Refused => {
                self.put(batch.id, State::Waiting(now));
                self.end(batch.id, Cause::Refused(code));
            }
            Meaning::TryAgain => self.try_again(batch, code, false, shared, now),
            Meaning::Unknown(moved) => {
                self.anchored &= !moved;
                self.try_again(batch, code, true, shared, now);
            }
            Meaning::UnknownForGood => self.end(batch.id, Cause::Refused(code)),
            Meaning::Fatal => {
                self.end(batch.id, Cause::Refused(code));
                shared.fail(Fatal::Refused(code));
            }
        }
    }

    fn put(&mut self, id: BatchId, state: State) {
        if let Some(batch) = self.find_mut(id) {
            batch.state = state;
        }
    }

    /// The broker may have it, now or later.
    pub(super) fn unanswered(
        &mut self,
        batch: &Batch,
        code: ErrorCode,
        shared: &Shared,
        now: Timestamp,
    ) {
        self.loosen(&shared.settings, now);
        self.try_again(batch, code, true, shared, now);
    }

    /// To be sent again after a pause. `unknown`: it may have been appended.
    fn try_again(
        &mut self,
        batch: &Batch,
        code: ErrorCode,
        unknown: bool,
        shared: &Shared,
        now: Timestamp,
    ) {
        let Some(found) = self.find_mut(batch.id) else { return };
        found.ambiguous |= unknown;
        found.state = State::Waiting(later(now, shared.settings.backoff_after(batch.attempts)));
        if batch.attempts > shared.settings.retries {
            self.end(batch.id, Cause::RetriesExhausted(code));
        }
    }

    /// 45: not appended this time, which says nothing of earlier sendings.
    fn out_of_order(
        &mut self,
        batch: &Batch,
        code: ErrorCode,
        shared: &mut Shared,
        now: Timestamp,
    ) {
        self.anchored = false;
        let (id, oldest) = (batch.id, self.oldest() == Some(batch.id));
        let again = later(now, shared.settings.backoff_after(batch.attempts));
        // Behind an older one there is nothing to wait for but that one.
        self.put(id, State::Waiting(if oldest { again } else { now }));
        if batch.attempts > shared.settings.retries {
            self.end(id, Cause::RetriesExhausted(code));
            return;
        }
        match self.mode {
            Mode::Asking { .. } => {}
            Mode::Only(only) if only == id => self.ask(shared, again, Doubt::None),
            Mode::Walking(walking) if walking == id => {
                let older = self.undecided().take_while(|b| b.id != id).last().map(|b| b.id);
                match older {
                    Some(older) => self.mode = Mode::Walking(older),
                    // From the newest to the oldest, none is what the broker knows or expects.
                    None if self.hole.is_some() && self.any_in_doubt() => self.give_way(),
                    None => self.refused_oldest(again, shared),
                }
            }
            _ if oldest && !self.any_in_doubt() && self.hole.is_some() => {}
            _ if oldest => self.refused_oldest(now, shared),
            _ => {}
        }
    }

    /// The oldest undecided batch was refused for its sequence: resolving begins (V2).
    fn refused_oldest(&mut self, from: Timestamp, shared: &Shared) {
        if !self.can_ask(shared) && !self.any_in_doubt() {
            // Nobody to ask, and nothing to learn: none of them is on the log.
            self.number_anew();
        } else {
            self.ask(shared, from, Doubt::None);
        }
    }

    /// Whether a batch that waits may be on the log.
    fn any_in_doubt(&self) -> bool {
        self.undecided().any(Batch::in_doubt)
    }

    /// The first sending is answered as a duplicate: somebody else wrote under these numbers (V5).
    fn duplicate_of_a_stranger(&mut self, batch: &Batch, shared: &mut Shared) {
        if let Some(found) = self.find_mut(batch.id).filter(|found| found.undecided()) {
            // Something with its numbers is on the log; that it is not ours is not proven.
            found.ambiguous = true;
            found.state = State::Waiting(Timestamp::from_millis(i64::MIN));
        }
        self.conflict(shared, -1);
    }

    /// A broker that acknowledges knows the producer from what it acknowledged before: its log
    /// still holds that, and the id can't have expired. Another one may have taken the batch for
    /// the producer's first.
    fn kept(&self, shared: &Shared, now: Timestamp) -> bool {
        // Where nothing was ever deleted, nothing was forgotten but by expiry.
        let known = self.is_known(&shared.settings, now);
        self.log_start == 0 || (self.acked_ever && self.holds_the_last() && known)
    }

    /// An acknowledgement decides the batch, and all older ones of the same numbering (V4), if the
    /// broker `known`ly knows those before.
    fn written(&mut self, batch: &Batch, offset: i64, known: bool) {
        let last = batch.last();
        let remembered = self.remembered_by(batch);
        let offset = (offset >= 0).then_some(offset);
        let older = self.undecided().take_while(|other| other.id != batch.id);
        let open = older.filter(|other| !known && other.never_sent_before());
        self.unheard |= open.fold(0, |bits, other| bits | self.bit(other.id));
        for older in self.batches.iter_mut().take_while(|other| other.id != batch.id) {
            if older.proven_absent() {
                older.state = State::Ended(Verdict::NotWritten(Cause::Overtaken));
            } else if older.undecided() {
                older.state = State::Ended(if known {
                    Verdict::Written { base_offset: None }
                } else {
                    Verdict::PossiblyWritten(Cause::StateLost)
                });
            }
        }
        self.put(batch.id, State::Ended(Verdict::Written { base_offset: offset }));
        if self.last_acked.is_none_or(|acked| is_after(last, acked)) {
            self.last_acked = Some(last);
            self.newest_acked = Some(remembered);
        }
        if self.hole.is_some_and(|hole| !is_after(hole, last)) {
            self.hole = None;
            self.lost_timestamp = None;
        }
        if let Some(offset) = offset {
            let end = offset.saturating_add(i64::from(batch.records.saturating_sub(1)));
            self.last_acked_offset = self.last_acked_offset.max(end);
        }
        self.acked_ever = true;
        self.mode = Mode::Steady;
    }
}
