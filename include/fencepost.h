/*
 * fencepost: idempotent producing as pure state machines; Kafka's producer ids, epochs, sequences
 * and five-batch window, for brokers, clients and devices.
 *
 * Made by `make header` of ffi/src; do not change it by hand.
 *
 * STATUS AND OUTPUTS. A function that can fail returns a fencepost_status: zero is success. Inputs
 * come first, outputs last, and outputs are written on success only (a fencepost_error on a
 * refusal only). A status below 100 says that the call was wrong or could not be made, one from 100
 * on is a refusal with a reason; after either nothing has changed, unless the function says so.
 * Under "Errors" a function names its own. Beside them, each can answer what is wrong with its
 * pointers and structs (1 to 5) or its handle (7 to 9), and of a producer whose journal is not open
 * FENCEPOST_STATE; one that names none has no others.
 * Compilers warn where a status is not looked at (FENCEPOST_NODISCARD), but that of a _fini.
 *
 * STRUCTS. A struct of options begins with struct_size: set it to sizeof the struct, and all that
 * you don't know to 0 (`= {0}`), which is every member's default. A program compiled with an older
 * header keeps working: what its struct does not have is 0. A larger struct than the library knows
 * is refused unless the rest of it is 0. Structs without struct_size are frozen. Members named
 * reserved are 0. Enumerations are passed as uint32_t: a number that is none of theirs is refused
 * with FENCEPOST_VALUE. Where a bool is written it is 0 or 1.
 *
 * POINTERS must not be NULL unless the documentation says so; an array of no elements may be NULL.
 * They are checked: NULL, misaligned, wrapping around the end of memory, and what would be written
 * touching what is read, a handle, or what else would be written are refused. That there is memory
 * behind a pointer can't be checked. What you point to is read or written during the call only and
 * stays yours, unless the documentation says otherwise.
 *
 * HANDLES are opaque and come in two flavours of the same type. From the heap: _new, given back by
 * _free, for which NULL is nothing to do. In your memory: ask _size, give at least so many bytes
 * aligned to FENCEPOST_ALIGN to _init, and take them back by _fini; nothing is allocated. The
 * memory must not be moved or touched meanwhile. A handle that was never initialised, ended, moved,
 * or is of another type is refused with FENCEPOST_HANDLE, as far as its memory can still be read:
 * using one after _free is undefined, as with free(3).
 *
 * THREADS. One thread at a time may use a handle, different handles go freely side by side, and
 * functions without a handle may be called by any thread at any time. Functions that take their
 * handle as const change nothing: those may run side by side with each other on the same handle.
 * The library starts no thread, takes no lock, keeps nothing global, and reads no clock: the time
 * is a parameter.
 *
 * A JOURNAL lets a producer come back as itself after a crash: it is one whose settings say
 * journaled. Its journal is opened first, in a file by fencepost_journal_open, or in storage of
 * yours by fencepost_journal_begin where there is none, and else by fencepost_journal_recover, _push,
 * _finish and _hold; then each partition is bound (fencepost_journal_bind). From then on all
 * functions of a producer hold for it, but for assign, resend, split, restore, restore_batch and bump:
 * a batch is numbered by fencepost_journal_assign, its records are made durable (in a file by
 * fencepost_journal_commit; else append what stands in the buffer, sync it, and say so by
 * fencepost_journal_synced), and only then fencepost_journal_claim gives the sending. Calls on a
 * journal that is not open, or not of the kind that the function is for, get FENCEPOST_STATE.
 *
 * UNITS. Times are milliseconds; points in time are milliseconds since 1970-01-01 00:00 UTC.
 * Lengths and sizes are bytes, of text without its NUL unless the documentation says otherwise.
 * Text is UTF-8. Offsets, sequences, epochs and ids are Kafka's.
 *
 * PANICS never cross into C. A function that would is answered with FENCEPOST_PANIC, what it was
 * about is written to the standard error, and its handle is poisoned: from then on all calls but
 * _free and _fini are answered with FENCEPOST_POISONED.
 *
 * WITHOUT A C LIBRARY. The static library can be built without std (docs/c.md): define
 * FENCEPOST_NO_HEAP before including this header, which takes away what needs an allocator or
 * files. A panic then does not unwind: the panic handler is the firmware's if it links the Rust
 * package, or, with the feature panic-handler, the library's, which stops the processor in a loop.
 *
 * TESTED ON x86-64 Linux with glibc: gcc 12 and clang 14, C99 to C2x, C++17 and C++20, under
 * AddressSanitizer, UndefinedBehaviorSanitizer and valgrind. The build without std runs a program
 * that links nothing else on a Cortex-M3 (qemu) and on x86-64. For x86-64 Windows the static
 * library and programs, one with a journal in a file, are built by mingw-w64 and run under Wine.
 * Not tested: Windows itself, MSVC, macOS, musl, 32-bit hosts, big-endian machines.
 *
 * Rules of the protocol, and why they are so: docs/rules.md of the repository.
 */


#ifndef FENCEPOST_H
#define FENCEPOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The version of this header; fencepost_version_number is that of the library. */
#define FENCEPOST_VERSION_MAJOR 0
#define FENCEPOST_VERSION_MINOR 1
#define FENCEPOST_VERSION_PATCH 0
#define FENCEPOST_VERSION_NUMBER                                                       \
  (((uint32_t)FENCEPOST_VERSION_MAJOR << 24) | ((uint32_t)FENCEPOST_VERSION_MINOR << 16) | \
   ((uint32_t)FENCEPOST_VERSION_PATCH << 8))
/* What a change of the binary interface changes; fencepost_version_abi is that of the library. */
#define FENCEPOST_ABI_VERSION 0

/* Defined where _new, _free and files can be had: everywhere, unless FENCEPOST_NO_HEAP is. */
#if !defined(FENCEPOST_NO_HEAP) && !defined(FENCEPOST_HEAP)
#define FENCEPOST_HEAP 1
#endif

/* A result that must be looked at. */
#if defined(__cplusplus) && __cplusplus >= 201703L
#define FENCEPOST_NODISCARD [[nodiscard]]
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ > 202000L
#define FENCEPOST_NODISCARD [[nodiscard]]
#elif defined(__GNUC__) || defined(__clang__)
#define FENCEPOST_NODISCARD __attribute__((warn_unused_result))
#else
#define FENCEPOST_NODISCARD
#endif

/* What memory for a handle is aligned to. */
#define FENCEPOST_ALIGN 64

/* At least what fencepost_partition_size says, as a constant for a static buffer. */
#define FENCEPOST_PARTITION_SIZE(producers, transactions, guards, undecided)             \
  (1024u + 170u * (size_t)(producers) + 24u * (size_t)(transactions) +                  \
   32u * (size_t)(guards) + 72u * (size_t)(undecided))

/* At least what fencepost_producer_size says, as a constant for a static buffer. */
#define FENCEPOST_PRODUCER_SIZE(partitions) (1024u + 768u * (size_t)(partitions))
/* The same of a producer with a journal. */
#define FENCEPOST_JOURNALED_PRODUCER_SIZE(partitions) (1024u + 3712u * (size_t)(partitions))
/* At least what fencepost_journal_overhead says. */
#define FENCEPOST_JOURNAL_OVERHEAD 1024

/* At least what fencepost_transaction_manager_size says, as a constant for a static buffer. */
#define FENCEPOST_TRANSACTION_MANAGER_SIZE(partitions) (640u + (size_t)(partitions))

/* The highest offset that a batch can be recorded at: 2^63 - 1 - 2^31. */
#define FENCEPOST_BASE_OFFSET_MAX INT64_C(9223372034707292159)

/* Bytes of a batch's header; a batch is at least so long. */
#define FENCEPOST_BATCH_HEADER_LEN 61
/* Bytes of the control batch that ends a transaction. */
#define FENCEPOST_MARKER_LEN 78
/* The most findings that one batch can have. */
#define FENCEPOST_FINDINGS_MAX 6
/* The most findings that one configuration can have. */
#define FENCEPOST_CONFIG_FINDINGS_MAX 27
/* Room for the name of any snapshot file, its NUL included. */
#define FENCEPOST_SNAPSHOT_NAME_SIZE 48
/* Bytes of an entry of a .txnindex. */
#define FENCEPOST_TXN_INDEX_ENTRY_LEN 34
/* How many headers a record may be given. */
#define FENCEPOST_RECORD_HEADERS_MAX 32

/* A fencepost_error that wants no sentence, and one that wants it in an array of char. */
#define FENCEPOST_ERROR_INIT                                                             \
  {(uint32_t)sizeof(fencepost_error), 0, NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0, {{0, 0, 0, 0}}}
#define FENCEPOST_ERROR_WITH(text)                                                       \
  {(uint32_t)sizeof(fencepost_error), 0, (text), sizeof(text), 0, 0, 0, 0, 0, 0, 0, 0,   \
   {{0, 0, 0, 0}}}


/**
 * What came of a call. Zero is success; no number is ever given another meaning.
 *
 * Below 100 the call itself was wrong, or could not be made: nothing has changed, and a
 * fencepost_error is not written. From 100 on the call was right and its answer is a refusal: a
 * fencepost_error says why.
 */
typedef enum fencepost_status {
  /**
   * It was done.
   */
  FENCEPOST_OK = 0,
  /**
   * A pointer is NULL that must not be.
   */
  FENCEPOST_NULL_POINTER = 1,
  /**
   * A pointer is not aligned as its type is, or memory for a handle is not aligned to
   * FENCEPOST_ALIGN.
   */
  FENCEPOST_MISALIGNED = 2,
  /**
   * What would be written lies in what is read, in a handle, or in what else would be written.
   */
  FENCEPOST_OVERLAP = 3,
  /**
   * A length is more than memory can hold.
   */
  FENCEPOST_LENGTH = 4,
  /**
   * struct_size is no size that the struct ever had, or what is beyond the size that this
   * library knows is not zero.
   */
  FENCEPOST_STRUCT_SIZE = 5,
  /**
   * A number is outside the range that its parameter or member names.
   */
  FENCEPOST_VALUE = 6,
  /**
   * The pointer is no living handle of this type: never initialised, ended, of another type, or
   * moved to another address.
   */
  FENCEPOST_HANDLE = 7,
  /**
   * A panic was caught in an earlier call on this handle: only its _free or _fini may follow.
   */
  FENCEPOST_POISONED = 8,
  /**
   * A panic was caught in this call: a defect of the library. The handle is poisoned.
   */
  FENCEPOST_PANIC = 9,
  /**
   * The buffer or array is too short; nothing was written to it.
   */
  FENCEPOST_BUFFER_TOO_SMALL = 10,
  /**
   * There is no such thing: the documentation of the function says what was looked for.
   */
  FENCEPOST_NOT_FOUND = 11,
  /**
   * The allocator had no memory.
   */
  FENCEPOST_MEMORY = 12,
  /**
   * The ticket was not made by this partition, or a part of it that is used was changed. What
   * is kept for later versions is not looked at.
   */
  FENCEPOST_TICKET_FOREIGN = 13,
  /**
   * The partition has changed since the ticket was given: its batch is on the log and the
   * partition does not know it. Take it in as replay would: admit it again with
   * FENCEPOST_ORIGIN_REPLICATION and the offset it got, and record that.
   */
  FENCEPOST_TICKET_STALE = 14,
  /**
   * Batches are undecided in the pipeline, and what was asked needs that none is.
   */
  FENCEPOST_UNDECIDED = 15,
  /**
   * Text is not UTF-8.
   */
  FENCEPOST_TEXT = 16,
  /**
   * The handle is not in a state in which this may be called.
   */
  FENCEPOST_STATE = 17,
  /**
   * The bytes are no record batch of format 2. error.position: the byte.
   */
  FENCEPOST_BATCH = 100,
  /**
   * The batch's CRC-32C is not that of its bytes. error.expected: stored; error.got: computed.
   */
  FENCEPOST_CRC = 101,
  /**
   * A record can't be read. error.position: the byte in the records.
   */
  FENCEPOST_RECORD = 102,
  /**
   * A control batch holds no end of a transaction.
   */
  FENCEPOST_MARKER = 103,
  /**
   * The batch would be longer than its length field can say, or than 2^31 - 1 records.
   */
  FENCEPOST_BUILD_TOO_LARGE = 104,
  /**
   * The batch's attributes name a codec: records are written uncompressed.
   */
  FENCEPOST_BUILD_CODEC = 105,
  /**
   * A batch holds at least one record.
   */
  FENCEPOST_BUILD_EMPTY = 106,
  /**
   * A leader refuses the batch. error.position: the byte.
   */
  FENCEPOST_INVALID = 107,
  /**
   * The records may not stand in a produce request.
   */
  FENCEPOST_PRODUCE = 108,
  /**
   * An entry of a .txnindex is wrong. error.position: the entry.
   */
  FENCEPOST_TXN_INDEX = 109,
  /**
   * The batch has to be rebuilt by the caller before offsets can be assigned.
   */
  FENCEPOST_REBUILT = 110,
  /**
   * The buffer is too short for what was to be built. error.expected: bytes needed.
   */
  FENCEPOST_BUILD_FULL = 111,
  /**
   * The producer's epoch is lower than the partition's: a zombie. error.expected, .got: epochs.
   */
  FENCEPOST_STALE_EPOCH = 200,
  /**
   * The sequence is not the next one. error.expected, .got: sequences.
   */
  FENCEPOST_OUT_OF_ORDER = 201,
  /**
   * A new epoch must begin at sequence 0. error.got: the sequence.
   */
  FENCEPOST_NEW_EPOCH_NOT_AT_ZERO = 202,
  /**
   * The first sequence is above the lowest that was verified. error.expected: the lowest.
   */
  FENCEPOST_ABOVE_VERIFIED = 203,
  /**
   * A producer of transaction version 2 that is not known must begin at 0. error.got.
   */
  FENCEPOST_UNKNOWN_NOT_AT_ZERO = 204,
  /**
   * On a log that has never held a record a producer must begin at 0. error.got.
   */
  FENCEPOST_NEVER_WRITTEN_NOT_AT_ZERO = 205,
  /**
   * A transactional write was not verified with its coordinator.
   */
  FENCEPOST_NOT_VERIFIED = 206,
  /**
   * A write without the transactional bit, inside a transaction. error.expected: its first
   * offset.
   */
  FENCEPOST_INSIDE_TRANSACTION = 207,
  /**
   * A marker comes from a coordinator that another has replaced. error.expected, .got: its
   * epochs.
   */
  FENCEPOST_COORDINATOR_FENCED = 208,
  /**
   * A marker of transaction version 2 must have a higher epoch. error.expected, .got: epochs.
   */
  FENCEPOST_MARKER_EPOCH_NOT_ABOVE = 209,
  /**
   * The sequences are those of another batch. error.expected: its first offset.
   */
  FENCEPOST_SEQUENCE_REUSED = 210,
  /**
   * The context says that no new producer may begin.
   */
  FENCEPOST_NEW_PRODUCER_REFUSED = 211,
  /**
   * Every producer's slot is taken. error.expected: how many there are.
   */
  FENCEPOST_PRODUCERS_FULL = 212,
  /**
   * Every transaction's place is taken. error.expected: how many there are.
   */
  FENCEPOST_TRANSACTIONS_FULL = 213,
  /**
   * Every verification's place is taken. error.expected: how many there are.
   */
  FENCEPOST_GUARDS_FULL = 214,
  /**
   * A replica has no slot to give: every producer has an open transaction. error.expected: how
   * many there are.
   */
  FENCEPOST_REPLICA_FULL = 215,
  /**
   * The scratch memory is too small for the append. error.expected: what there is room for.
   */
  FENCEPOST_SCRATCH_FULL = 216,
  /**
   * A batch of a larger append is on the log already. error.position: which; error.expected: its
   * first offset.
   */
  FENCEPOST_APPEND_DUPLICATE = 217,
  /**
   * A snapshot holds more producers or transactions than there is room for. error.expected: the
   * room.
   */
  FENCEPOST_RELOAD_FULL = 218,
  /**
   * Another rule of a newer core refused the batch; error.sentence names it.
   */
  FENCEPOST_REFUSED = 219,
  /**
   * A write of the producer ended without an answer, and must be resolved first.
   * error.expected: its ticket.
   */
  FENCEPOST_UNRESOLVED = 300,
  /**
   * As many batches of the producer are undecided as may be, or one that ends a transaction is.
   */
  FENCEPOST_PRODUCER_BUSY = 301,
  /**
   * Every place of the pool is taken. error.expected: how many there are.
   */
  FENCEPOST_POOL_FULL = 302,
  /**
   * The number names no undecided batch.
   */
  FENCEPOST_NOT_UNDECIDED = 303,
  /**
   * An earlier batch must be recorded or abandoned first. error.expected: its ticket.
   */
  FENCEPOST_NOT_NEXT = 304,
  /**
   * A verification has to wait until the producer's undecided batches are decided.
   */
  FENCEPOST_VERIFICATION_WAITS = 305,
  /**
   * The bytes are no snapshot of the format asked for. error.position: the byte.
   */
  FENCEPOST_SNAPSHOT = 400,
  /**
   * A file ends as a snapshot's does, and is not named for an offset.
   */
  FENCEPOST_SNAPSHOT_NAME = 401,
  /**
   * The audit has no room for another producer or transaction. error.expected: its room for
   * producers.
   */
  FENCEPOST_AUDIT_FULL = 450,
  /**
   * The producer has ended for good: fencepost_producer_fatal says why.
   */
  FENCEPOST_PRODUCER_FATAL = 500,
  /**
   * There is no such partition of the producer.
   */
  FENCEPOST_PRODUCER_NO_PARTITION = 501,
  /**
   * A batch holds at least one record, and at most 2^31 - 1.
   */
  FENCEPOST_PRODUCER_RECORD_COUNT = 502,
  /**
   * The batch's delivery timeout has passed already.
   */
  FENCEPOST_PRODUCER_DELIVERY_TIMEOUT = 503,
  /**
   * There is no identity yet, or it is being replaced.
   */
  FENCEPOST_PRODUCER_NO_IDENTITY = 504,
  /**
   * As many batches are in flight as may be.
   */
  FENCEPOST_PRODUCER_IN_FLIGHT = 505,
  /**
   * As many batches are undecided as there is memory for.
   */
  FENCEPOST_PRODUCER_FULL = 506,
  /**
   * The partition's first batch under an identity has not been answered: one at a time until
   * then.
   */
  FENCEPOST_PRODUCER_NOT_ANCHORED = 507,
  /**
   * Batches wait to be sent again: they go first.
   */
  FENCEPOST_PRODUCER_RETRIES_FIRST = 508,
  /**
   * It is not known what is on the log: that is settled first.
   */
  FENCEPOST_PRODUCER_UNSETTLED = 509,
  /**
   * The records are older than what the broker may have forgotten.
   */
  FENCEPOST_PRODUCER_OLD_RECORDS = 510,
  /**
   * A transactional producer must abort first.
   */
  FENCEPOST_PRODUCER_MUST_ABORT = 511,
  /**
   * No batch waits to be sent again.
   */
  FENCEPOST_PRODUCER_NOTHING_TO_SEND = 512,
  /**
   * There is no such batch.
   */
  FENCEPOST_PRODUCER_UNKNOWN_BATCH = 513,
  /**
   * The batch can't be split so.
   */
  FENCEPOST_PRODUCER_CANNOT_SPLIT = 514,
  /**
   * The answer is to a batch that was never sent.
   */
  FENCEPOST_PRODUCER_NEVER_SENT = 515,
  /**
   * The batch was answered before: the answer of this attempt no longer counts.
   */
  FENCEPOST_PRODUCER_ALREADY_ANSWERED = 516,
  /**
   * Nobody asked for this description or identity.
   */
  FENCEPOST_PRODUCER_NOT_ASKED = 517,
  /**
   * Batches are undecided.
   */
  FENCEPOST_PRODUCER_UNDECIDED = 518,
  /**
   * The answer makes no sense.
   */
  FENCEPOST_PRODUCER_NONSENSE = 519,
  /**
   * The result of an earlier call must be acknowledged first.
   */
  FENCEPOST_MANAGER_UNACKNOWLEDGED = 550,
  /**
   * The transaction or the producer has failed.
   */
  FENCEPOST_MANAGER_FAILED = 551,
  /**
   * The call belongs into another state. error.got: the state it is in.
   */
  FENCEPOST_MANAGER_STATE = 552,
  /**
   * There is no memory for this partition. error.got: the partition.
   */
  FENCEPOST_MANAGER_NO_PARTITION = 553,
  /**
   * The offsets of a group are still being sent. error.expected: the group.
   */
  FENCEPOST_MANAGER_OFFSETS_PENDING = 554,
  /**
   * No request is in flight.
   */
  FENCEPOST_MANAGER_NOTHING_IN_FLIGHT = 555,
  /**
   * Another request is in flight. error.expected: its correlation id.
   */
  FENCEPOST_MANAGER_IN_FLIGHT = 556,
  /**
   * The request is not what is asked for.
   */
  FENCEPOST_MANAGER_NOT_ASKED = 557,
  /**
   * A batch failed, and there is no transaction that it could belong to. error.got: the state.
   */
  FENCEPOST_MANAGER_NO_TRANSACTION = 558,
  /**
   * The journal has no room: write it anew, or wait for verdicts.
   */
  FENCEPOST_JOURNAL_FULL = 600,
  /**
   * The journal was never written, or is being written anew.
   */
  FENCEPOST_JOURNAL_REWRITING = 601,
  /**
   * Something is written to the journal and not confirmed, or what was lost is not known to be
   * gone for good.
   */
  FENCEPOST_JOURNAL_UNSYNCED = 602,
  /**
   * Nobody said which partition of which topic the number is. fencepost_journal_bind.
   */
  FENCEPOST_JOURNAL_NOT_BOUND = 603,
  /**
   * The number is bound to a partition already, or the partition to another number.
   */
  FENCEPOST_JOURNAL_BOUND = 604,
  /**
   * A record of the journal does not fit those before it. error.position: the byte, of a journal
   * that is read.
   */
  FENCEPOST_JOURNAL_MISFIT = 605,
  /**
   * The buffer is too short for the records, or the bytes are not those that were asked for.
   * error.expected: bytes wanted.
   */
  FENCEPOST_JOURNAL_BUFFER = 606,
  /**
   * The permit's records are not confirmed as durable yet.
   */
  FENCEPOST_JOURNAL_NOT_YET = 607,
  /**
   * Nothing must be sent: the write was lost, or the connection, or the batch has ended.
   */
  FENCEPOST_JOURNAL_VOID = 608,
  /**
   * The journal is damaged, and nothing of it is dropped in silence. error.position: the byte;
   * error.expected: where a good record follows, 0 if none is known.
   */
  FENCEPOST_JOURNAL_DAMAGE = 610,
  /**
   * The journal is another cluster's, where its numbers mean nothing.
   */
  FENCEPOST_JOURNAL_OTHER_CLUSTER = 611,
  /**
   * There is no journal.
   */
  FENCEPOST_JOURNAL_EMPTY = 612,
  /**
   * The journal was not written to its end when it was written anew: the one that it was to
   * replace counts. error.position: where it ends.
   */
  FENCEPOST_JOURNAL_INCOMPLETE = 613,
  /**
   * The system refuses a step on the journal's file. error.position: the byte; error.got: errno.
   */
  FENCEPOST_JOURNAL_IO = 620,
  /**
   * There is no room on the disk for the journal's file. error.position: the byte; error.got:
   * errno.
   */
  FENCEPOST_JOURNAL_DISK_FULL = 621,
  /**
   * Another process, or another producer of this one, holds the journal.
   */
  FENCEPOST_JOURNAL_HELD = 622,
  /**
   * The journal was copied or restored, or its lock's file is there and it is not: its numbers
   * may be in use elsewhere.
   * fencepost_journal_options.adopt goes on with it.
   */
  FENCEPOST_JOURNAL_MOVED = 623,
  /**
   * A write to the journal failed and could not be undone: end the producer, and open the
   * journal again. error.got: errno.
   */
  FENCEPOST_JOURNAL_POISONED = 624,
  /**
   * A coordinator refuses the request; error.kafka_code says how it is answered.
   */
  FENCEPOST_COORDINATOR = 700,
  /**
   * There is no producer id now: the next block is on its way.
   */
  FENCEPOST_WAITING_FOR_BLOCK = 701,
  /**
   * The controller's answer holds no block that can be used.
   */
  FENCEPOST_UNUSABLE_BLOCK = 702,
  /**
   * The controller gives no block, or its record can't be replayed.
   */
  FENCEPOST_BLOCK_REFUSED = 703,
  /**
   * The client does not start with these settings. error.position: which of them, or how many
   * there are if it is one that was not given.
   */
  FENCEPOST_CONFIG = 800,
  /**
   * The client has no setting of this name.
   */
  FENCEPOST_CONFIG_UNKNOWN = 801,
} fencepost_status;

/**
 * What a batch is: fencepost_batch.kind.
 */
typedef enum fencepost_batch_kind {
  /**
   * Records.
   */
  FENCEPOST_BATCH_KIND_DATA = 0,
  /**
   * A marker that commits a transaction.
   */
  FENCEPOST_BATCH_KIND_COMMIT = 1,
  /**
   * A marker that aborts a transaction.
   */
  FENCEPOST_BATCH_KIND_ABORT = 2,
  /**
   * A control batch whose record compaction took away.
   */
  FENCEPOST_BATCH_KIND_EMPTY_CONTROL = 3,
} fencepost_batch_kind;

/**
 * Who appends, and so how strict to be: fencepost_context.origin.
 */
typedef enum fencepost_origin {
  /**
   * A produce request: everything is checked.
   */
  FENCEPOST_ORIGIN_CLIENT = 0,
  /**
   * The coordinator on the leader: transaction markers, group metadata.
   */
  FENCEPOST_ORIGIN_COORDINATOR = 1,
  /**
   * A follower's append, and every replay of the log: what the leader accepted is taken.
   */
  FENCEPOST_ORIGIN_REPLICATION = 2,
  /**
   * The leader of a metadata log, whose offsets are assigned already.
   */
  FENCEPOST_ORIGIN_RAFT_LEADER = 3,
} fencepost_origin;

/**
 * What the first bytes of a log or a request say: fencepost_frame.kind.
 */
typedef enum fencepost_frame_kind {
  /**
   * A batch of format 2.
   */
  FENCEPOST_FRAME_BATCH = 1,
  /**
   * A message set of format 0 or 1.
   */
  FENCEPOST_FRAME_LEGACY = 2,
  /**
   * Too few bytes to say.
   */
  FENCEPOST_FRAME_INCOMPLETE = 3,
} fencepost_frame_kind;

/**
 * Whose broker is reproduced: fencepost_partition_config.profile. Rules that changed between
 * releases are named here.
 */
typedef enum fencepost_profile {
  /**
   * Kafka 4.2 to 4.4. With FENCEPOST_PROFILE_DEFAULT the newest one that the library knows.
   */
  FENCEPOST_PROFILE_DEFAULT = 0,
  /**
   * Kafka 3.9, as 3.9.2 is; for 3.9.0 see fencepost_partition_config.guard_first.
   */
  FENCEPOST_PROFILE_KAFKA_3_9 = 1,
  /**
   * Kafka 4.0: an open transaction counts only in its own epoch, and a marker leaves alone the
   * verification of the next transaction of a client with transaction version 2.
   */
  FENCEPOST_PROFILE_KAFKA_4_0 = 2,
  /**
   * Kafka 4.1: first sequences of transaction version 2, and stale epochs at verification.
   */
  FENCEPOST_PROFILE_KAFKA_4_1 = 3,
  /**
   * Kafka 4.2 to 4.4: markers of transaction version 2 need a higher epoch.
   */
  FENCEPOST_PROFILE_KAFKA_4_2 = 4,
} fencepost_profile;

/**
 * What happens to a client's new producer when every slot is taken:
 * fencepost_partition_config.full.
 */
typedef enum fencepost_full_policy {
  /**
   * It is refused.
   */
  FENCEPOST_FULL_REFUSE = 0,
  /**
   * The producer recorded least recently, and without an open transaction, is forgotten.
   */
  FENCEPOST_FULL_EVICT_LEAST_RECENT = 1,
  /**
   * An expired producer is forgotten, if there is one among the next 64 of the sweep; otherwise
   * it is refused.
   */
  FENCEPOST_FULL_EVICT_EXPIRED = 2,
} fencepost_full_policy;

/**
 * What a producer's age is counted from: fencepost_partition_config.expire_by.
 */
typedef enum fencepost_expire_by {
  /**
   * The largest timestamp of its last batch, as Kafka does.
   */
  FENCEPOST_EXPIRE_BY_RECORD_TIMESTAMP = 0,
  /**
   * The time of the append.
   */
  FENCEPOST_EXPIRE_BY_APPEND_TIME = 1,
} fencepost_expire_by;

/**
 * Which first sequence a producer may begin with that the partition does not know:
 * fencepost_partition_config.unknown_producer.
 */
typedef enum fencepost_unknown_producer {
  /**
   * Any, as Kafka 2.5 to 4.4.
   */
  FENCEPOST_UNKNOWN_PRODUCER_ANY_SEQUENCE = 0,
  /**
   * Only 0 while the partition has never held a record, else any (KAFKA-15591).
   */
  FENCEPOST_UNKNOWN_PRODUCER_ZERO_IF_NEVER_WRITTEN = 1,
} fencepost_unknown_producer;

/**
 * What becomes of a batch that is not refused: fencepost_admission.verdict.
 */
typedef enum fencepost_verdict {
  /**
   * Write it, then record the ticket.
   */
  FENCEPOST_VERDICT_APPEND = 1,
  /**
   * It is on the log already: answer where.
   */
  FENCEPOST_VERDICT_DUPLICATE = 2,
  /**
   * It is being written just now, by a pipeline: answer when that is decided.
   */
  FENCEPOST_VERDICT_PENDING = 3,
} fencepost_verdict;

/**
 * A format of snapshots.
 */
typedef enum fencepost_snapshot_format {
  /**
   * Kafka's .snapshot, version 1: one batch a producer, so dedup is narrower after a restart.
   */
  FENCEPOST_SNAPSHOT_FORMAT_V1 = 1,
  /**
   * fencepost's own, which keeps the whole window.
   */
  FENCEPOST_SNAPSHOT_FORMAT_FULL = 2,
} fencepost_snapshot_format;

/**
 * What a partition needs from its caller: fencepost_next.kind.
 */
typedef enum fencepost_next_kind {
  /**
   * Nothing now. New batches may be numbered, if fencepost_producer_assign lets them.
   */
  FENCEPOST_NEXT_IDLE = 0,
  /**
   * A time is over: fencepost_producer_handle_timeout.
   */
  FENCEPOST_NEXT_TIMEOUT = 1,
  /**
   * The batch is to be sent, again or under new numbers: fencepost_producer_resend.
   */
  FENCEPOST_NEXT_SEND = 2,
  /**
   * The batch is too large: fencepost_producer_split, or fencepost_producer_give_up.
   */
  FENCEPOST_NEXT_SPLIT = 3,
  /**
   * Ask the partition's leader for the producer id (DescribeProducers):
   * fencepost_producer_describe.
   */
  FENCEPOST_NEXT_DESCRIBE = 4,
} fencepost_next_kind;

/**
 * What came of one sending: fencepost_answer.kind.
 */
typedef enum fencepost_answer_kind {
  /**
   * The broker answered.
   */
  FENCEPOST_ANSWER_RESPONSE = 0,
  /**
   * No answer came in request.timeout.ms; the connection stays.
   */
  FENCEPOST_ANSWER_TIMED_OUT = 1,
  /**
   * The connection was lost before the answer.
   */
  FENCEPOST_ANSWER_DISCONNECTED = 2,
  /**
   * No byte of the request left: it is as if this sending had not been.
   */
  FENCEPOST_ANSWER_NOT_SENT = 3,
} fencepost_answer_kind;

/**
 * What a partition's leader says of the producer id (DescribeProducers): fencepost_described.kind.
 */
typedef enum fencepost_described_kind {
  /**
   * The id is listed.
   */
  FENCEPOST_DESCRIBED_LISTED = 0,
  /**
   * The answer has no such id.
   */
  FENCEPOST_DESCRIBED_NOT_LISTED = 1,
  /**
   * This broker or this user can't ask (before 2.8, or no READ on the topic): the partition's
   * leader is never asked again.
   */
  FENCEPOST_DESCRIBED_UNSUPPORTED = 2,
  /**
   * No answer, or a retriable error.
   */
  FENCEPOST_DESCRIBED_FAILED = 3,
} fencepost_described_kind;

/**
 * What timestamps a topic's records carry.
 */
typedef enum fencepost_timestamp_type {
  /**
   * Not known: the producer takes the worse of both.
   */
  FENCEPOST_TIMESTAMP_TYPE_UNKNOWN = 0,
  /**
   * The producer's.
   */
  FENCEPOST_TIMESTAMP_TYPE_CREATE_TIME = 1,
  /**
   * The broker's.
   */
  FENCEPOST_TIMESTAMP_TYPE_LOG_APPEND_TIME = 2,
} fencepost_timestamp_type;

/**
 * The honest word for a batch: fencepost_ended.verdict.
 */
