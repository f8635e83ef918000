"""TOML: the standard library (or tomli) says what it means, tree-sitter where it stands."""

from __future__ import annotations

import json
import sys
from typing import Any

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

from ..model import Edit, Entry, Form, InputError, Scalar, Section, Span, Unknown
from .text import Text
from .trees import walk

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["comments", "read"]


class _TomlForm(Form):
    def __init__(self, text: Text, entries: list[Entry]) -> None:
        self._text = text
        self._entries = entries

    def value(self, entry: Entry, value: Scalar) -> str | None:
        if value is None or isinstance(value, Unknown):
            return None
        if isinstance(entry.value, str) and not isinstance(value, str):
            value = str(value).lower()
        return json.dumps(value)

    def key(self, entry: Entry, key: str) -> str | None:
        prefix = entry.key[: len(entry.key) - len(entry.note["last"])]
        return json.dumps(key[len(prefix) :]) if key.startswith(prefix) else None

    def insert(self, key: str, value: Scalar) -> Edit | None:
        if not self._entries or value is None or isinstance(value, Unknown):
            return None
        last = self._entries[-1]
        if isinstance(last.value, str) and not isinstance(value, str):
            value = str(value).lower()
        at, newline = last.whole.end, self._text.newline
        line = f"{json.dumps(key)} = {json.dumps(value)}"
        ended = self._text.text[at - 1 : at] in ("\n", "\r")
        return Edit(Span(at, at), line + newline if ended else newline + line)

    def line(self, key: str, value: Scalar) -> str:
        return f"{json.dumps(key)} = {json.dumps(None if isinstance(value, Unknown) else value)}"


def _tree(text: str) -> Node:
    return Parser(Language(tree_sitter_toml.language())).parse(text.encode()).root_node


def comments(text: str, file: str) -> list[Span]:
    """Where the comments stand, in order."""
    lines = Text(text, file)
    return [_span(lines, node) for node in walk(_tree(text)) if node.type == "comment"]


def read(text: str, file: str) -> list[Section]:
    """A section a table, with its keys relative to it."""
    try:
        tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(file, f"no TOML: {error}") from None
    lines = Text(text, file)
    root = _tree(text)
    sections: list[Section] = []
    top = _table(lines, [child for child in root.children if child.type == "pair"])
    if top:
        sections.append(_section(lines, top, ""))
    for child in root.children:
        if child.type not in ("table", "table_array_element"):
            continue
        pairs = [pair for pair in child.children if pair.type == "pair"]
        name = next((n for n in child.children if "key" in n.type), None)
        label = name.text.decode() if name and name.text else ""
        entries = _table(lines, pairs)
        if entries:
            sections.append(_section(lines, entries, label))
    return sections


def _section(lines: Text, entries: list[Entry], label: str) -> Section:
    form = _TomlForm(lines, entries)
    return Section(entries, entries[0].line, form=form, label=label)


def _table(lines: Text, pairs: list[Node], prefix: str = "") -> list[Entry]:
    entries: list[Entry] = []
    for pair in pairs:
        parts = [child for child in pair.named_children if child.type != "comment"]
        key, value = parts[0], parts[-1]
        last = ".".join(_names(key))
        path = prefix + last
        if value.type == "inline_table":
            inner = [child for child in value.children if child.type == "pair"]
            entries.extend(_table(lines, inner, path + "."))
            continue
        span = Span(_span(lines, key).start, _span(lines, value).end)
        whole = lines.line_span(span)
        line, column = lines.line(span.start), lines.column(span.start)
        entries.append(
            Entry(
                path,
                _value(value),
                line,
                column,
                _span(lines, key),
                _span(lines, value),
                whole if not prefix else span,
                {"last": last},
            )
        )
    return entries


def _names(key: Node) -> list[str]:
    if key.type == "dotted_key":
        return [name for child in key.children for name in _names(child)]
    text = key.text.decode() if key.text else ""
    if key.type == "quoted_key":
        (name,) = tomllib.loads(f"{text} = 0")
        return [name]
    return [text] if key.type == "bare_key" else []


def _value(node: Node) -> Scalar:
    text = node.text.decode() if node.text else ""
    value: Any = tomllib.loads(f"v = {text}")["v"]
    return value if isinstance(value, (str, bool, int, float)) else str(value)


def _span(lines: Text, node: Node) -> Span:
    return Span(lines.from_byte(node.start_byte), lines.from_byte(node.end_byte))
