"""Where each file stands, as a record of the progress topic.

The key names the producer, the topic and the file, so that compaction keeps the last position of
each, and another topic begins anew. The value goes into the transaction of the lines it counts.
"""

import json
import secrets
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .errors import Refused
from .source import Position

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Note:
    """The position of one file, to be sent."""

    path: str
    key: bytes
    value: bytes

    @property
    def where(self) -> str:
        return f"the position of {self.path}"

    @property
    def size(self) -> int:
        return len(self.key) + len(self.value)


class Ledger:
    """The positions that one transactional id wrote for one topic."""

    def __init__(self, transactional_id: str, topic: str) -> None:
        self._transactional_id = transactional_id
        self._topic = topic
        # Whose notes are this run's.
        self._run = secrets.token_hex(8)

    def note(self, path: str, identity: str, position: Position) -> Note:
        """The record for a file's position."""
        value = {
            "version": _VERSION,
            "run": self._run,
            "at_ms": time.time_ns() // 1_000_000,
            **position.to_json(),
        }
        return Note(path, self._key(identity), json.dumps(value).encode())

    def read(
        self, committed: Iterable[tuple[bytes, bytes]], identities: Iterable[str]
    ) -> dict[str, Position]:
        """The last position of each of these files."""
        wanted = {self._key(identity): identity for identity in identities}
        found = {}
        for key, value in committed:
            if key in wanted:
                found[wanted[key]] = _position(wanted[key], value)
        return found

    def went_on_elsewhere(
        self, committed: Iterable[tuple[bytes, bytes]], known: Mapping[str, Position]
    ) -> bool:
        """Whether another run has committed for one of these files, after what this one knows."""
        keys = {self._key(identity): identity for identity in known}
        last = {keys[key]: value for key, value in committed if key in keys}
        return any(
            _position(identity, value) != known[identity] and json.loads(value)["run"] != self._run
            for identity, value in last.items()
        )

    def _key(self, identity: str) -> bytes:
        # ASCII, whatever bytes the path has.
        return json.dumps([self._transactional_id, self._topic, identity]).encode()


def _position(identity: str, value: bytes) -> Position:
    try:
        read = json.loads(value)
        if read["version"] != _VERSION:
            raise ValueError(f"version {read['version']} is not known here")
        return Position.from_json(read)
    except (ValueError, LookupError, TypeError) as error:
        raise Refused(f"{identity}: the position on the progress topic: {error}") from None