typedef enum fencepost_outcome {
  /**
   * It is on the log, once.
   */
  FENCEPOST_OUTCOME_WRITTEN = 0,
  /**
   * It is not on the log and never will be: it may be sent under new numbers.
   */
  FENCEPOST_OUTCOME_NOT_WRITTEN = 1,
  /**
   * It may be on the log: sent again, it may be there twice.
   */
  FENCEPOST_OUTCOME_POSSIBLY_WRITTEN = 2,
} fencepost_outcome;

/**
 * Why a batch was not, or possibly, written: fencepost_ended.cause.
 */
typedef enum fencepost_cause {
  /**
   * It was written.
   */
  FENCEPOST_CAUSE_NONE = 0,
  /**
   * The broker answered kafka_code.
   */
  FENCEPOST_CAUSE_REFUSED = 1,
  /**
   * delivery.timeout.ms is over.
   */
  FENCEPOST_CAUSE_DELIVERY_TIMEOUT = 2,
  /**
   * No retries are left; the last answer was kafka_code.
   */
  FENCEPOST_CAUSE_RETRIES_EXHAUSTED = 3,
  /**
   * The broker may have forgotten the producer id: sending again is unsafe.
   */
  FENCEPOST_CAUSE_PRODUCER_ID_EXPIRED = 4,
  /**
   * The broker has forgotten the producer.
   */
  FENCEPOST_CAUSE_STATE_LOST = 5,
  /**
   * The log lost acknowledged records.
   */
  FENCEPOST_CAUSE_ACKED_LOST = 6,
  /**
   * A batch before it was not written.
   */
  FENCEPOST_CAUSE_BEHIND_GAP = 7,
  /**
   * A later batch was appended without it.
   */
  FENCEPOST_CAUSE_OVERTAKEN = 8,
  /**
   * Its transaction must be aborted.
   */
  FENCEPOST_CAUSE_ABORTED = 9,
  /**
   * The caller gave it up.
   */
  FENCEPOST_CAUSE_GIVEN_UP = 10,
  /**
   * A newer instance with a higher epoch has taken over.
   */
  FENCEPOST_CAUSE_FENCED = 11,
  /**
   * Somebody else writes under this producer id and epoch.
   */
  FENCEPOST_CAUSE_IDENTITY_CONFLICT = 12,
  /**
   * The producer can't go on after kafka_code.
   */
  FENCEPOST_CAUSE_FATAL = 13,
  /**
   * Another cause, of a newer core.
   */
  FENCEPOST_CAUSE_OTHER = 14,
} fencepost_cause;

/**
 * What an operator must hear of a partition: fencepost_notice.kind.
 */
typedef enum fencepost_notice_kind {
  /**
   * The broker has forgotten this producer.
   */
  FENCEPOST_NOTICE_STATE_LOST = 1,
  /**
   * Acknowledged records are missing.
   */
  FENCEPOST_NOTICE_ACKED_LOST = 2,
  /**
   * Somebody else writes under this identity.
   */
  FENCEPOST_NOTICE_IDENTITY_CONFLICT = 3,
  /**
   * Another one, of a newer core.
   */
  FENCEPOST_NOTICE_OTHER = 4,
} fencepost_notice_kind;

/**
 * A request of a transactional client: fencepost_transaction_request.kind.
 */
typedef enum fencepost_transaction_request_kind {
  /**
   * None.
   */
  FENCEPOST_TRANSACTION_REQUEST_NONE = 0,
  /**
   * FindCoordinator of the transactional id, to any broker.
   */
  FENCEPOST_TRANSACTION_REQUEST_FIND_COORDINATOR = 1,
  /**
   * FindCoordinator of the consumer group, to any broker.
   */
  FENCEPOST_TRANSACTION_REQUEST_FIND_GROUP_COORDINATOR = 2,
  /**
   * InitProducerId, to the transaction coordinator.
   */
  FENCEPOST_TRANSACTION_REQUEST_INIT_PRODUCER_ID = 3,
  /**
   * AddPartitionsToTxn, to the transaction coordinator, for what
   * fencepost_transaction_manager_partitions_to_add lists once it is marked as sent.
   */
  FENCEPOST_TRANSACTION_REQUEST_ADD_PARTITIONS = 4,
  /**
   * AddOffsetsToTxn, to the transaction coordinator.
   */
  FENCEPOST_TRANSACTION_REQUEST_ADD_OFFSETS = 5,
  /**
   * TxnOffsetCommit, to the group's coordinator, for the offsets that the caller holds.
   */
  FENCEPOST_TRANSACTION_REQUEST_TXN_OFFSET_COMMIT = 6,
  /**
   * EndTxn, to the transaction coordinator.
   */
  FENCEPOST_TRANSACTION_REQUEST_END_TXN = 7,
  /**
   * No request: nothing was added to the transaction, so that there is nothing to end. Marking
   * it as sent ends the transaction; there is no answer.
   */
  FENCEPOST_TRANSACTION_REQUEST_SKIP_END_TXN = 8,
} fencepost_transaction_request_kind;

/**
 * What failed: fencepost_failure.cause.
 */
typedef enum fencepost_failure_cause {
  /**
   * Nothing.
   */
  FENCEPOST_FAILURE_NONE = 0,
  /**
   * A request was answered with the code.
   */
  FENCEPOST_FAILURE_ANSWER = 1,
  /**
   * TxnOffsetCommit was answered with a code that says that the consumer is no longer the
   * group's member it says it is.
   */
  FENCEPOST_FAILURE_GROUP_METADATA = 2,
  /**
   * A partition could not be added in time.
   */
  FENCEPOST_FAILURE_UNKNOWN_PARTITION = 3,
  /**
   * A batch, or the call to send one, failed with the code.
   */
  FENCEPOST_FAILURE_BATCH = 4,
  /**
   * A numbered batch failed, and the coordinator is too old to raise the epoch.
   */
  FENCEPOST_FAILURE_CANNOT_BUMP = 5,
  /**
   * An answer without error named an identity that can't follow.
   */
  FENCEPOST_FAILURE_IDENTITY = 6,
  /**
   * The transaction is being aborted.
   */
  FENCEPOST_FAILURE_ABORTED = 7,
  /**
   * The caller gave the producer up: fencepost_transaction_manager_fail.
   */
  FENCEPOST_FAILURE_GIVEN_UP = 8,
  /**
   * Another one, of a newer core.
   */
  FENCEPOST_FAILURE_OTHER = 9,
} fencepost_failure_cause;

/**
 * The state of a transactional client: fencepost_transaction_manager_info.state.
 */
typedef enum fencepost_transaction_manager_state {
  /**
   * No producer id was asked for, or the request was not authorized.
   */
  FENCEPOST_TRANSACTION_MANAGER_STATE_UNINITIALIZED = 0,
  /**
   * InitProducerId is asked for.
   */
  FENCEPOST_TRANSACTION_MANAGER_STATE_INITIALIZING = 1,
  /**
   * Between transactions.
   */
  FENCEPOST_TRANSACTION_MANAGER_STATE_READY = 2,
  /**
   * In a transaction.
   */
  FENCEPOST_TRANSACTION_MANAGER_STATE_IN_TRANSACTION = 3,
  /**
   * The application commits.
   */
  FENCEPOST_TRANSACTION_MANAGER_STATE_COMMITTING = 4,
  /**
   * The application aborts.
   */
  FENCEPOST_TRANSACTION_MANAGER_STATE_ABORTING = 5,
  /**
   * The transaction must be aborted; then the producer can go on.
   */
  FENCEPOST_TRANSACTION_MANAGER_STATE_ABORTABLE_ERROR = 6,
  /**
   * Nothing more can be done with this producer.
   */
  FENCEPOST_TRANSACTION_MANAGER_STATE_FATAL_ERROR = 7,
} fencepost_transaction_manager_state;

/**
 * A call whose result the application must acknowledge.
 */
typedef enum fencepost_transaction_call {
  /**
   * None.
   */
  FENCEPOST_TRANSACTION_CALL_NONE = 0,
  /**
   * fencepost_transaction_manager_init_transactions.
   */
  FENCEPOST_TRANSACTION_CALL_INIT = 1,
  /**
   * fencepost_transaction_manager_commit.
   */
  FENCEPOST_TRANSACTION_CALL_COMMIT = 2,
  /**
   * fencepost_transaction_manager_abort.
   */
  FENCEPOST_TRANSACTION_CALL_ABORT = 3,
} fencepost_transaction_call;

/**
 * Which batches are to be failed now: fencepost_fail_batches.which.
 */
typedef enum fencepost_fail_which {
  /**
   * None.
   */
  FENCEPOST_FAIL_NONE = 0,
  /**
   * All of them: the producer is done for.
   */
  FENCEPOST_FAIL_ALL = 1,
  /**
   * Those that were never numbered. Numbered ones go on until they are answered.
   */
  FENCEPOST_FAIL_NEVER_NUMBERED = 2,
} fencepost_fail_which;

/**
 * What something from outside led to: fencepost_transaction_step.kind.
 */
typedef enum fencepost_transaction_step_kind {
  /**
   * Done; poll for what comes next.
   */
  FENCEPOST_TRANSACTION_STEP_DONE = 0,
  /**
   * Done, and this is the identity from now on: sequences begin at 0 in every partition.
   */
  FENCEPOST_TRANSACTION_STEP_IDENTITY = 1,
  /**
   * The coordinator is looked up again, and then the request is sent again.
   */
  FENCEPOST_TRANSACTION_STEP_FIND_COORDINATOR = 2,
  /**
   * The request is sent again after a backoff.
   */
  FENCEPOST_TRANSACTION_STEP_RETRY = 3,
  /**
   * The producer is uninitialized again; it may be initialized again.
   */
  FENCEPOST_TRANSACTION_STEP_UNINITIALIZED = 4,
  /**
   * The application must abort the transaction.
   */
  FENCEPOST_TRANSACTION_STEP_ABORTABLE = 5,
  /**
   * The producer is done for.
   */
  FENCEPOST_TRANSACTION_STEP_FATAL = 6,
  /**
   * Nothing comes of it: the producer was done for before, or the transaction is being aborted
   * anyway.
   */
  FENCEPOST_TRANSACTION_STEP_IGNORED = 7,
} fencepost_transaction_step_kind;

/**
 * What to do after an answer to InitProducerId: what fencepost_identity_step gives.
 */
typedef enum fencepost_identity_next {
  /**
   * Take the identity; its sequences begin at 0.
   */
  FENCEPOST_IDENTITY_NEXT_ADOPT = 0,
  /**
   * Look the transaction coordinator up, then ask again.
   */
  FENCEPOST_IDENTITY_NEXT_FIND_COORDINATOR = 1,
  /**
   * Ask again, after the backoff.
   */
  FENCEPOST_IDENTITY_NEXT_RETRY = 2,
  /**
   * Fail what waits for the identity; a later call may ask again.
   */
  FENCEPOST_IDENTITY_NEXT_UNAUTHORIZED = 3,
  /**
   * Fail the call; the application aborts and goes on.
   */
  FENCEPOST_IDENTITY_NEXT_ABORTABLE = 4,
  /**
   * Another producer has taken over the transactional id: fatal.
   */
  FENCEPOST_IDENTITY_NEXT_FENCED = 5,
  /**
   * Fatal, with the code.
   */
  FENCEPOST_IDENTITY_NEXT_FATAL = 6,
} fencepost_identity_next;

/**
 * How a journal ends: fencepost_journal_summary.tail.
 */
typedef enum fencepost_journal_tail {
  /**
   * With a record.
   */
  FENCEPOST_JOURNAL_TAIL_CLEAN = 0,
  /**
   * With a record, and erased memory (0xff) behind it: appending may go on.
   */
  FENCEPOST_JOURNAL_TAIL_ERASED = 1,
  /**
   * With a record that was not written to its end: the crash came while it was written. It
   * counts for nothing.
   */
  FENCEPOST_JOURNAL_TAIL_TORN = 2,
} fencepost_journal_tail;

/**
 * What a journal knew of a partition: fencepost_bound.kind.
 */
typedef enum fencepost_bound_kind {
  /**
   * Nothing.
   */
  FENCEPOST_BOUND_NEW = 0,
  /**
   * It was used before: what is undecided is resolved first, by fencepost_producer_poll as any.
   */
  FENCEPOST_BOUND_RESTORED = 1,
  /**
   * The number was another topic's, or a topic's that was deleted since: what was undecided
   * there is possibly written, and nothing is known of this one.
   */
  FENCEPOST_BOUND_RECREATED = 2,
} fencepost_bound_kind;

/**
 * What the next piece of a journal that is written anew needs: fencepost_piece.kind.
 */
typedef enum fencepost_piece_kind {
  /**
   * Nothing.
   */
  FENCEPOST_PIECE_RECORD = 0,
  /**
   * A batch's bytes, as the old journal has them.
   */
  FENCEPOST_PIECE_BATCH = 1,
} fencepost_piece_kind;

/**
 * What the next bytes of a journal are: fencepost_journal_item.kind. 1 to 9 are the kinds of
 * records, by their numbers in the journal.
 */
typedef enum fencepost_journal_item_kind {
  /**
   * The window is too short: give one of `wanted` bytes that begins at `next_offset`, or what
   * there is.
   */
  FENCEPOST_JOURNAL_ITEM_MORE = 0,
  /**
   * Who holds the journal from here on. `generation`, `place`.
   */
  FENCEPOST_JOURNAL_ITEM_HOLDER = 1,
  /**
   * The producer's id and the epoch that partitions begin with. `producer_id`,
   * `producer_epoch`.
   */
  FENCEPOST_JOURNAL_ITEM_IDENTITY = 2,
  /**
   * A partition as it is, its batches aside. `slot`, `of`, the state, `cursor`.
   */
  FENCEPOST_JOURNAL_ITEM_PARTITION = 3,
  /**
   * A batch that is about to be sent for the first time, or that was carried over when the
   * journal was written anew. `slot`, `producer_id`, `producer_epoch`, `carried`,
   * `base_sequence`, `records`, `max_timestamp`, `first_sent_ms`, `cursor`, `bytes`.
   */
  FENCEPOST_JOURNAL_ITEM_BATCH = 4,
  /**
   * A batch in two. `slot`, `producer_id`, `producer_epoch`, `base_sequence` of the whole; of
   * the first part `records`, `cursor` and `bytes`; of the second `second`.
   */
  FENCEPOST_JOURNAL_ITEM_SPLIT = 5,
  /**
   * Batches of this epoch that have ended. `slot`, the state, the verdicts.
   */
  FENCEPOST_JOURNAL_ITEM_VERDICTS = 6,
  /**
   * A new epoch: what is left is numbered from 0. `slot`, the state in it, and the verdicts of
   * the epoch that it ends.
   */
  FENCEPOST_JOURNAL_ITEM_BUMP = 7,
  /**
   * All that was known when the journal was written anew stands before this. A journal without
   * one does not count.
   */
  FENCEPOST_JOURNAL_ITEM_COMPLETE = 8,
  /**
   * A batch that did not end as written, carried over when the journal was written anew. `slot`,
   * `verdict`, `cursor`.
   */
  FENCEPOST_JOURNAL_ITEM_UNWRITTEN = 9,
  /**
   * The beginning of the journal. `turn`, `cluster_id`, `cluster_id_len`.
   */
  FENCEPOST_JOURNAL_ITEM_HEADER = 10,
  /**
   * The end. `tail`; `offset` is behind the last good record; `sentence` says why a tail is
   * torn.
   */
  FENCEPOST_JOURNAL_ITEM_END = 11,
} fencepost_journal_item_kind;

/**
 * What a finding is about: fencepost_finding.kind.
 */
typedef enum fencepost_finding_kind {
  /**
   * Sequences are missing. a: expected, b: got, c: how many.
   */
  FENCEPOST_FINDING_GAP = 1,
  /**
   * A batch stands there again. a: the first offset of the first time.
   */
  FENCEPOST_FINDING_DUPLICATE = 2,
  /**
   * Sequences go back. a: expected, b: got.
   */
  FENCEPOST_FINDING_REWOUND = 3,
  /**
   * The epoch goes back. a: the epoch before.
   */
  FENCEPOST_FINDING_EPOCH_LOWERED = 4,
  /**
   * A new epoch does not begin at 0. a: the epoch before, b: got.
   */
  FENCEPOST_FINDING_NEW_EPOCH_NOT_AT_ZERO = 5,
  /**
   * The epoch goes up. a: the epoch before.
   */
  FENCEPOST_FINDING_EPOCH_RAISED = 6,
  /**
   * A producer's first sequence is not 0. a: got.
   */
  FENCEPOST_FINDING_FIRST_SEQUENCE_NOT_ZERO = 7,
  /**
   * The leader had forgotten the producer. a: expected.
   */
  FENCEPOST_FINDING_STATE_LOST = 8,
  /**
   * A producer comes back that may have been forgotten. a: milliseconds of silence.
   */
  FENCEPOST_FINDING_CAME_BACK = 9,
  /**
   * A marker ends nothing.
   */
  FENCEPOST_FINDING_MARKER_WITHOUT_TRANSACTION = 10,
  /**
   * A transaction was left open. a: milliseconds of silence, b: 1 if it is late.
   */
  FENCEPOST_FINDING_TRANSACTION_LEFT_OPEN = 11,
  /**
   * The coordinator's epoch goes back. a: before, b: got.
   */
  FENCEPOST_FINDING_COORDINATOR_EPOCH_LOWERED = 12,
  /**
   * A write without the transactional bit in a transaction. a: its first offset.
   */
  FENCEPOST_FINDING_NON_TRANSACTIONAL_IN_TRANSACTION = 13,
  /**
   * A batch stands there again under a new epoch. a: the first offset, b: the epoch of the first
   * time.
   */
  FENCEPOST_FINDING_WRITTEN_TWICE = 14,
  /**
   * A leader knew less than the whole window. a: current, b: got.
   */
  FENCEPOST_FINDING_WINDOW_NARROWED = 15,
  /**
   * Two write under one identity. a: the first's sequence, b: the second's.
   */
  FENCEPOST_FINDING_IDENTITY_USED_TWICE = 16,
  /**
   * Another one, of a newer core.
   */
  FENCEPOST_FINDING_OTHER = 17,
} fencepost_finding_kind;

/**
 * The state of a transactional id: Kafka's numbers.
 */
typedef enum fencepost_transaction_state {
  /**
   * No transaction yet, or none any more.
   */
  FENCEPOST_TRANSACTION_STATE_EMPTY = 0,
  /**
   * Partitions have been added.
   */
  FENCEPOST_TRANSACTION_STATE_ONGOING = 1,
  /**
   * It commits: markers are being written.
   */
  FENCEPOST_TRANSACTION_STATE_PREPARE_COMMIT = 2,
  /**
   * It aborts: markers are being written.
   */
  FENCEPOST_TRANSACTION_STATE_PREPARE_ABORT = 3,
  /**
   * It has committed.
   */
  FENCEPOST_TRANSACTION_STATE_COMPLETE_COMMIT = 4,
  /**
   * It has aborted.
   */
  FENCEPOST_TRANSACTION_STATE_COMPLETE_ABORT = 5,
  /**
   * The transactional id is being forgotten.
   */
  FENCEPOST_TRANSACTION_STATE_DEAD = 6,
  /**
   * The epoch is being raised, to abort.
   */
  FENCEPOST_TRANSACTION_STATE_PREPARE_EPOCH_FENCE = 7,
} fencepost_transaction_state;

/**
 * What is to be done with a request: fencepost_transition.kind.
 */
typedef enum fencepost_transition_kind {
  /**
   * Nothing is to be written: answer code, with the identity.
   */
  FENCEPOST_TRANSITION_ANSWER = 0,
  /**
   * Write the record under the transactional id's key, with acks -1, then say what came of it.
   */
  FENCEPOST_TRANSITION_WRITE = 1,
  /**
   * The same with a tombstone: the key without a value.
   */
  FENCEPOST_TRANSITION_WRITE_TOMBSTONE = 2,
} fencepost_transition_kind;

/**
 * What an applied transition means: fencepost_applied.kind.
 */
typedef enum fencepost_applied_kind {
  /**
   * InitProducerId is answered with the identity.
   */
  FENCEPOST_APPLIED_INITIALIZED = 0,
  /**
   * The partitions are part of the transaction: answer 0.
   */
  FENCEPOST_APPLIED_PARTITIONS_ADDED = 1,
  /**
   * Answer code with the identity now, then write the marker to each of the transaction's
   * partitions; after each change of what is left of them call
   * fencepost_transaction_markers_left, also at once.
   */
  FENCEPOST_APPLIED_ENDING = 2,
  /**
   * The transaction is over; forget its partitions.
   */
  FENCEPOST_APPLIED_COMPLETED = 3,
  /**
   * Forget the transactional id.
   */
  FENCEPOST_APPLIED_REMOVED = 4,
  /**
   * The append failed, and nothing changed: answer code.
   */
  FENCEPOST_APPLIED_FAILED = 5,
  /**
   * The append of a completion failed: all markers are written, so append the same again, later.
   */
  FENCEPOST_APPLIED_RETRY = 6,
  /**
   * The append of a completion failed: another broker, or a later load, completes it.
   */
  FENCEPOST_APPLIED_STOP = 7,
  /**
   * The completion can't be written: fencepost_transaction_resume begins the markers again.
   */
  FENCEPOST_APPLIED_FATAL = 8,
} fencepost_applied_kind;

/**
 * What becomes of a partition of an ended transaction: what fencepost_marker_step gives.
 */
typedef enum fencepost_marker_next {
  /**
   * It has its marker: take it out of the transaction's set.
   */
  FENCEPOST_MARKER_NEXT_REMOVE = 0,
  /**
   * Send the marker again, to whoever leads the partition then.
   */
  FENCEPOST_MARKER_NEXT_RETRY = 1,
  /**
   * Drop all markers of this transaction: a newer coordinator has fenced this one.
   */
  FENCEPOST_MARKER_NEXT_GIVE_UP = 2,
  /**
   * A code that WriteTxnMarkers never answers with; Kafka stops here.
   */
  FENCEPOST_MARKER_NEXT_FATAL = 3,
} fencepost_marker_next;

/**
 * A request of the transaction protocol.
 */
typedef enum fencepost_api {
  /**
   * InitProducerId.
   */
  FENCEPOST_API_INIT_PRODUCER_ID = 0,
  /**
   * AddPartitionsToTxn.
   */
  FENCEPOST_API_ADD_PARTITIONS_TO_TXN = 1,
  /**
   * AddOffsetsToTxn.
   */
  FENCEPOST_API_ADD_OFFSETS_TO_TXN = 2,
  /**
   * EndTxn.
   */
  FENCEPOST_API_END_TXN = 3,
  /**
   * TxnOffsetCommit.
   */
  FENCEPOST_API_TXN_OFFSET_COMMIT = 4,
  /**
   * Produce.
   */
  FENCEPOST_API_PRODUCE = 5,
} fencepost_api;

/**
 * Where the marker of a partition has to go: of fencepost_marker_before_sending.
 */
typedef enum fencepost_destination {
  /**
   * To a leader that is known.
   */
  FENCEPOST_DESTINATION_LEADER = 0,
  /**
   * Nobody leads the partition now.
   */
  FENCEPOST_DESTINATION_NO_LEADER = 1,
  /**
   * The metadata no longer knows the partition.
   */
  FENCEPOST_DESTINATION_DELETED = 2,
} fencepost_destination;

/**
 * What the authorizer and the metadata say of a partition that a client wants to add.
 */
typedef enum fencepost_partition_access {
  /**
   * It may be written to.
   */
  FENCEPOST_PARTITION_ACCESS_GRANTED = 0,
  /**
   * The principal may not write to the topic, or the topic is internal.
   */
  FENCEPOST_PARTITION_ACCESS_DENIED = 1,
  /**
   * The metadata does not know it.
   */
  FENCEPOST_PARTITION_ACCESS_UNKNOWN = 2,
} fencepost_partition_access;

/**
 * A setting of Kafka's Java producer that bears on what is promised or refused, in the order of
 * Kafka's definition: of several bad values the first is reported.
 */
typedef enum fencepost_setting {
  /**
   * buffer.memory: bytes for batches that wait.
   */
  FENCEPOST_SETTING_BUFFER_MEMORY = 0,
  /**
   * retries: how often a batch is sent again.
   */
  FENCEPOST_SETTING_RETRIES = 1,
  /**
   * acks: whose acknowledgement counts.
   */
  FENCEPOST_SETTING_ACKS = 2,
  /**
   * compression.type: one of five codecs.
   */
  FENCEPOST_SETTING_COMPRESSION_TYPE = 3,
  /**
   * batch.size: bytes of a batch.
   */
  FENCEPOST_SETTING_BATCH_SIZE = 4,
  /**
   * linger.ms: how long a batch waits for records.
   */
  FENCEPOST_SETTING_LINGER_MS = 5,
  /**
   * delivery.timeout.ms: the deadline of a record.
   */
  FENCEPOST_SETTING_DELIVERY_TIMEOUT_MS = 6,
  /**
   * client.id: the client's name in the broker's logs.
   */
  FENCEPOST_SETTING_CLIENT_ID = 7,
  /**
   * max.request.size: bytes of a request.
   */
  FENCEPOST_SETTING_MAX_REQUEST_SIZE = 8,
  /**
   * retry.backoff.ms: the wait before the first retry.
   */
  FENCEPOST_SETTING_RETRY_BACKOFF_MS = 9,
  /**
   * retry.backoff.max.ms: the longest wait, since 3.7.
   */
  FENCEPOST_SETTING_RETRY_BACKOFF_MAX_MS = 10,
  /**
   * max.block.ms: how long a send may block.
   */
  FENCEPOST_SETTING_MAX_BLOCK_MS = 11,
  /**
   * request.timeout.ms: how long an answer may take.
   */
  FENCEPOST_SETTING_REQUEST_TIMEOUT_MS = 12,
  /**
   * max.in.flight.requests.per.connection: requests without an answer.
   */
  FENCEPOST_SETTING_MAX_IN_FLIGHT = 13,
  /**
   * enable.idempotence: the switch.
   */
  FENCEPOST_SETTING_ENABLE_IDEMPOTENCE = 14,
  /**
   * transaction.timeout.ms: when a broker aborts.
   */
  FENCEPOST_SETTING_TRANSACTION_TIMEOUT_MS = 15,
  /**
   * transactional.id: the name of a transactional producer.
   */
  FENCEPOST_SETTING_TRANSACTIONAL_ID = 16,
  /**
   * transaction.two.phase.commit.enable: no transaction expires; since 4.1.
   */
  FENCEPOST_SETTING_TWO_PHASE_COMMIT_ENABLE = 17,
} fencepost_setting;

/**
 * How often and in which order the records of a partition are on the log:
 * fencepost_resolved.promise, from the strongest down.
 */
typedef enum fencepost_promise {
  /**
   * Exactly once, in order, all of a transaction or nothing, across the sessions of one
   * transactional id.
   */
  FENCEPOST_PROMISE_EXACTLY_ONCE_ACROSS_SESSIONS = 0,
  /**
   * Exactly once and in order, for each partition, while the producer lives.
   */
  FENCEPOST_PROMISE_EXACTLY_ONCE_PER_SESSION = 1,
  /**
   * At least once: a retry may repeat records, but none overtakes another.
   */
  FENCEPOST_PROMISE_AT_LEAST_ONCE_IN_ORDER = 2,
  /**
   * At least once, and a retry may come after records that were sent later.
   */
  FENCEPOST_PROMISE_AT_LEAST_ONCE = 3,
  /**
   * At most once: nothing is repeated, and what fails is lost.
   */
  FENCEPOST_PROMISE_AT_MOST_ONCE = 4,
} fencepost_promise;

/**
 * Whether idempotence is on, and why: fencepost_resolved.idempotence.
 */
typedef enum fencepost_idempotence {
  /**
   * On: enable.idempotence=true is written out, so that conflicts are errors.
   */
  FENCEPOST_IDEMPOTENCE_ON_BY_REQUEST = 0,
  /**
   * On: the release turns it on; a conflict would drop it.
   */
  FENCEPOST_IDEMPOTENCE_ON_BY_DEFAULT = 1,
  /**
   * On: there is a transactional.id and no switch, before 3.0.1.
   */
  FENCEPOST_IDEMPOTENCE_ON_BY_TRANSACTIONAL_ID = 2,
  /**
   * Off: enable.idempotence=false is written out.
   */
  FENCEPOST_IDEMPOTENCE_OFF_BY_REQUEST = 3,
  /**
   * Off: the release does not turn it on, before 3.0.1.
   */
  FENCEPOST_IDEMPOTENCE_OFF_BY_DEFAULT = 4,
  /**
   * Off: it would be on, and other settings dropped it without an error (KAFKA-13673).
   */
  FENCEPOST_IDEMPOTENCE_OFF_BY_CONFLICT = 5,
} fencepost_idempotence;

/**
 * Where the client's id comes from: fencepost_resolved.client_id_from.
 */
typedef enum fencepost_client_id_from {
  /**
   * "producer-" and a number that counts the process's producers from 1.
   */
  FENCEPOST_CLIENT_ID_COUNTED = 0,
  /**
   * As given.
   */
  FENCEPOST_CLIENT_ID_GIVEN = 1,
  /**
   * "producer-" and the transactional id.
   */
  FENCEPOST_CLIENT_ID_OF_TRANSACTIONAL_ID = 2,
} fencepost_client_id_from;

/**
 * Releases of brokers that treat idempotent producers alike.
 */
typedef enum fencepost_brokers {
  /**
   * Since 2.8 the right to write to any topic is enough.
   */
  FENCEPOST_BROKERS_SINCE_2_8 = 0,
  /**
   * 0.11 to 2.7: IDEMPOTENT_WRITE on the cluster is needed.
   */
  FENCEPOST_BROKERS_BEFORE_2_8 = 1,
  /**
   * Before 0.11: there are no producer ids.
   */
  FENCEPOST_BROKERS_BEFORE_0_11 = 2,
} fencepost_brokers;

/**
 * What a finding is about: fencepost_config_finding.kind. Below 100 the client does not start;
 * from 100 on it is why the promise is what it is, from 200 on what should be known, from 300 on
 * what brokers refuse once it runs.
 */
