/* A coordinator of one transactional id, its producer ids, and the partitions it writes markers to. */
#include "cluster.h"

/* A controller that hands out blocks, and brokers whose ids never meet. */
static void blocks(void) {
  fencepost_block_allocator *controller;
  fencepost_id_generator *mine;
  fencepost_id_block block, ahead;
  fencepost_error error = FENCEPOST_ERROR_INIT;
  fencepost_identity identity;
  int64_t next, id, last = -1;
  bool wanted;
  OK(fencepost_block_allocator_new(&controller));
  OK(fencepost_id_generator_new(&mine));
  GIVES(FENCEPOST_BLOCK_REFUSED,
        fencepost_block_allocator_allocate(controller, 1, 7, 1, 8, &block, &next, &error));
  CHECK(error.kafka_code == 77 && error.expected == 8 && error.got == 7);
  for (int n = 0; n < 2500; n++) {
    if (fencepost_id_generator_generate(mine, now, &id, NULL) == FENCEPOST_WAITING_FOR_BLOCK) {
      /* Another broker takes every other block: gaps are fine. */
      for (int broker = 2; broker >= 1; broker--) {
        OK(fencepost_block_allocator_allocate(controller, broker, 7, 1, 7, &block, &next, NULL));
        CHECK(block.len == 1000 && next == block.first + 1000 && block.broker_id == broker);
        OK(fencepost_block_allocator_replay(controller, broker, 7, next, NULL));
      }
      GIVES(FENCEPOST_BLOCK_REFUSED, fencepost_block_allocator_replay(controller, 1, 7, 5, NULL));
      OK(fencepost_id_generator_poll_request(mine, &wanted));
      CHECK(wanted);
      OK(fencepost_id_generator_handle_sent(mine));
      OK(fencepost_id_generator_handle_block(mine, 1, block.first, block.len, now, NULL));
      OK(fencepost_id_generator_generate(mine, now, &id, NULL));
    }
    CHECK(id > last);
    last = id;
  }
  OK(fencepost_id_generator_blocks(mine, &block, &ahead));
  CHECK(block.first == 5000 && ahead.len == 0 && last == 5499);
  /* A block that does not lie above the one in use is none. */
  GIVES(FENCEPOST_UNUSABLE_BLOCK, fencepost_id_generator_handle_block(mine, 1, 10, 9, now, &error));
  CHECK(error.expected == 5999 && error.got == 10);
  OK(fencepost_id_generator_handle_failure(mine, 0, now));
  /* Without a transactional id: a new identity, and the same one with a higher epoch. */
  OK(fencepost_init_idempotent(mine, -1, -1, now, &identity, NULL));
  CHECK(identity.producer_id == 5500 && identity.producer_epoch == 0);
  fencepost_id_generator_free(mine);
  fencepost_block_allocator_free(controller);
}

