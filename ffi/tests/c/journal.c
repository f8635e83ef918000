/* A producer with a journal that is killed again and again and comes back as itself: in a file, and in
 * storage of its own. The broker is a partition of this library in memory that outlives it. At the end
 * every record is on the log once and in order, all under one producer id. */
#define _DEFAULT_SOURCE
#include "check.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define ITEMS 60
#define BATCH_MAX 256
#define AREA (1 << 15)
#define CLUSTER "MkU3OEVBNTcwNTJENDM2Qk"
static const char *const path = "journal-of-the-test";

/* What a kill leaves: the log, its broker, and the storage. */
static struct world {
  _Alignas(FENCEPOST_ALIGN) unsigned char room[8192];
  fencepost_partition *leader;
  int64_t log_end, now;
  int32_t log[4 * ITEMS];
  int ids_given, kills, told[ITEMS], resolved, torn, put_off;
  uint64_t random_state;
  /* Steps until the next kill; 0 for none. */
  int fuse;
  uint8_t area[2][AREA];
  size_t area_len[2];
} *world;

/* One life of the producer. */
static struct life {
  fencepost_producer *producer;
  bool in_file;
  int area, next;
  uint64_t names[ITEMS];
  uint8_t bytes[ITEMS][BATCH_MAX];
  size_t lens[ITEMS];
} *life;

static uint32_t draw(uint32_t below) {
  world->random_state = world->random_state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(world->random_state >> 33) % below;
}

static void step(void) {
  if (world->fuse && --world->fuse == 0) raise(SIGKILL);
}

static fencepost_cursor cursor_of(int item) {
  fencepost_cursor cursor = {0};
  cursor.len = (uint32_t)snprintf((char *)cursor.bytes, sizeof cursor.bytes, "item %d", item);
  return cursor;
}

/* The item behind a cursor. */
static int behind(const fencepost_cursor *cursor) {
  char text[33] = {0};
  int item = -1;
  memcpy(text, cursor->bytes, cursor->len);
  CHECK(cursor->len == 0 || sscanf(text, "item %d", &item) == 1);
  return item + 1;
}

static fencepost_journal_options options_of(const char *cluster) {
  fencepost_journal_options options = {0};
  options.struct_size = sizeof options;
  options.cluster_id = (const uint8_t *)cluster;
  options.cluster_id_len = strlen(cluster);
  return options;
}

static fencepost_producer *journaled(void) {
  fencepost_producer_settings settings = {0};
  fencepost_producer *producer;
  settings.struct_size = sizeof settings;
  settings.partitions = 1;
  settings.journaled = 1;
  settings.delivery_timeout_ms = INT64_MAX / 4;
  OK(fencepost_producer_new(&settings, &producer));
  return producer;
}

/* In place of the system's: a disk that may refuse to make anything durable. */
static bool disk_fails;
int fdatasync(int file) {
  if (disk_fails) {
    errno = EIO;
    return -1;
  }
  return (int)syscall(SYS_fdatasync, file);
}

/* ------------------------------------------------------------------------------------ storage */

/* Programs bytes; a kill leaves some of them. */
static void append_to(int area, const uint8_t *bytes, size_t len) {
  size_t first = draw((uint32_t)len + 1);
  CHECK(world->area_len[area] + len <= AREA);
  memcpy(world->area[area] + world->area_len[area], bytes, first);
  world->area_len[area] += first;
  step();
  memcpy(world->area[area] + world->area_len[area], bytes + first, len - first);
  world->area_len[area] += len - first;
}

static void write_anew(void) {
  uint8_t buffer[FENCEPOST_JOURNAL_OVERHEAD + BATCH_MAX];
  fencepost_piece piece;
  fencepost_status status;
  size_t len;
  int other = !life->area;
  world->area_len[other] = 0;
  OK(fencepost_journal_compact(life->producer, NULL));
  while ((status = fencepost_journal_next_piece(life->producer, &piece)) == FENCEPOST_OK) {
    const uint8_t *bytes = piece.len ? world->area[life->area] + piece.at : NULL;
    CHECK(piece.kind == FENCEPOST_PIECE_BATCH || piece.len == 0);
    OK(fencepost_journal_rewrite(life->producer, bytes, piece.len, buffer, sizeof buffer, &len, NULL));
    append_to(other, buffer, len);
  }
  CHECK(status == FENCEPOST_NOT_FOUND);
  step();
  OK(fencepost_journal_replaced(life->producer, NULL));
  world->area_len[life->area] = 0;
  life->area = other;
}

