"""aiokafka, on an event loop of its own."""

import asyncio
import functools
import threading
import time
from collections.abc import Coroutine, Iterator, Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaTimeoutError, NoError, TopicAlreadyExistsError, for_code

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
)

_SHARED = ("bootstrap_servers", "client_id", "security_", "sasl_", "ssl_", "request_timeout_ms")
# Records go to the loop's thread so many at a time: a call for each would cost more than it does.
_TOGETHER = 256

_Sent = tuple[str, bytes | None, bytes, int | None, Report]


class Aio(Client):
    """Reports come on the loop's thread."""

    # Its sequence numbers do not wrap to 0 but become negative, and brokers refuse them.
    most_records = 2**31 - 1

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__(config)
        self._producer: Any = None
        self._together: list[_Sent] = []
        self._sending: Any = None
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    def open(self) -> None:
        self._together.clear()
        self._sending = None

        async def start() -> Any:
            producer = AIOKafkaProducer(**self.config)
            # Waits for the producer id too, and so for what an earlier session left open.
            try:
                await producer.start()
            except BaseException:
                await producer.client.close()
                raise
            return producer

        self._producer = self._ask("connecting", start())

    def partitions(self, topic: str) -> int:
        found: int = self._ask(topic, _partitions(self._shared(), topic))
        return found

    def ensure_progress_topic(self, topic: str) -> None:
        self._ask(topic, _ensure(self._shared(), topic))

    def committed(self, topic: str, everything: bool) -> Iterator[tuple[bytes, bytes]]:
        asked = _read(self._shared(), topic, everything)
        yield from self._ask(topic, asked, STABLE_SECONDS + ASK_SECONDS)

    def send(
        self, topic: str, key: bytes | None, value: bytes, partition: int | None, report: Report
    ) -> None:
        self._together.append((topic, key, value, partition, report))
        if len(self._together) >= _TOGETHER:
            self._pass_on()

    def drive(self, seconds: float) -> None:
        self._pass_on()
        self._news.wait(seconds)
        self._news.clear()

    def hurry(self, seconds: float) -> None:
        self._pass_on()
        # A flush that is cut short is asked for again; what it waits for is not cancelled.
        try:
            self._ask("flush", self._producer.flush(), seconds)
        except Failure as failure:
            if failure.kind is not Kind.SESSION:
                raise

    def begin(self) -> None:
        self._ask("begin_transaction", self._producer.begin_transaction())

    def commit(self, seconds: float) -> None:
        self._ask("commit_transaction", self._producer.commit_transaction(), seconds)

    def abort(self, seconds: float) -> None:
        self._ask("abort_transaction", self._producer.abort_transaction(), seconds)

    def close(self) -> None:
        if self._producer is not None:
            producer, self._producer = self._producer, None
            try:
                self._ask("closing", _abandon(producer), CLOSE_SECONDS)
            except Failure:
                pass

    def _pass_on(self) -> None:
        """Hands over what was gathered, once all that was gathered before is: the order is kept."""
        if self._together and (self._sending is None or self._sending.done()):
            together, self._together = self._together, []
            self._sending = asyncio.run_coroutine_threadsafe(self._send_all(together), self._loop)

    async def _send_all(self, together: list[_Sent]) -> None:
        for topic, key, value, partition, report in together:
            try:
                future = await self._take(topic, key, value, partition)
            except Exception as error:
                report(failure_of(error))
                break
            future.add_done_callback(functools.partial(self._told, report))
        self._news.set()

    async def _take(
        self, topic: str, key: bytes | None, value: bytes, partition: int | None
    ) -> "asyncio.Future[Any]":
        while True:
            try:
                future: asyncio.Future[Any] = await self._producer.send(
                    topic, value, key, partition
                )
                return future
            except KafkaTimeoutError:
                # No room in the partition's batch: the record was not taken. Who waits for its
                # report has the deadline.
                if self._producer is None:
                    raise

    def _told(self, report: Report, done: "asyncio.Future[Any]") -> None:
        if done.cancelled():
            report(Failure(Kind.SESSION, "given up"))
        else:
            error = done.exception()
            report(None if error is None else failure_of(error))
        self._news.set()

    def _ask(self, what: str, asked: Coroutine[Any, Any, Any], seconds: float = ASK_SECONDS) -> Any:
        future = asyncio.run_coroutine_threadsafe(asyncio.wait_for(asked, seconds), self._loop)
        try:
            return future.result()
        except (TimeoutError, asyncio.TimeoutError):
            raise Failure(Kind.SESSION, f"{what}: no answer within {seconds:g} s") from None
        except Exception as error:
            raise failure_of(error) from error

    def _shared(self) -> dict[str, Any]:
        return {k: v for k, v in self.config.items() if k.startswith(_SHARED)}


async def _abandon(producer: Any) -> None:
    """Closes without delivering: `stop` alone would wait for the batches that are left."""
    sender = producer._sender.sender_task
    if sender is not None:
        sender.cancel()
    await producer.stop()


async def _partitions(config: dict[str, Any], topic: str) -> int:
    """By an admin client: the producer waits for a topic that is not there."""
    admin = AIOKafkaAdminClient(**config)
    await admin.start()
    try:
        return len((await admin.describe_topics([topic]))[0]["partitions"])
    finally:
        await admin.close()


async def _ensure(config: dict[str, Any], topic: str) -> None:
    admin = AIOKafkaAdminClient(**config)
    await admin.start()
    try:
        brokers = len((await admin.describe_cluster())["brokers"])
        new = NewTopic(topic, 1, min(3, brokers), topic_configs=dict(PROGRESS_CONFIG))
        made = (await admin.create_topics([new])).to_object()["topic_errors"][0]
        error = for_code(made["error_code"])
        if error not in (NoError, TopicAlreadyExistsError):
            raise error(made["error_message"])
        asked = ConfigResource(ConfigResourceType.TOPIC, topic, {"cleanup.policy": None})
        told = (await admin.describe_configs([asked]))[0].to_object()["resources"][0]
        check_compacted(topic, told["config_entries"][0]["config_value"])
    finally:
        await admin.close()


async def _read(
    config: dict[str, Any], topic: str, everything: bool
) -> list[tuple[bytes, bytes]]:
    place = TopicPartition(topic, PROGRESS_PARTITION)
    quiet = {"group_id": None, "enable_auto_commit": False, "auto_offset_reset": "none"}
    level = "read_uncommitted" if everything else "read_committed"
    asked = AIOKafkaConsumer(**config, **quiet, isolation_level=level)
    consumer = AIOKafkaConsumer(**config, **quiet, isolation_level="read_committed")
    found = []
    try:
        await asked.start()
        await consumer.start()
        # The end of everything, open transactions too: what is ours is committed and before it.
        end = (await asked.end_offsets([place]))[place]
        consumer.assign([place])
        consumer.seek(place, 0)
        deadline = time.monotonic() + STABLE_SECONDS
        # Markers and aborted records move the position too.
        while await consumer.position(place) < end:
            for message in (await consumer.getmany(timeout_ms=1000)).get(place, []):
                found.append((message.key or b"", message.value or b""))
            if time.monotonic() > deadline:
                raise Failure(Kind.SESSION, f"{topic}: offset {end} was not reached in time")
        return found
    finally:
        await asked.stop()
        await consumer.stop()
