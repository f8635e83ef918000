//! What went wrong once does not come back: each family of worlds happens, and does no harm.

use fencepost_sim::{REGRESSIONS, Who, named, run};

const SEEDS: u64 = 300;

fn happens_and_does_no_harm(name: &str) {
    let family = named(name).expect("it has a name");
    let mut seen = 0;
    for seed in 1..=SEEDS {
        let outcome = run(&family.plan(seed), Who::Ours, true);
        let told = outcome.story.join("\n");
        if let Some(violation) = outcome.violation {
            panic!("{name} seed {seed}: {violation}\n{told}");
        }
        seen += u32::from(told.contains(family.mark));
    }
    assert!(seen > 10, "{name}: `{}` was told in {seen} worlds", family.mark);
}

macro_rules! regressions {
    ($($test:ident = $name:literal;)*) => {
        $(#[test]
        fn $test() {
            happens_and_does_no_harm($name);
        })*

        #[test]
        fn every_regression_has_a_test() {
            let names: Vec<&str> = REGRESSIONS.iter().map(|family| family.name).collect();
            assert_eq!(names, [$($name),*]);
        }
    };
}

regressions! {
    a_fence_that_answers_a_decided_batch_is_heeded = "fence-hears-late";
    a_successor_whose_batch_was_split_by_a_former_self_is_not_blamed = "zombie-splits";
    what_yesterdays_leader_committed_is_committed = "yesterdays-leader-commits";
    what_a_replica_knows_below_the_start_is_gone = "below-the-start";
    a_wire_does_not_double_what_is_forgotten_soon = "doubled-when-forgotten";
    halves_that_never_arrived_are_not_probed_from_the_newest = "halves-never-arrived";
}
