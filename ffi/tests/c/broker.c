/* A broker's append path: admit, write, record; duplicates, refusals with their sentence, markers,
 * and both formats of snapshot. */
#include "check.h"

static fencepost_batch batch_of(int64_t id, int16_t epoch, int32_t sequence, int32_t records,
                                int16_t attributes) {
  uint8_t bytes[4096];
  fencepost_stamp stamp = {0};
  fencepost_batch batch;
  size_t len;
  stamp.producer_id = id;
  stamp.producer_epoch = epoch;
  stamp.base_sequence = sequence;
  len = build(bytes, sizeof bytes, records, &stamp, attributes);
  OK(fencepost_batch_verify_crc(bytes, len, NULL));
  OK(fencepost_batch_read(bytes, len, &batch, NULL));
  CHECK(batch.header.producer_id == id && batch.header.base_sequence == sequence);
  CHECK(batch.kind == FENCEPOST_BATCH_KIND_DATA);
  return batch;
}

static fencepost_context client(int64_t now) {
  fencepost_context context = {0};
  context.struct_size = sizeof context;
  context.now_ms = now;
  return context;
}

static void lives(fencepost_partition *partition) {
  fencepost_context context = client(5000);
  fencepost_batch first = batch_of(7, 0, 0, 3, 0), second = batch_of(7, 0, 3, 2, 0);
  fencepost_admission admission, other;
  fencepost_completed completed;
  fencepost_partition_info info;
  char sentence[160];
  fencepost_error error = FENCEPOST_ERROR_WITH(sentence);
  fencepost_ticket stale;

  OK(fencepost_partition_admit(partition, &first, &context, &admission, NULL));
  CHECK(admission.verdict == FENCEPOST_VERDICT_APPEND);
  OK(fencepost_partition_admit(partition, &first, &context, &other, NULL));
  stale = other.ticket;
  OK(fencepost_partition_record(partition, &admission.ticket, 100, &completed));
  CHECK(completed.producer_id == -1);
  GIVES(FENCEPOST_TICKET_STALE, fencepost_partition_record(partition, &stale, 103, NULL));
  stale.opaque[3] ^= 1;
  GIVES(FENCEPOST_TICKET_FOREIGN, fencepost_partition_record(partition, &stale, 103, NULL));

  /* The answer was lost: the same batch again. */
  OK(fencepost_partition_admit(partition, &first, &context, &admission, NULL));
  CHECK(admission.verdict == FENCEPOST_VERDICT_DUPLICATE && admission.first_offset == 100);
  CHECK(admission.seen.last_sequence == 2 && admission.seen.last_offset == 102);

  OK(fencepost_partition_admit(partition, &second, &context, &admission, NULL));
  OK(fencepost_partition_record(partition, &admission.ticket, 103, NULL));

  /* A gap, and what is said of it. */
  first = batch_of(7, 0, 9, 1, 0);
  GIVES(FENCEPOST_OUT_OF_ORDER,
        fencepost_partition_admit(partition, &first, &context, &admission, &error));
  CHECK(error.expected == 5 && error.got == 9 && error.kafka_code == 45);
  CHECK(error.producer_id == 7 && error.window_len == 2 && error.window[1].last_sequence == 4);
  CHECK(error.status == FENCEPOST_OUT_OF_ORDER && strstr(sentence, "9 is out of order"));
  CHECK(error.sentence_len == strlen(sentence));
  CHECK(strcmp(fencepost_error_code_name(error.kafka_code), "OUT_OF_ORDER_SEQUENCE_NUMBER") == 0);
  error.sentence_size = 12;
  GIVES(FENCEPOST_OUT_OF_ORDER,
        fencepost_partition_admit(partition, &first, &context, &admission, &error));
  CHECK(strlen(sentence) == 11 && error.sentence_len > 11);

  /* A zombie. */
  first = batch_of(7, 1, 0, 1, 0);
  OK(fencepost_partition_admit(partition, &first, &context, &admission, NULL));
  OK(fencepost_partition_record(partition, &admission.ticket, 105, NULL));
  GIVES(FENCEPOST_STALE_EPOCH,
        fencepost_partition_admit(partition, &second, &context, &admission, NULL));

  OK(fencepost_partition_look(partition, &info));
  CHECK(info.map_end_offset == 106 && info.producers == 1 && info.snapshot_due == 106);
}

