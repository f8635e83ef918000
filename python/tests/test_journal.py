"""A producer with a journal on a file comes back as itself, and sends nothing that is not in it."""

from __future__ import annotations

import errno
import os
import pickle
import resource
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import fencepost as fp

NOW = 1_700_000_000_000
TOPIC = bytes(range(16))


def opened(path: Path, *, partitions: int = 1, adopt: bool = False) -> fp.JournaledProducer:
    return fp.JournaledProducer(path, cluster_id="cluster", partitions=partitions, adopt=adopt)


def bound(producer: fp.JournaledProducer, topic_id: bytes = TOPIC) -> fp.BoundPartition:
    return producer.bind(0, topic_id=topic_id, topic_partition=3, now=NOW)


def begun(path: Path) -> fp.JournaledProducer:
    producer = opened(path)
    producer.handle_identity(fp.Identity(id=7, epoch=0))
    assert bound(producer) == fp.BoundPartition(kind="new", cursor=b"", undecided=0)
    return producer


def acknowledged(producer: fp.JournaledProducer, data: bytes = b"", cursor: bytes = b"0") -> None:
    """Until the first batch of an epoch is, no other may be under way."""
    attempt = sent(producer, data, cursor)
    producer.handle_response(attempt, fp.Response.ok(0), now=NOW)
    verdict = producer.take_verdict(0, now=NOW)
    assert verdict is not None
    assert verdict.outcome == "written"


def sent(producer: fp.JournaledProducer, data: bytes, cursor: bytes) -> fp.Attempt:
    permit = producer.assign(0, data, records=1, max_timestamp=NOW, now=NOW, cursor=cursor)
    producer.commit(now=NOW)
    attempt = producer.claim(permit)
    assert attempt is not None
    return attempt


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "orders.journal"


def test_what_was_undecided_at_a_crash_is_resolved_under_its_own_numbers(path: Path) -> None:
    # Another process writes one batch that is acknowledged and one that is not, and is killed.
    program = f"""if True:
        import os, sys
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        import fencepost as fp, test_journal as t
        from pathlib import Path
        producer = t.begun(Path({str(path)!r}))
        first = t.sent(producer, b"one", b"line 1")
        producer.handle_response(first, fp.Response.ok(40), now=t.NOW)
        assert producer.take_verdict(0, now=t.NOW).outcome == "written"
        t.sent(producer, b"two", b"line 2")
        os.kill(os.getpid(), 9)
    """
    assert subprocess.run([sys.executable, "-c", program]).returncode == -9
    with opened(path) as producer:
        assert (producer.created, producer.torn, producer.generation) == (False, False, 2)
        assert producer.identity == fp.Identity(id=7, epoch=0)
        assert not producer.poll_identity()
        back = bound(producer)
        assert (back.kind, back.cursor, back.undecided) == ("restored", b"line 1", 1)
        (kept,) = producer.undecided(0)
        assert (kept.base_sequence, kept.records, kept.cursor) == (1, 1, b"line 2")
        assert kept.batch is not None
        assert producer.read_batch(0, kept.batch) == b"two"
        # Nothing new before it is resolved.
        with pytest.raises(fp.RefusedError) as refused:
            producer.assign(0, b"three", records=1, max_timestamp=NOW, now=NOW)
        assert refused.value.kind == "unsettled"
        asked = producer.poll(0, now=NOW)
        assert (asked.kind, asked.producer_id) == ("describe", 7)
        producer.describe(0)
        producer.handle_listed(0, epoch=0, last_sequence=0, now=NOW)
        later = producer.poll_timeout(0)
        assert later is not None
        again = producer.claim(producer.resend(0, now=later))
        assert again is not None
        assert again.stamp.base_sequence == 1
        producer.handle_response(again, fp.Response.ok(41), now=later)
        verdict = producer.take_verdict(0, now=later)
        assert verdict is not None
        assert (verdict.outcome, verdict.base_offset) == ("written", 41)
        # The next batch begins the next epoch.
        attempt = sent(producer, b"three", b"line 3")
        identity = fp.Identity(id=7, epoch=1)
        assert attempt.stamp == fp.Stamp(identity=identity, base_sequence=0)
        assert producer.cursor(0) == b"line 2"


def test_a_verdict_is_journaled_with_the_next_batch_or_by_trim(path: Path) -> None:
    with begun(path) as producer:
        acknowledged(producer, cursor=b"line 1")
        assert producer.cursor(0) == b""
        producer.trim(0)
        producer.commit(now=NOW)
        assert producer.cursor(0) == b"line 1"
    with opened(path) as producer:
        assert bound(producer) == fp.BoundPartition(kind="restored", cursor=b"line 1", undecided=0)


