"""
The native half of the package `fencepost`; use that one.
"""

from _typeshed import ReadableBuffer, StrPath, SupportsGetItem, WriteableBuffer
from collections.abc import Callable, Iterable
from os import PathLike
from pathlib import Path
from typing import Final, SupportsIndex, final

__all__ = ["__version__", "AbortedTransaction", "AlreadyEnded", "AppendFailed", "Appended", "Applied", "Attempt", "Audit", "AuditProgress", "Batch", "BatchBuilder", "BatchHeader", "BatchMetadata", "BatchRow", "BlockAllocator", "BoundPartition", "CallResult", "CompletedTransaction", "ConfigResolved", "Damage", "Duplicate", "EndTxnMarker", "FailBatches", "Failure", "Finding", "IdAllocation", "IdBlock", "IdGenerator", "Identity", "IndexComparison", "JournalFile", "JournalRow", "JournaledBatch", "JournaledProducer", "KeptPartition", "LogAudit", "LogDamage", "LogFinding", "LogFolder", "LogShape", "Next", "NextProducerId", "Observation", "OffsetsResult", "OpenTransaction", "Partition", "Pending", "PendingVerification", "Permit", "Pipeline", "Producer", "ProducerEntry", "ProducerRun", "ProducerSeen", "ProducerState", "Record", "ReplaySegment", "Replayed", "Request", "Response", "Run", "Scanned", "SegmentScan", "Snapshot", "SnapshotComparison", "SnapshotDifference", "Stamp", "Step", "Ticket", "TransactionManager", "TransactionMarker", "TransactionMetadata", "TransactionRecord", "Transit", "UndecidedBatch", "Unwritten", "Verdict", "WritePermit", "add_partitions_version", "advance_sequence", "append_error_code", "append_txn_index", "check_transactional_id", "collect_aborted", "config_later", "config_problems", "config_resolve", "config_settings", "coordinator_partition", "crc32c", "cut_txn_index", "discover_logs", "downgrade_code", "end_txn_version", "error_codes", "init_idempotent", "inspect_journal", "inspect_transaction_index", "is_epoch_exhausted", "marker_step", "partition_refusal", "read_headers", "read_snapshot", "read_txn_index", "restamp_batch", "seal_batch", "sequence_follows", "snapshot_deleted_name", "snapshot_is_deleted", "snapshot_latest", "snapshot_name", "snapshot_oldest", "snapshot_parse_name", "snapshots_before", "snapshots_outside_log", "snapshots_stray", "stamp_batch", "transaction_states", "write_end_txn_marker"]

__version__: Final[str]
"""
The version of the package and of the core.
"""

@final
class AbortedTransaction:
    """
    An entry of a `.txnindex` file.
    """
    __match_args__: Final = ("producer_id", "first_offset", "last_offset", "last_stable_offset",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, producer_id: SupportsIndex, first_offset: SupportsIndex, last_offset: SupportsIndex, last_stable_offset: SupportsIndex) -> AbortedTransaction: ...
    def __repr__(self, /) -> str: ...
    @property
    def first_offset(self, /) -> int: ...
    @property
    def last_offset(self, /) -> int: ...
    @property
    def last_stable_offset(self, /) -> int: ...
    @property
    def producer_id(self, /) -> int: ...

@final
class AlreadyEnded:
    """
    The transaction has ended so already: answer NONE with this identity, -1 and -1 for `None`.
    """
    __match_args__: Final = ("identity",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, identity: Identity | None) -> AlreadyEnded: ...
    def __repr__(self, /) -> str: ...
    @property
    def identity(self, /) -> Identity | None: ...

@final
class AppendFailed:
    """
    What a failed append means. `kind` is `answer` (nothing changed: answer the code), `retry`
    (all markers are written: append the same transition again, later), `stop` (another broker,
    or a later load, completes the transaction) or `fatal` (the completion can't be written;
    `resume` begins the markers again).
    """
    __match_args__: Final = ("kind", "error_code",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, kind: str, error_code: SupportsIndex) -> AppendFailed: ...
    def __repr__(self, /) -> str: ...
    @property
    def error_code(self, /) -> int: ...
    @property
    def kind(self, /) -> str: ...

@final
class Appended:
    """
    What became of batches that were admitted and recorded one after the other. `first_offsets`
    has one offset for each: where it was recorded, or of a duplicate where its first copy is.
    `duplicates` are the numbers of those, from 0 on; `completed` the transactions that were
    ended; `next_offset` is behind the last one that was recorded.
    """
    __match_args__: Final = ("first_offsets", "duplicates", "completed", "next_offset",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, first_offsets: Iterable[SupportsIndex], duplicates: Iterable[SupportsIndex], completed: Iterable[CompletedTransaction], next_offset: SupportsIndex) -> Appended: ...
    def __repr__(self, /) -> str: ...
    @property
    def completed(self, /) -> tuple[CompletedTransaction, ...]: ...
    @property
    def duplicates(self, /) -> tuple[int, ...]: ...
    @property
    def first_offsets(self, /) -> tuple[int, ...]: ...
    @property
    def next_offset(self, /) -> int: ...

@final
class Applied:
    """
    What an applied transition means. `kind` is `initialized` or `partitions_added` (answer),
    `ending` (answer now, then write the marker to each of the transaction's partitions, and
    ask `completion` after each change of what is left of them, also at once), `completed`
    (forget the partitions) or `removed` (forget the transactional id). The answer is
    `error_code` with `identity`, -1 and -1 for `None`; after a load or a timeout nobody waits
    for it.
    """
    __match_args__: Final = ("kind", "error_code", "identity", "marker",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, kind: str, error_code: SupportsIndex, identity: Identity | None, marker: TransactionMarker | None) -> Applied: ...
    def __repr__(self, /) -> str: ...
    @property
    def error_code(self, /) -> int: ...
    @property
    def identity(self, /) -> Identity | None: ...
    @property
    def kind(self, /) -> str: ...
    @property
    def marker(self, /) -> TransactionMarker | None: ...

@final
class Attempt:
    """
    One sending of a batch: stamp it, send it, and give this back with the answer. `number` is
    which sending of it, from 1 on; `unguarded` if a lost answer will end as possibly written.
    """
    __match_args__: Final = ("partition", "batch", "number", "stamp", "unguarded",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, partition: SupportsIndex, batch: SupportsIndex, number: SupportsIndex, stamp: Stamp, unguarded: bool) -> Attempt: ...
    def __repr__(self, /) -> str: ...
    @property
    def batch(self, /) -> int: ...
    @property
    def number(self, /) -> int: ...
    @property
    def partition(self, /) -> int: ...
    @property
    def stamp(self, /) -> Stamp: ...
    @property
    def unguarded(self, /) -> bool: ...

@final
class Audit:
    """
    Holds the batches of one partition against what their producers wrote before them.
    """
    def __new__(cls, /, *, writers: str = "clients", expiration_ms: SupportsIndex = 86400000, max_transaction_ms: SupportsIndex = 900000, from_offset: SupportsIndex = 0, snapshot: ReadableBuffer | StrPath | None = None, runs: bool = False) -> Audit:
        """
        An audit that begins with nothing, or with a snapshot's producers. `writers` is `clients`,
        or `coordinator` for `__consumer_offsets`; `from_offset` is where the log is taken up;
        `runs` also keeps each producer's runs of sequences.
        """
    @property
    def end_offset(self, /) -> int:
        """
        The offset after the last batch taken.
        """
    def left_open(self, /) -> tuple[Finding, ...]:
        """
        The transactions that are open where the log ends. One is a fault if it is late.
        """
    def observe(self, /, batch: Batch | BatchHeader, *, marker: EndTxnMarker | None = None) -> Observation:
        """
        Takes the next batch of the log: a whole one, or its header, and the marker in it if it
        ends a transaction.
        """
    def producers(self, /) -> list[ProducerState]:
        """
        What a leader that forgets nothing would know of every producer, in no particular order.
        """
    def runs(self, /) -> tuple[Run, ...]:
        """
        The runs of sequences in order of their first batches, if they are kept.
        """
    def scan(self, /, source: ReadableBuffer | StrPath, *, verify: bool = True) -> Scanned:
        """
        Takes the batches of the log's next segment. `source` is a path or any bytes-like object.
        Every CRC is checked unless `verify` is false. A legacy batch is passed over; at any other
        damage it ends.
        """

@final
class AuditProgress:
    """
    How far audits in other threads are; and ends them.
    """
    def __new__(cls, /) -> AuditProgress: ...
    @property
    def bytes(self, /) -> int:
        """
        Bytes that were audited.
        """
    def stop(self, /) -> None:
        """
        Ends every audit that was given this, in a moment.
        """

@final
class Batch:
    """
    One whole batch of format 2: its bytes, and its header read once.
    """
    __match_args__: Final = ("header",)
    def __bytes__(self, /) -> bytes: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __getnewargs__(self, /) -> tuple[bytes]: ...
    def __hash__(self, /) -> int: ...
    def __len__(self, /) -> int: ...
    def __new__(cls, /, data: ReadableBuffer) -> Batch:
        """
        Checks that the bytes are exactly one batch. Neither CRC nor records are looked at.
        """
    def __repr__(self, /) -> str: ...
    @property
    def header(self, /) -> BatchHeader:
        """
        The header.
        """
    def marker(self, /) -> EndTxnMarker | None:
        """
        The marker of a control batch that ends a transaction; `None` of any other batch.
        """
    @property
    def payload(self, /) -> bytes:
        """
        The bytes after the header: the records, or if a codec is set one compressed block.
        """
    def records(self, /, decompressed: ReadableBuffer | None = None) -> list[Record]:
        """
        The records. Of a compressed batch they are read from its payload as the caller has
        decompressed it.
        """
    def verify_crc(self, /) -> None:
        """
        Raises `CrcMismatchError` unless the stored CRC is that of the bytes.
        """

@final
class BatchBuilder:
    """
    Collects the records of one uncompressed batch of at most `max_size` bytes.
    """
    def __len__(self, /) -> int: ...
    def __new__(cls, /, *, max_size: SupportsIndex = 1048576, transactional: bool = False, base_timestamp: SupportsIndex | None = None, base_offset: SupportsIndex = 0, partition_leader_epoch: SupportsIndex = ...) -> BatchBuilder: ...
    def finish(self, /, stamp: Stamp | None = None) -> bytes:
        """
        The batch, sealed; the builder is empty then. Raises `BuildError` of kind `empty` without a
        record.
        """
    def push(self, /, value: ReadableBuffer | None, *, key: ReadableBuffer | None = None, timestamp: SupportsIndex = 0, headers: SupportsGetItem[int, tuple[ReadableBuffer, ReadableBuffer | None]] = ...) -> None:
        """
        Adds a record. Raises `BuildError` of kind `full` if the batch would be larger than
        `max_size`; then nothing is added.
        """
    @property
    def size_in_bytes(self, /) -> int:
        """
        Bytes of the batch so far.
        """

@final
class BatchHeader:
    """
    The 61 bytes of a batch header (format 2, magic 2) as raw integers; any value may stand in
    any field. Timestamps are milliseconds.
    """
    __match_args__: Final = ("base_offset", "batch_length", "partition_leader_epoch", "crc", "attributes", "last_offset_delta", "base_timestamp", "max_timestamp", "producer_id", "producer_epoch", "base_sequence", "records_count",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, base_offset: SupportsIndex, batch_length: SupportsIndex, partition_leader_epoch: SupportsIndex, crc: SupportsIndex, attributes: SupportsIndex, last_offset_delta: SupportsIndex, base_timestamp: SupportsIndex, max_timestamp: SupportsIndex, producer_id: SupportsIndex, producer_epoch: SupportsIndex, base_sequence: SupportsIndex, records_count: SupportsIndex) -> BatchHeader: ...
    def __repr__(self, /) -> str: ...
    @property
    def attributes(self, /) -> int: ...
    @property
    def base_offset(self, /) -> int: ...
    @property
    def base_sequence(self, /) -> int: ...
    @property
    def base_timestamp(self, /) -> int: ...
    @property
    def batch_length(self, /) -> int: ...
    @property
    def codec(self, /) -> str:
        """
        The codec: none, gzip, snappy, lz4, zstd, or `codec 5` to `codec 7`, which name none.
        """
    @property
    def crc(self, /) -> int: ...
    @property
    def has_delete_horizon(self, /) -> bool:
        """
        Whether the base timestamp holds the delete horizon.
        """
    @property
    def has_producer_id(self, /) -> bool:
        """
        Whether an idempotent or transactional producer wrote the batch.
        """
    @property
    def is_control(self, /) -> bool:
        """
        Whether the batch is a control batch (a marker), not data.
        """
    @property
    def is_log_append_time(self, /) -> bool:
        """
        Whether the timestamps are the broker's append time.
        """
    @property
    def is_transactional(self, /) -> bool:
        """
        Whether the batch is part of a transaction.
        """
    @property
    def last_offset(self, /) -> int:
        """
        Offset of the last record.
        """
    @property
    def last_offset_delta(self, /) -> int: ...
    @property
    def last_sequence(self, /) -> int:
        """
        Sequence of the last record, -1 if the batch has none.
        """
    @property
    def max_timestamp(self, /) -> int: ...
    @property
    def next_offset(self, /) -> int:
        """
        Offset after the last record.
        """
    @staticmethod
    def parse(data: ReadableBuffer) -> BatchHeader:
        """
        Reads the header at the start of some bytes; what follows its 61 bytes is not looked at.
        """
    @property
    def partition_leader_epoch(self, /) -> int: ...
    @property
    def producer_epoch(self, /) -> int: ...
    @property
    def producer_id(self, /) -> int: ...
    @property
    def records_count(self, /) -> int: ...
    @property
    def size_in_bytes(self, /) -> int:
        """
        Bytes of the whole batch.
        """
    def to_bytes(self, /) -> bytes:
        """
        The 61 bytes, every field as it is, the CRC too.
        """

