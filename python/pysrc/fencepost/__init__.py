"""Kafka's idempotent producing, as state machines without Kafka, a clock or a network."""

from fencepost._fencepost import __version__
from fencepost.errors import FencepostError

__all__ = (
    "FencepostError",
    "__version__",
)
