/* A partition that moves into bigger memory, in steps, while it is used. */
#include "batches.h"

#define PRODUCERS 64

static fencepost_storage *storage_of(uint32_t producers, uint32_t transactions, uint32_t undecided) {
  fencepost_storage_config config = {0};
  fencepost_storage *made;
  config.struct_size = sizeof config;
  config.producers = producers;
  config.transactions = transactions;
  config.undecided = undecided;
  OK(fencepost_storage_new(&config, &made));
  return made;
}

/* Every producer that was appended is known, with its window, and no other. */
static void knows(fencepost_partition *partition, int64_t from, int64_t until) {
  fencepost_producer_description known;
  int64_t ids[PRODUCERS];
  for (int64_t id = 0; id < PRODUCERS; id++) ids[id] = id;
  OK(fencepost_partition_prefetch(partition, ids, PRODUCERS));
  for (int64_t id = 0; id < PRODUCERS; id++) {
    if (id < from || id >= until)
      GIVES(FENCEPOST_NOT_FOUND, fencepost_partition_describe(partition, id, &known));
    else {
      OK(fencepost_partition_describe(partition, id, &known));
      CHECK(known.last_sequence >= 0 && known.window_len >= 1);
      CHECK(append_one(partition, data(id, 0, 0, 1, 0), -1) == FENCEPOST_VERDICT_DUPLICATE);
    }
  }
}

static void fill(fencepost_partition *partition, int64_t from, int64_t until) {
  for (int64_t id = from; id < until; id++)
    CHECK(append_one(partition, data(id, 0, 0, 1, 0), id) == FENCEPOST_VERDICT_APPEND);
}

int main(void) {
  static _Alignas(FENCEPOST_ALIGN) unsigned char room[1 << 15];
  fencepost_partition *partition = partition_of(8, 2, 1), *other = partition_of(4, 2, 1);
  fencepost_storage *first, *second = storage_of(40, 8, 3), *third = storage_of(64, 9, 4), *released;
  fencepost_storage_config config = {0};
  fencepost_error error = FENCEPOST_ERROR_INIT;
  fencepost_context client = at(FENCEPOST_ORIGIN_CLIENT, 5000);
  fencepost_batch ninth = data(8, 0, 0, 1, 0), open = transactional(data(0, 0, 1, 1, 0));
  fencepost_admission admission;
  fencepost_pipelined begun;
  fencepost_ticket stale;
  size_t size;
  bool finished;

  fill(partition, 0, 8);
  GIVES(FENCEPOST_PRODUCERS_FULL,
        fencepost_partition_admit(partition, &ninth, &client, &admission, &error));
  CHECK(error.expected == 8);
  OK(fencepost_partition_grow_step(partition, 1, &released, &finished));
  CHECK(finished && released == NULL);

  /* What is not bigger, in anything that there is, is refused and stays the caller's. */
  config.struct_size = sizeof config;
  config.producers = 8;
  config.transactions = 4;
  config.undecided = 2;
  OK(fencepost_storage_size(&config, &size));
  CHECK(size <= sizeof room);
  OK(fencepost_storage_init(room, sizeof room, &config, &first));
  GIVES(FENCEPOST_VALUE, fencepost_partition_grow(partition, first));
  OK(fencepost_storage_fini(first));
  config.producers = 20;
  config.transactions = 2;
  OK(fencepost_storage_init(room, sizeof room, &config, &first));
  GIVES(FENCEPOST_VALUE, fencepost_partition_grow(partition, first));
  OK(fencepost_storage_fini(first));
  config.transactions = 4;
  OK(fencepost_storage_init(room, sizeof room, &config, &first));

  /* It grows with a batch under way, and what was admitted before is stale. */
  open.header.base_sequence = 1;
  OK(fencepost_partition_admit(partition, &open, &client, &admission, NULL));
  stale = admission.ticket;
  OK(fencepost_partition_grow(partition, first));
  GIVES(FENCEPOST_TICKET_STALE, fencepost_partition_record(partition, &stale, 8, NULL));
  CHECK(info_of(partition).producers_capacity == 20 && info_of(partition).undecided_capacity == 2);
  GIVES(FENCEPOST_STATE, fencepost_partition_grow(partition, second));
  GIVES(FENCEPOST_STATE, fencepost_partition_grow(other, first));
  GIVES(FENCEPOST_STATE, fencepost_storage_fini(first));
  /* There is room at once, and all is known while it moves. */
  knows(partition, 0, 8);
  fill(partition, 8, 12);
  OK(fencepost_pipeline_begin(partition, &open, &client, &begun, NULL));
  for (int step = 0; step < 4; step++) {
    OK(fencepost_partition_grow_step(partition, 2, &released, &finished));
    CHECK(finished == (step == 3) && released == NULL);
    GIVES(FENCEPOST_OVERLAP,
          fencepost_partition_look(partition, (fencepost_partition_info *)(void *)(room + 1024)));
  }
  OK(fencepost_pipeline_record(partition, begun.ticket, 12, NULL, NULL));
  knows(partition, 0, 12);
  CHECK(info_of(partition).ongoing_transactions == 1);

  /* Twice more: the storage before is the caller's again, once all have moved out of it. */
  OK(fencepost_partition_grow(partition, second));
  OK(fencepost_partition_grow_step(partition, 11, &released, &finished));
  CHECK(!finished && released == NULL);
  GIVES(FENCEPOST_STATE, fencepost_storage_fini(first));
  OK(fencepost_partition_grow_step(partition, 11, &released, &finished));
  CHECK(finished && released == first);
  knows(partition, 0, 12);
  fill(partition, 12, 40);
  OK(fencepost_partition_look(partition, (fencepost_partition_info *)(void *)(room + 1024)));
  OK(fencepost_storage_fini(first));
  OK(fencepost_partition_grow(partition, third));
  fencepost_storage_free(second); /* in use: left alone */
  OK(fencepost_partition_grow_step(partition, UINT32_MAX, &released, &finished));
  CHECK(finished && released == second);
  knows(partition, 0, 40);
  fill(partition, 40, 64);
  knows(partition, 0, 64);

  /* What was released can be grown into once more; a partition ends in the middle of it. */
  OK(fencepost_partition_grow(other, second));
  fencepost_partition_free(other);
  fencepost_storage_free(second);
  /* Where a partition ended, no other begins. */
  fencepost_partition_free(partition);
  other = partition_of(4, 2, 1);
  GIVES(FENCEPOST_STATE, fencepost_partition_grow(other, third));
  fencepost_partition_free(other);
  fencepost_storage_free(third);
  puts("growth: all held");
  return 0;
}
