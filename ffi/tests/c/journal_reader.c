/* A tool that shows a journal, record by record: the committed bytes of each kind of record, in windows
 * of any size, with torn tails, damage, and too little room. RECORDS is their file: a line each, its
 * name and its bytes. */
#include "check.h"

static uint8_t journal[4096];
static size_t journal_len, ends[32];
static int lines;

static void read_records(void) {
  FILE *file = fopen(RECORDS, "r");
  char line[1024];
  CHECK(file);
  while (fgets(line, sizeof line, file)) {
    const char *hex = strchr(line, ':');
    CHECK(hex && strchr(line, '\n') && lines < 32);
    for (hex += 2; *hex != '\n'; hex += 2) {
      unsigned byte;
      CHECK(sscanf(hex, "%2x", &byte) == 1 && journal_len < sizeof journal);
      journal[journal_len++] = (uint8_t)byte;
    }
    ends[lines++] = journal_len;
  }
  fclose(file);
}

static fencepost_journal_reader *reader(void) {
  static _Alignas(FENCEPOST_ALIGN) unsigned char room[1024];
  fencepost_journal_reader *made;
  size_t size;
  OK(fencepost_journal_reader_size(&size));
  CHECK(size <= sizeof room);
  GIVES(FENCEPOST_BUFFER_TOO_SMALL, fencepost_journal_reader_init(room, size - 1, 0, &made));
  OK(fencepost_journal_reader_init(room, sizeof room, 0, &made));
  return made;
}

static bool has_identity(const fencepost_journal_item *item) {
  return item->producer_id == 0x010203040506 && item->producer_epoch == 3;
}

static bool has_state(const fencepost_journal_item *item) {
  return has_identity(item) && item->last_acked == 9 && item->last_acked_offset == 1000 &&
         item->first_use_offset == -1 && item->has_newest_acked &&
         item->newest_acked == 1700000000000 && item->acked_ever;
}

static bool has_cursor(const fencepost_cursor *cursor) {
  return cursor->len == 8 && memcmp(cursor->bytes, "\0\0\0\0\0\0\xab\xcd", 8) == 0;
}

/* Line `n` of the file. */
static void is_line(int n, const fencepost_journal_item *item, const fencepost_journal_verdict *verdicts) {
  static const uint32_t kinds[] = {
      FENCEPOST_JOURNAL_ITEM_HEADER,    FENCEPOST_JOURNAL_ITEM_HOLDER,    FENCEPOST_JOURNAL_ITEM_IDENTITY,
      FENCEPOST_JOURNAL_ITEM_PARTITION, FENCEPOST_JOURNAL_ITEM_PARTITION, FENCEPOST_JOURNAL_ITEM_UNWRITTEN,
      FENCEPOST_JOURNAL_ITEM_BATCH,     FENCEPOST_JOURNAL_ITEM_BATCH,     FENCEPOST_JOURNAL_ITEM_SPLIT,
      FENCEPOST_JOURNAL_ITEM_VERDICTS,  FENCEPOST_JOURNAL_ITEM_BUMP,      FENCEPOST_JOURNAL_ITEM_COMPLETE};
  CHECK(item->kind == kinds[n] && item->offset == (n ? ends[n - 1] : 0) && item->next_offset == ends[n]);
  CHECK(item->verdicts_count == (item->kind == FENCEPOST_JOURNAL_ITEM_VERDICTS ||
                                 item->kind == FENCEPOST_JOURNAL_ITEM_BUMP));
  switch (item->kind) {
  case FENCEPOST_JOURNAL_ITEM_HEADER:
    CHECK(item->turn == 6 && item->cluster_id_len == 22);
    CHECK(memcmp(item->cluster_id, "MkU3OEVBNTcwNTJENDM2Qk", 22) == 0 && item->producer_id == -1);
    break;
  case FENCEPOST_JOURNAL_ITEM_HOLDER:
    CHECK(item->generation == 4 && memcmp(item->place.bytes, "device and inode", 16) == 0);
    break;
  case FENCEPOST_JOURNAL_ITEM_IDENTITY: CHECK(item->producer_id == 7 && item->producer_epoch == 1); break;
  case FENCEPOST_JOURNAL_ITEM_PARTITION:
    CHECK(item->slot == 2 && item->of.partition == 5 && item->of.topic_id[15] == 7);
    CHECK(has_state(item) && item->next_sequence == 10);
    CHECK(n == 3 ? item->cursor.len == 0 : has_cursor(&item->cursor));
    break;
  case FENCEPOST_JOURNAL_ITEM_UNWRITTEN:
    CHECK(item->slot == 2 && item->verdict == FENCEPOST_OUTCOME_POSSIBLY_WRITTEN);
    CHECK(item->cursor.len == 1 && item->cursor.bytes[0] == 'x');
    break;
  case FENCEPOST_JOURNAL_ITEM_BATCH:
    CHECK(item->slot == 2 && has_identity(item) && item->base_sequence == 10 && item->records == 5);
    CHECK(item->carried == (n == 7) && item->max_timestamp == -1 && item->first_sent_ms == 1700000000001);
    CHECK(has_cursor(&item->cursor) && item->next_sequence == -1);
    CHECK(n == 7 ? item->bytes_len == 0 : item->bytes_len == 5 && memcmp(item->bytes, "bytes", 5) == 0);
    break;
  case FENCEPOST_JOURNAL_ITEM_SPLIT:
    CHECK(item->slot == 2 && has_identity(item) && item->base_sequence == 10 && item->records == 2);
    CHECK(item->bytes_len == 5 && memcmp(item->bytes, "first", 5) == 0);
    CHECK(item->second_len == 6 && memcmp(item->second, "second", 6) == 0);
    CHECK(item->cursor.len == 4 && memcmp(item->cursor.bytes, "half", 4) == 0);
    break;
  case FENCEPOST_JOURNAL_ITEM_VERDICTS:
  case FENCEPOST_JOURNAL_ITEM_BUMP:
    CHECK(item->slot == 2 && has_state(item) && item->next_sequence == 0);
    CHECK(verdicts->base_sequence == 0 && verdicts->verdict == FENCEPOST_OUTCOME_POSSIBLY_WRITTEN);
    break;
  default: break;
  }
}

