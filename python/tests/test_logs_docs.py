"""Every command in the guides to `audit` and `inspect`, run: what they print is what the guides show."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from pathlib import Path

import pytest
from run_command import FIXTURES, run

ROOT = FIXTURES.parents[1]
GUIDES = [ROOT / "docs" / "audit.md", ROOT / "docs" / "inspect.md"]
BLOCK = re.compile(r"(?ms)^```console\n(.*?)^```$")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the guides speak of."""
    folder = tmp_path_factory.mktemp("guides")
    for name in ("txn-0", "txn-1", "txn-open-1", "compacted-txn-0", "compressed-0"):
        shutil.copytree(FIXTURES / "data" / name, folder / name)
    shutil.copytree(FIXTURES / "data-restart" / "restarted-0", folder / "restarted-0")
    (folder / "producer.journal").write_bytes(journal())
    return folder


def journal() -> bytes:
    """One record of each kind, as the core's tests have them."""
    lines = (ROOT / "core/tests/journal_support/records.txt").read_text().splitlines()
    return b"".join(bytes.fromhex(line.split(": ")[1]) for line in lines)


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
            shown += [line, *(done.stderr + done.stdout).splitlines()]
    return "".join(f"{line}\n" for line in shown)


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_a_guides_output_is_real(guide: Path, files: Path) -> None:
    text = guide.read_text()
    blocks = BLOCK.findall(text)
    assert len(blocks) >= 3
    if os.environ.get("WRITE_GUIDES"):
        guide.write_text(BLOCK.sub(lambda m: f"```console\n{played(m[1], files)}```", text))
        return
    for block in blocks:
        assert played(block, files) == block