static fencepost_status read_area(int area, fencepost_journal_summary *summary) {
  fencepost_journal_options options = options_of(CLUSTER);
  options.capacity = AREA;
  OK(fencepost_journal_recover(life->producer, &options));
  for (size_t wanted = 1; wanted;) {
    uint64_t from;
    size_t len;
    OK(fencepost_journal_offset(life->producer, &from));
    len = world->area_len[area] - (size_t)from;
    /* In pieces, as large as is asked for. */
    if (len > wanted) len = wanted;
    fencepost_status status =
        fencepost_journal_push(life->producer, world->area[area] + from, len,
                               from + len == world->area_len[area], &wanted, NULL);
    if (status != FENCEPOST_OK) return status;
  }
  return fencepost_journal_finish(life->producer, summary, NULL);
}

static void open_storage(void) {
  static const fencepost_place place = {"chip 17"};
  fencepost_journal_summary summaries[2] = {{0}};
  fencepost_status read[2];
  uint32_t which;
  for (int area = 0; area < 2; area++) {
    read[area] = read_area(area, &summaries[area]);
    /* A header that a power cut tore can't be told from damage: here it is known that nothing was
     * there before. */
    if (read[area] == FENCEPOST_JOURNAL_DAMAGE && world->area_len[area] < 64)
      read[area] = FENCEPOST_JOURNAL_INCOMPLETE;
  }
  if (fencepost_journal_newer((uint32_t)read[0], summaries[0].turn, (uint32_t)read[1],
                              summaries[1].turn, &which) != FENCEPOST_OK) {
    fencepost_journal_options options = options_of(CLUSTER);
    options.capacity = AREA;
    OK(fencepost_journal_begin(life->producer, &options));
    GIVES(FENCEPOST_STATE, fencepost_journal_begin(life->producer, &options));
    life->area = 0;
    write_anew();
    return;
  }
  life->area = (int)which;
  OK(read_area(life->area, &summaries[0]));
  OK(fencepost_journal_hold(life->producer, &place));
  if (summaries[0].tail == FENCEPOST_JOURNAL_TAIL_TORN) {
    world->torn++;
    write_anew();
  }
}

/* -------------------------------------------------------------------------------------- broker */

static fencepost_answer produce(const uint8_t *bytes, size_t len, int item) {
  fencepost_answer answer = {0};
  fencepost_context context = {0};
  fencepost_error error = FENCEPOST_ERROR_INIT;
  fencepost_batch batch;
  fencepost_admission admission;
  answer.struct_size = sizeof answer;
  answer.base_offset = answer.log_append_time = -1;
  if (draw(8) == 0) {
    answer.kind = FENCEPOST_ANSWER_TIMED_OUT;
    return answer;
  }
  context.struct_size = sizeof context;
  context.now_ms = world->now;
  OK(fencepost_batch_verify_crc(bytes, len, NULL));
  OK(fencepost_batch_read(bytes, len, &batch, NULL));
  if (fencepost_partition_admit(world->leader, &batch, &context, &admission, &error)) {
    answer.code = error.kafka_code;
  } else if (admission.verdict == FENCEPOST_VERDICT_DUPLICATE) {
    answer.base_offset = admission.first_offset;
  } else {
    OK(fencepost_partition_record(world->leader, &admission.ticket, world->log_end, NULL));
    answer.base_offset = world->log_end;
    CHECK(world->log_end < 4 * ITEMS);
    world->log[world->log_end++] = item;
  }
  if (draw(4) == 0) answer.kind = FENCEPOST_ANSWER_TIMED_OUT;
  return answer;
}

