/* Admissions for an instruction counter to watch: admits append|duplicate COUNT [told]. What
 * benches/src/bin/admits.rs does in Rust, batch for batch. With `told` a fencepost_error is given. */
#include <fencepost.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PRODUCERS = 1000, RECORDS = 10, WINDOW = 5, PREPARED = 20000 };
#define NOW 1700000000000

static fencepost_batch batches[PREPARED];

/* The nth batch of a producer, both from 0. */
static fencepost_batch batch(size_t producer, size_t nth) {
  fencepost_batch made = {0};
  made.header.batch_length = 1000;
  made.header.last_offset_delta = RECORDS - 1;
  made.header.base_timestamp = NOW;
  made.header.max_timestamp = NOW;
  made.header.producer_id = 4000 + (int64_t)producer;
  made.header.base_sequence = (int32_t)(RECORDS * nth);
  made.header.records_count = RECORDS;
  return made;
}

/* A partition that remembers five batches of each producer. */
static fencepost_partition *known(const fencepost_context *context) {
  fencepost_partition_config config = {0};
  fencepost_partition *partition;
  int64_t end = 0;
  config.struct_size = sizeof config;
  config.producers = PRODUCERS;
  config.seed = 7;
  if (fencepost_partition_new(&config, &partition)) return NULL;
  for (size_t nth = 0; nth < WINDOW; nth++)
    for (size_t producer = 0; producer < PRODUCERS; producer++) {
      fencepost_batch next = batch(producer, nth);
      fencepost_admission admission;
      if (fencepost_partition_admit(partition, &next, context, &admission, NULL) ||
          fencepost_partition_record(partition, &admission.ticket, end, NULL))
        return NULL;
      end += RECORDS;
    }
  return partition;
}

/* Whether each of the batches gets the verdict that is wanted. */
static int admit(const fencepost_partition *partition, size_t count, const fencepost_context *context,
                 uint32_t wanted, fencepost_error *error) {
  fencepost_admission admission;
  const fencepost_batch *const end = batches + count;
  uint32_t differ = 0;
  for (const fencepost_batch *next = batches; next < end; next++) {
    if (fencepost_partition_admit(partition, next, context, &admission, error)) return 0;
    differ |= admission.verdict ^ wanted;
  }
  return differ == 0;
}

int main(int argc, char **argv) {
  const int appends = argc > 2 && strcmp(argv[1], "append") == 0;
  const int told = argc > 3 && strcmp(argv[3], "told") == 0;
  const size_t count = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
  fencepost_context context = {0};
  char sentence[200];
  fencepost_error error = FENCEPOST_ERROR_WITH(sentence);
  fencepost_partition *partition;
  int done;
  if (argc < 3 || count > PREPARED || (!appends && strcmp(argv[1], "duplicate") != 0)) {
    fprintf(stderr, "usage: admits append|duplicate COUNT [told], of at most %d\n", PREPARED);
    return 2;
  }
  context.struct_size = sizeof context;
  context.now_ms = NOW;
  partition = known(&context);
  if (!partition) return 1;
  for (size_t n = 0; n < PREPARED; n++) batches[n] = batch(n * 617 % PRODUCERS, appends ? WINDOW : n % WINDOW);
  done = admit(partition, count, &context, appends ? FENCEPOST_VERDICT_APPEND : FENCEPOST_VERDICT_DUPLICATE,
               told ? &error : NULL);
  fencepost_partition_free(partition);
  return !done;
}
