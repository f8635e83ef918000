"""What an audit means: which of it is a fault, which a note, and what could not be looked at."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Any

from fencepost.cli._show import printable
from fencepost.logs import LogAudit, LogDamage, LogFinding, ProducerEntry

__all__ = ("Judged", "as_json")


@dataclass(frozen=True)
class Judged:
    """One partition's audit, for the producers that were asked for; for none: for all."""

    audit: LogAudit
    producers: frozenset[int]
    compared: bool

    def _wants(self, producer_id: int) -> bool:
        return not self.producers or producer_id in self.producers

    @cached_property
    def findings(self) -> Sequence[LogFinding]:
        if not self.producers:
            return self.audit.findings
        return [finding for finding in self.audit.findings if self._wants(finding.producer_id)]

    @cached_property
    def _severities(self) -> Counter[str]:
        return Counter(finding.severity for finding in self.findings)

    @property
    def faulty_places(self) -> list[LogDamage]:
        """Places that are a fault of the log, and kept nothing from being audited: its torn end, or a batch that no
        replica takes."""
        return [damage for damage in self.audit.damage if _is_fault(damage)]

    @property
    def unread(self) -> list[str]:
        """What kept something from being audited or compared."""
        damage = [
            damage.why
            for damage in self.audit.damage
            if not _is_fault(damage) and damage.kind != "legacy_batch"
        ]
        snapshots = [f"{file.file}: {file.corrupt}" for file in self.audit.snapshots if file.corrupt]
        indexes = [f"{file.file}: {file.corrupt}" for file in self.audit.indexes if file.corrupt]
        return damage + snapshots + indexes

    @property
    def old_batches(self) -> int:
        """Batches of a format without producers, stepped over."""
        return sum(damage.kind == "legacy_batch" for damage in self.audit.damage)

    @property
    def differences(self) -> list[str]:
        """What the broker's own files say otherwise, each with its file."""
        snapshots = [
            f"{snapshot.file}: {difference.why}"
            for snapshot in self.audit.snapshots
            for difference in snapshot.differences
            if self._wants(difference.producer_id)
        ]
        indexes = [f"{index.file}: {why}" for index in self.audit.indexes for why in index.differences]
        return snapshots + indexes

    @property
    def faults(self) -> int:
        return self._severities["fault"] + len(self.faulty_places) + len(self.differences)

    @property
    def notes(self) -> int:
        return self._severities["note"] + bool(self.old_batches)


def _is_fault(damage: LogDamage) -> bool:
    return damage.is_tail or damage.kind == "refused"


def as_json(judged: list[Judged], problems: list[str], timeline: bool) -> dict[str, Any]:
    """The whole result as one object."""
    return {
        "partitions": [_partition(one, timeline) for one in judged],
        "problems": [printable(problem) for problem in problems],
        "faults": sum(one.faults for one in judged),
        "notes": sum(one.notes for one in judged),
        "unread": sum(len(one.unread) for one in judged),
    }


def _partition(one: Judged, timeline: bool) -> dict[str, Any]:
    audit = one.audit
    fields = ("segments", "batches", "bytes")
    result: dict[str, Any] = {
        "partition": printable(audit.name),
        "path": printable(os.fspath(audit.path)),
        **{name: getattr(audit, name) for name in fields},
        "start_offset": audit.start,
        "end_offset": audit.end,
        "began_with_snapshot": audit.began_with,
        # There may be millions.
        "findings": (_fields(finding, _FINDING) for finding in one.findings),
        "damage": [_fields(damage, _DAMAGE) for damage in audit.damage],
        "producers": [_fields(p, _PRODUCER) for p in audit.producers if one._wants(p.producer_id)],
    }
    if one.compared:
        result["snapshots"] = [
            {
                **_fields(snapshot, ("file", "offset", "entries", "equal", "gone", "expired", "corrupt")),
                "differences": [
                    {
                        "producer_id": difference.producer_id,
                        "snapshot": _entry(difference.snapshot),
                        "log": _entry(difference.log),
                        "why": difference.why,
                    }
                    for difference in snapshot.differences
                    if one._wants(difference.producer_id)
                ],
            }
            for snapshot in audit.snapshots
        ]
        result["indexes"] = [
            _fields(index, ("file", "entries", "differences", "corrupt")) for index in audit.indexes
        ]
    if timeline:
        result["timeline"] = [
            {"producer_id": producer_id, "runs": [_fields(run, RUN) for run in runs]}
            for producer_id, runs in audit.runs.items()
        ]
        result["batches_left_out"] = audit.batches_left_out
    return result


def _fields(value: object, names: tuple[str, ...]) -> dict[str, Any]:
    # Of the two or more that there always are it gives a tuple.
    return dict(zip(names, attrgetter(*names)(value), strict=True))


def _entry(entry: ProducerEntry | None) -> dict[str, Any] | None:
    return None if entry is None else _fields(entry, _ENTRY)


_FINDING = (
    "severity",
    "kind",
    "rule",
    "file",
    "position",
    "offset",
    "producer_id",
    "producer_epoch",
    "offsets_missing",
    "why",
)
_DAMAGE = ("kind", "file", "position", "bytes", "later_segments", "is_tail", "why")
_PRODUCER = (
    "producer_id",
    "producer_epoch",
    "last_sequence",
    "last_timestamp",
    "coordinator_epoch",
    "current_transaction_start_offset",
    "window",
    "batches",
    "records",
    "markers",
)
_ENTRY = (
    "producer_id",
    "producer_epoch",
    "last_sequence",
    "last_offset",
    "offset_delta",
    "timestamp",
    "coordinator_epoch",
    "current_transaction_first_offset",
)
RUN = (
    "kind",
    "is_transactional",
    "producer_epoch",
    "leader_epoch",
    "first_sequence",
    "last_sequence",
    "first_offset",
    "last_offset",
    "batches",
    "records",
    "first_timestamp",
    "last_timestamp",
    "has_finding",
    "file",
    "position",
)
