"""Puts bugs into a copy of the sources, one after the other, and asks who sees them.

The checkout is never changed. Each edit is an exact piece of source that must stand there once, so that a place that
has moved is named instead of skipped.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Callable, NamedTuple

ROOT = Path(__file__).resolve().parents[2]


class Edit(NamedTuple):
    """A piece of source, and what is put in its place."""

    file: str
    stands: str
    put: str


class Seer(NamedTuple):
    """Who may see a bug: what it saw in a copy of the sources, or None."""

    name: str
    sees: Callable[[Path], str | None]


class Bug(NamedTuple):
    name: str
    what: str
    edits: list[Edit]
    # Who must see it; one of them is enough.
    seers: list[Seer]


def fail(why):
    print(f"{Path(sys.argv[0]).stem}: {why}", file=sys.stderr)
    sys.exit(2)


def check(bug):
    """Every edit has its place."""
    for file, stands, _ in bug.edits:
        found = (ROOT / file).read_text().count(stands)
        if found != 1:
            fail(f"{bug.name}: `{stands}` stands {found} times in {file}, not once; the place has moved")


def run(copy, *command):
    environment = dict(os.environ, CARGO_TARGET_DIR=str(copy / "target"), RUST_BACKTRACE="0")
    return subprocess.run(
        command, cwd=copy, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def copy_tree(into):
    ignore = shutil.ignore_patterns("target", ".git", "build", "__pycache__")
    shutil.copytree(ROOT, into, ignore=ignore, dirs_exist_ok=True)


def seen(bug, copy):
    """Who saw the bug, and what."""
    before = {edit.file: (copy / edit.file).read_text() for edit in bug.edits}
    for file, stands, put in bug.edits:
        (copy / file).write_text((copy / file).read_text().replace(stands, put))
    try:
        for by, sees in bug.seers:
            if saw := sees(copy):
                return by, saw
        return None
    finally:
        for file, text in before.items():
            (copy / file).write_text(text)


def main(bugs, arguments, doc):
    """The command: 0 if every chosen bug was seen, 1 if one was not, 2 for wrong arguments or a place that moved."""
    if "--help" in arguments or "-h" in arguments:
        print(doc.strip())
        return 0
    if arguments and arguments[0] in ("--list", "--check"):
        for bug in bugs:
            check(bug)
            if arguments[0] == "--list":
                print(f"{bug.name:20} {bug.what} ({', '.join(dict.fromkeys(edit.file for edit in bug.edits))})")
        return 0
    unknown = set(arguments) - {bug.name for bug in bugs}
    if unknown:
        fail(f"no bug is called {', '.join(sorted(unknown))}; --list names them")
    chosen = [bug for bug in bugs if not arguments or bug.name in arguments]
    for bug in chosen:
        check(bug)
    missed = 0
    with tempfile.TemporaryDirectory(prefix="bugs-") as folder:
        copy = Path(folder)
        copy_tree(copy)
        for by, sees in dict.fromkeys(bug.seers[0] for bug in chosen):
            if clean := sees(copy):
                fail(f"the {by} see something without any bug put in: {clean}")
        for bug in chosen:
            found = seen(bug, copy)
            missed += found is None
            told = f"caught by the {found[0]}: {found[1]}" if found else "NOT CAUGHT"
            print(f"{bug.name}: {bug.what}: {told}", flush=True)
    print(f"{len(chosen)} places, {len(chosen) - missed} caught, {missed} missed")
    return 1 if missed else 0
