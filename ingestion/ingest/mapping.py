"""A file with Java's names and meanings, as each client understands it.

What bears on the guarantee is always said, since each client has other defaults (librdkafka's is no
idempotence at all). What else the file says is carried over, or refused if the client has no such
thing: a setting that has no effect is a lie.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import Refused
from .settings import Settings

_MAX = 2147483647
# The pipeline sends bytes, whatever these say.
_NO_MEANING = ("key.serializer", "value.serializer")


@dataclass
class Mapped:
    """The settings of one client, and what should be known of them."""

    client: str
    config: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def for_client(client: str, settings: Settings, own: Mapping[str, str]) -> Mapped:
    """What to give to the client. `own` are settings by its own names, as they were typed."""
    rules = _CLIENTS[client]
    mapped = Mapped(client, notes=list(settings.notes))
    guaranteed = rules.guarantee(settings, mapped.notes)
    for key, text in settings.given.items():
        if key in _NO_MEANING:
            mapped.notes.append(f"{key} has no meaning here: records are sent as bytes")
        elif key not in _GUARANTEE:
            _carry(rules, settings, key, text, mapped)
    mapped.config.update(guaranteed)
    for key, text in own.items():
        if key in mapped.config or key in rules.aliases:
            raise Refused(f"--client-set {key}: it follows from {settings.file}; change it there")
        mapped.config[key] = rules.typed(text)
    return mapped


# Settings that every client is told, whether the file has them or not.
_GUARANTEE = (
    "enable.idempotence",
    "acks",
    "retries",
    "max.in.flight.requests.per.connection",
    "delivery.timeout.ms",
    "request.timeout.ms",
    "transactional.id",
    "transaction.timeout.ms",
)


@dataclass(frozen=True)
class _Number:
    """A number under another name, in the range that the client takes."""

    name: str
    least: int = 0
    most: int = _MAX
    scale: Callable[[int], int] = lambda value: value


@dataclass(frozen=True)
class _Text:
    """Text under another name; some words have another one."""

    name: str
    words: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Said:
    """Nothing to set; what happens instead."""

    note: str


@dataclass(frozen=True)
class _Rules:
    keys: Mapping[str, _Number | _Text | _Said]
    guarantee: Callable[[Settings, list[str]], dict[str, Any]]
    typed: Callable[[str], Any]
    # Other names for what is guaranteed.
    aliases: frozenset[str] = frozenset()


def _carry(rules: _Rules, settings: Settings, key: str, text: str, mapped: Mapped) -> None:
    rule = rules.keys.get(key)
    match rule:
        case None:
            raise Refused(
                f"{settings.file}: {key} can't be carried over to {mapped.client}; remove it, or "
                "say it by the client's own name with --client-set"
            )
        case _Said():
            mapped.notes.append(f"{key}: {rule.note}")
        case _Text():
            mapped.config[rule.name] = rule.words.get(text.strip(), text.strip())
        case _Number():
            mapped.config[rule.name] = _number(rule, settings, key, text, mapped.client)


def _number(rule: _Number, settings: Settings, key: str, text: str, client: str) -> int:
    try:
        value = rule.scale(int(text.strip()))
    except ValueError:
        raise Refused(f"{settings.file}: {key}={text}: not a number") from None
    return _in_range(rule, settings, key, value, client)


def _in_range(rule: _Number, settings: Settings, key: str, value: int, client: str) -> int:
    if not rule.least <= value <= rule.most:
        raise Refused(
            f"{settings.file}: {key}: {client} takes {rule.name} from {rule.least} to {rule.most}, "
            f"not {value}"
        )
    return value


def _librdkafka(settings: Settings, notes: list[str]) -> dict[str, Any]:
    def ranged(key: str, value: int, name: str, least: int, most: int = _MAX) -> int:
        return _in_range(_Number(name, least, most), settings, key, value, "librdkafka")

    resolved = settings.resolved
    delivery = settings.delivery_timeout_ms
    request = resolved.request_timeout_ms
    linger = int(settings.given.get("linger.ms", "5").strip())
    # 0 would mean "never" there.
    ranged("delivery.timeout.ms", delivery, "message.timeout.ms", 1)
    if delivery <= linger:
        raise Refused(
            f"{settings.file}: linger.ms={linger}: librdkafka would give each record up before it "
            f"sends it (delivery.timeout.ms={delivery})"
        )
    ranged("request.timeout.ms", request, "socket.timeout.ms", 10, 300_000)
    config: dict[str, Any] = {
        "enable.idempotence": True,
        "acks": "all",
        "retries": resolved.retries,
        "max.in.flight.requests.per.connection": resolved.max_in_flight,
        "message.timeout.ms": delivery,
        # Java's one deadline for an answer is two here: the leader's wait for its followers, and
        # the client's wait for the leader.
        "request.timeout.ms": request,
        "socket.timeout.ms": request,
        # Java's hash: the same key lands in the same partition as there. CRC-32 is the default.
        "partitioner": "murmur2_random",
    }
    timeout = settings.transaction_timeout_ms
    if resolved.transactional_id is not None:
        ranged("transaction.timeout.ms", timeout, "transaction.timeout.ms", 1000)
        for key, value in (("delivery.timeout.ms", delivery), ("request.timeout.ms", request)):
            if value > timeout:
                raise Refused(
                    f"{settings.file}: {key}={value} is longer than transaction.timeout.ms="
                    f"{timeout}: librdkafka refuses what outlives its transaction"
                )
        config |= {
            "transactional.id": resolved.transactional_id,
            "transaction.timeout.ms": timeout,
        }
    return config


def _keyword(settings: Settings) -> dict[str, Any]:
    resolved = settings.resolved
    config: dict[str, Any] = {
        "enable_idempotence": True,
        "acks": "all",
        "request_timeout_ms": resolved.request_timeout_ms,
    }
    if resolved.transactional_id is not None:
        config |= {
            "transactional_id": resolved.transactional_id,
            "transaction_timeout_ms": settings.transaction_timeout_ms,
        }
    return config


def _kafka_python(settings: Settings, notes: list[str]) -> dict[str, Any]:
    resolved = settings.resolved
    # It wants the deadline to be at least linger.ms and request.timeout.ms together, as Java does,
    # whose rule has been asked.
    if resolved.max_in_flight > 1:
        notes.append(
            f"max.in.flight.requests.per.connection={resolved.max_in_flight}: kafka-python keeps "
            "one batch a partition under way, which is stricter"
        )
    return _keyword(settings) | {
        "retries": resolved.retries,
        "max_in_flight_requests_per_connection": resolved.max_in_flight,
        "delivery_timeout_ms": settings.delivery_timeout_ms,
    }


def _aiokafka(settings: Settings, notes: list[str]) -> dict[str, Any]:
    resolved = settings.resolved
    notes.append(
        f"delivery.timeout.ms={settings.delivery_timeout_ms}: aiokafka has no deadline for an "
        "idempotent record; the pipeline keeps it, and stops"
    )
    if resolved.retries != _MAX:
        notes.append(
            f"retries={resolved.retries}: aiokafka can't count them; it retries until the deadline"
        )
    notes.append(
        f"max.in.flight.requests.per.connection={resolved.max_in_flight}: aiokafka keeps one batch "
        "a partition under way, which is stricter"
    )
    notes.append(
        "aiokafka numbers wrongly after 2147483647 records of a partition; the pipeline begins a "
        "new session before"
    )
    return _keyword(settings)


def _word(text: str) -> Any:
    """A keyword's value: Python's clients tell types apart, and a command line has only text."""
    words = {"true": True, "false": False, "none": None}
    if text.lower() in words:
        return words[text.lower()]
    try:
        return int(text)
    except ValueError:
        return text


_KIB = 1024
_BLOCK = _Said("the pipeline waits for room itself, until delivery.timeout.ms")
_KEYWORDS: dict[str, _Number | _Text | _Said] = {
    "bootstrap.servers": _Text("bootstrap_servers"),
    "client.id": _Text("client_id"),
    "security.protocol": _Text("security_protocol"),
    "sasl.mechanism": _Text("sasl_mechanism"),
    "compression.type": _Text("compression_type", {"none": None}),
    "linger.ms": _Number("linger_ms"),
    "max.request.size": _Number("max_request_size"),
    "retry.backoff.ms": _Number("retry_backoff_ms"),
    "metadata.max.age.ms": _Number("metadata_max_age_ms"),
    "connections.max.idle.ms": _Number("connections_max_idle_ms"),
}

_CLIENTS = {
    "confluent-kafka": _Rules(
        keys={
            "bootstrap.servers": _Text("bootstrap.servers"),
            "client.id": _Text("client.id"),
            "security.protocol": _Text("security.protocol"),
            "sasl.mechanism": _Text("sasl.mechanism"),
            "compression.type": _Text("compression.type"),
            "linger.ms": _Number("linger.ms", 0, 900_000),
            # To Java 0 acts as 1.
            "batch.size": _Number("batch.size", 1, _MAX, lambda value: max(1, value)),
            "buffer.memory": _Number(
                "queue.buffering.max.kbytes", 1, _MAX, lambda value: -(-value // _KIB)
            ),
            "max.request.size": _Number("message.max.bytes", 1000, 1_000_000_000),
            "max.block.ms": _BLOCK,
            "retry.backoff.ms": _Number("retry.backoff.ms", 1, 300_000),
            "retry.backoff.max.ms": _Number("retry.backoff.max.ms", 1, 300_000),
            "reconnect.backoff.ms": _Number("reconnect.backoff.ms", 0, 3_600_000),
            "reconnect.backoff.max.ms": _Number("reconnect.backoff.max.ms", 0, 3_600_000),
            "metadata.max.age.ms": _Number("metadata.max.age.ms", 1, 86_400_000),
            "connections.max.idle.ms": _Number("connections.max.idle.ms"),
        },
        guarantee=_librdkafka,
        typed=str,
        aliases=frozenset(
            {
                "request.required.acks", "topic.acks", "message.send.max.retries", "max.in.flight",
                "delivery.timeout.ms", "transactional.id", "transaction.timeout.ms",
                "queuing.strategy", "queue.buffering.backpressure.threshold", "dr_cb",
                "on_delivery", "error_cb",
            }
        ),
    ),
    "kafka-python": _Rules(
        keys=_KEYWORDS
        | {
            "batch.size": _Number("batch_size"),
            "buffer.memory": _Said("kafka-python 3 has no such bound; the pipeline's window is it"),
            "max.block.ms": _Number("max_block_ms"),
            "reconnect.backoff.ms": _Number("reconnect_backoff_ms"),
            "reconnect.backoff.max.ms": _Number("reconnect_backoff_max_ms"),
        },
        guarantee=_kafka_python,
        typed=_word,
        aliases=frozenset({"transactional_id", "transaction_timeout_ms", "kafka_client"}),
    ),
    "aiokafka": _Rules(
        keys=_KEYWORDS
        | {
            "batch.size": _Number("max_batch_size", 1, _MAX, lambda value: max(1, value)),
            "buffer.memory": _Said("aiokafka has no such bound; the pipeline's window is it"),
            "max.block.ms": _BLOCK,
        },
        guarantee=_aiokafka,
        typed=_word,
        aliases=frozenset({"transactional_id", "transaction_timeout_ms", "loop"}),
    ),
}
