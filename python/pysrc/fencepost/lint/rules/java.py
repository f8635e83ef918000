"""Rules of the Java client and everything built on it, and the ones that hold for all."""

from __future__ import annotations

from .page import ERROR, INFO, WARNING, Example, Rule

__all__ = ["JAVA"]

_DUPLICATES = (
    "A batch whose acknowledgement is lost is sent and written again, and nothing on the log or in the client tells the"
    " copies apart."
)
_REFUSED = "The producer can't be made: the service does not come up."

JAVA = (
    Rule(
        "PC001",
        ERROR,
        "JF",
        "any",
        "A value can't be read",
        "The client reads every value before it looks at any rule, and refuses to start at the first that it can't read."
        " Numbers are decimal digits with a sign at most, without unit, fraction or exponent; the switch is `true` or"
        " `false`; `acks` is exactly `all`, `-1`, `0` or `1`.",
        _REFUSED,
        "write a valid value",
        Example("java", "retries=3.0\n"),
    ),
    Rule(
        "PC002",
        ERROR,
        "JF",
        "any",
        "A value is null",
        "A key with a null value is there, and its value is not the default. Most settings refuse null;"
        " `enable.idempotence` takes it and then fails with a null pointer.",
        _REFUSED,
        "remove the key",
        Example("spring", "spring:\n  kafka:\n    producer:\n      retries:\n"),
    ),
    Rule(
        "PC003",
        ERROR,
        "JF",
        "transactional.id",
        "The transactional id is empty",
        "Blanks around the value are trimmed first, and an empty name is refused.",
        _REFUSED,
        "remove the key, or name the producer: each instance needs an id of its own that stays the same over restarts",
        Example("java", "transactional.id=\n"),
    ),
    Rule(
        "PC004",
        ERROR,
        "rdk, kpy, aio",
        "any",
        "The client does not know the key",
        "librdkafka, kafka-python and aiokafka refuse to start with a key that they do not know, where the Java client"
        " would ignore it.",
        _REFUSED,
        "use this client's name for it",
        Example("rdk", "enable.idempotence=true\nmax.block.ms=1000\n"),
    ),
    Rule(
        "PC005",
        WARNING,
        "JF",
        "any",
        "The key is ignored, and looks like one that is not",
        "Keys are compared letter by letter. The Java client ignores one that it does not know and logs at most a line"
        " about it; the setting that was meant keeps its default.",
        "What was written down has no effect, and reads as if it had.",
        "rename the key",
        Example("java", "max.in.flight=1\n"),
    ),
    Rule(
        "PC006",
        WARNING,
        "all",
        "any",
        "The key is there twice",
        "The later one wins, be it by the same name or by an alias.",
        "Who reads the first believes something that does not hold.",
        "delete one",
        Example("java", "linger.ms=5\nlinger.ms=20\n"),
    ),
    Rule(
        "PC010",
        ERROR,
        "JF",
        "retries",
        "Idempotence is asked for, and retries are 0",
        "`enable.idempotence=true` written out (or forced by a framework) makes every conflict an error:"
        " `Must set retries to non-zero when using the idempotent producer.`",
        _REFUSED,
        "remove `retries`; bound the time with `delivery.timeout.ms` instead",
        Example("java", "enable.idempotence=true\nretries=0\n"),
    ),
    Rule(
        "PC011",
        ERROR,
        "JF",
        "acks",
        "Idempotence is asked for, and acks is not all",
        "`enable.idempotence=true` written out (or forced by a framework) makes every conflict an error:"
        " `Must set acks to all in order to use the idempotent producer.`",
        _REFUSED,
        "acks=all",
        Example("java", "enable.idempotence=true\nacks=1\n"),
    ),
    Rule(
        "PC012",
        ERROR,
        "JF",
        "max.in.flight.requests.per.connection",
        "Idempotence is asked for, and too many requests may be in flight",
        "Brokers remember the last five batches of a producer in a partition, so more than five in flight can't be told"
        " from duplicates: `Must set max.in.flight.requests.per.connection to at most 5 to use the idempotent producer.`"
        " A client of 0.11 allows 1.",
        _REFUSED,
        "at most 5: with idempotence five in flight keep their order",
        Example("java", "enable.idempotence=true\nmax.in.flight.requests.per.connection=10\n"),
    ),
    Rule(
        "PC013",
        ERROR,
        "JF",
        "transactional.id",
        "Transactions without idempotence",
        "A `transactional.id` needs idempotence, and another setting turns it off. The client says `Cannot set a"
        " transactional.id without also enabling idempotence.` and does not say which setting that is. The key counts"
        " as set even if its value is null.",
        _REFUSED,
        "remove the cause",
        Example("java", "transactional.id=t\nacks=1\n"),
    ),
    Rule(
        "PC014",
        ERROR,
        "JF",
        "delivery.timeout.ms",
        "The deadline is shorter than a single attempt",
        "A deadline that is written out must be at least `linger.ms` + `request.timeout.ms`, capped at 2147483647. The"
        " client reports it inside a `Failed to construct kafka producer`. From 4.0 on `linger.ms` is 5 if nothing is"
        " said, so that a deadline equal to `request.timeout.ms` fails.",
        _REFUSED,
        "raise it to the sum",
        Example("java", "delivery.timeout.ms=30000\nlinger.ms=5\n"),
    ),
    Rule(
        "PC015",
        ERROR,
        "JF ≥ 4.0",
        "max.in.flight.requests.per.connection",
        "More than 5 requests in flight, from 4.0 on",
        "Up to 3.9 this turned idempotence off with a line in the log. From 4.0 on the client refuses to start, even if"
        " `acks=1` or `retries=0` show that no idempotence is wanted.",
        _REFUSED,
        "at most 5, or `enable.idempotence=false` if it is not wanted",
        Example("java", "max.in.flight.requests.per.connection=6\n", "4.0"),
    ),
    Rule(
        "PC016",
        ERROR,
        "JF ≥ 4.1",
        "transaction.timeout.ms",
        "A timeout under two-phase commit",
        "With `transaction.two.phase.commit.enable=true` a transaction waits for its outside coordinator for as long as"
        " it takes, so the client refuses a timeout that is written out (KIP-939).",
        _REFUSED,
        "remove `transaction.timeout.ms`",
        Example(
            "java",
            "transactional.id=t\ntransaction.two.phase.commit.enable=true\ntransaction.timeout.ms=60000\n",
            "4.1",
        ),
    ),
    Rule(
        "PC020",
        WARNING,
        "JF ≥ 3.0.1",
        "acks",
        "acks turns idempotence off, and nobody says so",
        "Idempotence is on by default, and any `acks` but `all` drops it. The client starts, and writes one line of level"
        " info to its log (KAFKA-13673).",
        _DUPLICATES,
        "`acks=all`, and write `enable.idempotence=true`, so that the next conflict is an error",
        Example("java", "acks=1\n"),
    ),
    Rule(
        "PC021",
        WARNING,
        "JF ≥ 3.0.1",
        "retries",
        "retries=0 turns idempotence off, and nobody says so",
        "Idempotence is on by default, and `retries=0` drops it. Old sample code sets `acks=all` and `retries=0`"
        " together. The client starts, and writes one line of level info to its log.",
        "What fails is lost at the first hiccup of a broker, and what the application then sends again is written again.",
        "remove `retries`; bound the time with `delivery.timeout.ms` instead",
        Example("java", "acks=all\nretries=0\n"),
    ),
    Rule(
        "PC022",
        WARNING,
        "JF 3.0.1 … 3.9",
        "max.in.flight.requests.per.connection",
        "Too many requests in flight turn idempotence off, and nobody says so",
        "Idempotence is on by default, and more than 5 requests in flight drop it. The client starts, and writes one"
        " line of level warning to its log. From 4.0 on it refuses to start (PC015).",
        _DUPLICATES + " A batch that is sent again also comes after later ones.",
        "at most 5, and write `enable.idempotence=true`",
        Example("java", "max.in.flight.requests.per.connection=6\n", "3.9"),
    ),
    Rule(
        "PC023",
        WARNING,
        "JF",
        "enable.idempotence",
        "Idempotence is switched off, and batches are sent again",
        "Produce requests carry no producer id and no sequence, so brokers can't know a batch that they have seen. With"
        " more than one request in flight a batch that is sent again may also come after later ones.",
        _DUPLICATES,
        "remove the line: idempotence costs next to nothing",
        Example("java", "enable.idempotence=false\n"),
    ),
    Rule(
        "PC024",
        INFO,
        "JF",
        "enable.idempotence",
        "Idempotence is switched off, and nothing is sent again",
        "With `retries=0` or `acks=0` the client sends each batch at most once, so there are no duplicates of its making.",
        "What fails is lost, and with `acks=0` nobody learns of it.",
        "nothing, if that is what you want",
        Example("java", "enable.idempotence=false\nretries=0\n"),
    ),
    Rule(
        "PC025",
        WARNING,
        "JF < 3.0.1, and 3.1.0",
        "enable.idempotence",
        "This release does not turn idempotence on",
        "Before 3.0 idempotence is off unless it is asked for. 3.0.0 and 3.1.0 document it as the default and do not turn"
        " it on either (KAFKA-13598).",
        _DUPLICATES,
        "`enable.idempotence=true`, and `acks=all`",
        Example("java", "acks=all\n", "3.1.0"),
    ),
    Rule(
        "PC026",
        INFO,
        "JF",
        "linger.ms",
        "The deadline is raised without being asked",
        "`delivery.timeout.ms` is not set, and its default is below `linger.ms` + `request.timeout.ms`: the client raises"
        " it and logs a warning. If the default were written out, the same would be an error (PC014).",
        "Records live longer than the documented two minutes, and whoever writes the default down later breaks the start.",
        "write `delivery.timeout.ms`",
        Example("java", "linger.ms=100000\n"),
    ),
    Rule(
        "PC027",
        INFO,
        "JF",
        "retries",
        "Few retries, where time would be the better bound",
        "A batch fails after so many retries, `retry.backoff.ms` apart, however much of `delivery.timeout.ms` is left. A"
        " broker's restart takes longer than a handful of them.",
        "The producer gives up on what would have gone through, and what the application sends again is a new batch with"
        " a new sequence: idempotence does not recognise it.",
        "remove `retries`; `delivery.timeout.ms` bounds the time",
        Example("java", "retries=3\n"),
    ),
    Rule(
        "PC028",
        ERROR,
        "JF",
        "transaction.timeout.ms",
        "Brokers refuse the transaction timeout",
        "The client takes any number and sends it. The coordinator answers INVALID_TRANSACTION_TIMEOUT to a timeout of 0"
        " or less, and that is fatal.",
        "initTransactions fails, and the producer can only be closed.",
        "above 0; the default is 60000",
        Example("java", "transactional.id=t\ntransaction.timeout.ms=0\n"),
        phase="initTransactions",
    ),
    Rule(
        "PC029",
        WARNING,
        "JF, rdk",
        "transaction.timeout.ms",
        "The transaction timeout is above the brokers' default",
        "Brokers refuse more than their `transaction.max.timeout.ms`, which is 900000 (15 minutes) unless it was raised.",
        "initTransactions fails, and the producer can only be closed.",
        "at most 900000, or raise transaction.max.timeout.ms on the brokers first",
        Example("java", "transactional.id=t\ntransaction.timeout.ms=3600000\n"),
    ),
    Rule(
        "PC030",
        INFO,
        "JF",
        "transaction.timeout.ms",
        "A transaction timeout without transactions",
        "Without a `transactional.id` the setting does nothing.",
        "It reads as if there were transactions.",
        "remove it",
        Example("java", "transaction.timeout.ms=10000\n"),
    ),
    Rule(
        "PC031",
        INFO,
        "JF",
        "delivery.timeout.ms",
        "Batches may outlive their transaction",
        "The coordinator aborts a transaction after `transaction.timeout.ms` and fences the producer, while the producer"
        " may still be sending the transaction's batches again.",
        "The transaction fails for the lesser reason, and late: the producer has to be made anew.",
        "`delivery.timeout.ms` at most `transaction.timeout.ms`",
        Example("java", "transactional.id=t\ntransaction.timeout.ms=40000\n"),
    ),
    Rule(
        "PC032",
        INFO,
        "JF",
        "enable.idempotence",
        "Idempotence rests on a default",
        "Nothing is wrong yet. But as long as the switch is not written out, `acks`, `retries` and requests in flight turn"
        " idempotence off without an error.",
        "The next change, perhaps in another file, loses the guarantee and nobody notices.",
        "enable.idempotence=true",
        Example("java", "acks=all\n"),
        pedantic=True,
    ),
    Rule(
        "PC033",
        INFO,
        "JF ≥ 3.7",
        "retry.backoff.ms",
        "The wait between retries does not grow",
        "`retry.backoff.ms` is above `retry.backoff.max.ms`: the client warns, and every wait is the latter.",
        "The wait that was written down is not the one in effect.",
        "`retry.backoff.max.ms` at least `retry.backoff.ms`",
        Example("java", "retry.backoff.ms=5000\n"),
    ),
)
