"""franz-go, sarama and kafka-go (config spec 9.4 to 9.6)."""

from __future__ import annotations

import re
from collections.abc import Callable

from ..model import UNKNOWN, Edit, Entry, Scalar
from .base import Linter, duplicates

__all__ = ["franz", "kafka_go", "sarama"]

_AGAIN = "a batch whose acknowledgement is lost is written again"
_ONCE = "idempotent: exactly once and in order, per partition and session"
_TXN = "transactional: exactly once and in order, in transactions, across sessions"


class _Settings:
    def __init__(self, linter: Linter) -> None:
        self.linter = linter
        duplicates(linter, linter.section.entries, lambda entry: entry.key)
        self.given: dict[str, Entry] = {entry.key: entry for entry in linter.section.entries}

    def has(self, key: str) -> bool:
        return key in self.given

    def get(self, key: str, default: Scalar = None) -> Scalar:
        return self.given[key].value if key in self.given else default

    def number(self, key: str, default: int) -> int | None:
        value = self.get(key, default)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def put(self, key: str, value: Scalar) -> Edit | None:
        if key in self.given:
            return self.linter.put(self.given[key], value)
        return self.linter.say(key, value)

    def drop(self, key: str) -> Edit | None:
        return self.linter.drop(self.given.get(key))

    def add(self, rule: str, key: str, message: str, *edits: Edit | None, at: str = "") -> None:
        self.linter.add(rule, key, message, at=self.given.get(at or key), edits=edits)


_UNITS = {
    "Nanosecond": 1e-6,
    "Microsecond": 1e-3,
    "Millisecond": 1.0,
    "Second": 1e3,
    "Minute": 6e4,
    "Hour": 3.6e6,
}


def _milliseconds(text: str) -> float | None:
    """Of `5 * time.Second` and the like."""
    match = re.fullmatch(r"(?:(\d{1,12})\s*\*\s*)?time\.(\w+)(?:\s*\*\s*(\d{1,12}))?", text.strip())
    if match and match[2] in _UNITS:
        return int(match[1] or match[3] or 1) * _UNITS[match[2]]
    return int(text) * 1e-6 if re.fullmatch(r"\d{1,18}", text.strip()) else None


def franz(linter: Linter) -> None:
    """Every rule of franz-go over the options of one client."""
    options = _Settings(linter)
    disabled, cancels = (
        options.has("DisableIdempotentWrite"),
        options.has("AllowIdempotentProduceCancellation"),
    )
    flight_key = "MaxProduceRequestsInflightPerBroker"
    flight = options.number(flight_key, 1)
    named = options.has("TransactionalID")
    acks = options.get("RequiredAcks", "AllISRAcks")
    if cancels and named:
        message = "NewClient fails: AllowIdempotentProduceCancellation can't be had with a transactional id"
        options.add(
            "PC403",
            "AllowIdempotentProduceCancellation",
            message,
            options.drop("AllowIdempotentProduceCancellation"),
        )
    if disabled and named:
        message = "NewClient fails: a transactional id needs idempotence, and DisableIdempotentWrite switches it off"
        options.add("PC402", "TransactionalID", message, options.drop("DisableIdempotentWrite"))
    if disabled and flight is not None and flight <= 0:
        message = f"NewClient fails: {flight} requests may be in flight, and at least 1 has to"
        options.add("PC404", flight_key, message, options.put(flight_key, 1))
    if not disabled and acks is not UNKNOWN and acks not in ("AllISRAcks", -1):
        message = (
            "NewClient fails: idempotency requires acks=all, and franz-go is idempotent by default"
        )
        options.add("PC400", "RequiredAcks", message, options.drop("RequiredAcks"))
    if not disabled and flight is not None and flight != 1:
        message = f"NewClient fails: with idempotence this option may not be {flight}; franz-go already has 5 in flight by itself"
        options.add("PC401", flight_key, message, options.drop(flight_key))
    name = options.get("TransactionalID")
    if named and isinstance(name, str) and (name == "" or len(name.encode()) > 16_382):
        what = "is empty" if name == "" else "is longer than 16382 bytes"
        options.add("PC405", "TransactionalID", f"NewClient fails: the transactional id {what}")
    _durations(options)
    if disabled and not named:
        reorder = flight is None or flight > 1
        order = f", and with {flight} requests in flight out of order" if reorder else ""
        message = f"idempotence is switched off: {_AGAIN}{order}"
        options.add(
            "PC406", "DisableIdempotentWrite", message, options.drop("DisableIdempotentWrite")
        )
    if cancels and not named:
        message = (
            "a record that is cancelled may be on the log: produced again it may be written twice"
        )
        options.add(
            "PC407",
            "AllowIdempotentProduceCancellation",
            message,
            options.drop("AllowIdempotentProduceCancellation"),
        )
    linter.outcome = _TXN if named else f"not idempotent: {_AGAIN}" if disabled else _ONCE


def _durations(options: _Settings) -> None:
    bounds: tuple[tuple[str, str, Callable[[float], bool]], ...] = (
        ("ProduceRequestTimeout", "at least 100 ms", lambda ms: ms >= 100),
        ("RecordDeliveryTimeout", "0 or at least 1 s", lambda ms: ms == 0 or ms >= 1000),
        ("ProducerLinger", "at most 1 minute", lambda ms: ms <= 60_000),
    )
    for key, words, holds in bounds:
        entry = options.given.get(key)
        if entry is None:
            continue
        span = entry.value_span
        duration = _milliseconds(options.linter.text.text[span.start : span.end])
        if duration is not None and not holds(duration):
            options.add(
                "PC408", key, f"NewClient fails: {key} is {duration:g} ms, and must be {words}"
            )


