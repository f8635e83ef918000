"""What a run tells: a bar on a terminal, sentences for people, one object for machines."""

import json
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from .source import File, Position


@dataclass
class Summary:
    """What was done, for the last words."""

    mode: str
    client: str
    topic: str
    records: int = 0
    # Lines that were there before this run began.
    resumed: int = 0
    sessions: int = 0
    transactions: int = 0
    positions: dict[str, Position] = field(default_factory=dict)
    seconds: float = 0.0
    error: str | None = None

    def to_json(self, files: list[File]) -> dict[str, Any]:
        """For `--json`. Up to where each file is surely written."""
        empty = Position(0, 0, "")
        places = {file.path: self.positions.get(file.identity, empty) for file in files}
        return {
            "mode": self.mode,
            "client": self.client,
            "topic": self.topic,
            "records": self.records,
            "resumed_lines": self.resumed,
            "sessions": self.sessions,
            "transactions": self.transactions,
            "seconds": round(self.seconds, 3),
            "files": [
                {"path": path, "lines": place.lines, "bytes": place.offset}
                for path, place in places.items()
            ],
            "error": self.error,
        }


class Reporter:
    """Words go to standard error, results to standard output."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._bar: Progress | None = None
        self._task = TaskID(0)
        self._began = time.monotonic()

    def say(self, text: str) -> None:
        """A sentence, above the bar if there is one."""
        if not self._as_json:
            self._console.print(text, markup=False)

    def begin(self, files: list[File]) -> None:
        """A bar over the bytes of all files, if someone looks."""
        if self._as_json or not self._console.is_terminal:
            return
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=self._console,
        )
        total = sum(file.size for file in files)
        self._task = self._bar.add_task("checking what is ingested", total=total)
        self._bar.start()

    def describe(self, text: str) -> None:
        """What the bar counts from now on."""
        if self._bar is not None:
            self._bar.update(self._task, description=text)

    def reset(self) -> None:
        """Counts from the beginning: a new session goes back to what is committed."""
        if self._bar is not None:
            self._bar.update(self._task, completed=0)

    def tick(self, count: int) -> None:
        """So many bytes are behind us."""
        if self._bar is not None:
            self._bar.advance(self._task, count)

    def end(self, summary: Summary, files: list[File]) -> None:
        """The last words."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
        summary.seconds = time.monotonic() - self._began
        if self._as_json:
            print(json.dumps(summary.to_json(files)))
            return
        resumed = f", {summary.resumed} lines were there before" if summary.resumed else ""
        inside = f" in {summary.transactions} transactions" if summary.transactions else ""
        print(
            f"{summary.records} records written to {summary.topic}{inside}{resumed} "
            f"({summary.seconds:.1f} s)"
        )

    def failed(self, text: str) -> None:
        """Why it ended."""
        print(f"pipeline: {text}", file=sys.stderr)


def shown(config: Mapping[str, Any], secret: tuple[str, ...] = ("password", "secret")) -> str:
    """A client's settings, without what nobody should read."""
    return "\n".join(
        f"  {key} = {'(hidden)' if any(word in key for word in secret) else value}"
        for key, value in sorted(config.items())
    )
