"""Findings for people."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from ..check import Report
from ..model import Finding, Severity
from ..registry import DIALECTS

__all__ = ["tell"]

_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}


def tell(console: Console, reports: Iterable[Report]) -> None:
    """Every report, and a last line that counts."""
    counts = dict.fromkeys(Severity, 0)
    files = fixable = 0
    for report in reports:
        files += 1
        _report(console, report)
        for one in report.findings:
            counts[one.severity] += 1
            fixable += one.can_be_fixed
    if files:
        _summary(console, counts, files, fixable)


def _report(console: Console, report: Report) -> None:
    console.print(f"[bold]{escape(report.file)}[/]", soft_wrap=True)
    if report.note:
        console.print(f"  [dim]{escape(report.note)}[/]", soft_wrap=True)
    for producer in report.producers:
        client = DIALECTS[producer.dialect].client
        version = f" {producer.version}" if producer.version else ""
        label = f" ({producer.label})" if producer.label else ""
        place = f"line {producer.line}{label}: " if len(report.producers) > 1 else ""
        text = f"  {place}{client}{version}: {producer.outcome}"
        _wrapped(console, f"[dim]{escape(text.strip())}[/]")
    for one in report.findings:
        _finding(console, one)
    console.print()


def _wrapped(console: Console, markup: str) -> None:
    """Indented, and broken where a terminal ends; a pipe gets a line as it is."""
    if console.is_terminal:
        console.print(Padding(markup, (0, 0, 0, 2)))
    else:
        console.print(f"  {markup}", soft_wrap=True)


def _finding(console: Console, one: Finding) -> None:
    style = _STYLES[one.severity]
    place = f"{escape(one.file)}:{one.line}:{one.column}"
    key = f" [bold]{escape(one.key)}[/]" if one.key else ""
    console.print(f"\n{place} [{style}]{one.severity.value}[/] {one.rule}{key}", soft_wrap=True)
    rows = [("does", one.message), ("why", one.why)]
    for name, text in rows:
        _wrapped(console, f"[dim]{name + ':':5}[/] {escape(text)}")
    lines = one.fix.split("\n")
    mark = "green" if one.can_be_fixed else "default"
    for n, line in enumerate(lines):
        name = "fix:" if n == 0 else ""
        console.print(f"  [dim]{name:5}[/] [{mark}]{escape(line)}[/]", soft_wrap=True)


def _summary(console: Console, counts: dict[Severity, int], files: int, fixable: int) -> None:
    total = sum(counts.values())
    named = f"{files} file{'s' if files != 1 else ''}"
    if not total:
        console.print(f"[green]nothing found[/] in {named}")
        return
    parts = [
        f"[{_STYLES[severity]}]{count} {severity.value}{'s' if count != 1 and severity is not Severity.INFO else ''}[/]"
        for severity, count in counts.items()
        if count
    ]
    mended = f"; --fix can mend {fixable}" if fixable else ""
    console.print(f"{', '.join(parts)} in {named}{mended}; `fencepost explain RULE` tells more")
