//! Core and Kafka's classes answer alike, for every profile.
//!
//! `ORACLE_OPS` sets how many operations each does (default 200000). Without Java or Maven a test
//! says SKIPPED and passes, unless `CI` is `true`.

use fencepost_oracle::{KafkaError, Outcome, Plan, Release, run};
use fencepost_vectors::{Profile, format, runner, subjects};

const OPERATIONS: u64 = 200_000;
/// How often a run of that many must meet every rule.
const TIMES: u64 = 100;

fn operations() -> u64 {
    match std::env::var("ORACLE_OPS") {
        Ok(number) => number.parse().expect("ORACLE_OPS is a number"),
        Err(_) => OPERATIONS,
    }
}

/// What the run comes to; `None` if it can't be done here, and need not.
fn outcome(release: Release, operations: u64) -> Option<Outcome> {
    let plan = Plan { release, operations, seed: 1, restart_every: Plan::RESTART_EVERY };
    match run(&plan) {
        Ok(outcome) => Some(outcome),
        Err(KafkaError::Missing(program)) if std::env::var("CI").as_deref() != Ok("true") => {
            println!("SKIPPED: {} is not held against Kafka: no {program}", release.name);
            None
        }
        Err(why) => panic!("{}: {why}", release.name),
    }
}

fn named(profile: &str) -> Release {
    Release::named(profile).expect("it is a profile")
}

fn hold(profile: &str) {
    let (release, operations) = (named(profile), operations());
    let Some(outcome) = outcome(release, operations) else { return };
    assert!(outcome.difference.is_none(), "profile {profile}: {:#?}", outcome.difference);
    assert_eq!(outcome.operations, operations);
    if operations >= OPERATIONS {
        for (rule, text, times, often) in outcome.counts.rows(release.profile) {
            let enough = !often || times >= TIMES;
            assert!(enough, "profile {profile} met {rule} only {times} times: {text}");
        }
        assert!(outcome.masked >= TIMES, "the masked deviation was met {} times", outcome.masked);
    }
}

#[test]
fn profile_3_9_is_kafka_3_9_2() {
    hold("3.9");
}

#[test]
fn profile_4_0_is_kafka_4_0_2() {
    hold("4.0");
}

#[test]
fn profile_4_1_is_kafka_4_1_2() {
    hold("4.1");
}

#[test]
fn profile_4_2_is_kafka_4_4_0() {
    hold("4.2");
}

/// The oracle can fail: core with the rules of one release is not another release. What it prints
/// then is short, and as a vector it tells the two apart.
#[test]
fn the_rules_of_another_release_are_found_out_and_shrunk_to_a_vector() {
    for (rules, classes) in [("3.9", "4.0"), ("4.0", "4.1"), ("4.1", "4.2"), ("4.2", "4.1")] {
        let mixed = Release { profile: named(rules).profile, ..named(classes) };
        let Some(outcome) = outcome(mixed, 20_000) else { return };
        let difference = outcome.difference.expect("the releases differ");
        let operations = &difference.operations;
        assert!(operations.len() <= 5, "{rules} as {classes}: {operations:#?}");
        let vector = difference.vector.expect("it needs no restart");
        // It wants what Kafka says, under the name of core's rules: there it fails.
        let vectors = format::parse("printed", &format!("[{vector}]")).expect("it is a vector");
        let core = subjects::by_name("core").expect("there is core");
        let name = if rules == "3.9" { "3.9.2" } else { rules };
        let profile = Profile::from_name(name).expect("it is a profile");
        let report = runner::run(&vectors, profile, core);
        assert!(!report.differences.is_empty(), "{rules} as {classes}: {vector}");
    }
}