@final
class BatchMetadata:
    """
    One remembered batch. Sequences are -1 where there is none, timestamps are milliseconds;
    `tag` is what a snapshot's writer kept of the batch's content, if it did.
    """
    __match_args__: Final = ("last_sequence", "offset_delta", "last_offset", "timestamp", "tag",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, last_sequence: SupportsIndex, offset_delta: SupportsIndex, last_offset: SupportsIndex, timestamp: SupportsIndex, tag: SupportsIndex | None) -> BatchMetadata: ...
    def __repr__(self, /) -> str: ...
    @property
    def first_offset(self, /) -> int:
        """
        Offset of the first record.
        """
    @property
    def first_sequence(self, /) -> int:
        """
        Sequence of the first record.
        """
    @property
    def last_offset(self, /) -> int: ...
    @property
    def last_sequence(self, /) -> int: ...
    @property
    def offset_delta(self, /) -> int: ...
    @property
    def tag(self, /) -> int | None: ...
    @property
    def timestamp(self, /) -> int: ...

@final
class BatchRow:
    """
    One batch, by its header.
    """
    __match_args__: Final = ("position", "size_in_bytes", "base_offset", "last_offset", "producer_id", "producer_epoch", "base_sequence", "last_sequence", "records", "leader_epoch", "attributes", "codec", "is_transactional", "is_control", "is_log_append_time", "has_delete_horizon", "base_timestamp", "max_timestamp", "crc", "marker", "coordinator_epoch",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, position: SupportsIndex, size_in_bytes: SupportsIndex, base_offset: SupportsIndex, last_offset: SupportsIndex, producer_id: SupportsIndex, producer_epoch: SupportsIndex, base_sequence: SupportsIndex, last_sequence: SupportsIndex, records: SupportsIndex, leader_epoch: SupportsIndex, attributes: SupportsIndex, codec: str, is_transactional: bool, is_control: bool, is_log_append_time: bool, has_delete_horizon: bool, base_timestamp: SupportsIndex, max_timestamp: SupportsIndex, crc: SupportsIndex, marker: str | None, coordinator_epoch: SupportsIndex | None) -> BatchRow: ...
    def __repr__(self, /) -> str: ...
    @property
    def attributes(self, /) -> int: ...
    @property
    def base_offset(self, /) -> int: ...
    @property
    def base_sequence(self, /) -> int: ...
    @property
    def base_timestamp(self, /) -> int: ...
    @property
    def codec(self, /) -> str:
        """
        `none`, `gzip`, `snappy`, `lz4`, `zstd`, or the number of one that there is not.
        """
    @property
    def coordinator_epoch(self, /) -> int | None:
        """
        Of a marker: the epoch of the coordinator that wrote it.
        """
    @property
    def crc(self, /) -> int: ...
    @property
    def has_delete_horizon(self, /) -> bool: ...
    @property
    def is_control(self, /) -> bool: ...
    @property
    def is_log_append_time(self, /) -> bool: ...
    @property
    def is_transactional(self, /) -> bool: ...
    @property
    def last_offset(self, /) -> int: ...
    @property
    def last_sequence(self, /) -> int: ...
    @property
    def leader_epoch(self, /) -> int: ...
    @property
    def marker(self, /) -> str | None:
        """
        Of a control batch: `commit`, `abort`, `empty`, or what makes it none of these.
        """
    @property
    def max_timestamp(self, /) -> int: ...
    @property
    def position(self, /) -> int:
        """
        Its first byte in the file.
        """
    @property
    def producer_epoch(self, /) -> int: ...
    @property
    def producer_id(self, /) -> int: ...
    @property
    def records(self, /) -> int: ...
    @property
    def size_in_bytes(self, /) -> int: ...

@final
class BlockAllocator:
    """
    The controller's side: where the next block of producer ids begins. It moves only by what the
    metadata log says.
    """
    def __new__(cls, /) -> BlockAllocator: ...
    def allocate(self, /, *, broker_id: SupportsIndex, broker_epoch: SupportsIndex, registered: SupportsIndex | None) -> IdAllocation:
        """
        The next block for this broker; `registered` is the epoch it is registered under. Nothing
        moves until the record is replayed. Raises `CoordinatorError`.
        """
    @property
    def next_block(self, /) -> IdBlock:
        """
        Where the next block begins, and to whom the last one went.
        """
    def replay(self, /, record: NextProducerId) -> None:
        """
        A record of the metadata log. Raises `CoordinatorError` unless it moves the ids forward.
        """

@final
class BoundPartition:
    """
    What a journal knew of a partition: `kind` is `new`, `restored` (its source is written up to
    `cursor`, and so many batches are undecided) or `recreated` (the slot was another topic's,
    whose undecided batches are possibly written).
    """
    __match_args__: Final = ("kind", "cursor", "undecided",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, kind: str, cursor: bytes, undecided: SupportsIndex) -> BoundPartition: ...
    def __repr__(self, /) -> str: ...
    @property
    def cursor(self, /) -> bytes: ...
    @property
    def kind(self, /) -> str: ...
    @property
    def undecided(self, /) -> int: ...

@final
class CallResult:
    """
    What became of a `call`: `init`, `commit` or `abort`. Without a failure it succeeded.
    """
    __match_args__: Final = ("call", "failure",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, call: str, failure: Failure | None) -> CallResult: ...
    def __repr__(self, /) -> str: ...
    @property
    def call(self, /) -> str: ...
    @property
    def failure(self, /) -> Failure | None: ...

@final
class CompletedTransaction:
    """
    A transaction that a marker ended. `last_offset` is the marker's; `last_stable_offset` is
    that of just before it.
    """
    __match_args__: Final = ("producer_id", "first_offset", "last_offset", "aborted", "last_stable_offset",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, producer_id: SupportsIndex, first_offset: SupportsIndex, last_offset: SupportsIndex, aborted: bool, last_stable_offset: SupportsIndex) -> CompletedTransaction: ...
    def __repr__(self, /) -> str: ...
    @property
    def aborted(self, /) -> bool: ...
    @property
    def first_offset(self, /) -> int: ...
    @property
    def index_entry(self, /) -> AbortedTransaction | None:
        """
        Its entry in the segment's transaction index; a committed one has none.
        """
    @property
    def last_offset(self, /) -> int: ...
    @property
    def last_stable_offset(self, /) -> int: ...
    @property
    def producer_id(self, /) -> int: ...

@final
class ConfigResolved:
    """
    What settings that start come to.
    """
    @property
    def acks(self, /) -> str: ...
    @property
    def batch_size(self, /) -> int: ...
    @property
    def buffer_memory(self, /) -> int: ...
    @property
    def by(self, /) -> str: ...
    @property
    def client_id(self, /) -> str | None: ...
    @property
    def conflicts(self, /) -> tuple[bool, str | None, int | None]: ...
    @property
    def delivery_timeout_ms(self, /) -> int | None: ...
    @property
    def idempotent(self, /) -> bool: ...
    @property
    def linger_ms(self, /) -> int: ...
    @property
    def max_block_ms(self, /) -> int: ...
    @property
    def max_in_flight(self, /) -> int: ...
    @property
    def max_request_size(self, /) -> int: ...
    @property
    def promise(self, /) -> str: ...
    @property
    def promise_text(self, /) -> str: ...
    @property
    def reasons(self, /) -> list[str]: ...
    @property
    def request_timeout_ms(self, /) -> int: ...
    @property
    def retries(self, /) -> int: ...
    @property
    def retry_backoff_max_ms(self, /) -> int: ...
    @property
    def retry_backoff_ms(self, /) -> int: ...
    @property
    def transaction_timeout_ms(self, /) -> int | None: ...
    @property
    def transactional_id(self, /) -> str | None: ...
    @property
    def two_phase_commit(self, /) -> bool: ...
    @property
    def warnings(self, /) -> list[tuple[str, list[int], str]]:
        """
        Kind, numbers, sentence.
        """

@final
class Damage:
    """
    What is wrong at a place of a segment: the byte where the batch concerned begins, the kind
    (`truncated` is a torn tail), why, and whether reading goes on behind it.
    """
    __match_args__: Final = ("position", "kind", "why", "skipped",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, position: SupportsIndex, kind: str, why: str, skipped: bool) -> Damage: ...
    def __repr__(self, /) -> str: ...
    @property
    def kind(self, /) -> str: ...
    @property
    def message(self, /) -> str:
        """
        The place and why, as a sentence.
        """
    @property
    def position(self, /) -> int: ...
    @property
    def skipped(self, /) -> bool: ...
    @property
    def why(self, /) -> str: ...

@final
class Duplicate:
    """
    The batch is on the log already: answer the producer with its first offset.
    """
    __match_args__: Final = ("first_offset", "batch",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, first_offset: SupportsIndex, batch: BatchMetadata) -> Duplicate: ...
    def __repr__(self, /) -> str: ...
    @property
    def batch(self, /) -> BatchMetadata: ...
    @property
    def first_offset(self, /) -> int: ...

@final
class EndTxnMarker:
    """
    The end of a transaction, as a control batch says it: `commit` or abort, the epoch of the
    coordinator that wrote it, and the record's timestamp in milliseconds.
    """
    __match_args__: Final = ("commit", "coordinator_epoch", "timestamp",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, commit: bool, coordinator_epoch: SupportsIndex, timestamp: SupportsIndex) -> EndTxnMarker: ...
    def __repr__(self, /) -> str: ...
    @property
    def commit(self, /) -> bool: ...
    @property
    def coordinator_epoch(self, /) -> int: ...
    @property
    def timestamp(self, /) -> int: ...

@final
class FailBatches:
    """
    Which batches are to be failed now, and why: `all`, or those that were `never_numbered`.
    """
    __match_args__: Final = ("which", "failure",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, which: str, failure: Failure) -> FailBatches: ...
    def __repr__(self, /) -> str: ...
    @property
    def failure(self, /) -> Failure: ...
    @property
    def which(self, /) -> str: ...

@final
class Failure:
    """
    Why the transaction or the producer can't go on. `cause` is `answer` (of the `request`),
    `group_metadata`, `unknown_partition`, `batch`, `cannot_bump`, `identity` (in the answer to
    the `request`), `aborted` or `given_up`. `code` is what it failed with, `error_code` what
    stands for it to the user.
    """
    __match_args__: Final = ("cause", "request", "code", "error_code", "message",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, cause: str, request: str | None, code: SupportsIndex, error_code: SupportsIndex, message: str) -> Failure: ...
    def __repr__(self, /) -> str: ...
    @property
    def cause(self, /) -> str: ...
    @property
    def code(self, /) -> int: ...
    @property
    def error_code(self, /) -> int: ...
    @property
    def message(self, /) -> str: ...
    @property
    def request(self, /) -> str | None: ...

@final
class Finding:
    """
    What is wrong at one place of a log, or explains it. `kind` is a name that does not change,
    `severity` is `fault` or `note`, `rule` a rule of `docs/rules.md`, `message` a sentence, and
    `facts` the numbers behind it, as pairs. `offset` is the batch's base offset, or where an
    open transaction begins.
    """
    __match_args__: Final = ("offset", "producer_id", "producer_epoch", "kind", "severity", "rule", "message", "offsets_missing", "facts",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, offset: SupportsIndex, producer_id: SupportsIndex, producer_epoch: SupportsIndex, kind: str, severity: str, rule: str, message: str, offsets_missing: bool, facts: Iterable[tuple[str, bool | SupportsIndex]]) -> Finding: ...
    def __repr__(self, /) -> str: ...
    def fact(self, /, name: str) -> bool | int | None:
        """
        One of the numbers, or `None` if this kind has no such number.
        """
    @property
    def facts(self, /) -> tuple[tuple[str, bool | int], ...]: ...
    @property
    def kind(self, /) -> str: ...
    @property
    def message(self, /) -> str: ...
    @property
    def offset(self, /) -> int: ...
    @property
    def offsets_missing(self, /) -> bool: ...
    @property
    def producer_epoch(self, /) -> int: ...
    @property
    def producer_id(self, /) -> int: ...
    @property
    def rule(self, /) -> str: ...
    @property
    def severity(self, /) -> str: ...

@final
class IdAllocation:
    """
    A block, and the record that makes it the broker's: write it, `replay` it, then answer.
    """
    __match_args__: Final = ("block", "record",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, block: IdBlock, record: NextProducerId) -> IdAllocation: ...
    def __repr__(self, /) -> str: ...
    @property
    def block(self, /) -> IdBlock: ...
    @property
    def record(self, /) -> NextProducerId: ...

@final
class IdBlock:
    """
    Producer ids that belong to one broker: `len` of them from `first` on.
    """
    __match_args__: Final = ("broker_id", "first", "len",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, broker_id: SupportsIndex, first: SupportsIndex, len: SupportsIndex) -> IdBlock: ...
    def __repr__(self, /) -> str: ...
    @property
    def broker_id(self, /) -> int: ...
    @property
    def first(self, /) -> int: ...
    @property
    def last(self, /) -> int:
        """
        The last id; one below the first of an empty block.
        """
    @property
    def len(self, /) -> int: ...
    @property
    def next_first(self, /) -> int:
        """
        The id after the last.
        """

@final
class IdGenerator:
    """
    A broker's producer ids: the block in use, and the next one, fetched before it is needed. No id
    is handed out twice, whatever the controller answers.
    """
    def __new__(cls, /) -> IdGenerator: ...
    @property
    def current_block(self, /) -> IdBlock:
        """
        The block in use, an empty one at first.
        """
    def generate(self, /, *, now: SupportsIndex) -> int:
        """
        A producer id that was never handed out before. Raises `NoProducerIdError` while the next
        block is not there: then ask `poll_request`, as after every call.
        """
    def handle_block(self, /, *, broker_id: SupportsIndex, first: SupportsIndex, len: SupportsIndex, now: SupportsIndex) -> None:
        """
        The controller gave `len` ids from `first` on to this broker. Raises `CoordinatorError` if
        they would be handed out twice or are none; it is asked again after a backoff.
        """
    def handle_error(self, /, *, now: SupportsIndex) -> None:
        """
        The controller answered an error, or nothing that can be read.
        """
    def handle_sent(self, /) -> bool:
        """
        AllocateProducerIds goes out now. Of several threads that were told to send it, the one
        that gets `True` does.
        """
    def handle_timeout(self, /) -> None:
        """
        The request timed out: it may be sent again at once.
        """
    @property
    def next_block(self, /) -> IdBlock | None:
        """
        The block that was fetched ahead.
        """
    def poll_request(self, /) -> bool:
        """
        Whether AllocateProducerIds is to be sent now.
        """

