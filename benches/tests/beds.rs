//! Each bed does what its operation is named after, and repeats it for any number of rounds.

use fencepost_benches::filling::Filling;
use fencepost_benches::floor::Floor;
use fencepost_benches::journals::{Alone, Writing};
use fencepost_benches::known::Known;
use fencepost_benches::newcomers::Newcomers;
use fencepost_benches::recovery::{Log, Recovery};
use fencepost_benches::snapshots::{Bytes, Snapshots};
use fencepost_benches::turnover::Turnover;
use fencepost_benches::{Bed, Load, Operation, wires};

fn each_round_is_good(bed: &mut dyn Bed, operations: &[Operation]) {
    for round in 0..3 {
        for &operation in operations {
            // A bed panics on an answer that is not the operation's.
            assert!(bed.round(operation, round, 500).is_some(), "{operation}");
        }
    }
}

#[test]
fn a_round_of_every_operation_gets_only_the_answers_it_is_named_after() {
    use Operation::{
        AdmitRecord, AdmitRecordPrefetched, AdmitRecordSerial, Duplicate, DuplicatePrefetched,
        DuplicateSerial, ExpireAll, FileLoad, FileRead, FileWrite, Hit, Insert, Miss, NewProducer,
        Newcomer, NewcomerPrefetched, Refusal, SnapshotRead, SnapshotWrite, Sweep,
    };
    for load in [Load::Stated, Load::Half] {
        let known =
            [Hit, Miss, AdmitRecord, Duplicate, Refusal, AdmitRecordSerial, DuplicateSerial, Sweep];
        each_round_is_good(&mut Known::new(100, load), &known);
        let prefetched = [AdmitRecordPrefetched, DuplicatePrefetched, Sweep];
        each_round_is_good(&mut Known::new(100, load), &prefetched);
        each_round_is_good(&mut Filling::new(100, load), &[Insert]);
        each_round_is_good(&mut Turnover::new(100, load), &[NewProducer]);
    }
    let files = [FileWrite, FileRead, FileLoad];
    each_round_is_good(&mut Snapshots::new(100), &[SnapshotWrite, SnapshotRead]);
    each_round_is_good(&mut Snapshots::new(200), &files);
    each_round_is_good(&mut Bytes::new(100), &files);
    each_round_is_good(&mut Newcomers::new(100), &[Newcomer, ExpireAll, NewcomerPrefetched]);
    let accesses = [AdmitRecord, Duplicate, AdmitRecordSerial, DuplicateSerial];
    each_round_is_good(&mut Floor::new(100), &accesses);
}

#[test]
fn a_wrong_argument_is_a_line_of_usage_and_exit_code_2() {
    use std::process::Command;
    let ratios = env!("CARGO_BIN_EXE_ratios");
    let beside = env!("CARGO_BIN_EXE_beside");
    let instructions = env!("CARGO_BIN_EXE_instructions");
    let cases: [(&str, &[&str]); 6] = [
        (ratios, &["--fly"]),
        (ratios, &["--rounds", "10"]),
        (beside, &["--producers", "99"]),
        (beside, &["--producers"]),
        (instructions, &[]),
        (instructions, &["duplicate", "20001"]),
    ];
    for (program, arguments) in cases {
        let output = Command::new(program).args(arguments).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{program} {arguments:?}: {said}");
        assert!(said.starts_with("usage: ") && said.lines().count() == 1, "{said}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_journal_is_written_anew_in_time_and_read_back_when_it_is_full() {
    let mut alone = Alone::new();
    let mut writing = Writing::new(3, 100, 1 << 16);
    // A batch panics if it does not end as written.
    (0..1_000).for_each(|_| alone.batch());
    (0..1_000).for_each(|_| writing.batch());
    assert!(writing.compactions() > 2, "{}", writing.compactions());
    let full = Writing::new(3, 100, 1 << 16).fill();
    assert!(!full.is_empty() && full.len() > (1 << 16) - 1_000, "{} bytes", full.len());
    let journal = full.recover();
    // No two verdicts are written for one batch: the newest of each partition stands alone.
    let undecided: usize = (0..3).map(|n| journal.kept(n).unwrap().batches().count()).sum();
    assert_eq!(undecided, 3, "of {} batches", full.batches());
}

#[test]
fn the_three_ways_to_read_a_segment_read_the_same_headers() {
    use fencepost::wire::Segment;
    let segment = wires::segment(10);
    let want = (0..10).sum();
    assert_eq!(wires::parse(&segment, &wires::positions(&segment)), want);
    assert_eq!(wires::walk(Segment::headers(&segment)), want);
    assert_eq!(wires::walk(Segment::verified(&segment)), want);
}

#[test]
fn a_log_is_read_in_pieces_to_its_last_batch() {
    // Longer than a piece, and no multiple of one.
    let log = Log::write(7, 3 << 18).expect("a folder");
    assert!(log.batches() > 500, "{} batches", log.batches());
    let mut recovery = Recovery::new(&log);
    for checked in [true, false, true] {
        // It panics if a batch or a producer is missing.
        recovery.open(&log, checked);
    }
}
