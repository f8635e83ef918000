"""What a broker does with a partition."""

from __future__ import annotations

from pathlib import Path

import pytest

import fencepost as fp
from conftest import log, write

NOW = 1_700_000_000_000


def put(
    partition: fp.Partition, sequence: int, offset: int, *, producer_id: int = 7, epoch: int = 0
) -> None:
    batch = fp.Batch(write(sequence, producer_id=producer_id, epoch=epoch))
    ticket = partition.admit(batch, now=NOW)
    assert isinstance(ticket, fp.Ticket)
    partition.record(ticket, base_offset=offset)


def test_a_retry_is_answered_with_the_first_offset() -> None:
    partition = fp.Partition(capacity=4)
    put(partition, 0, 10)
    put(partition, 1, 11)
    match partition.admit(fp.Batch(write(0)), now=NOW):
        case fp.Duplicate(first_offset=offset):
            assert offset == 10
        case other:
            raise AssertionError(other)


def test_a_ticket_is_good_once_and_only_until_the_next_change() -> None:
    partition = fp.Partition()
    first = partition.admit(fp.Batch(write(0)), now=NOW)
    second = partition.admit(fp.Batch(write(0, producer_id=8)), now=NOW)
    assert isinstance(first, fp.Ticket) and isinstance(second, fp.Ticket)
    partition.record(first, base_offset=0)
    for ticket in (first, second):
        with pytest.raises(fp.StaleTicketError):
            partition.record(ticket, base_offset=1)
    assert len(partition) == 1


def test_a_ticket_that_another_partition_refused_is_good_where_it_was_given() -> None:
    mine, other = fp.Partition(seed=1), fp.Partition(seed=1)
    ticket = mine.admit(fp.Batch(write(0)), now=NOW)
    assert isinstance(ticket, fp.Ticket)
    with pytest.raises(fp.StaleTicketError):
        other.record(ticket, base_offset=0)
    assert len(other) == 0
    mine.record(ticket, base_offset=0)
    assert len(mine) == 1


