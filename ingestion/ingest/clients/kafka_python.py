"""kafka-python, 3.x."""

import contextlib
import time
from collections.abc import Iterator
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaError, TopicAlreadyExistsError, UnknownTopicOrPartitionError

from ..errors import Failure, Kind
from .base import (
    ASK_SECONDS,
    CLOSE_SECONDS,
    PROGRESS_CONFIG,
    PROGRESS_PARTITION,
    STABLE_SECONDS,
    Client,
    Report,
    check_compacted,
    failure_of,
    within,
)

_SHARED = ("bootstrap_servers", "client_id", "security_", "sasl_", "ssl_", "request_timeout_ms")


class KafkaPython(Client):
    """Reports come on the producer's own thread."""

    _producer: Any = None

    def open(self) -> None:
        self._producer = within(ASK_SECONDS, "connecting", lambda: KafkaProducer(**self.config))
        if "transactional_id" in self.config:
            within(ASK_SECONDS, "init_transactions", self._producer.init_transactions)

    def partitions(self, topic: str) -> int:
        found: int = within(ASK_SECONDS, topic, lambda: _partitions(self._shared(), topic))
        return found

    def ensure_progress_topic(self, topic: str) -> None:
        within(ASK_SECONDS, topic, lambda: _ensure(self._shared(), topic))

    def committed(self, topic: str, everything: bool) -> Iterator[tuple[bytes, bytes]]:
        place = TopicPartition(topic, PROGRESS_PARTITION)
        quiet = {"group_id": None, "enable_auto_commit": False, "auto_offset_reset": "none"}
        level = "read_uncommitted" if everything else "read_committed"
        asked = KafkaConsumer(**self._shared(), **quiet, isolation_level=level)
        consumer = KafkaConsumer(**self._shared(), **quiet, isolation_level="read_committed")
        try:
            # The end of everything, open transactions too: what is ours is committed and before it.
            end = asked.end_offsets([place], timeout_ms=int(ASK_SECONDS * 1000))[place]
            consumer.assign([place])
            consumer.seek(place, 0)
            deadline = time.monotonic() + STABLE_SECONDS
            # Markers and aborted records move the position too.
            while consumer.position(place, timeout_ms=int(ASK_SECONDS * 1000)) < end:
                for message in consumer.poll(timeout_ms=1000).get(place, []):
                    yield message.key or b"", message.value or b""
                if time.monotonic() > deadline:
                    raise Failure(Kind.SESSION, f"{topic}: offset {end} was not reached in time")
        except Failure:
            raise
        except Exception as error:
            raise failure_of(error) from error
        finally:
            asked.close()
            consumer.close()

    def send(
        self, topic: str, key: bytes | None, value: bytes, partition: int | None, report: Report
    ) -> None:
        try:
            future = self._producer.send(topic, value, key, partition=partition)
        except Exception as error:
            raise failure_of(error) from error
        future.add_callback(self._told, report, None)
        future.add_errback(self._told, report)

    def drive(self, seconds: float) -> None:
        self._news.wait(seconds)
        self._news.clear()

    def hurry(self, seconds: float) -> None:
        # It raises if it is not done in time, and if a batch was split meanwhile. What became of a
        # record, its own report says.
        with contextlib.suppress(KafkaError):
            self._producer.flush(timeout=seconds)

    def begin(self) -> None:
        try:
            self._producer.begin_transaction()
        except Exception as error:
            raise failure_of(error) from error

    def commit(self, seconds: float) -> None:
        within(seconds, "commit_transaction", self._producer.commit_transaction)

    def abort(self, seconds: float) -> None:
        within(seconds, "abort_transaction", self._producer.abort_transaction)

    def close(self) -> None:
        if self._producer is not None:
            producer, self._producer = self._producer, None
            # `close` alone would wait for what is left, and raise.
            producer._sender.force_close()
            with contextlib.suppress(Failure):
                within(CLOSE_SECONDS, "closing", producer.close)

    def _told(self, report: Report, outcome: Any, *_: Any) -> None:
        report(failure_of(outcome) if isinstance(outcome, BaseException) else None)
        self._news.set()

    def _shared(self) -> dict[str, Any]:
        return {k: v for k, v in self.config.items() if k.startswith(_SHARED)}


def _partitions(config: dict[str, Any], topic: str) -> int:
    """By an admin client: the producer waits for a topic that is not there."""
    admin = KafkaAdminClient(**config)
    try:
        return len(admin.describe_topics([topic])[0]["partitions"])
    except UnknownTopicOrPartitionError:
        return 0
    finally:
        admin.close()


def _ensure(config: dict[str, Any], topic: str) -> None:
    admin = KafkaAdminClient(**config)
    try:
        brokers = len(admin.describe_cluster()["brokers"])
        options = {
            "num_partitions": 1,
            "replication_factor": min(3, brokers),
            "configs": dict(PROGRESS_CONFIG),
        }
        try:
            admin.create_topics({topic: options})
        except TopicAlreadyExistsError:
            pass
        asked = ConfigResource(ConfigResourceType.TOPIC, topic)
        told = admin.describe_configs([asked], config_filter="all")
        check_compacted(topic, told["topic"][topic]["cleanup.policy"]["value"])
    finally:
        admin.close()