static void describe(int64_t id) {
  fencepost_described described = {0};
  fencepost_producer_description known;
  described.struct_size = sizeof described;
  world->resolved++;
  OK(fencepost_producer_describe(life->producer, 0, NULL));
  step();
  if (fencepost_partition_describe(world->leader, id, &known) == FENCEPOST_OK) {
    described.kind = FENCEPOST_DESCRIBED_LISTED;
    described.producer_epoch = known.producer_epoch;
    described.last_sequence = known.last_sequence;
  } else {
    described.kind = FENCEPOST_DESCRIBED_NOT_LISTED;
  }
  OK(fencepost_producer_handle_described(life->producer, 0, &described, world->now, NULL));
}

/* ---------------------------------------------------------------------------------- application */

static int item_of(uint64_t batch) {
  for (int n = 0; n < life->next; n++)
    if (life->names[n] == batch) return n;
  CHECK(!"a batch that nobody has the bytes of");
  return 0;
}

/* The records are durable from here on. */
static void make_durable(const uint8_t *buffer, size_t len) {
  step();
  if (life->in_file) {
    OK(fencepost_journal_commit(life->producer, world->now, NULL));
    GIVES(FENCEPOST_STATE, fencepost_journal_synced(life->producer));
  } else {
    append_to(life->area, buffer, len);
    OK(fencepost_journal_synced(life->producer));
  }
  step();
}

static void send_one(const fencepost_permit *permit, const uint8_t *buffer) {
  fencepost_attempt attempt;
  fencepost_answer answer;
  int item;
  if (permit->len) {
    GIVES(FENCEPOST_JOURNAL_NOT_YET, fencepost_journal_claim(life->producer, permit, &attempt));
    make_durable(buffer, permit->len);
  }
  OK(fencepost_journal_claim(life->producer, permit, &attempt));
  item = item_of(attempt.batch);
  OK(fencepost_batch_restamp(life->bytes[item], life->lens[item], &attempt.stamp, NULL));
  step();
  answer = produce(life->bytes[item], life->lens[item], item);
  step();
  OK(fencepost_producer_handle_response(life->producer, &attempt, &answer, world->now, NULL));
  GIVES(FENCEPOST_JOURNAL_VOID, fencepost_journal_claim(life->producer, permit, &attempt));
}

static bool send_next(void) {
  uint8_t buffer[FENCEPOST_JOURNAL_OVERHEAD + BATCH_MAX], *to = life->in_file ? NULL : buffer;
  fencepost_new_batch batch = {0};
  fencepost_payload payload = {0};
  fencepost_permit permit;
  fencepost_status may, did;
  int item = life->next;
  if (item == ITEMS) return false;
  batch.struct_size = sizeof batch;
  batch.records = 1;
  batch.max_timestamp = batch.created_ms = world->now;
  payload.struct_size = sizeof payload;
  life->lens[item] = build(life->bytes[item], BATCH_MAX, 1, NULL, 0);
  payload.bytes = life->bytes[item];
  payload.bytes_len = life->lens[item];
  payload.cursor = cursor_of(item);
  may = fencepost_producer_may_assign(life->producer, 0, &batch, world->now, NULL);
  did = fencepost_journal_assign(life->producer, 0, &batch, &payload, world->now, to,
                                 to ? sizeof buffer : 0, &permit, NULL);
  /* Asked beforehand, a batch is as if it were empty: it may be too long for what is left. */
  CHECK(may == did || (may == FENCEPOST_OK && did == FENCEPOST_JOURNAL_FULL));
  world->put_off += may == FENCEPOST_PRODUCER_UNSETTLED;
  if (did != FENCEPOST_OK) return false;
  life->names[item] = permit.batch;
  life->next++;
  send_one(&permit, buffer);
  return true;
}

static bool verdicts(void) {
  uint8_t buffer[FENCEPOST_JOURNAL_OVERHEAD];
  fencepost_ended ended;
  fencepost_status status;
  bool needs, any = false;
  for (;;) {
    OK(fencepost_journal_needs_trim(life->producer, 0, &needs));
    if (needs && !life->in_file) {
      size_t len;
      OK(fencepost_journal_trim(life->producer, 0, buffer, sizeof buffer, &len, NULL));
      make_durable(buffer, len);
    }
    status = life->in_file ? fencepost_journal_take_verdict(life->producer, 0, world->now, &ended,
                                                            NULL, 0, NULL)
                           : fencepost_producer_take_verdict(life->producer, 0, &ended, NULL, 0);
    if (status == FENCEPOST_NOT_FOUND) return any;
    OK(status);
    CHECK(ended.verdict == FENCEPOST_OUTCOME_WRITTEN);
    world->told[item_of(ended.batch)]++;
    any = true;
  }
}

