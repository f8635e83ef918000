"""Bad input of `fencepost inspect`: a message with the place, exit code 2, no traceback; the rest is shown."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from run_command import FIXTURES, as_nobody, run, run_json

import fencepost.cli.inspect  # nobody may not be allowed to read where Python is

DATA = FIXTURES / "data"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(DATA / "txn-0", tmp_path / "txn-0")


def refused(*args: str | Path) -> str:
    done = run("inspect", *args)
    assert done.returncode == 2, done.stdout
    assert done.stderr.startswith("fencepost: ")
    return done.stderr


def test_a_path_that_is_not_there_and_the_rest_is_shown(folder: Path) -> None:
    done = run("inspect", "/nowhere", folder / "00000000000000000015.txnindex")
    assert done.returncode == 2
    assert done.stderr == "fencepost: /nowhere: No such file or directory\n"
    assert "1 aborted transaction" in done.stdout


def test_an_empty_folder(tmp_path: Path) -> None:
    assert "no segment, snapshot, transaction index or journal" in refused(tmp_path)


def test_an_empty_segment_has_no_batches(tmp_path: Path) -> None:
    path = tmp_path / "00000000000000000000.log"
    path.touch()
    done = run("inspect", path)
    assert (done.returncode, done.stdout) == (0, f"{path}: segment\n0 batches\n")


def test_a_foreign_file_is_not_guessed_at(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("nothing of ours")
    assert "say it with --as" in refused(path)
    for kind in ("segment", "snapshot", "txnindex", "journal"):
        assert str(path) in refused("--as", kind, path)


def test_a_cut_segment_says_where(folder: Path) -> None:
    path = folder / "00000000000000000015.log"
    path.write_bytes(path.read_bytes()[:300])
    done = run("inspect", path)
    assert done.returncode == 2
    assert f"{path}: byte 234: " in done.stderr
    assert "3 batches" in done.stdout and "! byte 234: " in done.stdout


def test_a_batch_with_changed_bytes_is_named_and_reading_goes_on(folder: Path) -> None:
    path = folder / "00000000000000000015.log"
    data = bytearray(path.read_bytes())
    data[300] ^= 1
    path.write_bytes(data)
    done = run("inspect", path)
    assert done.returncode == 2 and "byte 234: crc" in done.stderr
    assert "10 batches" in done.stdout


def test_a_hostile_length_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "00000000000000000000.log"
    path.write_bytes(bytes(8) + b"\x7f\xff\xff\xff" + bytes(4) + b"\x02" + bytes(60))
    assert "byte 0: " in refused(path)
    path.write_bytes(bytes(8) + b"\xff\xff\xff\xff" + bytes(4) + b"\x02" + bytes(60))
    assert "byte 0: " in refused(path)


def test_a_corrupt_snapshot_and_index(folder: Path) -> None:
    snapshot = folder / "00000000000000000015.snapshot"
    data = bytearray(snapshot.read_bytes())
    data[20] ^= 1
    snapshot.write_bytes(data)
    assert f"{snapshot}: the snapshot" in refused(snapshot)
    snapshot.write_bytes(data[:5])
    assert "ends after 5 bytes" in refused(snapshot)
    index = folder / "00000000000000000015.txnindex"
    index.write_bytes(index.read_bytes() + b"\x00" * 3)
    assert "the last 3 bytes, from byte 34 on" in refused(index)
    index.write_bytes(b"\x01" + bytes(33))
    assert "version 1" in refused(index)


def test_a_damaged_block_is_named_with_its_batch(tmp_path: Path) -> None:
    source = DATA / "compressed-0" / "00000000000000000000.log"
    files = run_json("inspect", source)["files"]
    [batch] = [b for b in files[0]["rows"] if b["codec"] == "zstd"][:1]
    path = tmp_path / source.name
    data = bytearray(source.read_bytes())
    data[batch["position"] + 61 + 12] ^= 0xFF
    path.write_bytes(data)
    assert f"byte {batch['position']}: " in refused("--records", path)


def test_wrong_and_huge_numbers_are_wrong_calls(folder: Path) -> None:
    for option in (
        "--producer=x",
        "--from-offset=-1",
        "--to-offset=9223372036854775808",
        "--since=yesterday",
        "--until=99999999999999999999",
        "--as=picture",
    ):
        done = run("inspect", option, folder)
        assert done.returncode == 2 and "Error: Invalid value" in done.stderr, option


def test_times_that_no_calendar_has_are_shown_as_numbers(tmp_path: Path) -> None:
    path = tmp_path / "00000000000000000000.log"
    data = bytearray((DATA / "idempotent-0" / path.name).read_bytes()[:200])
    data[35:43] = b"\x7f" + b"\xff" * 7
    path.write_bytes(data)
    done = run("inspect", path)
    assert done.returncode == 2 and "crc" in done.stderr


def test_names_that_are_no_text_are_shown_and_change_no_terminal(tmp_path: Path) -> None:
    name = os.fsdecode(os.fsencode(tmp_path) + b"/\xff\x1b[31m")
    shutil.copytree(DATA / "txn-1", name)
    for options in ((), ("--json",)):
        done = run("inspect", *options, tmp_path)
        assert done.returncode == 0 and "\x1b" not in done.stdout and "\\xff" in done.stdout


def test_a_device_or_pipe_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "00000000000000000000.log")
    for path in (tmp_path / "00000000000000000000.log", Path("/dev/zero")):
        for kind in ("segment", "snapshot", "txnindex", "journal"):
            assert "not a regular file" in refused("--as", kind, path)


def test_a_file_without_permission_is_named_and_the_rest_shown(
    capfd: pytest.CaptureFixture[str],
) -> None:
    base = Path(subprocess.check_output(["mktemp", "-d"], text=True).strip())
    try:
        base.chmod(0o755)
        for name in ("00000000000000000015.log", "00000000000000000032.log"):
            shutil.copyfile(DATA / "txn-0" / name, base / name)
        closed = base / "00000000000000000032.log"
        closed.chmod(0)
        with pytest.raises(SystemExit) as ended, as_nobody():
            fencepost.cli.main(["inspect", str(base)])
        out, err = capfd.readouterr()
        assert ended.value.code == 2
        assert err == f"fencepost: {closed}: Permission denied\n"
        assert "11 batches" in out
    finally:
        shutil.rmtree(base)
