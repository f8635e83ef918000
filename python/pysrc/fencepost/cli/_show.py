"""How are names, times, bytes and tables shown, whatever is in them?"""

from __future__ import annotations

import base64
import itertools
import os
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, timezone

import click

__all__ = ("Span", "json_bytes", "printable", "show_bytes", "show_path", "show_time", "table", "time_of")

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
# So many rows decide how wide a table's columns are.
_MEASURED = 500


def printable(text: str) -> str:
    """The text on one line: what a terminal would obey, and what can't be encoded, is escaped."""
    return text if text.isprintable() else "".join(c if c.isprintable() else _escaped(c) for c in text)


def _escaped(char: str) -> str:
    byte = ord(char) - 0xDC00
    # A file name's byte that is not UTF-8, as Python has it.
    return f"\\x{byte:02x}" if 0x80 <= byte <= 0xFF else char.encode("unicode_escape").decode()


def show_path(path: str | os.PathLike[str]) -> str:
    return printable(os.fspath(path))


def show_time(millis: int) -> str:
    """UTC, or the bare number where no calendar has it; `-` for none."""
    if millis == -1:
        return "-"
    try:
        time = _EPOCH + timedelta(milliseconds=millis)
    except OverflowError:
        return str(millis)
    return time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03}Z"


def time_of(text: str) -> int:
    """Milliseconds of a time as ISO 8601 has it (UTC if it does not say), or of milliseconds. ValueError otherwise."""
    if text.lstrip("-").isdecimal():
        millis = int(text)
        if not -(1 << 63) <= millis < 1 << 63:
            raise ValueError(f"{text} has more than 64 bits")
        return millis
    # Python 3.10 does not know the Z.
    time = datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith(("Z", "z")) else text)
    if time.tzinfo is None:
        time = time.replace(tzinfo=timezone.utc)
    return (time - _EPOCH) // timedelta(milliseconds=1)


def show_bytes(value: bytes | None, most: int = 60) -> str:
    """Bytes as text where they are, escaped where not; `null` for none."""
    if value is None:
        return "null"
    try:
        text = printable(value.decode())
    except UnicodeDecodeError:
        text = "".join(chr(b) if 32 <= b < 127 else f"\\x{b:02x}" for b in value[: most + 1])
    return text if len(text) <= most else text[: most - 1] + "…"


def json_bytes(value: bytes | None) -> str | dict[str, str] | None:
    """A string for UTF-8, an object `{"base64": …}` for other bytes."""
    if value is None:
        return None
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(value).decode()}


class Span:
    """Numbers from one to another, `-` for none."""

    def __init__(self, first: int, last: int) -> None:
        self.first, self.last = first, last

    def __str__(self) -> str:
        if self.first < 0 and self.last < 0:
            return "-"
        return str(self.first) if self.first == self.last else f"{self.first}..{self.last}"


def table(names: Sequence[str], rows: Iterable[Sequence[object]], indent: str = "") -> int:
    """Writes rows as they come, in columns; gives their number. Nothing if there are none.

    Columns of numbers stand right. A row may be one string: a line of its own.
    """
    rows = iter(rows)
    first = list(itertools.islice(rows, _MEASURED))
    measured = [[str(cell) for cell in row] for row in first if not isinstance(row, str)]
    if not first:
        return 0
    widths = [max([len(name), *(len(row[n]) for row in measured)]) for n, name in enumerate(names)]
    right = [bool(measured) and all(_is_number(row[n]) for row in measured) for n in range(len(names))]

    def line(cells: Sequence[str]) -> str:
        placed = (
            cell.rjust(width) if is_right else cell.ljust(width)
            for cell, width, is_right in zip(cells, widths, right, strict=True)
        )
        return (indent + "  ".join(placed)).rstrip()

    click.secho(line(list(names)), bold=True)
    count = 0
    for row in itertools.chain(first, rows):
        if isinstance(row, str):
            sys.stdout.write(f"{indent}{row}\n")
        else:
            count += 1
            sys.stdout.write(line([str(cell) for cell in row]) + "\n")
    return count


def _is_number(text: str) -> bool:
    return text in {"", "-"} or text.lstrip("-").isdigit()
