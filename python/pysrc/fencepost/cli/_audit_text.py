"""An audit as text: a line for each partition, under it what was found."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import click

from fencepost.cli._judged import Judged
from fencepost.cli._show import Span, printable, show_path, show_time, table
from fencepost.logs import LogFinding, ProducerRun

__all__ = ("print_audits",)

_COLOURS = {"fault": "red", "note": "yellow"}


def print_audits(judged: list[Judged], *, timeline: bool, quiet: bool) -> None:
    for one in judged:
        if not quiet or one.faults:
            _print(one, timeline)
    faults, notes = sum(one.faults for one in judged), sum(one.notes for one in judged)
    batches = sum(one.audit.batches for one in judged)
    unread = sum(len(one.unread) for one in judged)
    tail = f", {_some(unread, 'place')} not read" if unread else ""
    click.secho(
        f"{_some(len(judged), 'partition')}, {_some(batches, 'batch', 'es')}: "
        f"{_some(faults, 'fault')}, {_some(notes, 'note')}{tail}",
        bold=True,
    )


def _some(count: int, what: str, plural: str = "s") -> str:
    return f"{count:,} {what}{'' if count == 1 else plural}"


def _print(one: Judged, timeline: bool) -> None:
    audit = one.audit
    offsets = f"offsets {audit.start} to {audit.end - 1}" if audit.end > audit.start else "empty"
    facts = [_some(audit.batches, "batch", "es"), offsets, _some(len(audit.producers), "producer")]
    if audit.segments > 1:
        facts.insert(0, _some(audit.segments, "segment"))
    click.echo(f"{click.style(show_path(audit.path), bold=True)}: {', '.join(facts)}")
    _say(_lines(one))
    if one.compared:
        _print_compared(one)
    if timeline:
        _print_timeline(one)


def _place(finding: LogFinding) -> str:
    who = f"producer {finding.producer_id} epoch {finding.producer_epoch}"
    if finding.file is None:
        return f"offset {finding.offset}, before this log begins, {who}: "
    return f"offset {finding.offset}, {finding.file} byte {finding.position}, {who}: "


def _lines(one: Judged) -> Iterator[tuple[str, str]]:
    """A severity and a text each."""
    for finding in one.findings:
        yield finding.severity, f"{_place(finding)}{finding.why} ({finding.rule} {finding.kind})"
    for damage in one.faulty_places:
        yield "fault", f"{damage.why} ({damage.kind})"
    if one.old_batches:
        yield "note", f"{_some(one.old_batches, 'batch', 'es')} of an old format stepped over"
    for difference in one.differences:
        yield "fault", f"{difference} (snapshot_differs)"


def _say(lines: Iterator[tuple[str, str]]) -> None:
    marks = {
        severity: click.style(f"{severity:5}", fg=colour, bold=severity == "fault")
        for severity, colour in _COLOURS.items()
    }
    # There may be millions of lines, and writing each by itself takes longer than finding it.
    while chunk := list(itertools.islice(lines, 1000)):
        click.echo("\n".join(f"  {marks[severity]}  {printable(text)}" for severity, text in chunk))


def _print_compared(one: Judged) -> None:
    snapshots, indexes = one.audit.snapshots, one.audit.indexes
    entries, equal = sum(s.entries for s in snapshots), sum(s.equal for s in snapshots)
    gone, expired = sum(len(s.gone) for s in snapshots), sum(len(s.expired) for s in snapshots)
    text = f"{_some(len(snapshots), 'snapshot')}: {equal:,} of {entries:,} entries equal"
    if gone:
        text += f", {gone:,} of what the log no longer holds"
    if expired:
        text += f", {_some(expired, 'producer')} had expired"
    if indexes:
        aborted = sum(index.entries for index in indexes)
        text += f"; {_some(len(indexes), 'transaction index', 'es')} with {aborted:,} aborted"
    click.echo(f"  {text}")


_COLUMNS = (
    "epoch",
    "what",
    "sequences",
    "offsets",
    "batches",
    "records",
    "leader epoch",
    "from",
    "to",
    "file",
    "byte",
)


def _print_timeline(one: Judged) -> None:
    for producer_id, runs in one.audit.runs.items():
        click.echo(f"  producer {producer_id}")
        table(_COLUMNS, _rows(runs), indent="    ")
    if one.audit.batches_left_out:
        left_out = _some(one.audit.batches_left_out, "more batch", "es")
        click.echo(f"  and {left_out}: choose producers with --producer")


def _rows(runs: Sequence[ProducerRun]) -> Iterator[tuple[object, ...]]:
    for run in runs:
        what = f"transactional {run.kind}" if run.is_transactional and run.kind == "data" else run.kind
        yield (
            run.producer_epoch,
            f"{what} !" if run.has_finding else what,
            Span(run.first_sequence, run.last_sequence) if run.kind == "data" else "-",
            Span(run.first_offset, run.last_offset),
            run.batches,
            run.records,
            run.leader_epoch,
            show_time(run.first_timestamp),
            show_time(run.last_timestamp),
            run.file,
            run.position,
        )
