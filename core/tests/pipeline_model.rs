//! A pipeline answers what a partition would that records at once, and its partition is what is
//! left of what was recorded (broker spec 3 to 5; lessons of retries that met an undecided write).

mod common;
mod pipeline_support;

use std::collections::BTreeMap;

use common::{at, partition};
use fencepost::broker::{
    Batch, Config, Context, ExpireBy, Guard, IndexLine, NewProducers, OpenTransaction, Origin,
    Profile, Slot, TransactionVersion, UnknownProducer, Verification, VerificationEntry,
};
use fencepost::pipeline::{
    Admission, NotUndecided, Pipeline, RecordError, Refusal, Ticket, Undecided,
};
use fencepost::window::ContentTag;
use fencepost::wire::{Attributes, EndTxnMarker, MarkerKind};
use pipeline_support::{Answer, Ask, Effect, Model, ORIGINS, TagCore, facts};

type Tested = Pipeline<
    Vec<Undecided<ContentTag>>,
    Vec<Slot<ContentTag>>,
    Vec<IndexLine>,
    Vec<OpenTransaction>,
    Vec<VerificationEntry>,
    ContentTag,
>;

const PRODUCERS: i64 = 4;
const EXPIRATION_MS: u32 = 400;

struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
    fn of<V: Copy>(&mut self, all: &[V]) -> V {
        all[usize::try_from(self.below(all.len() as u64)).unwrap()]
    }
}

struct World {
    pipeline: Tested,
    model: Model,
    random: Random,
    now: i64,
    end: i64,
    guards: Vec<(i64, Guard)>,
    old_tickets: Vec<Ticket>,
    sent: Vec<(Batch, ContentTag)>,
    tally: BTreeMap<String, u32>,
    /// Batches may have any offset delta, so that offsets fall. Then the log's start says nothing.
    falling: bool,
}

fn config(random: &mut Random) -> Config {
    use Profile::{Kafka3_9, Kafka4_0, Kafka4_1, Kafka4_2};
    let profile = random.of(&[Kafka3_9, Kafka4_0, Kafka4_1, Kafka4_2, Kafka4_2]);
    let unknown = [UnknownProducer::AnySequence, UnknownProducer::ZeroIfNeverWritten];
    Config::new(profile)
        .expiration_ms(EXPIRATION_MS)
        .max_transaction_ms(100)
        .verification(random.one_in(2))
        .guard_first(random.one_in(4))
        .expire_by(random.of(&[ExpireBy::AppendTime, ExpireBy::RecordTimestamp]))
        .unknown_producer(random.of(&unknown))
}

impl World {
    fn new(seed: u64) -> Self {
        let mut random = Random(seed);
        random.below(2);
        let config = config(&mut random);
        let capacity = 3 + usize::try_from(random.below(14)).unwrap();
        let core: TagCore = partition(64, 256, 64, config);
        Self {
            pipeline: Pipeline::new(core.clone(), vec![Undecided::EMPTY; capacity]),
            model: Model::new(core, capacity),
            random,
            now: 1_000,
            end: 0,
            guards: vec![],
            old_tickets: vec![],
            sent: vec![],
            tally: BTreeMap::new(),
            falling: seed & 1 == 0,
        }
    }

    fn count(&mut self, what: &str) {
        *self.tally.entry(what.into()).or_default() += 1;
    }

    fn assert_same(&self) {
        let have = facts(self.pipeline.partition(), |guard| guard);
        assert_eq!(have, self.model.recorded());
        let have: Vec<_> =
            self.pipeline.undecided().map(|one| (one.ticket(), one.is_unknown())).collect();
        let want: Vec<_> = self.model.undecided().map(|one| (one.ticket, one.unknown)).collect();
        assert_eq!(have, want);
    }

    fn step(&mut self) {
        self.now += i64::try_from(self.random.below(12)).unwrap();
        match self.random.below(100) {
            0..62 => self.send(),
            62..76 => self.record_next(),
            76..78 => self.record_any(),
            78..82 => self.abandon(),
            82..85 => self.mark_unknown(),
            85..92 => self.verify(),
            92..95 => self.expire(),
            95 => self.high_watermark(),
            96 if !self.falling => self.log_start(),
            96 | 97 => self.switch(),
            98 => self.grow(),
            _ => self.lose_leadership(),
        }
        self.assert_same();
    }

