"""What every dialect needs: a place to put findings, and fixes for the common cases."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from ..apply import fixed_lines
from ..model import UNKNOWN, Edit, Entry, Finding, Scalar, Section, Severity, shown
from ..readers.text import Text
from ..rules import RULES

__all__ = ["Given", "Linter", "duplicates", "is_unknown", "normalised"]


@dataclass(frozen=True)
class Given:
    """A setting by the client's name for it: its value, where it is said, and by whom if not by an entry."""

    value: Scalar
    entry: Entry | None = None
    by: str = ""


class Linter:
    """Collects what is found in one section of a file."""

    def __init__(
        self,
        text: Text,
        section: Section,
        version: tuple[int, int, int] | None,
        *,
        pedantic: bool = False,
    ) -> None:
        self.text = text
        self.section = section
        self.version = version
        self.pedantic = pedantic
        self.findings: list[Finding] = []
        # What the client ends up with, for people.
        self.outcome = ""

    def add(
        self,
        rule: str,
        key: str,
        message: str,
        *,
        at: Entry | None = None,
        edits: Iterable[Edit | None] = (),
        fix: str = "",
        severity: Severity | None = None,
        phase: str | None = None,
    ) -> None:
        """One finding. The fix is what the edits leave, or the words given, or the rule's."""
        page = RULES[rule]
        line, column = (at.line, at.column) if at else (self.section.line, self.section.column)
        end = self.text.line(max(at.whole.start, at.value_span.end - 1)) if at else line
        wanted = list(edits)
        done = () if None in wanted else tuple(edit for edit in wanted if edit is not None)
        if not fix and done:
            fix = fixed_lines(self.text.text, done) or f"remove {at.key if at else key}"
        self.findings.append(
            Finding(
                rule=rule,
                severity=severity or page.severity,
                key=_printable(key),
                file=self.text.file,
                line=line,
                column=column,
                message=_printable(message),
                why=page.why,
                fix=_printable(fix or page.fix),
                phase=phase or page.phase,
                edits=done,
                end_line=max(line, end),
                of_section=at is None,
            )
        )

    def put(self, entry: Entry | None, value: Scalar) -> Edit | None:
        """Another value for an entry."""
        written = self.section.form.value(entry, value) if entry else None
        return Edit(entry.value_span, written) if entry and written is not None else None

    def drop(self, entry: Entry | None) -> Edit | None:
        """The entry goes."""
        return Edit(entry.whole, "") if entry else None

    def rename(self, entry: Entry, key: str) -> Edit | None:
        """Another key for an entry."""
        written = self.section.form.key(entry, key)
        return Edit(entry.key_span, written) if written is not None else None

    def say(self, key: str, value: Scalar) -> Edit | None:
        """A key that is not there yet."""
        return self.section.form.insert(key, value)


def _printable(text: str) -> str:
    """Without the half of a surrogate pair that an escape can leave in a text."""
    return text.encode("utf-8", "replace").decode()


def normalised(entries: Iterable[Entry]) -> list[Entry]:
    """Placeholders, which another program fills in, are values that nobody knows here."""
    found = []
    for entry in entries:
        value = entry.value
        if isinstance(value, str) and ("${" in value or "{{" in value or "#{" in value):
            entry = Entry(**{**vars(entry), "value": UNKNOWN})
        found.append(entry)
    return found


def is_unknown(value: Scalar) -> bool:
    """Whether only the running program knows it."""
    return value is UNKNOWN


def duplicates(
    linter: Linter,
    entries: Iterable[Entry],
    canonical: Callable[[Entry], str],
    names: Mapping[str, str] | None = None,
) -> None:
    """PC006: the same key, or an alias of it, twice with different values."""
    seen: dict[str, Entry] = {}
    for entry in entries:
        key = canonical(entry)
        before = seen.get(key)
        seen[key] = entry
        if before is None or before.value == entry.value:
            continue
        both = f"`{before.key}` on line {before.line}"
        if before.key != entry.key:
            both += f", another name for `{entry.key}`,"
        linter.add(
            "PC006",
            (names or {}).get(key, key),
            f"{both} says {shown(before.value)!r}, and this line {shown(entry.value)!r}: the later one wins",
            at=entry,
            edits=[linter.drop(before)],
            fix=f"delete line {before.line}, or this one",
        )