static void bind_partition(void) {
  static const fencepost_topic_partition orders = {"orders", 0, 0};
  fencepost_bound bound;
  fencepost_journaled_batch kept;
  OK(fencepost_journal_bind(life->producer, 0, &orders, world->now, &bound, NULL));
  GIVES(FENCEPOST_JOURNAL_BOUND,
        fencepost_journal_bind(life->producer, 0, &orders, world->now, &bound, NULL));
  CHECK(bound.kind != FENCEPOST_BOUND_RECREATED);
  life->next = behind(&bound.cursor);
  for (uint32_t n = 0; n < bound.undecided; n++) {
    int item;
    OK(fencepost_journal_undecided(life->producer, 0, n, &kept));
    item = behind(&kept.cursor) - 1;
    CHECK(item >= life->next && item < ITEMS && kept.records == 1 && kept.len <= BATCH_MAX);
    life->names[item] = kept.batch;
    if (life->in_file) {
      OK(fencepost_journal_read(life->producer, 0, kept.batch, life->bytes[item], BATCH_MAX,
                                &life->lens[item], NULL));
      CHECK(life->lens[item] == kept.len);
    } else {
      memcpy(life->bytes[item], world->area[life->area] + kept.at, kept.len);
      life->lens[item] = kept.len;
    }
    life->next = item + 1;
  }
  GIVES(FENCEPOST_NOT_FOUND,
        fencepost_journal_undecided(life->producer, 0, bound.undecided, &kept));
}

static void compact_if_long(void) {
  fencepost_journal_info info;
  OK(fencepost_journal_look(life->producer, &info));
  CHECK(info.in_file == life->in_file && info.durable_len <= info.len);
  if (!info.should_compact) return;
  if (life->in_file) OK(fencepost_journal_compact(life->producer, NULL));
  else write_anew();
}

/* From its start until all is written; a kill may end it before. */
static void live(bool in_file) {
  fencepost_journal_options options = options_of(CLUSTER);
  fencepost_journal_summary summary;
  bool wanted;
  int64_t when;
  life = calloc(1, sizeof *life);
  CHECK(life);
  life->in_file = in_file;
  life->producer = journaled();
  memset(life->names, 0xff, sizeof life->names); /* no batch has that name */
  options.capacity = AREA;
  if (in_file) {
    OK(fencepost_journal_open(life->producer, path, strlen(path), &options, &summary, NULL));
    world->torn += summary.tail == FENCEPOST_JOURNAL_TAIL_TORN;
  } else {
    open_storage();
  }
  OK(fencepost_producer_poll_identity(life->producer, &wanted));
  if (wanted) OK(fencepost_producer_handle_identity(life->producer, 4000 + world->ids_given++, 0, NULL));
  bind_partition();
  for (int left = 100000; left; left--) {
    uint8_t buffer[FENCEPOST_JOURNAL_OVERHEAD];
    fencepost_next todo;
    fencepost_permit permit;
    uint32_t on_wire;
    int64_t oldest;
    step();
    OK(fencepost_producer_undecided(life->producer, 0, &on_wire, &oldest));
    if (!verdicts() && oldest < 0 && life->next == ITEMS) break;
    compact_if_long();
    OK(fencepost_producer_poll(life->producer, 0, world->now, &todo));
    switch (todo.kind) {
    case FENCEPOST_NEXT_SEND:
      OK(fencepost_journal_resend(life->producer, 0, world->now, in_file ? NULL : buffer,
                                  in_file ? 0 : sizeof buffer, &permit, NULL));
      send_one(&permit, buffer);
      break;
    case FENCEPOST_NEXT_DESCRIBE: describe(todo.producer_id); break;
    case FENCEPOST_NEXT_TIMEOUT: OK(fencepost_producer_handle_timeout(life->producer, 0, world->now)); break;
    case FENCEPOST_NEXT_SPLIT: CHECK(!"nothing is too large"); break;
    default:
      if (!send_next() && fencepost_producer_poll_timeout(life->producer, 0, &when) == FENCEPOST_OK)
        world->now = when > world->now ? when : world->now + 1;
    }
    CHECK(left > 1);
  }
  fencepost_producer_free(life->producer);
  free(life);
}

