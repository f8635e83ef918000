#!/usr/bin/env python3
"""Switches off one rule of the resolve spec after the other, and demands that the simulator sees it.

The worlds are those of the seeds from 1 on; a rule that only a rare world needs has a family of worlds of its own. After
each rule stands in which world it was seen first.

    python3 verify/sim/rules_off.py            every rule
    python3 verify/sim/rules_off.py --list     the rules
    python3 verify/sim/rules_off.py --check    whether each place still stands where it stood
    python3 verify/sim/rules_off.py S1 V4      some of them
"""

import os
import sys
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "sabotage"))

from bugs import Bug, Edit, Seer, fail, main, run

WORLDS = "20000"
# Each rule is another build, which takes longer than its worlds.
BUILT_QUICKLY = {"LTO": "off", "CODEGEN_UNITS": "16", "OPT_LEVEL": "1", "INCREMENTAL": "true"}
PRODUCER = "core/src/producer"
JOURNAL = "core/src/journal"
PIPELINE = "core/src/pipeline"
SIM = "verify/sim/src"

# rule, what is done instead, [(file, what stands there, what is put there)], the family of worlds if it is not all
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
        "S3 acks",
        "the leader answers without waiting for the others (acks=1)",
        [(f"{SIM}/wire.rs", "base_offset + i64::from(sending.piece.numbers());\n            let waiting", "i64::MIN;\n            let waiting")],
    ),
    (
        "S3 five",
        "as many batches are undecided as there are places, eight",
        [(f"{PRODUCER}/slot.rs", ".min(PLACES).min(MAX_UNDECIDED)", ".saturating_mul(MAX_UNDECIDED).min(PLACES)")],
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
                "State::Waiting(now));\n                shared.fail(Fatal::Fenced);",
                "State::Waiting(now));\n                self.open_hole(batch.last());",
            )
        ],
    ),
    (
        "S5 late",
        "47 is heeded only by a batch that waits for it",
        [(f"{PRODUCER}/respond.rs", "shared.fatal.is_none();", "shared.fatal.is_some();")],
        "fence-hears-late",
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
        "V2 first row",
        "a producer that was never acknowledged and is not listed is taken for forgotten",
        [(f"{PRODUCER}/resolve.rs", "if self.cannot_be_known(log_start_offset) && ", "if self.cannot_be_known(log_start_offset) && self.cannot_ask && ")],
    ),
    (
        "AckedLost",
        "an older last sequence than was acknowledged is taken for somebody else's",
        [(f"{PRODUCER}/resolve.rs", "Place::BeforeAcked => self.ask(shared, pause, Doubt::AckedLost(found)),", "Place::BeforeAcked => self.conflict(shared, found),")],
    ),
    (
        "AckedLost deleted",
        "an older last sequence is lost records also where the log is known to begin behind them",
        [(f"{PRODUCER}/resolve.rs", "doubt == Doubt::AckedLost(found) && self.deleted_the_last() =>", "doubt == Doubt::AckedLost(found) && self.deleted_the_last() && self.next.get() < 0 =>")],
        "emptied-then-copied",
    ),
    (
        "V3",
        "where nobody can be asked the newest batch is tried first, whether the broker must know the producer or not",
        [(f"{PRODUCER}/settle.rs", "next_back().filter(|_| known)", "next_back().filter(|_| known || !self.can_ask(shared))")],
        "halves-never-arrived",
    ),
    (
        "V4",
        "an acknowledgement decides its own batch only",
        [(f"{PRODUCER}/respond.rs", "} else if older.undecided() {", "} else if older.records < 0 {")],
    ),
    (
        "V4 known",
        "a duplicate decides older batches wherever it comes from",
        [(f"{PRODUCER}/respond.rs", "let known = anchored ||", "let known = duplicate || anchored ||")],
    ),
    (
        "V5",
        "a first sending that is answered as a duplicate is taken for written",
        [(f"{PRODUCER}/respond.rs", "if duplicate && batch.never_sent_before() {", "if duplicate && batch.records < 0 {")],
    ),
    (
        "V5 late",
        "that a first sending was a duplicate is heeded only by a batch that waits for it",
        [(f"{PRODUCER}/respond.rs", "self.is_duplicate(response) && self.was_only_one(attempt)", "self.is_duplicate(response) && self.was_only_one(attempt) && response.code.get() < 0")],
        "duplicate-comes-late",
    ),
    (
        "J1",
        "a journal is opened while another process has it",
        [(f"{SIM}/lives.rs", "if self.actors[former].alive {", "if self.actors[former].alive && self.now < START {")],
    ),
    (
        "J2",
        "nothing is durable before it is sent",
        [(f"{JOURNAL}/journaled.rs", "if permit.mark > confirmed {", "if permit.mark > confirmed.saturating_add(1_000_000) {")],
    ),
    (
        "J3",
        "a topic that was created again is taken for the old one",
        [(f"{JOURNAL}/journaled.rs", "if own != of {", "if own.partition != of.partition {")],
    ),
    (
        "J3 cluster",
        "a journal of another cluster is gone on with",
        [(f"{JOURNAL}/recover.rs", "if header.cluster != self.journal.cluster {", "if header.cluster != self.journal.cluster && header.turn == u64::MAX {")],
        "another-cluster",
    ),
    (
        "J4",
        "the source is read from its beginning again",
        [(f"{SIM}/ours.rs", "Resumed { read, recreated: false }", "Resumed { read: Vec::clone(&read).split_off(read.len()), recreated: false }")],
    ),
    (
        "J5",
        "not written is told before a record of it is durable",
        [(f"{JOURNAL}/verbs.rs", "matches!(standing.verdict, Some(Verdict::NotWritten(_)));", "standing.records < 0;")],
    ),
    (
        "J6",
        "what comes back from the journal is taken for unsent",
        [(f"{PRODUCER}/restore.rs", "ambiguous: true,", "ambiguous: false,")],
    ),
    (
        "pending",
        "a broker answers an undecided batch's retry as if it were on the log",
        [("core/src/broker/undecided.rs", "newer.map_or(Foretold::Duplicate(seen), Foretold::Pending)", "newer.map_or(Foretold::Duplicate(seen), |_| Foretold::Duplicate(seen))")],
    ),
    (
        "abandon",
        "what follows a failed write of its producer is recorded",
        [(f"{PIPELINE}/settle.rs", "let goes = is_it || follows;", "let goes = is_it || (follows && producer_id < Some(0));")],
    ),
    (
        "abandon_from",
        "what was begun after a failed write of the partition is recorded",
        [(f"{PIPELINE}/settle.rs", "            !found\n        });", "            undecided.ticket() != ticket\n        });")],
    ),
]


