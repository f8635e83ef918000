//! The rules in Rust do what Kafka's classes do.
//!
//! `REFERENCE_SCRIPTS` sets how many random scripts (default 2000), `REFERENCE_SEED` which (1).

use fencepost_reference::{Plan, hold, kafka_or_skip};

const PLAN: Plan = Plan { seed: 1, scripts: 2000, lines: 60, disturb: str::to_owned };
/// How often a run of that many must meet each thing.
const TIMES: u64 = 5;

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |n| n.parse().expect("a number"))
}

#[test]
fn the_rules_send_and_say_what_kafka_sends_and_says() {
    let scripts = number("REFERENCE_SCRIPTS", PLAN.scripts);
    let plan = Plan { seed: number("REFERENCE_SEED", PLAN.seed), scripts, ..PLAN };
    let kafka = kafka_or_skip("the reference's rules").expect("the Java side");
    let Some(mut kafka) = kafka else { return };
    let held = hold(&mut kafka, &plan).expect("the Java side answers");
    assert!(held.difference.is_none(), "\n{}", held.difference.expect("there is one"));
    for (name, times) in held.met {
        assert!(times >= TIMES || scripts < PLAN.scripts, "{name} was met only {times} times");
    }
}

/// The comparison can fail, and what it prints then is short.
#[test]
fn rules_that_retry_once_less_are_found_out_and_shrunk() {
    let kafka = kafka_or_skip("the reference's rules").expect("the Java side");
    let Some(mut kafka) = kafka else { return };
    let once_less = |line: &str| line.replace("retries=2 ", "retries=1 ");
    let plan = Plan { disturb: once_less, ..PLAN };
    let held = hold(&mut kafka, &plan).expect("the Java side answers");
    let difference = held.difference.expect("they differ");
    assert!(difference.lines.len() <= 9, "\n{difference}");
    let names = ["answer", "disconnect", "timeout"];
    let answers = difference.lines.iter().filter(|line| names.iter().any(|n| line.starts_with(n)));
    assert_eq!(answers.count(), 2, "\n{difference}");
}
