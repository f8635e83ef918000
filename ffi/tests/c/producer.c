/* A client over a wire that loses answers, and a broker that is a partition of this library: at the
 * end every record is on the log once. */
#include "check.h"

#define BATCHES 400
#define MAX_BYTES 256

static fencepost_partition *leader;
static int64_t log_end;
static int32_t on_log[BATCHES];
static uint64_t random_state = 42;

static uint32_t draw(uint32_t below) {
  random_state = random_state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(random_state >> 33) % below;
}

/* What the broker makes of a request, and what reaches the client of its answer. */
static fencepost_answer produce(const uint8_t *bytes, size_t len, int64_t now, int what) {
  fencepost_answer answer = {0};
  fencepost_context context = {0};
  fencepost_error error = FENCEPOST_ERROR_INIT;
  fencepost_batch batch;
  fencepost_admission admission;
  answer.struct_size = sizeof answer;
  answer.base_offset = answer.log_append_time = -1;
  answer.log_start_offset = 0;
  if (draw(10) == 0) {
    answer.kind = draw(2) ? FENCEPOST_ANSWER_TIMED_OUT : FENCEPOST_ANSWER_NOT_SENT;
    return answer;
  }
  context.struct_size = sizeof context;
  context.now_ms = now;
  OK(fencepost_batch_verify_crc(bytes, len, NULL));
  OK(fencepost_batch_read(bytes, len, &batch, NULL));
  if (fencepost_partition_admit(leader, &batch, &context, &admission, &error) != FENCEPOST_OK) {
    answer.code = error.kafka_code;
  } else if (admission.verdict == FENCEPOST_VERDICT_DUPLICATE) {
    answer.base_offset = admission.first_offset;
  } else {
    OK(fencepost_partition_record(leader, &admission.ticket, log_end, NULL));
    answer.base_offset = log_end;
    log_end += batch.header.records_count;
    on_log[what]++;
  }
  if (draw(3) == 0) answer.kind = FENCEPOST_ANSWER_TIMED_OUT; /* lost on the way back */
  return answer;
}

static void describe(fencepost_producer *producer, int64_t id, int64_t now) {
  fencepost_described described = {0};
  fencepost_producer_description known;
  described.struct_size = sizeof described;
  described.log_start_offset = 0;
  OK(fencepost_producer_describe(producer, 0, NULL));
  if (fencepost_partition_describe(leader, id, &known) == FENCEPOST_OK) {
    described.kind = FENCEPOST_DESCRIBED_LISTED;
    described.producer_epoch = known.producer_epoch;
    described.last_sequence = known.last_sequence;
  } else {
    described.kind = FENCEPOST_DESCRIBED_NOT_LISTED;
  }
  OK(fencepost_producer_handle_described(producer, 0, &described, now, NULL));
}

