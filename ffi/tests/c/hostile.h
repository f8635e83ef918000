/* What a caller who means harm, or a mistake, hands over. Memory is allocated to the byte, so that a
 * sanitizer sees whoever reads or writes one too many. */
#ifndef HOSTILE_H
#define HOSTILE_H

#include <fencepost.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The status must be one of those that are declared, and no panic. */
#define CHECK_STATUS(call)                                                       \
  do {                                                                           \
    fencepost_status status_ = (call);                                           \
    seen_status((uint32_t)status_, #call);                                       \
  } while (0)

static uint64_t random_state = 1;
static uint64_t draw(uint64_t below) {
  random_state = random_state * 6364136223846793005u + 1442695040888963407u;
  return (random_state >> 33) % below;
}

/* Half of the calls mean no harm: what they are given could be right, so that they get somewhere. */
static bool mild;

static unsigned long refused_before, refused_after, done, calls;
/* Which function is being called, and how often each has done what it is for. */
static size_t calling;
static unsigned long done_by[1024];

/* With PLANTED some calls panic, and poison what they were on until all begins anew. */
static unsigned long panicked_by[1024];
static bool is_planted, has_panicked;
#ifdef PLANTED
void fencepost_planted_panic(uint32_t when);
static void plant(uint32_t when) {
  is_planted = when != 0;
  fencepost_planted_panic(when);
}
#else
static void plant(uint32_t when) { (void)when; }
#endif

static void seen_status(uint32_t status, const char *call) {
  calls++;
  if (is_planted && status == FENCEPOST_PANIC) {
    panicked_by[calling]++;
    has_panicked = true;
    return;
  }
  if (has_panicked && status == FENCEPOST_POISONED) return;
  if (strcmp(fencepost_status_name(status), "unknown status") == 0 ||
      status == FENCEPOST_PANIC || status == FENCEPOST_POISONED) {
    fprintf(stderr, "%s: status %u, %s\n", call, status, fencepost_status_str(status));
    abort();
  }
  if (status == FENCEPOST_OK) done++, done_by[calling]++;
  else if (status < 100) refused_before++;
  else refused_after++;
}

/* What one call was handed, freed after it. */
static void *blocks[64];
static size_t block_sizes[64];
static size_t block_count;

static void *block(size_t size) {
  void *made = malloc(size ? size : 1);
  if (!made) abort();
  if (block_count == 64) abort();
  blocks[block_count] = made;
  block_sizes[block_count++] = size;
  return made;
}

static void call_ends(void) {
  while (block_count) free(blocks[--block_count]);
}

static void scribble(void *at, size_t size) {
  unsigned char *bytes = (unsigned char *)at;
  uint64_t kind = mild ? 2 * draw(2) : draw(5);
  for (size_t n = 0; n < size; n++) {
    switch (kind) {
    case 0: bytes[n] = 0; break;
    case 1: bytes[n] = (unsigned char)draw(256); break;
    case 2: bytes[n] = (n % 4) ? 0 : (unsigned char)draw(8); break;
    case 3: bytes[n] = 0xff; break;
    default: bytes[n] = draw(20) ? 0 : (unsigned char)draw(256); break;
    }
  }
}

/* A name that cannot be guessed: of an undecided batch. */
static uint64_t a_ticket;
static uint64_t number(void) {
  static const uint64_t edges[] = {0, 1, 2, 3, 4, 5, 7, 60, 61, 100, 127, 128, 32767, 65535, 1000,
                                   0x7fffffff, 0x80000000, 0xffffffff, 0x100000000,
                                   0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff};
  if (mild && draw(8) == 0) return a_ticket;
  if (mild) return draw(4) ? draw(3) : 1000 + draw(200);
  if (draw(4) == 0) return draw(3) ? draw(10) : (draw(0x80000000) << 33) ^ draw(0x80000000);
  return edges[draw(sizeof edges / sizeof *edges)];
}

/* A length for an array of elements of which so many are there: right, short, or no length at all. */
static size_t length_of(size_t elements) {
  if (mild) return elements;
  switch (draw(6)) {
  case 0: return draw(elements + 1);
  case 1: return SIZE_MAX - draw(3);
  case 2: return (size_t)PTRDIFF_MAX + 1 + draw(3);
  default: return elements;
  }
}

/* NULL, misaligned, at the end of memory, or what another parameter has already: if this call is to be
 * so. `end` says that only the whole size is no size there. */
static bool spoilt(void **out, size_t size, bool *end, bool share) {
  *end = false;
  if (mild) return false;
  switch (draw(24)) {
  case 0: *out = NULL; return true;
  case 1: *out = (char *)block(size + 16) + 1 + 2 * draw(3); return true;
  case 2:
    *out = (void *)(size < 16 ? UINTPTR_MAX : (UINTPTR_MAX - size / 2) & ~(uintptr_t)7);
    *end = true;
    return true;
  case 3:
    for (size_t n = 0; share && n < block_count; n++)
      if (block_sizes[n] >= size && size) {
        *out = blocks[n];
        return true;
      }
    return false;
  default: return false;
  }
}

/* A plain struct, or an array of them. */
static void *plain(size_t size) {
  void *made;
  bool end;
  if (spoilt(&made, size, &end, true)) return made;
  made = block(size);
  scribble(made, size);
  return made;
}

/* A struct of options: of any age. Members are made of `filled`, which is as large as today's. */
/* `followed` if it has pointers, which other bytes must not be taken for. */
static void *sized(const void *filled, size_t size, bool followed) {
  void *made;
  uint32_t says;
  bool end;
  if (spoilt(&made, size, &end, !followed)) return made;
  switch (mild ? 9 : draw(10)) {
  case 0: says = (uint32_t)(draw(size) & ~(uint64_t)7); break;
  case 1: says = (uint32_t)(size + 8 * (1 + draw(4))); break;
  case 2: says = (uint32_t)(size + 1 + draw(7)); break;
  case 3: says = 0; break;
  case 4: says = 5000 + (uint32_t)draw(1u << 31); break;
  default: says = (uint32_t)size; break;
  }
  {
    size_t there = says <= 4096 && says > size ? says : size;
    made = block(there);
    memset(made, 0, there);
    memcpy(made, filled, size);
    if (there > size && draw(2)) ((char *)made)[size + draw(there - size)] = 1;
    memcpy(made, &says, sizeof says);
  }
  return made;
}

/* A batch that is right, in which something may be changed. */
static uint8_t batch_bytes[256];
static size_t batch_len;

/* A journal that is right. */
static uint8_t journal_bytes[2048];
static size_t journal_len;

static void *bytes_of(size_t *len) {
  void *made;
  bool end;
  const uint8_t *right = draw(4) ? batch_bytes : journal_bytes;
  size_t right_len = right == batch_bytes ? batch_len : journal_len;
  size_t there = draw(3) ? right_len : mild ? 4000 * draw(2) : draw(draw(4) ? 400 : 4000);
  *len = length_of(there);
  if (spoilt(&made, there, &end, true)) {
    if (end && *len <= PTRDIFF_MAX) *len = there;
    return made;
  }
  made = block(there);
  scribble(made, there);
  if (mild || draw(4)) {
    size_t n = there < right_len ? there : right_len;
    memcpy(made, right, n);
    if (draw(mild ? 8 : 2) == 1 && n) ((uint8_t *)made)[draw(n)] ^= (uint8_t)(1u << draw(8));
  }
  return made;
}

/* An array whose elements are filled by `fill`, if there is one. */
static void *array_of(size_t element, size_t *len, void (*fill)(void *)) {
  void *made;
  bool end;
  size_t there = draw(9);
  *len = length_of(there);
  if (spoilt(&made, element * there, &end, !fill)) {
    if (end && *len <= PTRDIFF_MAX / element) *len = there;
    /* A misaligned block holds nothing that may be followed. */
    if (fill && !end && made && *len <= PTRDIFF_MAX / element) *len = 1;
    return made;
  }
  made = block(element * there);
  scribble(made, element * there);
  for (size_t n = 0; fill && n < there; n++) fill((char *)made + n * element);
  return made;
}

/* How many of something there is to be memory for: few, or more than there can be. Where memory is
 * not bounded it is always few: 4 GiB can be had. */
static bool is_bounded;
static uint32_t capacity(void) {
  return mild || draw(4) || !is_bounded ? (uint32_t)draw(6) : UINT32_MAX - (uint32_t)draw(3);
}

/* Memory for a handle. */
static void *memory_of(size_t *len) {
  static _Alignas(FENCEPOST_ALIGN) unsigned char room[1 << 16];
  *len = length_of(draw(4) ? sizeof room : draw(2000));
  switch (mild ? 7 : draw(8)) {
  case 0: return NULL;
  case 1:
    if (*len <= PTRDIFF_MAX) *len = sizeof room - 64;
    return room + 1 + draw(62);
  default: memset(room, (int)draw(3), sizeof room); return room;
  }
}

/* Handles that are none: never initialised, ended, or of another type. */
static _Alignas(FENCEPOST_ALIGN) unsigned char nothing[1 << 14];
/* Where a file may be, or can't be; the working directory is a scratch folder. */
static void *path_of(size_t *len) {
  static const char *const paths[] = {"open.journal", "held.journal", "no/such/folder", ".", "", "..",
                                      "a\0b", "batch.journal"};
  const char *path = paths[draw(sizeof paths / sizeof *paths)];
  void *made;
  bool end;
  size_t there = strlen(path) + (path[0] == 'a' ? 2 : 0);
  *len = length_of(there);
  if (spoilt(&made, there, &end, false)) {
    if (end && *len <= PTRDIFF_MAX) *len = there;
    return made;
  }
  made = block(there);
  if (there) memcpy(made, path, there);
  return made;
}

/* Producers with a journal: one that is not open, one in memory, one in a file. */
static fencepost_journal_options journal_options(void) {
  fencepost_journal_options options = {sizeof options, 0, (const uint8_t *)"a cluster", 9, 1 << 16, 0, 0};
  return options;
}

static fencepost_producer *closed_journal(void) {
  fencepost_producer_settings settings = {sizeof settings, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0};
  fencepost_producer *producer;
  if (fencepost_producer_new(&settings, &producer)) abort();
  return producer;
}

static void bind_journal(fencepost_producer *producer) {
  fencepost_topic_partition of = {"a topic", 0, 0};
  fencepost_bound bound;
  if (fencepost_producer_handle_identity(producer, 7, 0, NULL)) abort();
  if (fencepost_journal_bind(producer, 0, &of, 1000, &bound, NULL)) abort();
  of.partition = 1;
  if (fencepost_journal_bind(producer, 1, &of, 1000, &bound, NULL)) abort();
}

/* A batch of two records is journaled, sent and answered. */
static void answered(fencepost_producer *producer, fencepost_answer_kind kind, int16_t code) {
  fencepost_new_batch batch = {sizeof batch, 2, 1000, 1000};
  fencepost_payload payload = {sizeof payload, 0, (const uint8_t *)"bytes", 5, {4, "here"}, 0};
  fencepost_answer answer = {sizeof answer, kind, code, {0}, 0, -1, 0};
  fencepost_journal_info info;
  fencepost_permit permit;
  fencepost_attempt attempt;
  uint8_t *to = journal_bytes + journal_len;
  if (fencepost_journal_look(producer, &info)) abort();
  if (fencepost_journal_assign(producer, 0, &batch, &payload, 1000, info.in_file ? NULL : to,
                               info.in_file ? 0 : sizeof journal_bytes - journal_len, &permit, NULL)) abort();
  if (info.in_file ? fencepost_journal_commit(producer, 1000, NULL) : fencepost_journal_synced(producer)) abort();
  if (!info.in_file) journal_len += permit.len;
  if (fencepost_journal_claim(producer, &permit, &attempt)) abort();
  if (fencepost_producer_handle_response(producer, &attempt, &answer, 1000, NULL)) abort();
}

/* One batch is written, one was given up, one waits to be sent again. */
static fencepost_producer *stored_journal(void) {
  fencepost_producer *producer = closed_journal();
  fencepost_journal_options options = journal_options();
  fencepost_piece piece;
  fencepost_ended ended;
  size_t len;
  journal_len = 0;
  if (fencepost_journal_begin(producer, &options)) abort();
  if (fencepost_journal_compact(producer, NULL)) abort();
  while (!fencepost_journal_next_piece(producer, &piece)) {
    if (fencepost_journal_rewrite(producer, NULL, 0, journal_bytes + journal_len,
                                  sizeof journal_bytes - journal_len, &len, NULL)) abort();
    journal_len += len;
  }
  if (fencepost_journal_replaced(producer, NULL)) abort();
  bind_journal(producer);
  answered(producer, FENCEPOST_ANSWER_RESPONSE, 0);
  answered(producer, FENCEPOST_ANSWER_NOT_SENT, 0);
  if (fencepost_producer_give_up(producer, 0, 1, 1000, NULL)) abort();
  if (fencepost_producer_take_verdict(producer, 0, &ended, NULL, 0)) abort();
  if (fencepost_journal_trim(producer, 0, journal_bytes + journal_len, sizeof journal_bytes - journal_len,
                             &len, NULL)) abort();
  journal_len += len;
  if (fencepost_journal_synced(producer)) abort();
  if (fencepost_producer_take_verdict(producer, 0, &ended, NULL, 0)) abort();
  answered(producer, FENCEPOST_ANSWER_RESPONSE, 6); /* NOT_LEADER_OR_FOLLOWER */
  return producer;
}

/* One batch waits for its verdict to be heard, one is to be split. */
static fencepost_producer *filed_journal(void) {
  fencepost_producer *producer = closed_journal();
  fencepost_journal_options options = journal_options();
  fencepost_journal_summary summary;
  remove("held.journal");
  remove("held.journal.lock");
  remove("open.journal");
  remove("open.journal.lock");
  if (fencepost_journal_open(producer, "held.journal", 12, &options, &summary, NULL)) abort();
  bind_journal(producer);
  answered(producer, FENCEPOST_ANSWER_RESPONSE, 0);
  answered(producer, FENCEPOST_ANSWER_RESPONSE, 10);
  return producer;
}

/* One of which nothing was read yet, and one that is read but not held. */
static fencepost_producer *begun_journal(void) {
  fencepost_producer *producer = closed_journal();
  fencepost_journal_options options = journal_options();
  if (fencepost_journal_recover(producer, &options)) abort();
  return producer;
}

static fencepost_producer *read_journal(void) {
  fencepost_producer *producer = begun_journal();
  size_t wanted;
  if (fencepost_journal_push(producer, journal_bytes, journal_len, 1, &wanted, NULL) || wanted) abort();
  return producer;
}

/* A partition with three batches under way. */
static fencepost_partition *undecided_partition(void) {
  fencepost_partition_config config = {sizeof config, 4, 4, 4, 4, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0};
  fencepost_partition *partition;
  fencepost_batch batch;
  fencepost_context context = {sizeof context, 0, 0, 0, 0, 0, 0, 0};
  fencepost_pipelined begun;
  memset(&batch, 0, sizeof batch);
  batch.header.records_count = 1;
  if (fencepost_partition_new(&config, &partition)) abort();
  for (batch.header.base_sequence = 0; batch.header.base_sequence < 3; batch.header.base_sequence++) {
    if (fencepost_pipeline_begin(partition, &batch, &context, &begun, NULL)) abort();
    if (batch.header.base_sequence == 0) a_ticket = begun.ticket;
  }
  return partition;
}

/* A transactional client whose requests up to here are answered; the next one is in flight, as number
 * 1, if there is one. */
static fencepost_transaction_manager *manager_at(int step) {
  fencepost_transaction_manager_config config = {sizeof config, 4, 0, 0, 0, 0};
  fencepost_transaction_manager *manager;
  fencepost_transaction_request request;
  fencepost_transaction_step led;
  fencepost_transaction_result result;
  if (fencepost_transaction_manager_new(&config, &manager)) abort();
  if (fencepost_transaction_manager_init_transactions(manager, NULL)) abort();
  for (int n = 0; n < 2; n++) {
    if (fencepost_transaction_manager_poll_request(manager, 0, 0, &request)) abort();
    if (fencepost_transaction_manager_mark_sent(manager, &request, 1, NULL)) abort();
    if (n == 1 && step == 0) return manager;
    if (n == 0 ? fencepost_transaction_manager_handle_find_coordinator(manager, 1, 0, 0, &led, NULL)
               : fencepost_transaction_manager_handle_init_producer_id(manager, 1, 0, 7, 0, 0, &led, NULL))
      abort();
  }
  if (fencepost_transaction_manager_acknowledge(manager, &result)) abort();
  if (step == 1) return manager;
  if (fencepost_transaction_manager_begin(manager, NULL)) abort();
  if (step == 2) return manager;
  if (step == 3) {
    if (fencepost_transaction_manager_add_partition(manager, 0, NULL)) abort();
    if (fencepost_transaction_manager_poll_request(manager, 0, 0, &request)) abort();
    if (fencepost_transaction_manager_mark_sent(manager, &request, 1, NULL)) abort();
    return manager;
  }
  /* AddOffsets, the look-up of the group's coordinator, and TxnOffsetCommit, which is not answered. */
  if (fencepost_transaction_manager_send_offsets(manager, 0, NULL)) abort();
  for (int n = 0; n < 3; n++) {
    if (fencepost_transaction_manager_poll_request(manager, 0, 0, &request)) abort();
    if (fencepost_transaction_manager_mark_sent(manager, &request, 1, NULL)) abort();
    if (n == 0 && fencepost_transaction_manager_handle_add_offsets(manager, 1, 0, 0, &led, NULL)) abort();
    if (n == 1 && fencepost_transaction_manager_handle_find_coordinator(manager, 1, 0, 0, &led, NULL))
      abort();
  }
  return manager;
}

static fencepost_transaction_manager *manager_initializing(void) { return manager_at(0); }
static fencepost_transaction_manager *manager_ready(void) { return manager_at(1); }
static fencepost_transaction_manager *manager_in_transaction(void) { return manager_at(2); }
static fencepost_transaction_manager *manager_adding(void) { return manager_at(3); }
static fencepost_transaction_manager *manager_sending_offsets(void) { return manager_at(4); }

/* One whose offsets are asked for to be added, and one that ends its transaction. */
static fencepost_transaction_manager *manager_adding_offsets(void) {
  fencepost_transaction_manager *manager = manager_at(2);
  fencepost_transaction_request request;
  if (fencepost_transaction_manager_send_offsets(manager, 0, NULL)) abort();
  if (fencepost_transaction_manager_poll_request(manager, 0, 0, &request)) abort();
  if (fencepost_transaction_manager_mark_sent(manager, &request, 1, NULL)) abort();
  return manager;
}

static fencepost_transaction_manager *manager_ending(void) {
  fencepost_transaction_manager *manager = manager_adding();
  fencepost_transaction_request request;
  fencepost_transaction_step led;
  fencepost_partition_result added = {0, 0, 0};
  if (fencepost_transaction_manager_handle_add_partitions(manager, 1, &added, 1, 0, &led, NULL)) abort();
  if (fencepost_transaction_manager_commit(manager, NULL)) abort();
  if (fencepost_transaction_manager_poll_request(manager, 0, 0, &request)) abort();
  if (fencepost_transaction_manager_mark_sent(manager, &request, 1, NULL)) abort();
  return manager;
}

/* What a handle keeps beyond a call must stay: a builder's buffer. */
static uint8_t kept[4096];
static void *kept_bytes(size_t *len) {
  *len = draw(4) ? sizeof kept : draw(200);
  if (draw(20) == 0) *len = SIZE_MAX;
  return draw(20) ? kept : NULL;
}

#endif
