/* A panic inside the library, put in on purpose: it ends at the boundary, and poisons its handle. */
#include "batches.h"

/* Only of a library that was built with the feature planted-panic: the next call's body panics, before
 * (1) or after (2) it has done its work; 0 takes that back. */
void fencepost_planted_panic(uint32_t when);

/* A call on no handle: nothing is poisoned, and the next one works. */
static void without_a_handle(void) {
  fencepost_partition_config config = {0};
  size_t size = 77;
  config.struct_size = sizeof config;
  fencepost_planted_panic(1);
  GIVES(FENCEPOST_PANIC, fencepost_partition_size(&config, &size));
  CHECK(size == 77);
  OK(fencepost_partition_size(&config, &size));
  CHECK(size != 77);
}

/* Whether every call on the partition is refused. */
static void is_poisoned(fencepost_partition *partition) {
  fencepost_batch batch = data(7, 0, 0, 1, 0);
  fencepost_context context = at(FENCEPOST_ORIGIN_CLIENT, 1);
  fencepost_partition_info info;
  fencepost_admission admission;
  fencepost_ticket ticket = {{0}};
  size_t count;
  GIVES(FENCEPOST_POISONED, fencepost_partition_look(partition, &info));
  GIVES(FENCEPOST_POISONED, fencepost_partition_admit(partition, &batch, &context, &admission, NULL));
  GIVES(FENCEPOST_POISONED, fencepost_partition_record(partition, &ticket, 0, NULL));
  GIVES(FENCEPOST_POISONED, fencepost_pipeline_abandon_all(partition, NULL, 0, &count));
  GIVES(FENCEPOST_POISONED, fencepost_partition_handle_high_watermark(partition, 1));
}

int main(void) {
  static _Alignas(FENCEPOST_ALIGN) unsigned char room[FENCEPOST_PARTITION_SIZE(4, 1, 0, 2)];
  fencepost_partition_config config = {0};
  fencepost_partition *heap = partition_of(4, 1, 2), *mine, *other = partition_of(4, 1, 2);
  fencepost_storage_config larger = {0};
  fencepost_storage *storage;
  fencepost_partition_info info;
  config.struct_size = sizeof config;
  config.producers = 4;
  config.transactions = 1;
  config.undecided = 2;
  larger.struct_size = sizeof larger;
  larger.producers = 8;
  larger.transactions = 2;
  larger.undecided = 3;
  OK(fencepost_partition_init(room, sizeof room, &config, &mine));
  OK(fencepost_storage_new(&larger, &storage));
  OK(fencepost_partition_grow(mine, storage));
  without_a_handle();

  /* In a call that changes its handle: what it has done before the panic does not come out. */
  fencepost_planted_panic(2);
  GIVES(FENCEPOST_PANIC, fencepost_partition_handle_high_watermark(heap, 1));
  is_poisoned(heap);
  /* In one that only reads it. */
  fencepost_planted_panic(1);
  GIVES(FENCEPOST_PANIC, fencepost_partition_look(mine, &info));
  is_poisoned(mine);
  GIVES(FENCEPOST_STATE, fencepost_storage_fini(storage));

  /* No other handle takes part in it, and both can be ended. */
  CHECK(append_one(other, data(7, 0, 0, 1, 0), 0) == FENCEPOST_VERDICT_APPEND);
  OK(fencepost_partition_fini(mine));
  GIVES(FENCEPOST_HANDLE, fencepost_partition_look(mine, &info));
  fencepost_partition_free(heap);
  fencepost_storage_free(storage); /* which the partition has let go of */
  /* Its memory is good for another one. */
  OK(fencepost_partition_init(room, sizeof room, &config, &mine));
  OK(fencepost_partition_look(mine, &info));
  OK(fencepost_partition_fini(mine));

  /* A handle that could not be made is none. */
  mine = NULL;
  fencepost_planted_panic(1);
  GIVES(FENCEPOST_PANIC, fencepost_partition_new(&config, &mine));
  CHECK(mine == NULL);
  fencepost_planted_panic(1);
  fencepost_partition_free(other); /* says nothing, and frees nothing */
  fencepost_partition_free(other);
  puts("panic: all held");
  return 0;
}
