//! What holds whatever comes: a verdict changes nothing, a permit is good until the next change, a
//! ticket settles one batch once, and hostile ones change nothing (R67).

mod common;
mod pipeline_support;

use common::{at, commit, data, header, picture, rules, slots, txn};
use fencepost::broker::{
    Batch, Config, Context, Guard, IndexLine, OpenTransaction, Origin, Partition, Slot, Storage,
    TransactionVersion, Verification, VerificationEntry, index_lines,
};
use fencepost::pipeline::{
    Admission, NotUndecided, Permit, Pipeline, RecordError, Refusal, StalePermit, Ticket, Undecided,
};
use fencepost::window::ContentTag;
use fencepost::wire::{Attributes, BatchHeader, EndTxnMarker, MarkerKind};
use pipeline_support::line::{Line, Tested};

fn permit(line: &Line, batch: Batch) -> Permit {
    match line.pipeline.admit(&batch, &Context::client(at(line.now))) {
        Ok(Admission::Append(permit)) => permit,
        other => panic!("{other:?}"),
    }
}

/// Producers 7 and 8 with a recorded and an undecided batch each.
fn busy(config: Config) -> (Line, [Ticket; 2]) {
    let mut line = Line::new(config);
    for id in [7, 8] {
        let write = line.send(data(id, 0, 0, 1)).begun();
        line.written(write);
    }
    let undecided = [7, 8].map(|id| line.send(data(id, 0, 1, 1)).begun());
    (line, undecided)
}

#[test]
fn r67_a_verdict_changes_nothing_and_a_dropped_permit_leaves_no_trace() {
    let (line, _) = busy(rules());
    let before = picture(&line.pipeline);
    let batches = [data(7, 0, 2, 1), data(7, 0, 1, 1), data(7, 0, 0, 1), data(7, 0, 9, 1)];
    for batch in batches.into_iter().chain([txn(9, 0, 0, 1), data(-1, -1, -1, 1)]) {
        drop(line.pipeline.admit(&batch, &Context::client(at(1))));
        assert_eq!(picture(&line.pipeline), before);
    }
}

#[test]
fn r67_a_permit_is_stale_after_any_change() {
    type Change = fn(&mut Line, [Ticket; 2]);
    let changes: [(&str, Change); 14] = [
        ("another begun", |line, _| _ = line.send(data(9, 0, 0, 1)).begun()),
        ("a record", |line, [first, _]| _ = line.written(first)),
        ("an abandoned one", |line, [_, second]| drop(line.failed(second))),
        ("one and all behind it abandoned", |line, [_, second]| {
            _ = line.pipeline.abandon_from(second, |_| {});
        }),
        ("all abandoned", |line, _| line.pipeline.abandon_all(|_| {})),
        ("an unknown one", |line, [_, second]| line.pipeline.mark_unknown(second).unwrap()),
        ("a verification", |line, _| _ = line.verify(9, 0, 0).unwrap()),
        ("a log start", |line, _| line.pipeline.handle_log_start(1, None)),
        ("a snapshot", |line, _| line.pipeline.snapshot_taken(3)),
        ("a switched setting", |line, _| line.pipeline.set_verification(true)),
        ("another expiration", |line, _| line.pipeline.set_expiration_ms(5)),
        ("a growth", |line, _| {
            let (slots, index) = slots(40);
            line.pipeline.grow(slots, index).unwrap();
        }),
        ("a bigger pool", |line, _| {
            line.pipeline.grow_pool(vec![Undecided::EMPTY; 40]).unwrap();
        }),
        ("more transactions", |line, _| {
            line.pipeline.grow_transactions(vec![OpenTransaction::EMPTY; 40]).unwrap();
        }),
    ];
    for (name, change) in changes {
        let (mut line, undecided) = busy(rules());
        let old = permit(&line, data(7, 0, 2, 1));
        change(&mut line, undecided);
        let before = picture(&line.pipeline);
        assert_eq!(line.pipeline.begin(old), Err(StalePermit), "after {name}");
        assert_eq!(picture(&line.pipeline), before, "after {name}");
    }
}

