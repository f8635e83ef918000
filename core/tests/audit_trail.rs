//! What a producer wrote twice under a new epoch, and two writers under one identity: both are
//! found by headers alone, and nothing like it is.

mod audit_support;

use audit_support::{header, partition};
use fencepost::audit::Severity::{Fault, Note};
use fencepost::audit::{Audit, Finding, Settings, Severity, Trail, Writers};
use fencepost::broker::{Batch, IndexLine, OpenTransaction, Slot, VerificationEntry};
use fencepost::ids::{Epoch, Identity, ProducerId, Sequence, Stamp};
use fencepost::wire::{
    Attributes, BatchBuilder, BatchHeader, BatchOptions, EndTxnMarker, MarkerKind, RecordToWrite,
    crc_with_header, restamp, seal,
};
use proptest::prelude::*;

fn stamp(id: i64, epoch: i16, sequence: i32) -> Stamp {
    let identity = Identity { id: ProducerId::new(id).unwrap(), epoch: Epoch::new(epoch).unwrap() };
    Stamp { identity, base_sequence: Sequence::new(sequence).unwrap() }
}

/// One record with these bytes.
fn bytes(stamp: Stamp, content: &[u8]) -> Vec<u8> {
    let mut buffer = vec![0; content.len() + 100];
    let mut builder = BatchBuilder::new(&mut buffer, BatchOptions::default()).unwrap();
    let record = RecordToWrite { timestamp: 1_000, value: Some(content), ..Default::default() };
    builder.push(&record).unwrap();
    builder.finish(Some(stamp)).unwrap().to_vec()
}

/// The same as a broker with LogAppendTime keeps it.
fn append_time(mut bytes: Vec<u8>, now: i64) -> Vec<u8> {
    bytes[22] |= u8::try_from(Attributes::LOG_APPEND_TIME).unwrap();
    bytes[35..43].copy_from_slice(&now.to_be_bytes());
    seal(&mut bytes).unwrap();
    bytes
}

type Watch =
    Audit<Vec<Slot>, Vec<IndexLine>, Vec<OpenTransaction>, [VerificationEntry; 0], (), Vec<Trail>>;

struct Log {
    audit: Watch,
    end: i64,
    leader_epoch: i32,
    found: Vec<Finding>,
}

impl Log {
    fn new() -> Self {
        Self::with(Settings::default(), 64)
    }

    fn with(settings: Settings, trails: usize) -> Self {
        let audit = Audit::new(partition(64), settings).with_trails(vec![Trail::EMPTY; trails]);
        Self { audit, end: 0, leader_epoch: 0, found: Vec::new() }
    }

    fn take(&mut self, mut batch: Batch) -> i64 {
        batch.header.base_offset = self.end;
        batch.header.partition_leader_epoch = self.leader_epoch;
        self.end = batch.header.next_offset();
        self.found.extend(self.audit.observe(&batch).expect("room for 64 producers").findings);
        batch.header.base_offset
    }

    fn write(&mut self, bytes: &[u8]) -> i64 {
        self.take(Batch::data(BatchHeader::parse(bytes).unwrap()))
    }

    /// Producer 7's batch of one record with this content.
    fn data(&mut self, epoch: i16, sequence: i32, content: &str) -> i64 {
        self.write(&bytes(stamp(7, epoch, sequence), content.as_bytes()))
    }

    /// Five batches, r1 to r5.
    fn five(&mut self, epoch: i16, sequence: i32) -> i64 {
        (1..=5).map(|n| self.data(epoch, sequence + n - 1, &format!("r{n}"))).min().unwrap()
    }

    fn found(&self) -> Vec<(i64, &'static str, Severity)> {
        self.found.iter().map(|f| (f.offset, f.kind.name(), f.severity())).collect()
    }

    fn faults(&self) -> Vec<(i64, &'static str)> {
        let faults = self.found().into_iter().filter(|(.., severity)| *severity == Fault);
        faults.map(|(offset, name, _)| (offset, name)).collect()
    }
}

proptest! {
    /// From two headers alone, at every length of records.
    #[test]
    fn r19_the_crc_with_another_header_is_the_one_that_restamping_gives(
        content in prop::collection::vec(any::<u8>(), 0..3_000),
        stamps in prop::array::uniform2((0..i64::MAX, 0..i16::MAX, 0..i32::MAX)),
    ) {
        let [old, new] = stamps.map(|(id, epoch, sequence)| stamp(id, epoch, sequence));
        let mut batch = bytes(old, &content);
        let before = BatchHeader::parse(&batch).unwrap();
        restamp(&mut batch, new).unwrap();
        let after = BatchHeader::parse(&batch).unwrap();
        prop_assert_eq!(crc_with_header(&before, &after), after.crc);
        prop_assert_eq!(crc_with_header(&after, &before), before.crc);
        let kept = BatchHeader::parse(&append_time(batch, 77)).unwrap();
        prop_assert_eq!(crc_with_header(&before, &kept), kept.crc);
    }
}

