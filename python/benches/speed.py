"""How much faster than Python is it? `make bench-python`.

Prints what each operation takes here and in Python, and the ratio: medians of rounds in which the
two take turns, so that a busy machine slows both. Everything that is compared with is either below,
as plain Python as it can be written, or in kafka-python and aiokafka, as they are.
"""

from __future__ import annotations

import asyncio
import struct
import tempfile
import time
from collections.abc import Callable
from dataclasses import fields, make_dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median

from aiokafka.producer.transaction_manager import TransactionManager as AioManager
from aiokafka.structs import TopicPartition
from kafka.producer.transaction_manager import ProducerIdAndEpoch, TransactionManager
from kafka.record.memory_records import MemoryRecords

import fencepost as fp
from rules import Header
from rules import Partition as Rules

NOW = 1_700_000_000_000
PRODUCERS = 1_000
BATCHES = 20_000
PARTITIONS = 100
ROUNDS = 9
HEADER = struct.Struct(">qiibIhiqqqhii")
Source = Path | bytes
Beside = dict[str, Callable[[], object]]


def load(source: Source) -> bytes:
    return source.read_bytes() if isinstance(source, Path) else source


def bare(source: Source) -> int:
    """The least a loop can do: the numbers of each header, and nothing made of them."""
    data, at, found = load(source), 0, 0
    unpack, end = HEADER.unpack_from, len(data)
    while at + 61 <= end:
        found += 1
        at += 12 + unpack(data, at)[1]
    return found


def objects(source: Source) -> int:
    """An object for each header, checked as little as that goes."""
    data, at, headers = load(source), 0, []
    while at + HEADER.size <= len(data):
        header = Header(*HEADER.unpack_from(data, at))
        if header.magic != 2 or header.batch_length < 49:
            break
        headers.append(header)
        at += 12 + header.batch_length
    return len(headers)


# As `fencepost.BatchHeader` is: frozen, so that it can be a key.
Frozen = make_dataclass("Frozen", [f.name for f in fields(Header)], frozen=True, slots=True)


def frozen(source: Source) -> int:
    """The same with objects that nobody can change."""
    data, at, headers = load(source), 0, []
    while at + HEADER.size <= len(data):
        header = Frozen(*HEADER.unpack_from(data, at))
        if header.magic != 2 or header.batch_length < 49:
            break
        headers.append(header)
        at += 12 + header.batch_length
    return len(headers)


def kafka_python(source: Source, verify: bool = False) -> int:
    """kafka-python's own reading, and each field of the header that a replay needs."""
    records, found = MemoryRecords(load(source)), 0
    while (batch := records.next_batch()) is not None:
        assert not verify or batch.validate_crc()
        _ = batch.base_offset, batch.last_offset, batch.max_timestamp, batch.producer_id
        _ = batch.producer_epoch, batch.base_sequence, batch.last_sequence, batch.records_count
        _ = batch.is_transactional, batch.is_control_batch
        found += 1
    return found


def replay_in_python(source: Source) -> int:
    """A segment's headers, taken in as a broker written in Python would."""
    data, at, found, partition = load(source), 0, 0, Rules()
    while at + HEADER.size <= len(data):
        header = Header(*HEADER.unpack_from(data, at))
        ticket = partition.admit(header, now=NOW, origin="replication")
        partition.record(ticket, base_offset=header.base_offset)  # type: ignore[arg-type]
        at += 12 + header.batch_length
        found += 1
    return found


