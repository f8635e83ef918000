"""What is read from a file, and what is found in it."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = [
    "UNKNOWN",
    "Edit",
    "Entry",
    "Finding",
    "Form",
    "InputError",
    "Scalar",
    "Section",
    "Severity",
    "Span",
    "Unknown",
    "shown",
]


class InputError(Exception):
    """A file that can't be linted: which one, where, and why."""

    def __init__(self, file: str, reason: str, line: int | None = None) -> None:
        super().__init__(file, reason, line)
        self.file = file
        self.reason = reason
        self.line = line

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.reason}"


class Severity(enum.Enum):
    """How bad it is: the client refuses, it runs without the guarantee, or it is worth knowing."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for an error, 2 for information."""
        return list(Severity).index(self)


class Unknown(enum.Enum):
    """The value is only known when the program runs: a variable, a placeholder."""

    UNKNOWN = "unknown"


UNKNOWN = Unknown.UNKNOWN

Scalar = str | bool | int | float | None | Unknown


@dataclass(frozen=True)
class Span:
    """A part of a text, from `start` up to and without `end`, in characters."""

    start: int
    end: int


@dataclass(frozen=True)
class Edit:
    """Puts `text` where `span` is."""

    span: Span
    text: str


@dataclass(frozen=True)
class Entry:
    """A key and its value, as one place of a file says it."""

    key: str
    value: Scalar
    line: int
    column: int
    # Where the key and the value stand, and what goes when the entry is deleted.
    key_span: Span
    value_span: Span
    whole: Span
    # What belongs to the file's form: the text before a value, the quotes of a key.
    note: Mapping[str, Any] = field(default_factory=dict, hash=False, compare=False)


class Form:
    """How a file's form writes: what it can't write is `None`."""

    def value(self, entry: Entry, value: Scalar) -> str | None:
        """The text for the entry's value."""
        return None

    def key(self, entry: Entry, key: str) -> str | None:
        """The text for the entry's key."""
        return None

    def insert(self, key: str, value: Scalar) -> Edit | None:
        """Says a key that is not there yet."""
        return None

    def line(self, key: str, value: Scalar) -> str:
        """How a reader of the file would write it."""
        return f"{key}={shown(value)}"


def shown(value: Scalar) -> str:
    """A value as configuration files have it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None or isinstance(value, Unknown) else str(value)


@dataclass
class Section:
    """One producer's settings in a file, in the order in which they stand."""

    entries: list[Entry]
    line: int = 1
    column: int = 1
    form: Form = field(default_factory=Form)
    # Whose they are, if the file says it.
    dialect: str | None = None
    label: str = ""
    # What a form tells beside its keys: the kind of a literal, of a Connect file.
    facts: Mapping[str, Any] = field(default_factory=dict)

    def get(self, key: str) -> Entry | None:
        """The entry that counts: the last of this name."""
        found = [entry for entry in self.entries if entry.key == key]
        return found[-1] if found else None


@dataclass(frozen=True)
class Finding:
    """One rule that holds, at one place."""

    rule: str
    severity: Severity
    # The setting, by the client's own name for it.
    key: str
    file: str
    line: int
    column: int
    # What the client really does.
    message: str
    # Why it matters.
    why: str
    # The fixed line, or what has to be decided.
    fix: str
    # When it shows: at `start`, or at the moment named.
    phase: str = "start"
    edits: tuple[Edit, ...] = ()
    # The last line of the entry, for forms in which it spans several.
    end_line: int = 0
    # Whether it is about the whole section, because nothing says what it is about.
    of_section: bool = False

    @property
    def can_be_fixed(self) -> bool:
        """Whether `--fix` knows what to write."""
        return bool(self.edits)

    def to_json(self) -> dict[str, Any]:
        """As `--format json` prints it."""
        return {
            "rule": self.rule,
            "severity": self.severity.value,
            "key": self.key,
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "message": self.message,
            "why": self.why,
            "fix": self.fix,
            "fixable": self.can_be_fixed,
            "phase": self.phase,
        }
