"""What is decided while earlier batches are still being written."""

from __future__ import annotations

import pytest

import fencepost as fp
from conftest import log, write

NOW = 1_700_000_000_000


def begin(pipeline: fp.Pipeline, sequence: int, *, producer_id: int = 7, epoch: int = 0) -> int:
    batch = fp.Batch(write(sequence, producer_id=producer_id, epoch=epoch))
    permit = pipeline.admit(batch, now=NOW)
    assert isinstance(permit, fp.WritePermit), permit
    return pipeline.begin(permit)


def again(pipeline: fp.Pipeline, sequence: int) -> object:
    return pipeline.admit(fp.Batch(write(sequence)), now=NOW)


def test_batches_are_admitted_on_top_of_those_that_are_being_written() -> None:
    pipeline = fp.Pipeline(fp.Partition())
    first, second = begin(pipeline, 0), begin(pipeline, 1)
    assert again(pipeline, 1) == fp.Pending(ticket=second)
    with pytest.raises(fp.OutOfOrderSequenceError) as raised:
        again(pipeline, 3)
    assert (raised.value.expected, raised.value.got) == (2, 3)
    assert (len(pipeline), pipeline.map_end_offset) == (0, 0), "nothing is recorded"
    assert pipeline.undecided() == [
        fp.UndecidedBatch(ticket=first, producer_id=7, unknown=False),
        fp.UndecidedBatch(ticket=second, producer_id=7, unknown=False),
    ]
    with pytest.raises(fp.NotNextError) as not_next:
        pipeline.record(second, base_offset=1)
    assert (not_next.value.ticket, not_next.value.next) == (second, first)
    assert pipeline.record(first, base_offset=0) is None
    assert pipeline.record(second, base_offset=1) is None
    match again(pipeline, 1):
        case fp.Duplicate(first_offset=offset):
            assert offset == 1
        case other:
            raise AssertionError(other)
    assert (7 in pipeline, len(pipeline), pipeline.map_end_offset) == (True, 1, 2)


def test_what_is_abandoned_has_never_been_nor_what_followed_it() -> None:
    pipeline = fp.Pipeline(fp.Partition())
    first, other = begin(pipeline, 0), begin(pipeline, 0, producer_id=8)
    second = begin(pipeline, 1)
    assert pipeline.abandon(first) == [first, second]
    assert [undecided.ticket for undecided in pipeline.undecided()] == [other]
    with pytest.raises(fp.StaleTicketError, match="names no undecided batch"):
        pipeline.record(second, base_offset=0)
    assert pipeline.record(other, base_offset=0) is None
    again_first, last = begin(pipeline, 0), begin(pipeline, 1, producer_id=8)
    assert pipeline.abandon_from(again_first) == [again_first, last]
    tickets = [begin(pipeline, 0), begin(pipeline, 1, producer_id=8)]
    assert pipeline.abandon_all() == tickets
    assert pipeline.undecided() == []
    state = pipeline.producer(8)
    assert state is not None and state.last_sequence == 0
    assert pipeline.producer(7) is None


def test_while_it_is_not_known_whether_a_batch_was_written_its_producer_waits() -> None:
    pipeline = fp.Pipeline(fp.Partition())
    lost = begin(pipeline, 0)
    pipeline.mark_unknown(lost)
    assert pipeline.undecided()[0].unknown
    assert again(pipeline, 0) == fp.Pending(ticket=lost)
    with pytest.raises(fp.UndecidedError) as raised:
        again(pipeline, 1)
    refused = raised.value
    assert (refused.kind, refused.producer_id, refused.ticket) == ("unresolved", 7, lost)
    assert refused.error_code == 19 and refused.error_code.retriable
    begin(pipeline, 0, producer_id=8)
    pipeline.record(lost, base_offset=0)
    begin(pipeline, 1)


def test_five_batches_of_a_producer_and_as_many_as_the_pool_holds() -> None:
    growing, bounded = fp.Pipeline(fp.Partition()), fp.Pipeline(fp.Partition(), undecided=2)
    for sequence in range(5):
        begin(growing, sequence)
    with pytest.raises(fp.UndecidedError) as raised:
        again(growing, 5)
    assert raised.value.kind == "producer_busy"
    for producer_id in range(100, 400):
        begin(growing, 0, producer_id=producer_id)
    assert growing.capacity >= len(growing.undecided()) == 305
    begin(bounded, 0, producer_id=1)
    begin(bounded, 0, producer_id=2)
    with pytest.raises(fp.UndecidedError) as raised:
        again(bounded, 0)
    assert (raised.value.kind, raised.value.capacity) == ("pool_full", 2)
    for wrong in (0, 2**20 + 1):
        with pytest.raises(ValueError, match="undecided is from 1 to"):
            fp.Pipeline(fp.Partition(), undecided=wrong)


