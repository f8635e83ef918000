"""What holds for the command as a whole."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import IO

import fencepost
import pytest
from run_command import FIXTURES


def run(*args: str, stdout: IO[str] | int = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("fencepost")), *args]
    return subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, text=True, timeout=60)


def test_the_command_says_its_version() -> None:
    done = run("--version")
    assert (done.returncode, done.stdout) == (0, f"fencepost, version {fencepost.__version__}\n")


SEGMENT = str(FIXTURES / "data" / "txn-0" / "00000000000000000000.log")


@pytest.mark.parametrize(
    "args",
    [
        ["--version"],
        ["explain", "--all"],
        ["explain", "--json"],
        ["inspect", SEGMENT],
        ["inspect", "--json", SEGMENT],
        ["audit", os.path.dirname(SEGMENT)],
    ],
)
def test_a_reader_that_has_gone_is_no_finding(args: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as output:
        done = run(*args, stdout=output)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux")
@pytest.mark.parametrize("args", [["--version"], ["explain", "--all"], ["explain", "--json"]])
def test_output_that_can_not_be_written_is_told(args: list[str]) -> None:
    with open("/dev/full", "w") as output:
        done = run(*args, stdout=output)
    assert done.returncode == 2
    assert done.stderr == "fencepost: standard output: No space left on device\n"


def test_an_unknown_subcommand_is_a_wrong_call() -> None:
    done = run("nonsense")
    assert done.returncode == 2
    assert "nonsense" in done.stderr
    assert "Traceback" not in done.stderr
