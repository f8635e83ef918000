"""SARIF 2.1.0, for code scanning."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from fencepost import __version__

from ..check import Report
from ..model import Edit, Finding, InputError, Severity
from ..readers.text import Text
from ..rules import RULES

__all__ = ["sarif"]

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_HOME = "https://github.com/fencepost/fencepost"


def sarif(reports: Iterable[Report], errors: Iterable[InputError] = ()) -> dict[str, Any]:
    """One run over all reports; a file that could not be read is a notification."""
    reports = list(reports)
    used = sorted({one.rule for report in reports for one in report.findings})
    index = {rule: n for n, rule in enumerate(used)}
    results = [
        _result(one, index[one.rule], Text(report.text, report.file))
        for report in reports
        for one in report.findings
    ]
    notifications = [
        {
            "level": "error",
            "message": {"text": str(error)},
            "locations": [_location(error.file, {"startLine": error.line or 1})],
        }
        for error in errors
    ]
    driver = {
        "name": "fencepost",
        "version": __version__,
        "semanticVersion": __version__,
        "informationUri": _HOME,
        "rules": [_rule(rule) for rule in used],
    }
    invocation: dict[str, Any] = {"executionSuccessful": not notifications}
    if notifications:
        invocation["toolExecutionNotifications"] = notifications
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [invocation],
        "results": results,
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(name: str) -> dict[str, Any]:
    rule = RULES[name]
    return {
        "id": name,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.does},
        "help": {"text": f"{rule.does}\n\n{rule.why}\n\nFix: {rule.fix}"},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _uri(file: str) -> str:
    path = PurePath(file)
    if path.is_absolute():
        return path.as_uri()
    return quote(path.as_posix())


def _location(file: str, region: dict[str, int]) -> dict[str, Any]:
    place = {"artifactLocation": {"uri": _uri(file)}, "region": region}
    return {"physicalLocation": place}


def _result(one: Finding, index: int, text: Text) -> dict[str, Any]:
    found: dict[str, Any] = {
        "ruleId": one.rule,
        "ruleIndex": index,
        "level": _LEVELS[one.severity],
        "message": {"text": f"{one.message}. {one.why} Fix: {one.fix}"},
        "locations": [_location(one.file, {"startLine": one.line, "startColumn": one.column})],
        "partialFingerprints": {
            "ruleKey/v1": re.sub(r"\s", "", f"{one.rule}:{one.key}:{one.file}")
        },
    }
    if one.edits:
        changes = {
            "artifactLocation": {"uri": _uri(one.file)},
            "replacements": [_replacement(edit, text) for edit in one.edits],
        }
        found["fixes"] = [{"description": {"text": one.fix}, "artifactChanges": [changes]}]
    return found


def _replacement(edit: Edit, text: Text) -> dict[str, Any]:
    start, end = edit.span.start, edit.span.end
    region = {
        "startLine": text.line(start),
        "startColumn": text.column(start),
        "endLine": text.line(end),
        "endColumn": text.column(end),
    }
    return {"deletedRegion": region, "insertedContent": {"text": edit.text}}
