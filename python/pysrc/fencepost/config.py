"""Does this producer configuration keep the guarantee?

`resolve` says what Kafka's Java client of a release makes of settings, and raises `ConfigError` if it refuses them;
`later` says what brokers refuse of a producer that starts. It is the core's `config` room: values may be text, as files
have them, or objects.

    >>> from fencepost import config
    >>> resolved = config.resolve({"acks": "1"}, "4.4.0")
    >>> resolved.idempotent, resolved.guarantee.promise
    (False, <Promise.AT_LEAST_ONCE: 'at-least-once'>)
    >>> print(resolved.warnings[0])
    idempotence is dropped without an error because acks is 1
    >>> config.resolve({"acks": "1", "enable.idempotence": "true"}, "4.4.0")
    Traceback (most recent call last):
    fencepost.config.ConfigError: acks is "1": idempotence needs acks=all
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass

from fencepost import _fencepost
from fencepost.errors import FencepostError

__all__ = (
    "SETTINGS",
    "Brokers",
    "By",
    "Cluster",
    "ConfigError",
    "Conflicts",
    "Guarantee",
    "Later",
    "Problem",
    "Promise",
    "Resolved",
    "Rule",
    "Warned",
    "ConfigWarning",
    "later",
    "problems",
    "release",
    "resolve",
)

SETTINGS: tuple[str, ...] = tuple(_fencepost.config_settings())
"""The settings that bear on the guarantee, in the order in which Kafka reports bad values. Others are ignored."""

NEWEST = "4.4.0"
"""The newest release that has been compared with Kafka's own client."""


class Rule(enum.Enum):
    """What a setting must be, and is not."""

    BOOLEAN = "boolean"
    INT = "int"
    LONG = "long"
    TEXT = "text"
    NOT_NULL = "not-null"
    NULL_CRASHES = "null-crashes"
    AT_LEAST = "at-least"
    ONE_OF = "one-of"
    NOT_EMPTY = "not-empty"
    RETRIES = "retries"
    ACKS_ALL = "acks-all"
    IN_FLIGHT = "in-flight"
    IN_FLIGHT_UNASKED = "in-flight-unasked"
    IDEMPOTENCE = "idempotence"
    DELIVERY = "delivery"
    NO_TIMEOUT = "no-timeout"
    OTHER = "other"


class By(enum.Enum):
    """Why idempotence is on or off."""

    REQUEST = "request"
    DEFAULT = "default"
    TRANSACTIONAL_ID = "transactional-id"
    CONFLICTS = "conflicts"


@dataclass(frozen=True)
class Conflicts:
    """The settings that can't be had together with idempotence."""

    retries: bool = False
    acks: str | None = None
    in_flight: int | None = None

    def __bool__(self) -> bool:
        return self != Conflicts()

    @property
    def settings(self) -> tuple[str, ...]:
        """Their names, in the order in which Kafka looks at them."""
        found = {
            "retries": self.retries,
            "acks": self.acks is not None,
            "max.in.flight.requests.per.connection": self.in_flight is not None,
        }
        return tuple(name for name, there in found.items() if there)


@dataclass(frozen=True)
class Problem:
    """A reason for which the client refuses to start."""

    setting: str
    rule: Rule
    message: str
    # The bound of AT_LEAST, IN_FLIGHT, IN_FLIGHT_UNASKED and DELIVERY.
    bound: int | None = None
    # With IDEMPOTENCE: why it is off.
    off_by: By | None = None
    conflicts: Conflicts = Conflicts()

    def __str__(self) -> str:
        return self.message


