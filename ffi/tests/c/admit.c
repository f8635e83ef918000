/* What fencepost_partition_admit says to each mistake, on the quick way as on the other. */
#include "check.h"

#include <string.h>

/* Room for a handle, and for what is put into it by mistake. */
static _Alignas(FENCEPOST_ALIGN) unsigned char memory[FENCEPOST_PARTITION_SIZE(4, 4, 4, 0)];

static fencepost_partition *partition;
static fencepost_batch batch;
static fencepost_context context;
static fencepost_admission admission;

static fencepost_status admit(void) {
  return fencepost_partition_admit(partition, &batch, &context, &admission, NULL);
}

/* An address in something, as a pointer to something else. */
#define AT(type, base, offset) ((type *)(void *)((unsigned char *)(void *)(base) + (offset)))

static void pointers(void) {
  fencepost_error error = FENCEPOST_ERROR_INIT;
  union {
    fencepost_batch batch;
    fencepost_admission admission;
    unsigned char bytes[512];
  } shared;
  const fencepost_admission untouched = admission;
  CHECK(fencepost_partition_admit(NULL, &batch, &context, &admission, NULL) == FENCEPOST_NULL_POINTER);
  CHECK(fencepost_partition_admit(partition, NULL, &context, &admission, NULL) == FENCEPOST_NULL_POINTER);
  CHECK(fencepost_partition_admit(partition, &batch, NULL, &admission, NULL) == FENCEPOST_NULL_POINTER);
  CHECK(fencepost_partition_admit(partition, &batch, &context, NULL, NULL) == FENCEPOST_NULL_POINTER);
  for (size_t by = 1; by < 8; by++) {
    CHECK(fencepost_partition_admit(AT(fencepost_partition, partition, by), &batch, &context, &admission,
                                    NULL) == FENCEPOST_MISALIGNED);
    CHECK(fencepost_partition_admit(partition, AT(fencepost_batch, shared.bytes, by), &context, &admission,
                                    NULL) == FENCEPOST_MISALIGNED);
    CHECK(fencepost_partition_admit(partition, &batch, AT(fencepost_context, shared.bytes, by), &admission,
                                    NULL) == FENCEPOST_MISALIGNED);
    CHECK(fencepost_partition_admit(partition, &batch, &context, AT(fencepost_admission, shared.bytes, by),
                                    NULL) == FENCEPOST_MISALIGNED);
    CHECK(fencepost_partition_admit(partition, &batch, &context, &admission,
                                    AT(fencepost_error, &error, by)) == FENCEPOST_MISALIGNED);
  }
  /* The answer would be written over the batch, by any of its bytes, and over the handle. */
  for (size_t at = 0; at < 256; at += 8) {
    const int apart = at >= sizeof(fencepost_batch);
    memcpy(&shared.batch, &batch, sizeof batch);
    CHECK((fencepost_partition_admit(partition, &shared.batch, &context,
                                     AT(fencepost_admission, shared.bytes, at), NULL) == FENCEPOST_OK) == apart);
    memcpy(shared.bytes + 256, &batch, sizeof batch);
    CHECK((fencepost_partition_admit(partition, AT(fencepost_batch, shared.bytes, 256), &context,
                                     AT(fencepost_admission, shared.bytes, at), NULL) == FENCEPOST_OK) ==
          (at + sizeof(fencepost_admission) <= 256));
  }
  CHECK(fencepost_partition_admit(partition, &batch, &context, (fencepost_admission *)(void *)&context,
                                  NULL) == FENCEPOST_OVERLAP);
  for (size_t at = 0; at + sizeof admission <= 1024; at += 64)
    CHECK(fencepost_partition_admit(partition, &batch, &context, AT(fencepost_admission, memory, at), NULL) ==
          FENCEPOST_OVERLAP);
  CHECK(memcmp(&untouched, &admission, sizeof admission) == 0);
  CHECK(admit() == FENCEPOST_OK);
}

static void numbers(void) {
  fencepost_error error = FENCEPOST_ERROR_INIT;
  context.struct_size = 0;
  CHECK(admit() == FENCEPOST_STRUCT_SIZE);
  context.struct_size = sizeof context + 1;
  CHECK(admit() == FENCEPOST_STRUCT_SIZE);
  context.struct_size = 16; /* an older program's: only the origin and the clock */
  CHECK(admit() == FENCEPOST_OK && admission.verdict == FENCEPOST_VERDICT_APPEND);
  context.struct_size = sizeof context;
  context.origin = 4;
  CHECK(admit() == FENCEPOST_VALUE);
  for (context.origin = 0; context.origin < 4; context.origin++)
    CHECK(admit() == FENCEPOST_OK && admission.verdict == FENCEPOST_VERDICT_APPEND);
  context.origin = FENCEPOST_ORIGIN_CLIENT;
  context.reserved = 1;
  CHECK(admit() == FENCEPOST_VALUE);
  context.reserved = 0;
  context.refuse_new_producers = 1;
  CHECK(admit() == FENCEPOST_NEW_PRODUCER_REFUSED);
  context.refuse_new_producers = 0;
  batch.kind = 4;
  CHECK(admit() == FENCEPOST_VALUE);
  batch.kind = FENCEPOST_BATCH_KIND_DATA;
  /* Told only where something is refused. */
  error.struct_size = 8;
  context.refuse_new_producers = 1;
  CHECK(fencepost_partition_admit(partition, &batch, &context, &admission, &error) == FENCEPOST_STRUCT_SIZE);
  error.struct_size = sizeof error;
  CHECK(fencepost_partition_admit(partition, &batch, &context, &admission, &error) ==
        FENCEPOST_NEW_PRODUCER_REFUSED);
  CHECK(error.status == FENCEPOST_NEW_PRODUCER_REFUSED && error.producer_id == 7);
  context.refuse_new_producers = 0;
}

