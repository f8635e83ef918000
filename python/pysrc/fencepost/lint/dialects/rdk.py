"""librdkafka and the clients over it (config spec 9.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ..model import UNKNOWN, Edit, Entry, Scalar, Severity, shown
from ..near import near_miss
from .base import Linter, duplicates, normalised

__all__ = ["lint", "strtol"]

IDEMPOTENCE = "enable.idempotence"
TRANSACTIONAL = "transactional.id"
TIMEOUT = "transaction.timeout.ms"
IN_FLIGHT = "max.in.flight.requests.per.connection"
RETRIES = "message.send.max.retries"
ACKS = "request.required.acks"
LINGER = "queue.buffering.max.ms"
MESSAGE = "message.timeout.ms"
SOCKET = "socket.timeout.ms"
GAPLESS = "enable.gapless.guarantee"
THRESHOLD = "queue.buffering.backpressure.threshold"
QUEUING = "queuing.strategy"
# How the rules call what has several names.
_SHORT = {IN_FLIGHT: "max.in.flight", RETRIES: "retries", ACKS: "acks", LINGER: "linger.ms"}
_TOPIC = ("default.topic.config.", "topic.")
# What the bindings of Python, Go, .NET and JavaScript take for themselves.
_OF_BINDINGS = re.compile(
    r"(?:go|dotnet|js|schema\.registry)\.|(?:key|value)\.(?:de)?serializer$|\w+_cb$|on_delivery$|logger$|dr_msg"
)
_DEFAULTS: dict[str, float] = {
    TIMEOUT: 60_000,
    IN_FLIGHT: 1_000_000,
    RETRIES: 2_147_483_647,
    ACKS: -1,
    LINGER: 5,
    MESSAGE: 300_000,
    "reconnect.backoff.ms": 100,
    "reconnect.backoff.max.ms": 10_000,
}


@dataclass(frozen=True)
class Property:
    """One property of librdkafka, as it tells it."""

    name: str
    level: str
    kind: str
    least: int | None
    most: int | None
    words: tuple[str, ...]


@cache
def properties() -> tuple[dict[str, Property], dict[str, str]]:
    """Every property, and every alias."""
    text = (files(__package__).joinpath("..") / "keys" / "rdk.txt").read_text("utf-8")
    found: dict[str, Property] = {}
    aliases: dict[str, str] = {}
    for line in text.splitlines():
        cells = line.split()
        if line.startswith("#"):
            continue
        if cells[1] == "=":
            aliases[cells[0]] = cells[2]
            continue
        name, level, kind, least, most, words = cells
        bounds = (None if least == "-" else int(least), None if most == "-" else int(most))
        allowed = () if words == "-" else tuple(words.split(","))
        # What both levels have is set on the global one, unless the prefix says otherwise.
        found.setdefault(name, Property(name, level, kind, *bounds, allowed))
    return found, aliases


def strtol(text: str) -> int | None:
    """The number that C reads with base 0, in 32 bits; `None` if there is none."""
    match = re.match(r"\s*([-+]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)", text)
    if not match:
        return None
    digits = match[2]
    if digits[:2] in ("0x", "0X"):
        number = int(digits, 16)
    elif digits[0] == "0" and len(digits) > 1:
        number = int(digits, 8)
    else:
        # A thousand digits are as many as a million: it is out of every range.
        number = int(digits[:40])
    number = -number if match[1] == "-" else number
    number = max(-(2**63), min(2**63 - 1, number))
    return (number + 2**31) % 2**32 - 2**31


@dataclass
class _Said:
    entry: Entry
    value: float | bool | str | None


def lint(linter: Linter) -> None:
    """Every rule of librdkafka over one configuration."""
    entries = normalised(linter.section.entries)
    duplicates(linter, entries, lambda entry: _canonical(entry.key), _SHORT)
    reader = _Rdk(linter)
    for entry in entries:
        reader.read(entry)
    reader.lint()


def _canonical(key: str) -> str:
    found, aliases = properties()
    for prefix in _TOPIC:
        rest = key[len(prefix) :]
        name = aliases.get(rest, rest)
        if key.startswith(prefix) and key not in found and name in found:
            return name
    return aliases.get(key, key)


class _Rdk:
    def __init__(self, linter: Linter) -> None:
        self.linter = linter
        self.said: dict[str, _Said] = {}
        self.topic_level = False

    def read(self, entry: Entry) -> None:
        found, aliases = properties()
        name = _canonical(entry.key)
        one = found.get(name)
        if one is None:
            if _OF_BINDINGS.match(entry.key) or entry.value is UNKNOWN and "_" in entry.key:
                return
            self._unknown(entry, {*found, *aliases})
            return
        self.topic_level |= one.level == "topic"
        self.said[name] = _Said(entry, self._value(one, entry))

    def _unknown(self, entry: Entry, own: set[str]) -> None:
        meant = near_miss(entry.key, own, "rdk")
        hint = f"; `{meant}` is what it calls it" if meant else ""
        edit = self.linter.drop(entry)
        if meant:
            twice = any(_canonical(e.key) == _canonical(meant) for e in self.linter.section.entries)
            edit = self.linter.drop(entry) if twice else self.linter.rename(entry, meant)
        message = f"librdkafka refuses to start: it has no property `{entry.key}`{hint}"
        self.linter.add("PC004", entry.key, message, at=entry, edits=[edit])

    def _value(self, one: Property, entry: Entry) -> float | bool | str | None:
        """The value, and findings if it can't be read or is read differently; `None` if unknown."""
        value = entry.value
        if value is UNKNOWN or one.kind == "text":
            return value if isinstance(value, str) else None
        if value is None:
            self._bad(one, entry, "it can't be null", None)
            return None
        text = shown(value)
        if one.kind == "bool":
            words = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}
            if text.lower() in words:
                return words[text.lower()]
            meant = {"yes": True, "on": True, "no": False, "off": False, **words}
            self._bad(one, entry, "it must be true or false", meant.get(text.strip().lower()))
            return None
        if one.kind == "enum":
            # Seen with 2.16.0: any case, and blanks in front.
            if text.lstrip().lower() in one.words:
                return text.lstrip().lower()
            plain = text.strip().lower()
            words_text = f"it must be one of {', '.join(one.words)}"
            self._bad(one, entry, words_text, plain if plain in one.words else None)
            return None
        if one.name == ACKS and text.lower() == "all":
            return -1
        return self._number(one, entry, text)

    def _number(self, one: Property, entry: Entry, text: str) -> float | None:
        number: float | None
        if one.kind == "float":
            match = re.match(r"\s*[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?", text)
            number = float(match[0]) if match else None
        else:
            number = strtol(text)
        if number is None:
            self._bad(one, entry, "it must be a number", None)
            return None
        low, high = one.least, one.most
        if one.name == LINGER:
            low, high = 0, 900_000
        if (low is not None and number < low) or (high is not None and number > high):
            self._bad(
                one, entry, f"it is read as {shown(number)}, and must be from {low} to {high}", None
            )
            return None
        if one.kind == "int" and not _reads_as(text, number):
            plain = _plain(text)
            meant = plain if plain is not None and (high is None or plain <= high) else int(number)
            message = f"`{entry.key}={text}` is read as {number}"
            key = _SHORT.get(one.name, one.name)
            self.linter.add("PC114", key, message, at=entry, edits=[self.linter.put(entry, meant)])
        return number

    def _bad(self, one: Property, entry: Entry, reason: str, meant: Scalar) -> None:
        key = _SHORT.get(one.name, one.name)
        message = f"librdkafka refuses to start: `{entry.key}` is {shown(entry.value)!r}, {reason}"
        edit = self.linter.put(entry, meant) if meant is not None else None
        self.linter.add("PC117", key, message, at=entry, edits=[edit])

    # What is in effect.

    def has(self, name: str) -> bool:
        return name in self.said

    def number(self, name: str) -> float | None:
        """In effect; `None` if it is not known."""
        if name not in self.said:
            return _DEFAULTS.get(name)
        value = self.said[name].value
        return value if isinstance(value, (int, float)) else None

    def given(self, name: str) -> float | None:
        """As set; `None` if it is not set or not known."""
        return self.number(name) if name in self.said else None

    def flag(self, name: str) -> bool | None:
        value = self.said[name].value if name in self.said else False
        return value if isinstance(value, bool) else None

    def add(self, rule: str, name: str, message: str, *edits: Edit | None, **more: object) -> None:
        said = self.said.get(name)
        at = said.entry if said else None
        severity = more.get("severity")
        phase = more.get("phase")
        self.linter.add(
            rule,
            _SHORT.get(name, name),
            message,
            at=at,
            edits=edits,
            severity=severity if isinstance(severity, Severity) else None,
            phase=phase if isinstance(phase, str) else None,
        )

    def put(self, name: str, value: Scalar) -> Edit | None:
        said = self.said.get(name)
        if said:
            return self.linter.put(said.entry, value)
        return self.linter.say(_SHORT.get(name, name), value)

    def drop(self, name: str) -> Edit | None:
        said = self.said.get(name)
        return self.linter.drop(said.entry) if said else None

    # The rules, in the order in which librdkafka checks.

    def lint(self) -> None:
        name = self.said[TRANSACTIONAL].entry.value if self.has(TRANSACTIONAL) else ""
        self.named = name is UNKNOWN or shown(name) != ""
        switch = self.flag(IDEMPOTENCE)
        off = self.has(IDEMPOTENCE) and switch is False
        self.idempotent = switch is True or (self.named and not off)
        if self.named and off:
            message = "librdkafka refuses to start: a transactional id needs idempotence, and it is switched off"
            self.add("PC107", TRANSACTIONAL, message, self.drop(IDEMPOTENCE))
        self._transactional()
        if self.idempotent:
            self._conflicts()
        self._gapless()
        self._backoff()
        self._linger()
        if self.idempotent:
            self._order()
        self._deadline()
        self._unguarded(off=off)
        self._names()
        self._outcome()

    def _transactional(self) -> None:
        timeout = self.number(TIMEOUT)
        if not self.named or timeout is None:
            return
        socket = self.given(SOCKET)
        aim = max(int(timeout) - 100, 900)
        if socket is not None and timeout + 100 >= 2**31:
            # Seen with 2.16.0: the sum is one of C's ints.
            message = f"librdkafka refuses to start: 100 above a transaction.timeout.ms of {int(timeout)} overflows, and no `socket.timeout.ms` is below that"
            self.add("PC108", SOCKET, message, self.drop(SOCKET))
        elif socket is not None and socket > timeout + 100:
            message = f"librdkafka refuses to start: `socket.timeout.ms` may be at most {int(timeout) + 100}, 100 above transaction.timeout.ms"
            self.add("PC108", SOCKET, message, self.put(SOCKET, aim))
        elif socket is not None and socket > timeout - 100:
            message = f"it is accepted, but one request that takes {int(socket)} ms outlasts the transaction's {int(timeout)} ms; {aim} is the documented bound"
            self.add("PC119", SOCKET, message, self.put(SOCKET, aim))
        if timeout > 900_000:
            message = f"{int(timeout)} ms is above 900000, the brokers' default of transaction.max.timeout.ms: unless that is raised, init_transactions fails"
            self.add("PC029", TIMEOUT, message, self.put(TIMEOUT, 900_000))

    def _conflicts(self) -> None:
        refuses = "librdkafka refuses to start: with idempotence"
        most = self.given(IN_FLIGHT)
        if most is not None and most > 5:
            message = f"{refuses} at most 5 requests may be in flight, not {int(most)}"
            self.add("PC101", IN_FLIGHT, message, self.put(IN_FLIGHT, 5))
        retries = self.given(RETRIES)
        if retries is not None and retries < 1:
            message = f"{refuses} `retries` must be at least 1"
            self.add("PC102", RETRIES, message, self.drop(RETRIES))
        threshold = self.given(THRESHOLD)
        if threshold is not None and threshold > 1:
            self.add("PC103", THRESHOLD, f"{refuses} `{THRESHOLD}` must be 1", self.drop(THRESHOLD))

    def _gapless(self) -> None:
        gapless = self.flag(GAPLESS)
        if gapless and not self.idempotent and self.flag(IDEMPOTENCE) is not None:
            message = "librdkafka refuses to start: the gapless guarantee needs idempotence"
            self.add("PC106", GAPLESS, message, self.put(IDEMPOTENCE, True))
        if self.linter.pedantic and self.idempotent and gapless is False:
            message = (
                "a message that fails for good leaves a gap, and later ones are sent all the same"
            )
            self.add("PC118", GAPLESS, message, self.put(GAPLESS, True))

    def _backoff(self) -> None:
        first, most = self.number("reconnect.backoff.ms"), self.number("reconnect.backoff.max.ms")
        if first is not None and most is not None and most < first:
            message = f"librdkafka refuses to start: `reconnect.backoff.max.ms` is {int(most)}, below reconnect.backoff.ms, {int(first)}"
            self.add(
                "PC120",
                "reconnect.backoff.max.ms",
                message,
                self.put("reconnect.backoff.max.ms", int(first)),
            )

    def _linger(self) -> None:
        timeout = self.number(MESSAGE)
        if self.named and not self.has(MESSAGE):
            timeout = self.number(TIMEOUT)
        linger = self.number(LINGER)
        if timeout is None or timeout == 0 or linger is None or timeout > linger:
            return
        if not self.has(LINGER):
            message = f"linger.ms is lowered to {timeout - 0.1:g}, to fit below a message.timeout.ms of {int(timeout)}"
            self.add("PC111", MESSAGE, message)
            return
        when = (
            "librdkafka refuses to start"
            if self.topic_level
            else "the producer starts, and every produce call fails"
        )
        message = f"{when}: messages time out after {int(timeout)} ms, before they are sent after {linger:g} ms"
        phase = "start" if self.topic_level else "produce"
        self.add(
            "PC110", LINGER, message, self.put(LINGER, 5) if timeout > 5 else None, phase=phase
        )

    def _order(self) -> None:
        acks = self.given(ACKS)
        if acks is not None and acks != -1:
            message = (
                f"librdkafka refuses to start: with idempotence `acks` must be all, not {int(acks)}"
            )
            self.add("PC104", ACKS, message, self.put(ACKS, "all"))
        if self.has(QUEUING) and self.said[QUEUING].value == "lifo":
            message = (
                "librdkafka refuses to start: with idempotence `queuing.strategy` must be fifo"
            )
            self.add("PC105", QUEUING, message, self.drop(QUEUING))

    def _deadline(self) -> None:
        timeout, message_timeout = self.number(TIMEOUT), self.given(MESSAGE)
        if not self.named or timeout is None or message_timeout is None:
            return
        if message_timeout > timeout:
            message = f"librdkafka refuses to start: `message.timeout.ms` may be at most transaction.timeout.ms, {int(timeout)}"
            self.add("PC109", MESSAGE, message, self.put(MESSAGE, int(timeout)))
        elif message_timeout == 0:
            message = f"messages never expire, and their transaction does after {int(timeout)} ms"
            self.add("PC112", MESSAGE, message, self.put(MESSAGE, int(timeout)))

    def _unguarded(self, *, off: bool) -> None:
        reorder = self.number(IN_FLIGHT) != 1
        order = (
            f", and with {int(self.number(IN_FLIGHT) or 0)} requests in flight out of order"
            if reorder
            else ""
        )
        what = f"a batch whose acknowledgement is lost is written again{order}"
        if self.named or self.idempotent:
            return
        if not self.has(IDEMPOTENCE):
            message = f"librdkafka does not turn idempotence on by itself: {what}"
            self.add("PC100", IDEMPOTENCE, message, self.put(IDEMPOTENCE, True))
        elif off:
            message = f"idempotence is switched off: {what}"
            self.add("PC113", IDEMPOTENCE, message, self.put(IDEMPOTENCE, True))
        acks = self.given(ACKS)
        if acks is not None and acks >= 2:
            message = (
                f"brokers answer acks={int(acks)} with INVALID_REQUIRED_ACKS: every batch fails"
            )
            self.add("PC116", ACKS, message, self.put(ACKS, "all"))

    def _names(self) -> None:
        said = self.said.get(TRANSACTIONAL)
        if not said or said.entry.value is UNKNOWN or shown(said.entry.value).strip() != "":
            return
        if shown(said.entry.value) == "":
            message = "an empty id means none: the producer is not transactional"
        else:
            message = "an id of blanks is trimmed to an empty one, and counts as set: the producer is transactional"
        self.add("PC115", TRANSACTIONAL, message)

    def _outcome(self) -> None:
        if self.named:
            self.linter.outcome = (
                "transactional: exactly once and in order, in transactions, across sessions"
            )
        elif self.idempotent:
            self.linter.outcome = "idempotent: exactly once and in order, per partition and session"
        else:
            self.linter.outcome = (
                "not idempotent: a batch whose acknowledgement is lost is written again"
            )


def _reads_as(text: str, number: float) -> bool:
    plain = text.strip()
    return bool(re.fullmatch(r"[-+]?[0-9]{1,40}", plain)) and int(plain) == number


def _plain(text: str) -> int | None:
    """What `1e3`, `010` and `5.0` were plainly meant to be."""
    text = text.strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        return int(text)
    if re.fullmatch(r"[0-9]{1,6}(?:\.[0-9]{1,6})?(?:[eE][0-9])?", text):
        number = float(text)
        return int(number) if number == int(number) else None
    match = re.fullmatch(r"([0-9]{1,9}) ?ms", text)
    return int(match[1]) if match else None
