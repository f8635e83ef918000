"""One call for many batches does what a call for each does, up to the first that is refused."""

from __future__ import annotations

import pickle
import random
from pathlib import Path
from typing import Any

import pytest

import fencepost as fp
from conftest import write

NOW = 1_700_000_000_000
LAST_BASE = 2**63 - 2**31 - 1


def header(
    sequence: int, producer_id: int = 7, *, epoch: int = 0, records: int = 1, base_offset: int = 0
) -> fp.BatchHeader:
    return fp.BatchHeader(
        base_offset=base_offset,
        batch_length=49,
        partition_leader_epoch=0,
        crc=0,
        attributes=0,
        last_offset_delta=records - 1,
        base_timestamp=NOW,
        max_timestamp=NOW,
        producer_id=producer_id,
        producer_epoch=epoch,
        base_sequence=sequence,
        records_count=records,
    )


def one_by_one(
    partition: fp.Partition, headers: list[fp.BatchHeader], base_offset: int | None, **context: Any
) -> tuple[list[int], list[int], fp.RejectedError | None]:
    """Offsets and duplicates, by a call each; and what ended it."""
    offsets: list[int] = []
    duplicates: list[int] = []
    for number, one in enumerate(headers):
        try:
            admitted = partition.admit(one, now=NOW, **context)
        except fp.RejectedError as refused:
            return offsets, duplicates, refused
        if isinstance(admitted, fp.Duplicate):
            offsets.append(admitted.first_offset)
            duplicates.append(number)
            continue
        at = one.base_offset if base_offset is None else base_offset
        partition.record(admitted, base_offset=at)
        offsets.append(at)
        if base_offset is not None:
            base_offset = at + one.last_offset_delta + 1
    return offsets, duplicates, None


def test_producers_whose_memory_is_asked_for_ahead_are_answered_as_by_a_call_for_each() -> None:
    # More than are asked for ahead; and a number of batches that ends within those asked for at once.
    many = [header(0, producer_id) for producer_id in range(17_000)]
    some = random.Random(5)
    later = [header(some.choice((0, 1)), some.randrange(17_000)) for _ in range(1_003)]
    later = list({one.producer_id: one for one in later}.values())
    whole, single = fp.Partition(), fp.Partition()
    for partition in (whole, single):
        partition.append_each(many, now=NOW, base_offset=0)
    taken = whole.append_each(later, now=NOW, base_offset=17_000)
    offsets, duplicates, refused = one_by_one(single, later, 17_000)
    assert (list(taken.first_offsets), list(taken.duplicates), refused) == (offsets, duplicates, None)
    assert duplicates and len(duplicates) < len(later)
    assert set(whole.producers()) == set(single.producers())


@pytest.mark.parametrize("origin", ["client", "replication"])
@pytest.mark.parametrize("assigned", [True, False])
def test_batches_appended_by_one_call_are_as_those_of_a_call_each(origin: str, assigned: bool) -> None:
    choose = random.Random(f"{origin} {assigned}")
    refusals = duplicates = 0
    for _ in range(60):
        ours, plain = fp.Partition(seed=1), fp.Partition(seed=1)
        end = 0
        for _ in range(20):
            headers: list[fp.BatchHeader] = []
            for _ in range(choose.randint(0, 12)):
                producer_id = choose.choice((-1, 1, 2, 3))
                known = ours.producer(producer_id)
                last = known.last_sequence if known else -1
                records = choose.randint(1, 3)
                after = sum(h.records_count for h in headers if h.producer_id == producer_id)
                sequence = last + 1 + after
                if choose.random() < 0.1:
                    sequence = max(0, sequence - choose.randint(0, 3))
                epoch = int(choose.random() < 0.03)
                headers.append(header(sequence, producer_id, epoch=epoch, records=records, base_offset=end))
                end += records
            base = choose.randint(0, 1000) if assigned else None
            wanted, doubled, refused = one_by_one(plain, headers, base, origin=origin)
            try:
                done = ours.append_each(headers, now=NOW, base_offset=base, origin=origin)
                assert refused is None
            except fp.RejectedError as raised:
                assert refused is not None and raised.done is not None
                assert (str(raised), type(raised)) == (str(refused), type(refused))
                assert raised.index == len(wanted)
                done = raised.done
                refusals += 1
            assert (list(done.first_offsets), list(done.duplicates)) == (wanted, doubled)
            assert done.next_offset == plain.map_end_offset or len(wanted) == len(doubled)
            assert ours.snapshot("full") == plain.snapshot("full")
            assert ours.map_end_offset == plain.map_end_offset
            duplicates += len(doubled)
    assert refusals > 20 or origin == "replication"
    assert duplicates > 20 or origin == "replication"


