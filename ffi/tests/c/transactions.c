/* A transactional client against a coordinator and leaders of this library: its dialogue, request by
 * request, over a wire that loses answers. */
#include "cluster.h"

/* The client: the dialogue, and the producer that numbers its batches. */
static fencepost_transaction_manager *manager;
static fencepost_producer *producer;
static int32_t sent;
static uint64_t random_state = 9;
static bool lossy;

static uint32_t draw(uint32_t below) {
  random_state = random_state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(random_state >> 33) % below;
}

static fencepost_transaction_manager_info info(void) {
  fencepost_transaction_manager_info it;
  OK(fencepost_transaction_manager_look(manager, &it));
  return it;
}

/* Sends one request, and gives its answer to the dialogue. */
static fencepost_transaction_step exchange(const fencepost_transaction_request *request) {
  fencepost_transaction_step step = {0};
  fencepost_partition_result results[PARTITIONS];
  fencepost_applied applied = {0};
  fencepost_error error = FENCEPOST_ERROR_INIT;
  uint32_t partitions[PARTITIONS];
  const int16_t codes[] = {0, 0};
  size_t count = 0;
  const int32_t id = ++sent;
  OK(fencepost_transaction_manager_mark_sent(manager, request, id, NULL));
  if (request->kind == FENCEPOST_TRANSACTION_REQUEST_SKIP_END_TXN) return step;
  CHECK(info().in_flight == request->kind);
  GIVES(FENCEPOST_MANAGER_IN_FLIGHT,
        fencepost_transaction_manager_mark_sent(manager, request, id, &error));
  CHECK(error.expected == id);
  GIVES(FENCEPOST_MANAGER_IN_FLIGHT,
        fencepost_transaction_manager_handle_disconnected(manager, id + 1, now, &step, NULL));
  switch (request->kind) {
  case FENCEPOST_TRANSACTION_REQUEST_INIT_PRODUCER_ID:
    applied = serve_init(request->producer_id, request->producer_epoch,
                         request->transaction_timeout_ms);
    break;
  case FENCEPOST_TRANSACTION_REQUEST_ADD_PARTITIONS:
    OK(fencepost_transaction_manager_partitions_to_add(manager, 0, partitions, PARTITIONS, &count));
    CHECK(count > 0);
    applied = serve_add(request->producer_id, request->producer_epoch, partitions, count);
    break;
  case FENCEPOST_TRANSACTION_REQUEST_ADD_OFFSETS: /* only the answer matters here */
    applied = serve_add(request->producer_id, request->producer_epoch, partitions, 0);
    break;
  case FENCEPOST_TRANSACTION_REQUEST_END_TXN:
    applied = serve_end(request->producer_id, request->producer_epoch, request->commit);
    break;
  default: break;
  }
  if (lossy && draw(3) == 0) {
    OK(fencepost_transaction_manager_handle_disconnected(manager, id, now, &step, NULL));
    return step;
  }
  switch (request->kind) {
  case FENCEPOST_TRANSACTION_REQUEST_FIND_COORDINATOR:
  case FENCEPOST_TRANSACTION_REQUEST_FIND_GROUP_COORDINATOR:
    OK(fencepost_transaction_manager_handle_find_coordinator(manager, id, 0, now, &step, NULL));
    OK(fencepost_transaction_manager_handle_transaction_coordinator(manager, 4));
    break;
  case FENCEPOST_TRANSACTION_REQUEST_INIT_PRODUCER_ID:
    OK(fencepost_transaction_manager_handle_init_producer_id(
        manager, id, applied.code, applied.producer_id, applied.producer_epoch, now, &step, NULL));
    break;
  case FENCEPOST_TRANSACTION_REQUEST_ADD_PARTITIONS:
    for (size_t n = 0; n < count; n++) {
      results[n].partition = partitions[n];
      results[n].code = applied.code;
    }
    OK(fencepost_transaction_manager_handle_add_partitions(manager, id, results, count, now, &step,
                                                           NULL));
    break;
  case FENCEPOST_TRANSACTION_REQUEST_ADD_OFFSETS:
    OK(fencepost_transaction_manager_handle_add_offsets(manager, id, applied.code, now, &step, NULL));
    break;
  case FENCEPOST_TRANSACTION_REQUEST_TXN_OFFSET_COMMIT:
    CHECK(request->group == 77);
    OK(fencepost_transaction_manager_handle_txn_offset_commit(manager, id, 2, codes, 2, now, &step,
                                                              NULL));
    break;
  case FENCEPOST_TRANSACTION_REQUEST_END_TXN:
    OK(fencepost_transaction_manager_handle_end_txn(manager, id, applied.code, -1, -1, now, &step,
                                                    NULL));
    break;
  default: CHECK(!"a request that there is");
  }
  GIVES(FENCEPOST_MANAGER_NOTHING_IN_FLIGHT,
        fencepost_transaction_manager_handle_disconnected(manager, id, now, &step, NULL));
  if (step.kind == FENCEPOST_TRANSACTION_STEP_IDENTITY)
    OK(fencepost_producer_handle_identity(producer, step.producer_id, step.producer_epoch, NULL));
  return step;
}

