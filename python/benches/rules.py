"""The broker's rules for producers in plain Python: what `fencepost.Partition` decides with its defaults.

Nothing is imported from fencepost. `speed.py` measures the two beside each other, and
`tests/test_speed_rules.py` holds them to the same answers.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

WINDOW = 5
LAST_SEQUENCE = 0x7FFFFFFF
LAST_EPOCH = 0x7FFF
NONE = -1
TRANSACTIONAL = 0x10


@dataclass(slots=True)
class Header:
    """A batch header of format 2, as `struct` unpacks it."""

    base_offset: int
    batch_length: int
    partition_leader_epoch: int
    magic: int
    crc: int
    attributes: int
    last_offset_delta: int
    base_timestamp: int
    max_timestamp: int
    producer_id: int
    producer_epoch: int
    base_sequence: int
    records_count: int

    @property
    def last_sequence(self) -> int:
        """Sequence of the last record; after the highest comes 0."""
        if self.base_sequence == NONE:
            return NONE
        return (self.base_sequence + self.last_offset_delta) & LAST_SEQUENCE

    @property
    def is_transactional(self) -> bool:
        """Whether it is part of a transaction."""
        return bool(self.attributes & TRANSACTIONAL)


class Remembered(NamedTuple):
    """One batch of a producer's window."""

    first_sequence: int
    last_sequence: int
    offset_delta: int
    last_offset: int
    timestamp: int

    @property
    def first_offset(self) -> int:
        """Offset of the first record."""
        return self.last_offset - self.offset_delta


class Marker(NamedTuple):
    """What ends a transaction."""

    commit: bool
    coordinator_epoch: int
    timestamp: int


class Duplicate(NamedTuple):
    """The batch is on the log already."""

    first_offset: int
    batch: Remembered


class Completed(NamedTuple):
    """A transaction that a marker ended."""

    producer_id: int
    first_offset: int
    last_offset: int
    aborted: bool
    last_stable_offset: int


class Rejected(Exception):
    """Why a batch may not be written; the numbers say what was expected and what came."""

    def __init__(self, kind: str, header: Header, **numbers: int) -> None:
        super().__init__(kind)
        self.kind, self.numbers = kind, numbers
        self.producer_id, self.producer_epoch = header.producer_id, header.producer_epoch


class Stale(Exception):
    """The ticket was used, or the partition has changed since it was given."""


@dataclass(slots=True)
class Producer:
    """What a broker knows of one producer."""

    epoch: int = NONE
    coordinator_epoch: int = NONE
    last_timestamp: int = NONE
    transaction: int | None = None
    window: deque[Remembered] = field(default_factory=lambda: deque(maxlen=WINDOW))

    def find(self, header: Header) -> Remembered | None:
        """The remembered batch of the same epoch and exactly the same sequences."""
        if header.producer_epoch == self.epoch:
            first, last = header.base_sequence, header.last_sequence
            for seen in self.window:
                if seen.last_sequence == last and seen.first_sequence == first:
                    return seen
        return None

    def is_in_transaction(self, epoch: int) -> bool:
        """Whether a write of this epoch joins an open transaction."""
        return self.transaction is not None and self.epoch == epoch

    def set_epoch(self, epoch: int) -> None:
        """Another epoch clears the window."""
        if epoch != self.epoch:
            self.epoch = epoch
            self.window.clear()


UNKNOWN = Producer()


@dataclass(slots=True)
class Verification:
    """A producer that is being verified with its coordinator."""

    guard: int
    epoch: int
    lowest_sequence: int
    supports_epoch_bump: bool


@dataclass(slots=True)
class Ticket:
    """The right to record a batch, until the partition's next change."""

    version: int
    header: Header
    marker: Marker | None
    opens: bool


