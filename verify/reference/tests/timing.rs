//! The Java side times its own numbers, for a bench beside ours.

use fencepost_reference::kafka_or_skip;

#[test]
fn a_timed_round_numbers_and_acknowledges_every_batch() {
    let Some(mut kafka) = kafka_or_skip("the timing").expect("the Java side") else { return };
    let lines = ["new partitions=4", "loop", "identity 0 7 0", "time 4 1000 5", "state 3"];
    let answers = kafka.ask(lines).expect("the Java side answers");
    let nanoseconds: u64 = answers[3].parse().unwrap_or_else(|_| panic!("{}", answers[3]));
    assert!(nanoseconds > 0);
    assert!(answers[4].starts_with("next=250 acked=249 "), "{}", answers[4]);
    assert!(answers[4].ends_with("inflight=-"), "{}", answers[4]);
}
