//! fencepost beside Kafka's own classes and beside the floor: one table, rounds interleaved.
//!
//! `cargo run --release -p fencepost-benches --bin beside -- [--rounds N] [--producers N]...
//! [--rows TEXT]`: the rows whose names have that text, instead of all.
//!
//! Without Java or Maven it says `SKIPPED` and compares with the floor alone.

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Duration;

use fencepost::broker::{IndexLine, Slot};
use fencepost::wire::{self, Segment};
use fencepost_benches::floor::Floor;
use fencepost_benches::kafka::{Kafka, Program};
use fencepost_benches::known::Known;
use fencepost_benches::newcomers::Newcomers;
use fencepost_benches::plan::Plan;
use fencepost_benches::recovery::{LOG_LEN, Log, Recovery};
use fencepost_benches::rounds::{Figures, interleaved};
use fencepost_benches::snapshots::{Bytes, Snapshots};
use fencepost_benches::{Bed, Load, Operation, timed, wires};

fn main() -> ExitCode {
    let sizes = vec![1_000, 100_000, 1_000_000];
    let plan = Plan { rounds: 15, sizes, rows: String::new() };
    let Some(Plan { rounds, sizes, rows: named }) = plan.read("beside", 1_000_000) else {
        return ExitCode::from(2);
    };
    let program = match Program::build() {
        Ok(program) => Some(program),
        Err(why) => {
            println!("SKIPPED: Kafka's side: {why}");
            None
        }
    };
    println!(
        "| operation | producers | ours, ns | middle half | Kafka, ns | middle half | \
         ours / Kafka | floor F, ns | ours / F |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|");
    let (mut memory, mut made) = (Vec::new(), Vec::new());
    for producers in sizes {
        let kafka = program.as_ref().map(|program| Kafka::start(program, producers));
        let mut size = Size { producers, rounds, kafka, named: &named, made: Vec::new() };
        size.all();
        made.append(&mut size.made);
        memory.push((producers, size.kafka.map(|kafka| kafka.heap())));
    }
    if !made.is_empty() {
        println!();
        println!("| less the file's bytes | producers | ours, ns | Kafka, ns | ours / Kafka |");
        println!("|---|--:|--:|--:|--:|");
        made.iter().for_each(|row| println!("{row}"));
    }
    if named.is_empty() {
        println!();
        println!(
            "| memory | producers | ours, bytes a producer | Kafka, bytes a producer | \
             ours / Kafka |"
        );
        println!("|---|--:|--:|--:|--:|");
        for (producers, heap) in memory {
            of_memory(producers, heap);
        }
    }
    let bytes = OfBytes { rounds, program: program.as_ref(), named: &named };
    if bytes.wants(&[&WALKS[..], &RESTAMPS, &LOGS].concat()) {
        bytes.all();
    }
    println!();
    println!("{rounds} interleaved rounds; {} cores, {}", cores(), cpu());
    ExitCode::SUCCESS
}

/// The rows of one number of producers.
struct Size<'a> {
    producers: usize,
    rounds: u64,
    kafka: Option<Kafka>,
    named: &'a str,
    /// Rows of what is made of a file, without what the system takes for its bytes.
    made: Vec<String>,
}

impl Size<'_> {
    fn all(&mut self) {
        let mut known = Known::new(self.producers, Load::Stated);
        let mut floor = Floor::new(self.producers);
        let operations = [
            Operation::AdmitRecord,
            Operation::AdmitRecordPrefetched,
            Operation::AdmitRecordSerial,
            Operation::Duplicate,
            Operation::DuplicatePrefetched,
            Operation::DuplicateSerial,
            Operation::Sweep,
        ];
        self.rows(&mut known, &mut floor, &operations);
        drop((known, floor));
        let mut newcomers = Newcomers::new(self.producers);
        let came = [Operation::Newcomer, Operation::NewcomerPrefetched, Operation::ExpireAll];
        self.rows(&mut newcomers, &mut Nothing, &came);
        drop(newcomers);
        let files = [
            Operation::FileWrite,
            Operation::NowhereWrite,
            Operation::FileRead,
            Operation::FileLoad,
        ];
        let mut bytes = Bytes::new(self.producers);
        self.rows(&mut Snapshots::new(self.producers), &mut bytes, &files);
        // The last: an exception out of it makes the JVM throw compiled code away that the others
        // share.
        let mut known = Known::new(self.producers, Load::Stated);
        self.rows(&mut known, &mut Nothing, &[Operation::Refusal]);
    }

    fn rows(&mut self, bed: &mut dyn Bed, floor: &mut dyn Bed, operations: &[Operation]) {
        let count = if self.producers > 10_000 { 65_536 } else { 8_192 };
        let mut beds: Vec<&mut dyn Bed> = vec![bed, floor];
        beds.extend(self.kafka.as_mut().map(|kafka| kafka as &mut dyn Bed));
        for &operation in operations {
            if !operation.to_string().contains(self.named) {
                continue;
            }
            let figures = interleaved(&mut beds, operation, self.rounds, count);
            let of = |at: usize| figures.get(at).and_then(Option::as_ref);
            if let Some(ours) = of(0) {
                row(operation, self.producers, ours, of(2), of(1));
                self.made.extend(less_file(operation, self.producers, ours, of(2), of(1)));
            }
        }
    }
}