/* Exchanges until there is nothing more to send; gives the last step. */
static fencepost_transaction_step talk(uint32_t incomplete) {
  fencepost_transaction_step step = {0};
  fencepost_transaction_request request;
  for (int n = 0; n < 1000; n++) {
    int64_t when;
    if (fencepost_transaction_manager_poll_request(manager, incomplete, now, &request) ==
        FENCEPOST_OK)
      step = exchange(&request);
    else if (fencepost_transaction_manager_poll_timeout(manager, incomplete, now, &when) ==
             FENCEPOST_OK)
      now = when;
    else
      return step;
  }
  CHECK(!"the dialogue comes to an end");
  return step;
}

static void acknowledged(uint32_t call, int16_t error_code) {
  fencepost_transaction_result result;
  OK(fencepost_transaction_manager_poll_result(manager, &result));
  CHECK(result.call == call && result.failure.error_code == error_code);
  OK(fencepost_transaction_manager_acknowledge(manager, &result));
  CHECK(result.call == call);
  GIVES(FENCEPOST_NOT_FOUND, fencepost_transaction_manager_acknowledge(manager, &result));
}

/* Writes one batch to a partition of the transaction; gives the leader's code. */
static int16_t write(uint32_t partition, int32_t records) {
  fencepost_new_batch batch = {0};
  fencepost_attempt attempt;
  fencepost_answer answer = {0};
  fencepost_ended ended;
  bool may;
  OK(fencepost_transaction_manager_add_partition(manager, partition, NULL));
  (void)talk(1);
  OK(fencepost_transaction_manager_may_number(manager, partition, &may));
  CHECK(may);
  OK(fencepost_transaction_manager_may_send(manager, partition, &may));
  CHECK(may);
  batch.struct_size = sizeof batch;
  batch.records = records;
  batch.max_timestamp = batch.created_ms = now;
  OK(fencepost_producer_assign(producer, partition, &batch, now, &attempt, NULL));
  answer.struct_size = sizeof answer;
  answer.code = serve_produce(partition, &attempt.stamp, records);
  answer.base_offset = log_ends[partition] - records;
  answer.log_append_time = answer.log_start_offset = -1;
  OK(fencepost_producer_handle_response(producer, &attempt, &answer, now, NULL));
  if (answer.code == 0) {
    OK(fencepost_producer_take_verdict(producer, partition, &ended, NULL, 0));
    CHECK(ended.verdict == FENCEPOST_OUTCOME_WRITTEN);
  }
  return answer.code;
}

static void begins(void) {
  fencepost_error error = FENCEPOST_ERROR_INIT;
  fencepost_transaction_request request;
  fencepost_transaction_result result;
  CHECK(info().state == FENCEPOST_TRANSACTION_MANAGER_STATE_UNINITIALIZED);
  CHECK(info().producer_id == -1 && info().partitions == PARTITIONS);
  GIVES(FENCEPOST_MANAGER_STATE, fencepost_transaction_manager_begin(manager, &error));
  CHECK(error.got == FENCEPOST_TRANSACTION_MANAGER_STATE_UNINITIALIZED);
  GIVES(FENCEPOST_NOT_FOUND, fencepost_transaction_manager_poll_request(manager, 0, now, &request));
  OK(fencepost_transaction_manager_init_transactions(manager, NULL));
  OK(fencepost_transaction_manager_poll_request(manager, 0, now, &request));
  CHECK(request.kind == FENCEPOST_TRANSACTION_REQUEST_FIND_COORDINATOR);
  /* What was not polled can't be sent. */
  request.kind = FENCEPOST_TRANSACTION_REQUEST_SKIP_END_TXN;
  GIVES(FENCEPOST_MANAGER_NOT_ASKED,
        fencepost_transaction_manager_mark_sent(manager, &request, 1, NULL));
  request.kind = 99;
  GIVES(FENCEPOST_VALUE, fencepost_transaction_manager_mark_sent(manager, &request, 1, NULL));
  GIVES(FENCEPOST_NOT_FOUND, fencepost_transaction_manager_poll_result(manager, &result));
  (void)talk(0);
  GIVES(FENCEPOST_MANAGER_UNACKNOWLEDGED, fencepost_transaction_manager_begin(manager, NULL));
  acknowledged(FENCEPOST_TRANSACTION_CALL_INIT, 0);
  CHECK(info().state == FENCEPOST_TRANSACTION_MANAGER_STATE_READY);
  CHECK(info().producer_id == 1000 && info().producer_epoch >= 0);
}

