//! A naive pipeline: a list of what happened, played over a partition that records at once.
//!
//! What is undecided stands in the list like what is recorded, only without an offset; what is
//! abandoned is struck out. Every question is answered by playing the list anew.

#![allow(dead_code, reason = "every test uses a part of it")]

pub(crate) mod line;

use std::collections::BTreeMap;

use fencepost::broker::{
    Admission as Verdict, Batch, CompletedTransaction, Context, Guard, Origin, Reason, Rejection,
    Slot, Verification,
};
use fencepost::ids::Timestamp;
use fencepost::pipeline::{Refusal, Ticket};
use fencepost::window::{BatchMetadata, ContentTag};

use crate::common::{Core, at};

/// Base offsets of undecided batches begin here; no test writes as far.
const UNDECIDED: i64 = 1 << 50;
/// Five batches of a producer.
pub(crate) const MOST: usize = 5;

pub(crate) type TagCore = Core<ContentTag>;
pub(crate) type Ask = Context<ContentTag>;

#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) ticket: Ticket,
    pub(crate) batch: Batch,
    pub(crate) context: Ask,
    pub(crate) unknown: bool,
    pub(crate) offset: Option<i64>,
}

#[derive(Clone, Debug)]
enum Event {
    Batch(Box<Sent>),
    /// A verification that was begun, and the guard the pipeline gave for it.
    Verify(Verification, i64, Guard),
    /// A sweep, and who was not to be touched by it.
    Expire(i64, Vec<i64>),
    HighWatermark(i64),
    LogStart(i64),
    Verification(bool),
}

/// What the naive pipeline says of a batch.
#[derive(Debug, PartialEq)]
pub(crate) enum Answer {
    Append,
    Duplicate(BatchMetadata),
    Pending(Ticket),
    Refused(Box<Refusal>),
}

pub(crate) struct Model {
    /// What is settled for good.
    base: TagCore,
    events: Vec<Event>,
    /// The pipeline's guards, and the ones this model gave instead.
    guards: BTreeMap<u64, Guard>,
    pub(crate) capacity: usize,
}

/// What a verification does to the partition.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Effect {
    Nothing,
    Begun,
    /// One was under way.
    Joined,
}

/// A play of the list.
struct Play {
    state: TagCore,
    guards: BTreeMap<u64, Guard>,
    completed: Vec<Option<CompletedTransaction>>,
}

impl Model {
    pub(crate) fn new(partition: TagCore, capacity: usize) -> Self {
        Self { base: partition, events: vec![], guards: BTreeMap::new(), capacity }
    }

    pub(crate) fn undecided(&self) -> impl DoubleEndedIterator<Item = &Sent> {
        self.events.iter().filter_map(|event| match event {
            Event::Batch(sent) if sent.offset.is_none() => Some(&**sent),
            _ => None,
        })
    }

    fn of(&self, producer_id: i64) -> impl DoubleEndedIterator<Item = &Sent> {
        let is =
            move |sent: &&Sent| producer_id > -1 && sent.batch.header.producer_id == producer_id;
        self.undecided().filter(is)
    }

    /// As if so many of the undecided batches were recorded, and the others had never come.
    fn play(&self, mut undecided: usize) -> Play {
        let mut play =
            Play { state: self.base.clone(), guards: self.guards.clone(), completed: vec![] };
        for (n, event) in self.events.iter().enumerate() {
            match event {
                Event::Batch(sent) if sent.offset.is_none() && undecided == 0 => {}
                Event::Batch(sent) => {
                    undecided -= usize::from(sent.offset.is_none());
                    play.record(sent, n);
                }
                Event::Verify(wanted, now, given) => {
                    let guard = play.state.start_verification(wanted, at(*now));
                    play.guards.insert(given.to_bits(), guard.expect("it was given before"));
                }
                Event::Expire(now, spared) => play.expire(*now, spared),
                Event::HighWatermark(offset) => play.state.handle_high_watermark(*offset),
                Event::LogStart(offset) => play.state.handle_log_start(*offset, None),
                Event::Verification(enabled) => play.state.set_verification(*enabled),
            }
        }
        play
    }

    /// The partition as if every undecided batch were recorded.
    pub(crate) fn foreseen(&self) -> TagCore {
        self.play(usize::MAX).state
    }

