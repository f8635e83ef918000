"""Lints and fixes a text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from fencepost import config

from .apply import apply, overlap
from .detect import guess, guess_source
from .dialects.base import Linter
from .model import Edit, Entry, Finding, Form, InputError, Scalar, Section, Severity, Span
from .near import known
from .readers.text import Text, split_lines
from .registry import DIALECTS, comments, form_of, read

__all__ = ["Options", "Producer", "Report", "fix", "lint"]


@dataclass(frozen=True)
class Options:
    """How to lint."""

    dialect: str | None = None
    version: str | None = None
    pedantic: bool = False
    ignore: frozenset[str] = frozenset()
    least: Severity = Severity.INFO


@dataclass(frozen=True)
class Producer:
    """One producer of a file, and what the client makes of it."""

    line: int
    dialect: str
    version: str
    label: str
    outcome: str


@dataclass(frozen=True)
class Report:
    """What is found in a file."""

    file: str
    text: str
    findings: tuple[Finding, ...]
    producers: tuple[Producer, ...]
    # What was assumed, and why.
    note: str = ""

    @property
    def worst(self) -> Severity | None:
        """The worst severity, `None` if nothing is found."""
        return min((one.severity for one in self.findings), key=lambda s: s.rank, default=None)


def _check_text(text: str, file: str) -> None:
    """Half of a pair of surrogates is in no file, but may be in a string of Python's."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise InputError(file, "no text: half of a surrogate pair", line) from None


def lint(text: str, file: str = "<text>", options: Options = Options()) -> Report:
    """Every finding in a text, in the order of lines and rules.

    Raises `InputError` if the text is not what its name, or the dialect, says.
    """
    _check_text(text, file)
    form = form_of(file)
    if form is None and options.dialect is None:
        form = guess_source(text)
    sections = read(text, file, options.dialect, form)
    sections, note = _with_dialects(sections, file, form, options)
    lines = Text(text, file)
    findings: dict[Finding, None] = {}
    producers = []
    for section in sections:
        dialect = DIALECTS[section.dialect or "java"]
        version, numbers = _version(file, dialect.version, options)
        linter = Linter(lines, section, numbers, pedantic=options.pedantic)
        dialect.lint(linter)
        findings.update(dict.fromkeys(linter.findings))
        refused = [one for one in linter.findings if one.severity is Severity.ERROR]
        refused = [one for one in refused if one.phase == "start"]
        if refused:
            linter.outcome = f"it does not start, by {', '.join(one.rule for one in refused)}"
        producers.append(
            Producer(section.line, dialect.name, version, section.label, linter.outcome)
        )
    kept = [one for one in findings if one.severity.rank <= options.least.rank]
    kept = [one for one in kept if one.rule not in options.ignore]
    if kept and _IGNORE.search(text):
        kept = _not_ignored(kept, lines, comments(text, file, options.dialect, form))
    kept.sort(key=lambda one: (one.line, one.rule, one.column))
    return Report(file, text, tuple(kept), tuple(producers), note)


def _version(file: str, default: str, options: Options) -> tuple[str, tuple[int, int, int] | None]:
    version = options.version if default and options.version else default
    if not version:
        return "", None
    try:
        return version, config.release(version)
    except ValueError as error:
        raise InputError(file, str(error)) from None


def _with_dialects(
    sections: list[Section], file: str, form: str | None, options: Options
) -> tuple[list[Section], str]:
    nameless = [section for section in sections if section.dialect is None]
    note = ""
    if nameless:
        dialect = options.dialect
        if dialect is None:
            dialect, why = guess(file, form or "properties", nameless)
            note = f"taken for {DIALECTS[dialect].client} ({dialect}): {why}"
        for section in nameless:
            section.dialect = dialect
    elif sections and options.dialect is None:
        names = dict.fromkeys(section.dialect or "" for section in sections)
        told = ", ".join(f"{DIALECTS[name].client} ({name})" for name in names)
        note = f"taken for {told}: its code says so"
    found: list[Section] = []
    spring = [section for section in sections if section.dialect in ("spring", "scs")]
    found.extend(_profiles(spring))
    for section in sections:
        if section.dialect in ("java", "rdk") and section.facts.get("connector") is None:
            found.extend(_nested(section))
        elif section.dialect in ("java", "rdk", "kpy", "aio") or section not in spring:
            found.extend(_nested(section) if section.dialect in ("java", "rdk") else [section])
    if form == "python" and len(found) > 1:
        found = [one for one in found if one.label != "dict" or _is_ours(one)]
    if not found and not sections and not note:
        note = "no producer is made here"
    return found, note


_TELLING = {
    "acks",
    "bootstrap.servers",
    "bootstrap_servers",
    "enable.idempotence",
    "enable_idempotence",
    "metadata.broker.list",
    "request.required.acks",
    "transactional.id",
    "transactional_id",
    "delivery.timeout.ms",
    "delivery_timeout_ms",
    "message.timeout.ms",
    "linger.ms",
    "linger_ms",
    "max.in.flight.requests.per.connection",
}