    /// A batch that mostly fits, or one that was sent before, or anything.
    fn batch(&mut self) -> (Batch, ContentTag) {
        if !self.sent.is_empty() && self.random.one_in(5) {
            let newest = self.sent.len() - 1;
            let back = usize::try_from(self.random.below(7)).unwrap();
            let (batch, tag) = self.sent[newest.saturating_sub(back)];
            let other = ContentTag(self.random.of(&[1, 2]));
            return (batch, if self.random.one_in(4) { other } else { tag });
        }
        let id = match self.random.below(40) {
            0 => -1,
            1 => i64::MAX,
            _ => i64::try_from(self.random.below(PRODUCERS.unsigned_abs())).unwrap(),
        };
        let foreseen = self.model.foreseen();
        let known = foreseen.producer(id);
        let (epoch, last) = known.map_or((0, -1), |s| (s.producer_epoch(), s.last_sequence()));
        let inside = known.is_some_and(|slot| slot.current_txn_first_offset().is_some());
        let epoch = match self.random.below(16) {
            0 => epoch.wrapping_add(1),
            1 => epoch.wrapping_sub(1),
            2 => self.random.of(&[0, 1, -1, 2, i16::MAX]),
            _ => epoch.max(0),
        };
        let next = if known.is_some_and(|s| s.producer_epoch() != epoch) {
            0
        } else {
            fencepost::ids::raw::increment(last, 1)
        };
        let edges = [0, 1, 2, -1, i32::MAX, i32::MAX - 1, i32::MIN];
        let sequence = match self.random.below(12) {
            0 => self.random.of(&edges),
            1 => next.wrapping_add(1),
            _ if known.is_none() && self.random.one_in(3) => i32::MAX - 2,
            _ => next,
        };
        let mut batch = common::data(id, epoch, sequence, 1 + self.random.of(&[0, 0, 0, 1, 2]));
        batch.header.max_timestamp = self.now - self.random.of(&[0, 0, 3, 390, 410]);
        if self.falling && self.random.one_in(20) {
            batch.header.last_offset_delta = self.random.of(&[-1, i32::MAX, i32::MIN, 7]);
        }
        if self.random.one_in(if inside { 9 } else { 3 }) != inside {
            batch.header.attributes = Attributes(Attributes::TRANSACTIONAL);
        }
        if self.random.one_in(if inside { 3 } else { 14 }) {
            batch = self.marker(batch);
        }
        (batch, ContentTag(self.random.of(&[0, 1, 2])))
    }

    fn marker(&mut self, batch: Batch) -> Batch {
        let mut header = batch.header;
        header.attributes = Attributes(Attributes::TRANSACTIONAL | Attributes::CONTROL);
        (header.base_sequence, header.last_offset_delta) = (-1, 0);
        if self.random.one_in(8) {
            return Batch::empty_control(header);
        }
        let marker = EndTxnMarker {
            kind: self.random.of(&[MarkerKind::Commit, MarkerKind::Abort]),
            coordinator_epoch: self.random.of(&[0, 0, 0, 1, 5]),
            timestamp: header.max_timestamp,
        };
        Batch::end_transaction(header, marker)
    }

    fn context(&mut self, batch: &Batch, tag: ContentTag) -> Ask {
        let marks = matches!(batch.kind, fencepost::broker::BatchKind::EndTransaction(_));
        let origin = if marks && !self.random.one_in(6) {
            Origin::Coordinator
        } else {
            self.random.of(&ORIGINS)
        };
        let mut context: Ask = Context::new(origin, at(self.now)).with_tag(tag);
        context.transaction_version = self.random.of(&[
            TransactionVersion::V0,
            TransactionVersion::V1,
            TransactionVersion::V2,
        ]);
        context.never_written = self.random.one_in(2);
        if self.random.one_in(12) {
            context.new_producers = NewProducers::Refused;
        }
        let id = batch.header.producer_id;
        let own = self.guards.iter().rev().find(|(whose, _)| *whose == id);
        match own {
            Some((_, guard)) if !self.random.one_in(6) => context.with_guard(*guard),
            _ => context,
        }
    }

    fn send(&mut self) {
        let (batch, tag) = self.batch();
        let context = self.context(&batch, tag);
        let want = self.model.admit(&batch, &context);
        match self.pipeline.admit(&batch, &context) {
            Ok(Admission::Append(permit)) => {
                assert_eq!(want, Answer::Append, "{batch:?} {context:?}");
                self.count("append");
                if self.random.one_in(20) {
                    return drop(permit);
                }
                let before = self.pipeline.len();
                let ticket = self.pipeline.begin(permit).expect("nothing came between");
                assert_eq!(self.pipeline.len(), before + 1);
                self.model.begin(ticket, batch, context);
                self.sent.push((batch, tag));
            }
            Ok(Admission::Duplicate(seen)) => {
                assert_eq!(want, Answer::Duplicate(seen), "{batch:?} {context:?}");
                self.count("duplicate");
            }
            Ok(Admission::Pending(ticket)) => {
                assert_eq!(want, Answer::Pending(ticket), "{batch:?} {context:?}");
                self.count("pending");
            }
            Err(refusal) => {
                self.count(&name(&refusal));
                assert_eq!(want, Answer::Refused(Box::new(refusal)), "{batch:?} {context:?}");
            }
        }
    }

