"""Every command in the guide to `lint`, run: what they print is what the guide shows."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

from run_command import FIXTURES, run

GUIDE = FIXTURES.parents[1] / "docs" / "lint.md"
BLOCK = re.compile(r"(?ms)^```console\n(.*?)^```$")
FILE = re.compile(r"(?ms)^`([\w.]+)`:\n\n```\w+\n(.*?)^```$")


def played(block: str, folder: Path) -> str:
    """The block with what its commands print now."""
    shown, code = [], 0
    for line in block.splitlines():
        if line == "$ echo $?":
            shown += [line, str(code)]
        elif line.startswith("$ "):
            name, *args = shlex.split(line[2:])
            assert name == "fencepost"
            done = run(*args, cwd=folder)
            code = done.returncode
            shown += [line, *(done.stderr + done.stdout).rstrip().splitlines()]
    return "".join(f"{line}\n" for line in shown)


def test_the_guides_output_is_real(tmp_path: Path) -> None:
    text = GUIDE.read_text()
    for name, body in FILE.findall(text):
        (tmp_path / name).write_text(body)
    blocks = BLOCK.findall(text)
    assert len(blocks) >= 4
    now = BLOCK.sub(lambda m: f"```console\n{played(m[1], tmp_path)}```", text)
    if os.environ.get("WRITE_GUIDES"):
        GUIDE.write_text(now)
    else:
        assert now == text
