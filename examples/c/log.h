/* A log of record batches in one file, and what is known of its producers. */
#ifndef LOG_H
#define LOG_H

#include <stdint.h>
#include <stdio.h>

#include "fencepost.h"

struct log {
    const char *folder;             /* the caller's; must outlive the log */
    FILE *file;                     /* the batches, one behind the other */
    int64_t end;                    /* the offset that the next record gets */
    fencepost_partition *partition; /* who has written what */
};

/* What a client is answered. */
struct produced {
    int16_t kafka_code;  /* 0: it is on the log */
    int64_t base_offset; /* of its first record, also if it came a second time */
    char why[256];       /* the sentence of a refusal */
};

/* Opens the log in an existing folder: reads the newest snapshot there is and replays what is behind it.
 * 0, or -1 after a message on the standard error. */
int log_open(struct log *log, const char *folder, int64_t now_ms);

/* A client's batch, whose bytes are given their offset in place. 0, or -1 if the log can't be written any more. */
int log_produce(struct log *log, uint8_t *batch, size_t len, int64_t now_ms, struct produced *answer);

/* Writes a snapshot, so that the next start need not replay everything, and remembers five batches a producer.
 * 0, or -1 after a message on the standard error. */
int log_snapshot(struct log *log);

/* Closes the file and frees the partition. Without log_snapshot before it this is what a crash leaves. */
void log_close(struct log *log);

#endif
