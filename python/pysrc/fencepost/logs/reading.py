"""What a file is, and its content; of what may be no file at all, the bytes are not asked for."""

from __future__ import annotations

import os
import re
import stat
from enum import Enum
from typing import BinaryIO

from fencepost._fencepost import (
    AbortedTransaction,
    JournalFile,
    Snapshot,
    inspect_journal,
    inspect_transaction_index,
    read_snapshot,
)
from fencepost.errors import SnapshotError
from fencepost.logs.errors import LogError

__all__ = (
    "FileKind",
    "base_offset",
    "kind_of",
    "read_journal_file",
    "read_snapshot_file",
    "read_transaction_index_file",
)


class FileKind(Enum):
    """The files that can be inspected."""

    SEGMENT = "segment"
    SNAPSHOT = "snapshot"
    TRANSACTION_INDEX = "txnindex"
    JOURNAL = "journal"


_MAGICS = {b"FPWS": FileKind.SNAPSHOT, b"FPJL": FileKind.JOURNAL}
# Kafka renames a file to this before it deletes it.
_SUFFIXES = {
    ".log": FileKind.SEGMENT,
    ".snapshot": FileKind.SNAPSHOT,
    ".txnindex": FileKind.TRANSACTION_INDEX,
    ".fpjl": FileKind.JOURNAL,
    ".journal": FileKind.JOURNAL,
}
_NUMBERED = re.compile(r"([0-9]+)\.(?:log|snapshot|txnindex)(?:\.deleted)?")


def kind_of(path: str | os.PathLike[str]) -> FileKind | None:
    """What a file is, by its first bytes where these tell it, or else by its name; `None` if neither does."""
    with open_regular(path) as file:
        magic = file.read(4)
    name = os.fsdecode(os.path.basename(path)).removesuffix(".deleted")
    return _MAGICS.get(magic) or _SUFFIXES.get(os.path.splitext(name)[1])


def base_offset(path: str | os.PathLike[str]) -> int | None:
    """The offset in the name of one of a partition's files."""
    match = _NUMBERED.fullmatch(os.fsdecode(os.path.basename(path)))
    return int(match[1]) if match else None


def read_snapshot_file(path: str | os.PathLike[str]) -> Snapshot:
    """The producers of a `.snapshot` file, Kafka's or fencepost's own. LogError if it is not all good."""
    try:
        return read_snapshot(_bytes_of(path))
    except SnapshotError as error:
        raise LogError(f"{os.fspath(path)}: {error}") from None


def read_transaction_index_file(
    path: str | os.PathLike[str],
) -> tuple[list[AbortedTransaction], str | None]:
    """The entries of a `.txnindex` file, and why it can't be read to its end, if it can't."""
    return inspect_transaction_index(_bytes_of(path))


def read_journal_file(path: str | os.PathLike[str]) -> JournalFile:
    """The records of a producer's journal."""
    return inspect_journal(_bytes_of(path))


def open_regular(path: str | os.PathLike[str]) -> BinaryIO:
    """Opens a file for reading. A pipe or a device may have no end, so it is refused."""
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise LogError(f"{os.fspath(path)}: not a regular file")
    return open(path, "rb")


def _bytes_of(path: str | os.PathLike[str]) -> bytes:
    with open_regular(path) as file:
        return file.read()
