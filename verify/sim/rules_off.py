#!/usr/bin/env python3
"""Switches off one rule of the resolve spec after the other, and demands that the simulator sees it.

Works on a copy of the sources; the checkout is never changed. Each place is an exact piece of source that must stand
there once, so that a place that has moved is named instead of skipped.

    python3 verify/sim/rules_off.py            every rule
    python3 verify/sim/rules_off.py --list     the rules
    python3 verify/sim/rules_off.py S1 V4      some of them
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORLDS = "20000"
PRODUCER = "core/src/producer"
SIM = "verify/sim/src"

# rule, what is done instead, [(file, what stands there, what is put there)]
RULES = [
    (
        "S1",
        "more than the oldest is on the wire without an anchor",
        [
            (f"{PRODUCER}/slot.rs", "only > 0 && !self.anchored", "only > 9 && !self.anchored"),
            (
                f"{PRODUCER}/machine.rs",
                "undecided > 0 && !(self.anchored && self.is_known(&shared.settings, now))",
                "undecided > 9 && !(self.anchored && self.is_known(&shared.settings, now))",
            ),
        ],
    ),
    (
        "S2",
        "a batch is sent again however long ago it was first",
        [(f"{PRODUCER}/slot.rs", "settings.guard_ends(last)\n    }", "later(settings.guard_ends(last), 90_000_000)\n    }")],
    ),
    (
        "S4",
        "a batch that may be on the log is split",
        [
            (f"{PRODUCER}/respond.rs", "batch.records > 1 && !batch.ambiguous", "batch.records > 1"),
            (f"{PRODUCER}/machine.rs", "if !whole.proven_absent()", "if matches!(whole.state, State::OnWire)"),
            (
                f"{PRODUCER}/machine.rs",
                "base, records: rest, state: begun, ..whole }",
                "base, records: rest, state: begun, ambiguous: false, ..whole }",
            ),
        ],
    ),
    (
        "S5",
        "47 is answered by a bump",
        [
            (
                f"{PRODUCER}/respond.rs",
                "shared.fail(Fatal::Fenced);",
                "self.open_hole(batch.last());",
            )
        ],
    ),
    (
        "S6",
        "the next epoch begins while a batch may be on the log",
        [
            (
                f"{PRODUCER}/settle.rs",
                "self.hole.is_some() && self.undecided().all(Batch::proven_absent)",
                "self.hole.is_some() && self.undecided().all(Batch::waits)",
            )
        ],
    ),
    (
        "V1",
        "a refusal proves that nothing was written, whatever came before",
        [(f"{PRODUCER}/respond.rs", "found.ambiguous |= unknown;", "found.ambiguous = unknown;")],
    ),
    (
        "V2",
        "the last sequence is compared, whatever its epoch",
        [(f"{PRODUCER}/resolve.rs", "} else if epoch < ours {", "} else if epoch < -1 {")],
    ),
    (
        "V4",
        "an acknowledgement decides its own batch only",
        [(f"{PRODUCER}/respond.rs", "} else if older.undecided() {", "} else if older.records < 0 {")],
    ),
    (
        "J2",
        "nothing is durable before it is sent",
        [(f"{SIM}/journal.rs", "            _ => true,\n        }\n    }\n}", "            _ => false,\n        }\n    }\n}")],
    ),
    (
        "J4",
        "the source is read from its beginning again",
        [(f"{SIM}/journal.rs", "self.cursor = self.cursor.max(kept.piece.end());", "let _ = kept.piece.end();")],
    ),
    (
        "J6",
        "what comes back from the journal is taken for unsent",
        [(f"{PRODUCER}/restore.rs", "ambiguous: true,", "ambiguous: false,")],
    ),
]


def fail(why):
    print(f"rules_off: {why}", file=sys.stderr)
    sys.exit(2)


def check(rule, places):
    for file, stands, _ in places:
        found = (ROOT / file).read_text().count(stands)
        if found != 1:
            fail(f"{rule}: `{stands}` stands {found} times in {file}, not once; the place has moved")


def violation(copy, target):
    """What the simulator found, or None."""
    command = ["cargo", "run", "-q", "--release", "-p", "fencepost-sim", "--bin", "sim", "--", "--worlds", WORLDS]
    result = subprocess.run(
        command + ["--stop-after", "1"],
        cwd=copy,
        env=dict(os.environ, CARGO_TARGET_DIR=str(target), RUST_BACKTRACE="0"),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    lines = result.stdout.splitlines()
    if result.returncode == 0:
        return None
    if result.returncode == 1:
        found = [line for line in lines if line.startswith(("violation: ", "again: "))]
        return "; ".join(found[:2])
    if "could not compile" in result.stderr:
        fail(f"it does not compile: {result.stderr.strip()[-2000:]}")
    lines = result.stderr.splitlines()
    panics = [after for line, after in zip(lines, lines[1:]) if " panicked at " in line]
    if not panics:
        fail(f"it ended with {result.returncode}: {result.stderr.strip()[-2000:]}")
    return "the producer breaks its own contract: " + panics[0].split(":")[0]


def copy_tree(into):
    ignore = shutil.ignore_patterns("target", ".git", "build", "__pycache__")
    for path in ROOT.iterdir():
        if path.name in ("target", ".git"):
            continue
        if path.is_dir():
            shutil.copytree(path, into / path.name, ignore=ignore)
        else:
            shutil.copy(path, into / path.name)


def main(arguments):
    if "--help" in arguments or "-h" in arguments:
        print(__doc__.strip())
        return 0
    if "--list" in arguments:
        for rule, what, _ in RULES:
            print(f"{rule} {what}")
        return 0
    unknown = set(arguments) - {rule for rule, _, _ in RULES}
    if unknown:
        fail(f"no rule is called {', '.join(sorted(unknown))}; --list names them")
    chosen = [entry for entry in RULES if not arguments or entry[0] in arguments]
    for rule, _, places in chosen:
        check(rule, places)
    missed = []
    with tempfile.TemporaryDirectory(prefix="rules-off-") as folder:
        copy, target = Path(folder) / "tree", Path(folder) / "target"
        copy.mkdir()
        copy_tree(copy)
        clean = violation(copy, target)
        if clean:
            fail(f"the simulator finds something without any rule switched off: {clean}")
        for rule, what, places in chosen:
            before = {file: (copy / file).read_text() for file, _, _ in places}
            for file, stands, put in places:
                text = (copy / file).read_text()
                (copy / file).write_text(text.replace(stands, put))
            seen = violation(copy, target)
            for file, text in before.items():
                (copy / file).write_text(text)
            print(f"{rule} off: {what}: {seen or 'NOT SEEN'}", flush=True)
            if not seen:
                missed.append(rule)
    print(f"{len(chosen)} rules switched off, {len(chosen) - len(missed)} seen, {len(missed)} missed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
