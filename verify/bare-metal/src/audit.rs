//! Probes of the audit room, and of what stands around the log: produce requests, compaction,
//! rebuilding.

use core::hint::black_box;

use fencepost::audit::{Audit, Settings, Trail, Writers};
use fencepost::broker::{
    Config, IndexLine, OpenTransaction, Partition, Slot, Storage, TransactionalRequest,
    check_produce, index_lines, unverified_answer,
};
use fencepost::error_code::ErrorCode;
use fencepost::snapshot::rebuild::LogShape;

use crate::any;
use crate::broker::{Kept, any_batch};
use crate::texts::{say, told};

#[inline(never)]
fn audit_a_log() {
    let storage = Storage {
        slots: any([Slot::<()>::EMPTY; 8]),
        index: any([IndexLine::EMPTY; index_lines(8)]),
        transactions: any([OpenTransaction::EMPTY; 4]),
        guards: [],
    };
    let partition: Partition<_, _, _> = Partition::new(storage, Config::kafka_4_2().seed(any(1)));
    let settings = Settings {
        writers: any(Writers::Clients),
        expiration_ms: any(1),
        max_transaction_ms: any(2),
        from_offset: any(3),
    };
    let audit = Audit::new(partition, settings);
    let mut audit = audit.with_trails(any([Trail::EMPTY; 6]));
    for _ in 0..any(9) {
        if let Some(observed) = told(audit.observe(&any_batch())) {
            for finding in &observed.findings {
                black_box((finding.severity(), finding.kind.name(), finding.kind.rule()));
                say(finding);
            }
        }
    }
    for finding in audit.left_open() {
        say(finding);
    }
    black_box(audit.move_trails(any([Trail::EMPTY; 6])));
    black_box((audit.trails_capacity(), audit.trails_given_up()));
}

#[inline(never)]
fn around_the_log(bytes: &[u8], partition: &Kept<'_>) {
    let mut request = TransactionalRequest::default();
    if let Some(view) = told(check_produce(any(9), bytes)) {
        request.note(view.header());
        black_box(partition.must_keep(view.header()));
    }
    told(request.check());
    say(unverified_answer(ErrorCode::new(any(90)), any(11)));
}

#[inline(never)]
fn rebuild_a_log() {
    let bases = any([0_i64, 10, 20]);
    let segment_bases = bases.get(..any(3)).unwrap_or(&[]);
    let log = LogShape { segment_bases, log_start: any(1), last_offset: any(30) };
    black_box((log.snapshot_points(), log.skips_files(any(true), segment_bases)));
    black_box(log.was_empty(any(true), any(3)));
    for segment in log.replay(any(4)) {
        black_box(segment);
    }
}

pub(crate) fn see(partition: &Kept<'_>) {
    let bytes = any([0_u8; 128]);
    audit_a_log();
    around_the_log(bytes.get(..any(100)).unwrap_or(&[]), partition);
    rebuild_a_log();
}
