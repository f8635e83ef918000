"""Rules of what is built on the Java client: Spring Boot, Spring Cloud Stream, Connect, Streams."""

from __future__ import annotations

from .page import ERROR, INFO, WARNING, Example, Rule

__all__ = ["FRAMEWORKS"]

_EOS = "processing.guarantee=exactly_once_v2\n"

FRAMEWORKS = (
    Rule(
        "PC700",
        WARNING,
        "spring, scs",
        "spring.kafka.producer.X",
        "The key binds to nothing",
        "Spring Boot has properties of its own for a few settings only; anything else has to stand under"
        " `spring.kafka.producer.properties`. A key that it does not know is dropped without a word.",
        "What was written down has no effect, and reads as if it had.",
        "spring.kafka.producer.properties.<key>",
        Example("spring", "spring.kafka.producer.enable-idempotence=true\n"),
    ),
    Rule(
        "PC710",
        WARNING,
        "scs",
        "spring.cloud.stream.kafka.binder.required-acks",
        "The binder writes acks=1, and idempotence is off",
        "The Kafka binder of Spring Cloud Stream writes its `required-acks`, 1 by default, as `acks` into every producer"
        " that does not get it elsewhere. That drops the client's idempotence, and the client only logs it at level info.",
        "A batch whose acknowledgement is lost is sent and written again, in every application that says nothing.",
        "spring.cloud.stream.kafka.binder.required-acks=all",
        Example("scs", "spring.cloud.stream.kafka.binder.brokers=b:9092\n"),
    ),
    Rule(
        "PC720",
        INFO,
        "connect",
        "enable.idempotence",
        "Connect switches idempotence off",
        "The producer of a source task starts from `enable.idempotence=false`, with `acks=all` and one request in flight:"
        " order is kept, duplicates after retries are not.",
        "A batch whose acknowledgement is lost is written twice.",
        "`producer.enable.idempotence=true` on the worker, or exactly-once support",
        Example("connect", "group.id=c\n"),
    ),
    Rule(
        "PC721",
        WARNING,
        "connect",
        "enable.idempotence, transactional.id",
        "Exactly-once support overwrites the setting",
        "With `exactly.once.source.support=enabled` the worker forces `enable.idempotence=true` and a transactional id of"
        " its own for each task, and logs a warning about what it overwrites.",
        "What was written down has no effect.",
        "remove it",
        Example(
            "connect", "exactly.once.source.support=enabled\nproducer.enable.idempotence=false\n"
        ),
    ),
    Rule(
        "PC730",
        ERROR,
        "streams",
        "max.in.flight.requests.per.connection",
        "Exactly once, and too many requests in flight",
        "Streams refuses more than 5 requests in flight under `exactly_once_v2`, before the producer is even made.",
        "The application does not start.",
        "at most 5",
        Example("streams", _EOS + "producer.max.in.flight.requests.per.connection=6\n"),
    ),
    Rule(
        "PC731",
        WARNING,
        "streams",
        "enable.idempotence, transactional.id",
        "Streams sets this by itself",
        "Under `exactly_once_v2` Streams sets both, ignores what is given and logs a warning; also if the value is the"
        " same.",
        "What was written down has no effect.",
        "remove it",
        Example("streams", _EOS + "producer.enable.idempotence=true\n"),
    ),
    Rule(
        "PC732",
        ERROR,
        "streams",
        "producer.transaction.timeout.ms / commit.interval.ms",
        "Transactions would expire before they are committed",
        "Under `exactly_once_v2` Streams refuses a `producer.transaction.timeout.ms` (10000 by default) below"
        " `commit.interval.ms` (100 by default under exactly once).",
        "The application does not start.",
        "raise the timeout, or lower the interval",
        Example("streams", _EOS + "commit.interval.ms=30000\n"),
    ),
)
