"""Where each file stands, in a file: for a producer whose crash readers may see.

Written beside and renamed over, each with fsync, so that a crash leaves the old one or the new one.
A lock keeps a second run away.
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from .errors import Refused
from .source import Position

_VERSION = 1


class Checkpoint:
    """One file for one topic. Use `lock()` around everything."""

    def __init__(self, path: str, topic: str) -> None:
        self._path = Path(path)
        self._topic = topic

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Keeps other runs away until the block ends, however it ends."""
        try:
            handle = os.open(f"{self._path}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise Refused(f"{self._path}.lock: {error.strerror}") from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            raise Refused(f"{self._path}: another run has it") from None
        try:
            yield
        finally:
            os.close(handle)

    def load(self) -> dict[str, Position]:
        """Positions by the files' real paths; none if there is no checkpoint yet."""
        try:
            read = json.loads(self._path.read_bytes())
            if read["version"] != _VERSION:
                raise ValueError(f"version {read['version']} is not known here")
            if read["topic"] != self._topic:
                raise ValueError(f"it is of topic {read['topic']}, not of {self._topic}")
            return {file: Position.from_json(value) for file, value in read["files"].items()}
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise Refused(f"{self._path}: {error.strerror}") from None
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise Refused(f"{self._path}: not a checkpoint: {error}") from None

    def save(self, positions: Mapping[str, Position]) -> None:
        """Durable when this returns."""
        value = {
            "version": _VERSION,
            "topic": self._topic,
            "files": {file: position.to_json() for file, position in positions.items()},
        }
        beside = self._path.with_name(self._path.name + ".new")
        with open(beside, "w", encoding="ascii") as file:
            json.dump(value, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, self._path)
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
