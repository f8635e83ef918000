#!/usr/bin/env python3
"""Puts a bug into the core, one place after the other, and demands that what holds it sees it.

Bugs of the broker's side must be seen by the vectors or the oracle, those of the producer's side by random worlds.

Works on a copy of the sources; the checkout is never changed. Each place is an exact piece of source that must stand
there once, so that a place that has moved is named instead of skipped.

    python3 verify/sabotage/sabotage.py            every place, vectors first, the oracle where they see nothing; or worlds
    python3 verify/sabotage/sabotage.py --list     the places
    python3 verify/sabotage/sabotage.py epoch-up   one place
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROFILES = ["3.9", "4.0", "4.1", "4.2"]
ORACLE_OPERATIONS = "20000"

# name, what a reader would say of it, file, what stands there, what is put there
PLACES = [
    ("wrap", "after 2147483647 comes nothing", "core/src/ids.rs", "None => next == 0,", "None => false,"),
    (
        "epoch-up",
        "only a higher epoch clears the window",
        "core/src/broker/slot.rs",
        "if epoch != self.producer_epoch",
        "if epoch > self.producer_epoch",
    ),
    (
        "newest-timestamp",
        "the last timestamp is the largest, not the newest",
        "core/src/broker/slot.rs",
        "self.last_timestamp = timestamp;",
        "self.last_timestamp = self.last_timestamp.max(timestamp);",
    ),
    (
        "replica-fenced",
        "a replica refuses what its leader accepted",
        "core/src/broker/check.rs",
        "header.producer_epoch < updated.epoch && context.origin != Origin::Replication",
        "header.producer_epoch < updated.epoch",
    ),
    (
        "lowest-verified",
        "the sequence that is being verified is refused itself",
        "core/src/broker/check.rs",
        "got > entry.lowest_sequence()",
        "got >= entry.lowest_sequence()",
    ),
    (
        "marker-again",
        "a marker that is sent again is refused",
        "core/src/broker/check.rs",
        "got == current && updated.transaction.is_some()",
        "got == current",
    ),
    (
        "control-guard",
        "a marker needs the guard of a verification",
        "core/src/broker/check.rs",
        "if rules.verification && !is_control && !proved",
        "if rules.verification && !proved",
    ),
    (
        "high-watermark",
        "a marker at the high watermark counts as replicated",
        "core/src/broker/transactions.rs",
        "txn.last_offset >= below",
        "txn.last_offset > below",
    ),
    (
        "own-transaction",
        "a producer's own transaction holds its last stable offset back",
        "core/src/broker/transactions.rs",
        "find(|txn| txn.producer_id != producer_id)",
        "find(|txn| txn.producer_id != producer_id || true)",
    ),
    (
        "expiry",
        "a producer expires one millisecond late",
        "core/src/broker/partition.rs",
        "age >= i64::from(self.rules.expiration_ms)",
        "age > i64::from(self.rules.expiration_ms)",
    ),
    (
        "snapshot-at-start",
        "a snapshot at the log's start is kept",
        "core/src/snapshot/files.rs",
        "*offset > log_end || *offset <= log_start",
        "*offset > log_end || *offset < log_start",
    ),
    (
        "no-anchor",
        "more than one batch goes out before the first acknowledgement",
        "core/src/producer/slot.rs",
        "only > 0 && !self.anchored",
        "only > 9 && !self.anchored",
    ),
    (
        "forgotten-sending",
        "a refusal proves that nothing was written, whatever came before",
        "core/src/producer/respond.rs",
        "found.ambiguous |= unknown;",
        "found.ambiguous = unknown;",
    ),
    (
        "early-epoch",
        "the next epoch begins while a batch may be on the log",
        "core/src/producer/settle.rs",
        "self.hole.is_some() && self.undecided().all(Batch::proven_absent)",
        "self.hole.is_some() && self.undecided().all(Batch::waits)",
    ),
    (
        "wire-is-absent",
        "what has no answer yet is not written",
        "core/src/producer/batch.rs",
        "!self.ambiguous && !matches!(self.state, State::OnWire | State::Ended(_))",
        "!self.ambiguous && !matches!(self.state, State::Ended(_))",
    ),
    (
        "disconnect-is-absent",
        "what was on a lost connection was not written",
        "core/src/producer/settle.rs",
        "State::OnWire if lost => {\n                    batch.ambiguous = true;",
        "State::OnWire if lost => {",
    ),
]


def fail(why):
    print(f"sabotage: {why}", file=sys.stderr)
    sys.exit(2)


def source(place):
    name, _, file, stands, _ = place
    text = (ROOT / file).read_text()
    found = text.count(stands)
    if found != 1:
        fail(f"{name}: `{stands}` stands {found} times in {file}, not once; the place has moved")
    return text


def run(copy, *command):
    environment = dict(os.environ, CARGO_TARGET_DIR=str(copy / "target"), RUST_BACKTRACE="0")
    return subprocess.run(
        command, cwd=copy, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def caught_by_vectors(copy):
    """The first difference that the vectors show, if any."""
    files = sorted((copy / "verify/vectors/data").glob("*.json"))
    arguments = [argument for file in files for argument in ("--file", str(file))]
    for profile in PROFILES:
        command = ["cargo", "run", "-q", "-p", "fencepost-vectors", "--bin", "vectors", "--", *arguments]
        result = run(copy, *command, "--profile", profile)
        if result.returncode not in (0, 1):
            fail(f"the vectors did not run: {result.stderr.strip()[-2000:]}")
        differences = [line for line in result.stdout.splitlines()[:-1] if not line.startswith("H10 ")]
        if differences:
            return f"{len(differences)} differences at {profile}, the first: {differences[0]}"
    return None


def caught_by_oracle(copy):
    if not shutil.which("java") or not shutil.which("mvn"):
        return None
    command = ["cargo", "run", "-q", "--release", "-p", "fencepost-oracle", "--bin", "oracle", "--"]
    for profile in reversed(PROFILES):
        result = run(copy, *command, "--ops", ORACLE_OPERATIONS, "--profile", profile, "--seed", "1")
        if result.returncode not in (0, 1):
            fail(f"the oracle did not run: {result.stderr.strip()[-2000:]}")
        if result.returncode == 1:
            return f"at {profile}: {result.stdout.strip().splitlines()[-1]}"
    return None


def caught_by_worlds(copy):
    """The first verdict that is not true, of a producer in random worlds."""
    result = run(copy, "cargo", "test", "-q", "--release", "-p", "fencepost", "--test", "producer_worlds")
    if result.returncode == 0:
        return None
    if "error: could not compile" in result.stderr:
        fail(f"the worlds did not run: {result.stderr.strip()[-2000:]}")
    wrong = [line for line in result.stdout.splitlines() if line.startswith("seed ")]
    return wrong[0] if wrong else result.stdout.strip().splitlines()[-1]


def seers(file):
    """Who must see a bug in this file."""
    if "/producer/" in file:
        return [("worlds", caught_by_worlds)]
    return [("vectors", caught_by_vectors), ("oracle", caught_by_oracle)]


def copy_tree(into):
    ignore = shutil.ignore_patterns("target", ".git", "build", "__pycache__")
    for name in ["Cargo.toml", "Cargo.lock", "core", "verify", "benches", "examples", "README.md"]:
        path = ROOT / name
        if path.is_dir():
            shutil.copytree(path, into / name, ignore=ignore)
        else:
            shutil.copy(path, into / name)


def main(arguments):
    if "--help" in arguments or "-h" in arguments:
        print(__doc__.strip())
        return 0
    if "--list" in arguments:
        for name, what, file, _, _ in PLACES:
            print(f"{name:18} {what} ({file})")
        return 0
    unknown = set(arguments) - {place[0] for place in PLACES}
    if unknown:
        fail(f"no place is called {', '.join(sorted(unknown))}; --list names them")
    chosen = [place for place in PLACES if not arguments or place[0] in arguments]
    texts = [source(place) for place in chosen]
    missed = []
    with tempfile.TemporaryDirectory(prefix="sabotage-") as folder:
        copy = Path(folder)
        copy_tree(copy)
        for by, sees in {seer for place in chosen for seer in seers(place[2])[:1]}:
            clean = sees(copy)
            if clean:
                fail(f"the {by} differ without any sabotage: {clean}")
        for (name, what, file, stands, put), text in zip(chosen, texts):
            (copy / file).write_text(text.replace(stands, put))
            for by, sees in seers(file):
                seen = sees(copy)
                if seen:
                    break
            (copy / file).write_text(text)
            print(f"{name}: {what}: " + (f"caught by the {by}: {seen}" if seen else "NOT CAUGHT"), flush=True)
            if not seen:
                missed.append(name)
    print(f"{len(chosen)} places, {len(chosen) - len(missed)} caught, {len(missed)} missed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