static void begin_world(uint64_t seed) {
  fencepost_partition_config config = {0};
  memset(world, 0, sizeof *world);
  world->random_state = seed;
  world->now = 1700000000000;
  config.struct_size = sizeof config;
  config.producers = 2;
  config.seed = 1;
  OK(fencepost_partition_init(world->room, sizeof world->room, &config, &world->leader));
  remove(path);
  remove("journal-of-the-test.lock");
}

static void killed_and_back(bool in_file, uint64_t seed) {
  begin_world(seed);
  for (;;) {
    int status;
    pid_t child;
    fflush(stdout);
    /* Each life is a little longer, so that the last one ends. */
    world->fuse = 1 + (int)draw(20 + 10 * (uint32_t)world->kills);
    child = fork();
    CHECK(child >= 0);
    if (child == 0) {
      live(in_file);
      _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child);
    if (WIFSIGNALED(status)) {
      CHECK(WTERMSIG(status) == SIGKILL);
      world->kills++;
      continue;
    }
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    break;
  }
  CHECK(world->log_end == ITEMS && world->ids_given <= 1 + world->kills);
  for (int n = 0; n < ITEMS; n++) CHECK(world->log[n] == n);
  {
    /* All of it under one id: no second one is known. */
    fencepost_producer_description known;
    int ids = 0;
    for (int n = 0; n < world->ids_given; n++)
      ids += fencepost_partition_describe(world->leader, 4000 + n, &known) == FENCEPOST_OK;
    CHECK(ids == 1);
  }
  OK(fencepost_partition_fini(world->leader));
}

/* ----------------------------------------------------------------------------- what is refused */

static void states(void) {
  fencepost_producer *producer = journaled(), *plain;
  fencepost_producer_settings settings = {0};
  fencepost_journal_options options = options_of(CLUSTER);
  fencepost_journal_summary summary;
  fencepost_new_batch batch = {0};
  fencepost_attempt attempt;
  uint64_t offset;
  size_t size;
  bool wanted;
  batch.struct_size = sizeof batch;
  batch.records = 1;
  settings.struct_size = sizeof settings;
  settings.partitions = 3;
  OK(fencepost_producer_size(&settings, &size));
  CHECK(size <= FENCEPOST_PRODUCER_SIZE(3));
  OK(fencepost_producer_new(&settings, &plain));
  settings.journaled = 1;
  OK(fencepost_producer_size(&settings, &size));
  CHECK(size <= FENCEPOST_JOURNALED_PRODUCER_SIZE(3));
  CHECK(fencepost_journal_overhead() <= FENCEPOST_JOURNAL_OVERHEAD);
  settings.transactional = 1;
  GIVES(FENCEPOST_VALUE, fencepost_producer_size(&settings, &size));
  /* Without a journal, and before it is open. */
  options.capacity = AREA;
  GIVES(FENCEPOST_STATE, fencepost_journal_begin(plain, &options));
  options.capacity = 0;
  GIVES(FENCEPOST_STATE, fencepost_producer_poll_identity(producer, &wanted));
  GIVES(FENCEPOST_STATE, fencepost_producer_handle_identity(producer, 1, 0, NULL));
  GIVES(FENCEPOST_STATE, fencepost_journal_offset(producer, &offset));
  GIVES(FENCEPOST_STATE, fencepost_journal_finish(producer, &summary, NULL));
  GIVES(FENCEPOST_STATE, fencepost_journal_hold(producer, NULL));
  GIVES(FENCEPOST_STATE, fencepost_journal_commit(producer, 0, NULL));
  GIVES(FENCEPOST_VALUE, fencepost_journal_begin(producer, &options)); /* no capacity */
  options.capacity = AREA;
  options.cluster_id_len = 0;
  GIVES(FENCEPOST_VALUE, fencepost_journal_begin(producer, &options));
  options = options_of(CLUSTER);
  GIVES(FENCEPOST_VALUE, fencepost_journal_open(producer, "..", 2, &options, &summary, NULL));
  options.capacity = AREA;
  OK(fencepost_journal_begin(producer, &options));
  /* What is not journaled can't be sent. */
  OK(fencepost_producer_handle_identity(producer, 7, 0, NULL));
  GIVES(FENCEPOST_STATE, fencepost_producer_assign(producer, 0, &batch, 0, &attempt, NULL));
  GIVES(FENCEPOST_STATE, fencepost_producer_resend(producer, 0, 0, &attempt, NULL));
  GIVES(FENCEPOST_STATE, fencepost_producer_bump(producer, 0, 0, NULL));
  fencepost_producer_free(plain);
  fencepost_producer_free(producer);
}

