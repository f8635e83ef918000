"""Python: calls that make producers, and the dicts they are made of, by the standard library's `ast`."""

from __future__ import annotations

import ast
import re
import tokenize
import warnings
from collections.abc import Iterator

from ..model import UNKNOWN, Edit, Entry, Form, InputError, Scalar, Section, Span, Unknown, shown
from .text import Text, split_lines

__all__ = ["comments", "read"]

# Whose producer a call of this name makes.
_CALLS = {
    "KafkaProducer": "kpy",
    "AIOKafkaProducer": "aio",
    "Producer": "rdk",
    "SerializingProducer": "rdk",
    "AvroProducer": "rdk",
    "AIOProducer": "rdk",
}
_OPEN = "_(\n"


class _PythonForm(Form):
    """Keyword arguments, or the pairs of a dict display."""

    def __init__(self, text: Text, entries: list[Entry], end: int, *, words: bool) -> None:
        self._text = text
        self._entries = entries
        self._end = end
        self._words = words

    def value(self, entry: Entry, value: Scalar) -> str | None:
        if isinstance(value, Unknown):
            return None
        if isinstance(entry.value, str) and not isinstance(value, (str, type(None))):
            return repr(shown(value))
        return repr(value)

    def key(self, entry: Entry, key: str) -> str | None:
        if entry.note["word"]:
            return key if key.isidentifier() else None
        return repr(key)

    def insert(self, key: str, value: Scalar) -> Edit | None:
        text = self._pair(key, value)
        if not self._entries:
            # Nothing stands between the brackets, perhaps but blanks.
            return Edit(Span(self._end, self._end), text)
        last = self._entries[-1]
        line = self._text.of_line(last.line)
        blank = line[: len(line) - len(line.lstrip())]
        alone = line[: last.column - 1].strip() == ""
        at = last.value_span.end
        between = f",{self._text.newline}{blank}" if alone else ", "
        return Edit(Span(at, at), between + text)

    def line(self, key: str, value: Scalar) -> str:
        return self._pair(key, value)

    def _pair(self, key: str, value: Scalar) -> str:
        written = "None" if isinstance(value, Unknown) else repr(value)
        return f"{key}={written}" if self._words else f"{key!r}: {written}"


class _Reader:
    def __init__(self, text: str, file: str) -> None:
        self.lines = Text(text, file)
        # `ast` counts the bytes of a line.
        self.starts = [0]
        for line in re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", text):
            self.starts.append(self.starts[-1] + len(line))
        self.shift = 0

    def offset(self, line: int, column: int) -> int:
        number = line - 1 - self.shift
        if number >= len(self.starts):
            return len(self.lines.text)
        start = self.starts[max(0, number)]
        text = self.lines.of_line(number + 1)
        return start + (column if text.isascii() else len(text.encode()[:column].decode()))

    def span(self, node: ast.expr | ast.keyword) -> Span:
        start = self.offset(node.lineno, node.col_offset)
        end = self.offset(node.end_lineno or node.lineno, node.end_col_offset or 0)
        return Span(start, end)

    def entry(self, key: str, key_span: Span, value: ast.expr, *, word: bool) -> Entry:
        value_span = self.span(value)
        line, column = self.lines.line(key_span.start), self.lines.column(key_span.start)
        whole = _whole(self.lines.text, Span(key_span.start, value_span.end))
        scalar = _scalar(value)
        return Entry(key, scalar, line, column, key_span, value_span, whole, {"word": word})

    def of_keywords(self, call: ast.Call, dicts: dict[str, ast.expr]) -> list[Entry]:
        entries: list[Entry] = []
        for argument in call.args:
            entries.extend(self.of_value(argument, dicts))
        for keyword in call.keywords:
            if keyword.arg is None:
                entries.extend(self.of_value(keyword.value, dicts))
            else:
                start = self.offset(keyword.lineno, keyword.col_offset)
                span = Span(start, start + len(keyword.arg))
                entries.append(self.entry(keyword.arg, span, keyword.value, word=True))
        return entries

    def of_value(self, node: ast.expr, dicts: dict[str, ast.expr]) -> list[Entry]:
        """The pairs of a dict, or of the variable that is one."""
        if isinstance(node, ast.Name) and node.id in dicts:
            return self.of_value(dicts[node.id], {})
        if isinstance(node, ast.Call) and _name(node) == "dict":
            return self.of_keywords(node, dicts)
        entries: list[Entry] = []
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if key is None:
                    entries.extend(self.of_value(value, dicts))
                elif isinstance(key, ast.Constant) and isinstance(key.value, str):
                    entries.append(self.entry(key.value, self.span(key), value, word=False))
        return entries

    def section(self, node: ast.expr, entries: list[Entry], name: str, end: int) -> Section:
        words = isinstance(node, ast.Call) and not any(not e.note["word"] for e in entries)
        words = words and (bool(entries) or _CALLS.get(name) != "rdk")
        form = _PythonForm(self.lines, entries, end, words=words)
        start = self.offset(node.lineno, node.col_offset)
        line, column = self.lines.line(start), self.lines.column(start)
        return Section(entries, line, column, form, _CALLS.get(name), name)


