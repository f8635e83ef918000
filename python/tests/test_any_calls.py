"""Whatever is called with whatever: an answer or an error of Python's, and no panic behind it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import fencepost as fp
from conftest import log, write
from fencepost import coordinator as co
from fencepost import snapshot_files
from fencepost import transactions as tx

INTS = (
    *(-(2**63), -(2**31), -2, -1, 0, 1, 2, 3, 5, 7, 90, 100, 1000, 32765, 32766, 32767),
    *(2**31 - 1, 2**31, 2**63 - 1001, 2**63 - 1, 2**63, 2**70),
)
ALLOWED = (fp.FencepostError, ValueError, TypeError, OverflowError, OSError)
WORDS = ("", "4.4", "2024-10", "v1", "full", "granted", "owned", "Empty", "Produce", "client", "replication")


def record(epoch: int, state: str) -> co.TransactionRecord:
    return co.TransactionRecord(
        producer_id=7,
        previous_producer_id=-1,
        next_producer_id=-1,
        producer_epoch=epoch,
        timeout_ms=1000,
        state=state,
        start=0,
        last_update=0,
        client_version=2,
    )


def machines() -> list[object]:
    """One of each, and some transactional ids in states of their own."""
    partition = fp.Partition(capacity=4)
    partition.replay(log(0, 1, 2))
    loaded = [
        co.TransactionMetadata.load(record(epoch, state), coordinator_epoch=0)
        for epoch in (0, 32766, 32767)
        for state in ("Empty", "Ongoing", "PrepareCommit", "CompleteAbort", "Dead")
    ]
    return [
        fp.Pipeline(partition, undecided=3),
        fp.Pipeline(fp.Partition()),
        co.BlockAllocator(),
        co.IdGenerator(),
        tx.TransactionManager(partitions=2),
        partition,
        snapshot_files,
        co,
        *loaded,
    ]


def parameters(call: Any) -> list[inspect.Parameter]:
    return list(inspect.signature(call).parameters.values())


class Play:
    """Objects that calls may be given, and those that calls gave."""

    def __init__(self, data: st.DataObject) -> None:
        self.data = data
        self.made: list[object] = [
            fp.Batch(write(3)),
            fp.Batch(write(0, transactional=True, producer_id=8)),
            fp.Batch(write(0, producer_id=9, epoch=32767)).header,
            fp.EndTxnMarker(commit=True, coordinator_epoch=-5, timestamp=0),
            [3, -1, 2**63 - 1],
            [(0, 0), (1, 47)],
            b"",
        ]

    def draw(self, name: str) -> object:
        if name == "new_id":
            return lambda: self.data.draw(st.sampled_from(INTS))
        wish = self.data.draw(st.integers(0, 9))
        if wish < 6:
            return self.data.draw(st.sampled_from(INTS))
        if wish < 9:
            return self.data.draw(st.sampled_from(self.made))
        return self.data.draw(st.sampled_from((*WORDS, None, True, False, 1.5)))

    def call(self, call: Any) -> None:
        args, named = [], {}
        for parameter in parameters(call):
            is_named = parameter.kind is inspect.Parameter.KEYWORD_ONLY
            if parameter.default is not inspect.Parameter.empty and self.data.draw(st.booleans()):
                continue
            value = self.draw(parameter.name)
            if is_named:
                named[parameter.name] = value
            else:
                args.append(value)
        try:
            given = call(*args, **named)
        except ALLOWED:
            return
        self.made += given if isinstance(given, list) else [given]


def calls(machine: object) -> list[Any]:
    """Its methods, or a module's functions."""
    names = getattr(machine, "__all__", None) or dir(machine)
    found = [getattr(machine, name) for name in names if not name.startswith("_")]
    return [call for call in found if callable(call) and not inspect.isclass(call)]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_call_with_anything_is_answered_or_refused(data: st.DataObject) -> None:
    play = Play(data)
    there = [call for machine in machines() for call in calls(machine)]
    for _ in range(data.draw(st.integers(1, 100))):
        play.call(data.draw(st.sampled_from(there)))


FUNCTIONS = [call for module in (fp, co, snapshot_files) for call in calls(module)]


@pytest.mark.parametrize("call", FUNCTIONS, ids=lambda call: call.__name__)
def test_a_function_takes_each_number_and_word_or_says_no(call: Any) -> None:
    pool = (*INTS, *WORDS, None, b"", [1, 2**63 - 1])
    *rest, last = parameters(call)
    for other in pool:
        for value in pool:
            args = [other for _ in rest if _.kind is not inspect.Parameter.KEYWORD_ONLY]
            named = {p.name: other for p in rest if p.kind is inspect.Parameter.KEYWORD_ONLY}
            if last.kind is inspect.Parameter.KEYWORD_ONLY:
                named[last.name] = value
            else:
                args.append(value)
            try:
                call(*args, **named)
            except ALLOWED:
                pass


def test_every_method_can_be_called_so() -> None:
    counted = {type(one).__name__: len(calls(one)) for one in machines()}
    assert counted["TransactionMetadata"] >= 12 and counted["TransactionManager"] >= 25
    assert counted["Pipeline"] >= 18 and counted["Partition"] >= 25
    assert len(calls(co)) >= 10 and len(calls(snapshot_files)) >= 9


@pytest.mark.skipif(sys.version_info < (3, 11), reason="the name is a note, which 3.10 has not")
@pytest.mark.parametrize("call", [co.coordinator_partition, snapshot_files.name])
def test_a_wrong_type_is_told_with_the_parameters_name(call: Any) -> None:
    with pytest.raises(TypeError) as raised:
        call(1.5)
    told = " ".join([str(raised.value), *getattr(raised.value, "__notes__", [])])
    assert parameters(call)[0].name in told


@pytest.mark.skipif(sys.version_info < (3, 11), reason="the name is a note, which 3.10 has not")
def test_a_number_out_of_range_is_told_with_the_parameters_name() -> None:
    partition, header = fp.Partition(), fp.BatchHeader.parse(write(0))
    calls: dict[str, Callable[[], object]] = {
        "now": lambda: partition.admit(header, now=2**70),
        "guard": lambda: partition.admit(header, now=0, guard=-1),
        "transaction_version": lambda: partition.admit(header, now=0, transaction_version=256),
        "epoch": lambda: fp.Identity(id=0, epoch=2**15),
        "base_offset": lambda: fp.Response.ok(2**63),
        "capacity": lambda: fp.Partition(capacity=-1),
        "offset": lambda: partition.set_map_end_offset(-(2**63) - 1),
    }
    for name, call in calls.items():
        with pytest.raises(OverflowError) as raised:
            call()
        # By name: the types of 3.10 have no notes.
        assert getattr(raised.value, "__notes__", None) == [f"while processing '{name}'"]
