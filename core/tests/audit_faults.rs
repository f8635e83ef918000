//! Logs with a planted fault: it is found, where it is, and nothing else is.

mod audit_support;

use audit_support::{header, partition};
use fencepost::audit::Severity::{Fault, Note};
use fencepost::audit::{Audit, AuditFull, Finding, Settings, Severity, Writers};
use fencepost::broker::{Batch, BatchKind, IndexLine, OpenTransaction, Slot};
use fencepost::wire::MarkerKind::{Abort, Commit};
use fencepost::wire::{Attributes, EndTxnMarker, MarkerKind};

/// A log under an audit.
struct Log {
    audit: Audit<Vec<Slot>, Vec<IndexLine>, Vec<OpenTransaction>>,
    end: i64,
    now: i64,
    found: Vec<Finding>,
}

impl Log {
    fn new() -> Self {
        Self::with(Settings::default())
    }

    fn with(settings: Settings) -> Self {
        let audit = Audit::new(partition(64), settings);
        Self { audit, end: 0, now: 1_000, found: Vec::new() }
    }

    fn write(&mut self, mut batch: Batch) -> i64 {
        batch.header.base_offset = self.end;
        batch.header.max_timestamp = self.now;
        if let BatchKind::EndTransaction(marker) = &mut batch.kind {
            marker.timestamp = self.now;
        }
        self.end = batch.header.next_offset();
        let observed = self.audit.observe(&batch).expect("room for 64 producers");
        self.found.extend(observed.findings);
        batch.header.base_offset
    }

    /// A batch of records; gives its offset.
    fn data(&mut self, id: i64, epoch: i16, sequence: i32, records: i32) -> i64 {
        self.write(Batch::data(header(id, epoch, sequence, records)))
    }

    /// A batch of a transaction.
    fn txn(&mut self, id: i64, epoch: i16, sequence: i32, records: i32) -> i64 {
        let mut header = header(id, epoch, sequence, records);
        header.attributes = Attributes(Attributes::TRANSACTIONAL);
        self.write(Batch::data(header))
    }

    fn marker(&mut self, id: i64, epoch: i16, kind: MarkerKind, coordinator: i32) -> i64 {
        let mut header = header(id, epoch, -1, 1);
        header.attributes = Attributes(Attributes::TRANSACTIONAL | Attributes::CONTROL);
        let marker = EndTxnMarker { kind, coordinator_epoch: coordinator, timestamp: 0 };
        self.write(Batch::end_transaction(header, marker))
    }

    /// What was found, and at the log's end: offset, name, severity.
    fn finish(&self) -> Vec<(i64, &'static str, Severity)> {
        let found = self.found.iter().copied().chain(self.audit.left_open());
        found.map(|f| (f.offset, f.kind.name(), f.severity())).collect()
    }
}

#[test]
fn r71_a_gap_is_found_once_and_the_log_goes_on_behind_it() {
    let mut log = Log::new();
    log.data(7, 0, 0, 3);
    let at = log.data(7, 0, 5, 1);
    log.data(7, 0, 6, 1);
    assert_eq!(log.finish(), [(at, "gap", Fault)]);
    assert_eq!(
        log.found[0].to_string(),
        "offset 3: producer 7 epoch 0: 2 sequences are missing: 3 comes next, the batch begins \
         at 5 (R71)"
    );
}

#[test]
fn r71_a_gap_over_the_wrap_is_counted_on_the_circle() {
    let mut log = Log::new();
    log.data(7, 0, i32::MAX - 3, 3);
    let at = log.data(7, 0, 2, 1);
    assert_eq!(
        log.finish(),
        [(0, "first_sequence_not_zero", Note), (at, "gap", Fault)],
        "2147483647, 0 and 1 are missing"
    );
    assert!(log.found[1].to_string().contains("3 sequences are missing: 2147483647 comes next"));
}

