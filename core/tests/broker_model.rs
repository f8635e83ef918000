//! A partition does what the naive model does, whatever happens to it (broker spec 1, 3 to 5, 8.5).

mod common;

use std::collections::BTreeMap;

use common::twin::{KafkaBroke, Twin};
use common::twin_ops::{Op, op, profile};
use fencepost::broker::Profile;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

fn run(twin: &mut Twin, ops: &[Op]) -> Result<(), KafkaBroke> {
    for op in ops {
        twin.apply(op)?;
        twin.assert_same();
    }
    Ok(())
}

proptest! {
    /// Every answer, and the whole state after every step: R20 to R52 and R64 as one, in every
    /// release.
    #[test]
    fn r20_to_r52_a_partition_answers_and_remembers_what_the_model_does_in_every_release(
        profile in profile(),
        verification in any::<bool>(),
        ops in prop::collection::vec(op(), 1..120),
    ) {
        let _ended_early = run(&mut Twin::new(profile, verification), &ops);
    }
}

/// The same runs are worth something only if they come to every outcome, and seldom to Kafka's own
/// end.
#[test]
fn the_random_runs_come_to_every_outcome() {
    let mut runner = TestRunner::deterministic();
    let ops = prop::collection::vec(op(), 1..120);
    let mut tally = BTreeMap::new();
    let mut broke = 0;
    for n in 0..100 {
        let ops = ops.new_tree(&mut runner).expect("no filter refuses").current();
        let mut twin = Twin::new(Profile::Kafka4_2, n % 2 == 0);
        broke += u32::from(run(&mut twin, &ops).is_err());
        for (name, times) in twin.tally {
            *tally.entry(name).or_insert(0) += times;
        }
    }
    println!("{tally:?}, Kafka broke {broke} times");
    let outcomes = [
        "appended",
        "completed",
        "coordinator fenced",
        "duplicate",
        "out of order",
        "stale epoch",
        "transaction state",
    ];
    assert!(tally.keys().copied().eq(outcomes), "{tally:?}");
    assert!(tally.values().all(|&times| times >= 20), "{tally:?}");
    assert!(broke <= 5, "{broke} of 100 runs ended early");
}
