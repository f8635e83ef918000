/* Assertions that say where, and stay in every build. */
#ifndef CHECK_H
#define CHECK_H

#include <fencepost.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                            \
  do {                                                                              \
    if (!(condition)) {                                                             \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);              \
      abort();                                                                      \
    }                                                                               \
  } while (0)

#define GIVES(status, call)                                                         \
  do {                                                                              \
    fencepost_status got_ = (call);                                                 \
    if (got_ != (status)) {                                                         \
      fprintf(stderr, "%s:%d: %s gave %s\n", __FILE__, __LINE__, #call,            \
              fencepost_status_name((uint32_t)got_));                               \
      abort();                                                                      \
    }                                                                               \
  } while (0)

#define OK(call) GIVES(FENCEPOST_OK, call)

/* A batch of one producer, in `bytes`; gives its length. */
static inline size_t build(uint8_t *bytes, size_t size, int32_t records, const fencepost_stamp *stamp,
                           int16_t attributes) {
  static _Alignas(FENCEPOST_ALIGN) unsigned char room[1024];
  fencepost_builder *builder;
  fencepost_batch_options options = {0};
  size_t len, before;
  int32_t count;
  options.struct_size = sizeof options;
  options.attributes = attributes;
  OK(fencepost_builder_init(room, sizeof room, &builder));
  OK(fencepost_builder_begin(builder, bytes, size, &options, NULL));
  for (int32_t n = 0; n < records; n++) {
    fencepost_record_header header = {(const uint8_t *)"h", 1, NULL, 0};
    fencepost_record record = {0};
    size_t grows;
    record.struct_size = sizeof record;
    record.timestamp = 1000 + n;
    record.value = (const uint8_t *)"value";
    record.value_len = 5;
    record.headers = &header;
    record.headers_len = 1;
    OK(fencepost_builder_len(builder, &before, &count));
    OK(fencepost_builder_record_len(builder, &record, &grows));
    OK(fencepost_builder_push(builder, &record, NULL));
    OK(fencepost_builder_len(builder, &len, &count));
    CHECK(len == before + grows && count == n + 1);
  }
  OK(fencepost_builder_finish(builder, stamp, &len, NULL));
  OK(fencepost_builder_fini(builder));
  return len;
}

#endif