static void run(fencepost_producer *producer) {
  static uint8_t bytes[BATCHES][MAX_BYTES];
  static size_t lens[BATCHES];
  int next = 0, written = 0;
  int64_t now = 1000;
  fencepost_standing_batch standing[5];
  size_t count;
  bool wanted;
  OK(fencepost_producer_poll_identity(producer, &wanted));
  CHECK(wanted);
  OK(fencepost_producer_handle_identity(producer, 4000, 0, NULL));
  for (int step = 0; step < 100000 && written < BATCHES; step++) {
    fencepost_next todo;
    fencepost_attempt attempt;
    fencepost_answer answer;
    fencepost_ended ended;
    int64_t when;
    char sentence[100];
    OK(fencepost_producer_poll(producer, 0, now, &todo));
    switch (todo.kind) {
    case FENCEPOST_NEXT_SEND:
      OK(fencepost_producer_resend(producer, 0, now, &attempt, NULL));
      OK(fencepost_batch_restamp(bytes[attempt.batch], lens[attempt.batch], &attempt.stamp, NULL));
      answer = produce(bytes[attempt.batch], lens[attempt.batch], now, (int)attempt.batch);
      OK(fencepost_producer_handle_response(producer, &attempt, &answer, now, NULL));
      /* A second answer to the same sending counts for nothing. */
      CHECK(fencepost_producer_handle_response(producer, &attempt, &answer, now, NULL) >=
            FENCEPOST_PRODUCER_NO_PARTITION);
      break;
    case FENCEPOST_NEXT_DESCRIBE: describe(producer, todo.producer_id, now); break;
    case FENCEPOST_NEXT_TIMEOUT: OK(fencepost_producer_handle_timeout(producer, 0, now)); break;
    case FENCEPOST_NEXT_SPLIT: CHECK(!"nothing is too large"); break;
    default: {
      fencepost_new_batch batch = {0};
      batch.struct_size = sizeof batch;
      batch.records = 1 + next % 3;
      batch.max_timestamp = batch.created_ms = now;
      if (next < BATCHES &&
          fencepost_producer_assign(producer, 0, &batch, now, &attempt, NULL) == FENCEPOST_OK) {
        CHECK(attempt.batch == (uint64_t)next);
        OK(fencepost_producer_batches(producer, 0, 0, standing, 5, &count));
        CHECK(count >= 1 && standing[count - 1].batch == (uint64_t)next);
        CHECK(standing[count - 1].on_wire && !standing[count - 1].has_ended);
        CHECK(standing[count - 1].base_sequence == attempt.stamp.base_sequence);
        CHECK(standing[count - 1].records == batch.records && standing[count - 1].attempts == 1);
        lens[next] = build(bytes[next], MAX_BYTES, batch.records, NULL, 0);
        OK(fencepost_batch_stamp(bytes[next], lens[next], &attempt.stamp, NULL));
        answer = produce(bytes[next], lens[next], now, next);
        OK(fencepost_producer_handle_response(producer, &attempt, &answer, now, NULL));
        next++;
      } else if (fencepost_producer_poll_timeout(producer, 0, &when) == FENCEPOST_OK) {
        now = when > now ? when : now + 1;
      }
    }
    }
    if (draw(50) == 0) OK(fencepost_producer_handle_disconnect(producer, 0, now));
    while (fencepost_producer_take_verdict(producer, 0, &ended, sentence, sizeof sentence) ==
           FENCEPOST_OK) {
      if (ended.verdict != FENCEPOST_OUTCOME_WRITTEN) fprintf(stderr, "%s\n", sentence);
      CHECK(ended.verdict == FENCEPOST_OUTCOME_WRITTEN && ended.batch == (uint64_t)written);
      written++;
    }
  }
  CHECK(written == BATCHES);
  for (int n = 0; n < BATCHES; n++) CHECK(on_log[n] == 1);
}

int main(void) {
  static _Alignas(FENCEPOST_ALIGN) unsigned char room[FENCEPOST_PRODUCER_SIZE(1)];
  fencepost_producer_settings settings = {0};
  fencepost_partition_config config = {0};
  fencepost_producer *producer;
  size_t size;
  settings.struct_size = sizeof settings;
  settings.partitions = 1;
  config.struct_size = sizeof config;
  config.producers = 4;
  OK(fencepost_partition_new(&config, &leader));
  OK(fencepost_producer_size(&settings, &size));
  CHECK(size <= sizeof room);
  OK(fencepost_producer_init(room, sizeof room, &settings, &producer));
  run(producer);
  {
    fencepost_kept_partition kept;
    fencepost_fatal fatal;
    OK(fencepost_producer_keep(producer, 0, &kept));
    CHECK(kept.producer_id == 4000 && kept.acked_ever == 1);
    OK(fencepost_producer_bump(producer, 0, 9999999, NULL));
    OK(fencepost_producer_fatal(producer, &fatal, NULL, 0));
    CHECK(fatal.cause == FENCEPOST_CAUSE_NONE);
    GIVES(FENCEPOST_PRODUCER_NO_PARTITION, fencepost_producer_keep(producer, 1, &kept));
  }
  OK(fencepost_producer_fini(producer));
  fencepost_partition_free(leader);
  puts("producer: every record once");
  return 0;
}
