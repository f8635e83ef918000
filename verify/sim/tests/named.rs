//! Each failure story of the resolve spec happens, and does no harm.

use fencepost_sim::{NAMED, Who, named, run};

const SEEDS: u64 = 300;

fn happens_and_does_no_harm(story: u32) {
    let family = NAMED.iter().find(|family| family.story == Some(story)).expect("it has a name");
    assert_eq!(named(family.name).and_then(|found| found.story), Some(story));
    let mut seen = 0;
    for seed in 1..=SEEDS {
        let outcome = run(&family.plan(seed), Who::Ours, true);
        let told = outcome.story.join("\n");
        if let Some(violation) = outcome.violation {
            panic!("{} seed {seed}: {violation}\n{told}", family.name);
        }
        seen += u32::from(told.contains(family.mark));
    }
    assert!(seen > 0, "{}: `{}` was never told", family.name, family.mark);
}

macro_rules! stories {
    ($($name:ident = $story:literal;)*) => {
        $(#[test]
        fn $name() {
            happens_and_does_no_harm($story);
        })*

        #[test]
        fn every_story_has_a_test() {
            assert_eq!(vec![$($story),*], (1..=15).collect::<Vec<u32>>());
            assert_eq!(NAMED.iter().filter_map(|f| f.story).collect::<Vec<_>>(), [$($story),*]);
        }
    };
}

stories! {
    a_first_batch_that_was_refused_is_not_overtaken = 1;
    what_never_arrived_is_not_probed_from_the_newest = 2;
    a_former_self_is_fenced_and_does_not_bump = 3;
    numbers_forgotten_in_a_crash_are_not_used_again = 4;
    what_a_broker_may_have_forgotten_is_not_sent_again = 5;
    an_error_while_waiting_for_replicas_proves_nothing = 6;
    a_batch_that_may_be_on_the_log_is_not_split = 7;
    a_source_is_not_read_twice = 8;
    a_narrowed_window_is_no_reason_to_number_anew = 9;
    a_lower_epochs_sequence_is_not_taken_for_ours = 10;
    an_id_that_never_wrote_is_not_lost = 11;
    an_emptied_log_that_forgot_says_state_lost = 12;
    what_an_unclean_election_lost_is_said = 13;
    a_topic_that_was_created_again_begins_anew = 14;
    a_late_copy_meets_the_higher_epoch = 15;
}
