/* A coordinator of one transactional id and the partitions it may write to, all of this library. */
#ifndef CLUSTER_H
#define CLUSTER_H

#include "check.h"

#define PARTITIONS 2

static fencepost_id_generator *ids;
static fencepost_transaction *coordinator;
static fencepost_partition *leaders[PARTITIONS];
static int64_t log_ends[PARTITIONS];
/* The partitions of the transaction: the coordinator's caller keeps them. */
static bool in_transaction[PARTITIONS];
static int64_t now = 100000;

/* The controller's side gives ids 1000 to 1999. */
static inline void ids_begin(void) {
  fencepost_error error = FENCEPOST_ERROR_INIT;
  bool wanted;
  int64_t id;
  OK(fencepost_id_generator_new(&ids));
  GIVES(FENCEPOST_WAITING_FOR_BLOCK, fencepost_id_generator_generate(ids, now, &id, &error));
  CHECK(error.kafka_code == 14);
  OK(fencepost_id_generator_poll_request(ids, &wanted));
  CHECK(wanted);
  OK(fencepost_id_generator_handle_sent(ids));
  OK(fencepost_id_generator_poll_request(ids, &wanted));
  CHECK(!wanted);
  OK(fencepost_id_generator_handle_block(ids, 1, 1000, 1000, now, NULL));
}

static inline void cluster_begin(void) {
  fencepost_transaction_config config = {0};
  fencepost_partition_config partition = {0};
  ids_begin();
  config.struct_size = sizeof config;
  config.coordinator_epoch = 3;
  config.now_ms = now;
  OK(fencepost_id_generator_generate(ids, now, &config.producer_id, NULL));
  CHECK(config.producer_id == 1000);
  OK(fencepost_transaction_new(&config, &coordinator));
  partition.struct_size = sizeof partition;
  partition.producers = 8;
  partition.transactions = 4;
  partition.without_verification = 1;
  for (int n = 0; n < PARTITIONS; n++) OK(fencepost_partition_new(&partition, &leaders[n]));
}

static inline void cluster_end(void) {
  for (int n = 0; n < PARTITIONS; n++) fencepost_partition_free(leaders[n]);
  fencepost_transaction_free(coordinator);
  fencepost_id_generator_free(ids);
}

/* Writes the marker to every partition of the transaction, and completes it. */
static inline void write_markers(const fencepost_applied *ending) {
  fencepost_transition transition;
  fencepost_applied applied;
  size_t left = 0;
  CHECK(ending->kind == FENCEPOST_APPLIED_ENDING);
  for (int n = 0; n < PARTITIONS; n++) left += in_transaction[n];
  for (int n = 0; n < PARTITIONS; n++) {
    fencepost_marker marker = {0};
    fencepost_context context = {0};
    fencepost_admission admission;
    fencepost_batch batch;
    uint8_t bytes[FENCEPOST_MARKER_LEN];
    size_t len;
    if (!in_transaction[n]) continue;
    GIVES(FENCEPOST_NOT_FOUND, fencepost_transaction_markers_left(coordinator, left, &transition));
    marker.struct_size = sizeof marker;
    marker.kind = ending->marker_kind;
    marker.base_offset = log_ends[n];
    marker.timestamp = now;
    marker.producer_id = ending->marker_producer_id;
    marker.producer_epoch = ending->marker_producer_epoch;
    marker.coordinator_epoch = ending->marker_coordinator_epoch;
    OK(fencepost_marker_write(&marker, bytes, sizeof bytes, &len, NULL));
    OK(fencepost_batch_read(bytes, len, &batch, NULL));
    context.struct_size = sizeof context;
    context.origin = FENCEPOST_ORIGIN_COORDINATOR;
    context.now_ms = now;
    context.transaction_version = ending->marker_version;
    OK(fencepost_partition_admit(leaders[n], &batch, &context, &admission, NULL));
    OK(fencepost_partition_record(leaders[n], &admission.ticket, log_ends[n], NULL));
    log_ends[n]++;
    OK(fencepost_partition_handle_high_watermark(leaders[n], log_ends[n]));
    CHECK(fencepost_marker_step(0) == FENCEPOST_MARKER_NEXT_REMOVE);
    in_transaction[n] = false;
    left--;
  }
  OK(fencepost_transaction_markers_left(coordinator, 0, &transition));
  CHECK(transition.kind == FENCEPOST_TRANSITION_WRITE);
  OK(fencepost_transaction_appended(coordinator, now, &applied, NULL));
  CHECK(applied.kind == FENCEPOST_APPLIED_COMPLETED);
}

