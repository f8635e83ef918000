"""A log whose producer state is a `fencepost.Partition`, as the broker's vectors drive it.

What belongs to the log (its end, clock, high watermark, files) is kept here, as a broker in Python
would keep it; `verify/vectors/README.md` says what each step is.
"""

from __future__ import annotations

from typing import Any

import fencepost as fp
from fencepost import snapshot_files

Step = dict[str, Any]
_ORIGINS = {
    "CLIENT": "client",
    "COORDINATOR": "coordinator",
    "REPLICATION": "replication",
    "RAFT_LEADER": "raft_leader",
}
_TRANSACTIONAL, _CONTROL = 16, 32


def _header(step: Step, base_offset: int) -> fp.BatchHeader:
    """Of data or of a marker."""
    is_data = "n" in step
    records = step["n"] if is_data else 1
    transactional = _TRANSACTIONAL if step.get("txn") or not is_data else 0
    return fp.BatchHeader(
        base_offset=base_offset,
        batch_length=49,
        partition_leader_epoch=0,
        crc=0,
        attributes=transactional if is_data else transactional | _CONTROL,
        last_offset_delta=records - 1,
        base_timestamp=step["ts"],
        max_timestamp=step["ts"],
        producer_id=step["pid"],
        producer_epoch=step["epoch"],
        base_sequence=step["seq"] if is_data else -1,
        records_count=records,
    )


def _marker(step: Step) -> fp.EndTxnMarker:
    return fp.EndTxnMarker(
        commit=step["type"] == "C", coordinator_epoch=step["cep"], timestamp=step["ts"]
    )


def _control(step: Step, base_offset: int) -> fp.Batch:
    """A marker, or a control batch without a record, as bytes; of any producer, also none."""
    nobody = fp.Identity(id=0, epoch=0)
    marker = fp.EndTxnMarker(commit=True, coordinator_epoch=0, timestamp=-1)
    is_empty = step["k"] == "e"
    batch = bytearray(
        fp.write_end_txn_marker(nobody, marker if is_empty else _marker(step), base_offset=base_offset)
    )
    batch[43:51] = step["pid"].to_bytes(8, "big", signed=True)
    batch[51:53] = step["epoch"].to_bytes(2, "big", signed=True)
    if is_empty:
        del batch[61:]
        batch[8:12] = (49).to_bytes(4, "big")
        batch[57:61] = (0).to_bytes(4, "big")
    fp.seal_batch(batch)
    return fp.Batch(batch)


