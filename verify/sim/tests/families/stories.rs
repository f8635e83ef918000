//! Each failure story of the resolve spec happens, and does no harm.

use fencepost_sim::NAMED;

families! {
    NAMED, every_story_has_a_test;
    a_first_batch_that_was_refused_is_not_overtaken = "first-refused";
    what_never_arrived_is_not_probed_from_the_newest = "nothing-arrived";
    a_former_self_is_fenced_and_does_not_bump = "zombie";
    numbers_forgotten_in_a_crash_are_not_used_again = "crash-after-bump";
    what_a_broker_may_have_forgotten_is_not_sent_again = "expired-id";
    an_error_while_waiting_for_replicas_proves_nothing = "leader-moves-while-waiting";
    a_batch_that_may_be_on_the_log_is_not_split = "size-limit-lowered";
    a_source_is_not_read_twice = "source-replayed";
    a_narrowed_window_is_no_reason_to_number_anew = "restart-narrows";
    a_lower_epochs_sequence_is_not_taken_for_ours = "lower-epoch-listed";
    an_id_that_never_wrote_is_not_lost = "never-acknowledged";
    an_emptied_log_that_forgot_says_state_lost = "log-emptied";
    what_an_unclean_election_lost_is_said = "unclean-election";
    a_topic_that_was_created_again_begins_anew = "topic-again";
    a_late_copy_meets_the_higher_epoch = "late-copy";
}

#[test]
fn the_stories_are_those_of_the_spec_in_its_order() {
    let stories = NAMED.iter().map(|family| family.story);
    assert!(stories.eq((1..=15).map(Some)));
}