    fn record_next(&mut self) {
        let next = self.pipeline.undecided().next().map(|one| (one.ticket(), one.is_unknown()));
        let Some((next, unknown)) = next else { return };
        let have = self.pipeline.record(next, self.end).expect("it is the oldest");
        let want = self.model.record(next, self.end);
        assert_eq!(have, want);
        self.end += 10;
        self.old_tickets.push(next);
        self.count(if unknown { "an unknown one recorded" } else { "recorded" });
        if have.is_some() {
            self.count("completed");
        }
    }

    fn any_undecided(&mut self) -> Option<Ticket> {
        let all: Vec<Ticket> = self.pipeline.undecided().map(Undecided::ticket).collect();
        (!all.is_empty()).then(|| self.random.of(&all))
    }

    /// One that is not the oldest, and one that is no longer there.
    fn record_any(&mut self) {
        let next = self.pipeline.undecided().next().map(Undecided::ticket);
        if let (Some(any), Some(next)) = (self.any_undecided(), next) {
            if any != next {
                let error = RecordError::NotNext { ticket: any, next };
                assert_eq!(self.pipeline.record(any, self.end), Err(error));
                self.count("not next");
            }
        }
        if let Some(&old) = self.old_tickets.last() {
            let none = NotUndecided(old);
            let error = RecordError::NotUndecided(none);
            assert_eq!(self.pipeline.record(old, self.end), Err(error));
            assert_eq!(self.pipeline.abandon(old, |_| panic!("nobody")), Err(none));
            assert_eq!(self.pipeline.mark_unknown(old), Err(none));
            self.count("not undecided");
        }
    }

    fn abandon(&mut self) {
        let Some(any) = self.any_undecided() else { return };
        let unknown = self.pipeline.undecided().any(|one| one.ticket() == any && one.is_unknown());
        let mut gone = vec![];
        let whole_partition = self.random.one_in(4);
        if whole_partition {
            self.pipeline.abandon_from(any, |ticket| gone.push(ticket)).expect("undecided");
            assert_eq!(gone, self.model.abandon_from(any));
        } else {
            self.pipeline.abandon(any, |ticket| gone.push(ticket)).expect("undecided");
            assert_eq!(gone, self.model.abandon(any));
        }
        self.count(if unknown { "an unknown one abandoned" } else { "abandoned" });
        if whole_partition && gone.len() > 1 {
            self.count("abandoned with others of the partition");
        } else if gone.len() > 1 {
            self.count("abandoned with others");
        }
        self.old_tickets.extend(gone);
    }

    fn mark_unknown(&mut self) {
        let Some(any) = self.any_undecided() else { return };
        self.pipeline.mark_unknown(any).expect("undecided");
        self.model.mark_unknown(any);
        self.count("marked unknown");
    }

    fn verify(&mut self) {
        let id = i64::try_from(self.random.below(PRODUCERS.unsigned_abs())).unwrap();
        let foreseen = self.model.foreseen();
        let known = foreseen.producer(id).map(|s| (s.producer_epoch(), s.last_sequence()));
        let (epoch, last) = known.unwrap_or((0, -1));
        let wanted = Verification {
            producer_id: id,
            producer_epoch: epoch.wrapping_add(self.random.of(&[0, 0, 0, 0, 1, -1])),
            base_sequence: fencepost::ids::raw::increment(last, self.random.of(&[1, 1, 1, 2])),
            supports_epoch_bump: self.random.one_in(3),
        };
        let (want, effect, before) = self.model.verify(&wanted, self.now);
        let hangs = before.iter().any(|other| *other != effect);
        match self.pipeline.start_verification(&wanted, at(self.now)) {
            Ok(Guard::SENTINEL) => {
                assert_eq!(want, Ok(Guard::SENTINEL), "{wanted:?}");
                self.count("verification: none needed");
            }
            Ok(guard) => {
                assert!(effect != Effect::Nothing && !hangs, "{wanted:?} {effect:?} {before:?}");
                self.model.verified(wanted, self.now, guard);
                self.guards.push((id, guard));
                self.count("verification: begun");
            }
            Err(Refusal::Rejected(rejection)) => {
                assert_eq!(want, Err(rejection));
                self.count("verification: refused");
            }
            Err(refusal) => {
                assert_eq!(refusal, Refusal::VerificationWaits { producer_id: id });
                assert!(effect != Effect::Nothing && hangs, "{wanted:?} {effect:?} {before:?}");
                self.count("verification: waits");
            }
        }
    }

