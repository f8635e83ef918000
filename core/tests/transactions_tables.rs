//! What every code from -1 to 130 does as an answer to every request: the tables of producer spec
//! 6.1 and 16, with what Kafka 4.4.0 changed in them.

mod transactions_support;

use std::collections::BTreeMap;

use fencepost::error_code::ErrorCode;
use fencepost::producer::transactions::{
    Call, Config, Coordinator, IdentityStep, Mode, State, Step, identity_answer,
};
use transactions_support::{Client, G, P, Q, identity};

/// Retriable codes, from producer spec 1.
const R: [i16; 31] = [
    2, 3, 5, 6, 7, 9, 13, 14, 15, 16, 19, 20, 41, 51, 56, 70, 71, 72, 74, 75, 78, 80, 83, 84, 88,
    89, 100, 103, 106, 122, 123,
];

/// One line of the table: each column's codes. R fills what no other column names, and `other` the
/// rest.
struct Row {
    done: &'static [i16],
    lookup: &'static [i16],
    fatal: &'static [i16],
    abortable: &'static [i16],
    bump: &'static [i16],
    other: Outcome,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Done,
    Lookup,
    Retry,
    Fatal,
    Abortable,
    /// Abortable with a new epoch, or fatal where that can't be had.
    Bump,
}

const FIND_COORDINATOR: Row = Row {
    done: &[0],
    lookup: &[],
    fatal: &[53],
    abortable: &[30, 120],
    bump: &[],
    other: Outcome::Fatal,
};
const ADD_PARTITIONS: Row = Row {
    done: &[0],
    lookup: &[15, 16],
    fatal: &[47, 90, 53, 48, 49],
    abortable: &[120],
    bump: &[59],
    other: Outcome::Abortable,
};
const ADD_OFFSETS: Row = Row {
    done: &[0],
    lookup: &[15, 16],
    fatal: &[47, 90, 53, 48, 49],
    abortable: &[30, 120],
    bump: &[59],
    other: Outcome::Fatal,
};
/// 69 and 113 are Kafka 4's.
const TXN_OFFSET_COMMIT: Row = Row {
    done: &[0],
    lookup: &[15, 16, 7],
    fatal: &[47, 90, 53, 43],
    abortable: &[30, 82, 120, 22, 25, 69, 113],
    bump: &[],
    other: Outcome::Fatal,
};
const END_TXN_COMMIT: Row = Row {
    done: &[0],
    lookup: &[15, 16],
    fatal: &[47, 90, 53, 48, 49],
    abortable: &[120],
    bump: &[59],
    other: Outcome::Fatal,
};
/// 120 is fatal in Kafka 4; at 59 the reference stalls (see the test of deviations).
const END_TXN_ABORT: Row = Row {
    done: &[0],
    lookup: &[15, 16],
    fatal: &[47, 90, 53, 48, 49, 120, 59],
    abortable: &[],
    bump: &[],
    other: Outcome::Fatal,
};
/// 31 and 53 are looked at by themselves.
const INIT: Row = Row {
    done: &[0],
    lookup: &[15, 16],
    fatal: &[47, 90],
    abortable: &[120],
    bump: &[],
    other: Outcome::Fatal,
};

impl Row {
    fn of(&self, code: i16) -> Outcome {
        let columns = [
            (self.done, Outcome::Done),
            (self.lookup, Outcome::Lookup),
            (self.fatal, Outcome::Fatal),
            (self.abortable, Outcome::Abortable),
            (self.bump, Outcome::Bump),
            (&R, Outcome::Retry),
        ];
        let named = columns.into_iter().find(|(codes, _)| codes.contains(&code));
        named.map_or(self.other, |(_, outcome)| outcome)
    }
}

fn codes() -> impl Iterator<Item = (i16, ErrorCode)> {
    (-1..=130).map(|code| (code, ErrorCode::new(code)))
}