@final
class Identity:
    """
    Who writes: a producer id of 0 or more, and an epoch from 0 to 32767.
    """
    __match_args__: Final = ("id", "epoch",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, id: SupportsIndex, epoch: SupportsIndex) -> Identity: ...
    def __repr__(self, /) -> str: ...
    @property
    def epoch(self, /) -> int: ...
    @property
    def id(self, /) -> int: ...

@final
class IndexComparison:
    """
    A transaction index held against the markers of its segment.
    """
    __match_args__: Final = ("file", "entries", "differences", "corrupt",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, file: str, entries: SupportsIndex, differences: Iterable[str], corrupt: str | None) -> IndexComparison: ...
    def __repr__(self, /) -> str: ...
    @property
    def corrupt(self, /) -> str | None:
        """
        Why its entries can't be read to the end.
        """
    @property
    def differences(self, /) -> tuple[str, ...]: ...
    @property
    def entries(self, /) -> int: ...
    @property
    def file(self, /) -> str: ...

@final
class JournalFile:
    """
    A journal file.
    """
    @property
    def cluster(self, /) -> bytes | None:
        """
        The cluster's id.
        """
    @property
    def end(self, /) -> int:
        """
        Where what ends it stands.
        """
    @property
    def records(self, /) -> list[JournalRow]: ...
    @property
    def tail(self, /) -> str:
        """
        How it ends: `clean`, `erased`, `torn`, or `damaged`.
        """
    @property
    def turn(self, /) -> int | None:
        """
        How often it was written anew; `None` for an empty file.
        """
    @property
    def why(self, /) -> str | None:
        """
        Why, unless it is clean.
        """

@final
class JournalRow:
    """
    A record of a journal.
    """
    @property
    def fields(self, /) -> dict[str, object]:
        """
        What else it says, by name.
        """
    @property
    def kind(self, /) -> str:
        """
        `holder`, `identity`, `partition`, `batch`, `split`, `verdicts`, `bump`, `unwritten` or
        `complete`.
        """
    @property
    def position(self, /) -> int:
        """
        Its first byte in the file.
        """
    @property
    def producer_epoch(self, /) -> int | None: ...
    @property
    def producer_id(self, /) -> int | None: ...
    @property
    def slot(self, /) -> int | None:
        """
        The slot of the partition that it is of.
        """

@final
class JournaledBatch:
    """
    A batch that a journal holds and whose outcome is not known. `size` is that of its bytes,
    which `JournaledProducer.read_batch` reads.
    """
    __match_args__: Final = ("batch", "base_sequence", "records", "max_timestamp", "first_sent", "cursor", "size",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, batch: SupportsIndex | None, base_sequence: SupportsIndex, records: SupportsIndex, max_timestamp: SupportsIndex, first_sent: SupportsIndex, cursor: bytes, size: SupportsIndex) -> JournaledBatch: ...
    def __repr__(self, /) -> str: ...
    @property
    def base_sequence(self, /) -> int: ...
    @property
    def batch(self, /) -> int | None: ...
    @property
    def cursor(self, /) -> bytes: ...
    @property
    def first_sent(self, /) -> int: ...
    @property
    def max_timestamp(self, /) -> int: ...
    @property
    def records(self, /) -> int: ...
    @property
    def size(self, /) -> int: ...

@final
class JournaledProducer:
    """
    A producer whose numbers and undecided batches outlive a crash, in a file. What it sends is in
    the journal first: `assign`, `commit`, `claim`, send. A verdict *not written* is told only when
    that is durable.

    One process holds a journal at a time. Closing gives it back; what was not committed was not
    sent. Not for transactional producers, whose epoch is their coordinator's.
    """
    def __enter__(self, /) -> JournaledProducer: ...
    def __exit__(self, /, *_exc: object) -> None: ...
    def __new__(cls, /, path: str | PathLike[str], *, cluster_id: str, partitions: SupportsIndex, capacity: SupportsIndex = 67108864, adopt: bool = False, delivery_timeout_ms: SupportsIndex = 120000, retries: SupportsIndex = 2147483647, max_in_flight: SupportsIndex = 5, retry_backoff_ms: SupportsIndex = 100, retry_backoff_max_ms: SupportsIndex = 1000, producer_id_expiration_ms: SupportsIndex = 86400000, can_describe: bool = True) -> JournaledProducer:
        """
        Opens a journal, or begins one. `capacity` is how many bytes the file may have; while it is
        written anew there are two. `adopt` takes a journal that was copied or restored: the
        original must not be in use, nor have been since. Raises `JournalError`.
        """
    def assign(self, /, partition: SupportsIndex, data: ReadableBuffer, *, records: SupportsIndex, max_timestamp: SupportsIndex, now: SupportsIndex, created: SupportsIndex | None = None, cursor: ReadableBuffer | None = None) -> Permit:
        """
        Gives a batch its numbers. `data` is what is sent, or what it is built from: the same at
        each sending, but for the stamp. `cursor` says where in its source it ends, in at most 32
        bytes. Several may be assigned before one `commit`. Raises `RefusedError` if it may not be
        sent now.
        """
    def bind(self, /, partition: SupportsIndex, *, topic_id: ReadableBuffer, topic_partition: SupportsIndex, now: SupportsIndex) -> BoundPartition:
        """
        Says which partition a number is, once, before it is used. `topic_id` is the topic's id of
        16 bytes, as metadata gives it: a topic that was deleted and created again is another one.
        """
    def claim(self, /, permit: Permit) -> Attempt | None:
        """
        The sending of a permit: stamp the bytes, send them, and give it back with the answer.
        `None`: nothing must be sent, since the write failed, the connection was lost or the batch
        has ended. Raises `RefusedError` of kind `not_yet` before `commit`, after which it can be
        claimed again.
        """
    def close(self, /) -> None:
        """
        Gives the file and its lock back. What was assigned and not committed was not sent.
        """
    @property
    def closed(self, /) -> bool:
        """
        Whether it was closed.
        """
    def commit(self, /, *, now: SupportsIndex) -> None:
        """
        Writes what was assigned since, and syncs. If that fails and what it left is cut off, the
        batches of it were not sent and end as not written: `JournalIOError`. If it is not known
        what the file holds, `JournalPoisonedError`: close, and open it again.
        """
    def compact(self, /) -> None:
        """
        Writes the journal anew, without what is no longer needed. Commit before.
        """
    @property
    def created(self, /) -> bool:
        """
        There was no journal: it begins.
        """
    def cursor(self, /, partition: SupportsIndex) -> bytes:
        """
        Up to where a partition's source is written: the cursor of the newest batch that ended so,
        as far as the journal tells it (a verdict is told with the partition's next batch, or by
        `trim`).
        """
    def describe(self, /, partition: SupportsIndex) -> None:
        """
        The partition's leader is being asked for our producer id (DescribeProducers).
        """
    @property
    def fatal(self, /) -> str | None:
        """
        Why the producer can't go on, if it can't.
        """
    @property
    def generation(self, /) -> int:
        """
        How often the journal was opened.
        """
    def give_up(self, /, partition: SupportsIndex, batch: SupportsIndex, *, now: SupportsIndex) -> None:
        """
        Ends a batch by the caller's wish.
        """
    def handle_describe_failed(self, /, partition: SupportsIndex, *, now: SupportsIndex, unsupported: bool = False) -> None:
        """
        No answer came, or a retriable error; `unsupported` if this broker or user can't ever
        ask.
        """
    def handle_disconnect(self, /, partition: SupportsIndex, *, now: SupportsIndex) -> None:
        """
        The connection to the partition's leader is gone, with what was on the wire.
        """
    def handle_identity(self, /, identity: Identity) -> None:
        """
        Takes the id and epoch that a coordinator gave.
        """
    def handle_leader_change(self, /, partition: SupportsIndex, *, now: SupportsIndex) -> None:
        """
        The partition has another leader, or another leader epoch.
        """
    def handle_listed(self, /, partition: SupportsIndex, *, epoch: SupportsIndex, last_sequence: SupportsIndex, now: SupportsIndex) -> None:
        """
        The leader lists our producer id so.
        """
    def handle_not_listed(self, /, partition: SupportsIndex, *, now: SupportsIndex, log_start_offset: SupportsIndex | None = None) -> None:
        """
        The leader does not list our producer id.
        """
    def handle_response(self, /, attempt: Attempt, answer: Response | str, *, now: SupportsIndex) -> None:
        """
        Takes the answer to a sending: a `Response`, `"timed_out"`, `"disconnected"`, or
        `"not_sent"`. Give it every answer, also one to a batch whose verdict was taken:
        INVALID_PRODUCER_EPOCH is about the producer, and fences it whichever sending it
        answers.
        """
    def handle_responses(self, /, answers: Iterable[tuple[Attempt, Response | str]], *, now: SupportsIndex) -> None:
        """
        Takes answers in their order, as `handle_response` takes one: pairs of an attempt and
        its answer. The first that answers nothing ends it: `UnexpectedAnswerError` with
        `index`, which one it is; those before it are taken.
        """
    def handle_timeout(self, /, partition: SupportsIndex, *, now: SupportsIndex) -> None:
        """
        A time is over.
        """
    @property
    def identity(self, /) -> Identity | None:
        """
        The identity that partitions begin with.
        """
    def on_wire(self, /, partition: SupportsIndex) -> int:
        """
        How many batches of a partition are sent and not answered.
        """
    @property
    def path(self, /) -> Path: ...
    def poll(self, /, partition: SupportsIndex, *, now: SupportsIndex) -> Next:
        """
        What to do for a partition now.
        """
    def poll_identity(self, /) -> bool:
        """
        Whether a producer id must be asked for (InitProducerId).
        """
    def poll_timeout(self, /, partition: SupportsIndex) -> int | None:
        """
        When `poll` will have something, if nothing comes from outside.
        """
    def read_batch(self, /, partition: SupportsIndex, batch: SupportsIndex) -> bytes:
        """
        The bytes of an undecided batch, as they were assigned. Raises `KeyError` for another one.
        """
    def resend(self, /, partition: SupportsIndex, *, now: SupportsIndex) -> Permit:
        """
        Takes the partition's next waiting batch as sent again, now.
        """
    @property
    def should_compact(self, /) -> bool:
        """
        Whether it is time for `compact`: half of the capacity is used, and half of that is no
        longer needed.
        """
    @property
    def size(self, /) -> int:
        """
        Bytes in the file.
        """
    def split(self, /, partition: SupportsIndex, batch: SupportsIndex, first: ReadableBuffer, second: ReadableBuffer, *, first_records: SupportsIndex, now: SupportsIndex, first_cursor: ReadableBuffer | None = None) -> int:
        """
        Splits a batch that is too large into these bytes: the first records keep its name, and the
        others its cursor; gives the name of the others. Both are sent by `resend`.
        """
    def take_notice(self, /, partition: SupportsIndex) -> str | None:
        """
        What an operator must hear of this partition, once.
        """
    def take_verdict(self, /, partition: SupportsIndex, *, now: SupportsIndex) -> Verdict | None:
        """
        The next verdict of a partition. What must be durable before *not written* is told is
        written first, with what else was not committed.
        """
    @property
    def torn(self, /) -> bool:
        """
        A record that was not written to its end was cut off: the crash came while it was written.
        """
    def trim(self, /, partition: SupportsIndex) -> None:
        """
        Journals the verdicts that were taken of a partition now, and not with its next batch.
        Commit after it.
        """
    def undecided(self, /, partition: SupportsIndex) -> list[JournaledBatch]:
        """
        A partition's undecided batches, oldest first.
        """
    def unwritten(self, /, partition: SupportsIndex) -> list[Unwritten]:
        """
        A partition's batches that did not end as written, newest last, until one with the same
        cursor was; at most eight.
        """

@final
class KeptPartition:
    """
    A partition's numbers, as they are kept over a crash: the identity of its epoch, the next
    sequence, and what was acknowledged last (sequence, offset and largest timestamp). Nothing
    of this producer stands before `first_use_offset`.
    """
    __match_args__: Final = ("identity", "next_sequence", "last_acked", "last_acked_offset", "first_use_offset", "newest_acked", "acked_ever",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, identity: Identity, next_sequence: SupportsIndex, last_acked: SupportsIndex | None, last_acked_offset: SupportsIndex | None, first_use_offset: SupportsIndex | None, newest_acked: SupportsIndex | None, acked_ever: bool) -> KeptPartition: ...
    def __repr__(self, /) -> str: ...
    @property
    def acked_ever(self, /) -> bool: ...
    @property
    def first_use_offset(self, /) -> int | None: ...
    @property
    def identity(self, /) -> Identity: ...
    @property
    def last_acked(self, /) -> int | None: ...
    @property
    def last_acked_offset(self, /) -> int | None: ...
    @property
    def newest_acked(self, /) -> int | None: ...
    @property
    def next_sequence(self, /) -> int: ...

@final
class LogAudit:
    """
    A partition, replayed to its end.
    """
    __match_args__: Final = ("path", "name", "segments", "batches", "bytes", "start", "end", "began_with", "producers", "damage", "findings", "snapshots", "indexes", "runs", "batches_left_out",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, path: str | PathLike[str], name: str, segments: SupportsIndex, batches: SupportsIndex, bytes: SupportsIndex, start: SupportsIndex, end: SupportsIndex, began_with: SupportsIndex | None, producers: Iterable[ProducerSeen], damage: Iterable[LogDamage], findings: Iterable[LogFinding], snapshots: Iterable[SnapshotComparison], indexes: Iterable[IndexComparison], runs: dict[SupportsIndex, Iterable[ProducerRun]], batches_left_out: SupportsIndex) -> LogAudit: ...
    def __repr__(self, /) -> str: ...
    @property
    def batches(self, /) -> int: ...
    @property
    def batches_left_out(self, /) -> int:
        """
        Batches of followed producers that there was no room for.
        """
    @property
    def began_with(self, /) -> int | None:
        """
        The snapshot that the replay began with.
        """
    @property
    def bytes(self, /) -> int:
        """
        Bytes of these batches.
        """
    @property
    def damage(self, /) -> tuple[LogDamage, ...]: ...
    @property
    def end(self, /) -> int:
        """
        The offset after the last batch.
        """
    @property
    def findings(self, /) -> tuple[LogFinding, ...]: ...
    @property
    def indexes(self, /) -> tuple[IndexComparison, ...]: ...
    @property
    def name(self, /) -> str: ...
    @property
    def path(self, /) -> Path: ...
    @property
    def producers(self, /) -> tuple[ProducerSeen, ...]: ...
    @property
    def runs(self, /) -> dict[int, tuple[ProducerRun, ...]]:
        """
        The runs of each producer that was followed.
        """
    @property
    def segments(self, /) -> int: ...
    @property
    def snapshots(self, /) -> tuple[SnapshotComparison, ...]: ...
    @property
    def start(self, /) -> int:
        """
        The first segment's base offset.
        """

