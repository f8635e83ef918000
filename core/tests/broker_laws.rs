//! What holds whatever comes: a verdict changes nothing (R67, law 1), a good ticket records, every
//! refusal says why (law 5), memory keeps its budget (law 6).

mod common;

use common::{at, data, log, partition, picture, rules, scratch, slots, txn};
use fencepost::broker::{
    Admission, Batch, Config, Context, Guard, IndexLine, OpenTransaction, Origin, Partition,
    Pushed, Reason, Rejection, ScratchPart, Slot, TransactionVersion, VerificationEntry,
    index_lines,
};
use fencepost::ids::Timestamp;
use fencepost::wire::{Attributes, BatchHeader, EndTxnMarker, MarkerKind};
use proptest::prelude::*;

#[test]
fn r67_a_verdict_changes_nothing_and_a_dropped_ticket_or_append_leaves_no_trace() {
    let mut log = log(Config::kafka_4_2());
    let guard = log.verify(7, 0, 0).unwrap();
    log.send(data(8, 0, 0, 1)).at(0);
    let before = picture(&log.partition);
    let context = log.context(Origin::Client).with_guard(guard);
    for batch in [txn(7, 0, 0, 1), data(8, 0, 0, 1), data(8, 0, 1, 1), data(8, 0, 9, 1)] {
        drop(log.partition.admit(&batch, &context));
        assert_eq!(picture(&log.partition), before);
        let mut append = log.partition.append(&mut log.scratch, Origin::Client, at(1));
        drop(append.push(&batch, &context));
        drop(append);
        assert_eq!(picture(&log.partition), before);
    }
}

#[test]
fn r37_a_replicas_records_are_taken_by_their_header_and_anything_else_leaves_no_trace() {
    let mut log = log(rules());
    let mut append = log.partition.append(&mut log.scratch, Origin::Replication, at(1));
    let context = append.context();
    let first = common::with(data(7, 0, 0, 2), |h| h.base_offset = 10);
    let second = common::with(data(7, 0, 2, 1), |h| h.base_offset = 12);
    assert!(!append.push_records(&first.header, ()), "its producer was not met");
    assert_eq!(append.push(&first, &context), Ok(Pushed::Added));
    let others =
        [txn(7, 0, 2, 1), common::commit(7, 0), common::emptied(7, 0), data(-1, -1, -1, 1)];
    for other in others {
        assert!(!append.push_records(&other.header, ()), "{other:?}");
    }
    assert!(append.push_records(&second.header, ()));
    append.commit(|_| {}).unwrap();
    assert_eq!(log.partition.map_end_offset(), 13);
    let slot = log.partition.producer(7).unwrap();
    assert_eq!((slot.window().iter().count(), slot.current_txn_first_offset()), (2, None));
    let mut append = log.partition.append(&mut log.scratch, Origin::Client, at(1));
    assert!(!append.push_records(&data(7, 0, 3, 1).header, ()), "a client's are judged");
}

fn ticket(log: &common::Log, batch: &Batch) -> fencepost::broker::Ticket {
    match log.partition.admit(batch, &log.context(Origin::Client)) {
        Ok(Admission::Append(ticket)) => ticket,
        other => panic!("{other:?}"),
    }
}

#[test]
fn r67_a_ticket_is_stale_after_any_change() {
    type Change = fn(&mut common::Log);
    let changes: [(&str, Change); 10] = [
        ("another record", |log| drop(log.send(data(8, 0, 0, 1)))),
        ("an append", |log| drop(log.append(Origin::Replication, &[data(8, 0, 0, 1)]))),
        ("a verification", |log| drop(log.verify(9, 0, 0))),
        ("a high watermark", |log| log.partition.handle_high_watermark(99)),
        ("a log start", |log| log.partition.handle_log_start(1, None)),
        ("a truncation", |log| log.partition.truncate_fully(0)),
        ("a reload", |log| log.partition.begin_reload()),
        ("an expiry of a producer", |log| {
            assert_eq!(log.partition.expire(at(i64::MAX), 1).forgotten, 1)
        }),
        ("a switched setting", |log| log.partition.set_verification(true)),
        ("a growth", |log| {
            let (slots, index) = slots(40);
            log.partition.grow(slots, index).unwrap();
        }),
    ];
    for (name, change) in changes {
        let mut log = log(rules());
        log.send(data(7, 0, 0, 1)).at(0);
        log.send(txn(6, 0, 0, 1)).at(1);
        log.coordinate(common::commit(6, 0)).at(2);
        let old = ticket(&log, &data(7, 0, 1, 1));
        change(&mut log);
        let before = picture(&log.partition);
        let stale = log.partition.record(old, 3).expect_err(name);
        assert!(stale.to_string().contains("producer 7"), "{stale}");
        assert_eq!(picture(&log.partition), before, "after {name}");
    }
}

