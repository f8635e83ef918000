"""The rules' vectors, made with Kafka's own classes, through Python: those of plain batches.

All of them are run against the core itself; these show that nothing is lost on the way to Python.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from conftest import ROOT

import fencepost as fp

PLAIN = {"op", "pid", "epoch", "seq", "n", "ts", "want", "a", "b"}


def is_plain(vector: dict[str, Any]) -> bool:
    ops = {"inc", "produce", "entry", "state"}
    return all(step["op"] in ops and set(step) <= PLAIN for step in vector["steps"])


def vectors() -> list[Any]:
    found = []
    for name in ("broker-3.9", "broker-more"):
        text = (ROOT / "verify/vectors/data" / f"{name}.json").read_text()
        plain = [v for v in json.loads(text) if is_plain(v) and "3.9" in v.get("profile", "3.9")]
        found += [pytest.param(v["steps"], id=v["id"]) for v in plain]
    return found


def header(step: dict[str, Any], base_offset: int) -> fp.BatchHeader:
    return fp.BatchHeader(
        base_offset=base_offset,
        batch_length=49,
        partition_leader_epoch=0,
        crc=0,
        attributes=0,
        last_offset_delta=step["n"] - 1,
        base_timestamp=step["ts"],
        max_timestamp=step["ts"],
        producer_id=step["pid"],
        producer_epoch=step["epoch"],
        base_sequence=step["seq"],
        records_count=step["n"],
    )


def produced(partition: fp.Partition, step: dict[str, Any], end: int) -> dict[str, Any]:
    try:
        admitted = partition.admit(header(step, end), now=step["ts"])
    except fp.RejectedError as refused:
        assert refused.error_code is not None
        return {"err": refused.error_code.name}
    if isinstance(admitted, fp.Duplicate):
        known = admitted.batch
        return {"dup": [admitted.first_offset, known.last_offset, known.timestamp]}
    partition.record(admitted, base_offset=end)
    return {"ok": [end, end + step["n"] - 1]}


def entry(state: fp.ProducerState | None) -> dict[str, Any] | None:
    if state is None:
        return None
    window = [
        [b.first_sequence, b.last_sequence, b.first_offset, b.last_offset, b.timestamp]
        for b in state.batches
    ]
    return {
        "epoch": state.producer_epoch,
        "cep": state.coordinator_epoch,
        "ts": state.last_timestamp,
        "txn": state.current_txn_first_offset,
        "win": window,
    }


@pytest.mark.parametrize("steps", vectors())
def test_a_vector_comes_out_as_in_kafka(steps: list[dict[str, Any]]) -> None:
    partition, end = fp.Partition(profile="3.9"), 0
    for step in steps:
        want = step["want"]
        match step["op"]:
            case "inc" if step["a"] >= 0:
                assert fp.advance_sequence(step["a"], step["b"]) == want
            case "produce":
                got = produced(partition, step, end)
                assert got == want
                end = got["ok"][1] + 1 if "ok" in got else end
            case "entry":
                assert entry(partition.producer(step["pid"])) == want
            case "state":
                pids = sorted(state.producer_id for state in partition.producers())
                known = {"map_end": partition.map_end_offset, "leo": end, "pids": pids}
                known["empty"] = not pids
                assert {key: known[key] for key in want} == want


def test_there_are_vectors() -> None:
    assert len(vectors()) >= 20
