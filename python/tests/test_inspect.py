"""`fencepost inspect` on files of a real Kafka, held against what Kafka's own tool says of them (`batches.tsv` …)."""

from __future__ import annotations

import csv
import gzip
import json
import shutil
from pathlib import Path
from typing import Any

import cramjam
import pytest
from planted_log import BEGUN_MS, PlantedLog
from run_command import FIXTURES, run, run_json

from fencepost import Partition
from fencepost.logs import LogError, decompress

DATA = FIXTURES / "data"


def rows_of(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def by_file(*args: str | Path, code: int = 0) -> dict[Path, Any]:
    result = run_json("inspect", *args, code=code)
    return {Path(file["path"]): file for file in result["files"]}


def test_every_batch_is_as_kafkas_own_tool_has_it() -> None:
    files = by_file(DATA)
    rows = rows_of("batches.tsv")
    for row in rows:
        file = files[DATA / row["file"]]
        [batch] = [b for b in file["rows"] if b["position"] == int(row["position"])]
        for ours, theirs in {"size_in_bytes": "size", "codec": "compression"}.items():
            assert str(batch[ours]) == row[theirs], row
        for same in (
            "base_offset",
            "last_offset",
            "records",
            "base_sequence",
            "last_sequence",
            "producer_id",
            "producer_epoch",
            "leader_epoch",
            "max_timestamp",
            "crc",
        ):
            assert str(batch[same]) == row[same], (row, same)
        assert batch["is_transactional"] == (row["transactional"] == "true")
        assert batch["is_control"] == (row["control"] == "true")
        assert batch["is_log_append_time"] == (row["timestamp_type"] == "LogAppendTime")
        assert batch["has_delete_horizon"] == (row["delete_horizon"] != "")
        if row["marker"]:
            marker = (batch["marker"].upper(), str(batch["coordinator_epoch"]))
            assert marker == (row["marker"], row["coordinator_epoch"])
    segments = [file for file in files.values() if file["kind"] == "segment"]
    assert len(rows) == sum(len(file["rows"]) for file in segments) > 800


def test_every_snapshot_entry_is_as_kafkas_own_reader_has_it() -> None:
    files = by_file(DATA)
    rows = rows_of("snapshots.tsv")
    for row in rows:
        producers = files[DATA / row["file"]]["rows"]
        [entry] = [p for p in producers if p["producer_id"] == int(row["producer_id"])]
        assert str(entry["producer_epoch"]) == row["producer_epoch"]
        assert str(entry["last_timestamp"]) == row["timestamp"]
        assert str(entry["coordinator_epoch"]) == row["coordinator_epoch"]
        begun = entry["current_transaction_first_offset"]
        assert ("" if begun is None else str(begun)) == row["current_txn_first_offset"]
        for batch in entry["batches"]:
            assert str(batch["last_sequence"]) == row["last_sequence"]
            assert str(batch["last_offset"]) == row["last_offset"]
            delta = batch["last_offset"] - batch["first_offset"]
            assert str(delta) == row["offset_delta"]
        assert bool(entry["batches"]) == (row["last_offset"] != "-1")
    snapshots = [file for file in files.values() if file["kind"] == "snapshot"]
    assert {file["format"] for file in snapshots} == {"kafka-v1"}
    assert len(rows) == sum(len(file["rows"]) for file in snapshots) > 200


def test_every_index_entry_is_as_kafkas_own_reader_has_it() -> None:
    files = by_file(DATA)
    rows = rows_of("aborted.tsv")
    ours = [
        {"file": str(path.relative_to(DATA)), **{name: str(value) for name, value in row.items()}}
        for path, file in files.items()
        if file["kind"] == "txnindex"
        for row in file["rows"]
    ]
    key = sorted(rows[0])
    assert sorted(ours, key=lambda r: [r[k] for k in key]) == sorted(
        rows, key=lambda r: [r[k] for k in key]
    )


@pytest.mark.parametrize("partition", ["compressed-0", "compressed-1", "broker-zstd-0"])
def test_records_of_every_codec_are_read(partition: str) -> None:
    files = by_file("--records", DATA / partition)
    batches = files[DATA / partition / "00000000000000000000.log"]["rows"]
    codecs = {batch["codec"] for batch in batches}
    assert codecs >= ({"zstd"} if partition == "broker-zstd-0" else {"gzip", "snappy", "lz4", "zstd"})
    for batch in batches:
        records = batch["content"]
        assert len(records) == batch["records"]
        assert records[0]["offset"] == batch["base_offset"]
        assert records[-1]["offset"] == batch["last_offset"]
        assert all(isinstance(record["value"], str) for record in records)


def test_records_are_shown_in_the_table_too() -> None:
    done = run("inspect", "--records", "--to-offset", "5", DATA / "compressed-0")
    assert done.returncode == 0
    batch = done.stdout.splitlines().index(next(x for x in done.stdout.splitlines() if "gzip" in x))
    record = done.stdout.splitlines()[batch + 1]
    assert record.startswith("  0  2026-11-23T19:43:16.041Z  compressed.java-gzip/0/0: compressed.")


@pytest.fixture
def segment(tmp_path: Path) -> Path:
    log = PlantedLog(tmp_path / "t-0")
    for n in range(10):
        log.data(7 + n % 2, 2 * (n // 2), 2)
    return log.roll()


def offsets(*args: str | Path) -> list[int]:
    [file] = by_file(*args).values()
    return [row["base_offset"] for row in file["rows"]]


def test_filters_take_what_overlaps(segment: Path) -> None:
    assert offsets(segment) == list(range(0, 20, 2))
    assert offsets("--producer", "8", segment) == list(range(2, 20, 4))
    assert offsets("--producer", "8", "--producer", "7", segment) == list(range(0, 20, 2))
    assert offsets("--from-offset", "5", "--to-offset", "8", segment) == [4, 6, 8]
    assert offsets("--since", str(BEGUN_MS + 8), segment) == [16, 18]
    assert offsets("--until", "2027-01-15T08:00:00.001Z", segment) == [0, 2]
    assert offsets("--producer", "9", segment) == []


def test_filters_hold_for_single_records(segment: Path) -> None:
    [file] = by_file("--records", "--from-offset", "5", "--to-offset", "5", segment).values()
    assert [[r["offset"] for r in row["content"]] for row in file["rows"]] == [[5]]


def test_filters_hold_for_snapshots_and_indexes() -> None:
    folder = DATA / "txn-0"
    files = by_file("--producer", "17", folder)
    for file in files.values():
        assert {row["producer_id"] for row in file["rows"]} <= {17}
    assert sum(bool(file["rows"]) for file in files.values() if file["kind"] == "snapshot") == 7


def test_what_is_no_text_comes_in_base64(tmp_path: Path) -> None:
    log = PlantedLog(tmp_path / "t-0")
    log.data(7, 0, value=b"\xff\x00\x1b[31m")
    path = log.roll()
    [file] = by_file("--records", path).values()
    assert file["rows"][0]["content"][0]["value"] == {"base64": "/wAbWzMxbQ=="}
    assert "\x1b" not in run("inspect", "--records", path).stdout


def test_a_folder_shows_its_files_in_order_of_offsets() -> None:
    files = list(by_file(DATA / "rolled-0"))
    assert [file.suffix for file in files[:3]] == [".log", ".log", ".snapshot"]
    assert [int(file.stem) for file in files] == sorted(int(file.stem) for file in files)


JOURNAL = FIXTURES.parents[1] / "core/tests/journal_support/records.txt"


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """A journal of one record of each kind, whose bytes the core's tests keep."""
    lines = [line.split(": ")[1] for line in JOURNAL.read_text().splitlines()]
    path = tmp_path / "producer.fpjl"
    path.write_bytes(b"".join(bytes.fromhex(line) for line in lines))
    return path


def test_a_journals_records_are_shown_with_what_they_say(journal: Path) -> None:
    [file] = by_file(journal).values()
    assert (file["kind"], file["tail"], file["end"]) == ("journal", "clean", journal.stat().st_size)
    assert file["cluster"] == "MkU3OEVBNTcwNTJENDM2Qk"
    names = [line.split(":")[0].split(" ")[0] for line in JOURNAL.read_text().splitlines()]
    assert [row["kind"] for row in file["rows"]] == names[1:]
    batch = next(row for row in file["rows"] if row["kind"] == "batch")
    assert (batch["slot"], batch["producer_id"], batch["producer_epoch"]) == (2, 0x010203040506, 3)
    assert (batch["base_sequence"], batch["records"], batch["size_in_bytes"]) == (10, 5, 5)
    only = by_file("--producer", "7", journal)[journal]["rows"]
    assert [(row["kind"], row["producer_epoch"]) for row in only] == [("identity", 1)]
    assert "identity" in run("inspect", journal).stdout


def test_a_torn_and_a_damaged_journal_are_told_apart(journal: Path) -> None:
    data = journal.read_bytes()
    journal.write_bytes(data[:-3])
    torn = by_file(journal, code=2)[journal]
    assert torn["tail"] == "torn" and "cut short" in torn["problems"][0]
    changed = bytearray(data)
    changed[100] ^= 1
    journal.write_bytes(changed)
    damaged = by_file(journal, code=2)[journal]
    assert damaged["tail"] == "damaged" and "a good record follows" in damaged["problems"][0]


def test_fencepost_own_snapshot_shows_the_whole_window(tmp_path: Path) -> None:
    partition = Partition()
    log = PlantedLog(tmp_path / "t-0")
    log.run(7, 0, 7)
    data = log.roll().read_bytes()
    partition.replay(data, now=BEGUN_MS)
    path = tmp_path / "00000000000000000007.snapshot"
    path.write_bytes(partition.snapshot("full"))
    [file] = by_file(path).values()
    assert file["format"] == "fencepost-v1"
    [producer] = file["rows"]
    assert [batch["first_sequence"] for batch in producer["batches"]] == [2, 3, 4, 5, 6]
    assert "fencepost's snapshot" in run("inspect", path).stdout


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
def test_blocks_come_back_whatever_their_size(codec: str) -> None:
    compressors: dict[str, Any] = {
        "gzip": cramjam.gzip.compress,
        "snappy": cramjam.snappy.compress_raw,
        "lz4": cramjam.lz4.compress,
        "zstd": cramjam.zstd.compress,
    }
    compress = compressors[codec]
    for data in (b"", b"x", bytes(10_000_000)):
        block = bytes(compress(data))
        assert decompress(codec, block) == data
        with pytest.raises(LogError, match="can't be decompressed"):
            decompress(codec, block[: len(block) // 2] + b"\xff" * 9)
    with pytest.raises(LogError, match="more than 1000000 bytes"):
        decompress(codec, block, most_bytes=1_000_000)


def test_gzip_is_read_as_the_standard_library_writes_it() -> None:
    assert decompress("gzip", gzip.compress(b"hello" * 1000)) == b"hello" * 1000


def test_snappy_in_pieces_is_read_as_java_clients_write_it() -> None:
    pieces = [b"hello " * 100, b"kafka " * 100]
    block = b"\x82SNAPPY\0" + (1).to_bytes(4, "big") * 2
    for piece in pieces:
        packed = bytes(cramjam.snappy.compress_raw(piece))
        block += len(packed).to_bytes(4, "big") + packed
    assert decompress("snappy", block) == b"".join(pieces)
    for cut in (block[:12], block[:-1], block[:18]):
        with pytest.raises(LogError):
            decompress("snappy", cut)


def test_json_is_whole_though_a_file_is_not(segment: Path, tmp_path: Path) -> None:
    shutil.copytree(DATA / "txn-1", tmp_path / "t-0", dirs_exist_ok=True)
    segment.write_bytes(segment.read_bytes()[:-10])
    done = run("inspect", "--json", tmp_path, tmp_path / "nothing")
    assert done.returncode == 2
    result = json.loads(done.stdout)
    assert len(result["files"]) == 12 and len(result["problems"]) == 2