/* A request prepared a transition: writes it, and does what follows. Gives the answer. */
static inline fencepost_applied settle(const fencepost_transition *transition) {
  fencepost_applied applied = {0};
  if (transition->kind == FENCEPOST_TRANSITION_ANSWER) {
    applied.code = transition->code;
    applied.producer_id = transition->producer_id;
    applied.producer_epoch = transition->producer_epoch;
    return applied;
  }
  OK(fencepost_transaction_appended(coordinator, now, &applied, NULL));
  if (applied.kind == FENCEPOST_APPLIED_ENDING) write_markers(&applied);
  return applied;
}

/* What a coordinator refuses a request with. */
static inline fencepost_applied refused(const fencepost_error *error) {
  fencepost_applied applied = {0};
  CHECK(error->status == FENCEPOST_COORDINATOR && error->kafka_code != 0);
  applied.code = error->kafka_code;
  applied.producer_id = -1;
  applied.producer_epoch = -1;
  return applied;
}

static inline fencepost_applied serve_init(int64_t id, int16_t epoch, int32_t timeout_ms) {
  fencepost_init_request request = {0};
  fencepost_transition transition;
  fencepost_error error = FENCEPOST_ERROR_INIT;
  request.struct_size = sizeof request;
  request.timeout_ms = timeout_ms;
  request.producer_id = id;
  request.producer_epoch = epoch;
  if (fencepost_transaction_init_producer_id(coordinator, ids, &request, now, &transition, &error))
    return refused(&error);
  return settle(&transition);
}

static inline fencepost_applied serve_add(int64_t id, int16_t epoch, const uint32_t *partitions,
                                          size_t len) {
  fencepost_transition transition;
  fencepost_error error = FENCEPOST_ERROR_INIT;
  bool all = true;
  for (size_t n = 0; n < len; n++) all = all && in_transaction[partitions[n]];
  if (fencepost_transaction_add_partitions(coordinator, id, epoch, 0, all, now, &transition, &error))
    return refused(&error);
  for (size_t n = 0; n < len; n++) in_transaction[partitions[n]] = true;
  return settle(&transition);
}

static inline fencepost_applied serve_end(int64_t id, int16_t epoch, uint32_t commit) {
  fencepost_transition transition;
  fencepost_error error = FENCEPOST_ERROR_INIT;
  uint32_t verdict = commit ? FENCEPOST_BATCH_KIND_COMMIT : FENCEPOST_BATCH_KIND_ABORT;
  if (fencepost_transaction_end(coordinator, ids, id, epoch, verdict, 0, now, &transition, &error))
    return refused(&error);
  return settle(&transition);
}

/* The leader's answer to one batch of `records`: a Kafka code. */
static inline int16_t serve_produce(uint32_t partition, const fencepost_stamp *stamp,
                                    int32_t records) {
  fencepost_context context = {0};
  fencepost_error error = FENCEPOST_ERROR_INIT;
  fencepost_batch batch = {0};
  fencepost_admission admission;
  batch.header.producer_id = stamp->producer_id;
  batch.header.producer_epoch = stamp->producer_epoch;
  batch.header.base_sequence = stamp->base_sequence;
  batch.header.records_count = records;
  batch.header.last_offset_delta = records - 1;
  batch.header.attributes = 0x10;
  batch.header.max_timestamp = now;
  context.struct_size = sizeof context;
  context.now_ms = now;
  if (fencepost_partition_admit(leaders[partition], &batch, &context, &admission, &error))
    return error.kafka_code;
  if (admission.verdict == FENCEPOST_VERDICT_APPEND) {
    OK(fencepost_partition_record(leaders[partition], &admission.ticket, log_ends[partition], NULL));
    log_ends[partition] += records;
    OK(fencepost_partition_handle_high_watermark(leaders[partition], log_ends[partition]));
  }
  return 0;
}

static inline int64_t stable(uint32_t partition) {
  int64_t offset;
  OK(fencepost_partition_last_stable_offset(leaders[partition], 0, log_ends[partition], &offset));
  return offset;
}

#endif
