#include "log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LARGEST_BATCH = 1 << 20, PATH_SIZE = 4096 };

static int failed(const char *what, const char *why) {
    fprintf(stderr, "log: %s: %s\n", what, why);
    return -1;
}

static int path_of(const struct log *log, const char *name, char path[PATH_SIZE]) {
    int len = snprintf(path, PATH_SIZE, "%s/%s", log->folder, name);
    return len > 0 && len < PATH_SIZE ? 0 : failed(name, "the folder's path is too long");
}

/* Every admitted batch is recorded at the offset where it lies. */
static int record(struct log *log, const fencepost_ticket *ticket, const fencepost_batch_header *header,
                  int64_t base_offset) {
    fencepost_status status = fencepost_partition_record(log->partition, ticket, base_offset, NULL);
    if (status != FENCEPOST_OK) return failed("record", fencepost_status_str(status));
    log->end = base_offset + header->last_offset_delta + 1;
    return 0;
}

/* ---------------------------------------------------------------------------------------------- the append path */

int log_produce(struct log *log, uint8_t *bytes, size_t len, int64_t now_ms, struct produced *answer) {
    fencepost_error error = FENCEPOST_ERROR_WITH(answer->why);
    fencepost_context context = {0};
    fencepost_batch batch;
    fencepost_admission admission;
    fencepost_status status;

    *answer = (struct produced){.base_offset = -1};
    context.struct_size = sizeof context;
    context.origin = FENCEPOST_ORIGIN_CLIENT;
    context.now_ms = now_ms;

    /* 1. Are these the bytes of a batch? */
    status = fencepost_batch_verify_crc(bytes, len, &error);
    if (status == FENCEPOST_OK) status = fencepost_batch_read(bytes, len, &batch, &error);
    /* A marker ends a transaction, whoever brings it: from a client it is no data. */
    if (status == FENCEPOST_OK && batch.kind != FENCEPOST_BATCH_KIND_DATA) status = FENCEPOST_INVALID;

    /* 2. May it be appended? Nothing changes yet. */
    if (status == FENCEPOST_OK) {
        status = fencepost_partition_admit(log->partition, &batch, &context, &admission, &error);
    }
    if (status != FENCEPOST_OK) {
        answer->kafka_code = fencepost_status_kafka_code(status);
        if (answer->why[0] == '\0') snprintf(answer->why, sizeof answer->why, "%s", fencepost_status_str(status));
        return 0;
    }
    if (admission.verdict == FENCEPOST_VERDICT_DUPLICATE) {
        answer->base_offset = admission.first_offset; /* the offset of the first time */
        return 0;
    }

    /* 3. Write it. The offset is not part of the CRC. */
    batch.header.base_offset = log->end;
    status = fencepost_batch_header_write(&batch.header, bytes, len);
    if (status != FENCEPOST_OK) return failed("header", fencepost_status_str(status));
    long before = ftell(log->file);
    if (fwrite(bytes, 1, len, log->file) != len || fflush(log->file) != 0) {
        /* Half a batch may be in the file. It is cut off, the ticket is dropped, and nothing has happened. */
        int cause = errno;
        clearerr(log->file);
        answer->kafka_code = -1;
        snprintf(answer->why, sizeof answer->why, "%s", strerror(cause));
        if (before < 0 || ftruncate(fileno(log->file), before) != 0 || fseek(log->file, before, SEEK_SET) != 0) {
            return failed("a torn write can't be cut off", strerror(errno));
        }
        return 0;
    }

    /* 4. Now it is on the log, and the partition may know. */
    answer->base_offset = log->end;
    return record(log, &admission.ticket, &batch.header, log->end);
}

/* ------------------------------------------------------------------------------------------- snapshot and reload */

int log_snapshot(struct log *log) {
    char path[PATH_SIZE], partial[PATH_SIZE];
    fencepost_partition_info info;
    size_t len = 0;
    uint8_t *bytes = NULL;
    FILE *file = NULL;
    int done = -1;

    if (path_of(log, "producers.snapshot", path) != 0 || path_of(log, "producers.partial", partial) != 0) return -1;
    if (fencepost_partition_look(log->partition, &info) != FENCEPOST_OK ||
        fencepost_partition_snapshot_len(log->partition, FENCEPOST_SNAPSHOT_FORMAT_FULL, &len) != FENCEPOST_OK) {
        return failed("snapshot", "the partition can't be read");
    }
    bytes = malloc(len);
    if (bytes == NULL) return failed("snapshot", strerror(errno));
    if (fencepost_partition_snapshot(log->partition, FENCEPOST_SNAPSHOT_FORMAT_FULL, bytes, len, &len) != FENCEPOST_OK) {
        failed("snapshot", "the partition can't be written");
        goto end;
    }

    /* The offset up to which the snapshot knows the log goes in front. Whole, or not at all: into another file, and
     * renamed when it is on the disk. */
    file = fopen(partial, "wb");
    if (file == NULL || fwrite(&info.map_end_offset, sizeof info.map_end_offset, 1, file) != 1 ||
        fwrite(bytes, 1, len, file) != len || fflush(file) != 0 || fsync(fileno(file)) != 0 ||
        rename(partial, path) != 0) {
        failed(partial, strerror(errno));
        goto end;
    }
    done = fencepost_partition_snapshot_taken(log->partition, info.map_end_offset) == FENCEPOST_OK ? 0 : -1;
end:
    if (file != NULL) fclose(file);
    free(bytes);
    return done;
}

