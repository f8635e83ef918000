/* Which snapshot files are loaded and deleted, and how a log is rebuilt from them. */
#include "batches.h"

#define MANY(array) (array), sizeof(array) / sizeof *(array)

static bool chose(const int64_t *chosen, size_t count, const int64_t *wanted, size_t len) {
  return count == len && memcmp(chosen, wanted, len * sizeof *wanted) == 0;
}

static void names(void) {
  char name[FENCEPOST_SNAPSHOT_NAME_SIZE];
  int64_t offset;
  size_t len;
  bool deleted;
  OK(fencepost_snapshot_name(42, name, sizeof name, &len));
  CHECK(strcmp(name, "00000000000000000042.snapshot") == 0 && len == 29);
  OK(fencepost_snapshot_offset(name, len, &offset));
  CHECK(offset == 42);
  OK(fencepost_snapshot_is_deleted(name, len, &deleted));
  CHECK(!deleted);
  GIVES(FENCEPOST_BUFFER_TOO_SMALL, fencepost_snapshot_name(42, name, 29, &len));
  OK(fencepost_snapshot_name(INT64_MIN, name, sizeof name, &len));
  OK(fencepost_snapshot_deleted_name(INT64_MIN, name, sizeof name, &len));
  OK(fencepost_snapshot_deleted_name(42, name, sizeof name, &len));
  CHECK(strcmp(name, "00000000000000000042.snapshot.deleted") == 0);
  OK(fencepost_snapshot_is_deleted(name, len, &deleted));
  CHECK(deleted);
  GIVES(FENCEPOST_NOT_FOUND, fencepost_snapshot_offset(name, len, &offset));
  GIVES(FENCEPOST_NOT_FOUND, fencepost_snapshot_offset("00000000000000000042.log", 24, &offset));
  GIVES(FENCEPOST_SNAPSHOT_NAME, fencepost_snapshot_offset("mine.snapshot", 13, &offset));
  GIVES(FENCEPOST_SNAPSHOT_NAME, fencepost_snapshot_offset("\xff.snapshot", 10, &offset));
  GIVES(FENCEPOST_NOT_FOUND, fencepost_snapshot_offset("\xff", 1, &offset));
}

static void chosen(void) {
  const int64_t all[] = {30, 0, 10, 45, 20}, bases[] = {0, 20, 40}, old[] = {10, 20, 50};
  const int64_t outside[] = {0, 10, 45}, before[] = {0, 10}, strays[] = {30, 10}, none[] = {-7};
  int64_t found[5], offset;
  size_t count;
  OK(fencepost_snapshot_latest(MANY(all), &offset));
  CHECK(offset == 45);
  OK(fencepost_snapshot_oldest(MANY(all), &offset));
  CHECK(offset == 0);
  GIVES(FENCEPOST_NOT_FOUND, fencepost_snapshot_latest(NULL, 0, &offset));
  GIVES(FENCEPOST_BUFFER_TOO_SMALL,
        fencepost_snapshot_outside_log(MANY(all), 10, 40, found, 4, &count));
  OK(fencepost_snapshot_outside_log(MANY(all), 10, 40, MANY(found), &count));
  CHECK(chose(found, count, MANY(outside)));
  OK(fencepost_snapshot_before(MANY(all), 20, MANY(found), &count));
  CHECK(chose(found, count, MANY(before)));
  OK(fencepost_snapshot_before(MANY(none), 20, MANY(found), &count));
  CHECK(count == 0);
  /* 45 belongs to no segment and stays: a clean shutdown left it. */
  OK(fencepost_snapshot_strays(MANY(all), MANY(bases), MANY(found), &count));
  CHECK(chose(found, count, MANY(strays)));
  OK(fencepost_snapshot_strays(MANY(bases), MANY(old), MANY(found), &count));
  CHECK(count == 2 && found[0] == 0 && found[1] == 40);
}