typedef enum fencepost_config_finding_kind {
  /**
   * It must be true or false.
   */
  FENCEPOST_CONFIG_FINDING_BOOLEAN = 1,
  /**
   * It must be a whole number of 32 bits.
   */
  FENCEPOST_CONFIG_FINDING_INT = 2,
  /**
   * It must be a whole number of 64 bits.
   */
  FENCEPOST_CONFIG_FINDING_LONG = 3,
  /**
   * It must be text.
   */
  FENCEPOST_CONFIG_FINDING_TEXT = 4,
  /**
   * It must not be null.
   */
  FENCEPOST_CONFIG_FINDING_NOT_NULL = 5,
  /**
   * Nothing checks this null, and the client fails with a null pointer.
   */
  FENCEPOST_CONFIG_FINDING_NULL_CRASHES = 6,
  /**
   * It is below its bound. a: the bound.
   */
  FENCEPOST_CONFIG_FINDING_AT_LEAST = 7,
  /**
   * It is none of the words it may be.
   */
  FENCEPOST_CONFIG_FINDING_ONE_OF = 8,
  /**
   * It must not be empty.
   */
  FENCEPOST_CONFIG_FINDING_NOT_EMPTY = 9,
  /**
   * Idempotence needs at least one retry.
   */
  FENCEPOST_CONFIG_FINDING_RETRIES = 10,
  /**
   * Idempotence needs acks=all.
   */
  FENCEPOST_CONFIG_FINDING_ACKS_ALL = 11,
  /**
   * Idempotence bounds the requests in flight. a: the bound; b: 1 if idempotence was asked for.
   */
  FENCEPOST_CONFIG_FINDING_IN_FLIGHT = 12,
  /**
   * Transactions need idempotence, and it is off.
   */
  FENCEPOST_CONFIG_FINDING_IDEMPOTENCE = 13,
  /**
   * The deadline must cover linger.ms and request.timeout.ms. a: the least.
   */
  FENCEPOST_CONFIG_FINDING_DELIVERY = 14,
  /**
   * Transactions under two-phase commit have no timeout.
   */
  FENCEPOST_CONFIG_FINDING_NO_TIMEOUT = 15,
  /**
   * Another reason not to start, of a newer core.
   */
  FENCEPOST_CONFIG_FINDING_OTHER_PROBLEM = 99,
  /**
   * Idempotence is on: brokers know a batch that they have seen.
   */
  FENCEPOST_CONFIG_FINDING_SEQUENCED = 100,
  /**
   * A transactional id fences the sessions before.
   */
  FENCEPOST_CONFIG_FINDING_FENCED = 101,
  /**
   * A new session is unknown, and what it sends again is written again.
   */
  FENCEPOST_CONFIG_FINDING_NEW_SESSION_UNKNOWN = 102,
  /**
   * A batch whose deadline passes may be on the log or not.
   */
  FENCEPOST_CONFIG_FINDING_DEADLINE_DECIDES_NOTHING = 103,
  /**
   * Idempotence is off.
   */
  FENCEPOST_CONFIG_FINDING_NOT_IDEMPOTENT = 104,
  /**
   * A retry may write a batch again. a: how often at most.
   */
  FENCEPOST_CONFIG_FINDING_RETRIES_DUPLICATE = 105,
  /**
   * A retry may come after later batches. a: the requests in flight.
   */
  FENCEPOST_CONFIG_FINDING_RETRIES_REORDER = 106,
  /**
   * One request is under way at a time, so nothing overtakes a retry.
   */
  FENCEPOST_CONFIG_FINDING_ONE_IN_FLIGHT = 107,
  /**
   * Nothing is sent again.
   */
  FENCEPOST_CONFIG_FINDING_NO_RETRIES = 108,
  /**
   * The broker does not answer, so a loss goes unnoticed.
   */
  FENCEPOST_CONFIG_FINDING_NO_ANSWER = 109,
  /**
   * An acknowledged record is lost if the leader fails before a follower has it.
   */
  FENCEPOST_CONFIG_FINDING_LEADER_ALONE = 110,
  /**
   * Another reason, of a newer core.
   */
  FENCEPOST_CONFIG_FINDING_OTHER_REASON = 199,
  /**
   * Idempotence would be on, and these settings dropped it without an error.
   */
  FENCEPOST_CONFIG_FINDING_IDEMPOTENCE_DROPPED = 200,
  /**
   * Idempotence is off because this release does not turn it on.
   */
  FENCEPOST_CONFIG_FINDING_IDEMPOTENCE_NOT_DEFAULT = 201,
  /**
   * The deadline was not set and had to be raised. a: from, b: to.
   */
  FENCEPOST_CONFIG_FINDING_DELIVERY_RAISED = 202,
  /**
   * retry.backoff.ms is above retry.backoff.max.ms. a: every wait.
   */
  FENCEPOST_CONFIG_FINDING_BACKOFF_CONSTANT = 203,
  /**
   * A batch may fail long before its deadline. a: the retries.
   */
  FENCEPOST_CONFIG_FINDING_RETRIES_BOUNDED = 204,
  /**
   * transaction.timeout.ms does nothing without a transactional.id.
   */
  FENCEPOST_CONFIG_FINDING_TRANSACTION_TIMEOUT_UNUSED = 205,
  /**
   * A transaction may be aborted while its batches are still sent again. a: the deadline, b: the
   * transaction's timeout.
   */
  FENCEPOST_CONFIG_FINDING_DELIVERY_OUTLIVES_TRANSACTION = 206,
  /**
   * Another warning, of a newer core.
   */
  FENCEPOST_CONFIG_FINDING_OTHER_WARNING = 299,
  /**
   * The brokers know no producer ids.
   */
  FENCEPOST_CONFIG_FINDING_NO_PRODUCER_IDS = 300,
  /**
   * The brokers want the ACL IDEMPOTENT_WRITE.
   */
  FENCEPOST_CONFIG_FINDING_NOT_AUTHORIZED = 301,
  /**
   * The coordinator refuses the transaction timeout. a: it, b: the largest it takes.
   */
  FENCEPOST_CONFIG_FINDING_TRANSACTION_TIMEOUT = 302,
  /**
   * A record is larger than a request, or than the memory. a: its bytes, b: the bound.
   */
  FENCEPOST_CONFIG_FINDING_RECORD_TOO_LARGE = 303,
  /**
   * A batch may be larger than the broker takes. a: max.request.size, b: the bound.
   */
  FENCEPOST_CONFIG_FINDING_BATCH_TOO_LARGE = 304,
  /**
   * Fewer replicas are in sync than the topic asks for. a: how many, b: how many it asks for.
   */
  FENCEPOST_CONFIG_FINDING_NOT_ENOUGH_REPLICAS = 305,
  /**
   * With min.insync.replicas 1, acks=all may mean the leader alone.
   */
  FENCEPOST_CONFIG_FINDING_LEADER_MAY_SUFFICE = 306,
  /**
   * Something else that brokers refuse, of a newer core.
   */
  FENCEPOST_CONFIG_FINDING_OTHER_LATER = 399,
} fencepost_config_finding_kind;

/**
 * When it shows: fencepost_config_finding.moment.
 */
typedef enum fencepost_config_moment {
  /**
   * When the client is made.
   */
  FENCEPOST_CONFIG_MOMENT_START = 0,
  /**
   * At the first InitProducerId: before anything is sent.
   */
  FENCEPOST_CONFIG_MOMENT_FIRST_INIT_PRODUCER_ID = 1,
  /**
   * In a send, before the record leaves the client.
   */
  FENCEPOST_CONFIG_MOMENT_SEND = 2,
  /**
   * When the leader answers a produce request.
   */
  FENCEPOST_CONFIG_MOMENT_PRODUCE = 3,
  /**
   * Nothing tells.
   */
  FENCEPOST_CONFIG_MOMENT_NEVER = 4,
} fencepost_config_moment;

/**
 * What comes of it: fencepost_config_finding.outcome.
 */
typedef enum fencepost_config_outcome {
  /**
   * Nothing is refused.
   */
  FENCEPOST_CONFIG_OUTCOME_ACCEPTED = 0,
  /**
   * The client does not start.
   */
  FENCEPOST_CONFIG_OUTCOME_REFUSED = 1,
  /**
   * The producer can only be closed.
   */
  FENCEPOST_CONFIG_OUTCOME_FATAL = 2,
  /**
   * The record fails; the producer goes on.
   */
  FENCEPOST_CONFIG_OUTCOME_RECORD_FAILS = 3,
  /**
   * The record fails, and the transaction can only be aborted.
   */
  FENCEPOST_CONFIG_OUTCOME_TRANSACTION_ABORTS = 4,
  /**
   * The batch is split and sent in parts.
   */
  FENCEPOST_CONFIG_OUTCOME_SPLIT = 5,
  /**
   * The batch is sent again until its deadline.
   */
  FENCEPOST_CONFIG_OUTCOME_RETRIED_UNTIL_DEADLINE = 6,
} fencepost_config_outcome;

/**
 * Watches the batches of one partition go by.
 *
 * Made by fencepost_audit_new or fencepost_audit_init. One thread at a time may call functions
 * that take it without const; those that take it as const may run side by side with each other.
 */
typedef struct fencepost_audit fencepost_audit;

/**
 * The controller's side: where the next block of producer ids begins.
 *
 * Made by fencepost_block_allocator_new or fencepost_block_allocator_init. One thread at a time
 * may call functions that take it without const.
 */
typedef struct fencepost_block_allocator fencepost_block_allocator;

/**
 * Writes a record batch of format 2 into a buffer of the caller.
 *
 * Made by fencepost_builder_new or fencepost_builder_init. One thread at a time.
 */
typedef struct fencepost_builder fencepost_builder;

/**
 * A broker's producer ids: the block in use, and the next one, fetched before it is needed. No id
 * is handed out twice, whatever the controller answers.
 *
 * Made by fencepost_id_generator_new or fencepost_id_generator_init. One thread at a time may call
 * functions that take it without const.
 */
typedef struct fencepost_id_generator fencepost_id_generator;

/**
 * Reads a journal record by record, in a file or anywhere else, for a tool that shows or checks
 * one. It needs no producer, takes no lock and changes nothing: a producer comes back by
 * fencepost_journal_open or fencepost_journal_recover.
 *
 * Made by fencepost_journal_reader_new or fencepost_journal_reader_init. One thread at a time.
 */
typedef struct fencepost_journal_reader fencepost_journal_reader;

/**
 * What a broker knows of the producers that write to one log.
 *
 * Made by fencepost_partition_new or fencepost_partition_init. One thread at a time may call
 * functions that take it without const; those that take it as const may run side by side with each
 * other.
 */
typedef struct fencepost_partition fencepost_partition;

/**
 * A client's numbers: under which id, epoch and sequence each batch of each of its partitions goes
 * out, and what follows from each answer.
 *
 * Made by fencepost_producer_new or fencepost_producer_init. One thread at a time may call
 * functions that take it without const; those that take it as const may run side by side with each
 * other. A partition is a number from 0 to partitions - 1; which topic's it is, the caller knows.
 */
typedef struct fencepost_producer fencepost_producer;

/**
 * Memory that fencepost_partition_append works in. It may serve many partitions, one after the
 * other.
 *
 * Made by fencepost_scratch_new or fencepost_scratch_init. One thread at a time.
 */
typedef struct fencepost_scratch fencepost_scratch;

/**
 * Memory that a partition may move into when it needs more: fencepost_partition_grow.
 *
 * Made by fencepost_storage_new or fencepost_storage_init, by any thread, since it takes as long
 * as its memory is large. From fencepost_partition_grow on it belongs to that partition, until
 * fencepost_partition_grow_step gives it back or the partition ends.
 */
typedef struct fencepost_storage fencepost_storage;

/**
 * What a coordinator knows of one transactional id. Its partitions are the caller's to keep.
 *
 * Every change has two phases: a request prepares a transition, whose record the caller writes to
 * its log; then fencepost_transaction_appended applies it, or fencepost_transaction_append_failed
 * takes it back. Until then every other change is refused with CONCURRENT_TRANSACTIONS (51).
 *
 * Made by fencepost_transaction_new or fencepost_transaction_init. One thread at a time may call
 * functions that take it without const; those that take it as const may run side by side.
 */
typedef struct fencepost_transaction fencepost_transaction;

/**
 * The dialogue of one transactional producer with its coordinators (KIP-98, KIP-360, KIP-890): in
 * which state it is, what is to be sent to which coordinator next, what each answer means, and
 * which batches may be sent meanwhile. It does as Kafka's client 4.4.0 does, except where that
 * stalls or uses an identity twice (docs/deviations.md).
 *
 * Names, nodes, offsets and batches are the caller's. A partition is a number below `partitions`,
 * as of fencepost_producer, which numbers the batches: give it each identity that a step names
 * (fencepost_producer_handle_identity). A consumer group is a number of the caller's.
 *
 * The loop: while fencepost_transaction_manager_poll_request gives a request, send it, say so with
 * fencepost_transaction_manager_mark_sent, and give what comes of it to the handle function of its
 * kind. A call's result (fencepost_transaction_manager_poll_result) must be acknowledged before
 * the next call.
 *
 * Made by fencepost_transaction_manager_new or fencepost_transaction_manager_init. One thread at a
 * time may call functions that take it without const; those that take it as const may run side by
 * side with each other.
 */
typedef struct fencepost_transaction_manager fencepost_transaction_manager;

/**
 * Where a batch ends. Frozen: it never grows.
 */
typedef struct fencepost_frame {
  /**
   * A fencepost_frame_kind.
   */
  uint32_t kind;
  /**
   * The format: 0, 1 or 2; -1 if that can't be said yet.
   */
  int32_t magic;
  /**
   * Bytes of the whole batch, or how many are missing to say it.
   */
  uint64_t size;
} fencepost_frame;

/**
 * A batch that a producer's window remembers. Frozen: it never grows.
 */
typedef struct fencepost_batch_metadata {
  /**
   * Offset of the last record.
   */
  int64_t last_offset;
  /**
   * Largest timestamp of the batch, in milliseconds since 1970.
   */
  int64_t timestamp;
  /**
   * Sequence of the last record, or -1.
   */
  int32_t last_sequence;
  /**
   * Last offset minus first offset.
   */
  int32_t offset_delta;
} fencepost_batch_metadata;

/**
 * Why a call was refused.
 *
 * Set it to FENCEPOST_ERROR_INIT, or set struct_size, sentence and sentence_size by hand. Where a
 * function takes one, NULL may be given. It is written when the function returns a status from 100
 * on, and left as it was for every other status.
 */
typedef struct fencepost_error {
  /**
   * Set by the caller: sizeof(fencepost_error).
   */
  uint32_t struct_size;
  /**
   * What the function returned: a fencepost_status.
   */
  uint32_t status;
  /**
   * Set by the caller: where a sentence in English is to be written, ended by a NUL; NULL if
   * none is wanted.
   */
  char *sentence;
  /**
   * Set by the caller: how many bytes there are for it, NUL included. What has no room is cut
   * off.
   */
  size_t sentence_size;
  /**
   * How many bytes the whole sentence has, without NUL: less than sentence_size if all of it was
   * written. 0 if none was asked for.
   */
  size_t sentence_len;
  /**
   * Where: what is counted is said by the status. 0 if it has no place.
   */
  uint64_t position;
  /**
   * What would have been right: the status says of what. 0 if there is no such number.
   */
  int64_t expected;
  /**
   * What came: the status says of what. 0 if there is no such number.
   */
  int64_t got;
  /**
   * The producer that was refused; -1 if the status is not about one.
   */
  int64_t producer_id;
  /**
   * The Kafka error code that answers it; -1 (UNKNOWN_SERVER_ERROR) if there is none.
   */
  int16_t kafka_code;
  /**
   * The epoch that the producer came with; -1 if the status is not about one.
   */
  int16_t producer_epoch;
  /**
   * How many batches of the producer the decision saw, at most 5.
   */
  uint32_t window_len;
  /**
   * These batches, oldest first.
   */
  struct fencepost_batch_metadata window[5];
} fencepost_error;

/**
 * The header of a record batch of format 2. Frozen: it never grows.
 */
typedef struct fencepost_batch_header {
  /**
   * Offset of the first record.
   */
  int64_t base_offset;
  /**
   * Timestamp that the records' deltas are added to, in milliseconds since 1970.
   */
  int64_t base_timestamp;
  /**
   * Largest timestamp, in milliseconds since 1970.
   */
  int64_t max_timestamp;
  /**
   * Producer id, or -1.
   */
  int64_t producer_id;
  /**
   * Bytes of the batch after its first 12.
   */
  int32_t batch_length;
  /**
   * The leader's epoch when the batch was appended.
   */
  int32_t partition_leader_epoch;
  /**
   * CRC-32C of everything behind it.
   */
  uint32_t crc;
  /**
   * Last offset minus base offset.
   */
  int32_t last_offset_delta;
  /**
   * Sequence of the first record, or -1.
   */
  int32_t base_sequence;
  /**
   * How many records there are.
   */
  int32_t records_count;
  /**
   * Codec in bits 0 to 2, log-append time in 3, transactional in 4, control in 5, delete horizon
   * in 6.
   */
  int16_t attributes;
  /**
   * Producer epoch, or -1.
   */
  int16_t producer_epoch;
  /**
   * Ignored when read, 0 when written.
   */
  uint32_t reserved;
} fencepost_batch_header;

/**
 * A batch as a partition looks at it. Frozen: it never grows.
 *
 * fencepost_batch_read fills it in from bytes. Take a client's batch with kind
 * FENCEPOST_BATCH_KIND_DATA or after fencepost_validate, since a marker counts whoever brings it.
 */
typedef struct fencepost_batch {
  /**
   * The header, unchecked: replication may have brought any numbers.
   */
  struct fencepost_batch_header header;
  /**
   * A marker's timestamp, in milliseconds since 1970; otherwise ignored.
   */
  int64_t marker_timestamp;
  /**
   * A marker's coordinator epoch; otherwise ignored.
   */
  int32_t coordinator_epoch;
  /**
   * A fencepost_batch_kind. It decides, not the header's control bit.
   */
  uint32_t kind;
} fencepost_batch;

/**
 * What goes into the header of a batch. Frozen: it never grows.
 */
typedef struct fencepost_stamp {
  /**
   * The producer id, at least 0.
   */
  int64_t producer_id;
  /**
   * The sequence of the first record, at least 0.
   */
  int32_t base_sequence;
  /**
   * The epoch, at least 0.
   */
  int16_t producer_epoch;
  /**
   * 0.
   */
  uint16_t reserved;
} fencepost_stamp;

/**
 * How a batch is to be built. 0 is every default.
 */
typedef struct fencepost_batch_options {
  /**
   * sizeof(fencepost_batch_options).
   */
  uint32_t struct_size;
  /**
   * The leader's epoch; a producer writes 0, as it is not part of the CRC.
   */
  int32_t partition_leader_epoch;
  /**
   * Offset of the first record; a producer writes 0.
   */
  int64_t base_offset;
  /**
   * 1 if the base timestamp is given; otherwise it is that of the first record.
   */
  uint32_t has_base_timestamp;
  /**
   * Attributes: the transactional bit, 0x10. A codec is refused.
   */
  int16_t attributes;
  /**
   * 0.
   */
  uint16_t reserved;
  /**
   * The base timestamp, in milliseconds since 1970.
   */
  int64_t base_timestamp;
} fencepost_batch_options;

/**
 * A header of a record. Frozen: it never grows.
 */
typedef struct fencepost_record_header {
  /**
   * The key; NULL only if it is empty.
   */
  const uint8_t *key;
  /**
   * Its bytes.
   */
  size_t key_len;
  /**
   * The value; NULL for a null value.
   */
  const uint8_t *value;
  /**
   * Its bytes.
   */
  size_t value_len;
} fencepost_record_header;

/**
 * A record that is to be written. All that it points to stays the caller's, and is read during the
 * call only.
 */
typedef struct fencepost_record {
  /**
   * sizeof(fencepost_record).
   */
  uint32_t struct_size;
  /**
   * How many headers there are, at most FENCEPOST_RECORD_HEADERS_MAX.
   */
  uint32_t headers_len;
  /**
   * Milliseconds since 1970.
   */
  int64_t timestamp;
  /**
   * The key; NULL for a null key.
   */
  const uint8_t *key;
  /**
   * Its bytes; 0 for a null key.
   */
  size_t key_len;
  /**
   * The value; NULL for a null value.
   */
  const uint8_t *value;
  /**
   * Its bytes; 0 for a null value.
   */
  size_t value_len;
  /**
   * The headers; NULL if there are none.
   */
  const struct fencepost_record_header *headers;
  /**
   * NULL.
   */
  const void *reserved;
} fencepost_record;

/**
 * The control batch that ends a transaction. 0 is every default.
 */
typedef struct fencepost_marker {
  /**
   * sizeof(fencepost_marker).
   */
  uint32_t struct_size;
  /**
   * FENCEPOST_BATCH_KIND_COMMIT or FENCEPOST_BATCH_KIND_ABORT.
   */
  uint32_t kind;
  /**
   * Offset of the marker.
   */
  int64_t base_offset;
  /**
   * Milliseconds since 1970.
   */
  int64_t timestamp;
  /**
   * The producer id.
   */
  int64_t producer_id;
  /**
   * The coordinator's epoch.
   */
  int32_t coordinator_epoch;
  /**
   * The leader's epoch.
   */
  int32_t partition_leader_epoch;
  /**
   * The producer's epoch.
   */
  int16_t producer_epoch;
  /**
   * 0.
   */
  uint16_t reserved[3];
} fencepost_marker;

/**
 * A record as it lies in its batch. Frozen: it never grows.
 */
typedef struct fencepost_record_view {
  /**
   * Its offset.
   */
  int64_t offset;
  /**
   * Milliseconds since 1970.
   */
  int64_t timestamp;
  /**
   * The key, in the batch's bytes; NULL for a null key.
   */
  const uint8_t *key;
  /**
   * Its bytes.
   */
  size_t key_len;
  /**
   * The value, in the batch's bytes; NULL for a null value.
   */
  const uint8_t *value;
  /**
   * Its bytes.
   */
  size_t value_len;
  /**
   * Its sequence, -1 if the batch has none.
   */
  int32_t sequence;
  /**
   * How many headers it has, possibly more than there was room for.
   */
  uint32_t headers_count;
} fencepost_record_view;

/**
 * How a leader looks at what is to be appended. 0 is every default.
 */
typedef struct fencepost_validation {
  /**
   * sizeof(fencepost_validation).
   */
  uint32_t struct_size;
  /**
   * 0 for a client's batches, 1 for a coordinator's.
   */
  uint32_t coordinator;
  /**
   * The offset that the first record gets.
   */
  int64_t next_offset;
  /**
   * 1 if the topic names a codec: compression.type.
   */
  uint32_t has_topic_codec;
  /**
   * The topic's codec, 0 to 4.
   */
  int32_t topic_codec;
  /**
   * 1 for a topic that is compacted: every record needs a key.
   */
  uint32_t is_compacted;
  /**
   * 1 for a topic of log-append time.
   */
  uint32_t log_append_time;
  /**
   * The broker's clock, milliseconds since 1970.
   */
  int64_t now_ms;
  /**
   * message.timestamp.before.max.ms; 0 for no bound.
   */
  int64_t before_max_ms;
  /**
   * message.timestamp.after.max.ms; 0 for no bound.
   */
  int64_t after_max_ms;
  /**
   * The records as they are decompressed, of a compressed batch; NULL to leave them unread.
   */
  const uint8_t *decompressed;
  /**
   * Their bytes.
   */
  size_t decompressed_len;
} fencepost_validation;

/**
 * What a leader writes into a batch before it appends it. Frozen: it never grows.
 */
typedef struct fencepost_assigned {
  /**
   * Offset of the first record.
   */
  int64_t base_offset;
  /**
   * Offset of the last record.
   */
  int64_t last_offset;
  /**
   * The batch's largest timestamp, if has_max_timestamp; milliseconds since 1970.
   */
  int64_t max_timestamp;
  /**
   * How many records there are.
   */
  int32_t records;
  /**
   * 1 if max_timestamp is known.
   */
  uint32_t has_max_timestamp;
  /**
   * 1 if the timestamp is the broker's.
   */
  uint32_t is_append_time;
  /**
   * 1 if the batch has to be built anew, for the topic's codec.
   */
  uint32_t is_rebuilt;
  /**
   * 1 if the records were read.
   */
  uint32_t records_read;
  /**
   * 0.
   */
  uint32_t reserved;
} fencepost_assigned;

/**
 * An entry of a .txnindex. Frozen: it never grows.
 */
typedef struct fencepost_aborted {
  /**
   * Whose transaction it was.
   */
  int64_t producer_id;
  /**
   * Offset of its first record.
   */
  int64_t first_offset;
  /**
   * Offset of its marker.
   */
  int64_t last_offset;
  /**
   * The last stable offset when the marker was appended.
   */
  int64_t last_stable_offset;
} fencepost_aborted;

/**
 * How a partition decides, and how much it holds. 0 means the default everywhere; the default of a
 * size is none.
 */
typedef struct fencepost_partition_config {
  /**
   * sizeof(fencepost_partition_config).
   */
  uint32_t struct_size;
  /**
   * How many producers there is memory for.
   */
  uint32_t producers;
  /**
   * How many open and unreplicated transactions there is memory for.
   */
  uint32_t transactions;
  /**
   * How many verifications of transactional writes there is memory for.
   */
  uint32_t guards;
  /**
   * How many batches may be undecided in the pipeline at once, all producers together.
   */
  uint32_t undecided;
  /**
   * A fencepost_profile.
   */
  uint32_t profile;
  /**
   * A random number. Clients choose producer ids, so the index must be keyed by something they
   * can't know; it also tells the tickets of one partition from another's. 0 is a number like
   * any other: with the same one in two partitions, each takes the other's tickets.
   */
  uint64_t seed;
  /**
   * producer.id.expiration.ms; 0 for Kafka's default, 86400000.
   */
  uint32_t expiration_ms;
  /**
   * transaction.max.timeout.ms; 0 for Kafka's default, 900000.
   */
  uint32_t max_transaction_ms;
  /**
   * A fencepost_full_policy.
   */
  uint32_t full;
  /**
   * A fencepost_expire_by.
   */
  uint32_t expire_by;
  /**
   * A fencepost_unknown_producer.
   */
  uint32_t unknown_producer;
  /**
   * 1 to take transactional writes without verification (KIP-890).
   */
  uint32_t without_verification;
  /**
   * 1 to look at the guard of a transactional write before its epoch, as the releases before the
   * fix of KAFKA-19690 do, such as 3.9.0.
   */
  uint32_t guard_first;
  /**
   * 0.
   */
  uint32_t reserved;
} fencepost_partition_config;

/**
 * What a broker knows of an append beside the batch. 0 in a member that need not be given means
 * its default.
 */
typedef struct fencepost_context {
  /**
   * sizeof(fencepost_context).
   */
  uint32_t struct_size;
  /**
   * A fencepost_origin.
   */
  uint32_t origin;
  /**
   * The broker's clock, in milliseconds since 1970.
   */
  int64_t now_ms;
  /**
   * The guard of the verification that a transactional write went through; 0 if none did.
   */
  uint64_t guard;
  /**
   * The transaction version of a marker's coordinator: 0, 1 or 2.
   */
  uint32_t transaction_version;
  /**
   * 1 if a producer that the partition does not know may not begin now: refused for clients,
   * ignored for every other origin.
   */
  uint32_t refuse_new_producers;
  /**
   * 1 if the partition's log has never held a record, for
   * FENCEPOST_UNKNOWN_PRODUCER_ZERO_IF_NEVER_WRITTEN.
   */
  uint32_t never_written;
  /**
   * 0.
   */
  uint32_t reserved;
} fencepost_context;

/**
 * The right to record one batch: plain data that may be copied, kept and thrown away. Good until
 * the partition's next change; a late or changed one is refused. Frozen: it never grows.
 */
typedef struct fencepost_ticket {
  /**
   * The library's.
   */
  uint64_t opaque[12];
} fencepost_ticket;

/**
 * What becomes of a batch that is not refused. Frozen: it never grows.
 */
typedef struct fencepost_admission {
  /**
   * A fencepost_verdict. It says which of the members below are written; the others keep what
   * was in them.
   */
  uint32_t verdict;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * Of FENCEPOST_VERDICT_DUPLICATE the offset of the first record, which is answered.
   */
  int64_t first_offset;
  /**
   * Of FENCEPOST_VERDICT_DUPLICATE the batch as it is remembered; its timestamp is the answer's
   * log-append time, whatever the topic's timestamp type is.
   */
  struct fencepost_batch_metadata seen;
  /**
   * Of FENCEPOST_VERDICT_APPEND what to record.
   */
  struct fencepost_ticket ticket;
} fencepost_admission;

/**
 * A transaction that a marker ended. Frozen: it never grows.
 */
typedef struct fencepost_completed {
  /**
   * Whose it was; -1 if the batch ended none, and then nothing else here means anything.
   */
  int64_t producer_id;
  /**
   * Offset of its first record.
   */
  int64_t first_offset;
  /**
   * Offset of its marker.
   */
  int64_t last_offset;
  /**
   * The last stable offset as it was before, which the .txnindex wants.
   */
  int64_t last_stable_offset;
  /**
   * Whether it was aborted: then it belongs into the .txnindex.
   */
  bool aborted;
  /**
   * 0.
   */
  uint8_t reserved[7];
} fencepost_completed;

/**
 * A transactional write that is to be verified with its coordinator (KIP-890).
 */
typedef struct fencepost_verification {
  /**
   * sizeof(fencepost_verification).
   */
  uint32_t struct_size;
  /**
   * The first sequence of the batch that waits for it.
   */
  int32_t base_sequence;
  /**
   * The producer id.
   */
  int64_t producer_id;
  /**
   * Its epoch.
   */
  int16_t producer_epoch;
  /**
   * 0.
   */
  uint16_t reserved;
  /**
   * 1 if the client knows transaction version 2.
   */
  uint32_t supports_epoch_bump;
} fencepost_verification;

/**
 * What a partition knows as a whole. Frozen: it never grows.
 */
typedef struct fencepost_partition_info {
  /**
   * The offset up to which, exclusive, the state reflects the log.
   */
  int64_t map_end_offset;
  /**
   * The first offset of the oldest open or unreplicated transaction, -1 if there is none.
   */
  int64_t first_unstable_offset;
  /**
   * The first offset of the oldest open transaction, -1 if there is none.
   */
  int64_t first_undecided_offset;
  /**
   * The offset a snapshot is to be taken for, -1 if nothing was recorded since the last one.
   */
  int64_t snapshot_due;
  /**
   * How many producers are known.
   */
  uint32_t producers;
  /**
   * How many there is memory for.
   */
  uint32_t producers_capacity;
  /**
   * How many transactions are open.
   */
  uint32_t ongoing_transactions;
  /**
   * How many have ended with a marker that is not yet below the high watermark.
   */
  uint32_t unreplicated_transactions;
  /**
   * How many batches are undecided in the pipeline.
   */
  uint32_t undecided;
  /**
   * How many there is memory for.
   */
  uint32_t undecided_capacity;
  /**
   * 0.
   */
  uint64_t reserved[4];
} fencepost_partition_info;

/**
 * A producer as a partition knows it: what DescribeProducers shows, and its window. Frozen: it
 * never grows.
 */
typedef struct fencepost_producer_description {
  /**
   * The producer id.
   */
  int64_t producer_id;
  /**
   * Largest timestamp of its last batch, or the time of its append, by the configuration;
   * milliseconds since 1970, -1 if none is known.
   */
  int64_t last_timestamp;
  /**
   * First offset of its open transaction, -1 if none is open.
   */
  int64_t current_txn_start_offset;
  /**
   * Its epoch.
   */
  int32_t producer_epoch;
  /**
   * Sequence of its last record, -1 if none is known.
   */
  int32_t last_sequence;
  /**
   * Epoch of the coordinator of its last marker, -1 if none is known.
   */
  int32_t coordinator_epoch;
  /**
   * How many batches are remembered, at most 5.
   */
  uint32_t window_len;
  /**
   * These batches, oldest first.
   */
  struct fencepost_batch_metadata window[5];
} fencepost_producer_description;

/**
 * An open transaction, or one whose marker is not replicated yet. Frozen: it never grows.
 */
typedef struct fencepost_transaction_range {
  /**
   * Whose it is.
   */
  int64_t producer_id;
  /**
   * Offset of its first record.
   */
  int64_t first_offset;
  /**
   * Offset of its marker; means nothing while it is open.
   */
  int64_t last_offset;
} fencepost_transaction_range;

/**
 * What a step of expiry did. Frozen: it never grows.
 */
typedef struct fencepost_swept {
  /**
   * How many producers were forgotten.
   */
  uint32_t forgotten;
  /**
   * Whether every producer and verification has been looked at.
   */
  bool finished;
  /**
   * 0.
   */
  uint8_t reserved[3];
} fencepost_swept;

/**
 * How many producers and transactions one append may touch. 0 is none.
 */
typedef struct fencepost_scratch_config {
  /**
   * sizeof(fencepost_scratch_config).
   */
  uint32_t struct_size;
  /**
   * How many different producers the batches of one append may have.
   */
  uint32_t producers;
  /**
   * How many transactions they may open or end.
   */
  uint32_t transactions;
  /**
   * 0.
   */
  uint32_t reserved;
} fencepost_scratch_config;

/**
 * What a rebuild needs to know of a log.
 */
typedef struct fencepost_log_shape {
  /**
   * sizeof(fencepost_log_shape).
   */
  uint32_t struct_size;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * The base offsets of its segments, ascending.
   */
  const int64_t *segment_bases;
  /**
   * How many there are.
   */
  size_t segment_bases_len;
  /**
   * The log start offset.
   */
  int64_t log_start;
  /**
   * The offset to rebuild up to, exclusive: the log's end, or where recovery stands.
   */
  int64_t last_offset;
} fencepost_log_shape;

/**
 * A segment to replay. Frozen: it never grows.
 */
typedef struct fencepost_replay_segment {
  /**
   * The segment's base offset.
   */
  int64_t base_offset;
  /**
   * Replay from the batch that contains this offset, as a whole; set the map end to it before.
   */
  int64_t from;
  /**
   * Replay up to, exclusive, the first batch whose last offset is at or above this; to the
   * segment's end if it is 9223372036854775807.
   */
  int64_t until;
  /**
   * Whether a snapshot is to be taken before the replay, if one is due.
   */
  bool takes_snapshot;
  /**
   * 0.
   */
  uint8_t reserved[7];
} fencepost_replay_segment;

/**
 * What becomes of a batch that is not refused by a pipeline. Frozen: it never grows.
 */
typedef struct fencepost_pipelined {
  /**
   * A fencepost_verdict.
   */
  uint32_t verdict;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * Of FENCEPOST_VERDICT_APPEND and FENCEPOST_VERDICT_PENDING the undecided batch; 0 from
   * fencepost_pipeline_admit, which begins nothing.
   */
  uint64_t ticket;
  /**
   * Of FENCEPOST_VERDICT_DUPLICATE the offset of the first record, which is answered; else -1.
   */
  int64_t first_offset;
  /**
   * Of FENCEPOST_VERDICT_DUPLICATE the batch as it is remembered.
   */
  struct fencepost_batch_metadata seen;
} fencepost_pipelined;

/**
 * An undecided batch. Frozen: it never grows.
 */
typedef struct fencepost_undecided {
  /**
   * Its name.
   */
  uint64_t ticket;
  /**
   * Whose it is, -1 for a batch without a producer.
   */
  int64_t producer_id;
  /**
   * Whether its write ended without an answer, so that it may be on the log.
   */
  bool unknown;
  /**
   * 0.
   */
  uint8_t reserved[7];
} fencepost_undecided;

/**
 * How much a storage holds. 0 is none.
 */
typedef struct fencepost_storage_config {
  /**
   * sizeof(fencepost_storage_config).
   */
  uint32_t struct_size;
  /**
   * How many producers there is memory for.
   */
  uint32_t producers;
  /**
   * How many open and unreplicated transactions.
   */
  uint32_t transactions;
  /**
   * How many verifications of transactional writes.
   */
  uint32_t guards;
  /**
   * How many batches may be undecided in the pipeline.
   */
  uint32_t undecided;
  /**
   * 0.
   */
  uint32_t reserved;
} fencepost_storage_config;

/**
 * The limits a producer goes by, with Kafka's defaults: 0 means the default everywhere, and -1
 * none at all. Times are milliseconds.
 */