class Log:
    """A fresh partition and its files."""

    def __init__(self, vector: dict[str, Any], profile: str) -> None:
        self._options = {
            "profile": "3.9" if profile == "3.9.2" else profile,
            "guard_first": profile == "3.9",
            "expiration_ms": vector.get("exp_ms", 86_400_000),
            "max_transaction_ms": vector.get("max_txn_ms", 300_000),
            "verification": bool(vector.get("verify", 0)),
        }
        self.partition = self._fresh()
        self.end = self.start = self.high_watermark = self.now = 0
        self.guards: dict[str, int] = {}
        self.seen: set[int] = set()
        self.files: dict[str, bytes] = {}
        self.registered: set[int] = set()
        self.index = b""
        self.index_last: int | None = None
        self.turn = False

    def _fresh(self) -> fp.Partition:
        return fp.Partition(**self._options)

    def perform(self, step: Step) -> Any:
        """The answer to a step, `None` for one that has none."""
        return getattr(self, f"_{step['op']}")(step)

    # Appends.

    def _produce(self, step: Step) -> Any:
        return self._one(step, "CLIENT", None)

    def _marker(self, step: Step) -> Any:
        return self._one(step, "COORDINATOR", _marker(step))

    def _guard(self, step: Step) -> int:
        return self.guards[step["guard"]] if "guard" in step else 0

    def _one(self, step: Step, origin: str, marker: fp.EndTxnMarker | None) -> Any:
        """In turn as one batch and, if it is data, as an append of one."""
        base = step.get("at", self.end)
        header = _header(step, base)
        self.turn = not self.turn
        if self.turn and marker is None:
            return self._several([header], step, origin, base)
        try:
            admitted = self.partition.admit(
                header,
                now=self.now,
                origin=_ORIGINS[step.get("origin", origin)],
                marker=marker,
                guard=self._guard(step),
                transaction_version=min(step.get("tv", 0), 2),
            )
        except fp.RejectedError as refused:
            return _refused(refused)
        if isinstance(admitted, fp.Duplicate):
            return _duplicate(admitted)
        completed = self.partition.record(admitted, base_offset=base)
        last = base + header.last_offset_delta
        return self._appended(base, last, () if completed is None else (completed,))

    def _append(self, step: Step) -> Any:
        base = at = step.get("at", self.end)
        batches: list[fp.Batch | fp.BatchHeader] = []
        for part in step["batches"]:
            batch = _header(part, at) if part["k"] == "d" else _control(part, at)
            header = batch.header if isinstance(batch, fp.Batch) else batch
            batches.append(batch)
            at += header.last_offset_delta + 1
        return self._several(batches, step, "CLIENT", base)

    def _several(
        self, batches: list[fp.Batch | fp.BatchHeader], step: Step, origin: str, base: int
    ) -> Any:
        try:
            admitted = self.partition.admit_append(
                batches,
                now=self.now,
                origin=_ORIGINS[step.get("origin", origin)],
                guard=self._guard(step),
                transaction_version=min(step.get("tv", 0), 2),
            )
            if isinstance(admitted, fp.Duplicate):
                return _duplicate(admitted)
            completed = self.partition.commit(admitted)
        except fp.RejectedError as refused:
            return _refused(refused)
        header = batches[-1].header if isinstance(batches[-1], fp.Batch) else batches[-1]
        return self._appended(base, header.base_offset + header.last_offset_delta, completed)

    def _appended(self, first: int, last: int, done: tuple[fp.CompletedTransaction, ...]) -> Any:
        # A log of 64 bits, as Kafka's is: one vector wraps.
        self.end = (last + 1 + 2**63) % 2**64 - 2**63
        for transaction in done:
            if (entry := transaction.index_entry) is not None:
                self.index += fp.append_txn_index(entry, last=None)
                self.index_last = entry.last_offset
        answer: dict[str, Any] = {"ok": [first, last]}
        if done:
            answer["done"] = [
                [t.producer_id, t.first_offset, t.last_offset, "A" if t.aborted else "C", t.last_stable_offset]
                for t in done
            ]
        return answer

    # Verification.

    def _verify(self, step: Step) -> Any:
        try:
            guard = self.partition.start_verification(
                producer_id=step["pid"],
                producer_epoch=step["epoch"],
                base_sequence=step["seq"],
                supports_epoch_bump=bool(step.get("tv2", 0)),
                now=self.now,
            )
        except fp.RejectedError as refused:
            return _refused(refused)
        if guard == 0:
            answer = "sentinel"
        elif guard not in self.seen:
            answer = "new"
        else:
            labels = [label for label, known in self.guards.items() if known == guard]
            wanted = str(step["want"]).removeprefix("same:")
            answer = f"same:{wanted if wanted in labels else labels[0]}"
        self.seen.add(guard)
        if "as" in step:
            self.guards[step["as"]] = guard
        return answer

    def _verify_enabled(self, step: Step) -> None:
        self.partition.set_verification(bool(step["to"]))

    # Time and the log's bounds.

    def _clock(self, step: Step) -> None:
        self.now = step["to"]

    def _hw(self, step: Step) -> None:
        self.high_watermark = step["to"]
        self.partition.handle_high_watermark(step["to"])

    def _expire(self, step: Step) -> None:
        self.partition.expire(now=step["now"])

    def _late(self, step: Step) -> bool:
        return self.partition.has_late_transaction(now=step["now"])

    def _raise_start(self, to: int) -> None:
        latest = snapshot_files.latest(self.registered)
        self.partition.handle_log_start(to, latest_snapshot=latest)

    def _log_start(self, step: Step) -> None:
        self.start = step["to"]
        self._raise_start(self.start)

    def _trunc(self, step: Step) -> None:
        self.start, self.end = step["start"], step["end"]
        outside = snapshot_files.outside_log(
            self.registered, log_start=self.start, log_end=self.end
        )
        self._delete(outside)
        if self.partition.needs_reload(self.end):
            self._load_latest(step["now"])
        else:
            self._raise_start(self.start)
        self._idx_trunc({"to": self.end})

    def _trunc_full(self, step: Step) -> None:
        self.start = self.end = step["at"]
        self._delete(list(self.registered))
        self.partition.truncate_fully(self.end)
        self._idx_trunc({"to": -(1 << 63)})

    # Snapshots and their files.

    def _delete(self, offsets: list[int]) -> None:
        for offset in offsets:
            self.registered.discard(offset)
            self.files.pop(snapshot_files.name(offset), None)

    def _listed(self) -> set[int]:
        offsets = (snapshot_files.parse_name(name) for name in self.files)
        return {offset for offset in offsets if offset is not None}

    def _load_latest(self, now: int) -> None:
        while (offset := snapshot_files.latest(self.registered)) is not None:
            file = self.files.get(snapshot_files.name(offset), b"")
            try:
                self.partition.load_snapshot(file, offset=offset, now=now)
            except fp.SnapshotError:
                self._delete([offset])
            else:
                return
        self.partition.reload_without_snapshot(self.start)

    def _snap(self, step: Step) -> int | None:
        offset = self.partition.snapshot_due
        if offset is not None:
            self.files[snapshot_files.name(offset)] = self.partition.snapshot()
            self.registered.add(offset)
            self.partition.snapshot_taken(offset)
        return offset

    def _reopen(self, step: Step) -> None:
        self.partition = self._fresh()
        self.registered = self._listed()
        self.index_last = None

    def _reload_snaps(self, step: Step) -> None:
        self._delete(list(self.registered))
        self.partition.truncate_fully(0)
        self.registered = self._listed()

    def _stray(self, step: Step) -> None:
        self.registered = self._listed()
        self._delete(snapshot_files.strays(self.registered, segment_bases=step["bases"]))

    def _del_snaps(self, step: Step) -> None:
        self._delete(snapshot_files.before(self.registered, step["before"]))

    def _mkfile(self, step: Step) -> None:
        self.files[snapshot_files.name(step["offset"])] = b""

    def _put(self, step: Step) -> None:
        self.files[snapshot_files.name(step["offset"])] = bytes.fromhex(step["hex"])

    def _file(self, step: Step) -> str | None:
        file = self.files.get(snapshot_files.name(step["offset"]))
        return None if file is None else file.hex()

    def _corrupt(self, step: Step) -> None:
        name = snapshot_files.name(step["offset"])
        file = self.files[name]
        self.files[name] = {
            "empty": b"",
            "half": file[: len(file) // 2],
            "zero37": bytes(len(file[:37])) + file[37:],
            "append_zero": file + b"\0",
            "version2": file[:1] + b"\2" + file[2:],
        }[step["how"]]

    # The transaction index.

    def _idx_append(self, step: Step) -> Any:
        entry = fp.AbortedTransaction(
            producer_id=step["pid"],
            first_offset=step["first"],
            last_offset=step["last"],
            last_stable_offset=step["lso"],
        )
        try:
            self.index += fp.append_txn_index(entry, last=self.index_last)
        except fp.TxnIndexError as refused:
            assert refused.kind == "not_after_last"
            return {"err": "UNKNOWN_SERVER_ERROR"}
        self.index_last = entry.last_offset
        return "ok"

    def _idx_trunc(self, step: Step) -> None:
        cut = fp.cut_txn_index(self.index, step["to"])
        if cut is not None:
            length, self.index_last = cut
            self.index = self.index[:length]

    def _collect(self, step: Step) -> Any:
        aborted, complete = fp.collect_aborted(
            self.index, fetch_offset=step["from"], upper_bound=step["to"]
        )
        txns = [[entry.producer_id, entry.first_offset] for entry in aborted]
        return {"txns": txns, "complete": complete}

    # Questions.

    def _inc(self, step: Step) -> int:
        return fp.advance_sequence(step["a"], step["b"])

    def _entry(self, step: Step) -> Any:
        state = self.partition.producer(step["pid"])
        if state is None:
            return None
        return {
            "epoch": state.producer_epoch,
            "cep": state.coordinator_epoch,
            "ts": state.last_timestamp,
            "txn": state.current_txn_first_offset,
            "win": [
                [b.first_sequence, b.last_sequence, b.first_offset, b.last_offset, b.timestamp]
                for b in state.batches
            ],
        }

    def _state(self, step: Step) -> dict[str, Any]:
        return {name: self._fact(name, wanted) for name, wanted in step["want"].items()}

    def _fact(self, name: str, wanted: Any) -> Any:
        partition = self.partition
        match name:
            case "map_end":
                return partition.map_end_offset
            case "leo":
                return self.end
            case "last_stable":
                return partition.last_stable_offset(
                    log_start=self.start, high_watermark=self.high_watermark
                )
            case "unstable":
                return partition.first_unstable_offset
            case "undecided":
                return partition.first_undecided_offset
            case "pids":
                return sorted(state.producer_id for state in partition.producers())
            case "empty":
                return partition.is_empty
            case "snaps":
                return sorted(self._listed())
            case "latest_snap":
                return snapshot_files.latest(self.registered)
            case "oldest_snap":
                return snapshot_files.oldest(self.registered)
            case "aborted":
                return [
                    [e.producer_id, e.first_offset, e.last_offset, e.last_stable_offset]
                    for e in fp.read_txn_index(self.index)
                ]
            case "vstate":
                found = {pid: partition.verification(int(pid)) for pid in wanted}
                return {
                    pid: entry and [entry.lowest_sequence, entry.producer_epoch]
                    for pid, entry in found.items()
                }
        raise AssertionError(name)


def _refused(refused: fp.RejectedError) -> dict[str, Any]:
    assert refused.error_code is not None
    return {"err": refused.error_code.name}


def _duplicate(seen: fp.Duplicate) -> dict[str, Any]:
    return {"dup": [seen.first_offset, seen.batch.last_offset, seen.batch.timestamp]}
