"""Bad input of `fencepost audit`: a message with the place, exit code 2, no traceback; the rest is audited."""

from __future__ import annotations

import fcntl
import json
import os
import pickle
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from planted_log import PlantedLog
from run_command import FIXTURES, as_nobody, run, run_json

import fencepost.cli
from fencepost.cli._output import print_json
from fencepost.logs import AuditProgress, LogError, LogFinding, audit_all, discover, is_being_written


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return shutil.copytree(FIXTURES / "data" / "rolled-0", tmp_path / "rolled-0")


def last_segment(folder: Path) -> Path:
    return max(folder.glob("*.log"))


def test_a_path_that_is_not_there() -> None:
    done = run("audit", "/nowhere/at/all", FIXTURES / "data" / "txn-0")
    assert done.returncode == 2
    assert done.stderr == "fencepost: /nowhere/at/all: No such file or directory\n"
    assert "1 partition, 63 batches: 0 faults" in done.stdout


def test_an_empty_folder(tmp_path: Path) -> None:
    done = run("audit", tmp_path)
    assert done.returncode == 2
    assert f"{tmp_path}: no partition here" in done.stderr


def test_a_file_where_a_folder_is_wanted() -> None:
    segment = FIXTURES / "data" / "txn-0" / "00000000000000000015.log"
    done = run("audit", segment)
    assert done.returncode == 2
    assert "give the partition folder" in done.stderr


def test_no_path_is_a_wrong_call() -> None:
    assert run("audit").returncode == 2


@pytest.mark.parametrize("option", ["--producer=x", "--producer=99999999999999999999", "--jobs=0"])
def test_a_wrong_or_huge_number_is_a_wrong_call(option: str) -> None:
    done = run("audit", option, FIXTURES / "data")
    assert done.returncode == 2 and "Error: Invalid value" in done.stderr


def test_a_torn_tail_of_a_stopped_log_is_a_fault_and_of_a_live_one_nothing(copy: Path) -> None:
    with last_segment(copy).open("ab") as file:
        file.write(b"\0\0\0\0\0\0\0\x70\0\0\0\x55\0\0")
    done = run("audit", "--stopped", "--against-snapshot", copy)
    assert done.returncode == 1
    assert "a torn batch" in done.stdout and "00000000000000000099.log, byte " in done.stdout
    live = run_json("audit", "--live", "--against-snapshot", copy, code=0)
    assert live["partitions"][0]["damage"] == []


def test_zeros_that_a_broker_reserved_are_no_fault_of_a_live_log(copy: Path) -> None:
    with last_segment(copy).open("ab") as file:
        file.write(bytes(4096))
    assert run("audit", "--live", copy).returncode == 0
    assert run("audit", "--stopped", copy).returncode == 1


def test_changed_bytes_end_the_audit_there_and_it_says_so(copy: Path) -> None:
    segment = copy / "00000000000000000027.log"
    data = bytearray(segment.read_bytes())
    data[70] ^= 1
    segment.write_bytes(data)
    for mode in ("--live", "--stopped"):
        done = run("audit", mode, copy)
        assert done.returncode == 2
        assert "00000000000000000027.log, byte 0: changed bytes" in done.stderr
        assert "6 later segments" in done.stderr
        assert "offsets 0 to 26" in done.stdout


def test_a_foreign_file_named_as_a_segment(tmp_path: Path) -> None:
    folder = tmp_path / "t-0"
    folder.mkdir()
    (folder / "00000000000000000000.log").write_text("2026-01-01 INFO this is an application's log\n" * 9)
    done = run("audit", folder, FIXTURES / "data" / "txn-1")
    assert done.returncode == 2 and "00000000000000000000.log, byte 0" in done.stderr
    assert "2 partitions" in done.stdout


def test_a_corrupt_snapshot_is_named_where_it_was_to_be_compared(copy: Path) -> None:
    snapshot = copy / "00000000000000000051.snapshot"
    snapshot.write_bytes(snapshot.read_bytes()[:-3])
    assert run("audit", copy).returncode == 0
    done = run("audit", "--against-snapshot", copy)
    assert done.returncode == 2
    assert "rolled-0: 00000000000000000051.snapshot: the snapshot" in done.stderr