    pub(crate) fn admit(&self, batch: &Batch, context: &Ask) -> Answer {
        let play = self.play(usize::MAX);
        let id = batch.header.producer_id;
        let refuse = |refusal| Answer::Refused(Box::new(refusal));
        let verdict = play.state.admit(batch, &play.mapped(context));
        if let Ok(Verdict::Duplicate(seen)) = verdict {
            return match self.sent_at(seen.first_offset()) {
                Some(sent) => Answer::Pending(sent.ticket),
                None => Answer::Duplicate(seen),
            };
        }
        if let Some(sent) = self.of(id).find(|sent| sent.unknown) {
            return refuse(Refusal::Unresolved { producer_id: id, which: sent.ticket });
        }
        match verdict {
            Err(rejection) => refuse(Refusal::Rejected(without_offsets(rejection))),
            Ok(_) if self.of(id).count() == MOST => {
                refuse(Refusal::ProducerBusy { producer_id: id })
            }
            Ok(_) if self.undecided().count() == self.capacity => {
                refuse(Refusal::PoolFull { capacity: self.capacity })
            }
            Ok(_) => Answer::Append,
        }
    }

    fn sent_at(&self, offset: i64) -> Option<&Sent> {
        let n = usize::try_from(offset.checked_sub(UNDECIDED)?).ok()?;
        match self.events.get(n)? {
            Event::Batch(sent) if sent.offset.is_none() => Some(sent),
            _ => None,
        }
    }

    /// What the partition says to a verification if all is recorded; and what it does then, and if
    /// only some of the undecided batches are.
    pub(crate) fn verify(
        &self,
        wanted: &Verification,
        now: i64,
    ) -> (Result<Guard, Rejection>, Effect, Vec<Effect>) {
        let verify = |undecided| {
            let mut state = self.play(undecided).state;
            let there = state.verification(wanted.producer_id).map(|entry| entry.guard());
            let guard = state.start_verification(wanted, at(now)).map_err(without_offsets);
            let effect = match guard {
                Ok(guard) if Some(guard) == there => Effect::Joined,
                Ok(guard) if guard != Guard::SENTINEL => Effect::Begun,
                _ => Effect::Nothing,
            };
            (guard, effect)
        };
        let (guard, effect) = verify(usize::MAX);
        let before = (0..self.undecided().count()).map(|undecided| verify(undecided).1);
        (guard, effect, before.collect())
    }

    pub(crate) fn verified(&mut self, wanted: Verification, now: i64, given: Guard) {
        self.events.push(Event::Verify(wanted, now, given));
    }

    pub(crate) fn begin(&mut self, ticket: Ticket, batch: Batch, context: Ask) {
        let sent = Sent { ticket, batch, context, unknown: false, offset: None };
        self.events.push(Event::Batch(Box::new(sent)));
    }

    fn sent_mut(&mut self, ticket: Ticket) -> &mut Sent {
        let sent = self.events.iter_mut().find_map(|event| match event {
            Event::Batch(sent) if sent.ticket == ticket => Some(&mut **sent),
            _ => None,
        });
        sent.expect("an undecided batch")
    }

    pub(crate) fn record(&mut self, ticket: Ticket, offset: i64) -> Option<CompletedTransaction> {
        self.sent_mut(ticket).offset = Some(offset);
        let completed = self.play(0).completed.pop().expect("it is the last one recorded");
        self.forget_history();
        completed
    }

    pub(crate) fn mark_unknown(&mut self, ticket: Ticket) {
        self.sent_mut(ticket).unknown = true;
    }

    pub(crate) fn abandon(&mut self, ticket: Ticket) -> Vec<Ticket> {
        let id = self.sent_mut(ticket).batch.header.producer_id;
        let gone: Vec<Ticket> = self
            .undecided()
            .skip_while(|sent| sent.ticket != ticket)
            .filter(|sent| sent.ticket == ticket || id > -1 && sent.batch.header.producer_id == id)
            .map(|sent| sent.ticket)
            .collect();
        self.strike(&gone);
        gone
    }

    pub(crate) fn abandon_from(&mut self, ticket: Ticket) -> Vec<Ticket> {
        let from = self.undecided().skip_while(|sent| sent.ticket != ticket);
        let gone: Vec<Ticket> = from.map(|sent| sent.ticket).collect();
        self.strike(&gone);
        gone
    }

    pub(crate) fn abandon_all(&mut self) -> Vec<Ticket> {
        let gone: Vec<Ticket> = self.undecided().map(|sent| sent.ticket).collect();
        self.strike(&gone);
        gone
    }

    fn strike(&mut self, gone: &[Ticket]) {
        self.events.retain(|event| match event {
            Event::Batch(sent) => sent.offset.is_some() || !gone.contains(&sent.ticket),
            _ => true,
        });
        self.forget_history();
    }

    /// While nothing is undecided the list can begin anew.
    fn forget_history(&mut self) {
        if self.undecided().next().is_none() {
            let Play { state, guards, .. } = self.play(usize::MAX);
            (self.base, self.guards) = (state, guards);
            self.events.clear();
        }
    }

