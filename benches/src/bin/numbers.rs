//! How long do a batch's numbers take: given, and taken back with the answer? Beside Kafka's own
//! `TransactionManager`, the same batches in the same order, in turns.

use std::process::ExitCode;
use std::time::Duration;

use fencepost::ids::{Epoch, Identity, ProducerId, Timestamp};
use fencepost::producer::{
    Answer, Attempt, Kind, NewBatch, Producer, Response, Settings, Slot, Verdict,
};
use fencepost_benches::rounds::Figures;
use fencepost_benches::timed;
use fencepost_reference::kafka;

const ROUNDS: usize = 21;
const WARM_UP: usize = 30;
const BATCHES: usize = 20_000;
const IN_FLIGHT: usize = 5;
const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

/// A producer whose partitions are anchored.
struct Ours {
    producer: Producer<Vec<Slot<5>>, 5>,
    partitions: usize,
    offset: i64,
}

impl Ours {
    fn new(partitions: usize) -> Self {
        let settings = Settings::new(Kind::Idempotent);
        let mut producer = Producer::new(vec![Slot::EMPTY; partitions], settings);
        let id = ProducerId::new(7).expect("a positive number");
        let identity = Identity { id, epoch: Epoch::ZERO };
        producer.handle_identity(identity).expect("there is none yet");
        let mut ours = Self { producer, partitions, offset: 0 };
        for at in 0..partitions {
            let first = ours.number(at);
            ours.acknowledge(first);
        }
        ours
    }

    fn number(&mut self, at: usize) -> Attempt {
        let partition = (at % self.partitions) as u32;
        let batch = NewBatch { records: 1, max_timestamp: NOW, created: NOW };
        self.producer.assign(partition, batch, NOW).expect("it may be numbered")
    }

    fn acknowledge(&mut self, attempt: Attempt) {
        let answer = Answer::Response(Response::ok(self.offset));
        self.offset += 1;
        self.producer.handle_response(attempt, answer, NOW).expect("it was sent");
        let ended = self.producer.take_verdict(attempt.partition).expect("it is acknowledged");
        assert!(matches!(ended.verdict, Verdict::Written { base_offset: Some(_) }));
    }

    /// So many batches, round and round over the partitions, five of each in flight.
    fn round(&mut self, attempts: &mut Vec<Attempt>) -> Duration {
        attempts.clear();
        let lag = IN_FLIGHT * self.partitions;
        let ((), spent) = timed(|| {
            for at in 0..BATCHES {
                if at >= lag {
                    self.acknowledge(attempts[at - lag]);
                }
                attempts.push(self.number(at));
            }
            for attempt in &attempts[BATCHES.saturating_sub(lag)..] {
                self.acknowledge(*attempt);
            }
        });
        spent
    }
}

fn row(partitions: usize) -> Result<String, String> {
    let mut kafka = kafka().map_err(|error| error.to_string())?;
    let setup = [format!("new partitions={partitions}"), "loop".into(), "identity 0 7 0".into()];
    kafka.ask(setup.iter().map(String::as_str)).map_err(|error| error.to_string())?;
    let (mut ours, mut attempts) = (Ours::new(partitions), Vec::with_capacity(BATCHES));
    let (mut theirs, mut own) = (Vec::new(), Vec::new());
    let time = format!("time {partitions} {BATCHES} {IN_FLIGHT}");
    for round in 0..WARM_UP + ROUNDS {
        let spent = ours.round(&mut attempts).as_nanos() as f64 / BATCHES as f64;
        let answers = kafka.ask([time.as_str()]).map_err(|error| error.to_string())?;
        let nanos: f64 = answers[0].parse().map_err(|_| format!("Kafka says {}", answers[0]))?;
        if round >= WARM_UP {
            own.push(spent);
            theirs.push(nanos / BATCHES as f64);
        }
    }
    let (own, theirs) = (Figures::from(own), Figures::from(theirs));
    let spread = |figures: &Figures| {
        let (low, high) = figures.quartiles();
        format!("{:.0} ({low:.0} to {high:.0})", figures.median())
    };
    let (a, b) = (spread(&own), spread(&theirs));
    Ok(format!("| {partitions} | {a} | {b} | {:.2} |", own.ratio(&theirs)))
}

fn main() -> ExitCode {
    if std::env::args_os().len() > 1 {
        eprintln!("numbers: takes no argument; example: make bench-producer");
        return ExitCode::from(2);
    }
    println!("nanoseconds to number a batch and take its answer: median (quartiles)\n");
    println!("| partitions | fencepost | Kafka 4.4.0's TransactionManager | ratio |");
    println!("|---:|---:|---:|---:|");
    for partitions in [1, 16, 1_000] {
        match row(partitions) {
            Ok(row) => println!("{row}"),
            Err(why) => {
                eprintln!("numbers: {why}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}
