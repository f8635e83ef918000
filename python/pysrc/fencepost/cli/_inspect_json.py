"""Files as one JSON object, written as they are read: a segment may be larger than memory."""

from __future__ import annotations

import itertools
import json
import os
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from fencepost import Damage, ProducerState, Record
from fencepost.cli._inspect_text import batch_what
from fencepost.cli._show import json_bytes, printable
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

__all__ = ("JsonOut",)


class JsonOut:
    """Writes `{"files": [{"path", "kind", …, "rows": […], "problems": […]}], "problems": […]}`."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._files = 0
        self._problems: list[str] = []

    def begin(self) -> None:
        sys.stdout.write('{"files": [')

    def end(self) -> None:
        sys.stdout.write(f'\n], "problems": {_json(self._problems)}}}\n')

    def problem(self, text: str) -> None:
        self._problems.append(text)

    def show(self, path: str, kind: FileKind) -> list[Problem]:
        """Writes a file's object; gives what in it can't be read."""
        problems: list[Problem] = []
        shows = {
            FileKind.SEGMENT: self._segment,
            FileKind.SNAPSHOT: self._snapshot,
            FileKind.TRANSACTION_INDEX: self._index,
            FileKind.JOURNAL: self._journal,
        }
        facts, rows = shows[kind](path, problems)
        head = {"path": printable(os.fspath(path)), "kind": kind.value, **facts}
        sys.stdout.write(f"{',' if self._files else ''}\n{_json(head)[:-1]}, \"rows\": [")
        self._files += 1
        try:
            for n, row in enumerate(rows):
                sys.stdout.write(f"{',' if n else ''}\n  {_json(row)}")
        finally:
            # Whatever ends the file, the object is whole.
            sys.stdout.write(f'], "problems": {_json([problem.why for problem in problems])}}}')
        return problems

    def _segment(
        self, path: str, problems: list[Problem]
    ) -> tuple[dict[str, Any], Iterable[dict[str, Any]]]:
        # What can't be opened is told before anything is written.
        rows = self._wanted.scan(path)
        first = next(rows, None)

        def batches() -> Iterator[dict[str, Any]]:
            for row in itertools.chain(() if first is None else (first,), rows):
                yield from self._batch(path, row, problems)

        return {}, batches()

    def _batch(
        self, path: str, row: BatchRow | Damage, problems: list[Problem]
    ) -> Iterator[dict[str, Any]]:
        if isinstance(row, Damage):
            problems.append(Problem(f"byte {row.position}: {row.why}", row.kind == "truncated"))
            return
        fields = {name: getattr(row, name) for name in _BATCH}
        fields["what"] = batch_what(row)
        if self._wanted.records:
            try:
                fields["content"] = [_record(r) for r in self._wanted.records_of(path, row)]
            except LogError as error:
                problems.append(Problem(str(error)))
        yield fields

    def _snapshot(
        self, path: str, problems: list[Problem]
    ) -> tuple[dict[str, Any], Iterable[dict[str, Any]]]:
        snapshot = read_snapshot_file(path)
        rows = (_producer(row) for row in snapshot.producers if self._wanted.snapshot(row))
        formats = {"v1": "kafka-v1", "full": "fencepost-v1"}
        return {"format": formats[snapshot.format]}, rows

    def _index(
        self, path: str, problems: list[Problem]
    ) -> tuple[dict[str, Any], Iterable[dict[str, Any]]]:
        entries, why = read_transaction_index_file(path)
        problems += [] if why is None else [Problem(why)]
        names = ("producer_id", "first_offset", "last_offset", "last_stable_offset")
        rows = (row for row in entries if self._wanted.transaction(row))
        return {}, ({name: getattr(row, name) for name in names} for row in rows)

    def _journal(
        self, path: str, problems: list[Problem]
    ) -> tuple[dict[str, Any], Iterable[dict[str, Any]]]:
        journal = read_journal_file(path)
        if journal.tail in ("torn", "damaged"):
            problems.append(Problem(f"byte {journal.end}: {journal.tail}: {journal.why}"))
        facts = {
            "turn": journal.turn,
            "cluster": json_bytes(journal.cluster),
            "tail": journal.tail,
            "end": journal.end,
        }
        return facts, (_journaled(row) for row in journal.records if self._wanted.journal(row))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


_BATCH = (
    "position",
    "size_in_bytes",
    "base_offset",
    "last_offset",
    "producer_id",
    "producer_epoch",
    "base_sequence",
    "last_sequence",
    "records",
    "leader_epoch",
    "attributes",
    "codec",
    "is_transactional",
    "is_control",
    "is_log_append_time",
    "has_delete_horizon",
    "base_timestamp",
    "max_timestamp",
    "crc",
    "marker",
    "coordinator_epoch",
)


def _record(record: Record) -> dict[str, Any]:
    return {
        "offset": record.offset,
        "timestamp": record.timestamp,
        "sequence": record.sequence,
        "key": json_bytes(record.key),
        "value": json_bytes(record.value),
        "headers": [[json_bytes(key), json_bytes(value)] for key, value in record.headers],
    }


def _producer(row: ProducerState) -> dict[str, Any]:
    batch_names = ("first_sequence", "last_sequence", "first_offset", "last_offset", "timestamp", "tag")
    return {
        "producer_id": row.producer_id,
        "producer_epoch": row.producer_epoch,
        "coordinator_epoch": row.coordinator_epoch,
        "last_timestamp": row.last_timestamp,
        "current_transaction_first_offset": row.current_txn_first_offset,
        "batches": [{name: getattr(batch, name) for name in batch_names} for batch in row.batches],
    }


def _journaled(row: JournalRow) -> dict[str, Any]:
    names = ("position", "kind", "slot", "producer_id", "producer_epoch")
    fields = {
        name: json_bytes(value) if isinstance(value, bytes) else value
        for name, value in row.fields.items()
    }
    return {**{name: getattr(row, name) for name in names}, **fields}