def test_a_snapshot_that_says_otherwise_is_named_field_by_field(copy: Path) -> None:
    # Another partition's snapshot, of the same offset.
    shutil.copy(copy / "00000000000000000039.snapshot", copy / "00000000000000000051.snapshot")
    result = run_json("audit", "--against-snapshot", copy, code=1)
    snapshots = result["partitions"][0]["snapshots"]
    [wrong] = [snapshot for snapshot in snapshots if snapshot["differences"]]
    assert wrong["file"] == "00000000000000000051.snapshot"
    for difference in wrong["differences"]:
        assert difference["snapshot"]["last_offset"] < difference["log"]["last_offset"]
    text = run("audit", "--against-snapshot", copy).stdout
    assert "00000000000000000051.snapshot: producer " in text and "Kafka has [" in text


def test_names_that_are_no_text_are_shown_and_change_no_terminal(tmp_path: Path) -> None:
    name = os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff\x1b[31m-0")
    shutil.copytree(FIXTURES / "data" / "txn-1", name)
    done = run("audit", "--json", tmp_path)
    assert done.returncode == 0 and "\x1b" not in done.stdout
    done = run("audit", tmp_path)
    assert done.returncode == 0
    assert "bad\\xff\\x1b[31m-0: 4 segments" in done.stdout


def test_a_folder_without_permission_is_named_and_the_rest_audited(
    capfd: pytest.CaptureFixture[str],
) -> None:
    # Not below pytest's own folder, which only its owner may enter.
    base = Path(subprocess.check_output(["mktemp", "-d"], text=True).strip())
    try:
        open_folder, closed = base / "open-0", base / "closed-0"
        for folder in (open_folder, closed):
            shutil.copytree(FIXTURES / "data" / "txn-1", folder, copy_function=shutil.copyfile)
        closed.chmod(0)
        base.chmod(0o755)
        with pytest.raises(SystemExit) as ended, as_nobody():
            fencepost.cli.main(["audit", str(base)])
        out, err = capfd.readouterr()
        assert ended.value.code == 2
        assert err == f"fencepost: {closed}: Permission denied\n"
        assert "1 partition, 45 batches" in out
    finally:
        shutil.rmtree(base)


def test_a_segment_that_vanishes_is_named_or_if_a_broker_may_do_it_passed_over(copy: Path) -> None:
    [folder] = discover(copy).folders
    first = min(copy.glob("*.log"))
    first.unlink()
    with pytest.raises(FileNotFoundError) as refused:
        audit_all([folder], live=False)
    assert refused.value.filename == str(first)
    [audit] = audit_all([folder], live=True)
    assert (audit.start, audit.segments) == (15, 8)


def test_a_segment_that_changes_while_it_is_read_is_named(tmp_path: Path) -> None:
    log = PlantedLog(tmp_path / "t-0")
    log.data(7, 0, value=bytes(1_000_000))
    segment = log.roll()
    [folder] = discover(log.folder).folders
    done = threading.Event()

    def touch() -> None:
        at = time.time_ns()
        while not done.is_set():
            at += 1_000_000_000
            os.utime(segment, ns=(at, at))

    toucher = threading.Thread(target=touch)
    toucher.start()
    try:
        with pytest.raises(LogError, match=r"000\.log: the file was changed while it was read"):
            for _ in range(10_000):
                audit_all([folder], live=False)
        assert audit_all([folder], live=True)[0].batches == 1
    finally:
        done.set()
        toucher.join()


def test_a_log_that_grows_while_it_is_audited_has_no_finding(tmp_path: Path) -> None:
    log = PlantedLog(tmp_path / "t-0")
    log.run(7, 0, 400)
    segment = log.roll()
    data = segment.read_bytes()
    segment.write_bytes(b"")
    [folder] = discover(log.folder).folders

    def write() -> None:
        with segment.open("ab", buffering=0) as file:
            for at in range(0, len(data), 97):
                file.write(data[at : at + 97])

    writer = threading.Thread(target=write)
    writer.start()
    seen: list[int] = []
    while writer.is_alive() or not seen or seen[-1] < 400:
        [audit] = audit_all([folder], live=True)
        assert (audit.findings, audit.damage) == ((), ())
        assert audit.end == audit.batches
        seen.append(audit.batches)
    writer.join()
    assert seen == sorted(seen)


def test_ctrl_c_ends_a_long_audit_at_its_next_batch(tmp_path: Path) -> None:
    log = PlantedLog(tmp_path / "t-0")
    log.run(7, 0, 10)
    log.roll()
    [folder] = discover(log.folder).folders
    progress = AuditProgress()
    progress.stop()
    with pytest.raises(LogError, match="stopped"):
        folder.audit(progress=progress)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc/locks is Linux's")
def test_a_broker_is_known_by_the_lock_it_holds(copy: Path) -> None:
    with last_segment(copy).open("ab") as file:
        file.write(b"\0\0\0\0\0\0\0\x70\0\0\0\x55\0\0")
    lock = copy.parent / ".lock"
    with lock.open("w") as file:
        assert not is_being_written(copy)
        assert run("audit", copy).returncode == 1
        fcntl.lockf(file, fcntl.LOCK_EX)
        assert is_being_written(copy) and is_being_written(copy.parent)
        assert run("audit", copy).returncode == 0
        assert run("audit", "--stopped", copy).returncode == 1


def test_a_device_named_as_a_segment_is_not_read(copy: Path) -> None:
    (copy / "00000000000000000200.log").symlink_to("/dev/zero")
    done = run("audit", copy)
    assert done.returncode == 2 and "not a regular file" in done.stderr


def test_many_partitions_are_audited_side_by_side_in_their_order() -> None:
    folders = discover(FIXTURES / "data").folders
    told: list[int] = []
    one = audit_all(folders, jobs=1, live=False)
    many = audit_all(folders, jobs=8, live=False, on_bytes=told.append)
    assert [a.name for a in one] == [a.name for a in many] == [f.name for f in folders]
    assert [a.bytes for a in one] == [a.bytes for a in many]
    assert told[-1] == sum(a.bytes for a in many)


def test_json_is_written_in_pieces_as_the_standard_library_writes_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    values: list[object] = [{}, [], [[[]], {}], {"a": [1, 2.5, None, True], "é\n": {"b": ("\x00", [])}}, "x", 3]
    for value in values:
        print_json(value)
        assert capsys.readouterr().out == json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    print_json({"rows": ({"n": n} for n in range(2)), "none": (n for n in range(0))})
    assert json.loads(capsys.readouterr().out) == {"rows": [{"n": 0}, {"n": 1}], "none": []}


def test_many_rows_of_json_are_written_some_at_a_time_and_never_held_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def row(n: int) -> object:
        odd: dict[int, object] = {5000: {}, 5001: {"nested": [n]}, 5002: [n], 5003: n, 5004: None}
        return odd.get(n, {"n": n, "why": "},\n      {" * (n % 3), "is": n % 2 == 0, "of": None})

    made, lags, pieces = 0, [], []

    def rows() -> Iterator[object]:
        nonlocal made
        for made in range(20_000):
            yield row(made)

    class Written:
        def write(self, piece: str) -> None:
            pieces.append(piece)
            lags.append(made)

    monkeypatch.setattr(sys, "stdout", Written())
    print_json({"rows": rows()})
    monkeypatch.undo()
    whole = {"rows": [row(n) for n in range(20_000)]}
    assert "".join(pieces) == json.dumps(whole, indent=2, ensure_ascii=False) + "\n"
    # A piece for each thousand, beside the brackets; and none waits for the last row.
    assert 20 <= len(pieces) < 30 and max(map(len, pieces)) < 200_000
    assert [lag for lag in lags if 0 < lag < 19_999] == [n * 1000 - 1 for n in range(1, 20)]


def test_the_findings_of_an_audit_are_made_once(tmp_path: Path) -> None:
    log = PlantedLog(tmp_path / "t-0")
    log.run(7, 0, 3)
    log.again(1)
    log.roll()
    (folder,) = discover(log.folder).folders
    audit = folder.audit()
    assert audit.findings is audit.findings
    (finding,) = audit.findings
    assert (finding.kind, finding.severity, finding.file) == ("duplicate", "fault", f"{0:020}.log")
    assert pickle.loads(pickle.dumps(audit)).findings == audit.findings
    assert eval(repr(finding), {"LogFinding": LogFinding}) == finding