@final
class LogDamage:
    """
    A place in a segment where reading or replaying ends, or steps over something.
    """
    __match_args__: Final = ("file", "position", "kind", "bytes", "later_segments", "is_tail", "why",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, file: str, position: SupportsIndex, kind: str, bytes: SupportsIndex, later_segments: SupportsIndex, is_tail: bool, why: str) -> LogDamage: ...
    def __repr__(self, /) -> str: ...
    @property
    def bytes(self, /) -> int:
        """
        Bytes of the file from there on.
        """
    @property
    def file(self, /) -> str: ...
    @property
    def is_tail(self, /) -> bool:
        """
        The log only ends there: in part of a batch, or in zeros.
        """
    @property
    def kind(self, /) -> str:
        """
        `torn_batch`, `legacy_batch`, `no_batch`, `bad_crc`, `bad_marker` or `refused`.
        """
    @property
    def later_segments(self, /) -> int: ...
    @property
    def position(self, /) -> int: ...
    @property
    def why(self, /) -> str:
        """
        The sentence, with the place.
        """

@final
class LogFinding:
    """
    What went wrong at one place.
    """
    __match_args__: Final = ("file", "position", "offset", "producer_id", "producer_epoch", "kind", "rule", "severity", "why", "offsets_missing",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, file: str | None, position: SupportsIndex | None, offset: SupportsIndex, producer_id: SupportsIndex, producer_epoch: SupportsIndex, kind: str, rule: str, severity: str, why: str, offsets_missing: bool) -> LogFinding: ...
    def __repr__(self, /) -> str: ...
    @property
    def file(self, /) -> str | None:
        """
        The segment's file name; `None` if the log no longer holds the batch.
        """
    @property
    def kind(self, /) -> str:
        """
        The kind's name, which does not change.
        """
    @property
    def offset(self, /) -> int:
        """
        The batch's base offset; of an open transaction, its first offset.
        """
    @property
    def offsets_missing(self, /) -> bool:
        """
        Whether offsets are missing from the log before it.
        """
    @property
    def position(self, /) -> int | None:
        """
        The batch's first byte in it.
        """
    @property
    def producer_epoch(self, /) -> int: ...
    @property
    def producer_id(self, /) -> int: ...
    @property
    def rule(self, /) -> str:
        """
        The rule of `docs/rules.md`.
        """
    @property
    def severity(self, /) -> str:
        """
        `fault` or `note`.
        """
    @property
    def why(self, /) -> str:
        """
        The sentence.
        """

@final
class LogFolder:
    """
    The folder of one partition.
    """
    def audit(self, /, *, live: bool = False, compare: bool = False, follow: set[SupportsIndex] | None = None, expiration_ms: SupportsIndex = 86400000, max_transaction_ms: SupportsIndex = 900000, progress: AuditProgress | None = None) -> LogAudit:
        """
        Replays and audits the partition, without the GIL.

        `live`: a broker may be writing it. `compare`: with the broker's own `.snapshot` and
        `.txnindex` files. `follow`: the producers whose runs are kept; an empty set is all.
        """
    @property
    def name(self, /) -> str:
        """
        Its own name, in Kafka `<topic>-<partition>`; bytes that are not UTF-8 are replaced.
        """
    @property
    def path(self, /) -> Path:
        """
        Where it is.
        """
    @property
    def segments(self, /) -> int:
        """
        How many segments it has.
        """
    @property
    def size_in_bytes(self, /) -> int:
        """
        Bytes of its segments when it was found.
        """

@final
class LogShape:
    """
    What the rebuild of a log's state needs to know of it: the base offsets of its segments,
    ascending, where it begins, and the offset to rebuild up to, exclusive.
    """
    __match_args__: Final = ("segment_bases", "log_start", "last_offset",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, segment_bases: Iterable[SupportsIndex], log_start: SupportsIndex, last_offset: SupportsIndex) -> LogShape: ...
    def __repr__(self, /) -> str: ...
    @property
    def last_offset(self, /) -> int: ...
    @property
    def log_start(self, /) -> int: ...
    def replay(self, /, map_end_offset: SupportsIndex) -> list[ReplaySegment]:
        """
        The segments to replay after the reload, which has left the state at this offset.
        """
    @property
    def segment_bases(self, /) -> tuple[int, ...]: ...
    def skips_files(self, /, *, was_clean_shutdown: bool, snapshots: Iterable[SupportsIndex]) -> bool:
        """
        Whether the files are not read at all: after a clean shutdown, without any snapshot. Every
        producer is forgotten then, as in Kafka.
        """
    def snapshot_points(self, /) -> list[int]:
        """
        Where snapshots are taken: the bases of the two newest segments, and the last offset.
        """
    def was_empty(self, /, *, is_empty: bool, map_end_offset: SupportsIndex) -> bool:
        """
        Whether replay is left out because nothing can come of it: the state was empty before it
        was truncated, and did reach the last offset.
        """

@final
class Next:
    """
    What is to be done for a partition now: `kind` is `idle`, `timeout`, `send`, `split` or
    `describe`. `send` and `split` name a batch; `describe` names the producer id to ask the
    leader for, and whether the metadata must be refreshed before.
    """
    __match_args__: Final = ("kind", "batch", "producer_id", "refresh",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, kind: str, batch: SupportsIndex | None, producer_id: SupportsIndex | None, refresh: bool) -> Next: ...
    def __repr__(self, /) -> str: ...
    @property
    def batch(self, /) -> int | None: ...
    @property
    def kind(self, /) -> str: ...
    @property
    def producer_id(self, /) -> int | None: ...
    @property
    def refresh(self, /) -> bool: ...

@final
class NextProducerId:
    """
    What the controller writes to the metadata log for a block: `next` is where the next one
    begins.
    """
    __match_args__: Final = ("broker_id", "broker_epoch", "next",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, broker_id: SupportsIndex, broker_epoch: SupportsIndex, next: SupportsIndex) -> NextProducerId: ...
    def __repr__(self, /) -> str: ...
    @property
    def broker_epoch(self, /) -> int: ...
    @property
    def broker_id(self, /) -> int: ...
    @property
    def next(self, /) -> int: ...

@final
class Observation:
    """
    What one batch gave.
    """
    __match_args__: Final = ("findings", "completed",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, findings: Iterable[Finding], completed: CompletedTransaction | None) -> Observation: ...
    def __repr__(self, /) -> str: ...
    @property
    def completed(self, /) -> CompletedTransaction | None: ...
    @property
    def findings(self, /) -> tuple[Finding, ...]: ...

@final
class OffsetsResult:
    """
    What became of a group's offsets. Without a failure they are in the transaction, and count
    if that is committed.
    """
    __match_args__: Final = ("group", "failure",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, group: SupportsIndex, failure: Failure | None) -> OffsetsResult: ...
    def __repr__(self, /) -> str: ...
    @property
    def failure(self, /) -> Failure | None: ...
    @property
    def group(self, /) -> int: ...

@final
class OpenTransaction:
    """
    A transaction that is open, or ended and not yet replicated.
    """
    __match_args__: Final = ("producer_id", "first_offset",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, producer_id: SupportsIndex, first_offset: SupportsIndex) -> OpenTransaction: ...
    def __repr__(self, /) -> str: ...
    @property
    def first_offset(self, /) -> int: ...
    @property
    def producer_id(self, /) -> int: ...

@final
class Partition:
    """
    What a broker knows of the producers of one log, and the rules by which that changes.
    """
    def __contains__(self, producer_id: SupportsIndex, /) -> bool:
        """
        Whether a producer is known.
        """
    def __len__(self, /) -> int:
        """
        How many producers are known.
        """
    def __new__(cls, /, *, capacity: SupportsIndex | None = None, profile: str = "4.2", expiration_ms: SupportsIndex = 86400000, max_transaction_ms: SupportsIndex = 900000, verification: bool = True, guard_first: bool = False, full: str = "refuse", expire_by: str = "record_timestamp", unknown_producer: str = "any_sequence", seed: SupportsIndex | None = None) -> Partition: ...
    def admit(self, /, batch: Batch | BatchHeader, *, now: SupportsIndex, origin: str = "client", marker: EndTxnMarker | None = None, guard: SupportsIndex = 0, transaction_version: SupportsIndex = 0, new_producers: bool = True, never_written: bool = False) -> Ticket | Duplicate:
        """
        Decides on a batch and changes nothing: a `Ticket` to append it, or a `Duplicate`. Raises
        `RejectedError`, or what it is more precisely.
        """
    def admit_append(self, /, batches: SupportsGetItem[int, Batch | BatchHeader], *, now: SupportsIndex, origin: str = "replication", guard: SupportsIndex = 0, transaction_version: SupportsIndex = 0) -> Ticket | Duplicate:
        """
        Decides on the batches of one append, whose base offsets are set, and changes nothing: a
        `Ticket` to commit when they are written, or the `Duplicate` because of which none may be.
        """
    def append_each(self, /, batches: ReadableBuffer | Iterable[Batch | BatchHeader], *, now: SupportsIndex, base_offset: SupportsIndex | None = None, origin: str = "client", guard: SupportsIndex = 0, transaction_version: SupportsIndex = 0, new_producers: bool = True, never_written: bool = False, verify: bool = True) -> Appended:
        """
        Admits batches one after the other, as `admit` does, and records each before the next is
        looked at: for a log whose writes can't fail, or that is written already. `batches` are
        headers, batches, or the bytes of batches one behind the other. The first is written at
        `base_offset`, each other one behind the last offset of the one before; without it each is
        where its header says.

        The first refusal ends it, and is raised with `index`, which batch it is, and `done`, what
        became of those before it: these are recorded, the ones behind it were not looked at.
        Whatever can't be read as a batch is raised before anything is changed. Of bytes each CRC is
        checked, unless `verify` is false.
        """
    @property
    def capacity(self, /) -> int:
        """
        How many producers there is room for now.
        """
    def commit(self, /, ticket: Ticket) -> tuple[CompletedTransaction, ...]:
        """
        The batches of an append were written as they were admitted. Gives the transactions that
        they ended, in order. Raises `StaleTicketError` as `record` does.
        """
    def expire(self, /, *, now: SupportsIndex) -> int:
        """
        Forgets every producer that has expired, and every verification. Gives how many producers.
        """
    @property
    def first_undecided_offset(self, /) -> int | None:
        """
        The first offset of the oldest open transaction.
        """
    @property
    def first_unstable_offset(self, /) -> int | None:
        """
        The first offset of the oldest open or unreplicated transaction.
        """
    def handle_high_watermark(self, /, high_watermark: SupportsIndex) -> None:
        """
        Transactions whose marker is below the high watermark are stable.
        """
    def handle_log_start(self, /, log_start: SupportsIndex, *, latest_snapshot: SupportsIndex | None = None) -> None:
        """
        The log's start has moved up; `latest_snapshot` is the highest offset with a snapshot file.
        """
    def has_late_transaction(self, /, *, now: SupportsIndex) -> bool:
        """
        Whether the oldest open transaction has been silent for longer than any may.
        """
    def has_open_transaction(self, /, *, producer_id: SupportsIndex, producer_epoch: SupportsIndex) -> bool:
        """
        Whether a transactional write of this producer and epoch joins an open transaction.
        """
    @property
    def is_empty(self, /) -> bool:
        """
        Whether no producer is known and no transaction waits to be replicated, as `LogShape` asks.
        """
    def last_stable_offset(self, /, *, log_start: SupportsIndex, high_watermark: SupportsIndex) -> int:
        """
        How far a consumer with isolation level read_committed may read.
        """
    def load_snapshot(self, /, source: ReadableBuffer | StrPath, *, offset: SupportsIndex, now: SupportsIndex) -> int:
        """
        Replaces the state by that of a snapshot of either format, taken at this offset, without the
        producers that have expired by `now`. Gives how many were loaded. Nothing is changed unless
        all of the snapshot is good and there is room.
        """
    @property
    def map_end_offset(self, /) -> int:
        """
        The offset up to which, exclusive, the state reflects the log.
        """
    def must_keep(self, /, header: BatchHeader) -> bool:
        """
        Whether a cleaner must keep this batch: it is the last one of its producer.
        """
    def needs_reload(self, /, log_end: SupportsIndex) -> bool:
        """
        Whether a log that ends here needs the state to be loaded and replayed anew.
        """
    def ongoing_transactions(self, /) -> list[OpenTransaction]:
        """
        The open transactions, in order of first offset.
        """
    def producer(self, /, producer_id: SupportsIndex) -> ProducerState | None:
        """
        What is known of a producer.
        """
    def producers(self, /) -> list[ProducerState]:
        """
        What is known of every producer, in no particular order.
        """
    def record(self, /, ticket: Ticket, *, base_offset: SupportsIndex) -> CompletedTransaction | None:
        """
        The admitted batch was written at this base offset, from 0 to 2^63 - 2^31 - 1. Gives the
        transaction that it ended. Raises `StaleTicketError` if the ticket was used or the partition
        has changed: then take the batch, which is on the log, in with origin "replication".
        """
    def reload_without_snapshot(self, /, log_start: SupportsIndex) -> None:
        """
        There is no good snapshot: forgets all, and replay begins where the log does.
        """
    def replay(self, /, source: ReadableBuffer | StrPath, *, now: SupportsIndex | None = None, verify: bool = True) -> Replayed:
        """
        Takes in the batches of a segment as one append, as a broker does after a restart and a
        follower always. `source` is a path or any bytes-like object. Every CRC is checked unless
        `verify` is false; it ends at the first damage, which it tells. Batches below the map end
        are passed over.
        """
    def set_expiration_ms(self, /, millis: SupportsIndex) -> None:
        """
        Producers expire after so many milliseconds from now on.
        """
    def set_map_end_offset(self, /, offset: SupportsIndex) -> None:
        """
        The state reflects the log up to here, exclusive.
        """
    def set_verification(self, /, enabled: bool) -> None:
        """
        Whether transactional writes must be verified from now on.
        """
    def snapshot(self, /, format: str = "v1") -> bytes:
        """
        The state as a snapshot file: Kafka's own format `v1`, which keeps one batch a producer, or
        `full`, which keeps all five.
        """
    @property
    def snapshot_due(self, /) -> int | None:
        """
        The offset a snapshot is to be taken for, if anything was recorded since the last one.
        """
    def snapshot_taken(self, /, offset: SupportsIndex) -> None:
        """
        A snapshot was written for this offset.
        """
    def start_verification(self, /, *, producer_id: SupportsIndex, producer_epoch: SupportsIndex, base_sequence: SupportsIndex, supports_epoch_bump: bool, now: SupportsIndex) -> int:
        """
        Begins to verify a transactional producer with its coordinator: the guard its write must
        bring, 0 if nothing is to be verified.
        """
    def truncate_fully(self, /, start_at: SupportsIndex) -> None:
        """
        The log was emptied and begins again here.
        """
    def unreplicated_transactions(self, /) -> list[OpenTransaction]:
        """
        The transactions whose marker is not yet below the high watermark, newest first.
        """
    def verification(self, /, producer_id: SupportsIndex) -> PendingVerification | None:
        """
        The verification of a producer that is under way.
        """