    pub(crate) fn expire(&mut self, now: i64) {
        let spared = self.undecided().map(|sent| sent.batch.header.producer_id).collect();
        self.events.push(Event::Expire(now, spared));
    }

    pub(crate) fn high_watermark(&mut self, offset: i64) {
        self.events.push(Event::HighWatermark(offset));
    }

    pub(crate) fn log_start(&mut self, offset: i64) {
        self.events.push(Event::LogStart(offset));
    }

    pub(crate) fn set_verification(&mut self, enabled: bool) {
        self.events.push(Event::Verification(enabled));
    }

    /// Something done to the partition while nothing is undecided.
    pub(crate) fn change(&mut self, change: impl FnOnce(&mut TagCore)) {
        self.forget_history();
        assert!(self.events.is_empty(), "nothing is undecided");
        change(&mut self.base);
    }

    /// What the pipeline's partition must be.
    pub(crate) fn recorded(&self) -> Facts {
        let play = self.play(0);
        facts(&play.state, |guard| {
            let given = play.guards.iter().find(|(_, have)| **have == guard);
            Guard::from_bits(*given.expect("given").0)
        })
    }
}

impl Play {
    fn mapped(&self, context: &Ask) -> Ask {
        let given = context.guard.to_bits();
        context.with_guard(self.guards.get(&given).copied().unwrap_or(context.guard))
    }

    fn record(&mut self, sent: &Sent, n: usize) {
        let undecided = UNDECIDED + i64::try_from(n).unwrap();
        let context = self.mapped(&sent.context);
        match self.state.admit(&sent.batch, &context) {
            Ok(Verdict::Append(ticket)) => {
                let offset = sent.offset.unwrap_or(undecided);
                self.completed.push(self.state.record(ticket, offset).expect("at once"));
            }
            other => panic!("what was admitted once is now {other:?}: {sent:?}"),
        }
    }

    /// The spared ones are put back.
    fn expire(&mut self, now: i64, spared: &[i64]) {
        let before: Vec<Slot<ContentTag>> = self.state.producers().copied().collect();
        while !self.state.expire(at(now), u32::MAX).finished {}
        for slot in before {
            let id = slot.producer_id();
            if spared.contains(&id) && self.state.producer(id).is_none() {
                let young = Timestamp::from_millis(slot.last_timestamp());
                assert_eq!(self.state.load(&slot, young), Ok(true));
            }
        }
    }
}

fn without_offset(offset: i64) -> i64 {
    if (UNDECIDED..UNDECIDED + (1 << 20)).contains(&offset) { -1 } else { offset }
}

/// What is undecided has no offset yet.
fn without_offsets(mut rejection: Rejection) -> Rejection {
    for batch in &mut rejection.window {
        let first = without_offset(batch.first_offset());
        batch.last_offset = first.wrapping_add(i64::from(batch.offset_delta));
    }
    match &mut rejection.reason {
        Reason::InsideTransaction { first_offset } | Reason::SequenceReused { first_offset } => {
            *first_offset = without_offset(*first_offset);
        }
        _ => {}
    }
    rejection
}

/// All that may be known of a partition.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Facts {
    producers: BTreeMap<i64, String>,
    verifications: BTreeMap<i64, String>,
    log: String,
}

/// `given` says which guard of the pipeline one of this partition stands for.
pub(crate) fn facts(partition: &TagCore, given: impl Fn(Guard) -> Guard) -> Facts {
    let of_producer = |slot: &Slot<ContentTag>| {
        let window = slot.window();
        let tags: Vec<_> = (0..window.len()).map(|n| window.tag(n)).collect();
        let batches: Vec<_> = window.iter().collect();
        (slot.producer_id(), format!("{:?} {batches:?} {tags:?}", slot.describe()))
    };
    let verifications = partition.verifications().map(|entry| {
        let facts = (
            given(entry.guard()),
            entry.lowest_sequence(),
            entry.producer_epoch(),
            entry.timestamp(),
            entry.supports_epoch_bump(),
        );
        (entry.producer_id(), format!("{facts:?}"))
    });
    Facts {
        producers: partition.producers().map(of_producer).collect(),
        verifications: verifications.collect(),
        log: format!(
            "{:?} {:?} {} {:?} {:?}",
            partition.ongoing_transactions(),
            partition.unreplicated_transactions(),
            partition.map_end_offset(),
            partition.snapshot_due(),
            [1, 300_100, 300_300, 400_000].map(|now| partition.has_late_transaction(at(now))),
        ),
    }
}

/// The origins, most often the client.
pub(crate) const ORIGINS: [Origin; 8] = [
    Origin::Client,
    Origin::Client,
    Origin::Client,
    Origin::Client,
    Origin::Client,
    Origin::Coordinator,
    Origin::Replication,
    Origin::RaftLeader,
];
