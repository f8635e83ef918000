"""Puts edits into a text."""

from __future__ import annotations

from collections.abc import Iterable

from .model import Edit
from .readers.text import split_lines

__all__ = ["apply", "fixed_lines", "overlap"]


def overlap(one: Edit, other: Edit) -> bool:
    """Whether both can't be done. Two insertions at one place can, unless one is inside the other's span."""
    if one.span.start == one.span.end == other.span.start == other.span.end:
        return False
    return one.span.start < other.span.end and other.span.start < one.span.end


def apply(text: str, edits: Iterable[Edit]) -> str:
    """The text with every edit done; they don't overlap."""
    parts: list[str] = []
    at = 0
    for edit in sorted(edits, key=lambda edit: (edit.span.start, edit.span.end)):
        parts += [text[at : edit.span.start], edit.text]
        at = edit.span.end
    return "".join([*parts, text[at:]])


def fixed_lines(text: str, edits: Iterable[Edit]) -> str:
    """The lines that the edits leave behind, without the ones that only lost something."""
    edits = sorted(edits, key=lambda edit: edit.span.start)
    new = apply(text, edits)
    touched: list[tuple[int, int]] = []
    moved = 0
    for edit in edits:
        start = edit.span.start + moved
        if edit.text:
            blank = len(edit.text) - len(edit.text.lstrip())
            touched.append((start + blank, start + len(edit.text.rstrip())))
        moved += len(edit.text) - (edit.span.end - edit.span.start)
    lines: list[str] = []
    at = 0
    for line in split_lines(new):
        end = at + len(line)
        if any(start < end and at < stop for start, stop in touched):
            lines.append(line.strip())
        at = end
    return "\n".join(lines)
