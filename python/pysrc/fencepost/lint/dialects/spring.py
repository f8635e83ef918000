"""Spring Boot and the Kafka binder of Spring Cloud Stream (config spec 9.7 and 9.8)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from fencepost import config

from ..model import UNKNOWN, Entry, Scalar, shown
from ..near import known, near_miss
from .base import Given, Linter, duplicates, normalised
from .java import ACKS, IDEMPOTENCE, TRANSACTIONAL, Java

__all__ = ["cloud_stream", "spring_boot"]

# Properties of Spring Boot's own, without dashes, and the client's name for them.
_TYPED = {
    "acks": "acks",
    "batchsize": "batch.size",
    "bootstrapservers": "bootstrap.servers",
    "buffermemory": "buffer.memory",
    "clientid": "client.id",
    "compressiontype": "compression.type",
    "keyserializer": "key.serializer",
    "valueserializer": "value.serializer",
    "retries": "retries",
    "transactionidprefix": "",
    "ssl": "",
    "security": "",
    "properties": "",
}
_SIZES = {"": 1, "B": 1, "KB": 2**10, "MB": 2**20, "GB": 2**30, "TB": 2**40}
_PRODUCER = "spring.kafka.producer"
_BINDER = "spring.cloud.stream.kafka.binder"
_BINDINGS = "spring.cloud.stream.kafka.bindings"


@dataclass(frozen=True)
class _Said:
    """A key of the file: which place it stands in, and what it says there."""

    # `common`, `typed`, `map`, `prefix`; `nothing` if it binds to nothing.
    place: str
    key: str
    entry: Entry


def _bare(text: str) -> str:
    return re.sub(r"[-_]", "", text).lower()


def _segments(key: str) -> list[str]:
    """`a.b[c.d].e` is a, b, c.d, e."""
    found: list[str] = []
    for match in re.finditer(r"\[([^\]]*)\]|([^.\[\]]+)", key):
        found.append(match[1] if match[1] is not None else match[2])
    return found


def _is_environment(key: str) -> bool:
    return bool(re.fullmatch(r"SPRING_[A-Z0-9_]+", key))


def _from_environment(key: str) -> str:
    """The dotted name that Spring binds an environment variable to, as far as this place is concerned."""
    rest = key.lower()
    for name, dotted in (
        ("spring_kafka_producer_properties_", f"{_PRODUCER}.properties."),
        ("spring_kafka_properties_", "spring.kafka.properties."),
        ("spring_cloud_stream_kafka_binder_configuration_", f"{_BINDER}.configuration."),
        ("spring_cloud_stream_kafka_binder_producerproperties_", f"{_BINDER}.producer-properties."),
    ):
        if rest.startswith(name):
            return dotted + rest[len(name) :].replace("_", ".")
    for name, dotted in (
        ("spring_kafka_producer_", f"{_PRODUCER}."),
        ("spring_cloud_stream_kafka_binder_transaction_", f"{_BINDER}.transaction."),
        ("spring_cloud_stream_kafka_binder_", f"{_BINDER}."),
    ):
        if rest.startswith(name):
            return dotted + rest[len(name) :].replace("_", "")
    return rest.replace("_", ".")


def _place(entry: Entry) -> tuple[list[str], list[str]]:
    """The segments of a key, as written and in the form in which typed names are compared."""
    key = _from_environment(entry.key) if _is_environment(entry.key) else entry.key
    written = _segments(key)
    return written, [_bare(segment) for segment in written]


def _boot(entries: Iterable[Entry]) -> list[_Said]:
    found = []
    for entry in entries:
        written, bare = _place(entry)
        if bare[:2] != ["spring", "kafka"] or len(bare) < 4:
            continue
        if bare[2] == "properties":
            found.append(_Said("common", ".".join(written[3:]), entry))
        elif bare[2] == "producer" and bare[3] == "properties":
            found.append(_Said("map", ".".join(written[4:]), entry))
        elif bare[2] == "producer" and bare[3] == "transactionidprefix":
            found.append(_Said("prefix", "", entry))
        elif bare[2] == "producer" and bare[3] in _TYPED:
            if _TYPED[bare[3]] and len(bare) == 4:
                found.append(_Said("typed", _TYPED[bare[3]], entry))
        elif bare[2] == "producer":
            found.append(_Said("nothing", ".".join(written[3:]), entry))
    return found


def _value(key: str, entry: Entry) -> Scalar:
    """Sizes may have a unit where Spring Boot binds them."""
    match = re.fullmatch(r"(\d{1,15})(B|KB|MB|GB|TB)", shown(entry.value).strip())
    if key in ("batch.size", "buffer.memory") and match:
        return str(int(match[1]) * _SIZES[match[2]])
    return shown(entry.value) if isinstance(entry.value, (int, float)) else entry.value


def _layers(said: list[_Said]) -> dict[str, Given]:
    """Common properties, then typed ones, then the producer's map, each overwriting."""
    given: dict[str, Given] = {}
    for place in ("common", "typed", "map"):
        for one in said:
            if one.place == place:
                given[one.key] = Given(_value(one.key, one.entry), one.entry)
    return given


