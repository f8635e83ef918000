"""`fencepost audit` on logs that a real Kafka wrote, and on logs with planted faults: each is named, nothing else is."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from planted_log import PlantedLog
from run_command import FIXTURES, run, run_json

# The notes that a story of the fixtures' manifest means: what compaction took, a producer that began anew, a log that
# ends inside a transaction, a transaction without data on the partition.
NOTES_OF_STORIES = {
    "bumped": {"epoch_raised": 2},
    "compacted-late": {"first_sequence_not_zero": 3, "gap": 2},
    "compacted-txn": {"marker_without_transaction": 13, "gap": 4, "first_sequence_not_zero": 1},
    "txn-no-data": {"marker_without_transaction": 3},
    "txn-open-0": {"transaction_left_open": 2},
    "txn-open-1": {"transaction_left_open": 1},
}


def manifest(name: str) -> Any:
    return json.loads((FIXTURES / name / "manifest.json").read_text())["partitions"]


def findings(partition: Any) -> list[tuple[str, int]]:
    return [(finding["kind"], finding["offset"]) for finding in partition["findings"]]


@pytest.mark.parametrize("name", ["data", "data-tv1"])
def test_the_logs_of_a_healthy_kafka_have_what_their_manifest_says_and_nothing_else(
    name: str,
) -> None:
    result = run_json("audit", "--against-snapshot", FIXTURES / name)
    assert (result["faults"], result["unread"], result["problems"]) == (0, 0, [])
    partitions = {partition["partition"]: partition for partition in result["partitions"]}
    for told in manifest(name):
        topic = f"{told['topic']}-{told['partition']}"
        audit = partitions.pop(topic)
        notes = NOTES_OF_STORIES.get(topic, NOTES_OF_STORIES.get(told["topic"], {}))
        assert Counter(f["kind"] for f in audit["findings"]) == notes, topic
        assert audit["end_offset"] == told["checkpoints"]["log_end_offset"], topic
        described = {p["producer_id"] for p in told["before_stop"]["describe_producers"]}
        assert {p["producer_id"] for p in audit["producers"]} == described, topic
        assert all(not s["differences"] and s["corrupt"] is None for s in audit["snapshots"])
        assert all(not i["differences"] and i["corrupt"] is None for i in audit["indexes"])
    assert partitions == {}


def test_what_a_client_wrote_twice_after_a_restart_is_recognised_for_what_it_is() -> None:
    result = run_json("audit", FIXTURES / "data-restart", code=1)
    assert (result["faults"], result["notes"]) == (10, 4)
    for partition, (first, second) in zip(result["partitions"], [(1, 6), (3, 8)], strict=True):
        twice = [f for f in partition["findings"] if f["kind"] == "written_twice"]
        assert [f["offset"] for f in twice] == list(range(second, second + 5))
        for n, finding in enumerate(twice):
            assert f"wrote the batch at offset {first + n} again" in finding["why"]
        others = [f for f in findings(partition) if f[0] != "written_twice"]
        assert others == [("epoch_raised", second), ("window_narrowed", second)]
    done = run("audit", FIXTURES / "data-restart")
    assert done.returncode == 1
    assert done.stdout.endswith("2 partitions, 27 batches: 10 faults, 4 notes\n")


@pytest.fixture
def log(tmp_path: Path) -> PlantedLog:
    return PlantedLog(tmp_path / "planted-0")


def audited(log: PlantedLog, code: int, *options: str) -> Any:
    log.roll()
    [partition] = run_json("audit", *options, log.folder, code=code)["partitions"]
    return partition


def test_a_log_without_fault_has_no_finding(log: PlantedLog) -> None:
    log.run(7, 0, 20)
    log.data(8, 0, 3)
    log.data(8, 3, 2)
    log.data(9, 0, 2, transactional=True)
    log.marker(9)
    assert findings(audited(log, 0)) == []


def test_a_gap_is_named_with_its_size(log: PlantedLog) -> None:
    log.run(7, 0, 3)
    at = log.data(7, 5)
    log.run(7, 6, 2)
    partition = audited(log, 1)
    assert findings(partition) == [("gap", at)]
    assert partition["findings"][0]["why"].startswith("2 sequences are missing")


def test_a_duplicate_is_named_with_its_first_copy(log: PlantedLog) -> None:
    log.run(7, 0, 3)
    at = log.again(1)
    log.run(7, 3, 2)
    partition = audited(log, 1)
    assert findings(partition) == [("duplicate", at)]
    assert "first copy begins at offset 1" in partition["findings"][0]["why"]


def test_a_zombie_is_named_and_what_the_new_writer_does_is_not(log: PlantedLog) -> None:
    log.run(7, 0, 3)
    log.run(7, 0, 2, epoch=1)
    zombie = log.data(7, 3, epoch=0)
    log.run(7, 2, 2, epoch=1)
    partition = audited(log, 1)
    assert findings(partition) == [("epoch_raised", 3), ("epoch_lowered", zombie)]
    assert partition["findings"][1]["producer_epoch"] == 0


def test_a_batch_older_than_the_window_is_a_second_copy(log: PlantedLog) -> None:
    log.run(7, 0, 8)
    at = log.again(1)
    assert findings(audited(log, 1)) == [("rewound", at)]


def test_two_writers_under_one_identity_are_named(log: PlantedLog) -> None:
    log.run(7, 0, 8)
    rewound = []
    for n in range(3):
        rewound.append(log.data(7, n + 1, value=b"another"))
        log.data(7, 8 + n)
    found = findings(audited(log, 1))
    told = [f for f in found if f[0] == "identity_used_twice"]
    assert len(told) == 1
    found.remove(told[0])
    # Each batch of the second writer is one that was written before, by its sequence.
    assert found == [("rewound", at) for at in rewound]


def test_a_producer_that_its_leader_forgot_is_named(log: PlantedLog) -> None:
    log.run(7, 0, 8)
    log.now += 2 * 86_400_000
    at = log.data(7, 0)
    assert findings(audited(log, 1)) == [("state_lost", at), ("came_back", at)]


def test_expiration_is_taken_from_the_options(log: PlantedLog) -> None:
    log.run(7, 0, 8)
    log.now += 60_000
    at = log.data(7, 0)
    assert findings(audited(log, 1)) == [("state_lost", at)]
    with_option = run_json("audit", "--expiration-ms", "59000", log.folder, code=1)
    assert findings(with_option["partitions"][0]) == [("state_lost", at), ("came_back", at)]


def test_a_hanging_transaction_is_a_fault_and_an_open_one_a_note(log: PlantedLog) -> None:
    at = log.data(9, 0, 2, transactional=True)
    log.data(7, 0)
    log.roll()
    [partition] = run_json("audit", log.folder, code=0)["partitions"]
    assert findings(partition) == [("transaction_left_open", at)]
    log.now += 3_600_000
    log.data(7, 1)
    [partition] = [audited(log, 1)]
    [finding] = partition["findings"]
    assert (finding["kind"], finding["severity"]) == ("transaction_left_open", "fault")
    assert (finding["file"], finding["position"]) == ("00000000000000000000.log", 0)


def test_markers_of_nothing_and_of_a_replaced_coordinator_are_named(log: PlantedLog) -> None:
    log.data(9, 0, transactional=True)
    log.marker(9, coordinator_epoch=3)
    log.data(9, 1, transactional=True)
    stale = log.marker(9, coordinator_epoch=2)
    nothing = log.marker(9, coordinator_epoch=3)
    assert findings(audited(log, 1)) == [
        ("coordinator_epoch_lowered", stale),
        ("marker_without_transaction", nothing),
    ]


def test_a_batch_outside_the_open_transaction_is_named(log: PlantedLog) -> None:
    log.data(9, 0, transactional=True)
    at = log.data(9, 1)
    log.marker(9)
    partition = audited(log, 1)
    assert findings(partition) == [("non_transactional_in_transaction", at)]


def test_a_finding_says_file_and_byte_also_in_a_later_segment(log: PlantedLog) -> None:
    log.run(7, 0, 3)
    first = log.roll()
    log.data(7, 3)
    size = log.roll().stat().st_size
    at = log.data(7, 9)
    partition = audited(log, 1)
    [finding] = partition["findings"]
    assert (finding["file"], finding["position"], finding["offset"]) == (f"{at:020}.log", 0, at)
    assert partition["segments"] == 3 and first.stat().st_size > size


def test_several_faults_of_several_producers_are_told_apart(log: PlantedLog) -> None:
    for sequence in range(4):
        for producer_id in (1, 2, 3):
            log.data(producer_id, sequence)
    gap = log.data(1, 6)
    twice = log.again(10)
    log.data(3, 0, epoch=1)
    zombie = log.data(3, 4)
    partition = audited(log, 1)
    found = [(f["kind"], f["producer_id"], f["offset"]) for f in partition["findings"]]
    assert found == [
        ("gap", 1, gap),
        ("duplicate", 2, twice),
        ("epoch_raised", 3, zombie - 1),
        ("epoch_lowered", 3, zombie),
    ]
    only = run_json("audit", "--producer", "2", log.folder, code=1)
    assert findings(only["partitions"][0]) == [("duplicate", twice)]
    assert run("audit", "--producer", "4", log.folder).returncode == 0


def test_a_timeline_shows_each_run_of_epoch_and_sequences(log: PlantedLog) -> None:
    log.run(7, 0, 3)
    log.data(8, 0, 2, transactional=True)
    log.marker(8, commit=False)
    log.run(7, 5, 2)
    log.run(7, 0, 2, epoch=1)
    partition = audited(log, 1, "--timeline")
    timeline = {one["producer_id"]: one["runs"] for one in partition["timeline"]}
    spans = [
        (r["producer_epoch"], r["first_sequence"], r["last_sequence"], r["batches"], r["has_finding"])
        for r in timeline[7]
    ]
    assert spans == [(0, 0, 2, 3, False), (0, 5, 6, 2, True), (1, 0, 1, 2, True)]
    assert [r["kind"] for r in timeline[8]] == ["data", "abort"]
    text = run("audit", "--timeline", "--producer", "7", log.folder).stdout
    assert "producer 7" in text and "producer 8" not in text and "0..2" in text


def test_notes_fail_only_where_that_is_asked_for(log: PlantedLog) -> None:
    log.run(7, 0, 2)
    log.data(7, 0, epoch=1)
    log.roll()
    assert run("audit", log.folder).returncode == 0
    assert run("audit", "--fail-on", "note", log.folder).returncode == 1


def test_partitions_without_fault_are_left_out_on_demand(tmp_path: Path) -> None:
    good, bad = PlantedLog(tmp_path / "good-0"), PlantedLog(tmp_path / "bad-0")
    good.run(7, 0, 2)
    bad.data(7, 0)
    bad.data(7, 4)
    good.roll(), bad.roll()
    done = run("audit", "-q", tmp_path)
    assert "bad-0" in done.stdout and "good-0" not in done.stdout
    assert done.returncode == 1 and done.stdout.endswith("2 partitions, 4 batches: 1 fault, 0 notes\n")


def test_a_partition_named_twice_is_audited_once() -> None:
    path = FIXTURES / "data" / "txn-0"
    result = run_json("audit", path, path / ".." / "txn-0", FIXTURES / "data")
    names = [partition["partition"] for partition in result["partitions"]]
    assert names.count("txn-0") == 1 and len(names) == 24