def _is_ours(section: Section) -> bool:
    return any(entry.key in _TELLING for entry in section.entries)


def _profiles(sections: list[Section]) -> list[Section]:
    """The documents of a Spring file: those without a profile count for all, and each profile adds its own."""
    if len(sections) < 2:
        return sections
    base: list[Entry] = []
    found: list[Section] = []
    for section in sections:
        profile = section.get("spring.config.activate.on-profile") or section.get("spring.profiles")
        entries = _over(base, section.entries)
        label = f"profile {profile.value}" if profile else ""
        found.append(replace(section, entries=entries, label=label))
        if profile is None:
            base = entries
            # The last one without a profile is what all of them come to.
            found = [one for one in found if one.label] + [found[-1]] if not label else found
    return found


def _over(base: list[Entry], own: list[Entry]) -> list[Entry]:
    """A later document's keys replace an earlier one's, which is no mistake."""
    keys = {entry.key for entry in own}
    return [entry for entry in base if entry.key not in keys] + own


class _Inner(Form):
    """Writes keys that are relative to a mapping of the file."""

    def __init__(self, form: Form, prefix: str) -> None:
        self._form = form
        self._prefix = prefix

    def value(self, entry: Entry, value: Scalar) -> str | None:
        return self._form.value(entry, value)

    def key(self, entry: Entry, key: str) -> str | None:
        return self._form.key(entry, key)

    def insert(self, key: str, value: Scalar) -> Edit | None:
        return self._form.insert(self._prefix + key, value)


def _nested(section: Section) -> list[Section]:
    """A producer's settings may be a mapping in a larger file: `kafka: {producer: {acks: all}}`."""
    keys = known("rdk" if section.dialect == "rdk" else "java")
    groups: dict[str, list[Entry]] = {}
    for entry in section.entries:
        last = entry.note.get("last")
        prefix = entry.key[: len(entry.key) - len(last)] if last else ""
        rest = entry.key[len(prefix) :]
        # The keys of a mapping may be dotted, or nested themselves.
        while prefix and rest not in keys:
            longer = prefix.rstrip(".").rpartition(".")[2]
            if not longer or f"{longer}.{rest}" not in keys:
                break
            prefix = prefix[: len(prefix) - len(longer) - 1]
            rest = f"{longer}.{rest}"
        groups.setdefault(prefix, []).append(replace(entry, key=rest))
    if set(groups) <= {""}:
        return [section]
    found = []
    for prefix, entries in groups.items():
        one = replace(
            section, entries=entries, form=_Inner(section.form, prefix), label=prefix.rstrip(".")
        )
        one.line, one.column = entries[0].line, entries[0].column
        if _is_ours(one):
            found.append(one)
    return found


_IGNORE = re.compile(r"\bfencepost:[ \t]*ignore[ \t]+((?:PC\d{3}[ \t,]*)+)", re.IGNORECASE)


def _not_ignored(
    findings: Iterable[Finding], lines: Text, comments: Iterable[Span]
) -> list[Finding]:
    """Without what a comment in the same line, or in lines right above, asks to ignore."""
    asked: dict[int, set[str]] = {}
    # What stands in the lines beside comments.
    rest, at = [], 0
    for span in comments:
        comment = lines.text[span.start : span.end]
        for match in _IGNORE.finditer(comment):
            line = lines.line(span.start + match.start())
            rules = re.findall(r"PC\d{3}", match[1].upper())
            asked.setdefault(line, set()).update(rules)
        rest += [lines.text[at : span.start], re.sub(r"[^\r\n]", " ", comment)]
        at = span.end
    rest.append(lines.text[at:])
    everywhere = {rule for rules in asked.values() for rule in rules}
    of_line: dict[int, set[str]] = {}
    waiting: set[str] = set()
    for number, line_text in enumerate(split_lines("".join(rest)), 1):
        waiting |= asked.get(number, set())
        if line_text.strip():
            of_line[number] = waiting
            waiting = set()

    def is_ignored(one: Finding) -> bool:
        if one.of_section and one.rule in everywhere:
            return True
        lines = range(one.line, max(one.line, one.end_line) + 1)
        return any(one.rule in of_line.get(line, ()) for line in lines)

    return [one for one in findings if not is_ignored(one)]


def fix(text: str, file: str = "<text>", options: Options = Options()) -> tuple[str, int]:
    """The text with everything mended that can be, and how many findings that were.

    A finding is mended wholly or not at all, and the result is read again before the next.
    """
    seen = {text}
    mended = 0
    for _ in range(_ROUNDS):
        edits: list[Edit] = []
        count = 0
        for one in lint(text, file, options).findings:
            wanted = [edit for edit in one.edits if edit not in edits]
            clash = any(overlap(edit, other) for edit in wanted for other in edits)
            if one.can_be_fixed and not clash:
                edits.extend(wanted)
                count += 1
        new = apply(text, edits)
        if new in seen:
            break
        # It must still be what it was.
        lint(new, file, options)
        seen.add(new)
        text, mended = new, mended + count
    return text, mended


_ROUNDS = 25
