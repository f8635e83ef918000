"""Transactions: each line once, whatever crashes, for readers with `read_committed`.

A transaction holds lines and, on a compacted topic, the position after them. So both are committed
or neither is. A new session first fences the old one and waits until what that left open has ended
(`init_transactions`), and only then reads the positions: nobody can commit another one after that.

A session that can't go on is ended and another one begins, which reads where it stands, as after a
crash: whether a commit that was not answered took place needs no guess.
"""

import time

from .clients.base import PROGRESS_PARTITION
from .errors import Failure, Interrupted, Kind, Refused, Stopped
from .plan import Plan
from .progress import Ledger
from .source import File, Progress, Record
from .window import Window

PROMISE = (
    "transactional: each line once and in order, for readers with isolation.level=read_committed; "
    "after a crash the next run with this transactional.id goes on after the last commit"
)

_ABORT_SECONDS = 10.0
_PAUSE_SECONDS = 1.0


class Run:
    """One run over all files, in as many sessions as it takes."""

    def __init__(
        self, plan: Plan, ledger: Ledger, progress_topic: str, *, records: int, seconds: float,
        attempts: int,
    ) -> None:
        self._plan = plan
        self._ledger = ledger
        self._progress_topic = progress_topic
        # A transaction is committed after so many records, or so long.
        self._records = records
        self._seconds = seconds
        # Sessions that may end one after the other without a commit.
        self._attempts = attempts
        self._without_commit = 0
        self._open: _Transaction | None = None
        self._in_session = 0

    def run(self) -> None:
        """Until the files end, or something fails that another session does not mend."""
        plan = self._plan
        while True:
            try:
                self._session()
                return
            except Interrupted:
                self._abort()
                raise
            except Stopped:
                # A line that can't be read: nothing of the transaction is visible.
                self._abort()
                raise
            except Refused as refused:
                # The files were what they should be when the run began.
                if plan.summary.sessions > 1:
                    raise Stopped(f"{refused}") from None
                raise
            except Failure as failure:
                self._after(failure)
            finally:
                plan.client.close()

    def _after(self, failure: Failure) -> None:
        """Another session, or the end."""
        self._without_commit += 1
        if failure.kind is Kind.FENCED:
            raise Stopped(
                f"{failure}: another producer with this transactional.id has begun, or the "
                "transaction outlived transaction.timeout.ms; nothing of it is visible"
            ) from failure
        if failure.kind is not Kind.SESSION:
            self._abort()
            raise Stopped(f"{failure}; nothing of its transaction is visible") from failure
        if self._without_commit >= self._attempts:
            raise Stopped(
                f"{failure}; {self._attempts} sessions without a commit, given up"
            ) from failure
        self._plan.reporter.say(f"a new session, from what is committed: {failure}")
        time.sleep(_PAUSE_SECONDS)

    def _session(self) -> None:
        plan = self._plan
        self._open = None
        if plan.summary.sessions:
            self._look_for_another()
        plan.client.open()
        plan.summary.sessions += 1
        plan.look_at_topic()
        plan.client.ensure_progress_topic(self._progress_topic)
        identities = [file.identity for file in plan.files]
        committed = plan.client.committed(self._progress_topic, everything=True)
        kept = self._ledger.read(committed, identities)
        standing = plan.start(kept)
        plan.summary.positions = {i: p.position for i, p in standing.items()}
        if plan.summary.sessions == 1:
            plan.summary.resumed = sum(p.position.lines for p in standing.values())
        self._in_session = 0
        for file, record in plan.records(standing):
            if self._open is None:
                self._begin()
            self._one(file, record, standing[file.identity])
        self._commit()

    def _look_for_another(self) -> None:
        """Another session would fence a run that has taken over. Not every client tells a fence
        from other failures, so this one looks whether somebody went on."""
        plan = self._plan
        committed = plan.client.committed(self._progress_topic, everything=False)
        if self._ledger.went_on_elsewhere(committed, plan.summary.positions):
            raise Failure(Kind.FENCED, "another run has committed lines of these files")

    def _begin(self) -> None:
        most = self._plan.client.most_records
        if most is not None and 0 < self._in_session > most - self._records:
            raise Failure(Kind.SESSION, "as many records as one session may number")
        self._plan.client.begin()
        self._open = _Transaction(Window(self._plan.window_records, self._plan.window_bytes))

    def _one(self, file: File, record: Record, progress: Progress) -> None:
        plan, transaction = self._plan, self._open
        assert transaction is not None
        plan.wait_for_room(transaction.window)
        plan.send(
            transaction.window, record, key=record.key, value=record.value,
            partition=plan.partition(file, record),
        )
        progress.advance(record)
        plan.reporter.tick(len(record.raw))
        transaction.touched[file.identity] = (file, progress)
        transaction.records += 1
        self._in_session += 1
        aged = time.monotonic() - transaction.began >= self._seconds
        if transaction.records >= self._records or aged:
            self._commit()

    def _commit(self) -> None:
        plan, transaction = self._plan, self._open
        if transaction is None:
            return
        for file, progress in transaction.touched.values():
            note = self._ledger.note(file.path, file.identity, progress.position)
            plan.wait_for_room(transaction.window)
            plan.send(
                transaction.window, note, key=note.key, value=note.value,
                topic=self._progress_topic, partition=PROGRESS_PARTITION,
            )
        # Every report is looked at before the commit, whatever the client makes of a failed one.
        plan.drain(transaction.window)
        plan.client.commit(plan.deadline_ms / 1000)
        self._open = None
        self._without_commit = 0
        plan.summary.records += transaction.records
        plan.summary.transactions += 1
        for identity, (_, progress) in transaction.touched.items():
            plan.summary.positions[identity] = progress.position

    def _abort(self) -> None:
        if self._open is not None:
            self._open = None
            try:
                self._plan.client.abort(_ABORT_SECONDS)
            except Failure:
                # The coordinator will, after transaction.timeout.ms, or the next session.
                pass


class _Transaction:
    """What one holds until it is committed."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.touched: dict[str, tuple[File, Progress]] = {}
        self.records = 0
        self.began = time.monotonic()