class Partition:
    """What a broker knows of the producers of one log."""

    def __init__(self, *, verification: bool = True) -> None:
        self.producers: dict[int, Producer] = {}
        self.verification = verification
        self.verifications: dict[int, Verification] = {}
        # First offset and producer; offsets of a log only rise, so these are in order.
        self.ongoing: dict[int, int] = {}
        self.unreplicated: dict[int, int] = {}
        self.oldest_timestamp = NONE
        self.map_end_offset = 0
        self.version = 0

    def admit(
        self,
        header: Header,
        *,
        now: int,
        origin: str = "client",
        marker: Marker | None = None,
        guard: int = 0,
        transaction_version: int = 0,
    ) -> Ticket | Duplicate:
        """Decides on a batch and changes nothing."""
        producer_id = header.producer_id
        if producer_id < 0:
            return Ticket(self.version, header, None, False)
        known = self.producers.get(producer_id)
        if known is not None and origin == "client":
            seen = known.find(header)
            if seen is not None:
                return Duplicate(seen.first_offset, seen)
        producer = UNKNOWN if known is None else known
        verification = self.verifications.get(producer_id)
        if header.is_transactional and origin in ("client", "coordinator"):
            self._check_verified(header, producer, verification, guard, marker is not None)
        opens = False
        if marker is None:
            opens = self._check_data(header, producer, verification, origin)
        elif origin != "replication":
            self._check_marker(header, producer, marker, transaction_version)
        return Ticket(self.version, header, marker, opens)

    def _check_verified(
        self,
        header: Header,
        producer: Producer,
        verification: Verification | None,
        guard: int,
        is_control: bool,
    ) -> None:
        """A transactional write needs an open transaction of its epoch, or a verification."""
        if producer.is_in_transaction(header.producer_epoch):
            return
        if header.producer_epoch < producer.epoch:
            raise Rejected(
                "stale_epoch", header, current=producer.epoch, got=header.producer_epoch
            )
        proved = verification is not None and guard != 0 and guard == verification.guard
        if self.verification and not is_control and not proved:
            raise Rejected("not_verified", header)

    def _check_data(
        self,
        header: Header,
        producer: Producer,
        verification: Verification | None,
        origin: str,
    ) -> bool:
        """Whether the batch opens a transaction."""
        if header.producer_epoch < producer.epoch and origin != "replication":
            raise Rejected(
                "stale_epoch", header, current=producer.epoch, got=header.producer_epoch
            )
        if origin == "client":
            self._check_sequence(header, producer, verification)
        if producer.transaction is None:
            return header.is_transactional
        if not header.is_transactional:
            raise Rejected("inside_transaction", header, first_offset=producer.transaction)
        return False

    def _check_sequence(
        self, header: Header, producer: Producer, verification: Verification | None
    ) -> None:
        got = header.base_sequence
        if verification is not None:
            if verification.supports_epoch_bump and got != 0 and not producer.window:
                raise Rejected("unknown_not_at_zero", header, got=got)
            if got > verification.lowest_sequence:
                lowest = verification.lowest_sequence
                raise Rejected("above_verified", header, lowest=lowest, got=got)
        if producer.epoch == NONE:
            return
        if header.producer_epoch != producer.epoch:
            if got != 0:
                raise Rejected("new_epoch_not_at_zero", header, current=producer.epoch, got=got)
            return
        last = producer.window[-1].last_sequence if producer.window else NONE
        expected = (last + 1) & LAST_SEQUENCE
        if got != expected:
            raise Rejected("out_of_order", header, expected=expected, got=got)

    def _check_marker(
        self, header: Header, producer: Producer, marker: Marker, transaction_version: int
    ) -> None:
        current, got = producer.epoch, header.producer_epoch
        if got < current:
            kind = "marker_epoch_not_above" if transaction_version >= 2 else "stale_epoch"
            raise Rejected(kind, header, current=current, got=got)
        is_open = producer.transaction is not None
        if transaction_version >= 2 and got == current and is_open and got != LAST_EPOCH:
            raise Rejected("marker_epoch_not_above", header, current=current, got=got)
        if producer.coordinator_epoch > marker.coordinator_epoch:
            raise Rejected(
                "coordinator_fenced",
                header,
                current=producer.coordinator_epoch,
                got=marker.coordinator_epoch,
            )

    def record(self, ticket: Ticket, *, base_offset: int) -> Completed | None:
        """The admitted batch was written here."""
        if ticket.version != self.version:
            raise Stale
        self.version += 1
        header, marker = ticket.header, ticket.marker
        producer_id, epoch = header.producer_id, header.producer_epoch
        last_offset = base_offset + header.last_offset_delta
        self.map_end_offset = last_offset + 1
        if producer_id < 0:
            return None
        if header.is_transactional and producer_id in self.verifications:
            self._end_verification(producer_id, epoch, marker is not None)
        producer = self.producers.get(producer_id)
        if producer is None:
            producer = self.producers[producer_id] = Producer()
        producer.set_epoch(epoch)
        completed = None
        if marker is None:
            timestamp = header.max_timestamp
            producer.last_timestamp = timestamp
            producer.window.append(
                Remembered(
                    header.base_sequence,
                    header.last_sequence,
                    header.last_offset_delta,
                    last_offset,
                    timestamp,
                )
            )
            if ticket.opens:
                producer.transaction = base_offset
                self.ongoing[base_offset] = producer_id
        else:
            producer.coordinator_epoch = marker.coordinator_epoch
            producer.last_timestamp = marker.timestamp
            first, producer.transaction = producer.transaction, None
            if first is not None:
                completed = self._complete(producer_id, first, base_offset, not marker.commit)
        oldest = next(iter(self.ongoing.values()), None)
        self.oldest_timestamp = NONE if oldest is None else self.producers[oldest].last_timestamp
        return completed

    def _end_verification(self, producer_id: int, epoch: int, is_control: bool) -> None:
        """A marker leaves the verification of the transaction after it alone."""
        entry = self.verifications[producer_id]
        if not (is_control and entry.supports_epoch_bump and entry.epoch == epoch):
            del self.verifications[producer_id]

    def _complete(
        self, producer_id: int, first_offset: int, last_offset: int, aborted: bool
    ) -> Completed:
        others = (first for first, whose in self.ongoing.items() if whose != producer_id)
        stable = next(others, last_offset + 1)
        if self.ongoing.pop(first_offset, None) is not None:
            self.unreplicated[first_offset] = last_offset
        return Completed(producer_id, first_offset, last_offset, aborted, stable)

    def start_verification(
        self,
        *,
        producer_id: int,
        producer_epoch: int,
        base_sequence: int,
        supports_epoch_bump: bool,
    ) -> int:
        """The guard that the producer's write must bring, 0 if nothing is to be verified."""
        producer = self.producers.get(producer_id, UNKNOWN)
        if producer_epoch < producer.epoch:
            raise ValueError(f"epoch {producer_epoch} is below {producer.epoch}")
        if producer.is_in_transaction(producer_epoch):
            return 0
        self.version += 1
        entry = self.verifications.get(producer_id)
        if entry is None:
            guard = self.version
            entry = Verification(guard, producer_epoch, base_sequence, supports_epoch_bump)
            self.verifications[producer_id] = entry
        if producer_epoch > entry.epoch:
            entry.epoch, entry.lowest_sequence = producer_epoch, base_sequence
        elif producer_epoch == entry.epoch:
            entry.lowest_sequence = min(entry.lowest_sequence, base_sequence)
        return entry.guard
