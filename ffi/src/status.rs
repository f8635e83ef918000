//! What came of a call?

use core::ffi::{CStr, c_char};

use fencepost::error_code::ErrorCode;

/// What came of a call. Zero is success; no number is ever given another meaning.
///
/// Below 100 the call itself was wrong, or could not be made: nothing has changed, and a
/// fencepost_error is not written. From 100 on the call was right and its answer is a refusal: a
/// fencepost_error says why.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum fencepost_status {
    /// It was done.
    FENCEPOST_OK = 0,
    /// A pointer is NULL that must not be.
    FENCEPOST_NULL_POINTER = 1,
    /// A pointer is not aligned as its type is, or memory for a handle is not aligned to
    /// FENCEPOST_ALIGN.
    FENCEPOST_MISALIGNED = 2,
    /// What would be written lies in what is read, in a handle, or in what else would be written.
    FENCEPOST_OVERLAP = 3,
    /// A length is more than memory can hold.
    FENCEPOST_LENGTH = 4,
    /// struct_size is no size that the struct ever had, or what is beyond the size that this
    /// library knows is not zero.
    FENCEPOST_STRUCT_SIZE = 5,
    /// A number is outside the range that its parameter or member names.
    FENCEPOST_VALUE = 6,
    /// The pointer is no living handle of this type: never initialised, ended, of another type, or
    /// moved to another address.
    FENCEPOST_HANDLE = 7,
    /// A panic was caught in an earlier call on this handle: only its _free or _fini may follow.
    FENCEPOST_POISONED = 8,
    /// A panic was caught in this call: a defect of the library. The handle is poisoned.
    FENCEPOST_PANIC = 9,
    /// The buffer or array is too short; nothing was written to it.
    FENCEPOST_BUFFER_TOO_SMALL = 10,
    /// There is no such thing: the documentation of the function says what was looked for.
    FENCEPOST_NOT_FOUND = 11,
    /// The allocator had no memory.
    FENCEPOST_MEMORY = 12,
    /// The ticket was not made by this partition, or a part of it that is used was changed. What
    /// is kept for later versions is not looked at.
    FENCEPOST_TICKET_FOREIGN = 13,
    /// The partition has changed since the ticket was given: its batch is on the log and the
    /// partition does not know it. Take it in as replay would: admit it again with
    /// FENCEPOST_ORIGIN_REPLICATION and the offset it got, and record that.
    FENCEPOST_TICKET_STALE = 14,
    /// Batches are undecided in the pipeline, and what was asked needs that none is.
    FENCEPOST_UNDECIDED = 15,
    /// Text is not UTF-8.
    FENCEPOST_TEXT = 16,
    /// The handle is not in a state in which this may be called.
    FENCEPOST_STATE = 17,

    /// The bytes are no record batch of format 2. error.position: the byte.
    FENCEPOST_BATCH = 100,
    /// The batch's CRC-32C is not that of its bytes. error.expected: stored; error.got: computed.
    FENCEPOST_CRC = 101,
    /// A record can't be read. error.position: the byte in the records.
    FENCEPOST_RECORD = 102,
    /// A control batch holds no end of a transaction.
    FENCEPOST_MARKER = 103,
    /// The batch would be longer than its length field can say, or than 2^31 - 1 records.
    FENCEPOST_BUILD_TOO_LARGE = 104,
    /// The batch's attributes name a codec: records are written uncompressed.
    FENCEPOST_BUILD_CODEC = 105,
    /// A batch holds at least one record.
    FENCEPOST_BUILD_EMPTY = 106,
    /// A leader refuses the batch. error.position: the byte.
    FENCEPOST_INVALID = 107,
    /// The records may not stand in a produce request.
    FENCEPOST_PRODUCE = 108,
    /// An entry of a .txnindex is wrong. error.position: the entry.
    FENCEPOST_TXN_INDEX = 109,
    /// The batch has to be rebuilt by the caller before offsets can be assigned.
    FENCEPOST_REBUILT = 110,
    /// The buffer is too short for what was to be built. error.expected: bytes needed.
    FENCEPOST_BUILD_FULL = 111,

    /// The producer's epoch is lower than the partition's: a zombie. error.expected, .got: epochs.
    FENCEPOST_STALE_EPOCH = 200,
    /// The sequence is not the next one. error.expected, .got: sequences.
    FENCEPOST_OUT_OF_ORDER = 201,
    /// A new epoch must begin at sequence 0. error.got: the sequence.
    FENCEPOST_NEW_EPOCH_NOT_AT_ZERO = 202,
    /// The first sequence is above the lowest that was verified. error.expected: the lowest.
    FENCEPOST_ABOVE_VERIFIED = 203,
    /// A producer of transaction version 2 that is not known must begin at 0. error.got.
    FENCEPOST_UNKNOWN_NOT_AT_ZERO = 204,
    /// On a log that has never held a record a producer must begin at 0. error.got.
    FENCEPOST_NEVER_WRITTEN_NOT_AT_ZERO = 205,
    /// A transactional write was not verified with its coordinator.
    FENCEPOST_NOT_VERIFIED = 206,
    /// A write without the transactional bit, inside a transaction. error.expected: its first
    /// offset.
    FENCEPOST_INSIDE_TRANSACTION = 207,
    /// A marker comes from a coordinator that another has replaced. error.expected, .got: its
    /// epochs.
    FENCEPOST_COORDINATOR_FENCED = 208,
    /// A marker of transaction version 2 must have a higher epoch. error.expected, .got: epochs.
    FENCEPOST_MARKER_EPOCH_NOT_ABOVE = 209,
    /// The sequences are those of another batch. error.expected: its first offset.
    FENCEPOST_SEQUENCE_REUSED = 210,
    /// The context says that no new producer may begin.
    FENCEPOST_NEW_PRODUCER_REFUSED = 211,
    /// Every producer's slot is taken. error.expected: how many there are.
    FENCEPOST_PRODUCERS_FULL = 212,
    /// Every transaction's place is taken. error.expected: how many there are.
    FENCEPOST_TRANSACTIONS_FULL = 213,
    /// Every verification's place is taken. error.expected: how many there are.
    FENCEPOST_GUARDS_FULL = 214,
    /// A replica has no slot to give: every producer has an open transaction. error.expected: how
    /// many there are.
    FENCEPOST_REPLICA_FULL = 215,
    /// The scratch memory is too small for the append. error.expected: what there is room for.
    FENCEPOST_SCRATCH_FULL = 216,
    /// A batch of a larger append is on the log already. error.position: which; error.expected: its
    /// first offset.
    FENCEPOST_APPEND_DUPLICATE = 217,
    /// A snapshot holds more producers or transactions than there is room for. error.expected: the
    /// room.
    FENCEPOST_RELOAD_FULL = 218,
    /// Another rule of a newer core refused the batch; error.sentence names it.
    FENCEPOST_REFUSED = 219,

    /// A write of the producer ended without an answer, and must be resolved first.
    /// error.expected: its ticket.
    FENCEPOST_UNRESOLVED = 300,
    /// As many batches of the producer are undecided as may be, or one that ends a transaction is.
    FENCEPOST_PRODUCER_BUSY = 301,
    /// Every place of the pool is taken. error.expected: how many there are.
    FENCEPOST_POOL_FULL = 302,
    /// The number names no undecided batch.
    FENCEPOST_NOT_UNDECIDED = 303,
    /// An earlier batch must be recorded or abandoned first. error.expected: its ticket.
    FENCEPOST_NOT_NEXT = 304,
    /// A verification has to wait until the producer's undecided batches are decided.
    FENCEPOST_VERIFICATION_WAITS = 305,

    /// The bytes are no snapshot of the format asked for. error.position: the byte.
    FENCEPOST_SNAPSHOT = 400,
    /// A file ends as a snapshot's does, and is not named for an offset.
    FENCEPOST_SNAPSHOT_NAME = 401,

    /// The audit has no room for another producer or transaction. error.expected: its room for
    /// producers.
    FENCEPOST_AUDIT_FULL = 450,

    /// The producer has ended for good: fencepost_producer_fatal says why.
    FENCEPOST_PRODUCER_FATAL = 500,
    /// There is no such partition of the producer.
    FENCEPOST_PRODUCER_NO_PARTITION = 501,
    /// A batch holds at least one record, and at most 2^31 - 1.
    FENCEPOST_PRODUCER_RECORD_COUNT = 502,
    /// The batch's delivery timeout has passed already.
    FENCEPOST_PRODUCER_DELIVERY_TIMEOUT = 503,
    /// There is no identity yet, or it is being replaced.
    FENCEPOST_PRODUCER_NO_IDENTITY = 504,
    /// As many batches are in flight as may be.
    FENCEPOST_PRODUCER_IN_FLIGHT = 505,
    /// As many batches are undecided as there is memory for.
    FENCEPOST_PRODUCER_FULL = 506,
    /// The partition's first batch under an identity has not been answered: one at a time until
    /// then.
    FENCEPOST_PRODUCER_NOT_ANCHORED = 507,
    /// Batches wait to be sent again: they go first.
    FENCEPOST_PRODUCER_RETRIES_FIRST = 508,
    /// It is not known what is on the log: that is settled first.
    FENCEPOST_PRODUCER_UNSETTLED = 509,
    /// The records are older than what the broker may have forgotten.
    FENCEPOST_PRODUCER_OLD_RECORDS = 510,
    /// A transactional producer must abort first.
    FENCEPOST_PRODUCER_MUST_ABORT = 511,
    /// No batch waits to be sent again.
    FENCEPOST_PRODUCER_NOTHING_TO_SEND = 512,
    /// There is no such batch.
    FENCEPOST_PRODUCER_UNKNOWN_BATCH = 513,
    /// The batch can't be split so.
    FENCEPOST_PRODUCER_CANNOT_SPLIT = 514,
    /// The answer is to a batch that was never sent.
    FENCEPOST_PRODUCER_NEVER_SENT = 515,
    /// The batch was answered before: the answer of this attempt no longer counts.
    FENCEPOST_PRODUCER_ALREADY_ANSWERED = 516,
    /// Nobody asked for this description or identity.
    FENCEPOST_PRODUCER_NOT_ASKED = 517,
    /// Batches are undecided.
    FENCEPOST_PRODUCER_UNDECIDED = 518,
    /// The answer makes no sense.
    FENCEPOST_PRODUCER_NONSENSE = 519,
    /// The result of an earlier call must be acknowledged first.
    FENCEPOST_MANAGER_UNACKNOWLEDGED = 550,
    /// The transaction or the producer has failed.
    FENCEPOST_MANAGER_FAILED = 551,
    /// The call belongs into another state. error.got: the state it is in.
    FENCEPOST_MANAGER_STATE = 552,
    /// There is no memory for this partition. error.got: the partition.
    FENCEPOST_MANAGER_NO_PARTITION = 553,
    /// The offsets of a group are still being sent. error.expected: the group.
    FENCEPOST_MANAGER_OFFSETS_PENDING = 554,
    /// No request is in flight.
    FENCEPOST_MANAGER_NOTHING_IN_FLIGHT = 555,
    /// Another request is in flight. error.expected: its correlation id.
    FENCEPOST_MANAGER_IN_FLIGHT = 556,
    /// The request is not what is asked for.
    FENCEPOST_MANAGER_NOT_ASKED = 557,
    /// A batch failed, and there is no transaction that it could belong to. error.got: the state.
    FENCEPOST_MANAGER_NO_TRANSACTION = 558,

    /// The journal has no room: write it anew, or wait for verdicts.
    FENCEPOST_JOURNAL_FULL = 600,
    /// The journal was never written, or is being written anew.
    FENCEPOST_JOURNAL_REWRITING = 601,
    /// Something is written to the journal and not confirmed, or what was lost is not known to be
    /// gone for good.
    FENCEPOST_JOURNAL_UNSYNCED = 602,
    /// Nobody said which partition of which topic the number is. fencepost_journal_bind.
    FENCEPOST_JOURNAL_NOT_BOUND = 603,
    /// The number is bound to a partition already, or the partition to another number.
    FENCEPOST_JOURNAL_BOUND = 604,
    /// A record of the journal does not fit those before it. error.position: the byte, of a journal
    /// that is read.
    FENCEPOST_JOURNAL_MISFIT = 605,
    /// The buffer is too short for the records, or the bytes are not those that were asked for.
    /// error.expected: bytes wanted.
    FENCEPOST_JOURNAL_BUFFER = 606,
    /// The permit's records are not confirmed as durable yet.
    FENCEPOST_JOURNAL_NOT_YET = 607,
    /// Nothing must be sent: the write was lost, or the connection, or the batch has ended.
    FENCEPOST_JOURNAL_VOID = 608,
    /// The journal is damaged, and nothing of it is dropped in silence. error.position: the byte;
    /// error.expected: where a good record follows, 0 if none is known.
    FENCEPOST_JOURNAL_DAMAGE = 610,
    /// The journal is another cluster's, where its numbers mean nothing.
    FENCEPOST_JOURNAL_OTHER_CLUSTER = 611,
    /// There is no journal.
    FENCEPOST_JOURNAL_EMPTY = 612,
    /// The journal was not written to its end when it was written anew: the one that it was to
    /// replace counts. error.position: where it ends.
    FENCEPOST_JOURNAL_INCOMPLETE = 613,
    /// The system refuses a step on the journal's file. error.position: the byte; error.got: errno.
    FENCEPOST_JOURNAL_IO = 620,
    /// There is no room on the disk for the journal's file. error.position: the byte; error.got:
    /// errno.
    FENCEPOST_JOURNAL_DISK_FULL = 621,
    /// Another process, or another producer of this one, holds the journal.
    FENCEPOST_JOURNAL_HELD = 622,
    /// The journal was copied or restored, or its lock's file is there and it is not: its numbers
    /// may be in use elsewhere.
    /// fencepost_journal_options.adopt goes on with it.
    FENCEPOST_JOURNAL_MOVED = 623,
    /// A write to the journal failed and could not be undone: end the producer, and open the
    /// journal again. error.got: errno.
    FENCEPOST_JOURNAL_POISONED = 624,

    /// A coordinator refuses the request; error.kafka_code says how it is answered.
    FENCEPOST_COORDINATOR = 700,
    /// There is no producer id now: the next block is on its way.
    FENCEPOST_WAITING_FOR_BLOCK = 701,
    /// The controller's answer holds no block that can be used.
    FENCEPOST_UNUSABLE_BLOCK = 702,
    /// The controller gives no block, or its record can't be replayed.
    FENCEPOST_BLOCK_REFUSED = 703,

    /// The client does not start with these settings. error.position: which of them, or how many
    /// there are if it is one that was not given.
    FENCEPOST_CONFIG = 800,
    /// The client has no setting of this name.
    FENCEPOST_CONFIG_UNKNOWN = 801,
}

