"""`fencepost audit`: why are there duplicates, gaps, hanging transactions in this log?"""

from __future__ import annotations

import time
from collections.abc import Sequence

import click

from fencepost.cli._audit_text import print_audits
from fencepost.cli._judged import Judged, as_json
from fencepost.cli._output import complain, print_json, progress
from fencepost.cli._show import printable, show_path
from fencepost.logs import LogAudit, LogError, LogFolder, audit_all, discover

__all__ = ("command",)

# A bar for less than this would only flicker.
_SHOWN_AFTER_S = 0.5


class _Bar:
    """A progress bar that comes only with long work."""

    def __init__(self, folders: Sequence[LogFolder]) -> None:
        self._total = sum(folder.size_in_bytes for folder in folders)
        self._begun = time.monotonic()
        self._bar = progress()
        self._task = self._bar.add_task(f"auditing {len(folders)} partitions", total=self._total)
        self._shown = False

    def at(self, done: int) -> None:
        if not self._shown and time.monotonic() - self._begun > _SHOWN_AFTER_S:
            self._bar.start()
            self._shown = True
        self._bar.update(self._task, completed=done)

    def end(self) -> None:
        if self._shown:
            self._bar.stop()


def _audit(
    paths: Sequence[str], problems: list[str], **options: object
) -> list[LogAudit]:
    found = discover(*paths)
    problems += found.problems

    def on_problem(folder: LogFolder, problem: LogError | OSError) -> None:
        text = str(problem)
        if isinstance(problem, OSError):
            text = f"{problem.filename or folder.path}: {problem.strerror}"
        problems.append(text)

    bar = _Bar(found.folders)
    try:
        return audit_all(found.folders, on_bytes=bar.at, on_problem=on_problem, **options)  # type: ignore[arg-type]
    finally:
        bar.end()


@click.command(name="audit")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path())
@click.option("--timeline", is_flag=True, help="Each producer's epochs and sequences, run by run.")
@click.option(
    "--producer",
    "producers",
    type=click.IntRange(0, (1 << 63) - 1),
    multiple=True,
    metavar="ID",
    help="Findings and timeline of this producer only; may be given again.",
)
@click.option(
    "--against-snapshot",
    is_flag=True,
    help="Compare with the broker's own .snapshot and .txnindex files.",
)
@click.option(
    "--live/--stopped",
    default=None,
    help="A broker is writing (its end may be torn), or not. Not said: asked of the lock that a broker holds.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["fault", "note"]),
    default="fault",
    show_default=True,
    help="What makes the exit code 1.",
)
@click.option(
    "--expiration-ms",
    type=click.IntRange(1, (1 << 31) - 1),
    default=86_400_000,
    show_default=True,
    help="The brokers' producer.id.expiration.ms.",
)
@click.option(
    "--max-transaction-ms",
    type=click.IntRange(1, (1 << 31) - 1),
    default=900_000,
    show_default=True,
    help="The brokers' transaction.max.timeout.ms.",
)
@click.option("--jobs", type=click.IntRange(1, 1024), help="Threads; as many as cores if not said.")
@click.option("--quiet", "-q", is_flag=True, help="Only partitions with a fault, and the sum.")
@click.option("--json", "json_", is_flag=True, help="One JSON object, for machines.")
def command(
    paths: tuple[str, ...],
    timeline: bool,
    producers: tuple[int, ...],
    against_snapshot: bool,
    live: bool | None,
    fail_on: str,
    expiration_ms: int,
    max_transaction_ms: int,
    jobs: int | None,
    quiet: bool,
    json_: bool,
) -> int:
    """Name what went wrong in the logs of partitions, with the reason.

    A PATH is a partition's folder, or any folder above some: a log directory, a broker's data directory. It is only
    read, and the broker may run meanwhile.

    \b
    Exit codes:  0  no fault
                 1  a fault was found: a gap, a second copy, a writer that should have been fenced, …
                 2  something could not be read, or the call is wrong

    \b
    Example:  fencepost audit --timeline /var/lib/kafka/data/orders-0
    """
    problems: list[str] = []
    audits = _audit(
        paths,
        problems,
        live=live,
        compare=against_snapshot,
        follow=producers if timeline else None,
        expiration_ms=expiration_ms,
        max_transaction_ms=max_transaction_ms,
        jobs=jobs,
    )
    judged = [Judged(audit, frozenset(producers), against_snapshot) for audit in audits]
    if json_:
        print_json(as_json(judged, problems, timeline))
    else:
        print_audits(judged, timeline=timeline, quiet=quiet)
    for problem in problems:
        complain(printable(problem))
    for one in judged:
        for unread in one.unread:
            complain(f"{show_path(one.audit.path)}: {printable(unread)}")
    if problems or any(one.unread for one in judged):
        return 2
    counts = [one.faults + (one.notes if fail_on == "note" else 0) for one in judged]
    return 1 if any(counts) else 0
