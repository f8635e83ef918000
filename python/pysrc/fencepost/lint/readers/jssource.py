"""JavaScript and TypeScript: the objects that kafkajs and node-rdkafka are made with."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import tree_sitter_typescript
from tree_sitter import Node

from ..model import UNKNOWN, Edit, Entry, Form, Scalar, Section, Span, Unknown
from .trees import Source, literal, walk

__all__ = ["comments", "read"]


class _ObjectForm(Form):
    def __init__(self, source: Source, call: Node, entries: list[Entry], prefix: str) -> None:
        self._source = source
        self._text = source.lines
        self._entries = [entry for entry in entries if entry.key.startswith(prefix)]
        self._call = call

    def value(self, entry: Entry, value: Scalar) -> str | None:
        if isinstance(value, Unknown):
            return None
        if isinstance(entry.value, str) and isinstance(value, (bool, int)):
            return f"'{str(value).lower()}'"
        return f"'{value}'" if isinstance(value, str) else json.dumps(value)

    def key(self, entry: Entry, key: str) -> str | None:
        return key if key.isidentifier() else f"'{key}'"

    def insert(self, key: str, value: Scalar) -> Edit | None:
        path, text = key.split("."), json.dumps(None if isinstance(value, Unknown) else value)
        node = _object(self._call)
        if key.startswith(("client.", "send.")):
            return None
        while len(path) > 1 and node is not None:
            inner = _member(self._source, node, path[0])
            if inner is None or inner.type != "object":
                break
            node = inner
            path.pop(0)
        for name in reversed(path[1:]):
            text = f"{{ {name}: {text} }}"
        pair = f"{path[0]}: {text}"
        if node is None:
            arguments = self._call.child_by_field_name("arguments")
            if arguments is None or arguments.named_children:
                return None
            at = self._source.span(arguments).start + 1
            return Edit(Span(at, at), f"{{ {pair} }}")
        at = self._source.span(node).start + 1
        if not node.named_children:
            return Edit(Span(at, at), f" {pair} ")
        first = self._source.span(node.named_children[0]).start
        between = self._text.text[at:first]
        return Edit(Span(at, at), f"{between}{pair},{'' if between else ' '}")

    def line(self, key: str, value: Scalar) -> str:
        text = json.dumps(None if isinstance(value, Unknown) else value)
        path = key.split(".")
        for name in reversed(path[1:]):
            text = f"{{ {name}: {text} }}"
        return f"{path[0]}: {text}"


class _MapForm(_ObjectForm):
    """Of node-rdkafka: the keys are librdkafka's and have dots in them."""

    def insert(self, key: str, value: Scalar) -> Edit | None:
        edit = super().insert("_", value)
        if edit is None:
            return None
        return Edit(edit.span, re.sub(r"\b_:", f"'{key}':", edit.text, count=1))

    def line(self, key: str, value: Scalar) -> str:
        return f"'{key}': {json.dumps(None if isinstance(value, Unknown) else value)}"


def _parse(text: str, file: str) -> Source:
    typescript = file.endswith((".ts", ".mts", ".cts"))
    if typescript:
        language = tree_sitter_typescript.language_typescript()
    else:
        language = tree_sitter_typescript.language_tsx()
    wraps = [("", ""), ("producer(", ")"), ("producer({", "})")]
    return Source.parse(text, file, language, wraps, "TypeScript" if typescript else "JavaScript")


def comments(text: str, file: str) -> list[Span]:
    """Where the comments stand, in order."""
    return _parse(text, file).comments()


def read(text: str, file: str) -> list[Section]:
    """A section a `producer(…)` or `new Producer(…)`; the client's retries and the sends of the file count
    for each."""
    source = _parse(text, file)
    calls = [(node, _callee(source, node)) for node in walk(source.root)]
    calls = [(node, name) for node, name in calls if name]
    shared: list[Entry] = []
    for node, name in calls:
        if name == "Kafka":
            retry = _entries(source, _object(node), "client.")
            shared.extend(entry for entry in retry if entry.key == "client.retry.retries")
        elif name in ("send", "sendBatch"):
            sent = _entries(source, _object(node), "send.")
            shared.extend(entry for entry in sent if entry.key == "send.acks")
    sections = []
    for node, name in calls:
        at = source.span(node).start
        line, column = source.lines.line(at), source.lines.column(at)
        if name == "producer":
            entries = [*_entries(source, _object(node), ""), *shared]
            form = _ObjectForm(source, node, entries, "")
            sections.append(Section(entries, line, column, form, "kjs"))
        elif name in ("Producer", "HighLevelProducer"):
            entries = _entries(source, _object(node), "")
            map_form = _MapForm(source, node, entries, "")
            sections.append(Section(entries, line, column, map_form, "rdk"))
    return sections


def _callee(source: Source, node: Node) -> str:
    """`Kafka` of `new Kafka(…)` and `Kafka(…)`, `producer` of `kafka.producer(…)`."""
    if node.type == "call_expression":
        called = node.child_by_field_name("function")
    elif node.type == "new_expression":
        called = node.child_by_field_name("constructor")
    else:
        return ""
    return source.text(called).split(".")[-1] if called else ""


def _object(call: Node) -> Node | None:
    arguments = call.child_by_field_name("arguments")
    named = arguments.named_children if arguments else []
    return named[0] if named and named[0].type == "object" else None


def _member(source: Source, node: Node, name: str) -> Node | None:
    for pair in node.named_children:
        key = pair.child_by_field_name("key")
        if pair.type == "pair" and key and _plain(source, key) == name:
            return pair.child_by_field_name("value")
    return None


def _plain(source: Source, key: Node) -> str:
    text = source.text(key)
    value = literal(text) if text[:1] in "\"'" else text
    return value if isinstance(value, str) else text


def _entries(source: Source, node: Node | None, prefix: str) -> list[Entry]:
    return list(_walk(source, node, prefix)) if node is not None else []


def _walk(source: Source, node: Node, prefix: str) -> Iterator[Entry]:
    for pair in node.named_children:
        if pair.type == "shorthand_property_identifier":
            span = source.span(pair)
            spans = (span, span, source.whole(span))
            yield _entry(source, prefix + source.text(pair), UNKNOWN, spans)
            continue
        key, value = pair.child_by_field_name("key"), pair.child_by_field_name("value")
        if pair.type != "pair" or not key or not value:
            continue
        name = prefix + _plain(source, key)
        if value.type == "object":
            yield from _walk(source, value, name + ".")
            continue
        scalar = _number(source.text(value))
        whole = source.whole(source.span(pair))
        yield _entry(source, name, scalar, (source.span(key), source.span(value), whole))


def _number(text: str) -> Scalar:
    names: dict[str, Scalar] = {
        "Number.MAX_SAFE_INTEGER": 2**53 - 1,
        "Infinity": float("inf"),
        "Number.MAX_VALUE": float("inf"),
    }
    return names.get(text.strip(), literal(text))


def _entry(source: Source, key: str, value: Scalar, spans: tuple[Span, Span, Span]) -> Entry:
    start = spans[0].start
    line, column = source.lines.line(start), source.lines.column(start)
    return Entry(key, value, line, column, *spans)
