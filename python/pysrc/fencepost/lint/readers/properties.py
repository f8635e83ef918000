"""Java's `.properties`, by the library `javaproperties`, which knows the escapes and continuations."""

from __future__ import annotations

import re

import javaproperties

from ..model import Edit, Entry, Form, InputError, Scalar, Section, Span, shown
from .text import Text

__all__ = ["LineForm", "comments", "read"]

_BLANK = r"(?:[ \t\f]|\\(?:\r\n|\r|\n))*"
_PARTS = re.compile(rf"{_BLANK}((?:\\(?:\r\n|.)|[^=:\s\\])*)({_BLANK}[=:]?{_BLANK})", re.DOTALL)


class LineForm(Form):
    """A key and its value to a line."""

    def __init__(self, text: Text, entries: list[Entry], end: int | None = None) -> None:
        self._text = text
        self._entries = entries
        self._end = len(text.text) if end is None else end

    def value(self, entry: Entry, value: Scalar) -> str | None:
        before = "" if entry.note.get("between", "=") else "="
        return before + shown(value)

    def key(self, entry: Entry, key: str) -> str | None:
        return key

    def insert(self, key: str, value: Scalar) -> Edit | None:
        between = "="
        at = self._end
        if self._entries:
            last = self._entries[-1]
            between = last.note.get("between", "=") or "="
            between = between if "\\" not in between else "="
            at = last.whole.end
        text = f"{key}{between}{shown(value)}"
        newline = self._text.newline
        if self._entries:
            text = self._entries[-1].note.get("before", "") + text
        if at > 0 and self._text.text[at - 1] not in "\r\n":
            if _continues(self._text.text[:at]):
                # An empty line ends it; else what is new would be the rest of the last value.
                newline *= 2
            return Edit(Span(at, at), newline + text)
        return Edit(Span(at, at), text + newline)


def _continues(text: str) -> bool:
    """Whether a line goes on behind it."""
    return (len(text) - len(text.rstrip("\\"))) % 2 == 1


_NATURAL = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")


def _as_java_reads(text: str) -> str:
    """The text, as long as it is, with a blank for each backslash that continues nothing.

    To Java (17) what comes behind such a line is a line of its own, and so perhaps a comment; the
    library takes it for the rest of a key.
    """
    if "\\" not in text:
        return text
    found = []
    continued = False
    for match in _NATURAL.finditer(text):
        line = match[0]
        body = line.rstrip("\r\n")
        begins = body.lstrip(" \t\f")
        if not continued and begins == "\\":
            line = line.replace("\\", " ")
        elif continued or not begins.startswith(("#", "!")):
            continued = _continues(body)
        found.append(line)
    return "".join(found)


def comments(text: str, file: str) -> list[Span]:
    """Where the comments stand, in order: lines of their own, that continue none."""
    found, at = [], 0
    for item in javaproperties.parse(_as_java_reads(text)):
        if isinstance(item, javaproperties.Comment):
            found.append(Span(at, at + len(item.source)))
        at += len(item.source)
    return found


def read(text: str, file: str) -> list[Section]:
    """One section, of every key in order."""
    lines = Text(text, file)
    entries: list[Entry] = []
    at = 0
    try:
        for item in javaproperties.parse(_as_java_reads(text)):
            if isinstance(item, javaproperties.KeyValue):
                entries.append(_entry(lines, at, item.key, item.value, item.source))
            at += len(item.source)
    except javaproperties.InvalidUEscapeError as error:
        line = lines.line(text.find(str(error.escape)))
        reason = f"{error.escape} is no escape: \\u and four hexadecimal digits"
        raise InputError(file, reason, line) from None
    return [Section(entries, form=LineForm(lines, entries))]


def _entry(lines: Text, at: int, key: str, value: str, source: str) -> Entry:
    body = source.rstrip("\r\n")
    parts = _PARTS.match(source)
    key_start, key_end, value_start = (0, len(body), len(body))
    between = ""
    if parts:
        key_start, key_end = parts.span(1)
        between = parts[2]
        value_start = min(parts.end(), len(body))
    return Entry(
        key,
        value,
        lines.line(at + key_start),
        lines.column(at + key_start),
        Span(at + key_start, at + key_end),
        Span(at + value_start, at + max(value_start, len(body))),
        Span(at, at + len(source)),
        {"between": between},
    )
