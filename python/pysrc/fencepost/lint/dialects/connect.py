"""The producers of Connect's source tasks (config spec 9.9)."""

from __future__ import annotations

from ..model import Entry, shown
from ..near import known, near_miss
from .base import Given, Linter, duplicates, normalised
from .java import IDEMPOTENCE, TRANSACTIONAL, Java

__all__ = ["lint"]

_WORKER = "producer."
_CONNECTOR = "producer.override."
_BASE = {
    IDEMPOTENCE: "false",
    "acks": "all",
    "max.in.flight.requests.per.connection": "1",
    "delivery.timeout.ms": "2147483647",
    "max.block.ms": "9223372036854775807",
}


def lint(linter: Linter) -> None:
    """Every rule of Connect over a worker's file, or over a connector's."""
    entries = normalised(linter.section.entries)
    duplicates(linter, entries, lambda entry: entry.key)
    connector = linter.section.facts.get("connector") or linter.section.get("connector.class")
    prefix, wrong = (_CONNECTOR, _WORKER) if connector else (_WORKER, _CONNECTOR)
    _misplaced(linter, entries, prefix, wrong)
    own = {}
    for entry in entries:
        if entry.key.startswith(prefix) and not (
            not connector and entry.key.startswith(_CONNECTOR)
        ):
            own[entry.key[len(prefix) :]] = Given(entry.value, entry)
    once = _exactly_once(linter, bool(connector))
    given = {key: Given(value, None, "Connect's own") for key, value in _BASE.items()}
    for key in (IDEMPOTENCE, TRANSACTIONAL) if once else ():
        one = own.pop(key, None)
        if (
            one
            and one.entry
            and not (key == IDEMPOTENCE and shown(one.value).strip().lower() == "true")
        ):
            message = (
                f"exactly-once support overwrites `{one.entry.key}`, and the worker logs a warning"
            )
            linter.add("PC721", key, message, at=one.entry, edits=[linter.drop(one.entry)])
    if once:
        by = "forced by exactly-once support"
        given[IDEMPOTENCE] = Given("true", None, by)
        given[TRANSACTIONAL] = Given("the task's", None, by)
    given.update(own)

    def name(key: str) -> str:
        return prefix + key

    # The coordinator's timeout against an unlimited deadline is Connect's business.
    without = frozenset({"PC031"} if "delivery.timeout.ms" not in own else ())
    Java(linter, given, name, without).lint()
    if not once and IDEMPOTENCE not in own and not _is_sink(linter):
        message = "Connect switches idempotence off for source tasks: order is kept, and a batch whose acknowledgement is lost is written again"
        linter.add("PC720", IDEMPOTENCE, message, edits=[linter.say(name(IDEMPOTENCE), True)])


def _exactly_once(linter: Linter, connector: bool) -> bool:
    key, value = ("exactly.once.source.support", "enabled")
    if connector:
        # A connector that requires it does not start on a worker without.
        key, value = ("exactly.once.support", "required")
    entry = linter.section.get(key)
    return entry is not None and shown(entry.value).strip().lower() == value


def _is_sink(linter: Linter) -> bool:
    entry = linter.section.get("connector.class")
    return entry is not None and "sink" in shown(entry.value).rpartition(".")[2].lower()


def _misplaced(linter: Linter, entries: list[Entry], prefix: str, wrong: str) -> None:
    keys = known("java")
    for entry in entries:
        key = entry.key
        of_other = key.startswith(wrong) and not key.startswith(prefix)
        if wrong == _CONNECTOR:
            of_other = key.startswith(wrong)
        rest = key[len(wrong) :] if of_other else key[len(prefix) :]
        meant = near_miss(rest, keys, "java") if rest not in keys else rest
        if of_other and meant:
            place = "the worker's file" if prefix == _WORKER else "a connector's configuration"
            belongs = "a connector's configuration" if prefix == _WORKER else "the worker's file"
            message = f"`{wrong}` belongs in {belongs}; in {place} the key is ignored, and `{meant}` keeps its value"
        elif key.startswith(prefix) and meant and meant != rest:
            message = f"the client does not know `{rest}` and ignores it: `{meant}` keeps its value"
        else:
            continue
        edits = [linter.rename(entry, prefix + meant)]
        if linter.section.get(prefix + meant):
            edits = [linter.drop(entry)]
        linter.add("PC005", key, message, at=entry, edits=edits)