static fencepost_status assign(fencepost_producer *producer, int item, fencepost_permit *permit,
                               fencepost_error *error) {
  fencepost_new_batch batch = {0};
  fencepost_payload payload = {0};
  static const uint8_t bytes[600] = {1};
  batch.struct_size = sizeof batch;
  batch.records = 1;
  batch.max_timestamp = batch.created_ms = 1000;
  payload.struct_size = sizeof payload;
  payload.bytes = bytes;
  payload.bytes_len = sizeof bytes;
  payload.cursor = cursor_of(item);
  return fencepost_journal_assign(producer, 0, &batch, &payload, 1000, NULL, 0, permit, error);
}

static void may_grow_by(long bytes) {
  struct rlimit limit;
  FILE *file = fopen(path, "rb");
  CHECK(file && fseek(file, 0, SEEK_END) == 0 && getrlimit(RLIMIT_FSIZE, &limit) == 0);
  limit.rlim_cur = bytes < 0 ? limit.rlim_max : (rlim_t)(ftell(file) + bytes);
  CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
  fclose(file);
}

/* After a sync that failed nobody knows what the file holds: the producer ends, and is opened again. */
static void a_failed_sync(void) {
  char text[300];
  fencepost_error error = FENCEPOST_ERROR_WITH(text);
  fencepost_journal_options options = options_of(CLUSTER);
  fencepost_journal_summary summary;
  fencepost_topic_partition orders = {"orders", 0, 0};
  fencepost_producer *producer = journaled();
  fencepost_permit permit;
  fencepost_attempt attempt;
  fencepost_bound bound;
  fencepost_ended ended;
  remove(path);
  remove("journal-of-the-test.lock");
  OK(fencepost_journal_open(producer, path, strlen(path), &options, &summary, &error));
  OK(fencepost_producer_handle_identity(producer, 4000, 0, NULL));
  OK(fencepost_journal_bind(producer, 0, &orders, 1000, &bound, NULL));
  OK(assign(producer, 0, &permit, NULL));
  disk_fails = true;
  GIVES(FENCEPOST_JOURNAL_POISONED, fencepost_journal_commit(producer, 1000, &error));
  CHECK(error.got == EIO && strstr(text, "open it again"));
  disk_fails = false;
  GIVES(FENCEPOST_JOURNAL_NOT_YET, fencepost_journal_claim(producer, &permit, &attempt));
  GIVES(FENCEPOST_JOURNAL_POISONED, fencepost_journal_commit(producer, 1000, &error));
  GIVES(FENCEPOST_NOT_FOUND, fencepost_journal_take_verdict(producer, 0, 1000, &ended, NULL, 0, NULL));
  fencepost_producer_free(producer);
  producer = journaled();
  OK(fencepost_journal_open(producer, path, strlen(path), &options, &summary, &error));
  OK(fencepost_journal_bind(producer, 0, &orders, 1000, &bound, NULL));
  /* Here it was written after all; nothing of it was sent, and the leader is asked. */
  CHECK(bound.undecided == 1);
  fencepost_producer_free(producer);
}

static void copy(const char *from, const char *to) {
  char bytes[1 << 14];
  FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
  CHECK(in && out);
  size_t len = fread(bytes, 1, sizeof bytes, in);
  CHECK(fwrite(bytes, 1, len, out) == len);
  fclose(in);
  CHECK(fclose(out) == 0);
}

static void change(long at, const char *bytes, size_t len) {
  FILE *file = fopen(path, "r+b");
  CHECK(file && fseek(file, at, at < 0 ? SEEK_END : SEEK_SET) == 0 && fwrite(bytes, 1, len, file) == len);
  CHECK(fclose(file) == 0);
}

