"""Sources that tree-sitter reads: what Go's and JavaScript's readers share."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from tree_sitter import Language, Node, Parser

from ..model import UNKNOWN, InputError, Scalar, Span
from .text import Text

__all__ = ["Source"]


class Source:
    """A text and its tree; `before` and `after` were put around it so that a fragment can be read."""

    def __init__(self, text: str, file: str, root: Node, before: int) -> None:
        self.lines = Text(text, file)
        self.root = root
        self._before = before

    @classmethod
    def parse(
        cls, text: str, file: str, language: object, wraps: list[tuple[str, str]], name: str
    ) -> Source:
        """With the first wrapping that leaves no error; else it is no such source."""
        parser = Parser(Language(language))
        for before, after in wraps:
            root = parser.parse(f"{before}{text}{after}".encode("utf-8", "replace")).root_node
            if not root.has_error:
                return cls(text, file, root, len(before))
        root = parser.parse(text.encode("utf-8", "replace")).root_node
        bad = next((node for node in walk(root) if node.is_error or node.is_missing), root)
        line = bad.start_point[0] + 1
        raise InputError(file, f"no {name}: the syntax breaks off here", line)

    def text(self, node: Node) -> str:
        """What stands there."""
        return (node.text or b"").decode("utf-8", "replace")

    def offset(self, byte: int) -> int:
        """The character of the text, from a byte of the tree."""
        return self.lines.from_byte(max(0, byte - self._before))

    def span(self, node: Node) -> Span:
        """Where it stands."""
        return Span(self.offset(node.start_byte), self.offset(node.end_byte))

    def comments(self) -> list[Span]:
        """Where the comments stand, in order."""
        return [self.span(node) for node in walk(self.root) if "comment" in node.type]

    def whole(self, span: Span) -> Span:
        """With the comma that goes with it."""
        text = self.lines.text
        after = _COMMA.match(text, span.end)
        if after:
            return Span(span.start, after.end())
        start = len(text[: span.start].rstrip(" \t\r\n"))
        return Span(start - 1 if text[start - 1 : start] == "," else span.start, span.end)


_COMMA = re.compile(r"[ \t\r\n]*,[ \t]*(?:\r?\n[ \t]*(?=[^\s/]))?")


def walk(node: Node) -> Iterator[Node]:
    """Every node, in the order of the text, without recursion."""
    stack = [node]
    while stack:
        one = stack.pop()
        yield one
        stack.extend(reversed(one.children))


def literal(text: str) -> Scalar:
    """A literal of Go or JavaScript, as far as settings have them."""
    text = text.strip()
    words: dict[str, Scalar] = {"true": True, "false": False, "nil": None, "null": None}
    words["undefined"] = None
    if text in words:
        return words[text]
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "\"'`":
        return _string(text)
    number = re.fullmatch(r"([-+]?)\s*(0[xX][0-9a-fA-F_]+|0[oO]?[0-7_]*|[1-9][0-9_]*)", text)
    if number and len(text) < 40:
        digits = number[2].replace("_", "").lower()
        if digits.startswith("0x"):
            value = int(digits, 16)
        elif digits.startswith("0") and len(digits) > 1:
            value = int(digits.lstrip("0o") or "0", 8)
        else:
            value = int(digits)
        return -value if number[1] == "-" else value
    if re.fullmatch(r"[-+]?[0-9.]+(?:e[-+]?[0-9]+)?", text, re.IGNORECASE):
        try:
            return float(text)
        except ValueError:
            return UNKNOWN
    return UNKNOWN


def _string(text: str) -> Scalar:
    body = text[1:-1]
    if text[0] == "`":
        return UNKNOWN if "${" in body else body
    if text[0] == "'":
        body = body.replace("\\'", "'").replace('"', '\\"')
    try:
        value = json.loads(f'"{body}"')
    except ValueError:
        return UNKNOWN
    return value if isinstance(value, str) else UNKNOWN