/* All of it at once. */
static void at_once(void) {
  fencepost_journal_reader *one = reader();
  fencepost_journal_item item;
  fencepost_journal_verdict verdicts[8];
  uint64_t at = 0;
  for (int n = 0; n < lines; n++) {
    OK(fencepost_journal_reader_read(one, journal + at, journal_len - at, 1, &item, verdicts, 8, NULL));
    is_line(n, &item, verdicts);
    at = item.next_offset;
  }
  OK(fencepost_journal_reader_read(one, NULL, 0, 1, &item, NULL, 0, NULL));
  CHECK(item.kind == FENCEPOST_JOURNAL_ITEM_END && item.tail == FENCEPOST_JOURNAL_TAIL_CLEAN);
  CHECK(item.offset == journal_len && item.sentence[0] == 0);
  OK(fencepost_journal_reader_fini(one));
}

/* In windows as large as is asked for, each of its own memory. */
static void in_pieces(void) {
  fencepost_journal_reader *one;
  fencepost_journal_item item;
  fencepost_journal_verdict verdicts[8];
  uint64_t at = 0;
  size_t wanted = 1;
  int n = 0, more = 0;
  OK(fencepost_journal_reader_new(0, &one));
  for (;;) {
    size_t len = wanted < journal_len - at ? wanted : (size_t)(journal_len - at);
    uint8_t *window = malloc(len ? len : 1);
    CHECK(window);
    memcpy(window, journal + at, len);
    OK(fencepost_journal_reader_read(one, window, len, at + len == journal_len, &item, verdicts, 8, NULL));
    at = item.next_offset;
    if (item.kind == FENCEPOST_JOURNAL_ITEM_MORE) {
      CHECK(item.wanted > wanted && item.offset == at);
      wanted = item.wanted;
      more++;
    } else if (item.kind == FENCEPOST_JOURNAL_ITEM_END) {
      free(window);
      break;
    } else {
      is_line(n++, &item, verdicts);
      wanted = 1;
    }
    free(window);
  }
  CHECK(n == lines && more >= lines);
  fencepost_journal_reader_free(one);
}

/* Reads bytes to their end; gives the status that ended it, and how many items came before. */
static fencepost_status all_of(const uint8_t *bytes, size_t len, fencepost_journal_item *item, int *count,
                               fencepost_error *error) {
  fencepost_journal_reader *one = reader();
  fencepost_status status;
  uint64_t at = 0;
  for (*count = 0;; ++*count) {
    status = fencepost_journal_reader_read(one, bytes + at, len - at, 1, item, NULL, 0, error);
    if (status != FENCEPOST_OK || item->kind == FENCEPOST_JOURNAL_ITEM_END) break;
    CHECK(item->kind != FENCEPOST_JOURNAL_ITEM_MORE && item->next_offset > at);
    at = item->next_offset;
  }
  OK(fencepost_journal_reader_fini(one));
  return status;
}