static void files(void) {
  char text[300];
  fencepost_error error = FENCEPOST_ERROR_WITH(text);
  fencepost_journal_options options = options_of(CLUSTER), foreign = options_of("another");
  fencepost_journal_summary summary;
  fencepost_topic_partition orders = {"orders", 0, 0};
  fencepost_producer *first = journaled(), *second = journaled();
  fencepost_permit permit;
  fencepost_attempt attempt;
  fencepost_bound bound;
  fencepost_ended ended;
  fencepost_unwritten unwritten;
  fencepost_answer answer = {0};
  begin_world(1);
  OK(fencepost_journal_open(first, path, strlen(path), &options, &summary, &error));
  CHECK(summary.created && summary.tail == FENCEPOST_JOURNAL_TAIL_CLEAN && summary.end > 0);
  OK(fencepost_producer_handle_identity(first, 4000, 0, NULL));
  /* One holder. */
  GIVES(FENCEPOST_JOURNAL_HELD, fencepost_journal_open(second, path, strlen(path), &options, &summary, &error));
  CHECK(error.status == FENCEPOST_JOURNAL_HELD && strstr(text, path) && strstr(text, "holds"));
  /* A permit waits for the commit, and is claimed once. */
  GIVES(FENCEPOST_JOURNAL_NOT_BOUND, assign(first, 0, &permit, &error));
  OK(fencepost_journal_bind(first, 0, &orders, 1000, &bound, NULL));
  OK(assign(first, 0, &permit, NULL));
  GIVES(FENCEPOST_JOURNAL_NOT_YET, fencepost_journal_claim(first, &permit, &attempt));
  GIVES(FENCEPOST_JOURNAL_UNSYNCED, fencepost_journal_compact(first, &error));
  OK(fencepost_journal_commit(first, 1000, NULL));
  permit.number++;
  GIVES(FENCEPOST_JOURNAL_VOID, fencepost_journal_claim(first, &permit, &attempt));
  permit.number--;
  /* What is kept for later versions is 0, and a permit that was refused for it is as good as before. */
  permit.reserved[1] = 1;
  GIVES(FENCEPOST_VALUE, fencepost_journal_claim(first, &permit, &attempt));
  permit.reserved[1] = 0;
  OK(fencepost_journal_claim(first, &permit, &attempt));
  GIVES(FENCEPOST_JOURNAL_VOID, fencepost_journal_claim(first, &permit, &attempt));
  answer.struct_size = sizeof answer;
  attempt.reserved[4] = 1;
  GIVES(FENCEPOST_VALUE, fencepost_producer_handle_response(first, &attempt, &answer, 1000, NULL));
  attempt.reserved[4] = 0;
  OK(fencepost_producer_handle_response(first, &attempt, &answer, 1000, NULL));
  OK(fencepost_journal_take_verdict(first, 0, 1000, &ended, NULL, 0, NULL));
  CHECK(ended.verdict == FENCEPOST_OUTCOME_WRITTEN);
  /* A full disk: nothing of it was sent, the batch ends as not written, and the journal goes on. */
  signal(SIGXFSZ, SIG_IGN);
  OK(assign(first, 1, &permit, NULL));
  may_grow_by(100);
  GIVES(FENCEPOST_JOURNAL_DISK_FULL, fencepost_journal_commit(first, 1000, &error));
  may_grow_by(-1);
  CHECK(error.got != 0 && strstr(text, "appending"));
  GIVES(FENCEPOST_JOURNAL_VOID, fencepost_journal_claim(first, &permit, &attempt));
  OK(fencepost_journal_take_verdict(first, 0, 1000, &ended, text, sizeof text, NULL));
  CHECK(ended.verdict == FENCEPOST_OUTCOME_NOT_WRITTEN && ended.batch == permit.batch);
  OK(assign(first, 1, &permit, NULL));
  OK(fencepost_journal_commit(first, 1000, NULL));
  /* Given up, it was never sent: told only after a record of that is durable. */
  OK(fencepost_journal_claim(first, &permit, &attempt));
  answer.kind = FENCEPOST_ANSWER_NOT_SENT;
  OK(fencepost_producer_handle_response(first, &attempt, &answer, 1000, NULL));
  OK(fencepost_producer_give_up(first, 0, permit.batch, 1000, NULL));
  GIVES(FENCEPOST_NOT_FOUND, fencepost_producer_take_verdict(first, 0, &ended, NULL, 0));
  OK(fencepost_journal_take_verdict(first, 0, 1000, &ended, NULL, 0, NULL));
  CHECK(ended.verdict == FENCEPOST_OUTCOME_NOT_WRITTEN && ended.cause == FENCEPOST_CAUSE_GIVEN_UP);
  OK(fencepost_journal_unwritten(first, 0, 0, &unwritten));
  CHECK(unwritten.verdict == FENCEPOST_OUTCOME_NOT_WRITTEN && behind(&unwritten.cursor) == 2);
  GIVES(FENCEPOST_NOT_FOUND, fencepost_journal_unwritten(first, 0, 1, &unwritten));
  fencepost_producer_free(first);
  /* Another cluster's. */
  GIVES(FENCEPOST_JOURNAL_OTHER_CLUSTER,
        fencepost_journal_open(second, path, strlen(path), &foreign, &summary, &error));
  CHECK(strstr(text, CLUSTER));
  /* A copy. */
  copy(path, "journal-copied");
  remove("journal-copied.lock");
  GIVES(FENCEPOST_JOURNAL_MOVED, fencepost_journal_open(second, "journal-copied", 14, &options, &summary, &error));
  options.adopt = 1;
  OK(fencepost_journal_open(second, "journal-copied", 14, &options, &summary, &error));
  options.adopt = 0;
  fencepost_producer_free(second);
  /* A torn tail is cut off, damage is not. */
  second = journaled();
  copy(path, "journal-whole");
  change(-1, "half", 4);
  OK(fencepost_journal_open(second, path, strlen(path), &options, &summary, &error));
  CHECK(summary.tail == FENCEPOST_JOURNAL_TAIL_TORN && !summary.created && summary.generation == 2);
  fencepost_producer_free(second);
  second = journaled();
  copy("journal-whole", path);
  change(50, "!", 1);
  GIVES(FENCEPOST_JOURNAL_DAMAGE, fencepost_journal_open(second, path, strlen(path), &options, &summary, &error));
  CHECK(error.position > 0 && error.position <= 50 && error.expected > 50 && strstr(text, "damage at byte"));
  GIVES(FENCEPOST_JOURNAL_IO, fencepost_journal_open(second, "no/such/folder", 14, &options, &summary, &error));
  CHECK(error.got != 0 && strstr(text, "no/such/folder"));
  /* What could not be opened can be tried again. */
  copy("journal-whole", path);
  OK(fencepost_journal_open(second, path, strlen(path), &options, &summary, &error));
  fencepost_producer_free(second);
  OK(fencepost_partition_fini(world->leader));
}