@final
class Pending:
    """
    The batch of this ticket, sent again while that is undecided: answer what becomes of that
    one.
    """
    __match_args__: Final = ("ticket",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, ticket: SupportsIndex) -> Pending: ...
    def __repr__(self, /) -> str: ...
    @property
    def ticket(self, /) -> int: ...

@final
class PendingVerification:
    """
    A producer that is being verified with its coordinator: the lowest sequence it has asked
    for, and its epoch.
    """
    __match_args__: Final = ("producer_id", "producer_epoch", "lowest_sequence",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, producer_id: SupportsIndex, producer_epoch: SupportsIndex, lowest_sequence: SupportsIndex) -> PendingVerification: ...
    def __repr__(self, /) -> str: ...
    @property
    def lowest_sequence(self, /) -> int: ...
    @property
    def producer_epoch(self, /) -> int: ...
    @property
    def producer_id(self, /) -> int: ...

@final
class Permit:
    """
    A sending that waits for its records to be durable: `JournaledProducer.commit`, then `claim`.
    Dropped, it counts as one that got no answer.
    """
    @property
    def batch(self, /) -> int: ...
    @property
    def partition(self, /) -> int: ...

@final
class Pipeline:
    """
    A partition whose writes take long: batches are decided on as if those that are still being
    written were on the log.

    It begins with a copy of a partition, restored and replayed; neither knows of the other
    afterwards. Whatever is begun has to be settled: `record`, `abandon`, `abandon_from` or
    `abandon_all`.
    """
    def __contains__(self, producer_id: SupportsIndex, /) -> bool:
        """
        Whether a producer is recorded.
        """
    def __len__(self, /) -> int:
        """
        How many producers are recorded.
        """
    def __new__(cls, /, partition: Partition, *, undecided: SupportsIndex | None = None) -> Pipeline:
        """
        `undecided` is how many batches may be undecided at a time; any number, if not said.
        """
    def abandon(self, /, ticket: SupportsIndex) -> list[int]:
        """
        The batch is not on the log and never will be, and neither will those of its producer that
        were begun after it. Gives the tickets of all of them, oldest first: answer their senders
        with a retriable error.
        """
    def abandon_all(self, /) -> list[int]:
        """
        None of the undecided batches counts: the broker no longer leads the partition, or is about
        to reload it. If any may be on the log, replay that into another partition before deciding
        again.
        """
    def abandon_from(self, /, ticket: SupportsIndex) -> list[int]:
        """
        The same, and none of those that were begun after it is on the log, whoever's they are.
        """
    def admit(self, /, batch: Batch | BatchHeader, *, now: SupportsIndex, origin: str = "client", marker: EndTxnMarker | None = None, guard: SupportsIndex = 0, transaction_version: SupportsIndex = 0, new_producers: bool = True, never_written: bool = False) -> WritePermit | Duplicate | Pending:
        """
        Decides on a batch as `Partition.admit` would if all undecided batches of its producer had
        been recorded, and changes nothing: a `WritePermit`, a `Duplicate`, or a `Pending`. Raises
        `RejectedError`; `UndecidedError` if only the undecided batches are in its way.
        """
    def begin(self, /, permit: WritePermit) -> int:
        """
        The batch is about to be written: it is undecided from now on, the newest of all. Gives its
        ticket. Raises `StaleTicketError` if anything has changed since it was admitted: then admit
        it again.
        """
    @property
    def capacity(self, /) -> int:
        """
        How many undecided batches there is room for now.
        """
    def expire(self, /, *, now: SupportsIndex) -> int:
        """
        Forgets every producer that has expired and has no undecided batch. Gives how many.
        """
    @property
    def first_unstable_offset(self, /) -> int | None:
        """
        The first offset of the oldest recorded transaction that is open or unreplicated.
        """
    def handle_high_watermark(self, /, high_watermark: SupportsIndex) -> None:
        """
        Transactions whose marker is below the high watermark are stable.
        """
    def handle_log_start(self, /, log_start: SupportsIndex, *, latest_snapshot: SupportsIndex | None = None) -> None:
        """
        The log's start has moved up; `latest_snapshot` is the highest offset with a snapshot file.
        """
    def last_stable_offset(self, /, *, log_start: SupportsIndex, high_watermark: SupportsIndex) -> int:
        """
        How far a consumer with isolation level read_committed may read.
        """
    @property
    def map_end_offset(self, /) -> int:
        """
        The offset up to which, exclusive, the log is recorded.
        """
    def mark_unknown(self, /, ticket: SupportsIndex) -> None:
        """
        The write ended without an answer: the batch may be on the log, or come to be. Its retries
        stay pending, and no new batch of its producer is admitted, until it is settled.
        """
    def partition(self, /) -> Partition:
        """
        What is recorded, as a partition of its own: a copy, without the undecided batches.
        """
    def producer(self, /, producer_id: SupportsIndex) -> ProducerState | None:
        """
        What is recorded of a producer.
        """
    def record(self, /, ticket: SupportsIndex, *, base_offset: SupportsIndex) -> CompletedTransaction | None:
        """
        The oldest undecided batch is on the log, at this base offset, from 0 to 2^63 - 2^31 - 1.
        Gives the transaction that it ended. Raises `NotNextError` while an older one is undecided,
        `StaleTicketError` for a ticket that names none.
        """
    def set_verification(self, /, enabled: bool) -> None:
        """
        Whether transactional writes must be verified from now on.
        """
    def snapshot(self, /, format: str = "v1") -> bytes:
        """
        What is recorded as a snapshot file, in format `v1` or `full`. It is of the log before the
        oldest undecided batch: of `snapshot_due`.
        """
    @property
    def snapshot_due(self, /) -> int | None:
        """
        The offset a snapshot is to be taken for, if anything was recorded since the last one.
        """
    def snapshot_taken(self, /, offset: SupportsIndex) -> None:
        """
        A snapshot was written for this offset.
        """
    def start_verification(self, /, *, producer_id: SupportsIndex, producer_epoch: SupportsIndex, base_sequence: SupportsIndex, supports_epoch_bump: bool, now: SupportsIndex) -> int:
        """
        Begins to verify a transactional producer as if its undecided batches had been recorded:
        the guard its write must bring, 0 if nothing is to be verified.
        """
    def undecided(self, /) -> list[UndecidedBatch]:
        """
        The undecided batches, oldest first: in the order in which they can be recorded.
        """

@final
class Producer:
    """
    A producer's numbers: under which id, epoch and sequence each batch goes out, and what became of
    it. A partition is a number from 0 on.
    """
    def __new__(cls, /, *, partitions: SupportsIndex, transactional: bool = False, delivery_timeout_ms: SupportsIndex = 120000, retries: SupportsIndex = 2147483647, max_in_flight: SupportsIndex = 5, retry_backoff_ms: SupportsIndex = 100, retry_backoff_max_ms: SupportsIndex = 1000, producer_id_expiration_ms: SupportsIndex = 86400000, can_describe: bool = True) -> Producer:
        """
        A producer without an id. Times are milliseconds.
        """
    def assign(self, /, partition: SupportsIndex, *, records: SupportsIndex, max_timestamp: SupportsIndex, now: SupportsIndex, created: SupportsIndex | None = None) -> Attempt:
        """
        Gives a batch its numbers and takes it as sent, now. Raises `RefusedError` if it may not be
        sent now.
        """
    def assign_each(self, /, batches: Iterable[tuple[SupportsIndex, SupportsIndex, SupportsIndex] | tuple[SupportsIndex, SupportsIndex, SupportsIndex, SupportsIndex | None]], *, now: SupportsIndex) -> list[Attempt]:
        """
        Gives batches their numbers in their order and takes each as sent, now, as `assign` does.
        Each is a tuple of partition, records and largest timestamp, and perhaps of when it was
        created.

        The first that may not be sent now ends it: `RefusedError` with `index`, which one it is,
        and `done`, the attempts of those before it, which are taken as sent.
        """
    def bump(self, /, partition: SupportsIndex, *, now: SupportsIndex) -> None:
        """
        Begins another epoch on a restored partition of which nothing is undecided, so that numbers
        that were forgotten are never used twice.
        """
    def describe(self, /, partition: SupportsIndex) -> None:
        """
        The partition's leader is being asked for our producer id (DescribeProducers).
        """
    @property
    def fatal(self, /) -> str | None:
        """
        Why the producer can't go on, if it can't.
        """
    def give_up(self, /, partition: SupportsIndex, batch: SupportsIndex, *, now: SupportsIndex) -> None:
        """
        Ends a batch by the caller's wish.
        """
    def handle_describe_failed(self, /, partition: SupportsIndex, *, now: SupportsIndex, unsupported: bool = False) -> None:
        """
        No answer came, or a retriable error; `unsupported` if this broker or user can't ever
        ask.
        """
    def handle_disconnect(self, /, partition: SupportsIndex, *, now: SupportsIndex) -> None:
        """
        The connection to the partition's leader is gone, with what was on the wire.
        """
    def handle_identity(self, /, identity: Identity) -> None:
        """
        Takes the id and epoch that a coordinator gave.
        """
    def handle_leader_change(self, /, partition: SupportsIndex, *, now: SupportsIndex) -> None:
        """
        The partition has another leader, or another leader epoch.
        """
    def handle_listed(self, /, partition: SupportsIndex, *, epoch: SupportsIndex, last_sequence: SupportsIndex, now: SupportsIndex) -> None:
        """
        The leader lists our producer id so.
        """
    def handle_not_listed(self, /, partition: SupportsIndex, *, now: SupportsIndex, log_start_offset: SupportsIndex | None = None) -> None:
        """
        The leader does not list our producer id.
        """
    def handle_response(self, /, attempt: Attempt, answer: Response | str, *, now: SupportsIndex) -> None:
        """
        Takes the answer to a sending: a `Response`, `"timed_out"`, `"disconnected"`, or
        `"not_sent"`. Give it every answer, also one to a batch whose verdict was taken:
        INVALID_PRODUCER_EPOCH is about the producer, and fences it whichever sending it
        answers.
        """
    def handle_responses(self, /, answers: Iterable[tuple[Attempt, Response | str]], *, now: SupportsIndex) -> None:
        """
        Takes answers in their order, as `handle_response` takes one: pairs of an attempt and
        its answer. The first that answers nothing ends it: `UnexpectedAnswerError` with
        `index`, which one it is; those before it are taken.
        """
    def handle_timeout(self, /, partition: SupportsIndex, *, now: SupportsIndex) -> None:
        """
        A time is over.
        """
    @property
    def identity(self, /) -> Identity | None:
        """
        The identity that partitions begin with.
        """
    def kept(self, /, partition: SupportsIndex) -> KeptPartition | None:
        """
        What must be kept of a partition, so that another process can go on with it: its numbers.
        `None` if it was never used. Its undecided batches are the caller's to keep; a
        `JournaledProducer` does all of this.
        """
    @property
    def must_abort(self, /) -> bool:
        """
        Whether the running transaction can only be aborted.
        """
    def on_wire(self, /, partition: SupportsIndex) -> int:
        """
        How many batches of a partition are sent and not answered.
        """
    def poll(self, /, partition: SupportsIndex, *, now: SupportsIndex) -> Next:
        """
        What to do for a partition now.
        """
    def poll_identity(self, /) -> bool:
        """
        Whether a producer id must be asked for (InitProducerId).
        """
    def poll_timeout(self, /, partition: SupportsIndex) -> int | None:
        """
        When `poll` will have something, if nothing comes from outside.
        """
    def resend(self, /, partition: SupportsIndex, *, now: SupportsIndex) -> Attempt:
        """
        Takes the partition's next waiting batch as sent again, now.
        """
    def restore(self, /, partition: SupportsIndex, kept: KeptPartition) -> None:
        """
        Puts a partition back as it was kept, before it is used. The newest identity is given
        before, by `handle_identity`; the undecided batches after, oldest first, by
        `restore_batch`. When all is decided, `bump`.
        """
    def restore_batch(self, /, partition: SupportsIndex, *, base_sequence: SupportsIndex, records: SupportsIndex, max_timestamp: SupportsIndex, first_sent: SupportsIndex, now: SupportsIndex, created: SupportsIndex | None = None) -> int:
        """
        Puts a batch back that has no verdict; resolving begins at once. `first_sent` is by the wall
        clock; `created` is from when its delivery timeout counts: now, if not said. Gives its name.
        """
    def split(self, /, partition: SupportsIndex, batch: SupportsIndex, *, first_records: SupportsIndex) -> int:
        """
        Splits a batch that is too large: the first records keep its name; gives that of the others.
        """
    def take_notice(self, /, partition: SupportsIndex) -> str | None:
        """
        What an operator must hear of this partition, once.
        """
    def take_verdict(self, /, partition: SupportsIndex) -> Verdict | None:
        """
        The next verdict of a partition, in the order of its sequences.
        """
    def take_verdicts(self, /, partitions: Iterable[SupportsIndex] | None = None) -> list[tuple[int, Verdict]]:
        """
        Every verdict there is, of these partitions or of all, each with its partition: those of one
        partition in the order of its sequences.
        """

