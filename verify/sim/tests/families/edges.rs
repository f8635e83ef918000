//! What is at the edge of the numbers, of the cluster and of a broker's patience does no harm.

families! {
    EDGES, every_edge_has_a_test;
    a_batch_that_is_sent_again_while_it_is_written_waits = "pending";
    what_follows_a_failed_write_is_written_later = "write-fails";
    a_write_without_an_answer_is_found_out = "write-unknown";
    writes_under_way_end_with_the_leadership = "leader-leaves-writes";
    sequences_wrap_in_the_middle_of_retries_and_a_crash = "sequences-wrap";
    another_producer_id_follows_the_last_epoch = "epochs-used-up";
    another_clusters_journal_is_not_opened = "another-cluster";
}
