"""`fencepost inspect`: what is in this file?"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator

import click

from fencepost.cli._inspect_json import JsonOut
from fencepost.cli._inspect_text import TextOut
from fencepost.cli._output import complain
from fencepost.cli._show import printable, time_of
from fencepost.cli._wanted import Wanted
from fencepost.logs import FileKind, LogError, is_being_written, kind_of
from fencepost.logs.reading import base_offset

__all__ = ("command",)


def _time(ctx: click.Context, param: click.Parameter, value: str | None) -> int | None:
    try:
        return None if value is None else time_of(value)
    except (ValueError, OverflowError) as error:
        raise click.BadParameter(f"{value!r} is no time: {error}", ctx, param) from None


_OFFSET = click.IntRange(0, (1 << 63) - 1)


@click.command(name="inspect")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path())
@click.option(
    "--producer",
    "producers",
    type=click.IntRange(-1, (1 << 63) - 1),
    multiple=True,
    metavar="ID",
    help="Of this producer only (-1: of none); may be given again.",
)
@click.option("--from-offset", type=_OFFSET, metavar="N", help="From this offset on.")
@click.option("--to-offset", type=_OFFSET, metavar="N", help="Up to this offset, and with it.")
@click.option("--since", callback=_time, metavar="TIME", help="From this time on: ISO 8601, or milliseconds.")
@click.option("--until", callback=_time, metavar="TIME", help="Up to this time, and with it.")
@click.option("--records", is_flag=True, help="The records in each batch, compressed ones too.")
@click.option(
    "--as",
    "kind",
    type=click.Choice([kind.value for kind in FileKind]),
    help="What the files are, where their names do not say it.",
)
@click.option("--json", "json_", is_flag=True, help="One JSON object, for machines.")
def command(
    paths: tuple[str, ...],
    producers: tuple[int, ...],
    from_offset: int | None,
    to_offset: int | None,
    since: int | None,
    until: int | None,
    records: bool,
    kind: str | None,
    json_: bool,
) -> int:
    """Show what is in segments, producer snapshots, transaction indexes and journals.

    A PATH is such a file (.log, .snapshot, .txnindex, a producer's journal), or a folder: then each of these files in
    it is shown, or, if there are none, those in the folders below. Snapshots may be Kafka's or fencepost's own.

    Filters hold for what has the thing asked for: a journal has no offsets, and an index no times.

    \b
    Exit codes:  0  all was read
                 2  something could not be read, or the call is wrong

    \b
    Example:  fencepost inspect --producer 7 --records orders-0/00000000000000000000.log
    """
    wanted = Wanted(
        producers=frozenset(producers) or None,
        from_offset=from_offset,
        to_offset=to_offset,
        since=since,
        until=until,
        records=records,
    )
    out = JsonOut(wanted) if json_ else TextOut(wanted)
    problems = 0

    def said(text: str) -> None:
        nonlocal problems
        problems += 1
        out.problem(printable(text))
        sys.stdout.flush()
        complain(printable(text))

    as_kind = None if kind is None else FileKind(kind)
    out.begin()
    for path in paths:
        for file in _files(path, as_kind, said):
            _show(file, as_kind, out, said)
    out.end()
    return 2 if problems else 0


def _show(
    path: str, kind: FileKind | None, out: TextOut | JsonOut, said: Callable[[str], None]
) -> None:
    try:
        found = kind or kind_of(path)
        if found is None:
            said(f"{path}: neither name nor content says what this is; say it with --as")
            return
        for problem in out.show(path, found):
            # A broker that is writing leaves part of a batch at the end.
            if not (problem.is_torn and is_being_written(os.path.dirname(path))):
                said(f"{path}: {problem.why}")
    except LogError as error:
        said(str(error))
    except BrokenPipeError:
        # No fault of the file: who reads us has gone.
        raise
    except OSError as error:
        said(f"{error.filename or path}: {error.strerror or error}")


def _files(path: str, kind: FileKind | None, said: Callable[[str], None]) -> Iterator[str]:
    """The path itself, if it is a file; the files in it, in order of their offsets; or those of the folders below."""
    if not os.path.isdir(path):
        yield path
        return
    found = 0
    waiting = [path]
    while waiting:
        folder = waiting.pop(0)
        try:
            files, folders = _listed(folder, kind)
        except OSError as error:
            said(f"{error.filename or folder}: {error.strerror}")
            found += 1
            continue
        found += len(files)
        yield from files
        if not files:
            waiting = folders + waiting
    if not found:
        said(f"{path}: no segment, snapshot, transaction index or journal is here")


def _listed(folder: str, kind: FileKind | None) -> tuple[list[str], list[str]]:
    files, folders = [], []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry.path)
            elif entry.is_file() and (kind is not None or _is_ours(entry.path)):
                files.append(entry.path)
    return sorted(files, key=_order), sorted(folders)


def _is_ours(path: str) -> bool:
    try:
        return kind_of(path) is not None
    except OSError:
        # It is told when it is opened, if its name is one of ours.
        return base_offset(path) is not None


def _order(path: str) -> tuple[int, str]:
    offset = base_offset(path)
    return (-1 if offset is None else offset, path)