use fencepost_status::*;

impl fencepost_status {
    /// Every status, by number.
    pub(crate) const ALL: &[Self] = &[
        FENCEPOST_OK,
        FENCEPOST_NULL_POINTER,
        FENCEPOST_MISALIGNED,
        FENCEPOST_OVERLAP,
        FENCEPOST_LENGTH,
        FENCEPOST_STRUCT_SIZE,
        FENCEPOST_VALUE,
        FENCEPOST_HANDLE,
        FENCEPOST_POISONED,
        FENCEPOST_PANIC,
        FENCEPOST_BUFFER_TOO_SMALL,
        FENCEPOST_NOT_FOUND,
        FENCEPOST_MEMORY,
        FENCEPOST_TICKET_FOREIGN,
        FENCEPOST_TICKET_STALE,
        FENCEPOST_UNDECIDED,
        FENCEPOST_TEXT,
        FENCEPOST_STATE,
        FENCEPOST_BATCH,
        FENCEPOST_CRC,
        FENCEPOST_RECORD,
        FENCEPOST_MARKER,
        FENCEPOST_BUILD_TOO_LARGE,
        FENCEPOST_BUILD_CODEC,
        FENCEPOST_BUILD_EMPTY,
        FENCEPOST_INVALID,
        FENCEPOST_PRODUCE,
        FENCEPOST_TXN_INDEX,
        FENCEPOST_REBUILT,
        FENCEPOST_BUILD_FULL,
        FENCEPOST_STALE_EPOCH,
        FENCEPOST_OUT_OF_ORDER,
        FENCEPOST_NEW_EPOCH_NOT_AT_ZERO,
        FENCEPOST_ABOVE_VERIFIED,
        FENCEPOST_UNKNOWN_NOT_AT_ZERO,
        FENCEPOST_NEVER_WRITTEN_NOT_AT_ZERO,
        FENCEPOST_NOT_VERIFIED,
        FENCEPOST_INSIDE_TRANSACTION,
        FENCEPOST_COORDINATOR_FENCED,
        FENCEPOST_MARKER_EPOCH_NOT_ABOVE,
        FENCEPOST_SEQUENCE_REUSED,
        FENCEPOST_NEW_PRODUCER_REFUSED,
        FENCEPOST_PRODUCERS_FULL,
        FENCEPOST_TRANSACTIONS_FULL,
        FENCEPOST_GUARDS_FULL,
        FENCEPOST_REPLICA_FULL,
        FENCEPOST_SCRATCH_FULL,
        FENCEPOST_APPEND_DUPLICATE,
        FENCEPOST_RELOAD_FULL,
        FENCEPOST_REFUSED,
        FENCEPOST_UNRESOLVED,
        FENCEPOST_PRODUCER_BUSY,
        FENCEPOST_POOL_FULL,
        FENCEPOST_NOT_UNDECIDED,
        FENCEPOST_NOT_NEXT,
        FENCEPOST_VERIFICATION_WAITS,
        FENCEPOST_SNAPSHOT,
        FENCEPOST_SNAPSHOT_NAME,
        FENCEPOST_AUDIT_FULL,
        FENCEPOST_PRODUCER_FATAL,
        FENCEPOST_PRODUCER_NO_PARTITION,
        FENCEPOST_PRODUCER_RECORD_COUNT,
        FENCEPOST_PRODUCER_DELIVERY_TIMEOUT,
        FENCEPOST_PRODUCER_NO_IDENTITY,
        FENCEPOST_PRODUCER_IN_FLIGHT,
        FENCEPOST_PRODUCER_FULL,
        FENCEPOST_PRODUCER_NOT_ANCHORED,
        FENCEPOST_PRODUCER_RETRIES_FIRST,
        FENCEPOST_PRODUCER_UNSETTLED,
        FENCEPOST_PRODUCER_OLD_RECORDS,
        FENCEPOST_PRODUCER_MUST_ABORT,
        FENCEPOST_PRODUCER_NOTHING_TO_SEND,
        FENCEPOST_PRODUCER_UNKNOWN_BATCH,
        FENCEPOST_PRODUCER_CANNOT_SPLIT,
        FENCEPOST_PRODUCER_NEVER_SENT,
        FENCEPOST_PRODUCER_ALREADY_ANSWERED,
        FENCEPOST_PRODUCER_NOT_ASKED,
        FENCEPOST_PRODUCER_UNDECIDED,
        FENCEPOST_PRODUCER_NONSENSE,
        FENCEPOST_MANAGER_UNACKNOWLEDGED,
        FENCEPOST_MANAGER_FAILED,
        FENCEPOST_MANAGER_STATE,
        FENCEPOST_MANAGER_NO_PARTITION,
        FENCEPOST_MANAGER_OFFSETS_PENDING,
        FENCEPOST_MANAGER_NOTHING_IN_FLIGHT,
        FENCEPOST_MANAGER_IN_FLIGHT,
        FENCEPOST_MANAGER_NOT_ASKED,
        FENCEPOST_MANAGER_NO_TRANSACTION,
        FENCEPOST_JOURNAL_FULL,
        FENCEPOST_JOURNAL_REWRITING,
        FENCEPOST_JOURNAL_UNSYNCED,
        FENCEPOST_JOURNAL_NOT_BOUND,
        FENCEPOST_JOURNAL_BOUND,
        FENCEPOST_JOURNAL_MISFIT,
        FENCEPOST_JOURNAL_BUFFER,
        FENCEPOST_JOURNAL_NOT_YET,
        FENCEPOST_JOURNAL_VOID,
        FENCEPOST_JOURNAL_DAMAGE,
        FENCEPOST_JOURNAL_OTHER_CLUSTER,
        FENCEPOST_JOURNAL_EMPTY,
        FENCEPOST_JOURNAL_INCOMPLETE,
        FENCEPOST_JOURNAL_IO,
        FENCEPOST_JOURNAL_DISK_FULL,
        FENCEPOST_JOURNAL_HELD,
        FENCEPOST_JOURNAL_MOVED,
        FENCEPOST_JOURNAL_POISONED,
        FENCEPOST_COORDINATOR,
        FENCEPOST_WAITING_FOR_BLOCK,
        FENCEPOST_UNUSABLE_BLOCK,
        FENCEPOST_BLOCK_REFUSED,
        FENCEPOST_CONFIG,
        FENCEPOST_CONFIG_UNKNOWN,
    ];

