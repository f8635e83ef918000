"""The settings file: read, and refused if what it comes to loses the guarantee.

The rules are Kafka's own, by `fencepost.config`. They are asked about everything that will run, the
options of the command line too.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import javaproperties
from fencepost import config

from .errors import Refused

# Whose rules hold for a file with Java's names.
RELEASE = "4.4.0"
# How long a transaction may live beyond its records' deadline, and Kafka's own default.
_TRANSACTION_SLACK_MS = 10_000
_TRANSACTION_MS = 60_000
_TRANSACTION_KEY = "transaction.timeout.ms"

_PROMISES = {
    False: config.Promise.EXACTLY_ONCE_PER_SESSION,
    True: config.Promise.EXACTLY_ONCE_ACROSS_SESSIONS,
}


@dataclass(frozen=True)
class Settings:
    """What is asked of a producer, whichever client it is."""

    file: str
    # As the file and the options say it, by Java's names; what was not said is not here.
    given: Mapping[str, str]
    resolved: config.Resolved
    transaction_timeout_ms: int
    # What should be known, though it starts.
    notes: tuple[str, ...]

    @property
    def delivery_timeout_ms(self) -> int:
        """The deadline of a record; the release has one."""
        assert self.resolved.delivery_timeout_ms is not None
        return self.resolved.delivery_timeout_ms


def read(file: str) -> dict[str, tuple[str, int]]:
    """The values of a properties file, each with its line; the last of a key counts."""
    try:
        with open(file, "rb") as handle:
            text = handle.read(1 << 20).decode("utf-8")
    except OSError as error:
        raise Refused(f"{file}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise Refused(f"{file}: not UTF-8 at byte {error.start}") from None
    found = {}
    line = 1
    try:
        for item in javaproperties.parse(text):
            if isinstance(item, javaproperties.KeyValue):
                found[item.key] = (item.value, line)
            line += item.source.count("\n")
    except javaproperties.InvalidUEscapeError as error:
        line = 1 + text.count("\n", 0, max(0, text.find(error.escape)))
        raise Refused(
            f"{file}:{line}: {error.escape} is no escape: \\u and four hexadecimal digits"
        ) from None
    return found


def enforce(file: str, options: Mapping[str, str], transactional: bool) -> Settings:
    """The file's settings under the options, or why they can't be had.

    `options` are settings too, by the same names; they win over the file.
    """
    found = read(file)
    if not transactional and "transactional.id" in {**found, **options}:
        raise Refused(
            f"{_where(file, found, options, 'transactional.id')}: --idempotent, but "
            "transactional.id is set; remove it, or say --transactional"
        )
    given = {key: value for key, (value, _) in found.items()} | dict(options)
    if transactional and not given.get("transactional.id", "").strip():
        raise Refused("--transactional needs --transactional-id, or transactional.id in the file")
    try:
        resolved = config.resolve(given, RELEASE)
    except config.ConfigError as error:
        raise Refused(
            "\n".join(
                f"{_where(file, found, options, problem.setting)}: {problem.message}"
                for problem in error.problems
            )
        ) from None
    promise = resolved.guarantee.promise
    if promise is not _PROMISES[transactional]:
        culprits = resolved.conflicts.settings or ("enable.idempotence",)
        raise Refused(
            "\n".join(
                f"{_where(file, found, options, key)}: {key}={given.get(key, '(not set)')} loses "
                f"the guarantee: {resolved.guarantee}"
                for key in culprits
            )
        )
    if resolved.two_phase_commit:
        raise Refused(f"{file}: transaction.two.phase.commit.enable is not for a run of this kind")
    return _with_timeout(file, found, given, resolved, transactional)


def _with_timeout(
    file: str,
    found: Mapping[str, tuple[str, int]],
    given: Mapping[str, str],
    resolved: config.Resolved,
    transactional: bool,
) -> Settings:
    delivery = resolved.delivery_timeout_ms or 0
    timeout = resolved.transaction_timeout_ms or _TRANSACTION_MS
    added = []
    if transactional and _TRANSACTION_KEY not in given:
        timeout = max(_TRANSACTION_MS, delivery + _TRANSACTION_SLACK_MS)
        added.append(
            f"{_TRANSACTION_KEY} is not set: {timeout}, so that no transaction ends before its "
            f"records' deadline (delivery.timeout.ms={delivery})"
        )
    if transactional:
        asked = {**given, _TRANSACTION_KEY: str(timeout)}
        resolved = config.resolve(asked, RELEASE)
        refused = [one for one in config.later(asked, RELEASE) if one.kind == "transaction-timeout"]
        added.extend(f"{_where(file, found, {}, _TRANSACTION_KEY)}: {one}" for one in refused)
    notes = [f"{file}: {warning}" for warning in resolved.warnings]
    return Settings(file, given, resolved, timeout, (*notes, *added))


def _where(
    file: str, found: Mapping[str, tuple[str, int]], options: Mapping[str, str], key: str
) -> str:
    if key in options:
        return "on the command line"
    return f"{file}:{found[key][1]}" if key in found else file