typedef struct fencepost_producer_settings {
  /**
   * sizeof(fencepost_producer_settings).
   */
  uint32_t struct_size;
  /**
   * How many partitions there is memory for.
   */
  uint32_t partitions;
  /**
   * 1 for a transactional producer.
   */
  uint32_t transactional;
  /**
   * How many undecided batches a partition may have: 1 to 5; 0 for 5.
   */
  uint32_t max_in_flight;
  /**
   * retries: how often a batch is sent again at most; 0 for 2147483647, -1 for never.
   */
  int32_t retries;
  /**
   * 1 if the brokers can't be asked (DescribeProducers needs Kafka 2.8 and READ on the topic).
   */
  uint32_t without_describe;
  /**
   * delivery.timeout.ms: from a batch's creation to its verdict; 0 for 120000.
   */
  int64_t delivery_timeout_ms;
  /**
   * retry.backoff.ms, doubled at each sending; 0 for 100. Without jitter: who wants it sends
   * later.
   */
  int64_t retry_backoff_ms;
  /**
   * retry.backoff.max.ms; 0 for 1000.
   */
  int64_t retry_backoff_max_ms;
  /**
   * The brokers' producer.id.expiration.ms, or less; 0 for 86400000.
   */
  int64_t id_expiration_ms;
  /**
   * How long a request can be under way before a broker handles it; 0 for 120000.
   */
  int64_t request_lifetime_ms;
  /**
   * By how much the clocks of brokers and of this producer differ at most; 0 for 60000.
   */
  int64_t clock_skew_ms;
  /**
   * 1 for a producer with a journal, not transactional: it does nothing until the journal is
   * open (fencepost_journal_open, fencepost_journal_begin or fencepost_journal_hold).
   */
  uint32_t journaled;
  /**
   * 0.
   */
  uint32_t reserved;
} fencepost_producer_settings;

/**
 * A producer id and epoch. Units: none. Frozen: it never grows.
 */
typedef struct fencepost_identity {
  /**
   * The producer id, at least 0.
   */
  int64_t producer_id;
  /**
   * Its epoch, at least 0.
   */
  int16_t producer_epoch;
  /**
   * 0.
   */
  uint16_t reserved[3];
} fencepost_identity;

/**
 * What a partition needs from its caller. Each is done by one call, after which the answer is
 * another. Frozen: it never grows.
 */
typedef struct fencepost_next {
  /**
   * A fencepost_next_kind.
   */
  uint32_t kind;
  /**
   * The partition.
   */
  uint32_t partition;
  /**
   * Of FENCEPOST_NEXT_SEND and FENCEPOST_NEXT_SPLIT the batch.
   */
  uint64_t batch;
  /**
   * Of FENCEPOST_NEXT_DESCRIBE the producer id to look for.
   */
  int64_t producer_id;
  /**
   * Of FENCEPOST_NEXT_DESCRIBE whether the metadata is to be refreshed before: the last answer
   * may have come from a leader of yesterday.
   */
  bool refresh;
  /**
   * 0.
   */
  uint8_t reserved[7];
} fencepost_next;

/**
 * A batch that is about to be numbered.
 */
typedef struct fencepost_new_batch {
  /**
   * sizeof(fencepost_new_batch).
   */
  uint32_t struct_size;
  /**
   * How many records it holds: 1 to 1073741823.
   */
  int32_t records;
  /**
   * The largest timestamp of its records, in milliseconds since 1970.
   */
  int64_t max_timestamp;
  /**
   * Since when the delivery timeout counts: when the batch was begun; milliseconds since 1970.
   */
  int64_t created_ms;
} fencepost_new_batch;

/**
 * One sending of a batch: plain data that the caller keeps until the answer and gives back with
 * it. Frozen: it never grows.
 */
typedef struct fencepost_attempt {
  /**
   * The batch's name, unique in its partition: counted from 0 in the order of numbering.
   */
  uint64_t batch;
  /**
   * What the header must say: fencepost_batch_stamp. The bytes are the same on every sending
   * with the same stamp.
   */
  struct fencepost_stamp stamp;
  /**
   * The partition.
   */
  uint32_t partition;
  /**
   * Which sending of it, from 1 on.
   */
  uint32_t number;
  /**
   * 1 if a lost answer to this sending will end as possibly written: the broker may forget the
   * producer before the batch can be sent again.
   */
  uint32_t unguarded;
  /**
   * 0.
   */
  uint32_t reserved[5];
} fencepost_attempt;

/**
 * What came of one sending of a batch.
 */
typedef struct fencepost_answer {
  /**
   * sizeof(fencepost_answer).
   */
  uint32_t struct_size;
  /**
   * A fencepost_answer_kind; unless it is FENCEPOST_ANSWER_RESPONSE, the rest is ignored.
   */
  uint32_t kind;
  /**
   * The Kafka error code; 0 for an acknowledgement.
   */
  int16_t code;
  /**
   * 0.
   */
  uint16_t reserved[3];
  /**
   * The offset of the batch's first record, -1 if unknown.
   */
  int64_t base_offset;
  /**
   * -1, but for topics of LogAppendTime, and for duplicates.
   */
  int64_t log_append_time;
  /**
   * Where the log begins, -1 if unknown (before produce version 5).
   */
  int64_t log_start_offset;
} fencepost_answer;

/**
 * What a partition's leader says of the producer id.
 */
typedef struct fencepost_described {
  /**
   * sizeof(fencepost_described).
   */
  uint32_t struct_size;
  /**
   * A fencepost_described_kind.
   */
  uint32_t kind;
  /**
   * Of FENCEPOST_DESCRIBED_LISTED the epoch, as wide as in the protocol.
   */
  int32_t producer_epoch;
  /**
   * Of FENCEPOST_DESCRIBED_LISTED the last sequence, -1 if no batch of this epoch is known.
   */
  int32_t last_sequence;
  /**
   * Of FENCEPOST_DESCRIBED_NOT_LISTED where the partition's log begins, if the caller knows (a
   * produce response, ListOffsets); else -1.
   */
  int64_t log_start_offset;
} fencepost_described;

/**
 * What became of a batch. Frozen: it never grows.
 */
typedef struct fencepost_ended {
  /**
   * The batch.
   */
  uint64_t batch;
  /**
   * Of FENCEPOST_OUTCOME_WRITTEN the offset of its first record, -1 if it is not known.
   */
  int64_t base_offset;
  /**
   * A fencepost_outcome.
   */
  uint32_t verdict;
  /**
   * A fencepost_cause.
   */
  uint32_t cause;
  /**
   * The Kafka code for the application; 0 if it was written.
   */
  int16_t kafka_code;
  /**
   * 0.
   */
  uint16_t reserved[3];
} fencepost_ended;

/**
 * What an operator must hear of a partition, once. Frozen: it never grows.
 */
typedef struct fencepost_notice {
  /**
   * A fencepost_notice_kind.
   */
  uint32_t kind;
  /**
   * Of FENCEPOST_NOTICE_ACKED_LOST the last sequence that was acknowledged; else -1.
   */
  int32_t acknowledged;
  /**
   * The leader's last sequence; -1 if it has none.
   */
  int32_t found;
  /**
   * 0.
   */
  uint32_t reserved;
} fencepost_notice;

/**
 * Why the producer can't go on. Frozen: it never grows.
 */
typedef struct fencepost_fatal {
  /**
   * FENCEPOST_CAUSE_NONE if it can; else FENCEPOST_CAUSE_FENCED,
   * FENCEPOST_CAUSE_IDENTITY_CONFLICT, FENCEPOST_CAUSE_FATAL or FENCEPOST_CAUSE_OTHER.
   */
  uint32_t cause;
  /**
   * Of FENCEPOST_CAUSE_FATAL the Kafka code; else 0.
   */
  int16_t kafka_code;
  /**
   * Whether the running transaction can only be aborted: a batch of it failed.
   */
  bool must_abort;
  /**
   * 0.
   */
  uint8_t reserved;
} fencepost_fatal;

/**
 * What is kept of a partition.
 */
typedef struct fencepost_kept_partition {
  /**
   * sizeof(fencepost_kept_partition).
   */
  uint32_t struct_size;
  /**
   * The sequence that the next new batch would get.
   */
  int32_t next_sequence;
  /**
   * The producer id.
   */
  int64_t producer_id;
  /**
   * The epoch of this partition.
   */
  int16_t producer_epoch;
  /**
   * 0.
   */
  uint16_t reserved;
  /**
   * The last sequence acknowledged in this epoch, -1 if none was.
   */
  int32_t last_acked;
  /**
   * The last offset acknowledged, -1 if none is known.
   */
  int64_t last_acked_offset;
  /**
   * An offset before which nothing of this producer stands, -1 if none is known.
   */
  int64_t first_use_offset;
  /**
   * The largest timestamp of the newest acknowledged batch, if has_newest_acked.
   */
  int64_t newest_acked;
  /**
   * 1 if newest_acked is known.
   */
  uint32_t has_newest_acked;
  /**
   * 1 if this producer id was acknowledged here at all.
   */
  uint32_t acked_ever;
} fencepost_kept_partition;

/**
 * A batch that was sent, or may have been, and has no verdict. Its bytes are the caller's, the
 * same as before.
 */
typedef struct fencepost_kept_batch {
  /**
   * sizeof(fencepost_kept_batch).
   */
  uint32_t struct_size;
  /**
   * Its first sequence.
   */
  int32_t base_sequence;
  /**
   * How many records it holds.
   */
  int32_t records;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * The largest timestamp of its records, in milliseconds since 1970.
   */
  int64_t max_timestamp;
  /**
   * From when its delivery timeout counts: now, for a batch that is worth a whole new one;
   * milliseconds since 1970.
   */
  int64_t created_ms;
  /**
   * When it was sent first, by the wall clock; milliseconds since 1970.
   */
  int64_t first_sent_ms;
} fencepost_kept_batch;

/**
 * A batch as a partition holds it: undecided, or decided and the verdict not taken yet. Frozen: it
 * never grows.
 */
typedef struct fencepost_standing_batch {
  /**
   * Its name.
   */
  uint64_t batch;
  /**
   * The largest timestamp of its records, in milliseconds since 1970.
   */
  int64_t max_timestamp;
  /**
   * When it was sent first, or numbered to be; milliseconds since 1970.
   */
  int64_t first_sent_ms;
  /**
   * Its first sequence, under the partition's identity (fencepost_producer_keep).
   */
  int32_t base_sequence;
  /**
   * How many records it holds.
   */
  int32_t records;
  /**
   * How often it was sent; the number of its newest attempt.
   */
  uint32_t attempts;
  /**
   * Whether it is sent and not answered.
   */
  bool on_wire;
  /**
   * Whether it has its verdict, which was not taken yet.
   */
  bool has_ended;
  /**
   * 0.
   */
  uint8_t reserved[2];
} fencepost_standing_batch;

/**
 * How long are things to take, and of how many partitions? 0 is every default.
 */
typedef struct fencepost_transaction_manager_config {
  /**
   * sizeof(fencepost_transaction_manager_config).
   */
  uint32_t struct_size;
  /**
   * How many partitions there is memory for.
   */
  uint32_t partitions;
  /**
   * transaction.timeout.ms, after which the coordinator aborts a transaction by itself; 0 for
   * 60000. Other numbers go to the coordinator as they are.
   */
  int32_t transaction_timeout_ms;
  /**
   * retry.backoff.ms: how long a request waits before it is sent again; 0 for 100, -1 for not
   * at all.
   */
  int32_t retry_backoff_ms;
  /**
   * How long a partition that brokers do not know is asked for again; 0 for 60000, -1 for not
   * at all.
   */
  int32_t unknown_partition_ms;
  /**
   * 0.
   */
  uint32_t reserved;
} fencepost_transaction_manager_config;

/**
 * What is to be sent now: plain data. The transactional id, topics, groups and offsets are the
 * caller's. Frozen: it never grows.
 */
typedef struct fencepost_transaction_request {
  /**
   * A fencepost_transaction_request_kind.
   */
  uint32_t kind;
  /**
   * Of FENCEPOST_TRANSACTION_REQUEST_FIND_GROUP_COORDINATOR,
   * FENCEPOST_TRANSACTION_REQUEST_ADD_OFFSETS and
   * FENCEPOST_TRANSACTION_REQUEST_TXN_OFFSET_COMMIT the caller's number of the group; else 0.
   */
  uint32_t group;
  /**
   * Who asks; of FENCEPOST_TRANSACTION_REQUEST_INIT_PRODUCER_ID whose epoch is to be raised, -1
   * for none. -1 where the request has no producer.
   */
  int64_t producer_id;
  /**
   * The epoch that belongs to it, or -1.
   */
  int16_t producer_epoch;
  /**
   * 0.
   */
  uint16_t reserved;
  /**
   * Of FENCEPOST_TRANSACTION_REQUEST_INIT_PRODUCER_ID transaction.timeout.ms; else 0.
   */
  int32_t transaction_timeout_ms;
  /**
   * Of FENCEPOST_TRANSACTION_REQUEST_END_TXN 1 to commit, 0 to abort.
   */
  uint32_t commit;
  /**
   * Of FENCEPOST_TRANSACTION_REQUEST_TXN_OFFSET_COMMIT and FENCEPOST_TRANSACTION_REQUEST_END_TXN
   * 1 if version 5 may be sent; 0 for at most version 4.
   */
  uint32_t transaction_v2;
} fencepost_transaction_request;

/**
 * Why the transaction or the producer can't go on: plain data. Frozen: it never grows.
 */
typedef struct fencepost_failure {
  /**
   * A fencepost_failure_cause; with FENCEPOST_FAILURE_NONE the rest is 0.
   */
  uint32_t cause;
  /**
   * Of FENCEPOST_FAILURE_ANSWER and FENCEPOST_FAILURE_IDENTITY the request that was answered: a
   * fencepost_transaction_request_kind.
   */
  uint32_t request;
  /**
   * The Kafka code it failed with.
   */
  int16_t code;
  /**
   * The Kafka code that the application is told: PRODUCER_FENCED (90) for what a coordinator
   * says as INVALID_PRODUCER_EPOCH (47), TRANSACTION_ABORTABLE (120) for a batch that ran out of
   * retries.
   */
  int16_t error_code;
  /**
   * 0.
   */
  uint32_t reserved;
} fencepost_failure;

/**
 * What became of a call, or of offsets. Frozen: it never grows.
 */
typedef struct fencepost_transaction_result {
  /**
   * A fencepost_transaction_call; FENCEPOST_TRANSACTION_CALL_NONE where it is about offsets.
   */
  uint32_t call;
  /**
   * Of offsets the caller's number of the group; else 0.
   */
  uint32_t group;
  /**
   * Why it failed; FENCEPOST_FAILURE_NONE if it is done.
   */
  struct fencepost_failure failure;
} fencepost_transaction_result;

/**
 * What is known of a dialogue as a whole. Frozen: it never grows.
 */
typedef struct fencepost_transaction_manager_info {
  /**
   * A fencepost_transaction_manager_state.
   */
  uint32_t state;
  /**
   * The call whose result was not acknowledged yet: a fencepost_transaction_call.
   */
  uint32_t unacknowledged;
  /**
   * Who writes, -1 for nobody yet. Whenever it changes, sequences begin at 0 in every partition.
   */
  int64_t producer_id;
  /**
   * The epoch that belongs to it, or -1.
   */
  int16_t producer_epoch;
  /**
   * Whether transaction version 2 is in use (KIP-890).
   */
  bool transaction_v2;
  /**
   * 0.
   */
  uint8_t reserved;
  /**
   * The request in flight: a fencepost_transaction_request_kind.
   */
  uint32_t in_flight;
  /**
   * How many partitions there is memory for.
   */
  uint32_t partitions;
  /**
   * Why the state is an error; FENCEPOST_FAILURE_NONE in any other.
   */
  struct fencepost_failure failure;
  /**
   * 0.
   */
  uint32_t reserved2[3];
} fencepost_transaction_manager_info;

/**
 * Which batches are to be failed now, and why. Frozen: it never grows.
 */
typedef struct fencepost_fail_batches {
  /**
   * A fencepost_fail_which.
   */
  uint32_t which;
  /**
   * Why.
   */
  struct fencepost_failure failure;
} fencepost_fail_batches;

/**
 * What something from outside led to. Frozen: it never grows.
 */
typedef struct fencepost_transaction_step {
  /**
   * A fencepost_transaction_step_kind.
   */
  uint32_t kind;
  /**
   * Of FENCEPOST_TRANSACTION_STEP_IDENTITY the epoch; else -1.
   */
  int16_t producer_epoch;
  /**
   * 0.
   */
  uint16_t reserved;
  /**
   * Of FENCEPOST_TRANSACTION_STEP_IDENTITY the producer id; else -1.
   */
  int64_t producer_id;
  /**
   * Of FENCEPOST_TRANSACTION_STEP_UNINITIALIZED, FENCEPOST_TRANSACTION_STEP_ABORTABLE and
   * FENCEPOST_TRANSACTION_STEP_FATAL why; else FENCEPOST_FAILURE_NONE.
   */
  struct fencepost_failure failure;
} fencepost_transaction_step;

/**
 * What AddPartitionsToTxn was answered for one partition. Frozen: it never grows.
 */
typedef struct fencepost_partition_result {
  /**
   * The partition.
   */
  uint32_t partition;
  /**
   * The Kafka code.
   */
  int16_t code;
  /**
   * Ignored.
   */
  uint16_t reserved;
} fencepost_partition_result;

/**
 * What a journal is.
 */
typedef struct fencepost_journal_options {
  /**
   * sizeof(fencepost_journal_options).
   */
  uint32_t struct_size;
  /**
   * Of fencepost_journal_open: 1 to take a journal that was copied or restored
   * (FENCEPOST_JOURNAL_MOVED). The caller knows then that the original is not in use, and was
   * not since.
   */
  uint32_t adopt;
  /**
   * The cluster whose numbers it holds, as metadata answers give its id: 1 to 64 bytes.
   */
  const uint8_t *cluster_id;
  /**
   * How many bytes.
   */
  size_t cluster_id_len;
  /**
   * How many bytes of storage the journal may take; in a file, while it is written anew, twice
   * as many. 0 for 67108864 in a file; in storage of the caller it must be said.
   */
  uint64_t capacity;
  /**
   * Of fencepost_journal_recover: the longest record that is believed, without its 13 bytes of
   * frame; the window must be able to hold one. 0 for any.
   */
  uint32_t max_body;
  /**
   * 0.
   */
  uint32_t reserved;
} fencepost_journal_options;

/**
 * Where a journal is held: what a copy of it can't bring along, such as the number of a chip;
 * zeros if nothing is known. Frozen: it never grows.
 */
typedef struct fencepost_place {
  /**
   * Any bytes.
   */
  uint8_t bytes[16];
} fencepost_place;

/**
 * What was read of a journal. Frozen: it never grows.
 */
typedef struct fencepost_journal_summary {
  /**
   * How often the journal was written anew: of two complete ones the higher is the newer.
   */
  uint64_t turn;
  /**
   * How often it was opened, as far as it says.
   */
  uint64_t generation;
  /**
   * Up to where it is good, in bytes from its beginning.
   */
  uint64_t end;
  /**
   * Where its holder held it, as it says.
   */
  struct fencepost_place place;
  /**
   * A fencepost_journal_tail.
   */
  uint32_t tail;
  /**
   * Of fencepost_journal_open: there was none, and it begins.
   */
  bool created;
  /**
   * 0.
   */
  uint8_t reserved[3];
} fencepost_journal_summary;

/**
 * Which partition of which topic. The id, not the name: a topic that was deleted and created again
 * is another one. Frozen: it never grows.
 */
typedef struct fencepost_topic_partition {
  /**
   * The topic's id, as metadata answers give it.
   */
  uint8_t topic_id[16];
  /**
   * The partition's number in its topic.
   */
  int32_t partition;
  /**
   * 0.
   */
  uint32_t reserved;
} fencepost_topic_partition;

/**
 * Where in its source a batch ends, in the caller's own words: an offset, a line, a key. Frozen:
 * it never grows.
 */
typedef struct fencepost_cursor {
  /**
   * How many bytes: at most 32, 0 for no cursor.
   */
  uint32_t len;
  /**
   * The bytes; those behind len are ignored, and written as 0.
   */
  uint8_t bytes[32];
} fencepost_cursor;

/**
 * What a journal knew of a partition. Frozen: it never grows.
 */
typedef struct fencepost_bound {
  /**
   * A fencepost_bound_kind.
   */
  uint32_t kind;
  /**
   * How many batches are undecided, which fencepost_journal_undecided lists; of
   * FENCEPOST_BOUND_RECREATED how many were.
   */
  uint32_t undecided;
  /**
   * Of FENCEPOST_BOUND_RESTORED up to where its source is written: go on behind this and behind
   * all undecided batches.
   */
  struct fencepost_cursor cursor;
  /**
   * 0.
   */
  uint32_t reserved;
} fencepost_bound;

/**
 * What a journal keeps of a batch beside its numbers.
 */
typedef struct fencepost_payload {
  /**
   * sizeof(fencepost_payload).
   */
  uint32_t struct_size;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * What is sent, or what it is built from: any bytes that are the same at each sending, but for
   * the stamp.
   */
  const uint8_t *bytes;
  /**
   * How many bytes.
   */
  size_t bytes_len;
  /**
   * Where in its source the batch ends. A batch that is sent anew behind later ones must not
   * take the cursor back: give it none, or the later one's.
   */
  struct fencepost_cursor cursor;
  /**
   * 0.
   */
  uint32_t more_reserved;
} fencepost_payload;

/**
 * A sending that waits for its records to be durable: plain data. Forgotten, it counts as one that
 * got no answer. Frozen: it never grows.
 */
typedef struct fencepost_permit {
  /**
   * The batch's name.
   */
  uint64_t batch;
  /**
   * How many bytes at the beginning of the buffer must be appended to the journal: 0 if it holds
   * everything already. In a file: how many wait for fencepost_journal_commit.
   */
  size_t len;
  /**
   * The partition.
   */
  uint32_t partition;
  /**
   * Which sending of it, from 1 on.
   */
  uint32_t number;
  /**
   * 0.
   */
  uint64_t reserved[2];
} fencepost_permit;

/**
 * Where a journal stands. Frozen: it never grows.
 */
typedef struct fencepost_journal_info {
  /**
   * How many bytes it has, with those that are not known to be durable. 0 before it was begun.
   */
  uint64_t len;
  /**
   * Up to where it is durable.
   */
  uint64_t durable_len;
  /**
   * About how many bytes it takes when it is written anew.
   */
  uint64_t live_len;
  /**
   * How often it was written anew.
   */
  uint64_t turn;
  /**
   * How often it was opened.
   */
  uint64_t generation;
  /**
   * Where its holder holds it.
   */
  struct fencepost_place place;
  /**
   * Whether it is time for fencepost_journal_compact: half of the capacity is used, and half of
   * that is no longer needed.
   */
  bool should_compact;
  /**
   * Whether it is in a file.
   */
  bool in_file;
  /**
   * 0.
   */
  uint8_t reserved[6];
} fencepost_journal_info;

/**
 * A batch that a journal holds, and whose outcome is not known. Frozen: it never grows.
 */
typedef struct fencepost_journaled_batch {
  /**
   * What the producer calls it; 18446744073709551615 until its partition is bound.
   */
  uint64_t batch;
  /**
   * Where its bytes are, from the journal's beginning.
   */
  uint64_t at;
  /**
   * The largest timestamp of its records, in milliseconds since 1970.
   */
  int64_t max_timestamp;
  /**
   * When it was sent first, by the wall clock; milliseconds since 1970.
   */
  int64_t first_sent_ms;
  /**
   * How many its bytes are.
   */
  uint32_t len;
  /**
   * Its first sequence.
   */
  int32_t base_sequence;
  /**
   * How many records it holds.
   */
  int32_t records;
  /**
   * Where in its source it ends.
   */
  struct fencepost_cursor cursor;
} fencepost_journaled_batch;

/**
 * A batch that did not end as written. Frozen: it never grows.
 */
typedef struct fencepost_unwritten {
  /**
   * FENCEPOST_OUTCOME_NOT_WRITTEN or FENCEPOST_OUTCOME_POSSIBLY_WRITTEN.
   */
  uint32_t verdict;
  /**
   * Where in its source it ends.
   */
  struct fencepost_cursor cursor;
} fencepost_unwritten;

/**
 * What the next piece of a journal that is written anew needs. Frozen: it never grows.
 */
typedef struct fencepost_piece {
  /**
   * A fencepost_piece_kind.
   */
  uint32_t kind;
  /**
   * Of FENCEPOST_PIECE_BATCH how many bytes.
   */
  uint32_t len;
  /**
   * Of FENCEPOST_PIECE_BATCH where they are, from the old journal's beginning.
   */
  uint64_t at;
} fencepost_piece;

/**
 * What the next bytes of a journal are. Members that the kind does not name are 0, -1 where -1 is
 * none, or NULL. Frozen: it never grows.
 */
typedef struct fencepost_journal_item {
  /**
   * A fencepost_journal_item_kind.
   */
  uint32_t kind;
  /**
   * Which of the producer's partitions it is of.
   */
  uint32_t slot;
  /**
   * Where it begins, in bytes from the journal's beginning.
   */
  uint64_t offset;
  /**
   * Where the next window must begin.
   */
  uint64_t next_offset;
  /**
   * How many bytes the next window must have, if there are as many.
   */
  size_t wanted;
  /**
   * How often the journal was written anew: of two complete ones the higher is the newer.
   */
  uint64_t turn;
  /**
   * How often the journal was opened.
   */
  uint64_t generation;
  /**
   * Where it is held, as its holder said.
   */
  struct fencepost_place place;
  /**
   * Which partition of which topic it is.
   */
  struct fencepost_topic_partition of;
  /**
   * The producer id, -1 if none is named.
   */
  int64_t producer_id;
  /**
   * Its epoch, -1 if none is named.
   */
  int16_t producer_epoch;
  /**
   * Whether the batch was carried over, so that the partition's next sequence is not moved.
   */
  bool carried;
  /**
   * State: whether this producer id was acknowledged on the partition at all.
   */
  bool acked_ever;
  /**
   * The first sequence, -1 if none is named.
   */
  int32_t base_sequence;
  /**
   * How many records.
   */
  int32_t records;
  /**
   * State: the sequence that the next new batch gets, -1 if there is no state.
   */
  int32_t next_sequence;
  /**
   * State: the last sequence acknowledged in the epoch, -1 if none was.
   */
  int32_t last_acked;
  /**
   * State: whether newest_acked is known.
   */
  bool has_newest_acked;
  /**
   * 0.
   */
  uint8_t reserved[3];
  /**
   * State: the last offset acknowledged, -1 if none is known.
   */
  int64_t last_acked_offset;
  /**
   * State: an offset before which nothing of this producer stands, -1 if none is known.
   */
  int64_t first_use_offset;
  /**
   * State: the largest timestamp of the newest acknowledged batch; milliseconds since 1970.
   */
  int64_t newest_acked;
  /**
   * The largest timestamp of its records, in milliseconds since 1970.
   */
  int64_t max_timestamp;
  /**
   * When it was sent first, by the wall clock; milliseconds since 1970.
   */
  int64_t first_sent_ms;
  /**
   * What is sent: in the window, and good as long as that is.
   */
  const uint8_t *bytes;
  /**
   * How many bytes.
   */
  size_t bytes_len;
  /**
   * What is sent for the second part: in the window.
   */
  const uint8_t *second;
  /**
   * How many bytes.
   */
  size_t second_len;
  /**
   * Where in its source the batch ends, or up to where the partition's source is written.
   */
  struct fencepost_cursor cursor;
  /**
   * How many bytes the cluster's id has, 1 to 64.
   */
  uint32_t cluster_id_len;
  /**
   * The cluster's id.
   */
  uint8_t cluster_id[64];
  /**
   * A fencepost_outcome.
   */
  uint32_t verdict;
  /**
   * How many verdicts the record has.
   */
  uint32_t verdicts_count;
  /**
   * A fencepost_journal_tail.
   */
  uint32_t tail;
  /**
   * In English, ended by a NUL.
   */
  char sentence[68];
} fencepost_journal_item;

/**
 * A batch's verdict, as a record of a journal tells it. Frozen: it never grows.
 */
typedef struct fencepost_journal_verdict {
  /**
   * The batch's first sequence, in the epoch that the record ends or goes on with.
   */
  int32_t base_sequence;
  /**
   * A fencepost_outcome.
   */
  uint32_t verdict;
} fencepost_journal_verdict;

/**
 * What an audit goes by. 0 is every default; the default of a size is none.
 */
typedef struct fencepost_audit_config {
  /**
   * sizeof(fencepost_audit_config).
   */
  uint32_t struct_size;
  /**
   * How many producers there is memory for.
   */
  uint32_t producers;
  /**
   * How many transactions: one more than producers is always enough.
   */
  uint32_t transactions;
  /**
   * For how many producers it is remembered what they wrote last, which findings of batches
   * written twice need: as many as producers, or twice as many where their ids are scattered.
   */
  uint32_t trails;
  /**
   * Where the log is taken up: 0, or the offset of the first batch that is observed.
   */
  int64_t from_offset;
  /**
   * A random number, which keys the index of producers.
   */
  uint64_t seed;
  /**
   * producer.id.expiration.ms of the brokers that wrote the log; 0 for 86400000.
   */
  uint32_t expiration_ms;
  /**
   * transaction.max.timeout.ms of those brokers; 0 for 900000.
   */
  uint32_t max_transaction_ms;
  /**
   * 1 for a log that a coordinator wrote for its clients (__consumer_offsets).
   */
  uint32_t coordinator;
  /**
   * A fencepost_profile.
   */
  uint32_t profile;
} fencepost_audit_config;

/**
 * Something to be said of a batch. Frozen: it never grows.
 */
typedef struct fencepost_finding {
  /**
   * The offset of the batch.
   */
  int64_t offset;
  /**
   * Whose it is.
   */
  int64_t producer_id;
  /**
   * The first number that the kind names; 0 if it names none.
   */
  int64_t a;
  /**
   * The second.
   */
  int64_t b;
  /**
   * The third.
   */
  int64_t c;
  /**
   * A fencepost_finding_kind.
   */
  uint32_t kind;
  /**
   * The producer's epoch.
   */
  int16_t producer_epoch;
  /**
   * Whether it is a fault; otherwise a note.
   */
  bool is_fault;
  /**
   * Whether offsets are missing before it, so that the cause may be missing too.
   */
  bool offsets_missing;
  /**
   * In English, ended by a NUL, cut off where there is no room.
   */
  char sentence[256];
} fencepost_finding;

/**
 * Producer ids that belong to one broker. Frozen: it never grows.
 */
typedef struct fencepost_id_block {
  /**
   * Its first id.
   */
  int64_t first;
  /**
   * How many ids; 0 for what there is before the first block.
   */
  int32_t len;
  /**
   * The broker it was given to, -1 for none.
   */
  int32_t broker_id;
} fencepost_id_block;

/**
 * A new transactional id. 0 is every default.
 */
typedef struct fencepost_transaction_config {
  /**
   * sizeof(fencepost_transaction_config).
   */
  uint32_t struct_size;
  /**
   * The coordinator's epoch.
   */
  int32_t coordinator_epoch;
  /**
   * Its producer id, of fencepost_id_generator_generate.
   */
  int64_t producer_id;
  /**
   * The broker's clock, milliseconds since 1970.
   */
  int64_t now_ms;
  /**
   * 1 for the rules of Kafka's trunk of October 2024, before 4.0; 0 for Kafka 4.4.
   */
  uint32_t before_4_0;
  /**
   * 0.
   */
  uint32_t reserved;
} fencepost_transaction_config;

/**
 * What the transaction log holds of a transactional id, beside its partitions. Frozen: it never
 * grows.
 */
typedef struct fencepost_transaction_record {
  /**
   * The producer id.
   */
  int64_t producer_id;
  /**
   * The producer id before this transition; the same unless it was rotated.
   */
  int64_t previous_producer_id;
  /**
   * The producer id to switch to when the markers are written, or -1.
   */
  int64_t next_producer_id;
  /**
   * When the transaction's first partition was added, or -1; milliseconds since 1970.
   */
  int64_t start_ms;
  /**
   * When the record was made; milliseconds since 1970.
   */
  int64_t last_update_ms;
  /**
   * The transaction timeout.
   */
  int32_t timeout_ms;
  /**
   * A fencepost_transaction_state.
   */
  uint32_t state;
  /**
   * The client's transaction version at this transition: 0, 1 or 2.
   */
  uint32_t client_version;
  /**
   * The epoch.
   */
  int16_t producer_epoch;
  /**
   * 0.
   */
  uint16_t reserved;
} fencepost_transaction_record;

/**
 * What a coordinator knows of a transactional id. Frozen: it never grows.
 */
typedef struct fencepost_transaction_info {
  /**
   * What a record of it would say now.
   */
  struct fencepost_transaction_record record;
  /**
   * The state that a pending transition leads to, -1 if none is pending.
   */
  int32_t pending;
  /**
   * The coordinator's epoch.
   */
  int32_t coordinator_epoch;
  /**
   * The epoch before the last bump, -1 if it is not known.
   */
  int16_t last_producer_epoch;
  /**
   * Whether the epoch was raised for an abort whose record could not be written.
   */
  bool has_failed_fence;
  /**
   * 0.
   */
  uint8_t reserved[5];
} fencepost_transaction_info;