static void cut_off_and_erased(void) {
  fencepost_journal_item item;
  uint8_t erased[sizeof journal];
  int count;
  OK(all_of(journal, ends[6] + 20, &item, &count, NULL));
  CHECK(count == 7 && item.tail == FENCEPOST_JOURNAL_TAIL_TORN && item.offset == ends[6]);
  CHECK(strcmp(item.sentence, "the record is cut short") == 0);
  memset(erased, 0xff, sizeof erased);
  memcpy(erased, journal, ends[6]);
  OK(all_of(erased, sizeof erased, &item, &count, NULL));
  CHECK(count == 7 && item.tail == FENCEPOST_JOURNAL_TAIL_ERASED && item.offset == ends[6]);
}

/* Whichever bit is wrong: it is seen, and where. Every `step`th is tried. */
static void damaged(size_t step) {
  uint8_t copy[sizeof journal];
  char text[128];
  int torn = 0;
  for (size_t bit = 0; bit < 8 * journal_len; bit += step) {
    fencepost_error error = FENCEPOST_ERROR_WITH(text);
    fencepost_journal_item item;
    fencepost_status status;
    int count, line = 0;
    while (ends[line] <= bit / 8) line++;
    memcpy(copy, journal, journal_len);
    copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
    status = all_of(copy, journal_len, &item, &count, &error);
    CHECK(count == line);
    if (status == FENCEPOST_OK) {
      /* Nothing good behind it tells it from a tail that was not written. */
      CHECK(item.tail == FENCEPOST_JOURNAL_TAIL_TORN && item.offset == ends[line - 1]);
      torn++;
      continue;
    }
    CHECK(status == FENCEPOST_JOURNAL_DAMAGE && error.position == (line ? ends[line - 1] : 0));
    CHECK(line == 0 || (size_t)error.expected > ends[line - 1]);
    CHECK(strncmp(text, "damage at byte ", 15) == 0);
  }
  CHECK((size_t)torn >= 8 * (journal_len - ends[lines - 2]) / step);
}

static void refused(void) {
  fencepost_journal_reader *one = reader();
  fencepost_journal_item item, before;
  fencepost_journal_verdict verdicts[8];
  fencepost_error error = FENCEPOST_ERROR_INIT;
  uint64_t at = 0;
  memset(&item, 0xee, sizeof item);
  before = item;
  GIVES(FENCEPOST_VALUE, fencepost_journal_reader_read(one, journal, 1, 2, &item, NULL, 0, NULL));
  GIVES(FENCEPOST_NULL_POINTER, fencepost_journal_reader_read(one, NULL, 1, 1, &item, NULL, 0, NULL));
  GIVES(FENCEPOST_NULL_POINTER, fencepost_journal_reader_read(one, journal, 1, 1, NULL, NULL, 0, NULL));
  GIVES(FENCEPOST_OVERLAP, fencepost_journal_reader_read(one, (uint8_t *)&item, sizeof item, 1, &item, NULL, 0, NULL));
  CHECK(memcmp(&item, &before, sizeof item) == 0);
  for (int n = 0; n < 9; n++) {
    OK(fencepost_journal_reader_read(one, journal + at, journal_len - at, 1, &item, NULL, 0, NULL));
    at = item.next_offset;
  }
  /* Room for no verdict at all is refused, and the reader stays in front of the record. */
  before = item;
  GIVES(FENCEPOST_OVERLAP, fencepost_journal_reader_read(one, journal + at, journal_len - at, 1, &item,
                                                         (fencepost_journal_verdict *)&item, 1, NULL));
  CHECK(memcmp(&item, &before, sizeof item) == 0);
  OK(fencepost_journal_reader_read(one, journal + at, journal_len - at, 1, &item, verdicts, 1, NULL));
  is_line(9, &item, verdicts);
  /* A body longer than is believed. */
  OK(fencepost_journal_reader_fini(one));
  OK(fencepost_journal_reader_new(30, &one));
  at = 0;
  for (int n = 0; n < 3; n++) {
    OK(fencepost_journal_reader_read(one, journal + at, journal_len - at, 1, &item, NULL, 0, NULL));
    at = item.next_offset;
  }
  GIVES(FENCEPOST_JOURNAL_DAMAGE,
        fencepost_journal_reader_read(one, journal + at, journal_len - at, 1, &item, NULL, 0, &error));
  CHECK(error.position == at);
  GIVES(FENCEPOST_HANDLE, fencepost_journal_reader_fini(one));
  fencepost_journal_reader_free(one);
}

/* With an argument it tries less. */
int main(int argc, char **argv) {
  read_records();
  CHECK(lines == 12);
  at_once();
  in_pieces();
  cut_off_and_erased();
  damaged(argc > 1 ? 13 : 1);
  (void)argv;
  refused();
  printf("%d records of a journal, read one by one\n", lines);
  return 0;
}