/// R67: a sweep that forgets only a verification is a change too.
#[test]
fn r67_a_ticket_is_stale_after_a_sweep_took_its_verification() {
    let mut log = log(Config::kafka_4_2().expiration_ms(10));
    log.now = 1_000;
    for pid in 0..16 {
        log.verify(pid, 0, 0).unwrap();
    }
    let guard = log.partition.verification(3).unwrap().guard();
    let context = log.context(Origin::Client).with_guard(guard);
    let Ok(Admission::Append(old)) = log.partition.admit(&txn(3, 0, 0, 1), &context) else {
        panic!("it is verified");
    };
    while log.partition.verification(3).is_some() {
        assert!(
            !log.partition.expire(at(2_000), 2).finished || log.partition.verification(3).is_none()
        );
    }
    assert!(log.partition.record(old, 0).is_err());
}

#[test]
fn r67_a_ticket_of_another_partition_is_stale_and_a_good_one_is_good_once() {
    let mut log = log(rules());
    let mut other: common::Core = partition(16, 16, 16, rules());
    let foreign = ticket(&log, &data(7, 0, 0, 1));
    // The same version, another key.
    let storage = fencepost::broker::Storage {
        slots: slots(16).0,
        index: slots::<()>(16).1,
        transactions: vec![OpenTransaction::EMPTY; 16],
        guards: vec![VerificationEntry::EMPTY; 16],
    };
    let mut keyed_otherwise: common::Core = Partition::new(storage, rules().seed(1));
    let before = picture(&keyed_otherwise);
    let stale = keyed_otherwise.record(foreign, 0).unwrap_err();
    assert_eq!(picture(&keyed_otherwise), before);
    assert!(
        other.record(stale.0, 0).is_ok(),
        "one that is alike in everything can't be told apart"
    );
    let (first, second) = (ticket(&log, &data(7, 0, 0, 1)), ticket(&log, &data(7, 0, 0, 1)));
    assert!(log.partition.record(first, 0).is_ok());
    assert!(log.partition.record(second, 0).is_err());
    log.end = 1;
    log.replicate(data(7, 0, 0, 1)).at(1);
}

/// What the doc of a stale ticket says to do: the batch is on the log, so it is taken in as replay
/// would.
#[test]
fn r67_a_stale_batch_is_taken_in_as_replication() {
    let mut log = log(rules());
    let old = ticket(&log, &data(7, 0, 0, 1));
    log.send(data(8, 0, 0, 1)).at(0);
    assert!(log.partition.record(old, 1).is_err());
    log.replicate(data(7, 0, 0, 1)).at(1);
    log.send(data(7, 0, 0, 1)).duplicate(1);
}

#[derive(Clone, Debug)]
enum Hostile {
    One { batch: Batch, origin: Origin, base: i64, records: bool },
    Many { batches: Vec<(Batch, i64)>, origin: Origin, commits: bool },
    Verify { pid: i64, epoch: i16, sequence: i32, tv2: bool },
    Expire { now: i64, most: u32 },
    HighWatermark(i64),
    LogStart(i64, Option<i64>),
    TruncateFully(i64),
    Load(Batch, i64),
    FinishReload(i64),
    Grow(usize, usize),
    GrowStep(u32),
}

fn number<T: Copy + std::fmt::Debug>(
    few: impl Strategy<Value = T>,
    any: impl Strategy<Value = T>,
) -> impl Strategy<Value = T> {
    prop_oneof![5 => few, 1 => any]
}

