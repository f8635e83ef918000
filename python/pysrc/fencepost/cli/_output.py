"""Where the subcommands write: tables and text to standard output, progress and complaints to standard error.

Colours and progress only on a terminal; `NO_COLOR` is heeded by rich.
"""

from __future__ import annotations

import functools
import itertools
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from types import GeneratorType

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

__all__ = ("complain", "console", "messages", "print_json", "progress")


def console() -> Console:
    """Standard output, made anew so that it is the one of now; wide enough for a pipe."""
    out = Console(highlight=False)
    return out if out.is_terminal else Console(highlight=False, width=200)


def messages() -> Console:
    """Standard error."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def complain(text: str) -> None:
    """Says on standard error what is wrong."""
    messages().print(f"[bold red]fencepost:[/] {escape(text)}")


def print_json(value: object) -> None:
    """One JSON document, for machines: no colours, no wrapping."""
    for piece in _pieces(value, "\n"):
        sys.stdout.write(piece)
    sys.stdout.write("\n")


_NESTED = (dict, list, tuple, GeneratorType)
_FLAT = frozenset((str, int, float, bool, type(None)))
# Rows that are written at once: some hundred KiB.
_AT_ONCE = 1000


@functools.cache
def _encode(line: str) -> Callable[[object], str]:
    """Encodes what has nothing nested in it, its fields in lines that begin so. The standard library does so in C if it
    takes them for separators, and ten times as slowly if it is asked to indent."""
    return json.JSONEncoder(ensure_ascii=False, separators=(f",{line}", ": ")).encode


def _pieces(value: object, line: str) -> Iterator[str]:
    """JSON as `json.dump` indents it, several times as fast; a generator is a list that is never whole in memory.
    `line` begins a line of where the value stands."""
    inner = line + "  "
    if isinstance(value, GeneratorType):
        yield from _rows(value, line)
    elif isinstance(value, dict):
        if value and not any(isinstance(one, _NESTED) for one in value.values()):
            yield f"{{{inner}{_encode(inner)(value)[1:-1]}{line}}}"
        else:
            named = ((f"{_encode('')(str(key))}: ", one) for key, one in value.items())
            yield from _joined("{}", line, named)
    elif isinstance(value, _NESTED):
        yield from _joined("[]", line, (("", one) for one in value))
    else:
        yield _encode("")(value)


def _rows(rows: Iterator[object], line: str) -> Iterator[str]:
    """Many values, some at a time: where all of these are flat, encoded at once."""
    inner = line + "  "
    field = inner + "  "
    # No string has the end of a line in it, so this is between two rows and nowhere else.
    between, apart = f"}},{field}{{", f"{inner}}},{inner}{{{field}"
    before = "["
    while some := list(itertools.islice(rows, _AT_ONCE)):
        if all(_is_flat(row) for row in some):
            fields = _encode(field)(some)[2:-2].replace(between, apart)
            yield f"{before}{inner}{{{field}{fields}{inner}}}"
        else:
            yield before + inner + f",{inner}".join("".join(_pieces(row, inner)) for row in some)
        before = ","
    yield "[]" if before == "[" else f"{line}]"


def _is_flat(row: object) -> bool:
    return isinstance(row, dict) and bool(row) and _FLAT.issuperset(map(type, row.values()))


def _joined(brackets: str, line: str, items: Iterable[tuple[str, object]]) -> Iterator[str]:
    inner = line + "  "
    before = brackets[0]
    for head, item in items:
        yield f"{before}{inner}{head}"
        yield from _pieces(item, inner)
        before = ","
    yield brackets if before != "," else line + brackets[1]


def progress(columns: Iterable[str] = ("{task.description}",)) -> Progress:
    """A progress bar on standard error, silent unless that is a terminal."""
    shown = messages()
    texts = [TextColumn(column) for column in columns]
    bars = (BarColumn(), TextColumn("{task.percentage:>3.0f}%"), TimeRemainingColumn())
    return Progress(*texts, *bars, console=shown, transient=True, disable=not shown.is_terminal)