/**
 * An InitProducerId with a transactional id. 0 is every default.
 */
typedef struct fencepost_init_request {
  /**
   * sizeof(fencepost_init_request).
   */
  uint32_t struct_size;
  /**
   * The request's transaction timeout.
   */
  int32_t timeout_ms;
  /**
   * The client's producer id, -1 for none.
   */
  int64_t producer_id;
  /**
   * The broker's transaction.max.timeout.ms; 0 for 900000.
   */
  int32_t max_timeout_ms;
  /**
   * The client's epoch, -1 for none.
   */
  int16_t producer_epoch;
  /**
   * 0.
   */
  uint16_t reserved;
  /**
   * The cluster's transaction version: 0, 1 or 2.
   */
  uint32_t server_version;
  /**
   * 0.
   */
  uint32_t reserved2;
} fencepost_init_request;

/**
 * What is to be done with a request. Frozen: it never grows.
 */
typedef struct fencepost_transition {
  /**
   * A fencepost_transition_kind.
   */
  uint32_t kind;
  /**
   * Of FENCEPOST_TRANSITION_ANSWER the Kafka code.
   */
  int16_t code;
  /**
   * Of FENCEPOST_TRANSITION_ANSWER the epoch, -1 for none.
   */
  int16_t producer_epoch;
  /**
   * Of FENCEPOST_TRANSITION_ANSWER the producer id, -1 for none.
   */
  int64_t producer_id;
  /**
   * Of FENCEPOST_TRANSITION_WRITE what to write. With it go the transaction's partitions: those
   * added, those there were in the Prepare states, none in the others.
   */
  struct fencepost_transaction_record record;
} fencepost_transition;

/**
 * What an applied transition means. Frozen: it never grows.
 */
typedef struct fencepost_applied {
  /**
   * A fencepost_applied_kind.
   */
  uint32_t kind;
  /**
   * The Kafka code to answer; 0 for success.
   */
  int16_t code;
  /**
   * The epoch to answer, -1 for none.
   */
  int16_t producer_epoch;
  /**
   * The producer id to answer, -1 for none.
   */
  int64_t producer_id;
  /**
   * Of FENCEPOST_APPLIED_ENDING the marker's producer id; otherwise -1.
   */
  int64_t marker_producer_id;
  /**
   * The coordinator's epoch in the marker.
   */
  int32_t marker_coordinator_epoch;
  /**
   * FENCEPOST_BATCH_KIND_COMMIT or FENCEPOST_BATCH_KIND_ABORT.
   */
  uint32_t marker_kind;
  /**
   * The client's transaction version, for WriteTxnMarkers from version 2 on.
   */
  uint32_t marker_version;
  /**
   * The marker's epoch.
   */
  int16_t marker_producer_epoch;
  /**
   * 0.
   */
  uint16_t reserved;
} fencepost_applied;

/**
 * One line of a configuration. What it points to stays the caller's. Frozen: it never grows.
 */
typedef struct fencepost_config_entry {
  /**
   * Kafka's name of a setting, such as "acks": UTF-8, no NUL needed. One that is none of
   * fencepost_setting is passed over, as the client does. Of several entries of one name the
   * last counts.
   */
  const char *name;
  /**
   * Bytes of the name.
   */
  size_t name_len;
  /**
   * The value as text, as in a file: UTF-8, no NUL needed. NULL for Java's null, a key without a
   * value, which is something else than an empty text.
   */
  const char *value;
  /**
   * Bytes of the value.
   */
  size_t value_len;
} fencepost_config_entry;

/**
 * Whose rules hold: the release of Kafka's Java client. All 0 is the newest one that the library
 * knows, 4.4.
 */
typedef struct fencepost_client_version {
  /**
   * sizeof(fencepost_client_version).
   */
  uint32_t struct_size;
  /**
   * Of 3.9.1 it is 3.
   */
  uint16_t major;
  /**
   * Of 3.9.1 it is 9.
   */
  uint16_t minor;
  /**
   * Of 3.9.1 it is 1; of 0.11.0.3 it is 0.
   */
  uint16_t patch;
  /**
   * 0.
   */
  uint16_t reserved[3];
} fencepost_client_version;

/**
 * What a client makes of its settings. Times are milliseconds, sizes bytes. Frozen: it never
 * grows.
 *
 * A fencepost_producer that is to run as checked takes from it transactional, max_in_flight,
 * retries, delivery_timeout_ms, retry_backoff_ms, retry_backoff_max_ms and request_lifetime_ms,
 * where what is 0 here is -1 there; a fencepost_transaction_manager transaction_timeout_ms and
 * retry_backoff_ms.
 */
typedef struct fencepost_resolved {
  /**
   * A fencepost_promise: what is left of exactly once.
   */
  uint32_t promise;
  /**
   * A fencepost_idempotence.
   */
  uint32_t idempotence;
  /**
   * Whether produce requests carry a producer id, an epoch and sequences.
   */
  bool is_idempotent;
  /**
   * Whether there is a transactional id.
   */
  bool is_transactional;
  /**
   * Whether transactions never expire (KIP-939).
   */
  bool two_phase_commit;
  /**
   * 0.
   */
  uint8_t reserved;
  /**
   * acks: -1 (all), 0 or 1.
   */
  int16_t acks;
  /**
   * 0.
   */
  uint16_t reserved2;
  /**
   * How often a batch is sent again.
   */
  int32_t retries;
  /**
   * Requests without an answer, at least 1.
   */
  int32_t max_in_flight;
  /**
   * The deadline of a record, raised if it has to be; -1 before 2.1, where there is none.
   */
  int32_t delivery_timeout_ms;
  /**
   * How long a batch waits for records.
   */
  int32_t linger_ms;
  /**
   * How long an answer may take.
   */
  int32_t request_timeout_ms;
  /**
   * transaction.timeout.ms, any number; 0 without a transactional id.
   */
  int32_t transaction_timeout_ms;
  /**
   * The wait before the first retry.
   */
  int64_t retry_backoff_ms;
  /**
   * The longest wait.
   */
  int64_t retry_backoff_max_ms;
  /**
   * How long a send may block.
   */
  int64_t max_block_ms;
  /**
   * Bytes for batches that wait.
   */
  int64_t buffer_memory;
  /**
   * How long a request can be under way before a broker handles it, as this library's producer
   * takes it: request.timeout.ms and the time that a connection takes, at least 120000.
   */
  int64_t request_lifetime_ms;
  /**
   * Bytes of a batch, at least 1.
   */
  int32_t batch_size;
  /**
   * Bytes of a request.
   */
  int32_t max_request_size;
  /**
   * The transactional id, trimmed: a part of the entry's value, not ended by a NUL. NULL without
   * one.
   */
  const char *transactional_id;
  /**
   * Its bytes.
   */
  size_t transactional_id_len;
  /**
   * What the client's id is made of, trimmed: a part of an entry's value, not ended by a NUL.
   * NULL with FENCEPOST_CLIENT_ID_COUNTED.
   */
  const char *client_id;
  /**
   * Its bytes.
   */
  size_t client_id_len;
  /**
   * A fencepost_client_id_from.
   */
  uint32_t client_id_from;
  /**
   * 0.
   */
  uint32_t reserved3[3];
} fencepost_resolved;

/**
 * What brokers contribute. 0 is every default, and NULL all of them.
 */
typedef struct fencepost_cluster {
  /**
   * sizeof(fencepost_cluster).
   */
  uint32_t struct_size;
  /**
   * Which releases the brokers are of: a fencepost_brokers.
   */
  uint32_t brokers;
  /**
   * 1 if the producer's principal does not have the ACL IDEMPOTENT_WRITE on the cluster.
   */
  uint32_t without_idempotent_write;
  /**
   * transaction.max.timeout.ms of the brokers; 0 for 900000.
   */
  int32_t transaction_max_timeout_ms;
  /**
   * message.max.bytes of the brokers, or max.message.bytes of the topic; 0 for 1048588.
   */
  int32_t message_max_bytes;
  /**
   * min.insync.replicas of the topic; 0 for 1.
   */
  int32_t min_insync_replicas;
  /**
   * How many replicas of the partition are in sync now; 0 for 3.
   */
  int32_t in_sync_replicas;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * The bytes of the largest record that will be sent, those of a batch of its own, header
   * included; 0 if nobody asks.
   */
  int64_t largest_record;
} fencepost_cluster;

/**
 * Something to be said of a configuration. Frozen: it never grows.
 */
typedef struct fencepost_config_finding {
  /**
   * A fencepost_config_finding_kind.
   */
  uint32_t kind;
  /**
   * A fencepost_config_moment.
   */
  uint32_t moment;
  /**
   * A fencepost_config_outcome.
   */
  uint32_t outcome;
  /**
   * Below 100 the setting that the client's error is about, a fencepost_setting; else
   * 4294967295.
   */
  uint32_t setting;
  /**
   * Below 100 the entry that gave its value, entries_len if none did; else 0.
   */
  uint64_t position;
  /**
   * The first number that the kind names; 0 if it names none.
   */
  int64_t a;
  /**
   * The second.
   */
  int64_t b;
  /**
   * The Kafka code with which brokers say it; 0 if none does.
   */
  int16_t kafka_code;
  /**
   * 0.
   */
  uint16_t reserved[3];
  /**
   * In English, ended by a NUL, cut off where there is no room.
   */
  char sentence[256];
} fencepost_config_finding;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * The version of the library that is linked: major << 24 | minor << 16 | patch << 8.
 *
 * Compare with FENCEPOST_VERSION_NUMBER, the version of the header. Any thread, any time.
 */
uint32_t fencepost_version_number(void);

/**
 * The same as text, such as "1.2.3". Never NULL; static, never to be freed. Any thread, any time.
 */
const char *fencepost_version_string(void);

/**
 * The version of the binary interface that is linked.
 *
 * Programs compiled with a header of another FENCEPOST_ABI_VERSION must be compiled anew. Any
 * thread, any time.
 */
uint32_t fencepost_version_abi(void);

/**
 * The name of a status, such as "FENCEPOST_STALE_EPOCH"; "unknown status" for other numbers.
 *
 * Never NULL; static text, never to be freed. Any thread, any time.
 */
const char *fencepost_status_name(uint32_t status);

/**
 * What a status means, in one English sentence; "There is no such status." for other numbers.
 *
 * Never NULL; static text, never to be freed. Any thread, any time.
 */
const char *fencepost_status_str(uint32_t status);

/**
 * The Kafka error code that a broker answers for a status: 0 for FENCEPOST_OK, -1
 * (UNKNOWN_SERVER_ERROR) if it has none of its own.
 *
 * Where one status covers refusals of several codes, this is the usual one and
 * fencepost_error.kafka_code the exact one. Any thread, any time.
 */
int16_t fencepost_status_kafka_code(uint32_t status);

/**
 * Kafka's name of an error code, such as "OUT_OF_ORDER_SEQUENCE_NUMBER"; NULL if Kafka 4.4 has no
 * such code.
 *
 * Static text, never to be freed. Any thread, any time.
 */
const char *fencepost_error_code_name(int16_t code);

/**
 * Whether Kafka 4.4 calls an error code retriable; false for codes it does not have.
 *
 * That a request may be sent again does not say that its batch was not written. Any thread, any
 * time.
 */
bool fencepost_error_code_is_retriable(int16_t code);

/**
 * The code of one of Kafka's names, given as `name_len` bytes without NUL.
 *
 * Errors: FENCEPOST_NOT_FOUND if there is no such name. Any thread, any time.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_error_code_from_name(const char *name,
                                                     size_t name_len,
                                                     int16_t *code);

/**
 * The sequence `by` records after `sequence`: after 2147483647 comes 0. Kafka's function, for any
 * numbers. Any thread, any time.
 */
int32_t fencepost_sequence_increment(int32_t sequence, int32_t by);

/**
 * The sequence `by` records before `sequence`: before 0 comes 2147483647. Kafka's function, for
 * any numbers. Any thread, any time.
 */
int32_t fencepost_sequence_decrement(int32_t sequence, int32_t by);

/**
 * Whether a batch that begins at `next` comes directly after one that ends at `last`. Kafka's
 * function, for any numbers. Any thread, any time.
 */
bool fencepost_sequence_follows(int32_t last, int32_t next);

/**
 * The last sequence of a batch; -1 if its first one is -1, which means none. Kafka's function, for
 * any numbers. Any thread, any time.
 */
int32_t fencepost_sequence_last(int32_t base_sequence, int32_t last_offset_delta);

/**
 * Where the batch ends that begins here, by its first 17 bytes; its content is not looked at.
 * O(1). Any thread.
 *
 * Errors: FENCEPOST_BATCH.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_batch_frame(const uint8_t *bytes,
                                            size_t bytes_len,
                                            struct fencepost_frame *frame_of,
                                            struct fencepost_error *error);

/**
 * The header of a batch, whose bytes must be one whole batch and no more. Neither the CRC nor the
 * records are looked at. O(1). Any thread.
 *
 * Errors: FENCEPOST_BATCH.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_batch_parse(const uint8_t *bytes,
                                            size_t bytes_len,
                                            struct fencepost_batch_header *header,
                                            struct fencepost_error *error);

/**
 * The header of a batch whose first 61 bytes are here; the rest need not be. O(1). Any thread.
 *
 * Errors: FENCEPOST_BATCH.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_batch_header_parse(const uint8_t *bytes,
                                                   size_t bytes_len,
                                                   struct fencepost_batch_header *header,
                                                   struct fencepost_error *error);

/**
 * Writes a header's 61 bytes, as it says, its CRC too. O(1). Any thread.
 *
 * Errors: FENCEPOST_BUFFER_TOO_SMALL.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_batch_header_write(const struct fencepost_batch_header *header,
                                                   uint8_t *bytes,
                                                   size_t bytes_len);

/**
 * The batch as a partition looks at it, whose bytes must be one whole batch: its header, and of a
 * producer's control batch its marker. A marker counts whoever brings it: run fencepost_validate
 * on a client's request first. O(1). Any thread.
 *
 * Errors: FENCEPOST_BATCH; FENCEPOST_MARKER if a control batch's first record is no end of a
 * transaction.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_batch_read(const uint8_t *bytes,
                                           size_t bytes_len,
                                           struct fencepost_batch *batch,
                                           struct fencepost_error *error);

/**
 * Whether the CRC of a whole batch is that of its bytes. O(bytes). Any thread.
 *
 * Errors: FENCEPOST_BATCH, FENCEPOST_CRC.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_batch_verify_crc(const uint8_t *bytes,
                                                 size_t bytes_len,
                                                 struct fencepost_error *error);

/**
 * CRC-32C of some bytes. O(bytes). Any thread.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_crc32c(const uint8_t *bytes,
                                       size_t bytes_len,
                                       uint32_t *crc);

/**
 * Puts producer id, epoch and base sequence into a whole batch, in place, and computes its CRC
 * from all of it. O(bytes). Any thread.
 *
 * Errors: FENCEPOST_BATCH, FENCEPOST_VALUE for a negative number. The bytes are untouched then.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_batch_stamp(uint8_t *bytes,
                                            size_t bytes_len,
                                            const struct fencepost_stamp *to,
                                            struct fencepost_error *error);

/**
 * The same of a batch whose CRC is right already, which is patched and not computed anew: the
 * records are not read. O(log bytes). Any thread.
 *
 * Errors: FENCEPOST_BATCH, FENCEPOST_VALUE for a negative number. The bytes are untouched then.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_batch_restamp(uint8_t *bytes,
                                              size_t bytes_len,
                                              const struct fencepost_stamp *to,
                                              struct fencepost_error *error);

/**
 * Computes the CRC of a whole batch and puts it there. O(bytes). Any thread.
 *
 * Errors: FENCEPOST_BATCH. The bytes are untouched then.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_batch_seal(uint8_t *bytes,
                                           size_t bytes_len,
                                           struct fencepost_error *error);

/**
 * How many bytes fencepost_builder_init needs. Any thread, any time.
 */
FENCEPOST_NODISCARD enum fencepost_status fencepost_builder_size(size_t *size);

/**
 * Makes a builder in memory of the caller, aligned to FENCEPOST_ALIGN and of at least what
 * fencepost_builder_size says, which must not be touched or moved until fencepost_builder_fini.
 * fencepost_builder_begin comes next.
 *
 * Errors: FENCEPOST_MISALIGNED, FENCEPOST_BUFFER_TOO_SMALL, FENCEPOST_LENGTH.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_builder_init(void *memory,
                                             size_t memory_size,
                                             struct fencepost_builder **builder);

/**
 * Ends a builder made by fencepost_builder_init, and a batch that is not finished with it.
 *
 * Errors: FENCEPOST_HANDLE, also for one made by fencepost_builder_new, which is left alone.
 */
enum fencepost_status fencepost_builder_fini(struct fencepost_builder *builder);

#if defined(FENCEPOST_HEAP)
/**
 * Makes a builder on the heap; fencepost_builder_begin comes next. The caller owns it and gives it
 * back with fencepost_builder_free.
 *
 * Errors: FENCEPOST_MEMORY.
 */
FENCEPOST_NODISCARD enum fencepost_status fencepost_builder_new(struct fencepost_builder **builder);
#endif

#if defined(FENCEPOST_HEAP)
/**
 * Frees a builder made by fencepost_builder_new. NULL is left alone.
 */
void fencepost_builder_free(struct fencepost_builder *builder);
#endif

/**
 * Begins a batch in a buffer, and drops one that was begun and not finished. Until
 * fencepost_builder_finish the buffer must not be touched or freed. O(1).
 *
 * Errors: FENCEPOST_BUILD_FULL if not even a header has room, FENCEPOST_BUILD_CODEC,
 * FENCEPOST_VALUE.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_builder_begin(struct fencepost_builder *builder,
                                              uint8_t *buffer,
                                              size_t buffer_size,
                                              const struct fencepost_batch_options *batch_options,
                                              struct fencepost_error *error);

/**
 * Adds a record. O(record).
 *
 * Errors: FENCEPOST_BUILD_FULL if it has no room, FENCEPOST_BUILD_TOO_LARGE, FENCEPOST_STATE if no
 * batch was begun, FENCEPOST_VALUE for more than FENCEPOST_RECORD_HEADERS_MAX headers. The batch
 * is as before then, and can be finished.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_builder_push(struct fencepost_builder *builder,
                                             const struct fencepost_record *record,
                                             struct fencepost_error *error);

/**
 * How many bytes the batch would grow by with this record. Nothing is written, and only the
 * lengths of what the record points to matter. O(headers). May run side by side with other calls
 * that take the builder as const.
 *
 * Errors: FENCEPOST_BUILD_TOO_LARGE, FENCEPOST_STATE if no batch was begun, FENCEPOST_VALUE.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_builder_record_len(const struct fencepost_builder *builder,
                                                   const struct fencepost_record *record,
                                                   size_t *len);

/**
 * How many bytes the batch has so far, its header included; `records` is told how many records.
 * O(1). May run side by side with other calls that take the builder as const.
 *
 * Errors: FENCEPOST_STATE if no batch was begun.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_builder_len(const struct fencepost_builder *builder,
                                            size_t *len,
                                            int32_t *records);

/**
 * Completes the batch and gives its buffer back: header, CRC, and the stamp; NULL for a batch
 * without a producer, or one that is stamped later. `len` is told how many bytes the batch has.
 * The builder may begin another one. O(bytes).
 *
 * Errors: FENCEPOST_BUILD_EMPTY if no record was pushed, FENCEPOST_STATE if no batch was begun,
 * FENCEPOST_VALUE for a negative number in the stamp. After FENCEPOST_BUILD_EMPTY the batch has to
 * be begun again.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_builder_finish(struct fencepost_builder *builder,
                                               const struct fencepost_stamp *stamp,
                                               size_t *len,
                                               struct fencepost_error *error);

/**
 * Writes the control batch that ends a transaction: FENCEPOST_MARKER_LEN bytes. O(1). Any thread.
 *
 * Errors: FENCEPOST_BUILD_FULL, FENCEPOST_VALUE.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_marker_write(const struct fencepost_marker *marker,
                                             uint8_t *buffer,
                                             size_t buffer_size,
                                             size_t *len,
                                             struct fencepost_error *error);

/**
 * The next batch of a log from byte `position` on. `batch` is told its header and kind, `size` its
 * bytes: the next position is position + size. With verify_crc 1 its CRC is checked too. O(1), or
 * O(batch) with the CRC. Any thread.
 *
 * Errors: FENCEPOST_NOT_FOUND at the end; FENCEPOST_BATCH, FENCEPOST_CRC, FENCEPOST_MARKER with
 * the byte in the log: a torn tail is a FENCEPOST_BATCH with error.expected greater than
 * error.got; FENCEPOST_VALUE.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_log_next(const uint8_t *bytes,
                                         size_t bytes_len,
                                         size_t position,
                                         uint32_t verify_crc,
                                         struct fencepost_batch *batch,
                                         size_t *size,
                                         struct fencepost_error *error);

/**
 * Record number `number`, from 0, of an uncompressed whole batch; `headers` is told its headers,
 * as many as it has room for. What is given points into the batch's bytes. O(bytes before it): for
 * many in a row see fencepost_batch_records. Any thread.
 *
 * Errors: FENCEPOST_BATCH, FENCEPOST_RECORD; FENCEPOST_NOT_FOUND if the batch has no such record.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_batch_record(const uint8_t *bytes,
                                             size_t bytes_len,
                                             uint32_t number,
                                             struct fencepost_record_view *record,
                                             struct fencepost_record_header *headers,
                                             size_t headers_len,
                                             struct fencepost_error *error);

/**
 * The records of an uncompressed whole batch from number `from` on, without their headers, as many
 * as the array has room for; `count` is told how many were written, 0 at the end. What is given
 * points into the batch's bytes. O(bytes up to the last one). Any thread.
 *
 * Errors: FENCEPOST_BATCH, FENCEPOST_RECORD.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_batch_records(const uint8_t *bytes,
                                              size_t bytes_len,
                                              size_t from,
                                              struct fencepost_record_view *records,
                                              size_t records_len,
                                              size_t *count,
                                              struct fencepost_error *error);

/**
 * Everything a leader checks in the batches of a produce request before the producers' state is
 * asked, and what it assigns. O(bytes). Any thread.
 *
 * Errors: FENCEPOST_INVALID; FENCEPOST_VALUE, also for a next_offset below 0 or above
 * FENCEPOST_BASE_OFFSET_MAX.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_validate(const uint8_t *bytes,
                                         size_t bytes_len,
                                         const struct fencepost_validation *validation,
                                         struct fencepost_assigned *assigned,
                                         struct fencepost_error *error);

/**
 * Writes what a leader assigned into the whole batch, in place, and its CRC. O(bytes). Any thread.
 *
 * Errors: FENCEPOST_BATCH, FENCEPOST_REBUILT, FENCEPOST_VALUE; the bytes are untouched then.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_assigned_write(const struct fencepost_assigned *assigned,
                                               int32_t partition_leader_epoch,
                                               uint8_t *bytes,
                                               size_t bytes_len,
                                               struct fencepost_error *error);

/**
 * Whether these records may stand in a produce request of this version for one partition: one
 * batch of format 2. `header` is told its header. O(1). Any thread.
 *
 * Errors: FENCEPOST_PRODUCE.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_check_produce(int16_t version,
                                              const uint8_t *bytes,
                                              size_t bytes_len,
                                              struct fencepost_batch_header *header,
                                              struct fencepost_error *error);

/**
 * What a produce request of this version is answered when the coordinator did not verify its
 * transaction. Any thread, any time.
 */
int16_t fencepost_unverified_answer(int16_t coordinator_code, int16_t produce_version);

/**
 * Writes an entry's FENCEPOST_TXN_INDEX_ENTRY_LEN bytes, which are appended to the .txnindex. With
 * has_last 1, last is the last offset of the entry before. O(1). Any thread.
 *
 * Errors: FENCEPOST_TXN_INDEX if it does not lie behind the one before;
 * FENCEPOST_BUFFER_TOO_SMALL, FENCEPOST_VALUE.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_txn_index_write(const struct fencepost_aborted *aborted,
                                                uint32_t has_last,
                                                int64_t last,
                                                uint8_t *buffer,
                                                size_t buffer_size,
                                                struct fencepost_error *error);

/**
 * Whether a .txnindex of a segment that begins at base_offset is right. O(bytes). Any thread.
 *
 * Errors: FENCEPOST_TXN_INDEX.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_txn_index_check(const uint8_t *bytes,
                                                size_t bytes_len,
                                                int64_t base_offset,
                                                struct fencepost_error *error);

/**
 * The aborted transactions of a .txnindex that concern a fetch from fetch_offset up to
 * upper_bound: as many as the array has room for, `count` is told how many there are. `complete`
 * is told whether the search ends here; otherwise it goes on in the next segment's file. O(bytes).
 * Any thread.
 *
 * Errors: FENCEPOST_TXN_INDEX; FENCEPOST_BUFFER_TOO_SMALL.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_txn_index_collect(const uint8_t *bytes,
                                                  size_t bytes_len,
                                                  int64_t fetch_offset,
                                                  int64_t upper_bound,
                                                  struct fencepost_aborted *aborted,
                                                  size_t aborted_len,
                                                  size_t *count,
                                                  bool *complete,
                                                  struct fencepost_error *error);

/**
 * How far a .txnindex reaches once its log is truncated to this offset: `len` is told how many of
 * its bytes stay. O(bytes). Any thread.
 *
 * Errors: FENCEPOST_TXN_INDEX.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_txn_index_truncate(const uint8_t *bytes,
                                                   size_t bytes_len,
                                                   int64_t offset,
                                                   size_t *len,
                                                   struct fencepost_error *error);

/**
 * How many bytes fencepost_partition_init needs for a configuration: about 170 a producer, 24 a
 * transaction, 32 a guard, 72 an undecided batch, and less than 600 for itself.
 *
 * FENCEPOST_PARTITION_SIZE is the same as a constant, rounded up. Any thread, any time.
 *
 * Errors: FENCEPOST_VALUE; FENCEPOST_LENGTH if no memory could hold it.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_partition_size(const struct fencepost_partition_config *config,
                                               size_t *size);

/**
 * Makes a partition in memory of the caller: of which nothing is known, log end 0.
 *
 * The memory is aligned to FENCEPOST_ALIGN, memory_size is at least what fencepost_partition_size
 * says, and it must not be touched or moved until fencepost_partition_fini. The handle is at its
 * beginning. O(memory).
 *
 * Errors: FENCEPOST_VALUE, FENCEPOST_MISALIGNED, FENCEPOST_BUFFER_TOO_SMALL, FENCEPOST_LENGTH.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_partition_init(void *memory,
                                               size_t memory_size,
                                               const struct fencepost_partition_config *config,
                                               struct fencepost_partition **partition);

/**
 * Ends a partition made by fencepost_partition_init: its memory is the caller's again.
 *
 * Errors: FENCEPOST_HANDLE, also for one made by fencepost_partition_new, which is left alone.
 */
enum fencepost_status fencepost_partition_fini(struct fencepost_partition *partition);

#if defined(FENCEPOST_HEAP)
/**
 * Makes a partition on the heap, of which nothing is known, log end 0. The caller owns it and
 * gives it back with fencepost_partition_free. O(memory).
 *
 * Errors: FENCEPOST_VALUE, FENCEPOST_LENGTH, FENCEPOST_MEMORY.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_partition_new(const struct fencepost_partition_config *config,
                                              struct fencepost_partition **partition);
#endif

#if defined(FENCEPOST_HEAP)
/**
 * Frees a partition made by fencepost_partition_new. NULL is left alone.
 */
void fencepost_partition_free(struct fencepost_partition *partition);
#endif

/**
 * Asks for the memory of these producers, so that what is asked of them next does not wait for it.
 * Changes no answer, and any id may be given, known or not. Worth it where several batches are at
 * hand together, and there are more producers than a core's cache holds: a dozen or two, then each
 * of them admitted, then the next dozen. Of more at once the first have left the nearest cache by
 * the time they are needed. O(producer_ids_len).
 *
 * May run side by side with other calls that take the partition as const, and while the pipeline
 * holds batches. The ids are not kept.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_partition_prefetch(const struct fencepost_partition *partition,
                                                   const int64_t *producer_ids,
                                                   size_t producer_ids_len);

/**
 * Decides on one batch, and changes nothing: the whole of a partition's produce request in Kafka.
 * O(1), plus the search for a victim when every slot is taken and the policy evicts.
 *
 * Then write the batch and call fencepost_partition_record, or drop the ticket. May run side by
 * side with other calls that take the partition as const.
 *
 * Errors: a status from 200 on is the refusal that the client is answered with error.kafka_code.
 * FENCEPOST_UNDECIDED while the pipeline holds batches: then fencepost_pipeline_begin decides.
 * What error points to may be looked at only if the call does not succeed.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_partition_admit(const struct fencepost_partition *partition,
                                                const struct fencepost_batch *batch,
                                                const struct fencepost_context *context,
                                                struct fencepost_admission *admission,
                                                struct fencepost_error *error);

/**
 * Applies an admitted batch that was written at this base offset (a marker's offset is its base
 * offset), and moves the map end behind it. O(1), plus the search for a victim; where it ends a
 * transaction O(open and unreplicated ones that began after it).
 *
 * completed is told the transaction that the batch ended; NULL if nobody asks. That the offset
 * lies behind those before it is the log's to see to, and is not looked at.
 *
 * Errors: FENCEPOST_TICKET_STALE, FENCEPOST_TICKET_FOREIGN, FENCEPOST_UNDECIDED; FENCEPOST_VALUE
 * for an offset below 0 or above FENCEPOST_BASE_OFFSET_MAX. Nothing is changed then.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_partition_record(struct fencepost_partition *partition,
                                                 const struct fencepost_ticket *ticket,
                                                 int64_t base_offset,
                                                 struct fencepost_completed *completed);

/**
 * Begins the verification of a transactional write. The guard belongs into the context of the
 * write, once the coordinator has confirmed the transaction; 0 if none is needed. O(1) while a
 * quarter of the guards is free.
 *
 * Errors: FENCEPOST_STALE_EPOCH, FENCEPOST_GUARDS_FULL, FENCEPOST_VALUE;
 * FENCEPOST_VERIFICATION_WAITS if batches of the producer are undecided.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_partition_start_verification(struct fencepost_partition *partition,
                                                             const struct fencepost_verification *wanted,
                                                             int64_t now_ms,
                                                             uint64_t *guard,
                                                             struct fencepost_error *error);

/**
 * What a partition knows as a whole. O(1). May run side by side with other calls that take it as
 * const.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_partition_look(const struct fencepost_partition *partition,
                                               struct fencepost_partition_info *info);

/**
 * What is known of one producer. O(1). May run side by side with other calls that take the
 * partition as const.
 *
 * Errors: FENCEPOST_NOT_FOUND if it is not known.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_partition_describe(const struct fencepost_partition *partition,
                                                   int64_t producer_id,
                                                   struct fencepost_producer_description *description);

/**
 * The known producers from number `from` on, in no particular order, as many as the array has room
 * for; `count` is told how many were written, 0 at the end. O(from + descriptions_len).
 *
 * The numbers hold until the partition's next change. May run side by side with other calls that
 * take the partition as const.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_partition_producers(const struct fencepost_partition *partition,
                                                    size_t from,
                                                    struct fencepost_producer_description *descriptions,
                                                    size_t descriptions_len,
                                                    size_t *count);

/**
 * The open transactions in order of first offset (`unreplicated` 0), or those whose marker is not
 * yet below the high watermark, newest first (1): from number `from` on, as many as the array has
 * room for; `count` is told how many were written, 0 at the end. O(ranges_len). May run side by
 * side with other calls that take the partition as const.
 *
 * Errors: FENCEPOST_VALUE.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_partition_transactions(const struct fencepost_partition *partition,
                                                       uint32_t unreplicated,
                                                       size_t from,
                                                       struct fencepost_transaction_range *ranges,
                                                       size_t ranges_len,
                                                       size_t *count);

/**
 * The last stable offset: how far a READ_COMMITTED consumer may read of a log that begins at
 * log_start and is replicated up to high_watermark. O(1). May run side by side with other calls
 * that take the partition as const.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_partition_last_stable_offset(const struct fencepost_partition *partition,
                                                             int64_t log_start,
                                                             int64_t high_watermark,
                                                             int64_t *offset);

/**
 * Whether the oldest open transaction is late: nothing written by its producer for longer than
 * transaction.max.timeout.ms and five minutes. O(1). May run side by side with other calls that
 * take the partition as const.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_partition_has_late_transaction(const struct fencepost_partition *partition,
                                                               int64_t now_ms,
                                                               bool *late);

/**
 * Whether the producer has an open transaction in this epoch. O(1). May run side by side with
 * other calls that take the partition as const.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_partition_has_open_transaction(const struct fencepost_partition *partition,
                                                               int64_t producer_id,
                                                               int16_t producer_epoch,
                                                               bool *open);

/**
 * The guard of a producer's verification that has not been used yet. O(1) while a quarter of the
 * guards is free. May run side by side with other calls that take the partition as const.
 *
 * Errors: FENCEPOST_NOT_FOUND if there is none.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_partition_verification(const struct fencepost_partition *partition,
                                                       int64_t producer_id,
                                                       uint64_t *guard);

/**
 * Whether compaction must keep this batch, as an empty header if all its records go: the state of
 * its producer is replayed from it. O(1). May run side by side with other calls that take the
 * partition as const.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_partition_must_keep(const struct fencepost_partition *partition,
                                                    const struct fencepost_batch_header *header,
                                                    bool *keep);

/**
 * Forgets expired producers and verifications, looking at no more than `most`. O(most).
 *
 * Kafka looks at all of them every ten minutes, under the log's lock: call until it is finished
 * for the same result, with other work in between. A producer with undecided batches stays.
 * swept is told what was done; NULL if nobody asks.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_partition_expire(struct fencepost_partition *partition,
                                                 int64_t now_ms,
                                                 uint32_t most,
                                                 struct fencepost_swept *swept);

/**
 * Transactions whose marker is below the high watermark are stable. O(unreplicated).
 *
 * Errors: FENCEPOST_VALUE for an offset below 0.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_partition_handle_high_watermark(struct fencepost_partition *partition,
                                                                int64_t high_watermark);

/**
 * The log's start has moved up (retention, DeleteRecords). latest_snapshot is the highest offset a
 * snapshot file exists for, -1 if there is none. Producers stay. O(unreplicated).
 *
 * Errors: FENCEPOST_VALUE for another number below 0.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_partition_handle_log_start(struct fencepost_partition *partition,
                                                           int64_t log_start,
                                                           int64_t latest_snapshot);

/**
 * The log was emptied and begins again at this offset. Every snapshot file is to be deleted.
 * Verifications stay. O(producers).
 *
 * A log that was truncated to an offset above its start is reloaded instead:
 * fencepost_partition_needs_reload, fencepost_partition_restore, and replay.
 *
 * Errors: FENCEPOST_UNDECIDED; FENCEPOST_VALUE for an offset below 0.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_partition_truncate_fully(struct fencepost_partition *partition,
                                                         int64_t start_at);

/**
 * The state reflects the log up to here, exclusive: after a roll, after replay of a segment, after
 * all batches of a load, also those without a producer. O(1).
 *
 * Errors: FENCEPOST_UNDECIDED; FENCEPOST_VALUE for an offset below 0.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_partition_set_map_end_offset(struct fencepost_partition *partition,
                                                             int64_t offset);

/**
 * Whether a log that ends at this offset needs the state to be loaded and replayed anew. O(1). May
 * run side by side with other calls that take the partition as const.
 *
 * Errors: FENCEPOST_VALUE for an offset below 0.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_partition_needs_reload(const struct fencepost_partition *partition,
                                                       int64_t log_end,
                                                       bool *needs);

/**
 * Forgets all producers and transactions, because there is no good snapshot: replay begins at the
 * log's start. Verifications stay. O(producers).
 *
 * Errors: FENCEPOST_UNDECIDED; FENCEPOST_VALUE for an offset below 0.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_partition_restore_nothing(struct fencepost_partition *partition,
                                                          int64_t log_start);

/**
 * A snapshot was written, and made durable, for this offset. O(1).
 *
 * Errors: FENCEPOST_VALUE for an offset below 0.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_partition_snapshot_taken(struct fencepost_partition *partition,
                                                         int64_t offset);

/**
 * Turns verification of transactional writes on (1) or off (0). O(1).
 *
 * Errors: FENCEPOST_VALUE.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_partition_set_verification(struct fencepost_partition *partition,
                                                           uint32_t enabled);

/**
 * Changes producer.id.expiration.ms, at least 1. O(1).
 *
 * Errors: FENCEPOST_VALUE.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_partition_set_expiration_ms(struct fencepost_partition *partition,
                                                            uint32_t millis);

/**
 * How many bytes fencepost_scratch_init needs for a configuration. Any thread, any time.
 *
 * Errors: FENCEPOST_VALUE; FENCEPOST_LENGTH if no memory could hold it.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_scratch_size(const struct fencepost_scratch_config *config,
                                             size_t *size);

/**
 * Makes memory for appends. In memory of the caller, aligned to FENCEPOST_ALIGN and of at least
 * what fencepost_scratch_size says, which must not be touched or moved until
 * fencepost_scratch_fini. O(memory).
 *
 * Errors: FENCEPOST_VALUE, FENCEPOST_MISALIGNED, FENCEPOST_BUFFER_TOO_SMALL, FENCEPOST_LENGTH.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_scratch_init(void *memory,
                                             size_t memory_size,
                                             const struct fencepost_scratch_config *config,
                                             struct fencepost_scratch **scratch);

/**
 * Ends what fencepost_scratch_init made: its memory is the caller's again.
 *
 * Errors: FENCEPOST_HANDLE, also for what fencepost_scratch_new made, which is left alone.
 */
