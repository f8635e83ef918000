"""The producers of Kafka Streams (config spec 9.10)."""

from __future__ import annotations

from fencepost import config

from ..model import shown
from ..near import known, near_miss
from .base import Given, Linter, duplicates, normalised
from .java import IDEMPOTENCE, IN_FLIGHT, TIMEOUT, TRANSACTIONAL, Java

__all__ = ["lint"]

_PREFIX = "producer."
_GUARANTEES = ("exactly_once_v2", "exactly_once", "exactly_once_beta")
_BY = "Streams' own"


def lint(linter: Linter) -> None:
    """Every rule of Streams over a file."""
    entries = normalised(linter.section.entries)
    duplicates(linter, entries, lambda entry: entry.key)
    keys = known("java")
    own: dict[str, Given] = {}
    for prefix in ("", _PREFIX):
        for entry in entries:
            key = entry.key[len(prefix) :]
            if entry.key.startswith(prefix) and key in keys:
                own[key] = Given(entry.value, entry)
    for entry in entries:
        rest = entry.key[len(_PREFIX) :]
        meant = near_miss(rest, keys, "java") if entry.key.startswith(_PREFIX) else None
        if meant:
            twice = linter.section.get(_PREFIX + meant)
            edit = linter.drop(entry) if twice else linter.rename(entry, _PREFIX + meant)
            message = f"the client does not know `{rest}` and ignores it: `{meant}` keeps its value"
            linter.add("PC005", entry.key, message, at=entry, edits=[edit])
    guarantee = linter.section.get("processing.guarantee")
    once = guarantee is not None and shown(guarantee.value).strip() in _GUARANTEES
    given = {"linger.ms": Given("100", None, _BY)}
    without: set[str] = set()
    if once:
        own = _exactly_once(linter, own)
        given["delivery.timeout.ms"] = Given("2147483647", None, _BY)
        given[TIMEOUT] = Given("10000", None, _BY)
        given[IDEMPOTENCE] = Given("true", None, "forced by exactly_once_v2")
        given[TRANSACTIONAL] = Given("the task's", None, "forced by exactly_once_v2")
        # Its commits are what bounds a transaction, not the deadline.
        without.add("PC031")
    given.update(own)
    Java(linter, given, lambda key: _PREFIX + key, frozenset(without)).lint()


def _exactly_once(linter: Linter, own: dict[str, Given]) -> dict[str, Given]:
    """What Streams itself refuses or ignores, and what is left for the client."""
    for key in (IDEMPOTENCE, TRANSACTIONAL):
        one = own.pop(key, None)
        if one and one.entry:
            message = f"under exactly_once_v2 Streams sets `{key}` by itself, ignores this line and logs a warning"
            linter.add("PC731", key, message, at=one.entry, edits=[linter.drop(one.entry)])
    flight = own.get(IN_FLIGHT)
    most = _number(IN_FLIGHT, flight)
    if flight and flight.entry and most is not None and most > 5:
        own.pop(IN_FLIGHT)
        message = f"Streams refuses to start: under exactly_once_v2 at most 5 requests may be in flight, not {most}"
        linter.add(
            "PC730", IN_FLIGHT, message, at=flight.entry, edits=[linter.put(flight.entry, 5)]
        )
    _commit_interval(linter)
    return own


def _commit_interval(linter: Linter) -> None:
    # Only with the prefix: a bare one takes no part in this check.
    timeout = linter.section.get(_PREFIX + TIMEOUT)
    interval = linter.section.get("commit.interval.ms")
    wait = _number(TIMEOUT, Given(timeout.value, timeout)) if timeout else 10_000
    every = _number(TIMEOUT, Given(interval.value, interval)) if interval else 100
    if wait is None or every is None or wait >= every:
        return
    message = f"Streams refuses to start: a transaction expires after {wait} ms, and is committed every {every} ms"
    edit = linter.put(timeout, every) if timeout else linter.say(_PREFIX + TIMEOUT, every)
    linter.add("PC732", _PREFIX + TIMEOUT, message, at=timeout or interval, edits=[edit])


def _number(key: str, one: Given | None) -> int | None:
    """The value as Java reads it, `None` if it can't."""
    if one is None or not isinstance(one.value, (str, int)):
        return None
    # Switched off, anything goes; and what has a timeout is a transactional producer.
    rest = {TRANSACTIONAL: "t"} if key == TIMEOUT else {IDEMPOTENCE: "false"}
    try:
        resolved = config.resolve({key: one.value, **rest})
    except config.ConfigError:
        return None
    return resolved.transaction_timeout_ms if key == TIMEOUT else resolved.max_in_flight
