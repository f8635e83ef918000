"""An idempotent producer: no duplicate and no loss while it lives.

A producer that starts again is another one to the brokers. So what a crash doubles is what was sent
and is not in the checkpoint, and this is bounded: no line is sent while so many are beyond the
checkpoint.
"""

from .checkpoint import Checkpoint
from .errors import Failure, Interrupted, Stopped
from .plan import Plan
from .source import File, Position, Progress, Record
from .window import Item, Window

_INTERRUPT_SECONDS = 10.0


def promise(window_records: int, checkpoint: str | None) -> str:
    """What a crash can do, in a sentence."""
    if checkpoint is None:
        return (
            "idempotent, without a checkpoint: exactly once while this run lives; after a crash "
            "the next run begins anew, and every line sent before is written again"
        )
    return (
        "idempotent: exactly once while this run lives; after a crash the next run goes on from "
        f"{checkpoint}, and up to {window_records} lines after it may be written twice"
    )


class Run:
    """One run over all files."""

    def __init__(self, plan: Plan, checkpoint: Checkpoint | None) -> None:
        self._plan = plan
        self._checkpoint = checkpoint
        # Written, by identity; and up to where each file's last checkpoint says.
        self._written: dict[str, Progress] = {}
        self._saved: dict[str, Position] = {}
        self._identities = {file.path: file.identity for file in plan.files}
        self._unsaved = 0
        self._in_session = 0

    def run(self) -> None:
        """Until the files end, or something fails."""
        plan = self._plan
        kept: dict[str, Position] = {}
        if self._checkpoint is not None:
            kept = self._checkpoint.load()
        self._saved = dict(kept)
        self._written = plan.start(kept)
        plan.summary.resumed = sum(p.position.lines for p in self._written.values())
        self._tell()
        window = Window(plan.window_records, plan.window_bytes, self._advance)
        try:
            plan.client.open()
            plan.summary.sessions += 1
            plan.look_at_topic()
            for file, record in plan.records(self._written):
                self._one(window, file, record)
            plan.drain(window)
        except Failure as failure:
            raise Stopped(f"{failure}") from failure
        except Interrupted:
            self._give_a_moment(window)
            raise
        finally:
            self._save(window)
            plan.client.close()

    def _one(self, window: Window, file: File, record: Record) -> None:
        plan = self._plan
        plan.wait_for_room(window)
        # The bound of what a crash doubles: written or not, it is beyond the checkpoint.
        # (First what is pending, then what is not any more: a report in between counts twice.)
        if self._checkpoint is not None and window.pending + self._unsaved >= plan.window_records:
            plan.wait_for_room(window, plan.window_records // 2)
            self._save(window)
        most = plan.client.most_records
        if most is not None and self._in_session >= most:
            self._renew(window)
        self._in_session += 1
        plan.send(
            window, record, key=record.key, value=record.value,
            partition=plan.partition(file, record),
        )

    def _renew(self, window: Window) -> None:
        """Everything is written, so another producer can't write it again."""
        plan = self._plan
        plan.drain(window)
        plan.client.close()
        plan.client.open()
        plan.summary.sessions += 1
        self._in_session = 0

    def _advance(self, item: Item) -> None:
        assert isinstance(item, Record)
        self._written[self._identities[item.path]].advance(item)
        self._plan.summary.records += 1
        self._unsaved += 1
        self._plan.reporter.tick(len(item.raw))

    def _give_a_moment(self, window: Window) -> None:
        try:
            self._plan.drain(window, _INTERRUPT_SECONDS)
        except Failure:
            pass

    def _save(self, window: Window) -> None:
        with window.lock:
            unsaved, self._unsaved = self._unsaved, 0
            self._tell()
        if self._checkpoint is not None and unsaved:
            self._saved |= self._plan.summary.positions
            try:
                self._checkpoint.save(self._saved)
            except OSError as error:
                raise Stopped(f"the checkpoint can't be written: {error}") from None

    def _tell(self) -> None:
        self._plan.summary.positions = {i: p.position for i, p in self._written.items()}
