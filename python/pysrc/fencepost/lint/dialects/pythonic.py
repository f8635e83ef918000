"""kafka-python and aiokafka (config spec 9.2 and 9.3)."""

from __future__ import annotations

from ..model import UNKNOWN, Edit, Entry, Scalar
from ..near import known, near_miss
from .base import Linter, duplicates, normalised

__all__ = ["aiokafka", "kafka_python"]

IDEMPOTENCE = "enable_idempotence"
TRANSACTIONAL = "transactional_id"
ACKS = "acks"
RETRIES = "retries"
IN_FLIGHT = "max_in_flight_requests_per_connection"
DELIVERY = "delivery_timeout_ms"


class _Arguments:
    """Keyword arguments of a producer."""

    def __init__(self, linter: Linter, keys: str, name: str) -> None:
        self.linter = linter
        entries = normalised(linter.section.entries)
        duplicates(linter, entries, lambda entry: entry.key)
        self.given: dict[str, Entry] = {}
        own = known(keys)
        for entry in entries:
            if entry.key in own:
                self.given[entry.key] = entry
            else:
                self._unknown(entry, own, name)

    def _unknown(self, entry: Entry, own: frozenset[str], name: str) -> None:
        dialect = "aio" if name == "aiokafka" else "kpy"
        meant = near_miss(entry.key, own, dialect)
        hint = f"; `{meant}` is what it calls it" if meant else ""
        edit = self.linter.drop(entry)
        if meant and self.linter.section.get(meant) is None:
            edit = self.linter.rename(entry, meant)
        message = f"{name} raises: it has no parameter `{entry.key}`{hint}"
        self.linter.add("PC004", entry.key, message, at=entry, edits=[edit])

    def has(self, key: str) -> bool:
        return key in self.given

    def get(self, key: str, default: Scalar = None) -> Scalar:
        return self.given[key].value if key in self.given else default

    def number(self, key: str, default: float) -> float | None:
        value = self.get(key, default)
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return value if is_number and isinstance(value, (int, float)) else None

    def put(self, key: str, value: Scalar) -> Edit | None:
        if key in self.given:
            return self.linter.put(self.given[key], value)
        return self.linter.say(key, value)

    def drop(self, key: str) -> Edit | None:
        return self.linter.drop(self.given.get(key))

    def add(self, rule: str, key: str, message: str, *edits: Edit | None) -> None:
        self.linter.add(rule, key, message, at=self.given.get(key), edits=edits)

    def acks(self) -> Scalar:
        """As kafka-python reads it: 'all' is -1, and a number as text is a text (seen with 3.0.12)."""
        value = self.get(ACKS)
        return -1 if value == "all" else value

    def empty_name(self, meaning: str) -> None:
        if self.get(TRANSACTIONAL) == "":
            self.add("PC207", TRANSACTIONAL, f"the transactional id is empty: {meaning}")


def kafka_python(linter: Linter) -> None:
    """Every rule of kafka-python over one call."""
    version = linter.version or (3, 0, 12)
    old = version < (2, 2, 0)
    keys = "kpy-2.0.2" if old else "kpy-2.2.15" if version < (3, 0, 0) else "kpy-3.0.12"
    arguments = _Arguments(linter, keys, "kafka-python")
    if old:
        message = "this kafka-python sends no producer id: a batch whose acknowledgement is lost is written again"
        linter.add("PC200", "", message)
        linter.outcome = "not idempotent: this version can't be"
        return
    _KafkaPython(arguments, new=version >= (3, 0, 0)).lint()


