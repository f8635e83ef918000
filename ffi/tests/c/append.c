/* Several batches that are one append: replication and replay, in memory of their own. */
#include "batches.h"

#define MANY(array) (array), sizeof(array) / sizeof *(array)

static fencepost_scratch *scratch_of(uint32_t producers, uint32_t transactions) {
  fencepost_scratch_config config = {0};
  fencepost_scratch *made;
  config.struct_size = sizeof config;
  config.producers = producers;
  config.transactions = transactions;
  OK(fencepost_scratch_new(&config, &made));
  return made;
}

/* A segment with two producers, a transaction that commits and one that aborts. */
static void replayed(fencepost_scratch *scratch) {
  fencepost_partition *partition = partition_of(8, 4, 2);
  fencepost_context replica = at(FENCEPOST_ORIGIN_REPLICATION, 9000);
  fencepost_completed completed[2];
  fencepost_producer_description known;
  size_t count = 99;
  const fencepost_batch segment[] = {
      data(7, 0, 5, 2, 0), /* a replica takes any first sequence */
      transactional(data(8, 0, 0, 3, 2)),
      data(7, 0, 7, 1, 5),
      marker(8, 0, FENCEPOST_BATCH_KIND_COMMIT, 6),
      transactional(data(8, 0, 3, 1, 7)),
      marker(8, 0, FENCEPOST_BATCH_KIND_ABORT, 8),
  };
  OK(fencepost_partition_may_append(partition, scratch, MANY(segment), &replica, NULL));
  CHECK(info_of(partition).producers == 0);
  GIVES(FENCEPOST_BUFFER_TOO_SMALL, fencepost_partition_append(partition, scratch, MANY(segment),
                                                               &replica, completed, 1, &count, NULL));
  CHECK(count == 99 && info_of(partition).producers == 0);
  OK(fencepost_partition_append(partition, scratch, MANY(segment), &replica, completed, 2, &count,
                                NULL));
  CHECK(count == 2);
  CHECK(completed[0].producer_id == 8 && !completed[0].aborted && completed[0].first_offset == 2);
  CHECK(completed[1].aborted && completed[1].first_offset == 7 && completed[1].last_offset == 8);
  CHECK(info_of(partition).producers == 2 && info_of(partition).map_end_offset == 9);
  CHECK(info_of(partition).unreplicated_transactions == 2);
  OK(fencepost_partition_describe(partition, 7, &known));
  CHECK(known.last_sequence == 7 && known.window_len == 2 && known.window[0].last_offset == 1);
  OK(fencepost_partition_describe(partition, 8, &known));
  CHECK(known.current_txn_start_offset == -1 && known.last_sequence == 3);
  /* Nobody need ask for what was completed. */
  OK(fencepost_partition_append(partition, scratch, NULL, 0, &replica, NULL, 0, NULL, NULL));
  fencepost_partition_free(partition);
}

/* A leader asks before it writes: all of it, or nothing. */
static void refused(fencepost_scratch *scratch) {
  fencepost_partition *partition = partition_of(8, 4, 2);
  fencepost_context leader = at(FENCEPOST_ORIGIN_CLIENT, 9000);
  char sentence[100];
  fencepost_error error = FENCEPOST_ERROR_WITH(sentence);
  const fencepost_batch gap[] = {data(7, 0, 2, 2, 2), data(7, 0, 4, 1, 4), data(7, 0, 9, 1, 5)};
  const fencepost_batch good[] = {data(7, 0, 2, 1, 2), data(7, 0, 3, 1, 3)};
  const fencepost_batch again[] = {data(7, 0, 4, 1, 4), data(7, 0, 3, 1, 5)};
  CHECK(append_one(partition, data(7, 0, 0, 2, 0), 0) == FENCEPOST_VERDICT_APPEND);
  GIVES(FENCEPOST_OUT_OF_ORDER,
        fencepost_partition_may_append(partition, scratch, MANY(gap), &leader, &error));
  CHECK(error.position == 2 && error.expected == 5 && error.got == 9 && error.kafka_code == 45);
  GIVES(FENCEPOST_OUT_OF_ORDER, fencepost_partition_append(partition, scratch, MANY(gap), &leader,
                                                           NULL, 0, NULL, &error));
  CHECK(info_of(partition).map_end_offset == 2);
  OK(fencepost_partition_append(partition, scratch, MANY(good), &leader, NULL, 0, NULL, NULL));
  CHECK(info_of(partition).map_end_offset == 4);
  GIVES(FENCEPOST_APPEND_DUPLICATE, fencepost_partition_append(partition, scratch, MANY(again),
                                                               &leader, NULL, 0, NULL, &error));
  CHECK(error.position == 1 && error.expected == 3 && error.kafka_code == 46);
  CHECK(strcmp(sentence, "batch 1 is on the log already, at offset 3") == 0);
  CHECK(append_one(partition, data(7, 0, 4, 1, 0), 4) == FENCEPOST_VERDICT_APPEND);
  fencepost_partition_free(partition);
}

/* The scratch is too small for it: nothing counts. And it serves another partition after. */
static void too_small(fencepost_scratch *scratch) {
  fencepost_partition *partition = partition_of(8, 4, 1);
  fencepost_context replica = at(FENCEPOST_ORIGIN_REPLICATION, 9000);
  fencepost_context client = at(FENCEPOST_ORIGIN_CLIENT, 9000);
  fencepost_error error = FENCEPOST_ERROR_INIT;
  fencepost_pipelined begun;
  fencepost_batch late = data(9, 0, 0, 1, 0);
  size_t count;
  const fencepost_batch three[] = {data(1, 0, 0, 1, 0), data(2, 0, 0, 1, 1), data(3, 0, 0, 1, 2)};
  GIVES(FENCEPOST_SCRATCH_FULL, fencepost_partition_append(partition, scratch, MANY(three), &replica,
                                                           NULL, 0, NULL, &error));
  CHECK(error.expected == 2 && error.position == 2 && info_of(partition).producers == 0);
  OK(fencepost_partition_append(partition, scratch, three, 2, &replica, NULL, 0, NULL, NULL));
  CHECK(info_of(partition).producers == 2);
  /* Not while batches are undecided. */
  OK(fencepost_pipeline_begin(partition, &late, &client, &begun, NULL));
  GIVES(FENCEPOST_UNDECIDED,
        fencepost_partition_may_append(partition, scratch, three + 2, 1, &replica, NULL));
  OK(fencepost_pipeline_abandon_all(partition, NULL, 0, &count));
  OK(fencepost_partition_append(partition, scratch, three + 2, 1, &replica, NULL, 0, NULL, NULL));
  /* A batch that is none. */
  late.kind = 9;
  GIVES(FENCEPOST_VALUE,
        fencepost_partition_append(partition, scratch, &late, 1, &replica, NULL, 0, NULL, NULL));
  fencepost_partition_free(partition);
}

int main(void) {
  static _Alignas(FENCEPOST_ALIGN) unsigned char room[2048];
  fencepost_scratch *large = scratch_of(4, 4), *small;
  fencepost_scratch_config config = {0};
  size_t size;
  config.struct_size = sizeof config;
  config.producers = 2;
  config.transactions = 1;
  OK(fencepost_scratch_size(&config, &size));
  CHECK(size <= sizeof room);
  OK(fencepost_scratch_init(room, sizeof room, &config, &small));
  for (int n = 0; n < 3; n++) {
    replayed(large);
    refused(large);
    too_small(small);
  }
  OK(fencepost_scratch_fini(small));
  fencepost_scratch_free(large);
  puts("append: all held");
  return 0;
}
