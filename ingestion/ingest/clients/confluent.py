"""confluent-kafka, which is librdkafka."""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from confluent_kafka import (
    Consumer,
    IsolationLevel,
    KafkaError,
    KafkaException,
    Message,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, OffsetSpec, ResourceType

from ..errors import Failure, Kind
from .base import (
    ASK_SECONDS,
    PROGRESS_CONFIG,
    PROGRESS_PARTITION,
    STABLE_SECONDS,
    Client,
    Report,
    check_compacted,
    kind_of,
)

# What a consumer or an admin client understands of a producer's settings.
_SHARED = ("bootstrap.servers", "client.id", "security.", "sasl.", "ssl.", "socket.", "reconnect.")
# Reports are taken in at least once in so many records, so that they do not pile up.
_POLL_EVERY = 64


class Confluent(Client):
    """Reports come while `drive`, `hurry` or `send` run, on the caller's thread."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__(config)
        self._producer: Producer | None = None
        self._fatal: KafkaError | None = None
        self._unpolled = 0

    def open(self) -> None:
        self._fatal = None
        made = _asked(lambda: Producer(self.config | {"error_cb": self._on_error}), Kind.STOP)
        self._producer = made
        if "transactional.id" in self.config:
            self._until_done(lambda seconds: made.init_transactions(seconds), ASK_SECONDS)

    def partitions(self, topic: str) -> int:
        found = _asked(lambda: self._open.list_topics(topic, ASK_SECONDS)).topics[topic]
        if found.error is not None and found.error.code() != KafkaError.UNKNOWN_TOPIC_OR_PART:
            raise _failure(found.error)
        return len(found.partitions)

    def ensure_progress_topic(self, topic: str) -> None:
        admin = AdminClient(self._shared())
        brokers = len(_asked(lambda: admin.list_topics(timeout=ASK_SECONDS)).brokers)
        new = NewTopic(topic, 1, min(3, brokers), config=dict(PROGRESS_CONFIG))
        try:
            admin.create_topics([new], request_timeout=ASK_SECONDS)[topic].result(ASK_SECONDS)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise _failure(error.args[0]) from error
        asked = ConfigResource(ResourceType.TOPIC, topic)
        told = _asked(
            lambda: admin.describe_configs([asked], request_timeout=ASK_SECONDS)[asked].result(
                ASK_SECONDS
            )
        )
        check_compacted(topic, told["cleanup.policy"].value)

    def committed(self, topic: str, everything: bool) -> Iterator[tuple[bytes, bytes]]:
        place = TopicPartition(topic, PROGRESS_PARTITION)
        admin = AdminClient(self._shared())
        # The end of everything, open transactions too: what is ours is committed and before it.
        level = IsolationLevel.READ_UNCOMMITTED if everything else IsolationLevel.READ_COMMITTED
        latest = admin.list_offsets({place: OffsetSpec.latest()}, isolation_level=level)
        end: int = _asked(lambda: next(iter(latest.values())).result(ASK_SECONDS)).offset
        consumer = Consumer(
            self._shared()
            | {
                # librdkafka asks for a name; no group is joined, and nothing committed to it.
                "group.id": "fencepost-progress-reader",
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
                "enable.partition.eof": True,
                "auto.offset.reset": "error",
            }
        )
        try:
            consumer.assign([TopicPartition(topic, PROGRESS_PARTITION, 0)])
            yield from _read(consumer, topic, end)
        finally:
            consumer.close()

    def send(
        self, topic: str, key: bytes | None, value: bytes, partition: int | None, report: Report
    ) -> None:
        def on_delivery(error: KafkaError | None, _: Message) -> None:
            report(None if error is None else _failure(self._cause(error)))

        where: dict[str, Any] = {} if partition is None else {"partition": partition}
        while True:
            try:
                self._open.produce(topic, value, key, on_delivery=on_delivery, **where)
                break
            except BufferError:
                # librdkafka's own queue is full. The caller's window bounds how long this can go.
                self.drive(0.1)
            except KafkaException as error:
                raise _failure(self._cause(error.args[0])) from error
        self._unpolled += 1
        if self._unpolled >= _POLL_EVERY:
            self.drive(0)

    def drive(self, seconds: float) -> None:
        self._unpolled = 0
        _asked(lambda: self._open.poll(seconds))

    def hurry(self, seconds: float) -> None:
        self._unpolled = 0
        # It raises a fatal error; the reports have it too, each with its record's place.
        with contextlib.suppress(KafkaException):
            self._open.flush(seconds)

    def begin(self) -> None:
        _asked(self._open.begin_transaction)

    def commit(self, seconds: float) -> None:
        self._until_done(lambda left: self._open.commit_transaction(left), seconds)

    def abort(self, seconds: float) -> None:
        self._until_done(lambda left: self._open.abort_transaction(left), seconds)

    def close(self) -> None:
        if self._producer is not None:
            # Their reports would come to a run that has ended.
            self._producer.purge()
            self._producer = None

    @property
    def _open(self) -> Producer:
        assert self._producer is not None, "open() comes first"
        return self._producer

    def _on_error(self, error: KafkaError) -> None:
        if error.fatal():
            self._fatal = error

    def _cause(self, error: KafkaError) -> KafkaError:
        """After a fatal error everything fails with a word for "fatal": say what it was."""
        return self._fatal if self._fatal is not None and error.name() == "_FATAL" else error

    def _until_done(self, call: Callable[[float], None], seconds: float) -> None:
        """librdkafka's transactional calls are resumed by calling them again."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                call(max(0.1, deadline - time.monotonic()))
                return
            except KafkaException as raised:
                error = self._cause(raised.args[0])
                if not error.retriable() or time.monotonic() >= deadline:
                    raise _failure(error) from raised
                time.sleep(0.1)

    def _shared(self) -> dict[str, Any]:
        shared = {k: v for k, v in self.config.items() if k.startswith(_SHARED)}
        # Its words on standard error are for what fails.
        return shared | {"log_level": 3}


def _read(consumer: Consumer, topic: str, end: int) -> Iterator[tuple[bytes, bytes]]:
    deadline = time.monotonic() + STABLE_SECONDS
    reached = 0
    while reached < end:
        message = consumer.poll(1.0)
        if message is None:
            if time.monotonic() > deadline:
                raise Failure(Kind.SESSION, f"{topic}: offset {end} was not reached in time")
            continue
        error = message.error()
        if error is None:
            yield message.key() or b"", message.value() or b""
            reached = (message.offset() or 0) + 1
        elif error.name() == "_PARTITION_EOF":
            # With read_committed this is the last stable offset: before `end` while another
            # producer's transaction is open, and then it comes again.
            reached = message.offset() or 0
        elif not error.retriable():
            raise _failure(error)


def _asked(call: Callable[[], Any], otherwise: Kind | None = None) -> Any:
    try:
        return call()
    except KafkaException as error:
        failure = _failure(error.args[0])
        kind = failure.kind if otherwise is None else otherwise
        raise Failure(kind, failure.reason) from error


def _failure(error: KafkaError) -> Failure:
    return Failure(kind_of(error.name()), f"{error.name()}: {error.str()}")