    // The three tables below are held to the enum's own text by a test.

    /// Its name.
    const fn name(self) -> &'static CStr {
        match self {
            FENCEPOST_OK => c"FENCEPOST_OK",
            FENCEPOST_NULL_POINTER => c"FENCEPOST_NULL_POINTER",
            FENCEPOST_MISALIGNED => c"FENCEPOST_MISALIGNED",
            FENCEPOST_OVERLAP => c"FENCEPOST_OVERLAP",
            FENCEPOST_LENGTH => c"FENCEPOST_LENGTH",
            FENCEPOST_STRUCT_SIZE => c"FENCEPOST_STRUCT_SIZE",
            FENCEPOST_VALUE => c"FENCEPOST_VALUE",
            FENCEPOST_HANDLE => c"FENCEPOST_HANDLE",
            FENCEPOST_POISONED => c"FENCEPOST_POISONED",
            FENCEPOST_PANIC => c"FENCEPOST_PANIC",
            FENCEPOST_BUFFER_TOO_SMALL => c"FENCEPOST_BUFFER_TOO_SMALL",
            FENCEPOST_NOT_FOUND => c"FENCEPOST_NOT_FOUND",
            FENCEPOST_MEMORY => c"FENCEPOST_MEMORY",
            FENCEPOST_TICKET_FOREIGN => c"FENCEPOST_TICKET_FOREIGN",
            FENCEPOST_TICKET_STALE => c"FENCEPOST_TICKET_STALE",
            FENCEPOST_UNDECIDED => c"FENCEPOST_UNDECIDED",
            FENCEPOST_TEXT => c"FENCEPOST_TEXT",
            FENCEPOST_STATE => c"FENCEPOST_STATE",
            FENCEPOST_BATCH => c"FENCEPOST_BATCH",
            FENCEPOST_CRC => c"FENCEPOST_CRC",
            FENCEPOST_RECORD => c"FENCEPOST_RECORD",
            FENCEPOST_MARKER => c"FENCEPOST_MARKER",
            FENCEPOST_BUILD_TOO_LARGE => c"FENCEPOST_BUILD_TOO_LARGE",
            FENCEPOST_BUILD_CODEC => c"FENCEPOST_BUILD_CODEC",
            FENCEPOST_BUILD_EMPTY => c"FENCEPOST_BUILD_EMPTY",
            FENCEPOST_INVALID => c"FENCEPOST_INVALID",
            FENCEPOST_PRODUCE => c"FENCEPOST_PRODUCE",
            FENCEPOST_TXN_INDEX => c"FENCEPOST_TXN_INDEX",
            FENCEPOST_REBUILT => c"FENCEPOST_REBUILT",
            FENCEPOST_BUILD_FULL => c"FENCEPOST_BUILD_FULL",
            FENCEPOST_STALE_EPOCH => c"FENCEPOST_STALE_EPOCH",
            FENCEPOST_OUT_OF_ORDER => c"FENCEPOST_OUT_OF_ORDER",
            FENCEPOST_NEW_EPOCH_NOT_AT_ZERO => c"FENCEPOST_NEW_EPOCH_NOT_AT_ZERO",
            FENCEPOST_ABOVE_VERIFIED => c"FENCEPOST_ABOVE_VERIFIED",
            FENCEPOST_UNKNOWN_NOT_AT_ZERO => c"FENCEPOST_UNKNOWN_NOT_AT_ZERO",
            FENCEPOST_NEVER_WRITTEN_NOT_AT_ZERO => c"FENCEPOST_NEVER_WRITTEN_NOT_AT_ZERO",
            FENCEPOST_NOT_VERIFIED => c"FENCEPOST_NOT_VERIFIED",
            FENCEPOST_INSIDE_TRANSACTION => c"FENCEPOST_INSIDE_TRANSACTION",
            FENCEPOST_COORDINATOR_FENCED => c"FENCEPOST_COORDINATOR_FENCED",
            FENCEPOST_MARKER_EPOCH_NOT_ABOVE => c"FENCEPOST_MARKER_EPOCH_NOT_ABOVE",
            FENCEPOST_SEQUENCE_REUSED => c"FENCEPOST_SEQUENCE_REUSED",
            FENCEPOST_NEW_PRODUCER_REFUSED => c"FENCEPOST_NEW_PRODUCER_REFUSED",
            FENCEPOST_PRODUCERS_FULL => c"FENCEPOST_PRODUCERS_FULL",
            FENCEPOST_TRANSACTIONS_FULL => c"FENCEPOST_TRANSACTIONS_FULL",
            FENCEPOST_GUARDS_FULL => c"FENCEPOST_GUARDS_FULL",
            FENCEPOST_REPLICA_FULL => c"FENCEPOST_REPLICA_FULL",
            FENCEPOST_SCRATCH_FULL => c"FENCEPOST_SCRATCH_FULL",
            FENCEPOST_APPEND_DUPLICATE => c"FENCEPOST_APPEND_DUPLICATE",
            FENCEPOST_RELOAD_FULL => c"FENCEPOST_RELOAD_FULL",
            FENCEPOST_REFUSED => c"FENCEPOST_REFUSED",
            FENCEPOST_UNRESOLVED => c"FENCEPOST_UNRESOLVED",
            FENCEPOST_PRODUCER_BUSY => c"FENCEPOST_PRODUCER_BUSY",
            FENCEPOST_POOL_FULL => c"FENCEPOST_POOL_FULL",
            FENCEPOST_NOT_UNDECIDED => c"FENCEPOST_NOT_UNDECIDED",
            FENCEPOST_NOT_NEXT => c"FENCEPOST_NOT_NEXT",
            FENCEPOST_VERIFICATION_WAITS => c"FENCEPOST_VERIFICATION_WAITS",
            FENCEPOST_SNAPSHOT => c"FENCEPOST_SNAPSHOT",
            FENCEPOST_SNAPSHOT_NAME => c"FENCEPOST_SNAPSHOT_NAME",
            FENCEPOST_AUDIT_FULL => c"FENCEPOST_AUDIT_FULL",
            FENCEPOST_PRODUCER_FATAL => c"FENCEPOST_PRODUCER_FATAL",
            FENCEPOST_PRODUCER_NO_PARTITION => c"FENCEPOST_PRODUCER_NO_PARTITION",
            FENCEPOST_PRODUCER_RECORD_COUNT => c"FENCEPOST_PRODUCER_RECORD_COUNT",
            FENCEPOST_PRODUCER_DELIVERY_TIMEOUT => c"FENCEPOST_PRODUCER_DELIVERY_TIMEOUT",
            FENCEPOST_PRODUCER_NO_IDENTITY => c"FENCEPOST_PRODUCER_NO_IDENTITY",
            FENCEPOST_PRODUCER_IN_FLIGHT => c"FENCEPOST_PRODUCER_IN_FLIGHT",
            FENCEPOST_PRODUCER_FULL => c"FENCEPOST_PRODUCER_FULL",
            FENCEPOST_PRODUCER_NOT_ANCHORED => c"FENCEPOST_PRODUCER_NOT_ANCHORED",
            FENCEPOST_PRODUCER_RETRIES_FIRST => c"FENCEPOST_PRODUCER_RETRIES_FIRST",
            FENCEPOST_PRODUCER_UNSETTLED => c"FENCEPOST_PRODUCER_UNSETTLED",
            FENCEPOST_PRODUCER_OLD_RECORDS => c"FENCEPOST_PRODUCER_OLD_RECORDS",
            FENCEPOST_PRODUCER_MUST_ABORT => c"FENCEPOST_PRODUCER_MUST_ABORT",
            FENCEPOST_PRODUCER_NOTHING_TO_SEND => c"FENCEPOST_PRODUCER_NOTHING_TO_SEND",
            FENCEPOST_PRODUCER_UNKNOWN_BATCH => c"FENCEPOST_PRODUCER_UNKNOWN_BATCH",
            FENCEPOST_PRODUCER_CANNOT_SPLIT => c"FENCEPOST_PRODUCER_CANNOT_SPLIT",
            FENCEPOST_PRODUCER_NEVER_SENT => c"FENCEPOST_PRODUCER_NEVER_SENT",
            FENCEPOST_PRODUCER_ALREADY_ANSWERED => c"FENCEPOST_PRODUCER_ALREADY_ANSWERED",
            FENCEPOST_PRODUCER_NOT_ASKED => c"FENCEPOST_PRODUCER_NOT_ASKED",
            FENCEPOST_PRODUCER_UNDECIDED => c"FENCEPOST_PRODUCER_UNDECIDED",
            FENCEPOST_PRODUCER_NONSENSE => c"FENCEPOST_PRODUCER_NONSENSE",
            FENCEPOST_MANAGER_UNACKNOWLEDGED => c"FENCEPOST_MANAGER_UNACKNOWLEDGED",
            FENCEPOST_MANAGER_FAILED => c"FENCEPOST_MANAGER_FAILED",
            FENCEPOST_MANAGER_STATE => c"FENCEPOST_MANAGER_STATE",
            FENCEPOST_MANAGER_NO_PARTITION => c"FENCEPOST_MANAGER_NO_PARTITION",
            FENCEPOST_MANAGER_OFFSETS_PENDING => c"FENCEPOST_MANAGER_OFFSETS_PENDING",
            FENCEPOST_MANAGER_NOTHING_IN_FLIGHT => c"FENCEPOST_MANAGER_NOTHING_IN_FLIGHT",
            FENCEPOST_MANAGER_IN_FLIGHT => c"FENCEPOST_MANAGER_IN_FLIGHT",
            FENCEPOST_MANAGER_NOT_ASKED => c"FENCEPOST_MANAGER_NOT_ASKED",
            FENCEPOST_MANAGER_NO_TRANSACTION => c"FENCEPOST_MANAGER_NO_TRANSACTION",
            FENCEPOST_JOURNAL_FULL => c"FENCEPOST_JOURNAL_FULL",
            FENCEPOST_JOURNAL_REWRITING => c"FENCEPOST_JOURNAL_REWRITING",
            FENCEPOST_JOURNAL_UNSYNCED => c"FENCEPOST_JOURNAL_UNSYNCED",
            FENCEPOST_JOURNAL_NOT_BOUND => c"FENCEPOST_JOURNAL_NOT_BOUND",
            FENCEPOST_JOURNAL_BOUND => c"FENCEPOST_JOURNAL_BOUND",
            FENCEPOST_JOURNAL_MISFIT => c"FENCEPOST_JOURNAL_MISFIT",
            FENCEPOST_JOURNAL_BUFFER => c"FENCEPOST_JOURNAL_BUFFER",
            FENCEPOST_JOURNAL_NOT_YET => c"FENCEPOST_JOURNAL_NOT_YET",
            FENCEPOST_JOURNAL_VOID => c"FENCEPOST_JOURNAL_VOID",
            FENCEPOST_JOURNAL_DAMAGE => c"FENCEPOST_JOURNAL_DAMAGE",
            FENCEPOST_JOURNAL_OTHER_CLUSTER => c"FENCEPOST_JOURNAL_OTHER_CLUSTER",
            FENCEPOST_JOURNAL_EMPTY => c"FENCEPOST_JOURNAL_EMPTY",
            FENCEPOST_JOURNAL_INCOMPLETE => c"FENCEPOST_JOURNAL_INCOMPLETE",
            FENCEPOST_JOURNAL_IO => c"FENCEPOST_JOURNAL_IO",
            FENCEPOST_JOURNAL_DISK_FULL => c"FENCEPOST_JOURNAL_DISK_FULL",
            FENCEPOST_JOURNAL_HELD => c"FENCEPOST_JOURNAL_HELD",
            FENCEPOST_JOURNAL_MOVED => c"FENCEPOST_JOURNAL_MOVED",
            FENCEPOST_JOURNAL_POISONED => c"FENCEPOST_JOURNAL_POISONED",
            FENCEPOST_COORDINATOR => c"FENCEPOST_COORDINATOR",
            FENCEPOST_WAITING_FOR_BLOCK => c"FENCEPOST_WAITING_FOR_BLOCK",
            FENCEPOST_UNUSABLE_BLOCK => c"FENCEPOST_UNUSABLE_BLOCK",
            FENCEPOST_BLOCK_REFUSED => c"FENCEPOST_BLOCK_REFUSED",
            FENCEPOST_CONFIG => c"FENCEPOST_CONFIG",
            FENCEPOST_CONFIG_UNKNOWN => c"FENCEPOST_CONFIG_UNKNOWN",
        }
    }

    /// The first sentence of its documentation.
    const fn sentence(self) -> &'static CStr {
        match self {
            FENCEPOST_OK => c"It was done.",
            FENCEPOST_NULL_POINTER => c"A pointer is NULL that must not be.",
            FENCEPOST_MISALIGNED => {
                c"A pointer is not aligned as its type is, or memory for a handle is not \
                 aligned to FENCEPOST_ALIGN."
            }
            FENCEPOST_OVERLAP => {
                c"What would be written lies in what is read, in a handle, or in what else \
                 would be written."
            }
            FENCEPOST_LENGTH => c"A length is more than memory can hold.",
            FENCEPOST_STRUCT_SIZE => {
                c"struct_size is no size that the struct ever had, or what is beyond the size \
                 that this library knows is not zero."
            }
            FENCEPOST_VALUE => c"A number is outside the range that its parameter or member names.",
            FENCEPOST_HANDLE => {
                c"The pointer is no living handle of this type: never initialised, ended, of \
                 another type, or moved to another address."
            }
            FENCEPOST_POISONED => {
                c"A panic was caught in an earlier call on this handle: only its _free or \
                 _fini may follow."
            }
            FENCEPOST_PANIC => c"A panic was caught in this call: a defect of the library.",
            FENCEPOST_BUFFER_TOO_SMALL => {
                c"The buffer or array is too short; nothing was written to it."
            }
            FENCEPOST_NOT_FOUND => {
                c"There is no such thing: the documentation of the function says what was \
                 looked for."
            }
            FENCEPOST_MEMORY => c"The allocator had no memory.",
            FENCEPOST_TICKET_FOREIGN => {
                c"The ticket was not made by this partition, or a part of it that is used was \
                  changed."
            }
            FENCEPOST_TICKET_STALE => {
                c"The partition has changed since the ticket was given: its batch is on the \
                 log and the partition does not know it."
            }
            FENCEPOST_UNDECIDED => {
                c"Batches are undecided in the pipeline, and what was asked needs that none \
                 is."
            }
            FENCEPOST_TEXT => c"Text is not UTF-8.",
            FENCEPOST_STATE => c"The handle is not in a state in which this may be called.",
            FENCEPOST_BATCH => c"The bytes are no record batch of format 2.",
            FENCEPOST_CRC => c"The batch's CRC-32C is not that of its bytes.",
            FENCEPOST_RECORD => c"A record can't be read.",
            FENCEPOST_MARKER => c"A control batch holds no end of a transaction.",
            FENCEPOST_BUILD_TOO_LARGE => {
                c"The batch would be longer than its length field can say, or than 2^31 - 1 \
                 records."
            }
            FENCEPOST_BUILD_CODEC => {
                c"The batch's attributes name a codec: records are written uncompressed."
            }
            FENCEPOST_BUILD_EMPTY => c"A batch holds at least one record.",
            FENCEPOST_INVALID => c"A leader refuses the batch.",
            FENCEPOST_PRODUCE => c"The records may not stand in a produce request.",
            FENCEPOST_TXN_INDEX => c"An entry of a .txnindex is wrong.",
            FENCEPOST_REBUILT => {
                c"The batch has to be rebuilt by the caller before offsets can be assigned."
            }
            FENCEPOST_BUILD_FULL => c"The buffer is too short for what was to be built.",
            FENCEPOST_STALE_EPOCH => {
                c"The producer's epoch is lower than the partition's: a zombie."
            }
            FENCEPOST_OUT_OF_ORDER => c"The sequence is not the next one.",
            FENCEPOST_NEW_EPOCH_NOT_AT_ZERO => c"A new epoch must begin at sequence 0.",
            FENCEPOST_ABOVE_VERIFIED => {
                c"The first sequence is above the lowest that was verified."
            }
            FENCEPOST_UNKNOWN_NOT_AT_ZERO => {
                c"A producer of transaction version 2 that is not known must begin at 0."
            }
            FENCEPOST_NEVER_WRITTEN_NOT_AT_ZERO => {
                c"On a log that has never held a record a producer must begin at 0."
            }
            FENCEPOST_NOT_VERIFIED => {
                c"A transactional write was not verified with its coordinator."
            }
            FENCEPOST_INSIDE_TRANSACTION => {
                c"A write without the transactional bit, inside a transaction."
            }
            FENCEPOST_COORDINATOR_FENCED => {
                c"A marker comes from a coordinator that another has replaced."
            }
            FENCEPOST_MARKER_EPOCH_NOT_ABOVE => {
                c"A marker of transaction version 2 must have a higher epoch."
            }
            FENCEPOST_SEQUENCE_REUSED => c"The sequences are those of another batch.",
            FENCEPOST_NEW_PRODUCER_REFUSED => c"The context says that no new producer may begin.",
            FENCEPOST_PRODUCERS_FULL => c"Every producer's slot is taken.",
            FENCEPOST_TRANSACTIONS_FULL => c"Every transaction's place is taken.",
            FENCEPOST_GUARDS_FULL => c"Every verification's place is taken.",
            FENCEPOST_REPLICA_FULL => {
                c"A replica has no slot to give: every producer has an open transaction."
            }
            FENCEPOST_SCRATCH_FULL => c"The scratch memory is too small for the append.",
            FENCEPOST_APPEND_DUPLICATE => c"A batch of a larger append is on the log already.",
            FENCEPOST_RELOAD_FULL => {
                c"A snapshot holds more producers or transactions than there is room for."
            }
            FENCEPOST_REFUSED => {
                c"Another rule of a newer core refused the batch; error.sentence names it."
            }
            FENCEPOST_UNRESOLVED => {
                c"A write of the producer ended without an answer, and must be resolved \
                 first."
            }
            FENCEPOST_PRODUCER_BUSY => {
                c"As many batches of the producer are undecided as may be, or one that ends a \
                 transaction is."
            }
            FENCEPOST_POOL_FULL => c"Every place of the pool is taken.",
            FENCEPOST_NOT_UNDECIDED => c"The number names no undecided batch.",
            FENCEPOST_NOT_NEXT => c"An earlier batch must be recorded or abandoned first.",
            FENCEPOST_VERIFICATION_WAITS => {
                c"A verification has to wait until the producer's undecided batches are \
                 decided."
            }
            FENCEPOST_SNAPSHOT => c"The bytes are no snapshot of the format asked for.",
            FENCEPOST_SNAPSHOT_NAME => {
                c"A file ends as a snapshot's does, and is not named for an offset."
            }
            FENCEPOST_AUDIT_FULL => c"The audit has no room for another producer or transaction.",
            FENCEPOST_PRODUCER_FATAL => {
                c"The producer has ended for good: fencepost_producer_fatal says why."
            }
            FENCEPOST_PRODUCER_NO_PARTITION => c"There is no such partition of the producer.",
            FENCEPOST_PRODUCER_RECORD_COUNT => {
                c"A batch holds at least one record, and at most 2^31 - 1."
            }
            FENCEPOST_PRODUCER_DELIVERY_TIMEOUT => {
                c"The batch's delivery timeout has passed already."
            }
            FENCEPOST_PRODUCER_NO_IDENTITY => c"There is no identity yet, or it is being replaced.",
            FENCEPOST_PRODUCER_IN_FLIGHT => c"As many batches are in flight as may be.",
            FENCEPOST_PRODUCER_FULL => c"As many batches are undecided as there is memory for.",
            FENCEPOST_PRODUCER_NOT_ANCHORED => {
                c"The partition's first batch under an identity has not been answered: one at \
                 a time until then."
            }
            FENCEPOST_PRODUCER_RETRIES_FIRST => c"Batches wait to be sent again: they go first.",
            FENCEPOST_PRODUCER_UNSETTLED => {
                c"It is not known what is on the log: that is settled first."
            }
            FENCEPOST_PRODUCER_OLD_RECORDS => {
                c"The records are older than what the broker may have forgotten."
            }
            FENCEPOST_PRODUCER_MUST_ABORT => c"A transactional producer must abort first.",
            FENCEPOST_PRODUCER_NOTHING_TO_SEND => c"No batch waits to be sent again.",
            FENCEPOST_PRODUCER_UNKNOWN_BATCH => c"There is no such batch.",
            FENCEPOST_PRODUCER_CANNOT_SPLIT => c"The batch can't be split so.",
            FENCEPOST_PRODUCER_NEVER_SENT => c"The answer is to a batch that was never sent.",
            FENCEPOST_PRODUCER_ALREADY_ANSWERED => {
                c"The batch was answered before: the answer of this attempt no longer counts."
            }
            FENCEPOST_PRODUCER_NOT_ASKED => c"Nobody asked for this description or identity.",
            FENCEPOST_PRODUCER_UNDECIDED => c"Batches are undecided.",
            FENCEPOST_PRODUCER_NONSENSE => c"The answer makes no sense.",
            FENCEPOST_MANAGER_UNACKNOWLEDGED => {
                c"The result of an earlier call must be acknowledged first."
            }
            FENCEPOST_MANAGER_FAILED => c"The transaction or the producer has failed.",
            FENCEPOST_MANAGER_STATE => c"The call belongs into another state.",
            FENCEPOST_MANAGER_NO_PARTITION => c"There is no memory for this partition.",
            FENCEPOST_MANAGER_OFFSETS_PENDING => c"The offsets of a group are still being sent.",
            FENCEPOST_MANAGER_NOTHING_IN_FLIGHT => c"No request is in flight.",
            FENCEPOST_MANAGER_IN_FLIGHT => c"Another request is in flight.",
            FENCEPOST_MANAGER_NOT_ASKED => c"The request is not what is asked for.",
            FENCEPOST_MANAGER_NO_TRANSACTION => {
                c"A batch failed, and there is no transaction that it could belong to."
            }
            FENCEPOST_JOURNAL_FULL => {
                c"The journal has no room: write it anew, or wait for verdicts."
            }
            FENCEPOST_JOURNAL_REWRITING => {
                c"The journal was never written, or is being written anew."
            }
            FENCEPOST_JOURNAL_UNSYNCED => {
                c"Something is written to the journal and not confirmed, or what was lost is not \
                 known to be gone for good."
            }
            FENCEPOST_JOURNAL_NOT_BOUND => {
                c"Nobody said which partition of which topic the number is."
            }
            FENCEPOST_JOURNAL_BOUND => {
                c"The number is bound to a partition already, or the partition to another number."
            }
            FENCEPOST_JOURNAL_MISFIT => c"A record of the journal does not fit those before it.",
            FENCEPOST_JOURNAL_BUFFER => {
                c"The buffer is too short for the records, or the bytes are not those that were \
                 asked for."
            }
            FENCEPOST_JOURNAL_NOT_YET => c"The permit's records are not confirmed as durable yet.",
            FENCEPOST_JOURNAL_VOID => {
                c"Nothing must be sent: the write was lost, or the connection, or the batch has \
                 ended."
            }
            FENCEPOST_JOURNAL_DAMAGE => {
                c"The journal is damaged, and nothing of it is dropped in silence."
            }
            FENCEPOST_JOURNAL_OTHER_CLUSTER => {
                c"The journal is another cluster's, where its numbers mean nothing."
            }
            FENCEPOST_JOURNAL_EMPTY => c"There is no journal.",
            FENCEPOST_JOURNAL_INCOMPLETE => {
                c"The journal was not written to its end when it was written anew: the one that \
                 it was to replace counts."
            }
            FENCEPOST_JOURNAL_IO => c"The system refuses a step on the journal's file.",
            FENCEPOST_JOURNAL_DISK_FULL => c"There is no room on the disk for the journal's file.",
            FENCEPOST_JOURNAL_HELD => {
                c"Another process, or another producer of this one, holds the journal."
            }
            FENCEPOST_JOURNAL_MOVED => {
                c"The journal was copied or restored, or its lock's file is there and it is not: \
                  its numbers may be in use elsewhere."
            }
            FENCEPOST_JOURNAL_POISONED => {
                c"A write to the journal failed and could not be undone: end the producer, and \
                 open the journal again."
            }
            FENCEPOST_COORDINATOR => {
                c"A coordinator refuses the request; error.kafka_code says how it is \
                 answered."
            }
            FENCEPOST_WAITING_FOR_BLOCK => {
                c"There is no producer id now: the next block is on its way."
            }
            FENCEPOST_UNUSABLE_BLOCK => c"The controller's answer holds no block that can be used.",
            FENCEPOST_BLOCK_REFUSED => {
                c"The controller gives no block, or its record can't be replayed."
            }
            FENCEPOST_CONFIG => c"The client does not start with these settings.",
            FENCEPOST_CONFIG_UNKNOWN => c"The client has no setting of this name.",
        }
    }

    /// The code that a broker answers, if every refusal of this name has the same.
    const fn kafka_code(self) -> ErrorCode {
        match self {
            FENCEPOST_OK => ErrorCode::NONE,
            FENCEPOST_BATCH | FENCEPOST_RECORD | FENCEPOST_MARKER | FENCEPOST_INVALID
            | FENCEPOST_PRODUCE => ErrorCode::INVALID_RECORD,
            FENCEPOST_CRC => ErrorCode::CORRUPT_MESSAGE,
            FENCEPOST_STALE_EPOCH | FENCEPOST_MARKER_EPOCH_NOT_ABOVE => {
                ErrorCode::INVALID_PRODUCER_EPOCH
            }
            FENCEPOST_OUT_OF_ORDER
            | FENCEPOST_NEW_EPOCH_NOT_AT_ZERO
            | FENCEPOST_ABOVE_VERIFIED
            | FENCEPOST_UNKNOWN_NOT_AT_ZERO
            | FENCEPOST_NEVER_WRITTEN_NOT_AT_ZERO
            | FENCEPOST_SEQUENCE_REUSED => ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER,
            FENCEPOST_NOT_VERIFIED | FENCEPOST_INSIDE_TRANSACTION => ErrorCode::INVALID_TXN_STATE,
            FENCEPOST_COORDINATOR_FENCED => ErrorCode::TRANSACTION_COORDINATOR_FENCED,
            FENCEPOST_NEW_PRODUCER_REFUSED
            | FENCEPOST_PRODUCERS_FULL
            | FENCEPOST_TRANSACTIONS_FULL
            | FENCEPOST_GUARDS_FULL
            | FENCEPOST_UNRESOLVED
            | FENCEPOST_PRODUCER_BUSY
            | FENCEPOST_POOL_FULL
            | FENCEPOST_VERIFICATION_WAITS => ErrorCode::NOT_ENOUGH_REPLICAS,
            FENCEPOST_REPLICA_FULL => ErrorCode::KAFKA_STORAGE_ERROR,
            FENCEPOST_APPEND_DUPLICATE => ErrorCode::DUPLICATE_SEQUENCE_NUMBER,
            FENCEPOST_WAITING_FOR_BLOCK => ErrorCode::COORDINATOR_LOAD_IN_PROGRESS,
            _ => ErrorCode::UNKNOWN_SERVER_ERROR,
        }
    }
    // End of the tables.

    /// The status of a number.
    pub(crate) fn of(number: u32) -> Option<Self> {
        Self::ALL.iter().copied().find(|status| *status as u32 == number)
    }
}