fn offset() -> impl Strategy<Value = i64> {
    number(0..9_i64, any::<i64>())
}

fn hostile_batch() -> impl Strategy<Value = Batch> {
    let numbers = (
        number(-1..6_i64, any::<i64>()),
        number(-1..3_i16, any::<i16>()),
        number(-1..5_i32, any::<i32>()),
        number(0..3_i32, any::<i32>()),
        number(0..9_i64, any::<i64>()),
    );
    let kind = prop_oneof![4 => Just(0), 2 => Just(1), 2 => Just(2), 1 => Just(3)];
    (numbers, kind, any::<i16>(), number(0..3, any::<i32>())).prop_map(
        |((pid, epoch, sequence, delta, time), kind, attributes, coordinator_epoch)| {
            let bits = [0, Attributes::TRANSACTIONAL, 0x30, attributes][kind];
            let header = BatchHeader {
                attributes: Attributes(bits),
                base_sequence: sequence,
                last_offset_delta: delta,
                max_timestamp: time,
                ..common::header(pid, epoch)
            };
            let mark = if sequence & 1 == 0 { MarkerKind::Commit } else { MarkerKind::Abort };
            let marker = EndTxnMarker { kind: mark, coordinator_epoch, timestamp: time };
            match kind {
                2 => Batch::end_transaction(header, marker),
                3 => Batch::empty_control(header),
                _ => Batch::data(header),
            }
        },
    )
}

fn hostile() -> impl Strategy<Value = Hostile> {
    let origin = || {
        use Origin::{Client, Coordinator, RaftLeader, Replication};
        let others = prop_oneof![Just(Coordinator), Just(RaftLeader)];
        prop_oneof![3 => Just(Client), 2 => Just(Replication), 2 => others]
    };
    let many = prop::collection::vec((hostile_batch(), offset()), 0..6);
    prop_oneof![
        10 => (hostile_batch(), origin(), offset(), any::<bool>())
            .prop_map(|(batch, origin, base, records)| {
                Hostile::One { batch, origin, base, records }
            }),
        5 => (many, origin(), any::<bool>())
            .prop_map(|(batches, origin, commits)| Hostile::Many { batches, origin, commits }),
        2 => (number(0..6_i64, any::<i64>()), any::<i16>(), any::<i32>(), any::<bool>())
            .prop_map(|(pid, epoch, sequence, tv2)| Hostile::Verify { pid, epoch, sequence, tv2 }),
        1 => (offset(), 0..9_u32).prop_map(|(now, most)| Hostile::Expire { now, most }),
        1 => offset().prop_map(Hostile::HighWatermark),
        1 => (offset(), any::<Option<i64>>()).prop_map(|(to, last)| Hostile::LogStart(to, last)),
        1 => offset().prop_map(Hostile::TruncateFully),
        1 => (hostile_batch(), offset()).prop_map(|(batch, txn)| Hostile::Load(batch, txn)),
        1 => offset().prop_map(Hostile::FinishReload),
        1 => (0..9_usize, 0..4_usize).prop_map(|(slots, lines)| Hostile::Grow(slots, lines)),
        1 => (0..4_u32).prop_map(Hostile::GrowStep),
    ]
}

