"""A segment is walked in one way, all at once or in pieces of any size."""

from __future__ import annotations

from pathlib import Path

import pytest

import fencepost as fp
from conftest import write
from fencepost.logs import BatchRow, SegmentScan


@pytest.fixture
def segment(tmp_path: Path) -> Path:
    """Larger than what is read at once, with a changed batch, an oversize one and a torn tail."""
    batches = [write(n, base_offset=n, records=30) for n in range(400)]
    large = fp.BatchBuilder(base_offset=400)
    large.push(b"x" * 900_000, key=b"large", timestamp=5)
    batches.append(large.finish(fp.Stamp(identity=fp.Identity(id=7, epoch=0), base_sequence=400)))
    batches += [write(n, base_offset=n, records=30) for n in range(401, 600)]
    changed = bytearray(batches[123])
    changed[-1] ^= 1
    batches[123] = bytes(changed)
    path = tmp_path / "00000000000000000000.log"
    path.write_bytes(b"".join(batches) + batches[0][:70])
    return path


def rows_of(scan: SegmentScan, limit: int) -> list[BatchRow | fp.Damage]:
    rows: list[BatchRow | fp.Damage] = []
    while piece := scan.next_rows(limit):
        rows += piece
    return rows


@pytest.mark.parametrize("limit", [1, 7, 1000, 10**6])
def test_a_scan_in_pieces_gives_what_one_walk_gives_in_order(segment: Path, limit: int) -> None:
    headers, damage = fp.read_headers(segment)
    assert len(headers) == 599
    assert [one.kind for one in damage] == ["crc_mismatch", "truncated"]
    scan = SegmentScan(segment)
    rows = rows_of(scan, limit)
    batches = [row for row in rows if isinstance(row, BatchRow)]
    assert [row.position for row in rows] == sorted(row.position for row in rows)
    assert [(row.position, row.base_offset, row.crc) for row in batches] == [
        (at, header.base_offset, header.crc) for at, header in headers
    ]
    assert [row for row in rows if isinstance(row, fp.Damage)] == damage
    assert scan.position <= segment.stat().st_size
    assert scan.next_rows(limit) == []


def test_a_scan_gives_what_is_wanted_and_all_that_is_wrong(segment: Path) -> None:
    rows = rows_of(SegmentScan(segment, producers={8}), 10)
    assert [row.kind for row in rows if isinstance(row, fp.Damage)] == ["crc_mismatch", "truncated"]
    assert len(rows) == 2
    rows = rows_of(SegmentScan(segment, from_offset=400, to_offset=400), 10)
    # Offsets of batches of 30 records reach over those that follow.
    wanted = [row for row in rows if isinstance(row, BatchRow) and row.base_offset == 400]
    assert [row.size_in_bytes > 900_000 for row in wanted] == [True]
    assert rows_of(SegmentScan(segment), 0) == []