static void transactions(fencepost_partition *partition) {
  fencepost_verification wanted = {0};
  fencepost_context context = client(6000);
  fencepost_batch batch = batch_of(8, 0, 0, 1, 0x10), marker;
  fencepost_marker end = {0};
  fencepost_admission admission;
  fencepost_completed completed;
  fencepost_transaction_range range;
  uint8_t bytes[FENCEPOST_MARKER_LEN];
  size_t len, count;
  int64_t stable;
  uint64_t guard;
  bool open;

  GIVES(FENCEPOST_NOT_VERIFIED,
        fencepost_partition_admit(partition, &batch, &context, &admission, NULL));
  wanted.struct_size = sizeof wanted;
  wanted.producer_id = 8;
  OK(fencepost_partition_start_verification(partition, &wanted, 6000, &guard, NULL));
  CHECK(guard != 0);
  context.guard = guard;
  OK(fencepost_partition_admit(partition, &batch, &context, &admission, NULL));
  OK(fencepost_partition_record(partition, &admission.ticket, 200, NULL));
  OK(fencepost_partition_last_stable_offset(partition, 0, 201, &stable));
  CHECK(stable == 200);
  OK(fencepost_partition_has_open_transaction(partition, 8, 0, &open));
  CHECK(open);
  OK(fencepost_partition_transactions(partition, 0, 0, &range, 1, &count));
  CHECK(count == 1 && range.first_offset == 200 && range.producer_id == 8);

  end.struct_size = sizeof end;
  end.kind = FENCEPOST_BATCH_KIND_ABORT;
  end.base_offset = 201;
  end.producer_id = 8;
  OK(fencepost_marker_write(&end, bytes, sizeof bytes, &len, NULL));
  CHECK(len == FENCEPOST_MARKER_LEN);
  OK(fencepost_batch_read(bytes, len, &marker, NULL));
  CHECK(marker.kind == FENCEPOST_BATCH_KIND_ABORT);
  context = client(6001);
  context.origin = FENCEPOST_ORIGIN_COORDINATOR;
  OK(fencepost_partition_admit(partition, &marker, &context, &admission, NULL));
  OK(fencepost_partition_record(partition, &admission.ticket, 201, &completed));
  CHECK(completed.producer_id == 8 && completed.aborted && completed.first_offset == 200);
  OK(fencepost_partition_last_stable_offset(partition, 0, 202, &stable));
  CHECK(stable == 200);
  OK(fencepost_partition_handle_high_watermark(partition, 202));
  OK(fencepost_partition_last_stable_offset(partition, 0, 202, &stable));
  CHECK(stable == 202);
}

static void comes_back(const fencepost_partition *partition, uint32_t format,
                       fencepost_partition *fresh, uint32_t window) {
  fencepost_producer_description before, after;
  fencepost_swept swept;
  uint8_t *bytes;
  size_t len, written;
  uint32_t loaded;
  OK(fencepost_partition_snapshot_len(partition, format, &len));
  bytes = malloc(len);
  CHECK(bytes != NULL);
  GIVES(FENCEPOST_BUFFER_TOO_SMALL,
        fencepost_partition_snapshot(partition, format, bytes, len - 1, &written));
  OK(fencepost_partition_snapshot(partition, format, bytes, len, &written));
  CHECK(written == len);
  OK(fencepost_partition_restore(fresh, format, bytes, len, 202, 7000, &loaded, NULL));
  CHECK(loaded == 2);
  OK(fencepost_partition_describe(partition, 7, &before));
  OK(fencepost_partition_describe(fresh, 7, &after));
  CHECK(before.last_sequence == after.last_sequence && after.window_len == window);

  /* Any byte changed: refused with a place, and what was known stays. */
  for (size_t at = 0; at < len; at++) {
    fencepost_status status;
    bytes[at] ^= 0x55;
    status = fencepost_partition_restore(fresh, format, bytes, len, 202, 7000, &loaded, NULL);
    CHECK(status == FENCEPOST_SNAPSHOT);
    OK(fencepost_partition_describe(fresh, 7, &after));
    bytes[at] ^= 0x55;
  }
  free(bytes);
  OK(fencepost_partition_expire(fresh, 100000000, 100, &swept));
  CHECK(swept.forgotten == 2 && swept.finished);
}