static void lives(void) {
  fencepost_transaction_info info;
  fencepost_error error = FENCEPOST_ERROR_INIT;
  fencepost_transition transition;
  fencepost_applied applied;
  fencepost_transaction_record on_log;
  fencepost_stamp stamp = {1000, 0, 0, 0};
  const uint32_t both[] = {0, 1};

  applied = serve_init(-1, -1, 60000);
  CHECK(applied.kind == FENCEPOST_APPLIED_INITIALIZED && applied.code == 0);
  CHECK(applied.producer_id == 1000 && applied.producer_epoch == 0);

  /* What was not prepared can't have been written. */
  GIVES(FENCEPOST_STATE, fencepost_transaction_appended(coordinator, now, &applied, NULL));
  GIVES(FENCEPOST_STATE, fencepost_transaction_markers_left(coordinator, 0, &transition));
  GIVES(FENCEPOST_NOT_FOUND, fencepost_transaction_resume(coordinator, now, &applied, NULL));

  /* Two phases: until the record is written, everything else waits. */
  OK(fencepost_transaction_add_partitions(coordinator, 1000, 0, 0, 0, now, &transition, NULL));
  CHECK(transition.kind == FENCEPOST_TRANSITION_WRITE);
  CHECK(transition.record.state == FENCEPOST_TRANSACTION_STATE_ONGOING);
  GIVES(FENCEPOST_COORDINATOR, fencepost_transaction_add_partitions(coordinator, 1000, 0, 0, 0, now,
                                                                    &transition, &error));
  CHECK(error.kafka_code == 51);
  /* The write fails: nothing has changed, and the client is told. */
  OK(fencepost_transaction_append_failed(coordinator, 19, &applied, NULL));
  CHECK(applied.kind == FENCEPOST_APPLIED_FAILED && applied.code == fencepost_append_error(19));
  OK(fencepost_transaction_look(coordinator, &info));
  CHECK(info.record.state == FENCEPOST_TRANSACTION_STATE_EMPTY && info.pending == -1);

  CHECK(serve_add(1000, 0, both, 2).code == 0);
  OK(fencepost_transaction_verify_partition(coordinator, 1000, 0, 1, NULL));
  GIVES(FENCEPOST_COORDINATOR, fencepost_transaction_verify_partition(coordinator, 1000, 0, 0, &error));
  CHECK(error.kafka_code == 48 || error.kafka_code == 120);
  CHECK(serve_produce(0, &stamp, 3) == 0 && serve_produce(1, &stamp, 2) == 0);
  CHECK(stable(0) == 0 && log_ends[0] == 3);
  CHECK(serve_add(999, 0, both, 2).code == 49); /* of another producer */
  CHECK(serve_end(1000, 0, 1).code == 0);
  CHECK(stable(0) == 4 && stable(1) == 3);
  OK(fencepost_transaction_look(coordinator, &info));
  CHECK(info.record.state == FENCEPOST_TRANSACTION_STATE_COMPLETE_COMMIT);
  /* The answer was lost: the same again is answered as before. */
  CHECK(serve_end(1000, 0, 1).code == 0);
  CHECK(serve_end(1000, 0, 0).code == 48);

  /* A new instance fences the old one, and ends what it left. */
  stamp.base_sequence = 3;
  CHECK(serve_add(1000, 0, both, 1).code == 0 && serve_produce(0, &stamp, 1) == 0);
  applied = serve_init(-1, -1, 60000);
  CHECK(applied.kind == FENCEPOST_APPLIED_ENDING && applied.code == 51);
  applied = serve_init(-1, -1, 60000);
  CHECK(applied.code == 0 && applied.producer_id == 1000 && applied.producer_epoch > 0);
  CHECK(serve_add(1000, 0, both, 1).code != 0);
  stamp.base_sequence = 4;
  CHECK(serve_produce(0, &stamp, 1) == 47);
  CHECK(stable(0) == log_ends[0]);

  /* A transaction that takes too long is aborted, and its producer fenced. */
  stamp.producer_epoch = applied.producer_epoch;
  stamp.base_sequence = 0;
  CHECK(serve_add(1000, stamp.producer_epoch, both, 1).code == 0);
  CHECK(serve_produce(0, &stamp, 1) == 0);
  GIVES(FENCEPOST_NOT_FOUND,
        fencepost_transaction_abort_if_timed_out(coordinator, ids, 0, now, &transition, NULL));
  now += 60001;
  OK(fencepost_transaction_abort_if_timed_out(coordinator, ids, 0, now, &transition, NULL));
  while (transition.kind == FENCEPOST_TRANSITION_WRITE &&
         transition.record.state == FENCEPOST_TRANSACTION_STATE_PREPARE_EPOCH_FENCE) {
    OK(fencepost_transaction_appended(coordinator, now, &applied, NULL));
    OK(fencepost_transaction_abort_if_timed_out(coordinator, ids, 0, now, &transition, NULL));
  }

  /* The coordinator moves with the verdict on the log: the next one writes the markers. */
  on_log = transition.record;
  CHECK(on_log.state == FENCEPOST_TRANSACTION_STATE_PREPARE_ABORT);
  OK(fencepost_transaction_load(coordinator, &on_log, 4));
  GIVES(FENCEPOST_STATE, fencepost_transaction_appended(coordinator, now, &applied, NULL));
  OK(fencepost_transaction_resume(coordinator, now, &applied, NULL));
  CHECK(applied.marker_kind == FENCEPOST_BATCH_KIND_ABORT && applied.marker_coordinator_epoch == 4);
  CHECK(stable(0) < log_ends[0]);
  write_markers(&applied);
  CHECK(stable(0) == log_ends[0]);
  OK(fencepost_transaction_look(coordinator, &info));
  CHECK(info.coordinator_epoch == 4);
  CHECK(info.record.state == FENCEPOST_TRANSACTION_STATE_COMPLETE_ABORT);

  /* Not used for a week: forgotten, by a tombstone. */
  GIVES(FENCEPOST_NOT_FOUND,
        fencepost_transaction_expire(coordinator, 604800000, now, &transition, NULL));
  now += 604800001;
  OK(fencepost_transaction_expire(coordinator, 604800000, now, &transition, NULL));
  CHECK(transition.kind == FENCEPOST_TRANSITION_WRITE_TOMBSTONE);
  OK(fencepost_transaction_appended(coordinator, now, &applied, NULL));
  CHECK(applied.kind == FENCEPOST_APPLIED_REMOVED);
}

