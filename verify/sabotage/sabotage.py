#!/usr/bin/env python3
"""Puts a bug into the core, one place after the other, and demands that what holds it sees it.

Bugs of the broker's side must be seen by the vectors or the oracle, those of the producer's side by random worlds.

    python3 verify/sabotage/sabotage.py            every place, vectors first, the oracle where they see nothing; or worlds
    python3 verify/sabotage/sabotage.py --list     the places
    python3 verify/sabotage/sabotage.py --check    whether each still stands where it stood
    python3 verify/sabotage/sabotage.py epoch-up   one place
"""

import shutil
import sys

from bugs import Bug, Edit, Seer, fail, main, run

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
        "core/src/broker/slot.rs",
        "!self.in_transaction && age >= limit",
        "!self.in_transaction && age > limit",
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
        "what got no answer was not written",
        "core/src/producer/respond.rs",
        "self.loosen(&shared.settings, now);\n        self.try_again(batch, code, true, shared, now);",
        "self.loosen(&shared.settings, now);\n        self.try_again(batch, code, false, shared, now);",
    ),
]


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


VECTORS, ORACLE = Seer("vectors", caught_by_vectors), Seer("oracle", caught_by_oracle)
WORLDS = Seer("worlds", caught_by_worlds)


def bugs():
    for name, what, file, stands, put in PLACES:
        seers = [WORLDS] if "/producer/" in file else [VECTORS, ORACLE]
        yield Bug(name, what, [Edit(file, stands, put)], seers)


if __name__ == "__main__":
    sys.exit(main(list(bugs()), sys.argv[1:], __doc__))
