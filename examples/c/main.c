/* What a log server does with retries: `server FOLDER`. Run it twice on the same folder, or kill it in between. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

static const int64_t NOW_MS = 1700000000000;

/* What a client sends: one record, numbered. */
static size_t batch_of(fencepost_builder *builder, uint8_t *buffer, size_t size, int32_t sequence, const char *value) {
    fencepost_batch_options options = {0};
    fencepost_record record = {0};
    fencepost_stamp stamp = {.producer_id = 7, .base_sequence = sequence};
    size_t len = 0;

    options.struct_size = sizeof options;
    record.struct_size = sizeof record;
    record.timestamp = NOW_MS;
    record.value = (const uint8_t *)value;
    record.value_len = strlen(value);
    if (fencepost_builder_begin(builder, buffer, size, &options, NULL) != FENCEPOST_OK ||
        fencepost_builder_push(builder, &record, NULL) != FENCEPOST_OK ||
        fencepost_builder_finish(builder, &stamp, &len, NULL) != FENCEPOST_OK) {
        fprintf(stderr, "the batch can't be built\n");
        exit(1);
    }
    return len;
}

static void produce(struct log *log, fencepost_builder *builder, int32_t sequence, const char *value) {
    uint8_t bytes[256];
    struct produced answer;
    size_t len = batch_of(builder, bytes, sizeof bytes, sequence, value);
    int64_t end = log->end;

    if (log_produce(log, bytes, len, NOW_MS, &answer) != 0) exit(1);
    if (answer.kafka_code != 0) {
        printf("sequence %" PRId32 " %-8s refused with %s: %s\n", sequence, value,
               fencepost_error_code_name(answer.kafka_code), answer.why);
    } else {
        printf("sequence %" PRId32 " %-8s at offset %" PRId64 "%s\n", sequence, value, answer.base_offset,
               answer.base_offset < end ? ", where it is already" : "");
    }
}

int main(int argc, char **argv) {
    fencepost_builder *builder = NULL;
    struct log log;

    if (argc != 2) {
        fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 2;
    }
    if (fencepost_builder_new(&builder) != FENCEPOST_OK || log_open(&log, argv[1], NOW_MS) != 0) {
        fencepost_builder_free(builder);
        return 1;
    }
    printf("the log ends at %" PRId64 "\n", log.end);
    produce(&log, builder, 0, "paid");
    produce(&log, builder, 1, "shipped");
    produce(&log, builder, 0, "paid");   /* the answer was lost, the client sends again */
    produce(&log, builder, 3, "billed"); /* 2 has not come */

    /* The server stops and starts again. The window of five batches is in the snapshot, so the retry is still known. */
    if (log_snapshot(&log) != 0) return 1;
    log_close(&log);
    if (log_open(&log, argv[1], NOW_MS) != 0) return 1;
    puts("started again");
    produce(&log, builder, 0, "paid");
    printf("the log ends at %" PRId64 "\n", log.end);

    log_close(&log);
    fencepost_builder_free(builder);
    return 0;
}
