//! How does one run end, and which of its faults does a failure need?

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};

use crate::judge::Violation;
use crate::plan::Plan;
use crate::world::{Who, World};

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How many faults hit something.
    pub faults: u32,
    /// What was wrong.
    pub violation: Option<Violation>,
    /// What became of the records, if the story was asked for.
    pub tally: Tally,
    /// What happened, if it was asked for.
    pub story: Vec<String>,
}

thread_local! {
    /// Where and why it panicked last.
    static PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Panics are not printed from now on. A run that ends by one tells it as its violation.
pub fn keep_panics() {
    set_hook(Box::new(|panic| PANIC.set(panic.to_string().replace('\n', " "))));
}

/// What became of the records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many were taken from the sources.
    pub taken: usize,
    /// How many of them stand on the logs exactly once.
    pub once: usize,
    /// How many were called written.
    pub written: usize,
}

/// Runs a plan; `tells` keeps its story. Who breaks a contract of the producer, the journal or the
/// broker's rooms so that something panics has violated it ([`keep_panics`] says what and where).
#[must_use]
pub fn run(plan: &Plan, who: Who, tells: bool) -> Outcome {
    let mut world = World::new(plan, who, tells);
    let violation = match catch_unwind(AssertUnwindSafe(|| world.run())) {
        Ok(ended) => world.judge(ended).err(),
        Err(_) => Some(Violation(PANIC.take())),
    };
    let tally = if tells { world.tally() } else { Tally::default() };
    let story = world.story.take().unwrap_or_default();
    Outcome { faults: world.struck, violation, tally, story }
}

/// The plan with as few faults as still fail: each is left out once, again and again, until every
/// one is needed. At most a few hundred runs.
#[must_use]
pub fn shorten(plan: &Plan, who: Who) -> Plan {
    let mut plan = plan.clone();
    let fails = |plan: &Plan| run(plan, who, false).violation.is_some();
    loop {
        let before = plan.faults.len();
        let mut at = plan.faults.len();
        while at > 0 {
            at -= 1;
            let mut without = plan.clone();
            without.faults.remove(at);
            if fails(&without) {
                plan = without;
            }
        }
        for clients in 1..plan.shape.clients {
            let mut fewer = plan.clone();
            fewer.shape.clients = clients;
            fewer.faults.retain(|(_, fault)| fault.client().is_none_or(|of| of < clients));
            if fails(&fewer) {
                plan = fewer;
                break;
            }
        }
        let mut shorter = plan.clone();
        shorter.shape.batches = plan.shape.batches / 2;
        if shorter.shape.batches > 0 && fails(&shorter) {
            plan = shorter;
        } else if plan.faults.len() == before {
            return plan;
        }
    }
}
