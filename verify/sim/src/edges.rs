//! What is at the edge of the numbers, of the cluster, and of a broker's patience.

use fencepost_oracle::random::Random;

use crate::named::{Named, beside, journaled, plan, steps};
use crate::plan::{Fault, Plan, Shape};

/// The families.
pub const EDGES: &[Named] = &[
    beside("pending", "waits for the write that is under way", pending),
    beside("write-fails", "writes fail", write_fails),
    beside("write-unknown", "a write ends without an answer", write_unknown),
    beside("leader-leaves-writes", "writes land, no more", leader_leaves_writes),
    beside("sequences-wrap", "@0 from 214748364", sequences_wrap),
    beside("epochs-used-up", "as 1001@", epochs_used_up),
    beside("another-cluster", "is pointed at another cluster", another_cluster),
];

fn slow() -> Shape {
    Shape { writes: vec![(100, 8); 3], offer_every: 4, batches: 30, ..journaled() }
}

/// Connections break while five batches are being written, so all are sent again.
fn pending(seed: u64) -> Plan {
    let mut random = Random::new(seed);
    let at = 200 + random.below(200);
    let faults = vec![
        (at, Fault::SlowWrites(0, 700, 200)),
        (at + 40 + random.below(40), Fault::Disconnect(0, 0)),
        (at + 120 + random.below(80), Fault::Crash(0, steps(&mut random, 8), 30, 0)),
    ];
    plan(slow(), faults)
}

/// A write fails, and what was begun after it goes with it.
fn write_fails(seed: u64) -> Plan {
    let mut random = Random::new(seed);
    let code = random.pick(&[19, 7, 56, -1]);
    let shape = Shape { clients: 2, journals: vec![true, false], ..slow() };
    let times = 1 + steps(&mut random, 3);
    let fails = Fault::WritesFail(0, random.percent(50), code, times);
    let at = 100 + random.below(200);
    plan(shape, vec![(at, fails), (at + random.below(100), Fault::Disconnect(0, 0))])
}

/// A write ends without an answer, and turns out to be on the log, or not.
fn write_unknown(seed: u64) -> Plan {
    let mut random = Random::new(seed);
    let (at, later) = (100 + random.below(200), random.below(800));
    let faults = vec![
        (at, Fault::WriteUnknown(0, later, random.percent(50))),
        (at + random.below(later + 100), Fault::Restart(0, random.percent(50), 20)),
    ];
    plan(slow(), if random.percent(50) { faults } else { faults[..1].to_vec() })
}

/// The leader moves while its writes are under way: some are on its log, and go with the rest that
/// was not committed.
fn leader_leaves_writes(seed: u64) -> Plan {
    let mut random = Random::new(seed);
    let at = 100 + random.below(200);
    let faults = vec![
        (at, Fault::Move(0, random.below(200))),
        (at + 150, Fault::Move(0, random.below(60))),
        (at + 160 + random.below(60), Fault::Restart(2, random.percent(50), 40)),
    ];
    plan(Shape { brokers: 3, fetch_delay: 30, ..slow() }, faults)
}

/// The sequences wrap while answers are lost, the broker restarts, and the producer dies.
fn sequences_wrap(seed: u64) -> Plan {
    let mut random = Random::new(seed);
    let wraps_in = Some(random.small(16));
    let shape = Shape { wraps_in, records: 3, offer_every: 4, ..journaled() };
    let at = 60 + random.below(60);
    let faults = vec![
        (at, Fault::LoseAnswers(0, 60)),
        (at + random.below(60), Fault::Restart(0, random.percent(50), 20)),
        (at + 60 + random.below(60), Fault::Crash(0, steps(&mut random, 10), 30, 0)),
    ];
    plan(shape, faults)
}

/// Refusals and crashes use up the last epochs of the producer id, and another one is needed.
fn epochs_used_up(seed: u64) -> Plan {
    let mut random = Random::new(seed);
    let first_epoch = i16::MAX - i16::try_from(random.below(2)).unwrap_or(0);
    let shape = Shape {
        first_epoch,
        partitions: 2,
        offer_every: 6,
        journals: vec![random.percent(50)],
        ..journaled()
    };
    let at = 40 + random.below(40);
    let faults = vec![
        (at, Fault::Refuse(0, 29, 1)),
        (at + 20, Fault::LoseAnswers(0, 60)),
        (at + 40, Fault::Refuse(1, 87, 1)),
        (at + 60 + random.below(40), Fault::Crash(0, steps(&mut random, 10), 30, 0)),
        (at + 140, Fault::Refuse(0, 29, 1)),
    ];
    plan(shape, faults)
}

/// What is undecided in the journal is another cluster's business.
fn another_cluster(seed: u64) -> Plan {
    let mut random = Random::new(seed);
    let at = 40 + random.below(100);
    let faults = vec![(at, Fault::LoseAnswers(0, 60)), (at + 30, Fault::WrongCluster(0))];
    plan(Shape { offer_every: 4, ..journaled() }, faults)
}
