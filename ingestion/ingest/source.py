"""Files, line by line, from a position on that is checked against what was read before it."""

import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Any

from .errors import Refused, Stopped

_READ = 1 << 20


@dataclass(frozen=True, slots=True)
class Record:
    """One line, and where it stands."""

    path: str
    line: int
    # The bytes of the file since the record before: skipped lines, the line, its end.
    raw: bytes
    value: bytes
    key: bytes | None

    @property
    def where(self) -> str:
        """As editors and compilers write it."""
        return f"{self.path}:{self.line}"

    @property
    def size(self) -> int:
        """About what it takes in memory."""
        return len(self.raw) + len(self.value) + len(self.key or b"")


@dataclass(frozen=True)
class Position:
    """Up to where a file is ingested, and a digest of everything before."""

    offset: int
    lines: int
    digest: str

    def to_json(self) -> dict[str, Any]:
        """For the progress topic and the checkpoint."""
        return {"offset": self.offset, "lines": self.lines, "blake2b": self.digest}

    @classmethod
    def from_json(cls, value: Any) -> "Position":
        """The way back; a `ValueError` says what is wrong with the text."""
        match value:
            case {"offset": int(offset), "lines": int(lines), "blake2b": str(digest)}:
                if offset >= 0 and lines >= 0:
                    return cls(offset, lines, digest)
        raise ValueError("it is no position: offset, lines and blake2b")


class Progress:
    """A position that moves on with each record that is written."""

    def __init__(self, digest: "hashlib.blake2b", offset: int = 0, lines: int = 0) -> None:
        self._digest = digest
        self._offset = offset
        self._lines = lines

    def advance(self, record: Record) -> None:
        """Takes in a record. They come in the order of the file."""
        self._digest.update(record.raw)
        self._offset += len(record.raw)
        self._lines = record.line

    @property
    def position(self) -> Position:
        """Where it stands."""
        return Position(self._offset, self._lines, self._digest.hexdigest())

    def copy(self) -> "Progress":
        """One that moves on by itself."""
        return Progress(self._digest.copy(), self._offset, self._lines)


def new_digest() -> "hashlib.blake2b":
    """The digest of an empty file."""
    return hashlib.blake2b(digest_size=16)


class File:
    """A file that is read from a position on."""

    def __init__(self, path: str) -> None:
        self.path = path
        # The same file under another name is the same source.
        self.identity = os.path.realpath(path)
        try:
            found = os.stat(path)
        except OSError as error:
            raise Refused(f"{path}: {error.strerror}") from None
        if not stat.S_ISREG(found.st_mode):
            raise Refused(f"{path}: not a regular file, so that a second run could not go on in it")
        self.size = found.st_size

    def resume(self, position: Position | None, tick: Callable[[int], None]) -> Progress:
        """Reads what was ingested again, and goes on after it if it is still the same."""
        digest = new_digest()
        if position is None:
            return Progress(digest)
        with self._open() as file:
            left = position.offset
            while left > 0:
                part = file.read(min(left, _READ))
                if not part:
                    raise Refused(
                        f"{self.path}: shorter than the {position.offset} bytes that are ingested "
                        "of it: truncated, or another file under its name"
                    )
                digest.update(part)
                left -= len(part)
                tick(len(part))
        if digest.hexdigest() != position.digest:
            raise Refused(
                f"{self.path}: its first {position.offset} bytes ({position.lines} lines) are not "
                "those that were ingested: changed, or another file under its name"
            )
        return Progress(digest, position.offset, position.lines)

    def lines(self, position: Position, longest: int) -> Iterator[tuple[int, bytes]]:
        """Each line after the position, with its number and its end; none longer than `longest`."""
        number = position.lines
        with self._open() as file:
            if position.offset and self._ends_in_line(file, position.offset):
                rest = file.readline(longest + 1)
                if rest.strip(b"\r\n"):
                    raise Stopped(
                        f"{self.path}:{number}: the line had no end when it was ingested, and has "
                        "grown since; what it holds now can't be written as a line of its own"
                    )
                # Its end came later. The number is the line's, and it is no record.
                if rest:
                    yield number, rest
            while line := file.readline(longest + 2):
                number += 1
                if len(_body(line)) > longest:
                    raise Stopped(
                        f"{self.path}:{number}: longer than {longest} bytes (max.request.size)"
                    )
                yield number, line

    def _ends_in_line(self, file: IO[bytes], offset: int) -> bool:
        file.seek(offset - 1)
        return file.read(1) != b"\n"

    def _open(self) -> IO[bytes]:
        try:
            return open(self.path, "rb")
        except OSError as error:
            raise Refused(f"{self.path}: {error.strerror}") from None


def files(paths: list[str]) -> list[File]:
    """The files of a run: each is there, and no one is there twice."""
    found: dict[str, File] = {}
    for path in paths:
        file = File(path)
        if file.identity in found:
            raise Refused(f"{path}: the same file as {found[file.identity].path}")
        found[file.identity] = file
    return list(found.values())


class Lines:
    """Each line is a record, as its bytes are."""

    def value(self, where: str, line: bytes) -> tuple[bytes, bytes | None] | None:
        """The record's value and key."""
        return line, None


class Json:
    """Each line is a JSON document, written as it stands in the file. Blank lines are none."""

    def __init__(self, key_field: str | None) -> None:
        self._key_field = key_field

    def value(self, where: str, line: bytes) -> tuple[bytes, bytes | None] | None:
        """The record's value and key, `None` for a blank line."""
        if not line.strip():
            return None
        try:
            document = json.loads(line.decode("utf-8"), parse_constant=_no_json)
        except UnicodeDecodeError as error:
            raise Stopped(f"{where}: not UTF-8 at byte {error.start} of the line") from None
        except json.JSONDecodeError as error:
            raise Stopped(f"{where}: not JSON: {error.msg} at column {error.colno}") from None
        except (ValueError, RecursionError) as error:
            raise Stopped(f"{where}: not JSON that can be read: {error}") from None
        return line, self._key(where, document)

    def _key(self, where: str, document: Any) -> bytes | None:
        if self._key_field is None:
            return None
        if not isinstance(document, dict) or self._key_field not in document:
            raise Stopped(f"{where}: no field {self._key_field!r} to take the key from")
        key = document[self._key_field]
        if isinstance(key, bool) or not isinstance(key, str | int):
            raise Stopped(f"{where}: field {self._key_field!r} is neither text nor an integer")
        try:
            return str(key).encode()
        except ValueError:
            raise Stopped(f"{where}: field {self._key_field!r} can't be UTF-8") from None


def _no_json(word: str) -> Any:
    raise ValueError(f"{word} is no JSON value")


def _body(line: bytes) -> bytes:
    """A line without its end, `\\n` or `\\r\\n`."""
    if not line.endswith(b"\n"):
        return line
    return line[:-2] if line.endswith(b"\r\n") else line[:-1]


def records(
    file: File, position: Position, form: Lines | Json, longest: int
) -> Iterator[Record]:
    """The records of a file after a position."""
    skipped = b""
    for number, line in file.lines(position, longest):
        end = number == position.lines and not skipped
        where = f"{file.path}:{number}"
        found = None if end else form.value(where, _body(line))
        if found is None:
            skipped += line
            if len(skipped) > longest:
                raise Stopped(f"{where}: more than {longest} bytes of blank lines before it")
            continue
        value, key = found
        yield Record(file.path, number, skipped + line, value, key)
        skipped = b""
