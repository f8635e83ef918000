"""Kafka's own producer, and Java's own reader of properties, beside `fencepost.config` and the linter's reader."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from random import Random
from urllib.parse import parse_qsl, quote_plus

from drawn import Settings, drawn, numbers

from fencepost import config
from fencepost.lint import InputError
from fencepost.lint.readers.properties import read

HERE = Path(__file__).parent
MOST = 2**31 - 1
INT = ("1", "0", "-1", "+3", " 3 ", "00", "0x10", "1e3", "3.0", "", "5ms", str(MOST), str(MOST + 1))
LONG = ("100", "0", "-1", " 7 ", "", "x", str(2**63 - 1), str(2**63))
VALUES: Mapping[str, Sequence[object]] = {
    "enable.idempotence": ("true", "false", "TRUE", " true ", "yes", "1", "", None),
    "transactional.id": ("t", " x ", "", "  ", None, "\xa0"),
    "acks": ("all", "-1", "1", "0", " all ", "ALL", "2", "+1", "", None),
    "retries": (*INT, None),
    "max.in.flight.requests.per.connection": ("5", "1", "6", *INT),
    "delivery.timeout.ms": ("120000", *numbers(30_000, 30_005, 120_005), *INT),
    "linger.ms": ("0", "5", "90000", "90001", "100000", "9999999999", *LONG),
    "request.timeout.ms": ("30000", *INT),
    "retry.backoff.ms": LONG,
    "retry.backoff.max.ms": LONG,
    "max.block.ms": LONG,
    "batch.size": INT,
    "buffer.memory": LONG,
    "max.request.size": INT,
    "transaction.timeout.ms": ("60000", "-5", *INT),
    # A null is nothing to the configuration; that the producer then crashes is known by reading.
    "client.id": ("c", "", " c "),
    "compression.type": ("gzip", "none", "zstd"),
    "unknown.key": ("x", None),
    "Acks": ("0",),
}
# Names of the fields of `config.Resolved`.
FIELDS = {
    "acks": "acks",
    "batch.size": "batch_size",
    "buffer.memory": "buffer_memory",
    "delivery.timeout.ms": "delivery_timeout_ms",
    "enable.idempotence": "idempotent",
    "linger.ms": "linger_ms",
    "max.block.ms": "max_block_ms",
    "max.in.flight.requests.per.connection": "max_in_flight",
    "max.request.size": "max_request_size",
    "request.timeout.ms": "request_timeout_ms",
    "retries": "retries",
    "retry.backoff.max.ms": "retry_backoff_max_ms",
    "retry.backoff.ms": "retry_backoff_ms",
    "transactional.id": "transactional_id",
}


def java(classes: str, source: str, lines: Iterable[str]) -> list[str]:
    """The answers of a program, a line each."""
    command = ["java", "-cp", classes or ".", str(HERE / source)]
    given = "".join(f"{line}\n" for line in lines)
    done = subprocess.run(
        command, input=given, check=True, stdout=subprocess.PIPE, text=True, timeout=600
    )
    return done.stdout.splitlines()


def encoded(settings: Settings) -> str:
    """A configuration as a line."""
    pairs = settings.items()
    return "&".join(
        quote_plus(key) if value is None else f"{quote_plus(key)}={quote_plus(str(value))}"
        for key, value in pairs
    )


def decoded(line: str) -> dict[str, str]:
    """An answer."""
    return dict(parse_qsl(line, keep_blank_values=True, strict_parsing=bool(line)))


def shown(value: object) -> str:
    """As Java prints it."""
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def difference(settings: Settings, release: str, answer: Mapping[str, str]) -> str:
    """What the two say differently, empty if nothing."""
    refused = answer.get("refused")
    try:
        resolved = config.resolve(settings, release)
    except config.ConfigError as error:
        first = error.problems[0]
        if refused is None:
            return f"the client starts, we say {error}"
        crashes = first.rule is config.Rule.NULL_CRASHES
        named = crashes or first.setting in refused
        return "" if named else f"the client says {refused!r}, we name {first.setting}"
    if refused is not None:
        return f"the client says {refused!r}, we see nothing wrong"
    told = []
    for key, field in FIELDS.items():
        ours, theirs = shown(getattr(resolved, field)), answer[key]
        # What the producer makes of these, behind the configuration.
        if key == "linger.ms":
            theirs = str(min(int(theirs), MOST))
        elif key == "batch.size":
            theirs = str(max(int(theirs), 1))
        elif key == "acks" and ours == "all":
            ours = "-1"
        if ours != theirs:
            told.append(f"{key}: the client has {theirs}, we say {ours}")
    # A number that counts producers is nobody's to know.
    if resolved.client_id is not None and resolved.client_id != answer["client.id"]:
        told.append(f"client.id: the client has {answer['client.id']}, we say {resolved.client_id}")
    return "; ".join(told)


def compare_config(release: str, classes: str, count: int, seed: int) -> int:
    """Prints what the client of a release did, and every difference; gives how many there are."""
    choose = Random(f"java {release} {seed}")
    tried = [drawn(choose, VALUES) for _ in range(count)]
    answers = java(classes, "Client.java", map(encoded, tried))
    assert len(answers) == count
    seen: Counter[str] = Counter()
    differences = 0
    for settings, line in zip(tried, answers, strict=True):
        answer = decoded(line)
        seen["refused" if "refused" in answer else f"idempotent {answer['enable.idempotence']}"] += 1
        why = difference(settings, release, answer)
        if why:
            differences += 1
            print(f"kafka-clients {release}: {settings!r}: {why}")
    told = ", ".join(f"{n} {what}" for what, n in sorted(seen.items()))
    print(f"kafka-clients {release}: {count} configurations ({told})", flush=True)
    if len(seen) < 3 or min(seen.values()) * 100 < count:
        print(f"kafka-clients {release}: too few of one kind")
        differences += 1
    return differences


PIECES = (
    *"=: \t\f#!\\abk\"'\0\x0b\x85\xa0\u2028é😀",
    "\n",
    "\r\n",
    "\r",
    "\\\n",
    "\\\r\n  ",
    "\\\\",
    "\\t",
    "\\n",
    "\\u0061",
    "\\u20",
    "\\uD83D\\uDE00",
    "\\u00zz",
    "\\U0061",
    "acks=all\n",
    "enable.idempotence : true\n",
    "# retries=0\n",
    "  ! x\\\n",
    "retries\n",
)


def units(line: str) -> dict[str, str]:
    """An answer in the units of UTF-16, since an escape may leave half a pair. A key without a name sets nothing."""
    parts = [
        bytes.fromhex(part).decode("utf-16-be", "surrogatepass")
        for pair in line.split("&")
        for part in (pair.split("=") if pair else ())
    ]
    return {key: value for key, value in zip(parts[::2], parts[1::2], strict=True) if key}


def compare_properties(count: int, seed: int) -> int:
    """The same for texts of properties."""
    choose = Random(f"properties {seed}")
    tried = ["".join(choose.choices(PIECES, k=choose.randint(0, 24))) for _ in range(count)]
    answers = java("", "Load.java", map(quote_plus, tried))
    assert len(answers) == count
    differences = malformed = 0
    for text, line in zip(tried, answers, strict=True):
        theirs = None if line == "malformed" else units(line)
        malformed += theirs is None
        ours: dict[str, str] | None
        try:
            entries = read(text, "tried.properties")[0].entries
            ours = {one.key: str(one.value) for one in entries if one.key}
        except InputError:
            ours = None
        if ours != theirs:
            differences += 1
            print(f"properties: {text!r}: Java has {theirs}, we read {ours}")
    print(f"java.util.Properties: {count} texts ({malformed} malformed)", flush=True)
    assert count // 100 < malformed < count // 2
    return differences