#[test]
fn a_permit_of_a_pipeline_with_another_key_is_stale() {
    let line = Line::new(rules());
    let foreign = permit(&line, data(7, 0, 0, 1));
    let (slots, index) = slots(16);
    let storage = Storage { slots, index, transactions: vec![], guards: vec![] };
    let other: common::Core = Partition::new(storage, rules().seed(1));
    let mut other: Tested = Pipeline::new(other, vec![Undecided::EMPTY; 4]);
    assert_eq!(other.begin(foreign), Err(StalePermit));
    assert!(other.is_empty());
}

#[test]
fn hostile_tickets_are_errors_and_change_nothing() {
    let (mut line, [first, second]) = busy(rules());
    line.written(first);
    line.failed(second);
    let third = line.send(data(7, 0, 2, 1)).begun();
    let fourth = line.send(data(9, 0, 0, 1)).begun();
    let (foreign, [own, _]) = busy(rules().expiration_ms(7));
    assert_eq!(foreign.pipeline.len(), 2);
    let near = [third.to_bits() ^ 1, third.to_bits().wrapping_add(1 << 40)].map(Ticket::from_bits);
    let ends = [0, 1, u64::MAX].map(Ticket::from_bits);
    let before = picture(&line.pipeline);
    for ticket in [first, second, own].into_iter().chain(near).chain(ends) {
        if ticket == third || ticket == fourth {
            continue;
        }
        let none = NotUndecided(ticket);
        assert_eq!(line.pipeline.record(ticket, 5), Err(RecordError::NotUndecided(none)));
        assert_eq!(line.pipeline.abandon(ticket, |_| panic!("none goes")), Err(none));
        assert_eq!(line.pipeline.abandon_from(ticket, |_| panic!("none goes")), Err(none));
        assert_eq!(line.pipeline.mark_unknown(ticket), Err(none));
        assert!(none.to_string().contains(&ticket.to_string()));
    }
    let early = RecordError::NotNext { ticket: fourth, next: third };
    assert_eq!(line.pipeline.record(fourth, 5), Err(early));
    assert_eq!(early.to_string(), format!("undecided batch {third} comes before {fourth}"));
    assert_eq!(picture(&line.pipeline), before);
}

#[test]
fn a_ticket_settles_one_batch_once() {
    let (mut line, [first, second]) = busy(rules());
    line.written(first);
    let again = RecordError::NotUndecided(NotUndecided(first));
    assert_eq!(line.pipeline.record(first, 30), Err(again));
    assert_eq!(line.failed(second), [second]);
    assert_eq!(line.pipeline.abandon(second, |_| {}), Err(NotUndecided(second)));
    assert_eq!(line.window(7), [(0, 0), (1, 1)]);
}

/// R48: the map end is what the log holds for certain, batches without a producer included.
#[test]
fn batches_without_a_producer_wait_for_their_turn_and_go_alone() {
    let mut line = Line::new(rules());
    let first = line.send(data(7, 0, 0, 1)).begun();
    let bare = [3, 4].map(|records| line.send(data(-1, -1, -1, records)).begun());
    let early = RecordError::NotNext { ticket: bare[0], next: first };
    assert_eq!(line.pipeline.record(bare[0], 10), Err(early));
    assert_eq!(line.failed(bare[0]), [bare[0]]);
    line.written(first);
    assert_eq!(line.pipeline.partition().map_end_offset(), 1);
    line.written(bare[1]);
    assert_eq!(line.pipeline.partition().map_end_offset(), 14);
}

#[test]
fn a_pool_may_be_an_array_a_slice_or_nothing() {
    fn core() -> Partition<[Slot; 4], [IndexLine; index_lines(4)]> {
        let (slots, index) = ([Slot::EMPTY; 4], [IndexLine::EMPTY; index_lines(4)]);
        Partition::new(Storage { slots, index, transactions: [], guards: [] }, rules())
    }
    let context = Context::client(at(1));
    let none = Pipeline::new(core(), []);
    assert_eq!(none.admit(&data(7, 0, 0, 1), &context), Err(Refusal::PoolFull { capacity: 0 }));
    let mut memory = [Undecided::EMPTY; 2];
    let mut slice = Pipeline::new(core(), &mut memory[..]);
    let Ok(Admission::Append(permit)) = slice.admit(&data(7, 0, 0, 1), &context) else { panic!() };
    let ticket = slice.begin(permit).unwrap();
    assert_eq!(slice.record(ticket, 0), Ok(None));
    let (partition, _) = slice.into_parts();
    assert_eq!(partition.len(), 1);
}