/// The name of a status, such as "FENCEPOST_STALE_EPOCH"; "unknown status" for other numbers.
///
/// Never NULL; static text, never to be freed. Any thread, any time.
#[unsafe(no_mangle)]
pub extern "C" fn fencepost_status_name(status: u32) -> *const c_char {
    fencepost_status::of(status).map_or(c"unknown status", fencepost_status::name).as_ptr()
}

/// What a status means, in one English sentence; "There is no such status." for other numbers.
///
/// Never NULL; static text, never to be freed. Any thread, any time.
#[unsafe(no_mangle)]
pub extern "C" fn fencepost_status_str(status: u32) -> *const c_char {
    fencepost_status::of(status)
        .map_or(c"There is no such status.", fencepost_status::sentence)
        .as_ptr()
}

/// The Kafka error code that a broker answers for a status: 0 for FENCEPOST_OK, -1
/// (UNKNOWN_SERVER_ERROR) if it has none of its own.
///
/// Where one status covers refusals of several codes, this is the usual one and
/// fencepost_error.kafka_code the exact one. Any thread, any time.
#[unsafe(no_mangle)]
pub extern "C" fn fencepost_status_kafka_code(status: u32) -> i16 {
    fencepost_status::of(status).map_or(-1, |status| status.kafka_code().get())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Name, number and first sentence of each status as its declaration says them.
    fn declared() -> Vec<(String, u32, String)> {
        let source = include_str!("status.rs");
        let begin = source.find("pub enum fencepost_status").unwrap();
        let body = &source[begin..begin + source[begin..].find("\n}").unwrap()];
        let (mut doc, mut found) = (String::new(), Vec::new());
        for line in body.lines().skip(1).map(str::trim) {
            if let Some(text) = line.strip_prefix("///") {
                doc.push_str(text);
            } else if let Some((name, number)) = line.split_once(" = ") {
                let number = number.trim_end_matches(',').parse().unwrap();
                let text = doc.trim();
                let end = text.find(". ").map_or(text.len(), |at| at + 1);
                found.push((name.to_owned(), number, text[..end].to_owned()));
                doc.clear();
            }
        }
        found
    }

    #[test]
    fn every_status_is_listed_once_with_the_name_and_sentence_of_its_declaration() {
        let declared = declared();
        assert!(declared.len() > 50, "{}", declared.len());
        let listed: Vec<_> = fencepost_status::ALL
            .iter()
            .map(|status| {
                let text = |text: &CStr| text.to_str().unwrap().to_owned();
                (text(status.name()), *status as u32, text(status.sentence()))
            })
            .collect();
        assert_eq!(listed, declared);
        let mut numbers: Vec<u32> = declared.iter().map(|(_, number, _)| *number).collect();
        numbers.dedup();
        assert_eq!(numbers.len(), declared.len(), "in rising order, none twice");
        assert!(numbers.is_sorted());
    }
}