/// Applies it; says whether the partition's room could be refused and what must be known
/// afterwards.
fn strike(core: &mut common::Core, memory: &mut common::Memory, hit: Hostile, guard: u64) {
    let before = picture(core);
    let context = |origin| {
        let mut context: Context = Context::new(origin, Timestamp::from_millis(5));
        context.guard = Guard::from_bits(guard);
        context.transaction_version = TransactionVersion::V2;
        context
    };
    match hit {
        Hostile::One { batch, origin, base, records } => {
            let admitted = core.admit(&batch, &context(origin));
            assert_eq!(picture(core), before, "law 1");
            match admitted {
                Ok(Admission::Append(ticket)) if records => {
                    let open = core.ongoing_transactions().len();
                    let _completed = core.record(ticket, base).expect("nothing came between");
                    let pid = batch.header.producer_id;
                    assert!(core.producer(pid).is_some() || pid < 0, "a good ticket records");
                    assert!(core.ongoing_transactions().len() + 1 >= open);
                }
                Ok(_) => {}
                Err(rejection) => drop(assert_says_why(&rejection)),
            }
        }
        Hostile::Many { batches, origin, commits } => {
            let mut append = core.append(memory, origin, Timestamp::from_millis(5));
            let mut good = commits;
            for (batch, base) in &batches {
                let batch = common::with(*batch, |h| h.base_offset = *base);
                match append.push(&batch, &context(origin)) {
                    Ok(pushed) => good &= pushed == fencepost::broker::Pushed::Added,
                    Err(rejection) => {
                        assert_says_why(&rejection);
                        good = false;
                    }
                }
            }
            if good {
                append.commit(|_| ()).expect("every push was taken");
                for (batch, _) in &batches {
                    let pid = batch.header.producer_id;
                    assert!(core.producer(pid).is_some() || pid < 0, "{pid} was written");
                }
            } else {
                drop(append);
                assert_eq!(picture(core), before, "law 1");
            }
        }
        Hostile::Verify { pid, epoch, sequence, tv2 } => {
            let wanted = fencepost::broker::Verification {
                producer_id: pid,
                producer_epoch: epoch,
                base_sequence: sequence,
                supports_epoch_bump: tv2,
            };
            drop(core.start_verification(&wanted, Timestamp::from_millis(5)));
        }
        Hostile::Expire { now, most } => assert!(core.expire(at(now), most).forgotten <= most),
        Hostile::HighWatermark(to) => core.handle_high_watermark(to),
        Hostile::LogStart(to, last) => core.handle_log_start(to, last),
        Hostile::TruncateFully(to) => core.truncate_fully(to),
        Hostile::Load(batch, first_offset) => {
            let facts = fencepost::broker::ProducerFacts {
                producer_id: batch.header.producer_id,
                producer_epoch: batch.header.producer_epoch,
                coordinator_epoch: batch.header.base_sequence,
                last_timestamp: batch.header.max_timestamp,
                current_txn_first_offset: (first_offset % 2 == 0).then_some(first_offset),
            };
            let _loaded = core.load(&Slot::restored(&facts), at(5));
        }
        Hostile::FinishReload(to) => core.finish_reload(to),
        Hostile::Grow(slots, lines) => {
            drop(core.grow(vec![Slot::EMPTY; slots], vec![IndexLine::EMPTY; lines]));
        }
        Hostile::GrowStep(most) => drop(core.grow_step(most)),
    }
}

fn assert_whole(core: &common::Core) {
    assert!(core.len() <= core.capacity());
    assert_eq!(core.producers().count(), core.len() as usize);
    for slot in core.producers() {
        assert_eq!(core.producer(slot.producer_id()), Some(slot), "each is found, and once");
    }
    let open: Vec<i64> = core.ongoing_transactions().iter().map(|txn| txn.first_offset).collect();
    assert!(open.is_sorted_by(|a, b| a < b), "{open:?}");
    let ended = core.unreplicated_transactions();
    assert!(ended.is_sorted_by(|a, b| a.first_offset > b.first_offset), "{ended:?}");
    assert!(open.len() + ended.len() <= 3);
}

proptest! {
    /// Law 4 and law 1 together: any numbers in any order, in memory that is always too small.
    #[test]
    fn r67_nothing_panics_and_only_records_change_whatever_comes(
        hits in prop::collection::vec(hostile(), 1..60),
        policy in prop::sample::select(&common::POLICIES[..]),
        guard in any::<u64>(),
        verification in any::<bool>(),
    ) {
        let config = Config::kafka_4_2().full(policy).verification(verification);
        let mut core = partition(3, 3, 2, config);
        let mut memory = scratch(4, 3);
        for hit in hits {
            strike(&mut core, &mut memory, hit, guard);
            assert_whole(&core);
        }
    }
}

/// One line, with the rule and its numbers, and a code that clients know by name.
fn assert_says_why(rejection: &Rejection) -> String {
    let sentence = rejection.to_string();
    let rule = rejection.reason.rule();
    assert!(!sentence.contains('\n') && sentence.contains(&format!("({rule}")), "{sentence}");
    assert!(rule.strip_prefix('R').is_some_and(|n| n.parse::<u8>().is_ok()), "{rule}");
    let code = rejection.error_code();
    assert!(code.name().is_some() && code.get() != 0, "{sentence}");
    sentence
}