class ConfigError(FencepostError):
    """The client refuses these settings; the first problem is the one that it reports."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        return self.problems[0].message


class Warned(enum.Enum):
    """What settings that start do against what they seem to say."""

    IDEMPOTENCE_DROPPED = "idempotence-dropped"
    IDEMPOTENCE_NOT_DEFAULT = "idempotence-not-default"
    DELIVERY_RAISED = "delivery-raised"
    BACKOFF_CONSTANT = "backoff-constant"
    RETRIES_BOUNDED = "retries-bounded"
    TRANSACTION_TIMEOUT_UNUSED = "transaction-timeout-unused"
    DELIVERY_OUTLIVES_TRANSACTION = "delivery-outlives-transaction"
    OTHER = "other"


@dataclass(frozen=True)
class ConfigWarning:
    """What should be known of settings that start."""

    kind: Warned
    message: str
    # The numbers in the message, in their order: milliseconds, or retries.
    numbers: tuple[int, ...] = ()

    def __str__(self) -> str:
        return self.message


class Promise(enum.Enum):
    """How often and in which order the records of a partition are on the log."""

    EXACTLY_ONCE_ACROSS_SESSIONS = "exactly-once-across-sessions"
    EXACTLY_ONCE_PER_SESSION = "exactly-once-per-session"
    AT_LEAST_ONCE_IN_ORDER = "at-least-once-in-order"
    AT_LEAST_ONCE = "at-least-once"
    AT_MOST_ONCE = "at-most-once"


@dataclass(frozen=True)
class Guarantee:
    """What holds for a record that the producer reports as written, and why."""

    promise: Promise
    text: str
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.text}: {'; '.join(self.reasons)}"


@dataclass(frozen=True)
class Resolved:
    """What settings come to. Times are in milliseconds, sizes in bytes."""

    release: tuple[int, int, int]
    idempotent: bool
    by: By
    conflicts: Conflicts
    transactional_id: str | None
    transaction_timeout_ms: int | None
    two_phase_commit: bool
    acks: str
    retries: int
    max_in_flight: int
    delivery_timeout_ms: int | None
    linger_ms: int
    request_timeout_ms: int
    retry_backoff_ms: int
    retry_backoff_max_ms: int
    max_block_ms: int
    batch_size: int
    buffer_memory: int
    max_request_size: int
    # `None` if it is `producer-` and a number that counts the process's producers.
    client_id: str | None
    warnings: tuple[ConfigWarning, ...]
    guarantee: Guarantee


class Brokers(enum.Enum):
    """Releases of brokers that treat idempotent producers alike."""

    BEFORE_0_11 = 0
    BEFORE_2_8 = 1
    SINCE_2_8 = 2


@dataclass(frozen=True)
class Cluster:
    """What the brokers' side contributes; Kafka's defaults, three replicas in sync and no ACL."""

    brokers: Brokers = Brokers.SINCE_2_8
    idempotent_write: bool = True
    transaction_max_timeout_ms: int = 900_000
    message_max_bytes: int = 1_048_588
    min_insync_replicas: int = 1
    in_sync_replicas: int = 3


@dataclass(frozen=True)
class Later:
    """What is refused, or means less than it says, only once the producer runs."""

    kind: str
    moment: str
    outcome: str
    error_code: int | None
    message: str

    def __str__(self) -> str:
        return self.message


def release(version: str | tuple[int, int, int]) -> tuple[int, int, int]:
    """A version's numbers: `4.0` is the newest of 4.0, `3.1.0` exactly that one, `0.11.0.3` is 0.11.

    Raises `ValueError` for what is no version, or one before 0.11.
    """
    if not isinstance(version, str):
        return version
    match = re.fullmatch(
        r"[vV]?(\d{1,4})(?:\.(\d{1,4}))?(?:\.(\d{1,4}))?(?:[.\-+].*)?", version.strip()
    )
    if not match:
        raise ValueError(f"no version like 3.9 or 4.0.1: {version!r}")
    major, minor, patch = (None if part is None else int(part) for part in match.groups())
    numbers = (major or 0, 9_999 if minor is None else minor, 9_999 if patch is None else patch)
    if numbers < (0, 11, 0):
        raise ValueError(f"a client of {version} is older than 0.11 and has no idempotence")
    return numbers


def _pairs(settings: Mapping[str, object]) -> list[tuple[str, object]]:
    return [(str(_whole(key)), _whole(value)) for key, value in settings.items()]


def _whole(value: object) -> object:
    """Half a surrogate pair, which an escape can leave in a text, is no digit, no word and no UTF-8."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def problems(
    settings: Mapping[str, object], version: str | tuple[int, int, int] = NEWEST
) -> tuple[Problem, ...]:
    """Everything for which the client refuses these settings, in the order in which it would report it."""
    found = _fencepost.config_problems(_pairs(settings), release(version))
    return tuple(
        Problem(
            setting, Rule(rule), message, bound, By(off) if off else None, Conflicts(*conflicts)
        )
        for setting, rule, bound, off, conflicts, message in found
    )


def resolve(
    settings: Mapping[str, object], version: str | tuple[int, int, int] = NEWEST
) -> Resolved:
    """What a client of this version makes of the settings; raises `ConfigError` if it refuses them."""
    numbers = release(version)
    found = _fencepost.config_resolve(_pairs(settings), numbers)
    if found is None:
        raise ConfigError(problems(settings, numbers))
    return Resolved(
        release=numbers,
        idempotent=found.idempotent,
        by=By(found.by),
        conflicts=Conflicts(*found.conflicts),
        transactional_id=found.transactional_id,
        transaction_timeout_ms=found.transaction_timeout_ms,
        two_phase_commit=found.two_phase_commit,
        acks=found.acks,
        retries=found.retries,
        max_in_flight=found.max_in_flight,
        delivery_timeout_ms=found.delivery_timeout_ms,
        linger_ms=found.linger_ms,
        request_timeout_ms=found.request_timeout_ms,
        retry_backoff_ms=found.retry_backoff_ms,
        retry_backoff_max_ms=found.retry_backoff_max_ms,
        max_block_ms=found.max_block_ms,
        batch_size=found.batch_size,
        buffer_memory=found.buffer_memory,
        max_request_size=found.max_request_size,
        client_id=found.client_id,
        warnings=tuple(
            ConfigWarning(Warned(kind), text, tuple(numbers))
            for kind, numbers, text in found.warnings
        ),
        guarantee=Guarantee(Promise(found.promise), found.promise_text, tuple(found.reasons)),
    )


def later(
    settings: Mapping[str, object],
    version: str | tuple[int, int, int] = NEWEST,
    cluster: Cluster = Cluster(),
) -> tuple[Later, ...]:
    """What these brokers will refuse of a producer that starts; raises `ConfigError` if it does not start."""
    numbers = release(version)
    resolve(settings, numbers)
    given = (
        cluster.brokers.value,
        cluster.idempotent_write,
        cluster.transaction_max_timeout_ms,
        cluster.message_max_bytes,
        cluster.min_insync_replicas,
        cluster.in_sync_replicas,
    )
    return tuple(Later(*one) for one in _fencepost.config_later(_pairs(settings), numbers, given))