enum fencepost_status fencepost_scratch_fini(struct fencepost_scratch *scratch);

#if defined(FENCEPOST_HEAP)
/**
 * Makes memory for appends. On the heap: the caller owns it and gives it back with
 * fencepost_scratch_free. O(memory).
 *
 * Errors: FENCEPOST_VALUE, FENCEPOST_LENGTH, FENCEPOST_MEMORY.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_scratch_new(const struct fencepost_scratch_config *config,
                                            struct fencepost_scratch **scratch);
#endif

#if defined(FENCEPOST_HEAP)
/**
 * Frees what fencepost_scratch_new made. NULL is left alone.
 */
void fencepost_scratch_free(struct fencepost_scratch *scratch);
#endif

/**
 * Whether fencepost_partition_append would take these batches: FENCEPOST_OK, or the refusal that
 * it would give. The partition is as before. O(batches).
 *
 * A leader asks this before it writes several batches, and appends them to the partition after:
 * base offsets, which it gives when it writes, are not looked at.
 *
 * Errors: those of fencepost_partition_append.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_partition_may_append(struct fencepost_partition *partition,
                                                     struct fencepost_scratch *scratch,
                                                     const struct fencepost_batch *batches,
                                                     size_t batches_len,
                                                     const struct fencepost_context *context,
                                                     struct fencepost_error *error);

/**
 * Applies several batches that are one append, written at the base offsets in their headers:
 * replication, replay and recovery, where one at a time would give another state than Kafka's.
 * All of them have the same context. `completed` is told each transaction that a marker ended, in
 * log order; it has room for as many as there are markers among them, or is NULL if nobody asks.
 * `count` is told how many there were. O(batches), for each marker what fencepost_partition_record
 * says, plus the search for victims.
 *
 * Errors: a status from 200 on is the refusal of the batch numbered error.position;
 * FENCEPOST_APPEND_DUPLICATE, FENCEPOST_SCRATCH_FULL, FENCEPOST_UNDECIDED,
 * FENCEPOST_BUFFER_TOO_SMALL; FENCEPOST_VALUE, also for a base offset below 0 or above
 * FENCEPOST_BASE_OFFSET_MAX. Nothing of the append counts then.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_partition_append(struct fencepost_partition *partition,
                                                 struct fencepost_scratch *scratch,
                                                 const struct fencepost_batch *batches,
                                                 size_t batches_len,
                                                 const struct fencepost_context *context,
                                                 struct fencepost_completed *completed,
                                                 size_t completed_len,
                                                 size_t *count,
                                                 struct fencepost_error *error);

/**
 * How many bytes a snapshot of the partition takes now. O(producers). May run side by side with
 * other calls that take the partition as const.
 *
 * Errors: FENCEPOST_VALUE for what is no fencepost_snapshot_format.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_partition_snapshot_len(const struct fencepost_partition *partition,
                                                       uint32_t snapshot_format,
                                                       size_t *len);

/**
 * Writes a snapshot of the partition; `written` is told how many bytes it takes. It is one for
 * fencepost_partition_look's map_end_offset: put that into the file's name, make the file durable,
 * then call fencepost_partition_snapshot_taken. What is undecided in the pipeline is not in it.
 * O(producers). May run side by side with other calls that take the partition as const.
 *
 * Errors: FENCEPOST_VALUE for what is no fencepost_snapshot_format; FENCEPOST_BUFFER_TOO_SMALL.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_partition_snapshot(const struct fencepost_partition *partition,
                                                   uint32_t snapshot_format,
                                                   uint8_t *buffer,
                                                   size_t buffer_size,
                                                   size_t *written);

/**
 * Takes a snapshot's producers in place of those the partition knows, except expired ones; replay
 * goes on from `offset`, which the snapshot's file was named for. `loaded` is told how many
 * producers were taken; NULL if nobody asks. All or nothing: after an error the partition is as
 * before. O(bytes + producers).
 *
 * Errors: FENCEPOST_SNAPSHOT, FENCEPOST_RELOAD_FULL, FENCEPOST_UNDECIDED; FENCEPOST_VALUE for what
 * is no fencepost_snapshot_format, and for an offset below 0.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_partition_restore(struct fencepost_partition *partition,
                                                  uint32_t snapshot_format,
                                                  const uint8_t *bytes,
                                                  size_t bytes_len,
                                                  int64_t offset,
                                                  int64_t now_ms,
                                                  uint32_t *loaded,
                                                  struct fencepost_error *error);

/**
 * The name of the snapshot file for an offset, as Kafka names it: 20 digits and ".snapshot". It is
 * ended by a NUL, for which FENCEPOST_SNAPSHOT_NAME_SIZE has room; `len` is told its length
 * without it. Any thread, any time.
 *
 * Errors: FENCEPOST_BUFFER_TOO_SMALL.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_snapshot_name(int64_t offset,
                                              char *name,
                                              size_t name_size,
                                              size_t *len);

/**
 * What a snapshot file is renamed to when its segment is deleted: the same and ".deleted". It is
 * deleted for good later, or at the next load, and is no snapshot file any more. As
 * fencepost_snapshot_name. Any thread, any time.
 *
 * Errors: FENCEPOST_BUFFER_TOO_SMALL.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_snapshot_deleted_name(int64_t offset,
                                                      char *name,
                                                      size_t name_size,
                                                      size_t *len);

/**
 * Whether a file of this name, name_len bytes without NUL, is left over from a deletion, of a
 * snapshot or of anything else, and is to be deleted when the log is loaded. Any thread, any time.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_snapshot_is_deleted(const char *name,
                                                    size_t name_len,
                                                    bool *deleted);

/**
 * The offset that a file of this name, name_len bytes without NUL, is named for: the state in it
 * includes everything below. As in Kafka it is the text before the first dot, leading zeros are
 * optional, and a sign is taken. Any thread, any time.
 *
 * Errors: FENCEPOST_NOT_FOUND if it is not a snapshot file; FENCEPOST_SNAPSHOT_NAME if it ends in
 * ".snapshot" and is not named for an offset: Kafka fails to load such a folder.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_snapshot_offset(const char *name,
                                                size_t name_len,
                                                int64_t *offset);

/**
 * The snapshot to load, of a listing of offsets in any order: the highest. O(snapshots). Any
 * thread, any time.
 *
 * Errors: FENCEPOST_NOT_FOUND if there is none.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_snapshot_latest(const int64_t *snapshots,
                                                size_t snapshots_len,
                                                int64_t *offset);

/**
 * The lowest. O(snapshots). Any thread, any time.
 *
 * Errors: FENCEPOST_NOT_FOUND if there is none.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_snapshot_oldest(const int64_t *snapshots,
                                                size_t snapshots_len,
                                                int64_t *offset);

/**
 * The snapshots to delete when the log is truncated: above its end, or at or below its start.
 * `chosen` has room for as many as there are snapshots, and `count` is told how many there are.
 * O(snapshots). Any thread, any time.
 *
 * Errors: FENCEPOST_BUFFER_TOO_SMALL.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_snapshot_outside_log(const int64_t *snapshots,
                                                     size_t snapshots_len,
                                                     int64_t log_start,
                                                     int64_t log_end,
                                                     int64_t *chosen,
                                                     size_t chosen_len,
                                                     size_t *count);

/**
 * The snapshots to delete before an offset, in retention: those from 0 on that are below it.
 * `chosen` and `count` are as of fencepost_snapshot_outside_log. O(snapshots). Any thread, any
 * time.
 *
 * Errors: FENCEPOST_BUFFER_TOO_SMALL.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_snapshot_before(const int64_t *snapshots,
                                                size_t snapshots_len,
                                                int64_t offset,
                                                int64_t *chosen,
                                                size_t chosen_len,
                                                size_t *count);

/**
 * The snapshots to delete when the log is loaded: those that belong to no segment. The highest of
 * them stays, since a clean shutdown leaves one above the last segment's base; unless it is below
 * that base, and so out of date. `chosen` and `count` are as of fencepost_snapshot_outside_log.
 * O(snapshots x segments). Any thread, any time.
 *
 * Errors: FENCEPOST_BUFFER_TOO_SMALL.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_snapshot_strays(const int64_t *snapshots,
                                                size_t snapshots_len,
                                                const int64_t *segment_bases,
                                                size_t segment_bases_len,
                                                int64_t *chosen,
                                                size_t chosen_len,
                                                size_t *count);

/**
 * Whether the files are not read at all: after a clean shutdown (1), without any snapshot file.
 * Every producer is forgotten then, though its batches are in the log; that is Kafka's. Any
 * thread, any time.
 *
 * If so, for each of fencepost_rebuild_snapshot_points set the partition's map end and take a
 * snapshot if one is due. If not, in this order:
 *
 * Ask fencepost_rebuild_was_empty, before anything else. Truncate and reload
 * (fencepost_snapshot_outside_log, fencepost_partition_needs_reload, fencepost_partition_restore
 * or fencepost_partition_restore_nothing). Unless it was empty, for each segment of
 * fencepost_rebuild_replay set the map end to `from`, take a snapshot if it says so and one is
 * due, and replay its batches as one fencepost_partition_append with FENCEPOST_ORIGIN_REPLICATION.
 * Set the map end to the last offset, and take a snapshot if one is due.
 *
 * Errors: FENCEPOST_VALUE.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_rebuild_skips_files(uint32_t was_clean_shutdown,
                                                    size_t snapshots,
                                                    bool *skips);

/**
 * Where snapshots are taken: the bases of the two newest segments, and the last offset. `points`
 * has room for 3; `count` is told how many there are. O(segments). Any thread.
 *
 * Errors: FENCEPOST_BUFFER_TOO_SMALL; FENCEPOST_VALUE if the bases do not ascend, or for an offset
 * below 0.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_rebuild_snapshot_points(const struct fencepost_log_shape *log,
                                                        int64_t *points,
                                                        size_t points_len,
                                                        size_t *count);

/**
 * Whether replay is left out because nothing can come of it: the partition knew no producer
 * **before** the log was truncated, and reflected it up to the last offset. O(1). May run side by
 * side with other calls that take the partition as const.
 *
 * Errors: FENCEPOST_VALUE for an offset below 0.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_rebuild_was_empty(const struct fencepost_partition *partition,
                                                  int64_t last_offset,
                                                  bool *was_empty);

/**
 * The segments to replay after the reload, which has left the partition at map_end
 * (fencepost_partition_look), from number `from` on, as many as the array has room for; `count` is
 * told how many were written, 0 at the end. O(segments). Any thread.
 *
 * Errors: FENCEPOST_VALUE if the bases do not ascend, or for an offset below 0.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_rebuild_replay(const struct fencepost_log_shape *log,
                                               int64_t map_end,
                                               size_t from,
                                               struct fencepost_replay_segment *segments,
                                               size_t segments_len,
                                               size_t *count);

/**
 * Decides on one batch as fencepost_partition_admit would if all undecided batches of its producer
 * had been recorded, and changes nothing. O(undecided). May run side by side with other calls that
 * take the partition as const.
 *
 * Errors: a status from 200 on is the refusal that the client is answered with error.kafka_code;
 * in what it says an undecided batch begins at offset -1.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_pipeline_admit(const struct fencepost_partition *partition,
                                               const struct fencepost_batch *batch,
                                               const struct fencepost_context *context,
                                               struct fencepost_pipelined *pipelined,
                                               struct fencepost_error *error);

/**
 * Decides as fencepost_pipeline_admit does, and of FENCEPOST_VERDICT_APPEND takes the batch as
 * being written: it is undecided from now on, the newest of all, and what it needs to be recorded
 * is kept for it. Call it before the write. O(undecided).
 *
 * Errors: those of fencepost_pipeline_admit; nothing has changed then.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_pipeline_begin(struct fencepost_partition *partition,
                                               const struct fencepost_batch *batch,
                                               const struct fencepost_context *context,
                                               struct fencepost_pipelined *pipelined,
                                               struct fencepost_error *error);

/**
 * The oldest undecided batch is on the log, at this base offset: does what
 * fencepost_partition_record does. O(1), plus what that says. completed is as there.
 *
 * Errors: FENCEPOST_NOT_UNDECIDED; FENCEPOST_NOT_NEXT if an older one is undecided;
 * FENCEPOST_VALUE for an offset below 0 or above FENCEPOST_BASE_OFFSET_MAX.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_pipeline_record(struct fencepost_partition *partition,
                                                uint64_t ticket,
                                                int64_t base_offset,
                                                struct fencepost_completed *completed,
                                                struct fencepost_error *error);

/**
 * The batch is not on the log and never will be, and neither will those of its producer that were
 * begun after it. The partition is as if none of them had come. `tickets` is told which, oldest
 * first, and `count` how many: answer their senders with a retriable error. It has room for as
 * many as are undecided, or is NULL if nobody asks. O(undecided).
 *
 * Errors: FENCEPOST_NOT_UNDECIDED, FENCEPOST_BUFFER_TOO_SMALL.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_pipeline_abandon(struct fencepost_partition *partition,
                                                 uint64_t ticket,
                                                 uint64_t *tickets,
                                                 size_t tickets_len,
                                                 size_t *count);

/**
 * The same, and none of those that were begun after it is on the log either, whoever's they are:
 * the writes of a partition go one behind the other, and this one failed. Those before it stay.
 * `tickets` and `count` are as of fencepost_pipeline_abandon. O(undecided).
 *
 * Errors: FENCEPOST_NOT_UNDECIDED, FENCEPOST_BUFFER_TOO_SMALL.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_pipeline_abandon_from(struct fencepost_partition *partition,
                                                      uint64_t ticket,
                                                      uint64_t *tickets,
                                                      size_t tickets_len,
                                                      size_t *count);

/**
 * None of the undecided batches counts: the broker no longer leads the partition, or is about to
 * reload it. If any may be on the log, reload the partition and replay the log before it decides
 * again. `tickets` and `count` are as of fencepost_pipeline_abandon. O(undecided).
 *
 * Errors: FENCEPOST_BUFFER_TOO_SMALL.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_pipeline_abandon_all(struct fencepost_partition *partition,
                                                     uint64_t *tickets,
                                                     size_t tickets_len,
                                                     size_t *count);

/**
 * The write ended without an answer: the batch may be on the log, or come to be. It stays
 * undecided, its retries stay pending, and no new batch of its producer is admitted, until it is
 * recorded or abandoned. O(undecided).
 *
 * Errors: FENCEPOST_NOT_UNDECIDED.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_pipeline_mark_unknown(struct fencepost_partition *partition,
                                                      uint64_t ticket);

/**
 * The undecided batches, oldest first, from number `from` on, as many as the array has room for;
 * `count` is told how many were written, 0 at the end. O(from + undecided_len). May run side by
 * side with other calls that take the partition as const.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_pipeline_undecided(const struct fencepost_partition *partition,
                                                   size_t from,
                                                   struct fencepost_undecided *undecided,
                                                   size_t undecided_len,
                                                   size_t *count);

/**
 * How many bytes fencepost_storage_init needs for a configuration: as fencepost_partition_size,
 * less what a partition takes for itself. Any thread, any time.
 *
 * Errors: FENCEPOST_VALUE; FENCEPOST_LENGTH if no memory could hold it.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_storage_size(const struct fencepost_storage_config *config,
                                             size_t *size);

/**
 * Makes a storage in memory of the caller, aligned to FENCEPOST_ALIGN and of at least what
 * fencepost_storage_size says, which must not be touched or moved until fencepost_storage_fini.
 * O(memory).
 *
 * Errors: FENCEPOST_VALUE, FENCEPOST_MISALIGNED, FENCEPOST_BUFFER_TOO_SMALL, FENCEPOST_LENGTH.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_storage_init(void *memory,
                                             size_t memory_size,
                                             const struct fencepost_storage_config *config,
                                             struct fencepost_storage **storage);

/**
 * Ends what fencepost_storage_init made: its memory is the caller's again.
 *
 * Errors: FENCEPOST_STATE while a partition lies in it; FENCEPOST_HANDLE, also for what
 * fencepost_storage_new made, which is left alone.
 */
enum fencepost_status fencepost_storage_fini(struct fencepost_storage *storage);

#if defined(FENCEPOST_HEAP)
/**
 * Makes a storage on the heap. The caller owns it and gives it back with fencepost_storage_free.
 * O(memory).
 *
 * Errors: FENCEPOST_VALUE, FENCEPOST_LENGTH, FENCEPOST_MEMORY.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_storage_new(const struct fencepost_storage_config *config,
                                            struct fencepost_storage **storage);
#endif

#if defined(FENCEPOST_HEAP)
/**
 * Frees what fencepost_storage_new made. NULL, and one in which a partition lies, is left alone.
 */
void fencepost_storage_free(struct fencepost_storage *storage);
#endif

/**
 * Begins to move into bigger memory: from now on the partition has room for more. Its producers
 * move by fencepost_partition_grow_step, with any other calls in between; the rest has moved when
 * this returns. The storage must hold more producers than now, and more transactions, guards and
 * undecided batches; what there is none of now may stay so. O(index of the storage + transactions
 * + guards + undecided). Tickets given before are stale then.
 *
 * The storage belongs to the partition from now on, until fencepost_partition_grow_step releases
 * it or the partition ends: end it after that, not before.
 *
 * Errors: FENCEPOST_VALUE if it is not bigger; FENCEPOST_STATE if a growth is under way, or the
 * storage is or was another partition's; nothing has changed then.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_partition_grow(struct fencepost_partition *partition,
                                               struct fencepost_storage *storage);

/**
 * Moves up to `most` producers. `finished` is told whether all have moved, also if no growth is
 * under way. `released` is told the storage that the partition has moved out of and that is the
 * caller's again, to be ended or to grow into once more; NULL if there is none, as after the first
 * growth, and while producers still move. O(most).
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_partition_grow_step(struct fencepost_partition *partition,
                                                    uint32_t most,
                                                    struct fencepost_storage **released,
                                                    bool *finished);

/**
 * How many bytes fencepost_producer_init needs for these settings: about 760 a partition, 2900
 * more if it is journaled, and less than 900 for itself.
 *
 * FENCEPOST_PRODUCER_SIZE and FENCEPOST_JOURNALED_PRODUCER_SIZE are the same as constants, rounded
 * up. Any thread, any time.
 *
 * Errors: FENCEPOST_VALUE; FENCEPOST_LENGTH if no memory could hold it.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_producer_size(const struct fencepost_producer_settings *settings,
                                              size_t *size);

/**
 * Makes a producer without an id in memory of the caller, aligned to FENCEPOST_ALIGN and of at
 * least what fencepost_producer_size says, which must not be touched or moved until
 * fencepost_producer_fini. The handle is at its beginning. O(partitions).
 *
 * Errors: FENCEPOST_VALUE, FENCEPOST_MISALIGNED, FENCEPOST_BUFFER_TOO_SMALL, FENCEPOST_LENGTH.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_producer_init(void *memory,
                                              size_t memory_size,
                                              const struct fencepost_producer_settings *settings,
                                              struct fencepost_producer **producer);

/**
 * Ends a producer made by fencepost_producer_init: its memory is the caller's again.
 *
 * Errors: FENCEPOST_HANDLE, also for one made by fencepost_producer_new, which is left alone.
 */
enum fencepost_status fencepost_producer_fini(struct fencepost_producer *producer);

#if defined(FENCEPOST_HEAP)
/**
 * Makes a producer without an id on the heap. The caller owns it and gives it back with
 * fencepost_producer_free. O(partitions).
 *
 * Errors: FENCEPOST_VALUE, FENCEPOST_LENGTH, FENCEPOST_MEMORY.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_producer_new(const struct fencepost_producer_settings *settings,
                                             struct fencepost_producer **producer);
#endif

#if defined(FENCEPOST_HEAP)
/**
 * Frees a producer made by fencepost_producer_new. NULL is left alone.
 */
void fencepost_producer_free(struct fencepost_producer *producer);
#endif

/**
 * Whether a producer id must be asked for (InitProducerId). O(1). May run side by side with other
 * calls that take the producer as const.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_producer_poll_identity(const struct fencepost_producer *producer,
                                                       bool *wanted);

/**
 * The identity that partitions begin with. O(1). May run side by side with other calls that take
 * the producer as const.
 *
 * Errors: FENCEPOST_NOT_FOUND if there is none.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_producer_identity(const struct fencepost_producer *producer,
                                                  struct fencepost_identity *identity);

/**
 * Takes the id and epoch that a coordinator gave. Idempotent: a partition moves to it when it has
 * used up its epochs, or when nothing of it is undecided. Transactional: the transaction is over,
 * and every partition begins at 0. O(partitions).
 *
 * Errors: FENCEPOST_PRODUCER_NOT_ASKED, FENCEPOST_PRODUCER_NONSENSE, FENCEPOST_PRODUCER_UNDECIDED,
 * FENCEPOST_PRODUCER_FATAL, FENCEPOST_VALUE for a negative number.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_producer_handle_identity(struct fencepost_producer *producer,
                                                         int64_t producer_id,
                                                         int16_t producer_epoch,
                                                         struct fencepost_error *error);

/**
 * What to do for a partition now. O(1). May run side by side with other calls that take the
 * producer as const.
 *
 * Errors: FENCEPOST_PRODUCER_NO_PARTITION.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_producer_poll(const struct fencepost_producer *producer,
                                              uint32_t partition,
                                              int64_t now_ms,
                                              struct fencepost_next *next);

/**
 * The next partition after `after` that has something to do, round and round, so that none can
 * starve another; `after` 4294967295 begins at 0. O(partitions): a caller with many of them polls
 * those that it has touched, or whose fencepost_producer_poll_timeout is over. May run side by
 * side with other calls that take the producer as const.
 *
 * Errors: FENCEPOST_NOT_FOUND if none has.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_producer_poll_any(const struct fencepost_producer *producer,
                                                  uint32_t after,
                                                  int64_t now_ms,
                                                  struct fencepost_next *next);

/**
 * When fencepost_producer_poll will have something for this partition, if nothing comes from
 * outside: milliseconds since 1970, possibly past. O(1). May run side by side with other calls
 * that take the producer as const.
 *
 * Errors: FENCEPOST_NOT_FOUND if never; FENCEPOST_PRODUCER_NO_PARTITION.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_producer_poll_timeout(const struct fencepost_producer *producer,
                                                      uint32_t partition,
                                                      int64_t *when_ms);

/**
 * How many batches of a partition are sent and not answered, and the name of the oldest one that
 * has no verdict; -1 as `oldest` if every batch has one. O(1). May run side by side with other
 * calls that take the producer as const.
 *
 * Errors: FENCEPOST_PRODUCER_NO_PARTITION.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_producer_undecided(const struct fencepost_producer *producer,
                                                   uint32_t partition,
                                                   uint32_t *on_wire,
                                                   int64_t *oldest);

/**
 * Whether fencepost_producer_assign, or fencepost_journal_assign of a journaled producer, would
 * number this batch now: FENCEPOST_OK, or the refusal that it would give. A journaled one is asked
 * as if the buffer were long enough and the batch empty. O(1). May run side by side with other
 * calls that take the producer as const.
 *
 * Errors: those of fencepost_producer_assign; of a journaled producer those of
 * fencepost_journal_assign but for FENCEPOST_JOURNAL_BUFFER. That no epoch follows 32767
 * fencepost_journal_assign alone finds out.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_producer_may_assign(const struct fencepost_producer *producer,
                                                    uint32_t partition,
                                                    const struct fencepost_new_batch *batch,
                                                    int64_t now_ms,
                                                    struct fencepost_error *error);

/**
 * Gives a batch its numbers and takes it as sent: stamp it with attempt.stamp and send it, now.
 * Numbers are given once; later sendings are fencepost_producer_resend's. O(1).
 *
 * Errors: FENCEPOST_PRODUCER_FATAL to FENCEPOST_PRODUCER_MUST_ABORT; nothing has changed then.
 * FENCEPOST_STATE for a journaled producer: fencepost_journal_assign.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_producer_assign(struct fencepost_producer *producer,
                                                uint32_t partition,
                                                const struct fencepost_new_batch *batch,
                                                int64_t now_ms,
                                                struct fencepost_attempt *attempt,
                                                struct fencepost_error *error);

/**
 * Takes the partition's next waiting batch (FENCEPOST_NEXT_SEND) as sent: send its bytes again,
 * now, under attempt.stamp, which differs from the last one only if the batch was numbered anew
 * (fencepost_batch_restamp). O(1).
 *
 * Errors: FENCEPOST_PRODUCER_NOTHING_TO_SEND, FENCEPOST_PRODUCER_NO_PARTITION,
 * FENCEPOST_PRODUCER_FATAL; nothing has changed then. FENCEPOST_STATE for a journaled producer:
 * fencepost_journal_resend.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_producer_resend(struct fencepost_producer *producer,
                                                uint32_t partition,
                                                int64_t now_ms,
                                                struct fencepost_attempt *attempt,
                                                struct fencepost_error *error);

/**
 * Splits a batch that is too large (FENCEPOST_NEXT_SPLIT): the first `first_records` keep its
 * name, the others become the batch `second` behind it. The numbers stay, the bytes of both are
 * the caller's to build. Only a batch of which nothing can be on the log is split. O(1).
 *
 * Errors: FENCEPOST_PRODUCER_CANNOT_SPLIT, FENCEPOST_PRODUCER_RECORD_COUNT unless both parts have
 * records, FENCEPOST_PRODUCER_FULL, FENCEPOST_PRODUCER_UNKNOWN_BATCH; nothing has changed then.
 * FENCEPOST_STATE for a journaled producer: fencepost_journal_split.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_producer_split(struct fencepost_producer *producer,
                                               uint32_t partition,
                                               uint64_t batch,
                                               int32_t first_records,
                                               uint64_t *second,
                                               struct fencepost_error *error);

/**
 * Ends a batch by the caller's wish: not written if that is proven, else possibly written. O(1).
 *
 * Errors: FENCEPOST_PRODUCER_UNKNOWN_BATCH, FENCEPOST_PRODUCER_NO_PARTITION.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_producer_give_up(struct fencepost_producer *producer,
                                                 uint32_t partition,
                                                 uint64_t batch,
                                                 int64_t now_ms,
                                                 struct fencepost_error *error);

/**
 * Takes what came of a sending. Verdicts that follow wait in fencepost_producer_take_verdict. Give
 * it every answer, also one to a batch whose verdict was taken: INVALID_PRODUCER_EPOCH is about
 * the producer, and fences it whichever sending of its highest epoch it answers.
 * O(1), O(partitions) if it is fatal.
 *
 * Errors: FENCEPOST_PRODUCER_UNKNOWN_BATCH, FENCEPOST_PRODUCER_NEVER_SENT,
 * FENCEPOST_PRODUCER_ALREADY_ANSWERED, FENCEPOST_PRODUCER_NO_PARTITION: an answer to nothing that
 * was sent, or a second one. FENCEPOST_VALUE. Nothing has changed then.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_producer_handle_response(struct fencepost_producer *producer,
                                                         const struct fencepost_attempt *attempt,
                                                         const struct fencepost_answer *answer,
                                                         int64_t now_ms,
                                                         struct fencepost_error *error);

/**
 * The question of FENCEPOST_NEXT_DESCRIBE is being asked. What comes of it must be told by
 * fencepost_producer_handle_described, also that no answer came. O(1).
 *
 * Errors: FENCEPOST_PRODUCER_NOTHING_TO_SEND if there is nothing to ask,
 * FENCEPOST_PRODUCER_NO_PARTITION.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_producer_describe(struct fencepost_producer *producer,
                                                  uint32_t partition,
                                                  struct fencepost_error *error);

/**
 * Takes the leader's answer to FENCEPOST_NEXT_DESCRIBE. O(1).
 *
 * Errors: FENCEPOST_PRODUCER_NOT_ASKED, FENCEPOST_PRODUCER_NONSENSE,
 * FENCEPOST_PRODUCER_NO_PARTITION, FENCEPOST_VALUE; nothing has changed then.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_producer_handle_described(struct fencepost_producer *producer,
                                                          uint32_t partition,
                                                          const struct fencepost_described *described,
                                                          int64_t now_ms,
                                                          struct fencepost_error *error);

/**
 * A time is over (FENCEPOST_NEXT_TIMEOUT): batches that reached their delivery timeout end, and
 * those that must not be sent again. O(1).
 *
 * Errors: FENCEPOST_PRODUCER_NO_PARTITION.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_producer_handle_timeout(struct fencepost_producer *producer,
                                                        uint32_t partition,
                                                        int64_t now_ms);

/**
 * The connection to the partition's leader is gone, with what was on the wire. O(1).
 *
 * Errors: FENCEPOST_PRODUCER_NO_PARTITION.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_producer_handle_disconnect(struct fencepost_producer *producer,
                                                           uint32_t partition,
                                                           int64_t now_ms);

/**
 * The partition has another leader, or another leader epoch. What is on the wire may still be
 * answered by the old one. O(1).
 *
 * Errors: FENCEPOST_PRODUCER_NO_PARTITION.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_producer_handle_leader_change(struct fencepost_producer *producer,
                                                              uint32_t partition,
                                                              int64_t now_ms);

/**
 * What the caller knows of the partition's topic: a fencepost_timestamp_type, and an offset before
 * which nothing of this producer can stand, such as the log's end when the partition was first
 * used; -1 if that is not known. Both make more cases decidable. O(1).
 *
 * Errors: FENCEPOST_PRODUCER_NO_PARTITION, FENCEPOST_VALUE.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_producer_set_topic(struct fencepost_producer *producer,
                                                   uint32_t partition,
                                                   uint32_t timestamp_type,
                                                   int64_t first_use_offset);

/**
 * The next verdict of a partition, in the order of its sequences. It makes room for another batch.
 * O(1).
 *
 * `sentence` is told in English what became of it, ended by a NUL and cut off where there is no
 * room; NULL and 0 if nobody asks.
 *
 * Of a journaled producer *not written* is told only when that is durable in the journal
 * (fencepost_journal_needs_trim, fencepost_journal_take_verdict).
 *
 * Errors: FENCEPOST_NOT_FOUND if there is none now, FENCEPOST_PRODUCER_NO_PARTITION.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_producer_take_verdict(struct fencepost_producer *producer,
                                                      uint32_t partition,
                                                      struct fencepost_ended *ended,
                                                      char *sentence,
                                                      size_t sentence_size);

/**
 * The next notice of a partition. `sentence` is as of fencepost_producer_take_verdict. O(1).
 *
 * Errors: FENCEPOST_NOT_FOUND if there is none now, FENCEPOST_PRODUCER_NO_PARTITION.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_producer_take_notice(struct fencepost_producer *producer,
                                                     uint32_t partition,
                                                     struct fencepost_notice *notice,
                                                     char *sentence,
                                                     size_t sentence_size);

/**
 * Why the producer can't go on: fatal.cause is FENCEPOST_CAUSE_NONE if it can. `sentence` is as of
 * fencepost_producer_take_verdict. O(1). May run side by side with other calls that take the
 * producer as const.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_producer_fatal(const struct fencepost_producer *producer,
                                               struct fencepost_fatal *fatal,
                                               char *sentence,
                                               size_t sentence_size);

/**
 * The producer can't get an identity, or has lost it: nothing is sent any more. Batches that wait
 * get their verdict at once, those on the wire with their answer or at their deadline. `cause` is
 * FENCEPOST_CAUSE_FENCED, FENCEPOST_CAUSE_IDENTITY_CONFLICT, or FENCEPOST_CAUSE_FATAL with a Kafka
 * code. O(partitions).
 *
 * Errors: FENCEPOST_VALUE.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_producer_handle_fatal(struct fencepost_producer *producer,
                                                      uint32_t cause,
                                                      int16_t kafka_code,
                                                      int64_t now_ms);

/**
 * What is to be kept of a partition, in a place that survives a crash. Its undecided batches are
 * the caller's to keep, with their bytes. O(1). May run side by side with other calls that take
 * the producer as const.
 *
 * `kept` is written whole, struct_size too.
 *
 * Errors: FENCEPOST_NOT_FOUND if the partition was never used, FENCEPOST_PRODUCER_NO_PARTITION.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_producer_keep(const struct fencepost_producer *producer,
                                              uint32_t partition,
                                              struct fencepost_kept_partition *kept);

/**
 * Puts a partition back as it was kept. Its undecided batches follow, oldest first
 * (fencepost_producer_restore_batch). The producer's newest identity comes before, by
 * fencepost_producer_handle_identity; without one it takes the partition's. When all is decided,
 * and before anything new is numbered, call fencepost_producer_bump. O(1).
 *
 * Errors: FENCEPOST_PRODUCER_NO_PARTITION, FENCEPOST_PRODUCER_UNSETTLED for a partition that has
 * been used, FENCEPOST_VALUE. FENCEPOST_STATE for a journaled producer: fencepost_journal_bind
 * does it.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_producer_restore(struct fencepost_producer *producer,
                                                 uint32_t partition,
                                                 const struct fencepost_kept_partition *kept,
                                                 struct fencepost_error *error);

/**
 * Puts a batch back that has no verdict. Whether it was sent is forgotten, so it is possibly
 * written until it is resolved, and resolving begins at once. `batch` is told its name. O(1).
 *
 * Errors: FENCEPOST_PRODUCER_FULL, FENCEPOST_PRODUCER_RECORD_COUNT; FENCEPOST_PRODUCER_UNSETTLED
 * if it does not lie behind the batches before it and before the partition's next sequence, or if
 * the partition was not restored; FENCEPOST_VALUE. FENCEPOST_STATE for a journaled producer:
 * fencepost_journal_bind does it.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_producer_restore_batch(struct fencepost_producer *producer,
                                                       uint32_t partition,
                                                       const struct fencepost_kept_batch *kept,
                                                       int64_t now_ms,
                                                       uint64_t *batch,
                                                       struct fencepost_error *error);

/**
 * Begins another epoch on a partition of which nothing is undecided: what a producer does that
 * comes back after a crash, so that numbers it forgot are never used twice. At epoch 32767 another
 * producer id is asked for. O(1).
 *
 * Errors: FENCEPOST_PRODUCER_UNSETTLED while a batch is undecided, or if the partition was never
 * used; FENCEPOST_PRODUCER_MUST_ABORT for a transactional producer;
 * FENCEPOST_PRODUCER_NO_PARTITION. FENCEPOST_STATE for a journaled producer, which does it by
 * itself.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_producer_bump(struct fencepost_producer *producer,
                                              uint32_t partition,
                                              int64_t now_ms,
                                              struct fencepost_error *error);

/**
 * The batches of a partition in the order of their sequences, those with it whose verdict was not
 * taken: what is to be kept, with their bytes, beside fencepost_producer_keep. From number `from`
 * on, as many as the array has room for; `count` is told how many were written, 0 at the end.
 * O(batches). May run side by side with other calls that take the producer as const.
 *
 * Errors: FENCEPOST_PRODUCER_NO_PARTITION.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_producer_batches(const struct fencepost_producer *producer,
                                                 uint32_t partition,
                                                 size_t from,
                                                 struct fencepost_standing_batch *batches,
                                                 size_t batches_len,
                                                 size_t *count);

/**
 * How many bytes fencepost_transaction_manager_init needs for a configuration: one a partition,
 * and less than 500 for itself. FENCEPOST_TRANSACTION_MANAGER_SIZE is the same as a constant,
 * rounded up. Any thread, any time.
 *
 * Errors: FENCEPOST_VALUE; FENCEPOST_LENGTH if no memory could hold it.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_manager_size(const struct fencepost_transaction_manager_config *config,
                                                         size_t *size);

/**
 * Makes a dialogue that has not begun: nothing is asked for before
 * fencepost_transaction_manager_init_transactions. In memory of the caller, aligned to
 * FENCEPOST_ALIGN and of at least what fencepost_transaction_manager_size says, which must not be
 * touched or moved until fencepost_transaction_manager_fini. O(partitions).
 *
 * Errors: FENCEPOST_VALUE, FENCEPOST_MISALIGNED, FENCEPOST_BUFFER_TOO_SMALL, FENCEPOST_LENGTH.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_manager_init(void *memory,
                                                         size_t memory_size,
                                                         const struct fencepost_transaction_manager_config *config,
                                                         struct fencepost_transaction_manager **manager);

/**
 * Ends what fencepost_transaction_manager_init made: its memory is the caller's again. An open
 * transaction is left to its timeout.
 *
 * Errors: FENCEPOST_HANDLE, also for what fencepost_transaction_manager_new made, which is left
 * alone.
 */
