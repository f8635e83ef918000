//! The judge sees the duplicates that others have met, and fencepost does not write them.

use fencepost_sim::{DOUBLES, Plan, Who, run};

use crate::{SEEDS, assert_all_are_tested, outcomes};

/// In how many worlds the reference's rules write a record of the first source twice.
fn doubled(name: &str, change: impl Fn(&mut Plan)) -> usize {
    let doubles = |(mut plan, _): (Plan, _)| {
        change(&mut plan);
        let found = run(&plan, Who::Reference, false).violation;
        found.is_some_and(|found| found.0.contains("of source 0 stands 2 times"))
    };
    outcomes(name).map(doubles).filter(|doubled| *doubled).count()
}

#[test]
fn the_reference_renumbers_what_is_in_flight_kafka_14034() {
    assert!(doubled("kafka-14034", |_| ()) > SEEDS / 2);
}

#[test]
fn one_epoch_for_all_doubles_a_healthy_partitions_batch_librdkafka_4953() {
    assert!(doubled("librdkafka-4953", |_| ()) > SEEDS / 2);
    // Where only the partition that erred is numbered anew, the other one comes to no harm.
    assert_eq!(doubled("librdkafka-4953", |plan| plan.shape.shared_epoch = false), 0);
}

#[test]
fn the_reference_doubles_what_a_narrowed_window_hides() {
    assert!(doubled("restart-narrows", |_| ()) > 10);
}

#[test]
fn every_known_duplicate_has_a_test() {
    assert_all_are_tested(DOUBLES, &["kafka-14034", "librdkafka-4953"]);
}
