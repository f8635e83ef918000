/* Offsets that no log of Kafka's has are refused wherever one can be given, and nothing has changed then;
 * the highest ones are taken, and nothing wraps. */
#include "batches.h"

/* All that a partition knows, its map end too. */
struct known {
  fencepost_partition_info info;
  uint8_t snapshot[4096];
  size_t len;
};

static struct known known_of(const fencepost_partition *partition) {
  struct known known = {0};
  OK(fencepost_partition_look(partition, &known.info));
  OK(fencepost_partition_snapshot(partition, FENCEPOST_SNAPSHOT_FORMAT_FULL, known.snapshot,
                                  sizeof known.snapshot, &known.len));
  return known;
}

static bool is_same(const struct known *a, const struct known *b) {
  return memcmp(&a->info, &b->info, sizeof a->info) == 0 && a->len == b->len &&
         memcmp(a->snapshot, b->snapshot, a->len) == 0;
}

static const int64_t wrong[] = {INT64_MIN, -2, -1, FENCEPOST_BASE_OFFSET_MAX + 1, INT64_MAX};
#define WRONG (sizeof wrong / sizeof *wrong)

static void recorded(void) {
  fencepost_partition *partition = partition_of(4, 2, 4);
  fencepost_context client = at(FENCEPOST_ORIGIN_CLIENT, 1000);
  fencepost_batch batch = data(7, 0, 0, 5, 0), next = data(7, 0, 5, 1, 0);
  fencepost_admission admission;
  fencepost_pipelined begun;
  struct known before, after;
  OK(fencepost_partition_admit(partition, &batch, &client, &admission, NULL));
  before = known_of(partition);
  for (size_t n = 0; n < WRONG; n++) {
    fencepost_completed completed, told;
    memset(&completed, 0xee, sizeof completed);
    told = completed;
    GIVES(FENCEPOST_VALUE, fencepost_partition_record(partition, &admission.ticket, wrong[n], &told));
    CHECK(memcmp(&completed, &told, sizeof told) == 0);
  }
  after = known_of(partition);
  CHECK(is_same(&before, &after));
  /* The ticket is as good as before. */
  OK(fencepost_partition_record(partition, &admission.ticket, FENCEPOST_BASE_OFFSET_MAX, NULL));
  CHECK(info_of(partition).map_end_offset == FENCEPOST_BASE_OFFSET_MAX + 5);
  OK(fencepost_pipeline_begin(partition, &next, &client, &begun, NULL));
  for (size_t n = 0; n < WRONG; n++)
    GIVES(FENCEPOST_VALUE, fencepost_pipeline_record(partition, begun.ticket, wrong[n], NULL, NULL));
  CHECK(info_of(partition).undecided == 1);
  OK(fencepost_pipeline_record(partition, begun.ticket, FENCEPOST_BASE_OFFSET_MAX, NULL, NULL));
  fencepost_partition_free(partition);
}

/* The most records that a batch can have, at the highest offset. */
static void longest(void) {
  fencepost_partition *partition = partition_of(4, 2, 0);
  fencepost_batch batch = data(7, 0, 0, INT32_MAX, 0);
  fencepost_context client = at(FENCEPOST_ORIGIN_CLIENT, 1000);
  fencepost_admission admission;
  batch.header.last_offset_delta = INT32_MAX;
  OK(fencepost_partition_admit(partition, &batch, &client, &admission, NULL));
  OK(fencepost_partition_record(partition, &admission.ticket, FENCEPOST_BASE_OFFSET_MAX, NULL));
  CHECK(info_of(partition).map_end_offset == INT64_MAX);
  fencepost_partition_free(partition);
}

static void appended(void) {
  fencepost_partition *partition = partition_of(4, 2, 0);
  fencepost_scratch_config config = {sizeof config, 4, 2, 0};
  fencepost_scratch *scratch;
  fencepost_context replica = at(FENCEPOST_ORIGIN_REPLICATION, 1000);
  struct known before, after;
  OK(fencepost_scratch_new(&config, &scratch));
  CHECK(append_one(partition, data(9, 0, 0, 1, 0), 0) == FENCEPOST_VERDICT_APPEND);
  before = known_of(partition);
  for (size_t n = 0; n < WRONG; n++) {
    fencepost_batch batches[2] = {data(7, 0, 0, 1, 1), data(7, 0, 1, 1, 2)};
    size_t count = 99;
    batches[1].header.base_offset = wrong[n];
    GIVES(FENCEPOST_VALUE, fencepost_partition_append(partition, scratch, batches, 2, &replica, NULL, 0, &count, NULL));
    CHECK(count == 99);
    /* A leader has not given them any yet. */
    OK(fencepost_partition_may_append(partition, scratch, batches, 2, &replica, NULL));
  }
  after = known_of(partition);
  CHECK(is_same(&before, &after));
  fencepost_scratch_free(scratch);
  fencepost_partition_free(partition);
}

