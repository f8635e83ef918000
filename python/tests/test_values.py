"""Values are frozen, hashable, picklable, can be matched, and show what makes them again."""

from __future__ import annotations

import copy
import inspect
import pickle
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

import fencepost as fp
from conftest import log, write
from fencepost import coordinator as co
from fencepost import logs, snapshot_files
from fencepost import transactions as tx
from planted_log import PlantedLog

NAMES = vars(fp) | vars(co) | vars(snapshot_files) | vars(tx) | vars(logs)
# And what holds dictionaries, or an open file.
MACHINES = {
    "Audit",
    "AuditProgress",
    "BatchBuilder",
    "BlockAllocator",
    "Discovered",
    "FileKind",
    "IdGenerator",
    "JournalFile",
    "JournalRow",
    "JournaledProducer",
    "LogFolder",
    "Partition",
    "Permit",
    "Pipeline",
    "Producer",
    "SegmentScan",
    "Ticket",
    "TransactionManager",
    "TransactionMetadata",
    "Transit",
    "WritePermit",
}


def values() -> Iterator[object]:
    batch = fp.Batch(write(0, transactional=True))
    yield batch
    yield batch.header
    yield from batch.records()
    yield fp.Stamp(identity=fp.Identity(id=7, epoch=0), base_sequence=4)
    yield fp.Identity(id=7, epoch=0)
    yield fp.Partition().append_each([batch], now=1, base_offset=5, origin="replication")
    marker = fp.EndTxnMarker(commit=True, coordinator_epoch=0, timestamp=5)
    yield marker
    partition = fp.Partition()
    end = fp.write_end_txn_marker(fp.Identity(id=7, epoch=1), marker, base_offset=1)
    segment = write(0, transactional=True) + end
    replayed = partition.replay(segment + b"torn")
    yield replayed
    yield from replayed.completed
    yield from replayed.damage
    yield from partition.producers()
    yield from partition.producers()[0].batches
    yield from partition.unreplicated_transactions()
    yield fp.OpenTransaction(producer_id=7, first_offset=0)
    yield fp.PendingVerification(producer_id=7, producer_epoch=0, lowest_sequence=3)
    yield fp.BatchMetadata(last_sequence=1, offset_delta=0, last_offset=1, timestamp=5, tag=9)
    yield fp.AbortedTransaction(producer_id=7, first_offset=0, last_offset=1, last_stable_offset=0)
    yield fp.read_snapshot(partition.snapshot())
    partition = fp.Partition()
    partition.replay(log(0))
    seen = partition.admit(fp.Batch(write(0)), now=0)
    assert isinstance(seen, fp.Duplicate)
    yield seen
    producer = fp.Producer(partitions=1)
    producer.handle_identity(fp.Identity(id=7, epoch=0))
    attempt = producer.assign(0, records=2, max_timestamp=5, now=5)
    yield attempt
    yield fp.Response.ok(41)
    yield producer.poll(0, now=5)
    producer.handle_response(attempt, fp.Response.ok(41), now=6)
    yield producer.take_verdict(0)
    yield producer.kept(0)
    audit = fp.Audit(runs=True)
    yield audit.observe(batch)
    scanned = audit.scan(log(5))
    yield scanned
    yield from scanned.findings
    yield from audit.runs()


def journaled() -> Iterator[object]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "journal"
        with fp.JournaledProducer(path, cluster_id="cluster", partitions=1) as producer:
            producer.handle_identity(fp.Identity(id=7, epoch=0))
            yield producer.bind(0, topic_id=bytes(16), topic_partition=0, now=5)
            producer.assign(0, b"batch", records=1, max_timestamp=5, now=5, cursor=b"1")
            yield from producer.undecided(0)
    yield fp.Unwritten(outcome="not_written", cursor=b"1")


def coordinated() -> Iterator[object]:
    controller = co.BlockAllocator()
    given = controller.allocate(broker_id=1, broker_epoch=0, registered=0)
    yield given
    yield given.block
    yield given.record
    txn = co.TransactionMetadata(7, coordinator_epoch=3, now=5)
    yield txn.record
    transit = txn.init_producer_id(timeout_ms=1000, server_version=2, new_id=lambda: 8, now=5)
    yield txn.append_failed(transit, 7)
    transit = txn.init_producer_id(timeout_ms=1000, server_version=2, new_id=lambda: 8, now=5)
    yield txn.appended(transit, now=5)
    added = txn.add_partitions(
        producer_id=7, producer_epoch=0, version=2, all_contained=False, now=5
    )
    assert added is not None
    txn.appended(added, now=5)

    def end() -> co.Transit | co.AlreadyEnded:
        return txn.end_transaction(
            producer_id=7, producer_epoch=0, commit=True, version=2, new_id=lambda: 8, now=5
        )

    ended = end()
    assert isinstance(ended, co.Transit)
    applied = txn.appended(ended, now=5)
    yield applied
    yield applied.marker
    done = txn.completion(partitions_left=0)
    assert done is not None
    txn.appended(done, now=5)
    yield end()