def test_a_sending_comes_out_only_after_its_record_is_durable(path: Path) -> None:
    with begun(path) as producer:
        acknowledged(producer)
        size = producer.size
        permit = producer.assign(0, b"one", records=1, max_timestamp=NOW, now=NOW)
        other = producer.assign(0, b"two", records=1, max_timestamp=NOW, now=NOW)
        assert path.stat().st_size == producer.size == size
        with pytest.raises(fp.RefusedError) as refused:
            producer.claim(permit)
        assert refused.value.kind == "not_yet"
        # Not in the file yet, and read all the same.
        assert [producer.read_batch(0, b) for b in (permit.batch, other.batch)] == [b"one", b"two"]
        producer.commit(now=NOW)
        assert path.stat().st_size == producer.size > size
        assert [producer.read_batch(0, b) for b in (permit.batch, other.batch)] == [b"one", b"two"]
        attempts = [producer.claim(p) for p in (permit, other)]
        assert [a and a.stamp.base_sequence for a in attempts] == [1, 2]
        with pytest.raises(fp.RefusedError) as refused:
            producer.claim(permit)
        assert refused.value.kind == "claimed"
        with pytest.raises(KeyError):
            producer.read_batch(0, 99)


def test_what_was_not_committed_was_never_sent(path: Path) -> None:
    producer = begun(path)
    producer.assign(0, b"one", records=1, max_timestamp=NOW, now=NOW)
    producer.close()
    with opened(path) as producer:
        assert bound(producer).kind == "new"


def test_not_written_is_told_only_when_that_is_durable(path: Path) -> None:
    producer = begun(path)
    refused = sent(producer, b"one", b"line 1")
    producer.handle_response(refused, fp.Response.error(10), now=NOW)
    producer.handle_timeout(0, now=NOW)
    size = producer.size
    verdict = producer.take_verdict(0, now=NOW)
    assert verdict is not None
    assert verdict.outcome == "not_written"
    assert producer.size > size
    shutil.copy(path, path.with_suffix(".then"))
    producer.close()
    shutil.copy(path.with_suffix(".then"), path)
    with opened(path) as producer:
        assert bound(producer).undecided == 0
        assert producer.unwritten(0) == [fp.Unwritten(outcome="not_written", cursor=b"line 1")]


def test_a_write_that_fails_is_cut_off_and_its_batch_was_not_sent(path: Path) -> None:
    with begun(path) as producer:
        acknowledged(producer, cursor=b"line 1")
        size = producer.size
        permit = producer.assign(0, bytes(500), records=1, max_timestamp=NOW, now=NOW)
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, before[1]))
        try:
            with pytest.raises(fp.JournalIOError, match="appending at byte") as failed:
                producer.commit(now=NOW)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert (failed.value.errno, failed.value.offset) == (errno.EFBIG, size)
        assert path.stat().st_size == producer.size == size
        assert producer.claim(permit) is None
        verdict = producer.take_verdict(0, now=NOW)
        assert verdict is not None
        assert verdict.outcome == "not_written"
        # What follows begins the next epoch.
        assert sent(producer, b"two", b"line 2").stamp.identity.epoch == 1


def test_a_disconnect_voids_what_was_not_claimed(path: Path) -> None:
    with begun(path) as producer:
        permit = producer.assign(0, b"one", records=1, max_timestamp=NOW, now=NOW)
        producer.commit(now=NOW)
        producer.handle_disconnect(0, now=NOW)
        assert producer.claim(permit) is None


def test_a_split_keeps_both_parts(path: Path) -> None:
    producer = begun(path)
    permit = producer.assign(0, b"both", records=2, max_timestamp=NOW, now=NOW, cursor=b"2")
    producer.commit(now=NOW)
    attempt = producer.claim(permit)
    assert attempt is not None
    producer.handle_response(attempt, fp.Response.error(10), now=NOW)
    asked = producer.poll(0, now=NOW)
    assert (asked.kind, asked.batch) == ("split", attempt.batch)
    rest = producer.split(
        0, attempt.batch, b"bo", b"th", first_records=1, first_cursor=b"1", now=NOW
    )
    producer.commit(now=NOW)
    assert producer.read_batch(0, rest) == b"th"
    producer.close()
    with opened(path) as producer:
        assert bound(producer).undecided == 2
        assert [(b.base_sequence, b.cursor) for b in producer.undecided(0)] == [(0, b"1"), (1, b"2")]


def test_written_anew_it_is_short_and_says_the_same(path: Path) -> None:
    with begun(path) as producer:
        for line in range(20):
            attempt = sent(producer, bytes(1000), b"%d" % line)
            producer.handle_response(attempt, fp.Response.ok(line), now=NOW)
            producer.take_verdict(0, now=NOW)
        sent(producer, b"open", b"20")
        size = producer.size
        assert not producer.should_compact
        producer.compact()
        assert producer.size < size / 10
        (kept,) = producer.undecided(0)
        assert kept.batch is not None
        assert producer.read_batch(0, kept.batch) == b"open"
    with opened(path) as producer:
        assert bound(producer) == fp.BoundPartition(kind="restored", cursor=b"19", undecided=1)


def test_a_torn_tail_is_cut_off_and_told(path: Path) -> None:
    producer = begun(path)
    acknowledged(producer)
    sent(producer, b"one", b"line 1")
    whole = producer.size
    sent(producer, b"two", b"line 2")
    producer.close()
    os.truncate(path, path.stat().st_size - 3)
    with opened(path) as producer:
        assert producer.torn
        assert producer.size == whole
        assert bound(producer).undecided == 1


