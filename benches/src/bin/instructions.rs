//! Some operations, for an instruction counter to watch: `instructions
//! admit-record|duplicate|snapshot-write|snapshot-load COUNT`.
//!
//! Everything up to the operations themselves is the same whatever the count, so the difference of
//! two runs' counts is what the operations took.

use std::process::ExitCode;

use fencepost_benches::known::Known;
use fencepost_benches::snapshots::Snapshots;
use fencepost_benches::{Bed, Load, Operation};

const PREPARED: usize = 20_000;
/// A snapshot's producers: it is written or loaded as often as makes up the count.
const PRODUCERS: usize = 1_000;

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let operation = match args.next().as_deref() {
        Some("admit-record") => Operation::AdmitRecord,
        Some("duplicate") => Operation::Duplicate,
        Some("snapshot-write") => Operation::SnapshotWrite,
        Some("snapshot-load") => Operation::SnapshotRead,
        _ => return usage(),
    };
    let count = args.next().and_then(|count| count.parse().ok());
    let Some(count) = count.filter(|count| *count <= PREPARED) else {
        return usage();
    };
    if matches!(operation, Operation::SnapshotWrite | Operation::SnapshotRead) {
        let mut bed = Snapshots::new(PRODUCERS);
        for round in 0..count / PRODUCERS {
            // It panics if a producer is missing.
            bed.round(operation, round as u64, PRODUCERS);
        }
        return ExitCode::SUCCESS;
    }
    let mut bed = Known::new(PRODUCERS, Load::Stated);
    bed.prepare(operation, 0, PREPARED);
    if bed.run(operation, count) == Some(count) { ExitCode::SUCCESS } else { usage() }
}

fn usage() -> ExitCode {
    let operations = "admit-record|duplicate|snapshot-write|snapshot-load";
    eprintln!("usage: instructions {operations} COUNT, of at most {PREPARED}");
    ExitCode::from(2)
}
