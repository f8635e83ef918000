//! Five batches in flight, the broker restarts, the producer crashes and comes back: without
//! transactions every record is on the log once, and called written.

use fencepost_oracle::random::Random;

use crate::named::{Named, beside, journaled, plan, steps};
use crate::plan::{Fault, Plan, Shape};

/// The families: in each five batches are sent, whose answers are lost, or of which the journal
/// does not say that they came.
pub const CRASHES: &[Named] = &[
    beside("broker-then-producer", "with 5 undecided", broker_then_producer),
    beside("producer-then-broker", "with 5 undecided", producer_then_broker),
    beside("two-crashes", "with 5 undecided", two_crashes),
    beside("last-trims-lost", "with 0 undecided", last_trims_lost),
];

/// A batch is acknowledged, so that five may follow it at once.
fn five_in_flight(random: &mut Random) -> (Shape, i64) {
    let shape = Shape {
        batches: 80,
        offer_every: 2,
        request_timeout: 1_000,
        lifetime: 3_000,
        delivery_timeout: 20_000,
        closes_on_timeout: random.percent(50),
        ..journaled()
    };
    (shape, 30 + random.below(60))
}

/// The broker comes back and knows one batch of the five; then the producer dies, perhaps while it
/// finds out.
fn broker_then_producer(seed: u64) -> Plan {
    let mut random = Random::new(seed);
    let (shape, at) = five_in_flight(&mut random);
    let dies = at + 70 + random.below(120);
    let faults = vec![
        (at, Fault::LoseAnswers(0, 130)),
        (at + 60, Fault::Restart(0, random.percent(50), 30)),
        (dies, Fault::Crash(0, steps(&mut random, 20), 30, 0)),
    ];
    plan(shape, faults)
}

/// The producer dies first, as its connection breaks, and the broker restarts before or after it is
/// back.
fn producer_then_broker(seed: u64) -> Plan {
    let mut random = Random::new(seed);
    let (shape, at) = five_in_flight(&mut random);
    let dies = at + 30 + random.below(30);
    let faults = vec![
        (at, Fault::LoseAnswers(0, 130)),
        (dies, Fault::Crash(0, steps(&mut random, 3), 40, 0)),
        (dies + 1, Fault::Disconnect(0, 0)),
        (dies + 10 + random.below(60), Fault::Restart(0, random.percent(50), 30)),
    ];
    plan(shape, faults)
}

/// Both die, and both again while the producer resolves or has just begun its next epoch.
fn two_crashes(seed: u64) -> Plan {
    let mut random = Random::new(seed);
    let (shape, at) = five_in_flight(&mut random);
    let again = at + 160 + random.below(100);
    let faults = vec![
        (at, Fault::LoseAnswers(0, 130)),
        (at + 50, Fault::Restart(0, random.percent(50), 20)),
        (at + 60 + random.below(30), Fault::Crash(0, steps(&mut random, 4), 30, 0)),
        (again, Fault::Crash(0, steps(&mut random, 20), 30, 0)),
        (again + random.below(60), Fault::Restart(0, random.percent(50), 30)),
    ];
    plan(shape, faults)
}

/// All is acknowledged and told, but the journal's last records do not say so: what comes back is
/// undecided again, and the broker knows one batch of it.
fn last_trims_lost(seed: u64) -> Plan {
    let mut random = Random::new(seed);
    let (shape, at) = five_in_flight(&mut random);
    let faults = vec![
        (at, Fault::Pause(0, 200)),
        (at + 100, Fault::Crash(0, 0, 30, 0)),
        (at + 110, Fault::Restart(0, random.percent(50), 30)),
    ];
    plan(shape, faults)
}