def comments(text: str, file: str) -> list[Span]:
    """Where the comments stand, in order. JSON has none, and its strings are Python's."""
    lines = split_lines(text)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    # In brackets, as what is only arguments would be, where indentation means nothing.
    given = iter([_OPEN, *(line.rstrip("\r\n") + "\n" for line in lines), ")\n"])
    found = []
    try:
        for token in tokenize.generate_tokens(lambda: next(given, "")):
            if token.type == tokenize.COMMENT:
                start = starts[token.start[0] - 2] + token.start[1]
                found.append(Span(start, start + len(token.string)))
    except (SyntaxError, tokenize.TokenError):
        # What came until there is known; the text has been read, so that is all of it.
        pass
    return found


def read(text: str, file: str) -> list[Section]:
    """A section a call that makes a producer. In a text without one: the keyword arguments that the text is,
    or each dict in it."""
    reader = _Reader(text, file)
    bare = _parse(f"{_OPEN}{text}\n)")
    if bare is not None:
        call = bare.body[0].value if isinstance(bare.body[0], ast.Expr) else None
        if len(bare.body) == 1 and isinstance(call, ast.Call) and _is_bare(call):
            reader.shift = 1
            entries = reader.of_keywords(call, {})
            form = _PythonForm(reader.lines, entries, len(text.rstrip()), words=True)
            return [Section(entries, form=form)]
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        raise InputError(file, f"no Python: {error.msg}", error.lineno) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise InputError(file, f"no Python that can be read: {str(error) or 'it is nested too deeply'}") from None
    dicts = _dicts(tree)
    sections = []
    for node in _walk(tree):
        if isinstance(node, ast.Call) and _name(node) in _CALLS:
            entries = reader.of_keywords(node, dicts)
            end = reader.span(node).end - 1
            sections.append(reader.section(node, entries, _name(node), end))
    if not sections:
        for node in _walk(tree):
            is_dict = isinstance(node, ast.Call) and _name(node) == "dict"
            if isinstance(node, ast.Dict) or (is_dict and isinstance(node, ast.Call)):
                entries = reader.of_value(node, {})
                end = reader.span(node).end - 1
                sections.append(reader.section(node, entries, "dict", end))
    return sections


def _is_bare(call: ast.Call) -> bool:
    """Keyword arguments, and not `config = {…}`, which can be read as one."""
    values = [keyword.value for keyword in call.keywords]
    made = any(isinstance(v, ast.Dict) or (isinstance(v, ast.Call) and _name(v)) for v in values)
    return bool(values) and not call.args and not (made and len(values) == 1)


def _parse(text: str) -> ast.Module | None:
    with warnings.catch_warnings():
        # Of the file's own strings, which are none of ours.
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def _walk(tree: ast.Module) -> Iterator[ast.AST]:
    """In the order of the text, which `ast.walk` does not keep."""
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.expr)]
    return iter(sorted(nodes, key=lambda node: (node.lineno, node.col_offset)))


def _dicts(tree: ast.Module) -> dict[str, ast.expr]:
    """Variables that are given a dict once and never again."""
    given: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            targets = [node.target]
        for target in targets:
            value = getattr(node, "value", None)
            if isinstance(target, ast.Name) and isinstance(value, ast.expr):
                given.setdefault(target.id, []).append(value)
    return {name: values[0] for name, values in given.items() if len(values) == 1}


def _name(call: ast.Call) -> str:
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _scalar(node: ast.expr) -> Scalar:
    sign = 1
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        sign = -1 if isinstance(node.op, ast.USub) else 1
        node = node.operand
        if not (isinstance(node, ast.Constant) and isinstance(node.value, (int, float))):
            return UNKNOWN
    if isinstance(node, ast.Constant):
        value = node.value
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return value * sign
        if value is None or isinstance(value, (str, bool)):
            return value
    inf = isinstance(node, ast.Call) and _name(node) == "float" and len(node.args) == 1
    if inf and isinstance(node, ast.Call) and isinstance(node.args[0], ast.Constant):
        try:
            return float(str(node.args[0].value))
        except ValueError:
            return UNKNOWN
    return UNKNOWN


_COMMA = re.compile(r"[ \t\r\n]*,[ \t]*(?:\r?\n[ \t]*(?=[^\s#]))?")


def _whole(text: str, span: Span) -> Span:
    after = _COMMA.match(text, span.end)
    if after:
        return Span(span.start, after.end())
    start = len(text[: span.start].rstrip(" \t\r\n"))
    return Span(start - 1 if text[start - 1 : start] == "," else span.start, span.end)