def test_a_refusal_says_which_and_leaves_those_before_it_recorded() -> None:
    partition = fp.Partition()
    headers = [header(0), header(0, 8), header(1), header(0), header(5), header(1, 8)]
    with pytest.raises(fp.OutOfOrderSequenceError) as raised:
        partition.append_each(headers, now=NOW, base_offset=100)
    refused = raised.value
    assert (refused.index, refused.expected, refused.got) == (4, 2, 5)
    assert refused.done is not None
    assert refused.done.first_offsets == (100, 101, 102, 100)
    assert (refused.done.duplicates, refused.done.next_offset) == ((3,), 103)
    assert partition.map_end_offset == 103
    # Whoever caught it goes on behind it.
    rest = partition.append_each(headers[5:], now=NOW, base_offset=refused.done.next_offset)
    assert rest.first_offsets == (103,)
    again = pickle.loads(pickle.dumps(refused))
    assert (again.index, again.done) == (4, refused.done)


def test_the_bytes_of_batches_are_taken_as_their_headers() -> None:
    batches = [write(0, base_offset=3), write(1, records=2, base_offset=4), write(1, records=2)]
    ours, plain = fp.Partition(), fp.Partition()
    for data in (b"".join(batches), bytearray(b"".join(batches)), memoryview(b"".join(batches))):
        ours = fp.Partition()
        done = ours.append_each(data, now=NOW)
        assert (done.first_offsets, done.duplicates, done.next_offset) == ((3, 4, 4), (2,), 6)
    assert plain.append_each((fp.Batch(one) for one in batches), now=NOW) == done
    assert ours.snapshot("full") == plain.snapshot("full")
    with pytest.raises(fp.OutOfOrderSequenceError) as raised:
        ours.append_each(write(3) + write(5), now=NOW)
    assert (raised.value.index, raised.value.position) == (1, len(write(3)))


def test_bytes_that_are_no_batches_change_nothing() -> None:
    partition = fp.Partition()
    good, bad = write(0), bytearray(write(1))
    bad[-1] ^= 1
    with pytest.raises(fp.CrcMismatchError) as mismatch:
        partition.append_each(good + bad, now=NOW)
    assert mismatch.value.position == len(good)
    with pytest.raises(fp.BatchError) as torn:
        partition.append_each(good + write(1)[:-1], now=NOW)
    assert (torn.value.kind, torn.value.position) == ("truncated", len(good))
    assert len(partition) == 0 and partition.map_end_offset == 0
    assert partition.append_each(good + bad, now=NOW, base_offset=0, verify=False).next_offset == 2
    for wrong in ([good], [7], 7, "batches", None):
        with pytest.raises(TypeError):
            partition.append_each(wrong, now=NOW)  # type: ignore[arg-type]
    assert partition.map_end_offset == 2


def test_markers_in_bytes_end_transactions_unless_a_client_sent_them() -> None:
    identity = fp.Identity(id=7, epoch=0)
    marker = fp.EndTxnMarker(commit=True, coordinator_epoch=1, timestamp=NOW)
    data = write(0, transactional=True) + fp.write_end_txn_marker(identity, marker, base_offset=1)
    partition = fp.Partition()
    done = partition.append_each(data, now=NOW, origin="replication")
    assert [txn.first_offset for txn in done.completed] == [0]
    assert partition.ongoing_transactions() == []
    client = fp.Partition(verification=False)
    with pytest.raises(fp.RejectedError):
        client.append_each(data, now=NOW)
    assert len(client.ongoing_transactions()) == 1


def test_only_the_first_batch_of_a_log_is_the_first() -> None:
    policy = {"unknown_producer": "zero_if_never_written"}
    partition = fp.Partition(**policy)  # type: ignore[arg-type]
    headers = [header(0), header(4, 8)]
    done = partition.append_each(headers, now=NOW, base_offset=0, never_written=True)
    assert done.first_offsets == (0, 1)
    with pytest.raises(fp.RejectedError):
        fp.Partition(**policy).append_each(  # type: ignore[arg-type]
            headers[1:], now=NOW, base_offset=0, never_written=True
        )


@pytest.mark.parametrize("offset", [-1, -(2**63), LAST_BASE + 1, 2**63 - 1])
def test_a_leaders_offset_is_never_negative_and_leaves_room_for_its_records(offset: int) -> None:
    partition = fp.Partition()
    ticket = partition.admit(header(0), now=NOW)
    pipeline = fp.Pipeline(partition)
    permit = pipeline.admit(header(0), now=NOW)
    assert isinstance(ticket, fp.Ticket) and isinstance(permit, fp.WritePermit)
    write_ticket = pipeline.begin(permit)
    for record in (
        lambda: partition.record(ticket, base_offset=offset),
        lambda: pipeline.record(write_ticket, base_offset=offset),
        lambda: partition.append_each([header(0)], now=NOW, base_offset=offset),
        lambda: partition.append_each([header(0, base_offset=offset)], now=NOW),
    ):
        with pytest.raises(ValueError, match=f"base_offset is from 0 to {LAST_BASE}, not {offset}"):
            record()
    # Nothing is lost: they are as good as before.
    assert len(partition) == 0
    partition.record(ticket, base_offset=LAST_BASE)
    pipeline.record(write_ticket, base_offset=0)
    assert (partition.map_end_offset, pipeline.map_end_offset) == (LAST_BASE + 1, 1)


