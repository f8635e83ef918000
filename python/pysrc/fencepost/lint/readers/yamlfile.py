"""YAML, by `ruamel.yaml`, whose nodes know their places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.tokens import ScalarToken

from ..model import Edit, Entry, Form, InputError, Scalar, Section, Span, shown
from .text import Text

__all__ = ["comments", "read"]

# What YAML 1.1's readers, Spring's among them, take for a boolean.
_TRUE = {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"}
_FALSE = {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"}
_NULL = {"", "~", "null", "Null", "NULL"}
_MOST = 100_000


@dataclass(frozen=True)
class _Block:
    path: str
    start: int
    column: int


class _YamlForm(Form):
    def __init__(self, text: Text, blocks: list[_Block], first: int) -> None:
        self._text = text
        self._blocks = blocks
        self._first = first

    def value(self, entry: Entry, value: Scalar) -> str | None:
        quote = entry.note.get("quote") or ""
        text = f"{quote}{shown(value)}{quote}"
        # `key:` alone has its null right behind the colon.
        before = self._text.text[entry.value_span.start - 1 : entry.value_span.start]
        return f" {text}" if before == ":" else text

    def key(self, entry: Entry, key: str) -> str | None:
        prefix = entry.key[: len(entry.key) - len(entry.note["last"])]
        return key[len(prefix) :] if key.startswith(prefix) else None

    def insert(self, key: str, value: Scalar) -> Edit | None:
        inside = [block for block in self._blocks if key.startswith(block.path + ".")]
        if not inside:
            at = Span(self._first, self._first)
            if self._text.text[self._first : self._first + 1] == "{":
                at = Span(self._first + 1, self._first + 1)
                return Edit(at, f"{key}: {shown(value)}, ")
            return Edit(at, f"{key}: {shown(value)}{self._text.newline}")
        block = max(inside, key=lambda block: len(block.path))
        rest = key[len(block.path) + 1 :]
        blank = self._text.newline + " " * block.column
        return Edit(Span(block.start, block.start), f"{rest}: {shown(value)}{blank}")

    def line(self, key: str, value: Scalar) -> str:
        return f"{key}: {shown(value)}"


class _Reader:
    def __init__(self, text: str, file: str) -> None:
        self.lines = Text(text, file)
        self.file = file
        self.entries: list[Entry] = []
        self.blocks: list[_Block] = []
        self.inside: set[int] = set()

    def walk(self, node: Node, path: str, pair: Span, key: Node | None) -> None:
        if len(self.entries) > _MOST:
            raise InputError(
                self.file, f"more than {_MOST} values once its aliases are written out"
            )
        if isinstance(node, ScalarNode):
            self.scalar(node, path, pair, key)
            return
        if id(node) in self.inside:
            line = node.start_mark.line + 1
            raise InputError(self.file, "an alias contains itself", line)
        self.inside.add(id(node))
        if isinstance(node, MappingNode):
            if not node.flow_style and node.value:
                start = node.value[0][0].start_mark
                self.blocks.append(_Block(path, start.index, start.column))
            for key_node, value in _pairs(node):
                name = key_node.value if isinstance(key_node, ScalarNode) else "?"
                inner = f"{path}.{name}" if path else name
                span = Span(key_node.start_mark.index, value.end_mark.index)
                self.walk(value, inner, span, key_node)
        elif isinstance(node, SequenceNode):
            for n, value in enumerate(node.value):
                span = Span(value.start_mark.index, value.end_mark.index)
                self.walk(value, f"{path}[{n}]", span, None)
        self.inside.discard(id(node))

    def scalar(self, node: ScalarNode, path: str, pair: Span, key: Node | None) -> None:
        value_span = Span(node.start_mark.index, node.end_mark.index)
        key_span = value_span
        last = path
        if isinstance(key, ScalarNode):
            key_span = Span(key.start_mark.index, key.end_mark.index)
            last = key.value
        whole = self.lines.line_span(pair)
        alone = self.lines.text[whole.start : pair.start].strip() == ""
        flow = self.lines.text[pair.end : whole.end].split("#")[0].strip() != ""
        if not alone or flow or key is None:
            whole = _with_comma(self.lines.text, pair)
        start = key_span.start
        quote = node.style if node.style in ("'", '"') else ""
        note = {"quote": quote, "last": last}
        line, column = self.lines.line(start), self.lines.column(start)
        value = _value(node)
        entry = Entry(path, value, line, column, key_span, value_span, whole, note)
        self.entries.append(entry)


def _pairs(node: MappingNode) -> Iterator[tuple[Node, Node]]:
    """What `<<` merges stands before, so that the mapping's own keys win."""
    own = []
    for key, value in node.value:
        if isinstance(key, ScalarNode) and key.value == "<<" and not key.style:
            merged = value.value if isinstance(value, SequenceNode) else [value]
            for one in reversed(merged):
                if isinstance(one, MappingNode):
                    yield from _pairs(one)
        else:
            own.append((key, value))
    yield from own