static void commits(void) {
  fencepost_error error = FENCEPOST_ERROR_INIT;
  fencepost_transaction_request request;
  fencepost_transaction_result result;
  int64_t before = stable(0);
  OK(fencepost_transaction_manager_begin(manager, NULL));
  CHECK(write(0, 3) == 0 && write(1, 2) == 0 && write(0, 1) == 0);
  CHECK(stable(0) == before);
  GIVES(FENCEPOST_MANAGER_NO_PARTITION,
        fencepost_transaction_manager_add_partition(manager, PARTITIONS, &error));
  CHECK(error.got == PARTITIONS);
  OK(fencepost_transaction_manager_send_offsets(manager, 77, NULL));
  GIVES(FENCEPOST_MANAGER_OFFSETS_PENDING,
        fencepost_transaction_manager_send_offsets(manager, 78, &error));
  CHECK(error.expected == 77);
  (void)talk(1);
  OK(fencepost_transaction_manager_poll_offsets(manager, &result));
  CHECK(result.group == 77 && result.failure.cause == FENCEPOST_FAILURE_NONE);
  OK(fencepost_transaction_manager_commit(manager, NULL));
  /* A batch is not complete yet: EndTxn waits for it. */
  GIVES(FENCEPOST_NOT_FOUND, fencepost_transaction_manager_poll_request(manager, 1, now, &request));
  (void)talk(0);
  acknowledged(FENCEPOST_TRANSACTION_CALL_COMMIT, 0);
  CHECK(stable(0) == log_ends[0] && stable(1) == log_ends[1]);
}

static void nothing_to_commit(void) {
  const int32_t before = sent;
  OK(fencepost_transaction_manager_begin(manager, NULL));
  OK(fencepost_transaction_manager_commit(manager, NULL));
  (void)talk(0);
  CHECK(sent == before + 1); /* which was not sent: there is no request for it */
  acknowledged(FENCEPOST_TRANSACTION_CALL_COMMIT, 0);
}

/* A batch fails: the transaction must be aborted, and the identity is not used in another one. */
static void aborts(void) {
  fencepost_transaction_step step;
  fencepost_fail_batches batches;
  fencepost_error error = FENCEPOST_ERROR_INIT;
  const int16_t epoch = info().producer_epoch;
  char sentence[120];
  size_t len;
  bool may;
  OK(fencepost_transaction_manager_begin(manager, NULL));
  CHECK(write(1, 4) == 0);
  OK(fencepost_transaction_manager_poll_batches(manager, &batches));
  CHECK(batches.which == FENCEPOST_FAIL_NONE);
  OK(fencepost_transaction_manager_handle_batch_failed(manager, 7, 1, &step, NULL));
  CHECK(step.kind == FENCEPOST_TRANSACTION_STEP_ABORTABLE);
  CHECK(step.failure.cause == FENCEPOST_FAILURE_BATCH && step.failure.code == 7);
  CHECK(step.failure.error_code == 120);
  OK(fencepost_failure_str(&step.failure, sentence, sizeof sentence, &len));
  CHECK(strcmp(sentence, "a batch failed with REQUEST_TIMED_OUT(7)") == 0 &&
        len == strlen(sentence));
  OK(fencepost_failure_str(&step.failure, sentence, 8, &len));
  CHECK(strcmp(sentence, "a batch") == 0 && len > 8);
  step.failure.cause = FENCEPOST_FAILURE_NONE;
  GIVES(FENCEPOST_VALUE, fencepost_failure_str(&step.failure, sentence, 8, &len));
  OK(fencepost_transaction_manager_poll_batches(manager, &batches));
  CHECK(batches.which == FENCEPOST_FAIL_NEVER_NUMBERED && batches.failure.code == 7);
  OK(fencepost_transaction_manager_may_number(manager, 1, &may));
  CHECK(!may);
  OK(fencepost_transaction_manager_may_send(manager, 1, &may));
  CHECK(may);
  GIVES(FENCEPOST_MANAGER_FAILED, fencepost_transaction_manager_commit(manager, &error));
  CHECK(error.kafka_code == 120);
  OK(fencepost_transaction_manager_abort(manager, NULL));
  (void)talk(0);
  acknowledged(FENCEPOST_TRANSACTION_CALL_ABORT, 0);
  CHECK(info().producer_epoch > epoch && info().producer_id == 1000);
  CHECK(stable(1) == log_ends[1]);
}

