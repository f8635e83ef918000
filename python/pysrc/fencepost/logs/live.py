"""Is a broker writing this log now?

A broker holds a lock on the file `.lock` of each of its data directories. On Linux `/proc/locks` tells it without taking
the lock, so that a broker which is just starting is not disturbed. Elsewhere it can't be told.
"""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ("is_being_written",)


def is_being_written(path: str | os.PathLike[str]) -> bool:
    """Whether some process holds the lock of the data directory that a partition folder lies in, or that `path` is."""
    locked = _locked_inodes()
    if not locked:
        return False
    here = Path(os.path.abspath(path))
    return any(_inode(folder / ".lock") in locked for folder in (here, here.parent))


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except (OSError, ValueError):
        return None


def _locked_inodes() -> set[int]:
    """Files with a lock on them, by their inodes: `1: POSIX ADVISORY WRITE 4711 08:01:1234 0 EOF`."""
    try:
        text = Path("/proc/locks").read_text()
    except OSError:
        return set()
    inodes = set()
    for line in text.splitlines():
        for field in line.split():
            parts = field.split(":")
            if len(parts) == 3 and parts[2].isdigit():
                inodes.add(int(parts[2]))
    return inodes