/// Stands where an operation has no floor.
struct Nothing;

impl Bed for Nothing {
    fn round(&mut self, _: Operation, _: u64, _: usize) -> Option<Duration> {
        None
    }
}

fn row(
    operation: Operation,
    producers: usize,
    ours: &Figures,
    kafka: Option<&Figures>,
    floor: Option<&Figures>,
) {
    let (kafka_median, kafka_spread, kafka_ratio) = kafka.map_or_else(Default::default, |kafka| {
        (median(kafka), spread(kafka), format!("{:.3}", ours.ratio(kafka)))
    });
    let (floor_median, floor_ratio) = floor.map_or_else(Default::default, |floor| {
        (median(floor), format!("{:.2}", ours.ratio(floor)))
    });
    let (ours_median, ours_spread) = (median(ours), spread(ours));
    println!(
        "| {operation} | {} | {ours_median} | {ours_spread} | {kafka_median} | {kafka_spread} | \
         {kafka_ratio} | {floor_median} | {floor_ratio} |",
        thousands(producers)
    );
}

/// What both sides take for a snapshot beyond its bytes' way to the file or from it, which is the
/// system's and the same for both.
fn less_file(
    operation: Operation,
    producers: usize,
    ours: &Figures,
    kafka: Option<&Figures>,
    bytes: Option<&Figures>,
) -> Option<String> {
    let files = [Operation::FileWrite, Operation::FileRead, Operation::FileLoad];
    let (kafka, bytes) = kafka.zip(bytes).filter(|_| files.contains(&operation))?;
    let (ours, kafka) = (ours.less(bytes), kafka.less(bytes));
    Some(format!(
        "| {operation} | {} | {} | {} | {:.3} |",
        thousands(producers),
        number(ours.median()),
        number(kafka.median()),
        ours.ratio(&kafka)
    ))
}

/// What a whole pass takes is divided by its producers, so it may be thousandths.
fn number(nanos: f64) -> String {
    if nanos < 1.0 { format!("{nanos:.4}") } else { format!("{nanos:.1}") }
}

fn median(figures: &Figures) -> String {
    number(figures.median())
}

fn spread(figures: &Figures) -> String {
    let (low, high) = figures.quartiles();
    format!("{} to {}", number(low), number(high))
}

fn thousands(n: usize) -> String {
    match (n / 1_000_000, n / 1_000 % 1_000, n % 1_000) {
        (0, 0, n) => n.to_string(),
        (0, thousands, n) => format!("{thousands},{n:03}"),
        (millions, thousands, n) => format!("{millions},{thousands:03},{n:03}"),
    }
}

/// A slot and its share of the index, at full capacity, against the heap of the JVM.
fn of_memory(producers: usize, heap: Option<u64>) {
    let lines = Load::Stated.lines(producers) * size_of::<IndexLine>();
    let ours = (producers * size_of::<Slot>() + lines) as f64 / producers as f64;
    let (kafka, ratio) = heap.map_or_else(Default::default, |heap| {
        let each = heap as f64 / producers as f64;
        (format!("{each:.0}"), format!("{:.2}", ours / each))
    });
    println!("| full window | {} | {ours:.0} | {kafka} | {ratio} |", thousands(producers));
}

type Run<'a> = Box<dyn FnMut() -> f64 + 'a>;

const WALKS: [&str; 2] = ["walk of 1 KiB, no CRC", "walk of 1 KiB, CRC"];
const RESTAMPS: [&str; 3] = ["restamp of 1 KiB", "restamp of 16 KiB", "restamp of 1024 KiB"];
const LOGS: [&str; 2] = ["recovery of 256 MiB, CRC", "replay of 256 MiB, no CRC"];