enum fencepost_status fencepost_transaction_manager_fini(struct fencepost_transaction_manager *manager);

#if defined(FENCEPOST_HEAP)
/**
 * Makes a dialogue that has not begun. On the heap: the caller owns it and gives it back with
 * fencepost_transaction_manager_free. O(partitions).
 *
 * Errors: FENCEPOST_VALUE, FENCEPOST_LENGTH, FENCEPOST_MEMORY.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_manager_new(const struct fencepost_transaction_manager_config *config,
                                                        struct fencepost_transaction_manager **manager);
#endif

#if defined(FENCEPOST_HEAP)
/**
 * Frees what fencepost_transaction_manager_new made. NULL is left alone.
 */
void fencepost_transaction_manager_free(struct fencepost_transaction_manager *manager);
#endif

/**
 * The request to be sent now: never while another is in flight, and EndTxn never while the caller
 * has batches of the transaction that are not complete (incomplete_batches 1). Asking again gives
 * the same answer, until a command, an answer or time changes it. O(1). May run side by side with
 * other calls that take it as const.
 *
 * Errors: FENCEPOST_NOT_FOUND if nothing is to be sent now, FENCEPOST_VALUE.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_manager_poll_request(const struct fencepost_transaction_manager *manager,
                                                                 uint32_t incomplete_batches,
                                                                 int64_t now_ms,
                                                                 struct fencepost_transaction_request *request);

/**
 * When fencepost_transaction_manager_poll_request has something to send: now_ms, or when a backoff
 * is over; milliseconds since 1970. O(1). May run side by side with other calls that take it as
 * const.
 *
 * Errors: FENCEPOST_NOT_FOUND if it waits for something else than time, FENCEPOST_VALUE.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_manager_poll_timeout(const struct fencepost_transaction_manager *manager,
                                                                 uint32_t incomplete_batches,
                                                                 int64_t now_ms,
                                                                 int64_t *when_ms);

/**
 * The request that fencepost_transaction_manager_poll_request gave is being sent; its answer will
 * carry this correlation id, which is any number that tells it from others. O(partitions).
 *
 * Errors: FENCEPOST_MANAGER_IN_FLIGHT; FENCEPOST_MANAGER_NOT_ASKED if something changed since it
 * was polled: poll again. FENCEPOST_VALUE. Nothing has changed then.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_manager_mark_sent(struct fencepost_transaction_manager *manager,
                                                              const struct fencepost_transaction_request *request,
                                                              int32_t correlation_id,
                                                              struct fencepost_error *error);

/**
 * The partitions of the AddPartitionsToTxn that was marked as sent, in rising order, from number
 * `from` of them on, as many as the array has room for; `count` is told how many were written, 0
 * at the end. O(partitions). May run side by side with other calls that take it as const.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_manager_partitions_to_add(const struct fencepost_transaction_manager *manager,
                                                                      size_t from,
                                                                      uint32_t *partitions,
                                                                      size_t partitions_len,
                                                                      size_t *count);

/**
 * Why, as a sentence in English: written to `sentence`, ended by a NUL, cut off behind the last
 * whole character where there is no room; sentence_size counts the NUL. `len` is told how long the
 * whole sentence is without it. Any thread, any time.
 *
 * Errors: FENCEPOST_VALUE for a failure that no function gave, also for FENCEPOST_FAILURE_NONE and
 * FENCEPOST_FAILURE_OTHER; FENCEPOST_BUFFER_TOO_SMALL if there is no room for a NUL.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_failure_str(const struct fencepost_failure *failure,
                                            char *sentence,
                                            size_t sentence_size,
                                            size_t *len);

/**
 * Asks for an identity, which fences every older producer of the transactional id. O(1).
 *
 * Errors: FENCEPOST_MANAGER_FAILED, FENCEPOST_MANAGER_UNACKNOWLEDGED, FENCEPOST_MANAGER_STATE
 * unless uninitialized; nothing has changed then. While its own result is unacknowledged, calling
 * it again is no error.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_manager_init_transactions(struct fencepost_transaction_manager *manager,
                                                                      struct fencepost_error *error);

/**
 * Begins a transaction. Nothing is sent: it begins with what is added to it. O(1).
 *
 * Errors: FENCEPOST_MANAGER_UNACKNOWLEDGED, FENCEPOST_MANAGER_FAILED, FENCEPOST_MANAGER_STATE
 * unless ready; nothing has changed then.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_manager_begin(struct fencepost_transaction_manager *manager,
                                                          struct fencepost_error *error);

/**
 * Adds a partition to the transaction: to be called for each record, before its batch may be sent.
 * Does nothing for one that is known already. O(1).
 *
 * Errors: FENCEPOST_MANAGER_FAILED, FENCEPOST_MANAGER_UNACKNOWLEDGED, FENCEPOST_MANAGER_STATE
 * outside a transaction, FENCEPOST_MANAGER_NO_PARTITION; nothing has changed then.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_manager_add_partition(struct fencepost_transaction_manager *manager,
                                                                  uint32_t partition,
                                                                  struct fencepost_error *error);

/**
 * Sends a consumer group's offsets as part of the transaction. The offsets stay with the caller,
 * and `group` is the caller's number of the group. Don't call it without offsets: an empty
 * transaction would be ended at the coordinator. O(1).
 *
 * Errors: FENCEPOST_MANAGER_UNACKNOWLEDGED, FENCEPOST_MANAGER_FAILED, FENCEPOST_MANAGER_STATE
 * outside a transaction, FENCEPOST_MANAGER_OFFSETS_PENDING until the offsets given before are
 * committed or have failed; nothing has changed then.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_manager_send_offsets(struct fencepost_transaction_manager *manager,
                                                                 uint32_t group,
                                                                 struct fencepost_error *error);

/**
 * Commits the transaction: EndTxn goes out once all its batches are complete. O(1).
 *
 * Errors: FENCEPOST_MANAGER_UNACKNOWLEDGED, FENCEPOST_MANAGER_FAILED, FENCEPOST_MANAGER_STATE
 * outside a transaction; nothing has changed then. While its own result is unacknowledged, calling
 * it again is no error.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_manager_commit(struct fencepost_transaction_manager *manager,
                                                           struct fencepost_error *error);

/**
 * Aborts the transaction, which is also the way out of an abortable error. Fail the batches that
 * fencepost_transaction_manager_poll_batches names; EndTxn goes out once the others are answered.
 * O(partitions).
 *
 * Errors: FENCEPOST_MANAGER_UNACKNOWLEDGED, FENCEPOST_MANAGER_FAILED after a fatal error,
 * FENCEPOST_MANAGER_STATE without a transaction; nothing has changed then. While its own result is
 * unacknowledged, calling it again is no error.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_manager_abort(struct fencepost_transaction_manager *manager,
                                                          struct fencepost_error *error);

/**
 * Gives the producer up for a reason of the caller's, a Kafka code such as
 * SASL_AUTHENTICATION_FAILED (58): a fatal error. O(partitions).
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_manager_fail(struct fencepost_transaction_manager *manager,
                                                         int16_t code);

/**
 * The result of the last call that has one. O(1). May run side by side with other calls that take
 * it as const.
 *
 * Errors: FENCEPOST_NOT_FOUND while there is none.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_manager_poll_result(const struct fencepost_transaction_manager *manager,
                                                                struct fencepost_transaction_result *result);

/**
 * Takes that result: the application has seen it, and may make another call. O(1).
 *
 * Errors: FENCEPOST_NOT_FOUND while there is none.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_manager_acknowledge(struct fencepost_transaction_manager *manager,
                                                                struct fencepost_transaction_result *result);

/**
 * What became of the last offsets: they count only if the transaction is committed. O(1). May run
 * side by side with other calls that take it as const.
 *
 * Errors: FENCEPOST_NOT_FOUND while it is not known, or none were sent.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_manager_poll_offsets(const struct fencepost_transaction_manager *manager,
                                                                 struct fencepost_transaction_result *result);

/**
 * What is known of a dialogue as a whole. O(1). May run side by side with other calls that take it
 * as const.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_manager_look(const struct fencepost_transaction_manager *manager,
                                                         struct fencepost_transaction_manager_info *info);

/**
 * Whether a batch that carries a number may be sent to the partition, for the first time or again:
 * never to one that was not added, or that there is not. O(1). May run side by side with other
 * calls that take it as const.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_manager_may_send(const struct fencepost_transaction_manager *manager,
                                                             uint32_t partition,
                                                             bool *may);

/**
 * Whether another batch of the partition may be numbered: as
 * fencepost_transaction_manager_may_send, and nothing has failed. O(1). May run side by side with
 * other calls that take it as const.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_manager_may_number(const struct fencepost_transaction_manager *manager,
                                                               uint32_t partition,
                                                               bool *may);

/**
 * Which batches are to be failed now. Asking again gives the same answer, until a command or an
 * answer changes it. O(1). May run side by side with other calls that take it as const.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_manager_poll_batches(const struct fencepost_transaction_manager *manager,
                                                                 struct fencepost_fail_batches *batches);

/**
 * FindCoordinator was answered, of either kind; with code 0 the caller keeps the node.
 * O(partitions).
 *
 * Errors: FENCEPOST_MANAGER_NOTHING_IN_FLIGHT, FENCEPOST_MANAGER_IN_FLIGHT: no such request is in
 * flight; nothing has changed then.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_manager_handle_find_coordinator(struct fencepost_transaction_manager *manager,
                                                                            int32_t correlation_id,
                                                                            int16_t code,
                                                                            int64_t now_ms,
                                                                            struct fencepost_transaction_step *step,
                                                                            struct fencepost_error *error);

/**
 * The transaction coordinator is connected, and takes InitProducerId up to this version: to be
 * called before a request is sent to it. Below version 3, and until it is called, a numbered batch
 * that fails is fatal, because the epoch can't be raised. O(1).
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_manager_handle_transaction_coordinator(struct fencepost_transaction_manager *manager,
                                                                                   int16_t init_producer_id_version);

/**
 * A coordinator can't be reached, of the group with is_group 1, of the transactional id with 0
 * (`group` is ignored then): it is looked up again when it is needed. O(1).
 *
 * Errors: FENCEPOST_VALUE.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_manager_handle_unreachable(struct fencepost_transaction_manager *manager,
                                                                       uint32_t is_group,
                                                                       uint32_t group,
                                                                       int64_t now_ms);

/**
 * A broker told the finalized version of the feature transaction.version (0 if it has none) and
 * the epoch of its finalized features. The newest is used from the next init, commit or abort on
 * (KIP-890). O(1).
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_manager_handle_features(struct fencepost_transaction_manager *manager,
                                                                    int64_t finalized_features_epoch,
                                                                    int16_t transaction_version);

/**
 * InitProducerId was answered, with these three as they stand on the wire. O(partitions).
 *
 * Errors: FENCEPOST_MANAGER_NOTHING_IN_FLIGHT, FENCEPOST_MANAGER_IN_FLIGHT: no such request is in
 * flight; nothing has changed then.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_manager_handle_init_producer_id(struct fencepost_transaction_manager *manager,
                                                                            int32_t correlation_id,
                                                                            int16_t code,
                                                                            int64_t producer_id,
                                                                            int16_t producer_epoch,
                                                                            int64_t now_ms,
                                                                            struct fencepost_transaction_step *step,
                                                                            struct fencepost_error *error);

/**
 * AddPartitionsToTxn was answered, with these codes of the partitions it was sent for. One that
 * the answer leaves out is asked for again; one that was not asked for is passed over.
 * O(partitions + results).
 *
 * Errors: FENCEPOST_MANAGER_NOTHING_IN_FLIGHT, FENCEPOST_MANAGER_IN_FLIGHT: no such request is in
 * flight; nothing has changed then.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_manager_handle_add_partitions(struct fencepost_transaction_manager *manager,
                                                                          int32_t correlation_id,
                                                                          const struct fencepost_partition_result *results,
                                                                          size_t results_len,
                                                                          int64_t now_ms,
                                                                          struct fencepost_transaction_step *step,
                                                                          struct fencepost_error *error);

/**
 * AddOffsetsToTxn was answered. O(partitions).
 *
 * Errors: FENCEPOST_MANAGER_NOTHING_IN_FLIGHT, FENCEPOST_MANAGER_IN_FLIGHT: no such request is in
 * flight; nothing has changed then.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_manager_handle_add_offsets(struct fencepost_transaction_manager *manager,
                                                                       int32_t correlation_id,
                                                                       int16_t code,
                                                                       int64_t now_ms,
                                                                       struct fencepost_transaction_step *step,
                                                                       struct fencepost_error *error);

/**
 * TxnOffsetCommit was answered, with these codes. `missing` is how many offsets of the call were
 * not confirmed before this answer; once all are, the call is done. O(partitions + codes).
 *
 * Errors: FENCEPOST_MANAGER_NOTHING_IN_FLIGHT, FENCEPOST_MANAGER_IN_FLIGHT: no such request is in
 * flight; nothing has changed then.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_manager_handle_txn_offset_commit(struct fencepost_transaction_manager *manager,
                                                                             int32_t correlation_id,
                                                                             uint32_t missing,
                                                                             const int16_t *codes,
                                                                             size_t codes_len,
                                                                             int64_t now_ms,
                                                                             struct fencepost_transaction_step *step,
                                                                             struct fencepost_error *error);

/**
 * EndTxn was answered. From version 5 on it names the identity of the next transaction; before, -1
 * and -1. O(partitions).
 *
 * Errors: FENCEPOST_MANAGER_NOTHING_IN_FLIGHT, FENCEPOST_MANAGER_IN_FLIGHT: no such request is in
 * flight; nothing has changed then.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_manager_handle_end_txn(struct fencepost_transaction_manager *manager,
                                                                   int32_t correlation_id,
                                                                   int16_t code,
                                                                   int64_t producer_id,
                                                                   int16_t producer_epoch,
                                                                   int64_t now_ms,
                                                                   struct fencepost_transaction_step *step,
                                                                   struct fencepost_error *error);

/**
 * The request will not be answered: the connection is gone, or its time is over. Its coordinator
 * is looked up again, and it is sent again. O(partitions).
 *
 * Errors: FENCEPOST_MANAGER_NOTHING_IN_FLIGHT, FENCEPOST_MANAGER_IN_FLIGHT: it is not in flight;
 * nothing has changed then.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_manager_handle_disconnected(struct fencepost_transaction_manager *manager,
                                                                        int32_t correlation_id,
                                                                        int64_t now_ms,
                                                                        struct fencepost_transaction_step *step,
                                                                        struct fencepost_error *error);

/**
 * The broker does not know the request, or none of its versions that the caller can send: a fatal
 * error. O(partitions).
 *
 * Errors: FENCEPOST_MANAGER_NOTHING_IN_FLIGHT, FENCEPOST_MANAGER_IN_FLIGHT: it is not in flight;
 * nothing has changed then.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_manager_handle_unsupported_version(struct fencepost_transaction_manager *manager,
                                                                               int32_t correlation_id,
                                                                               struct fencepost_transaction_step *step,
                                                                               struct fencepost_error *error);

/**
 * A batch failed for good, or a call to send one did: with the code answered, or REQUEST_TIMED_OUT
 * (7) when its time was over. `numbered` is 1 if it has a sequence, so that the next batches can't
 * do without it. O(partitions).
 *
 * Errors: FENCEPOST_MANAGER_NO_TRANSACTION if there is none that it could belong to, or its EndTxn
 * is on its way; FENCEPOST_VALUE. Nothing has changed then.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_manager_handle_batch_failed(struct fencepost_transaction_manager *manager,
                                                                        int16_t code,
                                                                        uint32_t numbered,
                                                                        struct fencepost_transaction_step *step,
                                                                        struct fencepost_error *error);

/**
 * What to do after an answer to InitProducerId with this code, of a producer with (1) or without
 * (0) a transactional id: a fencepost_identity_next. For who asks without a
 * fencepost_transaction_manager, such as an idempotent producer. O(1). Any thread, any time.
 *
 * Errors: FENCEPOST_VALUE.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_identity_step(int16_t code,
                                              uint32_t transactional,
                                              uint32_t *next);

/**
 * Begins a journal in storage of the caller where there was none: nothing is written yet, write it
 * by fencepost_journal_compact. O(partitions).
 *
 * Errors: FENCEPOST_STATE if the producer is not journaled or its journal is open;
 * FENCEPOST_VALUE.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_journal_begin(struct fencepost_producer *producer,
                                              const struct fencepost_journal_options *options);

/**
 * Begins to read a journal in storage of the caller; what was being read is forgotten. Then
 * fencepost_journal_push until nothing more is wanted, fencepost_journal_finish and
 * fencepost_journal_hold. O(partitions).
 *
 * Errors: FENCEPOST_STATE if the producer is not journaled or its journal is open;
 * FENCEPOST_VALUE.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_journal_recover(struct fencepost_producer *producer,
                                                const struct fencepost_journal_options *options);

/**
 * Where the next window of fencepost_journal_push must begin, in bytes from the journal's
 * beginning. O(1). May run side by side with other calls that take the producer as const.
 *
 * Errors: FENCEPOST_STATE if no journal is being read.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_journal_offset(const struct fencepost_producer *producer,
                                               uint64_t *offset);

/**
 * Takes all whole records at the beginning of a window, whose first byte is the one at
 * fencepost_journal_offset. `last` is 1 if no bytes follow it, else 0. `wanted` is told how many
 * bytes the next window must have, if there are as many: 0 at the end. O(bytes).
 *
 * Errors, after which the journal is no longer being read: FENCEPOST_JOURNAL_DAMAGE,
 * FENCEPOST_JOURNAL_OTHER_CLUSTER, FENCEPOST_JOURNAL_MISFIT, FENCEPOST_PRODUCER_NO_PARTITION if it
 * has more partitions. FENCEPOST_STATE if no journal is being read; FENCEPOST_VALUE.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_journal_push(struct fencepost_producer *producer,
                                             const uint8_t *window,
                                             size_t window_len,
                                             uint32_t last,
                                             size_t *wanted,
                                             struct fencepost_error *error);

/**
 * Ends the reading, and says what was read. After FENCEPOST_JOURNAL_TAIL_TORN, cut the storage off
 * at summary.end before anything is appended; where that can't be done, as on flash, write the
 * journal anew. O(partitions).
 *
 * Errors, after which the journal is no longer being read: FENCEPOST_JOURNAL_EMPTY if there was
 * none, FENCEPOST_JOURNAL_INCOMPLETE if it was never written to its end: the one that it was to
 * replace counts. FENCEPOST_STATE if no journal is being read.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_journal_finish(struct fencepost_producer *producer,
                                               struct fencepost_journal_summary *summary,
                                               struct fencepost_error *error);

/**
 * Opens the journal that was read, in the name of this holder: the producer comes back under its
 * old id, if the journal knows one. Bind its partitions next (fencepost_journal_bind). `place` may
 * be NULL. The journal has no lock of its own in storage of the caller: two holders at a time must
 * be kept out by other means. O(partitions).
 *
 * Errors: FENCEPOST_STATE if no journal was read.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_journal_hold(struct fencepost_producer *producer,
                                             const struct fencepost_place *place);

/**
 * Which of two places of storage holds the journal that counts: the complete one, of two the
 * newer. Of each it is given what fencepost_journal_push or fencepost_journal_finish answered, and
 * summary.turn if that was FENCEPOST_OK. `which` is told 0 or 1. O(1). Any thread, any time.
 *
 * Errors: FENCEPOST_JOURNAL_EMPTY if neither holds one; what was answered of a place that can't be
 * read, since its damage may hide the newer one; FENCEPOST_VALUE for another status.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_journal_newer(uint32_t first_status,
                                              uint64_t first_turn,
                                              uint32_t second_status,
                                              uint64_t second_turn,
                                              uint32_t *which);

/**
 * Opens a journal in a file, or begins one: takes its lock, reads it and cuts a torn tail off. The
 * producer comes back under its old id, if the journal knows one. Bind its partitions next
 * (fencepost_journal_bind). File and lock are held until the producer ends
 * (fencepost_producer_free, fencepost_producer_fini). O(bytes).
 *
 * `path` has `path_len` bytes, without NUL, and ends with the file's name. Beside NAME there are
 * NAME.lock, which stays, and NAME.new while the journal is written anew. `summary` is told what
 * was found.
 *
 * Errors, after which it can be tried again: FENCEPOST_JOURNAL_HELD, FENCEPOST_JOURNAL_MOVED,
 * FENCEPOST_JOURNAL_DAMAGE, FENCEPOST_JOURNAL_OTHER_CLUSTER, FENCEPOST_JOURNAL_MISFIT,
 * FENCEPOST_JOURNAL_INCOMPLETE, FENCEPOST_JOURNAL_EMPTY if there is a file without bytes,
 * FENCEPOST_PRODUCER_NO_PARTITION if the journal has more partitions,
 * FENCEPOST_JOURNAL_IO, FENCEPOST_JOURNAL_DISK_FULL, FENCEPOST_JOURNAL_POISONED.
 * FENCEPOST_STATE if the producer is not journaled, or its journal is open. FENCEPOST_VALUE;
 * FENCEPOST_TEXT where paths are UTF-8.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_journal_open(struct fencepost_producer *producer,
                                             const char *path,
                                             size_t path_len,
                                             const struct fencepost_journal_options *options,
                                             struct fencepost_journal_summary *summary,
                                             struct fencepost_error *error);

/**
 * Appends what was journaled to the file, and makes it durable: then the permits can be claimed.
 *
 * Errors: FENCEPOST_JOURNAL_IO and FENCEPOST_JOURNAL_DISK_FULL (error.got: errno): what was
 * written is cut off again, and that is durable; what it was for is not sent, new batches of it
 * end as not written, and cost their partition an epoch. Take their verdicts before new ones are
 * numbered. FENCEPOST_JOURNAL_POISONED: it is not known what the file holds; end the producer,
 * make another one and open the journal again. FENCEPOST_STATE if the journal is not in a file.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_journal_commit(struct fencepost_producer *producer,
                                               int64_t now_ms,
                                               struct fencepost_error *error);

/**
 * As fencepost_producer_take_verdict, for a journal in a file: what must be durable before *not
 * written* is told is committed first, with what else waits for that.
 *
 * Errors: FENCEPOST_NOT_FOUND if there is none now, FENCEPOST_PRODUCER_NO_PARTITION,
 * FENCEPOST_STATE if the journal is not in a file; those of fencepost_journal_commit, after which
 * the verdict waits.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_journal_take_verdict(struct fencepost_producer *producer,
                                                     uint32_t partition,
                                                     int64_t now_ms,
                                                     struct fencepost_ended *ended,
                                                     char *sentence,
                                                     size_t sentence_size,
                                                     struct fencepost_error *error);

/**
 * Reads the bytes of an undecided batch (fencepost_journal_undecided), as they were journaled, to
 * the beginning of the buffer. `len` is told how many. O(bytes).
 *
 * Errors: FENCEPOST_NOT_FOUND if it is none, FENCEPOST_BUFFER_TOO_SMALL,
 * FENCEPOST_PRODUCER_NO_PARTITION, FENCEPOST_JOURNAL_IO, FENCEPOST_STATE if the journal is not in
 * a file.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_journal_read(struct fencepost_producer *producer,
                                             uint32_t partition,
                                             uint64_t batch,
                                             uint8_t *buffer,
                                             size_t buffer_size,
                                             size_t *len,
                                             struct fencepost_error *error);

/**
 * Says which partition of which topic a number is, once, before it is used, in every run. What the
 * journal knows of it is put back. Nothing is written. O(partitions).
 *
 * Errors: FENCEPOST_JOURNAL_BOUND if that was said before, or the partition has another number;
 * FENCEPOST_JOURNAL_MISFIT and FENCEPOST_PRODUCER_UNSETTLED if what was read of it does not fit
 * together; FENCEPOST_PRODUCER_NO_PARTITION; FENCEPOST_STATE; FENCEPOST_VALUE.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_journal_bind(struct fencepost_producer *producer,
                                             uint32_t partition,
                                             const struct fencepost_topic_partition *of,
                                             int64_t now_ms,
                                             struct fencepost_bound *bound,
                                             struct fencepost_error *error);

/**
 * How many bytes a buffer for the records of one call must have beside a batch's own: less than
 * FENCEPOST_JOURNAL_OVERHEAD. Any thread, any time.
 */
size_t fencepost_journal_overhead(void);

