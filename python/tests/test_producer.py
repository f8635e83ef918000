"""A producer numbers its batches, and knows what may be on the log."""

from __future__ import annotations

import pytest

import fencepost as fp

NOW = 1_700_000_000_000


def begun(**settings: int) -> fp.Producer:
    producer = fp.Producer(partitions=1, **settings)  # type: ignore[arg-type]
    assert producer.poll_identity()
    producer.handle_identity(fp.Identity(id=7, epoch=0))
    return producer


def test_a_lost_answer_and_a_restart_end_in_one_verdict() -> None:
    producer = begun()
    sent = producer.assign(0, records=1, max_timestamp=NOW, now=NOW)
    assert sent.stamp == fp.Stamp(identity=fp.Identity(id=7, epoch=0), base_sequence=0)
    producer.handle_response(sent, "timed_out", now=NOW)
    later = producer.poll_timeout(0)
    assert later is not None
    again = producer.resend(0, now=later)
    assert (again.stamp, again.number) == (sent.stamp, 2)
    producer.handle_response(again, fp.Response.error(45), now=later)
    asked = producer.poll(0, now=later)
    assert (asked.kind, asked.producer_id) == ("describe", 7)
    producer.describe(0)
    producer.handle_listed(0, epoch=0, last_sequence=0, now=later)
    later = producer.poll_timeout(0)
    assert later is not None
    again = producer.resend(0, now=later)
    producer.handle_response(again, fp.Response.ok(41), now=later)
    verdict = producer.take_verdict(0)
    assert verdict is not None
    assert (verdict.outcome, verdict.base_offset) == ("written", 41)
    assert verdict.message == "written at offset 41"
    assert producer.take_verdict(0) is None


def test_a_delivery_timeout_after_a_lost_answer_is_possibly_written() -> None:
    producer = begun(delivery_timeout_ms=1000)
    sent = producer.assign(0, records=1, max_timestamp=NOW, now=NOW)
    producer.handle_response(sent, "disconnected", now=NOW)
    producer.handle_timeout(0, now=NOW + 1000)
    verdict = producer.take_verdict(0)
    assert verdict is not None
    assert (verdict.outcome, verdict.error_code) == ("possibly_written", 7)


def test_what_can_t_be_is_refused_and_changes_nothing() -> None:
    producer = begun()
    with pytest.raises(fp.RefusedError) as refused:
        producer.assign(0, records=0, max_timestamp=NOW, now=NOW)
    assert refused.value.kind == "record_count"
    with pytest.raises(fp.RefusedError) as refused:
        producer.assign(9, records=1, max_timestamp=NOW, now=NOW)
    assert refused.value.kind == "no_such_partition"
    sent = producer.assign(0, records=1, max_timestamp=NOW, now=NOW)
    producer.handle_response(sent, fp.Response.ok(0), now=NOW)
    with pytest.raises(fp.UnexpectedAnswerError) as unexpected:
        producer.handle_response(sent, fp.Response.ok(0), now=NOW)
    assert unexpected.value.kind == "already_answered"
    with pytest.raises(ValueError, match="an answer is"):
        producer.handle_response(sent, "lost", now=NOW)
    for wrong in ({"partitions": 0}, {"partitions": 1, "max_in_flight": 6}):
        with pytest.raises(ValueError, match="from 1 to"):
            fp.Producer(**wrong)  # type: ignore[arg-type]


def test_a_partition_that_was_kept_goes_on_under_its_numbers_and_then_the_next_epoch() -> None:
    before = begun()
    sent = before.assign(0, records=2, max_timestamp=NOW, now=NOW)
    before.handle_response(sent, fp.Response.ok(40), now=NOW)
    assert before.take_verdict(0) is not None
    before.assign(0, records=3, max_timestamp=NOW, now=NOW)
    kept = before.kept(0)
    assert kept is not None
    assert (kept.next_sequence, kept.last_acked, kept.last_acked_offset) == (5, 1, 41)
    after = fp.Producer(partitions=1)
    assert after.kept(0) is None
    after.restore(0, kept)
    assert after.identity == kept.identity
    after.restore_batch(
        0, base_sequence=2, records=3, max_timestamp=NOW, first_sent=NOW, now=NOW + 9
    )
    with pytest.raises(fp.RefusedError) as refused:
        after.bump(0, now=NOW + 9)
    assert refused.value.kind == "unsettled"
    assert after.poll(0, now=NOW + 9).kind == "describe"
    after.describe(0)
    after.handle_listed(0, epoch=0, last_sequence=4, now=NOW + 9)
    later = after.poll_timeout(0)
    assert later is not None
    again = after.resend(0, now=later)
    assert again.stamp.base_sequence == 2
    after.handle_response(again, fp.Response.ok(42), now=later)
    assert after.take_verdict(0) is not None
    after.bump(0, now=later)
    new = after.assign(0, records=1, max_timestamp=NOW, now=later)
    assert new.stamp == fp.Stamp(identity=fp.Identity(id=7, epoch=1), base_sequence=0)
    with pytest.raises(ValueError, match="sequence -1 is negative"):
        after.restore_batch(0, base_sequence=-1, records=1, max_timestamp=0, first_sent=0, now=0)
