"""librdkafka, kafka-python and aiokafka: what each makes of settings, and what the linter says of them."""

from __future__ import annotations

import asyncio
import ctypes
import glob
import logging
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import aiokafka
import confluent_kafka
import kafka.producer.kafka as kafka_python
from drawn import Settings, drawn, numbers

from fencepost.lint import Severity, lint

# What became of it: refused, or which of the three promises holds.
Outcome = str
REFUSED, PLAIN, IDEMPOTENT, TRANSACTIONAL = "refused", "plain", "idempotent", "transactional"


def outcome(idempotent: object, transactional: object) -> Outcome:
    """What a client that started has in effect."""
    return TRANSACTIONAL if transactional else IDEMPOTENT if idempotent else PLAIN


def linted(head: str, call: str) -> Outcome:
    """The same, as the linter has it."""
    report = lint(f"{head}\n{call}\n", "tried.py")
    (producer,) = report.producers
    refused = [one for one in report.findings if one.severity is Severity.ERROR]
    if any(one.phase == "start" for one in refused):
        return REFUSED
    known = {"not idempotent": PLAIN, "idempotent": IDEMPOTENT, "transactional": TRANSACTIONAL}
    return known[producer.outcome.partition(":")[0]]


def keywords(settings: Settings) -> str:
    """As they stand in a call."""
    return ", ".join(f"{key}={value!r}" for key, value in settings.items())


class Librdkafka:
    """librdkafka itself, without the binding: its handle tells what is in effect."""

    VALUES: Mapping[str, Sequence[object]] = {
        "enable.idempotence": ("true", "false", "True", "1", "0", "t", "yes", " true", ""),
        "transactional.id": ("t", "", " ", " x "),
        "acks": ("all", "ALL", "-1", "0", "1", "2", "1000", "1001", "-2", "0x1", "x", ""),
        "request.required.acks": ("all", "-1", "1"),
        "retries": ("1", "0", "2147483647", "2147483648", "-1", "1e3", "010"),
        "message.send.max.retries": ("1", "0"),
        "max.in.flight": ("5", "0", "1", "6", "1000000", "1000001", "0x5", "0x6"),
        "max.in.flight.requests.per.connection": ("5", "6"),
        "linger.ms": ("5", "0", "0.5", "900000", "900001", "300000", "-1", "1e3", "x"),
        "queue.buffering.max.ms": ("0", "60000"),
        "message.timeout.ms": ("60000", "0", "4", "5", "6", *numbers(60_000), "300000", "2147483647"),
        "delivery.timeout.ms": ("60000", "0", "10", "60001"),
        "transaction.timeout.ms": ("60000", "999", "1000", "2147483647"),
        "socket.timeout.ms": ("1100", "10", "1101", "60000", *numbers(60_100), "300000"),
        "enable.gapless.guarantee": ("true", "false"),
        "queue.buffering.backpressure.threshold": ("1", "0", "2"),
        "queuing.strategy": ("fifo", "lifo", "LIFO", "x"),
        "reconnect.backoff.ms": ("100", "0", *numbers(10_000)),
        "reconnect.backoff.max.ms": ("10000", "0", *numbers(100)),
        "retry.backoff.ms": ("1", "0", "300000", "300001"),
        "request.timeout.ms": ("30000", "1", "900000", "900001"),
        "compression.type": ("none", "zstd", "Gzip", "bad"),
        "buffer.memory": ("1",),
        "max.block.ms": ("1",),
    }
    # Nothing is ever connected to.
    BASE = {"log_level": "0"}

    def __init__(self) -> None:
        folder = Path(confluent_kafka.__file__).parent.parent
        (path,) = glob.glob(str(folder / "confluent_kafka.libs" / "librdkafka-*"))
        self.library = library = ctypes.CDLL(path)
        pointer, text, size = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t
        library.rd_kafka_conf_new.restype = pointer
        library.rd_kafka_conf_set.argtypes = [pointer, text, text, text, size]
        library.rd_kafka_conf_destroy.argtypes = [pointer]
        library.rd_kafka_new.restype = pointer
        library.rd_kafka_new.argtypes = [ctypes.c_int, pointer, text, size]
        library.rd_kafka_conf.restype = pointer
        library.rd_kafka_conf.argtypes = [pointer]
        library.rd_kafka_conf_get.argtypes = [pointer, text, text, ctypes.POINTER(size)]
        library.rd_kafka_destroy_flags.argtypes = [pointer, ctypes.c_int]

    def does(self, settings: Settings) -> Outcome:
        library, why = self.library, ctypes.create_string_buffer(512)
        conf = library.rd_kafka_conf_new()
        for key, value in {**self.BASE, **settings}.items():
            if library.rd_kafka_conf_set(conf, key.encode(), str(value).encode(), why, 512):
                library.rd_kafka_conf_destroy(conf)
                return REFUSED
        handle = library.rd_kafka_new(0, conf, why, 512)
        if not handle:
            library.rd_kafka_conf_destroy(conf)
            return REFUSED
        named = self.effective(handle, "transactional.id") is not None
        found = outcome(self.effective(handle, "enable.idempotence") == "true", named)
        library.rd_kafka_destroy_flags(handle, 0)
        return found

    def effective(self, handle: int, key: str) -> str | None:
        value, size = ctypes.create_string_buffer(512), ctypes.c_size_t(512)
        conf = self.library.rd_kafka_conf(handle)
        failed = self.library.rd_kafka_conf_get(conf, key.encode(), value, ctypes.byref(size))
        return None if failed else value.value.decode()

    def says(self, settings: Settings) -> Outcome:
        return linted("from confluent_kafka import Producer", f"Producer({settings!r})")


