"""The window, the checkpoint, the ledger, and what an error means."""

import json
import multiprocessing
from dataclasses import dataclass
from pathlib import Path

import pytest
from ingest.checkpoint import Checkpoint
from ingest.clients.base import check_compacted, failure_of, kind_of, within
from ingest.errors import Failure, Kind, Refused
from ingest.progress import Ledger
from ingest.source import Position
from ingest.window import Window


@dataclass(frozen=True)
class Item:
    where: str
    size: int = 10


def test_a_window_acknowledges_in_order_whatever_the_order_of_reports() -> None:
    written: list[str] = []
    window = Window(10, 1000, lambda item: written.append(item.where))
    entries = [window.add(Item(str(n))) for n in range(4)]
    for at in (2, 1):
        window.settle(entries[at], None)
    assert written == []
    window.settle(entries[0], None)
    assert written == ["0", "1", "2"]
    assert window.pending == 1


def test_a_window_is_bounded_by_items_and_by_bytes() -> None:
    window = Window(2, 1000)
    window.add(Item("a"))
    assert window.has_room()
    window.add(Item("b"))
    assert not window.has_room()
    window = Window(10, 15)
    window.add(Item("large", size=99))
    assert not window.has_room()
    # Alone even the largest goes.
    assert Window(10, 15).has_room()


def test_nothing_behind_a_failure_is_acknowledged_and_the_worst_is_told() -> None:
    written: list[str] = []
    window = Window(10, 1000, lambda item: written.append(item.where))
    first, second, third = (window.add(Item(name)) for name in ("f:1", "f:2", "f:3"))
    window.settle(third, None)
    window.settle(first, Failure(Kind.SESSION, "gone"))
    window.settle(second, Failure(Kind.RECORD, "too large"))
    assert written == []
    with pytest.raises(Failure, match="f:2: too large") as failed:
        window.check(1000)
    assert failed.value.kind is Kind.RECORD


def test_a_report_that_does_not_come_is_a_failure() -> None:
    window = Window(10, 1000)
    window.add(Item("f:1"))
    window.check(10_000)
    with pytest.raises(Failure, match="f:1: no report within -1 ms"):
        window.check(-1)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("MSG_SIZE_TOO_LARGE", Kind.RECORD),
        ("MessageSizeTooLarge", Kind.RECORD),
        ("_FENCED", Kind.FENCED),
        ("ProducerFenced", Kind.FENCED),
        ("TOPIC_AUTHORIZATION_FAILED", Kind.STOP),
        ("_MSG_TIMED_OUT", Kind.SESSION),
        ("never heard of", Kind.SESSION),
    ],
)
def test_an_error_is_told_apart_by_kafkas_name_for_it(name: str, kind: Kind) -> None:
    assert kind_of(name) is kind


def test_the_python_clients_exceptions_are_told_apart() -> None:
    import aiokafka.errors
    import kafka.errors

    for module, names in (
        (
            kafka.errors,
            (
                "MessageSizeTooLargeError",
                "ProducerFencedError",
                "InvalidProducerEpochError",
                "TopicAuthorizationFailedError",
            ),
        ),
        (
            aiokafka.errors,
            (
                "MessageSizeTooLargeError",
                "ProducerFenced",
                "InvalidProducerEpoch",
                "TopicAuthorizationFailedError",
            ),
        ),
    ):
        kinds = [failure_of(getattr(module, name)()).kind for name in names]
        assert kinds == [Kind.RECORD, Kind.FENCED, Kind.FENCED, Kind.STOP]


def test_a_call_without_a_deadline_gets_one() -> None:
    import threading

    assert within(60, "quick", lambda: 1) == 1
    never = threading.Event()
    with pytest.raises(Failure, match="slow: no answer within 0 s"):
        within(0, "slow", never.wait)
    never.set()


def test_a_progress_topic_that_forgets_is_refused() -> None:
    check_compacted("p", "compact")
    for policy in ("delete", "compact,delete", None):
        with pytest.raises(Failure, match="has to be compact"):
            check_compacted("p", policy)


def test_a_checkpoint_comes_back_as_it_was(tmp_path: Path) -> None:
    checkpoint = Checkpoint(str(tmp_path / "c"), "t")
    assert checkpoint.load() == {}
    for lines in (1, 2):
        checkpoint.save({"/f": Position(lines * 5, lines, "ab")})
    assert checkpoint.load() == {"/f": Position(10, 2, "ab")}
    assert [p.name for p in tmp_path.iterdir()] == ["c"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        '{"version": 9}',
        '{"version": 1, "topic": "t", "files": {"/f": {}}}',
        '{"version": 1, "topic": "t", "files": []}',
    ],
)
def test_what_is_no_checkpoint_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "c").write_text(text)
    with pytest.raises(Refused, match="not a checkpoint"):
        Checkpoint(str(tmp_path / "c"), "t").load()


def test_a_checkpoint_of_another_topic_is_refused(tmp_path: Path) -> None:
    Checkpoint(str(tmp_path / "c"), "t").save({})
    with pytest.raises(Refused, match="of topic t, not of u"):
        Checkpoint(str(tmp_path / "c"), "u").load()


def _try_lock(path: str, told: "multiprocessing.Queue[str]") -> None:
    try:
        with Checkpoint(path, "t").lock():
            told.put("got it")
    except Refused as refused:
        told.put(str(refused))


def test_a_second_run_is_kept_away(tmp_path: Path) -> None:
    told: multiprocessing.Queue[str] = multiprocessing.Queue()
    with Checkpoint(str(tmp_path / "c"), "t").lock():
        other = multiprocessing.Process(target=_try_lock, args=(str(tmp_path / "c"), told))
        other.start()
        assert "another run has it" in told.get(timeout=60)
        other.join()


def test_a_ledger_knows_its_own_positions_and_the_last_of_each() -> None:
    ledger = Ledger("id", "t")
    notes = [ledger.note("f", "/f", Position(n, n, "ab")) for n in (1, 2)]
    others = [
        Ledger("id", "u").note("f", "/f", Position(7, 7, "")),
        Ledger("other", "t").note("f", "/f", Position(8, 8, "")),
    ]
    committed = [(note.key, note.value) for note in (*notes, *others)]
    assert ledger.read(committed, ["/f", "/g"]) == {"/f": Position(2, 2, "ab")}


@pytest.mark.parametrize(
    "value", [b"", b"{}", json.dumps({"version": 2}).encode(), b'{"version": 1}']
)
def test_a_position_that_is_not_understood_is_refused(value: bytes) -> None:
    ledger = Ledger("id", "t")
    key = ledger.note("f", "/f", Position(1, 1, "")).key
    with pytest.raises(Refused, match="/f: the position on the progress topic"):
        ledger.read([(key, value)], ["/f"])
