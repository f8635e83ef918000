"""Go: options of franz-go, assignments to sarama's configuration, writers of kafka-go, and the maps of
confluent-kafka-go."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import tree_sitter_go
from tree_sitter import Node

from ..model import Edit, Entry, Form, Scalar, Section, Span, Unknown
from .text import Text
from .trees import Source, literal, walk

__all__ = ["comments", "read"]

# The package's name in the code, and what it is imported as unless said otherwise.
_PACKAGES = {
    "kgo": re.compile(r'(?:(?!import\b)\b(\w+)[ \t]+)?"github\.com/twmb/franz-go/pkg/kgo"'),
    "sarama": re.compile(r'(?:(?!import\b)\b(\w+)[ \t]+)?"github\.com/(?:IBM|Shopify)/sarama"'),
    "kafka": re.compile(r'(?:(?!import\b)\b(\w+)[ \t]+)?"github\.com/segmentio/kafka-go"'),
}
_SARAMA = re.compile(
    r"(\w+(?:\.\w+)*?)\.((?:Producer|Net)\.\w+(?:\.\w+)*|Version|ClientID|ApiVersionsRequest)"
)
_FUNCTIONS = {"function_declaration", "method_declaration", "func_literal"}


class _OptionForm(Form):
    def __init__(self, source: Source, entries: list[Entry], package: str) -> None:
        self._text = source.lines
        self._entries = entries
        self._package = package

    def value(self, entry: Entry, value: Scalar) -> str | None:
        if entry.value_span == entry.key_span:
            return None
        return go(value, self._package)

    def key(self, entry: Entry, key: str) -> str | None:
        return key

    def line(self, key: str, value: Scalar) -> str:
        return f"{self._package}.{key}({'' if value is True else go(value, self._package)})"


class _AssignForm(Form):
    def __init__(self, text: Text, entries: list[Entry], variable: str, package: str) -> None:
        self._text = text
        self._entries = entries
        self._variable = variable
        self._package = package

    def value(self, entry: Entry, value: Scalar) -> str | None:
        return go(value, self._package)

    def insert(self, key: str, value: Scalar) -> Edit | None:
        if not self._entries:
            return None
        last = self._entries[-1]
        line = self._text.of_line(last.line)
        blank = line[: len(line) - len(line.lstrip())]
        at = last.note["end"]
        between = f"{self._text.newline}{blank}"
        return Edit(Span(at, at), between + self.line(key, value))

    def line(self, key: str, value: Scalar) -> str:
        return f"{self._variable}.{key} = {go(value, self._package)}"


class _LiteralForm(Form):
    """The fields of a struct's literal, or the pairs of a map's."""

    def __init__(self, source: Source, body: Node, entries: list[Entry], package: str) -> None:
        self._text = source.lines
        self._start = source.span(body).start + 1
        self._entries = entries
        self._package = package
        self._quoted = package == ""

    def value(self, entry: Entry, value: Scalar) -> str | None:
        if self._quoted and isinstance(entry.value, str) and isinstance(value, (bool, int)):
            value = str(value).lower()
        return go(value, self._package)

    def key(self, entry: Entry, key: str) -> str | None:
        return go(key, "") if self._quoted else key

    def insert(self, key: str, value: Scalar) -> Edit | None:
        at = Span(self._start, self._start)
        pair = self.line(key, value)
        if not self._entries:
            return Edit(at, pair)
        first = self._entries[0]
        line = self._text.of_line(first.line)
        blank = line[: len(line) - len(line.lstrip())]
        if line[: first.column - 1].strip() == "":
            return Edit(Span(first.key_span.start, first.key_span.start), f"{pair},\n{blank}")
        return Edit(at, f"{pair}, ")

    def line(self, key: str, value: Scalar) -> str:
        name = go(key, "") if self._quoted else key
        return f"{name}: {go(value, self._package)}"


def go(value: Scalar, package: str) -> str:
    """A value in Go. A capitalised word is a name of the package."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, Unknown):
        return "nil"
    if isinstance(value, str):
        if package and re.fullmatch(r"[A-Z]\w*(?:\(\))?", value):
            return f"{package}.{value}"
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)


