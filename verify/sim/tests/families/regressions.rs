//! What went wrong once does not come back: each family of worlds happens, and does no harm.

families! {
    REGRESSIONS, every_regression_has_a_test;
    a_fence_that_answers_a_decided_batch_is_heeded = "fence-hears-late";
    a_duplicate_that_answers_a_decided_batchs_only_sending_is_heeded = "duplicate-comes-late";
    an_id_that_comes_to_a_producer_that_has_ended_is_refused = "id-comes-too-late";
    a_successor_whose_batch_was_split_by_a_former_self_is_not_blamed = "zombie-splits";
    what_yesterdays_leader_committed_is_committed = "yesterdays-leader-commits";
    what_a_replica_knows_below_the_start_is_gone = "below-the-start";
    a_wire_does_not_double_what_is_forgotten_soon = "doubled-when-forgotten";
    a_late_copy_on_an_emptied_log_is_no_lost_record = "emptied-then-copied";
    halves_that_never_arrived_are_not_probed_from_the_newest = "halves-never-arrived";
}