#[test]
fn r81_five_batches_written_again_under_the_next_epoch_each_name_their_first_copy() {
    let mut log = Log::new();
    log.data(0, 0, "before");
    log.five(0, 1);
    let again = log.five(1, 0);
    log.data(1, 5, "after");
    let mut want = vec![(again, "epoch_raised", Note), (again, "written_twice", Fault)];
    want.extend((1..5).map(|n| (again + n, "written_twice", Fault)));
    assert_eq!(log.found(), want);
    assert_eq!(
        log.found[2].to_string(),
        "offset 7: producer 7 epoch 1: the producer began anew after epoch 0 and wrote the batch \
         at offset 2 again, as clients do that take OUT_OF_ORDER_SEQUENCE_NUMBER for not written \
         (a broker that restarts remembers one batch) (R81)"
    );
}

#[test]
fn r81_without_trails_only_the_new_epoch_is_noted() {
    let mut log = Log::with(Settings::default(), 0);
    log.five(0, 0);
    let again = log.five(1, 0);
    assert_eq!(log.found(), [(again, "epoch_raised", Note)]);
}

#[test]
fn r81_a_second_copy_is_known_under_a_broker_that_sets_the_timestamp() {
    let mut log = Log::new();
    let first = log.write(&append_time(bytes(stamp(7, 0, 9), b"r"), 2_000));
    let again = log.write(&append_time(bytes(stamp(7, 1, 0), b"r"), 3_000));
    assert_eq!(log.faults(), [(again, "written_twice")]);
    assert!(log.found.iter().any(|f| f.to_string().contains(&format!("at offset {first} again"))));
}

#[test]
fn r81_of_batches_with_the_same_content_each_is_named_once() {
    let mut log = Log::new();
    for sequence in 0..2 {
        log.data(0, sequence, "same");
    }
    let again = log.data(1, 0, "same");
    log.data(1, 1, "same");
    log.data(1, 2, "same");
    assert_eq!(log.faults(), [(again, "written_twice"), (again + 1, "written_twice")]);
    assert!(log.found.last().unwrap().to_string().contains("at offset 1 again"));
}

#[test]
fn r81_a_part_written_again_before_the_next_restart_is_remembered_too() {
    let mut log = Log::new();
    log.five(0, 0);
    log.data(1, 0, "r1");
    let again = log.five(2, 0);
    let twice: Vec<i64> = log.faults().into_iter().map(|(offset, _)| offset).collect();
    assert_eq!(twice, [again - 1, again, again + 1, again + 2, again + 3, again + 4]);
}

#[test]
fn r81_a_client_that_began_anew_and_went_on_with_other_records_has_no_fault() {
    let mut log = Log::new();
    log.five(0, 0);
    for n in 0..5 {
        // As long as the batches before, and of the same time.
        log.data(1, n, &format!("s{n}"));
    }
    assert_eq!(log.faults(), []);
    // Long after, the same records are the application's own.
    log.five(1, 5);
    assert_eq!(log.faults(), []);
}

#[test]
fn r81_batches_that_compaction_emptied_are_no_copies_of_each_other() {
    let mut log = Log::new();
    for epoch in 0..2 {
        let mut header = BatchHeader::parse(&bytes(stamp(7, epoch, 0), b"")).unwrap();
        header.records_count = 0;
        log.take(Batch::data(header));
    }
    assert_eq!(log.faults(), []);
}

#[test]
fn r81_a_transaction_that_was_aborted_is_rightly_written_again() {
    let mut log = Log::new();
    let transactional = Attributes(Attributes::TRANSACTIONAL);
    for epoch in 0..3 {
        let mut bytes = bytes(stamp(7, epoch, 0), b"input 17");
        bytes[22] |= u8::try_from(transactional.0).unwrap();
        seal(&mut bytes).unwrap();
        log.write(&bytes);
        let mut header = header(7, epoch + 1, -1, 1);
        header.attributes = Attributes(Attributes::TRANSACTIONAL | Attributes::CONTROL);
        let kind = MarkerKind::Abort;
        let marker = EndTxnMarker { kind, coordinator_epoch: 0, timestamp: 1_000 };
        log.take(Batch::end_transaction(header, marker));
    }
    assert_eq!(log.found(), []);
}

#[test]
fn r82_the_leaders_change_is_noted_where_a_producer_began_anew_and_nowhere_else() {
    let mut log = Log::new();
    log.data(0, 0, "a");
    log.leader_epoch = 2;
    log.data(0, 1, "b");
    assert_eq!(log.found(), [], "a leader's change is nothing by itself");
    log.data(1, 0, "c");
    log.leader_epoch = 4;
    let at = log.data(2, 0, "d");
    let raised = |at| (at, "epoch_raised", Note);
    assert_eq!(log.found(), [raised(at - 1), raised(at), (at, "window_narrowed", Note)]);
    assert_eq!(
        log.found[2].to_string(),
        "offset 3: producer 7 epoch 2: the leader changed since the producer's last batch (leader \
         epoch 2 before, 4 now): one that had restarted remembers one batch, not five (R82)"
    );
}

