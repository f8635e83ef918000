"""Machines can be used from any thread: calls take turns, and long ones let others run."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import fencepost as fp
from conftest import log, write

THREADS = 8


def test_one_partition_serves_many_threads() -> None:
    partition = fp.Partition()
    lock = threading.Lock()
    offset = 0

    def produce(producer_id: int) -> None:
        nonlocal offset
        for sequence in range(100):
            batch = fp.Batch(write(sequence, producer_id=producer_id))
            with lock:  # The log's lock, under which a broker writes.
                ticket = partition.admit(batch, now=0)
                assert isinstance(ticket, fp.Ticket)
                partition.record(ticket, base_offset=offset)
                offset += 1

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(produce, range(THREADS)))
    assert {state.last_sequence for state in partition.producers()} == {99}
    assert partition.map_end_offset == THREADS * 100


def test_a_ticket_is_recorded_by_one_thread_only() -> None:
    partition = fp.Partition()
    for sequence in range(50):
        ticket = partition.admit(fp.Batch(write(sequence)), now=0)
        assert isinstance(ticket, fp.Ticket)

        def record(_: int, ticket: fp.Ticket = ticket, at: int = sequence) -> bool:
            try:
                partition.record(ticket, base_offset=at)
            except fp.StaleTicketError:
                return False
            return True

        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(record, range(4))) == 1


def test_replays_and_questions_side_by_side_never_wait_for_each_other_for_ever() -> None:
    partition, audit = fp.Partition(), fp.Audit()
    segments = [log(*range(n * 20, n * 20 + 20)) for n in range(20)]
    done = threading.Event()

    def ask(_: int) -> int:
        asked = 0
        while not done.is_set() or asked == 0:
            partition.producers()
            audit.producers()
            len(partition)
            asked += 1
        return asked

    with ThreadPoolExecutor(THREADS) as pool:
        asking = [pool.submit(ask, n) for n in range(4)]
        for segment in segments:
            partition.replay(segment, verify=False)
            audit.scan(segment)
        done.set()
        assert all(question.result() > 0 for question in asking)