/* Its argument: how many worlds of each kind, 4 if there is none. */
int main(int argc, char **argv) {
  int lives = 0, resolved = 0, torn = 0, put_off = 0;
  uint64_t worlds = argc > 1 ? strtoull(argv[1], NULL, 10) : 4;
  char folder[] = "/tmp/fencepost-journal-XXXXXX";
  CHECK(mkdtemp(folder) && chdir(folder) == 0);
  world = mmap(NULL, sizeof *world, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  CHECK(world != MAP_FAILED);
  states();
  files();
  a_failed_sync();
  for (uint64_t seed = 1; seed <= worlds; seed++) {
    for (int in_file = 0; in_file < 2; in_file++) {
      killed_and_back(in_file, seed);
      lives += world->kills + 1;
      resolved += world->resolved;
      torn += world->torn;
      put_off += world->put_off;
    }
  }
  CHECK(lives > 10 && resolved > 10 && torn > 0 && put_off > 0);
  remove(path);
  remove("journal-of-the-test.lock");
  remove("journal-copied");
  remove("journal-copied.lock");
  remove("journal-whole");
  CHECK(chdir("/") == 0 && rmdir(folder) == 0);
  printf("journal: %d lives, %d questions, %d torn tails, every record once and in order\n", lives,
         resolved, torn);
  return 0;
}