def dialogue() -> Iterator[object]:
    manager = tx.TransactionManager(partitions=1)
    manager.init()
    request = manager.poll_request(incomplete_batches=False, now=0)
    assert request is not None
    yield request
    manager.mark_sent(request, 1)
    yield manager.handle_find_coordinator(1, 53, now=0)
    yield manager.failure
    yield manager.poll_batches()
    yield manager.poll_result()
    yield tx.OffsetsResult(group=70, failure=manager.failure)


def undecided() -> Iterator[object]:
    pipeline = fp.Pipeline(fp.Partition())
    permit = pipeline.admit(fp.Batch(write(0)), now=0)
    assert isinstance(permit, fp.WritePermit)
    pipeline.begin(permit)
    yield pipeline.admit(fp.Batch(write(0)), now=0)
    yield from pipeline.undecided()
    shape = snapshot_files.LogShape(segment_bases=(0, 10), log_start=0, last_offset=20)
    yield shape
    yield from shape.replay(5)


def audited() -> Iterator[object]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "orders-0"
        planted = PlantedLog(path)
        planted.data(7, 0)
        planted.data(7, 5)
        planted.roll()
        segment = next(path.glob("*.log"))
        segment.write_bytes(segment.read_bytes() + b"torn")
        (path / "00000000000000000002.snapshot").write_bytes(fp.Partition().snapshot())
        (path / f"{0:020}.txnindex").write_bytes(b"")
        yield from logs.SegmentScan(segment).next_rows(1)
        [audit] = logs.audit_all(logs.discover(path).folders, compare=True, follow={7})
        yield audit
        yield from audit.findings
        yield from audit.damage
        yield from audit.producers
        yield from audit.runs[7]
        yield from audit.snapshots
        yield from audit.indexes
        for snapshot in audit.snapshots:
            yield from snapshot.differences
    entry = logs.ProducerEntry(
        producer_id=7,
        producer_epoch=0,
        last_sequence=1,
        last_offset=1,
        offset_delta=0,
        timestamp=5,
        coordinator_epoch=-1,
        current_transaction_first_offset=None,
    )
    yield entry
    yield logs.SnapshotDifference(producer_id=7, snapshot=entry, log=None, why="it is not there")
    yield logs.IndexComparison(file="0.txnindex", entries=1, differences=("one",), corrupt=None)


VALUES = [*values(), *journaled(), *coordinated(), *dialogue(), *undecided(), *audited()]


def test_there_is_one_of_each_class() -> None:
    classes = {
        name
        for name, thing in NAMES.items()
        if inspect.isclass(thing) and not issubclass(thing, (Exception, int))
    }
    assert classes - MACHINES == {type(value).__name__ for value in VALUES}


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_is_a_value(value: object) -> None:
    cls = type(value)
    assert eval(repr(value), NAMES | {"PosixPath": Path}) == value  # noqa: S307
    assert hash(copy.deepcopy(value)) == hash(value)
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(value, protocol)) == value
    assert value != object()
    names = cls.__match_args__  # type: ignore[attr-defined]
    assert len(names) > 0
    for name in names:
        with pytest.raises(AttributeError):
            setattr(value, name, getattr(value, name))
    with pytest.raises(TypeError):
        type("Sub", (cls,), {})


def test_values_can_be_matched() -> None:
    match fp.Stamp(identity=fp.Identity(id=7, epoch=2), base_sequence=5):
        case fp.Stamp(fp.Identity(id=owner, epoch=epoch), sequence):
            assert (owner, epoch, sequence) == (7, 2, 5)
        case _:
            raise AssertionError("no match")


def test_errors_of_the_coordinator_keep_their_fields_when_pickled() -> None:
    txn = co.TransactionMetadata(7, coordinator_epoch=3, now=5)
    with pytest.raises(fp.CoordinatorError) as raised:
        txn.verify_partition(producer_id=7, producer_epoch=9, contained=True)
    again = pickle.loads(pickle.dumps(raised.value))
    assert type(again) is fp.ProducerFencedError
    assert (again.kind, again.current, again.got, again.error_code) == ("fenced", -1, 9, 90)
    assert again.rule == "coordinator spec 6, 7, 8"
    manager = tx.TransactionManager(partitions=1)
    manager.init()
    manager.fail(58)
    with pytest.raises(fp.RefusedError) as refused:
        manager.begin()
    assert pickle.loads(pickle.dumps(refused.value)).kind == refused.value.kind


def test_errors_keep_their_fields_when_pickled() -> None:
    partition = fp.Partition()
    partition.replay(log(0))
    with pytest.raises(fp.OutOfOrderSequenceError) as raised:
        partition.admit(fp.Batch(write(5)), now=0)
    again = pickle.loads(pickle.dumps(raised.value))
    assert type(again) is fp.OutOfOrderSequenceError
    assert str(again) == str(raised.value)
    assert (again.kind, again.rule, again.expected, again.got) == ("out_of_order", "R25", 1, 5)
    assert (again.error_code, again.capacity) == (45, None)
    assert again.window == raised.value.window
    with pytest.raises(AttributeError):
        _ = again.nonsense  # type: ignore[attr-defined]
