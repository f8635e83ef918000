//! The judge sees the duplicates that others have met, and fencepost does not write them.

use fencepost_sim::{DOUBLES, Plan, Who, named, run};

const SEEDS: u64 = 300;

/// In how many worlds the reference's rules write a record of this source twice.
fn doubled(name: &str, source: usize, change: impl Fn(&mut Plan)) -> usize {
    let family = named(name).expect("it has a name");
    let doubles = |seed: &u64| {
        let mut plan = family.plan(*seed);
        assert_eq!(run(&plan, Who::Ours, false).violation, None, "{name} seed {seed}");
        change(&mut plan);
        let found = run(&plan, Who::Reference, false).violation;
        found.is_some_and(|found| found.0.contains(&format!("of source {source} stands 2 times")))
    };
    (1..=SEEDS).filter(doubles).count()
}

#[test]
fn the_reference_renumbers_what_is_in_flight_kafka_14034() {
    assert!(doubled("kafka-14034", 0, |_| ()) > SEEDS as usize / 2);
}

#[test]
fn one_epoch_for_all_doubles_a_healthy_partitions_batch_librdkafka_4953() {
    assert!(doubled("librdkafka-4953", 0, |_| ()) > SEEDS as usize / 2);
    // Where only the partition that erred is numbered anew, the other one comes to no harm.
    assert_eq!(doubled("librdkafka-4953", 0, |plan| plan.shape.shared_epoch = false), 0);
}

#[test]
fn the_reference_doubles_what_a_narrowed_window_hides() {
    assert!(doubled("restart-narrows", 0, |_| ()) > 10);
}

#[test]
fn every_known_duplicate_has_a_test() {
    let names: Vec<&str> = DOUBLES.iter().map(|family| family.name).collect();
    assert_eq!(names, ["kafka-14034", "librdkafka-4953"]);
}
