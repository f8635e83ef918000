//! Many worlds, and what the judge says of fencepost's producer and of the reference's rules.

use fencepost_sim::{Plan, Who, run, shorten};

/// `WORLDS=1000000` for a long look.
fn worlds() -> u64 {
    std::env::var("WORLDS").map_or(10_000, |n| n.parse().expect("WORLDS is a number"))
}

#[test]
fn every_word_is_true_in_ten_thousand_worlds() {
    let mut faults = 0;
    for seed in 1..=worlds() {
        let plan = Plan::drawn(seed);
        let outcome = run(&plan, Who::Ours, false);
        faults += u64::from(outcome.faults);
        if let Some(violation) = outcome.violation {
            let story = run(&shorten(&plan, Who::Ours), Who::Ours, true).story.join("\n");
            panic!("seed {seed}: {violation}\n{story}\nmake -s sim WORLDS=1 SEED={seed}");
        }
    }
    assert!(faults > 5 * worlds(), "only {faults} faults");
}

#[test]
fn the_same_seed_is_the_same_run() {
    for seed in 1..300 {
        let plan = Plan::drawn(seed);
        let outcome = run(&plan, Who::Ours, true);
        assert_eq!(outcome, run(&Plan::drawn(seed), Who::Ours, true));
        assert!(outcome.story.len() > 10, "seed {seed} tells nothing");
        let silent = run(&plan, Who::Ours, false);
        assert_eq!(silent.faults, outcome.faults, "telling changes nothing");
    }
}

#[test]
fn the_judge_sees_what_is_wrong_with_the_reference() {
    let doubled = |seed: &u64| {
        let violation = run(&Plan::drawn(*seed), Who::Reference, false).violation;
        violation.is_some_and(|violation| violation.0.contains("times on the log"))
    };
    let seen = (1..=1_000).filter(doubled).count();
    assert!(seen > 10, "only {seen} worlds in which the reference is wrong");
}

#[test]
fn a_failing_world_is_told_with_the_faults_that_it_needs() {
    let fails = |seed: &u64| run(&Plan::drawn(*seed), Who::Reference, false).violation.is_some();
    let plan = Plan::drawn((1..).find(fails).expect("some seed fails"));
    let short = shorten(&plan, Who::Reference);
    assert!(short.faults.len() < plan.faults.len());
    assert!(run(&short, Who::Reference, false).violation.is_some());
    for left_out in 0..short.faults.len() {
        let mut without = short.clone();
        without.faults.remove(left_out);
        assert_eq!(run(&without, Who::Reference, false).violation, None);
    }
}
