"""What the package raises: exceptions that can be matched, compared by their fields, and pickled."""

from __future__ import annotations

__all__ = ("FencepostError",)


class FencepostError(Exception):
    """The root of everything that this package raises by itself."""
