"""Rules of the clients written in Python: kafka-python and aiokafka."""

from __future__ import annotations

from .page import ERROR, INFO, WARNING, Example, Rule

__all__ = ["PYTHON"]

_REFUSED = "The producer can't be made: the constructor raises."
_DUPLICATES = "A batch whose acknowledgement is lost is sent and written again."

PYTHON = (
    Rule(
        "PC200",
        WARNING,
        "kpy < 2.2",
        "–",
        "This kafka-python has no idempotent producer",
        "Before 2.2 kafka-python sends no producer id. `enable_idempotence`, `transactional_id` and `delivery_timeout_ms`"
        " are unknown and raise.",
        _DUPLICATES + " By default it does not retry, and loses what fails.",
        "upgrade to kafka-python 3",
        Example("kpy", "acks='all', retries=5\n", "2.0.2"),
    ),
    Rule(
        "PC201",
        WARNING,
        "kpy 2.2–2.x",
        "enable_idempotence",
        "Idempotence is off by default in kafka-python 2.2",
        "It is on only with `enable_idempotence=True` or a transactional id; 3.0 turned it on by default.",
        _DUPLICATES,
        "enable_idempotence=True",
        Example("kpy", "acks='all'\n", "2.2.15"),
    ),
    Rule(
        "PC202",
        ERROR,
        "kpy ≥ 2.2",
        "acks / retries / in-flight",
        "Idempotence is asked for, and a setting conflicts with it",
        "With `enable_idempotence` given, or a transactional id, kafka-python raises if `acks` is not 'all', `retries` is 0"
        " or too many requests may be in flight: more than 5, and in 2.2 anything but 1.",
        _REFUSED,
        "fix the key",
        Example("kpy", "enable_idempotence=True, acks=1\n"),
    ),
    Rule(
        "PC203",
        ERROR,
        "kpy ≥ 2.2",
        "transactional_id",
        "Transactions, and idempotence switched off",
        "A transactional id needs idempotence, and `enable_idempotence=False` is written out.",
        _REFUSED,
        "remove `enable_idempotence=False`",
        Example("kpy", "transactional_id='t', enable_idempotence=False\n"),
    ),
    Rule(
        "PC204",
        WARNING,
        "kpy 3.x",
        "acks / retries / in-flight",
        "A setting turns idempotence off, with a line in the log",
        "Idempotence is on by default, and `acks` other than 'all', `retries=0` or more than 5 requests in flight drop it:"
        " kafka-python logs a warning and goes on.",
        _DUPLICATES,
        "fix the key, and write enable_idempotence=True",
        Example("kpy", "acks=1\n"),
    ),
    Rule(
        "PC205",
        ERROR,
        "kpy ≥ 2.2",
        "delivery_timeout_ms",
        "The deadline is shorter than a single attempt",
        "`delivery_timeout_ms` must be at least `linger_ms` + `request_timeout_ms`, also if it was left at its default of"
        " 120000: unlike Java's, this client does not raise it.",
        _REFUSED,
        "raise it",
        Example("kpy", "linger_ms=100000\n"),
    ),
    Rule(
        "PC206",
        WARNING,
        "kpy 3.x",
        "acks",
        "Brokers reject this number of acknowledgements",
        "kafka-python takes any number; brokers know -1, 0 and 1, and answer anything else with INVALID_REQUIRED_ACKS.",
        "Every batch fails.",
        "acks='all'",
        Example("kpy", "acks=2\n"),
    ),
    Rule(
        "PC207",
        WARNING,
        "kpy, aio",
        "transactional_id",
        "The transactional id is empty",
        "kafka-python treats an empty id as none in its checks; in 2.2 the producer is then neither idempotent nor"
        " transactional. aiokafka treats it as an id like any other.",
        "Producers share the empty name and fence each other, or transactions fail.",
        "name it, or remove it",
        Example("kpy", "transactional_id=''\n"),
    ),
    Rule(
        "PC208",
        WARNING,
        "kpy 3.x",
        "enable_idempotence",
        "Idempotence is switched off",
        "Produce requests carry no producer id and no sequence.",
        _DUPLICATES,
        "remove it",
        Example("kpy", "enable_idempotence=False\n"),
    ),
    Rule(
        "PC300",
        WARNING,
        "aio",
        "enable_idempotence",
        "Idempotence is off by default in aiokafka",
        "It is on only with `enable_idempotence=True` or a transactional id. Without, `acks` is 1, and a failed request is"
        " sent again until `request_timeout_ms` is over.",
        _DUPLICATES,
        "enable_idempotence=True",
        Example("aio", "acks='all'\n"),
    ),
    Rule(
        "PC301",
        ERROR,
        "aio",
        "acks",
        "Idempotence, and acks is not all",
        "aiokafka raises a ValueError if `acks` is given and is not -1 or 'all'.",
        _REFUSED,
        "acks='all'",
        Example("aio", "enable_idempotence=True, acks=1\n"),
    ),
    Rule(
        "PC302",
        ERROR,
        "aio",
        "acks",
        "aiokafka does not take this acks",
        "It takes the numbers 0, 1 and -1, and the word 'all'; the text '1' is none of them.",
        _REFUSED,
        "acks='all'",
        Example("aio", "acks='1'\n"),
    ),
    Rule(
        "PC303",
        INFO,
        "aio",
        "transactional_id",
        "enable_idempotence=False is ignored",
        "A transactional id turns idempotence on, whatever the switch says.",
        "It reads as if idempotence were off.",
        "remove `enable_idempotence=False`",
        Example("aio", "transactional_id='t', enable_idempotence=False\n"),
    ),
)
