"""Machines can be used from any thread: calls take turns, and long ones let others run."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import fencepost as fp
from conftest import log, write
from fencepost import coordinator as co
from fencepost import transactions as tx

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


def test_batches_are_decided_on_while_others_are_replayed() -> None:
    """Whoever finds the partition taken waits, and is never told so."""
    partition = fp.Partition()
    segments = [log(*range(n * 20, n * 20 + 20)) for n in range(40)]
    header, done = fp.BatchHeader.parse(write(0, producer_id=8)), threading.Event()

    def admit(_: int) -> int:
        admitted = 0
        while not done.is_set() or admitted == 0:
            ticket = partition.admit(header, now=0)
            if isinstance(ticket, fp.Ticket):
                # Nothing may have changed since, or something: but nothing else is raised.
                with contextlib.suppress(fp.StaleTicketError):
                    partition.record(ticket, base_offset=partition.map_end_offset)
            admitted += 1
        return admitted

    with ThreadPoolExecutor(4) as pool:
        admitting = [pool.submit(admit, n) for n in range(4)]
        for segment in segments:
            partition.replay(segment, verify=False)
        done.set()
        assert all(admitted.result() > 0 for admitted in admitting)
    state = partition.producer(8)
    assert state is not None and len(state.batches) == 1


def test_no_producer_id_is_given_to_two_threads_and_each_block_is_asked_for_once() -> None:
    controller, ids = co.BlockAllocator(), co.IdGenerator()
    sent = threading.Lock()
    blocks: list[co.IdBlock] = []

    def fetch() -> None:
        if ids.handle_sent():  # One of all threads sends the request.
            assert sent.acquire(blocking=False), "two requests at a time"
            given = controller.allocate(broker_id=1, broker_epoch=0, registered=0)
            controller.replay(given.record)
            blocks.append(given.block)
            sent.release()
            ids.handle_block(broker_id=1, first=given.block.first, len=given.block.len, now=0)

    def take(_: int) -> list[int]:
        mine: list[int] = []
        while len(mine) < 1000:
            try:
                mine.append(ids.generate(now=0))
            except fp.NoProducerIdError:
                fetch()
        return mine

    with ThreadPoolExecutor(THREADS) as pool:
        taken = [id for mine in pool.map(take, range(THREADS)) for id in mine]
    assert len(taken) == len(set(taken)) == THREADS * 1000
    assert set(taken) == set(range(THREADS * 1000))
    assert [block.first for block in blocks] == [n * 1000 for n in range(len(blocks))]


def test_of_many_instances_of_a_transactional_id_each_gets_an_epoch_of_its_own() -> None:
    txn = co.TransactionMetadata(7, coordinator_epoch=0, now=0)

    def start(_: int) -> list[int]:
        epochs: list[int] = []
        while len(epochs) < 50:
            try:
                transit = txn.init_producer_id(
                    timeout_ms=1000, server_version=2, new_id=lambda: 8, now=0
                )
            except fp.ConcurrentTransactionsError:
                continue
            applied = txn.appended(transit, now=0)
            assert applied.identity is not None
            epochs.append(applied.identity.epoch)
        return epochs

    with ThreadPoolExecutor(THREADS) as pool:
        epochs = [epoch for mine in pool.map(start, range(THREADS)) for epoch in mine]
    assert sorted(epochs) == list(range(THREADS * 50))


def test_a_source_of_ids_may_ask_the_coordinator_itself() -> None:
    """It is called without the lock: otherwise this would never end."""
    record = co.TransactionRecord(
        producer_id=7,
        previous_producer_id=7,
        next_producer_id=-1,
        producer_epoch=32766,
        timeout_ms=1000,
        state="Empty",
        start=-1,
        last_update=0,
        client_version=0,
    )
    txn = co.TransactionMetadata.load(record, coordinator_epoch=0)
    transit = txn.init_producer_id(
        timeout_ms=1000, server_version=2, new_id=lambda: txn.producer_id + 1, now=0
    )
    applied = txn.appended(transit, now=0)
    assert applied.identity == fp.Identity(id=8, epoch=0)


def test_a_pipeline_settles_what_many_threads_have_begun() -> None:
    pipeline = fp.Pipeline(fp.Partition())
    order = threading.Lock()
    offset = 0

    def produce(producer_id: int) -> None:
        sequence = 0
        while sequence < 60:
            batch = fp.Batch(write(sequence, producer_id=producer_id))
            try:
                permit = pipeline.admit(batch, now=0)
            except fp.UndecidedError:
                continue  # Five are undecided: others settle them.
            if isinstance(permit, (fp.Pending, fp.Duplicate)):
                sequence += 1
                continue
            try:
                pipeline.begin(permit)
            except fp.StaleTicketError:
                continue
            sequence += 1

    def settle() -> None:
        nonlocal offset
        settled = 0
        while settled < THREADS * 60:
            with order:
                for waiting in pipeline.undecided():
                    pipeline.record(waiting.ticket, base_offset=offset)
                    offset, settled = offset + 1, settled + 1

    with ThreadPoolExecutor(THREADS + 1) as pool:
        settling = pool.submit(settle)
        list(pool.map(produce, range(THREADS)))
        settling.result()
    assert pipeline.undecided() == []
    assert pipeline.map_end_offset == THREADS * 60
    states = pipeline.partition().producers()
    assert {state.producer_id: state.last_sequence for state in states} == dict.fromkeys(
        range(THREADS), 59
    )


def test_of_many_senders_one_sends_each_request_of_a_dialogue() -> None:
    manager = tx.TransactionManager(partitions=64, retry_backoff_ms=0)
    sent: list[str] = []
    numbers = iter(range(1_000_000))
    done = threading.Event()

    def send(_: int) -> None:
        while not done.is_set():
            request = manager.poll_request(incomplete_batches=False, now=0)
            if request is None:
                continue
            number = next(numbers)
            try:
                manager.mark_sent(request, number)
            except fp.UnexpectedAnswerError:
                continue  # Another thread sends it.
            sent.append(request.kind)
            match request.kind:
                case "find_coordinator":
                    manager.handle_find_coordinator(number, 0, now=0)
                case "init_producer_id":
                    manager.handle_init_producer_id(
                        number, 0, producer_id=7, producer_epoch=0, now=0
                    )
                case "add_partitions":
                    added = [(partition, 0) for partition in manager.partitions_to_add()]
                    manager.handle_add_partitions(number, added, now=0)
                case "end_txn":
                    manager.handle_end_txn(number, 0, now=0)

    def result() -> tx.CallResult:
        while (taken := manager.acknowledge()) is None:
            pass
        return taken

    with ThreadPoolExecutor(THREADS) as pool:
        sending = [pool.submit(send, n) for n in range(THREADS)]
        manager.init()
        assert result().failure is None
        for _ in range(20):
            manager.begin()
            for partition in range(64):
                manager.add_partition(partition)
            manager.commit()
            assert result() == tx.CallResult(call="commit", failure=None)
        done.set()
        for one in sending:
            one.result()
    assert (sent.count("init_producer_id"), sent.count("end_txn")) == (1, 20)


def test_what_a_lost_thread_left_is_refused_and_not_waited_for() -> None:
    txn = co.TransactionMetadata(7, coordinator_epoch=0, now=0)
    txn.init_producer_id(timeout_ms=1000, server_version=2, new_id=lambda: 8, now=0)
    with pytest.raises(fp.ConcurrentTransactionsError):
        txn.init_producer_id(timeout_ms=1000, server_version=2, new_id=lambda: 8, now=0)


def test_a_producer_serves_a_thread_for_each_partition() -> None:
    producer = fp.Producer(partitions=THREADS)
    producer.handle_identity(fp.Identity(id=7, epoch=0))

    def produce(partition: int) -> list[int]:
        sequences: list[int] = []
        for offset in range(200):
            sent = producer.assign(partition, records=1, max_timestamp=0, now=0)
            sequences.append(sent.stamp.base_sequence)
            producer.handle_response(sent, fp.Response.ok(offset), now=0)
            verdict = producer.take_verdict(partition)
            assert verdict is not None
            assert (verdict.batch, verdict.base_offset) == (sent.batch, offset)
        return sequences

    with ThreadPoolExecutor(THREADS) as pool:
        for sequences in pool.map(produce, range(THREADS)):
            assert sequences == list(range(200))


def test_of_several_threads_one_gives_a_partition_its_next_batch() -> None:
    producer = fp.Producer(partitions=1, max_in_flight=5)
    producer.handle_identity(fp.Identity(id=7, epoch=0))
    given: list[int] = []

    def assign(_: int) -> int:
        refused = 0
        for _ in range(100):
            try:
                given.append(producer.assign(0, records=1, max_timestamp=0, now=0).batch)
            except fp.RefusedError:
                refused += 1
        return refused

    with ThreadPoolExecutor(THREADS) as pool:
        refused = sum(pool.map(assign, range(THREADS)))
    # Until the first is acknowledged it goes alone.
    assert (len(given), refused) == (1, THREADS * 100 - 1)


def test_a_journal_serves_a_thread_for_each_partition(tmp_path: Path) -> None:
    with fp.JournaledProducer(tmp_path / "j", cluster_id="cluster", partitions=4) as producer:
        producer.handle_identity(fp.Identity(id=7, epoch=0))

        def produce(partition: int) -> list[int]:
            producer.bind(partition, topic_id=bytes(16), topic_partition=partition, now=0)
            sequences: list[int] = []
            for offset in range(10):
                permit = producer.assign(partition, b"batch", records=1, max_timestamp=0, now=0)
                producer.commit(now=0)  # Another thread's may have written it already.
                sent = producer.claim(permit)
                assert sent is not None
                producer.handle_response(sent, fp.Response.ok(offset), now=0)
                sequences.append(sent.stamp.base_sequence)
                assert producer.take_verdict(partition, now=0) is not None
            return sequences

        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(produce, range(4))) == [list(range(10))] * 4
        assert [producer.undecided(partition) for partition in range(4)] == [[]] * 4


def test_a_builder_takes_records_from_many_threads() -> None:
    builder = fp.BatchBuilder(base_offset=0)

    def push(thread: int) -> None:
        for n in range(50):
            builder.push(b"%d %d" % (thread, n), timestamp=0)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(push, range(THREADS)))
    batch = fp.Batch(builder.finish(fp.Stamp(identity=fp.Identity(id=7, epoch=0), base_sequence=0)))
    values = [record.value for record in batch.records()]
    assert len(values) == len(set(values)) == THREADS * 50


@pytest.fixture
def no_switching() -> Iterator[None]:
    """No thread is made to give the interpreter up: another one runs only where one lets it."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1000)
    yield
    sys.setswitchinterval(before)


