"""`key=value` lines as the tools around librdkafka read them, and environment files."""

from __future__ import annotations

import re

from ..model import Entry, InputError, Section, Span
from .properties import LineForm
from .text import Text, split_lines

__all__ = ["comments", "read", "read_env"]

_LINE = re.compile(r"([ \t]*)([^=\s][^=]*?)([ \t]*)=(.*)", re.DOTALL)
_ENV = re.compile(r"([ \t]*(?:export[ \t]+)?)([A-Za-z_][A-Za-z0-9_.\-]*)()=(.*)", re.DOTALL)


def comments(text: str, file: str) -> list[Span]:
    """Where the comments stand, in order: each is a line of its own."""
    found, at = [], 0
    for line in split_lines(text):
        if line.strip()[:1] in ("#", ";"):
            found.append(Span(at, at + len(line)))
        at += len(line)
    return found


def read(text: str, file: str) -> list[Section]:
    """One section. The value is the text after `=` as it is; if there is a blank before the `=`, blanks
    around it are layout. Lines that begin with `#` or `;`, and `[names]`, say nothing."""
    return _read(text, file, _LINE, env=False)


def read_env(text: str, file: str) -> list[Section]:
    """One section of `NAME=value`, perhaps with `export`, perhaps quoted."""
    return _read(text, file, _ENV, env=True)


def _read(text: str, file: str, pattern: re.Pattern[str], *, env: bool) -> list[Section]:
    lines = Text(text, file)
    entries: list[Entry] = []
    at = 0
    for number, line in enumerate(split_lines(text), 1):
        start, at = at, at + len(line)
        body = line.rstrip("\r\n")
        word = body.strip()
        if not word or word[0] in "#;" or (word[0] == "[" and word[-1] == "]"):
            continue
        match = pattern.match(body)
        if not match:
            raise InputError(file, f"no key=value: {word[:60]!r}", number)
        key, value, value_start = match[2], match[4], match.start(4)
        between = "="
        if match[3]:
            between = match[3] + "=" + value[: len(value) - len(value.lstrip(" \t"))]
            value_start += len(value) - len(value.lstrip(" \t"))
            value = value.strip(" \t")
        if env:
            value = _unquoted(value)
        value_end = start + len(body) if not match[3] else start + value_start + len(value)
        entries.append(
            Entry(
                key,
                value,
                number,
                match.start(2) + 1,
                Span(start + match.start(2), start + match.end(2)),
                Span(start + value_start, value_end),
                Span(start, at),
                {"between": between, "before": match[1] if env else ""},
            )
        )
    return [Section(entries, form=LineForm(lines, entries))]


def _unquoted(value: str) -> str:
    value = value.strip()
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value