def test_a_run_beyond_the_last_offset_stops_before_it() -> None:
    partition = fp.Partition()
    with pytest.raises(ValueError, match="base_offset") as raised:
        partition.append_each([header(0), header(1), header(2)], now=NOW, base_offset=LAST_BASE - 1)
    told: Any = raised.value
    assert (told.index, told.done.first_offsets) == (2, (LAST_BASE - 1, LAST_BASE))


def begun(partitions: int = 4) -> fp.Producer:
    producer = fp.Producer(partitions=partitions)
    producer.handle_identity(fp.Identity(id=7, epoch=0))
    return producer


def test_numbers_given_by_one_call_are_those_of_a_call_each() -> None:
    choose = random.Random(1)
    ours, plain = begun(), begun()
    refused = 0
    for step in range(200):
        rows = [
            (choose.randrange(4), choose.randint(1, 3), NOW + step) for _ in range(choose.randint(0, 16))
        ]
        attempts, why = [], None
        for partition, records, timestamp in rows:
            try:
                attempts.append(plain.assign(partition, records=records, max_timestamp=timestamp, now=NOW))
            except fp.RefusedError as raised:
                why = str(raised)
                break
        try:
            done = ours.assign_each(rows, now=NOW)
            assert why is None
        except fp.RefusedError as raised:
            assert (str(raised), raised.index) == (why, len(attempts))
            assert raised.done is not None
            done = raised.done
            refused += 1
        assert done == attempts
        answers = [(one, fp.Response.ok(step)) for one in attempts]
        ours.handle_responses(answers, now=NOW)
        for attempt, answer in answers:
            plain.handle_response(attempt, answer, now=NOW)
        verdicts = []
        for partition in range(4):
            while (verdict := plain.take_verdict(partition)) is not None:
                verdicts.append((partition, verdict))
        assert ours.take_verdicts() == verdicts
    assert refused > 5


def test_a_batch_may_say_when_it_was_created() -> None:
    producer = fp.Producer(partitions=1, delivery_timeout_ms=1000)
    producer.handle_identity(fp.Identity(id=7, epoch=0))
    producer.handle_responses(
        [(one, fp.Response.ok(0)) for one in producer.assign_each([(0, 1, NOW)], now=NOW)], now=NOW
    )
    producer.assign_each([(0, 1, NOW, NOW - 999), (0, 1, NOW, None), (0, 1, NOW)], now=NOW)
    producer.handle_timeout(0, now=NOW + 1)
    assert producer.on_wire(0) == 2
    for wrong in ([(0, 1)], [0], [(0, 1, NOW, NOW, NOW)], 7, [("0", 1, NOW)]):
        with pytest.raises(TypeError):
            producer.assign_each(wrong, now=NOW)  # type: ignore[arg-type]
    assert producer.on_wire(0) == 2


def test_an_answer_to_nothing_says_which_and_leaves_those_before_it_taken(tmp_path: Path) -> None:
    producer = begun()
    first, second = producer.assign_each([(0, 1, NOW), (1, 1, NOW)], now=NOW)
    ok = fp.Response.ok(5)
    with pytest.raises(fp.UnexpectedAnswerError) as raised:
        producer.handle_responses([(first, ok), (first, "timed_out"), (second, ok)], now=NOW)
    assert raised.value.index == 1
    assert [partition for partition, _ in producer.take_verdicts([0, 1])] == [0]
    producer.handle_responses(iter([(second, ok)]), now=NOW)
    assert [verdict.base_offset for _, verdict in producer.take_verdicts([1])] == [5]
    with pytest.raises(ValueError, match='not "late"'):
        producer.handle_responses([(first, "late")], now=NOW)


def test_a_journals_producer_takes_many_answers_too(tmp_path: Path) -> None:
    producer = fp.JournaledProducer(tmp_path / "j", cluster_id="MkU3OEVBNTcwNTJENDM2Qk", partitions=1)
    producer.handle_identity(fp.Identity(id=7, epoch=0))
    producer.bind(0, topic_id=bytes(range(16)), topic_partition=0, now=NOW)
    # One must be acknowledged before more may be sent.
    for count in (1, 3):
        permits = [
            producer.assign(0, write(0), records=1, max_timestamp=NOW, now=NOW) for _ in range(count)
        ]
        producer.commit(now=NOW)
        attempts = [producer.claim(permit) for permit in permits]
        answers = [(one, fp.Response.ok(n)) for n, one in enumerate(attempts) if one is not None]
        producer.handle_responses(answers, now=NOW)
        taken = [producer.take_verdict(0, now=NOW) for _ in range(count)]
        told = [verdict.base_offset for verdict in taken if verdict is not None]
        assert told == list(range(count))
    producer.close()
