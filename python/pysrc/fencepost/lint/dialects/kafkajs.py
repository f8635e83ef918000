"""kafkajs (config spec 9.6)."""

from __future__ import annotations

from ..model import UNKNOWN, Edit, Entry, Scalar
from .base import Linter

__all__ = ["lint"]

_MOST = 2**53 - 1


def lint(linter: Linter) -> None:
    """Every rule of kafkajs over one producer."""
    given: dict[str, Entry] = {}
    sends: list[Entry] = []
    for entry in linter.section.entries:
        if entry.key == "send.acks":
            sends.append(entry)
        else:
            given[entry.key] = entry
    switch = given["idempotent"].value if "idempotent" in given else False
    name = given["transactionalId"].value if "transactionalId" in given else None
    named = name is UNKNOWN or bool(name)
    if switch is UNKNOWN:
        linter.outcome = "idempotent or not: that is only known when the program runs"
        return

    def put(key: str, value: Scalar) -> Edit | None:
        return linter.put(given[key], value) if key in given else linter.say(key, value)

    if not switch and not named:
        message = "kafkajs does not turn idempotence on by itself: a batch whose acknowledgement is lost is written again"
        linter.add(
            "PC600",
            "idempotent",
            message,
            at=given.get("idempotent"),
            edits=[put("idempotent", True)],
        )
    if switch:
        _retries(linter, given)
        for entry in sends:
            if entry.value not in (-1, UNKNOWN):
                message = f"send throws: with idempotence acks must be -1, not {entry.value}"
                linter.add("PC605", "send.acks", message, at=entry, edits=[linter.drop(entry)])
    flight = given.get("maxInFlightRequests")
    if (switch or named) and (flight is None or flight.value not in (1, UNKNOWN)):
        said = "has no bound" if flight is None or flight.value is None else f"is {flight.value}"
        message = f"maxInFlightRequests {said}, and kafkajs does not check it: a batch that is sent again comes after later ones"
        edit = put("maxInFlightRequests", 1)
        linter.add(
            "PC604",
            "maxInFlightRequests",
            message,
            at=flight or given.get("idempotent"),
            edits=[edit],
        )
    if named:
        linter.outcome = (
            "transactional: exactly once and in order, in transactions, across sessions"
        )
    elif switch:
        linter.outcome = "idempotent: exactly once and in order, per partition and session, while the retries last"
    else:
        linter.outcome = "not idempotent: a batch whose acknowledgement is lost is written again"


def _retries(linter: Linter, given: dict[str, Entry]) -> None:
    key = "retry.retries"
    entry = given.get(key) or given.get("client.retry.retries")
    if entry is None or entry.value is None:
        message = "retries are not set, and are really 5, not unlimited as documented: the producer gives up after some seconds"
        edit = linter.put(entry, _MOST) if entry else linter.say(key, _MOST)
        linter.add("PC603", key, message, at=entry or given.get("idempotent"), edits=[edit])
        return
    value = entry.value
    if not isinstance(value, (int, float)):
        return
    if value < 1:
        message = f"kafkajs throws: with idempotence retries must be at least 1, not {value}"
        linter.add("PC601", key, message, at=entry, edits=[linter.put(entry, _MOST)])
    elif value < _MOST:
        message = f"kafkajs logs a warning: with {value} retries a batch may fail, and what is sent again after that is new to the broker"
        linter.add("PC602", key, message, at=entry, edits=[linter.put(entry, _MOST)])