def sarama(linter: Linter) -> None:
    """Every rule of sarama over one configuration."""
    config = _Settings(linter)
    _sarama_bounds(config)
    switch = config.get("Producer.Idempotent", False)
    name = config.get("Producer.Transaction.ID", "")
    named = name is UNKNOWN or (isinstance(name, str) and name != "")
    needed = (
        ("Producer.RequiredAcks", "WaitForAll"),
        ("Net.MaxOpenRequests", 1),
    )
    unmet = [
        config.put(key, value)
        for key, value in needed
        if config.get(key) not in (value, UNKNOWN, -1 if value == "WaitForAll" else value)
    ]
    if config.number("Producer.Retry.Max", 3) == 0:
        unmet.append(config.put("Producer.Retry.Max", 3))
    if switch is True:
        _sarama_idempotent(config)
    elif switch is False and not named:
        flight = config.number("Net.MaxOpenRequests", 5)
        order = (
            "" if flight == 1 else f", and with {flight or 'several'} open requests out of order"
        )
        said = (
            "is switched off"
            if config.has("Producer.Idempotent")
            else "is off by default in sarama"
        )
        message = f"idempotence {said}: {_AGAIN}{order}"
        config.add(
            "PC500", "Producer.Idempotent", message, config.put("Producer.Idempotent", True), *unmet
        )
    if named and switch is False:
        message = "sarama's Validate fails: a transactional id needs Producer.Idempotent"
        config.add(
            "PC505",
            "Producer.Transaction.ID",
            message,
            config.put("Producer.Idempotent", True),
            *unmet,
        )
    linter.outcome = _TXN if named else _ONCE if switch is True else f"not idempotent: {_AGAIN}"


def _sarama_bounds(config: _Settings) -> None:
    for key, least in (
        ("Net.MaxOpenRequests", 1),
        ("Producer.RequiredAcks", -1),
        ("Producer.Retry.Max", 0),
    ):
        value = config.number(key, least)
        if value is not None and value < least:
            message = f"sarama's Validate fails: {key} is {value}, and must be at least {least}"
            config.add("PC506", key, message, config.put(key, least))


def _sarama_idempotent(config: _Settings) -> None:
    fails = "sarama's Validate fails: with Idempotent"
    version = config.get("Version")
    if isinstance(version, str):
        match = re.fullmatch(r"V(\d{1,3})_(\d{1,3})(?:_\d{1,3})*", version)
        old = bool(match) and match is not None and (int(match[1]), int(match[2])) < (0, 11)
        if old or version == "MinVersion":
            message = f"{fails} the Version must be at least V0_11_0_0, and is {version}"
            config.add("PC501", "Version", message, config.put("Version", "V2_8_0_0"))
    if config.number("Producer.Retry.Max", 3) == 0:
        message = f"{fails} Retry.Max must be at least 1"
        config.add("PC502", "Producer.Retry.Max", message, config.put("Producer.Retry.Max", 3))
    acks = config.get("Producer.RequiredAcks", "WaitForLocal")
    if acks not in ("WaitForAll", -1, UNKNOWN):
        said = acks if config.has("Producer.RequiredAcks") else "WaitForLocal, by default"
        message = f"{fails} RequiredAcks must be WaitForAll, and is {said}"
        config.add(
            "PC503",
            "Producer.RequiredAcks",
            message,
            config.put("Producer.RequiredAcks", "WaitForAll"),
            at="Producer.RequiredAcks"
            if config.has("Producer.RequiredAcks")
            else "Producer.Idempotent",
        )
    flight = config.number("Net.MaxOpenRequests", 5)
    if flight is not None and flight > 1:
        said = str(flight) if config.has("Net.MaxOpenRequests") else "5, by default"
        message = f"{fails} Net.MaxOpenRequests must be 1, and is {said}"
        config.add(
            "PC504",
            "Net.MaxOpenRequests",
            message,
            config.put("Net.MaxOpenRequests", 1),
            at="Net.MaxOpenRequests"
            if config.has("Net.MaxOpenRequests")
            else "Producer.Idempotent",
        )


def kafka_go(linter: Linter) -> None:
    """Every rule of kafka-go over one writer."""
    writer = _Settings(linter)
    attempts = writer.number("MaxAttempts", 10)
    times = f"up to {attempts} times" if attempts else "again"
    message = f"kafka-go has no idempotent producer: a batch whose acknowledgement is lost is written {times}"
    writer.linter.add("PC650", "", message)
    acks = writer.get("RequiredAcks")
    is_config = linter.section.facts.get("literal") == "WriterConfig"
    if not is_config and (not writer.has("RequiredAcks") or acks in ("RequireNone", 0)):
        said = (
            "is RequireNone"
            if writer.has("RequiredAcks")
            else "is not set, and its zero value is RequireNone"
        )
        message = f"RequiredAcks {said}: the broker does not answer, and a loss goes unnoticed"
        writer.add(
            "PC651",
            "Writer.RequiredAcks",
            message,
            writer.put("RequiredAcks", "RequireAll"),
            at="RequiredAcks",
        )
    linter.outcome = "not idempotent: kafka-go can't be"