def _transactional(given: dict[str, Given], prefix: Entry | None, by: str) -> None:
    """Spring's producer factory writes the switch, if it makes a transactional producer."""
    if prefix is not None and (prefix.value is UNKNOWN or shown(prefix.value).strip()):
        given.setdefault(TRANSACTIONAL, Given(UNKNOWN, prefix))
    name = given.get(TRANSACTIONAL)
    if name is not None and name.value is not None:
        given.setdefault(IDEMPOTENCE, Given("true", None, by))


def _unbound(linter: Linter, said: list[_Said]) -> None:
    """PC700, and PC005 for what stands in the producer's map."""
    for one in said:
        if one.place == "nothing":
            meant = _meant(one.key)
            if meant is None:
                continue
            name = _PRODUCER + ".properties." + meant
            if meant in _TYPED.values():
                name = f"{_PRODUCER}.{meant.replace('.', '-')}"
            if _is_environment(one.entry.key):
                name = name.upper().replace("-", "").replace(".", "_")
            message = f"`{one.entry.key}` binds to nothing and is ignored: Spring Boot knows no such property, and `{meant}` keeps its value"
            edits = [linter.rename(one.entry, name)]
            linter.add(
                "PC700",
                one.entry.key,
                message,
                at=one.entry,
                edits=edits,
                fix="" if edits[0] else name,
            )
        elif one.place == "map":
            meant = near_miss(one.key, known("java"), "java")
            if meant:
                name = one.entry.key[: len(one.entry.key) - len(one.key)] + meant
                message = f"the client does not know `{one.key}` and ignores it: `{meant}` keeps its value"
                linter.add(
                    "PC005", one.key, message, at=one.entry, edits=[linter.rename(one.entry, name)]
                )


def _meant(key: str) -> str | None:
    keys = known("java")
    for name in (key, key.lower().replace("-", ".").replace("_", ".")):
        if name in keys:
            return name
        meant = near_miss(name, keys, "java")
        if meant:
            return meant
    return None


def _naming(linter: Linter) -> object:
    entries = linter.section.entries
    return bool(entries) and all(_is_environment(entry.key) for entry in entries[:1])


def spring_boot(linter: Linter) -> None:
    """Every rule of Spring Boot over a file."""
    entries = normalised(linter.section.entries)
    said = _boot(entries)
    duplicates(linter, [o.entry for o in said], lambda entry: ".".join(_place(entry)[1]))
    _unbound(linter, said)
    given = _layers(said)
    prefix = next((one.entry for one in reversed(said) if one.place == "prefix"), None)
    _transactional(
        given, prefix, "Spring writes enable.idempotence=true for a transactional producer"
    )
    environment = _naming(linter)

    def name(key: str) -> str:
        if environment:
            return "SPRING_KAFKA_PRODUCER_PROPERTIES_" + key.upper().replace(".", "_")
        return f"{_PRODUCER}.properties.{key}"

    Java(linter, given, name).lint()


def cloud_stream(linter: Linter) -> None:
    """Every rule of the binder, for each binding that says something of its own."""
    entries = normalised(linter.section.entries)
    said = _boot(entries)
    of_binder = [e for e in entries if _place(e)[1][:3] == ["spring", "cloud", "stream"]]
    watched = [one.entry for one in said] + of_binder
    duplicates(linter, watched, lambda entry: ".".join(_place(entry)[1]))
    _unbound(linter, said)
    _Binder(linter, entries, said).lint()


