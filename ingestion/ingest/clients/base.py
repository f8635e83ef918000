"""What the runs ask of a client, whichever it is."""

import abc
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..errors import Failure, Kind

Report = Callable[[Failure | None], None]

# How long a question to the cluster may take, beside the records themselves.
ASK_SECONDS = 60.0
# How long a client that is given up may take to end.
CLOSE_SECONDS = 5.0
# How long readers of the progress topic wait for other producers' open transactions: the brokers'
# default bound of a transaction's life, and some.
STABLE_SECONDS = 960.0

PROGRESS_CONFIG = {"cleanup.policy": "compact", "segment.bytes": "16777216"}
PROGRESS_PARTITION = 0


class Client(abc.ABC):
    """A producer of one session, and the questions that go with it. All of it raises `Failure`."""

    # A session has to end before one partition got so many records; `None` if never.
    most_records: int | None = None

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.config = dict(config)
        self._news = threading.Event()

    @abc.abstractmethod
    def open(self) -> None:
        """Begins a session: a producer that knows the cluster. With a transactional id the
        sessions before are fenced, and what they left open has ended when this returns."""

    @abc.abstractmethod
    def partitions(self, topic: str) -> int:
        """How many partitions the topic has."""

    @abc.abstractmethod
    def ensure_progress_topic(self, topic: str) -> None:
        """Makes the topic if it is not there, and looks whether it keeps the last of each key."""

    @abc.abstractmethod
    def committed(self, topic: str, everything: bool) -> Iterator[tuple[bytes, bytes]]:
        """Keys and values that committed transactions wrote to the progress topic, in order, up to
        the end that it has now. Without `everything`, up to the first transaction that is open, so
        that nothing is waited for. Needs no open session."""

    @abc.abstractmethod
    def send(
        self, topic: str, key: bytes | None, value: bytes, partition: int | None, report: Report
    ) -> None:
        """Hands a record over. The report comes later, once, maybe on another thread; what is wrong
        at once is raised."""

    @abc.abstractmethod
    def drive(self, seconds: float) -> None:
        """Lets reports come in, for at most so long if there is none."""

    @abc.abstractmethod
    def hurry(self, seconds: float) -> None:
        """As `drive`, and nothing lingers any more."""

    @abc.abstractmethod
    def begin(self) -> None:
        """Begins a transaction."""

    @abc.abstractmethod
    def commit(self, seconds: float) -> None:
        """Commits it. A failure leaves open whether it is committed."""

    @abc.abstractmethod
    def abort(self, seconds: float) -> None:
        """Aborts it."""

    @abc.abstractmethod
    def close(self) -> None:
        """Ends the session without waiting for what is not written. Raises nothing."""


def failure_of(error: BaseException) -> Failure:
    """What an exception means, by Kafka's name for the error: kafka-python and aiokafka name their
    exceptions after it."""
    if isinstance(error, Failure):
        return error
    name = type(error).__name__.removesuffix("Error").removesuffix("Exception")
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return Failure(kind_of(name), text)


def kind_of(name: str) -> Kind:
    """Whose fault the error of this name is, written as `RecordTooLarge` or `RECORD_TOO_LARGE`."""
    return _KINDS.get(name.replace("_", "").lower(), Kind.SESSION)


_KINDS = {
    "messagesizetoolarge": Kind.RECORD,
    "messagetoolarge": Kind.RECORD,
    "msgsizetoolarge": Kind.RECORD,
    "recordtoolarge": Kind.RECORD,
    "recordlisttoolarge": Kind.RECORD,
    "invalidrecord": Kind.RECORD,
    "invalidmsg": Kind.RECORD,
    "invalidtimestamp": Kind.RECORD,
    "policyviolation": Kind.RECORD,
    "producerfenced": Kind.FENCED,
    "fenced": Kind.FENCED,
    "invalidproducerepoch": Kind.FENCED,
    "topicauthorizationfailed": Kind.STOP,
    "clusterauthorizationfailed": Kind.STOP,
    "groupauthorizationfailed": Kind.STOP,
    "transactionalidauthorizationfailed": Kind.STOP,
    "authentication": Kind.STOP,
    "authenticationfailed": Kind.STOP,
    "saslauthenticationfailed": Kind.STOP,
    "illegalsaslstate": Kind.STOP,
    "unsupportedsaslmechanism": Kind.STOP,
    "topicexception": Kind.STOP,
    "invalidtopic": Kind.STOP,
    "invalidtransactiontimeout": Kind.STOP,
    "unsupportedversion": Kind.STOP,
    "unsupportedformessageformat": Kind.STOP,
    "invalidrequiredacks": Kind.STOP,
    "unknowntopicorpart": Kind.STOP,
    "unknowntopicorpartition": Kind.STOP,
    "unknowntopic": Kind.STOP,
    "unknownpartition": Kind.STOP,
}


def check_compacted(topic: str, policy: str | None) -> None:
    """Refuses a progress topic whose records go by age."""
    if policy != "compact":
        raise Failure(
            Kind.STOP,
            f"topic {topic}: cleanup.policy is {policy}; it has to be compact, or positions are "
            "deleted and lines ingested twice",
        )


def within(seconds: float, what: str, call: Callable[[], Any]) -> Any:
    """Calls what has no deadline of its own. What does not return in time is left behind on a
    thread that does not outlive the process."""
    outcome: list[Any] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(call())
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise Failure(Kind.SESSION, f"{what}: no answer within {seconds:g} s")
    if failed:
        raise failure_of(failed[0]) from failed[0]
    return outcome[0]