class _KafkaPython:
    def __init__(self, arguments: _Arguments, *, new: bool) -> None:
        self.arguments = arguments
        self.new = new
        self.switch = arguments.get(IDEMPOTENCE, new)
        name = arguments.get(TRANSACTIONAL)
        self.named = name is UNKNOWN or bool(name)

    def lint(self) -> None:
        arguments = self.arguments
        explicit = arguments.has(IDEMPOTENCE)
        off = explicit and self.switch is not UNKNOWN and not self.switch
        if self.named and off:
            message = (
                "kafka-python raises: a transactional id needs idempotence, and it is switched off"
            )
            arguments.add("PC203", TRANSACTIONAL, message, arguments.drop(IDEMPOTENCE))
        conflicts = self._conflicts()
        lost = False
        if self.named or (explicit and not off):
            if self.switch is not UNKNOWN:
                for key, what, edit in conflicts if not (self.named and off) else []:
                    arguments.add(
                        "PC202", key, f"kafka-python raises: idempotence needs {what}", edit
                    )
        elif not explicit and self.new:
            lost = bool(conflicts)
            for key, what, edit in conflicts:
                message = f"idempotence needs {what}: kafka-python logs a warning and drops it"
                switch = arguments.linter.say(IDEMPOTENCE, True)
                extra = [switch] if switch else []
                arguments.add("PC204", key, message, edit, *extra)
        elif not explicit:
            message = "kafka-python 2.2 does not turn idempotence on by itself: a batch whose acknowledgement is lost is written again"
            edits = [arguments.put(IDEMPOTENCE, True), *(edit for _, _, edit in conflicts)]
            arguments.add("PC201", IDEMPOTENCE, message, *edits)
        elif self.new and not self.named:
            message = "idempotence is switched off: a batch whose acknowledgement is lost is written again"
            arguments.add("PC208", IDEMPOTENCE, message, arguments.drop(IDEMPOTENCE))
        self._deadline()
        acks = arguments.acks()
        if (
            self.new
            and isinstance(acks, int)
            and not isinstance(acks, bool)
            and acks not in (-1, 0, 1)
        ):
            message = f"kafka-python takes acks={acks}, and brokers answer INVALID_REQUIRED_ACKS: every batch fails"
            arguments.add("PC206", ACKS, message, arguments.put(ACKS, "all"))
        meaning = "kafka-python's checks take it for none"
        if not self.new:
            meaning += ", and the producer is neither idempotent nor transactional"
        arguments.empty_name(meaning)
        self._outcome(idempotent=self.named or (bool(self.switch) and not lost))

    def _conflicts(self) -> list[tuple[str, str, Edit | None]]:
        arguments = self.arguments
        found: list[tuple[str, str, Edit | None]] = []
        acks = arguments.acks()
        if arguments.has(ACKS) and acks is not UNKNOWN and acks != -1:
            found.append((ACKS, f"acks='all', not {acks!r}", arguments.put(ACKS, "all")))
        if arguments.has(RETRIES) and arguments.get(RETRIES) == 0:
            found.append((RETRIES, "retries above 0", arguments.drop(RETRIES)))
        flight = arguments.number(IN_FLIGHT, 5) if arguments.has(IN_FLIGHT) else None
        if flight is not None and (flight > 5 if self.new else flight != 1):
            most = 5 if self.new else 1
            what = f"at most {most} in flight" if self.new else "exactly 1 in flight"
            found.append((IN_FLIGHT, f"{what}, not {flight:g}", arguments.put(IN_FLIGHT, most)))
        return found

    def _deadline(self) -> None:
        arguments = self.arguments
        parts = (
            arguments.number(DELIVERY, 120_000),
            arguments.number("linger_ms", 0),
            arguments.number("request_timeout_ms", 30_000),
        )
        delivery, linger, request = parts
        if delivery is None or linger is None or request is None or delivery >= linger + request:
            return
        least = linger + request
        said = "" if arguments.has(DELIVERY) else " (it was left at its default)"
        message = f"kafka-python raises: `{DELIVERY}` is {delivery:g}{said}, and must be at least linger_ms + request_timeout_ms, {least:g}"
        edit = arguments.put(DELIVERY, int(least)) if least == int(least) else None
        arguments.add("PC205", DELIVERY, message, edit)

    def _outcome(self, *, idempotent: bool) -> None:
        if self.named:
            text = "transactional: exactly once and in order, in transactions, across sessions"
        elif idempotent:
            text = "idempotent: exactly once and in order, per partition and session"
        else:
            text = "not idempotent: a batch whose acknowledgement is lost is written again"
        self.arguments.linter.outcome = text


def aiokafka(linter: Linter) -> None:
    """Every rule of aiokafka over one call."""
    arguments = _Arguments(linter, "aio", "aiokafka")
    switch, name, acks = (arguments.get(key) for key in (IDEMPOTENCE, TRANSACTIONAL, ACKS))
    readable = not arguments.has(ACKS) or acks is UNKNOWN or acks in (0, 1, -1, "all")
    if not readable:
        message = f"aiokafka raises: acks is {acks!r}, and must be 0, 1, -1 or 'all'"
        numbers: dict[Scalar, Scalar] = {"0": 0, "1": 1, "-1": -1}
        meant = numbers.get(acks, "all") if isinstance(acks, str) else "all"
        arguments.add("PC302", ACKS, message, arguments.put(ACKS, meant))
    idempotent = name is not None or bool(switch)
    if switch is UNKNOWN and name is None:
        linter.outcome = "idempotent or not: that is only known when the program runs"
        return
    if not idempotent:
        message = "aiokafka does not turn idempotence on by itself: a batch whose acknowledgement is lost is written again"
        edits = [arguments.put(IDEMPOTENCE, True)]
        if arguments.has(ACKS) and acks not in (-1, "all"):
            edits.append(arguments.put(ACKS, "all"))
        arguments.add("PC300", IDEMPOTENCE, message, *edits)
    elif readable and arguments.has(ACKS) and acks is not UNKNOWN and acks not in (-1, "all"):
        message = f"aiokafka raises: idempotence needs acks='all', not {acks!r}"
        arguments.add("PC301", ACKS, message, arguments.put(ACKS, "all"))
    if name is not None and arguments.has(IDEMPOTENCE) and not switch:
        message = (
            "the transactional id turns idempotence on, whatever `enable_idempotence=False` says"
        )
        arguments.add("PC303", TRANSACTIONAL, message, arguments.drop(IDEMPOTENCE))
    arguments.empty_name(
        "aiokafka takes it for an id like any other, which all such producers share"
    )
    if name is not None:
        linter.outcome = (
            "transactional: exactly once and in order, in transactions, across sessions"
        )
    elif idempotent:
        linter.outcome = "idempotent: exactly once and in order, per partition and session"
    else:
        linter.outcome = "not idempotent: a batch whose acknowledgement is lost is written again"
