"""Which rows does `inspect` show, and which of them has the row at hand?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import SupportsIndex

from fencepost import AbortedTransaction, Batch, Damage, FencepostError, ProducerState, Record
from fencepost.logs import (
    BatchRow,
    JournalRow,
    LogError,
    SegmentScan,
    decompress,
)
from fencepost.logs.reading import open_regular

__all__ = ("Problem", "Wanted")

_LEAST, _MOST = -(1 << 63), (1 << 63) - 1
# Rows that are read in one call.
_AT_ONCE = 1000


@dataclass(frozen=True)
class Problem:
    """What can't be read in a file, with the place in it."""

    why: str
    is_torn: bool = False


@dataclass(frozen=True)
class Wanted:
    """The filters; bounds are inclusive."""

    producers: frozenset[int] | None
    from_offset: int | None
    to_offset: int | None
    since: int | None
    until: int | None
    records: bool

    def scan(self, path: str) -> Iterator[BatchRow | Damage]:
        """A segment's batches, as they are read."""
        producers: set[SupportsIndex] | None = None if self.producers is None else set(self.producers)
        scan = SegmentScan(
            path,
            producers=producers,
            from_offset=_or(self.from_offset, _LEAST),
            to_offset=_or(self.to_offset, _MOST),
            since=_or(self.since, _LEAST),
            until=_or(self.until, _MOST),
        )
        while rows := scan.next_rows(_AT_ONCE):
            yield from rows

    def producer(self, producer_id: int | None) -> bool:
        return self.producers is None or producer_id in self.producers

    def offsets(self, first: int, last: int) -> bool:
        """Whether some offset between these is wanted."""
        return last >= _or(self.from_offset, _LEAST) and first <= _or(self.to_offset, _MOST)

    def time(self, millis: int) -> bool:
        return _or(self.since, _LEAST) <= millis <= _or(self.until, _MOST)

    def snapshot(self, row: ProducerState) -> bool:
        spans = [(batch.first_offset, batch.last_offset) for batch in row.batches]
        begun = row.current_txn_first_offset
        spans += [] if begun is None else [(begun, begun)]
        is_unbounded = self.from_offset is None and self.to_offset is None
        return (
            self.producer(row.producer_id)
            and self.time(row.last_timestamp)
            and (is_unbounded or any(self.offsets(*span) for span in spans))
        )

    def transaction(self, row: AbortedTransaction) -> bool:
        return self.producer(row.producer_id) and self.offsets(row.first_offset, row.last_offset)

    def journal(self, row: JournalRow) -> bool:
        return self.producer(row.producer_id)

    def records_of(self, path: str, row: BatchRow) -> list[Record]:
        """The wanted records of a batch. LogError if its bytes are not what they were, or no records."""
        with open_regular(path) as file:
            file.seek(row.position)
            data = file.read(row.size_in_bytes)
        try:
            batch = Batch(data)
            block = None if row.codec == "none" else decompress(row.codec, batch.payload)
            records = batch.records(block)
        except FencepostError as error:
            raise LogError(f"batch at byte {row.position}: {error}") from None
        return [r for r in records if self.offsets(r.offset, r.offset) and self.time(r.timestamp)]


def _or(value: int | None, other: int) -> int:
    return other if value is None else value
