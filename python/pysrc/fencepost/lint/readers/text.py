"""A text and its lines."""

from __future__ import annotations

import re
from bisect import bisect_right

from ..model import Span

__all__ = ["Text", "split_lines"]

_ENDING = re.compile(r"[\r\n]")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


def split_lines(text: str) -> list[str]:
    """Lines with their endings. `str.splitlines` takes form feeds and more for endings, editors don't."""
    return _LINE.findall(text)


class Text:
    """A text that knows which line an offset is in."""

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self._starts = [0]
        for line in split_lines(text):
            self._starts.append(self._starts[-1] + len(line))
        self._bytes: list[int] | None = None

    @property
    def newline(self) -> str:
        """The line ending in use."""
        first = _ENDING.search(self.text)
        return "\r\n" if "\r\n" in self.text else first[0] if first else "\n"

    def line(self, offset: int) -> int:
        """The line, from 1."""
        return max(1, min(bisect_right(self._starts, offset), self.lines))

    def column(self, offset: int) -> int:
        """The column, from 1."""
        return offset - self._starts[self.line(offset) - 1] + 1

    @property
    def lines(self) -> int:
        """How many lines there are, at least 1."""
        return max(1, len(self._starts) - 1)

    def line_span(self, span: Span) -> Span:
        """The whole lines that a span is in, with the line ending."""
        first = self._starts[self.line(span.start) - 1]
        last = self.line(max(span.start, span.end - 1))
        end = self._starts[last] if last < len(self._starts) else len(self.text)
        return Span(first, end)

    def of_line(self, number: int) -> str:
        """The text of a line, without its ending."""
        if not 1 <= number < len(self._starts):
            return ""
        return self.text[self._starts[number - 1] : self._starts[number]].rstrip("\r\n")

    def from_byte(self, offset: int) -> int:
        """The character that begins at this byte of the text's UTF-8."""
        if self.text.isascii():
            return offset
        if self._bytes is None:
            self._bytes, at = [], 0
            for character in self.text:
                self._bytes.append(at)
                at += len(character.encode("utf-8", "surrogatepass"))
        return bisect_right(self._bytes, offset) - 1 if offset < self._end() else len(self.text)

    def _end(self) -> int:
        return len(self.text.encode("utf-8", "surrogatepass"))