def many(producers: int) -> fp.Partition:
    partition = fp.Partition()
    partition.replay(b"".join(write(0, producer_id=n, base_offset=n) for n in range(producers)))
    return partition


SEGMENT = log(*range(2000))
PARTITION = many(2000)
SNAPSHOT = PARTITION.snapshot("full")
PIPELINE = fp.Pipeline(PARTITION)
LONG: dict[str, Callable[[], object]] = {
    "replay": lambda: fp.Partition().replay(SEGMENT),
    "read_headers": lambda: fp.read_headers(SEGMENT),
    "scan": lambda: fp.Audit().scan(SEGMENT),
    "read_snapshot": lambda: fp.read_snapshot(SNAPSHOT),
    "load_snapshot": lambda: fp.Partition().load_snapshot(SNAPSHOT, offset=0, now=0),
    "snapshot": lambda: PARTITION.snapshot("full"),
    "expire": lambda: PARTITION.expire(now=0),
    "pipeline": lambda: fp.Pipeline(PARTITION),
    "recorded": lambda: PIPELINE.partition(),
}


@pytest.mark.parametrize("name", LONG)
@pytest.mark.usefixtures("no_switching")
def test_a_long_call_lets_other_threads_run(name: str) -> None:
    go, ran = threading.Semaphore(0), 0

    def other() -> None:
        nonlocal ran
        go.acquire()
        ran = 1

    thread = threading.Thread(target=other)
    thread.start()
    # It waits for the interpreter from here on, which this thread never gives up by itself.
    go.release()
    # A short call lets go so briefly that a busy machine may have no core for the other just then.
    calls, until = 0, time.monotonic() + 60
    while not ran and time.monotonic() < until:
        LONG[name]()
        calls += 1
    assert ran, f"in {calls} calls no other thread could run"
    thread.join()