def _with_comma(text: str, span: Span) -> Span:
    after = re.compile(r"\s*,\s*").match(text, span.end)
    if after:
        return Span(span.start, after.end())
    start = len(text[: span.start].rstrip())
    return Span(start - 1 if text[start - 1 : start] == "," else span.start, span.end)


def _value(node: ScalarNode) -> Scalar:
    text = str(node.value)
    if node.style:
        return text
    if text in _NULL:
        return None
    if text in _TRUE:
        return "true"
    if text in _FALSE:
        return "false"
    return _integer(text)


def _integer(text: str) -> str:
    """YAML 1.1 has octal, hexadecimal and binary numbers, and underscores in them."""
    match = re.fullmatch(r"([-+]?)(0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_]+|[1-9][0-9_]*)", text)
    if not match or len(text) > 40:
        return text
    digits = match[2].replace("_", "")
    base = 2 if digits[:2] == "0b" else 16 if digits[:2] == "0x" else 8 if digits[0] == "0" else 10
    number = int(digits[2:] if base in (2, 16) else digits, base)
    return f"{'-' if match[1] == '-' else ''}{number}"


_COMMENT = re.compile(r"(?:^|(?<=[ \t\r\n]))#[^\r\n]*")
_HEADER = re.compile(r"[^\r\n]*")


def comments(text: str, file: str) -> list[Span]:
    """Where the comments stand, in order: what looks like one within a string is none."""
    found, at = [], 0
    for token in YAML(typ="safe", pure=True).scan(text):
        if not isinstance(token, ScalarToken):
            continue
        start = token.start_mark.index
        if token.style in ("|", ">"):
            # Behind the mark of a block there may be a comment; the text begins in the next line.
            header = _HEADER.match(text, start)
            start = header.end() if header else start
        found += [Span(*match.span()) for match in _COMMENT.finditer(text, at, start)]
        at = token.end_mark.index
    return found + [Span(*match.span()) for match in _COMMENT.finditer(text, at)]


def read(text: str, file: str) -> list[Section]:
    """A section a document; a scalar is a string, as Spring binds it."""
    sections = []
    try:
        for node in YAML(typ="rt", pure=True).compose_all(text):
            if node is None:
                continue
            if not isinstance(node, MappingNode):
                line = node.start_mark.line + 1
                raise InputError(file, "the document is no mapping of keys to values", line)
            reader = _Reader(text, file)
            span = Span(node.start_mark.index, node.end_mark.index)
            reader.walk(node, "", span, None)
            form = _YamlForm(reader.lines, reader.blocks, span.start)
            line = reader.lines.line(span.start)
            sections.append(Section(reader.entries, line, form=form))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = error.problem or error.context or "it can't be read"
        raise InputError(file, f"no YAML: {problem}", mark.line + 1 if mark else None) from None
    except YAMLError as error:
        reason = str(error).splitlines()[0] if str(error) else "it can't be read"
        raise InputError(file, f"no YAML: {reason}") from None
    except RecursionError:
        raise InputError(file, "no YAML that can be read: it is nested too deeply") from None
    return sections