/// Answers a request in flight with every code and compares what comes of it. How often each
/// outcome was seen.
fn compare(row: &Row, can_bump: bool, in_flight: &Client) -> BTreeMap<String, u32> {
    let mut seen = BTreeMap::new();
    for (number, code) in codes() {
        let mut client = in_flight.clone();
        let before = client.state();
        let (step, outcome) = (client.answer(code), row.of(number));
        let fits = match outcome {
            Outcome::Done => step == Step::Done && client.manager.failure().is_none(),
            Outcome::Lookup => step == Step::FindCoordinator && client.state() == before,
            Outcome::Retry => step == Step::Retry && client.state() == before,
            Outcome::Bump if can_bump => matches!(step, Step::Abortable(_)),
            Outcome::Abortable => matches!(step, Step::Abortable(_)),
            Outcome::Fatal | Outcome::Bump => matches!(step, Step::Fatal(_)),
        };
        assert!(fits, "{number}: {step:?}, expected {outcome:?}");
        match step {
            Step::Abortable(failure) => {
                assert_eq!(client.state(), State::AbortableError, "{number}");
                assert_eq!((client.manager.failure(), failure.code), (Some(failure), code));
                assert_eq!(client.poll(), None, "{number}: nothing is asked before the abort");
                ends_with_epoch(client, outcome == Outcome::Bump);
            }
            Step::Fatal(failure) => {
                assert_eq!(client.state(), State::FatalError, "{number}");
                let shown = if [47, 90].contains(&number) { ErrorCode::new(90) } else { code };
                assert_eq!(failure.error_code(), shown);
                assert_eq!((client.poll(), client.wait()), (None, None));
            }
            _ => {
                let expected = if step == Step::Retry { Some(100) } else { Some(0) };
                let wait = if number == 51 { client.wait().map(|_| 100) } else { client.wait() };
                assert!(step == Step::Done || wait == expected, "{number}: {wait:?}");
            }
        }
        *seen.entry(format!("{outcome:?}")).or_default() += 1;
    }
    seen
}

/// Aborts, and says whether the next transaction has a new epoch.
fn ends_with_epoch(mut client: Client, new: bool) {
    let _ = client.manager.acknowledge();
    let before = client.manager.identity();
    client.manager.abort().unwrap();
    client.drive();
    client.acknowledge(Call::Abort).unwrap();
    assert_eq!(client.manager.identity() != before, new);
}

fn counts(seen: &BTreeMap<String, u32>) -> [u32; 6] {
    ["Done", "Lookup", "Retry", "Fatal", "Abortable", "Bump"]
        .map(|outcome| seen.get(outcome).copied().unwrap_or(0))
}

fn ready(can_bump: bool) -> Client {
    let mut client = if can_bump { Client::ready() } else { Client::ready_nb() };
    client.manager.begin().unwrap();
    client
}

#[test]
fn every_answer_to_find_coordinator() {
    for can_bump in [true, false] {
        let mut client = ready(can_bump);
        client.manager.send_offsets(G).unwrap();
        client.send();
        let _ = client.answer(ErrorCode::NONE);
        client.ask("FindCoordinator(group 70)");
        let seen = compare(&FIND_COORDINATOR, can_bump, &client);
        assert_eq!(counts(&seen), [1, 0, 31, 98, 2, 0]);
        let mut client = ready(can_bump);
        client.manager.handle_unreachable(Coordinator::Transaction, client.at());
        client.manager.add_partition(P).unwrap();
        client.ask("FindCoordinator(transaction)");
        compare(&FIND_COORDINATOR, can_bump, &client);
    }
}

#[test]
fn every_answer_to_add_partitions() {
    for can_bump in [true, false] {
        let mut client = ready(can_bump);
        client.manager.add_partition(P).unwrap();
        client.manager.add_partition(Q).unwrap();
        client.ask("AddPartitionsToTxn");
        let seen = compare(&ADD_PARTITIONS, can_bump, &client);
        assert_eq!(counts(&seen), [1, 2, 29, 5, 94, 1]);
    }
}

#[test]
fn every_answer_to_add_offsets() {
    for can_bump in [true, false] {
        let mut client = ready(can_bump);
        client.manager.send_offsets(G).unwrap();
        client.ask("AddOffsetsToTxn");
        let seen = compare(&ADD_OFFSETS, can_bump, &client);
        assert_eq!(counts(&seen), [1, 2, 29, 97, 2, 1]);
    }
}

#[test]
fn every_answer_to_txn_offset_commit() {
    for can_bump in [true, false] {
        let mut client = ready(can_bump);
        client.manager.send_offsets(G).unwrap();
        for _ in 0..2 {
            client.send();
            let _ = client.answer(ErrorCode::NONE);
        }
        client.ask("TxnOffsetCommit");
        let seen = compare(&TXN_OFFSET_COMMIT, can_bump, &client);
        assert_eq!(counts(&seen), [1, 3, 28, 93, 7, 0]);
    }
}