@final
class ProducerEntry:
    """
    What a snapshot keeps of a producer.
    """
    __match_args__: Final = ("producer_id", "producer_epoch", "last_sequence", "last_offset", "offset_delta", "timestamp", "coordinator_epoch", "current_transaction_first_offset",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, producer_id: SupportsIndex, producer_epoch: SupportsIndex, last_sequence: SupportsIndex, last_offset: SupportsIndex, offset_delta: SupportsIndex, timestamp: SupportsIndex, coordinator_epoch: SupportsIndex, current_transaction_first_offset: SupportsIndex | None) -> ProducerEntry: ...
    def __repr__(self, /) -> str: ...
    @property
    def coordinator_epoch(self, /) -> int: ...
    @property
    def current_transaction_first_offset(self, /) -> int | None: ...
    @property
    def last_offset(self, /) -> int: ...
    @property
    def last_sequence(self, /) -> int: ...
    @property
    def offset_delta(self, /) -> int: ...
    @property
    def producer_epoch(self, /) -> int: ...
    @property
    def producer_id(self, /) -> int: ...
    @property
    def timestamp(self, /) -> int: ...

@final
class ProducerRun:
    """
    Batches of one producer that follow on each other in one epoch, or one marker.
    """
    __match_args__: Final = ("kind", "is_transactional", "producer_epoch", "leader_epoch", "first_sequence", "last_sequence", "first_offset", "last_offset", "batches", "records", "first_timestamp", "last_timestamp", "has_finding", "file", "position",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, kind: str, is_transactional: bool, producer_epoch: SupportsIndex, leader_epoch: SupportsIndex, first_sequence: SupportsIndex, last_sequence: SupportsIndex, first_offset: SupportsIndex, last_offset: SupportsIndex, batches: SupportsIndex, records: SupportsIndex, first_timestamp: SupportsIndex, last_timestamp: SupportsIndex, has_finding: bool, file: str, position: SupportsIndex) -> ProducerRun: ...
    def __repr__(self, /) -> str: ...
    @property
    def batches(self, /) -> int: ...
    @property
    def file(self, /) -> str: ...
    @property
    def first_offset(self, /) -> int: ...
    @property
    def first_sequence(self, /) -> int: ...
    @property
    def first_timestamp(self, /) -> int: ...
    @property
    def has_finding(self, /) -> bool:
        """
        Whether the first batch has a finding.
        """
    @property
    def is_transactional(self, /) -> bool: ...
    @property
    def kind(self, /) -> str:
        """
        `data`, `commit`, `abort` or `empty_control`.
        """
    @property
    def last_offset(self, /) -> int: ...
    @property
    def last_sequence(self, /) -> int: ...
    @property
    def last_timestamp(self, /) -> int: ...
    @property
    def leader_epoch(self, /) -> int: ...
    @property
    def position(self, /) -> int: ...
    @property
    def producer_epoch(self, /) -> int: ...
    @property
    def records(self, /) -> int: ...

@final
class ProducerSeen:
    """
    A producer at the log's end.
    """
    __match_args__: Final = ("producer_id", "producer_epoch", "last_sequence", "last_timestamp", "coordinator_epoch", "current_transaction_start_offset", "window", "batches", "records", "markers",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, producer_id: SupportsIndex, producer_epoch: SupportsIndex, last_sequence: SupportsIndex, last_timestamp: SupportsIndex, coordinator_epoch: SupportsIndex, current_transaction_start_offset: SupportsIndex, window: SupportsIndex, batches: SupportsIndex, records: SupportsIndex, markers: SupportsIndex) -> ProducerSeen: ...
    def __repr__(self, /) -> str: ...
    @property
    def batches(self, /) -> int: ...
    @property
    def coordinator_epoch(self, /) -> int: ...
    @property
    def current_transaction_start_offset(self, /) -> int: ...
    @property
    def last_sequence(self, /) -> int: ...
    @property
    def last_timestamp(self, /) -> int: ...
    @property
    def markers(self, /) -> int: ...
    @property
    def producer_epoch(self, /) -> int: ...
    @property
    def producer_id(self, /) -> int: ...
    @property
    def records(self, /) -> int:
        """
        Offsets in them: records, before compaction.
        """
    @property
    def window(self, /) -> int:
        """
        Batches that a broker would remember after a replay.
        """

@final
class ProducerState:
    """
    What is known of one producer. `batches` are the remembered ones, oldest first; epochs are
    -1 where none was seen; `last_timestamp` is in milliseconds.
    """
    __match_args__: Final = ("producer_id", "producer_epoch", "coordinator_epoch", "last_timestamp", "current_txn_first_offset", "batches",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, producer_id: SupportsIndex, producer_epoch: SupportsIndex, coordinator_epoch: SupportsIndex, last_timestamp: SupportsIndex, current_txn_first_offset: SupportsIndex | None, batches: Iterable[BatchMetadata]) -> ProducerState: ...
    def __repr__(self, /) -> str: ...
    @property
    def batches(self, /) -> tuple[BatchMetadata, ...]: ...
    @property
    def coordinator_epoch(self, /) -> int: ...
    @property
    def current_txn_first_offset(self, /) -> int | None: ...
    @property
    def last_offset(self, /) -> int:
        """
        The newest batch's last offset, -1 if none is remembered.
        """
    @property
    def last_sequence(self, /) -> int:
        """
        The newest batch's last sequence, -1 if none is remembered.
        """
    @property
    def last_timestamp(self, /) -> int: ...
    @property
    def producer_epoch(self, /) -> int: ...
    @property
    def producer_id(self, /) -> int: ...

@final
class Record:
    """
    A record. `sequence` is -1 if the batch has none; a key or value of `None` is null. Headers
    are pairs of bytes, in order; Kafka reads their keys as UTF-8.
    """
    __match_args__: Final = ("offset", "timestamp", "sequence", "key", "value", "headers", "attributes",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, offset: SupportsIndex, timestamp: SupportsIndex, sequence: SupportsIndex, key: bytes | None, value: bytes | None, headers: Iterable[tuple[bytes, bytes | None]], attributes: SupportsIndex) -> Record: ...
    def __repr__(self, /) -> str: ...
    @property
    def attributes(self, /) -> int: ...
    @property
    def headers(self, /) -> tuple[tuple[bytes, bytes | None], ...]: ...
    @property
    def key(self, /) -> bytes | None: ...
    @property
    def offset(self, /) -> int: ...
    @property
    def sequence(self, /) -> int: ...
    @property
    def timestamp(self, /) -> int: ...
    @property
    def value(self, /) -> bytes | None: ...

@final
class ReplaySegment:
    """
    A segment to replay: from the batch that contains `from_offset` on, up to the first batch
    whose last offset is at or above `until`, or to its end. Set the map end to `from_offset`
    before; and take a snapshot, if it says so and one is due.
    """
    __match_args__: Final = ("base_offset", "from_offset", "until", "takes_snapshot",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, base_offset: SupportsIndex, from_offset: SupportsIndex, until: SupportsIndex | None, takes_snapshot: bool) -> ReplaySegment: ...
    def __repr__(self, /) -> str: ...
    @property
    def base_offset(self, /) -> int: ...
    @property
    def from_offset(self, /) -> int: ...
    @property
    def takes_snapshot(self, /) -> bool: ...
    @property
    def until(self, /) -> int | None: ...

@final
class Replayed:
    """
    What a replay of one segment came to: batches and bytes taken in, where the log ends, the
    transactions that were ended, and what is damaged. Legacy batches are passed over; at any
    other damage it ended.
    """
    __match_args__: Final = ("batches", "bytes", "end_offset", "completed", "damage",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, batches: SupportsIndex, bytes: SupportsIndex, end_offset: SupportsIndex, completed: Iterable[CompletedTransaction], damage: Iterable[Damage]) -> Replayed: ...
    def __repr__(self, /) -> str: ...
    @property
    def batches(self, /) -> int: ...
    @property
    def bytes(self, /) -> int: ...
    @property
    def completed(self, /) -> tuple[CompletedTransaction, ...]: ...
    @property
    def damage(self, /) -> tuple[Damage, ...]: ...
    @property
    def end_offset(self, /) -> int: ...

@final
class Request:
    """
    What is to be sent next. `kind` is `find_coordinator` (of the consumer `group`, or else of
    the transactional id), `init_producer_id` (with the identity to be raised, -1 and -1 for
    `None`), `add_partitions` (mark it as sent, then encode `partitions_to_add`), `add_offsets`,
    `txn_offset_commit`, `end_txn`, or `skip_end_txn`, for which nothing goes out: marking it as
    sent ends the transaction. `group` is the caller's handle. With `transaction_v2`
    TxnOffsetCommit and EndTxn go out in version 5, without it at most in version 4.
    """
    __match_args__: Final = ("kind", "identity", "group", "commit", "transaction_v2", "transaction_timeout_ms",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, kind: str, identity: Identity | None, group: SupportsIndex | None, commit: bool | None, transaction_v2: bool | None, transaction_timeout_ms: SupportsIndex | None) -> Request: ...
    def __repr__(self, /) -> str: ...
    @property
    def commit(self, /) -> bool | None: ...
    @property
    def coordinator(self, /) -> str | None:
        """
        Who is asked: the `transaction` coordinator or the `group`'s; `None`: any broker, or nobody.
        """
    @property
    def group(self, /) -> int | None: ...
    @property
    def identity(self, /) -> Identity | None: ...
    @property
    def kind(self, /) -> str: ...
    @property
    def transaction_timeout_ms(self, /) -> int | None: ...
    @property
    def transaction_v2(self, /) -> bool | None: ...

@final
class Response:
    """
    A partition's part of a produce response; -1 where the broker did not say.
    """
    __match_args__: Final = ("code", "base_offset", "log_append_time", "log_start_offset",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, code: SupportsIndex, base_offset: SupportsIndex, log_append_time: SupportsIndex, log_start_offset: SupportsIndex) -> Response: ...
    def __repr__(self, /) -> str: ...
    @property
    def base_offset(self, /) -> int: ...
    @property
    def code(self, /) -> int: ...
    @staticmethod
    def error(code: SupportsIndex, *, log_start_offset: SupportsIndex = ...) -> Response:
        """
        A refusal with this code.
        """
    @property
    def log_append_time(self, /) -> int: ...
    @property
    def log_start_offset(self, /) -> int: ...
    @staticmethod
    def ok(base_offset: SupportsIndex, *, log_start_offset: SupportsIndex = ...) -> Response:
        """
        An acknowledgement at this offset.
        """

@final
class Run:
    """
    A run of batches of one producer and epoch whose sequences follow each other. Markers belong
    to the run before them.
    """
    __match_args__: Final = ("producer_id", "producer_epoch", "first_sequence", "last_sequence", "first_offset", "last_offset", "first_timestamp", "last_timestamp", "batches", "markers",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, producer_id: SupportsIndex, producer_epoch: SupportsIndex, first_sequence: SupportsIndex, last_sequence: SupportsIndex, first_offset: SupportsIndex, last_offset: SupportsIndex, first_timestamp: SupportsIndex, last_timestamp: SupportsIndex, batches: SupportsIndex, markers: SupportsIndex) -> Run: ...
    def __repr__(self, /) -> str: ...
    @property
    def batches(self, /) -> int: ...
    @property
    def first_offset(self, /) -> int: ...
    @property
    def first_sequence(self, /) -> int: ...
    @property
    def first_timestamp(self, /) -> int: ...
    @property
    def last_offset(self, /) -> int: ...
    @property
    def last_sequence(self, /) -> int: ...
    @property
    def last_timestamp(self, /) -> int: ...
    @property
    def markers(self, /) -> int: ...
    @property
    def producer_epoch(self, /) -> int: ...
    @property
    def producer_id(self, /) -> int: ...

@final
class Scanned:
    """
    What a segment gave: findings in order, the transactions that ended, what is damaged (it
    ended there, unless that was passed over), batches and bytes taken in, where the log ends.
    """
    __match_args__: Final = ("findings", "completed", "damage", "batches", "bytes", "end_offset",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, findings: Iterable[Finding], completed: Iterable[CompletedTransaction], damage: Iterable[Damage], batches: SupportsIndex, bytes: SupportsIndex, end_offset: SupportsIndex) -> Scanned: ...
    def __repr__(self, /) -> str: ...
    @property
    def batches(self, /) -> int: ...
    @property
    def bytes(self, /) -> int: ...
    @property
    def completed(self, /) -> tuple[CompletedTransaction, ...]: ...
    @property
    def damage(self, /) -> tuple[Damage, ...]: ...
    @property
    def end_offset(self, /) -> int: ...
    @property
    def findings(self, /) -> tuple[Finding, ...]: ...

@final
class SegmentScan:
    """
    The batches of one segment file, in pieces.
    """
    def __new__(cls, /, path: str | PathLike[str], *, producers: set[SupportsIndex] | None = None, from_offset: SupportsIndex = ..., to_offset: SupportsIndex = ..., since: SupportsIndex = ..., until: SupportsIndex = ...) -> SegmentScan:
        """
        Opens the file. Bounds are inclusive; times are milliseconds, held against the first and the
        largest timestamp of each batch.
        """
    def next_rows(self, /, limit: SupportsIndex) -> list[BatchRow | Damage]:
        """
        The next rows, some `limit` of them, without the GIL; none at the end. Each is a `BatchRow`
        that is wanted, or the `Damage` in between.
        """
    @property
    def position(self, /) -> int:
        """
        Bytes of the file that were read, those of batches that are not wanted too.
        """

