"""The form of a rule's page."""

from __future__ import annotations

from dataclasses import dataclass

from ..model import Severity

__all__ = ["ERROR", "INFO", "WARNING", "Example", "Rule"]

ERROR = Severity.ERROR
WARNING = Severity.WARNING
INFO = Severity.INFO


@dataclass(frozen=True)
class Example:
    """A file in which the rule holds."""

    dialect: str
    text: str
    version: str | None = None


@dataclass(frozen=True)
class Rule:
    """One rule."""

    id: str
    severity: Severity
    # As the rule table of config spec 10 has them.
    dialects: str
    key: str
    title: str
    # What the client really does.
    does: str
    why: str
    fix: str
    example: Example
    # When it shows: `start`, or a later moment.
    phase: str = "start"
    # Only with `--pedantic`.
    pedantic: bool = False
