"""A transactional client over `TransactionManager`, driven by the scripts of Kafka's own producer.

It speaks the protocol of `verify/reference/README.md` as far as the dialogue with the coordinators
goes: batches are numbered here by counting, since what becomes of their numbers is a `Producer`'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import fencepost as fp
from fencepost import transactions as tx


@dataclass(frozen=True)
class Step:
    line: str
    whole: str | None = None
    words: frozenset[str] = frozenset()

    def accepts(self, answer: str) -> bool:
        if self.whole is not None:
            return answer == self.whole
        return self.words <= set(answer.split()) and not answer.startswith("threw")


@dataclass(frozen=True)
class Script:
    id: str
    steps: tuple[Step, ...]


def scripts(path: Path) -> list[Script]:
    found: list[Script] = []
    for block in path.read_text().split("\nvector ")[1:]:
        head, *lines = block.splitlines()
        lines = [line for line in lines if line and not line.startswith(("#", "snapshot:", "release:"))]
        steps = [step for line in lines for step in _steps(line)]
        found.append(Script(head.split()[0], tuple(steps)))
    return found


def _steps(line: str) -> list[Step]:
    if "=>" in line:
        line, whole = line.split("=>")
        return [Step(line.strip(), whole=whole.strip())]
    if "~>" in line:
        line, words = line.split("~>")
        return [Step(line.strip(), words=frozenset(words.split()))]
    match line.split():
        case [("ready-txn" | "ready-txn-idle") as name, owner, epoch]:
            lines = ["init", "loop 2", "coordinator 0 0", "loop", f"identity 0 {owner} {epoch}", "await"]
            return [Step(one) for one in [*lines, *(["begin"] if name == "ready-txn" else [])]]
    return [Step(line)]


class NotTold(Exception):
    """The dialogue alone does not know this."""


@dataclass
class Batch:
    name: str
    partition: int
    records: int
    sequence: int | None = None


_STATES = {
    "in_transaction": "IN_TRANSACTION",
    "aborting": "ABORTING_TRANSACTION",
    "committing": "COMMITTING_TRANSACTION",
}
_KINDS = {"find_coordinator": "FindCoordinator", "txn_offset_commit": "TxnOffsetCommit", "end_txn": "EndTxn"}


def _code(failure: tx.Failure) -> str:
    match failure.cause:
        case "aborted":
            return "TransactionAbortedException"
        case "group_metadata":
            return "CommitFailedException"
    return str(failure.error_code)


class Client:
    """One script's client; the first line of a script makes it."""

    def __init__(self, line: str) -> None:
        options = dict(word.split("=") for word in line.split()[1:])
        backoff = int(options.get("backoff", "0"))
        partitions = int(options.get("partitions", "1"))
        self.manager = tx.TransactionManager(partitions=partitions, retry_backoff_ms=backoff)
        version = int(options.get("transaction-version", "0"))
        self.manager.handle_features(finalized_features_epoch=1, transaction_version=version)
        self.manager.handle_transaction_coordinator(int(options.get("init-version", "4")))
        self.now = self.watched = self.asked = 0
        self.groups: list[str] = []
        self.is_missed = False
        self.batches = 0
        self.waiting: list[Batch] = []
        self.flying: dict[str, Batch] = {}
        self.next = [0] * partitions
        self.told: list[str] = []

    def obey(self, line: str) -> str:
        name, *words = line.split()
        command = getattr(self, f"_{name.replace('-', '_')}", None)
        if command is None:
            raise NotTold(line)
        try:
            answer = command(*words) or ""
        except fp.RefusedError as refused:
            answer = f"threw {_thrown(refused)}"
        self._fail_batches()
        return str(answer)

    # The application.

    def _init(self) -> None:
        self.manager.init()

    def _begin(self) -> None:
        self.manager.begin()

    def _commit(self) -> None:
        self.manager.commit()

    def _abort(self) -> None:
        self.manager.abort()

    def _append(self, partition: str, records: str) -> str:
        self.batches += 1
        batch = Batch(f"B{self.batches}", int(partition), int(records))
        try:
            self.manager.add_partition(batch.partition)
        except fp.RefusedError as refused:
            return f"{batch.name} refused {_thrown(refused)}"
        self.waiting.append(batch)
        return batch.name

    def _send_offsets(self, group: str, partition: str) -> None:
        if group not in self.groups:
            self.groups.append(group)
        self.manager.send_offsets(self.groups.index(group))

    def _result(self) -> str:
        offsets, result = self.manager.poll_offsets(), self.manager.poll_result()
        if offsets is None and result is None:
            return "pending"
        failure = result.failure if result is not None else offsets and offsets.failure
        return f"failed {_code(failure)}" if failure else "ok"

    def _await(self) -> str:
        answer = self._result()
        self.manager.acknowledge()
        return answer

    # Time.

    def _watch(self) -> None:
        self.watched = self.now

    def _passed(self) -> str:
        return str(self.now - self.watched)

    # What goes out.

    def _loop(self, times: str = "1") -> str:
        return [self._turn() for _ in range(int(times))][-1]

    def _turn(self) -> str:
        incomplete = bool(self.waiting or self.flying)
        due = self.manager.poll_timeout(incomplete_batches=incomplete, now=self.now)
        self.now = self.now if due is None else due
        request = self.manager.poll_request(incomplete_batches=incomplete, now=self.now)
        if request is not None and request.kind == "find_coordinator" and not self.is_missed:
            # Kafka's loop takes a turn to notice that it does not know the coordinator.
            self.is_missed = True
            return "idle"
        if request is not None:
            self.is_missed = False
            self.asked += 1
            self.manager.mark_sent(request, self.asked)
            return self._shown(request)
        return self._produced() or "idle"

    def _shown(self, request: tx.Request) -> str:
        who = request.identity
        named = f"{who.id}@{who.epoch}" if who else "-1@-1"
        group = None if request.group is None else self.groups[request.group]
        match request.kind:
            case "find_coordinator":
                return "find(txn T)" if group is None else f"find(group {group})"
            case "init_producer_id":
                return f"init(T {request.transaction_timeout_ms} {named})"
            case "add_partitions":
                return f"add[{','.join(map(str, self.manager.partitions_to_add()))}]"
            case "add_offsets":
                return f"offsets({group})"
            case "txn_offset_commit":
                return f"offset-commit({group})"
            case "end_txn":
                return f"end({'commit' if request.commit else 'abort'} {named})"
        return "idle"

    def _produced(self) -> str:
        who = self.manager.identity
        for batch in self.waiting:
            is_new = batch.sequence is None
            may = self.manager.may_number if is_new else self.manager.may_send
            if who is not None and may(batch.partition):
                if batch.sequence is None:
                    batch.sequence = self.next[batch.partition]
                    self.next[batch.partition] += batch.records
                self.waiting.remove(batch)
                self.flying[batch.name] = batch
                numbers = f"[{batch.sequence}+{batch.records}]{who.id}@{who.epoch}"
                return f"n0({batch.name}:{batch.partition}{numbers})"
        return ""

    # What comes back.

    def _stepped(self, step: tx.Step) -> None:
        self.is_missed = step.kind == "find_coordinator"
        if step.kind == "identity":
            self.next = [0] * len(self.next)

    def _coordinator(self, code: str, node: str = "") -> None:
        self._stepped(self.manager.handle_find_coordinator(self.asked, int(code), now=self.now))

    def _identity(self, code: str, owner: str = "-1", epoch: str = "-1") -> None:
        step = self.manager.handle_init_producer_id(
            self.asked, int(code), producer_id=int(owner), producer_epoch=int(epoch), now=self.now
        )
        self._stepped(step)

    def _added(self, *results: str) -> None:
        pairs = [result.split(":") for result in results]
        codes = [(int(partition), int(code)) for partition, code in pairs]
        self._stepped(self.manager.handle_add_partitions(self.asked, codes, now=self.now))

    def _offsets(self, code: str) -> None:
        self._stepped(self.manager.handle_add_offsets(self.asked, int(code), now=self.now))

    def _offset_commit(self, *results: str) -> None:
        codes = [int(result.split(":")[1]) for result in results]
        step = self.manager.handle_txn_offset_commit(
            self.asked, codes, missing=len(codes), now=self.now
        )
        self._stepped(step)

    def _ended(self, code: str, owner: str = "-1", epoch: str = "-1") -> None:
        step = self.manager.handle_end_txn(
            self.asked, int(code), producer_id=int(owner), producer_epoch=int(epoch), now=self.now
        )
        self._stepped(step)

    def _answer(self, name: str, code: str, offset: str = "-1", start: str = "-1") -> None:
        batch = self.flying.pop(name)
        if int(code) == 0:
            self.told.append(f"{name}={offset}")
        elif fp.ErrorCode(code).retriable:
            self.waiting.insert(0, batch)
        else:
            self.told.append(f"{name}!{code}")
            self.manager.handle_batch_failed(int(code), numbered=True)

    def _fail_batches(self) -> None:
        wanted = self.manager.poll_batches()
        if wanted is None:
            return
        for batch in [one for one in self.waiting if one.sequence is None or wanted.which == "all"]:
            self.waiting.remove(batch)
            self.told.append(f"{batch.name}!{_code(wanted.failure)}")

    # Questions.

    def _outcomes(self) -> str:
        told, self.told = self.told, []
        return " ".join(told)

    def _manager(self) -> str:
        manager = self.manager
        who = manager.identity
        incomplete = bool(self.waiting or self.flying)
        request = manager.poll_request(incomplete_batches=False, now=self.now)
        waiting = [_KINDS.get(request.kind, request.kind)] if request else []
        if waiting == ["FindCoordinator"] and request is not None and request.group is not None:
            waiting.append("TxnOffsetCommit")
        words = [
            f"state={_STATES.get(manager.state, manager.state.upper())}",
            f"pid={who.id}@{who.epoch}" if who else "pid=-1@-1",
            f"error={_code(manager.failure) if manager.failure else '-'}",
            f"waiting={','.join(waiting)}" if waiting else f"waiting=- incomplete={incomplete}",
        ]
        return " ".join(words)


def _thrown(refused: fp.RefusedError) -> str:
    return "KafkaException" if refused.kind == "failed" else "IllegalStateException"