/* The small tables. */
static void tables(void) {
  uint32_t partition, next;
  int16_t code;
  OK(fencepost_coordinator_partition("my-transactional-id", 19, 50, &partition));
  CHECK(partition < 50);
  GIVES(FENCEPOST_VALUE, fencepost_coordinator_partition("x", 1, 0, &partition));
  GIVES(FENCEPOST_TEXT, fencepost_coordinator_partition("\xff", 1, 50, &partition));
  OK(fencepost_api_downgrade(FENCEPOST_API_INIT_PRODUCER_ID, 90, 3, &code));
  CHECK(code == 47);
  OK(fencepost_api_downgrade(FENCEPOST_API_INIT_PRODUCER_ID, 90, 4, &code));
  CHECK(code == 90);
  CHECK(fencepost_end_txn_version(4) == 0 && fencepost_end_txn_version(5) == 2);
  CHECK(fencepost_add_partitions_version(3) == 0 && fencepost_add_partitions_version(4) == 2);
  GIVES(FENCEPOST_NOT_FOUND, fencepost_marker_before_sending(FENCEPOST_DESTINATION_LEADER, &next));
  OK(fencepost_marker_before_sending(FENCEPOST_DESTINATION_NO_LEADER, &next));
  CHECK(next == FENCEPOST_MARKER_NEXT_RETRY);
  OK(fencepost_marker_before_sending(FENCEPOST_DESTINATION_DELETED, &next));
  CHECK(next == FENCEPOST_MARKER_NEXT_REMOVE);
  GIVES(FENCEPOST_NOT_FOUND,
        fencepost_partition_access_code(FENCEPOST_PARTITION_ACCESS_GRANTED, 0, &code));
  OK(fencepost_partition_access_code(FENCEPOST_PARTITION_ACCESS_GRANTED, 1, &code));
  CHECK(code == 55);
  OK(fencepost_partition_access_code(FENCEPOST_PARTITION_ACCESS_DENIED, 1, &code));
  CHECK(code == 29);
  OK(fencepost_partition_access_code(FENCEPOST_PARTITION_ACCESS_UNKNOWN, 1, &code));
  CHECK(code == 3);
  CHECK(fencepost_marker_step(5) == FENCEPOST_MARKER_NEXT_FATAL);
  CHECK(fencepost_marker_step(6) == FENCEPOST_MARKER_NEXT_RETRY);
  CHECK(fencepost_marker_step(47) == FENCEPOST_MARKER_NEXT_GIVE_UP);
}

int main(void) {
  blocks();
  cluster_begin();
  lives();
  tables();
  cluster_end();
  puts("coordinator: all held");
  return 0;
}