def _parse(text: str, file: str) -> Source:
    wraps = [("", ""), ("", "\n"), ("_(", ")\n"), ("func _() {\n", "\n}\n")]
    return Source.parse(text, file, tree_sitter_go.language(), wraps, "Go")


def comments(text: str, file: str) -> list[Span]:
    """Where the comments stand, in order."""
    return _parse(text, file).comments()


def read(text: str, file: str) -> list[Section]:
    """A section a producer, as far as that can be told from the text alone."""
    source = _parse(text, file)
    names = {}
    for package, pattern in _PACKAGES.items():
        match = pattern.search(text)
        names[package] = (match[1] or package) if match else package
    sections = [
        *_options(source, names["kgo"]),
        *_assignments(source, names["sarama"]),
        *_literals(source, names["kafka"]),
    ]
    return sorted(sections, key=lambda section: (section.line, section.column))


def _entry(source: Source, key: str, value: Scalar, spans: tuple[Span, Span, Span]) -> Entry:
    start = spans[0].start
    line, column = source.lines.line(start), source.lines.column(start)
    return Entry(key, value, line, column, *spans)


def _parents(node: Node) -> Iterator[Node]:
    parent = node.parent
    while parent is not None:
        yield parent
        parent = parent.parent


def _function(node: Node) -> int:
    """Which function it is in; 0 for none."""
    return next((one.start_byte for one in _parents(node) if one.type in _FUNCTIONS), 0)


def _options(source: Source, package: str) -> Iterator[Section]:
    groups: dict[tuple[int, int], list[Entry]] = {}
    clients: dict[tuple[int, int], Node] = {}
    for node in walk(source.root):
        called = _called(source, node)
        if not called or called[0] != package:
            continue
        name = called[1]
        if name == "NewClient":
            clients[(_function(node), node.start_byte)] = node
            groups.setdefault((_function(node), node.start_byte), [])
            continue
        if name[:1].islower() or _is_argument(source, node, package):
            continue
        client = next((p for p in _parents(node) if _is_client(source, p, package)), None)
        place = (_function(node), client.start_byte if client else -1)
        groups.setdefault(place, []).append(_option(source, node, name, package))
    # Options that stand elsewhere in the function belong to the clients that take a variable's.
    for place, client in clients.items():
        if "..." in source.text(client):
            groups[place] = [*groups.pop((place[0], -1), []), *groups[place]]
    for place, entries in groups.items():
        made = clients.get(place)
        at = source.span(made).start if made else entries[0].key_span.start
        form = _OptionForm(source, entries, package)
        line, column = source.lines.line(at), source.lines.column(at)
        yield Section(entries, line, column, form, "franz")


def _is_argument(source: Source, node: Node, package: str) -> bool:
    """Whether it is an argument of an option, as `kgo.LeaderAck()` is."""
    for parent in _parents(node):
        called = _called(source, parent)
        if called and called[0] == package and called[1] != "NewClient":
            return True
    return False


def _is_client(source: Source, node: Node, package: str) -> bool:
    return _called(source, node) == (package, "NewClient")


def _called(source: Source, node: Node) -> tuple[str, str] | None:
    """`package.Name(…)`. A call of one literal may be read as a conversion to a type."""
    if node.type == "call_expression":
        function = node.child_by_field_name("function")
    elif node.type == "type_conversion_expression":
        function = node.child_by_field_name("type")
    else:
        return None
    parts = source.text(function).split(".") if function else []
    return (parts[0], parts[1]) if len(parts) == 2 else None


def _option(source: Source, node: Node, name: str, package: str) -> Entry:
    span = source.span(node)
    start = span.start + len(package) + 1
    key = Span(start, start + len(name))
    if node.type == "type_conversion_expression":
        arguments = [node.child_by_field_name("operand")]
    else:
        inner = node.child_by_field_name("arguments")
        arguments = list(inner.named_children) if inner else []
    arguments = [argument for argument in arguments if argument and argument.type != "comment"]
    if not arguments or arguments[0] is None:
        return _entry(source, name, True, (key, key, source.whole(span)))
    first = arguments[0]
    called = _called(source, first)
    value = called[1] if called and called[0] == package else literal(source.text(first))
    return _entry(source, name, value, (key, source.span(first), source.whole(span)))


