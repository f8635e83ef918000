//! What is at the edge of the numbers, of the cluster and of a broker's patience does no harm.

use fencepost_sim::{EDGES, Who, named, run};

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

macro_rules! edges {
    ($($test:ident = $name:literal;)*) => {
        $(#[test]
        fn $test() {
            happens_and_does_no_harm($name);
        })*

        #[test]
        fn every_edge_has_a_test() {
            let names: Vec<&str> = EDGES.iter().map(|family| family.name).collect();
            assert_eq!(names, [$($name),*]);
        }
    };
}

edges! {
    a_batch_that_is_sent_again_while_it_is_written_waits = "pending";
    what_follows_a_failed_write_is_written_later = "write-fails";
    a_write_without_an_answer_is_found_out = "write-unknown";
    writes_under_way_end_with_the_leadership = "leader-leaves-writes";
    sequences_wrap_in_the_middle_of_retries_and_a_crash = "sequences-wrap";
    another_producer_id_follows_the_last_epoch = "epochs-used-up";
    another_clusters_journal_is_not_opened = "another-cluster";
}
