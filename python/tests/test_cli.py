"""What holds for the command as a whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import fencepost


def run(*args: str) -> subprocess.CompletedProcess[str]:
    command = Path(sys.executable).with_name("fencepost")
    return subprocess.run([command, *args], capture_output=True, text=True, timeout=60)


def test_the_command_says_its_version() -> None:
    done = run("--version")
    assert (done.returncode, done.stdout) == (0, f"fencepost, version {fencepost.__version__}\n")


def test_an_unknown_subcommand_is_a_wrong_call() -> None:
    done = run("nonsense")
    assert done.returncode == 2
    assert "nonsense" in done.stderr
    assert "Traceback" not in done.stderr
