/* A broker whose writes take long: batches are admitted on top of undecided ones. */
#include "batches.h"

static fencepost_partition *partition;

static fencepost_pipelined begin(fencepost_batch batch) {
  fencepost_context context = at(FENCEPOST_ORIGIN_CLIENT, 5000);
  fencepost_pipelined seen, begun;
  OK(fencepost_pipeline_admit(partition, &batch, &context, &seen, NULL));
  OK(fencepost_pipeline_begin(partition, &batch, &context, &begun, NULL));
  CHECK(seen.verdict == begun.verdict && seen.first_offset == begun.first_offset);
  CHECK((begun.verdict == FENCEPOST_VERDICT_DUPLICATE) == (begun.ticket == 0));
  return begun;
}

static fencepost_status refuses(fencepost_batch batch, fencepost_error *error) {
  fencepost_context context = at(FENCEPOST_ORIGIN_CLIENT, 5000);
  fencepost_pipelined begun;
  return fencepost_pipeline_begin(partition, &batch, &context, &begun, error);
}

static uint32_t undecided(void) { return info_of(partition).undecided; }

/* Five in flight of one producer, written one behind the other. */
static void in_order(void) {
  fencepost_error error = FENCEPOST_ERROR_INIT;
  fencepost_undecided list[8];
  fencepost_completed completed;
  fencepost_admission admission;
  fencepost_context context = at(FENCEPOST_ORIGIN_CLIENT, 5000);
  fencepost_batch next = data(7, 0, 10, 2, 0);
  uint64_t tickets[5];
  size_t count;
  for (int n = 0; n < 5; n++) {
    fencepost_pipelined begun = begin(data(7, 0, 2 * n, 2, 0));
    CHECK(begun.verdict == FENCEPOST_VERDICT_APPEND);
    tickets[n] = begun.ticket;
  }
  CHECK(undecided() == 5 && info_of(partition).map_end_offset == 0);
  /* A sixth is too many, a retry of an undecided one is pending, a gap is a gap. */
  GIVES(FENCEPOST_PRODUCER_BUSY, refuses(next, &error));
  CHECK(error.producer_id == 7 && error.kafka_code == 19);
  CHECK(begin(data(7, 0, 4, 2, 0)).verdict == FENCEPOST_VERDICT_PENDING);
  CHECK(begin(data(7, 0, 4, 2, 0)).ticket == tickets[2]);
  CHECK(begin(data(8, 0, 0, 1, 0)).verdict == FENCEPOST_VERDICT_APPEND);
  GIVES(FENCEPOST_OUT_OF_ORDER, refuses(data(8, 0, 5, 1, 0), &error));
  CHECK(error.expected == 1 && error.got == 5);
  OK(fencepost_partition_prefetch(partition, &next.header.producer_id, 1));
  /* What would look past them is refused meanwhile. */
  GIVES(FENCEPOST_UNDECIDED, fencepost_partition_admit(partition, &next, &context, &admission, NULL));
  GIVES(FENCEPOST_UNDECIDED, fencepost_partition_truncate_fully(partition, 0));
  OK(fencepost_pipeline_undecided(partition, 1, list, 8, &count));
  CHECK(count == 5 && list[0].ticket == tickets[1] && list[4].producer_id == 8 && !list[4].unknown);
  /* Only the oldest can be recorded. */
  GIVES(FENCEPOST_NOT_NEXT, fencepost_pipeline_record(partition, tickets[1], 2, NULL, &error));
  CHECK((uint64_t)error.expected == tickets[0]);
  for (int n = 0; n < 5; n++)
    OK(fencepost_pipeline_record(partition, tickets[n], 2 * n, &completed, NULL));
  CHECK(completed.producer_id == -1);
  GIVES(FENCEPOST_NOT_UNDECIDED, fencepost_pipeline_record(partition, tickets[4], 8, NULL, NULL));
  OK(fencepost_pipeline_record(partition, list[4].ticket, 10, NULL, NULL));
  CHECK(undecided() == 0 && info_of(partition).map_end_offset == 11);
  {
    fencepost_pipelined seen = begin(data(7, 0, 4, 2, 0));
    CHECK(seen.verdict == FENCEPOST_VERDICT_DUPLICATE && seen.first_offset == 4);
    CHECK(seen.seen.last_sequence == 5 && seen.seen.last_offset == 5);
  }
}