#[test]
fn r70_a_gap_is_a_note_where_offsets_are_missing_since_the_producers_last_batch() {
    let mut log = Log::new();
    log.data(7, 0, 0, 1);
    log.data(8, 0, 0, 1);
    log.end += 4; // compaction took a batch of 7
    log.data(8, 0, 1, 1);
    let compacted = log.data(7, 0, 5, 1);
    let real = log.data(7, 0, 9, 1);
    assert_eq!(log.finish(), [(compacted, "gap", Note), (real, "gap", Fault)]);
    assert!(log.found[0].to_string().contains("; offsets are missing from the log before it"));
    assert!(log.found[1].to_string().contains("3 sequences are missing: 6 comes next"));
}

#[test]
fn r72_each_batch_of_a_run_written_twice_names_its_first_copy() {
    let mut log = Log::new();
    for sequence in 0..5 {
        log.data(7, 0, sequence, 1);
    }
    let again: Vec<i64> = (0..5).map(|sequence| log.data(7, 0, sequence, 1)).collect();
    log.data(7, 0, 5, 1);
    let want: Vec<_> = again.iter().map(|&at| (at, "duplicate", Fault)).collect();
    assert_eq!(log.finish(), want);
    assert!(log.found[3].to_string().contains("its first copy begins at offset 3"));
}

#[test]
fn r72_what_is_older_than_five_batches_is_known_to_be_written_though_not_where() {
    let mut log = Log::new();
    for sequence in 0..8 {
        log.data(7, 0, sequence, 1);
    }
    let old = log.data(7, 0, 1, 1);
    let part = log.data(7, 0, 5, 2); // over two remembered batches
    log.data(7, 0, 8, 1);
    assert_eq!(log.finish(), [(old, "rewound", Fault), (part, "rewound", Fault)]);
}

#[test]
fn r73_a_fenced_writer_is_found_and_the_right_one_goes_on() {
    let mut log = Log::new();
    log.data(7, 3, 0, 1);
    let at = log.data(7, 2, 5, 1);
    log.data(7, 3, 1, 1);
    assert_eq!(log.finish(), [(at, "epoch_lowered", Fault)]);
}

#[test]
fn r73_a_marker_of_a_lower_epoch_is_found_and_ends_the_transaction_all_the_same() {
    let mut log = Log::new();
    log.txn(7, 3, 0, 1);
    let at = log.marker(7, 2, Abort, 0);
    log.txn(7, 3, 1, 1);
    log.marker(7, 3, Commit, 0);
    assert_eq!(log.finish(), [(at, "epoch_lowered", Fault)]);
}

#[test]
fn r74_a_new_epoch_begins_at_zero() {
    let mut log = Log::new();
    log.txn(7, 0, 0, 2);
    log.marker(7, 0, Commit, 0);
    let at = log.txn(7, 1, 2, 1);
    log.txn(7, 1, 3, 1);
    log.marker(7, 1, Commit, 0);
    assert_eq!(log.finish(), [(at, "new_epoch_not_at_zero", Fault)]);
}

#[test]
fn r74_a_client_that_began_anew_is_noted_unless_a_transaction_raised_the_epoch() {
    let mut log = Log::new();
    log.data(7, 0, 0, 1);
    let at = log.data(7, 1, 0, 1);
    log.txn(9, 0, 0, 1);
    log.marker(9, 1, Commit, 0);
    log.txn(9, 1, 0, 1);
    log.marker(9, 2, Commit, 0);
    assert_eq!(log.finish(), [(at, "epoch_raised", Note)]);
}

#[test]
fn r75_a_producer_first_seen_in_the_middle_is_noted() {
    let mut log = Log::new();
    let at = log.data(7, 0, 40, 2);
    log.data(7, 0, 42, 1);
    assert_eq!(log.finish(), [(at, "first_sequence_not_zero", Note)]);
}

