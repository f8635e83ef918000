"""Rules of librdkafka and the clients over it."""

from __future__ import annotations

from .page import ERROR, INFO, WARNING, Example, Rule

__all__ = ["LIBRDKAFKA"]

_REFUSED = "The producer can't be made: librdkafka reports an invalid configuration and the service does not come up."
_SPEC = "librdkafka checks it when the producer is made and refuses to start; nothing is dropped silently here."
_ON = "enable.idempotence=true\n"
_TXN = "transactional.id=t\n"


def _conflict(rule: str, key: str, title: str, fix: str, line: str) -> Rule:
    return Rule(rule, ERROR, "rdk", key, title, _SPEC, _REFUSED, fix, Example("rdk", _ON + line))


LIBRDKAFKA = (
    Rule(
        "PC100",
        WARNING,
        "rdk",
        "enable.idempotence",
        "Idempotence is off by default in librdkafka",
        "Unlike the Java client since 3.0.1, librdkafka is idempotent only if it is asked to be. By default up to 1000000"
        " requests are in flight and retries have no bound but the message's timeout.",
        "Retries write batches again, and out of order.",
        "enable.idempotence=true",
        Example("rdk", "bootstrap.servers=b:9092\n"),
    ),
    _conflict(
        "PC101",
        "max.in.flight",
        "Idempotence, and too many requests in flight",
        "at most 5; not set it becomes 5",
        "max.in.flight=6\n",
    ),
    _conflict(
        "PC102",
        "retries",
        "Idempotence, and no retries",
        "remove it: not set it becomes 2147483647",
        "retries=0\n",
    ),
    _conflict(
        "PC103",
        "queue.buffering.backpressure.threshold",
        "Idempotence, and a backpressure threshold above 1",
        "remove it",
        "queue.buffering.backpressure.threshold=2\n",
    ),
    _conflict("PC104", "acks", "Idempotence, and acks is not all", "acks=all", "acks=1\n"),
    _conflict(
        "PC105",
        "queuing.strategy",
        "Idempotence, and the last message first",
        "remove it: sequences need the order of sending",
        "queuing.strategy=lifo\n",
    ),
    Rule(
        "PC106",
        ERROR,
        "rdk",
        "enable.gapless.guarantee",
        "The gapless guarantee without idempotence",
        "`enable.gapless.guarantee=true` needs `enable.idempotence=true`, and librdkafka refuses to start without.",
        _REFUSED,
        "enable.idempotence=true",
        Example("rdk", "enable.gapless.guarantee=true\n"),
    ),
    Rule(
        "PC107",
        ERROR,
        "rdk",
        "transactional.id",
        "Transactions, and idempotence switched off",
        "A transactional id turns idempotence on, unless the switch is written out as false: then librdkafka refuses to"
        " start.",
        _REFUSED,
        "remove `enable.idempotence=false`",
        Example("rdk", _TXN + "enable.idempotence=false\n"),
    ),
    Rule(
        "PC108",
        ERROR,
        "rdk",
        "socket.timeout.ms",
        "A request may take longer than the transaction",
        "A `socket.timeout.ms` that is written out may be at most `transaction.timeout.ms` + 100 with a transactional id.",
        _REFUSED,
        "lower it; aim at 100 below transaction.timeout.ms",
        Example("rdk", _TXN + "socket.timeout.ms=60101\n"),
    ),
    Rule(
        "PC109",
        ERROR,
        "rdk",
        "message.timeout.ms",
        "A message may live longer than its transaction",
        "With a transactional id a `message.timeout.ms` that is written out may be at most `transaction.timeout.ms`.",
        _REFUSED,
        "lower it, or remove it: not set it becomes transaction.timeout.ms",
        Example("rdk", _TXN + "message.timeout.ms=60001\n"),
    ),
    Rule(
        "PC110",
        ERROR,
        "rdk",
        "linger.ms",
        "Messages time out before they are sent",
        "`linger.ms` must be below `message.timeout.ms` (300000 if nothing is said). The check runs when the producer is"
        " made only if a topic-level property is in the configuration; otherwise the producer starts and every call of"
        " produce fails with an invalid argument.",
        "Nothing is ever sent.",
        "lower linger.ms below message.timeout.ms",
        Example("rdk", _ON + "linger.ms=300000\n"),
    ),
    Rule(
        "PC111",
        INFO,
        "rdk",
        "message.timeout.ms",
        "linger.ms is lowered to fit",
        "`message.timeout.ms` is at most the default of `linger.ms`, 5: librdkafka lowers linger to 0.1 ms below it.",
        "Batches are smaller than the documented default lets expect, and messages have almost no time to be delivered.",
        "raise message.timeout.ms, unless that is what you want",
        Example("rdk", _ON + "message.timeout.ms=5\n"),
    ),
    Rule(
        "PC112",
        WARNING,
        "rdk",
        "message.timeout.ms",
        "Messages never expire, and their transaction does",
        "0 means never, and the check against `transaction.timeout.ms` lets it through.",
        "A message that can't be delivered outlives its transaction; the coordinator aborts and fences the producer.",
        "at most transaction.timeout.ms, or remove it",
        Example("rdk", _TXN + "message.timeout.ms=0\n"),
    ),
    Rule(
        "PC113",
        WARNING,
        "rdk",
        "enable.idempotence",
        "Idempotence is switched off",
        "As by default: retries write batches again, and with more than one request in flight out of order.",
        "A batch whose acknowledgement is lost is written twice.",
        "enable.idempotence=true",
        Example("rdk", "enable.idempotence=false\n"),
    ),
    Rule(
        "PC114",
        WARNING,
        "rdk",
        "any number",
        "The number is read differently from what it says",
        "Numbers go through C's strtol with base 0, and what follows the digits is dropped: `1e3` is 1, `010` is 8, `0x10`"
        " is 16, `5.9` is 5.",
        "The value in effect is not the one written down.",
        "a plain decimal number",
        Example("rdk", _ON + "retries=1e3\n"),
    ),
    Rule(
        "PC115",
        WARNING,
        "rdk",
        "transactional.id",
        "The transactional id is empty or blank",
        "An empty id means not set: the producer is not transactional. Only blanks mean set, and empty.",
        "initTransactions fails, or producers share the empty name and fence each other.",
        "name it, or remove the line",
        Example("rdk", _ON + "transactional.id=\n"),
    ),
    Rule(
        "PC116",
        WARNING,
        "rdk",
        "acks",
        "Brokers reject this number of acknowledgements",
        "librdkafka takes -1 to 1000; brokers know -1, 0 and 1, and answer anything else with INVALID_REQUIRED_ACKS.",
        "Every batch fails.",
        "all, 1 or 0",
        Example("rdk", "enable.idempotence=false\nacks=2\n"),
    ),
    Rule(
        "PC117",
        ERROR,
        "rdk",
        "any",
        "A value can't be read or is out of range",
        "Booleans are `true`, `t`, `1`, `false`, `f`, `0` in any case and without blanks; numbers have bounds; some"
        " settings take one of a few words.",
        _REFUSED,
        "write a valid value",
        Example("rdk", "enable.idempotence=yes\n"),
    ),
    Rule(
        "PC118",
        INFO,
        "rdk",
        "enable.gapless.guarantee",
        "A failed batch leaves a gap without stopping the producer",
        "By default a message that fails for good is reported, and later ones go on. With `enable.gapless.guarantee` such"
        " a gap is fatal, except one made by `message.timeout.ms`.",
        "Consumers see later messages without the earlier one.",
        "consider enable.gapless.guarantee=true",
        Example("rdk", _ON),
        pedantic=True,
    ),
    Rule(
        "PC119",
        WARNING,
        "rdk",
        "socket.timeout.ms",
        "One slow request outlasts the transaction",
        "The documentation wants `socket.timeout.ms` at least 100 ms below `transaction.timeout.ms`; the check allows up to"
        " 100 ms above.",
        "A single request that times out takes the whole transaction with it.",
        "at most transaction.timeout.ms - 100",
        Example("rdk", _TXN + "socket.timeout.ms=60000\n"),
    ),
    Rule(
        "PC120",
        ERROR,
        "rdk",
        "reconnect.backoff.max.ms",
        "The longest wait is shorter than the first",
        "`reconnect.backoff.max.ms` must be at least `reconnect.backoff.ms`.",
        _REFUSED,
        "raise reconnect.backoff.max.ms",
        Example("rdk", _ON + "reconnect.backoff.ms=20000\n"),
    ),
)
