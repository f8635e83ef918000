//! Worlds of lost answers, restarts and refusals: every word that the producer gives is true (law
//! 2, resolve spec).

mod producer_world;

use fencepost::producer::{Kind, Settings, Verdict};
use producer_world::{Weather, World};

const STORM: Weather = Weather {
    lost_answer: 8,
    disconnect: 60,
    restart: 90,
    refused_before: 15,
    failed_after: 12,
    describe_fails: 5,
};

fn run(seeds: std::ops::Range<u64>, settings: Settings, weather: Weather) -> [usize; 3] {
    let mut words = [0; 3];
    for seed in seeds {
        let mut world = World::new(seed, 2, settings, weather);
        world.run(60);
        if let Err(wrong) = world.judge() {
            panic!("seed {seed}: {wrong}\n{}", world.story.join("\n"));
        }
        assert_eq!(world.fatal(), None, "seed {seed}:\n{}", world.story.join("\n"));
        assert!(world.sender.notices.is_empty(), "seed {seed}: {:?}", world.sender.notices);
        for verdict in world.sender.verdicts.values() {
            words[match verdict {
                Verdict::Written { .. } => 0,
                Verdict::NotWritten(_) => 1,
                Verdict::PossiblyWritten(_) => 2,
            }] += 1;
        }
    }
    words
}

const HURRICANE: Weather = Weather {
    lost_answer: 3,
    disconnect: 20,
    restart: 20,
    refused_before: 5,
    failed_after: 4,
    describe_fails: 2,
};

/// How many worlds a test looks at: `WORLDS=100000` for a long look.
fn worlds() -> std::ops::Range<u64> {
    let asked = std::env::var("WORLDS").ok();
    0..asked.map_or(200, |n| n.parse().expect("WORLDS is a number"))
}

const IDEMPOTENT: Settings = Settings::new(Kind::Idempotent);

#[test]
fn every_verdict_is_true_in_a_storm() {
    let [written, not_written, possibly] = run(worlds(), IDEMPOTENT, STORM);
    // The storm is one in which most can be saved, and in which not all can.
    assert!(written > 50 * (not_written + possibly) / 10 && not_written > 0 && possibly > 0);
}

#[test]
fn every_verdict_is_true_where_nobody_can_be_asked() {
    run(worlds(), IDEMPOTENT.without_describe(), STORM);
    run(worlds(), IDEMPOTENT.without_describe(), HURRICANE);
}

#[test]
fn every_verdict_is_true_in_a_hurricane() {
    run(worlds(), IDEMPOTENT, HURRICANE);
}

#[test]
fn every_verdict_is_true_with_few_retries_and_with_little_time() {
    run(worlds(), IDEMPOTENT.retries(3), HURRICANE);
    run(worlds(), IDEMPOTENT.delivery_timeout_ms(1_500), HURRICANE);
}

#[test]
fn every_verdict_is_true_with_one_batch_in_flight() {
    run(worlds(), IDEMPOTENT.max_in_flight(1), STORM);
}

#[test]
fn every_verdict_is_true_in_transactions_and_none_waits_long_to_be_aborted() {
    let settings = Settings::new(Kind::Transactional);
    for weather in [STORM, HURRICANE] {
        for seed in worlds() {
            let mut world = World::new(seed, 2, settings, weather);
            world.run(60);
            let story = || world.story.join("\n");
            assert_eq!(world.judge(), Ok(()), "seed {seed}:\n{}", story());
            assert_eq!(world.fatal(), None, "seed {seed}:\n{}", story());
            assert!(
                world.longest_abort < 30_000,
                "seed {seed}: {} ms:\n{}",
                world.longest_abort,
                story()
            );
        }
    }
}