#[test]
fn r75_beginning_again_in_the_same_epoch_means_that_the_leader_had_forgotten() {
    let mut log = Log::new();
    for sequence in 0..7 {
        log.data(7, 0, sequence, 1);
    }
    let at = log.data(7, 0, 0, 2);
    log.data(7, 0, 2, 1);
    assert_eq!(log.finish(), [(at, "state_lost", Fault)]);
}

#[test]
fn r75_a_silence_longer_than_the_expiry_explains_a_fault_and_is_nothing_by_itself() {
    let mut log = Log::new();
    log.data(7, 1, 0, 1);
    log.data(8, 0, 0, 1);
    log.now += 86_400_000;
    log.data(8, 0, 1, 1);
    let at = log.data(7, 0, 9, 1);
    assert_eq!(log.finish(), [(at, "epoch_lowered", Fault), (at, "came_back", Note)]);
}

#[test]
fn r76_a_marker_without_data_is_noted() {
    let mut log = Log::new();
    let first = log.marker(7, 0, Abort, 0);
    log.txn(7, 1, 0, 1);
    log.marker(7, 2, Commit, 0);
    let retried = log.marker(7, 2, Commit, 0);
    assert_eq!(
        log.finish(),
        [
            (first, "marker_without_transaction", Note),
            (retried, "marker_without_transaction", Note)
        ]
    );
}

#[test]
fn r77_a_transaction_left_open_is_noted_and_a_fault_once_it_is_late() {
    let mut log = Log::new();
    let at = log.txn(7, 0, 0, 1);
    log.now += 1_200_000;
    log.data(8, 0, 0, 1);
    assert_eq!(log.finish(), [(at, "transaction_left_open", Note)]);
    log.now += 1;
    log.data(8, 0, 1, 1);
    assert_eq!(log.finish(), [(at, "transaction_left_open", Fault)]);
}

#[test]
fn r78_a_replaced_coordinators_marker_is_found_each_time() {
    let mut log = Log::new();
    log.txn(7, 0, 0, 1);
    log.marker(7, 0, Commit, 5);
    log.txn(7, 0, 1, 1);
    let at = log.marker(7, 0, Commit, 4);
    log.txn(7, 0, 2, 1);
    log.marker(7, 0, Commit, 5);
    assert_eq!(log.finish(), [(at, "coordinator_epoch_lowered", Fault)]);
}

#[test]
fn r79_a_batch_outside_the_open_transaction_is_found_and_its_sequences_count() {
    let mut log = Log::new();
    log.txn(7, 0, 0, 1);
    let at = log.data(7, 0, 1, 1);
    log.txn(7, 0, 2, 1);
    log.marker(7, 0, Commit, 0);
    log.data(7, 0, 3, 1);
    assert_eq!(log.finish(), [(at, "non_transactional_in_transaction", Fault)]);
}

#[test]
fn r70_a_coordinators_log_has_no_sequences_to_miss() {
    let mut log = Log::with(Settings { writers: Writers::Coordinator, ..Settings::default() });
    for _ in 0..3 {
        log.txn(7, 0, 0, 1);
        log.marker(7, 0, Commit, 0);
    }
    assert_eq!(log.finish(), []);
    let stale = log.txn(7, -1, 0, 1);
    assert_eq!(log.finish(), [(stale, "epoch_lowered", Fault)]);
}

#[test]
fn r70_a_batch_that_finds_no_room_changes_nothing() {
    let mut audit = Audit::new(partition(1), Settings::default());
    audit.observe(&Batch::data(header(7, 0, 0, 1))).expect("room for one");
    let mut second = header(8, 0, 3, 1);
    second.base_offset = 5;
    let full = AuditFull { producer_id: 8, capacity: 1 };
    assert_eq!(audit.observe(&Batch::data(second)), Err(full));
    assert_eq!(full.to_string(), "no memory for producer 8: the audit holds 1 producers");
    *audit.partition_mut() = partition(2);
    let observed = audit.observe(&Batch::data(second)).expect("room for two");
    assert!(observed.findings[0].offsets_missing, "offsets 1 to 4 are still known to be missing");
}