#[test]
fn r83_two_writers_under_one_identity_are_told_from_one_who_repeats() {
    let mut log = Log::new();
    for n in 0..7 {
        log.data(0, n, &format!("a{n}"));
    }
    // A leader that had forgotten took another writer's, and then both.
    log.data(0, 0, "b0");
    log.data(0, 7, "a7");
    let at = log.data(0, 1, "b1");
    log.data(0, 8, "a8");
    log.data(0, 2, "b2");
    let used: Vec<&Finding> =
        log.found.iter().filter(|f| f.kind.name() == "identity_used_twice").collect();
    let [used] = used[..] else { panic!("said once: {used:?}") };
    assert_eq!((used.offset, used.severity()), (at, Fault));
    assert!(
        used.to_string().contains(
            "sequences go on in turns from 8 and, a second time, from 1: two writers use one id"
        ),
        "{used}"
    );
}

#[test]
fn r83_a_remembered_sequence_with_other_content_is_the_other_writers_too() {
    let mut log = Log::new();
    for n in 0..3 {
        log.data(0, n, &format!("a{n}"));
    }
    log.data(0, 1, "b1");
    log.data(0, 3, "a3");
    let at = log.data(0, 2, "b2");
    assert_eq!(
        log.faults(),
        [(at - 2, "duplicate"), (at, "duplicate"), (at, "identity_used_twice")]
    );
}

#[test]
fn r83_what_was_written_behind_a_gap_is_not_late_but_the_other_writers() {
    let mut log = Log::new();
    for n in [0, 1, 2, 6, 7, 8] {
        log.data(0, n, &format!("a{n}"));
    }
    log.data(0, 6, "b6");
    log.data(0, 9, "a9");
    let at = log.data(0, 7, "b7");
    assert!(log.faults().contains(&(at, "identity_used_twice")));
}

#[test]
fn r83_a_fenced_writer_has_an_epoch_of_its_own() {
    let mut log = Log::new();
    for n in 0..4 {
        log.data(1, n, &format!("a{n}"));
    }
    let first = log.data(0, 0, "b0");
    log.data(1, 4, "a4");
    let second = log.data(0, 1, "b1");
    assert_eq!(log.faults(), [(first, "epoch_lowered"), (second, "epoch_lowered")]);
}

/// R83: what one writer does, on logs that no leader kept clean.
#[test]
fn r83_repeats_of_one_writer_are_no_second_writer() {
    let one_writer: [(&str, &[i32]); 6] = [
        ("a run twice, and on", &[0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 5, 6]),
        ("a long run twice, and on", &[0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 7, 8]),
        ("retries of the last five among new ones", &[0, 1, 2, 3, 4, 2, 5, 3, 6, 4, 7]),
        ("late batches of a gap", &[0, 1, 2, 6, 3, 7, 4, 8, 5, 9]),
        (
            "a long run twice, and much later the batch after it",
            &[0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 6],
        ),
        ("one old batch again and again", &[0, 1, 2, 3, 4, 5, 0, 6, 0, 7, 0, 8]),
    ];
    for (what, sequences) in one_writer {
        let mut log = Log::new();
        for &n in sequences {
            log.data(0, n, &format!("a{n}"));
        }
        let used = log.found.iter().find(|f| f.kind.name() == "identity_used_twice");
        assert_eq!(used, None, "{what}");
    }
}

#[test]
fn r83_a_new_epoch_and_a_coordinators_log_have_no_second_run() {
    let mut log = Log::new();
    for epoch in 0..3 {
        for n in 0..3 {
            log.data(epoch, n, &format!("{epoch} {n}"));
        }
    }
    assert_eq!(log.faults(), []);
    let mut log = Log::with(Settings { writers: Writers::Coordinator, ..Settings::default() }, 8);
    for n in [0, 1, 2, 0, 3, 1, 4, 2] {
        log.data(0, n, "offset");
    }
    assert_eq!(log.found(), []);
}

#[test]
fn r81_with_fewer_trails_than_producers_the_one_silent_for_longest_gives_way_and_is_counted() {
    let mut log = Log::with(Settings::default(), 4);
    for id in 0..4 {
        log.write(&bytes(stamp(id, 0, 0), b"r"));
    }
    assert_eq!((log.audit.trails_given_up(), log.audit.trails_capacity()), (0, 4));
    log.write(&bytes(stamp(9, 0, 0), b"r"));
    assert_eq!(log.audit.trails_given_up(), 1);
    let (forgotten, kept) = (bytes(stamp(0, 1, 0), b"r"), bytes(stamp(3, 1, 0), b"r"));
    let at = log.write(&kept);
    log.write(&forgotten);
    assert_eq!(log.faults(), [(at, "written_twice")]);
}

#[test]
fn r81_trails_move_into_other_memory() {
    let mut log = Log::with(Settings::default(), 4);
    for id in 0..4 {
        log.write(&bytes(stamp(id, 0, 0), b"r"));
    }
    let old = log.audit.move_trails(vec![Trail::EMPTY; 32]);
    assert_eq!((old.len(), log.audit.trails_capacity()), (4, 32));
    for id in 0..4 {
        log.write(&bytes(stamp(id, 1, 0), b"r"));
    }
    assert_eq!(log.faults().len(), 4);
    assert_eq!(log.audit.trails_given_up(), 0);
}