/**
 * Gives a batch its numbers, and says what must be durable before it may be sent: append the first
 * permit.len bytes of the buffer to the journal, sync, say so (fencepost_journal_synced), and
 * fencepost_journal_claim the sending. In a file, where the buffer is NULL and 0: commit
 * (fencepost_journal_commit) and claim. Several may be written before one sync. A partition that
 * was read back begins its next epoch here. O(1), and a copy of the bytes.
 *
 * Errors: those of fencepost_producer_assign; FENCEPOST_JOURNAL_BUFFER, in a file if there is no
 * memory for the records; FENCEPOST_JOURNAL_FULL, FENCEPOST_JOURNAL_NOT_BOUND,
 * FENCEPOST_JOURNAL_UNSYNCED after fencepost_journal_lost, FENCEPOST_JOURNAL_REWRITING;
 * FENCEPOST_STATE if no journal is open; FENCEPOST_VALUE. Nothing is to be written then.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_journal_assign(struct fencepost_producer *producer,
                                               uint32_t partition,
                                               const struct fencepost_new_batch *batch,
                                               const struct fencepost_payload *payload,
                                               int64_t now_ms,
                                               uint8_t *buffer,
                                               size_t buffer_size,
                                               struct fencepost_permit *permit,
                                               struct fencepost_error *error);

/**
 * Takes the partition's next waiting batch (FENCEPOST_NEXT_SEND) as sent. Usually the journal
 * holds it, and permit.len is 0; a new epoch is told first. As fencepost_journal_assign. O(1).
 *
 * Errors: those of fencepost_producer_resend, and of fencepost_journal_assign. Nothing is to be
 * written then.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_journal_resend(struct fencepost_producer *producer,
                                               uint32_t partition,
                                               int64_t now_ms,
                                               uint8_t *buffer,
                                               size_t buffer_size,
                                               struct fencepost_permit *permit,
                                               struct fencepost_error *error);

/**
 * Splits a batch that is too large (FENCEPOST_NEXT_SPLIT), as fencepost_producer_split: the
 * journal gets the bytes of both parts. `first` is the payload of the first `first_records`
 * records; the second part keeps the whole's cursor. `second_batch` is told its name, `len` how
 * many bytes at the beginning of the buffer must be appended to the journal. Both are sent by
 * fencepost_journal_resend. O(1), and a copy of the bytes.
 *
 * Errors: those of fencepost_producer_split, and of fencepost_journal_assign. Nothing is to be
 * written then; after FENCEPOST_JOURNAL_MISFIT both parts end as not written.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_journal_split(struct fencepost_producer *producer,
                                              uint32_t partition,
                                              uint64_t batch,
                                              int32_t first_records,
                                              const struct fencepost_payload *first,
                                              const uint8_t *second,
                                              size_t second_len,
                                              int64_t now_ms,
                                              uint8_t *buffer,
                                              size_t buffer_size,
                                              uint64_t *second_batch,
                                              size_t *len,
                                              struct fencepost_error *error);

/**
 * Writes what the producer knows of a partition and the journal does not, such as the verdicts
 * that were taken: `len` is told how many bytes at the beginning of the buffer must be appended.
 * The partition's next batch does the same; without one, this lets a verdict *not written* be told
 * (fencepost_journal_needs_trim). In a file the buffer is NULL and 0. O(1).
 *
 * Errors: FENCEPOST_JOURNAL_BUFFER, FENCEPOST_JOURNAL_FULL, FENCEPOST_JOURNAL_NOT_BOUND,
 * FENCEPOST_JOURNAL_UNSYNCED, FENCEPOST_JOURNAL_REWRITING, FENCEPOST_PRODUCER_NO_PARTITION,
 * FENCEPOST_STATE, FENCEPOST_VALUE. Nothing is to be written then.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_journal_trim(struct fencepost_producer *producer,
                                             uint32_t partition,
                                             uint8_t *buffer,
                                             size_t buffer_size,
                                             size_t *len,
                                             struct fencepost_error *error);

/**
 * Whether a verdict *not written* of this partition waits for a record to be durable:
 * fencepost_producer_take_verdict does not tell it before, since its batch may be sent anew then,
 * and no crash must bring it back. O(1). May run side by side with other calls that take the
 * producer as const.
 *
 * Errors: FENCEPOST_PRODUCER_NO_PARTITION, FENCEPOST_STATE.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_journal_needs_trim(const struct fencepost_producer *producer,
                                                   uint32_t partition,
                                                   bool *needs);

/**
 * All that was to be appended to the journal is durable; after fencepost_journal_lost, what was
 * lost is gone for good. Not for a file, where fencepost_journal_commit says it. O(partitions).
 *
 * Errors: FENCEPOST_STATE.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_journal_synced(struct fencepost_producer *producer);

/**
 * A write to the journal failed, and what it left is cut off, or will be by writing the journal
 * anew: all that was to be appended since the last fencepost_journal_synced counts as never
 * written. What it was for is not sent: new batches end as not written, which costs their
 * partition an epoch. Hear that before new ones are numbered. It is told after
 * fencepost_journal_synced, when the cut is durable, or fencepost_journal_replaced; until then
 * nothing is journaled (FENCEPOST_JOURNAL_UNSYNCED). If it is not known whether the write was cut
 * off, don't call this, but read the journal again. Not for a file. O(partitions).
 *
 * Errors: FENCEPOST_STATE.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_journal_lost(struct fencepost_producer *producer,
                                             int64_t now_ms);

/**
 * The sending of a permit, if its records are durable: stamp the batch with attempt.stamp and send
 * it, now. Each permit gives it once. O(1).
 *
 * Errors: FENCEPOST_JOURNAL_NOT_YET, after which it can be claimed again. FENCEPOST_JOURNAL_VOID:
 * nothing must be sent, and the producer knows. FENCEPOST_STATE, FENCEPOST_VALUE.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_journal_claim(struct fencepost_producer *producer,
                                              const struct fencepost_permit *permit,
                                              struct fencepost_attempt *attempt);

/**
 * Where the journal stands. O(partitions). May run side by side with other calls that take the
 * producer as const.
 *
 * Errors: FENCEPOST_STATE if no journal is open.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_journal_look(const struct fencepost_producer *producer,
                                             struct fencepost_journal_info *info);

/**
 * The undecided batch `n` of a partition, from 0, oldest first: after a crash these are resolved
 * and sent again, so get their bytes ready. O(1). May run side by side with other calls that take
 * the producer as const.
 *
 * Errors: FENCEPOST_NOT_FOUND behind the last one, FENCEPOST_PRODUCER_NO_PARTITION,
 * FENCEPOST_STATE.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_journal_undecided(const struct fencepost_producer *producer,
                                                  uint32_t partition,
                                                  uint32_t n,
                                                  struct fencepost_journaled_batch *batch);

/**
 * Batch `n` of a partition that did not end as written, from 0, the newest last: each until one
 * with the same cursor was written, and at most eight. After a crash some of them may not have
 * been told yet. Whether they are sent again is the application's choice. O(1). May run side by
 * side with other calls that take the producer as const.
 *
 * Errors: FENCEPOST_NOT_FOUND behind the last one, FENCEPOST_PRODUCER_NO_PARTITION,
 * FENCEPOST_STATE.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_journal_unwritten(const struct fencepost_producer *producer,
                                                  uint32_t partition,
                                                  uint32_t n,
                                                  struct fencepost_unwritten *unwritten);

/**
 * Up to where a partition's source is written: the cursor of its newest batch that ended so, as
 * far as the journal tells it (a verdict is told with the partition's next batch, or by
 * fencepost_journal_trim). O(1). May run side by side with other calls that take the producer as
 * const.
 *
 * Errors: FENCEPOST_PRODUCER_NO_PARTITION, FENCEPOST_STATE.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_journal_cursor(const struct fencepost_producer *producer,
                                               uint32_t partition,
                                               struct fencepost_cursor *cursor);

/**
 * Writes the journal anew: begins one, or keeps it short. In storage of the caller: then
 * fencepost_journal_next_piece and fencepost_journal_rewrite until there is none, into another
 * place; a sync; and fencepost_journal_replaced. The old one counts until then, and nothing else
 * is journaled. In a file all of that is done, with a rename that is durable: commit before it.
 * O(partitions), in a file O(bytes).
 *
 * Errors: FENCEPOST_JOURNAL_UNSYNCED if something is written and not confirmed; FENCEPOST_STATE if
 * no journal is open. In a file also FENCEPOST_JOURNAL_FULL, FENCEPOST_JOURNAL_IO and
 * FENCEPOST_JOURNAL_DISK_FULL, after which the old one goes on, and FENCEPOST_JOURNAL_POISONED.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_journal_compact(struct fencepost_producer *producer,
                                                struct fencepost_error *error);

/**
 * What the next piece of the new journal needs. O(1). May run side by side with other calls that
 * take the producer as const.
 *
 * Errors: FENCEPOST_NOT_FOUND if it is complete, or none is being written anew; FENCEPOST_STATE.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_journal_next_piece(const struct fencepost_producer *producer,
                                                   struct fencepost_piece *piece);

/**
 * Writes the next piece: append the first `len` bytes of the buffer to the new journal. `bytes`
 * are a batch's, if FENCEPOST_PIECE_BATCH asks for them, else none. The buffer must have as many
 * as fencepost_journal_overhead says, and the batch's. O(1), and a copy of the bytes.
 *
 * Errors: FENCEPOST_JOURNAL_BUFFER, also for other bytes than were asked for (error.expected: how
 * many); FENCEPOST_JOURNAL_FULL; FENCEPOST_JOURNAL_REWRITING if none is being written anew;
 * FENCEPOST_STATE.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_journal_rewrite(struct fencepost_producer *producer,
                                                const uint8_t *bytes,
                                                size_t bytes_len,
                                                uint8_t *buffer,
                                                size_t buffer_size,
                                                size_t *len,
                                                struct fencepost_error *error);

/**
 * The new journal is durable, and has taken the old one's place. On flash, erase the old one
 * before the next record is written, so that its damage can never hide the newer. O(partitions).
 *
 * Errors: FENCEPOST_JOURNAL_REWRITING if it is not complete, FENCEPOST_STATE.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_journal_replaced(struct fencepost_producer *producer,
                                                 struct fencepost_error *error);

/**
 * The new journal is given up, if one was being written: the old one goes on. O(partitions).
 *
 * Errors: FENCEPOST_STATE.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_journal_keep_old(struct fencepost_producer *producer);

/**
 * How many bytes fencepost_journal_reader_init needs. Any thread, any time.
 */
FENCEPOST_NODISCARD enum fencepost_status fencepost_journal_reader_size(size_t *size);

/**
 * Makes a reader in memory of the caller, aligned to FENCEPOST_ALIGN and of at least what
 * fencepost_journal_reader_size says, which must not be touched or moved until
 * fencepost_journal_reader_fini. `max_body` is as of fencepost_journal_reader_new. O(1).
 *
 * Errors: FENCEPOST_MISALIGNED, FENCEPOST_BUFFER_TOO_SMALL, FENCEPOST_LENGTH.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_journal_reader_init(void *memory,
                                                    size_t memory_size,
                                                    uint32_t max_body,
                                                    struct fencepost_journal_reader **reader);

/**
 * Ends a reader made by fencepost_journal_reader_init: its memory is the caller's again.
 *
 * Errors: FENCEPOST_HANDLE, also for one made by fencepost_journal_reader_new, which is left
 * alone.
 */
enum fencepost_status fencepost_journal_reader_fini(struct fencepost_journal_reader *reader);

#if defined(FENCEPOST_HEAP)
/**
 * Makes a reader on the heap, at the beginning of a journal. The caller owns it and gives it back
 * with fencepost_journal_reader_free. `max_body` is the longest record that is believed, without
 * its 13 bytes of frame: a window must be able to hold one. 0 for any. O(1).
 *
 * Errors: FENCEPOST_MEMORY.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_journal_reader_new(uint32_t max_body,
                                                   struct fencepost_journal_reader **reader);
#endif

#if defined(FENCEPOST_HEAP)
/**
 * Frees a reader made by fencepost_journal_reader_new. NULL is left alone.
 */
void fencepost_journal_reader_free(struct fencepost_journal_reader *reader);
#endif

/**
 * What stands at the beginning of a window of the journal's bytes, and goes on behind it. The
 * first window begins at the journal's first byte, each later one at item.next_offset of the call
 * before. `last` is 1 if no bytes follow the window, else 0. `item` says what it is; the pointers
 * in it point into the window. `verdicts` is told those of a record that has some, oldest batch
 * first: it has room for window_len / 5 at most, or is NULL if nobody asks. O(bytes); a search
 * behind what may be a torn tail reads on to the end, and hashes at most 128 MiB.
 *
 * Errors: FENCEPOST_JOURNAL_DAMAGE, error.position: the byte, error.expected: where a good record
 * stands behind it, 0 if none is known. FENCEPOST_BUFFER_TOO_SMALL if the record has more verdicts
 * than there is room for; FENCEPOST_VALUE. The reader stays where it is then.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_journal_reader_read(struct fencepost_journal_reader *reader,
                                                    const uint8_t *window,
                                                    size_t window_len,
                                                    uint32_t last,
                                                    struct fencepost_journal_item *item,
                                                    struct fencepost_journal_verdict *verdicts,
                                                    size_t verdicts_len,
                                                    struct fencepost_error *error);

/**
 * How many bytes fencepost_audit_init needs for a configuration: about 200 a producer and 300 a
 * trail. Any thread, any time.
 *
 * Errors: FENCEPOST_VALUE; FENCEPOST_LENGTH if no memory could hold it.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_audit_size(const struct fencepost_audit_config *config,
                                           size_t *size);

/**
 * Makes an audit that has seen nothing. In memory of the caller, aligned to FENCEPOST_ALIGN and of
 * at least what fencepost_audit_size says, which must not be touched or moved until
 * fencepost_audit_fini. O(memory).
 *
 * Errors: FENCEPOST_VALUE, FENCEPOST_MISALIGNED, FENCEPOST_BUFFER_TOO_SMALL, FENCEPOST_LENGTH.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_audit_init(void *memory,
                                           size_t memory_size,
                                           const struct fencepost_audit_config *config,
                                           struct fencepost_audit **audit);

/**
 * Ends what fencepost_audit_init made: its memory is the caller's again.
 *
 * Errors: FENCEPOST_HANDLE, also for what fencepost_audit_new made, which is left alone.
 */
enum fencepost_status fencepost_audit_fini(struct fencepost_audit *audit);

#if defined(FENCEPOST_HEAP)
/**
 * Makes an audit that has seen nothing. On the heap: the caller owns it and gives it back with
 * fencepost_audit_free. O(memory).
 *
 * Errors: FENCEPOST_VALUE, FENCEPOST_LENGTH, FENCEPOST_MEMORY.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_audit_new(const struct fencepost_audit_config *config,
                                          struct fencepost_audit **audit);
#endif

#if defined(FENCEPOST_HEAP)
/**
 * Frees what fencepost_audit_new made. NULL is left alone.
 */
void fencepost_audit_free(struct fencepost_audit *audit);
#endif

/**
 * Takes the next batch of the log. `findings` is told what is to be said of it: room for
 * FENCEPOST_FINDINGS_MAX is always enough, and less is refused; `count` is told how many there
 * are. `completed` is told the transaction that it ended; NULL if nobody asks. O(1), and O(log n)
 * in the bytes of a batch that may be written twice.
 *
 * Errors: FENCEPOST_AUDIT_FULL, FENCEPOST_BUFFER_TOO_SMALL, FENCEPOST_VALUE; the batch is not
 * taken then.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_audit_observe(struct fencepost_audit *audit,
                                              const struct fencepost_batch *batch,
                                              struct fencepost_finding *findings,
                                              size_t findings_len,
                                              size_t *count,
                                              struct fencepost_completed *completed,
                                              struct fencepost_error *error);

/**
 * Transactions that are open at the end of the log, as findings, from number `from` on, as many as
 * the array has room for; `count` is told how many were written, 0 at the end. O(transactions).
 * May run side by side with other calls that take the audit as const.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_audit_left_open(const struct fencepost_audit *audit,
                                                size_t from,
                                                struct fencepost_finding *findings,
                                                size_t findings_len,
                                                size_t *count);

/**
 * What the audit knows of one producer. O(1). May run side by side with other calls that take the
 * audit as const.
 *
 * Errors: FENCEPOST_NOT_FOUND if it is not known.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_audit_describe(const struct fencepost_audit *audit,
                                               int64_t producer_id,
                                               struct fencepost_producer_description *description);

/**
 * How many bytes fencepost_block_allocator_init needs. Any thread, any time.
 */
FENCEPOST_NODISCARD enum fencepost_status fencepost_block_allocator_size(size_t *size);

/**
 * Makes a controller before its first record: ids begin at 0. In memory of the caller, aligned to
 * FENCEPOST_ALIGN and of at least what fencepost_block_allocator_size says, which must not be
 * touched or moved until fencepost_block_allocator_fini.
 *
 * Errors: FENCEPOST_MISALIGNED, FENCEPOST_BUFFER_TOO_SMALL, FENCEPOST_LENGTH.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_block_allocator_init(void *memory,
                                                     size_t memory_size,
                                                     struct fencepost_block_allocator **block_allocator);

/**
 * Ends what fencepost_block_allocator_init made: its memory is the caller's again.
 *
 * Errors: FENCEPOST_HANDLE, also for what fencepost_block_allocator_new made, which is left alone.
 */
enum fencepost_status fencepost_block_allocator_fini(struct fencepost_block_allocator *block_allocator);

#if defined(FENCEPOST_HEAP)
/**
 * Makes a controller before its first record: ids begin at 0. On the heap: the caller owns it and
 * gives it back with fencepost_block_allocator_free.
 *
 * Errors: FENCEPOST_MEMORY.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_block_allocator_new(struct fencepost_block_allocator **block_allocator);
#endif

#if defined(FENCEPOST_HEAP)
/**
 * Frees what fencepost_block_allocator_new made. NULL is left alone.
 */
void fencepost_block_allocator_free(struct fencepost_block_allocator *block_allocator);
#endif

/**
 * The next block for this broker, and `next`, the first id of the block after it, which belongs
 * into the record: write the record, replay it by fencepost_block_allocator_replay, then answer.
 * Nothing moves before. With has_registered 1, registered_epoch is the epoch under which the
 * controller knows the broker. O(1). May run side by side with other calls that take it as const.
 *
 * Errors: FENCEPOST_BLOCK_REFUSED, FENCEPOST_VALUE.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_block_allocator_allocate(const struct fencepost_block_allocator *block_allocator,
                                                         int32_t broker_id,
                                                         int64_t broker_epoch,
                                                         uint32_t has_registered,
                                                         int64_t registered_epoch,
                                                         struct fencepost_id_block *block,
                                                         int64_t *next,
                                                         struct fencepost_error *error);

/**
 * A record of the metadata log: the next block begins at `next`. Gaps are fine. O(1).
 *
 * Errors: FENCEPOST_BLOCK_REFUSED if it does not move the ids forward.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_block_allocator_replay(struct fencepost_block_allocator *block_allocator,
                                                       int32_t broker_id,
                                                       int64_t broker_epoch,
                                                       int64_t next,
                                                       struct fencepost_error *error);

/**
 * How many bytes fencepost_id_generator_init needs. Any thread, any time.
 */
FENCEPOST_NODISCARD enum fencepost_status fencepost_id_generator_size(size_t *size);

/**
 * Makes a generator without a block: the first id that is asked for is refused, and asks for one.
 * In memory of the caller, aligned to FENCEPOST_ALIGN and of at least what
 * fencepost_id_generator_size says, which must not be touched or moved until
 * fencepost_id_generator_fini.
 *
 * Errors: FENCEPOST_MISALIGNED, FENCEPOST_BUFFER_TOO_SMALL, FENCEPOST_LENGTH.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_id_generator_init(void *memory,
                                                  size_t memory_size,
                                                  struct fencepost_id_generator **id_generator);

/**
 * Ends what fencepost_id_generator_init made: its memory is the caller's again.
 *
 * Errors: FENCEPOST_HANDLE, also for what fencepost_id_generator_new made, which is left alone.
 */
enum fencepost_status fencepost_id_generator_fini(struct fencepost_id_generator *id_generator);

#if defined(FENCEPOST_HEAP)
/**
 * Makes a generator without a block: the first id that is asked for is refused, and asks for one.
 * On the heap: the caller owns it and gives it back with fencepost_id_generator_free.
 *
 * Errors: FENCEPOST_MEMORY.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_id_generator_new(struct fencepost_id_generator **id_generator);
#endif

#if defined(FENCEPOST_HEAP)
/**
 * Frees what fencepost_id_generator_new made. NULL is left alone.
 */
void fencepost_id_generator_free(struct fencepost_id_generator *id_generator);
#endif

/**
 * A producer id that was never handed out before. Then ask fencepost_id_generator_poll_request.
 * O(1).
 *
 * Errors: FENCEPOST_WAITING_FOR_BLOCK; nothing was handed out.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_id_generator_generate(struct fencepost_id_generator *id_generator,
                                                      int64_t now_ms,
                                                      int64_t *producer_id,
                                                      struct fencepost_error *error);

/**
 * Whether AllocateProducerIds is to be sent to the controller now. O(1). May run side by side with
 * other calls that take it as const.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_id_generator_poll_request(const struct fencepost_id_generator *id_generator,
                                                          bool *wanted);

/**
 * AllocateProducerIds was sent; does nothing if none was wanted. Then one of the other handle
 * functions says what came of it. O(1).
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_id_generator_handle_sent(struct fencepost_id_generator *id_generator);

/**
 * The controller gave `len` ids from `first`, for this broker. O(1).
 *
 * Errors: FENCEPOST_UNUSABLE_BLOCK; it is asked again after 50 milliseconds.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_id_generator_handle_block(struct fencepost_id_generator *id_generator,
                                                          int32_t broker_id,
                                                          int64_t first,
                                                          int32_t len,
                                                          int64_t now_ms,
                                                          struct fencepost_error *error);

/**
 * The controller answered an error, or nothing that can be read (timed_out 0): it is asked again
 * after 50 milliseconds. Or the request timed out (1): it may be sent again at once. O(1).
 *
 * Errors: FENCEPOST_VALUE.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_id_generator_handle_failure(struct fencepost_id_generator *id_generator,
                                                            uint32_t timed_out,
                                                            int64_t now_ms);

/**
 * The block in use and the one that was fetched ahead; len 0 for none. O(1). May run side by side
 * with other calls that take it as const.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_id_generator_blocks(const struct fencepost_id_generator *id_generator,
                                                    struct fencepost_id_block *current,
                                                    struct fencepost_id_block *next);

/**
 * Answers an InitProducerId without a transactional id: a new identity, or the client's own with a
 * higher epoch. -1 and -1 for a client that has none. O(1).
 *
 * Errors: FENCEPOST_COORDINATOR; the client is answered error.kafka_code.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_init_idempotent(struct fencepost_id_generator *id_generator,
                                                int64_t producer_id,
                                                int16_t producer_epoch,
                                                int64_t now_ms,
                                                struct fencepost_identity *identity,
                                                struct fencepost_error *error);

/**
 * How many bytes fencepost_transaction_init needs: less than 400. Any thread, any time.
 *
 * Errors: FENCEPOST_VALUE; FENCEPOST_LENGTH if no memory could hold it.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_size(const struct fencepost_transaction_config *config,
                                                 size_t *size);

/**
 * Makes a transactional id that nobody has used. In memory of the caller, aligned to
 * FENCEPOST_ALIGN and of at least what fencepost_transaction_size says, which must not be touched
 * or moved until fencepost_transaction_fini. O(memory).
 *
 * Errors: FENCEPOST_VALUE, FENCEPOST_MISALIGNED, FENCEPOST_BUFFER_TOO_SMALL, FENCEPOST_LENGTH.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_init(void *memory,
                                                 size_t memory_size,
                                                 const struct fencepost_transaction_config *config,
                                                 struct fencepost_transaction **transaction);

/**
 * Ends what fencepost_transaction_init made: its memory is the caller's again.
 *
 * Errors: FENCEPOST_HANDLE, also for what fencepost_transaction_new made, which is left alone.
 */
enum fencepost_status fencepost_transaction_fini(struct fencepost_transaction *transaction);

#if defined(FENCEPOST_HEAP)
/**
 * Makes a transactional id that nobody has used. On the heap: the caller owns it and gives it back
 * with fencepost_transaction_free. O(memory).
 *
 * Errors: FENCEPOST_VALUE, FENCEPOST_LENGTH, FENCEPOST_MEMORY.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_new(const struct fencepost_transaction_config *config,
                                                struct fencepost_transaction **transaction);
#endif

#if defined(FENCEPOST_HEAP)
/**
 * Frees what fencepost_transaction_new made. NULL is left alone.
 */
void fencepost_transaction_free(struct fencepost_transaction *transaction);
#endif

/**
 * Replaces what is known by what the transaction log holds: a coordinator has loaded its
 * partition. Then fencepost_transaction_resume. O(1).
 *
 * Errors: FENCEPOST_VALUE.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_load(struct fencepost_transaction *transaction,
                                                 const struct fencepost_transaction_record *record,
                                                 int32_t coordinator_epoch);

/**
 * What a coordinator knows of a transactional id. O(1). May run side by side with other calls that
 * take it as const.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_look(const struct fencepost_transaction *transaction,
                                                 struct fencepost_transaction_info *info);

/**
 * InitProducerId: a new epoch, or the abort of what an earlier instance left. O(1).
 *
 * Errors: FENCEPOST_COORDINATOR; the client is answered error.kafka_code. FENCEPOST_VALUE.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_init_producer_id(struct fencepost_transaction *transaction,
                                                             struct fencepost_id_generator *id_generator,
                                                             const struct fencepost_init_request *request,
                                                             int64_t now_ms,
                                                             struct fencepost_transition *transition,
                                                             struct fencepost_error *error);

/**
 * AddPartitionsToTxn or AddOffsetsToTxn: all_contained is 1 if the transaction holds all of the
 * partitions already, version the client's transaction version. O(1).
 *
 * Errors: FENCEPOST_COORDINATOR; the client is answered error.kafka_code. FENCEPOST_VALUE.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_add_partitions(struct fencepost_transaction *transaction,
                                                           int64_t producer_id,
                                                           int16_t producer_epoch,
                                                           uint32_t version,
                                                           uint32_t all_contained,
                                                           int64_t now_ms,
                                                           struct fencepost_transition *transition,
                                                           struct fencepost_error *error);

/**
 * Whether the transaction holds a partition that a leader asks about (KIP-890): contained is 1 if
 * it does. O(1). May run side by side with other calls that take it as const.
 *
 * Errors: FENCEPOST_COORDINATOR; the leader is answered error.kafka_code. FENCEPOST_VALUE.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_verify_partition(const struct fencepost_transaction *transaction,
                                                             int64_t producer_id,
                                                             int16_t producer_epoch,
                                                             uint32_t contained,
                                                             struct fencepost_error *error);

/**
 * EndTxn: verdict is FENCEPOST_BATCH_KIND_COMMIT or FENCEPOST_BATCH_KIND_ABORT, version the
 * client's transaction version. The client is answered when the verdict is on the log, before any
 * marker is written. O(1).
 *
 * Errors: FENCEPOST_COORDINATOR; the client is answered error.kafka_code. FENCEPOST_VALUE.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_end(struct fencepost_transaction *transaction,
                                                struct fencepost_id_generator *id_generator,
                                                int64_t producer_id,
                                                int16_t producer_epoch,
                                                uint32_t verdict,
                                                uint32_t version,
                                                int64_t now_ms,
                                                struct fencepost_transition *transition,
                                                struct fencepost_error *error);

/**
 * Aborts the transaction if it has taken longer than its timeout; server_version is the cluster's
 * transaction version. O(1).
 *
 * Errors: FENCEPOST_NOT_FOUND if it has not timed out; FENCEPOST_COORDINATOR, FENCEPOST_VALUE.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_abort_if_timed_out(struct fencepost_transaction *transaction,
                                                               struct fencepost_id_generator *id_generator,
                                                               uint32_t server_version,
                                                               int64_t now_ms,
                                                               struct fencepost_transition *transition,
                                                               struct fencepost_error *error);

/**
 * Forgets the transactional id if it was not used for expiration_ms
 * (transactional.id.expiration.ms). O(1).
 *
 * Errors: FENCEPOST_NOT_FOUND if it has not expired; FENCEPOST_COORDINATOR.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_expire(struct fencepost_transaction *transaction,
                                                   int32_t expiration_ms,
                                                   int64_t now_ms,
                                                   struct fencepost_transition *transition,
                                                   struct fencepost_error *error);

/**
 * After fencepost_transaction_load: the rest of a transaction whose verdict is on the log, as
 * FENCEPOST_APPLIED_ENDING; nobody waits for its answer. O(1).
 *
 * Errors: FENCEPOST_NOT_FOUND if there is none to end; FENCEPOST_COORDINATOR.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_resume(struct fencepost_transaction *transaction,
                                                   int64_t now_ms,
                                                   struct fencepost_applied *applied,
                                                   struct fencepost_error *error);

/**
 * The record of the prepared transition is in the log: applies it and says what it means. O(1).
 *
 * Errors: FENCEPOST_STATE if none is prepared; FENCEPOST_COORDINATOR if the coordinator changed
 * meanwhile.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_appended(struct fencepost_transaction *transaction,
                                                     int64_t now_ms,
                                                     struct fencepost_applied *applied,
                                                     struct fencepost_error *error);

/**
 * The record of the prepared transition could not be written: `code` is what the append answered.
 * O(1).
 *
 * Errors: FENCEPOST_STATE if none is prepared; FENCEPOST_COORDINATOR if the coordinator changed
 * meanwhile.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_append_failed(struct fencepost_transaction *transaction,
                                                          int16_t code,
                                                          struct fencepost_applied *applied,
                                                          struct fencepost_error *error);

/**
 * How many partitions of the ending transaction are left without their marker: with none, the
 * record of its completion is to be written. O(1).
 *
 * Errors: FENCEPOST_NOT_FOUND while partitions are left, FENCEPOST_STATE if no transaction is
 * ending.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_transaction_markers_left(struct fencepost_transaction *transaction,
                                                         size_t partitions_left,
                                                         struct fencepost_transition *transition);

/**
 * What a partition's answer to WriteTxnMarkers means: a fencepost_marker_next. Any thread.
 */
uint32_t fencepost_marker_step(int16_t code);

/**
 * What a failed append to the transaction log is answered to clients. Any thread, any time.
 */
int16_t fencepost_append_error(int16_t code);

/**
 * The code that a client of this version of a request (a fencepost_api) knows in place of `code`.
 *
 * Errors: FENCEPOST_VALUE. Any thread, any time.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_api_downgrade(uint32_t api,
                                              int16_t code,
                                              int16_t version,
                                              int16_t *answer);

/**
 * What to do with a partition's marker before anything is sent: a fencepost_marker_next. Any
 * thread, any time.
 *
 * Errors: FENCEPOST_NOT_FOUND if it is to be sent; FENCEPOST_VALUE for what is no
 * fencepost_destination.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_marker_before_sending(uint32_t destination,
                                                      uint32_t *next);

/**
 * The partition's code in the answer to AddPartitionsToTxn, when any of the request's partitions
 * was not granted (any_failed 1): then nothing is added, and those that were granted get
 * OPERATION_NOT_ATTEMPTED (55). Any thread, any time.
 *
 * Errors: FENCEPOST_NOT_FOUND if it is to be added; FENCEPOST_VALUE.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_partition_access_code(uint32_t access,
                                                      uint32_t any_failed,
                                                      int16_t *code);

/**
 * The transaction version that an EndTxn of this version speaks: fencepost_transaction_end's
 * version. Any thread, any time.
 */
uint32_t fencepost_end_txn_version(int16_t request_version);

/**
 * The transaction version that an AddPartitionsToTxn of this version speaks:
 * fencepost_transaction_add_partitions' version. AddOffsetsToTxn speaks 0. Any thread, any time.
 */
uint32_t fencepost_add_partitions_version(int16_t request_version);

/**
 * The partition of __transaction_state that a transactional id, given as `id_len` bytes of UTF-8,
 * belongs to. O(id_len). Any thread, any time.
 *
 * Errors: FENCEPOST_TEXT; FENCEPOST_VALUE for no partitions.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_coordinator_partition(const char *id,
                                                      size_t id_len,
                                                      uint32_t partitions,
                                                      uint32_t *partition);

/**
 * The setting of a name, given as name_len bytes of UTF-8: a fencepost_setting. O(settings). Any
 * thread, any time.
 *
 * Errors: FENCEPOST_CONFIG_UNKNOWN for one that Kafka does not know, or that is none of these.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_setting_from_name(const char *name,
                                                  size_t name_len,
                                                  uint32_t *setting);

/**
 * What the client of a release makes of a configuration, and what is left of exactly once. The
 * texts in it are parts of the entries' values, and good as long as these are. Nothing is
 * allocated. O(entries). Any thread, any time.
 *
 * Errors: FENCEPOST_CONFIG if the client does not start with it, the first reason that it would
 * report (fencepost_config_findings lists all): error.position is the entry, or entries_len for a
 * setting that was not given; error.expected is the bound, where the rule is one.
 * FENCEPOST_TEXT; FENCEPOST_VALUE for a release before 0.11, which has no idempotence.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_config_resolve(const struct fencepost_config_entry *entries,
                                               size_t entries_len,
                                               const struct fencepost_client_version *version,
                                               struct fencepost_resolved *resolved,
                                               struct fencepost_error *error);

/**
 * All that is to be said of a configuration, from number `from` on, as many as the array has room
 * for; `count` is told how many were written, 0 at the end. There are at most
 * FENCEPOST_CONFIG_FINDINGS_MAX.
 *
 * If the client does not start: everything for which it does not, in the order in which it would
 * report it. If it starts: why its promise is what it is, what should be known, and what the
 * brokers of `cluster` (NULL for Kafka's defaults) refuse once it runs. Nothing is allocated.
 * O(entries x findings). Any thread, any time.
 *
 * Errors: FENCEPOST_TEXT; FENCEPOST_VALUE, also for a release before 0.11, which has no
 * idempotence.
 */
FENCEPOST_NODISCARD
enum fencepost_status fencepost_config_findings(const struct fencepost_config_entry *entries,
                                                size_t entries_len,
                                                const struct fencepost_client_version *version,
                                                const struct fencepost_cluster *cluster,
                                                size_t from,
                                                struct fencepost_config_finding *findings,
                                                size_t findings_len,
                                                size_t *count);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* FENCEPOST_H */