def _assignments(source: Source, package: str) -> Iterator[Section]:
    groups: dict[tuple[int, str], list[Entry]] = {}
    for node in walk(source.root):
        if node.type == "short_var_declaration":
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            made = left and right and source.text(right).strip() == f"{package}.NewConfig()"
            if made and left:
                groups.setdefault((_function(node), source.text(left).strip()), [])
        if node.type != "assignment_statement":
            continue
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        match = _SARAMA.fullmatch(source.text(left).strip()) if left else None
        if not match or not left or not right:
            continue
        value = _name_of(source.text(right).strip(), package)
        whole = source.lines.line_span(source.span(node))
        if source.lines.text[whole.start : whole.end].strip() != source.text(node).strip():
            whole = source.span(node)
        entry = _entry(source, match[2], value, (source.span(left), source.span(right), whole))
        entry = replace(entry, note={"end": source.span(node).end})
        groups.setdefault((_function(node), match[1]), []).append(entry)
    asks = re.search(rf"\b{package}\.New(?:Sync|Async)Producer", source.lines.text)
    for (_, variable), entries in groups.items():
        produces = any(entry.key.startswith(("Producer.", "Net.Max")) for entry in entries)
        if not entries or not (produces or asks):
            continue
        form = _AssignForm(source.lines, entries, variable, package)
        first = entries[0]
        yield Section(entries, first.line, first.column, form, "sarama", variable)


def _name_of(text: str, package: str) -> Scalar:
    if text.startswith(f"{package}."):
        return text[len(package) + 1 :]
    conversion = re.fullmatch(rf"{package}\.RequiredAcks\((.*)\)", text)
    return literal(conversion[1] if conversion else text)


def _literals(source: Source, package: str) -> Iterator[Section]:
    for node in walk(source.root):
        if node.type != "composite_literal":
            continue
        kind, body = node.child_by_field_name("type"), node.child_by_field_name("body")
        name = source.text(kind) if kind else ""
        is_writer = name in (f"{package}.Writer", f"{package}.WriterConfig")
        is_map = name.endswith(".ConfigMap")
        if not body or not (is_writer or is_map):
            continue
        entries = list(_fields(source, body, package if is_writer else ""))
        if is_writer:
            entries.extend(_later_fields(source, node, package))
        form = _LiteralForm(source, body, entries, package if is_writer else "")
        at = source.span(node).start
        line, column = source.lines.line(at), source.lines.column(at)
        dialect = "kgo" if is_writer else "rdk"
        facts = {"literal": name.split(".")[-1]}
        yield Section(entries, line, column, form, dialect, name, facts)


def _fields(source: Source, body: Node, package: str) -> Iterator[Entry]:
    for pair in body.named_children:
        if pair.type != "keyed_element" or len(pair.named_children) < 2:
            continue
        key, value = pair.named_children[0], pair.named_children[-1]
        name = source.text(key).strip()
        if not package:
            read = literal(name)
            if not isinstance(read, str):
                continue
            name = read
        text = source.text(value).strip()
        scalar = _name_of(text, package) if package else literal(text)
        whole = source.whole(source.span(pair))
        yield _entry(source, name, scalar, (source.span(key), source.span(value), whole))


def _later_fields(source: Source, node: Node, package: str) -> Iterator[Entry]:
    """`w.RequiredAcks = …` after `w := &kafka.Writer{…}`, in the same function."""
    declared = next((p for p in _parents(node) if p.type == "short_var_declaration"), None)
    left = declared.child_by_field_name("left") if declared else None
    if declared is None or left is None:
        return
    variable = source.text(left).split(",")[0].strip()
    for one in walk(source.root):
        if one.type != "assignment_statement" or _function(one) != _function(node):
            continue
        target, value = one.child_by_field_name("left"), one.child_by_field_name("right")
        if not target or not value or not source.text(target).startswith(f"{variable}."):
            continue
        name = source.text(target).strip()[len(variable) + 1 :]
        scalar = _name_of(source.text(value).strip(), package)
        spans = (source.span(target), source.span(value), source.span(one))
        yield _entry(source, name, scalar, spans)