/* Takes the snapshot, if there is a good one. A bad one is passed over: then the whole log is replayed. */
static int load_snapshot(struct log *log, int64_t now_ms) {
    char path[PATH_SIZE], why[256] = "";
    fencepost_error error = FENCEPOST_ERROR_WITH(why);
    int64_t offset = 0;
    long len;
    uint8_t *bytes = NULL;
    FILE *file;

    if (path_of(log, "producers.snapshot", path) != 0) return -1;
    file = fopen(path, "rb");
    if (file == NULL) return errno == ENOENT ? 0 : failed(path, strerror(errno));
    if (fseek(file, 0, SEEK_END) == 0 && (len = ftell(file)) > (long)sizeof offset && fseek(file, 0, SEEK_SET) == 0 &&
        fread(&offset, sizeof offset, 1, file) == 1) {
        size_t rest = (size_t)len - sizeof offset;
        bytes = malloc(rest);
        if (bytes != NULL && fread(bytes, 1, rest, file) == rest) {
            fencepost_status status = fencepost_partition_restore(
                log->partition, FENCEPOST_SNAPSHOT_FORMAT_FULL, bytes, rest, offset, now_ms, NULL, &error);
            if (status != FENCEPOST_OK) {
                fprintf(stderr, "log: %s is passed over: %s\n", path, why[0] ? why : fencepost_status_str(status));
            }
        }
    }
    if (bytes == NULL) fprintf(stderr, "log: %s is passed over: it can't be read\n", path);
    free(bytes);
    fclose(file);
    return 0;
}

/* Reads the log from its beginning, and tells the partition what lies behind its snapshot. Where a crash has left half
 * a batch at the end, the log ends before it. */
static int replay(struct log *log, int64_t now_ms) {
    uint8_t *bytes = malloc(LARGEST_BATCH);
    fencepost_context context = {0};
    fencepost_partition_info known;
    long good = 0;
    int done = -1;

    if (bytes == NULL) return failed("replay", strerror(errno));
    context.struct_size = sizeof context;
    context.origin = FENCEPOST_ORIGIN_REPLICATION; /* what is on the log was accepted once */
    context.now_ms = now_ms;
    if (fencepost_partition_look(log->partition, &known) != FENCEPOST_OK) goto end;

    for (;;) {
        fencepost_frame frame;
        fencepost_batch batch;
        fencepost_admission admission;
        size_t have = fread(bytes, 1, FENCEPOST_BATCH_HEADER_LEN, log->file);
        if (fencepost_batch_frame(bytes, have, &frame, NULL) != FENCEPOST_OK || frame.kind != FENCEPOST_FRAME_BATCH ||
            frame.size < have || frame.size > LARGEST_BATCH) {
            break;
        }
        have += fread(bytes + have, 1, (size_t)frame.size - have, log->file);
        if (have != frame.size || fencepost_batch_verify_crc(bytes, have, NULL) != FENCEPOST_OK ||
            fencepost_batch_read(bytes, have, &batch, NULL) != FENCEPOST_OK) {
            break;
        }
        good = ftell(log->file);
        if (batch.header.base_offset < known.map_end_offset) {
            log->end = batch.header.base_offset + batch.header.last_offset_delta + 1;
            continue; /* the snapshot knows it */
        }
        if (fencepost_partition_admit(log->partition, &batch, &context, &admission, NULL) != FENCEPOST_OK ||
            record(log, &admission.ticket, &batch.header, batch.header.base_offset) != 0) {
            failed("replay", "a batch of the log is refused");
            goto end;
        }
    }
    if (fseek(log->file, 0, SEEK_END) == 0 && ftell(log->file) > good) {
        fprintf(stderr, "log: what is behind byte %ld is no whole batch, and is cut off\n", good);
    }
    if (ftruncate(fileno(log->file), good) != 0 || fseek(log->file, good, SEEK_SET) != 0) {
        failed("replay", strerror(errno));
        goto end;
    }
    if (log->end < known.map_end_offset) {
        failed("replay", "the snapshot knows more than the log holds");
        goto end;
    }
    done = 0;
end:
    free(bytes);
    return done;
}

int log_open(struct log *log, const char *folder, int64_t now_ms) {
    char path[PATH_SIZE];
    fencepost_partition_config config = {0};
    fencepost_status status;
    FILE *random;

    *log = (struct log){.folder = folder};
    config.struct_size = sizeof config;
    config.producers = 1000;
    config.full = FENCEPOST_FULL_EVICT_EXPIRED;
    /* Clients choose producer ids, so the index is keyed by what they can't know. */
    random = fopen("/dev/urandom", "rb");
    if (random == NULL || fread(&config.seed, sizeof config.seed, 1, random) != 1) {
        if (random != NULL) fclose(random);
        return failed("/dev/urandom", strerror(errno));
    }
    fclose(random);

    status = fencepost_partition_new(&config, &log->partition);
    if (status != FENCEPOST_OK) return failed("partition", fencepost_status_str(status));
    if (path_of(log, "batches.log", path) != 0) goto bad;
    log->file = fopen(path, "r+b");
    if (log->file == NULL && errno == ENOENT) log->file = fopen(path, "w+b");
    if (log->file == NULL) {
        failed(path, strerror(errno));
        goto bad;
    }
    if (load_snapshot(log, now_ms) == 0 && replay(log, now_ms) == 0) return 0;
bad:
    log_close(log);
    return -1;
}

void log_close(struct log *log) {
    if (log->file != NULL) fclose(log->file);
    fencepost_partition_free(log->partition);
    *log = (struct log){0};
}
