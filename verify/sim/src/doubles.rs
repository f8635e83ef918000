//! What the reference's rules write twice, as others have met it. `restart-narrows` is the third.

use fencepost_oracle::random::Random;

use crate::named::{Named, beside, plan};
use crate::plan::{Fault, Plan, Shape};

/// The families.
pub const DOUBLES: &[Named] = &[
    beside("kafka-14034", "the answer is lost", in_flight_renumbered),
    beside("librdkafka-4953", "the answer is lost", healthy_partition_renumbered),
];

/// KAFKA-14034: a batch fails for good, another epoch begins, and a batch that is on the log,
/// without an answer, goes out again under it.
fn in_flight_renumbered(seed: u64) -> Plan {
    let mut random = Random::new(seed);
    let shape = Shape { offer_every: 3, batches: 60, closes_on_timeout: false, ..Shape::small() };
    let at = 60 + random.below(60);
    let refused = at + 12 + random.below(12);
    plan(shape, vec![(at, Fault::LoseAnswers(0, 12)), (refused, Fault::Refuse(0, 87, 1))])
}

/// librdkafka#4953: the same for the batch of a partition that nothing is wrong with, since one
/// epoch is shared by all.
fn healthy_partition_renumbered(seed: u64) -> Plan {
    let mut random = Random::new(seed);
    let shape = Shape {
        partitions: 2,
        brokers: 2,
        offer_every: 3,
        batches: 60,
        closes_on_timeout: false,
        shared_epoch: true,
        ..Shape::small()
    };
    let at = 60 + random.below(60);
    let refused = at + 12 + random.below(12);
    plan(shape, vec![(at, Fault::LoseAnswers(0, 12)), (refused, Fault::Refuse(1, 87, 1))])
}
