"""Where the subcommands write: tables and text to standard output, progress and complaints to standard error.

Colours and progress only on a terminal; `NO_COLOR` is heeded by rich.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator

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


_string = json.encoder.JSONEncoder(ensure_ascii=False).encode


def _pieces(value: object, line: str) -> Iterator[str]:
    """JSON as `json.dump` indents it, several times as fast; any iterator is a list, and is never whole in memory.
    `line` begins a line of where the value stands."""
    if isinstance(value, dict):
        yield from _joined("{}", line, ((f"{_string(key)}: ", one) for key, one in value.items()))
    elif isinstance(value, (list, tuple, Iterator)):
        yield from _joined("[]", line, (("", one) for one in value))
    else:
        yield _string(value)


def _joined(brackets: str, line: str, items: Iterable[tuple[str, object]]) -> Iterator[str]:
    inner = line + "  "
    before = brackets[0]
    for head, item in items:
        if isinstance(item, _NESTED):
            yield f"{before}{inner}{head}"
            yield from _pieces(item, inner)
        else:
            yield f"{before}{inner}{head}{_string(item)}"
        before = ","
    yield brackets if before != "," else line + brackets[1]


_NESTED = (dict, list, tuple, Iterator)


def progress(columns: Iterable[str] = ("{task.description}",)) -> Progress:
    """A progress bar on standard error, silent unless that is a terminal."""
    shown = messages()
    texts = [TextColumn(column) for column in columns]
    bars = (BarColumn(), TextColumn("{task.percentage:>3.0f}%"), TimeRemainingColumn())
    return Progress(*texts, *bars, console=shown, transient=True, disable=not shown.is_terminal)
