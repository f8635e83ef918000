"""What reading the files of a log raises by itself; what the system refuses is an `OSError`."""

from __future__ import annotations

from fencepost.errors import FencepostError

__all__ = ("LogError",)


class LogError(FencepostError):
    """A file or folder that can't be read as what it is taken for: the place, and why."""
