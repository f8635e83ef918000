"""Runs against a real Kafka that are not killed: what they write, and what stops them."""

import json
import signal
from pathlib import Path

import pytest
from ingest.cli import DEFAULT_CONFIG
from kafka_node import RUN_SECONDS, Cluster, Lines, Pipeline, once_and_in_order

CLIENTS = ("confluent-kafka", "kafka-python", "aiokafka")
MORE = """
client.id=tests
compression.type=gzip
linger.ms=20
batch.size=20000
buffer.memory=8000000
max.request.size=500000
max.block.ms=30000
retry.backoff.ms=50
security.protocol=PLAINTEXT
metadata.max.age.ms=60000
connections.max.idle.ms=300000
"""


def modes(topic: str, tmp_path: Path) -> list[tuple[str, ...]]:
    return [
        ("--transactional", "--transactional-id", topic),
        ("--idempotent", "--checkpoint", str(tmp_path / f"checkpoint-{topic}")),
    ]


@pytest.mark.parametrize("client", CLIENTS)
def test_every_setting_is_carried_over_and_json_keys_decide_the_partition(
    cluster: Cluster, tmp_path: Path, client: str
) -> None:
    config = tmp_path / "p.properties"
    config.write_text(DEFAULT_CONFIG.read_text() + MORE)
    file = tmp_path / "f"
    documents = [json.dumps({"user": f"u{n % 7}", "n": n}) for n in range(2000)]
    file.write_text("\n".join(documents) + "\n\n")
    found = []
    for number in range(2):
        topic = cluster.topic(f"settings-{client}-{number}")
        pipeline = Pipeline(
            cluster, *modes(topic, tmp_path)[number], "--topic", topic, "--client", client,
            "--format", "json", "--key-field", "user", config=str(config),
        )
        told = pipeline.finish(str(file))
        assert told["records"] == len(documents)
        found.append(cluster.read(topic))
        # Again: nothing is left to do.
        assert pipeline.finish(str(file))["records"] == 0
    # Java's hash of the key, whichever the client.
    assert found[0] == found[1] == java_partitions(documents)


def java_partitions(documents: list[str]) -> list[list[bytes]]:
    """By kafka-python's murmur2, which is Java's."""
    from kafka.partitioner.default import murmur2

    values: list[list[bytes]] = [[], [], []]
    for text in documents:
        place = (murmur2(json.loads(text)["user"].encode()) & 0x7FFFFFFF) % 3
        values[place].append(text.encode())
    return values


@pytest.mark.parametrize("client", CLIENTS)
def test_a_record_that_the_broker_refuses_stops_the_run_with_its_line(
    cluster: Cluster, tmp_path: Path, client: str
) -> None:
    file = tmp_path / "f"
    file.write_text("small\n" * 20 + "x" * 9000 + "\n" + "small\n" * 20)
    for options in modes(f"refused-{client}", tmp_path):
        topic = cluster.topic(f"refused-{client}{options[0]}", **{"max.message.bytes": "4000"})
        status, told, err = Pipeline(
            cluster, *options, "--topic", topic, "--client", client
        ).run(str(file))
        assert status == 1, err
        assert "Traceback" not in err
        if options[0] == "--transactional":
            assert sum(map(len, cluster.read(topic))) == 0
            assert told["files"][0]["lines"] == 0
        # Clients fail a whole batch; the line that is too large is named all the same.
        assert f"{file}:21: " in told["error"]
        assert "too large" in told["error"].lower() or "toolarge" in told["error"].lower()


@pytest.mark.parametrize("client", CLIENTS)
def test_a_topic_that_is_not_there_is_told(cluster: Cluster, tmp_path: Path, client: str) -> None:
    (tmp_path / "f").write_text("a\n")
    status, told, err = Pipeline(
        cluster, "--idempotent", "--topic", "no-such-topic", "--client", client,
    ).run(str(tmp_path / "f"))
    assert status == 1, err
    assert "no-such-topic" in told["error"]
    assert "Traceback" not in err