def violation(copy, world):
    """What the simulator found and in which world, or None."""
    command = ["cargo", "run", "-q", "--release", "-p", "fencepost-sim", "--bin", "sim", "--", "--worlds", WORLDS]
    result = run(copy, *command, "--stop-after", "1", *(["--world", world] if world else []))
    lines = result.stdout.splitlines()
    if result.returncode == 0:
        return None
    if result.returncode == 1:
        found = [line for line in lines if line.startswith(("violation: ", "again: "))]
        return f"world {lines[-1].split()[0]}: " + "; ".join(found[:2])
    if "could not compile" in result.stderr:
        fail(f"it does not compile: {result.stderr.strip()[-2000:]}")
    lines = result.stderr.splitlines()
    panics = [after for line, after in zip(lines, lines[1:]) if " panicked at " in line]
    if not panics:
        fail(f"it ended with {result.returncode}: {result.stderr.strip()[-2000:]}")
    return "the producer breaks its own contract: " + panics[0].split(":")[0]


def seer(world):
    return Seer("simulator" if world is None else f"world {world}", partial(violation, world=world))


def bugs():
    seers = {rule[3] if rule[3:] else None: None for rule in RULES}
    seers = {world: [seer(world)] for world in seers}
    for rule, what, edits, *world in RULES:
        yield Bug(rule, what, [Edit(*edit) for edit in edits], seers[world[0] if world else None])


if __name__ == "__main__":
    os.environ.update({f"CARGO_PROFILE_RELEASE_{name}": value for name, value in BUILT_QUICKLY.items()})
    sys.exit(main(list(bugs()), sys.argv[1:], __doc__))
