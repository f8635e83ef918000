"""What the tests share: batches as producers write them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import fencepost as fp

ROOT = Path(__file__).parents[2]

Write = Callable[..., bytes]


def write(
    sequence: int,
    *,
    producer_id: int = 7,
    epoch: int = 0,
    records: int = 1,
    base_offset: int = 0,
    transactional: bool = False,
    timestamp: int = 1_700_000_000_000,
) -> bytes:
    """A batch of so many records from this sequence on."""
    builder = fp.BatchBuilder(base_offset=base_offset, transactional=transactional)
    for n in range(records):
        builder.push(b"value %d" % n, key=b"key", timestamp=timestamp)
    identity = fp.Identity(id=producer_id, epoch=epoch)
    return builder.finish(fp.Stamp(identity=identity, base_sequence=sequence))


def log(*sequences: int) -> bytes:
    """A segment of batches of one record each, with these sequences."""
    batches = [write(sequence, base_offset=at) for at, sequence in enumerate(sequences)]
    return b"".join(batches)


@pytest.fixture
def fixtures() -> Path:
    """Logs that a real Kafka wrote."""
    return ROOT / "verify" / "fixtures" / "data"
