"""Files as tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from fencepost import Damage, ProducerState, Record
from fencepost.cli._show import Span, show_bytes, show_path, show_time, table
from fencepost.cli._wanted import Problem, Wanted
from fencepost.logs import (
    BatchRow,
    FileKind,
    JournalRow,
    LogError,
    read_journal_file,
    read_snapshot_file,
    read_transaction_index_file,
)

__all__ = ("TextOut", "batch_what")

_BATCH = (
    "byte",
    "size",
    "offsets",
    "producer",
    "epoch",
    "sequences",
    "records",
    "what",
    "codec",
    "time",
    "leader epoch",
)


def batch_what(row: BatchRow) -> str:
    """What a batch is, in a word or two."""
    if row.is_control:
        return row.marker if row.marker in ("commit", "abort", "empty") else "control"
    return "transactional" if row.is_transactional else "data"


class TextOut:
    """Writes a table for each file."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._begun = False

    def begin(self) -> None:
        pass

    def end(self) -> None:
        pass

    def problem(self, text: str) -> None:
        """It is told on standard error."""

    def show(self, path: str, kind: FileKind) -> list[Problem]:
        """Shows a file; gives what in it can't be read."""
        if self._begun:
            click.echo()
        self._begun = True
        shows = {
            FileKind.SEGMENT: self._segment,
            FileKind.SNAPSHOT: self._snapshot,
            FileKind.TRANSACTION_INDEX: self._index,
            FileKind.JOURNAL: self._journal,
        }
        return shows[kind](path)

    def _title(self, path: str, text: str) -> None:
        click.echo(f"{click.style(show_path(path), bold=True)}: {text}")

    def _segment(self, path: str) -> list[Problem]:
        self._title(path, "segment")
        problems: list[Problem] = []

        def rows() -> Iterator[Sequence[object]]:
            for row in self._wanted.scan(path):
                if isinstance(row, Damage):
                    why = f"byte {row.position}: {row.why}"
                    problems.append(Problem(why, row.kind == "truncated"))
                    yield f"! {why}"
                    continue
                yield _batch(row)
                if self._wanted.records:
                    yield from self._records(path, row, problems)

        _count(table(_BATCH, rows()), "batch", "es")
        return problems

    def _records(self, path: str, row: BatchRow, problems: list[Problem]) -> Iterator[str]:
        try:
            records = self._wanted.records_of(path, row)
        except LogError as error:
            problems.append(Problem(str(error)))
            yield f"  ! {error}"
            return
        for record in records:
            yield f"  {_record(record)}"

    def _snapshot(self, path: str) -> list[Problem]:
        snapshot = read_snapshot_file(path)
        names = {"v1": "Kafka's snapshot, version 1", "full": "fencepost's snapshot, version 1"}
        rows = [row for row in snapshot.producers if self._wanted.snapshot(row)]
        self._title(path, f"{names[snapshot.format]}")
        count = table(_SNAPSHOT, (cells for row in rows for cells in _producer(row)))
        _count(len(rows) if count else 0, "producer")
        return []

    def _index(self, path: str) -> list[Problem]:
        entries, why = read_transaction_index_file(path)
        self._title(path, "transaction index")
        rows = [
            (row.producer_id, Span(row.first_offset, row.last_offset), row.last_stable_offset)
            for row in entries
            if self._wanted.transaction(row)
        ]
        _count(table(("producer", "offsets", "last stable offset"), rows), "aborted transaction")
        return [] if why is None else [Problem(why)]

    def _journal(self, path: str) -> list[Problem]:
        journal = read_journal_file(path)
        title = "journal"
        if journal.turn is not None:
            title += f", turn {journal.turn}, cluster {show_bytes(journal.cluster)}"
        self._title(path, title)
        rows = (_journaled(row) for row in journal.records if self._wanted.journal(row))
        _count(table(_JOURNAL, rows), "record")
        if journal.tail in ("torn", "damaged"):
            return [Problem(f"byte {journal.end}: {journal.tail}: {journal.why}")]
        return []


def _count(count: int, what: str, plural: str = "s") -> None:
    click.echo(f"{count} {what}{'' if count == 1 else plural}")


def _batch(row: BatchRow) -> tuple[object, ...]:
    return (
        row.position,
        row.size_in_bytes,
        Span(row.base_offset, row.last_offset),
        row.producer_id if row.producer_id >= 0 else "-",
        row.producer_epoch if row.producer_epoch >= 0 else "-",
        Span(row.base_sequence, row.last_sequence),
        row.records,
        batch_what(row),
        row.codec,
        show_time(row.max_timestamp),
        row.leader_epoch,
    )


def _record(record: Record) -> str:
    text = f"{record.offset}  {show_time(record.timestamp)}  {show_bytes(record.key)}: {show_bytes(record.value)}"
    headers = ", ".join(f"{show_bytes(key)}={show_bytes(value)}" for key, value in record.headers)
    return f"{text}  [{headers}]" if headers else text


_SNAPSHOT = (
    "producer",
    "epoch",
    "sequences",
    "offsets",
    "last write",
    "coordinator epoch",
    "transaction since",
)


def _producer(row: ProducerState) -> Iterator[tuple[object, ...]]:
    """One line a batch, newest first; what is the producer's own stands in the first."""
    begun = row.current_txn_first_offset
    own = (row.producer_id, row.producer_epoch)
    rest = (
        show_time(row.last_timestamp),
        row.coordinator_epoch if row.coordinator_epoch >= 0 else "-",
        "-" if begun is None else begun,
    )
    if not row.batches:
        yield (*own, "-", "-", *rest)
    for n, batch in enumerate(reversed(row.batches)):
        spans = (
            Span(batch.first_sequence, batch.last_sequence),
            Span(batch.first_offset, batch.last_offset),
        )
        if n == 0:
            yield (*own, *spans, *rest)
        else:
            yield ("", "", *spans, show_time(batch.timestamp), "", "")


_JOURNAL = ("byte", "what", "slot", "producer", "epoch", "says")


def _journaled(row: JournalRow) -> tuple[object, ...]:
    said = (f"{name}={_shown(name, value)}" for name, value in row.fields.items() if value is not None)
    cells = (row.slot, row.producer_id, row.producer_epoch)
    return (row.position, row.kind, *("-" if cell is None else cell for cell in cells), " ".join(said))


def _shown(name: str, value: object) -> str:
    if isinstance(value, bytes):
        return show_bytes(value)
    if isinstance(value, int) and name in ("max_timestamp", "first_sent", "newest_acked"):
        return show_time(value)
    if isinstance(value, list):
        return ",".join(f"{sequence}:{word}" for sequence, word in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