/// Nothing is paid by who does not use it, and an undecided batch costs little more than a line of
/// the cache.
#[test]
fn sizes_are_as_promised() {
    assert!(size_of::<Undecided>() <= 72, "{}", size_of::<Undecided>());
    assert!(size_of::<Undecided<ContentTag>>() <= 80);
    let (alone, with) = (
        size_of::<Partition<&mut [Slot], &mut [IndexLine]>>(),
        size_of::<Pipeline<&mut [Undecided], &mut [Slot], &mut [IndexLine]>>(),
    );
    assert_eq!(with, alone + size_of::<&mut [Undecided]>() + 2 * size_of::<usize>());
}

struct Random(u64);

impl Random {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(99);
        self.0 ^ (self.0 >> 31)
    }
    fn few<V: Copy>(&mut self, few: &[V], any: impl Fn(u64) -> V) -> V {
        let bits = self.bits();
        match usize::try_from(bits % 12).unwrap().checked_sub(2) {
            Some(n) => few[n % few.len()],
            None => any(bits.rotate_left(17)),
        }
    }
    fn offset(&mut self) -> i64 {
        self.few(&[0, 1, -1, 7, 1_000], u64::cast_signed)
    }
    fn batch(&mut self) -> Batch {
        let int = |bits: u64| (bits >> 9) as i32;
        let short = |bits: u64| (bits >> 9) as i16;
        let producer = self.few(&[0, 1, 2, 3, -1], u64::cast_signed);
        let marks = Attributes::TRANSACTIONAL | Attributes::CONTROL;
        let header = BatchHeader {
            attributes: Attributes(self.few(&[0, 0, Attributes::TRANSACTIONAL, marks], short)),
            base_sequence: self.few(&[0, 1, 2, 3, 4, -1, i32::MAX], int),
            last_offset_delta: self.few(&[0, 0, 1, i32::MAX, -1], int),
            max_timestamp: self.offset(),
            ..header(producer, self.few(&[0, 0, 0, 1, -1], short))
        };
        let kind = if self.bits() & 1 == 0 { MarkerKind::Commit } else { MarkerKind::Abort };
        let coordinator_epoch = self.few(&[0, 0, 1], int);
        let marker = EndTxnMarker { kind, coordinator_epoch, timestamp: self.offset() };
        match self.bits() % 8 {
            0 => Batch::end_transaction(header, marker),
            1 => Batch::empty_control(header),
            _ => Batch::data(header),
        }
    }
}

fn hostile_step(line: &mut Line, random: &mut Random, seen: &mut Vec<u64>) {
    let tickets: Vec<Ticket> = line.pipeline.undecided().map(Undecided::ticket).collect();
    let own = |random: &mut Random| match tickets.len() {
        0 => Ticket::from_bits(random.bits()),
        n => tickets[usize::try_from(random.bits() % n as u64).unwrap()],
    };
    match random.bits() % 16 {
        0..7 => {
            use Origin::{Client, Coordinator, RaftLeader, Replication};
            let origin = random.few(&[Client, Coordinator, Replication], |_| RaftLeader);
            let guard = Guard::from_bits(random.few(&[0, 1], |bits| bits));
            let mut context = Context::new(origin, at(random.offset())).with_guard(guard);
            context.transaction_version = TransactionVersion::V2;
            let batch = random.batch();
            if let pipeline_support::line::Step::Begun(ticket) = line.one(batch, &context) {
                assert!(!seen.contains(&ticket.to_bits()), "a number is given once");
                seen.push(ticket.to_bits());
            }
        }
        7..11 => {
            let first = tickets.first().copied().unwrap_or(Ticket::from_bits(3));
            let ticket = if random.bits() & 3 == 0 { own(random) } else { first };
            let offset = random.offset();
            assert_eq!(
                line.pipeline.record(ticket, offset).is_ok(),
                tickets.first() == Some(&ticket)
            );
        }
        11 if random.bits() & 1 == 0 => drop(line.pipeline.abandon_from(own(random), |_| {})),
        11 => drop(line.pipeline.abandon(own(random), |_| {})),
        12 => drop(line.pipeline.mark_unknown(own(random))),
        13 => {
            let wanted = Verification {
                producer_id: random.few(&[0, 1, 2], u64::cast_signed),
                producer_epoch: random.few(&[0, 1], |bits| bits as i16),
                base_sequence: random.few(&[0, 1, 2], |bits| bits as i32),
                supports_epoch_bump: random.bits() & 1 == 0,
            };
            drop(line.pipeline.start_verification(&wanted, at(random.offset())));
        }
        14 => {
            let _ = line.pipeline.expire(at(random.offset()), 5);
            line.pipeline.handle_high_watermark(random.offset());
        }
        _ => line.pipeline.handle_log_start(random.offset(), None),
    }
}