def test_json_that_is_none_leaves_nothing_of_its_transaction(
    cluster: Cluster, tmp_path: Path
) -> None:
    topic = cluster.topic("bad-json")
    file = tmp_path / "f"
    file.write_text('{"n": 1}\n{"n": 2}\n{"n": \n')
    pipeline = Pipeline(
        cluster, "--transactional", "--transactional-id", topic, "--topic", topic,
        "--format", "json",
    )
    status, told, _ = pipeline.run(str(file))
    assert status == 1
    assert f"{file}:3: not JSON" in told["error"]
    assert sum(map(len, cluster.read(topic))) == 0
    file.write_text('{"n": 1}\n{"n": 2}\n{"n": 3}\n')
    assert pipeline.finish(str(file))["records"] == 3


def test_a_signal_ends_it_between_two_records_and_the_next_run_goes_on(
    cluster: Cluster, tmp_path: Path
) -> None:
    for options in modes("signalled", tmp_path):
        topic = cluster.topic(f"signalled{options[0]}")
        lines = Lines(tmp_path / f"lines{options[0]}", 5)
        lines.append(20_000)
        pipeline = Pipeline(
            cluster, *options, "--topic", topic, "--transaction-records", "400",
            "--window-records", "400",
        )
        with pipeline.started(lines.path) as process:
            while cluster.written(topic) < 2000:
                assert process.poll() is None, process.communicate()
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=RUN_SECONDS)
        assert process.returncode == 128 + signal.SIGTERM, err
        assert "SIGTERM" in json.loads(out)["error"]
        pipeline.finish(lines.path)
        # Without a crash not even the idempotent run doubles: it waits for what is under way.
        once_and_in_order(cluster.read(topic), lines.count)


def test_several_files_each_with_its_own_position(cluster: Cluster, tmp_path: Path) -> None:
    topic = cluster.topic("several")
    paths = []
    for number in range(4):
        paths.append(tmp_path / f"f{number}")
        paths[-1].write_text("".join(f"{number}-{line}\n" for line in range(100 * number)))
    pipeline = Pipeline(
        cluster, "--transactional", "--transactional-id", topic, "--topic", topic,
        "--transaction-records", "130",
    )
    assert pipeline.finish(*map(str, paths[:3]))["records"] == 300
    with open(paths[1], "a", encoding="ascii") as file:
        file.write("1-more\n")
    told = pipeline.finish(*map(str, paths))
    assert told["records"] == 301
    assert told["resumed_lines"] == 300
    values = [value for partition in cluster.read(topic) for value in partition]
    assert len(values) == len(set(values)) == 601


def test_a_file_that_was_changed_is_refused(cluster: Cluster, tmp_path: Path) -> None:
    topic = cluster.topic("changed")
    file = tmp_path / "f"
    file.write_text("a\nb\n")
    pipeline = Pipeline(
        cluster, "--transactional", "--transactional-id", topic, "--topic", topic
    )
    pipeline.finish(str(file))
    file.write_text("a\nB\nc\n")
    status, told, _ = pipeline.run(str(file))
    assert status == 2
    assert "not those that were ingested" in told["error"]


def test_a_progress_topic_that_deletes_by_age_is_refused(cluster: Cluster, tmp_path: Path) -> None:
    topic = cluster.topic("forgets")
    (tmp_path / "f").write_text("a\n")
    for client in CLIENTS:
        status, told, err = Pipeline(
            cluster, "--transactional", "--transactional-id", topic, "--topic", topic,
            "--progress-topic", topic, "--client", client,
        ).run(str(tmp_path / "f"))
        assert status == 1, err
        assert "has to be compact" in told["error"]


@pytest.mark.parametrize("mode", (0, 1))
def test_a_session_is_renewed_before_aiokafka_runs_out_of_numbers(
    cluster: Cluster, tmp_path: Path, mode: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ingest import cli
    from ingest.clients.aio import Aio

    topic = cluster.topic(f"renewed-{mode}")
    lines = Lines(tmp_path / "lines", 6)
    lines.append(1000)
    monkeypatch.setattr(Aio, "most_records", 300)
    with pytest.raises(SystemExit) as ended:
        cli.main([
            "--json", "--bootstrap-servers", cluster.broker.bootstrap, "--client", "aiokafka",
            "--topic", topic, "--transaction-records", "100", *modes(topic, tmp_path)[mode],
            lines.path,
        ])
    assert ended.value.code == 0
    once_and_in_order(cluster.read(topic), lines.count)