/* A write fails: of that producer alone, of all behind it, of all. */
static void abandoned(void) {
  fencepost_pipelined a = begin(data(7, 0, 10, 1, 0)), b = begin(data(8, 0, 1, 1, 0)),
                      c = begin(data(7, 0, 11, 1, 0)), d = begin(data(9, 0, 0, 1, 0));
  uint64_t gone[8];
  size_t count;
  GIVES(FENCEPOST_NOT_UNDECIDED, fencepost_pipeline_abandon(partition, 1234567, gone, 8, &count));
  GIVES(FENCEPOST_BUFFER_TOO_SMALL,
        fencepost_pipeline_abandon(partition, a.ticket, gone, 3, &count));
  OK(fencepost_pipeline_abandon(partition, a.ticket, gone, 8, &count));
  CHECK(count == 2 && gone[0] == a.ticket && gone[1] == c.ticket && undecided() == 2);
  /* As if they had not come. */
  a = begin(data(7, 0, 10, 1, 0));
  CHECK(a.verdict == FENCEPOST_VERDICT_APPEND);
  OK(fencepost_pipeline_abandon_from(partition, d.ticket, gone, 8, &count));
  CHECK(count == 2 && gone[0] == d.ticket && gone[1] == a.ticket);
  CHECK(undecided() == 1);
  GIVES(FENCEPOST_NOT_UNDECIDED,
        fencepost_pipeline_abandon_from(partition, d.ticket, gone, 8, &count));
  OK(fencepost_pipeline_record(partition, b.ticket, 11, NULL, NULL));
  (void)begin(data(7, 0, 10, 1, 0));
  (void)begin(data(9, 0, 0, 1, 0));
  OK(fencepost_pipeline_abandon_all(partition, NULL, 0, &count));
  CHECK(count == 2 && undecided() == 0 && info_of(partition).producers == 2);
}

/* The write ended without an answer: nothing new until it is known. */
static void unknown(void) {
  fencepost_error error = FENCEPOST_ERROR_INIT;
  fencepost_pipelined a = begin(data(7, 0, 10, 1, 0));
  fencepost_undecided one;
  size_t count;
  OK(fencepost_pipeline_mark_unknown(partition, a.ticket));
  OK(fencepost_pipeline_undecided(partition, 0, &one, 1, &count));
  CHECK(count == 1 && one.unknown);
  GIVES(FENCEPOST_UNRESOLVED, refuses(data(7, 0, 11, 1, 0), &error));
  CHECK((uint64_t)error.expected == a.ticket && error.producer_id == 7);
  CHECK(begin(data(7, 0, 10, 1, 0)).verdict == FENCEPOST_VERDICT_PENDING);
  CHECK(begin(data(8, 0, 2, 1, 0)).verdict == FENCEPOST_VERDICT_APPEND);
  OK(fencepost_pipeline_record(partition, a.ticket, 12, NULL, NULL));
  CHECK(begin(data(7, 0, 10, 1, 0)).verdict == FENCEPOST_VERDICT_DUPLICATE);
  OK(fencepost_pipeline_abandon_all(partition, NULL, 0, &count));
  GIVES(FENCEPOST_NOT_UNDECIDED, fencepost_pipeline_mark_unknown(partition, a.ticket));
}

/* A transaction whose batches and marker are under way at once. */
static void transactions(void) {
  fencepost_context context = at(FENCEPOST_ORIGIN_COORDINATOR, 5000);
  fencepost_batch end = marker(9, 0, FENCEPOST_BATCH_KIND_ABORT, 0);
  fencepost_pipelined written = begin(transactional(data(9, 0, 0, 3, 0))), ended;
  fencepost_completed completed;
  OK(fencepost_pipeline_begin(partition, &end, &context, &ended, NULL));
  CHECK(ended.verdict == FENCEPOST_VERDICT_APPEND);
  OK(fencepost_pipeline_record(partition, written.ticket, 13, &completed, NULL));
  CHECK(info_of(partition).ongoing_transactions == 1 && completed.producer_id == -1);
  OK(fencepost_pipeline_record(partition, ended.ticket, 16, &completed, NULL));
  CHECK(completed.producer_id == 9 && completed.aborted && completed.first_offset == 13);
  CHECK(completed.last_offset == 16 && info_of(partition).ongoing_transactions == 0);
}

/* Every place of the pool is taken, all producers together. */
static void full(void) {
  fencepost_error error = FENCEPOST_ERROR_INIT;
  size_t count;
  for (int64_t id = 100; id < 108; id++) (void)begin(data(id, 0, 0, 1, 0));
  CHECK(undecided() == 8);
  GIVES(FENCEPOST_POOL_FULL, refuses(data(108, 0, 0, 1, 0), &error));
  CHECK(error.expected == 8);
  OK(fencepost_pipeline_abandon_all(partition, NULL, 0, &count));
  CHECK(count == 8);
}

int main(void) {
  partition = partition_of(16, 4, 8);
  in_order();
  abandoned();
  unknown();
  transactions();
  full();
  fencepost_partition_free(partition);
  puts("pipeline: all held");
  return 0;
}
