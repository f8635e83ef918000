"""The command, run as users run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

__all__ = ("FIXTURES", "as_nobody", "run", "run_json")

FIXTURES = Path(__file__).parents[2] / "verify" / "fixtures"


def run(*args: str | os.PathLike[str], cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Runs it to its end; a traceback fails the test."""
    command = Path(sys.executable).with_name("fencepost")
    done = subprocess.run(
        [command, *args],
        capture_output=True,
        text=True,
        errors="surrogateescape",
        timeout=120,
        cwd=cwd,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def run_json(*args: str | os.PathLike[str], code: int = 0) -> Any:
    done = run(*args, "--json")
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root may read everything; nobody may not."""
    if os.getuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
