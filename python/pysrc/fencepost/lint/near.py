"""Which known key did an unknown one mean?"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files

__all__ = ["MEANINGS", "known", "near_miss"]

# One row a meaning: how each client calls it. Of several names the first is the one to write.
MEANINGS: tuple[dict[str, tuple[str, ...]], ...] = tuple(
    dict(zip(("java", "rdk", "kpy", "aio", "franz", "sarama"), row, strict=True))
    for row in (
        (
            ("enable.idempotence",),
            ("enable.idempotence",),
            ("enable_idempotence",),
            ("enable_idempotence",),
            ("DisableIdempotentWrite",),
            ("Producer.Idempotent",),
        ),
        (
            ("acks",),
            ("acks", "request.required.acks"),
            ("acks",),
            ("acks",),
            ("RequiredAcks",),
            ("Producer.RequiredAcks",),
        ),
        (
            ("retries",),
            ("retries", "message.send.max.retries"),
            ("retries",),
            (),
            ("RecordRetries",),
            ("Producer.Retry.Max",),
        ),
        (
            ("max.in.flight.requests.per.connection",),
            ("max.in.flight", "max.in.flight.requests.per.connection"),
            ("max_in_flight_requests_per_connection",),
            (),
            ("MaxProduceRequestsInflightPerBroker",),
            ("Net.MaxOpenRequests",),
        ),
        (
            ("linger.ms",),
            ("linger.ms", "queue.buffering.max.ms"),
            ("linger_ms",),
            ("linger_ms",),
            ("ProducerLinger",),
            ("Producer.Flush.Frequency",),
        ),
        (
            ("delivery.timeout.ms",),
            ("message.timeout.ms", "delivery.timeout.ms"),
            ("delivery_timeout_ms",),
            ("request_timeout_ms",),
            ("RecordDeliveryTimeout",),
            (),
        ),
        (
            ("request.timeout.ms",),
            ("socket.timeout.ms",),
            ("request_timeout_ms",),
            ("request_timeout_ms",),
            ("ProduceRequestTimeout",),
            ("Net.ReadTimeout",),
        ),
        (
            ("request.timeout.ms",),
            ("request.timeout.ms",),
            ("request_timeout_ms",),
            ("request_timeout_ms",),
            ("ProduceRequestTimeout",),
            ("Producer.Timeout",),
        ),
        (
            ("transactional.id",),
            ("transactional.id",),
            ("transactional_id",),
            ("transactional_id",),
            ("TransactionalID",),
            ("Producer.Transaction.ID",),
        ),
        (
            ("transaction.timeout.ms",),
            ("transaction.timeout.ms",),
            ("transaction_timeout_ms",),
            ("transaction_timeout_ms",),
            ("TransactionTimeout",),
            ("Producer.Transaction.Timeout",),
        ),
    )
)

# Prefixes of places in which a key may stand by mistake.
_PREFIXES = (
    "producer.override.",
    "producer.",
    "override.",
    "spring.kafka.producer.properties.",
    "spring.kafka.producer.",
    "spring.kafka.properties.",
    "kafka.",
    "topic.",
)


@cache
def known(name: str) -> frozenset[str]:
    """The keys of a file in `keys`."""
    text = (files(__package__) / "keys" / f"{name}.txt").read_text("utf-8")
    return frozenset(line.split()[0] for line in text.splitlines() if line and line[0] != "#")


def near_miss(key: str, own: Iterable[str], dialect: str) -> str | None:
    """The known key that an unknown one is a near miss of, by the rules of config spec 8.1."""
    own = own if isinstance(own, (set, frozenset)) else frozenset(own)
    if key in own or not key:
        return None
    lower = key.lower()
    same: tuple[tuple[str, ...], ...] = (
        tuple(name for name in own if name.lower() == lower),
        tuple(name for name in own if _dotted(name) == _dotted(lower)),
        tuple(name for name in own if _bare(name) == _bare(lower)),
        tuple(name for name in _meant(key, dialect) if name in own),
        tuple(key[len(p) :] for p in _PREFIXES if key.startswith(p) and key[len(p) :] in own),
    )
    for names in same:
        if names:
            # In a set, so in no order of its own.
            return names[0] if len(names) == 1 else sorted(names)[0]
    if len(key) >= 8:
        close = sorted((_distance(lower, name, 2), name) for name in own if _lengths(lower, name))
        if close and close[0][0] <= 2:
            return close[0][1]
    return None


def _dotted(name: str) -> str:
    return name.lower().replace("_", ".").replace("-", ".")


def _bare(name: str) -> str:
    return _dotted(name).replace(".", "")


def _meant(key: str, dialect: str) -> list[str]:
    return [
        row[dialect][0]
        for row in MEANINGS
        if row.get(dialect)
        for other, names in row.items()
        if other != dialect and key in names
    ]


def _lengths(one: str, other: str) -> bool:
    return abs(len(one) - len(other)) <= 2


def _distance(one: str, other: str, most: int) -> int:
    """Levenshtein's distance; anything above `most` is `most + 1`."""
    row = list(range(len(other) + 1))
    for n, a in enumerate(one, 1):
        before, row[0] = row[0], n
        for m, b in enumerate(other, 1):
            before, row[m] = row[m], min(row[m] + 1, row[m - 1] + 1, before + (a != b))
        if min(row) > most:
            return most + 1
    return row[-1]