/* A client's records and a leader's, which go two ways, make the same ticket. */
static void both_ways(void) {
  fencepost_ticket quick, careful;
  CHECK(admit() == FENCEPOST_OK);
  quick = admission.ticket;
  context.struct_size = 32; /* the rest is 0 then */
  CHECK(admit() == FENCEPOST_OK);
  careful = admission.ticket;
  context.struct_size = sizeof context;
  CHECK(memcmp(quick.opaque, careful.opaque, 8 * sizeof *quick.opaque) == 0);
  CHECK(fencepost_partition_record(partition, &quick, 0, NULL) == FENCEPOST_OK);
  CHECK(fencepost_partition_record(partition, &careful, 0, NULL) == FENCEPOST_TICKET_STALE);
  CHECK(admit() == FENCEPOST_OK && admission.verdict == FENCEPOST_VERDICT_DUPLICATE);
  CHECK(admission.first_offset == 0 && admission.seen.last_sequence == 0);
  context.struct_size = 32;
  CHECK(admit() == FENCEPOST_OK && admission.verdict == FENCEPOST_VERDICT_DUPLICATE);
  CHECK(admission.first_offset == 0 && admission.seen.last_sequence == 0);
  context.struct_size = sizeof context;
}

/* What is asked for ahead changes nothing, and is checked as any array is. */
static void ahead(void) {
  static const int64_t ids[] = {7, 0, -1, INT64_MIN, INT64_MAX, 7};
  const fencepost_partition *const shared = partition;
  fencepost_admission before;
  CHECK(admit() == FENCEPOST_OK);
  before = admission;
  CHECK(fencepost_partition_prefetch(shared, ids, 6) == FENCEPOST_OK);
  CHECK(fencepost_partition_prefetch(shared, NULL, 0) == FENCEPOST_OK);
  CHECK(fencepost_partition_prefetch(NULL, ids, 6) == FENCEPOST_NULL_POINTER);
  CHECK(fencepost_partition_prefetch(shared, NULL, 1) == FENCEPOST_NULL_POINTER);
  for (size_t by = 1; by < 8; by++) {
    CHECK(fencepost_partition_prefetch(AT(fencepost_partition, partition, by), ids, 6) == FENCEPOST_MISALIGNED);
    CHECK(fencepost_partition_prefetch(shared, (const int64_t *)(const void *)((const char *)ids + by), 1) ==
          FENCEPOST_MISALIGNED);
  }
  /* More than memory holds, by the count of bytes and by where they would end. */
  CHECK(fencepost_partition_prefetch(shared, ids, SIZE_MAX) == FENCEPOST_LENGTH);
  CHECK(fencepost_partition_prefetch(shared, ids, SIZE_MAX / 8 + 2) == FENCEPOST_LENGTH);
  CHECK(fencepost_partition_prefetch(shared, ids, PTRDIFF_MAX / 8 + 1) == FENCEPOST_LENGTH);
  CHECK(fencepost_partition_prefetch(shared, (const int64_t *)(UINTPTR_MAX - 15), 2) == FENCEPOST_LENGTH);
  CHECK(admit() == FENCEPOST_OK && admission.verdict == before.verdict);
  if (before.verdict == FENCEPOST_VERDICT_APPEND)
    CHECK(memcmp(before.ticket.opaque, admission.ticket.opaque, 8 * sizeof *before.ticket.opaque) == 0);
}

int main(void) {
  fencepost_partition_config config = {0};
  config.struct_size = sizeof config;
  config.producers = config.transactions = config.guards = 4;
  CHECK(fencepost_partition_init(memory, sizeof memory, &config, &partition) == FENCEPOST_OK);
  batch.header.producer_id = 7;
  batch.header.records_count = 1;
  context.struct_size = sizeof context;
  context.now_ms = 1000;
  pointers();
  numbers();
  ahead();
  both_ways();
  ahead();
  CHECK(fencepost_partition_fini(partition) == FENCEPOST_OK);
  CHECK(admit() == FENCEPOST_HANDLE);
  CHECK(fencepost_partition_prefetch(partition, &batch.header.producer_id, 1) == FENCEPOST_HANDLE);
  puts("an admission checks what it is given");
  return 0;
}