#[test]
fn every_answer_to_end_txn() {
    for can_bump in [true, false] {
        let mut client = ready(can_bump);
        client.manager.add_partition(P).unwrap();
        client.drive();
        let mut committing = client.clone();
        committing.manager.commit().unwrap();
        committing.ask("EndTxn(commit)");
        let seen = compare(&END_TXN_COMMIT, can_bump, &committing);
        assert_eq!(counts(&seen), [1, 2, 29, 98, 1, 1]);
        client.manager.abort().unwrap();
        client.ask("EndTxn(abort)");
        let seen = compare(&END_TXN_ABORT, can_bump, &client);
        assert_eq!(counts(&seen), [1, 2, 29, 100, 0, 0]);
    }
}

#[test]
fn every_answer_to_init_producer_id() {
    let mut first = Client::new(Config::new());
    first.manager.init().unwrap();
    first.send();
    let _ = first.answer(ErrorCode::NONE);
    first.ask("InitProducerId");
    let mut seen = [0; 4];
    for (number, code) in codes() {
        let mut client = first.clone();
        if number == 0 {
            assert_eq!(client.answer_identity(7, 5), Step::Identity(identity(7, 5)));
            assert_eq!(client.state(), State::Ready);
            continue;
        }
        let step = client.answer(code);
        if [31, 53].contains(&number) {
            assert!(matches!(step, Step::Uninitialized(_)), "{number}: {step:?}");
            seen[0] += 1;
            continue;
        }
        match INIT.of(number) {
            Outcome::Lookup => assert_eq!(step, Step::FindCoordinator, "{number}"),
            Outcome::Retry => {
                assert_eq!((step, client.wait()), (Step::Retry, Some(100)), "{number}");
                seen[1] += 1;
            }
            Outcome::Abortable => {
                assert!(matches!(step, Step::Abortable(_)), "{number}: {step:?}");
                seen[2] += 1;
            }
            _ => {
                assert!(matches!(step, Step::Fatal(_)), "{number}: {step:?}");
                seen[3] += 1;
            }
        }
    }
    assert_eq!(seen, [2, 29, 1, 97]);
}

#[test]
fn every_answer_to_the_init_producer_id_of_an_idempotent_producer() {
    let mut seen = BTreeMap::<_, u32>::new();
    for (number, code) in codes() {
        let expected = match number {
            0 => IdentityStep::Adopt,
            31 | 53 => IdentityStep::Unauthorized,
            47 | 90 => IdentityStep::Fenced,
            number if R.contains(&number) => IdentityStep::Retry,
            _ => IdentityStep::Fatal,
        };
        assert_eq!(identity_answer(code, Mode::Idempotent), expected, "{number}");
        *seen.entry(format!("{expected:?}")).or_default() += 1;
    }
    assert_eq!(seen.values().copied().collect::<Vec<_>>(), [1, 96, 2, 31, 2]);
}

/// Producer spec 8.4.3.1, with INVALID_PRODUCER_ID_MAPPING(49) fatal (KAFKA-18019).
#[test]
fn every_code_a_batch_can_fail_with() {
    for (number, code) in codes() {
        let mut client = Client::ready().with_p();
        let step = client.batch_fails(code);
        if [31, 35, 49, 53, 90].contains(&number) {
            assert!(matches!(step, Step::Fatal(_)), "{number}: {step:?}");
            continue;
        }
        let Step::Abortable(failure) = step else { panic!("{number}: {step:?}") };
        let shown = if R.contains(&number) || number == 48 { 120 } else { number };
        assert_eq!(failure.error_code().get(), shown);
        ends_with_epoch(client, true);
        let mut client = Client::ready_nb().with_p();
        assert!(matches!(client.batch_fails(code), Step::Fatal(_)), "{number}");
        let mut client = Client::ready_v2();
        client.manager.begin().unwrap();
        client.manager.add_partition(P).unwrap();
        assert!(matches!(client.batch_fails(code), Step::Abortable(_)), "{number}");
        ends_with_epoch(client, true);
    }
}
