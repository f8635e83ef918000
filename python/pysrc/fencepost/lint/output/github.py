"""Workflow commands that GitHub shows beside the lines."""

from __future__ import annotations

from collections.abc import Iterable

from ..model import Finding, Severity

__all__ = ["workflow_commands"]

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def workflow_commands(findings: Iterable[Finding]) -> list[str]:
    """One line a finding."""
    return [
        f"::{_LEVELS[one.severity]} file={_property(one.file)},line={one.line},col={one.column},"
        f"title={_property(f'{one.rule} {one.key}'.strip())}::"
        f"{_data(f'{one.message}. {one.why} Fix: {one.fix}')}"
        for one in findings
    ]


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
