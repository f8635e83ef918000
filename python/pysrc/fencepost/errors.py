"""What the package raises: exceptions with fields, which survive pickling, and Kafka's error codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fencepost._fencepost import error_codes

if TYPE_CHECKING:
    from fencepost._fencepost import Appended, Attempt, BatchMetadata, Failure

__all__ = (
    "BatchError",
    "BuildError",
    "CapacityError",
    "ConcurrentTransactionsError",
    "CoordinatorError",
    "CoordinatorFencedError",
    "CrcMismatchError",
    "ErrorCode",
    "FencepostError",
    "InvalidProducerEpochError",
    "InvalidTransactionStateError",
    "JournalError",
    "JournalHeldError",
    "JournalIOError",
    "JournalMovedError",
    "JournalPoisonedError",
    "JournalUnreadableError",
    "MarkerError",
    "NoProducerIdError",
    "NotNextError",
    "OutOfOrderSequenceError",
    "ProducerFencedError",
    "RecordError",
    "RefusedError",
    "RejectedError",
    "SnapshotError",
    "StaleTicketError",
    "TxnIndexError",
    "UndecidedError",
    "UnexpectedAnswerError",
)

_CODES = {code: (name, retriable) for code, name, retriable in error_codes()}


class ErrorCode(int):
    """A Kafka error code: a number, and what Kafka 4.4.0 calls it."""

    __slots__ = ()

    @property
    def name(self) -> str | None:
        """The name in Kafka's protocol, `None` for a code it does not know."""
        known = _CODES.get(int(self))
        return known[0] if known else None

    @property
    def retriable(self) -> bool:
        """Whether Kafka's own client sends the request again."""
        known = _CODES.get(int(self))
        return known[1] if known else False

    @classmethod
    def named(cls, name: str) -> ErrorCode:
        """The code of a name of Kafka's protocol; raises `KeyError` if there is none."""
        for code, (known, _) in _CODES.items():
            if known == name:
                return cls(code)
        raise KeyError(name)

    def __repr__(self) -> str:
        return f"ErrorCode({int(self)})"

    def __str__(self) -> str:
        return f"{self.name or 'UNKNOWN'} ({int(self)})"


class FencepostError(Exception):
    """The root of everything that this package raises by itself.

    What the core says in numbers is in fields: `kind` names the case, and a field that the case
    does not have is `None`.
    """

    kind: str | None = None
    error_code: ErrorCode | None = None

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            # Which numbers there are depends on the kind; the classes name those that can be.
            if name in type(self).__annotations__ or any(
                name in getattr(base, "__annotations__", ()) for base in type(self).__mro__
            ):
                return None
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")


class RejectedError(FencepostError):
    """A batch was refused. Nothing was changed; `error_code` is the answer to the producer."""

    rule: str
    """The rule of `docs/rules.md`."""
    producer_id: int
    producer_epoch: int
    window: tuple[BatchMetadata, ...]
    """The remembered batches that the decision saw, oldest first."""
    position: int | None
    """In a replay, and in `append_each` of bytes: the byte where the batch begins."""
    index: int | None
    """In `append_each`: which of the batches."""
    done: Appended | None
    """In `append_each`: what became of those before it, which are recorded."""
    expected: int | None
    got: int | None
    current: int | None
    """The epoch last seen."""
    lowest: int | None
    first_offset: int | None
    capacity: int | None


class OutOfOrderSequenceError(RejectedError):
    """OUT_OF_ORDER_SEQUENCE_NUMBER (45): the batch does not follow the producer's last one."""


class InvalidProducerEpochError(RejectedError):
    """INVALID_PRODUCER_EPOCH (47): a higher epoch of the producer has been seen."""


class InvalidTransactionStateError(RejectedError):
    """INVALID_TXN_STATE (48): the write does not fit the producer's transaction."""


class CoordinatorFencedError(RejectedError):
    """TRANSACTION_COORDINATOR_FENCED (52): a newer coordinator has written a marker."""


class UndecidedError(RejectedError):
    """The batches that are still being written are in the way; `error_code` tells the client to try
    again. `kind` is `unresolved`, `producer_busy`, `pool_full` or `verification_waits`."""

    ticket: int | None
    """The oldest batch of the producer of which it is not known whether it is on the log."""


