//! Some operations, for an instruction counter to watch: `instructions admit-record|duplicate
//! COUNT`.
//!
//! Everything up to the operations themselves is the same whatever the count, so the difference of
//! two runs' counts is what the operations took.

use std::process::ExitCode;

use fencepost_benches::known::Known;
use fencepost_benches::{Load, Operation};

const PREPARED: usize = 20_000;

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let operation = match args.next().as_deref() {
        Some("admit-record") => Operation::AdmitRecord,
        Some("duplicate") => Operation::Duplicate,
        _ => return usage(),
    };
    let Some(count) = args.next().and_then(|count| count.parse().ok()) else {
        return usage();
    };
    let mut bed = Known::new(1_000, Load::Stated);
    bed.prepare(operation, 0, PREPARED);
    if bed.run(operation, count) == Some(count) { ExitCode::SUCCESS } else { usage() }
}

fn usage() -> ExitCode {
    eprintln!("usage: instructions admit-record|duplicate COUNT, of at most {PREPARED}");
    ExitCode::from(2)
}