def batch(number: int, size: int) -> bytes:
    builder = fp.BatchBuilder(base_offset=number)
    builder.push(bytes(size), timestamp=NOW)
    identity = fp.Identity(id=number % PRODUCERS, epoch=0)
    return builder.finish(fp.Stamp(identity=identity, base_sequence=number // PRODUCERS))


def seconds(work: Callable[[], object]) -> float:
    """Of this thread, so that time for which others have the core does not count."""
    start = time.thread_time()
    work()
    return time.thread_time() - start


def row(name: str, ours: Callable[[], object], beside: Beside, count: int) -> None:
    """Times of one operation of `count`, taken in turns."""
    works = {"": ours, **beside}
    taken: dict[str, list[float]] = {key: [] for key in works}
    for _ in range(ROUNDS):
        for key, work in works.items():
            taken[key].append(seconds(work) / count * 1e9)
    mine = median(taken[""])
    for key in beside:
        other = median(taken[key])
        ratio = median(b / a for a, b in zip(taken[""], taken[key], strict=True))
        print(f"| {name} | {mine:,.0f} | {key} | {other:,.0f} | {ratio:.1f} |", flush=True)


def replays(folder: Path) -> None:
    for size in (64, 960):
        path = folder / f"{size}.log"
        path.write_bytes(b"".join(batch(n, size) for n in range(BATCHES)))
        length = path.stat().st_size // BATCHES
        replay(f"a file, batches of {length} bytes", path)
        replay(f"`bytes`, batches of {length} bytes", path.read_bytes())


def replay(name: str, source: Source) -> None:
    def ours(verify: bool) -> int:
        return fp.Partition().replay(source, verify=verify).batches

    readings = (bare, objects, frozen, kafka_python, replay_in_python, lambda _: ours(True))
    assert all(read(source) == BATCHES for read in readings)
    row(
        f"replay of {name}, no CRC",
        lambda: ours(False),
        {
            "`struct.unpack_from` in a loop, nothing made of it": lambda: bare(source),
            "an object for each header": lambda: objects(source),
            "a frozen object for each header": lambda: frozen(source),
            "kafka-python's headers": lambda: kafka_python(source),
            "headers, and the rules in Python": lambda: replay_in_python(source),
        },
        BATCHES,
    )
    beside: Beside = {"kafka-python's headers, no CRC": lambda: kafka_python(source)}
    if len(load(source)) < 200 * BATCHES:
        # It takes a tenth of a microsecond a byte.
        beside["kafka-python's headers, with CRC"] = lambda: kafka_python(source, True)
    row(f"replay of {name}, with CRC", lambda: ours(True), beside, BATCHES)


def broker() -> None:
    data = [batch(n, 64) for n in range(BATCHES)]
    headers = [fp.BatchHeader.parse(one) for one in data]
    plain = [Header(*HEADER.unpack_from(one)) for one in data]

    def ours() -> None:
        partition = fp.Partition()
        admit, record = partition.admit, partition.record
        for offset, header in enumerate(headers):
            record(admit(header, now=NOW), base_offset=offset)  # type: ignore[arg-type]

    def python() -> None:
        partition = Rules()
        admit, record = partition.admit, partition.record
        for offset, header in enumerate(plain):
            record(admit(header, now=NOW), base_offset=offset)  # type: ignore[arg-type]

    def at_once() -> None:
        fp.Partition().append_each(headers, now=NOW, base_offset=0)

    row("admit + record, a call each", ours, {"the rules in Python": python}, BATCHES)
    row("admit + record, one call for all headers", at_once, {"the rules in Python": python}, BATCHES)
    known, rules = fp.Partition(), Rules()
    for offset, (header, one) in enumerate(zip(headers, plain, strict=True)):
        known.record(known.admit(header, now=NOW), base_offset=offset)  # type: ignore[arg-type]
        rules.record(rules.admit(one, now=NOW), base_offset=offset)  # type: ignore[arg-type]

    def find() -> None:
        for header in headers[-PRODUCERS:]:
            known.admit(header, now=NOW).first_offset  # type: ignore[union-attr]

    def find_in_python() -> None:
        for header in plain[-PRODUCERS:]:
            rules.admit(header, now=NOW).first_offset  # type: ignore[union-attr]

    def find_at_once() -> None:
        known.append_each(headers[-PRODUCERS:], now=NOW).first_offsets

    row("admit of a duplicate", find, {"the rules in Python": find_in_python}, PRODUCERS)
    rest = {"the rules in Python": find_in_python}
    row("duplicates, one call for all headers", find_at_once, rest, PRODUCERS)


def producer() -> None:
    ours = fp.Producer(partitions=1)
    ours.handle_identity(fp.Identity(id=7, epoch=0))
    ok = fp.Response.ok(5)

    def mine() -> None:
        for _ in range(BATCHES):
            sent = ours.assign(0, records=1, max_timestamp=NOW, now=NOW)
            ours.handle_response(sent, ok, now=NOW)
            ours.take_verdict(0)

    partition = TopicPartition("orders", 0)
    theirs = TransactionManager()
    theirs.set_producer_id_and_epoch(ProducerIdAndEpoch(7, 0))

    def kafka_manager() -> None:
        for _ in range(BATCHES):
            theirs.has_producer_id()
            theirs.sequence_number(partition)
            theirs.increment_sequence_number(partition, 1)
            theirs.update_last_acked_offset(partition, 5, 1)

    async def begun() -> AioManager:
        manager = AioManager(None, 60_000)
        manager.set_pid_and_epoch(7, 0)
        return manager

    aio = asyncio.run(begun())

    def aio_manager() -> None:
        for _ in range(BATCHES):
            aio.has_pid()
            aio.sequence_number(partition)
            aio.increment_sequence_number(partition, 1)

    beside: Beside = {
        f"kafka-python {version('kafka-python')}'s manager": kafka_manager,
        f"aiokafka {version('aiokafka')}'s manager": aio_manager,
    }
    row("number a batch, take its answer", mine, beside, BATCHES)

    # A request of a batch of each of so many partitions.
    many = fp.Producer(partitions=PARTITIONS)
    many.handle_identity(fp.Identity(id=7, epoch=0))
    rows = [(partition, 1, NOW) for partition in range(PARTITIONS)]

    def requests() -> None:
        for _ in range(BATCHES // PARTITIONS):
            sent = many.assign_each(rows, now=NOW)
            many.handle_responses([(one, ok) for one in sent], now=NOW)
            many.take_verdicts()

    row(f"the same of {PARTITIONS} partitions by one call", requests, beside, BATCHES)


def main() -> None:
    print("| operation | ours, ns | beside it | ns | times as fast |")
    print("|---|--:|---|--:|--:|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        replays(Path(folder))
    broker()
    producer()


if __name__ == "__main__":
    main()