    fn expire(&mut self) {
        let before = self.pipeline.partition().len();
        let now = self.now + self.random.of(&[0, 100, 399, 500]);
        loop {
            let most = u32::try_from(1 + self.random.below(70)).unwrap();
            if self.pipeline.expire(at(now), most).finished {
                break;
            }
        }
        self.model.expire(now);
        let spared: Vec<i64> =
            self.pipeline.undecided().filter_map(Undecided::producer_id).collect();
        let partition = self.pipeline.partition();
        let would_have_gone = |slot: &Slot<ContentTag>| {
            let age = now - slot.last_timestamp();
            let open = slot.current_txn_first_offset().is_some();
            spared.contains(&slot.producer_id()) && !open && age >= i64::from(EXPIRATION_MS)
        };
        if partition.producers().any(would_have_gone) {
            self.count("spared by a sweep");
        }
        if self.pipeline.partition().len() < before {
            self.count("expired");
        }
    }

    fn high_watermark(&mut self) {
        let offset = i64::try_from(self.random.below(self.end.unsigned_abs() + 1)).unwrap();
        self.pipeline.handle_high_watermark(offset);
        self.model.high_watermark(offset);
    }

    fn log_start(&mut self) {
        let end = self.pipeline.partition().map_end_offset().clamp(0, self.end).unsigned_abs();
        let offset = i64::try_from(self.random.below(end + 1)).unwrap();
        self.pipeline.handle_log_start(offset, None);
        self.model.log_start(offset);
    }

    fn switch(&mut self) {
        let enabled = self.random.one_in(2);
        self.pipeline.set_verification(enabled);
        self.model.set_verification(enabled);
    }

    fn grow(&mut self) {
        let more = self.pipeline.capacity() + 2;
        if more < 24 {
            self.pipeline.grow_pool(vec![Undecided::EMPTY; more]).expect("bigger");
            self.model.capacity = more;
        }
    }

    /// All is given up, and sometimes the log is emptied.
    fn lose_leadership(&mut self) {
        let mut gone = vec![];
        if !self.pipeline.is_empty() {
            assert!(self.pipeline.partition_mut().is_none());
        }
        self.pipeline.abandon_all(|ticket| gone.push(ticket));
        assert_eq!(gone, self.model.abandon_all());
        self.old_tickets.extend(gone);
        self.count("all abandoned");
        let partition = self.pipeline.partition_mut().expect("nothing is undecided");
        if self.random.one_in(3) {
            partition.truncate_fully(self.end);
            let end = self.end;
            self.model.change(|partition| partition.truncate_fully(end));
        }
    }
}

fn name(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Rejected(rejection) => rejection.reason.rule().into(),
        Refusal::Unresolved { .. } => "unresolved".into(),
        Refusal::ProducerBusy { .. } => "producer busy".into(),
        Refusal::PoolFull { .. } => "pool full".into(),
        other => panic!("{other:?} is no answer to a batch"),
    }
}

const ANSWERS: [&str; 34] = [
    "append",
    "duplicate",
    "pending",
    "unresolved",
    "producer busy",
    "pool full",
    "R24",
    "R25",
    "R26",
    "R28",
    "R29",
    "R30",
    "R31",
    "R33",
    "R35",
    "R45",
    "R63",
    "R66",
    "recorded",
    "an unknown one recorded",
    "completed",
    "not next",
    "not undecided",
    "abandoned",
    "an unknown one abandoned",
    "abandoned with others",
    "abandoned with others of the partition",
    "all abandoned",
    "spared by a sweep",
    "expired",
    "verification: none needed",
    "verification: begun",
    "verification: refused",
    "verification: waits",
];

#[test]
fn a_pipeline_answers_what_a_partition_that_records_at_once_does_and_leaves_what_was_recorded() {
    let mut tally: BTreeMap<String, u32> = BTreeMap::new();
    for seed in 0..1_000 {
        let mut world = World::new(seed);
        let run = std::panic::AssertUnwindSafe(|| (0..120).for_each(|_| world.step()));
        if let Err(panic) = std::panic::catch_unwind(run) {
            eprintln!("seed {seed}");
            std::panic::resume_unwind(panic);
        }
        for (what, n) in world.tally {
            *tally.entry(what).or_default() += n;
        }
    }
    let rare: Vec<_> = ANSWERS.iter().filter(|&&what| tally.get(what) < Some(&100)).collect();
    assert!(rare.is_empty(), "{rare:?} came too seldom: {tally:#?}");
}