/* A log of four segments, whose newest snapshot is older than its end: loaded, and replayed. */
static void rebuilt(void) {
  const int64_t bases[] = {0, 10, 20, 40}, wrong[] = {10, 0};
  fencepost_log_shape log = {0};
  fencepost_replay_segment segments[4];
  fencepost_partition *partition = partition_of(8, 2, 0), *fresh = partition_of(8, 2, 0);
  fencepost_scratch_config config = {0};
  fencepost_scratch *scratch;
  fencepost_context replica = at(FENCEPOST_ORIGIN_REPLICATION, 2000);
  fencepost_producer_description known;
  int64_t points[3];
  uint8_t bytes[1024];
  size_t count, len;
  bool yes;
  log.struct_size = sizeof log;
  log.segment_bases = bases;
  log.segment_bases_len = 4;
  log.last_offset = 45;
  OK(fencepost_rebuild_skips_files(1, 0, &yes));
  CHECK(yes);
  OK(fencepost_rebuild_skips_files(1, 1, &yes));
  CHECK(!yes);
  OK(fencepost_rebuild_skips_files(0, 0, &yes));
  CHECK(!yes);
  OK(fencepost_rebuild_snapshot_points(&log, points, 3, &count));
  CHECK(count == 3 && points[0] == 20 && points[1] == 40 && points[2] == 45);
  GIVES(FENCEPOST_BUFFER_TOO_SMALL, fencepost_rebuild_snapshot_points(&log, points, 2, &count));

  /* 45 records of one producer, the snapshot after twelve of them. */
  for (int32_t n = 0; n < 12; n++) (void)append_one(partition, data(7, 0, n, 1, n), n);
  OK(fencepost_partition_snapshot(partition, FENCEPOST_SNAPSHOT_FORMAT_V1, bytes, sizeof bytes, &len));
  OK(fencepost_rebuild_was_empty(fresh, 45, &yes));
  CHECK(!yes);
  OK(fencepost_partition_needs_reload(fresh, 45, &yes));
  CHECK(yes);
  OK(fencepost_partition_restore(fresh, FENCEPOST_SNAPSHOT_FORMAT_V1, bytes, len, 12, 2000, NULL, NULL));
  OK(fencepost_rebuild_replay(&log, info_of(fresh).map_end_offset, 0, segments, 4, &count));
  CHECK(count == 3);
  CHECK(segments[0].base_offset == 10 && segments[0].from == 12 && !segments[0].takes_snapshot);
  CHECK(segments[0].until == INT64_MAX && segments[1].from == 20 && segments[1].takes_snapshot);
  CHECK(segments[2].from == 40 && segments[2].until == 45);
  config.struct_size = sizeof config;
  config.producers = 2;
  config.transactions = 1;
  OK(fencepost_scratch_new(&config, &scratch));
  for (size_t n = 0; n < count; n++) {
    const int64_t end = n + 1 < count ? segments[n + 1].base_offset : 45;
    fencepost_batch batches[32];
    size_t many = 0;
    OK(fencepost_partition_set_map_end_offset(fresh, segments[n].from));
    for (int64_t at = segments[n].from; at < end; at++)
      batches[many++] = data(7, 0, (int32_t)at, 1, at);
    OK(fencepost_partition_append(fresh, scratch, batches, many, &replica, NULL, 0, NULL, NULL));
  }
  OK(fencepost_partition_set_map_end_offset(fresh, 45));
  OK(fencepost_partition_describe(fresh, 7, &known));
  CHECK(known.last_sequence == 44 && known.window_len == 5 && known.window[4].last_offset == 44);
  OK(fencepost_partition_needs_reload(fresh, 45, &yes));
  CHECK(!yes);
  OK(fencepost_rebuild_replay(&log, 45, 0, segments, 4, &count));
  CHECK(count == 0);
  OK(fencepost_partition_restore_nothing(fresh, 45));
  OK(fencepost_rebuild_was_empty(fresh, 45, &yes));
  CHECK(yes);
  log.segment_bases = wrong;
  log.segment_bases_len = 2;
  GIVES(FENCEPOST_VALUE, fencepost_rebuild_replay(&log, 0, 0, segments, 4, &count));
  fencepost_scratch_free(scratch);
  fencepost_partition_free(partition);
  fencepost_partition_free(fresh);
}

int main(void) {
  names();
  chosen();
  rebuilt();
  puts("files: all held");
  return 0;
}
