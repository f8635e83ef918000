"""What `benches/speed.py` is measured beside decides as a partition does: it is no straw man."""

from __future__ import annotations

import random
from collections import Counter

import pytest

import fencepost as fp
import rules

NOW = 1_700_000_000_000
# Of the field, and of what follows a wrap.
SEQUENCES = (0, 1, 2, 3, 5, 2**31 - 2, 2**31 - 1)


class Both:
    """A partition and the rules in Python, told the same."""

    def __init__(self, seed: int) -> None:
        self.choose = random.Random(seed)
        self.ours, self.plain = fp.Partition(), rules.Partition()
        self.guards: dict[int, int] = {0: 0}
        self.offset = 0
        self.seen: Counter[str] = Counter()

    def header(self, *, control: bool) -> tuple[fp.BatchHeader, rules.Header]:
        choose = self.choose
        producer_id = choose.choice((-1, 1, 1, 1, 2, 2, 3))
        known = self.plain.producers.get(producer_id)
        epoch = known.epoch if known else 0
        if choose.random() < 0.2:
            epoch = min(max(0, epoch + choose.choice((-1, 1, 1))), rules.LAST_EPOCH)
        sequence = choose.choice(SEQUENCES)
        if known and known.window and choose.random() < 0.8:
            newest = choose.choice(known.window) if choose.random() < 0.3 else known.window[-1]
            sequence = newest.first_sequence
            if choose.random() < 0.7:
                sequence = (newest.last_sequence + 1) & rules.LAST_SEQUENCE
        records = choose.choice((1, 1, 2, 3))
        in_transaction = known is not None and known.transaction is not None
        transactional = control or in_transaction != (choose.random() < 0.2)
        plain = rules.Header(
            base_offset=self.offset,
            batch_length=49,
            partition_leader_epoch=0,
            magic=2,
            crc=0,
            attributes=(rules.TRANSACTIONAL if transactional else 0) | (0x20 if control else 0),
            last_offset_delta=records - 1,
            base_timestamp=NOW,
            max_timestamp=NOW + choose.randint(-5, 5),
            producer_id=producer_id,
            producer_epoch=epoch,
            base_sequence=-1 if control else sequence,
            records_count=records,
        )
        fields = {name: getattr(plain, name) for name in plain.__slots__ if name != "magic"}
        return fp.BatchHeader(**fields), plain

    def step(self) -> None:
        choose = self.choose
        if choose.random() < 0.15:
            self.verify()
            return
        control = choose.random() < 0.2
        ours, plain = self.header(control=control)
        origin = "coordinator" if control else choose.choice(("client", "client", "client", "replication"))
        marker = end = None
        if control and plain.producer_id >= 0:
            marker = rules.Marker(choose.random() < 0.5, choose.choice((0, 0, 1)), NOW)
            end = fp.EndTxnMarker(
                commit=marker.commit, coordinator_epoch=marker.coordinator_epoch, timestamp=NOW
            )
        version = choose.choice((0, 2))
        own = self.plain.verifications.get(plain.producer_id)
        guard = own.guard if own and choose.random() < 0.7 else choose.choice(list(self.guards))
        told = self.told(ours, origin, end, self.guards[guard], version)
        want = self.wanted(plain, origin, marker, guard, version)
        kind, ticket = told
        self.seen[kind] += 1
        if kind != "ticket":
            assert told == want
            return
        assert want[0] == kind and isinstance(want[1], rules.Ticket), (plain, want)
        assert isinstance(ticket, fp.Ticket)
        completed = self.ours.record(ticket, base_offset=self.offset)
        plainly = self.plain.record(want[1], base_offset=self.offset)
        assert (completed is None) == (plainly is None)
        if completed is not None and plainly is not None:
            assert all(getattr(completed, name) == getattr(plainly, name) for name in plainly._fields)
            self.seen["completed"] += 1
        self.offset += plain.last_offset_delta + 1

    def verify(self) -> None:
        """A transactional producer is verified with its coordinator."""
        producer_id = self.choose.choice((1, 2, 3))
        known = self.plain.producers.get(producer_id, rules.UNKNOWN)
        epoch = max(0, known.epoch)
        sequence = (known.window[-1].last_sequence + 1) & rules.LAST_SEQUENCE if known.window else 0
        bump = self.choose.random() < 0.5
        plain = self.plain.start_verification(
            producer_id=producer_id,
            producer_epoch=epoch,
            base_sequence=sequence,
            supports_epoch_bump=bump,
        )
        ours = self.ours.start_verification(
            producer_id=producer_id,
            producer_epoch=epoch,
            base_sequence=sequence,
            supports_epoch_bump=bump,
            now=NOW,
        )
        assert (plain == 0) == (ours == 0)
        self.guards[plain] = ours

    def told(
        self,
        header: fp.BatchHeader,
        origin: str,
        marker: fp.EndTxnMarker | None,
        guard: int,
        version: int,
    ) -> tuple[str, object]:
        try:
            given = self.ours.admit(
                header,
                now=NOW,
                origin=origin,
                marker=marker,
                guard=guard,
                transaction_version=version,
            )
        except fp.RejectedError as refused:
            numbers = ("current", "got", "expected", "lowest", "first_offset")
            found = {name: getattr(refused, name) for name in numbers}
            return str(refused.kind), {name: n for name, n in found.items() if n is not None}
        if isinstance(given, fp.Duplicate):
            return "duplicate", given.first_offset
        return "ticket", given

    def wanted(
        self,
        header: rules.Header,
        origin: str,
        marker: rules.Marker | None,
        guard: int,
        version: int,
    ) -> tuple[str, object]:
        try:
            given = self.plain.admit(
                header,
                now=NOW,
                origin=origin,
                marker=marker,
                guard=guard,
                transaction_version=version,
            )
        except rules.Rejected as refused:
            return refused.kind, refused.numbers
        if isinstance(given, rules.Duplicate):
            return "duplicate", given.first_offset
        return "ticket", given

    def compare(self) -> None:
        assert self.ours.map_end_offset == self.plain.map_end_offset
        open_here = {txn.first_offset: txn.producer_id for txn in self.ours.ongoing_transactions()}
        assert open_here == self.plain.ongoing
        assert len(self.ours) == len(self.plain.producers)
        for producer_id, plain in self.plain.producers.items():
            ours = self.ours.producer(producer_id)
            assert ours is not None
            assert (ours.producer_epoch, ours.coordinator_epoch) == (
                plain.epoch,
                plain.coordinator_epoch,
            )
            assert (ours.last_timestamp, ours.current_txn_first_offset) == (
                plain.last_timestamp,
                plain.transaction,
            )
            mine = [(b.first_sequence, b.last_sequence, b.last_offset) for b in ours.batches]
            theirs = [(b.first_sequence, b.last_sequence, b.last_offset) for b in plain.window]
            assert mine == theirs


def test_the_rules_in_python_decide_and_remember_as_a_partition_does() -> None:
    seen: Counter[str] = Counter()
    for seed in range(40):
        both = Both(seed)
        for _ in range(250):
            both.step()
            both.compare()
        seen += both.seen
    assert set(seen) >= {
        "above_verified",
        "completed",
        "coordinator_fenced",
        "duplicate",
        "inside_transaction",
        "marker_epoch_not_above",
        "new_epoch_not_at_zero",
        "not_verified",
        "out_of_order",
        "stale_epoch",
        "ticket",
        "unknown_not_at_zero",
    }, seen
    assert min(seen.values()) >= 10, seen


def test_a_ticket_of_the_rules_is_good_once() -> None:
    partition = rules.Partition()
    header = Both(1).header(control=False)[1]
    ticket = partition.admit(header, now=NOW, origin="replication")
    assert isinstance(ticket, rules.Ticket)
    partition.record(ticket, base_offset=0)
    with pytest.raises(rules.Stale):
        partition.record(ticket, base_offset=1)