class _Binder:
    def __init__(self, linter: Linter, entries: list[Entry], said: list[_Said]) -> None:
        self.linter = linter
        self.said = said
        self.acks: Entry | None = None
        self.prefix: Entry | None = None
        self.layers: list[list[tuple[str, Entry]]] = [[], []]
        self.transactional: list[tuple[str, Entry]] = []
        self.bindings: dict[str, list[tuple[str, Entry]]] = {}
        for entry in entries:
            self._read(entry)

    def _read(self, entry: Entry) -> None:
        written, bare = _place(entry)
        if bare[:4] != ["spring", "cloud", "stream", "kafka"] or len(bare) < 6:
            return
        rest, names = bare[5:], written[5:]
        if bare[4] == "bindings":
            if rest[1:3] == ["producer", "configuration"]:
                pair = (".".join(names[3:]), entry)
                self.bindings.setdefault(names[0], []).append(pair)
        elif bare[4] != "binder":
            return
        elif rest[0] == "requiredacks":
            self.acks = entry
        elif rest[0] == "configuration":
            # Only names that are a producer's.
            if ".".join(names[1:]) in known("java"):
                self.layers[0].append((".".join(names[1:]), entry))
        elif rest[0] == "producerproperties":
            self.layers[1].append((".".join(names[1:]), entry))
        elif rest == ["transaction", "transactionidprefix"]:
            self.prefix = entry
        elif rest[:3] == ["transaction", "producer", "configuration"]:
            self.transactional.append((".".join(names[3:]), entry))

    def lint(self) -> None:
        outcomes: list[str] = []
        names: list[str | None] = [None, *self.bindings]
        if self.prefix is not None:
            # What the bindings say is ignored then.
            names = [None]
        for name in names:
            self._producer(name)
            outcomes.append(self.linter.outcome)
        # Each binding repeats what the binder says: once is enough.
        self.linter.findings = list(dict.fromkeys(self.linter.findings))
        self.linter.outcome = outcomes[0]

    def _producer(self, binding: str | None) -> None:
        required = self.acks.value if self.acks else "1"
        by = "the binder's required-acks, 1 by default"
        given = {
            "batch.size": Given("16384", None, "the binder's buffer-size"),
            "linger.ms": Given("0", None, "the binder's batch-timeout"),
            ACKS: Given(shown(required) if isinstance(required, int) else required, self.acks, by),
        }
        given.update(_layers(self.said))
        own = self.transactional if self.prefix else self.bindings.get(binding or "", [])
        for layer in (*self.layers, own):
            given.update({key: Given(_value(key, entry), entry) for key, entry in layer})
        prefix = self.prefix or next(
            (o.entry for o in reversed(self.said) if o.place == "prefix"), None
        )
        why = "Spring writes enable.idempotence=true for a transactional producer"
        _transactional(given, prefix, why)
        is_required = given[ACKS].by == by
        Java(self.linter, given, self._name, frozenset({"PC020"} if is_required else ())).lint()
        switched = IDEMPOTENCE in given or TRANSACTIONAL in given
        if is_required and not switched and given[ACKS].value is not UNKNOWN:
            self._required(given[ACKS])

    def _required(self, acks: Given) -> None:
        release = self.linter.version or config.release("3.9")
        if config.problems({ACKS: acks.value}, release):
            return
        resolved = config.resolve({ACKS: acks.value}, release)
        if resolved.by is not config.By.CONFLICTS:
            return
        name = f"{_BINDER}.required-acks"
        put = self.linter.put(acks.entry, "all") if acks.entry else self.linter.say(name, "all")
        said = "is" if acks.entry else "is not set, so"
        message = f"`{name}` {said} {shown(acks.value)}: the binder writes acks={shown(acks.value)} into every producer, which turns idempotence off with a line of level info in the log"
        fix = "" if put else f"{name}=all"
        self.linter.add("PC710", ACKS, message, at=acks.entry, edits=[put], fix=fix)

    def _name(self, key: str) -> str:
        if key == ACKS:
            return f"{_BINDER}.required-acks"
        return f"{_BINDER}.producer-properties.{key}"
