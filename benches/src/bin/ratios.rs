//! One table of what operations take: at the index's stated load and at 50 %, beside the floor, in
//! one process.
//!
//! `cargo run --release -p fencepost-benches --bin ratios -- [--rounds N] [--producers N]...
//! [--rows TEXT]`

use std::hint::black_box;
use std::process::ExitCode;

use fencepost::wire::{self, Segment};
use fencepost_benches::filling::Filling;
use fencepost_benches::floor::Floor;
use fencepost_benches::known::Known;
use fencepost_benches::plan::Plan;
use fencepost_benches::rounds::{Figures, interleaved};
use fencepost_benches::snapshots::Snapshots;
use fencepost_benches::turnover::Turnover;
use fencepost_benches::{Bed, Load, Operation, timed, wires};

/// What an operation at the stated load may take, in times of the same at 50 %.
const BOUND: f64 = 1.15;

fn main() -> ExitCode {
    let plan = Plan { rounds: 21, sizes: vec![1_000, 1_000_000], rows: String::new() };
    let Some(Plan { rounds, sizes, rows: named }) = plan.read("ratios", 10_000_000) else {
        return ExitCode::from(2);
    };
    println!(
        "{:<28} {:>9} {:>9} {:>17} {:>9} {:>7} {:>9} {:>7}",
        "operation, ns each", "producers", "median", "quartiles", "at 50 %", "ratio", "F", "of F"
    );
    for producers in sizes {
        of_partition(&Run { producers, rounds, named: &named });
    }
    if !named.is_empty() {
        return ExitCode::SUCCESS;
    }
    println!();
    println!("{:<28} {:>9} {:>9} {:>17}", "bytes, ns a batch", "size", "median", "quartiles");
    of_bytes(rounds);
    println!();
    println!("{rounds} interleaved rounds in one process; {} cores, {}", cores(), cpu());
    ExitCode::SUCCESS
}

fn of_partition(run: &Run<'_>) {
    let producers = run.producers;
    let known = [
        Operation::AdmitRecord,
        Operation::AdmitRecordPrefetched,
        Operation::AdmitRecordSerial,
        Operation::Duplicate,
        Operation::DuplicatePrefetched,
        Operation::DuplicateSerial,
        Operation::Refusal,
        Operation::Hit,
        Operation::Miss,
    ];
    run.at_both_loads(&known, |load| Known::new(producers, load), true);
    run.at_both_loads(&[Operation::Insert], |load| Filling::new(producers, load), false);
    run.at_both_loads(&[Operation::NewProducer], |load| Turnover::new(producers, load), false);
    // These ask no index, or ask it in order.
    let mut swept = Known::new(producers, Load::Stated);
    run.alone(&[Operation::Sweep], &mut swept);
    drop(swept);
    let mut snapshots = Snapshots::new(producers);
    run.alone(&[Operation::SnapshotWrite, Operation::SnapshotRead], &mut snapshots);
}

struct Run<'a> {
    producers: usize,
    rounds: u64,
    named: &'a str,
}

impl Run<'_> {
    fn wants(&self, operation: Operation) -> bool {
        operation.to_string().contains(self.named)
    }

    /// Few enough that the prepared batches of a small table don't push it out of the core's cache.
    const fn count(&self) -> usize {
        if self.producers > 10_000 { 65_536 } else { 8_192 }
    }

    fn alone(&self, operations: &[Operation], bed: &mut dyn Bed) {
        for &operation in operations.iter().filter(|&&operation| self.wants(operation)) {
            let figures = interleaved(&mut [&mut *bed], operation, self.rounds, self.count());
            row(operation, self.producers, &figures);
        }
    }

    /// Half the rounds with the memory of the stated load taken first, half with that of 50 %:
    /// where large memory happens to lie is worth a tenth, and the first to come gets the worse
    /// part.
    fn at_both_loads<B: Bed>(
        &self,
        operations: &[Operation],
        make: impl Fn(Load) -> B,
        has_floor: bool,
    ) {
        let wanted = operations.iter().copied().filter(|&operation| self.wants(operation));
        let operations: Vec<Operation> = wanted.collect();
        let mut all: Vec<Vec<Option<Figures>>> = Vec::new();
        for stated_first in [true, false] {
            let (mut stated, mut half, mut floor);
            if stated_first {
                stated = make(Load::Stated);
                half = make(Load::Half);
            } else {
                half = make(Load::Half);
                stated = make(Load::Stated);
            }
            let mut beds: Vec<&mut dyn Bed> = vec![&mut stated, &mut half];
            if has_floor {
                floor = Floor::new(self.producers);
                beds.push(&mut floor);
            }
            for (n, &operation) in operations.iter().enumerate() {
                let rounds = self.rounds.div_ceil(2);
                let figures = interleaved(&mut beds, operation, rounds, self.count());
                match all.get_mut(n) {
                    None => all.push(figures),
                    Some(before) => {
                        for (before, more) in before.iter_mut().zip(figures) {
                            *before = before.take().zip(more).map(|(a, b)| a.and(b));
                        }
                    }
                }
            }
        }
        for (&operation, figures) in operations.iter().zip(&all) {
            row(operation, self.producers, figures);
        }
    }
}

