"""A real Kafka, and kill -9 at random points."""

import json
import random
from collections import Counter
from pathlib import Path

import pytest
from kafka_node import (
    RUN_SECONDS,
    Cluster,
    Lines,
    Pipeline,
    killed_after,
    numbers,
    once_and_in_order,
)

CLIENTS = ("confluent-kafka", "kafka-python", "aiokafka")
ROUND = 6000


@pytest.mark.parametrize("client", CLIENTS)
def test_transactional_writes_each_line_once_whenever_it_is_killed(
    cluster: Cluster, tmp_path: Path, client: str, pytestconfig: pytest.Config
) -> None:
    seed, kills = pytestconfig.getoption("seed"), pytestconfig.getoption("kills")
    topic = cluster.topic(f"killed-{client}")
    when = random.Random(f"{seed} {client}")
    lines = Lines(tmp_path / "lines", seed)
    pipeline = Pipeline(
        cluster, "--transactional", "--transactional-id", f"id-{client}", "--topic", topic,
        "--client", client, "--transaction-records", "700",
    )
    lines.append(ROUND)
    pipeline.finish(lines.path)
    done = 0
    while done < kills:
        lines.append(ROUND)
        done += killed_after(cluster, pipeline, topic, when.randrange(1, ROUND), lines.path)
    told = pipeline.finish(lines.path)
    assert told["files"][0]["lines"] == lines.count
    assert told["resumed_lines"] > 0
    once_and_in_order(cluster.read(topic), lines.count)
    # Of so many kills some did hit an open transaction: what they left is on the log, and no reader
    # with read_committed sees it.
    everything = sum(map(len, cluster.read(topic, "read_uncommitted")))
    assert everything > lines.count or kills < 10


@pytest.mark.parametrize("client", CLIENTS)
def test_idempotent_doubles_no_more_than_it_says_when_it_is_killed(
    cluster: Cluster, tmp_path: Path, client: str, pytestconfig: pytest.Config
) -> None:
    seed, kills = pytestconfig.getoption("seed"), pytestconfig.getoption("kills")
    topic = cluster.topic(f"doubled-{client}")
    when = random.Random(f"{seed} doubled {client}")
    lines, checkpoint, window = Lines(tmp_path / "lines", seed), tmp_path / "checkpoint", 500
    pipeline = Pipeline(
        cluster, "--idempotent", "--checkpoint", str(checkpoint), "--topic", topic,
        "--client", client, "--window-records", str(window),
    )
    allowed: Counter[int] = Counter()
    done = 0
    while done < kills:
        lines.append(ROUND)
        if killed_after(cluster, pipeline, topic, when.randrange(1, ROUND), lines.path):
            done += 1
            kept = json.loads(checkpoint.read_bytes()) if checkpoint.exists() else {"files": {}}
            saved = kept["files"].get(str(Path(lines.path).resolve()), {"lines": 0})["lines"]
            allowed.update(range(saved, saved + window))
    pipeline.finish(lines.path)
    found = numbers(cluster.read(topic))
    copies = Counter(number for partition in found for number in partition)
    assert sorted(copies) == list(range(lines.count)), "lines are lost"
    excess = {n: c for n, c in copies.items() if c > 1 + allowed[n]}
    assert not excess, "doubled beyond what is said"
    for partition in found:
        first = list(dict.fromkeys(partition))
        assert first == sorted(first)


@pytest.mark.long
@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("mode", ("transactional", "idempotent"))
def test_a_restart_of_the_broker_is_no_end(
    cluster: Cluster, tmp_path: Path, client: str, mode: str
) -> None:
    topic = cluster.topic(f"restarted-{mode}-{client}")
    lines = Lines(tmp_path / "lines", 7)
    lines.append(8 * ROUND)
    options = {
        "transactional": ("--transactional", "--transactional-id", topic),
        "idempotent": ("--idempotent", "--checkpoint", str(tmp_path / "checkpoint")),
    }[mode]
    pipeline = Pipeline(
        cluster, *options, "--topic", topic, "--client", client,
        "--transaction-records", "1000", "--window-records", "500",
    )
    with pipeline.started(lines.path) as process:
        while cluster.written(topic) < ROUND:
            assert process.poll() is None, process.communicate()
        cluster.broker.restart()
        out, err = process.communicate(timeout=RUN_SECONDS)
    told = json.loads(out)
    if mode == "idempotent" and process.returncode == 1:
        # A client that does not know any more what is written has to stop, and the next run doubles
        # what it says. (A broker that was restarted knows one batch of a producer, not five.)
        judge_doubled(cluster, pipeline, topic, lines, told["files"][0]["lines"])
        return
    assert process.returncode == 0, err
    once_and_in_order(cluster.read(topic), lines.count)


def judge_doubled(
    cluster: Cluster, pipeline: Pipeline, topic: str, lines: Lines, saved: int
) -> None:
    """The next run ends it; what is doubled follows the checkpoint and fits the window."""
    pipeline.finish(lines.path)
    found = [number for partition in numbers(cluster.read(topic)) for number in partition]
    copies = Counter(found)
    assert sorted(copies) == list(range(lines.count)), "lines are lost"
    twice = [number for number, count in copies.items() if count > 1]
    assert all(saved <= number < saved + 500 for number in twice)
    assert max(copies.values()) <= 2


@pytest.mark.parametrize(
    "client",
    (CLIENTS[0], *(pytest.param(client, marks=pytest.mark.long) for client in CLIENTS[1:])),
)
def test_a_second_run_fences_the_first_and_each_line_is_there_once(
    cluster: Cluster, tmp_path: Path, client: str
) -> None:
    topic = cluster.topic(f"fenced-{client}")
    lines = Lines(tmp_path / "lines", 3)
    lines.append(4 * ROUND)
    pipeline = Pipeline(
        cluster, "--transactional", "--transactional-id", topic, "--topic", topic,
        "--client", client, "--transaction-records", "500", "--window-records", "200",
    )
    with pipeline.started(lines.path) as first:
        while cluster.written(topic) < 1000:
            assert first.poll() is None, first.communicate()
        told = pipeline.finish(lines.path)
        out, _ = first.communicate(timeout=RUN_SECONDS)
    assert first.returncode == 1
    assert "another producer with this transactional.id" in json.loads(out)["error"]
    assert told["resumed_lines"] > 0
    once_and_in_order(cluster.read(topic), lines.count)


def test_another_client_goes_on_where_one_was_killed(cluster: Cluster, tmp_path: Path) -> None:
    topic = cluster.topic("relay")
    lines = Lines(tmp_path / "lines", 4)
    lines.append(ROUND)
    options = ("--transactional", "--transactional-id", topic, "--topic", topic)
    for client in CLIENTS:
        lines.append(ROUND)
        pipeline = Pipeline(cluster, *options, "--client", client, "--transaction-records", "300")
        killed_after(cluster, pipeline, topic, 2 * ROUND // 3, lines.path)
    Pipeline(cluster, *options).finish(lines.path)
    once_and_in_order(cluster.read(topic), lines.count)
