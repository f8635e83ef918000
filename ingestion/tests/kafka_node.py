"""A real broker, what is on its log, and the pipeline as a process beside it."""

import contextlib
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import broker as fixtures_broker
import make
from confluent_kafka import Consumer, IsolationLevel, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec

PIPELINE = Path(__file__).resolve().parents[1] / "pipeline.py"
RUN_SECONDS = 120
ASK_SECONDS = 60
PARTITIONS = 3


class Cluster:
    """A context manager around one node, by the fixtures' own script."""

    def __init__(self, home: Path) -> None:
        self._stack = contextlib.ExitStack()
        self._home = home

    def __enter__(self) -> "Cluster":
        libs = make.jars()
        self.broker = self._stack.enter_context(
            fixtures_broker.Broker(libs, self._home / "broker", [])
        )
        self.admin = AdminClient({"bootstrap.servers": self.broker.bootstrap})
        return self

    def __exit__(self, *_: Any) -> None:
        self._stack.close()

    def topic(self, name: str, **config: str) -> str:
        """A new topic of three partitions."""
        new = NewTopic(name, PARTITIONS, 1, config=config)
        self.admin.create_topics([new])[name].result(ASK_SECONDS)
        deadline = time.monotonic() + ASK_SECONDS
        while True:
            try:
                self.written(name)
                return name
            except KafkaException as error:
                # Its leader is not told yet.
                assert time.monotonic() < deadline, error
                time.sleep(0.1)

    def written(self, topic: str) -> int:
        """How many offsets are taken, markers and what is not committed among them."""
        places = {TopicPartition(topic, p): OffsetSpec.latest() for p in range(PARTITIONS)}
        told = self.admin.list_offsets(places, isolation_level=IsolationLevel.READ_UNCOMMITTED)
        return sum(future.result(ASK_SECONDS).offset for future in told.values())

    def read(self, topic: str, isolation: str = "read_committed") -> list[list[bytes]]:
        """The values of each partition, as a reader of this kind sees them."""
        values: list[list[bytes]] = [[] for _ in range(PARTITIONS)]
        reader = Consumer({
            "bootstrap.servers": self.broker.bootstrap, "group.id": f"read-{topic}",
            "isolation.level": isolation, "enable.partition.eof": True,
            "enable.auto.commit": False,
        })
        try:
            reader.assign([TopicPartition(topic, p, 0) for p in range(PARTITIONS)])
            ended: set[int] = set()
            deadline = time.monotonic() + ASK_SECONDS
            while len(ended) < PARTITIONS:
                assert time.monotonic() < deadline, f"{topic}: the end was not reached"
                for message in reader.consume(1000, 0.5):
                    error = message.error()
                    if error is None:
                        values[message.partition()].append(message.value())
                    else:
                        assert error.code() == KafkaError._PARTITION_EOF, error
                        ended.add(message.partition())
        finally:
            reader.close()
        return values


class Pipeline:
    """The command, under the same options again and again."""

    def __init__(self, cluster: Cluster, *options: str, config: str | None = None) -> None:
        self._command = [
            sys.executable, str(PIPELINE), "--json",
            "--bootstrap-servers", cluster.broker.bootstrap, *options,
        ]
        if config is not None:
            self._command += ["--config", config]

    @contextlib.contextmanager
    def started(self, *more: str) -> Iterator["subprocess.Popen[str]"]:
        """Inside the block it runs; afterwards it does not."""
        process = subprocess.Popen(
            [*self._command, *more], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, env=os.environ.copy(),
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.communicate()

    def run(self, *more: str) -> tuple[int, dict[str, Any], str]:
        """Exit status, the object it prints, and standard error."""
        with self.started(*more) as process:
            out, err = process.communicate(timeout=RUN_SECONDS)
        return process.returncode, json.loads(out) if out else {}, err

    def finish(self, *more: str) -> dict[str, Any]:
        """It has to end well."""
        status, told, err = self.run(*more)
        assert status == 0, err
        return told


def killed_after(
    cluster: Cluster, pipeline: Pipeline, topic: str, records: int, *files: str
) -> bool:
    """kill -9 once so many records more are on the log. False if it ended before."""
    begun = cluster.written(topic)
    with pipeline.started(*files) as process:
        deadline = time.monotonic() + RUN_SECONDS
        while process.poll() is None:
            assert time.monotonic() < deadline, "neither records nor an end"
            if cluster.written(topic) >= begun + records:
                process.kill()
                break
            time.sleep(0.005)
        _, err = process.communicate()
    assert process.returncode in (0, -9), err
    return process.returncode == -9


class Lines:
    """A file that grows. Each line names itself."""

    def __init__(self, path: Path, seed: int) -> None:
        self.path = str(path)
        self.count = 0
        self._random = random.Random(seed)

    def append(self, count: int) -> None:
        """So many lines more, of different length."""
        with open(self.path, "a", encoding="ascii") as file:
            for number in range(self.count, self.count + count):
                file.write(f"{number} {'x' * self._random.randrange(120)}\n")
        self.count += count


def numbers(values: list[list[bytes]]) -> list[list[int]]:
    """The lines' own numbers, by partition."""
    return [[int(value.split(b" ")[0]) for value in partition] for partition in values]


def once_and_in_order(values: list[list[bytes]], count: int) -> None:
    """Every line is there, none twice, and each partition holds them in the file's order."""
    found = numbers(values)
    for partition in found:
        assert partition == sorted(partition)
    assert sorted(number for partition in found for number in partition) == list(range(count))
