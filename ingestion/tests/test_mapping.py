"""Java's names and meanings, as each client has them."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from ingest import mapping, settings
from ingest.cli import DEFAULT_CONFIG
from ingest.errors import Refused

GOOD = Path(DEFAULT_CONFIG).read_text()
MORE = """bootstrap.servers=127.0.0.1:1
client.id=tests
compression.type=gzip
linger.ms=020
batch.size=0
retry.backoff.ms=200
max.request.size=2000000
key.serializer=org.apache.kafka.common.serialization.StringSerializer
"""
CLIENTS = ("confluent-kafka", "kafka-python", "aiokafka")


def mapped(
    tmp_path: Path,
    client: str,
    text: str,
    transactional: bool = False,
    own: dict[str, str] | None = None,
) -> mapping.Mapped:
    file = tmp_path / "p.properties"
    file.write_text(text)
    options = {"transactional.id": "t"} if transactional else {}
    return mapping.for_client(
        client, settings.enforce(str(file), options, transactional), own or {}
    )


def test_librdkafka_is_told_what_its_defaults_are_not(tmp_path: Path) -> None:
    assert mapped(tmp_path, "confluent-kafka", "").config == {
        "enable.idempotence": True,
        "acks": "all",
        "retries": 2147483647,
        "max.in.flight.requests.per.connection": 5,
        "message.timeout.ms": 120_000,
        "request.timeout.ms": 30_000,
        "socket.timeout.ms": 30_000,
        "partitioner": "murmur2_random",
    }


def test_kafka_python_is_told_by_keywords(tmp_path: Path) -> None:
    assert mapped(tmp_path, "kafka-python", GOOD).config == {
        "enable_idempotence": True,
        "acks": "all",
        "retries": 2147483647,
        "max_in_flight_requests_per_connection": 5,
        "delivery_timeout_ms": 120_000,
        "request_timeout_ms": 30_000,
    }


def test_a_deadline_that_java_raises_is_raised_for_every_client(tmp_path: Path) -> None:
    # kafka-python would refuse 120000 here.
    found = mapped(tmp_path, "kafka-python", "linger.ms=100000\n")
    assert found.config["delivery_timeout_ms"] == 130_000
    assert any("130000" in note for note in found.notes)


def test_aiokafka_has_no_retries_and_no_deadline_and_this_is_said(tmp_path: Path) -> None:
    found = mapped(tmp_path, "aiokafka", "retries=3\n")
    assert found.config == {
        "enable_idempotence": True,
        "acks": "all",
        "request_timeout_ms": 30_000,
    }
    said = "\n".join(found.notes)
    assert "retries=3" in said
    assert "delivery.timeout.ms=120000" in said


@pytest.mark.parametrize("client", CLIENTS)
def test_numbers_are_javas_whatever_the_client_would_read(tmp_path: Path, client: str) -> None:
    # To librdkafka the text 020 is 16.
    found = mapped(tmp_path, client, MORE).config
    assert found["linger.ms" if client == "confluent-kafka" else "linger_ms"] == 20


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("transactional", (False, True))
def test_the_client_itself_takes_what_it_gets(
    tmp_path: Path, client: str, transactional: bool
) -> None:
    config = mapped(tmp_path, client, GOOD + MORE, transactional).config
    if client == "confluent-kafka":
        from confluent_kafka import Producer

        Producer(config)
    elif client == "kafka-python":
        from kafka import KafkaProducer

        # It connects when it is made; the names are all that can be looked at without a broker.
        assert config.keys() <= KafkaProducer.DEFAULT_CONFIG.keys()
    else:
        from aiokafka import AIOKafkaProducer

        async def make() -> None:
            producer = AIOKafkaProducer(**config)
            await producer.client.close()
            producer._closed = True

        asyncio.run(make())


@pytest.mark.parametrize("client", CLIENTS)
def test_what_a_client_has_not_is_refused(tmp_path: Path, client: str) -> None:
    with pytest.raises(Refused, match="sasl.jaas.config can't be carried over"):
        mapped(tmp_path, client, "sasl.jaas.config=x\n")
    with pytest.raises(Refused, match="acsk can't be carried over"):
        mapped(tmp_path, client, "acsk=all\n")


@pytest.mark.parametrize(
    ("client", "text", "transactional", "reason"),
    [
        ("confluent-kafka", "retry.backoff.ms=0\n", False, "from 1 to 300000"),
        ("confluent-kafka", "linger.ms=900001\n", False, "from 0 to 900000"),
        ("confluent-kafka", "request.timeout.ms=5\n", False, "from 10 to 300000"),
        (
            "confluent-kafka",
            "linger.ms=1\ndelivery.timeout.ms=0\nrequest.timeout.ms=0\n",
            False,
            "delivery",
        ),
        ("confluent-kafka", "transaction.timeout.ms=60000\n", True, "outlives its transaction"),
        ("aiokafka", "retry.backoff.max.ms=1000\n", False, "can't be carried over"),
    ],
)
def test_what_a_client_would_refuse_or_not_obey_is_refused_before(
    tmp_path: Path, client: str, text: str, transactional: bool, reason: str
) -> None:
    with pytest.raises(Refused, match=reason):
        mapped(tmp_path, client, text, transactional)


@pytest.mark.parametrize(
    ("client", "key"),
    [
        ("confluent-kafka", "acks"),
        ("confluent-kafka", "request.required.acks"),
        ("confluent-kafka", "delivery.timeout.ms"),
        ("confluent-kafka", "queuing.strategy"),
        ("kafka-python", "enable_idempotence"),
        ("aiokafka", "acks"),
        ("aiokafka", "transactional_id"),
    ],
)
def test_no_option_goes_behind_the_files_back(tmp_path: Path, client: str, key: str) -> None:
    with pytest.raises(Refused, match="change it there"):
        mapped(tmp_path, client, GOOD, own={key: "1"})


def test_the_clients_own_settings_are_carried_over_with_their_type(tmp_path: Path) -> None:
    own: dict[str, Any] = {"sasl_plain_username": "u", "metrics_enabled": "false"}
    found = mapped(tmp_path, "kafka-python", GOOD, own=own).config
    assert found["sasl_plain_username"] == "u"
    assert found["metrics_enabled"] is False
