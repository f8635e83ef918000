"""Where the subcommands write: tables and text to standard output, progress and complaints to standard error.

Colours and progress only on a terminal; `NO_COLOR` is heeded by rich.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable

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
    json.dump(value, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


def progress(columns: Iterable[str] = ("{task.description}",)) -> Progress:
    """A progress bar on standard error, silent unless that is a terminal."""
    shown = messages()
    texts = [TextColumn(column) for column in columns]
    bars = (BarColumn(), TextColumn("{task.percentage:>3.0f}%"), TimeRemainingColumn())
    return Progress(*texts, *bars, console=shown, transient=True, disable=not shown.is_terminal)