#[test]
fn any_batch_any_number_and_any_order_gives_an_answer() {
    for seed in 0..600 {
        let mut random = Random(seed);
        let pool = usize::try_from(random.bits() % 9).unwrap();
        let config = Config::kafka_4_2().verification(seed & 1 == 0).expiration_ms(3);
        let mut line = Line::of(3, 2, pool, config);
        let mut seen = vec![];
        for _ in 0..150 {
            hostile_step(&mut line, &mut random, &mut seen);
            assert!(line.pipeline.len() <= pool);
        }
    }
}

#[test]
fn every_refusal_says_who_and_why() {
    let (mut line, [first, _]) = busy(Config::kafka_4_2());
    line.pipeline.mark_unknown(first).unwrap();
    let unresolved = line.send(data(7, 0, 2, 1)).refused().to_string();
    assert_eq!(
        unresolved,
        format!("producer 7: it is not known whether undecided batch {first} is on the log")
    );
    let cases = [
        (Refusal::ProducerBusy { producer_id: 7 }, "producer 7: 5 batches are undecided"),
        (Refusal::PoolFull { capacity: 3 }, "all 3 entries for undecided batches are taken"),
        (
            Refusal::VerificationWaits { producer_id: 7 },
            "producer 7: undecided batches end its transaction, and the next one is verified after \
             them",
        ),
    ];
    for (refusal, want) in cases {
        assert_eq!(refusal.to_string(), want);
    }
    let guard = line.verify(9, 0, 0).unwrap();
    let _ = line.send_with(guard, txn(9, 0, 0, 1)).begun();
    let _ = line.coordinate(commit(9, 0)).begun();
    let refused = line.send(data(9, 0, 5, 1)).refused().to_string();
    assert_eq!(
        refused,
        "producer 9 epoch 0: sequence 5 is out of order: 1 comes next (R25; remembered 0..0 at -1)"
    );
}

#[test]
fn r62_without_guards_a_verification_is_refused_also_of_a_producer_with_undecided_batches() {
    let storage = Storage {
        slots: [Slot::EMPTY; 2],
        index: [IndexLine::EMPTY; index_lines(2)],
        transactions: [OpenTransaction::EMPTY; 2],
        guards: [VerificationEntry::EMPTY; 0],
    };
    let partition: Partition<_, _, _, _> = Partition::new(storage, Config::kafka_4_2());
    let mut pipeline = Pipeline::new(partition, [Undecided::EMPTY; 4]);
    let context = Context::client(at(1));
    let Ok(Admission::Append(permit)) = pipeline.admit(&data(7, 0, 0, 1), &context) else {
        panic!()
    };
    pipeline.begin(permit).unwrap();
    let wanted = Verification {
        producer_id: 7,
        producer_epoch: 0,
        base_sequence: 1,
        supports_epoch_bump: false,
    };
    let Err(Refusal::Rejected(full)) = pipeline.start_verification(&wanted, at(1)) else {
        panic!()
    };
    assert_eq!(full.reason.rule(), "R62");
}
