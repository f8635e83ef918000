"""What an audit finds."""

from __future__ import annotations

import pytest

import fencepost as fp
from conftest import log, write


def test_planted_faults_are_found_and_nothing_else() -> None:
    scanned = fp.Audit().scan(log(0, 1, 2, 4, 5, 4, 6))
    found = [(finding.kind, finding.offset, finding.severity) for finding in scanned.findings]
    assert found == [("gap", 3, "fault"), ("duplicate", 5, "fault")]
    gap, duplicate = scanned.findings
    assert (gap.fact("expected"), gap.fact("got"), gap.fact("missing")) == (3, 4, 1)
    assert gap.fact("nonsense") is None
    assert duplicate.facts == (("first_offset", 3),)
    assert gap.message.startswith("offset 3: producer 7 epoch 0: 1 sequence is missing")


def test_a_zombie_is_found() -> None:
    segment = write(0, epoch=2) + write(0, epoch=1, base_offset=1)
    assert [f.kind for f in fp.Audit().scan(segment).findings] == ["epoch_lowered"]


def test_segments_are_one_log_and_batches_may_come_one_by_one() -> None:
    audit = fp.Audit()
    assert audit.scan(log(0)).findings == ()
    observed = audit.observe(fp.Batch(write(2, base_offset=1)))
    assert [finding.kind for finding in observed.findings] == ["gap"]
    assert audit.end_offset == 2
    header = fp.Batch(write(3, base_offset=2)).header
    assert audit.observe(header).findings == ()


def test_open_transactions_are_told_at_the_end() -> None:
    audit = fp.Audit()
    audit.scan(write(0, transactional=True))
    audit.scan(write(0, producer_id=8, base_offset=1, timestamp=1_800_000_000_000))
    (left,) = audit.left_open()
    assert (left.kind, left.severity, left.offset) == ("transaction_left_open", "fault", 0)


def test_runs_are_a_timeline() -> None:
    audit = fp.Audit(runs=True)
    audit.scan(log(0, 1, 2, 7, 8) + write(0, epoch=1, base_offset=5, records=3))
    runs = [(r.producer_epoch, r.first_sequence, r.last_sequence, r.batches) for r in audit.runs()]
    assert runs == [(0, 0, 2, 3), (0, 7, 8, 2), (1, 0, 2, 1)]
    assert fp.Audit().runs() == ()


def test_an_audit_goes_on_from_a_snapshot() -> None:
    partition = fp.Partition()
    partition.replay(log(0, 1, 2))
    audit = fp.Audit(snapshot=partition.snapshot(), from_offset=3)
    segment = write(4, base_offset=3)
    assert [finding.kind for finding in audit.scan(segment).findings] == ["gap"]


def test_damage_ends_a_scan_and_is_told() -> None:
    bad = bytearray(log(0, 1, 2))
    bad[len(bad) // 2] ^= 1
    scanned = fp.Audit().scan(bad)
    assert (scanned.batches, [damage.kind for damage in scanned.damage]) == (1, ["crc_mismatch"])


def test_an_audit_has_room_for_any_number_of_producers() -> None:
    audit = fp.Audit()
    segment = b"".join(write(0, producer_id=n, base_offset=n, transactional=True) for n in range(500))
    assert audit.scan(segment).findings == ()
    assert len(audit.producers()) == len(audit.left_open()) == 500


def test_writers_are_clients_or_the_coordinator() -> None:
    with pytest.raises(ValueError, match="writers is one of"):
        fp.Audit(writers="me")