int main(void) {
  static _Alignas(FENCEPOST_ALIGN) unsigned char room[FENCEPOST_PARTITION_SIZE(16, 4, 4, 0)];
  fencepost_partition_config config = {0};
  fencepost_partition *partition, *fresh, *small;
  size_t size;
  config.struct_size = sizeof config;
  config.producers = 16;
  config.transactions = 4;
  config.guards = 4;
  config.seed = 0x5eed;

  OK(fencepost_partition_size(&config, &size));
  CHECK(size <= sizeof room);
  GIVES(FENCEPOST_BUFFER_TOO_SMALL, fencepost_partition_init(room, size - 1, &config, &partition));
  GIVES(FENCEPOST_MISALIGNED, fencepost_partition_init(room + 8, size, &config, &partition));
  OK(fencepost_partition_init(room, sizeof room, &config, &partition));
  OK(fencepost_partition_new(&config, &fresh));

  lives(partition);
  transactions(partition);
  comes_back(partition, FENCEPOST_SNAPSHOT_FORMAT_V1, fresh, 1);
  comes_back(partition, FENCEPOST_SNAPSHOT_FORMAT_FULL, fresh, 1);

  /* Too small for the snapshot: nothing of it is taken. */
  config.producers = 1;
  OK(fencepost_partition_new(&config, &small));
  {
    uint8_t bytes[1024];
    size_t len;
    fencepost_partition_info info;
    fencepost_context context = client(1);
    fencepost_batch batch = batch_of(99, 0, 0, 1, 0);
    fencepost_admission admission;
    OK(fencepost_partition_admit(small, &batch, &context, &admission, NULL));
    OK(fencepost_partition_record(small, &admission.ticket, 0, NULL));
    OK(fencepost_partition_snapshot(partition, 2, bytes, sizeof bytes, &len));
    GIVES(FENCEPOST_RELOAD_FULL,
          fencepost_partition_restore(small, 2, bytes, len, 202, 7000, NULL, NULL));
    OK(fencepost_partition_look(small, &info));
    CHECK(info.producers == 1 && info.map_end_offset == 1);
  }
  fencepost_partition_free(small);

  /* An older caller, whose struct ends before the members that came later. */
  config.struct_size = 32;
  config.full = 77;
  OK(fencepost_partition_new(&config, &small));
  fencepost_partition_free(small);
  config.struct_size = sizeof config;
  GIVES(FENCEPOST_VALUE, fencepost_partition_new(&config, &small));

  /* A handle of the wrong flavour, one that moved, one that ended. */
  GIVES(FENCEPOST_HANDLE, fencepost_partition_fini(fresh));
  fencepost_partition_free(partition);
  {
    static _Alignas(FENCEPOST_ALIGN) unsigned char moved[sizeof room];
    fencepost_partition_info info;
    memcpy(moved, room, sizeof room);
    GIVES(FENCEPOST_HANDLE, fencepost_partition_look((fencepost_partition *)(void *)moved, &info));
    GIVES(FENCEPOST_HANDLE, fencepost_producer_fini((fencepost_producer *)(void *)room));
    OK(fencepost_partition_fini(partition));
    GIVES(FENCEPOST_HANDLE, fencepost_partition_look(partition, &info));
  }
  fencepost_partition_free(fresh);
  fencepost_partition_free(NULL);
  puts("broker: all held");
  return 0;
}