static void told(void) {
  fencepost_partition *partition = partition_of(4, 2, 0);
  fencepost_batch open = transactional(data(7, 0, 0, 1, 5));
  fencepost_context client = at(FENCEPOST_ORIGIN_CLIENT, 1000);
  fencepost_admission admission;
  int64_t bases[2] = {0, 10}, points[3];
  fencepost_log_shape log = {sizeof log, 0, bases, 2, 0, 10};
  fencepost_replay_segment segments[2];
  uint8_t snapshot[4096];
  struct known before, after;
  size_t len, count;
  uint32_t loaded = 99;
  bool answer;
  OK(fencepost_partition_admit(partition, &open, &client, &admission, NULL));
  OK(fencepost_partition_record(partition, &admission.ticket, 5, NULL));
  OK(fencepost_partition_snapshot(partition, FENCEPOST_SNAPSHOT_FORMAT_V1, snapshot, sizeof snapshot, &len));
  before = known_of(partition);
  for (size_t n = 0; n < 3; n++) {
    int64_t negative = wrong[n];
    GIVES(FENCEPOST_VALUE, fencepost_partition_handle_high_watermark(partition, negative));
    GIVES(FENCEPOST_VALUE, fencepost_partition_handle_log_start(partition, negative, -1));
    GIVES(negative == -1 ? FENCEPOST_OK : FENCEPOST_VALUE,
          fencepost_partition_handle_log_start(partition, 0, negative));
    GIVES(FENCEPOST_VALUE, fencepost_partition_truncate_fully(partition, negative));
    GIVES(FENCEPOST_VALUE, fencepost_partition_set_map_end_offset(partition, negative));
    GIVES(FENCEPOST_VALUE, fencepost_partition_needs_reload(partition, negative, &answer));
    GIVES(FENCEPOST_VALUE, fencepost_partition_restore_nothing(partition, negative));
    GIVES(FENCEPOST_VALUE, fencepost_partition_snapshot_taken(partition, negative));
    GIVES(FENCEPOST_VALUE, fencepost_partition_restore(partition, FENCEPOST_SNAPSHOT_FORMAT_V1, snapshot,
                                                       len, negative, 1000, &loaded, NULL));
    GIVES(FENCEPOST_VALUE, fencepost_rebuild_was_empty(partition, negative, &answer));
    log.log_start = negative;
    GIVES(FENCEPOST_VALUE, fencepost_rebuild_snapshot_points(&log, points, 3, &count));
    log.log_start = 0, log.last_offset = negative;
    GIVES(FENCEPOST_VALUE, fencepost_rebuild_replay(&log, 0, 0, segments, 2, &count));
    log.last_offset = 10, bases[0] = negative;
    GIVES(FENCEPOST_VALUE, fencepost_rebuild_replay(&log, 0, 0, segments, 2, &count));
    bases[0] = 0;
    GIVES(FENCEPOST_VALUE, fencepost_rebuild_replay(&log, negative, 0, segments, 2, &count));
  }
  CHECK(loaded == 99);
  after = known_of(partition);
  CHECK(is_same(&before, &after));
  fencepost_partition_free(partition);
}

/* What a leader assigns. */
static void assigned(void) {
  uint8_t bytes[256];
  fencepost_stamp stamp = {7, 0, 0, 0};
  size_t len = build(bytes, sizeof bytes, 3, &stamp, 0);
  fencepost_validation validation = {0};
  fencepost_assigned given;
  validation.struct_size = sizeof validation;
  validation.now_ms = 1000;
  for (size_t n = 0; n < WRONG; n++) {
    validation.next_offset = wrong[n];
    GIVES(FENCEPOST_VALUE, fencepost_validate(bytes, len, &validation, &given, NULL));
  }
  validation.next_offset = FENCEPOST_BASE_OFFSET_MAX;
  OK(fencepost_validate(bytes, len, &validation, &given, NULL));
  CHECK(given.last_offset == FENCEPOST_BASE_OFFSET_MAX + 2);
}

int main(void) {
  recorded();
  longest();
  appended();
  told();
  assigned();
  puts("offsets that a log can have, and those that it can't");
  return 0;
}