@final
class Snapshot:
    """
    A snapshot file: its format (`v1` is Kafka's, `full` keeps all five batches) and what it
    says of each producer, in the file's order.
    """
    __match_args__: Final = ("format", "producers",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, format: str, producers: Iterable[ProducerState]) -> Snapshot: ...
    def __repr__(self, /) -> str: ...
    @property
    def format(self, /) -> str: ...
    @property
    def producers(self, /) -> tuple[ProducerState, ...]: ...

@final
class SnapshotComparison:
    """
    A snapshot held against the log below its offset.
    """
    __match_args__: Final = ("file", "offset", "entries", "equal", "differences", "gone", "expired", "corrupt",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, file: str, offset: SupportsIndex, entries: SupportsIndex, equal: SupportsIndex, differences: Iterable[SnapshotDifference], gone: Iterable[str], expired: Iterable[SupportsIndex], corrupt: str | None) -> SnapshotComparison: ...
    def __repr__(self, /) -> str: ...
    @property
    def corrupt(self, /) -> str | None:
        """
        Why the file is no snapshot.
        """
    @property
    def differences(self, /) -> tuple[SnapshotDifference, ...]: ...
    @property
    def entries(self, /) -> int: ...
    @property
    def equal(self, /) -> int:
        """
        Of these, equal in every field.
        """
    @property
    def expired(self, /) -> tuple[int, ...]:
        """
        Producers on the log that the broker had let expire before it wrote the snapshot.
        """
    @property
    def file(self, /) -> str: ...
    @property
    def gone(self, /) -> tuple[str, ...]:
        """
        Producers whose entry can't be derived from what is left of the log, and why.
        """
    @property
    def offset(self, /) -> int: ...

@final
class SnapshotDifference:
    """
    A producer of whom log and snapshot say different things.
    """
    __match_args__: Final = ("producer_id", "snapshot", "log", "why",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, producer_id: SupportsIndex, snapshot: ProducerEntry | None, log: ProducerEntry | None, why: str) -> SnapshotDifference: ...
    def __repr__(self, /) -> str: ...
    @property
    def log(self, /) -> ProducerEntry | None:
        """
        As the log gives it.
        """
    @property
    def producer_id(self, /) -> int: ...
    @property
    def snapshot(self, /) -> ProducerEntry | None:
        """
        As the broker's snapshot has it.
        """
    @property
    def why(self, /) -> str: ...

@final
class Stamp:
    """
    What goes into a batch's header: who writes it, and the sequence of its first record, from 0
    to 2147483647.
    """
    __match_args__: Final = ("identity", "base_sequence",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, identity: Identity, base_sequence: SupportsIndex) -> Stamp: ...
    def __repr__(self, /) -> str: ...
    @property
    def base_sequence(self, /) -> int: ...
    @property
    def identity(self, /) -> Identity: ...

@final
class Step:
    """
    What something from outside led to. `kind` is `done` (poll for what comes next), `identity`
    (it is this one from now on: sequences begin at 0 in every partition), `find_coordinator`
    or `retry` (the request is sent again), `uninitialized` (`init` may be called again),
    `abortable`, `fatal` or `ignored`.
    """
    __match_args__: Final = ("kind", "identity", "failure",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, kind: str, identity: Identity | None, failure: Failure | None) -> Step: ...
    def __repr__(self, /) -> str: ...
    @property
    def failure(self, /) -> Failure | None: ...
    @property
    def identity(self, /) -> Identity | None: ...
    @property
    def kind(self, /) -> str: ...

@final
class Ticket:
    """
    The right to record a batch, or the batches of one append, once they are written. Good for one
    use, until the partition's next change; dropping it leaves no trace.
    """

@final
class TransactionManager:
    """
    What a transactional producer asks its coordinators, and what it may send meanwhile. Strings,
    nodes, offsets and batches are the caller's; a partition and a group are numbers.

    `poll_request` says what to send, `mark_sent` that it goes out, one of the `handle_` methods
    what came of it. Calls of the application raise `RefusedError` where they don't fit.
    """
    def __new__(cls, /, *, partitions: SupportsIndex, transaction_timeout_ms: SupportsIndex = 60000, retry_backoff_ms: SupportsIndex = 100, unknown_partition_ms: SupportsIndex = 60000) -> TransactionManager:
        """
        A producer that has not asked for an identity. Times are milliseconds.
        """
    def abort(self, /) -> None:
        """
        Aborts the transaction, which is also the way out of an abortable error.
        """
    def acknowledge(self, /) -> CallResult | None:
        """
        Takes that result: the application has seen it, and may make another call.
        """
    def add_partition(self, /, partition: SupportsIndex) -> None:
        """
        Adds a partition to the transaction; to be called for each record.
        """
    def begin(self, /) -> None:
        """
        Begins a transaction. Nothing is sent: it begins with what is added to it.
        """
    def commit(self, /) -> None:
        """
        Commits the transaction, once all its batches are complete.
        """
    def fail(self, /, code: SupportsIndex) -> None:
        """
        Gives the producer up, for a reason of the caller's: a fatal error.
        """
    @property
    def failure(self, /) -> Failure | None:
        """
        Why the state is an error.
        """
    def handle_add_offsets(self, /, correlation_id: SupportsIndex, code: SupportsIndex, *, now: SupportsIndex) -> Step:
        """
        AddOffsetsToTxn was answered.
        """
    def handle_add_partitions(self, /, correlation_id: SupportsIndex, results: Iterable[tuple[SupportsIndex, SupportsIndex]], *, now: SupportsIndex) -> Step:
        """
        AddPartitionsToTxn was answered, with these codes of its partitions.
        """
    def handle_batch_failed(self, /, code: SupportsIndex, *, numbered: bool) -> Step:
        """
        A batch failed for good, or the call to send one did. `numbered`: it has a sequence, so the
        next batches can't do without it.
        """
    def handle_disconnected(self, /, correlation_id: SupportsIndex, *, now: SupportsIndex) -> Step:
        """
        The request will not be answered: the connection is gone, or its time is over.
        """
    def handle_end_txn(self, /, correlation_id: SupportsIndex, code: SupportsIndex, *, now: SupportsIndex, producer_id: SupportsIndex = ..., producer_epoch: SupportsIndex = ...) -> Step:
        """
        EndTxn was answered. From version 5 on it names the identity of the next transaction.
        """
    def handle_features(self, /, *, finalized_features_epoch: SupportsIndex, transaction_version: SupportsIndex) -> None:
        """
        A broker told the finalized version of the feature `transaction.version`, and the epoch of
        its finalized features.
        """
    def handle_find_coordinator(self, /, correlation_id: SupportsIndex, code: SupportsIndex, *, now: SupportsIndex) -> Step:
        """
        FindCoordinator was answered.
        """
    def handle_init_producer_id(self, /, correlation_id: SupportsIndex, code: SupportsIndex, *, now: SupportsIndex, producer_id: SupportsIndex = ..., producer_epoch: SupportsIndex = ...) -> Step:
        """
        InitProducerId was answered.
        """
    def handle_transaction_coordinator(self, /, init_producer_id_version: SupportsIndex) -> None:
        """
        The transaction coordinator is connected, and takes InitProducerId up to this version.
        """
    def handle_txn_offset_commit(self, /, correlation_id: SupportsIndex, codes: Iterable[SupportsIndex], *, missing: SupportsIndex, now: SupportsIndex) -> Step:
        """
        TxnOffsetCommit was answered, with these codes; `missing` is how many offsets were not
        confirmed before this answer.
        """
    def handle_unreachable(self, /, *, now: SupportsIndex, group: SupportsIndex | None = None) -> None:
        """
        The coordinator of a group, or the transactional id's, can't be reached.
        """
    def handle_unsupported_version(self, /, correlation_id: SupportsIndex) -> Step:
        """
        The broker knows none of the request's versions that the caller can send: a fatal error.
        """
    @property
    def identity(self, /) -> Identity | None:
        """
        Who writes. Whenever it changes, sequences begin at 0 in every partition.
        """
    @property
    def in_flight(self, /) -> str | None:
        """
        Which kind of request is in flight.
        """
    def init(self, /) -> None:
        """
        Asks for an identity, which fences every older producer of the transactional id.
        """
    def mark_sent(self, /, request: Request, correlation_id: SupportsIndex) -> None:
        """
        The request goes out, and its answer will carry this correlation id. Raises
        `UnexpectedAnswerError` if it is no longer what is asked for; of several threads that send
        it, all but one.
        """
    def may_number(self, /, partition: SupportsIndex) -> bool:
        """
        Whether another batch of the partition may be numbered.
        """
    def may_send(self, /, partition: SupportsIndex) -> bool:
        """
        Whether a batch that carries a number may be sent to the partition.
        """
    def partitions_to_add(self, /) -> list[int]:
        """
        The partitions of the AddPartitionsToTxn that was marked as sent.
        """
    def poll_batches(self, /) -> FailBatches | None:
        """
        Which batches are to be failed now.
        """
    def poll_offsets(self, /) -> OffsetsResult | None:
        """
        What became of the last `send_offsets`, once it is known.
        """
    def poll_request(self, /, *, incomplete_batches: bool, now: SupportsIndex) -> Request | None:
        """
        The request to be sent now, if there is one. EndTxn waits for `incomplete_batches`.
        """
    def poll_result(self, /) -> CallResult | None:
        """
        The result of `init`, `commit` or `abort`, once there is one.
        """
    def poll_timeout(self, /, *, incomplete_batches: bool, now: SupportsIndex) -> int | None:
        """
        When `poll_request` will have something, if nothing comes from outside.
        """
    def send_offsets(self, /, group: SupportsIndex) -> None:
        """
        Sends a consumer group's offsets, which stay with the caller, as part of the transaction.
        """
    @property
    def state(self, /) -> str:
        """
        `uninitialized`, `initializing`, `ready`, `in_transaction`, `committing`, `aborting`,
        `abortable_error` or `fatal_error`.
        """
    @property
    def transaction_v2(self, /) -> bool:
        """
        Whether transaction version 2 is in use.
        """
    @property
    def unacknowledged(self, /) -> str | None:
        """
        The call whose result was not acknowledged yet.
        """

@final
class TransactionMarker:
    """
    What WriteTxnMarkers says of a transaction. `version` is the client's transaction version.
    """
    __match_args__: Final = ("producer_id", "producer_epoch", "coordinator_epoch", "commit", "version",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, producer_id: SupportsIndex, producer_epoch: SupportsIndex, coordinator_epoch: SupportsIndex, commit: bool, version: SupportsIndex) -> TransactionMarker: ...
    def __repr__(self, /) -> str: ...
    @property
    def commit(self, /) -> bool: ...
    @property
    def coordinator_epoch(self, /) -> int: ...
    @property
    def producer_epoch(self, /) -> int: ...
    @property
    def producer_id(self, /) -> int: ...
    @property
    def version(self, /) -> int: ...

@final
class TransactionMetadata:
    """
    What a coordinator knows of one transactional id. Its partitions are the caller's to keep.

    Every change has two phases: a request gives a `Transit`, whose record is written; then
    `appended` applies it, or `append_failed` takes it back. In between every other change raises
    `ConcurrentTransactionsError`. `new_id` gives a producer id that was never used (that of an
    `IdGenerator`) and is called only if one is needed; what it raises is passed on.
    """
    def __new__(cls, /, producer_id: SupportsIndex, *, coordinator_epoch: SupportsIndex, now: SupportsIndex, release: str = "4.4") -> TransactionMetadata:
        """
        A transactional id that was not known, with a fresh producer id. `release` is `4.4`, or
        `2024-10` for Kafka's trunk before 4.0.
        """
    def abort_if_timed_out(self, /, *, server_version: SupportsIndex, new_id: Callable[[], int], now: SupportsIndex) -> Transit | None:
        """
        Aborts the transaction and fences its producer, if it is over its timeout; `None` if not.
        """
    def add_partitions(self, /, *, producer_id: SupportsIndex, producer_epoch: SupportsIndex, version: SupportsIndex, all_contained: bool, now: SupportsIndex) -> Transit | None:
        """
        AddPartitionsToTxn or AddOffsetsToTxn. `all_contained`: whether all of them are in the
        transaction's set already. `None`: so they are, answer NONE. `version` is what the request
        speaks: `add_partitions_version`.
        """
    def append_failed(self, /, transit: Transit, code: SupportsIndex) -> AppendFailed:
        """
        The transition's record could not be written; `code` is what the append answered.
        """
    def appended(self, /, transit: Transit, *, now: SupportsIndex) -> Applied:
        """
        The transition's record is in the log: applies it and says what it means. Raises
        `CoordinatorError` if the coordinator has changed meanwhile.
        """
    def completion(self, /, *, partitions_left: SupportsIndex) -> Transit | None:
        """
        What to write when so many partitions of an ending transaction are without their marker:
        its completion if none is left, otherwise nothing. Given once.
        """
    @property
    def coordinator_epoch(self, /) -> int:
        """
        The epoch of the coordinator partition this belongs to.
        """
    def end_transaction(self, /, *, producer_id: SupportsIndex, producer_epoch: SupportsIndex, commit: bool, version: SupportsIndex, new_id: Callable[[], int], now: SupportsIndex) -> Transit | AlreadyEnded:
        """
        EndTxn. The client is answered when the verdict is on the log, before any marker is
        written. `version` is what the request speaks: `end_txn_version`.
        """
    def expire(self, /, *, now: SupportsIndex, expiration_ms: SupportsIndex = 604800000) -> Transit | None:
        """
        The tombstone of an idle transactional id; `None` if it is not idle.
        """
    @property
    def has_failed_fence(self, /) -> bool:
        """
        Whether a fence was applied in memory, and could not be written.
        """
    def init_producer_id(self, /, *, timeout_ms: SupportsIndex, server_version: SupportsIndex, new_id: Callable[[], int], now: SupportsIndex, producer_id: SupportsIndex = ..., producer_epoch: SupportsIndex = ..., max_timeout_ms: SupportsIndex = 900000) -> Transit:
        """
        InitProducerId: the next epoch, or a new producer id when the epochs are used up, or the
        abort of the running transaction. `producer_id` and `producer_epoch` are what the client
        expects, -1 and -1 for nothing; `server_version` is the cluster's transaction version.
        """
    def is_expired(self, /, *, now: SupportsIndex, expiration_ms: SupportsIndex = 604800000) -> bool:
        """
        Whether the transactional id has been idle for `expiration_ms`: a week, if not said.
        """
    def is_timed_out(self, /, *, now: SupportsIndex) -> bool:
        """
        Whether the running transaction is over its timeout.
        """
    @property
    def last_producer_epoch(self, /) -> int:
        """
        The epoch that a client may still name once, after a bump whose answer it did not get; or
        -1.
        """
    @staticmethod
    def load(record: TransactionRecord, *, coordinator_epoch: SupportsIndex, release: str = "4.4") -> TransactionMetadata:
        """
        What the log says of a transactional id, when its coordinator partition is loaded. Then
        call `resume`.
        """
    @property
    def pending(self, /) -> str | None:
        """
        The state that a transition being written leads to.
        """
    @property
    def producer_epoch(self, /) -> int:
        """
        The epoch, -1 until the first InitProducerId is on the log.
        """
    @property
    def producer_id(self, /) -> int:
        """
        The producer id.
        """
    @property
    def record(self, /) -> TransactionRecord:
        """
        The facts as the log holds them.
        """
    def resume(self, /, *, now: SupportsIndex) -> Applied | None:
        """
        After a load: the rest of a transaction whose verdict is on the log, `None` if there is
        none to end. Its partitions are those of the record.
        """
    @property
    def state(self, /) -> str:
        """
        The state, one of `STATES`.
        """
    def verify_partition(self, /, *, producer_id: SupportsIndex, producer_epoch: SupportsIndex, contained: bool) -> None:
        """
        Whether a partition is in the producer's running transaction, as a broker asks before it
        appends; raises `CoordinatorError` if not. `contained` is what the transaction's set says.
        """

