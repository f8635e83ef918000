"""What a run needs to know, whichever kind it is."""

import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from .clients import Client
from .errors import Failure, Interrupted, Kind, Stopped
from .report import Reporter, Summary
from .source import File, Json, Lines, Position, Progress, Record, records
from .window import Item, Window

# How long one look for reports takes.
_LOOK_SECONDS = 0.05
_TOGETHER_SECONDS = 0.3
# Lines that follow each other and go to the same partition: enough for a batch.
_BLOCK_LINES = 128


@dataclass
class Plan:
    """Files, a topic and a client, and the bounds of what is under way."""

    files: list[File]
    form: Lines | Json
    topic: str
    client: Client
    # The longest line, in bytes.
    longest: int
    # A report that is not there after so long never comes.
    deadline_ms: int
    window_records: int
    window_bytes: int
    reporter: Reporter
    summary: Summary
    # The number of a signal that asks the run to end. Looked at between records, so that nothing
    # is interrupted half done.
    interrupted: int | None = None
    partitions: int = 0

    def start(self, positions: dict[str, Position]) -> dict[str, Progress]:
        """Checks what is ingested of each file, and goes on after it."""
        self.reporter.reset()
        self.reporter.describe("checking what is ingested")
        standing = {
            file.identity: file.resume(positions.get(file.identity), self.reporter.tick)
            for file in self.files
        }
        self.reporter.describe("ingesting")
        return standing

    def records(self, standing: dict[str, Progress]) -> Iterator[tuple[File, Record]]:
        """Every record that is left, file by file."""
        begun = {identity: progress.position for identity, progress in standing.items()}
        for file in self.files:
            for record in records(file, begun[file.identity], self.form, self.longest):
                yield file, record

    def send(
        self, window: Window, item: Item, *, key: bytes | None, value: bytes,
        topic: str | None = None, partition: int | None = None,
    ) -> None:
        """Hands an item to the client. What is wrong with it is told with its place."""
        entry = window.add(item)
        try:
            self.client.send(
                topic or self.topic, key, value, partition,
                lambda failure: window.settle(entry, failure),
            )
        except Failure as failure:
            window.settle(entry, failure)
        self.look(window)

    def wait_for_room(self, window: Window, most: int | None = None) -> None:
        """Back-pressure: returns when another item may be handed over, or `most` are pending."""
        self.look(window)
        while not window.has_room() or (most is not None and window.pending > most):
            self.client.drive(_LOOK_SECONDS)
            self.look(window)

    def look(self, window: Window) -> None:
        """Raises what failed, and what was asked by a signal."""
        if window.is_failing:
            # The reports of one batch come together.
            self.client.drive(_TOGETHER_SECONDS)
        window.check(self.deadline_ms)
        if self.interrupted is not None:
            raise Interrupted(self.interrupted)

    def drain(self, window: Window, seconds: float | None = None) -> None:
        """Returns when everything handed over is written."""
        until = None if seconds is None else time.monotonic() + seconds
        while window.pending:
            self.client.hurry(_LOOK_SECONDS)
            if until is None:
                self.look(window)
                continue
            window.check(self.deadline_ms)
            if time.monotonic() > until:
                raise Failure(Kind.SESSION, "not everything was written in time")

    def look_at_topic(self) -> None:
        """A missing topic is told by its name, before the first record."""
        self.partitions = self.client.partitions(self.topic)
        if self.partitions == 0:
            raise Stopped(f"topic {self.topic}: there is none")

    def partition(self, file: File, record: Record) -> int | None:
        """Where a record without a key goes: blocks of lines in turns, by their numbers alone.

        So a line that a crash doubles goes to the partition where it is already, and the order
        there is the file's. With a key the client decides, by Java's hash.
        """
        if record.key is not None:
            return None
        first = zlib.crc32(file.identity.encode("utf-8", "surrogateescape"))
        return (first + record.line // _BLOCK_LINES) % self.partitions