class StaleTicketError(FencepostError):
    """A ticket, permit or transition that is no longer good: it was used before, is of another
    machine, or something has changed since it was given."""


class NotNextError(FencepostError):
    """The batch can't be recorded before an older one, `next`, is recorded or abandoned."""

    ticket: int
    next: int


class CoordinatorError(FencepostError):
    """A coordinator refuses. Nothing was changed; `error_code` is the answer, `rule` the section of
    the coordinator's specification."""

    rule: str | None
    state: str | None
    """The state that is in the way."""
    current: int | None
    got: int | None
    producer_id: int | None
    producer_epoch: int | None
    timeout_ms: int | None
    max_timeout_ms: int | None
    registered: int | None
    """The epoch under which the broker is registered."""
    next: int | None
    """Where the next block of producer ids begins."""
    last: int | None
    """The last id of the block in use."""
    first: int | None
    len: int | None


class ProducerFencedError(CoordinatorError):
    """PRODUCER_FENCED (90): another instance has taken over."""


class ConcurrentTransactionsError(CoordinatorError):
    """CONCURRENT_TRANSACTIONS (51): a transition, or the markers of a transaction, are being
    written; the client asks again."""


class NoProducerIdError(CoordinatorError):
    """COORDINATOR_LOAD_IN_PROGRESS (14): the next block of producer ids is on its way."""


class CapacityError(FencepostError):
    """There is no room for another producer or its transaction."""

    producer_id: int
    capacity: int


class BatchError(FencepostError, ValueError):
    """Bytes are not a batch of format 2."""

    got: int | None
    wanted: int | None
    size: int | None
    magic: int | None
    position: int | None
    """In `append_each` of bytes: where the batch begins."""


class CrcMismatchError(FencepostError, ValueError):
    """A batch's CRC is not that of its bytes."""

    stored: int
    computed: int
    position: int | None
    """In `append_each` of bytes: where the batch begins."""


class RecordError(FencepostError, ValueError):
    """A record can't be read: its number in the batch, and the byte where reading failed."""

    index: int
    position: int


class MarkerError(FencepostError, ValueError):
    """A control batch is no end of a transaction."""

    position: int | None
    """In `append_each` of bytes: where the batch begins."""


class BuildError(FencepostError, ValueError):
    """A batch can't be written."""

    needed: int | None


class SnapshotError(FencepostError, ValueError):
    """Bytes are not a snapshot, or the name of one is of no offset."""

    got: int | None
    wanted: int | None
    entry: int | None
    position: int | None
    bytes_left: int | None
    stored: int | None
    computed: int | None


class TxnIndexError(FencepostError, ValueError):
    """Bytes are not a transaction index."""

    entry: int | None
    version: int | None


class RefusedError(FencepostError):
    """The producer may not do this now; `kind` says why. Nothing was changed."""

    call: str | None
    """The call whose result is to be acknowledged first."""
    failure: Failure | None
    state: str | None
    partition: int | None
    group: int | None
    index: int | None
    """In `assign_each`: which of the batches."""
    done: list[Attempt] | None
    """In `assign_each`: the attempts of those before it, which are taken as sent."""


class UnexpectedAnswerError(FencepostError):
    """An answer to nothing that was sent or asked. Nothing was changed."""

    request: str | None
    """The kind of request that is in flight."""
    correlation_id: int | None
    state: str | None
    index: int | None
    """In `handle_responses`: which of the answers. Those before it are taken."""


class JournalError(FencepostError):
    """A journal's file can't be used, or not now."""

    path: str


class JournalIOError(JournalError, OSError):
    """The system refused a step; the journal goes on as it was."""

    doing: str
    offset: int


class JournalHeldError(JournalError):
    """Another process holds the journal, or this one did not close it."""


class JournalMovedError(JournalError):
    """It was copied or restored: if the original is in use, or was since, its numbers must not be
    used a second time. `adopt=True` goes on."""

    how: str


class JournalPoisonedError(JournalError):
    """A write failed and could not be undone: close the journal, and open it again."""


class JournalUnreadableError(JournalError, ValueError):
    """What is in the file can't be gone on with; `kind` is `damage`, `other_cluster`, `misfit`,
    `empty` or `incomplete`."""

    offset: int | None
    next_good: int | None
    """A good record behind the damage, if that is how it is known not to be a torn tail."""
    cluster_id: str | None
    """Whose journal it is, if another cluster's."""
