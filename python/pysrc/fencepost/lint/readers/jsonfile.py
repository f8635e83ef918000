"""JSON, by the standard library's scanner, which tells where each string and value ends."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from ..model import Edit, Entry, Form, InputError, Scalar, Section, Span, Unknown
from .text import Text

__all__ = ["read"]

_BLANK = re.compile(r"[ \t\r\n]*")
_COMMA = re.compile(r"[ \t\r\n]*,[ \t]*(?:\r?\n[ \t]*)?")
_DECODER = json.JSONDecoder()


class _JsonForm(Form):
    def __init__(self, text: Text, entries: list[Entry]) -> None:
        self._text = text
        self._entries = entries

    def value(self, entry: Entry, value: Scalar) -> str | None:
        return None if isinstance(value, Unknown) else json.dumps(_alike(entry.value, value))

    def key(self, entry: Entry, key: str) -> str | None:
        return json.dumps(key)

    def insert(self, key: str, value: Scalar) -> Edit | None:
        if not self._entries or isinstance(value, Unknown):
            return None
        last = self._entries[-1]
        line = self._text.of_line(last.line)
        blank = line[: len(line) - len(line.lstrip())]
        alone = line[: last.column - 1].strip() == ""
        between = f",{self._text.newline}{blank}" if alone else ", "
        written = json.dumps(_alike(last.value, value))
        at = last.value_span.end
        return Edit(Span(at, at), f"{between}{json.dumps(key)}: {written}")

    def line(self, key: str, value: Scalar) -> str:
        return f"{json.dumps(key)}: {json.dumps(None if isinstance(value, Unknown) else value)}"


def _alike(old: Scalar, new: Scalar) -> Scalar:
    """As text if the value before was text, as the files of Connect have it."""
    if isinstance(old, str) and not isinstance(new, (str, type(None))):
        return str(new).lower() if isinstance(new, bool) else str(new)
    return new


@dataclass(frozen=True)
class _Pair:
    path: tuple[str, ...]
    value: Scalar
    key: Span
    span: Span


class _Walker:
    def __init__(self, text: str) -> None:
        self.text = text
        self.pairs: list[_Pair] = []

    def skip(self, at: int) -> int:
        match = _BLANK.match(self.text, at)
        return match.end() if match else at

    def walk(self, at: int, path: tuple[str, ...]) -> int:
        """Walks the object that begins here; the text is known to be JSON."""
        at = self.skip(at + 1)
        while self.text[at] != "}":
            key, end = _DECODER.raw_decode(self.text, at)
            start, at = at, self.skip(end)
            at = self.skip(at + 1)
            inner = (*path, key)
            if self.text[at] == "{":
                end_value = self.walk(at, inner)
            else:
                value, end_value = _DECODER.raw_decode(self.text, at)
                span = Span(at, end_value)
                self.pairs.append(_Pair(inner, _scalar(value), Span(start, end), span))
            at = self.skip(end_value)
            if self.text[at] == ",":
                at = self.skip(at + 1)
        return at + 1


def _scalar(value: Any) -> Scalar:
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    return json.dumps(value)


def read(text: str, file: str) -> list[Section]:
    """One section: of `config` if there is one, as Connect's REST interface has it, else of all."""
    lines = Text(text, file)
    start = len(text) - len(text.lstrip())
    try:
        top = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(file, f"no JSON: {error.msg}", error.lineno) from None
    except (RecursionError, ValueError) as error:
        raise InputError(file, f"no JSON that can be read: {error}") from None
    if not isinstance(top, dict):
        raise InputError(file, "the JSON is no object of keys and values")
    walker = _Walker(text)
    walker.walk(start, ())
    inside = isinstance(top.get("config"), dict)
    entries: list[Entry] = []
    for pair in walker.pairs:
        path = pair.path
        if inside:
            if path[0] != "config":
                continue
            path = path[1:]
        whole = _whole(text, Span(pair.key.start, pair.span.end))
        line, column = lines.line(pair.key.start), lines.column(pair.key.start)
        key = ".".join(path)
        entries.append(Entry(key, pair.value, line, column, pair.key, pair.span, whole))
    facts = {"connector": inside or "connector.class" in top}
    return [Section(entries, form=_JsonForm(lines, entries), facts=facts)]


def _whole(text: str, span: Span) -> Span:
    """The pair and the comma that goes with it."""
    after = _COMMA.match(text, span.end)
    if after:
        return Span(span.start, after.end())
    start = len(text[: span.start].rstrip(" \t\r\n"))
    return Span(start - 1 if text[start - 1 : start] == "," else span.start, span.end)