@final
class TransactionRecord:
    """
    What the transaction log holds of a transactional id, beside its partitions. Numbers that
    are not there are -1; `state` is one of `STATES`; times are milliseconds.
    """
    __match_args__: Final = ("producer_id", "previous_producer_id", "next_producer_id", "producer_epoch", "timeout_ms", "state", "start", "last_update", "client_version",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, producer_id: SupportsIndex, previous_producer_id: SupportsIndex, next_producer_id: SupportsIndex, producer_epoch: SupportsIndex, timeout_ms: SupportsIndex, state: str, start: SupportsIndex, last_update: SupportsIndex, client_version: SupportsIndex) -> TransactionRecord: ...
    def __repr__(self, /) -> str: ...
    @property
    def client_version(self, /) -> int: ...
    @property
    def last_update(self, /) -> int: ...
    @property
    def next_producer_id(self, /) -> int: ...
    @property
    def previous_producer_id(self, /) -> int: ...
    @property
    def producer_epoch(self, /) -> int: ...
    @property
    def producer_id(self, /) -> int: ...
    @property
    def start(self, /) -> int: ...
    @property
    def state(self, /) -> str: ...
    def stored(self, /, *, server_version: SupportsIndex, release: str = "4.4") -> TransactionRecord:
        """
        What is left of it when it is read back, if it was written while `server_version` was the
        cluster's transaction version.
        """
    @property
    def timeout_ms(self, /) -> int: ...

@final
class Transit:
    """
    A prepared transition: write its record, then give it to `appended` or `append_failed`. Good
    once. Dropped, it leaves the transition pending until the coordinator is loaded again.
    """
    @property
    def record(self, /) -> TransactionRecord | None:
        """
        The value to write under the transactional id's key, with acks -1; `None` is a tombstone.
        With it go the transaction's partitions: those added, those there were in the Prepare
        states, none in the others.
        """

@final
class UndecidedBatch:
    """
    A batch that was begun and not settled: its ticket, whose it is (`None` for a batch without
    a producer), and whether its write ended without an answer.
    """
    __match_args__: Final = ("ticket", "producer_id", "unknown",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, ticket: SupportsIndex, producer_id: SupportsIndex | None, unknown: bool) -> UndecidedBatch: ...
    def __repr__(self, /) -> str: ...
    @property
    def producer_id(self, /) -> int | None: ...
    @property
    def ticket(self, /) -> int: ...
    @property
    def unknown(self, /) -> bool: ...

@final
class Unwritten:
    """
    A batch that ended as `not_written` or `possibly_written`, and where in the source it ends.
    """
    __match_args__: Final = ("outcome", "cursor",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, outcome: str, cursor: bytes) -> Unwritten: ...
    def __repr__(self, /) -> str: ...
    @property
    def cursor(self, /) -> bytes: ...
    @property
    def outcome(self, /) -> str: ...

@final
class Verdict:
    """
    How a batch ended: `outcome` is `written`, `not_written` or `possibly_written`. `error_code`
    is what a client shows its user, 0 if it is written; `message` says why.
    """
    __match_args__: Final = ("batch", "outcome", "base_offset", "error_code", "message",)
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> tuple[tuple[()], dict[str, object]]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, batch: SupportsIndex, outcome: str, base_offset: SupportsIndex | None, error_code: SupportsIndex, message: str) -> Verdict: ...
    def __repr__(self, /) -> str: ...
    @property
    def base_offset(self, /) -> int | None: ...
    @property
    def batch(self, /) -> int: ...
    @property
    def error_code(self, /) -> int: ...
    @property
    def message(self, /) -> str: ...
    @property
    def outcome(self, /) -> str: ...

@final
class WritePermit:
    """
    The right to begin one write. Good once, until the pipeline's next change; dropping it leaves no
    trace.
    """

def add_partitions_version(request_version: SupportsIndex) -> int:
    """
    The transaction version that an AddPartitionsToTxn of this version speaks.
    """

def advance_sequence(sequence: SupportsIndex, records: SupportsIndex) -> int:
    """
    The sequence so many records after another; after 2147483647 comes 0.
    """

def append_error_code(code: SupportsIndex) -> int:
    """
    What a client is told when the transaction log could not be written to.
    """

def append_txn_index(entry: AbortedTransaction, *, last: SupportsIndex | None) -> bytes:
    """
    The bytes of an entry, to be added to its segment's `.txnindex` file. `last` is the marker's
    offset of the last entry that this process knows of. Raises `TxnIndexError` unless the entry's
    is above it.
    """

def check_transactional_id(transactional_id: str | None, *, ownership: str = "owned") -> None:
    """
    Goes on if there is a transactional id and this broker coordinates it: `ownership` is `owned`,
    `loading` or `not_owned`. Raises `CoordinatorError`.
    """

def collect_aborted(source: ReadableBuffer | StrPath, *, fetch_offset: SupportsIndex, upper_bound: SupportsIndex) -> tuple[list[AbortedTransaction], bool]:
    """
    The aborted transactions that a consumer with isolation level read_committed must be told of,
    whose fetch has the offsets from `fetch_offset` up to `upper_bound`, exclusive; and whether no
    later segment can hold more.
    """

def config_later(settings: SupportsGetItem[int, tuple[str, object]], version: tuple[SupportsIndex, SupportsIndex, SupportsIndex], cluster: tuple[SupportsIndex, bool, SupportsIndex, SupportsIndex, SupportsIndex, SupportsIndex]) -> list[tuple[str, str, str, int | None, str]]:
    """
    What brokers refuse of settings that start: kind, moment, outcome, error code, sentence.

    The cluster: age of its brokers (0 before 0.11, 1 before 2.8, 2 since), whether
    `IDEMPOTENT_WRITE` is granted, `transaction.max.timeout.ms`, `message.max.bytes`,
    `min.insync.replicas`, replicas in sync.
    """

def config_problems(settings: SupportsGetItem[int, tuple[str, object]], version: tuple[SupportsIndex, SupportsIndex, SupportsIndex]) -> list[tuple[str, str, int | None, str | None, tuple[bool, str | None, int | None], str]]:
    """
    Everything for which the client refuses these settings: setting, rule, bound, why idempotence is
    off and what conflicts, and the sentence.
    """

def config_resolve(settings: SupportsGetItem[int, tuple[str, object]], version: tuple[SupportsIndex, SupportsIndex, SupportsIndex]) -> ConfigResolved | None:
    """
    What settings come to that have no problem; `None` if they have.
    """

def config_settings() -> list[str]:
    """
    Every setting's name, in the order in which Kafka looks at them.
    """

def coordinator_partition(transactional_id: str, *, partitions: SupportsIndex = 50) -> int:
    """
    The partition of the transaction log that coordinates an id; a group's of the offsets log too.
    """

def crc32c(data: ReadableBuffer, crc: SupportsIndex = 0) -> int:
    """
    CRC-32C (Castagnoli), of `data` behind what gave `crc`.
    """

def cut_txn_index(source: ReadableBuffer | StrPath, offset: SupportsIndex) -> tuple[int, int | None] | None:
    """
    Of a truncation of the log to this offset: how many bytes are left of the `.txnindex` file, and
    the marker's offset of the last entry left. `None`: the file stays as it is.
    """

def discover_logs(path: str | PathLike[str]) -> tuple[list[LogFolder], list[str]]:
    """
    The partitions at or below a path, in order of their paths, and why others can't be looked at.
    """

def downgrade_code(api: str, code: SupportsIndex, request_version: SupportsIndex) -> int:
    """
    The code as a client of this version of `api` (Kafka's name of the request) understands it.
    """

def end_txn_version(request_version: SupportsIndex) -> int:
    """
    The transaction version that an EndTxn of this version speaks.
    """

def error_codes() -> list[tuple[int, str, bool]]:
    """
    Every error code that Kafka 4.4.0 knows: number, name, whether its client tries again.
    """

def init_idempotent(*, new_id: Callable[[], int], producer_id: SupportsIndex = ..., producer_epoch: SupportsIndex = ...) -> Identity:
    """
    InitProducerId without a transactional id: a fresh id with epoch 0, whatever it expects.
    """

def inspect_journal(data: bytes) -> JournalFile:
    """
    Reads a producer's journal to its end, or up to what can't be read.
    """

def inspect_transaction_index(data: bytes) -> tuple[list[AbortedTransaction], str | None]:
    """
    A transaction index's entries, and why it can't be read to its end, if it can't.
    """

def is_epoch_exhausted(epoch: SupportsIndex) -> bool:
    """
    Whether an epoch leaves no room for another.
    """

def marker_step(code: SupportsIndex) -> str:
    """
    What a partition's answer to WriteTxnMarkers means for the transaction's set: `remove` it,
    `retry`, `give_up` all of the transaction's markers, or `fatal`.
    """

def partition_refusal(access: str, *, any_failed: bool) -> int | None:
    """
    A partition's code in the answer to AddPartitionsToTxn, if `any_failed` of the request's was not
    granted; `None`: go on and add. `access` is `granted`, `denied` or `unknown`.
    """

def read_headers(source: ReadableBuffer | StrPath, *, verify: bool = True) -> tuple[list[tuple[int, BatchHeader]], list[Damage]]:
    """
    The positions and headers of a segment's batches, and what is wrong in it.

    `source` is a path or any bytes-like object. Every CRC is checked unless `verify` is false.
    """

def read_snapshot(source: ReadableBuffer | StrPath) -> Snapshot:
    """
    Reads a snapshot of either format, from a path or any bytes-like object. Raises `SnapshotError`
    unless all of it is good.
    """

def read_txn_index(source: ReadableBuffer | StrPath) -> list[AbortedTransaction]:
    """
    Reads a `.txnindex` file, from a path or any bytes-like object. Raises `TxnIndexError`, whose
    `entry` is its number, at the first entry that is not good. A tail that is no whole entry is
    passed over, as Kafka does.
    """

def restamp_batch(batch: WriteableBuffer, stamp: Stamp) -> None:
    """
    Changes id, epoch and first sequence of a sealed batch in place, and its CRC by what that
    changes: a damaged batch stays as damaged.
    """

def seal_batch(batch: WriteableBuffer) -> None:
    """
    Computes the CRC of a batch in place.
    """

def sequence_follows(sequence: SupportsIndex, previous: SupportsIndex) -> bool:
    """
    Whether a sequence comes directly after another.
    """

def snapshot_deleted_name(offset: SupportsIndex) -> str:
    """
    What a snapshot file is renamed to when its segment is deleted.
    """

def snapshot_is_deleted(name: str) -> bool:
    """
    Whether a file of this name is left over from a deletion, and is to be deleted when the log is
    loaded.
    """

def snapshot_latest(snapshots: Iterable[SupportsIndex]) -> int | None:
    """
    The snapshot to load: the highest.
    """

def snapshot_name(offset: SupportsIndex) -> str:
    """
    The name of the snapshot file for an offset: 20 digits and `.snapshot`.
    """

def snapshot_oldest(snapshots: Iterable[SupportsIndex]) -> int | None:
    """
    The lowest.
    """

def snapshot_parse_name(name: str) -> int | None:
    """
    The offset a file is named for; `None` if it is not a snapshot file. Raises `SnapshotError` if
    it ends as one and is not named for an offset: Kafka fails to load such a folder.
    """

def snapshots_before(snapshots: Iterable[SupportsIndex], offset: SupportsIndex) -> list[int]:
    """
    The snapshots to delete before an offset, in retention.
    """

def snapshots_outside_log(snapshots: Iterable[SupportsIndex], *, log_start: SupportsIndex, log_end: SupportsIndex) -> list[int]:
    """
    The snapshots to delete when the log is truncated: above its end, or at or below its start.
    """

def snapshots_stray(snapshots: Iterable[SupportsIndex], *, segment_bases: Iterable[SupportsIndex]) -> list[int]:
    """
    The snapshots to delete when the log is loaded: those that belong to no segment. The highest of
    them stays, unless it is out of date.
    """

def stamp_batch(batch: WriteableBuffer, stamp: Stamp) -> None:
    """
    Writes id, epoch and first sequence into a batch in place and computes its CRC, whatever it was.
    """

def transaction_states() -> list[str]:
    """
    The names of the states of a transactional id, by their number in the transaction log.
    """

def write_end_txn_marker(identity: Identity, marker: EndTxnMarker, *, base_offset: SupportsIndex = 0, partition_leader_epoch: SupportsIndex = ...) -> bytes:
    """
    The 78 bytes of a marker that ends a transaction, as Kafka's coordinator writes it.
    """