/// The rows that don't depend on a number of producers.
struct OfBytes<'a> {
    rounds: u64,
    program: Option<&'a Program>,
    named: &'a str,
}

impl OfBytes<'_> {
    fn all(&self) {
        println!();
        println!(
            "| bytes | ours, ns a batch | middle half | beside it | ns a batch | ours / that |"
        );
        println!("|---|--:|--:|---|--:|--:|");
        if self.wants(&WALKS) {
            self.walks();
        }
        if self.wants(&RESTAMPS) {
            self.restamps();
        }
        if self.wants(&LOGS) {
            self.logs();
        }
    }

    fn wants(&self, rows: &[&str]) -> bool {
        rows.iter().any(|row| row.contains(self.named))
    }

    fn walks(&self) {
        let segment = wires::segment(4_000);
        let mut kafka = self.program.map(|program| Kafka::start(program, 100));
        if let Some(kafka) = &mut kafka {
            kafka.segment(&segment);
        }
        for (checked, name) in [false, true].into_iter().zip(WALKS) {
            let mut ours = || {
                let ((), spent) = timed(|| {
                    let batches = match checked {
                        true => Segment::verified(black_box(&segment)),
                        false => Segment::headers(black_box(&segment)),
                    };
                    assert_ne!(wires::walk(batches), 0);
                });
                spent.as_nanos() as f64 / 4_000.0
            };
            let theirs: Option<Run<'_>> = kafka.as_mut().map(|kafka| {
                let run: Run<'_> = Box::new(|| kafka.walk(checked) as f64 / 4_000.0);
                run
            });
            self.row(name, "Kafka", &mut ours, theirs);
        }
    }

    fn restamps(&self) {
        for (kib, name) in [1, 16, 1_024].into_iter().zip(RESTAMPS) {
            let mut batch = wires::batch(0, kib << 10);
            let other = batch.clone();
            let mut ours =
                || each(|n| assert_eq!(wire::restamp(&mut batch, wires::stamp(n)), Ok(())));
            let crc: Run<'_> = Box::new(|| {
                each(|_| {
                    black_box(wire::crc32c(black_box(&other[21..])));
                })
            });
            self.row(name, "a full CRC, ours", &mut ours, Some(crc));
        }
    }

    /// A log is opened: each batch checked as after a crash, or none.
    fn logs(&self) {
        let log = Log::write(1_000, LOG_LEN).expect("a log");
        let mut recovery = Recovery::new(&log);
        let mut kafka = self.program.map(|program| Kafka::start(program, 100));
        if let Some(kafka) = &mut kafka {
            kafka.log(&log);
        }
        let batches = log.batches() as f64;
        // An opening takes Kafka more than a second.
        let fewer = Self { rounds: self.rounds.min(11), ..*self };
        for (checked, name) in [true, false].into_iter().zip(LOGS) {
            if let Some(kafka) = &mut kafka {
                // Compiled before it counts.
                for _ in 0..3 {
                    kafka.open_log(checked);
                }
            }
            let mut ours = || recovery.open(&log, checked).as_nanos() as f64 / batches;
            let theirs: Option<Run<'_>> = kafka.as_mut().map(|kafka| {
                let run: Run<'_> = Box::new(|| kafka.open_log(checked) as f64 / batches);
                run
            });
            fewer.row(name, "Kafka", &mut ours, theirs);
        }
    }

    fn row(
        &self,
        name: &str,
        beside: &str,
        ours: &mut dyn FnMut() -> f64,
        mut theirs: Option<Run<'_>>,
    ) {
        if !self.wants(&[name]) {
            return;
        }
        let (mut mine, mut other) = (Vec::new(), Vec::new());
        for round in 0..=self.rounds {
            let (this, that) = (ours(), theirs.as_mut().map(|theirs| theirs()));
            // The first round warms up.
            if round > 0 {
                mine.push(this);
                other.extend(that);
            }
        }
        let (mine, has_other) = (Figures::from(mine), !other.is_empty());
        let (that, ratio) = if has_other {
            let other = Figures::from(other);
            (median(&other), format!("{:.3}", mine.ratio(&other)))
        } else {
            Default::default()
        };
        let (ours, spread) = (median(&mine), spread(&mine));
        println!("| {name} | {ours} | {spread} | {beside} | {that} | {ratio} |");
    }
}

/// Nanoseconds each, of 64.
fn each(mut run: impl FnMut(u16)) -> f64 {
    timed(|| (0..64).for_each(&mut run)).1.as_nanos() as f64 / 64.0
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