def test_one_holder_at_a_time(path: Path) -> None:
    with begun(path), pytest.raises(fp.JournalHeldError, match="another process holds") as held:
        opened(path)
    assert str(held.value.path).startswith(str(path))
    opened(path).close()


def test_a_copy_is_not_used_unless_it_is_adopted(path: Path, tmp_path: Path) -> None:
    producer = begun(path)
    sent(producer, b"one", b"line 1")
    producer.close()
    copy = tmp_path / "copy.journal"
    shutil.copy(path, copy)
    with pytest.raises(fp.JournalMovedError) as moved:
        opened(copy)
    assert moved.value.how == "there is no lock that it was used with"
    with opened(copy, adopt=True) as producer:
        assert bound(producer).undecided == 1


def test_a_topic_of_another_id_is_another_topic(path: Path) -> None:
    producer = begun(path)
    sent(producer, b"one", b"line 1")
    producer.close()
    with opened(path) as producer:
        back = bound(producer, topic_id=bytes(16))
        assert (back.kind, back.undecided) == ("recreated", 1)


def test_what_can_t_be_read_says_where_and_why(path: Path) -> None:
    producer = begun(path)
    for line in range(3):
        acknowledged(producer, b"data", b"%d" % line)
    producer.close()
    with pytest.raises(fp.JournalUnreadableError, match="that of cluster cluster") as other:
        fp.JournaledProducer(path, cluster_id="another", partitions=1)
    assert (other.value.kind, other.value.cluster_id) == ("other_cluster", "cluster")
    good = path.read_bytes()
    damaged = bytearray(good)
    damaged[good.index(b"data")] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(fp.JournalUnreadableError) as unreadable:
        opened(path)
    error = unreadable.value
    assert error.kind == "damage"
    assert error.offset is not None
    assert error.offset < good.index(b"data")
    assert error.next_good is not None
    assert error.next_good > error.offset
    back = pickle.loads(pickle.dumps(error))
    assert (str(back), back.offset) == (str(error), error.offset)
    path.write_bytes(b"not a journal, but long enough for a header of one")
    with pytest.raises(fp.JournalUnreadableError, match="orders.journal"):
        opened(path)


def test_the_system_s_refusals_are_os_errors(tmp_path: Path) -> None:
    with pytest.raises(fp.JournalIOError) as refused:
        opened(tmp_path / "no folder" / "journal")
    assert isinstance(refused.value, OSError)
    assert refused.value.errno == 2
    assert str(tmp_path) in str(refused.value)
    back = pickle.loads(pickle.dumps(refused.value))
    assert (back.errno, back.doing) == (2, refused.value.doing)


def test_wrong_settings_and_a_closed_journal_are_told(path: Path) -> None:
    for wrong in ({"partitions": 0}, {"partitions": 1, "cluster_id": ""}):
        with pytest.raises(ValueError, match=r"from 1 to|1 to 64 bytes"):
            fp.JournaledProducer(path, **{"cluster_id": "c", **wrong})  # type: ignore[arg-type]
    assert not path.exists()
    with begun(path) as producer:
        with pytest.raises(ValueError, match="16 bytes"):
            producer.bind(0, topic_id=b"orders", topic_partition=0, now=NOW)
        with pytest.raises(fp.RefusedError) as refused:
            bound(producer)
        assert refused.value.kind == "bound"
        with pytest.raises(ValueError, match="at most 32 bytes, not 33"):
            producer.assign(0, b"", records=1, max_timestamp=NOW, now=NOW, cursor=bytes(33))
        with pytest.raises(ValueError, match="no such partition"):
            producer.undecided(9)
        permit = producer.assign(0, b"", records=1, max_timestamp=NOW, now=NOW)
        other = path.with_name("other.journal")
        with begun(other) as stranger, pytest.raises(ValueError, match="another producer's"):
            stranger.claim(permit)
    assert producer.closed
    with pytest.raises(ValueError, match="the journal is closed"):
        producer.poll(0, now=NOW)


def test_threads_share_a_journal(path: Path) -> None:
    with fp.JournaledProducer(path, cluster_id="c", partitions=4) as producer:
        producer.handle_identity(fp.Identity(id=7, epoch=0))
        failures: list[Exception] = []

        def work(partition: int) -> None:
            try:
                producer.bind(partition, topic_id=TOPIC, topic_partition=partition, now=NOW)
                for offset in range(25):
                    permit = producer.assign(
                        partition, b"x", records=1, max_timestamp=NOW, now=NOW
                    )
                    producer.commit(now=NOW)
                    attempt = producer.claim(permit)
                    assert attempt is not None
                    assert attempt.stamp.base_sequence == offset
                    producer.handle_response(attempt, fp.Response.ok(offset), now=NOW)
                    verdict = producer.take_verdict(partition, now=NOW)
                    assert verdict is not None
            except Exception as error:
                failures.append(error)

        threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