/* Another instance takes the transactional id over. */
static void is_fenced(void) {
  fencepost_transaction_step step;
  fencepost_fail_batches batches;
  OK(fencepost_transaction_manager_begin(manager, NULL));
  CHECK(write(0, 1) == 0);
  while (serve_init(-1, -1, 60000).code) {}
  OK(fencepost_transaction_manager_commit(manager, NULL));
  step = talk(0);
  CHECK(step.kind == FENCEPOST_TRANSACTION_STEP_FATAL && step.failure.error_code == 90);
  CHECK(step.failure.request == FENCEPOST_TRANSACTION_REQUEST_END_TXN);
  acknowledged(FENCEPOST_TRANSACTION_CALL_COMMIT, 90);
  CHECK(info().state == FENCEPOST_TRANSACTION_MANAGER_STATE_FATAL_ERROR);
  OK(fencepost_transaction_manager_poll_batches(manager, &batches));
  CHECK(batches.which == FENCEPOST_FAIL_ALL);
  GIVES(FENCEPOST_MANAGER_FAILED, fencepost_transaction_manager_abort(manager, NULL));
  GIVES(FENCEPOST_MANAGER_FAILED, fencepost_transaction_manager_init_transactions(manager, NULL));
}

static void client_begins(void *room, size_t size) {
  fencepost_transaction_manager_config config = {0};
  fencepost_producer_settings settings = {0};
  size_t wanted;
  config.struct_size = sizeof config;
  config.partitions = PARTITIONS;
  OK(fencepost_transaction_manager_size(&config, &wanted));
  CHECK(wanted <= size);
  OK(fencepost_transaction_manager_init(room, size, &config, &manager));
  settings.struct_size = sizeof settings;
  settings.partitions = PARTITIONS;
  settings.transactional = 1;
  OK(fencepost_producer_new(&settings, &producer));
}

static void client_ends(void) {
  fencepost_producer_free(producer);
  OK(fencepost_transaction_manager_fini(manager));
}

int main(void) {
  static _Alignas(FENCEPOST_ALIGN) unsigned char room[FENCEPOST_TRANSACTION_MANAGER_SIZE(PARTITIONS)];
  fencepost_transaction_manager_config config = {0};
  size_t size;
  uint32_t next;
  config.struct_size = sizeof config;
  for (config.partitions = 0; config.partitions < 5000; config.partitions += 61) {
    OK(fencepost_transaction_manager_size(&config, &size));
    CHECK(size <= FENCEPOST_TRANSACTION_MANAGER_SIZE(config.partitions));
  }
  cluster_begin();
  for (int n = 0; n < 40; n++) {
    lossy = n > 0;
    client_begins(room, sizeof room);
    begins();
    commits();
    nothing_to_commit();
    aborts();
    commits();
    lossy = false;
    is_fenced();
    client_ends();
  }
  cluster_end();
  OK(fencepost_identity_step(0, 0, &next));
  CHECK(next == FENCEPOST_IDENTITY_NEXT_ADOPT);
  OK(fencepost_identity_step(16, 1, &next));
  CHECK(next == FENCEPOST_IDENTITY_NEXT_FIND_COORDINATOR);
  OK(fencepost_identity_step(16, 0, &next));
  CHECK(next == FENCEPOST_IDENTITY_NEXT_RETRY);
  puts("transactions: all held");
  return 0;
}