def test_what_is_told_of_a_refusal_may_ask_the_partition_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An exception is made without the lock: otherwise this would never end."""
    partition = fp.Partition()
    put(partition, 0, 0)

    class Asking(fp.OutOfOrderSequenceError):
        def __init__(self, message: str) -> None:
            super().__init__(message)
            self.known = len(partition), partition.admit(fp.Batch(write(0)), now=NOW)

    monkeypatch.setattr(fp.errors, "OutOfOrderSequenceError", Asking)
    with pytest.raises(Asking) as raised:
        partition.admit(fp.Batch(write(5)), now=NOW)
    assert raised.value.known[0] == 1 and isinstance(raised.value.known[1], fp.Duplicate)


def test_what_is_told_of_a_replay_may_ask_the_partition_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    partition = fp.Partition(capacity=1)

    class Asking(fp.RejectedError):
        def __init__(self, message: str) -> None:
            super().__init__(message)
            self.known = len(partition)

    monkeypatch.setattr(fp.errors, "RejectedError", Asking)
    segment = write(0, producer_id=7, base_offset=0) + write(0, producer_id=8, base_offset=1)
    with pytest.raises(Asking) as raised:
        partition.replay(segment, now=NOW)
    assert raised.value.known == 0, "nothing of a refused segment counts"
    assert raised.value.position == len(segment) // 2


def test_a_higher_epoch_fences_and_the_refusal_says_by_which() -> None:
    partition = fp.Partition()
    put(partition, 0, 0, epoch=3)
    with pytest.raises(fp.InvalidProducerEpochError) as raised:
        partition.admit(fp.Batch(write(1, epoch=2)), now=NOW)
    assert (raised.value.current, raised.value.got, raised.value.error_code) == (3, 2, 47)


def test_a_bounded_partition_refuses_and_a_growing_one_grows() -> None:
    bounded, growing = fp.Partition(capacity=2), fp.Partition()
    for producer in range(2):
        put(bounded, 0, producer, producer_id=producer)
    with pytest.raises(fp.RejectedError) as raised:
        put(bounded, 0, 2, producer_id=2)
    assert (raised.value.kind, raised.value.capacity) == ("producers_full", 2)
    assert raised.value.error_code is not None and raised.value.error_code.retriable
    for producer in range(1000):
        put(growing, 0, producer, producer_id=producer)
    assert len(growing) == 1000


@pytest.mark.parametrize("capacity", [0, 2**26 + 1, 2**32 - 1])
def test_a_capacity_out_of_range_is_told(capacity: int) -> None:
    with pytest.raises(ValueError, match="capacity is from 1"):
        fp.Partition(capacity=capacity)


def test_a_name_that_is_none_is_told_with_those_that_are() -> None:
    with pytest.raises(ValueError, match=r'profile is one of 3.9, 4.0, 4.1, 4.2, not "5.0"'):
        fp.Partition(profile="5.0")
    with pytest.raises(ValueError, match="origin is one of client"):
        fp.Partition().admit(fp.Batch(write(0)), now=NOW, origin="me")


def test_an_append_of_several_counts_as_a_whole_or_not_at_all() -> None:
    partition = fp.Partition()
    batches = [fp.Batch(write(n, base_offset=n)) for n in range(3)]
    ticket = partition.admit_append(batches, now=NOW, origin="client")
    assert isinstance(ticket, fp.Ticket)
    assert len(partition) == 0
    with pytest.raises(ValueError, match="commit it"):
        partition.record(ticket, base_offset=0)
    assert partition.commit(ticket) == ()
    assert partition.map_end_offset == 3
    with pytest.raises(fp.StaleTicketError):
        partition.commit(ticket)
    again = partition.admit_append([*batches[1:], fp.Batch(write(3))], now=NOW, origin="client")
    assert isinstance(again, fp.Duplicate)
    with pytest.raises(fp.OutOfOrderSequenceError):
        partition.admit_append([fp.Batch(write(3)), fp.Batch(write(9))], now=NOW, origin="client")
    state = partition.producer(7)
    assert state is not None and state.last_sequence == 2


def test_transactions_are_open_until_their_marker() -> None:
    partition = fp.Partition()
    guard = partition.start_verification(
        producer_id=7, producer_epoch=0, base_sequence=0, supports_epoch_bump=False, now=NOW
    )
    batch = fp.Batch(write(0, transactional=True))
    with pytest.raises(fp.InvalidTransactionStateError):
        partition.admit(batch, now=NOW)
    ticket = partition.admit(batch, now=NOW, guard=guard)
    assert isinstance(ticket, fp.Ticket)
    partition.record(ticket, base_offset=0)
    assert partition.has_open_transaction(producer_id=7, producer_epoch=0)
    assert partition.last_stable_offset(log_start=0, high_watermark=1) == 0
    marker = fp.EndTxnMarker(commit=False, coordinator_epoch=0, timestamp=NOW)
    end = fp.Batch(fp.write_end_txn_marker(fp.Identity(id=7, epoch=0), marker))
    ticket = partition.admit(end, now=NOW, origin="coordinator")
    assert isinstance(ticket, fp.Ticket)
    completed = partition.record(ticket, base_offset=1)
    assert completed is not None and completed.aborted
    assert (completed.first_offset, completed.last_offset) == (0, 1)
    partition.handle_high_watermark(2)
    assert partition.first_unstable_offset is None


def test_a_marker_from_a_client_is_data() -> None:
    partition = fp.Partition(verification=False)
    put(partition, 0, 0)
    marker = fp.EndTxnMarker(commit=True, coordinator_epoch=0, timestamp=NOW)
    end = fp.Batch(fp.write_end_txn_marker(fp.Identity(id=7, epoch=0), marker))
    with pytest.raises(fp.RejectedError):
        partition.admit(end, now=NOW, origin="client")


@pytest.mark.parametrize("kind", ["v1", "full"])
def test_a_snapshot_brings_the_producers_back(kind: str, tmp_path: Path) -> None:
    partition = fp.Partition()
    for n in range(7):
        put(partition, n, n)
    file = tmp_path / "00000000000000000007.snapshot"
    file.write_bytes(partition.snapshot(kind))
    read = fp.read_snapshot(file)
    assert read.format == kind
    assert len(read.producers[0].batches) == (1 if kind == "v1" else 5)
    loaded = fp.Partition()
    assert loaded.load_snapshot(file, offset=7, now=NOW) == 1
    assert loaded.map_end_offset == 7
    assert loaded.snapshot(kind) == partition.snapshot(kind)
    assert loaded.load_snapshot(file, offset=7, now=NOW + 86_400_000) == 0


def test_a_bad_snapshot_changes_nothing() -> None:
    partition = fp.Partition()
    put(partition, 0, 0)
    snapshot = bytearray(partition.snapshot())
    snapshot[-1] ^= 1
    for bad, kind in ((snapshot, "crc_mismatch"), (snapshot[:20], "entry_cut_short"), (b"", "header_cut_short")):
        with pytest.raises(fp.SnapshotError) as raised:
            partition.load_snapshot(bad, offset=9, now=NOW)
        assert raised.value.kind == kind
    assert (len(partition), partition.map_end_offset) == (1, 1)


def test_a_snapshot_that_has_no_room_changes_nothing() -> None:
    many = fp.Partition()
    for producer in range(9):
        put(many, 0, producer, producer_id=producer)
    few = fp.Partition(capacity=3)
    put(few, 0, 0, producer_id=77)
    with pytest.raises(fp.CapacityError) as raised:
        few.load_snapshot(many.snapshot(), offset=9, now=NOW)
    assert raised.value.capacity == 3
    assert 77 in few


def test_expiry_forgets_whom_kafka_forgets() -> None:
    partition = fp.Partition(expiration_ms=1000)
    put(partition, 0, 0)
    assert partition.expire(now=NOW + 999) == 0
    assert partition.expire(now=NOW + 1000) == 1
    assert len(partition) == 0


def test_a_replay_is_one_append_and_tells_where_it_ended(tmp_path: Path) -> None:
    path = tmp_path / "00000000000000000000.log"
    path.write_bytes(log(0, 1, 2) + b"\0" * 5)
    for source in (path, str(path), path.read_bytes(), memoryview(path.read_bytes())):
        partition = fp.Partition()
        replayed = partition.replay(source)
        assert (replayed.batches, replayed.end_offset) == (3, 3)
        assert [damage.kind for damage in replayed.damage] == ["truncated"]
        assert replayed.bytes == replayed.damage[0].position
        assert partition.replay(source).batches == 0


def test_a_replay_of_many_producers_has_room_for_each() -> None:
    segment = b"".join(write(0, producer_id=n, base_offset=n, transactional=True) for n in range(300))
    partition = fp.Partition()
    assert partition.replay(segment).batches == 300
    assert len(partition) == len(partition.ongoing_transactions()) == 300


def test_a_replay_forgets_nobody_wherever_the_new_producers_come(tmp_path: Path) -> None:
    path = tmp_path / "00000000000000000000.log"
    # Few in the first mebibyte, then many; those before it are known already.
    ids = [*range(16), *[3] * 9_000, *range(100, 700), 3]
    path.write_bytes(b"".join(write(0, producer_id=n, base_offset=at) for at, n in enumerate(ids)))
    for source in (path, path.read_bytes()):
        partition = fp.Partition()
        assert partition.replay(source).batches == len(ids)
        assert {state.producer_id for state in partition.producers()} == set(ids)
        more = b"".join(
            write(0, producer_id=n, base_offset=len(ids) + n, transactional=True) for n in range(2_000)
        )
        assert partition.replay(more).end_offset == len(ids) + 2_000
        assert len(partition) == len(partition.ongoing_transactions()) == 2_000


def test_a_replay_that_is_not_told_the_time_takes_the_newest_timestamp() -> None:
    partition = fp.Partition(expire_by="append_time")
    newest = 1_700_000_000_500
    batches = [write(0, timestamp=newest), write(1, base_offset=1, timestamp=newest - 400)]
    partition.replay(b"".join(batches))
    state = partition.producer(7)
    assert state is not None and state.last_timestamp == newest


def test_a_file_that_is_not_there_is_an_os_error_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="absent"):
        fp.Partition().replay(tmp_path / "absent")
    with pytest.raises(IsADirectoryError):
        fp.Partition().replay(tmp_path)


def test_what_kafka_wrote_gives_what_kafka_remembered(fixtures: Path) -> None:
    seen = 0
    for folder in sorted(path for path in fixtures.iterdir() if path.is_dir()):
        segments = sorted(folder.glob("*.log"))
        snapshots = {int(path.stem): path for path in folder.glob("*.snapshot")}
        if int(segments[0].stem) > 0 or folder.name.startswith(("compacted", "__")):
            continue  # What is missing from the log only Kafka can know.
        partition = fp.Partition()
        for segment in segments:
            at = snapshots.get(int(segment.stem))
            if at is not None:
                known = {state.producer_id: state for state in fp.read_snapshot(at).producers}
                ours = {state.producer_id: state for state in partition.producers()}
                assert known.keys() == ours.keys(), at
                for producer_id, state in known.items():
                    mine = ours[producer_id]
                    assert mine.last_sequence == state.last_sequence, at
                    assert mine.producer_epoch == state.producer_epoch, at
                    assert mine.current_txn_first_offset == state.current_txn_first_offset, at
                    seen += 1
            assert partition.replay(segment).damage == ()
    assert seen >= 20