def test_a_permit_is_good_once_until_the_next_change_and_at_its_own_pipeline() -> None:
    partition = fp.Partition()
    pipeline, other = fp.Pipeline(partition), fp.Pipeline(partition)
    batch = fp.Batch(write(0))
    permit, late = pipeline.admit(batch, now=NOW), pipeline.admit(batch, now=NOW)
    assert isinstance(permit, fp.WritePermit) and isinstance(late, fp.WritePermit)
    with pytest.raises(fp.StaleTicketError, match="another pipeline's"):
        other.begin(permit)
    pipeline.begin(permit)
    for stale in (permit, late):
        with pytest.raises(fp.StaleTicketError, match="admit the batch again"):
            pipeline.begin(stale)
    assert len(pipeline.undecided()) == 1


def test_a_pipeline_begins_with_a_copy_and_gives_one() -> None:
    partition = fp.Partition(capacity=4)
    partition.replay(log(0, 1, 2))
    pipeline = fp.Pipeline(partition)
    ticket = begin(pipeline, 3)
    recorded = pipeline.partition()
    assert recorded.producers() == partition.producers()
    assert pipeline.snapshot("full") == partition.snapshot("full")
    pipeline.record(ticket, base_offset=3)
    assert pipeline.snapshot_due == 4
    pipeline.snapshot_taken(4)
    assert pipeline.snapshot_due is None
    assert (partition.map_end_offset, recorded.map_end_offset) == (3, 3)
    copied = pipeline.partition()
    mine = copied.admit(fp.Batch(write(4)), now=NOW)
    assert isinstance(mine, fp.Ticket)
    with pytest.raises(fp.StaleTicketError):
        pipeline.partition().record(mine, base_offset=4)


def test_a_transaction_may_be_undecided_as_a_whole() -> None:
    pipeline = fp.Pipeline(fp.Partition())
    guard = pipeline.start_verification(
        producer_id=7, producer_epoch=0, base_sequence=0, supports_epoch_bump=False, now=NOW
    )
    batch = fp.Batch(write(0, transactional=True))
    with pytest.raises(fp.InvalidTransactionStateError):
        pipeline.admit(batch, now=NOW)
    permit = pipeline.admit(batch, now=NOW, guard=guard)
    assert isinstance(permit, fp.WritePermit)
    data = pipeline.begin(permit)
    marker = fp.EndTxnMarker(commit=False, coordinator_epoch=0, timestamp=NOW)
    end = fp.Batch(fp.write_end_txn_marker(fp.Identity(id=7, epoch=0), marker))
    permit = pipeline.admit(end, now=NOW, origin="coordinator")
    assert isinstance(permit, fp.WritePermit)
    last = pipeline.begin(permit)
    with pytest.raises(fp.UndecidedError) as raised:
        pipeline.start_verification(
            producer_id=7, producer_epoch=0, base_sequence=1, supports_epoch_bump=False, now=NOW
        )
    assert raised.value.kind == "verification_waits"
    assert pipeline.record(data, base_offset=0) is None
    assert pipeline.first_unstable_offset == 0
    assert pipeline.last_stable_offset(log_start=0, high_watermark=1) == 0
    completed = pipeline.record(last, base_offset=1)
    assert completed is not None and completed.aborted
    pipeline.handle_high_watermark(2)
    assert pipeline.first_unstable_offset is None


def test_verification_can_be_switched_and_guards_grow() -> None:
    pipeline = fp.Pipeline(fp.Partition())
    guards = {
        pipeline.start_verification(
            producer_id=n, producer_epoch=0, base_sequence=0, supports_epoch_bump=False, now=NOW
        )
        for n in range(300)
    }
    assert len(guards) == 300 and 0 not in guards
    pipeline.set_verification(False)
    assert isinstance(
        pipeline.admit(fp.Batch(write(0, transactional=True)), now=NOW), fp.WritePermit
    )


def test_a_producer_with_undecided_batches_stays_when_others_expire() -> None:
    partition = fp.Partition(expiration_ms=1000)
    for producer_id in (7, 8):
        partition.replay(write(0, producer_id=producer_id, base_offset=producer_id), now=NOW)
    pipeline = fp.Pipeline(partition)
    begin(pipeline, 1)
    assert pipeline.expire(now=NOW + 1000) == 1
    assert 7 in pipeline and 8 not in pipeline
    pipeline.handle_log_start(0, latest_snapshot=None)
