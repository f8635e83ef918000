"""How a run ends early, and with which exit status."""

import enum


class Refused(Exception):
    """Nothing was started: settings, arguments or files say something that can't be. Exit 2."""


class Stopped(Exception):
    """The run ended before its sources did: a record, a broker, another instance. Exit 1."""


class Interrupted(Exception):
    """Someone asked the run to end. Exit 128 and the signal's number."""

    def __init__(self, signal_number: int) -> None:
        super().__init__(signal_number)
        self.signal_number = signal_number


class Kind(enum.Enum):
    """Whose fault a failure is, and so what can be done. The worst for the reader comes first."""

    # The record can't be written, by this or by any producer.
    RECORD = "record"
    # Another producer has the transactional id, or the coordinator gave the transaction up.
    FENCED = "fenced"
    # Something that waiting does not mend: no right to write, no such topic.
    STOP = "stop"
    # This producer can't go on; a new one may. Whether the record is written is not known.
    SESSION = "session"


class Failure(Exception):
    """What a client reports, told apart by what can be done about it."""

    def __init__(self, kind: Kind, reason: str) -> None:
        super().__init__(kind, reason)
        self.kind = kind
        self.reason = reason

    def __str__(self) -> str:
        return self.reason
