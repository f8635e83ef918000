/* Batches as a partition looks at them, without their bytes. */
#ifndef BATCHES_H
#define BATCHES_H

#include "check.h"

static inline fencepost_batch data(int64_t id, int16_t epoch, int32_t sequence, int32_t records,
                                   int64_t base_offset) {
  fencepost_batch batch = {0};
  batch.header.base_offset = base_offset;
  batch.header.producer_id = id;
  batch.header.producer_epoch = epoch;
  batch.header.base_sequence = sequence;
  batch.header.records_count = records;
  batch.header.last_offset_delta = records - 1;
  batch.header.max_timestamp = batch.header.base_timestamp = 1000 + base_offset;
  return batch;
}

static inline fencepost_batch transactional(fencepost_batch batch) {
  batch.header.attributes |= 0x10;
  return batch;
}

static inline fencepost_batch marker(int64_t id, int16_t epoch, uint32_t kind, int64_t base_offset) {
  fencepost_batch batch = data(id, epoch, -1, 1, base_offset);
  batch.header.attributes = 0x30;
  batch.marker_timestamp = 1000 + base_offset;
  batch.kind = kind;
  return batch;
}

static inline fencepost_context at(uint32_t origin, int64_t now) {
  fencepost_context context = {0};
  context.struct_size = sizeof context;
  context.origin = origin;
  context.now_ms = now;
  return context;
}

static inline fencepost_partition *partition_of(uint32_t producers, uint32_t transactions,
                                                uint32_t undecided) {
  fencepost_partition_config config = {0};
  fencepost_partition *made;
  config.struct_size = sizeof config;
  config.producers = producers;
  config.transactions = transactions;
  config.undecided = undecided;
  config.without_verification = 1;
  config.seed = 77;
  OK(fencepost_partition_new(&config, &made));
  return made;
}

static inline fencepost_partition_info info_of(const fencepost_partition *partition) {
  fencepost_partition_info info;
  OK(fencepost_partition_look(partition, &info));
  return info;
}

/* Admits and records one batch of a client; gives the verdict. */
static inline uint32_t append_one(fencepost_partition *partition, fencepost_batch batch,
                                  int64_t base_offset) {
  fencepost_context context = at(FENCEPOST_ORIGIN_CLIENT, 1000 + base_offset);
  fencepost_admission admission;
  OK(fencepost_partition_admit(partition, &batch, &context, &admission, NULL));
  if (admission.verdict == FENCEPOST_VERDICT_APPEND)
    OK(fencepost_partition_record(partition, &admission.ticket, base_offset, NULL));
  return admission.verdict;
}

#endif