#[test]
fn law_5_every_reason_is_one_sentence_with_expected_got_rule_and_a_code_with_a_name() {
    let reasons: [(Reason, &[&str], i16); 17] = [
        (Reason::StaleEpoch { current: 31, got: 17 }, &["31", "17"], 47),
        (Reason::OutOfOrder { expected: 31, got: 17 }, &["31", "17"], 45),
        (Reason::NewEpochNotAtZero { current: 31, got: 17 }, &["31", "17", " 0"], 45),
        (Reason::AboveVerified { lowest: 31, got: 17 }, &["31", "17"], 45),
        (Reason::UnknownNotAtZero { got: 17 }, &["17", " 0"], 45),
        (Reason::NeverWrittenNotAtZero { got: 17 }, &["17", " 0"], 45),
        (Reason::NotVerified, &["verified"], 48),
        (Reason::InsideTransaction { first_offset: 31 }, &["31"], 48),
        (Reason::CoordinatorFenced { current: 31, got: 17 }, &["31", "17"], 52),
        (Reason::MarkerEpochNotAbove { current: 31, got: 17 }, &["31", "17"], 47),
        (Reason::SequenceReused { first_offset: 31 }, &["31"], 45),
        (Reason::NewProducerRefused, &["new producer"], 19),
        (Reason::ProducersFull { capacity: 31 }, &["31"], 19),
        (Reason::TransactionsFull { capacity: 31 }, &["31"], 19),
        (Reason::GuardsFull { capacity: 31 }, &["31"], 19),
        (Reason::ReplicaFull { capacity: 31 }, &["31"], 56),
        (
            Reason::ScratchFull { part: ScratchPart::Producers, capacity: 31 },
            &["31", "producers"],
            -1,
        ),
    ];
    for (reason, says, code) in reasons {
        let rejection = Rejection {
            producer_id: 4_711,
            producer_epoch: 23,
            reason,
            window: fencepost_window(&[(5, 2, 100), (9, 3, 104)]),
        };
        assert_eq!(rejection.error_code().get(), code, "{reason:?}");
        let sentence = assert_says_why(&rejection);
        for part in says.iter().chain(&["producer 4711", "epoch 23", "3..5 at 98", "6..9 at 101"]) {
            assert!(sentence.contains(part), "{part:?} is not in {sentence:?}");
        }
    }
}

fn fencepost_window(
    batches: &[(i32, i32, i64)],
) -> heapless::Vec<fencepost::window::BatchMetadata, 5, u8> {
    let batches = batches.iter().map(|&(last_sequence, offset_delta, last_offset)| {
        fencepost::window::BatchMetadata { last_sequence, offset_delta, last_offset, timestamp: 1 }
    });
    batches.collect()
}

/// Law 6 and the budget of design 4: at full capacity, all arrays counted.
#[test]
fn law_6_a_producer_takes_at_most_176_bytes_and_a_quiet_partition_256() {
    let producers = 1 << 16;
    let sixteenth = producers / 16;
    let slots = producers * size_of::<Slot>();
    let index = index_lines(producers) * size_of::<IndexLine>();
    let transactions = sixteenth * size_of::<OpenTransaction>();
    let guards = sixteenth * size_of::<VerificationEntry>();
    let bytes = (slots + index + transactions + guards) as f64 / producers as f64;
    println!(
        "{bytes} bytes a producer: slot {}, index {}, transactions {}, guards {}; \
         a quiet partition {}",
        size_of::<Slot>(),
        index / producers,
        transactions as f64 / producers as f64,
        guards as f64 / producers as f64,
        size_of::<common::Core>(),
    );
    assert!(size_of::<Slot>() <= 160);
    assert!(bytes <= 176.0, "{bytes}");
    assert!(size_of::<common::Core>() <= 256);
    let full: common::Core = partition(producers, sixteenth, sixteenth, rules());
    assert_eq!(full.capacity() as usize, producers);
}
