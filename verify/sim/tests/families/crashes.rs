//! Five batches in flight, the broker restarts, the producer crashes and comes back: every record
//! is on the log once, without transactions.

use fencepost_sim::CRASHES;

use crate::{assert_all_are_tested, outcomes};

/// In how many worlds the lines come in this order.
fn in_order(name: &str, lines: &[&str]) -> usize {
    let comes = |story: &[String]| {
        let mut story = story.iter();
        lines.iter().all(|wanted| story.any(|line| line.contains(wanted)))
    };
    let mut seen = 0;
    for (plan, outcome) in outcomes(name) {
        // Not one is possibly written, missing, or there twice.
        let tally = outcome.tally;
        let told = || format!("{tally:?} seed {}\n{}", plan.seed, outcome.story.join("\n"));
        assert!(tally.taken > 60, "{}", told());
        assert_eq!((tally.once, tally.written), (tally.taken, tally.taken), "{}", told());
        seen += usize::from(comes(&outcome.story));
    }
    seen
}

#[test]
fn when_the_broker_restarts_and_then_the_producer_crashes() {
    let lines = ["Restart", "b0 is up again", "with 5 undecided", "begins", "hears Listed", "@1"];
    assert!(in_order("broker-then-producer", &lines) > 30);
}

#[test]
fn when_the_producer_crashes_and_then_the_broker_restarts() {
    let lines = ["with 5 undecided", "Restart", "b0 is up again", "hears Listed", "@1"];
    assert!(in_order("producer-then-broker", &lines) > 30);
}

#[test]
fn when_both_crash_twice() {
    let lines = ["with 5 undecided", "begins", "is held to be dead", "begins", "@2"];
    assert!(in_order("two-crashes", &lines) > 30);
}

/// What was acknowledged comes back as undecided, is asked for, and sent again.
#[test]
fn when_the_journals_last_verdicts_are_lost() {
    let lines = ["with 0 undecided", "begins", "hears Listed", "a duplicate of", "@1"];
    assert!(in_order("last-trims-lost", &lines) > 30);
}

#[test]
fn every_order_of_crashes_has_a_test() {
    let tested = ["broker-then-producer", "producer-then-broker", "two-crashes", "last-trims-lost"];
    assert_all_are_tested(CRASHES, &tested);
}
