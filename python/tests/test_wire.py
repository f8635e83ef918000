"""Headers, batches, records, and writing them."""

from __future__ import annotations

import array
import mmap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import fencepost as fp
from conftest import write

STAMP = fp.Stamp(identity=fp.Identity(id=9, epoch=3), base_sequence=2_147_483_647)


def test_a_batch_says_what_was_put_into_it() -> None:
    builder = fp.BatchBuilder(base_offset=40, transactional=True)
    builder.push(b"paid", key=b"k", timestamp=5, headers=[(b"trace", b"1"), (b"none", None)])
    builder.push(None, timestamp=7)
    assert len(builder) == 2
    size = builder.size_in_bytes
    batch = fp.Batch(builder.finish(STAMP))
    assert (len(batch), len(builder)) == (size, 0)
    batch.verify_crc()
    header = batch.header
    assert (header.producer_id, header.producer_epoch) == (9, 3)
    assert (header.base_sequence, header.last_sequence) == (2_147_483_647, 0)
    assert (header.base_offset, header.last_offset, header.next_offset) == (40, 41, 42)
    assert (header.is_transactional, header.is_control, header.codec) == (True, False, "none")
    first, second = batch.records()
    assert (first.key, first.value, first.timestamp, first.sequence) == (b"k", b"paid", 5, 2**31 - 1)
    assert first.headers == ((b"trace", b"1"), (b"none", None))
    assert (second.offset, second.sequence, second.value) == (41, 0, None)
    assert fp.Batch(bytes(batch)) == batch


def test_a_batch_that_would_be_too_large_says_so_and_keeps_what_it_has() -> None:
    builder = fp.BatchBuilder(max_size=100)
    builder.push(b"x" * 20)
    with pytest.raises(fp.BuildError) as raised:
        builder.push(b"x" * 20)
    assert raised.value.kind == "full"
    assert raised.value.needed is not None and raised.value.needed > 100
    assert len(fp.Batch(builder.finish()).records()) == 1
    with pytest.raises(fp.BuildError) as raised:
        builder.finish()
    assert raised.value.kind == "empty"


def test_any_bytes_like_object_is_taken(tmp_path: Path) -> None:
    raw = write(0)
    path = tmp_path / "batch"
    path.write_bytes(raw)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert bytes(fp.Batch(mapped)) == raw
    apart = memoryview(b"".join(bytes([byte, 0]) for byte in raw))[::2]
    for like in (bytearray(raw), memoryview(raw), array.array("B", raw), apart):
        assert bytes(fp.Batch(like)) == raw


@pytest.mark.parametrize("wrong", ["text", 3, None, [1, 2], 1.5])
def test_what_is_not_bytes_like_is_a_type_error(wrong: object) -> None:
    with pytest.raises(TypeError, match="bytes-like"):
        fp.Batch(wrong)  # type: ignore[arg-type]


def test_restamping_keeps_the_crc_right_and_a_wrong_one_wrong() -> None:
    batch = bytearray(write(0, records=3))
    fp.restamp_batch(batch, STAMP)
    fp.Batch(batch).verify_crc()
    assert fp.Batch(batch).header.base_sequence == STAMP.base_sequence
    batch[-1] ^= 1
    fp.restamp_batch(memoryview(batch), STAMP)
    with pytest.raises(fp.CrcMismatchError) as raised:
        fp.Batch(batch).verify_crc()
    assert raised.value.stored != raised.value.computed
    fp.seal_batch(batch)
    fp.Batch(batch).verify_crc()


def test_a_batch_that_can_t_be_changed_is_left_as_it_is() -> None:
    with pytest.raises(TypeError, match="writable"):
        fp.stamp_batch(write(0), STAMP)
    short = bytearray(write(0)[:-1])
    before = bytes(short)
    with pytest.raises(fp.BatchError) as raised:
        fp.stamp_batch(short, STAMP)
    assert (raised.value.kind, bytes(short)) == ("truncated", before)
    assert raised.value.wanted == len(short) + 1


def test_numbers_that_name_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="producer id -1 is negative"):
        fp.Identity(id=-1, epoch=0)
    with pytest.raises(ValueError, match="epoch -1 is negative"):
        fp.Identity(id=0, epoch=-1)
    with pytest.raises(OverflowError):
        fp.Identity(id=2**63, epoch=0)
    with pytest.raises(OverflowError):
        fp.Identity(id=0, epoch=32768)
    with pytest.raises(ValueError, match="sequence -1 is negative"):
        fp.Stamp(identity=STAMP.identity, base_sequence=-1)


def test_sequences_wrap() -> None:
    assert fp.advance_sequence(2_147_483_647, 1) == 0
    assert fp.sequence_follows(0, 2_147_483_647)
    assert not fp.sequence_follows(-(2**31), 2_147_483_647)


@given(st.binary(max_size=200))
def test_no_bytes_do_more_than_raise_a_batch_error(data: bytes) -> None:
    try:
        batch = fp.Batch(data)
    except fp.BatchError as error:
        assert error.kind
        assert error.error_code is not None
    else:
        assert bytes(batch) == data


@given(st.integers(0, 200), st.integers(0, 255))
def test_a_changed_byte_is_seen_by_the_header_the_crc_or_nobody_needs_to(at: int, new: int) -> None:
    raw = bytearray(write(0, records=4))
    at %= len(raw)
    changed = raw[at] != new
    raw[at] = new
    try:
        fp.Batch(raw).verify_crc()
    except (fp.BatchError, fp.CrcMismatchError):
        assert changed
    else:
        # The CRC covers neither the base offset nor the leader's epoch.
        assert not changed or at < 8 or 12 <= at < 16


def test_headers_of_a_segment_come_in_one_call_with_what_is_damaged() -> None:
    good, bad = write(0), bytearray(write(1, base_offset=1))
    bad[-1] ^= 1
    torn = write(2, base_offset=2)[:30]
    headers, damage = fp.read_headers(good + bytes(bad) + good + torn)
    assert [(at, header.base_sequence) for at, header in headers] == [(0, 0), (2 * len(good), 0)]
    assert [(d.position, d.kind, d.skipped) for d in damage] == [
        (len(good), "crc_mismatch", True),
        (3 * len(good), "truncated", False),
    ]
    headers, damage = fp.read_headers(good + bytes(bad), verify=False)
    assert (len(headers), damage) == (2, [])


def test_a_marker_is_read() -> None:
    marker = fp.EndTxnMarker(commit=False, coordinator_epoch=4, timestamp=99)
    batch = fp.Batch(fp.write_end_txn_marker(STAMP.identity, marker, base_offset=12))
    assert batch.marker() == marker
    assert batch.header.is_control
    assert fp.Batch(write(0)).marker() is None


def test_error_codes_have_kafkas_names() -> None:
    code = fp.ErrorCode.named("OUT_OF_ORDER_SEQUENCE_NUMBER")
    assert (code, code.retriable, str(code)) == (45, False, "OUT_OF_ORDER_SEQUENCE_NUMBER (45)")
    assert fp.ErrorCode(19).retriable
    assert (fp.ErrorCode(9999).name, fp.ErrorCode(9999).retriable) == (None, False)
    with pytest.raises(KeyError):
        fp.ErrorCode.named("NONSENSE")
