"""Which snapshot files are taken, loaded and deleted."""

from __future__ import annotations

from pathlib import Path

import pytest

import fencepost as fp
from conftest import log
from fencepost import snapshot_files as files


def test_a_file_is_named_for_its_offset() -> None:
    assert files.name(42) == "00000000000000000042.snapshot"
    assert files.name(2**63 - 1) == "09223372036854775807.snapshot"
    assert files.deleted_name(0) == "00000000000000000000.snapshot.deleted"
    for offset in (0, 42, 2**63 - 1):
        assert files.parse_name(files.name(offset)) == offset
        assert files.parse_name(files.deleted_name(offset)) is None
        assert files.is_deleted(files.deleted_name(offset))
    assert files.parse_name("00000000000000000042.log") is None
    for bad in (".snapshot", "x.snapshot", "99999999999999999999.snapshot"):
        with pytest.raises(fp.SnapshotError) as raised:
            files.parse_name(bad)
        assert raised.value.kind == "bad_name"


def test_the_highest_is_loaded_and_what_is_outside_the_log_deleted() -> None:
    listing = [20, 5, 40, 10]
    assert (files.latest(listing), files.oldest(listing)) == (40, 5)
    assert files.latest([]) is None
    assert files.outside_log(listing, log_start=10, log_end=30) == [5, 40, 10]
    assert files.before(iter(listing), 20) == [5, 10]


def test_strays_are_deleted_but_for_the_newest() -> None:
    assert files.strays([5, 10, 20, 45], segment_bases={10, 20}) == [5]
    assert files.strays([5, 10, 20], segment_bases=[10, 20]) == [5]


def test_a_log_is_rebuilt_from_its_newest_snapshot(tmp_path: Path) -> None:
    """The whole decision, on files: load, replay, snapshot, as a broker does."""
    for base, first in ((0, 0), (2, 2), (4, 4)):
        whole = fp.read_headers(log(*range(6)))[0]
        start, end = whole[first][0], whole[first + 2][0] if first < 4 else len(log(*range(6)))
        (tmp_path / f"{base:020}.log").write_bytes(log(*range(6))[start:end])
    bases = sorted(int(path.stem) for path in tmp_path.glob("*.log"))
    before = fp.Partition()
    before.replay(tmp_path / f"{0:020}.log")
    (tmp_path / files.name(2)).write_bytes(before.snapshot())

    shape = files.LogShape(segment_bases=bases, log_start=0, last_offset=6)
    found = [files.parse_name(path.name) for path in tmp_path.iterdir()]
    snapshots = [offset for offset in found if offset is not None]
    assert not shape.skips_files(was_clean_shutdown=True, snapshots=snapshots)
    assert shape.skips_files(was_clean_shutdown=True, snapshots=[])
    assert shape.was_empty(is_empty=True, map_end_offset=6)
    partition, latest = fp.Partition(), files.latest(snapshots)
    assert latest == 2
    partition.load_snapshot(tmp_path / files.name(latest), offset=latest, now=0)
    replay = shape.replay(partition.map_end_offset)
    assert replay == [
        files.ReplaySegment(base_offset=2, from_offset=2, until=None, takes_snapshot=True),
        files.ReplaySegment(base_offset=4, from_offset=4, until=6, takes_snapshot=True),
    ]
    for segment in replay:
        partition.set_map_end_offset(segment.from_offset)
        partition.replay(tmp_path / f"{segment.base_offset:020}.log")
    assert shape.snapshot_points() == [2, 4, 6]
    state = partition.producer(7)
    assert state is not None and (state.last_sequence, partition.map_end_offset) == (5, 6)
