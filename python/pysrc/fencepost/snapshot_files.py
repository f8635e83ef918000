"""Which snapshot files are to be taken, loaded, renamed and deleted?

Decisions over a listing of the offsets that the files are named for, in any order. An offset is
exclusive: the state in a file includes everything below it.
"""

from __future__ import annotations

from fencepost._fencepost import (
    LogShape,
    ReplaySegment,
)
from fencepost._fencepost import snapshot_deleted_name as deleted_name
from fencepost._fencepost import snapshot_is_deleted as is_deleted
from fencepost._fencepost import snapshot_latest as latest
from fencepost._fencepost import snapshot_name as name
from fencepost._fencepost import snapshot_oldest as oldest
from fencepost._fencepost import snapshot_parse_name as parse_name
from fencepost._fencepost import snapshots_before as before
from fencepost._fencepost import snapshots_outside_log as outside_log
from fencepost._fencepost import snapshots_stray as strays

__all__ = (
    "LogShape",
    "ReplaySegment",
    "before",
    "deleted_name",
    "is_deleted",
    "latest",
    "name",
    "oldest",
    "outside_log",
    "parse_name",
    "strays",
)