/// One line; the beds are at the stated load, at 50 % and the floor, in this order.
fn row(operation: Operation, producers: usize, figures: &[Option<Figures>]) {
    let Some(Some(stated)) = figures.first() else { return };
    let of = |n: usize| figures.get(n).and_then(Option::as_ref);
    let (low, high) = stated.quartiles();
    let (half, floor) = (columns(stated, of(1), Some(BOUND)), columns(stated, of(2), None));
    let spread = format!("{low:.1} to {high:.1}");
    let median = stated.median();
    println!("{operation:<28} {producers:>9} {median:>9.1} {spread:>17} {half} {floor}");
}

/// What another bed takes, and how many times that this one takes; marked where that is over the
/// bound.
fn columns(this: &Figures, that: Option<&Figures>, bound: Option<f64>) -> String {
    let Some(that) = that else { return format!("{:>9} {:>7}", "", "") };
    let ratio = this.ratio(that);
    let over = if bound.is_some_and(|bound| ratio > bound) { "!" } else { "" };
    format!("{:>9.1} {:>7}", that.median(), format!("{ratio:.2}{over}"))
}

/// Something done to bytes: its name, a size, how many batches a run handles, and the run.
type ByteRow<'a> = (&'a str, String, u32, Box<dyn FnMut() + 'a>);

fn of_bytes(rounds: u64) {
    let segment = wires::segment(4_000);
    let positions = wires::positions(&segment);
    let batches = positions.len() as u32;
    let kib = || "1 KiB".to_owned();
    let headers = || assert_ne!(wires::walk(Segment::headers(black_box(&segment))), 0);
    let verified = || assert_ne!(wires::walk(Segment::verified(black_box(&segment))), 0);
    let parse = || assert_ne!(wires::parse(black_box(&segment), &positions), 0);
    let mut rows: Vec<ByteRow<'_>> = vec![
        ("parse the header", kib(), batches, Box::new(parse)),
        ("walk without CRC", kib(), batches, Box::new(headers)),
        ("walk with CRC", kib(), batches, Box::new(verified)),
    ];
    for kib in [1, 16, 1_024] {
        const TIMES: u16 = 64;
        let mut batch = wires::batch(0, kib << 10);
        let mut other = batch.clone();
        let renumber = move || {
            for n in 0..TIMES {
                assert_eq!(wire::restamp(&mut batch, wires::stamp(n)), Ok(()));
            }
        };
        let compute = move || {
            for n in 0..TIMES {
                assert_eq!(wire::stamp(&mut other, wires::stamp(n)), Ok(()));
            }
        };
        let size = || format!("{kib} KiB");
        rows.push(("restamp: CRC patched", size(), TIMES.into(), Box::new(renumber)));
        rows.push(("stamp: CRC computed", size(), TIMES.into(), Box::new(compute)));
    }
    let mut figures = vec![Vec::new(); rows.len()];
    for round in 0..=rounds {
        for ((_, _, count, run), all) in rows.iter_mut().zip(&mut figures) {
            let ((), spent) = timed(run);
            // The first round warms up.
            if round > 0 {
                all.push(spent.as_nanos() as f64 / f64::from(*count));
            }
        }
    }
    for ((name, size, ..), all) in rows.iter().zip(figures) {
        let figures = Figures::from(all);
        let (low, high) = figures.quartiles();
        let spread = format!("{low:.1} to {high:.1}");
        println!("{name:<28} {size:>9} {:>9.1} {spread:>17}", figures.median());
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, Into::into)
}

/// The processor's name, where the system says it in Linux's way.
fn cpu() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("model name"));
    line.map_or("a processor with no name", |line| line.trim_start_matches([' ', '\t', ':'])).into()
}