class KafkaPython:
    """kafka-python 3, whose producer connects as it is made: what connects is taken away."""

    VALUES: Mapping[str, Sequence[object]] = {
        "enable_idempotence": (True, False),
        "transactional_id": ("t", "", None),
        "acks": ("all", -1, 0, 1, 2, "1", "-1"),
        "retries": (5, 0, 1),
        "max_in_flight_requests_per_connection": (1, 5, 6, 100),
        "delivery_timeout_ms": (120_000, 0, 29_999, 30_000, 30_001),
        "linger_ms": (0, 1, 89_999, 90_000, 90_001),
        "request_timeout_ms": (30_000, 1, 120_000, 120_001),
        "buffer_memory": (33_554_432,),
        "client_id": ("c",),
        "acsk": ("all",),
    }

    class Client:
        """Knows a broker of 4.0, and nobody to talk to."""

        def __init__(self, **_: object) -> None:
            self._manager = SimpleNamespace(
                broker_version_data=object(), broker_version=(4, 0), cluster=SimpleNamespace()
            )

    class Sender:
        """Never sends."""

        daemon = True

        def __init__(self, *_: object, **__: object) -> None:
            pass

        def start(self) -> None:
            pass

    def does(self, settings: Settings) -> Outcome:
        with (
            patch.object(kafka_python, "Sender", self.Sender),
            patch.object(kafka_python.KafkaProducer, "_cleanup_factory", lambda _: lambda: None),
            # It would wait for what is not there.
            patch.object(kafka_python.KafkaProducer, "__del__", lambda _: None),
        ):
            try:
                made = kafka_python.KafkaProducer(**settings, kafka_client=self.Client)
            except (ValueError, kafka_python.Errors.KafkaConfigurationError):
                return REFUSED
            found = outcome(made.config["enable_idempotence"], made.config["transactional_id"])
            del made
            return found

    def says(self, settings: Settings) -> Outcome:
        return linted("from kafka import KafkaProducer", f"KafkaProducer({keywords(settings)})")


class Aiokafka:
    """aiokafka, which connects once it is started."""

    VALUES: Mapping[str, Sequence[object]] = {
        "enable_idempotence": (True, False),
        "transactional_id": ("t", "", None),
        "acks": ("all", -1, 0, 1, 2, "1", "-1", "ALL"),
        "request_timeout_ms": (1, 40_000),
        "linger_ms": (0, 100),
        "transaction_timeout_ms": (-1, 0, 60_000),
        "retry_backoff_ms": (100,),
        "retries": (1,),
        "delivery_timeout_ms": (120_000,),
    }

    def does(self, settings: Settings) -> Outcome:
        async def make() -> Outcome:
            made = aiokafka.AIOKafkaProducer(**settings)
            made._closed = True
            await made.client.close()
            manager = made._txn_manager
            return outcome(manager, manager is not None and manager.transactional_id is not None)

        try:
            return asyncio.run(make())
        except (ValueError, TypeError):
            return REFUSED

    def says(self, settings: Settings) -> Outcome:
        call = f"AIOKafkaProducer({keywords(settings)})"
        return linted("from aiokafka import AIOKafkaProducer", call)


CLIENTS: dict[str, Callable[[], Any]] = {
    f"librdkafka of confluent-kafka {confluent_kafka.__version__}": Librdkafka,
    "kafka-python": KafkaPython,
    f"aiokafka {aiokafka.__version__}": Aiokafka,
}


def compare(count: int, seed: int) -> int:
    """Prints what each client did, and every difference; gives how many there are."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    differences = 0
    for name, make in CLIENTS.items():
        client, seen = make(), Counter[str]()
        choose = Random(f"{name.split()[0]} {seed}")
        for _ in range(count):
            settings = drawn(choose, client.VALUES)
            does, says = client.does(settings), client.says(settings)
            seen[does] += 1
            if does != says:
                differences += 1
                print(f"{name}: {settings!r}: the client {does}, the linter {says}")
        told = ", ".join(f"{n} {what}" for what, n in sorted(seen.items()))
        print(f"{name}: {count} configurations ({told})", flush=True)
        # A client that refuses everything, or nothing, was not compared with.
        if len(seen) < 4 or min(seen.values()) * 100 < count:
            print(f"{name}: too few of one kind")
            differences += 1
    return differences
